//! Calls: constructors, macros, and methods.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::library::as_function;
use crate::read::lang::library::call as library_call;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::item;
use super::library;

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(function) = node.child_by_field_name("function") else { return cx.opaque(node) };
    let kids = node.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
    let (inner, turbofish) = match function.child_by_field_name("function") {
        Some(inner) if function.kind() == "generic_function" => {
            (inner, function.child_by_field_name("type_arguments").map_or("", |kinds| cx.text(kinds)))
        }
        _ => (function, ""),
    };
    if inner.kind() == "field_expression" {
        return method(cx, inner, turbofish, &kids, node);
    }
    let text = cx.text(inner);
    let name = short(text);
    if cx.text(node)[text.len()..].trim_start().starts_with('!')
        && let Some(id) = macro_call(cx, text, &kids, node)
    {
        return id;
    }
    match (name.as_str(), &kids[..]) {
        (
            "Some" | "Ok" | "Box::new" | "Rc::new" | "Arc::new" | "Mutex::new" | "RefCell::new" | "Cell::new",
            [value],
        )
        | ("Cow::Borrowed" | "Cow::Owned" | "Rc::clone" | "Arc::clone" | "black_box", [value]) => {
            return function_value(cx, *value, 1);
        }
        ("Err", _) => {
            let unused = cx.lower_all(&kids);
            let null = cx.add(Node::Null, node);
            return cx.beside(null, &unused, node);
        }
        ("mem::take" | "std::mem::take", [place]) => return take(cx, *place, node),
        ("mem::swap" | "std::mem::swap" | "swap", [a, b]) => return swap(cx, *a, *b, node),
        ("mpsc::channel" | "channel" | "unbounded" | "sync_channel", _) => {
            let name = cx.name(&format!("channel {}", node.start_byte()), node);
            let queue = cx.op(Op::NewQueue, Vec::new(), node);
            let made = cx.assign(name, queue, true, node);
            let ends = cx.add(Node::List(vec![name, name]), node);
            return cx.add(Node::Block(vec![made, ends]), node);
        }
        ("successors", [first, next]) => {
            let (first, next) = (cx.lower(*first), cx.lower(*next));
            return cx.op(Op::Successors, vec![first, next], node);
        }
        _ => {}
    }
    let own = cx.defines(&name) || cx.defines(name.split("::").next().unwrap_or_default());
    let row = find(library::FUNCTIONS, &name, kids.len()).filter(|_| !own);
    let args: Vec<Arg> = kids.iter().map(|kid| positional(function_value(cx, *kid, 1))).collect();
    let callee = cx.lower(inner);
    match row {
        Some(row) => library_call(cx, row, None, callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// A path without the modules before a type or function, and without type arguments.
fn short(path: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for c in path.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            c if depth == 0 && !c.is_whitespace() => plain.push(c),
            _ => {}
        }
    }
    let parts: Vec<&str> = plain.split("::").filter(|part| !part.is_empty()).collect();
    let typed = parts.iter().rposition(|part| part.chars().next().is_some_and(char::is_uppercase));
    let from = typed.unwrap_or(parts.len().saturating_sub(if parts.contains(&"mem") { 2 } else { 1 }));
    let from = if matches!(parts.get(parts.len().saturating_sub(2)), Some(&"char" | &"str" | &"u8")) {
        parts.len().saturating_sub(2)
    } else {
        from
    };
    parts.get(from..).unwrap_or_default().join("::")
}

/// An argument; a library's function by name becomes a function of the program.
fn function_value<'t>(cx: &mut Lowering<'t, '_>, arg: Ts<'t>, params: usize) -> NodeId {
    let text = cx.text(arg);
    if arg.kind() == "scoped_identifier" || arg.kind() == "identifier" {
        let name = short(text);
        if let Some(row) = find(library::FUNCTIONS, &name, params).filter(|_| name.contains("::")) {
            return as_function(cx, row, None, params, arg);
        }
        let method = name.rsplit("::").next().unwrap_or_default();
        let typed = name.split("::").next().unwrap_or_default();
        if let Some(row) =
            find(library::METHODS, method, 0).filter(|_| name.contains("::") && !cx.defines(typed))
        {
            let this = cx.name("a", arg);
            let library = crate::read::lang::library::apply(cx, row, Some(this), &[], arg);
            let body = cx.op(library.op, library.operands, arg);
            return cx.lambda(&["a"], body, arg);
        }
        if matches!(text, "Some" | "Ok") {
            let same = cx.name("a", arg);
            return cx.lambda(&["a"], same, arg);
        }
    }
    cx.lower(arg)
}

