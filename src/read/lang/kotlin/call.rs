//! Calls of functions and methods, and blocks that work on an object.

use crate::read::ir::Arg;
use crate::read::ir::Manner;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::library;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::class::BLOCKS;
use super::expression;
use super::expression::RECEIVER;
use super::library::FUNCTIONS;
use super::library::METHODS;

/// Functions whose block works on an object.
const RECEIVING: &[&str] = &["apply", "run", "with", "buildString", "buildList", "buildMap", "buildSet"];
/// Methods that call their block with a position and an item.
const INDEXED: &[&str] =
    &["mapIndexed", "forEachIndexed", "filterIndexed", "flatMapIndexed", "foldIndexed", "reduceIndexed"];

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut kids = cx.kids(node);
    // `f(a) { … }` is a call whose function is `f(a)`.
    if let [inner, block] = kids[..]
        && block.kind() == "annotated_lambda"
        && inner.kind() == "call_expression"
        && cx.kids(inner).last().is_some_and(|list| list.kind() == "value_arguments")
    {
        kids = cx.kids(inner);
        kids.push(block);
    }
    let Some(function) = kids.first().copied() else { return cx.opaque(node) };
    let list = kids.iter().copied().find(|kid| kid.kind() == "value_arguments");
    let block = kids.iter().copied().find(|kid| kid.kind() == "annotated_lambda");
    let block = block.and_then(|block| cx.kids(block).into_iter().find(|kid| kid.kind() == "lambda_literal"));
    let (base, name) = match function.kind() {
        "navigation_expression" => match cx.kids(function)[..] {
            [base, name] => (Some(base), cx.text(name)),
            _ => (None, ""),
        },
        "identifier" => (None, cx.text(function)),
        _ => (None, ""),
    };
    if matches!(name, "sequence" | "iterator" | "flow")
        && base.is_none()
        && let Some(block) = block
    {
        let function = expression::generator(cx, block);
        return cx.op(Op::Apply, vec![function], node);
    }
    let mut args = arguments(cx, list);
    let receives = if cx.kind_of(name).is_empty() {
        RECEIVING.contains(&name) && !(name == "run" && base.is_none())
    } else {
        block.is_some() && cx.unaliased(&format!("{BLOCKS}{name}")) == RECEIVER
    };
    if let Some(block) = block {
        args.push(positional(expression::lambda(cx, block, receives)));
    }
    if name.is_empty() {
        let callee = cx.lower(function);
        return cx.call(callee, args, None, node);
    }
    match base {
        None => bare(cx, name, args, node),
        Some(base) if base.kind() == "super_expression" => {
            let name = cx.constant(own_name(name, args.len()), node);
            let callee = cx.op(Op::Base, vec![name], node);
            cx.call(callee, args, None, node)
        }
        Some(base) => {
            let owner = cx.text(base);
            let full = format!("{}.{name}", owner.rsplit('.').next().unwrap_or(owner));
            if let Some(row) = find(FUNCTIONS, &full, args.len()) {
                let null = cx.add(Node::Null, node);
                let callee = cx.add(Node::Field(null, name.into()), node);
                return library::call(cx, row, None, callee, args, node);
            }
            let is_enum = cx.kind_of(owner) == "enum";
            let this = cx.lower(base);
            if is_enum && name == "values" {
                return curly::constants(cx, this, node);
            }
            on(cx, this, name, args, node)
        }
    }
}

/// A method's name as the program keeps it.
pub(super) fn own_name(method: &str, args: usize) -> &str {
    match (method, args) {
        ("toString", 0) => crate::read::ir::AS_TEXT,
        ("compareTo", 1) => crate::read::ir::COMPARE,
        _ => method,
    }
}

fn arguments<'t>(cx: &mut Lowering<'t, '_>, list: Option<Ts<'t>>) -> Vec<Arg> {
    let mut args = Vec::new();
    for kid in list.map_or_else(Vec::new, |list| cx.kids(list)) {
        let parts = cx.kids(kid);
        let Some(value) = parts.last().copied() else { continue };
        let name = (parts.len() > 1).then(|| cx.text(parts[0]).into());
        let spread = cx.text(kid).starts_with('*') || value.kind() == "spread_expression";
        args.push(Arg { name, value: cx.lower(value), spread });
    }
    args
}

