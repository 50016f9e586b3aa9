//! The house has an order: what each wing and room may import. The tables below are the documentation.

use std::fs;
use std::path::Path;

/// Wings in the order a request passes them; a wing may import only those before it.
const WINGS: &[&str] =
    &["budget", "request", "read", "judge", "screen", "second", "serve", "measure", "config", "cli"];

/// Rooms inside a wing, in flow order; a room may import only those before it.
const ROOMS: &[(&str, &[&str])] = &[
    ("request", &["span", "unread", "dialect"]),
    ("read", &["lexer", "region", "ir", "lang", "decode", "eval", "candidate"]),
    ("judge", &["hazard", "rule", "classify", "second", "decide"]),
];

/// Words that may stand only under these paths (below `src/`), and why.
const ONLY: &[(&str, &[&str], &str)] = &[
    ("tree_sitter", &["read/lang"], "one guarded door to the parsers"),
    ("hyper", &["serve"], "only the edge speaks HTTP"),
    ("hyper_util", &["serve"], "only the edge speaks HTTP"),
    ("tokio", &["serve"], "only the edge is async"),
    ("rustls", &["serve"], "only the edge speaks TLS"),
    ("candle_core", &["second/local"], "one room runs models"),
    ("candle_nn", &["second/local"], "one room runs models"),
    ("candle_transformers", &["second/local"], "one room runs models"),
    ("tokenizers", &["second/local"], "one room runs models"),
    ("anyhow", &["cli", "main.rs"], "everyone else names their errors"),
    ("toml", &["config", "judge/rule"], "only what is written by people is TOML"),
    ("std::fs", EDGE, "the core does no IO"),
    ("std::net", EDGE, "the core does no IO"),
    ("std::thread", EDGE, "the core starts no threads"),
    ("std::env", EDGE, "the core reads no environment"),
    ("async fn", EDGE, "the core is synchronous"),
    ("std::time::Instant", CLOCK, "the core's only clock is its budget"),
    ("std::time::SystemTime", EDGE, "the core's only clock is its budget"),
];

const EDGE: &[&str] = &["second/local", "serve", "measure", "config", "cli", "main.rs"];
const CLOCK: &[&str] = &["budget.rs", "read/lang", "serve", "measure", "config", "cli", "main.rs"];

/// Imports within a wing's order that are refused all the same: (from, to, why).
const WALLS: &[(&str, &str, &str)] = &[
    ("read/eval", "read/lang", "the interpreter knows no language"),
    ("judge/classify", "request/dialect", "a classifier knows no API"),
];

#[test]
fn the_house_keeps_its_order() {
    let mut files = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut files);
    assert!(files.len() >= 100, "walked only {} files", files.len());
    let wrong: Vec<String> = files.iter().flat_map(|(path, text)| violations(path, text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn planted_violations_are_caught() {
    let planted = [
        ("request/span.rs", "use crate::judge::decide::Policy;", "request/span.rs:1: wing"),
        ("read/lexer.rs", "\nuse crate::read::eval::Value;", "read/lexer.rs:2: room"),
        ("read/eval/run.rs", "use crate::read::lang::Language;", "read/eval/run.rs:1: wall"),
        ("read/decode/mod.rs", "use crate::{budget, read};", "read/decode/mod.rs:1: grouped"),
        ("read/eval/mod.rs", "let p = tree_sitter::Parser::new();", "read/eval/mod.rs:1: `tree_sitter`"),
        ("judge/decide.rs", "fn now() { std::fs::read(p); }", "judge/decide.rs:1: `std::fs`"),
        ("serve/mod.rs", "use anyhow::Result;", "serve/mod.rs:1: `anyhow`"),
        ("screen.rs", "pub async fn screen() {}", "screen.rs:1: `async fn`"),
        ("stray/mod.rs", "", "stray/mod.rs:1: `stray`"),
    ];
    for (path, text, expected) in planted {
        let found = violations(path, text);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{path}: {found:?}");
    }
    let allowed = [
        ("judge/decide.rs", "use crate::read::candidate::Origin;\nuse crate::judge::hazard::Hazard;"),
        ("read/lang/mod.rs", "use tree_sitter::Parser; // and toml in a comment"),
        ("read/eval/mod.rs", "/// As tokio:: has it.\nfn hyperbole() {}"),
        ("read/decode/base.rs", "use crate::read::decode::inflate::inflate;"),
    ];
    for (path, text) in allowed {
        assert_eq!(violations(path, text), Vec::<String>::new(), "{path}");
    }
}

/// What `text`, standing at `path` below `src/`, imports against the order, as `path:line: what`.
fn violations(path: &str, text: &str) -> Vec<String> {
    if matches!(path, "lib.rs" | "main.rs") {
        return Vec::new();
    }
    let (wing, room) = place(path);
    let Some(here) = WINGS.iter().position(|known| *known == wing) else {
        return vec![format!("{path}:1: `{wing}` is no wing of the house")];
    };
    let mut out = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.split("//").next().unwrap_or_default();
        out.extend(imports(code).into_iter().filter_map(|target| {
            against(here, wing, room, &target).map(|what| format!("{path}:{number}: {what}"))
        }));
        for (word, places, why) in ONLY {
            if names(code, word) && !places.iter().any(|place| path.starts_with(place)) {
                out.push(format!("{path}:{number}: `{word}` belongs in {}: {why}", places.join(", ")));
            }
        }
    }
    out
}

/// The wing and room of a file.
fn place(path: &str) -> (&str, &str) {
    let mut parts = path.trim_end_matches(".rs").split('/');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// The `crate::` paths in a line of code, as `wing::room…`.
fn imports(code: &str) -> Vec<String> {
    let end = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    code.split("crate::").skip(1).map(|rest| rest.split(end).next().unwrap_or_default().to_owned()).collect()
}

/// What is wrong with importing `target` from here, if anything.
fn against(here: usize, wing: &str, room: &str, target: &str) -> Option<String> {
    if target.is_empty() {
        return Some("grouped `crate::{..}`: one `use` a line".into());
    }
    let mut parts = target.split("::");
    let (to_wing, to_room) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let there = WINGS.iter().position(|known| *known == to_wing)?;
    if there > here {
        return Some(format!("wing {wing} may not import {to_wing}"));
    }
    let (from, to) = (format!("{wing}/{room}"), format!("{to_wing}/{to_room}"));
    if let Some((.., why)) = WALLS.iter().find(|wall| wall.0 == from && wall.1 == to) {
        return Some(format!("wall between {from} and {to}: {why}"));
    }
    let rooms = ROOMS.iter().find(|row| row.0 == wing && there == here)?.1;
    let at = |name: &str| rooms.iter().position(|known| *known == name);
    (at(to_room)? > at(room)?).then(|| format!("room {room} may not import {to_room}"))
}

/// Whether `word` stands in `code` as a path of its own: `tokio::`, `use tokio;`, but not `my_tokio`.
fn names(code: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().is_some_and(inside);
        let after = &code[at + word.len()..];
        let path = after.starts_with("::") || after.starts_with(';') || word.contains([' ', ':']);
        !before && path && !after.starts_with(inside)
    })
}

fn collect(dir: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).expect("src is readable").map(|entry| entry.expect("entry is readable")) {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let full = path.to_string_lossy().replace('\\', "/");
            let below = full.rsplit_once("/src/").map(|(_, below)| below.to_owned()).unwrap_or_default();
            // Tests in files of their own may start threads and read files; they ship in nothing.
            if !below.ends_with("/tests.rs") && !below.contains("/tests/") {
                files.push((below, fs::read_to_string(&path).expect("source is text")));
            }
        }
    }
}
