//! Calls, fields and `new`.

use crate::read::ir::Arg;
use crate::read::ir::Manner;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::curly;
use crate::read::lang::curly::Class;
use crate::read::lang::library;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::expression;
use super::library::FUNCTIONS;
use super::library::METHODS;
use super::pattern;

/// Methods whose second list of arguments belongs to the same call.
const CURRIED: &[&str] = &[
    "foldLeft",
    "foldRight",
    "fold",
    "scanLeft",
    "fill",
    "tabulate",
    "iterate",
    "aggregate",
    "getOrElseUpdate",
];

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(mut function), Some(list)) =
        (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return cx.opaque(node);
    };
    let mut args = Vec::new();
    // `f(a)(b)` is one call where `f` takes its arguments in lists.
    if function.kind() == "call_expression"
        && let (Some(inner), Some(first)) =
            (function.child_by_field_name("function"), function.child_by_field_name("arguments"))
        && {
            let name = callee_name(cx, inner);
            CURRIED.contains(&name) || cx.kind_of(name) == "curried"
        }
    {
        function = inner;
        args = arguments(cx, first);
    }
    args.extend(arguments(cx, list));
    if function.kind() == "generic_function"
        && let Some(inner) = function.child_by_field_name("function")
    {
        function = inner;
    }
    match function.kind() {
        "field_expression" => {
            let name = callee_name(cx, function);
            let Some(base) = function.child_by_field_name("value") else { return cx.opaque(node) };
            if cx.text(base) == "super" {
                let name = cx.constant(name, node);
                let callee = cx.op(Op::Base, vec![name], node);
                return cx.call(callee, args, None, node);
            }
            let owner = cx.text(base).rsplit('.').next().unwrap_or_default();
            if let Some(id) = of_type(cx, owner, name, &args, node) {
                return id;
            }
            if let Some(row) = find(FUNCTIONS, &format!("{owner}.{name}"), args.len()) {
                let null = cx.add(Node::Null, node);
                let callee = cx.add(Node::Field(null, name.into()), node);
                return library::call(cx, row, None, callee, args, node);
            }
            let this = cx.lower(base);
            on(cx, this, name, args, node)
        }
        "identifier" => bare(cx, cx.text(function), args, node),
        _ => {
            let callee = cx.lower(function);
            cx.call(callee, args, None, node)
        }
    }
}

fn callee_name<'t>(cx: &Lowering<'t, '_>, function: Ts<'t>) -> &'t str {
    match function.kind() {
        "generic_function" => {
            let inner = function.child_by_field_name("function");
            inner.map_or("", |inner| {
                inner.child_by_field_name("field").map_or(cx.text(inner), |field| cx.text(field))
            })
        }
        _ => function.child_by_field_name("field").map_or(cx.text(function), |field| cx.text(field)),
    }
}

fn arguments<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> Vec<Arg> {
    if list.kind() != "arguments" {
        let value = if list.kind() == "case_block" { pattern::function(cx, list) } else { block(cx, list) };
        return vec![positional(value)];
    }
    let mut args = Vec::new();
    for kid in cx.kids(list) {
        let spread = matches!(kid.kind(), "ascription_expression" | "postfix_expression")
            && cx.text(kid).ends_with('*');
        if kid.kind() == "assignment_expression" {
            let name = kid.child_by_field_name("left").map(|left| cx.text(left).into());
            let value = cx.expect_field(kid, "right");
            args.push(Arg { name, value, spread: false });
            continue;
        }
        let inner = if spread { cx.kids(kid).first().copied().unwrap_or(kid) } else { kid };
        args.push(Arg { name: None, value: argument(cx, inner, false), spread });
    }
    args
}

/// `{ … }` as an argument: its only lambda, or what it gives.
fn block<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.kids(node)[..] {
        [only] if matches!(only.kind(), "lambda_expression" | "case_block") => cx.lower(only),
        [only] => argument(cx, only, false),
        _ => cx.lower(node),
    }
}

/// An argument; one with `_` in it is a function of what stands there. An operand's own `_` belongs further out.
pub(super) fn argument<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, operand: bool) -> NodeId {
    if operand || node.kind() == "wildcard" || !cx.text(node).contains('_') {
        return function_value(cx, node);
    }
    let outer = cx.counter();
    cx.set_counter(0);
    let value = cx.lower(node);
    let count = cx.counter();
    cx.set_counter(outer);
    if count == 0 {
        return value;
    }
    let params: Vec<Param> = (0..count.min(4)).map(|place| param(&format!("_{place}"))).collect();
    cx.add(Node::Function { name: None, params, body: value, comment: None, generator: false }, node)
}

