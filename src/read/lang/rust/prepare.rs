//! Macro calls made plain calls for the parser, byte for byte as long, so that their arguments are read as expressions.

use std::borrow::Cow;

use crate::read::lang::prepare::slash_comments;

/// Macros whose arguments are expressions.
const MACROS: &[&str] = &[
    "println",
    "print",
    "eprintln",
    "eprint",
    "format",
    "write",
    "writeln",
    "vec",
    "concat",
    "panic",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "dbg",
    "matches",
    "format_args",
    "stringify",
    "unreachable",
    "todo",
    "unimplemented",
    "info",
    "debug",
    "warn",
    "error",
    "bail",
    "anyhow",
    "join",
    "json",
    "hashmap",
    "btreemap",
];

/// `name!(…)`, `name![…]` and `name!{…}` become `name (…)`; `vec![x; n]` becomes `vec (x, n)`.
pub(super) fn macro_calls(text: &str) -> Cow<'_, str> {
    let text = slash_comments(text);
    if !text.contains('!') {
        return text;
    }
    let mut bytes = text.as_bytes().to_vec();
    // Open brackets: whether each is a macro call's, and whether that is `vec!`.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let mut pending = None;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(&bytes, at),
            b'r' if raw_hashes(&bytes, at).is_some() => at = raw_end(&bytes, at),
            b'\'' => at = quote_end(&bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
            }
            b'!' if is_call(&bytes, at) => {
                pending = Some(word_before(&bytes, at) == b"vec");
                bytes[at] = b' ';
                at += 1;
            }
            b'(' | b'[' | b'{' => {
                let call = pending.take();
                if call.is_some() {
                    bytes[at] = b'(';
                }
                open.push((call.is_some(), call == Some(true)));
                at += 1;
            }
            b')' | b']' | b'}' => {
                if let Some((true, _)) = open.pop() {
                    bytes[at] = b')';
                }
                at += 1;
            }
            b';' if open.last() == Some(&(true, true)) => {
                bytes[at] = b',';
                at += 1;
            }
            _ => at += 1,
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => Cow::Owned(text),
        Err(_) => text,
    }
}

/// The word that ends before `at`.
fn word_before(bytes: &[u8], at: usize) -> &[u8] {
    let start = bytes[..at].iter().rposition(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    &bytes[start.map_or(0, |start| start + 1)..at]
}

/// Whether the `!` at `at` calls a known macro.
fn is_call(bytes: &[u8], at: usize) -> bool {
    let word = word_before(bytes, at);
    let behind = bytes[at + 1..].iter().find(|byte| **byte != b' ');
    matches!(behind, Some(b'(' | b'[' | b'{')) && MACROS.iter().any(|name| name.as_bytes() == word)
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 1,
            b'"' => return end + 1,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}

/// How many `#` a raw string at `at` has.
fn raw_hashes(bytes: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() && *byte != b'b' || *byte == b'_') {
        return None;
    }
    let hashes = bytes[at + 1..].iter().take_while(|byte| **byte == b'#').count();
    (bytes.get(at + 1 + hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_end(bytes: &[u8], at: usize) -> usize {
    let hashes = raw_hashes(bytes, at).unwrap_or(0);
    let mut end = at + hashes + 2;
    while end < bytes.len() {
        if bytes[end] == b'"'
            && bytes[end + 1..].iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes
        {
            return end + 1 + hashes;
        }
        end += 1;
    }
    bytes.len()
}

/// Past a character literal, or past the quote of a lifetime.
fn quote_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at + 1..];
    if rest.first() == Some(&b'\\') {
        return rest.iter().skip(2).position(|byte| *byte == b'\'').map_or(at + 2, |end| at + end + 4);
    }
    // A character is at most four bytes long; a lifetime has no quote behind it.
    let close = rest.iter().take(5).position(|byte| *byte == b'\'').filter(|close| *close > 0);
    match close {
        Some(close) if std::str::from_utf8(&rest[..close]).is_ok_and(|inner| inner.chars().count() == 1) => {
            at + close + 2
        }
        _ => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macro_calls_become_calls_of_the_same_length() {
        for (text, wanted) in [
            ("println!(\"{}!(\", x);", "println (\"{}!(\", x);"),
            ("let v = vec![0; n]; a[0];", "let v = vec (0, n); a[0];"),
            ("if !(a) && x != b { vec![']', '\\'', b'!'] }", "if !(a) && x != b { vec (']', '\\'', b'!') }"),
            ("fn f<'a>(x: &'a str) { print! { \"a\" } }", "fn f<'a>(x: &'a str) { print  ( \"a\" ) }"),
            ("r#\"println!(\"# format!(r\"a\", b)", "r#\"println!(\"# format (r\"a\", b)"),
        ] {
            assert_eq!(macro_calls(text), wanted);
        }
    }
}
