//! Lua: kinds of tree-sitter-lua 0.5.

mod call;
mod expression;
mod library;
mod pattern;
mod statement;

use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "lua",
    aliases: &["luau", "luajit"],
    slow: false,
    traits: Traits { language: "lua", globals: true, digits_count: true, first_index: 1, ..Traits::PLAIN },
    grammar: || tree_sitter_lua::LANGUAGE.into(),
    prepare: super::prepare::dash_comments,
    literals: &["string"],
    silent: &[],
    literal: expression::plain,
    lower,
    #[cfg(test)]
    sources: &[include_str!("call.rs"), include_str!("expression.rs"), include_str!("statement.rs")],
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
