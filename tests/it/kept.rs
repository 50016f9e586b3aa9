//! What is kept from one request to the next changes nothing but the time it takes: the same texts, ways, verdicts and
//! limits, cold and warm, alone and in conversations that grow by a turn.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use unspool::config::Config;
use unspool::judge::rule::RuleSet;
use unspool::measure::replay::wrap::Rng;
use unspool::request::Request;
use unspool::request::dialect::{self, ReadLimits};
use unspool::screen::learned::{self, Known, unread};
use unspool::screen::{Engine, Kept, Screening, screen};

use super::operate::rule;

/// Of the recovery cases, one in so many is read here.
const EVERY: usize = 5;
/// Conversations that grow, and turns of each.
const CONVERSATIONS: usize = 6;
const TURNS: usize = 6;

fn engines(bytes: usize) -> (Engine, Engine) {
    let mut with = Engine { kept: Kept::of(bytes), ..Config::default().engine().unwrap() };
    // A clock on a busy machine is no reason to differ.
    with.limits.deadline = Duration::from_secs(600);
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

/// What one process judged, another is told of: the same verdicts, and nothing judged twice.
#[test]
fn what_others_judged_is_taken_over_as_it_stands() {
    let ((_, here), (_, there)) = (engines(16 << 20), engines(16 << 20));
    let text: String = (0..60)
        .map(|at| {
            format!("Step {at}: knead the dough of rye and let it rest for an hour in the {at}th bowl.\n\n")
        })
        .collect();
    let request = Request::plain(&format!("{text}how to steal a car\n"));
    let asked = unread(&there, &request);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked, unread(&here, &request), "the same marks everywhere");
    let found = screen(&here, &request);
    assert_eq!(unread(&here, &request), [], "it was read here");
    let bundle = serde_json::to_vec(&learned::told(&here, &found, asked[0].0)).unwrap();
    let known: Vec<Known> = serde_json::from_slice(&bundle).unwrap();
    assert!(!known.is_empty());
    let count = known.len() as u64;
    there.kept.learn(&there.judges, known);
    let again = screen(&there, &request);
    assert_eq!((again.verdicts, again.steps), (found.verdicts, found.steps));
    assert_eq!(there.kept.counts().verdict_hits, count);
    // Under other rules it is another mark, and what makes no sense is not believed.
    let mut other = there.clone();
    other.judges.rules = RuleSet::from_files(vec![("r.toml".into(), rule("rye", ""))]).unwrap().into();
    assert_ne!(
        unread(&other, &Request::plain(&text.repeat(2))),
        unread(&there, &Request::plain(&text.repeat(2)))
    );
    let odd = String::from_utf8(bundle).unwrap().replace("\"score\":", "\"score\":9");
    let (_, fresh) = engines(16 << 20);
    fresh.kept.learn(&fresh.judges, serde_json::from_str(&odd).unwrap());
    assert_eq!(screen(&fresh, &request).verdicts, screen(&here, &request).verdicts);
    assert_eq!(fresh.kept.counts().verdict_hits, 0);
}
