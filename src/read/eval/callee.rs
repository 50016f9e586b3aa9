//! Which function a call means: a method beside a field, the one that takes all calls, one that is added to a type, one of several
//! of a name.

use std::rc::Rc;

use crate::read::ir::Arg;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Param;
use crate::read::ir::VALUE;

use super::call::RECEIVERS;
use super::machine::Eval;
use super::machine::Machine;
use super::value::Closure;
use super::value::Trace;
use super::value::Value;

impl<'p> Machine<'p, '_> {
    /// A call of a method that an object has not, taken by the one that takes them all.
    pub(super) fn caught(
        &mut self,
        callee: NodeId,
        args: &'p [Arg],
        memo: &mut Vec<(NodeId, Value)>,
    ) -> Eval<Option<Value>> {
        let (Node::Field(_, name), Some((_, object))) = (self.program.node(callee), memo.first().cloned())
        else {
            return Ok(None);
        };
        let Some(handler) = self.catch_all(&object) else { return Ok(None) };
        let mut passed = self.arguments(args, memo)?;
        let called = Value::text(name.to_string(), Trace::default());
        let Value::Function(closure) = handler.first() else { return Ok(None) };
        let Node::Function { name: own, params, .. } = self.program.node(closure.node) else {
            return Ok(None);
        };
        if own.as_deref() == Some("AUTOLOAD") {
            // Perl says in a variable which method is meant.
            self.bind(closure.scope, "$AUTOLOAD", called)?;
            return self.call_value(&handler, passed).map(Some);
        }
        let own: Vec<&Param> = params.iter().filter(|param| !RECEIVERS.contains(&&*param.name)).collect();
        if let [_, all] = own[..]
            && !all.rest
        {
            let list = self.list(std::mem::take(&mut passed.values))?;
            passed.values = vec![called, list];
        } else {
            passed.values.insert(0, called);
        }
        self.call_value(&handler, passed).map(Some)
    }

    /// A field may have the name of a method: what is called is the method.
    pub(super) fn method_beside(&self, field: Value, object: &Value, name: &str) -> Value {
        if matches!(field.first(), Value::Function(_) | Value::Class(_) | Value::Unknown | Value::Ref(_)) {
            return field;
        }
        let own = object.as_ref().and_then(|at| Some((at, self.heap.map(at)?.class?)));
        let found = own.and_then(|(at, class)| self.class_member(class, name, Some(at)));
        found.filter(|found| matches!(found.first(), Value::Function(_))).unwrap_or(field)
    }

    /// A method that the program adds to the type of a value: it takes the value first.
    pub(super) fn added_to_type(&self, value: &Value, name: &str) -> Option<Value> {
        let any = *self.members.get(name)?;
        let kind = match value.first() {
            Value::Text(_) => "String",
            Value::Int(_) => "Integer",
            Value::Ref(at) if self.heap.list(*at).is_some() => "Array",
            Value::Ref(at) if self.heap.map(*at).is_some_and(|map| map.class.is_none()) => "Hash",
            _ => return None,
        };
        let own = match self.lookup(kind) {
            Some(Value::Class(class)) => self.class_member(class, name, None),
            _ => None,
        };
        let method = own.or_else(|| self.class_member(any, name, None))?;
        let Value::Function(closure) = method.first() else { return None };
        let takes = |params: &[Param]| params.first().is_some_and(|param| &*param.name == VALUE);
        let own = matches!(self.program.node(closure.node), Node::Function { params, .. } if takes(params));
        own.then(|| method.clone())
    }

    /// A function kept in a plain object is called on it.
    pub(super) fn with_this(&self, function: Value, base: &Value) -> Value {
        let (Value::Function(closure), Some(at)) = (&function, base.as_ref()) else { return function };
        let plain = self.heap.map(at).is_some_and(|map| map.class.is_none());
        let takes_it = matches!(self.program.node(closure.node), Node::Function { params, .. }
            if params.first().is_some_and(|p| RECEIVERS.contains(&&*p.name)));
        if !plain || takes_it || closure.this.is_some() {
            return function;
        }
        Value::Function(Rc::new(Closure { this: Some(at), ..(**closure).clone() }))
    }

    /// Of methods that share a name, the one that takes so many arguments.
    pub(super) fn overload(&self, function: Value, given: usize) -> Value {
        let Value::OneOf(all) = &function else { return function };
        let fits = |value: &&Value| match value {
            Value::Function(closure) => match self.program.node(closure.node) {
                Node::Function { params, .. } => {
                    let least = params.iter().filter(|p| p.default.is_none() && !p.rest).count();
                    given >= least && (given <= params.len() || params.iter().any(|p| p.rest))
                }
                _ => false,
            },
            _ => false,
        };
        all.iter().find(fits).cloned().unwrap_or(function)
    }
}
