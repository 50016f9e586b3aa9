//! Answers as they stream: the same bytes, at once, no faster than they are read, and no longer than someone reads (F3, F5,
//! F7, F8, E12).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::peer::{Seen, request};
use super::proxy::{post, proxy};

const BENIGN: &str = r#"{"model":"m","messages":[{"role":"user","content":"describe how to bake bread"}]}"#;
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

fn chat() -> Vec<u8> {
    post("/v1/chat/completions", "Content-Type: application/json\r\n", BENIGN.as_bytes())
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

/// Events of every shape: comments, both line ends, characters of four bytes, and one of a megabyte.
fn events(dice: &mut Dice) -> Vec<u8> {
    let mut out = Vec::new();
    for number in 0..400 {
        let line = ["\n", "\r\n", "\r"][dice.below(3)];
        let text = ["rye 🍞", "loaf", "é", ""][dice.below(4)].repeat(dice.below(40));
        let kind = ["data: ", ": comment ", "event: x\ndata: ", "{\"ndjson\":1} "][dice.below(4)];
        out.extend_from_slice(format!("{kind}{number} {text}{line}{line}").as_bytes());
    }
    out.extend_from_slice(format!("data: {}\n\n", "🍞".repeat(1 << 18)).as_bytes());
    out
}

/// An upstream that answers with `chunks`, flushed one by one, then ends the stream.
async fn streaming(chunks: Vec<Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let chunks = Arc::new(chunks);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let chunks = Arc::clone(&chunks);
            tokio::spawn(async move {
                stream.set_nodelay(true).unwrap();
                let mut held = Vec::new();
                while request(&mut stream, &mut held, &Seen::default()).await.is_some() {
                    stream.write_all(HEAD.as_bytes()).await.unwrap();
                    for chunk in chunks.iter() {
                        let framed = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
                        stream.write_all(&framed).await.unwrap();
                    }
                    stream.write_all(b"0\r\n\r\n").await.unwrap();
                }
            });
        }
    });
    addr
}

/// F8: the same bytes, however the stream was cut, over HTTP/1.1 and HTTP/2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_identical_by_hash() {
    let mut dice = Dice(7);
    for _ in 0..4 {
        let whole = events(&mut dice);
        let (mut chunks, mut rest) = (Vec::new(), &whole[..]);
        while !rest.is_empty() {
            let most = [3, 60, 5000, 70_000][dice.below(4)];
            let (chunk, after) = rest.split_at((1 + dice.below(most)).min(rest.len()));
            chunks.push(chunk.to_vec());
            rest = after;
        }
        let running = proxy(&format!("http://{}", streaming(chunks).await), |_| {}).await;
        for http2 in [false, true] {
            let client: Client<_, Full<Bytes>> =
                Client::builder(TokioExecutor::new()).http2_only(http2).build_http();
            let ask = http::Request::post(format!("http://{}/v1/chat/completions", running.addr()))
                .header("content-type", "application/json")
                .body(Full::new(Bytes::from(BENIGN)))
                .unwrap();
            let mut answer = client.request(ask).await.unwrap();
            let (mut hash, mut length) = (Sha256::new(), 0);
            while let Some(frame) = answer.body_mut().frame().await {
                let data = frame.unwrap().into_data().unwrap();
                length += data.len();
                hash.update(&data);
            }
            assert_eq!((length, hash.finalize()), (whole.len(), Sha256::digest(&whole)), "HTTP/2: {http2}");
        }
    }
}

/// Frames that are ready together leave in one piece: a write a frame is most of what a stream costs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ready_frames_leave_together() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream, &mut Vec::new(), &Seen::default()).await.unwrap();
        let all = [HEAD, &"9\r\ndata: 1\n\n\r\n".repeat(500), "0\r\n\r\n"].concat();
        stream.write_all(all.as_bytes()).await.unwrap();
        sleep(Duration::from_secs(1)).await;
    });
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let answer = super::proxy::send(running.addr(), &chat()).await;
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    assert_eq!(body.matches("data: 1").count(), 500);
    let chunks = body.split("\r\n").filter(|line| usize::from_str_radix(line, 16).is_ok()).count();
    assert!(chunks <= 100, "500 events left in {chunks} chunks");
}

/// An upstream that writes as fast as it may; counts what it has written.
async fn firehose() -> (SocketAddr, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (written, closed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, ended) = (Arc::clone(&written), Arc::clone(&closed));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (count, ended) = (Arc::clone(&count), Arc::clone(&ended));
            tokio::spawn(async move {
                request(&mut stream, &mut Vec::new(), &Seen::default()).await.unwrap();
                let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
                let mut open = stream.write_all(HEAD.as_bytes()).await.is_ok();
                while open {
                    open = stream.write_all(chunk.as_bytes()).await.is_ok();
                    count.fetch_add(chunk.len(), Ordering::SeqCst);
                }
                ended.fetch_add(1, Ordering::SeqCst);
            });
        }
    });
    (addr, written, closed)
}

