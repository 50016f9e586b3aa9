//! From bytes to labelled text: strict reading of the body, one dialect per API.

pub mod dialect;
pub mod span;
pub mod unread;

use bytes::Bytes;

use self::dialect::Dialect;
use self::span::{Role, Slot, SpanId, TextSpan};
use self::unread::Unread;

/// One request as screened: the exact bytes and every string in them.
#[derive(Debug, Clone)]
pub struct Request {
    /// The body, decompressed; exactly these bytes are forwarded when the request is cleared.
    pub body: Bytes,
    /// The API it was read as.
    pub dialect: &'static Dialect,
    /// Every string leaf and key, in body order.
    pub spans: Vec<TextSpan>,
    /// What is no text: pictures, recordings, files, token ids. Counted, for policy to decide.
    pub unread: Vec<Unread>,
    /// The model the caller asked for, if the dialect has such a field.
    pub model: Option<String>,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// What the body says of that, if anything.
    pub stream_asked: Option<bool>,
}

impl Request {
    /// Whether anything in it could be said to a model: more than tags, ids and keys.
    pub fn speaks(&self) -> bool {
        self.spans
            .iter()
            .any(|span| !matches!(span.slot, Slot::Key | Slot::Protocol) && !span.text.is_empty())
    }

    /// Plain text as one user message: what `scan` and `replay` judge when the input is no request body.
    pub fn plain(text: &str) -> Self {
        let span = TextSpan {
            id: SpanId(0),
            pointer: String::new(),
            bytes: 0..text.len(),
            role: Role::User,
            slot: Slot::Content,
            turn: 0,
            text: text.to_owned(),
        };
        Request {
            body: Bytes::copy_from_slice(text.as_bytes()),
            dialect: dialect::plain(),
            spans: vec![span],
            unread: Vec::new(),
            model: None,
            stream: false,
            stream_asked: None,
        }
    }
}
