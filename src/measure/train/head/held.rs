//! Rows that neither model has seen: where both together become a flag or a block, and what that changes.

use std::collections::BTreeMap;

use super::super::calibrate::is_code;
use super::super::corpus::Row;
use super::{BATCH, Change};
use crate::judge::classify::Verdict;
use crate::judge::classify::logit;
use crate::judge::classify::model::Thresholds;
use crate::judge::decide::{Action, Policy, decide, decide_with};
use crate::judge::second::{Counsel, Counts, OnError, Opinion, Said};
use crate::read::candidate::Origin;
use crate::request::Request;
use crate::screen::{Engine, Screening, screen};
use crate::second::Terms;
use crate::second::local::head::Head;
use crate::second::local::{Local, LocalError};

/// Share of benign chat that may be blocked for its plain text, by strictness.
const CHAT: [f64; 4] = [0.0008, 0.002, 0.005, 0.015];
/// Share of benign chat that may be blocked when it is all that a piece of code spells out.
const SPELLED: [f64; 4] = [0.002, 0.006, 0.015, 0.040];
/// Share of benign code requests that may be blocked for any one origin.
const CODE: [f64; 4] = [0.001, 0.003, 0.007, 0.020];
/// Log-odds more that is asked with every doubling of the texts that compete, as of the embedded model.
const PER_DOUBLING: f32 = 0.2;
/// Scores above this are not told apart.
const HIGHEST: f32 = 0.999_999;

/// One row, screened and asked about.
struct Asked {
    source: String,
    harmful: bool,
    found: Screening,
    /// What was said of candidates.
    said: Vec<(usize, f32)>,
}

/// Held-out rows. Every other one is measured on, the rest are reported.
pub(super) struct Held(Vec<Asked>);

impl Held {
    /// Screens `rows` and asks about them.
    pub(super) fn of(
        local: &Local,
        head: &Head,
        engine: &Engine,
        rows: &[Row],
        terms: &Terms,
        passed: &mut impl FnMut(u64),
    ) -> Result<Self, LocalError> {
        let mut held = Vec::with_capacity(rows.len());
        for batch in rows.chunks(BATCH) {
            let found: Vec<Screening> =
                batch.iter().map(|row| screen(engine, &Request::plain(&row.text))).collect();
            let questions: Vec<_> =
                found.iter().map(|found| terms.questions(&engine.judges.model, found).asked).collect();
            let texts: Vec<&str> =
                questions.iter().flatten().map(|question| question.text.as_str()).collect();
            let mut answers = local.embed(&texts)?.into_iter();
            for ((row, found), questions) in batch.iter().zip(found).zip(&questions) {
                let score = |windows: Vec<Vec<f32>>| {
                    windows.iter().map(|vector| head.probability(vector)).fold(0.0, f32::max)
                };
                let said = questions
                    .iter()
                    .zip(answers.by_ref())
                    .map(|(one, windows)| (one.candidate, score(windows)));
                let said = said.collect();
                held.push(Asked { source: row.source.clone(), harmful: row.harmful, found, said });
            }
            passed(batch.len() as u64);
        }
        Ok(Held(held))
    }

    fn measured(&self) -> impl Iterator<Item = &Asked> {
        self.0.iter().step_by(2).filter(|row| !row.harmful)
    }

    /// Benign rows that thresholds are read off.
    pub(super) fn measured_on(&self) -> usize {
        self.measured().count()
    }

