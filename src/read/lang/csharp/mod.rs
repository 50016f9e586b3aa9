//! C#: kinds of tree-sitter-c-sharp 0.23.

mod call;
mod class;
mod construct;
mod expression;
mod library;
mod query;
mod statement;
mod text;

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "csharp",
    aliases: &["cs", "c#", "dotnet"],
    // `a<a<a<…` takes time and memory that grow with its square.
    slow: true,
    traits: Traits {
        language: "csharp",
        first_index: 0,
        copies: false,
        integer_division: true,
        joins_numbers: true,
        negative_index: false,
        ..Traits::PLAIN
    },
    grammar: || tree_sitter_c_sharp::LANGUAGE.into(),
    prepare: super::prepare::slash_comments,
    literals: &[
        "string_literal",
        "verbatim_string_literal",
        "raw_string_literal",
        "character_literal",
        "interpolated_string_expression",
    ],
    silent: &["using_directive", "attribute_list"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("class.rs"),
        include_str!("construct.rs"),
        include_str!("expression.rs"),
        include_str!("query.rs"),
        include_str!("statement.rs"),
        include_str!("text.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS, library::MAKERS],
};

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    Node::Text(text::plain(cx, node).into())
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    for part in [statement::lower, class::lower, expression::lower] {
        if let Some(id) = part(cx, node) {
            return id;
        }
    }
    cx.opaque(node)
}
