//! Operations that put the items of a container into another shape or order.

use crate::read::ir::BinaryOp;
use crate::read::ir::Op;

use super::super::heap::Cell;
use super::super::heap::Order;
use super::super::heap::Ref;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::order;
use super::super::value::CELL;
use super::super::value::ENTRY;
use super::super::value::SLOT;
use super::super::value::Value;
use super::operand;

/// The widest text that padding makes.
const MOST_WIDTH: usize = 4096;

impl Machine<'_, '_> {
    #[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
    pub(super) fn reshaped(&mut self, op: Op, values: &[Value]) -> Eval<Option<Value>> {
        let first = operand(values, 0);
        let second = operand(values, 1);
        Ok(Some(match op {
            Op::Reject => self.sifted(&first, &second)?,
            Op::MapValues => {
                let mut pairs = Vec::new();
                for (key, value) in self.entries(&second)? {
                    pairs.push((key, self.call_with(&first, vec![value])?));
                }
                self.map(pairs)?
            }
            Op::FlattenAll => match first.as_ref() {
                Some(at) => {
                    let leaves = self.leaves(at)?;
                    self.list(leaves)?
                }
                None => first,
            },
            Op::Behind => self.behind(&first)?,
            Op::Transpose => self.transposed(&first)?,
            Op::Turned => {
                let mut items = self.items(&first)?.unwrap_or_default();
                let by = values.get(1).and_then(Value::as_int).unwrap_or(1);
                if let Ok(len) = i64::try_from(items.len())
                    && len > 0
                {
                    items.rotate_left(usize::try_from(by.rem_euclid(len)).unwrap_or(0));
                }
                self.list(items)?
            }
            Op::Pick => {
                let mut out = Vec::new();
                for key in values.iter().skip(1) {
                    out.push(self.index(&first, key)?);
                }
                self.list(out)?
            }
            Op::CopiedPlain => match first.as_ref().filter(|at| self.is_plain(*at)) {
                Some(at) => {
                    let size = self.size(at);
                    self.spend_bytes(size * ENTRY + CELL)?;
                    let cell: Cell = self.heap.get(at).clone();
                    Value::Ref(self.heap.add(cell))
                }
                None => first,
            },
            Op::Inverted => {
                let keys = self.keyed(Op::KeysOf, &first)?;
                let keys = self.items(&keys)?.unwrap_or_default();
                let values = self.column(&first, false)?;
                let values = self.items(&values)?.unwrap_or_default();
                self.map(values.into_iter().zip(keys).collect())?
            }
            Op::Merged => {
                let maps = |value: &Value| value.as_ref().and_then(|at| self.heap.map(at)).is_some();
                if !values.iter().any(maps) {
                    return self.sequence(Op::Chain, values, &[]);
                }
                let mut pairs = Vec::new();
                for value in values {
                    pairs.extend(self.entries(value)?);
                }
                self.map(pairs)?
            }
            Op::Column => {
                let mut out = Vec::new();
                for row in self.items(&first)?.unwrap_or_default() {
                    let item = self.index(&row, &second)?;
                    out.push(item);
                }
                self.list(out)?
            }
            Op::KeysOf | Op::Reversed => self.keyed(op, &first)?,
            Op::Sequence => {
                let known = first.as_int().zip(second.as_int());
                let step = operand(values, 2).as_int().unwrap_or(1).saturating_abs().max(1);
                let down = known.is_some_and(|(from, to)| to < from);
                let step = Value::Int(if down { -step } else { step });
                return self.sequence(Op::RangeClosed, &[first, second, step], &[]);
            }
            Op::SortByKey | Op::SortByValue => {
                self.sorted_map(op, &first, values.get(1..).unwrap_or_default())?
            }
            Op::Pieces => {
                let text = self.render(&first)?;
                let size = second.as_int().and_then(|n| usize::try_from(n).ok()).unwrap_or(1).max(1);
                let chars: Vec<char> = text.s.chars().collect();
                self.spend_bytes(text.s.len().saturating_add(chars.len() / size * 140))?;
                let trace = text.trace.of_part("split");
                let pieces = chars.chunks(size);
                self.list(pieces.map(|piece| Value::text(piece.iter().collect(), trace.clone())).collect())?
            }
            Op::Negated => self.binary(BinaryOp::Sub, &Value::Int(0), &first)?,
            Op::Divides => match (first.as_int(), second.as_int()) {
                (Some(a), Some(0)) => Value::Bool(a == 0),
                (Some(a), Some(b)) => Value::Bool(a.checked_rem(b) == Some(0)),
                _ => Value::Unknown,
            },
            Op::Centered | Op::Squeezed => return self.padded(op, &first, values).map(Some),
            Op::Ords => {
                let text = self.render(&first)?;
                self.spend_bytes(text.s.len() * SLOT)?;
                let codes = text.s.chars().map(|c| Value::Int(i64::from(u32::from(c)))).collect();
                self.list(codes)?
            }
            _ => return Ok(None),
        }))
    }

