//! Expressions.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::library::call as library_call;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::library;
use super::query;
use super::query::ROW;
use super::query::ROWS;

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "literal" => {
            let raw = cx.text(node);
            if raw.starts_with('@') {
                return Some(cx.name(&query::plain(raw), node));
            }
            cx.literal(node)
        }
        "field" => field(cx, node),
        "identifier" | "object_reference" => {
            let name = query::plain(cx.text(node));
            cx.name(&name, node)
        }
        "term" => cx.expect_field(node, "value"),
        "parenthesized_expression" | "list" => match cx.kids(node)[..] {
            [only] => cx.lower(only),
            _ => {
                let kids = cx.kids(node);
                let items = cx.lower_all(&kids);
                cx.add(Node::List(items), node)
            }
        },
        "binary_expression" => binary(cx, node),
        "unary_expression" => {
            let value = cx.expect_field(node, "operand");
            let minus = cx.text(node).starts_with('-');
            cx.add(Node::Unary(if minus { UnaryOp::Neg } else { UnaryOp::Not }, value), node)
        }
        "case" => case(cx, node),
        "cast" => {
            let value = cx.expect_field(node, "parameter");
            let text = cx.text(node).to_ascii_lowercase();
            let op = if text.contains("int") || text.contains("signed") { Op::ToInt } else { Op::ToText };
            cx.op(op, vec![value], node)
        }
        "invocation" => invocation(cx, node),
        "all_fields" => cx.op(Op::Nothing, Vec::new(), node),
        _ => return None,
    })
}

/// A column of the row at hand, or a variable.
fn field<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let text = cx.text(node);
    let name = query::plain(text);
    let row = cx.unaliased(ROW).to_owned();
    if text.starts_with('@') || row == ROW {
        return cx.name(&name, node);
    }
    let row = cx.name(&row, node);
    cx.add(Node::Field(row, name.into()), node)
}

fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    // `SELECT @x = a` gives the variable a value.
    let variable = node.child_by_field_name("left").is_some_and(|left| cx.text(left).starts_with('@'));
    let whole = node.parent().is_some_and(|parent| parent.kind() == "term");
    if matches!(operator, ":" | ":=") || operator == "=" && variable && whole {
        let (target, value) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
        return cx.assign(target, value, false, node);
    }
    chain::binary(cx, node, operator_of)
}

fn operator_of(text: &str) -> Option<BinaryOp> {
    match text.to_ascii_lowercase().as_str() {
        "||" => Some(BinaryOp::Add),
        "=" | "is" => Some(BinaryOp::Eq),
        "is not" => Some(BinaryOp::Ne),
        other => chain::common_operator(other),
    }
}

/// `CASE WHEN a THEN b ELSE c END`, and `CASE x WHEN …`.
fn case<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut cursor = node.walk();
    let kids: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    let (mut subject, mut test, mut arms, mut other) = (None, None, Vec::new(), None);
    let mut after = "";
    for kid in kids {
        match kid.kind() {
            "keyword_case" | "keyword_when" | "keyword_then" | "keyword_else" => after = kid.kind(),
            kind if kind.starts_with("keyword_") || !kid.is_named() => {}
            _ => {
                let value = cx.lower(kid);
                match after {
                    "keyword_case" => subject = Some(value),
                    "keyword_when" => test = Some(value),
                    "keyword_then" => arms.extend(test.take().map(|test| (test, value))),
                    _ => other = Some(value),
                }
            }
        }
    }
    let mut whole = other.unwrap_or_else(|| cx.add(Node::Null, node));
    for (test, then) in arms.into_iter().rev() {
        let test = match subject {
            Some(subject) => cx.add(Node::Binary(BinaryOp::Eq, subject, test), node),
            None => test,
        };
        whole = cx.add(Node::Choose { test, then, other: whole }, node);
    }
    whole
}

/// Whether a term is one value made of all rows.
pub(super) fn aggregates(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let names = ["group_concat(", "string_agg(", "listagg(", "array_agg(", "count(", "max(", "min(", "sum("];
    names.iter().any(|name| text.contains(name)) && !text.contains(" over ")
}

fn invocation<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let name = kids.iter().find(|kid| kid.kind() == "object_reference").map_or("", |name| cx.text(*name));
    let name = name.to_ascii_lowercase();
    let terms: Vec<Ts<'t>> = kids.iter().copied().filter(|kid| kid.kind() == "term").collect();
    if matches!(
        name.as_str(),
        "group_concat" | "string_agg" | "listagg" | "array_agg" | "max" | "min" | "sum" | "count"
    ) && cx.unaliased(ROWS) != ROWS
    {
        return aggregate(cx, &name, &terms, node);
    }
    let args: Vec<Arg> = cx.lower_all(&terms).into_iter().map(positional).collect();
    let callee = cx.name(&name, node);
    if let ("concat_ws", [separator, rest @ ..]) = (name.as_str(), &args[..]) {
        let items = rest.iter().map(|arg| arg.value).collect();
        let items = cx.add(Node::List(items), node);
        return cx.op(Op::Join, vec![items, separator.value], node);
    }
    match find(library::FUNCTIONS, &name, args.len()) {
        Some(row) => library_call(cx, row, None, callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// One value made of all rows at hand.
fn aggregate<'t>(cx: &mut Lowering<'t, '_>, name: &str, terms: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let table = cx.unaliased(ROWS).to_owned();
    let rows = cx.name(&table, node);
    let rows = query::ordered(cx, rows, node);
    if name == "count" {
        return cx.op(Op::Length, vec![rows], node);
    }
    let own = format!("gathered {}", node.start_byte());
    let outer = cx.unaliased(ROW).to_owned();
    cx.alias(ROW, &own);
    let value = match terms.first() {
        Some(term) => cx.lower(*term),
        None => cx.add(Node::Null, node),
    };
    cx.alias(ROW, &outer);
    let each = cx.lambda(&[&own], value, node);
    let values = cx.op(Op::Map, vec![each, rows], node);
    match name {
        "max" => cx.op(Op::Max, vec![values], node),
        "min" => cx.op(Op::Min, vec![values], node),
        "sum" => cx.op(Op::Sum, vec![values], node),
        "array_agg" => values,
        _ => {
            // `SEPARATOR ' '` is a literal of the call itself.
            let separator = cx.kids(node).into_iter().find(|kid| kid.kind() == "literal");
            let separator = match (terms.get(1).copied(), separator) {
                (Some(term), _) | (None, Some(term)) => cx.lower(term),
                (None, None) => cx.constant(if name == "listagg" { "" } else { "," }, node),
            };
            cx.op(Op::Join, vec![values, separator], node)
        }
    }
}
