//! What the strings of one container say: in order, by index, as asked for, and reversed.

use super::gather::Place;
use super::{Candidates, Origin};
use crate::budget::{Budget, Limit};
use crate::read::decode;
use crate::read::decode::Ask;
use crate::read::lexer::join;
use crate::read::lexer::{Group, Verb};

/// Groups of more pieces than this are data tables; their pieces are judged one by one.
pub(super) const GROUP_PIECES: usize = 2048;
/// A longer piece may be half of an encoded text.
const SHORT_PIECE: usize = 12;
/// Pieces of more words than this, on average, are sentences.
const SENTENCE: usize = 6;
/// Of more asks than these, no two are taken together.
const CHAINED_ASKS: usize = 3;

/// The pieces of one receiver: in order, by index where they carry one, as asked for, and reversed where that may be meant.
/// `strict` takes of what is asked for only sentences.
pub(super) fn from_group(
    group: &Group,
    asks: &[Ask],
    strict: bool,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let mut pieces: Vec<&str> = group.pieces.iter().map(|piece| piece.text.as_str()).collect();
    // `"${xs[@]}"` stands for the rest of the list.
    pieces.retain(|piece| {
        !(piece.starts_with('$')
            && piece
                .trim_end_matches(['}', ']', '@', '*', '['])
                .chars()
                .all(|c| c.is_alphanumeric() || "${_".contains(c)))
    });
    if pieces.len() < 2 || says_little(&pieces) {
        return Ok(());
    }
    let named = group.receiver.as_deref().filter(|name| !matches!(*name, "of" | "in" | "return" | "range"));
    let what = match (named, group.verb) {
        (Some(name), verb) => format!("{} × {} on {name}", verb_name(verb), pieces.len()),
        (None, verb) => format!("{} × {}", verb_name(verb), pieces.len()),
    };
    budget.spend_steps(pieces.len() as u64)?;
    let mut add = |text: String, order: &str, budget: &mut Budget| {
        out.add(place.candidate(text, Origin::Recovered, format!("{what} → {order}")), budget)
    };
    for (text, separated) in joined(&pieces) {
        add(text, &format!("joined with {separated}"), budget)?;
    }
    let mut placed: Vec<(i64, &str)> =
        group.pieces.iter().filter_map(|piece| Some((piece.index?, piece.text.as_str()))).collect();
    if placed.len() > 1 {
        placed.sort_by_key(|&(index, _)| index);
        let pieces: Vec<&str> = placed.into_iter().map(|(_, text)| text).collect();
        add(join::join(&pieces), "by index", budget)?;
    }
    // Nobody is asked to choose among paths and versions.
    let wordy = pieces.iter().all(|piece| {
        piece.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | ',' | '.' | '?' | '!'))
    });
    let asked = asks.iter().filter(|_| pieces.len() > 2);
    for ask in asked.clone() {
        for text in ask.answer(&pieces) {
            // A second ask may follow on the first: letters taken, then turned round.
            let words: Vec<&str> = text.split_whitespace().collect();
            let turned: Vec<&str> = pieces.iter().rev().copied().collect();
            for text in ask.answer(&turned).into_iter().filter(|text| decode::is_sentence(text)) {
                add(text, &format!("reversed → {}", ask.name()), budget)?;
            }
            for then in asks.iter().filter(|then| *then != ask && asks.len() <= CHAINED_ASKS) {
                for text in then.answer(&words).into_iter().filter(|text| decode::is_well_ordered(text)) {
                    add(text, &format!("{} → {}", ask.name(), then.name()), budget)?;
                }
            }
            let fits = !strict && (wordy || !ask.chooses()) || !text.is_ascii() || decode::is_sentence(&text);
            if fits {
                add(text, ask.name(), budget)?;
            }
        }
    }
    let text = join::join(&pieces);
    let front = matches!(group.verb, Verb::PushFront | Verb::Insert);
    let words = text.split_whitespace().count();
    // Two words say as little the other way round, and nobody tells whole sentences last first.
    let telling =
        if pieces.len() == 2 { words > 3 } else { words <= SENTENCE * pieces.len() || pieces.len() == 3 };
    if telling && (front || decode::may_be_turned(&text)) {
        pieces.reverse();
        for (text, separated) in joined(&pieces) {
            add(text, &format!("reversed → joined with {separated}"), budget)?;
        }
    }
    Ok(())
}

/// Two short words by themselves: code is full of pairs, and they are read in the lists that they stand in.
fn says_little(pieces: &[&str]) -> bool {
    let short = |piece: &&str| piece.len() < SHORT_PIECE && piece.is_ascii() && !piece.trim().contains(' ');
    pieces.len() == 2 && pieces.iter().all(short)
}

/// The pieces joined as they want to be, and both ways where neither is plainly better.
fn joined(pieces: &[&str]) -> Vec<(String, &'static str)> {
    let blank = (pieces.join(" "), "\" \"");
    let bare = (pieces.concat(), "nothing");
    let spaced = pieces.iter().any(|piece| piece.trim().contains(' '));
    match join::separator(pieces) {
        "" => vec![bare],
        _ if !spaced && pieces.len() > 2 && decode::is_packed(&bare.0) => vec![bare, blank],
        _ if spaced && decode::english_score(&bare.0) > decode::english_score(&blank.0) => vec![bare, blank],
        _ => vec![blank],
    }
}

fn verb_name(verb: Verb) -> &'static str {
    match verb {
        Verb::Push => "push",
        Verb::PushFront => "push front",
        Verb::Insert => "insert",
        Verb::Assign => "assign",
        Verb::AddAssign => "append",
        Verb::List => "list",
        Verb::Concat => "concatenate",
        Verb::Argument => "argument",
        Verb::Write => "write",
        Verb::Send => "send",
    }
}
