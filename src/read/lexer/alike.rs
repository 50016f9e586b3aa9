//! Lines that differ in one word, or in one word and the place it goes to.

use super::row::FEWEST;
use super::row::Guess;
use super::row::MOST_GUESSES;
use super::row::MOST_PIECES;

/// The most tokens in one line.
const LINE_TOKENS: usize = 48;

const ORDINALS: [&str; 20] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];

/// Lines alike, one below the other: their tokens, so many a line.
#[derive(Default)]
struct Run<'t> {
    tokens: Vec<&'t str>,
    width: usize,
}

impl<'t> Run<'t> {
    fn len(&self) -> usize {
        self.tokens.len() / self.width.max(1)
    }

    /// Whether a line may be the next one.
    fn takes(&self, line: &[&str]) -> bool {
        let last = &self.tokens[self.tokens.len() - self.width.min(self.tokens.len())..];
        if last.is_empty() {
            return true;
        }
        if last.len() != line.len() {
            return false;
        }
        let differ = last.iter().zip(line).filter(|(a, b)| a != b).count();
        differ <= 3 && (differ < line.len() || differ <= 2) && same_signs(last, line)
    }

    fn push(&mut self, line: &[&'t str]) {
        self.width = line.len();
        self.tokens.extend_from_slice(line);
    }

    /// Reports the lines where they make a row, and begins another.
    fn close(&mut self, out: &mut Vec<Guess>) {
        if self.len() >= FEWEST && out.len() < MOST_GUESSES {
            // The first line may be a heading.
            let rest = self.tokens.get(self.width..).unwrap_or_default();
            out.extend(varying(&self.tokens, self.width).or_else(|| varying(rest, self.width)));
        }
        self.tokens.clear();
        self.width = 0;
    }
}

/// Runs of lines alike in all but the place and one word.
pub(super) fn lines(text: &str, out: &mut Vec<Guess>) {
    let mut run = Run::default();
    let mut tokens: Vec<&str> = Vec::with_capacity(LINE_TOKENS + 1);
    for line in super::lines(text) {
        tokens.clear();
        let whole = if line.is_ascii() { cut_ascii(line, &mut tokens) } else { cut(line, &mut tokens) };
        if tokens.is_empty() {
            continue;
        }
        if !whole || tokens.len() < 2 {
            run.close(out);
            continue;
        }
        if run.len() >= MOST_PIECES || !run.takes(&tokens) {
            run.close(out);
        }
        run.push(&tokens);
    }
    run.close(out);
}

/// Cuts a line into words, strings and signs; false when there are too many.
fn cut<'t>(line: &'t str, out: &mut Vec<&'t str>) -> bool {
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' | '`' => rest[1..].find(first).map_or(1, |at| at + 2),
            c if c.is_alphanumeric() || c == '_' => rest
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '\'' | '’' | '-')))
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, tail) = rest.split_at(end);
        out.push(token);
        if out.len() > LINE_TOKENS {
            return false;
        }
        rest = tail.trim_start();
    }
    true
}

/// The same for a line in ASCII, byte by byte.
fn cut_ascii<'t>(line: &'t str, out: &mut Vec<&'t str>) -> bool {
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        if matches!(first, b' ' | 9..=13) {
            at += 1;
            continue;
        }
        let rest = &bytes[at..];
        let length = match first {
            b'"' | b'\'' | b'`' => memchr::memchr(first, &rest[1..]).map_or(1, |end| end + 2),
            b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => rest
                .iter()
                .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'' | b'-')))
                .unwrap_or(rest.len()),
            _ => 1,
        };
        out.push(&line[at..at + length]);
        if out.len() > LINE_TOKENS {
            return false;
        }
        at += length;
    }
    true
}

fn same_signs(a: &[&str], b: &[&str]) -> bool {
    let sign = |token: &str| {
        token.chars().next().is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '"' | '\'' | '`'))
    };
    a.iter().zip(b).all(|(a, b)| a == b || !sign(a) && !sign(b))
}

/// The place a token names: a number, an ordinal, the number a name ends in, a single letter.
fn place(token: &str) -> Option<i64> {
    let lower = token.to_ascii_lowercase();
    if let Some(at) = ORDINALS.iter().position(|ordinal| *ordinal == lower) {
        return i64::try_from(at).ok();
    }
    if let [letter @ b'a'..=b'z'] = lower.as_bytes() {
        return Some(i64::from(*letter));
    }
    let digits = lower
        .trim_end_matches(['t', 'h', 's', 'n', 'd', 'r'])
        .trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok()
}

/// What varies in lines of `width` tokens: one word, perhaps with its place.
fn varying(tokens: &[&str], width: usize) -> Option<Guess> {
    let lines = tokens.len() / width.max(1);
    if lines < FEWEST {
        return None;
    }
    let column = |at: usize| tokens.iter().skip(at).step_by(width).copied();
    let varies = |at: &usize| column(*at).any(|token| tokens.get(*at) != Some(&token));
    let varying: Vec<usize> = (0..width).filter(varies).collect();
    let placed = |at: &usize| column(*at).all(|token| place(token).is_some());
    let distinct = |at: &usize| {
        let mut tokens: Vec<&str> = column(*at).collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens.len()
    };
    let places = varying.iter().copied().find(|at| placed(at) && distinct(at) == lines);
    let mut words = varying.iter().copied().filter(|at| Some(*at) != places);
    let (at, how) = match (words.next(), words.next(), places) {
        (Some(at), None, _) => (at, "lines alike but for one word"),
        (None, None, Some(at)) => (at, "lines alike but for one letter"),
        _ => return None,
    };
    let pieces = column(at).map(|token| token.trim_matches(['"', '\'', '`']).to_owned()).collect();
    let places = places.filter(|place| *place != at).and_then(|at| column(at).map(place).collect());
    Some(Guess { places, ..Guess::of(pieces, how) })
}
