//! Statements: tables, rows, queries.

use crate::read::ir::BinaryOp;
use crate::read::ir::Clause;
use crate::read::ir::Comprehension;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expression;

/// Under this name is kept what the row is called whose columns an expression names; no program can spell it.
pub(super) const ROW: &str = "row at hand";
/// The same for the rows that an aggregate takes.
pub(super) const ROWS: &str = "rows at hand";

/// Lowers a statement; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "statement" => statement(cx, node),
        "create_table" | "create_view" => create(cx, node),
        "insert" => insert(cx, node),
        "set_statement" => set(cx, node),
        "assignment" => {
            let (target, value) = (cx.expect_field(node, "left"), cx.expect_field(node, "right"));
            cx.assign(target, value, false, node)
        }
        "subquery" => {
            let rows = query(cx, node);
            first_cell(cx, rows, node)
        }
        "update" => update(cx, node),
        _ => return None,
    })
}

fn kids_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>, kind: &str) -> Vec<Ts<'t>> {
    cx.kids(node).into_iter().filter(|kid| kid.kind() == kind).collect()
}

fn kid_of<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>, kind: &str) -> Option<Ts<'t>> {
    kids_of(cx, node, kind).first().copied()
}

/// A table's or column's name without schema and quotes.
pub(super) fn plain(text: &str) -> String {
    let last = text.rsplit('.').next().unwrap_or(text);
    last.trim_matches(['"', '`', '[', ']', ' ']).to_ascii_lowercase()
}

/// A query as a statement prints its rows; anything else is what it is.
fn statement<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let queries = cx.kids(node).iter().any(|kid| matches!(kid.kind(), "select" | "set_operation"));
    if !queries {
        return match cx.kids(node)[..] {
            [only] => cx.lower(only),
            _ => cx.opaque(node),
        };
    }
    let text = cx.text(node);
    let rows = query(cx, node);
    // `SELECT @x = a` is written for what it does.
    let behind = text.get("SELECT".len()..).unwrap_or_default().trim_start();
    if behind.starts_with('@') && behind.contains('=') {
        return rows;
    }
    let (row, value) = (cx.name("row", node), cx.name("row", node));
    let cells = cx.op(Op::Values, vec![value], node);
    let line = cx.add(Node::Spread(cells), node);
    let body = cx.op(Op::Print, vec![line], node);
    cx.add(Node::For { target: row, iter: rows, body, indexed: false }, node)
}

/// The rows of a query, each a map from the names of its expressions to their values.
fn query<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    // A query in a query is several levels of lowering.
    cx.nested(node, |cx| cx.nested(node, |cx| cx.nested(node, |cx| rows(cx, node))))
}

fn rows<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut before = Vec::new();
    for table in kids_of(cx, node, "cte") {
        before.push(common_table(cx, table));
    }
    let rows = match kid_of(cx, node, "set_operation") {
        Some(both) => union(cx, both),
        None => selection(cx, node),
    };
    if before.is_empty() {
        return rows;
    }
    before.push(rows);
    cx.add(Node::Block(before), node)
}

/// `WITH name AS (…)`; one that names itself is run until it gives nothing new.
fn common_table<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = kid_of(cx, node, "identifier").map_or("", |name| cx.text(name));
    let table = cx.name(&plain(name), node);
    let columns: Vec<String> =
        cx.fields(node, "argument").into_iter().map(|name| plain(cx.text(name))).collect();
    let Some(body) = kid_of(cx, node, "statement") else { return cx.opaque(node) };
    let outer = cx.unaliased("columns at hand").to_owned();
    cx.alias("columns at hand", &columns.join(","));
    let parts = kid_of(cx, body, "set_operation").map(|both| parts(cx, both));
    let recursive = cx.text(body).to_ascii_lowercase().matches(&plain(name)).count() > 0;
    let made = match parts.as_deref() {
        Some([first, rest @ ..]) if recursive && !rest.is_empty() => {
            let start = select(cx, first.0, first.1, node);
            let all = cx.name(&format!("all {}", node.start_byte()), node);
            let copy = cx.op(Op::NewList, vec![start], node);
            let keep = cx.assign(all, copy, true, node);
            let list = cx.op(Op::NewList, vec![all], node);
            let begin = cx.assign(table, list, true, node);
            let mut more = Vec::new();
            for (columns, from) in rest {
                more.push(select(cx, *columns, *from, node));
            }
            let next = cx.op(Op::Chain, more, node);
            let step = cx.assign(table, next, false, node);
            let add = cx.op(Op::Extend, vec![all, table], node);
            let body = cx.add(Node::Block(vec![step, add]), node);
            let test = Some(cx.op(Op::Length, vec![table], node));
            let run = cx.add(Node::While { before: None, test, after: None, body, runs_first: false }, node);
            let done = cx.assign(table, all, false, node);
            cx.add(Node::Block(vec![keep, begin, run, done]), node)
        }
        _ => {
            let rows = query(cx, body);
            cx.assign(table, rows, true, node)
        }
    };
    cx.alias("columns at hand", &outer);
    made
}

