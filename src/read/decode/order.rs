//! How well the words of a text stand in English order, and whether they stand better in another.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::read::decode::english::is_english;
use crate::read::decode::english::prefix;
use crate::read::decode::moved::MOST_MOVED;
use crate::read::lexer::call;
use crate::read::lexer::word::Lexicon;
use crate::read::lexer::word::between_blanks;

/// How well the words of a text follow each other, by the kinds of words: above 0 they do, below 0 they stand the wrong way
/// round, 0 says nothing.
pub fn word_order(text: &str) -> i64 {
    Order::of(text).marks()
}

/// Whether a text reads as an English sentence, its words in a likely order.
pub fn is_well_ordered(text: &str) -> bool {
    let order = Order::of(text);
    order.words >= 3 && order.sum >= 8 + 2 * order.words && is_english(text)
}

/// Whether words that nothing marks as a text read as a sentence all the same: four or more, one of them tying others together.
pub fn is_sentence(text: &str) -> bool {
    let order = Order::of(text);
    let ties = |word: &str| kind_of(bare(word)).is_some_and(Kind::ties);
    // Only the beginning was measured.
    let later = || {
        (order.words >= MOST_MEASURED || text.len() > MEASURED)
            && text.to_lowercase().split_whitespace().any(ties)
    };
    order.words >= 4 && order.sum >= 10 + 2 * order.words && (order.tied || later()) && is_english(text)
}

/// Whether a word of a text in ASCII ties others together.
pub fn holds_tie(text: &str) -> bool {
    text.as_bytes().split(is_blank).any(|word| known(bare_ascii(word)).kind.ties())
}

/// Whether a text begins as requests do: with a verb or a question.
pub fn opens_request(text: &str) -> bool {
    let first = text.split_whitespace().next().map(|word| bare(word).to_lowercase());
    first.is_some_and(|word| kind_of(&word).is_some_and(|kind| matches!(kind, Kind::Opener | Kind::Asking)))
}

/// The part of a row of words from the first that opens a request, when one does soon.
pub fn from_opener<'t, 'p>(words: &'p [&'t str]) -> Option<&'p [&'t str]> {
    let opens = |word: &&str| kind_of(&word.to_lowercase()) == Some(Kind::Opener);
    let at = words.iter().take(5).position(opens)?;
    (at > 0).then(|| words.get(at..)).flatten()
}

/// Whether a row of words could be a sentence told backwards: it holds a word that ties others together, or is in a script or
/// language of which not enough is known to say no.
pub fn may_be_turned(text: &str) -> bool {
    let sample = prefix(text, MEASURED);
    if !sample.is_ascii() {
        return true;
    }
    let lower = sample.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| kind_of(word).is_some_and(|kind| kind != Kind::Opener) || FOREIGN.contains(&word))
}

/// Whether two different words stand in a text that tie sentences together in a language other than English.
pub fn is_foreign(text: &str) -> bool {
    let lower = prefix(text, MEASURED).to_lowercase();
    let mut ties = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| FOREIGN.contains(word));
    let Some(first) = ties.next() else { return false };
    ties.any(|word| word != first)
}

/// Words that tie sentences together in a few other languages.
pub(super) const FOREIGN: &[&str] = &[
    "de", "la", "el", "en", "los", "las", "con", "por", "para", "que", "una", "como", "der", "die", "das",
    "und", "ein", "eine", "mit", "von", "zu", "wie", "le", "les", "des", "une", "du", "et", "pour", "dans",
    "comment", "il", "di", "un", "per", "che", "het", "een", "van", "met", "voor", "hoe", "os", "uma", "do",
    "da", "em",
];

/// What a word does in a sentence, as far as its order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The beginning, and the end.
    Edge,
    /// `the`, `my`, `every`.
    Article,
    /// `of`, `in`, `with`.
    Relation,
    /// `to`.
    To,
    /// `and`, `or`, `but`.
    Link,
    /// `how`, `what`.
    Asking,
    /// `is`, `can`, `should`.
    Helper,
    /// `I`, `you`, `them`.
    Person,
    /// `write`, `describe`: opens a request.
    Opener,
    /// Anything else.
    Other,
}

const KINDS: &[(Kind, &str)] = &[
    (Kind::Article, "the a an my your his her its our their every each some any no"),
    (
        Kind::Relation,
        "of in on at by for with from into onto about through over under between during without within after before against \
among like as using near per than towards across",
    ),
    (Kind::To, "to"),
    (Kind::Link, "and or but nor"),
    (Kind::Asking, call::ASKING),
    (
        Kind::Helper,
        "is are was were be been can could do does did will would should shall has have had may might must cannot can't don't",
    ),
    (
        Kind::Person,
        "i you he she it we they me him us them this that these those someone somebody anyone people",
    ),
    (Kind::Opener, call::OPENING),
];

impl Kind {
    /// Whether the word ties others together.
    fn ties(self) -> bool {
        matches!(self, Kind::Article | Kind::Relation | Kind::To | Kind::Asking | Kind::Link)
    }
}