/// A call without receiver: the program's own function, a library's, or a method of the object at hand.
fn bare<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: Vec<Arg>, node: Ts<'t>) -> NodeId {
    let values: Vec<NodeId> = args.iter().map(|arg| arg.value).collect();
    let own = !cx.kind_of(name).is_empty();
    if !own {
        match (name, &values[..]) {
            ("yield", [value]) => return cx.add(Node::Yield(Some(*value), false), node),
            ("yieldAll", [value]) => return cx.add(Node::Yield(Some(*value), true), node),
            ("buildString" | "buildList" | "buildMap" | "buildSet", [.., block]) => {
                let op = match name {
                    "buildString" => Op::NewBuilder,
                    "buildMap" => Op::NewMap,
                    "buildSet" => Op::NewSet,
                    _ => Op::NewList,
                };
                let made = cx.op(op, Vec::new(), node);
                return worked_on(cx, made, *block, name == "buildString", node);
            }
            ("with", [object, block]) => return cx.op(Op::Apply, vec![*block, *object], node),
            ("repeat", [count, block]) => {
                let range = cx.op(Op::Range, vec![*count], node);
                return cx.op(Op::ForEach, vec![*block, range], node);
            }
            ("List" | "MutableList" | "Array" | "CharArray" | "IntArray", [count, make]) => {
                let range = cx.op(Op::Range, vec![*count], node);
                return cx.op(Op::Map, vec![*make, range], node);
            }
            ("generateSequence", [start, next]) => return cx.op(Op::Iterate, vec![*next, *start], node),
            _ => {}
        }
        if name.ends_with("Exception") || name == "Error" {
            return values.first().copied().unwrap_or_else(|| cx.constant("", node));
        }
        if let Some(row) = find(FUNCTIONS, name, args.len()) {
            let callee = cx.name(name, node);
            return library::call(cx, row, None, callee, args, node);
        }
        let known = find(METHODS, name, args.len()).is_some()
            || matches!(name, "joinToString" | "map" | "filter" | "forEach" | "flatMap" | "also" | "let");
        if cx.kind_of("[receiver]") == "inside" && known {
            let this = cx.name(RECEIVER, node);
            return on(cx, this, name, args, node);
        }
    }
    if cx.kind_of(name) == "extension" {
        let this = cx.name(RECEIVER, node);
        let mut args = args;
        args.insert(0, positional(this));
        let callee = cx.name(name, node);
        return cx.call(callee, args, None, node);
    }
    let callee = cx.name(own_name(name, args.len()), node);
    cx.call(callee, args, None, node)
}

/// An object after its block has worked on it.
fn worked_on<'t>(
    cx: &mut Lowering<'t, '_>,
    object: NodeId,
    block: NodeId,
    as_text: bool,
    node: Ts<'t>,
) -> NodeId {
    let (kept, keep) = curly::hidden(cx, object, node);
    let call = cx.op(Op::Apply, vec![block, kept], node);
    let last = if as_text { cx.op(Op::ToText, vec![kept], node) } else { kept };
    cx.add(Node::Block(vec![keep, call, last]), node)
}

