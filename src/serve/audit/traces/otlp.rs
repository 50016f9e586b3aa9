//! OpenTelemetry over OTLP/HTTP: a span for the request in the caller's W3C trace, one for its screening and one for the
//! exchange with the upstream, which is told that span as its parent.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HeaderExtractor, HeaderInjector, HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::spans::{of_exchange, of_request, of_screening, operation};
use super::{Headers, TraceSettings};
use crate::serve::audit::Record;
use crate::serve::settings::ClientTls;
use crate::serve::tls;

/// How long one export may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end waits for the last spans.
const FAREWELL: Duration = Duration::from_secs(2);
/// Bytes of a collector's answer that are read.
const ANSWER: usize = 1 << 20;

/// Takes what is known of requests and sends spans.
pub(in crate::serve::audit) struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl fmt::Debug for Traces {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Traces")
    }
}

impl Traces {
    /// Opens the way to the collector, which need not be there yet.
    ///
    /// # Errors
    /// When TLS is needed and cannot be set up.
    pub(in crate::serve::audit) fn open(settings: &TraceSettings) -> Result<Self, String> {
        let https = settings.endpoint.scheme_str() == Some("https");
        let config = tls::client(&ClientTls::default(), https).map_err(|error| error.to_string())?;
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let base = settings.endpoint.to_string();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender {
                client,
                runtime: Handle::current(),
                headers: settings.headers.clone(),
            })
            .with_endpoint(format!("{}/v1/traces", base.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| error.to_string())?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder().with_service_name(settings.service.clone());
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.share)));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(resource.with_attribute(version).build())
            .build();
        let tracer = provider.tracer("unspool");
        Ok(Traces { provider, tracer })
    }

    /// Begins the span of a request, in the trace its head names.
    pub(in crate::serve::audit) fn begin(&self, fields: &HeaderMap) -> Started {
        let parent =
            TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(fields));
        let root = self.tracer.span_builder("request").with_kind(SpanKind::Server);
        let root = parent.with_span(root.start_with_context(&self.tracer, &parent));
        Started { tracer: self.tracer.clone(), root, out: None }
    }

    /// Sends what waits.
    pub(in crate::serve::audit) async fn end(&self) {
        let provider = self.provider.clone();
        // A collector that is not there costs the last spans, nothing more.
        let _ = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FAREWELL)).await;
    }
}

/// The spans of a request that is being handled.
pub(in crate::serve::audit) struct Started {
    tracer: SdkTracer,
    root: Context,
    /// The exchange with the upstream, and when it began.
    out: Option<(Context, SystemTime)>,
}

impl fmt::Debug for Started {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Started")
    }
}

impl Started {
    /// Begins the exchange with the upstream and names its span to it.
    pub(in crate::serve::audit) fn go_out(&mut self, fields: &mut HeaderMap) {
        let span = self.tracer.span_builder("exchange").with_kind(SpanKind::Client);
        let context = self.root.with_span(span.start_with_context(&self.tracer, &self.root));
        TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(fields));
        self.out = Some((context, now()));
    }

    /// Ends all spans with what came of the request.
    pub(in crate::serve::audit) fn finish(self, record: &Record, took: Duration) {
        let start = system(record.time);
        if let (Some(decided), Some(screening)) = (record.decided, record.screening) {
            let end = system(decided);
            let span = self
                .tracer
                .span_builder("run_guardrail unspool")
                .with_kind(SpanKind::Internal)
                .with_start_time(end.checked_sub(screening).unwrap_or(start))
                .with_attributes(of_screening(record));
            let context = self.root.with_span(span.start_with_context(&self.tracer, &self.root));
            context.span().end_with_timestamp(end);
        }
        if let Some((context, began)) = self.out {
            let span = context.span();
            let operation = operation(&record.route);
            span.update_name(match &record.model {
                Some(model) => format!("{operation} {model}"),
                None => operation.to_owned(),
            });
            of_exchange(record, operation).into_iter().for_each(|attribute| span.set_attribute(attribute));
            let answered = record.stages.iter().find(|(stage, _)| *stage == "upstream");
            span.end_with_timestamp(answered.map_or_else(now, |(_, took)| began + *took));
        }
        let root = self.root.span();
        root.update_name(record.route.clone());
        of_request(record).into_iter().for_each(|attribute| root.set_attribute(attribute));
        if record.status >= 500 {
            root.set_status(Status::error(record.reason.unwrap_or("failed")));
        }
        root.end_with_timestamp(start + took);
    }
}

fn now() -> SystemTime {
    system(Timestamp::now())
}

fn system(time: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(u64::try_from(time.as_nanosecond()).unwrap_or(0))
}

/// Posts to the collector. The exporter has a thread of its own, so the work is handed to the runtime.
#[derive(Debug)]
struct Sender {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
    headers: Headers,
}

impl HttpClient for Sender {
    fn send_bytes<'s, 'f>(
        &'s self,
        mut request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        let client = self.client.clone();
        for (name, value) in &self.headers.0 {
            request.headers_mut().insert(name, value.clone());
        }
        let work = self.runtime.spawn(async move {
            let answer = timeout(PATIENCE, client.request(request.map(Full::new))).await??;
            let (parts, body) = answer.into_parts();
            #[expect(clippy::disallowed_methods, reason = "the body is limited")]
            let body = timeout(PATIENCE, Limited::new(body, ANSWER).collect()).await??.to_bytes();
            Ok(Response::from_parts(parts, body))
        });
        Box::pin(async move { work.await? })
    }
}
