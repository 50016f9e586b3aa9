//! Which API a request speaks. A dialect labels strings; it cannot hide one.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::request::Request;
use crate::request::span::{Role, Slot, SpanId, TextSpan};

/// One API: how to label its strings and how it says no.
#[derive(Debug)]
pub struct Dialect {
    /// The name used in config, metrics and logs.
    pub name: &'static str,
    /// The paths it serves.
    pub routes: &'static [Route],
}

/// One method and path.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// What it takes.
    pub kind: RouteKind,
}

/// What a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteKind {
    /// A body to screen.
    Message,
    /// No body.
    ReadOnly,
}

/// What a method and path lead to.
#[derive(Debug)]
pub enum RouteMatch {
    /// A known route.
    Found(&'static Dialect, RouteKind),
    /// A known path, another method.
    WrongMethod(&'static str),
    /// Neither.
    Unknown,
}

static PLAIN: Dialect = Dialect { name: "plain", routes: &[] };
static OPENAI: Dialect = Dialect {
    name: "openai",
    routes: &[
        Route { method: "POST", path: "/v1/chat/completions", kind: RouteKind::Message },
        Route { method: "GET", path: "/v1/models", kind: RouteKind::ReadOnly },
    ],
};
static ANTHROPIC: Dialect = Dialect {
    name: "anthropic",
    routes: &[Route { method: "POST", path: "/v1/messages", kind: RouteKind::Message }],
};

/// The dialect of bare text.
pub(crate) fn plain() -> &'static Dialect {
    &PLAIN
}

/// The route of a method and a normalised path.
pub fn find_route(method: &str, path: &str) -> RouteMatch {
    for dialect in [&OPENAI, &ANTHROPIC] {
        for route in dialect.routes {
            if route.path == path && route.method == method {
                return RouteMatch::Found(dialect, route.kind);
            }
            if route.path == path {
                return RouteMatch::WrongMethod(route.method);
            }
        }
    }
    RouteMatch::Unknown
}

/// The dialect to say no in when the route is unknown.
pub fn dialect_for_path(path: &str) -> &'static Dialect {
    if path.starts_with("/v1/messages") { &ANTHROPIC } else { &OPENAI }
}

/// How much of a body is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of the body.
    pub body_bytes: usize,
    /// Bytes of text.
    pub text_bytes: usize,
    /// Nesting.
    pub depth: usize,
    /// Values.
    pub nodes: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        ReadLimits { body_bytes: 32 << 20, text_bytes: 8 << 20, depth: 64, nodes: 1_000_000 }
    }
}

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

impl Unreadable {
    /// The stable reason code.
    pub fn code(&self) -> &'static str {
        "not_json"
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        400
    }
}

/// Reads a body.
///
/// # Errors
/// When it is no JSON object.
pub fn read(dialect: &'static Dialect, body: Bytes, _limits: &ReadLimits) -> Result<Request, Unreadable> {
    let value: Value = serde_json::from_slice(&body).map_err(|error| Unreadable(error.to_string()))?;
    if !value.is_object() {
        return Err(Unreadable("the body is not an object".into()));
    }
    let mut spans = Vec::new();
    let mut todo = vec![(String::new(), &value)];
    while let Some((pointer, value)) = todo.pop() {
        match value {
            Value::String(text) => spans.push(TextSpan {
                id: SpanId(u32::try_from(spans.len()).unwrap_or(0)),
                bytes: 0..0,
                role: Role::User,
                slot: if ["/role", "/type", "/model"].iter().any(|end| pointer.ends_with(end)) {
                    Slot::Protocol
                } else {
                    Slot::Content
                },
                turn: 0,
                text: text.clone(),
                pointer,
            }),
            Value::Array(items) => {
                todo.extend(
                    items.iter().enumerate().rev().map(|(at, item)| (format!("{pointer}/{at}"), item)),
                );
            }
            Value::Object(map) => {
                todo.extend(map.iter().rev().map(|(key, item)| (format!("{pointer}/{key}"), item)));
            }
            _ => {}
        }
    }
    let model = value["model"].as_str().map(str::to_owned);
    let stream = value["stream"] == true;
    Ok(Request { body, dialect, spans, model, stream })
}

/// Whether a refusal is an error or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefusalStyle {
    /// An error envelope.
    #[default]
    Error,
    /// As the model would refuse.
    Refusal,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// For what it says.
    Blocked,
    /// For its form.
    Malformed {
        /// HTTP status.
        status: u16,
        /// Reason code.
        code: &'static str,
    },
    /// Too large.
    TooLarge,
    /// No such route.
    UnknownRoute,
    /// Another method.
    WrongMethod,
    /// Another content type.
    UnsupportedMedia,
    /// Not screened to the end.
    Unscreened,
    /// Too much to do.
    Overloaded,
    /// No upstream.
    UpstreamDown,
    /// A slow upstream.
    UpstreamTimeout,
    /// Our fault.
    Internal,
}

impl RefusalKind {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            RefusalKind::Blocked => 400,
            RefusalKind::Malformed { status, .. } => status,
            RefusalKind::TooLarge => 413,
            RefusalKind::UnknownRoute => 404,
            RefusalKind::WrongMethod => 405,
            RefusalKind::UnsupportedMedia => 415,
            RefusalKind::Unscreened | RefusalKind::Overloaded => 503,
            RefusalKind::UpstreamDown => 502,
            RefusalKind::UpstreamTimeout => 504,
            RefusalKind::Internal => 500,
        }
    }

    /// The stable reason code.
    pub fn code(self) -> &'static str {
        match self {
            RefusalKind::Blocked => "content_policy_violation",
            RefusalKind::Malformed { code, .. } => code,
            RefusalKind::TooLarge => "request_too_large",
            RefusalKind::UnknownRoute => "unknown_route",
            RefusalKind::WrongMethod => "method_not_allowed",
            RefusalKind::UnsupportedMedia => "unsupported_media_type",
            RefusalKind::Unscreened => "unscreened",
            RefusalKind::Overloaded => "overloaded",
            RefusalKind::UpstreamDown => "upstream_unavailable",
            RefusalKind::UpstreamTimeout => "upstream_timeout",
            RefusalKind::Internal => "internal_error",
        }
    }
}

/// A refusal to word.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// Why.
    pub kind: RefusalKind,
    /// In words.
    pub message: &'a str,
    /// The request's id.
    pub request_id: &'a str,
    /// Error or answer.
    pub style: RefusalStyle,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// The model asked for.
    pub model: Option<&'a str>,
}

/// A worded refusal.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// Body.
    pub body: Bytes,
}

impl Dialect {
    /// Words a refusal.
    pub fn refuse(&self, refusal: &Refusal<'_>) -> Answer {
        let body = if self.name == "anthropic" {
            json!({"type": "error", "error": {"type": "invalid_request_error", "message": refusal.message},
                "request_id": refusal.request_id})
        } else {
            json!({"error": {"message": refusal.message, "type": "invalid_request_error", "param": null,
                "code": refusal.kind.code()}})
        };
        Answer {
            status: refusal.kind.status(),
            content_type: "application/json",
            body: body.to_string().into(),
        }
    }
}
