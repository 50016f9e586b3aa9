//! Traces, off unless a collector is named: what an operator says of them, and the parts that know OpenTelemetry.

#[cfg(not(feature = "otlp"))]
#[allow(dead_code, reason = "there is no way to make one")]
mod none;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "otlp")]
mod spans;

use http::Uri;

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
}
