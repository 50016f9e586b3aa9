//! Words: quoted or not, and what they fall apart into.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expansion;

/// A literal's text, expansions left out.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let text = cx.text(node);
    Node::Text(
        match node.kind() {
            "raw_string" => text.trim_start_matches('\'').trim_end_matches('\'').to_owned(),
            "ansi_c_string" => {
                let inner = text.strip_prefix("$'").unwrap_or(text);
                unescape(inner.strip_suffix('\'').unwrap_or(inner), HexMeans::Byte)
            }
            _ => pieces(cx, node)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text,
                    Piece::Value(_) => String::new(),
                })
                .collect(),
        }
        .into(),
    )
}

/// A part of a string or here-document.
enum Piece<'t> {
    Text(String),
    Value(Ts<'t>),
}

/// Text and expansions in turn; what stands between the children is text too.
fn pieces<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Vec<Piece<'t>> {
    let quoted = node.kind() == "string";
    let inset = usize::from(quoted);
    let (mut at, last) = (node.start_byte() + inset, node.end_byte());
    let text = cx.source_text();
    let closed = quoted && cx.text(node).len() > 1 && cx.text(node).ends_with('"');
    let last = if closed { last - 1 } else { last };
    let mut out = Vec::new();
    for kid in cx.kids(node) {
        if matches!(kid.kind(), "string_content" | "heredoc_content") || kid.is_error() {
            continue;
        }
        // Blanks before an expansion are part of its first token.
        let blank = cx.text(kid).len() - cx.text(kid).trim_start().len();
        out.push(Piece::Text(unquoted(text.get(at..kid.start_byte() + blank).unwrap_or_default())));
        out.push(Piece::Value(kid));
        at = kid.end_byte();
    }
    out.push(Piece::Text(unquoted(text.get(at..last).unwrap_or_default())));
    out.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    out
}

/// Undoes the escapes that double quotes leave.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('"' | '\\' | '$' | '`')) => out.extend(chars.next()),
            ('\\', Some('\n')) => {
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// A quoted string or here-document with its expansions.
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
            Piece::Value(value) => joined(cx, value),
        });
    }
    match parts[..] {
        [only] => cx.op(Op::ToText, vec![only], node),
        _ => cx.add(Node::Concat(parts), node),
    }
}

/// An expansion as one text.
fn joined<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if is_all(cx, node).is_none() {
        return cx.lower(node);
    }
    let value = all_of(cx, node);
    expansion::by_field_separator(cx, value, node)
}

/// All items of an array; one that was filled by numbers is in their order.
fn all_of<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.lower(node);
    let whole = cx.text(node).contains("[@]}") || cx.text(node).contains("[*]}");
    if !whole || cx.text(node).contains('!') {
        return value;
    }
    let sorted = cx.op(Op::SortByKey, vec![value], node);
    cx.op(Op::Values, vec![sorted], node)
}

/// Whether a node stands for all items of an array: `${x[@]}`, `$@`, `${x[@]:1}`. Says whether with `*`.
pub(super) fn is_all<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Option<bool> {
    if !matches!(node.kind(), "expansion" | "simple_expansion") {
        return None;
    }
    let text = cx.text(node).trim_start();
    if text.starts_with("${#") || text.contains("[@]}]") {
        return None;
    }
    let star = text.contains("[*]") || matches!(text, "$*" | "${*}");
    let all = text.contains("[@]") || matches!(text, "$@" | "${@}") || text.starts_with("${@:");
    (star || all).then_some(star)
}

/// An argument or array item: one word, or several.
pub(super) fn item<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "string" => match cx.kids(node)[..] {
            [only] if is_all(cx, only) == Some(false) && cx.text(node).len() == cx.text(only).len() + 2 => {
                cx.see_literal(node);
                let value = all_of(cx, only);
                cx.add(Node::Spread(value), node)
            }
            _ => string(cx, node),
        },
        "expansion" | "simple_expansion" if is_all(cx, node).is_some() => {
            let value = all_of(cx, node);
            cx.add(Node::Spread(value), node)
        }
        "expansion" | "simple_expansion" | "command_substitution" => {
            let value = cx.lower(node);
            let value = expansion::split(cx, value, node);
            cx.add(Node::Spread(value), node)
        }
        "brace_expression" => {
            let value = cx.lower(node);
            cx.add(Node::Spread(value), node)
        }
        "concatenation" | "word" => match braces(cx.text(node)) {
            Some(words) => {
                let mut items = Vec::new();
                for word in words {
                    items.push(cx.constant(&word, node));
                }
                let list = cx.add(Node::List(items), node);
                cx.add(Node::Spread(list), node)
            }
            None => cx.lower(node),
        },
        _ => cx.lower(node),
    }
}

/// Words as `{a,b,c}` and `x{1..3}y` write them, without quotes or expansions in them.
fn braces(text: &str) -> Option<Vec<String>> {
    if text.contains(['"', '\'', '$', '`', '\\']) {
        return None;
    }
    let (before, rest) = text.split_once('{')?;
    let (inner, after) = rest.split_once('}')?;
    if inner.contains('{') || after.contains('{') {
        return None;
    }
    let middle: Vec<String> = if let Some((from, to)) = inner.split_once("..") {
        range(from, to)?
    } else if inner.contains(',') {
        inner.split(',').map(str::to_owned).collect()
    } else {
        return None;
    };
    Some(middle.into_iter().map(|word| format!("{before}{word}{after}")).collect())
}

/// The most words that one pair of braces stands for.
const MOST_WORDS: usize = 100;

fn range(from: &str, to: &str) -> Option<Vec<String>> {
    let (to, step) = to.split_once("..").map_or((to, 1), |(to, step)| (to, step.parse().unwrap_or(1_i64)));
    let step = usize::try_from(step.unsigned_abs()).ok()?.max(1);
    if let (Ok(from), Ok(to)) = (from.parse::<i64>(), to.parse::<i64>()) {
        let all: Vec<i64> = if from <= to {
            (from..=to).step_by(step).take(MOST_WORDS).collect()
        } else {
            (to..=from).rev().step_by(step).take(MOST_WORDS).collect()
        };
        return Some(all.into_iter().map(|n| n.to_string()).collect());
    }
    let (from, to) = (single(from)?, single(to)?);
    let all: Vec<char> = if from <= to { (from..=to).collect() } else { (to..=from).rev().collect() };
    Some(all.into_iter().step_by(step).take(MOST_WORDS).map(String::from).collect())
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// An unquoted word without its backslashes.
pub(super) fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    out
}

/// The text of a word that nothing expands in: quotes taken off.
pub(super) fn fixed<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Option<String> {
    match node.kind() {
        "word" | "number" | "extglob_pattern" | "regex" | "variable_name" => Some(bare(cx.text(node))),
        "raw_string" | "ansi_c_string" => match plain(cx, node) {
            Node::Text(text) => Some(text.into()),
            _ => None,
        },
        "string" => {
            let all = pieces(cx, node);
            let whole = all.iter().all(|piece| matches!(piece, Piece::Text(_)));
            match plain(cx, node) {
                Node::Text(text) if whole => Some(text.into()),
                _ => None,
            }
        }
        "concatenation" => cx.kids(node).into_iter().map(|kid| fixed(cx, kid)).collect(),
        _ => None,
    }
}
