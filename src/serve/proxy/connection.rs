//! The accept loop: connections under limits and time-outs, and their orderly end.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep, timeout};

use super::Outgoing;

/// Bytes of the HTTP/2 preface: until they are seen the protocol is not known and no other time-out runs.
const PREFACE: usize = 24;
/// Bytes of a request head.
const HEAD_BYTES: u32 = 16 << 10;
/// Fields of a request head.
const HEAD_FIELDS: usize = 100;
/// How long a caller who closed its side is still written to.
const FAREWELL: Duration = Duration::from_millis(300);

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// Time for a request head.
    pub(crate) header: Duration,
    /// Time for open requests to end.
    pub(crate) drain: Duration,
}

/// What answers a request.
pub(crate) type Handler = Arc<dyn Fn(Request<Incoming>) -> Answering + Send + Sync>;
/// An answer in the making.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response<Outgoing>> + Send>>;

/// Serves connections until `stop` turns true, then waits for the open ones, at most `limits.drain`.
pub(crate) async fn accept_all(
    listener: TcpListener,
    handler: Handler,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = open.join_next(), if !open.is_empty() => {}
            accepted = next(&listener, &room) => {
                let Some((stream, seat)) = accepted else { continue };
                let (handler, watcher) = (Arc::clone(&handler), graceful.watcher());
                open.spawn(async move {
                    serve_one(stream, handler, limits.header, watcher).await;
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

async fn serve_one(stream: TcpStream, handler: Handler, header: Duration, watcher: Watcher) {
    // Fails only on a socket that is gone, which the first read finds out.
    let _ = stream.set_nodelay(true);
    let stream = Arc::new(stream);
    let socket = TokioIo::new(Socket::new(Arc::clone(&stream), header));
    let service = service_fn(|request| {
        let answer = handler(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let builder = builder(header);
    tokio::select! {
        // How a connection ends is the caller's business; what it asked for is in the records.
        _ = watcher.watch(builder.serve_connection(socket, service)) => {}
        () = gone(&stream) => {}
    }
}

fn builder(header: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header)
        .max_headers(HEAD_FIELDS)
        .max_buf_size(HEAD_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(HEAD_BYTES)
        .initial_stream_window_size(64 << 10)
        .initial_connection_window_size(1 << 20)
        .max_send_buf_size(64 << 10)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

/// Ends when the caller has closed its side. hyper sees that by itself only while it reads: with one pipelined byte left
/// in its buffer it would work on for a caller who is long gone.
async fn gone(stream: &TcpStream) {
    loop {
        match stream.ready(Interest::READABLE).await {
            Ok(ready) if !ready.is_read_closed() => sleep(FAREWELL).await,
            Ok(_) | Err(_) => break,
        }
    }
    sleep(FAREWELL).await;
}

/// A socket shared with the watch for its end, which gives up on a caller who is slow to say what it speaks.
struct Socket {
    stream: Arc<TcpStream>,
    seen: usize,
    opening: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    fn new(stream: Arc<TcpStream>, patience: Duration) -> Self {
        Socket { stream, seen: 0, opening: Some(Box::pin(sleep(patience))) }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.opening.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read(buf.initialize_unfilled()) {
                Ok(count) => {
                    buf.advance(count);
                    self.seen = self.seen.saturating_add(count);
                    if self.seen >= PREFACE {
                        self.opening = None;
                    }
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

    /// Nothing to do: the socket is closed when its last owner goes, right after the connection ends.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
