//! Containers and objects. They share one arena, so aliases, cycles and depth cost nothing to drop.

use std::collections::HashMap;

use super::value::Text;
use super::value::Trace;
use super::value::Value;

/// The index of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ref(pub(super) usize);

/// Which end a list gives first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// A plain list: pops the last.
    List,
    /// Pops the last pushed.
    Stack,
    /// Pops the first pushed.
    Queue,
    /// Pops the first, and pushes on top of it.
    Deque,
    /// Pops the smallest.
    Min,
    /// Pops the largest.
    Max,
}

/// An ordered container.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) items: Vec<Value>,
    pub(super) order: Order,
    /// How many items were pushed, for provenance.
    pub(super) pushes: u32,
    /// Where an iterator over it stands.
    pub(super) cursor: usize,
    /// Something was added since its state was last remembered.
    pub(super) fresh: bool,
    /// What the smallest and largest go by: a key or a comparison.
    pub(super) by: Option<Value>,
    /// Memory: its items are character codes, and read as text up to a zero. Holds where they came from.
    pub(super) text: Option<Trace>,
}

/// What a key is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Null,
    Int(i64),
    Text(String),
    Ref(Ref),
}

/// A map, set or object: insertion order, found by key.
#[derive(Debug, Clone, Default)]
pub(super) struct Map {
    pub(super) entries: Vec<(Value, Value)>,
    pub(super) index: HashMap<Key, usize>,
    /// Iterates in key order.
    pub(super) sorted: bool,
    /// Only keys count.
    pub(super) set: bool,
    /// The class, for objects.
    pub(super) class: Option<usize>,
    /// Where members are looked up that it has not.
    pub(super) parent: Option<Ref>,
}

/// One container.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    List(List),
    Map(Map),
    /// A text that grows in place.
    Builder(Text),
}

/// All containers.
#[derive(Debug, Default)]
pub(super) struct Heap {
    cells: Vec<Cell>,
}

impl Heap {
    /// Keeps a cell.
    pub(super) fn add(&mut self, cell: Cell) -> Ref {
        self.cells.push(cell);
        Ref(self.cells.len() - 1)
    }

    /// A cell.
    pub(super) fn get(&self, at: Ref) -> &Cell {
        &self.cells[at.0]
    }

    /// A cell, to change.
    pub(super) fn get_mut(&mut self, at: Ref) -> &mut Cell {
        &mut self.cells[at.0]
    }

    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// A list, if it is one.
    pub(super) fn list(&self, at: Ref) -> Option<&List> {
        match self.get(at) {
            Cell::List(list) => Some(list),
            _ => None,
        }
    }

    /// A list, if it is one.
    pub(super) fn list_mut(&mut self, at: Ref) -> Option<&mut List> {
        match self.get_mut(at) {
            Cell::List(list) => Some(list),
            _ => None,
        }
    }

    /// A map, if it is one.
    pub(super) fn map(&self, at: Ref) -> Option<&Map> {
        match self.get(at) {
            Cell::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A map, if it is one.
    pub(super) fn map_mut(&mut self, at: Ref) -> Option<&mut Map> {
        match self.get_mut(at) {
            Cell::Map(map) => Some(map),
            _ => None,
        }
    }
}

impl List {
    /// A list of `items`.
    pub(super) fn new(items: Vec<Value>, order: Order) -> Self {
        List { items, order, pushes: 0, cursor: 0, fresh: true, by: None, text: None }
    }
}

impl Key {
    /// The same key as languages see it that make no difference between a number and its digits.
    pub(super) fn other(&self) -> Option<Key> {
        match self {
            Key::Int(n) => Some(Key::Text(n.to_string())),
            Key::Text(text) => text.parse().ok().map(Key::Int),
            _ => None,
        }
    }

    /// The key of a value; `None` for what cannot be one.
    pub(super) fn of(value: &Value) -> Option<Key> {
        match value.first() {
            Value::Null => Some(Key::Null),
            Value::Text(text) => Some(Key::Text(text.s.clone())),
            Value::Bytes(blob) => Some(Key::Text(String::from_utf8_lossy(&blob.bytes).into_owned())),
            Value::Ref(at) => Some(Key::Ref(*at)),
            Value::Int(_) | Value::Bool(_) | Value::Float(_) => value.as_int().map(Key::Int),
            _ => None,
        }
    }
}

impl Map {
    /// The value under a key.
    pub(super) fn get(&self, key: &Key) -> Option<&Value> {
        self.index.get(key).and_then(|&at| self.entries.get(at)).map(|(_, value)| value)
    }

    /// The value under a field name.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.get(&Key::Text(name.to_owned()))
    }

    /// Sets the value under a key; says whether the key is new. Values that cannot be keys are kept at the end.
    pub(super) fn set(&mut self, key: Value, value: Value) -> bool {
        let Some(found) = Key::of(&key) else {
            self.entries.push((key, value));
            return true;
        };
        if let Some(&at) = self.index.get(&found) {
            if let Some(entry) = self.entries.get_mut(at) {
                entry.1 = value;
            }
            return false;
        }
        self.index.insert(found, self.entries.len());
        self.entries.push((key, value));
        true
    }

    /// Takes a key out; the caller pays for the entries that move.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Value> {
        let at = self.index.remove(key)?;
        if at >= self.entries.len() {
            return None;
        }
        let (_, value) = self.entries.remove(at);
        for position in self.index.values_mut() {
            if *position > at {
                *position -= 1;
            }
        }
        Some(value)
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.index.clear();
    }

    /// The entries as they are iterated.
    pub(super) fn ordered(&self) -> Vec<(Value, Value)> {
        let mut all = self.entries.clone();
        if self.sorted {
            all.sort_by(|a, b| super::order::compare(&a.0, &b.0));
        }
        all
    }
}
