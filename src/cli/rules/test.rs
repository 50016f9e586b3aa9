//! `unspool rules test`: what a change of rules does to labelled sets, before it goes live.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use crate::cli::judging::{Judge, Judging};
use crate::cli::say;
use crate::judge::classify::Judges;
use crate::measure::replay::row::{Fields, Label};
use crate::measure::replay::swap::{Changed, Compare, Comparison, Share, compare};

/// Options of `rules test`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rules to try, as one set: files or folders, and `builtin` for those that ship in the binary
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Labelled sets to try them on: JSON Lines, JSON or CSV, gzip or not
    #[arg(long, value_name = "DATASET", required = true, num_args = 1..)]
    against: Vec<PathBuf>,
    /// The rules to compare with; those of the config, or those that ship in the binary, when left out
    #[arg(long, value_name = "PATH", num_args = 1..)]
    base: Vec<PathBuf>,
    /// The label of rows that carry none: harmful or benign
    #[arg(long, value_name = "LABEL", value_parser = label)]
    label: Option<Label>,
    /// Rows a set, at most
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Changed rows listed, at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    list: usize,
    /// The figures as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    judging: Judging,
}

fn label(written: &str) -> Result<Label, String> {
    Label::from_name(written).ok_or_else(|| "harmful or benign".to_owned())
}

/// Runs `rules test`: 0 when no more benign rows are blocked than before, 1 otherwise, 2 when a row could not be judged.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Judge { mut engine, policy, .. } = args.judging.judge()?;
    let rules = if args.base.is_empty() {
        Arc::clone(&engine.judges.rules)
    } else {
        Arc::new(super::load(&args.base)??)
    };
    let before = Judges { rules, model: Arc::clone(&engine.judges.model) };
    engine.judges.rules = Arc::new(super::load(&args.paths)??);
    let fields = Fields { unlabelled: args.label, ..Fields::default() };
    let task = Compare { engine, before, policy, fields, limit: args.limit };
    let mut found = Vec::new();
    for path in &args.against {
        found.push(compare(path, &task).with_context(|| path.display().to_string())?);
    }
    if args.json {
        say(&serde_json::to_string_pretty(&found)?)?;
    } else {
        found.iter().try_for_each(|set| say(readable(set, args.list).trim_end()))?;
    }
    for (set, path) in found.iter().zip(&args.against) {
        set.complaints.iter().for_each(|why| eprintln!("unspool: {}: {why}", path.display()));
    }
    if found.iter().any(|set| set.errors > 0) {
        return Ok(ExitCode::from(2));
    }
    let worse = found.iter().any(|set| set.benign.after > set.benign.before);
    Ok(ExitCode::from(u8::from(worse)))
}

pub(in crate::cli) fn readable(set: &Comparison, most: usize) -> String {
    let mut out = format!("{}\n", set.name);
    let mut share = |name: &str, of: &Share| {
        if of.rows > 0 {
            let percent = |count: u64| 100.0 * count as f64 / of.rows as f64;
            let (before, after) = (percent(of.before), percent(of.after));
            let _ = writeln!(out, "  {name:<24} {:>7} rows  {before:>6.2} % → {after:>6.2} %", of.rows);
        }
    };
    share("harmful, blocked", &set.harmful);
    share("benign, false alarms", &set.benign);
    let (blocked, passed): (Vec<&Changed>, Vec<&Changed>) = set.changed.iter().partition(|row| row.blocked);
    let _ = writeln!(
        out,
        "  {} newly blocked, {} newly passed, {} errors",
        blocked.len(),
        passed.len(),
        set.errors
    );
    for row in set.changed.iter().take(most) {
        let rule = row.rule.as_deref().unwrap_or("no rule");
        let sign = if row.blocked { "+ blocked" } else { "- passes " };
        let _ = writeln!(out, "    {sign} {} {} ({rule})", row.label, row.row);
    }
    if set.changed.len() > most {
        let _ = writeln!(out, "    … and {} more", set.changed.len() - most);
    }
    out
}
