//! The commands operators run, as they run them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::operate::rule;

fn unspool(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_unspool"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs and asserts the exit code; gives what was printed.
fn expect(folder: &Path, args: &[&str], input: &str, code: i32) -> String {
    let output = unspool(folder, args, input);
    let text = told(&output);
    assert_eq!(output.status.code(), Some(code), "unspool {}: {text}", args.join(" "));
    text
}

#[test]
fn a_rule_is_written_checked_explained_and_tried_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    expect(at, &["rules", "new", "kitchen.bread", "--out", "bread.toml"], "", 0);
    assert!(expect(at, &["rules", "check", "bread.toml"], "", 0).contains("1 rules, 2 examples, 0 failures"));
    let text = expect(at, &["rules", "explain", "kitchen.bread", "bread.toml"], "", 0);
    assert!(
        text.contains("On trial") && text.contains("bread.toml:2") && text.contains("examples hold"),
        "{text}"
    );
    let text = expect(at, &["rules", "explain", "kitchen.brad", "bread.toml"], "", 2);
    assert!(text.contains("did you mean `kitchen.bread`?"), "{text}");
    let text = expect(at, &["rules", "explain", "kitchen.bread"], "", 2);
    assert!(text.contains("explain kitchen.bread FILE") && !text.contains("did you mean"), "{text}");
    // The same rule twice, or a rule in a file that is none, is not written.
    let before = fs::read_to_string(at.join("bread.toml")).unwrap();
    for (file, held) in [("bread.toml", before.as_str()), ("notes.txt", "bake it = slowly\n")] {
        fs::write(at.join(file), held).unwrap();
        let text = expect(at, &["rules", "new", "kitchen.bread", "--out", file], "", 2);
        assert!(text.contains("nothing was written"), "{text}");
        assert_eq!(fs::read_to_string(at.join(file)).unwrap(), held);
    }
    // Beside the rules that ship in the binary.
    let built_in = expect(at, &["rules", "check"], "", 0);
    let both = expect(at, &["rules", "check", "builtin", "bread.toml"], "", 0);
    let rules = |text: &str| text.split(' ').next().unwrap().parse::<usize>().unwrap();
    assert_eq!(rules(&both), rules(&built_in) + 1, "{both}");
    assert!(expect(at, &["rules", "explain", "cyber.malware"], "", 0).contains("S14 Code Interpreter Abuse"));
    let schema: serde_json::Value = serde_json::from_str(&expect(at, &["rules", "schema"], "", 0)).unwrap();
    assert_eq!(schema["title"], "Unspool rule file");
    fs::write(at.join("rye.toml"), rule("rye", "")).unwrap();
    fs::write(
        at.join("set.jsonl"),
        "{\"id\":\"a\",\"label\":\"harmful\",\"prompt\":\"bake rye bread\"}\n{\"id\":\"b\",\"label\":\"benign\",\"prompt\":\"eat bread\"}\n",
    )
    .unwrap();
    let text = expect(at, &["rules", "test", "rye.toml", "--against", "set.jsonl"], "", 0);
    assert!(text.contains("1 newly blocked, 0 newly passed, 0 errors"), "{text}");
    assert!(text.contains("+ blocked harmful a (kitchen.bread)") && !text.contains("bake"), "{text}");
    let benign = fs::read_to_string(at.join("set.jsonl")).unwrap().replace("eat bread", "bake rye");
    fs::write(at.join("set.jsonl"), benign).unwrap();
    expect(at, &["rules", "test", "rye.toml", "--against", "set.jsonl"], "", 1);
    fs::write(at.join("set.jsonl"), "{\"label\":\"benign\",\"prompt\":\"eat\"}\n{\"prompt\":\"eat\"}\n")
        .unwrap();
    let text = expect(at, &["rules", "test", "rye.toml", "--against", "set.jsonl"], "", 2);
    assert!(text.contains("1 errors") && text.contains("set.jsonl: line 2: no `label`"), "{text}");
}

/// As in `unspool … | head`: whoever reads may stop.
#[test]
fn a_reader_that_leaves_is_no_error() {
    let (read, write) = std::io::pipe().unwrap();
    drop(read);
    let mut child = Command::new(env!("CARGO_BIN_EXE_unspool"))
        .args(["config", "sample"])
        .stdout(write)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut told).unwrap();
    assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(0), ""));
}

