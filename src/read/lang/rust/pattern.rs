//! Patterns: conditions that bind their names.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expression;

/// Patterns nested deeper than this hold whatever they are given.
const DEPTH: usize = 12;

/// The field that says which variant of an enumeration an object is; no program can spell it.
pub(super) const VARIANT: &str = "its variant";

/// Binds `value` under a name that no program can spell, since a pattern looks at it more than once.
pub(super) fn held<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, at: Ts<'t>) -> (NodeId, NodeId) {
    let name = cx.name(&format!("matched {}", at.start_byte()), at);
    let bind = cx.assign(name, value, true, at);
    (bind, name)
}

/// A pattern that always holds, as the target of an assignment; `None` for one that has to be tested.
pub(super) fn target<'t>(cx: &mut Lowering<'t, '_>, pattern: Ts<'t>) -> Option<NodeId> {
    part_target(cx, pattern, 0)
}

fn part_target<'t>(cx: &mut Lowering<'t, '_>, pattern: Ts<'t>, depth: usize) -> Option<NodeId> {
    if depth > DEPTH {
        return None;
    }
    match pattern.kind() {
        "identifier" | "shorthand_field_identifier" => Some(cx.name(cx.text(pattern), pattern)),
        "_" => Some(cx.name("_", pattern)),
        "mut_pattern" | "ref_pattern" | "reference_pattern" => {
            let inner = cx.kids(pattern).into_iter().rfind(|kid| kid.kind() != "mutable_specifier");
            match inner {
                Some(inner) => part_target(cx, inner, depth + 1),
                None => Some(cx.name("_", pattern)),
            }
        }
        "tuple_pattern" => {
            let mut targets = Vec::new();
            for part in parts(pattern) {
                if part.kind() == "remaining_field_pattern" {
                    return None;
                }
                targets.push(part_target(cx, part, depth + 1)?);
            }
            Some(cx.add(Node::List(targets), pattern))
        }
        _ => None,
    }
}

/// The parts of a tuple, slice or tuple struct, `_` among them.
fn parts(pattern: Ts<'_>) -> Vec<Ts<'_>> {
    let mut cursor = pattern.walk();
    let head = pattern.child_by_field_name("type").map(|head| head.id());
    let kids = pattern.children(&mut cursor).filter(|kid| kid.is_named() || kid.kind() == "_");
    kids.filter(|kid| Some(kid.id()) != head && !crate::read::lang::lowering::is_comment(*kid)).collect()
}

/// All that must hold of `subject` for a pattern, as one condition.
pub(super) fn test<'t>(cx: &mut Lowering<'t, '_>, pattern: Ts<'t>, subject: NodeId) -> NodeId {
    let mut tests = Vec::new();
    condition(cx, pattern, subject, 0, &mut tests);
    let all = tests.into_iter().reduce(|all, test| cx.add(Node::Binary(BinaryOp::And, all, test), pattern));
    all.unwrap_or_else(|| cx.add(Node::Bool(true), pattern))
}

/// The arms of a `match`, their patterns as guards.
pub(super) fn arm<'t>(cx: &mut Lowering<'t, '_>, arm: Ts<'t>, subject: NodeId) -> Arm {
    let mut guard = None;
    if let Some(pattern) = arm.child_by_field_name("pattern") {
        let condition = pattern.child_by_field_name("condition");
        let mut cursor = pattern.walk();
        let inner = pattern.children(&mut cursor).find(|kid| {
            (kid.is_named() || kid.kind() == "_")
                && Some(kid.id()) != condition.map(|condition| condition.id())
        });
        let mut all = inner.filter(|inner| inner.kind() != "_").map(|inner| test(cx, inner, subject));
        if let Some(condition) = condition {
            let more = expression::condition(cx, condition);
            all = Some(match all {
                Some(all) => cx.add(Node::Binary(BinaryOp::And, all, more), condition),
                None => more,
            });
        }
        guard = all;
    }
    let body = cx.expect_field(arm, "value");
    Arm { values: Vec::new(), guard, body, falls_through: false }
}

