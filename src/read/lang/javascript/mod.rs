//! JavaScript and TypeScript: kinds of tree-sitter-javascript 0.25 and tree-sitter-typescript 0.23, one lowering.

mod call;
mod class;
mod construct;
mod expression;
mod library;
mod pattern;
mod statement;
mod text;
mod typescript;

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// What both do.
const TRAITS: Traits = Traits {
    language: "javascript",
    digits_count: true,
    globals: true,
    first_index: 0,
    copies: false,
    integer_division: false,
    joins_numbers: true,
    negative_index: false,
    ..Traits::PLAIN
};

/// The table row of JavaScript.
#[cfg(feature = "javascript")]
pub(super) const JAVASCRIPT: Language = Language {
    name: "javascript",
    aliases: &["js", "jsx", "mjs", "cjs", "node", "ecmascript"],
    slow: false,
    traits: TRAITS,
    grammar: || tree_sitter_javascript::LANGUAGE.into(),
    prepare: super::prepare::slash_comments,
    literals: &["string", "template_string"],
    silent: &["import_statement"],
    literal,
    lower,
    #[cfg(test)]
    sources: SOURCES,
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS, library::MAKERS],
};

/// The table row of TypeScript.
#[cfg(feature = "typescript")]
pub(super) const TYPESCRIPT: Language = Language {
    name: "typescript",
    aliases: &["ts", "tsx", "mts", "cts"],
    slow: false,
    traits: Traits { language: "typescript", digits_count: true, ..TRAITS },
    grammar: || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
    prepare: super::prepare::slash_comments,
    literals: &["string", "template_string"],
    silent: &["import_statement", "literal_type"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("construct.rs"),
        include_str!("expression.rs"),
        include_str!("pattern.rs"),
        include_str!("statement.rs"),
        include_str!("text.rs"),
        include_str!("typescript.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS, library::MAKERS],
};

#[cfg(all(test, feature = "javascript"))]
const SOURCES: &[&str] = &[
    include_str!("call.rs"),
    include_str!("construct.rs"),
    include_str!("expression.rs"),
    include_str!("pattern.rs"),
    include_str!("statement.rs"),
    include_str!("text.rs"),
];

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    Node::Text(text::plain(cx, node).into())
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    for part in [statement::lower, typescript::lower, class::lower, expression::lower] {
        if let Some(id) = part(cx, node) {
            return id;
        }
    }
    cx.opaque(node)
}
