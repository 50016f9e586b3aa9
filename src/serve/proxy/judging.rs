//! Screening on the blocking pool: bounded in number, cancelled with its caller, unable to take the process down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use super::answer::Refused;
use super::body::{Coding, Received};
use super::media::Media;
use crate::budget::{Budget, Limit};
use crate::judge::decide::{Action, Cleared, Decision, Mode, Policy, decide, decide_with};
use crate::request::Request;
use crate::request::dialect::{self, Dialect, Found, ReadLimits, RefusalKind};
use crate::request::span::{Role, Slot, TextSpan};
use crate::request::unread::{OnUnread, Unread, UnreadKind};
use crate::screen::Screening;
use crate::second::Questions;
use crate::serve::audit::Evidence;
use crate::serve::live::Live;
use crate::serve::policy::{Asker, Key, Manner, today};
use crate::serve::second::{Hearing, Told};
use crate::serve::settings::{Screen, Settings};

/// Bytes of a body that counts as small, as received.
const SMALL: usize = 16 << 10;
/// The longest a request waits for its screening; then it is told to come again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of a body.
#[derive(Debug)]
pub(super) struct Judged {
    /// The decision.
    pub(super) decision: Decision,
    /// How the request is treated.
    pub(super) manner: Manner,
    /// The body, if the decision forwards it.
    pub(super) cleared: Option<Cleared>,
    /// What was asked for.
    pub(super) asked: Asked,
    /// What the body carries that is no text.
    pub(super) unread: Vec<UnreadKind>,
    /// Texts judged.
    pub(super) candidates: usize,
    /// What the decision rests on.
    pub(super) evidence: Evidence,
    /// What second opinions said, and the action without them if that is another.
    pub(super) heard: (Vec<Told>, Option<&'static str>),
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

/// One body to judge.
#[derive(Debug)]
pub(super) struct Case {
    /// The rules, model and policy it is judged by.
    pub(super) live: Arc<Live>,
    /// The API it is for.
    pub(super) dialect: &'static Dialect,
    /// The route it was sent to.
    pub(super) found: Found,
    /// The form it has.
    pub(super) media: Media,
    /// The normalised path.
    pub(super) route: String,
    /// The caller's key, hashed.
    pub(super) key: Option<Key>,
    /// The body, still coded.
    pub(super) received: Received,
    /// How.
    pub(super) coding: Coding,
}

/// Reads and judges bodies.
#[derive(Debug)]
pub(super) struct Judge {
    bench: Arc<Bench>,
    /// Screenings that run or wait.
    admitted: Arc<Semaphore>,
    /// Screenings that run.
    running: Arc<Semaphore>,
    /// One more, of a small body.
    small: Arc<Semaphore>,
}

/// What a screening needs.
#[derive(Debug)]
struct Bench {
    /// Characters an audit log keeps of the text that decides, if there is one.
    kept: Option<usize>,
    read: ReadLimits,
    screen: Screen,
}

impl Judge {
    /// A judge under these settings.
    pub(super) fn new(settings: &Settings) -> Self {
        let running = settings.screenings.clamp(1, Semaphore::MAX_PERMITS / 2);
        let bench =
            Bench { kept: settings.audit.kept(), read: settings.read.clone(), screen: settings.screen };
        Judge {
            bench: Arc::new(bench),
            admitted: Arc::new(Semaphore::new(running + settings.queue.min(Semaphore::MAX_PERMITS / 2))),
            running: Arc::new(Semaphore::new(running)),
            small: Arc::new(Semaphore::new(1)),
        }
    }

    /// Reads and judges one body. The work stops soon after this future is dropped.
    ///
    /// # Errors
    /// A refusal of form, of load, or because reading failed in an unforeseen way.
    pub(super) async fn judge(&self, case: Case, memory: &Arc<Semaphore>) -> Result<Judged, Refused> {
        let full =
            || Refused::new(RefusalKind::Overloaded, "too many requests wait to be screened; try later");
        let seat = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| full())?;
        let turn = self.turn(case.received.bytes.len()).await.ok_or_else(full)?;
        let left = CallerLeft(Arc::default());
        let (bench, flag, memory) = (Arc::clone(&self.bench), Arc::clone(&left.0), Arc::clone(memory));
        let unread = || Refused::new(RefusalKind::Unscreened, "the request could not be read");
        let work = tokio::task::spawn_blocking(move || {
            // Held by the work, not by the caller: a caller who leaves must not make room that is not there.
            let _turn = turn;
            bench.read(case, &memory, flag).map(|read| (read, seat))
        });
        let (read, _seat) = work.await.unwrap_or_else(|_| Err(unread()))?;
        match read {
            Read::Judged(judged) => Ok(*judged),
            Read::Asks(screened, questions) => {
                let hearing = screened.live.second().hear(questions).await;
                // Hashing a large body takes as long as screening it.
                let work = tokio::task::spawn_blocking(move || screened.judged(hearing));
                work.await.map_err(|_| unread())
            }
        }
    }
}

impl Judge {
    /// A turn to screen a body of so many bytes, waited for in order. Small ones may also take the place kept for them, so
    /// that a row of heavy ones holds up nobody else.
    async fn turn(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let running = Arc::clone(&self.running).acquire_owned();
        let small = async {
            match bytes <= SMALL {
                true => Arc::clone(&self.small).acquire_owned().await,
                false => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            turn = running => turn.ok(),
            turn = small => turn.ok(),
            () = sleep(PATIENCE) => None,
        }
    }
}

/// Tells the screening that its caller left.
struct CallerLeft(Arc<AtomicBool>);

impl Drop for CallerLeft {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What reading a body came to.
enum Read {
    /// All of it was decided.
    Judged(Box<Judged>),
    /// Others are asked first.
    Asks(Box<Screened>, Vec<Questions>),
}

/// A request that was screened and is not yet decided.
struct Screened {
    live: Arc<Live>,
    manner: Manner,
    request: Request,
    /// None when the screening panicked.
    found: Option<Screening>,
    kept: Option<usize>,
    start: Instant,
    memory: Option<OwnedSemaphorePermit>,
}

impl Bench {
    /// Reads and screens a body, and decides unless others are to be asked.
    fn read(&self, case: Case, memory: &Arc<Semaphore>, flag: Arc<AtomicBool>) -> Result<Read, Refused> {
        let Received { bytes, memory } = case.received.decode(case.coding, self.read.body_bytes, memory)?;
        let start = Instant::now();
        let mut request = match &case.media {
            Media::Json => dialect::read(case.dialect, bytes, &self.read)?,
            Media::Form(boundary) => dialect::read_form(case.dialect, bytes, boundary, &self.read)?,
        };
        case.found.complete(&mut request);
        let model = request.model.clone();
        let asker = Asker { route: &case.route, key: case.key.as_ref(), model: model.as_deref() };
        let manner = case.live.manner(&asker);
        check_unread(&manner.policy, &request)?;
        let found = self.screened(&case.live, &asker, &manner, &request, flag);
        let engine = case.live.engine(manner.history);
        let questions =
            found.as_ref().and_then(|found| case.live.second().questions(&engine.judges.model, found));
        let (live, kept) = (case.live, self.kept);
        let screened = Box::new(Screened { live, manner, request, found, kept, start, memory });
        Ok(match questions {
            Some(questions) => Read::Asks(screened, questions),
            None => Read::Judged(Box::new(screened.judged(Hearing::default()))),
        })
    }

