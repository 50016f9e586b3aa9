//! The pages under `docs/`: every `sh` block is run, each page in a folder of its own.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

/// Addresses the pages use; each run gets free ones.
const ADDRESSES: [&str; 4] = ["127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:8082", "127.0.0.1:9090"];

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// Where metrics are registered.
fn metrics_source() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/audit");
    ["metrics.rs", "reach.rs"].map(|name| fs::read_to_string(folder.join(name)).unwrap()).concat()
}

/// The `sh` blocks of a page.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

fn run(name: &str) -> String {
    let page = fs::read_to_string(docs().join(name)).unwrap();
    let blocks = blocks(&page);
    assert!(!blocks.is_empty(), "{name} has nothing to run");
    let mut script = format!(
        "set -eu -o pipefail -m\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\nPATH={}:$PATH\n{}",
        Path::new(env!("CARGO_BIN_EXE_unspool")).parent().unwrap().display(),
        blocks.join("\n")
    );
    // Held together, so that no two are the same.
    let free: Vec<TcpListener> =
        ADDRESSES.iter().map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    for (address, port) in ADDRESSES.iter().zip(&free) {
        script = script.replace(address, &port.local_addr().unwrap().to_string());
    }
    drop(free);
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new("timeout")
        .args(["60", "bash", "-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let log = fs::read_to_string(folder.path().join("unspool.log")).unwrap_or_default();
    let told = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{name}: {}\n{told}\n{log}", done.status);
    told
}

#[test]
fn operate_md_is_true() {
    let told = run("operate.md");
    for part in [
        "unspool.toml: good",
        "You said: describe how to bake rye bread",
        "1  forward",
        "unspool_reload_failing 0",
        "overrides  2, exclusions 1",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn explain_md_is_true() {
    let told = run("explain.md");
    for part in [
        "content_policy_violation",
        "kitchen.rye",
        "\"origin\":\"recovered\"",
        "CHANGED",
        "exit 1",
        "── candidates ──",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn rules_md_is_true() {
    let told = run("rules.md");
    for part in [
        "On trial",
        "1 newly blocked, 0 newly passed",
        "2 rules, 4 examples, 0 failures",
        "1 rules, 2 examples, 0 failures",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn second_md_is_true() {
    let told = run("second.md");
    for part in [
        "second     guard: moderations at http://",
        "You said: describe how to bake rye bread",
        "x-unspool-second: guard 0.",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn gateways_md_is_true() {
    let told = run("gateways.md");
    for part in [
        "\"flagged\":false",
        "\"action\":\"NONE\"",
        "\"reason\":\"nothing found\"",
        "\"is_valid\":true",
        "[[]]",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[cfg(feature = "envoy")]
#[test]
fn envoy_md_is_true() {
    let told = run("envoy.md");
    assert!(told.contains("unspool.toml: good") && told.contains("ready"), "{told}");
}

#[test]
fn observe_md_is_true() {
    let told = run("observe.md");
    for part in [
        "unspool_stage_seconds_count{stage=\"read\"} 1",
        "unspool_upstream_up{upstream=\"echo\"} 1",
        "beside     1 rules",
        "1  newly_blocked",
        "unspool_shadow_total{result=\"newly_blocked\"} 1",
        "\"name\":\"week.json\"",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    // The table of metrics is whole, and names none that is not.
    let page = fs::read_to_string(docs().join("observe.md")).unwrap();
    let source = metrics_source();
    let registered: Vec<&str> = source
        .split("registry.register(")
        .chain(source.split("= counts("))
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
        .collect();
    assert!(registered.len() >= 20, "{registered:?}");
    for name in registered {
        assert!(page.contains(&format!("unspool_{name}")), "{name} is not in observe.md");
    }
}

#[test]
fn start_md_is_true() {
    let told = run("start.md");
    for part in [
        "ready",
        "x-unspool-action: forward",
        "You said: describe how to bake rye bread",
        "unspool.toml: good",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn measure_md_is_true() {
    let told = run("measure.md");
    for part in ["4       2       2  100.00 %", "2 newly blocked, 0 newly passed"] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn fleet_md_is_true() {
    let told = run("fleet.md");
    assert!(told.contains("unspool_state_total{op=\"get\",result=\"found\"} 1"), "{told}");
}

#[test]
fn install_md_is_true_and_every_page_is_tested() {
    run("install.md");
    let mut pages: Vec<String> = fs::read_dir(docs())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.retain(|name| name.ends_with(".md"));
    pages.sort();
    let ours: Vec<&str> = pages
        .iter()
        .map(String::as_str)
        .filter(|name| fs::read_to_string(docs().join(name)).unwrap().contains("```sh\n"))
        .collect();
    assert_eq!(
        ours,
        [
            "envoy.md",
            "explain.md",
            "fleet.md",
            "gateways.md",
            "install.md",
            "measure.md",
            "observe.md",
            "operate.md",
            "rules.md",
            "second.md",
            "start.md"
        ]
    );
}

/// Labels that scrapers and Grafana bring.
const FOREIGN: [&str; 3] = ["le", "job", "instance"];

/// The pieces of an expression that name a metric of ours, and the labels used with it or grouped by.
fn used(text: &str) -> Vec<(String, Vec<String>)> {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let mut out = Vec::new();
    for rest in text.split("unspool_").skip(1) {
        let name = word(rest);
        let mut labels = Vec::new();
        if let Some(inside) = rest[name.len()..].strip_prefix('{') {
            let inside = inside.split('}').next().unwrap();
            labels.extend(inside.split(',').map(word).filter(|label| !label.is_empty()));
        }
        out.push((format!("unspool_{name}"), labels));
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deployed_names_only_metrics_and_labels_that_exist() {
    let world = super::operate::world(&super::operate::rule("rye", ""), "").await;
    world.ask("bake rye bread", "", "m").await;
    let stored = br#"{"model":"m","input":"eat bread","previous_response_id":"resp_1"}"#;
    let stored = super::proxy::post("/v1/responses", "Content-Type: application/json\r\n", stored);
    super::proxy::send(world.running.addr(), &stored).await;
    let metrics = world.admin("/metrics").await;
    let kind = |name: &str| {
        metrics.lines().find_map(|line| line.strip_prefix(&format!("# TYPE {name} ")).map(str::to_owned))
    };
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let dashboard = fs::read_to_string(deploy.join("grafana/unspool.json")).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    let panels = parsed["panels"].as_array().unwrap();
    assert!(panels.len() >= 20);
    let mut ids: Vec<i64> = panels.iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), panels.len(), "two panels have one id");
    let alerts = fs::read_to_string(deploy.join("prometheus/alerts.yaml")).unwrap();
    let source = metrics_source();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let expressions: Vec<String> = targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .chain(alerts.split("expr:").skip(1).map(|rest| rest.split("for:").next().unwrap().to_owned()))
        .chain(alerts.split("summary:").skip(1).map(str::to_owned))
        .collect();
    let mut seen = 0;
    for expression in &expressions {
        for (name, labels) in used(expression) {
            // A family of counters is shown once it has counted something.
            let counter = name.strip_suffix("_total").is_some_and(|name| {
                kind(name).is_some_and(|kind| kind == "counter")
                    || source.contains(&format!("\"{}\",", name.trim_start_matches("unspool_")))
            });
            let times = name.strip_suffix("_bucket").and_then(kind).is_some_and(|kind| kind == "histogram");
            let gauge = kind(&name).is_some_and(|kind| kind == "gauge");
            assert!(counter || times || gauge, "no metric {name} for {expression}");
            for label in labels {
                let known = FOREIGN.contains(&label.as_str()) || source.contains(&format!("\"{label}\""));
                assert!(known, "no label {label} for {expression}");
            }
            seen += 1;
        }
        for group in expression.split(" by (").skip(1) {
            for label in group.split(')').next().unwrap().split(',').map(str::trim) {
                let known = FOREIGN.contains(&label) || source.contains(&format!("\"{label}\""));
                assert!(known, "no label {label} for {expression}");
            }
        }
    }
    assert!(seen > 35, "{seen} uses");
}

/// Debian's systemd where there is one; the unit's program stands in for ours, which is not installed here.
#[test]
fn the_unit_is_one_that_systemd_takes_and_calls_safe() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/unspool.service");
    let text = fs::read_to_string(unit).unwrap().replace("/usr/bin/unspool", env!("CARGO_BIN_EXE_unspool"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unspool.service");
    fs::write(&path, text).unwrap();
    let ask = |arguments: &[&str]| Command::new("systemd-analyze").args(arguments).arg(&path).output();
    let Ok(verified) = ask(&["verify", "--man=no"]) else {
        println!("skipped: no systemd-analyze here");
        return;
    };
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let told = ask(&["security", "--offline=true", "--threshold=20"]).unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
}
