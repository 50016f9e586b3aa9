//! Base64, base32, ascii85, hex and binary: bytes written in a small alphabet (RFC 4648; Adobe's Ascii85).

use crate::budget::Budget;
use crate::read::decode::inflate::inflate;

/// The shortest encoded text worth a look.
const SHORTEST: usize = 8;

/// Base64 in a request: one run, perhaps wrapped over lines.
pub(super) fn base64_text(text: &str, budget: &mut Budget) -> Vec<String> {
    one(text, budget, |text| {
        let in_alphabet = |b: u8| b.is_ascii_alphanumeric() || b"+/-_=\r\n\t".contains(&b);
        (text.bytes().all(in_alphabet)).then(|| base64(text.as_bytes())).flatten()
    })
}

/// Base32 in a request: capitals (or all small letters) and the digits 2 to 7.
pub(super) fn base32_text(text: &str, budget: &mut Budget) -> Vec<String> {
    one(text, budget, |text| {
        let mixed =
            text.bytes().any(|b| b.is_ascii_lowercase()) && text.bytes().any(|b| b.is_ascii_uppercase());
        (!mixed).then(|| base32(text.as_bytes())).flatten()
    })
}

/// Ascii85 in a request, with or without its `<~ ~>` marks. Without them the text must hold no space.
pub(super) fn ascii85_text(text: &str, budget: &mut Budget) -> Vec<String> {
    one(text, budget, |text| {
        let plausible = text.bytes().all(|b| (b'!'..=b'u').contains(&b) || b"z~\r\n".contains(&b));
        plausible.then(|| ascii85(text.as_bytes())).flatten()
    })
}

/// Hex digits in a request: bare, or in pairs set off by spaces, colons, commas, dashes, `0x` or `\x`.
pub(super) fn hex_text(text: &str, budget: &mut Budget) -> Vec<String> {
    one(text, budget, |text| hex(text.as_bytes()))
}

/// Groups of eight (or seven) binary digits, spaced or run together.
pub(super) fn binary_text(text: &str, budget: &mut Budget) -> Vec<String> {
    one(text, budget, |text| binary(text.as_bytes()))
}

/// Three tokens or more, each encoded by itself: base64 or hex of the single words or of short pieces.
pub(super) fn tokens_text(text: &str, budget: &mut Budget) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '"' | '\'' | '[' | ']');
    let tokens = || text.split(ends).filter(|token| !token.is_empty()).take(4096);
    // Hex is base64 as well: where the first is neither, the rest need no look.
    if !tokens()
        .next()
        .is_some_and(|token| token.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-:\\".contains(&b)))
    {
        return Vec::new();
    }
    let mut bytes = 0;
    let long = |token: &str| {
        bytes += token.len();
        bytes >= 16
    };
    if tokens().nth(2).is_none() || !tokens().any(long) {
        return Vec::new();
    }
    let hexed = |token: &str| (token.len() >= 2).then(|| hex(token.as_bytes())).flatten();
    let packed = |token: &str| {
        let whole = token.len() >= 4 && (token.len().is_multiple_of(4) || !token.contains('='));
        whole.then(|| base64(token.as_bytes())).flatten()
    };
    [each(tokens(), hexed, budget), each(tokens(), packed, budget)].into_iter().flatten().collect()
}

fn each<'t>(
    tokens: impl Iterator<Item = &'t str>,
    decode: impl Fn(&str) -> Option<Vec<u8>>,
    budget: &mut Budget,
) -> Option<String> {
    let mut out: Vec<String> = Vec::new();
    for token in tokens {
        let said = decode(token).and_then(|bytes| text_of(bytes, budget))?;
        if said.is_empty() || said.chars().any(char::is_control) {
            return None;
        }
        out.push(said);
    }
    let pieces = out.iter().any(|piece| piece.contains(' '));
    Some(out.join(if pieces { "" } else { " " }))
}

fn one(text: &str, budget: &mut Budget, decode: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<String> {
    let text = text.trim();
    if text.len() < SHORTEST {
        return Vec::new();
    }
    decode(text).and_then(|bytes| text_of(bytes, budget)).into_iter().collect()
}

/// Bytes as text: UTF-8, UTF-16 with every other byte zero (as PowerShell has it), or compressed text.
pub(super) fn text_of(bytes: Vec<u8>, budget: &mut Budget) -> Option<String> {
    if bytes.starts_with(&[0x1f, 0x8b])
        || bytes.first() == Some(&0x78) && std::str::from_utf8(&bytes).is_err()
    {
        return inflate(&bytes, budget).and_then(|out| String::from_utf8(out).ok());
    }
    let (pairs, rest) = bytes.as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count() * 4 >= pairs.len() * 3;
    if rest.is_empty() && pairs.len() >= 4 && (zeros(0) || zeros(1)) {
        let units = pairs
            .iter()
            .map(|p| if zeros_first(pairs) { u16::from_be_bytes(*p) } else { u16::from_le_bytes(*p) });
        return char::decode_utf16(units).collect::<Result<String, _>>().ok();
    }
    String::from_utf8(bytes).ok().filter(|text| !is_drone(text))
}

/// Signs from which a text that is written in `FEW` letters over and over is noise: a table of one value read as an encoding.
const LONG: usize = 64;
const FEW: usize = 4;

/// Whether a text is a few letters over and over, not all of them ASCII (in which a few spell codes: binary, Bacon, Morse).
fn is_drone(text: &str) -> bool {
    let mut kinds: Vec<char> = Vec::with_capacity(FEW + 1);
    for letter in text.chars() {
        if !letter.is_alphabetic() {
            return false;
        }
        if !kinds.contains(&letter) {
            kinds.push(letter);
            if kinds.len() > FEW {
                return false;
            }
        }
    }
    text.len() >= LONG && kinds.iter().any(|letter| !letter.is_ascii())
}

fn zeros_first(pairs: &[[u8; 2]]) -> bool {
    pairs.first().is_some_and(|pair| pair[0] == 0)
}

/// Base64 of any alphabet, padded or not; white space is skipped. RFC 4648 sections 4 and 5; loose about trailing bits.
pub(super) fn base64(input: &[u8]) -> Option<Vec<u8>> {
    unpack(input, 6, |byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    })
}

