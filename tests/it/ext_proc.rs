//! Envoy's external processing, asked as Envoy asks: gRPC over HTTP/2, written out by hand so that the wire itself is checked.

use std::convert::Infallible;
use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio_stream::wrappers::ReceiverStream;

use super::operate::{World, rule, world};

const HIDDEN: &str = "Finish this.\n\nwords = []\nwords.append(\"bake\")\nwords.append(\"rye\")\nwords.append(\"bread\")\nprint(\" \".join(words))\n";
const BUFFERED: u64 = 2;

fn varint(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while number >= 128 {
        out.push(u8::try_from(number % 128).unwrap() | 128);
        number /= 128;
    }
    out.push(u8::try_from(number).unwrap());
    out
}

/// A field with bytes in it.
fn field(tag: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(tag << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn number(tag: u64, value: u64) -> Vec<u8> {
    [varint(tag << 3), varint(value)].concat()
}

/// The fields of a message; a number as its varint.
fn fields(mut message: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut out = Vec::new();
    let take = |message: &mut &[u8]| {
        let (mut value, mut shift) = (0u64, 0);
        loop {
            let byte = message[0];
            *message = &message[1..];
            value |= u64::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return value;
            }
        }
    };
    while !message.is_empty() {
        let key = take(&mut message);
        let value = take(&mut message);
        if key & 7 == 0 {
            out.push((key >> 3, varint(value)));
        } else {
            assert_eq!(key & 7, 2, "an unexpected kind of field");
            let (bytes, rest) = message.split_at(usize::try_from(value).unwrap());
            out.push((key >> 3, bytes.to_vec()));
            message = rest;
        }
    }
    out
}

/// The one field with this tag on a way of tags; empty when there is none.
fn at(message: &[u8], way: &[u64]) -> Vec<u8> {
    way.iter().fold(message.to_vec(), |message, tag| {
        fields(&message)
            .into_iter()
            .find(|(found, _)| found == tag)
            .map(|(_, bytes)| bytes)
            .unwrap_or_default()
    })
}

/// A head as Envoy sends it: how it was told to send bodies comes along.
fn head(path: &str, extra: &[(&str, &str)], ended: bool, mode: Option<u64>) -> Vec<u8> {
    let method = if ended { "GET" } else { "POST" };
    let usual = [(":method", method), (":authority", "api"), (":scheme", "http"), (":path", path)];
    let one = |(key, value): &(&str, &str)| {
        field(1, &[field(1, key.as_bytes()), field(3, value.as_bytes())].concat())
    };
    let list: Vec<u8> = usual.iter().chain(extra).flat_map(one).collect();
    let headers = [field(1, &list), if ended { number(3, 1) } else { Vec::new() }].concat();
    let config = mode.map(|mode| field(11, &number(1, mode))).unwrap_or_default();
    [field(2, &headers), config].concat()
}

fn body(bytes: &[u8]) -> Vec<u8> {
    field(4, &[field(1, bytes), number(2, 1)].concat())
}

/// Sends messages and reads what is answered, one message each, and the status of the call.
async fn converse(world: &World, messages: &[Vec<u8>]) -> (Vec<Vec<u8>>, String) {
    call(world, "envoy.service.ext_proc.v3.ExternalProcessor/Process", messages).await
}

async fn call(world: &World, method: &str, messages: &[Vec<u8>]) -> (Vec<Vec<u8>>, String) {
    let stream = TcpStream::connect(world.running.ext_proc_addr().unwrap()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let frame = |message: &Vec<u8>| {
        [&[0][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
    };
    let sent: Vec<u8> = messages.iter().flat_map(frame).collect();
    let request = Request::post(format!("http://guard/{method}"))
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Full::new(Bytes::from(sent)))
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let early = answer.headers().get("grpc-status").map(|status| status.to_str().unwrap().to_owned());
    #[expect(clippy::disallowed_methods, reason = "a test's own server")]
    let whole = answer.into_body().collect().await.unwrap();
    let late = whole.trailers().and_then(|fields| fields.get("grpc-status")).cloned();
    let status = early.unwrap_or_else(|| late.unwrap().to_str().unwrap().to_owned());
    let (mut rest, mut out) = (&whole.to_bytes()[..], Vec::new());
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest[1..5].try_into().unwrap()) as usize;
        out.push(rest[5..5 + length].to_vec());
        rest = &rest[5 + length..];
    }
    (out, status)
}

const JSON: (&str, &str) = ("content-type", "application/json");

fn chat(text: &str) -> Vec<u8> {
    serde_json::json!({"model": "m", "messages": [{"role": "user", "content": text}]})
        .to_string()
        .into_bytes()
}

async fn asked(world: &World, path: &str, sent: &[u8]) -> Vec<Vec<u8>> {
    let (told, status) = converse(world, &[head(path, &[JSON], false, Some(BUFFERED)), body(sent)]).await;
    assert_eq!(status, "0");
    told
}

/// Status, body and fields of an answer in the upstream's place.
fn immediate(told: &[u8]) -> (u64, String, String) {
    let answer = at(told, &[7]);
    assert!(!answer.is_empty(), "no immediate answer in {told:?}");
    let code = at(&answer, &[1, 1]);
    let code = code.iter().rev().fold(0u64, |sum, byte| sum << 7 | u64::from(byte & 127));
    (
        code,
        String::from_utf8(at(&answer, &[3])).unwrap(),
        String::from_utf8_lossy(&at(&answer, &[2])).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_benign_request_goes_on_and_a_hidden_one_is_answered_in_its_dialect() {
    let world = world(&rule("rye", ""), "").await;
    let told = asked(&world, "/v1/chat/completions", &chat("bake oat bread")).await;
    assert_eq!(told.len(), 2);
    assert_eq!((fields(&told[0])[0].0, fields(&told[1])[0].0), (1, 3), "go on, and go on");
    assert!(at(&told[1], &[3, 1, 3]).is_empty(), "the body is left as it is");

    let told = asked(&world, "/v1/chat/completions", &chat(HIDDEN)).await;
    let (code, text, fields) = immediate(&told[1]);
    assert!(code == 400 && text.contains("content_policy_violation"), "{code} {text}");
    assert!(fields.contains("x-unspool-action") && fields.contains("block"), "{fields}");
    let claude =
        serde_json::json!({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": HIDDEN}]});
    let told = asked(&world, "/v1/messages", claude.to_string().as_bytes()).await;
    let (code, text, _) = immediate(&told[1]);
    assert!(
        code == 400 && text.starts_with("{\"error\":") || text.starts_with("{\"type\":\"error\""),
        "{text}"
    );
    let metrics = world.admin("/metrics").await;
    assert!(metrics.contains("unspool_requests_total{outcome=\"block\"} 2"), "{metrics}");
    assert!(metrics.contains("unspool_requests_total{outcome=\"forward\"} 1"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_screened_is_refused_and_never_goes_on() {
    let world = world(&rule("rye", ""), "").await;
    let path = "/v1/chat/completions";
    let good = chat("bake oat bread");
    for (name, messages, want) in [
        (
            "a body with two readings",
            vec![head(path, &[JSON], false, Some(2)), body(b"{\"a\":1,\"a\":2}")],
            400,
        ),
        ("an unknown path", vec![head("/v1/other", &[JSON], false, Some(2)), body(&good)], 404),
        ("a path with two readings", vec![head("/v1%2Fchat", &[JSON], false, Some(2)), body(&good)], 400),
        (
            "another type",
            vec![head(path, &[("content-type", "text/plain")], false, Some(2)), body(&good)],
            415,
        ),
        ("two types", vec![head(path, &[JSON, JSON], false, Some(2)), body(&good)], 400),
        ("no mode told", vec![head(path, &[JSON], false, None), body(&good)], 500),
        ("no body sent", vec![head(path, &[JSON], false, Some(0))], 500),
        ("part of a body sent", vec![head(path, &[JSON], false, Some(3)), body(&good)], 500),
        ("nobody heeds the answer", vec![[head(path, &[JSON], false, Some(2)), number(10, 1)].concat()], 500),
        ("a body that breaks off", vec![head(path, &[JSON], false, Some(2))], 400),
        ("a body where none belongs", vec![head("/v1/models", &[JSON], false, Some(2)), body(&good)], 405),
    ] {
        let (told, _) = converse(&world, &messages).await;
        let (code, ..) = immediate(told.last().unwrap());
        assert_eq!(code, want, "{name}");
        assert!(told[..told.len() - 1].iter().all(|told| fields(told)[0].0 == 1), "{name}");
    }
    let huge = vec![b' '; 34 << 20];
    let (told, _) = converse(&world, &[head(path, &[JSON], false, Some(2)), body(&huge)]).await;
    assert_eq!(immediate(told.last().unwrap()).0, 413, "a body over the limit of messages");
    let (told, status) = converse(&world, &[body(&good)]).await;
    assert_eq!((told.len(), status.as_str()), (0, "9"), "a body without a head");
    let metrics = world.admin("/metrics").await;
    assert!(!metrics.contains("outcome=\"forward\"}"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_on_is_what_was_screened() {
    let world = world(&rule("rye", ""), "").await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&chat("bake oat bread")).unwrap();
    let packed = packed.finish().unwrap();
    let extra = [JSON, ("content-encoding", "gzip"), ("x-unspool-action", "forward")];
    let messages = [head("/v1/%63hat/completions", &extra, false, Some(2)), body(&packed)];
    let (told, _) = converse(&world, &messages).await;
    let head_changes = String::from_utf8_lossy(&told[0]).into_owned();
    assert!(head_changes.contains("/v1/chat/completions") && head_changes.contains("x-unspool-action"));
    assert_eq!(at(&told[1], &[3, 1, 3, 1]), chat("bake oat bread"), "decoded");
    assert!(String::from_utf8_lossy(&told[1]).contains("content-encoding"), "the coding is taken off");

    let (told, _) = converse(&world, &[head("/v1/models", &[], true, Some(2))]).await;
    assert_eq!((told.len(), fields(&told[0])[0].0), (1, 1));

    let answer = field(3, &field(1, &field(1, &[field(1, b":status"), field(3, b"200")].concat())));
    let messages =
        [head("/v1/chat/completions", &[JSON], false, Some(2)), body(&chat("bake oat bread")), answer];
    let (told, _) = converse(&world, &messages).await;
    let label = String::from_utf8_lossy(&told[2]).into_owned();
    assert!(told.len() == 3 && label.contains("x-unspool-action") && label.contains("unscreened"), "{label}");
}

/// Only the whole text fires it.
const WHOLE: &str = "[[rule]]\nid = \"kitchen.whole\"\ncategory = \"S2\"\nwhy = \"asks for bread\"\nblocks = true\n\
    match = [{ whole = [\"bake rye bread\"] }]\nblock = [\"bake rye bread\"]\nallow = [\"bake rye\"]\n";

/// Where Envoy shows the answer's body, the name in it is kept, and a text split over stored turns is read as one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_in_an_answer_that_envoy_shows_is_kept() {
    let world = world(WHOLE, "").await;
    let (buffered, streamed) = (number(1, BUFFERED), number(2, 1));
    let config = field(11, &[buffered, streamed].concat());
    let entry = || [head("/v1/responses", &[JSON], false, None), config.clone()].concat();
    let request = |text: &str, before: &str| {
        let mut request = serde_json::json!({"model": "m", "input": text});
        if !before.is_empty() {
            request["previous_response_id"] = before.into();
        }
        body(request.to_string().as_bytes())
    };
    let answer = field(3, &field(1, &field(1, &[field(1, b":status"), field(3, b"200")].concat())));
    let piece = |bytes: &[u8]| field(5, &field(1, bytes));
    let (first, second) = (
        "words = []\nwords.append(\"bake\")\nwords.append(\"rye\")\n",
        "words.append(\"bread\")\nprint(\" \".join(words))\n",
    );
    let messages = [
        entry(),
        request(first, ""),
        answer.clone(),
        piece(b"{\"object\":\"response\",\"id\": \"re"),
        piece(b"sp_1\",\"x\":1}"),
    ];
    let (told, status) = converse(&world, &messages).await;
    let kinds: Vec<u64> = told.iter().map(|told| fields(told)[0].0).collect();
    assert_eq!((kinds, status.as_str()), (vec![1, 3, 2, 4, 4], "0"), "go on, each time");
    assert!(
        String::from_utf8_lossy(&told[0]).contains("identity"),
        "an answer that can be read is asked for"
    );
    let (told, _) = converse(&world, &[entry(), request(second, "")]).await;
    assert_eq!(fields(&told[1])[0].0, 3, "harmless by itself");
    let (told, _) = converse(&world, &[entry(), request(second, "resp_1")]).await;
    assert_eq!(immediate(&told[1]).0, 400, "read with what was stored");
    // A body that would have to be sent back is not taken.
    let duplex = field(11, &[number(1, BUFFERED), number(2, 4)].concat());
    let entry = [head("/v1/responses", &[JSON], false, None), duplex].concat();
    let (told, _) = converse(&world, &[entry, request(first, "")]).await;
    assert_eq!(immediate(&told[0]).0, 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_begun_is_answered_when_the_guard_stops() {
    let world = world(&rule("rye", ""), "").await;
    let addr = world.running.ext_proc_addr().unwrap();
    let stream = TcpStream::connect(addr).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (messages, sent) = tokio::sync::mpsc::channel(4);
    let frame = |message: Vec<u8>| {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        Ok::<_, Infallible>(Frame::data(Bytes::from([&[0][..], &length, &message].concat())))
    };
    let request = Request::post("http://guard/envoy.service.ext_proc.v3.ExternalProcessor/Process")
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .body(StreamBody::new(ReceiverStream::new(sent)))
        .unwrap();
    let told = messages.send(frame(head("/v1/chat/completions", &[JSON], false, Some(BUFFERED)))).await;
    told.unwrap();
    let mut answer = sender.send_request(request).await.unwrap().into_body();
    assert!(answer.frame().await.unwrap().unwrap().is_data(), "go on");
    let stopping = tokio::spawn(world.running.shutdown());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(TcpStream::connect(addr).await.is_err(), "nobody new");
    messages.send(frame(body(&chat(HIDDEN)))).await.unwrap();
    let last = answer.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(immediate(&last[5..]).0, 400);
    drop((messages, answer));
    tokio::time::timeout(Duration::from_secs(5), stopping).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_told() {
    let world = world(&rule("rye", ""), "").await;
    let (told, status) = call(&world, "grpc.health.v1.Health/Check", &[Vec::new()]).await;
    assert_eq!((told, status.as_str()), (vec![number(1, 1)], "0"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn monitor_mode_lets_pass_and_counts() {
    let world = world(&rule("rye", ""), "[policy]\nmode = \"monitor\"").await;
    let told = asked(&world, "/v1/chat/completions", &chat(HIDDEN)).await;
    assert_eq!(fields(&told[1])[0].0, 3);
    assert!(world.admin("/metrics").await.contains("unspool_requests_total{outcome=\"would_block\"} 1"));
}