/// `this.method(args)`
pub(super) fn on<'t>(
    cx: &mut Lowering<'t, '_>,
    this: NodeId,
    method: &str,
    mut args: Vec<Arg>,
    node: Ts<'t>,
) -> NodeId {
    let own = cx.kind_of(method);
    if own == "extension" {
        args.insert(0, positional(this));
        let callee = cx.name(method, node);
        return cx.call(callee, args, None, node);
    }
    if method == "copy" && own.is_empty() && !args.is_empty() && args.iter().all(|arg| arg.name.is_some()) {
        // A data class with other values.
        let mut entries = vec![cx.add(Node::Spread(this), node)];
        for arg in &args {
            let key = cx.constant(arg.name.as_deref().unwrap_or_default(), node);
            entries.push(cx.add(Node::Pair(key, arg.value), node));
        }
        return cx.add(Node::Map(entries), node);
    }
    if own != "method"
        && let Some(id) = special(cx, this, method, &args, node)
    {
        return id;
    }
    if INDEXED.contains(&method)
        && let Some(block) = args.last_mut()
    {
        block.value = cx.op(Op::Called(Manner::IndexAndItem), vec![block.value], node);
    }
    let callee = cx.add(Node::Field(this, own_name(method, args.len()).into()), node);
    let row = find(METHODS, method, args.len());
    let composed =
        |row: &library::Row| row.operands.iter().any(|part| matches!(part, library::Operand::Of(..)));
    match row.filter(|row| own != "method" || !composed(row)) {
        Some(row) => library::call(cx, row, Some(this), callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// Methods whose arguments are not simply operands.
fn special<'t>(
    cx: &mut Lowering<'t, '_>,
    this: NodeId,
    method: &str,
    args: &[Arg],
    node: Ts<'t>,
) -> Option<NodeId> {
    let values: Vec<NodeId> = args.iter().map(|arg| arg.value).collect();
    Some(match (method, &values[..]) {
        ("let" | "run" | "use", [block]) => cx.op(Op::Apply, vec![*block, this], node),
        ("also" | "apply" | "onEach", [block]) if method != "onEach" => {
            worked_on(cx, this, *block, false, node)
        }
        ("joinToString" | "joinTo", _) => joined(cx, this, args, node),
        ("forEach", [block]) | ("map", [block]) | ("filter", [block]) | ("flatMap", [block]) => {
            let op = match method {
                "forEach" => Op::ForEach,
                "map" => Op::Map,
                "filter" => Op::Filter,
                _ => Op::FlatMap,
            };
            let manner = takes_two(cx, *block);
            let items = cx.op(Op::Pairs, vec![this], node);
            let block = if manner { cx.op(Op::Called(Manner::Parts), vec![*block], node) } else { *block };
            cx.op(op, vec![block, items], node)
        }
        ("associate", [block]) => {
            let pairs = cx.op(Op::Map, vec![*block, this], node);
            cx.op(Op::NewMap, vec![pairs], node)
        }
        ("associateBy", [key, rest @ ..]) => {
            let keys = cx.op(Op::Map, vec![*key, this], node);
            let values = match rest.first() {
                Some(value) => cx.op(Op::Map, vec![*value, this], node),
                None => this,
            };
            let pairs = cx.op(Op::Zip, vec![keys, values], node);
            cx.op(Op::NewMap, vec![pairs], node)
        }
        ("associateWith", [value]) => {
            let values = cx.op(Op::Map, vec![*value, this], node);
            let pairs = cx.op(Op::Zip, vec![this, values], node);
            cx.op(Op::NewMap, vec![pairs], node)
        }
        ("zip", [other, combine]) => {
            let rows = cx.op(Op::Zip, vec![this, *other], node);
            let combine = cx.op(Op::Called(Manner::Parts), vec![*combine], node);
            cx.op(Op::Map, vec![combine, rows], node)
        }
        ("chunked" | "windowed", [.., block])
            if values.len() > 1 && matches!(cx.ir(*block), Node::Function { .. }) =>
        {
            let op = if method == "chunked" { Op::Chunks } else { Op::Windows };
            let pieces = cx.op(op, vec![this, values[0]], node);
            cx.op(Op::Map, vec![*block, pieces], node)
        }
        ("getOrElse" | "getOrPut", [key, make]) => {
            let value = cx.op(Op::Apply, vec![*make, *key], node);
            let op = if method == "getOrPut" { Op::SetDefault } else { Op::Get };
            cx.op(op, vec![this, *key, value], node)
        }
        ("replace", [pattern, make]) if matches!(cx.ir(*make), Node::Function { .. }) => {
            cx.op(Op::Replace, vec![this, *pattern, *make], node)
        }
        ("equals", [other, ..]) => cx.add(Node::Binary(crate::read::ir::BinaryOp::Eq, this, *other), node),
        ("removeRange" | "removeAt" | "deleteRange" | "delete", [from, to]) => {
            let count = cx.add(Node::Binary(crate::read::ir::BinaryOp::Sub, *to, *from), node);
            let op = if method == "removeRange" { Op::Without } else { Op::Splice };
            cx.op(op, vec![this, *from, count], node)
        }
        _ => return None,
    })
}

/// Whether a block names two parameters.
fn takes_two(cx: &Lowering<'_, '_>, block: NodeId) -> bool {
    matches!(cx.ir(block), Node::Function { params, .. } if params.len() == 2)
}

/// `joinToString(separator, prefix, postfix) { transform }`
fn joined<'t>(cx: &mut Lowering<'t, '_>, this: NodeId, args: &[Arg], node: Ts<'t>) -> NodeId {
    let is_function = |cx: &Lowering<'t, '_>, arg: &Arg| matches!(cx.ir(arg.value), Node::Function { .. });
    let block = args.iter().find(|arg| is_function(cx, arg) || arg.name.as_deref() == Some("transform"));
    let block = block.map(|arg| arg.value);
    let mut plain = args.iter().filter(|arg| arg.name.is_none() && Some(arg.value) != block);
    let mut part = |name: &str| {
        let named = args.iter().find(|arg| arg.name.as_deref() == Some(name)).map(|arg| arg.value);
        named.or_else(|| plain.next().map(|arg| arg.value))
    };
    let (separator, prefix, postfix) = (part("separator"), part("prefix"), part("postfix"));
    let items = match block {
        Some(block) => {
            let pairs = cx.op(Op::Pairs, vec![this], node);
            cx.op(Op::Map, vec![block, pairs], node)
        }
        None => this,
    };
    let separator = separator.unwrap_or_else(|| cx.constant(", ", node));
    let text = cx.op(Op::Join, vec![items, separator], node);
    if prefix.is_none() && postfix.is_none() {
        return text;
    }
    let pieces = [prefix, Some(text), postfix].into_iter().flatten().collect();
    cx.add(Node::Concat(pieces), node)
}
