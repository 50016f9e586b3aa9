//! What the runs of a round may take together, and what one of them needed of it: with as much at hand it would say the same again.

use crate::budget::Budget;

use super::machine::Machine;

/// Steps and bytes up to which runs may go; what is left beyond is for those who come after them.
#[derive(Debug, Clone, Copy)]
pub struct Purse {
    pub(super) steps: u64,
    pub(super) bytes: u64,
}

/// Steps and bytes that must be at hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Need {
    steps: u64,
    bytes: u64,
}

impl Purse {
    /// Three quarters of what is left.
    pub fn of(budget: &Budget) -> Self {
        let limits = budget.limits();
        Purse {
            steps: share(budget.steps(), limits.steps),
            bytes: share(budget.value_bytes(), limits.value_bytes),
        }
    }

    /// Whether as much is left as a run needed.
    pub fn holds(&self, need: Need, budget: &Budget) -> bool {
        self.steps.saturating_sub(budget.steps()) >= need.steps
            && self.bytes.saturating_sub(budget.value_bytes()) >= need.bytes
    }
}

fn share(spent: u64, limit: u64) -> u64 {
    spent.saturating_add(limit.saturating_sub(spent) / 4 * 3)
}

/// What a run has needed so far, from where it began.
#[derive(Debug, Default)]
pub(super) struct Needed {
    steps: u64,
    bytes: u64,
    need: Need,
    /// It came to its end by what was left, not by itself.
    pub(super) bounded: bool,
}

impl Needed {
    /// A run that begins where the budget stands.
    pub(super) fn from(budget: &Budget) -> Self {
        Needed { steps: budget.steps(), bytes: budget.value_bytes(), ..Needed::default() }
    }

    /// Bytes of values that were booked before the run.
    pub(super) fn bytes_before(&self) -> u64 {
        self.bytes
    }

    fn more(&mut self, steps: u64, bytes: u64) {
        let need = &mut self.need;
        (need.steps, need.bytes) = (need.steps.max(steps), need.bytes.max(bytes));
    }
}

impl Machine<'_, '_> {
    /// Steps and bytes from the beginning of the run.
    fn so_far(&self) -> (u64, u64) {
        (
            self.budget.steps().saturating_sub(self.needed.steps),
            self.budget.value_bytes().saturating_sub(self.needed.bytes),
        )
    }

    /// Takes note of a trial that took so many steps and bytes of those allowed; one that may take a part of what is left needs
    /// that many times as much.
    pub(super) fn note_trial(&mut self, before: Spent, most: (u64, u64), part: Option<u64>) {
        let took = (self.budget.steps() - before.steps, self.made.saturating_sub(before.made));
        let (steps, bytes) = match part {
            Some(part) => (took.0.saturating_add(1) * part, took.1.saturating_add(1) * part),
            None if took.0 >= most.0 => (took.0.max(most.0) + 1, 0),
            None => (took.0, 0),
        };
        let (begun, held) =
            (before.steps - self.needed.steps, before.bytes.saturating_sub(self.needed.bytes));
        self.needed.more(begun.saturating_add(steps), held.saturating_add(bytes));
    }

    /// Where the budget stands before a trial.
    pub(super) fn spent(&self) -> Spent {
        Spent { steps: self.budget.steps(), bytes: self.budget.value_bytes(), made: self.made }
    }

    /// What must be at hand for the run to come to the same again, unless what was at hand ended it.
    pub(super) fn need(&mut self) -> Option<Need> {
        let (steps, bytes) = self.so_far();
        self.needed.more(steps.saturating_add(1), bytes.saturating_add(1));
        (!self.needed.bounded).then_some(self.needed.need)
    }
}

/// Where the budget stood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    steps: u64,
    bytes: u64,
    made: u64,
}
