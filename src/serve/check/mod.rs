//! The same engine behind other people's contracts: gateways ask, and act on the answer themselves. Nothing is forwarded
//! from here. What could not be screened to the end is never called clean: each contract has its way to say so.

mod agentgateway;
mod fms;
mod litellm;
mod llm_guard;
mod moderations;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request as HttpRequest, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use super::audit::{Audit, Entry, Evidence};
use super::live::{Current, Live};
use super::policy::{Asker, Key, Manner, key_of, today};
use super::proxy::{Handler, Limits, Outgoing, accept_all, read_capped, whole};
use super::second::Hearing;
use super::settings::{Screen, Settings};
use super::shadow::{Opinion, SAME, Shadow};
use super::state::Shared;
use crate::budget::{Budget, Limit};
use crate::judge::classify::Verdict;
use crate::judge::decide::{Action, Decision, Mode, decide, decide_with};
use crate::judge::second::Opinion as Heard;
use crate::request::Request;
use crate::request::dialect::{ReadLimits, dialect_for_path, read};
use crate::request::unread::{OnUnread, Unread};
use crate::screen::Screening;
use crate::second::Questions;

/// One contract's endpoint.
struct Service {
    path: &'static str,
    /// The name in records and metrics.
    name: &'static str,
    /// What is to be judged, each text or conversation by itself.
    ask: fn(&Value, &ReadLimits) -> Result<Vec<Request>, String>,
    /// What is answered.
    answer: fn(&Value, &[Judged]) -> (StatusCode, Value),
    /// How an error is worded.
    error: fn(StatusCode, &str) -> Value,
}

const SERVICES: &[Service] = &[
    Service {
        path: "/v1/moderations",
        name: "moderations",
        ask: moderations::ask,
        answer: moderations::answer,
        error: openai_error,
    },
    Service {
        path: "/beta/litellm_basic_guardrail_api",
        name: "litellm",
        ask: litellm::ask,
        answer: litellm::answer,
        error: openai_error,
    },
    Service {
        path: "/request",
        name: "agentgateway",
        ask: agentgateway::ask_request,
        answer: agentgateway::answer,
        error: openai_error,
    },
    Service {
        path: "/response",
        name: "agentgateway",
        ask: agentgateway::ask_response,
        answer: agentgateway::answer,
        error: openai_error,
    },
    Service {
        path: "/analyze/prompt",
        name: "llm_guard",
        ask: llm_guard::ask,
        answer: llm_guard::analyze,
        error: llm_guard::error,
    },
    Service {
        path: "/scan/prompt",
        name: "llm_guard",
        ask: llm_guard::ask,
        answer: llm_guard::scan,
        error: llm_guard::error,
    },
    Service {
        path: "/api/v1/text/contents",
        name: "fms",
        ask: fms::ask,
        answer: fms::answer,
        error: fms::error,
    },
];

/// What came of one text or conversation.
struct Judged {
    request: Request,
    decision: Decision,
    verdicts: Vec<Verdict>,
    /// The text that decided.
    text: Option<String>,
    /// Why it is refused, in words for the caller; none when it may pass.
    refusal: Option<String>,
    /// The action without second opinions, if that is another.
    without: Option<&'static str>,
    /// What the candidate beside would have done.
    beside: Option<Opinion>,
}

impl Judged {
    /// How sure it is. A rule that blocks by itself leaves no doubt, whatever the model says.
    fn score(&self) -> f32 {
        let blocks = |verdict: &Verdict| verdict.rules.iter().any(|hit| hit.blocks && !hit.monitor);
        if self.refusal.is_some() && self.verdicts.iter().any(blocks) { 1.0 } else { self.decision.score }
    }
}

/// The check services.
pub(super) struct Checks {
    current: Arc<Current>,
    audit: Arc<Audit>,
    read: ReadLimits,
    idle: Duration,
    screen: Screen,
    kept: Option<usize>,
    /// KiB of bodies that may still be held.
    memory: Arc<Semaphore>,
    running: Arc<Semaphore>,
    shared: Option<Shared>,
}

impl fmt::Debug for Checks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Checks")
    }
}

impl Checks {
    /// Check services over the judge in force.
    pub(super) fn new(
        settings: &Settings,
        current: Arc<Current>,
        audit: Arc<Audit>,
        shared: Option<Shared>,
    ) -> Self {
        Checks {
            shared,
            current,
            audit,
            read: settings.read.clone(),
            idle: settings.timeouts.body_idle,
            screen: settings.screen,
            kept: settings.audit.kept(),
            memory: Arc::new(Semaphore::new((settings.buffered_bytes / 1024).min(Semaphore::MAX_PERMITS))),
            running: Arc::new(Semaphore::new(settings.screenings.max(1))),
        }
    }

    /// Serves connections until `stop` turns true.
    pub(super) async fn serve(self, listener: TcpListener, limits: Limits, stop: watch::Receiver<bool>) {
        let checks = Arc::new(self);
        let handler: Handler = Arc::new(move |request| {
            let checks = Arc::clone(&checks);
            Box::pin(async move { checks.handle(request).await })
        });
        accept_all(listener, None, handler, limits, stop).await;
    }

