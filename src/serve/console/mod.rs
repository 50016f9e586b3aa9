//! The admin listener: health, metrics and the console. Nothing can be changed through it.

mod guard;
mod inspect;
mod reports;
mod state;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::header::{self, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use self::guard::{Turned, guard};
use super::audit::Audit;
use super::live::Current;
use super::proxy::{Handler, Limits, Outgoing, accept_all, read_capped, whole};
use super::second::Hearing;
use super::settings::{AdminToken, Settings};
use super::state::Shared;
use crate::request::dialect::ReadLimits;
use crate::screen::History;

/// Bytes of a text that is inspected.
const INSPECTED: usize = 1 << 20;
/// Inspections at once: they share the processor with the traffic.
const INSPECTIONS: usize = 2;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const PAGE: &str = include_str!("index.html");
const STYLE: &str = include_str!("console.css");
const SCRIPT: &str = include_str!("console.js");

/// What the admin listener shows.
#[derive(Debug)]
pub(super) struct Console {
    audit: Arc<Audit>,
    current: Arc<Current>,
    ready: Arc<AtomicBool>,
    upstream: String,
    token: Option<AdminToken>,
    read: ReadLimits,
    reports: Option<PathBuf>,
    started: Instant,
    /// KiB of texts that may still be held.
    memory: Arc<Semaphore>,
    inspections: Semaphore,
    shared: Option<Shared>,
}

impl Console {
    /// A console over these records.
    pub(super) fn new(
        audit: Arc<Audit>,
        current: Arc<Current>,
        ready: Arc<AtomicBool>,
        settings: &Settings,
        shared: Option<Shared>,
    ) -> Self {
        Console {
            shared,
            audit,
            current,
            ready,
            upstream: settings.upstream.to_string(),
            token: settings.admin_token.clone(),
            read: settings.read.clone(),
            reports: settings.reports.clone(),
            started: Instant::now(),
            memory: Arc::new(Semaphore::new(4 * INSPECTED / 1024)),
            inspections: Semaphore::new(INSPECTIONS),
        }
    }

