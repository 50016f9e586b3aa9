//! Functions, structures, classes, extensions and enumerations.

use crate::read::ir::AS_TEXT;
use crate::read::ir::AT_INDEX;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::PLUS;
use crate::read::ir::Param;
use crate::read::lang::curly;
use crate::read::lang::curly::Class;
use crate::read::lang::curly::Made;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::statement;

/// What `@0` and so on say of a tuple's named parts.
const PLACES: [&str; 4] = ["@0", "@1", "@2", "@3"];
/// Types whose extensions are functions of a value.
const PLAIN: &[&str] =
    &["String", "Array", "Character", "Int", "Dictionary", "Sequence", "Collection", "StringProtocol"];

/// Lowers a declaration; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "function_declaration" => {
            let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
            function(cx, node, if name == "+" { PLUS } else { name }, false)
        }
        "class_declaration" => {
            match node.child_by_field_name("declaration_kind").map_or("", |kind| cx.text(kind)) {
                "extension" => extension(cx, node),
                "enum" => enumeration(cx, node),
                _ => class(cx, node),
            }
        }
        "class_body" | "enum_class_body" | "protocol_body" => curly::block(cx, node),
        "init_declaration" => cx.expect_field(node, "body"),
        "computed_property" => computed(cx, node),
        _ => return None,
    })
}

/// The whole program.
pub(super) fn program<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut known: Vec<(&'t str, &'t str)> = Vec::new();
    let mut builders: Vec<(&'t str, String)> = Vec::new();
    cx.walk(node, |cx, at| {
        let name = at.child_by_field_name("name").map_or("", |name| cx.text(name));
        if let Some(builder) = builder_of(cx, at) {
            builders.push((name, builder));
        }
        match at.kind() {
            "function_declaration" => {
                let defaults = at.child_by_field_name("default_value").is_some();
                let owner = at
                    .parent()
                    .and_then(|body| body.parent())
                    .filter(|owner| owner.kind() == "class_declaration");
                let extends = owner.is_some_and(|owner| is_plain(cx, owner));
                known.push((
                    name,
                    if extends {
                        "extension"
                    } else if defaults {
                        "defaults"
                    } else {
                        "function"
                    },
                ));
            }
            "class_declaration" => {
                let kind = at.child_by_field_name("declaration_kind").map_or("", |kind| cx.text(kind));
                match kind {
                    "enum" => {
                        known.push((name, "enum"));
                        let body = at.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body));
                        for entry in body.into_iter().filter(|kid| kid.kind() == "enum_entry") {
                            known.extend(
                                cx.fields(entry, "name").into_iter().map(|case| (cx.text(case), name)),
                            );
                        }
                    }
                    "extension" => {}
                    _ => known.push((name, "class")),
                }
            }
            "property_declaration" if at.parent().is_some_and(|body| body.kind().ends_with("class_body")) => {
                let plain =
                    at.parent().and_then(|body| body.parent()).is_some_and(|owner| is_plain(cx, owner));
                if !plain {
                    let names = statement::properties(at);
                    known.extend(names.into_iter().map(|(name, ..)| (cx.text(name), "property")));
                }
            }
            "tuple_expression" | "tuple_type" => {
                for (place, part) in cx.fields(at, "name").into_iter().enumerate().take(PLACES.len()) {
                    if part.kind() == "simple_identifier" {
                        known.push((cx.text(part), PLACES[place]));
                    }
                }
            }
            _ => {}
        }
        true
    });
    for (name, kind) in known {
        cx.remember(name, kind);
    }
    for (name, builder) in builders {
        cx.alias(&format!("{BUILDER}{name}"), &builder);
    }
    statement::labelled_block(cx, node)
}

/// Before the name of a function whose statements, or whose block's, a result builder takes; no program can spell it.
pub(super) const BUILDER: &str = "builder of ";

/// The result builder that a function names for its own statements or for those of its block.
fn builder_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Option<String> {
    if node.kind() != "function_declaration" || !cx.source_text().contains("@resultBuilder") {
        return None;
    }
    let text = cx.text(node);
    let head = text.find('{').and_then(|end| text.get(..end)).unwrap_or(text);
    let words = head
        .split('@')
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default());
    let known = |word: &&str| {
        let source = cx.source_text();
        ["struct", "enum", "class"].iter().any(|kind| source.contains(&format!("{kind} {word}")))
    };
    words.filter(known).map(str::to_owned).next()
}

/// What a result builder makes of statements: its `buildBlock` is given the values.
pub(super) fn built<'t>(cx: &mut Lowering<'t, '_>, builder: &str, body: NodeId, node: Ts<'t>) -> NodeId {
    let statements = match cx.ir(body) {
        Node::Block(statements) => statements.clone(),
        _ => vec![body],
    };
    let (mut kept, mut args) = (Vec::new(), Vec::new());
    for statement in statements {
        match cx.ir(statement) {
            Node::Assign { .. } | Node::Comment(_) | Node::Function { .. } => kept.push(statement),
            _ => args.push(positional(statement)),
        }
    }
    let class = cx.name(builder, node);
    let callee = cx.add(Node::Field(class, "buildBlock".into()), node);
    let call = cx.call(callee, args, None, node);
    kept.push(cx.add(Node::Return(Some(call)), node));
    cx.add(Node::Block(kept), node)
}

