//! Calls: functions on each item of vectors, functions on whole vectors, and those with rules of their own.

use crate::read::ir::Arg;
use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::library as rows;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::generic;
use super::library;
use super::library::Special;

/// One argument: its name and its node.
type Given<'t> = (Option<&'t str>, Ts<'t>);

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let given = given(cx, node);
    let Some(callee) = node.child_by_field_name("function") else { return cx.opaque(node) };
    let callee = match callee.kind() {
        "namespace_operator" => callee.child_by_field_name("rhs").unwrap_or(callee),
        _ => callee,
    };
    named(cx, callee, given, Vec::new(), node)
}

fn given<'t>(cx: &Lowering<'t, '_>, call: Ts<'t>) -> Vec<Given<'t>> {
    let list = call.child_by_field_name("arguments");
    let args = list.map_or_else(Vec::new, |list| cx.fields(list, "argument"));
    args.into_iter()
        .filter_map(|arg| {
            let name = arg.child_by_field_name("name").map(|name| cx.text(name).trim_matches(['"', '`']));
            Some((name, arg.child_by_field_name("value")?))
        })
        .collect()
}

/// `x |> f(y)`: what stands before is the first argument.
pub(super) fn piped<'t>(cx: &mut Lowering<'t, '_>, left: Ts<'t>, right: Ts<'t>, node: Ts<'t>) -> NodeId {
    let value = cx.nested(node, |cx| cx.lower(left));
    match right.kind() {
        "call" => {
            let given = given(cx, right);
            let Some(callee) = right.child_by_field_name("function") else { return value };
            let callee = match callee.kind() {
                "namespace_operator" => callee.child_by_field_name("rhs").unwrap_or(callee),
                _ => callee,
            };
            named(cx, callee, given, vec![positional(value)], node)
        }
        "identifier" | "namespace_operator" => {
            let right = right.child_by_field_name("rhs").unwrap_or(right);
            named(cx, right, Vec::new(), vec![positional(value)], node)
        }
        _ => {
            let function = cx.lower(right);
            cx.op(Op::Apply, vec![function, value], node)
        }
    }
}

fn named<'t>(
    cx: &mut Lowering<'t, '_>,
    callee: Ts<'t>,
    given: Vec<Given<'t>>,
    mut args: Vec<Arg>,
    node: Ts<'t>,
) -> NodeId {
    let name = cx.text(callee).trim_matches('`');
    let own = cx.kind_of(name) == "function";
    let known = callee.kind() == "identifier" && !own;
    if let ("UseMethod", true, Some((_, generic))) = (name, known, given.first())
        && let Some(id) = generic::dispatch(cx, *generic, node)
    {
        return id;
    }
    if let ("structure", true, Some((None, value))) = (name, known, given.first())
        && let Some((_, class)) = given.iter().find(|(name, _)| *name == Some("class"))
    {
        let value = cx.lower(*value);
        return generic::of_class(cx, value, *class, node);
    }
    if known && let Some(id) = in_environment(cx, name, &given, node) {
        return id;
    }
    if let ("assign", true, [(None, name), (None, value), ..]) = (name, known, &given[..]) {
        let (name, value) = (cx.lower(*name), cx.lower(*value));
        let target = cx.op(Op::Variable, vec![name], node);
        return cx.assign(target, value, false, node);
    }
    if let Some(special) = library::special(name).filter(|_| known)
        && let Some(id) = by_rule(cx, special, &given, &args, node)
    {
        return id;
    }
    for (name, value) in given {
        let spread = cx.text(value) == "...";
        let value = function_value(cx, value);
        let name = name.map(Box::from);
        args.push(Arg { name: name.filter(|_| !spread), value, spread });
    }
    if known {
        return function(cx, name, args, node);
    }
    let target = cx.lower(callee);
    cx.call(target, args, None, node)
}

