//! Judged rows to rates, with the uncertainty a finite sample leaves.

use std::collections::BTreeMap;

use crate::judge::decide::Action;
use crate::measure::replay::row::{Label, Row};
use crate::measure::replay::target::Judged;

/// Bins a score falls into, 0 to 1.
pub(crate) const BINS: usize = 200;
/// Distinct templates kept apart; further ones share a row, so that a set cannot grow the tally without end.
const GROUPS: usize = 200;

/// Counts of one part of the rows: an action, a label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) harmful: u64,
    pub(crate) harmful_blocked: u64,
    pub(crate) benign: u64,
    pub(crate) benign_stopped: u64,
}

impl Part {
    fn add(&mut self, label: Label, judged: &Judged) {
        let blocked = judged.action == Action::Block;
        match label {
            Label::Harmful => {
                self.harmful += 1;
                self.harmful_blocked += u64::from(blocked);
            }
            Label::Benign => {
                self.benign += 1;
                self.benign_stopped += u64::from(blocked || judged.refused);
            }
        }
    }

    fn merge(&mut self, other: &Part) {
        self.harmful += other.harmful;
        self.harmful_blocked += other.harmful_blocked;
        self.benign += other.benign;
        self.benign_stopped += other.benign_stopped;
    }

    pub(crate) fn block_rate(&self) -> Option<f64> {
        share(self.harmful_blocked, self.harmful)
    }

    pub(crate) fn fpr(&self) -> Option<f64> {
        share(self.benign_stopped, self.benign)
    }
}

/// Everything counted over one set, or over all of them.
#[derive(Debug, Clone)]
pub struct Tally {
    /// The set.
    pub name: String,
    /// Rows read, bad ones included, rows counted apart not.
    pub rows: u64,
    /// Rows that could not be read or judged.
    pub errors: u64,
    /// Rows marked `core: false`, which take no part in any rate.
    pub excluded: u64,
    pub(crate) all: Part,
    pub(crate) actions: [u64; 3],
    pub(crate) incomplete: u64,
    pub(crate) with_plain: u64,
    pub(crate) recovered: u64,
    pub(crate) micros: Vec<u64>,
    pub(crate) scores: [[u64; BINS]; 2],
    pub(crate) templates: BTreeMap<String, Part>,
    pub(crate) origins: BTreeMap<&'static str, Part>,
}

impl Tally {
    /// Nothing counted yet, under `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Tally {
            name: name.into(),
            rows: 0,
            errors: 0,
            excluded: 0,
            all: Part::default(),
            actions: [0; 3],
            incomplete: 0,
            with_plain: 0,
            recovered: 0,
            micros: Vec::new(),
            scores: [[0; BINS]; 2],
            templates: BTreeMap::new(),
            origins: BTreeMap::new(),
        }
    }

    /// Counts one row that could not be read or judged.
    pub fn add_error(&mut self) {
        self.rows += 1;
        self.errors += 1;
    }

    /// Counts one judged row.
    pub fn add(&mut self, row: &Row, judged: &Judged) {
        self.rows += 1;
        self.all.add(row.label, judged);
        self.actions[judged.action as usize] += 1;
        self.incomplete += u64::from(judged.incomplete);
        self.micros.push(judged.micros);
        if let Some(recovered) = judged.recovered {
            self.with_plain += 1;
            self.recovered += u64::from(recovered);
        }
        if let Some(score) = judged.score {
            self.scores[row.label as usize][bin_of(score)] += 1;
        }
        if let Some(template) = &row.template {
            let known = self.templates.len() < GROUPS || self.templates.contains_key(template);
            let key = if known { template.as_str() } else { "(others)" };
            self.templates.entry(key.to_owned()).or_default().add(row.label, judged);
        }
        if let Some(origin) = judged.origin {
            self.origins.entry(origin).or_default().add(row.label, judged);
        }
    }

    /// Adds what another tally counted.
    pub fn merge(&mut self, other: &Tally) {
        self.rows += other.rows;
        self.errors += other.errors;
        self.excluded += other.excluded;
        self.all.merge(&other.all);
        self.incomplete += other.incomplete;
        self.with_plain += other.with_plain;
        self.recovered += other.recovered;
        self.micros.extend_from_slice(&other.micros);
        for (mine, theirs) in self.actions.iter_mut().zip(&other.actions) {
            *mine += theirs;
        }
        for (mine, theirs) in self.scores.iter_mut().flatten().zip(other.scores.iter().flatten()) {
            *mine += theirs;
        }
        for (name, part) in &other.templates {
            self.templates.entry(name.clone()).or_default().merge(part);
        }
        for (name, part) in &other.origins {
            self.origins.entry(name).or_default().merge(part);
        }
    }

    /// The figures of what was counted.
    pub fn figures(&self) -> Figures {
        let [allowed, flagged, blocked] = self.actions;
        let block_ci95 = wilson(self.all.harmful_blocked, self.all.harmful);
        let fpr_ci95 = wilson(self.all.benign_stopped, self.all.benign);
        let mut micros = self.micros.clone();
        micros.sort_unstable();
        Figures {
            name: self.name.clone(),
            rows: self.rows,
            harmful: self.all.harmful,
            benign: self.all.benign,
            blocked,
            flagged,
            allowed,
            errors: self.errors,
            excluded: self.excluded,
            incomplete: self.incomplete,
            block_rate: self.all.block_rate(),
            fpr: self.all.fpr(),
            ci95: block_ci95.or(fpr_ci95),
            ci95_of: block_ci95.map(|_| "block_rate").or(fpr_ci95.map(|_| "fpr")),
            block_rate_ci95: block_ci95,
            fpr_ci95,
            with_plain: self.with_plain,
            recovered_exact: share(self.recovered, self.with_plain),
            p50_us: percentile(&micros, 50),
            p99_us: percentile(&micros, 99),
        }
    }
}

