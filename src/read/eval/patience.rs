//! How long a run may go on without anything to show for it, and what a function may take that is only tried.

use std::hash::BuildHasher;

use super::machine::Eval;
use super::machine::Machine;
use super::value::Value;

/// Steps without a text not seen before, after which loops are left and calls of known functions skipped until one
/// comes up: what only computes is not worth running to its end.
const BARREN: u64 = 20_000;
/// How much less that is for each outermost loop that was left.
const LESS: u64 = 500;
/// The least it becomes.
const LEAST: u64 = 1000;
/// So many times longer where a text may come of numbers.
const CODED_PATIENCE: u64 = 10;
/// Steps and bytes for trying a function that the program itself calls with what is known, and the least of it.
const TRIAL_STEPS: u64 = 50_000;
const LEAST_TRIAL_STEPS: u64 = 4_000;
const TRIAL_BYTES: u64 = 6 << 20;
const LEAST_TRIAL_BYTES: u64 = 768 << 10;
/// The part of what is left that a function may take which nothing mentions and nobody gives its arguments.
const TRIAL_SHARE: u64 = 4;
/// Steps that one loop may take, and different texts that it may bring up, before it is left: with both behind it, it grinds
/// data; no request is so long, and no model reads on for so many passes.
const WEARY: u64 = 500_000;
const WEARY_TEXTS: usize = 2000;
/// The most different texts whose sight counts.
const MOST_SEEN: usize = 200_000;
/// Bytes at each end of a text by which it is known again.
const LOOKED_AT: usize = 256;

/// The outermost loop, operation or call within calls in progress.
#[derive(Debug, Default)]
pub(super) struct Busy {
    depth: u32,
    /// Steps spent and texts seen when it began.
    since: u64,
    seen: usize,
}

impl Machine<'_, '_> {
    /// Runs something that may take a small part of what is left, less the more often that was not enough.
    pub(super) fn tried(&mut self, run: impl FnOnce(&mut Self) -> Eval) -> Option<Value> {
        let shrunk = |most: u64, least: u64| (most >> self.found.cut.min(32)).max(least);
        let own = (shrunk(TRIAL_STEPS, LEAST_TRIAL_STEPS), shrunk(TRIAL_BYTES, LEAST_TRIAL_BYTES));
        self.brief = true;
        let result = self.within(own, run);
        self.brief = false;
        result
    }

    /// Runs something that may take a good part of what is left.
    pub(super) fn tried_at_length(&mut self, run: impl FnOnce(&mut Self) -> Eval) -> Option<Value> {
        let steps = self.step_ceiling.saturating_sub(self.budget.steps()) / TRIAL_SHARE;
        let bytes = self.byte_ceiling.saturating_sub(self.budget.value_bytes()) / TRIAL_SHARE;
        self.within((steps, bytes), run)
    }

    /// Runs something that may take so many steps and bytes; that they did not do is counted, and no limit of the whole.
    fn within(&mut self, own: (u64, u64), run: impl FnOnce(&mut Self) -> Eval) -> Option<Value> {
        let (steps, made) = (self.step_ceiling, self.made_ceiling);
        let own_steps = self.budget.steps().saturating_add(own.0);
        let own_made = self.made.saturating_add(own.1);
        (self.step_ceiling, self.made_ceiling) = (own_steps.min(steps), own_made.min(made));
        self.trial = own_steps < steps;
        let result = self.guarded(run);
        if self.trial && self.halted {
            self.found.cut = self.found.cut.saturating_add(1);
            self.halted = false;
        }
        self.trial = false;
        (self.step_ceiling, self.made_ceiling) = (steps, made);
        result
    }

    /// Whether a loop may go on to `pass` (from 0), or a function be called that was called before. Every loop runs
    /// once; what goes on must bring up new texts.
    pub(super) fn lively(&mut self, pass: usize) -> bool {
        if pass == 0 || !self.is_barren() && !self.is_weary() {
            return true;
        }
        self.found.cut = self.found.cut.saturating_add(1);
        false
    }

    /// Runs a loop. What comes after an outermost one starts afresh: a loop that only wastes time must not make those
    /// after it be left, which may put a text together by way of numbers.
    pub(super) fn looping(&mut self, run: impl FnOnce(&mut Self) -> Eval) -> Eval {
        self.afresh();
        self.nested = self.nested.saturating_add(1);
        let result = self.busy(run);
        self.nested = self.nested.saturating_sub(1);
        self.afresh();
        result
    }

    /// Does what may go on for long: a loop, an operation that calls back, a call within calls. The outermost is what becomes weary.
    pub(super) fn busy<T>(&mut self, run: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        if self.busy.depth == 0 {
            self.busy = Busy { depth: 0, since: self.budget.steps(), seen: self.seen.len() };
        }
        self.busy.depth += 1;
        let result = run(self);
        self.busy.depth -= 1;
        result
    }

    /// Outside of all loops, forgets how long nothing new came up.
    pub(super) fn afresh(&mut self) {
        if self.nested == 0 && self.is_barren() {
            self.barren = self.barren.saturating_add(1);
            self.fertile = self.budget.steps();
        }
    }

    /// Whether nothing new came up for long. The more loops were left for it, the sooner.
    fn is_barren(&self) -> bool {
        let more = if self.coded && !self.brief { CODED_PATIENCE } else { 1 };
        let patience =
            BARREN.saturating_sub(self.barren.saturating_mul(LESS)).max(LEAST).saturating_mul(more);
        self.budget.steps().saturating_sub(self.fertile) > patience
    }

    /// Whether what runs has run long and brought up more different texts than any request is made of.
    fn is_weary(&self) -> bool {
        self.busy.depth > 0
            && self.budget.steps().saturating_sub(self.busy.since) > WEARY
            && self.seen.len().saturating_sub(self.busy.seen) > WEARY_TEXTS
    }

    /// Takes note that a text was made or moved. Only letters make a text new: numbers are printed in every loop. Of a long
    /// text both ends and the length tell, so that a text that grows bit by bit costs no more with every bit.
    pub(super) fn touch(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let (head, tail) = bytes.split_at(bytes.len().min(LOOKED_AT));
        let tail = &tail[tail.len().saturating_sub(LOOKED_AT)..];
        let mut letters = [0_u8; 2 * LOOKED_AT];
        let mut count = 0;
        for byte in head.iter().chain(tail).filter(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()) {
            letters[count] = *byte;
            count += 1;
        }
        if count == 0 || self.seen.len() >= MOST_SEEN {
            return;
        }
        let long = bytes.len().saturating_sub(2 * LOOKED_AT);
        if self.seen.insert(self.seen.hasher().hash_one((long, &letters[..count]))) {
            self.fertile = self.budget.steps();
        }
    }
}
