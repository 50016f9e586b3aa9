//! Evaluation of nodes: the dispatcher and the plain expressions.

use std::rc::Rc;

use crate::read::ir::BinaryOp;
use crate::read::ir::Clause;
use crate::read::ir::Comprehension;
use crate::read::ir::Manner;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;

use super::call::Passed;
use super::heap::Cell;
use super::machine::Eval;
use super::machine::Exit;
use super::machine::MOST_DEPTH;
use super::machine::Machine;
use super::reckon::CLOSURE;
use super::value::Blob;
use super::value::Closure;
use super::value::ENTRY;
use super::value::SLOT;
use super::value::TEXT;
use super::value::Text;
use super::value::Trace;
use super::value::Value;

/// With less stack than this left, this much more is taken from the heap.
const STACK_LEFT: usize = 256 << 10;
const STACK_MORE: usize = 2 << 20;
/// The longest chain of parents that is followed.
const MOST_PARENTS: usize = 32;

impl<'p> Machine<'p, '_> {
    /// What a node is worth. Chains that lean left (`a + b + c`, `x.f().g()`) are climbed without recursion.
    pub(super) fn eval(&mut self, id: NodeId) -> Eval {
        if self.ready.last().is_some_and(|(ready, _)| *ready == id) {
            return Ok(self.ready.pop().map_or(Value::Unknown, |(_, value)| value));
        }
        self.spend(1)?;
        if self.depth >= MOST_DEPTH {
            return Ok(Value::Unknown);
        }
        self.depth += 1;
        let base = self.ready.len();
        // Threads of servers have small stacks, and frames without optimisation are large.
        let result = stacker::maybe_grow(STACK_LEFT, STACK_MORE, || {
            if self.lead(id).is_some() { self.climb(id) } else { self.node(id) }
        });
        self.ready.truncate(base);
        self.depth -= 1;
        result
    }

    /// Evaluates the innermost left part first, then each node around it.
    fn climb(&mut self, id: NodeId) -> Eval {
        let mut chain = vec![id];
        let mut at = id;
        while let Some(inner) = self.lead(at) {
            self.spend(1)?;
            chain.push(inner);
            at = inner;
        }
        let mut value = self.node(at)?;
        chain.pop();
        let base = self.ready.len();
        while let Some(outer) = chain.pop() {
            self.ready.push((at, value));
            value = self.node(outer)?;
            self.ready.truncate(base);
            at = outer;
        }
        Ok(value)
    }

    /// The part that a node evaluates before anything else, where that part is a compound.
    fn lead(&self, id: NodeId) -> Option<NodeId> {
        let inner = match self.program.node(id) {
            Node::Binary(_, inner, _) | Node::Field(inner, _) | Node::Index(inner, _) => *inner,
            Node::Slice { base, .. } => *base,
            Node::Call { callee, .. } => match self.program.node(*callee) {
                Node::Field(base, _) => *base,
                _ => *callee,
            },
            Node::Do(Op::Capture, _) => return None,
            Node::Do(_, operands) => *operands.first()?,
            _ => return None,
        };
        let compound = matches!(
            self.program.node(inner),
            Node::Binary(..)
                | Node::Field(..)
                | Node::Index(..)
                | Node::Slice { .. }
                | Node::Call { .. }
                | Node::Do(..)
        );
        compound.then_some(inner)
    }

    fn node(&mut self, id: NodeId) -> Eval {
        let program = self.program;
        match program.node(id) {
            Node::Text(text) => self.literal(id, text),
            Node::Bytes(bytes) => {
                self.spend_bytes(bytes.len() + TEXT)?;
                let trace = Trace::at(program.source(id));
                Ok(Value::Bytes(Rc::new(Blob { bytes: bytes.to_vec(), trace, number: false })))
            }
            Node::Wide(bytes) => {
                self.spend_bytes(bytes.len() + TEXT)?;
                let trace = Trace::at(program.source(id));
                Ok(Value::Bytes(Rc::new(Blob { bytes: bytes.to_vec(), trace, number: true })))
            }
            Node::Int(n) => Ok(Value::Int(*n)),
            Node::Float(f) => Ok(Value::Float(*f)),
            Node::Bool(b) => Ok(Value::Bool(*b)),
            Node::Null | Node::Comment(_) => Ok(Value::Null),
            Node::Name(name) => match self.lookup(name) {
                // A reference reads as what it stands for.
                Some(place @ Value::Place(_)) if !self.traits().pointers => self.shown(&place),
                value => self.read(value.unwrap_or(Value::Unknown)),
            },
            Node::Field(base, name) => {
                let base = self.eval(*base)?;
                self.field(&base, name)
            }
            Node::Call { callee, args, library } => self.call(*callee, args, library.as_ref()),
            Node::Do(op, operands) => self.operation(*op, operands),
            Node::Binary(op, left, right) => self.binary_node(*op, *left, *right),
            Node::Unary(op, value) => {
                let value = self.eval(*value)?;
                Ok(self.unary(*op, &value))
            }
            Node::Function { .. } => self.function(id),
            Node::Class { .. } => self.class(id),
            _ => self.compound(id),
        }
    }

    fn compound(&mut self, id: NodeId) -> Eval {
        let program = self.program;
        match program.node(id) {
            Node::List(items) => {
                let items = self.all(items)?;
                self.list(items)
            }
            Node::Map(entries) => self.map_literal(entries),
            Node::Pair(a, b) => {
                let pair = vec![self.eval(*a)?, self.eval(*b)?];
                self.list(pair)
            }
            Node::Spread(inner) => self.eval(*inner),
            Node::Concat(pieces) => self.concat(pieces),
            Node::Index(base, index) => {
                let base = self.eval(*base)?;
                let index = self.eval(*index)?;
                self.index(&base, &index)
            }
            Node::Slice { base, from, to, step } => self.slice_node(*base, [*from, *to, *step]),
            Node::Choose { test, then, other } => self.choose(*test, *then, *other),
            Node::Comprehend { kind, element, clauses } => self.comprehend(*kind, *element, clauses),
            _ => self.statement(id),
        }
    }

    /// The values of list items, spreads opened.
    pub(super) fn all(&mut self, ids: &[NodeId]) -> Eval<Vec<Value>> {
        let mut out = Vec::new();
        for id in ids {
            let value = self.eval(*id)?;
            if matches!(self.program.node(*id), Node::Spread(_)) {
                out.extend(self.items(&value)?.unwrap_or_default());
            } else {
                out.push(value);
            }
        }
        Ok(out)
    }

    fn map_literal(&mut self, entries: &[NodeId]) -> Eval {
        let mut pairs = Vec::new();
        for id in entries {
            match self.program.node(*id) {
                Node::Pair(key, value) => {
                    let key = self.eval(*key)?;
                    pairs.push((key, self.eval(*value)?));
                }
                Node::Spread(inner) => {
                    let inner = self.eval(*inner)?;
                    pairs.extend(self.entries(&inner)?);
                }
                _ => {
                    let value = self.eval(*id)?;
                    pairs.push((Value::Unknown, value));
                }
            }
        }
        self.map(pairs)
    }

    /// The entries of a map, or the pairs of a list of pairs.
    pub(super) fn entries(&mut self, value: &Value) -> Eval<Vec<(Value, Value)>> {
        if let Some(at) = value.as_ref()
            && let Some(map) = self.heap.map(at)
        {
            let all = map.ordered();
            self.spend_bytes(all.len() * ENTRY)?;
            return Ok(all);
        }
        let mut out = Vec::new();
        for item in self.items(value)?.unwrap_or_default() {
            if matches!(item, Value::Ref(_))
                && let Some(pair) = self.items(&item)?
                && let [key, value] = pair.as_slice()
            {
                out.push((key.clone(), value.clone()));
            }
        }
        Ok(out)
    }

    fn concat(&mut self, pieces: &[NodeId]) -> Eval {
        let mut out = Text::default();
        for piece in pieces {
            let value = self.eval(*piece)?;
            let text = self.render(&value)?;
            out.s.push_str(&text.s);
            out.holes |= text.holes;
            out.trace.absorb(&text.trace);
        }
        if pieces.len() > 1 {
            out.trace.built = true;
            out.trace.note("put together");
        }
        self.made(out)
    }

    fn binary_node(&mut self, op: BinaryOp, left: NodeId, right: NodeId) -> Eval {
        let a = self.eval(left)?;
        match (op, self.truth(&a)) {
            (BinaryOp::And, Some(false)) | (BinaryOp::Or, Some(true)) => return Ok(a),
            (BinaryOp::And | BinaryOp::Or, known) => {
                let b = self.eval(right)?;
                return Ok(if known.is_some() { b } else { Value::one_of([a, b]) });
            }
            _ => {}
        }
        let b = self.eval(right)?;
        if let Some(own) = self.own_operator(op, &a, &b) {
            let bound = matches!(&own.0, Value::Function(closure) if closure.this.is_some());
            let values = match (own.1, bound) {
                (true, true) => vec![a],
                (false, true) => vec![b],
                _ => vec![a, b],
            };
            return self.call_value(&own.0, Passed::of(values));
        }
        if op == BinaryOp::ShiftLeft && !matches!(a.first(), Value::Int(_) | Value::Bool(_)) {
            return self.stream(left, &a, b);
        }
        self.binary(op, &a, &b)
    }

    /// What a class of the program says an operator does, and whether it is the right side that says it.
    fn own_operator(&self, op: BinaryOp, a: &Value, b: &Value) -> Option<(Value, bool)> {
        let names: &[&str] = match op {
            BinaryOp::Add => &["+", "__add__", "operator+", "plus", "__concat", "__add", "."],
            BinaryOp::ShiftLeft => &["<<", "__lshift__", "operator<<"],
            BinaryOp::Mul => &["*", "__mul__", "operator*", "times", "__mul"],
            BinaryOp::Sub => &["-", "__sub__", "operator-", "minus", "__sub"],
            BinaryOp::Div => &["/", "__truediv__", "operator/", "div", "__div"],
            BinaryOp::BitOr => &["|", "__or__", "operator|", "or"],
            BinaryOp::ShiftRight => &[">>", "__rshift__", "operator>>"],
            BinaryOp::Mod => &["%", "__mod__", "operator%", "rem", "__mod"],
            BinaryOp::BitXor => &["^", "__xor__", "xor"],
            _ => return None,
        };
        let of = |value: &Value| {
            let at = value.as_ref()?;
            if let Some(own) = names.iter().find_map(|name| self.behaviour(value, name)) {
                return Some(own);
            }
            let class = self.heap.map(at)?.class?;
            let found = names.iter().find_map(|name| self.class_member(class, name, Some(at)))?;
            matches!(found, Value::Function(_)).then_some(found)
        };
        of(a).map(|own| (own, false)).or_else(|| of(b).map(|own| (own, true)))
    }

    /// `<<` onto something that is no integer: written or pushed. The left side is the value, so that chains work.
    fn stream(&mut self, place: NodeId, left: &Value, item: Value) -> Eval {
        if left.is_unknown() {
            self.write(&[item])?;
            return Ok(Value::Unknown);
        }
        self.push(Some(place), left, &[item])
    }

    fn unary(&mut self, op: UnaryOp, value: &Value) -> Value {
        match (op, value.first()) {
            (UnaryOp::Not, _) => self.truth(value).map_or(Value::Unknown, |b| Value::Bool(!b)),
            (UnaryOp::Neg, Value::Float(f)) => Value::Float(-f),
            (UnaryOp::BitNot, Value::Float(f)) => {
                super::value::whole(f.trunc()).map_or(Value::Unknown, |n| Value::Int(!n))
            }
            (UnaryOp::Neg, _) => value.as_int().and_then(i64::checked_neg).map_or(Value::Unknown, Value::Int),
            (UnaryOp::BitNot, _) => value.as_int().map_or(Value::Unknown, |n| Value::Int(!n)),
            (UnaryOp::Plus, _) => value.clone(),
        }
    }

    /// `base.name`
    pub(super) fn field(&mut self, base: &Value, name: &str) -> Eval {
        if self.traits().pointers && self.place(base).is_some() {
            return match self.at_place(base, 0)? {
                Some(Value::Ref(at)) => Ok(self.member(at, name).unwrap_or(Value::Unknown)),
                _ => Ok(Value::Unknown),
            };
        }
        for one in base.alternatives() {
            match one {
                Value::Ref(at) => {
                    if let Some(found) = self.member(*at, name) {
                        let found = match found {
                            Value::Function(closure)
                                if closure.this.is_none() && closure.manner == Manner::Getter =>
                            {
                                Value::Function(Rc::new(Closure { this: Some(*at), ..(*closure).clone() }))
                            }
                            found => found,
                        };
                        return self.read(found);
                    }
                    if let Some(lookup) = self.behaviour(one, "__index") {
                        let key = Value::text(name.to_owned(), Trace::default());
                        let values = vec![one.clone(), key];
                        return self.call_value(&lookup, Passed::of(values));
                    }
                    if let Some(found) = self.own_member(one, name)? {
                        return Ok(found);
                    }
                }
                Value::Class(class) => {
                    let this = self.frames.last().filter(|frame| self.extends(frame.class, *class));
                    if let Some(found) = self.class_member(*class, name, this.and_then(|frame| frame.this)) {
                        return self.read(looked_up(found, *class));
                    }
                }
                _ => {}
            }
        }
        // A plain object shows all that it has.
        let bare = base
            .as_ref()
            .and_then(|at| self.heap.map(at))
            .is_some_and(|map| map.class.is_none() && map.parent.is_none());
        Ok(if bare { Value::Null } else { Value::Unknown })
    }

    /// What reading a member gives: a getter is called.
    pub(super) fn read(&mut self, value: Value) -> Eval {
        match &value {
            Value::Function(closure) if closure.manner == Manner::Getter => {
                self.call_value(&value, Passed::default())
            }
            _ => Ok(value),
        }
    }

    /// A field of an object or map, or a bound method.
    pub(super) fn member(&self, at: super::heap::Ref, name: &str) -> Option<Value> {
        let mut holder = at;
        for _ in 0..MOST_PARENTS {
            let Cell::Map(map) = self.heap.get(holder) else {
                return None;
            };
            if let Some(value) = map.field(name) {
                return Some(value.clone());
            }
            match (map.class, map.parent) {
                (Some(class), _) => {
                    let lent = self.lent(map, name);
                    return lent.or_else(|| self.class_member(class, name, Some(at)));
                }
                (None, Some(parent)) => holder = self.heap.map(parent)?.field("__index")?.as_ref()?,
                (None, None) => return None,
            }
        }
        None
    }

    /// A field of the object that a field holds for a class it extends.
    fn lent(&self, map: &super::heap::Map, name: &str) -> Option<Value> {
        let own = map.class?;
        map.entries.iter().take(16).find_map(|(_, value)| {
            let inner = self.heap.map(value.as_ref()?)?;
            if !self.extends(Some(own), inner.class?) { None } else { inner.field(name).cloned() }
        })
    }

    /// A member of the parent that says how its children behave.
    pub(super) fn behaviour(&self, value: &Value, name: &str) -> Option<Value> {
        let parent = self.heap.map(value.as_ref()?)?.parent?;
        let found = self.heap.map(parent)?.field(name)?;
        matches!(found.first(), Value::Function(_)).then(|| found.clone())
    }

    fn choose(&mut self, test: NodeId, then: NodeId, other: NodeId) -> Eval {
        let test = self.eval(test)?;
        match self.truth(&test) {
            Some(true) => self.eval(then),
            Some(false) => self.eval(other),
            None => {
                let then = self.eval(then)?;
                let other = self.eval(other)?;
                Ok(Value::one_of([then, other]))
            }
        }
    }

    fn slice_node(&mut self, base: NodeId, bounds: [Option<NodeId>; 3]) -> Eval {
        let base = self.eval(base)?;
        let mut known = [None; 3];
        for (slot, bound) in known.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                let value = self.eval(bound)?;
                *slot = match value.first() {
                    Value::Null => None,
                    _ => match value.as_int() {
                        Some(n) => Some(n),
                        None => return Ok(base),
                    },
                };
            }
        }
        let first = self.traits().first_index;
        let [from, to, step] = known;
        self.slice(&base, from.map(|n| zero_based(n, first)), to.map(|n| zero_based(n, first)), step)
    }

    fn comprehend(&mut self, kind: Comprehension, element: NodeId, clauses: &'p [Clause]) -> Eval {
        let mut out = Vec::new();
        self.busy(|machine| machine.clause(element, clauses, &mut out))?;
        match kind {
            Comprehension::List => self.list(out),
            Comprehension::Map => {
                let mut pairs = Vec::new();
                for pair in out {
                    if let Some([key, value]) = self.items(&pair)?.as_deref() {
                        pairs.push((key.clone(), value.clone()));
                    }
                }
                self.map(pairs)
            }
        }
    }

    fn clause(&mut self, element: NodeId, clauses: &'p [Clause], out: &mut Vec<Value>) -> Eval<()> {
        let Some((clause, rest)) = clauses.split_first() else {
            self.spend_bytes(SLOT)?;
            out.push(self.eval(element)?);
            return Ok(());
        };
        if self.depth >= MOST_DEPTH {
            return Ok(());
        }
        let iter = self.eval(clause.iter)?;
        let items = self.items(&iter)?.unwrap_or_else(|| vec![Value::Unknown]);
        for (pass, item) in items.into_iter().enumerate() {
            self.spend(1)?;
            if !self.lively(pass) {
                break;
            }
            self.assign(clause.target, item, true)?;
            if !self.holds(&clause.tests)? {
                continue;
            }
            self.depth += 1;
            let result = self.clause(element, rest, out);
            self.depth -= 1;
            result?;
        }
        Ok(())
    }

    /// Whether no test is known to fail.
    fn holds(&mut self, tests: &[NodeId]) -> Eval<bool> {
        for test in tests {
            let value = self.eval(*test)?;
            if self.truth(&value) == Some(false) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A function value; binds its name.
    fn function(&mut self, id: NodeId) -> Eval {
        let Node::Function { name, .. } = self.program.node(id) else {
            return Err(Exit::Throw(Value::Unknown));
        };
        self.spend_bytes(CLOSURE)?;
        let scope = self.frame().scope;
        let this = self.frame().this;
        let class = self.frame().class;
        let value = Value::Function(Rc::new(Closure {
            node: id,
            scope,
            root: self.root,
            this,
            class,
            on: None,
            manner: Manner::Plain,
        }));
        if let Some(name) = name {
            self.declare(name, value.clone())?;
        }
        Ok(value)
    }
}

/// A member of a class as it is found without an object.
fn looked_up(found: Value, class: usize) -> Value {
    match found {
        Value::Function(closure) if closure.this.is_none() => {
            Value::Function(Rc::new(Closure { on: Some(class), ..(*closure).clone() }))
        }
        found => found,
    }
}

/// An index as counted from zero; negative ones are left as they are.
pub(super) fn zero_based(index: i64, first: i64) -> i64 {
    if index > 0 || first == 0 { index.saturating_sub(first) } else { index }
}