    /// The thresholds at which the shares hold for the mean of both, `weight` of it the head's.
    pub(super) fn thresholds(&self, weight: f32) -> Thresholds {
        let (mut chat, mut code): (Vec<f32>, [Vec<f32>; 5]) = Default::default();
        let crowd = Thresholds::from_blocks([[HIGHEST; 5]; 4], PER_DOUBLING);
        for row in self.measured() {
            let mut top = [0.0f32; 5];
            let texts = row.found.verdicts.iter().fold([0usize; 5], |mut texts, verdict| {
                texts[verdict.origin.index()] += verdict.texts;
                texts
            });
            for (candidate, said) in &row.said {
                let Some(verdict) = row.found.verdicts.get(*candidate) else { continue };
                let at = verdict.origin.index();
                let odds = mean(weight, *said, verdict) - crowd.crowding(texts[at]);
                top[at] = top[at].max(1.0 / (1.0 + (-odds).exp()));
            }
            if is_code(&row.source) {
                code.iter_mut().zip(top).for_each(|(scores, score)| scores.push(score));
            } else {
                chat.push(top[Origin::Plain.index()]);
            }
        }
        let mut block = [[HIGHEST; 5]; 4];
        for (level, row) in block.iter_mut().enumerate() {
            for origin in Origin::ALL {
                // Chat hides nothing, but what it says may be spelled out by code all the same.
                let share = if origin == Origin::Plain { CHAT[level] } else { SPELLED[level] };
                row[origin.index()] = above(&chat, share).max(least(&code[origin.index()], CODE[level]));
            }
        }
        Thresholds::from_blocks(block, PER_DOUBLING)
    }

    /// What the head changes at the usual strictness, by source, on the rows that were not measured on.
    pub(super) fn changes(&self, engine: &Engine, head: &Head) -> Vec<Change> {
        let by = std::sync::Arc::new(Counsel {
            name: "head".into(),
            counts: Counts::Weigh { weight: head.weight, thresholds: head.thresholds },
            on_error: OnError::Unchanged,
        });
        let (policy, thresholds) = (Policy::default(), engine.judges.model.thresholds());
        let mut sources: BTreeMap<(bool, &str), Change> = BTreeMap::new();
        for (_, row) in self.0.iter().enumerate().filter(|(at, row)| at % 2 == 1 || row.harmful) {
            let opinion = |&(candidate, score): &(usize, f32)| Opinion {
                by: std::sync::Arc::clone(&by),
                candidate,
                said: Ok(Said { score, category: None }),
            };
            let opinions: Vec<Opinion> = row.said.iter().map(opinion).collect();
            let Screening { verdicts, incomplete, .. } = &row.found;
            let with = decide_with(&policy, thresholds, verdicts, incomplete, &opinions);
            let without = decide(&policy, thresholds, verdicts, incomplete);
            let change = sources.entry((!row.harmful, &row.source)).or_insert_with(|| Change {
                source: row.source.clone(),
                harmful: row.harmful,
                rows: 0,
                without: 0,
                with: 0,
                asked: 0,
            });
            change.rows += 1;
            change.without += usize::from(without.action == Action::Block);
            change.with += usize::from(with.action == Action::Block);
            change.asked += usize::from(!row.said.is_empty());
        }
        sources.into_values().collect()
    }
}

/// The mean of both log-odds.
fn mean(weight: f32, said: f32, verdict: &Verdict) -> f32 {
    weight * logit(said) + (1.0 - weight) * logit(verdict.score)
}

/// The same, and no threshold at all where nothing was measured.
fn least(scores: &[f32], share: f64) -> f32 {
    if scores.is_empty() { 0.0 } else { above(scores, share) }
}

/// A little above the score that `share` of `scores` exceed.
fn above(scores: &[f32], share: f64) -> f32 {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at).map_or(HIGHEST, |&score| (score + 1e-6).clamp(0.05, HIGHEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_lets_its_share_through() {
        let scores: Vec<f32> = (0..1000).map(|at| at as f32 / 1000.0).collect();
        let least = above(&scores, 0.01);
        assert_eq!(scores.iter().filter(|score| **score >= least).count(), 10);
        assert!((above(&[], 0.01) - HIGHEST).abs() < 1e-6);
        assert!((above(&[0.0; 10], 0.01) - 0.05).abs() < 1e-6);
    }
}
