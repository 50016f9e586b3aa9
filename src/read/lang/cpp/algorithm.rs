//! Calls that take iterators or write through an argument: what they do to the container behind them.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::library::as_function;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::declaration::bare;
use super::library;

/// Lowers a call of a free function; `None` where its name or arguments are none of these.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn free<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    args: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    Some(match (name, args) {
        ("sprintf", [to, rest @ ..]) | ("snprintf" | "vsnprintf", [to, _, rest @ ..]) => {
            let text = printed(cx, rest, node);
            store(cx, *to, text, node)
        }
        ("fprintf", [_, rest @ ..]) => {
            let text = printed(cx, rest, node);
            cx.op(Op::Write, vec![text], node)
        }
        ("strcpy", [to, from]) => {
            let text = cx.lower(*from);
            store(cx, *to, text, node)
        }
        ("strncpy", [to, from, count]) => {
            let operands = cx.lower_all(&[*from, *count]);
            let text = cx.op(Op::Take, operands, node);
            store(cx, *to, text, node)
        }
        ("swap" | "iter_swap", [a, b]) => {
            let (targets, values) = (cx.lower_all(&[*a, *b]), cx.lower_all(&[*b, *a]));
            let (target, value) = (cx.add(Node::List(targets), node), cx.add(Node::List(values), node));
            cx.assign(target, value, false, node)
        }
        ("copy" | "move", [from, end, to]) => {
            let items = range(cx, *from, *end, node);
            deliver(cx, *to, items, node)
        }
        ("transform", [from, end, to, function]) => {
            let items = range(cx, *from, *end, node);
            let function = function_value(cx, *function, 1);
            let items = cx.op(Op::Map, vec![function, items], node);
            deliver(cx, *to, items, node)
        }
        ("for_each", [from, end, function]) => {
            let items = range(cx, *from, *end, node);
            let function = function_value(cx, *function, 1);
            cx.op(Op::ForEach, vec![function, items], node)
        }
        ("sort" | "stable_sort" | "partial_sort", [from, .., order]) if !is_end(cx, *order) => {
            let list = cx.lower(container(cx, *from)?);
            if cx.text(*order).contains("greater") {
                let (key, down) = (cx.add(Node::Null, node), cx.add(Node::Bool(true), node));
                return Some(cx.op(Op::SortInPlace, vec![list, key, down], node));
            }
            let order = cx.lower(*order);
            cx.op(Op::SortInPlace, vec![list, order], node)
        }
        ("sort" | "stable_sort", [from, end]) => {
            let list = cx.lower(container(cx, *from)?);
            if cx.text(*from).contains("rbegin") && cx.text(*end).contains("rend") {
                let (key, down) = (cx.add(Node::Null, node), cx.add(Node::Bool(true), node));
                return Some(cx.op(Op::SortInPlace, vec![list, key, down], node));
            }
            cx.op(Op::SortInPlace, vec![list], node)
        }
        ("iota", [from, _, start]) => {
            let list = cx.lower(container(cx, *from)?);
            let (start, count) = (cx.lower(*start), cx.op(Op::Length, vec![list], node));
            let stop = cx.add(Node::Binary(BinaryOp::Add, start, count), node);
            let numbers = cx.op(Op::Range, vec![start, stop], node);
            cx.assign(list, numbers, false, node)
        }
        ("fill", [from, _, item]) => {
            let list = cx.lower(container(cx, *from)?);
            let (count, item) = (cx.op(Op::Length, vec![list], node), cx.lower(*item));
            let filled = cx.op(Op::NewFilled, vec![count, item], node);
            cx.assign(list, filled, false, node)
        }
        ("count_if" | "any_of" | "all_of" | "none_of" | "find_if", [from, end, test]) => {
            let items = range(cx, *from, *end, node);
            let test = function_value(cx, *test, 1);
            let kept = cx.op(Op::Filter, vec![test, items], node);
            let count = cx.op(Op::Length, vec![kept], node);
            let zero = cx.add(Node::Int(0), node);
            match name {
                "count_if" => count,
                "any_of" => cx.add(Node::Binary(BinaryOp::Gt, count, zero), node),
                "none_of" => cx.add(Node::Binary(BinaryOp::Eq, count, zero), node),
                "find_if" => cx.op(Op::First, vec![kept], node),
                _ => {
                    let all = range(cx, *from, *end, node);
                    let all = cx.op(Op::Length, vec![all], node);
                    cx.add(Node::Binary(BinaryOp::Eq, count, all), node)
                }
            }
        }
        ("max_element" | "min_element", [from, end]) => {
            let items = range(cx, *from, *end, node);
            cx.op(if name == "max_element" { Op::Max } else { Op::Min }, vec![items], node)
        }
        ("accumulate" | "reduce", [from, end, rest @ ..]) => {
            let items = range(cx, *from, *end, node);
            fold(cx, items, rest, node)
        }
        ("rotate", [from, middle, _]) => {
            let list = cx.lower(container(cx, *from)?);
            let by = cx.lower(offset(cx, *middle)?.1);
            // From behind, it turns the other way.
            let by = match cx.text(*from).contains("rbegin(") {
                true => by,
                false => cx.add(Node::Unary(UnaryOp::Neg, by), node),
            };
            cx.op(Op::Rotate, vec![list, by], node)
        }
        _ => return None,
    })
}

