//! Expressions.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::chain;
use crate::read::lang::chain::chain;
use crate::read::lang::curly;
use crate::read::lang::curly::Made;
use crate::read::lang::library::as_function;
use crate::read::lang::library::find;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::call;
use super::class;
use super::library::FUNCTIONS;
use super::library::METHODS;
use super::statement;
use super::text;

/// The name of the object that a block of `apply`, `with` or `buildString` works on.
pub(super) const RECEIVER: &str = "receiver";

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" => variable(cx, cx.text(node), node),
        "this_expression" => match cx.kind_of("[receiver]") {
            "" => cx.name("this", node),
            _ => cx.name(RECEIVER, node),
        },
        "string_literal" | "multiline_string_literal" => text::string(cx, node),
        "character_literal" => {
            let text = cx.literal(node);
            cx.op(Op::First, vec![text], node)
        }
        "number_literal" => cx.add(literal::whole(cx.text(node)), node),
        "float_literal" => match literal::float(cx.text(node)) {
            Some(value) => cx.add(Node::Float(value), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "collection_literal" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "binary_expression" => binary(cx, node),
        "unary_expression" => statement::unary(cx, node),
        "infix_expression" => infix(cx, node),
        "range_expression" => match cx.kids(node)[..] {
            [from, to] => {
                let op = if cx.text(node).contains("..<") { Op::Range } else { Op::RangeClosed };
                let parts = vec![cx.lower(from), cx.lower(to)];
                let range = cx.op(op, parts, node);
                characters(cx, range, from, node)
            }
            _ => cx.opaque(node),
        },
        "in_expression" => {
            let (left, right) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
            let negated = cx.text(node).contains(" !in ");
            cx.add(Node::Binary(if negated { BinaryOp::NotIn } else { BinaryOp::In }, left, right), node)
        }
        "is_expression" => {
            let left = cx.expect_field(node, "left");
            let kind = node.child_by_field_name("right").map_or("", |kind| cx.text(kind));
            let class = cx.name(kind.split('<').next().unwrap_or(kind), node);
            cx.op(Op::IsA, vec![left, class], node)
        }
        "as_expression" => cx.expect_field(node, "left"),
        "index_expression" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            match parts[..] {
                [base, index] => cx.add(Node::Index(base, index), node),
                _ => cx.add(Node::Opaque(parts), node),
            }
        }
        "navigation_expression" => navigate(cx, node),
        "call_expression" => call::lower(cx, node),
        "lambda_literal" => lambda(cx, node, false),
        "anonymous_function" => class::function(cx, node, None),
        "callable_reference" => reference(cx, node),
        "spread_expression" | "value_argument" | "property_delegate" => match cx.kids(node).last() {
            Some(value) => cx.lower(*value),
            None => cx.opaque(node),
        },
        "object_literal" => class::object(cx, node),
        _ => return None,
    })
}

/// A variable, or a word that the grammar takes for one.
pub(super) fn variable<'t>(cx: &mut Lowering<'t, '_>, name: &str, node: Ts<'t>) -> NodeId {
    match name {
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "null" => cx.add(Node::Null, node),
        "this" if !cx.kind_of("[receiver]").is_empty() => cx.name(RECEIVER, node),
        "break" => cx.add(Node::Break, node),
        "continue" => cx.add(Node::Continue, node),
        "length" | "lastIndex" | "indices" if !cx.kind_of("[receiver]").is_empty() => {
            let base = cx.name(RECEIVER, node);
            property(cx, base, name, node)
        }
        _ => cx.name(name, node),
    }
}

/// Characters of a range that starts with one.
fn characters<'t>(cx: &mut Lowering<'t, '_>, range: NodeId, from: Ts<'t>, node: Ts<'t>) -> NodeId {
    if from.kind() != "character_literal" {
        return range;
    }
    let code = cx.name("a", node);
    let make = cx.op(Op::Chr, vec![code], node);
    let make = cx.lambda(&["a"], make, node);
    cx.op(Op::Map, vec![make, range], node)
}