/// What is assigned to, or read from, an environment that is named.
fn in_environment<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    given: &[Given<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let op = match name {
        "assign" => Op::Set,
        "get" | "get0" => Op::Get,
        "mget" => Op::Element,
        "exists" => Op::Contains,
        _ => return None,
    };
    let place = given.iter().find(|(name, _)| matches!(name, Some("envir" | "pos" | "env")))?.1;
    let own = cx.text(place);
    if !own.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')) || own == ".GlobalEnv" {
        return None;
    }
    let plain: Vec<Ts<'t>> =
        given.iter().filter(|(name, _)| name.is_none()).map(|(_, value)| *value).collect();
    let mut operands = vec![cx.lower(place)];
    operands.extend(cx.lower_all(plain.get(..if op == Op::Set { 2 } else { 1 })?));
    Some(cx.op(op, operands, node))
}

/// An argument; the name of a library's function is a function.
fn function_value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if node.kind() == "identifier" && cx.kind_of(cx.text(node)) != "function" {
        let name = cx.text(node);
        let row = rows::find(library::EACH, name, 1).or_else(|| rows::find(library::WHOLE, name, 1));
        let joins = matches!(library::special(name), Some(Special::Paste | Special::Combine));
        if row.is_some() || joins {
            return by_name(cx, name, node);
        }
    }
    cx.lower(node)
}

/// A library's function as a value.
fn by_name<'t>(cx: &mut Lowering<'t, '_>, name: &str, at: Ts<'t>) -> NodeId {
    let all = cx.name("*", at);
    let body = match library::special(name) {
        Some(Special::Paste) => {
            let separator = cx.constant(if name == "paste0" { "" } else { " " }, at);
            cx.op(Op::Join, vec![all, separator], at)
        }
        Some(Special::Combine) => cx.op(Op::Flatten, vec![all], at),
        _ => {
            let first = cx.op(Op::First, vec![all], at);
            function(cx, name, vec![positional(first)], at)
        }
    };
    let params = vec![Param { name: "*".into(), default: None, rest: true }];
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, at)
}

/// A call of a function by its name.
fn function<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: Vec<Arg>, at: Ts<'t>) -> NodeId {
    let callee = cx.name(name, at);
    let count = args.iter().filter(|arg| arg.name.is_none()).count();
    if let Some(row) = rows::find(library::WHOLE, name, count) {
        return rows::call(cx, row, None, callee, args, at);
    }
    let Some(row) = rows::find(library::EACH, name, count) else {
        return cx.call(callee, args, None, at);
    };
    // On each item: the function of one item, called with all.
    let mut inner = Vec::new();
    let mut params = Vec::new();
    let mut operands = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        let own = format!("v{index}");
        let value = cx.name(&own, at);
        inner.push(Arg { name: arg.name.clone(), value, spread: false });
        params.push(Param { name: own.into(), default: None, rest: false });
        operands.push(arg.value);
    }
    let library = rows::apply(cx, row, None, &inner, at);
    let body = cx.op(library.op, library.operands, at);
    let function = Node::Function { name: None, params, body, comment: None, generator: false };
    let function = cx.add(function, at);
    operands.insert(0, function);
    cx.op(Op::Broadcast, operands, at)
}

fn keyed<'t>(given: &[Given<'t>], name: &str) -> Option<Ts<'t>> {
    given.iter().find(|(own, _)| *own == Some(name)).map(|(_, node)| *node)
}

