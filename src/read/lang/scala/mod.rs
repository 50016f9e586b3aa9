//! Scala: kinds of tree-sitter-scala 0.26.

mod call;
mod class;
mod expression;
mod library;
mod pattern;
mod text;

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "scala",
    aliases: &["sc", "sbt"],
    slow: true,
    traits: Traits {
        language: "scala",
        first_index: 0,
        copies: false,
        integer_division: true,
        joins_numbers: true,
        negative_index: false,
        last_base_first: true,
        ..Traits::PLAIN
    },
    grammar: || tree_sitter_scala::LANGUAGE.into(),
    prepare: super::prepare::slash_comments,
    literals: &["string", "interpolated_string_expression", "character_literal"],
    silent: &["import_declaration", "package_clause"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("class.rs"),
        include_str!("expression.rs"),
        include_str!("pattern.rs"),
        include_str!("text.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS],
};

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    Node::Text(text::plain(cx, node).into())
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    for part in [class::lower, expression::lower] {
        if let Some(id) = part(cx, node) {
            return id;
        }
    }
    cx.opaque(node)
}
