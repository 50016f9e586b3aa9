//! Statements, methods and classes.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::UnaryOp;
use crate::read::ir::VALUE;
use crate::read::lang::body;
use crate::read::lang::chain;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expression;
use super::text;

/// The parameter that a method's block is bound to.
pub(super) const BLOCK: &str = "&";
/// Kinds that define a method.
const METHODS: &[&str] = &["method", "singleton_method"];

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "program" | "then" | "else" | "do" | "block_body" | "parenthesized_statements" => sequence(cx, node),
        "body_statement" | "begin" => guarded(cx, node),
        "begin_block" | "end_block" => sequence(cx, node),
        "method" | "singleton_method" => method(cx, node, Vec::new()),
        "class" | "module" => class(cx, node),
        "singleton_class" => cx.expect_field(node, "body"),
        "assignment" => assignment(cx, node),
        "operator_assignment" => augmented(cx, node),
        "if" | "elsif" => conditional(cx, node, false),
        "unless" => conditional(cx, node, true),
        "if_modifier" | "unless_modifier" => modified(cx, node),
        "while" | "until" | "while_modifier" | "until_modifier" => repeated(cx, node),
        "for" => {
            let target = cx.expect_field(node, "pattern");
            let iter = match node.child_by_field_name("value") {
                Some(inside) => cx.only(inside),
                None => cx.add(Node::Opaque(Vec::new()), node),
            };
            let inner = cx.expect_field(node, "body");
            body::each(cx, target, iter, inner, node)
        }
        "case" => case(cx, node),
        "case_match" => case_in(cx, node),
        "return" => {
            let value = value_of(cx, node);
            cx.add(Node::Return(value), node)
        }
        "next" => match cx.kind_of("a block") {
            "loop" => cx.add(Node::Continue, node),
            _ => {
                let value = value_of(cx, node);
                cx.add(Node::Return(value), node)
            }
        },
        "break" => match cx.kind_of("a block") {
            "function" => {
                let value = value_of(cx, node);
                cx.add(Node::Return(value), node)
            }
            _ => cx.add(Node::Break, node),
        },
        "redo" | "retry" | "empty_statement" | "undef" | "alias" => cx.op(Op::Nothing, Vec::new(), node),
        "rescue_modifier" => {
            let tried = cx.expect_field(node, "body");
            let handler = cx.expect_field(node, "handler");
            let handlers = vec![Handler { binds: None, body: handler }];
            cx.add(Node::Try { body: tried, handlers, finally: None }, node)
        }
        _ => return None,
    })
}

/// Statements in order.
pub(super) fn sequence<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    body::block(cx, node, METHODS, method)
}

/// The value behind `return`, `next` and `break`; several are a list.
fn value_of<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let list = cx.kids(node).first().copied()?;
    let kids = if list.kind() == "argument_list" { cx.kids(list) } else { vec![list] };
    match kids[..] {
        [only] => Some(cx.lower(only)),
        _ => {
            let items = cx.lower_all(&kids);
            Some(cx.add(Node::List(items), node))
        }
    }
}

/// A body with its `rescue`, `else` and `ensure`.
fn guarded<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids_and_comments(node);
    let (parts, plain): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
        kids.into_iter().partition(|kid| matches!(kid.kind(), "rescue" | "ensure" | "else"));
    let mut statements = body::statements(cx, &plain, METHODS, method);
    let (mut handlers, mut finally) = (Vec::new(), None);
    for part in parts {
        match part.kind() {
            "rescue" => {
                let variable = part.child_by_field_name("variable");
                let name = variable.and_then(|variable| cx.kids(variable).first().copied());
                let binds = name.map(|name| cx.text(name).into());
                handlers.push(Handler { binds, body: cx.expect_field(part, "body") });
            }
            "ensure" => finally = Some(sequence(cx, part)),
            _ => statements.push(sequence(cx, part)),
        }
    }
    let whole = cx.add(Node::Block(statements), node);
    if handlers.is_empty() && finally.is_none() {
        return whole;
    }
    cx.add(Node::Try { body: whole, handlers, finally }, node)
}

