//! One pass over the bytes: literals, comments, names and a token stream without white space. Tokens inside comments
//! make a second stream, so that a comment amid a list does not break it.

use std::collections::HashSet;
use std::ops::Range;

use foldhash::quality::RandomState;
use memchr::memchr;
use memchr::memmem;

use super::Comment;
use super::Literal;
use super::Quote;
use super::escape::unescape;
use super::quote;
use super::quote::Found;

/// What a token is; its text is a slice of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    /// The index of a literal.
    Text(u32),
    Op,
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// First on its line.
    pub(super) first: bool,
    /// White space stands before it.
    pub(super) spaced: bool,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What one pass yields.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) literals: Vec<Literal>,
    pub(super) comments: Vec<Comment>,
    pub(super) identifiers: Vec<(String, Range<usize>)>,
    /// Tokens of the program.
    pub(super) code: Vec<Token>,
    /// Tokens of its comments.
    pub(super) notes: Vec<Token>,
    pub(super) nesting: usize,
}

/// Searches for a closer that is not there are linear each; after this many, none is tried.
const MISSES: u8 = 16;

/// Operators of more than one byte, longest first.
const OPS: [&str; 40] = [
    "...", "..=", "<<=", ">>=", "===", "!==", "||=", "**=", "<<<", "??=", "+=", "-=", "*=", "/=", ".=", ":=",
    "<-", "<<", ">>", "=>", "->", "==", "!=", "<=", ">=", "||", "&&", "++", "--", "<>", "::", "..", "?.",
    "|>", "~=", "&=", "=~", "|=", "??", "**",
];

/// Second bytes of [`OPS`].
const SECOND: &[u8] = b".<=|*?+->&:~";

/// Preprocessor words: `#` before one of them opens no comment.
const DIRECTIVES: [&str; 14] = [
    "include",
    "define",
    "if",
    "ifdef",
    "ifndef",
    "endif",
    "else",
    "elif",
    "undef",
    "pragma",
    "import",
    "error",
    "region",
    "endregion",
];

/// Reads the whole text once.
pub(super) fn scan(text: &str) -> Scanned {
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        at: 0,
        note_end: 0,
        first: true,
        spaced: true,
        misses: 0,
        unclosed: [0; 2],
        depth: 0,
        names: HashSet::default(),
        out: Scanned::default(),
    };
    while scan.at < scan.bytes.len() {
        scan.step();
    }
    scan.out
}

struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Where the comment being read ends.
    note_end: usize,
    first: bool,
    spaced: bool,
    misses: u8,
    /// Up to where no single and no double quote is closed.
    unclosed: [usize; 2],
    depth: usize,
    names: HashSet<&'t str, RandomState>,
    out: Scanned,
}

