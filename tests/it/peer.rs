//! Upstreams to test against: they count connections, requests and bytes, and answer as they are told.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What an upstream has seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) connections: AtomicUsize,
    pub(super) bytes: AtomicUsize,
    requests: Mutex<Vec<String>>,
}

impl Seen {
    /// Requests so far.
    pub(super) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// The last request, head and body.
    pub(super) fn last(&self) -> String {
        self.requests.lock().unwrap().last().cloned().unwrap_or_default()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Keeps a request.
    pub(super) fn note(&self, request: String) {
        self.requests.lock().unwrap().push(request);
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }
}

/// A 200 that keeps the connection.
pub(super) const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nx-up: 1\r\n\r\n{}";

/// What an upstream does once it has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Wait for the next request.
    Keep,
    /// Close the connection.
    Close,
}

/// An upstream that gives every request this answer.
pub(super) async fn answering(answer: impl Into<Vec<u8>>, then: Then) -> (SocketAddr, Arc<Seen>) {
    let answer: Arc<[u8]> = answer.into().into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let record = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            record.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(converse(stream, Arc::clone(&record), Arc::clone(&answer), then));
        }
    });
    (addr, seen)
}

async fn converse(mut stream: TcpStream, seen: Arc<Seen>, answer: Arc<[u8]>, then: Then) {
    let mut held = Vec::new();
    while let Some(request) = request(&mut stream, &mut held, &seen).await {
        seen.note(request);
        if stream.write_all(&answer).await.is_err() || then == Then::Close {
            return;
        }
    }
}

/// The next request with a content length, or none.
pub(super) async fn request(stream: &mut TcpStream, held: &mut Vec<u8>, seen: &Seen) -> Option<String> {
    let mut piece = [0; 16384];
    loop {
        if let Some(end) = end_of(held) {
            let rest = held.split_off(end);
            let whole = std::mem::replace(held, rest);
            return Some(String::from_utf8_lossy(&whole).into_owned());
        }
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        seen.bytes.fetch_add(count, Ordering::SeqCst);
        held.extend_from_slice(&piece[..count]);
    }
}

fn end_of(bytes: &[u8]) -> Option<usize> {
    let head = memchr::memmem::find(bytes, b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let end = head + length.map_or(0, |length| length.parse().unwrap());
    (bytes.len() >= end).then_some(end)
}
