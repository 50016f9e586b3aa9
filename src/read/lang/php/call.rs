//! Calls: of functions, methods, classes, and of functions named by texts.

use crate::read::ir::Arg;
use crate::read::ir::Codec;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::library as rows;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::library;

/// Groups of a pattern whose matches are listed.
const MOST_GROUPS: i64 = 5;

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = node
        .child_by_field_name("arguments")
        .or_else(|| cx.kids(node).into_iter().find(|kid| kid.kind() == "arguments"));
    let kids = list.map_or_else(Vec::new, |list| cx.kids(list));
    match node.kind() {
        "object_creation_expression" => return created(cx, &kids, node),
        "function_call_expression" => {
            let Some(callee) = node.child_by_field_name("function") else { return cx.opaque(node) };
            return called(cx, callee, &kids, node);
        }
        _ => {}
    }
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let args = arguments(cx, &kids, "");
    if let Some(scope) = node.child_by_field_name("scope") {
        let base = cx.lower(scope);
        let callee = cx.add(Node::Field(base, name.into()), node);
        return cx.call(callee, args, None, node);
    }
    let base = cx.expect_field(node, "object");
    let callee = cx.add(Node::Field(base, name.into()), node);
    let count = args.iter().filter(|arg| arg.name.is_none()).count();
    match rows::find(library::METHODS, &name.to_ascii_lowercase(), count) {
        Some(row) => rows::call(cx, row, Some(base), callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

fn called<'t>(cx: &mut Lowering<'t, '_>, callee: Ts<'t>, kids: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let mut name = cx.text(callee).rsplit('\\').next().unwrap_or_default();
    if callee.kind() == "variable_name" {
        let text = cx.kind_of(name).trim_matches(['\'', '"']);
        if text.is_empty() || rows::find(library::FUNCTIONS, text, 1).is_none() && !cx.defines(text) {
            let (function, args) = (cx.lower(callee), arguments(cx, kids, ""));
            return cx.call(function, args, None, node);
        }
        name = text;
    } else if callee.kind() != "name" && callee.kind() != "qualified_name" {
        let (function, args) = (cx.lower(callee), arguments(cx, kids, ""));
        return cx.call(function, args, None, node);
    }
    if matches!(kids, [only] if only.kind() == "variadic_placeholder") {
        return by_name(cx, name, node);
    }
    let args = arguments(cx, kids, name);
    function(cx, name, args, node)
}

/// A call of a function by its name.
fn function<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: Vec<Arg>, at: Ts<'t>) -> NodeId {
    let callee = cx.name(name, at);
    if cx.defines(name) {
        return cx.call(callee, args, None, at);
    }
    let lower = name.to_ascii_lowercase();
    if let Some(id) = special(cx, &lower, &args, at) {
        return id;
    }
    let count = args.iter().filter(|arg| arg.name.is_none()).count();
    match rows::find(library::FUNCTIONS, &lower, count) {
        Some(row) => rows::call(cx, row, None, callee, args, at),
        None => cx.call(callee, args, None, at),
    }
}

/// Functions whose meaning depends on what their arguments are.
fn special<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: &[Arg], at: Ts<'t>) -> Option<NodeId> {
    let value = |at: usize| args.get(at).map(|arg| arg.value);
    match (library::special(name)?, args.len()) {
        (library::Special::Define, _) => {
            let Node::Text(own) = cx.ir(value(0)?).clone() else { return None };
            let target = cx.name(&own, at);
            Some(cx.assign(target, value(1)?, false, at))
        }
        (library::Special::Map, 3..) => {
            let lists: Vec<NodeId> = args.iter().skip(1).map(|arg| arg.value).collect();
            let rows = cx.op(Op::ZipLongest, lists, at);
            if matches!(cx.ir(value(0)?), Node::Null) {
                return Some(rows);
            }
            let row = cx.name("row", at);
            let row = cx.add(Node::Spread(row), at);
            let body = cx.op(Op::Apply, vec![value(0)?, row], at);
            let function = cx.lambda(&["row"], body, at);
            Some(cx.op(Op::Map, vec![function, rows], at))
        }
        (library::Special::Matches, 3..) => matches(cx, args, at),
        (library::Special::Pad, 4..) => {
            let start = matches!(cx.ir(value(3)?), Node::Name(side) if side.ends_with("LEFT"));
            let op = if start { Op::PadStart } else { Op::PadEnd };
            Some(cx.op(op, vec![value(0)?, value(1)?, value(2)?], at))
        }
        (library::Special::Callback, _) => {
            let all = cx.name("*", at);
            let body = cx.op(Op::Apply, vec![value(1)?, all], at);
            let params = vec![Param { name: "*".into(), default: None, rest: true }];
            let function = Node::Function { name: None, params, body, comment: None, generator: false };
            let function = cx.add(function, at);
            Some(cx.op(Op::ReplacePattern, vec![value(2)?, value(0)?, function], at))
        }
        (library::Special::Pack, _) => {
            let Node::Text(format) = cx.ir(value(0)?).clone() else { return None };
            let rest: Vec<NodeId> = args.iter().skip(1).map(|arg| spread(cx, arg, at)).collect();
            Some(match format.chars().next()? {
                'H' => cx.op(Op::Decode(Codec::Hex), rest, at),
                _ => {
                    let list = cx.op(Op::ListOf, rest, at);
                    cx.op(Op::Chr, vec![list], at)
                }
            })
        }
        (library::Special::Unpack, _) => {
            let Node::Text(format) = cx.ir(value(0)?).clone() else { return None };
            Some(match format.chars().next()? {
                'H' => {
                    let text = cx.op(Op::Encode(Codec::Hex), vec![value(1)?], at);
                    cx.op(Op::ListOf, vec![text], at)
                }
                _ => cx.op(Op::Codes, vec![value(1)?], at),
            })
        }
        _ => None,
    }
}

