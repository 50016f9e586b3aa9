//! Regular expressions, and sets of characters as `tr` writes them.

use std::collections::HashMap;
use std::rc::Rc;

use regex::Captures;
use regex::Regex;

use crate::read::ir::Op;

use super::super::heap::Cell;
use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::value::Text;
use super::super::value::Trace;
use super::super::value::Value;
use super::operand;

/// The longest pattern that is compiled.
const MOST_PATTERN: usize = 256;
/// The most characters that the ranges of one set stand for.
const MOST_SET: usize = 4096;
/// The most matches that one operation looks at.
const MOST_MATCHES: usize = 10_000;

impl Machine<'_, '_> {
    /// Operations on a text by a pattern.
    pub(super) fn pattern(&mut self, op: Op, values: &[Value]) -> Eval<Option<Value>> {
        if !matches!(
            op,
            Op::ReplacePattern
                | Op::FindAll
                | Op::Match
                | Op::Found
                | Op::SplitPattern
                | Op::TranslateSets
                | Op::Substitute
        ) {
            return Ok(None);
        }
        let first = operand(values, 0);
        if op == Op::Substitute {
            return self.substituted(&first, values).map(Some);
        }
        if op == Op::TranslateSets
            && first.as_ref().is_some_and(|at| !matches!(self.heap.get(at), Cell::Builder(_)))
        {
            let removed = if first.as_ref().is_some_and(|at| self.heap.map(at).is_some()) {
                Op::Pop
            } else {
                Op::Remove
            };
            return self.in_place(removed, None, &first, &[operand(values, 1)]).map(Some);
        }
        let Some(pattern) = operand(values, 1).as_text().cloned().filter(|_| !first.is_unknown()) else {
            return Ok(Some(first));
        };
        let text = self.render(&first)?;
        self.spend_bytes(text.s.len())?;
        if op == Op::TranslateSets {
            let to = operand(values, 2).as_text().map_or_else(String::new, |text| text.s.clone());
            let s = by_sets(&text.s, &pattern.s, &to);
            let trace = text.trace.then("translated");
            return self.made(Text { s, trace, holes: text.holes, ..Text::default() }).map(Some);
        }
        let Some(known) = self.known_pattern(&pattern.s)? else { return Ok(Some(first)) };
        let regex = &known.1;
        self.spend(16 + text.s.len() / 4)?;
        match op {
            Op::ReplacePattern => self.replaced_pattern(&text, regex, values).map(Some),
            Op::SplitPattern => {
                let limit = operand(values, 2).as_int().and_then(|n| usize::try_from(n).ok());
                let pieces: Vec<String> = match limit.filter(|limit| *limit > 0) {
                    Some(limit) => regex.splitn(&text.s, limit).map(str::to_owned).collect(),
                    None => regex.split(&text.s).map(str::to_owned).collect(),
                };
                // What matches nothing cuts between characters, and leaves no empty ends.
                let ends = regex.is_match("");
                let pieces = pieces.into_iter().filter(|piece| !ends || !piece.is_empty()).collect();
                self.pieces(&text, pieces).map(Some)
            }
            Op::Found if text.holes => Ok(Some(Value::Unknown)),
            Op::Found => Ok(Some(Value::Bool(regex.is_match(&text.s)))),
            Op::Match => match regex.captures(&text.s) {
                Some(found) => {
                    let pieces = groups(&found);
                    let all = self.pieces(&text, pieces)?;
                    self.with_names(all, regex).map(Some)
                }
                None if text.holes => Ok(Some(Value::Unknown)),
                None => Ok(Some(Value::Null)),
            },
            _ => self.found_all(&text, regex).map(Some),
        }
    }

    /// The groups of a match; by their names and places where the pattern names them.
    fn with_names(&mut self, groups: Value, regex: &Regex) -> Eval {
        let names: Vec<(usize, String)> =
            regex.capture_names().enumerate().filter_map(|(at, name)| Some((at, name?.to_owned()))).collect();
        if names.is_empty() {
            return Ok(groups);
        }
        let items = self.items(&groups)?.unwrap_or_default();
        let named: Vec<(Value, Value)> = names
            .into_iter()
            .filter_map(|(at, name)| Some((Value::text(name, Trace::default()), items.get(at)?.clone())))
            .collect();
        let inner = self.map(named.clone())?;
        let places = (0_i64..).map(Value::Int).zip(items);
        let held = [(Value::text("groups".to_owned(), Trace::default()), inner)];
        self.map(places.chain(named).chain(held).collect())
    }

