//! An upstream's answer on its way to the caller.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::BoxError;
use crate::serve::audit::{Audit, Open};

/// Bytes of ready data put together into one frame; more would only add latency.
const FRAME: usize = 64 << 10;

/// An upstream's body as it comes: what is ready goes out at once, in one piece. Trailers end here.
pub(super) struct Streamed {
    inner: Incoming,
    held: Option<BoxError>,
    /// `None` once the body has ended.
    open: Option<Open>,
    audit: Arc<Audit>,
}

impl Streamed {
    /// Streams `inner`; the request counts as `open` until it has ended.
    pub(super) fn new(inner: Incoming, open: Open, audit: Arc<Audit>) -> Self {
        Streamed { inner, held: None, open: Some(open), audit }
    }

    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        while self.open.is_some() {
            return Poll::Ready(match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Some(Ok(data)),
                    Err(_trailers) => continue,
                },
                Some(Err(error)) => {
                    self.audit.metrics.upstream_error("body");
                    Some(Err(error.into()))
                }
                None => {
                    self.open = None;
                    None
                }
            });
        }
        Poll::Ready(None)
    }

    /// Adds what else is ready to `first`.
    fn gather(&mut self, first: Bytes, cx: &mut Context<'_>) -> Bytes {
        let Poll::Ready(second) = self.next(cx) else { return first };
        let mut all = BytesMut::from(first);
        let mut more = second;
        loop {
            match more {
                Some(Ok(data)) => all.extend_from_slice(&data),
                Some(Err(error)) => {
                    self.held = Some(error);
                    break;
                }
                None => break,
            }
            if all.len() >= FRAME {
                break;
            }
            let Poll::Ready(next) = self.next(cx) else { break };
            more = next;
        }
        all.freeze()
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(error) = self.held.take() {
            return Poll::Ready(Some(Err(error)));
        }
        match ready!(self.next(cx)) {
            Some(Ok(first)) => Poll::Ready(Some(Ok(Frame::data(self.gather(first, cx))))),
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
