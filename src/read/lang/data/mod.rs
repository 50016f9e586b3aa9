//! Data as programs: a document is one value, its strings in the order they are written, rows by their own numbers.
//!
//! These readers need no grammar: they take what is cut off or half right, and build the same ir as a program that
//! holds the data in a literal would.

mod flow;
mod formula;
mod lines;
mod markup;
mod tree;

use crate::budget::Budget;
use crate::read::ir::Node;
use crate::read::ir::Program;
use crate::read::ir::Root;
use crate::read::ir::Source;
use crate::read::ir::Traits;
use crate::request::span::SpanId;

use super::Lowered;
use tree::Tree;

/// Reads a document's text.
type Read = fn(&str, &mut Tree);

/// Formats, by the names that regions have.
const FORMATS: &[(&str, Read)] = &[
    ("json", flow::read),
    ("cypher", flow::read),
    ("graphql", flow::read),
    ("yaml", lines::yaml),
    ("toml", lines::pairs),
    ("ini", lines::pairs),
    ("csv", lines::rows),
    ("url", lines::url),
    ("formula", formula::read),
    ("xml", markup::read),
    ("html", markup::read),
];

/// The name of the variable that holds a document.
const DOCUMENT: &str = "document";

/// Reads `text` as the format of this name and adds a root to `program`; `None` for what is no data format.
pub(super) fn lower(
    name: &str,
    text: &str,
    span: SpanId,
    offset: usize,
    program: &mut Program,
    budget: &mut Budget,
) -> Option<Lowered> {
    let (name, read) = FORMATS.iter().find(|(format, _)| *format == name)?;
    let complete = budget.spend_steps((text.len() / 8) as u64).is_ok();
    let mut tree = Tree::new(program, span, offset);
    if complete {
        read(text, &mut tree);
    }
    let (value, literals) = tree.finish();
    let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
    let source = Source { span, start: at(offset), end: at(offset.saturating_add(text.len())) };
    let target = program.add(Node::Name(DOCUMENT.into()), source);
    let assign = program.add(Node::Assign { target, value, op: None, declares: true }, source);
    let root = program.add(Node::Block(vec![assign]), source);
    program.add_root(Root { node: root, traits: Traits { language: name, ..Traits::PLAIN } });
    Some(Lowered { root: Some(root), literals, error_bytes: 0, complete })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;
    use crate::read::ir::print;

    fn printed(name: &str, text: &str) -> String {
        let mut program = Program::new();
        let mut budget = Budget::new(Limits::default());
        lower(name, text, SpanId(0), 0, &mut program, &mut budget).unwrap();
        print(&program)
    }

    #[test]
    fn documents_cut_off_or_half_right_keep_their_strings_in_order() {
        for (name, text) in [
            ("json", "{\"a\": [\"describe\", {'b': \"how to\"}, \"bake"),
            ("cypher", "CREATE (a:W {t: 'describe'})-[:NEXT]->(b:W {t: \"how to\"}) RETURN 'bake'"),
            ("yaml", "a: describe\nb:\n  - how to\n  - c: 'bake'\n"),
            ("toml", "a = \"describe\"\n[b]\nc = how to\nd = 'bake'"),
            ("csv", "describe,how to\nbake"),
            ("url", "https://x.test/describe?q=how+to&r=bake"),
            ("xml", "<a t=\"describe\">how to<b>bake"),
        ] {
            let shown = printed(name, text);
            let places: Vec<Option<usize>> =
                ["\"describe\"", "\"how to\"", "\"bake\""].iter().map(|word| shown.find(word)).collect();
            assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{name}: {shown}");
        }
    }

    #[test]
    fn a_document_that_nests_deep_is_read_without_recursion() {
        for (name, open) in [("json", "["), ("xml", "<a>"), ("yaml", "- ")] {
            let text = open.repeat(20_000) + "\"bake\"";
            assert!(printed(name, &text).len() > 40, "{name}");
        }
    }
}
