//! Expressions: the grammar wraps each in a node for every level of precedence.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::chain;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::command;
use super::statement;
use super::text;

/// How the kinds of arguments' expressions end, and those of others.
const ARGUMENT: &str = concat!("_", "argument", "_", "expression");
const PLAIN: &str = concat!("_", "expression");

/// The innermost node of a run of wrappers.
pub(super) fn core<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Ts<'t> {
    let mut at = node;
    loop {
        let wraps = matches!(
            at.kind(),
            "pipeline"
                | "pipeline_chain"
                | "string_literal"
                | "integer_literal"
                | "argument_expression"
                | "unary_expression"
                | "parenthesized_expression"
                | "key_expression"
                | "left_assignment_expression"
        ) || at.kind().ends_with(ARGUMENT)
            || matches!(
                at.kind(),
                "logical_expression"
                    | "bitwise_expression"
                    | "comparison_expression"
                    | "additive_expression"
                    | "multiplicative_expression"
                    | "format_expression"
                    | "range_expression"
                    | "array_literal_expression"
            );
        match cx.kids(at)[..] {
            [only] if wraps => at = only,
            _ => return at,
        }
    }
}

/// Lowers an expression; `None` for any other kind.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let inner = core(cx, node);
    if inner.id() != node.id() {
        return Some(cx.lower(inner));
    }
    let kind = node.kind().replace(ARGUMENT, PLAIN);
    let kids = cx.kids(node);
    Some(match kind.as_str() {
        "expandable_string_literal"
        | "expandable_here_string_literal"
        | "verbatim_string_characters"
        | "verbatim_here_string_characters" => text::string(cx, node),
        "decimal_integer_literal" | "hexadecimal_integer_literal" => match literal::integer(cx.text(node)) {
            Some(value) => cx.add(Node::Int(value), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "real_literal" => cx.add(Node::Float(literal::float(cx.text(node)).unwrap_or_default()), node),
        "variable" | "braced_variable" => variable(cx, node),
        "simple_name" | "generic_token" | "type_identifier" => cx.constant(cx.text(node).trim(), node),
        "array_literal_expression" => {
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "array_expression" => {
            let value = statement::outputs(cx, node);
            cx.op(Op::AsList, vec![value], node)
        }
        "sub_expression" => {
            let value = statement::outputs(cx, node);
            cx.op(Op::ToText, vec![value], node)
        }
        "hash_literal_expression" => hash(cx, node),
        "range_expression" => {
            let operands = cx.lower_all(&kids);
            cx.op(Op::Sequence, operands, node)
        }
        "format_expression" => {
            let [template, .., values] = kids[..] else { return Some(cx.opaque(node)) };
            let template = cx.lower(template);
            let values = core(cx, values);
            let mut operands = vec![template];
            match values.kind() {
                "array_literal_expression" => {
                    let items = cx.kids(values);
                    operands.extend(cx.lower_all(&items));
                }
                _ => {
                    let value = cx.lower(values);
                    let value = cx.op(Op::AsList, vec![value], node);
                    operands.push(cx.add(Node::Spread(value), node));
                }
            }
            cx.op(Op::FormatBrace, operands, node)
        }
        "comparison_expression" => compared(cx, node),
        "additive_expression" | "multiplicative_expression" | "logical_expression" | "bitwise_expression" => {
            chained(cx, node)
        }
        "expression_with_unary_operator" => unary(cx, node),
        "cast_expression" => match kids[..] {
            [kind, value] => {
                let kind = cx.text(kind).trim_matches(['[', ']']).to_ascii_lowercase();
                let value = cx.lower(value);
                cast(cx, &kind, value, node)
            }
            _ => cx.opaque(node),
        },
        "post_increment_expression"
        | "pre_increment_expression"
        | "post_decrement_expression"
        | "pre_decrement_expression" => step(cx, node),
        "element_access" => {
            let Some((base, keys)) = kids.split_first() else { return Some(cx.opaque(node)) };
            let base = cx.lower(*base);
            let several = keys.len() > 1
                || keys.iter().any(|key| {
                    core(cx, *key).kind().contains("range") || core(cx, *key).kind().contains("array")
                });
            let mut places = Vec::new();
            for key in keys {
                let value = cx.lower(*key);
                places.push(if several {
                    let list = cx.op(Op::AsList, vec![value], *key);
                    cx.add(Node::Spread(list), *key)
                } else {
                    value
                });
            }
            match places[..] {
                [only] if !several => cx.add(Node::Index(base, only), node),
                _ => cx.op(Op::Pick, std::iter::once(base).chain(places).collect(), node),
            }
        }
        "member_access" => command::member(cx, node),
        "invokation_expression" => command::invoked(cx, node),
        "invokation_foreach_expression" => command::invoked(cx, node),
        "command" => command::lower(cx, node, None),
        "pipeline" | "pipeline_chain" => command::pipeline(cx, node),
        "script_block_expression" => statement::script(cx, node),
        "type_literal" => cx.constant(cx.text(node), node),
        "parenthesized_expression" => cx.opaque(node),
        _ => return None,
    })
}

/// `$x`, `$_`, `$script:x`; names are one in any case.
pub(super) fn variable<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = cx.text(node).trim().trim_start_matches(['$', '@', '{']).trim_end_matches('}');
    let name = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
    match name.as_str() {
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "null" => cx.add(Node::Null, node),
        "psitem" => cx.name("$_", node),
        "this" => cx.name("this", node),
        _ => cx.name(&format!("${name}"), node),
    }
}

fn hash<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut pairs = Vec::new();
    let bodies = cx.kids(node);
    for entry in bodies.iter().flat_map(|body| cx.kids(*body)).collect::<Vec<_>>() {
        let kids = cx.kids(entry);
        let [key, .., value] = kids[..] else { continue };
        let (key, value) = (cx.lower(key), cx.lower(value));
        pairs.push(cx.add(Node::Pair(key, value), entry));
    }
    cx.add(Node::Map(pairs), node)
}

