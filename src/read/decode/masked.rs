//! Bytes changed by a key: exclusive or, addition, subtraction. The key is told in words or code beside them, or the blanks of the
//! text give it away: nothing else is as frequent.

use crate::budget::Budget;
use crate::read::decode::base;
use crate::read::decode::english;

/// The fewest bytes that are tried, and how many of them decide.
const FEWEST: usize = 10;
const SAMPLE: usize = 96;
/// Rarer bytes than the most frequent ones are no blanks.
const FREQUENT: usize = 4;
/// The longest ciphertext.
const LONGEST: usize = 8 << 10;
/// Longer texts are not searched for a key, and no more keys and ciphertexts are tried than these.
const LONGEST_KEYED: usize = 16 << 10;
const MOST_KEYS: usize = 6;
const MOST_PARTS: usize = 12;
/// The shortest token that holds bytes.
const SHORTEST_TOKEN: usize = 16;
/// Common words that must stand in a text whose key nobody told.
const WORDS: usize = 3;

/// How a byte was changed; this changes it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Xor,
    Add,
    Subtract,
}

impl Change {
    const ALL: [Change; 3] = [Change::Xor, Change::Add, Change::Subtract];

    fn back(self, byte: u8, key: u8) -> u8 {
        match self {
            Change::Xor => byte ^ key,
            Change::Add => byte.wrapping_sub(key),
            Change::Subtract => byte.wrapping_add(key),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Change::Xor => "xor by the key its blanks give away",
            Change::Add | Change::Subtract => "shifted by the key its blanks give away",
        }
    }
}

/// The text behind a list of numbers that one number has changed, whatever it is, and how.
pub fn unmasked(numbers: &[i64], budget: &mut Budget) -> Option<(String, &'static str)> {
    if !(FEWEST..=LONGEST).contains(&numbers.len()) {
        return None;
    }
    let bytes: Option<Vec<u8>> = numbers.iter().map(|number| u8::try_from(*number).ok()).collect();
    let bytes = bytes?;
    budget.spend_steps(bytes.len() as u64 / 64 + 1).ok()?;
    by_frequency(&bytes)
}

/// Opaque bytes in hex or base64, changed by one number.
pub(super) fn masked_text(text: &str, budget: &mut Budget) -> Vec<String> {
    let token = text.trim();
    if !(SHORTEST_TOKEN..=LONGEST * 2).contains(&token.len()) || token.contains(' ') && !is_hex(token) {
        return Vec::new();
    }
    let bytes = base::hex(token.as_bytes()).or_else(|| base::base64(token.as_bytes()));
    let Some(bytes) = bytes.filter(|bytes| bytes.len() >= FEWEST) else { return Vec::new() };
    if budget.spend_steps(bytes.len() as u64 / 64 + 1).is_err() {
        return Vec::new();
    }
    by_frequency(&bytes).map(|(text, _)| text).into_iter().collect()
}

/// Bytes beside a key: numbers in a row, hex or base64, in a text that speaks of a key.
pub(super) fn keyed_bytes_text(text: &str, budget: &mut Budget) -> Vec<String> {
    if text.len() > LONGEST_KEYED || !speaks_of_keys(text) {
        return Vec::new();
    }
    let parts = parts(text);
    if parts.is_empty() || budget.spend_steps(text.len() as u64 / 16 + 1).is_err() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for key in keys(text) {
        for bytes in &parts {
            for change in Change::ALL {
                out.extend(read(bytes, &key, change).filter(|text| english::is_english(text)));
            }
        }
    }
    out
}

