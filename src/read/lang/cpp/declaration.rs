//! Declarations, functions and classes.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::algorithm;
use super::library;

/// Lowers a declaration; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "declaration" | "field_declaration" => declaration(cx, node),
        "function_definition" => function(cx, node, Vec::new()),
        "lambda_expression" => function(cx, node, Vec::new()),
        "struct_specifier" | "class_specifier" | "union_specifier" => class(cx, node),
        "template_declaration" => match cx.kids(node).last() {
            Some(kid) => cx.lower(*kid),
            None => cx.opaque(node),
        },
        "namespace_definition" | "linkage_specification" => cx.expect_field(node, "body"),
        "preproc_def" => define(cx, node),
        "enum_specifier" => enumeration(cx, node),
        "using_declaration"
        | "alias_declaration"
        | "type_definition"
        | "preproc_include"
        | "access_specifier"
        | "friend_declaration"
        | "namespace_alias_definition" => cx.op(Op::Nothing, Vec::new(), node),
        _ => return None,
    })
}

/// The last part of a possibly qualified, templated type or name.
pub(super) fn bare(text: &str) -> &str {
    // `operator<<` is no template.
    if let Some(at) = text
        .find("operator")
        .filter(|at| !text[at + 8..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    {
        return text[at..]
            .split('(')
            .next()
            .filter(|name| *name != "operator")
            .unwrap_or("operator()")
            .trim();
    }
    let text = text.split(['<', '(']).next().unwrap_or_default().trim().trim_start_matches("const ");
    text.rsplit("::").next().unwrap_or(text).trim().trim_end_matches(['*', '&']).trim()
}

/// The identifier inside a declarator, whatever is around it.
pub(super) fn declared(node: Ts<'_>) -> Option<Ts<'_>> {
    let mut at = node;
    for _ in 0..32 {
        match at.kind() {
            "identifier"
            | "field_identifier"
            | "qualified_identifier"
            | "structured_binding_declarator"
            | "operator_name"
            | "destructor_name"
            | "type_identifier" => return Some(at),
            _ => at = at.child_by_field_name("declarator").or_else(|| at.named_child(0))?,
        }
    }
    None
}

/// A declared name as a target: a list of names for a structured binding.
pub(super) fn target<'t>(cx: &mut Lowering<'t, '_>, declarator: Ts<'t>) -> NodeId {
    let Some(name) = declared(declarator) else { return cx.opaque(declarator) };
    if name.kind() == "structured_binding_declarator" {
        let kids = cx.kids(name);
        let names = cx.lower_all(&kids);
        return cx.add(Node::List(names), name);
    }
    cx.name(bare(cx.text(name)), name)
}

fn declaration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kind = node.child_by_field_name("type");
    let mut parts = Vec::new();
    if let Some(kind) = kind.filter(|kind| kind.child_by_field_name("body").is_some()) {
        parts.push(cx.lower(kind));
    }
    let type_name = kind.map_or("", |kind| bare(cx.text(kind)));
    let default = node.child_by_field_name("default_value");
    for declarator in cx.fields(node, "declarator") {
        if is_function(declarator) {
            let args = vexing(cx, declarator);
            if args.is_empty() {
                parts.push(prototype(cx, declarator));
                continue;
            }
            note(cx, type_name, declarator, None);
            let args = args.into_iter().map(|arg| cx.name(cx.text(arg), arg)).collect();
            let value = construct(cx, type_name, args, declarator);
            let target = target(cx, declarator);
            parts.push(cx.assign(target, value, true, declarator));
            continue;
        }
        let value = declarator.child_by_field_name("value").or(default);
        note(cx, type_name, declarator, value);
        let value = initial(cx, kind.map_or("", |kind| cx.text(kind)), value, declarator);
        let target = target(cx, declarator);
        parts.push(cx.assign(target, value, true, declarator));
    }
    match parts[..] {
        [only] => only,
        _ => cx.add(Node::Block(parts), node),
    }
}

/// Remembers what kind of variable this is.
fn note<'t>(cx: &mut Lowering<'t, '_>, kind: &'t str, declarator: Ts<'t>, value: Option<Ts<'t>>) {
    let Some(name) = declared(declarator) else { return };
    let value = value.map_or("", |value| cx.text(value));
    let kind = if has_characters(kind, declarator) {
        "char[]"
    } else if value.ends_with("begin()") && !value.starts_with('*') {
        "iterator"
    } else {
        kind
    };
    cx.remember(cx.text(name), kind);
}

fn is_function(declarator: Ts<'_>) -> bool {
    declarator.kind() == "function_declarator"
}

