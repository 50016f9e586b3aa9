//! The upstreams: the one place a request leaves by, and only as a [`Cleared`].

mod dial;

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Scheme;
use http::{Method, Request, Response, StatusCode, Uri, response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::ext::on_informational;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Notify;
use tokio::time::timeout;
use tower_service::Service;

pub(super) use self::dial::{Dialled, Wire};
use super::answer::Refused;
use super::judging::Asked;
use super::lanes::{Lane, Lanes};
use super::streamed::Streamed;
use super::target::Target;
use super::{BoxError, Outgoing, echo, headers};
use crate::judge::decide::Cleared;
use crate::request::dialect::{Dialect, RefusalKind};
use crate::serve::audit::Entry;
use crate::serve::settings::{BaseUrl, Link, Protocol, Route, Settings, Timeouts, Upstream};
use crate::serve::tls::{self, TlsError};

/// How long a connection is kept that nobody uses: servers of one's own (uvicorn, Node, llama.cpp) close theirs after five
/// seconds, and a request that meets the closing is lost, since it must not be sent twice.
const KEPT: Duration = Duration::from_secs(4);
/// The same where a new one costs a handshake.
const KEPT_TLS: Duration = Duration::from_secs(60);
/// Bytes of an answer's head, and what hyper may hold of an HTTP/1 answer.
const BUFFER: usize = 64 << 10;
/// Bytes one HTTP/2 answer may have under way.
const STREAM_WINDOW: u32 = 64 << 10;
/// Silence after which an upstream is asked whether it is still there; a connection that died unseen would hold requests
/// until they are given up.
const PROBE: Duration = Duration::from_secs(20);
/// Interim answers (1xx) taken before the last one.
const INTERIM: usize = 16;

static RESPONSE: HeaderName = HeaderName::from_static("x-unspool-response");

/// A request on its way out, but for its body.
#[derive(Debug)]
pub(super) struct Outbound<'a> {
    /// The method.
    pub(super) method: &'a Method,
    /// The path that was matched.
    pub(super) target: &'a Target,
    /// The caller's fields.
    pub(super) fields: &'a HeaderMap,
    /// Our words for the form of the body, if there is one.
    pub(super) media: Option<HeaderValue>,
    /// The API.
    pub(super) dialect: &'static Dialect,
    /// What was asked for.
    pub(super) asked: &'a Asked,
}

/// Sends cleared requests on, each to the upstream the operator's routes say.
#[derive(Debug)]
pub(super) struct Forwarder {
    routes: Vec<Route>,
    usual: Way,
    others: Vec<Way>,
}

/// The way to one upstream.
#[derive(Debug)]
enum Way {
    /// To the stand-in model.
    Echo,
    /// To an API.
    Http(Box<Api>),
}

type Pooled = Client<Timed<HttpsConnector<HttpConnector>>, Full<Bytes>>;

/// Pooled clients and where they send to. No two upstreams share one.
#[derive(Debug)]
struct Api {
    lanes: Lanes<Pooled>,
    /// For WebSockets, which HTTP/2 does not carry here.
    sockets: Pooled,
    base: BaseUrl,
    link: Link,
    first_byte: Duration,
}

