//! Upstreams that misbehave (A14, F4, F10), and several of them behind one proxy (H5, H6).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use unspool::serve::{Credentials, Link, Other, Protocol, Route};

use super::peer::{OK, Seen, Then, answering};
use super::proxy::{post, proxy, send, status};

const BENIGN: &str = r#"{"model":"m","messages":[{"role":"user","content":"describe how to bake bread"}]}"#;

fn chat(fields: &str) -> Vec<u8> {
    post("/v1/chat/completions", &format!("Content-Type: application/json\r\n{fields}"), BENIGN.as_bytes())
}

/// A14: each answer gets a 502 of ours, none of its head gets out, and its connection is not used again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_with_two_readings_are_not_passed_on() {
    let head = |fields: &str| format!("HTTP/1.1 200 OK\r\nx-theirs: 1\r\n{fields}\r\n").into_bytes();
    let endless = ["HTTP/1.1 103 Early Hints\r\nx-theirs: 1\r\n\r\n"; 2000].concat().into_bytes();
    let redirect = |status: u16| {
        let line = format!("HTTP/1.1 {status} Away\r\nx-theirs: 1\r\n");
        format!("{line}location: http://elsewhere/\r\ncontent-length: 0\r\n\r\n").into_bytes()
    };
    let mut cases = vec![
        ("two framings", head("content-length: 2\r\ntransfer-encoding: chunked\r\n")),
        ("two lengths", head("content-length: 2\r\ncontent-length: 3\r\n")),
        ("a length with a sign", head("content-length: +2\r\n")),
        ("gzip under chunks", head("transfer-encoding: gzip, chunked\r\n")),
        ("a head of a megabyte", head(&format!("x-long: {}\r\n", "x".repeat(1 << 20)))),
        ("200 fields", head(&"x-many: 1\r\n".repeat(200))),
        ("a folded field", head("x-a: b\r\n c\r\n")),
        (
            "an upgrade nobody asked for",
            b"HTTP/1.1 101 Go\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n".to_vec(),
        ),
        ("interim answers without end", endless),
        ("no HTTP", b"bake rye bread\r\n\r\n".to_vec()),
        ("nothing", Vec::new()),
        ("half a head", b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
    ];
    cases.extend([300, 301, 302, 303, 307, 308].map(|status| ("a redirect", redirect(status))));
    for (name, answer) in cases {
        let then = if name.starts_with("interim") { Then::Keep } else { Then::Close };
        let (addr, seen) = answering(answer, then).await;
        let running = proxy(&format!("http://{addr}"), |_| {}).await;
        for round in 1..=2 {
            let answer = send(running.addr(), &chat("")).await;
            assert_eq!(status(&answer), 502, "{name}: {answer}");
            assert!(!answer.contains("elsewhere") && !answer.contains("x-theirs"), "{name}: {answer}");
            assert!(
                answer.contains("\"error\"") && answer.contains("x-unspool-request-id: "),
                "{name}: {answer}"
            );
            assert_eq!(seen.connections.load(Ordering::SeqCst), round, "{name}");
            assert_eq!(seen.count(), round, "{name}: not delivered just once");
        }
    }
}

/// A14: what comes after an answer that has no body is not taken for the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_after_an_answer_are_nobodys() {
    for first in ["HTTP/1.1 204 No\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"] {
        let answer = format!("{first}HTTP/1.1 200 OK\r\nx-smuggled: 1\r\ncontent-length: 0\r\n\r\n");
        let (addr, _) = answering(answer, Then::Keep).await;
        let running = proxy(&format!("http://{addr}"), |_| {}).await;
        for _ in 0..3 {
            let answer = send(running.addr(), &chat("")).await;
            assert!(matches!(status(&answer), 204 | 200) && !answer.contains("x-smuggled"), "{answer}");
        }
    }
}

