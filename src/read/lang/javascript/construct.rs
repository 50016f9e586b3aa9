//! `new`: library types, errors, promises, and functions that make objects.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::curly::Class;
use crate::read::lang::library;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::library::MAKERS;
use super::pattern;

/// Lowers `new T(…)`.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let maker = node.child_by_field_name("constructor");
    let name = maker.map_or("", |maker| cx.text(maker));
    let list = node.child_by_field_name("arguments");
    let kids = list.map_or_else(Vec::new, |list| cx.kids(list));
    if let ("Promise", [executor]) = (name, &kids[..]) {
        return promise(cx, *executor, node);
    }
    if let ("Proxy", [target, handler]) = (name, &kids[..]) {
        return proxy(cx, *target, *handler, node);
    }
    let args = call::arguments(cx, &kids, false);
    let callee = cx.expect_field(node, "constructor");
    if matches!((name, &kids[..]), ("Array", [only]) if only.kind() != "string") {
        let null = cx.add(Node::Null, node);
        return cx.op(Op::NewFilled, vec![args[0].value, null], node);
    }
    match find(MAKERS, name, args.len()) {
        Some(row) => library::call(cx, row, None, callee, args, node),
        None if name.ends_with("Error") => {
            let library = library::apply(cx, &library::row("", Op::Same, library::FIRST), None, &args, node);
            cx.call(callee, args, Some(library), node)
        }
        None => cx.call(callee, args, None, node),
    }
}

/// `new Proxy(target, handler)`: what the target has not is asked of the handler.
fn proxy<'t>(cx: &mut Lowering<'t, '_>, target: Ts<'t>, handler: Ts<'t>, node: Ts<'t>) -> NodeId {
    let target = cx.lower(target);
    let object = cx.op(Op::CopiedPlain, vec![target], node);
    let object = if matches!(cx.ir(target), Node::Function { .. }) {
        cx.add(Node::List(Vec::new()), node)
    } else {
        object
    };
    let handler = cx.lower(handler);
    let mut does = |name: &'static str, own: &'static str| {
        let (key, value) = (cx.constant(name, node), cx.add(Node::Field(handler, own.into()), node));
        cx.add(Node::Pair(key, value), node)
    };
    let entries = vec![does("__index", "get"), does("__call", "apply")];
    let parent = cx.add(Node::Map(entries), node);
    cx.op(Op::SetParent, vec![object, parent], node)
}

/// `new Promise((resolve, reject) => …)` is what `resolve` gets.
fn promise<'t>(cx: &mut Lowering<'t, '_>, executor: Ts<'t>, node: Ts<'t>) -> NodeId {
    let outer = cx.kind_of("[promise]");
    cx.remember("[promise]", "inside");
    let function = cx.lower(executor);
    cx.remember("[promise]", outer);
    let null = cx.add(Node::Null, node);
    let (value, start) = curly::hidden(cx, null, node);
    let mut args = vec![function];
    for _ in 0..2 {
        let given = cx.name("given", node);
        let set = cx.assign(value, given, false, node);
        args.push(cx.lambda(&["given"], set, node));
    }
    let call = cx.op(Op::Apply, args, node);
    cx.add(Node::Block(vec![start, call, value]), node)
}

/// Whether the program makes objects with a function of this name.
pub(super) fn is_made(cx: &Lowering<'_, '_>, name: &str) -> bool {
    let text = cx.source_text();
    let made = format!("new {name}");
    let after = |at: usize| text[at + made.len()..].trim_start().starts_with(['(', ';']);
    !name.is_empty() && text.match_indices(&made).any(|(at, _)| after(at))
}

/// A function that objects are made with, as a class.
pub(super) fn function_class<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    function: Ts<'t>,
    node: Ts<'t>,
) -> NodeId {
    let (params, mut before) = pattern::parameters(cx, function);
    before.push(cx.expect_field(function, "body"));
    let body = cx.add(Node::Block(before), node);
    let class = Class { name: name.into(), constructors: vec![(params, body)], ..Class::default() };
    curly::class(cx, class, node)
}

/// `super(…)`: the base's constructor.
pub(super) fn base<'t>(cx: &mut Lowering<'t, '_>, args: Vec<crate::read::ir::Arg>, node: Ts<'t>) -> NodeId {
    let callee = cx.op(Op::Base, Vec::new(), node);
    cx.call(callee, args, None, node)
}
