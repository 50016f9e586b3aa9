//! Expressions.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::curly;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::call;
use super::item;
use super::library;
use super::pattern;

/// Where a range without an end stops: nobody reads on that far.
const ENDLESS: i64 = 4096;

/// Lowers an expression; `None` for any other kind.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier"
        | "type_identifier"
        | "field_identifier"
        | "self"
        | "shorthand_field_identifier"
        | "primitive_type" => name(cx, node),
        "scoped_identifier" | "scoped_type_identifier" => path(cx, node),
        "generic_function" => cx.expect_field(node, "function"),
        "string_literal" | "raw_string_literal" | "char_literal" => cx.literal(node),
        "integer_literal" => number(cx, node),
        "float_literal" => {
            match literal::float(cx.text(node).trim_end_matches("f64").trim_end_matches("f32")) {
                Some(value) => cx.add(Node::Float(value), node),
                None => cx.add(Node::Opaque(Vec::new()), node),
            }
        }
        "boolean_literal" => cx.add(Node::Bool(cx.text(node) == "true"), node),
        "negative_literal" => {
            let value = cx.only(node);
            cx.add(Node::Unary(UnaryOp::Neg, value), node)
        }
        "unit_expression" => cx.add(Node::Null, node),
        "parenthesized_expression"
        | "try_expression"
        | "await_expression"
        | "unsafe_block"
        | "async_block"
        | "const_block"
        | "else_clause"
        | "try_block" => cx.only(node),
        "tuple_expression" => list(cx, node),
        "array_expression" => match node.child_by_field_name("length") {
            Some(length) => {
                let item = cx.kids(node).first().copied();
                let (count, item) = (cx.lower(length), item.map(|item| cx.lower(item)));
                cx.op(Op::NewFilled, [Some(count), item].into_iter().flatten().collect(), node)
            }
            None => list(cx, node),
        },
        "binary_expression" => chain::binary(cx, node, chain::common_operator),
        "unary_expression" => unary(cx, node),
        "reference_expression" => reference(cx, node),
        "type_cast_expression" => cast(cx, node),
        "range_expression" => range(cx, node),
        "index_expression" => index(cx, node),
        "field_expression" => {
            let base = cx.expect_field(node, "value");
            let field = node.child_by_field_name("field").map_or("", |field| cx.text(field));
            match field.parse::<i64>() {
                Ok(position) => {
                    let position = cx.add(Node::Int(position), node);
                    cx.add(Node::Index(base, position), node)
                }
                Err(_) => cx.add(Node::Field(base, field.into()), node),
            }
        }
        "assignment_expression" => {
            let (target, value) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
            cx.assign(target, value, false, node)
        }
        "compound_assignment_expr" => {
            let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
            let op = operator.strip_suffix('=').and_then(chain::common_operator);
            let (target, value) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
            cx.add(Node::Assign { target, value, op, declares: false }, node)
        }
        "call_expression" => call::lower(cx, node),
        "closure_expression" => closure(cx, node),
        "struct_expression" => structure(cx, node),
        "if_expression" => conditional(cx, node),
        "match_expression" => choose(cx, node),
        "while_expression" => curly::under_label(cx, label_of(cx, node), node, |cx| {
            let test = node.child_by_field_name("condition").map(|test| condition(cx, test));
            let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
            cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node)
        }),
        "loop_expression" => curly::under_label(cx, label_of(cx, node), node, |cx| {
            let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
            cx.add(Node::While { before: None, test: None, after: None, body, runs_first: false }, node)
        }),
        "for_expression" => curly::under_label(cx, label_of(cx, node), node, |cx| repeat(cx, node)),
        "return_expression" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "break_expression" => match cx.kids(node).into_iter().rfind(|kid| kid.kind() != "label") {
            Some(value) => {
                let value = cx.lower(value);
                let leave = curly::leave(cx, label_of(cx, node), true, node);
                cx.add(Node::Block(vec![value, leave]), node)
            }
            None => curly::leave(cx, label_of(cx, node), true, node),
        },
        "continue_expression" => curly::leave(cx, label_of(cx, node), false, node),
        "let_condition" | "let_chain" => condition(cx, node),
        _ => return None,
    })
}

fn list<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let items = cx.lower_all(&kids);
    cx.add(Node::List(items), node)
}

fn name<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.text(node) {
        "None" => cx.add(Node::Null, node),
        "Self" => {
            let own = cx.unaliased("Self").to_owned();
            cx.name(&own, node)
        }
        text if cx.kind_of(text) == "variant" => path_of(cx, text, node),
        text if node.kind() == "identifier" && cx.kind_of(text) == item::UNIT => {
            let class = cx.name(text, node);
            cx.call(class, Vec::new(), None, node)
        }
        text => cx.name(text, node),
    }
}