/// F3: a caller who does not read stops the upstream; what is under way is what the system's sockets hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_stops_the_upstream() {
    let (addr, written, closed) = firehose().await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let mut stream = TcpStream::connect(running.addr()).await.unwrap();
    stream.write_all(&chat()).await.unwrap();
    let start = Instant::now();
    let mut before = usize::MAX;
    // Socket buffers grow for a while, then nothing moves.
    while written.load(Ordering::SeqCst) != before || before == 0 {
        before = written.load(Ordering::SeqCst);
        assert!(start.elapsed() < Duration::from_secs(20) && before < 64 << 20, "{before} bytes and no end");
        sleep(Duration::from_millis(500)).await;
    }
    let mut piece = vec![0; 1 << 16];
    let mut read = 0;
    while read < before + (1 << 20) {
        read += timeout(Duration::from_secs(10), stream.read(&mut piece)).await.unwrap().unwrap();
    }
    drop(stream);
    until("the upstream is closed", || closed.load(Ordering::SeqCst) == 1).await;
}

async fn until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(5), "waited in vain until {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// F5: whoever leaves in mid-stream or while waiting takes the upstream along, whatever bytes are left behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_takes_the_upstream_along() {
    let (addr, written, closed) = firehose().await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let whole = String::from_utf8(chat()).unwrap().replace("Connection: close\r\n", "");
    let tails = ["", "\r\n", "GET /v1/models HTTP/1.1\r\nHost: h\r\n\r\n", &whole, "half a requ"];
    for (at, tail) in tails.into_iter().enumerate() {
        let before = written.load(Ordering::SeqCst);
        let mut stream = TcpStream::connect(running.addr()).await.unwrap();
        stream.write_all(format!("{whole}{tail}").as_bytes()).await.unwrap();
        until("it streams", || written.load(Ordering::SeqCst) > before).await;
        let left = Instant::now();
        drop(stream);
        until("the upstream is closed", || closed.load(Ordering::SeqCst) == at + 1).await;
        assert!(left.elapsed() < Duration::from_secs(2), "{:?} with {tail:?} left behind", left.elapsed());
    }
}

/// E12, F5: who leaves during the screening is not sent on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_during_the_screening_is_not_sent_on() {
    let (addr, seen) = super::peer::answering(super::peer::OK, super::peer::Then::Keep).await;
    let admin =
        |settings: &mut unspool::serve::Settings| settings.admin = Some("127.0.0.1:0".parse().unwrap());
    let running = proxy(&format!("http://{addr}"), admin).await;
    let slow = BENIGN.replace("bread", "SLOW_MARKER");
    let ask = post("/v1/chat/completions", "Content-Type: application/json\r\n", slow.as_bytes());
    for tail in ["", "\r\n"] {
        let mut stream = TcpStream::connect(running.addr()).await.unwrap();
        stream.write_all(&[&ask, tail.as_bytes()].concat()).await.unwrap();
        // The screening is under way. A reset makes plain that nobody waits.
        sleep(Duration::from_millis(100)).await;
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        drop(stream);
    }
    let metrics = async || {
        let get = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        super::proxy::send(running.admin_addr().unwrap(), get).await
    };
    let start = Instant::now();
    while !metrics().await.contains("unspool_requests_total{outcome=\"client_gone\"} 2") {
        assert!(start.elapsed() < Duration::from_secs(5), "{}", metrics().await);
        sleep(Duration::from_millis(50)).await;
    }
    assert!(metrics().await.contains("unspool_in_flight 0"));
    assert_eq!(seen.bytes(), 0);
}

/// F5 over HTTP/2: a stream that is reset takes its upstream along, and no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_reset_takes_its_upstream_along() {
    let (addr, _, closed) = firehose().await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let ask = || {
        let request = http::Request::post(format!("http://{}/v1/chat/completions", running.addr()));
        request.header("content-type", "application/json").body(Full::new(Bytes::from(BENIGN))).unwrap()
    };
    let mut kept = client.request(ask()).await.unwrap();
    let mut left = client.request(ask()).await.unwrap();
    assert!(left.body_mut().frame().await.unwrap().is_ok());
    drop(left);
    until("the upstream is closed", || closed.load(Ordering::SeqCst) == 1).await;
    for _ in 0..100 {
        assert!(kept.body_mut().frame().await.unwrap().is_ok());
    }
    assert_eq!(closed.load(Ordering::SeqCst), 1);
}

/// F6: a crowd that leaves at once in mid-stream blocks nobody and leaves nothing open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_leaves_at_once_blocks_nobody() {
    const CROWD: usize = 150;
    let (addr, _, closed) = firehose().await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        let mut stream = TcpStream::connect(running.addr()).await.unwrap();
        stream.write_all(&chat()).await.unwrap();
        crowd.push(stream);
    }
    for stream in &mut crowd {
        assert!(stream.read(&mut [0; 64]).await.unwrap() > 0);
    }
    drop(crowd);
    let start = Instant::now();
    let get = b"GET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    assert_eq!(super::proxy::status(&super::proxy::send(running.addr(), get).await), 404);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    until("all are closed", || closed.load(Ordering::SeqCst) == CROWD).await;
}
