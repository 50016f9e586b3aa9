//! What a class of the program says its objects do where a program calls, indexes, counts or walks them.

use super::call::Passed;
use super::heap::Ref;
use super::machine::Eval;
use super::machine::Exit;
use super::machine::MOST_DEPTH;
use super::machine::Machine;
use super::value::Trace;
use super::value::Value;

/// Methods that `object(…)` calls.
const CALLED: &[&str] = &["__call__", "operator()", "invoke", "__invoke"];
/// Methods that `object[index]` calls.
const INDEXED: &[&str] = &["__getitem__", "operator[]", "offsetGet"];
/// Methods that say how many items an object has.
const COUNTED: &[&str] = &["__len__"];
/// Methods that give what a loop walks.
const WALKED: &[&str] = &["__iter__"];
/// Methods that give the next item, or throw.
const NEXT: &[&str] = &["__next__"];
/// Methods that give a member an object has not.
const MEMBERS: &[&str] = &["__getattr__", "__getattribute__", "__get"];
/// Methods that take the calls of methods an object has not.
const CATCH_ALL: &[&str] = &["method_missing", "__call", "AUTOLOAD"];
/// Methods that `object += value` calls.
const GROWN: &[&str] = &["__iadd__", "operator+="];
/// As many items as an endless object is read for.
const MOST_ITEMS: usize = 512;

impl Machine<'_, '_> {
    /// The first of these methods that an object's class has, bound to it.
    fn own(&self, value: &Value, names: &[&str]) -> Option<Value> {
        let at = value.as_ref()?;
        let class = self.heap.map(at)?.class?;
        let found = names.iter().find_map(|name| self.class_member(class, name, Some(at)))?;
        matches!(found, Value::Function(_)).then_some(found)
    }

    /// Calls one of an object's own methods; `None` where it has none, or too much is going on.
    fn ask(&mut self, value: &Value, names: &[&str], args: Vec<Value>) -> Eval<Option<Value>> {
        let Some(own) = self.own(value, names).filter(|_| self.depth + 16 < MOST_DEPTH) else {
            return Ok(None);
        };
        self.depth += 4;
        let result = self.call_value(&own, Passed::of(args));
        self.depth -= 4;
        result.map(Some)
    }

    /// The method that calling an object calls.
    pub(super) fn callable(&self, value: &Value) -> Option<Value> {
        self.own(value, CALLED)
    }

    /// What an object's own index gives.
    pub(super) fn own_index(&mut self, value: &Value, index: &Value) -> Eval<Option<Value>> {
        self.ask(value, INDEXED, vec![index.clone()])
    }

    /// What an object gives for a member that it has not.
    pub(super) fn own_member(&mut self, value: &Value, name: &str) -> Eval<Option<Value>> {
        if name.starts_with('_') || name.starts_with('(') {
            return Ok(None);
        }
        self.ask(value, MEMBERS, vec![Value::text(name.to_owned(), Trace::default())])
    }

    /// The method of an object that takes the calls of methods it has not.
    pub(super) fn catch_all(&self, value: &Value) -> Option<Value> {
        self.own(value, CATCH_ALL)
    }

    /// How many items an object says it has.
    pub(super) fn own_length(&mut self, value: &Value) -> Eval<Option<Value>> {
        self.ask(value, COUNTED, Vec::new())
    }

    /// What an object makes of itself and a value that is added to it.
    pub(super) fn own_growth(&mut self, value: &Value, added: &Value) -> Eval<Option<Value>> {
        self.ask(value, GROWN, vec![added.clone()])
    }

    /// What a loop over an object sees, where its class says so.
    pub(super) fn own_items(&mut self, at: Ref) -> Eval<Option<Vec<Value>>> {
        let object = Value::Ref(at);
        let walker = self.ask(&object, WALKED, Vec::new())?;
        let walker = match walker {
            None => object,
            Some(other) if other.as_ref() != Some(at) && self.own(&other, NEXT).is_none() => {
                return self.items(&other);
            }
            Some(walker) => walker,
        };
        if self.own(&walker, NEXT).is_none() {
            return Ok(None);
        }
        let mut out = Vec::new();
        while out.len() < MOST_ITEMS && self.lively(out.len()) {
            match self.ask(&walker, NEXT, Vec::new()) {
                Ok(Some(item)) => out.push(item),
                Ok(None) | Err(Exit::Throw(_)) => break,
                Err(other) => return Err(other),
            }
        }
        Ok(Some(out))
    }
}