#[test]
fn a_bad_start_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let config =
        "[server]\nlisten = \"127.0.0.1:0\"\n[upstream]\nurl = \"echo:\"\n[rules]\npaths = [\"rules\"]\n";
    fs::write(at.join("unspool.toml"), config).unwrap();
    fs::create_dir(at.join("rules")).unwrap();
    for (rules, place) in [
        (rule("rye", "wieght = 1"), "kitchen.toml:6: unknown field `wieght`"),
        (
            rule("rye", "").replace("allow = [\"eat rye\"]", "allow = [\"bake rye\"]"),
            "hits its `allow` example",
        ),
    ] {
        fs::write(at.join("rules/kitchen.toml"), rules).unwrap();
        for command in ["serve", "check"] {
            let args: &[&str] = if command == "serve" {
                &["serve", "--config", "unspool.toml"]
            } else {
                &["config", "check", "unspool.toml"]
            };
            let text = expect(at, args, "", 2);
            assert!(text.contains(place), "{command}: {text}");
        }
    }
    fs::write(at.join("rules/kitchen.toml"), rule("rye", "")).unwrap();
    let text = expect(at, &["config", "check", "unspool.toml"], "", 0);
    for line in [
        "unspool.toml: good",
        "rules      1 (version",
        "policy     mode block, strictness 2, on_failure block",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    // What `serve` would refuse is refused, and nothing is written.
    for (more, place) in [
        ("[audit]\nfile = \"none/audit.jsonl\"\n", "none/audit.jsonl: "),
        ("[upstream]\nurl = \"https://127.0.0.1\"\nca_file = \"none.pem\"\n", "none.pem: "),
        ("[server]\ntls_cert = \"none.pem\"\ntls_key = \"none.key\"\n", "none.pem: "),
        ("[server]\nadmin = \"0.0.0.0:0\"\n", "--admin-token-env"),
    ] {
        let mut table: toml::Table = config.parse().unwrap();
        for (name, section) in more.parse::<toml::Table>().unwrap() {
            let known = table.entry(name).or_insert(toml::Table::new().into()).as_table_mut().unwrap();
            known.extend(section.as_table().unwrap().clone());
        }
        fs::write(at.join("more.toml"), table.to_string()).unwrap();
        let text = expect(at, &["config", "check", "more.toml"], "", 2);
        assert!(text.contains(place), "{more}: {text}");
    }
    fs::write(
        at.join("more.toml"),
        format!("{config}[audit]\nfile = \"audit.jsonl\"\n").replace("\"rules\"]", "\"builtin\", \"rules\"]"),
    )
    .unwrap();
    let text = expect(at, &["config", "check", "more.toml"], "", 0);
    assert!(text.contains("audit      audit.jsonl") && !at.join("audit.jsonl").exists(), "{text}");
    fs::write(at.join("unspool.toml"), format!("{config}[model]\npath = \"rules/kitchen.toml\"\n")).unwrap();
    assert!(expect(at, &["serve", "--config", "unspool.toml"], "", 2).contains("rules/kitchen.toml: "));
    let open = ["serve", "--upstream", "echo:", "--admin", "0.0.0.0:0", "--listen", "127.0.0.1:0"];
    assert!(expect(at, &open, "", 2).contains("--admin-token-env"));
}

#[test]
fn keys_are_hashed_and_pages_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let hash = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n";
    assert_eq!(expect(at, &["config", "hash-key"], "test\n", 0), hash);
    assert_eq!(expect(at, &["config", "hash-key"], "Bearer test", 0), hash);
    expect(at, &["config", "hash-key"], "\n", 2);
    assert!(expect(at, &["config", "sample"], "", 0).contains("[policy]"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(expect(at, &["completions", shell], "", 0).contains("unspool"));
    }
    assert!(expect(at, &["man"], "", 0).starts_with(".ie"));
    expect(at, &["man", "--out", "man"], "", 0);
    assert!(at.join("man/unspool-rules-test.1").exists());
}

