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

use super::call;

/// The most operands of one concatenation.
const MOST_JOINED: usize = 20_000;

/// A literal's text.
pub(super) fn plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Node {
    let text = cx.text(node);
    if text.starts_with('[') {
        let open =
            text.find('[').and_then(|at| text[at + 1..].find('[').map(|next| at + next + 2)).unwrap_or(0);
        let inner = text.get(open..).unwrap_or_default();
        let end = inner.len().saturating_sub(open);
        let inner = inner.get(..end).unwrap_or(inner);
        return Node::Text(inner.strip_prefix('\n').unwrap_or(inner).into());
    }
    let inner = text.get(1..).unwrap_or_default();
    let closed = text.len() > 1 && text.ends_with(&text[..1]);
    let inner = if closed { inner.get(..inner.len() - 1).unwrap_or_default() } else { inner };
    Node::Text(unescape(inner).into())
}

/// Undoes escapes: decimal ones are Lua's own.
fn unescape(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let digits = rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
        let code = rest.strip_prefix("u{").and_then(|rest| rest.split_once('}'));
        if digits > 0 {
            bytes.extend(rest[..digits].parse::<u8>());
            rest = &rest[digits..];
        } else if let Some(tail) = rest.strip_prefix('z') {
            rest = tail.trim_start();
        } else if let Some((code, tail)) = code {
            let c = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
            bytes.extend(c.map(String::from).unwrap_or_default().into_bytes());
            rest = tail;
        } else {
            let end = if rest.starts_with('x') { 3 } else { rest.chars().next().map_or(0, char::len_utf8) };
            let end = rest.floor_char_boundary(end.min(rest.len()));
            let one = format!("\\{}", &rest[..end]);
            bytes.extend(literal::unescape_bytes(&one, literal::HexMeans::Byte));
            rest = &rest[end..];
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    literal::text_of(bytes)
}

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" | "vararg_expression" => cx.name(cx.text(node), node),
        "string" => cx.literal(node),
        "number" => match literal::integer(cx.text(node)) {
            Some(value) => cx.add(Node::Int(value), node),
            None => cx.add(Node::Float(literal::float(cx.text(node)).unwrap_or_default()), node),
        },
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "nil" => cx.add(Node::Null, node),
        "parenthesized_expression" => match cx.kids(node)[..] {
            [only] if only.kind() == "vararg_expression" => {
                let all = cx.lower(only);
                cx.op(Op::First, vec![all], node)
            }
            _ => cx.only(node),
        },
        "expression_list" => {
            let kids = cx.kids(node);
            match kids[..] {
                [only] => cx.lower(only),
                _ => {
                    let items = kids.iter().map(|kid| item(cx, *kid)).collect();
                    cx.add(Node::List(items), node)
                }
            }
        }
        "table_constructor" => table(cx, node),
        "dot_index_expression" => {
            let base = cx.expect_field(node, "table");
            let name = node.child_by_field_name("field").map_or("", |name| cx.text(name));
            cx.add(Node::Field(base, name.into()), node)
        }
        "method_index_expression" => {
            let base = cx.expect_field(node, "table");
            let name = node.child_by_field_name("method").map_or("", |name| cx.text(name));
            cx.add(Node::Field(base, name.into()), node)
        }
        "bracket_index_expression" => {
            let (base, index) = (cx.expect_field(node, "table"), cx.expect_field(node, "field"));
            cx.add(Node::Index(base, index), node)
        }
        "unary_expression" => unary(cx, node),
        "binary_expression" => binary(cx, node),
        "function_call" => call::lower(cx, node),
        _ => return None,
    })
}

/// A value among several: `...` and `unpack` are opened.
pub(super) fn item<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let opens = match node.kind() {
        "vararg_expression" => true,
        "function_call" => {
            node.child_by_field_name("name").is_some_and(|name| cx.text(name).ends_with("unpack"))
        }
        _ => false,
    };
    let value = cx.lower(node);
    if opens { cx.add(Node::Spread(value), node) } else { value }
}

/// `{…}`: a list where nothing has a key.
fn table<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let fields = cx.kids(node);
    let keyed = fields.iter().any(|field| field.child_by_field_name("name").is_some());
    let mut items = Vec::new();
    let mut next = 1;
    for field in fields {
        let Some(value) = field.child_by_field_name("value") else {
            items.push(cx.lower(field));
            continue;
        };
        let key = match field.child_by_field_name("name") {
            Some(name) if name.kind() == "identifier" && !cx.text(field).starts_with('[') => {
                cx.constant(cx.text(name), name)
            }
            Some(name) => cx.lower(name),
            None if keyed => {
                next += 1;
                body::int(cx, next - 1, field)
            }
            None => {
                items.push(item(cx, value));
                continue;
            }
        };
        let value = cx.lower(value);
        items.push(cx.add(Node::Pair(key, value), field));
    }
    cx.add(if keyed { Node::Map(items) } else { Node::List(items) }, node)
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "operand");
    let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
        "-" => UnaryOp::Neg,
        "#" => return cx.op(Op::Length, vec![value], node),
        "not" => {
            let value = body::present(cx, value, node);
            return cx.add(Node::Unary(UnaryOp::Not, value), node);
        }
        _ => UnaryOp::BitNot,
    };
    cx.add(Node::Unary(op, value), node)
}

fn meaning(operator: &str) -> Option<BinaryOp> {
    Some(match operator {
        "~=" => BinaryOp::Ne,
        "^" => BinaryOp::Pow,
        "~" => BinaryOp::BitXor,
        ".." => BinaryOp::Add,
        _ => return chain::common_operator(operator),
    })
}

fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = operator_of(cx, node);
    match operator {
        ".." if !says_joining(cx) => joined(cx, node),
        "or" => match node.child_by_field_name("left") {
            Some(left) if left.kind() == "binary_expression" && operator_of(cx, left) == "and" => {
                cx.nested(node, |cx| {
                    let test = cx.expect_field(left, "left");
                    let test = body::present(cx, test, node);
                    let (then, other) = (cx.expect_field(left, "right"), cx.expect_field(node, "right"));
                    cx.add(Node::Choose { test, then, other }, node)
                })
            }
            _ => chain::binary(cx, node, meaning),
        },
        _ => chain::binary(cx, node, meaning),
    }
}

/// Whether the region says itself what joining does; looked up once.
fn says_joining(cx: &mut Lowering<'_, '_>) -> bool {
    if cx.counter() == 0 {
        let says = cx.source_text().contains(super::library::CONCAT);
        cx.set_counter(if says { 2 } else { 1 });
    }
    cx.counter() == 2
}

fn operator_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |operator| cx.text(operator))
}

/// `a .. b .. c` leans to the right.
fn joined<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut parts = Vec::new();
    let mut at = Some(node);
    while let Some(part) = at {
        if part.kind() != "binary_expression" || operator_of(cx, part) != ".." || parts.len() > MOST_JOINED {
            parts.push(cx.lower(part));
            break;
        }
        parts.push(cx.expect_field(part, "left"));
        at = part.child_by_field_name("right");
    }
    cx.add(Node::Concat(parts), node)
}
