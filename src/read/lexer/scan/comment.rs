//! Comments of all languages, and texts that no quotes mark: heredocs, long brackets.

use memchr::memchr;
use memchr::memmem;

use super::DIRECTIVES;
use super::Kind;
use super::MISSES;
use super::Scan;
use super::quoted::closer_of;
use crate::read::lexer::Comment;
use crate::read::lexer::Quote;
use crate::read::lexer::quote;
use crate::read::lexer::quote::Found;
impl Scan<'_> {
    /// Opens a comment when one starts here.
    pub(super) fn comment(&mut self) -> bool {
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

    pub(super) fn block_end(&mut self, from: usize, closer: &[u8]) -> Option<(usize, usize)> {
        if self.misses >= MISSES {
            return None;
        }
        let found = memmem::find(&self.bytes[from..], closer);
        if found.is_none() {
            self.misses += 1;
        }
        found.map(|n| (from + n, from + n + closer.len()))
    }

    pub(super) fn hash_opens(&self, open: bool) -> bool {
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
    pub(super) fn special(&mut self) -> bool {
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

    pub(super) fn heredoc(&mut self) -> bool {
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
    pub(super) fn lua(&mut self, start: usize) -> bool {
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
}
