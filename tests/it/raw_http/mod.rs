//! What callers may send byte by byte: section A of the catalogue of cases, and B where it is HTTP. A refusal leaves no
//! byte upstream, counted by the upstream, and a sound request right after is answered.

mod cases;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::cases::{
    BENIGN, Case, LAST, bodies, bodies_in_a_row, codings, fields, framed, framing, readings, routing,
};
use super::peer::{OK, Then, answering};
use super::proxy::proxy;

/// Everything the proxy says until it closes.
async fn send(addr: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let (mut read, mut write) = stream.split();
    let mut answer = Vec::new();
    let talk = async {
        // A refusal may come, and the connection close, before all is written.
        let (_, _) = tokio::join!(write.write_all(bytes), read.read_to_end(&mut answer));
    };
    let ended = timeout(Duration::from_secs(40), talk).await;
    assert!(ended.is_ok(), "no end after {:?}", String::from_utf8_lossy(&answer));
    String::from_utf8_lossy(&answer).into_owned()
}

fn statuses(answer: &str) -> Vec<u16> {
    answer.split("HTTP/1.").skip(1).filter_map(|rest| rest.get(2..5)?.parse().ok()).collect()
}

/// Runs the cases; returns what went wrong.
async fn run(cases: Vec<Case>) {
    let (addr, seen) = answering(OK, Then::Keep).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let mut wrong = Vec::new();
    for case in &cases {
        let before = (seen.count(), seen.bytes());
        let answer = send(running.addr(), &case.send).await;
        let (row, name) = (case.row, &case.name);
        if statuses(&answer) != case.statuses {
            wrong.push(format!(
                "{row} {name}: {:?} instead of {:?}: {answer}",
                statuses(&answer),
                case.statuses
            ));
        }
        if seen.count() - before.0 != case.upstream || (case.upstream == 0 && seen.bytes() != before.1) {
            wrong.push(format!("{row} {name}: {} requests upstream", seen.count() - before.0));
        }
        for part in answer.split("HTTP/1.1 ").skip(1).filter(|part| part.starts_with(['4', '5'])) {
            let said = ["x-unspool-request-id: ", "x-unspool-action: ", "x-should-retry: false", "\"error\""];
            if let Some(missing) =
                said.iter().find(|field| !part.contains(*field) && case.name != "method HEAD")
            {
                wrong.push(format!("{row} {name}: no {missing} in {part}"));
            }
        }
        let after = send(running.addr(), LAST.as_bytes()).await;
        assert_eq!(statuses(&after), [200], "{row} {name}: and then {after}");
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn framing_has_one_reading() {
    let cases: Vec<Case> = framing().into_iter().chain(bodies_in_a_row()).collect();
    assert_eq!(cases.len(), 44);
    run(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_and_methods_have_one_reading() {
    let cases = routing();
    assert_eq!(cases.len(), 46);
    run(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_have_one_reading() {
    let cases = fields();
    assert_eq!(cases.len(), 42);
    run(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_have_one_reading() {
    let cases = bodies();
    assert_eq!(cases.len(), 23);
    run(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_have_one_reading() {
    let cases = readings();
    assert_eq!(cases.len(), 39);
    run(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codings_are_undone_once_and_under_the_cap() {
    let cases = codings();
    assert_eq!(cases.len(), 39);
    run(cases).await;
}

/// A9, A8, A12, A3: what of the caller's head reaches the upstream.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_upstream_gets_our_framing_and_none_of_the_hops() {
    let (addr, seen) = answering(OK, Then::Keep).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let fields = "Authorization: Bearer theirs\r\nX-Custom: kept\r\nTE: trailers\r\nTrailer: X-Late\r\nKeep-Alive: 5\r\n\
        Proxy-Authorization: Basic eA==\r\nProxy-Connection: close\r\nX-Hop: gone\r\nConnection: close, X-Hop\r\n\
        X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: evil\r\nForwarded: for=1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\n\
        X-HTTP-Method-Override: DELETE\r\nX-Method-Override: DELETE\r\nX-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\nX-Original-Method: PUT\r\nX-Unspool-Action: forward\r\nX_Other: gone\r\n\
        X-Unspool-Fault: gone\r\nTransfer-Encoding: chunked\r\n";
    let chunks = format!("{:X};x=y\r\n{BENIGN}\r\n0\r\nX-Late: gone\r\n\r\n", BENIGN.len());
    let answer = send(running.addr(), framed(fields, &chunks).as_bytes()).await;
    assert_eq!(statuses(&answer), [200], "{answer}");
    let request = seen.last();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, BENIGN);
    let mut lines: Vec<&str> = head.lines().collect();
    lines.sort_unstable();
    let (host, length) = (format!("host: {addr}"), format!("content-length: {}", BENIGN.len()));
    let want = [
        "POST /v1/chat/completions HTTP/1.1",
        "authorization: Bearer theirs",
        &length,
        "content-type: application/json",
        &host,
        "x-custom: kept",
    ];
    assert_eq!(lines, want);
}

/// F2: who is slow is let go, with a 408 where one can be said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_callers_are_let_go() {
    let (addr, seen) = answering(OK, Then::Keep).await;
    let quick = |settings: &mut unspool::serve::Settings| {
        settings.timeouts.header = Duration::from_millis(300);
        settings.timeouts.body_idle = Duration::from_millis(300);
        settings.timeouts.keep_alive = Duration::from_millis(800);
    };
    let running = proxy(&format!("http://{addr}"), quick).await;
    let half_a_body = framed(&format!("Content-Length: {}\r\n", BENIGN.len()), &BENIGN[..10]);
    for (name, bytes, want) in [
        ("half a head", "POST /v1/messages HTTP/1.1\r\nHost:", &[408][..]),
        ("half a request line", "PO", &[408]),
        ("half a preface", "PRI * HTTP/2", &[408]),
        ("half a body", &half_a_body, &[408]),
        ("silence", "", &[]),
    ] {
        let answer = send(running.addr(), bytes.as_bytes()).await;
        assert_eq!(statuses(&answer), want, "{name}: {answer}");
        assert!(
            name != "half a head" || answer.contains(r#""type":"error""#),
            "not as Anthropic says it: {answer}"
        );
    }
    assert_eq!(seen.bytes(), 0);
}
