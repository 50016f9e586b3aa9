//! Escapes and numbers, as the C family and Python write them.

use crate::read::ir::Node;

/// What `\xHH` and octal escapes stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HexMeans {
    /// A byte of UTF-8 (C, C++, Go, Python bytes).
    Byte,
    /// A code point (Python text).
    Code,
}

/// Undoes backslash escapes. Unknown ones stay as they are.
pub(super) fn unescape(raw: &str, hex: HexMeans) -> String {
    text_of(unescape_bytes(raw, hex))
}

/// The same, as bytes.
pub(super) fn unescape_bytes(raw: &str, hex: HexMeans) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let used = one_escape(rest, hex, &mut out);
        rest = rest.get(used..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// UTF-8 where it is, Latin-1 otherwise, so that no byte is lost.
pub(super) fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

/// Appends what the escape at the start of `rest` (behind its backslash) means; gives how many bytes it took.
fn one_escape(rest: &str, hex: HexMeans, out: &mut Vec<u8>) -> usize {
    let Some(first) = rest.chars().next() else {
        out.push(b'\\');
        return 0;
    };
    match first {
        'x' => digits(rest, 1, 2, 16, |code| push_code(code, hex, out)).unwrap_or_else(|| keep(out)),
        'u' => {
            digits(rest, 1, 4, 16, |code| push_code(code, HexMeans::Code, out)).unwrap_or_else(|| keep(out))
        }
        'U' => {
            digits(rest, 1, 8, 16, |code| push_code(code, HexMeans::Code, out)).unwrap_or_else(|| keep(out))
        }
        '0'..='7' => digits(rest, 0, 3, 8, |code| push_code(code, hex, out)).unwrap_or_else(|| keep(out)),
        '\n' => 1,
        '\r' => 1 + usize::from(rest.as_bytes().get(1) == Some(&b'\n')),
        _ => match simple(first) {
            Some(byte) => {
                out.push(byte);
                1
            }
            None => keep(out),
        },
    }
}

/// Leaves the backslash in place.
fn keep(out: &mut Vec<u8>) -> usize {
    out.push(b'\\');
    0
}

/// One-letter escapes.
fn simple(letter: char) -> Option<u8> {
    Some(match letter {
        'n' => b'\n',
        't' => b'\t',
        'r' => b'\r',
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'v' => 11,
        '\\' => b'\\',
        '\'' => b'\'',
        '"' => b'"',
        '?' => b'?',
        _ => return None,
    })
}

/// Reads up to `most` digits after `skip` bytes; gives how many bytes that took.
fn digits(rest: &str, skip: usize, most: usize, radix: u32, mut push: impl FnMut(u32)) -> Option<usize> {
    let text = rest.as_bytes().get(skip..)?;
    let count = text.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let end = skip + count;
    let code = u32::from_str_radix(rest.get(skip..end)?, radix).ok()?;
    push(code);
    Some(end)
}

fn push_code(code: u32, hex: HexMeans, out: &mut Vec<u8>) {
    match (hex, u8::try_from(code)) {
        (HexMeans::Byte, Ok(byte)) => out.push(byte),
        _ => {
            let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// An integer with any usual prefix (`0x`, `0o`, `0b`, leading zero), separators and suffix.
pub(super) fn integer(raw: &str) -> Option<i64> {
    let plain: String =
        raw.chars().filter(|char| *char != '_' && *char != '\'').collect::<String>().to_lowercase();
    let (radix, digits) = match plain.get(..2) {
        Some("0x") => (16, &plain[2..]),
        Some("0o") => (8, &plain[2..]),
        Some("0b") => (2, &plain[2..]),
        _ if plain.len() > 1 && plain.starts_with('0') => (8, &plain[1..]),
        _ => (10, &plain[..]),
    };
    let digits = digits.trim_end_matches(['u', 'l', 'z', 'n', 'j', 'i']);
    i64::from_str_radix(digits, radix).ok().or_else(|| (radix == 8).then(|| digits.parse().ok()).flatten())
}

/// The most digits of an integer that are turned into bytes: the work grows with their square.
const MOST_DIGITS: usize = 1024;

/// The bytes of an integer too wide for a number, from its high end.
fn bytes_of(raw: &str) -> Option<Vec<u8>> {
    let plain: String = raw.chars().filter(|char| *char != '_').collect();
    let (radix, digits) = match plain.strip_prefix("0x") {
        Some(digits) => (16, digits),
        None => (10, plain.as_str()),
    };
    if digits.len() > MOST_DIGITS {
        return None;
    }
    let mut low_first: Vec<u8> = Vec::new();
    for digit in digits.chars() {
        let mut carry = digit.to_digit(radix)?;
        for byte in &mut low_first {
            carry += u32::from(*byte) * radix;
            *byte = u8::try_from(carry & 0xff).ok()?;
            carry >>= 8;
        }
        if carry > 0 {
            low_first.push(u8::try_from(carry).ok()?);
        }
    }
    low_first.reverse();
    Some(low_first)
}

/// An integer literal of any width.
pub(super) fn whole(raw: &str) -> Node {
    match (integer(raw), bytes_of(raw.trim_end_matches(['n', 'N', 'L', 'l']))) {
        (Some(value), _) => Node::Int(value),
        (None, Some(bytes)) if !bytes.is_empty() => Node::Wide(bytes.into()),
        (None, _) => Node::Opaque(Vec::new()),
    }
}

/// A float, separators and suffix left out.
pub(super) fn float(raw: &str) -> Option<f64> {
    let plain: String = raw.chars().filter(|char| *char != '_' && *char != '\'').collect();
    plain.trim_end_matches(['f', 'F', 'l', 'L', 'i', 'j']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_unknown_ones_stay() {
        assert_eq!(unescape(r"a\n\x41\u00e9\101\q\\", HexMeans::Code), "a\nAéA\\q\\");
        assert_eq!(unescape(r"\xc3\xa9", HexMeans::Byte), "é");
        assert_eq!(unescape(r"\xe9", HexMeans::Byte), "é");
        assert_eq!(unescape(r"end\", HexMeans::Code), "end\\");
        assert_eq!(unescape(r"\N{BULLET}\xé", HexMeans::Code), "\\N{BULLET}\\xé");
    }

    #[test]
    fn numbers_of_all_spellings() {
        for (raw, value) in
            [("10", 10), ("0x2A", 42), ("1_000", 1000), ("0b11", 3), ("017", 15), ("5UL", 5), ("0", 0)]
        {
            assert_eq!(integer(raw), Some(value), "{raw}");
        }
        assert_eq!(integer("99999999999999999999"), None);
        assert_eq!(bytes_of("0x62616b65206272656164").as_deref(), Some(&b"bake bread"[..]));
        assert_eq!(bytes_of("464588988123516961644900").as_deref(), Some(&b"bake bread"[..]));
        assert_eq!(float("1.5f"), Some(1.5));
    }
}
