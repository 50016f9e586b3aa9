//! What each reading stage found, as candidates.

use super::{Candidate, Candidates, Origin, Step};
use crate::budget::{Budget, Limit};
use crate::read::decode;
use crate::read::eval::{Finding, FindingKind};
use crate::read::lexer::{Group, Lexed, Verb};
use crate::request::span::SpanId;

/// All literals of a region are joined only up to this many bytes: longer regions are programs, not carriers.
const WHOLE_REGION_BYTES: usize = 8 << 10;
/// Groups of more pieces than this are data tables; their pieces are judged one by one.
const GROUP_PIECES: usize = 2048;
/// A name of fewer words says nothing.
const NAME_WORDS: usize = 3;

/// Where a text was found: the steps so far and the span.
#[derive(Debug, Clone)]
pub struct Place {
    /// Provenance so far.
    pub via: Vec<Step>,
    /// The span.
    pub span: SpanId,
}

impl Place {
    fn step(&self, step: impl Into<Step>) -> Vec<Step> {
        let mut via = self.via.clone();
        via.push(step.into());
        via
    }

    /// A candidate found here by one more step.
    pub fn candidate(&self, text: impl Into<String>, origin: Origin, step: impl Into<Step>) -> Candidate {
        Candidate { text: text.into(), origin, via: self.step(step), spans: vec![self.span] }
    }
}

/// Adds what the grammar-free reader found in a region, whose text this is: comments, names, literals, and groups in both orders.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_lexed(
    lexed: &Lexed,
    text: &str,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    from_comments(lexed, text, place, out, budget)?;
    for (name, _) in &lexed.identifiers {
        if let Some(words) = name_words(name) {
            out.add(place.candidate(words, Origin::Identifier, format!("name {name}")), budget)?;
        }
    }
    for literal in &lexed.literals {
        out.add(place.candidate(literal.text.as_str(), Origin::Recovered, "literal"), budget)?;
    }
    for group in lexed.groups.iter().filter(|group| group.pieces.len() <= GROUP_PIECES) {
        from_group(group, place, out, budget)?;
    }
    for numbers in &lexed.numbers {
        if let Some(text) = characters(numbers) {
            out.add(place.candidate(text, Origin::Decoded, "character codes"), budget)?;
        }
    }
    Ok(())
}

/// Comments that stand on lines of their own right below each other are one text, as they are to a reader; comments of a
/// word or two, scattered over the code, are joined as well.
fn from_comments(
    lexed: &Lexed,
    text: &str,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let mut end = 0;
    let mut run = String::new();
    for comment in &lexed.comments {
        let between = text.get(end..comment.range.start).unwrap_or("code");
        if !between.trim().is_empty() {
            out.add(place.candidate(std::mem::take(&mut run), Origin::Comment, "comment"), budget)?;
        }
        if !run.is_empty() {
            run.push(' ');
        }
        run.push_str(comment.text.trim());
        end = comment.range.end;
    }
    out.add(place.candidate(run, Origin::Comment, "comment"), budget)?;
    let words = |text: &str| text.split_whitespace().count();
    let short: Vec<&str> = lexed
        .comments
        .iter()
        .map(|comment| comment.text.trim())
        .filter(|text| words(text) < NAME_WORDS)
        .collect();
    if short.len() >= NAME_WORDS && short.len() <= GROUP_PIECES {
        out.add(place.candidate(short.join(" "), Origin::Recovered, "short comments joined"), budget)?;
    }
    Ok(())
}

/// The pieces of one receiver, in order, reversed, and by index where they carry one.
fn from_group(group: &Group, place: &Place, out: &mut Candidates, budget: &mut Budget) -> Result<(), Limit> {
    let mut pieces: Vec<&str> = group.pieces.iter().map(|piece| piece.text.as_str()).collect();
    let what = match (&group.receiver, group.verb) {
        (Some(name), verb) => format!("{} ×{} on {name}", verb_name(verb), pieces.len()),
        (None, verb) => format!("{} ×{}", verb_name(verb), pieces.len()),
    };
    add_joined(&pieces, &what, "in order", place, out, budget)?;
    pieces.reverse();
    add_joined(&pieces, &what, "reversed", place, out, budget)?;
    let mut placed: Vec<(i64, &str)> =
        group.pieces.iter().filter_map(|piece| Some((piece.index?, piece.text.as_str()))).collect();
    if placed.len() > 1 {
        placed.sort_by_key(|&(index, _)| index);
        let pieces: Vec<&str> = placed.into_iter().map(|(_, text)| text).collect();
        add_joined(&pieces, &what, "by index", place, out, budget)?;
    }
    Ok(())
}

