//! Expressions.

use crate::read::ir::BinaryOp;
use crate::read::ir::Clause;
use crate::read::ir::Comprehension;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::chain;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::statement;
use super::text;

/// Operators beyond this many in a row are put together as a balanced tree.
const MOST_CHAINED: usize = 32;

/// Lowers an expression; `None` for any other kind.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" => match cx.text(node) {
            "nothing" | "missing" => cx.add(Node::Null, node),
            name => cx.name(name, node),
        },
        "scoped_identifier" | "field_expression" => {
            let base = cx.expect_field(node, "value");
            let name = cx.kids(node).last().map_or("", |name| cx.text(*name));
            cx.add(Node::Field(base, name.into()), node)
        }
        "string_literal" | "prefixed_string_literal" => text::string(cx, node),
        "character_literal" | "command_literal" => cx.literal(node),
        "integer_literal" => cx.add(literal::whole(cx.text(node)), node),
        "float_literal" => cx.add(Node::Float(literal::float(cx.text(node)).unwrap_or_default()), node),
        "boolean_literal" => cx.add(Node::Bool(cx.text(node) == "true"), node),
        "quote_expression" => cx.constant(cx.text(node).trim_start_matches(':'), node),
        "vector_expression" | "tuple_expression" | "open_tuple" | "matrix_row" => {
            let kids = cx.kids(node);
            if kids.iter().any(|kid| kid.kind() == "for_clause") {
                return Some(comprehension(cx, node));
            }
            if node.kind() == "tuple_expression"
                && !kids.is_empty()
                && kids
                    .iter()
                    .all(|kid| matches!(kid.kind(), "assignment" | "named_argument" | "named_field"))
            {
                return Some(named_tuple(cx, &kids, node));
            }
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "matrix_expression" => {
            let kids = cx.kids(node);
            let rows = cx.lower_all(&kids);
            let list = cx.add(Node::List(rows), node);
            match kids[..] {
                [_] => cx.op(Op::First, vec![list], node),
                _ => cx.op(Op::Transpose, vec![list], node),
            }
        }
        "comprehension_expression" => comprehension(cx, node),
        "parenthesized_expression" => match cx.kids(node)[..] {
            [only] => cx.nested(node, |cx| cx.lower(only)),
            _ if cx.kids(node).iter().any(|kid| kid.kind() == "for_clause") => comprehension(cx, node),
            _ => statement::rest(cx, node, |_| false),
        },
        "typed_expression" | "parametrized_type_expression" | "where_expression" => {
            match cx.kids(node).first().copied() {
                Some(inner) => cx.nested(node, |cx| cx.lower(inner)),
                None => cx.opaque(node),
            }
        }
        "splat_expression" => {
            let inner = cx.only(node);
            cx.add(Node::Spread(inner), node)
        }
        "assignment" => assignment(cx, node, false),
        "compound_assignment_expression" => augmented(cx, node),
        "binary_expression" => binary(cx, node),
        "unary_expression" => unary(cx, node),
        "ternary_expression" => match cx.kids(node)[..] {
            [test, then, other] => {
                let (test, then, other) = (cx.lower(test), cx.lower(then), cx.lower(other));
                cx.add(Node::Choose { test, then, other }, node)
            }
            _ => cx.opaque(node),
        },
        "range_expression" => {
            let bounds = bounds(cx, node);
            let operands = bounds.into_iter().map(|bound| cx.lower(bound)).collect::<Vec<_>>();
            match operands[..] {
                [from, step, to] => cx.op(Op::RangeClosed, vec![from, to, step], node),
                [from, _] if matches!(cx.ir(from), Node::Text(_)) => cx.op(Op::Sequence, operands, node),
                _ => cx.op(Op::RangeClosed, operands, node),
            }
        }
        "index_expression" => index(cx, node),
        "adjoint_expression" => {
            let value = cx.only(node);
            cx.op(Op::Transpose, vec![value], node)
        }
        "arrow_function_expression" => arrow(cx, node),
        "juxtaposition_expression" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.op(Op::Times, parts, node)
        }
        "call_expression" | "broadcast_call_expression" | "macrocall_expression" => call::lower(cx, node),
        "string_interpolation" | "interpolation_expression" => cx.only(node),
        _ => return None,
    })
}

/// `(a = 1, b = 2)`
fn named_tuple<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>], at: Ts<'t>) -> NodeId {
    let mut pairs = Vec::new();
    for kid in kids {
        let parts = cx.kids(*kid);
        let (Some(name), Some(value)) = (parts.first().copied(), parts.last().copied()) else { continue };
        let (key, value) = (cx.constant(cx.text(name), name), cx.lower(value));
        pairs.push(cx.add(Node::Pair(key, value), *kid));
    }
    cx.add(Node::Map(pairs), at)
}

