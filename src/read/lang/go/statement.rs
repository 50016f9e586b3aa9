//! Statements, functions and types.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::chain;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;
use crate::read::lang::lowering::param;

use super::expression;

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "source_file" | "block" | "statement_list" | "var_spec_list" | "const_declaration"
        | "var_declaration" | "type_declaration" => sequence(cx, node),
        "package_clause"
        | "import_declaration"
        | "empty_statement"
        | "fallthrough_statement"
        | "goto_statement" => cx.op(Op::Nothing, Vec::new(), node),
        "function_declaration" => function(cx, node, Vec::new()),
        "method_declaration" => method(cx, node, Vec::new()),
        "type_spec" => type_spec(cx, node),
        "var_spec" | "const_spec" => var_spec(cx, node),
        "short_var_declaration" => assign(cx, node, true),
        "assignment_statement" => assign(cx, node, false),
        "receive_statement" => match node.child_by_field_name("left") {
            Some(_) => assign(cx, node, true),
            None => cx.expect_field(node, "right"),
        },
        "inc_statement" => step(cx, node, BinaryOp::Add),
        "dec_statement" => step(cx, node, BinaryOp::Sub),
        "send_statement" => {
            let (channel, value) = (cx.expect_field(node, "channel"), cx.expect_field(node, "value"));
            cx.op(Op::Push, vec![channel, value], node)
        }
        "if_statement" => {
            let before = cx.lower_field(node, "initializer");
            let (test, then) = (cx.expect_field(node, "condition"), cx.expect_field(node, "consequence"));
            let other = cx.lower_field(node, "alternative");
            let whole = cx.add(Node::If { test, then, other }, node);
            after(cx, before, whole, node)
        }
        "for_statement" => repeat(cx, node),
        "expression_switch_statement" | "type_switch_statement" | "select_statement" => choose(cx, node),
        "communication_case" => sequence(cx, node),
        "return_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "go_statement" | "labeled_statement" => match cx.kids(node).last() {
            Some(kid) => cx.lower(*kid),
            None => cx.opaque(node),
        },
        "defer_statement" => {
            let call = cx.only(node);
            cx.add(Node::Defer(call), node)
        }
        "break_statement" => cx.add(Node::Break, node),
        "continue_statement" => cx.add(Node::Continue, node),
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
            "function_declaration" => function(cx, kid, around),
            "method_declaration" => method(cx, kid, around),
            _ => cx.lower(kid),
        });
    }
    cx.add(Node::Block(statements), node)
}

/// A function or closure; `comment` holds what is written above it.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, comment: Vec<&'t str>) -> NodeId {
    let name = node.child_by_field_name("name").map(|name| cx.text(name).into());
    let params = node.child_by_field_name("parameters").map_or_else(Vec::new, |list| parameters(cx, list));
    build(cx, node, name, params, comment)
}

fn build<'t>(
    cx: &mut Lowering<'t, '_>,
    node: Ts<'t>,
    name: Option<Box<str>>,
    params: Vec<Param>,
    mut comment: Vec<&'t str>,
) -> NodeId {
    let body = node.child_by_field_name("body");
    let mut inner = body.map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    if let Some(list) = inner.iter().copied().find(|kid| kid.kind() == "statement_list") {
        inner.extend(cx.kids_and_comments(list));
    }
    let bodiless = inner.iter().all(|kid| is_comment(*kid));
    for kid in inner.into_iter().filter(|kid| is_comment(*kid)) {
        comment.push(cx.comment_text(kid));
    }
    let body = match body {
        Some(body) if !bodiless => cx.lower(body),
        _ => cx.add(Node::Block(Vec::new()), node),
    };
    let comment = (!comment.is_empty()).then(|| comment.join("\n").into());
    cx.add(Node::Function { name, params, body, comment, generator: false }, node)
}

fn parameters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> Vec<Param> {
    let mut params = Vec::new();
    for kid in cx.kids(list) {
        let rest = kid.kind() == "variadic_parameter_declaration";
        for name in cx.fields(kid, "name") {
            params.push(Param { rest, ..param(cx.text(name)) });
        }
    }
    params
}

/// `func (n *T) name(…)`: assigned to the type's field, receiver first.
fn method<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, comment: Vec<&'t str>) -> NodeId {
    let receiver = node.child_by_field_name("receiver").and_then(|list| cx.kids(list).first().copied());
    let this =
        receiver.and_then(|receiver| receiver.child_by_field_name("name")).map_or("", |name| cx.text(name));
    let kind =
        receiver.and_then(|receiver| receiver.child_by_field_name("type")).map_or("", |kind| cx.text(kind));
    let kind = kind.trim_start_matches('*').split('[').next().unwrap_or_default();
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let mut params = vec![param(this)];
    params.extend(node.child_by_field_name("parameters").map_or_else(Vec::new, |list| parameters(cx, list)));
    let value = build(cx, node, Some(name.into()), params, comment);
    let class = cx.name(kind, node);
    let target = cx.add(Node::Field(class, name.into()), node);
    cx.assign(target, value, false, node)
}

