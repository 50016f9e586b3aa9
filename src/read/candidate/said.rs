//! What says itself without quotes or in prose: names put together, rows of bare words, quotations, names of files.

use std::sync::LazyLock;

use memchr::memchr;

use super::gather::{self, Place};
use super::group;
use super::{Candidates, Origin};
use crate::budget::{Budget, Limit};
use crate::read::decode;
use crate::read::decode::Ask;
use crate::read::lexer::call::CONDITION;
use crate::read::lexer::join;
use crate::read::lexer::{Lexed, Piece, Verb};

/// Names that read as no request but are looked at all the same.
const OTHER_NAMES: usize = 6;
/// A text with more names than this is a long program: words that merely follow each other there are not asked for in another
/// order.
const MANY_NAMES: usize = 160;
/// Names of so many bytes say nothing.
const LONGEST_PLAIN: usize = 8;
/// Strings of a program that may make one sentence.
const FEW: usize = 64;
/// The fewest words that numbers put in order.
const DEALT: usize = 4;
/// Phrases of one, at most.
const FEW_PHRASES: usize = 8;
/// A sentence in the few strings of a short program, whatever it does with each (QueryAttack, arXiv 2502.09723), or in the words
/// it spells one by one, as they stand, turned round or as asked: the language may be one that nobody reads.
pub(super) fn from_few(
    lexed: &Lexed,
    asks: &[Ask],
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let says =
        |text: &&str| text.chars().filter(|c| c.is_alphanumeric()).count() > usize::from(text.contains('%'));
    let pieces: Vec<&str> =
        lexed.literals.iter().map(|literal| literal.text.as_str()).filter(says).take(FEW + 1).collect();
    let words = pieces.iter().all(|piece| !piece.trim().contains(' '));
    if !(2..=FEW).contains(&pieces.len()) || !words && pieces.len() > FEW_PHRASES {
        return Ok(());
    }
    let mut readings = vec![(join::join(&pieces), "joined in order")];
    if words {
        readings.extend(
            asks.iter().flat_map(|ask| ask.answer(&pieces).into_iter().map(|text| (text, ask.name()))),
        );
        let turned: Vec<&str> = pieces.iter().rev().copied().collect();
        readings.push((join::join(&turned), "reversed"));
    }
    for (text, order) in readings.into_iter().filter(|(text, _)| decode::is_sentence(text)) {
        if words || decode::opens_request(&text) {
            out.add(place.candidate(text, Origin::Recovered, format!("all literals → {order}")), budget)?;
        }
    }
    Ok(())
}

/// Adds the sentences that stand in quotes or in the brackets of a call, by themselves. Those that code said already keep
/// their origin.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_quotations(
    lexed: &Lexed,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    for literal in lexed.literals.iter().filter(|literal| decode::is_sentence(&literal.text)) {
        if !out.has(&literal.text) {
            out.add(place.candidate(literal.text.trim(), Origin::Plain, "quotation"), budget)?;
        }
    }
    Ok(())
}

/// Adds what the containers of all regions together hold: a list filled in two fences, with prose between; and list literals
/// where `lists` says so.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_containers(
    lexed: &Lexed,
    lists: bool,
    asks: &[Ask],
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    for group in lexed.groups.iter().filter(|group| (3..=group::GROUP_PIECES).contains(&group.pieces.len())) {
        if lists || group.receiver.is_some() && !matches!(group.verb, Verb::List | Verb::Concat) {
            group::from_group(group, asks, false, place, out, budget)?;
        }
    }
    Ok(())
}

