//! Expressions.

use crate::read::ir::BinaryOp;
use crate::read::ir::Clause;
use crate::read::ir::Comprehension;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::context;
use super::library;
use super::statement;
use super::text;

/// Lowers an expression; `None` for any other kind.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" => match library::constant(cx.unaliased(cx.text(node))) {
            Some(text) => cx.constant(text, node),
            None => cx.name(cx.text(node), node),
        },
        "dotted_name" => dotted(cx, node),
        "string" => text::string(cx, node),
        "concatenated_string" => text::concatenated(cx, node),
        "integer" => number(cx, node),
        "float" => match literal::float(cx.text(node)) {
            Some(value) => cx.add(Node::Float(value), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "none" | "ellipsis" => cx.add(Node::Null, node),
        "list" | "tuple" | "set" | "expression_list" | "pattern_list" | "tuple_pattern" | "list_pattern" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "dictionary" => {
            let kids = cx.kids(node);
            let pairs = cx.lower_all(&kids);
            cx.add(Node::Map(pairs), node)
        }
        "pair" => {
            let (key, value) = (cx.expect_field(node, "key"), cx.expect_field(node, "value"));
            cx.add(Node::Pair(key, value), node)
        }
        "list_splat" | "dictionary_splat" | "list_splat_pattern" | "dictionary_splat_pattern" => {
            let inner = cx.only(node);
            cx.add(Node::Spread(inner), node)
        }
        "parenthesized_expression" | "parenthesized_list_splat" | "await" | "type" => cx.only(node),
        "attribute" => {
            let base = cx.expect_field(node, "object");
            let name = node.child_by_field_name("attribute").map_or("", |name| cx.text(name));
            if let Some(text) = library::constant(cx.text(node)) {
                return Some(cx.constant(text, node));
            }
            let field = cx.add(Node::Field(base, name.into()), node);
            // A property is read like a field; what is assigned to, or called, is something else.
            let read = node.parent().is_none_or(|parent| {
                let left = parent.child_by_field_name("left").is_some_and(|left| left.id() == node.id());
                let called = parent.child_by_field_name("function").is_some_and(|at| at.id() == node.id());
                !left && !called && parent.kind() != "decorator"
            });
            if read && cx.kind_of(name) == "property" {
                cx.call(field, Vec::new(), None, node)
            } else {
                field
            }
        }
        "subscript" => subscript(cx, node),
        "binary_operator" => chain::binary(cx, node, chain::common_operator),
        "boolean_operator" => chain::binary(cx, node, chain::common_operator),
        "comparison_operator" => comparison(cx, node),
        "not_operator" => {
            let value = cx.expect_field(node, "argument");
            cx.add(Node::Unary(UnaryOp::Not, value), node)
        }
        "unary_operator" => unary(cx, node),
        "conditional_expression" => match cx.kids(node)[..] {
            [then, test, other] => {
                let (test, then, other) = (cx.lower(test), cx.lower(then), cx.lower(other));
                cx.add(Node::Choose { test, then, other }, node)
            }
            _ => cx.opaque(node),
        },
        "named_expression" => {
            let (target, value) = (cx.expect_field(node, "name"), cx.expect_field(node, "value"));
            cx.assign(target, value, false, node)
        }
        "list_comprehension" | "set_comprehension" | "generator_expression" => {
            comprehension(cx, node, Comprehension::List)
        }
        "dictionary_comprehension" => comprehension(cx, node, Comprehension::Map),
        "lambda" => statement::lambda(cx, node),
        "yield" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            if cx.kind_of(context::HELD) == context::HELD {
                return Some(context::hold(cx, value, node));
            }
            let each = cx.text(node).trim_start_matches("yield").trim_start().starts_with("from ");
            cx.add(Node::Yield(value, each), node)
        }
        "call" => call::lower(cx, node),
        "keyword_argument" => {
            let value = cx.expect_field(node, "value");
            let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
            let target = cx.name(name, node);
            cx.assign(target, value, true, node)
        }
        _ => return None,
    })
}

fn number<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    cx.add(literal::whole(cx.text(node)), node)
}

/// What a loop over the field `right` walks: the members of an enumeration, or what is written.
pub(super) fn iterated<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.child_by_field_name("right") {
        Some(right) => members(cx, right),
        None => cx.expect_field(node, "right"),
    }
}

/// An expression, or the members where it names an enumeration.
pub(super) fn members<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.lower(node);
    if node.kind() == "identifier" && cx.kind_of(cx.text(node)) == "enum" {
        return cx.op(Op::Values, vec![value], node);
    }
    value
}

fn dotted<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut parts = cx.kids(node).into_iter();
    let Some(first) = parts.next() else { return cx.opaque(node) };
    let mut base = cx.name(cx.text(first), first);
    for part in parts {
        base = cx.add(Node::Field(base, cx.text(part).into()), node);
    }
    base
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "argument");
    let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
        "-" => UnaryOp::Neg,
        "~" => UnaryOp::BitNot,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

/// `a < b < c` is `a < b and b < c`.
fn comparison<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let operands = cx.lower_all(&kids);
    let mut cursor = node.walk();
    let operators: Vec<Option<BinaryOp>> = node
        .children_by_field_name("operators", &mut cursor)
        .map(|operator| {
            chain::common_operator(
                cx.text(operator).split_whitespace().collect::<Vec<_>>().join(" ").as_str(),
            )
        })
        .collect();
    if operators.len() + 1 != operands.len() || operators.contains(&None) {
        return cx.add(Node::Opaque(operands), node);
    }
    let tests = operators.into_iter().flatten().zip(operands.windows(2));
    let tests: Vec<NodeId> =
        tests.map(|(op, pair)| cx.add(Node::Binary(op, pair[0], pair[1]), node)).collect();
    chain::balance(cx, tests, BinaryOp::And, node)
}

fn subscript<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let base = cx.expect_field(node, "value");
    let indices = cx.fields(node, "subscript");
    if let [only] = indices[..] {
        if only.kind() == "slice" {
            return slice(cx, base, only, node);
        }
        let index = cx.lower(only);
        return cx.add(Node::Index(base, index), node);
    }
    let items = cx.lower_all(&indices);
    let index = cx.add(Node::List(items), node);
    cx.add(Node::Index(base, index), node)
}

/// `from:to:step`: the colons tell which is which.
fn slice<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, node: Ts<'t>, at: Ts<'t>) -> NodeId {
    let mut bounds = [None; 3];
    let mut colons = 0;
    let mut cursor = node.walk();
    let kids: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    for kid in kids {
        if kid.kind() == ":" {
            colons += 1;
        } else if let Some(bound) = bounds.get_mut(colons) {
            *bound = Some(cx.lower(kid));
        }
    }
    let [from, to, step] = bounds;
    cx.add(Node::Slice { base, from, to, step }, at)
}

fn comprehension<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, kind: Comprehension) -> NodeId {
    let element = cx.expect_field(node, "body");
    let mut clauses: Vec<Clause> = Vec::new();
    for kid in cx.kids(node) {
        match kid.kind() {
            "for_in_clause" => {
                let target = cx.expect_field(kid, "left");
                let iter = iterated(cx, kid);
                clauses.push(Clause { target, iter, tests: Vec::new() });
            }
            "if_clause" => {
                let test = cx.only(kid);
                if let Some(clause) = clauses.last_mut() {
                    clause.tests.push(test);
                }
            }
            _ => {}
        }
    }
    cx.add(Node::Comprehend { kind, element, clauses }, node)
}