/// A format and its values as text; names in the format are variables.
fn formatted<'t>(cx: &mut Lowering<'t, '_>, parts: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let (mut operands, mut args) = (Vec::new(), Vec::new());
    for part in parts {
        if part.kind() == "assignment_expression" {
            let name = part.child_by_field_name("left").map(|left| cx.text(left).into());
            args.push(Arg { name, value: cx.expect_field(*part, "right"), spread: false });
            continue;
        }
        let value = cx.lower(*part);
        operands.push(value);
        args.push(positional(value));
    }
    // `{}` and nothing else says nothing by itself.
    let callee = cx.name("format!", node);
    cx.call(callee, args, Some(Library { op: Op::FormatBrace, operands }), node)
}

fn macro_call<'t>(cx: &mut Lowering<'t, '_>, name: &str, kids: &[Ts<'t>], node: Ts<'t>) -> Option<NodeId> {
    Some(match (name, kids) {
        ("println" | "eprintln", []) => {
            let line = cx.constant("\n", node);
            cx.op(Op::Write, vec![line], node)
        }
        ("println" | "eprintln", _) => {
            let text = formatted(cx, kids, node);
            cx.op(Op::Print, vec![text], node)
        }
        ("print" | "eprint", [_, ..]) => {
            let text = formatted(cx, kids, node);
            cx.op(Op::Write, vec![text], node)
        }
        ("format" | "format_args" | "panic" | "anyhow" | "bail", [_, ..]) => formatted(cx, kids, node),
        ("write" | "writeln", [to, rest @ ..]) => {
            let place = to
                .child_by_field_name("value")
                .filter(|_| to.kind() == "reference_expression")
                .unwrap_or(*to);
            let mut operands = vec![cx.lower(place)];
            if !rest.is_empty() {
                operands.push(formatted(cx, rest, node));
            }
            if name == "writeln" {
                operands.push(cx.constant("\n", node));
            }
            let stream = cx.text(*to).contains("stdout")
                || cx.text(*to).contains("stderr")
                || screen(cx, cx.text(*to));
            if stream {
                operands.remove(0);
                return Some(cx.op(Op::Write, operands, node));
            }
            cx.op(Op::Push, operands, node)
        }
        ("vec", [item, count])
            if cx.text(node).get(item.end_byte() - node.start_byte()..)?.trim_start().starts_with(';') =>
        {
            let (count, item) = (cx.lower(*count), cx.lower(*item));
            cx.op(Op::NewFilled, vec![count, item], node)
        }
        ("vec", _) => {
            let items = cx.lower_all(kids);
            cx.add(Node::List(items), node)
        }
        ("concat", _) => {
            let parts = cx.lower_all(kids);
            cx.add(Node::Concat(parts), node)
        }
        ("stringify", [only]) => {
            let text = cx.text(*only);
            cx.constant(text, node)
        }
        ("dbg", [only]) => cx.lower(*only),
        ("matches", [value, patterns @ ..]) => {
            let value = cx.lower(*value);
            let unused = cx.lower_all(patterns);
            let unknown = cx.add(Node::Opaque(unused), node);
            cx.beside(unknown, &[value], node)
        }
        (
            "assert" | "assert_eq" | "assert_ne" | "debug_assert" | "unreachable" | "todo" | "unimplemented",
            _,
        ) => {
            let operands = cx.lower_all(kids);
            cx.op(Op::Nothing, operands, node)
        }
        _ => return None,
    })
}

/// Whether a variable was made as the standard output.
fn screen(cx: &Lowering<'_, '_>, name: &str) -> bool {
    let name = name.trim_start_matches("&mut ").trim();
    let text = cx.source_text();
    let marks =
        [format!("{name} = io::stdout"), format!("{name} = std::io::stdout"), format!("{name} = stdout")];
    marks.iter().any(|mark| text.contains(mark.as_str()))
}

/// `mem::take(&mut x)`: the value, and an empty one in its place.
fn take<'t>(cx: &mut Lowering<'t, '_>, place: Ts<'t>, node: Ts<'t>) -> NodeId {
    let inner = place.child_by_field_name("value").unwrap_or(place);
    let target = cx.lower(inner);
    let old = cx.name(&format!("taken {}", node.start_byte()), node);
    let keep = cx.assign(old, target, true, node);
    let copy = cx.op(Op::Copied, vec![target], node);
    let empty = cx.op(Op::Clear, vec![target], node);
    let again = cx.assign(old, copy, true, node);
    cx.add(Node::Block(vec![keep, again, empty, old]), node)
}

