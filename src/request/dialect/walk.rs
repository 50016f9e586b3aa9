//! One pass over the tokens of a body: every string and every key becomes a span, labelled by the dialect's table.
//!
//! The walk is total. A table can give a string a better label than `Other`, it cannot make it disappear.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::Dialect;
use super::ReadLimits;
use super::json::Bracket;
use super::json::Json;
use super::json::Kind;
use super::json::Stop;
use super::json::Token;
use super::payload;
use super::place;
use super::place::Place;
use super::prompt;
use super::unreadable::Fault;
use crate::request::Request;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::span::SpanId;
use crate::request::span::TextSpan;
use crate::request::unread::Unread;
use crate::request::unread::UnreadKind;

/// How often JSON in a string of JSON is unfolded.
const JSON_IN_JSON: usize = 3;
/// Bytes up to which such a string stays a span of its own too.
const READ_TWICE: usize = 1024;
/// Integers in a row that are taken for character codes, and read as one text.
const NUMBERS_AS_TEXT: usize = 8;

/// Walks `text`, the UTF-8 view of `body`.
pub(super) fn walk(
    dialect: &'static Dialect,
    body: &Bytes,
    text: &str,
    limits: &ReadLimits,
) -> Result<Request, Stop> {
    let mut walk = Walk::new(dialect, limits);
    walk.document(text, 0, "")?;
    Ok(walk.finish(body))
}

/// One open container.
#[derive(Debug)]
struct Frame {
    place: Place,
    bracket: Bracket,
    role: Option<Role>,
    /// Where its value begins in the body, and its first span.
    start: usize,
    first: usize,
    /// Length of the pointer to it.
    path: usize,
    /// Items so far, and how many of them were integers.
    items: usize,
    integers: usize,
    /// Where the member whose key came last leads.
    next: (Place, Option<Role>),
    /// What the object says of itself, wherever among its members: who speaks, or that it is base64.
    speaker: Option<Role>,
    base64: bool,
    /// A payload that waits for `base64` to be known.
    pending: Option<(usize, UnreadKind)>,
    /// The id of an item, and whether the item has anything else.
    reference: Option<Range<usize>>,
    bears: bool,
}

/// Where the document at hand stands in the body.
#[derive(Debug, Clone)]
enum Stands {
    /// Its bytes are the body's, from here on.
    At(usize),
    /// It was inside a string: all of it is at the bytes of that string.
    Within(Range<usize>),
}

/// Everything read so far.
#[derive(Debug)]
pub(super) struct Walk {
    dialect: &'static Dialect,
    depth: usize,
    nodes: usize,
    stands: Stands,
    root: (Place, Option<Role>),
    frames: Vec<Frame>,
    path: String,
    spans: Vec<TextSpan>,
    unread: Vec<Unread>,
    model: Option<String>,
    stream: Option<bool>,
    turn: u32,
    turns: u32,
    text_left: usize,
    paths_left: usize,
}

impl Walk {
    pub(super) fn new(dialect: &'static Dialect, limits: &ReadLimits) -> Self {
        Walk {
            dialect,
            depth: limits.depth,
            nodes: limits.nodes,
            stands: Stands::At(0),
            root: (Place::Root, None),
            frames: Vec::new(),
            path: String::new(),
            spans: Vec::new(),
            unread: Vec::new(),
            model: None,
            stream: None,
            turn: 0,
            turns: 0,
            text_left: limits.text_bytes,
            // A long key above many values would be copied into each of their pointers.
            paths_left: limits.body_bytes,
        }
    }

    /// Reads a JSON object that stands in the body from `offset` on; `pointer` leads to it.
    pub(super) fn document(&mut self, text: &str, offset: usize, pointer: &str) -> Result<(), Stop> {
        self.begin(Stands::At(offset), (Place::Root, None), pointer);
        self.tokens(text).map_err(|(fault, at)| (fault, at.saturating_add(offset)))
    }

    /// Adds a text that is no JSON.
    pub(super) fn plain(
        &mut self,
        text: String,
        bytes: Range<usize>,
        pointer: &str,
        role: Option<Role>,
    ) -> Result<(), Stop> {
        self.begin(Stands::At(0), (Place::Content, role), pointer);
        self.push(bytes, role, Slot::Content, text)
    }

    /// Counts what is no text.
    pub(super) fn count(&mut self, kind: UnreadKind, bytes: Range<usize>, pointer: &str) -> Result<(), Stop> {
        self.begin(Stands::At(0), (Place::Content, None), pointer);
        self.unread(kind, bytes)
    }

    /// What form fields say of the request.
    pub(super) fn told(&mut self, name: &str, value: &str) {
        match name {
            "model" => self.model = Some(value.to_owned()),
            "stream" => self.stream = Some(value == "true"),
            _ => {}
        }
    }

