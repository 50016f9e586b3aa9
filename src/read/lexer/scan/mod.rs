//! One pass over the bytes: literals, comments, names and a token stream without white space. Tokens inside comments
//! make a second stream, so that a comment amid a list does not break it.

mod comment;
mod quoted;

use std::collections::HashSet;
use std::ops::Range;

use foldhash::quality::RandomState;

use self::quoted::is_prefix;
use super::Comment;
use super::Literal;

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

/// Whether a token leaves an expression open, so that what follows on the next line belongs to it.
fn ends_open(token: &str) -> bool {
    matches!(token, "=" | "(" | "[" | "," | "+" | ":=" | "+=" | "return" | "<-" | ".." | "=>")
}