    /// What was found; none when the screening panicked.
    fn screened(
        &self,
        live: &Live,
        asker: &Asker<'_>,
        manner: &Manner,
        request: &Request,
        flag: Arc<AtomicBool>,
    ) -> Option<Screening> {
        let engine = live.engine(manner.history);
        let budget = Budget::new(engine.limits.clone()).with_cancel(flag);
        let mut found = catch_unwind(AssertUnwindSafe(|| (self.screen)(engine, request, budget))).ok()?;
        live.rulings().exclude(&mut found.verdicts, asker, today());
        Some(found)
    }
}

impl Screened {
    /// Decides. A screening that panicked is one that was not finished: the policy says what becomes of the request.
    fn judged(self, hearing: Hearing) -> Judged {
        let Screened { live, manner, request, found, kept, start, memory } = self;
        let thresholds = live.engine(manner.history).judges.model.thresholds();
        let policy = &manner.policy;
        let Hearing { opinions, told } = hearing;
        let (decision, without, candidates, evidence) = match &found {
            Some(found) => {
                let decision = decide_with(policy, thresholds, &found.verdicts, &found.incomplete, &opinions);
                let alone = || decide(policy, thresholds, &found.verdicts, &found.incomplete).action;
                let without = (!opinions.is_empty()).then(alone).filter(|alone| *alone != decision.action);
                let evidence = Evidence::of(&request, found, &decision, kept);
                (decision, without, found.candidates.len(), evidence)
            }
            None => (decide(policy, thresholds, &[], &[Limit::Panic]), None, 0, Evidence::default()),
        };
        Judged {
            asked: asked(&request),
            unread: request.unread.iter().map(|part| part.kind).collect(),
            cleared: Cleared::by(&decision, request.body).ok(),
            heard: (told, without.map(Action::name)),
            took: start.elapsed(),
            decision,
            manner,
            candidates,
            evidence,
            memory,
        }
    }
}

/// Refuses what is no text where the policy says so.
fn check_unread(policy: &Policy, request: &Request) -> Result<(), Refused> {
    let is_blocked =
        |part: &&Unread| policy.unread.of(part.kind) == OnUnread::Block && !request.dialect.allows(part.kind);
    match request.unread.iter().find(is_blocked).filter(|_| policy.mode == Mode::Block) {
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
