//! Traces, off unless a collector is named: what an operator says of them, and the parts that know OpenTelemetry.

#[cfg(not(feature = "otlp"))]
#[allow(dead_code, reason = "there is no way to make one")]
mod none;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "otlp")]
mod spans;

use std::fmt;

use http::{HeaderName, HeaderValue, Uri};

#[cfg(not(feature = "otlp"))]
pub(super) use self::none::{Started, Traces};
#[cfg(feature = "otlp")]
pub(super) use self::otlp::{Started, Traces};

/// Where spans go.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSettings {
    /// A collector's base address for OTLP over HTTP, e.g. `http://127.0.0.1:4318`.
    pub endpoint: Uri,
    /// What this service is called there.
    pub service: String,
    /// The share of requests that are traced when the caller has not decided it.
    pub share: f64,
    /// Fields sent along, e.g. a key.
    pub headers: Headers,
}

/// Fields sent to a collector. Their values may be keys and are never shown.
#[derive(Clone, Default, PartialEq)]
pub struct Headers(pub Vec<(HeaderName, HeaderValue)>);

impl fmt::Debug for Headers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
