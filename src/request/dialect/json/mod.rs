//! A strict RFC 8259 tokenizer with byte offsets: iterative, no DOM, refuses every document with two readings.
//!
//! A `serde_json::Value` costs up to 96 times its document and keeps only the last of two equal keys; this reader
//! keeps the open brackets and the keys of the open objects, nothing else.

mod keys;
mod number;
mod text;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

use self::keys::Keys;
use super::unreadable::Fault;

/// A fault and the byte where it is.
pub(super) type Stop = (Fault, usize);

/// One event of the document, with its bytes (quotes included).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) at: Range<usize>,
    pub(super) kind: Kind<'a>,
}

/// What the event is; strings come unescaped.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'a> {
    Open(Bracket),
    Close,
    Key(Cow<'a, str>),
    Text(Cow<'a, str>),
    Number(&'a str),
    Bool(bool),
    Null,
}

/// Which container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    Object,
    Array,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrClose,
    Key,
    KeyOrClose,
    CommaOrClose,
}

/// The reader. Pull tokens with [`Json::next`] until it gives `None`.
#[derive(Debug)]
pub(super) struct Json<'a> {
    body: &'a str,
    at: usize,
    expect: Expect,
    open: Vec<Bracket>,
    keys: Keys<'a>,
    depth: usize,
    nodes_left: usize,
}

impl<'a> Json<'a> {
    /// A reader of `body` that refuses more than `depth` open brackets or `nodes` keys and values.
    pub(super) fn new(body: &'a str, depth: usize, nodes: usize) -> Self {
        Json {
            body,
            at: 0,
            expect: Expect::Value,
            open: Vec::new(),
            keys: Keys::default(),
            depth,
            nodes_left: nodes,
        }
    }

    /// The next event, `None` after the last one.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, Stop> {
        loop {
            self.skip_space();
            let Some(byte) = self.peek() else { return self.end() };
            match (self.expect, byte) {
                (Expect::CommaOrClose, _) if self.open.is_empty() => {
                    return Err((Fault::TrailingBytes, self.at));
                }
                (Expect::CommaOrClose, b',') => self.comma(),
                (Expect::Value, b']') | (Expect::Key, b'}')
                    if !self.open.is_empty() && self.after_comma() =>
                {
                    return Err((Fault::TrailingComma, self.at));
                }
                (Expect::CommaOrClose | Expect::ValueOrClose | Expect::KeyOrClose, b']' | b'}') => {
                    return self.close(byte).map(Some);
                }
                (Expect::Key | Expect::KeyOrClose, b'"') => return self.key().map(Some),
                (Expect::Value | Expect::ValueOrClose, _) => return self.value(byte).map(Some),
                (Expect::CommaOrClose | Expect::Key | Expect::KeyOrClose, _) => return Err(self.odd(byte)),
            }
        }
    }

    fn end(&self) -> Result<Option<Token<'a>>, Stop> {
        match self.expect {
            Expect::CommaOrClose if self.open.is_empty() => Ok(None),
            _ => Err((Fault::Truncated, self.at)),
        }
    }

    fn comma(&mut self) {
        self.at += 1;
        self.expect = match self.open.last() {
            Some(Bracket::Object) => Expect::Key,
            _ => Expect::Value,
        };
    }

    /// Whether the value or key now due follows a comma (and not a colon).
    fn after_comma(&self) -> bool {
        match self.open.last() {
            Some(Bracket::Object) => self.expect == Expect::Key,
            Some(Bracket::Array) => true,
            None => false,
        }
    }

    fn key(&mut self) -> Result<Token<'a>, Stop> {
        self.spend_node()?;
        let start = self.at;
        let key = self.string()?;
        if !self.keys.insert(key.clone()) {
            return Err((Fault::DuplicateKey, start));
        }
        let at = start..self.at;
        self.skip_space();
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(byte) => return Err(self.odd(byte)),
            None => return Err((Fault::Truncated, self.at)),
        }
        self.expect = Expect::Value;
        Ok(Token { at, kind: Kind::Key(key) })
    }

    fn value(&mut self, byte: u8) -> Result<Token<'a>, Stop> {
        self.spend_node()?;
        let start = self.at;
        let kind = match byte {
            b'{' => return self.enter(Bracket::Object),
            b'[' => return self.enter(Bracket::Array),
            b'"' => Kind::Text(self.string()?),
            b'-' | b'0'..=b'9' => Kind::Number(self.number()?),
            b't' => self.word("true", Kind::Bool(true))?,
            b'f' => self.word("false", Kind::Bool(false))?,
            b'n' => self.word("null", Kind::Null)?,
            _ => return Err(self.odd(byte)),
        };
        self.expect = Expect::CommaOrClose;
        Ok(Token { at: start..self.at, kind })
    }

    fn enter(&mut self, bracket: Bracket) -> Result<Token<'a>, Stop> {
        if self.open.len() >= self.depth {
            return Err((Fault::TooDeep, self.at));
        }
        let start = self.at;
        self.at += 1;
        self.open.push(bracket);
        self.expect = match bracket {
            Bracket::Object => {
                self.keys.enter();
                Expect::KeyOrClose
            }
            Bracket::Array => Expect::ValueOrClose,
        };
        Ok(Token { at: start..self.at, kind: Kind::Open(bracket) })
    }

    fn close(&mut self, byte: u8) -> Result<Token<'a>, Stop> {
        let fits = match self.open.last() {
            Some(Bracket::Object) => byte == b'}',
            Some(Bracket::Array) => byte == b']',
            None => false,
        };
        if !fits {
            return Err((Fault::NotJson, self.at));
        }
        if self.open.pop() == Some(Bracket::Object) {
            self.keys.leave();
        }
        let start = self.at;
        self.at += 1;
        self.expect = Expect::CommaOrClose;
        Ok(Token { at: start..self.at, kind: Kind::Close })
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Stop> {
        let (text, end) = text::read(self.body, self.at)?;
        self.at = end;
        Ok(text)
    }

    fn number(&mut self) -> Result<&'a str, Stop> {
        let end = number::read(self.body, self.at)?;
        let raw = self.body.get(self.at..end).unwrap_or_default();
        self.at = end;
        Ok(raw)
    }

    fn word(&mut self, word: &str, kind: Kind<'a>) -> Result<Kind<'a>, Stop> {
        let rest = self.body.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            let byte = rest.first().copied().unwrap_or_default();
            return Err(self.odd(byte));
        }
        self.at += word.len();
        Ok(kind)
    }

    fn spend_node(&mut self) -> Result<(), Stop> {
        match self.nodes_left.checked_sub(1) {
            Some(left) => {
                self.nodes_left = left;
                Ok(())
            }
            None => Err((Fault::TooManyNodes, self.at)),
        }
    }

    /// The fault for a byte that cannot start anything here, named as well as one byte allows.
    fn odd(&self, byte: u8) -> Stop {
        let rest = self.body.as_bytes().get(self.at..).unwrap_or_default();
        let nan = [&b"NaN"[..], b"Infinity", b"nan", b"inf"].iter().any(|word| rest.starts_with(word));
        let fault = match byte {
            b'/' | b'#' => Fault::Comment,
            b'+' | b'.' => Fault::BadNumber,
            _ if nan => Fault::Nan,
            _ => Fault::NotJson,
        };
        (fault, self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.body.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }
}