/// Lowers a call of a method of `base`; `None` where its name or arguments are none of these.
pub(super) fn method<'t>(
    cx: &mut Lowering<'t, '_>,
    base: Ts<'t>,
    name: &str,
    args: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let is_map = super::library::is_map(cx.kind_of(cx.text(base)));
    match (name, args) {
        // What a map holds under a key, as a pair; nothing stands for its end.
        ("find", [key]) if is_map => {
            let (map, key) = (cx.lower(base), cx.lower(*key));
            let value = cx.add(Node::Index(map, key), node);
            let then = cx.add(Node::List(vec![key, value]), node);
            let test = cx.op(Op::Contains, vec![map, key], node);
            let other = cx.add(Node::Null, node);
            Some(cx.add(Node::Choose { test, then, other }, node))
        }
        ("end" | "cend", []) if is_map && is_compared(cx, node) => Some(cx.add(Node::Null, node)),
        ("insert", [entry]) => insert_one(cx, base, *entry, node),
        ("insert", [place, items @ ..]) => insert(cx, base, *place, items, node),
        ("erase", [place]) => erase(cx, base, *place, node),
        ("erase", [place, _]) if removed(cx, *place).is_some() => {
            let kept = removed(cx, *place)?;
            let target = cx.lower(base);
            let is_text = matches!(cx.kind_of(cx.text(base)), "string" | "char[]");
            let kept = kept(cx, target, node);
            let value = if is_text { cx.op(Op::Chr, vec![kept], node) } else { kept };
            Some(cx.assign(target, value, false, node))
        }
        ("remove_prefix", [count]) => {
            let (target, count) = (cx.lower(base), cx.lower(*count));
            let value = cx.op(Op::Drop, vec![target, count], node);
            Some(cx.assign(target, value, false, node))
        }
        ("remove_suffix", [count]) => {
            let (target, count) = (cx.lower(base), cx.lower(*count));
            let (zero, count) = (cx.add(Node::Int(0), node), cx.add(Node::Unary(UnaryOp::Neg, count), node));
            let value = cx.op(Op::Slice, vec![target, zero, count], node);
            Some(cx.assign(target, value, false, node))
        }
        ("erase", [place, end]) if is_position(cx, *place, cx.kind_of(cx.text(base)) == "string") => {
            let operands = cx.lower_all(&[base, *place, *end]);
            Some(cx.op(Op::Splice, operands, node))
        }
        ("replace", [place, count, text]) if is_position(cx, *place, true) => {
            let operands = cx.lower_all(&[base, *place, *count, *text]);
            Some(cx.op(Op::Splice, operands, node))
        }
        ("emplace", [key, value]) => {
            let is_map = matches!(cx.kind_of(cx.text(base)), "map" | "unordered_map" | "multimap");
            let (holder, parts) = (cx.lower(base), cx.lower_all(&[*key, *value]));
            if is_map {
                return Some(cx.op(Op::Set, vec![holder, parts[0], parts[1]], node));
            }
            let pair = cx.add(Node::List(parts), node);
            Some(cx.op(Op::Push, vec![holder, pair], node))
        }
        ("emplace_back" | "emplace", [_, _, ..]) => {
            let (holder, parts) = (cx.lower(base), cx.lower_all(args));
            let parts = cx.add(Node::List(parts), node);
            Some(cx.op(Op::Push, vec![holder, parts], node))
        }
        ("append", [from, end]) => {
            let text = if container(cx, *from).is_some() && is_range(cx, *from, *end) {
                let items = range(cx, *from, *end, node);
                cx.op(Op::Join, vec![items], node)
            } else {
                let operands = cx.lower_all(&[*end, *from]);
                cx.op(Op::Repeat, operands, node)
            };
            let holder = cx.lower(base);
            Some(cx.op(Op::Push, vec![holder, text], node))
        }
        ("assign", [value]) => {
            let (target, value) = (cx.lower(base), cx.lower(*value));
            Some(cx.assign(target, value, false, node))
        }
        _ => None,
    }
}

