//! Strings and templates.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

/// A literal's value, substitutions as they are written.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> String {
    let raw = cx.text(node);
    let quote = raw.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')).unwrap_or('"');
    let inner = raw.strip_prefix(quote).unwrap_or(raw);
    let inner = match inner.strip_suffix(quote) {
        Some(rest) => rest,
        // Not closed: the literal ends with its line.
        None if quote != '`' => inner.lines().next().unwrap_or(inner),
        None => inner,
    };
    curly::unescape(inner)
}

/// The texts between a template's substitutions, and the substitutions: one text more than those.
fn parts<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> (Vec<&'t str>, Vec<Ts<'t>>) {
    let whole = cx.text(node);
    let start = node.start_byte();
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    let mut from = 1.min(whole.len());
    for kid in cx.kids(node).into_iter().filter(|kid| kid.kind() == "template_substitution") {
        let at = kid.start_byte().saturating_sub(start);
        texts.push(whole.get(from..at).unwrap_or_default());
        values.push(kid);
        from = kid.end_byte().saturating_sub(start);
    }
    let rest = whole.get(from..).unwrap_or_default();
    texts.push(rest.strip_suffix('`').unwrap_or(rest));
    (texts, values)
}

/// A template: its texts and values, joined.
pub(super) fn template<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, raw: bool) -> NodeId {
    cx.see_literal(node);
    let (texts, values) = parts(cx, node);
    let mut pieces = Vec::new();
    let mut values = values.into_iter();
    for text in texts {
        if !text.is_empty() {
            let text = if raw { text.to_owned() } else { curly::unescape(text) };
            pieces.push(cx.constant(&text, node));
        }
        if let Some(value) = values.next() {
            pieces.push(cx.only(value));
        }
    }
    match pieces[..] {
        [] => cx.constant("", node),
        [only] if matches!(cx.ir(only), Node::Text(_)) => only,
        _ => cx.add(Node::Concat(pieces), node),
    }
}

/// `` tag`…` ``: the function gets the texts as a list, then the values.
pub(super) fn tagged<'t>(cx: &mut Lowering<'t, '_>, tag: Ts<'t>, node: Ts<'t>, at: Ts<'t>) -> NodeId {
    if cx.text(tag) == "String.raw" {
        return template(cx, node, true);
    }
    cx.see_literal(node);
    let (texts, values) = parts(cx, node);
    let mut list = Vec::new();
    for text in texts {
        list.push(cx.constant(&curly::unescape(text), node));
    }
    let mut args = vec![positional(cx.add(Node::List(list), node))];
    for value in values {
        args.push(positional(cx.only(value)));
    }
    let callee = cx.lower(tag);
    cx.call(callee, args, None, at)
}

/// `/pattern/flags`
pub(super) fn regex<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let pattern = node.child_by_field_name("pattern").map_or("", |pattern| cx.text(pattern));
    let flags = node.child_by_field_name("flags").map_or("", |flags| cx.text(flags));
    let pattern = cx.constant(&pattern.replace("\\/", "/"), node);
    let flags = cx.constant(flags, node);
    cx.op(Op::Pattern, vec![pattern, flags], node)
}
