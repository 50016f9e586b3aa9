//! What screening costs in processor time, as tables in Markdown: whole requests, every stage, growth with size.
//!
//! `cargo bench --bench cost` prints the tables of `docs/bench.md`, with `-- --write` puts them there; with
//! `-- --once NAME` it screens one body once, for instruction counters (`benches/instructions.sh`), with `-- --once NAME NEXT` the next
//! one, what is kept of the first at hand; a name may be that of a file with a request body. The bodies are made of this repository's own
//! files and of neutral sentences, so that they are the same everywhere at one commit. Compare ratios within one run.

#![allow(clippy::unwrap_used, reason = "a bench may stop")]
#![allow(clippy::print_stdout, reason = "tables are what it is for")]

use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use cpu_time::ThreadTime;
use serde_json::{Value, json};
use unspool::budget::{Budget, Limits};
use unspool::config::Config;
use unspool::judge::classify::classify;
use unspool::read::candidate::{Candidate, Origin};
use unspool::read::decode::{self, Tried};
use unspool::read::eval::{self, Codecs};
use unspool::read::ir::Program;
use unspool::read::{lang, lexer, region};
use unspool::request::Request;
use unspool::request::dialect::{self, ReadLimits};
use unspool::screen::{Engine, Kept, screen};

/// As the binary has it.
#[cfg(all(feature = "jemalloc", target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Times each figure is taken; the least counts, since other work can only add.
const TAKEN: usize = 7;
/// What a conversation of a coding agent comes to.
const CONVERSATION: usize = 512 << 10;
/// Bytes kept from one request to the next, where they are: the default of `cache_bytes`.
const KEPT: usize = 16 << 20;
/// Bytes of one file in a conversation.
const FILE: usize = 16 << 10;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let engine = Engine { kept: Kept::default(), ..Config::default().engine().unwrap() };
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--once", name] => once(&engine, name, name),
        ["--once", before, name] => once(&Engine { kept: Kept::of(KEPT), ..engine }, before, name),
        ["--names"] => BODIES.iter().for_each(|(name, _)| println!("{name}")),
        ["--write"] => write(&tables(&engine)),
        _ => println!("{}", tables(&engine)),
    }
}

fn tables(engine: &Engine) -> String {
    format!("{}\n{}\n{}", requests(engine), stages(engine), growth(engine))
}

/// Puts the tables between the marks of `docs/bench.md`.
fn write(tables: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bench.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(MARKS[0]).expect("the page marks where the tables stand");
    let (_, after) = rest.split_once(MARKS[1]).expect("the page marks where the tables end");
    fs::write(&path, format!("{before}{}\n{tables}{}{after}", MARKS[0], MARKS[1])).unwrap();
}

const MARKS: [&str; 2] = ["<!-- tables: cargo bench --bench cost -- --write -->", "<!-- end of tables -->"];

