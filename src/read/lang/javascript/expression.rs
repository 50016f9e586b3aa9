//! Expressions.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::curly;
use crate::read::lang::curly::Made;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::construct;
use super::pattern;
use super::text;

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier"
        | "property_identifier"
        | "shorthand_property_identifier"
        | "shorthand_property_identifier_pattern"
        | "private_property_identifier"
        | "statement_identifier" => named(cx, node),
        "this" => cx.name("this", node),
        "undefined" | "null" => cx.add(Node::Null, node),
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "number" => number(cx, node),
        "string" => cx.literal(node),
        "template_string" => text::template(cx, node, false),
        "template_substitution" | "parenthesized_expression" | "await_expression" => cx.only(node),
        "regex" => text::regex(cx, node),
        "array" => array(cx, node),
        "object" => object(cx, node),
        "spread_element" => {
            let inner = cx.only(node);
            let inner = cx.op(Op::Pairs, vec![inner], node);
            cx.add(Node::Spread(inner), node)
        }
        "arrow_function" | "function_expression" | "generator_function" => function(cx, node),
        "call_expression" => call::lower(cx, node),
        "new_expression" => construct::lower(cx, node),
        "member_expression" => member(cx, node),
        "subscript_expression" => {
            let (base, index) = (cx.expect_field(node, "object"), cx.expect_field(node, "index"));
            cx.add(Node::Index(base, index), node)
        }
        "unary_expression" => unary(cx, node),
        "binary_expression" => chain::binary(cx, node, operator),
        "ternary_expression" => {
            let test = cx.expect_field(node, "condition");
            let (then, other) = (cx.expect_field(node, "consequence"), cx.expect_field(node, "alternative"));
            cx.add(Node::Choose { test, then, other }, node)
        }
        "update_expression" => {
            let target = node.child_by_field_name("argument").map(|argument| target(cx, argument))?;
            let whole = cx.text(node);
            let up = whole.starts_with("++") || whole.ends_with("++");
            curly::step(cx, target, up, !whole.starts_with(['+', '-']), node)
        }
        "assignment_expression" => assignment(cx, node),
        "augmented_assignment_expression" => augmented(cx, node),
        "yield_expression" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            let each = cx.text(node).trim_start_matches("yield").trim_start().starts_with('*');
            cx.add(Node::Yield(value, each), node)
        }
        "sequence_expression" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.add(Node::Block(parts), node)
        }
        _ => return None,
    })
}

fn named<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.text(node) {
        "undefined" => cx.add(Node::Null, node),
        "Infinity" => cx.add(Node::Int(i64::MAX), node),
        name => cx.name(name, node),
    }
}

fn number<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let raw = cx.text(node).trim_end_matches('n');
    let integer = literal::integer(raw).map(Node::Int);
    if integer.is_none() && cx.text(node).ends_with('n') {
        return cx.add(literal::whole(raw), node);
    }
    match integer.or_else(|| literal::float(raw).map(Node::Float)) {
        Some(value) => cx.add(value, node),
        None => cx.add(Node::Opaque(Vec::new()), node),
    }
}

/// The operators of these languages.
pub(super) fn operator(text: &str) -> Option<BinaryOp> {
    match text {
        "===" => Some(BinaryOp::Eq),
        "!==" => Some(BinaryOp::Ne),
        ">>>" => Some(BinaryOp::ShiftRight),
        "??" => Some(BinaryOp::Or),
        _ => chain::common_operator(text),
    }
}

/// What an assignment changes: a property is the field itself, whatever reading it means.
pub(super) fn target<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "member_expression" => {
            let name = node.child_by_field_name("property").map_or("", |name| cx.text(name));
            if is_global(cx, node) {
                return cx.name(name, node);
            }
            let base = cx.expect_field(node, "object");
            if name == "prototype" {
                return base;
            }
            cx.add(Node::Field(base, name.into()), node)
        }
        "parenthesized_expression" => match cx.kids(node)[..] {
            [only] if only.kind() != "parenthesized_expression" => target(cx, only),
            _ => cx.lower(node),
        },
        _ => cx.lower(node),
    }
}

fn array<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let items = cx.lower_all(&kids);
    cx.add(Node::List(items), node)
}

fn object<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut entries = Vec::new();
    for kid in cx.kids(node) {
        entries.push(match kid.kind() {
            "pair" => {
                let key = kid.child_by_field_name("key").map(|key| key_of(cx, key));
                let value = cx.expect_field(kid, "value");
                match key {
                    Some(key) => cx.add(Node::Pair(key, value), kid),
                    None => value,
                }
            }
            "shorthand_property_identifier" => {
                let key = cx.constant(cx.text(kid), kid);
                let value = cx.lower(kid);
                cx.add(Node::Pair(key, value), kid)
            }
            "spread_element" => {
                let inner = cx.only(kid);
                cx.add(Node::Spread(inner), kid)
            }
            "method_definition" => method(cx, kid),
            _ => cx.lower(kid),
        });
    }
    cx.add(Node::Map(entries), node)
}