/// Functions whose arguments have rules of their own.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
fn by_rule<'t>(
    cx: &mut Lowering<'t, '_>,
    special: Special,
    given: &[Given<'t>],
    before: &[Arg],
    node: Ts<'t>,
) -> Option<NodeId> {
    let plain: Vec<Ts<'t>> = given.iter().filter(|(name, _)| name.is_none()).map(|(_, node)| *node).collect();
    let truth = |cx: &Lowering<'t, '_>, name: &str| {
        keyed(given, name).is_some_and(|node| matches!(cx.text(node), "TRUE" | "T"))
    };
    Some(match special {
        Special::Combine => combine(cx, given, before, node),
        Special::Paste => paste(cx, given, before, node),
        Special::Cat => {
            let mut items = values(cx, &plain, before);
            if let Some(named) = given.iter().find(|(name, _)| name.is_some_and(|name| name.is_empty())) {
                items.push(cx.lower(named.1));
            }
            let list = cx.op(Op::ListOf, items, node);
            let flat = cx.op(Op::FlattenAll, vec![list], node);
            let separator = match keyed(given, "sep") {
                Some(separator) => cx.lower(separator),
                None => cx.constant(" ", node),
            };
            let text = cx.op(Op::Join, vec![flat, separator], node);
            cx.op(Op::Write, vec![text], node)
        }
        Special::Return => {
            let value = values(cx, &plain, before).first().copied();
            cx.add(Node::Return(value), node)
        }
        Special::Stop => {
            let value = values(cx, &plain, before).first().copied();
            cx.add(Node::Throw(value), node)
        }
        Special::Try => {
            let body = values(cx, &plain, before);
            let body = cx.add(Node::Block(body), node);
            let mut handlers = Vec::new();
            if let Some(handler) = keyed(given, "error") {
                let function = cx.lower(handler);
                let nothing = cx.add(Node::Null, handler);
                let run = cx.op(Op::Apply, vec![function, nothing], handler);
                handlers.push(Handler { binds: None, body: run });
            }
            let finally = keyed(given, "finally").map(|finally| cx.lower(finally));
            cx.add(Node::Try { body, handlers, finally }, node)
        }
        Special::Map => {
            let mut all = values(cx, &plain, before);
            let function = match keyed(given, "FUN").or_else(|| keyed(given, "f")) {
                Some(function) => function_value(cx, function),
                None => {
                    let at =
                        all.iter().position(|id| matches!(cx.ir(*id), Node::Function { .. })).unwrap_or(1);
                    if at >= all.len() {
                        return None;
                    }
                    all.remove(at)
                }
            };
            mapped(cx, function, &all, node)?
        }
        Special::Apply => {
            let all = values(cx, &plain, before);
            let [matrix, margin, function] = all[..] else { return None };
            let rows = matches!(cx.ir(margin), Node::Int(1));
            let items = if rows { cx.op(Op::Transpose, vec![matrix], node) } else { matrix };
            let function = called_with(cx, function, given.get(3..).unwrap_or_default(), node);
            cx.op(Op::Map, vec![function, items], node)
        }
        Special::Call => {
            let first = plain.first().copied()?;
            let list = plain.get(1).copied()?;
            let inner_call = list.kind() == "call"
                && list.child_by_field_name("function").is_some_and(|f| matches!(cx.text(f), "list" | "c"));
            if first.kind() == "identifier" && inner_call {
                let inner = self::given(cx, list);
                return Some(named(cx, first, inner, Vec::new(), node));
            }
            let function = match first.kind() {
                "string" => by_name(cx, cx.text(first).trim_matches(['"', '\'']), first),
                _ => function_value(cx, first),
            };
            let list = cx.lower(list);
            let list = cx.op(Op::Values, vec![list], node);
            cx.op(Op::ApplyAll, vec![function, list], node)
        }
        Special::Switch => switch(cx, given, before, node)?,
        Special::Matrix => {
            let value = values(cx, plain.get(..1).unwrap_or_default(), before).first().copied()?;
            let rows = keyed(given, "nrow").or_else(|| plain.get(1).copied());
            let columns = keyed(given, "ncol").or_else(|| plain.get(2).copied());
            let by_row = truth(cx, "byrow");
            let count = match (by_row, rows, columns) {
                (true, _, Some(columns)) => cx.lower(columns),
                (false, Some(rows), _) => cx.lower(rows),
                (_, rows, columns) => {
                    let other = cx.lower(rows.or(columns)?);
                    let length = cx.op(Op::Length, vec![value], node);
                    cx.add(Node::Binary(BinaryOp::FloorDiv, length, other), node)
                }
            };
            let parts = cx.op(Op::Chunks, vec![value, count], node);
            if by_row { cx.op(Op::Transpose, vec![parts], node) } else { parts }
        }
        Special::Split => {
            let all = values(cx, &plain, before);
            let (text, mark) = (*all.first()?, all.get(1).copied());
            let mark = match (mark, keyed(given, "split")) {
                (Some(mark), _) => Some(mark),
                (None, Some(mark)) => Some(cx.lower(mark)),
                _ => None,
            };
            let one = cx.name("one", node);
            let fixed = truth(cx, "fixed");
            let body = match mark.map(|mark| (mark, cx.ir(mark).clone())) {
                None | Some((_, Node::Null)) => cx.op(Op::Chars, vec![one], node),
                Some((_, Node::Text(text))) if text.is_empty() => cx.op(Op::Chars, vec![one], node),
                Some((mark, Node::Text(text))) if fixed || text.len() == 1 && !text.contains(['.', '|']) => {
                    cx.op(Op::Split, vec![one, mark], node)
                }
                Some((mark, _)) => cx.op(Op::SplitPattern, vec![one, mark], node),
            };
            let function = cx.lambda(&["one"], body, node);
            let list = cx.op(Op::AsList, vec![text], node);
            cx.op(Op::Map, vec![function, list], node)
        }
        Special::Replace => {
            let all = values(cx, &plain, before);
            let [pattern, new, text] = all[..] else { return None };
            let name = node.child_by_field_name("function").map_or("", |name| cx.text(name));
            let (one, fixed) = (cx.name("one", node), truth(cx, "fixed"));
            let mut operands = vec![one, pattern, new];
            let op = if fixed { Op::Replace } else { Op::ReplacePattern };
            if name == "sub" {
                operands.push(body::int(cx, 1, node));
            }
            let body = cx.op(op, operands, node);
            let function = cx.lambda(&["one"], body, node);
            cx.op(Op::Broadcast, vec![function, text], node)
        }
        Special::Append => {
            let all = values(cx, &plain, before);
            let (list, new) = (*all.first()?, *all.get(1)?);
            let new = cx.op(Op::AsList, vec![new], node);
            let list = cx.op(Op::AsList, vec![list], node);
            let after = match (keyed(given, "after"), all.get(2)) {
                (Some(after), _) => Some(cx.lower(after)),
                (None, after) => after.copied(),
            };
            match after {
                Some(after) => {
                    let head = cx.op(Op::Take, vec![list, after], node);
                    let tail = cx.op(Op::Drop, vec![list, after], node);
                    cx.op(Op::Chain, vec![head, new, tail], node)
                }
                None => cx.op(Op::Chain, vec![list, new], node),
            }
        }
        Special::Sequence => {
            let all = values(cx, &plain, before);
            let from = keyed(given, "from").map(|from| cx.lower(from)).or_else(|| all.first().copied())?;
            let to = keyed(given, "to").map(|to| cx.lower(to)).or_else(|| all.get(1).copied());
            let Some(to) = to else {
                let one = body::int(cx, 1, node);
                return Some(cx.op(Op::RangeClosed, vec![one, from], node));
            };
            let mut operands = vec![from, to];
            operands.extend(keyed(given, "by").map(|by| cx.lower(by)).or_else(|| all.get(2).copied()));
            cx.op(Op::Sequence, operands, node)
        }
        Special::Ends => {
            let all = values(cx, &plain, before);
            let list = cx.op(Op::AsList, vec![*all.first()?], node);
            let count = match (all.get(1), keyed(given, "n")) {
                (Some(count), _) => *count,
                (None, Some(count)) => cx.lower(count),
                _ => body::int(cx, 6, node),
            };
            let tail = node.child_by_field_name("function").is_some_and(|name| cx.text(name) == "tail");
            let turned = matches!(cx.ir(count), Node::Unary(UnaryOp::Neg, _));
            let count = if tail { cx.add(Node::Unary(UnaryOp::Neg, count), node) } else { count };
            // `head(x, -1)` leaves the last out, as a slice up to -1 does; `tail(x, -1)` leaves the first out.
            match (tail, turned) {
                (true, _) => cx.op(Op::Drop, vec![list, count], node),
                (false, _) => cx.op(Op::Take, vec![list, count], node),
            }
        }
        Special::Parse => {
            let code = keyed(given, "text")?;
            cx.lower(code)
        }
        Special::Found => {
            let all = values(cx, plain.get(..1).unwrap_or_default(), before);
            let inner = plain.get(1).copied().filter(|inner| inner.kind() == "call")?;
            let pattern = self::given(cx, inner).first().map(|(_, pattern)| *pattern)?;
            let pattern = cx.lower(pattern);
            let found = cx.op(Op::FindAll, vec![*all.first()?, pattern], node);
            cx.op(Op::ListOf, vec![found], node)
        }
    })
}

