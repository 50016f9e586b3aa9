//! Texts that names, operators and placeholders put together, in a language nobody parses or in none: `z = a + b`,
//! `"bake #{what}"`, `a is 'bake ' …, b is 'bread' … join a and b`. One walk over the tokens with the values of names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::HashSet;

use foldhash::quality::RandomState;

use super::Literal;
use super::scan::Kind;
use super::scan::Token;

/// A text put together from named pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The text.
    pub text: String,
    /// How, for people.
    pub how: &'static str,
}

/// The longest value kept; doubling stops here.
const LONGEST: usize = 8 << 10;
/// Texts reported, and bytes of values made, at most.
const MOST: usize = 64;
const MOST_BYTES: usize = 1 << 20;
/// Operands of one expression.
const OPERANDS: usize = 512;
/// Tokens behind a format that may hold its arguments.
const ARGUMENTS: usize = 64;

/// Strings of a value: one for a text, several for a list.
type Value = Vec<String>;

/// Everything the tokens put together. In prose, `a, b and c` joins names as well as operators do.
pub(super) fn compose(text: &str, tokens: &[Token], literals: &[Literal], prose: bool) -> Vec<Composed> {
    let mut walk = Walk {
        text,
        tokens,
        literals,
        prose,
        values: HashMap::default(),
        out: Vec::new(),
        seen: HashSet::default(),
        bytes: 0,
    };
    if prose {
        walk.out = placeholders(text);
    }
    if literals.is_empty() {
        // Every value begins with a literal.
        return walk.out;
    }
    walk.pass(false);
    if !walk.values.is_empty() {
        walk.pass(true);
    }
    walk.out
}

struct Walk<'t> {
    text: &'t str,
    tokens: &'t [Token],
    literals: &'t [Literal],
    prose: bool,
    values: HashMap<&'t str, Value, RandomState>,
    out: Vec<Composed>,
    seen: HashSet<String, RandomState>,
    bytes: usize,
}

/// What was read from some token on.
struct Read {
    value: Value,
    /// The token behind it.
    end: usize,
    /// Names that took part.
    names: usize,
    operands: usize,
    /// What each operand was.
    parts: Vec<String>,
    filled: bool,
}

impl<'t> Walk<'t> {
    fn shown(&self, at: usize) -> &'t str {
        self.tokens
            .get(at)
            .map_or("", |t| self.text.get(t.start as usize..t.end as usize).unwrap_or_default())
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// One walk over all tokens: names get their values; the second time, what they make is reported.
    fn pass(&mut self, report: bool) {
        let mut at = 0;
        while at < self.tokens.len() && self.bytes < MOST_BYTES {
            at = match self.binding(at, report) {
                Some(end) => end.max(at + 1),
                None => self.expression_at(at, report).max(at + 1),
            };
        }
    }

    /// `name = …`, `name is …`, `name += …`, `[name] …`: binds and gives the token behind it.
    fn binding(&mut self, at: usize, report: bool) -> Option<usize> {
        if self.kind(at) != Some(Kind::Name) {
            return None;
        }
        let name = self.shown(at);
        let closed = usize::from(matches!(self.shown(at + 1), "]" | ")" | "}" | ">"));
        let link = self.shown(at + 1 + closed);
        let adds = matches!(link, "+=" | ".=" | "..=" | "<>=" | "~=" | "&=" | "*=");
        let binds = matches!(
            link,
            "=" | ":="
                | "<-"
                | "is"
                | "be"
                | "equals"
                | "holds"
                | "contains"
                | "becomes"
                | "to"
                | ":"
                | "as"
                | "->"
                | "means"
        );
        // `a ← "x"`: the arrow is no token.
        let arrow = closed == 0
            && matches!(self.kind(at + 1), Some(Kind::Text(_)))
            && self.between(at, at + 1).contains(['←', '⟵', '≔', '≡']);
        let from = match () {
            () if adds || binds => at + 2 + closed,
            () if arrow => at + 1,
            () => return None,
        };
        let read = self.value_at(from)?;
        let value = if adds {
            let mut old = self.values.get(name).cloned().unwrap_or_default();
            append(&mut old, &read.value, false);
            old
        } else {
            read.value.clone()
        };
        if report && !adds {
            self.report(&read);
        }
        let size: usize = value.iter().map(String::len).sum();
        if size > 0 && size <= LONGEST {
            self.bytes += size;
            self.values.insert(name, value);
        }
        Some(read.end)
    }

