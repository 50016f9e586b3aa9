//! Labelled text to the embedded model file.

mod brief;
pub mod calibrate;
pub mod code;
pub mod corpus;
mod dense;
mod doubt;
pub mod figures;
mod fold;
mod hard;
mod hazard;
pub mod head;
mod leads;
mod lesson;
mod ordinary;
mod platt;
mod rng;
mod sgd;
mod vary;
pub mod vectors;
mod vocabulary;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

use self::calibrate::Scores;
use self::calibrate::is_code;
use self::calibrate::is_ordinary;
use self::corpus::Row;
use self::figures::Figures;
use self::fold::FOLDS;
use self::fold::Folds;
use self::lesson::CODE_TEXT_WEIGHT;
use self::lesson::Lesson;
use self::lesson::Lessons;
use self::lesson::reversed;
use self::platt::Graded;
use self::rng::Rng;
use self::sgd::Example;
use self::vectors::Vectors;
use crate::budget::Budget;
use crate::budget::Limits;
use crate::judge::classify::Judges;
use crate::judge::classify::classify;
use crate::judge::classify::make_up;
use crate::judge::classify::model::Calibration;
use crate::judge::classify::model::Model;
use crate::judge::classify::model::dense::Dense;
use crate::judge::classify::model::linear::Linear;
use crate::judge::classify::model::linear::quantise;
use crate::judge::classify::model::memo::Memo;
use crate::judge::classify::model::window::Peak;
use crate::judge::classify::model::window::peak;
use crate::judge::classify::shift;
use crate::judge::rule::RuleSet;
use crate::measure::pool;
use crate::read::candidate::Candidate;
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

/// What the network of words in context counts beside the other parts, log-odds for log-odds.
const CONTEXT: f32 = 0.6;

/// Passes after which it is known well enough what is taken for a request.
const SCOUT_EPOCHS: usize = 4;

/// Passes over the data that `train` makes in all, for a progress bar.
pub fn passes(options: &Options) -> u64 {
    let scout = SCOUT_EPOCHS + dense::PASSES;
    (options.epochs + dense::PASSES) as u64 * (FOLDS as u64 + 1) + (doubt::PASSES + scout) as u64
}

/// Fits a model on `rows` and `vectors`; calls `passed` after every pass over the data.
///
/// The thresholds are read off texts and code that the fold's model has not seen, judged with `rules` as they will be.
pub fn train(
    rows: &[Row],
    vectors: &Vectors,
    rules: &Arc<RuleSet>,
    options: &Options,
    mut passed: impl FnMut() + Send,
) -> Trained {
    let held = Folds::of(rows);
    let doubtful = doubt::doubtful(rows, &held, vectors, options.seed, &mut passed);
    let mut figures = Figures::without(doubtful.iter().filter(|doubtful| **doubtful).count());
    let kept: Vec<Row> =
        rows.iter().zip(doubtful).filter(|(_, doubtful)| !doubtful).map(|(row, _)| row.clone()).collect();
    let rows = &kept[..];
    let reader = code::reader(rules);
    let found = code::read(&reader, rows);
    let said = said(&found, options.seed);
    let mut lessons = Lessons::of(rows, &said, &held, vectors, options);
    let scout = Options { epochs: SCOUT_EPOCHS, ..*options };
    let scout = halves(&lessons.examples.iter().collect::<Vec<_>>(), vectors, &scout, &mut passed);
    lessons.add_hard(&scout, rows, &found, &held);
    let Lessons { examples, folds, .. } = lessons;
    let (models, all) = without_each(&examples, &folds, vectors, options, passed);
    let mut held_out: Vec<HeldOut<'_>> = Vec::new();
    for (fold, halves) in models.iter().enumerate() {
        let unseen = rows.iter().zip(&said).filter(|(row, _)| held.get(row) == Some(fold));
        held_out.extend(unseen.map(|(row, said)| HeldOut::new(halves, vectors, row, said)));
    }
    let texts: Vec<Graded> = held_out.iter().filter_map(HeldOut::graded).collect();
    let usual = held_out.iter().filter(|held_out| is_ordinary(&held_out.row.source));
    let of_code: Vec<Graded> = usual.flat_map(HeldOut::said).collect();
    let fitted = platt::fit(&[&texts[..], &of_code].concat());
    let calibration = brief::fit(Calibration { context: CONTEXT, ..fitted }, &texts, &of_code);
    let mut scores = Scores::default();
    for HeldOut { row, peak, backwards, .. } in &held_out {
        let score = |text: &str, peak: &Peak| with_rules(rules, text, &calibration, peak);
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
        let model = Model::new(
            linear,
            dense,
            Arc::clone(&vectors.context),
            blank.hazards().clone(),
            calibration,
            *blank.thresholds(),
        );
        let judges = Judges { rules: Arc::clone(rules), model: Arc::new(model) };
        let unseen = rows.iter().zip(&found);
        let counts = |row: &Row| is_code(&row.source) && is_ordinary(&row.source);
        for (_, found) in unseen.filter(|(row, _)| counts(row) && held.get(row) == Some(fold)) {
            let verdicts = classify(&judges, found, &mut Budget::new(reader.limits.clone()));
            scores.add_code(&verdicts);
        }
    }
    let (linear, dense) = all;
    let model = Model::new(
        linear,
        dense,
        Arc::clone(&vectors.context),
        hazard::fit(rows),
        calibration,
        scores.thresholds(),
    );
    Trained { model, figures }
}