    /// Ends the reading: looks into strings that are JSON or a prompt template themselves.
    pub(super) fn finish(mut self, body: &Bytes) -> Request {
        self.unfold();
        self.split();
        Request {
            body: body.clone(),
            dialect: self.dialect,
            spans: self.spans,
            unread: self.unread,
            model: self.model,
            stream: self.stream.unwrap_or(false),
            stream_asked: self.stream,
        }
    }

    fn begin(&mut self, stands: Stands, root: (Place, Option<Role>), pointer: &str) {
        (self.stands, self.root) = (stands, root);
        self.frames.clear();
        self.path.clear();
        self.path.push_str(pointer);
    }

    fn tokens(&mut self, text: &str) -> Result<(), Stop> {
        let mut json = Json::new(text, self.depth, self.nodes);
        while let Some(token) = json.next()? {
            self.token(token, text)?;
        }
        Ok(())
    }

    /// Reads the arguments and results of tools once more where they are JSON in a string. One that is no sound JSON
    /// stays the text it is.
    fn unfold(&mut self) {
        let (mut from, text_left) = (0, self.text_left);
        for _ in 0..JSON_IN_JSON {
            let to = self.spans.len();
            for index in from..to {
                let Some(span) = self.spans.get_mut(index).filter(|span| holds_json(span)) else { continue };
                let text = std::mem::take(&mut span.text);
                let (pointer, role, bytes, turn) =
                    (span.pointer.clone(), span.role, span.bytes.clone(), span.turn);
                let slot = if span.slot == Slot::Arguments { Slot::Arguments } else { Slot::Other };
                let marks = (self.spans.len(), self.unread.len());
                // Each level is at most as long as the one above, which was paid for.
                (self.turn, self.text_left) = (turn, text.len());
                self.begin(Stands::Within(bytes), (Place::Deep(slot), Some(role)), &pointer);
                let is_sound = self.tokens(&text).is_ok();
                if !is_sound {
                    self.spans.truncate(marks.0);
                    self.unread.truncate(marks.1);
                }
                // A long one whose strings are all spans of their own is not read twice.
                if let Some(span) =
                    self.spans.get_mut(index).filter(|_| !is_sound || text.len() <= READ_TWICE)
                {
                    span.text = text;
                }
            }
            from = to;
        }
        (self.turn, self.text_left) = (0, text_left);
    }

    /// Splits prompts that are whole conversations in a model's own template into what each role says.
    fn split(&mut self) {
        let mut found = Vec::new();
        for span in self.spans.iter().filter(|span| span.slot == Slot::Content) {
            let pieces = prompt::split(&span.text);
            found.extend(pieces.into_iter().map(|(role, text)| TextSpan {
                id: span.id,
                pointer: span.pointer.clone(),
                bytes: span.bytes.clone(),
                role,
                slot: Slot::Content,
                turn: span.turn,
                text: text.to_owned(),
            }));
        }
        found.into_iter().for_each(|span| self.append(span));
    }

    fn token(&mut self, token: Token<'_>, document: &str) -> Result<(), Stop> {
        let Token { at, kind } = token;
        let is_root = self.frames.is_empty() && self.root.0 == Place::Root;
        if is_root && kind != Kind::Open(Bracket::Object) {
            return Err((Fault::NotObject, at.start));
        }
        match kind {
            Kind::Key(key) => self.key(at, key),
            Kind::Close => self.close(at.end, document),
            Kind::Open(bracket) => self.open(bracket, at.start),
            Kind::Text(text) => self.text(at, text),
            Kind::Number(raw) => self.number(raw),
            Kind::Bool(value) => self.truth(value),
            Kind::Null => {
                self.value();
                Ok(())
            }
        }
    }

    /// Begins a value: where it stands and who speaks there. Counts it and completes the pointer when it is an item.
    fn value(&mut self) -> (Place, Option<Role>) {
        let Some(frame) = self.frames.last_mut() else { return self.root };
        if frame.bracket == Bracket::Object {
            return frame.next;
        }
        let index = frame.items;
        let found = (frame.place.item(), frame.role);
        frame.items = frame.items.saturating_add(1);
        self.path.truncate(frame.path);
        self.path.push('/');
        self.path.push_str(&index.to_string());
        found
    }

