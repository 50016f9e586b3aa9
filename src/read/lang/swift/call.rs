//! Calls, subscripts and initialisers.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Codec;
use crate::read::ir::Manner;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::library;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::class;
use super::class::BUILDER;
use super::expression;
use super::library::FUNCTIONS;
use super::library::METHODS;

/// Lowers a call or a subscript.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let [mut function, suffix] = kids[..] else { return cx.opaque(node) };
    let mut suffixes = vec![suffix];
    // `f(a) { … }` may be a call whose function is `f(a)`.
    if function.kind() == "call_expression"
        && cx.text(suffix).starts_with('{')
        && !cx.text(function).ends_with(['}', ']'])
        && let [inner, list] = cx.kids(function)[..]
    {
        function = inner;
        suffixes.insert(0, list);
    }
    let list = suffixes.iter().find_map(|suffix| part(cx, *suffix, "value_arguments"));
    if list.is_some_and(|list| cx.text(list).starts_with('[')) {
        let base = cx.lower(function);
        return subscript(cx, base, list.unwrap_or(node), node);
    }
    let mut args = arguments(cx, list);
    for suffix in suffixes {
        for block in cx.kids(suffix).into_iter().filter(|kid| kid.kind() == "lambda_literal") {
            let builder = cx.unaliased(&format!("{BUILDER}{}", cx.text(function))).to_owned();
            let value = match builder.strip_prefix(BUILDER) {
                Some(_) => expression::lambda(cx, block),
                None => built_lambda(cx, &builder, block),
            };
            args.push(Arg { name: None, value, spread: false });
        }
    }
    // `a + f(b)` may come as a call of `a + f`.
    if let (Some(left), Some(right)) =
        (function.child_by_field_name("lhs"), function.child_by_field_name("rhs"))
        && matches!(right.kind(), "simple_identifier" | "navigation_expression")
    {
        let sign = function.child_by_field_name("op").map_or("", |sign| cx.text(sign));
        let left = cx.lower(left);
        let value = match right.kind() {
            "simple_identifier" => bare(cx, cx.text(right), args, node),
            _ => method(cx, right, args, node),
        };
        return match expression::operator(sign) {
            Some(op) => cx.add(Node::Binary(op, left, value), node),
            None => cx.add(Node::Opaque(vec![left, value]), node),
        };
    }
    match function.kind() {
        "navigation_expression" => method(cx, function, args, node),
        "simple_identifier" => bare(cx, cx.text(function), args, node),
        "prefix_expression" if cx.text(function).starts_with('.') => {
            let callee = cx.lower(function);
            cx.call(callee, unnamed(args), None, node)
        }
        _ => {
            let callee = cx.lower(function);
            cx.call(callee, unnamed(args), None, node)
        }
    }
}

/// A block whose statements a result builder takes.
fn built_lambda<'t>(cx: &mut Lowering<'t, '_>, builder: &str, block: Ts<'t>) -> NodeId {
    let value = expression::lambda(cx, block);
    let Node::Function { name, params, body, comment, generator } = cx.ir(value).clone() else {
        return value;
    };
    let body = class::built(cx, builder, body, block);
    cx.add(Node::Function { name, params, body, comment, generator }, block)
}

fn part<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>, kind: &str) -> Option<Ts<'t>> {
    cx.kids(node).into_iter().find(|kid| kid.kind() == kind)
}

/// Labels say nothing about the order, which is always the same.
fn unnamed(mut args: Vec<Arg>) -> Vec<Arg> {
    args.iter_mut().for_each(|arg| arg.name = None);
    args
}

fn arguments<'t>(cx: &mut Lowering<'t, '_>, list: Option<Ts<'t>>) -> Vec<Arg> {
    let mut args = Vec::new();
    for kid in list.map_or_else(Vec::new, |list| cx.kids(list)) {
        let name = kid.child_by_field_name("name").map(|name| cx.text(name).into());
        let value = match kid.child_by_field_name("value") {
            Some(value) => cx.lower(value),
            // `sorted(by: >)`
            None => cx.only(kid),
        };
        args.push(Arg { name, value, spread: false });
    }
    args
}

