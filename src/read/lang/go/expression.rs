//! Expressions and types.

use crate::read::ir::Arg;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::positional;

use super::call;
use super::statement;

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" | "type_identifier" | "field_identifier" | "package_identifier" | "blank_identifier" => {
            cx.name(cx.text(node), node)
        }
        "interpreted_string_literal" | "raw_string_literal" | "rune_literal" => cx.literal(node),
        "int_literal" => cx.add(literal::whole(cx.text(node)), node),
        "float_literal" => match literal::float(cx.text(node)) {
            Some(value) => cx.add(Node::Float(value), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "nil" => cx.add(Node::Null, node),
        "iota" => cx.add(Node::Int(cx.counter()), node),
        "binary_expression" => chain::binary(cx, node, chain::common_operator),
        "unary_expression" => unary(cx, node),
        "parenthesized_expression" | "literal_element" | "expression_statement" => cx.only(node),
        "expression_list" => match cx.kids(node)[..] {
            [only] => cx.lower(only),
            _ => {
                let kids = cx.kids(node);
                let items = cx.lower_all(&kids);
                cx.add(Node::List(items), node)
            }
        },
        "selector_expression" => {
            let base = cx.expect_field(node, "operand");
            let name = node.child_by_field_name("field").map_or("", |name| cx.text(name));
            if name == "Value" && is_element(cx, base) {
                return Some(base);
            }
            cx.add(Node::Field(base, name.into()), node)
        }
        "index_expression" => {
            if let Some(id) = sorted_item(cx, node) {
                return Some(id);
            }
            let (base, index) = (cx.expect_field(node, "operand"), cx.expect_field(node, "index"));
            cx.add(Node::Index(base, index), node)
        }
        "slice_expression" => {
            let base = cx.expect_field(node, "operand");
            let (from, to) = (cx.lower_field(node, "start"), cx.lower_field(node, "end"));
            cx.add(Node::Slice { base, from, to, step: None }, node)
        }
        "call_expression" => call::lower(cx, node),
        "type_conversion_expression" => {
            let kind = node.child_by_field_name("type");
            let value = cx.expect_field(node, "operand");
            conversion(cx, kind, value, node)
        }
        "type_assertion_expression" => cx.expect_field(node, "operand"),
        "composite_literal" => composite(cx, node),
        "literal_value" => literal_value(cx, node, false, None),
        "keyed_element" => {
            let (key, value) = (cx.expect_field(node, "key"), cx.expect_field(node, "value"));
            cx.add(Node::Pair(key, value), node)
        }
        "type_instantiation_expression" => match cx.kids(node).first() {
            Some(function) => cx.lower(*function),
            None => cx.opaque(node),
        },
        "func_literal" => statement::function(cx, node, Vec::new()),
        _ => return None,
    })
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "operand");
    let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
        "<-" => return cx.op(Op::PopFront, vec![value], node),
        "&" | "*" => return value,
        "-" => UnaryOp::Neg,
        "!" => UnaryOp::Not,
        "^" => UnaryOp::BitNot,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

fn conversion<'t>(cx: &mut Lowering<'t, '_>, kind: Option<Ts<'t>>, value: NodeId, at: Ts<'t>) -> NodeId {
    let op = match kind.map_or("", |kind| cx.text(kind)) {
        "[]rune" => Op::Chars,
        "[]byte" | "[]uint8" => Op::Codes,
        _ => Op::Same,
    };
    cx.op(op, vec![value], at)
}

/// `items[i]` in the comparison that sorts `items` by position is the item itself.
fn sorted_item<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let items = cx.kind_of("[items]");
    if items.is_empty() || cx.text(node.child_by_field_name("operand")?) != items {
        return None;
    }
    let index = cx.text(node.child_by_field_name("index")?);
    (index == cx.kind_of("[i]") || index == cx.kind_of("[j]")).then(|| cx.name(index, node))
}

/// Whether this is an element of a `container/list`, which stands for its value.
fn is_element(cx: &Lowering<'_, '_>, base: NodeId) -> bool {
    match cx.ir(base) {
        Node::Name(name) => cx.kind_of(name) == "element",
        Node::Call { library: Some(library), .. } => matches!(library.op, Op::First | Op::Last),
        _ => false,
    }
}

fn composite<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(body) = node.child_by_field_name("body") else { return cx.opaque(node) };
    match node.child_by_field_name("type") {
        Some(kind) => literal_of(cx, kind, body, node),
        None => cx.opaque(node),
    }
}

/// `T{…}`: a struct's positional values and named fields are arguments of its constructor.
fn literal_of<'t>(cx: &mut Lowering<'t, '_>, kind: Ts<'t>, body: Ts<'t>, node: Ts<'t>) -> NodeId {
    match kind.kind() {
        "pointer_type" => match cx.kids(kind)[..] {
            [inner] if inner.kind() != "pointer_type" => literal_of(cx, inner, body, node),
            _ => cx.opaque(body),
        },
        "type_identifier" if is_plain(cx, kind) => {
            literal_value(cx, body, cx.kind_of(cx.text(kind)).starts_with("map["), None)
        }
        "type_identifier" | "generic_type" | "qualified_type" => {
            let callee = type_name(cx, Some(kind), node);
            let mut args = Vec::new();
            for kid in cx.kids(body) {
                if kid.kind() == "keyed_element" {
                    let name = kid.child_by_field_name("key").map(|key| cx.text(key).into());
                    args.push(Arg { name, value: cx.expect_field(kid, "value"), spread: false });
                } else {
                    args.push(positional(cx.lower(kid)));
                }
            }
            let library = initial_op(cx, kind).map(|op| Library { op, operands: Vec::new() });
            cx.call(callee, args, library, node)
        }
        "struct_type" => nameless(cx, kind, body, node),
        "map_type" => literal_value(cx, body, true, kind.child_by_field_name("value")),
        _ => literal_value(cx, body, false, kind.child_by_field_name("element")),
    }
}

