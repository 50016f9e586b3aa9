//! Regular expressions. One is kept as an object with its text and flags, so that it passes through variables.

use std::rc::Rc;

use crate::read::ir::Op;

use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::value::Text;
use super::super::value::Trace;
use super::super::value::Value;
use super::operand;

/// The longest pattern that is compiled.
const MOST_PATTERN: usize = 256;
/// The most matches of one pattern in one text.
const MOST_MATCHES: usize = 5000;

/// What a pattern's text and flags are kept under.
const SOURCE: &str = "source";
const FLAGS: &str = "flags";

impl Machine<'_, '_> {
    pub(super) fn by_pattern(&mut self, op: Op, values: &[Value]) -> Eval<Option<Value>> {
        if op == Op::Pattern {
            let pairs = [(SOURCE, 0), (FLAGS, 1)].map(|(name, at)| {
                (
                    Value::text(name.to_owned(), Trace::default()),
                    values.get(at).cloned().unwrap_or(Value::Null),
                )
            });
            return self.map(pairs.to_vec()).map(Some);
        }
        let wants = matches!(op, Op::MatchAll | Op::Groups | Op::Matches);
        let takes = matches!(op, Op::Split | Op::Replace | Op::ReplaceFirst) || wants;
        if !takes || operand(values, 0).is_unknown() {
            return Ok(None);
        }
        let Some((regex, every)) = self.compiled(&operand(values, 1), wants)? else {
            return Ok(wants.then_some(Value::Null));
        };
        let text = self.render(&operand(values, 0))?;
        self.spend(2000 + text.s.len() / 4)?;
        Ok(Some(match op {
            Op::Split => self.split_by(&text, &regex, values.get(2))?,
            Op::MatchAll if !every => self.groups(&text, &regex)?,
            Op::MatchAll => {
                let found: Vec<&str> =
                    regex.find_iter(&text.s).take(MOST_MATCHES).map(|m| m.as_str()).collect();
                self.pieces_of(&text, &found)?
            }
            Op::Groups => self.groups(&text, &regex)?,
            Op::Matches => self.matches(&text, &regex)?,
            _ => {
                let first = op == Op::ReplaceFirst && !every;
                let count = values.get(3).and_then(Value::as_int).and_then(|n| usize::try_from(n).ok());
                let most = if first { 1 } else { count.filter(|n| *n > 0).unwrap_or(MOST_MATCHES) };
                self.replace_by(&text, &regex, &operand(values, 2), most)?
            }
        }))
    }

    /// The compiled pattern and whether it is meant for every match; `None` where the operand is no pattern (`wants`
    /// takes a text as one).
    fn compiled(&mut self, value: &Value, wants: bool) -> Eval<Option<(regex::Regex, bool)>> {
        let map = value.as_ref().and_then(|at| self.heap.map(at));
        let (source, flags) = match map {
            Some(map) => (map.field(SOURCE).cloned(), map.field(FLAGS).cloned()),
            None if wants => (Some(value.clone()), None),
            None => return Ok(None),
        };
        let Some(source) = source.as_ref().and_then(Value::as_text) else { return Ok(None) };
        let flags = flags.as_ref().and_then(Value::as_text).map(|flags| flags.s.clone()).unwrap_or_default();
        if source.s.len() > MOST_PATTERN {
            return Ok(None);
        }
        self.spend(2000)?;
        let built = regex::RegexBuilder::new(&source.s)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dot_matches_new_line(flags.contains('s'))
            .size_limit(1 << 18)
            .dfa_size_limit(1 << 18)
            .build();
        Ok(built.ok().map(|regex| (regex, flags.contains('g'))))
    }

    fn pieces_of(&mut self, text: &Text, pieces: &[&str]) -> Eval {
        self.spend_bytes(text.s.len() + pieces.len() * 140)?;
        let trace = text.trace.of_part("split");
        let items = pieces.iter().map(|piece| Value::text((*piece).to_owned(), trace.clone())).collect();
        self.list(items)
    }

