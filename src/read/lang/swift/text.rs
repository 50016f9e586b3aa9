//! Strings and their interpolations.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// What a string's quotes enclose, where that starts, how many `#` it has, and whether it is a block of lines.
fn open(raw: &str) -> (&str, usize, usize, bool) {
    let marks = raw.len() - raw.trim_start_matches('#').len();
    let body = raw.trim_start_matches('#').strip_suffix(&raw[..marks]).unwrap_or(&raw[marks..]);
    if let Some(inner) = body.strip_prefix("\"\"\"") {
        return (inner.strip_suffix("\"\"\"").unwrap_or(inner), marks + 3, marks, true);
    }
    let inner = body.strip_prefix('"').unwrap_or(body);
    (inner.strip_suffix('"').unwrap_or(inner), marks + 1, marks, false)
}

/// A literal's value, interpolations as they are written.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> String {
    let (inner, _, marks, block) = open(cx.text(node));
    let text = if block { block_of(inner) } else { inner.to_owned() };
    if marks > 0 { text } else { curly::unescape(&text) }
}

/// The lines of a block, without the line end before the closing quotes.
fn block_of(inner: &str) -> String {
    let text = curly::dedent(inner);
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

/// A string: its texts and values, joined.
pub(super) fn string<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    cx.see_literal(node);
    let whole = cx.text(node);
    let (inner, start, marks, _) = open(whole);
    let values: Vec<Ts<'t>> = cx.fields(node, "interpolation");
    if values.is_empty() {
        let text = plain(cx, node);
        return cx.constant(&text, node);
    }
    let end = start + inner.len();
    let mut pieces = Vec::new();
    let mut from = start;
    for value in values {
        // The interpolation's own marks stand around it.
        let at = value.start_byte().saturating_sub(node.start_byte()).saturating_sub(2 + marks);
        push(cx, whole.get(from..at).unwrap_or_default(), marks, node, &mut pieces);
        pieces.push(match cx.kids(value).last() {
            Some(inner) => cx.lower(*inner),
            None => cx.opaque(value),
        });
        from = value.end_byte().saturating_sub(node.start_byte()) + 1;
    }
    push(cx, whole.get(from..end).unwrap_or_default(), marks, node, &mut pieces);
    cx.add(Node::Concat(pieces), node)
}

fn push<'t>(cx: &mut Lowering<'t, '_>, text: &str, marks: usize, node: Ts<'t>, pieces: &mut Vec<NodeId>) {
    if !text.is_empty() {
        let text = if marks > 0 { text.to_owned() } else { curly::unescape(text) };
        pieces.push(cx.constant(&text, node));
    }
}
