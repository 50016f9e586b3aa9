//! Calls: functions, methods, and those whose arguments are not simply operands.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Codec;
use crate::read::ir::Manner;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::UnaryOp;
use crate::read::lang::curly;
use crate::read::lang::library;
use crate::read::lang::library::as_function;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::construct;
use super::library::CALLBACKS;
use super::library::FUNCTIONS;
use super::library::METHODS;
use super::text;

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(function), Some(list)) =
        (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return cx.opaque(node);
    };
    if list.kind() == "template_string" {
        return text::tagged(cx, function, list, node);
    }
    let kids = cx.kids(list);
    let name = full_name(cx, function);
    if function.kind() == "super" {
        let args = arguments(cx, &kids, false);
        return construct::base(cx, args, node);
    }
    if function.kind() == "import" || name == "require" {
        return cx.op(Op::Nothing, Vec::new(), node);
    }
    if let Some(id) = by_name(cx, &name, &kids, node) {
        return id;
    }
    if let Some(id) = by_method(cx, function, &kids, node) {
        return id;
    }
    let method = function.child_by_field_name("property").map_or("", |method| cx.text(method));
    let calls_back = CALLBACKS.contains(&method) || name == "Array.from";
    let args = arguments(cx, &kids, calls_back);
    if let Some(row) = find(FUNCTIONS, &name, args.len()) {
        let callee = plain_callee(cx, function);
        return library::call(cx, row, None, callee, args, node);
    }
    let own = cx.kind_of(method) == "member";
    match (find(METHODS, method, args.len()), function.child_by_field_name("object")) {
        (Some(row), Some(object)) if !own || !is_composed(row) => {
            let this = cx.lower(object);
            let callee = cx.add(Node::Field(this, method.into()), function);
            library::call(cx, row, Some(this), callee, args, node)
        }
        _ => {
            let callee = plain_callee(cx, function);
            cx.call(callee, args, None, node)
        }
    }
}

/// Whether a row stands for more than a call of one operation.
fn is_composed(row: &library::Row) -> bool {
    row.operands.iter().any(|operand| matches!(operand, library::Operand::Of(..)))
}

/// A callee as a field, whatever reading that property means.
fn plain_callee<'t>(cx: &mut Lowering<'t, '_>, function: Ts<'t>) -> NodeId {
    let (object, property) =
        (function.child_by_field_name("object"), function.child_by_field_name("property"));
    match (object, property) {
        (Some(object), Some(name))
            if object.kind() != "super"
                && cx.kind_of(cx.text(object)) != "namespace"
                && !super::expression::is_global(cx, function) =>
        {
            let base = cx.lower(object);
            cx.add(Node::Field(base, cx.text(name).into()), function)
        }
        _ => cx.lower(function),
    }
}

/// A dotted name without blanks and without the global object.
fn full_name<'t>(cx: &Lowering<'t, '_>, function: Ts<'t>) -> String {
    let text = cx.text(function);
    if text.len() > 60 || text.contains(['(', '"', '\'', '`']) {
        return String::new();
    }
    let name: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().replace("?.", ".");
    for global in ["window.", "globalThis.", "global.", "self."] {
        if let Some(rest) = name.strip_prefix(global) {
            return rest.to_owned();
        }
    }
    name
}

/// Lowers arguments; functions that are called for each item also get its position.
pub(super) fn arguments<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>], calls_back: bool) -> Vec<Arg> {
    let mut args = Vec::new();
    for kid in kids {
        let spread = kid.kind() == "spread_element";
        let mut value = if spread { cx.only(*kid) } else { function_value(cx, *kid) };
        let callable = matches!(
            kid.kind(),
            "arrow_function"
                | "function_expression"
                | "generator_function"
                | "identifier"
                | "member_expression"
        );
        if calls_back && callable {
            value = cx.op(Op::Called(Manner::ItemAndIndex), vec![value], *kid);
        }
        args.push(Arg { name: None, value, spread });
    }
    args
}

/// An argument; a library function becomes a function of the program.
fn function_value<'t>(cx: &mut Lowering<'t, '_>, kid: Ts<'t>) -> NodeId {
    if matches!(kid.kind(), "identifier" | "member_expression") {
        let name = full_name(cx, kid);
        if let Some(row) = find(FUNCTIONS, &name, 1).filter(|_| name != "name") {
            return as_function(cx, row, None, 1, kid);
        }
    }
    cx.lower(kid)
}

