//! Methods of one name: which one a call means depends on how many values it gets and of what types.

use crate::read::ir::Arg;
use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// The methods of one function are tried up to this many.
const MOST_METHODS: usize = 64;

/// One method: its function's node in the statements, and the types of its parameters.
struct Method<'t> {
    at: usize,
    id: NodeId,
    params: Vec<Param>,
    types: Vec<&'t str>,
}

/// Statements in which the methods of one name are one function, at the place of the last.
pub(super) fn joined<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>], items: Vec<NodeId>) -> Vec<NodeId> {
    let mut groups: Vec<(Box<str>, Vec<Method<'t>>)> = Vec::new();
    for (at, (kid, id)) in kids.iter().zip(&items).enumerate() {
        let Node::Function { name: Some(name), params, .. } = cx.ir(*id).clone() else { continue };
        let method = Method { at, id: *id, types: types(cx, *kid), params };
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, methods)) if methods.len() < MOST_METHODS => methods.push(method),
            Some(_) => {}
            None => groups.push((name, vec![method])),
        }
    }
    let mut out = items;
    for (name, methods) in groups.into_iter().filter(|(_, methods)| methods.len() > 1) {
        let places: Vec<usize> = methods.iter().map(|method| method.at).collect();
        let last = places.last().copied().unwrap_or(0);
        let whole = dispatcher(cx, &name, methods, kids[last]);
        for at in places {
            out[at] = if at == last { whole } else { cx.op(Op::Nothing, Vec::new(), kids[at]) };
        }
    }
    out
}

/// What stands behind `::` in a method's head, one a parameter.
fn types<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Vec<&'t str> {
    let mut at = node;
    for _ in 0..6 {
        if at.kind() == "call_expression" {
            let list = cx.kids(at).get(1).copied();
            let kids = list.map_or_else(Vec::new, |list| cx.kids(list));
            return kids.into_iter().map(|kid| type_of(cx, kid)).collect();
        }
        match cx.kids(at).first().copied() {
            Some(inner) => at = inner,
            None => break,
        }
    }
    Vec::new()
}

fn type_of<'t>(cx: &Lowering<'t, '_>, param: Ts<'t>) -> &'t str {
    cx.text(param)
        .split_once("::")
        .map_or("", |(_, name)| name.split(['=', '.']).next().unwrap_or(name).trim())
}

/// A function that tries its methods, the more particular first.
fn dispatcher<'t>(cx: &mut Lowering<'t, '_>, name: &str, mut methods: Vec<Method<'t>>, at: Ts<'t>) -> NodeId {
    let given = format!("{name} arguments");
    methods.sort_by_key(|method| {
        let rest = method.params.iter().any(|param| param.rest);
        (rest, std::cmp::Reverse(method.types.iter().map(|name| particular(cx, name)).sum::<usize>()))
    });
    let mut arms = Vec::new();
    for method in methods {
        let guard = guard(cx, &given, &method, at);
        let all = cx.name(&given, at);
        let arg = Arg { name: None, value: all, spread: true };
        let own = nameless(cx, method.id, at);
        let body = cx.call(own, vec![arg], None, at);
        arms.push(Arm { values: Vec::new(), guard: Some(guard), body, falls_through: false });
    }
    let body = cx.add(Node::Match { subject: None, arms }, at);
    let params = vec![Param { name: given.into(), default: None, rest: true }];
    let inner = Node::Function { name: Some(name.into()), params, body, comment: None, generator: false };
    cx.add(inner, at)
}

/// A method without its name, which is the name of all: it calls them all by it.
fn nameless<'t>(cx: &mut Lowering<'t, '_>, method: NodeId, at: Ts<'t>) -> NodeId {
    match cx.ir(method).clone() {
        Node::Function { params, body, comment, generator, .. } => {
            cx.add(Node::Function { name: None, params, body, comment, generator }, at)
        }
        _ => method,
    }
}

/// How much a type says.
fn particular(cx: &Lowering<'_, '_>, name: &str) -> usize {
    match name {
        "" | "Any" => 0,
        _ if name.starts_with("Abstract") || cx.source_text().contains(&format!("abstract type {name}")) => 1,
        _ => 2,
    }
}

/// Whether the values fit a method.
fn guard<'t>(cx: &mut Lowering<'t, '_>, given: &str, method: &Method<'t>, at: Ts<'t>) -> NodeId {
    let all = cx.name(given, at);
    let length = cx.op(Op::Length, vec![all], at);
    let int = |n: usize| Node::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let rest = method.params.iter().any(|param| param.rest);
    let needed = method.params.iter().filter(|param| !param.rest && param.default.is_none()).count();
    let needed = cx.add(int(needed), at);
    let mut tests = vec![cx.add(Node::Binary(BinaryOp::Ge, length, needed), at)];
    if !rest {
        let most = cx.add(int(method.params.len()), at);
        tests.push(cx.add(Node::Binary(BinaryOp::Le, length, most), at));
    }
    for (index, name) in method.types.iter().enumerate() {
        let index = cx.add(int(index + 1), at);
        let value = cx.add(Node::Index(all, index), at);
        tests.extend(is_of(cx, value, name, at));
    }
    tests
        .into_iter()
        .reduce(|all, test| cx.add(Node::Binary(BinaryOp::And, all, test), at))
        .unwrap_or_else(|| cx.add(Node::Bool(true), at))
}

/// Whether a value is of a type; nothing for types that say nothing here.
fn is_of<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, name: &str, at: Ts<'t>) -> Option<NodeId> {
    if let Some(inner) = name.strip_prefix("Val{").and_then(|rest| rest.strip_suffix('}')) {
        let wanted = match inner.trim().parse::<i64>() {
            Ok(number) => cx.add(Node::Int(number), at),
            Err(_) => cx.constant(inner.trim().trim_matches([':', '"', '\'']), at),
        };
        return Some(cx.add(Node::Binary(BinaryOp::Eq, value, wanted), at));
    }
    let plain = name.split('{').next().unwrap_or(name);
    let kind = match plain {
        "String" | "AbstractString" | "SubString" | "Char" | "AbstractChar" | "Symbol" => "text",
        "Int" | "Int64" | "Integer" | "Number" | "Real" | "Float64" | "UInt8" => "number",
        "Bool" => "truth",
        "Vector" | "AbstractVector" | "Array" | "AbstractArray" | "Tuple" => "list",
        "Dict" | "AbstractDict" => "map",
        _ if cx.source_text().contains(&format!("struct {plain}"))
            || cx.source_text().contains(&format!("abstract type {plain}")) =>
        {
            let class = cx.name(plain, at);
            return Some(cx.op(Op::IsA, vec![value, class], at));
        }
        _ => return None,
    };
    let kind = cx.constant(kind, at);
    Some(cx.op(Op::IsA, vec![value, kind], at))
}
