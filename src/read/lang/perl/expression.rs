//! Expressions: as one value, or as a list.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::body;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::call;
use super::matching::bound;
use super::matching::matched_list;
use super::operator::assignment;
use super::operator::binary;
use super::operator::compared;
use super::operator::is_range;
use super::operator::operator_of;
use super::operator::step;
use super::operator::unary;
use super::statement::TOPIC;
use super::text;

/// The variable that holds what the last match found, and its groups.
pub(super) const FOUND: &str = "$match";
/// The groups of the last match by their names.
pub(super) const NAMED: &str = "%+";
/// What stands behind the program, line by line.
pub(super) const DATA: &str = "DATA";

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "string_literal" | "interpolated_string_literal" | "command_string" => text::string(cx, node),
        "heredoc_token" | "command_heredoc_token" => text::heredoc(cx, node),
        "heredoc_content" if cx.is_seen(node) => cx.op(Op::Nothing, Vec::new(), node),
        "heredoc_content" => text::string(cx, node),
        "quoted_word_list" => {
            let words = text::words(cx, node);
            cx.add(Node::List(words), node)
        }
        "number" => match literal::integer(cx.text(node)) {
            Some(value) => cx.add(Node::Int(value), node),
            None => cx.add(Node::Float(literal::float(cx.text(node)).unwrap_or_default()), node),
        },
        "autoquoted_bareword" | "bareword" | "package" => cx.constant(cx.text(node), node),
        "boolean" => cx.add(Node::Bool(cx.text(node) == "true"), node),
        "undef_expression" => cx.add(Node::Null, node),
        "scalar" | "array" | "hash" => variable(cx, node),
        "readline_expression" => handle(cx, node),
        "scalar_deref_expression" | "array_deref_expression" | "hash_deref_expression" => cx.only(node),
        "varname" | "indirect_object" => cx.only(node),
        "arraylen" | "arraylen_deref_expression" => {
            let base = variable(cx, node);
            let (length, one) = (cx.op(Op::Length, vec![base], node), body::int(cx, 1, node));
            cx.add(Node::Binary(BinaryOp::Sub, length, one), node)
        }
        "array_element_expression" => element(cx, node, "array", "index"),
        "hash_element_expression" => element(cx, node, "hash", "key"),
        "slice_expression" | "anonymous_slice_expression" => {
            let (base, keys) = slice(cx, node);
            cx.op(Op::Pick, std::iter::once(base).chain(keys).collect(), node)
        }
        "variable_declaration" => declaration(cx, node),
        "localization_expression" | "refgen_expression" => cx.only(node),
        "function" => cx.name(cx.text(node).trim_start_matches('&'), node),
        "amper_deref_expression" => cx.only(node),
        "parenthesized_expression" => match cx.kids(node)[..] {
            [only] if only.kind() != "list_expression" => cx.nested(node, |cx| cx.lower(only)),
            _ => list(cx, node),
        },
        "list_expression" => list(cx, node),
        "anonymous_array_expression" => {
            let kids = cx.kids(node);
            let items = items(cx, &kids);
            cx.add(Node::List(items), node)
        }
        "anonymous_hash_expression" => {
            let kids = cx.kids(node);
            hash_of(cx, &kids, node)
        }
        "assignment_expression" => assignment(cx, node),
        "binary_expression" => binary(cx, node),
        "equality_expression" | "relational_expression" | "lowprec_logical_expression" => compared(cx, node),
        "unary_expression" | "logical_not_expression" => unary(cx, node),
        "postinc_expression" | "preinc_expression" => step(cx, node),
        "conditional_expression" => {
            let test = match node.child_by_field_name("condition") {
                Some(test) => scalar(cx, test),
                None => cx.add(Node::Opaque(Vec::new()), node),
            };
            let (then, other) = (cx.expect_field(node, "consequent"), cx.expect_field(node, "alternative"));
            cx.add(Node::Choose { test, then, other }, node)
        }
        "match_regexp" | "quoted_regexp" | "substitution_regexp" | "transliteration_expression" => {
            let topic = cx.name(TOPIC, node);
            match node.kind() {
                "quoted_regexp" => text::regex(cx, node, ""),
                _ => bound(cx, topic, node, false, node),
            }
        }
        _ => return call::lower(cx, node),
    })
}

