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
    let mut level = vec![Decoded { text: text.to_owned(), steps: Vec::new() }];
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
        level.truncate(WIDTH);
    }
    search.finish()
}

/// Says so when the depth limit, and nothing else, stopped a further telling form.
fn note_deeper(level: &[Decoded], budget: &mut Budget) {
    let telling = |codec: &&Codec| codec.proof == Proof::Form;
    let mut readings =
        level.iter().flat_map(|from| CODECS.iter().filter(telling).map(move |codec| (from, codec)));
    if readings.any(|(from, codec)| (codec.decode)(&from.text, budget).iter().any(|out| is_readable(out))) {
        budget.note(Limit::DecodeDepth);
    }
}

struct Search {
    kept: Vec<(Decoded, f32)>,
    next: Vec<Decoded>,
    seen: HashSet<String>,
}

impl Search {
    /// Tries every codec on one text.
    fn peel(&mut self, from: &Decoded, budget: &mut Budget) -> Result<(), Limit> {
        let before = Before::of(&from.text);
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
        let proven = before.proves(codec.proof, &text);
        let opaque = !proven && before.leads_on(codec.proof, &text);
        if !(proven || opaque) || text.trim().is_empty() || self.seen.contains(&text) {
            return Ok(());
        }
        budget.spend_bytes(text.len().saturating_mul(3))?;
        self.seen.insert(text.clone());
        let steps: Vec<&'static str> = from.steps.iter().copied().chain([codec.name]).collect();
        let decoded = Decoded { text, steps };
        if proven {
            self.kept.push((decoded.clone(), english::score(&decoded.text)));
        }
        self.next.push(decoded);
        Ok(())
    }

    fn finish(mut self) -> Vec<Decoded> {
        self.kept.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.kept.into_iter().map(|(decoded, _)| decoded).collect()
    }
}

/// What is known of a text before it is decoded.
struct Before {
    score: f32,
    order: i64,
    english: bool,
    long: bool,
    token: bool,
}

impl Before {
    fn of(text: &str) -> Self {
        let english = english::is_english(text);
        let token = text.len() >= 16 && !text.trim().contains(char::is_whitespace);
        let long = text.len() > LONG;
        let order = if english && !long { order_score(text) } else { 0 };
        Before { score: english::score(text), order, english, long, token }
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

    fn proves(&self, proof: Proof, text: &str) -> bool {
        match proof {
            Proof::Form => is_readable(text),
            Proof::English => english::is_english(text),
            Proof::Clearer => english::is_english(text) && english::score(text) >= self.score + CLEARER,
            Proof::Order => order_score(text) >= self.order + BETTER_ORDER,
        }
    }

    /// Whether an unproven reading may itself be encoded: text out of a telling form, or a turned single token.
    fn leads_on(&self, proof: Proof, text: &str) -> bool {
        match proof {
            Proof::Form => is_printable(text),
            Proof::Clearer => self.token && !self.english,
            Proof::English | Proof::Order => false,
        }
    }
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