impl Forwarder {
    /// A forwarder to the upstreams of these settings.
    ///
    /// # Errors
    /// When TLS is needed and cannot be set up.
    pub(super) fn new(settings: &Settings) -> Result<Self, TlsError> {
        let way = |upstream: &Upstream, link: &Link| Way::new(upstream, link, settings.timeouts);
        Ok(Forwarder {
            routes: settings.routes.clone(),
            usual: way(&settings.upstream, &settings.link)?,
            others: settings
                .others
                .iter()
                .map(|other| way(&other.upstream, &other.link))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The target below the route that was built for it, if one says so.
    pub(super) fn enter(&self, mut target: Target) -> Target {
        let strips = self.routes.iter().filter(|route| route.strip);
        if let Some(rest) = strips.filter_map(|route| route.below(&target.path)).next() {
            target.path = if rest.is_empty() { "/".to_owned() } else { rest.to_owned() };
        }
        target
    }

    /// Sends a cleared request and gives the answer, its body still streaming.
    ///
    /// # Errors
    /// 502 and 504 when the upstream cannot be reached, redirects, or does not answer in time.
    pub(super) async fn forward(
        &self,
        outbound: Outbound<'_>,
        cleared: Cleared,
        entry: &mut Entry,
    ) -> Result<Response<Outgoing>, Refused> {
        let start = Instant::now();
        let (name, answer) = match self.way(&outbound) {
            Way::Echo => ("echo", Ok(echo::answer(&outbound, &cleared.into_body(), entry.stay_open()))),
            Way::Http(api) => (api.link.name(), api.forward(outbound, cleared, entry).await),
        };
        entry.stage("upstream", start.elapsed());
        let status = answer.as_ref().map(|answer| answer.status().as_u16()).ok();
        entry.metrics().reach.upstream_answer(name, status);
        answer.map_err(|(kind, refused)| {
            entry.metrics().upstream_error(kind);
            refused
        })
    }

    fn way(&self, outbound: &Outbound<'_>) -> &Way {
        let model = outbound.asked.model.as_deref();
        let route = self.routes.iter().find(|route| route.takes(&outbound.target.written, model));
        let other = route.and_then(|route| route.to.checked_sub(1)).and_then(|at| self.others.get(at));
        other.unwrap_or(&self.usual)
    }
}

impl Way {
    fn new(upstream: &Upstream, link: &Link, timeouts: Timeouts) -> Result<Self, TlsError> {
        let Upstream::Base(base) = upstream else { return Ok(Way::Echo) };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(PROBE));
        let config = tls::client(&link.tls, *base.scheme() == Scheme::HTTPS)?;
        let https = || HttpsConnectorBuilder::new().with_tls_config(config.clone()).https_or_http();
        let plain = https().enable_http1().wrap_connector(tcp.clone());
        let inner = match link.protocol {
            Protocol::Auto => https().enable_http1().enable_http2().wrap_connector(tcp),
            Protocol::Http1 => plain.clone(),
            Protocol::Http2 => https().enable_http2().wrap_connector(tcp),
        };
        // A request is sent again only when a pooled connection turned out to be closed before a byte of it was written.
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .retry_canceled_requests(true)
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(if *base.scheme() == Scheme::HTTPS { KEPT_TLS } else { KEPT })
            .timer(TokioTimer::new())
            .http2_keep_alive_interval(PROBE)
            .http2_keep_alive_timeout(PROBE)
            .http2_keep_alive_while_idle(true)
            .http1_max_headers(100)
            .http1_max_buf_size(BUFFER)
            .http2_only(link.protocol == Protocol::Http2)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(1 << 20)
            .http2_max_header_list_size(STREAM_WINDOW);
        let patience = link.connect.unwrap_or(timeouts.connect);
        let connector = Timed { inner, patience };
        let lanes = Lanes::new(|| builder.build(connector.clone()));
        let sockets = builder.http2_only(false).build(Timed { inner: plain, patience });
        let first_byte = link.first_byte.unwrap_or(timeouts.first_byte);
        let (base, link) = (base.clone(), link.clone());
        Ok(Way::Http(Box::new(Api { lanes, sockets, base, link, first_byte })))
    }
}

type Failed = (&'static str, Refused);

fn down(kind: &'static str, message: &'static str) -> Failed {
    (kind, Refused::new(RefusalKind::UpstreamDown, message))
}

impl Api {
    async fn forward(
        &self,
        outbound: Outbound<'_>,
        cleared: Cleared,
        entry: &mut Entry,
    ) -> Result<Response<Outgoing>, Failed> {
        let mut request = self.request(&outbound, cleared)?;
        entry.go_out(request.headers_mut());
        let (client, lane) = self.lanes.pick();
        let answer = self.ask(client, request).await?;
        passed_on(answer, entry, lane)
    }

    /// Sends a request and waits for the head of its answer.
    async fn ask(
        &self,
        client: &Pooled,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failed> {
        let flood = Arc::new(Notify::new());
        watch_interim(&mut request, Arc::clone(&flood));
        let late = || {
            ("first_byte", Refused::new(RefusalKind::UpstreamTimeout, "the upstream did not answer in time"))
        };
        let answer = tokio::select! {
            answer = timeout(self.first_byte, client.request(request)) => answer.map_err(|_| late())?,
            () = flood.notified() => return Err(down("interim", "the upstream sent interim answers without end")),
        };
        answer.map_err(|error| broken(&error))
    }

    fn request(&self, outbound: &Outbound<'_>, cleared: Cleared) -> Result<Request<Full<Bytes>>, Failed> {
        let body = cleared.into_body();
        let mut request = Request::new(Full::new(body.clone()));
        let target = headers::target_for(&self.link, outbound.target);
        let address = self.base.join(&target);
        *request.uri_mut() = address.map_err(|_| down("address", "the upstream's address is broken"))?;
        request.method_mut().clone_from(outbound.method);
        *request.headers_mut() = headers::for_upstream(outbound.fields, outbound.media.as_ref(), &self.link);
        Ok(request)
    }
}

/// An upstream's answer as the caller gets it, its body still streaming.
fn passed_on(answer: Response<Incoming>, entry: &Entry, lane: Lane) -> Result<Response<Outgoing>, Failed> {
    let (head, body) = answer.into_parts();
    check(&head)?;
    entry.metrics().unscreened("response");
    let body = Streamed::new(body, (entry.stay_open(), lane), entry.audit());
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = head.status;
    *response.headers_mut() = headers::for_caller(&head.headers);
    // Said aloud: only requests are judged.
    response.headers_mut().insert(RESPONSE.clone(), HeaderValue::from_static("unscreened"));
    Ok(response)
}

/// Refuses an answer that would lead the caller away or has two readings.
fn check(head: &response::Parts) -> Result<(), Failed> {
    let redirects = head.status.is_redirection() && head.status != StatusCode::NOT_MODIFIED;
    if redirects || head.status == StatusCode::SWITCHING_PROTOCOLS {
        // Followed, a redirect would take the caller's key elsewhere; passed on, it would lead the caller round this proxy.
        return Err(down("redirect", "the upstream answered with a redirect"));
    }
    let fields = &head.headers;
    let coding = fields.get(header::TRANSFER_ENCODING).map(HeaderValue::as_bytes);
    let lengths = fields.get_all(header::CONTENT_LENGTH).iter().count();
    let odd = coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"chunked"));
    if odd || lengths > 1 || (coding.is_some() && lengths > 0) {
        return Err(down("framing", "the upstream's answer has two lengths"));
    }
    Ok(())
}

/// Calls `flood` when interim answers do not end.
fn watch_interim(request: &mut Request<Full<Bytes>>, flood: Arc<Notify>) {
    let seen = AtomicUsize::new(0);
    on_informational(request, move |_| {
        if seen.fetch_add(1, Ordering::Relaxed) >= INTERIM {
            flood.notify_one();
        }
    });
}

fn broken(error: &Error) -> Failed {
    // The error names addresses at most, never text of the request.
    tracing::warn!(error = %chain(error), "the upstream failed");
    if error.is_connect() {
        down("connect", "the upstream cannot be reached")
    } else {
        down("broken", "the upstream broke the connection")
    }
}

/// An upstream that agreed to a WebSocket and was gone then.
fn broken_off(error: &hyper::Error) -> Failed {
    tracing::warn!(error = %chain(error), "the upstream failed");
    down("broken", "the upstream broke the connection")
}

fn chain(error: &dyn StdError) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        out.push_str(": ");
        out.push_str(&error.to_string());
        source = error.source();
    }
    out
}

/// A connector that gives up: TCP and TLS together get `patience`.
#[derive(Debug, Clone)]
pub(super) struct Timed<S> {
    inner: S,
    patience: Duration,
}

impl<S> Service<Uri> for Timed<S>
where
    S: Service<Uri, Error: Into<BoxError>, Future: Send + 'static>,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, patience) = (self.inner.call(uri), self.patience);
        Box::pin(async move { timeout(patience, connecting).await?.map_err(Into::into) })
    }
}
