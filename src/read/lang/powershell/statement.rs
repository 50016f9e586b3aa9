//! Statements, functions, classes. What a statement is worth is put out: printed, or given back by its function.

use crate::read::ir::Arm;
use crate::read::ir::Clause;
use crate::read::ir::Comprehension;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::chain;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expression;
use super::expression::core;

/// Kinds that define a function.
const FUNCTIONS: &[&str] = &["function_statement"];
/// What is remembered in a function that puts out several values.
const YIELDS: &str = "yields";

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "program" | "statement_list" | "script_block" | "script_block_body" | "named_block_list"
        | "named_block" => sequence(cx, node),
        "statement_block" => sequence(cx, node),
        "empty_statement" | "param_block" | "block_name" | "simple_name" if node.kind() != "simple_name" => {
            cx.op(Op::Nothing, Vec::new(), node)
        }
        "assignment_expression" => assignment(cx, node),
        "function_statement" => function(cx, node, Vec::new()),
        "if_statement" => conditional(cx, node),
        "while_statement" | "do_statement" => repeated(cx, node),
        "for_statement" => {
            let before = cx.lower_field(node, "for_initializer");
            let test = cx.lower_field(node, "for_condition");
            let after = cx.lower_field(node, "for_iterator");
            let body = block_of(cx, node);
            cx.add(Node::While { before, test, after, body, runs_first: false }, node)
        }
        "for_initializer" | "for_condition" | "for_iterator" | "while_condition" | "switch_condition" => {
            cx.only(node)
        }
        "foreach_statement" => {
            let kids = cx.kids(node);
            let [variable, over, ..] = kids[..] else { return Some(cx.opaque(node)) };
            let target = cx.lower(variable);
            let iter = listed(cx, over);
            let body = block_of(cx, node);
            body::each(cx, target, iter, body, node)
        }
        "switch_statement" => switch(cx, node),
        "try_statement" => attempt(cx, node),
        "flow_control_statement" => flow(cx, node),
        "class_statement" => class(cx, node),
        _ => return None,
    })
}

/// A value as what a loop walks.
pub(super) fn listed<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.lower(node);
    cx.op(Op::AsList, vec![value], node)
}

fn block_of<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.kids(node).into_iter().rfind(|kid| kid.kind() == "statement_block") {
        Some(block) => cx.lower(block),
        None => cx.add(Node::Block(Vec::new()), node),
    }
}

/// Statements in order. Outside of functions what an expression is worth is printed.
fn sequence<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids_and_comments(node);
    let ids = body::statements(cx, &kids, FUNCTIONS, function);
    let printing = cx.kind_of("in a function").is_empty();
    let yielding = cx.kind_of("in a function") == YIELDS;
    let mut out = Vec::new();
    for (id, kid) in ids.into_iter().zip(&kids) {
        let shows = kid.kind() == "pipeline" && printing && is_value(cx, core(cx, *kid));
        out.push(if shows {
            let list = cx.op(Op::AsList, vec![id], *kid);
            let items = cx.add(Node::Spread(list), *kid);
            cx.op(Op::PrintLines, vec![items], *kid)
        } else if kid.kind() == "pipeline" && yielding && is_value(cx, core(cx, *kid)) {
            let list = cx.op(Op::AsList, vec![id], *kid);
            cx.add(Node::Yield(Some(list), true), *kid)
        } else {
            id
        });
    }
    cx.add(Node::Block(out), node)
}

/// Whether a statement is an expression with a result that is shown.
fn is_value<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> bool {
    let text = cx.text(node).trim_start().to_ascii_lowercase();
    let quiet = ["[void]", "write-host", "$null", "add-", "import-", "set-", "using"];
    let ends = ["| out-null", "out-null"];
    let silent =
        quiet.iter().any(|start| text.starts_with(start)) || ends.iter().any(|end| text.ends_with(end));
    let changes = matches!(node.kind(), "invokation_expression")
        && [
            ".add(",
            ".push(",
            ".enqueue(",
            ".insert(",
            ".append(",
            ".reverse(",
            "::reverse(",
            ".clear(",
            "::sort(",
            ".addlast(",
            ".addfirst(",
            ".addrange(",
            "::write",
        ]
        .iter()
        .any(|call| text.contains(call))
        && !text.ends_with("tostring()");
    !silent
        && !changes
        && !matches!(
            node.kind(),
            "assignment_expression" | "post_increment_expression" | "post_decrement_expression"
        )
}

