//! Statements, and expressions that branch.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::class;
use super::expression;
use super::expression::RECEIVER;

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "source_file" => class::program(cx, node),
        "block" => curly::block(cx, node),
        "function_body" | "parenthesized_expression" | "finally_block" | "annotated_lambda" | "getter" => {
            cx.only(node)
        }
        "property_declaration" => property(cx, node),
        "multi_variable_declaration" => {
            let kids = cx.kids(node);
            let targets = cx.lower_all(&kids);
            cx.add(Node::List(targets), node)
        }
        "variable_declaration" => {
            let name = cx.kids(node).into_iter().find(|kid| kid.kind() == "identifier");
            cx.name(name.map_or("_", |name| cx.text(name)), node)
        }
        "assignment" => assignment(cx, node),
        "if_expression" => branch(cx, node),
        "when_expression" => choose(cx, node),
        "for_statement" => walk(cx, node),
        "while_statement" | "do_while_statement" => {
            let condition = node.child_by_field_name("condition");
            let body = cx
                .kids(node)
                .into_iter()
                .find(|kid| Some(kid.id()) != condition.map(|c| c.id()) && kid.kind() != "label");
            note_label(cx, node);
            let body = looped(cx, node, body);
            let test = condition.map(|condition| cx.lower(condition));
            let runs_first = node.kind() == "do_while_statement";
            let whole = cx.add(Node::While { before: None, test, after: None, body, runs_first }, node);
            with_label(cx, whole, node)
        }
        "return_expression" => {
            let label = node.child_by_field_name("label").map(|label| label.id());
            let value = cx.kids(node).into_iter().find(|kid| Some(kid.id()) != label);
            let value = value.map(|value| cx.lower(value));
            cx.add(Node::Return(value), node)
        }
        "throw_expression" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Throw(value), node)
        }
        "labeled_expression" => match cx.kids(node)[..] {
            [mark, value] => match cx.text(mark).trim() {
                "break@" => curly::leave(cx, Some(cx.text(value)), true, node),
                "continue@" => curly::leave(cx, Some(cx.text(value)), false, node),
                _ => cx.lower(value),
            },
            _ => cx.opaque(node),
        },
        "try_expression" => attempt(cx, node),
        "import" | "package_header" | "type_alias" | "file_annotation" | "modifiers" | "annotation" => {
            cx.op(Op::Nothing, Vec::new(), node)
        }
        _ => return None,
    })
}

fn label<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Option<&'t str> {
    let label = cx.kids(node).into_iter().find(|kid| kid.kind() == "label")?;
    Some(cx.text(label).trim_end_matches('@'))
}

fn note_label<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) {
    let label = label(cx, node).unwrap_or_default();
    cx.remember("[label]", label);
}

fn with_label<'t>(cx: &mut Lowering<'t, '_>, whole: NodeId, node: Ts<'t>) -> NodeId {
    match label(cx, node) {
        Some(label) => cx.add(Node::Labelled(label.into(), whole), node),
        None => whole,
    }
}

fn looped<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, body: Option<Ts<'t>>) -> NodeId {
    curly::loop_body(cx, body, node)
}

/// `val name = value`, `val (a, b) = value`, `val name by lazy { … }`
fn property<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (target, value) = parts(cx, node);
    let Some(target) = target else { return cx.opaque(node) };
    let value = match value {
        Some(value) => initial(cx, value),
        None => cx.add(Node::Null, node),
    };
    let target = cx.lower(target);
    cx.assign(target, value, true, node)
}

/// What a property is called, and what it starts with.
pub(super) fn parts<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> (Option<Ts<'t>>, Option<Ts<'t>>) {
    let kids = cx.kids(node);
    let at = kids
        .iter()
        .position(|kid| matches!(kid.kind(), "variable_declaration" | "multi_variable_declaration"));
    let Some(at) = at else { return (None, None) };
    let value = kids
        .iter()
        .skip(at + 1)
        .find(|kid| !matches!(kid.kind(), "type_constraints" | "getter" | "setter" | "modifiers"));
    (kids.get(at).copied(), value.copied())
}

/// A property's first value; what a delegate makes is its value.
pub(super) fn initial<'t>(cx: &mut Lowering<'t, '_>, value: Ts<'t>) -> NodeId {
    cx.lower(value)
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(left) = node.child_by_field_name("left") else { return cx.opaque(node) };
    let target = match left.kind() {
        "navigation_expression" => expression::field(cx, left),
        _ => cx.lower(left),
    };
    let value = cx.expect_field(node, "right");
    let sign = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let op = sign.strip_suffix('=').and_then(chain::common_operator);
    if op == Some(BinaryOp::Add) {
        // A list takes one more item, or those of another list.
        let sum = cx.op(Op::AddCode, vec![target, value], node);
        return cx.assign(target, sum, false, node);
    }
    cx.add(Node::Assign { target, value, op, declares: false }, node)
}

