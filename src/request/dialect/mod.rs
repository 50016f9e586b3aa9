//! Which API a request speaks. A dialect labels strings; it cannot hide one.

mod anthropic;
mod azure;
mod bedrock;
mod cohere;
mod eventstream;
mod events;
mod form;
mod gemini;
mod gemini_live;
mod json;
mod mistral;
mod native;
mod ollama;
mod openai;
mod payload;
mod place;
mod prompt;
mod refusal;
mod reply;
mod route;
mod sniff;
mod twin;
mod unreadable;
mod walk;

use bytes::Bytes;

use self::place::Field;
use self::place::Place;
use self::unreadable::Fault;
use super::Request;
use super::span::Role;
use super::span::Slot;
use super::unread::UnreadKind;

pub use self::form::boundary;
pub use self::refusal::{Answer, Refusal, RefusalKind, RefusalStyle};
pub use self::reply::{Call, Reply, Said};
pub use self::route::{Found, Route, RouteKind, RouteMatch, Streaming};
pub use self::route::{configured_route, dialect_for_path, find_route, path_fits};
pub use self::sniff::sniff;
pub use self::unreadable::Unreadable;

/// One API: its routes, how to label its strings and how it answers.
#[derive(Debug)]
pub struct Dialect {
    /// The name used in config, metrics and logs.
    pub name: &'static str,
    /// The routes that speak it.
    pub routes: &'static [Route],
    /// How the paths begin under which its callers expect its errors, known or not.
    prefixes: &'static [&'static str],
    /// Where its fields lead.
    fields: &'static [&'static [Field]],
    /// What is passed on unread whatever the policy says, since no model answers to it here.
    allows: &'static [UnreadKind],
    /// Whether its clients send JSON without a content type.
    untyped: bool,
    /// An error in its own envelope.
    error: fn(&Refusal<'_>) -> Answer,
    /// A model's answer; `None` on paths where none is given.
    say: fn(&Reply<'_>) -> Option<Said>,
    /// A refusal as messages over a WebSocket, told which event of the caller's it is about; `None` where there are none.
    event: Option<SaidNo>,
}

/// Words a refusal as messages over a WebSocket.
type SaidNo = fn(&Refusal<'_>, Option<&str>) -> Vec<String>;

impl PartialEq for Dialect {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The APIs served, one row each.
pub static DIALECTS: &[&Dialect] = &[
    &openai::CHAT,
    &openai::COMPLETIONS,
    &openai::RESPONSES,
    &openai::EMBEDDINGS,
    &openai::MEDIA,
    &openai::STORED,
    &openai::SOCKETS,
    &openai::TUNING,
    &azure::AZURE,
    &azure::SOCKETS,
    &anthropic::MESSAGES,
    &anthropic::COUNT_TOKENS,
    &anthropic::BATCHES,
    &anthropic::COMPLETE,
    &gemini::GEMINI,
    &gemini_live::LIVE,
    &ollama::OLLAMA,
    &native::NATIVE,
    &bedrock::BEDROCK,
    &cohere::COHERE,
    &mistral::MISTRAL,
];

/// No API at all: bare text, answered for in the most widely read envelope.
static PLAIN: Dialect = Dialect { name: "plain", ..UNKNOWN };

/// Any other JSON: every string is read, none is labelled.
static ANY: Dialect = Dialect { name: "any", ..UNKNOWN };

const UNKNOWN: Dialect = Dialect {
    name: "unknown",
    routes: &[],
    prefixes: &[],
    fields: &[],
    allows: &[],
    untyped: false,
    error: openai::error,
    say: reply::nothing,
    event: None,
};

/// The dialect of bare text.
pub(crate) fn plain() -> &'static Dialect {
    &PLAIN
}

/// The dialect of a JSON object no API is known for: all its strings are read, as `Role::Unlabelled`.
pub fn any() -> &'static Dialect {
    &ANY
}

impl Dialect {
    /// The answer for a request this proxy does not forward, in this API's own form.
    pub fn refuse(&self, refusal: &Refusal<'_>) -> Answer {
        let said = if refusal.as_model() { self.say(&refusal.reply()) } else { None };
        said.map_or_else(|| (self.error)(refusal), Answer::from)
    }

    /// A model's answer in this API's own form; `None` where the path asked gives none.
    pub fn say(&self, reply: &Reply<'_>) -> Option<Said> {
        (self.say)(reply)
    }

    /// The messages for an event over a WebSocket that this proxy does not forward; `event` is the caller's name for it. None
    /// where the API has no such messages and ends the connection instead.
    pub fn refuse_event(&self, refusal: &Refusal<'_>, event: Option<&str>) -> Vec<String> {
        self.event.map_or_else(Vec::new, |word| word(refusal, event))
    }

    /// Whether `kind` is passed on unread on this API's routes whatever the policy says.
    pub fn allows(&self, kind: UnreadKind) -> bool {
        self.allows.contains(&kind)
    }

    /// Whether this API's clients send JSON without a content type.
    pub fn is_untyped(&self) -> bool {
        self.untyped
    }

    /// Where the member `key` of an object at `place` leads, and who speaks there if that is fixed. Refuses a key that
    /// is one of the fields known at this place in other letters.
    fn lookup(&self, place: Place, key: &str) -> Result<(Place, Option<Role>), Fault> {
        let unknown = match place {
            Place::Media(kind) => return Ok((place::media_member(kind, key), None)),
            Place::Blob(kind) => return Ok((place::blob_member(kind, key), None)),
            Place::Deep(_) => return Ok((place, None)),
            _ => (Place::Deep(Slot::Other), None),
        };
        let mut twin = false;
        for field in self.fields.iter().copied().flatten().filter(|field| field.at == place) {
            if field.key == key {
                return Ok((field.to, field.role));
            }
            twin |= twin::is_twin(key, field.key);
        }
        if twin { Err(Fault::AmbiguousKey) } else { Ok(unknown) }
    }
}

/// What the strict reader accepts at most. `Default` is section 7 of the design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of the body, decompressed; also the bytes that JSON pointers to its strings may take.
    pub body_bytes: usize,
    /// Bytes of all strings and keys together, unescaped. Base64 of pictures and files does not count.
    pub text_bytes: usize,
    /// Open brackets at any point.
    pub depth: usize,
    /// Keys and values.
    pub nodes: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        ReadLimits { body_bytes: 32 << 20, text_bytes: 8 << 20, depth: 64, nodes: 1_000_000 }
    }
}