/// What the statements of an expression put out.
pub(super) fn outputs<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = node.child_by_field_name("statements");
    let kids = list.map_or_else(Vec::new, |list| cx.kids(list));
    let outer = cx.kind_of("in a function");
    cx.remember("in a function", "yes");
    let values: Vec<NodeId> = kids.iter().map(|kid| collected(cx, *kid)).collect();
    cx.remember("in a function", outer);
    match values[..] {
        [only] => only,
        _ => {
            let items = values.into_iter().map(|value| {
                let list = cx.op(Op::AsList, vec![value], node);
                cx.add(Node::Spread(list), node)
            });
            let items = items.collect();
            cx.add(Node::List(items), node)
        }
    }
}

/// The value of a statement; of a loop, all values of its passes.
fn collected<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if node.kind() != "foreach_statement" {
        return cx.lower(node);
    }
    let kids = cx.kids(node);
    let [variable, over, ..] = kids[..] else { return cx.opaque(node) };
    let target = cx.lower(variable);
    let iter = listed(cx, over);
    let outer = cx.kind_of("in a function");
    cx.remember("in a function", "yes");
    let element = block_of(cx, node);
    cx.remember("in a function", outer);
    let clauses = vec![Clause { target, iter, tests: Vec::new() }];
    cx.add(Node::Comprehend { kind: Comprehension::List, element, clauses }, node)
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let (Some(left), Some(right)) = (kids.first().copied(), node.child_by_field_name("value")) else {
        return cx.opaque(node);
    };
    let operator = cx.source_text().get(left.end_byte()..right.start_byte()).unwrap_or_default().trim();
    let value = collected(cx, core(cx, right));
    let target = cx.lower(core(cx, left));
    match chain::common_operator(operator.trim_end_matches('=')) {
        Some(op) if operator.len() > 1 => {
            cx.add(Node::Assign { target, value, op: Some(op), declares: false }, node)
        }
        _ => cx.assign(target, value, false, node),
    }
}

/// Parameters written in front of a function or in its `param` block.
fn parameters<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<Vec<Param>> {
    let mut lists: Vec<Ts<'t>> = Vec::new();
    for kid in cx.kids(node) {
        match kid.kind() {
            "function_parameter_declaration" | "param_block" => lists.extend(cx.kids(kid)),
            "script_block" => {
                let inner = cx.kids(kid).into_iter().filter(|kid| kid.kind() == "param_block");
                lists.extend(inner.flat_map(|block| cx.kids(block)).collect::<Vec<_>>());
            }
            _ => {}
        }
    }
    let mut params = Vec::new();
    for kid in lists
        .iter()
        .filter(|list| list.kind() == "parameter_list")
        .flat_map(|list| cx.kids(*list))
        .collect::<Vec<_>>()
    {
        let Some(name) = cx.kids(kid).into_iter().find(|kid| kid.kind() == "variable") else { continue };
        let default = cx.kids(kid).into_iter().find(|kid| kid.kind() == "script_parameter_default");
        let default = match default {
            Some(default) => Some(cx.only(default)),
            None => Some(cx.add(Node::Null, kid)),
        };
        params.push(Param { name: cx.text(name).to_ascii_lowercase().into(), default, rest: false });
    }
    (!params.is_empty()).then_some(params)
}

fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, above: Vec<&'t str>) -> NodeId {
    let name = cx.kids(node).into_iter().find(|kid| kid.kind() == "function_name");
    let name = name.map_or("", |name| cx.text(name)).to_ascii_lowercase();
    let params = parameters(cx, node)
        .unwrap_or_else(|| vec![Param { name: "$args".into(), default: None, rest: true }]);
    let script = cx.kids(node).into_iter().find(|kid| kid.kind() == "script_block");
    let inside: Vec<Ts<'t>> = std::iter::once(node).chain(script).collect();
    let comment = body::comment_of(cx, above, &inside);
    let generator = puts_out_several(cx, script);
    let body = within(cx, script, if generator { YIELDS } else { "yes" }, node);
    cx.add(Node::Function { name: Some(name.into()), params, body, comment, generator }, node)
}

