//! Lua's patterns as regular expressions.

/// The regular expression that means the same.
pub(super) fn regex(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let mut inside = false;
    while let Some(c) = chars.next() {
        match c {
            '%' => match chars.next() {
                Some(class) => out.push_str(&self::class(class, inside)),
                None => out.push('%'),
            },
            '[' if !inside => {
                inside = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if chars.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            ']' => {
                inside = false;
                out.push(']');
            }
            '-' if !inside => out.push_str("*?"),
            '{' | '}' | '|' | '\\' | '/' => out.extend(['\\', c]),
            '[' => out.push_str("\\["),
            _ => out.push(c),
        }
    }
    out
}

fn class(class: char, inside: bool) -> String {
    let members = match class.to_ascii_lowercase() {
        'a' => "A-Za-z",
        'd' => "0-9",
        'l' => "a-z",
        'u' => "A-Z",
        'w' => "A-Za-z0-9",
        's' => "\\s",
        'p' => "[:punct:]",
        'x' => "A-Fa-f0-9",
        'c' => "[:cntrl:]",
        _ => return if class.is_alphanumeric() { class.to_string() } else { format!("\\{class}") },
    };
    match (inside, class.is_ascii_uppercase()) {
        (true, _) => members.to_owned(),
        (false, true) => format!("[^{members}]"),
        (false, false) => format!("[{members}]"),
    }
}

/// A replacement: `%1` names a group.
pub(super) fn replacement(new: &str) -> String {
    let mut out = String::with_capacity(new.len());
    let mut chars = new.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => match chars.next() {
                Some(digit) if digit.is_ascii_digit() => out.extend(['$', digit]),
                Some(other) => out.push(other),
                None => {}
            },
            '$' => out.push_str("$$"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_lazy_repeats_are_translated() {
        assert_eq!(regex("%a+"), "[A-Za-z]+");
        assert_eq!(regex("(.-),[%s%d]"), "(.*?),[\\s0-9]");
        assert_eq!(regex("%."), "\\.");
        assert_eq!(replacement("%2-%1 %%"), "$2-$1 %");
    }
}
