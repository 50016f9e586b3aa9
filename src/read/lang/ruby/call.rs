//! Calls: of methods, of the kernel's functions, with blocks.

use crate::read::ir::Arg;
use crate::read::ir::Codec;
use crate::read::ir::Handler;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::body;
use crate::read::lang::library as rows;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::block;
use super::library;
use super::library::Yields;
use super::statement;
use super::text;

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = match node.kind() {
        "call" => node.child_by_field_name("arguments"),
        _ => cx.kids(node).into_iter().find(|kid| kid.kind() == "argument_list"),
    };
    let kids = list.map_or_else(Vec::new, |list| cx.kids(list));
    match node.kind() {
        "yield" => {
            let args = arguments(cx, &kids);
            let callee = cx.name(statement::BLOCK, node);
            return cx.call(callee, args, None, node);
        }
        "super" => return parent(cx, &kids, list.is_some(), node),
        _ => {}
    }
    let method = node.child_by_field_name("method").map_or("call", |method| cx.text(method));
    let block = node.child_by_field_name("block");
    match node.child_by_field_name("receiver") {
        None if method == "super" => parent(cx, &kids, list.is_some(), node),
        None => without_receiver(cx, method, &kids, block, node),
        Some(receiver)
            if matches!(method, "include" | "prepend")
                && receiver.kind() == "constant"
                && kids.iter().all(|kid| kid.kind() == "constant")
                && kids.len() == 1 =>
        {
            let parts =
                vec![cx.lower(receiver), cx.lower(kids[0]), cx.add(Node::Bool(method == "prepend"), node)];
            cx.op(Op::Inherit, parts, node)
        }
        Some(receiver) => {
            if let Some(id) = looped(cx, receiver, method, &kids, block, node) {
                return id;
            }
            with_receiver(cx, receiver, method, &kids, block, node)
        }
    }
}

/// Whether the program defines a method of this name, or a reader.
pub(super) fn is_method(cx: &mut Lowering<'_, '_>, name: &str) -> bool {
    cx.defines(name)
}

/// A name that is a call without arguments.
pub(super) fn bare<'t>(cx: &mut Lowering<'t, '_>, name: &str, node: Ts<'t>) -> NodeId {
    if name.ends_with("given?") {
        let block = cx.name(statement::BLOCK, node);
        return cx.op(Op::Present, vec![block], node);
    }
    function(cx, name, Vec::new(), node)
}

/// `super` and `super(…)`: the same method of the class above; without parentheses with the same arguments.
fn parent<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>], given: bool, node: Ts<'t>) -> NodeId {
    let mut args = arguments(cx, kids);
    if !given {
        let own = cx.kind_of("parameters");
        for name in own.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty()) {
            args.push(positional(cx.name(name, node)));
        }
    }
    let name = cx.kind_of("a method");
    let name = cx.constant(name, node);
    let callee = cx.op(Op::Base, vec![name], node);
    cx.call(callee, args, None, node)
}

/// Arguments; trailing pairs are keywords.
fn arguments<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>]) -> Vec<Arg> {
    let (mut args, mut pairs) = (Vec::new(), Vec::new());
    for kid in kids {
        match kid.kind() {
            "pair" => {
                let key = kid.child_by_field_name("key");
                let name = key.filter(|key| matches!(key.kind(), "hash_key_symbol" | "simple_symbol"));
                let name = name.map(|key| text::symbol(cx, key).into());
                let value = match kid.child_by_field_name("value") {
                    Some(value) => cx.lower(value),
                    None => cx.name(key.map_or("", |key| cx.text(key)), *kid),
                };
                if name.is_none() && key.is_some() {
                    let key = cx.expect_field(*kid, "key");
                    pairs.push(cx.add(Node::Pair(key, value), *kid));
                } else {
                    args.push(Arg { name, value, spread: false });
                }
            }
            "splat_argument" => args.push(Arg { name: None, value: cx.only(*kid), spread: true }),
            "block_argument" => {
                let value = block::given(cx, *kid);
                args.push(Arg { name: Some(statement::BLOCK.into()), value, spread: false });
            }
            _ => args.push(positional(cx.lower(*kid))),
        }
    }
    if let (Some(first), false) = (kids.first(), pairs.is_empty()) {
        let map = cx.add(Node::Map(pairs), *first);
        args.push(positional(map));
    }
    args
}

