//! Strings, heredocs and what is interpolated.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// A literal's text, interpolations left out.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let mut out = String::new();
    for piece in pieces(cx, node) {
        if let Piece::Text(text) = piece {
            out.push_str(&text);
        }
    }
    Node::Text(out.into())
}

/// A string, with its interpolations.
pub(super) fn string<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let all = pieces(cx, node);
    if all.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        return cx.literal(node);
    }
    cx.see_literal(node);
    let mut parts = Vec::new();
    for piece in all {
        parts.push(match piece {
            Piece::Text(text) => cx.constant(&text, node),
            Piece::Value(value) => cx.lower(value),
        });
    }
    cx.add(Node::Concat(parts), node)
}

/// A part of a string.
enum Piece<'t> {
    Text(String),
    Value(Ts<'t>),
}

fn pieces<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Vec<Piece<'t>> {
    let block = matches!(node.kind(), "heredoc" | "nowdoc");
    let inner = if block { node.child_by_field_name("value") } else { Some(node) };
    let Some(inner) = inner else { return Vec::new() };
    let indent = node.child_by_field_name("end_tag").map_or(0, |tag| tag.start_position().column);
    let raw = matches!(node.kind(), "string" | "nowdoc");
    let mut out: Vec<Piece<'t>> = Vec::new();
    let mut push = |text: String| match out.last_mut() {
        Some(Piece::Text(last)) => last.push_str(&text),
        _ => out.push(Piece::Text(text)),
    };
    if node.kind() == "nowdoc" {
        push(cx.text(inner).to_owned());
    } else {
        let mut end = None;
        let mut all: Vec<(String, Option<Ts<'t>>)> = Vec::new();
        for kid in cx.kids(inner) {
            // Line ends of heredocs stand between the pieces.
            let gap = end.and_then(|end| cx.source_text().get(end..kid.start_byte())).filter(|_| block);
            all.extend(gap.map(|gap| (gap.to_owned(), None)));
            end = Some(kid.end_byte());
            match kid.kind() {
                "string_content" => all.push((cx.text(kid).to_owned(), None)),
                "escape_sequence" => all.push((escape(cx.text(kid), raw), None)),
                _ => all.push((String::new(), Some(kid))),
            }
        }
        for (text, value) in all {
            match value {
                Some(value) => {
                    // Braces around a value belong to its syntax.
                    if let Some(Piece::Text(last)) = out.last_mut()
                        && last.ends_with('{')
                        && cx.source_text().get(value.end_byte()..).is_some_and(|rest| rest.starts_with('}'))
                        && block
                    {
                        last.pop();
                    }
                    out.push(Piece::Value(value));
                }
                None => {
                    let after = matches!(out.last(), Some(Piece::Value(_))) && block;
                    let text =
                        if after { text.strip_prefix('}').map_or(text.clone(), str::to_owned) } else { text };
                    match out.last_mut() {
                        Some(Piece::Text(last)) => last.push_str(&text),
                        _ => out.push(Piece::Text(text)),
                    }
                }
            }
        }
    }
    if block {
        let mut starts = true;
        for piece in &mut out {
            if let Piece::Text(text) = piece {
                *text = outdented(text.strip_prefix('\n').filter(|_| starts).unwrap_or(text), indent, starts);
            }
            starts = false;
        }
    }
    out
}

/// Lines without the indentation that the closing tag has.
fn outdented(text: &str, indent: usize, starts: bool) -> String {
    let cut =
        |line: &str| line[line.len().min(indent.min(line.len() - line.trim_start().len()))..].to_owned();
    let lines: Vec<String> = text
        .split('\n')
        .enumerate()
        .map(|(at, line)| if at > 0 || starts { cut(line) } else { line.to_owned() })
        .collect();
    lines.join("\n")
}

fn escape(raw: &str, single: bool) -> String {
    if single {
        return raw.replace("\\\\", "\\").replace("\\'", "'");
    }
    if let Some(code) = raw.strip_prefix("\\u{").and_then(|rest| rest.strip_suffix('}')) {
        let code = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        return code.map(String::from).unwrap_or_default();
    }
    match raw {
        "\\$" => "$".to_owned(),
        "\\e" => "\u{1b}".to_owned(),
        "\\'" => raw.to_owned(),
        _ => unescape(raw, HexMeans::Byte),
    }
}
