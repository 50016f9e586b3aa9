//! A column or row of a table that words say to read.

use super::letters::Which;
use super::reads;
use crate::read::decode::english;

/// Rows and cells of one table, at most.
const MOST_ROWS: usize = 128;
const MOST_CELLS: usize = 64;
/// Fewer rows are no table.
const FEWEST: usize = 3;

/// A table: its head, where it has one, and its rows.
struct Table<'t> {
    head: Option<Vec<&'t str>>,
    rows: Vec<Vec<&'t str>>,
}

/// Words that tell of a table.
pub(super) const TELLING: [&str; 2] = ["column", "row"];

/// The columns, or rows, that are told to be read, in the direction that is told.
pub(super) fn read(line: &str, said: &str, text: &str) -> Vec<String> {
    let (columns, rows) = (said.contains("column"), said.contains("row") && !said.contains("column"));
    if !columns && !rows {
        return Vec::new();
    }
    let turned = [
        "bottom to",
        "bottom up",
        "upward",
        "from the bottom",
        "from bottom",
        "backward",
        "reverse",
        "right to left",
    ]
    .iter()
    .any(|word| said.contains(word));
    let mut out = Vec::new();
    for table in tables(text) {
        for mut cells in table.told(line, said, rows) {
            if turned {
                cells.reverse();
            }
            out.push(joined(&cells));
        }
    }
    if columns {
        out.extend(of_letters(text));
    }
    out.retain(|text| reads(text));
    out
}

fn joined(cells: &[&str]) -> String {
    if cells.iter().all(|cell| cell.chars().nth(1).is_none()) {
        english::split_words(&cells.concat().to_lowercase())
    } else {
        cells.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl<'t> Table<'t> {
    /// The columns, or rows, that may be meant.
    fn told(&self, line: &str, said: &str, rows: bool) -> Vec<Vec<&'t str>> {
        let width = self.rows.first().map_or(0, Vec::len);
        let count = if rows { self.rows.len() } else { width };
        let named = |name: &&str| {
            let quoted = ['"', '\'', '`'].iter().any(|mark| line.contains(&format!("{mark}{name}{mark}")));
            quoted
                || name.len() > 1
                    && said.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(name))
        };
        let by_name = self
            .head
            .as_ref()
            .filter(|_| !rows)
            .and_then(|head| head.iter().position(|name| named(&name.trim())));
        let chosen: Vec<usize> = match by_name.or_else(|| ordinal(said, count)) {
            Some(at) => vec![at],
            None => (0..count).collect(),
        };
        let cell = |row: &Vec<&'t str>, at: usize| row.get(at).copied();
        chosen
            .into_iter()
            .map(|at| {
                if rows {
                    self.rows.get(at).cloned().unwrap_or_default()
                } else {
                    self.rows.iter().filter_map(|row| cell(row, at)).collect()
                }
            })
            .filter(|cells| cells.len() >= FEWEST)
            .collect()
    }
}

/// Which of so many is meant.
fn ordinal(said: &str, count: usize) -> Option<usize> {
    let near = said.find("column").or_else(|| said.find("row"))?;
    let words = said.get(near.saturating_sub(24)..near + 12.min(said.len() - near)).unwrap_or(said);
    let letter = words.replace("column", "letter").replace("row", "letter");
    match super::letters::which(&letter) {
        Some(Which::From(at)) => Some(at).filter(|at| *at < count),
        Some(Which::Last) => count.checked_sub(1),
        _ if words.contains("middle") => Some(count / 2),
        _ => {
            let number =
                words.split(|c: char| !c.is_ascii_digit()).find_map(|digits| digits.parse::<usize>().ok())?;
            number.checked_sub(1).filter(|at| *at < count)
        }
    }
}

/// The tables of a text: lines in a row with as many bars, tabs, semicolons or commas each.
fn tables(text: &str) -> Vec<Table<'_>> {
    let mut found: Vec<Table<'_>> = Vec::new();
    for sign in ['|', '\t', ';', ',', ' '] {
        let mut rows: Vec<Vec<&str>> = Vec::new();
        for line in text.lines().chain([""]) {
            let cells = cells(line, sign);
            let fits = cells.len() > 1 && rows.first().is_none_or(|row| row.len() == cells.len());
            if fits && rows.len() < MOST_ROWS {
                rows.push(cells);
                continue;
            }
            found.extend(table(std::mem::take(&mut rows)));
            if cells.len() > 1 {
                rows.push(cells);
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn cells(line: &str, sign: char) -> Vec<&str> {
    let line = line.trim();
    let line = if sign == '|' { line.trim_matches('|') } else { line };
    let cells: Vec<&str> =
        if sign == ' ' { line.split_whitespace().collect() } else { line.split(sign).collect() };
    let cells: Vec<&str> =
        cells.into_iter().take(MOST_CELLS).map(|cell| cell.trim().trim_matches(['"', '\'', '`'])).collect();
    // Blanks part words in a table of words alone.
    let words = |cell: &&str| cell.chars().all(char::is_alphanumeric);
    if sign == ' ' && !cells.iter().all(words) {
        return Vec::new();
    }
    if cells.iter().any(|cell| !cell.is_empty()) { cells } else { Vec::new() }
}

/// Rows as a table, where they are enough; a rule under the first says that it is the head.
fn table(mut rows: Vec<Vec<&str>>) -> Option<Table<'_>> {
    let is_rule = |row: &Vec<&str>| {
        row.iter().all(|cell| cell.len() > 1 && cell.bytes().all(|b| b"-:=+ ".contains(&b)))
    };
    let rule = rows.iter().position(is_rule);
    let head = match rule {
        Some(1) => Some(rows.remove(0)),
        _ => rows.first().cloned(),
    };
    rows.retain(|row| !is_rule(row));
    if rule != Some(1)
        && rows.len() > FEWEST
        && head.as_ref().is_some_and(|head| rows.first() == Some(head) && is_head(&rows))
    {
        rows.remove(0);
    }
    (rows.len() >= FEWEST).then_some(Table { head, rows })
}

/// Whether the first row names what stands below: numbers stand under words.
fn is_head(rows: &[Vec<&str>]) -> bool {
    let number = |cell: &&str| cell.parse::<f64>().is_ok();
    let Some((head, below)) = rows.split_first() else { return false };
    (0..head.len()).any(|at| {
        head.get(at).is_some_and(|cell| !number(cell))
            && below.iter().all(|row| row.get(at).is_some_and(number))
    })
}

/// Lines of letters in a row, one below the other: read downwards, column by column.
fn of_letters(text: &str) -> Option<String> {
    let mut block: Vec<Vec<char>> = Vec::new();
    for line in text.lines().chain([""]) {
        let letters: Vec<char> = line.trim_end().chars().collect();
        let fits = letters.len() > 1
            && letters.iter().all(|c| c.is_alphabetic() || matches!(c, '_' | '.' | ' ' | '-'))
            && block.first().is_none_or(|first| first.len().abs_diff(letters.len()) < 2);
        if fits {
            block.push(letters);
        } else if block.len() >= FEWEST {
            break;
        } else {
            block.clear();
        }
    }
    let width = block.iter().map(Vec::len).max().filter(|_| block.len() >= FEWEST)?;
    let down = (0..width).flat_map(|at| block.iter().map(move |line| line.get(at).copied().unwrap_or('_')));
    let text: String = down.map(|c| if c.is_alphabetic() { c } else { ' ' }).collect();
    Some(text.split_whitespace().map(english::split_words).collect::<Vec<_>>().join(" "))
}
