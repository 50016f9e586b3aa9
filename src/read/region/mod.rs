//! Which parts of a span are code, fenced or not, cleaned of what surrounds code in messages, and in which language.
//! Prose is never handed to a parser; where it is hard to say, a line counts as code.

mod clean;
mod fence;
mod guess;
mod line;
mod quote;
mod tag;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::budget::Budget;
use crate::read::lexer;
use crate::request::span::SpanId;
use crate::request::span::TextSpan;

pub use guess::guess;

/// One piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The span it is in.
    pub span: SpanId,
    /// Bytes of the span's text.
    pub range: Range<usize>,
    /// What to parse: the text of `range`, cleaned.
    pub text: String,
    /// The language's canonical name, by content first and fence tag second.
    pub language: Option<&'static str>,
    /// The fence tag as written.
    pub tag: Option<String>,
    /// Whether a fence, `<pre>` or backticks marked it.
    pub fenced: bool,
    /// Whether cleaning changed the text, so that its offsets are not the span's.
    pub cleaned: bool,
}

/// A span, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regions {
    /// Code, in the order of the text.
    pub code: Vec<Region>,
    /// Everything else, in the order of the text.
    pub prose: Vec<Range<usize>>,
}

/// Bytes read for one step of budget.
const BYTES_A_STEP: usize = 64;

/// Takes a span apart. Without budget nothing is code and everything prose; the limit is noted.
pub fn find(span: &TextSpan, budget: &mut Budget) -> Regions {
    let text = span.text.as_str();
    if text.trim().is_empty() {
        return Regions::default();
    }
    if budget.spend_steps((text.len() / BYTES_A_STEP + 1) as u64).is_err() {
        return Regions { code: Vec::new(), prose: std::iter::once(0..text.len()).collect() };
    }
    let marks = if is_json(text) { vec![all_of(text)] } else { marks(text) };
    let mut found = Regions::default();
    let mut at = 0;
    for mark in marks {
        push_prose(&mut found.prose, text, at..mark.outer.start);
        at = mark.outer.end;
        found.code.push(region(span, mark));
    }
    push_prose(&mut found.prose, text, at..text.len());
    found
}

/// A span that is code from end to end.
pub fn whole(span: &TextSpan) -> Regions {
    Regions { code: vec![region(span, all_of(&span.text))], prose: Vec::new() }
}

/// Code as marked out in the text, before cleaning.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    /// Fences included.
    outer: Range<usize>,
    inner: Range<usize>,
    tag: Option<String>,
    fenced: bool,
}

fn all_of(text: &str) -> Mark {
    Mark { outer: 0..text.len(), inner: 0..text.len(), tag: None, fenced: false }
}

/// Fences first, then bare code in what is left, then code in backticks in what is left of that.
fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = 0;
    for mark in fence::fences(text) {
        marks.extend(bare(text, at..mark.outer.start));
        at = mark.outer.end;
        marks.push(mark);
    }
    marks.extend(bare(text, at..text.len()));
    marks
}

fn bare(text: &str, range: Range<usize>) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = range.start;
    for table in fence::tables(text, range.clone()) {
        marks.extend(runs(text, at..table.outer.start));
        at = table.outer.end;
        marks.push(table);
    }
    marks.extend(runs(text, at..range.end));
    marks
}

fn runs(text: &str, range: Range<usize>) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = range.start;
    for inner in line::code_runs(text, range.clone()) {
        marks.extend(fence::inline(text, at..inner.start));
        at = inner.end;
        marks.push(Mark { outer: inner.clone(), inner, tag: None, fenced: false });
    }
    marks.extend(fence::inline(text, at..range.end));
    marks
}

fn region(span: &TextSpan, mark: Mark) -> Region {
    let written = &span.text[mark.inner.clone()];
    let text = clean::clean(written);
    let cleaned = text != written;
    let session = || lexer::lines(written).find(|line| !line.trim().is_empty()).and_then(clean::session);
    let language = language(&text, mark.tag.as_deref().or_else(session));
    Region { span: span.id, range: mark.inner, text, language, tag: mark.tag, fenced: mark.fenced, cleaned }
}

/// The content decides when it speaks clearly; else the tag does.
fn language(text: &str, tag: Option<&str>) -> Option<&'static str> {
    let ranked = guess(text);
    let best = ranked.first().copied();
    let Some(tagged) = tag.and_then(tag::canonical) else { return best.map(|(name, _)| name) };
    let own = ranked.iter().find(|(name, _)| *name == tagged).map_or(0, |(_, score)| *score);
    match best {
        Some((name, score)) if score >= 6 && score > own.saturating_mul(2).saturating_add(2) => Some(name),
        _ => Some(tagged),
    }
}

fn is_json(text: &str) -> bool {
    let shown = text.trim();
    shown.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(shown).is_ok()
}

fn push_prose(prose: &mut Vec<Range<usize>>, text: &str, range: Range<usize>) {
    if text.get(range.clone()).is_some_and(|part| !part.trim().is_empty()) {
        prose.push(range);
    }
}

/// The lines of a range, line ends included.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = range.start;
    text[range].split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..at
    })
}