/// A body by name.
type Body = (&'static str, fn() -> Bytes);

const BODIES: &[Body] = &[
    ("chat-1k", || chat(&prose(1 << 10))),
    ("chat-64k", || chat(&prose(64 << 10))),
    ("rust-4k", || fenced("rust", 4 << 10)),
    ("rust-64k", || fenced("rust", 64 << 10)),
    ("python-4k", || fenced("python", 4 << 10)),
    ("python-64k", || fenced("python", 64 << 10)),
    ("javascript-4k", || fenced("javascript", 4 << 10)),
    ("hidden-1k", || chat(&hidden())),
    ("agent-512k", || conversation(0)),
];

/// Screens one body, then counts another: by name, or in a file.
fn once(engine: &Engine, before: &str, name: &str) {
    // Under a counter everything takes fifty times as long: no clock may cut it short.
    let day = Duration::from_secs(24 * 3600);
    let limits = Limits { deadline: day, parse: day, parse_total: day, ..engine.limits.clone() };
    let engine = &Engine { limits, ..engine.clone() };
    let body = |name: &str| match BODIES.iter().find(|(known, _)| *known == name) {
        Some((_, body)) => request(body()),
        None => request(Bytes::from(fs::read(name).expect("a name that --names prints, or a file"))),
    };
    // The first request builds tables; the second is counted (the script counts from `measured` on).
    let _ = screen(engine, &body(before));
    measured(engine, &body(name));
}

/// Where an instruction counter starts and stops.
#[inline(never)]
fn measured(engine: &Engine, request: &Request) {
    black_box(screen(engine, black_box(request)));
}

// --- tables ---

/// Whole requests, read and judged: fresh, and as the next turn of a conversation that was seen before.
fn requests(engine: &Engine) -> String {
    let mut out = String::from("| request | bytes | CPU ms | ns a byte |\n|---|---:|---:|---:|\n");
    for (name, body) in BODIES {
        let (body, request) = (body(), request(body()));
        let took = least(|| screen(engine, &request));
        row(&mut out, name, body.len(), took);
    }
    let with = Engine { kept: Kept::of(KEPT), ..engine.clone() };
    let _ = screen(&with, &request(conversation(0)));
    for turn in 1..=2 {
        let body = conversation(turn);
        let next = request(body.clone());
        let start = ThreadTime::now();
        black_box(screen(&with, &next));
        row(&mut out, &format!("agent-512k, turn {turn} later, cache on"), body.len(), start.elapsed());
    }
    out
}

/// Each stage over 64 KB of Rust.
fn stages(engine: &Engine) -> String {
    let mut out =
        String::from("| stage, 64 KB of Rust | bytes | CPU ms | ns a byte |\n|---|---:|---:|---:|\n");
    let text = source("rust", 64 << 10);
    for (name, took) in of_stages(engine, "rust", &text) {
        row(&mut out, name, text.len(), took);
    }
    out
}

/// Nanoseconds a byte by stage and language as the text doubles: flat where the cost is linear.
fn growth(engine: &Engine) -> String {
    let sizes = [4 << 10, 16 << 10, 64 << 10, 256 << 10];
    let mut out = String::from("| ns a byte | 4 KB | 16 KB | 64 KB | 256 KB |\n|---|---:|---:|---:|---:|\n");
    for language in ["rust", "python", "javascript"] {
        let mut rows: Vec<(&str, Vec<f64>)> = Vec::new();
        for size in sizes {
            let text = source(language, size);
            for (at, (name, took)) in of_stages(engine, language, &text).into_iter().enumerate() {
                if rows.len() == at {
                    rows.push((name, Vec::new()));
                }
                rows[at].1.push(took.as_nanos() as f64 / text.len() as f64);
            }
        }
        for (name, figures) in rows {
            let figures: Vec<String> = figures.iter().map(|figure| format!("{figure:.0}")).collect();
            let _ = writeln!(out, "| {language}: {name} | {} |", figures.join(" | "));
        }
    }
    out
}

/// What every stage takes for one text in a language.
fn of_stages(engine: &Engine, language: &str, text: &str) -> Vec<(&'static str, Duration)> {
    let limits = || Budget::new(Limits { steps: u64::MAX, ..Limits::default() });
    let request = Request::plain(&format!("```{language}\n{text}\n```\n"));
    let lexed = lexer::lex(text, &mut limits());
    let strings: Vec<&str> = lexed
        .literals
        .iter()
        .map(|literal| literal.text.as_str())
        .chain(lexed.comments.iter().map(|comment| comment.text.as_str()))
        .collect();
    let whole =
        Candidate { text: text.to_owned(), origin: Origin::Plain, via: Vec::new(), spans: Vec::new() };
    let frontend = lang::by_name(language).expect("a language of this build");
    let lower = || {
        let (mut program, mut budget) = (Program::new(), limits());
        for part in text.as_bytes().chunks(FILE).map(String::from_utf8_lossy) {
            lang::lower(frontend, &part, request.spans[0].id, 0, &mut program, &mut budget);
        }
        program
    };
    let program = lower();
    let codecs = Codecs { decode: decode::apply, encode: decode::encode };
    vec![
        ("regions", least(|| region::find(&request.spans[0], &mut limits()))),
        ("lexer", least(|| lexer::lex(text, &mut limits()))),
        (
            "decoders, on its strings and comments",
            least(|| {
                let (mut tried, mut budget) = (Tried::default(), limits());
                strings
                    .iter()
                    .map(|text| decode::unwind_once(text, &mut tried, &mut budget).len())
                    .sum::<usize>()
            }),
        ),
        ("parse and lower", least(lower)),
        ("interpreter", least(|| eval::run(&program, codecs, &mut limits()))),
        (
            "judges, on the whole text",
            least(|| classify(&engine.judges, std::slice::from_ref(&whole), &mut limits())),
        ),
        ("all of it", least(|| screen(engine, &request))),
    ]
}

fn row(out: &mut String, name: &str, bytes: usize, took: Duration) {
    let a_byte = took.as_nanos() as f64 / bytes as f64;
    let _ = writeln!(out, "| {name} | {bytes} | {:.3} | {a_byte:.0} |", took.as_secs_f64() * 1e3);
}

fn least<T>(mut work: impl FnMut() -> T) -> Duration {
    let once = |work: &mut dyn FnMut() -> T| {
        let start = ThreadTime::now();
        black_box(work());
        start.elapsed()
    };
    (0..TAKEN).map(|_| once(&mut work)).min().unwrap_or_default()
}

// --- bodies ---

fn request(body: Bytes) -> Request {
    let spoken = dialect::sniff(&body).expect("a body of a known API");
    dialect::read(spoken, body, &ReadLimits::default()).unwrap()
}

fn chat(text: &str) -> Bytes {
    body(&[
        json!({"role": "system", "content": "You are helpful."}),
        json!({"role": "user", "content": text}),
    ])
}

fn body(messages: &[Value]) -> Bytes {
    Bytes::from(json!({"model": "m", "messages": messages}).to_string())
}

fn fenced(language: &str, bytes: usize) -> Bytes {
    chat(&format!("Please review this.\n\n```{language}\n{}\n```\n", source(language, bytes)))
}

/// A coding agent's conversation: files that it read, one a turn; `more` turns longer than the usual size.
fn conversation(more: usize) -> Bytes {
    let mut messages = vec![json!({"role": "system", "content": "You are a coding agent. Use the tools."})];
    let all = source("rust", CONVERSATION + more * FILE);
    for (at, file) in cut(&all).into_iter().enumerate() {
        let call =
            json!({"name": "read_file", "arguments": json!({"path": format!("src/{at}.rs")}).to_string()});
        let calls = json!([{"id": format!("call_{at}"), "type": "function", "function": call}]);
        messages
            .push(json!({"role": "assistant", "content": "Let me look at the file.", "tool_calls": calls}));
        messages.push(json!({"role": "tool", "tool_call_id": format!("call_{at}"), "content": file}));
    }
    messages.push(json!({"role": "user", "content": "Now apply the change."}));
    body(&messages)
}

fn cut(text: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let (part, tail) = rest.split_at(rest.floor_char_boundary(FILE.min(rest.len())));
        parts.push(part);
        rest = tail;
    }
    parts
}

