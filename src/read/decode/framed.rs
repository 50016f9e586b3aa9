//! A few words a line, in a frame: subtitles, calendars, cards, logs of a chat. What is the same in every line, and what only counts or
//! dates it, is left out.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::budget::Budget;
use crate::read::decode::order::bare;

/// Fewer lines than this make no frame; more are data.
const FEWEST: usize = 4;
const MOST: usize = 1 << 10;
/// Lines in which a word stands before it is part of the frame: so many, and one in so many.
const OFTEN: usize = 3;
const ONE_IN: usize = 4;
/// Words left in a line, at most, on average.
const LEFT: usize = 5;
/// Words in all, at least.
const WORDS: usize = 4;

/// The words that the frame holds.
pub(super) fn framed_text(text: &str, _: &mut Budget) -> Vec<String> {
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST + 1).collect();
    if !(FEWEST..=MOST).contains(&lines.len()) {
        return Vec::new();
    }
    let whole = counted(lines.iter().copied());
    let told: Vec<Vec<&str>> = lines
        .iter()
        .filter(|line| whole.get(*line).is_none_or(|times| *times < OFTEN))
        .map(|line| line.split(is_between_fields).flat_map(key_and_value).collect())
        .collect();
    let parts = counted(told.iter().flatten().copied());
    let frame = |part: &&str| {
        let often = parts.get(part).is_some_and(|times| *times >= OFTEN && times * ONE_IN >= told.len());
        often || is_label(part)
    };
    let (mut words, mut left, mut as_before) = (Vec::new(), 0, 0);
    for parts in &told {
        let within = without_ends(parts, frame);
        words.extend_from_slice(within);
        left += usize::from(!within.is_empty());
        as_before += usize::from(within.len() == parts.len());
    }
    if as_before * 5 >= lines.len() * 3 || words.len() < WORDS || words.len() > left * LEFT {
        return Vec::new();
    }
    vec![words.into_iter().map(bare).collect::<Vec<_>>().join(" ")]
}

/// How often each of `parts` stands there.
fn counted<'t>(parts: impl Iterator<Item = &'t str>) -> HashMap<&'t str, usize, RandomState> {
    let mut times: HashMap<&str, usize, RandomState> = HashMap::default();
    parts.for_each(|part| *times.entry(part).or_default() += 1);
    times
}

/// Whether a sign stands between the fields of a line.
fn is_between_fields(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | '|')
}

/// `FN:rye` is a key and a word; other parts are one.
fn key_and_value(part: &str) -> impl Iterator<Item = &str> {
    let at = part.find([':', '=']).filter(|at| part[..*at].bytes().all(|byte| byte.is_ascii_alphabetic()));
    let (key, value) = part.split_at(at.map_or(0, |at| at + 1));
    [key, value].into_iter().filter(|part| !part.is_empty())
}

/// Whether a part only counts, dates or marks: no letters in it, or digits among them.
fn is_label(part: &str) -> bool {
    !part.chars().any(char::is_alphabetic) || part.bytes().any(|byte| byte.is_ascii_digit())
}

/// A line without the parts of the frame at its two ends.
fn without_ends<'l, 't>(parts: &'l [&'t str], frame: impl Fn(&&'t str) -> bool) -> &'l [&'t str] {
    let start = parts.iter().take_while(|part| frame(part)).count();
    let end = parts.len() - parts[start..].iter().rev().take_while(|part| frame(part)).count();
    &parts[start..end]
}
