//! Candidates to verdicts: rules and the trained model, folded into one calibrated score per candidate.

pub mod model;
mod place;

use std::sync::Arc;

use self::model::Model;
use self::model::Scored;
use self::model::Writing;
use self::model::memo::Memo;
use self::model::writing::english_part;
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
    /// The writing it was judged in.
    pub writing: Writing,
    /// Calibrated probability of harm, rules and model together, 0 to 1.
    pub score: f32,
    /// The likeliest hazard, when the score is worth naming one.
    pub category: Option<Category>,
    /// The model's share: its own probability.
    pub model: f32,
    /// The rules that matched.
    pub rules: Vec<RuleHit>,
    /// Texts that were judged each by itself and stand together here: the score is the highest of theirs.
    #[serde(skip)]
    pub texts: usize,
}

/// Judges every candidate by itself. One verdict a candidate, in order; when the budget runs out the rest have none.
pub fn classify(judges: &Judges, candidates: &[Candidate], budget: &mut Budget) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(candidates.len());
    let mut memo = judges.model.memo();
    for (at, candidate) in candidates.iter().enumerate() {
        let Some(verdict) = judge(judges, at, candidate, &mut memo, budget) else { break };
        verdicts.push(verdict);
    }
    verdicts
}

/// Judges one of several candidates; None when the budget has run out.
pub fn judge(
    judges: &Judges,
    at: usize,
    candidate: &Candidate,
    memo: &mut Memo,
    budget: &mut Budget,
) -> Option<Verdict> {
    budget.check_clock().is_ok().then(|| judge_one(judges, at, candidate, memo, budget))
}

fn judge_one(
    judges: &Judges,
    at: usize,
    candidate: &Candidate,
    memo: &mut Memo,
    budget: &mut Budget,
) -> Verdict {
    let (scored, writing) = scored(&judges.model, &candidate.text, candidate.origin, memo);
    let mut rules = place::hits(judges, candidate, scored.probability, memo, budget);
    make_up(&mut rules, scored.brief);
    Verdict {
        candidate: at,
        origin: candidate.origin,
        writing,
        score: weigh(scored.probability, &rules, false),
        category: heaviest(&rules).or(scored.category),
        model: scored.probability,
        rules,
        texts: 1,
    }
}

/// Few words prove little to the model, but a rule that they match has asked for just these words: the heaviest rule makes up
/// for what was taken for their fewness, up to its own weight.
pub(crate) fn make_up(rules: &mut [RuleHit], brief: f32) {
    let counting = rules.iter_mut().filter(|hit| !hit.monitor && hit.weight > 0.0);
    if let Some(hit) = counting.max_by(|a, b| a.weight.total_cmp(&b.weight)) {
        hit.weight += brief.clamp(0.0, hit.weight);
    }
}

/// What the model says of a text and the writing that this goes by: that of most of it, or English, when English words
/// among another writing come nearer to their own threshold.
fn scored(model: &Model, text: &str, origin: Origin, memo: &mut Memo) -> (Scored, Writing) {
    let whole = model.score_with(text, memo);
    if whole.probability < QUIET && text.is_ascii() {
        return (whole, Writing::English);
    }
    let writing = Writing::of(text);
    let english = if writing == Writing::English { None } else { english_part(text) };
    let Some(part) = english.map(|part| model.score_with(&part, memo)) else { return (whole, writing) };
    let beyond = |scored: Scored, writing| {
        logit(scored.probability) - logit(model.thresholds().block(DEFAULT_STRICTNESS, origin, writing))
    };
    if beyond(part, Writing::English) > beyond(whole, writing) {
        (part, Writing::English)
    } else {
        (whole, writing)
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

/// The strictness by whose thresholds two readings of a text are compared.
const DEFAULT_STRICTNESS: u8 = 2;

/// Below this no threshold lies, and the writing does not matter.
const QUIET: f32 = 0.05;

/// The log-odds of a probability.
pub(crate) fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

/// Adds `weight` to the log-odds of `probability`.
pub(crate) fn shift(probability: f32, weight: f32) -> f32 {
    if weight == 0.0 {
        return probability;
    }
    1.0 / (1.0 + (-(logit(probability) + weight)).exp())
}