/// `preg_match_all`: what matched, then each group, as lists; or a list for each match.
fn matches<'t>(cx: &mut Lowering<'t, '_>, args: &[Arg], at: Ts<'t>) -> Option<NodeId> {
    let value = |at: usize| args.get(at).map(|arg| arg.value);
    let Node::Text(pattern) = cx.ir(value(0)?).clone() else { return None };
    let mark = pattern.chars().next().filter(|mark| !mark.is_alphanumeric())?;
    let mark = if mark == '{' { '}' } else { mark };
    let pattern = pattern[mark.len_utf8()..].rsplit_once(mark)?.0.to_owned();
    let pattern = cx.constant(&pattern, at);
    let found = cx.op(Op::Matches, vec![value(1)?, pattern], at);
    let by_match =
        value(3).is_some_and(|flag| matches!(cx.ir(flag), Node::Name(name) if name.contains("SET")));
    if by_match {
        return Some(cx.assign(value(2)?, found, false, at));
    }
    let mut columns = Vec::new();
    for group in 0..MOST_GROUPS {
        let group = cx.add(Node::Int(group), at);
        columns.push(cx.op(Op::Column, vec![found, group], at));
    }
    let columns = cx.add(Node::List(columns), at);
    Some(cx.assign(value(2)?, columns, false, at))
}

fn spread<'t>(cx: &mut Lowering<'t, '_>, arg: &Arg, at: Ts<'t>) -> NodeId {
    if arg.spread { cx.add(Node::Spread(arg.value), at) } else { arg.value }
}

/// Arguments; a text or pair that names a function is one where the callee takes a function.
fn arguments<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>], callee: &str) -> Vec<Arg> {
    let takes = library::takes_function(&callee.to_ascii_lowercase());
    let mut args = Vec::new();
    for (at, kid) in kids.iter().enumerate() {
        let name = kid.child_by_field_name("name").map(|name| format!("${}", cx.text(name)).into());
        let inner = cx.kids(*kid).last().copied().unwrap_or(*kid);
        if inner.kind() == "variadic_unpacking" {
            args.push(Arg { name, value: cx.only(inner), spread: true });
            continue;
        }
        let text = cx.text(inner).trim_matches(['\'', '"']);
        let value = match inner.kind() {
            "string" | "encapsed_string" if takes == Some(at) => {
                cx.see_literal(inner);
                by_name(cx, text, inner)
            }
            "array_creation_expression" if takes == Some(at) => pair(cx, inner),
            _ => cx.lower(inner),
        };
        args.push(Arg { name, value, spread: false });
    }
    args
}

/// `[$object, 'method']`
fn pair<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids: Vec<Ts<'t>> = cx.kids(node).iter().filter_map(|kid| cx.kids(*kid).first().copied()).collect();
    let [base, name] = kids[..] else { return cx.lower(node) };
    let base = match base.kind() {
        "class_constant_access_expression" => cx.kids(base).first().map(|scope| cx.lower(*scope)),
        _ => Some(cx.lower(base)),
    };
    let Some(base) = base.filter(|_| name.kind() == "string") else { return cx.lower(node) };
    cx.see_literal(name);
    let name = cx.text(name).trim_matches('\'');
    cx.add(Node::Field(base, name.into()), node)
}

/// A function of the program or the library as a value.
fn by_name<'t>(cx: &mut Lowering<'t, '_>, name: &str, at: Ts<'t>) -> NodeId {
    if cx.defines(name) {
        return cx.name(name, at);
    }
    let lower = name.to_ascii_lowercase();
    match rows::find(library::FUNCTIONS, &lower, 1) {
        Some(_) => {
            let value = cx.name("a", at);
            let body = function(cx, name, vec![positional(value)], at);
            cx.lambda(&["a"], body, at)
        }
        None => cx.constant(name, at),
    }
}

/// `new Name(…)`
fn created<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let Some(class) = cx.kids(node).first().copied() else { return cx.opaque(node) };
    let args = arguments(cx, kids, "");
    let name = cx.text(class).rsplit('\\').next().unwrap_or_default();
    let callee = cx.lower(class);
    let own = cx.defines(name);
    match rows::find(library::CLASSES, name, args.len()).filter(|_| !own) {
        Some(row) => rows::call(cx, row, None, callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}
