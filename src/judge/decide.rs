//! Verdicts and policy to a decision. The only maker of [`Cleared`], without which nothing can be forwarded.

use std::sync::Arc;

use bytes::Bytes;

use crate::budget::Limit;
use crate::judge::classify::Verdict;
use crate::judge::classify::model::Thresholds;
use crate::judge::hazard::Category;
use crate::read::candidate::Origin;

/// Whether a block is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Refuse what is judged harmful.
    #[default]
    Block,
    /// Judge, count `would_block`, forward.
    Monitor,
}

/// What happens to a request that could not be screened to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// Refuse it.
    #[default]
    Block,
    /// Forward it, counted and marked as unscreened.
    Forward,
}

/// The policy a request is decided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Whether a block is carried out.
    pub mode: Mode,
    /// What happens when screening is incomplete.
    pub on_failure: OnFailure,
    /// 1 (fewest false alarms) to 4 (fewest misses).
    pub strictness: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { mode: Mode::Block, on_failure: OnFailure::Block, strictness: 2 }
    }
}

/// What the verdicts amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing of note.
    Allow,
    /// Noted, not blocked.
    Flag,
    /// Harmful.
    Block,
}

impl Action {
    /// `allow`, `flag` or `block`.
    pub fn name(self) -> &'static str {
        match self {
            Action::Allow => "allow",
            Action::Flag => "flag",
            Action::Block => "block",
        }
    }
}

/// What is done with the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Forwarded, screened to the end.
    Forward,
    /// Forwarded in monitor mode although it would be blocked.
    WouldBlock,
    /// Forwarded although screening was incomplete, as `on_failure = "forward"` (or monitor mode) asks.
    ForwardUnscreened,
    /// Refused for what it says.
    Block,
    /// Refused because it could not be screened to the end.
    RefuseUnscreened,
}

impl Outcome {
    /// The stable `snake_case` name: header value and metric label.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Forward => "forward",
            Outcome::WouldBlock => "would_block",
            Outcome::ForwardUnscreened => "forward_unscreened",
            Outcome::Block => "block",
            Outcome::RefuseUnscreened => "refuse_unscreened",
        }
    }

    /// Whether the request goes on to the upstream.
    pub fn forwards(self) -> bool {
        match self {
            Outcome::Forward | Outcome::WouldBlock | Outcome::ForwardUnscreened => true,
            Outcome::Block | Outcome::RefuseUnscreened => false,
        }
    }
}

/// A decision and its reasons. Only [`decide`] makes one.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Decision {
    /// What the verdicts amount to.
    pub action: Action,
    /// What is done with the request.
    pub outcome: Outcome,
    /// The score of the candidate that decided, or the highest score.
    pub score: f32,
    /// Its hazard.
    pub category: Option<Category>,
    /// Its origin.
    pub origin: Option<Origin>,
    /// Its index.
    pub candidate: Option<usize>,
    /// The rule that weighed most, if a rule matched.
    pub rule: Option<Arc<str>>,
    /// Limits that cut the screening short.
    pub incomplete: Vec<Limit>,
    #[serde(skip)]
    sealed: Sealed,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Sealed;

/// Weighs the verdicts under a policy.
pub fn decide(
    policy: &Policy,
    thresholds: &Thresholds,
    verdicts: &[Verdict],
    incomplete: &[Limit],
) -> Decision {
    let thresholds = &among(thresholds, verdicts);
    let worst =
        verdicts.iter().max_by(|a, b| rank(policy, thresholds, a).total_cmp(&rank(policy, thresholds, b)));
    let action = worst.map_or(Action::Allow, |verdict| action_of(policy, thresholds, verdict));
    Decision {
        action,
        outcome: outcome_of(policy, action, !incomplete.is_empty()),
        score: worst.map_or(0.0, |verdict| verdict.score),
        category: worst.filter(|_| action > Action::Allow).and_then(|verdict| verdict.category),
        origin: worst.map(|verdict| verdict.origin),
        candidate: worst.map(|verdict| verdict.candidate),
        rule: worst.and_then(|verdict| {
            verdict.rules.iter().max_by(|a, b| a.weight.total_cmp(&b.weight)).map(|hit| Arc::clone(&hit.id))
        }),
        incomplete: incomplete.to_vec(),
        sealed: Sealed,
    }
}

fn outcome_of(policy: &Policy, action: Action, incomplete: bool) -> Outcome {
    match (action, policy.mode, incomplete, policy.on_failure) {
        (Action::Block, Mode::Block, _, _) => Outcome::Block,
        (Action::Block, Mode::Monitor, _, _) => Outcome::WouldBlock,
        (Action::Allow | Action::Flag, _, false, _) => Outcome::Forward,
        (Action::Allow | Action::Flag, Mode::Block, true, OnFailure::Block) => Outcome::RefuseUnscreened,
        (Action::Allow | Action::Flag, Mode::Monitor, true, OnFailure::Block)
        | (Action::Allow | Action::Flag, _, true, OnFailure::Forward) => Outcome::ForwardUnscreened,
    }
}

fn action_of(policy: &Policy, thresholds: &Thresholds, verdict: &Verdict) -> Action {
    if verdict.rules.iter().any(|hit| hit.blocks)
        || verdict.score >= thresholds.block(policy.strictness, verdict.origin)
    {
        Action::Block
    } else if verdict.score >= thresholds.flag(policy.strictness, verdict.origin) {
        Action::Flag
    } else {
        Action::Allow
    }
}

/// How near a verdict comes to its threshold; a blocking rule is beyond any.
fn rank(policy: &Policy, thresholds: &Thresholds, verdict: &Verdict) -> f32 {
    if verdict.rules.iter().any(|hit| hit.blocks) {
        return f32::INFINITY;
    }
    logit(verdict.score) - logit(thresholds.block(policy.strictness, verdict.origin))
}

fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

/// The thresholds that hold where so many texts compete.
fn among(thresholds: &Thresholds, verdicts: &[Verdict]) -> Thresholds {
    let mut texts = [0usize; Origin::ALL.len()];
    verdicts.iter().for_each(|verdict| texts[verdict.origin.index()] += 1);
    thresholds.among(texts)
}

/// A request body that may be forwarded: proof that it was decided on. It owns the screened bytes.
///
/// Nobody else can make one:
/// ```compile_fail,E0451
/// let forged = unspool::judge::decide::Cleared { body: bytes::Bytes::new() };
/// ```
#[derive(Debug)]
pub struct Cleared {
    body: Bytes,
}

impl Cleared {
    /// Clears `body` when `decision` forwards it.
    ///
    /// # Errors
    /// The body back, when the decision is to refuse.
    pub fn by(decision: &Decision, body: Bytes) -> Result<Self, Bytes> {
        if decision.outcome.forwards() { Ok(Cleared { body }) } else { Err(body) }
    }

    /// Clears a body of a route whose screening the operator switched off; the caller counts it as unscreened.
    pub fn by_route_policy(body: Bytes, _off: ScreeningOff) -> Self {
        Cleared { body }
    }

    /// The bytes to forward.
    pub fn into_body(self) -> Bytes {
        self.body
    }
}

/// Says in the type that an operator wrote `screen = "off"` for a route, or that the route reads only (no body).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreeningOff {
    /// `screen = "off"` in the config.
    Configured,
    /// The route takes no body, e.g. `GET /v1/models`.
    NoBody,
}
