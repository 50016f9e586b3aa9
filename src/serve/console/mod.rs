//! The admin listener: health, metrics and a page to look at. It reads; nothing can be changed through it.

mod page;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{self, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::audit::Audit;
use super::proxy::{Handler, Limits, Outgoing, accept_all, whole};

/// What the admin listener shows.
#[derive(Debug)]
pub(super) struct Console {
    audit: Arc<Audit>,
    ready: Arc<AtomicBool>,
    upstream: String,
}

impl Console {
    /// A console over these records.
    pub(super) fn new(audit: Arc<Audit>, ready: Arc<AtomicBool>, upstream: String) -> Self {
        Console { audit, ready, upstream }
    }

    /// Serves connections until `stop` turns true.
    pub(super) async fn serve(self, listener: TcpListener, limits: Limits, stop: watch::Receiver<bool>) {
        let console = Arc::new(self);
        let handler: Handler = Arc::new(move |request| {
            let answer = console.answer(&request);
            Box::pin(async move { answer })
        });
        accept_all(listener, None, handler, limits, stop).await;
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Outgoing> {
        const TEXT: &str = "text/plain; charset=utf-8";
        if !local_host(request) {
            return page(StatusCode::MISDIRECTED_REQUEST, TEXT, "use an address or localhost\n".into());
        }
        if request.method() != Method::GET {
            return page(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET\n".into());
        }
        match request.uri().path() {
            "/healthz" => page(StatusCode::OK, TEXT, "ok\n".into()),
            "/readyz" if self.ready.load(Ordering::Relaxed) => page(StatusCode::OK, TEXT, "ready\n".into()),
            "/readyz" => page(StatusCode::SERVICE_UNAVAILABLE, TEXT, "draining\n".into()),
            "/metrics" => page(
                StatusCode::OK,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                self.audit.metrics.text(),
            ),
            "/console" | "/" => page(
                StatusCode::OK,
                "text/html; charset=utf-8",
                page::render(&self.audit, &self.upstream, self.ready.load(Ordering::Relaxed)),
            ),
            _ => page(StatusCode::NOT_FOUND, TEXT, "no such page\n".into()),
        }
    }
}

/// Whether the request was sent to an address and not to a name: a foreign name that resolves here is another site's page
/// reading this one (DNS rebinding).
fn local_host(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let named = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    named.is_some_and(is_address)
}

fn is_address(host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    let bare = without_port.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

fn page(status: StatusCode, media: &'static str, body: String) -> Response<Outgoing> {
    let mut response = Response::new(whole(body.into()));
    *response.status_mut() = status;
    let fields: &mut HeaderMap = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    fields.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    fields.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_addresses() {
        for host in ["127.0.0.1", "127.0.0.1:9", "[::1]:9", "localhost", "LOCALHOST:80", "10.0.0.1:80"] {
            assert!(is_address(host), "{host}");
        }
        for host in
            ["", "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "a:b"]
        {
            assert!(!is_address(host), "{host}");
        }
    }
}