fn without_receiver<'t>(
    cx: &mut Lowering<'t, '_>,
    method: &'t str,
    kids: &[Ts<'t>],
    block: Option<Ts<'t>>,
    node: Ts<'t>,
) -> NodeId {
    if !is_method(cx, method)
        && let Some(id) = special(cx, method, kids, block, node)
    {
        return id;
    }
    let mut args = arguments(cx, kids);
    if let ("tap" | "then" | "yield_self", Some(block), []) = (method, block, kids) {
        // The object itself is what it is called on.
        let this = cx.name("self", node);
        let function = block::function(cx, block, method);
        let applied = cx.op(Op::Apply, vec![function, this], node);
        return if method == "tap" { cx.add(Node::Block(vec![applied, this]), node) } else { applied };
    }
    if let Some(block) = block {
        let value = block::function(cx, block, method);
        args.push(Arg { name: Some(statement::BLOCK.into()), value, spread: false });
    }
    function(cx, method, args, node)
}

/// A call of a function by its name.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: Vec<Arg>, at: Ts<'t>) -> NodeId {
    let callee = cx.name(name, at);
    let count = args.iter().filter(|arg| arg.name.is_none()).count();
    match rows::find(library::FUNCTIONS, name, count) {
        Some(row) if !is_method(cx, name) => rows::call(cx, row, None, callee, args, at),
        _ => cx.call(callee, args, None, at),
    }
}

/// What is written like a call of a function but is a statement.
fn special<'t>(
    cx: &mut Lowering<'t, '_>,
    method: &str,
    kids: &[Ts<'t>],
    block: Option<Ts<'t>>,
    node: Ts<'t>,
) -> Option<NodeId> {
    match (method, block) {
        ("loop", Some(block)) => {
            let body = block::inside(cx, block, "loop");
            let body =
                cx.add(Node::While { before: None, test: None, after: None, body, runs_first: false }, node);
            // What has no more to give ends the loop.
            let nothing = cx.op(Op::Nothing, Vec::new(), node);
            let handlers = vec![Handler { binds: None, body: nothing }];
            Some(cx.add(Node::Try { body, handlers, finally: None }, node))
        }
        ("refine", Some(block)) => kids.first().map(|class| statement::refined(cx, *class, block, node)),
        ("lambda" | "proc", Some(block)) => Some(block::function(cx, block, "lambda")),
        ("raise" | "fail" | "throw", _) => {
            let args = cx.lower_all(kids);
            Some(cx.add(Node::Throw(args.last().copied()), node))
        }
        ("catch", Some(block)) => Some(block::inside(cx, block, "")),
        ("method", None) => {
            let name = kids.first().map(|kid| text::symbol(cx, *kid))?;
            Some(block::by_name(cx, name, node))
        }
        ("puts" | "print" | "p" | "pp", None) if matches!(kids, [only] if only.kind() == "heredoc_beginning") =>
        {
            let value = cx.lower(*kids.first()?);
            Some(cx.op(Op::Write, vec![value], node))
        }
        _ => None,
    }
}

/// A method whose block is the body of a loop.
fn looped<'t>(
    cx: &mut Lowering<'t, '_>,
    receiver: Ts<'t>,
    method: &'t str,
    kids: &[Ts<'t>],
    block: Option<Ts<'t>>,
    node: Ts<'t>,
) -> Option<NodeId> {
    let block = block?;
    if library::WITH_INDEX.contains(&method) && receiver.kind() == "call" {
        let inner = receiver.child_by_field_name("method").map_or("", |method| cx.text(method));
        let source = receiver.child_by_field_name("receiver")?;
        let list = receiver.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
        let (base, args) = (cx.lower(source), cx.lower_all(&list));
        let yields = library::yields(inner);
        let items = block::yielded(cx, yields.unwrap_or(Yields::Items), base, &args, node);
        let mut operands = vec![items];
        operands.extend(cx.lower_all(kids));
        let indexed = cx.op(Op::Indexed, operands, node);
        if yields.is_some() {
            return Some(block::over(cx, indexed, block, node));
        }
        let function = block::function(cx, block, inner);
        return Some(indexed_call(cx, inner, indexed, function, node));
    }
    if method == library::WITH_OBJECT {
        let base = cx.lower(receiver);
        let start = cx.lower(*kids.first()?);
        let list = block.child_by_field_name("parameters").map(|list| cx.kids(list))?;
        let [item, holder] = list[..] else { return None };
        let holder = cx.text(holder);
        let target = match item.kind() {
            "identifier" => cx.name(cx.text(item), item),
            _ => statement::pattern(cx, item),
        };
        let rows = cx.op(Op::Rows, vec![base], node);
        let inner = block::inside(cx, block, "loop");
        let whole = body::each(cx, target, rows, inner, node);
        let value = cx.name(holder, node);
        return Some(body::let_in(cx, holder, start, vec![whole, value], node));
    }
    if is_method(cx, method) {
        return None;
    }
    let yields = library::yields(method)?;
    let base = cx.lower(receiver);
    let args = cx.lower_all(kids);
    let iter = block::yielded(cx, yields, base, &args, node);
    Some(block::over(cx, iter, block, node))
}

