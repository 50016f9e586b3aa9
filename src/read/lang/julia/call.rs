//! Calls: functions by name, with `do` blocks, item by item, and macros.

use crate::read::ir::Arg;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::library as rows;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::expression;
use super::library;
use super::statement;

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let Some(callee) = kids.first().copied() else { return cx.opaque(node) };
    if node.kind() == "macrocall_expression" {
        return macro_call(cx, callee, &kids, node);
    }
    let name = name_of(cx, callee);
    let mut args = Vec::new();
    if let Some(block) = kids.iter().find(|kid| kid.kind() == "do_clause") {
        args.push(positional(do_block(cx, *block)));
    }
    if let Some(list) = kids.iter().find(|kid| matches!(kid.kind(), "argument_list")) {
        arguments(cx, *list, name, &mut args);
    }
    if node.kind() == "broadcast_call_expression" {
        let function = function_value(cx, callee, args.len());
        let operands = std::iter::once(function).chain(args.iter().map(|arg| arg.value)).collect();
        return cx.op(Op::Broadcast, operands, node);
    }
    let target = cx.lower(callee);
    function(cx, name, target, args, node)
}

/// The last part of a dotted name, or nothing for what is no name.
fn name_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    match node.kind() {
        "identifier" => cx.text(node),
        "field_expression" | "scoped_identifier" => cx.kids(node).last().map_or("", |name| cx.text(*name)),
        "parametrized_type_expression" => cx.kids(node).first().map_or("", |name| cx.text(*name)),
        _ => "",
    }
}

fn do_block<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = cx.kids(node).into_iter().find(|kid| kid.kind() == "argument_list");
    let params = list.map_or_else(Vec::new, |list| statement::parameters(cx, list));
    let body = statement::rest(cx, node, |kid| Some(kid.id()) == list.map(|list| list.id()));
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

fn arguments<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>, callee: &str, args: &mut Vec<Arg>) {
    let kids = cx.kids(list);
    if kids.iter().any(|kid| kid.kind() == "for_clause") {
        args.push(positional(expression::comprehension(cx, list)));
        return;
    }
    for kid in kids {
        match kid.kind() {
            "named_argument" | "assignment" => {
                let parts = cx.kids(kid);
                let name = parts.first().map_or("", |name| cx.text(*name));
                let Some(value) = parts.last().copied() else { continue };
                let value = if name == "by" { function_value(cx, value, 1) } else { cx.lower(value) };
                args.push(Arg { name: Some(name.into()), value, spread: false });
            }
            "splat_expression" => args.push(Arg { name: None, value: cx.only(kid), spread: true }),
            _ => {
                let takes = library::takes_function(callee);
                let value = match takes {
                    Some(params) if args.len() < library::functions_of(callee) => {
                        function_value(cx, kid, params)
                    }
                    _ => cx.lower(kid),
                };
                args.push(positional(value));
            }
        }
    }
}

/// A function value: an operator or a function of the library becomes one of the program.
pub(super) fn function_value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, params: usize) -> NodeId {
    let name = name_of(cx, node);
    let text = cx.text(node);
    if matches!(text, "*" | "+" | "-" | "^") {
        let (a, b) = (cx.name("a", node), cx.name("b", node));
        let body = expression::operation(cx, text, a, b, node);
        return cx.lambda(&["a", "b"], body, node);
    }
    if !name.is_empty() && !cx.defines(name) && rows::find(library::FUNCTIONS, name, params).is_some() {
        let names: &[&str] = if params == 2 { &["a", "b"] } else { &["a"] };
        let mut args = Vec::new();
        for own in names {
            args.push(positional(cx.name(own, node)));
        }
        let target = cx.lower(node);
        let body = function(cx, name, target, args, node);
        return cx.lambda(names, body, node);
    }
    cx.lower(node)
}

