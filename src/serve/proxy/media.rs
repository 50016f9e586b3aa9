//! What form a body comes in: read from its content type, passed on as we write it.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};

use super::answer::Refused;
use super::headers;
use crate::request::dialect::{Dialect, RouteKind, boundary};

/// What curl says of a body it was told nothing about.
const CURLS_OWN: &[u8] = b"application/x-www-form-urlencoded";

/// The form of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Media {
    /// JSON in UTF-8.
    Json,
    /// A form with this boundary.
    Form(String),
    /// An event over a WebSocket, after earlier ones that begin at these bytes.
    Event(Bytes, Vec<usize>),
}

impl Media {
    /// The form a route takes and a request has.
    ///
    /// # Errors
    /// 415 when they differ.
    pub(super) fn of(dialect: &Dialect, kind: RouteKind, fields: &HeaderMap) -> Result<Self, Refused> {
        // What goes on is labelled as JSON whatever it came as, so such a body has one reading all the same.
        let sent = fields.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
        let untyped = dialect.is_untyped() && sent.is_none_or(|sent| sent == CURLS_OWN);
        if kind != RouteKind::Form {
            return if untyped {
                Ok(Media::Json)
            } else {
                headers::check_media(fields).map(|()| Media::Json)
            };
        }
        let value = fields.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        value.and_then(boundary).map(|boundary| Media::Form(boundary.to_owned())).ok_or_else(|| {
            Refused::media("the content type must be multipart/form-data with a boundary of plain letters")
        })
    }

    /// The content type in our words.
    pub(super) fn content_type(&self) -> HeaderValue {
        let json = HeaderValue::from_static("application/json");
        match self {
            Media::Json | Media::Event(..) => json,
            Media::Form(boundary) => {
                let written = format!("multipart/form-data; boundary={boundary}");
                HeaderValue::from_str(&written).unwrap_or(json)
            }
        }
    }
}