impl<'t> Scan<'t> {
    fn step(&mut self) {
        match self.bytes[self.at] {
            b'\n' => {
                self.first = true;
                self.at += 1;
            }
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {
                self.spaced = true;
                self.at += 1;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.name(),
            b'0'..=b'9' => self.number(),
            b'"' | b'\'' | b'`' => self.quoted(self.at, false),
            0x80.. => self.wide(),
            _ => {
                if !(self.comment() || self.special()) {
                    self.op();
                }
            }
        }
    }

    /// The end of what may be read as one thing: the comment's end inside a comment.
    fn limit(&self) -> usize {
        if self.noted() { self.note_end } else { self.bytes.len() }
    }

    fn noted(&self) -> bool {
        self.at < self.note_end
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    fn before(&self) -> u8 {
        if self.at == 0 { b'\n' } else { self.bytes[self.at - 1] }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let token = Token {
            kind,
            first: self.first,
            spaced: self.spaced || self.first,
            start: start as u32,
            end: end as u32,
        };
        if self.noted() {
            self.out.notes.push(token)
        } else {
            self.out.code.push(token)
        }
        self.first = false;
        self.spaced = false;
        self.at = end;
    }

    fn name_end(&self, from: usize) -> usize {
        let rest = &self.text[from..];
        let ascii = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        if self.byte(from + ascii) < 0x80 {
            return from + ascii;
        }
        rest.find(|c: char| !c.is_alphanumeric() && c != '_').map_or(self.bytes.len(), |n| from + n)
    }

    fn name(&mut self) {
        let start = self.at;
        let end = self.name_end(start);
        let name = &self.text[start..end];
        let next = self.byte(end);
        if matches!(next, b'"' | b'\'' | b'`') && is_prefix(name, next) {
            return self.prefixed(start, end, name);
        }
        if next == b'#' && matches!(name, "r" | "br" | "cr") && self.hashed(start, end) {
            return;
        }
        if matches!(name, "qw" | "q" | "qq") && self.words(start, end, name == "qw") {
            return;
        }
        if name.len() > 2 && self.names.insert(name) {
            self.out.identifiers.push((name.to_owned(), start..end));
        }
        self.push(Kind::Name, start, end);
    }

    /// `r"…"`, `f'…'`, `LR"(…)"`.
    fn prefixed(&mut self, start: usize, quote_at: usize, prefix: &str) {
        let raw = prefix.contains(['r', 'R']);
        if prefix.ends_with('R') && self.bytes[quote_at] == b'"' {
            let rest = &self.bytes[quote_at + 1..];
            if let Some(delimiter) = rest.iter().take(17).position(|b| *b == b'(') {
                let mut closer = vec![b')'];
                closer.extend_from_slice(&rest[..delimiter]);
                closer.push(b'"');
                if self.long(start, quote_at + delimiter + 2, &closer, Quote::Raw) {
                    return;
                }
            }
        }
        self.at = quote_at;
        self.quoted(start, raw);
    }

    /// Rust's `r#"…"#`.
    fn hashed(&mut self, start: usize, hashes_at: usize) -> bool {
        let hashes = self.bytes[hashes_at..].iter().take(16).take_while(|b| **b == b'#').count();
        if self.byte(hashes_at + hashes) != b'"' {
            return false;
        }
        let mut closer = vec![b'"'];
        closer.resize(1 + hashes, b'#');
        self.long(start, hashes_at + hashes + 1, &closer, Quote::Raw)
    }

    /// Perl's `qw(bake the bread)`, `q(…)`, `qq{…}`.
    fn words(&mut self, start: usize, open_at: usize, split: bool) -> bool {
        let Some(closer) = closer_of(self.byte(open_at)) else { return false };
        self.worded(start, open_at + 1, closer, split)
    }

    fn worded(&mut self, start: usize, inside: usize, closer: u8, split: bool) -> bool {
        if self.misses >= MISSES {
            return false;
        }
        let line = self
            .bytes
            .get(inside..self.limit())
            .unwrap_or_default()
            .iter()
            .take(16 << 10)
            .position(|b| *b == closer);
        let Some(length) = line else {
            self.misses = self.misses.saturating_add(1);
            return false;
        };
        let end = inside + length;
        if !split {
            self.literal(start, Found { inside: inside..end, end: end + 1 }, Quote::Raw);
            return true;
        }
        self.push(Kind::Op, inside - 1, inside);
        for word in self.text[inside..end].split_ascii_whitespace() {
            let from =
                inside + (word.as_ptr() as usize).saturating_sub(self.text[inside..].as_ptr() as usize);
            self.literal(
                from,
                Found { inside: from..from + word.len(), end: from + word.len() },
                Quote::Bare,
            );
        }
        self.push(Kind::Op, end, end + 1);
        true
    }

    fn number(&mut self) {
        let start = self.at;
        let mut end = start;
        while self.byte(end).is_ascii_alphanumeric() || self.byte(end) == b'_' {
            end += 1;
        }
        if self.byte(end) == b'.' && self.byte(end + 1).is_ascii_digit() {
            end += 1;
            while self.byte(end).is_ascii_alphanumeric() {
                end += 1;
            }
        }
        self.push(Kind::Number, start, end);
    }

    /// A quote at `self.at`; `start` is where its prefix begins.
    fn quoted(&mut self, start: usize, raw: bool) {
        let open = self.at;
        let mark = self.bytes[open];
        let tripled = self.byte(open + 1) == mark && self.byte(open + 2) == mark;
        if tripled && mark == b'`' {
            self.at = open + self.bytes[open..].iter().take_while(|b| **b == b'`').count();
            return;
        }
        if tripled && self.byte(open + 3) != mark && self.tripled(start, mark) {
            return;
        }
        if mark == b'`' {
            if !self.long(start, open + 1, b"`", Quote::Backtick) {
                self.push(Kind::Op, open, open + 1);
            }
            return;
        }
        let stray =
            mark == b'\'' && start == open && (self.after_word() && !self.after_method() || self.lifetime());
        let kind = usize::from(mark == b'"');
        self.at = open + 1;
        if stray || open < self.unclosed[kind] {
            return;
        }
        self.at = open;
        match quote::one_line(self.bytes, open, self.limit(), raw) {
            Ok(found) => {
                let found = quote::with_inner_quotes(self.bytes, found, self.limit(), mark);
                self.literal(start, found, kind_of(mark, raw));
            }
            Err(searched) => {
                self.unclosed[kind] = searched;
                self.at = open + 1;
            }
        }
    }

    /// `"""…"""`: a docstring where it stands alone, or a literal.
    fn tripled(&mut self, start: usize, mark: u8) -> bool {
        let inside = self.at + 3;
        let alone = match self.out.code.last() {
            None => true,
            Some(last) => self.first && !ends_open(&self.text[last.start as usize..last.end as usize]),
        };
        if !alone || self.noted() {
            return self.long(start, inside, &[mark; 3], Quote::Triple);
        }
        let Some(found) = self.search(inside, &[mark; 3]) else { return false };
        let text = unescape(&self.text[found.inside.clone()]);
        self.out.comments.push(Comment { text, range: start..found.end, doc: true });
        self.at = found.end;
        true
    }

    fn long(&mut self, start: usize, inside: usize, closer: &[u8], quote: Quote) -> bool {
        let Some(found) = self.search(inside, closer) else { return false };
        self.literal(start, found, quote);
        true
    }

    fn search(&mut self, inside: usize, closer: &[u8]) -> Option<Found> {
        let limit = self.limit();
        if self.misses >= MISSES || inside > limit {
            return None;
        }
        let found = quote::long(self.bytes, inside, limit, closer);
        if found.is_none() {
            self.misses += 1;
        }
        found
    }

    fn literal(&mut self, start: usize, found: Found, quote: Quote) {
        let written = &self.text[found.inside.clone()];
        let raw = matches!(quote, Quote::Raw | Quote::Heredoc | Quote::Bare);
        let text = match quote {
            _ if raw => written.to_owned(),
            Quote::Single if written.contains("''") => unescape(&written.replace("''", "'")),
            _ => unescape(written),
        };
        let index = self.out.literals.len() as u32;
        let comment = self.noted();
        self.out.literals.push(Literal { text, raw: start..found.end, quote, comment });
        self.push(Kind::Text(index), start, found.end);
    }

    /// An apostrophe: `don't`, `1'000`, `dogs'`.
    fn after_word(&self) -> bool {
        let tail = self.text[..self.at].chars().next_back();
        tail.is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    /// `xs.add'word')`: the opening bracket is lost.
    fn after_method(&self) -> bool {
        let word = self.bytes[..self.at]
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
            .count();
        self.bytes[..self.at - word].ends_with(b".") && self.byte(self.at + 1).is_ascii_alphabetic()
    }

    /// Rust's `<'a` and `&'a`.
    fn lifetime(&self) -> bool {
        matches!(self.before(), b'<' | b'&') && self.byte(self.name_end(self.at + 1)) != b'\''
    }

    /// Bytes past ASCII: names in any script, curly quotes, anything else is skipped.
    fn wide(&mut self) {
        let start = self.at;
        let Some(first) = self.text[start..].chars().next() else { return };
        if first.is_alphanumeric() {
            return self.name();
        }
        let closer = match first {
            '“' | '„' | '‟' => '”',
            '«' => '»',
            '‘' | '‚' if !self.after_word() => '’',
            _ => {
                self.spaced |= first.is_whitespace();
                self.at += first.len_utf8();
                return;
            }
        };
        match self.curly(start + first.len_utf8(), closer) {
            Some(found) => self.literal(start, found, Quote::Curly),
            None => {
                self.misses = self.misses.saturating_add(1);
                self.at += first.len_utf8();
            }
        }
    }

    fn curly(&self, inside: usize, closer: char) -> Option<Found> {
        if self.misses >= MISSES || inside > self.limit() {
            return None;
        }
        let rest = &self.text[inside..self.limit()];
        let end = rest.char_indices().take_while(|(_, c)| *c != '\n').find(|(at, c)| {
            let word_follows = || rest[at + c.len_utf8()..].chars().next().is_some_and(char::is_alphanumeric);
            *c == closer && !(closer == '’' && word_follows()) || closer == '”' && *c == '“' && *at > 0
        })?;
        Some(Found { inside: inside..inside + end.0, end: inside + end.0 + end.1.len_utf8() })
    }

    /// Opens a comment when one starts here.
    fn comment(&mut self) -> bool {
        if self.noted() {
            return false;
        }
        let rest = &self.bytes[self.at..];
        let open = self.before().is_ascii_whitespace();
        let (marker, closer): (usize, &[u8]) = match rest {
            [b'/', b'*', ..] => (2, b"*/"),
            [b'<', b'!', b'-', b'-', ..] => (4, b"-->"),
            [b'{', b'-', b' ' | b'\n', ..] => (2, b"-}"),
            [b'(', b'*', b' ' | b'\n', ..] => (2, b"*)"),
            [b'-', b'-', b'[', b'[', ..] => (4, b"]]"),
            [b'/', b'/', ..] if self.before() != b':' => (2, b"\n"),
            [b'#', ..] if self.hash_opens(open) => (1, b"\n"),
            [b'-', b'-', b' ' | b'\n' | b'-', ..] if open => (2, b"\n"),
            [b';', b';' | b' ', ..] | [b'%', b'%' | b' ', ..] if self.first => (1, b"\n"),
            _ => return false,
        };
        let from = self.at + marker;
        let block = if closer == b"\n" { None } else { self.block_end(from, closer) };
        let (inside, end) = block.unwrap_or_else(|| {
            let line = memchr(b'\n', &self.bytes[from..]).map_or(self.bytes.len(), |n| from + n);
            (line, line)
        });
        let text =
            self.text[from..inside].trim_matches(['#', '/', '*', '-', ' ', '\t', '\r', '!']).to_owned();
        self.out.comments.push(Comment { text, range: self.at..end, doc: false });
        self.at = from;
        self.note_end = inside;
        self.first = true;
        true
    }

    fn block_end(&mut self, from: usize, closer: &[u8]) -> Option<(usize, usize)> {
        if self.misses >= MISSES {
            return None;
        }
        let found = memmem::find(&self.bytes[from..], closer);
        if found.is_none() {
            self.misses += 1;
        }
        found.map(|n| (from + n, from + n + closer.len()))
    }

    fn hash_opens(&self, open: bool) -> bool {
        let next = self.byte(self.at + 1);
        if matches!(next, b'[' | b'{' | b'(' | b'"' | b'\'')
            || !(open || matches!(self.before(), b';' | b')' | b'#'))
        {
            return false;
        }
        let word = self.text.get(self.at + 1..self.name_end(self.at + 1)).unwrap_or_default();
        !DIRECTIVES.contains(&word)
    }

    /// Heredocs, Lua's and PowerShell's long strings, `%w[…]`, sigils.
    fn special(&mut self) -> bool {
        let start = self.at;
        let rest = &self.bytes[start..self.limit()];
        match rest {
            [b'<', b'<', ..] => self.heredoc(),
            [b'@', quote @ (b'"' | b'\''), b'\n' | b'\r', ..] => {
                let closer = [b'\n', *quote, b'@'];
                self.long(start, start + 2, &closer, Quote::Raw)
            }
            [b'@' | b'$', b'"', ..] => {
                self.at += 1;
                self.quoted(start, rest[0] == b'@');
                true
            }
            [b'$', b'@', b'"', ..] | [b'@', b'$', b'"', ..] => {
                self.at += 2;
                self.quoted(start, true);
                true
            }
            [b'$' | b'@', b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] => {
                self.at += 1;
                true
            }
            [b'[', b'[', b'a'..=b'z' | b'A'..=b'Z', ..] => self.lua(start),
            [b'%', b'w' | b'W' | b'i' | b'q' | b'Q', open, ..] | [b'~', b'w', open, ..]
                if !open.is_ascii_alphanumeric() =>
            {
                let Some(closer) = closer_of(*open) else { return false };
                self.worded(start, start + 3, closer, rest[1] != b'q' && rest[1] != b'Q')
            }
            _ => false,
        }
    }

    fn heredoc(&mut self) -> bool {
        let misses = self.misses;
        let mut tried = false;
        let found = quote::heredoc(self.bytes, self.at, self.limit(), || {
            tried = true;
            misses < MISSES
        });
        let Some(found) = found else {
            self.misses = self.misses.saturating_add(u8::from(tried));
            return false;
        };
        let start = self.at;
        self.push(Kind::Op, start, start + 2);
        self.literal(found.inside.start, found, Quote::Heredoc);
        true
    }

    /// `[[bake the bread]]`, told from nested lists by what is inside.
    fn lua(&mut self, start: usize) -> bool {
        let inside = &self.bytes[start + 2..self.limit()];
        let Some(length) = inside.iter().take(16 << 10).position(|b| matches!(b, b']' | b'[' | b'"' | b'\''))
        else {
            return false;
        };
        let end = start + 2 + length;
        if self.byte(end) != b']' || self.byte(end + 1) != b']' || !inside[..length].contains(&b' ') {
            return false;
        }
        self.literal(start, Found { inside: start + 2..end, end: end + 2 }, Quote::Raw);
        true
    }

    fn op(&mut self) {
        let rest = &self.bytes[self.at..self.limit()];
        let goes_on = rest.get(1).is_some_and(|second| SECOND.contains(second));
        let long = OPS.iter().filter(|_| goes_on).find(|op| rest.starts_with(op.as_bytes()));
        match self.bytes[self.at] {
            b'(' | b'[' | b'{' => {
                self.depth += 1;
                self.out.nesting = self.out.nesting.max(self.depth);
            }
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.push(Kind::Op, self.at, self.at + long.map_or(1, |op| op.len()));
    }
}

fn closer_of(open: u8) -> Option<u8> {
    match open {
        b'(' => Some(b')'),
        b'[' => Some(b']'),
        b'{' => Some(b'}'),
        b'<' => Some(b'>'),
        b'|' | b'/' | b'!' => Some(open),
        _ => None,
    }
}

fn kind_of(mark: u8, raw: bool) -> Quote {
    match mark {
        _ if raw => Quote::Raw,
        b'\'' => Quote::Single,
        _ => Quote::Double,
    }
}

/// Whether `name` before `quote` belongs to the string.
fn is_prefix(name: &str, quote: u8) -> bool {
    let letters = name.len() <= 3 && name.bytes().all(|b| b"rRbBfFuULtTEN8c".contains(&b));
    letters || quote == b'"' && matches!(name, "s" | "raw")
}

/// Whether a token leaves an expression open, so that what follows on the next line belongs to it.
fn ends_open(token: &str) -> bool {
    matches!(token, "=" | "(" | "[" | "," | "+" | ":=" | "+=" | "return" | "<-" | ".." | "=>")
}
