//! Ciphers whose key is given beside them: substitution tables (bijection learning, arXiv 2410.01294), Vigenère, affine.

use std::collections::BTreeMap;
use std::collections::HashMap;

use crate::budget::Budget;
use crate::read::decode::english;

/// Pairs of letters that make a table.
const FEWEST_PAIRS: usize = 12;
/// Parts of a text tried with its key.
const MOST_PARTS: usize = 48;
const SHORTEST_PART: usize = 6;
const LONGEST_PART: usize = 4 << 10;
/// Longer texts are not searched for a key.
const LONGEST: usize = 64 << 10;

/// What a letter is written as; values are short signs.
type Table = BTreeMap<char, String>;

/// A table of letters in the text (a dict, a list of arrows, two alphabets), applied both ways to the parts around it.
pub(super) fn substitution_text(text: &str, budget: &mut Budget) -> Vec<String> {
    if text.len() > LONGEST || budget.spend_steps(text.len() as u64 / 16 + 1).is_err() {
        return Vec::new();
    }
    let written = || may_pair(text).then(|| pairs(text)).flatten();
    let listed = || has_long_runs(text).then(|| alphabets(text)).flatten();
    let Some(table) = written().or_else(listed) else { return Vec::new() };
    let single = table.values().all(|sign| sign.chars().nth(1).is_none());
    let mut inverse: HashMap<&str, char> = HashMap::new();
    for (letter, sign) in &table {
        inverse.entry(sign.as_str()).or_insert(*letter);
    }
    let mut out = Vec::new();
    for part in parts(text) {
        if single {
            let sign = |c: char| inverse.get(c.encode_utf8(&mut [0; 4]) as &str).copied().unwrap_or(c);
            out.push(part.chars().map(sign).collect::<String>());
            out.push(
                part.chars()
                    .map(|c| table.get(&c).and_then(|sign| sign.chars().next()).unwrap_or(c))
                    .collect(),
            );
        } else {
            out.extend(signs(part, &inverse));
        }
    }
    out.retain(|reading| english::is_english(reading));
    out
}

/// Signs of several characters, set off by blanks; anything that is no sign ends a word.
fn signs(part: &str, inverse: &HashMap<&str, char>) -> Option<String> {
    let mut out = String::new();
    let mut known = 0_usize;
    for sign in part.split([' ', ',', '-']).filter(|sign| !sign.is_empty()) {
        match inverse.get(sign) {
            Some(c) => {
                out.push(*c);
                known += 1;
            }
            None if !out.ends_with(' ') => out.push(' '),
            None => {}
        }
    }
    (known >= 6).then(|| out.trim().to_owned())
}

/// Whether there are two runs of letters and digits, each as long as an alphabet.
fn has_long_runs(text: &str) -> bool {
    if text.is_ascii() {
        return holds_alphabets(text.as_bytes());
    }
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let (mut run, mut found) = (0_usize, 0_usize);
    for byte in text.bytes() {
        run = if belongs(byte) { run + 1 } else { 0 };
        found += usize::from(run == 20);
    }
    found >= 2
}

/// Whether two runs in ASCII are alphabets: as long as one, and no letter twice.
fn holds_alphabets(bytes: &[u8]) -> bool {
    let is_alphabet = |run: &&[u8]| {
        let mut seen = 0_u128;
        let mut fresh = |byte: &u8| {
            let bit = 1 << (byte & 127);
            let fresh = seen & bit == 0;
            seen |= bit;
            fresh
        };
        (20..=64).contains(&run.len()) && run.iter().all(&mut fresh)
    };
    bytes.split(|byte| !byte.is_ascii_alphanumeric()).filter(is_alphabet).nth(1).is_some()
}

/// Whether a dozen different signs stand alone before something that may be a link.
fn may_pair(text: &str) -> bool {
    if !text.is_ascii() {
        let links = text.bytes().filter(|b| matches!(b, b':' | b'=' | b'>')).take(FEWEST_PAIRS).count();
        return (links == FEWEST_PAIRS
            || text.contains(['→', '↦'])
            || text.matches(" becomes ").take(FEWEST_PAIRS).count() == FEWEST_PAIRS)
            && holds_keys(text);
    }
    let bytes = text.as_bytes();
    let mut keys = 0_u128;
    let gap = |b: &&u8| !(b.is_ascii_whitespace() || b"'\",`;.(){}[]|".contains(b));
    let (mut apart, mut at) = (true, 0);
    while let Some(byte) = bytes.get(at) {
        let belongs = byte.is_ascii_alphanumeric();
        if apart && belongs && !bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) {
            let link = bytes.iter().skip(at + 1).take(64).find(gap);
            keys |= u128::from(link.is_some_and(|b| b":-=bti".contains(b))) << (byte & 127);
        }
        apart = !belongs;
        at += 1;
    }
    keys.count_ones() as usize >= FEWEST_PAIRS
}

/// Whether as many letters and digits as make a table stand alone, as its keys do.
fn holds_keys(text: &str) -> bool {
    let (mut run, mut alone) = (0_usize, 0_usize);
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() {
            run += 1;
        } else {
            alone += usize::from(std::mem::take(&mut run) == 1);
        }
    }
    alone >= FEWEST_PAIRS
}

