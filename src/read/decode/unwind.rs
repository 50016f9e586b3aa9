//! Peels encodings off a text, breadth first, and keeps the readings that prove themselves.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;

use crate::budget::Budget;
use crate::budget::Limit;
use crate::read::decode::english;
use crate::read::decode::order::Move;
use crate::read::decode::order::Order;
use crate::read::decode::order::Words;
use crate::read::decode::shape;
use crate::read::decode::shape::Shape;
use crate::read::decode::shuffle;
use crate::read::decode::table::CODECS;
use crate::read::decode::table::Codec;
use crate::read::decode::table::Proof;

/// Longer texts are tried only against the telling forms: a whole book is not reversed on suspicion.
const LONG: usize = 64 << 10;
/// Texts peeled further at one depth.
const WIDTH: usize = 12;
/// How much more English a reading must be than the text as written.
const CLEARER: f32 = 0.5;
/// Text that scores so is English already: no cipher is tried on it.
const PLAIN: f32 = 0.8;
/// The part of a long text on which ciphers are tried first.
const TRIAL: usize = 512;
/// Prose up to this long is tried against two ciphers at once.
const SHORT_PROSE: usize = 512;
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
    let mut search =
        Search { root: text, kept: Vec::new(), next: Vec::new(), seen: HashSet::new(), booked: 0 };
    let mut level =
        vec![Layer { text: Cow::Borrowed(text), steps: Vec::new(), trust: Trust::Proven, floor: f32::MIN }];
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
                return search.finish(budget);
            }
        }
        level = std::mem::take(&mut search.next);
        level.sort_by_cached_key(|layer| {
            (layer.trust, layer.trust == Trust::Guess && !is_telling(&layer.text))
        });
        level.truncate(WIDTH);
    }
    search.finish(budget)
}

/// Says so when the depth limit, and nothing else, stopped a further telling form.
fn note_deeper(level: &[Layer<'_>], budget: &mut Budget) {
    let telling = |codec: &&Codec| codec.proof == Proof::Form;
    // What came of a guess on the way says nothing of what was hidden.
    let sure = |from: &&Layer<'_>| !from.steps.iter().any(|step| turns(step));
    let mut readings = level
        .iter()
        .filter(sure)
        .flat_map(|from| CODECS.iter().filter(telling).map(move |codec| (from, codec)));
    if readings.any(|(from, codec)| (codec.decode)(&from.text, budget).iter().any(|out| is_readable(out))) {
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
struct Layer<'a> {
    text: Cow<'a, str>,
    steps: Vec<&'static str>,
    trust: Trust,
    /// The score a further reading must beat: a guess stands no lower than the text it was made from.
    floor: f32,
}

struct Search<'a> {
    root: &'a str,
    kept: Vec<(Decoded, f32)>,
    next: Vec<Layer<'a>>,
    seen: HashSet<String>,
    /// Bytes booked for readings.
    booked: usize,
}

impl Search<'_> {
    /// Tries every codec on one text.
    fn peel(&mut self, from: &Layer<'_>, budget: &mut Budget) -> Result<(), Limit> {
        let before = Before::of(from);
        for codec in CODECS.iter().filter(|codec| before.may_be(codec)) {
            budget.spend_steps(1 + from.text.len() as u64 / 256)?;
            if !before.passes_trial(codec, &from.text, budget) {
                continue;
            }
            for text in (codec.decode)(&from.text, budget) {
                self.weigh(text, from, codec, &before, budget)?;
            }
        }
        Ok(())
    }

    fn weigh(
        &mut self,
        text: String,
        from: &Layer<'_>,
        codec: &Codec,
        before: &Before<'_>,
        budget: &mut Budget,
    ) -> Result<(), Limit> {
        let Some(trust) = before.trust(codec, &text) else {
            return Ok(());
        };
        if text == self.root || text.trim().is_empty() || self.seen.contains(&text) {
            return Ok(());
        }
        let bytes = text.len().saturating_mul(3);
        self.booked = self.booked.saturating_add(bytes);
        budget.spend_bytes(bytes)?;
        self.seen.insert(text.clone());
        let steps: Vec<&'static str> = from.steps.iter().copied().chain([codec.name]).collect();
        if trust == Trust::Proven {
            self.kept.push((Decoded { text: text.clone(), steps: steps.clone() }, rank(&text)));
        }
        let floor = if trust == Trust::Guess { before.score() } else { f32::MIN };
        self.next.push(Layer { text: Cow::Owned(text), steps, trust, floor });
        Ok(())
    }

    /// The readings that are believed; what the others took is given back.
    fn finish(mut self, budget: &mut Budget) -> Vec<Decoded> {
        let kept: usize = self.kept.iter().map(|(decoded, _)| decoded.text.len()).sum();
        budget.release_bytes(self.booked.saturating_sub(kept) as u64);
        self.kept.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.kept.into_iter().map(|(decoded, _)| decoded).collect()
    }
}

