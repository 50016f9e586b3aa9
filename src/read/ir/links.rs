//! Which names a region gives to others and which it takes from them: regions that share none cannot change what each other says.
//!
//! Errs towards a link: a name counts as taken unless the region bound it itself before it read it. What a function binds is its own.

use std::collections::BTreeSet;
use std::collections::HashSet;

use super::BinaryOp;
use super::Node;
use super::NodeId;
use super::Op;
use super::Program;

/// The deepest chain of fields and items that is followed to the name it starts with.
const MOST_BASES: usize = 64;

/// The names that a region shares with others. A method goes by its name behind a dot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Bound at the top, or changed in place without being bound.
    pub gives: BTreeSet<Box<str>>,
    /// Read without being bound.
    pub takes: BTreeSet<Box<str>>,
    /// It makes names of texts: it may mean any.
    pub open: bool,
}

impl Links {
    /// The names of a program that holds one region.
    pub fn of(program: &Program) -> Self {
        let mut walk = Walk {
            program,
            seen: vec![false; program.len()],
            links: Links::default(),
            frames: vec![Frame::default()],
            late: HashSet::new(),
        };
        let mut templates = false;
        for root in program.roots() {
            walk.run(root.node);
        }
        for id in program.ids() {
            let op = match program.node(id) {
                Node::Call { library: Some(library), .. } => library.op,
                Node::Do(op, _) => *op,
                _ => continue,
            };
            walk.links.open |= op == Op::Variable;
            templates |= matches!(op, Op::FormatBrace | Op::Bless);
        }
        if templates {
            walk.templates();
        }
        let Walk { mut links, frames, late, .. } = walk;
        let own = frames.first().map(|frame| &frame.bound);
        let free = late.into_iter().filter(|name| !own.is_some_and(|own| own.contains(name)));
        links.takes.extend(free.map(Box::from));
        links
    }

    /// About what it holds in memory.
    pub fn weight(&self) -> usize {
        self.gives.iter().chain(&self.takes).map(|name| name.len() + 32).sum()
    }
}

/// A function, a class or the region itself, and what it has bound so far.
#[derive(Default)]
struct Frame<'p> {
    bound: HashSet<&'p str>,
    class: bool,
}

/// What is to be done next.
enum Task<'p> {
    Read(NodeId),
    /// A target of an assignment; with `true` its old value counts too.
    Bind(NodeId, bool),
    Name(&'p str),
    Open(Frame<'p>),
    Close,
}

/// A walk in the order in which a program runs.
struct Walk<'p> {
    program: &'p Program,
    /// Nodes that were read: what a call's meaning names are its arguments once more.
    seen: Vec<bool>,
    links: Links,
    frames: Vec<Frame<'p>>,
    /// Read by functions: what the region binds later is there when they run.
    late: HashSet<&'p str>,
}