/// `def name(…) … end`
fn method<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, above: Vec<&'t str>) -> NodeId {
    let name: Box<str> = node.child_by_field_name("name").map_or("", |name| cx.text(name)).into();
    let inner = node.child_by_field_name("body");
    let inside: Vec<Ts<'t>> = std::iter::once(node).chain(inner).collect();
    let comment = body::comment_of(cx, above, &inside);
    let (mut params, mut prelude) =
        node.child_by_field_name("parameters").map_or_else(Default::default, |list| parameters(cx, list));
    let outer = cx.kind_of("a block");
    cx.remember("a block", "");
    cx.remember("a method", node.child_by_field_name("name").map_or("", |name| cx.text(name)));
    cx.remember("parameters", node.child_by_field_name("parameters").map_or("", |list| cx.text(list)));
    let body = match inner {
        Some(inner) => cx.lower(inner),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    cx.remember("a block", outer);
    let body = if prelude.is_empty() {
        body
    } else {
        prelude.push(body);
        cx.add(Node::Block(prelude), node)
    };
    let none = cx.add(Node::Null, node);
    params.push(Param { name: BLOCK.into(), default: Some(none), rest: false });
    cx.add(Node::Function { name: Some(name), params, body, comment, generator: false }, node)
}

/// Parameters, and what takes them apart first.
pub(super) fn parameters<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>) -> (Vec<Param>, Vec<NodeId>) {
    let (mut params, mut prelude) = (Vec::new(), Vec::new());
    for kid in cx.kids(list) {
        let named = kid.child_by_field_name("name").unwrap_or(kid);
        let name: Box<str> = cx.text(named).trim_start_matches(['*', '&']).into();
        match kid.kind() {
            "identifier" | "optional_parameter" | "keyword_parameter" => {
                let default = cx.lower_field(kid, "value");
                params.push(Param { name, default, rest: false });
            }
            "splat_parameter" => params.push(Param { name, default: None, rest: true }),
            "hash_splat_parameter" => {
                let default = cx.add(Node::Map(Vec::new()), kid);
                params.push(Param { name, default: Some(default), rest: false });
            }
            "block_parameter" => {
                let value = cx.name(BLOCK, kid);
                let target = cx.name(&name, kid);
                prelude.push(cx.assign(target, value, true, kid));
            }
            "destructured_parameter" => {
                let hidden = format!("({}", params.len());
                let value = cx.name(&hidden, kid);
                let target = pattern(cx, kid);
                prelude.push(cx.assign(target, value, true, kid));
                params.push(Param { name: hidden.into(), default: None, rest: false });
            }
            _ => {}
        }
    }
    (params, prelude)
}

/// A list of targets.
pub(super) fn pattern<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut targets = Vec::new();
    for kid in cx.kids(node) {
        targets.push(match kid.kind() {
            "destructured_parameter" | "destructured_left_assignment" => pattern(cx, kid),
            "rest_assignment" | "splat_parameter" => {
                let name = cx.text(kid).trim_start_matches('*');
                let inner = cx.name(name, kid);
                cx.add(Node::Spread(inner), kid)
            }
            "identifier" => cx.name(cx.text(kid), kid),
            _ => target(cx, kid),
        });
    }
    cx.add(Node::List(targets), node)
}

fn class<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let name: Box<str> = name.rsplit("::").next().unwrap_or(name).into();
    let over = node.child_by_field_name("superclass").and_then(|over| cx.kids(over).first().copied());
    if let Some(fields) = over.filter(|over| over.kind() == "call").and_then(|over| struct_fields(cx, over)) {
        return record(cx, name, fields, node.child_by_field_name("body"), node);
    }
    let bases: Vec<NodeId> = over.map(|over| cx.lower(over)).into_iter().collect();
    let members = node.child_by_field_name("body").map_or_else(Vec::new, |inner| members(cx, inner));
    let has_constructor = members
        .iter()
        .any(|id| matches!(cx.ir(*id), Node::Function { name: Some(name), .. } if &**name == "initialize"));
    let constructor = has_constructor.then(|| "initialize".into());
    let members = on_values(cx, &name, members, node);
    let mixed = mixed_in(cx, &name, node);
    let class = cx.add(Node::Class { name, bases, members, constructor, fields: Vec::new() }, node);
    if mixed.is_empty() {
        return class;
    }
    cx.add(Node::Block(std::iter::once(class).chain(mixed).collect()), node)
}