    fn sifted(&mut self, function: &Value, from: &Value) -> Eval {
        let mut out = Vec::new();
        for (pass, item) in self.items(from)?.unwrap_or_default().into_iter().enumerate() {
            self.spend(1)?;
            if !self.lively(pass) {
                break;
            }
            let result = self.call_with(function, vec![item.clone()])?;
            if self.truth(&result) != Some(true) {
                out.push(item);
            }
        }
        self.list(out)
    }

    /// A list or map that is no object, stack, queue or builder.
    fn is_plain(&self, at: Ref) -> bool {
        match self.heap.get(at) {
            Cell::List(list) => list.order == Order::List,
            Cell::Map(map) => map.class.is_none(),
            Cell::Builder(_) => false,
        }
    }

    fn keyed(&mut self, op: Op, from: &Value) -> Eval {
        let map = from.as_ref().and_then(|at| self.heap.map(at)).is_some_and(|map| !map.set);
        match (op, map) {
            (Op::KeysOf, true) => self.column(from, true),
            (Op::KeysOf, false) => {
                let count = self.items(from)?.unwrap_or_default().len();
                let first = self.traits().first_index;
                let count = i64::try_from(count).unwrap_or(0);
                self.list((first..first.saturating_add(count)).map(Value::Int).collect())
            }
            (_, true) => {
                let pairs = self.entries(from)?.into_iter().rev().collect();
                self.map(pairs)
            }
            (_, false) => self.slice(from, None, None, Some(-1)),
        }
    }

    fn sorted_map(&mut self, op: Op, holder: &Value, rest: &[Value]) -> Eval {
        let Some(at) = holder.as_ref() else { return Ok(holder.clone()) };
        if self.heap.map(at).is_none() {
            return match op {
                Op::SortByKey => Ok(holder.clone()),
                _ => self.in_place(Op::SortInPlace, None, holder, rest),
            };
        }
        self.remember(at)?;
        let mut pairs = self.entries(holder)?;
        self.spend(pairs.len().saturating_mul(8))?;
        let by_value = op == Op::SortByValue;
        let pick = |pair: &(Value, Value)| if by_value { pair.1.clone() } else { pair.0.clone() };
        let sorted = match rest.first().map(Value::first) {
            Some(Value::Function(_)) => {
                let items: Vec<Value> = pairs.iter().map(pick).collect();
                let items = self.list(items)?;
                let sorted = self.sorted(&items, rest)?;
                Some(self.items(&sorted)?.unwrap_or_default())
            }
            _ => None,
        };
        let cost = if sorted.is_some() { pairs.len().saturating_mul(pairs.len()) / 16 } else { 0 };
        self.spend(cost)?;
        match sorted {
            Some(order) => pairs.sort_by_cached_key(|pair| {
                order.iter().position(|item| item.same(&pick(pair))).unwrap_or(usize::MAX)
            }),
            None => pairs.sort_by(|a, b| order::compare(&pick(a), &pick(b))),
        }
        if rest.get(1).and_then(|down| self.truth(down)) == Some(true) {
            pairs.reverse();
        }
        if let Some(map) = self.heap.map_mut(at) {
            map.clear();
            for (key, value) in pairs {
                map.set(key, value);
            }
        }
        Ok(holder.clone())
    }

