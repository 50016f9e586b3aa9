//! Operations on text.

use std::rc::Rc;

use crate::read::ir::Op;

use super::super::find::joined_with;
use super::super::heap::Cell;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::value::SLOT;
use super::super::value::Text;
use super::super::value::Trace;
use super::super::value::Value;
use super::super::value::whole;
use super::operand;
use super::wide;

/// The widest text that padding makes.
const MOST_WIDTH: usize = 4096;

impl Machine<'_, '_> {
    pub(super) fn text_op(&mut self, op: Op, values: &[Value]) -> Eval<Option<Value>> {
        let first = operand(values, 0);
        match op {
            Op::ToText => {
                let codes = self.codes_as_text(&first, values.len());
                return Ok(Some(match codes {
                    Some(text) => self.made(text)?,
                    None if values.len() == 1 && first.is_character() => {
                        let text = self.render(&first)?;
                        self.made(Text { character: false, ..text })?
                    }
                    None if values.len() == 1 && first.as_text().is_some() => first,
                    None if values.len() == 1 => {
                        let text = self.render(&first)?;
                        self.made(text)?
                    }
                    None => self.join_values(values, "", "joined with nothing")?,
                }));
            }
            Op::FromItems => {
                let listed = first.as_ref().is_some_and(|at| self.heap.list(at).is_some());
                let op = if listed { Op::Join } else { Op::ToText };
                return self.apply(op, None, vec![first], &[]).map(Some);
            }
            Op::Join => return self.join(&first, values.get(1)).map(Some),
            Op::Chr => return self.chr(values).map(Some),
            Op::Codes => return self.codes(&first).map(Some),
            Op::Ord => match first.first() {
                Value::Int(_) => return Ok(Some(first)),
                Value::Float(f) => return Ok(Some(whole(f.trunc()).map_or(Value::Unknown, Value::Int))),
                _ => {}
            },
            Op::MakeTable => return self.make_table(values).map(Some),
            Op::ToDigits => return self.digits(values).map(Some),
            Op::Repeat => {
                let times = operand(values, 1);
                return self.binary(crate::read::ir::BinaryOp::Mul, &first, &times).map(Some);
            }
            _ => {}
        }
        if first.is_unknown() {
            return Ok(None);
        }
        let text = self.render(&first)?;
        self.spend(text.s.len() / 16)?;
        if let Some(value) = self.cut(op, &text, values)? {
            return Ok(Some(value));
        }
        if let Some(known) = question(op, &text, operand(values, 1).as_text()) {
            return Ok(Some(known));
        }
        match self.changed(op, &text, values)? {
            Some((s, _)) if s == text.s => self.made(text).map(Some),
            Some((s, how)) => {
                let character = text.character && s.chars().count() == 1;
                self.made(Text { s, trace: text.trace.then(how), holes: text.holes, character }).map(Some)
            }
            None => Ok(None),
        }
    }

    /// A list of character codes as text, when one operand is that.
    fn codes_as_text(&self, value: &Value, operands: usize) -> Option<Text> {
        let list = self.heap.list(value.as_ref().filter(|_| operands == 1)?)?;
        if list.items.is_empty() || !list.items.iter().all(|item| matches!(item, Value::Int(_))) {
            return None;
        }
        super::super::find::codes(&list.items).map(|s| Text::new(s, Trace::default().then("character codes")))
    }

    fn join(&mut self, container: &Value, separator: Option<&Value>) -> Eval {
        let mut out = Vec::new();
        let separators: Vec<String> = match separator {
            None => vec![String::new()],
            Some(value) if value.as_text().is_none() => vec![" ".to_owned()],
            Some(value) => value.as_text().map(|text| text.s.clone()).into_iter().collect(),
        };
        for one in container.alternatives() {
            let Some(items) = self.items(one)? else { continue };
            for separator in &separators {
                let joined = self.join_values(&items, separator, joined_with(separator))?;
                out.push(self.led(joined, one));
            }
        }
        Ok(Value::one_of(out))
    }

    /// A text joined from the items of a list, with what was done to that.
    fn led(&self, joined: Value, from: &Value) -> Value {
        let list = from.as_ref().and_then(|at| self.heap.list(at));
        match (joined, list) {
            (Value::Text(mut text), Some(list)) if list.pushes > 0 || list.done.is_some() => {
                Rc::make_mut(&mut text).trace.lead(list.pushes, list.steps());
                Value::Text(text)
            }
            (joined, _) => joined,
        }
    }