fn add_joined(
    pieces: &[&str],
    what: &str,
    order: &str,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    for separator in [" ", ""] {
        let how = format!("{what}, joined {order}");
        out.add(place.candidate(pieces.join(separator), Origin::Recovered, how), budget)?;
    }
    Ok(())
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

/// Adds all literals of a region, in source order and reversed: what is left when nobody understands the language, or
/// when the tree was fooled.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_whole_region(
    lexed: &Lexed,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let mut pieces: Vec<&str> = lexed.literals.iter().map(|literal| literal.text.as_str()).collect();
    let bytes: usize = pieces.iter().map(|piece| piece.len() + 1).sum();
    if pieces.len() < 2 || bytes > WHOLE_REGION_BYTES {
        return Ok(());
    }
    let joined = place.candidate(pieces.join(" "), Origin::Recovered, "all literals, joined in order");
    out.add(joined, budget)?;
    pieces.reverse();
    let joined = place.candidate(pieces.join(" "), Origin::Recovered, "all literals, joined reversed");
    out.add(joined, budget)?;
    Ok(())
}

/// Adds what the interpreter found.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_finding(
    finding: &Finding,
    pointer_of: impl Fn(SpanId) -> Vec<Step>,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let mut spans: Vec<SpanId> = finding.sources.iter().map(|source| source.span).collect();
    spans.sort_unstable();
    spans.dedup();
    let mut via = spans.first().map_or_else(Vec::new, |&span| pointer_of(span));
    match finding.kind {
        FindingKind::Literal if finding.how.is_empty() => via.push("literal".into()),
        _ => via.extend(finding.how.iter().cloned()),
    }
    let candidate = Candidate { text: finding.text.clone(), origin: Origin::Recovered, via, spans };
    out.add(candidate, budget)?;
    Ok(())
}

/// Adds every other reading of a text: encodings undone as a whole and in its parts, disguises taken off.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_decoders(
    text: &str,
    via: &[Step],
    spans: &[SpanId],
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let mut add = |text: String, steps: &[&str], budget: &mut Budget| {
        let via = via.iter().cloned().chain(steps.iter().map(|&step| step.to_owned())).collect();
        out.add(Candidate { text, origin: Origin::Decoded, via, spans: spans.to_vec() }, budget)
    };
    for decoded in decode::unwind(text, budget) {
        add(decoded.text, &decoded.steps, budget)?;
    }
    for decoded in decode::unwind_within(text, budget) {
        add(decoded.text, &decoded.steps, budget)?;
    }
    if let Some(folded) = decode::fold(text) {
        add(folded, &["disguise taken off"], budget)?;
    }
    Ok(())
}

/// The words of an identifier, key or file name, when there are enough of them to say something.
pub fn name_words(name: &str) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in name.chars() {
        if !c.is_alphanumeric() {
            before = '_';
            continue;
        }
        let starts = !before.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        match words.last_mut() {
            Some(word) if !starts => word.extend(c.to_lowercase()),
            _ => words.push(c.to_lowercase().collect()),
        }
        before = c;
    }
    (words.len() >= NAME_WORDS).then(|| words.join(" "))
}

/// A list of integers as text, when every one is a printable code point.
fn characters(numbers: &[i64]) -> Option<String> {
    let text: Option<String> =
        numbers.iter().map(|&n| u32::try_from(n).ok().and_then(char::from_u32)).collect();
    text.filter(|text| {
        text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t')
            && text.chars().any(char::is_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_three_words_or_more_are_read() {
        assert_eq!(name_words("describeHow_to-bakeBread").as_deref(), Some("describe how to bake bread"));
        assert_eq!(name_words("HTTPServer"), None);
        assert_eq!(name_words("i"), None);
    }

    #[test]
    fn character_codes_are_text_only_when_printable() {
        assert_eq!(characters(&[98, 97, 107, 101]).as_deref(), Some("bake"));
        assert_eq!(characters(&[1, 2, 3]), None);
        assert_eq!(characters(&[-5, 97]), None);
    }
}
