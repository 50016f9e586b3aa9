//! Long chains of one operator (`a + b + c …`) are deep trees: they are read off iteratively, and become a shallow
//! tree where the operator is associative.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;

use super::lowering::Lowering;
use super::lowering::Ts;

/// A chain longer than this is balanced instead of nested to the left.
const NESTED: usize = 32;

/// The operands of a left-nested chain of nodes like `top`: the leftmost, then each operator's text and right side.
pub(super) struct Chain<'t> {
    /// The leftmost operand.
    pub(super) first: Option<Ts<'t>>,
    /// Operators and their right sides, from left to right.
    pub(super) rest: Vec<(&'t str, Option<Ts<'t>>)>,
}

/// Reads the chain that ends in `top`; nodes of its kind have the fields `left`, `operator` and `right`.
pub(super) fn chain<'t>(lowering: &Lowering<'t, '_>, top: Ts<'t>) -> Chain<'t> {
    let mut rest = Vec::new();
    let mut at = Some(top);
    while let Some(node) = at.filter(|node| node.kind() == top.kind()) {
        let operator = node.child_by_field_name("operator").map_or("", |operator| lowering.text(operator));
        rest.push((operator, node.child_by_field_name("right")));
        at = node.child_by_field_name("left");
    }
    rest.reverse();
    Chain { first: at, rest }
}

/// Lowers a chain of binary operators. Operators that `meaning` does not know make the chain opaque.
pub(super) fn binary<'t>(
    lowering: &mut Lowering<'t, '_>,
    top: Ts<'t>,
    meaning: fn(&str) -> Option<BinaryOp>,
) -> NodeId {
    let chain = chain(lowering, top);
    let mut operands = vec![lower_or_gap(lowering, chain.first, top)];
    let mut operators = Vec::with_capacity(chain.rest.len());
    for (operator, right) in chain.rest {
        operands.push(lower_or_gap(lowering, right, top));
        operators.extend(meaning(operator));
    }
    if operators.len() + 1 != operands.len() {
        return lowering.add(Node::Opaque(operands), top);
    }
    if operators.len() <= NESTED {
        return nest(lowering, &operands, &operators, top);
    }
    match operators.first() {
        Some(&op) if is_associative(op) && operators.iter().all(|other| *other == op) => {
            balance(lowering, operands, op, top)
        }
        _ => lowering.add(Node::Opaque(operands), top),
    }
}

fn lower_or_gap<'t>(lowering: &mut Lowering<'t, '_>, node: Option<Ts<'t>>, at: Ts<'t>) -> NodeId {
    match node {
        Some(node) => lowering.lower(node),
        None => lowering.add(Node::Opaque(Vec::new()), at),
    }
}

fn nest<'t>(
    lowering: &mut Lowering<'t, '_>,
    operands: &[NodeId],
    operators: &[BinaryOp],
    at: Ts<'t>,
) -> NodeId {
    let mut left = operands[0];
    for (op, right) in operators.iter().zip(&operands[1..]) {
        left = lowering.add(Node::Binary(*op, left, *right), at);
    }
    left
}

/// Joins neighbours until one is left: as deep as the logarithm of the chain, in the same order.
pub(super) fn balance<'t>(
    lowering: &mut Lowering<'t, '_>,
    mut operands: Vec<NodeId>,
    op: BinaryOp,
    at: Ts<'t>,
) -> NodeId {
    while operands.len() > 1 {
        operands = operands
            .chunks(2)
            .map(|pair| match *pair {
                [left, right] => lowering.add(Node::Binary(op, left, right), at),
                _ => pair[0],
            })
            .collect();
    }
    operands.pop().unwrap_or_else(|| lowering.add(Node::Opaque(Vec::new()), at))
}

fn is_associative(op: BinaryOp) -> bool {
    use BinaryOp::{Add, And, BitAnd, BitOr, BitXor, Mul, Or};
    matches!(op, Add | Mul | And | Or | BitAnd | BitOr | BitXor)
}

/// The operators that languages of the C family and Python spell alike.
pub(super) fn common_operator(text: &str) -> Option<BinaryOp> {
    Some(match text {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "//" => BinaryOp::FloorDiv,
        "%" => BinaryOp::Mod,
        "**" => BinaryOp::Pow,
        "<<" => BinaryOp::ShiftLeft,
        ">>" => BinaryOp::ShiftRight,
        "&" | "bitand" => BinaryOp::BitAnd,
        "|" | "bitor" => BinaryOp::BitOr,
        "^" | "xor" => BinaryOp::BitXor,
        "==" => BinaryOp::Eq,
        "!=" | "<>" | "not_eq" => BinaryOp::Ne,
        "<" => BinaryOp::Lt,
        "<=" => BinaryOp::Le,
        ">" => BinaryOp::Gt,
        ">=" => BinaryOp::Ge,
        "&&" | "and" => BinaryOp::And,
        "||" | "or" => BinaryOp::Or,
        "in" => BinaryOp::In,
        "not in" => BinaryOp::NotIn,
        "is" => BinaryOp::Eq,
        "is not" => BinaryOp::Ne,
        _ => return None,
    })
}
