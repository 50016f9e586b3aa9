//! Go: kinds of tree-sitter-go 0.25.

mod call;
mod expression;
mod library;
mod statement;

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::literal::HexMeans;
use super::literal::unescape;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "go",
    aliases: &["golang"],
    slow: false,
    traits: Traits { language: "go", integer_division: true, ..Traits::PLAIN },
    grammar: || tree_sitter_go::LANGUAGE.into(),
    prepare: super::prepare::slash_comments,
    literals: &["interpreted_string_literal", "raw_string_literal", "rune_literal"],
    silent: &["import_declaration"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[include_str!("call.rs"), include_str!("expression.rs"), include_str!("statement.rs")],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS],
};

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let raw = cx.text(node);
    if node.kind() == "raw_string_literal" {
        return Node::Text(raw.trim_matches('`').into());
    }
    let quote = if node.kind() == "rune_literal" { '\'' } else { '"' };
    let inner = raw.strip_prefix(quote).unwrap_or(raw);
    Node::Text(unescape(inner.strip_suffix(quote).unwrap_or(inner), HexMeans::Byte).into())
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match statement::lower(cx, node) {
        Some(id) => id,
        None => match expression::lower(cx, node) {
            Some(id) => id,
            None => cx.opaque(node),
        },
    }
}
