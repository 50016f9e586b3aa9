//! Functions as values: method references and comparators.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::library;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::construct::type_name;
use super::library::FUNCTIONS;
use super::library::MAKERS;
use super::library::METHODS;

/// Names of parameters of functions that the source does not spell.
const NAMES: &[&str] = &["a", "b"];
/// Methods that take one argument, where a reference to them is asked for two parameters.
const OF_TWO: &[&str] =
    &["concat", "compareTo", "compareToIgnoreCase", "sum", "max", "min", "compare", "add", "append", "put"];

/// Lowers an argument that is to be a function of so many parameters.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, params: usize) -> NodeId {
    match node.kind() {
        "method_reference" => refer(cx, node, params),
        _ => cx.lower(node),
    }
}

/// `T::m` of which nothing more is known.
pub(super) fn reference<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let method = cx.text(node).rsplit("::").next().unwrap_or_default().trim();
    let bound = !cx.text(node).starts_with(char::is_uppercase);
    let params = if OF_TWO.contains(&method) && !bound { 2 } else { 1 };
    refer(cx, node, params)
}

fn refer<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, params: usize) -> NodeId {
    let Some((owner, method)) = cx.text(node).rsplit_once("::") else { return cx.opaque(node) };
    let (owner, method) = (owner.trim(), method.trim());
    let names = &NAMES[..params.clamp(1, NAMES.len())];
    let mut values = Vec::new();
    for name in names {
        values.push(cx.name(name, node));
    }
    let bare = type_name(owner);
    let is_own = matches!(cx.kind_of(bare), "class" | "enum");
    if method == "new" {
        let args: Vec<_> = values.iter().map(|value| positional(*value)).collect();
        let callee = cx.name(bare, node);
        let body = match find(MAKERS, bare, args.len()).filter(|_| !is_own) {
            // `ArrayList::new` is a supplier as often as not.
            Some(row) if matches!(bare, "ArrayList" | "StringBuilder" | "LinkedList" | "HashMap") => {
                let library = library::apply(cx, row, None, &[], node);
                cx.op(library.op, library.operands, node)
            }
            Some(row) => library::call(cx, row, None, callee, args, node),
            None if owner.ends_with("[]") => values[0],
            None => cx.call(callee, args, None, node),
        };
        return cx.lambda(names, body, node);
    }
    let full = format!("{bare}.{method}");
    let full = if owner == "System.out" { format!("System.out.{method}") } else { full };
    if let Some(row) = find(FUNCTIONS, &full, params) {
        let args: Vec<_> = values.iter().map(|value| positional(*value)).collect();
        let library = library::apply(cx, row, None, &args, node);
        let body = cx.op(library.op, library.operands, node);
        return cx.lambda(names, body, node);
    }
    let is_type = bare.starts_with(char::is_uppercase) && owner != "this";
    let body = if is_type && cx.kind_of(method) != "static" {
        // The first argument is the receiver.
        let rest = values.split_off(1);
        on(cx, values[0], method, &rest, node)
    } else {
        let owner = match cx.kids(node).first() {
            Some(kid) if kid.kind() != "super" => cx.lower(*kid),
            _ => cx.name(bare, node),
        };
        on(cx, owner, method, &values, node)
    };
    cx.lambda(names, body, node)
}

/// `this.method(args)`
fn on<'t>(cx: &mut Lowering<'t, '_>, this: NodeId, method: &str, args: &[NodeId], at: Ts<'t>) -> NodeId {
    if args.is_empty() && cx.kind_of(method) == "component" {
        return cx.add(Node::Field(this, method.into()), at);
    }
    let args: Vec<_> = args.iter().map(|value| positional(*value)).collect();
    let callee = cx.add(Node::Field(this, method.into()), at);
    match find(METHODS, method, args.len()) {
        Some(row) => library::call(cx, row, Some(this), callee, args, at),
        None => cx.call(callee, args, None, at),
    }
}

/// A comparison of what `key` makes of two items; `key` is applied where it is there.
pub(super) fn comparison<'t>(
    cx: &mut Lowering<'t, '_>,
    key: Option<NodeId>,
    by: Option<NodeId>,
    down: bool,
    at: Ts<'t>,
) -> NodeId {
    let mut sides = Vec::new();
    for name in NAMES {
        let item = cx.name(name, at);
        sides.push(match key {
            Some(key) => cx.op(Op::Apply, vec![key, item], at),
            None => item,
        });
    }
    if down {
        sides.reverse();
    }
    let body = match by {
        Some(by) => {
            let parts = vec![by, sides[0], sides[1]];
            cx.op(Op::Apply, parts, at)
        }
        None => cx.op(Op::Compare, sides, at),
    };
    cx.lambda(NAMES, body, at)
}

/// A comparison that another one decides where it finds no difference.
pub(super) fn then<'t>(cx: &mut Lowering<'t, '_>, first: NodeId, next: NodeId, at: Ts<'t>) -> NodeId {
    let mut tests = Vec::new();
    for comparison in [first, next] {
        let mut parts = vec![comparison];
        for name in NAMES {
            parts.push(cx.name(name, at));
        }
        tests.push(cx.op(Op::Apply, parts, at));
    }
    let body = cx.add(Node::Binary(BinaryOp::Or, tests[0], tests[1]), at);
    cx.lambda(NAMES, body, at)
}

/// Comparators by the call that makes them.
pub(super) fn comparator<'t>(
    cx: &mut Lowering<'t, '_>,
    owner: &str,
    method: &str,
    kids: &[Ts<'t>],
    node: Ts<'t>,
) -> Option<NodeId> {
    let down = method == "reverseOrder";
    Some(match (owner, method, kids) {
        ("Comparator" | "Collections", "naturalOrder" | "reverseOrder", []) => {
            comparison(cx, None, None, down, node)
        }
        ("Collections", "reverseOrder", [by]) => {
            let by = lower(cx, *by, 2);
            comparison(cx, None, Some(by), true, node)
        }
        (
            "Comparator",
            "comparing" | "comparingInt" | "comparingLong" | "comparingDouble",
            [key, rest @ ..],
        ) => {
            let key = lower(cx, *key, 1);
            let by = rest.first().map(|by| lower(cx, *by, 2));
            comparison(cx, Some(key), by, false, node)
        }
        ("Map.Entry" | "Entry", "comparingByKey" | "comparingByValue", rest) => {
            let position = i64::from(method == "comparingByValue");
            let (item, position) = (cx.name("a", node), cx.add(Node::Int(position), node));
            let body = cx.op(Op::Get, vec![item, position], node);
            let key = cx.lambda(&["a"], body, node);
            let by = rest.first().map(|by| lower(cx, *by, 2));
            comparison(cx, Some(key), by, false, node)
        }
        _ => return None,
    })
}
