//! The texts a model could end up reading, each with its origin and the way it was found.

pub mod gather;
mod group;
pub mod numbers;
pub mod readable;
mod remark;
pub mod said;
pub mod spread;
mod worth;

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use crate::budget::{Budget, Limit};
use crate::read::decode;
use crate::read::decode::Tried;
use crate::read::decode::Unwound;
use crate::read::lexer::word::between_blanks;
use crate::request::span::SpanId;

use worth::{is_worth_judging, is_worth_reading, without_repeats};

/// How a text came to be. Thresholds differ by origin: text that appears only after reassembly was hidden on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Readable in the request as it stands, prose or a single literal.
    Plain,
    /// A comment or docstring.
    Comment,
    /// Words of an identifier, key or file name.
    Identifier,
    /// Put together from pieces by the code, or read in another order.
    Recovered,
    /// Encoded or disguised in the request.
    Decoded,
}

impl Origin {
    /// All origins, in the order thresholds are stored.
    pub const ALL: [Origin; 5] =
        [Origin::Plain, Origin::Comment, Origin::Identifier, Origin::Recovered, Origin::Decoded];

    /// The stable `snake_case` name.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Plain => "plain",
            Origin::Comment => "comment",
            Origin::Identifier => "identifier",
            Origin::Recovered => "recovered",
            Origin::Decoded => "decoded",
        }
    }

    /// The position in [`Origin::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// One step of provenance, from the request towards the text: `messages/0/content`, `python`, `join my_list`, `base64`.
pub type Step = String;

/// One text to judge.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Candidate {
    /// The text.
    pub text: String,
    /// How it came to be.
    pub origin: Origin,
    /// The steps that led to it, first step first.
    pub via: Vec<Step>,
    /// The spans it was made from.
    pub spans: Vec<SpanId>,
}

/// Longer texts are not compared with their reverse.
const MIRRORED_WORDS: usize = 256;
/// How much better the words of one order must follow each other for the other to be dropped.
const CLEARLY_BETTER: i64 = 4;

/// Collects candidates: the same text is kept once, under its most telling origin.
#[derive(Debug, Default)]
pub struct Candidates {
    list: Vec<Candidate>,
    /// Of each, the sum over its words that `same_words` counts, where it is counted.
    sums: Vec<Option<u64>>,
    seen: HashMap<String, usize, RandomState>,
    /// How many recovered texts are made of the same words in whatever order, by a sum over the words.
    same_words: HashMap<u64, u32, RandomState>,
    /// Hashes words for it, by a seed nobody knows.
    seed: RandomState,
    /// What the decoders were given.
    tried: Tried,
}

impl Candidates {
    /// An empty collection.
    pub fn new() -> Self {
        Candidates::default()
    }

    /// An empty collection, with what the decoders found before.
    pub fn knowing(known: Unwound) -> Self {
        Candidates { tried: Tried::knowing(known), ..Candidates::default() }
    }

    /// Adds a text unless it is blank or there already. A text that stands in the request as plain text stays `Plain`
    /// however often it is recovered; otherwise the first finder is kept.
    ///
    /// # Errors
    /// [`Limit::Candidates`] when the collection is full, [`Limit::ValueBytes`] when the texts grow too large.
    pub fn add(&mut self, candidate: Candidate, budget: &mut Budget) -> Result<bool, Limit> {
        let bytes = candidate.text.len();
        let added = self.take_over(candidate, budget)?;
        if added {
            budget.spend_bytes(bytes)?;
        }
        Ok(added)
    }

