//! Strings, symbols, heredocs.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// Levels above a heredoc's mark on which its body is looked for.
const LEVELS: usize = 12;
/// Heredocs of one region whose bodies are looked for: finding a parent costs a walk from the root.
const MOST_HEREDOCS: i64 = 64;

/// A literal's text, interpolations left out.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    if node.kind() == "character" {
        return Node::Text(unescape(cx.text(node).trim_start_matches('?'), HexMeans::Code).into());
    }
    let mut out = String::new();
    let raw = is_raw(cx, node);
    for kid in cx.kids(node) {
        out.push_str(&piece(cx, kid, raw));
    }
    Node::Text(out.into())
}

/// A string, with its interpolations.
pub(super) fn string<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    if !kids.iter().any(|kid| kid.kind() == "interpolation" || kid.is_error()) {
        return cx.literal(node);
    }
    cx.see_literal(node);
    let raw = is_raw(cx, node);
    let parts = kids.iter().map(|kid| part(cx, *kid, raw)).collect();
    cx.add(Node::Concat(parts), node)
}

fn part<'t>(cx: &mut Lowering<'t, '_>, kid: Ts<'t>, raw: bool) -> NodeId {
    match kid.kind() {
        "string_content" | "escape_sequence" | "heredoc_content" => {
            let text = piece(cx, kid, raw);
            cx.constant(&text, kid)
        }
        "interpolation" => cx.only(kid),
        _ => cx.lower(kid),
    }
}

fn piece<'t>(cx: &Lowering<'t, '_>, kid: Ts<'t>, raw: bool) -> String {
    match kid.kind() {
        "escape_sequence" if raw => cx.text(kid).replacen("\\\\", "\\", 1).replacen("\\'", "'", 1),
        "escape_sequence" => escape(cx.text(kid)),
        // The quote within quotes is no node of its own.
        "string_content" if raw => cx.text(kid).replace("\\'", "'"),
        "string_content" | "heredoc_content" => cx.text(kid).to_owned(),
        _ => String::new(),
    }
}

/// One escape; `\u{1F 20}` and `\e` are Ruby's own.
fn escape(raw: &str) -> String {
    if let Some(codes) = raw.strip_prefix("\\u{").and_then(|rest| rest.strip_suffix('}')) {
        let codes = codes.split_whitespace().filter_map(|code| u32::from_str_radix(code, 16).ok());
        return codes.filter_map(char::from_u32).collect();
    }
    match raw {
        "\\s" => " ".to_owned(),
        "\\e" => "\u{1b}".to_owned(),
        _ => {
            let text = unescape(raw, HexMeans::Byte);
            // An escape that means nothing is the character itself.
            text.strip_prefix('\\').filter(|rest| !rest.is_empty()).map_or(text.clone(), str::to_owned)
        }
    }
}

/// Whether only backslashes and the quote itself are escaped.
fn is_raw<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> bool {
    let text = cx.text(node);
    text.starts_with('\'') || text.starts_with("%q")
}

/// The text at a heredoc's mark: its body, which stands on the lines below.
pub(super) fn heredoc<'t>(cx: &mut Lowering<'t, '_>, mark: Ts<'t>) -> NodeId {
    let tag = cx.text(mark);
    let name = tag.trim_start_matches(['<', '~', '-']).trim_matches(['"', '\'', '`']);
    let Some(body) = body_of(cx, mark, name) else { return cx.add(Node::Opaque(Vec::new()), mark) };
    cx.see_literal(body);
    let raw = tag.contains('\'');
    let mut parts: Vec<(String, Option<Ts<'t>>)> = Vec::new();
    for kid in cx.kids(body) {
        match kid.kind() {
            "heredoc_end" => {}
            "interpolation" => parts.push((String::new(), Some(kid))),
            _ => {
                let text = piece(cx, kid, raw);
                match parts.last_mut().filter(|last| last.1.is_none()) {
                    Some(last) => last.0.push_str(&text),
                    None => parts.push((text, None)),
                }
            }
        }
    }
    if let Some(first) = parts.first_mut() {
        first.0 = first.0.strip_prefix('\n').unwrap_or(&first.0).to_owned();
    }
    if let Some(last) = parts.last_mut().filter(|last| last.1.is_none()) {
        // What stands before the closing tag is its indentation.
        last.0.truncate(last.0.rfind('\n').map_or(0, |at| at + 1));
    }
    if tag.contains('~') {
        outdent(&mut parts);
    }
    let mut pieces = Vec::new();
    for (text, hole) in parts {
        pieces.push(match hole {
            Some(hole) => cx.only(hole),
            None => cx.constant(&text, body),
        });
    }
    match pieces[..] {
        [only] => only,
        _ => cx.add(Node::Concat(pieces), body),
    }
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
            let ends = |kid: &Ts<'t>| kid.kind() == "heredoc_end" && cx.text(*kid) == name;
            if sibling.kind() == "heredoc_body" && cx.kids(sibling).iter().any(ends) {
                return Some(sibling);
            }
            next = sibling.next_named_sibling();
        }
        at = at.parent()?;
    }
    None
}

/// Takes the smallest indentation of all lines off each.
fn outdent(parts: &mut [(String, Option<Ts<'_>>)]) {
    let mut least = usize::MAX;
    let mut starts = true;
    for (text, hole) in parts.iter() {
        if hole.is_some() {
            starts = false;
            continue;
        }
        for (at, line) in text.split('\n').enumerate() {
            let last = at == text.matches('\n').count();
            if (at > 0 || starts) && (!line.trim().is_empty() || last && !line.is_empty()) {
                least = least.min(line.len() - line.trim_start().len());
            }
        }
        starts = text.ends_with('\n');
    }
    if least == 0 || least == usize::MAX {
        return;
    }
    let mut starts = true;
    for (text, hole) in parts.iter_mut() {
        if hole.is_none() {
            let lines: Vec<&str> = text
                .split('\n')
                .enumerate()
                .map(|(at, line)| {
                    let blank = line.len() - line.trim_start().len();
                    if at > 0 || starts { &line[least.min(blank)..] } else { line }
                })
                .collect();
            *text = lines.join("\n");
        }
        starts = hole.is_none() && text.ends_with('\n');
    }
}

/// What a symbol or hash key says.
pub(super) fn symbol<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    cx.text(node).trim_matches([':', '"', '\''])
}
