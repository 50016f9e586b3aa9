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
use crate::read::lang::lowering::param;

use super::call;
use super::class;
use super::construct;
use super::query;
use super::text;

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" | "generic_name" | "qualified_name" | "predefined_type" | "alias_qualified_name" => {
            cx.name(construct::bare(cx.text(node)), node)
        }
        "this" => cx.name("this", node),
        "null_literal" | "default_expression" => cx.add(Node::Null, node),
        "boolean_literal" => {
            let truth = cx.text(node) == "true";
            cx.add(Node::Bool(truth), node)
        }
        "string_literal" | "verbatim_string_literal" | "raw_string_literal" => cx.literal(node),
        "interpolated_string_expression" => text::interpolated(cx, node),
        "character_literal" => {
            let text = cx.literal(node);
            cx.op(Op::First, vec![text], node)
        }
        "integer_literal" => cx.add(literal::whole(cx.text(node)), node),
        "real_literal" => match literal::float(cx.text(node).trim_end_matches(['d', 'D', 'm', 'M'])) {
            Some(value) => cx.add(Node::Float(value), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "initializer_expression" | "tuple_expression" | "collection_expression" => list(cx, node),
        "argument"
        | "expression_element"
        | "await_expression"
        | "ref_expression"
        | "declaration_expression" => inner(cx, node),
        "spread_element" => {
            let inner = cx.only(node);
            cx.add(Node::Spread(inner), node)
        }
        "array_creation_expression" | "implicit_array_creation_expression" => construct::array(cx, node),
        "object_creation_expression" => construct::lower(cx, node),
        "implicit_object_creation_expression" => construct::implicit(cx, "", node),
        "anonymous_object_creation_expression" => construct::anonymous(cx, node),
        "with_expression" => construct::with(cx, node),
        "binary_expression" => match mistaken(cx, node) {
            Some(initializer) => cx.lower(initializer),
            None => chain::binary(cx, node, operator),
        },
        "unary_expression" | "prefix_unary_expression" => prefix(cx, node),
        "postfix_unary_expression" => {
            let target = cx.kids(node).first().map(|target| cx.lower(*target))?;
            match cx.text(node) {
                up if up.ends_with("++") => curly::step(cx, target, true, true, node),
                down if down.ends_with("--") => curly::step(cx, target, false, true, node),
                _ => target,
            }
        }
        "conditional_expression" => {
            let test = cx.expect_field(node, "condition");
            let (then, other) = (cx.expect_field(node, "consequence"), cx.expect_field(node, "alternative"));
            cx.add(Node::Choose { test, then, other }, node)
        }
        "assignment_expression" => {
            let (target, value) = (target(cx, node), cx.expect_field(node, "right"));
            let sign = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
            let op = sign.strip_suffix('=').and_then(operator);
            cx.add(Node::Assign { target, value, op, declares: false }, node)
        }
        "cast_expression" => {
            let kind = node.child_by_field_name("type").map_or("", |kind| cx.text(kind));
            let value = cx.expect_field(node, "value");
            cast(cx, kind, value, node)
        }
        "as_expression" => cx.expect_field(node, "left"),
        "is_expression" | "is_pattern_expression" => is(cx, node),
        "element_access_expression" => element(cx, node),
        "member_access_expression" => member(cx, node),
        "conditional_access_expression" => call::conditional(cx, node),
        "invocation_expression" => call::lower(cx, node),
        "lambda_expression" | "anonymous_method_expression" => lambda(cx, node),
        "query_expression" => query::lower(cx, node),
        "sizeof_expression" | "typeof_expression" => cx.add(Node::Opaque(Vec::new()), node),
        _ => return None,
    })
}

fn inner<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if node.kind() == "declaration_expression" {
        return cx.expect_field(node, "name");
    }
    match cx.kids(node).last() {
        Some(kid) => cx.lower(*kid),
        None => cx.opaque(node),
    }
}

fn list<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let items = cx.lower_all(&kids);
    cx.add(Node::List(items), node)
}

/// `new List<(int, string)> { … }` looks like two comparisons to the grammar: the items are the right side.
fn mistaken<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Option<Ts<'t>> {
    let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
    let made = left.child_by_field_name("left")?;
    let compared = cx.text(node.child_by_field_name("operator")?) == ">";
    (compared && made.kind() == "object_creation_expression" && right.kind() == "initializer_expression")
        .then_some(right)
}

/// The operators of the language.
fn operator(text: &str) -> Option<BinaryOp> {
    match text {
        ">>>" => Some(BinaryOp::ShiftRight),
        "??" => Some(BinaryOp::Or),
        _ => chain::common_operator(text),
    }
}

/// What an assignment changes.
fn target<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(left) = node.child_by_field_name("left") else { return cx.opaque(node) };
    if left.kind() == "member_access_expression" {
        let base = cx.expect_field(left, "expression");
        let name = left.child_by_field_name("name").map_or("", |name| cx.text(name));
        return cx.add(Node::Field(base, name.into()), left);
    }
    cx.lower(left)
}

fn prefix<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(operand) = cx.kids(node).last().copied() else { return cx.opaque(node) };
    let value = cx.lower(operand);
    let text = cx.text(node);
    let op = match text {
        _ if text.starts_with("++") => return curly::step(cx, value, true, false, node),
        _ if text.starts_with("--") => return curly::step(cx, value, false, false, node),
        _ if text.starts_with('!') => UnaryOp::Not,
        _ if text.starts_with('-') => UnaryOp::Neg,
        _ if text.starts_with('~') => UnaryOp::BitNot,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

/// A value as another type.
fn cast<'t>(cx: &mut Lowering<'t, '_>, kind: &str, value: NodeId, at: Ts<'t>) -> NodeId {
    let op = match kind {
        "char" => Op::Chr,
        "int" | "long" | "short" | "byte" | "uint" | "ushort" | "sbyte" => Op::Ord,
        "double" | "float" => Op::ToFloat,
        _ => return value,
    };
    cx.op(op, vec![value], at)
}

