//! Functions, classes, objects and enumerations.

use crate::read::ir::AT_INDEX;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::PLUS;
use crate::read::ir::Param;
use crate::read::lang::curly;
use crate::read::lang::curly::CONSTRUCTOR;
use crate::read::lang::curly::Class;
use crate::read::lang::curly::Made;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::call;
use super::expression::RECEIVER;
use super::statement;

/// Lowers a declaration; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "function_declaration" => function(cx, node, Some(name_of(cx, node))),
        "class_declaration" => class(cx, node),
        "object_declaration" | "companion_object" => single(cx, node),
        "class_body" | "enum_class_body" | "anonymous_initializer" => curly::block(cx, node),
        _ => return None,
    })
}

/// Before the name of a function whose block works on an object; no program can spell it.
pub(super) const BLOCKS: &str = "blocks of ";

fn name_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    node.child_by_field_name("name").map_or("", |name| cx.text(name))
}

fn kid_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>, kind: &str) -> Option<Ts<'t>> {
    cx.kids(node).into_iter().find(|kid| kid.kind() == kind)
}

/// The type that a function extends.
fn extends<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> bool {
    let name = node.child_by_field_name("name").map_or(0, |name| name.start_byte());
    cx.kids(node).into_iter().any(|kid| {
        kid.start_byte() < name && matches!(kid.kind(), "user_type" | "nullable_type" | "parenthesized_type")
    })
}

/// The whole program: its declarations, then its `main`.
pub(super) fn program<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut known: Vec<(&'t str, &'t str)> = Vec::new();
    let mut main = false;
    let mut receiving: Vec<&str> = Vec::new();
    cx.walk(node, |cx, at| {
        match at.kind() {
            "function_declaration" => {
                let name = name_of(cx, at);
                if kid_of(cx, at, "function_value_parameters")
                    .is_some_and(|list| cx.text(list).contains(".() ->"))
                {
                    receiving.push(name);
                }
                // `f: T.() -> Unit` is called as a method of a T.
                for param in
                    kid_of(cx, at, "function_value_parameters").map_or_else(Vec::new, |list| cx.kids(list))
                {
                    if param.kind() == "parameter" && cx.text(param).contains(".() ->") {
                        let name = cx.kids(param).first().map_or("", |name| cx.text(*name));
                        known.push((name, "extension"));
                    }
                }
                let member = at.parent().is_some_and(|outer| outer.kind().ends_with("class_body"));
                let kind = if extends(cx, at) {
                    "extension"
                } else if member {
                    "method"
                } else {
                    "function"
                };
                known.push((name, kind));
                main |= name == "main" && !member;
            }
            "class_declaration" if kid_of(cx, at, "enum_class_body").is_some() => {
                known.push((name_of(cx, at), "enum"));
            }
            "class_declaration" | "object_declaration" => known.push((name_of(cx, at), "class")),
            "property_declaration" if at.parent().is_some_and(|outer| outer.kind() == "class_body") => {
                if let Some(target) = statement::parts(cx, at).0 {
                    let name = cx.text(target).split(':').next().unwrap_or_default().trim();
                    known.push((name, "property"));
                }
            }
            "class_parameter" => {
                let name = cx.kids(at).into_iter().find(|kid| kid.kind() == "identifier");
                known.extend(name.map(|name| (cx.text(name), "property")));
            }
            _ => {}
        }
        true
    });
    for (name, kind) in known {
        cx.remember(name, kind);
    }
    for name in receiving {
        cx.alias(&format!("{BLOCKS}{name}"), RECEIVER);
    }
    let kids = cx.kids_and_comments(node);
    let mut statements = curly::sequence(cx, &kids);
    if main {
        let args = cx.add(Node::List(Vec::new()), node);
        let callee = cx.name("main", node);
        statements.push(cx.call(callee, vec![positional(args)], None, node));
    }
    cx.add(Node::Block(statements), node)
}

