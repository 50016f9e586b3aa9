//! One program put behind another: a region that was lowered once serves every conversation it stands in.

use super::Arg;
use super::Clause;
use super::Node;
use super::NodeId;
use super::Program;
use super::Root;
use super::Source;
use crate::request::span::SpanId;

/// What a node holds beside itself, on average: names, texts and lists of operands.
const BESIDE: usize = 24;

impl Program {
    /// Adds all of `part`, which was lowered by itself, as written in `span` from `offset` on.
    pub fn splice(&mut self, part: &Program, span: SpanId, offset: usize) {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let by = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let moved = |node: &Node| {
            let mut node = node.clone();
            node.each(&mut |id: &mut NodeId| id.0 = id.0.saturating_add(by));
            node
        };
        self.nodes.extend(part.nodes.iter().map(moved));
        let written = |source: &Source| Source {
            span,
            start: source.start.saturating_add(offset),
            end: source.end.saturating_add(offset),
        };
        self.sources.extend(part.sources.iter().map(written));
        let moved = |root: &Root| Root { node: NodeId(root.node.0.saturating_add(by)), ..*root };
        self.roots.extend(part.roots.iter().map(moved));
    }

    /// About what it holds in memory.
    pub fn weight(&self) -> usize {
        self.nodes.len() * (size_of::<Node>() + size_of::<Source>() + BESIDE)
    }
}

impl Node {
    /// Calls `visit` with every node that this one names.
    fn each(&mut self, visit: &mut dyn FnMut(&mut NodeId)) {
        match self {
            Node::Text(_)
            | Node::Bytes(_)
            | Node::Wide(_)
            | Node::Int(_)
            | Node::Float(_)
            | Node::Bool(_)
            | Node::Null
            | Node::Name(_)
            | Node::Break
            | Node::Continue
            | Node::Leave(_)
            | Node::Comment(_) => {}
            Node::List(many)
            | Node::Map(many)
            | Node::Concat(many)
            | Node::Do(_, many)
            | Node::Block(many)
            | Node::Opaque(many) => many.iter_mut().for_each(visit),
            Node::Spread(one)
            | Node::Field(one, _)
            | Node::Unary(_, one)
            | Node::Labelled(_, one)
            | Node::Defer(one) => visit(one),
            Node::Return(one) | Node::Yield(one, _) | Node::Throw(one) => one.iter_mut().for_each(visit),
            Node::Pair(first, second) | Node::Index(first, second) | Node::Binary(_, first, second) => {
                [first, second].into_iter().for_each(visit);
            }
            _ => self.each_of_many(visit),
        }
    }

    /// The same for the nodes that have parts of several kinds.
    fn each_of_many(&mut self, visit: &mut dyn FnMut(&mut NodeId)) {
        match self {
            Node::Slice { base, from, to, step } => {
                [Some(base), from.as_mut(), to.as_mut(), step.as_mut()].into_iter().flatten().for_each(visit);
            }
            Node::Choose { test, then, other } => [test, then, other].into_iter().for_each(visit),
            Node::Call { callee, args, library } => {
                visit(callee);
                args.iter_mut().for_each(|Arg { value, .. }| visit(value));
                library.iter_mut().flat_map(|library| &mut library.operands).for_each(visit);
            }
            Node::Function { params, body, .. } => {
                params.iter_mut().filter_map(|param| param.default.as_mut()).for_each(&mut *visit);
                visit(body);
            }
            Node::Class { bases, members, .. } => bases.iter_mut().chain(members).for_each(visit),
            Node::Assign { target, value, .. } => [target, value].into_iter().for_each(visit),
            Node::If { test, then, other } => {
                [Some(test), Some(then), other.as_mut()].into_iter().flatten().for_each(visit);
            }
            Node::While { before, test, after, body, .. } => {
                let parts = [before.as_mut(), test.as_mut(), after.as_mut(), Some(body)];
                parts.into_iter().flatten().for_each(visit);
            }
            Node::For { target, iter, body, .. } => [target, iter, body].into_iter().for_each(visit),
            Node::Comprehend { element, clauses, .. } => {
                visit(element);
                for Clause { target, iter, tests } in clauses {
                    [target, iter].into_iter().chain(tests).for_each(&mut *visit);
                }
            }
            Node::Match { subject, arms } => {
                subject.iter_mut().for_each(&mut *visit);
                for arm in arms {
                    let parts = arm.values.iter_mut().chain(arm.guard.as_mut()).chain([&mut arm.body]);
                    parts.for_each(&mut *visit);
                }
            }
            Node::Try { body, handlers, finally } => {
                visit(body);
                handlers.iter_mut().map(|handler| &mut handler.body).chain(finally.as_mut()).for_each(visit);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::ir::Traits;
    use crate::read::ir::print;

    #[test]
    fn a_program_behind_another_reads_the_same() {
        let written = |program: &mut Program, text: &str| {
            let source = Source { span: SpanId(0), start: 0, end: 4 };
            let name = program.add(Node::Name("loaf".into()), source);
            let value = program.add(Node::Text(text.into()), source);
            let node = program.add(Node::Assign { target: name, value, op: None, declares: true }, source);
            program.add_root(Root { node, traits: Traits::PLAIN });
        };
        let (mut whole, mut first, mut second) = (Program::new(), Program::new(), Program::new());
        written(&mut whole, "rye");
        written(&mut whole, "wheat");
        written(&mut first, "rye");
        written(&mut second, "wheat");
        first.splice(&second, SpanId(0), 0);
        assert_eq!(print(&first), print(&whole));
    }
}
