//! Definitions: values, functions, classes, objects, enumerations.

use crate::read::ir::AS_TEXT;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::curly;
use crate::read::lang::curly::Class;
use crate::read::lang::curly::Made;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::pattern;

/// Lowers a definition; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "compilation_unit" => program(cx, node),
        "val_definition" | "var_definition" => value(cx, node),
        "function_definition" | "function_declaration" => function(cx, node, None),
        "class_definition" | "trait_definition" => class(cx, node),
        "object_definition" => object(cx, node),
        "enum_definition" => enumeration(cx, node),
        "extension_definition" => extension(cx, node),
        "template_body" | "enum_body" => curly::block(cx, node),
        "import_declaration" | "package_clause" | "type_definition" | "modifiers" | "annotation"
        | "val_declaration" | "var_declaration" => cx.op(Op::Nothing, Vec::new(), node),
        _ => return None,
    })
}

fn name_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    node.child_by_field_name("name").map_or("", |name| cx.text(name))
}

/// The whole program: its definitions, then its `main`.
fn program<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut known: Vec<(&'t str, &'t str)> = Vec::new();
    let mut main = None;
    cx.walk(node, |cx, at| {
        let name = name_of(cx, at);
        match at.kind() {
            "class_definition" => {
                known.push((name, "class"));
                if cx.text(at).starts_with("implicit ") {
                    let body = at.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body));
                    known.extend(body.into_iter().map(|member| (name_of(cx, member), name)));
                    known.push((name, "implicit"));
                }
            }
            "enum_definition" => known.push((name, "enum")),
            "function_definition" => {
                let lists = cx.fields(at, "parameters").len();
                let outer = at.parent().map_or("", |outer| outer.kind());
                let kind = match (outer, lists) {
                    ("extension_definition", _) => "extension",
                    (_, 2..) => "curried",
                    _ => "function",
                };
                known.push((name, kind));
                let text = cx.text(at);
                if text.starts_with("@main") {
                    main = Some((None, name));
                } else if name == "main" && main.is_none() {
                    let owner = at.parent().and_then(|body| body.parent());
                    let owner = owner.filter(|owner| owner.kind() == "object_definition");
                    main = Some((owner.map(|owner| name_of(cx, owner)), name));
                }
            }
            _ => {}
        }
        true
    });
    for (name, kind) in known {
        cx.remember(name, kind);
    }
    // Types may be used before they are defined.
    let early = |kid: &Ts<'t>| {
        matches!(
            kid.kind(),
            "class_definition" | "trait_definition" | "enum_definition" | "extension_definition"
        )
    };
    let (types, others): (Vec<Ts<'t>>, Vec<Ts<'t>>) = cx.kids_and_comments(node).into_iter().partition(early);
    let mut statements = curly::sequence(cx, &types);
    statements.extend(curly::sequence(cx, &others));
    if let Some((owner, name)) = main {
        let args = cx.add(Node::List(Vec::new()), node);
        let callee = match owner {
            Some(owner) => {
                let owner = cx.name(owner, node);
                cx.add(Node::Field(owner, name.into()), node)
            }
            None => cx.name(name, node),
        };
        statements.push(cx.call(callee, vec![positional(args)], None, node));
    }
    cx.add(Node::Block(statements), node)
}

fn value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "value");
    let target = match node.child_by_field_name("pattern") {
        Some(target) => pattern::target(cx, target),
        None => cx.name("_", node),
    };
    cx.assign(target, value, true, node)
}

/// A function; one without parameters is called wherever it is named.
fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, receiver: Option<&str>) -> NodeId {
    let name = match name_of(cx, node) {
        "toString" => AS_TEXT,
        name => name,
    };
    let lists = cx.fields(node, "parameters");
    let bare = lists.is_empty() && receiver.is_none() && name != AS_TEXT;
    let mut params: Vec<Param> = receiver.map(param).into_iter().collect();
    for list in lists {
        params.extend(parameters(cx, list));
    }
    let body = node.child_by_field_name("body");
    let generator = false;
    if bare {
        let function = curly::function(cx, Made { params, body, ..Made::default() }, node);
        let (target, value) = (cx.name(name, node), curly::getter(cx, function, node));
        return cx.assign(target, value, true, node);
    }
    curly::function(cx, Made { name: Some(name.into()), params, body, generator, ..Made::default() }, node)
}

fn parameters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> Vec<Param> {
    let mut params = Vec::new();
    for kid in cx.kids(list).into_iter().filter(|kid| kid.child_by_field_name("name").is_some()) {
        let default = cx.lower_field(kid, "default_value");
        let rest = kid.child_by_field_name("type").is_some_and(|kind| cx.text(kind).ends_with('*'));
        params.push(Param { default, rest, ..param(name_of(cx, kid)) });
    }
    params
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut made = Class { name: name_of(cx, node).into(), ..Class::default() };
    build(cx, &mut made, node);
    curly::class(cx, made, node)
}

