//! What words ask for: a stub has no body, but its comment says what it would do with the pieces it is given.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;

use crate::read::decode::base;
use crate::read::decode::cipher;
use crate::read::decode::english::split_words;

/// Texts are searched for asks up to here.
const LOOKED_AT: usize = 32 << 10;
/// The most asks one text makes; a text that names everything asks for nothing in particular.
const MOST: usize = 8;

/// One thing asked to be done with a row of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Last first.
    Reverse,
    /// The first, third, fifth …, or the second, fourth …
    EveryOther,
    /// The first, fourth, seventh … of three and so on.
    EveryNth(u8),
    /// Only letters and blanks stay.
    Letters,
    /// The first letters.
    Initials,
    /// The last letters.
    Finals,
    /// The first words of lines or phrases.
    FirstWords,
    /// The last words of lines or phrases.
    LastWords,
    /// The letters at one place, counted from 0.
    Letter(u8),
    /// Leave out the first few.
    Skip(u8),
    /// Swap neighbours.
    SwapPairs,
    /// Words at odd places stand first, then those at even ones; or the other way about.
    OddEven,
    /// Each word carries its place as a number.
    ByNumber,
    /// Turn the alphabet.
    Rot(u8),
    /// Decode each word.
    Base64,
    /// Decode each word from hex.
    Hex,
    /// Reverse the letters of each word.
    ReverseLetters,
    /// Mirror the alphabet.
    Atbash,
}

/// Words that ask, as groups of alternatives that must all occur in one sentence, and what they ask for.
const ASKING: &[(&[&[&str]], Ask)] = &[
    (
        &[&[
            "revers",
            "backward",
            "last to first",
            "from the end",
            "end to start",
            "end to the start",
            "turned round",
            "turn the",
            "pop",
            "lifo",
            "upside",
            "from last",
        ]],
        Ask::Reverse,
    ),
    (&[&["every", "each", "all"], &["other", "second", "alternate", "2nd", "odd", "even"]], Ask::EveryOther),
    (
        &[&["alternat", "odd-numbered", "even-numbered", "odd index", "even index", "skip one"]],
        Ask::EveryOther,
    ),
    (&[&["every", "each"], &["third", "3rd"]], Ask::EveryNth(3)),
    (&[&["every", "each"], &["fourth", "4th"]], Ask::EveryNth(4)),
    (&[&["every", "each"], &["fifth", "5th"]], Ask::EveryNth(5)),
    (
        &[
            &["remov", "drop", "delet", "strip", "without", "filter", "discard", "ignor", "get rid"],
            &[
                "digit",
                "number",
                "punctuation",
                "symbol",
                "underscore",
                "special char",
                "non-letter",
                "asterisk",
                "noise",
            ],
        ],
        Ask::Letters,
    ),
    (&[&["first", "initial", "leading", "starting"], &["letter", "char", "initials"]], Ask::Initials),
    (&[&["first word of", "first words of", "initial word", "opening word"]], Ask::FirstWords),
    (&[&["last word of", "last words of", "final word", "ending word"]], Ask::LastWords),
    (&[&["acrostic", "initials"]], Ask::Initials),
    (&[&["last", "final", "ending", "trailing"], &["letter", "char"]], Ask::Finals),
    (&[&["second", "2nd"], &["letter", "char"]], Ask::Letter(1)),
    (&[&["third", "3rd"], &["letter", "char"]], Ask::Letter(2)),
    (&[&["odd word", "even word", "odd item", "even item", "odd place", "even place"]], Ask::EveryOther),
    (
        &[&["swap", "exchang", "switch", "flip"], &["pair", "neighbo", "adjacent", "two", "consecutive"]],
        Ask::SwapPairs,
    ),
    (
        &[
            &["odd", "first half", "second half", "even"],
            &["merge", "interleav", "turn", "then", "followed", "put", "weav", "zip"],
        ],
        Ask::OddEven,
    ),
    (
        &[&["sort", "order", "arrang"], &["number", "index", "position", "prefix", "digit", "rank"]],
        Ask::ByNumber,
    ),
    (&[&["base64", "base 64", "base-64", "b64"]], Ask::Base64),
    (&[&["hex"]], Ask::Hex),
    (&[&["rot13", "rot-13", "rot 13"]], Ask::Rot(13)),
    (&[&["atbash", "mirror the alphabet"]], Ask::Atbash),
    (
        &[
            &["revers", "backward", "flip", "mirror"],
            &["letter", "char", "each word", "every word", "each item", "spelling"],
        ],
        Ask::ReverseLetters,
    ),
];

