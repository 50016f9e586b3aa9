//! What a message may hold while it comes: frames add up before anybody can judge them.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Counts the bytes of the message that is coming, against the memory all bodies share.
#[derive(Debug)]
pub(super) struct Meter {
    memory: Arc<Semaphore>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    bytes: usize,
    granted: Option<OwnedSemaphorePermit>,
}

impl Meter {
    /// A meter that takes from `memory`, in KiB.
    pub(super) fn new(memory: &Arc<Semaphore>) -> Arc<Self> {
        Arc::new(Meter { memory: Arc::clone(memory), held: Mutex::default() })
    }

    /// The message is whole: whoever has it pays for it from now on.
    pub(super) fn whole(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Held::default();
    }

    /// Takes note of more bytes; false when there is no room for them.
    fn take(&self, bytes: usize) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.bytes = held.bytes.saturating_add(bytes);
        let granted = held.granted.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        // Small messages are not worth the count.
        let wanted = (held.bytes / 1024).saturating_sub(granted);
        let Ok(wanted @ 1..) = u32::try_from(wanted) else { return wanted == 0 };
        match (Arc::clone(&self.memory).try_acquire_many_owned(wanted), &mut held.granted) {
            (Ok(more), Some(granted)) => granted.merge(more),
            (Ok(more), granted @ None) => *granted = Some(more),
            (Err(_), _) => return false,
        }
        true
    }
}

/// A stream whose reading is metered.
pub(super) struct Metered<S> {
    inner: S,
    meter: Arc<Meter>,
}

impl<S> Metered<S> {
    /// Meters what is read from `inner`.
    pub(super) fn new(inner: S, meter: Arc<Meter>) -> Self {
        Metered { inner, meter }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        if self.meter.take(buf.filled().len() - before) {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::OutOfMemory,
            "too many request bodies are held already",
        )))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_granted_until_it_is_whole() {
        let memory = Arc::new(Semaphore::new(4));
        let meter = Meter::new(&memory);
        assert!(meter.take(1000) && memory.available_permits() == 4);
        assert!(meter.take(2000) && memory.available_permits() == 2);
        assert!(!meter.take(3000));
        meter.whole();
        assert_eq!(memory.available_permits(), 4);
        assert!(meter.take(4096) && memory.available_permits() == 0);
    }
}
