//! The order of values: numbers before texts, unknown ones equal.

use std::cmp::Ordering;

use super::heap::Heap;
use super::ops;
use super::value::Value;

/// Compares two values. Total, so that sorting with it is sound: values of different kinds order by kind.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    let (a, b) = (a.first(), b.first());
    match (a, b) {
        (Value::Text(x), Value::Text(y)) => x.s.cmp(&y.s),
        (Value::Bytes(x), Value::Bytes(y)) => x.bytes.cmp(&y.bytes),
        _ => match (rank(a), rank(b)) {
            (0, 0) => number(a).total_cmp(&number(b)).then_with(|| exact(a).cmp(&exact(b))),
            (x, y) => x.cmp(&y),
        },
    }
}

/// Compares lists of values item by item.
pub(super) fn compare_all(a: &[Value], b: &[Value]) -> Ordering {
    let first = a.iter().zip(b).map(|(a, b)| compare(a, b)).find(|order| order.is_ne());
    first.unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// Compares two values, lists by their items; what lists in lists hold is not looked at.
pub(super) fn compare_deep(heap: &Heap, a: &Value, b: &Value) -> Ordering {
    let items = |value: &Value| value.as_ref().and_then(|at| heap.list(at)).map(|list| list.items.as_slice());
    match (items(a), items(b)) {
        (Some(a), Some(b)) => compare_all(a, b),
        _ => compare(a, b),
    }
}

/// Compares as a program would: `None` where the outcome is not known.
pub(super) fn known(a: &Value, b: &Value) -> Option<Ordering> {
    let (a, b) = (a.first(), b.first());
    if let Some(order) = ops::wide::order(a, b) {
        return Some(order);
    }
    match (a, b) {
        (Value::Text(x), Value::Text(y)) => (!x.holes && !y.holes).then(|| x.s.cmp(&y.s)),
        (Value::Text(x), Value::Int(_)) if x.single().is_none() => None,
        (Value::Int(_), Value::Text(y)) if y.single().is_none() => None,
        (
            Value::Int(_) | Value::Bool(_) | Value::Text(_),
            Value::Int(_) | Value::Bool(_) | Value::Text(_),
        ) => Some(a.as_int()?.cmp(&b.as_int()?)),
        _ => a.as_float()?.partial_cmp(&b.as_float()?),
    }
}

/// Kinds in order.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => 0,
        Value::Text(_) => 1,
        Value::Bytes(_) => 2,
        Value::Ref(_) => 3,
        _ => 4,
    }
}

fn number(value: &Value) -> f64 {
    value.as_float().unwrap_or(0.0)
}

/// Breaks ties between numbers that are one float: integers first, by value.
fn exact(value: &Value) -> (bool, i64) {
    match value {
        Value::Int(n) => (false, *n),
        Value::Bool(b) => (false, i64::from(*b)),
        _ => (true, 0),
    }
}
