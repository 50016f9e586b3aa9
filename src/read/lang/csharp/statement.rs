//! Statements.

use crate::read::ir::Arm;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::class;
use super::expression;

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "compilation_unit" => class::program(cx, node),
        "block" | "declaration_list" => curly::block(cx, node),
        "global_statement"
        | "parenthesized_expression"
        | "finally_clause"
        | "checked_statement"
        | "unsafe_statement"
        | "checked_expression" => cx.only(node),
        "expression_statement" => statement(cx, node),
        "local_declaration_statement" => match cx.kids(node).last() {
            Some(declaration) => cx.lower(*declaration),
            None => cx.opaque(node),
        },
        "variable_declaration" => declaration(cx, node),
        "if_statement" => {
            let (test, then) = (cx.expect_field(node, "condition"), cx.expect_field(node, "consequence"));
            let other = cx.lower_field(node, "alternative");
            cx.add(Node::If { test, then, other }, node)
        }
        "while_statement" | "do_statement" => {
            let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
            let test = cx.lower_field(node, "condition");
            let runs_first = node.kind() == "do_statement";
            cx.add(Node::While { before: None, test, after: None, body, runs_first }, node)
        }
        "for_statement" => repeat(cx, node),
        "foreach_statement" => {
            let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
            let target = cx.expect_field(node, "left");
            let iter = cx.expect_field(node, "right");
            let iter = cx.op(Op::Pairs, vec![iter], node);
            cx.add(Node::For { target, iter, body, indexed: false }, node)
        }
        "tuple_pattern" | "parenthesized_variable_designation" => {
            let kids = cx.kids(node);
            let targets = cx.lower_all(&kids);
            cx.add(Node::List(targets), node)
        }
        "discard" => cx.name("_", node),
        "switch_statement" | "switch_expression" => choose(cx, node),
        "try_statement" => attempt(cx, node),
        "using_statement" | "lock_statement" | "fixed_statement" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.add(Node::Block(parts), node)
        }
        "return_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "throw_statement" | "throw_expression" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Throw(value), node)
        }
        "yield_statement" => match cx.kids(node).first() {
            Some(value) => {
                let value = cx.lower(*value);
                cx.add(Node::Yield(Some(value), false), node)
            }
            None => cx.add(Node::Return(None), node),
        },
        "break_statement" => cx.add(Node::Break, node),
        "continue_statement" => cx.add(Node::Continue, node),
        "goto_statement" => {
            let label = cx.kids(node).first().map_or("", |label| cx.text(*label));
            cx.add(Node::Leave(label.into()), node)
        }
        "labeled_statement" => match cx.kids(node).last() {
            Some(body) => cx.lower(*body),
            None => cx.opaque(node),
        },
        "empty_statement" | "using_directive" | "attribute_list" | "modifier" | "extern_alias_directive" => {
            cx.op(Op::Nothing, Vec::new(), node)
        }
        "namespace_declaration" => cx.expect_field(node, "body"),
        _ => return None,
    })
}

/// A call on its own: `list.Reverse()` turns the list itself round.
fn statement<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.kids(node)[..] {
        [only] if only.kind() == "invocation_expression" && cx.text(only).ends_with(".Reverse()") => {
            let base = only.child_by_field_name("function").and_then(|f| f.child_by_field_name("expression"));
            match base {
                Some(base) => {
                    let base = cx.lower(base);
                    cx.op(Op::ReverseInPlace, vec![base], node)
                }
                None => call::lower(cx, only),
            }
        }
        [only] => cx.lower(only),
        _ => cx.opaque(node),
    }
}

/// The value that a declarator gives its variable.
pub(super) fn initial<'t>(cx: &Lowering<'t, '_>, declarator: Ts<'t>) -> Option<Ts<'t>> {
    let name = declarator.child_by_field_name("name").map(|name| name.id());
    let kids = cx.kids(declarator);
    kids.into_iter().rfind(|kid| {
        Some(kid.id()) != name && !matches!(kid.kind(), "tuple_pattern" | "bracketed_argument_list")
    })
}

/// Variables of one type.
fn declaration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kind = node.child_by_field_name("type").map_or("", |kind| cx.text(kind));
    let mut all = Vec::new();
    for declarator in cx.kids(node).into_iter().filter(|kid| kid.kind() == "variable_declarator") {
        let target = declarator
            .child_by_field_name("name")
            .or_else(|| cx.kids(declarator).into_iter().find(|kid| kid.kind() == "tuple_pattern"));
        let value = declared(cx, kind, declarator);
        let target = match target {
            Some(target) => cx.lower(target),
            None => cx.name("_", declarator),
        };
        all.push(cx.assign(target, value, true, declarator));
    }
    match all[..] {
        [only] => only,
        _ => cx.add(Node::Block(all), node),
    }
}

