//! Escapes, as the common languages agree on them. Unknown ones stay as written.

/// Undoes backslash escapes: `\n`, `\xNN`, `\uNNNN` (surrogate pairs joined), `\u{…}`, `\UNNNNNNNN`, octal, and a
/// backslash before a line end, which joins the lines.
pub(super) fn unescape(written: &str) -> String {
    if !written.contains('\\') {
        return written.to_owned();
    }
    let mut out = String::with_capacity(written.len());
    let mut bytes: Vec<u8> = Vec::new();
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        if at > 0 {
            flush(&mut bytes, &mut out);
            out.push_str(&rest[..at]);
        }
        rest = one(&rest[at + 1..], &mut bytes, &mut out);
    }
    flush(&mut bytes, &mut out);
    out.push_str(rest);
    out
}

/// Reads what follows one backslash and gives what is left.
fn one<'t>(after: &'t str, bytes: &mut Vec<u8>, out: &mut String) -> &'t str {
    let Some(first) = after.chars().next() else {
        flush(bytes, out);
        out.push('\\');
        return after;
    };
    let rest = &after[first.len_utf8()..];
    match first {
        'x' => {
            if let Some((code, rest)) = braced(rest) {
                push_code(code, bytes, out);
                return rest;
            }
            let digits = run(rest, 2, 16);
            if let Ok(byte) = u8::from_str_radix(&rest[..digits], 16) {
                bytes.push(byte);
                return &rest[digits..];
            }
        }
        '0'..='7' => {
            let digits = run(after, 3, 8);
            if let Ok(code) = u32::from_str_radix(&after[..digits], 8) {
                bytes.push((code & 0xff) as u8);
                return &after[digits..];
            }
        }
        'u' => return unicode(rest, 4, bytes, out),
        'U' => return unicode(rest, 8, bytes, out),
        _ => {}
    }
    flush(bytes, out);
    match first {
        'n' => out.push('\n'),
        't' => out.push('\t'),
        'r' => out.push('\r'),
        'a' | 'b' | 'f' | 'v' => out.push(' '),
        'e' => out.push('\u{1b}'),
        '\n' => return rest.trim_start_matches([' ', '\t']),
        '\\' | '"' | '\'' | '`' | '/' | '$' | '#' | ' ' | '(' | ')' | '{' | '}' | '[' | ']' => {
            out.push(first)
        }
        other => {
            out.push('\\');
            out.push(other);
        }
    }
    rest
}

/// `\uNNNN`, `\u{…}` and `\UNNNNNNNN`; a pair of surrogates is one character.
fn unicode<'t>(rest: &'t str, width: usize, bytes: &mut Vec<u8>, out: &mut String) -> &'t str {
    if let Some((code, rest)) = braced(rest) {
        push_code(code, bytes, out);
        return rest;
    }
    let digits = run(rest, width, 16);
    let Some(code) = (digits == width).then(|| u32::from_str_radix(&rest[..digits], 16).ok()).flatten()
    else {
        flush(bytes, out);
        out.push_str(if width == 4 { "\\u" } else { "\\U" });
        return rest;
    };
    let rest = &rest[digits..];
    if (0xd800..0xdc00).contains(&code)
        && let Some(low) = rest.strip_prefix("\\u")
        && run(low, 4, 16) == 4
        && let Ok(second) = u32::from_str_radix(&low[..4], 16)
        && (0xdc00..0xe000).contains(&second)
    {
        push_code(0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00), bytes, out);
        return &low[4..];
    }
    push_code(code, bytes, out);
    rest
}

/// `{…}` of hexadecimal digits.
fn braced(rest: &str) -> Option<(u32, &str)> {
    let inner = rest.strip_prefix('{')?;
    let digits = run(inner, 8, 16);
    let code = u32::from_str_radix(&inner[..digits], 16).ok()?;
    Some((code, inner[digits..].strip_prefix('}')?))
}

/// How many of the first `most` characters are digits of `radix`.
fn run(text: &str, most: usize, radix: u32) -> usize {
    text.bytes().take(most).take_while(|b| char::from(*b).is_digit(radix)).count()
}

fn push_code(code: u32, bytes: &mut Vec<u8>, out: &mut String) {
    flush(bytes, out);
    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
}

/// Byte escapes are UTF-8 in most languages and Latin-1 in Python: whichever fits.
fn flush(bytes: &mut Vec<u8>, out: &mut String) {
    if bytes.is_empty() {
        return;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => out.push_str(text),
        Err(_) => out.extend(bytes.iter().map(|b| char::from(*b))),
    }
    bytes.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_many_languages_are_undone() {
        let cases = [
            (r"plain", "plain"),
            (r"a\nb\tc", "a\nb\tc"),
            (r"\x62\x72ead", "bread"),
            (r"\142read", "bread"),
            (r"\u0062\u{72}ead", "bread"),
            (r"\U00000062read", "bread"),
            (r"\ud83c\udf5e", "\u{1f35e}"),
            (r"\xf0\x9f\x8d\x9e", "\u{1f35e}"),
            (r"\xe9t\xe9", "été"),
            (r#"say \"hi\""#, r#"say "hi""#),
            ("two \\\n   lines", "two lines"),
            (r"\d+ \q", r"\d+ \q"),
            (r"\u12", r"\u12"),
            ("end\\", "end\\"),
            (r"\ud800", "\u{fffd}"),
        ];
        for (written, meant) in cases {
            assert_eq!(unescape(written), meant, "{written}");
        }
    }
}
