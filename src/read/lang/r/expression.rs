//! Expressions; statements are expressions too.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::chain;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::generic;

/// Operators beyond this many in a row are no formula of vectors.
const MOST_CHAINED: usize = 32;

/// A literal's text.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let text = cx.text(node);
    if text.starts_with(['r', 'R']) {
        let inner = text.get(1..).unwrap_or_default().trim_matches(['"', '\'']);
        let inner =
            inner.trim_matches('-').trim_start_matches(['(', '[', '{']).trim_end_matches([')', ']', '}']);
        return Node::Text(inner.into());
    }
    let Some(content) = node.child_by_field_name("content") else { return Node::Text("".into()) };
    let raw = cx.text(content);
    let code = raw.contains("\\u{").then(|| raw.replace("\\u{", "\\u").replace('}', ""));
    Node::Text(literal::unescape(code.as_deref().unwrap_or(raw), literal::HexMeans::Code).into())
}

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "program" => {
            let classes = generic::classes(cx, node);
            let own = block(cx, node);
            if classes.is_empty() {
                own
            } else {
                cx.add(Node::Block(classes.into_iter().chain([own]).collect()), node)
            }
        }
        "braced_expression" => block(cx, node),
        "parenthesized_expression" => cx.only(node),
        "identifier" | "dots" | "dot_dot_i" => match cx.text(node) {
            "T" => cx.add(Node::Bool(true), node),
            "F" => cx.add(Node::Bool(false), node),
            "LETTERS" | "letters" => {
                let (from, to) = if cx.text(node) == "letters" { ("a", "z") } else { ("A", "Z") };
                let (from, to) = (cx.constant(from, node), cx.constant(to, node));
                cx.op(Op::RangeClosed, vec![from, to], node)
            }
            name => cx.name(name.trim_matches('`'), node),
        },
        "string" => cx.literal(node),
        "integer" | "float" | "complex" => number(cx, node),
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "null" | "na" | "nan" | "inf" => cx.add(Node::Null, node),
        "binary_operator" => binary(cx, node),
        "unary_operator" => {
            let value = cx.expect_field(node, "rhs");
            match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
                "-" => match *cx.ir(value) {
                    Node::Int(_) | Node::Float(_) => cx.add(Node::Unary(UnaryOp::Neg, value), node),
                    _ => {
                        let zero = body::int(cx, 0, node);
                        broadcast(cx, BinaryOp::Sub, zero, value, node)
                    }
                },
                "!" => cx.add(Node::Unary(UnaryOp::Not, value), node),
                _ => value,
            }
        }
        "extract_operator" => {
            let base = cx.expect_field(node, "lhs");
            let name = node.child_by_field_name("rhs").map_or("", |name| cx.text(name));
            cx.add(Node::Field(base, name.trim_matches(['`', '"']).into()), node)
        }
        "namespace_operator" => cx.expect_field(node, "rhs"),
        "subset" | "subset2" => subset(cx, node),
        "call" => call::lower(cx, node),
        "function_definition" => function(cx, node, None, Vec::new()),
        "if_statement" => {
            let test = cx.expect_field(node, "condition");
            let then = cx.expect_field(node, "consequence");
            let other = cx.lower_field(node, "alternative");
            cx.add(Node::If { test, then, other }, node)
        }
        "for_statement" => {
            let target = cx.expect_field(node, "variable");
            let values = cx.expect_field(node, "sequence");
            let values = cx.op(Op::Values, vec![values], node);
            let iter = cx.op(Op::AsList, vec![values], node);
            let inner = cx.expect_field(node, "body");
            body::each(cx, target, iter, inner, node)
        }
        "while_statement" | "repeat_statement" => {
            let test = cx.lower_field(node, "condition");
            let body = cx.expect_field(node, "body");
            cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node)
        }
        "break" => cx.add(Node::Break, node),
        "next" => cx.add(Node::Continue, node),
        "comma" => cx.op(Op::Nothing, Vec::new(), node),
        _ => return None,
    })
}