/// Whether an argument is a range's end rather than an order.
fn is_end<'t>(cx: &Lowering<'t, '_>, arg: Ts<'t>) -> bool {
    let text = cx.text(arg);
    arg.kind() != "lambda_expression"
        && (text.contains("end(") || text.contains(" + ") || text.contains("begin("))
}

/// What `remove(from, end, item)` and `remove_if(from, end, test)` leave of a list.
fn removed<'t>(
    cx: &Lowering<'t, '_>,
    call: Ts<'t>,
) -> Option<impl Fn(&mut Lowering<'t, '_>, NodeId, Ts<'t>) -> NodeId + use<'t>> {
    let name = bare(cx.text(call.child_by_field_name("function")?));
    let last = cx.kids(call.child_by_field_name("arguments")?).get(2).copied()?;
    let by_test = match name {
        "remove" => false,
        "remove_if" => true,
        _ => return None,
    };
    Some(move |cx: &mut Lowering<'t, '_>, list: NodeId, node: Ts<'t>| {
        let item = cx.name("a", node);
        let body = if by_test {
            let test = function_value(cx, last, 1);
            let holds = cx.call(test, vec![positional(item)], None, node);
            cx.add(Node::Unary(UnaryOp::Not, holds), node)
        } else {
            let other = cx.lower(last);
            cx.add(Node::Binary(BinaryOp::Ne, item, other), node)
        };
        let keeps = cx.lambda(&["a"], body, node);
        cx.op(Op::Filter, vec![keeps, list], node)
    })
}

/// What lies between two iterators.
pub(super) fn range<'t>(cx: &mut Lowering<'t, '_>, from: Ts<'t>, end: Ts<'t>, node: Ts<'t>) -> NodeId {
    let (start, skip) = offset(cx, from).map_or((from, None), |(start, by, _)| (start, Some(by)));
    let base = cx.lower(start);
    let stop = offset(cx, end);
    if skip.is_none() && stop.is_none() {
        return base;
    }
    let skip = match skip {
        Some(skip) => cx.lower(skip),
        None => cx.add(Node::Int(0), node),
    };
    let mut operands = vec![base, skip];
    if let Some((_, by, back)) = stop {
        let by = cx.lower(by);
        operands.push(if back { cx.add(Node::Unary(UnaryOp::Neg, by), node) } else { by });
    }
    cx.op(Op::Slice, operands, node)
}

