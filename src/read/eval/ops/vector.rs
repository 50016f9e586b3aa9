//! Operations of languages whose values are vectors.

use crate::read::ir::BinaryOp;
use crate::read::ir::Op;

use super::super::expr::zero_based;
use super::super::heap::Cell;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::order;
use super::super::value::Value;
use super::operand;

impl Machine<'_, '_> {
    pub(super) fn vectors(&mut self, op: Op, values: &[Value]) -> Eval<Option<Value>> {
        let first = operand(values, 0);
        let second = operand(values, 1);
        Ok(Some(match op {
            Op::Broadcast => self.broadcast(&first, values.get(1..).unwrap_or_default())?,
            Op::Element => self.element(&first, &second)?,
            Op::OrderOf => {
                let items = self.items(&first)?.unwrap_or_default();
                self.spend(items.len().saturating_mul(4))?;
                let mut places: Vec<usize> = (0..items.len()).collect();
                places.sort_by(|a, b| order::compare(&items[*a], &items[*b]));
                if self.truth(&operand(values, 2)) == Some(true) {
                    places.reverse();
                }
                self.positions(&places)?
            }
            Op::Which => {
                let items = self.items(&first)?.unwrap_or_default();
                let places: Vec<usize> =
                    (0..items.len()).filter(|at| self.truth(&items[*at]) == Some(true)).collect();
                self.positions(&places)?
            }
            Op::Part => {
                let counts = self.traits().first_index;
                let from = second.as_int().map(|n| zero_based(n, counts));
                let step = operand(values, 3).as_int();
                let past = step.unwrap_or(1).signum();
                let to = operand(values, 2).as_int().map(|n| zero_based(n, counts).saturating_add(past));
                let at_end = |to: &i64| if past < 0 { *to >= 0 } else { *to != 0 };
                self.slice(&first, from, to.filter(at_end), step)?
            }
            Op::Times => {
                let text = |value: &Value| matches!(value.first(), Value::Text(_) | Value::Bytes(_));
                if values.iter().any(text) {
                    self.join_values(values, "", "joined with nothing")?
                } else {
                    let mut product = first;
                    for value in values.iter().skip(1) {
                        product = self.binary(BinaryOp::Mul, &product, value)?;
                    }
                    product
                }
            }
            Op::Shifted | Op::ShiftedBack => {
                let op = if op == Op::Shifted { BinaryOp::Add } else { BinaryOp::Sub };
                let character = |value: &Value| value.as_text().is_some_and(|text| text.single().is_some());
                let moved = matches!(second.first(), Value::Int(_)) && character(&first);
                let (a, b) = match (first.as_int(), second.as_int()) {
                    (Some(a), Some(b)) if moved || character(&first) && character(&second) => {
                        (Value::Int(a), Value::Int(b))
                    }
                    _ => (first, second),
                };
                let value = self.binary(op, &a, &b)?;
                match value
                    .as_int()
                    .and_then(|n| u32::try_from(n).ok())
                    .and_then(char::from_u32)
                    .filter(|_| moved)
                {
                    Some(c) => self.text(c.to_string(), Default::default())?,
                    None => value,
                }
            }
            Op::Xor => self.binary(BinaryOp::BitXor, &first, &second)?,
            Op::Either => match self.truth(&first) {
                Some(true) => second,
                Some(false) => operand(values, 2),
                None => Value::one_of([second, operand(values, 2)]),
            },
            _ => return Ok(None),
        }))
    }

    fn positions(&mut self, places: &[usize]) -> Eval {
        let first = self.traits().first_index;
        let place = |at: &usize| Value::Int(i64::try_from(*at).unwrap_or(0).saturating_add(first));
        self.list(places.iter().map(place).collect())
    }

    fn broadcast(&mut self, function: &Value, values: &[Value]) -> Eval {
        let mut columns: Vec<(Vec<Value>, bool)> = Vec::new();
        let mut length = None;
        for value in values {
            let listed = value.as_ref().is_some_and(|at| match self.heap.get(at) {
                Cell::List(_) => true,
                Cell::Map(map) => map.class.is_none(),
                Cell::Builder(_) => false,
            });
            let inner = if listed { self.column(value, false)? } else { value.clone() };
            let items = if listed { self.items(&inner)?.unwrap_or_default() } else { vec![inner] };
            if listed && !items.is_empty() {
                length = Some(length.unwrap_or(0).max(items.len()));
            }
            columns.push((items, listed));
        }
        let Some(length) = length else {
            let values = columns.into_iter().filter_map(|(items, _)| items.into_iter().next()).collect();
            return self.call_with(function, values);
        };
        let mut out = Vec::new();
        for at in 0..length {
            self.spend(1)?;
            if !self.lively(at) {
                break;
            }
            let pick = |(items, _): &(Vec<Value>, bool)| items.get(at % items.len().max(1)).cloned();
            let values = columns.iter().map(|column| pick(column).unwrap_or(Value::Null)).collect();
            out.push(self.call_with(function, values)?);
        }
        self.list(out)
    }

    fn element(&mut self, base: &Value, key: &Value) -> Eval {
        let Some(at) = base.as_ref() else { return Ok(base.clone()) };
        if let Some(keys) = key.as_ref().and_then(|keys| self.heap.list(keys)).map(|keys| keys.items.clone())
        {
            return self.selected(base, &keys);
        }
        if let (Some(map), Some(n)) = (self.heap.map(at), key.as_int().filter(|_| key.as_text().is_none())) {
            let n = zero_based(n, self.traits().first_index);
            let found = usize::try_from(n).ok().and_then(|n| map.entries.get(n)).map(|entry| entry.1.clone());
            return Ok(found.unwrap_or(Value::Null));
        }
        match key.as_int() {
            Some(n) if n < 0 => self.selected(base, std::slice::from_ref(key)),
            _ => self.index(base, key),
        }
    }

    /// The items at several places, or those that are not left out.
    fn selected(&mut self, base: &Value, keys: &[Value]) -> Eval {
        let values = self.column(base, false)?;
        let items = self.items(&values)?.unwrap_or_default();
        self.spend(items.len().saturating_mul(keys.len() / 16 + 1))?;
        if !keys.is_empty() && keys.iter().all(|key| matches!(key, Value::Bool(_) | Value::Unknown)) {
            let kept = |(at, _): &(usize, Value)| {
                keys.get(at % keys.len()).is_some_and(|key| self.truth(key) != Some(false))
            };
            let kept = items.into_iter().enumerate().filter(kept).map(|(_, item)| item).collect();
            return self.list(kept);
        }
        if keys.iter().all(|key| key.as_int().is_some_and(|n| n < 0) && key.as_text().is_none())
            && !keys.is_empty()
        {
            let gone: std::collections::HashSet<i64> =
                keys.iter().filter_map(|key| key.as_int()?.checked_neg()).collect();
            let first = self.traits().first_index;
            let kept = |(at, _): &(usize, Value)| {
                i64::try_from(*at).is_ok_and(|at| !gone.contains(&at.saturating_add(first)))
            };
            let kept = items.into_iter().enumerate().filter(kept).map(|(_, item)| item).collect();
            return self.list(kept);
        }
        let mut out = Vec::new();
        for key in keys {
            out.push(self.element(base, key)?);
        }
        self.list(out)
    }
}