#[test]
fn the_audit_log_is_looked_through_and_judged_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("kitchen.toml"), rule("rye", "")).unwrap();
    fs::write(at.join("unspool.toml"), "[rules]\npaths = [\"kitchen.toml\"]\n").unwrap();
    let line = |id: &str, outcome: &str, text: &str| {
        format!(
            "{{\"time\":\"2026-11-26T08:00:00Z\",\"request_id\":\"{id}\",\"route\":\"/v1/messages\",\"dialect\":\"anthropic\",\
             \"outcome\":\"{outcome}\",\"category\":\"S2\",\"origin\":\"plain\",\"score\":0.5,\"rule\":\"kitchen.bread\",\
             \"rules\":[\"kitchen.bread\"],\"text\":\"{text}\",\"candidates\":1}}\n"
        )
    };
    let log = line("a", "block", "bake rye bread")
        + &line("b", "block", "bake oat bread")
        + &line("c", "forward", "eat");
    fs::write(at.join("audit.jsonl"), log).unwrap();
    let text =
        expect(at, &["audit", "query", "audit.jsonl", "--outcome", "block", "--rule", "kitchen.*"], "", 0);
    assert!(text.lines().count() == 2 && text.contains("kitchen.bread"), "{text}");
    let text = expect(at, &["audit", "query", "audit.jsonl", "--count-by", "outcome"], "", 0);
    assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["2", "block", "1", "forward"]);
    assert_eq!(expect(at, &["audit", "query", "audit.jsonl", "--since", "2026-11-27"], "", 0), "");
    let text = expect(at, &["audit", "replay", "audit.jsonl", "--config", "unspool.toml"], "", 1);
    assert!(
        text.contains("same    a") && text.contains("CHANGED b") && text.contains("2 the same, 1 changed"),
        "{text}"
    );
    expect(at, &["audit", "query"], "no line\n", 2);
    for (option, odd) in
        [("--outcome", "blocked"), ("--category", "S15"), ("--since", "yesterday"), ("--shadow", "x")]
    {
        expect(at, &["audit", "query", "audit.jsonl", option, odd], "", 2);
    }
    assert_eq!(
        expect(
            at,
            &["audit", "query", "audit.jsonl", "--since", "2026-11-26", "--until", "2026-11-26T08:00"],
            "",
            0
        ),
        ""
    );
    // Another file is told of once.
    let text = expect(at, &["audit", "query"], &"key = \"value\"\n".repeat(500), 2);
    assert!(text.contains("no audit log") && text.lines().count() < 20, "{text}");
}

#[test]
fn texts_and_rows_are_scanned() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("kitchen.toml"), rule("rye", "")).unwrap();
    fs::write(at.join("unspool.toml"), "[rules]\npaths = [\"kitchen.toml\"]\n").unwrap();
    let scan = |more: &[&str], input: &str, code: i32| {
        expect(at, &[&["scan", "--config", "unspool.toml"], more].concat(), input, code)
    };
    assert!(scan(&[], "eat oat bread", 0).starts_with("allow"));
    let told = scan(&["-"], "w = [\"bake\", \"rye\", \"bread\"]\nprint(\" \".join(w))\n", 1);
    assert!(
        told.starts_with("block") && told.contains("kitchen.bread") && told.contains("bake rye bread"),
        "{told}"
    );
    fs::write(at.join("a.txt"), "bake rye bread").unwrap();
    let told = scan(&["a.txt", "none.txt"], "", 2);
    assert!(told.contains("block  a.txt") && told.contains("none.txt: No such file"), "{told}");
    let body = r#"{"model":"m","messages":[{"role":"user","content":"bake rye bread"}]}"#;
    let row: serde_json::Value = serde_json::from_str(&scan(&["--json"], body, 1)).unwrap();
    assert_eq!(
        (row["action"].as_str(), row["candidates"][0]["via"][0].as_str()),
        (Some("block"), Some("/messages/0/content"))
    );
    let rows = "{\"id\":\"a\",\"prompt\":\"bake rye bread\"}\n{\"id\":2,\"text\":\"eat oat\"}\n\nno row\n{\"id\":3}\n";
    let output = unspool(at, &["scan", "--config", "unspool.toml", "--jsonl", "--candidates"], rows);
    assert_eq!(output.status.code(), Some(2));
    let found: Vec<serde_json::Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let actions: Vec<_> = found.iter().map(|row| row["action"].as_str()).collect();
    assert_eq!(actions, [Some("block"), Some("allow"), None, None], "{found:?}");
    assert!(found[1]["candidates"].as_array().is_some_and(|all| !all.is_empty()), "{found:?}");
    assert!(found[2]["error"].is_string() && found[3]["error"].is_string(), "{found:?}");
}
