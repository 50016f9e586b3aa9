//! The interpreter against real runtimes: programs made by a generator are run, and what they print must be among the
//! candidates.
//!
//! A program is a construct (a template of its language) × a style (names, order, key) × a neutral sentence, all drawn from
//! a seed. A language is one file under `tests/data/differential`: its head says how a program is run, then there is one
//! program a heading; [`blank`] says what stands for what in it. Of a language without a runtime here the sentence itself
//! is wanted. A few programs of each language whose runtime is there run with the other tests; the full run is
//! `UNSPOOL_DIFFERENTIAL=40 cargo test --test it differential -- --ignored --nocapture`: forty rounds of every template.
//! `UNSPOOL_DIFFERENTIAL_OF="go rust"` runs these languages only, by the names of their fences.

mod blank;
mod case;
mod speech;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use unspool::config::Config;
use unspool::request::Request;
use unspool::screen::{Engine, screen};

use case::{Case, case};
use speech::Speech;

/// The fewest languages and templates there must be: a runner that finds none has failed.
const LANGUAGES: usize = 22;
const TEMPLATES: usize = 900;

/// What a program prints in its runtime.
fn real_output(speech: &Speech, run: &str, program: &str, folder: &Path) -> String {
    fs::write(folder.join(&speech.file), program).unwrap();
    let output = Command::new("sh")
        .args(["-c", run])
        .current_dir(folder)
        .env("GO111MODULE", "off")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{program}\n{}",
        speech.fence,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn is_there(runtime: &str) -> bool {
    let probe =
        Command::new("sh").args(["-c", &format!("command -v {runtime}")]).stdout(Stdio::null()).status();
    probe.is_ok_and(|status| status.success())
}

fn fold(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs one program; gives why it failed.
fn check(
    engine: &Engine,
    speech: &Speech,
    name: &str,
    program: &str,
    case: &Case,
    folder: &Path,
) -> Option<String> {
    let wanted = match &speech.run {
        Some(run) => real_output(speech, run, program, folder),
        None => case.sentence(),
    };
    let wanted = fold(&wanted);
    let prompt = format!("```{}\n{program}\n```", speech.fence);
    let screening = screen(engine, &Request::plain(&prompt));
    let found = screening.candidates.iter().any(|candidate| fold(&candidate.text) == wanted);
    (!found).then(|| format!("{} {name}: {wanted:?} is not among the candidates of\n{program}", speech.fence))
}

/// Runs programs of every language that is there and `wanted`: so many rounds of each template, or of a sample of the templates.
fn run(most_rounds: u64, sample: bool, wanted: impl Fn(&str) -> bool) -> (usize, Vec<String>) {
    let engine = Config::default().engine().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut ran, mut failures) = (0, Vec::new());
    for speech in speech::all().iter().filter(|speech| wanted(&speech.fence) && speech.is_here()) {
        let (before, failed) = (ran, failures.len());
        let rounds = if sample { 1 } else { speech.rounds.map_or(most_rounds, |most| most.min(most_rounds)) };
        for (at, (name, template)) in speech.picked(sample) {
            for round in 0..rounds {
                let case = case(1 + at as u64 * 17 + round * 7919);
                let program = blank::fill(template, &case);
                failures.extend(check(&engine, speech, name, &program, &case, folder.path()));
                ran += 1;
            }
        }
        eprintln!(
            "{}: {} of {} programs read as they run",
            speech.fence,
            ran - before - (failures.len() - failed),
            ran - before
        );
    }
    (ran, failures)
}

#[test]
fn a_sample_of_programs_is_read_as_it_runs() {
    let (ran, failures) = run(1, true, |_| true);
    let wanted: usize =
        speech::all().iter().filter(|speech| speech.is_here()).map(|speech| speech.sample).sum();
    assert!(failures.is_empty(), "{} of {ran} failed\n{}", failures.len(), failures.join("\n"));
    assert_eq!(ran, wanted);
}

#[test]
#[ignore = "takes minutes: run by hand with UNSPOOL_DIFFERENTIAL=rounds"]
#[expect(clippy::disallowed_methods, reason = "a test run by hand takes its size from the command line")]
fn every_program_of_every_language_is_read_as_it_runs() {
    let rounds =
        std::env::var("UNSPOOL_DIFFERENTIAL").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    let of = std::env::var("UNSPOOL_DIFFERENTIAL_OF").unwrap_or_default();
    let (ran, failures) =
        run(rounds, false, |fence| of.is_empty() || of.split_whitespace().any(|named| named == fence));
    assert!(ran > 0, "no such language or no runtime is here: {of:?}");
    eprintln!("{} of {ran} programs read as they run", ran - failures.len());
    assert!(failures.is_empty(), "{} of {ran} failed\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_generator_gives_the_same_programs_again_and_others_for_other_seeds() {
    let all = speech::all();
    let programs = |seed| -> Vec<String> {
        let templates = all.iter().flat_map(|speech| &speech.templates);
        templates.map(|(_, template)| blank::fill(template, &case(seed))).collect()
    };
    assert_eq!(programs(7), programs(7));
    assert_ne!(programs(7), programs(8));
    assert!(all.len() >= LANGUAGES, "only {} languages", all.len());
    assert!(programs(7).len() >= TEMPLATES, "only {} templates", programs(7).len());
}
