//! Declarations: equations, guards, local definitions, `do` blocks.

use crate::read::ir::Arm;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;
use crate::read::lang::lowering::param;

use super::instance;
use super::pattern;

/// Lowers a declaration; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "haskell" => {
            arities(cx, node);
            let mut statements = instance::shared(cx, node);
            for kid in cx.kids_and_comments(node) {
                match kid.kind() {
                    "declarations" => statements.extend(group(cx, kid)),
                    "imports" | "header" => {}
                    _ => statements.push(cx.lower(kid)),
                }
            }
            // A program is what `main` does.
            if cx.source_text().contains("main =") {
                let main = cx.name("main", node);
                statements.push(cx.call(main, Vec::new(), None, node));
            }
            cx.add(Node::Block(statements), node)
        }
        "declarations" | "local_binds" | "instance_declarations" | "class_declarations" => {
            let statements = group(cx, node);
            cx.add(Node::Block(statements), node)
        }
        "function" | "bind" => {
            let statements = equations(cx, &[node]);
            cx.add(Node::Block(statements), node)
        }
        "data_type" | "newtype" => data(cx, node),
        "signature" if node.child_by_field_name("expression").is_some() => return None,
        "signature" | "import" | "header" | "type_synomym" | "class" | "fixity" | "pragma" | "haddock"
        | "deriving_instance" => cx.op(Op::Nothing, Vec::new(), node),
        "instance" => of_instance(cx, node),
        "do" => block(cx, node),
        _ => return None,
    })
}

/// How many arguments functions take.
const COUNTS: &[&str] = &["0", "1", "2", "3", "4", "5", "6"];

/// Remembers how many arguments the region's functions take.
fn arities<'t>(cx: &mut Lowering<'t, '_>, root: Ts<'t>) {
    for list in cx.kids(root).into_iter().filter(|kid| kid.kind() == "declarations") {
        for function in cx.kids(list).into_iter().filter(|kid| kid.kind() == "function") {
            let count = function.child_by_field_name("patterns").map_or(0, |list| cx.kids(list).len());
            if let Some(count) = COUNTS.get(count) {
                cx.remember(own_name(cx, function), count);
            }
        }
    }
}

/// Declarations in order; neighbours of one name are one.
pub(super) fn group<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<NodeId> {
    let mut out = Vec::new();
    let kids = cx.kids_and_comments(node);
    let mut at = 0;
    while at < kids.len() {
        let kid = kids[at];
        if is_comment(kid) || kid.kind() == "haddock" {
            out.push(cx.comment(kid));
            at += 1;
            continue;
        }
        if kid.kind() == "function"
            && node.kind() == "instance_declarations"
            && cx.kind_of(own_name(cx, kid)) == instance::SHARED
        {
            at += 1;
            continue;
        }
        if !matches!(kid.kind(), "function" | "bind") {
            out.push(cx.lower(kid));
            at += 1;
            continue;
        }
        let name = own_name(cx, kid);
        let same =
            |other: &&Ts<'t>| other.kind() == kid.kind() && own_name(cx, **other) == name && !name.is_empty();
        let count = 1 + kids[at + 1..].iter().take_while(same).count();
        out.extend(equations(cx, &kids[at..at + count]));
        at += count;
    }
    out
}

pub(super) fn own_name<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> &'t str {
    node.child_by_field_name("name").map_or("", |name| cx.text(name))
}

/// Equations of one method for several types, each with the names of the type's constructors.
pub(super) fn by_type<'t>(cx: &mut Lowering<'t, '_>, all: &[(Ts<'t>, Vec<&'t str>)]) -> Option<NodeId> {
    let first = all.first()?.0;
    let name = own_name(cx, first);
    let count = cx.kids(first.child_by_field_name("patterns")?).len();
    let names: Vec<String> = (0..count).map(|at| format!("{name} argument {at}")).collect();
    let mut arms = Vec::new();
    for (node, makers) in all {
        let mut tests = Vec::new();
        for maker in makers {
            let (subject, class) = (cx.name(names.first()?, *node), cx.name(maker, *node));
            tests.push(cx.op(Op::IsA, vec![subject, class], *node));
        }
        let either =
            tests.into_iter().reduce(|any, test| cx.add(Node::Binary(BinaryOp::Or, any, test), *node));
        let mut tests: Vec<NodeId> = either.into_iter().collect();
        tests.extend(fits(cx, *node, &names));
        arms.extend(guarded(cx, *node, tests));
    }
    Some(tried(cx, first, name, &names, arms))
}

