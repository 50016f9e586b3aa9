//! Names that are set without quotes and used by a sign, as files that configure and build have them: `A := clean`, `ENV A=clean`,
//! `a: clean`, and `$(A) the flue`, `${{ env.a }}`, `%A%`, `{{ .Values.a }}`; cells of a sheet.

use super::compose::Composed;
use super::lines;

/// Longer texts are programs.
const LONGEST: usize = 32 << 10;
/// Names, texts made of them, and how deep one may hold another.
const MOST_NAMES: usize = 128;
const MOST: usize = 16;
const DEEPEST: usize = 4;
/// The longest name that is used, with its path.
const LONGEST_NAME: usize = 64;
/// The longest value.
const LONGEST_VALUE: usize = 256;
/// The fewest words that make a text.
const FEWEST_WORDS: usize = 3;

/// Words before a name that is set.
const SETTING: [&str; 12] = [
    "- ",
    "export ",
    "ENV ",
    "ARG ",
    "set ",
    "local ",
    "global ",
    "declare ",
    "readonly ",
    "SET ",
    "define ",
    "setenv ",
];
/// What stands between a name and what it is set to.
const LINKS: [&str; 6] = [":=", "+=", "?=", "=", ": ", " "];
/// What opens and closes the use of a name.
const USES: [(&str, &str); 13] = [
    ("${{", "}}"),
    ("{{", "}}"),
    ("${", "}"),
    ("$(", ")"),
    ("#{", "}"),
    ("<%=", "%>"),
    ("%(", ")s"),
    ("%{", "}"),
    ("&", ";"),
    ("@", "@"),
    ("%", "%"),
    ("`", "'"),
    ("!", "!"),
];

struct Setting<'t> {
    name: String,
    value: String,
    /// Put together in several lines.
    grown: bool,
    line: &'t str,
}

/// Texts that lines put together from names that other lines set.
pub(super) fn settings(text: &str) -> Vec<Composed> {
    if text.len() > LONGEST
        || memchr::memchr3(b'$', b'%', b'{', text.as_bytes()).is_none() && !text.contains(['&', '`'])
    {
        return Vec::new();
    }
    let known = set(text);
    if known.is_empty() {
        return Vec::new();
    }
    let mut out: Vec<Composed> = Vec::new();
    for line in lines(text).filter(|line| line.len() <= LONGEST_VALUE * 4) {
        let found = used(line, &known).or_else(|| cells(line, &known));
        let Some(text) = found.filter(|_| out.len() < MOST) else { continue };
        let composed = Composed { text, how: "settings filled in" };
        if !out.contains(&composed) {
            out.push(composed);
        }
    }
    out
}

/// The names that lines set to plain words.
fn set(text: &str) -> Vec<Setting<'_>> {
    let mut found: Vec<Setting<'_>> = Vec::new();
    // The keys that a line stands under, by how far they are set in.
    let mut above: Vec<(usize, &str)> = Vec::new();
    for line in lines(text) {
        let shown = line.trim_start();
        if listed(shown, line, &mut found) {
            continue;
        }
        let inset = line.len() - shown.len();
        above.retain(|(at, _)| *at < inset);
        let bare = SETTING.iter().find_map(|word| shown.strip_prefix(word)).unwrap_or(shown).trim();
        if let Some(key) = bare.strip_suffix(':').filter(|key| is_name(key)) {
            above.push((inset, key));
            continue;
        }
        let mut rest = bare;
        let spoken = bare.len() < shown.len();
        while let Some((name, link, tail)) = bound(rest, spoken) {
            let (value, after) = value_of(tail, spoken);
            if found.len() < MOST_NAMES {
                let path: Vec<&str> = above.iter().map(|(_, key)| *key).chain([name]).collect();
                put(&mut found, path.join("."), link, value, line);
            }
            rest = after.trim_start_matches([' ', ',', ';', '&']);
        }
    }
    found
}

/// What turns a list round where it is used, but for the last bracket.
const TURNED: &str = "[-1..1";

