//! Calls: builtins, package functions and methods.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::library::Row;
use crate::read::lang::library::as_function;
use crate::read::lang::library::call;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;
use crate::read::lang::lowering::positional;

use super::expression;
use super::library;

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = node.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
    let function = node.child_by_field_name("function");
    let name = function.map_or("", |function| cx.text(function));
    if let Some(id) = special(cx, name, &kids, node) {
        return id;
    }
    if let Some(id) = function.and_then(|function| method(cx, function, &kids, node)) {
        return id;
    }
    let mut args = Vec::new();
    for kid in kids {
        let spread = kid.kind() == "variadic_argument";
        let value = if spread { cx.only(kid) } else { function_value(cx, name, kid) };
        args.push(Arg { name: None, value, spread });
    }
    let callee = cx.expect_field(node, "function");
    match meaning(cx, name, callee, args.len()) {
        Some((row, this)) => call(cx, row, this, callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// The row of a name, and the receiver where it is a method.
fn meaning(
    cx: &Lowering<'_, '_>,
    name: &str,
    callee: NodeId,
    args: usize,
) -> Option<(&'static Row, Option<NodeId>)> {
    match cx.ir(callee) {
        Node::Name(name) => find(library::FUNCTIONS, name, args).map(|row| (row, None)),
        Node::Field(base, method) => {
            if let Some(row) = find(library::FUNCTIONS, name, args) {
                return Some((row, None));
            }
            let row = find(library::METHODS, name, args).or_else(|| find(library::METHODS, method, args))?;
            Some((row, Some(*base)))
        }
        _ => None,
    }
}

/// An argument; a package's function becomes a function of the program.
fn function_value<'t>(cx: &mut Lowering<'t, '_>, called: &str, arg: Ts<'t>) -> NodeId {
    let known = matches!(called, "strings.Map" | "strings.FieldsFunc" | "slices.SortFunc");
    match find(library::FUNCTIONS, cx.text(arg), 1) {
        Some(row) if known || arg.kind() == "selector_expression" => as_function(cx, row, None, 1, arg),
        _ => cx.lower(arg),
    }
}

/// Functions whose arguments are not simply operands.
fn special<'t>(cx: &mut Lowering<'t, '_>, name: &str, kids: &[Ts<'t>], node: Ts<'t>) -> Option<NodeId> {
    Some(match (name, kids) {
        ("make" | "new", [kind, rest @ ..]) => {
            let rest = cx.lower_all(rest);
            match rest.first() {
                Some(count) if name == "make" && kind.kind() == "slice_type" => {
                    let item = expression::zero(cx, kind.child_by_field_name("element"), node);
                    let filled = cx.op(Op::NewFilled, vec![*count, item], node);
                    cx.beside(filled, &rest[1..], node)
                }
                _ => {
                    let value = expression::zero(cx, Some(*kind), node);
                    cx.beside(value, &rest, node)
                }
            }
        }
        ("copy", [to, from]) => copy(cx, *to, *from, node),
        ("strings.SplitN", [text, separator, count]) => {
            let (text, separator, count) = (cx.lower(*text), cx.lower(*separator), cx.lower(*count));
            let one = cx.add(Node::Int(1), node);
            let most = cx.add(Node::Binary(BinaryOp::Sub, count, one), node);
            cx.op(Op::Split, vec![text, separator, most], node)
        }
        ("heap.Init", [_]) => cx.op(Op::Nothing, Vec::new(), node),
        ("heap.Push", [heap, item]) => own_method(cx, *heap, "Push", &[*item], node),
        ("heap.Pop", [heap]) => pop_least(cx, *heap, node),
        // A conversion to a type of the program that is text, a number or a list.
        (_, [value]) if is_conversion(cx, name) => cx.lower(*value),
        ("fmt.Fprint" | "fmt.Fprintf" | "fmt.Fprintln", [to, rest @ ..])
            if matches!(cx.text(*to), "os.Stdout" | "os.Stderr") =>
        {
            let args = cx.lower_all(rest);
            match name {
                "fmt.Fprintln" => cx.op(Op::Print, args, node),
                "fmt.Fprint" => cx.op(Op::Write, args, node),
                _ => {
                    let text = printed(cx, args, node);
                    cx.op(Op::Write, vec![text], node)
                }
            }
        }
        ("sort.Slice" | "sort.SliceStable", [items, less]) => {
            let (list, less) = (cx.lower(*items), by_index(cx, *items, *less));
            cx.op(Op::SortInPlace, vec![list, less], node)
        }
        ("sort.Sort" | "sort.Stable", [order]) => match ordered(cx, *order, node) {
            Some(sorted) => sorted,
            None => insertion_sort(cx, *order, node),
        },
        _ => return None,
    })
}

