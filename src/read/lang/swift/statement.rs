//! Statements.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::chain;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;

use super::class;
use super::expression;

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "source_file" => class::program(cx, node),
        "statements" => labelled_block(cx, node),
        "function_body" | "computed_getter" => cx.only(node),
        "property_declaration" => property(cx, node),
        "pattern" => expression::pattern(cx, node),
        "assignment" => assignment(cx, node),
        "if_statement" | "guard_statement" => branch(cx, node),
        "for_statement" => walk(cx, node),
        "while_statement" | "repeat_while_statement" => {
            let body = inner(cx, node).first().copied();
            let body = curly::loop_body(cx, body, node);
            let test = Some(conditions(cx, node));
            let runs_first = node.kind() == "repeat_while_statement";
            cx.add(Node::While { before: None, test, after: None, body, runs_first }, node)
        }
        "switch_statement" => choose(cx, node),
        "do_statement" => attempt(cx, node),
        "control_transfer_statement" => transfer(cx, node),
        "import_declaration"
        | "typealias_declaration"
        | "modifiers"
        | "attribute"
        | "protocol_declaration" => cx.op(Op::Nothing, Vec::new(), node),
        _ => return None,
    })
}

/// Statements; a label stands before the loop that it names.
pub(super) fn labelled_block<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids_and_comments(node);
    let mut statements = Vec::new();
    let mut from = 0;
    for (at, kid) in kids.iter().enumerate() {
        if kid.kind() != "statement_label" {
            continue;
        }
        statements.extend(curly::sequence(cx, kids.get(from..at).unwrap_or_default()));
        let label = cx.text(*kid).trim_end().trim_end_matches(':');
        if let Some(next) = kids.get(at + 1) {
            statements.push(curly::labelled(cx, label, *next, *next));
        }
        from = at + 2;
    }
    statements.extend(curly::sequence(cx, kids.get(from..).unwrap_or_default()));
    cx.add(Node::Block(statements), node)
}

/// The blocks of a statement, in order.
fn inner<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Vec<Ts<'t>> {
    cx.kids(node).into_iter().filter(|kid| kid.kind() == "statements").collect()
}

/// `let name = value`, with as many more behind commas.
fn property<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut all = Vec::new();
    for (name, value, _) in properties(node) {
        let kind = cx.kids(node).into_iter().find(|kid| kid.kind() == "type_annotation");
        let value = match value {
            Some(value) if value.kind() == "computed_property" => class::computed(cx, value),
            Some(value) => cx.lower(value),
            None => zero(cx, kind.map_or("", |kind| cx.text(kind)), node),
        };
        let target = cx.lower(name);
        all.push(cx.assign(target, value, true, node));
    }
    match all[..] {
        [only] => only,
        _ => cx.add(Node::Block(all), node),
    }
}

/// What a variable of this type starts as.
pub(super) fn zero<'t>(cx: &mut Lowering<'t, '_>, kind: &str, node: Ts<'t>) -> NodeId {
    let value = match kind.trim_start_matches(':').trim() {
        "Int" => Node::Int(0),
        "String" => Node::Text("".into()),
        _ => Node::Null,
    };
    cx.add(value, node)
}

/// Names and values of a declaration, and whether the value is computed each time.
pub(super) fn properties<'t>(node: Ts<'t>) -> Vec<(Ts<'t>, Option<Ts<'t>>, bool)> {
    let mut all: Vec<(Ts<'t>, Option<Ts<'t>>, bool)> = Vec::new();
    let mut cursor = node.walk();
    if !cursor.goto_first_child() {
        return all;
    }
    loop {
        let kid = cursor.node();
        match cursor.field_name() {
            Some("name") if kid.kind() == "pattern" => all.push((kid, None, false)),
            Some("value" | "computed_value") if kid.is_named() && !is_comment(kid) => {
                if let Some(last) = all.last_mut() {
                    *last = (last.0, Some(kid), kid.kind() == "computed_property");
                }
            }
            _ => {}
        }
        if !cursor.goto_next_sibling() {
            return all;
        }
    }
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let target = match node.child_by_field_name("target").and_then(|target| cx.kids(target).first().copied())
    {
        Some(target) => expression::target(cx, target),
        None => cx.opaque(node),
    };
    let value = cx.expect_field(node, "result");
    let sign = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let op = sign.strip_suffix('=').and_then(chain::common_operator);
    cx.add(Node::Assign { target, value, op, declares: false }, node)
}

