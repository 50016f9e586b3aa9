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
            (Op::FormatCycled, Some(text)) => self.cycled(text, rest).map(Some),
            (Op::FormatPercent, Some(text)) => self.percent(text, rest).map(Some),
            (Op::FormatBrace, Some(text)) => self.braces(text, rest, named).map(Some),
            (Op::FormatPercent | Op::FormatCycled | Op::FormatBrace, None) => {
                rest.iter().try_for_each(|value| self.see(value))?;
                Ok(Some(Value::Unknown))
            }
            _ => Ok(None),
        }
    }

    /// The format for each batch of values, one after the other.
    fn cycled(&mut self, format: &Text, values: &[Value]) -> Eval {
        let holes = format.s.replace("%%", "").matches('%').count();
        if holes == 0 || values.len() <= holes {
            let mut padded = values.to_vec();
            padded.resize(holes.max(1), Value::Null);
            return self.percent(format, &padded);
        }
        let mut pieces = Vec::new();
        for batch in values.chunks(holes) {
            let mut padded = batch.to_vec();
            padded.resize(holes, Value::Null);
            pieces.push(self.percent(format, &padded)?);
        }
        self.join_values(&pieces, "", "formatted")
    }

    /// `%s %d %c %x %5s %-5s %05d %(name)s`; a single list supplies the values, a single map the names.
    pub(super) fn percent(&mut self, format: &Text, values: &[Value]) -> Eval {
        let all = match values {
            [Value::Ref(at)] if self.heap.list(*at).is_some() => {
                self.items(&Value::Ref(*at))?.unwrap_or_default()
            }
            other => other.to_vec(),
        };
        let mut supply = all.get(..).unwrap_or_default().iter().cloned();
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
            let mut shape = percent_spec(spec);
            if let Some(position) = shape.position {
                supply = all.get(position..).unwrap_or_default().iter().cloned();
            }
            let mut number = || supply.next().and_then(|value| value.as_int());
            if shape.given_width {
                let width = number().unwrap_or(0);
                shape.align = if width < 0 { Some('<') } else { shape.align };
                shape.width = usize::try_from(width.unsigned_abs()).ok();
            }
            if shape.given_precision {
                shape.precision = number().and_then(|n| usize::try_from(n).ok());
            }
            let value = match name_in(spec) {
                Some(name) => self.field(&names, name)?,
                None => supply.next().unwrap_or(Value::Unknown),
            };
            self.put(&mut out, &value, letter, &shape)?;
        }
        out.s.push_str(rest);
        self.made(out)
    }

    fn put(&mut self, out: &mut Text, value: &Value, letter: char, shape: &Shape) -> Eval<()> {
        let mut piece = match (letter, value.as_int()) {
            ('c', Some(n)) => {
                let c = u32::try_from(n).ok().and_then(char::from_u32);
                Text::new(c.map(String::from).unwrap_or_default(), Default::default())
            }
            ('x' | 'X' | 'o' | 'b', None) if value.as_text().is_some() => {
                let text = self.render(value)?;
                let hex = text.s.bytes().map(|byte| format!("{byte:02x}")).collect();
                Text::new(if letter == 'x' { hex } else { text.s }, text.trace)
            }
            ('x', Some(n)) => Text::new(format!("{n:x}"), Default::default()),
            ('X', Some(n)) => Text::new(format!("{n:X}"), Default::default()),
            ('o', Some(n)) => Text::new(format!("{n:o}"), Default::default()),
            ('b', Some(n)) => Text::new(format!("{n:b}"), Default::default()),
            ('f' | 'F', _) if value.as_float().is_some() => {
                let number = value.as_float().unwrap_or(0.0);
                let precision = shape.precision.unwrap_or(6).min(64);
                Text::new(format!("{number:.precision$}"), Default::default())
            }
            ('q', _) => {
                let text = self.render(value)?;
                Text { s: format!("\"{}\"", text.s), ..text }
            }
            _ => self.render(value)?,
        };
        let number = matches!(value.first(), Value::Int(_) | Value::Float(_));
        if let Some(precision) = shape.precision.filter(|_| !number) {
            piece.s = piece.s.chars().take(precision).collect();
        }
        if shape.plus && number && !piece.s.starts_with('-') {
            piece.s.insert(0, '+');
        }
        pad(&mut piece.s, shape, number && letter != 'c');
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
            let hole = from.strip_prefix('{').and_then(hole);
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
            let aligned = match width.trim().strip_prefix('-') {
                Some(width) => format!("<{width}"),
                None => format!(">{}", width.trim()),
            };
            let spec = if width.is_empty() { clause.as_deref().unwrap_or(spec) } else { aligned.as_str() };
            let value = if name.is_empty() {
                next += 1;
                operand(values, next - 1)
            } else {
                self.supply(name, values, named)?
            };
            let letter = spec.chars().next_back().filter(|c| "cxXobf".contains(*c)).unwrap_or('s');
            let mut spec = spec.to_owned();
            while let Some((before, (inner, after))) =
                spec.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
            {
                let inner = if inner.is_empty() {
                    next += 1;
                    operand(values, next - 1)
                } else {
                    self.supply(inner, values, named)?
                };
                spec = format!("{before}{}{after}", self.render(&inner)?.s.replace(['{', '}'], ""));
            }
            let mut shape = brace_spec(&spec);
            if let Some(name) = shape.width_name.take() {
                shape.width =
                    self.supply(&name, values, named)?.as_int().and_then(|n| usize::try_from(n).ok());
            }
            if let Some(name) = shape.precision_name.take() {
                shape.precision =
                    self.supply(&name, values, named)?.as_int().and_then(|n| usize::try_from(n).ok());
            }
            self.put(&mut out, &value, letter, &shape)?;
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
                    let found = map.and_then(|map| map.get(&Key::Text(base.into())));
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

/// How a value is laid out.
#[derive(Debug, Default)]
struct Shape {
    fill: Option<char>,
    /// `<`, `>` or `^`.
    align: Option<char>,
    width: Option<usize>,
    precision: Option<usize>,
    plus: bool,
    /// The width, or the precision, is the value before.
    given_width: bool,
    given_precision: bool,
    /// The width, or the precision, is the value of this name or position.
    width_name: Option<String>,
    precision_name: Option<String>,
    /// Which value, counted from zero.
    position: Option<usize>,
}

/// What is in the braces at whose inside `text` starts, and what is behind them; braces may be in braces.
fn hole(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// How long a printf directive is, its letter included.
fn spec_length(after: &str) -> usize {
    if after.starts_with('{') {
        return after.find('}').map_or(1, |at| at + 1);
    }
    let close = match after.as_bytes().first() {
        Some(b'(') => ')',
        Some(b'<') => '>',
        _ => ' ',
    };
    let name = if close == ' ' { 0 } else { after.find(close).map_or(0, |at| at + 1) };
    let flags = |c: char| c.is_ascii_digit() || "-+ #.*lhzjtL[]$,".contains(c);
    let tail = after.get(name..).unwrap_or_default();
    match tail.char_indices().find(|(_, c)| !flags(*c)) {
        Some((at, c)) => name + at + c.len_utf8(),
        None => after.len(),
    }
}

/// The name of `%(name)s`, `%<name>s` and `%{name}`.
fn name_in(spec: &str) -> Option<&str> {
    let closed = |open: char, close: char| Some(spec.strip_prefix(open)?.split_once(close)?.0);
    closed('(', ')').or_else(|| closed('<', '>')).or_else(|| closed('{', '}'))
}

/// Reads digits off the front.
fn digits(rest: &mut &str) -> Option<usize> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, tail) = rest.split_at(end);
    *rest = tail;
    number.parse().ok()
}

