//! Types and their members.

use crate::read::ir::AS_TEXT;
use crate::read::ir::AT_INDEX;
use crate::read::ir::COMPARE;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
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
use super::expression;
use super::statement;

/// Lowers a declaration of a type or member; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "class_declaration" | "struct_declaration" | "interface_declaration" | "record_declaration" => {
            class(cx, node)
        }
        "enum_declaration" => enumeration(cx, node),
        "method_declaration" | "local_function_statement" => method(cx, node),
        "operator_declaration" | "conversion_operator_declaration" | "destructor_declaration" => {
            let params = parameters(cx, node);
            let body = node.child_by_field_name("body");
            let name = node.child_by_field_name("operator").filter(|sign| cx.text(*sign) == "+");
            let name = name.map(|_| PLUS.into());
            // The left side is the object.
            let params = if name.is_some() { receiver_first(params) } else { params };
            curly::function(cx, Made { name, params, body, ..Made::default() }, node)
        }
        "property_declaration" | "indexer_declaration" | "constructor_declaration" | "field_declaration" => {
            // Loose members: what they hold still counts.
            match node.kind() {
                "field_declaration" => cx.only_declaration(node),
                "constructor_declaration" => method(cx, node),
                _ => cx.opaque(node),
            }
        }
        "arrow_expression_clause" => cx.only(node),
        _ => return None,
    })
}

fn receiver_first(mut params: Vec<Param>) -> Vec<Param> {
    if let Some(first) = params.first_mut() {
        first.name = "this".into();
    }
    params
}

impl<'t> Lowering<'t, '_> {
    /// The declaration in a field, without its modifiers.
    fn only_declaration(&mut self, node: Ts<'t>) -> NodeId {
        match self.kids(node).into_iter().find(|kid| kid.kind() == "variable_declaration") {
            Some(declaration) => self.lower(declaration),
            None => self.opaque(node),
        }
    }
}

/// The whole program: its types, then its statements, then its `Main`.
pub(super) fn program<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut main = None;
    let mut known: Vec<(&'t str, &'t str)> = Vec::new();
    let mut extensions = Vec::new();
    cx.walk(node, |cx, at| {
        let name = at.child_by_field_name("name").map_or("", |name| cx.text(name));
        match at.kind() {
            "class_declaration" | "struct_declaration" | "record_declaration" | "interface_declaration" => {
                known.push((name, "class"));
            }
            "enum_declaration" => known.push((name, "enum")),
            "property_declaration" => known.push((name, "property")),
            "tuple_expression" | "tuple_type" => {
                for (place, part) in cx.kids(at).into_iter().enumerate().take(8) {
                    let part = cx
                        .kids(part)
                        .into_iter()
                        .find(|kid| kid.kind() == "declaration_expression")
                        .unwrap_or(part);
                    if let Some(name) = part.child_by_field_name("name") {
                        known.push((cx.text(name), PLACES[place]));
                    }
                }
            }
            "method_declaration" => {
                known.push((name, "method"));
                let owner = at
                    .parent()
                    .and_then(|body| body.parent())
                    .and_then(|owner| owner.child_by_field_name("name"));
                let list = at.child_by_field_name("parameters").map_or("", |list| cx.text(list));
                if let (Some(owner), true) = (owner, list.starts_with("(this ")) {
                    extensions.push((cx.text(owner), name));
                }
                if name == "Main" && main.is_none() {
                    main = owner.map(|owner| cx.text(owner));
                }
            }
            _ => {}
        }
        true
    });
    for (name, kind) in known {
        cx.remember(name, kind);
    }
    let is_type =
        |kid: &Ts<'t>| kid.kind().ends_with("_declaration") && kid.kind() != "namespace_declaration";
    let (types, others): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
        cx.kids_and_comments(node).into_iter().partition(is_type);
    let mut statements = curly::sequence(cx, &types);
    let (early, late): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
        others.into_iter().partition(|kid| kid.kind() == "namespace_declaration");
    statements.extend(curly::sequence(cx, &early));
    for (owner, name) in extensions {
        cx.remember(name, "extension");
        let owner = cx.name(owner, node);
        let value = cx.add(Node::Field(owner, name.into()), node);
        let target = cx.name(name, node);
        statements.push(cx.assign(target, value, true, node));
    }
    statements.extend(curly::sequence(cx, &late));
    if let Some(owner) = main {
        let args = cx.add(Node::List(Vec::new()), node);
        let class = cx.name(owner, node);
        let callee = cx.add(Node::Field(class, "Main".into()), node);
        statements.push(cx.call(callee, vec![positional(args)], None, node));
    }
    cx.add(Node::Block(statements), node)
}

