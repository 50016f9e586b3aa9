//! Expressions: application, operators by their precedence, sections, comprehensions.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Clause;
use crate::read::ir::Comprehension;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::library::as_function;
use crate::read::lang::library::call as library_call;
use crate::read::lang::library::find;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::equation;
use super::library;
use super::pattern;

/// Where a sequence without an end stops: nobody reads on that far.
const ENDLESS: i64 = 2048;
/// Functions that are known by name take at most so many arguments.
const MOST_ARGS: usize = 4;

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "variable" | "constructor" | "qualified" | "prefix_id" => named(cx, node),
        "string" | "char" => cx.literal(node),
        "literal" | "exp" | "parens" | "boolean" => match node.child_by_field_name("expression") {
            Some(inner) => cx.lower(inner),
            None => cx.only(node),
        },
        "integer" => cx.add(literal::whole(cx.text(node)), node),
        "float" => match literal::float(cx.text(node)) {
            Some(f) => cx.add(Node::Float(f), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "signature" => cx.expect_field(node, "expression"),
        "negation" => {
            let value =
                match node.child_by_field_name("expression").or_else(|| node.child_by_field_name("number")) {
                    Some(value) => cx.lower(value),
                    None => cx.opaque(node),
                };
            cx.add(Node::Unary(UnaryOp::Neg, value), node)
        }
        "list" | "tuple" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "empty_list" | "unit" => cx.add(Node::List(Vec::new()), node),
        "apply" => apply(cx, node),
        "infix" => infix(cx, node),
        "left_section" | "right_section" => section(cx, node),
        "lambda" => lambda(cx, node),
        "conditional" => {
            let (test, then) = (cx.expect_field(node, "if"), cx.expect_field(node, "then"));
            let other = cx.expect_field(node, "else");
            cx.add(Node::Choose { test, then, other }, node)
        }
        "let_in" => {
            let mut statements =
                node.child_by_field_name("binds").map_or_else(Vec::new, |binds| equation::group(cx, binds));
            statements.push(cx.expect_field(node, "expression"));
            cx.add(Node::Block(statements), node)
        }
        "case" => case(cx, node),
        "multi_way_if" => {
            let arms = equation::guarded(cx, node, Vec::new());
            cx.add(Node::Match { subject: None, arms }, node)
        }
        "list_comprehension" => comprehension(cx, node),
        "arithmetic_sequence" => sequence(cx, node),
        "let" => cx.expect_field(node, "binds"),
        "record" => {
            let callee = match node
                .child_by_field_name("constructor")
                .or_else(|| node.child_by_field_name("expression"))
            {
                Some(constructor) => cx.name(plain(cx.text(constructor)), constructor),
                None => return Some(cx.opaque(node)),
            };
            let mut args = Vec::new();
            for field in cx.fields(node, "field") {
                let name = field.child_by_field_name("field").map(|name| cx.text(name).into());
                args.push(Arg { name, value: cx.expect_field(field, "expression"), spread: false });
            }
            cx.call(callee, args, None, node)
        }
        _ => return None,
    })
}

/// A name without its module; a library's function becomes one of the program.
fn named<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = plain(cx.text(node));
    match name {
        "True" | "otherwise" => return cx.add(Node::Bool(true), node),
        "False" => return cx.add(Node::Bool(false), node),
        "Nothing" => return cx.add(Node::Null, node),
        _ => {}
    }
    if let Some(op) = operator(name.trim_matches(['(', ')'])) {
        let (a, b) = (cx.name("a", node), cx.name("b", node));
        let body = cx.add(Node::Binary(op, a, b), node);
        return cx.lambda(&["a", "b"], body, node);
    }
    if !own(cx, name) {
        for params in 1..=2 {
            if let Some(row) = find(library::FUNCTIONS, name, params) {
                return as_function(cx, row, None, row.args.unwrap_or(1).min(2), node);
            }
        }
    }
    cx.name(name, node)
}

fn plain(text: &str) -> &str {
    let last = text.rsplit('.').next().unwrap_or(text);
    if last.is_empty() || !text.contains(|c: char| c.is_alphabetic()) { text } else { last }
}

/// Whether the region itself defines a name.
fn own(cx: &Lowering<'_, '_>, name: &str) -> bool {
    let text = cx.source_text();
    text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches("let ").trim_start_matches("where ");
        let behind = line.strip_prefix(name).filter(|behind| behind.starts_with(' '));
        behind.is_some_and(|behind| {
            behind.trim_start().starts_with("::")
                || behind.split(" = ").count() > 1 && !behind.trim_start().starts_with('$')
        })
    })
}