/// `include M` and `prepend M` in a class: it extends the modules, which go behind it or before it.
fn mixed_in<'t>(cx: &mut Lowering<'t, '_>, name: &str, node: Ts<'t>) -> Vec<NodeId> {
    let mut mixed = Vec::new();
    for kid in node.child_by_field_name("body").map_or_else(Vec::new, |inner| cx.kids(inner)) {
        let method = kid.child_by_field_name("method").map_or("", |method| cx.text(method));
        let list = kid.child_by_field_name("arguments").filter(|_| matches!(method, "include" | "prepend"));
        for module in list.map_or_else(Vec::new, |list| cx.kids(list)) {
            let defined = format!("module {}", cx.text(module));
            if module.kind() == "constant" && cx.source_text().contains(&defined) {
                let (class, base) = (cx.name(name, kid), cx.name(cx.text(module), module));
                let first = cx.add(Node::Bool(method == "prepend"), kid);
                mixed.push(cx.op(Op::Inherit, vec![class, base, first], kid));
            }
        }
    }
    mixed
}

/// `refine T do … end`: what the block defines, `T` has.
pub(super) fn refined<'t>(cx: &mut Lowering<'t, '_>, class: Ts<'t>, block: Ts<'t>, node: Ts<'t>) -> NodeId {
    let name = cx.text(class);
    let name: Box<str> = name.rsplit("::").next().unwrap_or(name).into();
    let members = block.child_by_field_name("body").map_or_else(Vec::new, |inner| members(cx, inner));
    let members = on_values(cx, &name, members, node);
    // Outside of the module that says so.
    let class = Node::Class { name, bases: Vec::new(), members, constructor: None, fields: Vec::new() };
    cx.add(class, node)
}

/// Types whose objects are values here.
const VALUES: &[&str] = &["String", "Symbol", "Array", "Integer", "Hash", "Object"];

/// Methods that a program adds to a type of values take the value first.
fn on_values<'t>(cx: &mut Lowering<'t, '_>, name: &str, members: Vec<NodeId>, node: Ts<'t>) -> Vec<NodeId> {
    if !VALUES.contains(&name) {
        return members;
    }
    let mut out = Vec::with_capacity(members.len());
    for member in members {
        out.push(match cx.ir(member).clone() {
            Node::Function { name: Some(name), mut params, body, comment, generator } => {
                params.insert(0, Param { name: VALUE.into(), default: None, rest: false });
                let (target, value) = (cx.name("self", node), cx.name(VALUE, node));
                let taken = cx.assign(target, value, true, node);
                let body = cx.add(Node::Block(vec![taken, body]), node);
                cx.add(Node::Function { name: Some(name), params, body, comment, generator }, node)
            }
            _ => member,
        });
    }
    out
}

/// The members of a class, accessors written out.
fn members<'t>(cx: &mut Lowering<'t, '_>, inner: Ts<'t>) -> Vec<NodeId> {
    let block = cx.lower(inner);
    let statements = match cx.ir(block) {
        Node::Block(statements) => statements.clone(),
        _ => vec![block],
    };
    let mut members = Vec::new();
    for (id, kid) in statements.iter().zip(cx.kids_and_comments(inner)) {
        if kid.kind() == "call" && is_accessor(cx, kid) {
            for symbol in kid.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list)) {
                members.push(reader(cx, text::symbol(cx, symbol), symbol));
            }
            continue;
        }
        members.push(*id);
    }
    members
}

fn is_accessor<'t>(cx: &Lowering<'t, '_>, call: Ts<'t>) -> bool {
    let method = call.child_by_field_name("method").map_or("", |method| cx.text(method));
    super::library::ACCESSORS.contains(&method)
}

/// A method that gives a variable of its object.
fn reader<'t>(cx: &mut Lowering<'t, '_>, name: &str, at: Ts<'t>) -> NodeId {
    let this = cx.name("self", at);
    let body = cx.add(Node::Field(this, format!("@{name}").into()), at);
    let function =
        Node::Function { name: Some(name.into()), params: Vec::new(), body, comment: None, generator: false };
    cx.add(function, at)
}

