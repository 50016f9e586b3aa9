//! What rows are sent to: the engine in this process, or a running proxy.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::judge::decide::{Action, Outcome, Policy, decide, decide_with};
use crate::measure::replay::row::Row;
use crate::measure::replay::wire::Wire;
use crate::request::Request;
use crate::screen::{Engine, Screening, screen};
use crate::serve::client::Client;
use crate::serve::second::Blocking;

/// What became of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What the verdicts amount to.
    pub action: Action,
    /// Refused although not judged harmful, since it could not be screened to the end.
    pub refused: bool,
    /// The deciding score; a proxy does not tell it.
    pub score: Option<f32>,
    /// The deciding candidate's origin; a proxy does not tell it.
    pub origin: Option<&'static str>,
    /// Whether the row's `plain` is among the candidates; `None` without `plain`, and from a proxy.
    pub recovered: Option<bool>,
    /// What strictness 1 to 4 would have come to; a proxy does not tell.
    pub by_strictness: Option<[Action; 4]>,
    /// What it would have come to without second opinions; none when nobody could be asked.
    pub without_second: Option<Action>,
    /// Texts that others were asked about, and of those the ones without an answer.
    pub second: (u64, u64),
    /// A limit was hit.
    pub incomplete: bool,
    /// Passed on although it was not screened to the end.
    pub unscreened: bool,
    /// Time of the screening; from a proxy, of the whole exchange.
    pub micros: u64,
}

impl Judged {
    /// Whether it was judged harmful.
    pub fn is_blocked(&self) -> bool {
        self.action == Action::Block
    }

    /// Whether it does not reach the model, for whatever reason.
    pub fn is_stopped(&self) -> bool {
        self.is_blocked() || self.refused
    }

    /// What is known when only the action is.
    #[cfg(test)]
    pub(crate) fn of(action: Action) -> Self {
        Judged {
            action,
            refused: false,
            score: None,
            origin: None,
            recovered: None,
            by_strictness: None,
            without_second: None,
            second: (0, 0),
            incomplete: false,
            unscreened: false,
            micros: 1,
        }
    }
}

/// Something that judges rows.
pub trait Target: Sync {
    /// Judges one row; an `Err` says why it could not be judged.
    fn judge(&self, row: &Row) -> Result<Judged, String>;
}

/// The engine in this process.
#[derive(Debug)]
pub struct InProcess {
    /// What screens.
    pub engine: Engine,
    /// What decides.
    pub policy: Policy,
    /// Who else is asked, if anybody.
    pub second: Option<Blocking>,
}

impl Target for InProcess {
    fn judge(&self, row: &Row) -> Result<Judged, String> {
        catch_unwind(AssertUnwindSafe(|| self.screened(row))).map_err(|_| "screening panicked".to_owned())
    }
}

impl InProcess {
    fn screened(&self, row: &Row) -> Judged {
        let screening = screen(&self.engine, &Request::plain(&row.text));
        let thresholds = self.engine.judges.model.thresholds();
        let Screening { verdicts, incomplete, .. } = &screening;
        let hear = |second: &Blocking| second.hear(&self.engine.judges.model, &screening);
        let hearing = self.second.as_ref().map(hear);
        let opinions = hearing.as_ref().map_or(&[][..], |hearing| &hearing.opinions);
        let decision = decide_with(&self.policy, thresholds, verdicts, incomplete, opinions);
        let without = || decide(&self.policy, thresholds, verdicts, incomplete).action;
        let failed = opinions.iter().filter(|opinion| opinion.said.is_err()).count();
        let recovered = row.plain.as_deref().map(|plain| {
            let wanted = folded(plain);
            screening.candidates.iter().any(|candidate| same_text(&candidate.text, &wanted))
        });
        let at = |strictness| {
            let policy = Policy { strictness, ..self.policy };
            decide_with(&policy, thresholds, verdicts, incomplete, opinions).action
        };
        Judged {
            action: decision.action,
            refused: matches!(decision.outcome, Outcome::RefuseUnscreened | Outcome::RefuseUnheard),
            score: Some(decision.score),
            origin: decision.origin.map(|origin| origin.name()),
            recovered,
            by_strictness: Some([1, 2, 3, 4].map(at)),
            without_second: self.second.as_ref().map(|_| without()),
            second: (opinions.len() as u64, failed as u64),
            incomplete: !incomplete.is_empty(),
            unscreened: decision.outcome == Outcome::ForwardUnscreened,
            micros: u64::try_from(screening.elapsed.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

/// A running proxy.
#[derive(Debug)]
pub struct Against {
    /// Posts to the proxy.
    pub client: Client,
    /// The API it is asked in.
    pub wire: Wire,
}

impl Target for Against {
    fn judge(&self, row: &Row) -> Result<Judged, String> {
        let start = Instant::now();
        let answer = self.client.post_json(self.wire.body(&row.text)).map_err(|error| error.to_string())?;
        let action = answer.action.as_deref().ok_or_else(|| {
            format!("status {} without x-unspool-action: is this an unspool proxy?", answer.status)
        })?;
        let unscreened = action == Outcome::ForwardUnscreened.name();
        let (action, refused) = action_named(action).ok_or_else(|| format!("unknown action `{action}`"))?;
        Ok(Judged {
            action,
            refused,
            score: None,
            origin: None,
            recovered: None,
            by_strictness: None,
            without_second: None,
            second: (0, 0),
            incomplete: refused || unscreened,
            unscreened,
            micros: u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
        })
    }
}

/// Reads `x-unspool-action`: the name of an action or of an outcome.
fn action_named(name: &str) -> Option<(Action, bool)> {
    [Action::Allow, Action::Flag, Action::Block]
        .into_iter()
        .find(|action| action.name() == name)
        .map(|action| (action, false))
        .or(match name {
            "forward" | "forward_unscreened" => Some((Action::Allow, false)),
            "would_block" => Some((Action::Block, false)),
            "refuse_unscreened" | "refuse_unheard" => Some((Action::Allow, true)),
            _ => None,
        })
}

/// A text with what does not count left out: white space, hyphens and case.
pub fn folded(text: &str) -> String {
    letters(text).collect()
}

/// Whether `text` is the text whose [`folded`] form is `wanted`.
pub fn same_text(text: &str, wanted: &str) -> bool {
    letters(text).eq(wanted.chars())
}

fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '\u{2010}' | '\u{2011}'))
        .flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_hyphens_and_case_do_not_count() {
        assert!(same_text("Describe  step by\nstep", &folded("describe step-by-step")));
        assert!(!same_text("describe step by step.", &folded("describe step-by-step")));
    }

    #[test]
    fn every_action_and_outcome_a_proxy_names_is_read() {
        let outcomes = [
            Outcome::Forward,
            Outcome::WouldBlock,
            Outcome::ForwardUnscreened,
            Outcome::Block,
            Outcome::RefuseUnscreened,
            Outcome::RefuseUnheard,
        ];
        assert!(outcomes.into_iter().all(|outcome| action_named(outcome.name()).is_some()));
        assert_eq!(action_named("flag"), Some((Action::Flag, false)));
        assert_eq!(action_named("screened"), None);
    }
}
