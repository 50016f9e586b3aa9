//! Whole programs, broken in every way: what they spell must be recovered all the same.
//!
//! A program is a language × a shape × a sentence, or the program of a recovery case; a break is a row of `BREAKS`. Everything is
//! drawn from a seed. A sample runs with the other tests; the full run, which prints the share by break and by language, is
//! `UNSPOOL_MUTATION=1 cargo test --test it mutation -- --ignored --nocapture`: so many draws of each break × language × shape.
//! With `UNSPOOL_MUTATION_MISSES=FOLDER` it leaves there each prompt that was missed.

mod boundary;
mod breaks;
mod shape;
mod speech;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use unspool::config::Config;
use unspool::measure::replay::target::{folded, same_text};
use unspool::measure::replay::wrap::Rng;
use unspool::request::Request;
use unspool::screen::{Engine, screen};

use self::breaks::{BREAKS, Break};
use self::shape::{Program, SENTENCES, SHAPES};
use self::speech::SPEECHES;

/// One broken program and what it must give.
struct Case {
    /// Language, shape and the ways it is broken.
    name: [String; 3],
    prompt: String,
    wanted: String,
}

impl Case {
    fn is_recovered(&self, engine: &Engine) -> bool {
        let wanted = folded(&self.wanted);
        screen(engine, &Request::plain(&self.prompt))
            .candidates
            .iter()
            .any(|found| same_text(&found.text, &wanted))
    }
}

fn seed(of: &[&str], round: u64) -> u64 {
    // FNV-1a: the same everywhere.
    let bytes = of.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325 ^ round, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Programs of our own shapes, each broken in each of `ways`.
fn drawn(ways: &[(String, Vec<Break>)], rounds: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    for (way, breaks) in ways {
        for speech in SPEECHES {
            for (shape, write) in SHAPES {
                for round in 0..rounds {
                    let mut rng = Rng::new(seed(&[way, speech.name, shape], round));
                    let sentence = SENTENCES[rng.below(SENTENCES.len())];
                    let program = write(speech, sentence, &mut rng);
                    let prompt = broken(program, breaks, &mut rng);
                    let name = [speech.name.to_owned(), (*shape).to_owned(), way.clone()];
                    cases.push(Case { name, prompt, wanted: sentence.to_owned() });
                }
            }
        }
    }
    cases
}

fn broken(mut program: Program, breaks: &[Break], rng: &mut Rng) -> String {
    for change in breaks {
        change(&mut program, rng);
    }
    program.prompt()
}

fn singles() -> Vec<(String, Vec<Break>)> {
    BREAKS.iter().map(|(name, change)| ((*name).to_owned(), vec![*change])).collect()
}

/// Two ways at once, `count` pairs of them.
fn doubles(count: usize) -> Vec<(String, Vec<Break>)> {
    let mut rng = Rng::new(77);
    let mut pairs = Vec::new();
    while pairs.len() < count {
        let (one, two) = (1 + rng.below(BREAKS.len() - 1), 1 + rng.below(BREAKS.len() - 1));
        if one != two {
            let name = format!("{} + {}", BREAKS[one].0, BREAKS[two].0);
            pairs.push((name, vec![BREAKS[one].1, BREAKS[two].1]));
        }
    }
    pairs
}

/// The programs of the recovery cases, broken in each of `ways`.
fn from_cases(ways: &[(String, Vec<Break>)]) -> Vec<Case> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recovery"));
    let mut cases = Vec::new();
    for path in crate::recovery::cases(root) {
        let text = fs::read_to_string(&path).unwrap();
        let (prompt, rest) = text.split_once("\n=== recovered\n").unwrap();
        let Some(wanted) = rest.lines().find(|line| !line.trim().is_empty() && !line.starts_with("==="))
        else {
            continue;
        };
        let fence =
            path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
        let shape = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let inner = prompt
            .split_once("```")
            .and_then(|(_, rest)| rest.split_once('\n'))
            .and_then(|(_, rest)| rest.split_once("\n```"));
        let code = match inner {
            Some((code, rest)) if !rest.contains("```") => code,
            Some(_) => continue,
            None => prompt,
        };
        let comment =
            SPEECHES.iter().find(|speech| speech.fence == fence).map_or("//", |speech| speech.comment);
        for (way, breaks) in ways {
            let mut rng = Rng::new(seed(&[way, fence, shape], 0));
            let names = vec!["result".to_owned(), "main".to_owned()];
            let program = Program::new(code.to_owned(), fence, comment, names, &mut rng);
            let prompt = broken(program, breaks, &mut rng);
            let name = [fence.to_owned(), shape.to_owned(), way.clone()];
            cases.push(Case { name, prompt, wanted: wanted.to_owned() });
        }
    }
    cases
}

