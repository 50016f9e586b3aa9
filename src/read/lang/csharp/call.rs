//! Calls of methods and functions.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Manner;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::library;
use crate::read::lang::library::as_function;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::construct::bare;
use super::expression;
use super::library::CALLBACKS;
use super::library::FUNCTIONS;
use super::library::METHODS;

/// Lowers a call.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(function), Some(list)) =
        (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return cx.opaque(node);
    };
    match function.kind() {
        "member_access_expression" => {
            let method = function.child_by_field_name("name").map_or("", |name| bare(cx.text(name)));
            match function.child_by_field_name("expression") {
                Some(object) => on_expression(cx, object, method, list, node),
                None => cx.opaque(node),
            }
        }
        "identifier" | "generic_name" => {
            let name = bare(cx.text(function));
            if name == "nameof" {
                return cx.constant(cx.text(list).trim_matches(['(', ')']), list);
            }
            let args = arguments(cx, list, name);
            let callee = cx.name(own_name(name, args.len()), function);
            cx.call(callee, args, None, node)
        }
        _ => {
            let callee = cx.lower(function);
            let args = arguments(cx, list, "");
            cx.call(callee, args, None, node)
        }
    }
}

/// A method's name as the program keeps it.
fn own_name(method: &str, args: usize) -> &str {
    match (method, args) {
        ("ToString", 0) => crate::read::ir::AS_TEXT,
        ("CompareTo", 1) => crate::read::ir::COMPARE,
        _ => method,
    }
}

fn on_expression<'t>(
    cx: &mut Lowering<'t, '_>,
    object: Ts<'t>,
    method: &str,
    list: Ts<'t>,
    node: Ts<'t>,
) -> NodeId {
    if object.kind() == "base" {
        let args = arguments(cx, list, method);
        let name = cx.constant(own_name(method, args.len()), node);
        let callee = cx.op(Op::Base, vec![name], node);
        return cx.call(callee, args, None, node);
    }
    let owner: String = cx.text(object).chars().take(60).filter(|c| !c.is_whitespace()).collect();
    let owner = owner.strip_prefix("System.").unwrap_or(&owner);
    let owner = if owner.starts_with("Encoding.") || owner.starts_with("Text.Encoding.") {
        "Encoding"
    } else {
        owner
    };
    let kids = cx.kids(list);
    if let Some(id) = of_type(cx, owner, method, &kids, node) {
        return id;
    }
    let args = arguments(cx, list, method);
    let full = format!("{}.{method}", owner.to_ascii_lowercase());
    if let Some(row) = find(FUNCTIONS, &full, args.len()).filter(|_| cx.kind_of(owner) != "class") {
        let base = cx.add(Node::Null, node);
        let callee = cx.add(Node::Field(base, method.into()), node);
        return library::call(cx, row, None, callee, args, node);
    }
    if let Some(id) = ordered(cx, object, method, &args, node) {
        return id;
    }
    let this = cx.lower(object);
    on(cx, this, method, args, &kids, node)
}

/// `this.method(args)`
fn on<'t>(
    cx: &mut Lowering<'t, '_>,
    this: NodeId,
    method: &str,
    mut args: Vec<Arg>,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> NodeId {
    let own = cx.kind_of(method);
    if own == "extension" {
        args.insert(0, positional(this));
        let callee = cx.name(method, node);
        return cx.call(callee, args, None, node);
    }
    if own != "method"
        && let Some(id) = special(cx, this, method, &args, kids, node)
    {
        return id;
    }
    let callee = cx.add(Node::Field(this, own_name(method, args.len()).into()), node);
    let row = find(METHODS, method, args.len());
    let composed =
        |row: &library::Row| row.operands.iter().any(|part| matches!(part, library::Operand::Of(..)));
    match row.filter(|row| own != "method" || !composed(row)) {
        Some(row) => library::call(cx, row, Some(this), callee, args, node),
        None => cx.call(callee, args, None, node),
    }
}