/// `struct{…}{…}`: an object with these fields.
fn nameless<'t>(cx: &mut Lowering<'t, '_>, kind: Ts<'t>, body: Ts<'t>, node: Ts<'t>) -> NodeId {
    let mut names = Vec::new();
    for list in cx.kids(kind) {
        for field in cx.kids(list) {
            names.extend(cx.fields(field, "name"));
        }
    }
    let mut operands = Vec::new();
    for (at, kid) in cx.kids(body).into_iter().enumerate() {
        let key = kid.child_by_field_name("key").filter(|_| kid.kind() == "keyed_element");
        let name = key.or_else(|| names.get(at).copied()).map_or("", |name| cx.text(name));
        operands.push(cx.constant(name, kid));
        let value = if key.is_some() { cx.expect_field(kid, "value") } else { item(cx, kid, None) };
        operands.push(value);
    }
    cx.op(Op::NewObject, operands, node)
}

/// Whether a name stands for a slice, array or map type.
fn is_plain(cx: &Lowering<'_, '_>, kind: Ts<'_>) -> bool {
    let name = cx.source_text().get(kind.byte_range()).unwrap_or_default();
    let made_of = cx.kind_of(name);
    made_of.starts_with('[') || made_of.starts_with("map[")
}

/// `{…}`: its items may leave out their own type, `element`.
fn literal_value<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, map: bool, element: Option<Ts<'t>>) -> NodeId {
    let kids = cx.kids(node);
    let keyed = map || kids.iter().any(|kid| kid.kind() == "keyed_element");
    let mut items = Vec::new();
    for kid in kids {
        if kid.kind() == "keyed_element" {
            let key = cx.expect_field(kid, "key");
            let value = match kid.child_by_field_name("value") {
                Some(value) => item(cx, value, element),
                None => cx.opaque(kid),
            };
            items.push(cx.add(Node::Pair(key, value), kid));
        } else {
            items.push(item(cx, kid, element));
        }
    }
    cx.add(if keyed { Node::Map(items) } else { Node::List(items) }, node)
}

fn item<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, element: Option<Ts<'t>>) -> NodeId {
    let inner = match cx.kids(node)[..] {
        [only] if node.kind() == "literal_element" => only,
        _ => node,
    };
    match element {
        Some(kind) if inner.kind() == "literal_value" => {
            cx.nested(inner, |cx| literal_of(cx, kind, inner, inner))
        }
        _ => cx.lower(inner),
    }
}

/// A type's name without package and parameters.
fn type_name<'t>(cx: &mut Lowering<'t, '_>, kind: Option<Ts<'t>>, at: Ts<'t>) -> NodeId {
    let text = kind.map_or("", |kind| cx.text(kind));
    let bare = text.trim_start_matches('*').split('[').next().unwrap_or_default();
    cx.name(bare.rsplit('.').next().unwrap_or(bare), at)
}

/// What a variable of this type starts as; `None` where that is nothing in particular.
fn initial_op(cx: &Lowering<'_, '_>, kind: Ts<'_>) -> Option<Op> {
    let bytes = kind.byte_range();
    let text = cx.source_text().get(bytes).unwrap_or_default();
    Some(match kind.kind() {
        "slice_type" | "array_type" => Op::NewList,
        "map_type" => Op::NewMap,
        "channel_type" => Op::NewQueue,
        "qualified_type" if matches!(text, "strings.Builder" | "bytes.Buffer") => Op::NewBuilder,
        "qualified_type" if text == "list.List" => Op::NewList,
        _ => return None,
    })
}

/// The value of a variable declared without one.
pub(super) fn zero<'t>(cx: &mut Lowering<'t, '_>, kind: Option<Ts<'t>>, at: Ts<'t>) -> NodeId {
    let Some(kind) = kind else { return cx.add(Node::Null, at) };
    if let Some(op) = initial_op(cx, kind) {
        return cx.op(op, Vec::new(), at);
    }
    let name = cx.text(kind);
    let made_of = if kind.kind() == "type_identifier" { cx.kind_of(name) } else { "" };
    match if made_of.is_empty() { name } else { made_of } {
        list if list.starts_with('[') => cx.op(Op::NewList, Vec::new(), at),
        map if map.starts_with("map[") => cx.op(Op::NewMap, Vec::new(), at),
        "string" => cx.add(Node::Text("".into()), at),
        "bool" => cx.add(Node::Bool(false), at),
        "int" | "int64" | "int32" | "int16" | "int8" | "byte" | "rune" | "uint" | "uint8" | "uint32"
        | "uint64" => cx.add(Node::Int(0), at),
        _ if kind.kind() == "type_identifier" => {
            let callee = type_name(cx, Some(kind), at);
            cx.call(callee, Vec::new(), None, at)
        }
        _ => cx.add(Node::Null, at),
    }
}