/// `set words a b c`, `set -a words d`, `append s "a "`, `lappend l a b`: words without a sign between name and value. Whether the
/// line is one of these.
fn listed<'t>(shown: &str, line: &'t str, found: &mut Vec<Setting<'t>>) -> bool {
    let Some((command, rest)) = shown.split_once(' ') else { return false };
    let mut rest = rest.trim_start();
    let mut grows = matches!(command, "append" | "lappend");
    if command == "set" {
        while let Some((flag, more)) = rest.split_once(' ').filter(|(flag, _)| flag.starts_with('-')) {
            grows |= flag == "--append" || !flag.starts_with("--") && flag.contains('a');
            rest = more.trim_start();
        }
    } else if !grows {
        return false;
    }
    let Some((name, value)) = rest.split_once(' ').filter(|(name, _)| is_name(name)) else { return false };
    if value.trim_start().starts_with('=') || found.len() + 2 > MOST_NAMES {
        return false;
    }
    let old = found.iter().position(|setting| setting.name == name);
    let before = old.and_then(|at| found.get(at)).map_or("", |setting| setting.value.as_str()).to_owned();
    let value = if command == "append" {
        value.split('"').skip(1).step_by(2).collect::<String>()
    } else {
        value.replace(['"', '\''], "")
    };
    let value = if command == "append" && value.is_empty() {
        rest[name.len()..].trim()
    } else {
        value.trim_end_matches(';')
    };
    let itself = format!("${name}");
    let again = value.split(' ').any(|word| word == itself);
    let value = if again { value.replacen(&itself, &before, 1) } else { value.to_owned() };
    let grown = grows || again;
    let value = match (grows, command) {
        (true, "append") => before + &value,
        (true, _) if !before.is_empty() => format!("{before} {value}"),
        _ => value,
    };
    if value.trim().is_empty() || value.len() > LONGEST_VALUE {
        return false;
    }
    let turned: Vec<&str> = value.split_whitespace().rev().collect();
    let turned = (turned.len() > 2).then(|| Setting {
        name: format!("{name}{TURNED}"),
        value: turned.join(" "),
        grown: true,
        line,
    });
    let setting = Setting { name: name.to_owned(), value, grown, line };
    match old.and_then(|at| found.get_mut(at)) {
        Some(known) => *known = setting,
        None => found.push(setting),
    }
    found.retain(|known| turned.as_ref().is_none_or(|turned| known.name != turned.name));
    found.extend(turned);
    true
}

fn put<'t>(found: &mut Vec<Setting<'t>>, name: String, link: &str, value: &str, line: &'t str) {
    if value.is_empty() || value.len() > LONGEST_VALUE {
        return;
    }
    match found.iter_mut().find(|setting| setting.name == name) {
        Some(known) if link == "+=" && known.value.len() <= LONGEST_VALUE => {
            known.value = format!("{} {value}", known.value);
            known.grown = true;
        }
        Some(known) => value.clone_into(&mut known.value),
        None => found.push(Setting { name, value: value.to_owned(), grown: false, line }),
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

/// A name, what binds it, and what follows. A blank binds only behind a word that says that something is set.
fn bound(text: &str, spoken: bool) -> Option<(&str, &'static str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)))?;
    let (name, rest) = text.split_at(end);
    let tight = rest.trim_start();
    let link = LINKS.into_iter().find(|link| match *link {
        " " => spoken && rest.starts_with(' ') && !tight.starts_with(['=', ':', '+', '?']),
        ": " => rest.starts_with(": "),
        link => tight.starts_with(link) && !tight.starts_with("==") && !tight.starts_with("=>"),
    })?;
    let tail = if link == " " { rest } else { tight.get(link.len()..)? };
    is_name(name).then_some((name, link, tail))
}

/// A value and what stands behind it: quotes hold it together, else it ends with the line, or with the word where a line sets
/// several.
fn value_of(tail: &str, several: bool) -> (&str, &str) {
    let text = tail.trim_start();
    if let Some(mark @ ('"' | '\'')) = text.chars().next() {
        let inside = text.get(1..).unwrap_or_default();
        return inside.split_once(mark).unwrap_or((inside, ""));
    }
    let next = several
        .then(|| {
            text.match_indices(' ')
                .find(|(at, _)| bound(text.get(at + 1..).unwrap_or_default(), false).is_some())
        })
        .flatten();
    match next {
        Some((at, _)) => text.split_at(at),
        None => (text.trim_end(), ""),
    }
}

/// Nothing but words, and a number here and there.
fn is_plain(text: &str) -> bool {
    let is_word = |word: &str| {
        let bare = word.trim_end_matches([',', '.', '?', '!', ';', ':']);
        let letters = bare.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-'));
        letters && bare.starts_with(char::is_alphabetic)
    };
    let is_number = |word: &str| word.len() < FEWEST_WORDS && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split(' ').filter(|word| !word.is_empty()).all(|word| is_word(word) || is_number(word))
}

/// What a name stands for: by its whole path, or by the end of it.
fn looked_up<'s, 't>(name: &str, known: &'s [Setting<'t>]) -> Option<&'s Setting<'t>> {
    let mut name = name.trim().trim_start_matches('.');
    loop {
        let ends = |setting: &&Setting<'_>| {
            setting.name == name
                || setting.name.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
        };
        if let Some(found) = known.iter().find(ends) {
            return Some(found);
        }
        name = name.split_once('.')?.1;
    }
}