/// The selects of a union, each with what it is from.
fn parts<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> Vec<(Ts<'t>, Option<Ts<'t>>)> {
    let mut parts: Vec<(Ts<'t>, Option<Ts<'t>>)> = Vec::new();
    for kid in cx.kids(node) {
        match kid.kind() {
            "select" => parts.push((kid, None)),
            "from" => {
                if let Some(last) = parts.last_mut() {
                    last.1 = Some(kid);
                }
            }
            _ => {}
        }
    }
    parts
}

fn union<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut all = Vec::new();
    let parts = parts(cx, node);
    let last = parts.last().and_then(|(_, from)| *from);
    for (columns, from) in parts {
        all.push(select(cx, columns, from, node));
    }
    let rows = cx.op(Op::Chain, all, node);
    match last {
        // What orders the last part orders all.
        Some(from) => ordered(cx, rows, from),
        None => rows,
    }
}

fn selection<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match kid_of(cx, node, "select") {
        Some(columns) => select(cx, columns, kid_of(cx, node, "from"), node),
        None => cx.opaque(node),
    }
}

/// `SELECT columns FROM rows`
fn select<'t>(cx: &mut Lowering<'t, '_>, columns: Ts<'t>, from: Option<Ts<'t>>, node: Ts<'t>) -> NodeId {
    let terms =
        kid_of(cx, columns, "select_expression").map_or_else(Vec::new, |list| kids_of(cx, list, "term"));
    let Some(from) = from else {
        let row = cells(cx, &terms, columns);
        return cx.add(Node::List(vec![row]), node);
    };
    let name = format!("row {}", columns.start_byte());
    let mut rows = source(cx, from);
    let outer = [cx.unaliased(ROW).to_owned(), cx.unaliased(ROWS).to_owned()];
    cx.alias(ROW, &name);
    if let Some(test) = kid_of(cx, from, "where").and_then(|test| test.child_by_field_name("predicate")) {
        let body = cx.lower(test);
        let test = cx.lambda(&[&name], body, from);
        rows = cx.op(Op::Filter, vec![test, rows], from);
    }
    let aggregates = terms.iter().any(|term| expression::aggregates(cx.text(*term)));
    let made = if aggregates && kid_of(cx, from, "group_by").is_none() {
        let held = format!("rows {}", columns.start_byte());
        let target = cx.name(&held, node);
        let bind = cx.assign(target, rows, true, node);
        cx.alias(ROWS, &held);
        let row = cells(cx, &terms, columns);
        let list = cx.add(Node::List(vec![row]), node);
        cx.add(Node::Block(vec![bind, list]), node)
    } else {
        rows = ordered(cx, rows, from);
        let body = cells(cx, &terms, columns);
        let each = cx.lambda(&[&name], body, columns);
        cx.op(Op::Map, vec![each, rows], node)
    };
    cx.alias(ROW, &outer[0]);
    cx.alias(ROWS, &outer[1]);
    made
}

/// A row of a query.
fn cells<'t>(cx: &mut Lowering<'t, '_>, terms: &[Ts<'t>], node: Ts<'t>) -> NodeId {
    let given = cx.unaliased("columns at hand").to_owned();
    let mut given =
        given.split(',').filter(|name| !name.is_empty() && *name != "columns at hand").map(str::to_owned);
    let mut pairs = Vec::new();
    for (at, term) in terms.iter().enumerate() {
        let Some(value) = term.child_by_field_name("value") else { continue };
        if value.kind() == "all_fields" {
            let name = cx.unaliased(ROW).to_owned();
            let row = cx.name(&name, *term);
            pairs.push(cx.add(Node::Spread(row), *term));
            continue;
        }
        let alias = term.child_by_field_name("alias").map(|alias| cx.text(alias));
        let field = alias.unwrap_or_else(|| if value.kind() == "field" { cx.text(value) } else { "" });
        let name = given
            .next()
            .unwrap_or_else(|| if field.is_empty() { format!("column {at}") } else { plain(field) });
        let (key, value) = (cx.constant(&name, *term), cx.lower(value));
        pairs.push(cx.add(Node::Pair(key, value), *term));
    }
    cx.add(Node::Map(pairs), node)
}

