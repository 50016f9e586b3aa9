//! Strings, here-documents, and what is interpolated.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expression;

/// Levels above a here-document's mark on which its body is looked for.
const LEVELS: usize = 12;
/// Here-documents of one region whose bodies are looked for.
const MOST_HEREDOCS: i64 = 64;

/// A part of a string.
enum Piece<'t> {
    Text(String),
    Value(Ts<'t>),
}

/// A literal's text, interpolations left out.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let mut out = String::new();
    for piece in pieces(cx, node, node.kind() == "string_literal") {
        if let Piece::Text(text) = piece {
            out.push_str(&text);
        }
    }
    Node::Text(out.into())
}

/// A string, with its interpolations.
pub(super) fn string<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let all = pieces(cx, node, node.kind() == "string_literal");
    if all.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        return cx.literal(node);
    }
    cx.see_literal(node);
    built(cx, all, node)
}

fn built<'t>(cx: &mut Lowering<'t, '_>, all: Vec<Piece<'t>>, node: Ts<'t>) -> NodeId {
    let mut parts = Vec::new();
    for piece in all {
        parts.push(match piece {
            Piece::Text(text) => cx.constant(&text, node),
            Piece::Value(value) => interpolated(cx, value),
        });
    }
    match parts[..] {
        [only] if matches!(cx.ir(only), Node::Text(_)) => only,
        _ => cx.add(Node::Concat(parts), node),
    }
}

/// A list in a string is joined by `$"`, which is a blank unless it is set.
fn interpolated<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.lower(node);
    if !matches!(node.kind(), "array" | "array_deref_expression" | "slice_expression") {
        return value;
    }
    let separator = if cx.source_text().contains("$\"") && cx.source_text().contains("$\" =") {
        cx.name("$\"", node)
    } else {
        cx.constant(" ", node)
    };
    cx.op(Op::Join, vec![value, separator], node)
}

fn pieces<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>, raw: bool) -> Vec<Piece<'t>> {
    if node.kind() == "heredoc_content" {
        let end = cx.kids(node).into_iter().find(|kid| kid.kind() == "heredoc_end");
        let last = end.map_or(node.end_byte(), |end| end.start_byte());
        return between(cx, node, node.start_byte(), last, raw);
    }
    let Some(content) = node.child_by_field_name("content") else { return blanks(cx, node) };
    // Blanks after the opening quote and before the closing one are no part of the content's node.
    let start = content.prev_sibling().map_or(content.start_byte(), |open| open.end_byte());
    let end = content.next_sibling().map_or(content.end_byte(), |close| close.start_byte());
    between(cx, content, start, end, raw)
}

/// What is between the quotes of a string of blanks, which has no content's node.
fn blanks<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Vec<Piece<'t>> {
    let between = last_delimiters(node).and_then(|(from, to)| cx.source_text().get(from..to));
    between.filter(|text| !text.is_empty()).map(|text| Piece::Text(text.to_owned())).into_iter().collect()
}

/// Where the text between the last two marks of a quoted thing starts and ends.
pub(super) fn last_delimiters(node: Ts<'_>) -> Option<(usize, usize)> {
    let mut cursor = node.walk();
    let marks: Vec<Ts<'_>> = node.children(&mut cursor).filter(|kid| !kid.is_named()).collect();
    let [.., open, close] = marks[..] else { return None };
    Some((open.end_byte(), close.start_byte())).filter(|(from, to)| from <= to)
}

/// Text and values in turn between two places.
fn between<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>, mut at: usize, last: usize, raw: bool) -> Vec<Piece<'t>> {
    let source = cx.source_text();
    let mut out: Vec<Piece<'t>> = Vec::new();
    let push = |out: &mut Vec<Piece<'t>>, text: String| match out.last_mut() {
        Some(Piece::Text(before)) => before.push_str(&text),
        _ if text.is_empty() => {}
        _ => out.push(Piece::Text(text)),
    };
    for kid in cx.kids(node) {
        if kid.end_byte() > last || matches!(kid.kind(), "heredoc_end" | "string_content") {
            continue;
        }
        push(&mut out, source.get(at..kid.start_byte()).unwrap_or_default().to_owned());
        at = kid.end_byte();
        match kid.kind() {
            "escape_sequence" | "escaped_delimiter" => push(&mut out, escape(cx.text(kid), raw)),
            _ => out.push(Piece::Value(kid)),
        }
    }
    push(&mut out, source.get(at..last.min(source.len())).unwrap_or_default().to_owned());
    out
}

