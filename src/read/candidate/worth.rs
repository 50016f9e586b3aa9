//! Whether a text says anything: words, not formats and data; a sentence once.

use super::readable;
use super::{Candidate, Origin};
use crate::read::decode;

/// A single ASCII word shorter than this is a word; a longer one may be an encoded text.
const LONE_WORD: usize = 20;
/// Letters beyond ASCII that are a text.
const WIDE_LETTERS: usize = 4;
/// Tokens that are a text even when none is a word.
const SPELLED: usize = 6;
/// So many letters after the first, all the same, say nothing.
const FEWEST_ALIKE: usize = 6;

/// A word by itself asks for nothing, and neither do formats, paths, patterns and data: there must be two words of letters, a
/// script without spaces, or one long run that could be words run together or an encoded text.
pub(super) fn is_worth_reading(key: &str, origin: Origin) -> bool {
    if origin == Origin::Plain {
        return true;
    }
    if !key.is_ascii() && key.chars().filter(|c| !c.is_ascii()).nth(WIDE_LETTERS - 1).is_some() {
        return true;
    }
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'');
    let words =
        key.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '_')).filter(is_word).take(2).count();
    words == 2 || !key.contains(' ') && key.len() >= LONE_WORD || is_spelled_out(key)
}

/// Single letters or short tokens in a row, as encodings and character lists have them.
fn is_spelled_out(key: &str) -> bool {
    key.split(' ').filter(|token| !token.is_empty()).count() >= SPELLED
}

/// Whether a text that was put together or decoded says anything: a run without blanks does when common words make it up, with
/// or without signs between them, and a row of signs when letters do.
pub(super) fn is_worth_judging(candidate: &Candidate) -> bool {
    if !matches!(candidate.origin, Origin::Recovered | Origin::Decoded) {
        return true;
    }
    if is_one_letter(&candidate.text) {
        return false;
    }
    if !candidate.text.is_ascii() {
        return true;
    }
    let mut tokens = candidate.text.split_ascii_whitespace();
    match (tokens.next(), tokens.next()) {
        (Some(token), None) => {
            let parted: String =
                token.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
            decode::is_run_together(&token.to_ascii_lowercase()) || decode::is_sentence(&parted)
        }
        _ => {
            let word = |token: &str| token.bytes().filter(u8::is_ascii_alphabetic).count() >= 2;
            candidate.text.split_ascii_whitespace().filter(|token| word(token)).take(2).count() == 2
                && !is_monotonous(&candidate.text)
        }
    }
}

/// One letter over and over, as tests of buffers have it.
fn is_one_letter(text: &str) -> bool {
    let mut letters = text.chars().filter(|c| !c.is_whitespace());
    let Some(first) = letters.next() else { return true };
    letters.clone().nth(FEWEST_ALIKE).is_some() && letters.all(|c| c == first)
}

/// Five words or more, of which no more than two differ.
fn is_monotonous(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let Some(first) = words.next() else { return false };
    let second = words.clone().find(|word| *word != first);
    words.clone().nth(3).is_some() && words.all(|word| word == first || Some(word) == second)
}

/// A text that says the same over and over says it once.
pub(super) fn without_repeats(mut candidate: Candidate) -> Option<Candidate> {
    if candidate.origin == Origin::Recovered
        && let Some(once) = readable::repeated(&candidate.text)
    {
        candidate.text = once;
        return is_worth_judging(&candidate).then_some(candidate);
    }
    Some(candidate)
}
