//! Which texts of a request were taken apart already: a span, its code, a line and a literal are often the same words.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use crate::budget::Budget;
use crate::read::decode::unwind::Decoded;
use crate::read::decode::unwind::unwind;
use crate::read::decode::within;

/// A shorter text in ASCII encodes no two words.
const SHORTEST: usize = 8;

/// The texts that were tried, by a hash whose seed nobody knows.
#[derive(Debug, Default)]
pub struct Tried {
    seed: RandomState,
    seen: HashSet<u64>,
}

impl Tried {
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
    let mut out = if tried.begin(text) { unwind(text, budget) } else { Vec::new() };
    out.extend(within::unwind_parts(text, tried, budget));
    out
}