fn escape(raw: &str, single: bool) -> String {
    if single {
        return raw.strip_prefix('\\').filter(|rest| matches!(*rest, "\\" | "'")).unwrap_or(raw).to_owned();
    }
    if let Some(code) = raw.strip_prefix("\\x{").and_then(|rest| rest.strip_suffix('}')) {
        let code = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        return code.map(String::from).unwrap_or_default();
    }
    let text = unescape(raw, HexMeans::Code);
    text.strip_prefix('\\').filter(|rest| !rest.is_empty()).map_or(text.clone(), str::to_owned)
}

/// `qw(a b c)`
pub(super) fn words<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<NodeId> {
    let content = node.child_by_field_name("content").map_or("", |content| cx.text(content));
    content.split_whitespace().map(|word| cx.constant(word, node)).collect()
}

/// The text at a here-document's mark.
pub(super) fn heredoc<'t>(cx: &mut Lowering<'t, '_>, mark: Ts<'t>) -> NodeId {
    let tag = cx.text(mark);
    let name = tag.trim_start_matches(['<', '~']).trim_matches(['"', '\'']);
    let Some(body) = body_of(cx, mark, name) else { return cx.add(Node::Opaque(Vec::new()), mark) };
    cx.see_literal(body);
    let raw = tag.contains('\'');
    let mut all = pieces(cx, body, raw);
    if let Some(Piece::Text(first)) = all.first_mut() {
        *first = first.strip_prefix('\n').unwrap_or(first).to_owned();
    }
    if raw {
        let text = all.iter().map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Value(value) => cx.text(*value),
        });
        let text: String = text.collect();
        let text = if tag.contains('~') { outdented(&text) } else { text };
        return cx.constant(&text, body);
    }
    if tag.contains('~') {
        for piece in &mut all {
            if let Piece::Text(text) = piece {
                *text = outdented(text);
            }
        }
    }
    built(cx, all, body)
}

fn outdented(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let least = lines
        .iter()
        .filter(|line| !line.trim().is_empty() && line.starts_with([' ', '\t']))
        .map(|line| line.len() - line.trim_start().len())
        .min();
    let least = least.unwrap_or(0);
    let cut = |line: &&str| line[least.min(line.len() - line.trim_start().len())..].to_owned();
    lines.iter().map(cut).collect::<Vec<_>>().join("\n")
}

fn body_of<'t>(cx: &mut Lowering<'t, '_>, mark: Ts<'t>, name: &str) -> Option<Ts<'t>> {
    cx.set_counter(cx.counter().saturating_add(1));
    if cx.counter() > MOST_HEREDOCS {
        return None;
    }
    let mut at = mark;
    for _ in 0..LEVELS {
        let mut next = at.next_named_sibling();
        for _ in 0..4 {
            let Some(sibling) = next else { break };
            let ends = |kid: &Ts<'t>| kid.kind() == "heredoc_end" && cx.text(*kid).trim() == name;
            if sibling.kind() == "heredoc_content" && cx.kids(sibling).iter().any(ends) {
                return Some(sibling);
            }
            next = sibling.next_named_sibling();
        }
        at = at.parent()?;
    }
    None
}

/// A regular expression's source: interpolated variables are values.
pub(super) fn regex<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, flags: &str) -> NodeId {
    let content = node.child_by_field_name("content");
    let mut all = Vec::new();
    if flags.contains('i') {
        all.push(Piece::Text("(?i)".to_owned()));
    }
    if let Some(content) = content {
        let variable = |kid: &Ts<'t>| matches!(kid.kind(), "scalar" | "array_element_expression");
        let mut at = content.start_byte();
        for kid in cx.kids(content).into_iter().filter(variable) {
            all.push(Piece::Text(cx.source_text().get(at..kid.start_byte()).unwrap_or_default().to_owned()));
            all.push(Piece::Value(kid));
            at = kid.end_byte();
        }
        let end = content.end_byte().min(cx.source_text().len());
        let rest = cx.source_text().get(at..end).unwrap_or_default();
        all.push(Piece::Text(rest.replace("\\/", "/")));
    }
    if let [Piece::Text(only)] = &all[..] {
        return cx.constant(&only.clone(), node);
    }
    let mut parts = Vec::new();
    for piece in all {
        parts.push(match piece {
            Piece::Text(text) => cx.constant(&text, node),
            Piece::Value(value) => expression::scalar(cx, value),
        });
    }
    cx.add(Node::Concat(parts), node)
}
