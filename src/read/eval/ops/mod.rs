//! The neutral operations, by family. Each family takes the operations it knows and gives back the rest.

mod callback;
mod change;
mod codec;
mod format;
mod look;
mod matching;
mod number;
mod pattern;
mod reshape;
mod sequence;
mod text;
mod vector;
mod walk;
pub(super) mod wide;

pub(super) use change::place_in;
pub(super) use look::int;
pub(super) use sequence::picks;

use std::rc::Rc;

use crate::read::ir::NodeId;
use crate::read::ir::Op;

use super::call::Passed;
use super::find::Kind;
use super::heap::Cell;
use super::heap::Map;
use super::heap::Order;
use super::machine::Eval;
use super::machine::Exit;
use super::machine::Machine;
use super::value::Closure;
use super::value::Text;
use super::value::Value;

pub(super) use number::character_of;

/// The most numbers in one range: longer ones are cut, nobody reads on that far.
pub(super) const MOST_RANGE: usize = 20_000;

/// The most items made at once by filling or repeating a list; what is larger is a table of zeros, and unknown.
pub(super) const MOST_FILLED: usize = 65_536;

/// The most bytes made at once by repeating a text; what is larger says nothing, and is unknown.
const MOST_REPEATED: usize = 1 << 20;

/// The value of operand `at`, unknown where it is missing.
pub(super) fn operand(values: &[Value], at: usize) -> Value {
    values.get(at).cloned().unwrap_or(Value::Unknown)
}

