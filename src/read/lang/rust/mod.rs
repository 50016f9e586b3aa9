//! Rust: kinds of tree-sitter-rust 0.24.

mod call;
mod expression;
mod item;
mod library;
mod pattern;
mod prepare;

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::literal::HexMeans;
use super::literal::unescape;
use super::literal::unescape_bytes;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "rust",
    aliases: &["rs"],
    slow: false,
    traits: Traits { language: "rust", breaks_through: true, integer_division: true, ..Traits::PLAIN },
    grammar: || tree_sitter_rust::LANGUAGE.into(),
    prepare: prepare::macro_calls,
    literals: &["string_literal", "raw_string_literal", "char_literal"],
    silent: &["use_declaration", "attribute_item", "extern_modifier"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[
        include_str!("call.rs"),
        include_str!("expression.rs"),
        include_str!("item.rs"),
        include_str!("pattern.rs"),
    ],
    #[cfg(test)]
    tables: &[library::FUNCTIONS, library::METHODS],
};

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let raw = cx.text(node);
    if node.kind() == "raw_string_literal" {
        let inner = raw.split_once('"').map_or(raw, |(_, inner)| inner);
        return Node::Text(inner.rsplit_once('"').map_or(inner, |(inner, _)| inner).into());
    }
    let quote = if node.kind() == "char_literal" { '\'' } else { '"' };
    let bytes = raw.starts_with('b');
    let inner = raw.split_once(quote).map_or(raw, |(_, inner)| inner);
    let inner = unfolded(inner.strip_suffix(quote).unwrap_or(inner));
    if bytes {
        let value = unescape_bytes(&inner, HexMeans::Byte);
        return match value[..] {
            [byte] if quote == '\'' => Node::Int(i64::from(byte)),
            _ => Node::Bytes(value.into()),
        };
    }
    Node::Text(unescape(&braced(&inner), HexMeans::Code).into())
}

/// A backslash at the end of a line takes the blanks at the start of the next with it.
fn unfolded(raw: &str) -> String {
    let mut parts = raw.split("\\\n");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.trim_start());
    }
    out
}

/// `\u{1F35E}` as other languages write it.
fn braced(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once("\\u{") {
        out.push_str(before);
        match after.split_once('}') {
            Some((code, tail)) if code.len() <= 8 => {
                out.push_str(&format!("\\U{:0>8}", code.replace('_', "")));
                rest = tail;
            }
            _ => {
                out.push_str("\\u{");
                rest = after;
            }
        }
    }
    out + rest
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match item::lower(cx, node) {
        Some(id) => id,
        None => match expression::lower(cx, node) {
            Some(id) => id,
            None => cx.opaque(node),
        },
    }
}
