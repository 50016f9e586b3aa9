//! Names that an API gives over a WebSocket to what it stores: they come with the events of an answer, and what was screened is
//! kept under them, so that whoever names it later, on whatever connection, goes on from it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use crate::serve::audit::Audit;
use crate::serve::state::Memo;

/// Requests whose answers have not begun.
const ASKED: usize = 16;
/// Names given on one connection that are known to be.
const NAMES: usize = 1024;
/// The event that asks for an answer, the one that names it, and the one that comes in its place.
const ASKS: &str = "response.create";
const NAMED: &str = "response.created";
const FAILED: &str = "error";

/// What waits for its name on one connection, and the names that were given.
#[derive(Debug)]
pub(super) struct Naming {
    audit: Arc<Audit>,
    waiting: Mutex<VecDeque<Memo>>,
    given: Mutex<VecDeque<String>>,
}

#[derive(Deserialize)]
struct Event<'e> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'e, str>>,
    response: Option<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    id: Option<String>,
}

/// The kind of an event; none when it is not one.
fn read(event: &[u8]) -> Option<Event<'_>> {
    serde_json::from_slice(event).ok()
}

impl Naming {
    /// Nothing waits yet.
    pub(super) fn new(audit: Arc<Audit>) -> Self {
        Naming { audit, waiting: Mutex::default(), given: Mutex::default() }
    }

    /// The names given so far: what they stand for has been said on this connection.
    pub(super) fn given(&self) -> Vec<String> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Waits for the name of the answer, if this event asks for one.
    pub(super) fn ask(&self, event: &[u8], memo: Memo) {
        if !memo.makes || read(event).and_then(|event| event.kind).is_none_or(|kind| kind != ASKS) {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= ASKED {
            waiting.pop_front();
        }
        waiting.push_back(memo);
    }

    /// Hears what the upstream says, before the caller does.
    pub(super) async fn hear(&self, said: &str) {
        let has = |kind: &str| memchr::memmem::find(said.as_bytes(), kind.as_bytes()).is_some();
        if self.is_idle() || !(has(NAMED) || has(FAILED)) {
            return;
        }
        let Some(event) = read(said.as_bytes()) else { return };
        let kind = event.kind.unwrap_or_default();
        if kind != NAMED && kind != FAILED {
            return;
        }
        let memo = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let name = event.response.and_then(|answer| answer.id).filter(|_| kind == NAMED);
        let (Some(memo), Some(name)) = (memo, name) else { return };
        memo.append(&self.audit.metrics).await;
        memo.keep(&name, &self.audit.metrics).await;
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if given.len() >= NAMES {
            given.pop_front();
        }
        given.push_back(name);
    }

    fn is_idle(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