/// `f a b c`
fn apply<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut args = Vec::new();
    let mut at = node;
    while at.kind() == "apply" && args.len() < 64 {
        args.extend(at.child_by_field_name("argument"));
        match at.child_by_field_name("function") {
            Some(function) => at = function,
            None => break,
        }
    }
    args.reverse();
    let args = cx.lower_all(&args);
    called(cx, at, args, node)
}

/// A call of what `function` names with these arguments; with too few of them, a function of the others.
fn called<'t>(cx: &mut Lowering<'t, '_>, function: Ts<'t>, args: Vec<NodeId>, node: Ts<'t>) -> NodeId {
    let name = plain(cx.text(function));
    if matches!(function.kind(), "variable" | "qualified" | "constructor") && !own(cx, name) {
        if let Some(id) = special(cx, name, &args, node) {
            return id;
        }
        if let Some(row) = find(library::FUNCTIONS, name, args.len()) {
            let wanted = row.args.unwrap_or(1);
            if args.len() >= wanted {
                let callee = cx.name(name, node);
                return library_call(cx, row, None, callee, args.into_iter().map(positional).collect(), node);
            }
        }
        // Too few arguments: a function of those that are missing.
        let wanted = (args.len() + 1..=MOST_ARGS)
            .find(|count| find(library::FUNCTIONS, name, *count).is_some_and(|row| row.args == Some(*count)));
        if let Some(wanted) = wanted {
            let names: Vec<String> =
                (args.len()..wanted).map(|at| format!("missing {at} {}", node.start_byte())).collect();
            let mut all = args;
            for name in &names {
                all.push(cx.name(name, node));
            }
            let Some(row) = find(library::FUNCTIONS, name, wanted) else { return cx.opaque(node) };
            let callee = cx.name(name, node);
            let body = library_call(cx, row, None, callee, all.into_iter().map(positional).collect(), node);
            let params = names.iter().map(|name| param(name)).collect();
            return cx
                .add(Node::Function { name: None, params, body, comment: None, generator: false }, node);
        }
    }
    // A function of the program given too few arguments.
    let wanted: usize = cx.kind_of(name).parse().unwrap_or(0);
    if wanted > args.len() {
        let names: Vec<String> =
            (args.len()..wanted).map(|at| format!("missing {at} {}", node.start_byte())).collect();
        let mut all: Vec<Arg> = args.into_iter().map(positional).collect();
        for name in &names {
            all.push(positional(cx.name(name, node)));
        }
        let callee = cx.name(name, node);
        let body = cx.call(callee, all, None, node);
        let params = names.iter().map(|name| param(name)).collect();
        return cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node);
    }
    let callee = match function.kind() {
        "variable" | "constructor" | "qualified" => cx.name(name, function),
        _ => cx.lower(function),
    };
    cx.op(Op::Apply, std::iter::once(callee).chain(args).collect(), node)
}

