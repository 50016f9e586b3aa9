//! Statements, functions, tests and pipelines.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::ARGUMENTS;
use super::INPUT;
use super::command;
use super::expansion;
use super::script::glob;
use super::word;

/// Kinds that define a function.
const FUNCTIONS: &[&str] = &["function_definition"];

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "program" | "do_group" | "subshell" => body::block(cx, node, FUNCTIONS, function),
        "compound_statement" => compound(cx, node),
        "function_definition" => function(cx, node, Vec::new()),
        "command" => command::lower(cx, node),
        "pipeline" => pipeline(cx, node),
        "redirected_statement" => redirected(cx, node),
        "list" => list(cx, node),
        "negated_command" => cx.only(node),
        "test_command" => test(cx, node),
        "variable_assignment" => assignment(cx, node, false),
        "variable_assignments" => body::block(cx, node, &[], function),
        "declaration_command" => declaration(cx, node),
        "unset_command" => unset(cx, node),
        "if_statement" => conditional(cx, node),
        "while_statement" => repeated(cx, node),
        "for_statement" => each(cx, node),
        "c_style_for_statement" => {
            let part = |name: &str| cx.fields(node, name).first().copied();
            let (before, check, after) = (part("initializer"), part("condition"), part("update"));
            let before = before.map(|before| expansion::arithmetic(cx, before));
            let test = check.map(|check| expansion::arithmetic(cx, check));
            let after = after.map(|after| expansion::arithmetic(cx, after));
            let body = cx.expect_field(node, "body");
            cx.add(Node::While { before, test, after, body, runs_first: false }, node)
        }
        "case_statement" => case(cx, node),
        "binary_expression" | "unary_expression" | "postfix_expression" | "ternary_expression" => {
            expansion::arithmetic(cx, node)
        }
        "file_redirect" | "herestring_redirect" | "heredoc_redirect" => match command::redirected(cx, node) {
            Some(id) => id,
            None => cx.opaque(node),
        },
        _ => return None,
    })
}

/// `{ …; }` or `(( … ))`.
/// `unset 'list[2]'` takes an item out; all else forgets nothing.
fn unset<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut gone = Vec::new();
    for kid in cx.kids(node) {
        let place = cx.text(kid).trim_matches(['\'', '"']);
        let place = place.strip_suffix(']').and_then(|place| place.split_once('['));
        let Some((name, index)) = place else { continue };
        let base = cx.name(name, kid);
        let index = match index.parse::<i64>() {
            Ok(index) => body::int(cx, index, kid),
            Err(_) => cx.name(index.trim_start_matches('$'), kid),
        };
        gone.push(cx.op(Op::Delete, vec![base, index], kid));
    }
    cx.op(Op::Nothing, gone, node)
}

fn compound<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if !cx.text(node).starts_with("((") {
        return body::block(cx, node, FUNCTIONS, function);
    }
    let mut last = Vec::new();
    for kid in cx.kids(node) {
        last.push(expansion::arithmetic(cx, kid));
    }
    match last[..] {
        [only] => only,
        _ => cx.add(Node::Block(last), node),
    }
}

fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, above: Vec<&'t str>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    cx.remember(name, "function");
    let inner = node.child_by_field_name("body");
    let inside: Vec<Ts<'t>> = std::iter::once(node).chain(inner).collect();
    let comment = body::comment_of(cx, above, &inside);
    // A stub cannot be empty here.
    let stub =
        |inner: Ts<'t>| matches!(cx.text(inner).trim_matches(['{', '}', ' ', '\n', ';']), ":" | "true");
    let body = match inner.filter(|inner| !stub(*inner)) {
        Some(inner) => cx.lower(inner),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    let params = vec![Param { name: ARGUMENTS.into(), default: None, rest: true }];
    cx.add(Node::Function { name: Some(name.into()), params, body, comment, generator: false }, node)
}

/// What one command prints is the input of the next.
fn pipeline<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut statements = Vec::new();
    let kids = cx.kids(node);
    for (at, kid) in kids.iter().enumerate() {
        let stage = cx.lower(*kid);
        statements.push(if at + 1 < kids.len() { piped(cx, stage, node) } else { stage });
    }
    cx.add(Node::Block(statements), node)
}

/// Binds what a statement prints as input.
fn piped<'t>(cx: &mut Lowering<'t, '_>, stage: NodeId, node: Ts<'t>) -> NodeId {
    let text = expansion::capture(cx, stage, node);
    let target = cx.name(INPUT, node);
    cx.assign(target, text, false, node)
}

