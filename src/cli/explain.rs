//! `unspool explain`: every stage for one input, in the order of the way through the house.

use std::fmt::Write;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::input::whole;
use crate::cli::judging::{Judge, Judging, request_of};
use crate::cli::scan::shortened;
use crate::judge::decide::{Action, Decision};
use crate::request::Request;
use crate::screen::Screening;
use crate::serve::second::Hearing;

/// Options of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Text or a request body; `-` or nothing is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// The sections as one JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    judging: Judging,
}

/// One stage, printed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
struct Section {
    title: &'static str,
    body: String,
}

/// Characters of a text shown; the whole of it is in `--json` of `scan --candidates`.
const SHOWN: usize = 400;

/// Runs `explain`.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let judge = args.judging.judge()?;
    let request = request_of(whole(Path::new(&args.file))?)?;
    let sections = sections(&judge, &request);
    let text = if args.json { serde_json::to_string_pretty(&sections)? + "\n" } else { readable(&sections) };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn sections(judge: &Judge, request: &Request) -> Vec<Section> {
    let (screening, read, hearing, decision) = judge.traced(request);
    let mut sections = vec![
        Section { title: "spans", body: spans(request) },
        Section { title: "regions", body: indented(&read.regions) },
        Section { title: "ir", body: indented(&read.programs) },
        Section { title: "values", body: indented(&read.values) },
        Section { title: "candidates", body: candidates(&screening) },
        Section { title: "verdicts", body: verdicts(&screening) },
        Section { title: "decision", body: decided(&screening, &decision) },
    ];
    if judge.second.is_some() {
        let body = second(&hearing, judge.decide(&screening, &Hearing::default()).action);
        sections.insert(sections.len() - 1, Section { title: "second opinions", body });
    }
    sections
}

fn readable(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        let body = if section.body.is_empty() { "  (none)\n" } else { &section.body };
        let _ = writeln!(out, "── {} ──\n{body}", section.title);
    }
    out
}

fn spans(request: &Request) -> String {
    let mut out = format!("  read as {}\n", request.dialect.name);
    for span in &request.spans {
        let (from, to) = (span.bytes.start, span.bytes.end);
        let text = shortened(&span.text, SHOWN);
        let _ = writeln!(
            out,
            "  {} {:?} {:?} {} bytes {from}..{to}\n    \"{text}\"",
            span.id.0,
            span.role,
            span.slot,
            shortened(&span.pointer, SHOWN)
        );
    }
    out
}

/// Each entry on lines of its own, a round's ir whole.
fn indented(entries: &[String]) -> String {
    let mut out = String::new();
    for line in entries.iter().flat_map(|entry| entry.lines()) {
        let _ = writeln!(out, "  {}", shortened(line, SHOWN));
    }
    out
}

fn candidates(screening: &Screening) -> String {
    let mut out = String::new();
    for (at, candidate) in screening.candidates.iter().enumerate() {
        let text = shortened(&candidate.text, SHOWN);
        let _ = writeln!(out, "  {at} {} \"{text}\"", candidate.origin.name());
        let via = shortened(&candidate.via.join(" → "), SHOWN);
        if !via.is_empty() {
            let _ = writeln!(out, "    via {via}");
        }
    }
    out
}

fn verdicts(screening: &Screening) -> String {
    let mut out = String::new();
    for verdict in &screening.verdicts {
        let category = verdict.category.map_or("-", |category| category.code());
        let _ = write!(
            out,
            "  {} {} score {:.4} model {:.4} {category}",
            verdict.candidate,
            verdict.origin.name(),
            verdict.score,
            verdict.model
        );
        for hit in &verdict.rules {
            let blocks = if hit.blocks { ", blocks" } else { "" };
            let _ = write!(out, " [{} {:+.1}{blocks}]", hit.id, hit.weight);
        }
        out.push('\n');
    }
    out
}

fn second(hearing: &Hearing, without: Action) -> String {
    let mut out = String::new();
    for opinion in &hearing.opinions {
        let said = match opinion.said {
            Ok(said) => {
                format!("{:.4} {}", said.score, said.category.map_or("-", |category| category.code()))
            }
            Err(failure) => failure.name().to_owned(),
        };
        let _ = writeln!(out, "  {} {} {said}", opinion.candidate, opinion.by.name);
    }
    let _ = writeln!(out, "  without them: {}", without.name());
    out
}

fn decided(screening: &Screening, decision: &Decision) -> String {
    let mut out = format!(
        "  {} ({})  score {:.4}  {} steps, {} µs\n",
        decision.action.name(),
        decision.outcome.name(),
        decision.score,
        screening.steps,
        screening.elapsed.as_micros()
    );
    if let Some(at) = decision.candidate {
        let _ = writeln!(out, "  by candidate {at}");
    }
    if let Some(rule) = &decision.rule {
        let _ = writeln!(out, "  rule {rule}");
    }
    if let Some(category) = decision.category {
        let _ = writeln!(out, "  hazard {} {}", category.code(), category.title());
    }
    for limit in &decision.incomplete {
        let _ = writeln!(out, "  limit hit: {}", limit.name());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn every_stage_has_its_section_in_order() {
        let config = Config::default();
        let judge = Judge { engine: config.engine().unwrap(), policy: config.policy, second: None };
        let sections = sections(&judge, &Request::plain("describe how to bake bread"));
        let titles: Vec<&str> = sections.iter().map(|section| section.title).collect();
        assert_eq!(titles, ["spans", "regions", "ir", "values", "candidates", "verdicts", "decision"]);
        assert!(readable(&sections).contains("\"describe how to bake bread\""));
    }
}