/// `a + b + c` and the like lean to the left.
fn chained<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut parts: Vec<Ts<'t>> = Vec::new();
    let mut operators = Vec::new();
    let mut at = node;
    loop {
        let kids = cx.kids(at);
        let [left, right] = kids[..] else {
            parts.push(at);
            break;
        };
        parts.push(right);
        let text = cx.source_text().get(left.end_byte()..right.start_byte()).unwrap_or_default();
        operators
            .push(text.trim().trim_start_matches(|c| c == '-' && text.trim().len() > 1).to_ascii_lowercase());
        if left.kind() != node.kind() || cx.kids(left).len() != 2 {
            parts.push(left);
            break;
        }
        at = left;
    }
    parts.reverse();
    operators.reverse();
    let operands = cx.lower_all(&parts);
    let known: Vec<BinaryOp> = operators
        .iter()
        .filter_map(|operator| match operator.as_str() {
            "band" => Some(BinaryOp::BitAnd),
            "bor" => Some(BinaryOp::BitOr),
            "bxor" => Some(BinaryOp::BitXor),
            "shl" => Some(BinaryOp::ShiftLeft),
            "shr" => Some(BinaryOp::ShiftRight),
            other => chain::common_operator(other),
        })
        .collect();
    if known.len() + 1 != operands.len() {
        return cx.add(Node::Opaque(operands), node);
    }
    if known.len() > 32 {
        return chain::balance(cx, operands, known[0], node);
    }
    let mut value = operands[0];
    for (op, right) in known.iter().zip(&operands[1..]) {
        value = cx.add(Node::Binary(*op, value, *right), node);
    }
    value
}