/// `[T]()`, `[K: V]()`, `Set<T>(…)`
pub(super) fn construct<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kind = node.child_by_field_name("constructed_type");
    let suffix = cx.kids(node).last().copied().and_then(|suffix| part(cx, suffix, "value_arguments"));
    let args = arguments(cx, suffix);
    match kind.map_or(("", ""), |kind| (kind.kind(), cx.text(kind))) {
        ("array_type", _) if args.is_empty() => cx.op(Op::NewList, Vec::new(), node),
        ("array_type", _) => bare(cx, "Array", args, node),
        ("dictionary_type", _) => cx.op(Op::NewMap, Vec::new(), node),
        (_, name) => bare(cx, name.split('<').next().unwrap_or(name), args, node),
    }
}

/// `base[index]`, `base[a..<b]`, `base[key, default: value]`
fn subscript<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, list: Ts<'t>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(list);
    let values: Vec<Ts<'t>> = kids.iter().filter_map(|kid| kid.child_by_field_name("value")).collect();
    let Some(first) = values.first().copied() else { return cx.add(Node::Opaque(vec![base]), node) };
    if first.kind().ends_with("range_expression") {
        let text = cx.text(first);
        let closed = text.contains("...");
        let (mut from, mut to) = (cx.lower_field(first, "start"), cx.lower_field(first, "end"));
        if from.is_none() && to.is_none() {
            let only = Some(cx.only(first));
            if text.starts_with('.') { to = only } else { from = only }
        }
        if let (Some(end), true) = (to, closed) {
            let one = cx.add(Node::Int(1), node);
            to = Some(cx.add(Node::Binary(BinaryOp::Add, end, one), node));
        }
        return cx.add(Node::Slice { base, from, to, step: None }, node);
    }
    let index = cx.lower(first);
    match values.get(1) {
        Some(default) => {
            let default = cx.lower(*default);
            cx.op(Op::Get, vec![base, index, default], node)
        }
        None => cx.add(Node::Index(base, index), node),
    }
}

/// A subscript that is assigned to.
pub(super) fn place<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let [function, suffix] = cx.kids(node)[..] else { return cx.opaque(node) };
    let list = part(cx, suffix, "value_arguments");
    let index = list.and_then(|list| cx.kids(list).first().copied());
    let index = index.and_then(|index| index.child_by_field_name("value"));
    match index {
        Some(index) if cx.text(suffix).starts_with('[') => {
            let base = cx.nested(function, |cx| expression::target(cx, function));
            let index = cx.lower(index);
            cx.add(Node::Index(base, index), node)
        }
        _ => lower(cx, node),
    }
}

