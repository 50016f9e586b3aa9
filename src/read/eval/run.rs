//! Statements: blocks, branches, loops, exceptions.

use crate::read::ir::Arm;
use crate::read::ir::Handler;
use crate::read::ir::Node;
use crate::read::ir::NodeId;

use super::call::Passed;
use super::machine::Eval;
use super::machine::Exit;
use super::machine::Journal;
use super::machine::Left;
use super::machine::Machine;
use super::reckon::VARIABLE;
use super::table::Table;
use super::value::CELL;
use super::value::ENTRY;
use super::value::MOST_ALTERNATIVES;
use super::value::SLOT;
use super::value::Value;

/// Passes through a loop whose end is not known.
const UNKNOWN_PASSES: u32 = 2;
/// The most items drawn from a function.
const MOST_DRAWN: usize = 10_000;

impl<'p> Machine<'p, '_> {
    pub(super) fn statement(&mut self, id: NodeId) -> Eval {
        let program = self.program;
        match program.node(id) {
            Node::Block(items) => self.block(id, items),
            Node::Opaque(items) => {
                for item in items {
                    let value = self.eval(*item)?;
                    self.see(&value)?;
                }
                Ok(Value::Unknown)
            }
            Node::Assign { target, value, op, declares } => {
                let value = self.eval(*value)?;
                if let Some(op) = op {
                    return self.update(*target, *op, &value);
                }
                let value = self.copied(id, value)?;
                self.assign(*target, value.clone(), *declares)?;
                Ok(value)
            }
            Node::If { test, then, other } => self.branch(*test, *then, *other),
            Node::While { before, test, after, body, runs_first } => {
                if let Some(before) = before {
                    self.eval(*before)?;
                }
                self.looping(|machine| machine.repeat([*test, *after, Some(*body)], *runs_first))
            }
            Node::For { target, iter, body, indexed } => {
                self.looping(|machine| machine.for_each(*target, *iter, *body, *indexed))
            }
            Node::Match { subject, arms } => self.matching(*subject, arms),
            Node::Try { body, handlers, finally } => self.attempt(*body, handlers, *finally),
            Node::Return(value) => {
                let value = self.maybe(*value)?;
                self.see(&value)?;
                Err(Exit::Return(value))
            }
            Node::Yield(value, each) => self.give(*value, *each),
            Node::Throw(value) => Err(Exit::Throw(self.maybe(*value)?)),
            Node::Break => Err(Exit::Break),
            Node::Continue => Err(Exit::Continue),
            Node::Leave(label) => Err(Exit::Leave(label.clone())),
            Node::Labelled(label, body) => match self.eval(*body) {
                Err(Exit::Leave(left)) if left == *label => Ok(Value::Null),
                result => result,
            },
            Node::Defer(call) => {
                // What it is called with is known now; a function written in place sees what comes after.
                let scope = self.frame().scope;
                let in_place = matches!(program.node(*call), Node::Call { callee, .. }
                    if matches!(program.node(*callee), Node::Function { .. }));
                let scope = if in_place { scope } else { self.snapshot(scope)? };
                self.frame().defers.push((*call, scope));
                Ok(Value::Null)
            }
            _ => Ok(Value::Unknown),
        }
    }

    fn maybe(&mut self, id: Option<NodeId>) -> Eval {
        id.map_or(Ok(Value::Null), |id| self.eval(id))
    }

    /// The value of an assignment, copied where the language copies containers.
    fn copied(&mut self, assign: NodeId, value: Value) -> Eval {
        let Node::Assign { value: from, .. } = self.program.node(assign) else {
            return Ok(value);
        };
        let named = matches!(self.program.node(*from), Node::Name(_) | Node::Field(..) | Node::Index(..));
        match value.first() {
            Value::Ref(at) if named && self.traits().copies => {
                let size = self.size(*at);
                self.spend_bytes(size * ENTRY + CELL)?;
                let cell = self.heap.get(*at).clone();
                Ok(Value::Ref(self.heap.add(cell)))
            }
            _ => Ok(value),
        }
    }

    /// Binds the functions and classes a block defines, so that they can be called before their definition runs.
    pub(super) fn hoist(&mut self, block: NodeId) {
        let Node::Block(items) = self.program.node(block) else {
            return;
        };
        for item in items {
            if let Node::Function { name: Some(name), .. } = self.program.node(*item)
                && self.lookup(name).is_none()
                && self.eval(*item).is_err()
            {
                return;
            }
        }
    }

    fn block(&mut self, id: NodeId, items: &[NodeId]) -> Eval {
        self.hoist(id);
        let mut last = Value::Null;
        for item in items {
            last = self.eval(*item)?;
        }
        Ok(last)
    }

    fn branch(&mut self, test: NodeId, then: NodeId, other: Option<NodeId>) -> Eval {
        let (mut test, mut then, mut other) = (test, then, other);
        loop {
            let value = self.eval(test)?;
            match (self.truth(&value), other) {
                (Some(true), _) => return self.eval(then),
                (Some(false), None) => return Ok(Value::Null),
                (None, None) => return self.branches(&[then]),
                (None, Some(other)) => return self.branches(&[then, other]),
                (Some(false), Some(next)) => match self.program.node(next) {
                    Node::If { test: t, then: n, other: o } => {
                        self.spend(1)?;
                        (test, then, other) = (*t, *n, *o);
                    }
                    _ => return self.eval(next),
                },
            }
        }
    }

    /// Runs branches of which any may be the one: in turn, on the same containers. A variable that all of them
    /// assign becomes one of its values.
    fn branches(&mut self, branches: &[NodeId]) -> Eval {
        let mut values = Vec::new();
        let mut after: Vec<Left<'p>> = Vec::new();
        for (at, branch) in branches.iter().enumerate() {
            self.begin();
            let result = self.eval(*branch);
            let journal = self.journals.pop();
            if let Some(value) = self.swallow(result)? {
                values.push(value);
            }
            if let Some(journal) = journal {
                self.settle(journal, at + 1 < branches.len(), &mut after)?;
            }
        }
        if branches.len() > 1 {
            self.merge(after)?;
        }
        Ok(Value::one_of(values))
    }

    /// Goes on after a branch that may not have run.
    fn swallow(&mut self, result: Eval) -> Eval<Option<Value>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Exit::Halt) => Err(Exit::Halt),
            Err(Exit::Return(value)) => {
                self.maybe_left = true;
                let frame = self.frame();
                if frame.returns.len() < MOST_ALTERNATIVES {
                    frame.returns.push(value);
                }
                Ok(None)
            }
            Err(Exit::Break | Exit::Leave(_)) => {
                self.maybe_left = true;
                Ok(None)
            }
            Err(Exit::Continue | Exit::Throw(_)) => Ok(None),
        }
    }

    /// Adds the values that a branch left its variables with; with `undo` the old ones are put back. Costs what the branch
    /// changed.
    fn settle(&mut self, journal: Journal<'p>, undo: bool, after: &mut Vec<Left<'p>>) -> Eval<()> {
        self.spend(journal.before.len())?;
        for (scope, name, old) in journal.before {
            if let Some(outer) = self.journals.last_mut() {
                outer.note(scope, name, old.as_ref());
            }
            let Some(vars) = self.scopes.get_mut(scope).map(|scope| &mut scope.vars) else {
                continue;
            };
            let left = match old {
                Some(old) if undo => vars.insert(name, old),
                _ => vars.get(name).cloned(),
            };
            after.push((scope, name, left));
        }
        Ok(())
    }

    /// A variable that several branches assigned is one of the values they left it with.
    fn merge(&mut self, after: Vec<Left<'p>>) -> Eval<()> {
        self.spend(after.len())?;
        let mut places: Table<(usize, &'p str), usize> = Table::default();
        let mut merged: Vec<(usize, &'p str, Vec<Value>)> = Vec::new();
        for (scope, name, value) in after {
            let at = *places.entry((scope, name)).or_insert(merged.len());
            match merged.get_mut(at) {
                Some(known) => known.2.extend(value),
                None => merged.push((scope, name, value.into_iter().collect())),
            }
        }
        for (scope, name, values) in merged {
            if let Some(scope) = self.scopes.get_mut(scope) {
                scope.vars.insert(name, Value::one_of(values));
            }
        }
        Ok(())
    }

    /// A `while` loop: `parts` are test, after and body.
    fn repeat(&mut self, parts: [Option<NodeId>; 3], runs_first: bool) -> Eval {
        let [test, after, body] = parts;
        let mut unsure = 0;
        for pass in 0.. {
            self.spend(1)?;
            if let Some(test) = test.filter(|_| pass > 0 || !runs_first) {
                let value = self.eval(test)?;
                match self.truth(&value) {
                    Some(false) => break,
                    Some(true) => {}
                    None => unsure += 1,
                }
            }
            if unsure > UNKNOWN_PASSES || !self.lively(pass) {
                break;
            }
            if self.pass(body)? {
                break;
            }
            if std::mem::take(&mut self.maybe_left) {
                unsure += 1;
            }
            self.maybe(after)?;
        }
        Ok(Value::Null)
    }

    /// One pass through a loop body. True when the loop ends.
    fn pass(&mut self, body: Option<NodeId>) -> Eval<bool> {
        match self.maybe(body) {
            Ok(_) | Err(Exit::Continue) => Ok(false),
            Err(Exit::Break) => Ok(true),
            Err(other) => Err(other),
        }
    }

    fn for_each(&mut self, target: NodeId, iter: NodeId, body: NodeId, indexed: bool) -> Eval {
        let iter = self.eval(iter)?;
        let iter = self.drawn(iter)?;
        let two = matches!(self.program.node(target), Node::List(targets) if targets.len() == 2);
        let items = self.loop_items(&iter, indexed, two)?;
        for (pass, item) in items.into_iter().enumerate() {
            self.spend(1)?;
            if !self.lively(pass) {
                break;
            }
            self.assign(target, item, true)?;
            if self.pass(Some(body))? {
                break;
            }
        }
        Ok(Value::Null)
    }

    /// What a function gives call by call, up to null; any other value as it is.
    fn drawn(&mut self, iter: Value) -> Eval {
        if !matches!(iter.first(), Value::Function(_)) {
            return Ok(iter);
        }
        let mut items = Vec::new();
        for pass in 0..MOST_DRAWN {
            let value = self.call_value(&iter, Passed::default())?;
            if matches!(value.first(), Value::Null | Value::Unknown) || !self.lively(pass) {
                break;
            }
            if value.as_ref().is_some_and(|at| self.heap.list(at).is_some()) && pass == 0 {
                return Ok(value);
            }
            self.spend_bytes(SLOT)?;
            items.push(value);
        }
        self.list(items)
    }

    fn loop_items(&mut self, iter: &Value, indexed: bool, two: bool) -> Eval<Vec<Value>> {
        let map = iter.as_ref().and_then(|at| self.heap.map(at)).is_some_and(|map| !map.set);
        let queue = iter
            .as_ref()
            .and_then(|at| self.heap.list(at))
            .is_some_and(|list| list.order != super::heap::Order::List);
        if map && two {
            let entries = self.entries(iter)?;
            return entries.into_iter().map(|(key, value)| self.list(vec![key, value])).collect();
        }
        let Some(items) = self.items(iter)? else {
            return Ok(vec![Value::Unknown]);
        };
        if !indexed || map || (queue && !two) || matches!(iter.first(), Value::Int(_)) {
            return Ok(items);
        }
        let first = self.traits().first_index;
        let mut out = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let at = Value::Int(i64::try_from(at).unwrap_or(i64::MAX).saturating_add(first));
            out.push(if two { self.list(vec![at, item])? } else { at });
        }
        Ok(out)
    }

    fn matching(&mut self, subject: Option<NodeId>, arms: &[Arm]) -> Eval {
        let subject = subject.map(|id| self.eval(id)).transpose()?;
        let mut possible = Vec::new();
        for (at, arm) in arms.iter().enumerate() {
            match self.fits(subject.as_ref(), arm)? {
                Some(false) => {}
                Some(true) if possible.is_empty() => return self.arms(arms.get(at..).unwrap_or_default()),
                Some(true) => {
                    possible.push(arm.body);
                    break;
                }
                None => possible.push(arm.body),
            }
        }
        self.branches(&possible)
    }

    /// Runs the first arm, and those it falls into.
    fn arms(&mut self, arms: &[Arm]) -> Eval {
        let mut last = Value::Null;
        for arm in arms {
            match self.eval(arm.body) {
                Err(Exit::Break) if !self.traits().breaks_through => break,
                result => last = result?,
            }
            if !arm.falls_through {
                break;
            }
        }
        Ok(last)
    }

    fn fits(&mut self, subject: Option<&Value>, arm: &Arm) -> Eval<Option<bool>> {
        let mut fits = Some(arm.values.is_empty());
        for value in &arm.values {
            let value = self.eval(*value)?;
            let same = match subject {
                Some(subject) => self.equal(subject, &value)?,
                None => self.truth(&value),
            };
            match same {
                Some(true) => {
                    fits = Some(true);
                    break;
                }
                Some(false) => {}
                None => fits = None,
            }
        }
        if let (Some(guard), true) = (arm.guard, fits != Some(false)) {
            let guard = self.eval(guard)?;
            match self.truth(&guard) {
                Some(true) => {}
                other => fits = other,
            }
        }
        Ok(fits)
    }

    fn attempt(&mut self, body: NodeId, handlers: &'p [Handler], finally: Option<NodeId>) -> Eval {
        let caught = u32::from(!handlers.is_empty());
        self.trying = self.trying.saturating_add(caught);
        let mut result = self.eval(body);
        self.trying = self.trying.saturating_sub(caught);
        if let Err(Exit::Throw(thrown)) = &result {
            let thrown = thrown.clone();
            result = Ok(Value::Null);
            if let Some(handler) = handlers.first() {
                if let Some(name) = &handler.binds {
                    self.declare(name, thrown)?;
                }
                result = self.eval(handler.body);
            }
        }
        if let Err(Exit::Halt) = result {
            return result;
        }
        self.maybe(finally)?;
        result
    }

    /// A scope that holds what another holds now.
    fn snapshot(&mut self, of: usize) -> Eval<usize> {
        let vars = self.scopes.get(of).map(|scope| scope.vars.clone()).unwrap_or_default();
        self.spend_bytes(vars.len() * VARIABLE)?;
        let own = self.open(Some(of))?;
        if let Some(scope) = self.scopes.get_mut(own) {
            scope.vars = vars;
        }
        Ok(own)
    }

    fn give(&mut self, value: Option<NodeId>, each: bool) -> Eval {
        let value = self.maybe(value)?;
        let values = if each { self.items(&value)?.unwrap_or_default() } else { vec![value] };
        self.spend_bytes(values.len() * SLOT)?;
        for value in &values {
            self.touch_value(value);
        }
        self.frame().yields.extend(values);
        Ok(Value::Unknown)
    }
}
