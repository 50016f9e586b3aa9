//! Making values, and reading them as text or as items. All sizes are paid for before they are held.

use std::rc::Rc;

use crate::read::ir::AS_ITEMS;
use crate::read::ir::AS_TEXT;
use crate::read::ir::NodeId;

use super::call::Passed;
use super::find::joined_with;
use super::heap::Cell;
use super::heap::List;
use super::heap::Map;
use super::heap::Order;
use super::heap::Ref;
use super::machine::Eval;
use super::machine::MOST_DEPTH;
use super::machine::Machine;
use super::ops;
use super::pointer::text_in;
use super::table::Set;
use super::table::Table;
use super::value::CELL;
use super::value::ENTRY;
use super::value::SLOT;
use super::value::TEXT;
use super::value::Text;
use super::value::Trace;
use super::value::Value;

/// Methods that give an object's text.
const TO_TEXT: &[&str] = &[
    "__str__",
    "to_s",
    "toString",
    "ToString",
    "String",
    "__toString",
    "__tostring",
    "description",
    "__repr__",
    "str",
];
/// The most leaves that one container shows when it is read as text.
const MOST_LEAVES: usize = 4096;

impl Machine<'_, '_> {
    /// A literal, made once.
    pub(super) fn literal(&mut self, id: NodeId, text: &str) -> Eval {
        if let Some(known) = self.literals.get(&id) {
            return Ok(known.clone());
        }
        let value = Value::text(text.to_owned(), Trace::at(self.program.source(id)));
        self.spend_bytes(text.len() + TEXT + SLOT)?;
        self.literals.insert(id, value.clone());
        Ok(value)
    }

    /// A text that the program made.
    pub(super) fn text(&mut self, s: String, trace: Trace) -> Eval {
        self.made(Text::new(s, trace))
    }

    /// A text that the program made, holes and all.
    pub(super) fn made(&mut self, text: Text) -> Eval {
        self.spend_bytes(TEXT + text.s.len() + text.trace.size())?;
        self.touch(&text.s);
        Ok(Value::Text(Rc::new(text)))
    }

    /// A new list.
    pub(super) fn list(&mut self, items: Vec<Value>) -> Eval {
        self.ordered(items, Order::List)
    }

    /// A new list that pops as `order` says.
    pub(super) fn ordered(&mut self, items: Vec<Value>, order: Order) -> Eval {
        self.spend_bytes(CELL + items.len() * SLOT)?;
        Ok(Value::Ref(self.heap.add(Cell::List(List::new(items, order)))))
    }

    /// A new map.
    pub(super) fn map(&mut self, pairs: Vec<(Value, Value)>) -> Eval {
        let mut map = Map::default();
        for (key, value) in pairs {
            self.spend_bytes(ENTRY)?;
            map.set(key, value);
        }
        self.spend_bytes(CELL)?;
        Ok(Value::Ref(self.heap.add(Cell::Map(map))))
    }

    /// A new builder.
    pub(super) fn builder(&mut self, text: Text) -> Eval {
        self.spend_bytes(CELL + text.s.len())?;
        Ok(Value::Ref(self.heap.add(Cell::Builder(text))))
    }

    /// The characters of a text as texts.
    pub(super) fn chars(&mut self, text: &Text) -> Eval<Vec<Value>> {
        let count = text.s.chars().count();
        self.spend_bytes(count.saturating_mul(SLOT))?;
        let trace = text.trace.of_each("split to characters");
        let mut known: Table<char, Value> = Table::default();
        let mut out = Vec::with_capacity(count);
        for c in text.s.chars() {
            let value =
                known.entry(c).or_insert_with(|| Value::Text(Rc::new(Text::character(c, trace.clone()))));
            out.push(value.clone());
        }
        self.spend_bytes(known.len() * TEXT)?;
        Ok(out)
    }

