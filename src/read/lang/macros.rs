//! Macros of languages with a preprocessor, expanded in the text before it is parsed, with the way back to where each
//! part was written.

use std::collections::HashMap;
use std::collections::HashSet;

use super::inset;
use crate::budget::Budget;

/// Languages with `#define`.
const PREPROCESSED: &[&str] = &["c", "cpp"];
/// The deepest expansion within an expansion.
const DEPTH: usize = 16;
/// How much longer than the region the expanded text may get.
const GROWTH: usize = 4;
/// The most macros of a region.
const MOST: usize = 256;

/// A text with its macros expanded.
#[derive(Debug)]
pub(super) struct Expanded {
    /// What to parse.
    pub(super) text: String,
    /// Positions in the text and where these were written, ascending.
    moves: Vec<(usize, usize)>,
}

impl Expanded {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Expanded { text: String::new(), moves: vec![(0, 0)] }
    }

    /// What is added next was written at `at`.
    pub(super) fn goes_on(&mut self, at: usize) {
        self.moves.push((self.text.len(), at));
    }

    /// Adds to the text.
    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Where the byte at `at` was written.
    pub(super) fn written_at(&self, at: usize) -> usize {
        let index = self.moves.partition_point(|(new, _)| *new <= at);
        match self.moves.get(index.wrapping_sub(1)) {
            Some((new, old)) => {
                let written = old + (at - new);
                self.moves.get(index).map_or(written, |(_, next)| written.min((*next).max(*old)))
            }
            None => at,
        }
    }
}

/// One `#define`.
#[derive(Debug, Clone)]
struct Macro<'t> {
    params: Option<Vec<&'t str>>,
    body: &'t str,
}

/// The text with macros expanded; `None` where it defines none that it uses.
pub(super) fn expand(language: &str, text: &str, budget: &mut Budget) -> Option<Expanded> {
    match language {
        "sql" => return variables(text, budget),
        "python" => {
            budget.spend_steps((text.len() / 64) as u64).ok()?;
            return inset::set_in(text);
        }
        _ => {}
    }
    if !PREPROCESSED.contains(&language) || !text.contains('#') {
        return None;
    }
    if !["define", "#if", "# if"].iter().any(|word| text.contains(word)) {
        return None;
    }
    if budget.spend_steps((text.len() / 16) as u64).is_err() {
        return None;
    }
    let cap = text.len().saturating_mul(GROWTH).saturating_add(4096);
    let mut expander = Expander { macros: HashMap::new(), out: Expanded::new(), room: cap, changed: false };
    let mut skipping: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = line_end(text, at);
        let line = &text[at..end];
        let directive = line.trim_start().strip_prefix('#').map(str::trim_start);
        match directive {
            Some(directive) => {
                expander.directive(directive, line, at, &mut skipping);
            }
            None if skipping.contains(&true) => expander.changed = true,
            None => {
                // Calls of macros may go on over several lines: code between directives is one piece.
                let mut stop = end;
                while stop < text.len() && !text[stop..].trim_start_matches([' ', '\t']).starts_with('#') {
                    stop = line_end(text, stop);
                }
                expander.code(&text[at..stop], at);
                at = stop;
                continue;
            }
        }
        at = end;
    }
    expander.changed.then_some(expander.out)
}

/// Statements about variables in SQL that the grammar does not know, as the queries they are like: `SET @x = a`,
/// `DECLARE @x TEXT = a` and `PRINT a` become `SELECT @x = a` and `SELECT a`.
fn variables(text: &str, budget: &mut Budget) -> Option<Expanded> {
    if budget.spend_steps((text.len() / 16) as u64).is_err() {
        return None;
    }
    let mut out = Expanded::new();
    let mut changed = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let shown = line.trim_start();
        let start = line.len() - shown.len();
        let word = shown.get(..word_length(shown)).unwrap_or_default().to_ascii_lowercase();
        let rest = shown.get(word.len()..).unwrap_or_default();
        out.moves.push((out.text.len(), at));
        let assigned = rest.trim_start().split_once('=').filter(|(name, _)| name.starts_with('@'));
        match (word.as_str(), assigned) {
            ("set" | "declare", Some((name, value))) => {
                changed = true;
                let more = if name.ends_with('+') { "+ " } else { "" };
                let name = name.split([' ', ':', '+']).next().unwrap_or(name);
                let old = if more.is_empty() { "" } else { name };
                out.text.push_str(&format!("{}SELECT {name} = {old}{more}", &line[..start]));
                out.moves.push((out.text.len(), at + line.len() - value.len()));
                out.text.push_str(value);
            }
            ("print", _) if !rest.is_empty() => {
                changed = true;
                out.text.push_str(&format!("{}SELECT", &line[..start]));
                out.moves.push((out.text.len(), at + line.len() - rest.len()));
                out.text.push_str(rest);
            }
            _ => out.text.push_str(line),
        }
        at += line.len();
    }
    changed.then_some(out)
}

