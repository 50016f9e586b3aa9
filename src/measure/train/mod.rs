//! Labelled text to the embedded model file.

mod brief;
pub mod calibrate;
pub mod code;
pub mod corpus;
mod dense;
mod doubt;
pub mod figures;
mod fold;
mod hazard;
pub mod head;
mod leads;
mod ordinary;
mod platt;
mod rng;
mod sgd;
mod vary;
pub mod vectors;
mod vocabulary;

use std::sync::Arc;

use self::calibrate::Scores;
use self::calibrate::is_code;
use self::calibrate::is_ordinary;
use self::corpus::Row;
use self::figures::Figures;
use self::fold::FOLDS;
use self::fold::Folds;
use self::platt::Graded;
use self::rng::Rng;
use self::sgd::Example;
use self::sgd::WORDS as LEARNED_WORDS;
use self::vectors::Vectors;
use crate::budget::Budget;
use crate::budget::Limits;
use crate::judge::classify::Judges;
use crate::judge::classify::model::Model;
use crate::judge::classify::model::dense::Dense;
use crate::judge::classify::model::linear::Linear;
use crate::judge::classify::model::linear::quantise;
use crate::judge::classify::model::memo::Memo;
use crate::judge::classify::model::window::Peak;
use crate::judge::classify::model::window::peak;
use crate::judge::classify::shift;
use crate::judge::rule::RuleSet;
use crate::read::candidate::Origin;
use crate::screen::Engine;

/// How a model is fitted.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The same data and seed give the same model.
    pub seed: u64,
    /// Passes over the data.
    pub epochs: usize,
    /// Made-up ordinary requests among the benign rows.
    pub ordinary: usize,
    /// Weights kept; the smallest others become 0.
    pub keep: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { seed: 7, epochs: 12, ordinary: 12_000, keep: 400_000 }
    }
}

/// A model and how it did on texts it was not fitted on.
#[derive(Debug)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// Its cross-validated figures.
    pub figures: Figures,
}

/// Long role-play texts say little of their harm in any one place, translations repeat the same few prompts.
const LONG_WEIGHT: f32 = 0.5;
const FOREIGN_WEIGHT: f32 = 0.5;
const VARIANT_WEIGHT: f32 = 0.7;
/// What one string, name or comment of a program counts.
const CODE_TEXT_WEIGHT: f32 = 0.3;
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

/// Passes over the data that `train` makes in all, for a progress bar.
pub fn passes(options: &Options) -> u64 {
    (options.epochs + dense::PASSES) as u64 * (FOLDS as u64 + 1) + doubt::PASSES as u64
}

/// Fits a model on `rows` and `vectors`; calls `passed` after every pass over the data.
///
/// The thresholds are read off texts and code that the fold's model has not seen, judged with `rules` as they will be.
pub fn train(
    rows: &[Row],
    vectors: &Vectors,
    rules: &Arc<RuleSet>,
    options: &Options,
    mut passed: impl FnMut(),
) -> Trained {
    let held = Folds::of(rows);
    let doubtful = doubt::doubtful(rows, &held, vectors, options.seed, &mut passed);
    let mut figures = Figures::without(doubtful.iter().filter(|doubtful| **doubtful).count());
    let kept: Vec<Row> =
        rows.iter().zip(doubtful).filter(|(_, doubtful)| !doubtful).map(|(row, _)| row.clone()).collect();
    let rows = &kept[..];
    let reader = code::reader(rules);
    let said = said(rows, &reader, options.seed);
    let (examples, folds) = examples(rows, &said, &held, vectors, options);
    let mut held_out: Vec<HeldOut<'_>> = Vec::new();
    let mut models = Vec::new();
    for fold in 0..FOLDS {
        let seen: Vec<&Example> =
            examples.iter().zip(&folds).filter(|(_, of)| **of != Some(fold)).map(|(e, _)| e).collect();
        let halves = halves(&seen, vectors, options, &mut passed);
        let unseen = rows.iter().zip(&said).filter(|(row, _)| held.get(row) == Some(fold));
        held_out.extend(unseen.map(|(row, said)| HeldOut::new(&halves, row, said)));
        models.push(halves);
    }
    let texts: Vec<Graded> = held_out.iter().filter_map(HeldOut::graded).collect();
    let of_code: Vec<Graded> = held_out.iter().flat_map(HeldOut::said).collect();
    let calibration = brief::fit(platt::fit(&[&texts[..], &of_code].concat()), &texts, &of_code);
    let mut scores = Scores::default();
    for HeldOut { row, peak, backwards, .. } in &held_out {
        let score = |text: &str, peak: &Peak| with_rules(rules, text, calibration.probability(peak));
        let alone = score(&row.text, peak);
        let spelled = alone.max(score(&reversed(&row.text), backwards));
        figures.list(row, alone, spelled);
        if is_code(&row.source) {
            continue;
        }
        if !row.harmful {
            scores.add_text(row, alone, spelled);
        }
        if !row.foreign && (row.harmful || is_ordinary(&row.source)) {
            figures.add(row.harmful, alone);
        }
    }
    for (fold, (linear, dense)) in models.into_iter().enumerate() {
        let blank = Model::blank();
        let model = Model::new(linear, dense, blank.hazards().clone(), calibration, *blank.thresholds());
        let judges = Judges { rules: Arc::clone(rules), model: Arc::new(model) };
        let engine = Engine { judges, ..reader.clone() };
        let unseen = rows.iter().filter(|row| is_code(&row.source) && held.get(row) == Some(fold));
        unseen.for_each(|row| scores.add_request(&engine, row));
    }
    let everything: Vec<&Example> = examples.iter().collect();
    let (linear, dense) = halves(&everything, vectors, options, &mut passed);
    let model = Model::new(linear, dense, hazard::fit(rows), calibration, scores.thresholds());
    Trained { model, figures }
}