/// Whether an array is declared.
fn has_array(declarator: Ts<'_>) -> bool {
    declares(declarator, "array_declarator")
}

/// Whether an array of characters is declared, rather than one of pointers to them.
fn has_characters(kind: &str, declarator: Ts<'_>) -> bool {
    kind == "char" && has_array(declarator) && !declares(declarator, "pointer_declarator")
}

/// Whether a declarator is, or is around, one of this kind.
fn declares(declarator: Ts<'_>, kind: &str) -> bool {
    let mut at = Some(declarator);
    for _ in 0..32 {
        match at {
            Some(node) if node.kind() == kind => return true,
            Some(node) => at = node.child_by_field_name("declarator"),
            None => return false,
        }
    }
    false
}

/// The arguments of `T name(a, b)`, which reads as a function's declaration where `a` and `b` are no known variables.
fn vexing<'t>(cx: &Lowering<'t, '_>, declarator: Ts<'t>) -> Vec<Ts<'t>> {
    let params = declarator.child_by_field_name("parameters").map_or_else(Vec::new, |list| cx.kids(list));
    let types: Vec<Ts<'t>> = params
        .iter()
        .filter(|param| param.child_by_field_name("declarator").is_none())
        .filter_map(|param| param.child_by_field_name("type"))
        .filter(|kind| !matches!(cx.kind_of(cx.text(*kind)), "" | "class"))
        .collect();
    if types.len() == params.len() { types } else { Vec::new() }
}

/// A function declared only: like one without a body.
fn prototype<'t>(cx: &mut Lowering<'t, '_>, declarator: Ts<'t>) -> NodeId {
    let name = declared(declarator).map(|name| bare(cx.text(name)).into());
    let params = parameters(cx, declarator);
    let body = cx.add(Node::Block(Vec::new()), declarator);
    cx.add(Node::Function { name, params, body, comment: None, generator: false }, declarator)
}

/// What a variable of the type `full` starts as.
fn initial<'t>(cx: &mut Lowering<'t, '_>, full: &str, value: Option<Ts<'t>>, at: Ts<'t>) -> NodeId {
    let kind = bare(full);
    let Some(value) = value else {
        return if kind == "priority_queue" && full.contains("greater") {
            cx.op(Op::NewMinHeap, Vec::new(), at)
        } else if has_array(at) && !has_characters(kind, at) {
            cx.op(Op::NewList, Vec::new(), at)
        } else {
            construct(cx, kind, Vec::new(), at)
        };
    };
    match value.kind() {
        "initializer_list"
            if has_characters(kind, at)
                && cx.kids(value).first().is_some_and(|kid| kid.kind() != "initializer_list") =>
        {
            characters(cx, value)
        }
        "initializer_list" if has_array(at) => items(cx, value, kind),
        "argument_list" | "initializer_list" => constructed(cx, full, value, at),
        "binary_expression" if kind == "char" => {
            let code = cx.lower(value);
            cx.op(Op::Chr, vec![code], at)
        }
        _ => cx.lower(value),
    }
}

/// `{'a', 98, 0}` as text, without the zero at its end.
fn characters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> NodeId {
    let mut kids = cx.kids(list);
    kids.pop_if(|last| matches!(cx.text(*last), "0" | "'\\0'"));
    let codes = cx.lower_all(&kids);
    let parts = codes.into_iter().map(|code| cx.op(Op::Chr, vec![code], list)).collect();
    cx.add(Node::Concat(parts), list)
}

/// The items of an initializer list; lists in it are objects where `element` is a class of the region.
fn items<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>, element: &str) -> NodeId {
    let is_class = cx.kind_of(element) == "class";
    let mut items = Vec::new();
    for kid in cx.kids(list) {
        if element == "char" && kid.kind() == "initializer_list" {
            items.push(characters(cx, kid));
        } else if is_class && kid.kind() == "initializer_list" {
            items.push(constructed(cx, element, kid, kid));
        } else {
            items.push(cx.lower(kid));
        }
    }
    cx.add(Node::List(items), list)
}

