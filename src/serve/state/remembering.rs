//! An answer that names what was stored: the name is read as it passes, and what was screened is kept under it before the
//! caller can use it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::Memo;
use crate::serve::audit::Audit;
use crate::serve::proxy::{BoxError, Outgoing};

/// Bytes of an answer in which its name must come.
const HEAD: usize = 64 << 10;
/// Bytes of a name.
const NAME: usize = 256;

/// The body of such an answer.
pub(in crate::serve) struct Remembering {
    inner: Outgoing,
    sought: Sought,
    audit: Arc<Audit>,
    held: Option<Frame<Bytes>>,
    keeping: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Remembering {
    /// Passes `inner` on and keeps `memo` under the name it brings.
    pub(in crate::serve) fn new(inner: Outgoing, memo: Memo, audit: Arc<Audit>) -> Self {
        Remembering { inner, sought: Sought::new(Some(memo)), audit, held: None, keeping: None }
    }

    /// Looks for the name in what came so far.
    fn look(&mut self, data: &[u8]) {
        let Some((memo, name)) = self.sought.look(data) else { return };
        let audit = Arc::clone(&self.audit);
        self.keeping = Some(Box::pin(async move { memo.keep(&name, &audit.metrics).await }));
    }
}

/// What is to be kept under a name that is still to come in an answer.
#[derive(Debug, Default)]
pub(in crate::serve) struct Sought {
    memo: Option<Memo>,
    seen: Vec<u8>,
}

impl Sought {
    /// Seeks the name for `memo`; for none, nothing is sought.
    pub(in crate::serve) fn new(memo: Option<Memo>) -> Self {
        Sought { memo, seen: Vec::new() }
    }

    /// Looks at the next piece of the answer. What was found is given once.
    pub(in crate::serve) fn look(&mut self, data: &[u8]) -> Option<(Memo, String)> {
        self.memo.as_ref()?;
        let room = HEAD.saturating_sub(self.seen.len()).min(data.len());
        self.seen.extend_from_slice(data.get(..room).unwrap_or_default());
        let name = name(&self.seen);
        if name.is_none() && self.seen.len() < HEAD {
            return None;
        }
        self.seen = Vec::new();
        self.memo.take().zip(name)
    }
}

impl Body for Remembering {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        loop {
            if let Some(keeping) = &mut this.keeping {
                ready!(keeping.as_mut().poll(cx));
                this.keeping = None;
            }
            if let Some(frame) = this.held.take() {
                return Poll::Ready(Some(Ok(frame)));
            }
            match ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
                Some(Ok(frame)) if this.sought.memo.is_some() => {
                    let data = frame.data_ref().cloned().unwrap_or_default();
                    this.look(&data);
                    this.held = Some(frame);
                }
                other => return Poll::Ready(other),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.held.is_some() { SizeHint::default() } else { self.inner.size_hint() }
    }
}

/// The name of what was stored: the first `"id"` of the answer, or the thread a run belongs to.
fn name(seen: &[u8]) -> Option<String> {
    let of = |key: &str| {
        let at = memchr::memmem::find(seen, key.as_bytes())? + key.len();
        let rest = seen.get(at..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let value = rest.strip_prefix(b"\"")?;
        let end = value.iter().take(NAME).position(|byte| *byte == b'"')?;
        let name = std::str::from_utf8(value.get(..end)?).ok()?;
        (!name.is_empty() && !name.contains('\\')).then(|| name.to_owned())
    };
    let id = of("\"id\"")?;
    if id.starts_with("run_") { of("\"thread_id\"") } else { Some(id) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_is_the_name() {
        for (answer, want) in [
            (r#"{"id": "resp_1", "output": [{"id": "msg_1"}]}"#, Some("resp_1")),
            (
                "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_2\"",
                Some("resp_2"),
            ),
            (r#"{"id":"run_1","thread_id":"thread_1"}"#, Some("thread_1")),
            (r#"{"id":"run_1","#, None),
            (r#"{"id":"resp"#, None),
            (r#"{"id":5}"#, None),
            ("", None),
        ] {
            assert_eq!(name(answer.as_bytes()).as_deref(), want, "{answer}");
        }
    }
}
