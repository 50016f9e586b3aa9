//! Peels encodings off a text, breadth first, and keeps the readings that prove themselves.

use std::collections::HashSet;

use crate::budget::Budget;
use crate::budget::Limit;
use crate::read::decode::english;
use crate::read::decode::order::order_score;
use crate::read::decode::table::CODECS;
use crate::read::decode::table::Codec;
use crate::read::decode::table::Proof;

/// Longer texts are tried only against the telling forms: a whole book is not reversed on suspicion.
const LONG: usize = 64 << 10;
/// Texts peeled further at one depth.
const WIDTH: usize = 12;
/// How much more English a reading must be than the text as written.
const CLEARER: f32 = 0.5;
/// Prose up to this long is tried against two ciphers at once.
const SHORT_PROSE: usize = 512;
/// How many marks better the order of words must be.
const BETTER_ORDER: i64 = 2;
/// An encoded text may be this short only if its reading is English.
const SHORT: usize = 12;

/// One text read another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The reading.
    pub text: String,
    /// The names of the codecs peeled off, outermost first.
    pub steps: Vec<&'static str>,
}

/// Every believable reading of `text`, nested up to `limits.decode_depth`, best first, without doubles and without `text`
/// itself. Texts over 64 KiB are tried against the telling forms only. Stops where the budget does.
pub fn unwind(text: &str, budget: &mut Budget) -> Vec<Decoded> {
    let mut search = Search { kept: Vec::new(), next: Vec::new(), seen: HashSet::from([text.to_owned()]) };
    if budget.spend_bytes(text.len()).is_err() {
        return Vec::new();
    }
    let mut level =
        vec![Layer { decoded: Decoded { text: text.to_owned(), steps: Vec::new() }, trust: Trust::Proven }];
    for depth in 0..=budget.limits().decode_depth {
        if level.is_empty() {
            break;
        }
        if depth == budget.limits().decode_depth {
            note_deeper(&level, budget);
            break;
        }
        for from in &level {
            if search.peel(from, budget).is_err() {
                return search.finish();
            }
        }
        level = std::mem::take(&mut search.next);
        level.sort_by_key(|layer| layer.trust);
        level.truncate(WIDTH);
    }
    search.finish()
}

/// Says so when the depth limit, and nothing else, stopped a further telling form.
fn note_deeper(level: &[Layer], budget: &mut Budget) {
    let telling = |codec: &&Codec| codec.proof == Proof::Form;
    let mut readings =
        level.iter().flat_map(|from| CODECS.iter().filter(telling).map(move |codec| (from, codec)));
    if readings
        .any(|(from, codec)| (codec.decode)(&from.decoded.text, budget).iter().any(|out| is_readable(out)))
    {
        budget.note(Limit::DecodeDepth);
    }
}

/// How far a text is believed to be on the right way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    /// It reads well.
    Proven,
    /// It came out of a telling form but does not read yet.
    Opaque,
    /// Letters were moved or swapped on suspicion; one such guess in a row is enough.
    Guess,
}

/// A text to peel further.
struct Layer {
    decoded: Decoded,
    trust: Trust,
}

struct Search {
    kept: Vec<(Decoded, f32)>,
    next: Vec<Layer>,
    seen: HashSet<String>,
}

impl Search {
    /// Tries every codec on one text.
    fn peel(&mut self, layer: &Layer, budget: &mut Budget) -> Result<(), Limit> {
        let from = &layer.decoded;
        let before = Before::of(&from.text, layer.trust);
        for codec in CODECS.iter().filter(|codec| before.may_be(codec)) {
            budget.spend_steps(1 + from.text.len() as u64 / 256)?;
            for text in (codec.decode)(&from.text, budget) {
                self.weigh(text, from, codec, &before, budget)?;
            }
        }
        Ok(())
    }

