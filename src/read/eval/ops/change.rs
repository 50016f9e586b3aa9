//! Operations that change a container in place, or store a changed text back.

use crate::read::ir::NodeId;
use crate::read::ir::Op;

use super::super::expr::zero_based;
use super::super::heap::Cell;
use super::super::heap::Key;
use super::super::heap::Order;
use super::super::heap::Ref;
use super::super::machine::Eval;
use super::super::machine::Exit;
use super::super::machine::Machine;
use super::super::order;
use super::super::value::ENTRY;
use super::super::value::SLOT;
use super::super::value::Value;
use super::operand;

impl Machine<'_, '_> {
    /// Appends items; gives the container, so that chained calls work.
    pub(in super::super) fn push(&mut self, place: Option<NodeId>, holder: &Value, items: &[Value]) -> Eval {
        self.in_place(Op::Push, place, holder, items)
    }

    /// Changes a container. Text is replaced in its place; what is not there yet becomes a list.
    pub(in super::super) fn in_place(
        &mut self,
        op: Op,
        place: Option<NodeId>,
        holder: &Value,
        rest: &[Value],
    ) -> Eval {
        if let Some(at) = holder.as_ref() {
            return self.change(op, at, holder, rest);
        }
        match holder.first() {
            Value::Text(text) => {
                let at = match op {
                    Op::Push | Op::PushTop | Op::Extend | Op::PushFront | Op::Prepended => {
                        return self.grow_text(op, place, holder, rest);
                    }
                    Op::Clear => return self.put_back(place, Value::text(String::new(), text.trace.clone())),
                    // A text stands for the object that nobody shows and that was made of it.
                    Op::Set if rest.first().is_some_and(|key| key.as_text().is_some()) => {
                        let map = self.map(vec![(operand(rest, 0), operand(rest, 1))])?;
                        return self.put_back(place, map);
                    }
                    _ => {
                        let items = self.chars(&text.clone())?;
                        self.list(items)?
                    }
                };
                let Some(list) = at.as_ref() else { return Ok(Value::Unknown) };
                let result = self.change(op, list, &at, rest)?;
                let pieces = self.leaves(list)?;
                let joined = self.join_values(&pieces, "", "changed")?;
                self.put_back(place, joined)?;
                Ok(result)
            }
            Value::Unknown | Value::Null
                if matches!(
                    op,
                    Op::Push | Op::PushTop | Op::PushFront | Op::Prepended | Op::Extend | Op::Insert
                ) =>
            {
                let list = self.list(Vec::new())?;
                self.put_back(place, list.clone())?;
                self.in_place(op, None, &list, rest)
            }
            _ => {
                for value in rest {
                    self.see(value)?;
                }
                Ok(Value::Unknown)
            }
        }
    }

    fn grow_text(&mut self, op: Op, place: Option<NodeId>, holder: &Value, rest: &[Value]) -> Eval {
        let mut value = holder.clone();
        for item in rest {
            let item = self.piece(item)?;
            let (a, b) =
                if matches!(op, Op::PushFront | Op::Prepended) { (&item, &value) } else { (&value, &item) };
            value = self.join_values(&[a.clone(), b.clone()], "", "appended")?;
        }
        self.put_back(place, value)
    }

    /// An item pushed onto a text: a number is a character code.
    fn piece(&mut self, item: &Value) -> Eval {
        match item.first() {
            Value::Int(n) if !self.traits().joins_numbers => {
                match u32::try_from(*n).ok().and_then(char::from_u32) {
                    Some(c) if !c.is_control() || c == '\n' => self.text(c.to_string(), Default::default()),
                    _ => Ok(item.clone()),
                }
            }
            _ => Ok(item.clone()),
        }
    }

    fn put_back(&mut self, place: Option<NodeId>, value: Value) -> Eval {
        if let Some(place) = place {
            self.assign(place, value.clone(), false)?;
        }
        Ok(value)
    }

    fn change(&mut self, op: Op, at: Ref, holder: &Value, rest: &[Value]) -> Eval {
        for value in rest {
            self.touch_value(value);
        }
        match self.heap.get(at) {
            Cell::Builder(_) => self.change_builder(op, at, holder, rest),
            Cell::Map(_) => self.change_map(op, at, holder, rest),
            Cell::List(_) => self.change_list(op, at, holder, rest),
        }
    }