fn type_spec<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(body) = node.child_by_field_name("type").filter(|kind| kind.kind() == "struct_type") else {
        return cx.op(Op::Nothing, Vec::new(), node);
    };
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name)).into();
    let (mut fields, mut members) = (Vec::new(), Vec::new());
    for list in cx.kids(body) {
        for field in cx.kids(list) {
            for name in cx.fields(field, "name") {
                fields.push(cx.text(name).into());
                let target = cx.name(cx.text(name), name);
                let kind = field.child_by_field_name("type").filter(|kind| kind.kind() != "type_identifier");
                let value = expression::zero(cx, kind, name);
                members.push(cx.assign(target, value, true, name));
            }
        }
    }
    cx.add(Node::Class { name, bases: Vec::new(), members, constructor: None, fields }, node)
}

fn var_spec<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let targets = cx.fields(node, "name");
    let Some(value) = node.child_by_field_name("value") else {
        let kind = node.child_by_field_name("type");
        let mut all = Vec::new();
        for target in targets {
            let value = expression::zero(cx, kind, target);
            let target = cx.lower(target);
            all.push(cx.assign(target, value, true, node));
        }
        return cx.add(Node::Block(all), node);
    };
    let value = cx.kids(value);
    bind(cx, &targets, &value, None, true, node)
}

fn assign<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, declares: bool) -> NodeId {
    let targets = node.child_by_field_name("left").map_or_else(Vec::new, |list| cx.kids(list));
    let values = node.child_by_field_name("right").map_or_else(Vec::new, |right| {
        if right.kind() == "expression_list" { cx.kids(right) } else { vec![right] }
    });
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let op = operator.strip_suffix('=').and_then(chain::common_operator);
    bind(cx, &targets, &values, op, declares, node)
}

/// `a, b = x, y` binds at once; `a, err = f()` binds the first.
fn bind<'t>(
    cx: &mut Lowering<'t, '_>,
    targets: &[Ts<'t>],
    values: &[Ts<'t>],
    op: Option<BinaryOp>,
    declares: bool,
    node: Ts<'t>,
) -> NodeId {
    let values = cx.lower_all(values);
    let mut targets = cx.lower_all(targets);
    let value = match values[..] {
        [only] => only,
        _ => cx.add(Node::List(values), node),
    };
    let is_list =
        matches!(cx.ir(value), Node::List(items) if items.len() == targets.len()) && targets.len() > 1;
    let own_function = matches!(cx.ir(value), Node::Call { library: None, .. });
    if !is_list && !own_function {
        targets.truncate(1);
    }
    let target = match targets[..] {
        [only] => only,
        _ => cx.add(Node::List(targets), node),
    };
    cx.add(Node::Assign { target, value, op, declares }, node)
}

fn step<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, op: BinaryOp) -> NodeId {
    let target = cx.only(node);
    let value = cx.add(Node::Int(1), node);
    cx.add(Node::Assign { target, value, op: Some(op), declares: false }, node)
}

/// A statement that runs first.
fn after<'t>(cx: &mut Lowering<'t, '_>, before: Option<NodeId>, whole: NodeId, node: Ts<'t>) -> NodeId {
    match before {
        Some(before) => cx.add(Node::Block(vec![before, whole]), node),
        None => whole,
    }
}

fn repeat<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let head = cx.kids(node).into_iter().find(|kid| kid.kind() != "block");
    match head.map(|head| (head.kind(), head)) {
        Some(("range_clause", head)) => {
            let target = match node_targets(cx, head) {
                Some(target) => target,
                None => cx.name("_", head),
            };
            let iter = cx.expect_field(head, "right");
            let body = cx.expect_field(node, "body");
            cx.add(Node::For { target, iter, body, indexed: true }, node)
        }
        Some(("for_clause", head)) => {
            let before = cx.lower_field(head, "initializer");
            let test = cx.lower_field(head, "condition");
            let after = cx.lower_field(head, "update");
            let body = cx.expect_field(node, "body");
            cx.add(Node::While { before, test, after, body, runs_first: false }, node)
        }
        head => {
            let test = head.map(|(_, head)| cx.lower(head));
            let body = cx.expect_field(node, "body");
            cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node)
        }
    }
}

fn node_targets<'t>(cx: &mut Lowering<'t, '_>, head: Ts<'t>) -> Option<NodeId> {
    cx.lower_field(head, "left")
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let before = cx.lower_field(node, "initializer");
    let subject = cx.lower_field(node, "value");
    let mut arms = Vec::new();
    for case in cx.kids(node) {
        let (values, guard) = match case.kind() {
            "expression_case" if subject.is_some() => (values(cx, case), None),
            "expression_case" => (Vec::new(), cx.lower_field(case, "value")),
            "default_case" | "type_case" | "communication_case" => (Vec::new(), None),
            _ => continue,
        };
        let parts: Vec<Ts<'t>> = cx
            .kids_and_comments(case)
            .into_iter()
            .filter(|kid| {
                matches!(kid.kind(), "statement_list" | "send_statement" | "receive_statement" | "comment")
            })
            .collect();
        let parts = cx.lower_all(&parts);
        let body = cx.add(Node::Block(parts), case);
        arms.push(Arm {
            values,
            guard,
            body,
            falls_through: cx.text(case).trim_end().ends_with("fallthrough"),
        });
    }
    let whole = cx.add(Node::Match { subject, arms }, node);
    after(cx, before, whole, node)
}

fn values<'t>(cx: &mut Lowering<'t, '_>, case: Ts<'t>) -> Vec<NodeId> {
    let list = case.child_by_field_name("value").map_or_else(Vec::new, |list| cx.kids(list));
    cx.lower_all(&list)
}