/// The value that a declared variable starts with. Numbers and characters turn into each other by its type.
pub(super) fn declared<'t>(cx: &mut Lowering<'t, '_>, kind: &str, declarator: Ts<'t>) -> NodeId {
    let Some(value) = initial(cx, declarator) else { return expression::zero(cx, kind, declarator) };
    let lowered = match value.kind() {
        // `new()` and `[…]` take the declared type.
        "implicit_object_creation_expression" => super::construct::implicit(cx, kind, value),
        "collection_expression" if kind.starts_with("Stack") => {
            let items = cx.lower(value);
            super::construct::of_type(cx, kind, vec![items], value)
        }
        _ => cx.lower(value),
    };
    let plain = matches!(
        value.kind(),
        "character_literal" | "identifier" | "invocation_expression" | "element_access_expression"
    );
    match kind {
        "int" | "long" | "short" | "byte" | "uint" if plain => cx.op(Op::Ord, vec![lowered], value),
        "char" if matches!(value.kind(), "integer_literal" | "binary_expression") => {
            cx.op(Op::Chr, vec![lowered], value)
        }
        _ => lowered,
    }
}

fn repeat<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let all = |cx: &mut Lowering<'t, '_>, field: &str| {
        let parts = cx.fields(node, field);
        let parts = cx.lower_all(&parts);
        match parts[..] {
            [] => None,
            [only] => Some(only),
            _ => Some(cx.add(Node::Block(parts), node)),
        }
    };
    let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
    let before = all(cx, "initializer");
    let test = cx.lower_field(node, "condition");
    let after = all(cx, "update");
    cx.add(Node::While { before, test, after, body, runs_first: false }, node)
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let is_value = node.kind() == "switch_expression";
    let subject = if is_value { kids.first().copied() } else { node.child_by_field_name("value") };
    let subject = subject.map(|subject| cx.lower(subject));
    let sections = if is_value {
        kids.into_iter().filter(|kid| kid.kind() == "switch_expression_arm").collect()
    } else {
        node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body))
    };
    let mut arms = Vec::new();
    for section in sections {
        arms.push(arm(cx, section, is_value));
    }
    curly::default_last(&mut arms);
    cx.add(Node::Match { subject, arms }, node)
}

fn arm<'t>(cx: &mut Lowering<'t, '_>, section: Ts<'t>, is_value: bool) -> Arm {
    let mut kids = cx.kids_and_comments(section);
    let (mut values, mut guard) = (Vec::new(), None);
    let labelled = is_value || cx.text(section).starts_with("case");
    if labelled && !kids.is_empty() {
        let label = kids.remove(0);
        match pattern(cx, label, &mut values) {
            Pattern::Values | Pattern::Otherwise => {}
            Pattern::Unknown => guard = Some(cx.add(Node::Opaque(Vec::new()), label)),
        }
    }
    if let Some(at) = kids.iter().position(|kid| kid.kind() == "when_clause") {
        let when = kids.remove(at);
        guard = Some(cx.only(when));
    }
    let ends = |kid: &Ts<'t>| {
        matches!(
            kid.kind(),
            "break_statement"
                | "return_statement"
                | "continue_statement"
                | "throw_statement"
                | "goto_statement"
        )
    };
    // A label without statements shares those of the next.
    let falls_through = !is_value && !kids.iter().any(ends) && kids.is_empty();
    kids.retain(|kid| kid.kind() != "break_statement");
    let body = match kids[..] {
        [only] if is_value => cx.lower(only),
        _ => {
            let parts = curly::sequence(cx, &kids);
            cx.add(Node::Block(parts), section)
        }
    };
    Arm { values, guard, body, falls_through }
}

/// What a pattern says of the subject.
enum Pattern {
    Values,
    Otherwise,
    Unknown,
}

fn pattern<'t>(cx: &mut Lowering<'t, '_>, label: Ts<'t>, values: &mut Vec<NodeId>) -> Pattern {
    match label.kind() {
        "constant_pattern" | "parenthesized_pattern" => match cx.kids(label).first() {
            Some(inner) => {
                values.push(cx.lower(*inner));
                Pattern::Values
            }
            None => Pattern::Unknown,
        },
        "discard" | "var_pattern" => Pattern::Otherwise,
        "or_pattern" => {
            for inner in cx.kids(label) {
                let value = if inner.kind() == "constant_pattern" { cx.only(inner) } else { cx.lower(inner) };
                values.push(value);
            }
            Pattern::Values
        }
        kind if kind.ends_with("_pattern") => Pattern::Unknown,
        _ if cx.text(label) == "_" => Pattern::Otherwise,
        _ => {
            values.push(cx.lower(label));
            Pattern::Values
        }
    }
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let body = cx.expect_field(node, "body");
    let (mut handlers, mut finally) = (Vec::new(), None);
    for clause in cx.kids(node) {
        match clause.kind() {
            "catch_clause" => {
                let declaration = cx.kids(clause).into_iter().find(|kid| kid.kind() == "catch_declaration");
                let name = declaration.and_then(|declaration| declaration.child_by_field_name("name"));
                let binds = name.map(|name| cx.text(name).into());
                handlers.push(Handler { binds, body: cx.expect_field(clause, "body") });
            }
            "finally_clause" => finally = Some(cx.lower(clause)),
            _ => {}
        }
    }
    cx.add(Node::Try { body, handlers, finally }, node)
}