    fn change_builder(&mut self, op: Op, at: Ref, holder: &Value, rest: &[Value]) -> Eval {
        match op {
            Op::Push | Op::PushTop | Op::Extend | Op::PushFront => {
                for item in rest {
                    let item = self.piece(item)?;
                    let piece = self.render(&item)?;
                    self.spend_bytes(piece.s.len())?;
                    if let Cell::Builder(text) = self.heap.get_mut(at) {
                        if op == Op::PushFront {
                            text.s.insert_str(0, &piece.s);
                        } else {
                            text.s.push_str(&piece.s);
                        }
                        text.holes |= piece.holes;
                        text.trace.absorb(&piece.trace);
                        text.trace.built = true;
                        text.trace.note("written piece by piece");
                    }
                    let len = self.size(at);
                    self.spend(if op == Op::PushFront { len / 64 } else { 0 })?;
                }
                Ok(holder.clone())
            }
            _ => {
                let Cell::Builder(text) = self.heap.get(at) else { return Ok(Value::Unknown) };
                let text = text.clone();
                let made = self.made(text)?;
                self.see(&made)?;
                let changed = match op {
                    Op::Clear => Value::text(String::new(), Default::default()),
                    _ => {
                        let Value::Text(text) = &made else { return Ok(Value::Unknown) };
                        let items = self.chars(&text.clone())?;
                        let list = self.list(items)?;
                        if let Some(list) = list.as_ref() {
                            self.change(op, list, &Value::Ref(list), rest)?;
                        }
                        let pieces = list.as_ref().map(|list| self.leaves(list)).transpose()?;
                        self.join_values(&pieces.unwrap_or_default(), "", "changed")?
                    }
                };
                let new = self.render(&changed)?;
                *self.heap.get_mut(at) = Cell::Builder(new);
                Ok(holder.clone())
            }
        }
    }

    fn change_map(&mut self, op: Op, at: Ref, holder: &Value, rest: &[Value]) -> Eval {
        let key = operand(rest, 0);
        match op {
            Op::Set => self.store(at, &key, operand(rest, 1))?,
            Op::Push
                if self.heap.map(at).is_some_and(|map| !map.set && !map.sorted && map.class.is_none()) =>
            {
                let first = self.traits().first_index;
                for item in rest {
                    let count = i64::try_from(self.size(at)).unwrap_or(i64::MAX).saturating_add(first);
                    self.store(at, &Value::Int(count), item.clone())?;
                }
            }
            Op::Push | Op::PushTop | Op::PushFront => {
                for item in rest {
                    self.store(at, item, Value::Null)?;
                }
            }
            Op::Insert if rest.len() > 2 => self.put_entry(at, holder, rest)?,
            Op::Insert if rest.len() > 1 => self.store(at, &key, operand(rest, 1))?,
            Op::Insert => self.store(at, &key, Value::Null)?,
            Op::Extend | Op::Update | Op::ExtendFront => {
                let pairs = match key.as_ref().and_then(|other| self.heap.map(other)) {
                    Some(_) => self.entries(&key)?,
                    None => {
                        let items = self.items(&key)?.unwrap_or_default();
                        items.into_iter().map(|item| (item, Value::Null)).collect()
                    }
                };
                for (key, value) in pairs {
                    self.store(at, &key, value)?;
                }
            }
            Op::SetDefault => {
                let known = Key::of(&key).and_then(|key| self.heap.map(at)?.get(&key).cloned());
                if let Some(value) = known {
                    return Ok(value);
                }
                self.store(at, &key, operand(rest, 1))?;
                return Ok(operand(rest, 1));
            }
            Op::Pop | Op::Delete | Op::Remove | Op::PopFront | Op::PopBack => {
                self.remember(at)?;
                let size = self.size(at);
                self.spend(size)?;
                let key = if rest.is_empty() {
                    self.heap.map(at).and_then(|m| m.ordered().pop()).map(|e| e.0)
                } else {
                    Some(key)
                };
                let key = key.as_ref().and_then(Key::of);
                let removed = key.and_then(|key| self.heap.map_mut(at)?.remove(&key));
                return Ok(removed.unwrap_or_else(|| operand(rest, 1)));
            }
            Op::Clear => {
                self.remember(at)?;
                if let Some(map) = self.heap.map_mut(at) {
                    map.clear();
                }
            }
            _ => {}
        }
        Ok(holder.clone())
    }

