//! `unspool config`: check a config before it is used, make key hashes, print the commented sample.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::config::Config;
use crate::serve::policy::{hashed, today};

/// Options of `config`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Read a config with everything it names: rules, their examples, the model.
    Check {
        /// The config file
        file: PathBuf,
    },
    /// Read an API key from standard input and print the hash that stands for it in a config.
    HashKey,
    /// Print every setting with its default and what it means.
    Sample,
}

/// The commented sample.
const SAMPLE: &str = include_str!("../../docs/unspool.toml");

/// Runs `config`.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.task {
        Task::Check { file } => check(file)?,
        Task::HashKey => {
            let mut key = String::new();
            std::io::stdin().take(64 << 10).read_to_string(&mut key).context("reading the key")?;
            anyhow::ensure!(!key.trim().is_empty(), "no key on standard input");
            say(&format!("sha256:{}", data_encoding::HEXLOWER.encode(&hashed(&key))));
        }
        Task::Sample => say(SAMPLE.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

fn check(file: &Path) -> anyhow::Result<()> {
    let config = Config::from_file(file)?;
    let (engine, settings) = (config.engine()?, config.settings()?);
    let rules = &engine.judges.rules;
    say(&format!("{}: good", file.display()));
    say(&format!("  upstream   {}", settings.upstream));
    say(&format!("  listen     {}", settings.listen));
    let policy = &settings.policy;
    say(&format!(
        "  policy     {:?}, strictness {}, on failure {:?}",
        policy.mode, policy.strictness, policy.on_failure
    ));
    say(&format!("  rules      {} (version {})", rules.len(), rules.version()));
    say(&format!("  model      {}", engine.judges.model.version()));
    for seat in settings.second.seats() {
        let counsel = seat.counsel();
        say(&format!("  second     {}: {} (version {})", counsel.name, seat.place(), seat.version()));
        if let Some(other) = seat.measured_beside().filter(|model| *model != engine.judges.model.version()) {
            say(&format!(
                "  measured   the thresholds of {} beside model {other}, another than the one in force: fit its head again",
                counsel.name
            ));
        }
    }
    let rulings = &settings.rulings;
    say(&format!("  overrides  {}, exclusions {}", rulings.overrides.len(), rulings.exclusions.len()));
    for out in rulings.expired(today()) {
        say(&format!(
            "  expired    the exclusion of {} ended {}: {}",
            out.rules.join(", "),
            out.until,
            out.reason
        ));
    }
    for out in &rulings.exclusions {
        let idle = |pattern: &&String| !rules.ids().any(|(id, _)| covers(pattern, id));
        for pattern in out.rules.iter().filter(idle) {
            say(&format!("  idle       the exclusion of {pattern} fits no rule"));
        }
    }
    Ok(())
}

fn covers(pattern: &str, id: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == id, |stem| id.starts_with(stem))
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(line: &str) {
    println!("{line}");
}
