//! Items and statements: functions, structs, enumerations, implementations, `let`.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;
use crate::read::lang::lowering::param;

use super::pattern;
use super::pattern::VARIANT;

/// What the method is called that gives a value's text.
const OUTPUT: &str = "toString";
/// Under this name is kept what type is wanted of a `collect`; no program can spell it.
pub(super) const EXPECTED: &str = "expected type";

/// Lowers an item or statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "source_file" => {
            enumerations(cx);
            sequence(cx, node)
        }
        "declaration_list" | "block" => sequence(cx, node),
        "use_declaration"
        | "attribute_item"
        | "inner_attribute_item"
        | "empty_statement"
        | "type_item"
        | "extern_crate_declaration"
        | "function_signature_item"
        | "macro_definition"
        | "visibility_modifier"
        | "label"
        | "mutable_specifier"
        | "associated_type" => cx.op(Op::Nothing, Vec::new(), node),
        "mod_item" => cx.expect_field(node, "body"),
        "expression_statement" => {
            let value = cx.only(node);
            // A value whose semicolon is there is not the block's.
            if cx.text(node).ends_with(';') { discarded(cx, value, node) } else { value }
        }
        "function_item" => function(cx, node, Vec::new()),
        "struct_item" | "union_item" => structure(cx, node),
        "enum_item" => enumeration(cx, node),
        "impl_item" => implementation(cx, node),
        "trait_item" => {
            let name = field_text(cx, node, "name");
            let members =
                node.child_by_field_name("body").map_or_else(Vec::new, |body| methods(cx, body, ""));
            class(cx, name, Vec::new(), members, Vec::new(), node)
        }
        "const_item" | "static_item" => {
            let name = field_text(cx, node, "name");
            let (target, value) = (cx.name(name, node), cx.expect_field(node, "value"));
            cx.assign(target, value, true, node)
        }
        "let_declaration" => binding(cx, node),
        _ => return None,
    })
}

fn field_text<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>, field: &str) -> &'t str {
    node.child_by_field_name(field).map_or("", |name| cx.text(name))
}

/// Statements in order; a function gets the comments above it.
fn sequence<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut statements = Vec::new();
    let mut above: Vec<&'t str> = Vec::new();
    for kid in cx.kids_and_comments(node) {
        if is_comment(kid) {
            above.push(cx.comment_text(kid));
            statements.push(cx.comment(kid));
            continue;
        }
        let around = std::mem::take(&mut above);
        statements.push(match kid.kind() {
            "function_item" => function(cx, kid, around),
            _ => cx.lower(kid),
        });
    }
    cx.add(Node::Block(statements), node)
}

/// A value that nobody takes: a call is made, and gives nothing.
fn discarded<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, node: Ts<'t>) -> NodeId {
    match cx.ir(value) {
        Node::Return(_) | Node::Break | Node::Continue | Node::Assign { .. } | Node::While { .. } => value,
        Node::Do(Op::Print | Op::Write, _) => value,
        _ => {
            let nothing = cx.op(Op::Nothing, Vec::new(), node);
            cx.add(Node::Block(vec![value, nothing]), node)
        }
    }
}

/// Remembers what enumerations the region has, and which of them hold values.
fn enumerations<'t>(cx: &mut Lowering<'t, '_>) {
    let text = cx.source_text();
    for part in text.split("enum ").skip(1) {
        let Some((name, body)) = part.split_once('{') else { continue };
        let body = body.split('}').next().unwrap_or_default();
        let holds =
            body.contains('(') || part.split_once("}\n").is_some_and(|(all, _)| all.matches('{').count() > 1);
        cx.remember(name.split('<').next().unwrap_or(name).trim(), "enum");
        for variant in body.split([',', '\n']) {
            let word =
                variant.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if word.chars().next().is_some_and(char::is_uppercase) && holds {
                cx.remember(word, "variant");
            }
        }
    }
}

/// A function; `comment` holds what is written above it.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, mut comment: Vec<&'t str>) -> NodeId {
    let name = field_text(cx, node, "name");
    let list = node.child_by_field_name("parameters");
    let (params, mut statements) = list.map_or_else(Default::default, |list| parameters(cx, list));
    let body = node.child_by_field_name("body");
    let inner = body.map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    for kid in inner.iter().filter(|kid| is_comment(**kid)) {
        comment.push(cx.comment_text(*kid));
    }
    if inner.iter().any(|kid| !is_comment(*kid)) {
        let kind = field_text(cx, node, "return_type");
        statements.extend(body.map(|body| expecting(cx, kind, |cx| cx.lower(body))));
    }
    let body = cx.add(Node::Block(statements), node);
    let comment = (!comment.is_empty()).then(|| comment.join("\n").into());
    cx.add(Node::Function { name: Some(name.into()), params, body, comment, generator: false }, node)
}

