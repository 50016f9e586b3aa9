//! Recovery cases: one Markdown file each under `tests/data/recovery/<language>/`.
//!
//! A case is the prompt as it arrives, then a line `=== recovered`, then one text a line that must be among the
//! candidates (up to white space and case). Lines after `=== not` must not be. All sentences are neutral.

use std::fs;
use std::path::{Path, PathBuf};

use unspool::config::Config;
use unspool::request::Request;
use unspool::screen::{Engine, screen};

/// The fewest cases that must have run: a runner that finds none has failed.
const CASES: usize = 944;

#[test]
fn every_case_recovers_what_it_says() {
    let engine = Config::default().engine().unwrap();
    let mut failures = Vec::new();
    let cases = cases(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recovery")));
    for path in &cases {
        check(&engine, path, &mut failures);
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    assert!(cases.len() >= CASES, "only {} cases ran", cases.len());
}

pub(crate) fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(cases(&path));
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn check(engine: &Engine, path: &Path, failures: &mut Vec<String>) {
    let text = fs::read_to_string(path).unwrap();
    let (prompt, rest) = text.split_once("\n=== recovered\n").expect("a case has a `=== recovered` line");
    let (wanted, unwanted) = rest.split_once("=== not\n").unwrap_or((rest, ""));
    let screening = screen(engine, &Request::plain(prompt));
    let found: Vec<String> = screening.candidates.iter().map(|candidate| fold(&candidate.text)).collect();
    for line in wanted.lines().filter(|line| !line.trim().is_empty()) {
        if !found.contains(&fold(line)) {
            failures.push(format!("{}: not recovered: {line}", path.display()));
        }
    }
    for line in unwanted.lines().filter(|line| !line.trim().is_empty()) {
        if found.contains(&fold(line)) {
            failures.push(format!("{}: recovered but must not be: {line}", path.display()));
        }
    }
    if !screening.incomplete.is_empty() {
        failures.push(format!("{}: incomplete: {:?}", path.display(), screening.incomplete));
    }
}

fn fold(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
