//! Which texts of a request were taken apart already: a span, its code, a line and a literal are often the same words.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::hash::BuildHasher;
use std::rc::Rc;
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

/// Longer readings than this, all of a text together, are not held to be given again.
const HELD: usize = 1 << 10;

/// What the decoders made of the texts of one request, by a hash whose seed nobody knows: a text that is read again as code consists
/// of texts that were taken apart before. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Unwound {
    seed: RandomState,
    of: Rc<RefCell<HashMap<u64, Reading>>>,
    /// What earlier requests found.
    barren: Option<Arc<dyn Barren>>,
}

/// What came of one text, and what that took.
#[derive(Debug, Clone)]
struct Reading {
    found: Vec<Decoded>,
    steps: u64,
    bytes: usize,
}

impl Unwound {
    /// Nothing yet, with what is known of texts from earlier requests.
    pub fn knowing(barren: Option<Arc<dyn Barren>>) -> Self {
        Unwound { barren, ..Unwound::default() }
    }

    /// The same of this request only.
    #[must_use]
    pub fn own(&self) -> Self {
        Unwound { barren: None, ..self.clone() }
    }

    /// [`unwind()`], but that a text which was unwound before is not looked at: only what that took is spent again.
    fn unwind(&self, text: &str, budget: &mut Budget) -> Vec<Decoded> {
        let depth = budget.limits().decode_depth;
        let key = self.seed.hash_one((text, depth));
        // A limit that is hit here is hit by whatever spends next.
        if let Some(known) = self.of.borrow().get(&key) {
            let _ = budget.spend_steps(known.steps).and_then(|()| budget.spend_bytes(known.bytes));
            return known.found.clone();
        }
        if let Some(steps) = self.barren.as_ref().and_then(|barren| barren.steps(text, depth)) {
            let _ = budget.spend_steps(steps);
            return Vec::new();
        }
        let before = budget.steps();
        let (found, clean) = budget.watched(|budget| unwind(text, budget));
        if clean {
            let steps = budget.steps() - before;
            if let Some(barren) = self.barren.as_ref().filter(|_| found.is_empty()) {
                barren.note(text, depth, steps);
            }
            let bytes = found.iter().map(|decoded| decoded.text.len()).sum();
            if bytes <= HELD {
                self.of.borrow_mut().insert(key, Reading { found: found.clone(), steps, bytes });
            }
        }
        found
    }
}

/// The texts that were tried, by a hash whose seed nobody knows.
#[derive(Debug, Default)]
pub struct Tried {
    seed: RandomState,
    seen: HashSet<u64>,
    unwound: Unwound,
}

impl Tried {
    /// No text yet, with what is known of texts.
    pub fn knowing(unwound: Unwound) -> Self {
        Tried { unwound, ..Tried::default() }
    }

    /// [`Unwound::unwind`].
    pub(super) fn unwind(&self, text: &str, budget: &mut Budget) -> Vec<Decoded> {
        self.unwound.unwind(text, budget)
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
