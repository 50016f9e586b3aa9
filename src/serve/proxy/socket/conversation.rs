//! What a caller says over one WebSocket: each event is judged with those before it, and only what is cleared is sent.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::naming::Naming;
use crate::request::dialect::{Dialect, Found, Refusal, RefusalKind, RefusalStyle};
use crate::serve::audit::Entry;
use crate::serve::policy::Key;
use crate::serve::proxy::Proxy;
use crate::serve::proxy::answer::{Caller, Refused};
use crate::serve::proxy::body::{Coding, Received, reserve};
use crate::serve::proxy::exchange::{Passed, decided};
use crate::serve::proxy::judging::Case;
use crate::serve::proxy::media::Media;
use crate::serve::proxy::target::Target;

/// Characters of a caller's name for an event that are said back.
const NAME: usize = 64;

/// The caller's side of a conversation.
pub(super) struct Conversation {
    proxy: Arc<Proxy>,
    dialect: &'static Dialect,
    target: Target,
    found: Found,
    key: Option<Key>,
    /// The events that were sent on and said something, one after the other, and where each begins.
    earlier: Bytes,
    starts: Vec<usize>,
    /// What they take of the memory all bodies share.
    memory: Option<OwnedSemaphorePermit>,
    naming: Arc<Naming>,
}

impl Conversation {
    /// A conversation that has not begun.
    pub(super) fn new(proxy: Arc<Proxy>, caller: &Caller, found: Found, key: Option<Key>) -> Self {
        Conversation {
            naming: Arc::new(Naming::new(Arc::clone(&proxy.audit))),
            proxy,
            dialect: caller.dialect,
            target: caller.target.clone(),
            found,
            key,
            earlier: Bytes::new(),
            starts: Vec::new(),
            memory: None,
        }
    }

    /// The memory all bodies share.
    pub(super) fn room(&self) -> &Arc<Semaphore> {
        &self.proxy.memory
    }

    /// Who hears the names that the upstream gives.
    pub(super) fn naming(&self) -> Arc<Naming> {
        Arc::clone(&self.naming)
    }

    /// Judges an event: gives what is to be sent on, or what the caller is told instead.
    pub(super) async fn judge(&mut self, event: Bytes) -> Result<Utf8Bytes, Vec<String>> {
        let (mut entry, mut caller) = self.begin();
        match self.pass(event.clone(), &mut caller, &mut entry).await {
            Ok((text, speaks)) => {
                entry.record.status = 101;
                if !speaks {
                    // Sound comes fifty times a second and decides nothing; it is counted, not recorded.
                    entry.forget();
                }
                Ok(text)
            }
            Err(refused) => Err(self.refuse(&refused, &caller, &event, &mut entry)),
        }
    }

    /// What the caller is told of a message that is no event at all.
    pub(super) fn no_event(&self, refused: &Refused) -> Vec<String> {
        let (mut entry, caller) = self.begin();
        self.refuse(refused, &caller, &[], &mut entry)
    }

    /// The record of an event, and who is answered.
    fn begin(&self) -> (Entry, Caller) {
        let mut entry = self.proxy.audit.open();
        entry.record.route = self.target.path.chars().take(128).collect();
        entry.record.dialect = self.dialect.name;
        let caller = Caller {
            dialect: self.dialect,
            stream: true,
            model: self.found.model.clone(),
            target: self.target.clone(),
            answer: self.proxy.current.now().usual().answer.clone(),
        };
        (entry, caller)
    }

    /// The event as it is sent on, and whether it says anything.
    async fn pass(
        &mut self,
        event: Bytes,
        caller: &mut Caller,
        entry: &mut Entry,
    ) -> Result<(Utf8Bytes, bool), Refused> {
        let length = event.len();
        let case = Case {
            live: self.proxy.current.now(),
            dialect: self.dialect,
            found: self.found.clone(),
            media: Media::Event(self.earlier.clone(), self.starts.clone()),
            route: self.target.path.clone(),
            key: self.key,
            received: Received::held(event, &self.proxy.memory)?,
            coding: Coding::Identity,
            here: self.naming.given(),
        };
        let Passed { cleared, asked, memo, memory: _memory } =
            decided(&self.proxy, case, caller, entry).await?;
        let whole = cleared.into_body();
        let start = whole.len().saturating_sub(length);
        let event = Utf8Bytes::try_from(whole.slice(start..))
            .map_err(|_| Refused::malformed(400, "invalid_utf8", "the event is not UTF-8"))?;
        if let Some(memo) = memo {
            self.naming.ask(event.as_bytes(), memo);
        }
        if asked.speaks {
            reserve(&mut self.memory, &self.proxy.memory, length)?;
            self.starts.push(start);
            self.earlier = whole;
        }
        Ok((event, asked.speaks))
    }

    fn refuse(&self, refused: &Refused, caller: &Caller, event: &[u8], entry: &mut Entry) -> Vec<String> {
        if entry.record.outcome == "client_gone" {
            entry.record.outcome = "reject";
        }
        entry.record.reason = Some(refused.kind.code());
        entry.record.status = refused.kind.status();
        let blocked = refused.kind == RefusalKind::Blocked;
        let refusal = Refusal {
            kind: refused.kind,
            message: &refused.message,
            request_id: &entry.record.request_id,
            style: if blocked { caller.answer.style } else { RefusalStyle::Error },
            stream: true,
            model: caller.model.as_deref(),
            path: &self.target.path,
            query: self.target.query.as_deref().unwrap_or_default(),
        };
        self.dialect.refuse_event(&refusal, name_of(event).as_deref())
    }
}

/// What the caller calls its event, if that is short and plain.
fn name_of(event: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        event_id: Option<String>,
    }
    let plain = |name: &String| {
        name.len() <= NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    // An event that is no JSON has no name.
    let named: Option<Named> = serde_json::from_slice(event).ok();
    named?.event_id.filter(plain)
}
