//! Expressions.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::library::call as library_call;
use crate::read::lang::library::find;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::algorithm;
use super::declaration;
use super::declaration::bare;
use super::library;
use super::stream;

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier"
        | "field_identifier"
        | "type_identifier"
        | "primitive_type"
        | "namespace_identifier"
        | "qualified_identifier"
        | "template_function"
        | "template_type"
        | "this"
        | "dependent_name" => name(cx, node),
        "string_literal" | "raw_string_literal" | "char_literal" => cx.literal(node),
        "concatenated_string" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.add(Node::Concat(parts), node)
        }
        "number_literal" => number(cx, node),
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "null" => cx.add(Node::Null, node),
        "initializer_list" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "parenthesized_expression" => cx.only(node),
        "binary_expression" => binary(cx, node),
        "unary_expression" => unary(cx, node),
        "pointer_expression" => cx.expect_field(node, "argument"),
        "update_expression" => update(cx, node, true),
        "comma_expression" => discarded(cx, node),
        "assignment_expression" => assignment(cx, node),
        "conditional_expression" => {
            let (test, then) = (cx.expect_field(node, "condition"), cx.expect_field(node, "consequence"));
            let other = cx.expect_field(node, "alternative");
            cx.add(Node::Choose { test, then, other }, node)
        }
        "subscript_expression" => {
            let base = cx.expect_field(node, "argument");
            let index = match node.child_by_field_name("indices") {
                Some(list) => cx.only(list),
                None => cx.opaque(node),
            };
            let kind = node.child_by_field_name("argument").map_or("", |base| cx.kind_of(cx.text(base)));
            if cx.kind_of(kind) == "class" && cx.source_text().contains("operator[]") {
                let callee = cx.add(Node::Field(base, "operator[]".into()), node);
                return Some(cx.call(callee, vec![positional(index)], None, node));
            }
            cx.add(Node::Index(base, index), node)
        }
        "field_expression" => {
            let base = cx.expect_field(node, "argument");
            let field = called_field(cx, node);
            // The parts of a pair, unless the region declares these names.
            let position = match field {
                "first" if cx.kind_of(field).is_empty() => 0,
                "second" if cx.kind_of(field).is_empty() => 1,
                _ => return Some(cx.add(Node::Field(base, field.into()), node)),
            };
            let position = cx.add(Node::Int(position), node);
            cx.add(Node::Index(base, position), node)
        }
        "call_expression" => call(cx, node),
        "cast_expression" => {
            let value = cx.expect_field(node, "value");
            let kind = node.child_by_field_name("type").map_or("", |kind| bare(cx.text(kind)));
            cx.op(library::cast(kind), vec![value], node)
        }
        "new_expression" | "compound_literal_expression" => {
            let list = node.child_by_field_name("arguments").or_else(|| node.child_by_field_name("value"));
            match node.child_by_field_name("type") {
                Some(kind) => construct(cx, kind, list, node),
                None => cx.opaque(node),
            }
        }
        _ => return None,
    })
}

fn name<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match bare(cx.text(node)) {
        "endl" => cx.add(Node::Text("\n".into()), node),
        name => cx.name(name, node),
    }
}

fn number<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let raw = cx.text(node);
    let value = literal::integer(raw).map(Node::Int).or_else(|| literal::float(raw).map(Node::Float));
    cx.add(value.unwrap_or(Node::Opaque(Vec::new())), node)
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "argument");
    let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
        "-" => UnaryOp::Neg,
        "!" | "not" => UnaryOp::Not,
        "~" => UnaryOp::BitNot,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

fn binary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if let Some(id) = stream::lower(cx, node) {
        return id;
    }
    match views(cx, node) {
        Some(id) => id,
        None => chain::binary(cx, node, chain::common_operator),
    }
}