/// Where the line at `at` ends, lines that go on behind a backslash included.
fn line_end(text: &str, at: usize) -> usize {
    let mut from = at;
    loop {
        match text[from..].find('\n') {
            Some(end) if text[from..from + end].trim_end_matches('\r').ends_with('\\') => from += end + 1,
            Some(end) => return from + end + 1,
            None => return text.len(),
        }
    }
}

struct Expander<'t> {
    macros: HashMap<&'t str, Macro<'t>>,
    out: Expanded,
    room: usize,
    changed: bool,
}

impl<'t> Expander<'t> {
    fn directive(&mut self, directive: &'t str, line: &'t str, at: usize, skipping: &mut Vec<bool>) {
        let (word, rest) = directive.split_at(word_length(directive));
        let rest = rest.trim();
        let skipped = skipping.contains(&true);
        match word {
            "define" if !skipped => {
                self.define(rest);
                self.copy(line, at);
            }
            "undef" if !skipped => {
                self.macros.remove(rest);
            }
            "ifdef" => skipping.push(!self.macros.contains_key(rest)),
            "ifndef" => skipping.push(self.macros.contains_key(rest)),
            "if" => skipping.push(rest == "0" || rest.starts_with("0 ")),
            "else" | "elif" => {
                if let Some(last) = skipping.last_mut() {
                    *last = !*last;
                }
            }
            "endif" => {
                skipping.pop();
            }
            _ if skipped => {}
            _ => self.copy(line, at),
        }
        if matches!(word, "undef" | "ifdef" | "ifndef" | "if" | "else" | "elif" | "endif") {
            self.changed = true;
        }
    }

    fn define(&mut self, rest: &'t str) {
        let (name, tail) = rest.split_at(word_length(rest));
        if name.is_empty() || self.macros.len() >= MOST {
            return;
        }
        let (params, body) = match tail.strip_prefix('(').and_then(|tail| tail.split_once(')')) {
            Some((params, body)) => {
                (Some(params.split(',').map(str::trim).filter(|p| !p.is_empty()).collect()), body)
            }
            None => (None, tail),
        };
        let body = body.split("//").next().filter(|_| !body.contains('"')).unwrap_or(body);
        self.macros.insert(name, Macro { params, body: body.trim() });
    }

    /// Copies text as it is.
    fn copy(&mut self, text: &str, at: usize) {
        self.out.moves.push((self.out.text.len(), at));
        self.out.text.push_str(text);
    }

    /// Copies code, macros expanded.
    fn code(&mut self, code: &str, at: usize) {
        let mut from = 0;
        let mut start = 0;
        while let Some(token) = next_token(code, from) {
            from = token.end;
            if !token.is_word || self.room == 0 {
                continue;
            }
            let word = &code[token.start..token.end];
            let Some((expansion, end)) = self.call(word, code, token.end, &HashSet::new(), 0) else {
                continue;
            };
            self.copy(&code[start..token.start], at + start);
            self.out.moves.push((self.out.text.len(), at + token.start));
            // What does not fit is left out, and nothing is expanded any more.
            self.room = self.room.saturating_sub(expansion.len());
            if self.room > 0 {
                self.out.text.push_str(&expansion);
            }
            self.changed = true;
            (start, from) = (end, end);
        }
        self.copy(&code[start..], at + start);
    }

    /// The expansion of a macro used at the end of `word`, and where its use ends.
    fn call(
        &self,
        word: &str,
        code: &str,
        end: usize,
        active: &HashSet<String>,
        depth: usize,
    ) -> Option<(String, usize)> {
        let found = self.macros.get(word).filter(|_| depth < DEPTH && !active.contains(word))?;
        let (args, end) = match &found.params {
            None => (Vec::new(), end),
            Some(_) => arguments(code, end)?,
        };
        // What stands in the arguments is expanded as if it stood outside.
        let body = self.substituted(found, &args, active, depth);
        let mut active = active.clone();
        active.insert(word.to_owned());
        Some((self.again(&body, &active, depth + 1), end))
    }

    /// A macro's body with its parameters replaced.
    fn substituted(
        &self,
        found: &Macro<'t>,
        args: &[&str],
        active: &HashSet<String>,
        depth: usize,
    ) -> String {
        let Some(params) = &found.params else { return found.body.replace("\\\n", " ") };
        let body = found.body.replace("\\\r\n", " ").replace("\\\n", " ");
        let mut expanded: HashMap<&str, String> = HashMap::new();
        let mut out = String::new();
        let (mut from, mut start) = (0, 0);
        while let Some(token) = next_token(&body, from) {
            from = token.end;
            let word = &body[token.start..token.end];
            let place = params.iter().position(|param| *param == word);
            let rest = word == "__VA_ARGS__" || place.is_some_and(|_| word == "...");
            if !token.is_word || (place.is_none() && !rest) {
                continue;
            }
            let before = &body[start..token.start];
            let all;
            let arg = if rest {
                all = args.get(params.len().saturating_sub(1)..).unwrap_or_default().join(", ");
                all.as_str()
            } else {
                place.and_then(|place| args.get(place)).copied().unwrap_or_default()
            };
            let trimmed = before.trim_end();
            let behind = body[token.end..].trim_start();
            if trimmed.ends_with('#') && !trimmed.ends_with("##") {
                out.push_str(&trimmed[..trimmed.len() - 1]);
                out.push('"');
                out.push_str(&arg.trim().replace('\\', "\\\\").replace('"', "\\\""));
                out.push('"');
            } else if trimmed.ends_with("##") || behind.starts_with("##") {
                out.push_str(before);
                out.push_str(arg.trim());
            } else {
                out.push_str(before);
                // Each once: arguments that hold calls would double with every one.
                let known = expanded.entry(word).or_insert_with(|| self.again(arg.trim(), active, depth + 1));
                out.push_str(known);
            }
            start = token.end;
            if out.len() > self.room {
                break;
            }
        }
        out.push_str(&body[start..]);
        paste(&out)
    }

