//! Expressions.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::chain;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::text;

/// Lowers an expression; `None` for any other kind.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "variable_name" => variable(cx, node),
        "name" | "qualified_name" | "relative_scope" => name(cx, node),
        "dynamic_variable_name" => match cx.kids(node).first() {
            Some(inner) if inner.kind() == "name" => cx.name(&format!("${}", cx.text(*inner)), node),
            Some(inner) => {
                let (mark, name) = (cx.constant("$", node), cx.lower(*inner));
                let name = cx.add(Node::Concat(vec![mark, name]), node);
                cx.op(Op::Variable, vec![name], node)
            }
            None => cx.opaque(node),
        },
        "string" | "encapsed_string" | "heredoc" | "nowdoc" | "shell_command_expression" => {
            text::string(cx, node)
        }
        "integer" => cx.add(literal::whole(cx.text(node)), node),
        "float" => cx.add(Node::Float(literal::float(cx.text(node)).unwrap_or_default()), node),
        "boolean" => cx.add(Node::Bool(cx.text(node).eq_ignore_ascii_case("true")), node),
        "null" => cx.add(Node::Null, node),
        "array_creation_expression" => array(cx, node),
        "list_literal" => list(cx, node),
        "variadic_unpacking" => {
            let inner = cx.only(node);
            cx.add(Node::Spread(inner), node)
        }
        "parenthesized_expression"
        | "error_suppression_expression"
        | "clone_expression"
        | "by_ref"
        | "argument"
        | "include_expression"
        | "require_expression"
        | "require_once_expression" => cx.only(node),
        "sequence_expression" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.add(Node::Block(parts), node)
        }
        "print_intrinsic" => {
            let value = cx.only(node);
            cx.op(Op::Write, vec![value], node)
        }
        "exit_statement" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.op(Op::Write, parts, node)
        }
        "assignment_expression" | "reference_assignment_expression" => assignment(cx, node),
        "augmented_assignment_expression" => augmented(cx, node),
        "binary_expression" => binary(cx, node),
        "unary_op_expression" => {
            let value = cx.expect_field(node, "argument");
            let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
                "-" => UnaryOp::Neg,
                "!" => UnaryOp::Not,
                "~" => UnaryOp::BitNot,
                _ => UnaryOp::Plus,
            };
            cx.add(Node::Unary(op, value), node)
        }
        "update_expression" => update(cx, node),
        "conditional_expression" => {
            let test = cx.expect_field(node, "condition");
            let other = cx.expect_field(node, "alternative");
            match cx.lower_field(node, "body") {
                Some(then) => cx.add(Node::Choose { test, then, other }, node),
                None => cx.add(Node::Binary(BinaryOp::Or, test, other), node),
            }
        }
        "cast_expression" => cast(cx, node),
        "subscript_expression" => subscript(cx, node),
        "member_access_expression" | "nullsafe_member_access_expression" => {
            let base = cx.expect_field(node, "object");
            let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
            cx.add(Node::Field(base, name.into()), node)
        }
        "class_constant_access_expression" => match cx.kids(node)[..] {
            [scope, own] if cx.text(own) == "class" => cx.constant(cx.text(scope), node),
            [scope, own] => {
                let base = cx.lower(scope);
                cx.add(Node::Field(base, cx.text(own).into()), node)
            }
            _ => cx.opaque(node),
        },
        "scoped_property_access_expression" => {
            let base = cx.expect_field(node, "scope");
            let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
            cx.add(Node::Field(base, name.trim_start_matches('$').into()), node)
        }
        "match_expression" => choose(cx, node),
        "yield_expression" => yielded(cx, node),
        "function_call_expression"
        | "member_call_expression"
        | "nullsafe_member_call_expression"
        | "scoped_call_expression"
        | "object_creation_expression" => call::lower(cx, node),
        _ => return None,
    })
}

fn variable<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = cx.text(node);
    if name == "$this" {
        return cx.name("this", node);
    }
    // A reference is another name of the same variable.
    let alias = cx.unaliased(name).to_owned();
    cx.name(&alias, node)
}

/// A constant, a class or a function.
fn name<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = cx.text(node).rsplit('\\').next().unwrap_or_default();
    match name {
        "PHP_EOL" => cx.constant("\n", node),
        "self" | "static" => cx.name("self", node),
        _ => cx.name(name, node),
    }
}

/// `[…]`: a map where some key is written.
fn array<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let entries = cx.kids(node);
    let keyed = entries.iter().any(|entry| cx.kids(*entry).len() > 1);
    let mut items = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match cx.kids(*entry)[..] {
            [key, value] => {
                let (key, value) = (cx.lower(key), cx.lower(value));
                items.push(cx.add(Node::Pair(key, value), *entry));
            }
            [only] if keyed && only.kind() != "variadic_unpacking" => {
                let key = body::int(cx, i64::try_from(at).unwrap_or_default(), *entry);
                let value = cx.lower(only);
                items.push(cx.add(Node::Pair(key, value), *entry));
            }
            [only] => items.push(cx.lower(only)),
            _ => items.push(cx.lower(*entry)),
        }
    }
    cx.add(if keyed { Node::Map(items) } else { Node::List(items) }, node)
}

