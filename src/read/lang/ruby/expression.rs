//! Expressions.

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
use crate::read::lang::lowering::positional;

use super::block;
use super::call;
use super::text;

/// Lowers an expression; `None` for any other kind.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" => identifier(cx, node),
        "constant" | "global_variable" => cx.name(cx.text(node), node),
        "self" => cx.name("self", node),
        "instance_variable" | "class_variable" => {
            let this = cx.name("self", node);
            let name = cx.text(node).replacen("@@", "@", 1);
            cx.add(Node::Field(this, name.into()), node)
        }
        "string" | "bare_string" => text::string(cx, node),
        "character" => cx.literal(node),
        "subshell" => cx.literal(node),
        "chained_string" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.add(Node::Concat(parts), node)
        }
        "heredoc_beginning" => text::heredoc(cx, node),
        "heredoc_body" => stray_heredoc(cx, node),
        "simple_symbol" | "hash_key_symbol" | "bare_symbol" | "delimited_symbol" => {
            let name = text::symbol(cx, node);
            let inner = cx.kids(node).into_iter().find(|kid| kid.kind() == "interpolation");
            match inner {
                Some(_) => cx.opaque(node),
                None => cx.constant(name, node),
            }
        }
        "string_array" | "symbol_array" | "array" | "right_assignment_list" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "integer" => cx.add(literal::whole(cx.text(node)), node),
        "float" | "rational" | "complex" => {
            let value = literal::float(cx.text(node)).unwrap_or_default();
            cx.add(Node::Float(value), node)
        }
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "nil" => cx.add(Node::Null, node),
        "hash" => {
            let kids = cx.kids(node);
            let pairs = cx.lower_all(&kids);
            cx.add(Node::Map(pairs), node)
        }
        "pair" => {
            let key = cx.expect_field(node, "key");
            let value = match node.child_by_field_name("value") {
                Some(value) => cx.lower(value),
                None => {
                    let name = node.child_by_field_name("key").map_or("", |key| cx.text(key));
                    cx.name(name, node)
                }
            };
            cx.add(Node::Pair(key, value), node)
        }
        "splat_argument" | "hash_splat_argument" => {
            let inner = cx.only(node);
            cx.add(Node::Spread(inner), node)
        }
        "binary" => binary(cx, node),
        "unary" => unary(cx, node),
        "conditional" => {
            let test = cx.expect_field(node, "condition");
            let test = body::present(cx, test, node);
            let (then, other) = (cx.expect_field(node, "consequence"), cx.expect_field(node, "alternative"));
            cx.add(Node::Choose { test, then, other }, node)
        }
        "element_reference" => element(cx, node),
        "range" => range(cx, node),
        "regex" => {
            let text = cx.text(node);
            let end = text.rfind(['/', '}', ')', ']', '!', '|']).unwrap_or(text.len());
            let start = if text.starts_with("%r") { 3 } else { 1 };
            let flags = text.get(end + 1..).unwrap_or_default();
            let flags = if flags.contains('i') { "(?i)" } else { "" };
            let inner = text.get(start..end.max(start)).unwrap_or_default();
            cx.constant(&format!("{flags}{}", inner.replace("\\/", "/")), node)
        }
        "interpolation" => cx.only(node),
        "scope_resolution" => {
            let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
            match node.child_by_field_name("scope") {
                Some(scope) => {
                    let base = cx.lower(scope);
                    cx.add(Node::Field(base, name.into()), node)
                }
                None => cx.name(name, node),
            }
        }
        "lambda" => block::lambda(cx, node),
        "call" | "super" | "yield" => call::lower(cx, node),
        "argument_list" => cx.only(node),
        _ => return None,
    })
}

/// The value of a pattern that is an expression.
pub(super) fn value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    cx.lower(node)
}

/// A variable, or a call of a method that the program defines.
fn identifier<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = cx.text(node);
    if call::is_method(cx, name) || super::library::BARE.contains(&name) {
        return call::bare(cx, name, node);
    }
    cx.name(name, node)
}

/// A heredoc's body is lowered at its mark; one that no mark found is kept.
fn stray_heredoc<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if cx.is_seen(node) {
        return cx.op(Op::Nothing, Vec::new(), node);
    }
    text::string(cx, node)
}

fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    if let Some(id) = redefined(cx, node) {
        return id;
    }
    let op = match operator {
        "<=>" => Some(Op::Compare),
        "=~" => Some(Op::Match),
        "*" if node.child_by_field_name("right").is_some_and(|right| right.kind() == "string") => {
            Some(Op::Join)
        }
        _ => None,
    };
    if let Some(op) = op {
        let operands = vec![cx.expect_field(node, "left"), cx.expect_field(node, "right")];
        return cx.op(op, operands, node);
    }
    match operator {
        "<<" => pushes(cx, node),
        "!~" => {
            let operands = vec![cx.expect_field(node, "left"), cx.expect_field(node, "right")];
            let found = cx.op(Op::Match, operands, node);
            cx.add(Node::Unary(UnaryOp::Not, found), node)
        }
        "===" => {
            let (a, b) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
            cx.add(Node::Binary(BinaryOp::Eq, b, a), node)
        }
        _ => chain::binary(cx, node, chain::common_operator),
    }
}

/// An operator that the region itself defines is a method.
fn redefined<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let operator = cx.text(node.child_by_field_name("operator")?);
    let sign = operator.bytes().all(|byte| byte.is_ascii_punctuation())
        && !matches!(operator, "+" | "==" | "&&" | "||" | "<=>");
    if !sign || !cx.source_text().contains(&format!("def {operator}")) {
        return None;
    }
    let chain = chain::chain(cx, node);
    if chain.rest.iter().any(|(other, _)| *other != operator) {
        return None;
    }
    let mut left = cx.lower(chain.first?);
    for right in chain.rest.iter().map(|(_, right)| *right) {
        let right = cx.lower(right?);
        let callee = cx.add(Node::Field(left, operator.into()), node);
        left = cx.call(callee, vec![positional(right)], None, node);
    }
    Some(left)
}

/// `x << a << b`: each is pushed onto the leftmost, which may be a text and is stored back.
fn pushes<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let chain = chain::chain(cx, node);
    let same = chain.rest.iter().all(|(operator, _)| *operator == "<<");
    let number = chain.rest.iter().any(|(_, right)| right.is_some_and(|right| right.kind() == "integer"));
    if !same || (number && chain.rest.len() == 1) {
        return chain::binary(cx, node, chain::common_operator);
    }
    let mut operands = Vec::new();
    for part in std::iter::once(chain.first).chain(chain.rest.iter().map(|(_, right)| *right)).flatten() {
        operands.push(cx.lower(part));
    }
    match operands[..] {
        [left, right] => cx.add(Node::Binary(BinaryOp::ShiftLeft, left, right), node),
        _ => cx.op(Op::Push, operands, node),
    }
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "operand");
    let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
        "-" => UnaryOp::Neg,
        "~" => UnaryOp::BitNot,
        "!" | "not" => {
            let value = body::present(cx, value, node);
            return cx.add(Node::Unary(UnaryOp::Not, value), node);
        }
        "defined?" => return cx.op(Op::Present, vec![value], node),
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

/// `x[i]`, `x[from, count]`, `x[a..b]`.
fn element<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let base = cx.expect_field(node, "object");
    let object = node.child_by_field_name("object").map(|object| object.id());
    let kids: Vec<Ts<'t>> = cx.kids(node).into_iter().filter(|kid| Some(kid.id()) != object).collect();
    match kids[..] {
        [only] if only.kind() == "range" => slice(cx, base, only, node),
        [only] => {
            let index = cx.lower(only);
            if matches!(cx.ir(base), Node::Name(name) if matches!(&**name, "Hash" | "Set")) {
                return cx.op(Op::NewMap, vec![index], node);
            }
            cx.add(Node::Index(base, index), node)
        }
        [from, count] => {
            let (from, count) = (cx.lower(from), cx.lower(count));
            cx.op(Op::Substr, vec![base, from, count], node)
        }
        _ => cx.opaque(node),
    }
}

/// A closed or half-open range as the bounds of a slice.
fn slice<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, range: Ts<'t>, at: Ts<'t>) -> NodeId {
    let from = cx.lower_field(range, "begin");
    let to = cx.lower_field(range, "end");
    let open = range.child_by_field_name("operator").is_some_and(|operator| cx.text(operator) == "...");
    let to = match to {
        Some(to) if !open => match *cx.ir(to) {
            Node::Unary(UnaryOp::Neg, inner) if matches!(cx.ir(inner), Node::Int(1)) => None,
            _ => {
                let one = body::int(cx, 1, at);
                Some(cx.add(Node::Binary(BinaryOp::Add, to, one), at))
            }
        },
        other => other,
    };
    cx.add(Node::Slice { base, from, to, step: None }, at)
}

fn range<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let from = match cx.lower_field(node, "begin") {
        Some(from) => from,
        None => body::int(cx, 0, node),
    };
    let open = node.child_by_field_name("operator").is_some_and(|operator| cx.text(operator) == "...");
    let to = match cx.lower_field(node, "end") {
        Some(to) => to,
        None => body::int(cx, 2000, node),
    };
    cx.op(if open { Op::Range } else { Op::RangeClosed }, vec![from, to], node)
}