/// A method given (item, index) pairs whose result holds the items.
fn indexed_call<'t>(
    cx: &mut Lowering<'t, '_>,
    method: &str,
    rows: NodeId,
    function: NodeId,
    at: Ts<'t>,
) -> NodeId {
    let row = rows::find(library::WITH_BLOCK, method, 1);
    let op = row.map_or(Op::Map, |row| row.op);
    let value = match op {
        Op::Sorted => cx.op(op, vec![rows, function], at),
        _ => cx.op(op, vec![function, rows], at),
    };
    if !matches!(op, Op::Filter | Op::Sorted) {
        return value;
    }
    let pair = cx.name("a", at);
    let first = cx.op(Op::First, vec![pair], at);
    let first = cx.lambda(&["a"], first, at);
    cx.op(Op::Map, vec![first, value], at)
}

fn with_receiver<'t>(
    cx: &mut Lowering<'t, '_>,
    receiver: Ts<'t>,
    method: &'t str,
    kids: &[Ts<'t>],
    block: Option<Ts<'t>>,
    node: Ts<'t>,
) -> NodeId {
    let name = cx.text(receiver);
    if method == "new"
        && let Some(id) = made(cx, name, kids, block, node)
    {
        return id;
    }
    if matches!(name, "Struct" | "Data")
        && let Some(fields) = statement::struct_fields(cx, node)
    {
        let inner = block.and_then(|block| block.child_by_field_name("body"));
        return statement::record(cx, "a record".into(), fields, inner, node);
    }
    let mut args = arguments(cx, kids);
    if let Some(block) = block {
        let value = block::function(cx, block, method);
        args.push(Arg { name: Some(statement::BLOCK.into()), value, spread: false });
    }
    if matches!(receiver.kind(), "constant" | "scope_resolution" | "global_variable") {
        let full = format!("{name}.{method}");
        let count = args.iter().filter(|arg| arg.name.is_none()).count();
        if let Some(row) = rows::find(library::FUNCTIONS, &full, count) {
            let base = cx.lower(receiver);
            let callee = cx.add(Node::Field(base, method.into()), node);
            return rows::call(cx, row, None, callee, args, node);
        }
        if method == "new" || method == "[]" {
            let callee = cx.lower(receiver);
            return cx.call(callee, args, None, node);
        }
    }
    let base = cx.lower(receiver);
    if (method == library::SEND || matches!(method, "send" | "then" | "call" | "()" | "yield" | "==="))
        && let Some(id) = called(cx, base, method, &mut args, node)
    {
        return id;
    }
    let pattern = kids.first().is_some_and(|kid| kid.kind() == "regex");
    if let Some(op) = pattern.then(|| library::by_pattern(method)).flatten() {
        let mut operands = vec![base];
        operands.extend(args.iter().map(|arg| arg.value));
        let value = cx.op(op, operands, node);
        return stored(cx, base, method, value, node);
    }
    self::method(cx, base, method, args, Some(kids), node)
}

/// `f.call(x)`, `f.(x)`, `x.send(:name)`, `x.then { … }`.
fn called<'t>(
    cx: &mut Lowering<'t, '_>,
    base: NodeId,
    method: &str,
    args: &mut Vec<Arg>,
    node: Ts<'t>,
) -> Option<NodeId> {
    match method {
        _ if method == "send" || method == library::SEND => {
            let first = args.first()?.value;
            let Node::Text(name) = cx.ir(first).clone() else { return None };
            args.remove(0);
            Some(self::method(cx, base, &name, std::mem::take(args), None, node))
        }
        "then" => {
            let function = args.last()?.value;
            Some(cx.op(Op::Apply, vec![function, base], node))
        }
        _ => Some(cx.call(base, std::mem::take(args), None, node)),
    }
}

