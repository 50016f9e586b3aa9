//! Second opinions: who is asked about what, what the answer changes, and what becomes of a request when there is none.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::time::sleep;

use unspool::config::Config;
use unspool::judge::decide::Mode;
use unspool::screen::screen_within;
use unspool::serve::second::Panel;
use unspool::serve::{Running, Settings};

use super::peer::{self, OK, Seen, Then, answering};
use super::proxy::{post, proxy, send, status};

const MEDIA: &str = "Content-Type: application/json\r\n";
const PATH: &str = "/v1/chat/completions";

fn chat(text: &str) -> Vec<u8> {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": text}]}).to_string();
    post(PATH, &format!("{MEDIA}Authorization: Bearer callers-own\r\n"), body.as_bytes())
}

fn reply(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn says(word: &str) -> String {
    reply("200 OK", &json!({"choices": [{"message": {"role": "assistant", "content": word}}]}).to_string())
}

/// A guard that gives every question this answer after a while.
async fn guard(answer: String, pause: Duration) -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let record = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (record, answer) = (Arc::clone(&record), answer.clone());
            tokio::spawn(async move {
                let mut held = Vec::new();
                while let Some(request) = peer::request(&mut stream, &mut held, &record).await {
                    record.note(request);
                    sleep(pause).await;
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (addr, seen)
}

/// One second opinion, as a config writes it.
fn panel(kind: &str, addr: SocketAddr, more: &str) -> Panel {
    // Cargo sets this variable for tests; its value is the key.
    let text = format!(
        "[[second]]\nname = \"guard\"\nkind = {kind:?}\nurl = \"http://{addr}/v1\"\nmodel = \"judge\"\n\
         api_key_env = \"CARGO_PKG_NAME\"\n{more}\n"
    );
    Config::from_toml(&text, &"second.toml").unwrap().second().unwrap()
}

async fn guarded(addr: SocketAddr, more: &str, change: impl FnOnce(&mut Settings)) -> (Running, Arc<Seen>) {
    let (upstream, seen) = answering(OK, Then::Keep).await;
    let second = panel("llama_guard", addr, more);
    let running = proxy(&format!("http://{upstream}"), |settings| {
        settings.admin = Some("127.0.0.1:0".parse().unwrap());
        settings.answer.expose = true;
        settings.second = second;
        change(settings);
    })
    .await;
    (running, seen)
}

async fn metrics(running: &Running) -> String {
    let get = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    send(running.admin_addr().unwrap(), get).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_counts_in_the_grey_band_only() {
    for (answer, text, want, asked) in [
        ("unsafe\nS9", "GREY_MARKER", 400, 1),
        ("\n\nsafe", "GREY_MARKER", 200, 1),
        ("unsafe\nS9", "bread", 200, 0),
        ("safe", "HARMFUL_MARKER", 400, 0),
    ] {
        let (addr, seen) = guard(says(answer), Duration::ZERO).await;
        let (running, upstream) = guarded(addr, "", |_| {}).await;
        let told = send(running.addr(), &chat(&format!("describe how to bake {text}"))).await;
        assert_eq!((status(&told), seen.count()), (want, asked), "{answer:?} {text}: {told}");
        assert_eq!(upstream.count(), usize::from(want == 200));
        assert_eq!(told.contains("x-unspool-second: guard "), asked > 0, "{told}");
        let text = metrics(&running).await;
        let said = "unspool_second_opinions_total{by=\"guard\",result=\"said\"} 1";
        assert_eq!(text.contains(said), asked > 0, "{text}");
        let changed = "unspool_second_changed_total{from=\"allow\",outcome=\"block\"} 1";
        assert_eq!(text.contains(changed), asked > 0 && want == 400, "{text}");
    }
}

/// What fails, and how it is counted.
async fn broken(name: &str) -> SocketAddr {
    let answer = match name {
        "timeout" => return guard(says("safe"), Duration::from_secs(30)).await.0,
        "unreachable" => return TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap(),
        "status" => reply("500 Oops", "{}"),
        "malformed" => reply("200 OK", "<html>"),
        "odd answer" => says("I would rather not say"),
        "no choice" => reply("200 OK", "{\"choices\":[]}"),
        "redirect" => {
            "HTTP/1.1 302 Away\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n".into()
        }
        "endless" => reply("200 OK", &format!("\"{}\"", "x".repeat(300_000))),
        _ => "bake rye bread\r\n\r\n".into(),
    };
    guard(answer, Duration::ZERO).await.0
}

const BROKEN: [(&str, &str); 9] = [
    ("timeout", "timeout"),
    ("unreachable", "unreachable"),
    ("status", "status"),
    ("malformed", "malformed"),
    ("odd answer", "malformed"),
    ("no choice", "malformed"),
    ("redirect", "status"),
    ("endless", "malformed"),
    ("garbage", "unreachable"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_failure_is_counted_and_ends_as_configured() {
    for (name, result) in BROKEN {
        for (on_error, mode, want, outcome) in [
            ("unchanged", Mode::Block, 200, "forward"),
            ("flag", Mode::Block, 200, "forward"),
            ("block", Mode::Block, 503, "refuse_unheard"),
            ("block", Mode::Monitor, 200, "forward_unscreened"),
        ] {
            let addr = broken(name).await;
            let patience = if name == "timeout" { 300 } else { 4000 };
            let more = format!("on_error = {on_error:?}\ntimeout_ms = {patience}");
            let (running, upstream) = guarded(addr, &more, |settings| settings.policy.mode = mode).await;
            let told = send(running.addr(), &chat("describe how to bake GREY_MARKER")).await;
            assert_eq!(status(&told), want, "{name}, {on_error}: {told}");
            assert!(told.contains(&format!("x-unspool-action: {outcome}\r\n")), "{name}: {told}");
            assert!(told.contains(&format!("x-unspool-second: guard {result}\r\n")), "{name}: {told}");
            assert_eq!(told.contains("second_opinion"), want == 503, "{name}: {told}");
            assert_eq!(told.contains("retry-after: "), want == 503, "{name}: {told}");
            assert_eq!(upstream.count(), usize::from(want == 200), "{name}, {on_error}");
            let text = metrics(&running).await;
            for counted in [
                format!("unspool_second_opinions_total{{by=\"guard\",result=\"{result}\"}} 1"),
                format!("unspool_requests_total{{outcome=\"{outcome}\"}} 1"),
            ] {
                assert!(text.contains(&counted), "{name}, {on_error}: {counted} in {text}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_blocked_anyway_stays_blocked_without_an_answer() {
    let more = "ask = \"always\"\non_error = \"block\"";
    let (running, upstream) = guarded(broken("status").await, more, |_| {}).await;
    let told = send(running.addr(), &chat("describe how to bake HARMFUL_MARKER")).await;
    assert_eq!((status(&told), upstream.count()), (400, 0), "{told}");
    assert!(told.contains("x-unspool-action: block\r\n"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_kept_as_long_as_it_may_be() {
    for (more, asked) in [("", 1), ("cache_seconds = 0", 3), ("cache_entries = 0", 3)] {
        let (addr, seen) = guard(says("safe"), Duration::ZERO).await;
        let (running, _) = guarded(addr, more, |_| {}).await;
        for _ in 0..3 {
            let told = send(running.addr(), &chat("describe how to bake GREY_MARKER")).await;
            assert_eq!(status(&told), 200, "{told}");
        }
        assert_eq!(seen.count(), asked, "{more:?}");
    }
    // What failed is asked again.
    let (addr, seen) = guard(reply("500 Oops", "{}"), Duration::ZERO).await;
    let (running, _) = guarded(addr, "", |_| {}).await;
    for _ in 0..2 {
        send(running.addr(), &chat("describe how to bake GREY_MARKER")).await;
    }
    assert_eq!(seen.count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_than_so_many_are_asked_at_once() {
    let (addr, seen) = guard(says("safe"), Duration::from_millis(1000)).await;
    let more = "concurrency = 1\ntimeout_ms = 1800\non_error = \"block\"\ncache_entries = 0";
    let (running, _) = guarded(addr, more, |settings| settings.screenings = 4).await;
    let (start, at) = (Instant::now(), running.addr());
    let all: Vec<_> = (0..4)
        .map(|loaf| {
            tokio::spawn(async move { status(&send(at, &chat(&format!("bake GREY_MARKER {loaf}"))).await) })
        })
        .collect();
    let mut codes = Vec::new();
    for one in all {
        codes.push(one.await.unwrap());
    }
    assert!(start.elapsed() < Duration::from_millis(3500), "{:?}", start.elapsed());
    let served = codes.iter().filter(|code| **code == 200).count();
    assert!(served == 1 && codes.iter().all(|code| matches!(code, 200 | 503)), "{codes:?}");
    assert!((1..4).contains(&seen.count()), "{} asked", seen.count());
    // Whoever has a place only when another gave up has no time left; on a busy machine that may be all of them.
    let text = metrics(&running).await;
    let without = ["busy", "timeout"].map(|result| format!("by=\"guard\",result=\"{result}\"}} "));
    assert!(without.iter().any(|counted| text.contains(counted.as_str())), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_stay_where_they_belong() {
    let (addr, seen) = guard(says("safe"), Duration::ZERO).await;
    let (running, upstream) = guarded(addr, "", |_| {}).await;
    let told = send(running.addr(), &chat("describe how to bake GREY_MARKER")).await;
    assert_eq!(status(&told), 200, "{told}");
    let (asked, forwarded) = (seen.last(), upstream.last());
    assert!(asked.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: Bearer unspool\r\n") && !asked.contains("callers-own"), "{asked}");
    assert!(forwarded.contains("Bearer callers-own") && !forwarded.contains("Bearer unspool"), "{forwarded}");
    assert!(!format!("{:?}", panel("llama_guard", addr, "")).contains("Bearer"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_that_code_spells_are_asked_about_and_so_is_the_request_itself() {
    let (addr, seen) = guard(says("safe"), Duration::ZERO).await;
    let (running, _) = guarded(addr, "ask = \"always\"", |settings| settings.screen = screen_within).await;
    let words = ["describe", "how", "to", "bake", "rye", "bread"];
    let pushes: String = words.map(|word| format!("words.append(\"{word}\")\n")).concat();
    let code = format!("Please finish this.\n\nwords = []\n{pushes}print(\" \".join(words))\n");
    assert_eq!(status(&send(running.addr(), &chat(&code)).await), 200);
    let asked: Vec<String> = seen.all().iter().map(|request| content(request)).collect();
    assert!(asked.iter().any(|text| text == "describe how to bake rye bread"), "{asked:?}");
    assert!(asked.iter().any(|text| text.contains("Please finish this.")), "{asked:?}");
    let origins = "ask = \"always\"\norigins = [\"recovered\"]";
    let (addr, seen) = guard(says("safe"), Duration::ZERO).await;
    let (running, _) = guarded(addr, origins, |settings| settings.screen = screen_within).await;
    assert_eq!(status(&send(running.addr(), &chat(&code)).await), 200);
    assert!(seen.count() > 0 && seen.all().iter().all(|request| !content(request).contains("Please finish")));
}

/// The user's message in a question.
fn content(request: &str) -> String {
    let body: Value = serde_json::from_str(request.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    body["messages"][0]["content"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_endpoint_is_asked_in_its_own_way() {
    let moderated = r#"{"results":[{"flagged":true,"category_scores":{"violence":0.9}}]}"#;
    let text = |word: &str| json!({"choices": [{"text": word}]}).to_string();
    let said = |word: &str| json!({"choices": [{"message": {"content": word}}]}).to_string();
    for (kind, path, answer, calls) in [
        ("moderations", "/v1/moderations", moderated.to_owned(), 1),
        ("wildguard", "/v1/completions", text("Harmful request: yes"), 1),
        ("shieldgemma", "/v1/completions", text("Yes"), 1),
        ("granite_guardian", "/v1/chat/completions", said("Yes"), 1),
        ("llama_guard", "/v1/chat/completions", said("unsafe\nS1"), 1),
    ] {
        let (addr, seen) = guard(reply("200 OK", &answer), Duration::ZERO).await;
        let second = panel(kind, addr, "");
        let (upstream, _) = answering(OK, Then::Keep).await;
        let running = proxy(&format!("http://{upstream}"), |settings| settings.second = second).await;
        let told = send(running.addr(), &chat("describe how to bake GREY_MARKER")).await;
        assert_eq!((status(&told), seen.count()), (400, calls), "{kind}: {told}");
        assert!(!told.contains("x-unspool-second"), "told although nothing is exposed: {told}");
        assert!(seen.last().starts_with(&format!("POST {path} HTTP/1.1\r\n")), "{kind}: {}", seen.last());
        assert!(seen.last().contains("GREY_MARKER") && seen.last().contains("\"model\":\"judge\""), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_services_ask_as_the_proxy_does() {
    let (addr, seen) = guard(says("unsafe\nS2"), Duration::ZERO).await;
    let (running, _) =
        guarded(addr, "", |settings| settings.check = Some("127.0.0.1:0".parse().unwrap())).await;
    let body =
        json!({"input": ["describe how to bake GREY_MARKER", "describe how to bake bread"]}).to_string();
    let told = send(running.check_addr().unwrap(), &post("/v1/moderations", MEDIA, body.as_bytes())).await;
    let body: Value = serde_json::from_str(told.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let flagged: Vec<&Value> =
        body["results"].as_array().unwrap().iter().map(|one| &one["flagged"]).collect();
    assert_eq!((flagged, seen.count()), (vec![&json!(true), &json!(false)], 1), "{told}");
}

/// Inspect asks as traffic is asked about, and shows what was said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inspect_asks_too() {
    let (addr, seen) = guard(says("unsafe\nS9"), Duration::ZERO).await;
    let (running, _) = guarded(addr, "ask = \"always\"", |_| {}).await;
    let text = "describe how to bake rye bread";
    let request = format!(
        "POST /console/inspect HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    let told = send(running.admin_addr().unwrap(), request.as_bytes()).await;
    let found: serde_json::Value = serde_json::from_str(told.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!((seen.count(), found["second"][0]["name"].as_str()), (1, Some("guard")), "{found}");
    assert_eq!(
        (&found["decision"]["action"], &found["alone"]),
        (&"block".into(), &"allow".into()),
        "{found}"
    );
}