/// A property's name as a value.
pub(super) fn key_of<'t>(cx: &mut Lowering<'t, '_>, key: Ts<'t>) -> NodeId {
    match key.kind() {
        "computed_property_name" => cx.only(key),
        "string" | "number" | "template_string" => cx.lower(key),
        _ => cx.constant(cx.text(key), key),
    }
}

/// A method of an object literal.
fn method<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let text = cx.text(node);
    let key = node.child_by_field_name("name").map(|name| key_of(cx, name));
    let mut value = function(cx, node);
    if text.starts_with("get ") {
        value = curly::getter(cx, value, node);
    }
    match key {
        Some(key) => cx.add(Node::Pair(key, value), node),
        None => value,
    }
}

/// A function, arrow or method without a name of its own.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (params, before) = pattern::parameters(cx, node);
    let own = node.kind() == "function_expression";
    let name = node.child_by_field_name("name").filter(|_| own).map(|name| cx.text(name).into());
    let generator = is_generator(cx, node);
    let body = node.child_by_field_name("body");
    curly::function(cx, Made { name, params, before, body, generator }, node)
}

/// Whether a star stands before the name.
pub(super) fn is_generator(cx: &Lowering<'_, '_>, node: Ts<'_>) -> bool {
    let head = node.child_by_field_name("parameters").map_or(0, |list| list.start_byte());
    let mut cursor = node.walk();
    let star = node.children(&mut cursor).any(|kid| kid.kind() == "*" && kid.start_byte() < head);
    star || (node.kind().starts_with("generator_function") && cx.source_text().contains("yield"))
}

/// Whether a member is a variable of the program, named by way of the global object.
pub(super) fn is_global(cx: &Lowering<'_, '_>, member: Ts<'_>) -> bool {
    let object = member.child_by_field_name("object").map(|object| object.byte_range());
    let name = object.and_then(|range| cx.source_text().get(range)).unwrap_or_default();
    matches!(name, "globalThis" | "window" | "global")
}

fn member<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let object = node.child_by_field_name("object");
    let name = node.child_by_field_name("property").map_or("", |name| cx.text(name));
    if let Some(object) = object {
        if object.kind() == "super" {
            let name = cx.constant(name, node);
            return cx.op(Op::Base, vec![name], node);
        }
        if cx.kind_of(cx.text(object)) == "namespace" || is_global(cx, node) {
            return cx.name(name, node);
        }
    }
    let base = cx.expect_field(node, "object");
    match name {
        "prototype" => base,
        // The texts of a tagged template as they are written; of all else a member.
        "raw" => {
            let key = cx.constant(name, node);
            cx.op(Op::Get, vec![base, key, base], node)
        }
        "length" | "size" if cx.kind_of(name) != "member" => cx.op(Op::Length, vec![base], node),
        // What was thrown may be a plain text.
        "message" => {
            let key = cx.constant(name, node);
            let zero = cx.add(Node::Int(0), node);
            cx.op(Op::Member, vec![base, key, zero], node)
        }
        _ => cx.add(Node::Field(base, name.into()), node),
    }
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    if operator == "delete"
        && let Some(place) = node.child_by_field_name("argument")
        && let Some(base) = place.child_by_field_name("object")
    {
        let base = cx.lower(base);
        let key = match place.child_by_field_name("property") {
            Some(name) => cx.constant(cx.text(name), name),
            None => cx.expect_field(place, "index"),
        };
        return cx.op(Op::Delete, vec![base, key], node);
    }
    let value = cx.expect_field(node, "argument");
    let op = match operator {
        "!" => UnaryOp::Not,
        "-" => UnaryOp::Neg,
        "~" => UnaryOp::BitNot,
        "+" => return cx.op(Op::ToFloat, vec![value], node),
        _ => return cx.add(Node::Opaque(vec![value]), node),
    };
    cx.add(Node::Unary(op, value), node)
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(left) = node.child_by_field_name("left") else { return cx.opaque(node) };
    if matches!(left.kind(), "array_pattern" | "object_pattern" | "array" | "object") {
        let value = cx.expect_field(node, "right");
        let mut out = Vec::new();
        pattern::bind(cx, left, value, false, &mut out);
        return cx.add(Node::Block(out), node);
    }
    if left.kind() == "member_expression" && cx.text(left).ends_with(".length") {
        let (base, count) = (left.child_by_field_name("object"), cx.expect_field(node, "right"));
        let base = match base {
            Some(base) => cx.lower(base),
            None => cx.opaque(left),
        };
        return cx.op(Op::Resize, vec![base, count], node);
    }
    let target = target(cx, left);
    let value = cx.expect_field(node, "right");
    cx.assign(target, value, false, node)
}

fn augmented<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(left) = node.child_by_field_name("left") else { return cx.opaque(node) };
    let target = target(cx, left);
    let value = cx.expect_field(node, "right");
    let sign = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let op = sign.strip_suffix('=').and_then(operator);
    cx.add(Node::Assign { target, value, op, declares: false }, node)
}