/// A call by name: the program's own function or type, or the library's.
pub(super) fn bare<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: Vec<Arg>, node: Ts<'t>) -> NodeId {
    let label = |at: usize| args.get(at).and_then(|arg| arg.name.as_deref()).unwrap_or_default();
    let values: Vec<NodeId> = args.iter().map(|arg| arg.value).collect();
    let own = cx.kind_of(name);
    if own.is_empty() {
        let found = match (name, label(0), label(1), &values[..]) {
            ("String", "repeating", ..) => Some((Op::Repeat, values.clone())),
            ("Array", "repeating", _, [item, count]) => Some((Op::NewFilled, vec![*count, *item])),
            ("String", "data" | "bytes" | "decoding" | "cString", ..) => {
                Some((Op::Decode(Codec::Utf8), vec![values[0]]))
            }
            ("String", "format", _, [format, rest @ ..]) => {
                let list = cx.add(Node::List(rest.to_vec()), node);
                Some((Op::FormatPercent, vec![*format, list]))
            }
            ("String", _, "radix", ..) => Some((Op::ToDigits, vec![values[0], values[1]])),
            ("Int" | "UInt8" | "UInt32", _, "radix", ..) => Some((Op::ToInt, values.clone())),
            ("Data", "base64Encoded", ..) => Some((Op::Decode(Codec::Base64), vec![values[0]])),
            ("stride", _, "to", _) => Some((Op::Range, values.clone())),
            ("stride", _, "through", _) => Some((Op::RangeClosed, values.clone())),
            ("print", ..) => return print(cx, args, node),
            ("Dictionary", "uniqueKeysWithValues", ..) => Some((Op::NewMap, values.clone())),
            ("Dictionary", "grouping", _, [items, key]) => Some((Op::GroupBy, vec![*key, *items])),
            _ => None,
        };
        if let Some((op, operands)) = found {
            return cx.op(op, operands, node);
        }
        if let Some(row) = find(FUNCTIONS, name, args.len()) {
            let callee = cx.name(name, node);
            return library::call(cx, row, None, callee, unnamed(args), node);
        }
    }
    let callee = cx.name(name, node);
    // Where a parameter may be left out, labels tell which.
    let args = if matches!(own, "defaults" | "class") { args } else { unnamed(args) };
    cx.call(callee, args, None, node)
}

fn print<'t>(cx: &mut Lowering<'t, '_>, args: Vec<Arg>, node: Ts<'t>) -> NodeId {
    let args = args.into_iter().map(|arg| match arg.name.as_deref() {
        Some("terminator") => Arg { name: Some("end".into()), ..arg },
        _ => arg,
    });
    let args: Vec<Arg> = args.collect();
    let library = library::apply(cx, &library::row("", Op::Print, library::ARGS), None, &args, node);
    let callee = cx.name("print", node);
    cx.call(callee, args, Some(library), node)
}

fn method<'t>(cx: &mut Lowering<'t, '_>, function: Ts<'t>, args: Vec<Arg>, node: Ts<'t>) -> NodeId {
    let name = expression::suffix(cx, function);
    let Some(base) = function.child_by_field_name("target") else { return cx.opaque(node) };
    if base.kind() == "super_expression" {
        let callee = if name == "init" {
            cx.op(Op::Base, Vec::new(), node)
        } else {
            let name = cx.constant(name, node);
            cx.op(Op::Base, vec![name], node)
        };
        return cx.call(callee, unnamed(args), None, node);
    }
    if name == "init" && base.kind() == "self_expression" {
        let callee = cx.name(crate::read::lang::curly::CONSTRUCTOR, node);
        return cx.call(callee, unnamed(args), None, node);
    }
    let is_type = cx.text(base).starts_with(char::is_uppercase);
    if name == "init" && is_type {
        return bare(cx, cx.text(base), args, node);
    }
    let this = cx.lower(base);
    on(cx, this, name, args, node)
}