    async fn handle(&self, request: HttpRequest<Incoming>) -> Response<Outgoing> {
        let path = request.uri().path();
        if request.method() == Method::GET && matches!(path, "/health" | "/healthz" | "/readyz") {
            return reply(StatusCode::OK, &json!({"status": "ok"}));
        }
        let Some(service) = SERVICES.iter().find(|service| service.path == path) else {
            return reply(
                StatusCode::NOT_FOUND,
                &openai_error(StatusCode::NOT_FOUND, "no such check service"),
            );
        };
        let mut entry = self.audit.open();
        service.path.clone_into(&mut entry.record.route);
        entry.record.dialect = service.name;
        entry.trace(request.headers());
        entry.record.outcome = "reject";
        let (status, body) = match self.check(service, request, &mut entry).await {
            Ok(answer) => answer,
            Err((status, why)) => {
                entry.record.reason = Some("check_refused");
                (status, (service.error)(status, &why))
            }
        };
        entry.record.status = status.as_u16();
        reply(status, &body)
    }

    async fn check(
        &self,
        service: &'static Service,
        request: HttpRequest<Incoming>,
        entry: &mut Entry,
    ) -> Result<(StatusCode, Value), (StatusCode, String)> {
        if request.method() != Method::POST {
            return Err((StatusCode::METHOD_NOT_ALLOWED, "this path takes POST".into()));
        }
        let bad = |why: String| (StatusCode::BAD_REQUEST, why);
        let (parts, mut body) = request.into_parts();
        let live = self.current.now();
        let key = match key_of(&parts.headers, None) {
            Err(_) if live.rulings().look_at_keys() => {
                return Err(bad("the request carries two different keys".into()));
            }
            found => found.ok().flatten(),
        };
        let received = read_capped(&mut body, self.read.body_bytes, self.idle, &self.memory).await;
        let received = received.map_err(|refused| {
            let status = StatusCode::from_u16(refused.kind.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, refused.message.into_owned())
        })?;
        let bytes = received.bytes.clone();
        let (read, screen, kept, route) = (self.read.clone(), self.screen, self.kept, service.path);
        let turn = Arc::clone(&self.running).acquire_owned().await;
        let turn = turn.map_err(|_| (StatusCode::SERVICE_UNAVAILABLE, "stopping".to_owned()))?;
        entry.record.version = Some(Arc::clone(live.version()));
        let (start, judging) = (Instant::now(), Arc::clone(&live));
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let asked: Value =
                serde_json::from_slice(&bytes).map_err(|error| format!("not JSON: {error}"))?;
            let requests = (service.ask)(&asked, &read)?;
            let one = |request| screened(&judging, screen, route, key.as_ref(), request);
            Ok::<_, String>((asked, requests.into_iter().map(one).collect::<Vec<_>>()))
        });
        let failed = |_| (StatusCode::SERVICE_UNAVAILABLE, "the text could not be read".to_owned());
        let (asked, all) = work.await.map_err(failed)?.map_err(bad)?;
        let (mut judged, mut evidence) = (Vec::<Judged>::with_capacity(all.len()), Evidence::default());
        let mut manner = None;
        // All are asked about before the first is waited for.
        let ask = |questions| {
            let (live, shared) = (Arc::clone(&live), self.shared.clone());
            tokio::spawn(async move { live.second().hear(questions, shared.as_ref()).await })
        };
        let all: Vec<_> =
            all.into_iter().map(|(screened, questions)| (screened, questions.map(ask))).collect();
        for (screened, asking) in all {
            let hearing = match asking {
                Some(asking) => asking.await.unwrap_or_default(),
                None => Hearing::default(),
            };
            let Hearing { opinions, told } = hearing;
            let judging = Arc::clone(&live);
            let work =
                tokio::task::spawn_blocking(move || screened.judged(&judging, (route, key), kept, &opinions));
            let (one, proof, treated) = work.await.map_err(failed)?;
            if judged.iter().all(|before| one.decision.score > before.decision.score) {
                evidence = proof;
            }
            entry.record.without_second = one.without.or(entry.record.without_second);
            entry.record.second.extend(told);
            entry.record.shadow = told_first(entry.record.shadow.take(), one.beside.clone());
            judged.push(one);
            manner = Some(treated);
        }
        let took = start.elapsed();
        note(entry, &judged, evidence, manner, key, took);
        if !entry.write_down().await {
            return Err((StatusCode::SERVICE_UNAVAILABLE, "the decision could not be recorded".into()));
        }
        Ok((service.answer)(&asked, &judged))
    }
}

/// What the candidate beside said of several texts: where it differs, if it does.
fn told_first(before: Option<Opinion>, next: Option<Opinion>) -> Option<Opinion> {
    match before {
        Some(before) if before.result != SAME => Some(before),
        before => next.or(before),
    }
}

