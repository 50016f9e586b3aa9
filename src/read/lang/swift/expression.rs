//! Expressions and patterns.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;

use super::call;
use super::text;

/// Lowers an expression; `None` for any other kind.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "simple_identifier" | "identifier" | "type_identifier" | "user_type" => cx.name(cx.text(node), node),
        "self_expression" => cx.name("self", node),
        "line_string_literal" | "multi_line_string_literal" | "raw_string_literal" => text::string(cx, node),
        "integer_literal" | "hex_literal" | "bin_literal" | "oct_literal" => {
            cx.add(literal::whole(cx.text(node)), node)
        }
        "real_literal" => match literal::float(cx.text(node)) {
            Some(value) => cx.add(Node::Float(value), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "boolean_literal" => {
            let truth = cx.text(node) == "true";
            cx.add(Node::Bool(truth), node)
        }
        "nil" => cx.add(Node::Null, node),
        "array_literal" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "dictionary_literal" => {
            let (keys, values) = (cx.fields(node, "key"), cx.fields(node, "value"));
            let mut pairs = Vec::new();
            for (key, value) in keys.into_iter().zip(values) {
                let (key, value) = (cx.lower(key), cx.lower(value));
                pairs.push(cx.add(Node::Pair(key, value), node));
            }
            cx.add(Node::Map(pairs), node)
        }
        "tuple_expression" => {
            let values = cx.fields(node, "value");
            let items = cx.lower_all(&values);
            match items[..] {
                [only] => only,
                _ => cx.add(Node::List(items), node),
            }
        }
        "additive_expression"
        | "multiplicative_expression"
        | "bitwise_operation"
        | "comparison_expression"
        | "equality_expression"
        | "infix_expression"
        | "conjunction_expression"
        | "disjunction_expression" => operation(cx, node),
        "nil_coalescing_expression" => {
            let (left, right) = (cx.expect_field(node, "value"), cx.expect_field(node, "if_nil"));
            cx.add(Node::Binary(BinaryOp::Or, left, right), node)
        }
        "prefix_expression" => prefix(cx, node),
        "postfix_expression" => match node.child_by_field_name("target") {
            Some(target) => cx.lower(target),
            None => cx.only(node),
        },
        "range_expression" => range(cx, node),
        "open_end_range_expression" | "open_start_range_expression" => cx.only(node),
        "ternary_expression" => {
            let test = cx.expect_field(node, "condition");
            let (then, other) = (cx.expect_field(node, "if_true"), cx.expect_field(node, "if_false"));
            cx.add(Node::Choose { test, then, other }, node)
        }
        "as_expression" | "try_expression" | "await_expression" => cx.expect_field(node, "expr"),
        "navigation_expression" => navigate(cx, node),
        "call_expression" => call::lower(cx, node),
        "constructor_expression" => call::construct(cx, node),
        "lambda_literal" => lambda(cx, node),
        "key_path_expression" => {
            let item = cx.name("a", node);
            let mut value = item;
            for name in cx.text(node).trim_start_matches('\\').split('.').skip(1).take(8) {
                if name != "self" {
                    value = property(cx, value, name, node);
                }
            }
            cx.lambda(&["a"], value, node)
        }
        "custom_operator" | ">" | "<" | "+" | "*" | "-" => match operator(cx.text(node)) {
            Some(op) => {
                let (a, b) = (cx.name("a", node), cx.name("b", node));
                let body = cx.add(Node::Binary(op, a, b), node);
                cx.lambda(&["a", "b"], body, node)
            }
            None => cx.opaque(node),
        },
        "value_argument" => match node.child_by_field_name("value") {
            Some(value) => cx.lower(value),
            None => cx.opaque(node),
        },
        _ => return None,
    })
}

/// What an operator means; those that overflow are plain here.
pub(super) fn operator(text: &str) -> Option<BinaryOp> {
    match text {
        "===" => Some(BinaryOp::Eq),
        "!==" => Some(BinaryOp::Ne),
        _ => chain::common_operator(
            text.strip_prefix('&').filter(|rest| !rest.is_empty() && *rest != "&").unwrap_or(text),
        ),
    }
}

