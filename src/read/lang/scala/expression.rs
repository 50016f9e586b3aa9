//! Expressions.

use crate::read::ir::BinaryOp;
use crate::read::ir::Clause;
use crate::read::ir::Comprehension;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::chain::chain;
use crate::read::lang::curly;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::call;
use super::pattern;
use super::text;

/// Lowers an expression; `None` for any other kind.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" | "operator_identifier" | "type_identifier" => match cx.text(node) {
            "this" => cx.name("this", node),
            "Nil" => cx.add(Node::List(Vec::new()), node),
            "None" => cx.add(Node::Null, node),
            name => cx.name(name, node),
        },
        "wildcard" => {
            let place = cx.counter();
            cx.set_counter(place.saturating_add(1));
            cx.name(&format!("_{place}"), node)
        }
        "string" => cx.literal(node),
        "interpolated_string_expression" => text::interpolated(cx, node),
        "character_literal" => {
            let text = cx.literal(node);
            cx.op(Op::First, vec![text], node)
        }
        "integer_literal" => cx.add(literal::whole(cx.text(node)), node),
        "floating_point_literal" => match literal::float(cx.text(node).trim_end_matches(['d', 'D'])) {
            Some(value) => cx.add(Node::Float(value), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "boolean_literal" => {
            let truth = cx.text(node) == "true";
            cx.add(Node::Bool(truth), node)
        }
        "null_literal" | "unit" => cx.add(Node::Null, node),
        "block" | "indented_block" => curly::block(cx, node),
        "parenthesized_expression" | "finally_clause" | "interpolation" | "colon_argument" => cx.only(node),
        "tuple_expression" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "infix_expression" => infix(cx, node),
        "prefix_expression" => {
            let value = cx.only(node);
            let op = match cx.text(node) {
                not if not.starts_with('!') => UnaryOp::Not,
                minus if minus.starts_with('-') => UnaryOp::Neg,
                _ => UnaryOp::Plus,
            };
            cx.add(Node::Unary(op, value), node)
        }
        "postfix_expression" => match cx.kids(node)[..] {
            [value, name] => {
                let this = cx.lower(value);
                call::on(cx, this, cx.text(name), Vec::new(), node)
            }
            _ => cx.opaque(node),
        },
        "assignment_expression" => {
            let target = match node.child_by_field_name("left") {
                Some(left) => target(cx, left),
                None => cx.opaque(node),
            };
            let value = cx.expect_field(node, "right");
            cx.assign(target, value, false, node)
        }
        "if_expression" => {
            let (test, then) = (cx.expect_field(node, "condition"), cx.expect_field(node, "consequence"));
            let other = cx.lower_field(node, "alternative");
            cx.add(Node::If { test, then, other }, node)
        }
        "while_expression" | "do_while_expression" => {
            let body = cx.expect_field(node, "body");
            let test = cx.lower_field(node, "condition");
            let runs_first = node.kind() == "do_while_expression";
            cx.add(Node::While { before: None, test, after: None, body, runs_first }, node)
        }
        "for_expression" => walk(cx, node),
        "match_expression" => {
            let value = cx.expect_field(node, "value");
            match node.child_by_field_name("body") {
                Some(body) => pattern::cases(cx, value, body, node),
                None => value,
            }
        }
        "case_block" => pattern::function(cx, node),
        "try_expression" => attempt(cx, node),
        "return_expression" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "throw_expression" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Throw(value), node)
        }
        "lambda_expression" => lambda(cx, node),
        "field_expression" => call::field(cx, node),
        "call_expression" => call::lower(cx, node),
        "generic_function" => cx.expect_field(node, "function"),
        "instance_expression" => call::construct(cx, node),
        "ascription_expression" => match cx.kids(node).first() {
            Some(value) => cx.lower(*value),
            None => cx.opaque(node),
        },
        _ => return None,
    })
}

/// What an assignment changes.
fn target<'t>(cx: &mut Lowering<'t, '_>, left: Ts<'t>) -> NodeId {
    match left.kind() {
        "field_expression" => {
            let base = cx.expect_field(left, "value");
            let name = left.child_by_field_name("field").map_or("", |name| cx.text(name));
            cx.add(Node::Field(base, name.into()), left)
        }
        "call_expression" => {
            let base = cx.expect_field(left, "function");
            let list = left.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
            match list.first() {
                Some(index) => {
                    let index = cx.lower(*index);
                    cx.add(Node::Index(base, index), left)
                }
                None => base,
            }
        }
        _ => cx.lower(left),
    }
}

/// Operators and methods between their operands.
fn infix<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let parts = chain(cx, node);
    let plain = parts.rest.iter().all(|(sign, _)| chain::common_operator(sign).is_some());
    if plain && parts.rest.len() > 1 {
        return chain::binary(cx, node, chain::common_operator);
    }
    let Some(first) = parts.first else { return cx.opaque(node) };
    let mut left = cx.lower(first);
    for (sign, right) in parts.rest.into_iter().take(200) {
        let Some(right) = right else { continue };
        let right = call::argument(cx, right, !sign.starts_with(char::is_alphabetic));
        left = between(cx, left, sign, right, node);
    }
    left
}