/// The field names of `Struct.new(:a, :b)` and `Data.define(:a)`.
pub(super) fn struct_fields<'t>(cx: &Lowering<'t, '_>, call: Ts<'t>) -> Option<Vec<&'t str>> {
    let receiver = cx.text(call.child_by_field_name("receiver")?);
    if !matches!(receiver, "Struct" | "Data") {
        return None;
    }
    let list = call.child_by_field_name("arguments")?;
    let kids = cx.kids(list).into_iter().filter(|kid| kid.kind() == "simple_symbol");
    Some(kids.map(|kid| text::symbol(cx, kid)).collect())
}

/// A class of named fields, filled in order.
pub(super) fn record<'t>(
    cx: &mut Lowering<'t, '_>,
    name: Box<str>,
    fields: Vec<&'t str>,
    inner: Option<Ts<'t>>,
    at: Ts<'t>,
) -> NodeId {
    let mut all: Vec<NodeId> = fields.iter().map(|name| reader(cx, name, at)).collect();
    let (mut params, mut sets) = (Vec::new(), Vec::new());
    for field in &fields {
        let none = cx.add(Node::Null, at);
        params.push(Param { name: (*field).into(), default: Some(none), rest: false });
        let (this, value) = (cx.name("self", at), cx.name(field, at));
        let target = cx.add(Node::Field(this, format!("@{field}").into()), at);
        sets.push(cx.assign(target, value, false, at));
    }
    let body = cx.add(Node::Block(sets), at);
    let start =
        Node::Function { name: Some("initialize".into()), params, body, comment: None, generator: false };
    all.push(cx.add(start, at));
    all.extend(inner.map_or_else(Vec::new, |inner| members(cx, inner)));
    let constructor = Some("initialize".into());
    cx.add(Node::Class { name, bases: Vec::new(), members: all, constructor, fields: Vec::new() }, at)
}

fn assignment<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return cx.opaque(node);
    };
    if left.kind() == "constant"
        && let Some(fields) =
            Some(right).filter(|right| right.kind() == "call").and_then(|r| struct_fields(cx, r))
    {
        let inner = right.child_by_field_name("block").and_then(|block| block.child_by_field_name("body"));
        return record(cx, cx.text(left).into(), fields, inner, node);
    }
    let value = cx.lower(right);
    let target = target(cx, left);
    cx.assign(target, value, false, node)
}

/// What is assigned to. `object.name = …` sets the variable that its reader gives.
fn target<'t>(cx: &mut Lowering<'t, '_>, left: Ts<'t>) -> NodeId {
    match left.kind() {
        "left_assignment_list" | "destructured_left_assignment" => pattern(cx, left),
        "identifier" | "constant" => cx.name(cx.text(left), left),
        "call" => match (left.child_by_field_name("receiver"), left.child_by_field_name("method")) {
            (Some(receiver), Some(method)) => {
                let base = cx.lower(receiver);
                cx.add(Node::Field(base, format!("@{}", cx.text(method)).into()), left)
            }
            _ => cx.lower(left),
        },
        _ => cx.lower(left),
    }
}

fn augmented<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let op = chain::common_operator(operator.strip_suffix('=').unwrap_or(operator));
    let value = cx.expect_field(node, "right");
    let Some(left) = node.child_by_field_name("left") else { return value };
    let target = target(cx, left);
    match op {
        Some(BinaryOp::Or) => {
            // `x ||= y` leaves whatever is neither nil nor false.
            let old = cx.op(Op::Present, vec![target], node);
            let set = cx.assign(target, value, false, node);
            cx.add(Node::Choose { test: old, then: target, other: set }, node)
        }
        Some(_) => cx.add(Node::Assign { target, value, op, declares: false }, node),
        None => cx.add(Node::Opaque(vec![target, value]), node),
    }
}

fn test<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, negated: bool) -> NodeId {
    let test = cx.expect_field(node, "condition");
    let test = body::present(cx, test, node);
    if negated { cx.add(Node::Unary(UnaryOp::Not, test), node) } else { test }
}

