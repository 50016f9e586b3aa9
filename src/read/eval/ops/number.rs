//! Arithmetic, and what operators mean on texts and lists.

use crate::read::ir::BinaryOp;
use crate::read::ir::Op;
use crate::read::ir::PLUS;

use super::super::call::Passed;
use super::super::heap::Cell;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::value::SLOT;
use super::super::value::TEXT;
use super::super::value::Text;
use super::super::value::Trace;
use super::super::value::Value;
use super::super::value::whole;
use super::MOST_FILLED;
use super::MOST_REPEATED;
use super::operand;
use super::wide;

impl Machine<'_, '_> {
    /// A binary operator on values; each alternative of either side counts.
    pub(in super::super) fn binary(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Eval {
        let mut out = Vec::new();
        for x in a.alternatives() {
            for y in b.alternatives() {
                if out.len() < super::super::value::MOST_ALTERNATIVES {
                    out.push(self.binary_one(op, x, y)?);
                }
            }
        }
        Ok(Value::one_of(out))
    }

    fn binary_one(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Eval {
        if let Some(value) = self.move_place(op, a, b) {
            return Ok(value);
        }
        if wide::is_wide(a) || wide::is_wide(b) {
            return self.reckoned(op, a, b);
        }
        match op {
            BinaryOp::Add => self.add(a, b),
            BinaryOp::Mul => match (a, b) {
                (Value::Text(_) | Value::Ref(_), _) => self.repeated(a, b.as_int()),
                (Value::Int(_), Value::Text(_) | Value::Ref(_)) => self.repeated(b, a.as_int()),
                _ => self.reckoned(op, a, b),
            },
            BinaryOp::Mod => match a {
                Value::Text(text) if text.s.contains('%') => self.percent(text, std::slice::from_ref(b)),
                _ => Ok(self.arithmetic(op, a, b)),
            },
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                self.compare(op, a, b)
            }
            BinaryOp::In | BinaryOp::NotIn => {
                let known = self.contains(b, a)?;
                Ok(known.map_or(Value::Unknown, |has| Value::Bool(has == (op == BinaryOp::In))))
            }
            BinaryOp::BitOr if matches!((a, b), (Value::Ref(_), Value::Ref(_))) => {
                let mut pairs = self.entries(a)?;
                pairs.extend(self.entries(b)?);
                self.map(pairs)
            }
            _ => self.reckoned(op, a, b),
        }
    }

    /// Arithmetic whose numbers, or what comes of them, may be too wide for a machine.
    fn reckoned(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Eval {
        let is_number = |value: &Value| matches!(value, Value::Int(_)) || wide::is_wide(value);
        let wide = wide::is_wide(a) || wide::is_wide(b);
        let plain = if wide { Value::Unknown } else { self.arithmetic(op, a, b) };
        if !plain.is_unknown() || !is_number(a) || !is_number(b) {
            if wide && op == BinaryOp::Add {
                return self.join_values(&[a.clone(), b.clone()], "", "concatenated");
            }
            return Ok(plain);
        }
        if let Some(order) = wide::order(a, b) {
            let known = match op {
                BinaryOp::Eq => Some(order.is_eq()),
                BinaryOp::Ne => Some(order.is_ne()),
                BinaryOp::Lt => Some(order.is_lt()),
                BinaryOp::Le => Some(order.is_le()),
                BinaryOp::Gt => Some(order.is_gt()),
                BinaryOp::Ge => Some(order.is_ge()),
                _ => None,
            };
            if let Some(known) = known {
                return Ok(Value::Bool(known));
            }
        }
        let value = wide::reckoned(op, a, b).unwrap_or(Value::Unknown);
        if let Value::Bytes(blob) = &value {
            self.spend(blob.bytes.len() / 8)?;
            self.spend_bytes(blob.bytes.len() + TEXT)?;
        }
        Ok(value)
    }

    fn add(&mut self, a: &Value, b: &Value) -> Eval {
        let joins = self.traits().joins_numbers;
        if self.traits().characters_count() && is_number(a) && is_number(b) {
            return Ok(self.arithmetic(BinaryOp::Add, a, b));
        }
        match (a, b) {
            (Value::Ref(at), _) if self.heap.map(*at).is_some_and(|map| map.class.is_some()) => {
                match self.member(*at, PLUS) {
                    Some(method) => self.call_value(&method, Passed::of(vec![b.clone()])),
                    None => self.join_values(&[a.clone(), b.clone()], "", "concatenated"),
                }
            }
            (Value::Text(_), Value::Int(_)) | (Value::Int(_), Value::Text(_)) => {
                let text = if let Value::Text(text) = a { text } else { return self.add_code(a, b, joins) };
                if joins || text.single().is_none() {
                    self.add_code(a, b, joins)
                } else {
                    Ok(self.arithmetic(BinaryOp::Add, a, b))
                }
            }
            (Value::Ref(x), Value::Ref(y))
                if self.heap.list(*x).is_some() && self.heap.list(*y).is_some() =>
            {
                let mut items = self.items(a)?.unwrap_or_default();
                items.extend(self.items(b)?.unwrap_or_default());
                self.list(items)
            }
            (Value::Bytes(x), Value::Bytes(y)) => {
                self.spend_bytes(x.bytes.len() + y.bytes.len())?;
                let mut blob = (**x).clone();
                blob.bytes.extend_from_slice(&y.bytes);
                blob.trace.absorb(&y.trace);
                blob.trace.built = true;
                Ok(Value::Bytes(std::rc::Rc::new(blob)))
            }
            (Value::Unknown | Value::Null, Value::Unknown | Value::Null) => Ok(Value::Unknown),
            (Value::Text(_) | Value::Bytes(_) | Value::Ref(_), _)
            | (_, Value::Text(_) | Value::Bytes(_) | Value::Ref(_)) => {
                self.join_values(&[a.clone(), b.clone()], "", "concatenated")
            }
            _ => self.reckoned(BinaryOp::Add, a, b),
        }
    }

    /// Text and a number: joined, or the number is a character's code; a single character may be a number itself.
    fn add_code(&mut self, a: &Value, b: &Value, joins: bool) -> Eval {
        if joins {
            return self.join_values(&[a.clone(), b.clone()], "", "concatenated");
        }
        let code = |value: &Value| match value {
            Value::Int(n) => u32::try_from(*n)
                .ok()
                .and_then(char::from_u32)
                .filter(|c| !c.is_control())
                .map_or_else(|| value.clone(), |c| Value::text(c.to_string(), Trace::default())),
            other => other.clone(),
        };
        if let (Value::Int(_), Some(_)) = (a, b.as_text().and_then(|text| text.single())) {
            return Ok(self.arithmetic(BinaryOp::Add, a, b));
        }
        self.join_values(&[code(a), code(b)], "", "concatenated")
    }

    /// Values as texts, joined. A builder may be among them.
    pub(in super::super) fn join_values(
        &mut self,
        values: &[Value],
        separator: &str,
        how: &'static str,
    ) -> Eval {
        let mut out = Text::default();
        let mut largest = 0;
        for (at, value) in values.iter().enumerate() {
            let owned;
            let piece: &Text = match value.first() {
                Value::Text(text) => text,
                Value::Null => continue,
                other => {
                    owned = self.render(other)?;
                    &owned
                }
            };
            largest = largest.max(piece.s.len());
            if at > 0 {
                out.s.push_str(separator);
            }
            out.s.push_str(&piece.s);
            out.holes |= piece.holes;
            out.trace.absorb(&piece.trace);
            if values.len() > 2 {
                self.spend_bytes(piece.s.len() + separator.len())?;
            }
        }
        // A text that grows piece by piece is paid for by what is added, and for its copy at a lower rate: otherwise
        // building a text of n characters would cost n².
        out.trace.built = true;
        out.trace.note(how);
        let growth = if values.len() > 2 { 0 } else { out.s.len().saturating_sub(largest) };
        self.book(TEXT + out.s.len(), growth + out.s.len() / 6 + TEXT)?;
        self.touch(&out.s);
        Ok(Value::Text(std::rc::Rc::new(out)))
    }

    fn repeated(&mut self, value: &Value, count: Option<i64>) -> Eval {
        let Some(count) = count.map(|n| usize::try_from(n).unwrap_or(0)) else {
            return Ok(value.clone());
        };
        match value.first() {
            Value::Ref(at) if matches!(self.heap.get(*at), Cell::List(_)) => {
                let items = self.items(value)?.unwrap_or_default();
                let size = items.len().saturating_mul(count);
                if size > MOST_FILLED {
                    return Ok(Value::Unknown);
                }
                self.spend_bytes(size.saturating_mul(SLOT))?;
                self.list(items.into_iter().cycle().take(size).collect())
            }
            _ => {
                let text = self.render(value)?;
                let size = text.s.len().saturating_mul(count);
                if size > MOST_REPEATED {
                    return Ok(Value::Unknown);
                }
                self.spend_bytes(size)?;
                let trace = if count == 1 { text.trace } else { text.trace.then("repeated") };
                self.made(Text { s: text.s.repeat(count), trace, holes: text.holes, ..Text::default() })
            }
        }
    }

    fn arithmetic(&self, op: BinaryOp, a: &Value, b: &Value) -> Value {
        let float = matches!(a, Value::Float(_)) || matches!(b, Value::Float(_));
        let exact = self.traits().integer_division;
        let digits = |value: &Value| match value {
            Value::Text(text) if self.traits().digits_count => text.s.trim().parse().ok(),
            _ => None,
        };
        let number = |value: &Value| digits(value.first()).or_else(|| number_for(op, value));
        let (Some(x), Some(y)) = (number(a), number(b)) else {
            return floats(op, a, b);
        };
        if float && !is_bitwise(op) {
            return floats(op, a, b);
        }
        if op == BinaryOp::Div && !exact && (y == 0 || x.checked_rem(y) != Some(0)) {
            return floats(op, a, b);
        }
        // Ruby divides integers too, but rounds down.
        let floors = exact && self.traits().negative_index;
        let op = if floors && op == BinaryOp::Div { BinaryOp::FloorDiv } else { op };
        integers(op, x, y, exact && !floors).map_or(Value::Unknown, Value::Int)
    }

    pub(super) fn number(&mut self, op: Op, values: &[Value]) -> Eval<Option<Value>> {
        let first = operand(values, 0);
        let second = operand(values, 1);
        let int = first.as_int();
        Ok(Some(match op {
            Op::ToInt => self.to_int(&first, values.get(1).and_then(Value::as_int)),
            Op::ToIndex => match first.first() {
                Value::Text(text) => text.s.trim().parse().map_or_else(|_| first.clone(), Value::Int),
                _ => first,
            },
            Op::ToFloat => {
                let parsed = first.as_text().and_then(|text| text.s.trim().parse().ok());
                parsed.or_else(|| first.as_float()).map_or(Value::Unknown, Value::Float)
            }
            Op::ToBool => self.truth(&first).map_or(Value::Unknown, Value::Bool),
            Op::Compare => match super::super::order::known(&first, &second) {
                Some(order) => Value::Int(order as i64),
                None if first.is_unknown() || second.is_unknown() => Value::Unknown,
                None => {
                    let (a, b) = (self.sort_key(&first)?, self.sort_key(&second)?);
                    Value::Int(super::super::order::compare_all(&a, &b) as i64)
                }
            },
            Op::Abs => match first.first() {
                Value::Float(f) => Value::Float(f.abs()),
                _ => int.and_then(i64::checked_abs).map_or(Value::Unknown, Value::Int),
            },
            Op::Min | Op::Max => self.extreme(op, values)?,
            Op::Sum => {
                let mut total = values.get(1).cloned().unwrap_or(Value::Int(0));
                let items = self.items(&first)?.unwrap_or_default();
                if let Some(list) = self.sum_of_lists(&total, &items)? {
                    return Ok(Some(list));
                }
                for item in items {
                    let empty =
                        matches!(total, Value::Int(0)) && !matches!(item, Value::Int(_) | Value::Float(_));
                    total = if empty { item } else { self.binary(BinaryOp::Add, &total, &item)? };
                }
                total
            }
            Op::Round => first.as_float().and_then(|f| whole(f.round())).map_or(Value::Unknown, Value::Int),
            Op::Floor => first.as_float().and_then(|f| whole(f.floor())).map_or(Value::Unknown, Value::Int),
            Op::DivMod => {
                let quotient = self.reckoned(BinaryOp::FloorDiv, &first, &second)?;
                let pair = vec![quotient, self.reckoned(BinaryOp::Mod, &first, &second)?];
                self.list(pair)?
            }
            Op::AddCode | Op::SubCode => self.code_sum(op, &first, &second)?,
            Op::Pow if values.len() > 2 => {
                let parts = first.as_int().zip(second.as_int()).zip(operand(values, 2).as_int());
                parts
                    .and_then(|((base, power), by)| modular(base, power, by))
                    .map_or(Value::Unknown, Value::Int)
            }
            Op::Pow => self.reckoned(BinaryOp::Pow, &first, &second)?,
            Op::Quotient if wide::is_wide(&first) => self.reckoned(BinaryOp::FloorDiv, &first, &second)?,
            Op::Remainder if wide::is_wide(&first) => self.reckoned(BinaryOp::Mod, &first, &second)?,
            Op::Quotient => int
                .zip(second.as_int())
                .and_then(|(a, b)| a.checked_div(b))
                .map_or(Value::Unknown, Value::Int),
            Op::Remainder => int
                .zip(second.as_int())
                .and_then(|(a, b)| a.checked_rem(b))
                .map_or(Value::Unknown, Value::Int),
            _ => return Ok(None),
        }))
    }

    /// Lists, one behind the other: put together once, not anew with each.
    fn sum_of_lists(&mut self, start: &Value, items: &[Value]) -> Eval<Option<Value>> {
        let is_list = |value: &Value| matches!(value, Value::Ref(at) if self.heap.list(*at).is_some_and(|list| list.text.is_none()));
        let begins = matches!(start, Value::Int(0)) || is_list(start);
        if items.len() < 3 || !begins || !items.iter().all(is_list) {
            return Ok(None);
        }
        let mut all =
            if matches!(start, Value::Ref(_)) { self.items(start)?.unwrap_or_default() } else { Vec::new() };
        for item in items {
            all.extend(self.items(item)?.unwrap_or_default());
        }
        self.list(all).map(Some)
    }

    /// A character moved on by a number is a character.
    fn code_sum(&mut self, op: Op, a: &Value, b: &Value) -> Eval {
        let plain = if op == Op::AddCode { BinaryOp::Add } else { BinaryOp::Sub };
        let result = match (a.first(), b.first()) {
            (Value::Text(x), Value::Text(_)) if plain == BinaryOp::Add || !x.character => {
                return self.join_values(&[a.clone(), b.clone()], "", "concatenated");
            }
            (Value::Ref(at), _) if plain == BinaryOp::Add && self.heap.list(*at).is_some() => {
                return self.apply(Op::Concat, None, vec![a.clone(), b.clone()], &[]);
            }
            (Value::Ref(at), _) if matches!(self.heap.get(*at), Cell::Builder(_)) => {
                return self.push(None, a, std::slice::from_ref(b));
            }
            _ => self.binary(plain, a, b)?,
        };
        if let (Value::Int(n), true, false) = (&result, a.is_character(), b.is_character()) {
            return Ok(character_of(*n));
        }
        Ok(result)
    }

    fn to_int(&self, value: &Value, base: Option<i64>) -> Value {
        match value.first() {
            Value::Text(text) => {
                let base = base.and_then(|b| u32::try_from(b).ok()).filter(|b| (2..=36).contains(b));
                let wide =
                    || wide::parsed(&text.s, base.unwrap_or(10), &text.trace).unwrap_or(Value::Unknown);
                parse_int(&text.s, base).or_else(|| value.as_int()).map_or_else(wide, Value::Int)
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a float out of range is clamped, as documented for `as`"
            )]
            Value::Float(f) => Value::Int(f.trunc() as i64),
            whole if wide::is_wide(whole) => whole.clone(),
            _ => value.as_int().map_or(Value::Unknown, Value::Int),
        }
    }

    fn extreme(&mut self, op: Op, values: &[Value]) -> Eval {
        let items = match values {
            [one] => self.items(one)?.unwrap_or_default(),
            many => many.to_vec(),
        };
        let order = super::super::order::compare;
        let found = if op == Op::Min {
            items.iter().min_by(|a, b| order(a, b))
        } else {
            items.iter().max_by(|a, b| order(a, b))
        };
        Ok(found.cloned().unwrap_or(Value::Unknown))
    }
}

/// The character with this code.
pub(in super::super) fn character_of(code: i64) -> Value {
    match u32::try_from(code).ok().and_then(char::from_u32) {
        Some(c) => {
            Value::Text(std::rc::Rc::new(Text::character(c, Trace::default().then("character codes"))))
        }
        None => Value::Unknown,
    }
}

/// Whether a value is a number where characters are numbers.
fn is_number(value: &Value) -> bool {
    value.is_character() || matches!(value, Value::Int(_) | Value::Float(_))
}

fn is_bitwise(op: BinaryOp) -> bool {
    use BinaryOp::{BitAnd, BitOr, BitXor, ShiftLeft, ShiftRight};
    matches!(op, BitAnd | BitOr | BitXor | ShiftLeft | ShiftRight)
}

/// A power of a number, or of what undoes it, by a modulus.
fn modular(base: i64, power: i64, by: i64) -> Option<i64> {
    let by = i128::from(by.checked_abs().filter(|by| *by > 0)?);
    let mut base = i128::from(base).rem_euclid(by);
    if power < 0 {
        // Euclid's way.
        let (mut old, mut new) = ((base, 1_i128), (by, 0_i128));
        while new.0 != 0 {
            let times = old.0 / new.0;
            (old, new) = (new, (old.0 - times * new.0, old.1 - times * new.1));
        }
        base = (old.0 == 1).then(|| old.1.rem_euclid(by))?;
    }
    let (mut out, mut left) = (1 % by, power.unsigned_abs());
    while left > 0 {
        if left & 1 == 1 {
            out = out * base % by;
        }
        base = base * base % by;
        left >>= 1;
    }
    i64::try_from(out).ok()
}

/// An operand as an integer; bits are taken of a number's whole part.
fn number_for(op: BinaryOp, value: &Value) -> Option<i64> {
    match value.first() {
        Value::Float(f) if is_bitwise(op) => whole(f.trunc()),
        _ => value.as_int(),
    }
}

fn parse_int(text: &str, base: Option<u32>) -> Option<i64> {
    let text = text.trim().replace('_', "");
    let (digits, prefix) = match text.get(..2) {
        Some("0x" | "0X") => (text.get(2..)?, Some(16)),
        Some("0b" | "0B") => (text.get(2..)?, Some(2)),
        Some("0o" | "0O") => (text.get(2..)?, Some(8)),
        _ => (text.as_str(), None),
    };
    match (prefix, base) {
        (Some(prefix), None) => i64::from_str_radix(digits, prefix).ok(),
        (Some(prefix), Some(base)) if prefix == base => i64::from_str_radix(digits, base).ok(),
        _ => i64::from_str_radix(&text, base.unwrap_or(10)).ok(),
    }
}

fn integers(op: BinaryOp, x: i64, y: i64, truncates: bool) -> Option<i64> {
    match op {
        // Where division truncates, numbers have a width: what does not fit is cut off at its high end.
        BinaryOp::Add if truncates => Some(x.wrapping_add(y)),
        BinaryOp::Sub if truncates => Some(x.wrapping_sub(y)),
        BinaryOp::Mul if truncates => Some(x.wrapping_mul(y)),
        BinaryOp::ShiftLeft if truncates => u32::try_from(y).ok().map(|y| x.wrapping_shl(y)),
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Sub => x.checked_sub(y),
        BinaryOp::Mul => x.checked_mul(y),
        BinaryOp::Div => x.checked_div(y),
        BinaryOp::FloorDiv => {
            let (quotient, rest) = (x.checked_div(y)?, x.checked_rem(y)?);
            if rest != 0 && (rest < 0) != (y < 0) { quotient.checked_sub(1) } else { Some(quotient) }
        }
        BinaryOp::Mod => {
            let rest = x.checked_rem(y)?;
            if !truncates && rest != 0 && (rest < 0) != (y < 0) { rest.checked_add(y) } else { Some(rest) }
        }
        BinaryOp::Pow => x.checked_pow(u32::try_from(y).ok()?),
        BinaryOp::ShiftLeft => x.checked_mul(1_i64.checked_shl(u32::try_from(y).ok()?).filter(|_| y < 63)?),
        BinaryOp::ShiftRight => x.checked_shr(u32::try_from(y).ok()?),
        BinaryOp::BitAnd => Some(x & y),
        BinaryOp::BitOr => Some(x | y),
        BinaryOp::BitXor => Some(x ^ y),
        _ => None,
    }
}

fn floats(op: BinaryOp, a: &Value, b: &Value) -> Value {
    let (Some(x), Some(y)) = (a.as_float(), b.as_float()) else {
        return Value::Unknown;
    };
    let result = match op {
        BinaryOp::Add => x + y,
        BinaryOp::Sub => x - y,
        BinaryOp::Mul => x * y,
        BinaryOp::Div if y != 0.0 => x / y,
        BinaryOp::FloorDiv if y != 0.0 => (x / y).floor(),
        BinaryOp::Mod if y != 0.0 => x.rem_euclid(y),
        BinaryOp::Pow => x.powf(y),
        _ => return Value::Unknown,
    };
    Value::Float(result)
}
