//! The whole way from a request to verdicts: pure, synchronous, no IO, no clock but its budget.

use std::time::Duration;

use crate::budget::{Budget, Limit, Limits};
use crate::judge::classify::{Judges, Verdict, classify};
use crate::read::candidate::{Candidate, Candidates, Origin};
use crate::request::Request;

/// Which part of a conversation is screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// Every message.
    #[default]
    All,
    /// The last message only (and everything outside messages).
    LatestTurn,
}

/// Which stages run. Switching recovery off is for measurement: it shows what reassembly buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Which part of a conversation is screened.
    pub history: History,
    /// Find, run and decode code. Off, only the request's own strings are judged.
    pub recovery: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { history: History::All, recovery: true }
    }
}

/// Everything screening needs, built once.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Rules and model.
    pub judges: Judges,
    /// What one screening may spend.
    pub limits: Limits,
    /// Which stages run.
    pub options: Options,
}

/// What screening found.
#[derive(Debug, Clone)]
pub struct Screening {
    /// The texts a model could read.
    pub candidates: Vec<Candidate>,
    /// One verdict a candidate, in the same order.
    pub verdicts: Vec<Verdict>,
    /// Limits that were hit; empty means complete.
    pub incomplete: Vec<Limit>,
    /// Steps spent.
    pub steps: u64,
    /// Wall time spent.
    pub elapsed: Duration,
}

/// Screens one request.
pub fn screen(engine: &Engine, request: &Request) -> Screening {
    screen_within(engine, request, Budget::new(engine.limits.clone()))
}

/// Screens one request within `budget`, which may carry a cancel flag.
pub fn screen_within(engine: &Engine, request: &Request, mut budget: Budget) -> Screening {
    let mut candidates = Candidates::new();
    for span in &request.spans {
        let plain = Candidate {
            text: span.text.clone(),
            origin: Origin::Plain,
            via: vec![span.pointer.clone()],
            spans: vec![span.id],
        };
        if candidates.add(plain, &mut budget).is_err() {
            break;
        }
    }
    let candidates = candidates.into_list();
    let verdicts = classify(&engine.judges, &candidates, &mut budget);
    Screening {
        candidates,
        verdicts,
        incomplete: budget.hits().collect(),
        steps: budget.steps(),
        elapsed: budget.elapsed(),
    }
}
