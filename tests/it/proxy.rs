//! The proxy over real sockets on loopback, in front of an upstream that records what reaches it.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use unspool::budget::{Budget, Limit};
use unspool::config::Config;
use unspool::judge::classify::Verdict;
use unspool::judge::classify::model::Writing;
use unspool::judge::decide::{Mode, OnFailure};
use unspool::judge::hazard::Category;
use unspool::read::candidate::Origin;
use unspool::request::Request;
use unspool::screen::{Engine, Screening, screen_within};
use unspool::serve::{Running, Settings, Upstream, start};

const BENIGN: &str = r#"{"model":"m","messages":[{"role":"user","content":"describe how to bake bread"}]}"#;

/// Screens by markers: what the proxy does with a verdict is tested here, not how verdicts are reached.
fn by_marker(engine: &Engine, request: &Request, budget: Budget) -> Screening {
    let mut found = screen_within(engine, request, budget);
    let text: String = request.spans.iter().map(|span| span.text.as_str()).collect();
    if text.contains("HARMFUL_MARKER") {
        found.verdicts = vec![Verdict {
            candidate: 0,
            origin: Origin::Recovered,
            writing: Writing::English,
            score: 1.0,
            category: Some(Category::S9),
            model: 1.0,
            rules: Vec::new(),
            texts: 1,
        }];
    }
    if text.contains("GREY_MARKER") {
        found.verdicts.truncate(1);
        for verdict in &mut found.verdicts {
            (verdict.score, verdict.model, verdict.rules) = (0.5, 0.5, Vec::new());
        }
    }
    if text.contains("ENDLESS_MARKER") {
        found.incomplete.push(Limit::Steps);
    }
    if text.contains("SLOW_MARKER") {
        std::thread::sleep(Duration::from_millis(400));
    }
    assert!(!text.contains("PANIC_MARKER"), "as asked");
    found
}

/// Bytes that reached the upstream, one entry a connection.
pub(super) type Seen = Arc<Mutex<Vec<Vec<u8>>>>;

/// An upstream that records and gives `answer` (after `pause`) to every request; then it waits for the caller to close.
pub(super) async fn upstream(
    answer: &'static [&'static str],
    pause: Duration,
) -> (SocketAddr, Seen, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (seen, closed) = (Seen::default(), Arc::new(Mutex::new(0)));
    let (record, count) = (Arc::clone(&seen), Arc::clone(&closed));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (record, count) = (Arc::clone(&record), Arc::clone(&count));
            tokio::spawn(async move {
                let request = read_request(&mut stream).await;
                record.lock().unwrap().push(request);
                for piece in answer {
                    sleep(pause).await;
                    if stream.write_all(piece.as_bytes()).await.is_err() {
                        break;
                    }
                }
                let mut rest = [0; 64];
                while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
                *count.lock().unwrap() += 1;
            });
        }
    });
    (addr, seen, closed)
}

/// One request with a content length.
async fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut piece).await.unwrap_or(0);
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                return bytes;
            }
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |n| n.parse().unwrap());
        if count == 0 || body.len() >= length {
            return bytes;
        }
    }
}

pub(super) async fn proxy(upstream: &str, change: impl FnOnce(&mut Settings)) -> Running {
    let mut settings = Settings::new(upstream.parse::<Upstream>().unwrap());
    settings.listen = "127.0.0.1:0".parse().unwrap();
    settings.screen = by_marker;
    change(&mut settings);
    start(settings, Arc::new(Config::default().engine().unwrap())).await.unwrap()
}

pub(super) fn post(path: &str, extra: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\nContent-Length: {}\r\n{extra}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn json(body: &str) -> Vec<u8> {
    post(
        "/v1/chat/completions",
        "Content-Type: application/json\r\nAuthorization: Bearer key\r\n",
        body.as_bytes(),
    )
}

/// Sends raw bytes and reads until the proxy closes.
pub(super) async fn send(addr: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "no end after {:?}", String::from_utf8_lossy(&answer));
    String::from_utf8_lossy(&answer).into_owned()
}