/// A function with more arguments fixed.
fn called_with<'t>(cx: &mut Lowering<'t, '_>, function: NodeId, more: &[Given<'t>], node: Ts<'t>) -> NodeId {
    if more.is_empty() {
        return function;
    }
    if let Some((_, separator)) = more.iter().find(|(name, _)| *name == Some("collapse")) {
        let separator = cx.lower(*separator);
        let row = cx.name("row", node);
        let body = cx.op(Op::Join, vec![row, separator], node);
        return cx.lambda(&["row"], body, node);
    }
    function
}

fn values<'t>(cx: &mut Lowering<'t, '_>, plain: &[Ts<'t>], before: &[Arg]) -> Vec<NodeId> {
    let mut all: Vec<NodeId> = before.iter().map(|arg| arg.value).collect();
    for node in plain {
        let value = function_value(cx, *node);
        let dots = cx.text(*node) == "...";
        all.push(if dots { cx.add(Node::Spread(value), *node) } else { value });
    }
    all
}

/// `c(…)` and `list(…)`: with names a map, else a list; `c` opens lists in it.
fn combine<'t>(cx: &mut Lowering<'t, '_>, given: &[Given<'t>], before: &[Arg], node: Ts<'t>) -> NodeId {
    let opens = node.child_by_field_name("function").is_some_and(|name| cx.text(name) == "c");
    let named = given.iter().any(|(name, _)| name.is_some());
    let mut items = Vec::new();
    for arg in before {
        let list = cx.op(Op::AsList, vec![arg.value], node);
        items.push(cx.add(Node::Spread(list), node));
    }
    for (name, value_node) in given {
        let value = cx.lower(*value_node);
        let simple = matches!(
            value_node.kind(),
            "string" | "float" | "integer" | "true" | "false" | "function_definition"
        );
        items.push(match name {
            Some(name) => {
                let key = cx.constant(name, *value_node);
                cx.add(Node::Pair(key, value), *value_node)
            }
            None if named && simple => {
                let key = cx.constant("", *value_node);
                cx.add(Node::Pair(key, value), *value_node)
            }
            None if named || opens && !simple => {
                let list = if cx.text(*value_node) == "..." || named {
                    value
                } else {
                    cx.op(Op::AsList, vec![value], *value_node)
                };
                let flat = given.len() == 1 && !named;
                let list = if flat { cx.op(Op::FlattenAll, vec![list], *value_node) } else { list };
                cx.add(Node::Spread(list), *value_node)
            }
            None => value,
        });
    }
    cx.add(if named { Node::Map(items) } else { Node::List(items) }, node)
}

