//! Python: kinds of tree-sitter-python 0.25.

mod call;
mod context;
mod expression;
mod library;
mod pattern;
mod special;
mod statement;
mod text;

use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "python",
    aliases: &["py", "python3", "python2", "py3", "pycon", "ipython", "jupyter"],
    slow: false,
    traits: Traits { language: "python", breaks_through: true, negative_index: true, ..Traits::PLAIN },
    grammar: || tree_sitter_python::LANGUAGE.into(),
    prepare: super::prepare::hash_comments,
    literals: &["string"],
    silent: &["import_statement", "import_from_statement", "future_import_statement"],
    literal: text::plain,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("expression.rs"),
        include_str!("pattern.rs"),
        include_str!("special.rs"),
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