/// All conditions of a statement; `let name = value` holds where the value is there.
fn conditions<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut tests = Vec::new();
    let mut bound: Option<Ts<'t>> = None;
    let mut cursor = node.walk();
    let mut parts = Vec::new();
    if cursor.goto_first_child() {
        loop {
            parts.push((cursor.field_name(), cursor.node()));
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }
    for (field, kid) in parts {
        match field {
            Some("bound_identifier") => bound = Some(kid),
            Some("condition") if kid.is_named() && kid.kind() != "value_binding_pattern" => {
                if kid.kind() == "pattern" || kid.kind().ends_with("_annotation") {
                    continue;
                }
                let value = cx.lower(kid);
                tests.push(match bound.take() {
                    Some(name) => {
                        let target = cx.name(cx.text(name), name);
                        let bind = cx.assign(target, value, true, kid);
                        let null = cx.add(Node::Null, kid);
                        cx.add(Node::Binary(BinaryOp::Ne, bind, null), kid)
                    }
                    None => value,
                });
            }
            _ => {}
        }
    }
    match tests.len() {
        0 => cx.add(Node::Opaque(Vec::new()), node),
        _ => chain::balance(cx, tests, BinaryOp::And, node),
    }
}

fn branch<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let test = conditions(cx, node);
    let mut cursor = node.walk();
    let children: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    let is_guard = node.kind() == "guard_statement";
    let (mut then, mut other, mut past) = (None, None, is_guard);
    for kid in children {
        match kid.kind() {
            "else" => past = true,
            "statements" | "if_statement" if past => other = Some(kid),
            "statements" => then = Some(kid),
            _ => {}
        }
    }
    let then = match then {
        Some(then) => cx.lower(then),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    let other = other.map(|other| cx.lower(other));
    cx.add(Node::If { test, then, other }, node)
}

fn walk<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let body = inner(cx, node).first().copied();
    let mut body = curly::loop_body(cx, body, node);
    if let Some(clause) = cx.kids(node).into_iter().find(|kid| kid.kind() == "where_clause")
        && let Some(test) = cx.kids(clause).last().copied()
    {
        let test = cx.lower(test);
        body = cx.add(Node::If { test, then: body, other: None }, node);
    }
    let target = cx.expect_field(node, "item");
    let iter = cx.expect_field(node, "collection");
    let iter = cx.op(Op::Pairs, vec![iter], node);
    cx.add(Node::For { target, iter, body, indexed: false }, node)
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let subject = cx.lower_field(node, "expr");
    let mut arms = Vec::new();
    for entry in cx.kids(node).into_iter().filter(|kid| kid.kind() == "switch_entry") {
        let (mut values, mut guard, mut body) = (Vec::new(), None, None);
        for kid in cx.kids(entry) {
            match kid.kind() {
                "switch_pattern" => match (expression::case(cx, kid, subject), guard) {
                    (expression::Case::Value(value), _) => values.push(value),
                    (expression::Case::Test(test), None) => guard = Some(test),
                    (expression::Case::Test(test), Some(first)) => {
                        guard = Some(cx.add(Node::Binary(BinaryOp::Or, first, test), kid));
                    }
                },
                "statements" => body = Some(kid),
                "where_keyword" | "default_keyword" | "modifiers" => {}
                _ => guard = Some(cx.lower(kid)),
            }
        }
        let falls_through = cx.text(entry).trim_end().ends_with("fallthrough");
        let body = match body {
            Some(body) => cx.lower(body),
            None => cx.add(Node::Block(Vec::new()), entry),
        };
        arms.push(Arm { values, guard, body, falls_through });
    }
    curly::default_last(&mut arms);
    cx.add(Node::Match { subject, arms }, node)
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let body = match inner(cx, node).first() {
        Some(body) => cx.lower(*body),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    let mut handlers = Vec::new();
    for clause in cx.kids(node).into_iter().filter(|kid| kid.kind() == "catch_block") {
        let handler = match inner(cx, clause).first() {
            Some(block) => cx.lower(*block),
            None => cx.add(Node::Block(Vec::new()), clause),
        };
        handlers.push(Handler { binds: Some("error".into()), body: handler });
    }
    cx.add(Node::Try { body, handlers, finally: None }, node)
}

fn transfer<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let result = node.child_by_field_name("result");
    let text = cx.text(node);
    match text {
        _ if text.starts_with("break") || text.starts_with("continue") => {
            let label = result.map(|label| cx.text(label));
            curly::leave(cx, label, text.starts_with("break"), node)
        }
        _ if text.starts_with("throw") => {
            let value = cx.kids(node).last().map(|value| cx.lower(*value));
            cx.add(Node::Throw(value), node)
        }
        _ => {
            let value = result.map(|value| cx.lower(value));
            cx.add(Node::Return(value), node)
        }
    }
}