    fn open(&mut self, bracket: Bracket, start: usize) -> Result<(), Stop> {
        let (from, role) = self.value();
        let place = from.opened(bracket);
        // A message says itself who speaks, whatever holds for plain strings in its stead.
        let role = role.filter(|_| place != Place::Turn || from == Place::Turn);
        if place == Place::Turn {
            self.turn = self.turns;
            self.turns = self.turns.saturating_add(1);
        }
        self.frames.push(Frame {
            place,
            bracket,
            role,
            start,
            first: self.spans.len(),
            path: self.path.len(),
            items: 0,
            integers: 0,
            next: (Place::Deep(Slot::Other), role),
            speaker: None,
            base64: false,
            pending: None,
            reference: None,
            bears: false,
        });
        Ok(())
    }

    fn close(&mut self, end: usize, document: &str) -> Result<(), Stop> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        self.path.truncate(frame.path);
        if frame.bracket == Bracket::Array {
            self.numbers(&frame, end, document)?;
        }
        if let Some((index, kind)) = frame.pending {
            self.settle(index, kind, frame.base64)?;
        }
        if let Some(id) = frame.reference.filter(|_| !frame.bears) {
            self.unread(UnreadKind::State, id)?;
        }
        if let Some(role) = frame.speaker {
            let own = self.spans.get_mut(frame.first..).unwrap_or_default();
            own.iter_mut().filter(|span| span.role == Role::Unlabelled).for_each(|span| span.role = role);
        }
        if frame.place == Place::Turn {
            self.turn = 0;
        }
        Ok(())
    }

    fn key(&mut self, at: Range<usize>, key: Cow<'_, str>) -> Result<(), Stop> {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let role = frame.role;
        let (to, by) = match self.dialect.lookup(frame.place, &key) {
            Ok(found) => found,
            Err(fault) => return Err((fault, at.start)),
        };
        frame.next = (to, by.or(role));
        frame.bears |= !matches!(to, Place::ItemId | Place::Kind);
        self.path.truncate(frame.path);
        self.path.push('/');
        push_escaped(&mut self.path, &key);
        self.push(at, role, Slot::Key, key.into_owned())
    }

    fn text(&mut self, at: Range<usize>, text: Cow<'_, str>) -> Result<(), Stop> {
        let (place, role) = self.value();
        self.heed(place, &text, &at);
        match place {
            Place::Payload(kind, true) => self.payload(at, role, text.into_owned(), kind),
            Place::Payload(kind, false) => self.postpone(at, role, text.into_owned(), kind),
            Place::Media(kind) | Place::Reference(kind) if payload::data_url(&text).is_some() => {
                self.payload(at, role, text.into_owned(), kind)
            }
            _ => {
                self.refer(place, &at, &text)?;
                let slot = self.slot(place, &text);
                self.push(at, role, slot, text.into_owned())
            }
        }
    }

    /// Takes what a string says about the object it stands in, or about the request.
    fn heed(&mut self, place: Place, text: &str, at: &Range<usize>) {
        let depth = self.frames.len();
        let Some(frame) = self.frames.last_mut() else { return };
        match place {
            Place::Speaker => frame.speaker = place::speaker(text).or(frame.speaker),
            Place::Kind => {
                frame.base64 = text == "base64";
                let speaks = matches!(frame.place, Place::Part | Place::Turn);
                frame.speaker = place::speaker_of_type(text).filter(|_| speaks).or(frame.speaker);
            }
            Place::ItemId => frame.reference = Some(at.clone()),
            Place::Model if depth == 1 => self.model = Some(text.to_owned()),
            _ => {}
        }
    }

    fn slot(&self, place: Place, text: &str) -> Slot {
        let typed = place == Place::Deep(Slot::Definition) && self.path.ends_with("/type");
        if typed && place::is_schema_type(text) { Slot::Protocol } else { place.slot(text) }
    }

    /// Counts a string that stands for content it does not show. The string itself stays a span.
    fn refer(&mut self, place: Place, at: &Range<usize>, text: &str) -> Result<(), Stop> {
        match place {
            Place::Reference(kind) | Place::Media(kind @ UnreadKind::Image) => self.unread(kind, at.clone()),
            Place::Sealed if place::is_sealed(text) => self.unread(UnreadKind::Sealed, at.clone()),
            _ => Ok(()),
        }
    }

    fn payload(
        &mut self,
        at: Range<usize>,
        role: Option<Role>,
        text: String,
        kind: UnreadKind,
    ) -> Result<(), Stop> {
        self.put(at, role, Slot::Content, text)?;
        self.settle(self.spans.len().saturating_sub(1), kind, true)
    }

    fn postpone(
        &mut self,
        at: Range<usize>,
        role: Option<Role>,
        text: String,
        kind: UnreadKind,
    ) -> Result<(), Stop> {
        self.put(at, role, Slot::Content, text)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.pending = Some((self.spans.len().saturating_sub(1), kind));
        }
        Ok(())
    }

    /// Reads a payload span as base64 if that `is_base64`: decodes its text, counts what is none, and keeps the span's own text where
    /// that may be what is read.
    fn settle(&mut self, index: usize, kind: UnreadKind, is_base64: bool) -> Result<(), Stop> {
        let Some(span) = self.spans.get_mut(index) else { return Ok(()) };
        let found = if is_base64 { payload::read(&span.text, kind) } else { payload::PLAIN };
        let (at, pointer, length) = (span.bytes.clone(), span.pointer.clone(), span.text.len());
        if !found.plain {
            span.text = String::new();
            span.slot = Slot::Protocol;
        }
        let decoded = found.text.map(|text| TextSpan { slot: Slot::Content, text, ..span.clone() });
        if found.plain {
            self.charge(length, at.start)?;
        }
        if let Some(decoded) = decoded {
            self.charge(decoded.text.len(), at.start)?;
            self.append(decoded);
        }
        if let Some(kind) = found.unread {
            self.unread.push(Unread { pointer, kind, bytes: at });
        }
        Ok(())
    }

    fn number(&mut self, raw: &str) -> Result<(), Stop> {
        self.value();
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        if raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            frame.integers = frame.integers.saturating_add(1);
        }
        Ok(())
    }

    /// At the end of a list: a list of integers alone is text too, and in a prompt it is token ids.
    fn numbers(&mut self, list: &Frame, end: usize, document: &str) -> Result<(), Stop> {
        if matches!(list.place, Place::Tokens | Place::Items) && list.integers > 0 {
            self.unread(UnreadKind::Tokens, list.start..end)?;
        }
        if list.integers < NUMBERS_AS_TEXT || list.integers != list.items {
            return Ok(());
        }
        let raw = document.get(list.start..end).unwrap_or_default();
        self.push(list.start..end, list.role, Slot::Other, raw.to_owned())
    }

    fn truth(&mut self, value: bool) -> Result<(), Stop> {
        let (place, _) = self.value();
        if place == Place::Stream && self.frames.len() == 1 {
            self.stream = Some(value);
        }
        Ok(())
    }

    fn unread(&mut self, kind: UnreadKind, bytes: Range<usize>) -> Result<(), Stop> {
        self.spend_path(bytes.start)?;
        let bytes = self.located(bytes);
        self.unread.push(Unread { pointer: self.path.clone(), kind, bytes });
        Ok(())
    }

    /// Bytes of the document as bytes of the body.
    fn located(&self, at: Range<usize>) -> Range<usize> {
        match &self.stands {
            Stands::At(offset) => at.start.saturating_add(*offset)..at.end.saturating_add(*offset),
            Stands::Within(bytes) => bytes.clone(),
        }
    }

    /// Pays for a copy of the pointer.
    fn spend_path(&mut self, at: usize) -> Result<(), Stop> {
        let left = self.paths_left.checked_sub(self.path.len());
        self.paths_left = left.ok_or((Fault::TooManyNodes, at))?;
        Ok(())
    }

    /// Adds a span whose text counts.
    fn push(&mut self, at: Range<usize>, role: Option<Role>, slot: Slot, text: String) -> Result<(), Stop> {
        self.charge(text.len(), at.start)?;
        self.put(at, role, slot, text)
    }

    /// Adds a span whose text is counted later, or never.
    fn put(&mut self, at: Range<usize>, role: Option<Role>, slot: Slot, text: String) -> Result<(), Stop> {
        self.spend_path(at.start)?;
        self.append(TextSpan {
            id: SpanId(0),
            pointer: self.path.clone(),
            bytes: self.located(at),
            role: role.unwrap_or(Role::Unlabelled),
            slot,
            turn: self.turn,
            text,
        });
        Ok(())
    }

    fn append(&mut self, span: TextSpan) {
        let id = SpanId(u32::try_from(self.spans.len()).unwrap_or(u32::MAX));
        self.spans.push(TextSpan { id, ..span });
    }

    fn charge(&mut self, bytes: usize, at: usize) -> Result<(), Stop> {
        self.text_left = self.text_left.checked_sub(bytes).ok_or((Fault::TooLargeText, at))?;
        Ok(())
    }
}

/// Whether a string is JSON that a tool gave or is given. Results need a second look only if they have escapes.
fn holds_json(span: &TextSpan) -> bool {
    let looks = match span.slot {
        Slot::Arguments => true,
        Slot::Content | Slot::Other => span.role == Role::Tool && span.text.contains('\\'),
        _ => false,
    };
    looks && span.text.trim_start().starts_with(['{', '[', '"'])
}

/// A key as RFC 6901 writes it in a pointer.
fn push_escaped(path: &mut String, key: &str) {
    for letter in key.chars() {
        match letter {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            _ => path.push(letter),
        }
    }
}