fn is_constant(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
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
        return;
    }
    match pattern.kind() {
        "_" | "remaining_field_pattern" => {}
        "identifier" if cx.text(pattern) == "None" => {
            let null = cx.add(Node::Null, pattern);
            tests.push(cx.add(Node::Binary(BinaryOp::Eq, subject, null), pattern));
        }
        "identifier" if !is_constant(cx.text(pattern)) => bind(cx, pattern, subject, tests),
        "identifier" | "scoped_identifier" => variant(cx, pattern, subject, tests),
        "mut_pattern" | "ref_pattern" | "reference_pattern" => {
            if let Some(inner) = cx.kids(pattern).into_iter().rfind(|kid| kid.kind() != "mutable_specifier") {
                condition(cx, inner, subject, depth + 1, tests);
            }
        }
        "captured_pattern" => {
            if let [name, inner] = cx.kids(pattern)[..] {
                condition(cx, inner, subject, depth + 1, tests);
                bind(cx, name, subject, tests);
            }
        }
        "or_pattern" => {
            let sides: Vec<NodeId> = parts(pattern).into_iter().map(|side| test(cx, side, subject)).collect();
            let any =
                sides.into_iter().reduce(|any, side| cx.add(Node::Binary(BinaryOp::Or, any, side), pattern));
            tests.extend(any);
        }
        "range_pattern" => {
            let exclusive = !cx.text(pattern).contains("..=") && !cx.text(pattern).contains("...");
            for (field, op) in
                [("left", BinaryOp::Ge), ("right", if exclusive { BinaryOp::Lt } else { BinaryOp::Le })]
            {
                if let Some(bound) = cx.lower_field(pattern, field) {
                    tests.push(cx.add(Node::Binary(op, subject, bound), pattern));
                }
            }
        }
        "tuple_pattern" => sequence(cx, pattern, subject, depth, false, tests),
        "slice_pattern" => sequence(cx, pattern, subject, depth, true, tests),
        "tuple_struct_pattern" => wrapped(cx, pattern, subject, depth, tests),
        "struct_pattern" => {
            if let Some(kind) =
                pattern.child_by_field_name("type").filter(|kind| cx.text(*kind).contains("::"))
            {
                variant(cx, kind, subject, tests);
            }
            for field in cx.kids(pattern).into_iter().filter(|kid| kid.kind() == "field_pattern") {
                let Some(name) = field.child_by_field_name("name") else { continue };
                let value = cx.add(Node::Field(subject, cx.text(name).into()), field);
                match field.child_by_field_name("pattern") {
                    Some(inner) => condition(cx, inner, value, depth + 1, tests),
                    None => bind(cx, name, value, tests),
                }
            }
        }
        _ => {
            let value = cx.lower(pattern);
            tests.push(cx.add(Node::Binary(BinaryOp::Eq, subject, value), pattern));
        }
    }
}

/// A constant, or a variant of an enumeration without fields.
fn variant<'t>(cx: &mut Lowering<'t, '_>, path: Ts<'t>, subject: NodeId, tests: &mut Vec<NodeId>) {
    let last = cx.text(path).rsplit("::").next().unwrap_or_default();
    let test = match cx.kind_of(last) {
        "variant" => {
            let own = cx.add(Node::Field(subject, VARIANT.into()), path);
            let name = cx.constant(last, path);
            cx.add(Node::Binary(BinaryOp::Eq, own, name), path)
        }
        _ => {
            let value = cx.lower(path);
            cx.add(Node::Binary(BinaryOp::Eq, subject, value), path)
        }
    };
    tests.push(test);
}