/// `Type::name`: a field of the type.
fn path<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let text = cx.text(node);
    // `<K>::new` and `K<V>::new` are both of K.
    let bare =
        |part: &'t str| part.trim_start_matches('<').split(['<', '>', ' ']).next().unwrap_or(part).trim();
    let mut parts = text.rsplit("::").map(|part| bare(part.trim()));
    let last = parts.next().unwrap_or(text);
    let base = parts.find(|part| !part.is_empty()).unwrap_or_default();
    let base = if base == "Self" { cx.unaliased("Self").to_owned() } else { base.to_owned() };
    if let Some(value) = library::constant(&base, last) {
        return cx.add(value, node);
    }
    if base.chars().next().is_some_and(char::is_uppercase) {
        let base = cx.name(&base, node);
        return cx.add(Node::Field(base, last.into()), node);
    }
    cx.name(last, node)
}

/// A variant that is used by its own name.
fn path_of<'t>(cx: &mut Lowering<'t, '_>, variant: &str, node: Ts<'t>) -> NodeId {
    let text = cx.source_text();
    let owner = text
        .split("enum ")
        .skip(1)
        .find(|part| part.split('}').next().is_some_and(|body| body.contains(variant)));
    let owner = owner.and_then(|part| part.split(['{', '<']).next()).unwrap_or_default().trim();
    let base = cx.name(owner, node);
    cx.add(Node::Field(base, variant.into()), node)
}

fn number<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let raw = cx.text(node);
    let suffix = ["usize", "isize", "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "u128", "i128"];
    let plain = suffix.iter().find_map(|suffix| raw.strip_suffix(suffix)).unwrap_or(raw);
    let hex = raw.starts_with("0x") && plain.len() < 4;
    let octal = plain.len() > 1 && plain.starts_with('0') && plain.bytes().all(|byte| byte.is_ascii_digit());
    let plain = if octal { plain.trim_start_matches('0') } else { plain };
    match literal::integer(if hex { raw } else { plain }).or_else(|| plain.is_empty().then_some(0)) {
        Some(value) => cx.add(Node::Int(value), node),
        None => cx.add(literal::whole(plain), node),
    }
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.only(node);
    match cx.text(node).chars().next() {
        Some('-') => cx.add(Node::Unary(UnaryOp::Neg, value), node),
        Some('!') => cx.add(Node::Unary(UnaryOp::Not, value), node),
        _ => value,
    }
}

/// `&mut name` stands for the variable; any other reference for the value.
fn reference<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "value");
    let changes = cx.text(node).trim_start_matches('&').trim_start().starts_with("mut ");
    if changes && matches!(cx.ir(value), Node::Name(_) | Node::Field(..) | Node::Index(..)) {
        return cx.op(Op::AddressOf, vec![value], node);
    }
    value
}

fn cast<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "value");
    match node.child_by_field_name("type").map_or("", |kind| cx.text(kind)) {
        "char" => cx.op(Op::Chr, vec![value], node),
        "u8" => {
            let (code, mask) = (cx.op(Op::CodeOf, vec![value], node), cx.add(Node::Int(0xff), node));
            cx.add(Node::Binary(BinaryOp::BitAnd, code, mask), node)
        }
        "f64" | "f32" => cx.op(Op::ToFloat, vec![value], node),
        _ => cx.op(Op::CodeOf, vec![value], node),
    }
}

/// `a..b`, `a..=b`, `a..`: numbers, or characters where the bounds are.
fn range<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (from, to, closed) = bounds(cx, node);
    let from = from.unwrap_or_else(|| cx.add(Node::Int(0), node));
    let to = to.unwrap_or_else(|| cx.add(Node::Int(ENDLESS), node));
    let numbers = cx.op(if closed { Op::RangeClosed } else { Op::Range }, vec![from, to], node);
    let letters = matches!(cx.ir(from), Node::Text(_)) || matches!(cx.ir(to), Node::Text(_));
    if letters {
        let text = cx.op(Op::Chr, vec![numbers], node);
        return cx.op(Op::Chars, vec![text], node);
    }
    numbers
}

/// The bounds of a range, and whether the last one belongs to it.
fn bounds<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> (Option<NodeId>, Option<NodeId>, bool) {
    let mut bounds = [None, None];
    let (mut side, mut closed) = (0, false);
    let mut cursor = node.walk();
    let kids: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    for kid in kids {
        match kid.kind() {
            ".." | "..." | "..=" => {
                closed = kid.kind() != "..";
                side = 1;
            }
            _ if kid.is_named() => bounds[side] = Some(cx.lower(kid)),
            _ => {}
        }
    }
    let [from, to] = bounds;
    (from, to, closed)
}