/// Chunks that break, or an end that comes too early, are an end the caller can tell from a clean one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_breaks_off_is_seen_to() {
    let chunked = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    for body in ["9\r\ndata: 1\n\n\r\n", "9\r\ndata: 1\n\n\r\nxyz\r\n", "9\r\ndata: 1\n\n\r\n5\r\nda"] {
        let (addr, _) = answering(format!("{chunked}{body}"), Then::Close).await;
        let running = proxy(&format!("http://{addr}"), |_| {}).await;
        let answer = send(running.addr(), &chat("")).await;
        assert!(status(&answer) == 200 && answer.contains("data: 1"), "{answer}");
        assert!(!answer.ends_with("0\r\n\r\n"), "a clean end: {answer}");
    }
    let (addr, _) = answering("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", Then::Close).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let answer = send(running.addr(), &chat("")).await;
    assert!(answer.contains("content-length: 9") && answer.ends_with("{}"), "{answer}");
}

/// F4: a host that takes no connection and one that says nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_upstream_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let short = Duration::from_millis(200);
    let running = proxy(&format!("http://{addr}"), |settings| settings.timeouts.first_byte = short).await;
    assert_eq!(status(&send(running.addr(), &chat("")).await), 504);
    // A peer that never answers a ClientHello is no connection.
    let running = proxy(&format!("https://{addr}"), |settings| settings.timeouts.connect = short).await;
    assert_eq!(status(&send(running.addr(), &chat("")).await), 502);
}

/// F10: what a closed connection may have delivered is not sent again; one that closed before is not used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_delivered_twice() {
    let (addr, seen) = answering(Vec::new(), Then::Close).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    for sent in 1..=5 {
        assert_eq!(status(&send(running.addr(), &chat("")).await), 502);
        assert_eq!(seen.count(), sent);
    }
    let (addr, seen) = answering(OK, Then::Close).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let mut failed = 0;
    for _ in 0..200 {
        match status(&send(running.addr(), &chat("")).await) {
            200 => {}
            502 => failed += 1,
            other => panic!("{other}"),
        }
    }
    // A request that met a closing connection was either sent anew, unseen by the upstream, or failed.
    assert!(seen.count() <= 200, "{} deliveries of 200 requests", seen.count());
    assert!(seen.count() + failed >= 200, "{} delivered and {failed} failed of 200", seen.count());
}

fn other(addr: SocketAddr, path: &str, link: Link) -> Other {
    Other { upstream: format!("http://{addr}{path}").parse().unwrap(), link }
}

fn route(path: Option<&str>, strip: bool, models: &[&str], to: usize) -> Route {
    let models = models.iter().map(|name| (*name).to_owned()).collect();
    Route { path: path.map(str::to_owned), strip, models, to }
}

