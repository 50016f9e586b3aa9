//! `unspool train`.

mod change;
mod second;

use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::budget::Limits;
use crate::judge::classify::Judges;
use crate::judge::classify::model::Model;
use crate::judge::rule::RuleSet;
use crate::measure::train::Options;
use crate::measure::train::calibrate::calibrate;
use crate::measure::train::code;
use crate::measure::train::corpus;
use crate::measure::train::lessons;
use crate::measure::train::passes;
use crate::measure::train::train;
use crate::measure::train::vectors::Vectors;
use crate::screen::Engine;

/// Source files taken from one folder of `--code`.
const CODE_FILES: usize = 1600;

/// Options of `train`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Labelled JSON Lines, gzip or not: `text`, `label` harmful|benign, and `permissive`, `core`, `category`, `lang`.
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Where the model goes.
    #[arg(long, default_value = "model/unspool.model")]
    out: PathBuf,
    /// The word-piece vectors the model starts from; `model/vectors.py` makes them.
    #[arg(long, default_value = "model/vectors.bin")]
    vectors: PathBuf,
    /// The network of pieces beside each other, for these vectors' pieces; `model/context.py` makes it.
    #[arg(long, default_value = "model/context.bin")]
    context: PathBuf,
    /// Folders of ordinary source code, one package a folder: what its strings say is learned as harmless.
    #[arg(long, num_args = 1.., value_name = "FOLDER")]
    code: Vec<PathBuf>,
    /// The same data and seed give the same model.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// Passes over the data.
    #[arg(long, default_value_t = Options::default().epochs)]
    epochs: usize,
    /// Take rows that say `permissive: false`, too: such a model may not be shipped.
    #[arg(long)]
    all_rows: bool,
    /// Write the score of every row by the model that had not seen it here: source, label, score, no text.
    #[arg(long, value_name = "FILE", conflicts_with = "calibrate_only")]
    held_out: Option<PathBuf>,
    /// Fit nothing: write what would be learned from here, as JSON Lines for `model/context.py`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["calibrate_only", "second"])]
    lessons: Option<PathBuf>,
    /// Fit nothing: screen the benign rows with this model and give it the thresholds they call for.
    #[arg(long, value_name = "MODEL")]
    calibrate_only: Option<PathBuf>,
    /// Fit a head for the sentence-embedding model in this folder instead, as a second opinion; needs the feature `local-model`
    #[arg(long, value_name = "FOLDER", conflicts_with = "calibrate_only")]
    second: Option<PathBuf>,
    #[command(flatten)]
    change: change::ChangeArgs,
    #[command(flatten)]
    head: second::HeadArgs,
}

/// Runs `train`.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &args.second {
        return second::run(&args, folder);
    }
    let mut rows = Vec::new();
    for path in &args.data {
        rows.extend(corpus::read(path, !args.all_rows)?);
    }
    anyhow::ensure!(!rows.is_empty(), "no usable rows in the data");
    for folder in &args.code {
        rows.extend(
            code::files(folder, CODE_FILES, args.seed).with_context(|| folder.display().to_string())?,
        );
    }
    if let Some(path) = &args.lessons {
        write_lessons(path, &rows, &args).with_context(|| path.display().to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    let model = match &args.calibrate_only {
        Some(path) => recalibrated(path, &rows)?,
        None => {
            let options = Options { seed: args.seed, epochs: args.epochs, ..Options::default() };
            let bar = bar(passes(&options))?;
            let vectors = Vectors::read(&args.vectors)?.with_context(&args.context)?;
            let trained = train(&rows, &vectors, &Arc::new(RuleSet::embedded()?), &options, || bar.inc(1));
            bar.finish_and_clear();
            eprintln!("{} rows; {}", rows.len(), trained.figures);
            if let Some(path) = &args.held_out {
                std::fs::write(path, trained.figures.table()).with_context(|| path.display().to_string())?;
            }
            trained.model
        }
    };
    let bytes = model.to_bytes()?;
    std::fs::write(&args.out, &bytes).with_context(|| args.out.display().to_string())?;
    eprintln!("{}: model {}, {} bytes", args.out.display(), model.version(), bytes.len());
    eprintln!("{}", serde_json::to_string(model.thresholds())?);
    change::report(&args.change, model)?;
    Ok(ExitCode::SUCCESS)
}

/// One lesson a line: text, label, weight and where it comes from.
fn write_lessons(path: &PathBuf, rows: &[corpus::Row], args: &Args) -> anyhow::Result<()> {
    let vectors = Vectors::read(&args.vectors)?;
    let options = Options { seed: args.seed, ..Options::default() };
    let mut out = BufWriter::new(File::create(path)?);
    let mut written = Ok(());
    lessons(rows, &vectors, &Arc::new(RuleSet::embedded()?), &options, |lesson| {
        let source = lesson.row.map_or("made_up", |row| row.source.as_str());
        let line = serde_json::json!({ "text": lesson.text, "harmful": lesson.harmful, "weight": lesson.weight,
            "source": source, "foreign": lesson.row.is_some_and(|row| row.foreign) });
        if written.is_ok() {
            written = writeln!(out, "{line}");
        }
    });
    written?;
    Ok(out.flush()?)
}

fn recalibrated(path: &PathBuf, rows: &[corpus::Row]) -> anyhow::Result<Model> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let model = Arc::new(Model::from_bytes(&bytes)?);
    let judges = Judges { rules: Arc::new(RuleSet::embedded()?), model };
    let engine = Engine {
        judges,
        limits: Limits::default(),
        options: crate::screen::Options::default(),
        kept: Default::default(),
    };
    let bar = bar(rows.iter().filter(|row| !row.harmful && !row.foreign).count() as u64)?;
    let model = calibrate(&engine, rows, || bar.inc(1));
    bar.finish_and_clear();
    Ok(model)
}

fn bar(length: u64) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{elapsed_precise} [{wide_bar}] {pos}/{len} {eta}")?;
    Ok(ProgressBar::new(length).with_style(style))
}
