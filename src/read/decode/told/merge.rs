//! Lists that words say to take from in turn.

use super::reads;

/// Lists, and words of one.
const MOST_LISTS: usize = 4;
const MOST_WORDS: usize = 128;
/// The longest name of a list.
const LONGEST_LABEL: usize = 24;

/// Words that tell to take from lists in turn.
pub(super) const TELLING: [&str; 9] = [
    "alternat",
    "interleav",
    "in turn",
    "merge",
    "weav",
    "zip",
    "from each",
    "one by one from",
    "take turns",
];

/// The words of all lists in turn, whichever comes first.
pub(super) fn in_turn(said: &str, text: &str) -> Vec<String> {
    if !TELLING.iter().any(|word| said.contains(word)) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for lists in [bracketed(text), labelled(text)] {
        let count = lists.len();
        if !(2..=MOST_LISTS).contains(&count) {
            continue;
        }
        let longest = lists.iter().map(Vec::len).max().unwrap_or_default();
        if lists.iter().any(|list| list.len() + 1 < longest) {
            continue;
        }
        for first in 0..count {
            let turn = (0..longest * count)
                .filter_map(|at| lists.get((at + first) % count)?.get(at / count).copied());
            out.push(turn.collect::<Vec<_>>().join(" "));
        }
    }
    out.retain(|text| reads(text));
    out.truncate(1);
    out
}

/// All lists of a text.
pub(super) fn lists(text: &str) -> Vec<Vec<&str>> {
    let mut found = bracketed(text);
    found.extend(text.split(". ").flat_map(labelled));
    found
}

/// `[a, b]`, `(a, b)`, `{a, b}`.
fn bracketed(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', '(', '{']).filter(|_| found.len() <= MOST_LISTS) {
        let inside = rest.get(at + 1..).unwrap_or_default();
        let Some(end) = inside.find([']', ')', '}']) else { break };
        found.extend(words(inside.get(..end).unwrap_or_default()));
        rest = inside.get(end + 1..).unwrap_or_default();
    }
    found
}

/// `A: a, b`, a line each.
fn labelled<'t>(text: &'t str) -> Vec<Vec<&'t str>> {
    let list = |line: &'t str| line.split_once([':', '=']).filter(|(label, _)| label.len() <= LONGEST_LABEL);
    text.lines().filter_map(list).filter_map(|(_, tail)| words(tail)).take(MOST_LISTS + 1).collect()
}

/// Words between commas, or between blanks where there are no commas.
fn words(inside: &str) -> Option<Vec<&str>> {
    let inside = inside.trim().trim_matches(['[', ']', '(', ')', '{', '}', '.']);
    let found: Vec<&str> = if inside.contains([',', ';', '|']) {
        inside.split([',', ';', '|']).filter(|word| !word.trim().is_empty()).collect()
    } else {
        inside.split_whitespace().collect()
    };
    let found: Vec<&str> = found
        .into_iter()
        .map(|word| word.trim().trim_matches(['"', '\'', '`', '“', '”']))
        .take(MOST_WORDS)
        .collect();
    (found.len() > 1 && found.iter().all(|word| word.contains(char::is_alphabetic))).then_some(found)
}