    /// [`Op::Behind`], one generation after the other: what waits for nothing first. What waits for itself is left out.
    fn behind(&mut self, map: &Value) -> Eval {
        let (mut nodes, mut waits): (Vec<Value>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
        for (key, before) in self.entries(map)? {
            let behind = self.node_in(&mut nodes, key)?;
            for item in self.items(&before)?.unwrap_or_default() {
                let first = self.node_in(&mut nodes, item)?;
                waits.push((first, behind));
            }
        }
        let mut generation = vec![None; nodes.len()];
        for now in 0..nodes.len() {
            self.spend(nodes.len().saturating_add(waits.len()))?;
            let ready = |at: &usize| {
                let done = |first: usize| generation[first].is_some_and(|then| then < now);
                generation[*at].is_none() && waits.iter().all(|(first, behind)| behind != at || done(*first))
            };
            let next: Vec<usize> = (0..nodes.len()).filter(ready).collect();
            if next.is_empty() {
                break;
            }
            for at in next {
                generation[at] = Some(now);
            }
        }
        let mut order: Vec<usize> = (0..nodes.len()).filter(|at| generation[*at].is_some()).collect();
        order.sort_by_key(|at| generation[*at]);
        self.list(order.into_iter().filter_map(|at| nodes.get(at).cloned()).collect())
    }

    /// The place of a value among others, each there once.
    fn node_in(&mut self, nodes: &mut Vec<Value>, value: Value) -> Eval<usize> {
        self.spend(1 + nodes.len())?;
        let same = |node: &Value| order::compare(node, &value) == std::cmp::Ordering::Equal;
        if let Some(at) = nodes.iter().position(same) {
            return Ok(at);
        }
        self.spend_bytes(ENTRY)?;
        nodes.push(value);
        Ok(nodes.len() - 1)
    }

    fn transposed(&mut self, from: &Value) -> Eval {
        let mut rows = Vec::new();
        for row in self.items(from)?.unwrap_or_default() {
            rows.push(self.items(&row)?.unwrap_or_default());
        }
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        self.spend(width.saturating_mul(rows.len()))?;
        let mut out = Vec::new();
        for column in 0..width {
            let items = rows.iter().filter_map(|row| row.get(column).cloned()).collect();
            out.push(self.list(items)?);
        }
        self.list(out)
    }

    fn padded(&mut self, op: Op, value: &Value, values: &[Value]) -> Eval {
        let mut text = self.render(value)?;
        self.spend_bytes(text.s.len())?;
        let other = operand(values, if op == Op::Squeezed { 1 } else { 2 });
        let set = other.as_text().map(|text| text.s.clone());
        if op == Op::Squeezed {
            let mut last = None;
            text.s.retain(|c| {
                let again = last == Some(c) && set.as_ref().is_none_or(|set| set.contains(c));
                last = Some(c);
                !again
            });
        } else {
            let width = operand(values, 1).as_int().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            let missing = width.min(MOST_WIDTH).saturating_sub(text.s.chars().count());
            let fill = set.filter(|fill| !fill.is_empty()).unwrap_or_else(|| " ".to_owned());
            let left: String = fill.chars().cycle().take(missing / 2).collect();
            let right: String = fill.chars().cycle().take(missing - missing / 2).collect();
            text.s = left + &text.s + &right;
        }
        text.trace = text.trace.then("padded");
        self.made(text)
    }
}
