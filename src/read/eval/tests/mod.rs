//! Programs built by hand, without a frontend.

mod cost;
mod hostile;
mod programs;

use crate::budget::Budget;
use crate::budget::Limits;
use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::Program;
use crate::read::ir::Root;
use crate::read::ir::Source;
use crate::read::ir::Traits;
use crate::request::span::SpanId;

use super::Codecs;
use super::FindingKind;
use super::Findings;

pub(super) const TRAITS: Traits = Traits { language: "test", negative_index: true, ..Traits::PLAIN };

/// Builds programs with little to type.
#[derive(Default)]
pub(super) struct Build {
    pub(super) program: Program,
}

impl Build {
    pub(super) fn node(&mut self, node: Node) -> NodeId {
        let at = u32::try_from(self.program.len()).unwrap();
        self.program.add(node, Source { span: SpanId(0), start: at, end: at + 1 })
    }

    pub(super) fn text(&mut self, text: &str) -> NodeId {
        self.node(Node::Text(text.into()))
    }

    pub(super) fn int(&mut self, n: i64) -> NodeId {
        self.node(Node::Int(n))
    }

    pub(super) fn name(&mut self, name: &str) -> NodeId {
        self.node(Node::Name(name.into()))
    }

    pub(super) fn words(&mut self, text: &str) -> NodeId {
        let items = text.split(' ').map(|word| self.text(word)).collect();
        self.node(Node::List(items))
    }

    pub(super) fn set(&mut self, name: &str, value: NodeId) -> NodeId {
        let target = self.name(name);
        self.node(Node::Assign { target, value, op: None, declares: false })
    }

    pub(super) fn grow(&mut self, name: &str, value: NodeId) -> NodeId {
        let target = self.name(name);
        self.node(Node::Assign { target, value, op: Some(BinaryOp::Add), declares: false })
    }

    pub(super) fn binary(&mut self, op: BinaryOp, a: NodeId, b: NodeId) -> NodeId {
        self.node(Node::Binary(op, a, b))
    }

    pub(super) fn op(&mut self, op: Op, operands: &[NodeId]) -> NodeId {
        self.node(Node::Do(op, operands.to_vec()))
    }

    /// `base.method(args)` that means `op(base, args)` unless the program says otherwise.
    pub(super) fn method(&mut self, base: NodeId, method: &str, op: Option<Op>, args: &[NodeId]) -> NodeId {
        let callee = self.node(Node::Field(base, method.into()));
        let operands = [&[base], args].concat();
        let args = args.iter().map(|value| Arg { name: None, value: *value, spread: false }).collect();
        self.node(Node::Call { callee, args, library: op.map(|op| Library { op, operands }) })
    }

    pub(super) fn call(&mut self, name: &str, args: &[NodeId]) -> NodeId {
        let callee = self.name(name);
        let args = args.iter().map(|value| Arg { name: None, value: *value, spread: false }).collect();
        self.node(Node::Call { callee, args, library: None })
    }

    pub(super) fn block(&mut self, items: &[NodeId]) -> NodeId {
        self.node(Node::Block(items.to_vec()))
    }

    pub(super) fn function(&mut self, name: &str, params: &[&str], body: &[NodeId]) -> NodeId {
        let body = self.block(body);
        let params =
            params.iter().map(|name| Param { name: (*name).into(), default: None, rest: false }).collect();
        let name = (!name.is_empty()).then(|| name.into());
        self.node(Node::Function { name, params, body, comment: None, generator: false })
    }

    pub(super) fn give(&mut self, value: NodeId) -> NodeId {
        self.node(Node::Return(Some(value)))
    }

    pub(super) fn each(&mut self, target: &str, iter: NodeId, body: &[NodeId]) -> NodeId {
        let target = self.name(target);
        let body = self.block(body);
        self.node(Node::For { target, iter, body, indexed: false })
    }

    pub(super) fn unsure(&mut self, then: &[NodeId], other: Option<&[NodeId]>) -> NodeId {
        let test = self.node(Node::Opaque(Vec::new()));
        let then = self.block(then);
        let other = other.map(|other| self.block(other));
        self.node(Node::If { test, then, other })
    }

    pub(super) fn root(&mut self, items: &[NodeId]) {
        let node = self.block(items);
        self.program.add_root(Root { node, traits: TRAITS });
    }

    pub(super) fn run(&self) -> Findings {
        let mut budget = Budget::new(Limits::default());
        let found = super::run(&self.program, Codecs::none(), &mut budget);
        assert!(!budget.is_incomplete(), "{:?}", budget.hits().collect::<Vec<_>>());
        found
    }
}

/// Fails unless `text` was found as `kind`.
#[track_caller]
pub(super) fn check(found: &Findings, kind: FindingKind, text: &str) {
    let hit = found.list.iter().any(|finding| finding.kind == kind && finding.text.trim() == text);
    let all: Vec<String> =
        found.list.iter().map(|f| format!("{:?} {:?} {:?}", f.kind, f.text, f.how)).collect();
    assert!(hit, "no {kind:?} {text:?} among\n{}", all.join("\n"));
}
