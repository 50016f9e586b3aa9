//! `unspool replay`: block rate and false-positive rate over labelled sets.

mod table;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::judging::{Judge, Judging};
use crate::measure::replay::compare::{self, Old};
use crate::measure::replay::floor::{Floors, missed};
use crate::measure::replay::journal::{Done, Journal};
use crate::measure::replay::row::{Fields, Label};
use crate::measure::replay::tally::Tally;
use crate::measure::replay::target::{Against, InProcess, Target};
use crate::measure::replay::wire::{WIRES, Wire};
use crate::measure::replay::wrap::Template;
use crate::measure::replay::{Ablation, Options, Summary, dataset, replay, report, totals};
use crate::screen::Reading;
use crate::second::When;
use crate::serve::client::Client;

/// Options of `replay`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Labelled sets: JSON Lines, JSON or CSV, gzip or not; `-` is standard input
    #[arg(value_name = "DATASET", required = true)]
    datasets: Vec<PathBuf>,
    /// Ask a running proxy instead of judging in process
    #[arg(long, value_name = "URL", conflicts_with_all = ["strictness", "config", "no_recovery"])]
    against: Option<String>,
    /// The bearer token sent to that proxy
    #[arg(long, value_name = "TOKEN", requires = "against")]
    bearer: Option<String>,
    /// The API that proxy is asked in: openai, completions, responses, anthropic, gemini or ollama
    #[arg(long, value_name = "NAME", requires = "against", value_parser = wire)]
    dialect: Option<Wire>,
    /// Rows judged at once; otherwise one a core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: Option<u16>,
    /// Rows started a second, at most
    #[arg(long, value_name = "ROWS", value_parser = rate)]
    rate: Option<f64>,
    /// Judge the sets with less of the code read as well: raw prompt only, and literals only
    #[arg(long, conflicts_with_all = ["against", "no_recovery"])]
    ablations: bool,
    /// Write every judged row here (no texts), and go on from there when it is begun already
    #[arg(long, value_name = "FILE", conflicts_with = "ablations")]
    journal: Option<PathBuf>,
    /// The `--json` file of an earlier replay to compare with
    #[arg(long, value_name = "OLD.json")]
    compare: Option<PathBuf>,
    /// List the rows that went most wrong
    #[arg(long)]
    worst: bool,
    /// List them with the start of their texts
    #[arg(long)]
    show_text: bool,
    /// Write the figures here as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page with tables and curves here
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Fail when a set's block rate is below this share (0 to 1)
    #[arg(long, value_name = "SHARE", value_parser = share)]
    min_block: Option<f64>,
    /// Fail when a set's false-positive rate is above this share
    #[arg(long, value_name = "SHARE", value_parser = share)]
    max_fpr: Option<f64>,
    /// Fail when a set's share of exactly recovered texts is below this
    #[arg(long, value_name = "SHARE", value_parser = share)]
    min_recovered: Option<f64>,
    /// The field or column of the text; otherwise `prompt` or `text`
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// The field or column of the label; otherwise `label`
    #[arg(long, value_name = "NAME")]
    label_column: Option<String>,
    /// The label of rows that carry none: harmful or benign
    #[arg(long, value_name = "LABEL", value_parser = label)]
    label: Option<Label>,
    /// Rows a set, at most
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Judge rows marked `core: false` too
    #[arg(long)]
    all: bool,
    /// Put every text into a code wrapper of ours first: list, stack, string, cpp, go, cpp_list … go_string; with `_plus` at
    /// the end, one that asks for more
    #[arg(long, value_name = "TEMPLATE", value_parser = template)]
    wrap: Option<Template>,
    /// What the wrappers' names and wordings are drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    judging: Judging,
}

fn share(written: &str) -> Result<f64, String> {
    let share: f64 = written.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("not between 0 and 1".to_owned()) }
}

fn label(written: &str) -> Result<Label, String> {
    Label::from_name(written).ok_or_else(|| "neither harmful nor benign".to_owned())
}

