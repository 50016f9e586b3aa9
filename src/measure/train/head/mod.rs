//! A head for a sentence-embedding model: fitted on labelled rows, its thresholds measured beside the embedded model on rows that
//! neither has seen.

mod held;
mod net;

use std::fmt;

use self::held::Held;
use self::net::Net;
use super::corpus::Row;
use super::rng::Rng;
use super::vary;
use crate::judge::classify::model::Thresholds;
use crate::screen::Engine;
use crate::second::Terms;
use crate::second::local::head::{FORMAT, Head};
use crate::second::local::{Local, LocalError};

/// Bytes of a text that are learned from: about what one window of a sentence model takes.
const LEARNED: usize = 600;
/// Texts embedded at once.
const BATCH: usize = 32;
/// A harmful text is learned from in other words, too, so often of 100.
const REWORDED: usize = 35;

/// How a head is fitted.
#[derive(Debug, Clone)]
pub struct Options {
    /// The same rows and seed give the same head.
    pub seed: u64,
    /// Passes over the rows.
    pub epochs: usize,
    /// Rows taken of one source; the rest are left out, drawn by the seed.
    pub per_source: usize,
    /// The head's share of the mean of both log-odds.
    pub weight: f32,
    /// When others are asked: thresholds are measured on such texts only.
    pub terms: Terms,
}

impl Default for Options {
    fn default() -> Self {
        Options { seed: 7, epochs: 24, per_source: 1500, weight: 0.5, terms: Terms::default() }
    }
}

/// A head and what it changed on held-out rows.
#[derive(Debug)]
pub struct Fitted {
    /// The head.
    pub head: Head,
    /// What changed.
    pub changes: Vec<Change>,
    /// Benign rows the thresholds were read off.
    pub measured_on: usize,
}

/// What the second opinion changed on the held-out rows of one source.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Change {
    /// The source.
    pub source: String,
    /// Whether its rows should be blocked.
    pub harmful: bool,
    /// Rows.
    pub rows: usize,
    /// Blocked by the embedded model and rules alone.
    pub without: usize,
    /// Blocked with the second opinion.
    pub with: usize,
    /// Rows that were asked about.
    pub asked: usize,
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.harmful { "harmful" } else { "benign" };
        let share = |blocked: usize| 100.0 * blocked as f64 / self.rows.max(1) as f64;
        write!(
            out,
            "{:<28} {kind:<8} {:>6} rows  blocked {:>6.2} % -> {:>6.2} %  asked about {:>6.2} %",
            self.source,
            self.rows,
            share(self.without),
            share(self.with),
            share(self.asked)
        )
    }
}

/// The rows that are learned from, and how many texts will be embedded.
pub fn chosen(rows: Vec<Row>, options: &Options) -> Vec<Row> {
    let mut rng = Rng::new(options.seed);
    let mut rows: Vec<Row> =
        rows.into_iter().filter(|row| !row.foreign && !row.text.trim().is_empty()).collect();
    rng.shuffle(&mut rows);
    let mut taken = std::collections::HashMap::<(bool, String), usize>::new();
    rows.retain(|row| {
        let count = taken.entry((row.harmful, row.source.clone())).or_default();
        *count += 1;
        *count <= options.per_source
    });
    rows
}

/// Fits a head for `local` on `rows`, and measures it on `held_out` beside `engine`; calls `passed` for every text embedded.
///
/// # Errors
/// When the model cannot be run.
pub fn fit(
    local: &Local,
    engine: &Engine,
    rows: &[Row],
    held_out: &[Row],
    options: &Options,
    mut passed: impl FnMut(u64),
) -> Result<Fitted, LocalError> {
    let mut rng = Rng::new(options.seed);
    let (mut texts, mut labels) = (Vec::new(), Vec::new());
    for row in rows {
        let start = &row.text[..row.text.floor_char_boundary(LEARNED)];
        texts.push(start.to_owned());
        labels.push(row.harmful);
        // Harmful sets ask questions and benign ones give commands: both are said both ways.
        if rng.below(100) < REWORDED {
            let reworded = vary::variants(start, 1, 0, &mut rng);
            labels.extend(reworded.iter().map(|_| row.harmful));
            texts.extend(reworded);
        }
    }
    let vectors = embedded(local, &texts, &mut passed)?;
    let layers = Net::fit(&vectors, &labels, options.epochs, options.seed);
    let mut head = Head {
        unspool_head: FORMAT,
        model: local.model_hash()?,
        measured_beside: engine.judges.model.version().to_owned(),
        layers,
        weight: options.weight,
        thresholds: Thresholds::from_blocks([[1.0; 5]; 4], 0.0),
        seed: options.seed,
        rows: rows.len(),
    };
    let held = Held::of(local, &head, engine, held_out, &options.terms, &mut passed)?;
    head.thresholds = held.thresholds(options.weight);
    let changes = held.changes(engine, &head);
    Ok(Fitted { head, changes, measured_on: held.measured_on() })
}

/// The first window's vector of each text.
fn embedded(
    local: &Local,
    texts: &[String],
    passed: &mut impl FnMut(u64),
) -> Result<Vec<Vec<f32>>, LocalError> {
    let mut vectors = Vec::with_capacity(texts.len());
    // Texts of a length go together: a batch is as slow as its longest.
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&at| texts[at].len());
    vectors.resize(texts.len(), Vec::new());
    for batch in order.chunks(BATCH) {
        let asked: Vec<&str> = batch.iter().map(|&at| texts[at].as_str()).collect();
        for (&at, windows) in batch.iter().zip(local.embed(&asked)?) {
            vectors[at] = windows.into_iter().next().unwrap_or_default();
        }
        passed(batch.len() as u64);
    }
    Ok(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_drawn_by_the_seed_and_no_source_has_too_many() {
        let row = |at: usize, source: &str| Row {
            text: format!("bake {at}"),
            harmful: false,
            source: source.into(),
            category: String::new(),
            foreign: at == 3,
        };
        let rows = || (0..20).map(|at| row(at, "a")).chain((0..3).map(|at| row(at, "b"))).collect::<Vec<_>>();
        let options = Options { per_source: 5, ..Options::default() };
        let first = chosen(rows(), &options);
        assert_eq!(first, chosen(rows(), &options));
        assert_eq!(first.len(), 8);
        assert_ne!(first, chosen(rows(), &Options { seed: 8, ..options }));
    }
}
