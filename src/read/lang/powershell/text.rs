//! Strings and here-strings.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// A literal's text, values left out.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let text = cx.text(node);
    let out = match node.kind() {
        "verbatim_string_characters" => {
            let inner = text.strip_prefix('\'').unwrap_or(text);
            inner.strip_suffix('\'').unwrap_or(inner).replace("''", "'")
        }
        "verbatim_here_string_characters" => here(text, "@'", "'@").to_owned(),
        _ => pieces(cx, node).into_iter().map(|(text, _)| text).collect(),
    };
    Node::Text(out.into())
}

/// A string with the values in it.
pub(super) fn string<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if node.kind().starts_with("verbatim") {
        return cx.literal(node);
    }
    let all = pieces(cx, node);
    if all.iter().all(|(_, value)| value.is_none()) {
        return cx.literal(node);
    }
    cx.see_literal(node);
    let mut parts = Vec::new();
    for (text, value) in all {
        parts.push(match value {
            Some(value) => cx.lower(value),
            None => cx.constant(&text, node),
        });
    }
    cx.add(Node::Concat(parts), node)
}

fn here<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let inner = text.strip_prefix(open).unwrap_or(text);
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    let inner = inner.split_once('\n').map_or(inner, |(_, rest)| rest);
    inner.strip_suffix('\n').unwrap_or(inner)
}

/// Texts and values in turn.
fn pieces<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Vec<(String, Option<Ts<'t>>)> {
    let text = cx.text(node);
    let inner = if node.kind().contains("here") {
        here(text, "@\"", "\"@")
    } else {
        let inner = text.strip_prefix('"').unwrap_or(text);
        inner.strip_suffix('"').unwrap_or(inner)
    };
    let offset = inner.as_ptr() as usize - text.as_ptr() as usize;
    let (mut at, last) = (node.start_byte() + offset, node.start_byte() + offset + inner.len());
    let source = cx.source_text();
    let mut out = Vec::new();
    for kid in cx.kids(node) {
        if kid.start_byte() < at || kid.end_byte() > last {
            continue;
        }
        let blank = cx.text(kid).len() - cx.text(kid).trim_start().len();
        out.push((unescape(source.get(at..kid.start_byte() + blank).unwrap_or_default()), None));
        out.push((String::new(), Some(kid)));
        at = kid.end_byte();
    }
    out.push((unescape(source.get(at..last).unwrap_or_default()), None));
    out.retain(|(text, value)| value.is_some() || !text.is_empty());
    out
}

/// Undoes backtick escapes and doubled quotes.
fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '`' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('0') => out.push('\0'),
                Some('u') => {
                    let code: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                    out.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                }
                Some(other) => out.push(other),
                None => {}
            },
            '"' if chars.peek() == Some(&'"') => {
                chars.next();
                out.push('"');
            }
            _ => out.push(c),
        }
    }
    out
}
