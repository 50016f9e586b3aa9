//! Verdicts and policy to a decision. The only maker of [`Cleared`], without which nothing can be forwarded.

use std::sync::Arc;

use bytes::Bytes;

use crate::budget::Limit;
use crate::judge::classify::Verdict;
use crate::judge::classify::model::Thresholds;
use crate::judge::hazard::Category;
use crate::judge::second::{OnError, Opinion, Standing, weighed};
use crate::read::candidate::Origin;
use crate::request::unread::UnreadPolicy;

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
    /// What happens to parts that are no text.
    pub unread: UnreadPolicy,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            mode: Mode::Block,
            on_failure: OnFailure::Block,
            strictness: 2,
            unread: UnreadPolicy::default(),
        }
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
    /// Refused because a second opinion that has to be heard was not.
    RefuseUnheard,
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
            Outcome::RefuseUnheard => "refuse_unheard",
        }
    }

    /// Whether the request goes on to the upstream.
    pub fn forwards(self) -> bool {
        match self {
            Outcome::Forward | Outcome::WouldBlock | Outcome::ForwardUnscreened => true,
            Outcome::Block | Outcome::RefuseUnscreened | Outcome::RefuseUnheard => false,
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
    decide_with(policy, thresholds, verdicts, incomplete, &[])
}

/// Weighs the verdicts and what others said of the same texts.
pub fn decide_with(
    policy: &Policy,
    thresholds: &Thresholds,
    verdicts: &[Verdict],
    incomplete: &[Limit],
    opinions: &[Opinion],
) -> Decision {
    let scales = Scales::new(policy, thresholds, verdicts, opinions);
    let judged = scales.worst(verdicts, false);
    let action = judged.map_or(Action::Allow, |verdict| scales.action(verdict, false));
    let trial = scales.worst(verdicts, true).filter(|verdict| scales.action(verdict, true) == Action::Block);
    // Rules on trial may say only what would have been.
    let (by, on_trial) =
        if action < Action::Block { (trial.or(judged), trial.is_some()) } else { (judged, false) };
    let unheard = unheard(opinions);
    let least = if on_trial || unheard >= OnError::Flag { Action::Flag } else { Action::Allow };
    let action = if on_trial { Action::Flag } else { action.max(least) };
    let outcome = match outcome_of(policy, action, !incomplete.is_empty()) {
        Outcome::Forward | Outcome::ForwardUnscreened if unheard == OnError::Block => match policy.mode {
            Mode::Block => Outcome::RefuseUnheard,
            Mode::Monitor => Outcome::ForwardUnscreened,
        },
        outcome => outcome,
    };
    let rules = by.iter().flat_map(|verdict| &verdict.rules).filter(|hit| on_trial || !hit.monitor);
    Decision {
        action,
        outcome: if on_trial && outcome == Outcome::Forward { Outcome::WouldBlock } else { outcome },
        score: by.map_or(0.0, |verdict| scales.standing(verdict, on_trial).score),
        category: by.filter(|_| action > Action::Allow).and_then(|verdict| scales.category(verdict)),
        origin: by.map(|verdict| verdict.origin),
        candidate: by.map(|verdict| verdict.candidate),
        rule: rules.max_by(|a, b| a.weight.total_cmp(&b.weight)).map(|hit| Arc::clone(&hit.id)),
        incomplete: incomplete.to_vec(),
        sealed: Sealed,
    }
}

/// The strictest consequence of the opinions that did not come.
fn unheard(opinions: &[Opinion]) -> OnError {
    let failed = opinions.iter().filter(|opinion| opinion.said.is_err());
    failed.map(|opinion| opinion.by.on_error).max().unwrap_or_default()
}

/// What verdicts are weighed by.
struct Scales<'a> {
    policy: &'a Policy,
    thresholds: Thresholds,
    /// Texts of each origin: where many compete, more is asked of each.
    texts: [usize; Origin::ALL.len()],
    opinions: &'a [Opinion],
}

impl<'a> Scales<'a> {
    fn new(
        policy: &'a Policy,
        thresholds: &Thresholds,
        verdicts: &[Verdict],
        opinions: &'a [Opinion],
    ) -> Self {
        let mut texts = [0usize; Origin::ALL.len()];
        verdicts.iter().for_each(|verdict| texts[verdict.origin.index()] += verdict.texts);
        Scales { policy, thresholds: thresholds.among(texts), texts, opinions }
    }

