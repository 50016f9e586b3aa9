//! Stored conversations: a text split over turns that only the API keeps is read as one.

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::operate::{World, world};
use super::peer::{Then, answering};
use super::proxy::{post, send, status};
use super::sockets::{Socket, connect, heard_json};

/// Posts JSON and gives the answer's status and the first id in it.
async fn sent(world: &World, path: &str, body: &Value) -> (u16, String) {
    let request = post(path, "Content-Type: application/json\r\n", body.to_string().as_bytes());
    let answer = send(world.running.addr(), &request).await;
    let id = answer.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    (status(&answer), id.to_owned())
}

const FIRST: &str = "words = []\nwords.append(\"bake\")\nwords.append(\"rye\")\n";
const SECOND: &str = "words.append(\"bread\")\nprint(\" \".join(words))\n";
/// Only the whole text fires it.
const WHOLE: &str = "[[rule]]\nid = \"kitchen.whole\"\ncategory = \"S2\"\nwhy = \"asks for bread\"\nblocks = true\n\
    match = [{ whole = [\"bake rye bread\"] }]\nblock = [\"bake rye bread\"]\nallow = [\"bake rye\"]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_split_over_stored_responses_is_read_as_one() {
    for stream in [false, true] {
        let world = world(WHOLE, "").await;
        let first = json!({"model": "m", "input": FIRST, "stream": stream});
        let (code, id) = sent(&world, "/v1/responses", &first).await;
        assert!(code == 200 && id.starts_with("resp"), "{code} {id}");
        let alone = sent(&world, "/v1/responses", &json!({"model": "m", "input": SECOND})).await;
        assert_eq!(alone.0, 200, "harmless by itself");
        let next = json!({"model": "m", "input": SECOND, "previous_response_id": id, "stream": stream});
        assert_eq!(sent(&world, "/v1/responses", &next).await.0, 400, "stream {stream}");
        let harmless = json!({"model": "m", "input": "thank you", "previous_response_id": id});
        let (code, third) = sent(&world, "/v1/responses", &harmless).await;
        assert_eq!(code, 200);
        // The chain goes on: the third knows the first.
        let next = json!({"model": "m", "input": SECOND, "previous_response_id": third});
        assert_eq!(sent(&world, "/v1/responses", &next).await.0, 400, "two turns later");
        let metrics = world.admin("/metrics").await;
        assert!(metrics.contains("unspool_state_total{op=\"get\",result=\"found\"} 3"), "{metrics}");
        assert!(!metrics.contains("unspool_unscreened_total{kind=\"state\"}"), "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_added_to_by_whoever_names_it() {
    let world = world(WHOLE, "").await;
    let named = |text: &str| json!({"model": "m", "input": text, "conversation": {"id": "conv_1"}});
    assert_eq!(sent(&world, "/v1/responses", &named(FIRST)).await.0, 200);
    assert_eq!(sent(&world, "/v1/responses", &named(SECOND)).await.0, 400);
    // What was blocked is not remembered.
    assert_eq!(sent(&world, "/v1/responses", &named("thank you")).await.0, 200);
    let other = json!({"model": "m", "input": SECOND, "conversation": "conv_2"});
    assert_eq!(sent(&world, "/v1/responses", &other).await.0, 200, "another conversation");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_upstream_refused_is_not_remembered() {
    let (addr, _) = answering("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}", Then::Keep).await;
    let engine = std::sync::Arc::new(unspool::config::Config::default().engine().unwrap());
    let mut settings = unspool::serve::Settings::new(format!("http://{addr}").parse().unwrap());
    settings.listen = "127.0.0.1:0".parse().unwrap();
    settings.admin = Some("127.0.0.1:0".parse().unwrap());
    let running = unspool::serve::start(settings, engine).await.unwrap();
    let body = json!({"model": "m", "input": "bake oat bread", "conversation": "conv_1"}).to_string();
    let request = post("/v1/responses", "Content-Type: application/json\r\n", body.as_bytes());
    for _ in 0..2 {
        assert_eq!(status(&send(running.addr(), &request).await), 404);
    }
    let admin = running.admin_addr().unwrap();
    let ask = format!("GET /metrics HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
    let metrics = send(admin, ask.as_bytes()).await;
    assert!(metrics.contains("unspool_state_total{op=\"get\",result=\"unknown\"} 2"), "{metrics}");
    assert!(metrics.contains("unspool_unscreened_total{kind=\"state\"} 2"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_known_is_state_that_was_not_read() {
    let off = world(WHOLE, "[state]\nstore = \"off\"\n").await;
    let named = json!({"model": "m", "input": "bake oat bread", "previous_response_id": "resp_1"});
    assert_eq!(sent(&off, "/v1/responses", &named).await.0, 200);
    off.metric("unspool_unscreened_total{kind=\"state\"} 1").await;
    let strict = world(WHOLE, "[unread]\nstate = \"block\"\n").await;
    assert_eq!(sent(&strict, "/v1/responses", &named).await.0, 400, "unknown here");
    let (_, id) = sent(&strict, "/v1/responses", &json!({"model": "m", "input": "hello"})).await;
    let known = json!({"model": "m", "input": "bake oat bread", "previous_response_id": id});
    assert_eq!(sent(&strict, "/v1/responses", &known).await.0, 200, "known here");
}

#[cfg(feature = "valkey")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_down_is_decided_by_on_failure() {
    let named = json!({"model": "m", "input": "bake oat bread", "previous_response_id": "resp_1"});
    let down = "[state]\nstore = \"redis://127.0.0.1:9\"\n";
    let closed = world(WHOLE, down).await;
    assert_eq!(sent(&closed, "/v1/responses", &named).await.0, 503);
    closed.metric("unspool_limits_hit_total{limit=\"state\"} 1").await;
    closed.metric("unspool_state_total{op=\"get\",result=\"failed\"} 1").await;
    assert_eq!(sent(&closed, "/v1/responses", &json!({"model": "m", "input": "hello"})).await.0, 200);
    closed.metric("unspool_state_total{op=\"put\",result=\"failed\"} 1").await;
    let open = world(WHOLE, &format!("{down}[policy]\non_failure = \"forward\"\n")).await;
    assert_eq!(sent(&open, "/v1/responses", &named).await.0, 200);
    open.metric("unspool_requests_total{outcome=\"forward_unscreened\"} 1").await;
}

/// Sends one request over a WebSocket and gives the first event that answers it.
async fn told(socket: &mut Socket, text: &str, before: Option<&str>) -> Value {
    let mut event = json!({"type": "response.create", "model": "m", "input": text});
    if let Some(name) = before {
        event["previous_response_id"] = json!(name);
    }
    socket.send(Message::text(event.to_string())).await.unwrap();
    let first = heard_json(socket).await;
    let mut last = first.clone();
    while last["type"] != "response.completed" && last["type"] != "error" {
        last = heard_json(socket).await;
    }
    first
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_over_a_websocket_has_a_name_too() {
    let world = world(WHOLE, "").await;
    let (mut socket, _) = connect(&world.running, "/v1/responses", &[]).await;
    let first = told(&mut socket, FIRST, None).await;
    assert_eq!(first["type"], "response.created", "{first}");
    let id = first["response"]["id"].as_str().unwrap().to_owned();
    // On other connections, of either kind, it is gone on from.
    let next = json!({"model": "m", "input": SECOND, "previous_response_id": id});
    assert_eq!(sent(&world, "/v1/responses", &next).await.0, 400);
    let (mut other, _) = connect(&world.running, "/v1/responses", &[]).await;
    let refused = told(&mut other, SECOND, Some(&id)).await;
    assert_eq!(refused["error"]["code"], "content_policy_violation", "{refused}");
    // On its own connection what it stands for has been said, and is not read a second time.
    let harmless = told(&mut socket, "thank you", Some(&id)).await;
    assert_eq!(harmless["type"], "response.created", "{harmless}");
    let metrics = world.admin("/metrics").await;
    assert!(metrics.contains("unspool_state_total{op=\"get\",result=\"found\"} 2"), "{metrics}");
    assert!(!metrics.contains("unspool_unscreened_total{kind=\"state\"}"), "{metrics}");
    // What HTTP named is known over a WebSocket.
    let (_, id) = sent(&world, "/v1/responses", &json!({"model": "m", "input": FIRST})).await;
    let refused = told(&mut other, SECOND, Some(&id)).await;
    assert_eq!(refused["error"]["code"], "content_policy_violation", "{refused}");
}