/// Fills a class from its parameters, bases and body, whose statements run when an object is made.
fn build<'t>(cx: &mut Lowering<'t, '_>, made: &mut Class, node: Ts<'t>) {
    let mut starts = Vec::new();
    let mut params = Vec::new();
    for list in cx.fields(node, "class_parameters") {
        for param in parameters(cx, list) {
            let value = cx.name(&param.name, list);
            starts.push(curly::set_own(cx, "this", &param.name, value, list));
            params.push(param);
        }
    }
    if let Some(extends) = node.child_by_field_name("extend") {
        for kid in cx.kids(extends) {
            match kid.kind() {
                "arguments" => {
                    let args = cx.kids(kid);
                    let args = cx.lower_all(&args).into_iter().map(positional).collect();
                    let callee = cx.op(Op::Base, Vec::new(), kid);
                    starts.push(cx.call(callee, args, None, kid));
                }
                _ => {
                    let word = cx.text(kid).split(['[', '(']).next().unwrap_or_default().trim();
                    made.bases.push(cx.name(word, kid));
                }
            }
        }
    }
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids_and_comments(body)) {
        match kid.kind() {
            "val_definition" | "var_definition" => {
                let value = cx.expect_field(kid, "value");
                let name = kid.child_by_field_name("pattern").map_or("", |name| cx.text(name));
                starts.push(curly::set_own(cx, "this", name, value, kid));
            }
            "function_definition"
            | "function_declaration"
            | "class_definition"
            | "trait_definition"
            | "object_definition"
            | "comment"
            | "block_comment"
            | "enum_definition" => {
                let member = cx.lower(kid);
                made.members.push(member);
            }
            _ => starts.push(cx.lower(kid)),
        }
    }
    if !starts.is_empty() || !params.is_empty() {
        let body = cx.add(Node::Block(starts), node);
        made.constructors.push((params, body));
    }
}

/// `object Name`: a class and its only object; beside a class of its name, members of that class.
fn object<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = name_of(cx, node);
    let own = format!("{name}@{}", node.start_byte());
    let mut made = Class { name: own.as_str().into(), ..Class::default() };
    build(cx, &mut made, node);
    let class = curly::class(cx, made, node);
    let callee = cx.name(&own, node);
    let call = cx.call(callee, Vec::new(), None, node);
    if cx.kind_of(name) != "class" {
        let target = cx.name(name, node);
        let bind = cx.assign(target, call, true, node);
        return cx.add(Node::Block(vec![class, bind]), node);
    }
    let (kept, keep) = curly::hidden(cx, call, node);
    let mut statements = vec![class, keep];
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let member = kid.child_by_field_name("name").or_else(|| kid.child_by_field_name("pattern"));
        let Some(member) = member.map(|member| cx.text(member)).filter(|member| *member != "apply") else {
            continue;
        };
        let value = cx.add(Node::Field(kept, member.into()), kid);
        let owner = cx.name(name, kid);
        let target = cx.add(Node::Field(owner, member.into()), kid);
        statements.push(cx.assign(target, value, false, kid));
    }
    cx.add(Node::Block(statements), node)
}

/// `extension (s: String) def f = …`: functions of a value.
fn extension<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = node.child_by_field_name("parameters");
    let receiver = list.and_then(|list| cx.kids(list).first().copied()).map(|kid| name_of(cx, kid));
    let mut statements = Vec::new();
    for kid in cx.kids(node) {
        let inner = if kid.kind() == "template_body" { cx.kids(kid) } else { vec![kid] };
        for kid in inner.into_iter().filter(|kid| kid.kind() == "function_definition") {
            statements.push(function(cx, kid, receiver));
        }
    }
    cx.add(Node::Block(statements), node)
}

/// Cases of an enumeration.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = name_of(cx, node);
    let mut made = Class { name: name.into(), ..Class::default() };
    let mut constants: Vec<(&'t str, Option<Vec<NodeId>>)> = Vec::new();
    let mut classes = Vec::new();
    let body = node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body));
    for kid in body {
        if kid.kind() != "enum_case_definitions" {
            made.members.push(cx.lower(kid));
            continue;
        }
        for case in cx.kids(kid) {
            let word = name_of(cx, case);
            if case.kind() == "full_enum_case" {
                let mut inner = Class { name: word.into(), ..Class::default() };
                build(cx, &mut inner, case);
                classes.push((word, curly::class(cx, inner, case)));
                continue;
            }
            let passed = case.child_by_field_name("extend");
            let passed =
                passed.and_then(|extends| cx.kids(extends).into_iter().find(|kid| kid.kind() == "arguments"));
            let args = passed.map(|list| cx.kids(list));
            let args = args.map(|args| cx.lower_all(&args));
            constants.push((word, args));
        }
    }
    let mut starts = Vec::new();
    let mut params = Vec::new();
    for list in cx.fields(node, "class_parameters") {
        for param in parameters(cx, list) {
            let value = cx.name(&param.name, list);
            starts.push(curly::set_own(cx, "this", &param.name, value, list));
            params.push(param);
        }
    }
    if !params.is_empty() {
        let body = cx.add(Node::Block(starts), node);
        made.constructors.push((params, body));
    }
    let whole = curly::enumeration(cx, made, &constants, node);
    let mut statements = vec![whole];
    for (word, class) in classes {
        let owner = cx.name(name, node);
        let target = cx.add(Node::Field(owner, word.into()), node);
        statements.push(cx.assign(target, class, false, node));
    }
    cx.add(Node::Block(statements), node)
}
