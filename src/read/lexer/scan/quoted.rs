//! What stands in quotes: plain, tripled, raw, curly, words in brackets, and which marks are apostrophes.

use super::Kind;
use super::MISSES;
use super::Scan;
use super::ends_open;
use crate::read::lexer::Comment;
use crate::read::lexer::Literal;
use crate::read::lexer::Quote;
use crate::read::lexer::escape::unescape;
use crate::read::lexer::quote;
use crate::read::lexer::quote::Found;
impl Scan<'_> {
    /// `r"…"`, `f'…'`, `LR"(…)"`.
    pub(super) fn prefixed(&mut self, start: usize, quote_at: usize, prefix: &str) {
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
    pub(super) fn hashed(&mut self, start: usize, hashes_at: usize) -> bool {
        let hashes = self.bytes[hashes_at..].iter().take(16).take_while(|b| **b == b'#').count();
        if self.byte(hashes_at + hashes) != b'"' {
            return false;
        }
        let mut closer = vec![b'"'];
        closer.resize(1 + hashes, b'#');
        self.long(start, hashes_at + hashes + 1, &closer, Quote::Raw)
    }

    /// Perl's `qw(bake the bread)`, `q(…)`, `qq{…}`.
    pub(super) fn words(&mut self, start: usize, open_at: usize, split: bool) -> bool {
        let Some(closer) = closer_of(self.byte(open_at)) else { return false };
        self.worded(start, open_at + 1, closer, split)
    }

    pub(super) fn worded(&mut self, start: usize, inside: usize, closer: u8, split: bool) -> bool {
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

    /// A quote at `self.at`; `start` is where its prefix begins.
    pub(super) fn quoted(&mut self, start: usize, raw: bool) {
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
    pub(super) fn tripled(&mut self, start: usize, mark: u8) -> bool {
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

    pub(super) fn long(&mut self, start: usize, inside: usize, closer: &[u8], quote: Quote) -> bool {
        let Some(found) = self.search(inside, closer) else { return false };
        self.literal(start, found, quote);
        true
    }

    pub(super) fn search(&mut self, inside: usize, closer: &[u8]) -> Option<Found> {
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

    pub(super) fn literal(&mut self, start: usize, found: Found, quote: Quote) {
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
    pub(super) fn after_word(&self) -> bool {
        let tail = self.text[..self.at].chars().next_back();
        tail.is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    /// `xs.add'word')`: the opening bracket is lost.
    pub(super) fn after_method(&self) -> bool {
        let word = self.bytes[..self.at]
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
            .count();
        self.bytes[..self.at - word].ends_with(b".") && self.byte(self.at + 1).is_ascii_alphabetic()
    }

    /// Rust's `<'a` and `&'a`.
    pub(super) fn lifetime(&self) -> bool {
        matches!(self.before(), b'<' | b'&') && self.byte(self.name_end(self.at + 1)) != b'\''
    }

    /// Bytes past ASCII: names in any script, curly quotes, anything else is skipped.
    pub(super) fn wide(&mut self) {
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

    pub(super) fn curly(&self, inside: usize, closer: char) -> Option<Found> {
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
}

pub(super) fn closer_of(open: u8) -> Option<u8> {
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
pub(super) fn is_prefix(name: &str, quote: u8) -> bool {
    let letters = name.len() <= 3 && name.bytes().all(|b| b"rRbBfFuULtTEN8c".contains(&b));
    letters || quote == b'"' && matches!(name, "s" | "raw")
}
