//! Statements, functions and types.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::chain;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;
use crate::read::lang::lowering::param;

use super::call;
use super::expression;

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "source_file" => {
            named_types(cx, node);
            sequence(cx, node)
        }
        "block" | "statement_list" | "var_spec_list" | "var_declaration" | "type_declaration" => {
            sequence(cx, node)
        }
        "const_declaration" => constants(cx, node),
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
            let value = match cx.kids(node).first() {
                Some(kid) => Some(cx.lower(*kid)),
                None => named_results(cx, node),
            };
            cx.add(Node::Return(value), node)
        }
        "labeled_statement" => {
            let label = node.child_by_field_name("label").map(|label| cx.text(label));
            match cx.kids(node).last().copied().filter(|kid| kid.kind() != "label_name") {
                Some(kid) => curly::under_label(cx, label, node, |cx| cx.lower(kid)),
                None => cx.opaque(node),
            }
        }
        "go_statement" => match cx.kids(node).last() {
            Some(kid) => cx.lower(*kid),
            None => cx.opaque(node),
        },
        "defer_statement" => {
            let call = cx.only(node);
            cx.add(Node::Defer(call), node)
        }
        "break_statement" | "continue_statement" => {
            let label = cx.kids(node).first().map(|label| cx.text(*label));
            curly::leave(cx, label, node.kind() == "break_statement", node)
        }
        _ => return None,
    })
}

/// A constant without value repeats the expression above it, with the next `iota`.
fn constants<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut statements = Vec::new();
    let mut above = None;
    for (index, spec) in cx.kids(node).into_iter().enumerate() {
        cx.set_counter(i64::try_from(index).unwrap_or(i64::MAX));
        above = spec.child_by_field_name("value").or(above);
        let values = above.map_or_else(Vec::new, |value| cx.kids(value));
        let targets = cx.fields(spec, "name");
        statements.push(bind(cx, &targets, &values, None, true, spec));
    }
    cx.add(Node::Block(statements), node)
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
    let outer = cx.unaliased(RESULTS).to_owned();
    let results = declared_results(cx, node);
    let body = match body {
        Some(body) if !bodiless => cx.lower(body),
        _ => cx.add(Node::Block(Vec::new()), node),
    };
    cx.alias(RESULTS, &outer);
    let body = match results {
        Some(results) if !bodiless => cx.add(Node::Block(vec![results, body]), node),
        _ => body,
    };
    let comment = (!comment.is_empty()).then(|| comment.join("\n").into());
    cx.add(Node::Function { name, params, body, comment, generator: false }, node)
}

/// Under this name are kept the names of the results of the function that is being lowered.
const RESULTS: &str = "named results";

/// Results with names are variables.
fn declared_results<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    cx.alias(RESULTS, "");
    let list = node.child_by_field_name("result").filter(|list| list.kind() == "parameter_list")?;
    let (mut names, mut statements) = (Vec::new(), Vec::new());
    for kid in cx.kids(list) {
        for name in cx.fields(kid, "name") {
            let value = expression::zero(cx, kid.child_by_field_name("type"), name);
            let target = cx.name(cx.text(name), name);
            statements.push(cx.assign(target, value, true, name));
            names.push(cx.text(name));
        }
    }
    if names.is_empty() {
        return None;
    }
    cx.alias(RESULTS, &names.join(","));
    Some(cx.add(Node::Block(statements), list))
}

/// What `return` by itself gives.
fn named_results<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let names = cx.unaliased(RESULTS).to_owned();
    if names == RESULTS || names.is_empty() {
        return None;
    }
    let mut items = Vec::new();
    for name in names.split(',') {
        items.push(cx.name(name, node));
    }
    Some(match items[..] {
        [only] => only,
        _ => cx.add(Node::List(items), node),
    })
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

/// A method's receiver: its name and its type's.
fn receiver<'t>(cx: &Lowering<'t, '_>, method: Ts<'t>) -> (&'t str, &'t str) {
    let receiver = method.child_by_field_name("receiver").and_then(|list| cx.kids(list).first().copied());
    let part = |field: &str| receiver.and_then(|receiver| receiver.child_by_field_name(field));
    let kind = part("type").map_or("", |kind| cx.text(kind));
    let kind = kind.trim_start_matches('*').split('[').next().unwrap_or_default();
    (part("name").map_or("", |name| cx.text(name)), kind)
}