    fn change_list(&mut self, op: Op, at: Ref, holder: &Value, rest: &[Value]) -> Eval {
        match op {
            Op::PushTop => {
                let deque = self.heap.list(at).is_some_and(|list| list.order == Order::Deque);
                self.change_list(if deque { Op::PushFront } else { Op::Push }, at, holder, rest)
            }
            Op::Fill => self.fill(at, holder, rest),
            Op::RemoveIf | Op::ReplaceEach => self.change_each(op, at, holder, &operand(rest, 0)),
            Op::Push
            | Op::PushFront
            | Op::Prepended
            | Op::Insert
            | Op::Extend
            | Op::ExtendFront
            | Op::Update => {
                self.add_items(op, at, rest)?;
                Ok(holder.clone())
            }
            Op::Set => {
                self.store(at, &operand(rest, 0), operand(rest, 1))?;
                Ok(holder.clone())
            }
            Op::SortInPlace => {
                self.remember(at)?;
                let sorted = self.sorted(holder, rest)?;
                self.refill(at, &sorted)?;
                Ok(holder.clone())
            }
            Op::Next => self.next_item(at),
            _ => self.take_items(op, at, holder, rest),
        }
    }

    /// An entry at a place among those of a map in order: those behind it are put in again.
    fn put_entry(&mut self, at: Ref, holder: &Value, rest: &[Value]) -> Eval<()> {
        let place = operand(rest, 0).as_int().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        let behind: Vec<(Value, Value)> = self.entries(holder)?.into_iter().skip(place).collect();
        self.spend(behind.len())?;
        for (key, _) in &behind {
            if let (Some(key), Some(map)) = (Key::of(key), self.heap.map_mut(at)) {
                map.remove(&key);
            }
        }
        self.store(at, &operand(rest, 1), operand(rest, 2))?;
        for (key, value) in behind {
            self.store(at, &key, value)?;
        }
        Ok(())
    }

    fn add_items(&mut self, op: Op, at: Ref, rest: &[Value]) -> Eval<()> {
        let mut items = match op {
            Op::Push | Op::PushFront | Op::Prepended => rest.to_vec(),
            Op::Insert => rest.get(1..).unwrap_or_default().to_vec(),
            _ => {
                let from = operand(rest, 0);
                self.items(&from)?.unwrap_or_else(|| vec![Value::Unknown])
            }
        };
        self.spend_bytes(items.len() * ENTRY)?;
        let first = self.traits().first_index;
        let len = self.size(at);
        let position = match op {
            Op::PushFront | Op::ExtendFront | Op::Prepended => 0,
            Op::Insert => {
                rest.first().and_then(Value::as_int).map_or(len, |n| place_in(zero_based(n, first), len))
            }
            _ => len,
        };
        self.spend((len - position) / 16)?;
        if matches!(op, Op::PushFront | Op::ExtendFront) {
            items.reverse();
        }
        if let Some(list) = self.heap.list_mut(at) {
            list.pushes = list.pushes.saturating_add(1);
            list.fresh = true;
            list.items.splice(position..position, items);
        }
        Ok(())
    }

    /// Whether the first operand is a builder.
    pub(super) fn is_builder(&self, values: &[Value]) -> bool {
        let at = values.first().and_then(Value::as_ref);
        at.is_some_and(|at| matches!(self.heap.get(at), Cell::Builder(_)))
    }

    /// Puts another text into a builder.
    pub(super) fn rebuild(&mut self, holder: &Value, text: &Value) -> Eval {
        let text = self.render(text)?;
        if let Some(at) = holder.as_ref() {
            self.remember(at)?;
            *self.heap.get_mut(at) = Cell::Builder(text);
        }
        Ok(holder.clone())
    }

