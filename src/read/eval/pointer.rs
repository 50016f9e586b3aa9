//! Positions: what a pointer holds. In languages that have them, a text or list plus a number is a position in it; one
//! into a text reads as what is behind it, up to a zero.

use std::rc::Rc;

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;

use super::heap::Cell;
use super::heap::List;
use super::heap::Order;
use super::heap::Ref;
use super::machine::Eval;
use super::machine::Machine;
use super::value::CELL;
use super::value::SLOT;
use super::value::Text;
use super::value::Trace;
use super::value::Value;

/// What a position is in.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// A text that does not change.
    Text(Rc<Text>),
    /// A container.
    Cell(Ref),
    /// The variable of this name in this scope.
    Variable(usize, NodeId),
    /// The item of a container under this key.
    Item(Ref, Value),
}

/// A position.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) base: Base,
    pub(super) offset: i64,
}

impl Place {
    /// Whether two positions are in the same thing.
    fn beside(&self, other: &Place) -> bool {
        match (&self.base, &other.base) {
            (Base::Text(a), Base::Text(b)) => Rc::ptr_eq(a, b) || a.s == b.s,
            (Base::Cell(a), Base::Cell(b)) => a == b,
            (Base::Variable(a, x), Base::Variable(b, y)) => a == b && x == y,
            (Base::Item(a, x), Base::Item(b, y)) => a == b && x.same(y),
            _ => false,
        }
    }

    /// Whether two positions are the same.
    pub(super) fn same(&self, other: &Place) -> bool {
        self.beside(other) && self.offset == other.offset
    }

    /// The position as a value; the start of a thing is the thing.
    fn value(self) -> Value {
        match (self.base, self.offset) {
            (Base::Text(text), 0) => Value::Text(text),
            (Base::Cell(at), 0) => Value::Ref(at),
            (base, offset) => Value::Place(Rc::new(Place { base, offset })),
        }
    }
}

/// The text that memory holds, up to a zero. Unknown pieces are holes.
pub(super) fn text_in(list: &List, from: usize) -> Text {
    let mut out = Text { trace: list.text.clone().unwrap_or_default(), ..Text::default() };
    for item in list.items.iter().skip(from) {
        match item.first() {
            Value::Int(0) | Value::Null => break,
            Value::Int(code) => out.s.extend(u32::try_from(*code & 0x1f_ffff).ok().and_then(char::from_u32)),
            Value::Text(text) => {
                out.s.push_str(&text.s);
                out.trace.absorb(&text.trace);
            }
            _ => {
                out.s.push(' ');
                out.holes = true;
            }
        }
    }
    out.trace.built = true;
    out.trace.note("written by position");
    out
}

impl Machine<'_, '_> {
    /// The position that a value is.
    pub(super) fn place(&self, value: &Value) -> Option<Place> {
        match value.first() {
            Value::Place(place) => Some((**place).clone()),
            Value::Text(text) => Some(Place { base: Base::Text(Rc::clone(text)), offset: 0 }),
            Value::Ref(at) if !matches!(self.heap.get(*at), Cell::Map(_)) => {
                Some(Place { base: Base::Cell(*at), offset: 0 })
            }
            _ => None,
        }
    }

    /// What an operator means on positions; `None` where neither side is one.
    pub(super) fn move_place(&self, op: BinaryOp, a: &Value, b: &Value) -> Option<Value> {
        if !self.traits().pointers {
            return None;
        }
        match (op, self.place(a), self.place(b)) {
            (BinaryOp::Add, Some(place), None) => moved(place, b.as_int()?),
            (BinaryOp::Add, None, Some(place)) => moved(place, a.as_int()?),
            (BinaryOp::Sub, Some(place), None) => moved(place, b.as_int()?.checked_neg()?),
            (_, Some(a), Some(b)) if a.beside(&b) => Some(match op {
                BinaryOp::Sub => Value::Int(a.offset.checked_sub(b.offset)?),
                BinaryOp::Lt => Value::Bool(a.offset < b.offset),
                BinaryOp::Le => Value::Bool(a.offset <= b.offset),
                BinaryOp::Gt => Value::Bool(a.offset > b.offset),
                BinaryOp::Ge => Value::Bool(a.offset >= b.offset),
                BinaryOp::Eq => Value::Bool(a.offset == b.offset),
                BinaryOp::Ne => Value::Bool(a.offset != b.offset),
                _ => return None,
            }),
            _ => None,
        }
    }

