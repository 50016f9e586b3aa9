//! Kotlin: kinds of tree-sitter-kotlin-ng 1.1.

mod call;
mod class;
mod expression;
mod library;
mod statement;
mod text;

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "kotlin",
    aliases: &["kt", "kts"],
    slow: true,
    traits: Traits {
        language: "kotlin",
        breaks_through: true,
        first_index: 0,
        copies: false,
        integer_division: true,
        joins_numbers: true,
        negative_index: false,
        ..Traits::PLAIN
    },
    grammar: || tree_sitter_kotlin_ng::LANGUAGE.into(),
    prepare: super::prepare::slash_comments,
    literals: &["string_literal", "multiline_string_literal", "character_literal"],
    silent: &["import", "package_header"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("class.rs"),
        include_str!("expression.rs"),
        include_str!("statement.rs"),
        include_str!("text.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS],
};

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    Node::Text(text::plain(cx, node).into())
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    for part in [statement::lower, class::lower, expression::lower] {
        if let Some(id) = part(cx, node) {
            return id;
        }
    }
    cx.opaque(node)
}
