//! Functions and methods that nothing calls: their code counts too.

use std::rc::Rc;

use crate::read::ir::Manner;
use crate::read::ir::Node;
use crate::read::ir::Param;

use super::call::Passed;
use super::call::RECEIVERS;
use super::find::Kind;
use super::machine::Machine;
use super::table::Set;
use super::value::Closure;
use super::value::Value;

impl<'p> Machine<'p, '_> {
    /// Runs the functions and methods that nothing called, with unknown arguments: their code counts too.
    pub(super) fn run_uncalled(&mut self) {
        let functions: Vec<(usize, Rc<Closure>)> = self
            .scopes
            .first()
            .into_iter()
            .flat_map(|scope| scope.vars.values())
            .filter_map(|value| match value {
                Value::Function(closure) => Some((closure.node.index(), Rc::clone(closure))),
                _ => None,
            })
            .collect();
        // Those that nothing mentions first: they are where a program starts, and call the others with what is known.
        let mentioned = self.mentioned();
        let starts = |closure: &Closure| self.name_of(closure).is_some_and(|name| !mentioned.contains(name));
        let mut functions: Vec<(bool, usize, Rc<Closure>)> =
            functions.into_iter().map(|(at, closure)| (!starts(&closure), at, closure)).collect();
        functions.sort_by_key(|(later, at, _)| (*later, *at));
        for (mentioned, _, closure) in functions {
            self.run_alone(&closure, mentioned);
        }
        for class in 0..self.classes.len() {
            self.run_class(class, &mentioned);
        }
        let program = self.program;
        for id in program.ids() {
            if matches!(program.node(id), Node::Function { .. }) && !self.called.contains(&id) && !self.halted
            {
                let closure = Closure {
                    node: id,
                    scope: 0,
                    root: 0,
                    this: None,
                    class: None,
                    on: None,
                    manner: Manner::Plain,
                };
                self.run_alone(&closure, true);
            }
        }
    }

    fn name_of(&self, closure: &Closure) -> Option<&'p str> {
        match self.program.node(closure.node) {
            Node::Function { name, .. } => name.as_deref(),
            _ => None,
        }
    }

    /// Names that some expression uses.
    fn mentioned(&self) -> Set<&'p str> {
        let program = self.program;
        let names = program.ids().filter_map(|id| match program.node(id) {
            Node::Name(name) | Node::Field(_, name) => Some(&**name),
            _ => None,
        });
        names.collect()
    }

    /// Calls a function with nothing known. One that is mentioned elsewhere gets less: the program calls it itself. What takes
    /// arguments that nobody gives is tried within a share; what takes none is run as any other part of the program.
    fn run_alone(&mut self, closure: &Closure, mentioned: bool) {
        if self.called.contains(&closure.node) {
            return;
        }
        self.afresh();
        let call = |machine: &mut Self| machine.call_closure(closure, Passed::default());
        let result = match (mentioned, self.takes_arguments(closure)) {
            (true, _) => self.tried(call),
            (false, true) => self.tried_at_length(call),
            (false, false) => self.guarded(call),
        };
        if let Some(value) = result {
            let _ = self.see_as(&value, Kind::Built);
        }
        self.try_beside(closure);
    }

    /// Whether a function has parameters other than its object.
    fn takes_arguments(&self, closure: &Closure) -> bool {
        let given = |param: &Param| param.default.is_some() || RECEIVERS.contains(&&*param.name);
        matches!(self.program.node(closure.node), Node::Function { params, .. } if !params.iter().all(given))
    }

    fn run_class(&mut self, class: usize, mentioned: &Set<&'p str>) {
        let methods: Vec<Rc<Closure>> = match self.classes.get(class) {
            Some(class) => class
                .members
                .values()
                .filter_map(|value| match value {
                    Value::Function(closure) => Some(Rc::clone(closure)),
                    _ => None,
                })
                .collect(),
            None => return,
        };
        let mut methods: Vec<_> = methods.into_iter().filter(|m| !self.called.contains(&m.node)).collect();
        if methods.is_empty() {
            return;
        }
        methods.sort_by_key(|method| method.node.index());
        let make = |machine: &mut Self| machine.construct(class, Passed::default());
        let asks = match self.constructor(class).as_ref().map(Value::first) {
            Some(Value::Function(closure)) => self.takes_arguments(closure),
            _ => false,
        };
        let object = if asks { self.tried_at_length(make) } else { self.guarded(make) };
        let this = object.and_then(|value| value.as_ref());
        for method in methods {
            let closure = Closure { this, ..(*method).clone() };
            let mentioned = self.name_of(&closure).is_none_or(|name| mentioned.contains(name));
            self.run_alone(&closure, mentioned);
        }
    }
}
