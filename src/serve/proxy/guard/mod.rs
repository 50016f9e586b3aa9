//! The strict reader in front of hyper: HTTP/1 as RFC 9112 writes it, or a refusal. hyper forgives bare line feeds, odd
//! codings and more; what it forgives, the next server may read otherwise.

mod frames;
mod head;
mod wire;

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

pub(super) use self::head::is_value;
use self::wire::Wire;
use crate::request::dialect::RefusalKind;

/// The field of the request that is put in the place of a faulty one. Sent by a caller it changes nothing.
pub(super) const FAULT_FIELD: &str = "x-unspool-fault";
/// Bytes read away after a fault, so that the refusal arrives before the connection is reset.
const SWALLOWED: usize = 64 << 10;

/// What is wrong with a request before it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// Why, as the dialect words it.
    pub(super) kind: RefusalKind,
    /// Why, in words for the caller.
    pub(super) message: &'static str,
}

impl Fault {
    const fn new(status: u16, code: &'static str, message: &'static str) -> Self {
        Fault { kind: RefusalKind::Malformed { status, code }, message }
    }
}

/// Where the fault of a connection is left for whoever answers it. There is one at most: it is the connection's last request.
pub(super) type Verdict = Arc<OnceLock<Fault>>;

/// Opened once a WebSocket is agreed on. Closed, nothing that follows the request for one is read.
pub(super) type Gate = Arc<AtomicBool>;

/// A stream whose heads are whole and well formed. A faulty one is replaced by a request that only says so, which keeps
/// the order of answers on the connection.
pub(super) struct Guard<S> {
    inner: S,
    wire: Wire,
    patience: Duration,
    alarm: Option<Pin<Box<Sleep>>>,
    verdict: Verdict,
    gate: Gate,
    swallowed: usize,
}

impl<S> Guard<S> {
    /// Guards `inner`; a head that was begun must be whole within `patience`.
    pub(super) fn new(inner: S, patience: Duration) -> Self {
        let (verdict, gate) = Default::default();
        Guard { inner, wire: Wire::default(), patience, alarm: None, verdict, gate, swallowed: 0 }
    }

    /// What opens the connection for a WebSocket.
    pub(super) fn gate(&self) -> Gate {
        Arc::clone(&self.gate)
    }

    /// Lets the peer send what HTTP/2 allows: it is a gateway of the operator's own, and the frames that a flood is made of
    /// are its callers leaving.
    pub(super) fn trusting(mut self) -> Self {
        self.wire.trust();
        self
    }

    /// Where a fault will be found.
    pub(super) fn verdict(&self) -> Verdict {
        Arc::clone(&self.verdict)
    }

    fn fail(&mut self, fault: Fault) {
        self.wire.fail(&fault);
        // A second fault cannot come: nothing is read after the first.
        let _ = self.verdict.set(fault);
        self.alarm = None;
    }

    /// Whether a begun head is overdue. Sets and stops the clock.
    fn late(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.wire.waits() {
            self.alarm = None;
            return false;
        }
        let patience = self.patience;
        self.alarm.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx).is_ready()
    }
}

impl<S: AsyncRead + Unpin> Guard<S> {
    /// Reads more and looks at it. `false` at the end of the stream.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut piece = [0; 4096];
        let mut read = ReadBuf::new(&mut piece);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut read))?;
        let bytes = read.filled();
        if self.wire.is_broken() {
            self.swallowed = self.swallowed.saturating_add(bytes.len());
        } else if let Err(fault) = self.wire.feed(bytes) {
            if self.wire.is_frames() {
                return Poll::Ready(Err(flooded(fault)));
            }
            self.fail(fault);
        }
        Poll::Ready(Ok(!read.filled().is_empty()))
    }

    /// Reads bytes that need no looking at: bodies, and HTTP/2.
    fn poll_through(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = most.min(buf.remaining());
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(room));
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut part))?;
        let count = part.filled().len();
        let sound = self.wire.passed(part.filled());
        buf.advance(count);
        Poll::Ready(sound.map_err(flooded))
    }
}

/// In HTTP/2 there is no request to put in the place of a flood: the connection ends.
fn flooded(fault: Fault) -> io::Error {
    tracing::warn!(reason = fault.kind.code(), "a connection is cut");
    io::Error::new(io::ErrorKind::InvalidData, fault.message)
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while !this.wire.give(buf) {
            if this.late(cx) {
                this.fail(Fault { kind: RefusalKind::TooSlow, message: "the request head came too slowly" });
                continue;
            }
            if this.wire.is_asked() {
                if !this.gate.load(Ordering::Acquire) {
                    // Nobody waits for these bytes before the answer is out, and then they are asked for anew.
                    return Poll::Pending;
                }
                this.wire.switch();
                continue;
            }
            if let Some(most) = this.wire.open() {
                return this.poll_through(cx, most, buf);
            }
            if this.swallowed >= SWALLOWED {
                return Poll::Pending;
            }
            let more = ready!(this.poll_more(cx))?;
            if !more && this.wire.is_broken() {
                // To say that the caller closed its side would take the answer from it.
                return Poll::Pending;
            }
            if !more {
                return Poll::Ready(Ok(()));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
