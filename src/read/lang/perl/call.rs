//! Calls: builtins by how they take their arguments, subroutines, methods.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Codec;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::body;
use crate::read::lang::library as rows;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::expression;
use super::library;
use super::statement::ARGUMENTS;
use super::statement::TOPIC;
use super::text;

/// Lowers a call; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "function_call_expression"
        | "ambiguous_function_call_expression"
        | "func1op_call_expression"
        | "func0op_call_expression" => {
            let (name, kids) = parts(cx, node);
            function(cx, name, &kids, node)
        }
        "coderef_call_expression" => {
            let list = node.child_by_field_name("arguments");
            let kids: Vec<Ts<'t>> = list.into_iter().collect();
            let callee = cx.kids(node).into_iter().find(|kid| Some(kid.id()) != list.map(|list| list.id()));
            let callee = match callee {
                Some(callee) => cx.lower(callee),
                None => return Some(cx.opaque(node)),
            };
            let args = arguments(cx, &kids);
            cx.call(callee, args, None, node)
        }
        "method_call_expression" => method(cx, node),
        "map_grep_expression" | "sort_expression" => over_list(cx, node),
        _ => return None,
    })
}

/// Whether a node is a call of some kind.
pub(super) fn is_call(node: Ts<'_>) -> bool {
    let kind = node.kind();
    kind.contains("call")
}

/// A call whose result depends on that one value is wanted.
pub(super) fn scalar<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    if !is_call(node) || node.child_by_field_name("function").is_none() {
        return match node.kind() {
            "map_grep_expression" => {
                let list = cx.lower(node);
                Some(cx.op(Op::Length, vec![list], node))
            }
            _ => None,
        };
    }
    let (name, kids) = parts(cx, node);
    match name {
        "reverse" => {
            let list = if kids.is_empty() {
                let topic = cx.name(TOPIC, node);
                cx.op(Op::ListOf, vec![topic], node)
            } else {
                let items = expression::items(cx, &kids);
                cx.add(Node::List(items), node)
            };
            let nothing = cx.constant("", node);
            let text = cx.op(Op::Join, vec![list, nothing], node);
            Some(cx.op(Op::Reverse, vec![text], node))
        }
        "keys" | "values" | "splice" | "split" if name != "split" => {
            let value = cx.lower(node);
            let op = if name == "splice" { Op::Last } else { Op::Length };
            Some(cx.op(op, vec![value], node))
        }
        _ => None,
    }
}

/// A call's function and its arguments.
fn parts<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> (&'t str, Vec<Ts<'t>>) {
    let function = node.child_by_field_name("function");
    let name = function.map_or("", |function| cx.text(function));
    let mut kids = Vec::new();
    for kid in cx.kids(node) {
        if Some(kid.id()) == function.map(|function| function.id()) {
            continue;
        }
        if kid.kind() == "indirect_object" {
            let prints = matches!(name, "print" | "say" | "printf");
            kids.extend(cx.kids(kid).into_iter().filter(|inner| inner.kind() == "block" && !prints));
            continue;
        }
        match kid.kind() {
            "list_expression" => kids.extend(cx.kids(kid)),
            "parenthesized_expression" => kids.extend(flat(cx, kid)),
            _ => kids.push(kid),
        }
    }
    (name, kids)
}

fn flat<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Vec<Ts<'t>> {
    match cx.kids(node)[..] {
        [only] if only.kind() == "list_expression" => cx.kids(only),
        _ => cx.kids(node),
    }
}

fn arguments<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>]) -> Vec<Arg> {
    let mut args = Vec::new();
    for value in expression::items(cx, kids) {
        args.push(match *cx.ir(value) {
            Node::Spread(inner) => Arg { name: None, value: inner, spread: true },
            _ => positional(value),
        });
    }
    args
}

fn function<'t>(cx: &mut Lowering<'t, '_>, name: &'t str, kids: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    if let Some(variable) = node.child_by_field_name("function").and_then(|f| cx.kids(f).first().copied()) {
        let callee = cx.lower(variable);
        let args = arguments(cx, kids);
        let own = matches!(cx.ir(callee), Node::Opaque(_));
        let callee = if own { cx.name(name.trim_start_matches('&'), node) } else { callee };
        return cx.call(callee, args, None, node);
    }
    let name = name.trim_start_matches('&');
    if !cx.defines(name)
        && let Some(id) = builtin(cx, name, kids, node)
    {
        return id;
    }
    let args = arguments(cx, kids);
    let callee = match name.rsplit_once("::") {
        Some((package, own)) => {
            let base = cx.name(package, node);
            cx.add(Node::Field(base, own.into()), node)
        }
        None => cx.name(name, node),
    };
    let last = name.rsplit("::").next().unwrap_or(name);
    let row = rows::find(library::FUNCTIONS, last, args.len()).filter(|_| !cx.defines(last));
    match row {
        Some(row) => {
            let args = if args.is_empty() { vec![positional(cx.name(TOPIC, node))] } else { args };
            rows::call(cx, row, None, callee, args, node)
        }
        None => cx.call(callee, args, None, node),
    }
}