/// The rows that a `FROM` names, joined.
fn source<'t>(cx: &mut Lowering<'t, '_>, from: Ts<'t>) -> NodeId {
    let mut rows = None;
    for kid in cx.kids(from) {
        match kid.kind() {
            "relation" => {
                let more = relation(cx, kid);
                rows = Some(match rows {
                    Some(rows) => cross(cx, rows, more, None, kid),
                    None => more,
                });
            }
            "join" | "cross_join" => {
                let more = match kid_of(cx, kid, "relation") {
                    Some(inner) => relation(cx, inner),
                    None => cx.opaque(kid),
                };
                let Some(have) = rows else { continue };
                rows = Some(cross(cx, have, more, kid.child_by_field_name("predicate"), kid));
            }
            _ => {}
        }
    }
    rows.unwrap_or_else(|| cx.op(Op::NewList, Vec::new(), from))
}

fn relation<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(inner) = cx.kids(node).into_iter().find(|kid| !kid.kind().starts_with("keyword_")) else {
        return cx.opaque(node);
    };
    match inner.kind() {
        "object_reference" => {
            let name = plain(cx.text(inner));
            cx.name(&name, inner)
        }
        "subquery" => query(cx, inner),
        "values" => {
            let mut rows = Vec::new();
            for list in kids_of(cx, inner, "list") {
                rows.push(row(cx, list, &[]));
            }
            cx.add(Node::List(rows), inner)
        }
        _ => cx.lower(inner),
    }
}

/// Each row of one table with each of another, where the condition holds.
fn cross<'t>(cx: &mut Lowering<'t, '_>, a: NodeId, b: NodeId, test: Option<Ts<'t>>, node: Ts<'t>) -> NodeId {
    let names = ["left", "right"].map(|side| format!("{side} {}", node.start_byte()));
    let sides: Vec<NodeId> = names
        .iter()
        .map(|name| {
            let row = cx.name(name, node);
            cx.add(Node::Spread(row), node)
        })
        .collect();
    let element = cx.add(Node::Map(sides), node);
    let mut clauses = Vec::new();
    for (name, iter) in names.iter().zip([a, b]) {
        clauses.push(Clause { target: cx.name(name, node), iter, tests: Vec::new() });
    }
    let rows = cx.add(Node::Comprehend { kind: Comprehension::List, element, clauses }, node);
    let Some(test) = test else { return rows };
    let equal = test.kind() == "binary_expression" && !cx.text(test).contains(['<', '>', '!']);
    // Columns of one name on both sides are one after the join: what compares them holds for all.
    let side = |field: &str| test.child_by_field_name(field).map(|side| plain(cx.text(side)));
    if equal && side("left") == side("right") {
        let mut tests = Vec::new();
        let column = side("left").unwrap_or_default();
        for name in &names {
            let row = cx.name(name, node);
            tests.push(cx.add(Node::Field(row, column.as_str().into()), node));
        }
        let same = cx.add(Node::Binary(BinaryOp::Eq, tests[0], tests[1]), node);
        let Node::Comprehend { kind, element, mut clauses } = cx.ir(rows).clone() else { return rows };
        if let Some(last) = clauses.last_mut() {
            last.tests.push(same);
        }
        return cx.add(Node::Comprehend { kind, element, clauses }, node);
    }
    let name = format!("joined {}", node.start_byte());
    let outer = cx.unaliased(ROW).to_owned();
    cx.alias(ROW, &name);
    let body = cx.lower(test);
    cx.alias(ROW, &outer);
    let test = cx.lambda(&[&name], body, node);
    cx.op(Op::Filter, vec![test, rows], node)
}

/// Rows as `ORDER BY` and `LIMIT` have them.
pub(super) fn ordered<'t>(cx: &mut Lowering<'t, '_>, rows: NodeId, node: Ts<'t>) -> NodeId {
    let mut rows = rows;
    if let Some(order) = kid_of(cx, node, "order_by") {
        // The last key first: sorting keeps the order of what is equal.
        for target in kids_of(cx, order, "order_target").into_iter().rev() {
            let Some(key) = cx.kids(target).first().copied() else { continue };
            let name = format!("sorted {}", target.start_byte());
            let outer = cx.unaliased(ROW).to_owned();
            cx.alias(ROW, &name);
            let key = cx.lower(key);
            cx.alias(ROW, &outer);
            let key = cx.lambda(&[&name], key, target);
            let down = cx.text(target).to_ascii_lowercase().ends_with("desc");
            let down = cx.add(Node::Bool(down), target);
            rows = cx.op(Op::Sorted, vec![rows, key, down], target);
        }
    }
    if let Some(limit) = kid_of(cx, node, "limit") {
        let count = cx.kids(limit).into_iter().find(|kid| kid.kind() == "literal");
        if let Some(count) = count {
            let count = cx.lower(count);
            rows = cx.op(Op::Take, vec![rows, count], limit);
        }
    }
    rows
}

