//! Statements, functions and classes.

use crate::read::ir::Arg;
use crate::read::ir::Handler;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::chain;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;

use super::context;
use super::expression;
use super::library;
use super::pattern;
use super::special;
use super::text;

/// Under this name is kept what the class that is being lowered extends; no program can spell it.
pub(super) const ABOVE: &str = "class above";

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "module" => {
            properties(cx);
            sequence(cx, node)
        }
        "block" => sequence(cx, node),
        "expression_statement" => expression_statement(cx, node),
        "decorated_definition" => {
            let definition = cx.expect_field(node, "definition");
            decorated(cx, definition, node)
        }
        "function_definition" => function(cx, node, Vec::new()),
        "class_definition" => class(cx, node),
        "assignment" => assignment(cx, node),
        "augmented_assignment" => augmented(cx, node),
        "if_statement" => conditional(cx, node),
        "while_statement" => {
            let test = cx.lower_field(node, "condition");
            let body = cx.expect_field(node, "body");
            let whole =
                cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node);
            with_else(cx, whole, node)
        }
        "for_statement" => {
            let (target, iter) = (cx.expect_field(node, "left"), expression::iterated(cx, node));
            let body = cx.expect_field(node, "body");
            let whole = cx.add(Node::For { target, iter, body, indexed: false }, node);
            with_else(cx, whole, node)
        }
        "with_statement" => context::with(cx, node),
        "try_statement" => attempt(cx, node),
        "match_statement" => pattern::choose(cx, node),
        "return_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "raise_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Throw(value), node)
        }
        "break_statement" => cx.add(Node::Break, node),
        "continue_statement" => cx.add(Node::Continue, node),
        "pass_statement" | "global_statement" | "nonlocal_statement" => cx.op(Op::Nothing, Vec::new(), node),
        "import_statement" | "import_from_statement" | "future_import_statement" => import(cx, node),
        "delete_statement" => delete(cx, node),
        "print_statement" => print(cx, node),
        "exec_statement" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.op(Op::Eval, parts, node)
        }
        _ => return None,
    })
}

/// Statements in order. A function gets the comments above it, and, when it has no body, those below.
fn sequence<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids_and_comments(node);
    let mut statements = Vec::with_capacity(kids.len());
    let mut above: Vec<&'t str> = Vec::new();
    let first = kids.iter().find(|kid| !is_comment(**kid)).copied();
    for (index, kid) in kids.iter().enumerate() {
        if is_comment(*kid) {
            above.push(cx.comment_text(*kid));
            statements.push(cx.comment(*kid));
            continue;
        }
        let mut around = std::mem::take(&mut above);
        if first == Some(*kid)
            && let Some(said) = docstring(cx, node, *kid)
        {
            statements.push(cx.add(Node::Comment(said.into()), *kid));
            continue;
        }
        if let Some(function) = function_in(*kid) {
            if is_bodiless(cx, function) {
                let below = kids[index + 1..].iter().take_while(|next| is_comment(**next));
                around.extend(below.map(|next| cx.comment_text(*next)));
            }
            let definition = self::function(cx, function, around);
            statements.push(definition);
            if kid.kind() == "decorated_definition" {
                statements.extend(decorations(cx, *kid));
            }
        } else {
            statements.push(cx.lower(*kid));
        }
    }
    cx.add(Node::Block(statements), node)
}

/// A decorated class, or a function where statements are not listed.
fn decorated<'t>(cx: &mut Lowering<'t, '_>, definition: NodeId, node: Ts<'t>) -> NodeId {
    let mut parts = vec![definition];
    parts.extend(decorations(cx, node));
    match parts[..] {
        [only] => only,
        _ => cx.add(Node::Block(parts), node),
    }
}