/// Whether a function puts out more than one value: in several statements, or in a loop.
fn puts_out_several<'t>(cx: &Lowering<'t, '_>, script: Option<Ts<'t>>) -> bool {
    let mut list: Vec<Ts<'t>> = script.into_iter().collect();
    for _ in 0..4 {
        let inner = list.iter().find(|kid| {
            matches!(kid.kind(), "script_block" | "script_block_body" | "statement_list" | "named_block_list")
        });
        match inner {
            Some(inner) => list = cx.kids(*inner),
            None => break,
        }
    }
    let values = |kids: &[Ts<'t>]| {
        let shown = |kid: &&Ts<'t>| kid.kind() == "pipeline" && is_value(cx, core(cx, **kid));
        kids.iter().filter(shown).count()
    };
    let returns = list.iter().any(|kid| kid.kind() == "flow_control_statement");
    let loops = list
        .iter()
        .filter(|kid| matches!(kid.kind(), "foreach_statement" | "for_statement" | "while_statement"));
    let in_loops = loops.clone().any(|kid| {
        let block = cx.kids(*kid).into_iter().rfind(|kid| kid.kind() == "statement_block");
        let inner = block.map_or_else(Vec::new, |block| cx.kids(block));
        let inner: Vec<Ts<'t>> = inner
            .into_iter()
            .flat_map(|kid| if kid.kind() == "statement_list" { cx.kids(kid) } else { vec![kid] })
            .collect();
        values(&inner) > 0
    });
    !returns && (values(&list) > 1 || values(&list) == 0 && in_loops)
}

fn inside_function<'t>(cx: &mut Lowering<'t, '_>, script: Option<Ts<'t>>, at: Ts<'t>) -> NodeId {
    within(cx, script, "yes", at)
}

/// The body of a function, which gives its last value back or, as `how` says, puts out each.
fn within<'t>(cx: &mut Lowering<'t, '_>, script: Option<Ts<'t>>, how: &'static str, at: Ts<'t>) -> NodeId {
    let outer = cx.kind_of("in a function");
    cx.remember("in a function", how);
    let body = match script {
        Some(script) => cx.lower(script),
        None => cx.add(Node::Block(Vec::new()), at),
    };
    cx.remember("in a function", outer);
    body
}

/// `{ … }` as a value: a function of its parameters, else of `$_`.
pub(super) fn script<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let params = parameters(cx, node).unwrap_or_else(|| {
        let none = cx.name("$_", node);
        vec![Param { name: "$_".into(), default: Some(none), rest: false }]
    });
    let script = cx.kids(node).into_iter().find(|kid| kid.kind() == "script_block");
    let body = inside_function(cx, script, node);
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut arms = Vec::new();
    let (mut clauses, mut last) = (vec![node], None);
    if let Some(list) = node.child_by_field_name("elseif_clauses") {
        clauses.extend(cx.kids(list));
    }
    if let Some(other) = node.child_by_field_name("else_clause") {
        last = Some(block_of(cx, other));
    }
    for clause in clauses {
        let test = cx.expect_field(clause, "condition");
        let block = cx.kids(clause).into_iter().find(|kid| kid.kind() == "statement_block");
        let then = match block {
            Some(block) => cx.lower(block),
            None => cx.add(Node::Block(Vec::new()), clause),
        };
        arms.push((test, then, clause));
    }
    let mut other = last;
    for (test, then, at) in arms.into_iter().rev() {
        other = Some(cx.add(Node::If { test, then, other }, at));
    }
    other.unwrap_or_else(|| cx.opaque(node))
}

fn repeated<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut test = cx.lower_field(node, "condition");
    let mut cursor = node.walk();
    if node.children(&mut cursor).any(|kid| cx.text(kid).eq_ignore_ascii_case("until")) {
        test = test.map(|test| cx.add(Node::Unary(UnaryOp::Not, test), node));
    }
    let body = block_of(cx, node);
    let runs_first = node.kind() == "do_statement";
    cx.add(Node::While { before: None, test, after: None, body, runs_first }, node)
}

