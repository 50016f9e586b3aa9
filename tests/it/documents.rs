//! The pages under `docs/`: every `sh` block is run, each page in a folder of its own.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

/// Addresses the pages use; each run gets free ones.
const ADDRESSES: [&str; 3] = ["127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:9090"];

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
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
    assert_eq!(ours, ["explain.md", "gateways.md", "install.md", "operate.md", "rules.md", "second.md"]);
}

#[test]
fn what_is_deployed_names_only_metrics_that_exist() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let dashboard = fs::read_to_string(deploy.join("grafana/unspool.json")).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    assert!(parsed["panels"].as_array().unwrap().len() >= 12);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/audit/metrics.rs");
    let source = fs::read_to_string(source).unwrap();
    let alerts = fs::read_to_string(deploy.join("prometheus/alerts.yaml")).unwrap();
    let mut seen = 0;
    for text in [&dashboard, &alerts] {
        for rest in text.split("unspool_").skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let name = name.trim_end_matches("_total").trim_end_matches("_bucket");
            assert!(source.contains(&format!("\"{name}\"")), "no metric {name}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} names");
}
