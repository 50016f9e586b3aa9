//! What is learned from: the rows, the same said otherwise, texts of code and made-up requests.

use std::borrow::Cow;

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
        let mut lessons = Lessons { examples: Vec::new(), folds: Vec::new(), vectors };
        each(rows, said, held, vectors, options, |lesson| {
            lessons.add(
                &lesson.text,
                lesson.harmful,
                lesson.weight,
                lesson.row.and_then(|row| held.get(row)),
            );
        });
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

/// One text that is learned from.
pub struct Lesson<'r> {
    /// The text.
    pub text: Cow<'r, str>,
    /// Whether it asks for harm.
    pub harmful: bool,
    /// What it counts, 0 to 1.
    pub weight: f32,
    /// The row it comes from; none for what is made up.
    pub row: Option<&'r Row>,
}

/// Calls `give` with every lesson of the rows, of what is `said` in those that are code, and of what is made up.
pub(super) fn each<'r>(
    rows: &'r [Row],
    said: &'r [Vec<String>],
    held: &Folds<'_>,
    vectors: &Vectors,
    options: &Options,
    mut give: impl FnMut(Lesson<'r>),
) {
    let mut rng = Rng::new(options.seed);
    let pads = pads(rows, held);
    for (row, said) in rows.iter().zip(said) {
        of_row(row, said, held.get(row).map_or(&[][..], |fold| &pads[fold]), &mut rng, &mut give);
    }
    let mut made = |text: String, weight: f32| {
        give(Lesson { text: text.into(), harmful: false, weight, row: None });
    };
    for _ in 0..options.ordinary {
        made(ordinary::request(&mut rng), 1.0);
    }
    let words = ordinary::words(&vectors.pieces, rows);
    for _ in 0..options.ordinary {
        made(ordinary::about(&words, &mut rng), ABOUT_WEIGHT);
    }
}

/// A row as it stands, said otherwise, in harmless company, misspelt and backwards, and what is said in it.
fn of_row<'r>(
    row: &'r Row,
    said: &'r [String],
    around: &[&str],
    rng: &mut Rng,
    give: &mut impl FnMut(Lesson<'r>),
) {
    let mut add = |text: Cow<'r, str>, weight: f32| {
        give(Lesson { text, harmful: row.harmful, weight, row: Some(row) });
    };
    let mut weight = if row.harmful && row.text.len() > LONG { LONG_WEIGHT } else { 1.0 };
    if row.foreign {
        weight *= FOREIGN_WEIGHT;
    }
    let varied = weight * VARIANT_WEIGHT;
    add(row.text.as_str().into(), weight);
    // A name or a message that sounds like harm is harmless where it stands; asked for, it might not be.
    let picked = is_code(&row.source) && !is_ordinary(&row.source);
    let (reworded, framed) = if row.harmful {
        (3, 40)
    } else if picked {
        (0, 0)
    } else {
        (1, 15)
    };
    for text in vary::variants(&row.text, reworded, framed, rng) {
        add(text.into(), varied);
    }
    if !row.harmful {
        for text in stretches(&row.text, rng) {
            add(text.into(), varied);
        }
    }
    let prose = !is_code(&row.source) && !row.foreign;
    if rng.below(100) < PADDED[usize::from(row.harmful)] && prose {
        add(vary::padded(&row.text, around, rng).into(), varied);
    }
    for text in said {
        add(text.into(), CODE_TEXT_WEIGHT);
    }
    if rng.below(100) < MISTYPED && prose {
        add(vary::mistyped(&row.text, rng).into(), varied);
    }
    if rng.below(100) < BACKWARDS {
        add(reversed(&row.text).into(), varied);
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