/// A statement with its redirections: input is bound before, output is kept under the file's name.
fn redirected<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut statements = Vec::new();
    let mut file = None;
    let mut onwards = Vec::new();
    for redirect in cx.fields(node, "redirect") {
        match command::redirected(cx, redirect) {
            Some(bind) => statements.push(bind),
            None => file = file.or(redirect.child_by_field_name("destination").map(|to| (redirect, to))),
        }
        if redirect.kind() == "heredoc_redirect" {
            let inner = cx.kids(redirect);
            let more = |kid: &Ts<'t>| !matches!(kid.kind(), "heredoc_start" | "heredoc_body" | "heredoc_end");
            onwards.extend(inner.into_iter().filter(more));
        }
    }
    let mut stage = match node.child_by_field_name("body") {
        Some(body) => cx.lower(body),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    for next in onwards {
        if next.kind() == "file_redirect" {
            file = file.or(next.child_by_field_name("destination").map(|to| (next, to)));
            continue;
        }
        if matches!(next.kind(), "command" | "pipeline" | "list") {
            let bind = piped(cx, stage, node);
            statements.push(bind);
        }
        stage = cx.lower(next);
    }
    let to_file = file
        .filter(|(redirect, _)| !cx.text(*redirect).contains(">&") && !cx.text(*redirect).starts_with('2'));
    if let Some((redirect, to)) = to_file {
        let name = word::fixed(cx, to).unwrap_or_default();
        let text = cx.op(Op::Capture, vec![stage], node);
        let target = cx.name(&format!("file {name}"), to);
        let op = cx.text(redirect).contains(">>").then_some(BinaryOp::Add);
        stage = match name.as_str() {
            "/dev/null" => cx.op(Op::Nothing, vec![text], node),
            "/dev/stderr" | "/dev/stdout" | "/dev/tty" => cx.op(Op::Write, vec![text], node),
            _ => cx.add(Node::Assign { target, value: text, op, declares: false }, node),
        };
    }
    statements.push(stage);
    cx.add(Node::Block(statements), node)
}

/// `a && b`, `a || b` as statements.
fn list<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let [first, second] = kids[..] else { return body::block(cx, node, FUNCTIONS, function) };
    let between = cx.source_text().get(first.end_byte()..second.start_byte()).unwrap_or_default();
    let mut test = condition(cx, first);
    if between.contains("||") {
        test = cx.add(Node::Unary(UnaryOp::Not, test), node);
    }
    let then = cx.lower(second);
    cx.add(Node::If { test, then, other: None }, node)
}

/// A command as a condition.
fn condition<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "test_command" => test(cx, node),
        "compound_statement" if cx.text(node).starts_with("((") => compound(cx, node),
        "negated_command" => {
            let inner = match cx.kids(node).first().copied() {
                Some(inner) => cx.nested(node, |cx| condition(cx, inner)),
                None => cx.opaque(node),
            };
            cx.add(Node::Unary(UnaryOp::Not, inner), node)
        }
        "list" => {
            let kids = cx.kids(node);
            let [first, second] = kids[..] else { return cx.opaque(node) };
            let between = cx.source_text().get(first.end_byte()..second.start_byte()).unwrap_or_default();
            let op = if between.contains("||") { BinaryOp::Or } else { BinaryOp::And };
            cx.nested(node, |cx| {
                let (a, b) = (condition(cx, first), condition(cx, second));
                cx.add(Node::Binary(op, a, b), node)
            })
        }
        "command" if matches!(cx.text(node), "true" | ":") => cx.add(Node::Bool(true), node),
        "command" if cx.text(node) == "false" => cx.add(Node::Bool(false), node),
        "command" if cx.text(node).starts_with("grep") => cx.opaque(node),
        "variable_assignment" | "command" => {
            let run = cx.lower(node);
            let yes = cx.add(Node::Bool(true), node);
            cx.add(Node::Block(vec![run, yes]), node)
        }
        _ => {
            let run = cx.lower(node);
            cx.add(Node::Opaque(vec![run]), node)
        }
    }
}

/// `[ … ]` and `[[ … ]]`
fn test<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.kids(node)[..] {
        [only] => checked(cx, only),
        _ => cx.opaque(node),
    }
}

