//! The keys of the open objects, to find one that comes twice.

use std::borrow::Cow;
use std::collections::HashSet;

/// Objects with more keys than this get a hash set; a scan is faster below, and costs no allocation.
const SCANNED: usize = 12;

/// One flat list of keys for all open objects, and where each object's begin.
#[derive(Debug, Default)]
pub(super) struct Keys<'a> {
    list: Vec<Cow<'a, str>>,
    objects: Vec<Open<'a>>,
}

#[derive(Debug)]
struct Open<'a> {
    first: usize,
    many: HashSet<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    pub(super) fn enter(&mut self) {
        self.objects.push(Open { first: self.list.len(), many: HashSet::new() });
    }

    pub(super) fn leave(&mut self) {
        if let Some(object) = self.objects.pop() {
            self.list.truncate(object.first);
        }
    }

    /// Notes a key of the innermost object; false when it has it already. Keys compare unescaped.
    pub(super) fn insert(&mut self, key: Cow<'a, str>) -> bool {
        let Some(object) = self.objects.last_mut() else { return true };
        if !object.many.is_empty() {
            return object.many.insert(key);
        }
        let own = self.list.get(object.first..).unwrap_or_default();
        if own.contains(&key) {
            return false;
        }
        if own.len() < SCANNED {
            self.list.push(key);
            return true;
        }
        object.many.extend(self.list.drain(object.first..));
        object.many.insert(key)
    }
}