/// Adds what names and operators put together, and rows of words that no quotes mark, where they read as language.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_said(
    lexed: &Lexed,
    asks: &[Ask],
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    for composed in &lexed.composed {
        out.add(place.candidate(composed.text.as_str(), Origin::Recovered, composed.how), budget)?;
    }
    let long = lexed.identifiers.len() > MANY_NAMES;
    for guess in &lexed.guesses {
        let asks = if long && guess.loose { [].as_slice() } else { asks };
        budget.spend_steps(guess.pieces.len() as u64)?;
        let pieces: Vec<&str> = guess.pieces.iter().map(String::as_str).collect();
        let told = join::join(&pieces);
        if !guess.loose && decode::is_another_language(&told) {
            let how = format!("{} → in order", guess.how);
            out.add(place.candidate(told.as_str(), Origin::Recovered, how), budget)?;
        }
        if asks.is_empty() && !may_be_sentence(&guess.pieces) {
            continue;
        }
        let turned: Vec<&str> = pieces.iter().rev().copied().collect();
        let mut readings = vec![(told, "in order")];
        if let Some(text) = guess.places.as_deref().and_then(|places| dealt(&pieces, places)) {
            out.add(place.candidate(text, Origin::Recovered, format!("{} → by index", guess.how)), budget)?;
        }
        if let Some(places) = &guess.places {
            let mut placed: Vec<(i64, &str)> = places.iter().copied().zip(pieces.iter().copied()).collect();
            placed.sort_by_key(|(place, _)| *place);
            let placed: Vec<&str> = placed.into_iter().map(|(_, piece)| piece).collect();
            readings.push((join::join(&placed), "by index"));
        }
        readings.extend(
            asks.iter().flat_map(|ask| ask.answer(&pieces).into_iter().map(|text| (text, ask.name()))),
        );
        if !readings.iter().any(|(text, _)| decode::is_sentence(text)) {
            // Who ends with a full stop has told it forwards.
            let ended = pieces.last().is_some_and(|last| last.ends_with(['.', '?', '!']));
            readings.extend((!guess.loose && !ended).then(|| (join::join(&turned), "reversed")));
            readings.extend(
                decode::from_opener(&pieces).map(|words| (join::join(words), "from the word that asks")),
            );
        }
        if guess.loose && readings.first().is_some_and(|(text, _)| !asks_for(text)) {
            readings = decode::from_opener(&pieces)
                .map(|words| (join::join(words), "from the word that asks"))
                .into_iter()
                .collect();
        }
        for (text, order) in readings.into_iter().filter(|(text, _)| decode::is_sentence(text)) {
            let shown = guess.shown && matches!(order, "in order" | "from the word that asks");
            if shown && out.has(&text) {
                continue;
            }
            let origin = if shown { Origin::Plain } else { Origin::Recovered };
            out.add(place.candidate(text, origin, format!("{} → {order}", guess.how)), budget)?;
        }
    }
    Ok(())
}

/// Whether a row of names begins as requests do, and not as a condition.
fn asks_for(text: &str) -> bool {
    decode::opens_request(text) && text.split(' ').next() != Some(CONDITION)
}

/// Words in the order of their numbers, where these are all the places there are, dealt out in another order: nobody does that to
/// words without meaning the order.
fn dealt(pieces: &[&str], places: &[i64]) -> Option<String> {
    let mut placed: Vec<(i64, &str)> = places.iter().copied().zip(pieces.iter().copied()).collect();
    if placed.is_sorted() || placed.len() < DEALT {
        return None;
    }
    placed.sort_unstable();
    let step = placed.get(1)?.0 - placed.first()?.0;
    let even = step > 0 && placed.windows(2).all(|pair| pair[1].0 - pair[0].0 == step);
    let wordy = |word: &&str| word.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '-'));
    let words: Vec<&str> = placed.into_iter().map(|(_, word)| word).collect();
    let text = join::join(&words);
    (even && words.iter().all(wordy) && decode::reads_as_language(&text)).then_some(text)
}

/// Whether pieces joined in any order may be a sentence: none is one without a word that ties others together, and words stay
/// words where blanks join them.
fn may_be_sentence(pieces: &[String]) -> bool {
    let joins_bare =
        |piece: &String| piece.len() < 2 || !piece.is_ascii() || piece.trim().len() < piece.len();
    pieces.iter().any(|piece| joins_bare(piece) || decode::holds_tie(piece))
}

