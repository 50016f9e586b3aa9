//! Lines of as many fields each, one column of which is a sentence: tables, lists of files, entries with what explains them.

use crate::budget::Budget;
use crate::read::decode::order::is_sentence;

/// Fewer lines than this are no table, and more are data.
const FEWEST: usize = 4;
const MOST: usize = 256;
/// Fields of a line that are looked at.
const FIELDS: usize = 12;
/// Of so many lines one may be no row of the table, such as what introduces it.
const ONE_OTHER_IN: usize = 4;

/// What parts the fields of a line.
const WAYS: [fn(&str) -> Vec<&str>; 4] = [
    |line| line.trim_matches('|').split('|').map(str::trim).collect(),
    |line| line.split('\t').map(str::trim).collect(),
    |line| line.split_once(": ").map_or(Vec::new(), |(key, value)| vec![key, value]),
    |line| line.split_whitespace().take(FIELDS).collect(),
];

/// The columns that are sentences.
pub(super) fn column_text(text: &str, _: &mut Budget) -> Vec<String> {
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST + 1).collect();
    if !(FEWEST..=MOST).contains(&lines.len()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for fields in WAYS {
        let rows: Vec<Vec<&str>> = lines.iter().map(|line| fields(line)).collect();
        let width = usual(&rows);
        let table: Vec<&Vec<&str>> = rows.iter().filter(|row| row.len() == width).collect();
        let others = rows.len() - table.len();
        if width < 2 || table.len() < FEWEST || others * ONE_OTHER_IN > rows.len() {
            continue;
        }
        for column in 0..width {
            let words: Vec<&str> = table.iter().filter_map(|row| word(row.get(column)?)).collect();
            if words.len() * ONE_OTHER_IN < table.len() * (ONE_OTHER_IN - 1) {
                continue;
            }
            // The head of a column, and the line below it, have words of their own.
            found.extend((0..=1).map(|head| words.iter().skip(head).copied().collect::<Vec<_>>().join(" ")));
        }
    }
    found.retain(|text| is_sentence(text));
    found.dedup();
    found
}

/// How many fields most rows have.
fn usual(rows: &[Vec<&str>]) -> usize {
    let mut widths: Vec<usize> = rows.iter().map(|row| row.len().min(FIELDS)).collect();
    widths.sort_unstable();
    widths[widths.len() / 2]
}

/// The word a field starts with, when it is one word: `how`, `how.txt`, `how-7d9f`.
fn word(field: &str) -> Option<&str> {
    let end = field.find(|c: char| !(c.is_alphabetic() || c == '\'')).unwrap_or(field.len());
    (end > 0 && !field.contains(char::is_whitespace)).then(|| &field[..end])
}
