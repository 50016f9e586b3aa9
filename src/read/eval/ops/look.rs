//! Operations that look into a container or text.

use std::rc::Rc;

use crate::read::ir::AT_INDEX;
use crate::read::ir::Op;

use super::super::call::Passed;
use super::super::expr::zero_based;
use super::super::heap::Cell;
use super::super::heap::Key;
use super::super::heap::Ref;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::value::Text;
use super::super::value::Trace;
use super::super::value::Value;
use super::operand;

impl Machine<'_, '_> {
    pub(super) fn look(&mut self, op: Op, values: &[Value]) -> Eval<Option<Value>> {
        let holder = operand(values, 0);
        let wanted = operand(values, 1);
        Ok(Some(match op {
            Op::Get => match self.index(&holder, &wanted)? {
                Value::Unknown | Value::Null if values.len() > 2 => operand(values, 2),
                value => value.or_null(&holder),
            },
            Op::Peek => {
                let at = match holder.as_ref() {
                    Some(at) => self.end_by(at)?,
                    None => None,
                };
                match (at, holder.as_ref()) {
                    (Some(at), Some(list)) => self.nth(list, at),
                    _ => self.at(&holder, -1)?,
                }
            }
            Op::IsText => Value::Bool(holder.as_text().is_some() || self.is_builder(values)),
            Op::Parts => {
                match holder.as_ref().and_then(|at| self.heap.map(at)).filter(|map| map.class.is_some()) {
                    Some(map) => {
                        let parts = map.entries.iter().map(|entry| entry.1.clone()).collect();
                        self.list(parts)?
                    }
                    None => holder,
                }
            }
            Op::Member => self.part(&holder, &wanted, values.get(2).and_then(Value::as_int))?,
            Op::First => self.at(&holder, 0)?.or_null(&holder),
            Op::Last => self.at(&holder, -1)?.or_null(&holder),
            Op::HasNext => match holder.as_ref().and_then(|at| self.heap.list(at)) {
                Some(list) => Value::Bool(list.cursor < list.items.len()),
                None => Value::Unknown,
            },
            Op::Length
                if holder
                    .as_ref()
                    .and_then(|at| self.heap.map(at))
                    .is_some_and(|map| map.class.is_some()) =>
            {
                match self.own_length(&holder)? {
                    Some(count) => count,
                    None => self.count_items(&holder)?.map_or(Value::Unknown, int),
                }
            }
            Op::Length => self.count_items(&holder)?.map_or(Value::Unknown, int),
            Op::IsEmpty => self.count_items(&holder)?.map_or(Value::Unknown, |n| Value::Bool(n == 0)),
            Op::Contains => self.contains(&holder, &wanted)?.map_or(Value::Unknown, Value::Bool),
            Op::IndexOf => {
                let from = values.get(2).and_then(Value::as_int).and_then(|n| usize::try_from(n).ok());
                self.position_from(&holder, &wanted, from.unwrap_or(0))?
            }
            Op::LastIndexOf => self.position(&holder, &wanted, true)?,
            Op::Count => self.occurrences(&holder, &wanted)?,
            Op::All | Op::Any => {
                let items = self.items(&holder)?.unwrap_or_else(|| vec![Value::Unknown]);
                let stop = op == Op::Any;
                let mut truths = items.iter().map(|item| self.truth(item));
                if truths.clone().any(|truth| truth == Some(stop)) {
                    Value::Bool(stop)
                } else if truths.any(|truth| truth.is_none()) {
                    Value::Unknown
                } else {
                    Value::Bool(!stop)
                }
            }
            _ => return Ok(None),
        }))
    }

    /// A field by name, an item by position, or the value itself.
    fn part(&mut self, holder: &Value, name: &Value, position: Option<i64>) -> Eval {
        let Some(at) = holder.as_ref() else { return Ok(holder.clone()) };
        if let (Some(name), Some(_)) = (name.as_text().cloned(), self.heap.map(at)) {
            return match self.field(holder, &name.s)? {
                Value::Unknown => self.index(holder, &Value::Text(name)),
                value => Ok(value),
            };
        }
        self.at(holder, position.unwrap_or(0))
    }

    /// Where an item or a part of a text is, from a position on.
    fn position_from(&mut self, holder: &Value, wanted: &Value, from: usize) -> Eval {
        if from == 0 {
            return self.position(holder, wanted, false);
        }
        let rest = self.slice(holder, i64::try_from(from).ok(), None, None)?;
        let found = self.position(&rest, wanted, false)?;
        Ok(match found {
            Value::Int(n) if n >= 0 => Value::Int(n.saturating_add(i64::try_from(from).unwrap_or(0))),
            other => other,
        })
    }

