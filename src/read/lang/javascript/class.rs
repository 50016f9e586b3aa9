//! Classes.

use crate::read::ir::AS_ITEMS;
use crate::read::ir::AS_TEXT;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::lang::curly;
use crate::read::lang::curly::CONSTRUCTOR;
use crate::read::lang::curly::Class;
use crate::read::lang::curly::Made;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expression;
use super::pattern;

/// Lowers a class; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "class_declaration" | "class" | "abstract_class_declaration" => class(cx, node),
        "class_body" | "using_declaration" => curly::block(cx, node),
        "method_definition" => expression::function(cx, node),
        "field_definition" | "public_field_definition" => match node.child_by_field_name("value") {
            Some(value) => cx.lower(value),
            None => cx.add(Node::Null, node),
        },
        "class_static_block" => cx.expect_field(node, "body"),
        _ => return None,
    })
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name: Box<str> = match node.child_by_field_name("name") {
        Some(name) => cx.text(name).into(),
        None => format!("class@{}", node.start_byte()).into(),
    };
    let mut made = Class { name: name.clone(), bases: bases(cx, node), ..Class::default() };
    let mut after = Vec::new();
    let body = node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    for kid in body {
        match kid.kind() {
            "method_definition" => method(cx, kid, &mut made),
            "field_definition" | "public_field_definition" => field(cx, kid, &mut made),
            "class_static_block" => {
                // Runs once the class is there, as a method of it.
                let method = format!("static@{}", kid.start_byte());
                let body = kid.child_by_field_name("body");
                let name = Some(method.as_str().into());
                made.members.push(curly::function(cx, Made { name, body, ..Made::default() }, kid));
                let class = cx.name(&name_of(&made), kid);
                let callee = cx.add(Node::Field(class, method.into()), kid);
                after.push(cx.call(callee, Vec::new(), None, kid));
            }
            _ => made.members.push(cx.lower(kid)),
        }
    }
    let class = curly::class(cx, made, node);
    if after.is_empty() {
        return class;
    }
    let mut statements = vec![class];
    statements.append(&mut after);
    statements.push(cx.name(&name, node));
    cx.add(Node::Block(statements), node)
}

fn name_of(class: &Class) -> Box<str> {
    class.name.clone()
}

fn bases<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<NodeId> {
    let heritage = cx.kids(node).into_iter().find(|kid| kid.kind() == "class_heritage");
    let Some(first) = heritage.and_then(|heritage| cx.kids(heritage).first().copied()) else {
        return Vec::new();
    };
    match first.kind() {
        "implements_clause" => Vec::new(),
        "extends_clause" => {
            first.child_by_field_name("value").map(|base| cx.lower(base)).into_iter().collect()
        }
        _ => vec![cx.lower(first)],
    }
}

/// What a member is called, and whether it belongs to the class itself, or is read or written like a field.
fn head<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> (String, bool, &'static str) {
    let name = node.child_by_field_name("name").or_else(|| node.child_by_field_name("property"));
    let name = name.map_or("", |name| cx.text(name));
    let mut cursor = node.walk();
    let (mut is_static, mut manner) = (false, "");
    for kid in node.children(&mut cursor) {
        match kid.kind() {
            "static" => is_static = true,
            "get" => manner = "get",
            "set" => manner = "set",
            _ => {}
        }
    }
    let own = match name {
        "toString" | "[Symbol.toPrimitive]" => AS_TEXT,
        "[Symbol.iterator]" => AS_ITEMS,
        _ => name.trim_matches(['"', '\'', '[', ']']),
    };
    (own.to_owned(), is_static, manner)
}

fn method<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, made: &mut Class) {
    let (name, _, manner) = head(cx, node);
    let (params, mut before) = pattern::parameters(cx, node);
    let body = node.child_by_field_name("body");
    if name == CONSTRUCTOR {
        super::typescript::own_parameters(cx, node, &mut before);
        let body = match body {
            Some(body) => cx.lower(body),
            None => cx.add(Node::Block(Vec::new()), node),
        };
        before.push(body);
        let body = cx.add(Node::Block(before), node);
        made.constructors.push((params, body));
        return;
    }
    let generator = expression::is_generator(cx, node);
    if manner == "get" {
        let function = curly::function(cx, Made { params, before, body, generator, name: None }, node);
        let (target, value) = (cx.name(&name, node), curly::getter(cx, function, node));
        made.members.push(cx.assign(target, value, true, node));
        return;
    }
    let name = if manner == "set" { format!("set {name}") } else { name };
    let function = Made { name: Some(name.into()), params, before, body, generator };
    made.members.push(curly::function(cx, function, node));
}

fn field<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, made: &mut Class) {
    let (name, is_static, _) = head(cx, node);
    let value = match node.child_by_field_name("value") {
        Some(value) => cx.lower(value),
        None => cx.add(Node::Null, node),
    };
    if is_static {
        let target = cx.name(&name, node);
        made.members.push(cx.assign(target, value, true, node));
    } else {
        made.starts.push(curly::set_own(cx, "this", &name, value, node));
    }
}
