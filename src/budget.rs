//! What one screening may spend: steps, bytes, depth, wall time. The only clock the core sees.
//!
//! Every loop over attacker data calls [`Budget::step`] or [`Budget::spend_bytes`] and stops on `Err`. A limit that is
//! hit is noted once and makes the screening `incomplete`; what was found so far is still judged.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A limit that can be hit while a request is read and judged. The names are stable: they are metric labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Interpreter and reader steps.
    Steps,
    /// Bytes held by recovered values.
    ValueBytes,
    /// Wall time of the whole screening.
    Deadline,
    /// The caller went away.
    Cancelled,
    /// A code region longer than its grammar's cap was cut.
    RegionBytes,
    /// One parse, or all parses of the request together, took too long.
    ParseTime,
    /// Brackets nested too deep for the grammar.
    ParseNesting,
    /// More screened text than allowed.
    TextBytes,
    /// More candidates than allowed; the best-ranked were kept.
    Candidates,
    /// Code inside strings inside code, deeper than the budget follows.
    Rounds,
    /// Encodings nested deeper than the budget follows.
    DecodeDepth,
    /// A stage panicked: what it had found is lost.
    Panic,
    /// The store of conversations did not answer: what was said before is not known.
    State,
}

impl Limit {
    /// The stable `snake_case` name, as used in metrics, logs and `scan` output.
    pub fn name(self) -> &'static str {
        match self {
            Limit::Steps => "steps",
            Limit::ValueBytes => "value_bytes",
            Limit::Deadline => "deadline",
            Limit::Cancelled => "cancelled",
            Limit::RegionBytes => "region_bytes",
            Limit::ParseTime => "parse_time",
            Limit::ParseNesting => "parse_nesting",
            Limit::TextBytes => "text_bytes",
            Limit::Candidates => "candidates",
            Limit::Rounds => "rounds",
            Limit::DecodeDepth => "decode_depth",
            Limit::Panic => "panic",
            Limit::State => "state",
        }
    }
}

/// How much one screening may spend. `Default` is section 7 of the design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Interpreter and reader steps, all rounds together; a long request gets more by [`Budget::allow_for`].
    pub steps: u64,
    /// Bytes of values the interpreter and decoders may hold, all rounds together.
    pub value_bytes: u64,
    /// Wall time of the whole screening.
    pub deadline: Duration,
    /// Processor time of one tree-sitter parse, beside [`Limits::parse_per_kb`].
    pub parse: Duration,
    /// Processor time of one parse for each KiB of its text.
    pub parse_per_kb: Duration,
    /// Processor time of all parses of one request.
    pub parse_total: Duration,
    /// Bytes of one code region handed to a grammar.
    pub region_bytes: usize,
    /// The same for grammars known to be super-linear.
    pub region_bytes_slow: usize,
    /// Bytes of text screened in one request.
    pub text_bytes: usize,
    /// Candidates judged in one request.
    pub candidates: usize,
    /// Encodings peeled off one string.
    pub decode_depth: u32,
    /// Times round for code found inside recovered strings.
    pub rounds: u32,
}

/// Steps that every byte of a request buys, where that is more than [`Limits::steps`]: reading is linear in the text.
const STEPS_PER_BYTE: u64 = 64;

/// Bytes of values that every byte of a request buys, and the most that are bought so.
const VALUES_PER_BYTE: u64 = 128;
const MOST_VALUE_BYTES: u64 = 64 << 20;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            steps: 1_000_000,
            value_bytes: 32 << 20,
            deadline: Duration::from_secs(5),
            parse: Duration::from_millis(20),
            parse_per_kb: Duration::from_millis(1),
            parse_total: Duration::from_secs(1),
            region_bytes: 32 << 10,
            region_bytes_slow: 8 << 10,
            text_bytes: 8 << 20,
            candidates: 50_000,
            decode_depth: 3,
            rounds: 3,
        }
    }
}

/// One request's purse. Not shared between threads; the cancel flag is.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    steps: u64,
    value_bytes: u64,
    start: Instant,
    parsing: Duration,
    cancel: Option<Arc<AtomicBool>>,
    hits: BTreeSet<Limit>,
}

/// Steps between two looks at the clock and the cancel flag.
const CLOCK_EVERY: u64 = 1024;

impl Budget {
    /// A full purse; the deadline runs from now.
    pub fn new(limits: Limits) -> Self {
        Budget {
            limits,
            steps: 0,
            value_bytes: 0,
            start: Instant::now(),
            parsing: Duration::ZERO,
            cancel: None,
            hits: BTreeSet::new(),
        }
    }

    /// The same purse, also spent when `flag` becomes true (the caller left).
    #[must_use]
    pub fn with_cancel(mut self, flag: Arc<AtomicBool>) -> Self {
        self.cancel = Some(flag);
        self
    }

    /// Raises the steps and value bytes to what `bytes` bytes of text need, where the limits give less.
    pub fn allow_for(&mut self, bytes: usize) {
        self.limits.steps = self.limits.steps.max((bytes as u64).saturating_mul(STEPS_PER_BYTE));
        let bought = (bytes as u64).saturating_mul(VALUES_PER_BYTE).min(MOST_VALUE_BYTES);
        self.limits.value_bytes = self.limits.value_bytes.max(bought);
    }

