//! Calls: memory, text in memory, and the table of functions.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::library::call as library_call;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::declaration;
use super::declaration::Shape;
use super::expression::plain;
use super::library;

/// The variable that holds what `strtok` has left; no program can spell it.
const TOKENS: &str = "strtok rest";

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(function) = node.child_by_field_name("function").map(pointed) else { return cx.opaque(node) };
    let kids = node.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
    let name = cx.text(function);
    let own = cx.defines(name);
    if let Some(id) = (!own).then(|| special(cx, name, &kids, node)).flatten() {
        return id;
    }
    let callee = cx.lower(function);
    let args: Vec<_> = cx.lower_all(&kids).into_iter().map(positional).collect();
    let row = if matches!(cx.ir(callee), Node::Name(_)) {
        find(library::FUNCTIONS, name, args.len())
    } else {
        None
    };
    match row {
        Some(row) => library_call(cx, row, None, callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// `(*f)(…)` calls `f`.
fn pointed(function: Ts<'_>) -> Ts<'_> {
    let inner = plain(function);
    match inner.child_by_field_name("argument") {
        Some(argument) if inner.kind() == "pointer_expression" => argument,
        _ => inner,
    }
}

/// New memory for a variable of this shape: a struct, a list of pointers, numbers or structs, or characters.
pub(super) fn allocation<'t>(
    cx: &mut Lowering<'t, '_>,
    value: Ts<'t>,
    shape: Option<Shape<'t>>,
) -> Option<NodeId> {
    let mut value = plain(value);
    for _ in 0..8 {
        if value.kind() == "cast_expression" && shape.is_some() {
            value = plain(value.child_by_field_name("value")?);
        }
    }
    let name = cx.text(value.child_by_field_name("function").filter(|_| value.kind() == "call_expression")?);
    let args = cx.kids(value.child_by_field_name("arguments")?);
    let text = args.iter().map(|arg| cx.text(*arg)).collect::<Vec<_>>().join(",");
    let many = match name {
        "malloc" => {
            text.contains(" * ")
                || text.split("sizeof").any(|part| part.contains(")*") || part.ends_with('*'))
        }
        "calloc" => args.first().is_some_and(|count| cx.text(*count) != "1"),
        "realloc" => return args.first().map(|old| cx.lower(*old)),
        _ => return None,
    };
    let sized = text.split_once("sizeof").map_or("", |(_, kind)| kind.trim_start_matches(['(', ' ', '*']));
    let sized = declaration::bare(sized.split([')', ',', '*']).next().unwrap_or_default());
    let kind = match shape {
        Some(shape) if shape.pointers == 1 => shape.base,
        _ => sized,
    };
    let kind = if cx.kind_of(kind) == "class" { kind } else { sized };
    if cx.kind_of(kind) == "class" && !many {
        let callee = cx.name(kind, value);
        return Some(cx.call(callee, Vec::new(), None, value));
    }
    let pointers =
        shape.is_some_and(|shape| shape.pointers > 1) || text.contains("*)") || text.contains("* )");
    let numbers = library::is_number(kind) && !library::is_character(kind);
    let listed = pointers || many && !sized.is_empty() && !library::is_character(sized) || numbers;
    Some(cx.op(if listed { Op::NewList } else { Op::NewBuffer }, Vec::new(), value))
}

/// Functions whose arguments are not simply operands.
fn special<'t>(cx: &mut Lowering<'t, '_>, name: &str, kids: &[Ts<'t>], node: Ts<'t>) -> Option<NodeId> {
    if let Some(memory) = allocation(cx, node, None) {
        return Some(memory);
    }
    Some(match (name, kids) {
        ("sprintf", [to, rest @ ..]) => {
            let (to, text) = (cx.lower(*to), printed(cx, rest, node));
            cx.op(Op::PutText, vec![to, text], node)
        }
        ("snprintf", [to, size, rest @ ..]) => {
            let to = cx.lower(*to);
            let text = printed(cx, rest, node);
            let (size, one) = (cx.lower(*size), cx.add(Node::Int(1), node));
            let most = cx.add(Node::Binary(BinaryOp::Sub, size, one), node);
            let text = cx.op(Op::Take, vec![text, most], node);
            cx.op(Op::PutText, vec![to, text], node)
        }
        ("strcpy" | "stpcpy" | "strlcpy", [to, from, ..]) => put(cx, *to, false, *from, None, node),
        ("strcat" | "strlcat", [to, from, ..]) => put(cx, *to, true, *from, None, node),
        ("strncat", [to, from, count]) => put(cx, *to, true, *from, Some(*count), node),
        ("strncpy" | "memcpy" | "memmove", [to, from, count]) => {
            let (target, value, count) = (cx.lower(*to), cx.lower(*from), cx.lower(*count));
            let copy = cx.op(Op::PutText, vec![target, value, count], node);
            let result = cx.lower(*to);
            cx.add(Node::Block(vec![copy, result]), node)
        }
        ("memset", [to, code, count]) => {
            let (target, code, count) = (cx.lower(*to), cx.lower(*code), cx.lower(*count));
            let item = cx.op(Op::Chr, vec![code], node);
            let items = cx.op(Op::Repeat, vec![item, count], node);
            let copy = cx.op(Op::PutText, vec![target, items, count], node);
            let result = cx.lower(*to);
            cx.add(Node::Block(vec![copy, result]), node)
        }
        ("strtok" | "strtok_r" | "strsep", [text, separators, ..]) => token(cx, *text, *separators, node),
        ("strstr" | "strchr" | "strrchr", [text, wanted]) => find_in(cx, name, *text, *wanted, node),
        ("qsort", [items, _, _, order]) => {
            let (items, order) = (cx.lower(*items), cx.lower(*order));
            let mut args = Vec::new();
            for name in ["a", "b"] {
                let item = cx.name(name, node);
                args.push(positional(cx.op(Op::ListOf, vec![item], node)));
            }
            let body = cx.call(order, args, None, node);
            let order = cx.lambda(&["a", "b"], body, node);
            cx.op(Op::SortInPlace, vec![items, order], node)
        }
        ("va_start" | "va_copy", [list, ..]) => {
            let (target, rest) = (cx.lower(*list), cx.name(declaration::REST, node));
            let rest = cx.op(Op::NewQueue, vec![rest], node);
            cx.assign(target, rest, false, node)
        }
        ("va_arg", [list, ..]) => {
            let list = cx.lower(*list);
            cx.op(Op::PopFront, vec![list], node)
        }
        ("va_end" | "free" | "fflush" | "exit" | "assert" | "setlocale" | "srand" | "fclose", _) => {
            let operands = cx.lower_all(kids);
            cx.op(Op::Nothing, operands, node)
        }
        _ => return None,
    })
}