/// Functions whose arguments are not simply operands.
fn special<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: &[NodeId], node: Ts<'t>) -> Option<NodeId> {
    Some(match (name, args) {
        ("foldr", [function, start, items]) => {
            let turned = cx.op(Op::Reverse, vec![*items], node);
            let (a, b) = (cx.name("a", node), cx.name("b", node));
            let body = cx.op(Op::Apply, vec![*function, b, a], node);
            let swapped = cx.lambda(&["a", "b"], body, node);
            cx.op(Op::Reduce, vec![swapped, turned, *start], node)
        }
        ("flip", [function, a, b]) => cx.op(Op::Apply, vec![*function, *b, *a], node),
        ("zipWith", [function, a, b]) => {
            let pairs = cx.op(Op::Zip, vec![*a, *b], node);
            let (row, target) = (cx.name("row", node), cx.name("row", node));
            let arg = Arg { name: None, value: row, spread: true };
            let element = cx.call(*function, vec![arg], None, node);
            let clauses = vec![Clause { target, iter: pairs, tests: Vec::new() }];
            cx.add(Node::Comprehend { kind: Comprehension::List, element, clauses }, node)
        }
        ("Just" | "Right" | "return" | "pure" | "id" | "fromIntegral" | "show", [value]) => *value,
        ("xor", [a, b]) => cx.add(Node::Binary(BinaryOp::BitXor, *a, *b), node),
        ("mod" | "rem", [a, b]) => cx.add(Node::Binary(BinaryOp::Mod, *a, *b), node),
        ("div" | "quot", [a, b]) => cx.add(Node::Binary(BinaryOp::FloorDiv, *a, *b), node),
        ("subtract", [a, b]) => cx.add(Node::Binary(BinaryOp::Sub, *b, *a), node),
        ("subtract", [less]) => {
            let own = cx.name("own", node);
            let body = cx.add(Node::Binary(BinaryOp::Sub, own, *less), node);
            cx.lambda(&["own"], body, node)
        }
        ("not", [a]) => cx.add(Node::Unary(UnaryOp::Not, *a), node),
        ("Left", [value]) => *value,
        ("odd", [value]) => {
            let two = cx.add(Node::Int(2), node);
            let even = cx.op(Op::Divides, vec![*value, two], node);
            cx.add(Node::Unary(UnaryOp::Not, even), node)
        }
        ("printf", [_, ..]) => {
            let text = cx.op(Op::FormatPercent, args.to_vec(), node);
            cx.op(Op::Write, vec![text], node)
        }
        ("mapM_" | "forM_" | "traverse_" | "for_" | "mapM" | "forM", [a, b]) => {
            let (function, items) = if name.starts_with("for") { (*b, *a) } else { (*a, *b) };
            cx.op(Op::Map, vec![function, items], node)
        }
        ("when", [test, then]) => cx.add(Node::If { test: *test, then: *then, other: None }, node),
        ("maybe", [other, function, value]) => {
            let null = cx.add(Node::Null, node);
            let test = cx.add(Node::Binary(BinaryOp::Ne, *value, null), node);
            let then = cx.call(*function, vec![positional(*value)], None, node);
            cx.add(Node::Choose { test, then, other: *other }, node)
        }
        ("fromMaybe", [other, value]) => {
            let null = cx.add(Node::Null, node);
            let test = cx.add(Node::Binary(BinaryOp::Ne, *value, null), node);
            cx.add(Node::Choose { test, then: *value, other: *other }, node)
        }
        _ => return stateful(cx, name, args, node),
    })
}

/// Variables, and functions that choose.
fn stateful<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: &[NodeId], node: Ts<'t>) -> Option<NodeId> {
    Some(match (name, args) {
        ("newIORef" | "newSTRef" | "newMVar" | "readIORef" | "readSTRef" | "readMVar", [value]) => *value,
        ("writeIORef" | "writeSTRef", [target, value]) => cx.assign(*target, *value, false, node),
        ("modifyIORef" | "modifyIORef'" | "modifySTRef" | "modifySTRef'", [target, function]) => {
            let value = cx.op(Op::Apply, vec![*function, *target], node);
            cx.assign(*target, value, false, node)
        }
        ("uncurry", [function, pair]) => {
            let pair = Arg { name: None, value: *pair, spread: true };
            cx.call(*function, vec![pair], None, node)
        }
        ("either", [left, right, value]) => {
            let (function, value) = (cx.name("one", node), *value);
            let text = cx.op(Op::IsText, vec![value], node);
            let chosen = cx.add(Node::Choose { test: text, then: *left, other: *right }, node);
            let bind = cx.assign(function, chosen, true, node);
            let call = cx.op(Op::Apply, vec![function, value], node);
            cx.add(Node::Block(vec![bind, call]), node)
        }
        _ => return None,
    })
}

fn operator(text: &str) -> Option<BinaryOp> {
    Some(match text {
        "++" | "<>" | "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "==" => BinaryOp::Eq,
        "/=" => BinaryOp::Ne,
        "<" => BinaryOp::Lt,
        "<=" => BinaryOp::Le,
        ">" => BinaryOp::Gt,
        ">=" => BinaryOp::Ge,
        "&&" => BinaryOp::And,
        "||" => BinaryOp::Or,
        "^" | "**" => BinaryOp::Pow,
        "`div`" => BinaryOp::FloorDiv,
        "`mod`" | "`rem`" => BinaryOp::Mod,
        "`xor`" => BinaryOp::BitXor,
        "`elem`" => BinaryOp::In,
        "`notElem`" => BinaryOp::NotIn,
        _ => return None,
    })
}

/// How tightly an operator binds, and whether it groups to the right.
fn precedence(text: &str) -> (u8, bool) {
    match text {
        "." | "!!" | "M.!" => (9, true),
        "^" | "**" | "^^" => (8, true),
        "*" | "/" | "`div`" | "`mod`" | "`rem`" | "`quot`" => (7, false),
        "+" | "-" | "`xor`" => (6, false),
        "++" | ":" | "<>" => (5, true),
        "==" | "/=" | "<" | "<=" | ">" | ">=" | "`elem`" | "`notElem`" => (4, false),
        "<$>" | "<$" | "<*>" => (4, false),
        "&&" => (3, true),
        "||" => (2, true),
        ">>=" | ">>" | "&" | "<&>" => (1, false),
        "$" | "$!" | "=<<" | "`seq`" => (0, true),
        _ => (9, false),
    }
}

