//! Calls: `f(x)`, `t.f(x)`, `t:f(x)`.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::library as rows;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::expression;
use super::library;
use super::pattern;

/// Lowers a call. A method gets its receiver as first argument.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(callee) = node.child_by_field_name("name") else { return cx.opaque(node) };
    let kids = node.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
    let target = cx.lower(callee);
    let args = arguments(cx, &kids);
    match (callee.kind(), cx.ir(target).clone()) {
        ("method_index_expression", Node::Field(base, name)) => {
            let own = method(cx, base, &name, &args, node);
            let mut all = vec![positional(base)];
            all.extend(args);
            match own {
                Some(library) => cx.call(target, all, Some(library), node),
                None => cx.call(target, all, None, node),
            }
        }
        ("dot_index_expression", Node::Field(base, name)) => {
            let module = match cx.ir(base) {
                Node::Name(module) => module.to_string(),
                _ => String::new(),
            };
            if module == "string" || module == "utf8" {
                let (this, rest) =
                    args.split_first().map_or((None, &args[..]), |(this, rest)| (Some(this.value), rest));
                if !matches!(&*name, "char" | "format")
                    && let Some(this) = this
                    && let Some(library) = method(cx, this, &name, rest, node)
                {
                    return cx.op(library.op, library.operands, node);
                }
            }
            let full = format!("{module}.{name}");
            function(cx, &full, target, args, node)
        }
        (_, Node::Name(name)) => function(cx, &name, target, args, node),
        _ => cx.call(target, args, None, node),
    }
}

fn arguments<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>]) -> Vec<Arg> {
    let mut args = Vec::new();
    for kid in kids {
        let value = expression::item(cx, *kid);
        args.push(match *cx.ir(value) {
            Node::Spread(inner) => Arg { name: None, value: inner, spread: true },
            _ => positional(value),
        });
    }
    args
}

