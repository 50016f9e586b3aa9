//! Statements and subroutines.

use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::curly;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expression;
use super::matching;

/// Kinds that define a function.
const FUNCTIONS: &[&str] = &["subroutine_declaration_statement", "method_declaration_statement"];
/// The variable of a subroutine's arguments.
pub(super) const ARGUMENTS: &str = "@_";
/// The variable of loops that name none.
pub(super) const TOPIC: &str = "$_";

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "source_file" => packages(cx, node),
        "block" | "block_statement" => body::block(cx, node, FUNCTIONS, function),
        "do_expression" | "eval_expression" => run(cx, node),
        "expression_statement" => cx.only(node),
        "use_statement" if cx.text(node).starts_with("use constant") => constants(cx, node),
        "use_statement"
        | "use_version_statement"
        | "require_expression"
        | "stub_expression"
        | "data_section"
        | "pod"
        | "eof_marker"
        | "package_statement" => cx.op(Op::Nothing, Vec::new(), node),
        "subroutine_declaration_statement" | "anonymous_subroutine_expression" => {
            function(cx, node, Vec::new())
        }
        "conditional_statement" => conditional(cx, node),
        "postfix_conditional_expression" => {
            let test = test(cx, node);
            let then = first_kid(cx, node);
            cx.add(Node::If { test, then, other: None }, node)
        }
        "loop_statement" => repeated(cx, node),
        "postfix_loop_expression" => {
            let runs_first = cx.kids(node).first().is_some_and(|kid| kid.kind() == "do_expression");
            let test = test(cx, node);
            let body = first_kid(cx, node);
            cx.add(Node::While { before: None, test: Some(test), after: None, body, runs_first }, node)
        }
        "cstyle_for_statement" => {
            let part = |name: &str| cx.fields(node, name).first().copied();
            let (before, check, after) = (part("initialiser"), part("condition"), part("iterator"));
            let before = before.map(|before| cx.lower(before));
            let test = check.map(|check| expression::scalar(cx, inner_of(cx, check)));
            let after = after.map(|after| cx.lower(after));
            let body = curly::loop_body(cx, node.child_by_field_name("block"), node);
            cx.add(Node::While { before, test, after, body, runs_first: false }, node)
        }
        "for_statement" => each(cx, node),
        "postfix_for_expression" => {
            let iter = expression::list_field(cx, node, "list");
            let target = cx.name(TOPIC, node);
            let body = first_kid(cx, node);
            body::each(cx, target, iter, body, node)
        }
        "return_expression" => {
            let value = cx.kids(node).first().map(|kid| expression::either(cx, *kid));
            cx.add(Node::Return(value), node)
        }
        "loopex_expression" => {
            let label = cx.kids(node).into_iter().find(|kid| kid.kind() == "label").map(|kid| cx.text(kid));
            curly::leave(cx, label, cx.text(node).starts_with("last"), node)
        }
        "statement_label" => {
            let label = node.child_by_field_name("label").map(|label| cx.text(label));
            curly::under_label(cx, label, node, |cx| cx.expect_field(node, "statement"))
        }
        "try_statement" => {
            let body = cx.expect_field(node, "try_block");
            let binds = node.child_by_field_name("catch_expr").map(|name| cx.text(name).into());
            let handlers = match node.child_by_field_name("catch_block") {
                Some(inner) => vec![Handler { binds, body: cx.lower(inner) }],
                None => Vec::new(),
            };
            let finally = cx.lower_field(node, "finally_block");
            cx.add(Node::Try { body, handlers, finally }, node)
        }
        _ => return None,
    })
}

fn first_kid<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match cx.kids(node).first().copied() {
        Some(kid) => cx.lower(kid),
        None => cx.add(Node::Block(Vec::new()), node),
    }
}

/// `use constant NAME => value, …;` and `use constant { A => 1, B => 2 };`
fn constants<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut parts: Vec<Ts<'t>> = cx.kids(node);
    while let [.., only] = parts[..]
        && matches!(only.kind(), "list_expression" | "anonymous_hash_expression" | "parenthesized_expression")
    {
        parts = cx.kids(only);
    }
    parts.retain(|part| part.kind() != "package");
    let pairs = cx.text(node).contains('{');
    let mut all = Vec::new();
    let (names, mut values): (Vec<Ts<'t>>, Vec<Ts<'t>>) = if pairs {
        let both = parts.chunks_exact(2);
        (both.clone().map(|pair| pair[0]).collect(), both.map(|pair| pair[1]).collect())
    } else {
        (parts.iter().take(1).copied().collect(), parts.iter().skip(1).copied().collect())
    };
    let one = !pairs && values.len() == 1 && values[0].kind() != "quoted_word_list";
    if pairs || one {
        for (name, value) in names.into_iter().zip(values) {
            let value = expression::scalar(cx, value);
            let target = cx.name(cx.text(name).trim_matches(['\'', '"']), name);
            all.push(cx.assign(target, value, true, node));
        }
    } else if let Some(name) = names.first() {
        let items = expression::items(cx, &std::mem::take(&mut values));
        let list = cx.add(Node::List(items), node);
        let target = cx.name(cx.text(*name), *name);
        all.push(cx.assign(target, list, true, node));
    }
    cx.add(Node::Block(all), node)
}