    /// `base[index]`, as the running language counts.
    pub(in super::super) fn index(&mut self, base: &Value, index: &Value) -> Eval {
        if let Some(own) = self.own_index(base, index)? {
            return Ok(own);
        }
        if let Some(at) = base.as_ref()
            && let Some(map) = self.heap.map(at).filter(|map| map.class.is_none() || !self.traits().pointers)
        {
            let key_len = index.as_text().map_or(0, |text| text.s.len());
            let key = Key::of(index);
            let found = key.as_ref().and_then(|key| map.get(key).or_else(|| map.get(&key.other()?)).cloned());
            let class = map.class;
            if let (None, Some(class)) = (&found, class)
                && let Some(method) = self.class_member(class, AT_INDEX, Some(at))
            {
                return self.call_value(&method, Passed::of(vec![index.clone()]));
            }
            let position = index.as_int().filter(|_| class.is_some()).and_then(|n| usize::try_from(n).ok());
            let map = self.heap.map(at);
            let found = found.or_else(|| map?.entries.get(position?).map(|entry| entry.1.clone()));
            self.spend(key_len / 64)?;
            let whole = self.heap.map(at).is_some_and(|map| map.is_keyed());
            let missing = if whole && !index.is_unknown() { Value::Null } else { Value::Unknown };
            return Ok(found.unwrap_or(missing));
        }
        // Digits that a pattern found are an index of a list too.
        let list = base.as_ref().is_some_and(|at| self.heap.list(at).is_some());
        let digits = |value: &Value| value.as_text().filter(|text| text.s.len() <= 6)?.s.parse().ok();
        let Some(n) = Some(index).filter(|_| list).and_then(digits).or_else(|| index.as_int()) else {
            return Ok(Value::Unknown);
        };
        let traits = self.traits();
        let n = zero_based(n, traits.first_index);
        if traits.pointers
            && let Some(value) = self.at_place(base, n)?
        {
            return Ok(value);
        }
        if n < 0 && !traits.negative_index {
            return Ok(Value::Unknown);
        }
        self.at(base, n)
    }

    /// The item at a zero-based position; negative ones count from the end.
    fn at(&mut self, base: &Value, n: i64) -> Eval {
        let mut out = Vec::new();
        for one in base.alternatives() {
            match one {
                Value::Text(text) => out.push(self.char_at(&Rc::clone(text), n)?),
                Value::Bytes(blob) => out.push(
                    absolute(n, blob.bytes.len())
                        .and_then(|n| blob.bytes.get(n))
                        .map_or(Value::Unknown, |b| Value::Int(i64::from(*b))),
                ),
                Value::Ref(at) => match self.heap.get(*at) {
                    Cell::Builder(text) => {
                        let text = Rc::new(text.clone());
                        self.spend_bytes(text.s.len())?;
                        out.push(self.char_at(&text, n)?);
                    }
                    Cell::List(list) => {
                        let found = absolute(n, list.items.len()).and_then(|n| list.items.get(n));
                        out.push(found.cloned().unwrap_or(Value::Null));
                    }
                    Cell::Map(map) => {
                        let found = absolute(n, map.entries.len()).and_then(|n| map.entries.get(n));
                        out.push(found.map_or(Value::Unknown, |entry| entry.0.clone()));
                    }
                },
                _ => {}
            }
        }
        Ok(Value::one_of(out))
    }

    fn nth(&self, at: Ref, n: usize) -> Value {
        self.heap.list(at).and_then(|list| list.items.get(n)).cloned().unwrap_or(Value::Unknown)
    }

    fn char_at(&mut self, text: &Text, n: i64) -> Eval {
        self.spend(text.s.len() / 64)?;
        let found = if text.s.is_ascii() {
            absolute(n, text.s.len()).and_then(|n| text.s.as_bytes().get(n)).map(|b| char::from(*b))
        } else {
            self.spend(text.s.len() / 4)?;
            absolute(n, text.s.chars().count()).and_then(|n| text.s.chars().nth(n))
        };
        let Some(c) = found else { return Ok(Value::Unknown) };
        self.spend_bytes(64)?;
        let mut trace = text.trace.of_part("picked by index");
        trace.built = true;
        Ok(Value::Text(Rc::new(Text::character(c, trace))))
    }

