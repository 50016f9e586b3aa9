//! Calls whose arguments are not simply operands: those that make functions, take keywords as names, or walk several
//! lists at once.

use crate::read::ir::Arg;
use crate::read::ir::Clause;
use crate::read::ir::Comprehension;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::library::apply;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::call::function_name;
use super::call::function_value;
use super::call::module_name;
use super::library;

/// The most lists that are walked at once item by item.
const MOST_LISTS: usize = 8;

/// Keywords that these calls know.
const KEYWORDS: &[&str] = &["file", "separator", "end", "fillvalue", "default", "default_factory"];

/// Lowers a call by its name; `None` where its name or arguments are none of these.
pub(super) fn lower<'t>(
    cx: &mut Lowering<'t, '_>,
    callee: NodeId,
    args: &[Arg],
    node: Ts<'t>,
) -> Option<NodeId> {
    let value = by_name(cx, callee, args, node)?;
    if matches!(
        cx.ir(value),
        Node::Map(_) | Node::Function { .. } | Node::Call { .. } | Node::Do(Op::ReplaceMany, _)
    ) {
        return Some(value);
    }
    let unknown = args.iter().filter(|arg| arg.name.as_deref().is_some_and(|name| !KEYWORDS.contains(&name)));
    let unused: Vec<NodeId> = unknown.map(|arg| arg.value).collect();
    Some(cx.beside(value, &unused, node))
}

fn by_name<'t>(cx: &mut Lowering<'t, '_>, callee: NodeId, args: &[Arg], node: Ts<'t>) -> Option<NodeId> {
    if let Node::Field(base, name) = cx.ir(callee).clone()
        && matches!(&*name, "substitute" | "safe_substitute")
    {
        return substitute(cx, base, args, node);
    }
    if let Some(id) = above(cx, callee, args, node).or_else(|| replaced(cx, callee, args, node)) {
        return Some(id);
    }
    if let Node::Field(base, name) = cx.ir(callee).clone()
        && &*name == "rsplit"
        && let [separator, limit, ..] = args
    {
        return Some(split_from_end(cx, base, separator.value, limit.value, node));
    }
    let name = function_name(cx, callee)?;
    let values: Vec<NodeId> = args.iter().filter(|arg| arg.name.is_none()).map(|arg| arg.value).collect();
    let spread = args.iter().any(|arg| arg.spread);
    Some(match (name.as_str(), &values[..]) {
        ("print", _) => print(cx, args, node)?,
        ("dict" | "OrderedDict" | "SimpleNamespace", _) if args.iter().any(|arg| arg.name.is_some()) => {
            named(cx, args, node)
        }
        ("itemgetter", [_, ..]) => getter(cx, &values, node),
        ("attrgetter", [field]) => {
            let Node::Text(field) = cx.ir(*field).clone() else { return None };
            let base = cx.name("a", node);
            let body = cx.add(Node::Field(base, field), node);
            cx.lambda(&["a"], body, node)
        }
        ("methodcaller", [method, rest @ ..]) => method_caller(cx, *method, rest, node)?,
        // A function that replaces is given the match: the whole and its groups.
        ("sub", [pattern, function, text, ..])
            if matches!(cx.ir(*function), Node::Function { .. })
                || matches!(cx.ir(*function).clone(), Node::Name(own) if cx.defines(&own)) =>
        {
            let groups = cx.name("groups", node);
            let body = cx.call(*function, vec![positional(groups)], None, node);
            let params = vec![Param { name: "groups".into(), default: None, rest: true }];
            let each = Node::Function { name: None, params, body, comment: None, generator: false };
            let each = cx.add(each, node);
            cx.op(Op::ReplacePattern, vec![*text, *pattern, each], node)
        }
        ("isinstance", [value, kind]) => {
            let kind = kind_value(cx, *kind, node);
            cx.op(Op::IsA, vec![*value, kind], node)
        }
        ("partial", [_, ..]) if !spread => partial(cx, args, node),
        ("map" | "starmap", [function, lists @ ..]) if name == "starmap" || lists.len() > 1 => {
            let rows = match lists {
                [rows] => *rows,
                _ => cx.op(Op::Zip, lists.to_vec(), node),
            };
            spread_over(cx, *function, rows, node)
        }
        ("zip_longest", [_, ..]) if !spread && values.len() <= MOST_LISTS => {
            let fill = args.iter().find(|arg| arg.name.as_deref() == Some("fillvalue"));
            zip_longest(cx, &values, fill.map(|arg| arg.value), node)
        }
        ("field", []) => {
            let factory = args.iter().find(|arg| arg.name.as_deref() == Some("default_factory"));
            match (factory, args.iter().find(|arg| arg.name.as_deref() == Some("default"))) {
                (Some(factory), _) => {
                    let function = function_value(cx, factory.value, 0, node);
                    cx.call(function, Vec::new(), None, node)
                }
                (None, Some(default)) => default.value,
                (None, None) => return None,
            }
        }
        (_, [a, b]) if !spread => {
            let op = library::operator(&name)?;
            cx.add(Node::Binary(op, *a, *b), node)
        }
        _ => return None,
    })
}