    fn weigh(
        &mut self,
        text: String,
        from: &Decoded,
        codec: &Codec,
        before: &Before,
        budget: &mut Budget,
    ) -> Result<(), Limit> {
        let Some(trust) = before.trust(codec, &text) else {
            return Ok(());
        };
        if text.trim().is_empty() || self.seen.contains(&text) {
            return Ok(());
        }
        budget.spend_bytes(text.len().saturating_mul(3))?;
        self.seen.insert(text.clone());
        let steps: Vec<&'static str> = from.steps.iter().copied().chain([codec.name]).collect();
        let decoded = Decoded { text, steps };
        if trust == Trust::Proven {
            self.kept.push((decoded.clone(), rank(&decoded.text)));
        }
        self.next.push(Layer { decoded, trust });
        Ok(())
    }

    fn finish(mut self) -> Vec<Decoded> {
        self.kept.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.kept.into_iter().map(|(decoded, _)| decoded).collect()
    }
}

/// How good a reading is: English first, then the order of its words.
fn rank(text: &str) -> f32 {
    let order = if text.len() > LONG { 0 } else { order_score(text).clamp(-8, 8) };
    english::score(text) + order as f32 / 8.0
}

/// What is known of a text before it is decoded.
struct Before {
    score: f32,
    order: i64,
    english: bool,
    long: bool,
    guessable: bool,
    lettery: bool,
    words: usize,
}

impl Before {
    fn of(text: &str, trust: Trust) -> Self {
        let english = english::is_english(text);
        let long = text.len() > LONG;
        let token = text.len() >= 16 && !text.trim().contains(char::is_whitespace);
        let lettery = text.len() <= SHORT_PROSE && is_lettery(text);
        let order = if english && !long { order_score(text) } else { 0 };
        Before {
            score: english::score(text),
            order,
            english,
            long,
            guessable: trust != Trust::Guess && !english && (token || lettery),
            lettery,
            words: text.split_ascii_whitespace().take(1024).count(),
        }
    }

    /// Whether it is worth asking the codec at all.
    fn may_be(&self, codec: &Codec) -> bool {
        match codec.proof {
            Proof::Form => true,
            Proof::English => !self.long,
            Proof::Clearer => !self.long && !(self.english && self.score > 1.2),
            Proof::Order => !self.long && self.english,
        }
    }

    /// How far the reading is to be believed; None when not at all.
    fn trust(&self, codec: &Codec, text: &str) -> Option<Trust> {
        if self.proves(codec.proof, text) {
            return Some(Trust::Proven);
        }
        // Turning letters and reversing commute: in prose, following the reversals is enough.
        let guess = self.guessable && (!self.lettery || codec.name.starts_with("reversed"));
        match codec.proof {
            Proof::Form => is_printable(text).then_some(Trust::Opaque),
            Proof::Clearer => guess.then_some(Trust::Guess),
            Proof::English | Proof::Order => None,
        }
    }

    fn proves(&self, proof: Proof, text: &str) -> bool {
        match proof {
            Proof::Form => is_readable(text),
            Proof::English => english::is_english(text),
            Proof::Clearer => english::is_english(text) && english::score(text) >= self.score + CLEARER,
            Proof::Order => order_score(text) >= self.order + BETTER_ORDER.max(self.words as i64 / 8),
        }
    }
}

/// Three words or more of hardly anything but letters.
fn is_lettery(text: &str) -> bool {
    let letters = text.bytes().filter(|b| b.is_ascii_alphabetic() || *b == b' ').count();
    letters * 20 >= text.len() * 17 && text.split_ascii_whitespace().nth(2).is_some()
}

/// Printable, mostly letters, and long enough that chance is out of the question, or else English.
fn is_readable(text: &str) -> bool {
    if !is_printable(text) {
        return false;
    }
    let (letters, all) = text.chars().take(2048).fold((0_usize, 0_usize), |(letters, all), c| {
        (letters + usize::from(c.is_alphabetic() || c == ' '), all + 1)
    });
    letters * 2 >= all && (text.len() >= SHORT && letters >= 8 || english::is_english(text))
}

/// No control characters but line breaks and tabs, and nothing unassigned by custom (private use, replacement).
fn is_printable(text: &str) -> bool {
    let odd = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
            || matches!(c, '\u{fffd}' | '\u{e000}'..='\u{f8ff}')
    };
    text.len() >= 4 && !text.chars().any(odd)
}