fn swap<'t>(cx: &mut Lowering<'t, '_>, a: Ts<'t>, b: Ts<'t>, node: Ts<'t>) -> NodeId {
    let (a, b) = (a.child_by_field_name("value").unwrap_or(a), b.child_by_field_name("value").unwrap_or(b));
    let (targets, values) = (cx.lower_all(&[a, b]), cx.lower_all(&[b, a]));
    let (target, value) = (cx.add(Node::List(targets), node), cx.add(Node::List(values), node));
    cx.assign(target, value, false, node)
}

fn method<'t>(
    cx: &mut Lowering<'t, '_>,
    function: Ts<'t>,
    turbofish: &str,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> NodeId {
    let Some(base) = function.child_by_field_name("value") else { return cx.opaque(node) };
    let name = function.child_by_field_name("field").map_or("", |field| cx.text(field));
    let own = cx.defines(name);
    // What the whole is wanted to be, its receiver need not be.
    let kind = cx.unaliased(item::EXPECTED).to_owned();
    let wanted = if turbofish.is_empty() { kind.as_str() } else { turbofish.trim_matches([':', '<', '>']) };
    let this = item::expecting(
        cx,
        if matches!(name, "unwrap" | "expect") { &kind } else { element(&kind, name) },
        |cx| cx.lower(base),
    );
    if let Some(id) = (!own).then(|| special(cx, this, base, name, wanted, kids, node)).flatten() {
        return id;
    }
    let functions = library::params_of(name);
    let args: Vec<Arg> = kids.iter().map(|kid| positional(function_value(cx, *kid, functions))).collect();
    let callee = cx.add(Node::Field(this, name.into()), function);
    let own = args.is_empty() && matches!(name, "all" | "any") && cx.defines(name);
    match find(library::METHODS, name, args.len()).filter(|_| !own) {
        Some(row) => library_call(cx, row, Some(this), callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// What is wanted of the receiver of a method in a chain whose end is wanted to be `kind`.
fn element<'k>(kind: &'k str, method: &str) -> &'k str {
    if method == "collect" { kind } else { "" }
}

/// Methods whose arguments are not simply operands.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
fn special<'t>(
    cx: &mut Lowering<'t, '_>,
    this: NodeId,
    base: Ts<'t>,
    name: &str,
    wanted: &str,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    Some(match (name, kids) {
        ("collect", []) => collected(cx, this, wanted, cx.text(base), node),
        ("parse", []) => {
            let op = if wanted.contains('f') { Op::ToFloat } else { Op::ToInt };
            cx.op(op, vec![this], node)
        }
        ("sum", []) => cx.op(Op::Sum, vec![this], node),
        ("rev", []) => cx.op(Op::Reverse, vec![this], node),
        ("rfold", [start, function]) => {
            let turned = cx.op(Op::Reverse, vec![this], node);
            let (start, function) = (cx.lower(*start), cx.lower(*function));
            cx.op(Op::Reduce, vec![function, turned, start], node)
        }
        ("fold" | "try_fold", [start, function]) => {
            let (start, function) = (cx.lower(*start), function_value(cx, *function, 2));
            cx.op(Op::Reduce, vec![function, this, start], node)
        }
        ("scan", [start, function]) => {
            let (start, function) = (cx.lower(*start), cx.lower(*function));
            cx.op(Op::Carry, vec![function, this, start], node)
        }
        ("map_or", [other, function]) => {
            let (other, function) = (cx.lower(*other), function_value(cx, *function, 1));
            let (bind, held) = super::pattern::held(cx, this, node);
            let test = exists(cx, held, node);
            let then = cx.call(function, vec![positional(held)], None, node);
            let choice = cx.add(Node::Choose { test, then, other }, node);
            cx.add(Node::Block(vec![bind, choice]), node)
        }
        ("unwrap_or" | "unwrap_or_else" | "or" | "or_else" | "unwrap_or_default", _) => {
            let (bind, held) = super::pattern::held(cx, this, node);
            let test = exists(cx, held, node);
            let other = match kids {
                [other] if other.kind() == "closure_expression" => {
                    let function = cx.lower(*other);
                    cx.call(function, Vec::new(), None, node)
                }
                [other] => cx.lower(*other),
                _ => cx.constant("", node),
            };
            let choice = cx.add(Node::Choose { test, then: held, other }, node);
            cx.add(Node::Block(vec![bind, choice]), node)
        }
        ("and_then" | "map" | "filter", [function]) if optional(cx, base) => {
            let function = function_value(cx, *function, 1);
            let (bind, held) = super::pattern::held(cx, this, node);
            let test = exists(cx, held, node);
            let result = cx.call(function, vec![positional(held)], None, node);
            let null = cx.add(Node::Null, node);
            let then = match name {
                "filter" => cx.add(Node::Choose { test: result, then: held, other: null }, node),
                _ => result,
            };
            let choice = cx.add(Node::Choose { test, then, other: null }, node);
            cx.add(Node::Block(vec![bind, choice]), node)
        }
        ("trim_matches" | "trim_start_matches" | "trim_end_matches" | "splitn", args)
            if args.iter().any(|arg| arg.kind() == "closure_expression") =>
        {
            let unused = cx.lower_all(args);
            let op = if name.starts_with("split") { Op::Split } else { Op::Trim };
            let value = cx.op(op, vec![this], node);
            cx.beside(value, &unused, node)
        }
        ("retain" | "retain_mut", [function]) => {
            let function = cx.lower(*function);
            let kept = cx.op(Op::Filter, vec![function, this], node);
            cx.assign(this, kept, false, node)
        }
        ("max_by_key" | "min_by_key", [function]) => {
            let function = function_value(cx, *function, 1);
            let sorted = cx.op(Op::Sorted, vec![this, function], node);
            cx.op(if name == "max_by_key" { Op::Last } else { Op::First }, vec![sorted], node)
        }
        ("splitn", [count, separator]) => {
            let (count, separator) = (cx.lower(*count), cx.lower(*separator));
            let one = cx.add(Node::Int(1), node);
            let most = cx.add(Node::Binary(BinaryOp::Sub, count, one), node);
            cx.op(Op::Split, vec![this, separator, most], node)
        }
        ("split_once", [separator]) => {
            let (separator, one) = (cx.lower(*separator), cx.add(Node::Int(1), node));
            cx.op(Op::Split, vec![this, separator, one], node)
        }
        ("split_at", [at]) => {
            let at = cx.lower(*at);
            let parts = vec![cx.op(Op::Take, vec![this, at], node), cx.op(Op::Drop, vec![this, at], node)];
            cx.add(Node::List(parts), node)
        }
        ("swap", [a, b]) => {
            let (a, b) = (cx.lower(*a), cx.lower(*b));
            let mut places = Vec::new();
            for at in [a, b, b, a] {
                places.push(cx.add(Node::Index(this, at), node));
            }
            let value = cx.add(Node::List(places.split_off(2)), node);
            let target = cx.add(Node::List(places), node);
            cx.assign(target, value, false, node)
        }
        ("drain", [range]) if range.kind() == "range_expression" => {
            let copy = cx.op(Op::Copied, vec![this], node);
            let kept = cx.name(&format!("drained {}", node.start_byte()), node);
            let keep = cx.assign(kept, copy, true, node);
            let cuts_all = cx.text(*range) == "..";
            let part = if cuts_all { kept } else { cut(cx, kept, *range, node) };
            let rest = if cuts_all {
                cx.op(Op::Clear, vec![this], node)
            } else {
                cx.op(Op::Nothing, Vec::new(), node)
            };
            cx.add(Node::Block(vec![keep, rest, part]), node)
        }
        ("entry", [_]) => return None,
        ("or_insert" | "or_insert_with" | "or_default", _) => entry(cx, base, name, kids, node)?,
        ("as_bytes" | "bytes" | "into_bytes", []) => cx.op(Op::Codes, vec![this], node),
        ("rem_euclid", [other]) => {
            let other = cx.lower(*other);
            let rest = cx.add(Node::Binary(BinaryOp::Mod, this, other), node);
            let above = cx.add(Node::Binary(BinaryOp::Add, rest, other), node);
            cx.add(Node::Binary(BinaryOp::Mod, above, other), node)
        }
        ("checked_sub" | "saturating_sub" | "checked_add" | "saturating_add", [other]) => {
            let op = if name.ends_with("sub") { BinaryOp::Sub } else { BinaryOp::Add };
            let other = cx.lower(*other);
            cx.add(Node::Binary(op, this, other), node)
        }
        ("wrapping_add" | "wrapping_sub" | "wrapping_mul", [other]) => {
            let op = match name {
                "wrapping_add" => BinaryOp::Add,
                "wrapping_sub" => BinaryOp::Sub,
                _ => BinaryOp::Mul,
            };
            let other = cx.lower(*other);
            let whole = cx.add(Node::Binary(op, this, other), node);
            let byte = !cx.source_text().contains("u32") && !cx.source_text().contains("u64");
            let mask = cx.add(Node::Int(if byte { 0xff } else { 0xffff_ffff }), node);
            cx.add(Node::Binary(BinaryOp::BitAnd, whole, mask), node)
        }
        _ => return None,
    })
}