/// Whether an extension is of a type that has no class here.
fn is_plain<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> bool {
    let kind = node.child_by_field_name("declaration_kind").map_or("", |kind| cx.text(kind));
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    kind == "extension" && PLAIN.contains(&name.split('<').next().unwrap_or(name))
}

/// A function; one that extends a plain type takes the value first.
fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, name: &str, extends: bool) -> NodeId {
    let mut params = parameters(cx, node);
    if extends {
        params.insert(0, param("self"));
    }
    if name == PLUS && params.len() == 2 {
        // The left side is the object.
        params[0].name = "self".into();
    }
    let body = node.child_by_field_name("body").and_then(|body| cx.kids_and_comments(body).first().copied());
    let whole = node.child_by_field_name("body");
    let body = match (body, whole) {
        (Some(body), Some(whole)) if crate::read::lang::lowering::is_comment(body) => Some(whole),
        (body, _) => body,
    };
    let made = curly::function(cx, Made { name: Some(name.into()), params, body, ..Made::default() }, node);
    let builder = builder_of(cx, node).filter(|builder| {
        let text = cx.text(node);
        text.find("func ")
            .and_then(|end| text.get(..end))
            .is_some_and(|before| before.contains(&format!("@{builder}")))
    });
    match (builder, cx.ir(made).clone()) {
        (Some(builder), Node::Function { name, params, body, comment, generator }) => {
            let body = built(cx, &builder, body, node);
            cx.add(Node::Function { name, params, body, comment, generator }, node)
        }
        _ => made,
    }
}

fn parameters<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<Param> {
    let mut params: Vec<Param> = Vec::new();
    let mut cursor = node.walk();
    if !cursor.goto_first_child() {
        return params;
    }
    let mut parts = Vec::new();
    loop {
        parts.push((cursor.field_name(), cursor.node()));
        if !cursor.goto_next_sibling() {
            break;
        }
    }
    for (field, kid) in parts {
        if kid.kind() == "parameter" {
            let name = cx.fields(kid, "name").first().map_or("_", |name| cx.text(*name));
            params.push(Param { rest: cx.text(kid).ends_with("..."), ..param(name) });
        } else if field == Some("default_value") {
            let default = cx.lower(kid);
            if let Some(last) = params.last_mut() {
                last.default = Some(default);
            }
        }
    }
    params
}

/// What a computed property gives.
pub(super) fn computed<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let getter = kids.iter().find(|kid| kid.kind() == "computed_getter").copied();
    let holder = getter.unwrap_or(node);
    let body = cx.kids(holder).into_iter().find(|kid| kid.kind() == "statements");
    let function = curly::function(cx, Made { body, ..Made::default() }, node);
    curly::getter(cx, function, node)
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let mut made = Class { name: name.into(), ..Class::default() };
    for base in cx.kids(node).into_iter().filter(|kid| kid.kind() == "inheritance_specifier").take(16) {
        made.bases.push(cx.name(cx.text(base).split('<').next().unwrap_or_default(), base));
    }
    let body = node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    let has_init = body.iter().any(|kid| kid.kind() == "init_declaration");
    let is_struct =
        node.child_by_field_name("declaration_kind").is_some_and(|kind| cx.text(kind) == "struct");
    members(cx, &body, &mut made, is_struct && !has_init);
    curly::class(cx, made, node)
}

fn members<'t>(cx: &mut Lowering<'t, '_>, body: &[Ts<'t>], made: &mut Class, memberwise: bool) {
    let mut above = Vec::new();
    for kid in body {
        if crate::read::lang::lowering::is_comment(*kid) {
            above.push(cx.comment_text(*kid));
            made.members.push(cx.comment(*kid));
            continue;
        }
        cx.set_above(std::mem::take(&mut above));
        match kid.kind() {
            "property_declaration" => stored(cx, *kid, made, memberwise),
            "init_declaration" => {
                let params = parameters(cx, *kid);
                let body = cx.expect_field(*kid, "body");
                made.constructors.push((params, body));
            }
            "subscript_declaration" => {
                let params = parameters(cx, *kid);
                let value = cx.kids(*kid).into_iter().find(|part| part.kind() == "computed_property");
                let body = value.and_then(|value| cx.kids(value).first().copied());
                let made_of = Made { name: Some(AT_INDEX.into()), params, body, ..Made::default() };
                made.members.push(curly::function(cx, made_of, *kid));
            }
            _ => made.members.push(cx.lower(*kid)),
        }
    }
}

