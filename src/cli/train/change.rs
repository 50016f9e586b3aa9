//! What a newly fitted model changes on rows it has not seen.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;

use crate::cli::rules::readable;
use crate::config::Config;
use crate::judge::classify::Judges;
use crate::judge::classify::model::Model;
use crate::measure::replay::row::Fields;
use crate::measure::replay::swap::{Compare, compare};

/// Changed rows listed for each set.
const LISTED: usize = 20;

/// What is measured on rows that are not learned from.
#[derive(Debug, clap::Args)]
pub(super) struct ChangeArgs {
    /// Labelled rows that are not learned from: what changes on them is told, by id. With --second the benign ones of them set the
    /// thresholds, and must be new to the embedded model too
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(super) unseen: Vec<PathBuf>,
    /// Write what changed here, as JSON
    #[arg(long, value_name = "FILE", requires = "unseen")]
    pub(super) report: Option<PathBuf>,
    /// The model that is compared with; otherwise the built-in one
    #[arg(long, value_name = "MODEL", requires = "unseen", conflicts_with = "second")]
    pub(super) before: Option<PathBuf>,
}

/// Says what `model` changes, if rows to measure it on are given.
pub(super) fn report(args: &ChangeArgs, model: Model) -> anyhow::Result<()> {
    if args.unseen.is_empty() {
        return Ok(());
    }
    let mut config = Config::default();
    config.model_path.clone_from(&args.before);
    let mut engine = config.engine()?;
    let before = Judges { rules: Arc::clone(&engine.judges.rules), model: Arc::clone(&engine.judges.model) };
    engine.judges.model = Arc::new(model);
    let task = Compare { engine, before, policy: config.policy, fields: Fields::default(), limit: None };
    let mut sets = Vec::new();
    for path in &args.unseen {
        let found = compare(path, &task).with_context(|| path.display().to_string())?;
        eprint!("{}", readable(&found, LISTED));
        sets.push(found);
    }
    if let Some(path) = &args.report {
        let text = serde_json::to_string_pretty(&sets)? + "\n";
        std::fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
