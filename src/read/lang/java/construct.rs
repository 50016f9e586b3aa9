//! `new`, and library classes that are more than an operation.

use crate::read::ir::AS_TEXT;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::lang::curly;
use crate::read::lang::curly::Class;
use crate::read::lang::library;
use crate::read::lang::library::find;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::param;
use crate::read::lang::lowering::positional;

use super::class;
use super::library::MAKERS;

/// A type's name without package and parameters.
pub(super) fn type_name(text: &str) -> &str {
    let bare = text.split('<').next().unwrap_or(text).trim();
    bare.rsplit('.').next().unwrap_or(bare)
}

/// Lowers `new T(…)`.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("type").map_or("", |kind| type_name(cx.text(kind)));
    let kids = node.child_by_field_name("arguments").map_or_else(Vec::new, |list| cx.kids(list));
    if let Some(body) = cx.kids(node).into_iter().find(|kid| kid.kind() == "class_body") {
        return anonymous(cx, name, &kids, body, node);
    }
    if let Some(id) = special(cx, name, &kids, node) {
        return id;
    }
    let args: Vec<_> = cx.lower_all(&kids).into_iter().map(positional).collect();
    let callee = cx.name(name, node);
    match find(MAKERS, name, args.len()) {
        Some(row) => library::call(cx, row, None, callee, args, node),
        None if name.ends_with("Exception") || name.ends_with("Error") => {
            let library = library::apply(cx, &library::row("", Op::Same, library::FIRST), None, &args, node);
            cx.call(callee, args, Some(library), node)
        }
        None => cx.call(callee, args, None, node),
    }
}

fn special<'t>(cx: &mut Lowering<'t, '_>, name: &str, kids: &[Ts<'t>], node: Ts<'t>) -> Option<NodeId> {
    if cx.kind_of(name) == "class" {
        return None;
    }
    let compares = |cx: &Lowering<'t, '_>, kid: Ts<'t>| {
        let text = cx.text(kid);
        matches!(kid.kind(), "lambda_expression" | "method_reference")
            || text.contains("ompar")
            || text.contains("reverseOrder")
            || text.contains("naturalOrder")
    };
    let capacity = |kid: &Ts<'t>| kid.kind() == "decimal_integer_literal";
    Some(match (name, kids) {
        ("PriorityQueue" | "PriorityBlockingQueue", [rest @ .., order]) if compares(cx, *order) => {
            let _ = cx.lower_all(rest);
            let (null, order) = (cx.add(Node::Null, node), super::function::lower(cx, *order, 2));
            cx.op(Op::NewMinHeap, vec![null, order], node)
        }
        ("PriorityQueue", [size]) if capacity(size) => cx.op(Op::NewMinHeap, Vec::new(), node),
        ("ArrayList" | "Vector", [size]) if capacity(size) => cx.op(Op::NewList, Vec::new(), node),
        ("ArrayDeque" | "LinkedBlockingQueue" | "ArrayBlockingQueue", [size]) if capacity(size) => {
            cx.op(Op::NewDeque, Vec::new(), node)
        }
        ("HashMap" | "LinkedHashMap", [size, ..]) if capacity(size) => cx.op(Op::NewMap, Vec::new(), node),
        ("HashSet" | "LinkedHashSet", [size, ..]) if capacity(size) => cx.op(Op::NewSet, Vec::new(), node),
        ("StringBuilder" | "StringBuffer", [size]) if capacity(size) => {
            cx.op(Op::NewBuilder, Vec::new(), node)
        }
        ("TreeMap", [order]) if compares(cx, *order) => {
            cx.lower(*order);
            cx.op(Op::NewSorted, Vec::new(), node)
        }
        ("TreeSet", []) => {
            let list = cx.add(Node::List(Vec::new()), node);
            cx.op(Op::NewSorted, vec![list], node)
        }
        ("BigInteger", digits) => {
            let digits = cx.lower_all(digits);
            cx.op(Op::ToInt, digits, node)
        }
        _ => return None,
    })
}

/// `new T(…) { … }`
fn anonymous<'t>(
    cx: &mut Lowering<'t, '_>,
    base: &str,
    kids: &[Ts<'t>],
    body: Ts<'t>,
    node: Ts<'t>,
) -> NodeId {
    let own = format!("{base}@{}", node.start_byte());
    let base = cx.name(base, node);
    let made = Class { name: own.as_str().into(), bases: vec![base], ..Class::default() };
    let inner = cx.kids_and_comments(body);
    let defined = class::build(cx, made, None, &inner, node);
    let args = cx.lower_all(kids).into_iter().map(positional).collect();
    let callee = cx.name(&own, node);
    let call = cx.call(callee, args, None, node);
    cx.add(Node::Block(vec![defined, call]), node)
}

/// `StringJoiner`: a separator, a prefix, a suffix and the pieces.
pub(super) fn joiner<'t>(cx: &mut Lowering<'t, '_>, at: Ts<'t>) -> NodeId {
    let empty = || param("");
    let mut params = vec![Param { name: "separator".into(), ..empty() }];
    for name in ["prefix", "suffix"] {
        let default = Some(cx.constant("", at));
        params.push(Param { name: name.into(), default, rest: false });
    }
    let mut body = Vec::new();
    for name in ["separator", "prefix", "suffix"] {
        let value = cx.name(name, at);
        body.push(curly::set_own(cx, "this", name, value, at));
    }
    let list = cx.op(Op::NewList, Vec::new(), at);
    body.push(curly::set_own(cx, "this", "items", list, at));
    let body = cx.add(Node::Block(body), at);
    let own = |cx: &mut Lowering<'t, '_>, name: &str| {
        let this = cx.name("this", at);
        cx.add(Node::Field(this, name.into()), at)
    };
    let (items, word) = (own(cx, "items"), cx.name("word", at));
    let push = cx.op(Op::Push, vec![items, word], at);
    let this = cx.name("this", at);
    let back = cx.add(Node::Return(Some(this)), at);
    let add = cx.add(Node::Block(vec![push, back]), at);
    let (items, separator) = (own(cx, "items"), own(cx, "separator"));
    let joined = cx.op(Op::Join, vec![items, separator], at);
    let (prefix, suffix) = (own(cx, "prefix"), own(cx, "suffix"));
    let text = cx.add(Node::Binary(BinaryOp::Add, prefix, joined), at);
    let text = cx.add(Node::Binary(BinaryOp::Add, text, suffix), at);
    let method = |cx: &mut Lowering<'t, '_>, name: &str, params: Vec<Param>, body: NodeId| {
        cx.add(Node::Function { name: Some(name.into()), params, body, comment: None, generator: false }, at)
    };
    let members = vec![method(cx, "add", vec![param("word")], add), method(cx, AS_TEXT, Vec::new(), text)];
    let class = Class {
        name: "StringJoiner".into(),
        members,
        constructors: vec![(params, body)],
        ..Class::default()
    };
    curly::class(cx, class, at)
}