/// A value of the type `full` made from an argument or initializer list.
pub(super) fn constructed<'t>(cx: &mut Lowering<'t, '_>, full: &str, list: Ts<'t>, at: Ts<'t>) -> NodeId {
    let kind = bare(full);
    let kids = cx.kids(list);
    if let [from, end] = kids[..]
        && algorithm::is_range(cx, from, end)
    {
        let items = algorithm::range(cx, from, end, at);
        if library::is_text(kind) {
            return cx.op(Op::Join, vec![items], at);
        }
        return construct(cx, kind, vec![items], at);
    }
    let braces = list.kind() == "initializer_list";
    // `vector<T> v{…}` and `vector<T> v({…})`.
    let inner = match kids[..] {
        [only] if !braces && only.kind() == "initializer_list" => Some(only),
        _ => braces.then_some(list),
    };
    match inner {
        Some(inner) if library::is_map(kind) => {
            let map = entries(cx, inner);
            construct(cx, kind, vec![map], at)
        }
        Some(inner) if kind == "pair" || kind == "tuple" => cx.lower(inner),
        Some(inner) if library::is_container(kind) => {
            let from_iterator = kids.first().is_some_and(|kid| cx.text(*kid).contains("istream_iterator"));
            let items = if from_iterator { cx.lower(kids[0]) } else { items(cx, inner, element(full)) };
            construct(cx, kind, vec![items], at)
        }
        _ => {
            let args = cx.lower_all(&kids);
            construct(cx, kind, args, at)
        }
    }
}

/// The type of a container's items.
fn element(full: &str) -> &str {
    let inner = full.split_once('<').map_or("", |(_, inner)| inner);
    bare(inner.trim_end().trim_end_matches('>').split(',').next().unwrap_or_default())
}

/// `{{key, value}, …}`
fn entries<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> NodeId {
    let mut pairs = Vec::new();
    for kid in cx.kids(list) {
        pairs.push(match cx.kids(kid)[..] {
            [key, value] if kid.kind() == "initializer_list" => {
                let (key, value) = (cx.lower(key), cx.lower(value));
                cx.add(Node::Pair(key, value), kid)
            }
            _ => cx.lower(kid),
        });
    }
    cx.add(Node::Map(pairs), list)
}

/// A value of type `kind` made from `args`.
pub(super) fn construct<'t>(cx: &mut Lowering<'t, '_>, kind: &str, args: Vec<NodeId>, at: Ts<'t>) -> NodeId {
    if library::is_text(kind) {
        return text(cx, args, at);
    }
    if kind == "pair" || kind == "tuple" {
        return cx.add(Node::List(args), at);
    }
    if let Some(op) = library::constructor(kind) {
        // A pair of iterators or an initializer list: the first says it all. A count and an item fill.
        return match args[..] {
            [count, _] if is_number(cx, count) => cx.op(Op::NewFilled, args, at),
            [count] if is_number(cx, count) => {
                let item = cx.constant("", at);
                cx.op(Op::NewFilled, vec![count, item], at)
            }
            [first, ref unused @ ..] => {
                let value = cx.op(op, vec![first], at);
                cx.beside(value, unused, at)
            }
            // An empty list says that this holds items, not entries.
            [] if matches!(kind, "set" | "multiset") => {
                let empty = cx.add(Node::List(Vec::new()), at);
                cx.op(op, vec![empty], at)
            }
            [] => cx.op(op, Vec::new(), at),
        };
    }
    if let Some(zero) = library::zero(kind) {
        let value = args.first().copied().unwrap_or_else(|| cx.add(zero, at));
        return cx.beside(value, args.get(1..).unwrap_or_default(), at);
    }
    if kind.is_empty() || kind == "auto" {
        let value = args.first().copied().unwrap_or_else(|| cx.add(Node::Null, at));
        return cx.beside(value, args.get(1..).unwrap_or_default(), at);
    }
    let callee = cx.name(kind, at);
    cx.call(callee, args.into_iter().map(positional).collect(), None, at)
}

/// A number as far as one can see: a literal, a length, or a variable declared as one.
fn is_number(cx: &Lowering<'_, '_>, id: NodeId) -> bool {
    match cx.ir(id) {
        Node::Int(_) => true,
        Node::Name(name) => library::zero(cx.kind_of(name)).is_some_and(|zero| matches!(zero, Node::Int(_))),
        Node::Call { library: Some(library), .. } => library.op == Op::Length,
        Node::Binary(_, left, right) => {
            let number = |id| matches!(cx.ir(id), Node::Int(_));
            number(*left) || number(*right)
        }
        _ => false,
    }
}