/// Whether two arguments are the ends of a range: `v.begin(), v.end()` or `items, items + n`.
pub(super) fn is_range<'t>(cx: &Lowering<'t, '_>, from: Ts<'t>, end: Ts<'t>) -> bool {
    let (first, last) = (cx.text(from), cx.text(end));
    first.contains("begin(") || (from.kind() == "identifier" && last.starts_with(first) && last.contains('+'))
}

/// A function given by name or as a lambda; one of the library becomes a lambda.
fn function_value<'t>(cx: &mut Lowering<'t, '_>, function: Ts<'t>, params: usize) -> NodeId {
    let name = bare(cx.text(function));
    match find(library::FUNCTIONS, name, params) {
        Some(row) if function.kind() != "lambda_expression" => as_function(cx, row, None, params, function),
        _ => cx.lower(function),
    }
}

/// `accumulate` with a start and perhaps a function.
fn fold<'t>(cx: &mut Lowering<'t, '_>, items: NodeId, rest: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    match rest {
        [start, function] if function.kind() == "lambda_expression" || function.kind() == "identifier" => {
            let (start, function) = (cx.lower(*start), cx.lower(*function));
            cx.op(Op::Reduce, vec![function, items, start], node)
        }
        _ => {
            let mut operands = vec![items];
            operands.extend(cx.lower_all(rest));
            let unused = operands.split_off(operands.len().min(2));
            let sum = cx.op(Op::Sum, operands, node);
            cx.beside(sum, &unused, node)
        }
    }
}

/// `printf`'s format and values as text. The values are one list: each stands for itself, even a container.
fn printed<'t>(cx: &mut Lowering<'t, '_>, parts: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let mut parts = cx.lower_all(parts);
    if parts.len() > 1 {
        let values = parts.split_off(1);
        parts.push(cx.add(Node::List(values), node));
    }
    cx.op(Op::FormatPercent, parts, node)
}

fn store<'t>(cx: &mut Lowering<'t, '_>, to: Ts<'t>, value: NodeId, node: Ts<'t>) -> NodeId {
    let target = cx.lower(to);
    cx.assign(target, value, false, node)
}

/// Items given to an output iterator.
fn deliver<'t>(cx: &mut Lowering<'t, '_>, to: Ts<'t>, items: NodeId, node: Ts<'t>) -> NodeId {
    let called = to.child_by_field_name("function").map_or("", |function| bare(cx.text(function)));
    let args = to.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
    match (called, &args[..]) {
        ("ostream_iterator" | "ostreambuf_iterator", [stream, separator @ ..]) => {
            let mut operands = vec![items];
            operands.extend(cx.lower_all(separator));
            let text = cx.op(Op::Join, operands, node);
            if cx.text(*stream).ends_with("cout") {
                return cx.op(Op::Write, vec![text], node);
            }
            let stream = cx.lower(*stream);
            cx.op(Op::Push, vec![stream, text], node)
        }
        ("back_inserter" | "inserter", [list, ..]) => {
            let list = cx.lower(*list);
            cx.op(Op::Extend, vec![list, items], node)
        }
        ("front_inserter", [list]) => {
            let list = cx.lower(*list);
            cx.op(Op::ExtendFront, vec![list, items], node)
        }
        _ => {
            let Some(place) = container(cx, to) else { return cx.add(Node::Opaque(vec![items]), node) };
            let is_text = matches!(cx.kind_of(cx.text(place)), "string" | "char[]");
            let value = if is_text { cx.op(Op::Chr, vec![items], node) } else { items };
            store(cx, place, value, node)
        }
    }
}

/// `insert(value)`: a set's item, or a map's entry.
fn insert_one<'t>(cx: &mut Lowering<'t, '_>, base: Ts<'t>, entry: Ts<'t>, node: Ts<'t>) -> Option<NodeId> {
    let pair = match entry.kind() {
        "initializer_list" => cx.kids(entry),
        "call_expression" if bare(cx.text(entry)) == "make_pair" => {
            entry.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list))
        }
        _ => Vec::new(),
    };
    let holder = cx.lower(base);
    if let [key, value] = pair[..] {
        let (key, value) = (cx.lower(key), cx.lower(value));
        return Some(cx.op(Op::Set, vec![holder, key, value], node));
    }
    let entry = cx.lower(entry);
    Some(cx.op(Op::Push, vec![holder, entry], node))
}