/// Reads a JSON body (decompressed) as `dialect`: every string and key in it becomes a span, in body order.
///
/// # Errors
/// A body that is no strict JSON object (RFC 8259, I-JSON's unique keys and well-formed text included), or one that is
/// over a limit. Common upstreams read such bodies differently from each other, so they are refused, never passed on.
pub fn read(dialect: &'static Dialect, body: Bytes, limits: &ReadLimits) -> Result<Request, Unreadable> {
    let stop = |(fault, at)| Unreadable::new(fault, &body, at);
    if body.len() > limits.body_bytes {
        return Err(stop((Fault::TooLargeBody, limits.body_bytes)));
    }
    let text = utf8(&body).map_err(stop)?;
    walk::walk(dialect, &body, text, limits).map_err(stop)
}

/// Reads a form (multipart/form-data) with this `boundary`: its texts and text files become spans, a JSON file or JSON
/// Lines as they would alone, any other file is counted as unread.
///
/// # Errors
/// A form that servers could split differently, or that holds JSON Lines with two readings.
pub fn read_form(
    dialect: &'static Dialect,
    body: Bytes,
    boundary: &str,
    limits: &ReadLimits,
) -> Result<Request, Unreadable> {
    let stop = |(fault, at)| Unreadable::new(fault, &body, at);
    if body.len() > limits.body_bytes {
        return Err(stop((Fault::TooLargeBody, limits.body_bytes)));
    }
    form::read(dialect, &body, boundary, limits).map_err(stop)
}

/// Reads one event of a conversation over a WebSocket, and with it all that was said before: `earlier` holds those events
/// one after the other, each beginning at one of `starts`. The body of the request ends with the event. One that says
/// nothing itself (a piece of sound, a command) is read alone.
///
/// # Errors
/// As [`read`], for the event alone and for all of them together.
pub fn read_events(
    dialect: &'static Dialect,
    (earlier, starts): (&[u8], &[usize]),
    event: Bytes,
    limits: &ReadLimits,
) -> Result<Request, Unreadable> {
    let alone = read(dialect, event, limits)?;
    if earlier.is_empty() || !alone.speaks() {
        return Ok(alone);
    }
    let whole = Bytes::from([earlier, &alone.body].concat());
    let stop = |(fault, at)| Unreadable::new(fault, &whole, at);
    if whole.len() > limits.body_bytes {
        return Err(stop((Fault::TooLargeBody, limits.body_bytes)));
    }
    let starts: Vec<usize> = starts.iter().copied().chain([earlier.len()]).collect();
    events::read(dialect, &whole, &starts, limits).map_err(stop)
}

/// The dialect a caller speaks on a path that two APIs share, files and models: Anthropic's clients say which version of it
/// they mean. It labels and words answers, nothing more.
pub fn spoken(dialect: &'static Dialect, path: &str, says_anthropic: bool) -> &'static Dialect {
    let rest = ["/v1/files", "/v1/models"].iter().find_map(|shared| path.strip_prefix(shared));
    let shared = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if says_anthropic && shared { &anthropic::FILES } else { dialect }
}

impl Found {
    /// Fills in what the path, not the body, says of a request.
    pub fn complete(&self, request: &mut Request) {
        if request.model.is_none() {
            request.model.clone_from(&self.model);
        }
        request.stream = match self.route.stream {
            Streaming::Asked => request.stream,
            Streaming::Usual => request.stream_asked.unwrap_or(true),
            Streaming::Always => true,
            Streaming::Never => false,
        };
    }
}

/// The body as UTF-8 text without a byte order mark; UTF-16 and UTF-32 are told by their NULs (RFC 4627 section 3).
fn utf8(body: &[u8]) -> Result<&str, json::Stop> {
    let first = body.get(..4).unwrap_or(body);
    if first.iter().all(u8::is_ascii_whitespace) && body.iter().all(u8::is_ascii_whitespace) {
        return Err((Fault::Empty, 0));
    }
    if first.starts_with(b"\xEF\xBB\xBF") {
        return Err((Fault::Bom, 0));
    }
    if first.starts_with(b"\xFE\xFF") || first.starts_with(b"\xFF\xFE") || first.contains(&0) {
        return Err((Fault::Utf16, 0));
    }
    std::str::from_utf8(body).map_err(|error| (Fault::InvalidUtf8, error.valid_up_to()))
}

#[cfg(test)]
mod tests;
