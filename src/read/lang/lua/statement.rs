//! Statements and functions.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;

use super::expression;

/// Kinds that define a function.
const FUNCTIONS: &[&str] = &["function_declaration"];

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "chunk" | "block" => body::block(cx, node, FUNCTIONS, function),
        "variable_declaration" => declaration(cx, node),
        "assignment_statement" => assignment(cx, node, false),
        "function_declaration" | "function_definition" => function(cx, node, Vec::new()),
        "do_statement" => block(cx, node),
        "if_statement" => conditional(cx, node),
        "while_statement" => {
            let test = test(cx, node);
            let body = block(cx, node);
            cx.add(Node::While { before: None, test: Some(test), after: None, body, runs_first: false }, node)
        }
        "repeat_statement" => {
            let body = block(cx, node);
            let test = test(cx, node);
            let test = Some(cx.add(Node::Unary(UnaryOp::Not, test), node));
            cx.add(Node::While { before: None, test, after: None, body, runs_first: true }, node)
        }
        "for_statement" => each(cx, node),
        "return_statement" => {
            let list = cx.kids(node).first().copied();
            let values = list.map_or_else(Vec::new, |list| cx.kids(list));
            let value = match values[..] {
                [] => None,
                [only] => Some(expression::item(cx, only)),
                _ => {
                    let items = values.iter().map(|value| expression::item(cx, *value)).collect();
                    Some(cx.add(Node::List(items), node))
                }
            };
            cx.add(Node::Return(value), node)
        }
        "break_statement" => cx.add(Node::Break, node),
        "goto_statement" => match cx.text(node).contains("continue") {
            true => cx.add(Node::Continue, node),
            false => cx.op(Op::Nothing, Vec::new(), node),
        },
        "label_statement" | "empty_statement" | "hash_bang_line" => cx.op(Op::Nothing, Vec::new(), node),
        _ => return None,
    })
}

/// The body of a statement.
fn block<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.child_by_field_name("body").or_else(|| node.child_by_field_name("consequence")) {
        Some(body) => cx.lower(body),
        None => cx.add(Node::Block(Vec::new()), node),
    }
}

fn test<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let test = cx.expect_field(node, "condition");
    body::present(cx, test, node)
}

/// `local a, b <const> = …`
fn declaration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.kids(node)[..] {
        [only] if only.kind() == "assignment_statement" => assignment(cx, only, true),
        [only] => {
            let mut all = Vec::new();
            for name in cx.fields(only, "name") {
                let (target, none) = (cx.name(cx.text(name), name), cx.add(Node::Null, name));
                all.push(cx.assign(target, none, true, name));
            }
            cx.add(Node::Block(all), node)
        }
        _ => cx.opaque(node),
    }
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, declares: bool) -> NodeId {
    let kids = cx.kids(node);
    let [names, values, ..] = kids[..] else { return cx.opaque(node) };
    let names: Vec<Ts<'t>> = cx.kids(names).into_iter().filter(|kid| kid.kind() != "attribute").collect();
    let values = cx.kids(values);
    let value = match values[..] {
        [only] if names.len() == 1 => match only.kind() {
            "vararg_expression" => {
                let all = cx.lower(only);
                cx.op(Op::First, vec![all], only)
            }
            _ => cx.lower(only),
        },
        [only] => cx.lower(only),
        _ => {
            let items = values.iter().map(|value| expression::item(cx, *value)).collect();
            cx.add(Node::List(items), node)
        }
    };
    let targets = cx.lower_all(&names);
    let target = match targets[..] {
        [only] => only,
        _ => cx.add(Node::List(targets), node),
    };
    cx.assign(target, value, declares, node)
}

/// `function name(…)`, `function a.b:c(…)` and functions as values.
fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, above: Vec<&'t str>) -> NodeId {
    let named = node.child_by_field_name("name");
    let inner = node.child_by_field_name("body");
    let inside: Vec<Ts<'t>> = std::iter::once(node).chain(inner).collect();
    let comment = body::comment_of(cx, above, &inside);
    let mut params = Vec::new();
    if named.is_some_and(|name| name.kind() == "method_index_expression") {
        params.push(param("self"));
    }
    for kid in node.child_by_field_name("parameters").map_or_else(Vec::new, |list| cx.kids(list)) {
        let rest = kid.kind() == "vararg_expression";
        params.push(Param { name: cx.text(kid).into(), default: None, rest });
    }
    let body = block(cx, node);
    let plain = named.filter(|name| name.kind() == "identifier");
    let name = plain.map(|name| cx.text(name).into());
    let function = cx.add(Node::Function { name, params, body, comment, generator: false }, node);
    match named.filter(|_| plain.is_none()) {
        Some(place) => {
            let target = cx.lower(place);
            cx.assign(target, function, false, node)
        }
        None => function,
    }
}

fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let first = (test(cx, node), block(cx, node), node);
    let mut arms = vec![first];
    let mut other = None;
    for alternative in cx.fields(node, "alternative") {
        if alternative.kind() == "else_statement" {
            other = Some(block(cx, alternative));
        } else {
            let test = test(cx, alternative);
            arms.push((test, block(cx, alternative), alternative));
        }
    }
    for (test, then, at) in arms.into_iter().rev() {
        other = Some(cx.add(Node::If { test, then, other }, at));
    }
    other.unwrap_or_else(|| cx.opaque(node))
}

/// Numeric loops, and loops over what `pairs`, `ipairs` or an iterator gives.
fn each<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(clause) = node.child_by_field_name("clause") else { return cx.opaque(node) };
    if clause.kind() == "for_numeric_clause" {
        let name = clause.child_by_field_name("name").map_or("", |name| cx.text(name));
        let target = cx.name(name, clause);
        let mut bounds = vec![cx.expect_field(clause, "start"), cx.expect_field(clause, "end")];
        bounds.extend(cx.lower_field(clause, "step"));
        let iter = cx.op(Op::RangeClosed, bounds, clause);
        let body = block(cx, node);
        return body::each(cx, target, iter, body, node);
    }
    let kids = cx.kids(clause);
    let [names, values, ..] = kids[..] else { return cx.opaque(node) };
    let names = cx.kids(names);
    let targets = cx.lower_all(&names);
    let target = match targets[..] {
        [only] => only,
        _ => cx.add(Node::List(targets), clause),
    };
    let Some(value) = cx.kids(values).first().copied() else { return cx.opaque(node) };
    let called = value.child_by_field_name("name").map_or("", |name| cx.text(name));
    let over = match called {
        "pairs" | "ipairs" => value.child_by_field_name("arguments"),
        "next" => Some(values),
        _ => None,
    };
    let iter = match over.and_then(|list| cx.kids(list).first().copied()) {
        Some(inner) => cx.lower(inner),
        None => cx.lower(value),
    };
    let body = block(cx, node);
    cx.add(Node::For { target, iter, body, indexed: over.is_some() }, node)
}
