//! Ruby: kinds of tree-sitter-ruby 0.23.

mod block;
mod call;
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
    name: "ruby",
    aliases: &["rb", "irb", "rake", "jruby"],
    slow: false,
    traits: Traits {
        language: "ruby",
        breaks_through: true,
        integer_division: true,
        negative_index: true,
        last_base_first: true,
        ..Traits::PLAIN
    },
    grammar: || tree_sitter_ruby::LANGUAGE.into(),
    prepare: super::prepare::hash_lines,
    literals: &["string", "bare_string", "heredoc_body", "character", "subshell"],
    silent: &[],
    literal: text::plain,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("block.rs"),
        include_str!("call.rs"),
        include_str!("expression.rs"),
        include_str!("statement.rs"),
        include_str!("text.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS],
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