    /// The limits this purse was filled from.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Spends one step.
    ///
    /// # Errors
    /// The limit that is exhausted; it is noted already, and every later call fails too.
    pub fn step(&mut self) -> Result<(), Limit> {
        self.spend_steps(1)
    }

    /// Spends `n` steps at once (a scan over `n` bytes, say).
    ///
    /// # Errors
    /// As [`Budget::step`].
    pub fn spend_steps(&mut self, n: u64) -> Result<(), Limit> {
        let before = self.steps;
        self.steps = before.saturating_add(n);
        if self.steps > self.limits.steps {
            return Err(self.note(Limit::Steps));
        }
        if before / CLOCK_EVERY != self.steps / CLOCK_EVERY { self.check_clock() } else { Ok(()) }
    }

    /// Spends `n` bytes of value memory. Call before allocating.
    ///
    /// # Errors
    /// [`Limit::ValueBytes`] when the values of this screening would grow past the limit.
    pub fn spend_bytes(&mut self, n: usize) -> Result<(), Limit> {
        self.value_bytes = self.value_bytes.saturating_add(n as u64);
        if self.value_bytes > self.limits.value_bytes { Err(self.note(Limit::ValueBytes)) } else { Ok(()) }
    }

    /// Gives back bytes of value memory that are held no longer.
    pub fn release_bytes(&mut self, n: u64) {
        self.value_bytes = self.value_bytes.saturating_sub(n);
    }

    /// Looks at the deadline and the cancel flag now.
    ///
    /// # Errors
    /// [`Limit::Deadline`] or [`Limit::Cancelled`].
    pub fn check_clock(&mut self) -> Result<(), Limit> {
        if self.cancel.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(self.note(Limit::Cancelled));
        }
        if self.start.elapsed() > self.limits.deadline {
            return Err(self.note(Limit::Deadline));
        }
        Ok(())
    }

    /// The processor time a parse of `bytes` bytes may take, or `None` when no parse time is left. Processor time, not
    /// wall time: a busy machine must not change what is found.
    pub fn parse_allowance(&mut self, bytes: usize) -> Option<Duration> {
        let left = self.limits.parse_total.saturating_sub(self.parsing);
        if left.is_zero() {
            self.note(Limit::ParseTime);
            return None;
        }
        let kb = u32::try_from(bytes / 1024).unwrap_or(u32::MAX);
        Some(left.min(self.limits.parse.saturating_add(self.limits.parse_per_kb.saturating_mul(kb))))
    }

    /// Books the processor time one parse took.
    pub fn book_parse(&mut self, took: Duration) {
        self.parsing += took;
    }

    /// Records that `limit` was hit and hands it back, so that `return Err(budget.note(..))` reads well.
    pub fn note(&mut self, limit: Limit) -> Limit {
        self.hits.insert(limit);
        limit
    }

    /// Does `work` and says whether it hit no limit that it would not hit alone.
    pub fn watched<T>(&mut self, work: impl FnOnce(&mut Budget) -> T) -> (T, bool) {
        let before = std::mem::take(&mut self.hits);
        let done = work(self);
        let clean = self.hits.is_empty();
        self.hits.extend(before);
        (done, clean)
    }

    /// The limits hit so far, in a stable order. Empty means the screening is complete.
    pub fn hits(&self) -> impl Iterator<Item = Limit> + '_ {
        self.hits.iter().copied()
    }

    /// Whether any limit was hit.
    pub fn is_incomplete(&self) -> bool {
        !self.hits.is_empty()
    }

    /// Steps spent so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Bytes of value memory spent so far and not given back.
    pub fn value_bytes(&self) -> u64 {
        self.value_bytes
    }

    /// Wall time since the purse was filled.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_budget_stays_spent_and_says_which_limit() {
        let mut budget = Budget::new(Limits { steps: 2, ..Limits::default() });
        assert_eq!(budget.step(), Ok(()));
        assert_eq!(budget.step(), Ok(()));
        assert_eq!(budget.step(), Err(Limit::Steps));
        assert_eq!(budget.step(), Err(Limit::Steps));
        assert_eq!(budget.hits().collect::<Vec<_>>(), [Limit::Steps]);
    }

    #[test]
    fn a_cancelled_caller_stops_the_work() {
        let flag = Arc::new(AtomicBool::new(false));
        let mut budget = Budget::new(Limits::default()).with_cancel(Arc::clone(&flag));
        assert_eq!(budget.check_clock(), Ok(()));
        flag.store(true, Ordering::Relaxed);
        assert_eq!(budget.spend_steps(2 * CLOCK_EVERY), Err(Limit::Cancelled));
    }

    #[test]
    fn huge_requests_for_bytes_do_not_wrap() {
        let mut budget = Budget::new(Limits::default());
        assert_eq!(budget.spend_bytes(usize::MAX), Err(Limit::ValueBytes));
        assert_eq!(budget.spend_bytes(usize::MAX), Err(Limit::ValueBytes));
    }
}