/// `-join`, `-split`, `-replace`, `-eq` …
fn compared<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let [left, operator, right] = kids[..] else {
        return match kids[..] {
            [left, right] => {
                let parts = vec![cx.lower(left), cx.lower(right)];
                cx.add(Node::Opaque(parts), node)
            }
            _ => cx.opaque(node),
        };
    };
    let operator = cx.text(operator).trim().trim_start_matches('-').to_ascii_lowercase();
    let plain = operator.strip_prefix(['c', 'i']).filter(|rest| {
        matches!(
            *rest,
            "eq" | "ne"
                | "gt"
                | "lt"
                | "ge"
                | "le"
                | "match"
                | "replace"
                | "split"
                | "like"
                | "contains"
                | "notmatch"
                | "in"
        )
    });
    let operator = plain.unwrap_or(&operator).to_owned();
    let value = cx.nested(node, |cx| cx.lower(left));
    let right = core(cx, right);
    if operator == "replace" {
        let pair = if right.kind().starts_with("array") { cx.kids(right) } else { vec![right] };
        let mut operands = vec![value];
        operands.extend(cx.lower_all(&pair));
        if operands.len() == 2 {
            operands.push(cx.constant("", node));
        }
        return on_each(cx, Op::ReplacePattern, operands, node);
    }
    let other = cx.lower(right);
    match operator.as_str() {
        "join" => {
            let list = cx.op(Op::AsList, vec![value], node);
            cx.op(Op::Join, vec![list, other], node)
        }
        "split" => match cx.ir(other).clone() {
            Node::Text(text) if text.is_empty() => cx.op(Op::Chars, vec![value], node),
            Node::Text(text) if text.len() == 1 => cx.op(Op::Split, vec![value, other], node),
            _ => cx.op(Op::SplitPattern, vec![value, other], node),
        },
        "match" => cx.op(Op::Found, vec![value, other], node),
        "contains" => cx.op(Op::Contains, vec![value, other], node),
        "in" => cx.op(Op::Contains, vec![other, value], node),
        _ => {
            let op = match operator.as_str() {
                "eq" => BinaryOp::Eq,
                "ne" => BinaryOp::Ne,
                "gt" => BinaryOp::Gt,
                "lt" => BinaryOp::Lt,
                "ge" => BinaryOp::Ge,
                "le" => BinaryOp::Le,
                _ => return cx.add(Node::Opaque(vec![value, other]), node),
            };
            cx.add(Node::Binary(op, value, other), node)
        }
    }
}

/// An operation on a text, or on each of a list.
fn on_each<'t>(cx: &mut Lowering<'t, '_>, op: Op, mut operands: Vec<NodeId>, at: Ts<'t>) -> NodeId {
    let value = std::mem::replace(&mut operands[0], cx.name("one", at));
    let body = cx.op(op, operands, at);
    let function = cx.lambda(&["one"], body, at);
    cx.op(Op::Broadcast, vec![function, value], at)
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let Some(inner) = kids.last().copied() else { return cx.opaque(node) };
    let sign = cx.source_text().get(node.start_byte()..inner.start_byte()).unwrap_or_default();
    let sign = sign.trim().to_ascii_lowercase();
    if inner.kind() == "cast_expression"
        || matches!(inner.kind(), "pre_increment_expression" | "pre_decrement_expression")
    {
        return cx.lower(inner);
    }
    if let [kind, _] = kids[..]
        && kind.kind() == "type_literal"
    {
        return cx.lower(inner);
    }
    let value = cx.lower(inner);
    match sign.as_str() {
        "-join" => {
            let (list, nothing) = (cx.op(Op::AsList, vec![value], node), cx.constant("", node));
            cx.op(Op::Join, vec![list, nothing], node)
        }
        "-split" => cx.op(Op::Split, vec![value], node),
        "," => cx.op(Op::ListOf, vec![value], node),
        "!" | "-not" => cx.add(Node::Unary(UnaryOp::Not, value), node),
        "-bnot" => cx.add(Node::Unary(UnaryOp::BitNot, value), node),
        "-" => cx.add(Node::Unary(UnaryOp::Neg, value), node),
        _ => value,
    }
}

/// `[char]65`, `[int]'7'`, `[char[]]'abc'`
pub(super) fn cast<'t>(cx: &mut Lowering<'t, '_>, kind: &str, value: NodeId, at: Ts<'t>) -> NodeId {
    let kind = kind.strip_prefix("system.").unwrap_or(kind);
    match kind {
        "char" => on_each(cx, Op::Chr, vec![value], at),
        "char[]" => cx.op(Op::Chars, vec![value], at),
        "int" | "int32" | "long" | "int64" | "byte" => on_each(cx, Op::ToInt, vec![value], at),
        "string" => cx.op(Op::ToText, vec![value], at),
        "void" => cx.op(Op::Nothing, vec![value], at),
        "array" | "string[]" | "object[]" => cx.op(Op::AsList, vec![value], at),
        "scriptblock" => value,
        _ => value,
    }
}

fn step<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(inner) = cx.kids(node).first().copied() else { return cx.opaque(node) };
    let target = cx.lower(inner);
    let down = node.kind().contains("decrement");
    let (op, back) = if down { (BinaryOp::Sub, BinaryOp::Add) } else { (BinaryOp::Add, BinaryOp::Sub) };
    let one = body::int(cx, 1, node);
    let set = cx.add(Node::Assign { target, value: one, op: Some(op), declares: false }, node);
    if node.kind().starts_with("pre") { set } else { cx.add(Node::Binary(back, set, one), node) }
}