/// What a text asks for, in its own words. Several things said in one comment are several asks.
pub fn asks(text: &str) -> Vec<Ask> {
    let mut found: Vec<Ask> = Vec::new();
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let shown = text.get(..end).unwrap_or_default();
    let Some(matcher) = MATCHER.as_ref() else { return found };
    // Where a sentence that says something ends, and the words it says.
    let (mut end, mut said) = (0, 0_u128);
    let mut sentences: Vec<(usize, u128)> = Vec::new();
    for hit in matcher.find_overlapping_iter(shown) {
        if hit.end() > end {
            sentences.extend((said != 0).then_some((end, said)));
            let rest = &shown.as_bytes()[hit.end()..];
            end = memchr::memchr2(b'\n', b'.', rest).map_or(shown.len(), |at| hit.end() + at);
            said = 0;
        }
        said |= 1 << (hit.pattern().as_u32() & 127);
    }
    sentences.extend((said != 0).then_some((end, said)));
    for (end, said) in sentences {
        let counts = said & *COUNTING != 0;
        let meant =
            MEANT.iter().filter(|(groups, _)| groups.iter().all(|group| group & said != 0)).map(|row| row.1);
        let sentence = || {
            let start = memchr::memrchr2(b'\n', b'.', &shown.as_bytes()[..end]).map_or(0, |at| at + 1);
            shown.get(start..end).unwrap_or_default().to_lowercase()
        };
        let counted = counts
            .then(sentence)
            .into_iter()
            .flat_map(|sentence| skipped(&sentence).into_iter().chain(shifted(&sentence)));
        for ask in meant.chain(counted) {
            if found.len() < MOST && !found.contains(&ask) {
                found.push(ask);
            }
        }
    }
    found
}

/// What a function's name asks for.
pub fn asked_by_name(name: &str) -> Option<Ask> {
    const NAMES: &[(&str, Ask)] = &[
        ("revers", Ask::Reverse),
        ("backward", Ask::Reverse),
        ("takeevery", Ask::EveryOther),
        ("everyother", Ask::EveryOther),
        ("swappair", Ask::SwapPairs),
    ];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    if plain == "rev" {
        return Some(Ask::Reverse);
    }
    NAMES.iter().find(|(part, _)| plain.contains(part)).map(|(_, ask)| *ask)
}

/// Words of [`ASKING`], each once; a sentence is searched for all of them at the same time.
static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let all = ASKING.iter().flat_map(|(groups, _)| groups.iter().copied().flatten().copied());
    let mut words: Vec<&str> = all.chain(LEAVES).chain(SHIFTS).collect();
    words.sort_unstable();
    words.dedup();
    words
});

static MATCHER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(WORDS.iter()).ok()
});

/// The words of [`LEAVES`] and [`SHIFTS`].
static COUNTING: LazyLock<u128> = LazyLock::new(|| bits(&LEAVES) | bits(&SHIFTS));

/// [`ASKING`] with each group as a set of bits.
static MEANT: LazyLock<Vec<(Vec<u128>, Ask)>> = LazyLock::new(|| {
    ASKING.iter().map(|(groups, ask)| (groups.iter().map(|group| bits(group)).collect(), *ask)).collect()
});

fn bits(words: &[&str]) -> u128 {
    words.iter().filter_map(|word| WORDS.binary_search(word).ok()).fold(0, |bits, at| bits | 1 << at)
}

/// Words for leaving out, and for turning the alphabet.
const LEAVES: [&str; 8] =
    ["skip", "ignor", "drop", "omit", "without the first", "leave out", "discard", "after the first"];
const SHIFTS: [&str; 5] = ["shift", "caesar", "cesar", "rot", "rotate"];

const NUMBERS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// `skip the first 3 words`.
fn skipped(sentence: &str) -> Option<Ask> {
    let said = LEAVES.iter().find_map(|word| sentence.find(word)).and_then(|at| sentence.get(at..))?;
    let count = number_in(said).or_else(|| sentence.contains("first").then_some(1))?;
    u8::try_from(count).ok().map(Ask::Skip)
}

/// `shift each letter by 5`, `caesar, key 7`.
fn shifted(sentence: &str) -> Option<Ask> {
    let said = SHIFTS.iter().find_map(|word| sentence.find(word)).and_then(|at| sentence.get(at..))?;
    let count = number_in(said)?;
    // Shifted by so many to write it, so back by as many to read it; the way round is tried by the decoders anyway.
    (1..26).contains(&count).then(|| Ask::Rot((26 - count) as u8))
}

fn number_in(sentence: &str) -> Option<u32> {
    let words = sentence.split(|c: char| !c.is_alphanumeric());
    words.into_iter().find_map(|word| {
        let spelled =
            || NUMBERS.iter().position(|name| *name == word).and_then(|at| u32::try_from(at + 1).ok());
        word.trim_start_matches("rot").parse().ok().filter(|n| *n < 100).or_else(spelled)
    })
}

