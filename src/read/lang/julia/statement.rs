//! Statements, functions and types.

use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::body;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;

use super::dispatch;
use super::expression;

/// Kinds that define a function.
const FUNCTIONS: &[&str] = &["function_definition"];

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "source_file" | "compound_statement" | "else_clause" => rest(cx, node, |_| false),
        "module_definition" => module(cx, node),
        "let_statement" => {
            let mut all = Vec::new();
            for kid in cx.kids(node).into_iter().filter(|kid| kid.kind() == "let_binding") {
                all.push(expression::assignment(cx, kid, true));
            }
            all.push(rest(cx, node, |kid| kid.kind() == "let_binding"));
            cx.add(Node::Block(all), node)
        }
        "using_statement"
        | "import_statement"
        | "export_statement"
        | "macro_definition"
        | "primitive_definition"
        | "public_statement" => cx.op(Op::Nothing, Vec::new(), node),
        "const_statement" | "global_statement" | "local_statement" => match cx.kids(node)[..] {
            [only] if only.kind() != "identifier" => cx.lower(only),
            _ => cx.op(Op::Nothing, Vec::new(), node),
        },
        "function_definition" => function(cx, node, Vec::new()),
        "struct_definition" | "abstract_definition" => structure(cx, node),
        "if_statement" | "elseif_clause" => conditional(cx, node),
        "while_statement" => {
            let condition = node.child_by_field_name("condition").map(|condition| condition.id());
            let test = cx.lower_field(node, "condition");
            let body = rest(cx, node, |kid| Some(kid.id()) == condition);
            cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node)
        }
        "for_statement" => each(cx, node),
        "return_statement" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            cx.add(Node::Return(value), node)
        }
        "break_statement" => cx.add(Node::Break, node),
        "continue_statement" => cx.add(Node::Continue, node),
        "try_statement" => attempt(cx, node),
        _ => return None,
    })
}

/// The statements of a node other than those left out.
pub(super) fn rest<'t>(
    cx: &mut Lowering<'t, '_>,
    node: Ts<'t>,
    left_out: impl Fn(&Ts<'t>) -> bool,
) -> NodeId {
    let mut kids = cx.kids_and_comments(node);
    kids.retain(|kid| !left_out(kid));
    let items = body::statements(cx, &kids, FUNCTIONS, function);
    let items = dispatch::joined(cx, &kids, items);
    cx.add(Node::Block(items), node)
}

/// A module: what it defines is reached through its name, or without.
fn module<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name");
    let id = name.map(|name| name.id());
    let members = rest(cx, node, |kid| Some(kid.id()) == id);
    let members = match cx.ir(members) {
        Node::Block(members) => members.clone(),
        _ => vec![members],
    };
    let name = name.map_or("module", |name| cx.text(name)).into();
    let class = Node::Class { name, bases: Vec::new(), members, constructor: None, fields: Vec::new() };
    cx.add(class, node)
}

fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, above: Vec<&'t str>) -> NodeId {
    let signature = cx.kids(node).into_iter().find(|kid| kid.kind() == "signature");
    let comment = body::comment_of(cx, above, &[node]);
    let call = signature.and_then(|signature| cx.kids(signature).first().copied());
    let Some(call) = call else { return cx.opaque(node) };
    let body = rest(cx, node, |kid| kid.kind() == "signature");
    defined(cx, call, body, comment, node)
}

/// A function from its signature: `f(x, y=1; k=2)`, with types and conditions around.
pub(super) fn defined<'t>(
    cx: &mut Lowering<'t, '_>,
    call: Ts<'t>,
    body: NodeId,
    comment: Option<Box<str>>,
    at: Ts<'t>,
) -> NodeId {
    let mut call = call;
    while matches!(call.kind(), "typed_expression" | "where_expression" | "signature") {
        match cx.kids(call).first().copied() {
            Some(inner) => call = inner,
            None => break,
        }
    }
    let (name, list) = match call.kind() {
        "call_expression" => (cx.kids(call).first().copied(), cx.kids(call).get(1).copied()),
        "identifier" => (Some(call), None),
        _ => (None, Some(call)),
    };
    let params = list.map_or_else(Vec::new, |list| parameters(cx, list));
    let name = name.map(|name| cx.text(name).rsplit('.').next().unwrap_or_default().into());
    cx.add(Node::Function { name, params, body, comment, generator: false }, at)
}

