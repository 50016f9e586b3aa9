//! `unspool rules check`: validates rule files and runs every rule's own examples.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::config;
use crate::judge::rule::RuleSet;
use crate::judge::rule::examples;

/// Options of `rules`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Validate rule files and run every rule's own examples.
    Check {
        /// Files or folders; the rules that ship in the binary when none is given. Files given together are one set.
        paths: Vec<PathBuf>,
    },
}

/// Runs `rules`.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.task {
        Task::Check { paths } => check(&paths),
    }
}

/// Exit 0 when all is well, 1 when an example fails, 2 when a file cannot be read or compiled.
fn check(paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let set = match load(paths)? {
        Ok(set) => set,
        Err(errors) => {
            eprintln!("{errors}");
            return Ok(ExitCode::from(2));
        }
    };
    let report = examples::check(&set);
    for failure in &report.failures {
        say(failure);
    }
    say(&format!(
        "{} rules, {} examples, {} failures (version {})",
        set.len(),
        report.examples,
        report.failures.len(),
        set.version()
    ));
    Ok(if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn load(paths: &[PathBuf]) -> anyhow::Result<Result<RuleSet, crate::judge::rule::RuleErrors>> {
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
