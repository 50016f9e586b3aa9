//! Labelled text to the embedded model file.

pub mod calibrate;
pub mod corpus;
pub mod figures;
mod hazard;
mod leads;
mod ordinary;
mod platt;
mod rng;
mod sgd;
mod vary;
mod vocabulary;

use self::calibrate::Scores;
use self::calibrate::is_code;
use self::calibrate::is_ordinary;
use self::corpus::Row;
use self::figures::Figures;
use self::rng::Rng;
use self::sgd::Example;
use crate::budget::Budget;
use crate::budget::Limits;
use crate::judge::classify::model::Model;
use crate::judge::classify::model::linear::Linear;
use crate::judge::classify::model::linear::Peak;
use crate::judge::classify::model::linear::quantise;
use crate::judge::classify::shift;
use crate::judge::rule::RuleSet;
use crate::read::candidate::Origin;

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
        Options { seed: 7, epochs: 20, ordinary: 12_000, keep: 150_000 }
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

/// Parts of the cross-validation: benign rows are split by source, since a guard meets sources it has never seen.
const FOLDS: u64 = 4;
/// Long role-play texts say little of their harm in any one place, translations repeat the same few prompts.
const LONG_WEIGHT: f32 = 0.5;
const FOREIGN_WEIGHT: f32 = 0.5;
const VARIANT_WEIGHT: f32 = 0.7;
const LONG: usize = 600;
/// Texts in 100 that are learned from backwards, too: a list is read in both orders.
const BACKWARDS: usize = 25;

/// Passes over the data that `train` makes in all, for a progress bar.
pub fn passes(options: &Options) -> u64 {
    options.epochs as u64 * (FOLDS + 1)
}

/// Fits a model on `rows`; calls `passed` after every pass over the data.
///
/// The thresholds are read off texts that the fold's model has not seen, judged with `rules` as they will be.
pub fn train(rows: &[Row], rules: &RuleSet, options: &Options, mut passed: impl FnMut()) -> Trained {
    let (examples, folds) = examples(rows, options);
    let mut held_out: Vec<HeldOut<'_>> = Vec::new();
    for fold in 0..FOLDS {
        let seen: Vec<&Example> =
            examples.iter().zip(&folds).filter(|(_, of)| **of != Some(fold)).map(|(e, _)| e).collect();
        let linear = linear(&seen, options, &mut passed);
        let unseen = rows.iter().filter(|row| fold_of(row) == fold);
        held_out.extend(unseen.filter(|row| !row.foreign).map(|row| HeldOut::new(&linear, row)));
    }
    let pairs: Vec<(Peak, bool)> =
        held_out.iter().map(|held| (held.peak.clone(), held.row.harmful)).collect();
    let calibration = platt::fit(&pairs);
    let mut scores = Scores::default();
    let mut figures = Figures::default();
    for HeldOut { row, peak, backwards } in held_out {
        let score = with_rules(rules, &row.text, calibration.probability(&peak));
        figures.add(row.harmful, score);
        if !row.harmful && is_ordinary(&row.source) {
            let text = reversed(&row.text);
            let backwards = with_rules(rules, &text, calibration.probability(&backwards));
            scores.add_text(is_code(&row.source), score, backwards);
        }
    }
    let everything: Vec<&Example> = examples.iter().collect();
    let linear = linear(&everything, options, &mut passed);
    let model = Model::new(linear, hazard::fit(rows), calibration, scores.thresholds());
    Trained { model, figures }
}

/// A text scored by a model that has not seen it, in both orders: code that spells a text can spell it backwards.
struct HeldOut<'a> {
    row: &'a Row,
    peak: Peak,
    backwards: Peak,
}

impl<'a> HeldOut<'a> {
    fn new(linear: &Linear, row: &'a Row) -> Self {
        HeldOut { row, peak: linear.peak(&row.text), backwards: linear.peak(&reversed(&row.text)) }
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

fn linear(examples: &[&Example], options: &Options, passed: &mut impl FnMut()) -> Linear {
    let fit = sgd::fit(examples, options.epochs, options.seed, passed);
    quantise(&fit.weights, fit.bias, options.keep)
}

/// Rows, their variants and the made-up requests, each with its fold; made-up ones are in none.
fn examples(rows: &[Row], options: &Options) -> (Vec<Example>, Vec<Option<u64>>) {
    let mut rng = Rng::new(options.seed);
    let (mut examples, mut folds) = (Vec::new(), Vec::new());
    let mut add = |text: &str, harmful: bool, weight: f32, fold: Option<u64>| {
        if let Some(example) = Example::new(text, harmful, weight) {
            examples.push(example);
            folds.push(fold);
        }
    };
    for row in rows {
        let mut weight = if row.harmful && row.text.len() > LONG { LONG_WEIGHT } else { 1.0 };
        if row.foreign {
            weight *= FOREIGN_WEIGHT;
        }
        let fold = Some(fold_of(row));
        add(&row.text, row.harmful, weight, fold);
        let (reworded, framed) = if row.harmful { (3, 40) } else { (1, 15) };
        for text in vary::variants(&row.text, reworded, framed, &mut rng) {
            add(&text, row.harmful, weight * VARIANT_WEIGHT, fold);
        }
        if rng.below(100) < BACKWARDS {
            add(&reversed(&row.text), row.harmful, weight * VARIANT_WEIGHT, fold);
        }
    }
    for _ in 0..options.ordinary {
        add(&ordinary::request(&mut rng), false, 1.0, None);
    }
    (examples, folds)
}

fn fold_of(row: &Row) -> u64 {
    let key = if row.harmful { &row.text } else { &row.source };
    let hash = key.bytes().fold(0u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Rng::new(hash).next() % FOLDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, harmful: bool, source: &str) -> Row {
        Row { text: text.into(), harmful, source: source.into(), category: String::new(), foreign: false }
    }

    #[test]
    fn the_same_data_and_seed_give_the_same_model() {
        let mut rows = Vec::new();
        for at in 0..60 {
            rows.push(row(&format!("bake {at} loaves of bread"), true, "bakers"));
            rows.push(row(&format!("lay {at} rows of stone"), false, &format!("masons{}", at % 5)));
        }
        let rules = RuleSet::embedded().unwrap();
        let options = Options { epochs: 4, ordinary: 50, ..Options::default() };
        let (first, second) = (train(&rows, &rules, &options, || ()), train(&rows, &rules, &options, || ()));
        assert_eq!(first.model.version(), second.model.version());
        let score = |text| first.model.score(text).probability;
        assert!(score("bake loaves of bread") > score("lay rows of stone"));
    }
}