/// A chain of one kind of operators, from left to right.
fn operation<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut rest = Vec::new();
    let mut at = Some(node);
    while let Some(inner) = at.filter(|inner| inner.kind() == node.kind()) {
        let sign = inner.child_by_field_name("op").map_or("", |sign| cx.text(sign));
        rest.push((sign, inner.child_by_field_name("rhs")));
        at = inner.child_by_field_name("lhs");
    }
    let mut operands = vec![match at {
        Some(first) => cx.lower(first),
        None => cx.add(Node::Opaque(Vec::new()), node),
    }];
    let mut operators = Vec::new();
    for (sign, right) in rest.into_iter().rev() {
        operands.push(match right {
            Some(right) => cx.lower(right),
            None => cx.add(Node::Opaque(Vec::new()), node),
        });
        operators.extend(operator(sign));
    }
    if operators.len() + 1 != operands.len() {
        return cx.add(Node::Opaque(operands), node);
    }
    if operators.len() > 24 && operators.iter().all(|op| *op == BinaryOp::Add) {
        return chain::balance(cx, operands, BinaryOp::Add, node);
    }
    if operators.len() > 64 {
        return cx.add(Node::Opaque(operands), node);
    }
    let mut left = operands[0];
    for (op, right) in operators.into_iter().zip(operands.into_iter().skip(1)) {
        left = cx.add(Node::Binary(op, left, right), node);
    }
    left
}

fn prefix<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let sign = node.child_by_field_name("operation").map_or("", |sign| cx.text(sign));
    if sign == "."
        && let Some(name) = node.child_by_field_name("target")
    {
        // A case of an enumeration whose name is left out.
        return constant(cx, cx.text(name), node);
    }
    let value = cx.expect_field(node, "target");
    let op = match sign {
        "!" => UnaryOp::Not,
        "-" => UnaryOp::Neg,
        "~" => UnaryOp::BitNot,
        _ => return value,
    };
    cx.add(Node::Unary(op, value), node)
}

/// A case by its name alone.
fn constant<'t>(cx: &mut Lowering<'t, '_>, name: &str, node: Ts<'t>) -> NodeId {
    let owner = cx.kind_of(name);
    if cx.kind_of(owner) == "enum" {
        let owner = cx.name(owner, node);
        return cx.add(Node::Field(owner, name.into()), node);
    }
    cx.name(name, node)
}

fn range<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (start, end) = (cx.expect_field(node, "start"), cx.expect_field(node, "end"));
    let closed = node.child_by_field_name("op").is_some_and(|op| cx.text(op) == "...");
    cx.op(if closed { Op::RangeClosed } else { Op::Range }, vec![start, end], node)
}

/// What an assignment changes.
pub(super) fn target<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "navigation_expression" => {
            let base = cx.expect_field(node, "target");
            cx.add(Node::Field(base, suffix(cx, node).into()), node)
        }
        "call_expression" => call::place(cx, node),
        "tuple_expression" => {
            let kids = cx.fields(node, "value");
            let mut targets = Vec::new();
            for kid in kids {
                targets.push(cx.nested(kid, |cx| target(cx, kid)));
            }
            cx.add(Node::List(targets), node)
        }
        _ => cx.lower(node),
    }
}

/// The name behind the dot.
pub(super) fn suffix<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    let suffix = node.child_by_field_name("suffix");
    suffix.map_or("", |suffix| cx.text(suffix).trim_start_matches(['.', '?']).trim())
}

fn navigate<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = suffix(cx, node);
    let Some(base) = node.child_by_field_name("target") else { return cx.opaque(node) };
    if base.kind() == "super_expression" {
        let name = cx.constant(name, node);
        return cx.op(Op::Base, vec![name], node);
    }
    if name == "init" && cx.text(base).starts_with(char::is_uppercase) {
        let item = cx.name("a", node);
        let args = vec![crate::read::lang::lowering::positional(item)];
        let body = call::bare(cx, cx.text(base), args, node);
        return cx.lambda(&["a"], body, node);
    }
    if name == "allCases" {
        let base = cx.lower(base);
        return crate::read::lang::curly::constants(cx, base, node);
    }
    let base = cx.lower(base);
    property(cx, base, name, node)
}

/// What reading a property means.
pub(super) fn property<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, name: &str, node: Ts<'t>) -> NodeId {
    let own = cx.kind_of(name);
    if own == "property" {
        return cx.add(Node::Field(base, name.into()), node);
    }
    let op = match name {
        "count" => Op::Length,
        "isEmpty" => Op::IsEmpty,
        "first" => Op::First,
        "last" => Op::Last,
        "keys" => Op::Keys,
        "values" => Op::Values,
        "asciiValue" | "value" => Op::Ord,
        "utf8" => Op::Codes,
        "capitalized" => Op::Title,
        "unicodeScalars" | "characters" => Op::Chars,
        "isLetter" => Op::IsAlpha,
        "isNumber" => Op::IsDigit,
        "isWhitespace" => Op::IsSpace,
        "isUppercase" => Op::IsUpper,
        "isLowercase" => Op::IsLower,
        "localizedDescription" | "description" | "lazy" | "unsafelyUnwrapped" => Op::Same,
        "endIndex" => Op::Length,
        _ => Op::Member,
    };
    if op != Op::Member {
        return cx.op(op, vec![base], node);
    }
    let place = match name {
        "startIndex" => return cx.add(Node::Int(0), node),
        "indices" => {
            let length = cx.op(Op::Length, vec![base], node);
            return cx.op(Op::Range, vec![length], node);
        }
        "rawValue" => {
            let key = cx.constant("(name)", node);
            return cx.op(Op::Get, vec![base, key, base], node);
        }
        "key" | "offset" => Some(0),
        "element" => Some(1),
        _ => name.parse().ok().or_else(|| own.strip_prefix('@')?.parse().ok()),
    };
    match place {
        Some(place) => {
            let (key, place) = (cx.constant(name, node), cx.add(Node::Int(place), node));
            cx.op(Op::Member, vec![base, key, place], node)
        }
        None => cx.add(Node::Field(base, name.into()), node),
    }
}

