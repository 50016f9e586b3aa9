//! Patterns: conditions that bind their names.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// Patterns nested deeper than this hold whatever they are given.
const DEPTH: usize = 12;

/// All that must hold of `subject`, as one condition.
pub(super) fn test<'t>(cx: &mut Lowering<'t, '_>, pattern: Ts<'t>, subject: NodeId) -> NodeId {
    let mut tests = Vec::new();
    condition(cx, pattern, subject, 0, &mut tests);
    let all = tests.into_iter().reduce(|all, test| cx.add(Node::Binary(BinaryOp::And, all, test), pattern));
    all.unwrap_or_else(|| cx.add(Node::Bool(true), pattern))
}

fn condition<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    subject: NodeId,
    depth: usize,
    tests: &mut Vec<NodeId>,
) {
    if depth > DEPTH {
        return;
    }
    let number = |n: usize| Node::Int(i64::try_from(n).unwrap_or(i64::MAX));
    match pattern.kind() {
        "wildcard" => {}
        "variable" => {
            let target = cx.name(cx.text(pattern), pattern);
            let assign = cx.assign(target, subject, true, pattern);
            let always = cx.add(Node::Bool(true), pattern);
            tests.push(cx.add(Node::Block(vec![assign, always]), pattern));
        }
        "parens" | "strict" | "irrefutable" | "signature" => {
            let inner = pattern.child_by_field_name("pattern").or_else(|| cx.kids(pattern).first().copied());
            if let Some(inner) = inner {
                condition(cx, inner, subject, depth + 1, tests);
            }
        }
        "as" => {
            for field in ["bind", "pattern"] {
                if let Some(inner) = pattern.child_by_field_name(field) {
                    condition(cx, inner, subject, depth + 1, tests);
                }
            }
        }
        "infix" => {
            // `first : rest`
            let empty = cx.op(Op::IsEmpty, vec![subject], pattern);
            tests.push(cx.add(Node::Unary(UnaryOp::Not, empty), pattern));
            let one = cx.add(number(1), pattern);
            let parts =
                [cx.op(Op::First, vec![subject], pattern), cx.op(Op::Drop, vec![subject, one], pattern)];
            for (field, part) in ["left_operand", "right_operand"].into_iter().zip(parts) {
                if let Some(inner) = pattern.child_by_field_name(field) {
                    condition(cx, inner, part, depth + 1, tests);
                }
            }
        }
        "list" | "tuple" => {
            let items = cx.kids(pattern);
            if pattern.kind() == "list" {
                let (length, count) =
                    (cx.op(Op::Length, vec![subject], pattern), cx.add(number(items.len()), pattern));
                tests.push(cx.add(Node::Binary(BinaryOp::Eq, length, count), pattern));
            }
            for (at, item) in items.into_iter().enumerate() {
                let at = cx.add(number(at), pattern);
                let part = cx.add(Node::Index(subject, at), pattern);
                condition(cx, item, part, depth + 1, tests);
            }
        }
        "empty_list" => tests.push(cx.op(Op::IsEmpty, vec![subject], pattern)),
        "constructor" | "apply" => constructed(cx, pattern, subject, depth, tests),
        _ => {
            let value = cx.lower(pattern);
            tests.push(cx.add(Node::Binary(BinaryOp::Eq, subject, value), pattern));
        }
    }
}

/// `Just x`, `Nothing`, and the program's own constructors.
fn constructed<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    subject: NodeId,
    depth: usize,
    tests: &mut Vec<NodeId>,
) {
    let mut parts = Vec::new();
    let mut at = pattern;
    while at.kind() == "apply" && parts.len() < 32 {
        parts.extend(at.child_by_field_name("argument"));
        match at.child_by_field_name("function") {
            Some(function) => at = function,
            None => break,
        }
    }
    parts.reverse();
    match cx.text(at) {
        "Nothing" | "Just" | "Left" | "Right" => {
            let null = cx.add(Node::Null, pattern);
            let op = if matches!(cx.text(at), "Nothing" | "Left") { BinaryOp::Eq } else { BinaryOp::Ne };
            tests.push(cx.add(Node::Binary(op, subject, null), pattern));
            for part in parts {
                condition(cx, part, subject, depth + 1, tests);
            }
        }
        "True" | "False" => {
            let value = cx.add(Node::Bool(cx.text(at) == "True"), pattern);
            tests.push(cx.add(Node::Binary(BinaryOp::Eq, subject, value), pattern));
        }
        name => {
            let class = cx.name(name, pattern);
            tests.push(cx.op(Op::IsA, vec![subject, class], pattern));
            for (index, part) in parts.into_iter().enumerate() {
                let index = cx.add(Node::Int(i64::try_from(index).unwrap_or(0)), pattern);
                let field = cx.add(Node::Index(subject, index), pattern);
                condition(cx, part, field, depth + 1, tests);
            }
        }
    }
}
