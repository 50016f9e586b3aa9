//! Which texts of a request were taken apart already: a span, its code, a line and a literal are often the same words.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::quality::RandomState;

use crate::budget::Budget;
use crate::read::decode::unwind::Decoded;
use crate::read::decode::unwind::unwind;
use crate::read::decode::within;

/// A shorter text in ASCII encodes no two words.
const SHORTEST: usize = 8;

/// Texts that read no other way, as earlier requests found.
pub trait Barren: Debug + Send + Sync {
    /// The steps it took to find that of a text, encodings peeled off so deep, when it was found.
    fn steps(&self, text: &str, depth: u32) -> Option<u64>;
    /// Notes what it took.
    fn note(&self, text: &str, depth: u32, steps: u64);
}

/// The texts that were tried, by a hash whose seed nobody knows.
#[derive(Debug, Default)]
pub struct Tried {
    seed: RandomState,
    seen: HashSet<u64>,
    barren: Option<Arc<dyn Barren>>,
}

impl Tried {
    /// No text yet, with what is known of texts from earlier requests.
    pub fn knowing(barren: Option<Arc<dyn Barren>>) -> Self {
        Tried { barren, ..Tried::default() }
    }

    /// [`unwind()`], but that a text which is known to read no other way is not looked at: only what that took is spent again.
    pub(super) fn unwind(&self, text: &str, budget: &mut Budget) -> Vec<Decoded> {
        let Some(barren) = &self.barren else { return unwind(text, budget) };
        let depth = budget.limits().decode_depth;
        if let Some(steps) = barren.steps(text, depth) {
            // A limit that is hit here is hit by whatever spends next.
            let _ = budget.spend_steps(steps);
            return Vec::new();
        }
        let before = budget.steps();
        let (found, clean) = budget.watched(|budget| unwind(text, budget));
        if clean && found.is_empty() {
            barren.note(text, depth, budget.steps() - before);
        }
        found
    }

    /// Notes a text to be unwound; false when it was before.
    pub(super) fn begin(&mut self, text: &str) -> bool {
        self.seen.insert(self.seed.hash_one(("whole", text)))
    }

    /// Notes a text whose parts are to be unwound; false when they were before.
    fn begin_parts(&mut self, text: &str) -> bool {
        self.seen.insert(self.seed.hash_one(("parts", text)))
    }
}

/// Every believable reading of a text and of its parts that this request has not asked for yet. What was read once is among the
/// candidates: reading it again finds nothing new.
pub fn unwind_once(text: &str, tried: &mut Tried, budget: &mut Budget) -> Vec<Decoded> {
    if text.len() < SHORTEST && text.is_ascii() || !tried.begin_parts(text) {
        return Vec::new();
    }
    let mut out = if tried.begin(text) { tried.unwind(text, budget) } else { Vec::new() };
    out.extend(within::unwind_parts(text, tried, budget));
    out
}
