//! Screening on the blocking pool: bounded in number, cancelled with its caller, unable to take the process down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::admission::Admission;
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
use crate::serve::audit::{Audit, Evidence};
use crate::serve::live::Live;
use crate::serve::policy::{Asker, Key, Manner, today};
use crate::serve::second::{Hearing, Told};
use crate::serve::settings::{Screen, Settings};
use crate::serve::shadow::Opinion;
use crate::serve::state::{Down, Memo, Shared, State, Stored, Verdicts, join, said};

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
    /// What the candidate beside would have done.
    pub(super) opinion: Option<Opinion>,
    /// What is to be remembered once the answer comes.
    pub(super) memo: Option<Memo>,
    /// What second opinions said, and the action without them if that is another.
    pub(super) heard: (Vec<Told>, Option<&'static str>),
    /// Time spent reading and judging.
    pub(super) took: Duration,
    /// The stages of that, and the wait before.
    pub(super) stages: Vec<(&'static str, Duration)>,
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
    /// Whether it says anything: more than tags, ids and keys.
    pub(super) speaks: bool,
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
    /// Stored conversations all of whose turns are in the body already.
    pub(super) here: Vec<String>,
}

/// Reads and judges bodies.
#[derive(Debug)]
pub(super) struct Judge {
    bench: Arc<Bench>,
    admission: Admission,
}

/// What a screening needs.
#[derive(Debug)]
struct Bench {
    /// Characters an audit log keeps of the text that decides, if there is one.
    kept: Option<usize>,
    read: ReadLimits,
    screen: Screen,
    state: Arc<State>,
    shared: Option<Shared>,
    verdicts: Option<Verdicts>,
    audit: Arc<Audit>,
}

impl Judge {
    /// A judge under these settings.
    pub(super) fn new(settings: &Settings, state: Arc<State>, audit: Arc<Audit>) -> Self {
        let (kept, read, screen) = (settings.audit.kept(), settings.read.clone(), settings.screen);
        let shared = Shared::through(&state, &audit);
        let verdicts = Verdicts::through(&state, &audit);
        let bench = Bench { kept, read, screen, state, shared, verdicts, audit };
        let admission = Admission::new(settings.screenings, settings.queue, settings.timeouts.queue);
        Judge { bench: Arc::new(bench), admission }
    }

    /// Refuses what could not even wait, before anything of it is read.
    ///
    /// # Errors
    /// When no more requests may wait.
    pub(super) fn has_room(&self) -> Result<(), Refused> {
        if self.admission.is_full() { Err(full()) } else { Ok(()) }
    }

    /// Reads and judges one body. The work stops soon after this future is dropped.
    ///
    /// # Errors
    /// A refusal of form, of load, or because reading failed in an unforeseen way.
    pub(super) async fn judge(&self, case: Case, memory: &Arc<Semaphore>) -> Result<Judged, Refused> {
        let mut seat = self.admission.seat(case.received.bytes.len()).ok_or_else(full)?;
        let (start, waits) = (Instant::now(), self.bench.audit.metrics.reach.wait());
        let turn = self.admission.turn(&mut seat).await.ok_or_else(full)?;
        drop(waits);
        let waited = start.elapsed();
        let left = CallerLeft(Arc::default());
        let (bench, flag, memory) = (Arc::clone(&self.bench), Arc::clone(&left.0), Arc::clone(memory));
        let unread = || Refused::new(RefusalKind::Unscreened, "the request could not be read");
        let work = tokio::task::spawn_blocking(move || {
            // Held by the work, not by the caller: a caller who leaves must not make room that is not there.
            let _turn = turn;
            bench.read(case, &memory, flag).map(|read| (read, seat))
        });
        let (read, _seat) = work.await.unwrap_or_else(|_| Err(unread()))?;
        let mut judged = match read {
            Read::Judged(judged) => *judged,
            Read::Asks(mut screened, questions) => {
                let start = Instant::now();
                let hearing = screened.live.second().hear(questions, self.bench.shared.as_ref()).await;
                screened.stages.push(("second", start.elapsed()));
                // Hashing a large body takes as long as screening it.
                let work = tokio::task::spawn_blocking(move || screened.judged(hearing));
                work.await.map_err(|_| unread())?
            }
        };
        judged.stages.push(("wait", waited));
        Ok(judged)
    }
}

fn full() -> Refused {
    Refused::new(RefusalKind::Overloaded, "too many requests wait to be screened; try later")
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

/// Where a request was sent, and by whom.
struct Sender {
    route: String,
    key: Option<Key>,
}

/// A request that was screened and is not yet decided.
struct Screened {
    live: Arc<Live>,
    sender: Sender,
    manner: Manner,
    request: Request,
    /// None when the screening panicked.
    found: Option<Screening>,
    memo: Option<Memo>,
    stages: Vec<(&'static str, Duration)>,
    kept: Option<usize>,
    start: Instant,
    memory: Option<OwnedSemaphorePermit>,
    /// Where in the body the event begins that is judged, after others that were.
    fresh: usize,
}

impl Bench {
    /// Reads and screens a body, and decides unless others are to be asked.
    fn read(&self, case: Case, memory: &Arc<Semaphore>, flag: Arc<AtomicBool>) -> Result<Read, Refused> {
        let Received { bytes, memory } = case.received.decode(case.coding, self.read.body_bytes, memory)?;
        let (start, whole) = (Instant::now(), bytes.len());
        let mut request = match &case.media {
            Media::Json => dialect::read(case.dialect, bytes, &self.read)?,
            Media::Form(boundary) => dialect::read_form(case.dialect, bytes, boundary, &self.read)?,
            Media::Event(earlier, starts) => {
                dialect::read_events(case.dialect, (earlier, starts), bytes, &self.read)?
            }
        };
        case.found.complete(&mut request);
        let parsed = start.elapsed();
        let (memo, known) = self.recall((&case.route, &case.here), &mut request);
        let recalled = start.elapsed().saturating_sub(parsed);
        let model = request.model.clone();
        let asker = Asker { route: &case.route, key: case.key.as_ref(), model: model.as_deref() };
        let manner = case.live.manner(&asker);
        check_unread(&manner.policy, &request)?;
        let mut stages = vec![("parse", parsed)];
        stages.extend(memo.as_ref().map(|_| ("state", recalled)));
        let mut found = self.screened(&case.live, &asker, &manner, &request, flag);
        if let (Some(found), Err(Down)) = (&mut found, known) {
            found.incomplete.push(Limit::State);
        }
        let engine = case.live.engine(manner.history);
        let questions =
            found.as_ref().and_then(|found| case.live.second().questions(&engine.judges.model, found));
        let Case { live, route, key, .. } = case;
        let sender = Sender { route, key };
        let kept = self.kept;
        let fresh = request.body.len().saturating_sub(whole);
        let screened = Box::new(Screened {
            live,
            sender,
            manner,
            request,
            found,
            memo,
            stages,
            kept,
            start,
            memory,
            fresh,
        });
        Ok(match questions {
            Some(questions) => Read::Asks(screened, questions),
            None => Read::Judged(Box::new(screened.judged(Hearing::default()))),
        })
    }

    /// Puts what was said before in a stored conversation in front of the request, and notes what is to be remembered. An
    /// error says that it is not known what was said before.
    fn recall(
        &self,
        (route, here): (&str, &[String]),
        request: &mut Request,
    ) -> (Option<Memo>, Result<(), Down>) {
        let mut stored = Stored::of(route, request);
        if !stored.is_any() || !self.state.keeps() {
            return (None, Ok(()));
        }
        let named = stored.continues.len();
        stored.continues.retain(|name| !here.contains(name));
        let is_here = stored.continues.len() < named;
        let own = said(request);
        // This is a thread for blocking work: it may wait.
        let asked = self.state.turns(&stored.continues, &self.audit.metrics);
        let found = tokio::runtime::Handle::current().block_on(asked);
        let before = found.clone().unwrap_or_default();
        if is_here || !before.is_empty() {
            join(request, &before);
        }
        let Stored { appends, makes, .. } = stored;
        let memo = Memo { state: Arc::clone(&self.state), appends, makes, before, own };
        (Some(memo), found.map(|_| ()))
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
        let told = self.verdicts.as_ref().map(|verdicts| (verdicts, verdicts.recall(engine, request)));
        let budget = Budget::new(engine.limits.clone()).with_cancel(flag);
        let mut found = catch_unwind(AssertUnwindSafe(|| (self.screen)(engine, request, budget))).ok()?;
        if let Some((verdicts, untold)) = told {
            verdicts.share(engine, &found, &untold);
        }
        live.rulings().exclude(&mut found.verdicts, asker, today());
        Some(found)
    }
}

impl Screened {
    /// Decides. A screening that panicked is one that was not finished: the policy says what becomes of the request.
    fn judged(self, hearing: Hearing) -> Judged {
        let Screened { live, sender, manner, request, found, memo, mut stages, kept, start, memory, fresh } =
            self;
        // What earlier events carried was counted with them.
        let new = |part: &&Unread| part.bytes.start >= fresh;
        let thresholds = live.engine(manner.history).judges.model.thresholds();
        let policy = &manner.policy;
        let Hearing { opinions, told } = hearing;
        let (decision, without, candidates, evidence) = match &found {
            Some(found) => {
                let decision = decide_with(policy, thresholds, &found.verdicts, &found.incomplete, &opinions);
                let alone = || decide(policy, thresholds, &found.verdicts, &found.incomplete).action;
                let without = (!opinions.is_empty()).then(alone).filter(|alone| *alone != decision.action);
                let evidence = Evidence::of(&request, found, &decision, kept);
                stages.push(("read", found.elapsed.saturating_sub(found.judged)));
                stages.push(("judge", found.judged));
                (decision, without, found.candidates.len(), evidence)
            }
            None => (decide(policy, thresholds, &[], &[Limit::Panic]), None, 0, Evidence::default()),
        };
        let opinion = live.shadow().zip(found.as_ref()).map(|(shadow, found)| {
            let start = Instant::now();
            let model = request.model.as_deref();
            let asker = Asker { route: &sender.route, key: sender.key.as_ref(), model };
            let opinion = shadow.compare(found, &decision, &manner, live.rulings(), &asker);
            stages.push(("shadow", start.elapsed()));
            opinion
        });
        Judged {
            asked: asked(&request),
            unread: request.unread.iter().filter(new).map(|part| part.kind).collect(),
            cleared: Cleared::by(&decision, request.body).ok(),
            heard: (told, without.map(Action::name)),
            took: start.elapsed(),
            decision,
            manner,
            candidates,
            evidence,
            opinion,
            memo,
            stages,
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
        speaks: request.speaks(),
        text_bytes: request.spans.iter().map(|span| span.text.len()).sum(),
    }
}