fn number<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let text = cx.text(node).trim_end_matches(['L', 'i']);
    match literal::integer(text).or_else(|| literal::float(text).filter(|f| f.fract() == 0.0).and_then(whole))
    {
        Some(value) => cx.add(Node::Int(value), node),
        None => cx.add(Node::Float(literal::float(text).unwrap_or_default()), node),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn whole(value: f64) -> Option<i64> {
    (value.abs() < 9.0e15).then_some(value as i64)
}

/// Statements in order; a function gets the comments above it.
fn block<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut out = Vec::new();
    let mut above: Vec<&'t str> = Vec::new();
    for kid in cx.kids_and_comments(node) {
        if kid.kind() == "comment" {
            above.push(cx.comment_text(kid));
            out.push(cx.comment(kid));
            continue;
        }
        let around = std::mem::take(&mut above);
        let right = kid.child_by_field_name("rhs").filter(|right| right.kind() == "function_definition");
        out.push(match (right, kid.child_by_field_name("lhs")) {
            (Some(right), Some(left)) if left.kind() == "identifier" => {
                let name = cx.text(left).trim_matches('`');
                cx.remember(name, "function");
                function(cx, right, Some(name), around)
            }
            _ => cx.lower(kid),
        });
    }
    cx.add(Node::Block(out), node)
}

pub(super) fn function<'t>(
    cx: &mut Lowering<'t, '_>,
    node: Ts<'t>,
    name: Option<&'t str>,
    above: Vec<&'t str>,
) -> NodeId {
    let mut params = Vec::new();
    for kid in
        node.child_by_field_name("parameters").map_or_else(Vec::new, |list| cx.fields(list, "parameter"))
    {
        let own = kid.child_by_field_name("name").map_or("", |name| cx.text(name));
        let default = cx.lower_field(kid, "default");
        params.push(Param { name: own.into(), default, rest: own == "..." });
    }
    let inner = node.child_by_field_name("body");
    let inside: Vec<Ts<'t>> = std::iter::once(node).chain(inner).collect();
    let comment = body::comment_of(cx, above, &inside);
    let body = match inner {
        Some(inner) => cx.lower(inner),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    cx.add(Node::Function { name: name.map(Box::from), params, body, comment, generator: false }, node)
}

fn operator_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |operator| cx.text(operator))
}

fn meaning(operator: &str) -> Option<BinaryOp> {
    Some(match operator {
        "^" => BinaryOp::Pow,
        "%%" => BinaryOp::Mod,
        "%/%" => BinaryOp::FloorDiv,
        "%in%" => BinaryOp::In,
        "|" => BinaryOp::Or,
        "&" => BinaryOp::And,
        _ => return chain::common_operator(operator),
    })
}

fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = operator_of(cx, node);
    let (Some(left), Some(right)) = (node.child_by_field_name("lhs"), node.child_by_field_name("rhs")) else {
        return cx.opaque(node);
    };
    match operator {
        "<-" | "=" | ":=" => return assignment(cx, left, right, true, node),
        "<<-" => return assignment(cx, left, right, false, node),
        "->" => return assignment(cx, right, left, true, node),
        "->>" => return assignment(cx, right, left, false, node),
        "|>" | "%>%" => return call::piped(cx, left, right, node),
        ":" => {
            let operands = vec![cx.lower(left), cx.lower(right)];
            return cx.op(Op::Sequence, operands, node);
        }
        _ => {}
    }
    // Long chains are no formulas of vectors; they are put together without recursion.
    let mut operands = Vec::new();
    let mut operators = Vec::new();
    let mut at = node;
    loop {
        operands.extend(at.child_by_field_name("rhs"));
        operators.push(operator_of(cx, at));
        match at.child_by_field_name("lhs") {
            Some(next) if next.kind() == "binary_operator" && meaning(operator_of(cx, next)).is_some() => {
                at = next
            }
            Some(next) => {
                operands.push(next);
                break;
            }
            None => break,
        }
    }
    operands.reverse();
    operators.reverse();
    let operands = cx.lower_all(&operands);
    let known: Vec<BinaryOp> = operators.iter().filter_map(|operator| meaning(operator)).collect();
    if known.len() + 1 != operands.len() {
        return cx.add(Node::Opaque(operands), node);
    }
    if known.len() > MOST_CHAINED {
        return chain::balance(cx, operands, known[0], node);
    }
    let mut value = operands[0];
    for (op, right) in known.iter().zip(&operands[1..]) {
        value = broadcast(cx, *op, value, *right, node);
    }
    value
}

