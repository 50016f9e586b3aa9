//! `match`: patterns as conditions that bind their names.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// The name that holds what is matched; no program can spell it.
const SUBJECT: &str = "match subject";

/// Patterns nested deeper than this hold whatever they are given.
const DEPTH: usize = 12;

/// Lowers a `match` statement.
pub(super) fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = match &cx.fields(node, "subject")[..] {
        [only] => cx.lower(*only),
        many => {
            let items = cx.lower_all(many);
            cx.add(Node::List(items), node)
        }
    };
    let target = cx.name(SUBJECT, node);
    let bind = cx.assign(target, value, true, node);
    let clauses = node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body));
    let mut arms = Vec::new();
    for clause in clauses.into_iter().filter(|kid| kid.kind() == "case_clause") {
        arms.push(arm(cx, clause));
    }
    let subject = Some(cx.name(SUBJECT, node));
    let whole = cx.add(Node::Match { subject, arms }, node);
    cx.add(Node::Block(vec![bind, whole]), node)
}

fn arm<'t>(cx: &mut Lowering<'t, '_>, clause: Ts<'t>) -> Arm {
    let patterns: Vec<Ts<'t>> =
        cx.kids(clause).into_iter().filter(|kid| kid.kind() == "case_pattern").collect();
    let (mut values, mut tests) = (Vec::new(), Vec::new());
    let simple: Option<Vec<Ts<'t>>> = match patterns[..] {
        [only] => alternatives(cx, only),
        _ => None,
    };
    match simple {
        Some(simple) => values = cx.lower_all(&simple),
        None => {
            let subject = cx.name(SUBJECT, clause);
            match patterns[..] {
                [only] => condition(cx, only, subject, 0, &mut tests),
                _ => sequence(cx, &patterns, subject, 0, &mut tests, clause),
            }
        }
    }
    if let Some(guard) = clause.child_by_field_name("guard") {
        tests.push(cx.only(guard));
    }
    let guard = tests.into_iter().reduce(|all, test| cx.add(Node::Binary(BinaryOp::And, all, test), clause));
    let body = cx.expect_field(clause, "consequence");
    Arm { values, guard, body, falls_through: false }
}

/// A literal or dotted name, or several of them: plain values to compare with.
fn alternatives<'t>(cx: &Lowering<'t, '_>, pattern: Ts<'t>) -> Option<Vec<Ts<'t>>> {
    let only = match cx.kids(pattern)[..] {
        [only] => only,
        _ => return None,
    };
    let all = if only.kind() == "union_pattern" { cx.kids(only) } else { vec![only] };
    all.iter().all(|kid| is_value(cx, *kid)).then_some(all)
}

fn is_value<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> bool {
    match node.kind() {
        "string" | "concatenated_string" | "integer" | "float" | "true" | "false" | "none" => true,
        "dotted_name" => cx.text(node).contains('.'),
        _ => false,
    }
}

/// Adds to `tests` what must hold of `subject`; names are bound as a test that always holds.
fn condition<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    subject: NodeId,
    depth: usize,
    tests: &mut Vec<NodeId>,
) {
    if depth > DEPTH {
        let rest = cx.opaque(pattern);
        tests.push(rest);
        return;
    }
    let kids = cx.kids(pattern);
    match (pattern.kind(), &kids[..]) {
        ("case_pattern", [only]) => condition(cx, *only, subject, depth + 1, tests),
        ("case_pattern", []) => {}
        ("list_pattern" | "tuple_pattern", _) => sequence(cx, &kids, subject, depth + 1, tests, pattern),
        ("as_pattern", [inner, .., name]) => {
            condition(cx, *inner, subject, depth + 1, tests);
            bind(cx, *name, subject, tests);
        }
        ("class_pattern", [kind, inner @ ..]) => {
            let kind = cx.lower(*kind);
            let kind = super::special::kind_value(cx, kind, pattern);
            tests.push(cx.op(Op::IsA, vec![subject, kind], pattern));
            for kid in inner {
                condition(cx, *kid, subject, depth + 1, tests);
            }
        }
        ("keyword_pattern", [name, inner]) => {
            let field = cx.add(Node::Field(subject, cx.text(*name).into()), pattern);
            condition(cx, *inner, field, depth + 1, tests);
        }
        ("dict_pattern", _) => {
            let (keys, values) = (cx.fields(pattern, "key"), cx.fields(pattern, "value"));
            for (key, value) in keys.into_iter().zip(values) {
                let key = cx.lower(key);
                tests.push(cx.op(Op::Contains, vec![subject, key], pattern));
                let item = cx.add(Node::Index(subject, key), pattern);
                condition(cx, value, item, depth + 1, tests);
            }
        }
        ("dotted_name" | "identifier", _) if !is_value(cx, pattern) => bind(cx, pattern, subject, tests),
        ("splat_pattern", [name]) => bind(cx, *name, subject, tests),
        _ if is_value(cx, pattern) => {
            let value = cx.lower(pattern);
            tests.push(cx.add(Node::Binary(BinaryOp::Eq, subject, value), pattern));
        }
        _ => {
            let rest = cx.opaque(pattern);
            tests.push(rest);
        }
    }
}

/// `[a, "b", *rest]`: as many items, and each as its own pattern says.
fn sequence<'t>(
    cx: &mut Lowering<'t, '_>,
    items: &[Ts<'t>],
    subject: NodeId,
    depth: usize,
    tests: &mut Vec<NodeId>,
    at: Ts<'t>,
) {
    let star = items.iter().position(|item| cx.text(*item).starts_with('*'));
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let count = cx.add(Node::Int(if star.is_some() { count - 1 } else { count }), at);
    let length = cx.op(Op::Length, vec![subject], at);
    let op = if star.is_some() { BinaryOp::Ge } else { BinaryOp::Eq };
    tests.push(cx.add(Node::Binary(op, length, count), at));
    for (index, item) in items.iter().enumerate() {
        let position = i64::try_from(index).unwrap_or(i64::MAX);
        let behind = i64::try_from(items.len() - index).unwrap_or(i64::MAX);
        let part = match star {
            Some(star) if index == star => {
                let from = Some(cx.add(Node::Int(position), at));
                let to = if behind > 1 { Some(cx.add(Node::Int(1 - behind), at)) } else { None };
                cx.add(Node::Slice { base: subject, from, to, step: None }, at)
            }
            Some(star) if index > star => {
                let index = cx.add(Node::Int(-behind), at);
                cx.add(Node::Index(subject, index), at)
            }
            _ => {
                let index = cx.add(Node::Int(position), at);
                cx.add(Node::Index(subject, index), at)
            }
        };
        condition(cx, *item, part, depth, tests);
    }
}

/// A name takes anything; `_` is not bound.
fn bind<'t>(cx: &mut Lowering<'t, '_>, name: Ts<'t>, subject: NodeId, tests: &mut Vec<NodeId>) {
    if cx.text(name) == "_" {
        return;
    }
    let target = cx.name(cx.text(name), name);
    let assign = cx.assign(target, subject, false, name);
    let always = cx.add(Node::Bool(true), name);
    tests.push(cx.add(Node::Binary(BinaryOp::Or, assign, always), name));
}