/// How good a reading is: English first, then the order of its words.
fn rank(text: &str) -> f32 {
    let order = if text.len() > LONG { 0 } else { Order::of(text).marks().clamp(-8, 8) };
    english::score(text) + order as f32 / 8.0
}

/// What is known of a text before it is decoded; what takes a look at every word, only once it is asked for.
struct Before<'t> {
    text: &'t str,
    shape: Shape,
    long: bool,
    /// The text is itself a guess.
    guess: bool,
    floor: f32,
    judged: OnceCell<(f32, bool)>,
    order: OnceCell<Order>,
    wordy: OnceCell<bool>,
    words: OnceCell<Option<Words>>,
}

impl<'t> Before<'t> {
    fn of(layer: &'t Layer<'_>) -> Self {
        let text: &str = &layer.text;
        Before {
            text,
            shape: Shape::of(text),
            long: text.len() > LONG,
            guess: layer.trust == Trust::Guess,
            floor: layer.floor,
            judged: OnceCell::new(),
            order: OnceCell::new(),
            wordy: OnceCell::new(),
            words: OnceCell::new(),
        }
    }

    fn judged(&self) -> (f32, bool) {
        *self.judged.get_or_init(|| english::judge(self.text))
    }

    fn score(&self) -> f32 {
        self.judged().0.max(self.floor)
    }

    fn is_english(&self) -> bool {
        self.judged().1
    }

    fn order(&self) -> Order {
        *self.order.get_or_init(|| {
            if self.is_english() && !self.long { Order::of(self.text) } else { Order::default() }
        })
    }

    /// Hardly anything but words.
    fn is_wordy(&self) -> bool {
        *self.wordy.get_or_init(|| english::is_wordy(self.text))
    }

    fn is_lettery(&self) -> bool {
        self.text.len() <= SHORT_PROSE && self.is_wordy()
    }

    /// Letters may be moved or swapped on suspicion.
    fn is_guessable(&self) -> bool {
        let token = || {
            self.text.len() >= 16
                && self.text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=%".contains(&b))
                || is_packed(self.text)
        };
        !self.guess && !self.is_english() && (token() || self.is_lettery())
    }

    /// Whether it is worth asking the codec at all.
    fn may_be(&self, codec: &Codec) -> bool {
        if !(codec.fits)(&self.shape) || self.guess && codec.proof != Proof::Form && !self.is_lettery() {
            return false;
        }
        let unclear = || !self.long && (!self.is_english() || self.score() <= PLAIN);
        match codec.proof {
            Proof::Form => true,
            // Words picked for a letter make no sentence, nor do names of letters and encoded words.
            Proof::English if matches!(codec.name, "initials" | "finals" | "nato" | "tokens") => {
                !self.long && !self.order().is_good()
            }
            // Asks the same of the text, and knows no longer ones.
            Proof::English if codec.name == "shuffled" => {
                self.text.len() <= shuffle::LONGEST && self.is_wordy()
            }
            Proof::English | Proof::Words => !self.long,
            // Letter for letter, words stay words: what is not made of them reads no better so.
            Proof::Clearer if turns(codec.name) => (self.is_wordy() || self.is_guessable()) && unclear(),
            Proof::Clearer => unclear(),
            Proof::Order(least) => {
                !self.long && self.is_wordy() && self.is_english() && self.gains(codec.name, least)
            }
        }
    }