    /// `base[n]` where characters are numbers and a text ends with a zero; `None` where that says nothing.
    pub(super) fn at_place(&mut self, base: &Value, n: i64) -> Eval<Option<Value>> {
        if let Value::Ref(at) = base.first()
            && matches!(self.heap.get(*at), Cell::Map(map) if map.class.is_some())
        {
            return Ok((n == 0).then(|| base.clone()));
        }
        let Some(place) = self.place(base) else { return Ok(None) };
        let Some(n) = place.offset.checked_add(n) else { return Ok(None) };
        let position = usize::try_from(n).ok();
        Ok(match place.base {
            Base::Text(text) => {
                self.spend(text.s.len() / 64)?;
                let ascii = text.s.is_ascii();
                let length = if ascii { text.s.len() } else { text.s.chars().count() };
                let found = position.and_then(|n| {
                    if ascii {
                        text.s.as_bytes().get(n).map(|b| char::from(*b))
                    } else {
                        text.s.chars().nth(n)
                    }
                });
                let code = found.map(|c| Value::Int(i64::from(u32::from(c))));
                code.or_else(|| (position == Some(length)).then_some(Value::Int(0)))
            }
            Base::Cell(at) => match self.heap.get(at) {
                Cell::List(list) => {
                    let past = list.text.is_some() || matches!(list.items.last(), Some(Value::Int(_)));
                    let found = position.and_then(|n| list.items.get(n)).cloned();
                    let known = found.or_else(|| (past && position.is_some()).then_some(Value::Int(0)));
                    Some(known.unwrap_or(Value::Unknown))
                }
                _ => None,
            },
            Base::Item(at, key) => Some(self.index(&Value::Ref(at), &key)?).filter(|_| n == 0),
            Base::Variable(scope, node) => {
                let Node::Name(name) = self.program.node(node) else { return Ok(None) };
                self.scopes.get(scope).filter(|_| n == 0).and_then(|scope| scope.vars.get(name)).cloned()
            }
        })
    }

    /// `base[n] = value` through a position; says whether it was one.
    pub(super) fn set_at_place(&mut self, base: &Value, n: i64, value: &Value) -> Eval<bool> {
        let Value::Place(place) = base.first() else { return Ok(false) };
        let place = (**place).clone();
        match place.base {
            Base::Cell(at) => self.store(at, &Value::Int(place.offset.saturating_add(n)), value.clone())?,
            Base::Item(at, key) => self.store(at, &key, value.clone())?,
            Base::Variable(scope, node) => {
                if let Node::Name(name) = self.program.node(node) {
                    self.bind(scope, name, value.clone())?;
                }
            }
            Base::Text(_) => {}
        }
        Ok(true)
    }

    /// The thing that a position shows: the item there, or the text from there on. Anything else is itself.
    pub(super) fn shown(&mut self, value: &Value) -> Eval {
        match value.first() {
            Value::Place(place) => {
                let place = Rc::clone(place);
                let from = usize::try_from(place.offset).unwrap_or(usize::MAX);
                match &place.base {
                    Base::Text(text) => {
                        self.spend_bytes(text.s.len())?;
                        let s: String = text.s.chars().skip(from).collect();
                        Ok(Value::Text(Rc::new(Text {
                            s,
                            trace: text.trace.then("from a position"),
                            holes: text.holes,
                            ..Text::default()
                        })))
                    }
                    Base::Cell(at) => match self.heap.list(*at) {
                        Some(list) if list.text.is_some() => {
                            let text = text_in(list, from);
                            self.made(text)
                        }
                        Some(list) => Ok(list.items.get(from).cloned().unwrap_or(Value::Unknown)),
                        None => Ok(Value::Ref(*at)),
                    },
                    Base::Variable(..) | Base::Item(..) => {
                        Ok(self.at_place(value, 0)?.unwrap_or(Value::Unknown))
                    }
                }
            }
            Value::Ref(at) => match self.heap.list(*at) {
                Some(list) if list.text.is_some() => {
                    let text = text_in(list, 0);
                    self.made(text)
                }
                _ => Ok(value.clone()),
            },
            _ => Ok(value.clone()),
        }
    }

    /// The address of a variable or item; what is a container is its own address.
    pub(super) fn address(&mut self, place: Option<NodeId>, value: &Value) -> Eval {
        if !self.traits().pointers && matches!(value.first(), Value::Ref(_)) {
            return Ok(value.clone());
        }
        match place.map(|id| (id, self.program.node(id))) {
            Some((id, Node::Name(name))) => {
                // A reference to a reference stands for the same thing.
                if let Some(place @ Value::Place(_)) = self.lookup(name).filter(|_| !self.traits().pointers) {
                    return Ok(place);
                }
                let scope = self.scope_of(name);
                Ok(Value::Place(Rc::new(Place { base: Base::Variable(scope, id), offset: 0 })))
            }
            Some((_, Node::Field(base, name))) if !self.traits().pointers => {
                let base = self.eval(*base)?;
                let key = Value::text(name.to_string(), Trace::default());
                Ok(base.as_ref().map_or(value.clone(), |at| self.item_place(at, key)))
            }
            Some((_, Node::Index(base, index))) if !self.traits().pointers => {
                let (base, index) = (self.eval(*base)?, self.eval(*index)?);
                Ok(base.as_ref().map_or(value.clone(), |at| self.item_place(at, index)))
            }
            Some((_, Node::Index(base, index))) if !matches!(value.first(), Value::Ref(_)) => {
                let (base, index) = (self.eval(*base)?, self.eval(*index)?);
                Ok(self.move_place(BinaryOp::Add, &base, &index).unwrap_or(Value::Unknown))
            }
            _ => Ok(value.clone()),
        }
    }