/// A function; one that extends a type takes the object first.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, name: Option<&str>) -> NodeId {
    let extends = extends(cx, node);
    let list = kid_of(cx, node, "function_value_parameters");
    let mut params = list.map_or_else(Vec::new, |list| parameters(cx, list));
    let name = name.map(|name| match name {
        "get" if cx.text(node).contains("operator ") => AT_INDEX,
        "plus" if cx.text(node).contains("operator ") => PLUS,
        _ => call::own_name(name, params.len()),
    });
    let name = name.map(Into::into);
    let body = kid_of(cx, node, "function_body").and_then(|body| cx.kids_and_comments(body).first().copied());
    let outer = cx.kind_of("[receiver]");
    if extends {
        params.insert(0, param(RECEIVER));
    }
    cx.remember("[receiver]", if extends { "inside" } else { "" });
    let made = curly::function(cx, Made { name, params, body, ..Made::default() }, node);
    cx.remember("[receiver]", outer);
    made
}

fn parameters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> Vec<Param> {
    let mut params: Vec<Param> = Vec::new();
    let mut rest = false;
    for kid in cx.kids(list) {
        match kid.kind() {
            "parameter_modifiers" => rest = cx.text(kid).contains("vararg"),
            "parameter" => {
                let name = cx.kids(kid).first().map_or("_", |name| cx.text(*name));
                params.push(Param { rest: std::mem::take(&mut rest), ..param(name) });
            }
            _ => {
                let default = cx.lower(kid);
                if let Some(last) = params.last_mut() {
                    last.default = Some(default);
                }
            }
        }
    }
    params
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = name_of(cx, node);
    if let Some(body) = kid_of(cx, node, "enum_class_body") {
        return enumeration(cx, name, body, node);
    }
    let mut made = Class { name: name.into(), ..Class::default() };
    build(cx, &mut made, node);
    curly::class(cx, made, node)
}

/// Fills a class from its parameters, bases and body. Its fields start in the order that they are written in.
fn build<'t>(cx: &mut Lowering<'t, '_>, made: &mut Class, node: Ts<'t>) {
    let mut starts = Vec::new();
    let mut params = Vec::new();
    if let Some(primary) = kid_of(cx, node, "primary_constructor") {
        let list = kid_of(cx, primary, "class_parameters").map_or_else(Vec::new, |list| cx.kids(list));
        for kid in list {
            let parts = cx.kids(kid);
            let name =
                parts.iter().find(|part| part.kind() == "identifier").map_or("_", |name| cx.text(*name));
            let last = parts.last().filter(|last| {
                !last.kind().ends_with("_type") && !matches!(last.kind(), "identifier" | "modifiers")
                    || cx.text(kid).contains('=')
            });
            let default = last.map(|value| cx.lower(*value));
            params.push(Param { default, rest: cx.text(kid).contains("vararg "), ..param(name) });
            let value = cx.name(name, kid);
            starts.push(curly::set_own(cx, "this", name, value, kid));
        }
    }
    if let Some(list) = kid_of(cx, node, "delegation_specifiers") {
        for specifier in cx.kids(list) {
            let Some(base) = cx.kids(specifier).first().copied() else { continue };
            let word = cx.text(base).split(['(', '<']).next().unwrap_or_default().trim();
            made.bases.push(cx.name(word, base));
            if let Some(passed) = kid_of(cx, base, "value_arguments") {
                let args = cx.kids(passed);
                let args = cx.lower_all(&args).into_iter().map(positional).collect();
                let callee = cx.op(Op::Base, Vec::new(), base);
                starts.push(cx.call(callee, args, None, base));
            }
        }
    }
    let body = kid_of(cx, node, "class_body").map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    for kid in body {
        member(cx, kid, made, &mut starts);
    }
    if !starts.is_empty() || !params.is_empty() {
        let body = cx.add(Node::Block(starts), node);
        made.constructors.push((params, body));
    }
}