/// `super().method(…)` is the method of the class above, called on the object.
fn above<'t>(cx: &mut Lowering<'t, '_>, callee: NodeId, args: &[Arg], node: Ts<'t>) -> Option<NodeId> {
    let Node::Field(base, method) = cx.ir(callee).clone() else { return None };
    let Node::Call { callee: inner, .. } = *cx.ir(base) else { return None };
    if !matches!(cx.ir(inner), Node::Name(name) if &**name == "super") {
        return None;
    }
    let class = cx.unaliased(super::statement::ABOVE).to_owned();
    if class.is_empty() || !cx.defines(&class) {
        return None;
    }
    // Which class that is, the object says whose method is called.
    let class = cx.name("super", node);
    let callee = cx.add(Node::Field(class, method), node);
    Some(cx.call(callee, args.to_vec(), None, node))
}

/// `text.rsplit(separator, 1)`: what is before the last separator, and what is behind it.
fn split_from_end<'t>(
    cx: &mut Lowering<'t, '_>,
    text: NodeId,
    separator: NodeId,
    limit: NodeId,
    node: Ts<'t>,
) -> NodeId {
    let mut turned = Vec::new();
    for part in [text, separator] {
        turned.push(cx.op(Op::Reverse, vec![part], node));
    }
    turned.push(limit);
    let pieces = cx.op(Op::Split, turned, node);
    let (target, piece) = (cx.name("piece", node), cx.name("piece", node));
    let element = cx.op(Op::Reverse, vec![piece], node);
    let clauses = vec![Clause { target, iter: pieces, tests: Vec::new() }];
    let pieces = cx.add(Node::Comprehend { kind: Comprehension::List, element, clauses }, node);
    cx.op(Op::Reverse, vec![pieces], node)
}

/// `print(…, file=x)` writes to `x`, unless that is the screen.
fn print<'t>(cx: &mut Lowering<'t, '_>, args: &[Arg], node: Ts<'t>) -> Option<NodeId> {
    let keyword = |name: &str| args.iter().find(|arg| arg.name.as_deref() == Some(name)).map(|arg| arg.value);
    let file = keyword("file")?;
    if module_name(cx, file).is_some_and(|name| name.starts_with("sys.")) {
        return None;
    }
    let mut items = Vec::new();
    for arg in args.iter().filter(|arg| arg.name.is_none()) {
        items.push(if arg.spread { cx.add(Node::Spread(arg.value), node) } else { arg.value });
    }
    let items = cx.add(Node::List(items), node);
    let separator = keyword("separator").unwrap_or_else(|| cx.constant(" ", node));
    let end = keyword("end").unwrap_or_else(|| cx.constant("\n", node));
    let text = cx.op(Op::Join, vec![items, separator], node);
    Some(cx.op(Op::Push, vec![file, text, end], node))
}

/// A type as [`Op::IsA`] takes it.
pub(super) fn kind_value<'t>(cx: &mut Lowering<'t, '_>, kind: NodeId, node: Ts<'t>) -> NodeId {
    let Node::Name(name) = cx.ir(kind).clone() else { return cx.add(Node::Opaque(vec![kind]), node) };
    let known = match &*name {
        "str" | "bytes" => "text",
        "int" | "float" => "number",
        "bool" => "truth",
        "list" | "tuple" => "list",
        "dict" => "map",
        _ => return kind,
    };
    cx.constant(known, node)
}

/// `row._replace(a=b)` and `replace(object, a=b)`: the same with other values.
fn replaced<'t>(cx: &mut Lowering<'t, '_>, callee: NodeId, args: &[Arg], node: Ts<'t>) -> Option<NodeId> {
    let (base, named) = match (cx.ir(callee).clone(), args) {
        (Node::Field(base, name), named) if &*name == "_replace" => (base, named),
        (Node::Name(name), [base, named @ ..]) if &*name == "replace" => (base.value, named),
        (Node::Field(_, name), [base, named @ ..]) if &*name == "replace" => (base.value, named),
        _ => return None,
    };
    if named.is_empty() || named.iter().any(|arg| arg.name.is_none()) {
        return None;
    }
    let mut entries = vec![cx.add(Node::Spread(base), node)];
    for arg in named {
        let key = cx.constant(arg.name.as_deref().unwrap_or_default(), node);
        entries.push(cx.add(Node::Pair(key, arg.value), node));
    }
    Some(cx.add(Node::Map(entries), node))
}

/// `dict(pairs, a=b)`
fn named<'t>(cx: &mut Lowering<'t, '_>, args: &[Arg], node: Ts<'t>) -> NodeId {
    let mut entries = Vec::new();
    for arg in args {
        entries.push(match &arg.name {
            Some(name) => {
                let key = cx.constant(name, node);
                cx.add(Node::Pair(key, arg.value), node)
            }
            None => cx.add(Node::Spread(arg.value), node),
        });
    }
    cx.add(Node::Map(entries), node)
}