/// The items in the order that numbers give: each number the item that stands there, or the place that an item goes to.
pub(super) fn permuted(pieces: &[Piece], numbers: &[i64]) -> Vec<String> {
    let count = pieces.len();
    let first = numbers.iter().copied().min().unwrap_or_default();
    let mut sorted: Vec<i64> = numbers.to_vec();
    sorted.sort_unstable();
    let whole =
        (0..2).contains(&first) && sorted.iter().zip(first..).all(|(number, wanted)| *number == wanted);
    if !whole || count < 3 {
        return Vec::new();
    }
    let at = |number: i64| usize::try_from(number - first).ok();
    let picked: Vec<&str> = numbers
        .iter()
        .filter_map(|number| pieces.get(at(*number)?))
        .map(|piece| piece.text.as_str())
        .collect();
    let mut placed = vec![""; count];
    for (piece, number) in pieces.iter().zip(numbers) {
        if let Some(slot) = at(*number).and_then(|at| placed.get_mut(at)) {
            *slot = &piece.text;
        }
    }
    vec![join::join(&picked), join::join(&placed)]
}

/// Names that say something. Those that read as a request all count; of others, the first few: code is full of names of three
/// words.
pub(super) fn from_names(
    lexed: &Lexed,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let mut others = 0;
    for (name, _) in &lexed.identifiers {
        let Some(words) = gather::name_words(name) else { continue };
        if !decode::is_well_ordered(&words) {
            others += 1;
            if others > OTHER_NAMES {
                continue;
            }
        }
        out.add(place.candidate(words, Origin::Identifier, format!("name {name}")), budget)?;
    }
    Ok(())
}

/// Bytes that no file name holds.
static ENDS_TOKEN: LazyLock<[bool; 256]> = LazyLock::new(|| {
    let mut ends = [false; 256];
    for byte in b"\"'`/\\()<>:, \t\n\r\x0b\x0c" {
        ends[usize::from(*byte)] = true;
    }
    ends
});

/// The longer pieces of a text between [`ENDS_TOKEN`] and white space.
fn file_tokens(text: &str) -> impl Iterator<Item = &str> {
    let ends = &*ENDS_TOKEN;
    let pieces =
        text.as_bytes().split(|byte| ends[usize::from(*byte)]).filter(|piece| piece.len() > LONGEST_PLAIN);
    let texts = pieces.filter_map(|piece| std::str::from_utf8(piece).ok());
    texts.flat_map(|piece| piece.split(char::is_whitespace)).filter(|token| token.len() > LONGEST_PLAIN)
}

/// Names of files and the like in running text, as far as they read as a request.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_file_names(
    text: &str,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    for token in file_tokens(text) {
        let stem = memchr(b'.', token.as_bytes()).map_or(token, |at| &token[..at]);
        let signed = |byte: u8| matches!(byte, b'_' | b'-' | b'A'..=b'Z') || !byte.is_ascii();
        if !stem.bytes().any(signed) {
            continue;
        }
        let joined = stem.contains(['_', '-']) || stem.chars().skip(1).any(char::is_uppercase);
        let Some(words) = joined.then(|| gather::name_words(stem)).flatten() else { continue };
        if decode::is_well_ordered(&words) {
            out.add(place.candidate(words, Origin::Identifier, format!("name {token}")), budget)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Pieces that are passed over make no sentence, however they are ordered and whatever part of them is taken.
        #[test]
        fn what_is_passed_over_is_no_sentence(
            pieces in prop::collection::vec("bake|Rye|bread|describe|how|to|the|THE|a|of|on|oven|wi|th|r y e|to-|x\u{b}the", 3..12),
            turn in 0..12_usize,
        ) {
            if !may_be_sentence(&pieces) {
                for from in 0..pieces.len() {
                    let mut part: Vec<&str> = pieces[from..].iter().map(String::as_str).collect();
                    prop_assert!(!decode::is_sentence(&join::join(&part)), "{part:?}");
                    part.reverse();
                    prop_assert!(!decode::is_sentence(&join::join(&part)), "{part:?}");
                    let turn = turn % part.len();
                    part.rotate_left(turn);
                    prop_assert!(!decode::is_sentence(&join::join(&part)), "{part:?}");
                }
            }
        }
    }
}