/// A function of the core on one value.
pub(super) fn on_one<'t>(cx: &mut Lowering<'t, '_>, name: &str, value: NodeId, at: Ts<'t>) -> Option<NodeId> {
    if name == "reverse" {
        return Some(cx.op(Op::Reverse, vec![value], at));
    }
    let row = rows::find(library::FUNCTIONS, name, 1)?;
    let library = rows::apply(cx, row, None, &[positional(value)], at);
    Some(cx.op(library.op, library.operands, at))
}

/// Functions that take places or lists.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
fn builtin<'t>(cx: &mut Lowering<'t, '_>, name: &str, kids: &[Ts<'t>], node: Ts<'t>) -> Option<NodeId> {
    let first = kids.first().copied();
    let rest = kids.get(1..).unwrap_or_default();
    Some(match name {
        "print" | "say" => print(cx, name, kids, node),
        "printf" => {
            let values = expression::items(cx, kids);
            let text = cx.op(Op::FormatPercent, values, node);
            cx.op(Op::Write, vec![text], node)
        }
        "push" | "unshift" | "splice" => {
            let mut operands = vec![cx.lower(first?)];
            operands.extend(expression::items(cx, rest));
            let op = match name {
                "push" => Op::Push,
                "unshift" => Op::Prepended,
                _ => Op::Splice,
            };
            cx.op(op, operands, node)
        }
        "pop" | "shift" => {
            let place = match first {
                Some(first) => cx.lower(first),
                None => cx.name(ARGUMENTS, node),
            };
            cx.op(if name == "pop" { Op::PopBack } else { Op::PopFront }, vec![place], node)
        }
        "join" => {
            let separator = expression::scalar(cx, first?);
            let items = expression::items(cx, rest);
            let list = cx.add(Node::List(items), node);
            cx.op(Op::Join, vec![list, separator], node)
        }
        "reverse" => {
            let items = expression::items(cx, kids);
            let list = cx.add(Node::List(items), node);
            cx.op(Op::Reverse, vec![list], node)
        }
        "sprintf" => {
            let values = expression::items(cx, kids);
            cx.op(Op::FormatPercent, values, node)
        }
        "split" => split(cx, kids, node),
        "keys" | "values" => {
            let map = cx.lower(first?);
            cx.op(if name == "keys" { Op::KeysOf } else { Op::Values }, vec![map], node)
        }
        "exists" | "defined" => {
            let value = cx.lower(first?);
            cx.op(Op::Present, vec![value], node)
        }
        "delete" => {
            let value = cx.lower(first?);
            match *cx.ir(value) {
                Node::Index(base, key) => cx.op(Op::Pop, vec![base, key], node),
                _ => value,
            }
        }
        "scalar" => expression::scalar(cx, first?),
        "chomp" | "chop" => {
            let inner = flat_assignment(cx, first);
            let mut all = Vec::new();
            if let (Some(first), true) =
                (first, inner.map(|inner| inner.id()) != first.map(|first| first.id()))
            {
                all.push(cx.lower(first));
            }
            let place = match inner {
                Some(inner) => expression::target(cx, inner),
                None => cx.name(TOPIC, node),
            };
            let value = if name == "chomp" {
                let end = cx.constant("\n", node);
                cx.op(Op::StripSuffix, vec![place, end], node)
            } else {
                let (from, to) = (body::int(cx, 0, node), body::int(cx, -1, node));
                cx.op(Op::Slice, vec![place, from, to], node)
            };
            all.push(cx.assign(place, value, false, node));
            cx.add(Node::Block(all), node)
        }
        "die" | "croak" | "confess" => {
            let values = expression::items(cx, kids);
            cx.add(Node::Throw(values.first().copied()), node)
        }
        "exit" | "warn" | "close" | "open" | "binmode" | "srand" => {
            let values = expression::items(cx, kids);
            cx.op(Op::Nothing, values, node)
        }
        "wantarray" => cx.add(Node::Opaque(Vec::new()), node),
        "bless" => {
            let value = cx.lower(first?);
            let class = match rest.first() {
                Some(class) => expression::scalar(cx, *class),
                None => cx.add(Node::Null, node),
            };
            cx.op(Op::Bless, vec![value, class], node)
        }
        "substr" if kids.len() == 4 => {
            let new = expression::scalar(cx, kids[3]);
            replaced(cx, &kids[..3], new, node)
        }
        "pack" | "unpack" => packed(cx, name, kids, node)?,
        "lc" | "uc" | "ucfirst" | "lcfirst" | "length" | "ord" | "hex" | "int" => {
            let value = match first {
                Some(first) => expression::scalar(cx, first),
                None => cx.name(TOPIC, node),
            };
            on_one(cx, name, value, node)?
        }
        "first" | "any" | "all" | "reduce" | "none" => block_over(cx, name, kids, node)?,
        _ => return None,
    })
}