/// The part of a line that uses names, with what they stand for.
fn used(line: &str, known: &[Setting<'_>]) -> Option<String> {
    let joined = (line.contains("[join $") || line.contains(TURNED)).then(|| unjoined(line));
    let line = joined.as_deref().unwrap_or(line);
    let first = first_use(line, known)?;
    let part = quoted_around(line, first);
    let mut count = Count::default();
    let text = filled(part, known, &mut count, 0)?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = text.split(' ').filter(|word| word.chars().any(char::is_alphabetic)).count();
    let enough = count.names > 1 || count.grown;
    (enough && words >= FEWEST_WORDS && is_plain(&text)).then_some(text)
}

/// A line with `$l` for `[join $l { }]`, and without the bracket behind [`TURNED`].
fn unjoined(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let line = line.replace("[-1..1]", TURNED);
    let mut rest = line.as_str();
    while let Some((before, tail)) = rest.split_once("[join ") {
        let (inside, after) = tail.split_once(']').unwrap_or((tail, ""));
        out.push_str(before);
        out.push_str(inside.split(' ').next().unwrap_or_default());
        rest = after;
    }
    out + rest
}

#[derive(Default)]
struct Count {
    names: usize,
    grown: bool,
}

/// Where the first use of a known name begins.
fn first_use(line: &str, known: &[Setting<'_>]) -> Option<usize> {
    let signs = line.char_indices().filter(|(_, c)| "$%{#<&@`!".contains(*c)).take(LONGEST_VALUE);
    signs.map(|(at, _)| at).find(|at| line.get(*at..).and_then(|rest| one_use(rest, known)).is_some())
}

/// The use of a known name that a text begins with: what it stands for, and its length.
fn one_use<'s, 't>(rest: &str, known: &'s [Setting<'t>]) -> Option<(&'s Setting<'t>, usize)> {
    for (open, close) in USES {
        let Some(inside) = rest.strip_prefix(open) else { continue };
        let Some(end) = near(inside).find(close) else { continue };
        if let Some(found) = inside.get(..end).and_then(|name| looked_up(name, known)) {
            return Some((found, open.len() + end + close.len()));
        }
    }
    let inside = rest.strip_prefix("$$").or_else(|| rest.strip_prefix('$'))?;
    let turned = |setting: &&Setting<'_>| setting.name.ends_with(TURNED) && inside.starts_with(&setting.name);
    if let Some(found) = known.iter().find(turned) {
        return Some((found, rest.len() - inside.len() + found.name.len()));
    }
    let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inside.len());
    let name = inside.get(..end)?;
    // A name in a make file is one letter long.
    let letter = || known.iter().find(|setting| name.starts_with(&setting.name) && setting.name.len() == 1);
    let found =
        known.iter().find(|setting| setting.name == name || setting.name.rsplit('.').next() == Some(name));
    let found = found.or_else(letter)?;
    let length = found.name.rsplit('.').next().map_or(end, str::len).min(end);
    Some((found, rest.len() - inside.len() + length))
}

/// The beginning of a text that may hold a name: no name is longer.
fn near(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_NAME);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The innermost quotes around a place of a line, or from there to the end of it.
fn quoted_around(line: &str, at: usize) -> &str {
    let before = line.get(..at).unwrap_or_default();
    let mark = before.rfind(['"', '\'']).filter(|from| {
        let mark = before.as_bytes()[*from];
        before.bytes().filter(|byte| *byte == mark).count() % 2 == 1
    });
    let (from, mark) = match mark {
        Some(from) => (from + 1, before.as_bytes().get(from).copied()),
        None => (at, None),
    };
    let part = line.get(from..).unwrap_or_default();
    let end = mark.and_then(|mark| memchr::memchr(mark, part.as_bytes())).unwrap_or(part.len());
    part.get(..end).unwrap_or(part).trim_end_matches(['"', '\'', '\\', ']', ' '])
}

