//! What is learned from: the rows, the same said otherwise, texts of code and made-up requests.

use super::Options;
use super::calibrate::is_code;
use super::calibrate::is_ordinary;
use super::corpus::Row;
use super::fold::FOLDS;
use super::fold::Folds;
use super::hard;
use super::ordinary;
use super::rng::Rng;
use super::sgd::Example;
use super::sgd::WORDS as LEARNED_WORDS;
use super::vary;
use super::vectors::Vectors;
use crate::judge::classify::model::dense::Dense;
use crate::judge::classify::model::linear::Linear;
use crate::read::candidate::Candidate;

/// Long role-play texts say little of their harm in any one place, translations repeat the same few prompts.
const LONG_WEIGHT: f32 = 0.5;
const FOREIGN_WEIGHT: f32 = 0.5;
const VARIANT_WEIGHT: f32 = 0.7;
/// What one string, name or comment of a program counts.
pub(super) const CODE_TEXT_WEIGHT: f32 = 0.3;
/// What one that is taken for a request counts.
const HARD_WEIGHT: f32 = 0.7;
/// What a request about some word or other counts.
const ABOUT_WEIGHT: f32 = 0.5;
const LONG: usize = 600;
/// Stretches of a long harmless text that are learned, and their words.
const STRETCHES: usize = 4;
const STRETCH: usize = 48;
/// Texts in 100 that are learned from with harmless words around them, too, harmful ones and harmless ones.
const PADDED: [usize; 2] = [25, 60];
/// The longest text, in bytes, that stands around another.
const LONGEST_PAD: usize = 160;
/// Texts in 100 that are learned from with typing errors, too.
const MISTYPED: usize = 20;
/// Texts in 100 that are learned from backwards, too: a list is read in both orders.
const BACKWARDS: usize = 25;

/// What is learned from, each with its fold; what is made up is in none.
pub(super) struct Lessons<'a> {
    pub(super) examples: Vec<Example>,
    pub(super) folds: Vec<Option<usize>>,
    vectors: &'a Vectors,
}

impl<'a> Lessons<'a> {
    /// Rows, their variants and the made-up requests.
    pub(super) fn of(
        rows: &[Row],
        said: &[Vec<String>],
        held: &Folds<'_>,
        vectors: &'a Vectors,
        options: &Options,
    ) -> Self {
        let mut rng = Rng::new(options.seed);
        let pads = pads(rows, held);
        let mut lessons = Lessons { examples: Vec::new(), folds: Vec::new(), vectors };
        let mut add = |text: &str, harmful: bool, weight: f32, fold: Option<usize>| {
            lessons.add(text, harmful, weight, fold);
        };
        for (row, said) in rows.iter().zip(said) {
            let mut weight = if row.harmful && row.text.len() > LONG { LONG_WEIGHT } else { 1.0 };
            if row.foreign {
                weight *= FOREIGN_WEIGHT;
            }
            let fold = held.get(row);
            add(&row.text, row.harmful, weight, fold);
            let (reworded, framed) = if row.harmful { (3, 40) } else { (1, 15) };
            for text in vary::variants(&row.text, reworded, framed, &mut rng) {
                add(&text, row.harmful, weight * VARIANT_WEIGHT, fold);
            }
            if !row.harmful {
                for text in stretches(&row.text, &mut rng) {
                    add(&text, false, weight * VARIANT_WEIGHT, fold);
                }
            }
            if rng.below(100) < PADDED[usize::from(row.harmful)] && !is_code(&row.source) && !row.foreign {
                let around = fold.map_or(&[][..], |fold| pads[fold].as_slice());
                add(&vary::padded(&row.text, around, &mut rng), row.harmful, weight * VARIANT_WEIGHT, fold);
            }
            for text in said {
                add(text, row.harmful, CODE_TEXT_WEIGHT, fold);
            }
            if rng.below(100) < MISTYPED && !is_code(&row.source) && !row.foreign {
                add(&vary::mistyped(&row.text, &mut rng), row.harmful, weight * VARIANT_WEIGHT, fold);
            }
            if rng.below(100) < BACKWARDS {
                add(&reversed(&row.text), row.harmful, weight * VARIANT_WEIGHT, fold);
            }
        }
        for _ in 0..options.ordinary {
            add(&ordinary::request(&mut rng), false, 1.0, None);
        }
        let words = ordinary::words(&vectors.pieces, rows);
        for _ in 0..options.ordinary {
            add(&ordinary::about(&words, &mut rng), false, ABOUT_WEIGHT, None);
        }
        lessons
    }

    fn add(&mut self, text: &str, harmful: bool, weight: f32, fold: Option<usize>) {
        if let Some(example) = Example::new(text, harmful, weight, &self.vectors.pieces) {
            self.examples.push(example);
            self.folds.push(fold);
        }
    }

    /// The texts of code that `scout` scores highest.
    pub(super) fn add_hard(
        &mut self,
        scout: &(Linear, Dense),
        rows: &[Row],
        found: &[Vec<Candidate>],
        held: &Folds<'_>,
    ) {
        for (row, found) in rows.iter().zip(found).filter(|(row, _)| is_code(&row.source)) {
            for text in hard::texts(scout, row, found) {
                self.add(&text, row.harmful, HARD_WEIGHT, held.get(row));
            }
        }
    }
}

/// Short harmless texts by the part they are held out with: what stands around a row is held out with it.
fn pads<'a>(rows: &'a [Row], held: &Folds<'_>) -> [Vec<&'a str>; FOLDS] {
    let mut pads: [Vec<&str>; FOLDS] = Default::default();
    for row in rows {
        let plain = !row.harmful && !row.foreign && is_ordinary(&row.source) && !is_code(&row.source);
        if let Some(fold) = held.get(row).filter(|_| plain && row.text.len() <= LONGEST_PAD) {
            pads[fold].push(row.text.trim());
        }
    }
    pads
}

/// The words of `text`, last first.
pub(super) fn reversed(text: &str) -> String {
    text.split_whitespace().rev().collect::<Vec<_>>().join(" ")
}

/// Some of the words in a row further on in a long text, of which only the beginning is learned otherwise. All of a
/// harmless text is harmless.
fn stretches(text: &str, rng: &mut Rng) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let most = words.len().saturating_sub(LEARNED_WORDS) / STRETCH;
    let start = |rng: &mut Rng| rng.below(words.len().saturating_sub(STRETCH));
    (0..most.min(STRETCHES)).map(|_| start(rng)).map(|at| words[at..at + STRETCH].join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_learned_further_on() {
        let long = (0..400).map(|at| format!("loaf{at}")).collect::<Vec<_>>().join(" ");
        let found = stretches(&long, &mut Rng::new(3));
        assert_eq!(found.len(), STRETCHES);
        assert!(found.iter().all(|text| long.contains(text.as_str())));
        assert!(stretches("bake bread", &mut Rng::new(3)).is_empty());
    }
}
