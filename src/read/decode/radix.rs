//! Bytes as digits of a large base, and other armours: base58, base62, base85, z85, uuencode, MIME words, rot47.

use std::sync::LazyLock;

use crate::budget::Budget;
use crate::read::decode::base;
use crate::read::decode::base::text_of;
use crate::read::decode::escape;

/// The longest token read as one large number: the work grows with its square.
const LONGEST_NUMBER: usize = 1 << 10;
/// The shortest token worth a look.
const SHORTEST: usize = 10;

const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE62_SMALL_FIRST: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// RFC 1924, as Python and git have it.
const BASE85: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
/// ZeroMQ's.
const Z85: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// Bitcoin's base58.
pub(super) fn base58_text(text: &str, budget: &mut Budget) -> Vec<String> {
    number(text, &[BASE58], budget)
}

/// Base62, capitals first or small letters first.
pub(super) fn base62_text(text: &str, budget: &mut Budget) -> Vec<String> {
    number(text, &[BASE62, BASE62_SMALL_FIRST], budget)
}

/// A token as one large number in some alphabet. A dictionary word or a name is not tried: it holds no digit.
fn number(text: &str, alphabets: &[&[u8]], budget: &mut Budget) -> Vec<String> {
    let token = text.trim().as_bytes();
    let mixed = token.iter().any(u8::is_ascii_digit) && token.iter().any(u8::is_ascii_uppercase);
    if !(SHORTEST..=LONGEST_NUMBER).contains(&token.len())
        || !mixed
        || !token.iter().all(u8::is_ascii_alphanumeric)
    {
        return Vec::new();
    }
    let mut out = Vec::new();
    for alphabet in alphabets {
        if budget.spend_steps((token.len() * token.len()) as u64 / 64 + 1).is_err() {
            break;
        }
        out.extend(digits_to_bytes(token, alphabet).and_then(|bytes| text_of(bytes, budget)));
    }
    out
}

/// Symbols taken together: what they come to fits 32 bits in any base up to 84.
const TOGETHER: usize = 5;

fn digits_to_bytes(token: &[u8], alphabet: &[u8]) -> Option<Vec<u8>> {
    let base = alphabet.len() as u64;
    let values = values_of(alphabet);
    // Little-endian words of the number so far.
    let mut words: Vec<u32> = Vec::with_capacity(token.len() / TOGETHER + 1);
    for symbols in token.chunks(TOGETHER) {
        let (mut carry, mut factor) = (0_u64, 1_u64);
        for symbol in symbols {
            let value = values[usize::from(*symbol)];
            if value == u8::MAX {
                return None;
            }
            carry = carry * base + u64::from(value);
            factor *= base;
        }
        for word in &mut words {
            carry += u64::from(*word) * factor;
            *word = (carry & 0xffff_ffff) as u32;
            carry >>= 32;
        }
        if carry > 0 {
            words.push((carry & 0xffff_ffff) as u32);
        }
    }
    Some(words.into_iter().rev().flat_map(u32::to_be_bytes).skip_while(|byte| *byte == 0).collect())
}

/// What each byte is worth in an alphabet; 255 for a stranger.
fn values_of(alphabet: &[u8]) -> [u8; 256] {
    let mut values = [u8::MAX; 256];
    for (value, symbol) in (0..).zip(alphabet) {
        values[usize::from(*symbol)] = value;
    }
    values
}

/// Base85 (RFC 1924) and z85: five symbols for four bytes.
pub(super) fn base85_text(text: &str, budget: &mut Budget) -> Vec<String> {
    let token = text.trim();
    if token.len() < SHORTEST || token.contains(char::is_whitespace) || !token.is_ascii() {
        return Vec::new();
    }
    VALUES
        .iter()
        .filter_map(|values| base85(token.as_bytes(), values))
        .filter_map(|bytes| text_of(bytes, budget))
        .map(|text| text.trim_end_matches('\0').to_owned())
        .collect()
}

/// [`values_of`] either alphabet.
static VALUES: LazyLock<[[u8; 256]; 2]> = LazyLock::new(|| [BASE85, Z85].map(values_of));

fn base85(token: &[u8], values: &[u8; 256]) -> Option<Vec<u8>> {
    if token.iter().any(|symbol| values[usize::from(*symbol)] == u8::MAX) {
        return None;
    }
    let mut out = Vec::with_capacity(token.len());
    for group in token.chunks(5) {
        let mut value = 0_u32;
        for at in 0..5 {
            let digit = match group.get(at) {
                Some(symbol) => u32::from(values[usize::from(*symbol)]),
                None => 84,
            };
            value = value.checked_mul(85)?.checked_add(digit)?;
        }
        out.extend(value.to_be_bytes().iter().take(group.len().saturating_sub(1)));
    }
    Some(out)
}

