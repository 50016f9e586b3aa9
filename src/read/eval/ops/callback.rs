//! Operations that call a function of the program for each item, and those that look at containers as entries.

use crate::read::ir::COMPARE;
use crate::read::ir::Manner;
use crate::read::ir::Op;

use super::super::heap::Cell;
use super::super::heap::Key;
use super::super::heap::Order;
use super::super::heap::Ref;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::order;
use super::super::value::SLOT;
use super::super::value::Value;
use super::operand;

/// The most values of a sequence without end.
const MOST_ITERATED: usize = 512;

impl Machine<'_, '_> {
    pub(super) fn callback(&mut self, op: Op, values: &[Value]) -> Eval<Option<Value>> {
        let (function, from) = (operand(values, 0), operand(values, 1));
        let count = |at: usize| values.get(at).and_then(Value::as_int).and_then(|n| usize::try_from(n).ok());
        Ok(Some(match op {
            Op::TakeLast | Op::DropLast => {
                let len = self.items(&function)?.map_or(0, |items| items.len());
                let at = i64::try_from(len.saturating_sub(count(1).unwrap_or(0))).ok();
                let (start, end) = if op == Op::TakeLast { (at, None) } else { (None, at) };
                self.slice(&function, start, end, None)?
            }
            Op::GroupBy => self.grouped(&function, &from)?,
            Op::Iterate => self.iterated(&function, from)?,
            Op::Entries if function.as_ref().is_some_and(|at| self.heap.list(at).is_some()) => {
                self.enumerate(Op::Enumerate, &function, 0)?
            }
            Op::Entries => self.apply(Op::Items, None, vec![function], &[])?,
            Op::Pairs => match function.as_ref().and_then(|at| self.heap.map(at)) {
                Some(map) if !map.set && map.class.is_none() => {
                    self.apply(Op::Items, None, vec![function], &[])?
                }
                _ => function,
            },
            Op::NumbersFirst => self.numbers_first(&function)?,
            Op::Windows => self.windows(&function, count(1).unwrap_or(1), count(2).unwrap_or(1))?,
            _ => return Ok(None),
        }))
    }

    /// Calls a function for one item of a container, as its manner asks.
    pub(super) fn call_item(&mut self, function: &Value, item: Value, at: usize, from: &Value) -> Eval {
        let manner = match function.first() {
            Value::Function(closure) => closure.manner,
            _ => Manner::Plain,
        };
        let at = Value::Int(i64::try_from(at).unwrap_or(i64::MAX));
        let values = match manner {
            Manner::Plain | Manner::Getter | Manner::Swapped => vec![item],
            Manner::ItemAndIndex => vec![item, at, from.clone()],
            Manner::IndexAndItem => vec![at, item],
            Manner::Parts => match item {
                Value::Ref(_) => self.items(&item)?.unwrap_or_default(),
                other => vec![other],
            },
        };
        self.call_with(function, values)
    }

    /// Calls a function that folds.
    pub(super) fn call_fold(&mut self, function: &Value, value: Value, item: Value, at: usize) -> Eval {
        let manner = match function.first() {
            Value::Function(closure) => closure.manner,
            _ => Manner::Plain,
        };
        let at = Value::Int(i64::try_from(at).unwrap_or(i64::MAX));
        let values = match manner {
            Manner::ItemAndIndex => vec![value, item, at],
            Manner::IndexAndItem => vec![at, value, item],
            Manner::Swapped => vec![item, value],
            _ => vec![value, item],
        };
        self.call_with(function, values)
    }

    /// Items as a part of what they come from: those of a text are a text.
    pub(super) fn part_of(&mut self, from: &Value, items: &[Value]) -> Eval {
        match from.first() {
            Value::Text(_) => self.join_values(items, "", "cut"),
            _ => self.list(items.to_vec()),
        }
    }

    fn grouped(&mut self, function: &Value, from: &Value) -> Eval {
        let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
        let items = self.items(from)?.unwrap_or_default();
        for (at, item) in items.into_iter().enumerate() {
            let key = self.call_item(function, item.clone(), at, from)?;
            self.spend(groups.len() + 1)?;
            let known = Key::of(&key);
            match groups.iter_mut().find(|(other, _)| Key::of(other) == known) {
                Some((_, items)) => items.push(item),
                None => groups.push((key, vec![item])),
            }
        }
        let mut pairs = Vec::new();
        for (key, items) in groups {
            pairs.push((key, self.list(items)?));
        }
        self.map(pairs)
    }

