//! Calls: what a callee's name means, and arguments.

use crate::read::ir::Arg;
use crate::read::ir::Codec;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::library::Row;
use crate::read::lang::library::apply;
use crate::read::lang::library::as_function;
use crate::read::lang::library::composed;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;

use super::expression;
use super::library;
use super::special;

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let callee = cx.expect_field(node, "function");
    let args = arguments(cx, callee, node);
    if let Some(id) = special::lower(cx, callee, &args, node) {
        return id;
    }
    let Some((row, this, skipped)) = meaning(cx, callee, &args) else {
        return cx.call(callee, args, None, node);
    };
    let given = args.get(skipped..).unwrap_or_default();
    if let Some(id) = composed(cx, row, this, given, node) {
        return id;
    }
    let library = apply(cx, row, this, given, node);
    let library = by_codec(cx, library, callee, &args);
    cx.call(callee, args, Some(library), node)
}

/// The name of a library's function that a callee is: `chain` for `itertools.chain` and for `c` imported as such.
pub(super) fn function_name(cx: &mut Lowering<'_, '_>, callee: NodeId) -> Option<String> {
    match cx.ir(callee).clone() {
        Node::Name(name) => {
            let full = cx.unaliased(&name).to_owned();
            (!cx.defines(&name)).then(|| last(&full).to_owned())
        }
        Node::Field(base, name) => {
            let module = module_name(cx, base)?;
            library::MODULES.contains(&module.as_str()).then(|| name.into())
        }
        _ => None,
    }
}

/// A value that is called by what it is given to: a library's function becomes one of the program.
pub(super) fn function_value<'t>(
    cx: &mut Lowering<'t, '_>,
    value: NodeId,
    params: usize,
    at: Ts<'t>,
) -> NodeId {
    let called = function_name(cx, value);
    if let Some(op) = called.as_deref().and_then(library::operator) {
        let (a, b) = (cx.name("a", at), cx.name("b", at));
        let body = cx.add(Node::Binary(op, a, b), at);
        return cx.lambda(&["a", "b"], body, at);
    }
    let row = match cx.ir(value).clone() {
        Node::Name(name) if !cx.defines(&name) => {
            let full = cx.unaliased(&name).to_owned();
            let row = find(library::FUNCTIONS, &full, params);
            row.or_else(|| find(library::FUNCTIONS, last(&full), params)).map(|row| (row, None))
        }
        Node::Field(base, name) => field_meaning(cx, base, &name, params),
        _ => None,
    };
    match row {
        Some((row, Some(base))) if is_type(cx, base) => {
            let this = cx.name("a", at);
            let library = apply(cx, row, Some(this), &[], at);
            let body = cx.op(library.op, library.operands, at);
            cx.lambda(&["a"], body, at)
        }
        Some((row, this)) => as_function(cx, row, this, params, at),
        None => value,
    }
}

fn arguments<'t>(cx: &mut Lowering<'t, '_>, callee: NodeId, call: Ts<'t>) -> Vec<Arg> {
    let Some(list) = call.child_by_field_name("arguments") else { return Vec::new() };
    if list.kind() != "argument_list" {
        return vec![Arg { name: None, value: cx.lower(list), spread: false }];
    }
    let called = function_name(cx, callee).unwrap_or_default();
    let (first, params) = library::takes_function(&called);
    let mut args = Vec::new();
    for kid in cx.kids(list).into_iter().filter(|kid| !is_comment(*kid)) {
        let (name, mut value, spread) = match kid.kind() {
            "keyword_argument" => {
                let name = kid.child_by_field_name("name").map_or("", |name| cx.text(name));
                (Some(name), cx.expect_field(kid, "value"), false)
            }
            "list_splat" => (None, cx.only(kid), true),
            "dictionary_splat" => (Some("**"), cx.only(kid), true),
            _ => (None, expression::members(cx, kid), false),
        };
        if name == Some("key") || (first && args.is_empty()) {
            value = function_value(cx, value, params, kid);
        }
        args.push(Arg { name: name.map(|name| library::keyword(name).into()), value, spread });
    }
    args
}

/// What the call means by its name: a function, a function of a module, a type's method given the receiver as its first
/// argument, or a method. Gives the row, the receiver, and how many arguments that took.
fn meaning(
    cx: &mut Lowering<'_, '_>,
    callee: NodeId,
    args: &[Arg],
) -> Option<(&'static Row, Option<NodeId>, usize)> {
    let count = args.iter().filter(|arg| arg.name.is_none()).count();
    match cx.ir(callee).clone() {
        Node::Name(name) => {
            let full = cx.unaliased(&name);
            let row = find(library::FUNCTIONS, full, count);
            let row = row.or_else(|| find(library::FUNCTIONS, last(full), count))?;
            Some((row, None, 0))
        }
        Node::Field(base, method) => match field_meaning(cx, base, &method, count)? {
            (row, Some(base)) if is_type(cx, base) => Some((row, Some(args.first()?.value), 1)),
            (row, this) => Some((row, this, 0)),
        },
        _ => None,
    }
}

/// The row of `base.name`, and the base where it is the receiver.
fn field_meaning(
    cx: &Lowering<'_, '_>,
    base: NodeId,
    name: &str,
    count: usize,
) -> Option<(&'static Row, Option<NodeId>)> {
    if let Some(module) = module_name(cx, base) {
        if let Some(row) = find(library::FUNCTIONS, &format!("{module}.{name}"), count) {
            return Some((row, None));
        }
        let known = library::MODULES.contains(&module.as_str());
        if let Some(row) = find(library::FUNCTIONS, name, count).filter(|_| known) {
            return Some((row, None));
        }
    }
    find(library::METHODS, name, count).map(|row| (row, Some(base)))
}

/// Whether an expression names a type of the library.
fn is_type(cx: &Lowering<'_, '_>, base: NodeId) -> bool {
    module_name(cx, base).is_some_and(|name| library::TYPES.contains(&name.as_str()))
}

/// `x.decode('hex')` and `codecs.decode(x, 'hex')`: the codec is an argument.
fn by_codec(cx: &Lowering<'_, '_>, library: Library, callee: NodeId, args: &[Arg]) -> Library {
    let Node::Field(base, _) = *cx.ir(callee) else { return library };
    let named = args.iter().find_map(|arg| match cx.ir(arg.value) {
        Node::Text(name) => library::CODECS.iter().find(|(codec, _)| name.eq_ignore_ascii_case(codec)),
        _ => None,
    });
    let from_module = module_name(cx, base).is_some_and(|module| module == "codecs");
    let (codec, decodes) = match library.op {
        Op::Decode(Codec::Utf8) => (named.map_or(Codec::Utf8, |(_, codec)| *codec), true),
        Op::Encode(Codec::Utf8) => (named.map_or(Codec::Utf8, |(_, codec)| *codec), false),
        _ => return library,
    };
    let value = if from_module { args.first().map_or(base, |arg| arg.value) } else { base };
    Library { op: if decodes { Op::Decode(codec) } else { Op::Encode(codec) }, operands: vec![value] }
}

/// The dotted name of an expression that is nothing else, as the library calls it.
pub(super) fn module_name(cx: &Lowering<'_, '_>, base: NodeId) -> Option<String> {
    match cx.ir(base) {
        Node::Name(name) => Some(cx.unaliased(name).to_owned()),
        Node::Field(outer, name) => match cx.ir(*outer) {
            Node::Name(first) => Some(format!("{}.{name}", cx.unaliased(first))),
            _ => None,
        },
        _ => None,
    }
}

/// The part behind the last dot.
fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}