fn checked<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "parenthesized_expression" => match cx.kids(node)[..] {
            [only] => cx.nested(node, |cx| checked(cx, only)),
            _ => cx.opaque(node),
        },
        "unary_expression" => {
            let kids = cx.kids(node);
            let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
            let Some(inner) = kids.last().copied() else { return cx.opaque(node) };
            if operator == "!" {
                let value = cx.nested(node, |cx| checked(cx, inner));
                return cx.add(Node::Unary(UnaryOp::Not, value), node);
            }
            let value = cx.lower(inner);
            match operator {
                "-z" => cx.op(Op::IsEmpty, vec![value], node),
                "-n" => {
                    let empty = cx.op(Op::IsEmpty, vec![value], node);
                    cx.add(Node::Unary(UnaryOp::Not, empty), node)
                }
                _ => cx.add(Node::Opaque(vec![value]), node),
            }
        }
        "binary_expression" => cx.nested(node, |cx| compared(cx, node)),
        _ => {
            let value = cx.lower(node);
            let empty = cx.op(Op::IsEmpty, vec![value], node);
            cx.add(Node::Unary(UnaryOp::Not, empty), node)
        }
    }
}

fn compared<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return cx.opaque(node);
    };
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let both = match operator {
        "&&" | "-a" => Some(BinaryOp::And),
        "||" | "-o" => Some(BinaryOp::Or),
        _ => None,
    };
    if let Some(op) = both {
        let (a, b) = (checked(cx, left), checked(cx, right));
        return cx.add(Node::Binary(op, a, b), node);
    }
    let numbers = match operator {
        "-eq" => Some(BinaryOp::Eq),
        "-ne" => Some(BinaryOp::Ne),
        "-lt" => Some(BinaryOp::Lt),
        "-le" => Some(BinaryOp::Le),
        "-gt" => Some(BinaryOp::Gt),
        "-ge" => Some(BinaryOp::Ge),
        _ => None,
    };
    if let Some(op) = numbers {
        let (a, b) = (expansion::arithmetic(cx, left), expansion::arithmetic(cx, right));
        return cx.add(Node::Binary(op, a, b), node);
    }
    let value = cx.lower(left);
    let value = cx.op(Op::ToText, vec![value], left);
    let pattern =
        word::fixed(cx, right).filter(|text| right.kind() != "string" && text.contains(['*', '?', '[']));
    let other = match (pattern, operator) {
        (Some(pattern), "=" | "==" | "!=") => {
            let pattern = cx.constant(&format!("^{}$", glob(&pattern, true)), right);
            let found = cx.op(Op::Match, vec![value, pattern], node);
            let found = cx.op(Op::Present, vec![found], node);
            return if operator == "!=" { cx.add(Node::Unary(UnaryOp::Not, found), node) } else { found };
        }
        _ => cx.lower(right),
    };
    let op = match operator {
        "=" | "==" => BinaryOp::Eq,
        "!=" => BinaryOp::Ne,
        "<" => BinaryOp::Lt,
        ">" => BinaryOp::Gt,
        "=~" => {
            let found = cx.op(Op::Match, vec![value, other], node);
            return cx.op(Op::Present, vec![found], node);
        }
        _ => return cx.add(Node::Opaque(vec![value, other]), node),
    };
    let other = cx.op(Op::ToText, vec![other], right);
    cx.add(Node::Binary(op, value, other), node)
}

/// `x=v`, `x+=v`, `a[i]=v`
fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, declares: bool) -> NodeId {
    let Some(name) = node.child_by_field_name("name") else { return cx.opaque(node) };
    let adds =
        cx.source_text().get(name.end_byte()..node.end_byte()).is_some_and(|rest| rest.starts_with("+="));
    let target = match name.kind() {
        "subscript" => cx.lower(name),
        _ => cx.name(cx.text(name), name),
    };
    let value = match node.child_by_field_name("value") {
        Some(value) => cx.lower(value),
        None => cx.constant("", node),
    };
    let op = adds.then_some(BinaryOp::Add);
    cx.add(Node::Assign { target, value, op, declares: declares && !adds }, node)
}

/// `local x=1`, `declare -A m`, `export Y=2`
fn declaration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let text = cx.text(node);
    let local = text.starts_with("local") || text.starts_with("typeset");
    let flags: Vec<&str> = text.split_whitespace().filter(|word| word.starts_with('-')).collect();
    let map = flags.iter().any(|flag| flag.contains('A'));
    let array = flags.iter().any(|flag| flag.contains('a'));
    let mut all = Vec::new();
    for kid in cx.kids(node) {
        let name = kid.child_by_field_name("name").unwrap_or(kid);
        match kid.kind() {
            "variable_assignment" | "variable_name" => {
                if map {
                    cx.remember(cx.text(name), "map");
                }
                if kid.kind() == "variable_assignment" {
                    all.push(assignment(cx, kid, local));
                } else if map || array || local {
                    let value = match (map, array) {
                        (true, _) => cx.add(Node::Map(Vec::new()), kid),
                        (_, true) => cx.add(Node::List(Vec::new()), kid),
                        _ => cx.constant("", kid),
                    };
                    let target = cx.name(cx.text(kid), kid);
                    all.push(cx.assign(target, value, local, kid));
                }
            }
            _ => {}
        }
    }
    cx.add(Node::Block(all), node)
}