/// Sums of characters and numbers are characters; all other operators are plain.
fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let parts = chain(cx, node);
    let sums = parts.rest.iter().all(|(sign, _)| matches!(*sign, "+" | "-"));
    let texts = parts.first.is_some_and(|first| first.kind() == "string_literal");
    if !sums || texts || parts.rest.len() > 24 {
        return chain::binary(cx, node, operator);
    }
    let mut left = match parts.first {
        Some(first) => cx.lower(first),
        None => cx.add(Node::Opaque(Vec::new()), node),
    };
    for (sign, right) in parts.rest {
        let right = match right {
            Some(right) => cx.lower(right),
            None => cx.add(Node::Opaque(Vec::new()), node),
        };
        left = cx.op(if sign == "+" { Op::AddCode } else { Op::SubCode }, vec![left, right], node);
    }
    left
}

fn operator(text: &str) -> Option<BinaryOp> {
    match text {
        "===" => Some(BinaryOp::Eq),
        "!==" => Some(BinaryOp::Ne),
        "?:" => Some(BinaryOp::Or),
        _ => chain::common_operator(text),
    }
}

fn infix<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let [left, word, right] = cx.kids(node)[..] else { return cx.opaque(node) };
    let name = cx.text(word);
    let (a, b) = (cx.lower(left), cx.lower(right));
    let binary = match name {
        "and" => Some(BinaryOp::BitAnd),
        "or" => Some(BinaryOp::BitOr),
        "xor" => Some(BinaryOp::BitXor),
        "shl" => Some(BinaryOp::ShiftLeft),
        "shr" | "ushr" => Some(BinaryOp::ShiftRight),
        _ => None,
    };
    if let Some(op) = binary {
        return cx.add(Node::Binary(op, a, b), node);
    }
    match name {
        "to" => cx.add(Node::List(vec![a, b]), node),
        "until" => cx.op(Op::Range, vec![a, b], node),
        "downTo" => {
            let down = cx.add(Node::Int(-1), node);
            let range = cx.op(Op::RangeClosed, vec![a, b, down], node);
            characters(cx, range, left, node)
        }
        "step" => stepped(cx, a, b, node),
        _ => call::on(cx, a, name, vec![positional(b)], node),
    }
}

/// A range with another step; it keeps its direction.
fn stepped<'t>(cx: &mut Lowering<'t, '_>, range: NodeId, step: NodeId, node: Ts<'t>) -> NodeId {
    match cx.ir(range).clone() {
        Node::Do(op @ (Op::Range | Op::RangeClosed), operands) if operands.len() >= 2 => {
            let down = operands.len() == 3;
            let step =
                if down { cx.add(Node::Unary(crate::read::ir::UnaryOp::Neg, step), node) } else { step };
            cx.op(op, vec![operands[0], operands[1], step], node)
        }
        _ => {
            let null = cx.add(Node::Null, node);
            cx.op(Op::Slice, vec![range, null, null, step], node)
        }
    }
}

/// `base.name` as it is written.
pub(super) fn field<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let [base, name] = cx.kids(node)[..] else { return cx.opaque(node) };
    let base = cx.lower(base);
    cx.add(Node::Field(base, cx.text(name).into()), node)
}

fn navigate<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let [base, name] = cx.kids(node)[..] else { return cx.opaque(node) };
    let name = cx.text(name);
    if cx.text(node).contains("::") {
        return reference(cx, node);
    }
    if cx.kind_of(name) == "class" {
        return cx.name(name, node);
    }
    if base.kind() == "super_expression" {
        let name = cx.constant(name, node);
        return cx.op(Op::Base, vec![name], node);
    }
    let is_enum = cx.kind_of(cx.text(base)) == "enum";
    let base = cx.lower(base);
    if is_enum && name == "entries" {
        return curly::constants(cx, base, node);
    }
    property(cx, base, name, node)
}

