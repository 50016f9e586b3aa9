//! Expressions.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::declaration;
use super::declaration::bare;
use super::library;

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" | "field_identifier" | "type_identifier" | "primitive_type" => name(cx, node),
        "string_literal" | "char_literal" => cx.literal(node),
        "concatenated_string" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.add(Node::Concat(parts), node)
        }
        "number_literal" => number(cx, node),
        "true" => cx.add(Node::Int(1), node),
        "false" => cx.add(Node::Int(0), node),
        "null" => cx.add(Node::Null, node),
        "initializer_list" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "initializer_pair" => cx.expect_field(node, "value"),
        "parenthesized_expression" | "extension_expression" => cx.only(node),
        "binary_expression" => binary(cx, node),
        "unary_expression" => unary(cx, node),
        "pointer_expression" => pointer(cx, node),
        "update_expression" => update(cx, node, true),
        "comma_expression" => discarded(cx, node),
        "assignment_expression" => assignment(cx, node),
        "conditional_expression" => {
            let (test, then) = (cx.expect_field(node, "condition"), cx.expect_field(node, "consequence"));
            let other = cx.expect_field(node, "alternative");
            cx.add(Node::Choose { test, then, other }, node)
        }
        "subscript_expression" => {
            let (base, index) = (cx.expect_field(node, "argument"), cx.expect_field(node, "index"));
            cx.add(Node::Index(base, index), node)
        }
        "field_expression" => {
            let base = cx.expect_field(node, "argument");
            let field = node.child_by_field_name("field").map_or("", |field| cx.text(field));
            cx.add(Node::Field(base, field.into()), node)
        }
        "call_expression" => call::lower(cx, node),
        "cast_expression" => cast(cx, node),
        "sizeof_expression" => size(cx, node),
        "compound_literal_expression" => {
            let kind = node.child_by_field_name("type").map_or("", |kind| cx.text(kind));
            match node.child_by_field_name("value") {
                Some(list) if kind.contains('[') => cx.lower(list),
                Some(list) => declaration::constructed(cx, bare(kind), list, node),
                None => cx.opaque(node),
            }
        }
        _ => return None,
    })
}

fn name<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let text = cx.text(node);
    let own = cx.unaliased(text).to_owned();
    if own.starts_with("enum ") { cx.name(text, node) } else { cx.name(&own, node) }
}

fn number<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let raw = cx.text(node);
    let value = literal::integer(raw).map(Node::Int).or_else(|| literal::float(raw).map(Node::Float));
    cx.add(value.unwrap_or(Node::Opaque(Vec::new())), node)
}

fn operator<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |operator| cx.text(operator))
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "argument");
    let op = match operator(cx, node) {
        "-" => UnaryOp::Neg,
        "!" => UnaryOp::Not,
        "~" => UnaryOp::BitNot,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

/// `*p` is `p[0]`; `&x` is the position of a pointer or number, and a struct or array itself.
fn pointer<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(argument) = node.child_by_field_name("argument") else { return cx.opaque(node) };
    let value = cx.lower(argument);
    if operator(cx, node) == "*" {
        let first = cx.add(Node::Int(0), node);
        return cx.add(Node::Index(value, first), node);
    }
    let kind = cx.kind_of(cx.text(argument));
    let whole =
        argument.kind() == "identifier" && matches!(kind, "char[]" | "char[n]" | "codes[]" | "[]" | "");
    let of_struct = cx.kind_of(kind) == "class";
    match cx.ir(value) {
        Node::Name(_) if !whole && !of_struct => cx.op(Op::AddressOf, vec![value], node),
        Node::Index(..) => cx.op(Op::AddressOf, vec![value], node),
        _ => value,
    }
}

fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match count(cx, node) {
        Some(id) => id,
        None => chain::binary(cx, node, chain::common_operator),
    }
}

/// `sizeof items / sizeof items[0]`
fn count<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
    let sizes = plain(left).kind() == "sizeof_expression" && plain(right).kind() == "sizeof_expression";
    if operator(cx, node) != "/" || !sizes {
        return None;
    }
    let value = plain(plain(left).child_by_field_name("value")?);
    let value = cx.lower(value);
    let all = cx.op(Op::NewList, vec![value], node);
    Some(cx.op(Op::Length, vec![all], node))
}