/// `paste(…, sep, collapse)`: joined item by item, then together.
fn paste<'t>(cx: &mut Lowering<'t, '_>, given: &[Given<'t>], before: &[Arg], node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("function").or_else(|| {
        let right = node.child_by_field_name("rhs")?;
        right.child_by_field_name("function").or(Some(right))
    });
    let tight = name.is_some_and(|name| super::library::TIGHT.contains(&cx.text(name)));
    let separator = match keyed(given, "sep") {
        Some(separator) => cx.lower(separator),
        None => cx.constant(if tight { "" } else { " " }, node),
    };
    let mut operands = Vec::new();
    for arg in before {
        operands.push(arg.value);
    }
    for (name, value) in given {
        if matches!(name, Some("sep" | "collapse")) {
            continue;
        }
        let spread = cx.text(*value) == "...";
        let value_id = cx.lower(*value);
        operands.push(if spread { cx.add(Node::Spread(value_id), *value) } else { value_id });
    }
    let all = cx.name("*", node);
    let body = cx.op(Op::Join, vec![all, separator], node);
    let params = vec![Param { name: "*".into(), default: None, rest: true }];
    let function = Node::Function { name: None, params, body, comment: None, generator: false };
    let function = cx.add(function, node);
    operands.insert(0, function);
    let joined = cx.op(Op::Broadcast, operands, node);
    match keyed(given, "collapse").filter(|collapse| collapse.kind() != "null") {
        Some(collapse) => {
            let collapse = cx.lower(collapse);
            let list = cx.op(Op::AsList, vec![joined], node);
            cx.op(Op::Join, vec![list, collapse], node)
        }
        None => joined,
    }
}

