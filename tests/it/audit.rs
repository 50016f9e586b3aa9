//! The audit log and the console, over real sockets.

use std::fs;
use std::path::Path;

use serde_json::Value;

use unspool::serve::audit::Line;
use unspool::serve::{Settings, start};

use super::operate::{rule, world};
use super::proxy::{post, send, status};

fn lines(path: &Path) -> Vec<Line> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn audit(folder: &Path, extra: &str) -> String {
    format!("[audit]\nfile = {:?}\n{extra}\n", folder.join("audit.jsonl"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_is_on_record_without_a_word_of_the_text() {
    let logs = tempfile::tempdir().unwrap();
    let world = world(&rule("rye", ""), &audit(logs.path(), "required = true")).await;
    let secret = "Authorization: Bearer sk-secret-key\r\n";
    assert_eq!(status(&world.ask("bake rye bread", secret, "m").await), 400);
    assert_eq!(status(&world.ask("describe how to bake oat bread", secret, "m").await), 200);
    let path = logs.path().join("audit.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    for word in ["rye", "oat", "sk-secret"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    let found = lines(&path);
    let blocked = &found[0];
    assert_eq!((found.len(), blocked.outcome.as_str(), found[1].outcome.as_str()), (2, "block", "forward"));
    assert_eq!((blocked.rule.as_deref(), blocked.category.as_deref()), (Some("kitchen.bread"), Some("S2")));
    assert_eq!(blocked.evidence.rules, ["kitchen.bread"]);
    assert_eq!(blocked.evidence.via, ["/messages/0/content"]);
    assert_eq!(blocked.places()[0].pointer, "/messages/0/content");
    assert_eq!((blocked.policy.as_deref(), blocked.dialect.as_str()), (Some("default"), "openai"));
    assert!(
        blocked.rules_version.is_some()
            && blocked.model_version.is_some()
            && blocked.policy_version.is_some()
    );
    assert_eq!(blocked.key.as_deref().map(str::len), Some(12));
    assert_eq!(blocked.evidence.body_sha256.as_deref().map(str::len), Some(64));
    assert!(blocked.time.ends_with('Z') && blocked.evidence.text.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_text_that_decided_is_kept_when_asked_for() {
    let logs = tempfile::tempdir().unwrap();
    let world = world(&rule("rye", ""), &audit(logs.path(), "text_chars = 30\nrequired = true")).await;
    world.ask("bake rye bread for me@bakery.example and all of the others", "", "m").await;
    let found = lines(&logs.path().join("audit.jsonl"));
    assert_eq!(found[0].evidence.text.as_deref(), Some("bake rye bread for [redacted] "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_must_be_on_record_and_cannot_is_refused() {
    let logs = tempfile::tempdir().unwrap();
    let sub = logs.path().join("sub");
    fs::create_dir(&sub).unwrap();
    let world = world(&rule("rye", ""), &audit(&sub, "required = true")).await;
    assert_eq!(status(&world.ask("bake oat bread", "", "m").await), 200);
    fs::remove_dir_all(&sub).unwrap();
    let answer = world.ask("bake oat bread", "", "m").await;
    assert!(status(&answer) == 503 && answer.contains("audit_failed"), "{answer}");
    assert!(world.admin("/metrics").await.contains("unspool_audit_lines_total{result=\"failed\"} 1"));
    fs::create_dir(&sub).unwrap();
    assert_eq!(status(&world.ask("bake oat bread", "", "m").await), 200);
    assert_eq!(lines(&sub.join("audit.jsonl")).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_admin_listener_or_a_missing_log_is_no_start() {
    let engine = || std::sync::Arc::new(unspool::config::Config::default().engine().unwrap());
    let mut settings = Settings::new("echo:".parse().unwrap());
    settings.listen = "127.0.0.1:0".parse().unwrap();
    settings.admin = Some("0.0.0.0:0".parse().unwrap());
    let error = start(settings.clone(), engine()).await.unwrap_err().to_string();
    assert!(error.contains("--admin-token-env"), "{error}");
    settings.admin = None;
    settings.audit.to = Some(unspool::serve::audit::To::File("/nowhere/audit.jsonl".into()));
    let error = start(settings, engine()).await.unwrap_err().to_string();
    assert!(error.contains("[audit] file"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_shows_decisions_and_takes_a_text_apart() {
    let world = world(&rule("rye", ""), "").await;
    world.ask("bake rye bread", "", "m").await;
    let page = world.admin("/console").await;
    assert!(page.contains("<title>Unspool console</title>") && page.contains("script-src 'self'"), "{page}");
    let state = world.admin("/console/state").await;
    let state: Value = serde_json::from_str(state.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let row = &state["recent"][0];
    assert_eq!((row["outcome"].as_str(), row["rule"].as_str()), (Some("block"), Some("kitchen.bread")));
    assert!(!state.to_string().contains("rye"));
    let hour = state["hour"].as_array().unwrap();
    assert_eq!(
        (hour.len(), hour.iter().filter_map(|minute| minute[1].as_u64()).sum::<u64>()),
        (60, 1),
        "{state}"
    );
    let one = world.admin(&format!("/console/decisions/{}", row["request_id"].as_str().unwrap())).await;
    let found: Value = serde_json::from_str(one.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(found["rules"][0]["effect"], "blocks", "{found}");
    assert_eq!(found["places"][0]["pointer"], "/messages/0/content", "{found}");
    assert!(found["made_with"]["rules"].is_string() && !one.contains("bake"), "{one}");
    assert_eq!(status(&world.admin("/console/decisions/none").await), 404);
    let rules = world.admin("/console/rules").await;
    assert!(rules.contains("\"blocked\":1") && rules.contains("kitchen.bread"), "{rules}");
    let addr = world.running.admin_addr().unwrap();
    let ask = |fields: &str| {
        format!(
            "POST /console/inspect HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\nContent-Length: 14\r\n{fields}\r\nbake rye bread"
        )
    };
    let own = send(addr, ask(&format!("Origin: http://{addr}\r\n")).as_bytes()).await;
    assert!(
        status(&own) == 200 && own.contains("\"action\":\"block\"") && own.contains("\"hidden\""),
        "{own}"
    );
    let foreign = send(addr, ask("Origin: http://evil.example\r\n").as_bytes()).await;
    assert_eq!(status(&foreign), 403);
    let named = send(addr, b"GET /console HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").await;
    assert_eq!(status(&named), 421);
    assert_eq!(status(&world.admin("/console/inspect").await), 404);
}

#[cfg(feature = "otlp")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_reach_a_collector_in_the_callers_trace_and_the_upstream_is_told() {
    use super::peer::{OK, Then, answering};
    let (collector, seen) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Then::Close).await;
    let (upstream, asked) = answering(OK, Then::Keep).await;
    let traced = format!("[telemetry]\notlp = \"http://{collector}\"\n");
    let world = world(&rule("rye", ""), &traced).await;
    let parent = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    assert_eq!(status(&world.ask("bake rye bread", parent, "m").await), 400);
    let mut settings = Settings::new(format!("http://{upstream}").parse().unwrap());
    settings.listen = "127.0.0.1:0".parse().unwrap();
    let config = unspool::config::Config::from_toml(&traced, &"x").unwrap();
    settings.traces = config.traces.clone();
    let second = start(settings, std::sync::Arc::new(config.engine().unwrap())).await.unwrap();
    let body = br#"{"model":"m2","messages":[{"role":"user","content":"bake oat bread"}]}"#;
    let fields = format!("Content-Type: application/json\r\n{parent}tracestate: a=b\r\n");
    let request = super::proxy::post("/v1/chat/completions", &fields, body);
    assert_eq!(status(&send(second.addr(), &request).await), 200);
    let told = asked.last();
    assert!(told.contains("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-"), "{told}");
    assert!(!told.contains("00f067aa0ba902b7") && told.contains("tracestate: a=b"), "{told}");
    world.running.shutdown().await;
    second.shutdown().await;
    let sent = seen.all();
    assert!(
        sent.iter().all(|one| one.starts_with("POST /v1/traces HTTP/1.1")) && sent.len() >= 2,
        "{sent:?}"
    );
    let all = sent.concat();
    for part in [
        "/v1/chat/completions",
        "run_guardrail unspool",
        "chat m2",
        "gen_ai.request.model",
        "gen_ai.security.verdict.type",
        "kitchen.bread",
        "unspool.rules_version",
        "service.name",
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert!(!all.contains("rye") && !all.contains("oat"), "{all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_not_there_costs_no_request() {
    let world = world(&rule("rye", ""), "[telemetry]\notlp = \"http://127.0.0.1:9\"\n").await;
    assert_eq!(status(&world.ask("bake oat bread", "", "m").await), 200);
    let stopping = std::time::Instant::now();
    world.running.shutdown().await;
    assert!(stopping.elapsed() < std::time::Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_beside_decides_nothing_and_is_compared() {
    let logs = tempfile::tempdir().unwrap();
    let beside = logs.path().join("candidate.toml");
    fs::write(&beside, rule("oat", "")).unwrap();
    let extra = format!("{}[shadow]\nrules = [{beside:?}]\n", audit(logs.path(), "required = true"));
    let world = world(&rule("rye", ""), &extra).await;
    assert_eq!(status(&world.ask("bake rye bread", "", "m").await), 400);
    assert_eq!(status(&world.ask("bake oat bread", "", "m").await), 200);
    assert_eq!(status(&world.ask("eat bread", "", "m").await), 200);
    let found = lines(&logs.path().join("audit.jsonl"));
    let results: Vec<&str> = found.iter().map(|line| line.shadow.as_ref().unwrap().result.as_str()).collect();
    assert_eq!(results, ["newly_passed", "newly_blocked", "same"]);
    assert_eq!(found[1].shadow.as_ref().unwrap().rule.as_deref(), Some("kitchen.bread"));
    assert_eq!((found[1].outcome.as_str(), found[1].rule.as_deref()), ("forward", None));
    let metrics = world.admin("/metrics").await;
    for result in ["newly_passed", "newly_blocked", "same"] {
        assert!(metrics.contains(&format!("unspool_shadow_total{{result=\"{result}\"}} 1")), "{metrics}");
    }
    let page = world.admin("/console/state").await;
    assert!(page.contains("\"newly_blocked\":1"), "{page}");
    // The check services are judged beside as well: what differs is told of several texts.
    let check = r#"{"model":"m","input":["eat bread","bake oat bread","bake rye bread"]}"#;
    let check = post("/v1/moderations", "Content-Type: application/json\r\n", check.as_bytes());
    assert_eq!(status(&send(world.running.check_addr().unwrap(), &check).await), 200);
    world.metric("unspool_shadow_total{result=\"newly_blocked\"} 2").await;
    // A candidate that cannot be read is refused like any other file; what is in force stays.
    fs::write(&beside, rule("oat", "wieght = 1.0")).unwrap();
    world.metric("unspool_reloads_total{result=\"failed\"} 1").await;
    let page = world.admin("/console/state").await;
    assert!(page.contains("[shadow]: "), "{page}");
    assert_eq!(status(&world.ask("bake rye bread", "", "m").await), 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_without_time_is_unfinished() {
    let logs = tempfile::tempdir().unwrap();
    let beside = logs.path().join("candidate.toml");
    fs::write(&beside, rule("oat", "")).unwrap();
    let world = world(&rule("rye", ""), &format!("[shadow]\nrules = [{beside:?}]\ndeadline_ms = 0\n")).await;
    assert_eq!(status(&world.ask("bake oat bread", "", "m").await), 200);
    world.metric("unspool_shadow_total{result=\"unfinished\"} 1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_tell_stages_upstreams_and_versions() {
    let world = world(&rule("rye", ""), "").await;
    world.ask("bake oat bread", "", "m").await;
    let metrics = world.admin("/metrics").await;
    for stage in ["receive", "wait", "parse", "read", "judge", "upstream"] {
        let line = format!("unspool_stage_seconds_count{{stage=\"{stage}\"}} 1");
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
    for line in [
        "unspool_upstream_answers_total{upstream=\"echo\",class=\"2xx\"} 1",
        "unspool_upstream_up{upstream=\"echo\"} 1",
        "unspool_waiting 0",
        "unspool_in_force{version=\"",
        "unspool_loaded_timestamp_seconds 1",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}