/// What reading a property means.
fn property<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, name: &str, node: Ts<'t>) -> NodeId {
    if cx.kind_of(name) == "property" {
        return cx.add(Node::Field(base, name.into()), node);
    }
    let op = match name {
        "length" | "size" => Op::Length,
        "keys" => Op::Keys,
        "values" => Op::Values,
        "entries" => Op::Items,
        "code" => Op::Ord,
        "lines" => Op::Lines,
        _ => Op::Member,
    };
    if op != Op::Member {
        return cx.op(op, vec![base], node);
    }
    let place = match name {
        "key" | "first" | "message" | "index" => 0,
        "value" | "second" => 1,
        "third" => 2,
        "indices" | "lastIndex" => {
            let length = cx.op(Op::Length, vec![base], node);
            if name == "indices" {
                return cx.op(Op::Range, vec![length], node);
            }
            let one = cx.add(Node::Int(1), node);
            return cx.add(Node::Binary(BinaryOp::Sub, length, one), node);
        }
        "name" | "ordinal" => {
            let key = cx.constant(if name == "name" { "(name)" } else { "(ordinal)" }, node);
            let own = cx.add(Node::Field(base, name.into()), node);
            let found = cx.op(Op::Get, vec![base, key, base], node);
            return if name == "name" { cx.add(Node::Binary(BinaryOp::Or, own, found), node) } else { found };
        }
        _ => return cx.add(Node::Field(base, name.into()), node),
    };
    let key = cx.constant(name, node);
    let place = cx.add(Node::Int(place), node);
    cx.op(Op::Member, vec![base, key, place], node)
}

/// A block in braces as a function; `receives` names its parameter as the object it works on.
pub(super) fn lambda<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, receives: bool) -> NodeId {
    let (mut params, mut before) = (Vec::new(), Vec::new());
    let mut kids = cx.kids_and_comments(node);
    if let Some(at) = kids.iter().position(|kid| kid.kind() == "lambda_parameters") {
        let list = kids.remove(at);
        for kid in cx.kids(list) {
            if kid.kind() == "multi_variable_declaration" {
                let name = format!("@{}", kid.start_byte());
                let (target, value) = (cx.lower(kid), cx.name(&name, kid));
                before.push(cx.assign(target, value, true, kid));
                params.push(param(&name));
            } else {
                let name = cx.kids(kid).into_iter().find(|kid| kid.kind() == "identifier");
                params.push(param(name.map_or("_", |name| cx.text(name))));
            }
        }
    }
    if params.is_empty() {
        params.push(param(if receives { RECEIVER } else { "it" }));
    }
    let outer = cx.kind_of("[receiver]");
    if receives {
        cx.remember("[receiver]", "inside");
    }
    before.extend(curly::sequence(cx, &kids));
    cx.remember("[receiver]", outer);
    let body = cx.add(Node::Block(before), node);
    let function = Node::Function { name: None, params, body, comment: None, generator: false };
    cx.add(function, node)
}

/// `::name`, `Type::name`, `value::name`
fn reference<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some((owner, name)) = cx.text(node).rsplit_once("::") else { return cx.opaque(node) };
    let (owner, name) = (owner.trim(), name.trim());
    if owner.is_empty() {
        return match find(FUNCTIONS, name, 1).filter(|_| cx.kind_of(name).is_empty()) {
            Some(row) => as_function(cx, row, None, 1, node),
            None => cx.name(name, node),
        };
    }
    let item = cx.name("a", node);
    let body = if owner.starts_with(char::is_uppercase) {
        if cx.kind_of(name) == "property" || find(METHODS, name, 0).is_none() && cx.kind_of(name) != "method"
        {
            property(cx, item, name, node)
        } else {
            call::on(cx, item, name, Vec::new(), node)
        }
    } else {
        let this = cx.name(owner, node);
        call::on(cx, this, name, vec![positional(item)], node)
    };
    cx.lambda(&["a"], body, node)
}

/// A function whose body yields.
pub(super) fn generator<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids_and_comments(node);
    let statements = curly::sequence(cx, &kids);
    let body = cx.add(Node::Block(statements), node);
    let made = Made::default();
    let function =
        Node::Function { name: made.name, params: made.params, body, comment: None, generator: true };
    cx.add(function, node)
}