/// That the arguments, by their `names`, fit the patterns of an equation.
fn fits<'t>(cx: &mut Lowering<'t, '_>, equation: Ts<'t>, names: &[String]) -> Vec<NodeId> {
    let list = equation.child_by_field_name("patterns").map_or_else(Vec::new, |list| cx.kids(list));
    let test = |(own, pattern): (&String, Ts<'t>)| {
        let subject = cx.name(own, pattern);
        pattern::test(cx, pattern, subject)
    };
    names.iter().zip(list).map(test).collect()
}

/// A function that tries `arms` in turn.
fn tried<'t>(cx: &mut Lowering<'t, '_>, at: Ts<'t>, name: &str, names: &[String], arms: Vec<Arm>) -> NodeId {
    let body = cx.add(Node::Match { subject: None, arms }, at);
    let params = names.iter().map(|name| param(name)).collect();
    cx.add(Node::Function { name: Some(name.into()), params, body, comment: None, generator: false }, at)
}

/// Equations of one name: a function that tries their patterns in turn, or a value.
fn equations<'t>(cx: &mut Lowering<'t, '_>, all: &[Ts<'t>]) -> Vec<NodeId> {
    let Some(first) = all.first().copied() else { return Vec::new() };
    let name = own_name(cx, first);
    let count = first.child_by_field_name("patterns").map_or(0, |list| cx.kids(list).len());
    if count == 0 {
        return value(cx, first, name);
    }
    let names: Vec<String> = (0..count).map(|at| format!("{name} argument {at}")).collect();
    let mut arms = Vec::new();
    for node in all {
        let tests = fits(cx, *node, &names);
        arms.extend(guarded(cx, *node, tests));
    }
    vec![tried(cx, first, name, &names, arms)]
}

/// A value, which is made when it is asked for where it says what is done; or a pattern and what it takes apart.
fn value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, name: &str) -> Vec<NodeId> {
    let arms = guarded(cx, node, Vec::new());
    let body = match &arms[..] {
        [Arm { guard: None, body, .. }] => *body,
        _ => cx.add(Node::Match { subject: None, arms }, node),
    };
    if let Some(pattern) = node.child_by_field_name("pattern") {
        let held = cx.name(&format!("bound {}", node.start_byte()), node);
        let bind = cx.assign(held, body, true, node);
        return vec![bind, pattern::test(cx, pattern, held)];
    }
    let text = cx.text(node);
    let does =
        text.contains(" do\n") || text.contains(" do ") || text.contains("putStr") || text.contains("print ");
    if name == "main" || does {
        let name = Some(name.into());
        let function = Node::Function { name, params: Vec::new(), body, comment: None, generator: false };
        return vec![cx.add(function, node)];
    }
    let target = cx.name(name, node);
    vec![cx.assign(target, body, true, node)]
}

/// What the matches of an equation or alternative give, each under its guards.
pub(super) fn guarded<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, tests: Vec<NodeId>) -> Vec<Arm> {
    // What stands under `where` is worked out once, with the first guard: each of them would start the recursion again.
    let again = tests.clone();
    let mut before = tests;
    if let Some(binds) = node.child_by_field_name("binds") {
        let mut local = group(cx, binds);
        local.push(cx.add(Node::Bool(true), binds));
        before.push(cx.add(Node::Block(local), binds));
    }
    let mut arms = Vec::new();
    let matches = cx.fields(node, "match");
    let bodies: Vec<Ts<'t>> = if matches.is_empty() { cx.fields(node, "expression") } else { matches };
    for part in bodies {
        let mut tests = std::mem::replace(&mut before, again.clone());
        let expression = part.child_by_field_name("expression").unwrap_or(part);
        if let Some(guards) = part.child_by_field_name("guards") {
            for guard in cx.kids(guards) {
                tests.push(test(cx, guard));
            }
        }
        let guard =
            tests.into_iter().reduce(|all, test| cx.add(Node::Binary(BinaryOp::And, all, test), part));
        let body = cx.lower(expression);
        arms.push(Arm { values: Vec::new(), guard, body, falls_through: false });
    }
    arms
}