fn flat_assignment<'t>(cx: &Lowering<'t, '_>, node: Option<Ts<'t>>) -> Option<Ts<'t>> {
    let node = node?;
    match node.kind() {
        "assignment_expression" => node.child_by_field_name("left"),
        "parenthesized_expression" => cx.kids(node).first().copied(),
        _ => Some(node),
    }
}

/// `print` and `say`: pieces one after the other, or with `$,` between.
fn print<'t>(cx: &mut Lowering<'t, '_>, name: &str, kids: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let mut values = expression::items(cx, kids);
    if kids.is_empty() {
        values.push(cx.name(TOPIC, node));
    }
    if cx.source_text().contains("$, =") {
        let list = cx.add(Node::List(values), node);
        let between = cx.name("$,", node);
        values = vec![cx.op(Op::Join, vec![list, between], node)];
    }
    if name == "say" {
        values.push(cx.constant("\n", node));
    }
    cx.op(Op::Write, values, node)
}

fn split<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let text = match kids.get(1) {
        Some(text) => expression::scalar(cx, *text),
        None => cx.name(TOPIC, node),
    };
    let Some(mark) = kids.first().copied() else { return cx.op(Op::Split, vec![text], node) };
    let flags = mark.child_by_field_name("modifiers").map_or("", |flags| cx.text(flags));
    let pattern = match mark.kind() {
        "match_regexp" | "quoted_regexp" => text::regex(cx, mark, flags),
        _ => expression::scalar(cx, mark),
    };
    let plain = match cx.ir(pattern).clone() {
        Node::Text(plain) => Some(plain),
        _ => None,
    };
    match plain.as_deref() {
        Some("") => cx.op(Op::Chars, vec![text], node),
        Some(" ") if mark.kind() != "match_regexp" => cx.op(Op::Split, vec![text], node),
        Some("\\s+") => cx.op(Op::Split, vec![text], node),
        _ => {
            let mut operands = vec![text, pattern];
            operands.extend(kids.get(2).map(|limit| expression::scalar(cx, *limit)));
            cx.op(Op::SplitPattern, operands, node)
        }
    }
}

/// `pack` and `unpack` by their format.
fn packed<'t>(cx: &mut Lowering<'t, '_>, name: &str, kids: &[Ts<'t>], node: Ts<'t>) -> Option<NodeId> {
    let format = cx.lower(*kids.first()?);
    let Node::Text(format) = cx.ir(format).clone() else { return None };
    let letter = format.trim_start_matches('(').chars().next()?;
    let rest = kids.get(1..).unwrap_or_default();
    if name == "pack" {
        let items = expression::items(cx, rest);
        let list = cx.add(Node::List(items), node);
        return Some(match letter {
            'H' => {
                let first = cx.op(Op::First, vec![list], node);
                cx.op(Op::Decode(Codec::Hex), vec![first], node)
            }
            'A' | 'a' => {
                let nothing = cx.constant("", node);
                cx.op(Op::Join, vec![list, nothing], node)
            }
            _ => cx.op(Op::Chr, vec![list], node),
        });
    }
    let text = match rest.first() {
        Some(text) => expression::scalar(cx, *text),
        None => cx.name(TOPIC, node),
    };
    Some(match letter {
        'H' => {
            let hex = cx.op(Op::Encode(Codec::Hex), vec![text], node);
            cx.op(Op::ListOf, vec![hex], node)
        }
        'A' | 'a' if format.starts_with('(') => {
            let digits: String = format.chars().filter(char::is_ascii_digit).collect();
            let size = body::int(cx, digits.parse().unwrap_or(1), node);
            cx.op(Op::Pieces, vec![text, size], node)
        }
        'C' | 'c' | 'U' | 'W' => cx.op(Op::Codes, vec![text], node),
        _ => return None,
    })
}

/// `substr($s, …) = $new` and `substr($s, $from, $count, $new)`.
fn replaced<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>], new: NodeId, node: Ts<'t>) -> NodeId {
    let [place, from, rest @ ..] = kids else { return new };
    let (place, from) = (cx.lower(*place), expression::scalar(cx, *from));
    let zero = body::int(cx, 0, node);
    let before = cx.op(Op::Slice, vec![place, zero, from], node);
    let mut parts = vec![before, new];
    if let Some(count) = rest.first() {
        let count = expression::scalar(cx, *count);
        let end = cx.add(Node::Binary(BinaryOp::Add, from, count), node);
        parts.push(cx.op(Op::Drop, vec![place, end], node));
    }
    let value = cx.add(Node::Concat(parts), node);
    cx.assign(place, value, false, node)
}