/// `[$a, , $b]` and `list('k' => $a)` as targets; keys are left out, their order is that of the values.
fn list<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut cursor = node.walk();
    let kids: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    let mut targets = Vec::new();
    let mut empty = true;
    for (at, kid) in kids.iter().enumerate() {
        if kid.kind() == "," {
            if empty {
                targets.push(cx.name("_", node));
            }
            empty = true;
        } else if kid.is_named() && kids.get(at + 1).is_none_or(|next| next.kind() != "=>") {
            targets.push(cx.lower(*kid));
            empty = false;
        }
    }
    cx.add(Node::List(targets), node)
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return cx.opaque(node);
    };
    let names = left.kind() == "variable_name" && right.kind() == "variable_name";
    if node.kind() == "reference_assignment_expression" && names {
        let there = cx.unaliased(cx.text(right)).to_owned();
        cx.alias(cx.text(left), &there);
        return cx.op(Op::Nothing, Vec::new(), node);
    }
    if left.kind() == "variable_name" && right.kind() == "string" {
        cx.remember(cx.text(left), cx.text(right));
    }
    let mut value = cx.lower(right);
    if matches!(right.kind(), "variable_name" | "member_access_expression" | "subscript_expression") {
        value = cx.op(Op::CopiedPlain, vec![value], right);
    }
    if left.kind() == "subscript_expression" && cx.kids(left).len() == 1 {
        let base = cx.only(left);
        return cx.op(Op::Push, vec![base, value], node);
    }
    let keyed = left.kind() == "list_literal" && cx.text(left).contains("=>");
    if keyed {
        value = cx.op(Op::Values, vec![value], node);
    }
    let target = cx.lower(left);
    cx.assign(target, value, false, node)
}

fn augmented<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let value = cx.expect_field(node, "right");
    let target = cx.expect_field(node, "left");
    match meaning(operator.strip_suffix('=').unwrap_or(operator)) {
        Some(op) => cx.add(Node::Assign { target, value, op: Some(op), declares: false }, node),
        None => cx.add(Node::Opaque(vec![target, value]), node),
    }
}

fn meaning(operator: &str) -> Option<BinaryOp> {
    Some(match operator {
        "." => BinaryOp::Add,
        "===" => BinaryOp::Eq,
        "!==" => BinaryOp::Ne,
        "??" => BinaryOp::Or,
        "xor" => BinaryOp::Ne,
        "instanceof" => return None,
        _ => return chain::common_operator(operator),
    })
}

fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    match operator {
        "<=>" => {
            let operands = vec![cx.expect_field(node, "left"), cx.expect_field(node, "right")];
            cx.op(Op::Compare, operands, node)
        }
        "??" => {
            let (value, other) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
            let test = cx.op(Op::IsNull, vec![value], node);
            cx.add(Node::Choose { test, then: other, other: value }, node)
        }
        _ => chain::binary(cx, node, meaning),
    }
}

/// `$i++` is worth what it was before.
fn update<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let target = cx.expect_field(node, "argument");
    let text = cx.text(node);
    let op = if text.contains("++") { BinaryOp::Add } else { BinaryOp::Sub };
    let one = body::int(cx, 1, node);
    let set = cx.add(Node::Assign { target, value: one, op: Some(op), declares: false }, node);
    if text.starts_with(['+', '-']) {
        return set;
    }
    let back = if op == BinaryOp::Add { BinaryOp::Sub } else { BinaryOp::Add };
    cx.add(Node::Binary(back, set, one), node)
}

fn cast<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "value");
    let op = match node.child_by_field_name("type").map_or("", |kind| cx.text(kind)).trim() {
        "int" | "integer" => Op::ToInt,
        "float" | "double" => Op::ToFloat,
        "string" => Op::ToText,
        "bool" | "boolean" => Op::ToBool,
        _ => Op::Same,
    };
    cx.op(op, vec![value], node)
}

fn subscript<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.kids(node)[..] {
        [base, index] if cx.text(base) == "$GLOBALS" && index.kind() == "string" => {
            cx.name(&format!("${}", cx.text(index).trim_matches('\'')), node)
        }
        [base, index] => {
            let base = cx.lower(base);
            // In a string a bare word as key is a text; constants are written large.
            let plain = index.kind() == "name" && cx.text(index).chars().any(char::is_lowercase);
            let index = if plain { cx.constant(cx.text(index), index) } else { cx.lower(index) };
            cx.add(Node::Index(base, index), node)
        }
        _ => cx.only(node),
    }
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let subject = cx.lower_field(node, "condition");
    let mut arms = Vec::new();
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let list = kid.child_by_field_name("conditional_expressions");
        let kids = list.map_or_else(Vec::new, |list| cx.kids(list));
        let values = cx.lower_all(&kids);
        let body = cx.expect_field(kid, "return_expression");
        arms.push(Arm { values, guard: None, body, falls_through: false });
    }
    cx.add(Node::Match { subject, arms }, node)
}

/// `yield $v`, `yield $k => $v`, `yield from $xs`.
fn yielded<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let inner = cx.kids(node).first().copied();
    let each = inner.is_some_and(|inner| inner.kind() != "array_element_initializer");
    let value = match inner.map(|inner| (inner, cx.kids(inner))) {
        Some((_, kids)) if !each => kids.last().map(|kid| cx.lower(*kid)),
        Some((inner, _)) => Some(cx.lower(inner)),
        None => None,
    };
    cx.add(Node::Yield(value, each), node)
}
