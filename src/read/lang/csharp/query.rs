//! Queries: `from x in xs where … orderby … select …` as a comprehension, sorted by its keys.

use crate::read::ir::BinaryOp;
use crate::read::ir::Clause;
use crate::read::ir::Comprehension;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

/// Lowers a query.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut keys: Vec<(NodeId, bool)> = Vec::new();
    let mut element = None;
    let mut group = None;
    for kid in cx.kids(node) {
        match kid.kind() {
            "from_clause" => {
                let target = cx.expect_field(kid, "name");
                let iter = match cx.kids(kid).last() {
                    Some(iter) => cx.lower(*iter),
                    None => cx.opaque(kid),
                };
                let iter = cx.op(Op::Pairs, vec![iter], kid);
                clauses.push(Clause { target, iter, tests: Vec::new() });
            }
            "where_clause" => {
                let test = cx.only(kid);
                if let Some(clause) = clauses.last_mut() {
                    clause.tests.push(test);
                }
            }
            "let_clause" => {
                if let [name, value] = cx.kids(kid)[..] {
                    let (target, value) = (cx.lower(name), cx.lower(value));
                    let iter = cx.add(Node::List(vec![value]), kid);
                    clauses.push(Clause { target, iter, tests: Vec::new() });
                }
            }
            "order_by_clause" => keys.extend(orderings(cx, kid)),
            "select_clause" => element = Some(cx.only(kid)),
            "group_clause" => {
                if let [item, key] = cx.kids(kid)[..] {
                    let (item, key) = (cx.lower(item), cx.lower(key));
                    element = Some(cx.add(Node::List(vec![key, item]), kid));
                    group = Some(kid);
                }
            }
            _ => {}
        }
    }
    let Some(element) = element else { return cx.opaque(node) };
    let whole = sorted(cx, element, clauses, keys, node);
    match group {
        Some(group) => grouped(cx, whole, group),
        None => whole,
    }
}

/// Keys and whether they go down.
fn orderings<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Vec<(NodeId, bool)> {
    let mut cursor = node.walk();
    let children: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    let mut keys: Vec<(NodeId, bool)> = Vec::new();
    for kid in children {
        match kid.kind() {
            "descending" => {
                if let Some(last) = keys.last_mut() {
                    last.1 = true;
                }
            }
            _ if kid.is_named() => keys.push((cx.lower(kid), false)),
            _ => {}
        }
    }
    keys
}

fn sorted<'t>(
    cx: &mut Lowering<'t, '_>,
    element: NodeId,
    clauses: Vec<Clause>,
    keys: Vec<(NodeId, bool)>,
    node: Ts<'t>,
) -> NodeId {
    let kind = Comprehension::List;
    if keys.is_empty() {
        return cx.add(Node::Comprehend { kind, element, clauses }, node);
    }
    let mut row: Vec<NodeId> = keys.iter().map(|key| key.0).collect();
    row.push(element);
    let element = cx.add(Node::List(row), node);
    let rows = cx.add(Node::Comprehend { kind, element, clauses }, node);
    let mut test = None;
    for (place, (_, down)) in keys.iter().enumerate() {
        let mut sides = Vec::new();
        for name in if *down { ["b", "a"] } else { ["a", "b"] } {
            let (row, place) =
                (cx.name(name, node), cx.add(Node::Int(i64::try_from(place).unwrap_or(0)), node));
            sides.push(cx.op(Op::Get, vec![row, place], node));
        }
        let order = cx.op(Op::Compare, sides, node);
        test = Some(match test {
            Some(test) => cx.add(Node::Binary(BinaryOp::Or, test, order), node),
            None => order,
        });
    }
    let test = test.unwrap_or(element);
    let order = cx.lambda(&["a", "b"], test, node);
    let rows = cx.op(Op::Sorted, vec![rows, order], node);
    let row = cx.name("a", node);
    let last = cx.op(Op::Last, vec![row], node);
    let last = cx.lambda(&["a"], last, node);
    cx.op(Op::Map, vec![last, rows], node)
}

/// Groups of (key, item) rows: lists of items by key.
fn grouped<'t>(cx: &mut Lowering<'t, '_>, rows: NodeId, node: Ts<'t>) -> NodeId {
    let row = cx.name("a", node);
    let key = cx.op(Op::First, vec![row], node);
    let key = cx.lambda(&["a"], key, node);
    let groups = cx.op(Op::GroupBy, vec![key, rows], node);
    cx.op(Op::Pairs, vec![groups], node)
}