/// Names of places in tuples, as kinds of their named parts.
const PLACES: [&str; 8] = ["@0", "@1", "@2", "@3", "@4", "@5", "@6", "@7"];

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let mut made = Class { name: name.into(), ..Class::default() };
    let kids = cx.kids(node);
    let mut passed = None;
    if let Some(list) = kids.iter().find(|kid| kid.kind() == "base_list") {
        for base in cx.kids(*list).into_iter().take(16) {
            if base.kind() == "argument_list" {
                passed = Some(base);
                continue;
            }
            let words = cx.text(base);
            passed = passed.or_else(|| cx.kids(base).into_iter().find(|kid| kid.kind() == "argument_list"));
            let bare = words.split(['<', '(']).next().unwrap_or(words).trim();
            made.bases.push(cx.name(bare, base));
        }
    }
    if let Some(list) = kids.into_iter().find(|kid| kid.kind() == "parameter_list") {
        primary(cx, list, passed, &mut made, node);
    }
    let body = node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    let mut above = Vec::new();
    for kid in body {
        if crate::read::lang::lowering::is_comment(kid) {
            above.push(cx.comment_text(kid));
            made.members.push(cx.comment(kid));
            continue;
        }
        cx.set_above(std::mem::take(&mut above));
        member(cx, kid, &mut made);
    }
    curly::class(cx, made, node)
}

/// Parameters behind the type's name: each sets a field.
fn primary<'t>(
    cx: &mut Lowering<'t, '_>,
    list: Ts<'t>,
    passed: Option<Ts<'t>>,
    made: &mut Class,
    node: Ts<'t>,
) {
    let params = listed(cx, list);
    let mut body = Vec::new();
    if let Some(passed) = passed {
        let args = call::arguments(cx, passed, "");
        let base = cx.op(crate::read::ir::Op::Base, Vec::new(), node);
        body.push(cx.call(base, args, None, node));
    }
    for param in &params {
        let value = cx.name(&param.name, node);
        body.push(curly::set_own(cx, "this", &param.name, value, node));
    }
    let body = cx.add(Node::Block(body), node);
    made.constructors.push((params, body));
}

fn is_static<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> bool {
    cx.kids(node)
        .into_iter()
        .any(|kid| kid.kind() == "modifier" && matches!(cx.text(kid), "static" | "const"))
}

fn member<'t>(cx: &mut Lowering<'t, '_>, kid: Ts<'t>, made: &mut Class) {
    match kid.kind() {
        "constructor_declaration" => constructor(cx, kid, made),
        "field_declaration" => {
            let shared = is_static(cx, kid);
            let Some(declaration) = cx.kids(kid).into_iter().find(|kid| kid.kind() == "variable_declaration")
            else {
                return;
            };
            let kind = declaration.child_by_field_name("type").map_or("", |kind| cx.text(kind));
            for declarator in
                cx.kids(declaration).into_iter().filter(|kid| kid.kind() == "variable_declarator")
            {
                let name = declarator.child_by_field_name("name").map_or("", |name| cx.text(name));
                let value = statement::declared(cx, kind, declarator);
                keep(cx, name, value, shared, made, declarator);
            }
        }
        "property_declaration" => property(cx, kid, made),
        "indexer_declaration" => {
            let params = parameters(cx, kid);
            let body = kid.child_by_field_name("value").or_else(|| accessor(cx, kid, "get"));
            let name = Some(AT_INDEX.into());
            made.members.push(curly::function(cx, Made { name, params, body, ..Made::default() }, kid));
        }
        _ => made.members.push(cx.lower(kid)),
    }
}

/// A field of the class or of each object.
fn keep<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    value: NodeId,
    shared: bool,
    made: &mut Class,
    at: Ts<'t>,
) {
    if shared {
        let target = cx.name(name, at);
        made.members.push(cx.assign(target, value, true, at));
    } else {
        made.starts.push(curly::set_own(cx, "this", name, value, at));
    }
}

/// The body of `get` or `set`.
fn accessor<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>, name: &str) -> Option<Ts<'t>> {
    let list = node.child_by_field_name("accessors")?;
    let own = |kid: &Ts<'t>| kid.child_by_field_name("name").is_some_and(|word| cx.text(word) == name);
    cx.kids(list).into_iter().find(own)?.child_by_field_name("body")
}