fn between<'t>(cx: &mut Lowering<'t, '_>, left: NodeId, sign: &str, right: NodeId, node: Ts<'t>) -> NodeId {
    if let Some(op) = chain::common_operator(sign) {
        return cx.add(Node::Binary(op, left, right), node);
    }
    match sign {
        "->" => cx.add(Node::List(vec![left, right]), node),
        "+=" | "append" | "addOne" => {
            let sum = cx.op(Op::AddCode, vec![left, right], node);
            cx.assign(left, sum, false, node)
        }
        "++=" => {
            let sum = cx.op(Op::Concat, vec![left, right], node);
            let builder = cx.op(Op::AddCode, vec![left, right], node);
            let test = cx.op(Op::IsText, vec![left], node);
            let value = cx.add(Node::Choose { test, then: builder, other: sum }, node);
            cx.assign(left, value, false, node)
        }
        "-=" | "*=" | "/=" | "%=" | "^=" => {
            let op = sign.strip_suffix('=').and_then(chain::common_operator);
            cx.add(Node::Assign { target: left, value: right, op, declares: false }, node)
        }
        "++" | ":::" | "++:" => cx.op(Op::Concat, vec![left, right], node),
        ":+" => cx.op(Op::Appended, vec![left, right], node),
        "+:" | "::" => {
            let list = cx.add(Node::List(vec![left]), node);
            cx.op(Op::Concat, vec![list, right], node)
        }
        "+=:" => cx.op(Op::PushFront, vec![right, left], node),
        "to" => range(cx, Op::RangeClosed, left, right, node),
        "until" => range(cx, Op::Range, left, right, node),
        "by" => match cx.ir(left).clone() {
            Node::Do(op @ (Op::Range | Op::RangeClosed), mut operands) => {
                operands.truncate(2);
                operands.push(right);
                cx.op(op, operands, node)
            }
            _ => cx.add(Node::Opaque(vec![left, right]), node),
        },
        _ => call::on(cx, left, sign, vec![positional(right)], node),
    }
}

/// A range; one that starts with a character gives characters.
pub(super) fn range<'t>(cx: &mut Lowering<'t, '_>, op: Op, from: NodeId, to: NodeId, node: Ts<'t>) -> NodeId {
    let character =
        matches!(cx.ir(from), Node::Do(Op::First, operands) if matches!(cx.ir(operands[0]), Node::Text(_)));
    let range = cx.op(op, vec![from, to], node);
    if !character {
        return range;
    }
    let code = cx.name("a", node);
    let make = cx.op(Op::Chr, vec![code], node);
    let make = cx.lambda(&["a"], make, node);
    cx.op(Op::Map, vec![make, range], node)
}

/// `for (pattern <- list if test) body`, with `yield` or without.
fn walk<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut clauses: Vec<Clause> = Vec::new();
    let list = node.child_by_field_name("enumerators").filter(|list| list.is_named());
    let list = list.or_else(|| cx.kids(node).into_iter().find(|kid| kid.kind() == "enumerators"));
    for enumerator in list.map_or_else(Vec::new, |list| cx.kids(list)) {
        let kids = cx.kids(enumerator);
        let (guards, parts): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
            kids.into_iter().partition(|kid| kid.kind() == "guard");
        if let [target, value] = parts[..] {
            let target = pattern::target(cx, target);
            let mut iter = cx.lower(value);
            let binds = !cx.text(enumerator).contains("<-");
            iter = if binds {
                cx.add(Node::List(vec![iter]), value)
            } else {
                cx.op(Op::Pairs, vec![iter], value)
            };
            clauses.push(Clause { target, iter, tests: Vec::new() });
        }
        for guard in guards {
            let test = cx.expect_field(guard, "condition");
            if let Some(clause) = clauses.last_mut() {
                clause.tests.push(test);
            }
        }
    }
    let body = cx.expect_field(node, "body");
    let mut cursor = node.walk();
    let yields = node.children(&mut cursor).any(|kid| kid.kind() == "yield");
    if yields {
        return cx.add(Node::Comprehend { kind: Comprehension::List, element: body, clauses }, node);
    }
    let mut inner = body;
    for clause in clauses.into_iter().rev() {
        for test in clause.tests.into_iter().rev() {
            inner = cx.add(Node::If { test, then: inner, other: None }, node);
        }
        inner =
            cx.add(Node::For { target: clause.target, iter: clause.iter, body: inner, indexed: false }, node);
    }
    inner
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let body = cx.expect_field(node, "body");
    let (mut handlers, mut finally) = (Vec::new(), None);
    for kid in cx.kids(node) {
        match kid.kind() {
            "catch_clause" => {
                let name = format!("thrown@{}", kid.start_byte());
                let thrown = cx.name(&name, kid);
                let body = match cx.kids(kid).into_iter().find(|kid| kid.kind() == "case_block") {
                    Some(block) => pattern::cases(cx, thrown, block, kid),
                    None => cx.opaque(kid),
                };
                handlers.push(Handler { binds: Some(name.into()), body });
            }
            "finally_clause" => finally = Some(cx.lower(kid)),
            _ => {}
        }
    }
    cx.add(Node::Try { body, handlers, finally }, node)
}

fn lambda<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = node.child_by_field_name("parameters");
    let mut params = Vec::new();
    match list {
        Some(list) if list.kind() == "bindings" => {
            for kid in cx.kids(list) {
                let name = kid.child_by_field_name("name").map_or("_", |name| cx.text(name));
                params.push(param(name));
            }
        }
        Some(single) => params.push(param(cx.text(single).split(':').next().unwrap_or("_").trim())),
        None => {}
    }
    let list = list.map(|list| list.id());
    let mut kids = cx.kids_and_comments(node);
    kids.retain(|kid| Some(kid.id()) != list);
    let mut parts = curly::sequence(cx, &kids);
    let body = match parts.len() {
        1 => parts.remove(0),
        _ => cx.add(Node::Block(parts), node),
    };
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

/// Compares two values for a sort that goes down.
pub(super) fn less<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (a, b) = (cx.name("a", node), cx.name("b", node));
    let body = cx.add(Node::Binary(BinaryOp::Gt, a, b), node);
    cx.lambda(&["a", "b"], body, node)
}