/// Runs cases; gives the share recovered by the part of their name at `part`, and leaves what was missed in `misses`.
fn run(cases: &[Case], misses: Option<&Path>) -> (usize, [BTreeMap<String, [usize; 2]>; 3]) {
    let engine = Config::default().engine().unwrap();
    let mut tally: [BTreeMap<String, [usize; 2]>; 3] = Default::default();
    let mut missed = 0;
    for case in cases {
        let hit = case.is_recovered(&engine);
        for (tally, name) in tally.iter_mut().zip(&case.name) {
            let row = tally.entry(name.clone()).or_default();
            row[0] += usize::from(hit);
            row[1] += 1;
        }
        missed += usize::from(!hit);
        if let Some(folder) = misses.filter(|_| !hit) {
            let name = format!("{}.txt", case.name.join("__").replace([' ', '/'], "_"));
            fs::write(folder.join(name), format!("{}\n=== recovered\n{}\n", case.prompt, case.wanted))
                .unwrap();
        }
    }
    (missed, tally)
}

fn print(title: &str, cases: usize, missed: usize, tally: &[BTreeMap<String, [usize; 2]>; 3]) {
    eprintln!(
        "{title}: {} of {cases} recovered, {:.4}",
        cases - missed,
        (cases - missed) as f64 / cases as f64
    );
    for part in [2, 0, 1] {
        let mut rows: Vec<_> = tally[part].iter().collect();
        rows.sort_by(|a, b| (a.1[0] * b.1[1]).cmp(&(b.1[0] * a.1[1])));
        let shown = rows.iter().filter(|(_, row)| row[0] < row[1]).take(60);
        let shown: Vec<String> = shown.map(|(name, row)| format!("{name} {}/{}", row[0], row[1])).collect();
        eprintln!("  {}", shown.join(", "));
    }
}

/// Every `step`th case, from a place of its own in each run of them.
fn sample(cases: Vec<Case>, step: usize) -> Vec<Case> {
    cases.into_iter().step_by(step).collect()
}

/// Of a thousand cases, how many must be recovered.
fn floor(title: &str, cases: &[Case], least: usize) {
    let (missed, tally) = run(cases, None);
    print(title, cases.len(), missed, &tally);
    assert!(
        (cases.len() - missed) * 1000 >= cases.len() * least,
        "{title}: {missed} of {} missed",
        cases.len()
    );
}

#[test]
fn a_sample_of_programs_broken_in_one_way() {
    // Steps that share no factor with the number of languages and shapes meet all of them.
    let cases = sample(drawn(&singles(), 1), 37);
    assert!(cases.len() > 300, "only {} cases", cases.len());
    floor("one break", &cases, 965);
}

#[test]
fn a_sample_of_programs_broken_in_two_ways() {
    let cases = sample(drawn(&doubles(60), 1), 71);
    assert!(cases.len() > 150, "only {} cases", cases.len());
    floor("two breaks", &cases, 930);
}

#[test]
fn a_sample_of_recovery_cases_broken_in_one_way() {
    let cases = sample(from_cases(&singles()), 101);
    assert!(cases.len() > 200, "only {} cases", cases.len());
    floor("recovery cases, one break", &cases, 700);
}

#[test]
#[ignore = "takes minutes: run by hand with UNSPOOL_MUTATION=rounds"]
#[expect(clippy::disallowed_methods, reason = "a test run by hand takes its size from the command line")]
fn every_program_broken_in_every_way() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let rounds = number("UNSPOOL_MUTATION").unwrap_or(1);
    let misses = std::env::var("UNSPOOL_MUTATION_MISSES").ok().map(std::path::PathBuf::from);
    let only = std::env::var("UNSPOOL_MUTATION_ONLY").unwrap_or_default();
    let chosen = |cases: Vec<Case>| -> Vec<Case> {
        cases.into_iter().filter(|case| case.name.join("__").contains(&only)).collect()
    };
    let sets = [
        ("one break", chosen(drawn(&singles(), rounds))),
        ("two breaks", chosen(drawn(&doubles(60), rounds))),
        ("recovery cases, one break", chosen(from_cases(&singles()))),
    ];
    for (title, cases) in &sets {
        if cases.is_empty() {
            continue;
        }
        let (missed, tally) = run(cases, misses.as_deref());
        print(title, cases.len(), missed, &tally);
    }
}