/// `a?.b` and `a?.b(…)`: the value is taken to be there.
pub(super) fn conditional<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let base = cx.expect_field(node, "condition");
    let Some(rest) = cx.kids(node).last().copied() else { return base };
    match rest.kind() {
        "member_binding_expression" => {
            let name = rest.child_by_field_name("name").map_or("", |name| cx.text(name));
            expression::property(cx, base, name, node)
        }
        "invocation_expression" => {
            let function = rest.child_by_field_name("function");
            let name = function.and_then(|function| function.child_by_field_name("name"));
            let method = name.map_or("", |name| bare(cx.text(name)));
            match rest.child_by_field_name("arguments") {
                Some(list) => {
                    let args = arguments(cx, list, method);
                    let kids = cx.kids(list);
                    on(cx, base, method, args, &kids, node)
                }
                None => base,
            }
        }
        _ => {
            let rest = cx.lower(rest);
            cx.add(Node::Opaque(vec![base, rest]), node)
        }
    }
}

/// Lowers arguments; functions that are called for each item also get its position.
pub(super) fn arguments<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>, method: &str) -> Vec<Arg> {
    let mut args = Vec::new();
    for kid in cx.kids(list) {
        let inner = if kid.kind() == "argument" { cx.kids(kid).last().copied() } else { Some(kid) };
        let Some(inner) = inner else { continue };
        let name = kid.child_by_field_name("name").filter(|name| name.id() != inner.id());
        let name = name.map(|name| cx.text(name).into());
        let mut value = function_value(cx, inner);
        if CALLBACKS.contains(&method) && inner.kind() == "lambda_expression" {
            value = cx.op(Op::Called(Manner::ItemAndIndex), vec![value], inner);
        }
        args.push(Arg { name, value, spread: false });
    }
    args
}

/// An argument; a library function becomes a function of the program.
fn function_value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    if node.kind() == "member_access_expression" {
        let name = cx.text(node);
        let row = name.rsplit_once('.').and_then(|(owner, method)| {
            find(FUNCTIONS, &format!("{}.{method}", owner.to_ascii_lowercase()), 1)
        });
        if let Some(row) = row {
            return as_function(cx, row, None, 1, node);
        }
    }
    cx.lower(node)
}

/// Methods of types whose arguments are not simply operands.
fn of_type<'t>(
    cx: &mut Lowering<'t, '_>,
    owner: &str,
    method: &str,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    Some(match (owner, method, kids) {
        ("Console" | "Console.Out" | "Debug" | "Trace", "WriteLine" | "Write", [_, _, ..]) => {
            let parts = cx.lower_all(kids);
            let text = cx.op(Op::FormatBrace, parts, node);
            cx.op(if method == "Write" { Op::Write } else { Op::Print }, vec![text], node)
        }
        ("Enumerable", "Range", [start, count]) => {
            let (start, count) = (cx.lower(*start), cx.lower(*count));
            let end = cx.add(Node::Binary(BinaryOp::Add, start, count), node);
            cx.op(Op::Range, vec![start, end], node)
        }
        ("int" | "byte" | "Convert", "Parse" | "ToInt32" | "ToByte", [digits, style])
            if cx.text(*style).contains("HexNumber") =>
        {
            let (digits, base) = (cx.lower(*digits), cx.add(Node::Int(16), node));
            cx.op(Op::ToInt, vec![digits, base], node)
        }
        ("Array", "Copy", [from, to, count]) => {
            let parts = cx.lower_all(&[*from, *to, *count]);
            let zero = cx.add(Node::Int(0), node);
            let piece = cx.op(Op::Substr, vec![parts[0], zero, parts[2]], node);
            let piece = cx.add(Node::Spread(piece), node);
            cx.op(Op::Splice, vec![parts[1], zero, parts[2], piece], node)
        }
        ("Array", "Copy", [from, start, to, place, count]) => {
            let parts = cx.lower_all(&[*from, *start, *to, *place, *count]);
            let piece = cx.op(Op::Substr, vec![parts[0], parts[1], parts[4]], node);
            let piece = cx.add(Node::Spread(piece), node);
            cx.op(Op::Splice, vec![parts[2], parts[3], parts[4], piece], node)
        }
        ("Enum", "GetValues" | "GetNames", _) => {
            let name = cx.text(node);
            let name = name.split(['<', '(']).find_map(|part| {
                let word = part.trim_end_matches([')', '>', '(']).trim();
                (cx.kind_of(word) == "enum").then_some(word)
            })?;
            let map = cx.name(name, node);
            cx.op(Op::Values, vec![map], node)
        }
        _ => return None,
    })
}

