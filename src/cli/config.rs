//! `unspool config`: check a config before it is used, make key hashes, print the commented sample.

use std::fmt::Display;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::cli::say;
use crate::config::Config;
use crate::judge::decide::Policy;
use crate::serve::audit::To;
use crate::serve::policy::{hashed, today};
use crate::serve::prove;

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
        Task::Check { file } => say(&check(file)?)?,
        Task::HashKey => {
            let mut key = String::new();
            std::io::stdin().take(64 << 10).read_to_string(&mut key).context("reading the key")?;
            anyhow::ensure!(!key.trim().is_empty(), "no key on standard input");
            say(&format!("sha256:{}", data_encoding::HEXLOWER.encode(&hashed(&key))))?;
        }
        Task::Sample => say(SAMPLE.trim_end())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What a config comes to, where it can be used.
fn check(file: &Path) -> anyhow::Result<String> {
    let config = Config::from_file(file)?;
    let (engine, settings) = (config.engine()?, config.settings()?);
    prove(&settings)?;
    let rules = &engine.judges.rules;
    let mut out = format!("{}: good", file.display());
    let mut line = |name: &str, what: &dyn Display| out += &format!("\n  {name:<10} {what}");
    line("upstream", &settings.upstream);
    for other in &settings.others {
        line("", &other.upstream);
    }
    let listen = format!("{}{}", settings.listen, if settings.tls.is_some() { " (TLS)" } else { "" });
    line("listen", &listen);
    let more = [("admin", settings.admin), ("check", settings.check), ("ext_proc", settings.ext_proc)];
    more.iter().for_each(|(name, addr)| addr.iter().for_each(|addr| line(name, addr)));
    let Policy { mode, strictness, on_failure, .. } = &settings.policy;
    line(
        "policy",
        &format!("mode {}, strictness {strictness}, on_failure {}", written(mode), written(on_failure)),
    );
    line("rules", &format!("{} (version {})", rules.len(), rules.version()));
    line("model", &engine.judges.model.version());
    line("state", &format!("{:?}", settings.state.keep));
    match &settings.audit.to {
        None => line("audit", &"none"),
        Some(To::Stdout) => line("audit", &"standard output"),
        Some(To::File(path)) => line("audit", &path.display()),
    }
    if let Some(traces) = &settings.traces {
        line("traces", &format!("{} as {}, {} of requests", traces.endpoint, traces.service, traces.share));
    }
    if let Some(shadow) = &settings.shadow {
        let rules = shadow.rules.as_ref().map(|rules| format!("{} rules", rules.len()));
        let model = shadow.model.as_ref().map(|model| format!("model {}", model.version()));
        let beside: Vec<String> = rules.into_iter().chain(model).collect();
        line("beside", &beside.join(", "));
    }
    for seat in settings.second.seats() {
        let name = &seat.counsel().name;
        line("second", &format!("{name}: {} (version {})", seat.place(), seat.version()));
        if let Some(other) = seat.measured_beside().filter(|model| *model != engine.judges.model.version()) {
            line(
                "measured",
                &format!(
                    "the thresholds of {name} beside model {other}, another than the one in force: fit its head again"
                ),
            );
        }
    }
    let rulings = &settings.rulings;
    line("overrides", &format!("{}, exclusions {}", rulings.overrides.len(), rulings.exclusions.len()));
    for out in rulings.expired(today()) {
        line(
            "expired",
            &format!("the exclusion of {} ended {}: {}", out.rules.join(", "), out.until, out.reason),
        );
    }
    for pattern in rulings.exclusions.iter().flat_map(|out| &out.rules) {
        if !rules.ids().any(|(id, _)| covers(pattern, id)) {
            line("idle", &format!("the exclusion of {pattern} fits no rule"));
        }
    }
    Ok(out)
}

/// A choice as a config writes it.
fn written(choice: &impl serde::Serialize) -> String {
    serde_json::to_value(choice).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn covers(pattern: &str, id: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == id, |stem| id.starts_with(stem))
}