    fn between(&self, first: usize, second: usize) -> &'t str {
        let (Some(a), Some(b)) = (self.tokens.get(first), self.tokens.get(second)) else { return "" };
        self.text.get(a.end as usize..b.start as usize).unwrap_or_default()
    }

    fn expression_at(&mut self, at: usize, report: bool) -> usize {
        if !matches!(self.kind(at), Some(Kind::Name | Kind::Text(_))) {
            return at + 1;
        }
        // A name or a plain text that nothing joins with what follows makes no other text.
        if self.is_plain(at) && self.join_at(at + 1).is_none() {
            return at + 1;
        }
        let Some(read) = self.value_at(at) else { return at + 1 };
        if report {
            self.report(&read);
        }
        read.end
    }

    /// Whether a token is no text with something to fill in.
    fn is_plain(&self, at: usize) -> bool {
        let Some(Kind::Text(index)) = self.kind(at) else { return true };
        self.literals.get(index as usize).is_none_or(|literal| !holds_marks(&literal.text))
    }

    fn report(&mut self, read: &Read) {
        if !read.filled && (read.names == 0 || read.operands < 2) || self.out.len() >= MOST {
            return;
        }
        let mut text = super::join::join(&read.value.iter().map(String::as_str).collect::<Vec<_>>());
        if read.parts.len() > 2 && !text.contains(' ') {
            text = read.parts.join(" ");
        }
        if text.split_whitespace().nth(1).is_none() && text.is_ascii() || self.seen.contains(&text) {
            return;
        }
        self.bytes += text.len();
        self.seen.insert(text.clone());
        let how = if read.operands > 1 { "names put together" } else { "placeholders filled in" };
        self.out.push(Composed { text, how });
    }

    /// A list, or operands with joins between them.
    fn value_at(&self, at: usize) -> Option<Read> {
        if matches!(self.shown(at), "[" | "{" | "(")
            && let Some(read) = self.list_at(at)
        {
            return Some(read);
        }
        let (value, filled, named, mut end) = self.operand(at)?;
        let parts = vec![value.join(" ")];
        let mut read = Read { value, end, names: usize::from(named), operands: 1, parts, filled };
        let argument = at.checked_sub(1).is_some_and(|before| self.shown(before) == "(");
        while read.operands < OPERANDS {
            let Some((step, listed)) = self.join_at(end) else { break };
            let Some((more, filled, named, after)) = self.operand(end + step) else { break };
            // `f(a, b)` joins nothing; a row of names does, in prose.
            if listed && (argument || !named || read.names != read.operands) {
                break;
            }
            if read.value.iter().map(String::len).sum::<usize>() + more.iter().map(String::len).sum::<usize>()
                > LONGEST
            {
                break;
            }
            append(&mut read.value, &more, listed);
            read.parts.push(more.join(" "));
            read.filled |= filled;
            read.names += usize::from(named);
            read.operands += 1;
            end = after;
        }
        read.end = end;
        Some(read)
    }

    /// How many tokens join what ends before `at` with what follows, and whether it is a mere row.
    fn join_at(&self, at: usize) -> Option<(usize, bool)> {
        let op = self.shown(at);
        if matches!(op, "+" | "." | ".." | "||" | "&" | "<>" | "++" | "~" | "^" | "//" | "<<" | "@") {
            return Some((1, false));
        }
        let next = self.tokens.get(at)?;
        match op {
            "," if self.prose => Some((1 + usize::from(matches!(self.shown(at + 1), "and" | "then")), true)),
            "and" | "then" if self.prose => Some((1, true)),
            "," => None,
            // `s2 s4 s1`: names in a row, which are no words.
            name if self.prose
                && next.kind == Kind::Name
                && name.len() > 1
                && name.ends_with(|c: char| c.is_ascii_digit())
                && self.values.contains_key(name)
                && self.between(at.checked_sub(1)?, at).trim().is_empty() =>
            {
                Some((0, true))
            }
            // `[A] [B]`: placeholders in a row.
            "[" | "{" | "<" if self.prose && matches!(self.shown(at + 2), "]" | "}" | ">") => Some((0, true)),
            // Literals next to each other, on one line.
            _ if matches!(next.kind, Kind::Text(_))
                && !next.first
                && self.between(at.checked_sub(1)?, at).trim().is_empty() =>
            {
                let before = self.kind(at - 1)?;
                matches!(before, Kind::Text(_)).then_some((0, false))
            }
            _ => None,
        }
    }

    /// One literal or known name, perhaps in brackets or behind a sigil: its value, whether blanks in it were filled, whether it
    /// was a name, and the token behind it.
    fn operand(&self, at: usize) -> Option<(Value, bool, bool, usize)> {
        match self.kind(at)? {
            Kind::Text(index) => {
                let literal = self.literals.get(index as usize)?;
                let (text, filled, end) = self.fill(&literal.text, at);
                Some((vec![text], filled, false, end))
            }
            Kind::Name => {
                let value = self.values.get(self.shown(at))?;
                let method = self.shown(at + 1) == "."
                    && self.kind(at + 2) == Some(Kind::Name)
                    && self.shown(at + 3) == "(";
                let called = self.shown(at + 1) == "(" || method;
                (!called).then(|| (value.clone(), false, true, at + 1))
            }
            Kind::Op if matches!(self.shown(at), "[" | "{" | "<" | "(" | "!") => {
                let inner = at + 1;
                let value = (self.kind(inner) == Some(Kind::Name))
                    .then(|| self.values.get(self.shown(inner)))
                    .flatten()?;
                let closed = usize::from(matches!(self.shown(inner + 1), "]" | "}" | ">" | ")"));
                Some((value.clone(), false, true, inner + 1 + closed))
            }
            _ => None,
        }
    }

    /// `["a", "b"]`: nothing but strings and known names.
    fn list_at(&self, at: usize) -> Option<Read> {
        let mut value = Value::new();
        let mut names = 0;
        for end in at + 1..at + 1 + OPERANDS {
            match self.kind(end)? {
                Kind::Text(index) => value.push(self.literals.get(index as usize)?.text.clone()),
                Kind::Name => {
                    value.extend(self.values.get(self.shown(end))?.iter().cloned());
                    names += 1;
                }
                Kind::Op if matches!(self.shown(end), "]" | "}" | ")") => {
                    let size: usize = value.iter().map(String::len).sum();
                    let operands = value.len();
                    let parts = Vec::new();
                    return (operands > 1 && size <= LONGEST).then_some(Read {
                        value,
                        end: end + 1,
                        names,
                        operands,
                        parts,
                        filled: false,
                    });
                }
                Kind::Op if self.shown(end) == "," => {}
                _ => return None,
            }
        }
        None
    }

    /// A literal with its placeholders filled in: by name (`#{a}`, `${a}`, `{a}`, `$a`, `\(a)`, `%(a)s`), or in order by what
    /// follows (`%s`, `{}`).
    fn fill(&self, literal: &str, at: usize) -> (String, bool, usize) {
        if !holds_marks(literal) {
            return (literal.to_owned(), false, at + 1);
        }
        let (mut out, mut filled) = (String::with_capacity(literal.len()), false);
        let mut arguments = self.arguments(literal, at);
        let end = arguments.as_ref().map_or(at + 1, |(_, end)| *end);
        let mut rest = literal;
        while let Some(mark) = rest.find(['#', '$', '{', '(', '\\', '%']) {
            out.push_str(&rest[..mark]);
            let tail = &rest[mark..];
            let (used, value) = self.placeholder(tail, arguments.as_mut().map(|(values, _)| values));
            match value {
                Some(value) if out.len() + value.len() <= LONGEST => {
                    out.push_str(&value);
                    filled = true;
                }
                _ => out.push_str(&tail[..used]),
            }
            rest = &tail[used..];
        }
        out.push_str(rest);
        (out, filled, if filled { end } else { at + 1 })
    }

    /// The placeholder at the start of `tail`: its length and what stands for it.
    fn placeholder(&self, tail: &str, arguments: Option<&mut Vec<String>>) -> (usize, Option<String>) {
        let positional = ["%s", "%d", "%v", "{}", "%@"].iter().find(|mark| tail.starts_with(**mark));
        if let Some(mark) = positional {
            let next = arguments.filter(|left| !left.is_empty()).map(|left| left.remove(0));
            return (mark.len(), next);
        }
        for (open, close) in [
            ("#{", "}"),
            ("${", "}"),
            ("\\(", ")"),
            ("%(", ")s"),
            ("{", "}"),
            ("(", ")"),
            ("$", ""),
            ("#", ""),
        ] {
            let Some(inner) = tail.strip_prefix(open) else { continue };
            let length = inner.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inner.len());
            let Some(value) = self.values.get(&inner[..length]) else { continue };
            if inner[length..].starts_with(close) {
                return (open.len() + length + close.len(), Some(value.join(" ")));
            }
        }
        (tail.chars().next().map_or(1, char::len_utf8), None)
    }

    /// What follows a format: `% (a, "b")`, `, a, b)`, `.format(a)`.
    fn arguments(&self, literal: &str, at: usize) -> Option<(Vec<String>, usize)> {
        if !["%s", "%d", "%v", "{}", "%@"].iter().any(|mark| literal.contains(mark)) {
            return None;
        }
        let mut found = Vec::new();
        let mut end = at + 1;
        for token in at + 1..at + 1 + ARGUMENTS {
            match self.kind(token)? {
                Kind::Text(index) => found.push(self.literals.get(index as usize)?.text.clone()),
                Kind::Name => match self.values.get(self.shown(token)) {
                    Some(value) => found.push(value.join(" ")),
                    None if matches!(self.shown(token), "format" | "f") => {}
                    None => break,
                },
                Kind::Op if matches!(self.shown(token), "," | "(" | "%" | "." | "[") => continue,
                _ => break,
            }
            end = token + 1;
        }
        (!found.is_empty()).then_some((found, end))
    }
}

