//! String literals: prefixes, escapes, interpolation, adjacent literals.

use crate::read::ir::Arg;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;
use crate::read::lang::literal::unescape_bytes;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// A literal's text, interpolations left out.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let prefix = prefix(cx, node);
    let mut raw = String::new();
    for part in cx.kids(node).into_iter().filter(|kid| kid.kind() == "string_content") {
        raw.push_str(cx.text(part));
    }
    if prefix.contains('b') {
        let bytes =
            if prefix.contains('r') { raw.into_bytes() } else { unescape_bytes(&raw, HexMeans::Byte) };
        return Node::Bytes(bytes.into());
    }
    Node::Text(content(&raw, &prefix).into())
}

/// A string, with its interpolations.
pub(super) fn string<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    if !kids.iter().any(|kid| kid.kind() == "interpolation" || kid.is_error()) {
        return cx.literal(node);
    }
    cx.see_literal(node);
    let prefix = prefix(cx, node);
    let mut parts = Vec::new();
    for kid in kids {
        match kid.kind() {
            "string_start" | "string_end" => {}
            "string_content" => {
                let text = content(cx.text(kid), &prefix);
                parts.push(cx.add(Node::Text(text.into()), kid));
            }
            "interpolation" => parts.push(interpolation(cx, kid)),
            _ => parts.push(cx.lower(kid)),
        }
    }
    cx.add(Node::Concat(parts), node)
}

/// `"a" "b"`
pub(super) fn concatenated<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let parts = kids.iter().map(|kid| if kid.kind() == "string" { string(cx, *kid) } else { cx.lower(*kid) });
    let parts = parts.collect();
    cx.add(Node::Concat(parts), node)
}

/// `{value!r:>10}`: a specification goes through brace formatting, which knows widths and types.
fn interpolation<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "expression");
    let Some(format) = node.child_by_field_name("format_specifier") else { return value };
    let template = format!("{{{}}}", cx.text(format));
    let nested: Vec<NodeId> = cx.kids(format).into_iter().map(|kid| cx.opaque(kid)).collect();
    let template = cx.add(Node::Text(template.into()), format);
    let mut operands = vec![template, value];
    operands.extend(nested);
    let args = vec![Arg { name: None, value, spread: false }];
    let callee = cx.add(Node::Field(template, "format".into()), format);
    cx.call(callee, args, Some(Library { op: Op::FormatBrace, operands }), node)
}

/// The lower-case letters before the quote.
fn prefix<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> String {
    let start = cx.kids(node).into_iter().find(|kid| kid.kind() == "string_start");
    let quote = start.map_or("", |kid| cx.text(kid));
    quote.trim_end_matches(['"', '\'']).to_lowercase()
}

/// Undoes escapes, and the doubled braces of f-strings.
fn content(raw: &str, prefix: &str) -> String {
    let text = if prefix.contains('r') { raw.to_owned() } else { unescape(raw, HexMeans::Code) };
    if prefix.contains('f') { text.replace("{{", "{").replace("}}", "}") } else { text }
}