    /// Expands what an expansion gave.
    fn again(&self, text: &str, active: &HashSet<String>, depth: usize) -> String {
        let mut out = String::new();
        let (mut from, mut start) = (0, 0);
        while let Some(token) = next_token(text, from) {
            from = token.end;
            if !token.is_word {
                continue;
            }
            let found = self.call(&text[token.start..token.end], text, token.end, active, depth);
            let Some((expansion, end)) = found else { continue };
            out.push_str(&text[start..token.start]);
            out.push_str(&expansion);
            (start, from) = (end, end);
            if out.len() > self.room {
                return out;
            }
        }
        out.push_str(&text[start..]);
        out
    }
}

/// `a ## b` is `ab`.
fn paste(text: &str) -> String {
    let mut parts = text.split("##");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.truncate(out.trim_end().len());
        out.push_str(part.trim_start());
    }
    out
}

struct Token {
    start: usize,
    end: usize,
    is_word: bool,
}

/// The next word, string or comment at or behind `from`; only words may be macros.
fn next_token(text: &str, from: usize) -> Option<Token> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        let byte = bytes[at];
        let end = match byte {
            b'"' | b'\'' => string_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                text[at..].find('\n').map_or(bytes.len(), |end| at + end)
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                text[at..].find("*/").map_or(bytes.len(), |end| at + end + 2)
            }
            _ if byte.is_ascii_alphabetic() || byte == b'_' => {
                let end = at + word_length(&text[at..]);
                return Some(Token { start: at, end, is_word: true });
            }
            _ if byte.is_ascii_digit() => at + word_length(&text[at..]).max(1),
            _ => {
                at += 1;
                continue;
            }
        };
        return Some(Token { start: at, end, is_word: false });
    }
    None
}

/// One past the closing quote, or the end of the line.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 1,
            b'\n' => return end,
            byte if byte == bytes[at] => return end + 1,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}

/// How many bytes of letters, digits and underscores a text starts with.
fn word_length(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// The arguments in parentheses at `from`, and where they end.
fn arguments(code: &str, from: usize) -> Option<(Vec<&str>, usize)> {
    let open = from + code[from..].len() - code[from..].trim_start().len();
    if code.as_bytes().get(open) != Some(&b'(') {
        return None;
    }
    let bytes = code.as_bytes();
    let (mut depth, mut at, mut start) = (0_usize, open, open + 1);
    let mut args = Vec::new();
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => {
                at = string_end(bytes, at);
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    args.push(&code[start..at]);
                    return Some((args, at + 1));
                }
            }
            b',' if depth == 1 => {
                args.push(&code[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn expanded(text: &str) -> Option<Expanded> {
        expand("c", text, &mut Budget::new(Limits::default()))
    }

    #[test]
    fn macros_of_all_kinds_are_expanded_and_know_where_they_were_written() {
        let text = "#define N 3\n#define P(x, y) x \" \" #y\nint a[N]; s = P(\"b\", rye);\n";
        let found = expanded(text).unwrap();
        assert!(found.text.ends_with("int a[3]; s = \"b\" \" \" \"rye\";\n"), "{}", found.text);
        let at = found.text.find("s = ").unwrap();
        assert_eq!(found.written_at(at), text.find("s = ").unwrap());
        assert_eq!(expanded("#define J(a, b) a##b\nJ(x, 1)\n").unwrap().text.lines().last(), Some("x1"));
        assert_eq!(
            expanded("#define X(w) w \" \"\n#define ALL X(\"a\") X(\"b\")\nALL\n")
                .unwrap()
                .text
                .lines()
                .last(),
            Some("\"a\" \" \" \"b\" \" \"")
        );
    }

    #[test]
    fn code_that_is_left_out_goes_and_bombs_stay_small() {
        let found = expanded("#if 0\nint gone;\n#else\nint here;\n#endif\n").unwrap();
        assert_eq!(found.text, "int here;\n");
        assert!(expanded("int a; # no directive\n").is_none());
        let mut bomb = String::from("#define A0 a a a a a a a a\n");
        for n in 1..30 {
            bomb.push_str(&format!("#define A{n} A{0} A{0} A{0} A{0}\n", n - 1));
        }
        bomb.push_str("A29\n");
        assert!(expanded(&bomb).is_none_or(|found| found.text.len() < 8 * bomb.len() + 4096));
    }
}
