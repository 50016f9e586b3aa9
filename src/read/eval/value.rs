//! What an expression can be worth. Values never nest: containers live in the heap and are named by [`Ref`], so a
//! value is dropped, cloned and compared without recursion.

use std::rc::Rc;

use crate::read::ir::Manner;
use crate::read::ir::NodeId;
use crate::read::ir::Source;

use super::heap::Ref;
use super::pointer::Place;

/// The most places remembered for one text.
const MOST_SOURCES: usize = 64;
/// The most steps remembered for one text.
const MOST_STEPS: usize = 8;
/// What a value takes where it is kept: in a list, a variable, an argument.
pub(super) const SLOT: usize = 24;
/// What a text, its counters and the block of its letters take beside them.
pub(super) const TEXT: usize = 112;
/// What an entry of a map takes, with its place in the index.
pub(super) const ENTRY: usize = 64;
/// What a container takes beside its items.
pub(super) const CELL: usize = 128;
/// The most alternatives of one value.
pub(super) const MOST_ALTERNATIVES: usize = 8;

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Nothing is known.
    Unknown,
    /// None, nil, null.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text, with holes where a piece is unknown.
    Text(Rc<Text>),
    /// Bytes that need not be text, or a number too wide for [`Value::Int`].
    Bytes(Rc<Blob>),
    /// A container or object.
    Ref(Ref),
    /// A function.
    Function(Rc<Closure>),
    /// A class, by index in the machine.
    Class(usize),
    /// A position in a text or container, or a variable's.
    Place(Rc<Place>),
    /// One of a few values, none of which is itself a `OneOf`.
    OneOf(Rc<[Value]>),
}

/// A text and where it comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    pub(super) s: String,
    pub(super) trace: Trace,
    /// Some piece was unknown and stands as a blank.
    pub(super) holes: bool,
    /// A character by type, not a text that happens to be one long.
    pub(super) character: bool,
}

/// Bytes and where they come from.
#[derive(Debug, Clone, Default)]
pub(super) struct Blob {
    pub(super) bytes: Vec<u8>,
    pub(super) trace: Trace,
    /// They are a number, the high end first.
    pub(super) number: bool,
}

/// Where the pieces of a text were written and what was done to them.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace {
    way: Option<Rc<Way>>,
    /// Put together from pieces or changed: not a literal as it stands.
    pub(super) built: bool,
}

/// What texts that came about the same way share.
#[derive(Debug, Clone, Default)]
struct Way {
    sources: Vec<Source>,
    how: Vec<&'static str>,
    /// How many pieces were put into the container that they were joined from.
    pushed: u32,
}

/// A function with the scope it was made in, and its receiver when it is a bound method.
#[derive(Debug, Clone)]
pub(super) struct Closure {
    pub(super) node: NodeId,
    pub(super) scope: usize,
    /// Which root it was written in; its traits apply in the body.
    pub(super) root: usize,
    pub(super) this: Option<Ref>,
    pub(super) class: Option<usize>,
    /// The class that it was looked up in, where that was done without an object.
    pub(super) on: Option<usize>,
    pub(super) manner: Manner,
}

impl Trace {
    /// The trace of a literal.
    pub(super) fn at(source: Source) -> Self {
        Trace { way: Some(Rc::new(Way { sources: vec![source], ..Way::default() })), built: false }
    }

    /// The trace of a piece that `step` took out of a text.
    pub(super) fn of_part(&self, step: &'static str) -> Self {
        let sources = self.sources().iter().take(1).copied().collect();
        Trace { way: Some(Rc::new(Way { sources, how: vec![step], pushed: 0 })), built: false }
    }

    /// The trace of what `step` takes out of a text, with all its places where they are few.
    pub(super) fn of_each(&self, step: &'static str) -> Self {
        if self.sources().len() > 2 {
            return self.of_part(step);
        }
        Trace {
            way: Some(Rc::new(Way { sources: self.sources().to_vec(), how: vec![step], pushed: 0 })),
            built: false,
        }
    }

    /// Where the pieces were written.
    pub(super) fn sources(&self) -> &[Source] {
        self.way.as_ref().map_or(&[], |way| &way.sources)
    }

    /// What was done to them.
    pub(super) fn how(&self) -> &[&'static str] {
        self.way.as_ref().map_or(&[], |way| &way.how)
    }

    /// Everything that was done, for people, first step first.
    pub(super) fn told(&self) -> Vec<String> {
        let pushed = self.way.as_ref().map_or(0, |way| way.pushed);
        let append = (pushed > 0).then(|| format!("append × {pushed}"));
        append.into_iter().chain(self.how().iter().map(|step| (*step).to_owned())).collect()
    }