impl<'p> Machine<'p, '_> {
    /// Applies an operation to its operands. `place` is the node of the first one.
    #[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
    pub(super) fn apply(
        &mut self,
        op: Op,
        place: Option<NodeId>,
        values: Vec<Value>,
        named: &[(&'p str, Value)],
    ) -> Eval {
        self.spend(1)?;
        let mut values = values;
        self.as_shown(op, &mut values)?;
        if let Some(order) = order_of(op) {
            let items = self.items(&values.first().cloned().unwrap_or(Value::Null))?.unwrap_or_default();
            let list = self.ordered(items, order)?;
            let by = values.get(1).map(|by| self.only_method(by).unwrap_or(by.clone()));
            if let (Some(list), Some(by @ Value::Function(_))) = (list.as_ref(), by)
                && let Some(list) = self.heap.list_mut(list)
            {
                list.by = Some(by);
            }
            return Ok(list);
        }
        match op {
            Op::Print | Op::Write => self.print(op, &values, named),
            Op::PrintLines => self.print_lines(&values),
            Op::Eval => {
                let value = operand(&values, 0);
                self.see_as(&value, Kind::Code)?;
                Ok(value)
            }
            Op::Same => Ok(operand(&values, 0)),
            Op::NewBuffer => self.memory(&values.first().cloned().unwrap_or(Value::Null)),
            Op::PutText => self.put_text(place, &values),
            Op::Variable => {
                let name = self.render(&operand(&values, 0))?;
                let name = name.s.trim_end_matches("[@]").trim_end_matches("[*]");
                let made = self.made_names.get(name).cloned();
                Ok(self.lookup(name).or(made).unwrap_or(Value::Unknown))
            }
            Op::ByReference => Ok(Value::Null),
            Op::Inherit => {
                let before = matches!(values.get(2), Some(Value::Bool(true)));
                Ok(self.inherit(&operand(&values, 0), &operand(&values, 1), before))
            }
            Op::AddressOf => self.address(place, &operand(&values, 0)),
            Op::Nothing => {
                for value in &values {
                    self.see(value)?;
                }
                Ok(Value::Null)
            }
            Op::Inserted | Op::Without => self.edited(op, place, &values),
            Op::Replace | Op::ReplaceFirst if self.is_builder(&values) => {
                let holder = operand(&values, 0);
                let text = self.render(&holder)?;
                let mut values = values;
                if let Some(first) = values.first_mut() {
                    *first = self.made(text)?;
                }
                let changed = self.pure(op, values, named)?;
                self.rebuild(&holder, &changed)
            }
            Op::Apply if values.len() == 1 && !is_called(&operand(&values, 0)) => Ok(operand(&values, 0)),
            Op::Apply => {
                let function = operand(&values, 0);
                let values = values.into_iter().skip(1).collect();
                self.call_value(&function, Passed { named: named.to_vec(), ..Passed::of(values) })
            }
            Op::ApplyAll => {
                let function = operand(&values, 0);
                let values = self.items(&operand(&values, 1))?.unwrap_or_default();
                self.call_value(&function, Passed { named: named.to_vec(), ..Passed::of(values) })
            }
            Op::SetParent => {
                let holder = operand(&values, 0);
                let parent = operand(&values, 1).as_ref();
                if let Some(at) = holder.as_ref() {
                    if self.heap.list(at).is_some_and(|list| list.items.is_empty()) {
                        *self.heap.get_mut(at) = Cell::Map(Map::default());
                    }
                    if let Some(map) = self.heap.map_mut(at) {
                        map.parent = parent;
                    }
                }
                Ok(holder)
            }
            Op::Bless => {
                let holder = operand(&values, 0);
                let class = match values.get(1).map(Value::first) {
                    Some(Value::Text(name)) => self.lookup(&name.s).unwrap_or(Value::Unknown),
                    Some(other) => other.clone(),
                    None => Value::Unknown,
                };
                if let (Value::Class(class), Some(at)) = (class, holder.as_ref()) {
                    if self.heap.list(at).is_some_and(|list| list.items.is_empty()) {
                        *self.heap.get_mut(at) = Cell::Map(Map::default());
                    }
                    if let Some(map) = self.heap.map_mut(at) {
                        map.class = Some(class);
                    }
                }
                Ok(holder)
            }
            Op::Extracted => {
                let item = self.in_place(Op::Pop, place, &operand(&values, 0), &[])?;
                match item.as_ref().filter(|at| self.heap.list(*at).is_some()) {
                    Some(_) => self.index(&item, &Value::Int(self.traits().first_index.saturating_add(1))),
                    None => Ok(item),
                }
            }
            Op::Called(manner) => Ok(match operand(&values, 0) {
                Value::Function(closure) => {
                    Value::Function(Rc::new(Closure { manner, ..(*closure).clone() }))
                }
                other => other,
            }),
            Op::Bound => Ok(match (operand(&values, 0), operand(&values, 1).as_ref()) {
                (Value::Function(closure), Some(this)) => {
                    Value::Function(Rc::new(Closure { this: Some(this), ..(*closure).clone() }))
                }
                (other, _) => other,
            }),
            Op::After => self.put_off(values),
            Op::Base => {
                let member = self.of_base(values.first());
                self.read(member)
            }
            Op::Decode(codec) => self.decode(codec, &operand(&values, 0)),
            Op::Encode(codec) => self.encode(codec, &operand(&values, 0)),
            _ if changes(op) => {
                let holder = operand(&values, 0);
                self.in_place(op, place, &holder, values.get(1..).unwrap_or_default())
            }
            _ => self.pure(op, values, named),
        }
    }

    /// Operations that only look. Those on texts take each alternative of their first operand.
    fn pure(&mut self, op: Op, values: Vec<Value>, named: &[(&'p str, Value)]) -> Eval {
        let alternatives = values.first().map_or(1, |value| value.alternatives().len());
        if alternatives <= 1 {
            return self.pure_one(op, &values, named);
        }
        let first = operand(&values, 0);
        let mut out = Vec::new();
        for one in first.alternatives() {
            let mut values = values.clone();
            if let Some(slot) = values.first_mut() {
                *slot = one.clone();
            }
            out.push(self.pure_one(op, &values, named)?);
        }
        Ok(Value::one_of(out))
    }

    pub(super) fn pure_one(&mut self, op: Op, values: &[Value], named: &[(&'p str, Value)]) -> Eval {
        if let Some(value) = self.walk(op, values)? {
            return Ok(value);
        }
        if let Some(value) = self.look(op, values)? {
            return Ok(value);
        }
        if let Some(value) = self.sequence(op, values, named)? {
            return Ok(value);
        }
        if let Some(value) = self.callback(op, values)? {
            return Ok(value);
        }
        if let Some(value) = self.by_pattern(op, values)? {
            return Ok(value);
        }
        if let Some(value) = self.number(op, values)? {
            return Ok(value);
        }
        if let Some(value) = self.vectors(op, values)? {
            return Ok(value);
        }
        if let Some(value) = self.reshaped(op, values)? {
            return Ok(value);
        }
        if let Some(value) = self.pattern(op, values)? {
            return Ok(value);
        }
        if let Some(value) = self.format(op, values, named)? {
            return Ok(value);
        }
        Ok(self.text_op(op, values)?.unwrap_or(Value::Unknown))
    }

    fn print(&mut self, op: Op, values: &[Value], named: &[(&'p str, Value)]) -> Eval {
        if op == Op::Write {
            self.write(values)?;
            return Ok(Value::Null);
        }
        let keyword = |names: &[&str]| named.iter().find(|(n, _)| names.contains(n)).map(|(_, v)| v.clone());
        let separator = keyword(&["separator", "sep"]).unwrap_or(Value::Unknown);
        let separator = separator.as_text().map_or_else(|| " ".to_owned(), |text| text.s.clone());
        let end = keyword(&["end"]).unwrap_or(Value::Unknown);
        let end = end.as_text().map_or_else(|| "\n".to_owned(), |text| text.s.clone());
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.emit(&separator)?;
            }
            self.write(std::slice::from_ref(value))?;
        }
        self.emit(&end)?;
        Ok(Value::Null)
    }

    /// Each value on a line, items of lists too.
    fn print_lines(&mut self, values: &[Value]) -> Eval {
        for value in values {
            let listed = value.as_ref().filter(|at| self.heap.list(*at).is_some());
            let lines = match listed {
                Some(at) => self.leaves(at)?,
                None => vec![value.clone()],
            };
            for line in &lines {
                self.write(std::slice::from_ref(line))?;
                if !self.out.s.ends_with('\n') || matches!(line.first(), Value::Null) {
                    self.emit("\n")?;
                }
            }
            if listed.is_some() {
                self.see_as(value, Kind::Printed)?;
            }
        }
        if values.is_empty() {
            self.emit("\n")?;
        }
        Ok(Value::Null)
    }

    /// What evaluating a node prints.
    pub(super) fn capture(&mut self, body: NodeId) -> Eval {
        let outer = std::mem::take(&mut self.out);
        let result = self.eval(body);
        let mut printed = std::mem::replace(&mut self.out, outer);
        printed.trace.built = true;
        match result {
            Ok(_) | Err(Exit::Return(_)) => self.made(printed),
            Err(other) => {
                self.out.s.push_str(&printed.s);
                self.out.trace.absorb(&printed.trace);
                Err(other)
            }
        }
    }

    /// Writes pieces to the output.
    pub(super) fn write(&mut self, values: &[Value]) -> Eval<()> {
        for value in values {
            if matches!(value.first(), Value::Ref(_)) || value.alternatives().len() > 1 {
                self.see_as(value, Kind::Printed)?;
            }
            let text: Text = self.render(value)?;
            self.emit(&text.s)?;
            self.out.holes |= text.holes;
            self.out.trace.absorb(&text.trace);
        }
        Ok(())
    }

    fn emit(&mut self, text: &str) -> Eval<()> {
        self.spend_bytes(text.len())?;
        self.touch(text);
        self.out.s.push_str(text);
        Ok(())
    }
}

/// Whether a value can be called: what holds a value instead of making it gives it.
fn is_called(value: &Value) -> bool {
    matches!(value.first(), Value::Function(_) | Value::Class(_))
}

fn order_of(op: Op) -> Option<Order> {
    match op {
        Op::NewList => Some(Order::List),
        Op::NewStack => Some(Order::Stack),
        Op::NewQueue => Some(Order::Queue),
        Op::NewDeque => Some(Order::Deque),
        Op::NewMinHeap => Some(Order::Min),
        Op::NewMaxHeap => Some(Order::Max),
        _ => None,
    }
}

/// Whether an operation changes its first operand.
fn changes(op: Op) -> bool {
    use Op::{
        Clear, Delete, Extend, ExtendFront, Fill, Insert, Pop, PopBack, PopFront, Prepended, Push, PushFront,
        PushTop, Remove, RemoveIf, ReplaceEach, Resize, ReverseInPlace, Rotate, Set, SetDefault, SortInPlace,
        Splice, Update,
    };
    matches!(
        op,
        Push | PushFront
            | PushTop
            | Fill
            | RemoveIf
            | ReplaceEach
            | Insert
            | Extend
            | ExtendFront
            | Prepended
            | Pop
            | PopFront
            | PopBack
            | Delete
            | Remove
            | Clear
            | Set
            | SetDefault
            | Update
            | Splice
            | Resize
            | Rotate
            | ReverseInPlace
            | SortInPlace
            | Op::Next
    )
}