/// H6: a key goes only where its owner's request was routed, and never beside ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_stay_with_their_upstream() {
    let [usual, own, bare] =
        [answering(OK, Then::Keep).await, answering(OK, Then::Keep).await, answering(OK, Then::Keep).await];
    let running = proxy(&format!("http://{}", usual.0), |settings| {
        let value = HeaderValue::from_static("OURS");
        let credentials = Credentials::Own { header: HeaderName::from_static("x-api-key"), value };
        let add = vec![(HeaderName::from_static("x-team"), HeaderValue::from_static("chat"))];
        let remove = vec![HeaderName::from_static("user-agent")];
        settings.others = vec![
            other(own.0, "/base", Link { credentials, add, remove, ..Link::default() }),
            other(bare.0, "", Link { credentials: Credentials::Nobody, ..Link::default() }),
        ];
        settings.routes = vec![
            route(Some("/anthropic"), true, &[], 1),
            route(None, false, &["ours-*"], 1),
            route(None, false, &["bare"], 2),
        ];
    })
    .await;
    let theirs = "Content-Type: application/json\r\nAuthorization: Bearer THEIRS\r\nX-Api-Key: THEIRS\r\nApi-Key: THEIRS\r\n\
        Cookie: a=THEIRS\r\nX-Goog-Api-Key: THEIRS\r\nUser-Agent: sdk\r\nHost2: x\r\n";
    let ask = async |path: &str, body: &str| {
        status(&send(running.addr(), &post(path, theirs, body.as_bytes())).await)
    };
    let counts = || [&usual, &own, &bare].map(|(_, seen)| seen.count());
    let path = "/v1/chat/completions?key=THEIRS&a=b";

    assert_eq!((ask(path, BENIGN).await, counts()), (200, [1, 0, 0]));
    assert!(usual.1.last().contains("Bearer THEIRS") && usual.1.last().contains("key=THEIRS"));
    assert!(!usual.1.last().contains("OURS") && !usual.1.last().contains("x-team"));

    assert_eq!((ask(path, &BENIGN.replace("\"m\"", "\"ours-1\"")).await, counts()), (200, [1, 1, 0]));
    let seen: &Arc<Seen> = &own.1;
    assert!(seen.last().starts_with("POST /base/v1/chat/completions?a=b HTTP/1.1\r\n"), "{}", seen.last());
    assert!(
        seen.last().contains("x-api-key: OURS") && seen.last().contains("x-team: chat"),
        "{}",
        seen.last()
    );
    assert!(!seen.last().contains("THEIRS") && !seen.last().contains("user-agent"), "{}", seen.last());

    assert_eq!((ask(path, &BENIGN.replace("\"m\"", "\"bare\"")).await, counts()), (200, [1, 1, 1]));
    assert!(!bare.1.last().contains("THEIRS") && !bare.1.last().contains("OURS"), "{}", bare.1.last());

    let anthropic = BENIGN.replace("\"model\"", "\"max_tokens\":9,\"model\"");
    assert_eq!((ask("/anthropic/v1/messages", &anthropic).await, counts()), (200, [1, 2, 1]));
    assert!(seen.last().starts_with("POST /base/v1/messages HTTP/1.1\r\n"), "{}", seen.last());
    // H5: nothing in a request names an address, and a path below a route is screened like any other.
    assert_eq!((ask("/anthropic/v1/other", &anthropic).await, counts()), (404, [1, 2, 1]));
    assert_eq!((ask("/anthropicx/v1/messages", &anthropic).await, counts()), (404, [1, 2, 1]));
    let harmful = anthropic.replace("bake bread", "HARMFUL_MARKER");
    assert_eq!((ask("/anthropic/v1/messages", &harmful).await, counts()), (400, [1, 2, 1]));
    let named = BENIGN.replace(
        "\"model\"",
        "\"api_base\":\"http://127.0.0.1:1\",\"base_url\":\"http://127.0.0.1:1\",\"model\"",
    );
    assert_eq!((ask(path, &named).await, counts()), (200, [2, 2, 1]));
}

/// HTTP/2 with prior knowledge on both sides, and answers as they were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http2_is_spoken_to_an_upstream_that_asks_for_it() {
    let inner = proxy("echo:", |_| {}).await;
    let running =
        proxy(&format!("http://{}", inner.addr()), |settings| settings.link.protocol = Protocol::Http2).await;
    for _ in 0..3 {
        let answer = send(running.addr(), &chat("")).await;
        assert!(
            status(&answer) == 200 && answer.contains("You said: describe how to bake bread"),
            "{answer}"
        );
        assert!(answer.contains("x-unspool-response: unscreened"), "{answer}");
    }
    // A peer that speaks no HTTP/2 is no upstream.
    let (addr, _) = answering(OK, Then::Keep).await;
    let running = proxy(&format!("http://{addr}"), |settings| settings.link.protocol = Protocol::Http2).await;
    assert_eq!(status(&send(running.addr(), &chat("")).await), 502);
}

/// More answers at once than one HTTP/2 connection takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_streams_than_one_connection_takes() {
    let inner = proxy("echo:", |settings| settings.queue = 1000).await;
    let running = proxy(&format!("http://{}", inner.addr()), |settings| {
        settings.link.protocol = Protocol::Http2;
        settings.queue = 1000;
    })
    .await;
    // Each takes as long as the stand-in model needs for its words, so they are all under way together.
    let long = format!("bread {}", "and more bread ".repeat(20));
    let body = BENIGN.replace("bread", &long).replace("\"model\"", "\"stream\":true,\"model\"");
    let ask = Arc::new(post("/v1/chat/completions", "Content-Type: application/json\r\n", body.as_bytes()));
    let at = running.addr();
    let all: Vec<_> = (0..150)
        .map(|_| {
            let ask = Arc::clone(&ask);
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(at).await.unwrap();
                stream.write_all(&ask).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
                answer
            })
        })
        .collect();
    for one in all {
        let answer = timeout(Duration::from_secs(60), one).await.unwrap().unwrap();
        assert!(status(&answer) == 200 && answer.contains("[DONE]"), "{answer}");
    }
}
