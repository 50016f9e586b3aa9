//! Functions that nothing calls, given what the program holds beside them: a decoder beside its payload.

use crate::read::decode;
use crate::read::ir::Node;
use crate::read::ir::Param;

use super::call::Passed;
use super::call::RECEIVERS;
use super::find::Kind;
use super::machine::Machine;
use super::value::Closure;
use super::value::Value;

/// Payloads that one function is tried with, and calls made in a whole program.
const MOST_PAYLOADS: usize = 3;
const MOST_CALLS: usize = 24;
/// Parameters of a function that is tried.
const MOST_PARAMS: usize = 4;
/// The fewest items of a list, and letters of a text, that could be a payload.
const ITEMS: usize = 4;
const LETTERS: usize = 8;
/// The most variables that are looked at.
const MOST_VARIABLES: usize = 256;
/// What a parameter for the length of another is called.
const COUNTS: &[&str] = &["n", "len", "length", "size", "count"];

impl<'p> Machine<'p, '_> {
    /// Calls a function that nothing calls with values of the program: those that go by the names of its parameters,
    /// else a payload first and then numbers.
    pub(super) fn try_beside(&mut self, closure: &Closure) {
        let Node::Function { params, body, .. } = self.program.node(closure.node) else { return };
        let params: Vec<&'p Param> = params.iter().filter(|p| !RECEIVERS.contains(&&*p.name)).collect();
        if params.is_empty() || params.len() > MOST_PARAMS || self.is_blank(*body) {
            return;
        }
        if self.beside >= MOST_CALLS {
            return;
        }
        let held = self.held(closure);
        let named: Vec<Option<Value>> = params.iter().map(|param| by_name(&held, &param.name)).collect();
        let open = named.iter().position(|value| !value.as_ref().is_some_and(|value| self.is_payload(value)));
        let payloads: Vec<Value> = if open == Some(0) {
            held.iter().map(|(_, value)| value).filter(|value| self.is_payload(value)).cloned().collect()
        } else {
            named.iter().flatten().take(1).cloned().collect()
        };
        for payload in payloads.into_iter().take(MOST_PAYLOADS) {
            if self.beside >= MOST_CALLS {
                return;
            }
            self.beside += 1;
            let mut values = vec![payload.clone()];
            for (param, own) in params.iter().zip(&named).skip(1) {
                values.push(own.clone().unwrap_or_else(|| self.fitting(&held, &param.name, &payload)));
            }
            if let [only] = params[..]
                && only.rest
            {
                values.push(self.fitting(&held, "", &payload));
            }
            self.afresh();
            let result = self.tried(|machine| machine.call_closure(closure, Passed::of(values)));
            if let Some(value) = result {
                let _ = self.see_as(&value, Kind::Built);
            }
        }
    }

    /// What the program's variables, the classes' members and the fields of objects hold, by name.
    fn held(&self, closure: &Closure) -> Vec<(String, Value)> {
        let telling = |value: &Value| {
            !matches!(value.first(), Value::Function(_) | Value::Class(_) | Value::Unknown | Value::Null)
        };
        let globals = self.scopes.first().into_iter().flat_map(|scope| scope.vars.iter());
        let globals = globals.filter(|(_, value)| telling(value));
        let own = closure.class.and_then(|class| self.classes.get(class));
        let classes = own.into_iter().chain(&self.classes).flat_map(|class| class.members.iter());
        let classes = classes.filter(|(_, value)| telling(value));
        let mut all: Vec<(String, Value)> = globals
            .clone()
            .chain(classes)
            .take(MOST_VARIABLES)
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let this = closure.this.map(Value::Ref);
        for object in globals.map(|(_, value)| value).chain(&this) {
            let map = object.as_ref().and_then(|at| self.heap.map(at)).filter(|map| map.class.is_some());
            for (key, value) in map.into_iter().flat_map(|map| &map.entries) {
                if all.len() >= MOST_VARIABLES {
                    break;
                }
                if let Some(key) = key.as_text().filter(|_| telling(value)) {
                    all.push((key.s.clone(), value.clone()));
                }
            }
        }
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all
    }

    /// Whether a value could hold a text that is not to be seen.
    fn is_payload(&self, value: &Value) -> bool {
        match value.first() {
            Value::Text(text) => text.s.len() >= LETTERS && !decode::is_well_ordered(&text.s),
            Value::Bytes(blob) => blob.bytes.len() >= LETTERS,
            Value::Ref(at) => self.size(*at) >= ITEMS,
            _ => false,
        }
    }

    /// A number for a parameter: the length of the payload, or one of the program's.
    fn fitting(&self, held: &[(String, Value)], name: &str, payload: &Value) -> Value {
        if COUNTS.contains(&plain(name).as_str()) {
            let length = match payload.first() {
                Value::Text(text) => text.s.chars().count(),
                Value::Ref(at) => self.size(*at),
                _ => 0,
            };
            return Value::Int(i64::try_from(length).unwrap_or(0));
        }
        let mut numbers = held.iter().filter(|(_, value)| matches!(value.first(), Value::Int(_)));
        let first = numbers.clone().next();
        let near = numbers.find(|(own, _)| {
            let (own, name) = (plain(own), plain(name));
            !name.is_empty() && (own.contains(&name) || name.contains(&own))
        });
        near.or(first).map_or(Value::Unknown, |(_, value)| value.clone())
    }
}

/// The value of the variable that goes by a parameter's name.
fn by_name(held: &[(String, Value)], name: &str) -> Option<Value> {
    let name = plain(name);
    let found = held.iter().find(|(own, _)| plain(own) == name && !name.is_empty());
    found.map(|(_, value)| value.clone())
}

/// A name without signs and case.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}
