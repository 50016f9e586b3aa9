//! `unspool audit`: look through the audit log, and judge again what it holds.

mod filter;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use sha2::{Digest, Sha256};

use self::filter::Filter;
use crate::budget::Budget;
use crate::cli::input::whole;
use crate::cli::judging::{Judge, Judging, request_of};
use crate::judge::classify::classify;
use crate::judge::decide::Decision;
use crate::read::candidate::{Candidate, Origin};
use crate::screen::Screening;
use crate::serve::audit::Line;

/// Options of `audit`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Print the lines that fit.
    Query(Query),
    /// Judge recorded decisions again with today's rules and model.
    Replay(Replay),
}

#[derive(Debug, clap::Args)]
struct Query {
    #[command(flatten)]
    filter: Filter,
    /// Lines, at most
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
    /// Count the lines by this field instead of printing them
    #[arg(long, value_enum, value_name = "FIELD")]
    count_by: Option<Field>,
    /// Print the lines as they are, not a summary of each
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Field {
    Outcome,
    Category,
    Rule,
    Model,
    Route,
    Policy,
    Reason,
    Key,
    Shadow,
}

#[derive(Debug, clap::Args)]
struct Replay {
    #[command(flatten)]
    filter: Filter,
    /// The body of the one request that --id names, where the log keeps no text; its hash must be the recorded one
    #[arg(long, value_name = "FILE", requires = "id")]
    body: Option<PathBuf>,
    #[command(flatten)]
    judging: Judging,
}

/// Runs `audit`.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.task {
        Task::Query(query) => search(&query),
        Task::Replay(replay) => again(&replay),
    }
}

/// Exit 0, or 2 when a line could not be read.
fn search(query: &Query) -> anyhow::Result<ExitCode> {
    let (mut counts, mut left) = (BTreeMap::<String, u64>::new(), query.limit);
    let mut out = std::io::stdout().lock();
    let broken = query.filter.each(|line, bytes| {
        if let Some(field) = query.count_by {
            *counts.entry(value(&line, field)).or_default() += 1;
            return Ok(true);
        }
        if left == 0 {
            return Ok(false);
        }
        left -= 1;
        if query.json {
            out.write_all(bytes)?;
            out.write_all(b"\n")?;
        } else {
            writeln!(out, "{}", summary(&line))?;
        }
        Ok(true)
    })?;
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (name, count) in counts {
        writeln!(out, "{count:>8}  {name}")?;
    }
    Ok(ExitCode::from(if broken > 0 { 2 } else { 0 }))
}

fn value(line: &Line, field: Field) -> String {
    let found = match field {
        Field::Outcome => Some(line.outcome.as_str()),
        Field::Category => line.category.as_deref(),
        Field::Rule => line.rule.as_deref(),
        Field::Model => line.model.as_deref(),
        Field::Route => Some(line.route.as_str()),
        Field::Policy => line.policy.as_deref(),
        Field::Reason => line.reason.as_deref(),
        Field::Key => line.key.as_deref(),
        Field::Shadow => line.shadow.as_ref().map(|opinion| opinion.result.as_str()),
    };
    found.unwrap_or("-").to_owned()
}

fn summary(line: &Line) -> String {
    let or = |found: &Option<String>| found.clone().unwrap_or_else(|| "-".into());
    let place = line.places().first().map_or("-", |place| place.pointer.as_str());
    format!(
        "{}  {:<18} {:<4} {:.3}  {:<10} {}  {}  {}  {}",
        line.time,
        line.outcome,
        or(&line.category),
        line.score,
        or(&line.origin),
        or(&line.rule.clone().or_else(|| line.reason.clone())),
        place,
        line.evidence.via.join(" › "),
        line.request_id
    )
}

/// Exit 0 when everything is decided as it was, 1 when something is not, 2 on errors.
fn again(replay: &Replay) -> anyhow::Result<ExitCode> {
    let judge = replay.judging.judge()?;
    let (mut same, mut changed, mut without) = (0_u64, 0_u64, 0_u64);
    let mut out = std::io::stdout().lock();
    let broken = replay.filter.each(|line, _| {
        let Some(decision) = judged(&judge, &line, replay.body.as_deref())? else {
            without += 1;
            return Ok(true);
        };
        let (was, is) = (refused(&line.outcome), refused(decision.outcome.name()));
        if was == is {
            same += 1;
        } else {
            changed += 1;
        }
        let sign = if was == is { "same   " } else { "CHANGED" };
        let now = decision.rule.as_deref().unwrap_or("no rule");
        writeln!(
            out,
            "{sign} {}  was {} {:.3} ({})  is {} {:.3} ({now})",
            line.request_id,
            line.outcome,
            line.score,
            line.rule.as_deref().unwrap_or("no rule"),
            decision.outcome.name(),
            decision.score
        )?;
        Ok(true)
    })?;
    writeln!(out, "{same} the same, {changed} changed, {without} without a text")?;
    if same + changed == 0 && without > 0 {
        anyhow::bail!(
            "the log keeps no text: set [audit] text_chars, or give the one request's body with --id and --body"
        );
    }
    anyhow::ensure!(same + changed > 0, "no line fits");
    Ok(ExitCode::from(if broken > 0 { 2 } else { u8::from(changed > 0) }))
}

fn refused(outcome: &str) -> bool {
    matches!(outcome, "block" | "would_block")
}

/// The decision of today on what the line is about, as far as there is a text of it.
fn judged(judge: &Judge, line: &Line, body: Option<&Path>) -> anyhow::Result<Option<Decision>> {
    if let Some(path) = body {
        let bytes = whole(path)?;
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let recorded = line.evidence.body_sha256.as_deref().unwrap_or("none");
        anyhow::ensure!(
            hash == recorded,
            "{}: its hash is {hash}, the recorded one {recorded}",
            path.display()
        );
        return Ok(Some(judge.of(&request_of(bytes)?).1));
    }
    let (Some(text), Some(origin)) = (&line.evidence.text, &line.origin) else { return Ok(None) };
    let origin = Origin::ALL.into_iter().find(|known| known.name() == origin).unwrap_or(Origin::Plain);
    let candidates = vec![Candidate { text: text.clone(), origin, via: Vec::new(), spans: Vec::new() }];
    let mut budget = Budget::new(judge.engine.limits.clone());
    let verdicts = classify(&judge.engine.judges, &candidates, &mut budget);
    let found = Screening {
        candidates,
        verdicts,
        incomplete: Vec::new(),
        steps: budget.steps(),
        elapsed: budget.elapsed(),
        judged: budget.elapsed(),
    };
    Ok(Some(judge.decide(&found, &judge.hear(&found))))
}