/// `items | std::views::reverse | …`
fn views<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let right = node.child_by_field_name("right")?;
    if !cx.text(right).contains("views::") {
        return None;
    }
    let read = chain::chain(cx, node);
    let mut items = cx.lower(read.first?);
    for (_, view) in read.rest {
        let view = view?;
        let function = view.child_by_field_name("function").unwrap_or(view);
        let list = view.child_by_field_name("arguments");
        let args = list.map_or_else(Vec::new, |list| cx.kids(list));
        let args = cx.lower_all(&args);
        items = match (bare(cx.text(function)), &args[..]) {
            ("reverse", _) => cx.op(Op::Reverse, vec![items], view),
            ("transform", [function]) => cx.op(Op::Map, vec![*function, items], view),
            ("filter", [function]) => cx.op(Op::Filter, vec![*function, items], view),
            ("take", [count]) => cx.op(Op::Take, vec![items, *count], view),
            ("drop", [count]) => cx.op(Op::Drop, vec![items, *count], view),
            ("join", _) => cx.op(Op::Flatten, vec![items], view),
            ("keys", _) => cx.op(Op::Keys, vec![items], view),
            ("values", _) => cx.op(Op::Values, vec![items], view),
            _ => cx.beside(items, &args, view),
        };
    }
    Some(items)
}

fn construct<'t>(cx: &mut Lowering<'t, '_>, kind: Ts<'t>, list: Option<Ts<'t>>, at: Ts<'t>) -> NodeId {
    match list {
        Some(list) => declaration::constructed(cx, cx.text(kind), list, at),
        None => declaration::construct(cx, bare(cx.text(kind)), Vec::new(), at),
    }
}

fn call<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(function) = node.child_by_field_name("function") else { return cx.opaque(node) };
    let Some(list) = node.child_by_field_name("arguments") else { return cx.opaque(node) };
    let kids = cx.kids(list);
    let text = cx.text(function);
    let called = bare(text);
    if let Some(kind) = text.strip_suffix('>').filter(|_| called.ends_with("_cast")) {
        let kind = kind.split_once('<').map_or("", |(_, kind)| bare(kind));
        let values = cx.lower_all(&kids);
        return cx.op(library::cast(kind), values, node);
    }
    let special = if function.kind() == "field_expression" {
        method(cx, function, called_field(cx, function), &kids, node)
    } else {
        plain(cx, text, list, &kids, node).or_else(|| algorithm::free(cx, called, &kids, node))
    };
    if let Some(id) = special {
        return id;
    }
    let mut callee = cx.expect_field(node, "function");
    // An object that is called.
    if cx.kind_of(cx.kind_of(text)) == "class" && cx.source_text().contains("operator()") {
        callee = cx.add(Node::Field(callee, "operator()".into()), node);
    }
    // `Base::method()` within a method of a class that extends it.
    if let Some((class, method)) =
        text.rsplit_once("::").filter(|(class, _)| cx.kind_of(bare(class)) == "class")
    {
        let class = cx.name(bare(class), node);
        callee = cx.add(Node::Field(class, bare(method).into()), node);
    }
    let args: Vec<_> = cx.lower_all(&kids).into_iter().map(positional).collect();
    let found = match cx.ir(callee).clone() {
        Node::Name(_) => find(library::FUNCTIONS, called, args.len()).map(|row| (row, None)),
        Node::Field(base, name) => find(library::METHODS, &name, args.len()).map(|row| (row, Some(base))),
        _ => None,
    };
    match found {
        Some((row, this)) => library_call(cx, row, this, callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// A constructor or conversion written as a call.
fn plain<'t>(
    cx: &mut Lowering<'t, '_>,
    text: &str,
    list: Ts<'t>,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let called = bare(text);
    match (called, kids) {
        ("istream_iterator" | "istreambuf_iterator", [stream]) => {
            let stream = cx.lower(*stream);
            let text = cx.op(Op::ToText, vec![stream], node);
            let op = if called == "istream_iterator" { Op::Split } else { Op::Same };
            Some(cx.op(op, vec![text], node))
        }
        ("make_shared" | "make_unique", _) => {
            let kind = template_argument(text);
            Some(declaration::constructed(cx, kind, list, node))
        }
        ("get", [value]) if text.contains('<') => {
            let position = literal::integer(template_argument(text))?;
            let (value, position) = (cx.lower(*value), cx.add(Node::Int(position), node));
            Some(cx.add(Node::Index(value, position), node))
        }
        (_, [value]) if library::zero(called).is_some() => {
            let value = cx.lower(*value);
            Some(cx.op(library::cast(called), vec![value], node))
        }
        _ if library::is_text(called) || library::is_container(called) => {
            Some(declaration::constructed(cx, text, list, node))
        }
        _ => None,
    }
}

/// `T` of `name<T>`.
fn template_argument(text: &str) -> &str {
    let inner = text.split_once('<').map_or("", |(_, inner)| inner);
    inner.rsplit_once('>').map_or(inner, |(inner, _)| inner).trim()
}

fn called_field<'t>(cx: &Lowering<'t, '_>, function: Ts<'t>) -> &'t str {
    function.child_by_field_name("field").map_or("", |field| bare(cx.text(field)))
}