    /// Serves connections until `stop` turns true.
    pub(super) async fn serve(self, listener: TcpListener, limits: Limits, stop: watch::Receiver<bool>) {
        let console = Arc::new(self);
        let handler: Handler = Arc::new(move |request| {
            let console = Arc::clone(&console);
            Box::pin(async move { console.answer(request).await })
        });
        accept_all(listener, None, handler, limits, stop).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Outgoing> {
        let (parts, mut body) = request.into_parts();
        let path = parts.uri.path();
        // Probes ask without a password, and learn one word.
        match (path, self.ready.load(Ordering::Relaxed)) {
            ("/healthz", _) => return page(StatusCode::OK, TEXT, "ok\n".into()),
            ("/readyz", true) => return page(StatusCode::OK, TEXT, "ready\n".into()),
            ("/readyz", false) => {
                return page(StatusCode::SERVICE_UNAVAILABLE, TEXT, "draining\n".into());
            }
            _ => {}
        }
        if let Err(turned) = guard(&parts, self.token.as_ref()) {
            return turned_away(turned);
        }
        match (&parts.method, path) {
            (&Method::POST, "/console/inspect") => self.inspect(&mut body).await,
            (&Method::GET, "/console/reports") => self.reports().await,
            (&Method::GET, _) => self.get(path),
            _ => {
                page(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET, and POST of /console/inspect\n".into())
            }
        }
    }

    fn get(&self, path: &str) -> Response<Outgoing> {
        match path {
            "/metrics" => {
                self.audit.metrics.kept(&self.current.now().engine(History::All).kept.counts());
                let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                page(StatusCode::OK, kind, self.audit.metrics.text())
            }
            "/console" | "/" => page(StatusCode::OK, "text/html; charset=utf-8", PAGE.into()),
            "/console/console.css" => page(StatusCode::OK, "text/css; charset=utf-8", STYLE.into()),
            "/console/console.js" => page(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT.into()),
            "/console/state" => self.json(&self.state()),
            "/console/rules" => self.json(&state::rules(&self.current.now(), &self.audit.metrics)),
            _ => match path.strip_prefix("/console/decisions/").map(|id| self.audit.find(id)) {
                Some(Some(record)) => self.json(&state::decision(&record, &self.current.now())),
                Some(None) => page(
                    StatusCode::NOT_FOUND,
                    TEXT,
                    "not among the last decisions: see the audit log\n".into(),
                ),
                None => page(StatusCode::NOT_FOUND, TEXT, "no such page\n".into()),
            },
        }
    }

    fn state(&self) -> Value {
        let mut state = state::state(&self.current, &self.audit);
        state["ready"] = json!(self.ready.load(Ordering::Relaxed));
        state["upstream"] = json!(self.upstream);
        state["uptime_seconds"] = json!(self.started.elapsed().as_secs());
        state
    }

    async fn reports(&self) -> Response<Outgoing> {
        let Some(folder) = self.reports.clone() else {
            return self
                .json(&json!({"error": "no folder of reports is named: [server] reports", "reports": []}));
        };
        match tokio::task::spawn_blocking(move || reports::reports(&folder)).await {
            Ok(found) => self.json(&found),
            Err(_) => page(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "the reports could not be read\n".into()),
        }
    }

    async fn inspect(&self, body: &mut Incoming) -> Response<Outgoing> {
        let received = read_capped(body, INSPECTED, Duration::from_secs(10), &self.memory).await;
        let received = match received {
            Ok(received) => received,
            Err(refused) => {
                let status = StatusCode::from_u16(refused.kind.status()).unwrap_or(StatusCode::BAD_REQUEST);
                return page(status, TEXT, format!("{}\n", refused.message));
            }
        };
        let Ok(_turn) = self.inspections.acquire().await else {
            return page(StatusCode::SERVICE_UNAVAILABLE, TEXT, "stopping\n".into());
        };
        let (live, limits) = (self.current.now(), self.read.clone());
        let panel = Arc::clone(&live);
        let broken = || page(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "the text could not be read\n".into());
        let work = tokio::task::spawn_blocking(move || {
            let found = inspect::inspect(live, received.bytes, &limits)?;
            let questions = found.questions();
            Ok::<_, String>((found, questions))
        });
        let (found, questions) = match work.await {
            Ok(Ok(found)) => found,
            Ok(Err(why)) => return page(StatusCode::BAD_REQUEST, TEXT, why),
            Err(_) => return broken(),
        };
        let hearing = match questions {
            Some(questions) => panel.second().hear(questions, self.shared.as_ref()).await,
            None => Hearing::default(),
        };
        match tokio::task::spawn_blocking(move || found.shown(&hearing)).await {
            Ok(shown) => self.json(&shown),
            Err(_) => broken(),
        }
    }

    fn json(&self, value: &Value) -> Response<Outgoing> {
        page(StatusCode::OK, JSON, value.to_string())
    }
}

fn turned_away(turned: Turned) -> Response<Outgoing> {
    match turned {
        Turned::Host => page(StatusCode::MISDIRECTED_REQUEST, TEXT, "use an address or localhost\n".into()),
        Turned::Origin => page(StatusCode::FORBIDDEN, TEXT, "another site's page may not ask this\n".into()),
        Turned::Token => {
            let mut response = page(StatusCode::UNAUTHORIZED, TEXT, "the admin token is needed\n".into());
            let ask = HeaderValue::from_static("Basic realm=\"unspool\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, ask);
            response
        }
    }
}

fn page(status: StatusCode, media: &'static str, body: String) -> Response<Outgoing> {
    let length = body.len();
    let mut response = Response::new(whole(body.into()));
    *response.status_mut() = status;
    let fields: &mut HeaderMap = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    fields.insert(header::CONTENT_LENGTH, length.into());
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    fields.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    fields.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    fields.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    );
    response
}