    /// The same for a text that another collection holds and that is paid for.
    ///
    /// # Errors
    /// [`Limit::Candidates`] when the collection is full.
    pub fn take_over(&mut self, candidate: Candidate, budget: &mut Budget) -> Result<bool, Limit> {
        let key = fold(&candidate.text);
        if key.is_empty() || !is_worth_reading(&key, candidate.origin) {
            return Ok(false);
        }
        if let Some(&at) = self.seen.get(&key) {
            if is_printed(&candidate) {
                // Its order is no guess.
                self.sums[at] = None;
            }
            if candidate.origin < self.list[at].origin {
                self.sums[at] = self.words_of(&candidate, &key);
                self.list[at] = candidate;
            }
            return Ok(false);
        }
        let words = self.words_of(&candidate, &key);
        if words.is_some_and(|sum| self.same_words.contains_key(&sum))
            && self.is_worse_way_round(&candidate, &key)
        {
            return Ok(false);
        }
        if self.list.len() >= budget.limits().candidates {
            return Err(budget.note(Limit::Candidates));
        }
        if let Some(sum) = words {
            *self.same_words.entry(sum).or_default() += 1;
        }
        self.seen.insert(key, self.list.len());
        self.list.push(candidate);
        self.sums.push(words);
        Ok(true)
    }

    /// The words of a recovered text in whatever order, as a sum; None for few words and for many.
    fn words_of(&self, candidate: &Candidate, key: &str) -> Option<u64> {
        if candidate.origin != Origin::Recovered {
            return None;
        }
        let (sum, count) = key.split(' ').fold((0_u64, 0_usize), |(sum, count), word| {
            (sum.wrapping_add(self.seed.hash_one(word)), count + 1)
        });
        (3..=MIRRORED_WORDS).contains(&count).then_some(sum)
    }

    /// Whether the same words stand here already in reverse, and plainly read the right way round there. Both orders of a
    /// container are guesses; where the words say which is meant, the other is no text anybody reads.
    fn is_worse_way_round(&self, candidate: &Candidate, key: &str) -> bool {
        let Some(mirrored) =
            mirrored(key).filter(|_| candidate.origin == Origin::Recovered && !is_printed(candidate))
        else {
            return false;
        };
        let Some(&at) = self.seen.get(&mirrored) else { return false };
        self.list[at].origin == Origin::Recovered
            && decode::word_order(&mirrored) >= decode::word_order(key) + CLEARLY_BETTER
    }

    /// Notes that the texts added since `before` were read out of `prose`: what stands there in long stretches was not hidden.
    ///
    /// # Errors
    /// The limit that is exhausted.
    pub fn read_from(&mut self, before: usize, prose: &str, budget: &mut Budget) -> Result<(), Limit> {
        let mut words = None;
        let found = self.list.iter_mut().zip(&mut self.sums).skip(before);
        for (candidate, sum) in found.filter(|(found, _)| found.origin == Origin::Recovered) {
            let words = words.get_or_insert_with(|| readable::Words::of(prose));
            budget.spend_steps(candidate.text.len() as u64 / 64 + 1)?;
            if words.show(&candidate.text) {
                candidate.origin = Origin::Plain;
                *sum = None;
            }
        }
        Ok(())
    }

    /// Whether this text is there, up to white space and case.
    pub fn has(&self, text: &str) -> bool {
        self.seen.contains_key(&fold(text))
    }

    /// Every candidate, in the order they were found, those that serve the decoders alone among them.
    pub fn into_all(self) -> Vec<Candidate> {
        self.list
    }

    /// The candidates so far, in the order they were found.
    pub fn list(&self) -> &[Candidate] {
        &self.list
    }

