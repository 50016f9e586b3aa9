//! R: kinds of tree-sitter-r 1.3.
//!
//! A vector is a list, one value is a vector of one, a vector or list with names is a map, a matrix a list of columns.

mod call;
mod expression;
mod generic;
mod library;

use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "r",
    aliases: &["rscript", "rlang"],
    slow: false,
    traits: Traits { language: "r", first_index: 1, copies: true, ..Traits::PLAIN },
    grammar: || tree_sitter_r::LANGUAGE.into(),
    prepare: super::prepare::hash_lines,
    literals: &["string"],
    silent: &[],
    literal: expression::plain,
    lower,
    #[cfg(test)]
    sources: &[include_str!("call.rs"), include_str!("expression.rs")],
    #[cfg(test)]
    tables: &[library::EACH, library::WHOLE],
};

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match expression::lower(cx, node) {
        Some(id) => id,
        None => cx.opaque(node),
    }
}