/// The bounds of `a:b` and `a:step:b`.
fn bounds<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Vec<Ts<'t>> {
    let kids = cx.kids(node);
    match kids[..] {
        [inner, to] if inner.kind() == "range_expression" && cx.kids(inner).len() == 2 => {
            let mut all = cx.kids(inner);
            all.push(to);
            all
        }
        _ => kids,
    }
}

/// `[x for x in xs if …]` and generators.
pub(super) fn comprehension<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let Some(first) = kids.first().copied() else { return cx.opaque(node) };
    let element = cx.lower(first);
    let mut clauses: Vec<Clause> = Vec::new();
    for kid in kids {
        match kid.kind() {
            "for_clause" => {
                for one in cx.kids(kid) {
                    let (target, iter) = statement::binding(cx, one);
                    clauses.push(Clause { target, iter, tests: Vec::new() });
                }
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
    cx.add(Node::Comprehend { kind: Comprehension::List, element, clauses }, node)
}

/// `target = value`, or a function where the target is a call.
pub(super) fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, declares: bool) -> NodeId {
    let kids: Vec<Ts<'t>> = cx.kids(node).into_iter().filter(|kid| kid.kind() != "operator").collect();
    let [left, right] = kids[..] else { return cx.opaque(node) };
    let mut head = left;
    while matches!(head.kind(), "typed_expression" | "where_expression") {
        match cx.kids(head).first().copied() {
            Some(inner) => head = inner,
            None => break,
        }
    }
    if head.kind() == "call_expression" {
        let body = cx.lower(right);
        return statement::defined(cx, head, body, None, node);
    }
    let value = cx.lower(right);
    if head.kind() == "index_expression" {
        let (prelude, target) = place(cx, head);
        let set = cx.assign(target, value, false, node);
        return match prelude {
            Some(prelude) => cx.add(Node::Block(vec![prelude, set]), node),
            None => set,
        };
    }
    let target = cx.lower(head);
    cx.assign(target, value, declares, node)
}

/// An indexed place, and what binds `end` in it.
fn place<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> (Option<NodeId>, NodeId) {
    let kids = cx.kids(node);
    let [base, list, ..] = kids[..] else { return (None, cx.opaque(node)) };
    let base = cx.lower(base);
    let prelude = cx.text(list).contains("end").then(|| {
        let length = cx.op(Op::Length, vec![base], node);
        let target = cx.name("end", node);
        cx.assign(target, length, true, node)
    });
    let parts = cx.kids(list);
    let whole = |at: usize| parts.get(at).is_some_and(|part| cx.text(*part) == ":");
    let (all_rows, all_columns) = (parts.len() == 2 && whole(0), parts.len() == 2 && whole(1));
    let keys = cx.lower_all(&parts);
    let target = match keys[..] {
        [_, column] if all_rows => cx.add(Node::Index(base, column), node),
        [row, _] if all_columns => cx.op(Op::Column, vec![base, row], node),
        [row, column] => {
            let inner = cx.add(Node::Index(base, column), node);
            cx.add(Node::Index(inner, row), node)
        }
        [only] => cx.add(Node::Index(base, only), node),
        _ => base,
    };
    (prelude, target)
}

/// `x[i]`, `x[a:b]`, `x[a:step:b]`, `x[[1, 3]]`, `m[i, j]`.
fn index<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let [base_node, list, ..] = kids[..] else { return cx.opaque(node) };
    if list.kind() == "comprehension_expression"
        || matches!(cx.text(base_node), "String" | "Any" | "Char" | "Int")
    {
        return cx.lower(list);
    }
    let keys = cx.kids(list);
    let base = cx.lower(base_node);
    let value = match keys[..] {
        [] => cx.op(Op::Copied, vec![base], node),
        [only] if only.kind() == "range_expression" => {
            let bounds = bounds(cx, only);
            let bounds = cx.lower_all(&bounds);
            match bounds[..] {
                [from, to] => cx.op(Op::Part, vec![base, from, to], node),
                [from, step, to] => cx.op(Op::Part, vec![base, from, to, step], node),
                _ => cx.op(Op::Copied, vec![base], node),
            }
        }
        [only]
            if matches!(
                only.kind(),
                "vector_expression" | "call_expression" | "comprehension_expression"
            ) =>
        {
            let key = cx.lower(only);
            cx.op(Op::Element, vec![base, key], node)
        }
        _ => {
            let (_, target) = place(cx, node);
            target
        }
    };
    if !cx.text(list).contains("end") {
        return value;
    }
    let length = cx.op(Op::Length, vec![base], node);
    body::let_in(cx, "end", length, vec![value], node)
}

