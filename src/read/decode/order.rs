//! The same letters or words in another order: FlipAttack's modes (arXiv 2410.02832), odd and even words, acrostics.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::budget::Budget;
use crate::read::decode::english::is_all_words;
use crate::read::decode::english::is_common;
use crate::read::decode::english::is_english;
use crate::read::decode::english::prefix;
use crate::read::decode::english::split_words;
use crate::read::lexer::call;
use crate::read::lexer::word::Lexicon;

/// Longer texts are not put into another order on suspicion, but reversed.
const MOST_MOVED: usize = 128;

/// Characters of the whole text reversed.
pub(super) fn reversed_text(text: &str, _: &mut Budget) -> Vec<String> {
    vec![text.chars().rev().collect()]
}

/// Characters of each word reversed, words in place.
pub(super) fn reversed_in_words(text: &str, _: &mut Budget) -> Vec<String> {
    let word = |piece: &str| piece.chars().rev().collect::<String>();
    vec![text.split(' ').map(word).collect::<Vec<_>>().join(" ")]
}

/// Words in reverse order.
pub(super) fn reversed_words(text: &str, _: &mut Budget) -> Vec<String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.reverse();
    if words.len() < 3 { Vec::new() } else { vec![words.join(" ")] }
}

/// Words at odd places followed by those at even places (CodeChameleon, arXiv 2402.16717), put back in turn.
pub(super) fn odd_even_words(text: &str, _: &mut Budget) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().take(MOST_MOVED + 1).collect();
    if words.len() < 4 || words.len() > MOST_MOVED {
        return Vec::new();
    }
    let (odd, even) = words.split_at(words.len().div_ceil(2));
    let merged =
        (0..words.len()).filter_map(|at| if at % 2 == 0 { odd.get(at / 2) } else { even.get(at / 2) });
    vec![merged.copied().collect::<Vec<_>>().join(" ")]
}

/// The first letters of eight lines or more.
pub(super) fn acrostic_text(text: &str, _: &mut Budget) -> Vec<String> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let letters: String = lines().take(400).filter_map(|line| line.chars().next()).collect();
    let all_letters = letters.chars().all(char::is_alphabetic);
    let split = split_words(&letters.to_lowercase());
    if letters.len() < 8 || !all_letters || !is_all_words(&split) { Vec::new() } else { vec![split] }
}

/// Neighbouring words swapped, pair by pair.
pub(super) fn swapped_words(text: &str, _: &mut Budget) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().take(MOST_MOVED + 1).collect();
    if words.len() < 4 || words.len() > MOST_MOVED {
        return Vec::new();
    }
    let swapped: Vec<&str> = words.chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect();
    vec![swapped.join(" ")]
}

/// Every other word: two sentences told in turn (JAIL-CON, arXiv 2510.21189), or filler between the words.
pub(super) fn alternate_words(text: &str, _: &mut Budget) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().take(MOST_MOVED + 1).collect();
    if words.len() < 10 || words.len() > MOST_MOVED {
        return Vec::new();
    }
    (0..2).map(|from| words.iter().skip(from).step_by(2).copied().collect::<Vec<_>>().join(" ")).collect()
}

/// The first letters of eight words or more.
pub(super) fn initials_text(text: &str, _: &mut Budget) -> Vec<String> {
    letters_of(text, |word| word.chars().next())
}

/// The last letters of eight words or more.
pub(super) fn finals_text(text: &str, _: &mut Budget) -> Vec<String> {
    letters_of(text, |word| word.chars().next_back())
}

fn letters_of(text: &str, pick: impl Fn(&str) -> Option<char>) -> Vec<String> {
    // Ordinary prose is full of short words, and of words that everybody knows.
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace().take(401).map(bare).filter(|word| !word.is_empty()) {
        if word.chars().nth(1).is_none() {
            return Vec::new();
        }
        words.push(word);
    }
    if words.len() < 8 || words.len() > 400 {
        return Vec::new();
    }
    let letters: String = words.iter().filter_map(|word| pick(word)).flat_map(char::to_lowercase).collect();
    let split = split_words(&letters);
    if letters.chars().all(char::is_alphabetic) && is_all_words(&split) { vec![split] } else { Vec::new() }
}

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

/// Words that tie sentences together in a few other languages.
const FOREIGN: &[&str] = &[
    "de", "la", "el", "en", "los", "las", "con", "por", "para", "que", "una", "como", "der", "die", "das",
    "und", "ein", "eine", "mit", "von", "zu", "wie", "le", "les", "des", "une", "du", "et", "pour", "dans",
    "comment", "il", "di", "un", "per", "che", "het", "een", "van", "met", "voor", "hoe", "os", "uma", "do",
    "da", "em",
];

