//! What is kept from one request to the next: how a text reads by itself, its code lowered, which texts read no other way, and what the
//! judges say of a text. A conversation comes again with every turn; so only its new turn is read anew. What is spread over several texts is always read anew.
//!
//! A key is a keyed hash of 128 bits over everything the answer depends on: the text, the limits, and the versions of
//! rules and model. Its keys are drawn at random for every collection, so that nobody outside can make two texts meet.
//! What reading took is kept too and is spent again, so that limits are hit just the same.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::budget::{Budget, Limit, Limits};
use crate::judge::classify::{Judges, Verdict, classify, judge};
use crate::read::candidate::Candidate;
use crate::read::decode::Barren;
use crate::read::region::Region;
use crate::request::span::TextSpan;
use crate::screen::alone::Alone;
use crate::screen::learned::{Known, Mark, mark_of, may_be_known};
use crate::screen::parsing::Lowered;

/// A verdict without its rules, and an entry's own bytes.
const ENTRY: usize = 160;
/// What is kept of a text that reads no other way.
const NOTE: usize = 64;
/// The part of the bytes that goes to verdicts, to such notes, and to programs: one in so many.
const VERDICTS: usize = 8;
const NOTES: usize = 16;
const PROGRAMS: usize = 2;
/// What an entry is expected to weigh, to size the table.
const USUAL: usize = 4 << 10;

/// What is kept between requests; nothing by default. Clones share it.
#[derive(Clone, Default)]
pub struct Kept(Option<Arc<Shelves>>);

/// How often something was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Texts that were read before.
    pub text_hits: u64,
    /// Texts read anew.
    pub text_misses: u64,
    /// Candidates judged before.
    pub verdict_hits: u64,
    /// Candidates judged anew.
    pub verdict_misses: u64,
    /// About what is held in memory.
    pub bytes: u64,
}

/// 128 bits of two keyed hashes.
type Key = (u64, u64);

struct Shelves {
    seeds: [RandomState; 2],
    texts: Cache<Key, Arc<Alone>, Weight>,
    programs: Cache<Key, Arc<Paid>, Weight>,
    verdicts: Cache<Key, Judged, Weight>,
    /// What other processes came to.
    learned: Cache<Mark, Judged, Weight>,
    /// Texts that read no other way, and the steps it took to find that.
    barren: Cache<Key, u64, Weight>,
    counts: [AtomicU64; 4],
}

/// A region as it was lowered, and what that took.
struct Paid {
    lowered: Arc<Lowered>,
    steps: u64,
    bytes: u64,
}

/// A verdict and the steps it took.
#[derive(Clone)]
struct Judged {
    verdict: Verdict,
    steps: u64,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Arc<Alone>> for Weight {
    fn weight(&self, _: &Key, value: &Arc<Alone>) -> u64 {
        (value.weight() + ENTRY) as u64
    }
}

impl Weighter<Key, Arc<Paid>> for Weight {
    fn weight(&self, _: &Key, value: &Arc<Paid>) -> u64 {
        (value.lowered.program.weight() + ENTRY) as u64
    }
}

impl Weighter<Key, Judged> for Weight {
    fn weight(&self, _: &Key, value: &Judged) -> u64 {
        (value.verdict.rules.len() * ENTRY + ENTRY) as u64
    }
}

impl Weighter<Key, u64> for Weight {
    fn weight(&self, _: &Key, _: &u64) -> u64 {
        NOTE as u64
    }
}

impl Weighter<Mark, Judged> for Weight {
    fn weight(&self, _: &Mark, value: &Judged) -> u64 {
        Weighter::<Key, Judged>::weight(self, &Key::default(), value)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Kept({:?})", self.counts())
    }
}

impl Kept {
    /// Keeps up to about `bytes` bytes; 0 keeps nothing.
    pub fn of(bytes: usize) -> Self {
        if bytes == 0 {
            return Kept(None);
        }
        let (programs, verdicts) = (bytes / PROGRAMS, bytes / VERDICTS);
        let notes = bytes / NOTES;
        let texts = bytes - programs - verdicts - verdicts / 2 - notes;
        Kept(Some(Arc::new(Shelves {
            seeds: [RandomState::new(), RandomState::new()],
            texts: shelf(texts, USUAL),
            programs: shelf(programs, USUAL),
            verdicts: shelf(verdicts, ENTRY),
            learned: shelf(verdicts / 2, ENTRY),
            barren: shelf(notes, NOTE),
            counts: Default::default(),
        })))
    }