    /// The position of a container's item.
    pub(super) fn item_place(&self, at: Ref, key: Value) -> Value {
        Value::Place(Rc::new(Place { base: Base::Item(at, key), offset: 0 }))
    }

    /// New memory: characters of a text, or codes.
    pub(super) fn memory(&mut self, from: &Value) -> Eval {
        let shown = self.shown(from)?;
        let trace = shown.as_text().map_or_else(Trace::default, |text| text.trace.clone());
        let items = match shown.first() {
            Value::Unknown | Value::Null => Vec::new(),
            Value::Text(text) => codes_of(&text.s),
            _ => self.items(&shown)?.unwrap_or_default(),
        };
        self.spend_bytes(CELL + items.len() * SLOT)?;
        let list = List { text: Some(trace), ..List::new(items, Order::List) };
        Ok(Value::Ref(self.heap.add(Cell::List(list))))
    }

    /// Copies a text with the zero at its end into memory, or `count` items without; gives how many characters it has.
    pub(super) fn put_text(&mut self, place: Option<NodeId>, values: &[Value]) -> Eval {
        let (to, from) = (super::ops::operand(values, 0), super::ops::operand(values, 1));
        let count = values.get(2).and_then(Value::as_int).and_then(|n| usize::try_from(n).ok());
        let source = self.shown(&from)?;
        let mut items = match source.first() {
            Value::Text(text) => {
                let mut codes = codes_of(&text.s);
                codes.push(Value::Int(0));
                codes
            }
            Value::Ref(_) => self.items(&source)?.unwrap_or_default(),
            _ => return Ok(Value::Unknown),
        };
        let length = items.len().saturating_sub(usize::from(source.as_text().is_some()));
        items.truncate(count.unwrap_or(items.len()));
        self.spend_bytes(items.len() * SLOT)?;
        self.touch_value(&source);
        let place_of = self.place(&to);
        let (at, offset) = match place_of.as_ref().map(|place| (&place.base, place.offset)) {
            Some((Base::Cell(at), offset)) => (*at, usize::try_from(offset).unwrap_or(0)),
            _ => {
                let new = self.memory(&to)?;
                if let Some(place) = place {
                    self.assign(place, new.clone(), false)?;
                }
                match new.as_ref() {
                    Some(at) => (at, 0),
                    None => return Ok(Value::Unknown),
                }
            }
        };
        if offset > self.size(at) {
            self.spend_bytes(offset.saturating_sub(self.size(at)).saturating_mul(SLOT))?;
        }
        if let Some(list) = self.heap.list_mut(at) {
            if let (Some(trace), Value::Text(text)) = (&mut list.text, source.first()) {
                trace.absorb(&text.trace);
            }
            let end = offset.saturating_add(items.len());
            if list.items.len() < end {
                list.items.resize(end, Value::Int(0));
            }
            list.items.splice(offset..end, items);
            list.fresh = true;
        }
        Ok(super::ops::int(length))
    }

    /// Operands as texts where an operation reads text: memory up to its zero.
    pub(super) fn as_shown(&mut self, op: Op, values: &mut [Value]) -> Eval<()> {
        if !self.traits().pointers || keeps_place(op) {
            return Ok(());
        }
        for value in values.iter_mut() {
            let memory =
                value.as_ref().and_then(|at| self.heap.list(at)).is_some_and(|list| list.text.is_some());
            if memory || matches!(value, Value::Place(_)) {
                *value = self.shown(value)?;
            }
        }
        Ok(())
    }
}

fn moved(place: Place, by: i64) -> Option<Value> {
    let offset = place.offset.checked_add(by)?;
    Some(Place { offset, ..place }.value())
}

fn codes_of(text: &str) -> Vec<Value> {
    text.chars().map(|c| Value::Int(i64::from(u32::from(c)))).collect()
}

/// Operations that hand their operands on as they are.
fn keeps_place(op: Op) -> bool {
    use Op::{
        AddressOf, Apply, Filter, ForEach, ListOf, Map, NewBuffer, NewFilled, NewList, NewObject, Nothing,
        PutText, Reduce, Same, Sorted,
    };
    matches!(
        op,
        AddressOf
            | Apply
            | Filter
            | ForEach
            | ListOf
            | Map
            | NewBuffer
            | NewFilled
            | NewList
            | NewObject
            | Nothing
            | PutText
            | Reduce
            | Same
            | Sorted
            | Op::Next
            | Op::Push
            | Op::Set
            | Op::SortInPlace
            | Op::Get
    )
}
