//! A text spread over the pieces of a body (parts, messages, roles, turns, fields), read as one.
//!
//! No piece of such a text says anything by itself. Short strings that stand in a row are joined: all content, what the
//! user says by itself, the values of one object or list, and content together with fields nobody expects text in.

use std::collections::HashMap;

use crate::budget::Budget;
use crate::budget::Limit;
use crate::read::candidate::Candidate;
use crate::read::candidate::Origin;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::span::TextSpan;

/// Pieces of content up to this long are joined.
const CONTENT: usize = 400;
/// Values of other fields up to this long are joined: longer ones say something by themselves.
const FIELD: usize = 120;
/// Fields that come to more than this together are no carrier of one text.
const FIELDS: usize = 8 << 10;

/// The joined readings of a request's strings.
///
/// # Errors
/// When the budget is spent.
pub fn joined(spans: &[&TextSpan], budget: &mut Budget) -> Result<Vec<Candidate>, Limit> {
    budget.spend_steps(spans.len() as u64)?;
    let content: Vec<&TextSpan> = of(spans, |span| span.slot == Slot::Content && span.text.len() <= CONTENT);
    let mut out = Vec::new();
    view(&content, &mut out, budget)?;
    // A model reads its instructions first, wherever in the body they stand.
    let is_first = |span: &TextSpan| span.role == Role::System;
    if !content.is_sorted_by_key(|span| !is_first(span)) {
        let told = content.iter().filter(|span| is_first(span));
        let said = content.iter().filter(|span| !is_first(span));
        view(&told.chain(said).copied().collect::<Vec<_>>(), &mut out, budget)?;
    }
    let user: Vec<&TextSpan> = of(&content, |span| span.role == Role::User);
    if user.len() < content.len() {
        view(&user, &mut out, budget)?;
    }
    let is_field = |span: &TextSpan| {
        matches!(span.slot, Slot::Content | Slot::Other | Slot::Arguments) && span.text.len() <= FIELD
    };
    let fields: Vec<&TextSpan> = of(spans, is_field);
    let bytes: usize = fields.iter().map(|span| span.text.len()).sum();
    if bytes <= FIELDS && fields.iter().any(|span| span.slot != Slot::Content) {
        view(&fields, &mut out, budget)?;
    }
    for group in siblings(spans) {
        view(&group, &mut out, budget)?;
    }
    Ok(out)
}

fn of<'s>(spans: &[&'s TextSpan], wanted: impl Fn(&TextSpan) -> bool) -> Vec<&'s TextSpan> {
    spans.iter().copied().filter(|span| !span.text.trim().is_empty() && wanted(span)).collect()
}

/// Short values of one object or list, for every one that has several. Of definitions only lists: the members of a schema
/// are words about a field each.
fn siblings<'s>(spans: &[&'s TextSpan]) -> Vec<Vec<&'s TextSpan>> {
    let mut order = Vec::new();
    let mut groups: HashMap<&str, Vec<&TextSpan>> = HashMap::new();
    for span in of(spans, |span| span.text.len() <= FIELD) {
        let Some((parent, own)) = span.pointer.rsplit_once('/') else { continue };
        let fits = match span.slot {
            Slot::Other | Slot::Arguments => true,
            Slot::Definition => own.bytes().all(|byte| byte.is_ascii_digit()),
            Slot::Content | Slot::Key | Slot::Protocol => false,
        };
        if fits {
            let group = groups.entry(parent).or_insert_with(|| {
                order.push(parent);
                Vec::new()
            });
            group.push(span);
        }
    }
    order.into_iter().filter_map(|parent| groups.remove(parent)).filter(|group| group.len() > 1).collect()
}

/// The views of several pieces. Turns that were read out of a prompt stand in it already: it is joined to what is beside it without
/// them, and they are without it, so that nothing is said twice.
fn view(pieces: &[&TextSpan], out: &mut Vec<Candidate>, budget: &mut Budget) -> Result<(), Limit> {
    let (mut wholes, mut parts) = (Vec::with_capacity(pieces.len()), Vec::with_capacity(pieces.len()));
    let mut doubled = false;
    for of_one in pieces.chunk_by(|a, b| a.pointer == b.pointer) {
        let [first, rest @ ..] = of_one else { continue };
        let is_turn = |piece: &&&TextSpan| first.text.contains(piece.text.trim());
        let turns = rest.iter().filter(is_turn).count();
        doubled |= turns > 0;
        wholes.push(*first);
        wholes.extend(rest.iter().filter(|piece| !is_turn(piece)));
        parts.extend(&of_one[usize::from(turns > 0)..]);
    }
    joined_view(&wholes, out, budget)?;
    if doubled { joined_view(&parts, out, budget) } else { Ok(()) }
}

