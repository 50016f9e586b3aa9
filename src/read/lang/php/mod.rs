//! PHP: kinds of tree-sitter-php 0.25, the grammar that needs no opening tag.

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
    name: "php",
    aliases: &["php3", "php5", "php7", "php8", "phtml"],
    slow: false,
    traits: Traits {
        language: "php",
        digits_count: true,
        joins_numbers: true,
        negative_index: true,
        ..Traits::PLAIN
    },
    grammar: || tree_sitter_php::LANGUAGE_PHP_ONLY.into(),
    prepare: super::prepare::slash_comments,
    literals: &["string", "encapsed_string", "heredoc", "nowdoc", "shell_command_expression"],
    silent: &["namespace_use_declaration", "declare_statement"],
    literal: text::plain,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("expression.rs"),
        include_str!("statement.rs"),
        include_str!("text.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS, library::CLASSES],
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