/// `x is null`, `x is string s`
fn is<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = match node.child_by_field_name("expression") {
        Some(value) => cx.lower(value),
        None => cx.expect_field(node, "left"),
    };
    let pattern = node.child_by_field_name("pattern");
    let (is, is_not) = (cx.text(node).ends_with("is null"), cx.text(node).ends_with("is not null"));
    if is || is_not {
        let null = cx.add(Node::Null, node);
        return cx.add(Node::Binary(if is { BinaryOp::Eq } else { BinaryOp::Ne }, value, null), node);
    }
    let mut parts = Vec::new();
    if let Some(name) = pattern.and_then(|pattern| pattern.child_by_field_name("name")) {
        let target = cx.name(cx.text(name), name);
        parts.push(cx.assign(target, value, true, node));
    } else {
        parts.push(value);
    }
    cx.add(Node::Opaque(parts), node)
}

/// `x[i]`, `x[^1]`, `x[a..b]`
fn element<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let base = cx.expect_field(node, "expression");
    let list = node.child_by_field_name("subscript").map_or_else(Vec::new, |list| cx.kids(list));
    let inner: Vec<Ts<'t>> = list.iter().filter_map(|arg| cx.kids(*arg).last().copied()).collect();
    let [first, rest @ ..] = &inner[..] else { return cx.add(Node::Opaque(vec![base]), node) };
    if first.kind() == "range_expression" {
        let text = cx.text(*first);
        let kids = cx.kids(*first);
        let (from, to) = match kids[..] {
            [from, to] => (Some(from), Some(to)),
            [only] if text.starts_with("..") => (None, Some(only)),
            [only] => (Some(only), None),
            _ => (None, None),
        };
        let from = from.map(|from| bound(cx, from));
        let to = to.map(|to| bound(cx, to));
        return cx.add(Node::Slice { base, from, to, step: None }, node);
    }
    let mut value = base;
    if cx.text(*first).starts_with('^') {
        let back = bound(cx, *first);
        let end = cx.op(Op::Slice, vec![value, back], node);
        value = cx.op(Op::First, vec![end], node);
    } else {
        let index = cx.lower(*first);
        value = cx.add(Node::Index(value, index), node);
    }
    for index in rest {
        let index = cx.lower(*index);
        value = cx.add(Node::Index(value, index), node);
    }
    value
}

/// A bound of a range; `^n` counts from the end.
fn bound<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.kids(node).last() {
        Some(inner) if cx.text(node).starts_with('^') => {
            let inner = cx.lower(*inner);
            cx.add(Node::Unary(UnaryOp::Neg, inner), node)
        }
        _ => cx.lower(node),
    }
}

fn member<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let object = node.child_by_field_name("expression");
    if let Some(object) = object
        && object.kind() == "base"
    {
        let name = cx.constant(name, node);
        return cx.op(Op::Base, vec![name], node);
    }
    if matches!(cx.kind_of(name), "class" | "enum") {
        return cx.name(name, node);
    }
    let full = cx.text(node);
    match full {
        "string.Empty" | "String.Empty" => return cx.constant("", node),
        "Environment.NewLine" => return cx.constant("\n", node),
        _ => {}
    }
    let base = cx.expect_field(node, "expression");
    property(cx, base, name, node)
}

/// `base.name`
pub(super) fn property<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, name: &str, node: Ts<'t>) -> NodeId {
    let own = cx.kind_of(name);
    let place = own.strip_prefix('@').and_then(|place| place.parse::<i64>().ok());
    let place = place.or_else(|| name.strip_prefix("Item")?.parse::<i64>().ok().map(|n| n - 1));
    let op = match name {
        _ if own == "property" => None,
        "Length" | "Count" => Some(Op::Length),
        "Keys" => Some(Op::Keys),
        "Values" => Some(Op::Values),
        "First" => Some(Op::First),
        "Last" => Some(Op::Last),
        _ => None,
    };
    if let Some(op) = op {
        return cx.op(op, vec![base], node);
    }
    let place = match name {
        "Key" | "Message" => Some(0),
        "Value" => Some(1),
        _ => place,
    };
    match place.filter(|_| own != "property") {
        Some(place) => {
            let key = cx.constant(&name.replace("Value", "value").replace("Message", "message"), node);
            let place = cx.add(Node::Int(place), node);
            cx.op(Op::Member, vec![base, key, place], node)
        }
        None if name == "Groups" => cx.add(Node::Field(base, "groups".into()), node),
        None => cx.add(Node::Field(base, name.into()), node),
    }
}

fn lambda<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let params = match node.child_by_field_name("parameters") {
        Some(single) if single.kind() == "implicit_parameter" => vec![param(cx.text(single))],
        Some(list) => class::listed(cx, list),
        None => Vec::new(),
    };
    let body = node
        .child_by_field_name("body")
        .or_else(|| cx.kids(node).into_iter().find(|kid| kid.kind() == "block"));
    curly::function(cx, Made { params, body, ..Made::default() }, node)
}

/// What a variable of this type starts as.
pub(super) fn zero<'t>(cx: &mut Lowering<'t, '_>, kind: &str, at: Ts<'t>) -> NodeId {
    let value = match kind {
        "int" | "long" | "short" | "byte" | "uint" => Node::Int(0),
        "double" | "float" | "decimal" => Node::Float(0.0),
        "bool" => Node::Bool(false),
        _ => Node::Null,
    };
    cx.add(value, at)
}
