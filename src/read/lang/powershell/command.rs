//! Commands, pipelines, methods and static members.

use crate::read::ir::Arg;
use crate::read::ir::Codec;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::body;
use crate::read::lang::library as rows;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::expression::core;
use super::library;
use super::statement;

/// A pipeline: each command gets what the one before put out.
pub(super) fn pipeline<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut value = None;
    for kid in cx.kids(node) {
        let inner = core(cx, kid);
        value = Some(match (inner.kind(), value) {
            ("command", before) => lower(cx, inner, before),
            _ => cx.lower(inner),
        });
    }
    value.unwrap_or_else(|| cx.add(Node::Opaque(Vec::new()), node))
}

/// A command, with what is piped into it.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, input: Option<NodeId>) -> NodeId {
    let Some(name) = node.child_by_field_name("command_name") else { return cx.opaque(node) };
    let elements = node.child_by_field_name("command_elements").map_or_else(Vec::new, |list| cx.kids(list));
    let (mut args, mut flags): (Vec<Arg>, Vec<String>) = (Vec::new(), Vec::new());
    let mut key: Option<String> = None;
    for kid in elements.into_iter().filter(|kid| kid.kind() != "command_argument_sep") {
        if kid.kind() == "command_parameter" {
            let flag = cx.text(kid).trim().trim_matches(['-', ':']).to_ascii_lowercase();
            flags.push(flag.clone());
            key = Some(format!("${flag}"));
            continue;
        }
        if kid.kind() == "redirection" {
            continue;
        }
        let value = statement::value(cx, kid);
        let quiet = key.as_deref().is_some_and(|key| library::SWITCHES.contains(&&key[1..]));
        let name = key.take().filter(|_| !quiet).map(Into::into);
        args.push(Arg { name, value, spread: false });
    }
    let text = cx.text(name).trim();
    if name.kind() == "command_name_expr" {
        let inner = cx.kids(name).last().copied().map(|inner| core(cx, inner));
        let function = match inner {
            Some(inner) if inner.kind() == "path_command_name" => {
                let inner = cx.kids(inner).first().copied().unwrap_or(inner);
                cx.lower(inner)
            }
            Some(inner) => cx.lower(inner),
            None => return cx.opaque(node),
        };
        return cx.call(function, args, None, node);
    }
    // The grammar takes a range at the start of a pipeline for a name.
    if let Some((Ok(from), Ok(to))) = text.split_once("..").map(|(from, to)| (from.parse(), to.parse())) {
        let bounds = vec![body::int(cx, from, node), body::int(cx, to, node)];
        return cx.op(Op::Sequence, bounds, node);
    }
    let lower_name = text.to_ascii_lowercase();
    cmdlet(cx, &lower_name, &args, &flags, input, node).unwrap_or_else(|| {
        if let Some(input) = input {
            args.insert(0, positional(input));
        }
        let callee = cx.name(&lower_name, node);
        cx.call(callee, args, None, node)
    })
}

fn keyed(args: &[Arg], name: &str) -> Option<NodeId> {
    args.iter().find(|arg| arg.name.as_deref() == Some(name)).map(|arg| arg.value)
}