/// A format and its values as text. The values are one list: each stands for itself, even a container.
fn printed<'t>(cx: &mut Lowering<'t, '_>, parts: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let mut parts = cx.lower_all(parts);
    if parts.len() > 1 {
        let values = parts.split_off(1);
        parts.push(cx.add(Node::List(values), node));
    }
    cx.op(Op::FormatPercent, parts, node)
}

/// A text put into memory, at its start or behind what is there; gives the memory.
fn put<'t>(
    cx: &mut Lowering<'t, '_>,
    to: Ts<'t>,
    behind: bool,
    from: Ts<'t>,
    count: Option<Ts<'t>>,
    node: Ts<'t>,
) -> NodeId {
    let target = cx.lower(to);
    let mut text = cx.lower(from);
    if let Some(count) = count {
        let count = cx.lower(count);
        text = cx.op(Op::Take, vec![text, count], node);
    }
    // Memory that is itself made by a call is made once: under a name that no program can spell.
    let (bind, target) = match cx.ir(target) {
        Node::Block(_) | Node::Call { .. } => {
            let name = cx.name(&format!("memory {}", node.start_byte()), node);
            (Some(cx.assign(name, target, true, node)), name)
        }
        _ => (None, target),
    };
    let place = if behind {
        let length = cx.op(Op::Length, vec![target], node);
        cx.add(Node::Binary(BinaryOp::Add, target, length), node)
    } else {
        target
    };
    let copy = cx.op(Op::PutText, vec![place, text], node);
    let parts = bind.into_iter().chain([copy, target]).collect();
    cx.add(Node::Block(parts), node)
}

/// `strtok(text, separators)` starts, `strtok(NULL, …)` goes on.
fn token<'t>(cx: &mut Lowering<'t, '_>, text: Ts<'t>, separators: Ts<'t>, node: Ts<'t>) -> NodeId {
    let rest = cx.name(TOKENS, node);
    let next = cx.op(Op::Next, vec![rest], node);
    if text.kind() == "null" || cx.text(text) == "0" {
        return next;
    }
    let (text, separators) = (cx.lower(text), cx.lower(separators));
    let pieces = cx.op(Op::SplitAny, vec![text, separators], node);
    let global = cx.assign(rest, pieces, false, node);
    let start = cx.add(Node::Null, node);
    let before = cx.assign(rest, start, true, node);
    cx.first(before);
    cx.add(Node::Block(vec![global, next]), node)
}

/// Where a text or character is in a text, as a position, or null.
fn find_in<'t>(cx: &mut Lowering<'t, '_>, name: &str, text: Ts<'t>, wanted: Ts<'t>, node: Ts<'t>) -> NodeId {
    let (base, mut wanted) = (cx.lower(text), cx.lower(wanted));
    if name != "strstr" {
        wanted = cx.op(Op::Chr, vec![wanted], node);
    }
    let op = if name == "strrchr" { Op::LastIndexOf } else { Op::IndexOf };
    let at = cx.op(op, vec![base, wanted], node);
    let zero = cx.add(Node::Int(0), node);
    let test = cx.add(Node::Binary(BinaryOp::Ge, at, zero), node);
    let then = cx.add(Node::Binary(BinaryOp::Add, base, at), node);
    let other = cx.add(Node::Null, node);
    cx.add(Node::Choose { test, then, other }, node)
}
