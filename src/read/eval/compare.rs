//! Truth and equality, where known.

use super::heap::Cell;
use super::heap::Ref;
use super::machine::Eval;
use super::machine::Machine;
use super::order;
use super::value::Value;
use crate::read::ir::BinaryOp;

/// The most pairs of items compared for one equality.
const MOST_PAIRS: usize = 10_000;

impl Machine<'_, '_> {
    /// Whether a value counts as true; `None` when unknown.
    pub(super) fn truth(&self, value: &Value) -> Option<bool> {
        let mut all = value.alternatives().iter().map(|one| self.truth_of_one(one));
        let first = all.next()??;
        all.all(|other| other == Some(first)).then_some(first)
    }

    fn truth_of_one(&self, value: &Value) -> Option<bool> {
        match value {
            Value::Unknown | Value::OneOf(_) => None,
            Value::Null => Some(false),
            Value::Bool(b) => Some(*b),
            Value::Int(n) => Some(*n != 0),
            Value::Float(f) => Some(*f != 0.0),
            Value::Place(_) => Some(true),
            Value::Text(_) | Value::Ref(_) if self.traits().pointers => Some(true),
            Value::Text(text) if text.holes => None,
            Value::Text(text) => Some(!text.s.is_empty()),
            Value::Bytes(blob) => Some(!blob.bytes.is_empty()),
            Value::Ref(at) => match self.heap.get(*at) {
                Cell::Map(map) if map.class.is_some() => Some(true),
                _ => Some(self.size(*at) > 0),
            },
            Value::Function(_) | Value::Class(_) => Some(true),
        }
    }

    /// Whether two values are equal, containers by their items; `None` when unknown.
    pub(super) fn equal(&mut self, a: &Value, b: &Value) -> Eval<Option<bool>> {
        let mut stack = vec![(a.clone(), b.clone())];
        let mut pairs = 0;
        while let Some((a, b)) = stack.pop() {
            self.spend(1)?;
            pairs += 1;
            if pairs > MOST_PAIRS {
                return Ok(None);
            }
            if let (Value::Ref(x), Value::Ref(y)) = (&a, &b)
                && x != y
            {
                match self.pairs(*x, *y) {
                    Some(more) => stack.extend(more),
                    None => return Ok(Some(false)),
                }
                continue;
            }
            match equal_scalars(&a, &b) {
                Some(true) => {}
                other => return Ok(other),
            }
        }
        Ok(Some(true))
    }

    /// The items of two containers side by side; `None` when they cannot be equal.
    fn pairs(&self, x: Ref, y: Ref) -> Option<Vec<(Value, Value)>> {
        match (self.heap.get(x), self.heap.get(y)) {
            (Cell::List(x), Cell::List(y))
                if x.items.len() == y.items.len() && x.items.len() <= MOST_PAIRS =>
            {
                Some(x.items.iter().cloned().zip(y.items.iter().cloned()).collect())
            }
            _ => None,
        }
    }

    /// A comparison as a value.
    pub(super) fn compare(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Eval {
        let known = match op {
            BinaryOp::Eq => self.equal(a, b)?,
            BinaryOp::Ne => self.equal(a, b)?.map(|same| !same),
            _ if a.alternatives().len() > 1 || b.alternatives().len() > 1 => None,
            BinaryOp::Lt => order::known(a, b).map(std::cmp::Ordering::is_lt),
            BinaryOp::Le => order::known(a, b).map(std::cmp::Ordering::is_le),
            BinaryOp::Gt => order::known(a, b).map(std::cmp::Ordering::is_gt),
            BinaryOp::Ge => order::known(a, b).map(std::cmp::Ordering::is_ge),
            _ => None,
        };
        Ok(known.map_or(Value::Unknown, Value::Bool))
    }
}

/// Equality of values that are no containers, or are the same container.
fn equal_scalars(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Unknown | Value::OneOf(_), _) | (_, Value::Unknown | Value::OneOf(_)) => None,
        (Value::Text(x), Value::Text(y)) if x.holes || y.holes => None,
        (Value::Text(text), Value::Int(n)) | (Value::Int(n), Value::Text(text)) => {
            Some(text.single().is_some_and(|c| i64::from(u32::from(c)) == *n))
        }
        (Value::Bool(x), Value::Int(n)) | (Value::Int(n), Value::Bool(x)) => Some(i64::from(*x) == *n),
        (Value::Text(x), Value::Bytes(y)) | (Value::Bytes(y), Value::Text(x)) => {
            Some(x.s.as_bytes() == y.bytes.as_slice())
        }
        _ => Some(a.same(b)),
    }
}