#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
fn cmdlet<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    args: &[Arg],
    flags: &[String],
    input: Option<NodeId>,
    node: Ts<'t>,
) -> Option<NodeId> {
    let plain: Vec<NodeId> = args.iter().filter(|arg| arg.name.is_none()).map(|arg| arg.value).collect();
    let all: Vec<NodeId> = args.iter().map(|arg| arg.value).collect();
    let first = plain.first().or(all.first()).copied();
    let list = |cx: &mut Lowering<'t, '_>| {
        let value = input.or(first)?;
        Some(cx.op(Op::AsList, vec![value], node))
    };
    Some(match name {
        "write-output" | "echo" | "write" | "write-verbose" | "return" => match (&plain[..], input) {
            ([], Some(input)) => input,
            ([only], _) => *only,
            _ => cx.add(Node::List(all), node),
        },
        "write-host" | "write-information" | "write-warning" | "write-error" | "out-host" | "write-debug" => {
            let values = match (&plain[..], input) {
                ([], Some(input)) => vec![input],
                _ => plain.clone(),
            };
            let list = cx.op(Op::ListOf, values, node);
            let flat = cx.op(Op::FlattenAll, vec![list], node);
            let separator = match keyed(args, "$separator") {
                Some(separator) => separator,
                None => cx.constant(" ", node),
            };
            let text = cx.op(Op::Join, vec![flat, separator], node);
            let end = flags.iter().any(|flag| "nonewline".starts_with(flag.as_str()) && flag.len() > 2);
            cx.op(if end { Op::Write } else { Op::Print }, vec![text], node)
        }
        "foreach-object" | "%" | "foreach" => {
            let function = *plain.last().or(all.last())?;
            let items = list(cx)?;
            match cx.ir(function).clone() {
                Node::Text(member) => {
                    let one = cx.name("one", node);
                    let body = method(cx, one, &member, Vec::new(), node);
                    let function = cx.lambda(&["one"], body, node);
                    cx.op(Op::Map, vec![function, items], node)
                }
                _ => {
                    let mapped = cx.op(Op::Map, vec![function, items], node);
                    cx.op(Op::Flatten, vec![mapped], node)
                }
            }
        }
        "where-object" | "?" | "where" => {
            let items = list(cx)?;
            cx.op(Op::Filter, vec![first?, items], node)
        }
        "sort-object" | "sort" => {
            let items = list(cx)?;
            let key = first.map(|key| match cx.ir(key).clone() {
                Node::Text(name) => {
                    let one = cx.name("one", node);
                    let body = cx.add(Node::Field(one, name), node);
                    cx.lambda(&["one"], body, node)
                }
                _ => key,
            });
            let key = match key {
                Some(key) => key,
                None => cx.add(Node::Null, node),
            };
            let down = cx.add(Node::Bool(flags.iter().any(|flag| flag.starts_with("desc"))), node);
            cx.op(Op::Sorted, vec![items, key, down], node)
        }
        "select-object" | "select" => {
            let items = list(cx)?;
            match (
                keyed(args, "$first"),
                keyed(args, "$last"),
                keyed(args, "$expandproperty"),
                keyed(args, "$skip"),
            ) {
                (Some(count), ..) => cx.op(Op::Take, vec![items, count], node),
                (_, Some(count), ..) => {
                    let count = cx.op(Op::Negated, vec![count], node);
                    cx.op(Op::Drop, vec![items, count], node)
                }
                (_, _, Some(key), _) => cx.op(Op::Column, vec![items, key], node),
                (_, _, _, Some(count)) => cx.op(Op::Drop, vec![items, count], node),
                _ if flags.iter().any(|flag| flag == "unique") => cx.op(Op::Unique, vec![items], node),
                _ => items,
            }
        }
        "join-string" => {
            let items = list(cx)?;
            let separator = match keyed(args, "$separator").or(first) {
                Some(separator) => separator,
                None => cx.constant("", node),
            };
            cx.op(Op::Join, vec![items, separator], node)
        }
        "out-string" | "out-default" | "tee-object" | "get-unique" => input?,
        "out-null" => cx.op(Op::Nothing, vec![input?], node),
        "invoke-expression" | "iex" => cx.op(Op::Eval, vec![input.or(first)?], node),
        "new-object" => {
            let Node::Text(kind) = cx.ir(first?).clone() else { return None };
            created(cx, &kind.to_ascii_lowercase(), plain.get(1..).unwrap_or_default(), node)?
        }
        "measure-object" | "get-date" | "start-sleep" | "set-strictmode" | "import-module" => {
            cx.op(Op::Nothing, all, node)
        }
        "get-random" => return None,
        _ => return None,
    })
}

/// A new object of a type of the library.
fn created<'t>(cx: &mut Lowering<'t, '_>, kind: &str, args: &[NodeId], at: Ts<'t>) -> Option<NodeId> {
    let kind = kind.trim_matches(['[', ']']);
    let short = kind.split(['[', '`']).next().unwrap_or(kind).rsplit('.').next().unwrap_or(kind);
    let op = match short {
        "arraylist" | "list" | "linkedlist" | "collection" => Op::NewList,
        "stack" => Op::NewStack,
        "queue" => Op::NewQueue,
        "stringbuilder" | "stringwriter" => Op::NewBuilder,
        "hashtable" | "dictionary" | "ordereddictionary" => Op::NewMap,
        "sorteddictionary" | "sortedlist" | "sortedset" => Op::NewSorted,
        "hashset" => Op::NewSet,
        "string" => Op::ToText,
        _ => return None,
    };
    Some(cx.op(op, args.to_vec(), at))
}

fn arguments<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<NodeId> {
    let list = cx.kids(node).into_iter().find(|kid| kid.kind() == "argument_list");
    let inner = list.and_then(|list| list.child_by_field_name("argument_expression_list"));
    let script = cx.kids(node).into_iter().filter(|kid| kid.kind() == "script_block_expression");
    let mut nodes: Vec<Ts<'t>> = inner.map_or_else(Vec::new, |inner| cx.kids(inner));
    nodes.extend(script.collect::<Vec<_>>());
    nodes.into_iter().map(|node| statement::value(cx, node)).collect()
}

