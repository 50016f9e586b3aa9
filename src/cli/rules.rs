//! `unspool rules`: check, write, explain and try out rule files.

mod new;
mod test;

pub(super) use self::test::readable;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::cli::say;
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
        /// Files or folders, `builtin` for the rules that ship in the binary, which are also meant when none is given. What
        /// is given together is one set.
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
        /// Files or folders; the rules that ship in the binary (`builtin`) when none is given
        paths: Vec<PathBuf>,
    },
    /// Print the JSON Schema of rule files, for editors.
    Schema,
}

/// How alike two ids are that may be meant for each other.
const ALIKE: f64 = 0.8;

/// Runs `rules`.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.task {
        Task::Check { paths } => check(&paths),
        Task::New(args) => new::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Explain { id, paths } => explain(&id, &paths),
        Task::Schema => {
            say(&serde_json::to_string_pretty(&schema())?)?;
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
        say(failure)?;
    }
    say(&format!(
        "{} rules, {} examples, {} failures (version {})",
        set.len(),
        report.examples,
        report.failures.len() + slow.len(),
        set.version()
    ))?;
    Ok(if report.failures.is_empty() && slow.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn explain(id: &str, paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let set = load(paths)??;
    let Some(rule) = set.rules().iter().find(|rule| &*rule.hit.id == id) else {
        anyhow::bail!("{}", unknown(id, paths, &set));
    };
    let failures = examples::check(&set).failures;
    let own: Vec<&String> = failures.iter().filter(|line| line.contains(&format!("rule `{id}` "))).collect();
    say(&described(rule))?;
    if own.is_empty() {
        say("Its examples hold.")?;
    }
    own.into_iter().try_for_each(|line| say(line))?;
    Ok(ExitCode::SUCCESS)
}

/// That there is no such rule, which one may be meant, and where else it may be written.
fn unknown(id: &str, paths: &[PathBuf], set: &RuleSet) -> String {
    let alike = |known: &str| strsim::jaro_winkler(id, known);
    let nearest = set.ids().map(|(known, _)| known).max_by(|a, b| alike(a).total_cmp(&alike(b)));
    let nearest = nearest.filter(|known| alike(known) > ALIKE);
    let meant = nearest.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
    let (among, elsewhere) = if paths.is_empty() {
        ("the built-in rules", format!(" For a rule of yours name its file: unspool rules explain {id} FILE"))
    } else {
        ("these files", String::new())
    };
    format!("there is no rule `{id}` among {among} ({}){meant}{elsewhere}", set.len())
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
