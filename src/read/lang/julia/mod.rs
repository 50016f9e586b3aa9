//! Julia: kinds of tree-sitter-julia 0.23.

mod call;
mod dispatch;
mod expression;
mod library;
mod statement;
mod text;

use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "julia",
    aliases: &["jl"],
    slow: true,
    traits: Traits { language: "julia", first_index: 1, ..Traits::PLAIN },
    grammar: || tree_sitter_julia::LANGUAGE.into(),
    prepare: super::prepare::hash_lines,
    literals: &["string_literal", "prefixed_string_literal", "character_literal", "command_literal"],
    silent: &["using_statement", "import_statement"],
    literal: text::plain,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("dispatch.rs"),
        include_str!("expression.rs"),
        include_str!("statement.rs"),
        include_str!("text.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS],
};

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match statement::lower(cx, node) {
        Some(id) => id,
        None => match expression::lower(cx, node) {
            Some(id) => id,
            None => cx.opaque(node),
        },
    }
}