/// A text with its names filled in.
fn filled(part: &str, known: &[Setting<'_>], count: &mut Count, depth: usize) -> Option<String> {
    let mut out = String::new();
    let mut at = 0;
    while let Some(rest) = part.get(at..).filter(|rest| !rest.is_empty()) {
        if out.len() > LONGEST_VALUE * 4 || count.names > MOST_NAMES {
            return None;
        }
        if let Some((found, length)) = one_use(rest, known) {
            count.names += 1;
            count.grown |= found.grown;
            let value = if depth < DEEPEST && !std::ptr::eq(found.line, part) {
                filled(&found.value, known, count, depth + 1)?
            } else {
                found.value.clone()
            };
            out.push_str(&value);
            at += length.max(1);
            continue;
        }
        let c = rest.chars().next()?;
        out.push(c);
        at += c.len_utf8();
    }
    Some(out)
}

/// `=A1&" "&B1`: cells of a sheet and strings, joined.
fn cells(line: &str, known: &[Setting<'_>]) -> Option<String> {
    let formula = line.split_once('=')?.1;
    if !formula.contains('&') {
        return None;
    }
    let mut names = 0;
    let pieces: Option<Vec<&str>> = formula
        .split('&')
        .map(|piece| {
            let piece = piece.trim();
            let text = piece.strip_prefix('"').and_then(|inside| inside.strip_suffix('"'));
            let cell = || {
                names += 1;
                known.iter().find(|setting| setting.name == piece).map(|setting| setting.value.as_str())
            };
            text.or_else(cell)
        })
        .collect();
    let text = pieces?.concat();
    (names > 1 && is_plain(&text) && text.split_whitespace().nth(FEWEST_WORDS - 1).is_some()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lines_set_are_filled_in() {
        let cases = [
            (
                "A := clear\nB := the gutters\nC = each $(D)\nD := autumn\nsay:\n\t@echo $(A) $(B) $(C)",
                "clear the gutters each autumn",
            ),
            (
                "WORDS = sow the barley\nWORDS += in april\nall: ; echo \"$(WORDS)\"",
                "sow the barley in april",
            ),
            (
                "FROM alpine\nENV A=trim B=candles\nENV C=\"before lighting\"\nARG D=them\nCMD echo \"$A $B $C $D\"",
                "trim candles before lighting them",
            ),
            (
                "env:\n  A: clean\n  B: the flue\nsteps:\n  - run: echo \"${{ env.A }} ${{ env.B }} before lighting\"",
                "clean the flue before lighting",
            ),
            (
                "    environment:\n      - A=hang\n      - B=the onions\n    command: sh -c 'echo \"$$A $$B to dry\"'",
                "hang the onions to dry",
            ),
            (
                "parts:\n  one: wrap\n  two: trunks\ntext: \"{{ .Values.parts.one }} {{ .Values.parts.two }} against rabbits\"",
                "wrap trunks against rabbits",
            ),
            ("A1: bake\nA2: the\nA3: clay\nB1: =A1&\" \"&A2&\" \"&A3&\" twice\"", "bake the clay twice"),
            ("local a \"ripen\"\nlocal b \"pears\"\ndisplay \"`a' `b' in a bag\"", "ripen pears in a bag"),
            ("set a=shut\nset b=the windows\necho %a% %b% tonight", "shut the windows tonight"),
            ("set words dusk at gate the shut\necho $words[-1..1]", "shut the gate at dusk"),
            (
                "set -l s shut\nset -a s the gate\nset s $s at dusk\nstring join ' ' $s",
                "shut the gate at dusk",
            ),
            (
                "set s \"\"\nappend s \"shut \" \"the \"\nappend s gate\nlappend l at dusk\nputs \"$s [join $l { }]\"",
                "shut the gate at dusk",
            ),
        ];
        for (text, meant) in cases {
            let found = settings(text);
            assert!(found.iter().any(|composed| composed.text == meant), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_builds_and_runs_programs_says_nothing() {
        for text in [
            "CC = gcc\nCFLAGS = -O2 -Wall\nall:\n\t$(CC) $(CFLAGS) -o main main.c",
            "FROM node:20\nENV PORT=8080\nENV HOST=0.0.0.0\nCMD node server.js --port $PORT --host $HOST",
            "name: web\nimage: \"{{ .Values.name }}:{{ .Values.tag }}\"",
        ] {
            assert_eq!(settings(text), [], "{text}");
        }
    }

    #[test]
    fn names_that_stand_for_each_other_end() {
        assert!(settings("A = $(B) $(B)\nB = $(A) $(A)\nx: $(A) $(B) three").len() < MOST);
    }
}