fn template(written: &str) -> Result<Template, String> {
    Template::from_name(written).ok_or_else(|| {
        let names: Vec<String> = Template::all().map(Template::name).collect();
        format!("not one of {}, with or without `_plus`", names.join(", "))
    })
}

fn wire(written: &str) -> Result<Wire, String> {
    Wire::from_name(written).ok_or_else(|| {
        let names: Vec<&str> = WIRES.iter().map(|wire| wire.name).collect();
        format!("not one of {}", names.join(", "))
    })
}

fn rate(written: &str) -> Result<f64, String> {
    let rate: f64 = written.parse().map_err(|_| "not a number".to_owned())?;
    if rate.is_finite() && rate > 0.0 { Ok(rate) } else { Err("not a number above 0".to_owned()) }
}

/// Runs `replay`: 0 done, 1 a floor or ceiling missed, 2 an error, rows that could not be judged included.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (target, mut facts) = target(&args)?;
    facts.extend(facts_of(&args));
    let options = options(&args);
    let tallies = judged(&args, &*target, &options, &facts)?;
    let mut summary = Summary::of(&tallies);
    if args.ablations {
        summary.ablations = ablations(&args, &options)?;
        let datasets = summary.datasets.clone();
        summary.ablations.push(Ablation { reading: Reading::Full.name(), datasets });
    }
    if let Some(path) = &args.compare {
        let old = std::fs::read(path).with_context(|| path.display().to_string())?;
        let old: Old = serde_json::from_slice(&old)
            .with_context(|| format!("{} is not what `replay --json` writes", path.display()))?;
        summary.changes = compare::changes(&summary, &old);
    }
    finish(&args, &summary, &totals(&tallies), &facts)
}

/// Judges the sets in turn, from where the journal left off.
fn judged(args: &Args, target: &dyn Target, options: &Options, facts: &Facts) -> anyhow::Result<Vec<Tally>> {
    let named = |path: &PathBuf| Tally::new(dataset::name_of(path), args.show_text);
    let mut tallies: Vec<Tally> = args.datasets.iter().map(named).collect();
    let mut begun = vec![0_u64; tallies.len()];
    let mut journal = match &args.journal {
        None => None,
        Some(path) => Some(
            Journal::open(path, facts, |set, done| {
                if let (Some(tally), Some(begun)) = (tallies.get_mut(set), begun.get_mut(set)) {
                    tally.take(&done);
                    *begun += 1;
                }
            })
            .with_context(|| path.display().to_string())?,
        ),
    };
    for (set, (path, tally)) in args.datasets.iter().zip(&mut tallies).enumerate() {
        let mut failed = None;
        let mut watch = Watch::new(path, begun[set]);
        let mut take = |done: Done| {
            watch.note(&done);
            tally.take(&done);
            failed = journal.as_mut().and_then(|journal| journal.add(set, &done).err());
            failed.is_none()
        };
        replay(path, begun[set], target, options, &mut take).with_context(|| path.display().to_string())?;
        if let (Some(error), Some(path)) = (failed, &args.journal) {
            return Err(error).with_context(|| path.display().to_string());
        }
    }
    Ok(tallies)
}

/// The sets once more, with less of the code read.
fn ablations(args: &Args, options: &Options) -> anyhow::Result<Vec<Ablation>> {
    let Judge { engine, policy, .. } = args.judging.judge()?;
    [Reading::Raw, Reading::Literals]
        .into_iter()
        .map(|reading| {
            let mut engine = engine.clone();
            engine.options.reading = reading;
            let tallies = judged(args, &InProcess { engine, policy, second: None }, options, &Vec::new())?;
            Ok(Ablation { reading: reading.name(), datasets: Summary::of(&tallies).datasets })
        })
        .collect()
}

/// A progress bar that also tells of the first bad rows.
struct Watch<'p> {
    path: &'p Path,
    bar: ProgressBar,
    told: u32,
}

impl<'p> Watch<'p> {
    /// Bad rows of a set that are told of.
    const TOLD: u32 = 5;

