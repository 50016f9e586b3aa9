//! Classes, interfaces, records, enumerations and methods.

use crate::read::ir::AS_TEXT;
use crate::read::ir::COMPARE;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::curly;
use crate::read::lang::curly::CONSTRUCTOR;
use crate::read::lang::curly::Class;
use crate::read::lang::curly::Made;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::construct;
use super::statement;

/// Lowers a declaration of a type or method; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "class_declaration" | "interface_declaration" | "record_declaration" => class(cx, node),
        "enum_declaration" => enumeration(cx, node),
        "class_body" | "interface_body" | "enum_body_declarations" => curly::block(cx, node),
        "method_declaration" | "constructor_declaration" => method(cx, node),
        "static_initializer" => cx.only(node),
        "modifiers" | "annotation" | "marker_annotation" | "annotation_type_declaration" => {
            return (node.kind() != "annotation").then(|| cx.op(Op::Nothing, Vec::new(), node));
        }
        _ => return None,
    })
}

/// The whole program: its types, then its `main`.
pub(super) fn program<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut main = None;
    let mut known: Vec<(&'t str, &'t str)> = Vec::new();
    cx.walk(node, |cx, at| {
        let name = at.child_by_field_name("name").map_or("", |name| cx.text(name));
        match at.kind() {
            "class_declaration" | "interface_declaration" => known.push((name, "class")),
            "record_declaration" => {
                known.push((name, "class"));
                let list = at.child_by_field_name("parameters").map_or_else(Vec::new, |list| cx.kids(list));
                let names = list.into_iter().filter_map(|kid| kid.child_by_field_name("name"));
                known.extend(names.map(|name| (cx.text(name), "component")));
            }
            "enum_declaration" => {
                known.push((name, "enum"));
                let body = at.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body));
                let names = body.into_iter().filter_map(|kid| kid.child_by_field_name("name"));
                known.extend(names.map(|constant| (cx.text(constant), name)));
            }
            "method_declaration" => {
                let modifiers = cx.kids(at).into_iter().find(|kid| kid.kind() == "modifiers");
                let is_static = modifiers.is_some_and(|modifiers| cx.text(modifiers).contains("static"));
                known.push((name, if is_static { "static" } else { "method" }));
                if name == "main" && main.is_none() {
                    let owner = at.parent().and_then(|body| body.parent());
                    main = Some(owner.and_then(|owner| owner.child_by_field_name("name")));
                }
            }
            _ => {}
        }
        true
    });
    for (name, kind) in known {
        cx.remember(name, kind);
    }
    let kids = cx.kids_and_comments(node);
    let mut statements = prelude(cx, node);
    statements.extend(curly::sequence(cx, &kids));
    if let Some(owner) = main {
        let args = cx.add(Node::List(Vec::new()), node);
        let callee = match owner {
            Some(owner) => {
                let class = cx.name(cx.text(owner), owner);
                cx.add(Node::Field(class, "main".into()), owner)
            }
            None => cx.name("main", node),
        };
        statements.push(cx.call(callee, vec![positional(args)], None, node));
    }
    cx.add(Node::Block(statements), node)
}

/// Library classes that are more than an operation.
fn prelude<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<NodeId> {
    if !cx.source_text().contains("StringJoiner") || cx.kind_of("StringJoiner") == "class" {
        return Vec::new();
    }
    vec![construct::joiner(cx, node)]
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let bases = bases(cx, node);
    let mut made = Class { name: name.into(), bases, ..Class::default() };
    let components = node.child_by_field_name("parameters").map(|list| parameters(cx, list));
    let body = node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    build(cx, made_with(&mut made), components, &body, node)
}

fn made_with(made: &mut Class) -> Class {
    std::mem::take(made)
}