impl Ask {
    /// Whether it says which pieces count, or their order, and leaves each as it is.
    pub fn chooses(self) -> bool {
        matches!(
            self,
            Ask::EveryOther | Ask::EveryNth(_) | Ask::Skip(_) | Ask::SwapPairs | Ask::OddEven | Ask::Reverse
        )
    }

    /// The step in words.
    pub fn name(self) -> &'static str {
        match self {
            Ask::Reverse => "reversed",
            Ask::EveryOther => "every other",
            Ask::EveryNth(_) => "every few",
            Ask::Letters => "letters alone",
            Ask::Initials => "first letters",
            Ask::Finals => "last letters",
            Ask::Letter(_) => "letters at one place",
            Ask::FirstWords => "first words",
            Ask::LastWords => "last words",
            Ask::Skip(_) => "first ones skipped",
            Ask::SwapPairs => "pairs swapped",
            Ask::OddEven => "odd and even merged",
            Ask::ByNumber => "by the number in each",
            Ask::Rot(_) => "alphabet turned",
            Ask::Base64 => "each from base64",
            Ask::Hex => "each from hex",
            Ask::ReverseLetters => "letters of each reversed",
            Ask::Atbash => "alphabet mirrored",
        }
    }

    /// What comes of it, in the readings it may mean. Empty when it cannot be done with these pieces.
    pub fn answer(self, pieces: &[&str]) -> Vec<String> {
        let joined = |pieces: Vec<&str>| vec![pieces.join(" ")];
        match self {
            Ask::Reverse => joined(pieces.iter().rev().copied().collect()),
            Ask::EveryOther => {
                let from =
                    |at: usize| pieces.iter().skip(at).step_by(2).copied().collect::<Vec<_>>().join(" ");
                vec![from(0), from(1)]
            }
            Ask::EveryNth(step) => every(pieces, usize::from(step)),
            Ask::Letters => {
                let keeps = |c: &char| c.is_alphabetic() || c.is_whitespace() || *c == '\'';
                vec![pieces.join(" ").chars().filter(keeps).collect()]
            }
            Ask::Initials => letters(pieces, |word| word.chars().next()),
            Ask::Finals => letters(pieces, |word| word.chars().next_back()),
            Ask::FirstWords => words_of_each(pieces, |piece| piece.split_whitespace().next()),
            Ask::LastWords => words_of_each(pieces, |piece| piece.split_whitespace().next_back()),
            Ask::Letter(at) => letters(pieces, |word| word.chars().nth(usize::from(at))),
            Ask::Skip(count) => joined(pieces.iter().skip(usize::from(count)).copied().collect()),
            Ask::SwapPairs => joined(pieces.chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect()),
            Ask::OddEven => odd_even(pieces),
            Ask::ByNumber => by_number(pieces).into_iter().collect(),
            Ask::Rot(turn) => vec![cipher::rot(&pieces.join(" "), turn % 26)],
            Ask::Base64 => decoded(pieces, base::base64),
            Ask::Hex => decoded(pieces, base::hex),
            Ask::ReverseLetters => {
                vec![
                    pieces
                        .iter()
                        .map(|word| word.chars().rev().collect::<String>())
                        .collect::<Vec<_>>()
                        .join(" "),
                ]
            }
            Ask::Atbash => vec![cipher::atbash(&pieces.join(" "))],
        }
    }
}

fn letters(pieces: &[&str], pick: impl Fn(&str) -> Option<char>) -> Vec<String> {
    let words = pieces.iter().flat_map(|piece| piece.split_whitespace());
    let picked: String =
        words.filter_map(|word| pick(word.trim_matches(|c: char| !c.is_alphanumeric()))).collect();
    let picked = picked.to_lowercase().replace('_', " ");
    if picked.chars().count() < 4 { Vec::new() } else { vec![split_words(picked.trim())] }
}

/// One word of each phrase, where all are phrases.
fn words_of_each<'t>(pieces: &[&'t str], pick: impl Fn(&'t str) -> Option<&'t str>) -> Vec<String> {
    if pieces.len() < 3 || !pieces.iter().all(|piece| piece.trim().contains(' ')) {
        return Vec::new();
    }
    vec![pieces.iter().filter_map(|piece| pick(piece)).collect::<Vec<_>>().join(" ")]
}

/// Every third word or character, from the first or the third.
fn every(pieces: &[&str], step: usize) -> Vec<String> {
    let words = |from: usize| pieces.iter().skip(from).step_by(step).copied().collect::<Vec<_>>().join(" ");
    let all = pieces.join(" ");
    let characters = |from: usize| all.chars().skip(from).step_by(step).collect::<String>();
    match pieces.len() > step * 2 && pieces.iter().all(|piece| !piece.contains(' ')) {
        true => vec![words(0), words(step - 1), characters(0), characters(step - 1)],
        false => vec![characters(0), characters(step - 1)],
    }
}