/// Puts the worst of the decisions on record.
fn note(
    entry: &mut Entry,
    judged: &[Judged],
    evidence: Evidence,
    manner: Option<Manner>,
    key: Option<Key>,
    took: Duration,
) {
    let refused = |one: &&Judged| (one.refusal.is_some(), one.decision.score.to_bits());
    entry.record.outcome = "forward";
    if let Some(worst) = judged.iter().max_by_key(refused) {
        entry.record.decided(&worst.decision, judged.iter().map(|one| one.verdicts.len()).sum());
    }
    entry.record.evidence = Some(Arc::new(evidence));
    entry.record.policy = manner.map(|manner| manner.name);
    entry.record.key = key.map(|key| data_encoding::HEXLOWER.encode(&key[..6]));
    entry.record.screening = Some(took);
}

/// One text or conversation, screened and not yet decided.
struct Screened {
    request: Request,
    manner: Manner,
    /// None when the screening panicked.
    found: Option<Screening>,
}

/// Screens one text or conversation, and says what others are to be asked about it.
fn screened(
    live: &Live,
    screen: Screen,
    route: &str,
    key: Option<&Key>,
    request: Request,
) -> (Screened, Option<Vec<Questions>>) {
    let model = request.model.clone();
    let asker = Asker { route, key, model: model.as_deref() };
    let manner = live.manner(&asker);
    let engine = live.engine(manner.history);
    let budget = Budget::new(engine.limits.clone());
    let mut found = catch_unwind(AssertUnwindSafe(|| screen(engine, &request, budget))).ok();
    let mut questions = None;
    if let Some(found) = &mut found {
        live.rulings().exclude(&mut found.verdicts, &asker, today());
        questions = live.second().questions(&engine.judges.model, found);
    }
    (Screened { request, manner, found }, questions)
}

impl Screened {
    fn judged(
        self,
        live: &Live,
        (route, key): (&str, Option<Key>),
        kept: Option<usize>,
        opinions: &[Heard],
    ) -> (Judged, Evidence, Manner) {
        let Screened { request, manner, found } = self;
        let policy = &manner.policy;
        let thresholds = live.engine(manner.history).judges.model.thresholds();
        let (mut without, mut verdicts, mut text, mut beside) = (None, Vec::new(), None, None);
        let mut evidence = Evidence::default();
        let decision = match found {
            Some(found) => {
                let decision = decide_with(policy, thresholds, &found.verdicts, &found.incomplete, opinions);
                let alone = || decide(policy, thresholds, &found.verdicts, &found.incomplete).action;
                without = (!opinions.is_empty()).then(alone).filter(|alone| *alone != decision.action);
                evidence = Evidence::of(&request, &found, &decision, kept);
                let asker = Asker { route, key: key.as_ref(), model: request.model.as_deref() };
                let compare =
                    |shadow: &Shadow| shadow.compare(&found, &decision, &manner, live.rulings(), &asker);
                beside = live.shadow().map(compare);
                text = decision.candidate.and_then(|at| found.candidates.get(at)).map(|one| one.text.clone());
                verdicts = found.verdicts;
                decision
            }
            None => decide(policy, thresholds, &[], &[Limit::Panic]),
        };
        let is_blocked = |part: &&Unread| policy.unread.of(part.kind) == OnUnread::Block;
        let unread = request.unread.iter().find(is_blocked).filter(|_| policy.mode == Mode::Block);
        let unread = unread.map(|part| format!("it holds what cannot be screened ({})", part.kind.name()));
        let refusal = refusal(&decision, &manner).or(unread);
        let without = without.map(Action::name);
        (Judged { request, decision, verdicts, text, refusal, without, beside }, evidence, manner)
    }
}

/// Why it is refused, in words that give away no more than the operator allows.
fn refusal(decision: &Decision, manner: &Manner) -> Option<String> {
    use crate::judge::decide::Outcome;
    match decision.outcome {
        Outcome::Forward | Outcome::WouldBlock | Outcome::ForwardUnscreened => None,
        Outcome::RefuseUnscreened => Some("the text could not be screened to the end".into()),
        Outcome::RefuseUnheard => Some("a second opinion on the text was not to be had".into()),
        Outcome::Block if manner.answer.expose => {
            let category = decision.category.map_or("none", |category| category.title());
            let rule = decision.rule.as_deref().unwrap_or("none");
            Some(format!("blocked by the content policy ({category}, rule {rule})"))
        }
        Outcome::Block => Some("blocked by the content policy".into()),
    }
}

/// A conversation as OpenAI's chat takes it, whatever else is in `body`: every string of it is read.
fn conversation(body: &Value, limits: &ReadLimits) -> Result<Request, String> {
    let dialect = dialect_for_path("/v1/chat/completions");
    read(dialect, Bytes::from(body.to_string()), limits).map_err(|error| error.to_string())
}

fn openai_error(_: StatusCode, why: &str) -> Value {
    json!({"error": {"message": why, "type": "invalid_request_error", "param": null, "code": null}})
}

fn reply(status: StatusCode, body: &Value) -> Response<Outgoing> {
    let body = body.to_string();
    let length = body.len();
    let mut response = Response::new(whole(body.into()));
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