/// `insert(position, item)` and `insert(position, from, end)`.
fn insert<'t>(
    cx: &mut Lowering<'t, '_>,
    base: Ts<'t>,
    place: Ts<'t>,
    items: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let holder = cx.lower(base);
    let item = match items {
        [item] => cx.lower(*item),
        [from, end] if is_range(cx, *from, *end) => {
            let items = range(cx, *from, *end, node);
            cx.add(Node::Spread(items), node)
        }
        [count, item] => {
            let operands = cx.lower_all(&[*item, *count]);
            cx.op(Op::Repeat, operands, node)
        }
        _ => return None,
    };
    if let Some((_, by, false)) = offset(cx, place) {
        let by = cx.lower(by);
        return Some(cx.op(Op::Insert, vec![holder, by, item], node));
    }
    let place_text = cx.text(place);
    if place_text.ends_with("end()") {
        return Some(cx.op(Op::Push, vec![holder, item], node));
    }
    let place = if place_text.ends_with("begin()") { cx.add(Node::Int(0), node) } else { cx.lower(place) };
    Some(cx.op(Op::Insert, vec![holder, place, item], node))
}

/// `erase(position)`.
fn erase<'t>(cx: &mut Lowering<'t, '_>, base: Ts<'t>, place: Ts<'t>, node: Ts<'t>) -> Option<NodeId> {
    let text = cx.text(place);
    let holder = cx.lower(base);
    Some(match offset(cx, place) {
        Some((_, by, false)) => {
            let by = cx.lower(by);
            cx.op(Op::Delete, vec![holder, by], node)
        }
        Some((_, _, true)) => cx.op(Op::PopBack, vec![holder], node),
        None if text.ends_with("begin()") => cx.op(Op::PopFront, vec![holder], node),
        None => {
            let key = cx.lower(place);
            cx.op(Op::Delete, vec![holder, key], node)
        }
    })
}

/// The container that an iterator, or an array's name, walks.
fn container<'t>(cx: &Lowering<'t, '_>, iterator: Ts<'t>) -> Option<Ts<'t>> {
    if iterator.kind() == "identifier" {
        return Some(iterator);
    }
    let text = cx.text(iterator);
    let function = iterator.child_by_field_name("function")?;
    if !(text.contains("begin(") || text.contains("end(")) {
        return None;
    }
    match function.child_by_field_name("argument") {
        Some(base) => Some(base),
        None => cx.kids(iterator.child_by_field_name("arguments")?).first().copied(),
    }
}

/// Whether a call is one side of `==` or `!=`.
fn is_compared<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> bool {
    let operator = node.parent().and_then(|parent| parent.child_by_field_name("operator"));
    operator.is_some_and(|operator| matches!(cx.text(operator), "==" | "!="))
}

/// Whether an argument is a position in a text, and no iterator; a name may be either.
fn is_position<'t>(cx: &Lowering<'t, '_>, place: Ts<'t>, names: bool) -> bool {
    container(cx, place).is_none() || names && place.kind() == "identifier"
}

/// `v.begin() + n`, `items + n` or `v.end() - n`: the iterator, the number, and whether it counts backwards.
fn offset<'t>(cx: &Lowering<'t, '_>, iterator: Ts<'t>) -> Option<(Ts<'t>, Ts<'t>, bool)> {
    if iterator.kind() != "binary_expression" {
        return None;
    }
    let (left, right) = (iterator.child_by_field_name("left")?, iterator.child_by_field_name("right")?);
    let back = match cx.text(iterator.child_by_field_name("operator")?) {
        "+" => false,
        "-" => true,
        _ => return None,
    };
    container(cx, left).map(|_| (left, right, back))
}
