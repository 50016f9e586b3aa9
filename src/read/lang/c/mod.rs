//! C: kinds of tree-sitter-c 0.24. Pointers are positions, characters are numbers, character arrays are memory.

mod call;
mod declaration;
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
    name: "c",
    aliases: &["h"],
    slow: false,
    traits: Traits { language: "c", integer_division: true, pointers: true, ..Traits::PLAIN },
    grammar: || tree_sitter_c::LANGUAGE.into(),
    prepare: super::prepare::slash_comments,
    literals: &["string_literal", "char_literal"],
    silent: &["preproc_include"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("declaration.rs"),
        include_str!("expression.rs"),
        include_str!("statement.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS],
};

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let raw = cx.text(node);
    let quote = if node.kind() == "char_literal" { '\'' } else { '"' };
    let inner = raw.split_once(quote).map_or(raw, |(_, inner)| inner);
    let text = unescape(inner.strip_suffix(quote).unwrap_or(inner), HexMeans::Byte);
    match text.chars().next() {
        Some(first) if quote == '\'' => Node::Int(i64::from(u32::from(first))),
        _ => Node::Text(text.into()),
    }
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
