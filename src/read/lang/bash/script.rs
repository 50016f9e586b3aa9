//! The small languages inside of arguments: globs, `sed` and `cut`.

/// The longest script that is read.
const MOST_SCRIPT: usize = 4096;

/// A glob as a regular expression; stars take as much as they can, or as little.
pub(super) fn glob(pattern: &str, greedy: bool) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => out.push_str(if greedy { ".*" } else { ".*?" }),
            '?' => out.push('.'),
            '[' => {
                out.push('[');
                if chars.next_if_eq(&'!').is_some() {
                    out.push('^');
                }
                for inner in chars.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            _ => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out
}

/// One command of a `sed` script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// `s/pattern/new/`, everywhere or once in each line.
    Replace { pattern: String, new: String, everywhere: bool },
    /// `y/from/to/`
    Translate { from: String, to: String },
}

/// The commands of a `sed` script that this reader knows. `extended` is `-E`.
pub(super) fn edits(script: &str, extended: bool) -> Vec<Edit> {
    let script = &script[..script.floor_char_boundary(MOST_SCRIPT)];
    let mut out = Vec::new();
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches([' ', ';', '\n', '{', '}', '$', '!']);
        let mut chars = rest.chars();
        let (Some(letter), Some(mark)) = (chars.next(), chars.next()) else { break };
        if !matches!(letter, 's' | 'y') || mark.is_alphanumeric() {
            rest = rest.split_once([';', '\n']).map_or("", |(_, rest)| rest);
            continue;
        }
        let (old, tail) = until(chars.as_str(), mark);
        let (new, tail) = until(tail, mark);
        let end = tail.find(|c: char| !c.is_alphanumeric()).unwrap_or(tail.len());
        let flags = &tail[..end];
        rest = &tail[end..];
        out.push(if letter == 'y' {
            Edit::Translate { from: old, to: new }
        } else {
            let pattern = if extended { old } else { basic(&old) };
            let pattern = if flags.contains(['i', 'I']) { format!("(?i){pattern}") } else { pattern };
            Edit::Replace { pattern, new: replacement(&new), everywhere: flags.contains('g') }
        });
    }
    out
}

/// What stands before the next unescaped mark, and what is behind it.
fn until(text: &str, mark: char) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == mark {
            return (out, chars.as_str());
        }
        out.push(c);
        if c == '\\'
            && let Some(next) = chars.next()
        {
            if next == mark {
                out.pop();
            }
            out.push(next);
        }
    }
    (out, "")
}

/// A basic regular expression in the extended spelling: marks are special with a backslash, and plain without.
fn basic(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(mark @ ('(' | ')' | '{' | '}' | '+' | '?' | '|')) => out.push(mark),
                Some(other) => out.extend(['\\', other]),
                None => {}
            },
            '(' | ')' | '{' | '}' | '+' | '?' | '|' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// `&` is the match; `\U` and the like are left out.
fn replacement(new: &str) -> String {
    let mut out = String::with_capacity(new.len());
    let mut chars = new.chars();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("${0}"),
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('&') => out.push('&'),
                Some(digit) if digit.is_ascii_digit() => out.extend(['\\', digit]),
                Some(other) => out.push(other),
                None => {}
            },
            _ => out.push(c),
        }
    }
    out
}

/// The parts that `2`, `1,3`, `2-4`, `-3` and `2-` name: first and last, counted from one.
pub(super) fn parts(list: &str) -> Vec<(i64, Option<i64>)> {
    list.split(',')
        .filter_map(|part| match part.split_once('-') {
            Some((from, to)) => Some((from.parse().unwrap_or(1), to.parse().ok())),
            None => part.parse().ok().map(|at| (at, Some(at))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sed_scripts_are_taken_apart() {
        let all = edits("s/\\(a\\)b/\\1&/g; s|x|/|;y/ab/ba/", false);
        let replace = |pattern: &str, new: &str, everywhere| Edit::Replace {
            pattern: pattern.into(),
            new: new.into(),
            everywhere,
        };
        assert_eq!(
            all,
            [
                replace("(a)b", "\\1${0}", true),
                replace("x", "/", false),
                Edit::Translate { from: "ab".into(), to: "ba".into() }
            ]
        );
    }

    #[test]
    fn lists_of_parts() {
        assert_eq!(parts("2,4-5,7-"), [(2, Some(2)), (4, Some(5)), (7, None)]);
        assert_eq!(glob("a*.t?t", false), "a.*?\\.t.t");
    }
}
