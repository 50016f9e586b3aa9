//! Statements.

use crate::read::ir::Arm;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::curly::Made;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::construct;
use super::expression;
use super::pattern;

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "program" => {
            members(cx, node);
            curly::block(cx, node)
        }
        "statement_block" => curly::block(cx, node),
        "expression_statement" | "else_clause" | "finally_clause" => cx.only(node),
        "lexical_declaration" | "variable_declaration" => curly::block(cx, node),
        "variable_declarator" => declarator(cx, node),
        "function_declaration" | "generator_function_declaration" => declaration(cx, node),
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
        "for_in_statement" => walk(cx, node),
        "switch_statement" => choose(cx, node),
        "try_statement" => attempt(cx, node),
        "return_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "throw_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Throw(value), node)
        }
        "break_statement" | "continue_statement" => {
            let label = node.child_by_field_name("label").map(|label| cx.text(label));
            curly::leave(cx, label, node.kind() == "break_statement", node)
        }
        "labeled_statement" => {
            let label = node.child_by_field_name("label").map_or("", |label| cx.text(label));
            match node.child_by_field_name("body") {
                Some(body) => curly::labelled(cx, label, body, node),
                None => cx.opaque(node),
            }
        }
        "import_statement" | "empty_statement" | "debugger_statement" => cx.op(Op::Nothing, Vec::new(), node),
        "export_statement" => {
            let inner = ["declaration", "value"].iter().find_map(|field| node.child_by_field_name(field));
            match inner {
                Some(inner) => cx.lower(inner),
                None => cx.opaque(node),
            }
        }
        _ => return None,
    })
}

/// Remembers which names methods and getters of the program have.
fn members<'t>(cx: &mut Lowering<'t, '_>, root: Ts<'t>) {
    let mut names = Vec::new();
    cx.walk(root, |cx, at| {
        if at.kind() == "method_definition"
            && let Some(name) = at.child_by_field_name("name")
        {
            names.push(cx.text(name));
        }
        true
    });
    for name in names {
        cx.remember(name, "member");
    }
}

fn declarator<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(target) = node.child_by_field_name("name") else { return cx.opaque(node) };
    let value = node.child_by_field_name("value");
    let name = cx.text(target);
    if let Some(function) =
        value.filter(|value| value.kind() == "function_expression" && construct::is_made(cx, name))
    {
        return construct::function_class(cx, name, function, node);
    }
    let value = match value {
        Some(value) => cx.lower(value),
        None => cx.add(Node::Null, node),
    };
    let mut out = Vec::new();
    pattern::bind(cx, target, value, true, &mut out);
    match out[..] {
        [only] => only,
        _ => cx.add(Node::Block(out), node),
    }
}

fn declaration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    if construct::is_made(cx, name) {
        return construct::function_class(cx, name, node, node);
    }
    let (params, before) = pattern::parameters(cx, node);
    let generator = node.kind() == "generator_function_declaration";
    let body = node.child_by_field_name("body");
    curly::function(cx, Made { name: Some(name.into()), params, before, body, generator }, node)
}

fn repeat<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let part = |cx: &mut Lowering<'t, '_>, field: &str| {
        let first = cx.fields(node, field).first().copied();
        first.filter(|part| part.kind() != "empty_statement").map(|part| cx.lower(part))
    };
    let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
    let before = part(cx, "initializer");
    let test = part(cx, "condition");
    let after = part(cx, "increment");
    cx.add(Node::While { before, test, after, body, runs_first: false }, node)
}

/// `for (x of xs)` and `for (key in object)`.
fn walk<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
    let keys = node.child_by_field_name("operator").is_some_and(|operator| cx.text(operator) == "in");
    let iter = cx.expect_field(node, "right");
    let iter = cx.op(if keys { Op::NumbersFirst } else { Op::Pairs }, vec![iter], node);
    let Some(left) = node.child_by_field_name("left") else { return cx.opaque(node) };
    if matches!(left.kind(), "array_pattern" | "object_pattern") {
        let name = format!("@{}", left.start_byte());
        let (target, value) = (cx.name(&name, left), cx.name(&name, left));
        let mut statements = Vec::new();
        pattern::bind(cx, left, value, true, &mut statements);
        statements.push(body);
        let body = cx.add(Node::Block(statements), node);
        return cx.add(Node::For { target, iter, body, indexed: keys }, node);
    }
    let target = expression::target(cx, left);
    cx.add(Node::For { target, iter, body, indexed: keys }, node)
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let subject = cx.lower_field(node, "value");
    let mut arms = Vec::new();
    for case in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let value = case.child_by_field_name("value");
        let mut parts = cx.kids_and_comments(case);
        parts.retain(|kid| Some(kid.id()) != value.map(|value| value.id()));
        if let [only] = parts[..]
            && only.kind() == "statement_block"
        {
            parts = cx.kids_and_comments(only);
        }
        let ends = |kid: &Ts<'t>| {
            matches!(
                kid.kind(),
                "break_statement" | "return_statement" | "continue_statement" | "throw_statement"
            )
        };
        let falls_through = !parts.iter().any(ends);
        parts.retain(|kid| kid.kind() != "break_statement" || kid.child_by_field_name("label").is_some());
        let values = value.map(|value| cx.lower(value)).into_iter().collect();
        let parts = curly::sequence(cx, &parts);
        let body = cx.add(Node::Block(parts), case);
        arms.push(Arm { values, guard: None, body, falls_through });
    }
    curly::default_last(&mut arms);
    cx.add(Node::Match { subject, arms }, node)
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let body = cx.expect_field(node, "body");
    let mut handlers = Vec::new();
    if let Some(clause) = node.child_by_field_name("handler") {
        let binds = clause.child_by_field_name("parameter").map(|name| cx.text(name).into());
        handlers.push(Handler { binds, body: cx.expect_field(clause, "body") });
    }
    let finally = cx.lower_field(node, "finalizer");
    cx.add(Node::Try { body, handlers, finally }, node)
}
