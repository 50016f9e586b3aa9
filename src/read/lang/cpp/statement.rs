//! Statements.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;

use super::declaration;
use super::expression;
use super::stream;

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "translation_unit" | "compound_statement" | "declaration_list" | "field_declaration_list" => {
            sequence(cx, node)
        }
        "expression_statement" => match cx.kids(node)[..] {
            [only] => expression::discarded(cx, only),
            _ => cx.opaque(node),
        },
        "condition_clause" | "else_clause" | "init_statement" => cx.only(node),
        "if_statement" => {
            let (test, then) = (cx.expect_field(node, "condition"), cx.expect_field(node, "consequence"));
            let other = cx.lower_field(node, "alternative");
            cx.add(Node::If { test, then, other }, node)
        }
        "while_statement" | "do_statement" => {
            if let Some(id) = walk(cx, node) {
                return Some(id);
            }
            let test = cx.lower_field(node, "condition");
            let body = cx.expect_field(node, "body");
            let runs_first = node.kind() == "do_statement";
            cx.add(Node::While { before: None, test, after: None, body, runs_first }, node)
        }
        "for_statement" => repeat(cx, node),
        "for_range_loop" => {
            let target = match node.child_by_field_name("declarator") {
                Some(declarator) => {
                    if let Some(name) = declaration::declared(declarator) {
                        cx.remember(cx.text(name), "auto");
                    }
                    declaration::target(cx, declarator)
                }
                None => cx.opaque(node),
            };
            if let Some(id) = written_back(cx, node, target) {
                return Some(id);
            }
            let iter = cx.expect_field(node, "right");
            let iter = entries(cx, node, target, iter);
            let body = cx.expect_field(node, "body");
            cx.add(Node::For { target, iter, body, indexed: false }, node)
        }
        "return_statement" | "co_return_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "throw_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Throw(value), node)
        }
        "break_statement" => cx.add(Node::Break, node),
        "continue_statement" => cx.add(Node::Continue, node),
        "goto_statement" => cx.op(Op::Nothing, Vec::new(), node),
        "labeled_statement" => match cx.kids(node).last() {
            Some(kid) => cx.lower(*kid),
            None => cx.opaque(node),
        },
        "try_statement" => attempt(cx, node),
        "switch_statement" => choose(cx, node),
        _ => return None,
    })
}

/// `for (T& item : items)` whose body changes the item: by position, so that the change goes back.
fn written_back<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, target: NodeId) -> Option<NodeId> {
    let declarator = node.child_by_field_name("declarator")?;
    let Node::Name(name) = cx.ir(target).clone() else { return None };
    let body_text = cx.text(node.child_by_field_name("body")?);
    let changes = body_text.match_indices(&*name).any(|(at, _)| {
        let behind = body_text[at + name.len()..].trim_start();
        let step = behind.trim_start_matches(['+', '-', '*', '/', '%', '^', '&', '|']);
        let whole = !body_text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
        whole
            && (step.starts_with('=') && !step.starts_with("==")
                || behind.starts_with("++")
                || behind.starts_with("--"))
    });
    if !cx.text(declarator).starts_with('&') || !changes {
        return None;
    }
    let items = cx.expect_field(node, "right");
    if !matches!(cx.ir(items), Node::Name(_) | Node::Field(..)) {
        return None;
    }
    let counter = cx.name(&format!("position {}", node.start_byte()), node);
    let zero = cx.add(Node::Int(0), node);
    let before = Some(cx.assign(counter, zero, true, node));
    let length = cx.op(Op::Length, vec![items], node);
    let test = Some(cx.add(Node::Binary(BinaryOp::Lt, counter, length), node));
    let item = cx.add(Node::Index(items, counter), node);
    let back = cx.assign(item, target, false, node);
    let one = cx.add(Node::Int(1), node);
    let step = Node::Assign { target: counter, value: one, op: Some(BinaryOp::Add), declares: false };
    let step = cx.add(step, node);
    let after = Some(cx.add(Node::Block(vec![back, step]), node));
    let take = cx.assign(target, item, true, node);
    let body = cx.expect_field(node, "body");
    let body = cx.add(Node::Block(vec![take, body]), node);
    Some(cx.add(Node::While { before, test, after, body, runs_first: false }, node))
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
            "function_definition" => declaration::function(cx, kid, around),
            _ => cx.lower(kid),
        });
    }
    cx.add(Node::Block(statements), node)
}

