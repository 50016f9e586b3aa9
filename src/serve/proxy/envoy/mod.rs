//! Envoy's external processing (`ext_proc`): Envoy carries the request, this judges it. Head and whole body come over gRPC,
//! what goes back is "go on" or an answer in the caller's dialect. Same checks, policy, limits and records as the proxy.

mod fields;
mod stream;
mod wire;

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready as when_ready};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::server::Grpc;
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;
use tower_service::Service;

use self::wire::{HealthCheckResponse, Nothing, ProcessingRequest, ProcessingResponse};
use super::answer::whole;
use super::{BoxError, Handler, Limits, Outgoing, Proxy, accept_all};

/// The one method.
const PATH: &str = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
/// What Envoy's health checks ask.
const HEALTH: &str = "/grpc.health.v1.Health/Check";
/// Bytes a message may have beside a body.
const HEAD: usize = 256 << 10;

impl Proxy {
    /// Serves Envoys until `stop` turns true.
    pub(in crate::serve) async fn serve_envoy(
        self: Arc<Self>,
        listener: TcpListener,
        limits: Limits,
        stop: watch::Receiver<bool>,
    ) {
        let handler: Handler = Arc::new(move |request| {
            let proxy = Arc::clone(&self);
            Box::pin(async move { answer(proxy, request).await })
        });
        accept_all(listener, None, handler, limits, stop).await;
    }
}

async fn answer(proxy: Arc<Proxy>, request: Request<Incoming>) -> Response<Outgoing> {
    if request.uri().path() == HEALTH {
        let codec = ProstCodec::<HealthCheckResponse, Nothing>::default();
        let served = Grpc::new(codec).unary(Healthy, request).await;
        return served.map(|body| body.map_err(BoxError::from).boxed_unsync());
    }
    if request.uri().path() != PATH {
        let mut response = Response::new(whole(Bytes::from_static(b"Envoy's ext_proc is served here\n")));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    let codec = ProstCodec::<ProcessingResponse, ProcessingRequest>::default();
    let most = proxy.settings.read.body_bytes.saturating_add(HEAD);
    let memory = Arc::clone(&proxy.memory);
    let request = request.map(|body| Granted { inner: body, memory, held: None });
    let served = Grpc::new(codec).max_decoding_message_size(most).streaming(Process(proxy), request).await;
    served.map(|body| body.map_err(BoxError::from).boxed_unsync())
}

/// Up as long as it is asked: a listener that drains takes no more connections.
struct Healthy;

impl Service<tonic::Request<Nothing>> for Healthy {
    type Response = tonic::Response<HealthCheckResponse>;
    type Error = Status;
    type Future = std::future::Ready<Result<Self::Response, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: tonic::Request<Nothing>) -> Self::Future {
        ready(Ok(tonic::Response::new(HealthCheckResponse { status: 1 })))
    }
}

/// The service, as tonic takes it.
struct Process(Arc<Proxy>);

impl Service<tonic::Request<Streaming<ProcessingRequest>>> for Process {
    type Response = tonic::Response<ReceiverStream<Result<ProcessingResponse, Status>>>;
    type Error = Status;
    type Future = std::future::Ready<Result<Self::Response, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: tonic::Request<Streaming<ProcessingRequest>>) -> Self::Future {
        let (tell, told) = mpsc::channel(2);
        let (proxy, asked) = (Arc::clone(&self.0), request.into_inner());
        tokio::spawn(async move {
            let gone = tell.clone();
            // An Envoy that leaves takes the work along, as a caller of the proxy does.
            tokio::select! {
                () = stream::converse(&proxy, asked, tell) => {}
                () = gone.closed() => {}
            }
        });
        ready(Ok(tonic::Response::new(ReceiverStream::new(told))))
    }
}

/// Bytes on their way in, each granted from the memory all bodies share until the stream ends.
struct Granted {
    inner: Incoming,
    memory: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Granted {
    /// Grants `bytes` more, rounded up to KiB.
    fn grant(&mut self, bytes: usize) -> Result<(), Status> {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let full = |_| Status::resource_exhausted("too many request bodies are held already");
        let more = Arc::clone(&self.memory).try_acquire_many_owned(kib).map_err(full)?;
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        Ok(())
    }
}

impl Body for Granted {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = when_ready!(Pin::new(&mut self.inner).poll_frame(cx));
        Poll::Ready(frame.map(|frame| {
            let frame = frame?;
            self.grant(frame.data_ref().map_or(0, Bytes::len))?;
            Ok(frame)
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}
