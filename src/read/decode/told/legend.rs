//! Words that stand for others: a legend, and a sentence in the words of it.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;

use super::reads;

/// The longest key and value of a legend.
const LONGEST_KEY: usize = 24;
const LONGEST_VALUE: usize = 80;
/// Entries of one legend.
const MOST: usize = 64;
/// Keys that must stand in a sentence.
const FEWEST: usize = 2;

/// What says that one stands for the other.
const LINKS: [&str; 12] =
    [" -> ", " => ", " → ", " = ", "=", ": ", " means ", " stands for ", " is ", " := ", " be ", " – "];
static MATCHER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(LINKS).ok());

/// Words that tell of a legend.
pub(super) const TELLING: [&str; 14] = [
    "replac",
    "substitut",
    "stand",
    "mean",
    "legend",
    "code word",
    "codeword",
    "glossary",
    "placeholder",
    "let ",
    "where ",
    "decode",
    "translate",
    "key",
];

/// The sentences that hold words of a legend, with what these stand for.
pub(super) fn replaced(said: &str, text: &str) -> Vec<String> {
    if !TELLING.iter().any(|word| said.contains(word)) {
        return Vec::new();
    }
    let pairs = pairs(text);
    if pairs.len() < FEWEST {
        return Vec::new();
    }
    let mut out = Vec::new();
    for line in text.lines() {
        for part in [
            Some(line),
            line.rsplit_once(": ").map(|(_, tail)| tail),
            line.rsplit_once(". ").map(|(_, tail)| tail),
        ] {
            let part = part.unwrap_or_default().trim().trim_matches(['"', '`', '.']);
            out.extend(filled(part, &pairs).filter(|text| reads(text)));
        }
    }
    out.sort_by_key(String::len);
    out.dedup();
    out.truncate(FEWEST);
    out
}

/// A sentence with what its words stand for; None where it holds too few of them, or is the legend itself.
fn filled(part: &str, pairs: &[(&str, &str)]) -> Option<String> {
    let mut out = String::with_capacity(part.len());
    let (mut used, mut words, mut at) = (Vec::new(), 0_usize, 0);
    while let Some(rest) = part.get(at..).filter(|rest| !rest.is_empty()) {
        let apart = out.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let ends =
            |key: &str| rest.get(key.len()..).is_some_and(|tail| !tail.starts_with(char::is_alphanumeric));
        let found = pairs
            .iter()
            .filter(|(key, _)| apart && rest.starts_with(key) && ends(key))
            .max_by_key(|(key, _)| key.len());
        if let Some((key, value)) = found {
            out.push_str(value);
            words += 1;
            if !used.contains(key) {
                used.push(*key);
            }
            at += key.len();
            continue;
        }
        let c = rest.chars().next()?;
        words += usize::from(apart && c.is_alphanumeric());
        out.push(c);
        at += c.len_utf8();
    }
    let legend = || {
        LINKS
            .iter()
            .any(|link| link.len() > 1 && part.contains(link) && !matches!(*link, ": " | " is " | " be "))
    };
    (used.len() >= FEWEST && used.len() * 4 >= words && !legend()).then_some(out)
}

/// Where the first link stands, and its length; of several there, the shortest.
fn first_link(text: &str) -> Option<(usize, usize)> {
    let found = MATCHER.as_ref()?.find_overlapping_iter(text);
    found.map(|found| (found.start(), found.len())).min()
}

/// What stands for what: a line each, or quoted values in running text.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    for line in text.lines() {
        for part in line.split([',', ';']).map(str::trim) {
            let part = part
                .trim_start_matches(['-', '*', '•', ' '])
                .trim_start_matches("and ")
                .trim_start_matches("Let ")
                .trim_start_matches("let ");
            let link = first_link(part);
            let Some((at, length)) = link else { continue };
            let (key, value) =
                (part.get(..at).unwrap_or_default(), part.get(at + length..).unwrap_or_default());
            for half in halves(key, value) {
                if found.len() < MOST && found.iter().all(|(known, _)| *known != half.0) {
                    found.push(half);
                }
            }
        }
    }
    found
}

/// What the quotes that a value begins with hold; else the value.
fn quoted(value: &str) -> &str {
    let value = value.trim();
    let close = match value.chars().next() {
        Some(mark @ ('"' | '\'' | '`')) => mark,
        Some('“') => '”',
        _ => return value,
    };
    let inside = value.get(value.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
    inside.split_once(close).map_or(value, |(inside, _)| inside)
}

/// A key and its value, without quotes; `"wash" and [X2] = "brushes"` holds the next pair.
fn halves<'t>(key: &'t str, value: &'t str) -> Vec<(&'t str, &'t str)> {
    let marks = ['"', '\'', '`', '“', '”', ' ', '.'];
    let mut out = Vec::new();
    let (mut key, mut value) = (key, value);
    for _ in 0..MOST {
        let next = value.split_once(" and ").and_then(|(own, rest)| {
            let link = first_link(rest)?;
            Some((own, rest.get(..link.0)?, rest.get(link.0 + link.1..)?))
        });
        let own = quoted(next.map_or(value, |(own, _, _)| own));
        let (bare_key, bare) =
            (key.trim().trim_matches(['"', '\'', '`', '“', '”']), own.trim().trim_matches(marks));
        let single = !bare_key.is_empty() && bare_key.len() <= LONGEST_KEY && !bare_key.contains(' ');
        let words = bare.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '\'' | '’' | '-' | ','));
        if single
            && words
            && !bare.is_empty()
            && bare.len() <= LONGEST_VALUE
            && bare.contains(char::is_alphabetic)
        {
            out.push((bare_key, bare));
        }
        match next {
            Some((_, next_key, next_value)) => (key, value) = (next_key, next_value),
            None => break,
        }
    }
    out
}