    /// Characters of code points, one by one or in a list.
    fn chr(&mut self, values: &[Value]) -> Eval {
        let mut out = Text::default();
        for value in values {
            let items = match value.first() {
                Value::Ref(_) | Value::Bytes(_) => self.items(value)?.unwrap_or_default(),
                Value::OneOf(_) => Vec::new(),
                _ => vec![
                    value
                        .alternatives()
                        .iter()
                        .find(|v| matches!(v, Value::Int(_)))
                        .unwrap_or(value.first())
                        .clone(),
                ],
            };
            for item in items {
                self.spend(1)?;
                match &item {
                    Value::Int(_) | Value::Float(_) => {
                        let code = item.as_int().and_then(|n| u32::try_from(n).ok());
                        out.s.extend(code.and_then(char::from_u32));
                    }
                    other => {
                        let piece = self.render(other)?;
                        out.s.push_str(&piece.s);
                        out.holes |= piece.holes;
                        out.trace.absorb(&piece.trace);
                    }
                }
            }
        }
        out.trace = out.trace.then("character codes");
        out.character =
            matches!(values, [Value::Int(_) | Value::Float(_) | Value::Text(_)]) && out.single().is_some();
        self.made(out)
    }

    fn codes(&mut self, value: &Value) -> Eval {
        let items = match value.first() {
            Value::Bytes(_) => self.items(value)?.unwrap_or_default(),
            Value::Ref(at) if matches!(self.heap.get(*at), Cell::List(_)) => return Ok(value.clone()),
            _ => {
                let text = self.render(value)?;
                self.spend_bytes(text.s.len() * SLOT)?;
                text.s.bytes().map(|b| Value::Int(i64::from(b))).collect()
            }
        };
        self.list(items)
    }

    /// `(from, to, delete?)`, or a map as it is.
    fn make_table(&mut self, values: &[Value]) -> Eval {
        let first = operand(values, 0);
        let (Some(from), Some(to)) = (first.as_text(), operand(values, 1).as_text().cloned()) else {
            return Ok(first);
        };
        let (from, to) = (self.chars(&Rc::clone(from))?, self.chars(&to)?);
        let mut pairs: Vec<(Value, Value)> = from.into_iter().zip(to).collect();
        if let Some(delete) = operand(values, 2).as_text() {
            let gone = self.chars(&Rc::clone(delete))?;
            pairs.extend(gone.into_iter().map(|c| (c, Value::Null)));
        }
        self.map(pairs)
    }

    fn digits(&mut self, values: &[Value]) -> Eval {
        let (number, base) = (operand(values, 0).as_int(), operand(values, 1).as_int());
        if let Some(text) = wide::digits(
            operand(values, 0).first(),
            base.and_then(|base| u32::try_from(base).ok()).unwrap_or(10).clamp(2, 36),
        ) {
            return self.text(text, Trace::default().then("digits"));
        }
        let Some(number) = number else { return Ok(Value::Unknown) };
        let base = u64::try_from(base.unwrap_or(10)).unwrap_or(10).clamp(2, 36);
        let mut rest = number.unsigned_abs();
        let mut digits = Vec::new();
        while digits.is_empty() || rest > 0 {
            let digit = u32::try_from(rest % base).unwrap_or(0);
            digits.extend(char::from_digit(digit, 36));
            rest /= base;
        }
        let sign = if number < 0 { "-" } else { "" };
        let text = sign.chars().chain(digits.into_iter().rev()).collect();
        self.text(text, Trace::default().then("digits"))
    }

    /// Operations that cut a text into a list.
    fn cut(&mut self, op: Op, text: &Text, values: &[Value]) -> Eval<Option<Value>> {
        let separator = values.get(1).and_then(|value| value.as_text());
        let limit = values.get(2).and_then(Value::as_int).and_then(|n| usize::try_from(n).ok());
        let pieces: Vec<String> = match op {
            Op::Chars => {
                let chars = self.chars(text)?;
                return self.list(chars).map(Some);
            }
            Op::Split => match separator {
                Some(separator) if separator.s.is_empty() => text.s.chars().map(String::from).collect(),
                Some(separator) => match limit {
                    Some(limit) => {
                        text.s.splitn(limit.saturating_add(1), &*separator.s).map(str::to_owned).collect()
                    }
                    None => text.s.split(&*separator.s).map(str::to_owned).collect(),
                },
                None => text.s.split_whitespace().map(str::to_owned).collect(),
            },
            Op::SplitAny => {
                let any = separator.map_or(" ", |separator| separator.s.as_str());
                let pieces = text.s.split(|c| any.contains(c)).filter(|piece| !piece.is_empty());
                pieces.map(str::to_owned).collect()
            }
            Op::Lines => text.s.lines().map(str::to_owned).collect(),
            Op::Ord => {
                let code = text.s.chars().next().map(|c| Value::Int(i64::from(u32::from(c))));
                return Ok(Some(code.unwrap_or(Value::Unknown)));
            }
            _ => return Ok(None),
        };
        self.spend_bytes(text.s.len() + pieces.len() * 140)?;
        let trace = text.trace.of_part("split");
        self.list(pieces.into_iter().map(|piece| Value::text(piece, trace.clone())).collect()).map(Some)
    }