/// `string(n, c)` repeats, `string(s, from, count)` cuts.
fn text<'t>(cx: &mut Lowering<'t, '_>, args: Vec<NodeId>, at: Ts<'t>) -> NodeId {
    match args[..] {
        [] => cx.constant("", at),
        [only] => cx.op(Op::ToText, vec![only], at),
        [first, second] if is_number(cx, first) || matches!(cx.ir(second), Node::Text(_)) => {
            let character = cx.op(Op::Chr, vec![second], at);
            cx.op(Op::Repeat, vec![character, first], at)
        }
        [first, second] => cx.op(Op::Take, vec![first, second], at),
        [base, from, count, ref unused @ ..] => {
            let value = cx.op(Op::Substr, vec![base, from, count], at);
            cx.beside(value, unused, at)
        }
    }
}

/// Each name is one more than the last.
fn enumeration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut next = 0_i64;
    let mut names = Vec::new();
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let value = match cx.lower_field(kid, "value") {
            Some(value) => value,
            None => cx.add(Node::Int(next), kid),
        };
        if let Node::Int(n) = *cx.ir(value) {
            next = n.saturating_add(1);
        }
        let target = cx.expect_field(kid, "name");
        names.push(cx.assign(target, value, true, kid));
    }
    cx.add(Node::Block(names), node)
}

/// A function or lambda; `comment` holds what is written above it.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, mut comment: Vec<&'t str>) -> NodeId {
    let declarator = node.child_by_field_name("declarator");
    let name = declarator.filter(|_| node.kind() == "function_definition").and_then(declared);
    let full = name.map_or("", |name| cx.text(name));
    let params = declarator.map_or_else(Vec::new, |declarator| parameters(cx, declarator));
    let body = node.child_by_field_name("body");
    let inner = body.map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    for kid in inner.iter().filter(|kid| is_comment(**kid)) {
        comment.push(cx.comment_text(*kid));
    }
    let mut statements = member_initializers(cx, node);
    if inner.iter().any(|kid| !is_comment(*kid)) {
        statements.extend(body.map(|body| cx.lower(body)));
    }
    if let Some(list) = declarator.and_then(parameter_list) {
        statements.splice(0..0, references(cx, list));
    }
    if let Some(id) = written(cx, full, declarator, &statements, node) {
        return id;
    }
    let body = cx.add(Node::Block(statements), node);
    let comment = (!comment.is_empty()).then(|| comment.join("\n").into());
    let own = (!full.is_empty()).then(|| bare(full).into());
    let function = cx.add(Node::Function { name: own, params, body, comment, generator: false }, node);
    // `Class::method` defined outside of its class.
    match full.rsplit_once("::") {
        Some((class, method)) => {
            let class = cx.name(bare(class), node);
            let target = cx.add(Node::Field(class, method.into()), node);
            cx.assign(target, function, false, node)
        }
        None => function,
    }
}

/// The parameters of a function's declarator.
fn parameter_list(declarator: Ts<'_>) -> Option<Ts<'_>> {
    let mut at = declarator;
    for _ in 0..32 {
        if let Some(list) = at.child_by_field_name("parameters") {
            return Some(list);
        }
        at = at.child_by_field_name("declarator").or_else(|| at.named_child(0))?;
    }
    None
}

/// Parameters that stand for the variables that are passed: `T& name`, but no `const T& name`.
fn references<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> Option<NodeId> {
    let mut names = Vec::new();
    for kid in cx.kids(list) {
        let text = cx.text(kid);
        let changes = text.contains('&') && !text.contains("&&") && !text.trim_start().starts_with("const ");
        let name = kid.child_by_field_name("declarator").filter(|_| changes).and_then(declared);
        if let Some(name) = name {
            names.push(cx.name(cx.text(name), name));
        }
    }
    (!names.is_empty()).then(|| cx.op(Op::ByReference, names, list))
}

/// `ostream& operator<<(ostream& out, const T& value)` says how a `T` reads as text.
fn written<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    declarator: Option<Ts<'t>>,
    statements: &[NodeId],
    node: Ts<'t>,
) -> Option<NodeId> {
    let list = declarator.filter(|_| name.ends_with("operator<<")).and_then(parameter_list)?;
    let [out, value] = cx.kids(list)[..] else { return None };
    let of = |param: Ts<'t>| param.child_by_field_name("declarator").and_then(declared);
    if !cx.text(out).contains("ostream") {
        return None;
    }
    let (out, name) = (of(out)?, of(value)?);
    let kind = bare(cx.text(value.child_by_field_name("type")?));
    let (target, builder) = (cx.name(cx.text(out), out), cx.op(Op::NewBuilder, Vec::new(), out));
    let make = cx.assign(target, builder, true, out);
    // The object is `this` to the method.
    let (own, this) = (cx.name(cx.text(name), name), cx.name("this", name));
    let bind = cx.assign(own, this, true, name);
    let text = cx.op(Op::ToText, vec![target], node);
    let give = cx.add(Node::Return(Some(text)), node);
    let skip =
        usize::from(statements.first().is_some_and(|id| matches!(cx.ir(*id), Node::Do(Op::ByReference, _))));
    let mut all = vec![make, bind];
    all.extend(statements.get(skip..).unwrap_or_default());
    all.push(give);
    let body = cx.add(Node::Block(all), node);
    let method = Node::Function {
        name: Some("toString".into()),
        params: Vec::new(),
        body,
        comment: None,
        generator: false,
    };
    let method = cx.add(method, node);
    let class = cx.name(kind, node);
    let target = cx.add(Node::Field(class, "toString".into()), node);
    Some(cx.assign(target, method, false, node))
}

