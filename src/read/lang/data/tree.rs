//! A document on its way into a program: containers are opened and closed, values put into the open one.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Program;
use crate::read::ir::Source;
use crate::request::span::SpanId;

/// Containers in containers deeper than this are put into the one around them.
const DEPTH: usize = 48;

/// A container that is open.
#[derive(Debug, Default)]
struct Open {
    /// Values, and whether each is a pair of a key and its value.
    items: Vec<(NodeId, bool)>,
    key: Option<NodeId>,
    /// What the reader keeps with it: the indentation of its lines.
    mark: usize,
}

/// The document so far.
pub(super) struct Tree<'p> {
    program: &'p mut Program,
    span: SpanId,
    offset: usize,
    open: Vec<Open>,
    /// Containers that were opened too deep to be their own.
    sunk: usize,
    literals: usize,
}

impl<'p> Tree<'p> {
    /// An empty document.
    pub(super) fn new(program: &'p mut Program, span: SpanId, offset: usize) -> Self {
        Tree { program, span, offset, open: vec![Open::default()], sunk: 0, literals: 0 }
    }

    /// Opens a container.
    pub(super) fn open(&mut self, mark: usize) {
        if self.open.len() >= DEPTH {
            self.sunk += 1;
            return;
        }
        self.open.push(Open { mark, ..Open::default() });
    }

    /// Closes the container opened last, unless that is the document.
    pub(super) fn close(&mut self) {
        if self.sunk > 0 {
            self.sunk -= 1;
        } else if self.open.len() > 1
            && let Some(done) = self.open.pop()
        {
            let value = self.built(done);
            self.put(value);
        }
    }

    /// What is kept with the container opened last.
    pub(super) fn mark(&self) -> usize {
        self.open.last().map_or(0, |open| open.mark)
    }

    /// How many containers are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// A key whose value comes next.
    pub(super) fn key(&mut self, text: &str, at: usize) {
        let key = self.leaf(text, at);
        if let Some(open) = self.open.last_mut() {
            open.key = Some(key);
        }
    }

    /// Whether a key waits for its value.
    pub(super) fn has_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.key.is_some())
    }

    /// A text, or the number that it spells when `number` allows it.
    pub(super) fn value(&mut self, text: &str, at: usize, number: bool) {
        let value = match text.trim().parse::<i64>() {
            Ok(n) if number => self.add(Node::Int(n), at, text.len()),
            _ => self.leaf(text, at),
        };
        self.put(value);
    }

    /// The document as one value, and how many texts it has.
    pub(super) fn finish(mut self) -> (NodeId, usize) {
        self.sunk = 0;
        while self.open.len() > 1 {
            self.close();
        }
        let top = self.open.pop().unwrap_or_default();
        let literals = self.literals;
        (self.built(top), literals)
    }

    fn add(&mut self, node: Node, at: usize, len: usize) -> NodeId {
        let place = |byte: usize| u32::try_from(self.offset.saturating_add(byte)).unwrap_or(u32::MAX);
        let source = Source { span: self.span, start: place(at), end: place(at.saturating_add(len)) };
        self.program.add(node, source)
    }

    fn leaf(&mut self, text: &str, at: usize) -> NodeId {
        self.literals += 1;
        self.add(Node::Text(text.into()), at, text.len())
    }

    fn put(&mut self, value: NodeId) {
        let key = self.open.last_mut().and_then(|open| open.key.take());
        let item = match key {
            Some(key) => (self.add(Node::Pair(key, value), 0, 0), true),
            None => (value, false),
        };
        if let Some(open) = self.open.last_mut() {
            open.items.push(item);
        }
    }

    /// A map where all have keys, else a list.
    fn built(&mut self, mut done: Open) -> NodeId {
        if let Some(key) = done.key {
            done.items.push((key, false));
        }
        let keyed = !done.items.is_empty() && done.items.iter().all(|(_, pair)| *pair);
        let items: Vec<NodeId> = done.items.iter().map(|(item, _)| *item).collect();
        match items[..] {
            _ if keyed => self.add(Node::Map(items), 0, 0),
            [only] if done.mark == usize::MAX => only,
            _ => self.add(Node::List(items), 0, 0),
        }
    }
}
