//! A candidate set of rules, or a candidate model, judged beside those in force: what it would have done is counted and put on
//! record. It decides nothing, and has a time of its own to stay within.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::policy::{Asker, Manner, Rulings, today};
use crate::budget::{Budget, Limits};
use crate::judge::classify::model::Model;
use crate::judge::classify::{Judges, classify};
use crate::judge::decide::{Decision, Outcome, decide};
use crate::judge::rule::RuleSet;
use crate::screen::{Engine, Screening};

/// What is to be judged beside, and for how long at most.
#[derive(Debug, Clone)]
pub struct ShadowSettings {
    /// The candidate rules; none means those in force.
    pub rules: Option<Arc<RuleSet>>,
    /// The candidate model; none means the one in force.
    pub model: Option<Arc<Model>>,
    /// What judging may take, in one request.
    pub deadline: Duration,
}

/// The candidate, ready to judge.
#[derive(Debug)]
pub(crate) struct Shadow {
    judges: Judges,
    limits: Limits,
    version: Arc<str>,
}

/// What the candidate would have done. No text is in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// `same`, `newly_blocked`, `newly_passed`, or `unfinished` when its time was over.
    pub result: String,
    /// The rules and model it was made with.
    pub version: String,
    /// The hazard it saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The rule that weighed most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The score that would have decided.
    pub score: f32,
}

/// The candidate would have done the same.
pub(crate) const SAME: &str = "same";

/// The results there are, as in metrics.
pub const RESULTS: [&str; 4] = [SAME, "newly_blocked", "newly_passed", "unfinished"];

impl Shadow {
    /// The candidate beside this engine.
    pub(crate) fn new(settings: &ShadowSettings, engine: &Engine) -> Self {
        let mut judges = engine.judges.clone();
        if let Some(rules) = &settings.rules {
            judges.rules = Arc::clone(rules);
        }
        if let Some(model) = &settings.model {
            judges.model = Arc::clone(model);
        }
        let version = format!("rules {} model {}", judges.rules.version(), judges.model.version()).into();
        Shadow { judges, limits: Limits { deadline: settings.deadline, ..engine.limits.clone() }, version }
    }

    /// What it is made of.
    pub(crate) fn version(&self) -> &Arc<str> {
        &self.version
    }

    /// Judges what was read anew and compares. A panic is one more way not to finish.
    pub(crate) fn compare(
        &self,
        found: &Screening,
        decision: &Decision,
        manner: &Manner,
        rulings: &Rulings,
        asker: &Asker<'_>,
    ) -> Opinion {
        let judged =
            catch_unwind(AssertUnwindSafe(|| self.decide(found, manner, rulings, asker))).ok().flatten();
        let version = self.version.to_string();
        let Some(other) = judged else {
            return Opinion { result: "unfinished".into(), version, ..Opinion::default() };
        };
        let result = match (stops(decision.outcome), stops(other.outcome)) {
            (false, true) => "newly_blocked",
            (true, false) => "newly_passed",
            _ => SAME,
        };
        Opinion {
            result: result.into(),
            version,
            category: other.category.map(|category| category.code().to_owned()),
            rule: other.rule.as_deref().map(str::to_owned),
            score: other.score,
        }
    }

    fn decide(
        &self,
        found: &Screening,
        manner: &Manner,
        rulings: &Rulings,
        asker: &Asker<'_>,
    ) -> Option<Decision> {
        let mut budget = Budget::new(self.limits.clone());
        budget.allow_for(found.candidates.iter().map(|one| one.text.len()).fold(0, usize::saturating_add));
        let mut verdicts = classify(&self.judges, &found.candidates, &mut budget);
        // What was not reached by the judge in force is no difference between the two.
        if verdicts.len() < found.verdicts.len() || budget.hits().next().is_some() {
            return None;
        }
        verdicts.truncate(found.verdicts.len());
        rulings.exclude(&mut verdicts, asker, today());
        Some(decide(&manner.policy, self.judges.model.thresholds(), &verdicts, &found.incomplete))
    }
}

/// Whether a request is stopped for what it says, or would be.
fn stops(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Block | Outcome::WouldBlock)
}