/// Parameters: names with types, defaults and dots.
pub(super) fn parameters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> Vec<Param> {
    let mut params = Vec::new();
    let kids = if list.kind() == "identifier" { vec![list] } else { cx.kids(list) };
    for kid in kids {
        let mut default = None;
        let mut named = kid;
        if matches!(kid.kind(), "named_argument" | "assignment" | "named_field") {
            let parts = cx.kids(kid);
            default = parts.last().map(|value| cx.lower(*value));
            named = parts.first().copied().unwrap_or(kid);
        }
        let rest = named.kind() == "splat_expression";
        while matches!(named.kind(), "typed_expression" | "splat_expression") {
            match cx.kids(named).first().copied() {
                Some(inner) => named = inner,
                None => break,
            }
        }
        params.push(Param { name: cx.text(named).into(), default, rest });
    }
    params
}

/// A structure: its fields in order; `new` in an inner constructor makes one.
fn structure<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let head = kids.first().map_or("", |head| cx.text(*head));
    let name = head.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let base = head.split_once("<:").map(|(_, base)| base.trim());
    let bases: Vec<NodeId> = base.map(|base| cx.name(base, node)).into_iter().collect();
    let (mut fields, mut members) = (Vec::new(), Vec::new());
    for kid in kids.iter().skip(1) {
        match kid.kind() {
            "typed_expression" => fields.extend(cx.kids(*kid).first().map(|name| cx.text(*name).into())),
            "identifier" => fields.push(cx.text(*kid).into()),
            "assignment" => {
                let parts = cx.kids(*kid);
                if let [target, .., value] = parts[..]
                    && target.kind() != "call_expression"
                {
                    let own = cx.kids(target).first().copied().unwrap_or(target);
                    fields.push(cx.text(own).into());
                    let (target, value) = (cx.name(cx.text(own), own), cx.lower(value));
                    members.push(cx.assign(target, value, false, *kid));
                }
            }
            _ => {}
        }
    }
    cx.add(Node::Class { name: name.into(), bases, members, constructor: None, fields }, node)
}

fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut arms = Vec::new();
    let mut other = None;
    let alternatives = cx.fields(node, "alternative");
    for arm in std::iter::once(node).chain(alternatives) {
        if arm.kind() == "else_clause" {
            other = Some(cx.lower(arm));
            continue;
        }
        let condition = arm.child_by_field_name("condition").map(|condition| condition.id());
        let test = cx.expect_field(arm, "condition");
        let then = rest(cx, arm, |kid| {
            Some(kid.id()) == condition || matches!(kid.kind(), "elseif_clause" | "else_clause")
        });
        arms.push((test, then, arm));
    }
    for (test, then, at) in arms.into_iter().rev() {
        other = Some(cx.add(Node::If { test, then, other }, at));
    }
    other.unwrap_or_else(|| cx.opaque(node))
}

/// The target and what is walked of a binding.
pub(super) fn binding<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> (NodeId, NodeId) {
    let kids: Vec<Ts<'t>> = cx.kids(node).into_iter().filter(|kid| kid.kind() != "operator").collect();
    match kids[..] {
        [target, iter] => {
            let target = cx.lower(target);
            let iter = cx.lower(iter);
            (target, cx.op(Op::Rows, vec![iter], node))
        }
        _ => (cx.name("_", node), cx.opaque(node)),
    }
}

fn each<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let bindings: Vec<Ts<'t>> = cx.kids(node).into_iter().filter(|kid| kid.kind() == "for_binding").collect();
    let bindings: Vec<(NodeId, NodeId)> = bindings.into_iter().map(|kid| binding(cx, kid)).collect();
    let mut body = rest(cx, node, |kid| kid.kind() == "for_binding");
    for (target, iter) in bindings.into_iter().rev() {
        body = body::each(cx, target, iter, body, node);
    }
    body
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let clause = |kid: &Ts<'t>| matches!(kid.kind(), "catch_clause" | "finally_clause" | "else_clause");
    let body = rest(cx, node, clause);
    let (mut handlers, mut finally) = (Vec::new(), None);
    for kid in cx.kids(node).into_iter().filter(clause) {
        if kid.kind() == "catch_clause" {
            let first = cx.kids(kid).first().copied().filter(|first| first.kind() == "identifier");
            let body = rest(cx, kid, |inner| Some(inner.id()) == first.map(|first| first.id()));
            handlers.push(Handler { binds: first.map(|name| cx.text(name).into()), body });
        } else {
            finally = Some(rest(cx, kid, |inner| is_comment(*inner)));
        }
    }
    cx.add(Node::Try { body, handlers, finally }, node)
}