    /// The candidates worth judging, in the order they were found: what served the decoders alone is left out, and of two
    /// orders of the same words the one that plainly reads worse.
    pub fn into_list(self) -> Vec<Candidate> {
        let several = |sum: &Option<u64>| {
            sum.is_some_and(|sum| self.same_words.get(&sum).is_some_and(|count| *count > 1))
        };
        let keys: Vec<Option<String>> = self
            .list
            .iter()
            .zip(&self.sums)
            .map(|(candidate, sum)| (several(sum) && !is_printed(candidate)).then(|| fold(&candidate.text)))
            .collect();
        let Candidates { list, seen, .. } = self;
        let worse = |key: Option<String>| {
            let Some(key) = key else { return false };
            let Some(mirrored) = mirrored(&key) else { return false };
            let other = seen.get(&mirrored).and_then(|at| list.get(*at));
            other.is_some_and(|other| other.origin == Origin::Recovered)
                && decode::word_order(&mirrored) >= decode::word_order(&key) + CLEARLY_BETTER
        };
        let kept: Vec<bool> = list
            .iter()
            .zip(keys)
            .map(|(candidate, key)| is_worth_judging(candidate) && !worse(key))
            .collect();
        list.into_iter()
            .zip(kept)
            .filter(|(_, kept)| *kept)
            .filter_map(|(candidate, _)| without_repeats(candidate))
            .collect()
    }
}

/// Whether a program prints the text: then its order is no guess.
fn is_printed(candidate: &Candidate) -> bool {
    candidate.via.last().is_some_and(|step| step == "printed")
}

/// The same words last first, where there are enough and not too many.
fn mirrored(key: &str) -> Option<String> {
    let words: Vec<&str> = key.split(' ').collect();
    (3..=MIRRORED_WORDS)
        .contains(&words.len())
        .then(|| words.iter().rev().copied().collect::<Vec<_>>().join(" "))
}

/// What counts as the same text: case and white space do not.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        let mut bytes = Vec::with_capacity(text.len());
        for word in
            text.as_bytes().split(|byte| matches!(byte, b' ' | 9..=13)).filter(|word| !word.is_empty())
        {
            if !bytes.is_empty() {
                bytes.push(b' ');
            }
            bytes.extend_from_slice(word);
        }
        bytes.make_ascii_lowercase();
        return String::from_utf8(bytes).unwrap_or_default();
    }
    let mut out = String::with_capacity(text.len());
    for word in between_blanks(text) {
        if !out.is_empty() {
            out.push(' ');
        }
        if word.is_ascii() {
            let from = out.len();
            out.push_str(word);
            out[from..].make_ascii_lowercase();
        } else {
            out.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn candidate(text: &str, origin: Origin) -> Candidate {
        Candidate { text: text.into(), origin, via: Vec::new(), spans: Vec::new() }
    }

    #[test]
    fn the_same_text_is_kept_once_and_plain_wins() {
        let mut budget = Budget::new(Limits::default());
        let mut all = Candidates::new();
        assert_eq!(all.add(candidate("bake  Bread", Origin::Recovered), &mut budget), Ok(true));
        assert_eq!(all.add(candidate("bake bread", Origin::Plain), &mut budget), Ok(false));
        assert_eq!(all.add(candidate("bake bread", Origin::Decoded), &mut budget), Ok(false));
        assert_eq!(all.add(candidate("  \n", Origin::Plain), &mut budget), Ok(false));
        assert_eq!(all.list(), [candidate("bake bread", Origin::Plain)]);
    }

    #[test]
    fn one_letter_over_and_over_is_not_judged() {
        let mut all = Candidates::new();
        let mut budget = Budget::new(Limits::default());
        for text in ["ß".repeat(40), "ñ ".repeat(40), "ñandú corre".to_owned()] {
            assert_eq!(all.add(candidate(&text, Origin::Recovered), &mut budget), Ok(true));
        }
        let judged: Vec<String> = all.into_list().into_iter().map(|found| found.text).collect();
        assert_eq!(judged, ["ñandú corre"]);
    }

    #[test]
    fn a_full_collection_says_so() {
        let mut budget = Budget::new(Limits { candidates: 1, ..Limits::default() });
        let mut all = Candidates::new();
        assert_eq!(all.add(candidate("rye", Origin::Recovered), &mut budget), Ok(false));
        assert_eq!(all.add(candidate("one", Origin::Plain), &mut budget), Ok(true));
        assert_eq!(all.add(candidate("two", Origin::Plain), &mut budget), Err(Limit::Candidates));
        assert_eq!(all.list().len(), 1);
    }
}