/// Lowers what is to be of the type `kind`.
pub(super) fn expecting<'t>(
    cx: &mut Lowering<'t, '_>,
    kind: &str,
    build: impl FnOnce(&mut Lowering<'t, '_>) -> NodeId,
) -> NodeId {
    let outer = cx.unaliased(EXPECTED).to_owned();
    cx.alias(EXPECTED, kind);
    let id = build(cx);
    cx.alias(EXPECTED, &outer);
    id
}

/// Parameters, and what takes patterns among them apart.
pub(super) fn parameters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> (Vec<Param>, Vec<NodeId>) {
    let (mut params, mut statements) = (Vec::new(), Vec::new());
    let mut cursor = list.walk();
    let kids: Vec<Ts<'t>> = list
        .children(&mut cursor)
        .filter(|kid| kid.is_named() && !is_comment(*kid) || kid.kind() == "_")
        .collect();
    for kid in kids {
        let name = match kid.kind() {
            "self_parameter" => {
                params.push(param("self"));
                continue;
            }
            "attribute_item" => continue,
            "parameter" => kid.child_by_field_name("pattern").unwrap_or(kid),
            _ => kid,
        };
        if matches!(name.kind(), "identifier" | "_") {
            params.push(param(cx.text(name)));
            continue;
        }
        let own = format!("parameter {}", name.start_byte());
        match pattern::target(cx, name) {
            Some(target) if matches!(cx.ir(target), Node::Name(_)) => {
                let Node::Name(own) = cx.ir(target).clone() else { continue };
                params.push(Param { name: own, default: None, rest: false });
            }
            Some(target) => {
                let value = cx.name(&own, name);
                statements.push(cx.assign(target, value, true, name));
                params.push(param(&own));
            }
            None => {
                let value = cx.name(&own, name);
                statements.push(pattern::test(cx, name, value));
                params.push(param(&own));
            }
        }
    }
    (params, statements)
}

fn class<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    bases: Vec<NodeId>,
    members: Vec<NodeId>,
    fields: Vec<Box<str>>,
    node: Ts<'t>,
) -> NodeId {
    cx.add(Node::Class { name: name.into(), bases, members, constructor: None, fields }, node)
}

fn structure<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = field_text(cx, node, "name");
    let body = node.child_by_field_name("body");
    let fields = body.map_or_else(Vec::new, |body| field_names(cx, body));
    cx.remember(name, if body.is_none() { UNIT } else { "class" });
    class(cx, name, Vec::new(), Vec::new(), fields, node)
}

/// A structure without fields: its name is its only object.
pub(super) const UNIT: &str = "unit";

/// Names of fields, or their positions.
fn field_names<'t>(cx: &Lowering<'t, '_>, body: Ts<'t>) -> Vec<Box<str>> {
    if body.kind() == "ordered_field_declaration_list" {
        return (0..cx.fields(body, "type").len()).map(|at| at.to_string().into()).collect();
    }
    let kids = cx.kids(body).into_iter().filter(|kid| kid.kind() == "field_declaration");
    kids.filter_map(|kid| kid.child_by_field_name("name")).map(|name| cx.text(name).into()).collect()
}

/// Variants without fields are numbers, unless others have fields: then all are objects that know their variant.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = field_text(cx, node, "name");
    let body = node.child_by_field_name("body");
    let variants = body.map_or_else(Vec::new, |body| cx.kids(body));
    let variants: Vec<Ts<'t>> = variants.into_iter().filter(|kid| kid.kind() == "enum_variant").collect();
    let holds = variants.iter().any(|variant| variant.child_by_field_name("body").is_some());
    let (mut members, mut others) = (Vec::new(), Vec::new());
    let mut next = 0_i64;
    for variant in variants {
        let own = field_text(cx, variant, "name");
        let target = cx.name(own, variant);
        let value = if holds {
            cx.remember(own, "variant");
            let fields =
                variant.child_by_field_name("body").map_or_else(Vec::new, |body| field_names(cx, body));
            let (which, text) = (cx.name(VARIANT, variant), cx.constant(own, variant));
            let which = cx.assign(which, text, true, variant);
            let full = format!("{name}::{own}");
            let base = cx.name(name, variant);
            let made = class(cx, &full, vec![base], vec![which], fields, variant);
            others.push(made);
            let class = cx.name(&full, variant);
            if variant.child_by_field_name("body").is_some() {
                class
            } else {
                cx.call(class, Vec::new(), None, variant)
            }
        } else {
            let value = match cx.lower_field(variant, "value") {
                Some(value) => value,
                None => cx.add(Node::Int(next), variant),
            };
            if let Node::Int(n) = *cx.ir(value) {
                next = n.saturating_add(1);
            }
            value
        };
        members.push(cx.assign(target, value, true, variant));
    }
    if !holds {
        return class(cx, name, Vec::new(), members, Vec::new(), node);
    }
    // The class is there first, since it is the base of its variants; these are its members afterwards.
    let mut all = vec![class(cx, name, Vec::new(), Vec::new(), Vec::new(), node)];
    all.append(&mut others);
    for member in members {
        if let Node::Assign { target, value, .. } = *cx.ir(member)
            && let Node::Name(own) = cx.ir(target).clone()
        {
            let base = cx.name(name, node);
            let field = cx.add(Node::Field(base, own), node);
            all.push(cx.assign(field, value, false, node));
        }
    }
    cx.add(Node::Block(all), node)
}