/// What is in parentheses.
pub(super) fn plain(node: Ts<'_>) -> Ts<'_> {
    let mut at = node;
    for _ in 0..16 {
        match at.named_child(0) {
            Some(inner) if at.kind() == "parenthesized_expression" => at = inner,
            _ => break,
        }
    }
    at
}

/// A character array's size is its length and one; everything else counts as one, so that sizes drop out of products.
fn size<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(value) = node.child_by_field_name("value").map(plain) else {
        return cx.add(Node::Int(1), node);
    };
    match cx.kind_of(cx.text(value)) {
        "char[]" => {
            let text = cx.lower(value);
            let length = cx.op(Op::Length, vec![text], node);
            let one = cx.add(Node::Int(1), node);
            cx.add(Node::Binary(BinaryOp::Add, length, one), node)
        }
        "char[n]" => cx.add(Node::Opaque(Vec::new()), node),
        "[]" | "codes[]" => {
            let items = cx.lower(value);
            let all = cx.op(Op::NewList, vec![items], node);
            cx.op(Op::Length, vec![all], node)
        }
        _ if value.kind() == "string_literal" => {
            let text = cx.lower(value);
            let length = cx.op(Op::Length, vec![text], node);
            let one = cx.add(Node::Int(1), node);
            cx.add(Node::Binary(BinaryOp::Add, length, one), node)
        }
        _ => cx.add(Node::Int(1), node),
    }
}

fn cast<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kind = node.child_by_field_name("type").map_or("", |kind| cx.text(kind));
    let Some(inner) = node.child_by_field_name("value") else { return cx.opaque(node) };
    if kind.contains('*') {
        let target = declaration::Shape::of_pointer(bare(kind.split('*').next().unwrap_or(kind)), kind);
        return match call::allocation(cx, inner, Some(target)) {
            Some(memory) => memory,
            None => cx.lower(inner),
        };
    }
    let value = cx.lower(inner);
    match bare(kind) {
        "double" | "float" => cx.op(Op::ToFloat, vec![value], node),
        "bool" | "_Bool" => cx.op(Op::ToBool, vec![value], node),
        kind if library::mask(kind).is_some() || library::is_character(kind) => {
            let mask = cx.add(Node::Int(library::mask(kind).unwrap_or(0xff)), node);
            cx.add(Node::Binary(BinaryOp::BitAnd, value, mask), node)
        }
        kind if library::is_number(kind) => cx.op(Op::ToInt, vec![value], node),
        _ => value,
    }
}

/// `x++` as a value is the old one.
fn update<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, wanted: bool) -> NodeId {
    let target = cx.expect_field(node, "argument");
    let one = cx.add(Node::Int(1), node);
    let text = cx.text(node);
    let (op, back) = match operator(cx, node) {
        "++" => (BinaryOp::Add, BinaryOp::Sub),
        _ => (BinaryOp::Sub, BinaryOp::Add),
    };
    let step = cx.add(Node::Assign { target, value: one, op: Some(op), declares: false }, node);
    if wanted && (text.ends_with("++") || text.ends_with("--")) {
        return cx.add(Node::Binary(back, step, one), node);
    }
    step
}

/// Lowers an expression whose value nobody takes.
pub(super) fn discarded<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "update_expression" => update(cx, node, false),
        "comma_expression" => {
            let mut parts = Vec::new();
            let mut at = node;
            while at.kind() == "comma_expression" {
                parts.extend(at.child_by_field_name("left").map(|left| discarded(cx, left)));
                match at.child_by_field_name("right") {
                    Some(right) => at = right,
                    None => break,
                }
            }
            parts.push(if at.kind() == "comma_expression" { cx.opaque(at) } else { cx.lower(at) });
            cx.add(Node::Block(parts), node)
        }
        _ => cx.lower(node),
    }
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let op = operator(cx, node).strip_suffix('=').and_then(chain::common_operator);
    let target = cx.expect_field(node, "left");
    let Some(right) = node.child_by_field_name("right") else { return cx.opaque(node) };
    let kind = node.child_by_field_name("left").map_or("", |left| cx.kind_of(cx.text(left)));
    let value = match call::allocation(cx, right, None) {
        Some(memory) => memory,
        None => cx.lower(right),
    };
    match (op, library::mask(kind)) {
        (Some(op), Some(_)) => {
            let whole = cx.add(Node::Binary(op, target, value), node);
            let value = declaration::wrapped(cx, kind, whole, node);
            cx.assign(target, value, false, node)
        }
        (None, Some(_)) => {
            let value = declaration::wrapped(cx, kind, value, node);
            cx.assign(target, value, false, node)
        }
        _ => cx.add(Node::Assign { target, value, op, declares: false }, node),
    }
}
