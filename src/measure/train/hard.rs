//! The texts of harmless code that a model would take for requests: it learns most from what it gets wrong. A file holds
//! hundreds of texts and one of them is enough for a false alarm, so drawing some at random misses it.

use super::corpus::Row;
use crate::judge::classify::model::dense::Dense;
use crate::judge::classify::model::halvings;
use crate::judge::classify::model::linear::Linear;
use crate::judge::classify::model::memo::Memo;
use crate::judge::classify::model::window::peak;
use crate::read::candidate::Candidate;
use crate::read::candidate::Origin;

/// Texts of one piece of code that are learned from because they score high.
const TEXTS: usize = 12;
/// Stretches of the code itself, read as prose, that are.
const STRETCHES: usize = 4;
/// Words of a stretch, and how far the next begins behind it.
const STRETCH: usize = 40;
const STEP: usize = 20;
/// What each halving of few words takes from a raw score, when texts are compared.
const PER_HALVING: f32 = 2.0;
/// Texts are compared by their first words.
const COMPARED: usize = 6;

/// What scores highest in a piece of code: texts found in it, and stretches of it as it stands.
pub(super) fn texts((linear, dense): &(Linear, Dense), row: &Row, found: &[Candidate]) -> Vec<String> {
    let mut memo = Memo::default();
    let mut score = |text: &str| {
        let peak = peak(linear, dense, text, &mut memo);
        peak.raw - PER_HALVING * halvings(&peak)
    };
    let beside = found.iter().filter(|candidate| candidate.origin != Origin::Plain);
    let mut out = highest(beside.map(|candidate| candidate.text.as_str()), TEXTS, &mut score);
    out.extend(highest(stretches(&row.text).into_iter(), STRETCHES, &mut score));
    out
}

/// The texts that score highest, each of them unlike the others.
fn highest<'a>(
    texts: impl Iterator<Item = &'a str>,
    most: usize,
    mut score: impl FnMut(&str) -> f32,
) -> Vec<String> {
    let mut scored: Vec<(f32, &str)> =
        texts.map(|text| (score(text), text)).filter(|(score, _)| score.is_finite()).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut seen = std::collections::BTreeSet::new();
    let begin = |text: &str| text.split_whitespace().take(COMPARED).collect::<Vec<_>>().join(" ");
    let unlike = scored.into_iter().filter(|(_, text)| seen.insert(begin(text)));
    unlike.take(most).map(|(_, text)| text.to_owned()).collect()
}

/// Overlapping stretches of a text.
fn stretches(text: &str) -> Vec<&str> {
    let starts: Vec<usize> =
        text.split_whitespace().map(|word| word.as_ptr().addr() - text.as_ptr().addr()).collect();
    let begin = |word: usize| starts.get(word).copied().unwrap_or(text.len());
    let count = starts.len().saturating_sub(STRETCH).div_ceil(STEP) + 1;
    (0..count).filter_map(|at| text.get(begin(at * STEP)..begin(at * STEP + STRETCH))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_texts_are_taken_and_each_once() {
        let score = |text: &str| text.len() as f32;
        let found = highest(["rye", "bread and salt", "oven", "oven"].into_iter(), 2, score);
        assert_eq!(found, ["bread and salt", "oven"]);
    }

    #[test]
    fn stretches_leave_nothing_out() {
        let text = (0..90).map(|at| format!("loaf{at}")).collect::<Vec<_>>().join(" ");
        let found = stretches(&text);
        assert!(found[0].starts_with("loaf0 ") && found.last().unwrap().ends_with("loaf89"));
        assert_eq!(stretches("bake bread"), ["bake bread"]);
    }
}