impl<'p> Walk<'p> {
    fn run(&mut self, root: NodeId) {
        let mut tasks = vec![Task::Read(root)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Read(id) => self.read(id, &mut tasks),
                Task::Bind(id, old) => self.bind(id, old, &mut tasks),
                Task::Name(name) => self.name(name),
                Task::Open(frame) => self.frames.push(frame),
                Task::Close => drop(self.frames.pop()),
            }
        }
    }

    fn is_bound(&self, name: &str) -> bool {
        self.frames.iter().any(|frame| frame.bound.contains(name))
    }

    fn inside(&self) -> bool {
        self.frames.len() > 1
    }

    /// Binds a name where the walk stands.
    fn name(&mut self, name: &'p str) {
        if !self.inside() {
            self.links.gives.insert(name.into());
        }
        if let Some(frame) = self.frames.last_mut() {
            if frame.class {
                self.links.gives.insert(format!(".{name}").into());
            }
            frame.bound.insert(name);
        }
    }

    fn take(&mut self, name: &'p str) {
        if self.is_bound(name) {
            return;
        }
        if self.inside() {
            self.late.insert(name);
        } else {
            self.links.takes.insert(name.into());
        }
    }

    /// What an operation changes in place is given, where it is not the region's own.
    fn change(&mut self, id: NodeId) {
        let mut at = id;
        for _ in 0..MOST_BASES {
            at = match self.program.node(at) {
                Node::Name(name) => {
                    if !self.is_bound(name) {
                        self.links.gives.insert(name.clone());
                    }
                    return;
                }
                Node::Field(base, _) | Node::Index(base, _) | Node::Slice { base, .. } => *base,
                _ => return,
            };
        }
    }

    fn bind(&mut self, id: NodeId, old: bool, tasks: &mut Vec<Task<'p>>) {
        match self.program.node(id) {
            Node::Name(name) => {
                if old {
                    self.take(name);
                    self.change(id);
                }
                self.name(name);
            }
            Node::List(targets) => tasks.extend(targets.iter().rev().map(|id| Task::Bind(*id, old))),
            Node::Spread(one) => tasks.push(Task::Bind(*one, old)),
            Node::Pair(a, b) => tasks.extend([Task::Bind(*b, old), Task::Bind(*a, old)]),
            _ => {
                self.change(id);
                tasks.push(Task::Read(id));
            }
        }
    }

    fn read(&mut self, id: NodeId, tasks: &mut Vec<Task<'p>>) {
        let program = self.program;
        if std::mem::replace(&mut self.seen[id.index()], true) {
            return;
        }
        match program.node(id) {
            Node::Name(name) => self.take(name),
            Node::Block(items) => {
                for item in items {
                    if let Node::Function { name: Some(name), .. } = program.node(*item) {
                        self.name(name);
                    }
                }
                tasks.extend(items.iter().rev().map(|id| Task::Read(*id)));
            }
            Node::Assign { target, value, op, .. } => {
                tasks.extend([Task::Bind(*target, op.is_some()), Task::Read(*value)]);
            }
            Node::For { target, iter, body, .. } => {
                tasks.extend([Task::Read(*body), Task::Bind(*target, false), Task::Read(*iter)]);
            }
            Node::Comprehend { element, clauses, .. } => {
                tasks.push(Task::Read(*element));
                for clause in clauses.iter().rev() {
                    tasks.extend(clause.tests.iter().rev().map(|id| Task::Read(*id)));
                    tasks.extend([Task::Bind(clause.target, false), Task::Read(clause.iter)]);
                }
            }
            Node::Try { body, handlers, finally } => {
                tasks.extend(finally.map(Task::Read));
                for handler in handlers.iter().rev() {
                    tasks.push(Task::Read(handler.body));
                    tasks.extend(handler.binds.as_deref().map(Task::Name));
                }
                tasks.push(Task::Read(*body));
            }
            Node::Function { name, params, body, .. } => {
                if let Some(name) = name {
                    self.name(name);
                }
                let bound = params.iter().map(|param| param.name.trim_start_matches('*')).collect();
                tasks.extend([Task::Close, Task::Read(*body), Task::Open(Frame { bound, class: false })]);
                tasks.extend(params.iter().rev().filter_map(|param| param.default).map(Task::Read));
            }
            Node::Class { .. } => self.class(id, tasks),
            Node::Call { callee, args: _, library } => {
                match (library, program.node(*callee)) {
                    (Some(library), _) if library.op.changes() => {
                        library.operands.first().into_iter().for_each(|id| self.change(*id));
                    }
                    // A method of a class shown elsewhere, called by its name alone.
                    (None, Node::Name(name)) if !self.is_bound(name) => {
                        self.links.takes.insert(format!(".{name}").into());
                    }
                    _ => {}
                }
                self.parts(id, tasks);
            }
            Node::Do(op, operands) => {
                if op.changes() {
                    operands.first().into_iter().for_each(|id| self.change(*id));
                }
                self.parts(id, tasks);
            }
            Node::Binary(BinaryOp::ShiftLeft, left, _) => {
                self.change(*left);
                self.parts(id, tasks);
            }
            _ => self.parts(id, tasks),
        }
    }

    fn parts(&self, id: NodeId, tasks: &mut Vec<Task<'p>>) {
        let first = tasks.len();
        self.program.each_part(id, &mut |part| tasks.push(Task::Read(part)));
        tasks[first..].reverse();
    }

    fn class(&mut self, id: NodeId, tasks: &mut Vec<Task<'p>>) {
        let Node::Class { name, bases, members, fields, .. } = self.program.node(id) else { return };
        self.name(name);
        let mut frame = Frame { bound: fields.iter().map(|field| &**field).collect(), class: true };
        for member in members {
            let target = match self.program.node(*member) {
                Node::Assign { target, .. } => self.program.node(*target),
                node => node,
            };
            if let Node::Name(name) | Node::Function { name: Some(name), .. } = target {
                frame.bound.insert(name);
                self.links.gives.insert(format!(".{name}").into());
            }
        }
        tasks.push(Task::Close);
        tasks.extend(members.iter().rev().map(|id| Task::Read(*id)));
        tasks.push(Task::Open(frame));
        tasks.extend(bases.iter().rev().map(|id| Task::Read(*id)));
    }

    /// Names within texts: what a template is filled with, the class that a map is made an object of.
    fn templates(&mut self) {
        let belongs = |c: char| c.is_alphanumeric() || c == '_';
        for id in self.program.ids() {
            let Node::Text(text) = self.program.node(id) else { continue };
            let named = text.split('{').skip(1).chain([&**text]);
            let names = named.filter_map(|rest| rest.split(|c| !belongs(c)).next());
            for name in names.filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_')) {
                self.late.insert(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::ir::Source;
    use crate::read::ir::Traits;
    use crate::read::ir::{Arg, Library, Root};
    use crate::request::span::SpanId;

    const HERE: Source = Source { span: SpanId(0), start: 0, end: 0 };

    fn name(program: &mut Program, name: &str) -> NodeId {
        program.add(Node::Name(name.into()), HERE)
    }

    fn assign(program: &mut Program, to: &str, value: NodeId) -> NodeId {
        let target = name(program, to);
        program.add(Node::Assign { target, value, op: None, declares: false }, HERE)
    }

    fn links(build: impl FnOnce(&mut Program) -> Vec<NodeId>) -> Links {
        let mut program = Program::new();
        let items = build(&mut program);
        let node = program.add(Node::Block(items), HERE);
        program.add_root(Root { node, traits: Traits::PLAIN });
        Links::of(&program)
    }

    fn told(names: &BTreeSet<Box<str>>) -> Vec<&str> {
        names.iter().map(|name| &**name).collect()
    }

    #[test]
    fn what_is_bound_before_it_is_read_is_not_taken() {
        let found = links(|program| {
            let one = program.add(Node::Int(1), HERE);
            let first = assign(program, "loaf", one);
            let (read, free) = (name(program, "loaf"), name(program, "rye"));
            vec![first, read, free]
        });
        assert_eq!((told(&found.gives), told(&found.takes)), (vec!["loaf"], vec!["rye"]));
    }

    #[test]
    fn what_is_changed_in_place_and_never_bound_is_given_and_taken() {
        let found = links(|program| {
            let (loaf, piece) = (name(program, "loaf"), program.add(Node::Text("rye".into()), HERE));
            let callee = program.add(Node::Field(loaf, "append".into()), HERE);
            let library = Some(Library { op: Op::Push, operands: vec![loaf, piece] });
            vec![program.add(Node::Call { callee, args: Vec::new(), library }, HERE)]
        });
        assert_eq!((told(&found.gives), told(&found.takes)), (vec!["loaf"], vec!["loaf"]));
    }

    #[test]
    fn calls_within_calls_are_read_once() {
        let found = links(|program| {
            let mut value = name(program, "loaf");
            for _ in 0..200 {
                let callee = name(program, "bake");
                let args = vec![Arg { name: None, value, spread: false }];
                let library = Some(Library { op: Op::Same, operands: vec![value] });
                value = program.add(Node::Call { callee, args, library }, HERE);
            }
            vec![value]
        });
        assert_eq!(told(&found.takes), ["bake", "loaf"]);
    }

    #[test]
    fn what_a_function_binds_is_its_own_and_what_it_reads_may_come_later() {
        let found = links(|program| {
            let own = name(program, "flour");
            let inner = assign(program, "dough", own);
            let (dough, late) = (name(program, "dough"), name(program, "oven"));
            let body = program.add(Node::Block(vec![inner, dough, late]), HERE);
            let bake = Node::Function {
                name: Some("bake".into()),
                params: Vec::new(),
                body,
                comment: None,
                generator: false,
            };
            let bake = program.add(bake, HERE);
            let one = program.add(Node::Int(1), HERE);
            let later = assign(program, "oven", one);
            vec![bake, later]
        });
        assert_eq!((told(&found.gives), told(&found.takes)), (vec!["bake", "oven"], vec!["flour"]));
    }
}