/// Whether a literal holds what a placeholder begins with.
fn holds_marks(literal: &str) -> bool {
    literal.bytes().any(|byte| matches!(byte, b'#' | b'$' | b'{' | b'(' | b'\\' | b'%'))
}

/// Texts grow at the end; lists, and rows of names, get more items.
fn append(value: &mut Value, more: &Value, row: bool) {
    let both_texts = value.len() == 1 && more.len() == 1 && !row;
    match (value.last_mut(), more.first()) {
        (Some(last), Some(text)) if both_texts => last.push_str(text),
        _ => value.extend(more.iter().cloned()),
    }
}

/// `[A] = bake rye`, `[B]: bread` … `[A] [B]`: phrases bound to placeholders line by line, and the lines that use them.
pub(super) fn placeholders(text: &str) -> Vec<Composed> {
    let mut bound: Vec<(Cow<'_, str>, &str)> = Vec::new();
    let mut out = Vec::new();
    for line in super::lines(text).map(str::trim) {
        inside(line, &mut out);
        if let Some((mark, phrase)) = macro_line(line).or_else(|| placeholder_line(line)) {
            if bound.len() < MOST {
                bound.push((mark, phrase));
            }
            continue;
        }
        if bound.is_empty() {
            continue;
        }
        let is_code = line.contains(CODE);
        let used = bound
            .iter()
            .filter(|(mark, _)| line.contains(&**mark) && !(is_code && mark.starts_with('$')))
            .count();
        if used == 0 || out.len() >= MOST || line.len() > LONGEST {
            continue;
        }
        let filled = filled(line, &bound);
        if filled.len() > LONGEST {
            continue;
        }
        if used > 1 {
            let mut order: Vec<(usize, &str)> =
                bound.iter().filter_map(|(mark, phrase)| Some((line.find(&**mark)?, *phrase))).collect();
            order.sort_unstable();
            let phrases: Vec<&str> = order.into_iter().map(|(_, phrase)| phrase).collect();
            out.push(Composed { text: phrases.join(" "), how: "placeholders in a row" });
        }
        out.push(Composed { text: filled, how: "placeholders filled in" });
    }
    out
}

/// A line with its placeholders filled in; `\name{}` is a macro without arguments.
fn filled(line: &str, bound: &[(Cow<'_, str>, &str)]) -> String {
    let mut longest_first: Vec<&(Cow<'_, str>, &str)> = bound.iter().collect();
    longest_first.sort_by_key(|(mark, _)| std::cmp::Reverse(mark.len()));
    let mut filled = line.to_owned();
    for (mark, phrase) in longest_first {
        if mark.starts_with('\\') {
            filled = filled.replace(&format!("{mark}{{}}"), phrase);
        }
        filled = filled.replace(&**mark, phrase);
    }
    filled
}

/// `The phrase is "bake [A] bread" where [A] = "rye"`: phrases bound in the line that uses them.
fn inside(line: &str, out: &mut Vec<Composed>) {
    if line.len() > LONGEST || out.len() >= MOST || !line.contains('"') {
        return;
    }
    let pieces: Vec<&str> = line.split('"').collect();
    let mut bound: Vec<(Cow<'_, str>, &str)> = Vec::new();
    for pair in pieces.chunks_exact(2) {
        let [before, phrase] = pair else { continue };
        let before = before.trim_end().trim_end_matches(['=', ':']).trim_end();
        let before = before.strip_suffix(" is").or_else(|| before.strip_suffix(" means")).unwrap_or(before);
        let mark = before.rfind(['[', '{', '<']).and_then(|at| before.get(at..));
        if let Some(mark) =
            mark.filter(|mark| mark.ends_with([']', '}', '>']) && mark.len() > 2 && mark.len() <= 32)
        {
            bound.push((mark.into(), phrase));
        }
    }
    let uses = |text: &&&str| bound.iter().any(|(mark, _)| text.contains(&**mark));
    for phrase in pieces.iter().skip(1).step_by(2).filter(uses) {
        out.push(Composed { text: filled(phrase, &bound), how: "placeholders filled in" });
    }
}

/// `\newcommand{\name}{phrase}`, `\def\name{phrase}`, `set name=phrase` (used as `%name%`).
fn macro_line(line: &str) -> Option<(Cow<'_, str>, &str)> {
    if let Some(rest) = line.strip_prefix("\\newcommand").or_else(|| line.strip_prefix("\\def")) {
        let (name, phrase) =
            rest.trim_end_matches('}').split_once(['}', '{']).and_then(|(first, rest)| {
                if first.is_empty() { rest.split_once('}') } else { Some((first, rest)) }
            })?;
        let phrase = phrase.trim_start_matches('{');
        return (name.starts_with('\\') && !phrase.contains(CODE)).then_some((name.into(), phrase));
    }
    let rest = line.get(..4).filter(|word| word.eq_ignore_ascii_case("set ")).and_then(|_| line.get(4..))?;
    let (name, phrase) = rest.trim_matches('"').split_once('=')?;
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (plain && !phrase.contains('%')).then(|| (format!("%{name}%").into(), phrase.trim()))
}

/// What tells a line of code from one with placeholders: `$name` is a variable in many languages.
const CODE: [char; 6] = ['(', ')', '{', '}', ';', '='];

/// The placeholder a line binds, brackets included, and its phrase.
fn placeholder_line(line: &str) -> Option<(Cow<'_, str>, &str)> {
    let open = line.chars().next().filter(|c| matches!(c, '[' | '{' | '<' | '$'))?;
    let close = match open {
        '[' => line.find(']'),
        '{' => line.find('}'),
        '<' => line.find('>'),
        _ => line.find(|c: char| c.is_whitespace()).and_then(|at| at.checked_sub(1)),
    }?;
    let (mark, rest) = line.split_at(close + 1);
    let rest = rest.trim_start();
    let link = ["=", ":", "->", "is ", "means ", "stands for ", "→"]
        .into_iter()
        .find_map(|link| rest.strip_prefix(link))?;
    let phrase = link.trim().trim_matches(['"', '\'', '.']);
    let is_phrase = !phrase.is_empty() && !phrase.contains(CODE);
    (mark.len() > 1 && mark.len() <= 32 && is_phrase).then_some((mark.into(), phrase))
}