/// A property: computed, of the type itself, or of each object.
fn stored<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, made: &mut Class, memberwise: bool) {
    let modifiers = cx.kids(node).into_iter().find(|kid| kid.kind() == "modifiers");
    let shared = modifiers.is_some_and(|modifiers| cx.text(modifiers).contains("static"));
    let kind = cx.kids(node).into_iter().find(|kid| kid.kind() == "type_annotation");
    for (target, value, is_computed) in statement::properties(node) {
        let name = cx.text(target);
        let value = match value {
            Some(value) if is_computed => computed(cx, value),
            Some(value) => cx.lower(value),
            None => statement::zero(cx, kind.map_or("", |kind| cx.text(kind)), node),
        };
        let name = if is_computed && name == "description" { AS_TEXT } else { name };
        if is_computed || shared {
            let own = cx.name(name, node);
            made.members.push(cx.assign(own, value, true, node));
        } else if memberwise {
            made.fields.push(name.into());
            let own = cx.name(name, node);
            made.starts.push(cx.assign(own, value, true, node));
        } else {
            made.starts.push(curly::set_own(cx, "self", name, value, node));
        }
    }
}

/// An extension adds to a class, or makes functions of a plain type's values.
fn extension<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let plain = is_plain(cx, node);
    let owner = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let mut statements = Vec::new();
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids_and_comments(body)) {
        let name = kid.child_by_field_name("name").map_or("", |name| cx.text(name));
        if kid.kind() == "function_declaration" {
            let value = function(cx, kid, name, plain);
            if plain {
                statements.push(value);
            } else {
                let class = cx.name(owner, kid);
                let target = cx.add(Node::Field(class, name.into()), kid);
                statements.push(cx.assign(target, value, false, kid));
            }
        } else if let (false, "property_declaration") = (plain, kid.kind()) {
            for (target, value, _) in statement::properties(kid) {
                let Some(value) = value else { continue };
                let value =
                    if value.kind() == "computed_property" { computed(cx, value) } else { cx.lower(value) };
                let class = cx.name(owner, kid);
                let target = cx.add(Node::Field(class, cx.text(target).into()), kid);
                statements.push(cx.assign(target, value, false, kid));
            }
        } else {
            statements.push(cx.lower(kid));
        }
    }
    cx.add(Node::Block(statements), node)
}

/// An enumeration: its cases are their raw values or names; those that hold values make objects.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let body = node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    let (entries, rest): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
        body.into_iter().partition(|kid| kid.kind() == "enum_entry");
    let mut made = Class { name: name.into(), ..Class::default() };
    members(cx, &rest, &mut made, false);
    let mut cases: Vec<(&'t str, Option<NodeId>, bool)> = Vec::new();
    for entry in entries {
        let mut cursor = entry.walk();
        let mut parts = Vec::new();
        if cursor.goto_first_child() {
            loop {
                parts.push((cursor.field_name(), cursor.node()));
                if !cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        for (field, kid) in parts {
            match (field, cases.last_mut()) {
                (Some("name"), _) => cases.push((cx.text(kid), None, false)),
                (Some("raw_value"), Some(last)) => last.1 = Some(cx.lower(kid)),
                (Some("data_contents"), Some(last)) => last.2 = true,
                _ => {}
            }
        }
    }
    let holds = cases.iter().any(|case| case.2);
    if !holds && !made.members.is_empty() {
        let constants: Vec<(&str, Option<Vec<NodeId>>)> = cases.iter().map(|case| (case.0, None)).collect();
        return curly::enumeration(cx, made, &constants, node);
    }
    let class = (holds && !made.members.is_empty()).then(|| curly::class(cx, made, node));
    let mut entries = Vec::new();
    for (word, raw, holds) in cases {
        let key = cx.constant(word, node);
        let value = match raw {
            Some(raw) => raw,
            None if holds => maker(cx, word, node),
            None => cx.constant(word, node),
        };
        entries.push(cx.add(Node::Pair(key, value), node));
    }
    let map = cx.add(Node::Map(entries), node);
    let target = cx.name(name, node);
    let bind = cx.assign(target, map, true, node);
    match class {
        Some(class) => cx.add(Node::Block(vec![class, bind]), node),
        None => bind,
    }
}

/// A function that keeps what a case holds, by position, with the case's name.
fn maker<'t>(cx: &mut Lowering<'t, '_>, word: &str, node: Ts<'t>) -> NodeId {
    let mut operands = vec![cx.constant("(case)", node), cx.constant(word, node)];
    let given = cx.name("given", node);
    let entries = cx.op(Op::Entries, vec![given], node);
    let map = cx.op(Op::NewMap, vec![entries], node);
    let tag = cx.op(Op::NewObject, std::mem::take(&mut operands), node);
    let body = cx.op(Op::Update, vec![map, tag], node);
    let params = vec![Param { rest: true, ..param("given") }];
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}
