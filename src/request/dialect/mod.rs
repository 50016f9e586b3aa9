//! Which API a request speaks. A dialect labels strings; it cannot hide one.

mod anthropic;
mod json;
mod openai;
mod payload;
mod place;
mod refusal;
mod route;
mod sniff;
mod sse;
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

pub use self::refusal::{Answer, Refusal, RefusalKind, RefusalStyle};
pub use self::route::{Route, RouteKind, RouteMatch, dialect_for_path, find_route};
pub use self::sniff::sniff;
pub use self::unreadable::Unreadable;

/// One API: its routes, how to label its strings and how it says no.
#[derive(Debug)]
pub struct Dialect {
    /// The name used in config, metrics and logs.
    pub name: &'static str,
    /// The routes that speak it.
    pub routes: &'static [Route],
    fields: &'static [Field],
    refuse: fn(&Refusal<'_>) -> Answer,
}

/// The APIs served, one row each.
pub static DIALECTS: &[&Dialect] =
    &[&openai::CHAT, &openai::COMPLETIONS, &anthropic::MESSAGES, &anthropic::COUNT_TOKENS];

/// No API at all: bare text, answered for in the most widely read envelope.
static PLAIN: Dialect = Dialect { name: "plain", routes: &[], fields: &[], refuse: openai::refuse_chat };

/// Any other JSON: every string is read, none is labelled.
static ANY: Dialect = Dialect { name: "any", routes: &[], fields: &[], refuse: openai::refuse_chat };

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
        (self.refuse)(refusal)
    }

    /// Where the member `key` of an object at `place` leads, and who speaks there if that is fixed. Refuses a key that
    /// is one of the fields known at this place in other letters.
    fn lookup(&self, place: Place, key: &str) -> Result<(Place, Option<Role>), Fault> {
        let unknown = match place {
            Place::Media(kind) => return Ok((place::media_member(kind, key), None)),
            Place::Deep(_) => return Ok((place, None)),
            _ => (Place::Deep(Slot::Other), None),
        };
        let suspect = twin::is_suspect(key);
        for field in self.fields.iter().filter(|field| field.at == place) {
            if field.key == key {
                return Ok((field.to, field.role));
            }
            if suspect && twin::is_twin(key, field.key) {
                return Err(Fault::AmbiguousKey);
            }
        }
        Ok(unknown)
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