fn method<'t>(
    cx: &mut Lowering<'t, '_>,
    function: Ts<'t>,
    name: &str,
    args: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let base = function.child_by_field_name("argument")?;
    algorithm::method(cx, base, name, args, node)
}

/// `x++` as a value is the old one. An iterator's steps are those of its loop.
fn update<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, wanted: bool) -> NodeId {
    let argument = node.child_by_field_name("argument");
    if argument.is_some_and(|argument| cx.kind_of(cx.text(argument)) == "iterator") {
        return cx.expect_field(node, "argument");
    }
    let target = cx.expect_field(node, "argument");
    let one = cx.add(Node::Int(1), node);
    let text = cx.text(node);
    let (op, back) =
        if text.contains("++") { (BinaryOp::Add, BinaryOp::Sub) } else { (BinaryOp::Sub, BinaryOp::Add) };
    let step = cx.add(Node::Assign { target, value: one, op: Some(op), declares: false }, node);
    if wanted && (text.ends_with("++") || text.ends_with("--")) {
        return cx.add(Node::Binary(back, step, one), node);
    }
    step
}

/// Lowers an expression whose value nobody takes.
pub(super) fn discarded<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "update_expression" => update(cx, node, false),
        "comma_expression" => {
            let mut parts = Vec::new();
            let mut at = node;
            while at.kind() == "comma_expression" {
                parts.extend(at.child_by_field_name("left").map(|left| discarded(cx, left)));
                match at.child_by_field_name("right") {
                    Some(right) => at = right,
                    None => break,
                }
            }
            parts.push(if at.kind() == "comma_expression" { cx.opaque(at) } else { discarded(cx, at) });
            cx.add(Node::Block(parts), node)
        }
        _ => cx.lower(node),
    }
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    if operator == "="
        && let Some(id) = character(cx, node)
    {
        return id;
    }
    let op = operator.strip_suffix('=').and_then(chain::common_operator);
    let (target, value) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
    // `object += value`, where the class says what that is.
    let kind = node.child_by_field_name("left").map_or("", |left| cx.kind_of(cx.text(left)));
    if cx.kind_of(kind) == "class"
        && op.is_some()
        && cx.source_text().contains(&format!("operator{operator}"))
    {
        let callee = cx.add(Node::Field(target, format!("operator{operator}").into()), node);
        return cx.call(callee, vec![positional(value)], None, node);
    }
    cx.add(Node::Assign { target, value, op, declares: false }, node)
}

/// `buffer[i] = c`, where the buffer is a character array: text may grow by it, and a zero ends it.
fn character<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let left = node.child_by_field_name("left").filter(|left| left.kind() == "subscript_expression")?;
    let buffer = left.child_by_field_name("argument")?;
    let index = left.child_by_field_name("indices")?;
    // The index is evaluated more than once: none that assigns.
    if cx.kind_of(cx.text(buffer)) != "char[]" || cx.text(index).contains('=') {
        return None;
    }
    let ends = matches!(cx.text(node.child_by_field_name("right")?), "0" | "'\\0'" | "NULL");
    let value = cx.expect_field(node, "right");
    let (base, target) = (cx.lower(buffer), cx.lower(buffer));
    if cx.text(index).contains("++") {
        let value = cx.op(Op::Chr, vec![value], node);
        let steps = cx.only(index);
        let push = if ends { value } else { cx.op(Op::Push, vec![target, value], node) };
        return Some(cx.add(Node::Block(vec![push, steps]), node));
    }
    let at = cx.only(index);
    let before = cx.add(Node::Slice { base, from: None, to: Some(at), step: None }, node);
    if ends {
        return Some(cx.assign(target, before, false, node));
    }
    let value = cx.op(Op::Chr, vec![value], node);
    let one = cx.add(Node::Int(1), node);
    let next = cx.add(Node::Binary(BinaryOp::Add, at, one), node);
    let after = cx.add(Node::Slice { base, from: Some(next), to: None, step: None }, node);
    let text = cx.add(Node::Concat(vec![before, value, after]), node);
    Some(cx.assign(target, text, false, node))
}
