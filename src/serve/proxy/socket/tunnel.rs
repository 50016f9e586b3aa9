//! Messages both ways, until one side is done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Mutex, watch};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::conversation::Conversation;
use super::memory::{Meter, Metered};
use super::naming::Naming;
use crate::serve::proxy::answer::Refused;
use crate::serve::proxy::upstream::Wire;

/// Bytes of a message; the APIs take 15 MiB of sound at once.
const MESSAGE: usize = 16 << 20;
/// Bytes read at once, and gathered before they are written.
const BUFFER: usize = 16 << 10;
/// How long the sides may take to agree that it is over.
const FAREWELL: Duration = Duration::from_secs(2);
/// Silence after which a conversation may be ended when the proxy is to stop.
const QUIET: Duration = Duration::from_secs(1);

/// What a caller is told whose API has no words for it.
const REFUSED: &str = "the message was refused by the content policy, or cannot be read";

/// How one side came to be done.
enum End {
    /// In order, with its reason.
    Said(Option<CloseFrame>),
    /// Against the rules: it is told why.
    Broke(CloseCode, &'static str),
    /// Without a word.
    Gone,
}

type Ears<S> = SplitStream<WebSocketStream<S>>;
type Mouth<S> = SplitSink<WebSocketStream<S>, Message>;

/// Carries messages between the caller and the upstream.
pub(super) async fn run<S>(
    mut talk: Conversation,
    caller: S,
    peer: Box<dyn Wire>,
    stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(MESSAGE))
        .max_frame_size(Some(MESSAGE));
    let meter = Meter::new(talk.room());
    let caller = Metered::new(caller, Arc::clone(&meter));
    let caller = WebSocketStream::from_raw_socket(caller, Role::Server, Some(config)).await;
    let peer = WebSocketStream::from_raw_socket(peer, Role::Client, Some(config)).await;
    let ((to_caller, mut from_caller), (mut to_peer, mut from_peer)) = (caller.split(), peer.split());
    let (to_caller, passed, naming) = (Mutex::new(to_caller), AtomicU64::new(0), talk.naming());
    let (for_caller, for_peer) = tokio::select! {
        end = up(&mut talk, &meter, &mut from_caller, &mut to_peer, (&to_caller, &passed)) => farewells(end, away),
        end = down(&mut from_peer, &to_caller, &passed, &naming) => {
            let (peer, caller) = farewells(end, broke_off);
            (caller, peer)
        }
        () = quiet(stop, &passed) => (Some(away()), Some(away())),
    };
    let mut to_caller = to_caller.into_inner();
    let ending = async {
        // A side that is gone hears nothing, and need not.
        let _ = tokio::join!(part(&mut to_caller, for_caller), part(&mut to_peer, for_peer));
        tokio::join!(rest(&mut from_caller), rest(&mut from_peer));
    };
    let _ = timeout(FAREWELL, ending).await;
}

/// What the side that is done is told, and what the other one.
fn farewells(end: End, without: fn() -> CloseFrame) -> (Option<CloseFrame>, Option<CloseFrame>) {
    match end {
        // It was answered in kind already.
        End::Said(frame) => (None, Some(frame.unwrap_or_else(normal))),
        End::Broke(code, reason) => (Some(CloseFrame { code, reason: reason.into() }), Some(without())),
        End::Gone => (None, Some(without())),
    }
}

fn normal() -> CloseFrame {
    CloseFrame { code: CloseCode::Normal, reason: "".into() }
}

fn away() -> CloseFrame {
    CloseFrame { code: CloseCode::Away, reason: "".into() }
}

fn broke_off() -> CloseFrame {
    CloseFrame { code: CloseCode::Error, reason: "the upstream broke the connection".into() }
}

async fn part<S: AsyncRead + AsyncWrite + Unpin>(mouth: &mut Mouth<S>, frame: Option<CloseFrame>) {
    if let Some(frame) = frame {
        // It may be gone.
        let _ = mouth.send(Message::Close(Some(frame))).await;
    }
}

