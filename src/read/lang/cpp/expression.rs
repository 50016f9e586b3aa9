//! Expressions.

use crate::read::ir::BinaryOp;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::library::apply;
use crate::read::lang::library::find;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::declaration;
use super::declaration::bare;
use super::library;

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier"
        | "field_identifier"
        | "type_identifier"
        | "primitive_type"
        | "namespace_identifier"
        | "qualified_identifier"
        | "template_function"
        | "template_type"
        | "this"
        | "dependent_name" => name(cx, node),
        "string_literal" | "raw_string_literal" | "char_literal" => cx.literal(node),
        "concatenated_string" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.add(Node::Concat(parts), node)
        }
        "number_literal" => number(cx, node),
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "null" => cx.add(Node::Null, node),
        "initializer_list" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "parenthesized_expression" => cx.only(node),
        "binary_expression" => binary(cx, node),
        "unary_expression" => unary(cx, node),
        "pointer_expression" => cx.expect_field(node, "argument"),
        "update_expression" => {
            let target = cx.expect_field(node, "argument");
            let value = cx.add(Node::Int(1), node);
            let op = if cx.text(node).contains("++") { BinaryOp::Add } else { BinaryOp::Sub };
            cx.add(Node::Assign { target, value, op: Some(op), declares: false }, node)
        }
        "assignment_expression" => {
            let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
            let op = operator.strip_suffix('=').and_then(chain::common_operator);
            let (target, value) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
            cx.add(Node::Assign { target, value, op, declares: false }, node)
        }
        "conditional_expression" => {
            let (test, then) = (cx.expect_field(node, "condition"), cx.expect_field(node, "consequence"));
            let other = cx.expect_field(node, "alternative");
            cx.add(Node::Choose { test, then, other }, node)
        }
        "subscript_expression" => {
            let base = cx.expect_field(node, "argument");
            let index = match node.child_by_field_name("indices") {
                Some(list) => cx.only(list),
                None => cx.opaque(node),
            };
            cx.add(Node::Index(base, index), node)
        }
        "field_expression" => {
            let base = cx.expect_field(node, "argument");
            let field = node.child_by_field_name("field").map_or("", |field| bare(cx.text(field)));
            cx.add(Node::Field(base, field.into()), node)
        }
        "call_expression" => call(cx, node),
        "cast_expression" => {
            let value = cx.expect_field(node, "value");
            let kind = node.child_by_field_name("type").map_or("", |kind| bare(cx.text(kind)));
            cx.op(library::cast(kind), vec![value], node)
        }
        "new_expression" | "compound_literal_expression" => {
            let kind = node.child_by_field_name("type").map_or("", |kind| bare(cx.text(kind)));
            let list = node.child_by_field_name("arguments").or_else(|| node.child_by_field_name("value"));
            construct(cx, kind, list, node)
        }
        _ => return None,
    })
}

fn name<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match bare(cx.text(node)) {
        "endl" => cx.add(Node::Text("\n".into()), node),
        name => cx.name(name, node),
    }
}

fn number<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let raw = cx.text(node);
    let value = literal::integer(raw).map(Node::Int).or_else(|| literal::float(raw).map(Node::Float));
    cx.add(value.unwrap_or(Node::Opaque(Vec::new())), node)
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "argument");
    let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
        "-" => UnaryOp::Neg,
        "!" | "not" => UnaryOp::Not,
        "~" => UnaryOp::BitNot,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

/// A chain; one of `<<` that starts at a stream, or is long, or has text in it, writes.
fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let read = chain::chain(cx, node);
    let start = read.first.map_or("", |first| bare(cx.text(first)));
    let to_screen = matches!(start, "cout" | "cerr" | "clog" | "wcout");
    let shifts = read.rest.iter().all(|(operator, _)| *operator == "<<");
    let textual = read.rest.iter().any(|(_, right)| {
        right.is_some_and(|right| {
            matches!(right.kind(), "string_literal" | "raw_string_literal" | "char_literal")
        })
    });
    if !shifts || !(to_screen || textual || read.rest.len() > 1) {
        return chain::binary(cx, node, chain::common_operator);
    }
    let mut pieces: Vec<NodeId> = Vec::new();
    if !to_screen {
        pieces.extend(read.first.map(|first| cx.lower(first)));
    }
    for right in read.rest.into_iter().filter_map(|(_, right)| right) {
        pieces.push(cx.lower(right));
    }
    cx.op(if to_screen { Op::Write } else { Op::Push }, pieces, node)
}

fn construct<'t>(cx: &mut Lowering<'t, '_>, kind: &str, list: Option<Ts<'t>>, at: Ts<'t>) -> NodeId {
    let Some(list) = list else { return declaration::construct(cx, kind, Vec::new(), at) };
    if list.kind() == "initializer_list" && library::is_container(kind) {
        let items = cx.lower(list);
        return declaration::construct(cx, kind, vec![items], at);
    }
    let kids = cx.kids(list);
    let args = cx.lower_all(&kids);
    declaration::construct(cx, kind, args, at)
}

fn call<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let function = node.child_by_field_name("function");
    let list = node.child_by_field_name("arguments");
    let kids = list.map_or_else(Vec::new, |list| cx.kids(list));
    let text = function.map_or("", |function| cx.text(function));
    let called = bare(text);
    if let Some(kind) = text.strip_suffix('>').filter(|_| called.ends_with("_cast")) {
        let kind = kind.split_once('<').map_or("", |(_, kind)| bare(kind));
        let values = cx.lower_all(&kids);
        return cx.op(library::cast(kind), values, node);
    }
    let plain = function.is_some_and(|function| function.kind() != "field_expression");
    if plain && (library::is_container(called) || library::zero(called).is_some() || called == "string") {
        let args = cx.lower_all(&kids);
        return match (called, &args[..]) {
            ("char" | "int", [value]) => cx.op(library::cast(called), vec![*value], node),
            _ => declaration::construct(cx, called, args, node),
        };
    }
    let callee = cx.expect_field(node, "function");
    let args: Vec<_> = cx.lower_all(&kids).into_iter().map(positional).collect();
    let found = match *cx.ir(callee) {
        Node::Name(_) => find(library::FUNCTIONS, called).map(|row| (row, None)),
        Node::Field(base, _) => method(cx, callee).map(|row| (row, Some(base))),
        _ => None,
    };
    let library: Option<Library> = found.and_then(|(row, this)| apply(cx, row, this, &args, node));
    cx.call(callee, args, library, node)
}

fn method(cx: &Lowering<'_, '_>, callee: NodeId) -> Option<&'static crate::read::lang::library::Row> {
    match cx.ir(callee) {
        Node::Field(_, method) => find(library::METHODS, method),
        _ => None,
    }
}