/// Both ways: halves merged in turn, and every other word followed by the rest.
fn odd_even(pieces: &[&str]) -> Vec<String> {
    let (odd, even) = pieces.split_at(pieces.len().div_ceil(2));
    let merged =
        (0..pieces.len()).filter_map(|at| if at % 2 == 0 { odd.get(at / 2) } else { even.get(at / 2) });
    let parted = pieces.iter().step_by(2).chain(pieces.iter().skip(1).step_by(2));
    let text = |words: Vec<&str>| words.join(" ");
    vec![text(merged.copied().collect()), text(parted.copied().collect())]
}

/// `3:bread`, `2_the`, `bread-3`: the number says the place and is no part of the word.
pub fn by_number(pieces: &[&str]) -> Option<String> {
    let numbered = |piece: &&str| -> Option<(u32, String)> {
        let is_digit = |c: char| c.is_ascii_digit();
        let is_mark = |c: char| !c.is_alphanumeric();
        // `[2] the`
        let piece = match piece.trim_start_matches(['[', '(', '#', '<']) {
            bare if bare.starts_with(is_digit) => bare,
            _ => piece,
        };
        let (number, word) = if piece.starts_with(is_digit) {
            let rest = piece.trim_start_matches(is_digit);
            (
                piece.get(..piece.len() - rest.len())?,
                rest.trim_start_matches(is_mark).trim_end_matches(['"', '\'', '`']),
            )
        } else {
            let rest = piece.trim_end_matches(is_mark).trim_end_matches(is_digit);
            (piece.get(rest.len()..)?.trim_end_matches(is_mark), rest.trim_end_matches(is_mark))
        };
        Some((number.parse().ok()?, word.to_owned()))
    };
    let mut placed: Vec<(u32, String)> = pieces.iter().map(numbered).collect::<Option<_>>()?;
    placed.sort_by_key(|(place, _)| *place);
    let words: Vec<String> = placed.into_iter().map(|(_, word)| word).collect();
    (words.len() > 1 && words.iter().any(|word| !word.is_empty())).then(|| words.join(" "))
}

fn decoded(pieces: &[&str], decode: fn(&[u8]) -> Option<Vec<u8>>) -> Vec<String> {
    let words =
        pieces.iter().map(|piece| decode(piece.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok()));
    match words.collect::<Option<Vec<String>>>() {
        Some(words) if words.iter().any(|word| word.contains(' ')) => vec![words.concat()],
        Some(words) => vec![words.join(" ")],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_fit_into_the_bits() {
        assert!(WORDS.len() <= 128, "{} words", WORDS.len());
    }

    #[test]
    fn comments_ask_in_many_words() {
        let cases: &[(&str, &str, &str)] = &[
            ("return the words in reverse order, joined by spaces", "bread bake to how", "how to bake bread"),
            ("take every second word of xs", "how lamp to orbit bake cedar bread plume", "how to bake bread"),
            ("the first letter of each item", "hens owls winds trees oaks", "howto"),
            ("every third one counts", "how xx yy to ab cd bake zz uu bread vv", "how to bake bread"),
            ("remove all digits and symbols", "h1o2w t_o b8ake", "how to bake"),
            ("glue the last letters together", "oh go how mat too", "howto"),
            ("skip the first two words, then join", "lamp cedar how to bake bread", "how to bake bread"),
            ("exchange every two neighbours", "to how bread bake", "how to bake bread"),
            ("odd positions come first, then the even ones", "how bake to bread", "how to bake bread"),
            ("sort by the number in front and drop it", "2:to 1:how 4:bread 3:bake", "how to bake bread"),
            ("apply rot13", "ubj gb onxr oernq", "how to bake bread"),
            ("shift each letter back by 3", "krz wr edNh euhdg", "how to baKe bread"),
            ("base64-decode each item", "aG93 dG8= YmFrZQ==", "how to bake"),
            ("reverse the letters of each word", "woh ot ekab", "how to bake"),
        ];
        for (comment, pieces, meant) in cases {
            let pieces: Vec<&str> = pieces.split(' ').collect();
            let asked = asks(comment);
            let found: Vec<String> = asked.iter().flat_map(|ask| ask.answer(&pieces)).collect();
            let fits = |text: &String| text.replace(' ', "") == meant.replace(' ', "");
            assert!(found.iter().any(fits), "{comment}: {asked:?} gave {found:?}");
        }
        assert_eq!(asks("Join the words with a blank."), []);
    }
}
