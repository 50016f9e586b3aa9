//! An endpoint that is asked: one POST a call, no redirect followed, an answer read under a cap. Its key is ours, comes from
//! the environment, and is sent to its address only; a caller's keys are never sent here.

use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderName, HeaderValue};
use http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::judge::second::{Failure, Said};
use crate::second::family::{Family, Prompt};
use crate::second::moderations;
use crate::serve::settings::{BaseUrl, ClientTls};
use crate::serve::tls::{self, TlsError};

/// Bytes of an answer that are read.
const ANSWER: usize = 256 << 10;
/// From this score on the remaining calls about a text are spared.
const SURE: f32 = 0.99;

/// What an endpoint speaks.
#[derive(Debug, Clone, Copy)]
pub enum Speaks {
    /// OpenAI's moderations.
    Moderations,
    /// A guard model of a family.
    Guard {
        /// The family.
        family: &'static Family,
        /// How the question is put.
        prompt: Prompt,
        /// Whether token probabilities are asked for.
        logprobs: bool,
    },
}

/// Where an endpoint is and how it is spoken to.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The address below which its paths lie.
    pub base: BaseUrl,
    /// What it speaks.
    pub speaks: Speaks,
    /// The model asked for.
    pub model: Option<String>,
    /// Whom to believe.
    pub tls: ClientTls,
    /// Our key: the field and its value, marked sensitive.
    pub key: Option<(HeaderName, HeaderValue)>,
}

/// A pooled client of one endpoint.
pub struct Remote {
    endpoint: Endpoint,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    version: Arc<str>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Endpoint { base, speaks, model, .. } = &self.endpoint;
        match speaks {
            Speaks::Moderations => write!(out, "moderations at {base}")?,
            Speaks::Guard { family, .. } => write!(out, "{} at {base}", family.name)?,
        }
        model.as_ref().map_or(Ok(()), |model| write!(out, ", model {model}"))
    }
}

impl Remote {
    /// A client of `endpoint`.
    ///
    /// # Errors
    /// When TLS is needed and cannot be set up.
    pub fn new(endpoint: Endpoint) -> Result<Self, TlsError> {
        let https = *endpoint.base.scheme() == http::uri::Scheme::HTTPS;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls::client(&endpoint.tls, https)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        let asked = match endpoint.speaks {
            Speaks::Moderations => "moderations".to_owned(),
            Speaks::Guard { family, prompt, logprobs } => format!("{} {prompt:?} {logprobs}", family.name),
        };
        let version = Sha256::digest(format!("{asked} {} {:?}", endpoint.base, endpoint.model));
        let version = data_encoding::HEXLOWER.encode(&version[..6]).into();
        Ok(Remote { endpoint, client, version })
    }

    /// Address, model and manner of asking, hashed.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Asks about one text.
    pub(super) async fn ask(&self, text: &str) -> Result<Said, Failure> {
        let model = self.endpoint.model.as_deref();
        match self.endpoint.speaks {
            Speaks::Moderations => {
                let answer = self.post(moderations::PATH, &moderations::body(model, text)).await?;
                moderations::read(&answer).ok_or(Failure::Malformed)
            }
            Speaks::Guard { family, prompt, logprobs } => {
                let mut worst = Said { score: 0.0, category: None };
                for call in family.calls(prompt, model, logprobs, text) {
                    let answer = self.post(call.path, &call.body).await?;
                    let said = family.answer(&call, &answer).ok_or(Failure::Malformed)?;
                    if said.score >= worst.score {
                        worst = said;
                    }
                    if worst.score >= SURE {
                        break;
                    }
                }
                Ok(worst)
            }
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let uri: Uri = self.endpoint.base.join(path).map_err(|_| Failure::Unreachable)?;
        let mut request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|_| Failure::Unreachable)?;
        if let Some((name, value)) = &self.endpoint.key {
            request.headers_mut().insert(name.clone(), value.clone());
        }
        let answer = self.client.request(request).await.map_err(|error| {
            // The error names addresses at most, never text or keys.
            tracing::warn!(endpoint = %self, %error, "a second opinion cannot be reached");
            Failure::Unreachable
        })?;
        if !answer.status().is_success() {
            tracing::warn!(endpoint = %self, status = answer.status().as_u16(), "a second opinion answered with an error");
            return Err(Failure::Status);
        }
        let (mut body, mut whole) = (Limited::new(answer.into_body(), ANSWER), BytesMut::new());
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Failure::Malformed)?;
            if let Ok(data) = frame.into_data() {
                whole.extend_from_slice(&data);
            }
        }
        serde_json::from_slice(&whole).map_err(|_| Failure::Malformed)
    }
}
