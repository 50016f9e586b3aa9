//! Every route of every API through the proxy: what is blocked leaves nothing upstream and is answered in the caller's
//! form, what is not goes on unchanged.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use unspool::request::dialect::{DIALECTS, RefusalStyle, Route, RouteKind, Streaming};
use unspool::request::unread::OnUnread;
use unspool::serve::Settings;

use super::proxy::{Seen, post, proxy, send, status, upstream};

/// The upstream of these tests takes one request a connection.
const OK: &[&str] = &[
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
];

const MARKER: &str = "HARMFUL_MARKER";

/// A path of this route.
fn example(route: &Route) -> String {
    let pieces = route.path.split(['{', '}']).enumerate();
    pieces.map(|(at, piece)| if at % 2 == 1 { "some-name" } else { piece }).collect()
}

fn request(method: &str, path: &str, media: &str, body: &[u8]) -> Vec<u8> {
    let posted = post(path, &format!("Content-Type: {media}\r\n"), body);
    if body.is_empty() {
        return format!("{method} {path} HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n").into_bytes();
    }
    String::from_utf8(posted).unwrap().replacen("POST", method, 1).into_bytes()
}

/// A body for this route that says `text` where no table expects it.
fn body(route: &Route, text: &str) -> (&'static str, String) {
    if route.kind != RouteKind::Form {
        return ("application/json", json!({ "model": "m", "unheard_of": [{ text: 1 }] }).to_string());
    }
    let part = |head: &str, content: &str| {
        format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
    };
    let line = json!({ "body": { "messages": [{ "role": "user", "content": text }] } });
    let parts =
        [part("name=\"model\"", "m"), part("name=\"file\"; filename=\"a.jsonl\"", &format!("{line}\n"))];
    ("multipart/form-data; boundary=b", format!("{}--b--\r\n", parts.concat()))
}

fn taken(seen: &Seen) -> Vec<String> {
    let all: Vec<Vec<u8>> = std::mem::take(&mut *seen.lock().unwrap());
    all.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
}

