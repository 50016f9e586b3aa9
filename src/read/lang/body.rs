//! What statements in a row share in every language: comments belong to the function below or around them.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;

use super::lowering::Lowering;
use super::lowering::Ts;
use super::lowering::is_comment;

/// Lowers statements in order; `function` lowers those of the kinds `functions`, with the comments right above them.
pub(super) fn statements<'t>(
    cx: &mut Lowering<'t, '_>,
    kids: &[Ts<'t>],
    functions: &[&str],
    function: fn(&mut Lowering<'t, '_>, Ts<'t>, Vec<&'t str>) -> NodeId,
) -> Vec<NodeId> {
    let mut out = Vec::with_capacity(kids.len());
    let mut above: Vec<&'t str> = Vec::new();
    for kid in kids {
        if is_comment(*kid) {
            above.push(cx.comment_text(*kid));
            out.push(cx.comment(*kid));
            continue;
        }
        let around = std::mem::take(&mut above);
        let id = if functions.contains(&kid.kind()) { function(cx, *kid, around) } else { cx.lower(*kid) };
        out.push(id);
    }
    out
}

/// Statements of a node in order, as a block.
pub(super) fn block<'t>(
    cx: &mut Lowering<'t, '_>,
    node: Ts<'t>,
    functions: &[&str],
    function: fn(&mut Lowering<'t, '_>, Ts<'t>, Vec<&'t str>) -> NodeId,
) -> NodeId {
    let kids = cx.kids_and_comments(node);
    let items = statements(cx, &kids, functions, function);
    cx.add(Node::Block(items), node)
}

/// All comments of a function, above it and directly in it, joined by line ends.
pub(super) fn comment_of<'t>(
    cx: &mut Lowering<'t, '_>,
    above: Vec<&'t str>,
    inside: &[Ts<'t>],
) -> Option<Box<str>> {
    let mut all = above;
    for node in inside {
        for kid in cx.kids_and_comments(*node).into_iter().filter(|kid| is_comment(*kid)) {
            all.push(cx.comment_text(kid));
        }
    }
    (!all.is_empty()).then(|| all.join("\n").into())
}

/// Statements that bind a value to `name` first.
pub(super) fn let_in<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    value: NodeId,
    then: Vec<NodeId>,
    at: Ts<'t>,
) -> NodeId {
    let target = cx.name(name, at);
    let mut all = vec![cx.assign(target, value, true, at)];
    all.extend(then);
    cx.add(Node::Block(all), at)
}

/// `for target in iter`.
pub(super) fn each<'t>(
    cx: &mut Lowering<'t, '_>,
    target: NodeId,
    iter: NodeId,
    body: NodeId,
    at: Ts<'t>,
) -> NodeId {
    cx.add(Node::For { target, iter, body, indexed: false }, at)
}

/// An integer.
pub(super) fn int<'t>(cx: &mut Lowering<'t, '_>, value: i64, at: Ts<'t>) -> NodeId {
    cx.add(Node::Int(value), at)
}

/// A condition where only null and false are false. Comparisons are truth values already.
pub(super) fn present<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, at: Ts<'t>) -> NodeId {
    match cx.ir(value) {
        Node::Name(_) | Node::Index(..) | Node::Assign { .. } | Node::Text(_) | Node::Int(_) => {
            cx.op(Op::Present, vec![value], at)
        }
        Node::Call { library, .. } if library.as_ref().is_none_or(|library| gives_value(library.op)) => {
            cx.op(Op::Present, vec![value], at)
        }
        _ => value,
    }
}

/// Whether an operation gives something other than a truth value.
fn gives_value(op: Op) -> bool {
    matches!(op, Op::PopFront | Op::PopBack | Op::Pop | Op::Get | Op::First | Op::Last | Op::Next | Op::Match)
}
