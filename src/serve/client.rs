//! A small blocking client: what `replay --against` asks a running proxy with.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use http::uri::Uri;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;

/// The most of an answer that is read; only its head is of interest.
const ANSWER_CAP: usize = 4 << 20;
/// The longest one exchange may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Posts JSON to one address, over kept-alive connections. Many threads may use one client.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    pooled: Pooled<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Uri,
    bearer: Option<String>,
}

/// What came back, as far as it matters to a measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `x-unspool-action`.
    pub action: Option<String>,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ClientError(String);

impl ClientError {
    fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        ClientError(text)
    }
}

impl Client {
    /// A client of `url`; an address without a path means `path`. `bearer` goes into `authorization`.
    ///
    /// # Errors
    /// When `url` is no http or https address, or the runtime or the root certificates cannot be had.
    pub fn new(url: &str, path: &str, bearer: Option<String>) -> Result<Self, ClientError> {
        let address = address(url, path)?;
        // Another part of the process may have installed a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| ClientError::of(&error))?
            .https_or_http()
            .enable_http1()
            .build();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| ClientError::of(&error))?;
        let pooled = Pooled::builder(TokioExecutor::new()).build(connector);
        Ok(Client { runtime, pooled, address, bearer })
    }

    /// Posts one JSON body and waits for the whole answer.
    ///
    /// # Errors
    /// When there is no answer in time, or it is too long.
    pub fn post_json(&self, body: String) -> Result<Answer, ClientError> {
        let mut request = Request::post(self.address.clone()).header(CONTENT_TYPE, "application/json");
        if let Some(bearer) = &self.bearer {
            request = request.header(http::header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|error| ClientError::of(&error))?;
        self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, self.exchange(request))
                .await
                .map_err(|_| ClientError(format!("no answer within {} s", PATIENCE.as_secs())))?
        })
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, ClientError> {
        let answer = self.pooled.request(request).await.map_err(|error| ClientError::of(&error))?;
        let status = answer.status().as_u16();
        let action = answer.headers().get("x-unspool-action");
        let action = action.and_then(|value| value.to_str().ok()).map(str::to_owned);
        // The body is read to its end, and dropped, so that the connection can be used again.
        let mut body = Limited::new(answer.into_body(), ANSWER_CAP);
        while let Some(frame) = body.frame().await {
            frame.map_err(|error| ClientError(format!("reading the answer: {error}")))?;
        }
        Ok(Answer { status, action })
    }
}

fn address(url: &str, path: &str) -> Result<Uri, ClientError> {
    let uri: Uri = url.parse().map_err(|error| ClientError(format!("`{url}` is no address: {error}")))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.authority().is_none() {
        return Err(ClientError(format!("`{url}` is no address: write http://host:port")));
    }
    if uri.path() != "/" {
        return Ok(uri);
    }
    let full = format!("{}{path}", url.trim_end_matches('/'));
    full.parse().map_err(|error| ClientError(format!("`{full}` is no address: {error}")))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_address_without_a_path_gets_one() {
        let full = |url| {
            address(url, "/v1/chat/completions").map(|uri| uri.to_string()).map_err(|error| error.to_string())
        };
        assert_eq!(full("http://h:1"), Ok("http://h:1/v1/chat/completions".to_owned()));
        assert_eq!(full("http://h:1/x"), Ok("http://h:1/x".to_owned()));
        assert!(full("h:1").is_err() && full("ftp://h/").is_err());
    }

    #[test]
    fn status_and_action_are_read_off_the_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            let mut part = [0; 1024];
            while !seen.ends_with(b"{}") {
                let read = stream.read(&mut part).unwrap();
                seen.extend_from_slice(&part[..read]);
            }
            let answer = "HTTP/1.1 400 Bad Request\r\nx-unspool-action: block\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let client = Client::new(&url, "/v1/messages", None).unwrap();
        let answer = client.post_json("{}".to_owned()).unwrap();
        assert_eq!(answer, Answer { status: 400, action: Some("block".to_owned()) });
        server.join().unwrap();
    }
}
