//! What is kept from one request to the next changes nothing but the time it takes: the same texts, ways, verdicts and
//! limits, cold and warm, alone and in conversations that grow by a turn.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use unspool::config::Config;
use unspool::measure::replay::wrap::Rng;
use unspool::request::Request;
use unspool::request::dialect::{self, ReadLimits};
use unspool::screen::{Engine, Kept, Screening, screen};

/// Of the recovery cases, one in so many is read here.
const EVERY: usize = 5;
/// Conversations that grow, and turns of each.
const CONVERSATIONS: usize = 6;
const TURNS: usize = 6;

fn engines(bytes: usize) -> (Engine, Engine) {
    let with = Engine { kept: Kept::of(bytes), ..Config::default().engine().unwrap() };
    (Engine { kept: Kept::default(), ..with.clone() }, with)
}

/// Prompts of the recovery cases, in every language, and one long ordinary text of each kind.
fn prompts() -> Vec<String> {
    let mut found = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recovery")), &mut found);
    found.sort();
    let mut prompts: Vec<String> = found.into_iter().step_by(EVERY).collect();
    for ordinary in ["src/screen/mod.rs", "src/serve/console/console.js", "README.md"] {
        prompts.push(fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(ordinary)).unwrap());
    }
    assert!(prompts.len() >= 40, "only {} prompts", prompts.len());
    prompts
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.push(text.split("\n=== recovered\n").next().unwrap_or_default().to_owned());
        }
    }
}

/// Everything a decision is made of, and the way to it.
fn told(screening: &Screening) -> String {
    format!("{:?}\n{:?}\n{:?}", screening.candidates, screening.verdicts, screening.incomplete)
}

#[test]
fn a_text_reads_the_same_cold_and_warm() {
    let (without, with) = engines(64 << 20);
    for prompt in prompts() {
        let request = Request::plain(&prompt);
        let fresh = screen(&without, &request);
        let (cold, warm) = (screen(&with, &request), screen(&with, &request));
        assert_eq!(told(&cold), told(&fresh), "cold: {prompt}");
        assert_eq!(told(&warm), told(&fresh), "warm: {prompt}");
        assert_eq!(warm.steps, fresh.steps, "what was kept must be paid for: {prompt}");
    }
    let counts = with.kept.counts();
    assert!(counts.text_hits >= 40 && counts.verdict_hits >= 40, "nothing was kept: {counts:?}");
}

#[test]
fn a_conversation_reads_the_same_as_it_grows() {
    // So little is kept that some of it is pushed out on the way.
    for bytes in [64 << 20, 96 << 10] {
        let (without, with) = engines(bytes);
        let prompts = prompts();
        let mut rng = Rng::new(7);
        for _ in 0..CONVERSATIONS {
            let mut messages = Vec::new();
            for turn in 0..TURNS {
                let role = if turn % 2 == 0 { "user" } else { "assistant" };
                let text = &prompts[rng.below(prompts.len())];
                messages.push(serde_json::json!({"role": role, "content": text}));
                let body = serde_json::json!({"model": "m", "messages": messages}).to_string();
                let body = Bytes::from(body);
                let spoken = dialect::sniff(&body).unwrap();
                let request = dialect::read(spoken, body, &ReadLimits::default()).unwrap();
                let (fresh, kept) = (screen(&without, &request), screen(&with, &request));
                assert_eq!(told(&kept), told(&fresh));
            }
        }
        assert!(with.kept.counts().bytes <= bytes as u64, "more is kept than allowed");
    }
}

#[test]
fn limits_are_hit_just_the_same() {
    let (mut without, mut with) = engines(64 << 20);
    for steps in [50, 400, 2_000] {
        for engine in [&mut without, &mut with] {
            engine.limits.steps = steps;
        }
        for prompt in prompts().iter().step_by(7) {
            let request = Request::plain(prompt);
            let fresh = screen(&without, &request);
            for _ in 0..2 {
                assert_eq!(screen(&with, &request).incomplete, fresh.incomplete, "{steps} steps: {prompt}");
            }
        }
    }
}
