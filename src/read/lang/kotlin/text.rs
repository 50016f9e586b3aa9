//! Strings and their templates.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// What a string's quotes enclose, where that starts, and whether escapes mean nothing in it.
fn open(raw: &str) -> (&str, usize, bool) {
    if let Some(inner) = raw.strip_prefix("\"\"\"") {
        return (inner.strip_suffix("\"\"\"").unwrap_or(inner), 3, true);
    }
    let quote = if raw.starts_with('\'') { '\'' } else { '"' };
    let inner = raw.strip_prefix(quote).unwrap_or(raw);
    (inner.strip_suffix(quote).unwrap_or(inner), 1, false)
}

fn meaning(text: &str, raw: bool) -> String {
    if raw { text.to_owned() } else { curly::unescape(text) }
}

/// A literal's value, templates as they are written.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> String {
    let (inner, _, raw) = open(cx.text(node));
    meaning(inner, raw)
}

/// A string: its texts and values, joined.
pub(super) fn string<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    cx.see_literal(node);
    let whole = cx.text(node);
    let (inner, start, raw) = open(whole);
    let end = start + inner.len();
    let mut pieces = Vec::new();
    let mut from = start;
    for kid in cx.kids(node).into_iter().filter(|kid| kid.kind() == "interpolation") {
        let at = kid.start_byte().saturating_sub(node.start_byte());
        texts(cx, whole.get(from..at).unwrap_or_default(), raw, node, &mut pieces);
        pieces.push(cx.only(kid));
        from = kid.end_byte().saturating_sub(node.start_byte());
    }
    texts(cx, whole.get(from..end).unwrap_or_default(), raw, node, &mut pieces);
    match pieces[..] {
        [] => cx.constant("", node),
        [only] if matches!(cx.ir(only), Node::Text(_)) => only,
        _ => cx.add(Node::Concat(pieces), node),
    }
}

/// Text in which `$name` stands for a variable.
fn texts<'t>(cx: &mut Lowering<'t, '_>, text: &'t str, raw: bool, node: Ts<'t>, pieces: &mut Vec<NodeId>) {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let escaped = !raw && rest[..at].ends_with('\\');
        let after = &rest[at + 1..];
        let name = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
        let is_name = after.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if escaped || !is_name {
            plain.push_str(&rest[..=at]);
            rest = after;
            continue;
        }
        plain.push_str(&rest[..at]);
        push(cx, &mut plain, raw, node, pieces);
        pieces.push(super::expression::variable(cx, &after[..name], node));
        rest = &after[name..];
    }
    plain.push_str(rest);
    push(cx, &mut plain, raw, node, pieces);
}

fn push<'t>(
    cx: &mut Lowering<'t, '_>,
    plain: &mut String,
    raw: bool,
    node: Ts<'t>,
    pieces: &mut Vec<NodeId>,
) {
    if !plain.is_empty() {
        let text = meaning(&std::mem::take(plain), raw);
        pieces.push(cx.constant(&text, node));
    }
}
