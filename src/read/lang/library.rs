//! Tables of library names: what a call means, and which of its parts are the operands.

use crate::read::ir::Arg;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;

use super::lowering::Lowering;
use super::lowering::Ts;
use super::lowering::positional;

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
    /// What another operation makes of these operands.
    Of(Op, &'static [Operand]),
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
    /// How many positional arguments, where the name means something else with more or fewer.
    pub(super) args: Option<usize>,
    /// What it does.
    pub(super) op: Op,
    /// Its operands.
    pub(super) operands: &'static [Operand],
}

/// Writes a row.
pub(super) const fn row(name: &'static str, op: Op, operands: &'static [Operand]) -> Row {
    Row { name, args: None, op, operands }
}

/// Writes a row for calls with exactly `args` positional arguments. It goes before the row for the others.
pub(super) const fn row_of(name: &'static str, args: usize, op: Op, operands: &'static [Operand]) -> Row {
    Row { name, args: Some(args), op, operands }
}

/// The row of a name called with so many positional arguments.
pub(super) fn find(table: &'static [Row], name: &str, args: usize) -> Option<&'static Row> {
    table.iter().find(|row| row.name == name && row.args.is_none_or(|count| count == args))
}

/// A call with the meaning of `row`.
pub(super) fn call<'t>(
    lowering: &mut Lowering<'t, '_>,
    row: &Row,
    this: Option<NodeId>,
    callee: NodeId,
    args: Vec<Arg>,
    at: Ts<'t>,
) -> NodeId {
    if let Some(id) = composed(lowering, row, this, &args, at) {
        return id;
    }
    let library = apply(lowering, row, this, &args, at);
    lowering.call(callee, args, Some(library), at)
}

/// The operation that stands for a call where an operand is itself an operation: as a call it would evaluate its
/// arguments once for itself and once for the operation.
pub(super) fn composed<'t>(
    lowering: &mut Lowering<'t, '_>,
    row: &Row,
    this: Option<NodeId>,
    args: &[Arg],
    at: Ts<'t>,
) -> Option<NodeId> {
    if !row.operands.iter().any(|operand| matches!(operand, Operand::Of(..))) {
        return None;
    }
    let operands = operands(lowering, row.operands, this, args, at);
    let value = lowering.op(row.op, operands, at);
    let mut position = 0;
    let mut unused = Vec::new();
    for arg in args {
        if !uses(row.operands, arg, position) {
            unused.push(arg.value);
        }
        position += usize::from(arg.name.is_none());
    }
    Some(lowering.beside(value, &unused, at))
}

/// Whether operands take an argument that is the positional one at `position`, or has a name.
fn uses(wanted: &[Operand], arg: &Arg, position: usize) -> bool {
    wanted.iter().any(|operand| match (operand, arg.name.as_deref()) {
        (Operand::Of(_, inner), _) => uses(inner, arg, position),
        (Operand::Arg(index) | Operand::Either(_, index), None) => *index == position,
        (Operand::Rest(from), None) => position >= *from,
        (Operand::Key(key) | Operand::Either(key, _), Some(name)) => *key == name,
        _ => false,
    })
}

/// A row applied to the parts of a call. A missing operand at the end is left out, one between others is null.
pub(super) fn apply<'t>(
    lowering: &mut Lowering<'t, '_>,
    row: &Row,
    this: Option<NodeId>,
    args: &[Arg],
    at: Ts<'t>,
) -> Library {
    // A call's own argument says that it is to be spread; an operation's operand says it by a node.
    let plain: Vec<Arg> = args.iter().map(|arg| Arg { spread: false, ..arg.clone() }).collect();
    Library { op: row.op, operands: operands(lowering, row.operands, this, &plain, at) }
}

fn operands<'t>(
    lowering: &mut Lowering<'t, '_>,
    wanted: &[Operand],
    this: Option<NodeId>,
    args: &[Arg],
    at: Ts<'t>,
) -> Vec<NodeId> {
    let mut found: Vec<Option<NodeId>> = Vec::new();
    for operand in wanted {
        match *operand {
            Operand::This => found.push(this),
            Operand::Arg(index) => found.push(nth(args, index)),
            Operand::Key(key) => found.push(keyed(args, key)),
            Operand::Either(key, index) => found.push(keyed(args, key).or_else(|| nth(args, index))),
            Operand::Int(n) => found.push(Some(lowering.add(Node::Int(n), at))),
            Operand::Text(text) => found.push(Some(lowering.add(Node::Text(text.into()), at))),
            Operand::Of(op, inner) => {
                let inner = operands(lowering, inner, this, args, at);
                found.push(Some(lowering.op(op, inner, at)));
            }
            Operand::Rest(from) => {
                for arg in args.iter().filter(|arg| arg.name.is_none()).skip(from) {
                    let spread = arg.spread.then(|| lowering.add(Node::Spread(arg.value), at));
                    found.push(Some(spread.unwrap_or(arg.value)));
                }
            }
        }
    }
    while found.last().is_some_and(Option::is_none) {
        found.pop();
    }
    found.into_iter().map(|operand| operand.unwrap_or_else(|| lowering.add(Node::Null, at))).collect()
}

/// A library function passed as a value: a function of `params` parameters that applies `row`.
pub(super) fn as_function<'t>(
    lowering: &mut Lowering<'t, '_>,
    row: &Row,
    this: Option<NodeId>,
    params: usize,
    at: Ts<'t>,
) -> NodeId {
    let names: Vec<&str> = ["a", "b"].into_iter().take(params).collect();
    let mut args = Vec::new();
    for name in &names {
        let value = lowering.name(name, at);
        args.push(positional(value));
    }
    let library = apply(lowering, row, this, &args, at);
    let body = lowering.op(library.op, library.operands, at);
    lowering.lambda(&names, body, at)
}

fn nth(args: &[Arg], index: usize) -> Option<NodeId> {
    args.iter().filter(|arg| arg.name.is_none()).nth(index).map(|arg| arg.value)
}

fn keyed(args: &[Arg], key: &str) -> Option<NodeId> {
    args.iter().find(|arg| arg.name.as_deref() == Some(key)).map(|arg| arg.value)
}
