//! Bash and other shells: kinds of tree-sitter-bash 0.25.
//!
//! Everything is text. What a command prints is its result: a pipeline hands it on in the variable [`INPUT`].

mod command;
mod expansion;
mod filter;
mod script;
mod statement;
mod word;

use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The variable that holds what the command before in a pipeline printed.
const INPUT: &str = "|";
/// The variable that holds a function's arguments.
const ARGUMENTS: &str = "@";

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "bash",
    aliases: &["sh", "shell", "zsh", "ksh", "console", "shellsession", "shell-session"],
    slow: true,
    traits: Traits {
        language: "bash",
        breaks_through: true,
        integer_division: true,
        joins_numbers: true,
        negative_index: true,
        globals: true,
        ..Traits::PLAIN
    },
    grammar: || tree_sitter_bash::LANGUAGE.into(),
    prepare: super::prepare::hash_lines,
    literals: &["string", "raw_string", "ansi_c_string", "heredoc_body"],
    silent: &[],
    literal: word::plain,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("command.rs"),
        include_str!("expansion.rs"),
        include_str!("statement.rs"),
        include_str!("word.rs"),
    ],
    #[cfg(test)]
    tables: &[],
};

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match statement::lower(cx, node) {
        Some(id) => id,
        None => match expansion::lower(cx, node) {
            Some(id) => id,
            None => cx.opaque(node),
        },
    }
}
