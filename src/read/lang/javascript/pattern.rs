//! Targets of assignments and parameters: names, and patterns that take values apart.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;

/// Assigns `value` to a pattern; the assignments are added to `out`.
pub(super) fn bind<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    value: NodeId,
    declares: bool,
    out: &mut Vec<NodeId>,
) {
    match pattern.kind() {
        "array_pattern" | "array" => list(cx, pattern, value, declares, out),
        "object_pattern" | "object" => object(cx, pattern, value, declares, out),
        "assignment_pattern" | "assignment_expression" => {
            let default = cx.expect_field(pattern, "right");
            let value = cx.add(Node::Binary(BinaryOp::Or, value, default), pattern);
            if let Some(left) = pattern.child_by_field_name("left") {
                nested(cx, left, value, declares, out);
            }
        }
        "rest_pattern" | "spread_element" => match cx.kids(pattern).first() {
            Some(inner) => nested(cx, *inner, value, declares, out),
            None => out.push(value),
        },
        _ => {
            let target = super::expression::target(cx, pattern);
            out.push(cx.assign(target, value, declares, pattern));
        }
    }
}

/// A pattern within a pattern, as deep as syntax may be.
fn nested<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    value: NodeId,
    declares: bool,
    out: &mut Vec<NodeId>,
) {
    let mut inner = Vec::new();
    let block = cx.nested(pattern, |cx| {
        bind(cx, pattern, value, declares, &mut inner);
        cx.add(Node::Block(std::mem::take(&mut inner)), pattern)
    });
    out.push(block);
}

fn list<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    value: NodeId,
    declares: bool,
    out: &mut Vec<NodeId>,
) {
    let (source, keep) = curly::hidden(cx, value, pattern);
    out.push(keep);
    let mut cursor = pattern.walk();
    let mut position = 0;
    for kid in pattern.children(&mut cursor) {
        if kid.kind() == "," {
            position += 1;
        }
        if !kid.is_named() || crate::read::lang::lowering::is_comment(kid) {
            continue;
        }
        let at = cx.add(Node::Int(position), kid);
        let value = match kid.kind() {
            "rest_pattern" | "spread_element" => cx.op(Op::Drop, vec![source, at], kid),
            _ => cx.op(Op::Get, vec![source, at], kid),
        };
        nested(cx, kid, value, declares, out);
    }
}

fn object<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    value: NodeId,
    declares: bool,
    out: &mut Vec<NodeId>,
) {
    let (source, keep) = curly::hidden(cx, value, pattern);
    out.push(keep);
    for kid in cx.kids(pattern) {
        let (name, inner) = match kid.kind() {
            "pair_pattern" | "pair" => (kid.child_by_field_name("key"), kid.child_by_field_name("value")),
            "object_assignment_pattern" => (kid.child_by_field_name("left"), kid.child_by_field_name("left")),
            "rest_pattern" => (None, Some(kid)),
            _ => (Some(kid), Some(kid)),
        };
        let value = match name {
            Some(name) => {
                let name = cx.text(name).trim_matches(['"', '\'']);
                match name {
                    "length" => cx.op(Op::Length, vec![source], kid),
                    _ => cx.add(Node::Field(source, name.into()), kid),
                }
            }
            None => source,
        };
        let value = match (kid.kind(), kid.child_by_field_name("right")) {
            ("object_assignment_pattern", Some(default)) => {
                let default = cx.lower(default);
                cx.add(Node::Binary(BinaryOp::Or, value, default), kid)
            }
            _ => value,
        };
        if let Some(inner) = inner {
            nested(cx, inner, value, declares, out);
        }
    }
}

/// The parameters of a function, with the statements that take patterns apart.
pub(super) fn parameters<'t>(cx: &mut Lowering<'t, '_>, function: Ts<'t>) -> (Vec<Param>, Vec<NodeId>) {
    let (mut params, mut before) = (Vec::new(), Vec::new());
    if let Some(single) = function.child_by_field_name("parameter") {
        return (vec![param(cx.text(single))], before);
    }
    let Some(list) = function.child_by_field_name("parameters") else { return (params, before) };
    for kid in cx.kids(list) {
        let default = kid.child_by_field_name("value").or_else(|| kid.child_by_field_name("right"));
        let inner =
            kid.child_by_field_name("pattern").or_else(|| kid.child_by_field_name("left")).unwrap_or(kid);
        let rest = inner.kind() == "rest_pattern";
        let inner = if rest { cx.kids(inner).first().copied().unwrap_or(inner) } else { inner };
        if inner.kind() == "this" {
            continue;
        }
        let default = match default {
            Some(default) => Some(cx.lower(default)),
            // `next?: T` is undefined where nothing is given.
            None => (kid.kind() == "optional_parameter").then(|| cx.add(Node::Null, kid)),
        };
        if matches!(inner.kind(), "array_pattern" | "object_pattern") {
            let name = format!("@{}", inner.start_byte());
            let value = cx.name(&name, inner);
            bind(cx, inner, value, true, &mut before);
            params.push(Param { name: name.into(), default, rest });
        } else {
            params.push(Param { name: cx.text(inner).into(), default, rest });
        }
    }
    if params.is_empty() && cx.text(function).contains("arguments") {
        params.push(Param { rest: true, ..param("arguments") });
    }
    (params, before)
}
