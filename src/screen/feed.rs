//! Ciphertext beside the code: what prose sets off is given to the functions that the code defines.

use std::ops::Range;

use crate::budget::Budget;
use crate::read::decode;
use crate::read::ir::{Arg, Node, Program, Root, Source};
use crate::read::lang;
use crate::read::region::Regions;
use crate::request::span::{SpanId, TextSpan};

/// Functions and texts tried, each with each.
const MOST_FUNCTIONS: usize = 6;
const MOST_TEXTS: usize = 8;
/// Keys tried with a function of two parameters.
const MOST_KEYS: usize = 4;
/// What is given to a function.
const SHORTEST: usize = 8;
const LONGEST: usize = 8 << 10;

/// A text, and where ciphertext may stand in it.
pub(super) struct Beside<'t> {
    pub(super) span: &'t TextSpan,
    pub(super) ranges: &'t [Range<usize>],
}

/// What was added to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    Nothing,
    /// Calls of its functions.
    Calls,
    /// Variables, which functions that nothing calls may be given.
    Values,
}

/// The prose of a text. Ciphertext full of signs looks like code that nobody fenced.
pub(super) fn beside(regions: &Regions) -> Vec<Range<usize>> {
    let bare = regions.code.iter().filter(|region| !region.fenced);
    regions.prose.iter().chain(bare.map(|region| &region.range)).cloned().collect()
}

/// Adds calls of the program's own functions with the texts that stand `beside` the code, and trees and lists that stand
/// there as values. Prose that reads as prose is no ciphertext.
pub(super) fn add_calls(program: &mut Program, beside: &[Beside<'_>], budget: &mut Budget) -> Added {
    let Some(root) = program.roots().first().copied() else { return Added::Nothing };
    let functions = functions(program);
    let defined = defined(program);
    let keyed = functions.iter().any(|decoder| decoder.takes == 2);
    let (mut texts, mut given): (Vec<String>, Vec<Node>) = (Vec::new(), Vec::new());
    for Beside { span, ranges } in beside {
        for range in ranges.iter().filter(|range| !defines(&defined, span, range)) {
            let prose = span.text.get(range.clone()).unwrap_or_default();
            set_off(prose, &mut texts);
            if keyed && prose.len() <= LONGEST {
                keys(prose, &mut given);
            }
        }
    }
    let (mut added, mut values) = (false, false);
    for text in texts.iter().filter(|text| is_data(text)) {
        if let (Some(python), Some(span)) =
            (lang::by_name("python"), beside.first().map(|beside| beside.span))
        {
            values |= lang::lower(
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
    for Decoder { name, takes } in functions {
        for text in &texts {
            if takes == 1 {
                added |= call(program, &name, root, text, budget);
            }
            for key in given.iter().filter(|_| takes == 2) {
                added |= call_with(program, &name, root, [Node::Text(text.as_str().into()), key.clone()]);
            }
        }
    }
    match (values, added) {
        (true, _) => Added::Values,
        (false, true) => Added::Calls,
        (false, false) => Added::Nothing,
    }
}

/// Where the functions of the program stand, in order.
fn defined(program: &Program) -> Vec<(SpanId, usize)> {
    let functions = program.ids().filter(|id| matches!(program.node(*id), Node::Function { .. }));
    let mut found: Vec<(SpanId, usize)> = functions
        .map(|id| program.source(id))
        .filter_map(|source| Some((source.span, usize::try_from(source.start).ok()?)))
        .collect();
    found.sort_unstable();
    found
}

/// Whether a part of a text holds a function itself: then it is the decoder, not what is to be decoded.
fn defines(defined: &[(SpanId, usize)], span: &TextSpan, range: &Range<usize>) -> bool {
    let first = defined.partition_point(|at| *at < (span.id, range.start));
    defined.get(first).is_some_and(|at| *at < (span.id, range.end))
}

/// A function of the program, and how many arguments it must get.
struct Decoder {
    name: Box<str>,
    takes: usize,
}

/// The functions that have a name, their own or that of a variable, and take something.
fn functions(program: &Program) -> Vec<Decoder> {
    let takes = |node: &Node| match node {
        Node::Function { params, .. } => {
            let required = params.iter().filter(|param| param.default.is_none() && !param.rest).count();
            (!params.is_empty()).then_some(required.max(1))
        }
        _ => None,
    };
    let named = program.ids().filter_map(|id| match program.node(id) {
        node @ Node::Function { name: Some(name), .. } => {
            Some(Decoder { name: name.clone(), takes: takes(node)? })
        }
        Node::Assign { target, value, .. } => match program.node(*target) {
            Node::Name(name) => Some(Decoder { name: name.clone(), takes: takes(program.node(*value))? }),
            _ => None,
        },
        _ => None,
    });
    named.filter(|decoder| decoder.takes <= 2).take(MOST_FUNCTIONS).collect()
}

/// What prose gives beside the text: `key 7`, `with the key lemon`, `shift = 3`.
fn keys(prose: &str, out: &mut Vec<Node>) {
    let mut told = false;
    if out.len() >= MOST_KEYS {
        return;
    }
    for word in prose.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let key = match word.parse() {
            Ok(number @ 0..=255) => Some(Node::Int(number)),
            _ => (told && !matches!(word, "is" | "of" | "the" | "to")).then(|| Node::Text(word.into())),
        };
        told = matches!(word.to_ascii_lowercase().as_str(), "key" | "password" | "passphrase" | "secret")
            || told && key.is_none();
        if let Some(key) = key.filter(|key| !out.contains(key)) {
            out.push(key);
            if out.len() >= MOST_KEYS {
                return;
            }
        }
    }
}

/// What a line sets off by a colon or quotes, or a line that follows a colon.
fn set_off(prose: &str, out: &mut Vec<String>) {
    let mut announced = false;
    if out.len() >= MOST_TEXTS {
        return;
    }
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
            if out.len() >= MOST_TEXTS {
                return;
            }
            let text = text.trim();
            let fits = (SHORTEST..=LONGEST).contains(&text.len());
            if fits && !decode::is_well_ordered(text) && !out.iter().any(|known| known == text) {
                out.push(text.to_owned());
            }
        }
        announced = line.ends_with(':');
    }
}

/// A list or a map, by its brackets: shifted letters may be brackets as well.
fn is_data(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(']') || text.starts_with('{') && text.ends_with('}')
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
    if is_data(text)
        && let Some(python) = lang::by_name("python")
    {
        let written = format!("print({name}({}))", python_literal(text));
        return lang::lower(python, &written, source.span, 0, program, budget).complete;
    }
    call_with(program, name, root, [Node::Text(text.into())])
}

/// `name(…)`
fn call_with<const N: usize>(program: &mut Program, name: &str, root: Root, values: [Node; N]) -> bool {
    let source = Source { start: 0, end: 0, ..program.source(root.node) };
    let callee = program.add(Node::Name(name.into()), source);
    let args =
        values.into_iter().map(|value| Arg { name: None, value: program.add(value, source), spread: false });
    let args = args.collect();
    let node = program.add(Node::Call { callee, args, library: None }, source);
    program.add_root(Root { node, ..root });
    true
}