/// A library function that is passed by its name.
fn function_value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if node.kind() == "identifier" && matches!(cx.text(node), "println" | "print") {
        let item = cx.name("a", node);
        let op = if cx.text(node) == "println" { Op::Print } else { Op::Write };
        let body = cx.op(op, vec![item], node);
        return cx.lambda(&["a"], body, node);
    }
    cx.lower(node)
}

/// Methods of types whose arguments are not simply operands.
fn of_type<'t>(
    cx: &mut Lowering<'t, '_>,
    owner: &str,
    name: &str,
    args: &[Arg],
    node: Ts<'t>,
) -> Option<NodeId> {
    let values: Vec<NodeId> = args.iter().map(|arg| arg.value).collect();
    Some(match (owner, name, &values[..]) {
        (_, "fill", [count, item]) => cx.op(Op::NewFilled, vec![*count, *item], node),
        (_, "tabulate", [count, make]) => {
            let range = cx.op(Op::Range, vec![*count], node);
            cx.op(Op::Map, vec![*make, range], node)
        }
        (
            "List" | "Vector" | "Seq" | "Array" | "Iterator" | "LazyList" | "Stream",
            "iterate",
            [start, rest @ ..],
        ) => {
            let all = cx.op(Op::Iterate, vec![*rest.last()?, *start], node);
            match rest {
                [count, _] => cx.op(Op::Take, vec![all, *count], node),
                _ => all,
            }
        }
        _ => return None,
    })
}

/// A call by name.
fn bare<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: Vec<Arg>, node: Ts<'t>) -> NodeId {
    if cx.kind_of(name).is_empty()
        && let Some(row) = find(FUNCTIONS, name, args.len())
    {
        let callee = cx.name(name, node);
        return library::call(cx, row, None, callee, args, node);
    }
    let callee = cx.name(name, node);
    cx.call(callee, args, None, node)
}

/// `base.name`
pub(super) fn field<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("field").map_or("", |field| cx.text(field));
    let Some(base) = node.child_by_field_name("value") else { return cx.opaque(node) };
    if cx.text(base) == "super" {
        let name = cx.constant(name, node);
        return cx.op(Op::Base, vec![name], node);
    }
    if cx.text(base).ends_with("mutable") || cx.kind_of(name) == "class" {
        return cx.name(name, node);
    }
    let owner = cx.text(base);
    if let Some(row) = find(FUNCTIONS, &format!("{owner}.{name}"), 0) {
        let library = library::apply(cx, row, None, &[], node);
        return cx.op(library.op, library.operands, node);
    }
    let is_enum = cx.kind_of(owner) == "enum";
    let this = cx.lower(base);
    if is_enum && name == "values" {
        return curly::constants(cx, this, node);
    }
    on(cx, this, name, Vec::new(), node)
}

/// `this.method(args)`, or a field of that name.
pub(super) fn on<'t>(
    cx: &mut Lowering<'t, '_>,
    this: NodeId,
    name: &str,
    mut args: Vec<Arg>,
    node: Ts<'t>,
) -> NodeId {
    let own = cx.kind_of(name);
    if own == "extension" {
        args.insert(0, positional(this));
        let callee = cx.name(name, node);
        return cx.call(callee, args, None, node);
    }
    if cx.kind_of(own) == "implicit" {
        let class = cx.name(own, node);
        let object = cx.call(class, vec![positional(this)], None, node);
        let callee = cx.add(Node::Field(object, name.into()), node);
        return if args.is_empty() { callee } else { cx.call(callee, args, None, node) };
    }
    if own.is_empty()
        && let Some(id) = special(cx, this, name, &args, node)
    {
        return id;
    }
    let callee = cx.add(Node::Field(this, name.into()), node);
    match find(METHODS, name, args.len()).filter(|_| own.is_empty()) {
        Some(row) => library::call(cx, row, Some(this), callee, args, node),
        None if args.is_empty() => callee,
        None => cx.call(callee, args, None, node),
    }
}

