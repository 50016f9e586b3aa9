//! What each reading stage found, as candidates.

use std::collections::HashSet;

use super::group::{GROUP_PIECES, from_group};
use super::numbers::from_numbers;
use super::remark::from_comments;
use super::said::{from_few, from_names, from_said, permuted};
use super::{Candidate, Candidates, Origin, Step};
use crate::budget::{Budget, Limit};
use crate::read::decode;
use crate::read::decode::Ask;
use crate::read::decode::Decoded;
use crate::read::eval::{Finding, FindingKind};
use crate::read::ir::Source;
use crate::read::lexer::Lexed;
use crate::read::lexer::join;
use crate::read::lexer::row;
use crate::request::span::SpanId;

/// Parts of names that say that a text is taken apart or changed.
const SEPARATING: &[&str] =
    &["split", "replac", "explode", "tokeni", "strtok", "gsub", "substitut", "translat"];
/// The most signs between two words, and the fewest words with signs between them.
const SIGNS: usize = 4;
const SEPARATED_WORDS: usize = 5;
/// All literals of a region are joined only up to this many bytes: longer regions are programs, not carriers.
const WHOLE_REGION_BYTES: usize = 8 << 10;
/// A name of fewer words says nothing.
const NAME_WORDS: usize = 3;

/// In longer texts words that ask for something do so here and there: what comes of it must be a sentence.
const ASKED_BYTES: usize = 8 << 10;
/// Groups of so many pieces are asked what the comments ask for, and the largest group whatever its size.
const ASKED_PIECES: usize = 4;

/// Where a text was found: the steps so far and the span.
#[derive(Debug, Clone)]
pub struct Place {
    /// Provenance so far.
    pub via: Vec<Step>,
    /// The span.
    pub span: SpanId,
}

impl Place {
    pub(super) fn step(&self, step: impl Into<Step>) -> Vec<Step> {
        let mut via = self.via.clone();
        via.push(step.into());
        via
    }

    /// A candidate found here by one more step.
    pub fn candidate(&self, text: impl Into<String>, origin: Origin, step: impl Into<Step>) -> Candidate {
        Candidate { text: text.into(), origin, via: self.step(step), spans: vec![self.span] }
    }
}

/// Adds what the grammar-free reader found in a region, whose text this is: comments, names, literals, groups in the orders
/// that they and the words around them (`asks`) offer, and what names and operators put together.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_lexed(
    lexed: &Lexed,
    text: &str,
    asks: &[Ask],
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    from_comments(lexed, text, place, out, budget)?;
    from_names(lexed, place, out, budget)?;
    for literal in &lexed.literals {
        out.add(place.candidate(literal.text.as_str(), Origin::Recovered, "literal"), budget)?;
    }
    from_separated(lexed, place, out, budget)?;
    for literal in lexed.literals.iter().filter(|literal| literal.text.contains('\n')) {
        for (text, how) in tabled(&literal.text) {
            out.add(place.candidate(text, Origin::Recovered, how), budget)?;
        }
    }
    let most =
        lexed.groups.iter().map(|group| group.pieces.len()).filter(|count| *count <= GROUP_PIECES).max();
    for group in lexed.groups.iter().filter(|group| group.pieces.len() <= GROUP_PIECES) {
        // What is asked for is asked of the container, not of every pair of strings.
        let asks =
            if Some(group.pieces.len()) == most || group.pieces.len() >= ASKED_PIECES { asks } else { &[] };
        from_group(group, asks, text.len() > ASKED_BYTES, place, out, budget)?;
    }
    from_said(lexed, asks, place, out, budget)?;
    from_few(lexed, asks, place, out, budget)?;
    for numbers in &lexed.numbers {
        from_numbers(numbers, place, out, budget)?;
        for group in lexed.groups.iter().filter(|group| group.pieces.len() == numbers.len()) {
            for text in permuted(&group.pieces, numbers) {
                out.add(
                    place.candidate(text, Origin::Recovered, "list, placed by a list of numbers"),
                    budget,
                )?;
            }
        }
    }
    Ok(())
}

/// The most lines of a text that is read as a table.
const TABLE_LINES: usize = 64;

