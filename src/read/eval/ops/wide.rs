//! Whole numbers too wide for a machine's: kept as their bytes, the high end first, and reckoned with where a program does.

use std::cmp::Ordering;
use std::rc::Rc;

use num_bigint::BigUint;

use super::super::value::Blob;
use super::super::value::Trace;
use super::super::value::Value;
use crate::read::ir::BinaryOp;

/// The widest number that is reckoned with, in bits.
const WIDEST: u64 = 4096;
/// The most digits that are read as a number.
const MOST_DIGITS: usize = 1024;

/// Whether a value is such a number.
pub(in super::super) fn is_wide(value: &Value) -> bool {
    matches!(value, Value::Bytes(blob) if blob.number)
}

/// What an operator makes of two numbers of which one is too wide, or what comes of them; `None` where that is none of these.
pub(super) fn reckoned(op: BinaryOp, a: &Value, b: &Value) -> Option<Value> {
    let trace = [a, b].into_iter().find_map(|value| match value {
        Value::Bytes(blob) if blob.number => Some(blob.trace.clone()),
        _ => None,
    });
    let (x, y) = (big(a)?, big(b)?);
    let small = || u64::try_from(&y).ok();
    let result = match op {
        BinaryOp::Add => x + y,
        BinaryOp::Sub if x >= y => x - y,
        BinaryOp::Mul if x.bits() + y.bits() <= WIDEST => x * y,
        BinaryOp::Div | BinaryOp::FloorDiv if y.bits() > 0 => x / y,
        BinaryOp::Mod if y.bits() > 0 => x % y,
        BinaryOp::Pow => {
            let power = small().filter(|power| x.bits().saturating_mul(*power) <= WIDEST)?;
            x.pow(u32::try_from(power).ok()?)
        }
        BinaryOp::ShiftLeft => x << small().filter(|by| *by <= WIDEST)?,
        BinaryOp::ShiftRight => x >> small()?.min(WIDEST),
        BinaryOp::BitAnd => x & y,
        BinaryOp::BitOr => x | y,
        BinaryOp::BitXor => x ^ y,
        _ => return None,
    };
    (result.bits() <= WIDEST).then(|| value_of(&result, trace.unwrap_or_default()))
}

/// How two numbers order of which one is too wide.
pub(in super::super) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    if !is_wide(a) && !is_wide(b) {
        return None;
    }
    let below = |value: &Value| matches!(value, Value::Int(n) if *n < 0);
    match (below(a), below(b)) {
        (true, _) => Some(Ordering::Less),
        (_, true) => Some(Ordering::Greater),
        _ => Some(big(a)?.cmp(&big(b)?)),
    }
}

/// A number by its digits, too wide for a machine's.
pub(super) fn parsed(text: &str, base: u32, trace: &Trace) -> Option<Value> {
    let digits: String = text.trim().chars().filter(|c| *c != '_').collect();
    let (digits, base) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (digits.as_str(), base),
    };
    let number =
        (digits.len() <= MOST_DIGITS).then(|| BigUint::parse_bytes(digits.as_bytes(), base)).flatten()?;
    Some(value_of(&number, trace.clone()))
}

/// The digits of a number that is too wide.
pub(in super::super) fn digits(value: &Value, base: u32) -> Option<String> {
    is_wide(value).then(|| big(value)).flatten().map(|number| number.to_str_radix(base))
}

fn big(value: &Value) -> Option<BigUint> {
    match value {
        Value::Bytes(blob) if blob.number => Some(BigUint::from_bytes_be(&blob.bytes)),
        Value::Bool(_) | Value::Int(_) => u64::try_from(value.as_int()?).ok().map(BigUint::from),
        _ => None,
    }
}

fn value_of(number: &BigUint, trace: Trace) -> Value {
    match i64::try_from(number) {
        Ok(small) => Value::Int(small),
        Err(_) => Value::Bytes(Rc::new(Blob { bytes: number.to_bytes_be(), trace, number: true })),
    }
}