/// Methods whose arguments are not simply operands.
fn method<'t>(cx: &mut Lowering<'t, '_>, function: Ts<'t>, kids: &[Ts<'t>], node: Ts<'t>) -> Option<NodeId> {
    let base = function.child_by_field_name("operand")?;
    let name = cx.text(function.child_by_field_name("field")?);
    Some(match (name, kids) {
        ("Remove", [element]) => {
            let op = match cx.text(*element) {
                text if text.ends_with(".Front()") => Op::PopFront,
                text if text.ends_with(".Back()") => Op::PopBack,
                _ => return None,
            };
            let list = cx.lower(base);
            cx.op(op, vec![list], node)
        }
        ("Replace", [text]) => {
            let (text, pairs) = (cx.lower(*text), cx.lower(base));
            let pairs = cx.add(Node::Spread(pairs), node);
            cx.op(Op::ReplaceMany, vec![text, pairs], node)
        }
        _ if !cx.kind_of(cx.kind_of(name)).is_empty() => {
            // A method of a type that is no struct: called by the type's name, the receiver first.
            let kind = cx.name(cx.kind_of(name), node);
            let callee = cx.add(Node::Field(kind, name.into()), node);
            let mut args = vec![cx.lower(base)];
            args.extend(cx.lower_all(kids));
            cx.call(callee, args.into_iter().map(positional).collect(), None, node)
        }
        ("Text", []) if cx.kind_of(cx.text(base)) == "scanner" => line_of(cx, base),
        _ => return None,
    })
}

/// The variable that holds what a scanner read last.
pub(super) fn line_of<'t>(cx: &mut Lowering<'t, '_>, scanner: Ts<'t>) -> NodeId {
    let name = format!("{} line", cx.text(scanner));
    cx.name(&name, scanner)
}

/// A format and its values as text. The values are one list: each stands for itself, even a slice.
fn printed<'t>(cx: &mut Lowering<'t, '_>, mut parts: Vec<NodeId>, node: Ts<'t>) -> NodeId {
    if parts.len() > 1 {
        let values = parts.split_off(1);
        parts.push(cx.add(Node::List(values), node));
    }
    cx.op(Op::FormatPercent, parts, node)
}

/// `copy(to, from)` puts items over those that are there.
fn copy<'t>(cx: &mut Lowering<'t, '_>, to: Ts<'t>, from: Ts<'t>, node: Ts<'t>) -> NodeId {
    let (base, start) = match to.kind() {
        "slice_expression" => {
            (to.child_by_field_name("operand").unwrap_or(to), to.child_by_field_name("start"))
        }
        _ => (to, None),
    };
    let base = cx.lower(base);
    let start = match start {
        Some(start) => cx.lower(start),
        None => cx.add(Node::Int(0), node),
    };
    let from = cx.lower(from);
    let count = cx.op(Op::Length, vec![from], node);
    let items = cx.add(Node::Spread(from), node);
    cx.op(Op::Splice, vec![base, start, count, items], node)
}

/// A comparison of two positions of `items` as one of two items: `items[i] < items[j]` becomes `i < j`.
fn by_index<'t>(cx: &mut Lowering<'t, '_>, items: Ts<'t>, less: Ts<'t>) -> NodeId {
    let list = less.child_by_field_name("parameters").map_or_else(Vec::new, |list| cx.kids(list));
    let mut names = Vec::new();
    for declaration in list.into_iter().filter(|kid| !is_comment(*kid)) {
        names.extend(cx.fields(declaration, "name"));
    }
    let outer = [cx.kind_of("[i]"), cx.kind_of("[j]"), cx.kind_of("[items]")];
    if let [i, j] = names[..] {
        cx.remember("[i]", cx.text(i));
        cx.remember("[j]", cx.text(j));
        cx.remember("[items]", cx.text(items));
    }
    let function = cx.lower(less);
    for (key, value) in ["[i]", "[j]", "[items]"].into_iter().zip(outer) {
        cx.remember(key, value);
    }
    function
}

/// Whether a call's name is a type that is text, a number, or a list of what is no character.
fn is_conversion(cx: &Lowering<'_, '_>, name: &str) -> bool {
    let kind = cx.kind_of(name);
    !kind.is_empty()
        && cx.source_text().contains(&format!("type {name} "))
        && !matches!(kind, "[]rune" | "[]byte")
        && !kind.contains("func")
}

/// Calls a method of a value of the program's own type.
fn own_method<'t>(
    cx: &mut Lowering<'t, '_>,
    base: Ts<'t>,
    name: &str,
    args: &[Ts<'t>],
    node: Ts<'t>,
) -> NodeId {
    let args = cx.lower_all(args);
    call_method(cx, base, name, args, node)
}

