//! `unspool train --second FOLDER`: a head for a sentence-embedding model, and what it changes on rows nobody was fitted on.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use super::{Args, bar};
use crate::config::Config;
use crate::measure::train::corpus::{self, Row};
use crate::measure::train::head::{Fitted, Options, chosen, fit};
use crate::second::When;
use crate::second::local::{HEAD, Local};

/// Options of a head.
#[derive(Debug, clap::Args)]
pub(super) struct HeadArgs {
    /// Where the head goes; otherwise unspool-head.json in the folder
    #[arg(long, value_name = "FILE", requires = "second")]
    head: Option<PathBuf>,
    /// The head's share of the mean of both log-odds
    #[arg(long, value_name = "SHARE", default_value_t = Options::default().weight, requires = "second", value_parser = share)]
    weight: f32,
    /// Scores of the embedded model from and to which the head will be asked; thresholds hold for these
    #[arg(long, num_args = 2, value_names = ["LOW", "HIGH"], requires = "second", value_parser = share)]
    band: Vec<f32>,
    /// Rows of one source that are learned from, at most
    #[arg(long, value_name = "N", default_value_t = Options::default().per_source, requires = "second")]
    per_source: usize,
}

fn share(written: &str) -> Result<f32, String> {
    let share: f32 = written.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("not between 0 and 1".to_owned()) }
}

/// Fits a head.
pub(super) fn run(args: &Args, folder: &Path) -> anyhow::Result<ExitCode> {
    let local = Local::bare(folder)?;
    let engine = Config::default().engine()?;
    let mut options = Options { seed: args.seed, weight: args.head.weight, ..Options::default() };
    options.per_source = args.head.per_source;
    if let [low, high] = args.head.band[..] {
        anyhow::ensure!(low <= high, "--band takes the lower score first");
        options.terms.when = When::Band(low, high);
    }
    let mut rows = Vec::new();
    for path in &args.data {
        rows.extend(corpus::read(path, !args.all_rows)?);
    }
    anyhow::ensure!(!rows.is_empty(), "no usable rows in the data");
    let mut rows = chosen(rows, &options);
    let held_out = held_out(args, &options, &mut rows)?;
    let bar = bar((rows.len() + held_out.len()) as u64)?;
    let Fitted { head, changes, measured_on } =
        fit(&local, &engine, &rows, &held_out, &options, |texts| bar.inc(texts))?;
    bar.finish_and_clear();
    let path = args.head.head.clone().unwrap_or_else(|| folder.join(HEAD));
    std::fs::write(&path, serde_json::to_string(&head)? + "\n")
        .with_context(|| path.display().to_string())?;
    eprintln!("{}: fitted on {} rows, thresholds from {measured_on} benign rows", path.display(), head.rows);
    changes.iter().for_each(|change| eprintln!("  {change}"));
    if let Some(path) = &args.change.report {
        let text = serde_json::to_string_pretty(&changes)? + "\n";
        std::fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The rows held out: those given, or a fifth of the others, which are then not learned from.
fn held_out(args: &Args, options: &Options, rows: &mut Vec<Row>) -> anyhow::Result<Vec<Row>> {
    if args.change.unseen.is_empty() {
        eprintln!(
            "no --unseen: a fifth of the data is held out; if the embedded model was fitted on it, the thresholds are too low"
        );
        return Ok(rows.split_off(rows.len() - rows.len() / 5));
    }
    let mut held = Vec::new();
    for path in &args.change.unseen {
        held.extend(corpus::read(path, false)?);
    }
    let held = chosen(held, options);
    anyhow::ensure!(held.iter().any(|row| !row.harmful), "--unseen has no benign rows to set thresholds by");
    Ok(held)
}