/// `@f` above a definition gives its name to what `f` makes of it, where the region itself defines `f`.
fn decorations<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<NodeId> {
    let name = node.child_by_field_name("definition").and_then(|inner| inner.child_by_field_name("name"));
    let in_class =
        node.parent().and_then(|block| block.parent()).is_some_and(|at| at.kind() == "class_definition");
    let Some(name) = name.filter(|_| !in_class) else { return Vec::new() };
    let mut out = Vec::new();
    let decorators: Vec<Ts<'t>> = cx.kids(node).into_iter().filter(|kid| kid.kind() == "decorator").collect();
    for decorator in decorators.into_iter().rev() {
        let Some(inner) = cx.kids(decorator).first().copied() else { continue };
        let called = inner.child_by_field_name("function").unwrap_or(inner);
        let base = cx.text(called).split('.').next().unwrap_or_default();
        let keeps = cx.text(called).ends_with("wraps");
        if cx.text(called).ends_with(".register")
            && cx.defines(base)
            && cx.source_text().contains("singledispatch")
        {
            out.extend(registered(cx, base, inner, node));
            continue;
        }
        if keeps || !cx.defines(cx.text(called)) && !cx.defines(base) {
            continue;
        }
        let maker = cx.lower(inner);
        let own = cx.name(cx.text(name), decorator);
        let made = cx.call(maker, vec![Arg { name: None, value: own, spread: false }], None, decorator);
        let target = cx.name(cx.text(name), decorator);
        out.push(cx.assign(target, made, false, decorator));
    }
    out
}

/// `@general.register` above a function: `general` is that function where its first argument is of the type that is named, and
/// what it was before where not.
fn registered<'t>(cx: &mut Lowering<'t, '_>, general: &str, decorator: Ts<'t>, node: Ts<'t>) -> Vec<NodeId> {
    let Some(function) = function_in(node) else { return Vec::new() };
    let kind = decorator.child_by_field_name("arguments").and_then(|list| cx.kids(list).first().copied());
    let kind = kind.or_else(|| {
        let first =
            function.child_by_field_name("parameters").and_then(|list| cx.kids(list).first().copied())?;
        first.child_by_field_name("type")
    });
    let (Some(kind), Some(name)) = (kind, function.child_by_field_name("name")) else { return Vec::new() };
    let hidden = |what: &str| format!("{what} of {general} at {}", node.start_byte());
    let mut out = Vec::new();
    for (hidden, known) in [(hidden("one"), cx.text(name)), (hidden("others"), general)] {
        let (target, value) = (cx.name(&hidden, node), cx.name(known, node));
        out.push(cx.assign(target, value, true, node));
    }
    let kind = cx.name(cx.text(kind).trim(), node);
    let kind = special::kind_value(cx, kind, node);
    let (given, zero) = (cx.name("given", node), cx.add(Node::Int(0), node));
    let first = cx.add(Node::Index(given, zero), node);
    let test = cx.op(Op::IsA, vec![first, kind], node);
    let mut calls = Vec::new();
    for hidden in [hidden("one"), hidden("others")] {
        let (callee, given) = (cx.name(&hidden, node), cx.name("given", node));
        calls.push(cx.call(callee, vec![Arg { name: None, value: given, spread: true }], None, node));
    }
    let body = cx.add(Node::Choose { test, then: calls[0], other: calls[1] }, node);
    let params = vec![Param { name: "given".into(), default: None, rest: true }];
    let value = cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node);
    let target = cx.name(general, node);
    out.push(cx.assign(target, value, false, node));
    out
}

/// Remembers methods that are read like fields.
fn properties<'t>(cx: &mut Lowering<'t, '_>) {
    let text = cx.source_text();
    for mark in ["@property", "cached_property"] {
        for (at, _) in text.match_indices(mark) {
            let behind = &text[at + mark.len()..];
            let Some((_, name)) = behind.split_once("def ") else { continue };
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            cx.remember(&name[..end], "property");
        }
    }
}

/// The function that a statement defines, decorated or not.
fn function_in(node: Ts<'_>) -> Option<Ts<'_>> {
    let inner =
        if node.kind() == "decorated_definition" { node.child_by_field_name("definition")? } else { node };
    (inner.kind() == "function_definition").then_some(inner)
}

/// Whether a function does nothing: comments, docstrings, `pass` and `...` only.
fn is_bodiless<'t>(cx: &Lowering<'t, '_>, function: Ts<'t>) -> bool {
    let Some(body) = function.child_by_field_name("body") else { return true };
    cx.kids(body).into_iter().all(|kid| kid.kind() == "pass_statement" || is_idle(cx, kid))
}

