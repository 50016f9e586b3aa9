//! Java: kinds of tree-sitter-java 0.23.

mod call;
mod class;
mod construct;
mod expression;
mod function;
mod library;
mod statement;
mod stream;

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::curly;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "java",
    aliases: &["jsp", "jshell"],
    // `a<a<a<…` takes time and memory that grow with its square.
    slow: true,
    traits: Traits {
        language: "java",
        first_index: 0,
        copies: false,
        integer_division: true,
        joins_numbers: true,
        negative_index: false,
        ..Traits::PLAIN
    },
    grammar: || tree_sitter_java::LANGUAGE.into(),
    prepare: super::prepare::slash_comments,
    literals: &["string_literal", "character_literal"],
    silent: &["import_declaration", "package_declaration"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("class.rs"),
        include_str!("construct.rs"),
        include_str!("expression.rs"),
        include_str!("function.rs"),
        include_str!("statement.rs"),
        include_str!("stream.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS, library::MAKERS],
};

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let raw = cx.text(node);
    if let Some(inner) = raw.strip_prefix("\"\"\"") {
        let inner = inner.strip_suffix("\"\"\"").unwrap_or(inner);
        return Node::Text(curly::unescape(&curly::dedent(inner)).into());
    }
    let quote = if node.kind() == "character_literal" { '\'' } else { '"' };
    let inner = raw.strip_prefix(quote).unwrap_or(raw);
    Node::Text(curly::unescape(inner.strip_suffix(quote).unwrap_or(inner)).into())
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    for part in [statement::lower, class::lower, expression::lower] {
        if let Some(id) = part(cx, node) {
            return id;
        }
    }
    cx.opaque(node)
}