    /// All replacements in one pass, the longest first.
    fn substituted(&mut self, value: &Value, values: &[Value]) -> Eval {
        let pairs: Vec<(Value, Value)> = match values.get(1).and_then(Value::as_ref) {
            Some(_) if values.len() == 2 => self.entries(&operand(values, 1))?,
            _ => {
                let rest = values.get(1..).unwrap_or_default();
                rest.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
            }
        };
        let text = self.render(value)?;
        let mut table: Vec<(String, String)> = Vec::new();
        for (old, new) in &pairs {
            let (old, new) = (self.render(old)?, self.render(new)?);
            if !old.s.is_empty() {
                table.push((old.s, new.s));
            }
        }
        table.sort_by_key(|(old, _)| std::cmp::Reverse(old.len()));
        self.spend(text.s.len().saturating_mul(table.len() / 8 + 1))?;
        let mut out = String::new();
        let mut rest = text.s.as_str();
        while let Some(c) = rest.chars().next() {
            match table.iter().find(|(old, _)| rest.starts_with(old.as_str())) {
                Some((old, new)) => {
                    self.spend_bytes(new.len())?;
                    out.push_str(new);
                    rest = &rest[old.len()..];
                }
                None => {
                    out.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
        }
        self.made(Text { s: out, trace: text.trace.then("replaced"), holes: text.holes, ..Text::default() })
    }

    /// A pattern, compiled or known from before; None where it is none.
    fn known_pattern(&mut self, pattern: &str) -> Eval<Option<Rc<(String, Regex)>>> {
        if let Some(known) = self.pattern.as_ref().filter(|known| known.0 == pattern) {
            return Ok(Some(Rc::clone(known)));
        }
        let Some(regex) = compile(pattern) else { return Ok(None) };
        self.spend(2000)?;
        let known = Rc::new((pattern.to_owned(), regex));
        self.pattern = Some(Rc::clone(&known));
        Ok(Some(known))
    }

    fn found_all(&mut self, text: &Text, regex: &Regex) -> Eval {
        let mut out = Vec::new();
        for found in regex.captures_iter(&text.s).take(MOST_MATCHES) {
            self.spend(1)?;
            let mut groups = groups(&found);
            if groups.len() > 2 {
                groups.remove(0);
                out.push(self.pieces(text, groups)?);
            } else {
                let piece = groups.pop().unwrap_or_default();
                out.push(self.text(piece, text.trace.then("matched"))?);
            }
        }
        self.list(out)
    }

    fn pieces(&mut self, text: &Text, pieces: Vec<String>) -> Eval {
        self.spend_bytes(text.s.len() + pieces.len() * 140)?;
        let trace = text.trace.of_part("split");
        self.list(pieces.into_iter().map(|piece| Value::text(piece, trace.clone())).collect())
    }

    fn replaced_pattern(&mut self, text: &Text, regex: &Regex, values: &[Value]) -> Eval {
        let new = operand(values, 2);
        let most = operand(values, 3).as_int().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
        let function = matches!(new.first(), Value::Function(_));
        let table = new.as_ref().and_then(|at| self.heap.map(at)).is_some();
        let template = template(new.as_text().map_or("", |new| &new.s));
        let mut out = Text { trace: text.trace.then("replaced"), holes: text.holes, ..Text::default() };
        let mut at = 0;
        for found in regex.captures_iter(&text.s).take(most.unwrap_or(MOST_MATCHES)) {
            self.spend(1)?;
            let Some(whole) = found.get(0) else { continue };
            out.s.push_str(text.s.get(at..whole.start()).unwrap_or_default());
            at = whole.end();
            if function {
                let groups = self.pieces(text, groups(&found))?;
                let groups = self.items(&groups)?.unwrap_or_default();
                let value = self.call_with(&new, groups)?;
                let piece = self.render(&value)?;
                out.s.push_str(&piece.s);
                out.holes |= piece.holes;
            } else if table {
                // Lua looks up what the first brackets hold.
                let key = found.get(1).filter(|_| !self.traits().joins_numbers).unwrap_or(whole);
                let value = self.index(&new, &Value::text(key.as_str().to_owned(), Trace::default()))?;
                let piece = self.render(&value)?;
                out.s.push_str(&piece.s);
            } else {
                found.expand(&template, &mut out.s);
            }
            self.spend_bytes(template.len() + 16)?;
        }
        out.s.push_str(text.s.get(at..).unwrap_or_default());
        self.made(out)
    }
}

/// The match and its groups.
fn groups(found: &Captures<'_>) -> Vec<String> {
    found.iter().map(|group| group.map_or_else(String::new, |group| group.as_str().to_owned())).collect()
}

/// A pattern, within limits. Slashes around it, with flags behind, are taken off.
fn compile(pattern: &str) -> Option<Regex> {
    if pattern.len() > MOST_PATTERN {
        return None;
    }
    let (pattern, flags) = undelimited(pattern);
    let pattern = pattern.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!");
    let pattern = pattern.replace("\\h", "[0-9a-fA-F]").replace("\\Z", "\\z");
    let pattern = if flags.contains('i') { format!("(?i){pattern}") } else { pattern };
    regex::RegexBuilder::new(&pattern).size_limit(1 << 18).dfa_size_limit(1 << 18).build().ok()
}

/// A pattern without the marks around it, and its flags.
fn undelimited(pattern: &str) -> (&str, &str) {
    let mark = pattern.chars().next().unwrap_or('a');
    if matches!(mark, '/' | '#' | '~' | '%' | '@')
        && let Some(end) = pattern.rfind(mark).filter(|end| *end > 0)
        && pattern[end + 1..].chars().all(|flag| flag.is_ascii_lowercase())
    {
        return (&pattern[1..end], &pattern[end + 1..]);
    }
    (pattern, "")
}

/// A replacement with its groups as this crate writes them.
fn template(new: &str) -> String {
    let mut out = String::with_capacity(new.len());
    let mut chars = new.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('\\' | '$', Some(digit)) if digit.is_ascii_digit() => {
                out.push_str("${");
                out.push(digit);
                out.push('}');
                chars.next();
            }
            ('\\' | '$', Some('&')) => {
                out.push_str("${0}");
                chars.next();
            }
            ('$', Some('{')) => out.push('$'),
            ('$', _) => out.push_str("$$"),
            ('\\', Some('\\')) => {
                out.push('\\');
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// Characters of `from` become those at the same place in `to`, or its last.
fn by_sets(s: &str, from: &str, to: &str) -> String {
    let (negated, from) = match from.strip_prefix('^') {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, from),
    };
    let (from, to) = (members(from), members(to));
    let last = to.last().copied();
    let mut table: HashMap<char, Option<char>> = HashMap::new();
    for (at, c) in from.iter().enumerate() {
        table.entry(*c).or_insert_with(|| to.get(at).copied().or(last));
    }
    s.chars()
        .filter_map(|c| match (table.get(&c), negated) {
            (Some(new), false) => *new,
            (None, true) => last,
            _ => Some(c),
        })
        .collect()
}

/// The characters of a set, ranges and classes written out.
fn members(set: &str) -> Vec<char> {
    let set = set
        .replace("[:lower:]", "a-z")
        .replace("[:upper:]", "A-Z")
        .replace("[:digit:]", "0-9")
        .replace("[:alpha:]", "A-Za-z")
        .replace("[:alnum:]", "A-Za-z0-9")
        .replace("[:space:]", " \t\n\r");
    let chars: Vec<char> = set.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if out.len() > MOST_SET {
            break;
        }
        match (c, chars.get(at + 1), chars.get(at + 2)) {
            ('\\', Some('n'), _) => {
                out.push('\n');
                at += 2;
            }
            ('\\', Some('t'), _) => {
                out.push('\t');
                at += 2;
            }
            ('\\', Some(&escaped), _) => {
                out.push(escaped);
                at += 2;
            }
            (from, Some('-'), Some(&to)) if from <= to => {
                out.extend((from..=to).take(MOST_SET));
                at += 3;
            }
            _ => {
                out.push(c);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_ranges_and_pad_and_delete() {
        assert_eq!(by_sets("bake", "a-z", "b-za"), "cblf");
        assert_eq!(by_sets("b-a k_e", "-_", " "), "b a k e");
        assert_eq!(by_sets("b1a2", "0-9", ""), "ba");
        assert_eq!(by_sets("b1a2", "^a-z", "."), "b.a.");
    }

    #[test]
    fn templates_name_groups() {
        let regex = compile("(\\w+) (\\w+)").unwrap();
        for new in ["\\2 \\1", "$2 $1", "${2} ${1}"] {
            assert_eq!(regex.replace("bake bread", template(new).as_str()), "bread bake");
        }
    }
}