/// `if (test) then else other`: children in order, since they have no names.
fn branch<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let condition = node.child_by_field_name("condition");
    let test = cx.expect_field(node, "condition");
    let mut cursor = node.walk();
    let children: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    let (mut then, mut other) = (None, None);
    let mut past = false;
    for kid in children {
        if kid.kind() == "else" {
            past = true;
        }
        if !kid.is_named() || Some(kid.id()) == condition.map(|c| c.id()) {
            continue;
        }
        if crate::read::lang::lowering::is_comment(kid) {
            continue;
        }
        if past { other = Some(kid) } else { then = Some(kid) }
    }
    let then = match then {
        Some(then) => cx.lower(then),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    let other = other.map(|other| cx.lower(other));
    cx.add(Node::If { test, then, other }, node)
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let mut before = None;
    let mut subject = None;
    if let Some(head) = kids.iter().find(|kid| kid.kind() == "when_subject") {
        let parts = cx.kids(*head);
        let value = parts.last().map(|value| cx.lower(*value));
        if let (Some(name), Some(value)) =
            (parts.iter().find(|part| part.kind() == "variable_declaration"), value)
        {
            let target = cx.lower(*name);
            before = Some(cx.assign(target, value, true, *head));
            subject = Some(target);
        } else {
            subject = value;
        }
    }
    let mut arms = Vec::new();
    for entry in kids.into_iter().filter(|kid| kid.kind() == "when_entry") {
        let conditions = cx.fields(entry, "condition");
        let (mut values, mut guard) = (Vec::new(), None);
        for condition in &conditions {
            match condition.kind() {
                "range_test" => {
                    let range = cx.only(*condition);
                    let subject = subject.unwrap_or(range);
                    let op =
                        if cx.text(*condition).starts_with('!') { BinaryOp::NotIn } else { BinaryOp::In };
                    guard = Some(cx.add(Node::Binary(op, subject, range), *condition));
                }
                "type_test" => {
                    let kind = cx.text(*condition).trim_start_matches("is").trim();
                    let class = cx.name(kind.split('<').next().unwrap_or(kind), *condition);
                    let subject = subject.unwrap_or(class);
                    guard = Some(cx.op(Op::IsA, vec![subject, class], *condition));
                }
                _ => values.push(cx.lower(*condition)),
            }
        }
        let body = cx.kids(entry).into_iter().rfind(|kid| conditions.iter().all(|c| c.id() != kid.id()));
        let body = match body {
            Some(body) => cx.lower(body),
            None => cx.add(Node::Block(Vec::new()), entry),
        };
        arms.push(Arm { values, guard, body, falls_through: false });
    }
    let whole = cx.add(Node::Match { subject, arms }, node);
    match before {
        Some(before) => cx.add(Node::Block(vec![before, whole]), node),
        None => whole,
    }
}

fn walk<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids: Vec<Ts<'t>> =
        cx.kids(node).into_iter().filter(|kid| !matches!(kid.kind(), "label" | "annotation")).collect();
    let (Some(target), Some(iter)) = (kids.first(), kids.get(1)) else { return cx.opaque(node) };
    note_label(cx, node);
    let body = looped(cx, node, kids.get(2).copied());
    let target = cx.lower(*target);
    let iter = cx.lower(*iter);
    let iter = cx.op(Op::Pairs, vec![iter], node);
    let whole = cx.add(Node::For { target, iter, body, indexed: false }, node);
    with_label(cx, whole, node)
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (mut body, mut handlers, mut finally) = (None, Vec::new(), None);
    for kid in cx.kids(node) {
        match kid.kind() {
            "catch_block" => {
                let parts = cx.kids(kid);
                let name =
                    parts.iter().find(|part| part.kind() == "identifier").map(|name| cx.text(*name).into());
                let block = parts.into_iter().rfind(|part| part.kind() == "block");
                let block = block.unwrap_or(kid);
                let inner = if block.id() == kid.id() { cx.opaque(kid) } else { cx.lower(block) };
                handlers.push(Handler { binds: name, body: inner });
            }
            "finally_block" => finally = Some(cx.lower(kid)),
            _ => body = Some(cx.lower(kid)),
        }
    }
    let body = body.unwrap_or_else(|| cx.add(Node::Block(Vec::new()), node));
    cx.add(Node::Try { body, handlers, finally }, node)
}

/// `!x`, `-x`, `x++`, `x!!`
pub(super) fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "argument");
    let text = cx.text(node);
    let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
        "++" => return curly::step(cx, value, true, !text.starts_with('+'), node),
        "--" => return curly::step(cx, value, false, !text.starts_with('-'), node),
        "!" => UnaryOp::Not,
        "-" => UnaryOp::Neg,
        // A class whose blocks say `+"…"` says what that does.
        "+" if !cx.kind_of("unaryPlus").is_empty() => {
            let callee = match cx.kind_of("[receiver]") {
                "inside" => {
                    let this = cx.name(RECEIVER, node);
                    cx.add(Node::Field(this, "unaryPlus".into()), node)
                }
                _ => cx.name("unaryPlus", node),
            };
            return cx.call(callee, vec![positional(value)], None, node);
        }
        _ => return value,
    };
    cx.add(Node::Unary(op, value), node)
}