    /// How often something was there so far.
    pub fn counts(&self) -> Counts {
        let Some(shelves) = &self.0 else { return Counts::default() };
        let [text_hits, text_misses, verdict_hits, verdict_misses] =
            [0, 1, 2, 3].map(|at: usize| shelves.counts[at].load(Ordering::Relaxed));
        let bytes = shelves.texts.weight()
            + shelves.programs.weight()
            + shelves.verdicts.weight()
            + shelves.learned.weight()
            + shelves.barren.weight();
        Counts { text_hits, text_misses, verdict_hits, verdict_misses, bytes }
    }

    /// Which texts read no other way.
    pub(super) fn barren(&self) -> Option<Arc<dyn Barren>> {
        self.0.as_ref().map(|shelves| Arc::clone(shelves) as Arc<dyn Barren>)
    }

    /// Reads a text by itself, or takes what was read before. Where the budget ends the reading, what was found until then is
    /// given with the limit.
    pub(super) fn alone(
        &self,
        text: &TextSpan,
        code: Option<&'static str>,
        budget: &mut Budget,
    ) -> (Arc<Alone>, Result<(), Limit>) {
        let Some(shelves) = &self.0 else {
            let (alone, done) = Alone::read(text, code, budget);
            return (Arc::new(alone), done);
        };
        // Of the limits, all others only end a reading, and one that was ended is not kept.
        let key = shelves.key(&(budget.limits().decode_depth, code, &text.text));
        if let Some(alone) = shelves.texts.get(&key) {
            shelves.count(0);
            let paid =
                budget.spend_steps(alone.steps).and_then(|()| budget.spend_bytes(alone.bytes as usize));
            return (alone, paid);
        }
        shelves.count(1);
        let ((mut alone, done), clean) = budget.watched(|budget| Alone::read(text, code, budget));
        if !clean || done.is_err() {
            return (Arc::new(alone), done);
        }
        alone.shrink();
        let alone = Arc::new(alone);
        shelves.texts.insert(key, Arc::clone(&alone));
        (alone, done)
    }

    /// Lowers a region, or takes it as it was lowered before; its span is the one that was read first.
    pub(super) fn lowered(&self, region: &Region, budget: &mut Budget) -> Arc<Lowered> {
        let Some(shelves) = &self.0 else { return Arc::new(Lowered::of(region, budget)) };
        let limits = budget.limits();
        let caps = (limits.region_bytes, limits.region_bytes_slow);
        let key = shelves.key(&(caps, region.language, region.range.start, &region.text));
        if let Some(paid) = shelves.programs.get(&key) {
            // A limit that is hit here is hit by whatever spends next.
            let _ = budget.spend_steps(paid.steps).and_then(|()| budget.spend_bytes(paid.bytes as usize));
            return Arc::clone(&paid.lowered);
        }
        let (steps, bytes) = (budget.steps(), budget.value_bytes());
        let (lowered, clean) = budget.watched(|budget| Arc::new(Lowered::of(region, budget)));
        if clean {
            let (steps, bytes) = (budget.steps() - steps, budget.value_bytes() - bytes);
            let paid = Paid { lowered: Arc::clone(&lowered), steps, bytes };
            shelves.programs.insert(key, Arc::new(paid));
        }
        lowered
    }

