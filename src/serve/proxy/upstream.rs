//! The upstream: the one place a request leaves by, and only as a [`Cleared`].

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{HeaderMap, HeaderValue};
use http::uri::Scheme;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use tower_service::Service;

use super::answer::Refused;
use super::judging::Asked;
use super::target::Target;
use super::{BoxError, Outgoing, echo, headers};
use crate::judge::decide::Cleared;
use crate::request::dialect::{Dialect, RefusalKind};
use crate::serve::audit::{Audit, Entry, Open};
use crate::serve::settings::{BaseUrl, Timeouts, Upstream};

/// Bytes of ready data put together into one frame; more would only add latency.
const FRAME: usize = 64 << 10;

/// Why no client could be built.
#[derive(Debug, thiserror::Error)]
pub(in crate::serve) enum UpstreamError {
    /// No usable root certificates.
    #[error(
        "the system's root certificates cannot be read: {0}; install ca-certificates or set SSL_CERT_FILE"
    )]
    Roots(io::Error),
    /// The TLS library was refused its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

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

/// Sends cleared requests on.
#[derive(Debug)]
pub(super) enum Forwarder {
    /// To the stand-in model.
    Echo,
    /// To an API.
    Http(Box<Api>),
}

/// A pooled client and where it sends to.
#[derive(Debug)]
pub(super) struct Api {
    client: Client<Timed<HttpsConnector<HttpConnector>>, Full<Bytes>>,
    base: BaseUrl,
    first_byte: Duration,
}

impl Forwarder {
    /// A forwarder to `upstream`.
    ///
    /// # Errors
    /// When TLS is needed and cannot be set up.
    pub(super) fn new(upstream: &Upstream, timeouts: Timeouts) -> Result<Self, UpstreamError> {
        let Upstream::Base(base) = upstream else { return Ok(Forwarder::Echo) };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let inner = HttpsConnectorBuilder::new()
            .with_tls_config(tls(base)?)
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(60))
            .http1_max_headers(100)
            .build(Timed { inner, patience: timeouts.connect });
        Ok(Forwarder::Http(Box::new(Api { client, base: base.clone(), first_byte: timeouts.first_byte })))
    }

    /// Sends a cleared request and gives the answer, its body still streaming.
    ///
    /// # Errors
    /// 502 and 504 when the upstream cannot be reached, redirects, or does not answer in time.
    pub(super) async fn forward(
        &self,
        outbound: Outbound<'_>,
        cleared: Cleared,
        entry: &Entry,
    ) -> Result<Response<Outgoing>, Refused> {
        match self {
            Forwarder::Echo => Ok(echo::answer(&outbound, &cleared.into_body())),
            Forwarder::Http(api) => api.forward(outbound, cleared, entry).await.map_err(|(kind, refused)| {
                entry.metrics().upstream_error(kind);
                refused
            }),
        }
    }
}

/// Native roots for HTTPS; none for plain HTTP, which works where no certificates are installed.
fn tls(base: &BaseUrl) -> Result<ClientConfig, UpstreamError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = if *base.scheme() == Scheme::HTTPS {
        config.with_native_roots().map_err(UpstreamError::Roots)?
    } else {
        config.with_root_certificates(RootCertStore::empty())
    };
    Ok(config.with_no_client_auth())
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
        entry: &Entry,
    ) -> Result<Response<Outgoing>, Failed> {
        let request = self
            .request(&outbound, cleared)
            .map_err(|_| down("address", "the upstream's address is broken"))?;
        let late = || {
            ("first_byte", Refused::new(RefusalKind::UpstreamTimeout, "the upstream did not answer in time"))
        };
        let answer = timeout(self.first_byte, self.client.request(request)).await.map_err(|_| late())?;
        let (head, body) = answer.map_err(|error| broken(&error))?.into_parts();
        if head.status.is_redirection() || head.status == StatusCode::SWITCHING_PROTOCOLS {
            // Followed, a redirect would take the caller's key elsewhere; passed on, it would lead the caller round this proxy.
            return Err(down("redirect", "the upstream answered with a redirect"));
        }
        entry.metrics().unscreened("response");
        let body = Streamed { inner: body, held: None, open: Some(entry.stay_open()), audit: entry.audit() };
        let mut response = Response::new(body.boxed_unsync());
        *response.status_mut() = head.status;
        *response.headers_mut() = headers::for_caller(&head.headers);
        Ok(response)
    }

    fn request(
        &self,
        outbound: &Outbound<'_>,
        cleared: Cleared,
    ) -> Result<Request<Full<Bytes>>, http::Error> {
        let body = cleared.into_body();
        let mut request = Request::new(Full::new(body.clone()));
        *request.uri_mut() = self.base.join(&outbound.target.path_and_query())?;
        request.method_mut().clone_from(outbound.method);
        let fields = headers::for_upstream(outbound.fields, outbound.media.as_ref());
        *request.headers_mut() = fields;
        Ok(request)
    }
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

fn chain(error: &dyn std::error::Error) -> String {
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

/// An upstream's body as it comes: what is ready goes out at once, in one piece. Trailers end here.
struct Streamed {
    inner: Incoming,
    held: Option<BoxError>,
    /// `None` once the body has ended.
    open: Option<Open>,
    audit: Arc<Audit>,
}

impl Streamed {
    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        while self.open.is_some() {
            return Poll::Ready(match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => Some(Ok(data)),
                    Err(_trailers) => continue,
                },
                Some(Err(error)) => {
                    self.audit.metrics.upstream_error("body");
                    Some(Err(error.into()))
                }
                None => {
                    self.open = None;
                    None
                }
            });
        }
        Poll::Ready(None)
    }

    /// Adds what else is ready to `first`.
    fn gather(&mut self, first: Bytes, cx: &mut Context<'_>) -> Bytes {
        let Poll::Ready(second) = self.next(cx) else { return first };
        let mut all = BytesMut::from(first);
        let mut more = second;
        loop {
            match more {
                Some(Ok(data)) => all.extend_from_slice(&data),
                Some(Err(error)) => {
                    self.held = Some(error);
                    break;
                }
                None => break,
            }
            if all.len() >= FRAME {
                break;
            }
            let Poll::Ready(next) = self.next(cx) else { break };
            more = next;
        }
        all.freeze()
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(error) = self.held.take() {
            return Poll::Ready(Some(Err(error)));
        }
        match ready!(self.next(cx)) {
            Some(Ok(first)) => Poll::Ready(Some(Ok(Frame::data(self.gather(first, cx))))),
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
