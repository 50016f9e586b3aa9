//! Formulas of a spreadsheet, over the cells that are written out beside them.

use std::collections::HashMap;

use super::tree::Tree;

/// Formulas in formulas deeper than this are not read.
const DEPTH: usize = 24;
/// The longest text that a formula makes.
const MOST: usize = 8 << 10;
/// The most formulas and cells that are read.
const MOST_LINES: usize = 512;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Text(String),
    Number(f64),
    Row(Vec<Cell>),
}

/// Reads lines such as `A1: word` and `=A1&" "&B1`; the value of each formula is a value of the document.
pub(super) fn read(text: &str, tree: &mut Tree) {
    let mut cells: HashMap<String, Cell> = HashMap::new();
    let mut at = 0;
    for line in text.split_inclusive('\n').take(MOST_LINES) {
        let (start, shown) = (at, line.trim());
        at += line.len();
        let (name, rest) = match cell_name(shown) {
            Some((name, rest)) => (Some(name), rest.trim_start_matches([':', '=', '|', '\t', ' ', ','])),
            None => (None, shown.trim_start_matches('=')),
        };
        let formula =
            shown.starts_with('=') || shown.contains("==") || shown.contains(": =") || shown.contains(":=");
        let quoted = rest.starts_with('"') || formula;
        let value =
            if quoted { Reader::new(rest, &cells).whole() } else { Some(Cell::Text(rest.to_owned())) };
        let Some(value) = value else { continue };
        if name.is_none() || formula {
            tree.value(&value.text(), start, false);
        }
        if let Some(name) = name {
            cells.insert(name, value);
        }
    }
}

/// A cell's name at the beginning of a line, and what is behind it.
fn cell_name(line: &str) -> Option<(String, &str)> {
    let letters = line.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = line.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
    let rest = line.get(letters + digits..)?;
    let named = (1..=3).contains(&letters)
        && (1..=5).contains(&digits)
        && rest.starts_with([':', '=', '|', '\t', ' ', ',']);
    named.then(|| (line[..letters + digits].to_owned(), rest))
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
            Cell::Row(cells) => cells.iter().map(Cell::text).collect(),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Cell::Number(number) => Some(*number),
            Cell::Text(text) => text.trim().parse().ok(),
            Cell::Row(cells) => cells.first().and_then(|cell| match cell {
                Cell::Row(_) => None,
                cell => cell.number(),
            }),
        }
    }

    /// A number of characters or a place, from 0 up.
    fn count(&self) -> Option<usize> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounds are looked at first"
        )]
        self.number().filter(|n| (0.0..1e6).contains(n)).map(|n| n as usize)
    }

    fn texts(&self) -> Vec<String> {
        match self {
            Cell::Row(cells) => cells.iter().map(Cell::text).collect(),
            cell => vec![cell.text()],
        }
    }
}

