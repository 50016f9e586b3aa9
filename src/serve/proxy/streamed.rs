//! An upstream's answer on its way to the caller.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::BoxError;
use super::lanes::Lane;
use crate::serve::audit::{Audit, Open};

/// Bytes of ready data put together into one frame; more would only add latency.
const FRAME: usize = 64 << 10;

/// Turns given to hyper's own task after a chunk: another worker may be about to run it. Microseconds when nothing comes.
const TURNS: u8 = 8;

/// An upstream's body as it comes: what is ready goes out at once, in one piece. Trailers end here.
///
/// hyper hands over one chunk at a time and reads the next only when its own task has run. So that task is given a few
/// turns before a piece leaves; a write for each chunk would be most of what a stream costs.
pub(super) struct Streamed {
    inner: Incoming,
    ready: Option<Bytes>,
    more: BytesMut,
    /// Turns given since the last chunk came.
    turns: u8,
    failed: Option<BoxError>,
    /// `None` once the body has ended.
    open: Option<(Open, Lane)>,
    audit: Arc<Audit>,
}

impl Streamed {
    /// Streams `inner`; the request counts as `open` until it has ended.
    pub(super) fn new(inner: Incoming, open: (Open, Lane), audit: Arc<Audit>) -> Self {
        Streamed {
            inner,
            ready: None,
            more: BytesMut::new(),
            turns: 0,
            failed: None,
            open: Some(open),
            audit,
        }
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

    /// Puts `data` to what is ready; a first piece is not copied.
    fn add(&mut self, data: Bytes) {
        match self.ready.take() {
            None if self.more.is_empty() => self.ready = Some(data),
            first => {
                self.more.extend_from_slice(&first.unwrap_or_default());
                self.more.extend_from_slice(&data);
            }
        }
    }

    fn len(&self) -> usize {
        self.more.len() + self.ready.as_ref().map_or(0, Bytes::len)
    }

    /// What is ready, if anything.
    fn take(&mut self) -> Option<Frame<Bytes>> {
        self.turns = 0;
        let data = self.ready.take().unwrap_or_else(|| self.more.split().freeze());
        (!data.is_empty()).then(|| Frame::data(data))
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        while this.failed.is_none() && this.len() < FRAME {
            match this.next(cx) {
                Poll::Ready(Some(Ok(data))) => {
                    this.turns = 0;
                    this.add(data);
                }
                Poll::Ready(Some(Err(error))) => this.failed = Some(error),
                Poll::Ready(None) => break,
                Poll::Pending if this.len() == 0 => return Poll::Pending,
                Poll::Pending if this.turns >= TURNS => break,
                Poll::Pending => {
                    this.turns += 1;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
        if this.failed.is_some() && this.len() == 0 && this.turns == 0 {
            // hyper drops what it has not flushed when a body fails, and flushes when it has to wait.
            this.turns = 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match this.take() {
            Some(frame) => Poll::Ready(Some(Ok(frame))),
            None => Poll::Ready(this.failed.take().map(Err)),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.failed.is_none() && self.len() == 0 && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.len() as u64;
        let rest = self.inner.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(held));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(held));
        }
        hint
    }
}