/// The only cell of the only row.
fn first_cell<'t>(cx: &mut Lowering<'t, '_>, rows: NodeId, node: Ts<'t>) -> NodeId {
    let row = cx.op(Op::First, vec![rows], node);
    let cells = cx.op(Op::Values, vec![row], node);
    cx.op(Op::First, vec![cells], node)
}

/// A row of values under the names of columns.
fn row<'t>(cx: &mut Lowering<'t, '_>, list: Ts<'t>, columns: &[String]) -> NodeId {
    let mut pairs = Vec::new();
    let kids = cx.kids(list).into_iter().filter(|kid| !kid.kind().starts_with("keyword_"));
    for (at, kid) in kids.collect::<Vec<_>>().into_iter().enumerate() {
        let name = columns.get(at).cloned().unwrap_or_else(|| format!("column{}", at + 1));
        let (key, value) = (cx.constant(&name, kid), cx.lower(kid));
        pairs.push(cx.add(Node::Pair(key, value), kid));
    }
    cx.add(Node::Map(pairs), list)
}

fn create<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = kid_of(cx, node, "object_reference").map_or("", |name| cx.text(name));
    let table = cx.name(&plain(name), node);
    if let Some(list) = kid_of(cx, node, "column_definitions") {
        let columns = kids_of(cx, list, "column_definition");
        let columns = columns.into_iter().filter_map(|column| column.child_by_field_name("name"));
        let columns: Vec<String> = columns.map(|column| plain(cx.text(column))).collect();
        cx.alias(&format!("columns of {}", plain(name)), &columns.join(","));
    }
    let queried = kid_of(cx, node, "create_query").unwrap_or(node);
    let rows = if kid_of(cx, queried, "select").is_some() {
        query(cx, queried)
    } else {
        cx.op(Op::NewList, Vec::new(), node)
    };
    cx.assign(table, rows, true, node)
}

fn insert<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = plain(kid_of(cx, node, "object_reference").map_or("", |name| cx.text(name)));
    let mut lists = kids_of(cx, node, "list");
    if let Some(values) = kid_of(cx, node, "values") {
        lists.extend(kids_of(cx, values, "list"));
    }
    let named = lists.first().is_some_and(|list| cx.kids(*list).iter().all(|kid| kid.kind() == "column"));
    let columns: Vec<String> = if named {
        let first = lists.remove(0);
        cx.kids(first).into_iter().map(|column| plain(cx.text(column))).collect()
    } else {
        let known = cx.unaliased(&format!("columns of {name}")).to_owned();
        known.split(',').filter(|name| !name.contains(' ')).map(str::to_owned).collect()
    };
    let table = cx.name(&name, node);
    if kid_of(cx, node, "select").is_some() {
        let rows = query(cx, node);
        return cx.op(Op::Extend, vec![table, rows], node);
    }
    let mut operands = vec![table];
    for list in lists {
        operands.push(row(cx, list, &columns));
    }
    cx.op(Op::Push, operands, node)
}

/// `SET @name = value`
fn set<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids =
        cx.kids(node).into_iter().filter(|kid| !kid.kind().starts_with("keyword_")).collect::<Vec<_>>();
    match kids[..] {
        [name, value] => {
            let (target, value) = (cx.name(&plain(cx.text(name)), name), cx.lower(value));
            cx.assign(target, value, false, node)
        }
        _ => cx.opaque(node),
    }
}

/// `UPDATE rows SET column = value WHERE …` changes each row.
fn update<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let Some(table) = kid_of(cx, node, "relation") else { return cx.opaque(node) };
    let rows = relation(cx, table);
    let name = format!("row {}", node.start_byte());
    let outer = cx.unaliased(ROW).to_owned();
    cx.alias(ROW, &name);
    let mut changes = Vec::new();
    for change in kids_of(cx, node, "assignment") {
        changes.push(cx.lower(change));
    }
    let then = cx.add(Node::Block(changes), node);
    let body = match kid_of(cx, node, "where").and_then(|test| test.child_by_field_name("predicate")) {
        Some(test) => {
            let test = cx.lower(test);
            cx.add(Node::If { test, then, other: None }, node)
        }
        None => then,
    };
    cx.alias(ROW, &outer);
    let target = cx.name(&name, node);
    cx.add(Node::For { target, iter: rows, body, indexed: false }, node)
}
