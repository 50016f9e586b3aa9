//! The interpreter against real runtimes: programs made by a generator are run, and what they print must be among the
//! candidates, exactly.
//!
//! A program is a construct (a template of its language) × a style (names, order, key) × a neutral sentence, all drawn from
//! a seed. Adding a language is one file here and one row of [`SPEECHES`]. A few programs of each language whose runtime
//! is there run with the other tests; the full run is
//! `UNSPOOL_DIFFERENTIAL=40 cargo test --test it differential -- --ignored --nocapture`: forty rounds of every template.

mod c;
mod cpp;
mod go;
mod python;
mod rust;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use unspool::config::Config;
use unspool::request::Request;
use unspool::screen::{Engine, screen};

/// A language as the generator speaks it.
struct Speech {
    /// The fence tag.
    fence: &'static str,
    /// The program's file.
    file: &'static str,
    /// The command that must be there.
    runtime: &'static str,
    /// Runs the file in the current directory.
    run: &'static str,
    /// How many templates the sample takes: compilers are slow.
    sample: usize,
    /// Constructs by name.
    templates: &'static [(&'static str, Template)],
}

/// The languages.
const SPEECHES: &[&Speech] = &[&python::SPEECH, &c::SPEECH, &cpp::SPEECH, &rust::SPEECH, &go::SPEECH];

/// Writes one construct around a case.
type Template = fn(&Case) -> String;

/// What one program says and how.
struct Case {
    words: Vec<&'static str>,
    /// Names of variables and functions, all different.
    names: [&'static str; 4],
    /// A shuffled order: `order[i]` is the place of the word at `i` of the shuffled words.
    order: Vec<usize>,
    /// A key for XOR, and a shift for letters.
    key: u8,
}

impl Case {
    fn sentence(&self) -> String {
        self.words.join(" ")
    }

    /// `"a", "b"`
    fn quoted(words: &[&str]) -> String {
        words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
    }

    fn forward(&self) -> String {
        Case::quoted(&self.words)
    }

    fn backward(&self) -> String {
        Case::quoted(&self.words.iter().rev().copied().collect::<Vec<_>>())
    }

    /// The words out of order, each behind its place: `row(place, word)`.
    fn numbered(&self, row: impl Fn(usize, &str) -> String) -> String {
        self.order.iter().map(|at| row(*at, self.words[*at])).collect::<Vec<_>>().join(", ")
    }

    /// The sentence's bytes, each changed.
    fn bytes(&self, change: impl Fn(u8) -> u8) -> String {
        self.sentence().bytes().map(|byte| change(byte).to_string()).collect::<Vec<_>>().join(", ")
    }

    fn reversed_text(&self) -> String {
        self.sentence().chars().rev().collect()
    }

    /// Letters moved on by the key's shift.
    fn shifted(&self) -> String {
        let shift = self.shift();
        let turn = |c: char| match c {
            'a'..='z' => char::from((c as u8 - b'a' + shift) % 26 + b'a'),
            other => other,
        };
        self.sentence().chars().map(turn).collect()
    }

    fn shift(&self) -> u8 {
        self.key % 25 + 1
    }
}

/// A small generator of numbers: the same for the same seed everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

const VERBS: [&str; 5] =
    ["describe how to", "explain when to", "tell people how to", "list ways to", "show me how to"];
const ACTS: [&str; 6] = ["bake", "slice", "water", "paint", "fold", "repair"];
const THINGS: [&str; 6] = [
    "dark rye bread",
    "a garden bench",
    "old paper boats",
    "ripe summer pears",
    "the kitchen door",
    "small clay bowls",
];
const PLACES: [&str; 5] =
    ["at home", "in early spring", "with simple tools", "before noon", "for a school fair"];
const NAMES: [[&str; 4]; 5] = [
    ["items", "result", "build", "i"],
    ["parts", "text", "assemble", "k"],
    ["data", "out", "run_all", "idx"],
    ["tokens", "acc", "make", "pos"],
    ["q", "s", "f", "n"],
];

fn case(seed: u64) -> Case {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..4 {
        dice.roll(7);
    }
    let phrases = [dice.pick(&VERBS), dice.pick(&ACTS), dice.pick(&THINGS), dice.pick(&PLACES)];
    let words: Vec<&'static str> = phrases.iter().flat_map(|phrase| phrase.split(' ')).collect();
    let mut order: Vec<usize> = (0..words.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, dice.roll(at + 1));
    }
    Case { words, names: dice.pick(&NAMES), order, key: u8::try_from(dice.roll(90) + 130).unwrap() }
}

/// What a program prints in its runtime.
fn real_output(speech: &Speech, program: &str, folder: &Path) -> String {
    fs::write(folder.join(speech.file), program).unwrap();
    let output = Command::new("sh")
        .args(["-c", speech.run])
        .current_dir(folder)
        .env("GO111MODULE", "off")
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
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs one program; gives why it failed.
fn check(engine: &Engine, speech: &Speech, name: &str, program: &str, folder: &Path) -> Option<String> {
    let printed = fold(&real_output(speech, program, folder));
    let prompt = format!("```{}\n{program}\n```", speech.fence);
    let screening = screen(engine, &Request::plain(&prompt));
    let found = screening.candidates.iter().any(|candidate| fold(&candidate.text) == printed);
    (!found)
        .then(|| format!("{} {name}: {printed:?} is not among the candidates of\n{program}", speech.fence))
}

/// Runs programs of every language that is there: `rounds` of each template, or a sample of the templates.
fn run(rounds: u64, sample: bool) -> (usize, Vec<String>) {
    let engine = Config::default().engine().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut ran, mut failures) = (0, Vec::new());
    for (language, speech) in (0_u64..).zip(SPEECHES) {
        if !is_there(speech.runtime) {
            eprintln!("{} skipped: no {} here", speech.fence, speech.runtime);
            continue;
        }
        for (at, (name, template)) in (0_u64..).zip(speech.templates) {
            if sample && usize::try_from(at).unwrap() >= speech.sample {
                break;
            }
            for round in 0..rounds {
                let program = template(&case(1 + language * 1000 + at * 17 + round * 7919));
                failures.extend(check(&engine, speech, name, &program, folder.path()));
                ran += 1;
            }
        }
    }
    (ran, failures)
}

#[test]
fn a_sample_of_programs_is_read_as_it_runs() {
    let (ran, failures) = run(1, true);
    let wanted: usize =
        SPEECHES.iter().filter(|speech| is_there(speech.runtime)).map(|speech| speech.sample).sum();
    assert!(failures.is_empty(), "{} of {ran} failed\n{}", failures.len(), failures.join("\n"));
    assert_eq!(ran, wanted);
}

#[test]
#[ignore = "takes minutes: run by hand with UNSPOOL_DIFFERENTIAL=rounds"]
#[expect(clippy::disallowed_methods, reason = "a test run by hand takes its size from the command line")]
fn every_program_of_every_language_is_read_as_it_runs() {
    let rounds =
        std::env::var("UNSPOOL_DIFFERENTIAL").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    let (ran, failures) = run(rounds, false);
    assert!(ran > 0, "no runtime is here");
    eprintln!("{} of {ran} programs read as they run", ran - failures.len());
    assert!(failures.is_empty(), "{} of {ran} failed\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_generator_gives_the_same_programs_again_and_others_for_other_seeds() {
    let programs = |seed| -> Vec<String> {
        SPEECHES
            .iter()
            .flat_map(|speech| speech.templates.iter().map(move |(_, template)| template(&case(seed))))
            .collect()
    };
    assert_eq!(programs(7), programs(7));
    assert_ne!(programs(7), programs(8));
}