/// `Some(x)`, `Ok(x)`, `Err(e)`, and variants with fields.
fn wrapped<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    subject: NodeId,
    depth: usize,
    tests: &mut Vec<NodeId>,
) {
    let Some(kind) = pattern.child_by_field_name("type") else { return };
    let inner = parts(pattern);
    match cx.text(kind).rsplit("::").next().unwrap_or_default() {
        "Some" | "Ok" => {
            let null = cx.add(Node::Null, pattern);
            let missing = cx.add(Node::Binary(BinaryOp::Eq, subject, null), pattern);
            tests.push(cx.add(Node::Unary(UnaryOp::Not, missing), pattern));
            for part in inner {
                condition(cx, part, subject, depth + 1, tests);
            }
        }
        "Err" => {
            let null = cx.add(Node::Null, pattern);
            tests.push(cx.add(Node::Binary(BinaryOp::Eq, subject, null), pattern));
            for part in inner {
                condition(cx, part, subject, depth + 1, tests);
            }
        }
        "Reverse" | "Box" => {
            for part in inner {
                condition(cx, part, subject, depth + 1, tests);
            }
        }
        name => {
            if cx.kind_of(name) == "variant" {
                variant(cx, kind, subject, tests);
            }
            for (at, part) in inner.into_iter().enumerate() {
                let field = cx.add(Node::Field(subject, at.to_string().into()), pattern);
                condition(cx, part, field, depth + 1, tests);
            }
        }
    }
}

/// `(a, b)` and `[first, .., last]`: as many items, and each as its own pattern says.
fn sequence<'t>(
    cx: &mut Lowering<'t, '_>,
    pattern: Ts<'t>,
    subject: NodeId,
    depth: usize,
    counted: bool,
    tests: &mut Vec<NodeId>,
) {
    let items = parts(pattern);
    let star = items.iter().position(|item| cx.text(*item).ends_with(".."));
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    if counted {
        let count = cx.add(Node::Int(number(items.len() - usize::from(star.is_some()))), pattern);
        let length = cx.op(Op::Length, vec![subject], pattern);
        let op = if star.is_some() { BinaryOp::Ge } else { BinaryOp::Eq };
        tests.push(cx.add(Node::Binary(op, length, count), pattern));
    }
    for (index, item) in items.iter().enumerate() {
        let behind = items.len() - index;
        let part = match star {
            Some(star) if index == star => {
                if item.kind() == "remaining_field_pattern" {
                    continue;
                }
                let all = cx.add(Node::Int(number(index)), pattern);
                let rest = cx.op(Op::Drop, vec![subject, all], pattern);
                match behind {
                    1 => rest,
                    _ => {
                        let last = cx.add(Node::Int(1 - number(behind)), pattern);
                        let first = cx.add(Node::Int(0), pattern);
                        cx.op(Op::Slice, vec![rest, first, last], pattern)
                    }
                }
            }
            Some(star) if index > star => {
                let turned = cx.op(Op::Reverse, vec![subject], pattern);
                let at = cx.add(Node::Int(number(behind) - 1), pattern);
                cx.add(Node::Index(turned, at), pattern)
            }
            _ => {
                let at = cx.add(Node::Int(number(index)), pattern);
                cx.add(Node::Index(subject, at), pattern)
            }
        };
        match (item.kind(), &cx.kids(*item)[..]) {
            // `rest @ ..` is what the other items leave.
            ("captured_pattern", [name, ..]) if star == Some(index) => bind(cx, *name, part, tests),
            _ => condition(cx, *item, part, depth + 1, tests),
        }
    }
}

/// A name takes anything.
fn bind<'t>(cx: &mut Lowering<'t, '_>, name: Ts<'t>, subject: NodeId, tests: &mut Vec<NodeId>) {
    let target = cx.name(cx.text(name), name);
    let assign = cx.assign(target, subject, true, name);
    let always = cx.add(Node::Bool(true), name);
    let bound = cx.add(Node::Block(vec![assign, always]), name);
    tests.push(bound);
}