    fn worst<'v>(&self, verdicts: &'v [Verdict], trial: bool) -> Option<&'v Verdict> {
        let rank = |verdict: &Verdict| self.rank(verdict, trial);
        verdicts.iter().max_by(|a, b| rank(a).total_cmp(&rank(b)))
    }

    /// Where a text stands; of several opinions the one that finds most counts.
    fn standing(&self, verdict: &Verdict, trial: bool) -> Standing {
        let (strictness, origin) = (self.policy.strictness, verdict.origin);
        let ours = Standing {
            score: weight(verdict, trial).0,
            block: self.thresholds.block(strictness, origin, verdict.writing),
            flag: self.thresholds.flag(strictness, origin, verdict.writing),
        };
        let heard = self.opinions.iter().filter(|opinion| {
            opinion.candidate == verdict.candidate && opinion.said.is_ok() && !verdict.is_allowed()
        });
        let stands = heard.map(|opinion| weighed(ours, opinion, verdict, strictness, self.texts));
        stands.max_by(|a, b| a.rank().total_cmp(&b.rank())).unwrap_or(ours)
    }

    fn action(&self, verdict: &Verdict, trial: bool) -> Action {
        let Standing { score, block, flag } = self.standing(verdict, trial);
        if weight(verdict, trial).1 || score >= block {
            Action::Block
        } else if score >= flag {
            Action::Flag
        } else {
            Action::Allow
        }
    }

    /// How near a verdict comes to its threshold; a blocking rule is beyond any.
    fn rank(&self, verdict: &Verdict, trial: bool) -> f32 {
        if weight(verdict, trial).1 { f32::INFINITY } else { self.standing(verdict, trial).rank() }
    }

    /// Our own word for the harm, or that of who else found it.
    fn category(&self, verdict: &Verdict) -> Option<Category> {
        let of = |opinion: &Opinion| opinion.said.ok().and_then(|said| said.category);
        let theirs = || self.opinions.iter().filter(|one| one.candidate == verdict.candidate).find_map(of);
        verdict.category.or_else(theirs)
    }
}

/// A verdict's score and whether a rule blocks by itself; rules on trial count only when `trial` asks.
fn weight(verdict: &Verdict, trial: bool) -> (f32, bool) {
    let score = verdict.on_trial().filter(|_| trial).unwrap_or(verdict.score);
    (score, verdict.rules.iter().any(|hit| hit.blocks && (trial || !hit.monitor)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::classify::model::Beyond;
    use crate::judge::classify::model::Writing;
    use crate::judge::rule::RuleHit;

    const THRESHOLDS: Thresholds = Thresholds {
        block: [[0.9; 5]; 4],
        flag: [[0.5; 5]; 4],
        per_doubling: 0.0,
        writings: [Some(Beyond::NOTHING); 12],
    };

    fn verdict(model: f32, rules: &[(&str, f32, bool, bool)]) -> Verdict {
        let hit = |&(id, weight, blocks, monitor): &(&str, f32, bool, bool)| RuleHit {
            id: id.into(),
            category: Category::S2,
            weight,
            blocks,
            monitor,
            allows: false,
        };
        let rules: Vec<RuleHit> = rules.iter().map(hit).collect();
        let live: f32 = rules.iter().filter(|hit| !hit.monitor).map(|hit| hit.weight).sum();
        let score = crate::judge::classify::shift(model, live);
        Verdict {
            candidate: 0,
            origin: Origin::Plain,
            writing: Writing::English,
            score,
            category: None,
            model,
            rules,
            texts: 1,
        }
    }

    fn decided(verdicts: &[Verdict]) -> Decision {
        decide(&Policy::default(), &THRESHOLDS, verdicts, &[])
    }

    #[test]
    fn a_rule_on_trial_says_only_what_would_have_been() {
        for rule in [("a.trial", 4.0, false, true), ("a.trial", 0.0, true, true)] {
            let decision = decided(&[verdict(0.3, &[rule])]);
            assert_eq!((decision.action, decision.outcome), (Action::Flag, Outcome::WouldBlock));
            assert_eq!(decision.rule.as_deref(), Some("a.trial"));
        }
        let quiet = decided(&[verdict(0.1, &[("a.trial", 0.5, false, true)])]);
        assert_eq!((quiet.action, quiet.outcome, quiet.rule), (Action::Allow, Outcome::Forward, None));
        let both = decided(&[verdict(0.3, &[("a.trial", 4.0, false, true), ("a.live", 4.0, false, false)])]);
        assert_eq!((both.outcome, both.rule.as_deref()), (Outcome::Block, Some("a.live")));
    }

    #[test]
    fn an_excluded_rule_is_as_if_it_had_not_matched() {
        let mut found = verdict(0.3, &[("a.live", 4.0, true, false)]);
        assert_eq!(decided(std::slice::from_ref(&found)).outcome, Outcome::Block);
        found.exclude(|hit| &*hit.id == "a.live");
        let decision = decided(&[found]);
        assert_eq!((decision.outcome, decision.rule), (Outcome::Forward, None));
        assert!((decision.score - 0.3).abs() < 1e-6);
    }

    #[test]
    fn a_trial_never_passes_what_was_not_screened() {
        let found = [verdict(0.3, &[("a.trial", 4.0, false, true)])];
        let decision = decide(&Policy::default(), &THRESHOLDS, &found, &[Limit::Steps]);
        assert_eq!(decision.outcome, Outcome::RefuseUnscreened);
    }
}
