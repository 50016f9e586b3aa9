//! Statements.

use crate::read::ir::Arm;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::class;
use super::expression;

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "program" => class::program(cx, node),
        "block" | "constructor_body" => curly::block(cx, node),
        "expression_statement" | "parenthesized_expression" | "finally_clause" => cx.only(node),
        "local_variable_declaration" | "field_declaration" | "constant_declaration" => declaration(cx, node),
        "if_statement" => {
            let (test, then) = (cx.expect_field(node, "condition"), cx.expect_field(node, "consequence"));
            let other = cx.lower_field(node, "alternative");
            cx.add(Node::If { test, then, other }, node)
        }
        "while_statement" | "do_statement" => {
            let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
            let test = cx.lower_field(node, "condition");
            let runs_first = node.kind() == "do_statement";
            cx.add(Node::While { before: None, test, after: None, body, runs_first }, node)
        }
        "for_statement" => repeat(cx, node),
        "enhanced_for_statement" => {
            let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
            let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
            let target = cx.name(name, node);
            let iter = cx.expect_field(node, "value");
            cx.add(Node::For { target, iter, body, indexed: false }, node)
        }
        "switch_expression" => choose(cx, node),
        "try_statement" | "try_with_resources_statement" => attempt(cx, node),
        "synchronized_statement" => cx.expect_field(node, "body"),
        "return_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "throw_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Throw(value), node)
        }
        "yield_statement" => cx.only(node),
        "break_statement" | "continue_statement" => {
            let label = cx.kids(node).first().map(|label| cx.text(*label));
            curly::leave(cx, label, node.kind() == "break_statement", node)
        }
        "labeled_statement" => match cx.kids(node)[..] {
            [label, body] => {
                let label = cx.text(label);
                curly::labelled(cx, label, body, node)
            }
            _ => cx.opaque(node),
        },
        "import_declaration" | "package_declaration" | "assert_statement" => {
            cx.op(Op::Nothing, Vec::new(), node)
        }
        _ => return None,
    })
}

/// Variables of one type.
fn declaration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kind = node.child_by_field_name("type").map_or("", |kind| cx.text(kind));
    let mut all = Vec::new();
    for declarator in cx.fields(node, "declarator") {
        let name = declarator.child_by_field_name("name").map_or("", |name| cx.text(name));
        let value = declared(cx, kind, declarator);
        let target = cx.name(name, declarator);
        all.push(cx.assign(target, value, true, declarator));
    }
    match all[..] {
        [only] => only,
        _ => cx.add(Node::Block(all), node),
    }
}

/// The value that a declared variable starts with. Numbers and characters turn into each other by its type.
pub(super) fn declared<'t>(cx: &mut Lowering<'t, '_>, kind: &str, declarator: Ts<'t>) -> NodeId {
    let Some(value) = declarator.child_by_field_name("value") else {
        return expression::zero(cx, kind, declarator);
    };
    let lowered = cx.lower(value);
    let plain = matches!(
        value.kind(),
        "character_literal" | "identifier" | "method_invocation" | "array_access" | "decimal_integer_literal"
    );
    match kind {
        "int" | "long" | "short" | "byte" if plain && value.kind() != "decimal_integer_literal" => {
            cx.op(Op::Ord, vec![lowered], value)
        }
        "char" if matches!(value.kind(), "decimal_integer_literal" | "binary_expression") => {
            cx.op(Op::Chr, vec![lowered], value)
        }
        _ => lowered,
    }
}

fn repeat<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let all = |cx: &mut Lowering<'t, '_>, field: &str| {
        let parts = cx.fields(node, field);
        let parts = cx.lower_all(&parts);
        match parts[..] {
            [] => None,
            [only] => Some(only),
            _ => Some(cx.add(Node::Block(parts), node)),
        }
    };
    let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
    let before = all(cx, "init");
    let test = cx.lower_field(node, "condition");
    let after = all(cx, "update");
    cx.add(Node::While { before, test, after, body, runs_first: false }, node)
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let subject = cx.lower_field(node, "condition");
    let mut arms: Vec<Arm> = Vec::new();
    for group in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let rule = group.kind() == "switch_rule";
        let (labels, mut parts): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
            cx.kids_and_comments(group).into_iter().partition(|kid| kid.kind() == "switch_label");
        let (mut values, mut guard) = (Vec::new(), None);
        let mut otherwise = false;
        for label in labels {
            otherwise |= cx.text(label).starts_with("default");
            for value in cx.kids(label) {
                if matches!(value.kind(), "pattern" | "guard") {
                    // Which type it is is not known.
                    guard = Some(cx.add(Node::Opaque(Vec::new()), value));
                } else {
                    values.push(case(cx, value));
                }
            }
        }
        if otherwise {
            values.clear();
        }
        if let [only] = parts[..]
            && only.kind() == "block"
        {
            parts = cx.kids_and_comments(only);
        }
        let ends = |kid: &Ts<'t>| {
            matches!(
                kid.kind(),
                "break_statement"
                    | "return_statement"
                    | "continue_statement"
                    | "throw_statement"
                    | "yield_statement"
            )
        };
        let falls_through = !rule && !parts.iter().any(ends);
        parts.retain(|kid| kid.kind() != "break_statement" || cx.kids(*kid).len() == 1);
        let parts = curly::sequence(cx, &parts);
        let body = cx.add(Node::Block(parts), group);
        arms.push(Arm { values, guard, body, falls_through });
    }
    curly::default_last(&mut arms);
    cx.add(Node::Match { subject, arms }, node)
}

/// A label's value: a constant of an enumeration is named without it.
fn case<'t>(cx: &mut Lowering<'t, '_>, value: Ts<'t>) -> NodeId {
    let name = cx.text(value);
    let owner = cx.kind_of(name);
    if value.kind() == "identifier" && !owner.is_empty() && cx.kind_of(owner) == "enum" {
        let owner = cx.name(owner, value);
        return cx.add(Node::Field(owner, name.into()), value);
    }
    cx.lower(value)
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut before = Vec::new();
    if let Some(resources) = node.child_by_field_name("resources") {
        for resource in cx.kids(resources) {
            let name = resource.child_by_field_name("name").map_or("", |name| cx.text(name));
            let value = cx.expect_field(resource, "value");
            let target = cx.name(name, resource);
            before.push(cx.assign(target, value, true, resource));
        }
    }
    let body = cx.expect_field(node, "body");
    let (mut handlers, mut finally) = (Vec::new(), None);
    for clause in cx.kids(node) {
        match clause.kind() {
            "catch_clause" => {
                let kids = cx.kids(clause);
                let parameter = kids.iter().find(|kid| kid.kind() == "catch_formal_parameter");
                let name = parameter.and_then(|parameter| parameter.child_by_field_name("name"));
                let binds = name.map(|name| cx.text(name).into());
                handlers.push(Handler { binds, body: cx.expect_field(clause, "body") });
            }
            "finally_clause" => finally = Some(cx.lower(clause)),
            _ => {}
        }
    }
    let whole = cx.add(Node::Try { body, handlers, finally }, node);
    if before.is_empty() {
        return whole;
    }
    before.push(whole);
    cx.add(Node::Block(before), node)
}
