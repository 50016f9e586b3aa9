//! Tables of the interpreter. Their hash is fast, and seeded anew in every process against hostile keys: no decision may
//! follow their order. [`Names`] keeps the order of insertion, and is what is iterated.

use foldhash::fast::RandomState;

/// A hash map.
pub(super) type Table<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A hash set.
pub(super) type Set<K> = std::collections::HashSet<K, RandomState>;

/// With no more names than this they are compared one by one.
const FEW: usize = 8;

/// Values by name, in the order in which the names came up.
#[derive(Debug, Clone)]
pub(super) struct Names<'p, V> {
    list: Vec<(&'p str, V)>,
    /// Positions in the list, where there are more than a few.
    index: Option<Box<Table<&'p str, usize>>>,
}

impl<V> Default for Names<'_, V> {
    fn default() -> Self {
        Names { list: Vec::new(), index: None }
    }
}

impl<'p, V> Names<'p, V> {
    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.list.iter().position(|(own, _)| *own == name),
        }
    }

    /// The value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&V> {
        self.list.get(self.position(name)?).map(|(_, value)| value)
    }

    /// Whether a name has a value.
    pub(super) fn contains_key(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Gives a name a value; returns the one it had.
    pub(super) fn insert(&mut self, name: &'p str, value: V) -> Option<V> {
        if let Some(slot) = self.position(name).and_then(|at| self.list.get_mut(at)) {
            return Some(std::mem::replace(&mut slot.1, value));
        }
        let at = self.list.len();
        self.list.push((name, value));
        match &mut self.index {
            Some(index) => drop(index.insert(name, at)),
            None if at >= FEW => {
                let places = self.list.iter().enumerate().map(|(at, (name, _))| (*name, at));
                self.index = Some(Box::new(places.collect()));
            }
            None => {}
        }
        None
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The names with their values.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, (&'p str, V)> {
        self.list.iter()
    }

    /// The values.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.list.iter().map(|(_, value)| value)
    }
}
