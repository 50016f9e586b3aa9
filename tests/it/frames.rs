//! HTTP/2, frame by frame: fields that would be other fields in HTTP/1.1 (A16, A8), and floods (A15). `tests/http2/abuse.py` measures
//! the floods at length.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::peer::{OK, Then, answering};
use super::proxy::{post, proxy, send, status};

const BENIGN: &[u8] = br#"{"model":"m","messages":[{"role":"user","content":"describe how to bake bread"}]}"#;
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `:status` 200 as HPACK has it.
const STATUS_200: u8 = 0x88;

type Field<'a> = (&'a [u8], &'a [u8]);

const ORDINARY: &[Field] = &[
    (b":method", b"POST"),
    (b":scheme", b"http"),
    (b":authority", b"h"),
    (b":path", b"/v1/chat/completions"),
    (b"content-type", b"application/json"),
];

fn frame(kind: u8, flags: u8, stream: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), body].concat()
}

/// Fields in HPACK: literals that are not indexed and not packed.
fn block(fields: &[Field]) -> Vec<u8> {
    let length = |text: &[u8]| match text.len() {
        length @ 0..=126 => vec![u8::try_from(length).unwrap()],
        length => vec![
            127,
            u8::try_from((length - 127) % 128 + 128).unwrap(),
            u8::try_from((length - 127) / 128).unwrap(),
        ],
    };
    let one = |(name, value): &Field| [&[0], length(name).as_slice(), name, &length(value), value].concat();
    fields.iter().flat_map(one).collect()
}

fn head(stream: u32, fields: &[Field]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &block(fields))
}

/// How a peer answered the first stream.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Taken,
    Refused,
    /// Reset, or the connection is gone.
    Cut,
}

/// Sends these bytes behind the preface; gives how the first stream was answered.
async fn told(addr: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let (mut read, mut write) = stream.split();
    let sent = [PREFACE, &frame(SETTINGS, 0, 0, &[]), bytes].concat();
    let writing = async {
        // The other side may have cut the connection by then.
        let _ = write.write_all(&sent).await;
        std::future::pending::<()>().await;
    };
    let reading = async {
        let mut held = Vec::new();
        loop {
            while let Some(length) =
                held.get(..3).map(|l: &[u8]| u32::from_be_bytes([0, l[0], l[1], l[2]]) as usize)
            {
                if held.len() < 9 + length {
                    break;
                }
                let (kind, first) = (held[3], held.get(9).copied());
                match kind {
                    HEADERS if first == Some(STATUS_200) => return Answer::Taken,
                    HEADERS => return Answer::Refused,
                    RESET | GOAWAY => return Answer::Cut,
                    _ => drop(held.drain(..9 + length)),
                }
            }
            let mut piece = [0; 4096];
            match read.read(&mut piece).await {
                Ok(count @ 1..) => held.extend_from_slice(&piece[..count]),
                _ => return Answer::Cut,
            }
        }
    };
    let either = async {
        tokio::select! { answer = reading => answer, () = writing => Answer::Cut }
    };
    timeout(Duration::from_secs(20), either).await.unwrap()
}

/// A request with these fields and the usual body.
fn asking(fields: &[Field]) -> Vec<u8> {
    [head(1, fields), frame(DATA, END_STREAM, 1, BENIGN)].concat()
}

fn put<'a>(name: &[u8], value: &'a [u8]) -> Vec<Field<'a>> {
    ORDINARY.iter().map(|field| if field.0 == name { (field.0, value) } else { *field }).collect()
}

fn without(name: &[u8]) -> Vec<Field<'static>> {
    ORDINARY.iter().filter(|field| field.0 != name).copied().collect()
}

fn also<'a>(more: &[Field<'a>]) -> Vec<Field<'a>> {
    ORDINARY.iter().chain(more).copied().collect()
}