/// Functions whose arguments are not simply operands.
fn by_name<'t>(cx: &mut Lowering<'t, '_>, name: &str, kids: &[Ts<'t>], node: Ts<'t>) -> Option<NodeId> {
    Some(match (name, kids) {
        ("Array.from", [object, rest @ ..])
            if object.kind() == "object" && cx.text(*object).contains("length") =>
        {
            let pair = cx.kids(*object).into_iter().find(|pair| cx.text(*pair).starts_with("length"))?;
            let count = cx.lower_field(pair, "value").unwrap_or_else(|| cx.name("length", pair));
            let range = cx.op(Op::Range, vec![count], node);
            match rest {
                [function, ..] => {
                    let function = function_value(cx, *function);
                    // The items are undefined, their positions count.
                    let function = cx.op(Op::Called(Manner::ItemAndIndex), vec![function], node);
                    cx.op(Op::Map, vec![function, range], node)
                }
                [] => cx.op(Op::NewFilled, vec![count], node),
            }
        }
        ("Array", [only]) if only.kind() != "string" => {
            let parts = vec![cx.lower(*only)];
            cx.op(Op::NewFilled, parts, node)
        }
        ("Buffer.from", [value, codec, ..]) => {
            let codec = cx.text(*codec).trim_matches(['"', '\'', '`']).to_ascii_lowercase();
            let value = cx.lower(*value);
            let op = match codec.as_str() {
                "base64" | "base64url" => Op::Decode(Codec::Base64),
                "hex" => Op::Decode(Codec::Hex),
                _ => Op::Same,
            };
            cx.op(op, vec![value], node)
        }
        ("Object.assign", [first, rest @ ..]) => {
            let mut whole = cx.lower(*first);
            for other in rest {
                let other = cx.lower(*other);
                whole = cx.op(Op::Update, vec![whole, other], node);
            }
            whole
        }
        ("Math.ceil", [value]) => {
            let value = cx.lower(*value);
            let down = cx.add(Node::Unary(UnaryOp::Neg, value), node);
            let down = cx.op(Op::Floor, vec![down], node);
            cx.add(Node::Unary(UnaryOp::Neg, down), node)
        }
        ("console.log" | "console.info" | "console.error" | "console.warn", [format, _, ..])
            if format.kind() == "string"
                && ["%s", "%d", "%o", "%i"].iter().any(|hole| cx.text(*format).contains(hole)) =>
        {
            let args = cx.lower_all(kids);
            let text = cx.op(Op::FormatPercent, args, node);
            cx.op(Op::Print, vec![text], node)
        }
        ("setTimeout" | "setImmediate" | "queueMicrotask" | "process.nextTick", [function, rest @ ..]) => {
            let mut parts = vec![function_value(cx, *function)];
            if matches!(function.kind(), "string" | "template_string") {
                return Some(cx.op(Op::Eval, parts, node));
            }
            let delayed = name == "setTimeout";
            let delay = if delayed { rest.first() } else { None };
            let given = cx.lower_all(rest.get(usize::from(delay.is_some())..).unwrap_or_default());
            // What a promise waits for is there at once.
            let now = cx.kind_of("[promise]") == "inside";
            if !now {
                let delay = delay.map(|delay| cx.lower(*delay));
                parts.push(delay.unwrap_or_else(|| cx.add(Node::Int(0), node)));
            }
            parts.extend(given);
            cx.op(if now { Op::Apply } else { Op::After }, parts, node)
        }
        ("setInterval", [function, ..]) => {
            let function = cx.lower(*function);
            let count = cx.add(Node::Int(24), node);
            let range = cx.op(Op::Range, vec![count], node);
            cx.op(Op::ForEach, vec![function, range], node)
        }
        _ => return None,
    })
}

/// Methods whose arguments are not simply operands.
fn by_method<'t>(
    cx: &mut Lowering<'t, '_>,
    function: Ts<'t>,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    if function.kind() == "subscript_expression" {
        let index = cx.text(function.child_by_field_name("index")?);
        if index == "Symbol.iterator" {
            let base = cx.lower_field(function, "object")?;
            return Some(cx.op(Op::NewList, vec![base], node));
        }
        return by_index(cx, function, kids, node);
    }
    let object = function.child_by_field_name("object")?;
    let name = cx.text(function.child_by_field_name("property")?);
    if cx.kind_of(name) == "member" {
        return None;
    }
    Some(match (name, kids) {
        ("at", [position]) => {
            let (base, position) = (cx.lower(object), cx.lower(*position));
            let rest = cx.op(Op::Slice, vec![base, position], node);
            cx.op(Op::First, vec![rest], node)
        }
        ("keys", []) if !cx.text(object).starts_with("Object") => {
            let base = cx.lower(object);
            let entries = cx.op(Op::Entries, vec![base], node);
            let map = cx.op(Op::NewMap, vec![entries], node);
            cx.op(Op::Keys, vec![map], node)
        }
        ("next", []) => next(cx, object, node),
        ("call" | "apply", [_, rest @ ..]) => return Some(applied(cx, name, object, kids, rest, node)),
        ("bind", [this]) => {
            let parts = vec![cx.lower(object), cx.lower(*this)];
            cx.op(Op::Bound, parts, node)
        }
        ("bind", [this, given @ ..]) => bound_with(cx, object, *this, given, node),
        ("toString", [codec]) if codec.kind() == "string" => {
            let value = cx.lower(object);
            let op = match cx.text(*codec).trim_matches(['"', '\'']).to_ascii_lowercase().as_str() {
                "hex" => Op::Encode(Codec::Hex),
                "base64" => Op::Encode(Codec::Base64),
                _ => Op::Decode(Codec::Utf8),
            };
            cx.op(op, vec![value], node)
        }
        ("finally", [function]) => {
            let value = cx.lower(object);
            let function = cx.lower(*function);
            let (kept, keep) = curly::hidden(cx, value, node);
            let call = cx.op(Op::Apply, vec![function], node);
            cx.add(Node::Block(vec![keep, call, kept]), node)
        }
        ("flat", [depth]) if cx.text(*depth) != "1" => {
            let mut value = cx.lower(object);
            for _ in 0..3 {
                value = cx.op(Op::Flatten, vec![value], node);
            }
            value
        }
        _ => return None,
    })
}

