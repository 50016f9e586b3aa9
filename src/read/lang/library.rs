//! Tables of library names: what a call means, and which of its parts are the operands.

use crate::read::ir::Arg;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;

use super::lowering::Lowering;
use super::lowering::Ts;

/// Where an operand of a library call comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operand {
    /// The receiver.
    This,
    /// The argument at this position.
    Arg(usize),
    /// All positional arguments from this position on.
    Rest(usize),
    /// The argument with this keyword.
    Key(&'static str),
    /// The argument with this keyword, or else at this position.
    Either(&'static str, usize),
    /// A constant.
    Int(i64),
    /// A constant.
    Text(&'static str),
}

/// The receiver alone.
pub(super) const THIS: &[Operand] = &[Operand::This];
/// The receiver, then the arguments.
pub(super) const METHOD: &[Operand] = &[Operand::This, Operand::Rest(0)];
/// The arguments.
pub(super) const ARGS: &[Operand] = &[Operand::Rest(0)];
/// The first argument.
pub(super) const FIRST: &[Operand] = &[Operand::Arg(0)];
/// The first argument, then the receiver.
pub(super) const ONTO: &[Operand] = &[Operand::Arg(0), Operand::This];

/// One library name.
#[derive(Debug)]
pub(super) struct Row {
    /// The name, with its module where that matters.
    pub(super) name: &'static str,
    /// What it does.
    pub(super) op: Op,
    /// Its operands.
    pub(super) operands: &'static [Operand],
}

/// Writes a row.
pub(super) const fn row(name: &'static str, op: Op, operands: &'static [Operand]) -> Row {
    Row { name, op, operands }
}

/// The row of a name.
pub(super) fn find(table: &'static [Row], name: &str) -> Option<&'static Row> {
    table.iter().find(|row| row.name == name)
}

/// A row applied to a call: `None` when even its first operand is missing.
pub(super) fn apply<'t>(
    lowering: &mut Lowering<'t, '_>,
    row: &Row,
    this: Option<NodeId>,
    args: &[Arg],
    at: Ts<'t>,
) -> Option<Library> {
    let mut operands: Vec<Option<NodeId>> = Vec::new();
    for operand in row.operands {
        match *operand {
            Operand::This => operands.push(this),
            Operand::Arg(index) => operands.push(nth(args, index)),
            Operand::Key(key) => operands.push(keyed(args, key)),
            Operand::Either(key, index) => operands.push(keyed(args, key).or_else(|| nth(args, index))),
            Operand::Int(n) => operands.push(Some(lowering.add(Node::Int(n), at))),
            Operand::Text(text) => operands.push(Some(lowering.add(Node::Text(text.into()), at))),
            Operand::Rest(from) => {
                for arg in args.iter().filter(|arg| arg.name.is_none()).skip(from) {
                    let spread = arg.spread.then(|| lowering.add(Node::Spread(arg.value), at));
                    operands.push(Some(spread.unwrap_or(arg.value)));
                }
            }
        }
    }
    while operands.last().is_some_and(Option::is_none) {
        operands.pop();
    }
    let operands: Vec<NodeId> =
        operands.into_iter().map(|operand| operand.unwrap_or_else(|| lowering.add(Node::Null, at))).collect();
    Some(Library { op: row.op, operands })
}

fn nth(args: &[Arg], index: usize) -> Option<NodeId> {
    args.iter().filter(|arg| arg.name.is_none()).nth(index).map(|arg| arg.value)
}

fn keyed(args: &[Arg], key: &str) -> Option<NodeId> {
    args.iter().find(|arg| arg.name.as_deref() == Some(key)).map(|arg| arg.value)
}