/// The grammar nests operators to the right whatever they are: read off, and nested as they bind.
fn infix<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (mut operands, mut operators) = (Vec::new(), Vec::new());
    let mut at = node;
    while at.kind() == "infix" {
        let (Some(left), Some(operator)) =
            (at.child_by_field_name("left_operand"), at.child_by_field_name("operator"))
        else {
            return cx.opaque(node);
        };
        operands.push(left);
        operators.push(cx.text(operator));
        match at.child_by_field_name("right_operand") {
            Some(right) => at = right,
            None => return cx.opaque(node),
        }
    }
    operands.push(at);
    let mut values: Vec<(NodeId, Ts<'t>)> = Vec::new();
    let mut waiting: Vec<&'t str> = Vec::new();
    let mut operands = operands.into_iter();
    let Some(first) = operands.next() else { return cx.opaque(node) };
    values.push((cx.lower(first), first));
    for (operator, operand) in operators.into_iter().zip(operands) {
        let (binds, right) = precedence(operator);
        while let Some(last) = waiting.last().copied() {
            let tighter = precedence(last).0;
            if tighter < binds || tighter == binds && right {
                break;
            }
            waiting.pop();
            join(cx, &mut values, last, node);
        }
        waiting.push(operator);
        values.push((cx.lower(operand), operand));
    }
    while let Some(last) = waiting.pop() {
        join(cx, &mut values, last, node);
    }
    values.pop().map_or_else(|| cx.opaque(node), |(value, _)| value)
}

fn join<'t>(cx: &mut Lowering<'t, '_>, values: &mut Vec<(NodeId, Ts<'t>)>, operator: &str, node: Ts<'t>) {
    let (Some((b, right)), Some((a, left))) = (values.pop(), values.pop()) else { return };
    let value = combined(cx, operator, (a, left), (b, right), node);
    values.push((value, node));
}

/// What an operator makes of its sides.
fn combined<'t>(
    cx: &mut Lowering<'t, '_>,
    text: &str,
    (a, left): (NodeId, Ts<'t>),
    (b, _): (NodeId, Ts<'t>),
    node: Ts<'t>,
) -> NodeId {
    if let Some(op) = operator(text) {
        return cx.add(Node::Binary(op, a, b), node);
    }
    match text {
        // What is applied may be a name of the library, which takes its argument as a call does.
        "$" | "$!" | "=<<" if matches!(left.kind(), "variable" | "qualified" | "constructor") => {
            called(cx, left, vec![b], node)
        }
        "$" | "$!" | "<$>" | "=<<" if left.kind() == "apply" => {
            let mut args = Vec::new();
            let mut at = left;
            while at.kind() == "apply" && args.len() < 64 {
                args.extend(at.child_by_field_name("argument"));
                match at.child_by_field_name("function") {
                    Some(function) => at = function,
                    None => break,
                }
            }
            args.reverse();
            let mut args = cx.lower_all(&args);
            if text == "<$>" {
                let function = called(cx, at, args, node);
                return cx.op(Op::Map, vec![function, b], node);
            }
            args.push(b);
            called(cx, at, args, node)
        }
        "$" | "$!" | "=<<" => cx.op(Op::Apply, vec![a, b], node),
        "&" | ">>=" => cx.op(Op::Apply, vec![b, a], node),
        ">>" | "`seq`" => cx.add(Node::Block(vec![a, b]), node),
        "<$>" | "<&>" => {
            let operands = if text == "<$>" { vec![a, b] } else { vec![b, a] };
            cx.op(Op::Map, operands, node)
        }
        "." => {
            let x = cx.name("composed", node);
            let inner = cx.op(Op::Apply, vec![b, x], node);
            let body = cx.op(Op::Apply, vec![a, inner], node);
            cx.lambda(&["composed"], body, node)
        }
        ":" => {
            let one = cx.add(Node::List(vec![a]), node);
            cx.add(Node::Binary(BinaryOp::Add, one, b), node)
        }
        "!!" | "!" | "M.!" | "Map.!" => cx.add(Node::Index(a, b), node),
        _ if text.starts_with('`') => {
            let name = plain(text.trim_matches('`'));
            match find(library::FUNCTIONS, name, 2).filter(|_| !own(cx, name)) {
                Some(row) => {
                    let callee = cx.name(name, node);
                    library_call(cx, row, None, callee, vec![positional(a), positional(b)], node)
                }
                None => {
                    let callee = cx.name(name, node);
                    cx.op(Op::Apply, vec![callee, a, b], node)
                }
            }
        }
        _ => {
            let callee = cx.name(&format!("({text})"), node);
            cx.op(Op::Apply, vec![callee, a, b], node)
        }
    }
}

/// `(+ 1)`, `(1 +)`
fn section<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let text = cx.text(node).trim_matches(['(', ')']).trim();
    let (operand, text) =
        match (node.child_by_field_name("left_operand"), node.child_by_field_name("right_operand")) {
            (Some(left), _) => (left, text.get(cx.text(left).len()..).unwrap_or_default().trim()),
            (None, Some(right)) => (right, text.strip_suffix(cx.text(right)).unwrap_or(text).trim()),
            _ => return cx.opaque(node),
        };
    let own = cx.name("section", node);
    let value = cx.lower(operand);
    let sides = if node.kind() == "left_section" { (value, own) } else { (own, value) };
    let body = combined(cx, text, (sides.0, operand), (sides.1, operand), node);
    cx.lambda(&["section"], body, node)
}