/// Uuencode, with its `begin` line or bare, other lines around it: each line starts with its length.
pub(super) fn uu_text(text: &str, budget: &mut Budget) -> Vec<String> {
    let mut found = Vec::new();
    let mut out: Vec<u8> = Vec::new();
    let mut last = 0;
    // What is no line of it stands before or behind.
    for line in text.lines().chain(["end"]) {
        let line = line.trim_end_matches(['\r', '\n']);
        match uu_line(line) {
            Some(bytes) => {
                last = out.len();
                out.extend(bytes);
            }
            None if out.len() >= 6 => {
                // The last line may be one of signs that close a text.
                let shorter = out.get(..last).filter(|shorter| shorter.len() >= 6).map(<[u8]>::to_vec);
                let whole = text_of(std::mem::take(&mut out), budget).filter(|text| !text.contains('\u{8}'));
                found.extend(whole.or_else(|| text_of(shorter?, budget)));
            }
            None => out.clear(),
        }
    }
    found
}

fn uu_line(line: &str) -> Option<Vec<u8>> {
    let bytes = line.as_bytes();
    let value = |byte: u8| (0x20..=0x60).contains(&byte).then(|| (byte - 0x20) & 0x3f);
    let length = usize::from(value(*bytes.first()?)?);
    let needed = length.div_ceil(3) * 4;
    if length == 0 || bytes.len() > needed + 2 || bytes.len() + 3 < needed {
        return None;
    }
    let mut out = Vec::with_capacity(length + 2);
    for group in bytes[1..].chunks(4) {
        let mut word = 0_u32;
        for at in 0..4 {
            word = word << 6 | u32::from(value(group.get(at).copied().unwrap_or(0x20))?);
        }
        out.extend([(word >> 16 & 0xff) as u8, (word >> 8 & 0xff) as u8, (word & 0xff) as u8]);
    }
    out.truncate(length);
    Some(out)
}

/// MIME encoded words, RFC 2047: `=?utf-8?b?…?=`, `=?utf-8?q?…?=`.
pub(super) fn mime_text(text: &str, budget: &mut Budget) -> Vec<String> {
    if !text.contains('?') {
        return Vec::new();
    }
    let mut out = String::new();
    let mut found = false;
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        let parts: Vec<&str> = rest[at + 2..].splitn(4, '?').collect();
        let [_, how, body, tail] = parts.as_slice() else { break };
        let bytes = match how.to_ascii_lowercase().as_str() {
            "b" => base::base64(body.as_bytes()),
            "q" => Some(escape::quoted_printable(body.replace('_', " ").as_bytes())),
            _ => None,
        };
        let (Some(said), Some(after)) =
            (bytes.and_then(|bytes| text_of(bytes, budget)), tail.strip_prefix('='))
        else {
            break;
        };
        out.push_str(rest[..at].trim_start());
        out.push_str(&said);
        found = true;
        rest = after;
    }
    out.push_str(rest);
    if found { vec![out] } else { Vec::new() }
}

/// The printable ASCII range turned by half.
pub(super) fn rot47_text(text: &str, _: &mut Budget) -> Vec<String> {
    let turn = |c: char| match c {
        '!'..='~' => char::from((c as u8 - 33 + 47) % 94 + 33),
        _ => c,
    };
    // Letters turn into digits and signs, so a text of letters alone is not in it.
    let signs = text.bytes().filter(|b| b.is_ascii_graphic() && !b.is_ascii_alphabetic()).count();
    if signs * 4 < text.len() { Vec::new() } else { vec![text.chars().map(turn).collect()] }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One symbol at a time.
    fn slowly(token: &[u8], alphabet: &[u8]) -> Option<Vec<u8>> {
        let mut bytes: Vec<u8> = Vec::new();
        for symbol in token {
            let mut carry = alphabet.iter().position(|known| known == symbol)?;
            for byte in &mut bytes {
                carry += usize::from(*byte) * alphabet.len();
                *byte = (carry & 0xff) as u8;
                carry >>= 8;
            }
            while carry > 0 {
                bytes.push((carry & 0xff) as u8);
                carry >>= 8;
            }
        }
        bytes.reverse();
        Some(bytes)
    }

    proptest! {
        #[test]
        fn symbols_taken_together_make_the_same_number(token in "[0-9A-Za-z]{0,60}|[01]{0,6}[1-9A-HJ-Za-k]{0,40}") {
            for alphabet in [BASE58, BASE62, BASE62_SMALL_FIRST] {
                prop_assert_eq!(digits_to_bytes(token.as_bytes(), alphabet), slowly(token.as_bytes(), alphabet));
            }
        }
    }
}