/// An expression within its statement.
fn inner_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Ts<'t> {
    match (node.kind(), &cx.kids(node)[..]) {
        ("expression_statement", [only]) => *only,
        _ => node,
    }
}

/// `do { … }`, `eval { … }`, `eval $code`.
fn run<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    match kids[..] {
        [only] if only.kind() == "block" => {
            let body = cx.lower(only);
            if node.kind() == "do_expression" {
                return body;
            }
            let nothing = cx.add(Node::Block(Vec::new()), node);
            let handlers = vec![Handler { binds: Some("$@".into()), body: nothing }];
            cx.add(Node::Try { body, handlers, finally: None }, node)
        }
        [only] => {
            let code = expression::scalar(cx, only);
            cx.op(Op::Eval, vec![code], node)
        }
        _ => cx.opaque(node),
    }
}

/// The statements of a file; those behind `package` with subroutines are a class.
fn packages<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids_and_comments(node);
    let starts: Vec<usize> = kids
        .iter()
        .enumerate()
        .filter(|(_, kid)| kid.kind() == "package_statement")
        .map(|(at, _)| at)
        .collect();
    let behind = kids.iter().rev().find(|kid| kid.kind() == "data_section").copied();
    let behind = behind.map(|section| data(cx, section));
    let Some(first) = starts.first().copied() else {
        let items = body::statements(cx, &kids, FUNCTIONS, function);
        return cx.add(Node::Block(behind.into_iter().chain(items).collect()), node);
    };
    let mut out: Vec<NodeId> = behind.into_iter().collect();
    out.extend(body::statements(cx, &kids[..first], FUNCTIONS, function));
    let mut last = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(kids.len());
        let part = &kids[start + 1..end];
        let package = kids[*start];
        let name = package.child_by_field_name("name").map_or("", |name| cx.text(name));
        let block: Vec<Ts<'t>> = cx.kids(package).into_iter().filter(|kid| kid.kind() == "block").collect();
        let own: Vec<Ts<'t>> = block.first().map_or_else(Vec::new, |block| cx.kids_and_comments(*block));
        if name == "main" || name.is_empty() {
            last.extend(body::statements(cx, part, FUNCTIONS, function));
            continue;
        }
        let inner = if own.is_empty() { part } else { &own[..] };
        out.push(class(cx, name, inner, package));
        if !own.is_empty() {
            last.extend(body::statements(cx, part, FUNCTIONS, function));
        }
    }
    out.extend(last);
    cx.add(Node::Block(out), node)
}

/// What stands behind `__DATA__`: the lines that the program reads.
fn data<'t>(cx: &mut Lowering<'t, '_>, section: Ts<'t>) -> NodeId {
    cx.see_literal(section);
    let text = cx.text(section);
    let text = text.strip_prefix("__DATA__").or_else(|| text.strip_prefix("__END__")).unwrap_or(text);
    let text = cx.constant(text.trim_start_matches(['\r', '\n']), section);
    let lines = cx.op(Op::Lines, vec![text], section);
    let target = cx.name(expression::DATA, section);
    cx.assign(target, lines, true, section)
}

/// A package as a class; statements in it that are no subroutines run where they stand.
fn class<'t>(cx: &mut Lowering<'t, '_>, name: &str, inner: &[Ts<'t>], at: Ts<'t>) -> NodeId {
    let (subs, others): (Vec<Ts<'t>>, Vec<Ts<'t>>) =
        inner.iter().partition(|kid| FUNCTIONS.contains(&kid.kind()) || kid.kind() == "comment");
    let members = body::statements(cx, &subs, FUNCTIONS, function);
    let mut bases = Vec::new();
    for kid in &others {
        let text = cx.text(*kid);
        let parent = text.contains("parent") || text.contains("base ") || text.contains("ISA");
        if parent {
            let words = text.split(|c: char| !c.is_alphanumeric() && c != ':' && c != '_');
            let words = words.filter(|word| word.starts_with(char::is_uppercase) && *word != "ISA");
            bases.extend(words.map(|word| cx.name(word, *kid)).collect::<Vec<_>>());
        }
    }
    let class = Node::Class { name: name.into(), bases, members, constructor: None, fields: Vec::new() };
    let class = cx.add(class, at);
    let mut all = vec![class];
    all.extend(cx.lower_all(&others));
    cx.add(Node::Block(all), at)
}

