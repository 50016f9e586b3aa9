//! Ciphertext beside the code: what prose sets off is given to the functions that the code defines.

use std::ops::Range;

use crate::budget::Budget;
use crate::read::decode;
use crate::read::ir::{Arg, Node, Program, Root, Source};
use crate::read::lang;
use crate::read::region::Regions;
use crate::request::span::TextSpan;

/// Functions and texts tried, each with each.
const MOST_FUNCTIONS: usize = 6;
const MOST_TEXTS: usize = 8;
/// What is given to a function.
const SHORTEST: usize = 8;
const LONGEST: usize = 8 << 10;

/// A text, and where ciphertext may stand in it.
pub(super) struct Beside<'t> {
    pub(super) span: &'t TextSpan,
    pub(super) ranges: &'t [Range<usize>],
}

/// The prose of a text. Ciphertext full of signs looks like code that nobody fenced.
pub(super) fn beside(regions: &Regions) -> Vec<Range<usize>> {
    let bare = regions.code.iter().filter(|region| !region.fenced);
    regions.prose.iter().chain(bare.map(|region| &region.range)).cloned().collect()
}

/// Adds calls of the program's own functions with the texts that stand `beside` the code, and trees and lists that stand
/// there as values. Says whether there was anything to add. Prose that reads as prose is no ciphertext.
pub(super) fn add_calls(program: &mut Program, beside: &[Beside<'_>], budget: &mut Budget) -> bool {
    let functions = functions(program);
    let mut texts: Vec<String> = Vec::new();
    for Beside { span, ranges } in beside {
        for range in ranges.iter().filter(|range| !defines(program, span, range)) {
            set_off(span.text.get(range.clone()).unwrap_or_default(), &mut texts);
        }
    }
    let mut added = false;
    for text in texts.iter().filter(|text| text.starts_with(['[', '{'])) {
        if let (Some(python), Some(span)) =
            (lang::by_name("python"), beside.first().map(|beside| beside.span))
        {
            added |= lang::lower(
                python,
                &format!("payload = {}", python_literal(text)),
                span.id,
                0,
                program,
                budget,
            )
            .complete;
        }
    }
    for (name, root) in functions {
        for text in &texts {
            added |= call(program, &name, root, text, budget);
        }
    }
    added
}

/// Whether a part of a text holds a function itself: then it is the decoder, not what is to be decoded.
fn defines(program: &Program, span: &TextSpan, range: &Range<usize>) -> bool {
    program.ids().any(|id| {
        let source = program.source(id);
        matches!(program.node(id), Node::Function { .. })
            && source.span == span.id
            && usize::try_from(source.start).is_ok_and(|start| range.contains(&start))
    })
}

/// The named functions that take something, with a root to copy the language's habits from.
fn functions(program: &Program) -> Vec<(Box<str>, Root)> {
    let Some(root) = program.roots().first().copied() else { return Vec::new() };
    let named = program.ids().filter_map(|id| match program.node(id) {
        Node::Function { name: Some(name), params, .. } if !params.is_empty() => Some((name.clone(), root)),
        _ => None,
    });
    named.take(MOST_FUNCTIONS).collect()
}

/// What a line sets off by a colon or quotes, or a line that follows a colon.
fn set_off(prose: &str, out: &mut Vec<String>) {
    let mut announced = false;
    for line in prose.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let quoted = line.split(['"', '\'', '`']).skip(1).step_by(2);
        let data = ["= {", "= [", ": {", ": ["].iter().filter_map(|mark| line.find(mark)).min();
        let data = data.map(|at| at + 2).or_else(|| line.starts_with(['[', '{']).then_some(0));
        let tail = match data {
            Some(at) => line.get(at..),
            None => line.split_once(": ").or_else(|| line.split_once(" = ")).map(|(_, tail)| tail),
        };
        let whole = announced.then_some(line);
        for text in tail.into_iter().chain(whole).chain(quoted) {
            let text = text.trim();
            let fits = (SHORTEST..=LONGEST).contains(&text.len()) && out.len() < MOST_TEXTS;
            if fits && !decode::is_well_ordered(text) && !out.iter().any(|known| known == text) {
                out.push(text.to_owned());
            }
        }
        announced = line.ends_with(':');
    }
}

/// JSON's words for nothing and for truth in Python's.
fn python_literal(text: &str) -> String {
    [("null", "None"), ("true", "True"), ("false", "False")].into_iter().fold(
        text.to_owned(),
        |text, (json, python)| {
            text.replace(&format!(": {json}"), &format!(": {python}"))
                .replace(&format!(":{json}"), &format!(":{python}"))
        },
    )
}

/// `name(text)`: lists and trees as Python and JSON write them are given as such.
fn call(program: &mut Program, name: &str, root: Root, text: &str, budget: &mut Budget) -> bool {
    let source = program.source(root.node);
    if text.starts_with(['[', '{'])
        && let Some(python) = lang::by_name("python")
    {
        let written = format!("print({name}({}))", python_literal(text));
        return lang::lower(python, &written, source.span, 0, program, budget).complete;
    }
    let source = Source { start: 0, end: 0, ..source };
    let value = program.add(Node::Text(text.into()), source);
    let callee = program.add(Node::Name(name.into()), source);
    let args = vec![Arg { name: None, value, spread: false }];
    let node = program.add(Node::Call { callee, args, library: None }, source);
    program.add_root(Root { node, ..root });
    true
}
