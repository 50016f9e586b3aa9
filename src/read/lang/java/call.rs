//! Calls of methods.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Manner;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::library;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::function;
use super::library::FUNCTIONS;
use super::library::METHODS;
use super::stream;

/// Lowers a call of a method.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let method = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let kids = node.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
    let Some(object) = node.child_by_field_name("object") else {
        return bare(cx, method, &kids, node);
    };
    if object.kind() == "super" || cx.text(object).ends_with(".super") {
        let name = cx.constant(own_name(method, kids.len()), node);
        let callee = cx.op(Op::Base, vec![name], node);
        let args = arguments(cx, method, &kids);
        return cx.call(callee, args, None, node);
    }
    let owner = owner_name(cx, object);
    if let Some(id) = of_type(cx, &owner, method, &kids, node) {
        return id;
    }
    if cx.kind_of(method) != "method"
        && let Some(id) = special(cx, object, method, &kids, node)
    {
        return id;
    }
    let args = arguments(cx, method, &kids);
    if let Some(row) = find(FUNCTIONS, &format!("{owner}.{method}"), args.len()) {
        let base = cx.add(Node::Null, node);
        let callee = cx.add(Node::Field(base, method.into()), node);
        return library::call(cx, row, None, callee, args, node);
    }
    let this = cx.lower(object);
    on(cx, this, method, args, node)
}

/// A method's name as the program keeps it.
fn own_name(method: &str, args: usize) -> &str {
    match (method, args) {
        ("toString", 0) => crate::read::ir::AS_TEXT,
        ("compareTo", 1) => crate::read::ir::COMPARE,
        _ => method,
    }
}