/// A closure; `$0` and `$1` are its parameters where it names none.
pub(super) fn lambda<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut params = Vec::new();
    let kind = node.child_by_field_name("type");
    let list =
        kind.and_then(|kind| cx.kids(kind).into_iter().find(|kid| kid.kind().ends_with("_parameters")));
    for kid in list.map_or_else(Vec::new, |list| cx.kids(list)) {
        let name = kid.child_by_field_name("name").unwrap_or(kid);
        params.push(param(cx.text(name)));
    }
    let body = cx.kids(node).into_iter().find(|kid| kid.kind() == "statements");
    if params.is_empty() {
        let text = body.map_or("", |body| cx.text(body));
        for name in ["$0", "$1", "$2"] {
            if name == "$0" || text.contains(name) {
                params.push(param(name));
            }
        }
    }
    let body = match body {
        Some(body) => cx.lower(body),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

/// A pattern as a target.
pub(super) fn pattern<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if let Some(name) = node.child_by_field_name("bound_identifier") {
        return cx.name(cx.text(name), node);
    }
    let kids: Vec<Ts<'t>> =
        cx.kids(node).into_iter().filter(|kid| kid.kind() != "value_binding_pattern").collect();
    match kids[..] {
        [] => cx.name("_", node),
        [only] if !cx.text(node).starts_with('(') => cx.lower(only),
        _ => {
            let targets = cx.lower_all(&kids);
            cx.add(Node::List(targets), node)
        }
    }
}

/// What a case of a `switch` asks for.
pub(super) enum Case {
    Value(NodeId),
    Test(NodeId),
}

/// A case: a value, a range, a name for the subject, or a case of an enumeration with what it holds.
pub(super) fn case<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, subject: Option<NodeId>) -> Case {
    let text = cx.text(node).trim();
    let unknown = |cx: &mut Lowering<'t, '_>| Case::Test(cx.add(Node::Opaque(Vec::new()), node));
    let Some(subject) = subject else { return unknown(cx) };
    if let Some(rest) = text.strip_prefix("let .").or_else(|| text.strip_prefix('.')) {
        let name = rest.split('(').next().unwrap_or(rest).trim();
        let Some((_, inner)) = rest.split_once('(') else {
            return Case::Value(constant(cx, name, node));
        };
        let key = cx.constant("(case)", node);
        let found = cx.op(Op::Get, vec![subject, key], node);
        let wanted = cx.constant(name, node);
        let mut parts = Vec::new();
        for (place, word) in inner.trim_end_matches(')').split(',').enumerate().take(8) {
            let word = word.rsplit([' ', ':']).next().unwrap_or(word);
            let place = cx.add(Node::Int(i64::try_from(place).unwrap_or(0)), node);
            let value = cx.op(Op::Get, vec![subject, place], node);
            let target = cx.name(word, node);
            parts.push(cx.assign(target, value, true, node));
        }
        parts.push(cx.add(Node::Binary(BinaryOp::Eq, found, wanted), node));
        return Case::Test(cx.add(Node::Block(parts), node));
    }
    if let Some(name) = text.strip_prefix("let ").filter(|name| !name.contains(['(', ',', '.'])) {
        let target = cx.name(name, node);
        let bind = cx.assign(target, subject, true, node);
        let yes = cx.add(Node::Bool(true), node);
        return Case::Test(cx.add(Node::Block(vec![bind, yes]), node));
    }
    let inner = cx.kids(node).first().and_then(|pattern| cx.kids(*pattern).first().copied());
    match inner {
        Some(range) if range.kind() == "range_expression" => {
            let range = cx.lower(range);
            Case::Test(cx.add(Node::Binary(BinaryOp::In, subject, range), node))
        }
        Some(value) if value.kind() != "pattern" && value.kind() != "value_binding_pattern" => {
            Case::Value(cx.lower(value))
        }
        _ => unknown(cx),
    }
}
