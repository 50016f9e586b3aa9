//! `match`, and patterns.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;

/// Cases asked of `subject`.
pub(super) fn cases<'t>(cx: &mut Lowering<'t, '_>, subject: NodeId, block: Ts<'t>, node: Ts<'t>) -> NodeId {
    let (kept, keep) = curly::hidden(cx, subject, block);
    let mut arms = Vec::new();
    for clause in cx.kids(block).into_iter().filter(|kid| kid.kind() == "case_clause") {
        let (mut values, mut tests) = (Vec::new(), Vec::new());
        if let Some(pattern) = clause.child_by_field_name("pattern") {
            ask(cx, pattern, kept, &mut values, &mut tests);
        }
        if let Some(guard) = cx.kids(clause).into_iter().find(|kid| kid.kind() == "guard") {
            tests.push(cx.expect_field(guard, "condition"));
        }
        let guard = tests.into_iter().reduce(|a, b| cx.add(Node::Binary(BinaryOp::And, a, b), clause));
        let bodies = cx.fields(clause, "body");
        let parts = curly::sequence(cx, &bodies);
        let body = cx.add(Node::Block(parts), clause);
        arms.push(Arm { values, guard, body, falls_through: false });
    }
    let whole = cx.add(Node::Match { subject: Some(kept), arms }, node);
    cx.add(Node::Block(vec![keep, whole]), node)
}

/// `{ case … => … }` as a function.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, block: Ts<'t>) -> NodeId {
    let name = format!("case@{}", block.start_byte());
    let subject = cx.name(&name, block);
    let body = cases(cx, subject, block, block);
    let params = vec![param(&name)];
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, block)
}

/// What a pattern asks of a subject: values that it may equal, tests, and names that it binds.
fn ask<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    subject: NodeId,
    values: &mut Vec<NodeId>,
    tests: &mut Vec<NodeId>,
) {
    match pattern.kind() {
        "wildcard" => {}
        "identifier" if cx.text(pattern) == "Nil" || cx.text(pattern) == "None" => {
            tests.push(cx.op(Op::IsEmpty, vec![subject], pattern));
        }
        "identifier" if !cx.text(pattern).starts_with(char::is_uppercase) => {
            let target = cx.name(cx.text(pattern), pattern);
            tests.push(bound(cx, target, subject, pattern));
        }
        "alternative_pattern" => {
            for kid in cx.kids(pattern) {
                if kid.kind() == "alternative_pattern" {
                    cx.nested(kid, |cx| {
                        ask(cx, kid, subject, values, tests);
                        cx.add(Node::Null, kid)
                    });
                } else {
                    values.push(cx.lower(kid));
                }
            }
        }
        "tuple_pattern" | "case_class_pattern" | "infix_pattern" | "typed_pattern" | "capture_pattern" => {
            cx.nested(pattern, |cx| {
                parted(cx, pattern, subject, tests);
                cx.add(Node::Null, pattern)
            });
        }
        _ => values.push(cx.lower(pattern)),
    }
}

/// A name that takes the subject: always holds.
fn bound<'t>(cx: &mut Lowering<'t, '_>, target: NodeId, value: NodeId, at: Ts<'t>) -> NodeId {
    let bind = cx.assign(target, value, true, at);
    let yes = cx.add(Node::Bool(true), at);
    cx.add(Node::Block(vec![bind, yes]), at)
}

fn parted<'t>(cx: &mut Lowering<'t, '_>, pattern: Ts<'t>, subject: NodeId, tests: &mut Vec<NodeId>) {
    let mut parts: Vec<(Ts<'t>, NodeId)> = Vec::new();
    match pattern.kind() {
        "tuple_pattern" => {
            for (place, kid) in cx.kids(pattern).into_iter().enumerate() {
                parts.push((kid, nth(cx, subject, place, kid)));
            }
        }
        "case_class_pattern" => {
            let kind = pattern.child_by_field_name("type").map_or("", |kind| cx.text(kind));
            let kids = cx.fields(pattern, "pattern");
            if kind == "Some" {
                parts.extend(kids.first().map(|kid| (*kid, subject)));
                let null = cx.add(Node::Null, pattern);
                tests.push(cx.add(Node::Binary(BinaryOp::Ne, subject, null), pattern));
            } else {
                if !matches!(kind, "List" | "Seq" | "Array" | "Vector") {
                    let class = cx.name(kind, pattern);
                    tests.push(cx.op(Op::IsA, vec![subject, class], pattern));
                }
                let all = cx.op(Op::Parts, vec![subject], pattern);
                for (place, kid) in kids.into_iter().enumerate() {
                    parts.push((kid, nth(cx, all, place, kid)));
                }
            }
        }
        "infix_pattern" => {
            if let (Some(head), Some(tail)) =
                (pattern.child_by_field_name("left"), pattern.child_by_field_name("right"))
            {
                tests.push(cx.op(Op::Length, vec![subject], pattern));
                let first = cx.op(Op::First, vec![subject], head);
                let one = cx.add(Node::Int(1), tail);
                let rest = cx.op(Op::Drop, vec![subject, one], tail);
                parts.extend([(head, first), (tail, rest)]);
            }
        }
        "typed_pattern" => {
            let kind = pattern.child_by_field_name("type").map_or("", |kind| cx.text(kind));
            let class = cx.name(kind, pattern);
            tests.push(cx.op(Op::IsA, vec![subject, class], pattern));
            parts.extend(pattern.child_by_field_name("pattern").map(|inner| (inner, subject)));
        }
        _ => {
            if let Some(name) = pattern.child_by_field_name("name") {
                let target = cx.name(cx.text(name), name);
                tests.push(bound(cx, target, subject, pattern));
            }
            parts.extend(pattern.child_by_field_name("pattern").map(|inner| (inner, subject)));
        }
    }
    for (kid, value) in parts.into_iter().take(16) {
        let mut equal = Vec::new();
        ask(cx, kid, value, &mut equal, tests);
        for wanted in equal {
            tests.push(cx.add(Node::Binary(BinaryOp::Eq, value, wanted), kid));
        }
    }
}

fn nth<'t>(cx: &mut Lowering<'t, '_>, subject: NodeId, place: usize, at: Ts<'t>) -> NodeId {
    let place = cx.add(Node::Int(i64::try_from(place).unwrap_or(0)), at);
    cx.op(Op::Get, vec![subject, place], at)
}

/// A pattern that is assigned to.
pub(super) fn target<'t>(cx: &mut Lowering<'t, '_>, pattern: Ts<'t>) -> NodeId {
    match pattern.kind() {
        "tuple_pattern" | "identifiers" => {
            let kids = cx.kids(pattern);
            let mut targets = Vec::new();
            for kid in kids {
                targets.push(cx.nested(kid, |cx| target(cx, kid)));
            }
            cx.add(Node::List(targets), pattern)
        }
        "case_class_pattern" => {
            let kids = cx.fields(pattern, "pattern");
            let targets = kids.into_iter().map(|kid| cx.name(cx.text(kid), kid)).collect();
            cx.add(Node::List(targets), pattern)
        }
        "typed_pattern" => match pattern.child_by_field_name("pattern") {
            Some(inner) => cx.name(cx.text(inner), inner),
            None => cx.name("_", pattern),
        },
        _ => cx.name(cx.text(pattern), pattern),
    }
}