/// How a word of another language is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Straight,
    /// A bit for each word.
    Backwards(u64),
}

/// The words of [`FOREIGN`], and the same told letter by letter from the end, as far as they are words of no language here.
static FOREIGN_TIES: LazyLock<Lexicon<Told>> = LazyLock::new(|| {
    let turned = FOREIGN.iter().map(|word| word.chars().rev().collect::<String>());
    let turned: Vec<String> = turned
        .filter(|word| kind_of(word).is_none() && !FOREIGN.contains(&&**word) && !is_common(word))
        .collect();
    let straight = FOREIGN.iter().map(|word| (*word, Told::Straight));
    let turned = turned.iter().enumerate();
    Lexicon::of(straight.chain(turned.map(|(at, word)| (word.as_str(), Told::Backwards(1 << (at % 64))))))
});

/// A text in another language told letter by letter from the end: the words that tie sentences together stand there backwards.
pub(super) fn backwards_text(text: &str, _: &mut Budget) -> Vec<String> {
    let sample = prefix(text, MEASURED);
    if sample.bytes().any(|byte| matches!(byte, b'=' | b'"' | b'{' | b'(' | b'#' | b'@' | b'_' | b'<')) {
        // Code.
        return Vec::new();
    }
    let ties = &*FOREIGN_TIES;
    let (mut words, mut turned, mut straight) = (0_usize, 0_usize, 0_usize);
    // Dutch `van` turned is the `nav` of many a page, over and over: one word told often proves nothing.
    let mut different = 0_u64;
    let mut count = |word: &[u8]| {
        let known = if word.len() <= 7 { ties.get(word) } else { None };
        words += 1;
        straight += usize::from(known == Some(&Told::Straight));
        if let Some(Told::Backwards(bit)) = known {
            turned += 1;
            different |= bit;
        }
    };
    if sample.is_ascii() {
        let letters = sample.as_bytes().split(|byte| !byte.is_ascii_alphabetic());
        letters.filter(|word| !word.is_empty()).for_each(&mut count);
    } else {
        for word in sample.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
            // A letter beyond ASCII may be a small one in ASCII.
            let wide = word.len() <= 7 && !word.is_ascii();
            if wide { count(word.to_lowercase().as_bytes()) } else { count(word.as_bytes()) }
        }
    }
    let several = different.count_ones() as usize >= 2.max(words / 8);
    let told = words >= 4 && several && turned * 4 >= words && turned > straight * 2;
    if told { vec![text.chars().rev().collect()] } else { Vec::new() }
}

/// What a word does in a sentence, as far as its order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
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
fn kind_of(word: &str) -> Option<Kind> {
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
const MEASURED: usize = 8 << 10;
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
        let lower = sample.to_lowercase();
        Order::of_words(lower.split_whitespace().map(|word| bare(word).as_bytes()))
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

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::budget::Limits;

    /// What [`backwards_text`] looks up, word by word and letter by letter.
    fn is_told_backwards(text: &str) -> bool {
        let sample = prefix(text, MEASURED);
        let of_no_language =
            |word: &str| kind_of(word).is_none() && !FOREIGN.contains(&word) && !is_common(word);
        let turned: Vec<String> = FOREIGN
            .iter()
            .map(|word| word.chars().rev().collect())
            .filter(|word: &String| of_no_language(word))
            .collect();
        let words: Vec<&str> =
            sample.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
        let short = || words.iter().filter(|word| word.len() <= 7).map(|word| word.to_lowercase());
        let backwards: Vec<String> = short().filter(|word| turned.contains(word)).collect();
        let mut different = backwards.clone();
        different.sort();
        different.dedup();
        let backwards = backwards.len();
        let straight = short().filter(|word| FOREIGN.contains(&&**word)).count();
        let code = sample.contains(['=', '"', '{', '(']);
        !code
            && words.len() >= 4
            && different.len() >= 2
            && backwards * 4 >= words.len()
            && backwards > straight * 2
    }

    proptest! {
        #[test]
        fn words_told_backwards_are_counted_as_they_would_be_one_by_one(
            words in prop::collection::vec("ed|al|sel|Ruop|nu|nie|eid|rep|de|la|pour|siart,|no\\u{e7}af|\\u{212a}e|x=1", 0..16)
        ) {
            let text = words.join(" ");
            let read = !backwards_text(&text, &mut Budget::new(Limits::default())).is_empty();
            prop_assert_eq!(read, is_told_backwards(&text), "{}", text);
        }
    }
}
