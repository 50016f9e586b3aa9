//! Operations that walk a sequence further than a loop does: windows, prefixes, endless repetition, running state.

use std::rc::Rc;

use crate::read::ir::Op;

use super::super::call::Passed;
use super::super::heap::Cell;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::value::CELL;
use super::super::value::ENTRY;
use super::super::value::SLOT;
use super::super::value::Value;
use super::look::int;
use super::operand;

/// As many items as an endless sequence is made of, and at least once through: nobody reads on that far.
const ENDLESS: usize = 512;

impl Machine<'_, '_> {
    pub(super) fn walk(&mut self, op: Op, values: &[Value]) -> Eval<Option<Value>> {
        let first = operand(values, 0);
        let second = operand(values, 1);
        Ok(Some(match op {
            Op::Rows => match first.as_ref().map(|at| self.heap.get(at)) {
                Some(Cell::Map(map)) if !map.set && map.class.is_none() => {
                    self.pure_one(Op::Items, &[first], &[])?
                }
                _ => match self.items(&first)? {
                    Some(items) => self.list(items)?,
                    None => first,
                },
            },
            Op::Copied => match first.as_ref() {
                Some(at) => {
                    let size = self.size(at);
                    self.spend_bytes(size * ENTRY + CELL)?;
                    let cell = self.heap.get(at).clone();
                    Value::Ref(self.heap.add(cell))
                }
                None => first,
            },
            Op::Cycle => {
                let items = self.items(&first)?.unwrap_or_default();
                let count = if items.is_empty() { 0 } else { ENDLESS.div_ceil(items.len()) * items.len() };
                self.spend_bytes(count * SLOT)?;
                self.list(items.into_iter().cycle().take(count).collect())?
            }
            Op::TakeWhile | Op::DropWhile | Op::FilterMap | Op::IndexWhere => {
                self.until(op, &first, &second)?
            }
            Op::Carry => self.carry(&first, &second, operand(values, 2))?,
            Op::Scan => self.running(&first, &second, values.get(2).cloned())?,
            Op::GroupRuns => self.runs(&first, &second)?,
            Op::IsA => self.is_a(&first, &second),
            Op::ToBytes => {
                let wide = first.alternatives().iter().find(|value| super::wide::is_wide(value)).cloned();
                if let Some(Value::Bytes(number)) = wide {
                    let mut blob = (*number).clone();
                    blob.number = false;
                    if self.is_small_end_first(&operand(values, 2)) {
                        blob.bytes.reverse();
                    }
                    return Ok(Some(Value::Bytes(Rc::new(blob))));
                }
                let Some(n) = first.as_int() else { return Ok(Some(first)) };
                let count = second.as_int().and_then(|n| usize::try_from(n).ok()).unwrap_or(8).min(8);
                let mut bytes: Vec<Value> =
                    n.to_be_bytes()[8 - count..].iter().map(|b| Value::Int(i64::from(*b))).collect();
                if self.is_small_end_first(&operand(values, 2)) {
                    bytes.reverse();
                }
                self.list(bytes)?
            }
            Op::Split if matches!(second.first(), Value::Function(_)) => self.split_where(&first, &second)?,
            Op::Successors => self.successors(first, &second)?,
            Op::CodeOf => match first.first() {
                Value::Text(text) => {
                    text.single().map_or(Value::Unknown, |c| Value::Int(i64::from(u32::from(c))))
                }
                Value::Float(_) => self.pure_one(Op::ToInt, &[first], &[])?,
                _ => first.as_int().map_or(first, Value::Int),
            },
            Op::Present => match first.first() {
                Value::Unknown => Value::Unknown,
                Value::Null | Value::Bool(false) => Value::Bool(false),
                _ => Value::Bool(true),
            },
            Op::IsNull => match first.first() {
                Value::Unknown => Value::Unknown,
                other => Value::Bool(matches!(other, Value::Null)),
            },
            Op::Lesser => first.as_int().map_or(Value::Unknown, |n| Value::Int(n.saturating_sub(1))),
            Op::Backwards => self.backwards(first)?,
            _ => return Ok(None),
        }))
    }

    /// Whether a value is of a kind; unknown where its class is.
    fn is_a(&self, value: &Value, kind: &Value) -> Value {
        let is = match (value.first(), kind.first()) {
            (Value::Unknown, _) | (_, Value::Unknown) => return Value::Unknown,
            (Value::Class(own), Value::Class(class)) => own == class,
            (Value::Ref(at), Value::Class(class)) => {
                let own = self.heap.map(*at).and_then(|map| map.class);
                own.is_some_and(|own| own == *class || self.extends(Some(own), *class))
            }
            (value, Value::Text(kind)) => match (kind.s.as_str(), value) {
                ("text", Value::Text(_) | Value::Bytes(_)) => true,
                ("number", Value::Int(_) | Value::Float(_)) => true,
                ("truth", Value::Bool(_)) => true,
                ("list", Value::Ref(at)) => self.heap.list(*at).is_some(),
                ("map", Value::Ref(at)) => self.heap.map(*at).is_some_and(|map| map.class.is_none()),
                _ => false,
            },
            _ => false,
        };
        Value::Bool(is)
    }