fn function<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    callee: NodeId,
    args: Vec<Arg>,
    node: Ts<'t>,
) -> NodeId {
    if cx.defines(name) {
        return cx.call(callee, args, None, node);
    }
    let value = |at: usize| args.get(at).map(|arg| arg.value);
    match (name, args.len()) {
        ("coroutine.yield", _) => return cx.add(Node::Yield(value(0), false), node),
        ("error", _) => return cx.add(Node::Throw(value(0)), node),
        ("select", 2) => {
            if let (Some(first), Some(rest)) = (value(0), value(1)) {
                if matches!(cx.ir(first), Node::Text(_)) {
                    return cx.op(Op::Length, vec![rest], node);
                }
                let one = body::int(cx, 1, node);
                let count = cx.add(Node::Binary(BinaryOp::Sub, first, one), node);
                return cx.op(Op::Drop, vec![rest, count], node);
            }
        }
        ("select", 3..) => {
            let rest: Vec<NodeId> = args.iter().skip(1).map(|arg| arg.value).collect();
            let (list, one) = (cx.add(Node::List(rest), node), body::int(cx, 1, node));
            let first = args[0].value;
            let count = cx.add(Node::Binary(BinaryOp::Sub, first, one), node);
            return cx.op(Op::Drop, vec![list, count], node);
        }
        ("pcall" | "xpcall", 1..) => {
            let yes = cx.add(Node::Bool(true), node);
            let given = args.iter().map(|arg| arg.value).collect();
            let run = cx.op(Op::Apply, given, node);
            return cx.add(Node::List(vec![yes, run]), node);
        }
        ("coroutine.resume", 1..) => {
            let yes = cx.add(Node::Bool(true), node);
            let next = args.first().map(|arg| cx.op(Op::Next, vec![arg.value], node));
            return cx.add(Node::List(std::iter::once(yes).chain(next).collect()), node);
        }
        ("table.concat", 3..) => {
            if let (Some(list), Some(separator), Some(from)) = (value(0), value(1), value(2)) {
                let to = value(3).map(|to| past(cx, to, node));
                let part = cx.add(Node::Slice { base: list, from: Some(from), to, step: None }, node);
                return cx.op(Op::Join, vec![part, separator], node);
            }
        }
        _ => {}
    }
    match rows::find(library::FUNCTIONS, name, args.len()) {
        Some(row) => rows::call(cx, row, None, callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// One past a closed bound; `None` for the end would be written as -1.
fn past<'t>(cx: &mut Lowering<'t, '_>, to: NodeId, at: Ts<'t>) -> NodeId {
    let one = body::int(cx, 1, at);
    cx.add(Node::Binary(BinaryOp::Add, to, one), at)
}

/// What a method of a text means.
fn method<'t>(
    cx: &mut Lowering<'t, '_>,
    base: NodeId,
    name: &str,
    args: &[Arg],
    node: Ts<'t>,
) -> Option<crate::read::ir::Library> {
    let value = |at: usize| args.get(at).map(|arg| arg.value);
    let library = |op: Op, operands: Vec<NodeId>| Some(crate::read::ir::Library { op, operands });
    match (name, args.len()) {
        ("sub", 1..) => {
            let from = value(0);
            let to = value(1).and_then(|to| match *cx.ir(to) {
                Node::Unary(UnaryOp::Neg, inner) if matches!(cx.ir(inner), Node::Int(1)) => None,
                _ => Some(past(cx, to, node)),
            });
            let slice = cx.add(Node::Slice { base, from, to, step: None }, node);
            library(Op::Same, vec![slice])
        }
        ("rep", 2) => {
            let count = value(0)?;
            let filled = cx.op(Op::NewFilled, vec![count, base], node);
            library(Op::Join, vec![filled, value(1)?])
        }
        ("byte", 1) => {
            let one = cx.add(Node::Index(base, value(0)?), node);
            library(Op::Ord, vec![one])
        }
        ("byte" | "codepoint", 2..) => library(Op::Codes, vec![base]),
        ("gsub", 2..) => {
            let old = translated(cx, value(0)?, pattern::regex, node);
            let new = translated(cx, value(1)?, pattern::replacement, node);
            let mut operands = vec![base, old, new];
            operands.extend(value(2));
            library(Op::ReplacePattern, operands)
        }
        ("gmatch", 1..) => {
            let old = translated(cx, value(0)?, pattern::regex, node);
            library(Op::FindAll, vec![base, old])
        }
        ("find", 1..) if wants_two(node) => {
            let pattern = value(0)?;
            let operands = std::iter::once(base).chain(args.iter().map(|arg| arg.value)).take(3).collect();
            let start = cx.op(Op::IndexOf, operands, node);
            let (zero, one) = (body::int(cx, 0, node), body::int(cx, 1, node));
            let test = cx.add(Node::Binary(BinaryOp::Gt, start, zero), node);
            let none = cx.add(Node::Null, node);
            let length = cx.op(Op::Length, vec![pattern], node);
            let end = cx.add(Node::Binary(BinaryOp::Add, start, length), node);
            let end = cx.add(Node::Binary(BinaryOp::Sub, end, one), node);
            let start = cx.add(Node::Choose { test, then: start, other: none }, node);
            let end = cx.add(Node::Choose { test, then: end, other: none }, node);
            let both = cx.add(Node::List(vec![start, end]), node);
            library(Op::Same, vec![both])
        }
        ("match", 1..) => {
            let groups = match cx.ir(value(0)?) {
                Node::Text(text) => text.matches('(').count() - text.matches("%(").count(),
                _ => 0,
            };
            let old = translated(cx, value(0)?, pattern::regex, node);
            let found = cx.op(Op::Match, vec![base, old], node);
            let one = body::int(cx, 1, node);
            match groups {
                0 => library(Op::First, vec![found]),
                1 => {
                    let rest = cx.op(Op::Drop, vec![found, one], node);
                    library(Op::First, vec![rest])
                }
                _ => library(Op::Drop, vec![found, one]),
            }
        }
        _ => {
            let row = rows::find(library::METHODS, name, args.len())?;
            Some(rows::apply(cx, row, Some(base), args, node))
        }
    }
}

/// Whether a call alone gives the values of two variables or more.
fn wants_two(call: Ts<'_>) -> bool {
    let Some(list) = call.parent().filter(|list| list.kind() == "expression_list") else { return false };
    let names = list.prev_named_sibling();
    list.named_child_count() == 1 && names.is_some_and(|names| names.named_child_count() > 1)
}

/// A text written in Lua's spelling of patterns, in the reader's.
fn translated<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, into: fn(&str) -> String, at: Ts<'t>) -> NodeId {
    match cx.ir(value).clone() {
        Node::Text(text) => cx.constant(&into(&text), at),
        _ => value,
    }
}
