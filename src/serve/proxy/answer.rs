//! The answers the proxy makes itself, in the caller's dialect.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};

use super::Outgoing;
use super::target::Target;
use crate::request::dialect::{Dialect, Refusal, RefusalKind, RefusalStyle, Unreadable};
use crate::serve::audit::{Record, told};
use crate::serve::settings::Answering;

static ACTION: HeaderName = HeaderName::from_static("x-unspool-action");
static REQUEST_ID: HeaderName = HeaderName::from_static("x-unspool-request-id");
static RULE: HeaderName = HeaderName::from_static("x-unspool-rule");
static SECOND: HeaderName = HeaderName::from_static("x-unspool-second");
static RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// A request that is answered here instead of being passed on.
#[derive(Debug)]
pub(in crate::serve) struct Refused {
    /// Why, as the dialect words it.
    pub(in crate::serve) kind: RefusalKind,
    /// Why, in words for the caller.
    pub(in crate::serve) message: Cow<'static, str>,
    /// The method to use instead.
    pub(super) allow: Option<&'static str>,
}

impl Refused {
    /// A refusal of this kind.
    pub(super) fn new(kind: RefusalKind, message: impl Into<Cow<'static, str>>) -> Self {
        Refused { kind, message: message.into(), allow: None }
    }

    /// A refusal for form.
    pub(super) fn malformed(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Refused::new(RefusalKind::Malformed { status, code }, message)
    }

    /// A refusal of a content type or coding.
    pub(super) fn media(message: impl Into<Cow<'static, str>>) -> Self {
        Refused::new(RefusalKind::UnsupportedMedia, message)
    }

    /// A refusal of a body over the cap.
    pub(super) fn too_large(limit: usize) -> Self {
        Refused::new(RefusalKind::TooLarge, format!("the body is larger than {limit} bytes"))
    }
}

impl From<Unreadable> for Refused {
    fn from(why: Unreadable) -> Self {
        Refused::malformed(why.status(), why.code(), why.to_string())
    }
}

/// Who a refusal is said to.
#[derive(Debug)]
pub(super) struct Caller {
    /// The API it speaks.
    pub(super) dialect: &'static Dialect,
    /// Whether it asked for a stream.
    pub(super) stream: bool,
    /// The model it asked for.
    pub(super) model: Option<String>,
    /// How it is answered.
    pub(super) answer: Answering,
    /// The path it asked, and the query.
    pub(super) target: Target,
}

/// Words a refusal.
pub(super) fn refuse(refused: &Refused, caller: &Caller, request_id: &str) -> Response<Outgoing> {
    // Only a verdict on what was said may look like the model's own answer; the rest are errors.
    let style = if refused.kind == RefusalKind::Blocked { caller.answer.style } else { RefusalStyle::Error };
    let answer = caller.dialect.refuse(&Refusal {
        kind: refused.kind,
        message: &refused.message,
        request_id,
        style,
        stream: caller.stream,
        model: caller.model.as_deref(),
        path: &caller.target.path,
        query: caller.target.query.as_deref().unwrap_or_default(),
    });
    let mut response = Response::new(whole(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    // SDKs send 5xx and 429 three times over; only a failed upstream is worth that.
    if refused.kind != RefusalKind::UpstreamDown {
        fields.insert(RETRY.clone(), HeaderValue::from_static("false"));
    }
    if refused.kind.status() == 503 {
        fields.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    if let Some(method) = refused.allow {
        fields.insert(header::ALLOW, HeaderValue::from_static(method));
    }
    response
}

/// Puts the proxy's own fields on any answer.
pub(super) fn label(fields: &mut HeaderMap, record: &Record, expose: bool) {
    fields.insert(ACTION.clone(), HeaderValue::from_static(record.outcome));
    if let Ok(id) = HeaderValue::from_str(&record.request_id) {
        fields.insert(REQUEST_ID.clone(), id);
    }
    if let (true, Some(Ok(rule))) = (expose, record.rule.as_deref().map(HeaderValue::from_str)) {
        fields.insert(RULE.clone(), rule);
    }
    if let (true, Some(Ok(told))) = (expose, told(record).as_deref().map(HeaderValue::from_str)) {
        fields.insert(SECOND.clone(), told);
    }
}

/// A body held whole.
pub(in crate::serve) fn whole(body: Bytes) -> Outgoing {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}