/// What is found in the code of every row; nothing for rows that are no code.
fn said(rows: &[Row], reader: &Engine, seed: u64) -> Vec<Vec<String>> {
    let mut rng = Rng::new(seed);
    let texts =
        |row: &Row| if is_code(&row.source) { code::texts(reader, &row.text, &mut rng) } else { Vec::new() };
    rows.iter().map(texts).collect()
}

/// A text scored by a model that has not seen it, in both orders: code that spells a text can spell it backwards.
struct HeldOut<'a> {
    row: &'a Row,
    peak: Peak,
    backwards: Peak,
    /// What is found in it, when it is code.
    said: Vec<Peak>,
}

impl<'a> HeldOut<'a> {
    fn new((linear, dense): &(Linear, Dense), row: &'a Row, said: &[String]) -> Self {
        let peak = |text: &str| peak(linear, dense, text, &mut Memo::default());
        let said = said.iter().map(|text| peak(text)).collect();
        HeldOut { row, peak: peak(&row.text), backwards: peak(&reversed(&row.text)), said }
    }

    /// A text as it stands, unless it is code or in another language.
    fn graded(&self) -> Option<Graded> {
        let counts = !is_code(&self.row.source) && !self.row.foreign;
        counts.then(|| Graded { peak: self.peak.clone(), harmful: self.row.harmful, weight: 1.0 })
    }

    /// What is found in code.
    fn said(&self) -> impl Iterator<Item = Graded> {
        let harmful = self.row.harmful;
        self.said.iter().map(move |peak| Graded { peak: peak.clone(), harmful, weight: CODE_TEXT_WEIGHT })
    }
}

fn with_rules(rules: &RuleSet, text: &str, probability: f32) -> f32 {
    let hits = rules.hits(text, Origin::Recovered, &mut Budget::new(Limits::default()));
    shift(probability, hits.iter().map(|hit| hit.weight).sum())
}

/// The words of `text`, last first.
fn reversed(text: &str) -> String {
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

/// Both halves of a model.
fn halves(
    examples: &[&Example],
    vectors: &Vectors,
    options: &Options,
    passed: &mut impl FnMut(),
) -> (Linear, Dense) {
    let fit = sgd::fit(examples, options.epochs, options.seed, &mut *passed);
    let linear = quantise(&fit.weights, fit.bias, options.keep);
    let dense = dense::fit(vectors, examples, options.seed, passed);
    let dense = dense::matched(dense, &linear, examples);
    (linear, dense)
}

/// Rows, their variants and the made-up requests, each with its fold; made-up ones are in none.
fn examples(
    rows: &[Row],
    said: &[Vec<String>],
    held: &Folds<'_>,
    vectors: &Vectors,
    options: &Options,
) -> (Vec<Example>, Vec<Option<usize>>) {
    let mut rng = Rng::new(options.seed);
    let pads = pads(rows, held);
    let (mut examples, mut folds) = (Vec::new(), Vec::new());
    let mut add = |text: &str, harmful: bool, weight: f32, fold: Option<usize>| {
        if let Some(example) = Example::new(text, harmful, weight, &vectors.pieces) {
            examples.push(example);
            folds.push(fold);
        }
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
    (examples, folds)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, harmful: bool, source: &str) -> Row {
        Row { text: text.into(), harmful, source: source.into(), category: String::new(), foreign: false }
    }

    #[test]
    fn long_texts_are_learned_further_on() {
        let long = (0..400).map(|at| format!("loaf{at}")).collect::<Vec<_>>().join(" ");
        let found = stretches(&long, &mut Rng::new(3));
        assert_eq!(found.len(), STRETCHES);
        assert!(found.iter().all(|text| long.contains(text.as_str())));
        assert!(stretches("bake bread", &mut Rng::new(3)).is_empty());
    }

    #[test]
    fn the_same_data_and_seed_give_the_same_model() {
        let mut rows = Vec::new();
        for at in 0..60 {
            rows.push(row(&format!("bake {at} loaves of bread"), true, &format!("bakers{}", at % 5)));
            rows.push(row(&format!("lay {at} rows of stone"), false, &format!("masons{}", at % 5)));
        }
        let rules = Arc::new(RuleSet::embedded().unwrap());
        let options = Options { epochs: 4, ordinary: 50, ..Options::default() };
        let again = || train(&rows, &Vectors::default(), &rules, &options, || ());
        let (first, second) = (again(), again());
        assert_eq!(first.model.version(), second.model.version());
        let score = |text| first.model.score(text).probability;
        assert!(score("bake loaves of bread") > score("lay rows of stone"));
    }
}
