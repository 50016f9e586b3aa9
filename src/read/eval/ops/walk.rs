//! Operations that walk a sequence further than a loop does: windows, prefixes, endless repetition, running state.

use crate::read::ir::Op;

use super::super::call::Passed;
use super::super::heap::Cell;
use super::super::machine::Eval;
use super::super::machine::Machine;
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
                    self.spend_bytes(size * 32 + 64)?;
                    let cell = self.heap.get(at).clone();
                    Value::Ref(self.heap.add(cell))
                }
                None => first,
            },
            Op::Cycle => {
                let items = self.items(&first)?.unwrap_or_default();
                let count = if items.is_empty() { 0 } else { ENDLESS.div_ceil(items.len()) * items.len() };
                self.spend_bytes(count * 16)?;
                self.list(items.into_iter().cycle().take(count).collect())?
            }
            Op::Windows => {
                let size = second.as_int().and_then(|n| usize::try_from(n).ok()).unwrap_or(1).max(1);
                let items = self.items(&first)?.unwrap_or_default();
                let mut out = Vec::new();
                for window in items.windows(size) {
                    out.push(self.list(window.to_vec())?);
                }
                self.list(out)?
            }
            Op::TakeWhile | Op::DropWhile | Op::FilterMap | Op::IndexWhere => {
                self.until(op, &first, &second)?
            }
            Op::Scan => self.scan(&first, &second, operand(values, 2))?,
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
            Op::Negated => first.as_int().and_then(i64::checked_neg).map_or(Value::Unknown, Value::Int),
            Op::Backwards => self.backwards(first)?,
            _ => return Ok(None),
        }))
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
    fn scan(&mut self, function: &Value, from: &Value, start: Value) -> Eval {
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