    /// Operations that give a changed text, with what the change is called.
    fn changed(&mut self, op: Op, text: &Text, values: &[Value]) -> Eval<Option<(String, &'static str)>> {
        let s = text.s.as_str();
        let arg = |at: usize| values.get(at).and_then(Value::as_text).map(|text| text.s.clone());
        let of = |at: usize| arg(at).unwrap_or_default();
        let set = arg(1);
        let strip = |c: char| set.as_ref().map_or(c.is_whitespace(), |set| set.contains(c));
        self.spend_bytes(s.len())?;
        Ok(Some(match op {
            Op::Upper => (s.to_uppercase(), "upper case"),
            Op::Lower => (s.to_lowercase(), "lower case"),
            Op::Dedent => (dedented(s), "dedented"),
            Op::SwapCase => (s.chars().map(swapped).collect(), "case swapped"),
            Op::Title => (titled(s, true), "title case"),
            Op::Capitalize => (titled(s, false), "capitalised"),
            Op::UpperFirst | Op::LowerFirst | Op::UpperWords => (first_letters(op, s), "capitalised"),
            Op::Trim => (s.trim_matches(strip).to_owned(), "trimmed"),
            Op::TrimStart => (s.trim_start_matches(strip).to_owned(), "trimmed"),
            Op::TrimEnd => (s.trim_end_matches(strip).to_owned(), "trimmed"),
            Op::StripPrefix => (s.strip_prefix(&*of(1)).unwrap_or(s).to_owned(), "cut"),
            Op::StripSuffix => (s.strip_suffix(&*of(1)).unwrap_or(s).to_owned(), "cut"),
            Op::PadStart | Op::PadEnd => {
                let width = values.get(1).and_then(Value::as_int).and_then(|n| usize::try_from(n).ok());
                let missing = width.unwrap_or(0).min(MOST_WIDTH).saturating_sub(s.chars().count());
                let fill = arg(2).filter(|fill| !fill.is_empty()).unwrap_or_else(|| " ".to_owned());
                let filling: String = fill.chars().cycle().take(missing).collect();
                (if op == Op::PadStart { filling + s } else { s.to_owned() + &filling }, "padded")
            }
            Op::Replace if values.get(1).and_then(Value::as_ref).is_some() => {
                (self.replaced_lists(s, values)?, "replaced")
            }
            Op::Replace | Op::ReplaceFirst => {
                let count = values.get(3).and_then(Value::as_int).and_then(|n| usize::try_from(n).ok());
                let count = if op == Op::ReplaceFirst { Some(1) } else { count };
                (self.replaced(s, &of(1), &of(2), count)?, "replaced")
            }
            Op::ReplaceMany => (self.replaced_many(s, values)?, "replaced"),
            Op::Successor => (successor(s), "next"),
            Op::Translate => (self.translated(s, &operand(values, 1))?, "translated"),
            _ => return Ok(None),
        }))
    }

    fn replaced(&mut self, s: &str, old: &str, new: &str, count: Option<usize>) -> Eval<String> {
        let hits = s.matches(old).count().min(count.unwrap_or(usize::MAX));
        self.spend_bytes(hits.saturating_mul(new.len()).saturating_add(s.len()))?;
        Ok(s.replacen(old, new, count.unwrap_or(usize::MAX)))
    }

    /// Each of a list of texts is replaced in turn, by its partner or by the one text given.
    fn replaced_lists(&mut self, s: &str, values: &[Value]) -> Eval<String> {
        let old = self.items(&operand(values, 1))?.unwrap_or_default();
        let new = match operand(values, 2) {
            Value::Text(text) => vec![Value::Text(text); old.len()],
            other => self.items(&other)?.unwrap_or_default(),
        };
        let mut out = s.to_owned();
        for (at, old) in old.iter().enumerate() {
            let new = new.get(at).and_then(Value::as_text).map_or("", |text| &text.s);
            if let Some(old) = old.as_text().filter(|old| !old.s.is_empty()) {
                out = self.replaced(&out, &old.s, new, None)?;
            }
        }
        Ok(out)
    }