/// A call of a function by its name.
fn function<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    callee: NodeId,
    args: Vec<Arg>,
    node: Ts<'t>,
) -> NodeId {
    if name.is_empty() || cx.defines(name) {
        return cx.call(callee, args, None, node);
    }
    let values: Vec<NodeId> = args.iter().filter(|arg| arg.name.is_none()).map(|arg| arg.value).collect();
    if let Some(id) = special(cx, name, &values, node) {
        return id;
    }
    match name {
        "Dict" | "OrderedDict" | "SortedDict" => {
            let pairs = match values[..] {
                [] => Vec::new(),
                [only] if !matches!(cx.ir(only), Node::List(items) if items.len() == 2) => vec![only],
                _ => vec![cx.add(Node::List(values.clone()), node)],
            };
            let map = cx.op(Op::NewMap, pairs, node);
            return if name == "SortedDict" { cx.op(Op::NewSorted, vec![map], node) } else { map };
        }
        "println" => {
            let mut pieces = pieces(cx, &args, node);
            pieces.push(cx.constant("\n", node));
            return cx.op(Op::Write, pieces, node);
        }
        "print" => {
            let pieces = pieces(cx, &args, node);
            return cx.op(Op::Write, pieces, node);
        }
        "replace" => {
            let Some((text, pairs)) = values.split_first() else { return cx.call(callee, args, None, node) };
            let mut operands = vec![*text];
            let pattern = cx.text(node).contains("r\"");
            for pair in pairs {
                match cx.ir(*pair).clone() {
                    Node::List(items) if items.len() == 2 => operands.extend(items),
                    _ => operands.push(*pair),
                }
            }
            return cx.op(if pattern { Op::ReplacePattern } else { Op::Substitute }, operands, node);
        }
        "mapreduce" | "mapfoldl" => {
            if let [map, fold, list, ..] = values[..] {
                let mapped = cx.op(Op::Map, vec![map, list], node);
                return cx.op(Op::Reduce, vec![fold, mapped], node);
            }
        }
        "reduce" | "foldl" => {
            if let [fold, list, ..] = values[..] {
                let mut operands = vec![fold, list];
                operands
                    .extend(args.iter().find(|arg| arg.name.as_deref() == Some("init")).map(|arg| arg.value));
                return cx.op(Op::Reduce, operands, node);
            }
        }
        "foldr" => {
            if let [fold, list, ..] = values[..] {
                let turned = cx.op(Op::Reverse, vec![list], node);
                let (a, b) = (cx.name("a", node), cx.name("b", node));
                let body = cx.op(Op::Apply, vec![fold, b, a], node);
                let swapped = cx.lambda(&["a", "b"], body, node);
                return cx.op(Op::Reduce, vec![swapped, turned], node);
            }
        }
        _ => {}
    }
    match rows::find(library::FUNCTIONS, name, values.len()) {
        Some(row) => rows::call(cx, row, None, callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// Functions that are more than an operation on their arguments.
fn special<'t>(cx: &mut Lowering<'t, '_>, name: &str, values: &[NodeId], node: Ts<'t>) -> Option<NodeId> {
    Some(match (name, values) {
        ("throw", [value, ..]) => cx.add(Node::Throw(Some(*value)), node),
        ("error" | "ErrorException" | "ArgumentError", _) => {
            let (key, text) = (cx.constant("msg", node), cx.op(Op::ToText, values.to_vec(), node));
            let pair = cx.add(Node::Pair(key, text), node);
            let thrown = cx.add(Node::Map(vec![pair]), node);
            if name == "error" { cx.add(Node::Throw(Some(thrown)), node) } else { thrown }
        }
        ("isodd", [value]) => {
            let two = cx.add(Node::Int(2), node);
            let even = cx.op(Op::Divides, vec![*value, two], node);
            cx.add(Node::Unary(UnaryOp::Not, even), node)
        }
        ("Val", [value]) => *value,
        // What the block puts in is what the channel holds.
        ("Channel", _) => {
            let target = cx.name("one channel", node);
            let queue = cx.op(Op::NewQueue, Vec::new(), node);
            let mut all = vec![cx.assign(target, queue, true, node)];
            if let Some(fill) = values.first() {
                all.push(cx.call(*fill, vec![positional(target)], None, node));
            }
            all.push(target);
            cx.add(Node::Block(all), node)
        }
        // A text stays a text.
        ("map", [map, over]) if matches!(cx.ir(*over), Node::Text(_) | Node::Name(_)) => {
            let text = cx.op(Op::IsText, vec![*over], node);
            let other = cx.op(Op::Map, vec![*map, *over], node);
            let then = cx.op(Op::FromItems, vec![other], node);
            cx.add(Node::Choose { test: text, then, other }, node)
        }
        _ => return None,
    })
}

fn pieces<'t>(cx: &mut Lowering<'t, '_>, args: &[Arg], at: Ts<'t>) -> Vec<NodeId> {
    let mut out = Vec::new();
    for arg in args.iter().filter(|arg| arg.name.is_none()) {
        out.push(if arg.spread { cx.add(Node::Spread(arg.value), at) } else { arg.value });
    }
    out
}

/// `@printf`, `@sprintf`; other macros are looked through.
fn macro_call<'t>(cx: &mut Lowering<'t, '_>, callee: Ts<'t>, kids: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let lists = kids.iter().filter(|kid| kid.kind().ends_with("argument_list"));
    let args: Vec<Ts<'t>> = lists.flat_map(|list| cx.kids(*list)).collect();
    let args = cx.lower_all(&args);
    match cx.text(callee).trim_start_matches('@') {
        "printf" => {
            let text = cx.op(Op::FormatPercent, args, node);
            cx.op(Op::Write, vec![text], node)
        }
        "sprintf" => cx.op(Op::FormatPercent, args, node),
        "show" | "info" | "warn" => cx.op(Op::Print, args, node),
        "enum" => enumeration(cx, &args, node),
        _ => match args[..] {
            [only] => only,
            _ => cx.add(Node::Block(args), node),
        },
    }
}

/// `@enum Name a b`: each is its own name, and the name stands for all.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, args: &[NodeId], node: Ts<'t>) -> NodeId {
    let Some((name, members)) = args.split_first() else { return cx.opaque(node) };
    let (mut all, mut texts) = (Vec::new(), Vec::new());
    for member in members {
        let Node::Name(own) = cx.ir(*member).clone() else { continue };
        let text = cx.constant(&own, node);
        all.push(cx.assign(*member, text, true, node));
        texts.push(text);
    }
    let list = cx.add(Node::List(texts), node);
    all.push(cx.assign(*name, list, true, node));
    cx.add(Node::Block(all), node)
}
