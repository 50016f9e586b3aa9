//! Perl: kinds of ts-parser-perl 2.
//!
//! Variables keep their mark (`$x`, `@x`, `%x`): they are three. What an expression means depends on whether one value
//! or a list is wanted, which the syntax tells.

mod call;
mod expression;
mod library;
mod matching;
mod operator;
mod statement;
mod text;

use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "perl",
    aliases: &["pl", "pm", "perl5"],
    slow: true,
    traits: Traits {
        language: "perl",
        digits_count: true,
        joins_numbers: true,
        negative_index: true,
        ..Traits::PLAIN
    },
    grammar: || ts_parser_perl::LANGUAGE.into(),
    prepare: super::prepare::perl_lines,
    literals: &["string_literal", "interpolated_string_literal", "heredoc_content", "command_string"],
    silent: &["use_statement"],
    literal: text::plain,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("expression.rs"),
        include_str!("matching.rs"),
        include_str!("operator.rs"),
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