/// `func (n *T) name(…)`: assigned to the type's field, receiver first.
fn method<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, comment: Vec<&'t str>) -> NodeId {
    let (this, kind) = receiver(cx, node);
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let mut params = vec![param(this)];
    params.extend(node.child_by_field_name("parameters").map_or_else(Vec::new, |list| parameters(cx, list)));
    let value = build(cx, node, Some(name.into()), params, comment);
    let class = cx.name(kind, node);
    let target = cx.add(Node::Field(class, name.into()), node);
    cx.assign(target, value, false, node)
}

/// Remembers what types that are no structs are made of, and what methods they have: a value of such a type is a plain
/// list, map or text, so that its type says nothing when the program runs.
fn named_types<'t>(cx: &mut Lowering<'t, '_>, root: Ts<'t>) {
    let kids = cx.kids(root);
    let types = kids.iter().filter(|kid| kid.kind() == "type_declaration").flat_map(|kid| cx.kids(*kid));
    for spec in types.collect::<Vec<_>>() {
        if let (Some(name), Some(kind)) = (spec.child_by_field_name("name"), spec.child_by_field_name("type"))
            && matches!(kind.kind(), "slice_type" | "array_type" | "map_type" | "type_identifier")
        {
            cx.remember(cx.text(name), cx.text(kind));
        }
    }
    for method in kids.into_iter().filter(|kid| kid.kind() == "method_declaration") {
        let kind = receiver(cx, method).1;
        if let (Some(name), false) = (method.child_by_field_name("name"), cx.kind_of(kind).is_empty()) {
            cx.remember(cx.text(name), kind);
        }
    }
}

fn type_spec<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name: Box<str> = node.child_by_field_name("name").map_or("", |name| cx.text(name)).into();
    let Some(body) = node.child_by_field_name("type").filter(|kind| kind.kind() == "struct_type") else {
        if cx.kind_of(&name).is_empty() {
            return cx.op(Op::Nothing, Vec::new(), node);
        }
        let (bases, members, fields) = (Vec::new(), Vec::new(), Vec::new());
        return cx.add(Node::Class { name, bases, members, constructor: None, fields }, node);
    };
    let (mut fields, mut members, mut bases) = (Vec::new(), Vec::new(), Vec::new());
    for list in cx.kids(body) {
        for field in cx.kids(list) {
            if field.child_by_field_name("name").is_none()
                && let Some(base) = embedded(cx, field)
            {
                // It is a field of that name too.
                if let Node::Name(name) = cx.ir(base).clone() {
                    fields.push(name);
                }
                bases.push(base);
            }
            for name in cx.fields(field, "name") {
                fields.push(cx.text(name).into());
                let target = cx.name(cx.text(name), name);
                let kind = field.child_by_field_name("type");
                let value = expression::zero(cx, kind, name);
                members.push(cx.assign(target, value, true, name));
            }
        }
    }
    cx.add(Node::Class { name, bases, members, constructor: None, fields }, node)
}

/// A struct's field without a name lends its own fields and methods.
fn embedded<'t>(cx: &mut Lowering<'t, '_>, field: Ts<'t>) -> Option<NodeId> {
    let kind = field.child_by_field_name("type")?;
    let text = cx.text(kind).trim_start_matches('*');
    Some(cx.name(text.rsplit('.').next().unwrap_or(text), kind))
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
    if let ([target], [value], "=") = (&targets[..], &values[..], operator)
        && let Some(id) = through_pointer(cx, *target, *value, node)
    {
        return id;
    }
    let op = operator.strip_suffix('=').and_then(chain::common_operator);
    bind(cx, &targets, &values, op, declares, node)
}

/// `*list = append(*list, …)`: whoever else holds the list sees the change.
fn through_pointer<'t>(
    cx: &mut Lowering<'t, '_>,
    target: Ts<'t>,
    value: Ts<'t>,
    node: Ts<'t>,
) -> Option<NodeId> {
    let inner = target.child_by_field_name("operand").filter(|_| cx.text(target).starts_with('*'))?;
    let is_list = cx.text(value).starts_with("append(") || value.kind() == "slice_expression";
    if target.kind() != "unary_expression" || !is_list {
        return None;
    }
    let (list, value) = (cx.lower(inner), cx.lower(value));
    let start = cx.add(Node::Int(0), node);
    let count = cx.op(Op::Length, vec![list], node);
    let items = cx.add(Node::Spread(value), node);
    Some(cx.op(Op::Splice, vec![list, start, count, items], node))
}