fn property<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, made: &mut Class) {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let value = node.child_by_field_name("value");
    let arrow = value.filter(|value| value.kind() == "arrow_expression_clause");
    if let Some(body) = arrow.or_else(|| accessor(cx, node, "get")) {
        let function = curly::function(cx, Made { body: Some(body), ..Made::default() }, node);
        let (target, value) = (cx.name(name, node), curly::getter(cx, function, node));
        made.members.push(cx.assign(target, value, true, node));
        if let Some(body) = accessor(cx, node, "set") {
            let (name, params) = (Some(format!("set {name}").into()), vec![param("value")]);
            let function = Made { name, params, body: Some(body), ..Made::default() };
            made.members.push(curly::function(cx, function, node));
        }
        return;
    }
    let kind = node.child_by_field_name("type").map_or("", |kind| cx.text(kind));
    let value = match value {
        Some(value) if value.kind() == "implicit_object_creation_expression" => {
            super::construct::implicit(cx, kind, value)
        }
        Some(value) => cx.lower(value),
        None => expression::zero(cx, kind, node),
    };
    let shared = is_static(cx, node);
    keep(cx, name, value, shared, made, node);
}

fn constructor<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, made: &mut Class) {
    let params = parameters(cx, node);
    let mut body = Vec::new();
    if let Some(first) = cx.kids(node).into_iter().find(|kid| kid.kind() == "constructor_initializer") {
        let list = cx.kids(first).first().copied();
        let args = list.map_or_else(Vec::new, |list| call::arguments(cx, list, ""));
        let own = cx.text(first).trim_start_matches(':').trim_start().starts_with("this");
        let callee = if own {
            cx.name(CONSTRUCTOR, first)
        } else {
            cx.op(crate::read::ir::Op::Base, Vec::new(), first)
        };
        body.push(cx.call(callee, args, None, first));
    }
    body.push(cx.expect_field(node, "body"));
    let body = cx.add(Node::Block(body), node);
    if is_static(cx, node) {
        made.members.push(body);
    } else {
        made.constructors.push((params, body));
    }
}

fn method<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let params = parameters(cx, node);
    let name = match (name, params.len()) {
        ("ToString", 0) => AS_TEXT,
        ("CompareTo", 1) => COMPARE,
        _ => name,
    };
    let body = node.child_by_field_name("body");
    let written = body.map_or("", |body| cx.text(body));
    let generator = written.contains("yield return") || written.contains("yield break");
    curly::function(cx, Made { name: Some(name.into()), params, body, generator, ..Made::default() }, node)
}

/// Names of a declaration's parameters.
fn parameters<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<Param> {
    match node.child_by_field_name("parameters") {
        Some(list) => listed(cx, list),
        None => Vec::new(),
    }
}

/// Names of parameters with their defaults; the last may take the rest.
pub(super) fn listed<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> Vec<Param> {
    let mut params = Vec::new();
    // `params string[] words` stands in the list itself.
    if let Some(name) = list.child_by_field_name("name").filter(|_| cx.text(list).contains("params ")) {
        params.push(Param { rest: true, ..param(cx.text(name)) });
    }
    let mut named = Vec::new();
    for kid in cx.kids(list).into_iter().filter(|kid| kid.kind() == "parameter") {
        let Some(name) = kid.child_by_field_name("name") else { continue };
        let kind = kid.child_by_field_name("type").map(|kind| kind.id());
        let default = cx
            .kids(kid)
            .into_iter()
            .find(|part| {
                part.start_byte() > name.start_byte()
                    && Some(part.id()) != kind
                    && !matches!(part.kind(), "modifier" | "attribute_list")
            })
            .map(|value| cx.lower(value));
        named.push(Param { name: cx.text(name).into(), default, rest: cx.text(kid).starts_with("params ") });
    }
    named.append(&mut params);
    named
}

/// An enumeration is an object whose members are their names.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let mut entries = Vec::new();
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let word = kid.child_by_field_name("name").map_or("", |name| cx.text(name));
        let (key, value) = (cx.constant(word, kid), cx.constant(word, kid));
        entries.push(cx.add(Node::Pair(key, value), kid));
    }
    let map = cx.add(Node::Map(entries), node);
    let target = cx.name(name, node);
    cx.assign(target, map, true, node)
}