    /// A bar on a terminal, nothing elsewhere.
    fn new(path: &'p Path, begun: u64) -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} {pos} rows  {per_sec}  {elapsed}");
        let bar = ProgressBar::no_length().with_position(begun).with_message(dataset::name_of(path));
        Watch { path, bar: style.map_or(bar.clone(), |style| bar.with_style(style)), told: 0 }
    }

    fn note(&mut self, done: &Done) {
        self.bar.inc(1);
        let Done::Bad(why) = done else { return };
        self.told = self.told.saturating_add(1);
        if self.told <= Self::TOLD {
            self.bar.suspend(|| eprintln!("unspool: {}: {why}", self.path.display()));
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn finish(args: &Args, summary: &Summary, all: &Tally, facts: &Facts) -> anyhow::Result<ExitCode> {
    let worst = args.worst || args.show_text;
    io::stdout().lock().write_all(table::all(summary, worst).as_bytes())?;
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(summary)? + "\n";
        std::fs::write(path, json).with_context(|| path.display().to_string())?;
    }
    if let Some(path) = &args.report {
        std::fs::write(path, report::html(summary, all, facts))
            .with_context(|| path.display().to_string())?;
    }
    let floors =
        Floors { min_block: args.min_block, max_fpr: args.max_fpr, min_recovered: args.min_recovered };
    let lines = missed(&floors, summary);
    for line in &lines {
        eprintln!("unspool: {line}");
    }
    if summary.totals.errors > 0 {
        eprintln!("unspool: {} rows could not be judged", summary.totals.errors);
        return Ok(ExitCode::from(2));
    }
    Ok(ExitCode::from(u8::from(!lines.is_empty())))
}

/// Names and values of what the figures depend on.
type Facts = Vec<(String, String)>;

fn target(args: &Args) -> anyhow::Result<(Box<dyn Target>, Facts)> {
    if let Some(url) = &args.against {
        let wire = args.dialect.unwrap_or(WIRES[0]);
        let client = Client::new(url, wire.path, args.bearer.clone())?;
        let facts =
            vec![("Judged by".into(), format!("the proxy at {url}")), ("Dialect".into(), wire.name.into())];
        return Ok((Box::new(Against { client, wire }), facts));
    }
    let Judge { engine, policy, second } = args.judging.judge()?;
    let mut facts = vec![
        ("Judged by".into(), format!("unspool {} in process", env!("CARGO_PKG_VERSION"))),
        ("Model".into(), engine.judges.model.version().to_owned()),
        ("Rules".into(), format!("{} ({})", engine.judges.rules.version(), engine.judges.rules.len())),
        ("Strictness".into(), policy.strictness.to_string()),
        ("Code is read".into(), engine.options.reading.name().into()),
    ];
    for seat in second.iter().flat_map(|second| second.panel().seats()) {
        let when = match seat.terms().when {
            When::Always => "always".to_owned(),
            When::Band(low, high) => format!("asked when the score is {low} to {high}"),
        };
        let counsel = seat.counsel();
        facts.push((format!("Second opinion {}", counsel.name), format!("{} ({when})", seat.version())));
    }
    Ok((Box::new(InProcess { engine, policy, second }), facts))
}

fn facts_of(args: &Args) -> Facts {
    let sets: Vec<String> = args.datasets.iter().map(|path| path.display().to_string()).collect();
    let mut facts = vec![("Sets".to_owned(), sets.join(", "))];
    if let Some(template) = args.wrap {
        facts.push(("Wrapped as".into(), format!("{}, seed {}", template.name(), args.seed)));
    }
    if let Some(limit) = args.limit {
        facts.push(("Limit".into(), format!("the first {limit} rows of each set")));
    }
    facts
}

fn options(args: &Args) -> Options {
    Options {
        fields: Fields {
            text: args.text_column.clone(),
            label: args.label_column.clone(),
            unlabelled: args.label,
        },
        wrap: args.wrap,
        seed: args.seed,
        limit: args.limit,
        all: args.all,
        concurrency: args.concurrency.map(usize::from),
        rate: args.rate,
    }
}