fn member<'t>(cx: &mut Lowering<'t, '_>, kid: Ts<'t>, made: &mut Class, starts: &mut Vec<NodeId>) {
    match kid.kind() {
        "property_declaration" => {
            let (target, value) = statement::parts(cx, kid);
            let name = target.map_or("", |target| cx.text(target));
            let name = name.split(':').next().unwrap_or_default().trim();
            if let Some(getter) = kid_of(cx, kid, "getter") {
                let body =
                    kid_of(cx, getter, "function_body").and_then(|body| cx.kids(body).first().copied());
                let function = curly::function(cx, Made { body, ..Made::default() }, getter);
                let (target, value) = (cx.name(name, kid), curly::getter(cx, function, kid));
                made.members.push(cx.assign(target, value, true, kid));
                return;
            }
            let value = match value {
                Some(value) => statement::initial(cx, value),
                None => cx.add(Node::Null, kid),
            };
            starts.push(curly::set_own(cx, "this", name, value, kid));
        }
        "anonymous_initializer" => starts.push(cx.only(kid)),
        "companion_object" => {
            let body = kid_of(cx, kid, "class_body").map_or_else(Vec::new, |body| cx.kids_and_comments(body));
            for inner in body {
                if inner.kind() == "property_declaration" {
                    let (target, value) = statement::parts(cx, inner);
                    let value = match value {
                        Some(value) => statement::initial(cx, value),
                        None => cx.add(Node::Null, inner),
                    };
                    if let Some(target) = target {
                        let target = cx.lower(target);
                        made.members.push(cx.assign(target, value, true, inner));
                    }
                } else {
                    made.members.push(cx.lower(inner));
                }
            }
        }
        "secondary_constructor" => {
            let list = kid_of(cx, kid, "function_value_parameters");
            let params = list.map_or_else(Vec::new, |list| parameters(cx, list));
            let mut body = Vec::new();
            if let Some(first) = kid_of(cx, kid, "constructor_delegation_call") {
                let passed = kid_of(cx, first, "value_arguments").map_or_else(Vec::new, |list| cx.kids(list));
                let args = cx.lower_all(&passed).into_iter().map(positional).collect();
                let own = cx.text(first).starts_with("this");
                let callee =
                    if own { cx.name(CONSTRUCTOR, first) } else { cx.op(Op::Base, Vec::new(), first) };
                body.push(cx.call(callee, args, None, first));
            }
            if let Some(block) = kid_of(cx, kid, "block") {
                body.push(cx.lower(block));
            }
            let body = cx.add(Node::Block(body), kid);
            made.constructors.push((params, body));
        }
        _ => made.members.push(cx.lower(kid)),
    }
}

/// `object Name { … }`: a class and its only object.
fn single<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = name_of(cx, node);
    let own = format!("{name}@{}", node.start_byte());
    let mut made = Class { name: own.as_str().into(), ..Class::default() };
    build(cx, &mut made, node);
    let class = curly::class(cx, made, node);
    let callee = cx.name(&own, node);
    let call = cx.call(callee, Vec::new(), None, node);
    let target = cx.name(name, node);
    let bind = cx.assign(target, call, true, node);
    cx.add(Node::Block(vec![class, bind]), node)
}

/// `object : Base { … }`
pub(super) fn object<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let own = format!("object@{}", node.start_byte());
    let mut made = Class { name: own.as_str().into(), ..Class::default() };
    build(cx, &mut made, node);
    let class = curly::class(cx, made, node);
    let callee = cx.name(&own, node);
    let call = cx.call(callee, Vec::new(), None, node);
    cx.add(Node::Block(vec![class, call]), node)
}

/// Constants of an enumeration: their names, or objects where they say more.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, name: &'t str, body: Ts<'t>, node: Ts<'t>) -> NodeId {
    let (entries, rest): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
        cx.kids_and_comments(body).into_iter().partition(|kid| kid.kind() == "enum_entry");
    let mut constants = Vec::new();
    for entry in entries {
        let word = kid_of(cx, entry, "identifier").map_or("", |name| cx.text(name));
        let args = kid_of(cx, entry, "value_arguments").map(|list| cx.kids(list));
        let args = args.map(|args| cx.lower_all(&args));
        constants.push((word, args));
    }
    let mut made = Class { name: name.into(), ..Class::default() };
    build(cx, &mut made, node);
    let mut starts = Vec::new();
    for kid in rest {
        member(cx, kid, &mut made, &mut starts);
    }
    made.starts.extend(starts);
    curly::enumeration(cx, made, &constants, node)
}