async fn ask(addr: SocketAddr, route: &Route, text: &str) -> (String, String) {
    let (media, body) = body(route, text);
    (send(addr, &request(route.method, &example(route), media, body.as_bytes())).await, body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_of_every_api_is_screened_or_refused() {
    let (addr, seen, _) = upstream(OK, Duration::ZERO).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let (mut screened, mut read, mut refused) = (0, 0, 0);
    for route in DIALECTS.iter().flat_map(|dialect| dialect.routes) {
        let name = format!("{} {}", route.method, route.path);
        match route.kind {
            RouteKind::Message | RouteKind::Form | RouteKind::Act => {
                let (answer, _) = ask(running.addr(), route, MARKER).await;
                let blocked = status(&answer) == 400 || answer.contains("blockReason");
                assert!(blocked && answer.contains("x-unspool-action: block"), "{name}: {answer}");
                assert_eq!(taken(&seen), Vec::<String>::new(), "{name}: something reached the upstream");
                let (answer, body) = ask(running.addr(), route, "bread").await;
                assert_eq!(status(&answer), 200, "{name}: {answer}");
                let got = taken(&seen);
                assert!(got.len() == 1 && got[0].ends_with(&body), "{name}: {got:?}");
                let media = if route.kind == RouteKind::Form {
                    "multipart/form-data; boundary=b"
                } else {
                    "application/json"
                };
                assert!(got[0].contains(&format!("content-type: {media}\r\n")), "{name}: {got:?}");
                screened += 1;
            }
            RouteKind::ReadOnly => {
                let answer = send(running.addr(), &request(route.method, &example(route), "", b"")).await;
                assert_eq!((status(&answer), taken(&seen).len()), (200, 1), "{name}: {answer}");
                read += 1;
            }
            RouteKind::Denied | RouteKind::Socket => {
                let want = if route.kind == RouteKind::Denied { 403 } else { 426 };
                let (answer, _) = ask(running.addr(), route, "bread").await;
                let named =
                    answer.contains("x-should-retry: false") && answer.contains("x-unspool-action: reject");
                assert!(status(&answer) == want && named, "{name}: {answer}");
                assert_eq!(taken(&seen), Vec::<String>::new(), "{name}");
                refused += 1;
            }
        }
    }
    assert!(screened > 120 && read > 70 && refused > 25, "{screened} {read} {refused}");
}

/// Paths where a model speaks, and what shows a refusal: in the error, in a whole answer, in a stream.
const SPOKEN: &[(&str, &str, &str, &str)] = &[
    (
        "/v1/chat/completions",
        "content_policy_violation",
        "\"finish_reason\":\"content_filter\"",
        "data: [DONE]",
    ),
    ("/v1/completions", "content_policy_violation", "\"finish_reason\":\"content_filter\"", "data: [DONE]"),
    ("/v1/responses", "content_policy_violation", "\"type\":\"refusal\"", "event: response.refusal.done"),
    (
        "/openai/deployments/d/chat/completions",
        "ResponsibleAIPolicyViolation",
        "content_filter",
        "data: [DONE]",
    ),
    ("/openai/v1/responses", "\"innererror\"", "\"type\":\"refusal\"", "event: response.completed"),
    ("/v1/messages", "invalid_request_error", "\"stop_reason\":\"refusal\"", "event: message_stop"),
    ("/v1/complete", "invalid_request_error", "\"type\":\"completion\"", "event: completion"),
    ("/v1beta/models/m:generateContent", "blockReason", "\"blockReason\":\"PROHIBITED_CONTENT\"", ""),
    ("/v1beta/models/m:streamGenerateContent?alt=sse", "data: {\"modelVersion\"", "", "\"blockReason\""),
    ("/v1beta/models/m:streamGenerateContent", "[{\"modelVersion\"", "", "\"blockReason\""),
    ("/api/chat", "{\"error\":\"", "\"done\":true", "\"done_reason\":\"stop\""),
    ("/api/generate", "{\"error\":\"", "\"done\":true", "\"done_reason\":\"stop\""),
    ("/v2/chat", "\"message\":\"the request", "\"finish_reason\":\"ERROR_TOXIC\"", "event: message-end"),
    (
        "/v1/chat",
        "\"message\":\"the request",
        "\"finish_reason\":\"ERROR_TOXIC\"",
        "\"event_type\":\"stream-end\"",
    ),
    ("/v1/agents/completions", "\"object\":\"error\"", "content_filter", "data: [DONE]"),
    ("/v1/fim/completions", "\"object\":\"error\"", "content_filter", "data: [DONE]"),
    ("/model/m/converse", "ValidationException", "\"stopReason\":\"content_filtered\"", ""),
    ("/model/m/converse-stream", "ValidationException", "", "content_filtered"),
    ("/model/m/invoke", "ValidationException", "\"stop_reason\":\"refusal\"", ""),
    ("/model/m/invoke-with-response-stream", "ValidationException", "", "chunk"),
    ("/completion", "content_policy_violation", "\"stop\":true", "\"stop_type\":\"eos\""),
    ("/generate", "content_policy_violation", "\"generated_text\"", ""),
    ("/generate_stream", "content_policy_violation", "", "\"generated_text\":\"the request"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_is_answered_in_the_callers_form_streamed_or_not() {
    let (addr, seen, _) = upstream(OK, Duration::ZERO).await;
    for style in [RefusalStyle::Error, RefusalStyle::Refusal] {
        let running = proxy(&format!("http://{addr}"), |settings| settings.answer.style = style).await;
        for (path, error, whole, streamed) in SPOKEN {
            for (stream, sign) in [(false, whole), (true, streamed)] {
                let sign = if style == RefusalStyle::Error { error } else { sign };
                if sign.is_empty() {
                    continue;
                }
                let body =
                    json!({ "model": "m", "stream": stream, "messages": [], "prompt": MARKER }).to_string();
                let answer =
                    send(running.addr(), &request("POST", path, "application/json", body.as_bytes())).await;
                let name = format!("{path} stream {stream} {style:?}");
                let is_error = style == RefusalStyle::Error && !path.contains("enerateContent");
                assert_eq!(status(&answer), if is_error { 400 } else { 200 }, "{name}: {answer}");
                assert!(
                    answer.contains(sign) && answer.contains("x-unspool-action: block"),
                    "{name}: {answer}"
                );
                assert!(answer.contains("x-should-retry: false"), "{name}: {answer}");
            }
        }
    }
    assert!(seen.lock().unwrap().is_empty(), "something reached the upstream");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stand_in_model_speaks_every_api() {
    let running = proxy("echo:", |_| {}).await;
    for (path, ..) in SPOKEN {
        for stream in [false, true] {
            let body =
                json!({ "model": "m", "stream": stream, "messages": [{ "role": "user", "content": "bread" }],
                "prompt": "bread", "contents": [{ "parts": [{ "text": "bread" }] }] })
                .to_string();
            let answer =
                send(running.addr(), &request("POST", path, "application/json", body.as_bytes())).await;
            assert!(
                status(&answer) == 200 && answer.contains("x-unspool-action: forward"),
                "{path}: {answer}"
            );
            // Bedrock's Claude chunks are base64.
            assert!(answer.contains("bread") || answer.contains("chunk"), "{path}: {answer}");
        }
    }
    let streams = |route: &&Route| route.stream != Streaming::Never;
    assert!(DIALECTS.iter().flat_map(|dialect| dialect.routes).filter(streams).count() > 200);
}

/// A body, and the kind of unread content that decides.
fn unreadable() -> Vec<(&'static str, &'static str, Value)> {
    let png = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==";
    let part = |part: Value| json!({ "messages": [{ "role": "user", "content": [part] }] });
    vec![
        ("image", "/v1/chat/completions", part(json!({ "type": "image_url", "image_url": { "url": png } }))),
        (
            "image",
            "/v1/chat/completions",
            part(json!({ "type": "image_url", "image_url": { "url": "https://e/x" } })),
        ),
        (
            "audio",
            "/v1/chat/completions",
            part(
                json!({ "type": "input_audio", "input_audio": { "data": "//tQZAAAAAA=", "format": "mp3" } }),
            ),
        ),
        ("file", "/v1/chat/completions", part(json!({ "type": "file", "file": { "file_id": "f" } }))),
        ("tokens", "/v1/completions", json!({ "prompt": [[1, 2, 3]] })),
        ("state", "/v1/responses", json!({ "input": "a", "previous_response_id": "r" })),
        (
            "sealed",
            "/v1/responses",
            json!({ "input": [{ "type": "reasoning", "encrypted_content": "A".repeat(90) }] }),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_unread_content_has_its_policy() {
    let (addr, seen, _) = upstream(OK, Duration::ZERO).await;
    let set = |kind: &'static str, to: OnUnread| {
        move |settings: &mut Settings| {
            let unread = &mut settings.policy.unread;
            *match kind {
                "image" => &mut unread.image,
                "audio" => &mut unread.audio,
                "file" => &mut unread.file,
                "tokens" => &mut unread.tokens,
                "state" => &mut unread.state,
                _ => &mut unread.sealed,
            } = to;
        }
    };
    for (kind, path, body) in unreadable() {
        let bytes = request("POST", path, "application/json", body.to_string().as_bytes());
        let running = proxy(&format!("http://{addr}"), set(kind, OnUnread::Block)).await;
        let answer = send(running.addr(), &bytes).await;
        assert!(status(&answer) == 400 && answer.contains("unreadable_input"), "{body}: {answer}");
        assert!(taken(&seen).is_empty(), "{body}");
        let running = proxy(&format!("http://{addr}"), set(kind, OnUnread::Forward)).await;
        assert_eq!(status(&send(running.addr(), &bytes).await), 200, "{body}");
        assert_eq!(taken(&seen).len(), 1, "{body}");
    }
    // By default only prompts in numbers are refused, and those are measured all the same.
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    for (path, want) in [("/v1/completions", 400), ("/v1/embeddings", 200)] {
        let body = json!({ "prompt": [1, 2], "input": [1, 2] }).to_string();
        let answer = send(running.addr(), &request("POST", path, "application/json", body.as_bytes())).await;
        assert_eq!(status(&answer), want, "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes_the_operator_adds_are_served_and_screened() {
    let (addr, seen, _) = upstream(OK, Duration::ZERO).await;
    let add = |settings: &mut Settings| {
        settings.more_routes.any.extend(["/custom/generate".into(), "/agents/{id}/ask".into()]);
        settings.more_routes.allow.push("/api/pull".into());
    };
    let running = proxy(&format!("http://{addr}"), add).await;
    for (path, text, want) in [
        ("/custom/generate", "bread", 200),
        ("/custom/generate", MARKER, 400),
        ("/custom/other", "bread", 404),
        ("/agents/a-7/ask", "bread", 200),
        ("/agents/a-7/ask", MARKER, 400),
        ("/agents/a-7/b/ask", "bread", 404),
        ("/agents/ask", "bread", 404),
        ("/api/pull", "bread", 200),
        ("/api/pull", MARKER, 400),
        ("/api/push", "bread", 403),
    ] {
        let body = json!({ "name": text }).to_string();
        let answer = send(running.addr(), &request("POST", path, "application/json", body.as_bytes())).await;
        assert_eq!(status(&answer), want, "{path} {text}: {answer}");
        assert_eq!(taken(&seen).len(), usize::from(want == 200), "{path} {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_are_taken_in_one_reading_only() {
    let (addr, seen, _) = upstream(OK, Duration::ZERO).await;
    let running = proxy(&format!("http://{addr}"), |_| {}).await;
    let form = |content: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n{content}\r\n--b--\r\n")
    };
    let media = "multipart/form-data; boundary=b";
    for (media, body, want) in [
        (media, form("bread"), 200),
        (media, form(MARKER), 400),
        (media, form("bread").replace("--b--", "--b"), 400),
        ("multipart/form-data; boundary=\"a b\"", form("bread"), 415),
        ("multipart/form-data; boundary=b; boundary=c", form("bread"), 415),
        ("multipart/mixed; boundary=b", form("bread"), 415),
        ("application/json", "{}".to_owned(), 415),
    ] {
        let answer = send(running.addr(), &request("POST", "/v1/images/edits", media, body.as_bytes())).await;
        assert_eq!(status(&answer), want, "{media} {body}: {answer}");
        assert_eq!(taken(&seen).len(), usize::from(want == 200), "{body}");
    }
    let answer =
        send(running.addr(), &request("POST", "/v1/chat/completions", media, form("a").as_bytes())).await;
    assert_eq!(status(&answer), 415, "{answer}");
}
