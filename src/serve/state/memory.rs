//! Turns in this process: bounded in bytes, the longest unused go first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Name;

/// What an entry costs beside its texts.
const ENTRY: usize = 256;

/// A store in this process.
pub(super) struct Memory {
    ttl: Duration,
    most: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    entries: HashMap<Name, Entry>,
    /// By when they were last used.
    order: BTreeMap<u64, Name>,
    clock: u64,
    bytes: usize,
}

struct Entry {
    turns: Vec<Bytes>,
    used: Instant,
    place: u64,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.turns.iter().map(Bytes::len).fold(ENTRY, usize::saturating_add)
    }
}

impl Memory {
    /// An empty store that keeps turns for `ttl` and at most so many bytes.
    pub(super) fn new(ttl: Duration, most: usize) -> Self {
        Memory { ttl, most, held: Mutex::default() }
    }

    /// The turns under a name.
    pub(super) fn turns(&self, name: &Name) -> Vec<Bytes> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.entries.get(name).is_some_and(|entry| entry.used.elapsed() >= self.ttl) {
            held.remove(name);
        }
        held.touch(name);
        held.entries.get(name).map(|entry| entry.turns.clone()).unwrap_or_default()
    }

    /// Adds turns under a name; the oldest of it are given up beyond `most` bytes.
    pub(super) fn add(&self, name: Name, turns: &[Bytes], most: usize) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = held.remove(&name).map(|entry| entry.turns).unwrap_or_default();
        all.extend_from_slice(turns);
        let mut bytes: usize = all.iter().map(Bytes::len).sum();
        let over = all.iter().take_while(|turn| {
            let over = bytes > most;
            bytes = bytes.saturating_sub(turn.len());
            over
        });
        let over = over.count();
        all.drain(..over);
        let entry = Entry { turns: all, used: Instant::now(), place: held.clock };
        held.bytes += entry.bytes();
        let place = entry.place;
        held.clock += 1;
        held.order.insert(place, name);
        held.entries.insert(name, entry);
        while held.bytes > self.most {
            let Some(oldest) = held.order.values().next().copied() else { return };
            held.remove(&oldest);
        }
    }
}

impl Held {
    fn remove(&mut self, name: &Name) -> Option<Entry> {
        let entry = self.entries.remove(name)?;
        self.order.remove(&entry.place);
        self.bytes = self.bytes.saturating_sub(entry.bytes());
        Some(entry)
    }

    fn touch(&mut self, name: &Name) {
        let Some(entry) = self.entries.get_mut(name) else { return };
        self.order.remove(&entry.place);
        (entry.place, entry.used) = (self.clock, Instant::now());
        self.order.insert(self.clock, *name);
        self.clock += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(length: usize) -> Bytes {
        Bytes::from(vec![b'x'; length])
    }

    #[test]
    fn turns_are_kept_in_order_up_to_a_size() {
        let memory = Memory::new(Duration::from_secs(60), 100_000);
        memory.add([1; 32], &[Bytes::from("bake")], 10);
        memory.add([1; 32], &[Bytes::from("rye"), Bytes::from("bread")], 10);
        assert_eq!(memory.turns(&[1; 32]), ["rye", "bread"]);
        assert!(memory.turns(&[2; 32]).is_empty());
    }

    #[test]
    fn the_longest_unused_go_first() {
        let memory = Memory::new(Duration::from_secs(60), 3 * (1000 + ENTRY));
        for name in 1..=3 {
            memory.add([name; 32], &[turn(1000)], 10_000);
        }
        memory.turns(&[1; 32]);
        memory.add([4; 32], &[turn(1000)], 10_000);
        let known: Vec<bool> = (1..=4).map(|name| !memory.turns(&[name; 32]).is_empty()).collect();
        assert_eq!(known, [true, false, true, true]);
        memory.add([5; 32], &[turn(10_000)], 20_000);
        assert!(memory.turns(&[5; 32]).is_empty(), "more than all the room there is");
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let memory = Memory::new(Duration::ZERO, 100_000);
        memory.add([1; 32], &[turn(10)], 100);
        assert!(memory.turns(&[1; 32]).is_empty());
    }
}
