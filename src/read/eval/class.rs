//! Classes and the objects made of them.

use std::rc::Rc;

use crate::read::ir::Manner;
use crate::read::ir::Node;
use crate::read::ir::NodeId;

use super::call::Passed;
use super::heap::Cell;
use super::heap::Map;
use super::heap::Ref;
use super::machine::Eval;
use super::machine::MOST_FRAMES;
use super::machine::Machine;
use super::reckon::CLOSURE;
use super::table::Names;
use super::value::CELL;
use super::value::Closure;
use super::value::ENTRY;
use super::value::TEXT;
use super::value::Trace;
use super::value::Value;

/// The longest chain of base classes that is searched.
const MOST_BASES: usize = 32;

/// A class: its own members and the classes it extends.
#[derive(Debug)]
pub(super) struct Class<'p> {
    pub(super) members: Names<'p, Value>,
    bases: Vec<usize>,
    /// What goes before the class's own members.
    before: Vec<usize>,
    fields: Vec<(&'p str, Option<Value>)>,
    constructor: Option<&'p str>,
    /// A base is a field of its own, which holds what else would be inherited.
    embeds: bool,
    pub(super) made: bool,
}

impl<'p> Machine<'p, '_> {
    /// Defines a class.
    pub(super) fn class(&mut self, id: NodeId) -> Eval {
        let Node::Class { name, bases, members, constructor, fields } = self.program.node(id) else {
            return Ok(Value::Unknown);
        };
        let mut known = Vec::new();
        for base in bases {
            if let Value::Class(at) = self.eval(*base)? {
                known.push(at);
            }
        }
        let is_field =
            |base: &NodeId| matches!(self.program.node(*base), Node::Name(name) if fields.contains(name));
        let embeds = bases.iter().any(is_field);
        self.spend_bytes(256)?;
        let index = self.classes.len();
        self.classes.push(Class {
            members: Names::default(),
            bases: known,
            before: Vec::new(),
            fields: fields.iter().map(|name| (&**name, None)).collect(),
            constructor: constructor.as_deref(),
            embeds,
            made: false,
        });
        self.declare(name, Value::Class(index))?;
        let outer = self.frame().class.replace(index);
        let result = self.define_members(index, members);
        self.frame().class = outer;
        result?;
        Ok(Value::Class(index))
    }

    /// Methods first: what a field starts as may call them.
    fn define_members(&mut self, class: usize, members: &[NodeId]) -> Eval<()> {
        let is_method = |id: &NodeId| matches!(self.program.node(*id), Node::Function { name: Some(_), .. });
        let (methods, others): (Vec<NodeId>, Vec<NodeId>) = members.iter().partition(|id| is_method(id));
        for member in methods.into_iter().chain(others) {
            self.define_member(class, member)?;
        }
        Ok(())
    }

    fn define_member(&mut self, class: usize, member: NodeId) -> Eval<()> {
        match self.program.node(member) {
            Node::Function { name: Some(name), .. } => {
                self.spend_bytes(CLOSURE)?;
                let (scope, root) = (self.frame().scope, self.root);
                let closure = Closure {
                    node: member,
                    scope,
                    root,
                    this: None,
                    class: Some(class),
                    on: None,
                    manner: Manner::Plain,
                };
                self.add_member(class, name, Value::Function(Rc::new(closure)));
            }
            Node::Assign { target, value, .. } => {
                let value = self.eval(*value)?;
                if let Node::Name(name) = self.program.node(*target) {
                    self.spend_bytes(64)?;
                    self.see(&value)?;
                    self.add_member(class, name, value.clone());
                    if let Some(class) = self.classes.get_mut(class)
                        && let Some(slot) = class.fields.iter_mut().find(|slot| slot.0 == &**name)
                    {
                        slot.1 = Some(value);
                    }
                }
            }
            _ => {
                let value = self.eval(member)?;
                self.see(&value)?;
            }
        }
        Ok(())
    }

    /// Whether a class has `base` among those it extends.
    pub(super) fn extends(&self, class: Option<usize>, base: usize) -> bool {
        class.and_then(|class| self.classes.get(class)).is_some_and(|class| class.bases.contains(&base))
    }

    /// Makes a class extend one more, which may go before what the class itself says.
    pub(super) fn inherit(&mut self, class: &Value, base: &Value, before: bool) -> Value {
        if let (Value::Class(class), Value::Class(base)) = (class.first(), base.first())
            && class != base
            && let Some(class) = self.classes.get_mut(*class)
            && class.bases.len() + class.before.len() < MOST_BASES
        {
            let list = if before { &mut class.before } else { &mut class.bases };
            list.push(*base);
        }
        Value::Null
    }

    /// A class and all that it extends, in the order that their members count in.
    fn line(&self, class: usize) -> Vec<usize> {
        let last_first = self.traits().last_base_first;
        let mut line: Vec<usize> = Vec::new();
        // Each with whether what goes before it has been taken.
        let mut left = vec![(class, false)];
        let mut taken = 0;
        while let Some((at, own)) = left.pop() {
            taken += 1;
            let Some(class) = self.classes.get(at).filter(|_| taken <= 2 * MOST_BASES) else { continue };
            if !own && !class.before.is_empty() {
                left.push((at, true));
                left.extend(class.before.iter().map(|before| (*before, false)));
                continue;
            }
            // What several extend stands behind all of them.
            line.retain(|known| *known != at);
            line.push(at);
            let bases = class.bases.iter().map(|base| (*base, false));
            if last_first { left.extend(bases) } else { left.extend(bases.rev()) }
        }
        line
    }

    /// The class behind that of the method that runs, in the line of the object's class.
    fn next_in_line(&self) -> Option<usize> {
        let frame = self.frames.last()?;
        let own = frame.class?;
        let first = self.classes.get(own)?.bases.first().copied();
        let object = frame.this.and_then(|this| self.heap.map(this)?.class).filter(|object| *object != own);
        let Some(object) = object else {
            let class = self.classes.get(own)?;
            return if class.bases.len() < 2 { first } else { self.line(own).get(1).copied() };
        };
        let line = self.line(object);
        let next = line.iter().position(|class| *class == own).and_then(|at| line.get(at + 1));
        next.copied().or(first)
    }

    /// Adds a member to a class.
    pub(super) fn add_member(&mut self, class: usize, name: &'p str, value: Value) {
        let overloaded = match (self.classes.get(class).and_then(|class| class.members.get(name)), &value) {
            (Some(old), Value::Function(new)) if self.shares_its_name(old, new.node) => {
                Some(Value::one_of([value.clone(), old.clone()]))
            }
            _ => None,
        };
        if let Some(own) = self.classes.get_mut(class) {
            own.members.insert(name, overloaded.unwrap_or(value));
            let first = self.members.entry(name).or_insert(class);
            *first = class.min(*first);
        }
    }

    /// Whether methods take another number of arguments than a new one of the same name.
    fn shares_its_name(&self, old: &Value, new: NodeId) -> bool {
        let count = |node: NodeId| match self.program.node(node) {
            Node::Function { params, .. } => params.len(),
            _ => 0,
        };
        old.alternatives().iter().all(|one| match one {
            Value::Function(closure) => count(closure.node) != count(new),
            _ => false,
        })
    }

    /// The class, or its base, that holds a member of this name.
    pub(super) fn class_holding(&self, class: usize, name: &str) -> Option<usize> {
        let mut at = class;
        for _ in 0..MOST_BASES {
            let class = self.classes.get(at)?;
            if class.members.contains_key(name) {
                return Some(at);
            }
            at = *class.bases.first()?;
        }
        None
    }

    /// The method of the base class of the method that runs, or that class's constructor.
    pub(super) fn of_base(&mut self, name: Option<&Value>) -> Value {
        let this = self.frame().this;
        let first =
            |machine: &Self| machine.classes.get(machine.frames.last()?.class?)?.bases.first().copied();
        let base = if name.is_some() { self.next_in_line() } else { first(self) };
        let Some(base) = base else { return Value::Unknown };
        let found = match name.and_then(Value::as_text) {
            Some(name) => {
                // What goes before a class is behind us already.
                let own = self.classes.get(base).and_then(|class| class.members.get(&name.s));
                own.map(|own| bound(own, this)).or_else(|| self.class_member(base, &name.s, this))
            }
            None => self.constructor_of(base).and_then(|name| self.class_member(base, name, this)),
        };
        found.unwrap_or(Value::Unknown)
    }

    /// A method of this name, whichever class has it.
    pub(super) fn method_of_any(&self, name: &str) -> Option<Value> {
        let found = self.classes.get(*self.members.get(name)?)?.members.get(name)?;
        matches!(found.first(), Value::Function(_)).then(|| found.clone())
    }

    /// The only method of an object, bound to it: an object that stands for a function.
    pub(super) fn only_method(&self, value: &Value) -> Option<Value> {
        let at = value.as_ref()?;
        let class = self.classes.get(self.heap.map(at)?.class?)?;
        let mut methods = class
            .members
            .iter()
            .filter(|(name, value)| matches!(value, Value::Function(_)) && class.constructor != Some(*name));
        let (_, method) = methods.next()?;
        if methods.next().is_some() { None } else { Some(bound(method, Some(at))) }
    }

    /// What the constructor of a class or of its nearest base that has one is called.
    fn constructor_of(&self, class: usize) -> Option<&'p str> {
        let mut at = class;
        for _ in 0..MOST_BASES {
            let class = self.classes.get(at)?;
            if let Some(name) = class.constructor {
                return Some(name);
            }
            at = *class.bases.first()?;
        }
        None
    }

    /// The constructor of a class.
    pub(super) fn constructor(&self, class: usize) -> Option<Value> {
        self.class_member(class, self.constructor_of(class)?, None)
    }

    /// What `super` stands for in the method that runs.
    pub(super) fn above(&self) -> Option<Value> {
        self.next_in_line().map(Value::Class)
    }

    /// A member of a class or its bases; functions are bound to `this`.
    pub(super) fn class_member(&self, class: usize, name: &str, this: Option<Ref>) -> Option<Value> {
        let own = self.classes.get(class)?;
        if let Some(value) = own.members.get(name).filter(|_| own.before.is_empty()) {
            return Some(bound(value, this));
        }
        if own.bases.len() > 1 || !own.before.is_empty() {
            let mut line = self.line(class).into_iter();
            return line.find_map(|class| Some(bound(self.classes.get(class)?.members.get(name)?, this)));
        }
        let mut queue: Vec<usize> = own.bases.clone();
        let mut at = 0;
        while at < queue.len() && at < MOST_BASES {
            let class = self.classes.get(*queue.get(at)?)?;
            at += 1;
            if let Some(value) = class.members.get(name) {
                return Some(bound(value, this));
            }
            queue.extend(class.bases.iter().take(MOST_BASES));
        }
        None
    }

    /// Makes an object: fields with their defaults, then the constructor, else the arguments in field order.
    pub(super) fn construct(&mut self, class: usize, passed: Passed<'p>) -> Eval {
        // Objects that make objects take more of the stack than calls do.
        if self.frames.len() > MOST_FRAMES / 3 {
            return Ok(Value::Unknown);
        }
        let Some((fields, constructor, base)) = self.plan(class) else {
            return Ok(Value::Unknown);
        };
        self.spend_bytes(CELL + fields.len() * (ENTRY + TEXT))?;
        let mut object = Map { class: Some(class), ..Map::default() };
        for (name, value) in &fields {
            let value = self.fresh(value.clone())?;
            object.set(Value::text((*name).to_owned(), Trace::default()), value);
        }
        let this = self.heap.add(Cell::Map(object));
        let constructor = constructor.or(base).and_then(|name| self.class_member(class, name, Some(this)));
        let given = passed.values.len() + passed.named.len();
        let constructor = constructor.map(|all| self.overload(all, given).first().clone());
        if let Some(Value::Function(closure)) = constructor {
            self.call_closure(&closure, passed)?;
            return Ok(Value::Ref(this));
        }
        let names: Vec<&'p str> = fields.iter().map(|(name, _)| *name).collect();
        for (at, value) in passed.values.into_iter().enumerate() {
            self.see(&value)?;
            self.touch_value(&value);
            match names.get(at) {
                Some(name) => self.set_field(&Value::Ref(this), name, value)?,
                None => self.store(this, &Value::Int(i64::try_from(at).unwrap_or(0)), value)?,
            }
        }
        for (name, value) in passed.named {
            self.see(&value)?;
            self.set_field(&Value::Ref(this), name, value)?;
        }
        Ok(Value::Ref(this))
    }

    /// A field's default, copied so that objects do not share it.
    fn fresh(&mut self, value: Option<Value>) -> Eval {
        match value {
            Some(Value::Ref(at)) => {
                let size = self.size(at);
                self.spend_bytes(size * ENTRY + CELL)?;
                let cell = self.heap.get(at).clone();
                Ok(Value::Ref(self.heap.add(cell)))
            }
            Some(value) => Ok(value),
            None => Ok(Value::Unknown),
        }
    }

    #[expect(clippy::type_complexity, reason = "what a construction needs, taken apart at once")]
    fn plan(
        &mut self,
        class: usize,
    ) -> Option<(Vec<(&'p str, Option<Value>)>, Option<&'p str>, Option<&'p str>)> {
        self.classes.get_mut(class)?.made = true;
        let own = self.classes.get(class)?;
        let (mut fields, constructor) = (Vec::new(), own.constructor);
        let base = own.bases.first().and_then(|base| self.constructor_of(*base));
        let mut at = class;
        for _ in 0..MOST_BASES {
            let Some(class) = self.classes.get(at) else { break };
            for (place, field) in class.fields.iter().enumerate() {
                if !fields.iter().any(|(name, _): &(&str, _)| *name == field.0) {
                    fields.insert(place.min(fields.len()), field.clone());
                }
            }
            let Some(next) = class.bases.first().filter(|_| !own.embeds) else { break };
            at = *next;
        }
        Some((fields, constructor, base))
    }
}

/// A member as an object's own: functions are bound to it.
fn bound(value: &Value, this: Option<Ref>) -> Value {
    match (value, this) {
        (Value::Function(closure), Some(_)) => {
            Value::Function(Rc::new(Closure { this, ..(**closure).clone() }))
        }
        (Value::OneOf(all), Some(_)) => Value::OneOf(all.iter().map(|one| bound(one, this)).collect()),
        _ => value.clone(),
    }
}