/// A call of a method on a value.
pub(super) fn method<'t>(
    cx: &mut Lowering<'t, '_>,
    base: NodeId,
    name: &str,
    args: Vec<Arg>,
    kids: Option<&[Ts<'t>]>,
    at: Ts<'t>,
) -> NodeId {
    let plain = name.trim_end_matches('!');
    if let Some(id) = packed(cx, base, plain, &args, at) {
        return id;
    }
    let mut given: Vec<Arg> = Vec::new();
    let block = args.iter().find(|arg| arg.name.as_deref() == Some(statement::BLOCK)).map(|arg| arg.value);
    given.extend(block.map(positional));
    given.extend(args.iter().filter(|arg| arg.name.as_deref() != Some(statement::BLOCK)).cloned());
    if let (None, Some(Node::Text(operator))) = (block, args.last().map(|arg| cx.ir(arg.value).clone()))
        && library::FOLDS.contains(&plain)
    {
        let last = kids.and_then(|kids| kids.last()).is_some_and(|kid| kid.kind() == "simple_symbol");
        if last {
            given.pop();
            let function = block::symbol(cx, &operator, at);
            given.insert(0, positional(function));
        }
    }
    let count = given.iter().filter(|arg| arg.name.is_none()).count();
    let folds = given.len() > args.len() || library::FOLDS.contains(&plain) && !given.is_empty();
    let table = if block.is_some() || folds { library::WITH_BLOCK } else { library::METHODS };
    let row = rows::find(table, name, count)
        .or_else(|| rows::find(table, plain, count))
        .or_else(|| rows::find(library::METHODS, plain, count));
    let callee = cx.add(Node::Field(base, name.into()), at);
    let Some(row) = row else { return cx.call(callee, args, None, at) };
    let rows_wanted = block.is_some() || library::OF_ROWS.contains(&plain);
    let this = if rows_wanted && !changes(row.op) { cx.op(Op::Rows, vec![base], at) } else { base };
    let value = match rows::composed(cx, row, Some(this), &given, at) {
        Some(value) => value,
        None => {
            let library: Library = rows::apply(cx, row, Some(this), &given, at);
            if this == base {
                cx.call(callee, args, Some(library), at)
            } else {
                cx.op(library.op, library.operands, at)
            }
        }
    };
    if name.ends_with('!') && !changes(row.op) { stored(cx, base, name, value, at) } else { value }
}

/// `x.name!` changes its receiver: the new value is stored where it was.
fn stored<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, name: &str, value: NodeId, at: Ts<'t>) -> NodeId {
    if name.ends_with('!') && matches!(cx.ir(base), Node::Name(_) | Node::Field(..) | Node::Index(..)) {
        return cx.assign(base, value, false, at);
    }
    value
}

fn changes(op: Op) -> bool {
    use Op::{Clear, Insert, Pop, PopBack, PopFront, Push, PushFront, ReverseInPlace, SortInPlace, Splice};
    matches!(
        op,
        Push | PushFront | Insert | Pop | PopBack | PopFront | Clear | ReverseInPlace | SortInPlace | Splice
    )
}

/// `pack` and `unpack` by their format.
fn packed<'t>(
    cx: &mut Lowering<'t, '_>,
    base: NodeId,
    method: &str,
    args: &[Arg],
    at: Ts<'t>,
) -> Option<NodeId> {
    if !matches!(method, "pack" | "unpack" | "unpack1") {
        return None;
    }
    let Node::Text(format) = cx.ir(args.first()?.value).clone() else { return None };
    let codec = match format.chars().next()? {
        'm' => Some(Codec::Base64),
        'H' => Some(Codec::Hex),
        _ => None,
    };
    Some(match (codec, method) {
        (Some(Codec::Hex), "pack") => {
            let first = cx.op(Op::First, vec![base], at);
            cx.op(Op::Decode(Codec::Hex), vec![first], at)
        }
        (Some(codec), "pack") => {
            let first = cx.op(Op::First, vec![base], at);
            cx.op(Op::Encode(codec), vec![first], at)
        }
        (None, "pack") => cx.op(Op::Chr, vec![base], at),
        (None, _) => cx.op(Op::Codes, vec![base], at),
        (Some(codec), _) => {
            let op = if codec == Codec::Hex { Op::Encode(codec) } else { Op::Decode(codec) };
            let value = cx.op(op, vec![base], at);
            if method == "unpack" { cx.op(Op::ListOf, vec![value], at) } else { value }
        }
    })
}

/// Objects of the library.
fn made<'t>(
    cx: &mut Lowering<'t, '_>,
    class: &str,
    kids: &[Ts<'t>],
    block: Option<Ts<'t>>,
    node: Ts<'t>,
) -> Option<NodeId> {
    match (class, block) {
        ("Proc", Some(block)) => Some(block::function(cx, block, "lambda")),
        ("Enumerator" | "Enumerator::Lazy", Some(block)) => {
            let function = block::function(cx, block, "lambda");
            let items = cx.op(Op::NewList, Vec::new(), node);
            let holder = cx.name("yielder", node);
            let run = cx.op(Op::Apply, vec![function, holder], node);
            Some(body::let_in(cx, "yielder", items, vec![run, holder], node))
        }
        ("Array", Some(block)) => {
            let count = cx.lower(*kids.first()?);
            let range = cx.op(Op::Range, vec![count], node);
            let function = block::function(cx, block, "map");
            Some(cx.op(Op::Map, vec![function, range], node))
        }
        ("Hash", _) => Some(cx.op(Op::NewMap, Vec::new(), node)),
        ("String", _) => match kids.first() {
            Some(kid) => Some(cx.lower(*kid)),
            None => Some(cx.constant("", node)),
        },
        _ => None,
    }
}