fn lambda<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = node.child_by_field_name("patterns").map_or_else(Vec::new, |list| cx.kids(list));
    let (mut params, mut statements) = (Vec::new(), Vec::new());
    for part in list {
        if part.kind() == "variable" {
            params.push(param(cx.text(part)));
            continue;
        }
        let own = format!("parameter {}", part.start_byte());
        let value = cx.name(&own, part);
        statements.push(pattern::test(cx, part, value));
        params.push(param(&own));
    }
    let body = cx.expect_field(node, "expression");
    let body = if statements.is_empty() {
        body
    } else {
        statements.push(body);
        cx.add(Node::Block(statements), node)
    };
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

fn case<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(subject) = cx.kids(node).into_iter().find(|kid| kid.kind() != "alternatives") else {
        return cx.opaque(node);
    };
    let value = cx.lower(subject);
    let held = cx.name(&format!("matched {}", node.start_byte()), node);
    let bind = cx.assign(held, value, true, node);
    let mut arms = Vec::new();
    for alternative in node.child_by_field_name("alternatives").map_or_else(Vec::new, |list| cx.kids(list)) {
        let pattern = alternative.child_by_field_name("pattern");
        let test = pattern.map(|pattern| pattern::test(cx, pattern, held));
        arms.extend(equation::guarded(cx, alternative, test.into_iter().collect()));
    }
    let whole = cx.add(Node::Match { subject: None, arms }, node);
    cx.add(Node::Block(vec![bind, whole]), node)
}

fn comprehension<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut clauses: Vec<Clause> = Vec::new();
    for qualifier in node.child_by_field_name("qualifiers").map_or_else(Vec::new, |list| cx.kids(list)) {
        match (qualifier.kind(), qualifier.child_by_field_name("pattern")) {
            ("generator", Some(pattern)) => {
                let iter = cx.expect_field(qualifier, "expression");
                let own = format!("item {}", qualifier.start_byte());
                let subject = cx.name(&own, pattern);
                let test = pattern::test(cx, pattern, subject);
                let target = cx.name(&own, pattern);
                clauses.push(Clause { target, iter, tests: vec![test] });
            }
            _ => {
                let test = match qualifier.child_by_field_name("binds") {
                    Some(binds) => {
                        let mut local = equation::group(cx, binds);
                        local.push(cx.add(Node::Bool(true), binds));
                        cx.add(Node::Block(local), binds)
                    }
                    None => equation::test(cx, qualifier),
                };
                if let Some(clause) = clauses.last_mut() {
                    clause.tests.push(test);
                }
            }
        }
    }
    let element = cx.expect_field(node, "expression");
    cx.add(Node::Comprehend { kind: Comprehension::List, element, clauses }, node)
}

/// `[a..b]`, `[a, b..c]`, of numbers or characters.
fn sequence<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let from = cx.expect_field(node, "from");
    let letters = matches!(cx.ir(from), Node::Text(_));
    let to = match cx.lower_field(node, "to") {
        Some(to) => to,
        None if letters => cx.constant("\u{17f}", node),
        None => cx.add(Node::Int(ENDLESS), node),
    };
    let mut operands = vec![from, to];
    if let Some(step) = cx.lower_field(node, "step") {
        operands.push(cx.add(Node::Binary(BinaryOp::Sub, step, from), node));
    }
    let numbers = cx.op(Op::RangeClosed, operands, node);
    if matches!(cx.ir(from), Node::Text(_)) {
        let text = cx.op(Op::Chr, vec![numbers], node);
        return cx.op(Op::Chars, vec![text], node);
    }
    numbers
}
