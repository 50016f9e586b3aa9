//! Statements.

use crate::read::ir::Arm;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;

use super::declaration;
use super::expression;

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "translation_unit" | "compound_statement" | "declaration_list" | "preproc_if" | "preproc_ifdef"
        | "preproc_else" | "preproc_elif" => sequence(cx, node),
        "expression_statement" => match cx.kids(node)[..] {
            [only] => expression::discarded(cx, only),
            _ => cx.opaque(node),
        },
        "else_clause" => cx.only(node),
        "if_statement" => {
            let (test, then) = (cx.expect_field(node, "condition"), cx.expect_field(node, "consequence"));
            let other = cx.lower_field(node, "alternative");
            cx.add(Node::If { test, then, other }, node)
        }
        "while_statement" | "do_statement" => {
            let test = cx.lower_field(node, "condition");
            let body = cx.expect_field(node, "body");
            let runs_first = node.kind() == "do_statement";
            cx.add(Node::While { before: None, test, after: None, body, runs_first }, node)
        }
        "for_statement" => {
            let before =
                node.child_by_field_name("initializer").map(|first| expression::discarded(cx, first));
            let test = cx.lower_field(node, "condition");
            let after = node.child_by_field_name("update").map(|update| expression::discarded(cx, update));
            let body = cx.expect_field(node, "body");
            cx.add(Node::While { before, test, after, body, runs_first: false }, node)
        }
        "return_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "break_statement" => cx.add(Node::Break, node),
        "continue_statement" => cx.add(Node::Continue, node),
        "goto_statement" => cx.op(Op::Nothing, Vec::new(), node),
        "labeled_statement" => match cx.kids(node).last() {
            Some(kid) => cx.lower(*kid),
            None => cx.opaque(node),
        },
        "switch_statement" => choose(cx, node),
        _ => return None,
    })
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

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let subject = cx.lower_field(node, "condition");
    let mut arms = Vec::new();
    for case in node.child_by_field_name("body").map_or_else(Vec::new, |body| cx.kids(body)) {
        let value = case.child_by_field_name("value");
        let mut parts = cx.kids_and_comments(case);
        parts.retain(|kid| Some(kid.id()) != value.map(|value| value.id()));
        let leaves = |kid: &Ts<'t>| {
            matches!(kid.kind(), "break_statement" | "return_statement" | "continue_statement")
        };
        let falls_through = !parts.iter().any(leaves);
        let values = value.map(|value| cx.lower(value)).into_iter().collect();
        parts.retain(|kid| kid.kind() != "break_statement");
        let parts = cx.lower_all(&parts);
        let body = cx.add(Node::Block(parts), case);
        arms.push(Arm { values, guard: None, body, falls_through });
    }
    // `default` may stand before other cases, and is taken last all the same.
    if arms.iter().all(|arm| !arm.falls_through) {
        arms.sort_by_key(|arm| arm.values.is_empty());
    }
    cx.add(Node::Match { subject, arms }, node)
}