fn call_method<'t>(
    cx: &mut Lowering<'t, '_>,
    base: Ts<'t>,
    name: &str,
    args: Vec<NodeId>,
    node: Ts<'t>,
) -> NodeId {
    let kind = cx.kind_of(name);
    let value = cx.lower(base);
    let mut args: Vec<Arg> = args.into_iter().map(positional).collect();
    let holder = if cx.kind_of(kind).is_empty() {
        value
    } else {
        // A method of a type that is no struct: called by the type's name, the receiver first.
        args.insert(0, positional(value));
        cx.name(kind, node)
    };
    let callee = cx.add(Node::Field(holder, name.into()), node);
    cx.call(callee, args, None, node)
}

/// `for i := from; test; i += step { body }` over a counter that no program can spell.
fn counted<'t>(
    cx: &mut Lowering<'t, '_>,
    counter: NodeId,
    from: NodeId,
    test: NodeId,
    down: bool,
    body: NodeId,
    node: Ts<'t>,
) -> NodeId {
    let before = Some(cx.assign(counter, from, true, node));
    let one = cx.add(Node::Int(1), node);
    let op = Some(if down { BinaryOp::Sub } else { BinaryOp::Add });
    let after = Some(cx.add(Node::Assign { target: counter, value: one, op, declares: false }, node));
    cx.add(Node::While { before, test: Some(test), after, body, runs_first: false }, node)
}

/// Sorts by the program's own `Less` and `Swap`.
fn insertion_sort<'t>(cx: &mut Lowering<'t, '_>, order: Ts<'t>, node: Ts<'t>) -> NodeId {
    let (mut list, mut down) = (order, false);
    for _ in 0..8 {
        let called = list.child_by_field_name("function").map_or("", |function| cx.text(function));
        let inner = list.child_by_field_name("arguments").and_then(|args| cx.kids(args).first().copied());
        match inner {
            Some(inner) if called == "sort.Reverse" => (list, down) = (inner, !down),
            Some(inner) if is_conversion(cx, called) => list = inner,
            _ => break,
        }
    }
    let [i, j] = ["i", "j"].map(|name| cx.name(&format!("sort {name} {}", node.start_byte()), node));
    let (zero, one) = (cx.add(Node::Int(0), node), cx.add(Node::Int(1), node));
    let before = cx.add(Node::Binary(BinaryOp::Sub, j, one), node);
    let sides = if down { vec![before, j] } else { vec![j, before] };
    let less = call_method(cx, list, "Less", sides, node);
    let more = cx.add(Node::Binary(BinaryOp::Gt, j, zero), node);
    let test = cx.add(Node::Binary(BinaryOp::And, more, less), node);
    let swap = call_method(cx, list, "Swap", vec![j, before], node);
    let inner = counted(cx, j, i, test, true, swap, node);
    let length = call_method(cx, list, "Len", Vec::new(), node);
    let outer = cx.add(Node::Binary(BinaryOp::Lt, i, length), node);
    counted(cx, i, one, outer, false, inner, node)
}

/// The least item by the program's own `Less`, put last by its `Swap` and taken off by its `Pop`.
fn pop_least<'t>(cx: &mut Lowering<'t, '_>, heap: Ts<'t>, node: Ts<'t>) -> NodeId {
    let [i, least] = ["i", "least"].map(|name| cx.name(&format!("heap {name} {}", node.start_byte()), node));
    let (zero, one) = (cx.add(Node::Int(0), node), cx.add(Node::Int(1), node));
    let start = cx.assign(least, zero, true, node);
    let less = call_method(cx, heap, "Less", vec![i, least], node);
    let take = cx.assign(least, i, false, node);
    let body = cx.add(Node::If { test: less, then: take, other: None }, node);
    let length = call_method(cx, heap, "Len", Vec::new(), node);
    let test = cx.add(Node::Binary(BinaryOp::Lt, i, length), node);
    let search = counted(cx, i, one, test, false, body, node);
    let last = cx.add(Node::Binary(BinaryOp::Sub, length, one), node);
    let swap = call_method(cx, heap, "Swap", vec![least, last], node);
    let pop = call_method(cx, heap, "Pop", Vec::new(), node);
    cx.add(Node::Block(vec![start, search, swap, pop]), node)
}

/// `sort.Sort(sort.Reverse(sort.StringSlice(items)))`.
fn ordered<'t>(cx: &mut Lowering<'t, '_>, order: Ts<'t>, node: Ts<'t>) -> Option<NodeId> {
    let mut down = false;
    let mut at = order;
    for _ in 0..8 {
        let name = cx.text(at.child_by_field_name("function")?);
        let inner = cx.kids(at.child_by_field_name("arguments")?).first().copied()?;
        match name {
            "sort.Reverse" => down = !down,
            "sort.StringSlice" | "sort.IntSlice" => {
                let (list, key) = (cx.lower(inner), cx.add(Node::Null, node));
                let down = cx.add(Node::Bool(down), node);
                return Some(cx.op(Op::SortInPlace, vec![list, key, down], node));
            }
            _ => return None,
        }
        at = inner;
    }
    None
}
