//! Collectors: functions of the list that a stream is.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::function;

/// `Collectors.x(…)` as a function of a list.
pub(super) fn collector<'t>(
    cx: &mut Lowering<'t, '_>,
    method: &str,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let list = cx.name("list", node);
    let body = match (method, kids) {
        ("joining", []) => cx.op(Op::Join, vec![list], node),
        ("joining", [separator, around @ ..]) => {
            let separator = cx.lower(*separator);
            let joined = cx.op(Op::Join, vec![list, separator], node);
            match cx.lower_all(around)[..] {
                [prefix, suffix] => cx.op(Op::ToText, vec![prefix, joined, suffix], node),
                _ => joined,
            }
        }
        ("toList" | "toUnmodifiableList", _) => list,
        ("toCollection", [maker])
            if cx.text(*maker).contains("Deque") || cx.text(*maker).contains("Linked") =>
        {
            cx.op(Op::NewDeque, vec![list], node)
        }
        ("toCollection", [maker]) if cx.text(*maker).contains("Tree") => {
            cx.op(Op::NewSorted, vec![list], node)
        }
        ("toCollection", _) => cx.op(Op::NewList, vec![list], node),
        ("toSet" | "toUnmodifiableSet", _) => cx.op(Op::NewSet, vec![list], node),
        ("counting", _) => cx.op(Op::Length, vec![list], node),
        ("toMap", [key, value, ..]) => {
            let (key, value) = (function::lower(cx, *key, 1), function::lower(cx, *value, 1));
            let keys = cx.op(Op::Map, vec![key, list], node);
            let values = cx.op(Op::Map, vec![value, list], node);
            let pairs = cx.op(Op::Zip, vec![keys, values], node);
            let map = cx.op(Op::NewMap, vec![pairs], node);
            sorted_by_maker(cx, map, kids, node)
        }
        ("groupingBy" | "partitioningBy", [key, rest @ ..]) => {
            let key = function::lower(cx, *key, 1);
            let groups = cx.op(Op::GroupBy, vec![key, list], node);
            let groups = sorted_by_maker(cx, groups, kids, node);
            match rest.last() {
                Some(inner) => {
                    let inner = cx.lower(*inner);
                    each_group(cx, groups, inner, node)
                }
                None => groups,
            }
        }
        ("mapping", [key, inner]) => {
            let (key, inner) = (function::lower(cx, *key, 1), cx.lower(*inner));
            let mapped = cx.op(Op::Map, vec![key, list], node);
            cx.op(Op::Apply, vec![inner, mapped], node)
        }
        ("filtering", [test, inner]) => {
            let (test, inner) = (function::lower(cx, *test, 1), cx.lower(*inner));
            let kept = cx.op(Op::Filter, vec![test, list], node);
            cx.op(Op::Apply, vec![inner, kept], node)
        }
        ("collectingAndThen", [inner, last]) => {
            let (inner, last) = (cx.lower(*inner), function::lower(cx, *last, 1));
            let collected = cx.op(Op::Apply, vec![inner, list], node);
            cx.op(Op::Apply, vec![last, collected], node)
        }
        ("reducing", [start, combine]) => {
            let (start, combine) = (cx.lower(*start), function::lower(cx, *combine, 2));
            cx.op(Op::Reduce, vec![combine, list, start], node)
        }
        _ => return None,
    };
    Some(cx.lambda(&["list"], body, node))
}

/// Maps made by `TreeMap::new` iterate in key order.
fn sorted_by_maker<'t>(cx: &mut Lowering<'t, '_>, map: NodeId, kids: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let sorted = kids.iter().any(|kid| cx.text(*kid).starts_with("TreeMap"));
    if sorted { cx.op(Op::NewSorted, vec![map], node) } else { map }
}

/// What another collector makes of each group.
fn each_group<'t>(cx: &mut Lowering<'t, '_>, groups: NodeId, inner: NodeId, node: Ts<'t>) -> NodeId {
    let keys = cx.op(Op::Keys, vec![groups], node);
    let values = cx.op(Op::Values, vec![groups], node);
    let made = cx.op(Op::Map, vec![inner, values], node);
    let pairs = cx.op(Op::Zip, vec![keys, made], node);
    cx.op(Op::NewMap, vec![pairs], node)
}

/// `stream.collect(…)`
pub(super) fn collect<'t>(cx: &mut Lowering<'t, '_>, this: NodeId, kids: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    match kids {
        [collector] => {
            let collector = cx.lower(*collector);
            cx.op(Op::Apply, vec![collector, this], node)
        }
        [maker, ..] if cx.text(*maker).contains("StringBuilder") => {
            let text = cx.op(Op::Join, vec![this], node);
            cx.op(Op::NewBuilder, vec![text], node)
        }
        _ => {
            let kids = cx.lower_all(kids);
            let unused = cx.add(Node::Opaque(kids), node);
            cx.add(Node::Block(vec![unused, this]), node)
        }
    }
}