/// `-10.3s`, `*d`, `[2]s`, `2$s`
fn percent_spec(spec: &str) -> Shape {
    let mut shape = Shape::default();
    let mut rest = spec.rsplit([')', '>', '}']).next().unwrap_or_default();
    if let Some((position, tail)) = rest.split_once('$') {
        shape.position = position.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        rest = tail;
    }
    while let Some(flag) = rest.chars().next().filter(|c| "-+ #0".contains(*c)) {
        rest = rest.get(1..).unwrap_or_default();
        match flag {
            '-' => shape.align = Some('<'),
            '+' => shape.plus = true,
            '0' => shape.fill = Some('0'),
            _ => {}
        }
    }
    if let Some((position, tail)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        shape.position = position.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        rest = tail;
    }
    match rest.strip_prefix('*') {
        Some(tail) => (shape.given_width, rest) = (true, tail),
        None => shape.width = digits(&mut rest),
    }
    if let Some(tail) = rest.strip_prefix('.') {
        rest = tail;
        match rest.strip_prefix('*') {
            Some(_) => shape.given_precision = true,
            None => shape.precision = Some(digits(&mut rest).unwrap_or(0)),
        }
    }
    shape.align = shape.align.or(Some('>'));
    shape
}

/// `*^10.3`, `05`, `width$`, `.*`
fn brace_spec(spec: &str) -> Shape {
    let mut shape = Shape::default();
    let mut chars = spec.chars();
    let (first, second) = (chars.next(), chars.next());
    let aligns = |c: &char| "<>^".contains(*c);
    let mut rest = spec;
    match (first, second) {
        (Some(fill), Some(align)) if aligns(&align) => {
            (shape.fill, shape.align) = (Some(fill), Some(align));
            rest = spec.get(fill.len_utf8() + 1..).unwrap_or_default();
        }
        (Some(align), _) if aligns(&align) => {
            shape.align = Some(align);
            rest = spec.get(1..).unwrap_or_default();
        }
        _ => {}
    }
    if let Some(tail) = rest.strip_prefix('+') {
        (shape.plus, rest) = (true, tail);
    }
    rest = rest.trim_start_matches('#');
    if rest.starts_with('0') && shape.fill.is_none() {
        shape.fill = Some('0');
    }
    shape.width_name = argument(&mut rest);
    if shape.width_name.is_none() {
        shape.width = digits(&mut rest);
    }
    rest = rest.trim_start_matches([',', '_']);
    if let Some(tail) = rest.strip_prefix('.') {
        rest = tail;
        shape.precision_name = argument(&mut rest);
        if shape.precision_name.is_none() {
            shape.precision = digits(&mut rest);
        }
    }
    shape
}

/// `name$`
fn argument(rest: &mut &str) -> Option<String> {
    let (name, tail) = rest.split_once('$')?;
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    *rest = tail;
    Some(name.to_owned())
}

/// Pads to the width; numbers go to the right unless told otherwise.
fn pad(piece: &mut String, shape: &Shape, number: bool) {
    let missing = shape.width.unwrap_or(0).min(MOST_WIDTH).saturating_sub(piece.chars().count());
    if missing == 0 {
        return;
    }
    let align = shape.align.unwrap_or(if number { '>' } else { '<' });
    let fill = shape.fill.filter(|fill| *fill != '0' || align != '<').unwrap_or(' ');
    let (before, behind) = match align {
        '<' => (0, missing),
        '^' => (missing / 2, missing - missing / 2),
        _ => (missing, 0),
    };
    let fills = |count: usize| fill.to_string().repeat(count);
    let signed = fill == '0' && piece.starts_with('-');
    piece.insert_str(usize::from(signed), &fills(before));
    piece.push_str(&fills(behind));
}