    fn replaced_many(&mut self, s: &str, values: &[Value]) -> Eval<String> {
        let pairs: Vec<(Value, Value)> = match values.get(1) {
            Some(Value::Ref(_)) => self.entries(&operand(values, 1))?,
            _ => values
                .get(1..)
                .unwrap_or_default()
                .chunks_exact(2)
                .map(|p| (p[0].clone(), p[1].clone()))
                .collect(),
        };
        let mut out = s.to_owned();
        for (old, new) in pairs {
            if let (Some(old), Some(new)) = (old.as_text(), new.as_text()) {
                out = self.replaced(&out, &old.s, &new.s, None)?;
            }
        }
        Ok(out)
    }

    fn translated(&mut self, s: &str, table: &Value) -> Eval<String> {
        let Some(at) = table.as_ref() else { return Ok(s.to_owned()) };
        let mut out = String::new();
        for c in s.chars() {
            self.spend(1)?;
            let Some(map) = self.heap.map(at) else { break };
            match self.mapped(map, c) {
                None => out.push(c),
                Some(Value::Text(text)) => {
                    self.spend_bytes(text.s.len())?;
                    out.push_str(&text.s);
                }
                Some(Value::Int(n)) => out.extend(u32::try_from(n).ok().and_then(char::from_u32)),
                Some(_) => {}
            }
        }
        Ok(out)
    }
}

/// Yes-or-no operations.
fn question(op: Op, text: &Text, other: Option<&Rc<Text>>) -> Option<Value> {
    let s = text.s.as_str();
    let every = |test: fn(char) -> bool| !s.is_empty() && s.chars().all(test);
    let answer = match op {
        Op::StartsWith => s.starts_with(&*other?.s),
        Op::EndsWith => s.ends_with(&*other?.s),
        Op::IsAlpha => every(char::is_alphabetic),
        Op::IsDigit => every(char::is_numeric),
        Op::IsAlnum => every(char::is_alphanumeric),
        Op::IsSpace => every(char::is_whitespace),
        Op::IsUpper => s.chars().any(char::is_uppercase) && !s.chars().any(char::is_lowercase),
        Op::IsLower => s.chars().any(char::is_lowercase) && !s.chars().any(char::is_uppercase),
        _ => return None,
    };
    Some(if text.holes { Value::Unknown } else { Value::Bool(answer) })
}

/// Without the indentation that all lines share, and without blank first and last lines.
fn dedented(s: &str) -> String {
    let lines: Vec<&str> = s.lines().collect();
    let blank = |line: &&str| line.trim().is_empty();
    let start = usize::from(lines.first().is_some_and(blank));
    let end = lines.len() - usize::from(lines.len() > start && lines.last().is_some_and(blank));
    let lines = lines.get(start..end).unwrap_or_default();
    let indent = |line: &&&str| line.len() - line.trim_start().len();
    let shared = lines.iter().filter(|line| !blank(line)).map(|line| indent(&line)).min().unwrap_or(0);
    lines.iter().map(|line| line.get(shared..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn swapped(c: char) -> char {
    let mut other =
        if c.is_uppercase() { c.to_lowercase().collect::<Vec<_>>() } else { c.to_uppercase().collect() };
    if other.len() == 1 { other.swap_remove(0) } else { c }
}

/// The first letter of each word, or only of the first, in upper case; the rest in lower case.
fn titled(s: &str, every: bool) -> String {
    let mut out = String::with_capacity(s.len());
    let mut start = true;
    for c in s.chars() {
        if start && c.is_alphabetic() {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = every && !c.is_alphanumeric();
    }
    out
}

/// The text after this one: the last letter or digit goes up, and carries to those before it.
fn successor(s: &str) -> String {
    let mut chars: Vec<char> = s.chars().collect();
    let mut at = chars.len();
    while at > 0 {
        at -= 1;
        let (next, carry) = match chars[at] {
            'z' => ('a', Some('a')),
            'Z' => ('A', Some('A')),
            '9' => ('0', Some('1')),
            c => (char::from_u32(u32::from(c) + 1).unwrap_or(c), None),
        };
        chars[at] = next;
        match carry {
            None => break,
            Some(first) if at == 0 || !chars[at - 1].is_ascii_alphanumeric() => {
                chars.insert(at, first);
                break;
            }
            Some(_) => {}
        }
    }
    chars.into_iter().collect()
}

/// Only first letters change: of the text, or of each word.
fn first_letters(op: Op, s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut start = true;
    for c in s.chars() {
        match (start, op) {
            (true, Op::LowerFirst) => out.extend(c.to_lowercase()),
            (true, _) => out.extend(c.to_uppercase()),
            _ => out.push(c),
        }
        start = op == Op::UpperWords && c.is_whitespace();
    }
    out
}
