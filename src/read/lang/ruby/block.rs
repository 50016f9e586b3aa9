//! Blocks: loops over what a method yields, and functions given to a method.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::body;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::call;
use super::library;
use super::library::Yields;
use super::statement;

/// What a method yields to its block one by one.
pub(super) fn yielded<'t>(
    cx: &mut Lowering<'t, '_>,
    yields: Yields,
    base: NodeId,
    args: &[NodeId],
    at: Ts<'t>,
) -> NodeId {
    let with = |cx: &mut Lowering<'t, '_>, op: Op, more: &[NodeId]| {
        let operands = std::iter::once(base).chain(more.iter().copied()).collect();
        cx.op(op, operands, at)
    };
    match yields {
        Yields::Items => with(cx, Op::Rows, &[]),
        Yields::Chars => with(cx, Op::Chars, &[]),
        Yields::Codes => with(cx, Op::Codes, &[]),
        Yields::Lines => with(cx, Op::Lines, &[]),
        Yields::Indexed => {
            let rows = with(cx, Op::Rows, &[]);
            cx.op(Op::Indexed, vec![rows], at)
        }
        Yields::Reversed => with(cx, Op::Reverse, &[]),
        Yields::Keys => with(cx, Op::Keys, &[]),
        Yields::Values => with(cx, Op::Values, &[]),
        Yields::Slices => with(cx, Op::Chunks, args),
        Yields::Times => with(cx, Op::Range, &[]),
        Yields::Up => with(cx, Op::RangeClosed, args),
        Yields::Down => {
            let step = body::int(cx, -1, at);
            let to = args.first().copied().unwrap_or(step);
            with(cx, Op::RangeClosed, &[to, step])
        }
        Yields::Indices => {
            let length = with(cx, Op::Length, &[]);
            cx.op(Op::Range, vec![length], at)
        }
        Yields::Steps => match *args {
            [step] => cx.add(Node::Slice { base, from: None, to: None, step: Some(step) }, at),
            _ => with(cx, Op::RangeClosed, args),
        },
    }
}

/// A loop whose body is a block.
pub(super) fn over<'t>(cx: &mut Lowering<'t, '_>, iter: NodeId, block: Ts<'t>, at: Ts<'t>) -> NodeId {
    let target = match block.child_by_field_name("parameters") {
        Some(list) => match cx.kids(list)[..] {
            [only] if only.kind() == "identifier" => cx.name(cx.text(only), only),
            [only] if only.kind() == "destructured_parameter" => statement::pattern(cx, only),
            _ => statement::pattern(cx, list),
        },
        None => {
            let names = implicit(cx, block);
            match names[..] {
                [one] => cx.name(one, block),
                _ => {
                    let targets = names.iter().map(|name| cx.name(name, block)).collect();
                    cx.add(Node::List(targets), block)
                }
            }
        }
    };
    let inner = inside(cx, block, "loop");
    body::each(cx, target, iter, inner, at)
}

/// The statements of a block, where `next` and `break` mean what they do in a loop or a function.
pub(super) fn inside<'t>(cx: &mut Lowering<'t, '_>, block: Ts<'t>, what: &'static str) -> NodeId {
    let outer = cx.kind_of("a block");
    cx.remember("a block", what);
    let body = match block.child_by_field_name("body") {
        Some(body) => cx.lower(body),
        None => cx.add(Node::Block(Vec::new()), block),
    };
    cx.remember("a block", outer);
    body
}

/// The parameters of a block that declares none.
fn implicit<'t>(cx: &Lowering<'t, '_>, block: Ts<'t>) -> &'static [&'static str] {
    let text = cx.text(block);
    match (text.contains("_2"), text.contains("_1")) {
        (true, _) => &["_1", "_2"],
        (false, true) => &["_1"],
        _ => &["it"],
    }
}

/// `->(x) { … }`
pub(super) fn lambda<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (params, prelude) = node
        .child_by_field_name("parameters")
        .map_or_else(Default::default, |list| statement::parameters(cx, list));
    let Some(inner) = node.child_by_field_name("body") else { return cx.opaque(node) };
    let body = inside(cx, inner, "function");
    finish(cx, params, prelude, body, node)
}

/// A block as a function. Those that get one value and have several parameters take it apart.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, block: Ts<'t>, method: &str) -> NodeId {
    let (mut params, mut prelude) = match block.child_by_field_name("parameters") {
        Some(list) => statement::parameters(cx, list),
        None => (implicit(cx, block).iter().map(|name| param(name)).collect(), Vec::new()),
    };
    if matches!(method.trim_end_matches('!'), "gsub" | "sub") && cx.text(block).contains('$') {
        // The groups go by their numbers.
        params.truncate(1);
        params.extend(["$1", "$2", "$3", "$4"].map(param));
    }
    let several = params.len() > 1 || (params.len() == 1 && trailing_comma(cx, block));
    if several && !library::GETS_SEVERAL.contains(&method) {
        let mut targets = Vec::new();
        for one in &params {
            let name = cx.name(&one.name, block);
            targets.push(if one.rest { cx.add(Node::Spread(name), block) } else { name });
        }
        let target = cx.add(Node::List(targets), block);
        let all = cx.name("*", block);
        let all = cx.op(Op::Unwrap, vec![all], block);
        prelude.insert(0, cx.assign(target, all, true, block));
        params = vec![Param { name: "*".into(), default: None, rest: true }];
    }
    let body = inside(cx, block, "function");
    finish(cx, params, prelude, body, block)
}

fn trailing_comma<'t>(cx: &Lowering<'t, '_>, block: Ts<'t>) -> bool {
    block.child_by_field_name("parameters").is_some_and(|list| cx.text(list).contains(",|"))
}

fn finish<'t>(
    cx: &mut Lowering<'t, '_>,
    params: Vec<Param>,
    mut prelude: Vec<NodeId>,
    body: NodeId,
    at: Ts<'t>,
) -> NodeId {
    let body = if prelude.is_empty() {
        body
    } else {
        prelude.push(body);
        cx.add(Node::Block(prelude), at)
    };
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, at)
}

/// `&:name`, `&method(:name)`, `&block`.
pub(super) fn given<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(inner) = cx.kids(node).first().copied() else { return cx.name(statement::BLOCK, node) };
    if inner.kind() == "simple_symbol" {
        let name = super::text::symbol(cx, inner);
        return symbol(cx, name, inner);
    }
    cx.lower(inner)
}

/// A function that sends `name` to its argument; operators take two.
pub(super) fn symbol<'t>(cx: &mut Lowering<'t, '_>, name: &str, at: Ts<'t>) -> NodeId {
    if let Some(op) = crate::read::lang::chain::common_operator(name) {
        let (a, b) = (cx.name("a", at), cx.name("b", at));
        let body = cx.add(Node::Binary(op, a, b), at);
        return cx.lambda(&["a", "b"], body, at);
    }
    let this = cx.name("a", at);
    let body = call::method(cx, this, name, Vec::new(), None, at);
    cx.lambda(&["a"], body, at)
}

/// A function that calls a function of the program or the library by its name.
pub(super) fn by_name<'t>(cx: &mut Lowering<'t, '_>, name: &str, at: Ts<'t>) -> NodeId {
    if call::is_method(cx, name) {
        return cx.name(name, at);
    }
    let value = cx.name("a", at);
    let body = call::function(cx, name, vec![positional(value)], at);
    cx.lambda(&["a"], body, at)
}
