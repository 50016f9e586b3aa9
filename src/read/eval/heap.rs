//! Containers and objects. They share one arena, so aliases, cycles and depth cost nothing to drop.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::rc::Rc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

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

/// The most steps remembered of one list.
const MOST_DONE: usize = 4;

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
    /// What was done to it as a whole, for provenance.
    pub(super) done: Option<Rc<[&'static str]>>,
}

/// What a key is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key<'v> {
    Null,
    Int(i64),
    Text(Cow<'v, str>),
    Ref(Ref),
}

/// A map, set or object: insertion order, found by key.
#[derive(Debug, Clone, Default)]
pub(super) struct Map {
    pub(super) entries: Vec<(Value, Value)>,
    pub(super) index: Option<Box<Index>>,
    /// Entries whose keys cannot be found.
    pub(super) keyless: usize,
    /// Iterates in key order.
    pub(super) sorted: bool,
    /// Only keys count.
    pub(super) set: bool,
    /// The class, for objects.
    pub(super) class: Option<usize>,
    /// Where members are looked up that it has not.
    pub(super) parent: Option<Ref>,
}

/// With no more entries than this keys are compared one by one.
const FEW: usize = 8;

/// Positions of entries by their keys, which stand in the entries only.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    state: RandomState,
    places: HashTable<usize>,
}

impl Index {
    fn find(&self, key: &Key<'_>, entries: &[(Value, Value)]) -> Option<usize> {
        let same = |at: &usize| entries.get(*at).and_then(|entry| Key::of(&entry.0)).as_ref() == Some(key);
        self.places.find(self.state.hash_one(Some(key)), same).copied()
    }

    fn add(&mut self, at: usize, entries: &[(Value, Value)]) {
        let Some(key) = entries.get(at).and_then(|entry| Key::of(&entry.0)) else { return };
        let Index { state, places } = self;
        let rehash = |at: &usize| entries.get(*at).map_or(0, |entry| state.hash_one(Key::of(&entry.0)));
        places.insert_unique(state.hash_one(Some(key)), at, rehash);
    }

    /// Forgets the entry at a position; those behind it move up.
    fn remove(&mut self, key: &Key<'_>, at: usize) {
        if let Ok(found) = self.places.find_entry(self.state.hash_one(Some(key)), |place| *place == at) {
            found.remove();
        }
        for place in self.places.iter_mut().filter(|place| **place > at) {
            *place -= 1;
        }
    }
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
    /// Notes what was done to all of it; the first few steps count.
    pub(super) fn did(&mut self, before: &[&'static str], step: &'static str) {
        if before.len() < MOST_DONE && before.last() != Some(&step) {
            self.done = Some(before.iter().copied().chain([step]).collect());
        } else {
            self.done = Some(before.into());
        }
    }

    /// What was done to all of it so far.
    pub(super) fn steps(&self) -> &[&'static str] {
        self.done.as_deref().unwrap_or_default()
    }

    /// A list of `items`.
    pub(super) fn new(items: Vec<Value>, order: Order) -> Self {
        List { items, order, pushes: 0, cursor: 0, fresh: true, by: None, text: None, done: None }
    }
}

impl<'v> Key<'v> {
    /// The same key as languages see it that make no difference between a number and its digits.
    pub(super) fn other(&self) -> Option<Key<'static>> {
        match self {
            Key::Int(n) => Some(Key::Text(n.to_string().into())),
            Key::Text(text) => text.parse().ok().map(Key::Int),
            _ => None,
        }
    }

    /// The key of a value; `None` for what cannot be one.
    pub(super) fn of(value: &'v Value) -> Option<Key<'v>> {
        match value.first() {
            Value::Null => Some(Key::Null),
            Value::Text(text) => Some(Key::Text(text.s.as_str().into())),
            Value::Bytes(blob) => Some(Key::Text(String::from_utf8_lossy(&blob.bytes))),
            Value::Ref(at) => Some(Key::Ref(*at)),
            Value::Int(_) | Value::Bool(_) | Value::Float(_) => value.as_int().map(Key::Int),
            _ => None,
        }
    }
}

impl Map {
    fn position(&self, key: &Key<'_>) -> Option<usize> {
        match &self.index {
            Some(index) => index.find(key, &self.entries),
            None => self.entries.iter().position(|entry| Key::of(&entry.0).as_ref() == Some(key)),
        }
    }

    /// The value under a key.
    pub(super) fn get(&self, key: &Key<'_>) -> Option<&Value> {
        self.entries.get(self.position(key)?).map(|(_, value)| value)
    }

    /// The value under a field name.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.get(&Key::Text(name.into()))
    }

    /// Whether every entry can be found by its key.
    pub(super) fn is_keyed(&self) -> bool {
        self.keyless == 0
    }

    /// Sets the value under a key; says whether the key is new. Values that cannot be keys are kept at the end.
    pub(super) fn set(&mut self, key: Value, value: Value) -> bool {
        let Some(found) = Key::of(&key) else {
            self.keyless += 1;
            self.entries.push((key, value));
            return true;
        };
        if let Some(entry) = self.position(&found).and_then(|at| self.entries.get_mut(at)) {
            entry.1 = value;
            return false;
        }
        let at = self.entries.len();
        self.entries.push((key, value));
        match &mut self.index {
            Some(index) => index.add(at, &self.entries),
            None if at >= FEW => self.find_again(),
            None => {}
        }
        true
    }

    /// Makes the index anew.
    fn find_again(&mut self) {
        let mut index = Index::default();
        for at in 0..self.entries.len() {
            index.add(at, &self.entries);
        }
        self.index = Some(Box::new(index));
    }

    /// Takes a key out; the caller pays for the entries that move.
    pub(super) fn remove(&mut self, key: &Key<'_>) -> Option<Value> {
        let at = self.position(key)?;
        if let Some(index) = &mut self.index {
            index.remove(key, at);
        }
        Some(self.entries.remove(at).1)
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        *self = Map { entries: Vec::new(), index: None, keyless: 0, ..std::mem::take(self) };
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