/// A function on each item of one list, or on the items of several side by side.
fn mapped<'t>(cx: &mut Lowering<'t, '_>, function: NodeId, lists: &[NodeId], node: Ts<'t>) -> Option<NodeId> {
    let several = node
        .child_by_field_name("function")
        .is_some_and(|name| matches!(cx.text(name), "Map" | "mapply" | "map2_chr" | "map2"));
    let first = *lists.first()?;
    if several && lists.len() > 1 {
        let operands = std::iter::once(function).chain(lists.iter().copied()).collect();
        return Some(cx.op(Op::Broadcast, operands, node));
    }
    let items = cx.op(Op::Values, vec![first], node);
    let items = cx.op(Op::AsList, vec![items], node);
    let name = node.child_by_field_name("function").map_or("", |name| cx.text(name));
    let op = match name {
        "Filter" | "keep" => Op::Filter,
        "Reduce" | "reduce" => {
            let mut operands = vec![function, items];
            operands.extend(lists.get(1));
            return Some(cx.op(Op::Reduce, operands, node));
        }
        "Position" | "Find" => {
            let kept = cx.op(Op::Filter, vec![function, items], node);
            return Some(cx.op(Op::First, vec![kept], node));
        }
        _ => Op::Map,
    };
    Some(cx.op(op, vec![function, items], node))
}

fn switch<'t>(
    cx: &mut Lowering<'t, '_>,
    given: &[Given<'t>],
    before: &[Arg],
    node: Ts<'t>,
) -> Option<NodeId> {
    let (subject, rest) = match before.first() {
        Some(arg) => (arg.value, given),
        None => {
            let (first, rest) = given.split_first()?;
            (cx.lower(first.1), rest)
        }
    };
    let mut arms = Vec::new();
    for (index, (name, value)) in rest.iter().enumerate() {
        let key = match name {
            Some(name) => Some(cx.constant(name, *value)),
            None if rest.iter().all(|(name, _)| name.is_none()) => {
                Some(body::int(cx, i64::try_from(index).unwrap_or(0) + 1, *value))
            }
            None => None,
        };
        let body = cx.lower(*value);
        arms.push(Arm { values: key.into_iter().collect(), guard: None, body, falls_through: false });
    }
    Some(cx.add(Node::Match { subject: Some(subject), arms }, node))
}
