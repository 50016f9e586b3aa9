//! What the embedded judges said of long texts, for all proxies that share a store. Believed as it stands: whoever can write to the
//! store can have a text pass, so it is asked for by name.

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::State;
use crate::request::Request;
use crate::screen::learned::{Known, Mark, told, unread};
use crate::screen::{Engine, Screening};
use crate::serve::audit::Audit;

/// Bytes of what is told of one text.
const MOST: usize = 128 << 10;

/// Verdicts that others may have come to already.
pub(in crate::serve) struct Verdicts {
    state: Arc<State>,
    audit: Arc<Audit>,
}

/// Texts that nobody had told of.
pub(in crate::serve) type Untold = Vec<(usize, Mark)>;

impl fmt::Debug for Verdicts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.fmt(out)
    }
}

impl Verdicts {
    /// Those in this store; none, if nobody else has it or they are not to be shared.
    pub(in crate::serve) fn through(state: &Arc<State>, audit: &Arc<Audit>) -> Option<Self> {
        let shares = state.is_shared() && state.settings.share_verdicts;
        shares.then(|| Verdicts { state: Arc::clone(state), audit: Arc::clone(audit) })
    }

    /// Learns what others said of the texts of a request that were not read here, and gives those nobody told of. For threads that
    /// may wait. A store that is down knows nothing, which is counted.
    pub(in crate::serve) fn recall(&self, engine: &Engine, request: &Request) -> Untold {
        let mut asked = unread(engine, request);
        if asked.is_empty() {
            return asked;
        }
        let marks: Vec<Mark> = asked.iter().map(|(_, mark)| *mark).collect();
        let Ok(found) = Handle::current().block_on(self.state.verdicts(&marks)) else {
            self.audit.metrics.reach.state("verdicts_recall", "failed");
            return Vec::new();
        };
        let mut answers = found.into_iter();
        asked.retain(|_| {
            // What cannot be read was not written here.
            let known =
                answers.next().flatten().and_then(|bytes| serde_json::from_slice::<Vec<Known>>(&bytes).ok());
            self.audit
                .metrics
                .reach
                .state("verdicts_recall", if known.is_some() { "found" } else { "unknown" });
            let is_unknown = known.is_none();
            engine.kept.learn(&engine.judges, known.unwrap_or_default());
            is_unknown
        });
        asked
    }

    /// Tells the others, without waiting for it.
    pub(in crate::serve) fn share(&self, engine: &Engine, found: &Screening, untold: &Untold) {
        if untold.is_empty() || !found.incomplete.is_empty() {
            return;
        }
        let bundle = |(at, mark): &(usize, Mark)| {
            let told = serde_json::to_vec(&told(engine, found, *at)).ok()?;
            (told.len() <= MOST).then_some((*mark, told))
        };
        let bundles: Vec<(Mark, Vec<u8>)> = untold.iter().filter_map(bundle).collect();
        let (state, audit) = (Arc::clone(&self.state), Arc::clone(&self.audit));
        Handle::current().spawn(async move {
            let kept = state.keep_verdicts(bundles).await;
            audit.metrics.reach.state("verdicts_share", if kept.is_ok() { "kept" } else { "failed" });
        });
    }
}
