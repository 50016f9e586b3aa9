//! Rules: the explainable half of the judgement.

use std::sync::Arc;

use crate::budget::Budget;
use crate::judge::hazard::Category;
use crate::read::candidate::Origin;

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RuleHit {
    /// The rule's stable id, e.g. `weapons.acquire`.
    pub id: Arc<str>,
    /// Its hazard category.
    pub category: Category,
    /// What it adds to the log-odds of harm.
    pub weight: f32,
    /// Whether it blocks by itself.
    pub blocks: bool,
}

/// A compiled set of rules.
#[derive(Debug, Default)]
pub struct RuleSet {}

impl RuleSet {
    /// The rules that match `text`, in rule order.
    pub fn hits(&self, _text: &str, _origin: Origin, _budget: &mut Budget) -> Vec<RuleHit> {
        Vec::new()
    }
}
