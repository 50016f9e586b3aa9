//! `new`: library types, arrays, initialisers, anonymous objects.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::library;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::call;
use super::expression;
use super::library::MAKERS;

/// A type's name without namespace and parameters.
pub(super) fn bare(text: &str) -> &str {
    let bare = text.split('<').next().unwrap_or(text).trim().trim_end_matches('?');
    bare.rsplit('.').next().unwrap_or(bare)
}

/// Lowers `new T(…) { … }`.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kind = node.child_by_field_name("type").map_or("", |kind| cx.text(kind));
    make(cx, kind, node.child_by_field_name("arguments"), node.child_by_field_name("initializer"), node)
}

/// `new(…) { … }` of a type that is written elsewhere.
pub(super) fn implicit<'t>(cx: &mut Lowering<'t, '_>, kind: &str, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let part = |name: &str| kids.iter().copied().find(|kid| kid.kind() == name);
    make(cx, kind, part("argument_list"), part("initializer_expression"), node)
}

fn make<'t>(
    cx: &mut Lowering<'t, '_>,
    kind: &str,
    list: Option<Ts<'t>>,
    initializer: Option<Ts<'t>>,
    node: Ts<'t>,
) -> NodeId {
    let args = list.map_or_else(Vec::new, |list| call::arguments(cx, list, ""));
    let name = bare(kind);
    // A capacity makes nothing.
    let sized = matches!(cx.text(node).split('(').nth(1), Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_own = cx.kind_of(name) == "class";
    let args = if sized
        && !is_own
        && matches!(name, "List" | "StringBuilder" | "Queue" | "Stack" | "Dictionary" | "HashSet")
    {
        Vec::new()
    } else {
        args
    };
    let values: Vec<NodeId> = args.iter().map(|arg| arg.value).collect();
    let made = match (name, &values[..]) {
        _ if is_own => {
            let callee = cx.name(name, node);
            cx.call(callee, args, None, node)
        }
        ("string" | "String", [text, times]) => cx.op(Op::Repeat, vec![*text, *times], node),
        _ if find(MAKERS, name, values.len()).is_some() => of_type(cx, kind, values, node),
        _ if name.ends_with("Exception") => values.first().copied().unwrap_or_else(|| cx.constant("", node)),
        _ => {
            let callee = cx.name(name, node);
            cx.call(callee, args, None, node)
        }
    };
    match initializer {
        Some(initializer) => filled(cx, made, initializer, node),
        None => made,
    }
}

/// A new object of a library type.
pub(super) fn of_type<'t>(
    cx: &mut Lowering<'t, '_>,
    kind: &str,
    values: Vec<NodeId>,
    node: Ts<'t>,
) -> NodeId {
    let name = bare(kind);
    let args: Vec<_> = values.into_iter().map(positional).collect();
    if name == "SortedSet" && args.is_empty() {
        let list = cx.add(Node::List(Vec::new()), node);
        return cx.op(Op::NewSorted, vec![list], node);
    }
    if name == "PriorityQueue" {
        let item = cx.name("a", node);
        let key = cx.op(Op::First, vec![item], node);
        let key = cx.lambda(&["a"], key, node);
        let null = cx.add(Node::Null, node);
        return cx.op(Op::NewMinHeap, vec![null, key], node);
    }
    match find(MAKERS, name, args.len()) {
        Some(row) => {
            let library = library::apply(cx, row, None, &args, node);
            cx.op(library.op, library.operands, node)
        }
        None => {
            let callee = cx.name(name, node);
            cx.call(callee, args, None, node)
        }
    }
}

/// What an initialiser adds to a new object: items, entries, fields.
fn filled<'t>(cx: &mut Lowering<'t, '_>, made: NodeId, initializer: Ts<'t>, node: Ts<'t>) -> NodeId {
    let (object, keep) = curly::hidden(cx, made, initializer);
    let mut statements = vec![keep];
    for kid in cx.kids(initializer) {
        let statement = match kid.kind() {
            "assignment_expression" => field(cx, object, kid),
            "initializer_expression" => {
                let parts = cx.kids(kid);
                let mut operands = vec![object];
                operands.extend(cx.lower_all(&parts));
                cx.op(if operands.len() == 3 { Op::Set } else { Op::Push }, operands, kid)
            }
            _ => {
                let item = cx.lower(kid);
                cx.op(Op::PushTop, vec![object, item], kid)
            }
        };
        statements.push(statement);
    }
    statements.push(object);
    cx.add(Node::Block(statements), node)
}

/// `Name = value` and `["key"] = value`.
fn field<'t>(cx: &mut Lowering<'t, '_>, object: NodeId, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "right");
    let Some(left) = node.child_by_field_name("left") else { return value };
    if left.kind() == "identifier" {
        let target = cx.add(Node::Field(object, cx.text(left).into()), left);
        return cx.assign(target, value, false, node);
    }
    let mut at = left;
    while let Some(inner) = cx.kids(at).last().copied() {
        let wrapper = matches!(
            at.kind(),
            "element_binding_expression"
                | "bracketed_argument_list"
                | "argument"
                | "element_access_expression"
        );
        if !wrapper {
            break;
        }
        at = inner;
    }
    let key = cx.lower(at);
    cx.op(Op::Set, vec![object, key, value], node)
}

/// `new T[n]`, `new T[] { … }`, `new[] { … }`
pub(super) fn array<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    if let Some(initializer) = kids.iter().find(|kid| kid.kind() == "initializer_expression") {
        return cx.lower(*initializer);
    }
    let Some(kind) = node.child_by_field_name("type") else { return cx.opaque(node) };
    let element = cx.text(kind).split('[').next().unwrap_or_default();
    let sizes = kind.child_by_field_name("rank").map_or_else(Vec::new, |rank| cx.kids(rank));
    let mut item = expression::zero(cx, element, node);
    for (depth, size) in sizes.into_iter().rev().take(4).enumerate() {
        let count = cx.lower(size);
        item = if depth == 0 {
            cx.op(Op::NewFilled, vec![count, item], node)
        } else {
            // A row of its own for each.
            let make = cx.lambda(&[], item, node);
            let range = cx.op(Op::Range, vec![count], node);
            cx.op(Op::Map, vec![make, range], node)
        };
    }
    item
}

/// `new { Name = value, other.Name }`
pub(super) fn anonymous<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut cursor = node.walk();
    let children: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    let mut entries = Vec::new();
    for part in children.split(|kid| matches!(kid.kind(), "," | "{" | "}" | "new")) {
        let Some(value) = part.last().filter(|value| value.is_named()) else { continue };
        let name = match part {
            [name, sign, ..] if sign.kind() == "=" => cx.text(*name),
            _ => cx.text(*value).rsplit('.').next().unwrap_or_default(),
        };
        let (key, value) = (cx.constant(name, *value), cx.lower(*value));
        entries.push(cx.add(Node::Pair(key, value), node));
    }
    cx.add(Node::Map(entries), node)
}

/// `record with { Name = value }`
pub(super) fn with<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let Some((first, rest)) = kids.split_first() else { return cx.opaque(node) };
    let old = cx.lower(*first);
    let spread = cx.add(Node::Spread(old), node);
    let mut entries = vec![spread];
    for part in rest {
        if let [name, value] = cx.kids(*part)[..] {
            let (key, value) = (cx.constant(cx.text(name), name), cx.lower(value));
            entries.push(cx.add(Node::Pair(key, value), *part));
        }
    }
    cx.add(Node::Map(entries), node)
}
