//! PowerShell: kinds of tree-sitter-powershell 0.26.

mod command;
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
    name: "powershell",
    aliases: &["ps1", "pwsh", "posh", "ps"],
    slow: false,
    traits: Traits { language: "powershell", joins_numbers: true, negative_index: true, ..Traits::PLAIN },
    grammar: || tree_sitter_powershell::LANGUAGE.into(),
    prepare: super::prepare::hash_lines,
    literals: &[
        "expandable_string_literal",
        "verbatim_string_characters",
        "expandable_here_string_literal",
        "verbatim_here_string_characters",
    ],
    silent: &[],
    literal: text::plain,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("command.rs"),
        include_str!("expression.rs"),
        include_str!("statement.rs"),
        include_str!("text.rs"),
    ],
    #[cfg(test)]
    tables: &[library::METHODS, library::STATIC],
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