    /// Every value that folding passes through; without a function, sums.
    fn running(&mut self, function: &Value, from: &Value, start: Option<Value>) -> Eval {
        let items = self.items(from)?.unwrap_or_default();
        let mut value = start.filter(|start| !matches!(start, Value::Null));
        let mut out: Vec<Value> = value.iter().cloned().collect();
        for (pass, item) in items.into_iter().enumerate() {
            self.spend(1)?;
            if !self.lively(pass) {
                break;
            }
            let next = match value {
                None => item,
                Some(value) if matches!(function.first(), Value::Function(_)) => {
                    self.call_value(function, Passed::of(vec![value, item]))?
                }
                Some(value) => self.binary(crate::read::ir::BinaryOp::Add, &value, &item)?,
            };
            out.push(next.clone());
            value = Some(next);
        }
        self.list(out)
    }

    /// Neighbours that have the same key, with it.
    fn runs(&mut self, from: &Value, key: &Value) -> Eval {
        let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
        for item in self.items(from)?.unwrap_or_default() {
            self.spend(1)?;
            let own = match key.first() {
                Value::Function(_) => self.call_value(key, Passed::of(vec![item.clone()]))?,
                _ => item.clone(),
            };
            match groups.last_mut() {
                Some((last, group)) if last.same(&own) => group.push(item),
                _ => groups.push((own, vec![item])),
            }
        }
        let mut out = Vec::new();
        for (own, group) in groups {
            let group = self.list(group)?;
            out.push(self.list(vec![own, group])?);
        }
        self.list(out)
    }

    /// The pieces of a text between characters for which `function` holds.
    fn split_where(&mut self, text: &Value, function: &Value) -> Eval {
        let mut pieces = vec![Vec::new()];
        for (pass, item) in self.items(text)?.unwrap_or_default().into_iter().enumerate() {
            self.spend(1)?;
            if !self.lively(pass) {
                break;
            }
            let cuts = self.call_value(function, Passed::of(vec![item.clone()]))?;
            match (self.truth(&cuts), pieces.last_mut()) {
                (Some(true), _) => pieces.push(Vec::new()),
                (_, Some(piece)) => piece.push(item),
                _ => {}
            }
        }
        let mut out = Vec::new();
        for piece in pieces {
            out.push(self.join_values(&piece, "", "split")?);
        }
        self.list(out)
    }

    /// What orders the other way round: a number below zero, or a list that starts with one.
    fn backwards(&mut self, value: Value) -> Eval {
        if let Value::Int(n) = value.first() {
            return Ok(n.checked_neg().map_or(Value::Unknown, Value::Int));
        }
        let listed = value.as_ref().and_then(|at| self.heap.list(at)).map(|list| list.items.clone());
        match listed {
            Some(mut items) => {
                if let Some(Value::Int(n)) = items.first_mut() {
                    *n = n.saturating_neg();
                }
                self.list(items)
            }
            None => Ok(value),
        }
    }

    fn until(&mut self, op: Op, function: &Value, from: &Value) -> Eval {
        let items = self.items(from)?.unwrap_or_else(|| vec![Value::Unknown]);
        let mut out = Vec::new();
        let mut dropping = op == Op::DropWhile;
        for (pass, item) in items.into_iter().enumerate() {
            self.spend(1)?;
            if !self.lively(pass) {
                break;
            }
            let known = dropping || op != Op::DropWhile;
            let result = if known {
                self.call_value(function, Passed::of(vec![item.clone()]))?
            } else {
                Value::Unknown
            };
            let holds = self.truth(&result);
            match op {
                Op::TakeWhile if holds == Some(false) => break,
                Op::TakeWhile => out.push(item),
                Op::DropWhile => {
                    dropping &= holds != Some(false);
                    if !dropping {
                        out.push(item);
                    }
                }
                Op::IndexWhere if holds == Some(true) => return Ok(int(pass)),
                Op::FilterMap if !matches!(result.first(), Value::Null) => out.push(result),
                _ => {}
            }
        }
        if op == Op::IndexWhere { Ok(Value::Null) } else { self.list(out) }
    }

    /// Calls `function` with a state of its own and each item; gives what it gives.
    fn carry(&mut self, function: &Value, from: &Value, start: Value) -> Eval {
        let items = self.items(from)?.unwrap_or_default();
        let mut out = Vec::new();
        let state = self.list(vec![start])?;
        let Some(holder) = state.as_ref() else { return Ok(Value::Unknown) };
        for (pass, item) in items.into_iter().enumerate() {
            self.spend(1)?;
            if !self.lively(pass) {
                break;
            }
            let place = self.item_place(holder, Value::Int(0));
            let result = self.call_value(function, Passed::of(vec![place, item]))?;
            if matches!(result.first(), Value::Null) {
                break;
            }
            out.push(result);
        }
        self.list(out)
    }

    /// Whether an operand that says which end of a number comes first says the low one.
    fn is_small_end_first(&self, order: &Value) -> bool {
        let named = order.as_text().is_none_or(|order| order.s == "little");
        named && self.truth(order) == Some(true)
    }

    /// A value, what `function` makes of it, of that, and so on until it is null.
    fn successors(&mut self, first: Value, function: &Value) -> Eval {
        let mut out = Vec::new();
        let mut value = first;
        while out.len() < ENDLESS && !matches!(value.first(), Value::Null | Value::Unknown) {
            self.spend(4)?;
            if !self.lively(out.len()) {
                break;
            }
            out.push(value.clone());
            value = self.call_value(function, Passed::of(vec![value]))?;
        }
        self.list(out)
    }
}