/// `object["method"](…)`
fn by_index<'t>(
    cx: &mut Lowering<'t, '_>,
    function: Ts<'t>,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let index = function.child_by_field_name("index").filter(|index| index.kind() == "string")?;
    let name = text::plain(cx, index);
    let args = arguments(cx, kids, CALLBACKS.contains(&name.as_str()));
    let row = find(METHODS, &name, args.len())?;
    let this = cx.lower_field(function, "object")?;
    cx.see_literal(index);
    let callee = cx.add(Node::Field(this, name.into()), function);
    Some(library::call(cx, row, Some(this), callee, args, node))
}

/// `iterator.next()` as an object, or its value where only that is asked for.
fn next<'t>(cx: &mut Lowering<'t, '_>, object: Ts<'t>, node: Ts<'t>) -> NodeId {
    let base = cx.lower(object);
    let next = cx.op(Op::Next, vec![base], node);
    let outer = node.parent().filter(|outer| outer.kind() == "member_expression");
    let (value, keep) = curly::hidden(cx, next, node);
    let null = cx.add(Node::Null, node);
    let done = cx.add(Node::Binary(BinaryOp::Eq, value, null), node);
    let names = [cx.constant("value", node), cx.constant("done", node)];
    if outer.is_some_and(|outer| cx.text(outer).ends_with("value")) {
        let done = cx.add(Node::Null, node);
        let object = cx.op(Op::NewObject, vec![names[0], value, names[1], done], node);
        return cx.add(Node::Block(vec![keep, object]), node);
    }
    let object = cx.op(Op::NewObject, vec![names[0], value, names[1], done], node);
    cx.add(Node::Block(vec![keep, object]), node)
}

/// `f.bind(this, a)`: a function that gives `a` and its own arguments to `f`.
fn bound_with<'t>(
    cx: &mut Lowering<'t, '_>,
    object: Ts<'t>,
    this: Ts<'t>,
    given: &[Ts<'t>],
    node: Ts<'t>,
) -> NodeId {
    let parts = vec![cx.lower(object), cx.lower(this)];
    let bound = cx.op(Op::Bound, parts, node);
    let mut args: Vec<Arg> = cx.lower_all(given).into_iter().map(positional).collect();
    args.push(Arg { name: None, value: cx.name("rest", node), spread: true });
    let body = cx.call(bound, args, None, node);
    let params = vec![Param { name: "rest".into(), default: None, rest: true }];
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

/// `f.call(this, a, b)`, `f.apply(this, list)`, and `Array.prototype.m.call(list, …)`.
fn applied<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    object: Ts<'t>,
    kids: &[Ts<'t>],
    rest: &[Ts<'t>],
    node: Ts<'t>,
) -> NodeId {
    let borrowed = object.child_by_field_name("object").is_some_and(|base| {
        let base = cx.text(base);
        base.ends_with("prototype") || base == "[]" || base == "''" || base == "\"\""
    });
    let method = object.child_by_field_name("property").map_or("", |method| cx.text(method));
    let mut args = arguments(cx, rest, CALLBACKS.contains(&method));
    if name == "apply" {
        args.iter_mut().for_each(|arg| arg.spread = true);
    }
    let row = find(FUNCTIONS, &full_name(cx, object), args.len());
    if let Some(row) = row {
        let callee = cx.lower(object);
        return library::call(cx, row, None, callee, args, node);
    }
    if let (true, Some(row), Some(this)) = (borrowed, find(METHODS, method, args.len()), kids.first()) {
        let this = cx.lower(*this);
        let callee = cx.add(Node::Field(this, method.into()), node);
        return library::call(cx, row, Some(this), callee, args, node);
    }
    let callee = cx.lower(object);
    let mut operands = vec![callee];
    for arg in args {
        operands.push(if arg.spread { cx.add(Node::Spread(arg.value), node) } else { arg.value });
    }
    if let Some(first) = kids.first().filter(|_| borrowed) {
        let first = cx.lower(*first);
        return cx.call(callee, vec![positional(first)], None, node);
    }
    cx.op(Op::Apply, operands, node)
}
