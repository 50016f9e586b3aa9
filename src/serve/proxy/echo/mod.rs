//! The stand-in model: answers in every API's own form, saying back the start of what it was told. In process, after the
//! same judgement as any upstream.

mod asked;
mod other;
mod socket;

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use tokio::time::{Interval, interval};

pub(super) use self::socket::converse;
use super::answer::whole;
use super::upstream::Outbound;
use super::{BoxError, Outgoing};
use crate::request::dialect::{Refusal, RefusalKind, RefusalStyle, Reply, Said};
use crate::serve::audit::Open;

/// The pause between two streamed pieces: long enough to be seen, short enough not to be waited for.
const PAUSE: Duration = Duration::from_millis(5);
/// The name the stand-in gives itself when no model was asked for.
const NAME: &str = "echo";

/// Answers a cleared request, which counts as `open` while the answer streams.
pub(super) fn answer(outbound: &Outbound<'_>, body: &[u8], open: Open) -> Response<Outgoing> {
    let (asked, path) = (outbound.asked, outbound.target.path.as_str());
    let wish = asked::wish(body, asked);
    let read = tokens(asked.text_bytes);
    let id = uuid::Uuid::now_v7().simple().to_string();
    let model = asked.model.as_deref().unwrap_or(NAME);
    let reply = Reply {
        text: &wish.text,
        refused: false,
        call: wish.call.as_ref(),
        model,
        id: &id,
        read,
        written: tokens(wish.text.len()),
        stream: asked.stream,
        usage: wish.usage,
        path,
        query: outbound.target.query.as_deref().unwrap_or_default(),
    };
    if let Some(said) = outbound.dialect.say(&reply) {
        return spoken(said, open);
    }
    if let Some((media, body)) = other::answer(&reply, &wish.body) {
        return full(StatusCode::OK, media, body);
    }
    let refused = outbound.dialect.refuse(&Refusal {
        kind: RefusalKind::UnknownRoute,
        message: "the stand-in model does not serve this path",
        request_id: &id,
        style: RefusalStyle::Error,
        stream: false,
        model: asked.model.as_deref(),
        path,
        query: reply.query,
    });
    full(StatusCode::NOT_FOUND, refused.content_type, refused.body)
}

/// About as many tokens as a real model would count.
fn tokens(bytes: usize) -> usize {
    bytes / 4 + 1
}

fn full(status: StatusCode, media: &'static str, body: Bytes) -> Response<Outgoing> {
    let mut response = Response::new(whole(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

fn spoken(said: Said, open: Open) -> Response<Outgoing> {
    let mut pieces = VecDeque::from(said.pieces);
    if pieces.len() < 2 {
        return full(StatusCode::OK, said.content_type, pieces.pop_front().unwrap_or_default());
    }
    let mut response = Response::new(Paced { pieces, beat: interval(PAUSE), _open: open }.boxed_unsync());
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(said.content_type));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Pieces, one a beat.
struct Paced {
    pieces: VecDeque<Bytes>,
    beat: Interval,
    _open: Open,
}

impl Body for Paced {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.pieces.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.beat.poll_tick(cx));
        Poll::Ready(self.pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}