fn switch<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut subject = None;
    let mut arms = Vec::new();
    let mut stack: Vec<Ts<'t>> = cx.kids(node).into_iter().rev().collect();
    while let Some(kid) = stack.pop() {
        match kid.kind() {
            "switch_condition" => subject = Some(cx.only(kid)),
            "switch_body" | "switch_clauses" => stack.extend(cx.kids(kid).into_iter().rev()),
            "switch_clause" => {
                let kids = cx.kids(kid);
                let [condition, block] = kids[..] else { continue };
                let default = cx.text(condition).trim().eq_ignore_ascii_case("default");
                let values = if default { Vec::new() } else { vec![cx.only(condition)] };
                let body = cx.lower(block);
                arms.push(Arm { values, guard: None, body, falls_through: false });
            }
            _ => {}
        }
    }
    cx.add(Node::Match { subject, arms }, node)
}

fn attempt<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut body = None;
    let (mut handlers, mut finally) = (Vec::new(), None);
    for kid in cx.kids(node) {
        match kid.kind() {
            "statement_block" => body = Some(cx.lower(kid)),
            "catch_clauses" => {
                for clause in cx.kids(kid) {
                    let body = block_of(cx, clause);
                    handlers.push(Handler { binds: Some("$_".into()), body });
                }
            }
            "finally_clause" => finally = Some(block_of(cx, kid)),
            _ => {}
        }
    }
    let body = body.unwrap_or_else(|| cx.add(Node::Block(Vec::new()), node));
    cx.add(Node::Try { body, handlers, finally }, node)
}

fn flow<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
    let word = cx.text(node).split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "break" => cx.add(Node::Break, node),
        "continue" => cx.add(Node::Continue, node),
        "throw" => cx.add(Node::Throw(value), node),
        _ => cx.add(Node::Return(value), node),
    }
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let mut names = kids.iter().filter(|kid| kid.kind() == "simple_name").copied();
    let name = names.next().map_or("", |name| cx.text(name).trim());
    let bases: Vec<NodeId> = names.map(|base| cx.name(cx.text(base).trim(), base)).collect();
    let (mut members, mut fields, mut constructor) = (Vec::new(), Vec::new(), None);
    for kid in kids {
        let inner = cx.kids(kid);
        match kid.kind() {
            "class_property_definition" => {
                let Some(variable) = inner.iter().find(|kid| kid.kind() == "variable").copied() else {
                    continue;
                };
                let own = cx.text(variable).trim_start_matches('$').to_owned();
                let value = match inner.last().copied().filter(|last| last.id() != variable.id()) {
                    Some(value) => cx.lower(value),
                    None => cx.add(Node::Null, kid),
                };
                fields.push(own.clone().into());
                let target = cx.name(&own, kid);
                members.push(cx.assign(target, value, false, kid));
            }
            "class_method_definition" => {
                let own = inner
                    .iter()
                    .find(|kid| kid.kind() == "simple_name")
                    .map_or("", |name| cx.text(*name).trim());
                let mut params = Vec::new();
                let lists = inner.iter().filter(|kid| kid.kind() == "class_method_parameter_list");
                for one in lists.flat_map(|list| cx.kids(*list)).collect::<Vec<_>>() {
                    let variable = cx.kids(one).into_iter().find(|kid| kid.kind() == "variable");
                    let name = variable.map_or("", |variable| cx.text(variable)).to_ascii_lowercase();
                    params.push(Param { name: name.into(), default: None, rest: false });
                }
                let script = inner.iter().find(|kid| kid.kind() == "script_block").copied();
                let body = inside_function(cx, script, kid);
                if own == name {
                    constructor = Some(own.into());
                }
                let function = Node::Function {
                    name: Some(own.to_ascii_lowercase().into()),
                    params,
                    body,
                    comment: None,
                    generator: false,
                };
                members.push(cx.add(function, kid));
            }
            _ => {}
        }
    }
    let constructor = constructor.map(|name: Box<str>| name.to_ascii_lowercase().into());
    cx.remember(name, "class");
    cx.add(Node::Class { name: name.into(), bases, members, constructor, fields }, node)
}

/// An expression, for those who look for one.
pub(super) fn value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    cx.lower(expression::core(cx, node))
}
