//! Expressions.

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
use crate::read::lang::lowering::param;

use super::call;
use super::class;
use super::construct;
use super::function;

/// Lowers an expression; `None` for any other kind.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" | "type_identifier" => cx.name(cx.text(node), node),
        "this" => cx.name("this", node),
        "null_literal" => cx.add(Node::Null, node),
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "string_literal" => cx.literal(node),
        "character_literal" => {
            let text = cx.literal(node);
            cx.op(Op::First, vec![text], node)
        }
        "decimal_integer_literal"
        | "hex_integer_literal"
        | "octal_integer_literal"
        | "binary_integer_literal" => cx.add(literal::whole(cx.text(node)), node),
        "decimal_floating_point_literal" | "hex_floating_point_literal" => {
            match literal::float(cx.text(node).trim_end_matches(['d', 'D'])) {
                Some(value) => cx.add(Node::Float(value), node),
                None => cx.add(Node::Opaque(Vec::new()), node),
            }
        }
        "array_initializer" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "array_creation_expression" => array(cx, node),
        "binary_expression" => chain::binary(cx, node, operator),
        "unary_expression" => unary(cx, node),
        "update_expression" => {
            let target = cx.kids(node).first().map(|target| cx.lower(*target))?;
            let whole = cx.text(node);
            let up = whole.starts_with("++") || whole.ends_with("++");
            curly::step(cx, target, up, !whole.starts_with(['+', '-']), node)
        }
        "ternary_expression" => {
            let test = cx.expect_field(node, "condition");
            let (then, other) = (cx.expect_field(node, "consequence"), cx.expect_field(node, "alternative"));
            cx.add(Node::Choose { test, then, other }, node)
        }
        "assignment_expression" => {
            let (target, value) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
            let sign = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
            let op = sign.strip_suffix('=').and_then(operator);
            cx.add(Node::Assign { target, value, op, declares: false }, node)
        }
        "cast_expression" => {
            let kind = node.child_by_field_name("type").map_or("", |kind| cx.text(kind));
            let value = cx.expect_field(node, "value");
            cast(cx, kind, value, node)
        }
        "instanceof_expression" => {
            let value = cx.expect_field(node, "left");
            let kind = node.child_by_field_name("right").map_or("", |kind| cx.text(kind));
            let class = cx.name(construct::type_name(kind), node);
            match node.child_by_field_name("name") {
                Some(name) => {
                    let target = cx.name(cx.text(name), name);
                    let bind = cx.assign(target, value, true, node);
                    let test = cx.op(Op::IsA, vec![target, class], node);
                    cx.add(Node::Block(vec![bind, test]), node)
                }
                None => cx.op(Op::IsA, vec![value, class], node),
            }
        }
        "array_access" => {
            let (base, index) = (cx.expect_field(node, "array"), cx.expect_field(node, "index"));
            cx.add(Node::Index(base, index), node)
        }
        "field_access" => field(cx, node),
        "method_invocation" => call::lower(cx, node),
        "object_creation_expression" => construct::lower(cx, node),
        "explicit_constructor_invocation" => class::delegate(cx, node),
        "lambda_expression" => lambda(cx, node),
        "method_reference" => function::reference(cx, node),
        "generic_type" | "scoped_type_identifier" | "scoped_identifier" => {
            let name = construct::type_name(cx.text(node));
            cx.name(name, node)
        }
        _ => return None,
    })
}

/// The operators of the language.
pub(super) fn operator(text: &str) -> Option<crate::read::ir::BinaryOp> {
    match text {
        ">>>" => Some(crate::read::ir::BinaryOp::ShiftRight),
        _ => chain::common_operator(text),
    }
}

/// A value as another type.
pub(super) fn cast<'t>(cx: &mut Lowering<'t, '_>, kind: &str, value: NodeId, at: Ts<'t>) -> NodeId {
    let op = match kind {
        "char" | "Character" => Op::Chr,
        "int" | "long" | "short" | "byte" | "Integer" => Op::Ord,
        "double" | "float" => Op::ToFloat,
        _ => return value,
    };
    cx.op(op, vec![value], at)
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "operand");
    let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
        "!" => UnaryOp::Not,
        "-" => UnaryOp::Neg,
        "~" => UnaryOp::BitNot,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

fn field<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("field").map_or("", |name| cx.text(name));
    if matches!(cx.kind_of(name), "class" | "enum") {
        return cx.name(name, node);
    }
    let base = cx.expect_field(node, "object");
    match name {
        "length" => cx.op(Op::Length, vec![base], node),
        _ => cx.add(Node::Field(base, name.into()), node),
    }
}

/// `new T[n]`, `new T[n][m]` and `new T[] {…}`.
fn array<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if let Some(value) = node.child_by_field_name("value") {
        return cx.lower(value);
    }
    let kind = node.child_by_field_name("type").map_or("", |kind| cx.text(kind));
    let sizes: Vec<Ts<'t>> =
        cx.fields(node, "dimensions").into_iter().filter(|size| size.kind() == "dimensions_expr").collect();
    let mut item = zero(cx, kind, node);
    for (depth, size) in sizes.into_iter().rev().take(4).enumerate() {
        let count = cx.only(size);
        item = if depth == 0 {
            cx.op(Op::NewFilled, vec![count, item], node)
        } else {
            // A row of its own for each.
            let make = cx.lambda(&[], item, node);
            let range = cx.op(Op::Range, vec![count], node);
            cx.op(Op::Map, vec![make, range], node)
        };
    }
    item
}

/// What a variable of this type starts as.
pub(super) fn zero<'t>(cx: &mut Lowering<'t, '_>, kind: &str, at: Ts<'t>) -> NodeId {
    let value = match kind {
        "int" | "long" | "short" | "byte" => Node::Int(0),
        "double" | "float" => Node::Float(0.0),
        "boolean" => Node::Bool(false),
        _ => Node::Null,
    };
    cx.add(value, at)
}

fn lambda<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let params = match node.child_by_field_name("parameters") {
        Some(single) if single.kind() == "identifier" => vec![param(cx.text(single))],
        Some(list) if list.kind() == "inferred_parameters" => {
            cx.kids(list).into_iter().map(|name| param(cx.text(name))).collect()
        }
        Some(list) => class::parameters(cx, list),
        None => Vec::new(),
    };
    let body = node.child_by_field_name("body");
    curly::function(cx, Made { params, body, ..Made::default() }, node)
}