    /// Judges every candidate, or takes what was said of it before.
    pub(super) fn verdicts(
        &self,
        judges: &Judges,
        candidates: &[Candidate],
        budget: &mut Budget,
    ) -> Vec<Verdict> {
        let Some(shelves) = &self.0 else { return classify(judges, candidates, budget) };
        let versions = (judges.rules.version(), judges.model.version());
        let mut memo = judges.model.memo();
        let mut verdicts = Vec::with_capacity(candidates.len());
        for (at, candidate) in candidates.iter().enumerate() {
            let key = shelves.key(&(versions, candidate.origin, &candidate.text));
            if let Some(judged) = shelves.verdicts.get(&key).or_else(|| shelves.take(&key, judges, candidate))
            {
                shelves.count(2);
                if budget.check_clock().is_err() || budget.spend_steps(judged.steps).is_err() {
                    break;
                }
                verdicts.push(Verdict { candidate: at, ..judged.verdict });
                continue;
            }
            shelves.count(3);
            let before = budget.steps();
            let (found, clean) = budget.watched(|budget| judge(judges, at, candidate, &mut memo, budget));
            let Some(verdict) = found else { break };
            if clean {
                let steps = budget.steps() - before;
                shelves.verdicts.insert(key, Judged { verdict: verdict.clone(), steps });
            }
            verdicts.push(verdict);
        }
        verdicts
    }
}

impl Kept {
    /// Whether this text was read here already.
    pub fn has_read(&self, text: &TextSpan, limits: &Limits) -> bool {
        let none: Option<&'static str> = None;
        let key = |shelves: &Shelves| shelves.key(&(limits.decode_depth, none, &text.text));
        self.0.as_ref().is_some_and(|shelves| shelves.texts.get(&key(shelves)).is_some())
    }

    /// Takes over what another process came to.
    pub fn learn(&self, judges: &Judges, known: Vec<Known>) {
        let Some(shelves) = &self.0 else { return };
        for known in known {
            let (mark, steps) = (known.mark(), known.steps());
            if let Some(verdict) = known.verdict(judges) {
                shelves.learned.insert(mark, Judged { verdict, steps });
            }
        }
    }

    /// What is said of a candidate that was judged, and the steps it took, to be told to others.
    pub(super) fn said(&self, judges: &Judges, candidate: &Candidate) -> Option<(Verdict, u64)> {
        let shelves = self.0.as_ref()?;
        let versions = (judges.rules.version(), judges.model.version());
        let judged = shelves.verdicts.get(&shelves.key(&(versions, candidate.origin, &candidate.text)))?;
        Some((judged.verdict, judged.steps))
    }
}

impl Barren for Shelves {
    fn steps(&self, text: &str, depth: u32) -> Option<u64> {
        self.barren.get(&self.key(&(depth, text)))
    }

    fn note(&self, text: &str, depth: u32, steps: u64) {
        self.barren.insert(self.key(&(depth, text)), steps);
    }
}

impl fmt::Debug for Shelves {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Shelves")
    }
}

/// A cache of so many bytes whose entries usually weigh `usual`. One shard: what is kept of a long text may take a good part.
fn shelf<K: Hash + Eq, V: Clone>(bytes: usize, usual: usize) -> Cache<K, V, Weight>
where
    Weight: Weighter<K, V>,
{
    let (items, weight) = (bytes / usual + 1, bytes as u64);
    let mut options = OptionsBuilder::new();
    options.shards(1).estimated_items_capacity(items).weight_capacity(weight);
    match options.build() {
        Ok(options) => {
            Cache::with_options(options, Weight, DefaultHashBuilder::default(), DefaultLifecycle::default())
        }
        Err(_) => Cache::with_weighter(items, weight, Weight),
    }
}

impl Shelves {
    fn key(&self, what: &impl Hash) -> Key {
        (self.seeds[0].hash_one(what), self.seeds[1].hash_one(what))
    }

    /// What another process came to of a candidate, which is kept here from now on.
    fn take(&self, key: &Key, judges: &Judges, candidate: &Candidate) -> Option<Judged> {
        if self.learned.is_empty() || !may_be_known(candidate) {
            return None;
        }
        let judged = self.learned.get(&mark_of(judges, candidate.origin.name(), &candidate.text))?;
        self.verdicts.insert(*key, judged.clone());
        Some(judged)
    }

    fn count(&self, at: usize) {
        self.counts[at].fetch_add(1, Ordering::Relaxed);
    }
}
