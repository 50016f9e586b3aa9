//! The accept loop: connections under limits and time-outs, and their orderly end.

use std::convert::Infallible;
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::{Request, Response, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::Outgoing;
use super::guard::{FAULT_FIELD, Guard};

/// Bytes of a request head in HTTP/2; HTTP/1 heads are measured before hyper sees them.
const HEAD_BYTES: u32 = 16 << 10;
/// Fields of a request head, and of trailers.
const HEAD_FIELDS: usize = 100;
/// Bytes hyper may hold of one HTTP/1 connection, in either direction.
const BUFFER: usize = 32 << 10;
/// Bytes one HTTP/2 stream may have under way, in either direction.
const STREAM_WINDOW: u32 = 64 << 10;
/// Requests of one gateway at once.
const GATEWAY_STREAMS: u32 = 1000;
/// Requests of a gateway that may be taken back before they are looked at.
const GATEWAY_RESETS: usize = 10_000;
/// How long a caller who closed its side is still written to.
const FAREWELL: Duration = Duration::from_millis(300);
/// How often a caller is looked after whose bytes nobody reads.
const GLANCE: Duration = Duration::from_millis(50);
/// Bytes read away after the last answer, so that it is not lost to a reset.
const LINGER_BYTES: usize = 64 << 10;
/// How long that may take.
const LINGER: Duration = Duration::from_secs(1);
/// Silence after which a caller's host is asked whether it is still there.
const PROBE: Duration = Duration::from_secs(20);

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// Time for a TLS handshake.
    pub(crate) handshake: Duration,
    /// Time for a request head, from its first byte.
    pub(crate) header: Duration,
    /// Time between requests.
    pub(crate) keep_alive: Duration,
    /// Time for open requests to end.
    pub(crate) drain: Duration,
    /// Whether the peers are gateways of the operator's own, each with many callers on one connection.
    pub(crate) gateways: bool,
}

/// What one connection may take, and how much room is left for others.
struct Place {
    limits: Limits,
    room: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

/// What answers a request.
pub(crate) type Handler = Arc<dyn Fn(Request<Incoming>) -> Answering + Send + Sync>;
/// An answer in the making.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response<Outgoing>> + Send>>;

/// What goes on over a connection that has become a WebSocket, until that ends or the proxy is to stop.
pub(super) type Tunnel =
    Box<dyn FnOnce(watch::Receiver<bool>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Put on an answer of 101: what the connection is for from then on.
#[derive(Clone, Default)]
pub(super) struct Passage(Arc<Mutex<Option<Tunnel>>>);

impl Passage {
    /// A way into `tunnel`.
    pub(super) fn new(tunnel: Tunnel) -> Self {
        Passage(Arc::new(Mutex::new(Some(tunnel))))
    }

    fn take(&self) -> Option<Tunnel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Serves connections until `stop` turns true, then waits for the open ones, at most `limits.drain`.
pub(crate) async fn accept_all(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    handler: Handler,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let mut open = JoinSet::new();
    let told = stop.clone();
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = open.join_next(), if !open.is_empty() => {}
            accepted = next(&listener, &room) => {
                let Some((stream, seat)) = accepted else { continue };
                let (handler, tls, watcher) = (Arc::clone(&handler), tls.clone(), graceful.watcher());
                let place = Place { limits, room: Arc::clone(&room), stop: told.clone() };
                // A WebSocket is waited for like a request.
                let held = graceful.watcher();
                open.spawn(async move {
                    serve_one(stream, tls, handler, &place, (watcher, held)).await;
                    drop(seat);
                });
            }
        }
    }
    drop(listener);
    if timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = open.len(), "the drain limit is over; open requests are cut");
    }
    open.shutdown().await;
}