/// `a, b = x, y` binds at once; `a, err = f()` binds the first and takes it that all went well.
fn bind<'t>(
    cx: &mut Lowering<'t, '_>,
    targets: &[Ts<'t>],
    values: &[Ts<'t>],
    op: Option<BinaryOp>,
    declares: bool,
    node: Ts<'t>,
) -> NodeId {
    for (target, value) in targets.iter().zip(values) {
        note(cx, *target, *value);
    }
    let present = match (targets, values) {
        ([_, ok], [only]) if op.is_none() => presence(cx, *only).map(|present| (*ok, present)),
        _ => None,
    };
    let values = cx.lower_all(values);
    let mut targets = cx.lower_all(targets);
    let value = match values[..] {
        [only] => only,
        _ => cx.add(Node::List(values), node),
    };
    let is_list =
        matches!(cx.ir(value), Node::List(items) if items.len() == targets.len()) && targets.len() > 1;
    let own_function = matches!(cx.ir(value), Node::Call { library: None, .. });
    let mut statements = Vec::new();
    if let Some((ok, present)) = present {
        let ok = cx.lower(ok);
        statements.push(cx.assign(ok, present, declares, node));
        targets.truncate(1);
    } else if !is_list && !own_function {
        for rest in targets.split_off(targets.len().min(1)) {
            let null = cx.add(Node::Null, node);
            statements.push(cx.assign(rest, null, declares, node));
        }
    }
    let target = match targets[..] {
        [only] => only,
        _ => cx.add(Node::List(targets), node),
    };
    let whole = cx.add(Node::Assign { target, value, op, declares }, node);
    if statements.is_empty() {
        return whole;
    }
    statements.push(whole);
    cx.add(Node::Block(statements), node)
}

/// Remembers names whose uses mean something of their own.
fn note<'t>(cx: &mut Lowering<'t, '_>, target: Ts<'t>, value: Ts<'t>) {
    let text = cx.text(value);
    let kind = if text.ends_with(".Front()") || text.ends_with(".Back()") {
        "element"
    } else if text.starts_with("bufio.NewScanner(") {
        "scanner"
    } else {
        ""
    };
    if !kind.is_empty() || !cx.kind_of(cx.text(target)).is_empty() {
        cx.remember(cx.text(target), kind);
    }
}

/// What `ok` is in `item, ok := …`: whether the map has the key, whether the channel has more.
fn presence<'t>(cx: &mut Lowering<'t, '_>, value: Ts<'t>) -> Option<NodeId> {
    match value.kind() {
        "index_expression" => {
            let operands = [value.child_by_field_name("operand")?, value.child_by_field_name("index")?];
            let operands = cx.lower_all(&operands);
            Some(cx.op(Op::Contains, operands, value))
        }
        "unary_expression" if cx.text(value).starts_with("<-") => {
            let channel = cx.expect_field(value, "operand");
            Some(more(cx, channel, value))
        }
        "type_assertion_expression" => Some(cx.add(Node::Bool(true), value)),
        _ => None,
    }
}

/// Whether a channel has more.
fn more<'t>(cx: &mut Lowering<'t, '_>, channel: NodeId, at: Ts<'t>) -> NodeId {
    let length = cx.op(Op::Length, vec![channel], at);
    let zero = cx.add(Node::Int(0), at);
    cx.add(Node::Binary(BinaryOp::Gt, length, zero), at)
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
    if let Some(id) = head.and_then(|head| walk(cx, head, node)) {
        return id;
    }
    match head.map(|head| (head.kind(), head)) {
        Some(("range_clause", head)) => {
            let target = match node_targets(cx, head) {
                Some(target) => target,
                None => cx.name("_", head),
            };
            let iter = cx.expect_field(head, "right");
            let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
            cx.add(Node::For { target, iter, body, indexed: true }, node)
        }
        Some(("for_clause", head)) => {
            let before = cx.lower_field(head, "initializer");
            let test = cx.lower_field(head, "condition");
            let after = cx.lower_field(head, "update");
            let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
            cx.add(Node::While { before, test, after, body, runs_first: false }, node)
        }
        head => {
            let test = head.map(|(_, head)| cx.lower(head));
            let body = curly::loop_body(cx, node.child_by_field_name("body"), node);
            cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node)
        }
    }
}