/// The key that turns one of the most frequent bytes into a blank.
fn by_frequency(bytes: &[u8]) -> Option<(String, &'static str)> {
    let mut counts = [0_usize; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let mut order: Vec<u8> = (0..=u8::MAX).filter(|byte| counts[usize::from(*byte)] > 0).collect();
    order.sort_by_key(|byte| std::cmp::Reverse(counts[usize::from(*byte)]));
    for blank in order.into_iter().take(FREQUENT).filter(|byte| counts[usize::from(*byte)] > 1) {
        let keys = [(Change::Xor, blank ^ b' '), (Change::Add, blank.wrapping_sub(b' '))];
        for (change, key) in keys.into_iter().filter(|(_, key)| *key != 0) {
            let sample = bytes.get(..SAMPLE.min(bytes.len())).unwrap_or_default();
            if !reads(&read(sample, &[key], change).unwrap_or_default()) {
                continue;
            }
            if let Some(text) = read(bytes, &[key], change) {
                return Some((text, change.name()));
            }
        }
    }
    None
}

/// Whether a text reads as English without doubt.
fn reads(text: &str) -> bool {
    english::is_english(text) && english::is_wordy(text) && english::known_words(text) >= WORDS
}

/// The bytes changed back, where they are a text.
fn read(bytes: &[u8], key: &[u8], change: Change) -> Option<String> {
    let key = key.iter().cycle();
    let out: Vec<u8> = bytes.iter().zip(key).map(|(byte, key)| change.back(*byte, *key)).collect();
    let printable = |byte: &u8| !byte.is_ascii_control() || matches!(byte, b'\n' | b'\t' | b'\r');
    out.iter().all(printable).then(|| String::from_utf8(out).ok()).flatten()
}

/// Words that speak of a key, each with a letter in it that few words have, and where that stands.
const SPEAKING: [(&str, usize); 5] = [("xor", 0), ("key", 0), ("mask", 3), ("passw", 4), ("exclusive", 1)];

fn speaks_of_keys(text: &str) -> bool {
    let bytes = text.as_bytes();
    SPEAKING.iter().any(|(word, rare)| {
        let letter = word.as_bytes().get(*rare).copied().unwrap_or_default();
        let stands = |at: usize| {
            let from = at.checked_sub(*rare);
            let shown = from.and_then(|from| bytes.get(from..from + word.len()));
            shown.is_some_and(|shown| shown.eq_ignore_ascii_case(word.as_bytes()))
        };
        memchr::memchr2_iter(letter, letter.to_ascii_uppercase(), bytes).any(stands)
    })
}

/// Words that a key follows, and words between them and the key.
const BEFORE: [&str; 11] =
    ["key", "keys", "password", "passphrase", "secret", "mask", "pad", "with", "by", "using", "xor"];
const BETWEEN: [&str; 17] = [
    "is", "of", "the", "a", "byte", "word", "string", "number", "value", "key", "b", "was", "equals", "to",
    "u8", "int", "constant",
];

/// The keys that a text tells: `the key is 9`, `XOR with 0x2a`, `key = "lemon"`.
fn keys(text: &str) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let is_sign = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let mut words = text.split(is_sign).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let lower = word.to_ascii_lowercase();
        let tells = BEFORE.contains(&&*lower) || lower.ends_with("key") || lower.ends_with("mask");
        if !tells || found.len() >= MOST_KEYS {
            continue;
        }
        while words.next_if(|word| BETWEEN.contains(&&*word.to_ascii_lowercase())).is_some() {}
        let Some(shown) = words.peek() else { break };
        let key = match number(shown) {
            Some(number) => u8::try_from(number).ok().filter(|key| *key != 0).map(|key| vec![key]),
            None => Some(shown.as_bytes().to_vec()),
        };
        found.extend(key.filter(|key| !found.contains(key)));
    }
    found
}

fn number(shown: &str) -> Option<i64> {
    let hex = shown.strip_prefix("0x").or_else(|| shown.strip_prefix("0X"));
    let marked = shown.strip_suffix(['h', 'H']);
    match (hex, marked) {
        (Some(hex), _) => i64::from_str_radix(hex, 16).ok(),
        (None, Some(hex)) if hex.starts_with(|c: char| c.is_ascii_digit()) => {
            i64::from_str_radix(hex, 16).ok()
        }
        _ => shown.parse().ok(),
    }
}