    fn iterated(&mut self, function: &Value, start: Value) -> Eval {
        let mut out = Vec::new();
        let mut value = start;
        for pass in 0..MOST_ITERATED {
            if matches!(value.first(), Value::Null | Value::Unknown) || !self.lively(pass) {
                break;
            }
            self.spend_bytes(SLOT)?;
            out.push(value.clone());
            value = self.call_with(function, vec![value])?;
        }
        self.list(out)
    }

    /// A map whose whole numbers come first.
    fn numbers_first(&mut self, value: &Value) -> Eval {
        let plain = |map: &super::super::heap::Map| map.class.is_none() && !map.set;
        if !value.as_ref().and_then(|at| self.heap.map(at)).is_some_and(plain) {
            return Ok(value.clone());
        }
        let number = |key: &Value| match Key::of(key) {
            Some(Key::Int(n)) if n >= 0 => Some(n),
            Some(key @ Key::Text(_)) => match key.other() {
                Some(other @ Key::Int(n)) if n >= 0 && other.other() == Some(key) => Some(n),
                _ => None,
            },
            _ => None,
        };
        let mut entries = self.entries(value)?;
        self.spend(entries.len())?;
        entries.sort_by_key(|(key, _)| number(key).unwrap_or(i64::MAX));
        self.map(entries)
    }

    fn windows(&mut self, from: &Value, size: usize, step: usize) -> Eval {
        let items = self.items(from)?.unwrap_or_default();
        let mut out = Vec::new();
        for window in items.windows(size.max(1)).step_by(step.max(1)) {
            self.spend_bytes(window.len() * SLOT)?;
            out.push(self.part_of(from, window)?);
        }
        self.list(out)
    }

    /// Which item a plain pop takes, where a function says what is smallest.
    pub(super) fn end_by(&mut self, at: Ref) -> Eval<Option<usize>> {
        let Cell::List(list) = self.heap.get(at) else { return Ok(None) };
        let (by, order) = (list.by.clone(), list.order);
        let heap = matches!(order, Order::Min | Order::Max);
        let own = heap && list.items.first().is_some_and(|item| self.compares(item));
        let by = match by {
            Some(by) => by,
            None if own => Value::Null,
            None => return Ok(self.end(at)),
        };
        let two = match by.first() {
            Value::Function(closure) => self.takes_two(closure.node),
            _ => own,
        };
        let items = self.items(&Value::Ref(at))?.unwrap_or_default();
        let mut best: Option<(usize, Value)> = None;
        for (position, item) in items.iter().enumerate() {
            self.spend(1)?;
            let key = if two { item.clone() } else { self.call_with(&by, vec![item.clone()])? };
            let better = match &best {
                None => true,
                Some((_, best)) if two => {
                    let result = match by.first() {
                        Value::Function(_) => self.call_with(&by, vec![key.clone(), best.clone()])?,
                        _ => self.compare_own(&key, best.clone())?,
                    };
                    match result {
                        Value::Bool(before) => before,
                        other => other.as_float().is_some_and(|n| n < 0.0),
                    }
                }
                Some((_, best)) => order::compare(&key, best).is_lt() != (order == Order::Max),
            };
            if better {
                best = Some((position, key));
            }
        }
        Ok(best.map(|(position, _)| position))
    }

    /// Whether an object says how it compares with another.
    pub(super) fn compares(&self, item: &Value) -> bool {
        item.as_ref().is_some_and(|at| self.member(at, COMPARE).is_some())
    }

    /// Compares two objects as the first one says.
    pub(super) fn compare_own(&mut self, a: &Value, b: Value) -> Eval {
        match a.as_ref().and_then(|at| self.member(at, COMPARE)) {
            Some(method) => self.call_with(&method, vec![b]),
            None => self.compare(crate::read::ir::BinaryOp::Lt, a, &b),
        }
    }

    /// Puts a call off until the program is through.
    pub(super) fn put_off(&mut self, values: Vec<Value>) -> Eval {
        let mut values = values.into_iter();
        let function = values.next().unwrap_or(Value::Unknown);
        let delay = values.next().and_then(|delay| delay.as_float()).unwrap_or(0.0).clamp(0.0, 1e12);
        #[expect(clippy::cast_possible_truncation, reason = "clamped just above")]
        let delay = self.now.saturating_add(delay as i64);
        self.spend_bytes(64)?;
        self.later.push((delay, function, values.collect()));
        Ok(Value::Unknown)
    }
}