/// A docstring or `...` as a statement.
fn is_idle<'t>(cx: &Lowering<'t, '_>, statement: Ts<'t>) -> bool {
    statement.kind() == "expression_statement"
        && matches!(cx.kids(statement)[..], [only] if matches!(only.kind(), "string" | "ellipsis"))
}

fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, around: Vec<&'t str>) -> NodeId {
    let name = node.child_by_field_name("name").map(|name| cx.text(name).into());
    let mut params =
        node.child_by_field_name("parameters").map_or_else(Vec::new, |list| parameters(cx, list));
    let mut comment: Vec<String> = around.into_iter().map(str::to_owned).collect();
    let bodiless = is_bodiless(cx, node);
    let body = node.child_by_field_name("body");
    for kid in body.map_or_else(Vec::new, |body| cx.kids_and_comments(body)) {
        comment.extend(remark(cx, kid));
    }
    let holds = context::holds(cx, node);
    let outer = cx.kind_of(context::HELD);
    cx.remember(context::HELD, if holds { context::HELD } else { "" });
    let body = match body {
        Some(body) if !bodiless => cx.lower(body),
        _ => cx.add(Node::Block(Vec::new()), node),
    };
    cx.remember(context::HELD, outer);
    if holds {
        let nothing = cx.add(Node::Block(Vec::new()), node);
        let nothing = cx.lambda(&["_"], nothing, node);
        params.push(Param { name: context::HELD.into(), default: Some(nothing), rest: false });
    }
    let comment = (!comment.is_empty()).then(|| comment.join("\n").into());
    let generator = !holds && cx.text(node).contains("yield");
    cx.add(Node::Function { name, params, body, comment, generator }, node)
}

/// What a docstring says: a long string that a module, a class or a function begins with, here with `first`. It is a
/// comment to all but `__doc__`, and judged as one.
fn docstring<'t>(cx: &mut Lowering<'t, '_>, block: Ts<'t>, first: Ts<'t>) -> Option<String> {
    let documented = block.kind() == "module"
        || block
            .parent()
            .is_some_and(|above| matches!(above.kind(), "class_definition" | "function_definition"));
    let text = cx.text(first).trim_start_matches(['r', 'R', 'u', 'U']);
    let long = text.starts_with("\"\"\"") || text.starts_with("'''");
    let said = if documented && long { remark(cx, first)? } else { return None };
    let string = cx.kids(first).first().copied()?;
    cx.see_literal(string);
    Some(said)
}