/// The name of a member, in lower case.
fn member_name<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> String {
    let name = cx.kids(node).into_iter().find(|kid| kid.kind() == "member_name");
    name.map_or("", |name| cx.text(name)).trim().trim_matches(['"', '\'']).to_ascii_lowercase()
}

/// `[Type]` as a name, in lower case, without `System.`.
fn type_name<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Option<String> {
    if node.kind() != "type_literal" {
        return None;
    }
    let text = cx.text(node).trim();
    let text = text.strip_prefix('[')?.strip_suffix(']')?.to_ascii_lowercase();
    Some(text.strip_prefix("system.").unwrap_or(&text).to_owned())
}

/// `x.Name` and `[Type]::Name`
pub(super) fn member<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(base) = cx.kids(node).first().copied() else { return cx.opaque(node) };
    let name = member_name(cx, node);
    if type_name(cx, base).is_some() {
        return match name.as_str() {
            "empty" => cx.constant("", node),
            "newline" => cx.constant("\n", node),
            _ => cx.constant(&name, node),
        };
    }
    let base = cx.lower(base);
    match name.as_str() {
        "length" | "count" => cx.op(Op::Length, vec![base], node),
        "keys" => cx.op(Op::Keys, vec![base], node),
        "values" => cx.op(Op::Values, vec![base], node),
        _ => {
            let written = cx.kids(node).into_iter().find(|kid| kid.kind() == "member_name");
            let written = written.map_or("", |kid| cx.text(kid)).trim().trim_matches(['"', '\'']);
            cx.add(Node::Field(base, written.into()), node)
        }
    }
}

/// `x.Name(…)` and `[Type]::Name(…)`
pub(super) fn invoked<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(base) = cx.kids(node).first().copied() else { return cx.opaque(node) };
    let name = member_name(cx, node);
    let args = arguments(cx, node);
    if let Some(kind) = type_name(cx, base) {
        return of_type(cx, &kind, base, &name, args, node);
    }
    let text = cx.text(base).to_ascii_lowercase();
    if text.contains("encoding]") {
        let op = if name == "getbytes" { Op::Codes } else { Op::Decode(Codec::Utf8) };
        return cx.op(op, args.into_iter().take(1).collect(), node);
    }
    let base = cx.lower(base);
    method(cx, base, &name, args, node)
}

/// A method of a value.
fn method<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, name: &str, args: Vec<NodeId>, at: Ts<'t>) -> NodeId {
    let name = name.to_ascii_lowercase();
    if name == "getenumerator" {
        return entries(cx, base, at);
    }
    let callee = cx.add(Node::Field(base, name.as_str().into()), at);
    let args: Vec<Arg> = args.into_iter().map(positional).collect();
    match rows::find(library::METHODS, &name, args.len()) {
        Some(row) => rows::call(cx, row, Some(base), callee, args, at),
        None => cx.call(callee, args, None, at),
    }
}

/// The entries of a map as objects with `Key`, `Name` and `Value`.
fn entries<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, at: Ts<'t>) -> NodeId {
    let row = cx.name("row", at);
    let (key, value) = (cx.op(Op::First, vec![row], at), cx.op(Op::Last, vec![row], at));
    let names = ["Key", "Name", "Value"].map(|name| cx.constant(name, at));
    let object = cx.op(Op::NewObject, vec![names[0], key, names[1], key, names[2], value], at);
    let function = cx.lambda(&["row"], object, at);
    let rows = cx.op(Op::Rows, vec![base], at);
    cx.op(Op::Map, vec![function, rows], at)
}

fn of_type<'t>(
    cx: &mut Lowering<'t, '_>,
    kind: &str,
    base: Ts<'t>,
    name: &str,
    args: Vec<NodeId>,
    at: Ts<'t>,
) -> NodeId {
    if name == "new" {
        if let Some(id) = created(cx, kind, &args, at) {
            return id;
        }
        let own = cx.text(base).trim().trim_matches(['[', ']']);
        let callee = cx.name(own, base);
        let args = args.into_iter().map(positional).collect();
        return cx.call(callee, args, None, at);
    }
    let short = kind.rsplit('.').next().unwrap_or(kind);
    let full = format!("{short}::{name}");
    let args: Vec<Arg> = args.into_iter().map(positional).collect();
    let own = cx.text(base).trim().trim_matches(['[', ']']);
    let own = cx.name(own, base);
    let callee = cx.add(Node::Field(own, name.into()), at);
    match rows::find(library::STATIC, &full, args.len()) {
        Some(row) => rows::call(cx, row, None, callee, args, at),
        None => cx.call(callee, args, None, at),
    }
}
