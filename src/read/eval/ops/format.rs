//! Format strings: printf style and brace style.

use crate::read::ir::Op;

use super::super::heap::Key;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::value::Text;
use super::super::value::Value;
use super::operand;

/// The widest padding that is filled in.
const MOST_WIDTH: usize = 1024;

impl<'p> Machine<'p, '_> {
    pub(super) fn format(
        &mut self,
        op: Op,
        values: &[Value],
        named: &[(&'p str, Value)],
    ) -> Eval<Option<Value>> {
        let first = operand(values, 0);
        let rest = values.get(1..).unwrap_or_default();
        match (op, first.as_text()) {
            (Op::FormatPercent, Some(text)) => self.percent(text, rest).map(Some),
            (Op::FormatBrace, Some(text)) => self.braces(text, rest, named).map(Some),
            (Op::FormatPercent | Op::FormatBrace, None) => {
                rest.iter().try_for_each(|value| self.see(value))?;
                Ok(Some(Value::Unknown))
            }
            _ => Ok(None),
        }
    }

    /// `%s %d %c %x %5s %-5s %05d %(name)s`; a single list supplies the values, a single map the names.
    pub(super) fn percent(&mut self, format: &Text, values: &[Value]) -> Eval {
        let all = match values {
            [Value::Ref(at)] if self.heap.list(*at).is_some() => {
                self.items(&Value::Ref(*at))?.unwrap_or_default()
            }
            other => other.to_vec(),
        };
        let mut supply = all.iter().cloned();
        let names = values.first().cloned().unwrap_or(Value::Unknown);
        let mut out = Text { trace: format.trace.then("formatted"), holes: format.holes, ..Text::default() };
        let mut rest = format.s.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            self.spend(1)?;
            out.s.push_str(before);
            let (spec, tail) = after.split_at(spec_length(after));
            rest = tail;
            let letter = spec.chars().next_back().unwrap_or('%');
            if letter == '%' || spec == "n" {
                out.s.push(if letter == '%' { '%' } else { '\n' });
                continue;
            }
            let position = spec.split_once('$').and_then(|(at, _)| at.parse::<usize>().ok());
            let spec = spec.split_once('$').map_or(spec, |(_, spec)| spec);
            if let Some(position) = position {
                let value = operand(&all, position.saturating_sub(1));
                self.put(&mut out, &value, letter, spec)?;
                continue;
            }
            let value = match spec.strip_prefix('(').and_then(|spec| spec.split_once(')')) {
                Some((name, _)) => self.field(&names, name)?,
                None => supply.next().unwrap_or(Value::Unknown),
            };
            self.put(&mut out, &value, letter, spec)?;
        }
        out.s.push_str(rest);
        self.made(out)
    }

    fn put(&mut self, out: &mut Text, value: &Value, letter: char, spec: &str) -> Eval<()> {
        let mut piece = match (letter, value.as_int()) {
            ('c', Some(n)) => {
                let c = u32::try_from(n).ok().and_then(char::from_u32);
                Text::new(c.map(String::from).unwrap_or_default(), Default::default())
            }
            ('x', Some(n)) => Text::new(format!("{n:x}"), Default::default()),
            ('X', Some(n)) => Text::new(format!("{n:X}"), Default::default()),
            ('o', Some(n)) => Text::new(format!("{n:o}"), Default::default()),
            ('b', Some(n)) => Text::new(format!("{n:b}"), Default::default()),
            _ => self.render(value)?,
        };
        if let (Some((_, most)), 's' | 'S') = (spec.trim_end_matches(['s', 'S']).split_once('.'), letter)
            && let Ok(most) = most.parse::<usize>()
        {
            piece.s = piece.s.chars().take(most).collect();
        }
        pad(&mut piece.s, spec);
        self.spend_bytes(piece.s.len())?;
        out.s.push_str(&piece.s);
        out.holes |= piece.holes;
        out.trace.absorb(&piece.trace);
        Ok(())
    }

    /// `{}` `{0}` `{name}` `{0:>5}` `{{`
    fn braces(&mut self, format: &Text, values: &[Value], named: &[(&'p str, Value)]) -> Eval {
        let mut out = Text { trace: format.trace.then("formatted"), holes: format.holes, ..Text::default() };
        let mut next = 0;
        let mut rest = format.s.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            self.spend(1)?;
            let (before, from) = rest.split_at(at);
            out.s.push_str(before);
            if from.starts_with("{{") || from.starts_with("}}") {
                out.s.push_str(from.get(..1).unwrap_or_default());
                rest = from.get(2..).unwrap_or_default();
                continue;
            }
            let hole = from.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let Some((hole, tail)) = hole else {
                out.s.push_str(from.get(..1).unwrap_or_default());
                rest = from.get(1..).unwrap_or_default();
                continue;
            };
            rest = tail;
            let (name, spec) = hole.split_once(':').unwrap_or((hole, ""));
            let name = name.split('!').next().unwrap_or_default();
            // `{0,-5}` and `{0:X2}` of C#.
            let (name, width) = name.split_once(',').unwrap_or((name, ""));
            let clause = spec
                .strip_prefix(['X', 'x', 'D', 'd'])
                .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
            let clause = clause.map(|digits| format!("0{digits}{}", spec.get(..1).unwrap_or_default()));
            let spec = if width.is_empty() { clause.as_deref().unwrap_or(spec) } else { width.trim() };
            let value = if name.is_empty() {
                next += 1;
                operand(values, next - 1)
            } else {
                self.supply(name, values, named)?
            };
            let letter = spec.chars().next_back().filter(|c| "cxXob".contains(*c)).unwrap_or('s');
            self.put(&mut out, &value, letter, spec)?;
        }
        out.s.push_str(rest);
        self.made(out)
    }

    fn supply(&mut self, name: &str, values: &[Value], named: &[(&'p str, Value)]) -> Eval {
        let end = name.find(['[', '.']).unwrap_or(name.len());
        let (base, path) = name.split_at(end);
        let key = path.trim_matches(|c| "[].'\"".contains(c));
        let base = match base.parse::<usize>() {
            Ok(at) => operand(values, at),
            Err(_) => match named.iter().find(|(known, _)| *known == base) {
                Some((_, value)) => value.clone(),
                None => {
                    let map = values.first().and_then(Value::as_ref).and_then(|at| self.heap.map(at));
                    let found = map.and_then(|map| map.get(&Key::Text(base.to_owned())));
                    found.cloned().or_else(|| self.lookup(base)).unwrap_or(Value::Unknown)
                }
            },
        };
        match key.parse::<i64>() {
            _ if key.is_empty() => Ok(base),
            Ok(n) => self.index(&base, &Value::Int(n)),
            Err(_) => self.field(&base, key),
        }
    }
}

/// How long a printf directive is, its letter included.
fn spec_length(after: &str) -> usize {
    let name = if after.starts_with('(') { after.find(')').map_or(0, |at| at + 1) } else { 0 };
    let flags = |c: char| c.is_ascii_digit() || "-+ #.*lhzjtL$,".contains(c);
    let tail = after.get(name..).unwrap_or_default();
    match tail.char_indices().find(|(_, c)| !flags(*c)) {
        Some((at, c)) => name + at + c.len_utf8(),
        None => after.len(),
    }
}

/// Pads to the width that a directive gives.
fn pad(piece: &mut String, spec: &str) {
    let spec = spec.rsplit(')').next().unwrap_or_default();
    let left = spec.contains('<') || spec.starts_with('-');
    let zero = spec.starts_with('0');
    let digits: String =
        spec.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    if spec.starts_with('.') {
        return;
    }
    let width = digits.parse::<usize>().unwrap_or(0).min(MOST_WIDTH);
    let missing = width.saturating_sub(piece.chars().count());
    if left {
        piece.extend(std::iter::repeat_n(' ', missing));
    } else if missing > 0 {
        let fill = if zero { "0" } else { " " };
        piece.insert_str(0, &fill.repeat(missing));
    }
}