/// What is known of a word: its kind, and its number among those of [`NEIGHBOURS`], from one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    kind: Kind,
    number: u8,
}

/// The words of a text, each by what is known of it.
pub(super) type Words = Vec<Option<Known>>;

const UNKNOWN: Known = Known { kind: Kind::Other, number: 0 };

static KNOWN: LazyLock<Lexicon<Known>> = LazyLock::new(|| {
    let mut known: HashMap<&str, Known> = HashMap::new();
    for (kind, words) in KINDS {
        known.extend(words.split_whitespace().map(|word| (word, Known { kind: *kind, number: 0 })));
    }
    for (number, word) in (1..).zip(NEIGHBOURS.iter().flat_map(|(first, second)| [first, second])) {
        let known = known.entry(*word).or_insert(UNKNOWN);
        known.number = if known.number == 0 { number } else { known.number };
    }
    Lexicon::of(known.into_iter())
});

/// The kind of a word in small letters, when it has one.
pub(super) fn kind_of(word: &str) -> Option<Kind> {
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let known = KNOWN.get(word.as_bytes())?;
    (known.kind != Kind::Other).then_some(known.kind)
}

/// Neighbours in their usual order, beyond what their kinds say.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("how", "to"),
    ("such", "as"),
    ("instructions", "for"),
    ("instructions", "on"),
    ("guide", "on"),
    ("guide", "for"),
    ("list", "of"),
    ("step", "by"),
    ("by", "step"),
    ("give", "me"),
    ("tell", "me"),
    ("of", "how"),
    ("on", "how"),
    ("steps", "to"),
    ("out", "of"),
    ("without", "being"),
];

/// [`NEIGHBOURS`] by the numbers of their words.
static PAIRS: LazyLock<Vec<(u8, u8)>> = LazyLock::new(|| {
    let number = |word: &str| KNOWN.get(word.as_bytes()).map_or(0, |known| known.number);
    NEIGHBOURS.iter().map(|(first, second)| (number(first), number(second))).collect()
});

/// Bytes of a text whose order is measured, and words.
pub(super) const MEASURED: usize = 8 << 10;
const MOST_MEASURED: i64 = 256;

/// How well one word may follow another, in tenths. Rows are the first word's kind, columns the second's, both in the order
/// of [`Kind`]: edge, article, relation, to, link, asking, helper, person, opener, other.
#[rustfmt::skip]
const FOLLOWS: [[i64; 10]; 10] = [
    [  0,   5,  -5, -15, -20,  15,   3,   8,  20,   0], // edge
    [-30, -25, -30, -30, -30, -30, -30, -25,   5,   8], // article
    [-25,  10, -15, -20, -20,   5, -20,   5,   2,   5], // relation
    [-25,   8, -20, -30, -20, -15,   3,   5,  10,   5], // to
    [-30,   5,  -5,   0, -30,   3,   0,   3,   5,   4], // link
    [-20,   5, -10,  15, -10, -20,  10,   8,   0,   2], // asking
    [-10,   6,   0,   0, -10,  -3,   0,   6,   2,   3], // helper
    [  2,   2,   2,   3,   0,  -2,   8, -10,   2,   4], // person
    [ -5,   9,   1,   0,  -5,   8, -10,   7,  -5,   4], // opener
    [  6,   1,   6,   5,   4,   1,   3,   1,  -4,   0], // other
];

/// How well the words of a text stand in English order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Order {
    /// The sum over all neighbours, in tenths.
    sum: i64,
    /// Words looked at.
    words: i64,
    /// Whether one of them ties others together.
    tied: bool,
}

impl Order {
    /// Looks at the first 256 words of `text`.
    pub(super) fn of(text: &str) -> Self {
        let sample = prefix(text, MEASURED);
        if sample.is_ascii() {
            return Order::of_words(sample.as_bytes().split(is_blank).map(bare_ascii));
        }
        let mut words = between_blanks(sample);
        let mut lower = String::new();
        Order::of_known(std::iter::from_fn(|| {
            loop {
                let word = words.next()?;
                if word.is_ascii() {
                    match bare_ascii(word.as_bytes()) {
                        [] => continue,
                        word => return Some(known(word)),
                    }
                }
                // What a letter is in small ones depends on those beside it in its word, and on no others.
                lower.clear();
                lower.push_str(&word.to_lowercase());
                match bare(&lower) {
                    "" => {}
                    word => return Some(known(word.as_bytes())),
                }
            }
        }))
    }

    /// The order of words in a row.
    pub(super) fn of_row(words: &[&str]) -> Self {
        let lower: Vec<String> = words.iter().map(|word| bare(word).to_lowercase()).collect();
        Order::of_words(lower.iter().map(String::as_bytes))
    }

