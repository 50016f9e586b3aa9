//! `with`: objects that are entered and left, and context managers written as generators.

use crate::read::ir::Arg;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// The parameter of a context manager written as a generator: what is done where it yields. No program can spell it.
pub(super) const HELD: &str = "(held)";

/// What `with` binds: what the value's own method gives, where the region defines one; leaving calls the other.
fn entered<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, at: Ts<'t>, left: &mut Vec<NodeId>) -> NodeId {
    if !cx.defines("__enter__") {
        return value;
    }
    let held = cx.name(&format!("context {}", at.start_byte()), at);
    let bind = cx.assign(held, value, false, at);
    let mut calls = Vec::new();
    for (method, op) in [("__enter__", Op::Same), ("__exit__", Op::Nothing)] {
        let callee = cx.add(Node::Field(held, method.into()), at);
        calls.push(cx.call(callee, Vec::new(), Some(Library { op, operands: vec![held] }), at));
    }
    left.extend(calls.pop());
    calls.insert(0, bind);
    cx.add(Node::Block(calls), at)
}

/// Whether a function is a context manager written as a generator; its name is remembered as one.
pub(super) fn holds<'t>(cx: &mut Lowering<'t, '_>, function: Ts<'t>) -> bool {
    let decorators = function.parent().filter(|at| at.kind() == "decorated_definition");
    let decorators = decorators.map_or_else(Vec::new, |at| cx.kids(at));
    let holds = decorators
        .iter()
        .any(|kid| kid.kind() == "decorator" && cx.text(*kid).trim_end().ends_with("contextmanager"));
    if holds && let Some(name) = function.child_by_field_name("name") {
        cx.remember(cx.text(name), HELD);
    }
    holds
}

/// Where a context manager yields, what it was given to do is done.
pub(super) fn hold<'t>(cx: &mut Lowering<'t, '_>, value: Option<NodeId>, node: Ts<'t>) -> NodeId {
    let value = value.unwrap_or_else(|| cx.add(Node::Null, node));
    let callee = cx.name(HELD, node);
    cx.call(callee, vec![Arg { name: None, value, spread: false }], None, node)
}

/// `with f(…) as x: body` of such a context manager: `f` is called with the body. `None` for any other.
fn held<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let clauses = cx.kids(node).into_iter().filter(|kid| kid.kind() == "with_clause");
    let items: Vec<Ts<'t>> = clauses.flat_map(|clause| cx.kids(clause)).collect();
    let mut calls = Vec::new();
    for item in items {
        let value = item.child_by_field_name("value").unwrap_or(item);
        let (call, alias) = match (value.kind(), &cx.kids(value)[..]) {
            ("as_pattern", [call, alias]) => (*call, Some(*alias)),
            _ => (value, None),
        };
        let callee = call.child_by_field_name("function")?;
        let name = callee.child_by_field_name("attribute").unwrap_or(callee);
        if cx.kind_of(cx.text(name)) != HELD {
            return None;
        }
        calls.push((call, alias));
    }
    let mut body = cx.expect_field(node, "body");
    for (call, alias) in calls.into_iter().rev() {
        let given = "what is held";
        if let Some(alias) = alias {
            let (target, value) = (cx.only(alias), cx.name(given, alias));
            let bind = cx.assign(target, value, false, alias);
            body = cx.add(Node::Block(vec![bind, body]), alias);
        }
        let value = cx.lambda(&[given], body, call);
        let made = cx.lower(call);
        let Node::Call { callee, mut args, library } = cx.ir(made).clone() else { return None };
        args.push(Arg { name: Some(HELD.into()), value, spread: false });
        body = cx.call(callee, args, library, call);
    }
    Some(body)
}

/// `with … as x: body`
pub(super) fn with<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if let Some(id) = held(cx, node) {
        return id;
    }
    let mut statements = Vec::new();
    let mut left = Vec::new();
    for clause in cx.kids(node).into_iter().filter(|kid| kid.kind() == "with_clause") {
        for item in cx.kids(clause) {
            let value = item.child_by_field_name("value").unwrap_or(item);
            statements.push(match (value.kind(), &cx.kids(value)[..]) {
                ("as_pattern", [expression, alias]) => {
                    let expression = cx.lower(*expression);
                    let expression = entered(cx, expression, item, &mut left);
                    let alias = cx.only(*alias);
                    cx.assign(alias, expression, false, item)
                }
                _ => {
                    let value = cx.lower(value);
                    entered(cx, value, item, &mut left)
                }
            });
        }
    }
    statements.push(cx.expect_field(node, "body"));
    left.reverse();
    statements.extend(left);
    cx.add(Node::Block(statements), node)
}
