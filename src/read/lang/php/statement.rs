//! Statements, functions and classes.

use crate::read::ir::Arm;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::body;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// Kinds that define a function.
const FUNCTIONS: &[&str] = &["function_definition", "method_declaration"];

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "program" | "compound_statement" | "colon_block" | "declaration_list" => {
            body::block(cx, node, FUNCTIONS, function)
        }
        "php_tag" | "php_end_tag" | "empty_statement" | "declare_statement" | "namespace_use_declaration" => {
            cx.op(Op::Nothing, Vec::new(), node)
        }
        "expression_statement" => cx.only(node),
        "namespace_definition" => match node.child_by_field_name("body") {
            Some(body) => cx.lower(body),
            None => cx.op(Op::Nothing, Vec::new(), node),
        },
        "echo_statement" => {
            let mut kids = cx.kids(node);
            while let Some(last) = kids.last().copied().filter(|last| last.kind() == "sequence_expression") {
                kids.pop();
                kids.extend(cx.kids(last));
            }
            let pieces = cx.lower_all(&kids);
            cx.op(Op::Write, pieces, node)
        }
        "function_definition" | "method_declaration" => function(cx, node, Vec::new()),
        "anonymous_function" | "arrow_function" => function(cx, node, Vec::new()),
        "class_declaration" | "trait_declaration" | "interface_declaration" | "anonymous_class" => {
            class(cx, node)
        }
        "enum_declaration" => enumeration(cx, node),
        "const_declaration" => constants(cx, node),
        "if_statement" => conditional(cx, node),
        "while_statement" => {
            let test = cx.lower_field(node, "condition");
            let body = cx.expect_field(node, "body");
            cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node)
        }
        "do_statement" => {
            let test = cx.lower_field(node, "condition");
            let body = cx.expect_field(node, "body");
            cx.add(Node::While { before: None, test, after: None, body, runs_first: true }, node)
        }
        "for_statement" => {
            let before = cx.lower_field(node, "initialize");
            let test = cx.lower_field(node, "condition");
            let after = cx.lower_field(node, "update");
            let bodies = cx.fields(node, "body");
            let bodies = cx.lower_all(&bodies);
            let body = cx.add(Node::Block(bodies), node);
            cx.add(Node::While { before, test, after, body, runs_first: false }, node)
        }
        "foreach_statement" => foreach(cx, node),
        "switch_statement" => switch(cx, node),
        "try_statement" => attempt(cx, node),
        "return_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "break_statement" => cx.add(Node::Break, node),
        "continue_statement" => cx.add(Node::Continue, node),
        "throw_expression" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Throw(value), node)
        }
        "global_declaration" => cx.op(Op::Nothing, Vec::new(), node),
        "function_static_declaration" => statics(cx, node),
        "unset_statement" => {
            let mut gone = Vec::new();
            for kid in cx.kids(node) {
                let target = cx.lower(kid);
                gone.push(match *cx.ir(target) {
                    Node::Index(base, key) => cx.op(Op::Delete, vec![base, key], kid),
                    _ => cx.op(Op::Nothing, vec![target], kid),
                });
            }
            cx.add(Node::Block(gone), node)
        }
        _ => return None,
    })
}

/// `static $x = …`: bound once, outside of all calls.
fn statics<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut all = Vec::new();
    for kid in cx.kids(node) {
        let value = match cx.lower_field(kid, "value") {
            Some(value) => value,
            None => cx.add(Node::Null, kid),
        };
        let target = cx.expect_field(kid, "name");
        let known = cx.op(Op::Present, vec![target], kid);
        let set = cx.assign(target, value, false, kid);
        all.push(cx.add(Node::Choose { test: known, then: target, other: set }, kid));
    }
    cx.add(Node::Block(all), node)
}

fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, above: Vec<&'t str>) -> NodeId {
    let name = node.child_by_field_name("name").map(|name| cx.text(name).into());
    let inner = node.child_by_field_name("body");
    let inside: Vec<Ts<'t>> = std::iter::once(node).chain(inner).collect();
    let comment = body::comment_of(cx, above, &inside);
    let (params, mut prelude) =
        node.child_by_field_name("parameters").map_or_else(Default::default, |list| parameters(cx, list));
    let body = match inner {
        Some(inner) => cx.lower(inner),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    let body = if prelude.is_empty() {
        body
    } else {
        prelude.push(body);
        cx.add(Node::Block(prelude), node)
    };
    cx.add(Node::Function { name, params, body, comment, generator: false }, node)
}

/// Parameters, and the fields that some of them set.
fn parameters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> (Vec<Param>, Vec<NodeId>) {
    let (mut params, mut prelude) = (Vec::new(), Vec::new());
    for kid in cx.kids(list) {
        let Some(name) = kid.child_by_field_name("name") else { continue };
        let name = cx.text(name).trim_start_matches(['&', '.']);
        let default = cx.lower_field(kid, "default_value");
        params.push(Param { name: name.into(), default, rest: kid.kind() == "variadic_parameter" });
        if kid.kind() == "property_promotion_parameter" {
            let (this, value) = (cx.name("this", kid), cx.name(name, kid));
            let target = cx.add(Node::Field(this, name.trim_start_matches('$').into()), kid);
            prelude.push(cx.assign(target, value, false, kid));
        }
    }
    (params, prelude)
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("a class", |name| cx.text(name)).into();
    let mut bases = Vec::new();
    for kid in cx.kids(node).into_iter().filter(|kid| kid.kind() == "base_clause") {
        let kids = cx.kids(kid);
        bases.extend(cx.lower_all(&kids));
    }
    let (mut members, mut fields, mut constructor) = (Vec::new(), Vec::new(), None);
    let inner = node.child_by_field_name("body");
    let mut above = Vec::new();
    for kid in inner.map_or_else(Vec::new, |inner| cx.kids_and_comments(inner)) {
        match kid.kind() {
            "comment" => above.push(cx.comment_text(kid)),
            "method_declaration" => {
                let own = kid.child_by_field_name("name").map_or("", |name| cx.text(name));
                if own == super::library::CONSTRUCTOR {
                    constructor = Some(own.into());
                }
                members.push(function(cx, kid, std::mem::take(&mut above)));
            }
            "property_declaration" => {
                for property in cx.kids(kid).into_iter().filter(|kid| kid.kind() == "property_element") {
                    let name = property.child_by_field_name("name").map_or("", |name| cx.text(name));
                    let name = name.trim_start_matches('$');
                    let value = match cx.lower_field(property, "default_value") {
                        Some(value) => value,
                        None => cx.add(Node::Null, property),
                    };
                    fields.push(name.into());
                    let target = cx.name(name, property);
                    members.push(cx.assign(target, value, false, property));
                }
            }
            "const_declaration" => members.push(constants(cx, kid)),
            "use_declaration" => {
                let kids = cx.kids(kid);
                bases.extend(cx.lower_all(&kids));
            }
            _ => members.push(cx.lower(kid)),
        }
    }
    let members = members.into_iter().flat_map(|id| match cx.ir(id) {
        Node::Block(inner) => inner.clone(),
        _ => vec![id],
    });
    let members = members.collect();
    cx.add(Node::Class { name, bases, members, constructor, fields }, node)
}

/// `const A = 1, B = 2;`
fn constants<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut all = Vec::new();
    for kid in cx.kids(node).into_iter().filter(|kid| kid.kind() == "const_element") {
        if let [name, value] = cx.kids(kid)[..] {
            let (target, value) = (cx.name(cx.text(name), name), cx.lower(value));
            all.push(cx.assign(target, value, false, kid));
        }
    }
    cx.add(Node::Block(all), node)
}

/// An enumeration: a map from names to members, each with its name and value.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (mut pairs, mut others) = (Vec::new(), Vec::new());
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        if kid.kind() != "enum_case" {
            others.push(cx.lower(kid));
            continue;
        }
        let own = kid.child_by_field_name("name").map_or("", |name| cx.text(name));
        let value = cx.expect_field(kid, "value");
        let names = ["name", "value"].map(|name| cx.constant(name, kid));
        let own = cx.constant(own, kid);
        let object = cx.op(Op::NewObject, vec![names[0], own, names[1], value], kid);
        pairs.push(cx.add(Node::Pair(own, object), kid));
    }
    let value = cx.add(Node::Map(pairs), node);
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let target = cx.name(name, node);
    others.push(cx.assign(target, value, false, node));
    cx.add(Node::Block(others), node)
}

fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let test = cx.expect_field(node, "condition");
    let then = cx.expect_field(node, "body");
    let mut arms = Vec::new();
    let mut other = None;
    for alternative in cx.fields(node, "alternative") {
        let body = cx.expect_field(alternative, "body");
        if alternative.kind() == "else_if_clause" {
            let test = cx.expect_field(alternative, "condition");
            arms.push((test, body, alternative));
        } else {
            other = Some(body);
        }
    }
    for (test, then, at) in arms.into_iter().rev() {
        other = Some(cx.add(Node::If { test, then, other }, at));
    }
    cx.add(Node::If { test, then, other }, node)
}

/// `foreach ($xs as $k => &$v)`: what is bound by reference is stored back after each pass.
fn foreach<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let inner = node.child_by_field_name("body");
    let kids: Vec<Ts<'t>> =
        cx.kids(node).into_iter().filter(|kid| Some(kid.id()) != inner.map(|inner| inner.id())).collect();
    let [from, pattern, ..] = kids[..] else { return cx.opaque(node) };
    let from_id = cx.lower(from);
    let by_ref = |cx: &Lowering<'t, '_>, kid: Ts<'t>| {
        if kid.kind() == "by_ref" { cx.kids(kid).first().copied() } else { None }
    };
    let (key, value) = match (pattern.kind(), &cx.kids(pattern)[..]) {
        ("pair", [key, value]) => (Some(*key), *value),
        _ => (None, pattern),
    };
    let reference = by_ref(cx, value);
    let target = cx.lower(reference.unwrap_or(value));
    let key = match (key, reference) {
        (Some(key), _) => Some(cx.lower(key)),
        (None, Some(_)) => Some(cx.name("&key", node)),
        (None, None) => None,
    };
    let mut body = match inner {
        Some(inner) => cx.lower(inner),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    if let (Some(_), Some(key)) = (reference, key) {
        let place = cx.add(Node::Index(from_id, key), node);
        let back = cx.assign(place, target, false, node);
        body = cx.add(Node::Block(vec![body, back]), node);
    }
    match key {
        Some(key) => {
            let target = cx.add(Node::List(vec![key, target]), node);
            cx.add(Node::For { target, iter: from_id, body, indexed: true }, node)
        }
        None => {
            let iter = cx.op(Op::Values, vec![from_id], node);
            body::each(cx, target, iter, body, node)
        }
    }
}

fn switch<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let subject = cx.lower_field(node, "condition");
    let mut arms = Vec::new();
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let value = kid.child_by_field_name("value");
        let values: Vec<NodeId> = value.map(|value| cx.lower(value)).into_iter().collect();
        let statements: Vec<Ts<'t>> =
            cx.kids(kid).into_iter().filter(|inner| Some(inner.id()) != value.map(|v| v.id())).collect();
        let ends = statements
            .iter()
            .any(|last| matches!(last.kind(), "break_statement" | "return_statement" | "continue_statement"));
        let body = cx.lower_all(&statements);
        let body = cx.add(Node::Block(body), kid);
        arms.push(Arm { values, guard: None, body, falls_through: !ends });
    }
    cx.add(Node::Match { subject, arms }, node)
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let body = cx.expect_field(node, "body");
    let (mut handlers, mut finally) = (Vec::new(), None);
    for kid in cx.kids(node) {
        match kid.kind() {
            "catch_clause" => {
                let binds = kid.child_by_field_name("name").map(|name| cx.text(name).into());
                handlers.push(Handler { binds, body: cx.expect_field(kid, "body") });
            }
            "finally_clause" => finally = Some(cx.expect_field(kid, "body")),
            _ => {}
        }
    }
    cx.add(Node::Try { body, handlers, finally }, node)
}