/// A guard: a condition, or a pattern that what is behind its arrow must fit.
pub(super) fn test<'t>(cx: &mut Lowering<'t, '_>, guard: Ts<'t>) -> NodeId {
    match (guard.child_by_field_name("pattern"), guard.child_by_field_name("expression")) {
        (Some(pattern), Some(expression)) => {
            let value = cx.lower(expression);
            let held = cx.name(&format!("guarded {}", guard.start_byte()), guard);
            let bind = cx.assign(held, value, true, guard);
            let test = pattern::test(cx, pattern, held);
            cx.add(Node::Block(vec![bind, test]), guard)
        }
        _ if cx.text(guard) == "otherwise" => cx.add(Node::Bool(true), guard),
        _ => cx.only(guard),
    }
}

/// Constructors make objects; a type with names for its fields has them as functions too.
fn data<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut statements = Vec::new();
    let mut stack: Vec<Ts<'t>> = cx.kids(node);
    stack.reverse();
    while let Some(at) = stack.pop() {
        match at.kind() {
            "record" | "prefix" | "newtype_constructor" => {
                let Some(name) = at.child_by_field_name("name") else { continue };
                let mut fields: Vec<Box<str>> = Vec::new();
                let mut inner: Vec<Ts<'t>> = cx.kids(at);
                inner.reverse();
                while let Some(part) = inner.pop() {
                    match part.kind() {
                        "field_name" => fields.push(cx.text(part).into()),
                        "fields" | "field" | "record" => {
                            let mut kids = cx.kids(part);
                            kids.reverse();
                            inner.extend(kids);
                        }
                        _ => {}
                    }
                }
                for field in fields.clone() {
                    let base = cx.name("a", at);
                    let body = cx.add(Node::Field(base, field.clone()), at);
                    let getter = cx.lambda(&["a"], body, at);
                    let target = cx.name(&field, at);
                    statements.push(cx.assign(target, getter, true, at));
                }
                if fields.is_empty() {
                    let count = cx.kids(at).len().saturating_sub(1);
                    fields = (0..count).map(|at| at.to_string().into()).collect();
                }
                cx.remember(cx.text(name), "constructor");
                let (name, bases, members) = (cx.text(name).into(), Vec::new(), Vec::new());
                statements.push(cx.add(Node::Class { name, bases, members, constructor: None, fields }, at));
            }
            "data_constructors" | "data_constructor" => {
                let mut kids = cx.kids(at);
                kids.reverse();
                stack.extend(kids);
            }
            _ => {}
        }
    }
    cx.add(Node::Block(statements), node)
}

/// `instance Show T where show … = …`: a function of its own name, since nothing else says whose it is.
fn of_instance<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.child_by_field_name("declarations") {
        Some(declarations) => cx.lower(declarations),
        None => cx.op(Op::Nothing, Vec::new(), node),
    }
}

/// Statements of a `do` block; its value is the last one's.
fn block<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut statements = Vec::new();
    for kid in cx.kids_and_comments(node) {
        match kid.kind() {
            "let" => {
                if let Some(binds) = kid.child_by_field_name("binds") {
                    statements.extend(group(cx, binds));
                }
            }
            "bind" | "generator" => {
                let value = cx.expect_field(kid, "expression");
                match kid.child_by_field_name("pattern") {
                    Some(pattern) if kid.child_by_field_name("expression").is_some() => {
                        let held = cx.name(&format!("given {}", kid.start_byte()), kid);
                        statements.push(cx.assign(held, value, true, kid));
                        statements.push(pattern::test(cx, pattern, held));
                    }
                    _ => statements.extend(equations(cx, &[kid])),
                }
            }
            _ => {
                let value = cx.lower(kid);
                // What is named is done.
                let named = matches!(cx.ir(value), Node::Name(_));
                statements.push(if named { cx.op(Op::Apply, vec![value], node) } else { value });
            }
        }
    }
    cx.add(Node::Block(statements), node)
}
