//! `unspool replay`: block rate and false-positive rate over labelled sets.

use std::fmt::Write;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::judging::{Judge, Judging};
use crate::measure::replay::floor::{Floors, missed};
use crate::measure::replay::row::{Fields, Label};
use crate::measure::replay::tally::{Figures, Tally};
use crate::measure::replay::target::{Against, InProcess, Target};
use crate::measure::replay::wrap::Template;
use crate::measure::replay::{Options, Summary, replay, report};
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
    /// Put every text into a code wrapper of ours first: list, stack, string, cpp or go
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
        let names = Template::ALL.map(Template::name);
        format!("not one of {}", names.join(", "))
    })
}

/// Runs `replay`: 0 done, 1 a floor or ceiling missed, 2 an error, rows that could not be judged included.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (target, mut facts) = target(&args)?;
    facts.extend(facts_of(&args));
    let options = options(&args);
    let mut tallies = Vec::new();
    for path in &args.datasets {
        let bar = bar();
        let mut shown = 0_u32;
        let mut note = |bad: Option<&str>| {
            bar.inc(1);
            if let Some(why) = bad {
                shown = shown.saturating_add(1);
                if shown <= 5 {
                    bar.suspend(|| eprintln!("unspool: {}: {why}", path.display()));
                }
            }
        };
        let tally =
            replay(path, &*target, &options, &mut note).with_context(|| path.display().to_string())?;
        bar.finish_and_clear();
        tallies.push(tally);
    }
    finish(&args, &tallies, &facts)
}

fn finish(args: &Args, tallies: &[Tally], facts: &[(String, String)]) -> anyhow::Result<ExitCode> {
    let summary = Summary::of(tallies);
    io::stdout().lock().write_all(table(&summary).as_bytes())?;
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&summary)? + "\n";
        std::fs::write(path, json).with_context(|| path.display().to_string())?;
    }
    if let Some(path) = &args.report {
        std::fs::write(path, report::html(tallies, facts)).with_context(|| path.display().to_string())?;
    }
    let floors =
        Floors { min_block: args.min_block, max_fpr: args.max_fpr, min_recovered: args.min_recovered };
    let lines = missed(&floors, &summary);
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
        let client = Client::new(url, args.bearer.clone())?;
        return Ok((Box::new(Against { client }), vec![("Judged by".into(), format!("the proxy at {url}"))]));
    }
    let Judge { engine, policy } = args.judging.judge()?;
    let facts = vec![
        ("Judged by".into(), format!("unspool {} in process", env!("CARGO_PKG_VERSION"))),
        ("Model".into(), engine.judges.model.version().to_owned()),
        ("Rules".into(), format!("{} ({})", engine.judges.rules.version(), engine.judges.rules.len())),
        ("Strictness".into(), policy.strictness.to_string()),
        ("Reading code".into(), if engine.options.recovery { "on" } else { "off" }.into()),
    ];
    Ok((Box::new(InProcess { engine, policy }), facts))
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
    }
}

/// A bar on a terminal, nothing elsewhere.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos} rows  {per_sec}  {elapsed}");
    let bar = ProgressBar::no_length();
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

fn table(summary: &Summary) -> String {
    let widest = summary.datasets.iter().map(|set| set.name.chars().count()).max().unwrap_or(0).clamp(6, 40);
    let mut out = format!(
        "{:<widest$} {:>7} {:>7} {:>7} {:>9} {:>9} {:>15} {:>9} {:>6} {:>8} {:>8}\n",
        "set",
        "rows",
        "harmful",
        "benign",
        "blocked",
        "fpr",
        "95 % CI",
        "recovered",
        "errors",
        "p50 µs",
        "p99 µs"
    );
    for set in summary.datasets.iter().chain([&summary.totals]) {
        out.push_str(&table_row(set, widest));
    }
    out
}

fn table_row(set: &Figures, widest: usize) -> String {
    let percent = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{:.2} %", rate * 100.0));
    let interval =
        set.ci95.map_or("-".to_owned(), |[low, high]| format!("{:.2}-{:.2}", low * 100.0, high * 100.0));
    let time = |time: Option<u64>| time.map_or("-".to_owned(), |time| time.to_string());
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:<widest$} {:>7} {:>7} {:>7} {:>9} {:>9} {:>15} {:>9} {:>6} {:>8} {:>8}",
        set.name,
        set.rows,
        set.harmful,
        set.benign,
        percent(set.block_rate),
        percent(set.fpr),
        interval,
        percent(set.recovered_exact),
        set.errors,
        time(set.p50_us),
        time(set.p99_us),
    );
    out
}
