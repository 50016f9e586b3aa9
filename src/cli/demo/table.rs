//! Lines of text in columns.

/// One row.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) sent: String,
    pub(super) api: String,
    pub(super) read: String,
    pub(super) answer: String,
    pub(super) millis: String,
    pub(super) why: String,
}

const HEADS: [&str; 6] = ["sent", "by", "what unspool read", "answer", "ms", "why"];

impl Line {
    fn cells(&self) -> [&str; 6] {
        [&self.sent, &self.api, &self.read, &self.answer, &self.millis, &self.why]
    }
}

/// The rows, numbered, under their heads.
pub(super) fn table<'a>(lines: impl Iterator<Item = &'a Line>) -> String {
    let rows: Vec<[&str; 6]> = std::iter::once(HEADS).chain(lines.map(Line::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let mut out = String::new();
    for (at, row) in rows.iter().enumerate() {
        let number = if at == 0 { String::new() } else { at.to_string() };
        let mut text = format!("{number:>2}");
        for (cell, width) in row.iter().zip(&widths) {
            text.push_str(&format!("  {cell:<width$}"));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let line = |sent: &str| Line {
            sent: sent.to_owned(),
            api: "a".to_owned(),
            read: "é".to_owned(),
            answer: "200".to_owned(),
            millis: "1.0".to_owned(),
            why: "w".to_owned(),
        };
        let text = table([line("short"), line("much longer than that")].iter());
        let places: Vec<_> = text.lines().skip(1).map(|row| row.chars().position(|c| c == 'é')).collect();
        assert!(places[0].is_some() && places[0] == places[1], "{text}");
    }
}