    fn of_words<'t>(words: impl Iterator<Item = &'t [u8]>) -> Self {
        Order::of_known(words.filter(|word| !word.is_empty()).map(known))
    }

    /// What is known of each word of a text in ASCII; None for what is no word.
    pub(super) fn words(text: &str) -> Option<Words> {
        let bare = text.split_ascii_whitespace().map(|word| bare_ascii(word.as_bytes()));
        text.is_ascii().then(|| bare.map(|word| (!word.is_empty()).then(|| known(word))).collect())
    }

    fn of_known(words: impl Iterator<Item = Known>) -> Self {
        let mut order = Order::default();
        let mut before = Known { kind: Kind::Edge, number: 0 };
        for known in words {
            if order.words == MOST_MEASURED {
                break;
            }
            order.sum += FOLLOWS[before.kind as usize][known.kind as usize];
            if before.number > 0 && known.number > 0 {
                let stands = |pair| 10 * i64::from(PAIRS.contains(&pair));
                order.sum += stands((before.number, known.number)) - stands((known.number, before.number));
            }
            order.tied |= known.kind.ties();
            order.words += 1;
            before = known;
        }
        order.sum += FOLLOWS[before.kind as usize][Kind::Edge as usize];
        order
    }

    /// The order in one figure: about two for each pair of neighbours that plainly belong together.
    pub(super) fn marks(self) -> i64 {
        self.sum / 5
    }

    /// The same for a word, in hundredths.
    pub(super) fn a_word(self) -> i64 {
        10 * self.sum / self.words.max(1)
    }

    /// Whether the words stand as in a sentence; false where none were looked at.
    pub(super) fn is_good(self) -> bool {
        self.words > 0 && self.sum >= 2 * self.words
    }

    /// Whether one of the words ties others together.
    pub(super) fn is_tied(self) -> bool {
        self.tied
    }

    /// Whether the words stand better than `before` nearly everywhere.
    pub(super) fn gains(self, before: Order) -> bool {
        self.sum >= before.sum + 2 * self.words
    }

    /// Whether a text in this order is clearly better ordered than one that stood in order `before`, by `least` tenths or
    /// more, and well ordered by itself.
    pub(super) fn beats(self, before: Order, least: i64) -> bool {
        // A few words that stand well already are no riddle.
        let few = self.words < 6 && self.words == before.words && before.is_good();
        self.words >= 4 && !few && self.sum >= 10 + 2 * self.words && self.sum >= before.sum + least
    }
}

/// A way to put the words of a text into another order, by the codec that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Reversed,
    OddEven,
    Swapped,
    Alternate,
}

impl Move {
    /// The way of a codec.
    pub(super) fn named(codec: &str) -> Option<Self> {
        match codec {
            "reversed_words" => Some(Move::Reversed),
            "odd_even_words" => Some(Move::OddEven),
            "swapped_words" => Some(Move::Swapped),
            "alternate_words" => Some(Move::Alternate),
            _ => None,
        }
    }

    /// Whether words put into another order in this way are clearly better ordered than they stand: what
    /// [`Order::beats`] says of the text that the codec would make of them.
    pub(super) fn beats(self, words: &[Option<Known>], before: Order, least: i64) -> bool {
        let count = words.len();
        let few = match self {
            Move::Reversed => 3,
            Move::OddEven | Move::Swapped => 4,
            Move::Alternate => 10,
        };
        if count < few || self != Move::Reversed && count > MOST_MOVED {
            return false;
        }
        let beats = |places: &mut dyn Iterator<Item = usize>| {
            let moved = Order::of_known(places.filter_map(|at| words.get(at).copied().flatten()));
            moved.beats(before, least)
        };
        match self {
            Move::Reversed => beats(&mut (0..count).rev()),
            Move::OddEven => {
                let half = count.div_ceil(2);
                beats(&mut (0..count).map(|at| if at % 2 == 0 { at / 2 } else { half + at / 2 }))
            }
            Move::Swapped => beats(&mut (0..count).map(|at| if at ^ 1 < count { at ^ 1 } else { at })),
            Move::Alternate => (0..2).any(|from| beats(&mut (from..count).step_by(2))),
        }
    }
}

/// What is known of a word, in whatever letters.
fn known(word: &[u8]) -> Known {
    KNOWN.get(word).copied().unwrap_or(UNKNOWN)
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

fn bare_ascii(word: &[u8]) -> &[u8] {
    let alphanumeric = |byte: &u8| byte.is_ascii_alphanumeric();
    let from = word.iter().position(alphanumeric).unwrap_or(word.len());
    let end = word.iter().rposition(alphanumeric).map_or(from, |last| last + 1);
    word.get(from..end).unwrap_or_default()
}

pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Small letters word by word are those of the whole.
        #[test]
        fn words_beyond_ascii_are_measured_as_they_would_be_in_small_letters(
            text in "((how|TO|Bake|the|OF|don't|ΟΔΟΣ|Σ|ÉTÉ|İ|ﬁne|K|é)[.,'…—]{0,1}[ \n\u{a0}\u{3000}]{0,1}){0,9}"
        ) {
            let (lower, order) = (text.to_lowercase(), Order::of(&text));
            let slow = Order::of_words(lower.split_whitespace().map(|word| bare(word).as_bytes()));
            proptest::prop_assert_eq!((order.sum, order.words, order.tied), (slow.sum, slow.words, slow.tied));
        }
    }
}