/// `$x`, `@x`, `%x`, `@$x`, `@{…}`.
fn variable<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mark = match node.kind() {
        "scalar" => "$",
        "hash" => "%",
        _ => "@",
    };
    let Some(inner) = cx.kids(node).first().copied() else { return cx.name(cx.text(node), node) };
    match cx.kids(inner).first().copied().filter(|_| inner.kind() == "varname") {
        Some(deref) => cx.nested(node, |cx| cx.lower(deref)),
        None if inner.kind() != "varname" => cx.nested(node, |cx| cx.lower(inner)),
        None => {
            let name = cx.text(inner).trim_matches(['{', '}']);
            if let (Ok(number), "$") = (name.parse::<i64>(), mark)
                && number > 0
            {
                let (found, index) = (cx.name(FOUND, node), body::int(cx, number, node));
                return cx.add(Node::Index(found, index), node);
            }
            if (name, mark) == ("&", "$") {
                let (found, index) = (cx.name(FOUND, node), body::int(cx, 0, node));
                return cx.add(Node::Index(found, index), node);
            }
            cx.name(&format!("{mark}{name}"), node)
        }
    }
}

/// What an element or slice is taken from.
fn container<'t>(cx: &mut Lowering<'t, '_>, holder: Ts<'t>, mark: &str) -> NodeId {
    let Some(name) = cx.kids(holder).first().copied() else { return cx.opaque(holder) };
    match cx.kids(name).first().copied() {
        Some(deref) => cx.nested(holder, |cx| cx.lower(deref)),
        None if name.kind() == "varname" => cx.name(&format!("{mark}{}", cx.text(name)), holder),
        None => cx.lower(name),
    }
}

fn element<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, field: &str, key: &str) -> NodeId {
    let key = node.child_by_field_name(key);
    let base = match node.child_by_field_name(field) {
        Some(holder) => container(cx, holder, if field == "array" { "@" } else { "%" }),
        None => {
            match cx.kids(node).first().copied().filter(|kid| Some(kid.id()) != key.map(|key| key.id())) {
                Some(inner) => cx.nested(node, |cx| cx.lower(inner)),
                None => cx.name(TOPIC, node),
            }
        }
    };
    match key {
        Some(key) => {
            let is_hash = field == "hash";
            let key = scalar(cx, key);
            let key = if is_hash { key_text(cx, key, node) } else { key };
            cx.add(Node::Index(base, key), node)
        }
        None => base,
    }
}

/// A hash's key is a text.
fn key_text<'t>(cx: &mut Lowering<'t, '_>, key: NodeId, at: Ts<'t>) -> NodeId {
    match *cx.ir(key) {
        Node::Int(number) => cx.constant(&number.to_string(), at),
        Node::Text(_) => key,
        _ => cx.op(Op::ToText, vec![key], at),
    }
}

fn slice<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> (NodeId, Vec<NodeId>) {
    let fields = ["array", "hash", "arrayref", "hashref", "list"];
    let holder = fields.iter().find_map(|field| Some((*field, node.child_by_field_name(field)?)));
    let base = match holder {
        Some(("array", holder)) => container(cx, holder, "@"),
        Some(("hash", holder)) => container(cx, holder, "%"),
        Some(("list", holder)) => {
            let items = items(cx, &[holder]);
            cx.add(Node::List(items), holder)
        }
        Some((_, holder)) => cx.lower(holder),
        None => cx.add(Node::Opaque(Vec::new()), node),
    };
    let keys: Vec<Ts<'t>> = cx
        .kids(node)
        .into_iter()
        .filter(|kid| Some(kid.id()) != holder.map(|(_, holder)| holder.id()))
        .collect();
    (base, items(cx, &keys))
}

/// `my $x;` on its own.
fn declaration<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut all = Vec::new();
    let variables = cx.fields(node, "variable").into_iter().chain(cx.fields(node, "variables"));
    for kid in variables.collect::<Vec<_>>() {
        let value = match kid.kind() {
            "array" => cx.add(Node::List(Vec::new()), kid),
            "hash" => cx.add(Node::Map(Vec::new()), kid),
            _ => cx.add(Node::Null, kid),
        };
        let target = cx.lower(kid);
        all.push(cx.assign(target, value, true, kid));
    }
    cx.add(Node::Block(all), node)
}

/// `<DATA>`, `<$lines>`: what is read, all of it.
fn handle<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = cx.text(node).trim_matches(['<', '>']);
    cx.name(name, node)
}

/// An expression where one value is wanted.
pub(super) fn scalar<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "readline_expression" => {
            let lines = handle(cx, node);
            cx.op(Op::Next, vec![lines], node)
        }
        "array" | "array_deref_expression" => {
            let list = cx.lower(node);
            cx.op(Op::Length, vec![list], node)
        }
        "anonymous_slice_expression" => {
            let picked = cx.lower(node);
            cx.op(Op::Last, vec![picked], node)
        }
        "parenthesized_expression" => match cx.kids(node)[..] {
            [only] if only.kind() != "list_expression" => cx.nested(node, |cx| scalar(cx, only)),
            _ => cx.lower(node),
        },
        _ => match call::scalar(cx, node) {
            Some(id) => id,
            None => cx.lower(node),
        },
    }
}

/// A value of unknown context: what it is, lists as lists.
pub(super) fn either<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    cx.lower(node)
}

