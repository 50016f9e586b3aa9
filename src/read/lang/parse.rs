//! The only call of a tree-sitter parser: byte cap, nesting pre-scan, deadline.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

use cpu_time::ThreadTime;
use tree_sitter::ParseOptions;
use tree_sitter::ParseState;
use tree_sitter::Parser;
use tree_sitter::Tree;

use crate::budget::Budget;
use crate::budget::Limit;

use super::Language;

/// Open brackets at one place beyond which a text is not parsed: grammars get slow, and no honest program is there.
const NESTING: usize = 200;

thread_local! {
    /// A parser and its first parse cost half a millisecond; a thread keeps one for each language.
    static PARSERS: RefCell<HashMap<&'static str, Parser>> = RefCell::new(HashMap::new());
}

/// The longest prefix of `text` within `cap` bytes that ends with a line, or with a character. Notes a cut.
pub(super) fn cut<'t>(text: &'t str, cap: usize, budget: &mut Budget) -> &'t str {
    if text.len() <= cap {
        return text;
    }
    budget.note(Limit::RegionBytes);
    let prefix = &text[..text.floor_char_boundary(cap)];
    match prefix.rfind('\n') {
        Some(line) if line > cap / 2 => &prefix[..=line],
        _ => prefix,
    }
}

/// Why there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// This text takes too long; the caller says what comes of that.
    Slow,
    /// A limit, which the budget has noted.
    Refused,
}

/// The tree of `text`, unless it nests too deep or the parse time is spent.
pub(super) fn parse(language: &'static Language, text: &str, budget: &mut Budget) -> Result<Tree, Failure> {
    if budget.spend_steps(text.len() as u64 / 64).is_err() {
        return Err(Failure::Refused);
    }
    if nesting(text) > NESTING {
        budget.note(Limit::ParseNesting);
        return Err(Failure::Refused);
    }
    let allowance = budget.parse_allowance(text.len()).ok_or(Failure::Refused)?;
    let start = ThreadTime::now();
    let tree = PARSERS.with_borrow_mut(|parsers| {
        let parser = parser(parsers, language)?;
        let tree = run(parser, text, start, allowance);
        if tree.is_none() {
            parser.reset();
        }
        tree
    });
    budget.book_parse(start.elapsed());
    tree.ok_or(Failure::Slow)
}

/// The thread's parser for `language`.
fn parser<'p>(parsers: &'p mut HashMap<&'static str, Parser>, language: &Language) -> Option<&'p mut Parser> {
    let parser = parsers.entry(language.name).or_default();
    if parser.language().is_none() {
        parser.set_language(&(language.grammar)()).ok()?;
    }
    Some(parser)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that sets deadline and nesting cap")]
fn run(parser: &mut Parser, text: &str, start: ThreadTime, allowance: Duration) -> Option<Tree> {
    let mut late = |_: &ParseState| {
        if start.elapsed() > allowance { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut late);
    parser.parse_with_options(&mut |at, _| text.as_bytes().get(at..).unwrap_or_default(), None, Some(options))
}

/// The deepest nesting of brackets, and of `<` within a statement, outside of one-line strings. A guess: a text
/// that fools it still meets the deadline.
fn nesting(text: &str) -> usize {
    let (mut open, mut angles, mut deepest) = (0_usize, 0_usize, 0);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'<' if matches!(bytes.peek(), Some(b'<' | b'=' | b'-')) => {
                bytes.next();
            }
            b'<' => angles += 1,
            b'>' => angles = angles.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
        if matches!(byte, b';' | b'{' | b'}') {
            angles = 0;
        }
        deepest = deepest.max(open + angles);
    }
    deepest
}

/// Moves past a string's closing quote or the end of its line.
fn skip_string(bytes: &mut impl Iterator<Item = u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'"' | b'\n' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_brackets_but_not_strings() {
        assert_eq!(nesting("f(a[{x}])"), 3);
        assert_eq!(nesting("f(\"((((\")"), 1);
        assert_eq!(nesting("cout << a << b; i <= n;"), 0);
    }

    #[test]
    fn a_cut_ends_with_a_line_where_it_can() {
        let mut budget = Budget::new(crate::budget::Limits::default());
        assert_eq!(cut("aaaa\nbbbb\ncc", 11, &mut budget), "aaaa\nbbbb\n");
        assert_eq!(cut("ääää", 3, &mut budget), "ä");
        assert!(budget.is_incomplete());
    }
}