/// An assignment to a call: only `substr` and `local` things can be one.
pub(super) fn set_part<'t>(cx: &mut Lowering<'t, '_>, call: Ts<'t>, right: Ts<'t>, node: Ts<'t>) -> NodeId {
    let (name, kids) = parts(cx, call);
    let value = expression::scalar(cx, right);
    if name == "substr" {
        return replaced(cx, &kids, value, node);
    }
    let target = cx.lower(call);
    cx.add(Node::Opaque(vec![target, value]), node)
}

/// `map { … } …`, `grep { … } …`, `sort { … } …`.
fn over_list<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let list = expression::list_field(cx, node, "list");
    let callback = node.child_by_field_name("callback");
    let sorts = node.kind() == "sort_expression";
    let Some(callback) = callback else {
        return cx.op(if sorts { Op::Sorted } else { Op::Same }, vec![list], node);
    };
    let body = match callback.kind() {
        "block" => cx.lower(callback),
        _ => cx.lower(callback),
    };
    if sorts {
        let named = matches!(callback.kind(), "function" | "bareword" | "scalar");
        let function = if named { body } else { cx.lambda(&["$a", "$b"], body, callback) };
        return cx.op(Op::Sorted, vec![list, function], node);
    }
    if cx.text(node).starts_with("grep") {
        let function = cx.lambda(&[TOPIC], body, callback);
        return cx.op(Op::Filter, vec![function, list], node);
    }
    // A list in square brackets is one value.
    let body = if gives_reference(cx, callback) {
        cx.add(Node::List(vec![body]), callback)
    } else {
        cx.op(Op::AsList, vec![body], callback)
    };
    let function = cx.lambda(&[TOPIC], body, callback);
    cx.op(Op::FlatMap, vec![function, list], node)
}

/// `first { … } @xs` and others of List::Util.
fn block_over<'t>(cx: &mut Lowering<'t, '_>, name: &str, kids: &[Ts<'t>], node: Ts<'t>) -> Option<NodeId> {
    let (block, rest) = kids.split_first()?;
    if !matches!(block.kind(), "block" | "anonymous_subroutine_expression" | "anonymous_hash_expression") {
        return None;
    }
    let items = expression::items(cx, rest);
    let list = cx.add(Node::List(items), node);
    let body = match block.kind() {
        "anonymous_subroutine_expression" => cx.expect_field(*block, "body"),
        _ => cx.only(*block),
    };
    if name == "reduce" {
        let params = vec![param("$a"), param("$b")];
        let function = Node::Function { name: None, params, body, comment: None, generator: false };
        let function = cx.add(function, *block);
        return Some(cx.op(Op::Reduce, vec![function, list], node));
    }
    let function = cx.lambda(&[TOPIC], body, *block);
    Some(match name {
        "first" => {
            let kept = cx.op(Op::Filter, vec![function, list], node);
            cx.op(Op::First, vec![kept], node)
        }
        _ => {
            let mapped = cx.op(Op::Map, vec![function, list], node);
            cx.op(if name == "all" { Op::All } else { Op::Any }, vec![mapped], node)
        }
    })
}

/// `$object->name(…)`, `Package->new(…)`: the receiver is the first argument.
fn method<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(invocant) = node.child_by_field_name("invocant") else { return cx.opaque(node) };
    let name = node.child_by_field_name("method").map_or("", |method| cx.text(method));
    let list: Vec<Ts<'t>> = node.child_by_field_name("arguments").into_iter().collect();
    let args = arguments(cx, &list);
    let class = matches!(invocant.kind(), "bareword" | "package" | "autoquoted_bareword");
    let this = cx.lower(invocant);
    let base = match name.strip_prefix("SUPER::") {
        Some(_) => cx.name("super", node),
        None if class => cx.name(cx.text(invocant), invocant),
        None => this,
    };
    let own = name.strip_prefix("SUPER::").unwrap_or(name);
    if name.starts_with('$') {
        let callee = cx.name(name, node);
        let all = std::iter::once(positional(this)).chain(args).collect();
        return cx.call(callee, all, None, node);
    }
    let callee = cx.add(Node::Field(base, own.into()), node);
    let mut all = vec![positional(this)];
    all.extend(args);
    cx.call(callee, all, None, node)
}

/// Whether the last thing in a block is a list or hash of its own.
fn gives_reference<'t>(cx: &Lowering<'t, '_>, block: Ts<'t>) -> bool {
    let mut at = block;
    for _ in 0..4 {
        match at.kind() {
            "anonymous_array_expression" | "anonymous_hash_expression" => return true,
            "block" | "expression_statement" => match cx.kids(at).last().copied() {
                Some(last) => at = last,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}
