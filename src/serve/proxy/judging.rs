//! Screening on the blocking pool: bounded in number, cancelled with its caller, unable to take the process down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::Refused;
use super::body::{Coding, Received};
use super::media::Media;
use crate::budget::{Budget, Limit};
use crate::judge::decide::{Cleared, Decision, Mode, Policy, decide};
use crate::request::Request;
use crate::request::dialect::{self, Dialect, Found, ReadLimits, RefusalKind};
use crate::request::span::{Role, Slot, TextSpan};
use crate::request::unread::{OnUnread, Unread, UnreadKind};
use crate::screen::Engine;
use crate::serve::settings::{Screen, Settings};

/// What came of a body.
#[derive(Debug)]
pub(super) struct Judged {
    /// The decision.
    pub(super) decision: Decision,
    /// The body, if the decision forwards it.
    pub(super) cleared: Option<Cleared>,
    /// What was asked for.
    pub(super) asked: Asked,
    /// What the body carries that is no text.
    pub(super) unread: Vec<UnreadKind>,
    /// Texts judged.
    pub(super) candidates: usize,
    /// Time spent reading and judging.
    pub(super) took: Duration,
    /// What the body was granted; given back when the request is done with.
    pub(super) memory: Option<OwnedSemaphorePermit>,
}

/// The parts of a request that shape an answer to it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The model.
    pub(super) model: Option<String>,
    /// Whether the answer is to be streamed.
    pub(super) stream: bool,
    /// The start of what the user or a tool said last.
    pub(super) said: String,
    /// Whether that was a tool.
    pub(super) by_tool: bool,
    /// Bytes of text in the request.
    pub(super) text_bytes: usize,
}

/// A body and how to read it.
#[derive(Debug)]
pub(super) struct Sent {
    /// The API it was sent to.
    pub(super) dialect: &'static Dialect,
    /// The route it was sent to.
    pub(super) found: Found,
    /// The form it has.
    pub(super) media: Media,
    /// The coding it is in.
    pub(super) coding: Coding,
    /// The body as it came.
    pub(super) received: Received,
}

/// Reads and judges bodies.
#[derive(Debug)]
pub(super) struct Judge {
    bench: Arc<Bench>,
    /// Screenings that run or wait.
    admitted: Arc<Semaphore>,
    /// Screenings that run.
    running: Arc<Semaphore>,
}

/// What a screening needs.
#[derive(Debug)]
struct Bench {
    engine: Arc<Engine>,
    policy: Policy,
    read: ReadLimits,
    screen: Screen,
}

impl Judge {
    /// A judge under these settings.
    pub(super) fn new(settings: &Settings, engine: Arc<Engine>) -> Self {
        let running = settings.screenings.clamp(1, Semaphore::MAX_PERMITS / 2);
        let bench =
            Bench { engine, policy: settings.policy, read: settings.read.clone(), screen: settings.screen };
        Judge {
            bench: Arc::new(bench),
            admitted: Arc::new(Semaphore::new(running + settings.queue.min(Semaphore::MAX_PERMITS / 2))),
            running: Arc::new(Semaphore::new(running)),
        }
    }

    /// Reads and judges one body. The work stops soon after this future is dropped.
    ///
    /// # Errors
    /// A refusal of form, of load, or because reading failed in an unforeseen way.
    pub(super) async fn judge(&self, sent: Sent, memory: &Arc<Semaphore>) -> Result<Judged, Refused> {
        let full =
            || Refused::new(RefusalKind::Overloaded, "too many requests wait to be screened; try later");
        let seat = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| full())?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| full())?;
        let left = CallerLeft(Arc::default());
        let (bench, flag, memory) = (Arc::clone(&self.bench), Arc::clone(&left.0), Arc::clone(memory));
        let work = tokio::task::spawn_blocking(move || {
            // Held by the work, not by the caller: a caller who leaves must not make room that is not there.
            let _places = (seat, turn);
            let received = sent.received.decode(sent.coding, bench.read.body_bytes, &memory)?;
            bench.judge(Sent { received, ..sent }, flag)
        });
        work.await
            .unwrap_or_else(|_| Err(Refused::new(RefusalKind::Unscreened, "the request could not be read")))
    }
}

/// Tells the screening that its caller left.
struct CallerLeft(Arc<AtomicBool>);

impl Drop for CallerLeft {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Bench {
    fn judge(&self, sent: Sent, flag: Arc<AtomicBool>) -> Result<Judged, Refused> {
        let start = Instant::now();
        let Received { bytes, memory } = sent.received;
        let mut request = match &sent.media {
            Media::Json => dialect::read(sent.dialect, bytes, &self.read)?,
            Media::Form(boundary) => dialect::read_form(sent.dialect, bytes, boundary, &self.read)?,
        };
        sent.found.complete(&mut request);
        self.check_unread(&request)?;
        let asked = asked(&request);
        let unread = request.unread.iter().map(|part| part.kind).collect();
        let (decision, candidates) = self.decide(&request, flag);
        let cleared = Cleared::by(&decision, request.body).ok();
        Ok(Judged { decision, cleared, asked, unread, candidates, took: start.elapsed(), memory })
    }

    /// Refuses what is no text where the policy says so.
    fn check_unread(&self, request: &Request) -> Result<(), Refused> {
        let is_blocked = |part: &&Unread| {
            self.policy.unread.of(part.kind) == OnUnread::Block && !request.dialect.allows(part.kind)
        };
        match request.unread.iter().find(is_blocked).filter(|_| self.policy.mode == Mode::Block) {
            None => Ok(()),
            Some(part) => Err(Refused::malformed(
                400,
                "unreadable_input",
                format!(
                    "the request holds what cannot be screened ({}) and is not let through here; send it as text",
                    part.kind.name()
                ),
            )),
        }
    }

    /// A screening that panics is one that was not finished: the policy says what becomes of the request.
    fn decide(&self, request: &Request, flag: Arc<AtomicBool>) -> (Decision, usize) {
        let budget = Budget::new(self.engine.limits.clone()).with_cancel(flag);
        let thresholds = self.engine.judges.model.thresholds();
        match catch_unwind(AssertUnwindSafe(|| (self.screen)(&self.engine, request, budget))) {
            Ok(found) => {
                let decision = decide(&self.policy, thresholds, &found.verdicts, &found.incomplete);
                (decision, found.candidates.len())
            }
            Err(_) => (decide(&self.policy, thresholds, &[], &[Limit::Panic]), 0),
        }
    }
}

fn asked(request: &Request) -> Asked {
    let is_said = |span: &&TextSpan| span.slot == Slot::Content && !span.text.is_empty();
    let speaks = |span: &&TextSpan| matches!(span.role, Role::User | Role::Tool) && is_said(span);
    let spans = || request.spans.iter();
    let last = spans().rfind(speaks).or_else(|| spans().rfind(is_said));
    Asked {
        model: request.model.clone(),
        stream: request.stream,
        said: last.map(|span| span.text.chars().take(200).collect()).unwrap_or_default(),
        by_tool: last.is_some_and(|span| span.role == Role::Tool),
        text_bytes: request.spans.iter().map(|span| span.text.len()).sum(),
    }
}
