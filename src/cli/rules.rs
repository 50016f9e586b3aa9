//! `unspool rules`: check, write, explain and try out rule files.

mod new;
mod test;

pub(super) use self::test::readable;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::config;
use crate::judge::rule::{Rule, RuleErrors, RuleSet, examples, schema, speed};

/// Options of `rules`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Validate rule files, run every rule's own examples and measure every rule.
    Check {
        /// Files or folders; the rules that ship in the binary when none is given. Files given together are one set.
        paths: Vec<PathBuf>,
    },
    /// Write the beginning of a new rule.
    New(new::Args),
    /// Show what a labelled set would come to: newly blocked, newly passed, false alarms.
    Test(test::Args),
    /// Show one rule: what it finds, what it weighs, where it is written, whether its examples hold.
    Explain {
        /// The rule's id
        id: String,
        /// Files or folders; the rules that ship in the binary when none is given
        paths: Vec<PathBuf>,
    },
    /// Print the JSON Schema of rule files, for editors.
    Schema,
}

/// Runs `rules`.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.task {
        Task::Check { paths } => check(&paths),
        Task::New(args) => new::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Explain { id, paths } => explain(&id, &paths),
        Task::Schema => {
            say(&serde_json::to_string_pretty(&schema())?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Exit 0 when all is well, 1 when an example fails or a rule is slow, 2 when a file cannot be read or compiled.
fn check(paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let set = match load(paths)? {
        Ok(set) => set,
        Err(errors) => {
            eprintln!("{errors}");
            return Ok(ExitCode::from(2));
        }
    };
    let (report, slow) = (examples::check(&set), speed::slow(&set));
    for failure in report.failures.iter().chain(&slow) {
        say(failure);
    }
    say(&format!(
        "{} rules, {} examples, {} failures (version {})",
        set.len(),
        report.examples,
        report.failures.len() + slow.len(),
        set.version()
    ));
    Ok(if report.failures.is_empty() && slow.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn explain(id: &str, paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let set = load(paths)??;
    let Some(rule) = set.rules().iter().find(|rule| &*rule.hit.id == id) else {
        let nearest = set
            .ids()
            .map(|(known, _)| known)
            .max_by(|a, b| strsim::jaro_winkler(id, a).total_cmp(&strsim::jaro_winkler(id, b)));
        anyhow::bail!("no rule `{id}`; the nearest is `{}`", nearest.unwrap_or("none"));
    };
    let failures = examples::check(&set).failures;
    let own: Vec<&String> = failures.iter().filter(|line| line.contains(&format!("rule `{id}` "))).collect();
    say(&described(rule));
    match own.as_slice() {
        [] => say("Its examples hold."),
        failures => failures.iter().for_each(|line| say(line)),
    }
    Ok(ExitCode::SUCCESS)
}

fn described(rule: &Rule) -> String {
    let (hit, strong) = (&rule.hit, rule.hit.weight.exp());
    let effect = match (hit.allows, hit.blocks) {
        (true, _) => "lets the whole text pass, whatever the model and other rules say".to_owned(),
        (_, true) => "blocks by itself".to_owned(),
        _ => format!("adds {:+.1} to the log-odds: the odds of harm times {strong:.1}", hit.weight),
    };
    let trial = if hit.monitor { "\nOn trial: counts would_block, blocks nothing." } else { "" };
    let origins: Vec<&str> = rule.origins.iter().map(|origin| origin.name()).collect();
    format!(
        "{} ({} {})\n{}.\nIt {effect}.{trial}\nOrigins: {}.\nWritten in {}:\n\n{}\n",
        hit.id,
        hit.category.code(),
        hit.category.title(),
        rule.why,
        origins.join(", "),
        rule.place,
        rule.source
    )
}

fn load(paths: &[PathBuf]) -> anyhow::Result<Result<RuleSet, RuleErrors>> {
    if paths.is_empty() {
        return Ok(RuleSet::embedded());
    }
    let files = config::rule_files(paths.iter().map(PathBuf::as_path).collect::<Vec<&Path>>().as_slice())
        .context("reading rule files")?;
    Ok(RuleSet::from_files(files))
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(line: &str) {
    println!("{line}");
}
