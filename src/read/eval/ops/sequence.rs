//! Operations that make a sequence from sequences; none changes its operand.

use std::rc::Rc;

use crate::read::ir::NodeId;
use crate::read::ir::Op;

use super::super::call::Passed;
use super::super::heap::Cell;
use super::super::heap::Key;
use super::super::heap::Map;
use super::super::heap::Ref;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::order;
use super::super::value::Blob;
use super::super::value::ENTRY;
use super::super::value::SLOT;
use super::super::value::Text;
use super::super::value::Value;
use super::MOST_FILLED;
use super::MOST_RANGE;
use super::operand;

/// What an operation that makes a list of another is called.
fn step_of(op: Op) -> Option<&'static str> {
    Some(match op {
        Op::Reverse => "reversed",
        Op::Sorted => "sorted",
        Op::Slice | Op::Substr | Op::Take | Op::Drop => "sliced",
        Op::Map | Op::FlatMap => "each changed",
        Op::Filter => "filtered",
        Op::Flatten => "flattened",
        Op::Zip | Op::ZipLongest => "zipped",
        Op::Keys => "keys",
        Op::Values => "values",
        Op::Unique => "without doubles",
        Op::Chunks => "cut into chunks",
        _ => return None,
    })
}

impl<'p> Machine<'p, '_> {
    pub(super) fn sequence(
        &mut self,
        op: Op,
        values: &[Value],
        named: &[(&'p str, Value)],
    ) -> Eval<Option<Value>> {
        let first = operand(values, 0);
        let from = first.as_ref();
        let second = operand(values, 1);
        let n = |at: usize| values.get(at).and_then(Value::as_int);
        let made = match op {
            Op::ListOf => self.list(values.to_vec())?,
            Op::NewFilled => self.filled(n(0), values.get(1).cloned())?,
            Op::NewMap => {
                let mut pairs = self.entries(&first)?;
                pairs.extend(
                    named.iter().map(|(k, v)| (Value::text((*k).to_owned(), Default::default()), v.clone())),
                );
                self.map(pairs)?
            }
            Op::NewSet | Op::Unique | Op::NewSorted => self.unique(op, &first)?,
            Op::NewBuilder => {
                let text = if values.is_empty() { Text::default() } else { self.render(&first)? };
                self.builder(text)?
            }
            Op::NewObject => {
                let pairs = values.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
                self.map(pairs)?
            }
            Op::Appended => {
                let mut items = self.items(&first)?.unwrap_or_default();
                items.extend(values.iter().skip(1).cloned());
                values.iter().for_each(|value| self.touch_value(value));
                self.list(items)?
            }
            Op::Chain => self.chained(values)?,
            Op::Concat => self.concatenated(values)?,
            Op::Reverse => self.slice(&first, None, None, Some(-1))?,
            Op::Sorted => {
                let key = named.iter().find(|(name, _)| *name == "key").map(|(_, v)| v.clone());
                let down = named.iter().find(|(name, _)| matches!(*name, "reverse" | "descending"));
                let key = key.or_else(|| values.get(1).cloned()).unwrap_or(Value::Null);
                let down =
                    down.map(|(_, v)| v.clone()).or_else(|| values.get(2).cloned()).unwrap_or(Value::Null);
                self.sorted(&first, &[key, down])?
            }
            Op::Slice => self.slice(&first, n(1), n(2), n(3))?,
            Op::Substr => {
                let start = n(1).unwrap_or(0);
                let end = match n(2) {
                    // A count below zero leaves that many out at the end.
                    Some(count) if count < 0 => Some(count),
                    Some(count) if start < 0 && start.saturating_add(count) >= 0 => None,
                    count => count.map(|count| start.saturating_add(count)),
                };
                self.slice(&first, Some(start), end, None)?
            }
            Op::Take => self.slice(&first, None, Some(n(1).unwrap_or(i64::MAX)), None)?,
            Op::Drop => self.slice(&first, Some(n(1).unwrap_or(0)), None, None)?,
            Op::Map | Op::FlatMap | Op::Filter | Op::ForEach => self.each(op, &first, &second)?,
            Op::Reduce => self.reduce(&first, &second, values.get(2).cloned())?,
            Op::Flatten => self.flattened(&first)?,
            Op::Enumerate | Op::Indexed => self.enumerate(op, &first, n(1).unwrap_or(0))?,
            Op::AsList => match first.first() {
                Value::Ref(_) => first,
                Value::Null => self.list(Vec::new())?,
                _ => self.list(vec![first])?,
            },
            Op::Unwrap => match self.items(&first)?.as_deref() {
                Some([only]) if only.as_ref().is_some_and(|at| self.heap.list(at).is_some()) => only.clone(),
                _ => first,
            },
            Op::Zip | Op::ZipLongest => self.zip(values, op == Op::ZipLongest)?,
            Op::Range | Op::RangeClosed => self.range(op, values)?,
            Op::Keys => self.column(&first, true)?,
            Op::Values => self.column(&first, false)?,
            Op::Items => {
                let entries = self.entries(&first)?;
                let rows: Eval<Vec<Value>> =
                    entries.into_iter().map(|(k, v)| self.list(vec![k, v])).collect();
                self.list(rows?)?
            }
            Op::Chunks => self.chunks(&first, n(1).unwrap_or(1))?,
            _ => return Ok(None),
        };
        self.note_done(op, from, &made);
        Ok(Some(made))
    }

    /// Notes on a list what made it out of another.
    fn note_done(&mut self, op: Op, from: Option<Ref>, made: &Value) {
        let (Some(step), Some(at)) = (step_of(op), made.as_ref().filter(|at| Some(*at) != from)) else {
            return;
        };
        let (before, pushes) = from
            .and_then(|from| self.heap.list(from))
            .map_or((None, 0), |list| (list.done.clone(), list.pushes));
        if let Some(list) = self.heap.list_mut(at) {
            list.pushes = list.pushes.max(pushes);
            list.did(before.as_deref().unwrap_or_default(), step);
        }
    }

    fn filled(&mut self, count: Option<i64>, item: Option<Value>) -> Eval {
        let Some(count) = count.and_then(|n| usize::try_from(n).ok()) else {
            return self.list(Vec::new());
        };
        if count > MOST_FILLED {
            return Ok(Value::Unknown);
        }
        self.spend_bytes(count.saturating_mul(SLOT))?;
        self.list(vec![item.unwrap_or(Value::Null); count])
    }

    fn unique(&mut self, op: Op, from: &Value) -> Eval {
        let mut map = Map { set: true, sorted: op == Op::NewSorted, ..Map::default() };
        if let Some(at) = from.as_ref()
            && self.heap.map(at).is_some_and(|from| !from.set)
            && op == Op::NewSorted
        {
            map.set = false;
            for (key, value) in self.entries(from)? {
                self.spend_bytes(ENTRY)?;
                map.set(key, value);
            }
            return Ok(Value::Ref(self.heap.add(Cell::Map(map))));
        }
        if from.is_unknown() && op == Op::NewSorted {
            map.set = false;
        }
        for item in self.items(from)?.unwrap_or_default() {
            self.spend_bytes(ENTRY)?;
            map.set(item, Value::Null);
        }
        if op == Op::Unique {
            let items = map.entries.into_iter().map(|(key, _)| key).collect();
            return self.list(items);
        }
        Ok(Value::Ref(self.heap.add(Cell::Map(map))))
    }

    fn chained(&mut self, values: &[Value]) -> Eval {
        let mut out = Vec::new();
        for value in values {
            let items = self.items(value)?.unwrap_or_else(|| vec![value.clone()]);
            out.extend(items);
        }
        self.list(out)
    }

    /// Texts are joined; a list takes the items of lists, and all else as an item.
    fn concatenated(&mut self, values: &[Value]) -> Eval {
        let first = operand(values, 0);
        let is_list = |machine: &Self, value: &Value| {
            value.as_ref().is_some_and(|at| !matches!(machine.heap.get(at), Cell::Builder(_)))
        };
        if !is_list(self, &first) {
            return self.join_values(values, "", "concatenated");
        }
        let mut out = Vec::new();
        for value in values {
            if is_list(self, value) {
                out.extend(self.items(value)?.unwrap_or_default());
            } else {
                out.push(value.clone());
            }
        }
        self.list(out)
    }

    /// `base[from:to:step]`, zero based, half open, negative bounds from the end.
    pub(in super::super) fn slice(
        &mut self,
        base: &Value,
        from: Option<i64>,
        to: Option<i64>,
        step: Option<i64>,
    ) -> Eval {
        let step = step.unwrap_or(1);
        let how = if step == -1 && from.is_none() && to.is_none() { "reversed" } else { "sliced" };
        match base.first() {
            Value::Text(text) => {
                self.spend_bytes(text.s.len().saturating_mul(4))?;
                let chars: Vec<char> = text.s.chars().collect();
                let picked: String =
                    picks(chars.len(), from, to, step).filter_map(|at| chars.get(at)).collect();
                let trace = text.trace.then(how);
                self.made(Text { s: picked, trace, holes: text.holes, ..Text::default() })
            }
            Value::Bytes(blob) => {
                self.spend_bytes(blob.bytes.len())?;
                let bytes = picks(blob.bytes.len(), from, to, step)
                    .filter_map(|at| blob.bytes.get(at).copied())
                    .collect();
                Ok(Value::Bytes(Rc::new(Blob { bytes, trace: blob.trace.then(how), number: false })))
            }
            Value::Ref(at) if matches!(self.heap.get(*at), Cell::Builder(_)) => {
                let text = self.render(base)?;
                let text = self.made(text)?;
                self.slice(&text, from, to, Some(step))
            }
            Value::Ref(_) => {
                let items = self.items(base)?.unwrap_or_default();
                let picked =
                    picks(items.len(), from, to, step).filter_map(|at| items.get(at).cloned()).collect();
                self.list(picked)
            }
            _ => Ok(base.clone()),
        }
    }

    /// Calls `function` on each item: to map, flatten, filter, or only for what it does.
    fn each(&mut self, op: Op, function: &Value, from: &Value) -> Eval {
        let swapped =
            matches!(from.first(), Value::Function(_)) && !matches!(function.first(), Value::Function(_));
        let (function, from) = if swapped { (from, function) } else { (function, from) };
        let own = self.only_method(function);
        let function = own.as_ref().unwrap_or(function);
        let items = self.items(from)?.unwrap_or_else(|| vec![Value::Unknown]);
        let mut out = Vec::new();
        for (pass, item) in items.into_iter().enumerate() {
            self.spend(1)?;
            if !self.lively(pass) {
                break;
            }
            let known = matches!(function.first(), Value::Function(_) | Value::Class(_));
            let result =
                if known { self.call_item(function, item.clone(), pass, from)? } else { item.clone() };
            match op {
                Op::Filter if self.truth(&result) != Some(false) => out.push(item),
                Op::Map => out.push(result),
                Op::FlatMap => out.extend(self.items(&result)?.unwrap_or_default()),
                _ => {}
            }
        }
        match (op, from.first()) {
            (Op::ForEach, _) => Ok(Value::Null),
            // Some of the characters of a text are a text.
            (Op::Filter, Value::Text(_)) => self.join_values(&out, "", "filtered"),
            _ => self.list(out),
        }
    }

    pub(super) fn call_with(&mut self, function: &Value, values: Vec<Value>) -> Eval {
        self.call_value(function, Passed::of(values))
    }

    fn reduce(&mut self, function: &Value, from: &Value, start: Option<Value>) -> Eval {
        let mut items = self.items(from)?.unwrap_or_default().into_iter();
        let skipped = usize::from(start.is_none());
        let Some(mut value) = start.or_else(|| items.next()) else {
            return Ok(Value::Unknown);
        };
        let known = matches!(function.first(), Value::Function(_));
        for (pass, item) in items.enumerate() {
            if !self.lively(pass) {
                break;
            }
            value = if known {
                self.call_fold(function, value, item, pass + skipped)?
            } else {
                self.binary(crate::read::ir::BinaryOp::Add, &value, &item)?
            };
        }
        Ok(value)
    }

    fn flattened(&mut self, from: &Value) -> Eval {
        let mut out = Vec::new();
        for item in self.items(from)?.unwrap_or_default() {
            match item {
                Value::Ref(_) => out.extend(self.items(&item)?.unwrap_or_default()),
                other => out.push(other),
            }
        }
        self.list(out)
    }

    pub(super) fn enumerate(&mut self, op: Op, from: &Value, start: i64) -> Eval {
        let mut out = Vec::new();
        for (at, item) in self.items(from)?.unwrap_or_default().into_iter().enumerate() {
            let at = Value::Int(i64::try_from(at).unwrap_or(i64::MAX).saturating_add(start));
            let pair = if op == Op::Indexed { vec![item, at] } else { vec![at, item] };
            out.push(self.list(pair)?);
        }
        self.list(out)
    }

    fn zip(&mut self, values: &[Value], to_the_last: bool) -> Eval {
        let mut columns = Vec::new();
        for value in values {
            columns.push(self.items(value)?.unwrap_or_default());
        }
        let rows = columns.iter().map(Vec::len);
        let rows = if to_the_last { rows.max() } else { rows.min() }.unwrap_or(0);
        self.spend_bytes(rows.saturating_mul(columns.len()).saturating_mul(16))?;
        let mut out = Vec::new();
        for row in 0..rows {
            let items =
                columns.iter().map(|column| column.get(row).cloned().unwrap_or(Value::Null)).collect();
            out.push(self.list(items)?);
        }
        self.list(out)
    }

    fn range(&mut self, op: Op, values: &[Value]) -> Eval {
        let n = |at: usize| values.get(at).and_then(Value::as_int);
        let (start, stop) = if values.len() < 2 { (Some(0), n(0)) } else { (n(0), n(1)) };
        let step = if values.len() > 2 { n(2) } else { Some(1) };
        let (Some(start), Some(mut stop), Some(step)) = (start, stop, step) else {
            return Ok(Value::Unknown);
        };
        if step == 0 {
            return Ok(Value::Unknown);
        }
        let letters = values.len() > 1 && values.iter().take(2).all(is_letter);
        if op == Op::RangeClosed {
            stop = stop.saturating_add(step.signum());
        }
        let mut out = Vec::new();
        let mut at = start;
        while (step > 0 && at < stop) || (step < 0 && at > stop) {
            if out.len() >= MOST_RANGE {
                self.found.cut = self.found.cut.saturating_add(1);
                break;
            }
            out.push(match u32::try_from(at).ok().and_then(char::from_u32).filter(|_| letters) {
                Some(c) => Value::text(c.to_string(), Default::default()),
                None => Value::Int(at),
            });
            let Some(next) = at.checked_add(step) else { break };
            at = next;
        }
        self.list(out)
    }

    pub(super) fn column(&mut self, from: &Value, keys: bool) -> Eval {
        let Some(at) = from.as_ref().filter(|at| self.heap.map(*at).is_some()) else {
            return Ok(from.clone());
        };
        let entries = self.entries(&Value::Ref(at))?;
        self.list(entries.into_iter().map(|(key, value)| if keys { key } else { value }).collect())
    }

    fn chunks(&mut self, from: &Value, size: i64) -> Eval {
        let size = usize::try_from(size).unwrap_or(1).max(1);
        let items = self.items(from)?.unwrap_or_default();
        let mut out = Vec::new();
        for chunk in items.chunks(size) {
            out.push(self.part_of(from, chunk)?);
        }
        self.list(out)
    }

    /// A sorted copy. `rest` is a key or comparison, and whether to go down.
    pub(super) fn sorted(&mut self, from: &Value, rest: &[Value]) -> Eval {
        let items = self.items(from)?.unwrap_or_default();
        let function = operand(rest, 0);
        let function = self.only_method(&function).unwrap_or(function);
        let down = rest.get(1).and_then(|value| self.truth(value)) == Some(true);
        let by_two = match function.first() {
            Value::Function(closure) => self.takes_two(closure.node),
            _ => false,
        };
        let own = matches!(function.first(), Value::Unknown | Value::Null)
            && items.first().is_some_and(|item| self.compares(item));
        let by_two = by_two || own;
        let mut sorted =
            if by_two { self.merge_sort(items, &function)? } else { self.key_sort(items, &function)? };
        if down {
            sorted.reverse();
        }
        self.list(sorted)
    }

    pub(super) fn takes_two(&self, function: NodeId) -> bool {
        matches!(self.program.node(function), crate::read::ir::Node::Function { params, .. } if params.len() >= 2)
    }

    fn key_sort(&mut self, items: Vec<Value>, function: &Value) -> Eval<Vec<Value>> {
        self.spend(items.len().saturating_mul(4))?;
        let mut keyed = Vec::new();
        for item in items {
            let key = match function.first() {
                Value::Function(_) => self.call_with(function, vec![item.clone()])?,
                _ => item.clone(),
            };
            keyed.push((self.sort_key(&key)?, item));
        }
        keyed.sort_by(|a, b| order::compare_all(&a.0, &b.0));
        Ok(keyed.into_iter().map(|(_, item)| item).collect())
    }

    /// Lists order by their items.
    pub(super) fn sort_key(&mut self, value: &Value) -> Eval<Vec<Value>> {
        match value.as_ref().filter(|at| self.heap.list(*at).is_some()) {
            Some(at) => {
                let mut leaves = self.leaves(at)?;
                leaves.truncate(8);
                Ok(leaves)
            }
            None => Ok(vec![value.clone()]),
        }
    }

    /// Bottom-up, so that a comparison that makes no sense does no harm.
    fn merge_sort(&mut self, mut items: Vec<Value>, less: &Value) -> Eval<Vec<Value>> {
        let mut width = 1;
        while width < items.len() {
            let mut out = Vec::with_capacity(items.len());
            for pair in items.chunks(width * 2) {
                let (a, b) = pair.split_at(width.min(pair.len()));
                let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
                while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
                    self.spend(1)?;
                    let (x, y) = ((*x).clone(), (*y).clone());
                    let order = match less.first() {
                        Value::Function(_) => self.call_with(less, vec![y, x])?,
                        _ => self.compare_own(&y, x)?,
                    };
                    let swap = match order {
                        Value::Bool(before) => before,
                        other => other.as_float().is_some_and(|n| n < 0.0),
                    };
                    out.extend(if swap { b.next() } else { a.next() }.cloned());
                }
                out.extend(a.chain(b).cloned());
            }
            items = out;
            width *= 2;
        }
        Ok(items)
    }

    /// The value of a map under a text, whatever the map is keyed by.
    pub(super) fn mapped(&self, map: &Map, c: char) -> Option<Value> {
        map.get(&Key::Text(c.to_string().into()))
            .or_else(|| map.get(&Key::Int(i64::from(u32::from(c)))))
            .cloned()
    }
}

/// Whether a value is a text of one letter that is no digit.
fn is_letter(value: &Value) -> bool {
    value.as_text().and_then(|text| text.single()).is_some_and(|c| !c.is_ascii_digit())
}

/// The positions that a slice picks.
pub(in super::super) fn picks(
    len: usize,
    from: Option<i64>,
    to: Option<i64>,
    step: i64,
) -> impl Iterator<Item = usize> {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let end = if step < 0 { -1 } else { 0 };
    let top = if step < 0 { len - 1 } else { len };
    let place = |n: Option<i64>, missing: i64| match n {
        None => missing,
        Some(n) if n < 0 => n.saturating_add(len).max(end),
        Some(n) => n.min(top),
    };
    let (start, stop) =
        if step < 0 { (place(from, top), place(to, -1)) } else { (place(from, 0), place(to, len)) };
    let mut at = Some(start).filter(|_| step != 0);
    std::iter::from_fn(move || {
        let now = at?;
        if (step > 0 && now >= stop) || (step < 0 && now <= stop) {
            return None;
        }
        at = now.checked_add(step);
        usize::try_from(now).ok()
    })
}