fn exists<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, node: Ts<'t>) -> NodeId {
    let null = cx.add(Node::Null, node);
    cx.add(Node::Binary(BinaryOp::Ne, value, null), node)
}

/// Whether a receiver is a value that may be missing, as far as its last method says.
fn optional<'t>(cx: &Lowering<'t, '_>, base: Ts<'t>) -> bool {
    let last = match base.child_by_field_name("function") {
        Some(function) => match function.child_by_field_name("field") {
            Some(field) => cx.text(field),
            None => cx.text(function).rsplit("::").next().unwrap_or_default(),
        },
        None => return cx.kind_of(cx.text(base)).starts_with("Option"),
    };
    matches!(
        last,
        "get"
            | "first"
            | "last"
            | "next"
            | "pop"
            | "find"
            | "position"
            | "from_u32"
            | "from_digit"
            | "to_digit"
            | "max"
            | "min"
            | "nth"
            | "checked_add"
            | "checked_sub"
            | "pop_front"
            | "pop_back"
            | "peek"
            | "Some"
            | "ok"
            | "split_once"
            | "strip_prefix"
            | "strip_suffix"
            | "front"
            | "back"
            | "as_ref"
            | "as_deref"
            | "parse"
            | "max_by_key"
            | "min_by_key"
            | "rfind"
            | "remove"
            | "take"
    ) && !(matches!(last, "take" | "as_ref" | "remove" | "find") && cx.text(base).contains("iter"))
}