/// The parts of an `if` or `elif` that are conditions, and those that run.
fn split<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> (Vec<Ts<'t>>, Vec<Ts<'t>>) {
    let mut cursor = node.walk();
    let (mut tests, mut run) = (Vec::new(), Vec::new());
    let mut then = false;
    let kids: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    for kid in kids {
        if !kid.is_named() {
            then |= cx.text(kid) == "then";
        } else if then {
            run.push(kid);
        } else {
            tests.push(kid);
        }
    }
    (tests, run)
}

fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (tests, run) = split(cx, node);
    let (clauses, run): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
        run.into_iter().partition(|kid| matches!(kid.kind(), "elif_clause" | "else_clause"));
    let mut arms = vec![(tests, run, node)];
    let mut other = None;
    for clause in clauses {
        if clause.kind() == "else_clause" {
            other = Some(body::block(cx, clause, FUNCTIONS, function));
        } else {
            let (tests, run) = split(cx, clause);
            arms.push((tests, run, clause));
        }
    }
    for (tests, run, at) in arms.into_iter().rev() {
        let mut test = None;
        for kid in tests {
            test = Some(condition(cx, kid));
        }
        let test = test.unwrap_or_else(|| cx.add(Node::Opaque(Vec::new()), at));
        let statements = body::statements(cx, &run, FUNCTIONS, function);
        let then = cx.add(Node::Block(statements), at);
        other = Some(cx.add(Node::If { test, then, other }, at));
    }
    other.unwrap_or_else(|| cx.opaque(node))
}

fn repeated<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let conditions = cx.fields(node, "condition");
    let Some(inner) = node.child_by_field_name("body") else { return cx.opaque(node) };
    let reads = |kid: &Ts<'t>| {
        kid.kind() == "command" && kid.child_by_field_name("name").is_some_and(|name| cx.text(name) == "read")
    };
    let read = match conditions[..] {
        [only] if only.kind() == "list" => cx.kids(only).into_iter().find(reads),
        [only] => Some(only).filter(reads),
        _ => None,
    };
    if let Some(read) = read {
        return command::reading(cx, read, inner, node);
    }
    let mut test = None;
    for kid in conditions {
        test = Some(condition(cx, kid));
    }
    if cx.text(node).starts_with("until") {
        test = test.map(|test| cx.add(Node::Unary(UnaryOp::Not, test), node));
    }
    let body = cx.lower(inner);
    cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node)
}

fn each<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("variable").map_or("", |name| cx.text(name));
    let target = cx.name(name, node);
    let values = cx.fields(node, "value");
    let iter = if values.is_empty() {
        cx.name(ARGUMENTS, node)
    } else {
        let mut items = Vec::new();
        for value in values {
            items.push(word::item(cx, value));
        }
        cx.add(Node::List(items), node)
    };
    let body = cx.expect_field(node, "body");
    body::each(cx, target, iter, body, node)
}

fn case<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    // In a shell, numbers are texts.
    let subject = cx.lower_field(node, "value").map(|subject| cx.op(Op::ToText, vec![subject], node));
    let mut arms = Vec::new();
    for item in cx.kids(node).into_iter().filter(|kid| kid.kind() == "case_item") {
        let patterns = cx.fields(item, "value");
        let (mut values, mut guard) = (Vec::new(), None);
        let mut any = false;
        for pattern in &patterns {
            match (word::fixed(cx, *pattern), subject) {
                (Some(text), _) if text == "*" => any = true,
                (Some(text), Some(subject)) if text.contains(['*', '?', '[']) => {
                    let regex = cx.constant(&format!("^{}$", glob(&text, true)), *pattern);
                    guard = Some(cx.op(Op::Match, vec![subject, regex], *pattern));
                }
                (Some(text), _) if pattern.kind() == "number" => values.push(cx.constant(&text, *pattern)),
                _ => values.push(cx.lower(*pattern)),
            }
        }
        if any || guard.is_some() {
            values.clear();
        }
        let statements: Vec<Ts<'t>> = cx
            .kids(item)
            .into_iter()
            .filter(|kid| !patterns.iter().any(|pattern| pattern.id() == kid.id()))
            .collect();
        let statements = body::statements(cx, &statements, FUNCTIONS, function);
        let body = cx.add(Node::Block(statements), item);
        let guard = if any { None } else { guard };
        arms.push(Arm { values, guard, body, falls_through: false });
    }
    cx.add(Node::Match { subject, arms }, node)
}