/// An operator on each pair of items.
fn broadcast<'t>(cx: &mut Lowering<'t, '_>, op: BinaryOp, a: NodeId, b: NodeId, at: Ts<'t>) -> NodeId {
    if matches!(op, BinaryOp::In | BinaryOp::And | BinaryOp::Or) {
        return cx.add(Node::Binary(op, a, b), at);
    }
    let (x, y) = (cx.name("a", at), cx.name("b", at));
    let body = cx.add(Node::Binary(op, x, y), at);
    let function = cx.lambda(&["a", "b"], body, at);
    cx.op(Op::Broadcast, vec![function, a, b], at)
}

fn assignment<'t>(
    cx: &mut Lowering<'t, '_>,
    left: Ts<'t>,
    right: Ts<'t>,
    declares: bool,
    node: Ts<'t>,
) -> NodeId {
    if let Some(id) = (left.kind() == "call").then(|| set_names(cx, left, right, node)).flatten() {
        return id;
    }
    if left.kind() == "identifier" && right.kind() == "function_definition" {
        cx.remember(cx.text(left), "function");
    }
    let value = cx.lower(right);
    let target = match left.kind() {
        "string" => cx.name(cx.text(left).trim_matches(['"', '\'']), left),
        "subset" | "subset2" => {
            let base = cx.expect_field(left, "function");
            let list = left.child_by_field_name("arguments");
            let keys = list.map_or_else(Vec::new, |list| cx.fields(list, "argument"));
            match keys[..] {
                [only] => {
                    let key = cx.expect_field(only, "value");
                    cx.add(Node::Index(base, key), left)
                }
                [row, column] => {
                    let (row, column) = (cx.expect_field(row, "value"), cx.expect_field(column, "value"));
                    let inner = cx.add(Node::Index(base, column), left);
                    cx.add(Node::Index(inner, row), left)
                }
                _ => base,
            }
        }
        _ => cx.lower(left),
    };
    cx.assign(target, value, declares, node)
}

/// `names(x) <- …`, `substr(x, i, j) <- …`
fn set_names<'t>(cx: &mut Lowering<'t, '_>, left: Ts<'t>, right: Ts<'t>, node: Ts<'t>) -> Option<NodeId> {
    let name = cx.text(left.child_by_field_name("function")?);
    let args = cx.fields(left.child_by_field_name("arguments")?, "argument");
    let place = cx.expect_field(*args.first()?, "value");
    let value = cx.lower(right);
    match name {
        "class" | "oldClass" => {
            let whole = generic::of_class(cx, place, right, node);
            Some(cx.assign(place, whole, false, node))
        }
        "names" => {
            let values = cx.op(Op::Values, vec![place], node);
            let pairs = cx.op(Op::Zip, vec![value, values], node);
            let map = cx.op(Op::NewMap, vec![pairs], node);
            Some(cx.assign(place, map, true, node))
        }
        _ => Some(cx.add(Node::Opaque(vec![place, value]), node)),
    }
}

/// `x[i]`, `x[[i]]`, `m[i, j]`, `m[i, ]`, `m[, j]`
fn subset<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let base = cx.expect_field(node, "function");
    let Some(list) = node.child_by_field_name("arguments") else { return base };
    let args = cx.fields(list, "argument");
    let comma = cx.kids(list).into_iter().find(|kid| kid.kind() == "comma");
    match (&args[..], comma) {
        ([only], None) => {
            let key = cx.expect_field(*only, "value");
            cx.op(Op::Element, vec![base, key], node)
        }
        ([only], Some(comma)) => {
            let key = cx.expect_field(*only, "value");
            if only.start_byte() > comma.start_byte() {
                return cx.op(Op::Element, vec![base, key], node);
            }
            cx.op(Op::Column, vec![base, key], node)
        }
        ([row, column, ..], Some(_)) => {
            let (row, column) = (cx.expect_field(*row, "value"), cx.expect_field(*column, "value"));
            let inner = cx.op(Op::Element, vec![base, column], node);
            cx.op(Op::Element, vec![inner, row], node)
        }
        _ => base,
    }
}
