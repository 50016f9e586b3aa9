//! What second opinions said, kept for all proxies that share a store: the same text, asked of the same opinion in the same
//! version, is asked about once. The embedded model's own verdicts are not: to fetch one takes longer than to make it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::State;
use crate::judge::second::Said;
use crate::serve::audit::Audit;

/// A text and who was asked about it, as a hash.
pub(in crate::serve) type Asked = [u8; 16];

/// Answers that others may have been given already.
#[derive(Clone)]
pub(in crate::serve) struct Shared {
    state: Arc<State>,
    audit: Arc<Audit>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.fmt(out)
    }
}

impl Shared {
    /// What is shared through this store; nothing, if nobody else has it.
    pub(in crate::serve) fn through(state: &Arc<State>, audit: &Arc<Audit>) -> Option<Self> {
        state.is_shared().then(|| Shared { state: Arc::clone(state), audit: Arc::clone(audit) })
    }

    /// What was said, if anybody was told. A store that is down knows nothing, which is counted; whoever asks is asked himself.
    pub(in crate::serve) async fn recall(&self, asked: &Asked) -> Option<Said> {
        let (said, result) = match self.state.answer(asked).await {
            Ok(Some(said)) => (Some(said), "found"),
            Ok(None) => (None, "unknown"),
            Err(_) => (None, "failed"),
        };
        self.audit.metrics.reach.state("recall", result);
        said
    }

    /// Tells the others.
    pub(in crate::serve) async fn keep(&self, asked: &Asked, said: Said, time: Duration) {
        let kept = self.state.keep_answer(asked, said, time).await;
        self.audit.metrics.reach.state("share", if kept.is_ok() { "kept" } else { "failed" });
    }
}