/// `for`: over a container when it walks iterators from `begin` to `end`.
fn repeat<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if let Some((name, start)) = iterator(cx, node) {
        cx.remember(cx.text(name), "iterator");
        let target = cx.name(cx.text(name), name);
        let iter = cx.lower(start);
        let iter = entries(cx, node, target, iter);
        let body = cx.expect_field(node, "body");
        return cx.add(Node::For { target, iter, body, indexed: false }, node);
    }
    let before = cx.lower_field(node, "initializer");
    let test = cx.lower_field(node, "condition");
    let after = node.child_by_field_name("update").map(|update| expression::discarded(cx, update));
    let body = cx.expect_field(node, "body");
    cx.add(Node::While { before, test, after, body, runs_first: false }, node)
}

/// `while (stream >> word)` and `while (it != items.end())` walk a list.
fn walk<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let condition = node.child_by_field_name("condition").filter(|_| node.kind() == "while_statement")?;
    let (target, iter) = match stream::words(cx, condition) {
        Some((word, words)) => (cx.lower(word), words),
        None => {
            let text = cx.text(condition).trim_start_matches('(');
            let (name, end) = text.split_once("!=")?;
            let name = name.trim();
            if cx.kind_of(name) != "iterator" || !end.contains("end(") {
                return None;
            }
            (cx.name(name, condition), cx.name(name, condition))
        }
    };
    let iter = entries(cx, node, target, iter);
    let body = cx.expect_field(node, "body");
    Some(cx.add(Node::For { target, iter, body, indexed: false }, node))
}

/// What a loop walks: entries where its body takes the parts of a pair.
fn entries<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, target: NodeId, iter: NodeId) -> NodeId {
    let Node::Name(name) = cx.ir(target).clone() else { return iter };
    let body = node.child_by_field_name("body").map_or("", |body| cx.text(body));
    let parted = [".first", ".second", "->first", "->second"]
        .iter()
        .any(|part| body.match_indices(part).any(|(at, _)| body[..at].ends_with(&*name)));
    if parted && cx.kind_of("first").is_empty() { cx.op(Op::Items, vec![iter], node) } else { iter }
}

/// The iterator's name and its start, for a loop that ends at a container's end.
fn iterator<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Option<(Ts<'t>, Ts<'t>)> {
    let test = cx.text(node.child_by_field_name("condition")?);
    let ends = test.contains("!=") && ["end()", "end(", "rend()"].iter().any(|end| test.contains(end));
    let declarator = node.child_by_field_name("initializer")?.child_by_field_name("declarator")?;
    let start = declarator.child_by_field_name("value")?;
    let name = declaration::declared(declarator)?;
    (ends && cx.text(start).contains("begin(")).then_some((name, start))
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let body = cx.expect_field(node, "body");
    let mut handlers = Vec::new();
    for clause in cx.kids(node).into_iter().filter(|kid| kid.kind() == "catch_clause") {
        handlers.push(Handler { binds: None, body: cx.expect_field(clause, "body") });
    }
    cx.add(Node::Try { body, handlers, finally: None }, node)
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let subject = cx.lower_field(node, "condition");
    let mut arms = Vec::new();
    for case in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let value = case.child_by_field_name("value");
        let kids = cx.kids_and_comments(case);
        let parts: Vec<Ts<'t>> =
            kids.into_iter().filter(|kid| Some(kid.id()) != value.map(|value| value.id())).collect();
        let falls_through = !parts.iter().any(|kid| {
            matches!(
                kid.kind(),
                "break_statement" | "return_statement" | "continue_statement" | "throw_statement"
            )
        });
        let values = value.map(|value| cx.lower(value)).into_iter().collect();
        let parts: Vec<Ts<'t>> = parts.into_iter().filter(|kid| kid.kind() != "break_statement").collect();
        let parts = cx.lower_all(&parts);
        let body = cx.add(Node::Block(parts), case);
        arms.push(Arm { values, guard: None, body, falls_through });
    }
    cx.add(Node::Match { subject, arms }, node)
}