/// `xs.OrderBy(a).ThenBy(b)`: sorted by the last key first, since sorting keeps the order of equals.
fn ordered<'t>(
    cx: &mut Lowering<'t, '_>,
    object: Ts<'t>,
    method: &str,
    args: &[Arg],
    node: Ts<'t>,
) -> Option<NodeId> {
    if !matches!(method, "ThenBy" | "ThenByDescending") {
        return None;
    }
    let function = object.child_by_field_name("function")?;
    let first = cx.text(function.child_by_field_name("name")?);
    let inner = function.child_by_field_name("expression")?;
    let key = object.child_by_field_name("arguments")?;
    let (this, key) = (cx.lower(inner), arguments(cx, key, "").first()?.value);
    let down = cx.add(Node::Bool(method.ends_with("Descending")), node);
    let sorted = cx.op(Op::Sorted, vec![this, args.first()?.value, down], node);
    let down = cx.add(Node::Bool(first.ends_with("Descending")), node);
    Some(cx.op(Op::Sorted, vec![sorted, key, down], node))
}

/// Methods whose arguments are not simply operands.
fn special<'t>(
    cx: &mut Lowering<'t, '_>,
    this: NodeId,
    method: &str,
    args: &[Arg],
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let values: Vec<NodeId> = args.iter().map(|arg| arg.value).collect();
    Some(match (method, &values[..]) {
        ("Equals", [other, ..]) => cx.add(Node::Binary(BinaryOp::Eq, this, *other), node),
        ("Enqueue", [item, priority]) => {
            let pair = cx.add(Node::List(vec![*priority, *item]), node);
            cx.op(Op::Push, vec![this, pair], node)
        }
        ("Dequeue", []) if cx.source_text().contains("PriorityQueue<") => {
            let pair = cx.op(Op::Pop, vec![this], node);
            let key = cx.constant("item", node);
            let one = cx.add(Node::Int(1), node);
            cx.op(Op::Member, vec![pair, key, one], node)
        }
        ("TryDequeue" | "TryPop", [target, ..]) | ("TryGetValue", [_, target]) => {
            let (value, test) = if method == "TryGetValue" {
                (
                    cx.op(Op::Get, vec![this, values[0]], node),
                    cx.op(Op::Contains, vec![this, values[0]], node),
                )
            } else {
                let empty = cx.op(Op::IsEmpty, vec![this], node);
                let test = cx.add(Node::Unary(crate::read::ir::UnaryOp::Not, empty), node);
                (cx.op(Op::Pop, vec![this], node), test)
            };
            let (kept, keep) = crate::read::lang::curly::hidden(cx, test, node);
            let target = *target;
            let value = if cx.source_text().contains("PriorityQueue<") && method == "TryDequeue" {
                let key = cx.constant("item", node);
                let one = cx.add(Node::Int(1), node);
                cx.op(Op::Member, vec![value, key, one], node)
            } else {
                value
            };
            let bind = cx.assign(target, value, true, node);
            cx.add(Node::Block(vec![keep, bind, kept]), node)
        }
        ("Zip", [other, combine]) if kids.len() == 2 => {
            let rows = cx.op(Op::Zip, vec![this, *other], node);
            let combine = cx.op(Op::Called(Manner::Parts), vec![*combine], node);
            cx.op(Op::Map, vec![combine, rows], node)
        }
        ("ToDictionary", [key, value]) => {
            let keys = cx.op(Op::Map, vec![*key, this], node);
            let values = cx.op(Op::Map, vec![*value, this], node);
            let pairs = cx.op(Op::Zip, vec![keys, values], node);
            cx.op(Op::NewMap, vec![pairs], node)
        }
        ("ToDictionary" | "ToLookup", [key]) => {
            let keys = cx.op(Op::Map, vec![*key, this], node);
            let pairs = cx.op(Op::Zip, vec![keys, this], node);
            cx.op(Op::NewMap, vec![pairs], node)
        }
        ("Deconstruct", _) => return None,
        _ => return None,
    })
}