/// A text whose lines each hold a key or a number and something else (`name = value`, `3,bread`): what stands there, in order and
/// by number.
fn tabled(text: &str) -> Vec<(String, &'static str)> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['[', '#', ';']))
        .collect();
    if !(2..=TABLE_LINES).contains(&lines.len()) {
        return Vec::new();
    }
    if let Some(placed) = decode::by_number(&lines).filter(|text| decode::is_sentence(text)) {
        return vec![(placed, "lines of a table → by number")];
    }
    let value = |line: &&str| {
        let (key, value) = line.split_once(['=', ':'])?;
        (!key.trim().contains(' ') && !value.trim().is_empty())
            .then(|| value.trim().trim_matches('"').to_owned())
    };
    let values: Option<Vec<String>> = lines.iter().map(value).collect();
    let joined = values.map(|values| values.join(" ")).filter(|text| decode::is_sentence(text));
    joined.map(|text| (text, "values of a table → joined with \" \"")).into_iter().collect()
}

/// Words with the same signs between them, in code that says something about taking texts apart or changing them.
fn from_separated(
    lexed: &Lexed,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let mut separated = lexed.literals.iter().filter_map(|literal| separated(&literal.text)).peekable();
    if separated.peek().is_none() || !lexed.identifiers.iter().any(|(name, _)| is_separating(name)) {
        return Ok(());
    }
    for words in separated {
        out.add(place.candidate(words, Origin::Recovered, "words without the signs between"), budget)?;
    }
    Ok(())
}

/// Whether a name holds one of [`SEPARATING`], in whatever letters.
fn is_separating(name: &str) -> bool {
    let holds = |name: &str| SEPARATING.iter().any(|word| name.contains(word));
    if name.is_ascii() { holds(&name.to_ascii_lowercase()) } else { holds(&name.to_lowercase()) }
}

/// The words of a text that holds nothing else but the same signs between them.
fn separated(text: &str) -> Option<String> {
    let first = text.find(|c: char| !c.is_alphabetic())?;
    let length = text[first..].find(char::is_alphabetic).filter(|length| *length <= SIGNS)?;
    let sign = &text[first..first + length];
    if sign.contains(char::is_whitespace) {
        return None;
    }
    let words: Vec<&str> = text.split(sign).filter(|word| !word.is_empty()).collect();
    let all =
        words.len() >= SEPARATED_WORDS && words.iter().all(|word| word.chars().all(char::is_alphabetic));
    all.then(|| words.join(" "))
}

/// Adds all literals of a region, in source order and reversed: what is left when nobody understands the language, or
/// when the tree was fooled.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_whole_region(
    lexed: &Lexed,
    asks: &[Ask],
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let is_word = |text: &&str| {
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        letters > 1 || letters == 1 && !text.contains(['%', '{', '\\'])
    };
    let mut pieces: Vec<&str> =
        lexed.literals.iter().map(|literal| literal.text.as_str()).filter(is_word).collect();
    let bytes: usize = pieces.iter().map(|piece| piece.len() + 1).sum();
    if pieces.len() < 2 || bytes > WHOLE_REGION_BYTES {
        return Ok(());
    }
    drop_repeats(&mut pieces);
    let text = join::join(&pieces);
    let turned = decode::may_be_turned(&text);
    out.add(place.candidate(text, Origin::Recovered, "all literals → joined in order"), budget)?;
    for ask in asks.iter().filter(|_| pieces.len() > 2) {
        for text in ask.answer(&pieces).into_iter().filter(|text| decode::reads_as_language(text)) {
            out.add(
                place.candidate(text, Origin::Recovered, format!("all literals → {}", ask.name())),
                budget,
            )?;
        }
    }
    if turned {
        pieces.reverse();
        let text = join::join(&pieces);
        out.add(place.candidate(text, Origin::Recovered, "all literals → reversed"), budget)?;
    }
    Ok(())
}

/// Keeps the first of each piece when most are repeats: then they are samples of data, not words of a sentence.
fn drop_repeats(pieces: &mut Vec<&str>) {
    let mut seen = HashSet::new();
    let distinct = pieces.iter().filter(|piece| seen.insert(**piece)).count();
    if distinct * 2 <= pieces.len() {
        seen.clear();
        pieces.retain(|piece| seen.insert(*piece));
    }
}

