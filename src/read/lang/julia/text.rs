//! String and character literals.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// A literal's text, interpolations left out.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let text = cx.text(node);
    if node.kind() == "character_literal" {
        let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(text);
        return Node::Text(unescape(inner, HexMeans::Code).into());
    }
    let raw = node.kind() == "prefixed_string_literal";
    let parts = pieces(cx, node, raw);
    Node::Text(parts.into_iter().map(|(text, _)| text).collect::<String>().into())
}

/// A string with its interpolations.
pub(super) fn string<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let all = pieces(cx, node, node.kind() == "prefixed_string_literal");
    if all.iter().all(|(_, value)| value.is_none()) {
        return cx.literal(node);
    }
    cx.see_literal(node);
    let mut parts = Vec::new();
    for (text, value) in all {
        parts.push(match value {
            Some(value) => cx.only(value),
            None => cx.constant(&text, node),
        });
    }
    cx.add(Node::Concat(parts), node)
}

/// Texts and values in turn.
fn pieces<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>, raw: bool) -> Vec<(String, Option<Ts<'t>>)> {
    let mut out: Vec<(String, Option<Ts<'t>>)> = Vec::new();
    for kid in cx.kids(node) {
        match kid.kind() {
            "content" if raw => out.push((cx.text(kid).to_owned(), None)),
            "content" => out.push((cx.text(kid).to_owned(), None)),
            "string_interpolation" => out.push((String::new(), Some(kid))),
            "escape_sequence" => out.push((cx.text(kid).to_owned(), None)),
            _ => {}
        }
    }
    if out.is_empty() {
        // A string of escapes alone has no content's node.
        let whole = cx.text(node).trim_start_matches(char::is_alphabetic);
        let inner = whole.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
        out.push((inner.trim_matches('"').to_owned(), None));
    }
    if cx.text(node).trim_start_matches(char::is_alphabetic).starts_with("\"\"\"") {
        outdent(&mut out);
    }
    if !raw {
        for (text, _) in &mut out {
            *text = unescape(&text.replace("\\$", "$"), HexMeans::Code);
        }
    }
    out
}

/// Takes the first line end, and the smallest indentation of all lines, off.
fn outdent(parts: &mut [(String, Option<Ts<'_>>)]) {
    if let Some((first, None)) = parts.first_mut() {
        *first = first.strip_prefix('\n').unwrap_or(first).to_owned();
    }
    let whole: Vec<&str> = parts.iter().map(|(text, _)| text.as_str()).collect();
    let whole = whole.join("x");
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let least = whole.split('\n').filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let mut starts = true;
    for (text, value) in parts.iter_mut().filter(|_| least > 0) {
        if value.is_none() {
            let lines: Vec<&str> = text
                .split('\n')
                .enumerate()
                .map(|(at, line)| if at > 0 || starts { &line[least.min(indent(line))..] } else { line })
                .collect();
            *text = lines.join("\n");
        }
        starts = false;
    }
}
