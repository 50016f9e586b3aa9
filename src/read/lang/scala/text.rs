//! Strings and their interpolations.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// What a string's quotes enclose, where that starts, and whether escapes mean nothing in it.
fn open(raw: &str) -> (&str, usize, bool) {
    let start = raw.find(['"', '\'']).unwrap_or(0);
    let body = &raw[start..];
    if let Some(inner) = body.strip_prefix("\"\"\"") {
        return (inner.strip_suffix("\"\"\"").unwrap_or(inner), start + 3, true);
    }
    let quote = if body.starts_with('\'') { '\'' } else { '"' };
    let inner = body.strip_prefix(quote).unwrap_or(body);
    (inner.strip_suffix(quote).unwrap_or(inner), start + 1, raw.starts_with("raw"))
}

/// A literal's value, interpolations as they are written.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> String {
    let (inner, _, raw) = open(cx.text(node));
    if raw { inner.to_owned() } else { curly::unescape(inner) }
}

/// `s"…$name…${value}…"`, `f"…$name%5s…"`
pub(super) fn interpolated<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    cx.see_literal(node);
    let whole = cx.text(node);
    let (inner, start, raw) = open(whole);
    let end = start + inner.len();
    let formats = whole.starts_with('f');
    let mut pieces = Vec::new();
    let mut from = start;
    let string = cx.kids(node).into_iter().find(|kid| kid.kind() == "interpolated_string");
    let values = string.map_or_else(Vec::new, |string| cx.kids(string));
    for value in values.into_iter().filter(|kid| kid.kind() == "interpolation") {
        let at = value.start_byte().saturating_sub(node.start_byte());
        push(cx, whole.get(from..at).unwrap_or_default(), raw, node, &mut pieces);
        let mut piece = cx.only(value);
        from = value.end_byte().saturating_sub(node.start_byte());
        let rest = whole.get(from..end).unwrap_or_default();
        if formats && rest.starts_with('%') {
            let length = rest.find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
            let format = cx.constant(&rest[..length], node);
            piece = cx.op(Op::FormatPercent, vec![format, piece], node);
            from += length;
        }
        pieces.push(piece);
    }
    push(cx, whole.get(from..end).unwrap_or_default(), raw, node, &mut pieces);
    match pieces[..] {
        [] => cx.constant("", node),
        [only] if matches!(cx.ir(only), Node::Text(_)) => only,
        _ => cx.add(Node::Concat(pieces), node),
    }
}

fn push<'t>(cx: &mut Lowering<'t, '_>, text: &str, raw: bool, node: Ts<'t>, pieces: &mut Vec<NodeId>) {
    if !text.is_empty() {
        let text = text.replace("$$", "$");
        let text = if raw { text } else { curly::unescape(&text) };
        pieces.push(cx.constant(&text, node));
    }
}