fn injections() -> Vec<(&'static str, Vec<Field<'static>>)> {
    vec![
        ("CR LF in a value", also(&[(b"x-a", b"b\r\nx-injected: 1")])),
        ("LF in a value", also(&[(b"x-a", b"b\nc")])),
        ("NUL in a value", also(&[(b"x-a", b"b\0c")])),
        ("no ASCII", also(&[(b"x-a", b"caf\xe9")])),
        ("CR LF in a name", also(&[(b"x-a\r\nx-injected", b"1")])),
        ("upper case", also(&[(b"X-Injected", b"1")])),
        ("a colon in a name", also(&[(b"x:injected", b"1")])),
        ("transfer-encoding", also(&[(b"transfer-encoding", b"chunked")])),
        ("connection", also(&[(b"connection", b"x-a")])),
        ("TE", also(&[(b"te", b"gzip")])),
        ("upgrade", also(&[(b"upgrade", b"websocket")])),
        ("a request in the path", put(b":path", b"/v1/chat/completions HTTP/1.1\r\nx-injected: 1")),
        ("a blank in the path", put(b":path", b"/v1/chat completions")),
        ("a star", put(b":path", b"*")),
        ("an empty path", put(b":path", b"")),
        ("a full path", put(b":path", b"http://h/v1/chat/completions")),
        ("no path", without(b":path")),
        ("no authority", without(b":authority")),
        ("another host", also(&[(b"host", b"elsewhere")])),
        ("a user", put(b":authority", b"me:pw@h")),
        ("ftp", put(b":scheme", b"ftp")),
        ("no scheme", without(b":scheme")),
        ("two paths", also(&[(b":path", b"/v1/models")])),
        ("an unknown pseudo field", also(&[(b":injected", b"1")])),
        (
            "a late pseudo field",
            [without(b":path"), vec![(b"x-a", b"b"), (b":path", b"/v1/chat/completions")]].concat(),
        ),
        ("a wrong length", also(&[(b"content-length", b"5")])),
        ("two types", also(&[(b"content-type", b"text/plain")])),
        ("CONNECT", put(b":method", b"CONNECT")),
        ("a lower-case method", put(b":method", b"post")),
        ("a method with a blank", put(b":method", b"POST /x")),
        ("a twin", also(&[(b"content_type", b"text/plain")])),
        ("101 fields", also(&[(b"x-a".as_slice(), b"b".as_slice()); 101])),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_injected_through_http2() {
    let (addr, seen) = answering(OK, Then::Keep).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    for (name, fields) in injections() {
        assert_ne!(told(running.addr(), &asking(&fields)).await, Answer::Taken, "{name}");
        assert_eq!((seen.count(), seen.bytes()), (0, 0), "{name}: {}", seen.last());
    }
    let crumbs = also(&[(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"te", b"trailers"), (b"x-kept", b"1")]);
    assert_eq!(told(running.addr(), &asking(&crumbs)).await, Answer::Taken);
    let request = seen.last();
    let lines: Vec<&str> = request.lines().collect();
    assert!(lines.contains(&"cookie: a=1; b=2") && lines.contains(&"x-kept: 1"), "{request}");
    assert!(!lines.iter().any(|line| line.starts_with("te:")), "{request}");
}

/// Each flood is cut, and who asks properly is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_of_frames_are_cut() {
    let (addr, _) = answering(OK, Then::Keep).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let streams = || (0..5000_u32).map(|at| at * 2 + 1);
    let floods: [(&str, Vec<u8>); 7] = [
        (
            "rapid reset",
            streams()
                .flat_map(|at| [head(at, ORDINARY), frame(RESET, 0, at, &[0, 0, 0, 8])].concat())
                .collect(),
        ),
        (
            "made you reset",
            streams().flat_map(|at| [head(at, ORDINARY), frame(WINDOW, 0, at, &[0; 4])].concat()).collect(),
        ),
        (
            "CONTINUATION",
            [
                frame(HEADERS, 0, 1, &block(ORDINARY)),
                frame(CONTINUATION, 0, 1, &block(&[(b"x-a", b"b")])).repeat(20_000),
            ]
            .concat(),
        ),
        ("SETTINGS", frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255]).repeat(50_000)),
        ("PING", frame(PING, 0, 0, b"12345678").repeat(50_000)),
        ("empty DATA", [head(1, ORDINARY), frame(DATA, 0, 1, &[]).repeat(50_000)].concat()),
        ("streams without end", streams().flat_map(|at| head(at, ORDINARY)).collect()),
    ];
    let ask = post("/v1/chat/completions", "Content-Type: application/json\r\n", BENIGN);
    for (name, bytes) in floods {
        let (answer, served) = tokio::join!(told(running.addr(), &bytes), send(running.addr(), &ask));
        assert_eq!(answer, Answer::Cut, "{name}");
        assert_eq!(status(&served), 200, "{name}: {served}");
    }
}