/// `a: q`, `'a': 'q'`, `a -> q`, `a becomes q`, twelve of them or more.
fn pairs(text: &str) -> Option<Table> {
    let tokens: Vec<&str> = tokens(text).take(1 << 13).collect();
    let mut table = Table::new();
    for window in tokens.windows(3) {
        let [key, link, value] = window else { continue };
        let mut chars = key.chars();
        let (Some(letter), None) = (chars.next(), chars.next()) else { continue };
        let linked = matches!(*link, ":" | "->" | "=>" | "=" | "→" | "becomes" | "to" | "is" | "↦");
        if linked
            && letter.is_alphanumeric()
            && value.chars().count() <= 4
            && value.chars().all(char::is_alphanumeric)
        {
            table.entry(letter).or_insert_with(|| (*value).to_owned());
        }
    }
    (table.len() >= FEWEST_PAIRS).then_some(table)
}

/// Whether a sign stands around words and links and is none of them.
fn is_set_off(c: char) -> bool {
    matches!(c, '\'' | '"' | ',' | '`' | ';' | '.' | '(' | ')' | '{' | '}' | '[' | ']' | '|')
}

/// Words and links, quotes and commas left out.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || is_set_off(c));
        let first = rest.chars().next()?;
        let end = if first.is_alphanumeric() {
            rest.find(|c: char| !c.is_alphanumeric())
        } else {
            rest.find(|c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '\'' | '"' | '`'))
        };
        let (token, tail) = rest.split_at(end.unwrap_or(rest.len()));
        rest = tail;
        Some(token)
    })
}

/// Two runs of the same number of different letters, twenty or more: one alphabet above the other.
fn alphabets(text: &str) -> Option<Table> {
    let is_alphabet = |word: &&str| {
        let mut seen: Vec<char> = word.chars().collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        (20..=64).contains(&count) && seen.len() == count && word.chars().all(char::is_alphanumeric)
    };
    let long = |word: &&str| (20..=256).contains(&word.len());
    let runs = text.split(|c: char| !c.is_alphanumeric()).filter(long);
    let found: Vec<&str> = runs.filter(is_alphabet).take(2).collect();
    let [plain, cipher] = found.as_slice() else { return None };
    (plain.chars().count() == cipher.chars().count() && plain != cipher)
        .then(|| plain.chars().zip(cipher.chars().map(String::from)).collect())
}

/// The parts of a text that could be its ciphertext: lines, quotations, what follows a colon.
fn parts(text: &str) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        let quoted = line.split(['"', '\'', '`']).skip(1).step_by(2);
        let tail = line.rsplit_once(": ").map(|(_, tail)| tail);
        for part in quoted.chain(tail).chain([line]).map(str::trim) {
            let fits = (SHORTEST_PART..=LONGEST_PART).contains(&part.len()) && out.len() < MOST_PARTS;
            if fits && !out.contains(&part) && part.matches(':').take(4).count() < 4 {
                out.push(part);
            }
        }
    }
    out
}

/// Vigenère, when the text names it and gives a key.
pub(super) fn vigenere_text(text: &str, _: &mut Budget) -> Vec<String> {
    let Some(lower) = naming(text, "vigen", b'v') else { return Vec::new() };
    let after_key = lower
        .split("key")
        .skip(1)
        .chain(lower.split("use ").skip(1))
        .chain(lower.split("with ").skip(1))
        .take(6);
    let keys = after_key.filter_map(|rest| {
        let words = rest.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1);
        words
            .into_iter()
            .find(|word| !matches!(*word, "word" | "is" | "phrase" | "the" | "of" | "was" | "being"))
    });
    let keys: Vec<Vec<u8>> = keys.map(|key| key.bytes().map(|b| b - b'a').collect()).collect();
    let read = |part: &str, key: &[u8]| {
        let mut at = 0;
        let turn = |c: char| {
            if !c.is_ascii_alphabetic() {
                return c;
            }
            let first = if c.is_ascii_uppercase() { b'A' } else { b'a' };
            let shift = key.get(at % key.len()).copied().unwrap_or_default();
            at += 1;
            char::from((c as u8 - first + 26 - shift % 26) % 26 + first)
        };
        part.chars().map(turn).collect::<String>()
    };
    let mut out: Vec<String> =
        keys.iter().flat_map(|key| parts(text).into_iter().map(move |part| read(part, key))).collect();
    out.retain(|reading| english::is_english(reading));
    out
}

/// The affine cipher, when the text names it and gives both numbers.
pub(super) fn affine_text(text: &str, _: &mut Budget) -> Vec<String> {
    let Some(lower) = naming(text, "affine", b'f') else { return Vec::new() };
    let numbers: Vec<u32> = lower
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .filter(|number| *number < 1000)
        .take(4)
        .collect();
    let [factor, offset, ..] = numbers.as_slice() else { return Vec::new() };
    let Some(inverse) = (1..26_u32).find(|n| n * factor % 26 == 1) else { return Vec::new() };
    let turn = |c: char| {
        if !c.is_ascii_alphabetic() {
            return c;
        }
        let first = if c.is_ascii_uppercase() { b'A' } else { b'a' };
        let at = u32::from(c as u8 - first) + 26 - offset % 26;
        char::from((inverse * at % 26) as u8 + first)
    };
    let mut out: Vec<String> = parts(text).into_iter().map(|part| part.chars().map(turn).collect()).collect();
    out.retain(|reading| english::is_english(reading));
    out
}

/// The text in small letters when it is short and names the cipher `name`, in which `rare` is a letter that few words have.
fn naming(text: &str, name: &str, rare: u8) -> Option<String> {
    let bytes = text.as_bytes();
    let offset = name.bytes().position(|byte| byte == rare)?;
    let names = |at: usize| {
        let from = at.checked_sub(offset);
        let word = from.and_then(|from| bytes.get(from..from + name.len()));
        word.is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
    };
    let named =
        text.len() <= LONGEST / 4 && memchr::memchr2_iter(rare, rare.to_ascii_uppercase(), bytes).any(names);
    named.then(|| text.to_lowercase())
}
