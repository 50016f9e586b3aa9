//! Readings that a container's shape offers even where the code that would read it is missing or broken: walks of
//! trees, words placed by their index, halves interleaved, columns of a matrix.
//!
//! CodeChameleon (Lv et al., 2402.16717) hides sentences in these shapes, with decoders that do not always run.

use std::hash::{Hash, Hasher};

use crate::read::decode::word_order;

use super::heap::Cell;
use super::heap::Heap;
use super::heap::Key;
use super::heap::Map;
use super::heap::Ref;
use super::pointer::text_in;
use super::table::Set;
use super::table::Table;
use super::value::Value;

/// The longest container whose shape is read.
const MOST_ITEMS: usize = 256;
/// The longest text read off a shape.
const MOST_BYTES: usize = 8 << 10;
/// The most leaves of one container.
const MOST_LEAVES: usize = 4096;
/// The most nodes of one tree or linked list.
const MOST_NODES: usize = 4096;

/// The scalar values in a container and the containers in it, in order. Spends nothing: it has its own limit.
pub(super) fn leaves(heap: &Heap, at: Ref) -> Vec<Value> {
    let mut out = Vec::new();
    let mut stack = vec![Value::Ref(at)];
    let mut seen = Set::default();
    while let Some(value) = stack.pop() {
        if out.len() >= MOST_LEAVES {
            break;
        }
        match value {
            Value::Ref(at) if !seen.insert(at) => {}
            Value::Ref(at) => {
                let room = MOST_LEAVES.saturating_sub(out.len() + stack.len());
                match heap.get(at) {
                    Cell::List(list) if list.text.is_some() => {
                        out.push(Value::Text(std::rc::Rc::new(text_in(list, 0))));
                    }
                    Cell::List(list) => stack.extend(list.items.iter().take(room).rev().cloned()),
                    Cell::Map(map) if map.set => {
                        stack.extend(map.ordered().into_iter().take(room).rev().map(|entry| entry.0));
                    }
                    Cell::Map(map) => stack.extend(map.entries.iter().take(room).rev().map(|e| e.1.clone())),
                    Cell::Builder(text) => out.push(Value::Text(std::rc::Rc::new(text.clone()))),
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// Feeds a container of plain values to a hash: what is fed alike offers the same texts. False where there is more to it.
pub(super) fn is_flat(heap: &Heap, at: Ref, hash: &mut impl Hasher) -> bool {
    let cell = heap.get(at);
    match cell {
        Cell::Map(map) => (true, map.class.is_some(), map.set, map.sorted).hash(hash),
        Cell::List(_) | Cell::Builder(_) => false.hash(hash),
    }
    let mut plain = |value: &Value| {
        std::mem::discriminant(value).hash(hash);
        match value {
            Value::Text(text) => text.s.hash(hash),
            Value::Int(n) => n.hash(hash),
            Value::Float(f) => f.to_bits().hash(hash),
            Value::Bool(b) => b.hash(hash),
            Value::Unknown | Value::Null => {}
            _ => return false,
        }
        true
    };
    match cell {
        Cell::List(list) => list.text.is_none() && list.items.iter().all(plain),
        Cell::Map(map) => map.entries.iter().all(|(key, value)| plain(key) && plain(value)),
        Cell::Builder(_) => false,
    }
}

/// The texts that one container's shape offers, each with the step that reads it.
pub(super) fn readings(heap: &Heap, at: Ref) -> Vec<(String, &'static str)> {
    let mut out = Vec::new();
    match heap.get(at) {
        Cell::List(list) if list.items.len() <= MOST_ITEMS && list.text.is_none() => {
            let words = words(&list.items);
            if words.len() >= 4
                && words.len() == list.items.len()
                && words.iter().any(|w| w.chars().count() > 1)
            {
                let (written, turned) = (words.join(" "), interleaved(&words).join(" "));
                if is_no_worse(&turned, &written) {
                    out.push((turned, "halves interleaved"));
                }
            }
            out.extend(placed(pairs_in(heap, &list.items)).map(|text| (text, "placed by index")));
            out.extend(by_column(heap, &list.items));
            out.extend(columns(heap, &list.items).map(|text| (text, "read by columns")));
        }
        Cell::Map(map) if map.entries.len() <= MOST_ITEMS && map.class.is_none() => {
            let keys: Vec<Value> = map.entries.iter().map(|entry| entry.0.clone()).collect();
            let words = words(&keys);
            if words.len() >= 2 {
                out.push((words.join(" "), "keys in order"));
                out.push((words.iter().rev().copied().collect::<Vec<_>>().join(" "), "keys reversed"));
            }
            out.extend(placed(map.entries.clone()).map(|text| (text, "placed by index")));
            out.extend(by_key(map).map(|text| (text, "values by key")));
        }
        _ => {}
    }
    out.retain(|(text, _)| text.len() <= MOST_BYTES);
    out
}

fn words(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .filter_map(|item| match item.first() {
            Value::Text(text) => Some(text.s.as_str()),
            _ => None,
        })
        .collect()
}

/// Undoes "odd positions, then even positions".
/// Whether a guessed order reads at least as well as the one written, and better where that one reads well.
fn is_no_worse(guessed: &str, written: &str) -> bool {
    let (guessed, written) = (word_order(guessed), word_order(written));
    guessed > written || written <= 0 && guessed == written
}

fn interleaved<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let (a, b) = words.split_at(words.len().div_ceil(2));
    let mut b = b.iter();
    a.iter().flat_map(|word| [Some(word), b.next()]).flatten().copied().collect()
}

/// The pairs of a list of pairs, or of one-entry maps.
fn pairs_in(heap: &Heap, items: &[Value]) -> Vec<(Value, Value)> {
    items
        .iter()
        .filter_map(|item| match heap.get(item.as_ref()?) {
            Cell::List(list) => match list.items.as_slice() {
                [a, b] => Some((a.clone(), b.clone())),
                _ => None,
            },
            Cell::Map(map) => match map.entries.as_slice() {
                [entry] => Some(entry.clone()),
                [a, b] => Some((a.1.clone(), b.1.clone())),
                _ => None,
            },
            Cell::Builder(_) => None,
        })
        .collect()
}

/// Words in the order of the numbers they are paired with.
fn placed(pairs: Vec<(Value, Value)>) -> Option<String> {
    let mut out: Vec<(i64, String)> = Vec::new();
    for (a, b) in &pairs {
        match (a.first(), b.first()) {
            (Value::Int(n), Value::Text(text)) | (Value::Text(text), Value::Int(n)) => {
                out.push((*n, text.s.clone()))
            }
            (Value::Text(a), Value::Text(b)) => match (a.s.parse(), b.s.parse()) {
                (Ok(n), Err(_)) => out.push((n, b.s.clone())),
                (Err(_), Ok(n)) => out.push((n, a.s.clone())),
                _ => return None,
            },
            _ => return None,
        }
    }
    if out.len() < 2 {
        return None;
    }
    out.sort_by_key(|(n, _)| *n);
    let single = out.iter().all(|(_, word)| word.chars().count() == 1);
    let words: Vec<String> = out.into_iter().map(|(_, word)| word).collect();
    Some(words.join(if single { "" } else { " " }))
}

/// The most columns of rows that are looked at.
const MOST_COLUMNS: usize = 8;

/// Rows with names or positions in common: each column of texts in the order of the rows, and in the order that a column
/// of numbers gives.
fn by_column(heap: &Heap, items: &[Value]) -> Vec<(String, &'static str)> {
    let rows: Option<Vec<Vec<(Key<'_>, &Value)>>> =
        items.iter().map(|item| cells(heap, item.as_ref()?)).collect();
    let Some(rows) = rows.filter(|rows| rows.len() > 1 && rows[0].len() > 1) else { return Vec::new() };
    // A row here and there may say something else.
    let column = |key: &Key<'_>| -> Option<Vec<&Value>> {
        let values = rows.iter().filter_map(|row| row.iter().find(|(own, _)| own == key));
        let values: Vec<&Value> = values.map(|(_, value)| *value).collect();
        (values.len() == rows.len() || values.len() > 2 && values.len() * 3 >= rows.len() * 2)
            .then_some(values)
    };
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    for (key, _) in &rows[0] {
        let Some(values) = column(key) else { continue };
        let spelled: Option<Vec<&str>> =
            values.iter().map(|value| value.as_text().map(|text| text.s.as_str())).collect();
        let counted = |value: &&Value| match value.first() {
            Value::Int(n) => Some(*n),
            Value::Text(text) => text.s.trim().parse().ok(),
            _ => None,
        };
        let counted: Option<Vec<i64>> = values.iter().map(counted).collect();
        match (counted, spelled) {
            (Some(counted), _) => numbers.push(counted),
            (None, Some(spelled)) => texts.push(spelled),
            _ => {}
        }
    }
    let mut out = Vec::new();
    for words in texts {
        let single = words.iter().all(|word| word.chars().count() == 1);
        let joined = |words: &[&str]| words.join(if single { "" } else { " " });
        out.push((joined(&words), "one column of the rows"));
        for places in numbers.iter().filter(|places| places.len() == words.len()) {
            let mut order: Vec<usize> = (0..words.len()).collect();
            order.sort_by_key(|at| places.get(*at));
            let placed: Vec<&str> = order.into_iter().filter_map(|at| words.get(at).copied()).collect();
            if placed != words {
                out.push((joined(&placed), "rows placed by number"));
            }
        }
    }
    out
}

/// The cells of a row.
fn cells(heap: &Heap, at: Ref) -> Option<Vec<(Key<'_>, &Value)>> {
    match heap.get(at) {
        Cell::Map(map) if !map.set && map.entries.len() <= MOST_COLUMNS => {
            map.entries.iter().map(|(key, value)| Some((Key::of(key)?, value))).collect()
        }
        Cell::List(list) if list.text.is_none() && (2..=MOST_COLUMNS).contains(&list.items.len()) => {
            let positions = 0_i64..;
            Some(positions.zip(&list.items).map(|(at, value)| (Key::Int(at), value)).collect())
        }
        _ => None,
    }
}

fn by_key(map: &Map) -> Option<String> {
    let mut entries = map.entries.clone();
    entries.sort_by(|a, b| super::order::compare(&a.0, &b.0));
    let values: Vec<Value> = entries.into_iter().map(|entry| entry.1).collect();
    let words = words(&values);
    (words.len() >= 2 && words.len() == values.len()).then(|| words.join(" "))
}

/// A list of lists of one length, read downwards.
fn columns(heap: &Heap, items: &[Value]) -> Option<String> {
    let rows: Option<Vec<Vec<&str>>> = items
        .iter()
        .map(|item| match heap.get(item.as_ref()?) {
            Cell::List(list) if list.items.len() <= MOST_ITEMS => Some(words(&list.items)),
            _ => None,
        })
        .collect();
    let rows = rows?;
    let width = rows.first()?.len();
    if rows.len() < 2
        || width < 2
        || width * rows.len() > MOST_ITEMS
        || rows.iter().any(|row| row.len() != width)
    {
        return None;
    }
    let all: Vec<&str> =
        (0..width).flat_map(|at| rows.iter().filter_map(move |row| row.get(at).copied())).collect();
    Some(all.join(if all.iter().all(|word| word.chars().count() == 1) { "" } else { " " }))
}

/// A node of a tree or linked list: its text and its links, in the order of its fields.
struct Knot {
    text: String,
    links: Vec<Option<Ref>>,
}

/// Walks of all trees and linked lists in the heap, each with the name of the walk.
pub(super) fn structures(heap: &Heap) -> Vec<(String, &'static str)> {
    let mut knots: Table<Ref, Knot> = Table::default();
    for at in (0..heap.len().min(100_000)).map(Ref) {
        if let Cell::Map(map) = heap.get(at)
            && let Some(knot) = knot(heap, map)
        {
            knots.insert(at, knot);
        }
    }
    let inner: Set<Ref> = knots.values().flat_map(|knot| knot.links.iter().flatten().copied()).collect();
    let mut roots: Vec<Ref> = knots.keys().filter(|at| !inner.contains(at)).copied().collect();
    roots.sort_by_key(|at| at.0);
    let mut out = Vec::new();
    for root in roots.into_iter().take(64) {
        walks(&knots, root, &mut out);
    }
    out.retain(|(text, _)| text.len() <= MOST_BYTES);
    out
}

/// A map with one text and one or two links to maps like it (or to nothing).
fn knot(heap: &Heap, map: &Map) -> Option<Knot> {
    if map.entries.len() > 6 {
        return None;
    }
    let mut text = None;
    let mut links = Vec::new();
    for (key, value) in &map.entries {
        match value.first() {
            Value::Text(piece) if text.is_none() => text = Some(piece.s.clone()),
            Value::Null => links.push((Key::of(key), None)),
            Value::Ref(at) if heap.map(*at).is_some_and(|map| !map.set) => {
                links.push((Key::of(key), Some(*at)))
            }
            Value::Ref(at) if heap.map(*at).is_some() => return None,
            _ => {}
        }
    }
    // Fields may be written in any order: where one name sorts as the left, or comes first, in-order needs it first.
    links.sort_by_key(|(key, _)| matches!(key, Some(Key::Text(name)) if name.starts_with('r')));
    let links: Vec<Option<Ref>> = links.into_iter().map(|(_, link)| link).collect();
    (matches!(links.len(), 1 | 2)).then_some(Knot { text: text?, links })
}

fn walks(knots: &Table<Ref, Knot>, root: Ref, out: &mut Vec<(String, &'static str)>) {
    let levels = by_level(knots, root);
    if levels.len() < 2 {
        return;
    }
    let text = |order: &[Ref]| {
        let words: Vec<&str> =
            order.iter().filter_map(|at| knots.get(at)).map(|knot| knot.text.as_str()).collect();
        words.join(" ")
    };
    if levels.iter().filter_map(|at| knots.get(at)).all(|knot| knot.links.len() == 1) {
        let reversed: Vec<Ref> = levels.iter().rev().copied().collect();
        out.push((text(&levels), "linked list"));
        out.push((text(&reversed), "linked list, reversed"));
        return;
    }
    out.push((text(&in_order(knots, root)), "tree in order"));
    out.push((text(&depth_first(knots, root, false)), "tree in pre-order"));
    let mut post = depth_first(knots, root, true);
    post.reverse();
    out.push((text(&post), "tree in post-order"));
    out.push((text(&levels), "tree by levels"));
}

fn by_level(knots: &Table<Ref, Knot>, root: Ref) -> Vec<Ref> {
    let mut order = vec![root];
    let mut seen = Set::from_iter([root]);
    let mut at = 0;
    while let Some(knot) = order.get(at).and_then(|at| knots.get(at)) {
        at += 1;
        for link in knot.links.iter().flatten() {
            if knots.contains_key(link) && order.len() < MOST_NODES && seen.insert(*link) {
                order.push(*link);
            }
        }
    }
    order
}

fn in_order(knots: &Table<Ref, Knot>, root: Ref) -> Vec<Ref> {
    let mut out = Vec::new();
    let mut seen = Set::default();
    let mut stack = vec![(root, false)];
    while let Some((at, ready)) = stack.pop() {
        if ready {
            out.push(at);
            continue;
        }
        let Some(knot) = knots.get(&at).filter(|_| seen.len() < MOST_NODES) else { continue };
        if !seen.insert(at) {
            continue;
        }
        stack.extend(knot.links.get(1).copied().flatten().map(|link| (link, false)));
        stack.push((at, true));
        stack.extend(knot.links.first().copied().flatten().map(|link| (link, false)));
    }
    out
}

/// Node first, then its links; `mirrored` takes the last link first, which is post-order read backwards.
fn depth_first(knots: &Table<Ref, Knot>, root: Ref, mirrored: bool) -> Vec<Ref> {
    let mut out = Vec::new();
    let mut seen = Set::default();
    let mut stack = vec![root];
    while let Some(at) = stack.pop() {
        let Some(knot) = knots.get(&at).filter(|_| seen.len() < MOST_NODES) else { continue };
        if !seen.insert(at) {
            continue;
        }
        out.push(at);
        let links = knot.links.iter().flatten().copied();
        if mirrored {
            stack.extend(links);
        } else {
            stack.extend(links.rev());
        }
    }
    out
}