fn function<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, above: Vec<&'t str>) -> NodeId {
    let name = node.child_by_field_name("name").map(|name| cx.text(name).into());
    let inner = node.child_by_field_name("body");
    let inside: Vec<Ts<'t>> = std::iter::once(node).chain(inner).collect();
    let comment = body::comment_of(cx, above, &inside);
    let signature = cx.kids(node).into_iter().find(|kid| kid.kind() == "signature");
    let mut statements = Vec::new();
    for (at, kid) in signature.map_or_else(Vec::new, |list| cx.kids(list)).into_iter().enumerate() {
        let Some(variable) = cx.kids(kid).first().copied() else { continue };
        let all = cx.name(ARGUMENTS, kid);
        let value = if kid.kind() == "slurpy_parameter" {
            let from = body::int(cx, i64::try_from(at).unwrap_or(0), kid);
            cx.op(Op::Drop, vec![all, from], kid)
        } else {
            let index = body::int(cx, i64::try_from(at).unwrap_or(0), kid);
            let value = cx.add(Node::Index(all, index), kid);
            match cx.lower_field(kid, "default") {
                Some(default) => {
                    let missing = cx.op(Op::IsNull, vec![value], kid);
                    cx.add(Node::Choose { test: missing, then: default, other: value }, kid)
                }
                None => value,
            }
        };
        let target = cx.name(cx.text(variable), kid);
        statements.push(cx.assign(target, value, true, kid));
    }
    let body = match inner {
        Some(inner) => cx.lower(inner),
        None => cx.add(Node::Block(Vec::new()), node),
    };
    let body = if statements.is_empty() {
        body
    } else {
        statements.push(body);
        cx.add(Node::Block(statements), node)
    };
    let params = vec![Param { name: ARGUMENTS.into(), default: None, rest: true }];
    cx.add(Node::Function { name, params, body, comment, generator: false }, node)
}

/// The condition of a statement; `unless` and `until` turn it round.
fn test<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(condition) = node.child_by_field_name("condition") else {
        return cx.add(Node::Opaque(Vec::new()), node);
    };
    let mut value = expression::scalar(cx, condition);
    if condition.kind() == "readline_expression" {
        let topic = cx.name(TOPIC, node);
        value = cx.assign(topic, value, false, node);
    }
    if matches!(condition.kind(), "assignment_expression" | "readline_expression") {
        value = cx.op(Op::Present, vec![value], node);
    }
    let mut cursor = node.walk();
    let turned = node.children(&mut cursor).any(|kid| matches!(kid.kind(), "unless" | "until"));
    if turned { cx.add(Node::Unary(UnaryOp::Not, value), node) } else { value }
}

fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut arms = Vec::new();
    let mut at = Some(node);
    let mut other = None;
    while let Some(arm) = at.take() {
        let test = test(cx, arm);
        let then = cx.expect_field(arm, "block");
        arms.push((test, then, arm));
        for kid in cx.kids(arm) {
            match kid.kind() {
                "elsif" => at = Some(kid),
                "else" => other = Some(cx.expect_field(kid, "block")),
                _ => {}
            }
        }
    }
    for (test, then, arm) in arms.into_iter().rev() {
        other = Some(cx.add(Node::If { test, then, other }, arm));
    }
    other.unwrap_or_else(|| cx.opaque(node))
}

fn repeated<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if let Some(condition) = node.child_by_field_name("condition")
        && let Some((names, over)) = each_of(cx, condition)
    {
        let iter = expression::list(cx, over);
        let target = names;
        let body = curly::loop_body(cx, node.child_by_field_name("block"), node);
        return cx.add(Node::For { target, iter, body, indexed: true }, node);
    }
    if let Some(condition) = node.child_by_field_name("condition")
        && let Some(found) = matching::all_matches(cx, condition)
    {
        let target = cx.name("one match", node);
        let groups = cx.op(Op::ListOf, vec![target, target], node);
        let all = cx.name(expression::FOUND, node);
        let bind = cx.assign(all, groups, false, node);
        let inner = curly::loop_body(cx, node.child_by_field_name("block"), node);
        let body = cx.add(Node::Block(vec![bind, inner]), node);
        return body::each(cx, target, found, body, node);
    }
    let test = node.child_by_field_name("condition").map(|_| test(cx, node));
    let body = curly::loop_body(cx, node.child_by_field_name("block"), node);
    cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node)
}

/// `my ($k, $v) = each %h`: the targets, and what is walked.
fn each_of<'t>(cx: &mut Lowering<'t, '_>, condition: Ts<'t>) -> Option<(NodeId, Ts<'t>)> {
    let right = condition.child_by_field_name("right")?;
    let function = right.child_by_field_name("function")?;
    if cx.text(function) != "each" {
        return None;
    }
    let over = cx.kids(right).into_iter().rfind(|kid| matches!(kid.kind(), "hash" | "array" | "scalar"))?;
    let left = condition.child_by_field_name("left")?;
    Some((expression::target(cx, left), over))
}

fn each<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let target = match node.child_by_field_name("variable") {
        Some(variable) => expression::target(cx, variable),
        None => cx.name(TOPIC, node),
    };
    let iter = expression::list_field(cx, node, "list");
    let body = curly::loop_body(cx, node.child_by_field_name("block"), node);
    body::each(cx, target, iter, body, node)
}