/// `for e := items.Front(); e != nil; e = e.Next()` and `for scanner.Scan()` walk a list.
fn walk<'t>(cx: &mut Lowering<'t, '_>, head: Ts<'t>, node: Ts<'t>) -> Option<NodeId> {
    let (target, iter) = if head.kind() == "for_clause" {
        let start = head.child_by_field_name("initializer")?;
        let end = if cx.text(head.child_by_field_name("update")?).ends_with(".Next()") {
            ".Front()"
        } else {
            ".Back()"
        };
        let name = cx.kids(start.child_by_field_name("left")?).first().copied()?;
        let call = cx.kids(start.child_by_field_name("right")?).first().copied()?;
        if !cx.text(call).ends_with(end) {
            return None;
        }
        let list = call.child_by_field_name("function")?.child_by_field_name("operand")?;
        cx.remember(cx.text(name), "element");
        let list = cx.lower(list);
        let list = if end == ".Back()" { cx.op(Op::Reverse, vec![list], head) } else { list };
        (cx.lower(name), list)
    } else {
        let scanner = head.child_by_field_name("function")?.child_by_field_name("operand")?;
        if cx.kind_of(cx.text(scanner)) != "scanner" || !cx.text(head).ends_with(".Scan()") {
            return None;
        }
        let text = cx.lower(scanner);
        let op = if cx.source_text().contains("ScanWords") { Op::Split } else { Op::Lines };
        (call::line_of(cx, scanner), cx.op(op, vec![text], head))
    };
    let body = cx.expect_field(node, "body");
    Some(cx.add(Node::For { target, iter, body, indexed: false }, node))
}

fn node_targets<'t>(cx: &mut Lowering<'t, '_>, head: Ts<'t>) -> Option<NodeId> {
    cx.lower_field(head, "left")
}

fn choose<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let before = cx.lower_field(node, "initializer");
    let value = cx.lower_field(node, "value");
    let by_type = node.kind() == "type_switch_statement";
    let before = match (cx.lower_field(node, "alias"), value) {
        (Some(alias), Some(value)) => Some(cx.assign(alias, value, true, node)),
        _ => before,
    };
    let subject = value.filter(|_| !by_type);
    let mut arms = Vec::new();
    for case in cx.kids(node) {
        let (values, guard) = match case.kind() {
            "expression_case" if subject.is_some() => (values(cx, case), None),
            "expression_case" => (Vec::new(), cx.lower_field(case, "value")),
            "default_case" => (Vec::new(), None),
            "type_case" => (Vec::new(), Some(of_type(cx, case, value))),
            "communication_case" => (Vec::new(), ready(cx, case)),
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
            falls_through: cx
                .text(case)
                .trim_end_matches([';', ' ', '\n', '\t', '\r'])
                .ends_with("fallthrough"),
        });
    }
    let whole = cx.add(Node::Match { subject, arms }, node);
    after(cx, before, whole, node)
}

/// Whether the value is of one of a case's types; not known for types that say nothing when the program runs.
fn of_type<'t>(cx: &mut Lowering<'t, '_>, case: Ts<'t>, value: Option<NodeId>) -> NodeId {
    let mut tests = Vec::new();
    for kind in cx.fields(case, "type") {
        let known = match cx.text(kind) {
            "string" | "[]byte" => Some("text"),
            "int" | "float64" | "int64" | "byte" | "rune" | "int32" | "float32" | "uint" => Some("number"),
            "bool" => Some("truth"),
            text if text.starts_with("[]") => Some("list"),
            text if text.starts_with("map[") => Some("map"),
            _ => None,
        };
        let test = match (known, value) {
            (Some(known), Some(value)) => {
                let known = cx.constant(known, kind);
                cx.op(Op::IsA, vec![value, known], kind)
            }
            (None, Some(value)) if matches!(kind.kind(), "type_identifier" | "pointer_type") => {
                let class = cx.name(cx.text(kind).trim_start_matches('*'), kind);
                cx.op(Op::IsA, vec![value, class], kind)
            }
            _ => cx.add(Node::Opaque(Vec::new()), kind),
        };
        tests.push(test);
    }
    let any = tests.into_iter().reduce(|any, test| cx.add(Node::Binary(BinaryOp::Or, any, test), case));
    any.unwrap_or_else(|| cx.add(Node::Opaque(Vec::new()), case))
}

/// A `select`'s receiving arm runs while its channel has more.
fn ready<'t>(cx: &mut Lowering<'t, '_>, case: Ts<'t>) -> Option<NodeId> {
    let receive = case.child_by_field_name("communication")?.child_by_field_name("right")?;
    let channel = cx.lower_field(receive, "operand")?;
    Some(more(cx, channel, case))
}

fn values<'t>(cx: &mut Lowering<'t, '_>, case: Ts<'t>) -> Vec<NodeId> {
    let list = case.child_by_field_name("value").map_or_else(Vec::new, |list| cx.kids(list));
    cx.lower_all(&list)
}