/// Base32, RFC 4648 section 6; case and padding do not matter.
pub(super) fn base32(input: &[u8]) -> Option<Vec<u8>> {
    unpack(input, 5, |byte| match byte.to_ascii_uppercase() {
        upper @ b'A'..=b'Z' => Some(upper - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    })
}

/// Reads `bits` bits from each symbol; `=` only at the end, white space anywhere.
fn unpack(input: &[u8], bits: u32, value: fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let (mut out, mut acc, mut held, mut padded) = (Vec::with_capacity(input.len()), 0_u32, 0_u32, false);
    for &byte in input.iter().filter(|b| !b.is_ascii_whitespace()) {
        if byte == b'=' {
            padded = true;
            continue;
        }
        if padded {
            return None;
        }
        acc = (acc << bits | u32::from(value(byte)?)) & 0xffff;
        held += bits;
        if held >= 8 {
            held -= 8;
            out.push((acc >> held & 0xff) as u8);
        }
    }
    (held < bits).then_some(out)
}

/// Ascii85 with `z` for four zero bytes.
pub(super) fn ascii85(input: &[u8]) -> Option<Vec<u8>> {
    let body = input.strip_prefix(b"<~").unwrap_or(input);
    let body = body.strip_suffix(b"~>").unwrap_or(body);
    let (mut out, mut group) = (Vec::with_capacity(body.len()), Vec::with_capacity(5));
    for &byte in body.iter().filter(|b| !b.is_ascii_whitespace()) {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => return None,
        }
        if group.len() == 5 {
            out.extend(group_of_85(&group)?);
            group.clear();
        }
    }
    if !group.is_empty() {
        let keep = group.len() - 1;
        group.resize(5, 84);
        out.extend(group_of_85(&group)?.into_iter().take(keep));
    }
    Some(out)
}

fn group_of_85(group: &[u8]) -> Option<[u8; 4]> {
    let value =
        group.iter().try_fold(0_u32, |acc, digit| acc.checked_mul(85)?.checked_add(u32::from(*digit)))?;
    Some(value.to_be_bytes())
}

/// Pairs of hex digits; spaces, colons, commas, dashes, `0x` and `\x` between pairs are skipped.
pub(super) fn hex(input: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut high, mut at) = (Vec::with_capacity(input.len() / 2), None, 0);
    while let Some(&byte) = input.get(at) {
        let marked = matches!((byte, input.get(at + 1)), (b'0' | b'\\', Some(b'x' | b'X')));
        if high.is_none() && marked {
            at += 2;
            continue;
        }
        match ((byte as char).to_digit(16), high.take()) {
            (Some(low), Some(above)) => out.push((above * 16 + low) as u8),
            (Some(digit), None) => high = Some(digit),
            (None, None) if byte.is_ascii_whitespace() || b":,-".contains(&byte) => {}
            _ => return None,
        }
        at += 1;
    }
    high.is_none().then_some(out)
}

fn binary(input: &[u8]) -> Option<Vec<u8>> {
    if !input.iter().all(|b| b"01 ,\r\n\t".contains(b)) {
        return None;
    }
    let groups: Vec<&[u8]> = input.split(|b| !b"01".contains(b)).filter(|group| !group.is_empty()).collect();
    match groups.as_slice() {
        [run] => run.len().is_multiple_of(8).then(|| run.chunks(8).map(bits).collect()),
        many => many.iter().all(|g| matches!(g.len(), 7 | 8)).then(|| many.iter().map(|g| bits(g)).collect()),
    }
}

fn bits(group: &[u8]) -> u8 {
    group.iter().fold(0, |acc, bit| acc << 1 | (bit & 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    #[test]
    fn one_value_over_and_over_is_no_text() {
        let mut budget = Budget::new(Limits::default());
        let text_of = |text: String, budget: &mut Budget| text_of(text.into_bytes(), budget);
        assert_eq!(text_of("Zխ".repeat(40), &mut budget), None);
        for kept in ["Zխ".repeat(4), "01 ".repeat(40), "ab".repeat(40), "пеки хлеб дома ".repeat(8)]
        {
            assert_eq!(text_of(kept.clone(), &mut budget), Some(kept));
        }
    }
}