/// `itemgetter(i, …)`
fn getter<'t>(cx: &mut Lowering<'t, '_>, keys: &[NodeId], node: Ts<'t>) -> NodeId {
    let mut items = Vec::new();
    for key in keys {
        let base = cx.name("a", node);
        items.push(cx.add(Node::Index(base, *key), node));
    }
    let body = match items[..] {
        [only] => only,
        _ => cx.add(Node::List(items), node),
    };
    cx.lambda(&["a"], body, node)
}

/// `methodcaller("upper")`
fn method_caller<'t>(
    cx: &mut Lowering<'t, '_>,
    method: NodeId,
    rest: &[NodeId],
    node: Ts<'t>,
) -> Option<NodeId> {
    let Node::Text(method) = cx.ir(method).clone() else { return None };
    let row = find(library::METHODS, &method, rest.len())?;
    let this = cx.name("a", node);
    let args: Vec<Arg> = rest.iter().map(|value| positional(*value)).collect();
    let library = apply(cx, row, Some(this), &args, node);
    let body = cx.op(library.op, library.operands, node);
    Some(cx.lambda(&["a"], body, node))
}

/// `partial(f, a, k=b)` is a function that calls `f` with these and its own arguments.
fn partial<'t>(cx: &mut Lowering<'t, '_>, args: &[Arg], node: Ts<'t>) -> NodeId {
    let (callee, given) = (args[0].value, &args[1..]);
    let (mut all, keywords): (Vec<Arg>, Vec<Arg>) = given.iter().cloned().partition(|arg| arg.name.is_none());
    let rest = cx.name("rest", node);
    all.push(Arg { name: None, value: rest, spread: true });
    all.extend(keywords);
    let callee = function_value(cx, callee, all.len().min(2), node);
    let body = cx.call(callee, all, None, node);
    let params = vec![Param { name: "rest".into(), default: None, rest: true }];
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, node)
}

/// `[f(*row) for row in rows]`
fn spread_over<'t>(cx: &mut Lowering<'t, '_>, function: NodeId, rows: NodeId, node: Ts<'t>) -> NodeId {
    let function = function_value(cx, function, 2, node);
    let (target, row) = (cx.name("row", node), cx.name("row", node));
    let element = cx.call(function, vec![Arg { name: None, value: row, spread: true }], None, node);
    let clauses = vec![Clause { target, iter: rows, tests: Vec::new() }];
    cx.add(Node::Comprehend { kind: Comprehension::List, element, clauses }, node)
}

/// Rows as many as the longest list has items; what is missing in the others is `fill`.
fn zip_longest<'t>(
    cx: &mut Lowering<'t, '_>,
    lists: &[NodeId],
    fill: Option<NodeId>,
    node: Ts<'t>,
) -> NodeId {
    let fill = fill.unwrap_or_else(|| cx.constant("", node));
    let (target, index) = (cx.name("row", node), cx.name("row", node));
    let (mut statements, mut lengths, mut items) = (Vec::new(), Vec::new(), Vec::new());
    for (at, list) in lists.iter().enumerate() {
        // Each list is looked at many times but is to be made once: under a name that no program can spell.
        let name = cx.name(&format!("list {} {at}", node.start_byte()), node);
        statements.push(cx.assign(name, *list, true, node));
        lengths.push(cx.op(Op::Length, vec![name], node));
        items.push(cx.op(Op::Get, vec![name, index, fill], node));
    }
    let element = cx.add(Node::List(items), node);
    let longest = if lengths.len() > 1 { cx.op(Op::Max, lengths, node) } else { lengths[0] };
    let iter = cx.op(Op::Range, vec![longest], node);
    let clauses = vec![Clause { target, iter, tests: Vec::new() }];
    statements.push(cx.add(Node::Comprehend { kind: Comprehension::List, element, clauses }, node));
    cx.add(Node::Block(statements), node)
}

/// `Template(t).substitute(name=value)` replaces `$name` and `${name}`.
fn substitute<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, args: &[Arg], node: Ts<'t>) -> Option<NodeId> {
    let mut pairs: Vec<(Box<str>, NodeId)> = Vec::new();
    for arg in args {
        match (&arg.name, cx.ir(arg.value).clone()) {
            (Some(name), _) => pairs.push((name.clone(), arg.value)),
            (None, Node::Map(entries)) => pairs.extend(entries.iter().filter_map(|entry| {
                let Node::Pair(key, value) = *cx.ir(*entry) else { return None };
                let Node::Text(key) = cx.ir(key) else { return None };
                Some((key.clone(), value))
            })),
            _ => return None,
        }
    }
    // Longer names first: `$word` would otherwise be taken in `$words`.
    pairs.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let mut operands = vec![base];
    for (name, value) in pairs {
        for pattern in [format!("${{{name}}}"), format!("${name}")] {
            operands.push(cx.constant(&pattern, node));
            operands.push(value);
        }
    }
    Some(cx.op(Op::ReplaceMany, operands, node))
}
