//! C++ (and C): kinds of tree-sitter-cpp 0.23.

mod algorithm;
mod declaration;
mod expression;
mod library;
mod statement;
mod stream;

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
    name: "cpp",
    aliases: &["c++", "cc", "cxx", "hpp", "arduino"],
    slow: false,
    traits: Traits { language: "cpp", copies: true, integer_division: true, ..Traits::PLAIN },
    grammar: || tree_sitter_cpp::LANGUAGE.into(),
    prepare: super::prepare::slash_comments,
    literals: &["string_literal", "raw_string_literal", "char_literal"],
    silent: &["preproc_include"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("algorithm.rs"),
        include_str!("declaration.rs"),
        include_str!("expression.rs"),
        include_str!("statement.rs"),
        include_str!("stream.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS],
};

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let raw = cx.text(node);
    if node.kind() == "raw_string_literal" {
        let inner = raw.split_once('(').map_or(raw, |(_, inner)| inner);
        return Node::Text(inner.rsplit_once(')').map_or(inner, |(inner, _)| inner).into());
    }
    let quote = if node.kind() == "char_literal" { '\'' } else { '"' };
    let inner = raw.split_once(quote).map_or(raw, |(_, inner)| inner);
    Node::Text(unescape(inner.strip_suffix(quote).unwrap_or(inner), HexMeans::Byte).into())
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if let Some(id) = statement::lower(cx, node) {
        return id;
    }
    if let Some(id) = declaration::lower(cx, node) {
        return id;
    }
    match expression::lower(cx, node) {
        Some(id) => id,
        None => cx.opaque(node),
    }
}