    /// Cut where the pattern matches; empty matches cut between characters and leave no empty ends.
    fn split_by(&mut self, text: &Text, regex: &regex::Regex, limit: Option<&Value>) -> Eval {
        let limit = limit.and_then(Value::as_int).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
        let mut pieces: Vec<&str> = match limit {
            Some(limit) => regex.splitn(&text.s, limit).collect(),
            None => regex.split(&text.s).take(MOST_MATCHES).collect(),
        };
        if regex.find("").is_some() {
            pieces.retain(|piece| !piece.is_empty());
        }
        self.pieces_of(text, &pieces)
    }

    fn groups(&mut self, text: &Text, regex: &regex::Regex) -> Eval {
        let Some(found) = regex.captures(&text.s) else { return Ok(Value::Null) };
        let parts: Vec<&str> = found.iter().map(|part| part.map_or("", |part| part.as_str())).collect();
        self.pieces_of(text, &parts)
    }

    fn matches(&mut self, text: &Text, regex: &regex::Regex) -> Eval {
        let mut out = Vec::new();
        for found in regex.captures_iter(&text.s).take(MOST_MATCHES) {
            let parts: Vec<&str> = found.iter().map(|part| part.map_or("", |part| part.as_str())).collect();
            out.push(self.a_match(text, &parts)?);
        }
        self.list(out)
    }

    /// A match as an object.
    fn a_match(&mut self, text: &Text, parts: &[&str]) -> Eval {
        let groups = self.pieces_of(text, parts)?;
        let value = self.text(parts.first().copied().unwrap_or_default().to_owned(), text.trace.clone())?;
        let key = |name: &str| Value::text(name.to_owned(), Trace::default());
        let captures = self.pieces_of(text, parts.get(1..).unwrap_or_default())?;
        let mut entries =
            vec![(key("value"), value), (key("groups"), groups.clone()), (key("captures"), captures)];
        for (at, group) in self.items(&groups)?.unwrap_or_default().into_iter().enumerate() {
            entries.push((Value::Int(i64::try_from(at).unwrap_or(0)), group));
        }
        self.map(entries)
    }

    /// Matches replaced by a text, in which `$1` is a group, or by what a function makes of them.
    fn replace_by(&mut self, text: &Text, regex: &regex::Regex, new: &Value, most: usize) -> Eval {
        let mut out = Text { trace: text.trace.then("replaced"), holes: text.holes, ..Text::default() };
        let mut end = 0;
        for found in regex.captures_iter(&text.s).take(most) {
            let Some(whole) = found.get(0) else { break };
            out.s.push_str(text.s.get(end..whole.start()).unwrap_or_default());
            end = whole.end();
            let piece = match new.first() {
                Value::Function(closure) => {
                    let parts: Vec<&str> =
                        found.iter().map(|part| part.map_or("", |part| part.as_str())).collect();
                    let plain = self.takes_two(closure.node)
                        || self.traits().joins_numbers != self.traits().characters_count();
                    let values = if plain {
                        let groups = self.pieces_of(text, &parts)?;
                        self.items(&groups)?.unwrap_or_default()
                    } else {
                        vec![self.a_match(text, &parts)?]
                    };
                    let value = self.call_with(new, values)?;
                    self.render(&value)?
                }
                Value::Text(new) => {
                    let mut piece = String::new();
                    found.expand(&braced(&new.s), &mut piece);
                    Text::new(piece, new.trace.clone())
                }
                _ => Text::default(),
            };
            self.spend_bytes(piece.s.len() + 16)?;
            out.s.push_str(&piece.s);
            out.holes |= piece.holes;
            out.trace.absorb(&piece.trace);
        }
        out.s.push_str(text.s.get(end..).unwrap_or_default());
        let out = Rc::new(out);
        self.spend_bytes(out.s.len())?;
        self.touch(&out.s);
        Ok(Value::Text(out))
    }
}

/// `$1a` as `${1}a`, `$&` as `${0}`, `\1` as `${1}`: how the matcher at hand names groups.
fn braced(new: &str) -> String {
    let mut out = String::with_capacity(new.len());
    let mut chars = new.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('$' | '\\', Some(digit)) if digit.is_ascii_digit() => {
                out.push_str("${");
                out.push(*digit);
                out.push('}');
                chars.next();
            }
            ('$', Some('&')) => {
                out.push_str("${0}");
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}