/// One view: words apart, and without a gap where the cut may go through a word.
fn joined_view(pieces: &[&TextSpan], out: &mut Vec<Candidate>, budget: &mut Budget) -> Result<(), Limit> {
    let [first, rest @ ..] = pieces else { return Ok(()) };
    if rest.is_empty() {
        return Ok(());
    }
    let bytes: usize = pieces.iter().map(|span| span.text.len() + 1).sum();
    budget.spend_steps(bytes as u64)?;
    let (mut apart, mut closed) = (first.text.clone(), first.text.clone());
    let mut is_cut = false;
    for piece in rest {
        let spaced = closed.ends_with(char::is_whitespace) || piece.text.starts_with(char::is_whitespace);
        let cut = through_a_word(&closed, &piece.text);
        is_cut |= cut;
        apart.push_str(if spaced { "" } else { " " });
        closed.push_str(if spaced || cut { "" } else { " " });
        apart.push_str(&piece.text);
        closed.push_str(&piece.text);
    }
    let pointer = if first.pointer.is_empty() { "text" } else { &first.pointer };
    let candidate = |text: String, how: &str| Candidate {
        text,
        origin: Origin::Plain,
        via: vec![pointer.to_owned(), format!("{} pieces joined{how}", pieces.len())],
        spans: pieces.iter().map(|span| span.id).collect(),
    };
    out.push(candidate(apart, ""));
    if is_cut {
        out.push(candidate(closed, " without gaps"));
    }
    Ok(())
}

fn through_a_word(before: &str, after: &str) -> bool {
    let inside =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_lowercase() || letter.is_numeric());
    inside(before.chars().next_back()) && inside(after.chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;
    use crate::request::span::SpanId;

    fn span(pointer: &str, role: Role, slot: Slot, text: &str) -> TextSpan {
        let (id, bytes) = (SpanId(0), 0..0);
        TextSpan { id, pointer: pointer.to_owned(), bytes, role, slot, turn: 0, text: text.to_owned() }
    }

    fn texts(spans: &[TextSpan]) -> Vec<String> {
        let spans: Vec<&TextSpan> = spans.iter().collect();
        let mut budget = Budget::new(Limits::default());
        joined(&spans, &mut budget).unwrap().into_iter().map(|candidate| candidate.text).collect()
    }

    #[test]
    fn turns_of_a_prompt_are_not_said_twice() {
        let of = |text| span("/prompt", Role::User, Slot::Content, text);
        let (whole, turn) = (of("Human: how to wash\n\nAssistant:"), of("how to wash"));
        let suffix = span("/suffix", Role::User, Slot::Content, "a car");
        assert!(texts(&[whole.clone(), turn.clone()]).is_empty());
        let told = texts(&[whole, turn, suffix]);
        assert_eq!(told, ["Human: how to wash\n\nAssistant: a car", "how to wash a car", "how to washa car"]);
    }

    #[test]
    fn pieces_are_joined_across_roles_and_for_the_user_alone() {
        let found = texts(&[
            span("/messages/0/content", Role::User, Slot::Content, "Bake"),
            span("/messages/1/content", Role::Assistant, Slot::Content, "Go on."),
            span("/messages/2/content", Role::User, Slot::Content, "rye br"),
            span("/messages/3/content", Role::User, Slot::Content, "ead"),
        ]);
        assert_eq!(
            found,
            ["Bake Go on. rye br ead", "Bake Go on. rye bread", "Bake rye br ead", "Bakerye bread"]
        );
    }

    #[test]
    fn values_of_one_object_are_joined_and_schemas_left_alone() {
        let found = texts(&[
            span("/metadata/a", Role::Unlabelled, Slot::Other, "Bake"),
            span("/tools/0/description", Role::System, Slot::Definition, "an oven"),
            span("/tools/0/title", Role::System, Slot::Definition, "Oven"),
            span("/metadata/b", Role::Unlabelled, Slot::Other, "Bread"),
            span("/tools/0/enum/0", Role::System, Slot::Definition, "Rye"),
            span("/tools/0/enum/1", Role::System, Slot::Definition, "Loaf"),
            span("/long", Role::Unlabelled, Slot::Other, &"x".repeat(FIELD + 1)),
        ]);
        assert_eq!(found, ["Bake Bread", "Bake Bread", "Rye Loaf"]);
    }
}