/// Methods are assigned to the type's fields.
fn implementation<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kind = field_text(cx, node, "type").split('<').next().unwrap_or_default().trim_start_matches('&');
    let kind = kind.rsplit("::").next().unwrap_or(kind).trim();
    let of = field_text(cx, node, "trait");
    let of = of.split('<').next().unwrap_or(of).rsplit("::").next().unwrap_or(of).trim();
    let Some(body) = node.child_by_field_name("body") else { return cx.opaque(node) };
    let outer = cx.unaliased("Self").to_owned();
    cx.alias("Self", kind);
    let mut statements = Vec::new();
    for member in methods(cx, body, of) {
        let name = match cx.ir(member) {
            Node::Function { name: Some(name), .. } => Some(name.clone()),
            Node::Assign { target, .. } => match cx.ir(*target) {
                Node::Name(name) => Some(name.clone()),
                _ => None,
            },
            _ => None,
        };
        let Some(name) = name else {
            statements.push(member);
            continue;
        };
        let value = match *cx.ir(member) {
            Node::Assign { value, .. } => value,
            _ => member,
        };
        let class = cx.name(kind, node);
        let target = cx.add(Node::Field(class, name), node);
        statements.push(cx.assign(target, value, false, node));
    }
    // What a trait does by default.
    if !of.is_empty() && cx.defines(of) {
        let (base, class) = (cx.name(of, node), cx.name(kind, node));
        statements.push(cx.op(Op::Inherit, vec![class, base], node));
    }
    cx.alias("Self", &outer);
    cx.add(Node::Block(statements), node)
}

fn methods<'t>(cx: &mut Lowering<'t, '_>, body: Ts<'t>, of: &str) -> Vec<NodeId> {
    let mut members = Vec::new();
    let mut above = Vec::new();
    for kid in cx.kids_and_comments(body) {
        if is_comment(kid) {
            above.push(cx.comment_text(kid));
            continue;
        }
        let around = std::mem::take(&mut above);
        members.push(match kid.kind() {
            "function_item" => {
                let method = function(cx, kid, around);
                if of == "Display" || of == "Debug" && field_text(cx, kid, "name") == "fmt" {
                    shown(cx, method, kid)
                } else {
                    method
                }
            }
            _ => cx.lower(kid),
        });
    }
    members.retain(|id| !matches!(cx.ir(*id), Node::Do(Op::Nothing, _)));
    members
}

/// `fn fmt(&self, f)` writes to `f`: as a method it gives what was written.
fn shown<'t>(cx: &mut Lowering<'t, '_>, method: NodeId, node: Ts<'t>) -> NodeId {
    let Node::Function { mut params, body, comment, .. } = cx.ir(method).clone() else { return method };
    let Some(output) = params.last_mut() else { return method };
    output.default = Some(cx.op(Op::NewBuilder, Vec::new(), node));
    let name = output.name.clone();
    let written = cx.name(&name, node);
    let text = cx.op(Op::ToText, vec![written], node);
    let give = cx.add(Node::Return(Some(text)), node);
    let body = cx.add(Node::Block(vec![body, give]), node);
    cx.add(Node::Function { name: Some(OUTPUT.into()), params, body, comment, generator: false }, node)
}

/// `let pattern = value else { … };`
fn binding<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(left) = node.child_by_field_name("pattern") else { return cx.opaque(node) };
    let kind = field_text(cx, node, "type");
    if left.kind() == "identifier" {
        cx.remember(cx.text(left), kind.trim_start_matches("mut ").trim_start_matches('&'));
    }
    let Some(value) = node.child_by_field_name("value") else {
        let (target, null) = (cx.lower(left), cx.add(Node::Null, node));
        return cx.assign(target, null, true, node);
    };
    let value = expecting(cx, kind, |cx| cx.lower(value));
    if let Some(target) = pattern::target(cx, left) {
        return cx.assign(target, value, true, node);
    }
    let (bind, subject) = pattern::held(cx, value, node);
    let test = pattern::test(cx, left, subject);
    let nothing = cx.op(Op::Nothing, Vec::new(), node);
    let other = cx.lower_field(node, "alternative");
    let check = cx.add(Node::If { test, then: nothing, other }, node);
    cx.add(Node::Block(vec![bind, check]), node)
}