fn on<'t>(cx: &mut Lowering<'t, '_>, this: NodeId, method: &str, args: Vec<Arg>, node: Ts<'t>) -> NodeId {
    if args.is_empty() && cx.kind_of(method) == "component" {
        return cx.add(Node::Field(this, method.into()), node);
    }
    let callee = cx.add(Node::Field(this, own_name(method, args.len()).into()), node);
    match find(METHODS, method, args.len()) {
        Some(row) => library::call(cx, row, Some(this), callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// A dotted name's last two parts, for calls of a type's methods.
fn owner_name<'t>(cx: &Lowering<'t, '_>, object: Ts<'t>) -> String {
    let text = cx.text(object);
    if text.len() > 60 || text.contains(['(', '"', '[']) {
        return String::new();
    }
    if text.starts_with("java") {
        return text.rsplit('.').next().unwrap_or(text).to_owned();
    }
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A call without receiver: the program's own method, or one that was imported.
fn bare<'t>(cx: &mut Lowering<'t, '_>, method: &str, kids: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let args = arguments(cx, method, kids);
    let callee = cx.name(own_name(method, args.len()), node);
    let row = find(FUNCTIONS, method, args.len());
    match row.filter(|_| cx.kind_of(method).is_empty()) {
        Some(row) => library::call(cx, row, None, callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// Arguments; a reference to a method is a function of as many parameters as the method that takes it gives.
fn arguments<'t>(cx: &mut Lowering<'t, '_>, method: &str, kids: &[Ts<'t>]) -> Vec<Arg> {
    let two = matches!(method, "reduce" | "sort" | "sorted" | "merge" | "max" | "min" | "thenComparing");
    kids.iter()
        .map(|kid| match two {
            true => positional(function::lower(cx, *kid, 2)),
            false => positional(cx.lower(*kid)),
        })
        .collect()
}

/// Methods of types whose arguments are not simply operands.
fn of_type<'t>(
    cx: &mut Lowering<'t, '_>,
    owner: &str,
    method: &str,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    if owner == "Collectors" {
        return stream::collector(cx, method, kids, node);
    }
    if let Some(id) = function::comparator(cx, owner, method, kids, node) {
        return Some(id);
    }
    Some(match (owner, method, kids) {
        ("Collections", "swap", [list, i, j]) => {
            let parts = [cx.lower(*list), cx.lower(*i), cx.lower(*j)];
            let (a, b) = (
                cx.add(Node::Index(parts[0], parts[1]), node),
                cx.add(Node::Index(parts[0], parts[2]), node),
            );
            let values = cx.add(Node::List(vec![b, a]), node);
            let targets = cx.add(Node::List(vec![a, b]), node);
            cx.assign(targets, values, false, node)
        }
        ("System", "arraycopy", [from, start, to, place, count]) => {
            let parts = cx.lower_all(&[*from, *start, *to, *place, *count]);
            let piece = cx.op(Op::Substr, vec![parts[0], parts[1], parts[4]], node);
            let piece = cx.add(Node::Spread(piece), node);
            cx.op(Op::Splice, vec![parts[2], parts[3], parts[4], piece], node)
        }
        ("Stream" | "IntStream", "iterate", [start, holds, next]) => {
            let (start, holds, next) =
                (cx.lower(*start), function::lower(cx, *holds, 1), function::lower(cx, *next, 1));
            let all = cx.op(Op::Iterate, vec![next, start], node);
            cx.op(Op::TakeWhile, vec![holds, all], node)
        }
        _ => return None,
    })
}

/// Methods whose arguments are not simply operands.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
fn special<'t>(
    cx: &mut Lowering<'t, '_>,
    object: Ts<'t>,
    method: &str,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    Some(match (method, kids) {
        ("equals", [other]) => {
            let parts = (cx.lower(object), cx.lower(*other));
            cx.add(Node::Binary(BinaryOp::Eq, parts.0, parts.1), node)
        }
        ("collect", _) => {
            let this = cx.lower(object);
            stream::collect(cx, this, kids, node)
        }
        ("delete" | "subList" | "replace", [from, to, rest @ ..])
            if method != "replace" || rest.len() == 1 =>
        {
            let (this, from, to) = (cx.lower(object), cx.lower(*from), cx.lower(*to));
            if method == "subList" {
                return Some(cx.op(Op::Slice, vec![this, from, to], node));
            }
            let count = cx.add(Node::Binary(BinaryOp::Sub, to, from), node);
            let mut parts = vec![this, from, count];
            parts.extend(cx.lower_all(rest));
            cx.op(Op::Splice, parts, node)
        }
        ("forEach", [function])
            if function.kind() == "lambda_expression"
                && function
                    .child_by_field_name("parameters")
                    .is_some_and(|list| cx.kids(list).len() == 2) =>
        {
            let (this, function) = (cx.lower(object), cx.lower(*function));
            let pairs = cx.op(Op::Pairs, vec![this], node);
            let pairs = by_number(cx, pairs, node);
            let function = cx.op(Op::Called(Manner::Parts), vec![function], node);
            cx.op(Op::ForEach, vec![function, pairs], node)
        }
        ("entrySet" | "keySet" | "values", []) => {
            let this = cx.lower(object);
            let op = match method {
                "entrySet" => Op::Items,
                "keySet" => Op::Keys,
                _ => Op::Values,
            };
            if method == "values" && cx.kind_of(cx.text(object)) == "enum" {
                let all = cx.add(Node::Field(this, "(all)".into()), node);
                let values = cx.op(Op::Values, vec![this], node);
                return Some(cx.add(Node::Binary(BinaryOp::Or, all, values), node));
            }
            let this = by_number(cx, this, node);
            cx.op(op, vec![this], node)
        }
        ("name" | "ordinal", []) => {
            let this = cx.lower(object);
            let key = cx.constant(if method == "name" { "(name)" } else { "(ordinal)" }, node);
            cx.op(Op::Get, vec![this, key, this], node)
        }
        ("chars" | "codePoints", []) => {
            let this = cx.lower(object);
            let item = cx.name("a", node);
            let code = cx.op(Op::Ord, vec![item], node);
            let code = cx.lambda(&["a"], code, node);
            cx.op(Op::Map, vec![code, this], node)
        }
        ("limit", [count]) if cx.text(object).starts_with("Stream.generate(") => {
            let list = object.child_by_field_name("arguments")?;
            let supplier = cx.kids(list).first().copied()?;
            let (supplier, count) = (function::lower(cx, supplier, 1), cx.lower(*count));
            let range = cx.op(Op::Range, vec![count], node);
            cx.op(Op::Map, vec![supplier, range], node)
        }
        ("computeIfAbsent", [key, make]) => {
            let (this, key, make) = (cx.lower(object), cx.lower(*key), function::lower(cx, *make, 1));
            let value = cx.op(Op::Apply, vec![make, key], node);
            cx.op(Op::SetDefault, vec![this, key, value], node)
        }
        ("merge", [key, value, combine]) => {
            let (this, key, value) = (cx.lower(object), cx.lower(*key), cx.lower(*value));
            let combine = function::lower(cx, *combine, 2);
            let test = cx.op(Op::Contains, vec![this, key], node);
            let old = cx.op(Op::Get, vec![this, key], node);
            let then = cx.op(Op::Apply, vec![combine, old, value], node);
            let value = cx.add(Node::Choose { test, then, other: value }, node);
            cx.op(Op::Set, vec![this, key, value], node)
        }
        ("andThen" | "compose", [next]) => {
            let (this, next) = (cx.lower(object), function::lower(cx, *next, 1));
            let (first, last) = if method == "andThen" { (this, next) } else { (next, this) };
            let item = cx.name("a", node);
            let inner = cx.op(Op::Apply, vec![first, item], node);
            let outer = cx.op(Op::Apply, vec![last, inner], node);
            cx.lambda(&["a"], outer, node)
        }
        ("reversed", []) if cx.text(object).contains("ompar") => {
            let by = cx.lower(object);
            function::comparison(cx, None, Some(by), true, node)
        }
        ("thenComparing" | "thenComparingInt", [next]) => {
            let first = cx.lower(object);
            let two = cx.text(*next).contains("ompar")
                || next.child_by_field_name("parameters").is_some_and(|list| cx.kids(list).len() == 2);
            let next = if two {
                function::lower(cx, *next, 2)
            } else {
                let key = function::lower(cx, *next, 1);
                function::comparison(cx, Some(key), None, false, node)
            };
            function::then(cx, first, next, node)
        }
        ("reduce", [start, combine, ..]) => {
            let (this, start) = (cx.lower(object), cx.lower(*start));
            let combine = function::lower(cx, *combine, 2);
            cx.op(Op::Reduce, vec![combine, this, start], node)
        }
        ("split", [pattern]) if is_plain(cx, *pattern) => {
            let parts = vec![cx.lower(object), cx.lower(*pattern)];
            cx.op(Op::Split, parts, node)
        }
        _ => return None,
    })
}

/// Plain hash maps go through whole numbers in order; those that keep the order of insertion say so.
fn by_number<'t>(cx: &mut Lowering<'t, '_>, map: NodeId, node: Ts<'t>) -> NodeId {
    if cx.source_text().contains("LinkedHashMap") { map } else { cx.op(Op::NumbersFirst, vec![map], node) }
}

/// Whether a pattern is a literal in which nothing means more than itself.
fn is_plain(cx: &Lowering<'_, '_>, pattern: Ts<'_>) -> bool {
    let text = cx.source_text().get(pattern.byte_range()).unwrap_or_default();
    let inner = text.trim_matches('"');
    pattern.kind() == "string_literal"
        && !inner.is_empty()
        && !inner.contains(['\\', '[', '(', '.', '*', '+', '?', '|', '^', '$', '{'])
}
