//! `unspool audit`: look through the audit log, and judge again what it holds.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use sha2::{Digest, Sha256};

use crate::budget::Budget;
use crate::cli::input::{open, or_stdin, whole};
use crate::cli::judging::{Judge, Judging, request_of};
use crate::judge::classify::classify;
use crate::judge::decide::Decision;
use crate::measure::lines::{LINE_CAP, Line as Read, read_line};
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

/// Which lines. Every condition that is given must hold.
#[derive(Debug, Clone, clap::Args)]
struct Filter {
    /// Audit logs; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The request's id
    #[arg(long)]
    id: Option<String>,
    /// block, would_block, forward, refuse_unscreened, refuse_unheard, forward_unscreened, reject, client_gone
    #[arg(long)]
    outcome: Option<String>,
    /// A rule that matched; a star at the end takes any ending
    #[arg(long)]
    rule: Option<String>,
    /// S1 to S14
    #[arg(long)]
    category: Option<String>,
    /// The model asked for
    #[arg(long)]
    model: Option<String>,
    /// The start of the key's hash
    #[arg(long)]
    key: Option<String>,
    /// Not before this time, e.g. 2026-11-26 or 2026-11-26T08:00
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
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

impl Filter {
    fn fits(&self, line: &Line) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let rule = |pattern: &str| {
            let one = |id: &str| pattern.strip_suffix('*').map_or(id == pattern, |stem| id.starts_with(stem));
            line.evidence.rules.iter().any(|id| one(id))
        };
        is(&self.id, Some(&line.request_id))
            && is(&self.outcome, Some(&line.outcome))
            && is(&self.category, line.category.as_deref())
            && is(&self.model, line.model.as_deref())
            && self.rule.as_deref().is_none_or(rule)
            && self
                .key
                .as_deref()
                .is_none_or(|start| line.key.as_deref().is_some_and(|key| key.starts_with(start)))
            && self.since.as_deref().is_none_or(|since| line.time.as_str() >= since)
            && self.until.as_deref().is_none_or(|until| line.time.as_str() < until)
    }

    /// Hands every line that fits to `take`, which says whether to go on. Gives how many lines could not be read.
    fn each(&self, mut take: impl FnMut(Line, &[u8]) -> anyhow::Result<bool>) -> anyhow::Result<u64> {
        let mut broken = 0;
        for path in or_stdin(&self.files) {
            let mut from = open(&path)?;
            let mut number = 0_u64;
            while let Some(bytes) = next(&mut *from)? {
                number += 1;
                match serde_json::from_slice::<Line>(&bytes) {
                    Ok(line) if !self.fits(&line) => {}
                    Ok(line) => {
                        if !take(line, &bytes)? {
                            return Ok(broken);
                        }
                    }
                    Err(error) => {
                        broken += 1;
                        eprintln!("{}:{number}: no audit line: {error}", path.display());
                    }
                }
            }
        }
        Ok(broken)
    }
}

fn next(from: &mut dyn BufRead) -> anyhow::Result<Option<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        match read_line(from, LINE_CAP, &mut line)? {
            Read::End => return Ok(None),
            Read::Full if line.iter().all(u8::is_ascii_whitespace) => {}
            Read::Full | Read::TooLong => return Ok(Some(line)),
        }
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
    };
    Ok(Some(judge.decide(&found, &judge.hear(&found))))
}