/// What a comment or docstring says.
fn remark<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<String> {
    if is_comment(node) {
        return Some(cx.comment_text(node).to_owned());
    }
    if node.kind() != "expression_statement" {
        return None;
    }
    let string = cx.kids(node).into_iter().next().filter(|kid| kid.kind() == "string")?;
    match text::plain(cx, string) {
        Node::Text(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// `lambda x: …`
pub(super) fn lambda<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let params = node.child_by_field_name("parameters").map_or_else(Vec::new, |list| parameters(cx, list));
    let body = cx.expect_field(node, "body");
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

fn parameters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> Vec<Param> {
    let mut params = Vec::new();
    for kid in cx.kids(list) {
        let named = match kid.kind() {
            "identifier" => kid,
            "default_parameter" | "typed_default_parameter" => kid.child_by_field_name("name").unwrap_or(kid),
            "typed_parameter" => cx.kids(kid).first().copied().unwrap_or(kid),
            "list_splat_pattern" | "dictionary_splat_pattern" | "tuple_pattern" => kid,
            _ => continue,
        };
        let default = cx.lower_field(kid, "value");
        let rest = named.kind() == "list_splat_pattern";
        let name = cx.text(named).trim();
        let name = if name.starts_with("**") { name } else { name.trim_start_matches('*').trim() };
        params.push(Param { name: name.into(), default, rest });
    }
    params
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name: Box<str> = node.child_by_field_name("name").map_or("", |name| cx.text(name)).into();
    let bases = node.child_by_field_name("superclasses").map_or_else(Vec::new, |list| cx.kids(list));
    let above = bases.first().map_or("", |base| cx.text(*base)).to_owned();
    let outer = cx.unaliased(ABOVE).to_owned();
    cx.alias(ABOVE, &above);
    let bases = cx.lower_all(&bases);
    let body = node.child_by_field_name("body");
    let mut fields = Vec::new();
    for kid in body.map_or_else(Vec::new, |body| cx.kids(body)) {
        fields.extend(annotated(cx, kid));
    }
    let members = match body.map(|body| cx.lower(body)) {
        Some(block) => match cx.ir(block) {
            Node::Block(statements) => statements.clone(),
            _ => vec![block],
        },
        None => Vec::new(),
    };
    cx.alias(ABOVE, &outer);
    let is_enum = bases.iter().any(|base| match cx.ir(*base) {
        Node::Name(base) | Node::Field(_, base) => base.ends_with("Enum"),
        _ => false,
    });
    let own = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    if let Some(id) = is_enum.then(|| enumeration(cx, own, &members, node)).flatten() {
        return id;
    }
    let has_init = members
        .iter()
        .any(|id| matches!(cx.ir(*id), Node::Function { name: Some(name), .. } if &**name == "__init__"));
    let constructor = has_init.then(|| "__init__".into());
    cx.add(Node::Class { name, bases, members, constructor, fields }, node)
}

/// The field that `name: type = default` declares in a class.
fn annotated<'t>(cx: &Lowering<'t, '_>, statement: Ts<'t>) -> Option<Box<str>> {
    let assignment = cx.kids(statement).into_iter().next().filter(|kid| kid.kind() == "assignment")?;
    assignment.child_by_field_name("type")?;
    assignment.child_by_field_name("left").map(|left| cx.text(left).into())
}

fn expression_statement<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.kids(node)[..] {
        [only] if only.kind() == "ellipsis" => cx.op(Op::Nothing, Vec::new(), node),
        [only] => cx.lower(only),
        _ => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
    }
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(right) = node.child_by_field_name("right") else {
        return cx.op(Op::Nothing, Vec::new(), node);
    };
    if let Some(left) = node.child_by_field_name("left") {
        let name = cx.text(left);
        if library::MODULES.contains(&name) || library::TYPES.contains(&name) {
            cx.alias(name, "a variable");
        }
    }
    if let Some(id) = named_tuple(cx, node, right) {
        return id;
    }
    let value = cx.lower(right);
    let target = cx.expect_field(node, "left");
    cx.assign(target, value, false, node)
}

/// `P = namedtuple("P", ["a", "b"])` or with `"a b"`: a class.
fn named_tuple<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, right: Ts<'t>) -> Option<NodeId> {
    let name = node.child_by_field_name("left").filter(|left| left.kind() == "identifier")?;
    let function = right.child_by_field_name("function")?;
    if !cx.text(function).ends_with("namedtuple") {
        return None;
    }
    let args = cx.kids(right.child_by_field_name("arguments")?);
    let [_, list, ..] = args[..] else { return None };
    let texts = if list.kind() == "string" { vec![list] } else { cx.kids(list) };
    let mut fields: Vec<Box<str>> = Vec::new();
    for text in texts.into_iter().filter(|text| text.kind() == "string") {
        let Node::Text(text) = text::plain(cx, text) else { continue };
        let names = text.split(|char: char| char.is_whitespace() || char == ',');
        fields.extend(names.filter(|name| !name.is_empty()).map(Box::from));
    }
    let name = cx.text(name).into();
    // The names are words too, and are looked at where members are.
    let members = cx.lower_all(&args);
    Some(cx.add(Node::Class { name, bases: Vec::new(), members, constructor: None, fields }, node))
}

/// An enumeration: a map from names to members, each with its name and value. `None` where it has methods.
fn enumeration<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &'t str,
    members: &[NodeId],
    node: Ts<'t>,
) -> Option<NodeId> {
    let (mut pairs, mut others) = (Vec::new(), Vec::new());
    for member in members {
        let Node::Assign { target, value, .. } = *cx.ir(*member) else {
            if matches!(cx.ir(*member), Node::Function { .. }) {
                return None;
            }
            others.push(*member);
            continue;
        };
        let Node::Name(own) = cx.ir(target).clone() else { return None };
        let names = ["name", "value"].map(|name| cx.constant(name, node));
        let own = cx.constant(&own, node);
        let object = cx.op(Op::NewObject, vec![names[0], own, names[1], value], node);
        pairs.push(cx.add(Node::Pair(own, object), node));
    }
    cx.remember(name, "enum");
    let value = cx.add(Node::Map(pairs), node);
    let target = cx.name(name, node);
    others.push(cx.assign(target, value, false, node));
    Some(cx.add(Node::Block(others), node))
}

