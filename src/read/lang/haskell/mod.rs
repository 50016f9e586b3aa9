//! Haskell: kinds of tree-sitter-haskell 0.23. Equations of one name are one function that tries them in turn.

mod equation;
mod expression;
mod instance;
mod library;
mod pattern;

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Traits;

use super::Language;
use super::literal::HexMeans;
use super::literal::unescape;
use super::lowering::Lowering;
use super::lowering::Ts;

/// The table row.
pub(super) const LANGUAGE: Language = Language {
    name: "haskell",
    aliases: &["hs"],
    slow: true,
    traits: Traits { language: "haskell", spells: true, ..Traits::PLAIN },
    grammar: || tree_sitter_haskell::LANGUAGE.into(),
    prepare: |text| std::borrow::Cow::Borrowed(text),
    literals: &["string", "char"],
    silent: &["import", "pragma"],
    literal,
    lower,
    #[cfg(test)]
    sources: &[include_str!("equation.rs"), include_str!("expression.rs"), include_str!("pattern.rs")],
    #[cfg(test)]
    tables: &[library::FUNCTIONS],
};

fn literal<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let raw = cx.text(node);
    let quote = if node.kind() == "char" { '\'' } else { '"' };
    let inner = raw.strip_prefix(quote).unwrap_or(raw);
    let inner = inner.strip_suffix(quote).unwrap_or(inner).replace("\\&", "");
    Node::Text(unescape(&numbered(&inner), HexMeans::Code).into())
}

/// Decimal escapes (`\98`) and gaps as other languages write them.
fn numbered(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let gap = after.len() - after.trim_start().len();
        if let (1..=7, Ok(code)) = (digits, after[..digits].parse::<u32>()) {
            out.push_str(&format!("\\U{code:08x}"));
            rest = &after[digits..];
        } else if gap > 0 && after.trim_start().starts_with('\\') {
            rest = &after.trim_start()[1..];
        } else {
            let next = after.chars().next().map_or(0, char::len_utf8);
            out.push('\\');
            out.push_str(&after[..next]);
            rest = &after[next..];
        }
    }
    out + rest
}

fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match equation::lower(cx, node) {
        Some(id) => id,
        None => match expression::lower(cx, node) {
            Some(id) => id,
            None => cx.opaque(node),
        },
    }
}