/// Adds what the interpreter found.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_finding(
    finding: &Finding,
    steps_to: impl Fn(Option<&Source>) -> Vec<Step>,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    let turned = finding.kind == FindingKind::Reversed
        || finding.kind == FindingKind::Shape
            && finding.how.last().is_some_and(|step| step == "keys reversed");
    if turned && !decode::may_be_turned(&finding.text) {
        return Ok(());
    }
    out.add(candidate_of(finding, steps_to), budget)?;
    Ok(())
}

/// A finding as a candidate.
pub fn candidate_of(finding: &Finding, steps_to: impl Fn(Option<&Source>) -> Vec<Step>) -> Candidate {
    let mut spans: Vec<SpanId> = finding.sources.iter().map(|source| source.span).collect();
    spans.sort_unstable();
    spans.dedup();
    let mut via = steps_to(finding.sources.iter().min_by_key(|source| (source.span, source.start)));
    match finding.kind {
        FindingKind::Literal if finding.how.is_empty() => via.push("literal".into()),
        _ => via.extend(finding.how.iter().cloned()),
    }
    Candidate { text: finding.text.clone(), origin: Origin::Recovered, via, spans }
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
    let found = decode::unwind_once(text, &mut out.tried, budget);
    add_decoded(found, via, spans, out, budget)
}

/// Looks for encodings in the candidates added since there were `before`.
///
/// # Errors
/// The limit that is exhausted.
pub fn decode_since(before: usize, out: &mut Candidates, budget: &mut Budget) -> Result<(), Limit> {
    // What is added on the way is decoded already, and replaces no other.
    for at in before..out.list.len() {
        let Some(candidate) = out.list.get(at).filter(|candidate| candidate.origin != Origin::Decoded) else {
            continue;
        };
        let found = decode::unwind_once(&candidate.text, &mut out.tried, budget);
        if found.is_empty() {
            continue;
        }
        let (via, spans) = (candidate.via.clone(), candidate.spans.clone());
        add_decoded(found, &via, &spans, out, budget)?;
    }
    Ok(())
}

/// The shortest word of code that may be an encoded text, and the most such words.
const SHORTEST_PACKED: usize = 20;
const MOST_PACKED: usize = 64;

/// Adds what words of code say that stand without quotes and look encoded: `$(echo ZGVz… | base64 -d)`.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_bare(text: &str, place: &Place, out: &mut Candidates, budget: &mut Budget) -> Result<(), Limit> {
    budget.spend_steps(text.len() as u64 / 256 + 1)?;
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let packed = |token: &&[u8]| {
        let holds = |is: fn(&u8) -> bool| token.iter().any(is);
        let mixed = holds(u8::is_ascii_uppercase) && holds(u8::is_ascii_lowercase);
        token.len() >= SHORTEST_PACKED
            && holds(|byte| byte.is_ascii_digit() || *byte == b'=')
            && (mixed || token.iter().all(u8::is_ascii_hexdigit))
    };
    let tokens = text.as_bytes().split(|byte| !belongs(byte)).filter(packed).take(MOST_PACKED);
    for token in tokens.filter_map(|token| std::str::from_utf8(token).ok()) {
        let via = place.step("encoded word");
        from_decoders(token, &via, &[place.span], out, budget)?;
    }
    Ok(())
}

fn add_decoded(
    found: Vec<Decoded>,
    via: &[Step],
    spans: &[SpanId],
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    for decoded in found {
        let via = via.iter().cloned().chain(decoded.steps.iter().map(|&step| step.to_owned())).collect();
        let candidate = Candidate { text: decoded.text, origin: Origin::Decoded, via, spans: spans.to_vec() };
        out.add(candidate, budget)?;
    }
    Ok(())
}

/// Adds what only a text as a whole gives away.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_hidden(
    text: &str,
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    for decoded in decode::unwind_hidden(text, budget) {
        let step = decoded.steps.join(" → ");
        out.add(place.candidate(decoded.text, Origin::Decoded, step), budget)?;
    }
    Ok(())
}

/// The words of an identifier, key or file name, when there are enough of them to say something.
pub fn name_words(name: &str) -> Option<String> {
    (row::count_words(name) >= NAME_WORDS).then(|| row::words(name).join(" "))
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
    fn words_with_the_same_signs_between_are_words() {
        assert_eq!(separated("bake@@dark@@rye@@bread@@rolls").as_deref(), Some("bake dark rye bread rolls"));
        assert_eq!(separated("bake|dark|rye, bread|rolls|too"), None);
        assert_eq!(separated("a plain line of words"), None);
    }
}