/// `this.method(args)`
fn on<'t>(cx: &mut Lowering<'t, '_>, this: NodeId, name: &str, mut args: Vec<Arg>, node: Ts<'t>) -> NodeId {
    let own = cx.kind_of(name);
    if own == "extension" {
        args.insert(0, Arg { name: None, value: this, spread: false });
        let callee = cx.name(name, node);
        return cx.call(callee, unnamed(args), None, node);
    }
    let label = |at: usize| args.get(at).and_then(|arg| arg.name.as_deref()).unwrap_or_default();
    let values: Vec<NodeId> = args.iter().map(|arg| arg.value).collect();
    if own.is_empty() {
        let found = match (name, label(0), &values[..]) {
            ("append", "contentsOf", _) => Some((Op::Extend, vec![this, values[0]])),
            ("insert", "contentsOf", [items, at]) => {
                let (zero, items) = (cx.add(Node::Int(0), node), cx.add(Node::Spread(*items), node));
                Some((Op::Splice, vec![this, *at, zero, items]))
            }
            ("insert", _, [item, at]) => Some((Op::Insert, vec![this, *at, *item])),
            ("remove", "at", [at]) => Some((Op::Pop, vec![this, *at])),
            ("index", _, [from, by]) => {
                return cx.add(Node::Binary(BinaryOp::Add, *from, *by), node);
            }
            ("index", "after", [at]) | ("index", "before", [at]) => {
                let one = cx.add(Node::Int(1), node);
                let op = if label(0) == "after" { BinaryOp::Add } else { BinaryOp::Sub };
                return cx.add(Node::Binary(op, *at, one), node);
            }
            ("swapAt", _, [i, j]) => {
                let (a, b) = (cx.add(Node::Index(this, *i), node), cx.add(Node::Index(this, *j), node));
                let (targets, items) =
                    (cx.add(Node::List(vec![a, b]), node), cx.add(Node::List(vec![b, a]), node));
                return cx.assign(targets, items, false, node);
            }
            ("reduce", "into", [start, combine]) => return into(cx, this, *start, *combine, node),
            ("padding", "toLength", [width, ..]) => Some((Op::PadEnd, vec![this, *width])),
            ("components", "separatedBy", [separator]) => Some((Op::Split, vec![this, *separator])),
            ("contains" | "first" | "firstIndex" | "allSatisfy", "where", [test])
            | ("allSatisfy", "", [test]) => {
                let (op, inner) = match name {
                    "contains" => (Op::Any, Op::Map),
                    "first" => (Op::First, Op::Filter),
                    "firstIndex" => (Op::IndexOf, Op::Map),
                    _ => (Op::All, Op::Map),
                };
                let items = cx.op(inner, vec![*test, this], node);
                let one = cx.add(Node::Int(1), node);
                Some((op, if op == Op::IndexOf { vec![items, one] } else { vec![items] }))
            }
            ("map" | "compactMap" | "filter" | "forEach" | "flatMap", _, [function]) => {
                let op = match name {
                    "filter" => Op::Filter,
                    "forEach" => Op::ForEach,
                    "flatMap" => Op::FlatMap,
                    _ => Op::Map,
                };
                let two = matches!(cx.ir(*function), Node::Function { params, .. } if params.len() == 2);
                let items = cx.op(Op::Pairs, vec![this], node);
                let manner = Op::Called(Manner::Parts);
                let function = if two { cx.op(manner, vec![*function], node) } else { *function };
                Some((op, vec![function, items]))
            }
            ("sorted" | "sort", _, _) => {
                let op = if name == "sort" { Op::SortInPlace } else { Op::Sorted };
                let items = if name == "sort" { this } else { cx.op(Op::Pairs, vec![this], node) };
                Some((op, std::iter::once(items).chain(values.iter().copied()).collect()))
            }
            _ => None,
        };
        if let Some((op, operands)) = found {
            return cx.op(op, operands, node);
        }
    }
    let callee = cx.add(Node::Field(this, name.into()), node);
    match find(METHODS, name, args.len()).filter(|_| own.is_empty()) {
        Some(row) => library::call(cx, row, Some(this), callee, unnamed(args), node),
        None => {
            let args = if own == "defaults" { args } else { unnamed(args) };
            cx.call(callee, args, None, node)
        }
    }
}

/// `reduce(into: start) { $0.append($1) }`: the closure changes what it is given.
fn into<'t>(cx: &mut Lowering<'t, '_>, this: NodeId, start: NodeId, combine: NodeId, node: Ts<'t>) -> NodeId {
    let (kept, keep) = crate::read::lang::curly::hidden(cx, start, node);
    let item = cx.name("item", node);
    let call = cx.op(Op::Apply, vec![combine, kept, item], node);
    let target = cx.name("item", node);
    let walk = cx.add(Node::For { target, iter: this, body: call, indexed: false }, node);
    cx.add(Node::Block(vec![keep, walk, kept]), node)
}