/// Hears a side out until it has said its last.
async fn rest<S: AsyncRead + AsyncWrite + Unpin>(ears: &mut Ears<S>) {
    while let Some(Ok(_)) = ears.next().await {}
}

/// Judges what the caller says and sends it on, until either is not to be talked to any more.
async fn up<S, P>(
    talk: &mut Conversation,
    meter: &Meter,
    from_caller: &mut Ears<S>,
    to_peer: &mut Mouth<P>,
    (to_caller, passed): (&Mutex<Mouth<S>>, &AtomicU64),
) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
    P: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let message = match from_caller.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return end_of(&error),
            None => return End::Gone,
        };
        passed.fetch_add(1, Ordering::Relaxed);
        let judged = match message {
            Message::Text(text) => {
                meter.whole();
                talk.judge(Bytes::from(text)).await
            }
            Message::Binary(_) => {
                meter.whole();
                Err(talk.no_event(&Refused::malformed(400, "binary_message", "events are sent as text")))
            }
            // Its bytes are nobody's to read; that the caller is there, the upstream may know.
            Message::Ping(_) => {
                if to_peer.send(Message::Ping(Bytes::new())).await.is_err() {
                    return End::Gone;
                }
                continue;
            }
            Message::Close(frame) => {
                return End::Said(frame.map(|frame| CloseFrame { reason: "".into(), ..frame }));
            }
            Message::Pong(_) | Message::Frame(_) => continue,
        };
        let sent = match judged {
            Ok(event) => to_peer.send(Message::Text(event)).await,
            Err(said) if said.is_empty() => return End::Broke(CloseCode::Policy, REFUSED),
            Err(said) => tell(to_caller, said).await,
        };
        if sent.is_err() {
            return End::Gone;
        }
    }
}

async fn tell<S: AsyncRead + AsyncWrite + Unpin>(
    to_caller: &Mutex<Mouth<S>>,
    said: Vec<String>,
) -> Result<(), Error> {
    let mut mouth = to_caller.lock().await;
    for message in said {
        mouth.feed(Message::text(message)).await?;
    }
    mouth.flush().await
}

/// Gives the caller what the upstream says.
async fn down<P, S>(
    from_peer: &mut Ears<P>,
    to_caller: &Mutex<Mouth<S>>,
    passed: &AtomicU64,
    naming: &Naming,
) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
    P: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let message = match from_peer.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return end_of(&error),
            None => return End::Gone,
        };
        passed.fetch_add(1, Ordering::Relaxed);
        match message {
            Message::Close(frame) => return End::Said(frame),
            Message::Pong(_) | Message::Frame(_) => {}
            message => {
                if let Message::Text(said) = &message {
                    naming.hear(said).await;
                }
                if to_caller.lock().await.send(message).await.is_err() {
                    return End::Gone;
                }
            }
        }
    }
}

/// What a side is told that cannot be understood.
fn end_of(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Broke(CloseCode::Size, "the message is too large"),
        Error::Utf8(_) => End::Broke(CloseCode::Invalid, "the message is not UTF-8"),
        Error::Io(error) if error.kind() == std::io::ErrorKind::OutOfMemory => {
            End::Broke(CloseCode::Again, "too many request bodies are held already; try later")
        }
        Error::Protocol(_) => End::Broke(CloseCode::Protocol, "the frames are not well formed"),
        _ => End::Gone,
    }
}

/// Ends when the proxy is to stop and nothing has been said for a while.
async fn quiet(mut stop: watch::Receiver<bool>, passed: &AtomicU64) {
    // Who could say so is gone: the proxy stops too.
    let _ = stop.wait_for(|stop| *stop).await;
    loop {
        let before = passed.load(Ordering::Relaxed);
        sleep(QUIET).await;
        if passed.load(Ordering::Relaxed) == before {
            return;
        }
    }
}