fn index<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let [base, at] = cx.kids(node)[..] else { return cx.opaque(node) };
    let base = cx.lower(base);
    if at.kind() != "range_expression" {
        let at = cx.lower(at);
        return cx.add(Node::Index(base, at), node);
    }
    let (from, to, closed) = bounds(cx, at);
    let to = match to {
        Some(to) if closed => {
            let one = cx.add(Node::Int(1), at);
            Some(cx.add(Node::Binary(BinaryOp::Add, to, one), at))
        }
        to => to,
    };
    cx.add(Node::Slice { base, from, to, step: None }, node)
}

fn closure<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = node.child_by_field_name("parameters");
    let (params, mut statements) = list.map_or_else(Default::default, |list| item::parameters(cx, list));
    // What a closure gives is an item of what is wanted around it.
    let wanted = cx.unaliased(item::EXPECTED).to_owned();
    let inner = wanted.split_once('<').map_or("", |(_, inner)| inner).trim_end_matches('>').to_owned();
    let body = item::expecting(cx, &inner, |cx| cx.expect_field(node, "body"));
    let body = if statements.is_empty() {
        body
    } else {
        statements.push(body);
        cx.add(Node::Block(statements), node)
    };
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

fn structure<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let callee = match node.child_by_field_name("name") {
        Some(name) => cx.lower(name),
        None => return cx.opaque(node),
    };
    let mut args = Vec::new();
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        match kid.kind() {
            "field_initializer" => {
                let name = kid.child_by_field_name("field").map(|field| cx.text(field).into());
                args.push(Arg { name, value: cx.expect_field(kid, "value"), spread: false });
            }
            "shorthand_field_initializer" => {
                let value = cx.name(cx.text(kid), kid);
                args.push(Arg { name: Some(cx.text(kid).into()), value, spread: false });
            }
            _ => args.push(positional(cx.lower(kid))),
        }
    }
    cx.call(callee, args, None, node)
}

/// A condition; `let` in it binds and tests.
pub(super) fn condition<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "let_condition" => {
            let value = cx.expect_field(node, "value");
            let Some(inner) = node.child_by_field_name("pattern") else { return value };
            let (bind, subject) = pattern::held(cx, value, node);
            let test = pattern::test(cx, inner, subject);
            cx.add(Node::Block(vec![bind, test]), node)
        }
        "let_chain" => {
            let kids = cx.kids(node);
            let tests: Vec<NodeId> = kids.into_iter().map(|kid| condition(cx, kid)).collect();
            let all =
                tests.into_iter().reduce(|all, test| cx.add(Node::Binary(BinaryOp::And, all, test), node));
            all.unwrap_or_else(|| cx.add(Node::Bool(true), node))
        }
        _ => cx.lower(node),
    }
}

fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let test = match node.child_by_field_name("condition") {
        Some(test) => condition(cx, test),
        None => cx.add(Node::Opaque(Vec::new()), node),
    };
    let then = cx.expect_field(node, "consequence");
    let other = cx.lower_field(node, "alternative");
    cx.add(Node::If { test, then, other }, node)
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = item::expecting(cx, "", |cx| cx.expect_field(node, "value"));
    let (bind, subject) = pattern::held(cx, value, node);
    let mut arms = Vec::new();
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        if kid.kind() == "match_arm" {
            arms.push(pattern::arm(cx, kid, subject));
        }
    }
    let whole = cx.add(Node::Match { subject: None, arms }, node);
    cx.add(Node::Block(vec![bind, whole]), node)
}

/// The label of a loop, or that a `break` or `continue` names.
fn label_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Option<&'t str> {
    cx.kids(node).into_iter().find(|kid| kid.kind() == "label").map(|label| cx.text(label))
}

fn repeat<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let iter = item::expecting(cx, "", |cx| cx.expect_field(node, "value"));
    let Some(left) = node.child_by_field_name("pattern") else { return cx.opaque(node) };
    let (target, test) = match pattern::target(cx, left) {
        Some(target) => (target, None),
        None => {
            let own = format!("item {}", left.start_byte());
            let subject = cx.name(&own, left);
            (subject, Some(pattern::test(cx, left, subject)))
        }
    };
    let mut body = curly::loop_body(cx, node.child_by_field_name("body"), node);
    if let Some(test) = test {
        body = cx.add(Node::Block(vec![test, body]), node);
    }
    cx.add(Node::For { target, iter, body, indexed: false }, node)
}