/// Calls `give` with all that `train` would learn from at first, for those who fit something else on it (`model/context.py`).
pub fn lessons(
    rows: &[Row],
    vectors: &Vectors,
    rules: &Arc<RuleSet>,
    options: &Options,
    mut give: impl FnMut(&Lesson<'_>),
) {
    let said = said(&code::read(&code::reader(rules), rows), options.seed);
    lesson::each(rows, &said, &Folds::of(rows), vectors, options, |lesson| give(&lesson));
}

/// A model for every part that has not seen that part, and one that has seen all of them, fitted on every core.
fn without_each(
    examples: &[Example],
    folds: &[Option<usize>],
    vectors: &Vectors,
    options: &Options,
    passed: impl FnMut() + Send,
) -> (Vec<(Linear, Dense)>, (Linear, Dense)) {
    let passed = Mutex::new(passed);
    let fit = |fold: usize| {
        let seen = examples.iter().zip(folds).filter(|(_, of)| **of != Some(fold));
        let seen: Vec<&Example> = seen.map(|(example, _)| example).collect();
        halves(&seen, vectors, options, &mut || passed.lock().unwrap_or_else(PoisonError::into_inner)())
    };
    thread::scope(|scope| {
        let all = scope.spawn(|| fit(FOLDS));
        let mut models = Vec::with_capacity(FOLDS);
        pool::in_order(
            pool::cores().saturating_sub(1),
            |give| (0..FOLDS).all(give),
            fit,
            |model| {
                models.push(model);
                true
            },
        );
        (models, all.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Some of what is found in the code of every row.
fn said(found: &[Vec<Candidate>], seed: u64) -> Vec<Vec<String>> {
    let mut rng = Rng::new(seed);
    found.iter().map(|found| code::some(found, &mut rng)).collect()
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
    fn new((linear, dense): &(Linear, Dense), vectors: &Vectors, row: &'a Row, said: &[String]) -> Self {
        let peak = |text: &str| {
            let peak = peak(linear, dense, text, &mut Memo::default());
            Peak { context: vectors.context.odds(&vectors.pieces, text, &peak.places, &peak.words), ..peak }
        };
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

fn with_rules(rules: &RuleSet, text: &str, calibration: &Calibration, peak: &Peak) -> f32 {
    let mut hits = rules.hits(text, Origin::Recovered, &mut Budget::new(Limits::default()));
    make_up(&mut hits, calibration.brief(peak));
    shift(calibration.probability(peak), hits.iter().map(|hit| hit.weight).sum())
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