    /// What a loop over `value` sees; `None` when nothing is known about it.
    pub(super) fn items(&mut self, value: &Value) -> Eval<Option<Vec<Value>>> {
        for one in value.alternatives() {
            match one {
                Value::Text(text) => return self.chars(&Rc::clone(text)).map(Some),
                Value::Bytes(blob) => {
                    self.spend_bytes(blob.bytes.len() * SLOT)?;
                    return Ok(Some(blob.bytes.iter().map(|b| Value::Int(i64::from(*b))).collect()));
                }
                Value::Ref(at) => return self.cell_items(*at).map(Some),
                Value::Int(n) => {
                    let count = usize::try_from(*n).unwrap_or(0).min(super::ops::MOST_RANGE);
                    self.spend_bytes(count * SLOT)?;
                    return Ok(Some((0..count).map(|n| Value::Int(i64::try_from(n).unwrap_or(0))).collect()));
                }
                Value::Null => return Ok(Some(Vec::new())),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The items of a list, the keys of a map, the characters of a builder.
    fn cell_items(&mut self, at: Ref) -> Eval<Vec<Value>> {
        if let Some(method) = self.own_method(at, AS_ITEMS) {
            let value = self.call_value(&method, Passed::default())?;
            return match value.first() {
                Value::Ref(inner) if *inner != at && self.heap.list(*inner).is_some() => {
                    self.cell_items(*inner)
                }
                _ => Ok(Vec::new()),
            };
        }
        let size = self.size(at);
        self.spend_bytes(size * SLOT)?;
        self.spend(size)?;
        if let Some(items) = self.own_items(at)? {
            return Ok(items);
        }
        match self.heap.get(at) {
            Cell::List(list) => Ok(list.items.clone()),
            Cell::Map(map) => Ok(map.ordered().into_iter().map(|(key, _)| key).collect()),
            Cell::Builder(text) => {
                let text = text.clone();
                self.chars(&text)
            }
        }
    }

    /// A method of an object's class, bound to it.
    fn own_method(&self, at: Ref, name: &str) -> Option<Value> {
        let class = self.heap.map(at)?.class?;
        self.class_member(class, name, Some(at))
    }

    /// How many items a container has; characters for a builder are counted as bytes.
    pub(super) fn size(&self, at: Ref) -> usize {
        match self.heap.get(at) {
            Cell::List(list) => list.items.len(),
            Cell::Map(map) => map.entries.len(),
            Cell::Builder(text) => text.s.len(),
        }
    }

    /// A value as text: numbers in digits, containers as their items joined by a blank, unknown ones as a hole.
    pub(super) fn render(&mut self, value: &Value) -> Eval<Text> {
        match value.first() {
            Value::Ref(at) => self.render_cell(*at),
            Value::Place(_) => match self.shown(value)? {
                Value::Ref(at) => self.render_cell(at),
                shown => Ok(scalar(&shown)),
            },
            other => {
                let text = scalar(other);
                self.spend_bytes(text.s.len() + 16)?;
                Ok(text)
            }
        }
    }

    fn render_cell(&mut self, at: Ref) -> Eval<Text> {
        if let Cell::Builder(text) = self.heap.get(at) {
            let text = text.clone();
            self.spend_bytes(text.s.len())?;
            return Ok(text);
        }
        if let Some(method) = self.own_method(at, AS_TEXT) {
            let value = self.call_value(&method, Passed::default())?;
            return match value.first() {
                Value::Ref(inner) if *inner == at => Ok(Text::default()),
                _ => self.render(&value),
            };
        }
        if let Some(list) = self.heap.list(at).filter(|list| list.text.is_some()) {
            let text = text_in(list, 0);
            self.spend_bytes(text.s.len())?;
            return Ok(text);
        }
        if let Some(text) = self.own_text(at)? {
            return Ok(text);
        }
        let leaves = self.leaves(at)?;
        let letter = |leaf: &Value| leaf.as_text().is_some_and(|text| text.single().is_some());
        let spelled = self.traits().spells && leaves.iter().all(letter);
        let spelled = spelled || leaves.iter().all(Value::is_character);
        let mut out = Text::default();
        for leaf in &leaves {
            let piece = scalar(leaf);
            self.spend_bytes(piece.s.len() + 1)?;
            if !out.s.is_empty() && !spelled {
                out.s.push(' ');
            }
            out.s.push_str(&piece.s);
            out.holes |= piece.holes;
            out.trace.absorb(&piece.trace);
        }
        out.trace.built = true;
        out.trace.note(joined_with(if spelled { "" } else { " " }));
        Ok(out)
    }

    /// What the class of an object says its text is.
    fn own_text(&mut self, at: Ref) -> Eval<Option<Text>> {
        let class = self.heap.map(at).and_then(|map| map.class);
        let of_class = |name: &&str| self.class_member(class?, name, Some(at));
        let this = Value::Ref(at);
        let own = TO_TEXT.iter().find_map(of_class).or_else(|| self.behaviour(&this, "__tostring"));
        let Some(own @ Value::Function(_)) = own else { return Ok(None) };
        let bound = matches!(&own, Value::Function(closure) if closure.this.is_some());
        let values = if bound { Vec::new() } else { vec![this] };
        if self.depth + 16 > MOST_DEPTH || self.speaking.contains(&at) {
            return Ok(None);
        }
        self.depth += 8;
        self.speaking.push(at);
        let value = self.call_value(&own, Passed::of(values));
        self.speaking.pop();
        self.depth -= 8;
        match value?.first() {
            Value::Text(text) => Ok(Some((**text).clone())),
            Value::Ref(inner) if *inner != at => match self.heap.get(*inner) {
                Cell::Builder(text) => Ok(Some(text.clone())),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// The scalar values in a container and the containers in it, in order.
    pub(super) fn leaves(&mut self, at: Ref) -> Eval<Vec<Value>> {
        let mut out = Vec::new();
        let mut stack = vec![Value::Ref(at)];
        let mut visited = Set::default();
        while let Some(value) = stack.pop() {
            self.spend(1)?;
            if out.len() >= MOST_LEAVES {
                break;
            }
            let value = if matches!(value, Value::Place(_)) { self.shown(&value)? } else { value };
            let Value::Ref(at) = value else {
                out.push(value);
                continue;
            };
            if !visited.insert(at) {
                continue;
            }
            let room = MOST_LEAVES - out.len();
            match self.heap.get(at) {
                Cell::List(list) if list.text.is_some() => out.push(Value::Text(Rc::new(text_in(list, 0)))),
                Cell::List(list) => stack.extend(list.items.iter().take(room).rev().cloned()),
                Cell::Map(map) if map.set => {
                    stack.extend(map.entries.iter().take(room).rev().map(|e| e.0.clone()))
                }
                Cell::Map(map) => stack.extend(map.entries.iter().take(room).rev().map(|e| e.1.clone())),
                Cell::Builder(text) => out.push(Value::Text(Rc::new(text.clone()))),
            }
            self.spend(stack.len() / 16)?;
        }
        Ok(out)
    }
}

/// A value that is no container, as text.
pub(super) fn scalar(value: &Value) -> Text {
    match value.first() {
        Value::Text(text) => (**text).clone(),
        Value::Bytes(blob) => match std::str::from_utf8(&blob.bytes) {
            Err(_) if blob.number => {
                Text::new(ops::wide::digits(value.first(), 10).unwrap_or_default(), blob.trace.clone())
            }
            _ => Text::new(as_text(&blob.bytes), blob.trace.clone()),
        },
        Value::Int(n) => Text::new(n.to_string(), Trace::default()),
        Value::Float(f) => Text::new(f.to_string(), Trace::default()),
        Value::Bool(b) => Text::new(if *b { "True".into() } else { "False".into() }, Trace::default()),
        Value::Unknown => Text { s: " ".into(), holes: true, ..Text::default() },
        _ => Text::default(),
    }
}

/// Bytes as text: UTF-8, else each byte a character.
pub(super) fn as_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}