pub(super) fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

pub(super) const OK: &[&str] =
    &["HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nx-up: 1\r\n\r\n{}"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_are_forwarded_and_labelled() {
    let (addr, seen, _) = upstream(OK, Duration::ZERO).await;
    let running = proxy(&format!("http://{addr}/base"), |_| {}).await;
    let body = BENIGN.replace(':', " :\t");
    let answer = send(running.addr(), &json(&body)).await;
    assert_eq!(status(&answer), 200, "{answer}");
    for field in ["x-unspool-action: forward", "x-unspool-request-id: ", "x-up: 1"] {
        assert!(answer.contains(field), "{field} in {answer}");
    }
    let seen = String::from_utf8(seen.lock().unwrap()[0].clone()).unwrap();
    assert!(seen.starts_with("POST /base/v1/chat/completions HTTP/1.1\r\n"), "{seen}");
    assert!(
        seen.ends_with(&body)
            && seen.contains("authorization: Bearer key")
            && seen.contains(&format!("host: {addr}"))
    );
    assert!(!seen.to_lowercase().contains("connection: close"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_leaves_nothing_upstream() {
    let (addr, seen, _) = upstream(OK, Duration::ZERO).await;
    let running = proxy(&format!("http://{addr}"), |settings| settings.read.body_bytes = 10_000).await;
    let media = "Content-Type: application/json\r\n";
    let path = "/v1/chat/completions";
    let gzip = |text: &[u8]| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(text).unwrap();
        out.finish().unwrap()
    };
    let with = |extra: &str| post(path, &format!("{media}{extra}"), BENIGN.as_bytes());
    let get =
        |target: &str| format!("GET {target} HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n").into_bytes();
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("a blocked text", json(&BENIGN.replace("bread", "HARMFUL_MARKER")), 400),
        ("an unfinished screening", json(&BENIGN.replace("bread", "ENDLESS_MARKER")), 503),
        ("a panic", json(&BENIGN.replace("bread", "PANIC_MARKER")), 503),
        ("no JSON", json("{"), 400),
        ("a long body", json(&BENIGN.replace("bread", &"x".repeat(10_000))), 413),
        ("a bomb", post(path, &format!("{media}Content-Encoding: gzip\r\n"), &gzip(&[b' '; 100_000])), 413),
        ("a broken coding", with("Content-Encoding: gzip\r\n"), 400),
        ("an unknown coding", with("Content-Encoding: lzw\r\n"), 415),
        ("another type", post(path, "Content-Type: text/plain\r\n", BENIGN.as_bytes()), 415),
        ("two types", with("Content-Type: text/plain\r\n"), 400),
        ("an unknown path", post("/v1/other", media, BENIGN.as_bytes()), 404),
        ("a wrong method", get("/v1/embeddings"), 405),
        ("an escaped slash", post("/v1%2Fchat/completions", media, BENIGN.as_bytes()), 400),
        ("a doubled slash", post("//v1/chat/completions", media, BENIGN.as_bytes()), 400),
        ("a full target", get("http://other/v1/models"), 400),
        ("an upgrade", with("Upgrade: websocket\r\n"), 501),
        ("a stripped type", with("Connection: content-type\r\n"), 400),
        ("an expectation", with("Expect: tea\r\n"), 417),
        ("no host", b"GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec(), 400),
    ];
    for (name, request, want) in &cases {
        let answer = send(running.addr(), request).await;
        assert_eq!(status(&answer), *want, "{name}: {answer}");
        for field in ["x-unspool-action: ", "x-unspool-request-id: ", "x-should-retry: false", "\"error\""] {
            assert!(answer.contains(field), "{name}: {field} in {answer}");
        }
    }
    assert_eq!(cases.len(), 19);
    assert!(seen.lock().unwrap().is_empty(), "something reached the upstream");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_decides_what_becomes_of_findings_and_failures() {
    let (addr, seen, _) = upstream(OK, Duration::ZERO).await;
    for (mode, on_failure, marker, want) in [
        (Mode::Monitor, OnFailure::Block, "HARMFUL_MARKER", "would_block"),
        (Mode::Monitor, OnFailure::Block, "ENDLESS_MARKER", "forward_unscreened"),
        (Mode::Block, OnFailure::Forward, "ENDLESS_MARKER", "forward_unscreened"),
        (Mode::Block, OnFailure::Forward, "PANIC_MARKER", "forward_unscreened"),
    ] {
        let change = |settings: &mut Settings| {
            settings.policy.mode = mode;
            settings.policy.on_failure = on_failure;
        };
        let running = proxy(&format!("http://{addr}"), change).await;
        let answer = send(running.addr(), &json(&BENIGN.replace("bread", marker))).await;
        assert!(status(&answer) == 200 && answer.contains(&format!("x-unspool-action: {want}")), "{answer}");
    }
    assert_eq!(seen.lock().unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compressed_bodies_are_forwarded_plain() {
    let (addr, seen, _) = upstream(OK, Duration::ZERO).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let body = zstd::encode_all(BENIGN.as_bytes(), 3).unwrap();
    let fields = "Content-Type: application/json\r\nContent-Encoding: zstd\r\n";
    let answer = send(running.addr(), &post("/v1/chat/completions", fields, &body)).await;
    assert_eq!(status(&answer), 200, "{answer}");
    let seen = String::from_utf8(seen.lock().unwrap()[0].clone()).unwrap();
    assert!(seen.ends_with(BENIGN) && !seen.to_lowercase().contains("content-encoding"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_streamed_one_by_one() {
    const EVENTS: &[&str] = &[
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
        "9\r\ndata: 1\n\n\r\n",
        "9\r\ndata: 2\n\n\r\n",
        "0\r\n\r\n",
    ];
    let (addr, _, _) = upstream(EVENTS, Duration::from_millis(150)).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let mut stream = TcpStream::connect(running.addr()).await.unwrap();
    stream.write_all(&json(BENIGN)).await.unwrap();
    let (mut text, mut piece, mut first) = (String::new(), [0; 4096], None);
    while let Ok(count @ 1..) = stream.read(&mut piece).await {
        text.push_str(&String::from_utf8_lossy(&piece[..count]));
        if first.is_none() && text.contains("data: 1") {
            assert!(!text.contains("data: 2"), "{text}");
            first = Some(Instant::now());
        }
    }
    assert!(text.contains("data: 2") && text.ends_with("0\r\n\r\n"), "{text}");
    assert!(first.unwrap().elapsed() > Duration::from_millis(100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upstream_failures_have_their_own_status() {
    const REDIRECT: &[&str] = &["HTTP/1.1 307 X\r\nlocation: http://elsewhere/\r\ncontent-length: 0\r\n\r\n"];
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let running = proxy(&format!("http://{nobody}"), |_| {}).await;
    assert_eq!(status(&send(running.addr(), &json(BENIGN)).await), 502);
    let (addr, _, _) = upstream(REDIRECT, Duration::ZERO).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let answer = send(running.addr(), &json(BENIGN)).await;
    assert!(status(&answer) == 502 && !answer.contains("elsewhere"), "{answer}");
    let (addr, _, _) = upstream(OK, Duration::from_secs(5)).await;
    let quick = |settings: &mut Settings| settings.timeouts.first_byte = Duration::from_millis(100);
    let running = proxy(&format!("http://{addr}"), quick).await;
    assert_eq!(status(&send(running.addr(), &json(BENIGN)).await), 504);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_leaves_closes_the_upstream() {
    let (addr, seen, closed) = upstream(&[], Duration::ZERO).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    // The second one leaves a pipelined line behind, which hides its leaving from hyper.
    for (at, tail) in ["", "\r\n"].into_iter().enumerate() {
        let mut stream = TcpStream::connect(running.addr()).await.unwrap();
        let request = String::from_utf8(json(BENIGN)).unwrap().replace("Connection: close\r\n", "");
        stream.write_all(format!("{request}{tail}").as_bytes()).await.unwrap();
        until(|| seen.lock().unwrap().len() == at + 1).await;
        assert_eq!(*closed.lock().unwrap(), at);
        drop(stream);
        let left = Instant::now();
        until(|| *closed.lock().unwrap() == at + 1).await;
        assert!(left.elapsed() < Duration::from_secs(2), "{:?} with {tail:?} left behind", left.elapsed());
    }
}

async fn until(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(5), "waited in vain");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overload_is_refused_at_once() {
    let full = |settings: &mut Settings| (settings.screenings, settings.queue) = (1, 0);
    let running = proxy("echo:", full).await;
    let addr = running.addr();
    let slow = tokio::spawn(async move { send(addr, &json(&BENIGN.replace("bread", "SLOW_MARKER"))).await });
    sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    let answer = send(addr, &json(BENIGN)).await;
    assert!(status(&answer) == 503 && answer.contains("retry-after: "), "{answer}");
    assert!(start.elapsed() < Duration::from_millis(250));
    assert_eq!(status(&slow.await.unwrap()), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_lets_requests_end_and_takes_no_more() {
    let admin = |settings: &mut Settings| settings.admin = Some("127.0.0.1:0".parse().unwrap());
    let running = proxy("echo:", admin).await;
    let (addr, admin) = (running.addr(), running.admin_addr().unwrap());
    let get = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").into_bytes()
    };
    assert_eq!(status(&send(admin, &get("/readyz")).await), 200);
    let slow = tokio::spawn(async move { send(addr, &json(&BENIGN.replace("bread", "SLOW_MARKER"))).await });
    sleep(Duration::from_millis(100)).await;
    let ended = tokio::spawn(running.shutdown());
    sleep(Duration::from_millis(50)).await;
    assert_eq!(status(&send(admin, &get("/readyz")).await), 503);
    assert_eq!(status(&send(admin, &get("/healthz")).await), 200);
    assert!(TcpStream::connect(addr).await.is_err(), "still accepting");
    assert_eq!(status(&slow.await.unwrap()), 200);
    timeout(Duration::from_secs(3), ended).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_admin_listener_shows_counts_and_no_text() {
    let admin = |settings: &mut Settings| settings.admin = Some("127.0.0.1:0".parse().unwrap());
    let running = proxy("echo:", admin).await;
    let admin = running.admin_addr().unwrap();
    send(running.addr(), &json(BENIGN)).await;
    send(running.addr(), &json(&BENIGN.replace("bread", "HARMFUL_MARKER"))).await;
    let get = |path: &str, host: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").into_bytes()
    };
    let metrics = send(admin, &get("/metrics", "127.0.0.1")).await;
    for line in [
        "unspool_requests_total{outcome=\"forward\"} 1",
        "unspool_requests_total{outcome=\"block\"} 1",
        "unspool_blocked_total{category=\"S9\"} 1",
        "unspool_screening_seconds_count 2",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    let console = send(admin, &get("/console/state", "localhost")).await;
    assert!(console.contains("S9") && !console.contains("bake") && !console.contains("MARKER"), "{console}");
    assert_eq!(status(&send(admin, &get("/console", "evil.example")).await), 421);
    assert_eq!(status(&send(admin, &post("/console", "", b"").replace_host()).await), 405);
}

trait ReplaceHost {
    fn replace_host(self) -> Vec<u8>;
}

impl ReplaceHost for Vec<u8> {
    fn replace_host(self) -> Vec<u8> {
        String::from_utf8(self).unwrap().replace("Host: proxy", "Host: localhost").into_bytes()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http2_with_prior_knowledge_is_served() {
    use http_body_util::{BodyExt, Full};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let running = proxy("echo:", |_| {}).await;
    let stream = TcpStream::connect(running.addr()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::post(format!("http://{}/v1/messages", running.addr()))
        .header("content-type", "application/json")
        .body(Full::new(bytes::Bytes::from(BENIGN)))
        .unwrap();
    let mut answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = answer.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(String::from_utf8_lossy(&body).contains("You said: describe how to bake bread"));
}