fn cut<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, range: Ts<'t>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(range);
    let open_start = cx.text(range).starts_with("..");
    let bounds = cx.lower_all(&kids);
    let (from, to) = match bounds[..] {
        [only] if open_start => (None, Some(only)),
        [only] => (Some(only), None),
        [from, to, ..] => (Some(from), Some(to)),
        [] => (None, None),
    };
    cx.add(Node::Slice { base: value, from, to, step: None }, node)
}

/// `map.entry(key).or_insert(value)`
fn entry<'t>(
    cx: &mut Lowering<'t, '_>,
    base: Ts<'t>,
    name: &str,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let function = base.child_by_field_name("function")?;
    let map = cx.lower(function.child_by_field_name("value")?);
    let key = cx.kids(base.child_by_field_name("arguments")?).first().copied()?;
    let key = cx.lower(key);
    let value = match (name, kids) {
        ("or_insert", [value]) => cx.lower(*value),
        ("or_insert_with", [function]) => {
            let function = function_value(cx, *function, 0);
            cx.call(function, Vec::new(), None, node)
        }
        _ if cx.source_text().contains("String>") && !cx.source_text().contains("Vec<") => {
            cx.constant("", node)
        }
        _ if cx.source_text().contains("Vec<") => cx.op(Op::NewList, Vec::new(), node),
        _ => cx.add(Node::Int(0), node),
    };
    let make = cx.op(Op::SetDefault, vec![map, key, value], node);
    let item = cx.add(Node::Index(map, key), node);
    Some(cx.add(Node::Block(vec![make, item]), node))
}

/// What an iterator is collected into, by the type that is wanted or else by what it walks.
fn collected<'t>(cx: &mut Lowering<'t, '_>, this: NodeId, wanted: &str, chain: &str, node: Ts<'t>) -> NodeId {
    let kind = wanted.trim().trim_start_matches("Option<").trim_start_matches("Result<");
    let kind = kind.split(['<', ',']).next().unwrap_or(kind).rsplit("::").next().unwrap_or(kind).trim();
    match kind {
        "String" | "Box" | "Cow" => cx.op(Op::Join, vec![this], node),
        "HashMap" => cx.op(Op::NewMap, vec![this], node),
        "BTreeMap" => {
            let map = cx.op(Op::NewMap, vec![this], node);
            cx.op(Op::NewSorted, vec![map], node)
        }
        "BTreeSet" => cx.op(Op::NewSorted, vec![this], node),
        "HashSet" => cx.op(Op::NewSet, vec![this], node),
        "VecDeque" | "Vec" | "LinkedList" => cx.op(Op::NewList, vec![this], node),
        "BinaryHeap" => cx.op(Op::NewMaxHeap, vec![this], node),
        _ if kind.is_empty() || kind == "_" => {
            let letters = chain.contains(".chars()") && !chain.contains(".collect")
                || chain.contains("char::from")
                || chain.contains("as char");
            if letters { cx.op(Op::Join, vec![this], node) } else { this }
        }
        _ => this,
    }
}