    /// Notes how the container came about whose pieces the last step joined.
    pub(super) fn lead(&mut self, pushed: u32, steps: &[&'static str]) {
        if pushed == 0 && steps.is_empty() {
            return;
        }
        let way = Rc::make_mut(self.way.get_or_insert_default());
        way.pushed = way.pushed.max(pushed);
        let last = way.how.pop();
        for step in steps {
            way.note(step);
        }
        last.into_iter().for_each(|step| way.how.push(step));
    }

    /// Adds another piece's places and steps. Copies nothing where that changes nothing.
    pub(super) fn absorb(&mut self, other: &Trace) {
        self.built |= other.built;
        let Some(theirs) = &other.way else { return };
        let Some(own) = &mut self.way else {
            self.way = Some(Rc::clone(theirs));
            return;
        };
        let last = own.sources.last();
        let no_place =
            own.sources.len() >= MOST_SOURCES || theirs.sources.iter().all(|one| last == Some(one));
        let no_step = own.how.len() >= MOST_STEPS || theirs.how.iter().all(|step| own.how.contains(step));
        if no_place && no_step && theirs.pushed <= own.pushed {
            return;
        }
        let own = Rc::make_mut(own);
        own.pushed = own.pushed.max(theirs.pushed);
        for source in &theirs.sources {
            if own.sources.len() >= MOST_SOURCES {
                break;
            }
            if own.sources.last() != Some(source) {
                own.sources.push(*source);
            }
        }
        for step in &theirs.how {
            own.note(step);
        }
    }

    /// Adds a step, once.
    pub(super) fn note(&mut self, step: &'static str) {
        if !self.how().contains(&step) && self.how().len() < MOST_STEPS {
            Rc::make_mut(self.way.get_or_insert_default()).note(step);
        }
    }

    /// The same trace after `step`.
    pub(super) fn then(&self, step: &'static str) -> Trace {
        let mut trace = self.clone();
        trace.built = true;
        trace.note(step);
        trace
    }

    /// What it costs to keep, divided among those that share it.
    pub(super) fn size(&self) -> usize {
        let own = |way: &Rc<Way>| {
            (96 + way.sources.capacity() * 12 + way.how.capacity() * 16) / Rc::strong_count(way).max(1)
        };
        self.way.as_ref().map_or(0, own)
    }
}

impl Way {
    fn note(&mut self, step: &'static str) {
        if !self.how.contains(&step) && self.how.len() < MOST_STEPS {
            self.how.push(step);
        }
    }
}

impl Text {
    /// A text without holes.
    pub(super) fn new(s: String, trace: Trace) -> Self {
        Text { s, trace, ..Text::default() }
    }

    /// A character.
    pub(super) fn character(c: char, trace: Trace) -> Self {
        Text { s: c.to_string(), trace, holes: false, character: true }
    }

    /// Whether it is a single character.
    pub(super) fn single(&self) -> Option<char> {
        let mut chars = self.s.chars();
        let first = chars.next()?;
        if chars.next().is_none() { Some(first) } else { None }
    }
}

impl Value {
    /// A text that was made, not written, from `trace`.
    pub(super) fn text(s: String, trace: Trace) -> Value {
        Value::Text(Rc::new(Text::new(s, trace)))
    }

    /// A list of alternatives as one value: flattened, without repeats, capped.
    pub(super) fn one_of(values: impl IntoIterator<Item = Value>) -> Value {
        let mut all: Vec<Value> = Vec::new();
        for value in values {
            for item in value.alternatives() {
                if all.len() < MOST_ALTERNATIVES && !all.iter().any(|have| have.same(item)) {
                    all.push(item.clone());
                }
            }
        }
        if all.len() > 1 {
            all.retain(|value| !matches!(value, Value::Unknown | Value::Null));
        }
        match all.len() {
            0 => Value::Unknown,
            1 => all.swap_remove(0),
            _ => Value::OneOf(all.into()),
        }
    }

    /// The values this may be: itself unless it is a [`Value::OneOf`].
    pub(super) fn alternatives(&self) -> &[Value] {
        match self {
            Value::OneOf(all) => all,
            _ => std::slice::from_ref(self),
        }
    }

    /// The first alternative.
    pub(super) fn first(&self) -> &Value {
        self.alternatives().first().unwrap_or(self)
    }

    /// Whether nothing is known about it.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.first(), Value::Unknown)
    }

    /// Null instead of unknown, where it was looked for in a known container.
    pub(super) fn or_null(self, holder: &Value) -> Value {
        match (&self, holder.first()) {
            (Value::Unknown, Value::Ref(_) | Value::Text(_)) => Value::Null,
            _ => self,
        }
    }

    /// The integer it is: whole floats, truth values and single characters count.
    pub(super) fn as_int(&self) -> Option<i64> {
        self.alternatives().iter().find_map(|value| match value {
            Value::Int(n) => Some(*n),
            Value::Bool(b) => Some(i64::from(*b)),
            Value::Float(f) => whole(*f),
            Value::Text(text) => text.single().map(|c| i64::from(u32::from(c))),
            _ => None,
        })
    }

    /// The float it is.
    pub(super) fn as_float(&self) -> Option<f64> {
        match self.first() {
            Value::Float(f) => Some(*f),
            #[expect(clippy::cast_precision_loss, reason = "as in every language with both kinds of number")]
            other => other.as_int().map(|n| n as f64),
        }
    }

    /// The text it is, if it is one.
    pub(super) fn as_text(&self) -> Option<&Rc<Text>> {
        self.alternatives().iter().find_map(|value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    /// The container it is.
    pub(super) fn as_ref(&self) -> Option<Ref> {
        self.alternatives().iter().find_map(|value| match value {
            Value::Ref(at) => Some(*at),
            _ => None,
        })
    }

    /// Whether it is a character by type.
    pub(super) fn is_character(&self) -> bool {
        matches!(self, Value::Text(text) if text.character)
    }

    /// Whether two values are plainly the same: no look inside containers.
    pub(super) fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) | (Value::Unknown, Value::Unknown) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => Rc::ptr_eq(a, b) || a.s == b.s,
            (Value::Bytes(a), Value::Bytes(b)) => a.bytes == b.bytes,
            (Value::Ref(a), Value::Ref(b)) => a == b,
            (Value::Place(a), Value::Place(b)) => a.same(b),
            (Value::Class(a), Value::Class(b)) => a == b,
            (Value::Function(a), Value::Function(b)) => a.node == b.node && a.this == b.this,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(_) | Value::Int(_), Value::Float(_) | Value::Int(_)) => {
                self.as_float() == other.as_float()
            }
            _ => false,
        }
    }
}

/// A float without a fraction, as an integer.
pub(super) fn whole(f: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
    (f.is_finite() && f.fract() == 0.0 && f.abs() < 9.0e15).then_some(f as i64)
}