/// What may be ciphertext: numbers in a row, tokens of hex or base64.
fn parts(text: &str) -> Vec<Vec<u8>> {
    const ENDS: &[u8] = b",;[](){}<>\"'`|";
    let mut found: Vec<Vec<u8>> = Vec::new();
    let (mut row, mut pairs): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
    let ends = |c: char| c.is_whitespace() || u8::try_from(c).is_ok_and(|byte| ENDS.contains(&byte));
    // A colon or a full stop ends a row.
    for token in text.split(ends).filter(|token| !token.is_empty()).chain(["."]) {
        let last = token.ends_with([':', '.']);
        let token = token.trim_end_matches([':', '.']);
        match number(token).and_then(|number| u8::try_from(number).ok()) {
            Some(byte) if !last => row.push(byte),
            found_last => {
                row.extend(found_last.filter(|_| !row.is_empty()));
                if row.len() >= FEWEST && row.len() <= LONGEST {
                    found.push(std::mem::take(&mut row));
                }
                row.clear();
            }
        }
        match (token.len(), u8::from_str_radix(token, 16)) {
            (2, Ok(byte)) => pairs.push(byte),
            _ => {
                if (FEWEST..=LONGEST).contains(&pairs.len()) {
                    found.push(std::mem::take(&mut pairs));
                }
                pairs.clear();
            }
        }
        let packed = token.len() >= SHORTEST_TOKEN
            && token.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == b'=');
        if packed && token.len() <= LONGEST {
            let bare = token.replace("\\x", "");
            found.extend(base::hex(bare.as_bytes()).or_else(|| base::base64(token.as_bytes())));
        }
        if found.len() >= MOST_PARTS {
            break;
        }
    }
    found
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    const SAID: &str = "describe how to bake rye bread at home";

    fn budget() -> Budget {
        Budget::new(Limits::default())
    }

    fn listed(bytes: &[u8]) -> String {
        bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_blanks_of_a_text_give_its_key_away() {
        for key in [1_u8, 9, 0x2a, 0x5a, 200] {
            let xored: Vec<i64> = SAID.bytes().map(|byte| i64::from(byte ^ key)).collect();
            assert_eq!(unmasked(&xored, &mut budget()).map(|found| found.0).as_deref(), Some(SAID), "{key}");
            let added: Vec<i64> = SAID.bytes().map(|byte| i64::from(byte.wrapping_add(key))).collect();
            assert_eq!(unmasked(&added, &mut budget()).map(|found| found.0).as_deref(), Some(SAID), "{key}");
        }
        let table: Vec<i64> = (0..200).map(|n| n * 7 % 256).collect();
        assert_eq!(unmasked(&table, &mut budget()), None);
        let plain: Vec<i64> = SAID.bytes().map(i64::from).collect();
        assert_eq!(unmasked(&plain, &mut budget()), None);
    }

    #[test]
    fn a_key_told_in_words_is_used() {
        let word: Vec<u8> = SAID.bytes().zip(b"lemon".iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        let cases = [
            format!("The key is the word \"lemon\". XOR each number with it: {}.", listed(&word)),
            format!("# key: lemon\ndata = [{}]", listed(&word)),
            format!(
                "const PASS_KEY = 'lemon'; // xor\nlet d = \"{}\";",
                data_encoding::HEXLOWER.encode(&word)
            ),
            format!("password lemon\n{}", data_encoding::BASE64.encode(&word)),
        ];
        for text in cases {
            assert!(keyed_bytes_text(&text, &mut budget()).contains(&SAID.to_owned()), "{text}");
        }
        assert!(
            keyed_bytes_text(
                "The key to good bread is time: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.",
                &mut budget()
            )
            .is_empty()
        );
    }
}
