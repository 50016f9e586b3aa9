//! Candidates to verdicts: rules and the trained model, folded into one calibrated score per candidate.

pub mod model;

use std::sync::Arc;

use self::model::Model;
use crate::budget::Budget;
use crate::judge::hazard::Category;
use crate::judge::rule::{RuleHit, RuleSet};
use crate::read::candidate::{Candidate, Origin};

/// Everything that judges.
#[derive(Debug, Clone)]
pub struct Judges {
    /// The rules in force.
    pub rules: Arc<RuleSet>,
    /// The trained model.
    pub model: Arc<Model>,
}

/// What the judges say of one candidate.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Verdict {
    /// The index of the candidate.
    pub candidate: usize,
    /// Its origin.
    pub origin: Origin,
    /// Calibrated probability of harm, rules and model together, 0 to 1.
    pub score: f32,
    /// The likeliest hazard, when the score is worth naming one.
    pub category: Option<Category>,
    /// The model's share: its own probability.
    pub model: f32,
    /// The rules that matched.
    pub rules: Vec<RuleHit>,
}

/// Judges every candidate by itself. One verdict a candidate, in order; when the budget runs out the rest have none.
pub fn classify(judges: &Judges, candidates: &[Candidate], budget: &mut Budget) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(candidates.len());
    for (at, candidate) in candidates.iter().enumerate() {
        if budget.check_clock().is_err() {
            break;
        }
        verdicts.push(judge_one(judges, at, candidate, budget));
    }
    verdicts
}

fn judge_one(judges: &Judges, at: usize, candidate: &Candidate, budget: &mut Budget) -> Verdict {
    let scored = judges.model.score(&candidate.text);
    let rules = judges.rules.hits(&candidate.text, candidate.origin, budget);
    Verdict {
        candidate: at,
        origin: candidate.origin,
        score: weigh(scored.probability, &rules, false),
        category: heaviest(&rules).or(scored.category),
        model: scored.probability,
        rules,
    }
}

fn heaviest(rules: &[RuleHit]) -> Option<Category> {
    rules.iter().max_by(|a, b| a.weight.total_cmp(&b.weight)).map(|hit| hit.category)
}

/// The model's probability and the rules together. Rules on trial count only when `trial` asks.
fn weigh(model: f32, rules: &[RuleHit], trial: bool) -> f32 {
    if rules.iter().any(|hit| hit.allows) {
        return 0.0;
    }
    shift(model, rules.iter().filter(|hit| trial || !hit.monitor).map(|hit| hit.weight).sum())
}

impl Verdict {
    /// Takes back what excluded rules said.
    pub fn exclude(&mut self, excluded: impl Fn(&RuleHit) -> bool) {
        let before = self.rules.len();
        self.rules.retain(|hit| !excluded(hit));
        if self.rules.len() < before {
            self.score = weigh(self.model, &self.rules, false);
            self.category = heaviest(&self.rules).or(self.category);
        }
    }

    /// Whether a rule says that the text is harmless.
    pub fn is_allowed(&self) -> bool {
        self.rules.iter().any(|hit| hit.allows)
    }

    /// The score as it would be if the rules on trial counted, when there are any.
    pub fn on_trial(&self) -> Option<f32> {
        self.rules.iter().any(|hit| hit.monitor).then(|| weigh(self.model, &self.rules, true))
    }
}

/// Adds `weight` to the log-odds of `probability`.
pub(crate) fn shift(probability: f32, weight: f32) -> f32 {
    if weight == 0.0 {
        return probability;
    }
    let p = probability.clamp(1e-6, 1.0 - 1e-6);
    1.0 / (1.0 + (-((p / (1.0 - p)).ln() + weight)).exp())
}