/// The class, then its static blocks.
pub(super) fn build<'t>(
    cx: &mut Lowering<'t, '_>,
    mut made: Class,
    components: Option<Vec<Param>>,
    body: &[Ts<'t>],
    node: Ts<'t>,
) -> NodeId {
    let mut after = Vec::new();
    let mut compact = None;
    let is_interface = node.kind() == "interface_declaration";
    for kid in body {
        member(cx, *kid, is_interface, &mut made, &mut after, &mut compact);
    }
    if let Some(params) = components {
        record(cx, params, compact, &mut made, node);
    }
    let name = made.name.clone();
    let class = curly::class(cx, made, node);
    if after.is_empty() {
        return class;
    }
    let mut statements = vec![class];
    for method in after {
        let class = cx.name(&name, node);
        let callee = cx.add(Node::Field(class, method), node);
        statements.push(cx.call(callee, Vec::new(), None, node));
    }
    cx.add(Node::Block(statements), node)
}

fn member<'t>(
    cx: &mut Lowering<'t, '_>,
    kid: Ts<'t>,
    is_interface: bool,
    made: &mut Class,
    after: &mut Vec<Box<str>>,
    compact: &mut Option<NodeId>,
) {
    match kid.kind() {
        "constructor_declaration" => {
            let params =
                kid.child_by_field_name("parameters").map_or_else(Vec::new, |list| parameters(cx, list));
            let body = cx.expect_field(kid, "body");
            made.constructors.push((params, body));
        }
        "compact_constructor_declaration" => *compact = Some(cx.expect_field(kid, "body")),
        "static_initializer" => {
            let name: Box<str> = format!("static@{}", kid.start_byte()).into();
            let body = cx.kids(kid).first().copied();
            let function = Made { name: Some(name.clone()), body, ..Made::default() };
            made.members.push(curly::function(cx, function, kid));
            after.push(name);
        }
        "block" => made.starts.push(cx.lower(kid)),
        "field_declaration" | "constant_declaration" => {
            let modifiers = cx.kids(kid).into_iter().find(|kid| kid.kind() == "modifiers");
            let is_static = is_interface || modifiers.is_some_and(|m| cx.text(m).contains("static"));
            let kind = kid.child_by_field_name("type").map_or("", |kind| cx.text(kind));
            for declarator in cx.fields(kid, "declarator") {
                let name = declarator.child_by_field_name("name").map_or("", |name| cx.text(name));
                let value = statement::declared(cx, kind, declarator);
                if is_static {
                    let target = cx.name(name, declarator);
                    made.members.push(cx.assign(target, value, true, declarator));
                } else {
                    made.starts.push(curly::set_own(cx, "this", name, value, declarator));
                }
            }
        }
        "enum_body_declarations" => {
            for inner in cx.kids_and_comments(kid) {
                cx.nested(inner, |cx| {
                    member(cx, inner, is_interface, made, after, compact);
                    cx.add(Node::Null, inner)
                });
            }
        }
        _ => made.members.push(cx.lower(kid)),
    }
}

/// A record's constructor sets a field for each component.
fn record<'t>(
    cx: &mut Lowering<'t, '_>,
    params: Vec<Param>,
    compact: Option<NodeId>,
    made: &mut Class,
    node: Ts<'t>,
) {
    let mut statements: Vec<NodeId> = compact.into_iter().collect();
    for param in &params {
        let value = cx.name(&param.name, node);
        statements.push(curly::set_own(cx, "this", &param.name, value, node));
    }
    let body = cx.add(Node::Block(statements), node);
    made.constructors.push((params, body));
}

fn bases<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<NodeId> {
    let mut names = Vec::new();
    for kid in cx.kids(node) {
        if matches!(kid.kind(), "superclass" | "super_interfaces" | "extends_interfaces") {
            let words = cx.text(kid);
            let words = words.trim_start_matches("extends").trim_start_matches("implements");
            for word in words.split(',').take(16) {
                names.push(cx.name(construct::type_name(word.trim()), kid));
            }
        }
    }
    names
}

fn method<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let params = node.child_by_field_name("parameters").map_or_else(Vec::new, |list| parameters(cx, list));
    let name = match (name, params.len()) {
        ("toString", 0) => AS_TEXT,
        ("compareTo", 1) => COMPARE,
        _ => name,
    };
    let body = node.child_by_field_name("body");
    curly::function(cx, Made { name: Some(name.into()), params, body, ..Made::default() }, node)
}

