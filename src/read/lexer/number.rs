//! Numbers in a row that no bracket holds (`Chr(98) & Chr(97)`, `db 0x62, 0x61`, `[98; 97]`), and the key that code
//! beside them is to change them by.

use super::group::integer;
use super::scan::Kind;
use super::scan::Token;

/// The fewest numbers of a row.
const FEWEST: usize = 8;
/// The most tokens from one number to the next.
const GAP: usize = 6;
/// The most keys that are tried, and the most numbers that a key is tried on.
const MOST_KEYS: usize = 4;
const MOST_KEYED: usize = 4096;

/// Rows of numbers with the same tokens between them, then all rows, and those of `known`, changed by each key.
pub(super) fn rows(text: &str, tokens: &[Token], known: &[Vec<i64>]) -> Vec<Vec<i64>> {
    let mut found = if tokens.iter().filter(|token| token.kind == Kind::Number).nth(FEWEST - 1).is_some() {
        bare_rows(text, tokens)
    } else {
        Vec::new()
    };
    found.retain(|row| !known.contains(row));
    if known.is_empty() && found.is_empty() {
        return found;
    }
    let keys = keys(text, tokens);
    let mut changed: Vec<Vec<i64>> = Vec::new();
    for key in keys {
        let all = known.iter().chain(&found).filter(|row| (FEWEST..MOST_KEYED).contains(&row.len()));
        changed.extend(all.map(|row| row.iter().map(|number| key.apply(*number)).collect()));
    }
    found.extend(changed);
    found
}

/// Rows of numbers with the same tokens between them.
fn bare_rows(text: &str, tokens: &[Token]) -> Vec<Vec<i64>> {
    let shown = |token: &Token| text.get(token.start as usize..token.end as usize).unwrap_or_default();
    let mut found: Vec<Vec<i64>> = Vec::new();
    let mut row: Vec<i64> = Vec::new();
    let mut shape: Option<Vec<&str>> = None;
    let mut gap: Vec<&str> = Vec::new();
    for token in tokens {
        let value = if token.kind == Kind::Number { value_of(shown(token)) } else { None };
        let Some(value) = value else {
            gap.push(shown(token));
            if gap.len() > GAP || matches!(token.kind, Kind::Text(_)) {
                close(&mut row, &mut found);
                shape = None;
                gap.clear();
            }
            continue;
        };
        match &shape {
            Some(shape) if *shape == gap => {}
            None if row.len() == 1 => shape = Some(gap.clone()),
            _ => {
                close(&mut row, &mut found);
                shape = None;
            }
        }
        gap.clear();
        row.push(value);
    }
    close(&mut row, &mut found);
    found
}

fn close(row: &mut Vec<i64>, found: &mut Vec<Vec<i64>>) {
    if row.len() >= FEWEST {
        found.push(std::mem::take(row));
    }
    row.clear();
}

/// A number; `6fh` as assemblers write it.
fn value_of(written: &str) -> Option<i64> {
    let hex = || written.strip_suffix(['h', 'H']).and_then(|digits| i64::from_str_radix(digits, 16).ok());
    integer(written).or_else(hex)
}

/// What changes a number into the code of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Xor(i64),
    Add(i64),
}

impl Key {
    fn apply(self, number: i64) -> i64 {
        match self {
            Key::Xor(key) => number ^ key,
            Key::Add(key) => number.saturating_add(key),
        }
    }
}

/// Numbers right behind a word or sign for exclusive or, or one operand further, and behind `+` and `-`.
fn keys(text: &str, tokens: &[Token]) -> Vec<Key> {
    let shown = |token: &Token| text.get(token.start as usize..token.end as usize).unwrap_or_default();
    let mut keys = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let word = shown(token);
        if keys.len() >= MOST_KEYS {
            break;
        }
        let ends = |word: &[u8]| word.last_chunk::<3>().is_some_and(|end| end.eq_ignore_ascii_case(b"xor"));
        let mut near = tokens.iter().skip(at + 1).take(4).filter(|token| token.kind == Kind::Number);
        let number = |token: &Token| integer(shown(token)).filter(|key| (1..256).contains(key));
        let key = match word {
            "+" | "-" => {
                let next = tokens.get(at + 1).filter(|token| token.kind == Kind::Number).and_then(number);
                next.map(|key| Key::Add(if word == "+" { key } else { -key }))
            }
            _ if word == "^" || word.len() <= 8 && ends(word.as_bytes()) => {
                near.find_map(number).map(Key::Xor)
            }
            _ => None,
        };
        keys.extend(key.filter(|key| !keys.contains(key)));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::super::lex;
    use crate::budget::Budget;
    use crate::budget::Limits;

    fn rows(text: &str) -> Vec<Vec<i64>> {
        lex(text, &mut Budget::new(Limits::default())).numbers
    }

    #[test]
    fn calls_in_a_row_hold_their_numbers() {
        let text = "s = Chr(98) & Chr(97) & Chr(107) & Chr(101) & Chr(32) & Chr(114) & Chr(121) & Chr(101)";
        assert_eq!(rows(text), [[98, 97, 107, 101, 32, 114, 121, 101]]);
        assert_eq!(rows("msg db 0x62, 0x61, 0x6b, 0x65, 0x20, 0x72, 0x79, 0x65").len(), 1);
    }

    #[test]
    fn a_key_beside_them_changes_them() {
        let text = "[99; 96; 106; 100; 33; 115; 120; 100] |> map (fun c -> c lxor 1)";
        assert!(rows(text).contains(&vec![98, 97, 107, 101, 32, 114, 121, 101]));
        let text = "Enum.map([99, 98, 108, 102, 33, 115, 122, 102], &(&1 - 1))";
        assert!(rows(text).contains(&vec![98, 97, 107, 101, 32, 114, 121, 101]));
        let text = "char([96 95 105 99 30 112 119 99] + 2)";
        assert!(rows(text).contains(&vec![98, 97, 107, 101, 32, 114, 121, 101]));
        assert_eq!(
            rows("msg db 62h, 61h, 6bh, 65h, 20h, 72h, 79h, 65h"),
            [[98, 97, 107, 101, 32, 114, 121, 101]]
        );
    }

    #[test]
    fn numbers_of_a_program_are_no_row() {
        assert_eq!(rows("a = 1 + 2 * 3 - 4; b = f(5) / 6 + g(7, 8) - 9"), Vec::<Vec<i64>>::new());
    }
}