/// `if`, `elsif` and `unless`; alternatives are built from the end.
fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, negated: bool) -> NodeId {
    let mut arms = Vec::new();
    let mut at = Some((node, negated));
    let mut other = None;
    while let Some((arm, negated)) = at.take() {
        let test = test(cx, arm, negated);
        let then = match arm.child_by_field_name("consequence") {
            Some(then) => cx.lower(then),
            None => cx.add(Node::Block(Vec::new()), arm),
        };
        arms.push((test, then, arm));
        match arm.child_by_field_name("alternative") {
            Some(next) if next.kind() == "elsif" => at = Some((next, false)),
            Some(next) => other = Some(cx.lower(next)),
            None => {}
        }
    }
    for (test, then, arm) in arms.into_iter().rev() {
        other = Some(cx.add(Node::If { test, then, other }, arm));
    }
    other.unwrap_or_else(|| cx.opaque(node))
}

fn modified<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let test = test(cx, node, node.kind() == "unless_modifier");
    let then = cx.expect_field(node, "body");
    cx.add(Node::If { test, then, other: None }, node)
}

fn repeated<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let test = test(cx, node, node.kind().starts_with("until"));
    let outer = cx.kind_of("a block");
    cx.remember("a block", "loop");
    let body = cx.expect_field(node, "body");
    cx.remember("a block", outer);
    let begun = node.child_by_field_name("body").is_some_and(|body| body.kind() == "begin");
    let runs_first = begun && node.kind().ends_with("modifier");
    cx.add(Node::While { before: None, test: Some(test), after: None, body, runs_first }, node)
}

/// `case x when a, b then …`: patterns that are no plain values become tests.
fn case<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let subject = cx.lower_field(node, "value");
    let mut arms = Vec::new();
    for kid in cx.kids(node) {
        match kid.kind() {
            "when" => {
                let (mut values, mut guard) = (Vec::new(), None);
                for pattern in cx.fields(kid, "pattern") {
                    let Some(inner) = cx.kids(pattern).first().copied() else { continue };
                    let value = cx.lower(inner);
                    if let (Some(subject), true) =
                        (subject, matches!(inner.kind(), "range" | "splat_argument"))
                    {
                        guard = Some(cx.add(Node::Binary(BinaryOp::In, subject, value), inner));
                    } else if let (Some(subject), "regex") = (subject, inner.kind()) {
                        guard = Some(cx.op(Op::Match, vec![subject, value], inner));
                    } else {
                        values.push(value);
                    }
                }
                if guard.is_some() {
                    values.clear();
                }
                let body = cx.expect_field(kid, "body");
                arms.push(Arm { values, guard, body, falls_through: false });
            }
            "else" => {
                let body = sequence(cx, kid);
                arms.push(Arm { values: Vec::new(), guard: None, body, falls_through: false });
            }
            _ => {}
        }
    }
    cx.add(Node::Match { subject, arms }, node)
}

/// `case x in pattern`: literals are compared, names are bound.
fn case_in<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let subject = cx.lower_field(node, "value");
    let mut arms = Vec::new();
    for kid in cx.fields(node, "clauses") {
        let Some(shape) = kid.child_by_field_name("pattern") else { continue };
        let mut values = Vec::new();
        let mut statements = Vec::new();
        match (shape.kind(), subject) {
            ("identifier", Some(subject)) => {
                let target = cx.name(cx.text(shape), shape);
                statements.push(cx.assign(target, subject, false, shape));
            }
            ("array_pattern", Some(subject)) => {
                let target = pattern(cx, shape);
                statements.push(cx.assign(target, subject, false, shape));
            }
            _ => values.push(expression::value(cx, shape)),
        }
        statements.push(cx.expect_field(kid, "body"));
        let body = cx.add(Node::Block(statements), kid);
        arms.push(Arm { values, guard: None, body, falls_through: false });
    }
    if let Some(other) = node.child_by_field_name("else") {
        let body = cx.lower(other);
        arms.push(Arm { values: Vec::new(), guard: None, body, falls_through: false });
    }
    cx.add(Node::Match { subject, arms }, node)
}
