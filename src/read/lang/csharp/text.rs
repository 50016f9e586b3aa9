//! Strings: plain, verbatim, raw, and with interpolations.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// How a string spells what it means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Verbatim,
    Raw,
}

/// A string's style, what its quotes enclose, and where that starts.
fn open(raw: &str) -> (Style, &str, usize) {
    let marks = raw.len() - raw.trim_start_matches(['$', '@']).len();
    let (prefix, rest) = raw.split_at(marks);
    let quotes = rest.len() - rest.trim_start_matches('"').len();
    if quotes >= 3 {
        let inner = rest.get(quotes..).unwrap_or_default();
        let inner = inner.trim_end_matches("u8");
        return (Style::Raw, inner.strip_suffix(&rest[..quotes]).unwrap_or(inner), marks + quotes);
    }
    let style = if prefix.contains('@') { Style::Verbatim } else { Style::Plain };
    let quote = if rest.starts_with('\'') { '\'' } else { '"' };
    let inner = rest.strip_prefix(quote).unwrap_or(rest).trim_end_matches("u8");
    (style, inner.strip_suffix(quote).unwrap_or(inner), marks + 1)
}

fn meaning(style: Style, text: &str) -> String {
    match style {
        Style::Plain => curly::unescape(text),
        Style::Verbatim => text.replace("\"\"", "\""),
        Style::Raw => text.to_owned(),
    }
}

/// A literal's value, interpolations as they are written.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> String {
    let (style, inner, _) = open(cx.text(node));
    match style {
        Style::Raw => {
            let text = curly::dedent(inner);
            text.strip_suffix('\n').unwrap_or(&text).to_owned()
        }
        _ => meaning(style, inner),
    }
}

/// `$"…{value}…"`: its texts and values, joined.
pub(super) fn interpolated<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    cx.see_literal(node);
    let whole = cx.text(node);
    let (style, inner, start) = open(whole);
    let end = start + inner.len();
    let mut pieces = Vec::new();
    let mut from = start;
    for kid in cx.kids(node).into_iter().filter(|kid| kid.kind() == "interpolation") {
        let at = kid.start_byte().saturating_sub(node.start_byte());
        let text = whole.get(from..at).unwrap_or_default();
        piece(cx, style, text, node, &mut pieces);
        pieces.push(value(cx, kid));
        from = kid.end_byte().saturating_sub(node.start_byte());
    }
    piece(cx, style, whole.get(from..end).unwrap_or_default(), node, &mut pieces);
    match pieces[..] {
        [] => cx.constant("", node),
        [only] if matches!(cx.ir(only), Node::Text(_)) => only,
        _ => cx.add(Node::Concat(pieces), node),
    }
}

fn piece<'t>(cx: &mut Lowering<'t, '_>, style: Style, text: &str, node: Ts<'t>, pieces: &mut Vec<NodeId>) {
    if !text.is_empty() {
        let text = meaning(style, text).replace("{{", "{").replace("}}", "}");
        pieces.push(cx.constant(&text, node));
    }
}

/// An interpolation with its width and format.
fn value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (mut value, mut width, mut format) = (None, None, None);
    for kid in cx.kids(node) {
        match kid.kind() {
            "interpolation_alignment_clause" => width = cx.kids(kid).first().copied(),
            "interpolation_format_clause" => format = Some(cx.text(kid)),
            "interpolation_brace" => {}
            _ => value = Some(cx.lower(kid)),
        }
    }
    let Some(mut value) = value else { return cx.opaque(node) };
    if let Some(format) = format {
        let format = cx.constant(&format!("{{0{format}}}"), node);
        value = cx.op(Op::FormatBrace, vec![format, value], node);
    }
    if let Some(width) = width {
        let left = cx.text(width).starts_with('-');
        let mut width = cx.lower(width);
        if left {
            width = cx.add(Node::Unary(UnaryOp::Neg, width), node);
        }
        value = cx.op(if left { Op::PadEnd } else { Op::PadStart }, vec![value, width], node);
    }
    value
}