    /// [`Op::Inserted`] and [`Op::Without`].
    pub(super) fn edited(&mut self, op: Op, place: Option<NodeId>, values: &[Value]) -> Eval {
        let holder = operand(values, 0);
        let rest = values.get(1..).unwrap_or_default();
        let builder = self.is_builder(values);
        if !builder && holder.as_text().is_none() {
            let list = holder.as_ref().is_some_and(|at| self.heap.list(at).is_some());
            let op = match op {
                Op::Inserted => Op::Insert,
                _ if list => Op::Remove,
                _ => Op::Pop,
            };
            return self.in_place(op, place, &holder, rest);
        }
        let text = self.render(&holder)?;
        let mut items = self.chars(&text)?;
        let at = rest.first().and_then(Value::as_int).map_or(0, |n| place_in(n, items.len()));
        if op == Op::Inserted {
            items.insert(at, operand(rest, 1));
        } else {
            let count = rest.get(1).and_then(Value::as_int).and_then(|n| usize::try_from(n).ok());
            items.drain(at..at.saturating_add(count.unwrap_or(usize::MAX)).min(items.len()));
        }
        let changed = self.join_values(&items, "", "changed")?;
        if builder { self.rebuild(&holder, &changed) } else { Ok(changed) }
    }

    fn fill(&mut self, at: Ref, holder: &Value, rest: &[Value]) -> Eval {
        let len = self.size(at);
        self.spend(len)?;
        let bound = |n: usize, missing: usize| {
            rest.get(n).and_then(Value::as_int).map_or(missing, |n| place_in(n, len))
        };
        let (from, to) = (bound(1, 0), bound(2, len));
        if let Some(items) = self.heap.list_mut(at).and_then(|list| list.items.get_mut(from..to)) {
            items.fill(operand(rest, 0));
        }
        Ok(holder.clone())
    }

    fn change_each(&mut self, op: Op, at: Ref, holder: &Value, function: &Value) -> Eval {
        self.remember(at)?;
        let mut kept = Vec::new();
        for (position, item) in self.items(holder)?.unwrap_or_default().into_iter().enumerate() {
            self.spend(1)?;
            let result = self.call_item(function, item.clone(), position, holder)?;
            match op {
                Op::ReplaceEach => kept.push(result),
                _ if self.truth(&result) != Some(true) => kept.push(item),
                _ => {}
            }
        }
        if let Some(list) = self.heap.list_mut(at) {
            list.items = kept;
            list.fresh = true;
        }
        Ok(holder.clone())
    }

    fn refill(&mut self, at: Ref, from: &Value) -> Eval<()> {
        let items = self.items(from)?.unwrap_or_default();
        if let Some(list) = self.heap.list_mut(at) {
            list.items = items;
        }
        Ok(())
    }

    fn next_item(&mut self, at: Ref) -> Eval {
        let Some(list) = self.heap.list_mut(at) else { return Ok(Value::Unknown) };
        if matches!(list.order, Order::Queue | Order::Stack | Order::Min | Order::Max) {
            return self.take_items(Op::PopFront, at, &Value::Ref(at), &[]);
        }
        let item = list.items.get(list.cursor).cloned();
        list.cursor = list.cursor.saturating_add(1);
        match item {
            Some(item) => Ok(item),
            None => self.ended(true),
        }
    }

