//! Variables and assignment: where values are kept and found again.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;

use super::call::Passed;
use super::expr::zero_based;
use super::heap::Cell;
use super::heap::Key;
use super::heap::Ref;
use super::machine::Eval;
use super::machine::Machine;
use super::ops::character_of;
use super::reckon::VARIABLE;
use super::value::ENTRY;
use super::value::SLOT;
use super::value::Value;

/// The deepest chain of scopes that is searched.
const MOST_SCOPES: usize = 64;

impl<'p> Machine<'p, '_> {
    /// The value of a variable: local scopes, then fields of the running method's object, then globals.
    pub(super) fn lookup(&self, name: &str) -> Option<Value> {
        if let Some(scope) = self.holder(name) {
            return self.scopes.get(scope)?.vars.get(name).cloned();
        }
        let global = self.scopes.first().and_then(|scope| scope.vars.get(name));
        // A class goes by its name even where one of its methods has the same: its constructor.
        if let Some(class @ Value::Class(_)) = global {
            return Some(class.clone());
        }
        let frame = self.frames.last()?;
        if let Some(value) = frame.this.and_then(|this| self.member(this, name)) {
            return Some(value);
        }
        if let Some(value) = frame.class.and_then(|class| self.class_member(class, name, None)) {
            return Some(value);
        }
        let found = self.scopes.first()?.vars.get(name).cloned();
        found.or_else(|| match name {
            "super" | "parent" | "base" => self.above(),
            "self" | "this" | "static" => frame.on.map(Value::Class),
            _ => None,
        })
    }

    /// The scope other than the global one that holds a name.
    fn holder(&self, name: &str) -> Option<usize> {
        let mut at = self.frames.last()?.scope;
        for _ in 0..MOST_SCOPES {
            if at == 0 {
                return None;
            }
            let scope = self.scopes.get(at)?;
            if scope.vars.contains_key(name) {
                return Some(at);
            }
            at = scope.parent?;
        }
        None
    }

    /// The scope that an assignment to a name binds it in.
    pub(super) fn scope_of(&self, name: &str) -> usize {
        let own = self.frames.last().map_or(0, |frame| frame.scope);
        let global =
            self.traits().globals || self.scopes.first().is_some_and(|scope| scope.vars.contains_key(name));
        self.holder(name).unwrap_or(if global { 0 } else { own })
    }

    /// Binds a name in the running function's scope.
    pub(super) fn declare(&mut self, name: &'p str, value: Value) -> Eval<()> {
        let scope = self.frame().scope;
        self.bind(scope, name, value)
    }

    /// Binds a name in a scope and reports a text that is thereby lost.
    pub(super) fn bind(&mut self, scope: usize, name: &'p str, value: Value) -> Eval<()> {
        self.spend_bytes(VARIABLE / 4)?;
        let Some(vars) = self.scopes.get_mut(scope).map(|scope| &mut scope.vars) else {
            return Ok(());
        };
        let old = vars.insert(name, value.clone());
        if let Some(journal) = self.journals.last_mut() {
            journal.note(scope, name, old.as_ref());
        }
        if let Some(old) = old {
            self.lost(name, &old, &value)?;
        }
        Ok(())
    }

    /// Assigns to a target: name, field, index, slice or a list of targets.
    pub(super) fn assign(&mut self, target: NodeId, value: Value, declares: bool) -> Eval<()> {
        let mut stack = vec![(target, value)];
        while let Some((target, value)) = stack.pop() {
            self.spend(1)?;
            match self.program.node(target) {
                Node::Name(name) => self.assign_name(name, value, declares)?,
                Node::Field(base, name) => {
                    let base = self.eval(*base)?;
                    self.set_field(&base, name, value)?;
                }
                Node::Index(base, index) => {
                    let holder = self.eval(*base)?;
                    let index = self.eval(*index)?;
                    self.set_index(Some(*base), &holder, &index, value)?;
                }
                Node::Slice { base, from, to, step } => self.set_slice(*base, [*from, *to, *step], &value)?,
                Node::List(targets) => stack.extend(self.split(targets, &value)?),
                Node::Spread(inner) => stack.push((*inner, value)),
                Node::Pair(a, b) => stack.extend(self.split(&[*a, *b], &value)?),
                Node::Do(Op::Variable, name) => {
                    let name = match name.first() {
                        Some(name) => self.eval(*name)?,
                        None => Value::Unknown,
                    };
                    let name = self.render(&name)?.s;
                    self.see(&value)?;
                    match self.written(&name)? {
                        Some(name) => self.assign_name(name, value, false)?,
                        None => {
                            self.spend_bytes(name.len() + 64)?;
                            self.made_names.insert(name, value);
                        }
                    }
                }
                _ => {
                    self.eval(target)?;
                }
            }
        }
        Ok(())
    }

    /// A name that the program makes of texts, where it is also written as a name.
    fn written(&mut self, name: &str) -> Eval<Option<&'p str>> {
        let program = self.program;
        self.spend(program.ids().count() / 16)?;
        Ok(program.ids().find_map(|id| match program.node(id) {
            Node::Name(known) if **known == *name => Some(&**known),
            _ => None,
        }))
    }

    /// The targets of a destructuring with their values; a starred one takes what the others leave.
    fn split(&mut self, targets: &[NodeId], value: &Value) -> Eval<Vec<(NodeId, Value)>> {
        let items = match value.first() {
            // An object's fields are its parts.
            Value::Ref(at) if self.heap.map(*at).is_some_and(|map| map.class.is_some()) => {
                self.heap.map(*at).map(|map| map.entries.iter().map(|entry| entry.1.clone()).collect())
            }
            Value::Ref(_) | Value::Text(_) | Value::Bytes(_) => self.items(value)?,
            _ => None,
        };
        let Some(items) = items else {
            let rest = targets.iter().skip(1).map(|target| (*target, Value::Unknown));
            return Ok(targets
                .first()
                .map(|target| (*target, value.clone()))
                .into_iter()
                .chain(rest)
                .collect());
        };
        let star = targets.iter().position(|target| matches!(self.program.node(*target), Node::Spread(_)));
        let spare = (items.len() + 1).saturating_sub(targets.len());
        let mut out = Vec::new();
        let mut at = 0;
        for (position, target) in targets.iter().enumerate() {
            if Some(position) == star {
                let taken: Vec<Value> = items.iter().skip(at).take(spare).cloned().collect();
                at += spare;
                out.push((*target, self.list(taken)?));
            } else {
                out.push((*target, items.get(at).cloned().unwrap_or(Value::Unknown)));
                at += 1;
            }
        }
        out.reverse();
        Ok(out)
    }

    fn assign_name(&mut self, name: &'p str, value: Value, declares: bool) -> Eval<()> {
        let scope = self.frame().scope;
        if declares {
            return self.bind(scope, name, value);
        }
        if !self.traits().pointers
            && let Some(place @ Value::Place(_)) = self.lookup(name)
        {
            return self.set_at_place(&place, 0, &value).map(drop);
        }
        if let Some(holder) = self.holder(name) {
            return self.bind(holder, name, value);
        }
        if let Some(this) = self.frame().this
            && self.heap.map(this).is_some_and(|map| map.field(name).is_some())
        {
            return self.set_field(&Value::Ref(this), name, value);
        }
        if let Some(class) = self.frame().class.and_then(|class| self.class_holding(class, name)) {
            self.add_member(class, name, value);
            return Ok(());
        }
        let global =
            self.traits().globals || self.scopes.first().is_some_and(|scope| scope.vars.contains_key(name));
        self.bind(if global { 0 } else { scope }, name, value)
    }

    /// `base.name = value`: a field of an object, or a method added to a class.
    pub(super) fn set_field(&mut self, base: &Value, name: &'p str, value: Value) -> Eval<()> {
        match base.first() {
            Value::Class(class) => {
                self.add_member(*class, name, value);
                Ok(())
            }
            Value::Ref(at) if self.heap.list(*at).is_some() && self.traits().pointers => {
                match self.at_place(base, 0)? {
                    Some(item @ Value::Ref(at)) if self.heap.map(at).is_some() => {
                        self.set_field(&item, name, value)
                    }
                    _ => Ok(()),
                }
            }
            Value::Place(_) => match self.at_place(base, 0)? {
                Some(item @ Value::Ref(_)) => self.set_field(&item, name, value),
                _ => Ok(()),
            },
            Value::Ref(at) => {
                self.spend_bytes(ENTRY)?;
                if let Some(setter) = self.setter(*at, name) {
                    return self.call_value(&setter, Passed::of(vec![value])).map(drop);
                }
                let key = Value::text(name.to_owned(), super::value::Trace::default());
                if self.heap.list(*at).is_some_and(|list| list.items.is_empty()) {
                    *self.heap.get_mut(*at) = Cell::Map(super::heap::Map::default());
                }
                let old = self.heap.map(*at).and_then(|map| map.field(name)).cloned();
                if let Some(map) = self.heap.map_mut(*at) {
                    map.set(key, value.clone());
                }
                old.map_or(Ok(()), |old| self.lost(name, &old, &value))
            }
            _ => Ok(()),
        }
    }

    /// The method `set name` of an object's class.
    fn setter(&self, at: Ref, name: &str) -> Option<Value> {
        let class = self.heap.map(at)?.class?;
        self.class_member(class, &format!("set {name}"), Some(at))
    }

    /// `holder[index] = value`; a text is stored back to `place`.
    pub(super) fn set_index(
        &mut self,
        place: Option<NodeId>,
        holder: &Value,
        index: &Value,
        value: Value,
    ) -> Eval<()> {
        if let (Value::Place(_), Some(n)) = (holder.first(), index.as_int())
            && self.set_at_place(holder, n, &value)?
        {
            return Ok(());
        }
        if let Value::Text(text) = holder.first() {
            let changed = self.set_char(text, index, &value)?;
            return place.map_or(Ok(()), |place| self.assign_again(place, changed));
        }
        let Some(at) = holder.as_ref() else {
            if let Some(place) = place
                && holder.is_unknown()
            {
                let map = self.map(vec![(index.clone(), value)])?;
                self.assign_again(place, map)?;
            }
            return Ok(());
        };
        self.store(at, index, value)
    }

    /// Puts a changed value where it was read from. An expression that was run to read it is not run again: in
    /// `(a = b)[0] = c` only the variable changes.
    fn assign_again(&mut self, place: NodeId, value: Value) -> Eval<()> {
        match self.program.node(place) {
            Node::Name(_) | Node::Field(..) | Node::Index(..) | Node::Slice { .. } => {
                self.assign(place, value, false)
            }
            Node::Assign { target, .. } => match self.program.node(*target) {
                Node::Name(name) => self.assign_name(name, value, false),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Sets an item by index or key; a list grows to take it.
    pub(super) fn store(&mut self, at: Ref, index: &Value, value: Value) -> Eval<()> {
        self.touch_value(&value);
        self.spend_bytes(ENTRY)?;
        let first = self.traits().first_index;
        let negative = self.traits().negative_index;
        let named = index.as_int().is_none() && index.as_text().is_some();
        match self.heap.get_mut(at) {
            Cell::List(list) if named && list.items.is_empty() => {
                let mut map = super::heap::Map::default();
                map.set(index.clone(), value);
                *self.heap.get_mut(at) = Cell::Map(map);
                return Ok(());
            }
            Cell::Map(map) => {
                // An object's fields have positions too.
                let position = index.as_int().and_then(|n| usize::try_from(n).ok());
                if let (Some(_), Some(at), None) =
                    (map.class, position, Key::of(index).and_then(|key| map.get(&key)))
                    && let Some(entry) = map.entries.get_mut(at)
                {
                    entry.1 = value;
                    return Ok(());
                }
                map.set(index.clone(), value);
                return Ok(());
            }
            Cell::Builder(_) => return Ok(()),
            Cell::List(_) => {}
        }
        let Some(index) = index.as_int() else {
            return self.push(None, &Value::Ref(at), &[value]).map(drop);
        };
        let len = self.size(at);
        let mut position = zero_based(index, first);
        if position < 0 && negative {
            position = position.saturating_add(i64::try_from(len).unwrap_or(i64::MAX));
        }
        let Ok(position) = usize::try_from(position) else {
            return Ok(());
        };
        if position >= len {
            self.spend_bytes((position - len).saturating_add(1).saturating_mul(SLOT))?;
        }
        if let Some(list) = self.heap.list_mut(at) {
            while list.items.len() <= position {
                list.items.push(Value::Unknown);
            }
            if let Some(slot) = list.items.get_mut(position) {
                *slot = value;
            }
            list.fresh = true;
        }
        Ok(())
    }

    /// `base[from:to:step] = values`
    fn set_slice(&mut self, base: NodeId, bounds: [Option<NodeId>; 3], value: &Value) -> Eval<()> {
        let holder = self.eval(base)?;
        let (Some(at), Some(mut items)) = (holder.as_ref(), self.items(value)?) else { return Ok(()) };
        let mut known = [None; 3];
        for (slot, bound) in known.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                *slot = self.eval(bound)?.as_int();
            }
        }
        let [from, to, step] = known;
        self.remember(at)?;
        let len = self.size(at);
        self.spend_bytes(items.len() * SLOT)?;
        self.spend(len)?;
        let Some(list) = self.heap.list_mut(at) else { return Ok(()) };
        list.fresh = true;
        let picked: Vec<usize> = super::ops::picks(len, from, to, step.unwrap_or(1)).collect();
        if step.is_some_and(|step| step != 1) {
            let gone = items.is_empty();
            for (place, item) in picked.iter().zip(items.drain(..)) {
                if let Some(slot) = list.items.get_mut(*place) {
                    *slot = item;
                }
            }
            if gone {
                let mut at = 0;
                list.items.retain(|_| {
                    at += 1;
                    !picked.contains(&(at - 1))
                });
            }
            return Ok(());
        }
        let start = picked.first().copied().unwrap_or_else(|| super::ops::place_in(from.unwrap_or(0), len));
        let end = picked.last().map_or(start, |last| last + 1);
        list.items.splice(start..end, items);
        Ok(())
    }

    /// `target op= value`
    pub(super) fn update(&mut self, target: NodeId, op: BinaryOp, value: &Value) -> Eval {
        let old = self.eval(target)?;
        if let Some(new) = self.move_place(op, &old, value) {
            self.restore(target, &new)?;
            return Ok(new);
        }
        if op == BinaryOp::Add
            && let Some(new) = self.own_growth(&old, value)?
        {
            self.restore(target, &new)?;
            return Ok(new);
        }
        let listed = old.as_ref().filter(|at| self.heap.list(*at).is_some());
        let new = match (op, old.first()) {
            (BinaryOp::Add, Value::Unknown | Value::Null) if value.as_text().is_some() => value.clone(),
            (BinaryOp::Add, Value::Null) if value.as_int().is_some() => value.clone(),
            (BinaryOp::Add, _) if listed.is_some() => {
                return self.in_place(Op::Extend, None, &old, std::slice::from_ref(value));
            }
            (BinaryOp::Add | BinaryOp::ShiftLeft, Value::Ref(_)) => {
                return self.push(Some(target), &old, std::slice::from_ref(value));
            }
            (_, Value::Text(text))
                if text.character && self.traits().characters_count() && op != BinaryOp::Or =>
            {
                match self.binary(op, &old, value)? {
                    Value::Int(code) => character_of(code),
                    other => other,
                }
            }
            (BinaryOp::Or, _) if self.truth(&old) == Some(true) => old,
            (BinaryOp::Or, _) => value.clone(),
            _ => self.binary(op, &old, value)?,
        };
        self.restore(target, &new)?;
        Ok(new)
    }

    /// Puts an updated value where it came from. What is no place (`--(--x)`) was evaluated once, and that is all.
    fn restore(&mut self, target: NodeId, value: &Value) -> Eval<()> {
        match self.program.node(target) {
            Node::Assign { .. } | Node::Binary(..) | Node::Unary(..) | Node::Call { .. } => Ok(()),
            _ => self.assign(target, value.clone(), false),
        }
    }
}
