//! The whole way from a request to verdicts: pure, synchronous, no IO, no clock but its budget.
//!
//! Each round reads a set of sources: first the request's own strings, then recovered texts that are code
//! themselves. The conversation is one program: every region adds to it, and bindings of one are seen by the next.

mod alone;
mod feed;
mod few;
mod kept;
pub mod learned;
mod parsing;
mod reader;

use std::time::Duration;

use crate::budget::{Budget, Limit, Limits};
use crate::judge::classify::{Judges, Verdict};
use crate::read::candidate::Candidate;
use crate::request::Request;
use crate::request::span::{Role, TextSpan};

pub use kept::{Counts, Kept};

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

/// How much of the code in a request is read. Less than all is for measurement: it shows what reassembly buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// Only the request's own strings.
    Raw,
    /// And every literal in its code, each by itself.
    Literals,
    /// Code is found, run and decoded.
    #[default]
    Full,
}

impl Reading {
    /// `raw`, `literals` or `full`.
    pub fn name(self) -> &'static str {
        match self {
            Reading::Raw => "raw",
            Reading::Literals => "literals",
            Reading::Full => "full",
        }
    }
}

/// Which stages run, and over what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Which part of a conversation is screened.
    pub history: History,
    /// How much of its code is read.
    pub reading: Reading,
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
    /// What is kept from one request to the next.
    pub kept: Kept,
}

/// What screening found.
#[derive(Debug, Clone)]
pub struct Screening {
    /// The texts a model could read; of many that ask for nothing, several in one.
    pub candidates: Vec<Candidate>,
    /// One verdict a candidate, in the same order.
    pub verdicts: Vec<Verdict>,
    /// Limits that were hit; empty means complete.
    pub incomplete: Vec<Limit>,
    /// Steps spent.
    pub steps: u64,
    /// Wall time spent.
    pub elapsed: Duration,
    /// The part of it that went into judging what had been read.
    pub judged: Duration,
}

/// What each reading stage saw, for `explain`.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// One line a region: where it is, language, fenced or not, how it parsed.
    pub regions: Vec<String>,
    /// The ir of each round, as an outline.
    pub programs: Vec<String>,
    /// One line a finding of the interpreter.
    pub values: Vec<String>,
}

/// Screens one request.
pub fn screen(engine: &Engine, request: &Request) -> Screening {
    screen_within(engine, request, Budget::new(engine.limits.clone()))
}

/// Screens one request within `budget`, which may carry a cancel flag.
pub fn screen_within(engine: &Engine, request: &Request, budget: Budget) -> Screening {
    run(engine, request, budget, None)
}

/// Screens one request and keeps what each stage saw.
pub fn trace(engine: &Engine, request: &Request) -> (Screening, Trace) {
    let mut trace = Trace::default();
    let screening = run(engine, request, Budget::new(engine.limits.clone()), Some(&mut trace));
    (screening, trace)
}

fn run(engine: &Engine, request: &Request, mut budget: Budget, trace: Option<&mut Trace>) -> Screening {
    let spans = spans_of(request, engine.options.history);
    budget.allow_for(spans.iter().map(|span| span.text.len()).fold(0, usize::saturating_add));
    let candidates = reader::read(request, &spans, engine.options.reading, &engine.kept, &mut budget, trace);
    let read = budget.elapsed();
    let verdicts = engine.kept.verdicts(&engine.judges, &candidates, &mut budget);
    let (candidates, verdicts) = few::told(candidates, verdicts);
    Screening {
        candidates,
        verdicts,
        incomplete: budget.hits().collect(),
        steps: budget.steps(),
        elapsed: budget.elapsed(),
        judged: budget.elapsed().saturating_sub(read),
    }
}

/// The spans to read: all of them, or those of the last turn and outside messages.
fn spans_of(request: &Request, history: History) -> Vec<&TextSpan> {
    let last = request.spans.iter().map(|span| span.turn).max().unwrap_or(0);
    let wanted = |span: &&TextSpan| match history {
        History::All => true,
        History::LatestTurn => span.turn == last || span.role == Role::Unlabelled,
    };
    request.spans.iter().filter(wanted).collect()
}
