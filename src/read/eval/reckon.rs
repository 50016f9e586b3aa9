//! What the values of a run hold in memory. Bytes are booked when a value is made; when the booked ones reach their limit,
//! what is still held is counted, and what is gone is given back.

use std::rc::Rc;

use crate::budget::Limit;

use super::heap::Cell;
use super::heap::Ref;
use super::machine::Eval;
use super::machine::Machine;
use super::value::CELL;
use super::value::ENTRY;
use super::value::SLOT;
use super::value::TEXT;
use super::value::Value;

/// What a variable takes, and the scope around it.
pub(super) const VARIABLE: usize = 48;
pub(super) const SCOPE: usize = 96;
/// What a function takes with what it is bound to.
pub(super) const CLOSURE: usize = 144;
/// What a position takes.
const PLACE: usize = 96;
/// Places looked at for one step.
const PLACES_A_STEP: usize = 16;
/// The part of the allowance that must have been made anew before it is worth counting again.
const LEAST_FREED: u64 = 8;
/// Bytes whose making takes one step.
const BYTES_A_STEP: usize = 96;

impl Machine<'_, '_> {
    /// Spends bytes of value memory, before it is allocated, and steps for the copying.
    pub(super) fn spend_bytes(&mut self, bytes: usize) -> Eval<()> {
        self.book(bytes, bytes)
    }

    /// Books bytes that are going to be held, and pays for making some of them.
    pub(super) fn book(&mut self, held: usize, made: usize) -> Eval<()> {
        let made_so_far = self.made.saturating_add(made as u64);
        if made_so_far > self.made_ceiling {
            return Err(self.halt(Limit::ValueBytes));
        }
        let over =
            |machine: &Self| machine.budget.value_bytes().saturating_add(held as u64) > machine.byte_ceiling;
        if over(self) {
            self.reckon()?;
            if over(self) {
                return Err(self.halt(Limit::ValueBytes));
            }
        }
        self.made = made_so_far;
        self.budget.spend_bytes(held)?;
        self.spend(made / BYTES_A_STEP)
    }

    /// Counts what is held and gives back what was booked beyond that.
    fn reckon(&mut self) -> Eval<()> {
        let worth = self.byte_ceiling.saturating_sub(self.bytes_before) / LEAST_FREED;
        if self.made.saturating_sub(self.reckoned) < worth {
            return Ok(());
        }
        self.reckoned = self.made;
        let (held, places) = self.held_bytes();
        self.spend(places / PLACES_A_STEP)?;
        let booked = self.budget.value_bytes().saturating_sub(self.bytes_before);
        let freed = booked.saturating_sub(held as u64);
        self.budget.release_bytes(freed);
        Ok(())
    }

    /// Bytes held, and at how many places.
    fn held_bytes(&self) -> (usize, usize) {
        let (mut held, mut places) = (self.found.bytes() + self.out.s.capacity(), 0);
        for at in (0..self.heap.len()).map(Ref) {
            held += CELL;
            places += 1 + self.size(at);
            match self.heap.get(at) {
                Cell::List(list) => {
                    held += list.items.capacity() * SLOT + list.items.iter().map(beside).sum::<usize>();
                }
                Cell::Map(map) => {
                    held += map.entries.capacity() * ENTRY;
                    held += map.entries.iter().map(|(key, value)| beside(key) + beside(value)).sum::<usize>();
                }
                Cell::Builder(text) => held += text.s.capacity() + text.trace.size(),
            }
        }
        for scope in &self.scopes {
            held += SCOPE + scope.vars.len() * VARIABLE + scope.vars.values().map(beside).sum::<usize>();
            places += 1 + scope.vars.len();
        }
        for journal in &self.journals {
            let values = journal.before.iter().filter_map(|(_, _, value)| value.as_ref());
            held += journal.before.len() * 2 * VARIABLE + values.map(beside).sum::<usize>();
            places += journal.before.len();
        }
        for frame in &self.frames {
            let values = frame.returns.iter().chain(&frame.yields);
            held += values.map(|value| SLOT + beside(value)).sum::<usize>();
            places += frame.yields.len();
        }
        held += self.literals.values().map(|value| 2 * SLOT + beside(value)).sum::<usize>();
        (held, places + self.literals.len())
    }
}

/// What a value holds beside its slot, divided among those that share it.
fn beside(value: &Value) -> usize {
    match value {
        Value::OneOf(all) => {
            (CLOSURE + all.iter().map(|one| SLOT + of_one(one)).sum::<usize>()) / Rc::strong_count(all).max(1)
        }
        one => of_one(one),
    }
}

fn of_one(value: &Value) -> usize {
    match value {
        Value::Text(text) => (TEXT + text.s.capacity() + text.trace.size()) / Rc::strong_count(text).max(1),
        Value::Bytes(blob) => {
            (TEXT + blob.bytes.capacity() + blob.trace.size()) / Rc::strong_count(blob).max(1)
        }
        Value::Function(closure) => CLOSURE / Rc::strong_count(closure).max(1),
        Value::Place(place) => PLACE / Rc::strong_count(place).max(1),
        _ => 0,
    }
}