/// The figures of one set: what `replay --json` writes.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Figures {
    /// The set.
    pub name: String,
    /// Rows read, bad ones included.
    pub rows: u64,
    /// Rows judged that should be blocked.
    pub harmful: u64,
    /// Rows judged that should pass.
    pub benign: u64,
    /// Rows judged harmful.
    pub blocked: u64,
    /// Rows noted, not blocked.
    pub flagged: u64,
    /// Rows with nothing of note.
    pub allowed: u64,
    /// Rows that could not be read or judged.
    pub errors: u64,
    /// Rows marked `core: false`, in no other count.
    pub excluded: u64,
    /// Rows whose screening hit a limit.
    pub incomplete: u64,
    /// Blocked harmful rows over harmful rows. A refusal for incompleteness is no catch.
    pub block_rate: Option<f64>,
    /// Benign rows blocked, or refused for incompleteness, over benign rows.
    pub fpr: Option<f64>,
    /// The Wilson 95 % interval of the rate that `ci95_of` names.
    pub ci95: Option<[f64; 2]>,
    /// `block_rate` where there are harmful rows, otherwise `fpr`.
    pub ci95_of: Option<&'static str>,
    /// The interval of `block_rate`.
    pub block_rate_ci95: Option<[f64; 2]>,
    /// The interval of `fpr`.
    pub fpr_ci95: Option<[f64; 2]>,
    /// Judged rows that say what they should read as.
    pub with_plain: u64,
    /// The share of those whose text is among the candidates.
    pub recovered_exact: Option<f64>,
    /// Half of the rows took no longer, in microseconds.
    pub p50_us: Option<u64>,
    /// 99 % of the rows took no longer.
    pub p99_us: Option<u64>,
}

fn bin_of(score: f32) -> usize {
    // A float-to-integer cast saturates, so a NaN or a score out of range lands in the first or last bin.
    ((score * BINS as f32) as usize).min(BINS - 1)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The nearest-rank percentile of sorted values.
fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// Wilson's score interval at 95 % (Wilson 1927; Brown, Cai and DasGupta 2001 recommend it for small samples).
pub fn wilson(hits: u64, of: u64) -> Option<[f64; 2]> {
    const Z: f64 = 1.959_964;
    let p = share(hits, of)?;
    let n = share(of, 1)?;
    let scale = 1.0 + Z * Z / n;
    let middle = (p + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some([(middle - half).max(0.0), (middle + half).min(1.0)])
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