/// `: field(value), …`
fn member_initializers<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<NodeId> {
    let list = cx.kids(node).into_iter().find(|kid| kid.kind() == "field_initializer_list");
    let mut statements = Vec::new();
    for kid in list.map_or_else(Vec::new, |list| cx.kids(list)) {
        if let [field, value] = cx.kids(kid)[..] {
            let base = bare(cx.text(field));
            if cx.kind_of(base) == "class" {
                // The constructor of a class above.
                let class = cx.name(base, field);
                let callee = cx.add(Node::Field(class, base.into()), field);
                let args = cx.kids(value);
                let args = cx.lower_all(&args).into_iter().map(positional).collect();
                statements.push(cx.call(callee, args, None, kid));
                continue;
            }
            let this = cx.name("this", field);
            let target = cx.add(Node::Field(this, cx.text(field).into()), field);
            let value = cx.only(value);
            statements.push(cx.assign(target, value, false, kid));
        }
    }
    statements
}

fn parameters<'t>(cx: &mut Lowering<'t, '_>, declarator: Ts<'t>) -> Vec<Param> {
    let mut at = declarator;
    for _ in 0..32 {
        if let Some(list) = at.child_by_field_name("parameters") {
            let mut params = Vec::new();
            for kid in cx.kids(list) {
                let Some(name) = kid.child_by_field_name("declarator").and_then(declared) else { continue };
                let default = cx.lower_field(kid, "default_value");
                cx.remember(
                    cx.text(name),
                    kid.child_by_field_name("type").map_or("", |kind| bare(cx.text(kind))),
                );
                params.push(Param { default, ..param(cx.text(name)) });
            }
            return params;
        }
        match at.child_by_field_name("declarator").or_else(|| at.named_child(0)) {
            Some(inner) => at = inner,
            None => break,
        }
    }
    Vec::new()
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = bare(node.child_by_field_name("name").map_or("", |name| cx.text(name)));
    let Some(body) = node.child_by_field_name("body") else { return cx.name(name, node) };
    cx.remember(name, "class");
    let bases = cx.kids(node).into_iter().filter(|kid| kid.kind() == "base_class_clause");
    let bases: Vec<Ts<'t>> = bases.flat_map(|clause| cx.kids(clause)).collect();
    let bases = bases.into_iter().filter(|kid| kid.kind() != "access_specifier");
    let bases: Vec<NodeId> = bases.map(|kid| cx.name(bare(cx.text(kid)), kid)).collect();
    let (mut members, mut fields, mut constructor) = (Vec::new(), Vec::new(), None);
    for kid in cx.kids(body) {
        if kid.kind() == "field_declaration" {
            for declarator in cx.fields(kid, "declarator") {
                if let Some(field) = declared(declarator).filter(|_| !is_function(declarator)) {
                    fields.push(cx.text(field).into());
                }
            }
        }
        let member = cx.lower(kid);
        if matches!(cx.ir(member), Node::Function { name: Some(own), .. } if **own == *name) {
            constructor = Some(name.into());
        }
        match cx.ir(member).clone() {
            Node::Block(parts) => members.extend(parts),
            Node::Do(Op::Nothing, _) => {}
            _ => members.push(member),
        }
    }
    cx.add(Node::Class { name: name.into(), bases, members, constructor, fields }, node)
}

/// `#define NAME "text"`: the value is one token run that the grammar does not parse.
fn define<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let raw = node.child_by_field_name("value").map_or("", |value| cx.text(value)).trim();
    let value = match raw.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(inner) => Node::Text(unescape(inner, HexMeans::Byte).into()),
        None => crate::read::lang::literal::integer(raw).map_or(Node::Opaque(Vec::new()), Node::Int),
    };
    let value = cx.add(value, node);
    let target = cx.expect_field(node, "name");
    cx.assign(target, value, true, node)
}
