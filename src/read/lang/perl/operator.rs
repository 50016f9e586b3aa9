//! Operators and assignments.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::chain;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::expression::hash_of;
use super::expression::list;
use super::expression::scalar;
use super::expression::target;
use super::matching::bound;
use super::matching::place_of;

pub(super) fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return cx.opaque(node);
    };
    let operator = operator_of(cx, node);
    let plain = match (left.kind(), left.child_by_field_name("variable")) {
        ("variable_declaration", Some(only)) => only,
        ("localization_expression", _) => cx.kids(left).first().copied().unwrap_or(left),
        _ => left,
    };
    if operator != "=" {
        return augmented(cx, left, right, operator.trim_end_matches('='), node);
    }
    let declares = left.kind() == "variable_declaration";
    if call::is_call(plain) {
        return call::set_part(cx, plain, right, node);
    }
    let value = match plain.kind() {
        "array" | "array_deref_expression" => {
            let value = list(cx, right);
            cx.op(Op::NewList, vec![value], right)
        }
        "hash" | "hash_deref_expression" => hash_of(cx, &[right], right),
        "variable_declaration" | "parenthesized_expression" | "list_expression" | "slice_expression" => {
            list(cx, right)
        }
        _ => scalar(cx, right),
    };
    let place = target(cx, left);
    let whole = cx.assign(place, value, declares, node);
    // A hash at the end of a list of targets took the rest as a list.
    let last = cx.fields(left, "variables").last().copied().filter(|last| last.kind() == "hash");
    let Some(last) = last else { return whole };
    let (rest, two) = (cx.lower(last), body::int(cx, 2, last));
    let pairs = cx.op(Op::Chunks, vec![rest, two], last);
    let map = cx.op(Op::NewMap, vec![pairs], last);
    let set = cx.assign(rest, map, false, last);
    cx.add(Node::Block(vec![whole, set]), node)
}

pub(super) fn augmented<'t>(
    cx: &mut Lowering<'t, '_>,
    left: Ts<'t>,
    right: Ts<'t>,
    operator: &str,
    node: Ts<'t>,
) -> NodeId {
    let place = target(cx, left);
    let value = scalar(cx, right);
    match operator {
        "//" | "||" => {
            let test = match operator {
                "//" => cx.op(Op::Present, vec![place], node),
                _ => place,
            };
            let set = cx.assign(place, value, false, node);
            cx.add(Node::Choose { test, then: place, other: set }, node)
        }
        _ => match meaning(operator) {
            Some(op) => cx.add(Node::Assign { target: place, value, op: Some(op), declares: false }, node),
            None => cx.add(Node::Opaque(vec![place, value]), node),
        },
    }
}

pub(super) fn operator_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |operator| cx.text(operator))
}

pub(super) fn meaning(operator: &str) -> Option<BinaryOp> {
    Some(match operator {
        "." => BinaryOp::Add,
        "x" => BinaryOp::Mul,
        "//" => BinaryOp::Or,
        "eq" => BinaryOp::Eq,
        "ne" => BinaryOp::Ne,
        "lt" => BinaryOp::Lt,
        "gt" => BinaryOp::Gt,
        "le" => BinaryOp::Le,
        "ge" => BinaryOp::Ge,
        _ => return chain::common_operator(operator),
    })
}

/// `a .. b`; the grammar reads `0..$n` as a number `0.` and a dot.
pub(super) fn is_range<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> bool {
    match operator_of(cx, node) {
        ".." | "..." => true,
        "." => node
            .child_by_field_name("left")
            .is_some_and(|left| left.kind() == "number" && cx.text(left).ends_with('.')),
        _ => false,
    }
}

pub(super) fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return cx.opaque(node);
    };
    if is_range(cx, node) {
        let from = match cx.text(left).strip_suffix('.').and_then(|text| text.parse().ok()) {
            Some(number) => body::int(cx, number, left),
            None => scalar(cx, left),
        };
        let to = scalar(cx, right);
        return cx.op(Op::RangeClosed, vec![from, to], node);
    }
    match operator_of(cx, node) {
        "." => joined(cx, node),
        "x" if left.kind() == "parenthesized_expression" || left.kind() == "quoted_word_list" => {
            let (value, count) = (list(cx, left), scalar(cx, right));
            cx.add(Node::Binary(BinaryOp::Mul, value, count), node)
        }
        "=~" | "!~" => cx.nested(node, |cx| {
            let subject = cx.lower(left);
            let place = place_of(cx, left, subject);
            let value = bound(cx, place, right, false, node);
            let value = match place == subject {
                true => value,
                false => cx.add(Node::Block(vec![subject, value]), node),
            };
            match operator_of(cx, node) {
                "!~" => cx.add(Node::Unary(UnaryOp::Not, value), node),
                _ => value,
            }
        }),
        _ => chain::binary(cx, node, meaning),
    }
}

/// `a . b . c` leans to the left.
pub(super) fn joined<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut parts = Vec::new();
    let mut at = node;
    loop {
        if let Some(right) = at.child_by_field_name("right") {
            parts.push(scalar(cx, right));
        }
        match at.child_by_field_name("left") {
            Some(left)
                if left.kind() == "binary_expression"
                    && operator_of(cx, left) == "."
                    && !is_range(cx, left) =>
            {
                at = left;
            }
            Some(left) => {
                parts.push(scalar(cx, left));
                break;
            }
            None => break,
        }
    }
    parts.reverse();
    cx.add(Node::Concat(parts), node)
}

/// `==`, `eq`, `<=>`, `and` and the like; they may be chained by `and`, never deeply otherwise.
pub(super) fn compared<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = operator_of(cx, node);
    if node.kind() == "lowprec_logical_expression" {
        return chain::binary(cx, node, meaning);
    }
    let side = |cx: &mut Lowering<'t, '_>, name: &str| match node.child_by_field_name(name) {
        Some(kid) => cx.nested(node, |cx| scalar(cx, kid)),
        None => cx.add(Node::Opaque(Vec::new()), node),
    };
    let (a, b) = (side(cx, "left"), side(cx, "right"));
    match operator {
        "<=>" => {
            let (a, b) = (cx.op(Op::ToIndex, vec![a], node), cx.op(Op::ToIndex, vec![b], node));
            cx.op(Op::Compare, vec![a, b], node)
        }
        "cmp" => cx.op(Op::Compare, vec![a, b], node),
        _ => match meaning(operator) {
            Some(op) => cx.add(Node::Binary(op, a, b), node),
            None => cx.add(Node::Opaque(vec![a, b]), node),
        },
    }
}

pub(super) fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = match node.child_by_field_name("operand") {
        Some(kid) => cx.nested(node, |cx| scalar(cx, kid)),
        None => cx.add(Node::Opaque(Vec::new()), node),
    };
    let op = match operator_of(cx, node) {
        "-" => UnaryOp::Neg,
        "~" => UnaryOp::BitNot,
        "!" | "not" => UnaryOp::Not,
        _ if node.kind() == "logical_not_expression" => UnaryOp::Not,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

/// `$i++` is worth what it was before.
pub(super) fn step<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let target = cx.expect_field(node, "operand");
    let (op, back) = match operator_of(cx, node) {
        "--" => (BinaryOp::Sub, BinaryOp::Add),
        _ => (BinaryOp::Add, BinaryOp::Sub),
    };
    let one = body::int(cx, 1, node);
    let set = cx.add(Node::Assign { target, value: one, op: Some(op), declares: false }, node);
    if node.kind() == "preinc_expression" { set } else { cx.add(Node::Binary(back, set, one), node) }
}
