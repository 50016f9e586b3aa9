//! Answers of the proxy's own: what is refused, in which style, and the finished answer.

use bytes::Bytes;
use serde_json::Value;

use super::reply::Reply;
use super::reply::Said;

/// How a blocked request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefusalStyle {
    /// An error in the API's own envelope, which its SDKs raise.
    #[default]
    Error,
    /// Status 200 and a message that declines, as the model would.
    Refusal,
}

/// Why a request is not forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Its content was judged and blocked.
    Blocked,
    /// It has no single reading: status and code of the `Unreadable`, or of a broken frame.
    Malformed {
        /// 400, 413 or 415.
        status: u16,
        /// The stable reason code.
        code: &'static str,
    },
    /// The body is over the limit.
    TooLarge,
    /// The body came too slowly.
    TooSlow,
    /// No such path.
    UnknownRoute,
    /// The path takes another method.
    WrongMethod,
    /// The path is known and switched off.
    Denied,
    /// A content type or coding the proxy cannot read.
    UnsupportedMedia,
    /// The screening could not be finished, and policy says to fail closed.
    Unscreened,
    /// Too many requests at once.
    Overloaded,
    /// The upstream cannot be reached, or broke off.
    UpstreamDown,
    /// The upstream did not answer in time.
    UpstreamTimeout,
    /// A fault of the proxy's own.
    Internal,
}

impl RefusalKind {
    /// All kinds, for tables and tests.
    pub const ALL: &'static [RefusalKind] = &[
        RefusalKind::Blocked,
        RefusalKind::Malformed { status: 400, code: "not_json" },
        RefusalKind::TooLarge,
        RefusalKind::TooSlow,
        RefusalKind::UnknownRoute,
        RefusalKind::WrongMethod,
        RefusalKind::Denied,
        RefusalKind::UnsupportedMedia,
        RefusalKind::Unscreened,
        RefusalKind::Overloaded,
        RefusalKind::UpstreamDown,
        RefusalKind::UpstreamTimeout,
        RefusalKind::Internal,
    ];

    /// The HTTP status of the error style.
    pub fn status(self) -> u16 {
        self.row().0
    }

    /// The stable code: a metric label, and `error.code` where the API has such a field.
    pub fn code(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (u16, &'static str) {
        match self {
            RefusalKind::Blocked => (400, "content_policy_violation"),
            RefusalKind::Malformed { status, code } => (status, code),
            RefusalKind::TooLarge => (413, "request_too_large"),
            RefusalKind::TooSlow => (408, "request_timeout"),
            RefusalKind::UnknownRoute => (404, "unknown_route"),
            RefusalKind::WrongMethod => (405, "method_not_allowed"),
            RefusalKind::Denied => (403, "route_denied"),
            RefusalKind::UnsupportedMedia => (415, "unsupported_media_type"),
            RefusalKind::Unscreened => (503, "unscreened"),
            RefusalKind::Overloaded => (503, "overloaded"),
            RefusalKind::UpstreamDown => (502, "upstream_unreachable"),
            RefusalKind::UpstreamTimeout => (504, "upstream_timeout"),
            RefusalKind::Internal => (500, "internal_error"),
        }
    }
}

/// Everything an answer is made from.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// Why.
    pub kind: RefusalKind,
    /// What the caller is told. Never prompt text.
    pub message: &'a str,
    /// The id of the request, as in the `x-unspool-request-id` header.
    pub request_id: &'a str,
    /// How a blocked request is answered; every other kind is an error whatever this says.
    pub style: RefusalStyle,
    /// Whether the caller asked for a stream.
    pub stream: bool,
    /// The model the caller asked for.
    pub model: Option<&'a str>,
    /// The path asked, without its query.
    pub path: &'a str,
    /// The query.
    pub query: &'a str,
}

impl Refusal<'_> {
    /// Whether to answer as the model would.
    pub(super) fn as_model(&self) -> bool {
        self.style == RefusalStyle::Refusal && self.kind == RefusalKind::Blocked
    }

    /// The refusal as a stream of the model's own words, whatever was asked for.
    pub(super) fn streamed(&self) -> Reply<'_> {
        Reply { stream: true, ..self.reply() }
    }

    /// The refusal as the model's own words.
    pub(super) fn reply(&self) -> Reply<'_> {
        Reply {
            text: self.message,
            refused: true,
            call: None,
            model: self.model.unwrap_or_default(),
            id: self.request_id,
            read: 0,
            written: 0,
            stream: self.stream,
            usage: false,
            path: self.path,
            query: self.query,
        }
    }
}

/// A finished answer, still without headers of the proxy's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The value of `content-type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Answer { status, content_type: "application/json", body: Bytes::from(body.to_string()) }
    }
}

impl From<Said> for Answer {
    fn from(said: Said) -> Self {
        Answer { status: 200, content_type: said.content_type, body: said.pieces.concat().into() }
    }
}
