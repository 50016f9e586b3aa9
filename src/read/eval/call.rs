//! Calls: of the program's own functions, of library operations, of things nobody defined.

use std::rc::Rc;

use crate::read::ir::Arg;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;

use super::machine::Eval;
use super::machine::Exit;
use super::machine::Frame;
use super::machine::MOST_DEPTH;
use super::machine::MOST_FRAMES;
use super::machine::Machine;
use super::table::Set;
use super::value::Closure;
use super::value::Trace;
use super::value::Value;

/// First parameters that stand for the receiver, where a language writes it.
pub(super) const RECEIVERS: &[&str] = &["self", "this", "cls", "me"];

/// The arguments of a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Passed<'p> {
    pub(super) values: Vec<Value>,
    pub(super) named: Vec<(&'p str, Value)>,
    /// Named arguments whose names the program made.
    pub(super) extra: Vec<(String, Value)>,
}

impl Passed<'_> {
    /// Positional arguments.
    pub(super) fn of(values: Vec<Value>) -> Self {
        Passed { values, ..Passed::default() }
    }
}

impl<'p> Machine<'p, '_> {
    /// A call node: the program's own definition wins over the library's meaning.
    pub(super) fn call(&mut self, callee: NodeId, args: &'p [Arg], library: Option<&Library>) -> Eval {
        let mut memo: Vec<(NodeId, Value)> = Vec::new();
        let mut worked_on = None;
        let function = match self.program.node(callee) {
            Node::Name(name) if library.is_none() && self.lookup(name).is_none() => {
                // Code in pieces calls methods of a class that it shows elsewhere.
                self.method_of_any(name).unwrap_or(Value::Unknown)
            }
            Node::Name(_) => self.eval(callee)?,
            Node::Field(base, name) => {
                let value = self.eval(*base)?;
                memo.push((*base, value.clone()));
                let function = self.field(&value, name)?;
                let function = self.method_beside(function, &value, name);
                // Of a plain object, what it has not may be a method of the language.
                let function = if matches!(function, Value::Null) { Value::Unknown } else { function };
                match self.added_to_type(&value, name).filter(|_| function.is_unknown()) {
                    Some(added) => {
                        worked_on = Some(value);
                        added
                    }
                    None => self.with_this(function, &value),
                }
            }
            _ => self.eval(callee)?,
        };
        if matches!(function.first(), Value::Function(_) | Value::Class(_)) {
            let mut passed = self.arguments(args, &mut memo)?;
            worked_on.into_iter().for_each(|value| passed.values.insert(0, value));
            let function = self.overload(function, passed.values.len() + passed.named.len());
            self.pass_references(&function, args, &mut passed)?;
            return self.call_value(&function, passed);
        }
        if let Some(own) = self.callable(&function) {
            let passed = self.arguments(args, &mut memo)?;
            return self.call_value(&own, passed);
        }
        if let Some(own) = self.behaviour(&function, "__call") {
            let mut passed = self.arguments(args, &mut memo)?;
            passed.values.insert(0, function);
            return self.call_value(&own, passed);
        }
        // A function value is called by whatever name its interface has for that.
        let held = memo.first().map(|(_, value)| value.clone());
        if let Some(held @ Value::Function(_)) = held
            && self.traits().characters_count()
            && library.is_none_or(|library| library.op != Op::Apply)
        {
            let passed = self.arguments(args, &mut memo)?;
            return self.call_value(&held, passed);
        }
        if library.is_none()
            && args.is_empty()
            && function.as_ref().is_some_and(|at| self.heap.list(at).is_some())
        {
            // What a generator gave, called: the next of it.
            return self.apply(Op::Next, None, vec![function], &[]);
        }
        if function.is_unknown()
            && let Some(value) = self.caught(callee, args, &mut memo)?
        {
            return Ok(value);
        }
        let own = memo.first().and_then(|(_, value)| value.as_ref());
        let own = own.and_then(|at| self.heap.map(at)).is_some_and(|map| map.class.is_some());
        if args.is_empty() && !function.is_unknown() && (library.is_none() || own) {
            return Ok(function);
        }
        if let Some(library) = library {
            return self.library_call(library, args, memo);
        }
        let passed = self.arguments(args, &mut memo)?;
        if let (Value::Ref(_), [index], true) =
            (function.first(), &passed.values[..], passed.named.is_empty())
        {
            // A container that is called is indexed (Scala).
            return self.index(&function, index);
        }
        if let (Node::Do(Op::Base, names), Some(this), Some(first)) =
            (self.program.node(callee), self.frame().this, passed.values.first())
            && names.is_empty()
        {
            // The constructor of a base that nobody shows: what is thrown keeps its message.
            self.set_field(&Value::Ref(this), "message", first.clone())?;
        }
        let receiver = memo.first().map(|(_, value)| value.clone());
        self.unknown_call(receiver, &passed)
    }

    pub(super) fn arguments(&mut self, args: &'p [Arg], memo: &mut Vec<(NodeId, Value)>) -> Eval<Passed<'p>> {
        let mut passed = Passed::default();
        for arg in args {
            let value = match memo.iter().find(|(known, _)| *known == arg.value) {
                Some((_, value)) => value.clone(),
                None => self.eval(arg.value)?,
            };
            memo.push((arg.value, value.clone()));
            match (&arg.name, arg.spread) {
                (Some(name), true) if &**name == "**" => {
                    for (key, value) in self.entries(&value)? {
                        passed.extra.extend(key.as_text().map(|key| (key.s.clone(), value)));
                    }
                }
                (Some(name), _) => passed.named.push((name, value)),
                (None, true) => passed.values.extend(self.items(&value)?.unwrap_or_default()),
                (None, false) => passed.values.push(value),
            }
        }
        Ok(passed)
    }

    /// Puts the variables themselves where a function says that its parameters stand for them.
    fn pass_references(&mut self, function: &Value, args: &[Arg], passed: &mut Passed<'p>) -> Eval<()> {
        let Value::Function(closure) = function.first() else { return Ok(()) };
        let Node::Function { params, body, .. } = self.program.node(closure.node) else { return Ok(()) };
        let Node::Block(items) = self.program.node(*body) else { return Ok(()) };
        let Some(Node::Do(Op::ByReference, names)) = items.first().map(|id| self.program.node(*id)) else {
            return Ok(());
        };
        for name in names {
            let Node::Name(name) = self.program.node(*name) else { continue };
            let Some(at) = params.iter().position(|param| param.name == *name) else { continue };
            if let (Some(arg), Some(value)) = (args.get(at), passed.values.get(at).cloned()) {
                let place = self.address(Some(arg.value), &value)?;
                if let Some(slot) = passed.values.get_mut(at) {
                    *slot = place;
                }
            }
        }
        Ok(())
    }

    fn library_call(&mut self, library: &Library, args: &'p [Arg], mut memo: Vec<(NodeId, Value)>) -> Eval {
        let passed = self.arguments(args, &mut memo)?;
        let mut values = Vec::new();
        for operand in &library.operands {
            let value = match memo.iter().find(|(known, _)| known == operand) {
                Some((_, value)) => value.clone(),
                None => self.eval(*operand)?,
            };
            if args.iter().any(|arg| arg.spread && arg.value == *operand) {
                values.extend(self.items(&value)?.unwrap_or_default());
            } else {
                values.push(value);
            }
        }
        let place = library.operands.first().copied();
        self.busy(|machine| machine.apply(library.op, place, values, &passed.named))
    }

    /// A neutral operation outside a call.
    pub(super) fn operation(&mut self, op: Op, operands: &[NodeId]) -> Eval {
        if let (Op::Capture, Some(body)) = (op, operands.first()) {
            return self.capture(*body);
        }
        let values = self.all(operands)?;
        self.busy(|machine| machine.apply(op, operands.first().copied(), values, &[]))
    }

    /// Something nobody defined: its arguments are read, and it is taken to give back what it got.
    fn unknown_call(&mut self, receiver: Option<Value>, passed: &Passed<'p>) -> Eval {
        let named = passed.named.iter().map(|(_, value)| value);
        for value in passed.values.iter().chain(named) {
            self.see(value)?;
        }
        let telling =
            |value: &&Value| matches!(value.first(), Value::Text(_) | Value::Bytes(_) | Value::Ref(_));
        let named = passed.named.iter().map(|(_, value)| value);
        let all: Vec<&Value> = receiver.iter().chain(&passed.values).chain(named).collect();
        Ok(all.into_iter().find(telling).cloned().unwrap_or(Value::Unknown))
    }

    /// Calls a value with these arguments.
    pub(super) fn call_value(&mut self, function: &Value, passed: Passed<'p>) -> Eval {
        match function.first() {
            Value::Function(closure) => self.call_closure(&Rc::clone(closure), passed),
            Value::Class(class) => self.construct(*class, passed),
            _ => self.unknown_call(None, &passed),
        }
    }

    /// Calls a function of the program.
    pub(super) fn call_closure(&mut self, closure: &Closure, passed: Passed<'p>) -> Eval {
        let node = closure.node;
        let Node::Function { params, body, comment, generator, .. } = self.program.node(node) else {
            return Ok(Value::Unknown);
        };
        let known = !self.called.insert(node);
        if self.is_blank(*body) {
            return self.blank_call(&passed, comment.as_deref());
        }
        // A call from the top is made however long nothing came up: what the function was called for before says nothing
        // of this one.
        let again = known && self.frames.len() > 1;
        if self.frames.len() > MOST_FRAMES || self.depth + 8 > MOST_DEPTH || !self.lively(usize::from(again))
        {
            return Ok(Value::Unknown);
        }
        let given =
            passed.values.iter().find(|v| matches!(v.first(), Value::Text(_) | Value::Ref(_))).cloned();
        let scope = self.open(Some(closure.scope))?;
        let on = closure.on.or(closure.class).filter(|_| closure.this.is_none());
        let frame = Frame { scope, this: closure.this, class: closure.class, on, ..Frame::default() };
        let (root, ready) =
            (std::mem::replace(&mut self.root, closure.root), std::mem::take(&mut self.ready));
        self.frames.push(frame);
        self.nested = self.nested.saturating_add(u32::from(again));
        let run = |machine: &mut Self| machine.body(closure, params, *body, passed);
        let result = if again { self.busy(run) } else { run(self) };
        self.nested = self.nested.saturating_sub(u32::from(again));
        let frame = self.frames.pop().unwrap_or_default();
        (self.root, self.ready) = (root, ready);
        let value = match result {
            Ok(value) | Err(Exit::Return(value)) => value,
            Err(Exit::Break | Exit::Continue | Exit::Leave(_)) => Value::Unknown,
            Err(other) => return Err(other),
        };
        if *generator || !frame.yields.is_empty() {
            return self.list(frame.yields);
        }
        let value = Value::one_of(std::iter::once(value).chain(frame.returns));
        match value {
            Value::Null | Value::Unknown if closure.this.is_none() => Ok(given.unwrap_or(value)),
            value => Ok(value),
        }
    }

    fn body(&mut self, closure: &Closure, params: &'p [Param], body: NodeId, passed: Passed<'p>) -> Eval {
        self.bind_params(closure, params, passed)?;
        let mut result = self.eval(body);
        if let (Ok(_), Node::Block(_)) = (&result, self.program.node(body))
            && !self.last_is_value(body)
        {
            result = Ok(Value::Null);
        }
        while let Some((deferred, scope)) = self.frame().defers.pop() {
            let own = std::mem::replace(&mut self.frame().scope, scope);
            self.eval(deferred)?;
            self.frame().scope = own;
        }
        result
    }

    /// Whether the program reads fields of a variable of this name, which is no field itself.
    fn is_receiver(&mut self, name: &str) -> bool {
        let program = self.program;
        let receivers = self.receivers.get_or_insert_with(|| {
            let (mut bases, mut fields) = (Set::default(), Set::default());
            for id in program.ids() {
                if let Node::Field(base, field) = program.node(id) {
                    fields.insert(&**field);
                    if let Node::Name(base) = program.node(*base) {
                        bases.insert(&**base);
                    }
                }
            }
            bases.retain(|base| !fields.contains(base));
            bases
        });
        receivers.contains(name)
    }

    /// Whether a block ends in an expression, which some languages return.
    fn last_is_value(&self, body: NodeId) -> bool {
        let Node::Block(items) = self.program.node(body) else {
            return true;
        };
        let last = items.iter().rev().find(|id| !matches!(self.program.node(**id), Node::Comment(_)));
        last.is_some_and(|id| !matches!(self.program.node(*id), Node::Assign { .. } | Node::Function { .. }))
    }

    fn bind_params(&mut self, closure: &Closure, params: &'p [Param], mut passed: Passed<'p>) -> Eval<()> {
        if let Some(this) = closure.this {
            let required = params.iter().filter(|p| p.default.is_none() && !p.rest).count();
            let given = passed.values.len() + passed.named.len();
            let named = matches!(self.program.node(closure.node), Node::Function { name: Some(_), .. });
            // With nothing given, any parameter could be the object: it is one that fields are read of.
            let fits = |machine: &mut Self, name: &str| {
                named && given < required && (given > 0 || machine.is_receiver(name))
            };
            let written =
                params.first().is_some_and(|p| RECEIVERS.contains(&&*p.name) || fits(self, &p.name));
            if written {
                passed.values.insert(0, Value::Ref(this));
            }
            for name in ["this", "self"] {
                self.declare(name, Value::Ref(this))?;
            }
        } else if let Some(class) = self.frame().on
            && params.first().is_some_and(|p| &*p.name == "cls")
        {
            passed.values.insert(0, Value::Class(class));
        }
        let mut values = passed.values.into_iter();
        for param in params {
            // The remaining named arguments, as a map.
            if let Some(name) = param.name.strip_prefix("**") {
                let known = |name: &str| params.iter().any(|param| *param.name == *name);
                let named = passed.named.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
                let rest = named.chain(passed.extra.iter().cloned()).filter(|(name, _)| !known(name));
                let pairs = rest.map(|(name, value)| (Value::text(name, Trace::default()), value)).collect();
                let map = self.map(pairs)?;
                self.declare(name, map)?;
                continue;
            }
            let named = passed.named.iter().find(|(name, _)| *name == &*param.name).map(|(_, v)| v.clone());
            let extra =
                || passed.extra.iter().find(|(name, _)| **name == *param.name).map(|(_, v)| v.clone());
            let named = named.or_else(extra);
            let value = match (named, param.rest) {
                (Some(value), _) => value,
                (None, true) => {
                    let rest = values.by_ref().collect();
                    self.list(rest)?
                }
                (None, false) => match (values.next(), param.default) {
                    (Some(value), _) => value,
                    (None, Some(default)) => self.eval(default)?,
                    (None, None) => Value::Unknown,
                },
            };
            self.declare(&param.name, value)?;
        }
        Ok(())
    }

    /// Whether a body does nothing: comments and gaps only.
    pub(super) fn is_blank(&self, body: NodeId) -> bool {
        let blank = |id: &NodeId| match self.program.node(*id) {
            Node::Comment(_) | Node::Null | Node::Text(_) => true,
            Node::Opaque(inner) => inner.iter().all(|id| matches!(self.program.node(*id), Node::Comment(_))),
            Node::Do(Op::ByReference, _) => true,
            Node::Do(Op::Nothing, operands) => operands.is_empty(),
            Node::Return(value) => value.is_none_or(|id| matches!(self.program.node(id), Node::Null)),
            _ => false,
        };
        match self.program.node(body) {
            // A text alone at the end is what the function gives.
            Node::Block(items) => {
                let gives =
                    |id: &NodeId| matches!(self.program.node(*id), Node::Text(text) if !text.is_empty());
                !items.last().is_some_and(gives) && items.iter().all(blank)
            }
            Node::Comment(_) | Node::Null => true,
            Node::Opaque(items) => items.is_empty(),
            _ => false,
        }
    }

    /// A function without a body gives its argument back, in either order; its comment says which is likelier.
    fn blank_call(&mut self, passed: &Passed<'p>, comment: Option<&str>) -> Eval {
        let telling =
            |value: &&Value| matches!(value.first(), Value::Text(_) | Value::Bytes(_) | Value::Ref(_));
        for (_, value) in &passed.named {
            self.see(value)?;
        }
        for value in &passed.values {
            self.see(value)?;
        }
        let named = passed.named.iter().map(|(_, value)| value);
        let Some(given) = passed.values.iter().chain(named).find(telling).cloned() else {
            return Ok(Value::Unknown);
        };
        let Some(at) = given.as_ref().filter(|at| self.heap.list(*at).is_some()) else {
            return Ok(given);
        };
        let forward = self.leaves(at)?;
        let backward: Vec<Value> = forward.iter().rev().cloned().collect();
        let backward = self.list(backward)?;
        let reversing = comment.is_some_and(|c| c.to_lowercase().contains("revers"));
        let ranked = if reversing { [backward, given] } else { [given, backward] };
        Ok(Value::one_of(ranked))
    }
}