/// Reads one formula from left to right.
struct Reader<'t> {
    rest: &'t str,
    cells: &'t HashMap<String, Cell>,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn new(rest: &'t str, cells: &'t HashMap<String, Cell>) -> Self {
        Reader { rest, cells, depth: 0 }
    }

    fn whole(mut self) -> Option<Cell> {
        self.rest = self.rest.trim_start_matches('=');
        self.joined()
    }

    fn takes(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Operands with `&` between them, or sums and differences.
    fn joined(&mut self) -> Option<Cell> {
        let mut left = self.operand()?;
        loop {
            if self.takes('&') {
                let mut text = left.text();
                text.push_str(&self.operand()?.text());
                left = bounded(text)?;
            } else if self.takes('+') {
                left = Cell::Number(left.number()? + self.operand()?.number()?);
            } else if self.takes('-') {
                left = Cell::Number(left.number()? - self.operand()?.number()?);
            } else if self.takes('*') {
                left = Cell::Number(left.number()? * self.operand()?.number()?);
            } else {
                return Some(left);
            }
        }
    }

    fn operand(&mut self) -> Option<Cell> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '"' => self.quoted(),
            '(' => {
                self.takes('(');
                let inner = self.inner()?;
                self.takes(')');
                Some(inner)
            }
            '{' => {
                self.takes('{');
                self.items('}').map(Cell::Row)
            }
            '-' => {
                self.takes('-');
                let number = self.rest.trim_start();
                let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
                self.rest = &number[end..];
                number[..end].parse().ok().map(|n: f64| Cell::Number(-n))
            }
            c if c.is_ascii_digit() => {
                let end =
                    self.rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.rest.len());
                let number = self.rest[..end].parse().ok()?;
                self.rest = &self.rest[end..];
                Some(Cell::Number(number))
            }
            _ => self.named(),
        }
    }

    /// What stands inside of something, unless that is too deep.
    fn inner(&mut self) -> Option<Cell> {
        if self.depth == DEPTH {
            return None;
        }
        self.depth += 1;
        let inner = self.joined();
        self.depth -= 1;
        inner
    }

    fn quoted(&mut self) -> Option<Cell> {
        let mut text = String::new();
        let mut inner = self.rest.get(1..)?;
        loop {
            let end = inner.find('"').unwrap_or(inner.len());
            text.push_str(&inner[..end]);
            inner = inner.get(end + 1..).unwrap_or_default();
            match inner.strip_prefix('"') {
                Some(more) => {
                    text.push('"');
                    inner = more;
                }
                None => break,
            }
        }
        self.rest = inner;
        bounded(text)
    }

    /// A cell, a range of cells, a truth value, or a function and what it is given.
    fn named(&mut self) -> Option<Cell> {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$' | ':' | '!');
        let end = self.rest.find(|c: char| !part(c)).unwrap_or(self.rest.len());
        let name = self.rest[..end].to_ascii_uppercase().replace('$', "");
        self.rest = &self.rest[end..];
        if name.is_empty() {
            return None;
        }
        if self.takes('(') {
            let given = self.items(')')?;
            return called(&name, &given);
        }
        let name = name.rsplit('!').next().unwrap_or_default();
        match name.split_once(':') {
            Some((from, to)) => Some(Cell::Row(self.range(from, to)?)),
            None if matches!(name, "TRUE" | "FALSE") => {
                Some(Cell::Number(f64::from(u8::from(name == "TRUE"))))
            }
            None => Some(self.cells.get(name).cloned().unwrap_or(Cell::Text(String::new()))),
        }
    }

    fn items(&mut self, end: char) -> Option<Vec<Cell>> {
        let mut items = Vec::new();
        while !self.takes(end) && !self.rest.is_empty() {
            if self.takes(',') || self.takes(';') {
                // Nothing is given here.
                items.push(Cell::Text(String::new()));
                continue;
            }
            items.push(self.inner()?);
            if !self.takes(',') {
                self.takes(';');
            }
        }
        Some(items)
    }

    /// The cells of a row or column, in its order.
    fn range(&self, from: &str, to: &str) -> Option<Vec<Cell>> {
        let parts = |name: &str| {
            let letters = name.bytes().take_while(u8::is_ascii_uppercase).count();
            let column = name
                .bytes()
                .take(letters.min(2))
                .fold(0_u32, |all, byte| all * 26 + u32::from(byte - b'A') + 1);
            Some((column, name.get(letters..)?.parse::<u32>().ok()?))
        };
        let ((left, top), (right, bottom)) = (parts(from)?, parts(to)?);
        let mut found: Vec<((u32, u32), &Cell)> = self
            .cells
            .iter()
            .filter_map(|(name, cell)| Some((parts(name)?, cell)))
            .filter(|((column, row), _)| (left..=right).contains(column) && (top..=bottom).contains(row))
            .collect();
        found.sort_by_key(|((column, row), _)| (*row, *column));
        Some(found.into_iter().map(|(_, cell)| cell.clone()).collect())
    }
}

fn bounded(text: String) -> Option<Cell> {
    (text.len() <= MOST).then_some(Cell::Text(text))
}