/// Methods whose arguments are not simply operands.
fn special<'t>(
    cx: &mut Lowering<'t, '_>,
    this: NodeId,
    name: &str,
    args: &[Arg],
    node: Ts<'t>,
) -> Option<NodeId> {
    let values: Vec<NodeId> = args.iter().map(|arg| arg.value).collect();
    let two = |cx: &Lowering<'t, '_>, f: NodeId| matches!(cx.ir(f), Node::Function { params, .. } if params.len() == 2);
    Some(match (name, &values[..]) {
        ("mkString", [start, separator, end]) => {
            let text = cx.op(Op::Join, vec![this, *separator], node);
            cx.add(Node::Concat(vec![*start, text, *end]), node)
        }
        ("zipWithIndex", []) => {
            let rows = cx.op(Op::Enumerate, vec![this], node);
            let row = cx.name("a", node);
            let turned = cx.op(Op::Reverse, vec![row], node);
            let turn = cx.lambda(&["a"], turned, node);
            cx.op(Op::Map, vec![turn, rows], node)
        }
        ("map" | "filter" | "foreach" | "flatMap" | "collect" | "withFilter", [function]) => {
            let op = match name {
                "filter" | "withFilter" => Op::Filter,
                "foreach" => Op::ForEach,
                "flatMap" => Op::FlatMap,
                _ => Op::Map,
            };
            let items = cx.op(Op::Pairs, vec![this], node);
            let function = if two(cx, *function) {
                cx.op(Op::Called(Manner::Parts), vec![*function], node)
            } else {
                *function
            };
            cx.op(op, vec![function, items], node)
        }
        ("sortBy" | "sortWith" | "sorted", _) => {
            let items = cx.op(Op::Pairs, vec![this], node);
            let reverse = args
                .first()
                .is_some_and(|arg| matches!(cx.ir(arg.value), Node::Field(_, name) if &**name == "reverse"));
            let function = if reverse { vec![expression::less(cx, node)] } else { values };
            cx.op(Op::Sorted, std::iter::once(items).chain(function).collect(), node)
        }
        ("toSeq" | "toList" | "toVector" | "toArray" | "toBuffer" | "toIndexedSeq", []) => {
            let items = cx.op(Op::Pairs, vec![this], node);
            cx.op(Op::NewList, vec![items], node)
        }
        ("getOrElse", [default]) => cx.add(Node::Binary(crate::read::ir::BinaryOp::Or, this, *default), node),
        ("patch", [from, new, count]) => {
            let copy = cx.op(Op::NewList, vec![this], node);
            let (kept, keep) = curly::hidden(cx, copy, node);
            let items = cx.add(Node::Spread(*new), node);
            let change = cx.op(Op::Splice, vec![kept, *from, *count, items], node);
            cx.add(Node::Block(vec![keep, change, kept]), node)
        }
        ("to", [end]) => expression::range(cx, Op::RangeClosed, this, *end, node),
        ("until", [end]) => expression::range(cx, Op::Range, this, *end, node),
        ("equals", [other]) => cx.add(Node::Binary(crate::read::ir::BinaryOp::Eq, this, *other), node),
        _ => return None,
    })
}

/// `new T(…)`
pub(super) fn construct<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let name = kids.first().map_or("", |kind| cx.text(*kind).split('[').next().unwrap_or_default());
    let name = name.rsplit('.').next().unwrap_or(name).trim();
    let list = kids.iter().find(|kid| kid.kind() == "arguments");
    let args = list.map_or_else(Vec::new, |list| arguments(cx, *list));
    if name.ends_with("Exception") || name.ends_with("Error") {
        return args.first().map_or_else(|| cx.constant("", node), |arg| arg.value);
    }
    if let Some(body) = kids.iter().find(|kid| kid.kind() == "template_body") {
        // `new T { … }`: a class of its own.
        let own = format!("{name}@{}", node.start_byte());
        let base = cx.name(name, node);
        let mut made = Class { name: own.as_str().into(), bases: vec![base], ..Class::default() };
        let members = cx.kids_and_comments(*body);
        made.members = cx.lower_all(&members);
        let class = curly::class(cx, made, node);
        let callee = cx.name(&own, node);
        let call = cx.call(callee, args, None, node);
        return cx.add(Node::Block(vec![class, call]), node);
    }
    let mixed: Vec<&str> = kids.first().map_or("", |kind| cx.text(*kind)).split(" with ").collect();
    if mixed.len() > 1 && kids.first().is_some_and(|kind| kind.kind() == "compound_type") {
        let own = format!("{name}@{}", node.start_byte());
        let bases =
            mixed.iter().map(|base| cx.name(base.split(['[', '(']).next().unwrap_or(base).trim(), node));
        let bases = bases.collect();
        let class = curly::class(cx, Class { name: own.as_str().into(), bases, ..Class::default() }, node);
        let callee = cx.name(&own, node);
        let call = cx.call(callee, args, None, node);
        return cx.add(Node::Block(vec![class, call]), node);
    }
    bare(cx, name, args, node)
}