/// An expression as a list.
pub(super) fn list<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let items = items(cx, &[node]);
    if let [only] = items[..]
        && let Node::Spread(inner) = *cx.ir(only)
    {
        return inner;
    }
    cx.add(Node::List(items), node)
}

/// A field as a list.
pub(super) fn list_field<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, field: &str) -> NodeId {
    match node.child_by_field_name(field) {
        Some(kid) => list(cx, kid),
        None => cx.add(Node::List(Vec::new()), node),
    }
}

/// The items of a list: what is a list itself is opened.
pub(super) fn items<'t>(cx: &mut Lowering<'t, '_>, nodes: &[Ts<'t>]) -> Vec<NodeId> {
    let mut out = Vec::new();
    let mut stack: Vec<Ts<'t>> = nodes.iter().rev().copied().collect();
    while let Some(node) = stack.pop() {
        match node.kind() {
            "list_expression" | "parenthesized_expression" => {
                stack.extend(cx.kids(node).into_iter().rev());
            }
            "quoted_word_list" => out.extend(text::words(cx, node)),
            "array"
            | "array_deref_expression"
            | "slice_expression"
            | "anonymous_slice_expression"
            | "map_grep_expression"
            | "sort_expression" => {
                let value = cx.lower(node);
                out.push(cx.add(Node::Spread(value), node));
            }
            "hash" | "hash_deref_expression" => {
                let value = cx.lower(node);
                let rows = cx.op(Op::Rows, vec![value], node);
                let flat = cx.op(Op::Flatten, vec![rows], node);
                out.push(cx.add(Node::Spread(flat), node));
            }
            "binary_expression" if is_range(cx, node) => {
                let value = cx.lower(node);
                out.push(cx.add(Node::Spread(value), node));
            }
            "binary_expression" if matches!(operator_of(cx, node), "=~" | "x") => {
                let value = match operator_of(cx, node) {
                    "=~" => matched_list(cx, node),
                    _ => cx.lower(node),
                };
                let value = cx.op(Op::AsList, vec![value], node);
                out.push(cx.add(Node::Spread(value), node));
            }
            "function_call_expression"
            | "ambiguous_function_call_expression"
            | "func1op_call_expression"
            | "method_call_expression"
            | "coderef_call_expression"
            | "conditional_expression"
            | "do_expression"
            | "func0op_call_expression" => {
                let value = cx.lower(node);
                let value = cx.op(Op::AsList, vec![value], node);
                out.push(cx.add(Node::Spread(value), node));
            }
            _ => out.push(cx.lower(node)),
        }
    }
    out
}

/// A map from a list of keys and values.
pub(super) fn hash_of<'t>(cx: &mut Lowering<'t, '_>, nodes: &[Ts<'t>], at: Ts<'t>) -> NodeId {
    let all = items(cx, nodes);
    let spreads = all.iter().any(|id| matches!(cx.ir(*id), Node::Spread(_)));
    if !spreads {
        let mut pairs = Vec::new();
        for pair in all.chunks(2) {
            let value = match pair.get(1) {
                Some(value) => *value,
                None => cx.add(Node::Null, at),
            };
            let key = key_text(cx, pair[0], at);
            pairs.push(cx.add(Node::Pair(key, value), at));
        }
        return cx.add(Node::Map(pairs), at);
    }
    let flat = cx.add(Node::List(all), at);
    let two = body::int(cx, 2, at);
    let pairs = cx.op(Op::Chunks, vec![flat, two], at);
    cx.op(Op::NewMap, vec![pairs], at)
}

/// What is assigned to.
pub(super) fn target<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "variable_declaration" => {
            if let Some(only) = node.child_by_field_name("variable") {
                return cx.lower(only);
            }
            let kids = cx.fields(node, "variables");
            targets(cx, &kids, node)
        }
        "localization_expression" => match cx.kids(node)[..] {
            [only] => cx.nested(node, |cx| target(cx, only)),
            _ => cx.opaque(node),
        },
        "parenthesized_expression" | "list_expression" => {
            let mut kids = cx.kids(node);
            if let [only] = kids[..]
                && only.kind() == "list_expression"
            {
                kids = cx.kids(only);
            }
            targets(cx, &kids, node)
        }
        "slice_expression" => {
            let (base, keys) = slice(cx, node);
            let places = keys.into_iter().map(|key| cx.add(Node::Index(base, key), node)).collect();
            cx.add(Node::List(places), node)
        }
        _ => cx.lower(node),
    }
}

fn targets<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>], at: Ts<'t>) -> NodeId {
    let mut all = Vec::new();
    for kid in kids {
        let one = target(cx, *kid);
        let rest = matches!(kid.kind(), "array" | "hash");
        all.push(if rest { cx.add(Node::Spread(one), *kid) } else { one });
    }
    cx.add(Node::List(all), at)
}