/// What a function makes of what it is given.
fn called(name: &str, given: &[Cell]) -> Option<Cell> {
    let text = |at: usize| given.get(at).map(Cell::text);
    let count = |at: usize| given.get(at).and_then(Cell::count);
    let part =
        |text: &str, from: usize, count: usize| text.chars().skip(from).take(count).collect::<String>();
    let texts = |from: usize| given.iter().skip(from).flat_map(Cell::texts);
    bounded(match name {
        "CONCATENATE" | "CONCAT" => texts(0).collect(),
        "TEXTJOIN" => {
            let all: Vec<String> = texts(2).filter(|text| !text.is_empty()).collect();
            all.join(&text(0)?)
        }
        "JOIN" => texts(1).collect::<Vec<_>>().join(&text(0)?),
        "MID" => part(&text(0)?, count(1)?.checked_sub(1)?, count(2)?),
        "LEFT" => part(&text(0)?, 0, count(1).unwrap_or(1)),
        "RIGHT" => {
            let whole = text(0)?;
            let length = whole.chars().count();
            part(&whole, length.saturating_sub(count(1).unwrap_or(1)), length)
        }
        "LOWER" => text(0)?.to_lowercase(),
        "UPPER" => text(0)?.to_uppercase(),
        "TRIM" => text(0)?.split_whitespace().collect::<Vec<_>>().join(" "),
        "SUBSTITUTE" => {
            let (whole, old, new) = (text(0)?, text(1)?, text(2)?);
            let grown = whole.len().saturating_add(whole.len().saturating_mul(new.len()));
            if old.is_empty() || grown > MOST * 16 {
                return None;
            }
            match count(3).and_then(|n| whole.match_indices(&old).nth(n.checked_sub(1)?)) {
                Some((at, _)) => format!("{}{new}{}", &whole[..at], &whole[at + old.len()..]),
                None => whole.replace(&old, &new),
            }
        }
        "REPLACE" => {
            let (whole, from) = (text(0)?, count(1)?.checked_sub(1)?);
            part(&whole, 0, from) + &text(3)? + &part(&whole, from + count(2)?, MOST)
        }
        "REPT" => {
            let (whole, times) = (text(0)?, count(1)?);
            if whole.len().saturating_mul(times) > MOST {
                return None;
            }
            whole.repeat(times)
        }
        "CHAR" | "UNICHAR" => char::from_u32(u32::try_from(count(0)?).ok()?)?.to_string(),
        "LEN" => text(0)?.chars().count().to_string(),
        "CHOOSE" => text(count(0)?)?,
        "INDEX" => given.first()?.texts().into_iter().nth(count(1)?.checked_sub(1)?)?,
        "IF" | "IFERROR" => text(usize::from(name == "IF"))?,
        "T" | "TEXT" | "VALUE" | "CLEAN" | "ARRAYFORMULA" => text(0)?,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(formula: &str) -> Option<String> {
        let cells = [("A1", "describe"), ("A2", "how to"), ("B1", "bake")];
        let cells =
            cells.into_iter().map(|(name, text)| (name.to_owned(), Cell::Text(text.to_owned()))).collect();
        Reader::new(formula, &cells).whole().map(|cell| cell.text())
    }

    #[test]
    fn formulas_say_what_a_spreadsheet_shows() {
        for (formula, shown) in [
            ("=A1&\" \"&A2&\" \"&B1", "describe how to bake"),
            ("=TEXTJOIN(\" \", TRUE, A1:A2, \"\", B1)", "describe how to bake"),
            ("=TEXTJOIN(\" \"; TRUE; A1:B2)", "describe bake how to"),
            ("=CONCATENATE(LOWER(\"RYE \"),MID(\"xxbreadxx\",3,5))", "rye bread"),
            ("=SUBSTITUTE(\"ryQ brQad\",\"Q\",\"e\")&CHAR(46)", "rye bread."),
            ("=REPLACE(RIGHT(\"the rye\",3),2,1,\"\"\"\")", "r\"e"),
            ("=IF(1=1", ""),
        ] {
            assert_eq!(value(formula).unwrap_or_default(), shown, "{formula}");
        }
    }

    #[test]
    fn what_grows_or_nests_without_end_is_no_text() {
        assert_eq!(value(&("=".to_owned() + &"(".repeat(5000))), None);
        assert_eq!(value("=REPT(REPT(\"xxxxxxxx\",900),900)"), None);
        assert_eq!(value("=REPT(\"x\",1000000000)"), None);
    }
}
