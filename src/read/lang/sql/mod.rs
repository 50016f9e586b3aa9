//! SQL: kinds of tree-sitter-sequel 0.3. A table is a list of rows, a row a map of its columns; a query prints its rows.

mod expression;
mod library;
mod query;

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Traits;

use super::Language;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "sql",
    aliases: &["mysql", "postgresql", "postgres", "plsql", "sqlite", "tsql"],
    slow: true,
    traits: Traits {
        language: "sql",
        first_index: 1,
        joins_numbers: true,
        integer_division: true,
        ..Traits::PLAIN
    },
    grammar: || tree_sitter_sequel::LANGUAGE.into(),
    prepare,
    literals: &["literal"],
    silent: &[],
    literal,
    lower,
    #[cfg(test)]
    sources: &[include_str!("expression.rs"), include_str!("query.rs")],
    #[cfg(test)]
    tables: &[library::FUNCTIONS],
};

/// `:=` is `=` to the grammar.
fn prepare(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(":=") { text.replace(":=", "= ").into() } else { text.into() }
}

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let raw = cx.text(node).trim();
    if let Ok(n) = raw.parse::<i64>() {
        return Node::Int(n);
    }
    match raw.to_ascii_lowercase().as_str() {
        "null" => return Node::Null,
        "true" => return Node::Bool(true),
        "false" => return Node::Bool(false),
        _ => {}
    }
    if let Ok(f) = raw.parse::<f64>() {
        return Node::Float(f);
    }
    let unprefixed = raw.trim_start_matches(['N', 'n', 'E', 'e']);
    if let Some(digits) = raw.strip_prefix(['x', 'X']).and_then(|raw| raw.strip_prefix('\'')) {
        let digits = digits.trim_end_matches('\'');
        let bytes = (0..digits.len() / 2).map(|at| digits.get(at * 2..at * 2 + 2));
        let bytes: Option<Vec<u8>> = bytes.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
        if let Some(bytes) = bytes {
            return Node::Text(super::literal::text_of(bytes).into());
        }
    }
    let quote = unprefixed.chars().next().filter(|c| matches!(c, '\'' | '"' | '$'));
    let Some(quote) = quote else { return Node::Text(raw.into()) };
    if quote == '$' {
        let inner = unprefixed.splitn(3, '$').nth(2).unwrap_or(unprefixed);
        return Node::Text(inner.rsplitn(3, '$').nth(2).unwrap_or(inner).into());
    }
    let inner = unprefixed.strip_prefix(quote).unwrap_or(unprefixed);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    Node::Text(inner.replace(&format!("{quote}{quote}"), &quote.to_string()).into())
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "program" | "block" | "transaction" => {
            let kids = cx.kids_and_comments(node);
            let statements = cx.lower_all(&kids);
            cx.add(Node::Block(statements), node)
        }
        kind if kind.starts_with("keyword_") => cx.op(Op::Nothing, Vec::new(), node),
        _ => match query::lower(cx, node) {
            Some(id) => id,
            None => match expression::lower(cx, node) {
                Some(id) => id,
                None => cx.opaque(node),
            },
        },
    }
}