    fn take_items(&mut self, op: Op, at: Ref, holder: &Value, rest: &[Value]) -> Eval {
        self.remember(at)?;
        let (first, negative) = (self.traits().first_index, self.traits().negative_index);
        let len = self.size(at);
        let index = rest.first().and_then(Value::as_int).map(|n| {
            let n = zero_based(n, first);
            if n < 0 && negative { n.saturating_add(i64::try_from(len).unwrap_or(0)) } else { n }
        });
        let spot = match op {
            Op::Pop if rest.is_empty() => self.end_by(at)?,
            Op::PopFront => Some(0),
            Op::PopBack => len.checked_sub(1),
            Op::Remove => self.find_item(at, &operand(rest, 0))?,
            // What is no number is no position.
            Op::Pop | Op::Delete if matches!(operand(rest, 0), Value::Text(_) | Value::Ref(_)) => {
                self.find_item(at, &operand(rest, 0))?
            }
            Op::Pop | Op::Delete => index.and_then(|n| usize::try_from(n).ok()),
            _ => None,
        };
        if matches!(op, Op::Pop | Op::PopFront | Op::PopBack | Op::Remove | Op::Delete) {
            let Some(spot) = spot.filter(|spot| *spot < len) else {
                // Nothing left: where that is waited for, it ends the loop.
                return self.ended(len == 0 || op == Op::Remove);
            };
            self.spend((len - spot) / 16)?;
            let Some(list) = self.heap.list_mut(at) else { return Ok(Value::Unknown) };
            return Ok(list.items.remove(spot));
        }
        self.spend(len)?;
        if op == Op::Resize {
            let wanted = usize::try_from(index.unwrap_or(0)).unwrap_or(0);
            self.spend_bytes(wanted.saturating_sub(len).saturating_mul(SLOT))?;
        }
        let removed = self.spliced(op, at, index, rest);
        match removed {
            Some(items) => self.list(items),
            None => Ok(holder.clone()),
        }
    }

    /// What taking from an empty container gives: an exception in a loop that waits for one, else nothing.
    fn ended(&self, known: bool) -> Eval {
        match known {
            true if self.trying > 0 && self.nested > 0 => Err(Exit::Throw(Value::Unknown)),
            true => Ok(Value::Null),
            false => Ok(Value::Unknown),
        }
    }

    fn spliced(&mut self, op: Op, at: Ref, index: Option<i64>, rest: &[Value]) -> Option<Vec<Value>> {
        let list = self.heap.list_mut(at)?;
        let len = list.items.len();
        match op {
            Op::Clear => list.items.clear(),
            Op::ReverseInPlace => {
                list.items.reverse();
                let before = list.done.take().unwrap_or_default();
                list.did(&before, "reversed");
            }
            Op::Rotate if len > 0 => {
                let by = index?.rem_euclid(i64::try_from(len).ok()?);
                list.items.rotate_right(usize::try_from(by).ok()?);
                let before = list.done.take().unwrap_or_default();
                list.did(&before, "rotated");
            }
            Op::Resize => list.items.resize(usize::try_from(index?).ok()?, Value::Null),
            Op::Splice => {
                let start = place_in(index?, len);
                let count = rest.get(1).and_then(Value::as_int).and_then(|n| usize::try_from(n).ok());
                let end = start.saturating_add(count.unwrap_or(len)).min(len);
                let new = rest.get(2..).unwrap_or_default().to_vec();
                return Some(list.items.splice(start..end, new).collect());
            }
            _ => {}
        }
        None
    }

    /// Which item a plain pop takes.
    pub(super) fn end(&self, at: Ref) -> Option<usize> {
        let list = self.heap.list(at)?;
        match list.order {
            Order::Queue | Order::Deque => (!list.items.is_empty()).then_some(0),
            Order::List | Order::Stack => list.items.len().checked_sub(1),
            Order::Min => (0..list.items.len()).min_by(|a, b| self.by_value(&list.items, *a, *b)),
            Order::Max => (0..list.items.len()).max_by(|a, b| self.by_value(&list.items, *a, *b)),
        }
    }

    fn by_value(&self, items: &[Value], a: usize, b: usize) -> std::cmp::Ordering {
        match (items.get(a), items.get(b)) {
            (Some(a), Some(b)) => order::compare_deep(&self.heap, a, b),
            _ => std::cmp::Ordering::Equal,
        }
    }

    /// Where the first equal item is.
    pub(super) fn find_item(&mut self, at: Ref, wanted: &Value) -> Eval<Option<usize>> {
        for position in 0..self.size(at) {
            self.spend(1)?;
            let Some(item) = self.heap.list(at).and_then(|list| list.items.get(position)).cloned() else {
                break;
            };
            if self.equal(&item, wanted)? == Some(true) {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }
}

/// An index made to lie within `0..=len`; negative ones count from the end.
pub(in super::super) fn place_in(index: i64, len: usize) -> usize {
    let len_i = i64::try_from(len).unwrap_or(i64::MAX);
    let index = if index < 0 { index.saturating_add(len_i) } else { index };
    usize::try_from(index.clamp(0, len_i)).unwrap_or(len)
}