    /// Whether the words of the text, or of the first part of a longer one, stand clearly better in another order.
    fn gains(&self, name: &str, least: i64) -> bool {
        let words = self.words.get_or_init(|| Order::words(english::prefix(self.text, TRIAL)));
        match (Move::named(name), words) {
            (Some(way), Some(words)) => way.beats(words, self.order(), least),
            _ => true,
        }
    }

    /// Any long text could be turned or reversed: its first part tells whether that is worth doing to all of it.
    fn passes_trial(&self, codec: &Codec, text: &str, budget: &mut Budget) -> bool {
        let any_text = matches!(codec.proof, Proof::Clearer | Proof::Order(_));
        if !any_text || text.len() <= TRIAL {
            return true;
        }
        (codec.decode)(english::prefix(text, TRIAL), budget)
            .iter()
            .any(|out| self.trust(codec, out).is_some())
    }

    /// How far the reading is to be believed; None when not at all.
    fn trust(&self, codec: &Codec, text: &str) -> Option<Trust> {
        if self.proves(codec.proof, text) {
            return Some(Trust::Proven);
        }
        // Turning letters and reversing commute: in prose, following the reversals is enough.
        let guess = turns(codec.name)
            && self.is_guessable()
            && (!self.is_lettery() || codec.name.starts_with("reversed"));
        match codec.proof {
            Proof::Form => is_printable(text).then_some(Trust::Opaque),
            Proof::Clearer => guess.then_some(Trust::Guess),
            Proof::English if codec.name == "codes" && may_be_encoded(text) => Some(Trust::Opaque),
            Proof::English | Proof::Words | Proof::Order(_) => None,
        }
    }

    fn proves(&self, proof: Proof, text: &str) -> bool {
        match proof {
            Proof::Form => is_readable(text),
            Proof::English => english::is_english(text) && english::known_words(text) >= 1,
            Proof::Words => {
                english::is_wordy(text) && english::is_english(text) || english::is_another_language(text)
            }
            Proof::Clearer => {
                english::is_wordy(text)
                    && english::is_english(text)
                    && english::known_words(text) >= 2
                    && english::score(text) >= self.score() + CLEARER
            }
            Proof::Order(least) => Order::of(text).beats(self.order(), least),
        }
    }
}

/// Whether a text is all in the alphabet of an encoding that few other texts are in.
fn is_telling(text: &str) -> bool {
    let shape = Shape::of(text);
    shape.all(shape::HEX) || shape.all(shape::BASE32) && !shape.any(shape::LOWER) || shape.all(shape::CODES)
}

/// The codecs that put letters in the place of letters.
fn turns(name: &str) -> bool {
    matches!(name, "rot" | "atbash" | "reversed" | "reversed_in_words")
}

/// Whether what character codes spell may be encoded once more: one long token, an encoding's alphabet, or words.
fn may_be_encoded(text: &str) -> bool {
    is_printable(text)
        && (text.len() >= 16 && !text.contains(char::is_whitespace)
            || is_telling(text)
            || english::is_wordy(text))
}

/// One long token of letters in both cases, digits and signs, as encodings of large bases have it: no path and no name.
fn is_packed(text: &str) -> bool {
    let text = text.trim().trim_end_matches('=');
    if !(24..=LONG / 16).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    let count = |is: fn(&u8) -> bool| text.bytes().filter(is).count();
    let (upper, digits, signs) =
        (count(u8::is_ascii_uppercase), count(u8::is_ascii_digit), count(u8::is_ascii_punctuation));
    upper * 8 >= text.len()
        && digits * 20 >= text.len()
        && (signs == 0 || signs * 12 >= text.len())
        && !text.contains("://")
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
