//! Words in the order that a row of numbers gives, and letters at every so many places.

use super::merge::lists;
use super::reads;

/// The fewest numbers that give an order, and the most.
const FEWEST: usize = 3;
const MOST: usize = 128;
/// Rows of numbers that are looked at.
const MOST_ROWS: usize = 4;

/// Words that tell of an order.
pub(super) const TELLING: [&str; 8] =
    ["order", "indic", "index", "position", "sequence", "permut", "arrang", "number"];

/// The words of each list in the order of each row of numbers: each the word that stands there, or the place a word goes to.
pub(super) fn by_numbers(said: &str, text: &str) -> Vec<String> {
    if !TELLING.iter().any(|word| said.contains(word)) {
        return Vec::new();
    }
    let mut out: Vec<String> = Vec::new();
    for numbers in rows(text) {
        let first = numbers.iter().copied().min().unwrap_or_default();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        let whole = first < 2 && sorted.iter().zip(first..).all(|(number, wanted)| *number == wanted);
        for words in lists(text).into_iter().filter(|words| whole && words.len() == numbers.len()) {
            let picked = numbers.iter().filter_map(|number| words.get(number - first).copied());
            let mut placed = vec![""; words.len()];
            for (word, number) in words.iter().zip(&numbers) {
                if let Some(slot) = placed.get_mut(number - first) {
                    *slot = word;
                }
            }
            out.extend([picked.collect::<Vec<_>>().join(" "), placed.join(" ")]);
        }
    }
    out.retain(|text| reads(text));
    out.dedup();
    out
}

/// Rows of numbers: `3, 1, 2`, `2 0 1`.
fn rows(text: &str) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut row: Vec<usize> = Vec::new();
    let ends = |c: char| c.is_whitespace() || ",;[]()".contains(c);
    for token in text.split(ends).filter(|token| !token.is_empty()).chain(["end"]) {
        let last = token.ends_with(['.', ':']);
        match token.trim_end_matches(['.', ':']).parse() {
            Ok(number) if row.len() < MOST => row.push(number),
            _ => {
                found.extend((row.len() >= FEWEST).then(|| std::mem::take(&mut row)));
                row.clear();
            }
        }
        if last {
            found.extend((row.len() >= FEWEST).then(|| std::mem::take(&mut row)));
            row.clear();
        }
    }
    found.truncate(MOST_ROWS);
    found
}

/// Every second, third or fourth letter of a text.
pub(super) fn every(said: &str, body: &str) -> Vec<String> {
    let letters = said.contains("letter") || said.contains("character");
    if !letters || !(said.contains("every") || said.contains("each")) {
        return Vec::new();
    }
    let step = [("second", 2), ("2nd", 2), ("other", 2), ("third", 3), ("3rd", 3), ("fourth", 4), ("4th", 4)]
        .into_iter()
        .find_map(|(word, step)| said.contains(word).then_some(step));
    let Some(step) = step else { return Vec::new() };
    let from = |at: usize| body.chars().skip(at).step_by(step).collect::<String>();
    [from(0), from(step - 1)].into_iter().filter(|text| reads(text)).collect()
}