fn prose(bytes: usize) -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let plain: String =
        readme.lines().filter(|line| !line.contains(['|', '`'])).collect::<Vec<_>>().join("\n");
    let mut text = plain.repeat(bytes / plain.len() + 1);
    text.truncate(text.floor_char_boundary(bytes));
    text
}

/// A sentence pushed word by word, as a stub of about a kilobyte.
fn hidden() -> String {
    let sentence = "describe how to bake dark rye bread at home";
    let pushes: String = sentence.split(' ').map(|word| format!("    basket.append(\"{word}\")\n")).collect();
    format!(
        "Complete the code.\n\n```python\nfrom collections import deque\n\ndef weave(words):\n    # joins the words\n\n\
         def answer(wish):\n    steps = []\n    # fill the list with paragraphs on the wish\n    steps.append(\"First, \")\n\
         \ndef main():\n    basket = []\n{pushes}    wish = weave(basket)\n    answer(wish)\n```\n"
    )
}

/// About so many bytes of this repository's own files in a language, repeated with other names where they run out.
fn source(language: &str, bytes: usize) -> String {
    let ending = match language {
        "python" => ".py",
        "javascript" => ".js",
        _ => ".rs",
    };
    let mut files = Vec::new();
    for folder in ["src", "tests", "fuzz"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), ending, &mut files);
    }
    files.sort();
    let once: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let mut text = String::new();
    let mut round = 0;
    while text.len() < bytes {
        text.push_str(&once.replace("self", if round == 0 { "self" } else { "this" }));
        round += 1;
    }
    let end = text.floor_char_boundary(bytes);
    text.truncate(end);
    text
}

fn collect(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("data") {
            collect(&path, ending, files);
        } else if path.to_string_lossy().ends_with(ending) {
            files.push(path);
        }
    }
}