    /// A text with one character replaced.
    pub(in super::super) fn set_char(&mut self, text: &Text, index: &Value, value: &Value) -> Eval {
        let Some(n) = index.as_int() else { return Ok(Value::Unknown) };
        let n = zero_based(n, self.traits().first_index);
        match value.first() {
            Value::Bool(_) | Value::Null | Value::Float(_) => return Ok(Value::Text(Rc::new(text.clone()))),
            _ => {}
        }
        // Buffers are filled letter by letter: the others need not be taken apart.
        if let (Some(c), true) = (ascii_of(value), text.s.is_ascii())
            && let Some(at) = absolute(n, text.s.len()).filter(|at| *at < text.s.len())
        {
            let mut s = text.s.clone();
            s.replace_range(at..=at, c.encode_utf8(&mut [0; 4]));
            let trace = text.trace.then("changed");
            return self.made(Text { s, trace, holes: text.holes, character: text.character });
        }
        let mut items = self.chars(text)?;
        if let Some(slot) = absolute(n, items.len()).and_then(|n| items.get_mut(n)) {
            *slot = match value.first() {
                Value::Int(code) => match u32::try_from(*code).ok().and_then(char::from_u32) {
                    Some(c) => Value::text(c.to_string(), Trace::default()),
                    None => Value::Unknown,
                },
                other => other.clone(),
            };
        }
        self.join_values(&items, "", "changed")
    }

    fn count_items(&mut self, value: &Value) -> Eval<Option<usize>> {
        Ok(match value.first() {
            Value::Text(text) if text.holes => None,
            Value::Text(text) => {
                self.spend(text.s.len() / 64)?;
                Some(text.s.chars().count())
            }
            Value::Bytes(blob) => Some(blob.bytes.len()),
            Value::Ref(at) if matches!(self.heap.get(*at), Cell::Builder(_)) => {
                let text = self.render(value)?;
                Some(text.s.chars().count())
            }
            Value::Ref(at) => Some(self.size(*at)),
            _ => None,
        })
    }

    pub(super) fn contains(&mut self, holder: &Value, wanted: &Value) -> Eval<Option<bool>> {
        if let Some(text) = holder.as_text() {
            self.spend(text.s.len() / 16)?;
            return Ok(wanted.as_text().filter(|_| !text.holes).map(|wanted| text.s.contains(&wanted.s)));
        }
        if wanted.is_unknown() {
            return Ok(None);
        }
        let Some(at) = holder.as_ref() else { return Ok(None) };
        if let Some(map) = self.heap.map(at) {
            return Ok(Key::of(wanted).map(|key| map.get(&key).is_some()));
        }
        Ok(Some(self.find_item(at, wanted)?.is_some()))
    }

    fn position(&mut self, holder: &Value, wanted: &Value, last: bool) -> Eval {
        let first = self.traits().first_index;
        let built = holder.as_ref().is_some_and(|at| matches!(self.heap.get(at), Cell::Builder(_)));
        let built = if built { Some(Rc::new(self.render(holder)?)) } else { None };
        let found = if let Some(text) = built.as_ref().or_else(|| holder.as_text()) {
            self.spend(text.s.len() / 16)?;
            let Some(wanted) = wanted.as_text() else { return Ok(Value::Unknown) };
            let byte = if last { text.s.rfind(&wanted.s) } else { text.s.find(&wanted.s) };
            byte.and_then(|byte| text.s.get(..byte)).map(|before| before.chars().count())
        } else {
            let Some(at) = holder.as_ref() else { return Ok(Value::Unknown) };
            self.find_item(at, wanted)?
        };
        Ok(found.map_or(Value::Int(-1), |at| {
            Value::Int(i64::try_from(at).unwrap_or(i64::MAX).saturating_add(first))
        }))
    }

    fn occurrences(&mut self, holder: &Value, wanted: &Value) -> Eval {
        if let (Some(text), Some(wanted)) = (holder.as_text(), wanted.as_text()) {
            self.spend(text.s.len() / 16)?;
            return Ok(int(text.s.matches(&*wanted.s).count()));
        }
        let mut count = 0;
        for item in self.items(holder)?.unwrap_or_default() {
            count += usize::from(self.equal(&item, wanted)? == Some(true));
        }
        Ok(int(count))
    }
}

/// A count as a value.
pub(in super::super) fn int(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// A position in `0..len`; negative ones count from the end.
fn absolute(n: i64, len: usize) -> Option<usize> {
    let len = i64::try_from(len).ok()?;
    let n = if n < 0 { n.checked_add(len)? } else { n };
    usize::try_from(n).ok().filter(|_| n < len)
}

/// One ASCII character, or its code.
fn ascii_of(value: &Value) -> Option<char> {
    let c = match value.first() {
        Value::Int(code) => u32::try_from(*code).ok().and_then(char::from_u32)?,
        Value::Text(text) if text.s.len() == 1 => text.s.chars().next()?,
        _ => return None,
    };
    c.is_ascii().then_some(c)
}