/// Names of parameters; the last may take the rest.
pub(super) fn parameters<'t>(cx: &Lowering<'t, '_>, list: Ts<'t>) -> Vec<Param> {
    let mut params = Vec::new();
    for kid in cx.kids(list) {
        let rest = kid.kind() == "spread_parameter";
        let name = match kid.child_by_field_name("name") {
            Some(name) => Some(name),
            None if rest => {
                let kids = cx.kids(kid);
                kids.into_iter()
                    .find(|kid| kid.kind() == "variable_declarator")
                    .and_then(|kid| kid.child_by_field_name("name"))
            }
            None => None,
        };
        if let Some(name) = name {
            params.push(Param { rest, ..param(cx.text(name)) });
        }
    }
    params
}

/// `super(…)` and `this(…)`.
pub(super) fn delegate<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = node.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
    let args = cx.lower_all(&list).into_iter().map(positional).collect();
    let own = node.child_by_field_name("constructor").is_some_and(|word| cx.text(word) == "this");
    let callee = if own { cx.name(CONSTRUCTOR, node) } else { cx.op(Op::Base, Vec::new(), node) };
    cx.call(callee, args, None, node)
}

/// An enumeration whose constants say nothing more is their names by name; else each constant is an object.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let body = node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    let (constants, rest): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
        body.into_iter().partition(|kid| kid.kind() == "enum_constant");
    let plain = |kid: &Ts<'t>| {
        kid.child_by_field_name("arguments").is_none() && kid.child_by_field_name("body").is_none()
    };
    if constants.iter().all(plain) && !rest.iter().any(|kid| kid.kind() == "enum_body_declarations") {
        let mut entries = Vec::new();
        for constant in constants {
            let word = constant.child_by_field_name("name").map_or("", |name| cx.text(name));
            let (key, value) = (cx.constant(word, constant), cx.constant(word, constant));
            entries.push(cx.add(Node::Pair(key, value), constant));
        }
        let map = cx.add(Node::Map(entries), node);
        let target = cx.name(name, node);
        return cx.assign(target, map, true, node);
    }
    let made = Class { name: name.into(), ..Class::default() };
    let mut statements = vec![build(cx, made, None, &rest, node)];
    let mut all = Vec::new();
    for (position, constant) in constants.into_iter().enumerate() {
        let word = constant.child_by_field_name("name").map_or("", |name| cx.text(name));
        let object = make_constant(cx, name, word, constant);
        let class = cx.name(name, constant);
        let target = cx.add(Node::Field(class, word.into()), constant);
        statements.push(cx.assign(target, object, false, constant));
        let position = cx.add(Node::Int(i64::try_from(position).unwrap_or(0)), constant);
        let own = cx.constant(word, constant);
        for (field, value) in [("(name)", own), ("(ordinal)", position)] {
            let target = cx.add(Node::Field(target, field.into()), constant);
            statements.push(cx.assign(target, value, false, constant));
        }
        all.push(target);
    }
    let list = cx.add(Node::List(all), node);
    let class = cx.name(name, node);
    let target = cx.add(Node::Field(class, "(all)".into()), node);
    statements.push(cx.assign(target, list, false, node));
    cx.add(Node::Block(statements), node)
}

/// `NAME(arguments) { overrides }`
fn make_constant<'t>(cx: &mut Lowering<'t, '_>, class: &str, word: &str, constant: Ts<'t>) -> NodeId {
    let list = constant.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
    let args = cx.lower_all(&list).into_iter().map(positional).collect();
    let Some(body) = constant.child_by_field_name("body") else {
        let callee = cx.name(class, constant);
        return cx.call(callee, args, None, constant);
    };
    let kids = cx.kids_and_comments(body);
    let base = cx.name(class, constant);
    let own = format!("{class}.{word}");
    let made = Class { name: own.as_str().into(), bases: vec![base], ..Class::default() };
    let defined = build(cx, made, None, &kids, constant);
    let callee = cx.name(&own, constant);
    let call = cx.call(callee, args, None, constant);
    cx.add(Node::Block(vec![defined, call]), constant)
}