fn augmented<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let op = chain::common_operator(operator.strip_suffix('=').unwrap_or(operator));
    let (target, value) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
    match op {
        Some(_) => cx.add(Node::Assign { target, value, op, declares: false }, node),
        None => cx.add(Node::Opaque(vec![target, value]), node),
    }
}

/// `if … elif … else`, built from the end.
fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let test = cx.expect_field(node, "condition");
    let then = cx.expect_field(node, "consequence");
    let mut arms = Vec::new();
    let mut other = None;
    for alternative in cx.fields(node, "alternative") {
        if alternative.kind() == "elif_clause" {
            let test = cx.expect_field(alternative, "condition");
            let then = cx.expect_field(alternative, "consequence");
            arms.push((test, then, alternative));
        } else {
            other = Some(cx.expect_field(alternative, "body"));
        }
    }
    for (test, then, at) in arms.into_iter().rev() {
        other = Some(cx.add(Node::If { test, then, other }, at));
    }
    cx.add(Node::If { test, then, other }, node)
}

/// A loop's `else` runs after it.
fn with_else<'t>(cx: &mut Lowering<'t, '_>, whole: NodeId, node: Ts<'t>) -> NodeId {
    let Some(alternative) = node.child_by_field_name("alternative") else { return whole };
    let after = cx.expect_field(alternative, "body");
    cx.add(Node::Block(vec![whole, after]), node)
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut body = cx.expect_field(node, "body");
    let (mut handlers, mut finally) = (Vec::new(), None);
    for kid in cx.kids(node) {
        match kid.kind() {
            "except_clause" => handlers.push(handler(cx, kid)),
            "finally_clause" => finally = Some(cx.only(kid)),
            "else_clause" => {
                let more = cx.expect_field(kid, "body");
                body = cx.add(Node::Block(vec![body, more]), kid);
            }
            _ => {}
        }
    }
    cx.add(Node::Try { body, handlers, finally }, node)
}

fn handler<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Handler {
    let alias = node.child_by_field_name("alias").or_else(|| {
        let value = node.child_by_field_name("value").filter(|value| value.kind() == "as_pattern")?;
        cx.kids(value).last().copied()
    });
    let block = cx.kids(node).into_iter().find(|kid| kid.kind() == "block");
    let body = match block {
        Some(block) => cx.lower(block),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    Handler { binds: alias.map(|alias| cx.text(alias).into()), body }
}

/// Remembers what imported names mean.
fn import<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let module = node.child_by_field_name("module_name").map(|module| cx.text(module));
    for name in cx.fields(node, "name") {
        let full = name.child_by_field_name("name").unwrap_or(name);
        let alias = name.child_by_field_name("alias");
        if module.is_none() && alias.is_none() {
            continue;
        }
        let there =
            module.map_or_else(|| cx.text(full).to_owned(), |module| format!("{module}.{}", cx.text(full)));
        let here = cx.text(alias.unwrap_or(full));
        cx.alias(here, &there);
    }
    cx.op(Op::Nothing, Vec::new(), node)
}

fn delete<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let target = cx.only(node);
    match *cx.ir(target) {
        Node::Index(base, index) => cx.op(Op::Delete, vec![base, index], node),
        Node::Slice { .. } => {
            let nothing = cx.add(Node::List(Vec::new()), node);
            cx.assign(target, nothing, false, node)
        }
        _ => cx.op(Op::Nothing, vec![target], node),
    }
}

/// Python 2's `print a, b`.
fn print<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.fields(node, "argument");
    let operands = cx.lower_all(&kids);
    let args = operands.iter().map(|value| Arg { name: None, value: *value, spread: false }).collect();
    let callee = cx.name("print", node);
    cx.call(callee, args, Some(Library { op: Op::Print, operands }), node)
}