/// The next connection, once there is room for it. `None` after an accept error, which is waited out.
async fn next(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let seat = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, seat)),
        Err(error) => {
            // Out of file descriptors, mostly: without a pause the loop would spin.
            tracing::warn!(%error, "cannot accept");
            sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn serve_one(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    handler: Handler,
    place: &Place,
    watchers: (Watcher, Watcher),
) {
    // Both fail only on a socket that is gone, which the first read finds out.
    let _ = stream.set_nodelay(true);
    let probe = TcpKeepalive::new().with_time(PROBE).with_interval(PROBE / 4);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&probe);
    let stream = Arc::new(stream);
    let socket = Socket { stream: Arc::clone(&stream) };
    let Some(tls) = tls else { return serve_http(socket, &stream, handler, place, watchers).await };
    match timeout(place.limits.handshake, tls.accept(socket)).await {
        Ok(Ok(socket)) => serve_http(socket, &stream, handler, place, watchers).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn serve_http<S>(
    socket: S,
    stream: &TcpStream,
    handler: Handler,
    place: &Place,
    (watcher, held): (Watcher, Watcher),
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let gateway = place.limits.gateways;
    let guard = Guard::new(socket, place.limits.header);
    let guard = if gateway { guard.trusting() } else { guard };
    let (verdict, gate, passage) = (guard.verdict(), guard.gate(), Arc::new(Mutex::default()));
    let found: Arc<Mutex<Option<Passage>>> = Arc::clone(&passage);
    let activity = Arc::new(Activity::default());
    let counted = Arc::clone(&activity);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let fault = verdict.get().filter(|_| request.headers().contains_key(FAULT_FIELD));
        fault.map(|fault| request.extensions_mut().insert(*fault));
        let busy = Busy::new(&counted);
        let asks = request.headers().contains_key(UPGRADE) && request.version() < Version::HTTP_2;
        let answer = handler(request);
        let (gate, found) = (Arc::clone(&gate), Arc::clone(&found));
        async move {
            let mut answer = answer.await;
            if let Some(passage) = answer.extensions_mut().remove::<Passage>() {
                *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(passage);
                gate.store(true, Ordering::Release);
            } else if asks {
                // What follows a request for a WebSocket is no request.
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer.map(|body| {
                body.map_frame(move |frame| {
                    let _until_the_body_ends = &busy;
                    frame
                })
            }))
        }
    });
    let builder = builder(gateway);
    tokio::select! {
        // How a connection ends is the caller's business; what it asked for is in the records.
        _ = watcher.watch(builder.serve_connection_with_upgrades(TokioIo::new(guard), service)) => {}
        () = activity.idle(place.limits.keep_alive, &place.room) => return,
        () = gone(stream) => return,
    }
    let passage = passage.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(tunnel) = passage.and_then(|passage| passage.take()) {
        tokio::select! {
            () = tunnel(place.stop.clone()) => {}
            () = gone(stream) => return,
        }
    }
    drop(held);
    linger(stream).await;
}

fn builder(gateway: bool) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // The guard times heads from their first byte on, the watch for idleness all else.
        .header_read_timeout(None)
        .half_close(true)
        .max_headers(HEAD_FIELDS)
        .max_buf_size(BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(HEAD_BYTES)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(1 << 20)
        .max_send_buf_size(STREAM_WINDOW as usize)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    if gateway {
        // Its callers share the connection: one who leaves must not cost the others theirs.
        builder
            .http2()
            .max_concurrent_streams(GATEWAY_STREAMS)
            .max_pending_accept_reset_streams(GATEWAY_RESETS)
            .max_local_error_reset_streams(None);
    }
    builder
}

/// Requests of one connection.
#[derive(Debug, Default)]
struct Activity {
    open: AtomicUsize,
    begun: AtomicU64,
}

impl Activity {
    /// Ends when there was no request for `patience`, or for an eighth of it while others wait for `room`.
    async fn idle(&self, patience: Duration, room: &Semaphore) {
        let (mut known, mut since) = (0, Instant::now());
        loop {
            sleep(patience / 8).await;
            let crowded = room.available_permits() == 0;
            let patience = if crowded { patience / 8 } else { patience };
            let begun = self.begun.load(Ordering::Relaxed);
            if begun != known || self.open.load(Ordering::Relaxed) > 0 {
                (known, since) = (begun, Instant::now());
            } else if since.elapsed() >= patience {
                return;
            }
        }
    }
}

/// A request that is being answered.
struct Busy(Arc<Activity>);

impl Busy {
    fn new(activity: &Arc<Activity>) -> Self {
        activity.begun.fetch_add(1, Ordering::Relaxed);
        activity.open.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(activity))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Reads away what a caller still sends after its last answer: closing on unread bytes resets the connection, and the
/// answer with it.
async fn linger(stream: &TcpStream) {
    let reading = async {
        let (mut piece, mut left) = ([0; 4096], LINGER_BYTES);
        while left > 0 && stream.readable().await.is_ok() {
            match stream.try_read(&mut piece) {
                Ok(0) => return,
                Ok(count) => left = left.saturating_sub(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    };
    if SockRef::from(stream).shutdown(Shutdown::Write).is_ok() {
        // Over or not, the connection is closed now.
        let _ = timeout(LINGER, reading).await;
    }
}

/// Ends when the caller has closed its side. hyper sees that by itself only while it reads: with one pipelined byte left
/// in its buffer it would work on for a caller who is long gone. A side that was closed in order may still be listened on,
/// so what is nearly done is written to it.
async fn gone(stream: &TcpStream) {
    loop {
        match stream.ready(Interest::READABLE | Interest::ERROR).await {
            Ok(ready) if ready.is_error() => return,
            Ok(ready) if ready.is_read_closed() => return sleep(FAREWELL).await,
            // Bytes that nobody reads yet hide the end behind them.
            Ok(_) => sleep(GLANCE).await,
            Err(_) => return,
        }
    }
}

/// A socket shared with the watch for its end.
struct Socket {
    stream: Arc<TcpStream>,
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read(buf.initialize_unfilled()) {
                Ok(count) => {
                    buf.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match self.stream.try_write_vectored(pieces) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match SockRef::from(&*self.stream).shutdown(Shutdown::Write) {
            Err(error) if error.kind() != io::ErrorKind::NotConnected => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(())),
        }
    }
}