fn arrow<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let [list, inner] = kids[..] else { return cx.opaque(node) };
    let params = statement::parameters(cx, list);
    let body = cx.lower(inner);
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

fn meaning(operator: &str) -> Option<BinaryOp> {
    Some(match operator {
        "^" => BinaryOp::Pow,
        "÷" => BinaryOp::FloorDiv,
        "⊻" => BinaryOp::BitXor,
        "===" | "≡" => BinaryOp::Eq,
        "!==" | "≠" => BinaryOp::Ne,
        "≤" => BinaryOp::Le,
        "≥" => BinaryOp::Ge,
        "∈" => BinaryOp::In,
        _ => return chain::common_operator(operator),
    })
}

/// One operator on two values.
pub(super) fn operation<'t>(
    cx: &mut Lowering<'t, '_>,
    operator: &str,
    a: NodeId,
    b: NodeId,
    at: Ts<'t>,
) -> NodeId {
    match operator {
        "*" => cx.op(Op::Times, vec![a, b], at),
        "+" => cx.op(Op::Shifted, vec![a, b], at),
        "-" => cx.op(Op::ShiftedBack, vec![a, b], at),
        "^" if matches!(cx.ir(a), Node::Text(_) | Node::Concat(_)) => cx.op(Op::Repeat, vec![a, b], at),
        "=>" => cx.add(Node::List(vec![a, b]), at),
        "|>" => cx.op(Op::Apply, vec![b, a], at),
        "∘" => {
            let value = cx.name("a", at);
            let inner = cx.op(Op::Apply, vec![b, value], at);
            let body = cx.op(Op::Apply, vec![a, inner], at);
            cx.lambda(&["a"], body, at)
        }
        _ => match meaning(operator) {
            Some(op) => cx.add(Node::Binary(op, a, b), at),
            None => cx.add(Node::Opaque(vec![a, b]), at),
        },
    }
}

fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut parts: Vec<Ts<'t>> = Vec::new();
    let mut operators: Vec<&'t str> = Vec::new();
    let mut at = node;
    loop {
        let kids = cx.kids(at);
        let [left, operator, right] = kids[..] else {
            parts.push(at);
            break;
        };
        parts.push(right);
        operators.push(cx.text(operator));
        if left.kind() != "binary_expression" {
            parts.push(left);
            break;
        }
        at = left;
    }
    if parts.len() < 2 {
        return cx.opaque(node);
    }
    parts.reverse();
    operators.reverse();
    let mut operands = Vec::new();
    for (position, part) in parts.iter().enumerate() {
        // What stands behind a pipe is a function.
        let piped =
            position > 0 && operators.get(position - 1).is_some_and(|op| op.ends_with("|>") || *op == "∘");
        let composed = operators.get(position).is_some_and(|op| *op == "∘");
        operands.push(if piped || composed { call::function_value(cx, *part, 1) } else { cx.lower(*part) });
    }
    if operators.len() > MOST_CHAINED {
        let op = meaning(operators[0]).unwrap_or(BinaryOp::Add);
        return chain::balance(cx, operands, op, node);
    }
    let mut value = operands[0];
    for (operator, right) in operators.iter().zip(&operands[1..]) {
        value = match operator.strip_prefix('.').filter(|rest| !rest.is_empty() && !rest.starts_with('.')) {
            Some(own) => {
                let (a, b) = (cx.name("a", node), cx.name("b", node));
                let body = if own == "|>" {
                    cx.op(Op::Apply, vec![*right, a], node)
                } else {
                    operation(cx, own, a, b, node)
                };
                let function = cx.lambda(&["a", "b"], body, node);
                let operands =
                    if own == "|>" { vec![function, value] } else { vec![function, value, *right] };
                cx.op(Op::Broadcast, operands, node)
            }
            None => operation(cx, operator, value, *right, node),
        };
    }
    value
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let [operator, inner] = kids[..] else { return cx.opaque(node) };
    let value = cx.lower(inner);
    let op = match cx.text(operator) {
        "-" => UnaryOp::Neg,
        "!" => UnaryOp::Not,
        "~" => UnaryOp::BitNot,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

fn augmented<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let [left, operator, right] = kids[..] else { return cx.opaque(node) };
    let value = cx.lower(right);
    let target = cx.lower(left);
    let operator = cx.text(operator).trim_end_matches('=').trim_start_matches('.');
    if operator == "*" {
        let whole = cx.op(Op::Times, vec![target, value], node);
        return cx.assign(target, whole, false, node);
    }
    match meaning(operator) {
        Some(op) => cx.add(Node::Assign { target, value, op: Some(op), declares: false }, node),
        None => cx.add(Node::Opaque(vec![target, value]), node),
    }
}
