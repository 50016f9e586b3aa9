//! `unspool demo`: the proxy in front of a stand-in model on a free port, and a few prompts sent through it.

mod prompts;
mod table;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;

use self::prompts::{Prompt, prompts};
use self::table::{Line, table};
use crate::cli::judging::Judge;
use crate::config::{Config, address};
use crate::judge::decide::Decision;
use crate::measure::replay::target::{folded, same_text};
use crate::request::dialect::{ReadLimits, dialect_for_path, read};
use crate::screen::Screening;
use crate::serve::client::Client;
use crate::serve::{Answering, Background, Settings, Upstream, spawn};

/// Options of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Keep the proxy up afterwards, until ctrl-c
    #[arg(long)]
    stay: bool,
    /// Where the proxy listens [default: a free port on 127.0.0.1]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    listen: Option<SocketAddr>,
}

/// What became of one prompt.
struct Told {
    line: Line,
    as_expected: bool,
}

/// Runs `demo`: 0 when every prompt came to what it should, 1 otherwise.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = Config::default();
    let judge = Judge { engine: config.engine()?, policy: config.policy, second: None };
    let proxy = started(&config, args.listen)?;
    let base = format!("http://{}", proxy.addr());
    let prompts = prompts();
    let told =
        prompts.iter().map(|prompt| tell(prompt, &base, &judge)).collect::<anyhow::Result<Vec<_>>>()?;
    let well = told.iter().all(|told| told.as_expected);
    say(&report(&base, &prompts, &told, args.stay))?;
    if args.stay {
        proxy.until_stopped()?;
    } else {
        proxy.stop();
    }
    Ok(ExitCode::from(u8::from(!well)))
}

fn started(config: &Config, listen: Option<SocketAddr>) -> anyhow::Result<Background> {
    let settings = Settings {
        listen: listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        answer: Answering { expose: true, ..Answering::default() },
        ..Settings::new(Upstream::Echo)
    };
    Ok(spawn(settings, Arc::new(config.engine()?))?)
}

/// Sends a prompt through the proxy, and screens the same bytes here to tell what the proxy saw.
fn tell(prompt: &Prompt, base: &str, judge: &Judge) -> anyhow::Result<Told> {
    let path = prompt.api.path();
    let body = prompt.body();
    let answer = Client::new(base, path, None)?.post_json(body.clone())?;
    let request = read(dialect_for_path(path), Bytes::from(body), &ReadLimits::default())?;
    let (screening, decision) = judge.of(&request);
    let action = answer.action.unwrap_or_default();
    let blocked = answer.status == 400 && action == "block";
    let passed = answer.status == 200 && action == "forward";
    let read = recovered(prompt, &screening, &decision);
    let line = Line {
        sent: prompt.title.to_owned(),
        api: prompt.api.name().to_owned(),
        read: read.as_deref().map_or_else(|| "(nothing)".to_owned(), |text| format!("\"{text}\"")),
        answer: format!("{} {action}", answer.status),
        why: why(&screening, &decision),
        millis: format!("{:.1}", screening.elapsed.as_secs_f64() * 1e3),
    };
    let as_expected = if prompt.blocked { blocked } else { passed };
    Ok(Told { line, as_expected: as_expected && read.is_some() })
}

/// What was asked, if it was found; else the text that decided, which may be the same words in another order.
fn recovered(prompt: &Prompt, screening: &Screening, decision: &Decision) -> Option<String> {
    let wanted = folded(prompt.question);
    let decided = decision.candidate.filter(|_| prompt.blocked).and_then(|at| screening.candidates.get(at));
    let asked = screening.candidates.iter().find(|candidate| same_text(&candidate.text, &wanted));
    asked.or(decided).map(|candidate| candidate.text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn why(screening: &Screening, decision: &Decision) -> String {
    let Some(category) = decision.category.filter(|_| !decision.outcome.forwards()) else {
        return "nothing harmful".to_owned();
    };
    let mut why = format!("{} {:.2}", category.title(), decision.score);
    if let Some(rule) = &decision.rule {
        why.push_str(&format!(", rule {rule}"));
    }
    let via =
        decision.candidate.and_then(|at| screening.candidates.get(at)).map(|found| found.via.as_slice());
    // The first step is the place in the request, which is the same for all.
    if let Some([_, steps @ ..]) = via.filter(|via| via.len() > 1) {
        why.push_str(&format!(", via {}", steps.join(" > ")));
    }
    why
}

fn report(base: &str, prompts: &[Prompt], told: &[Told], stays: bool) -> String {
    let mut out = format!(
        "unspool {} on {base}, in front of a stand-in model that repeats what it is told.\n\n",
        env!("CARGO_PKG_VERSION")
    );
    out.push_str(&table(told.iter().map(|told| &told.line)));
    if let Some((at, shown)) =
        prompts.iter().enumerate().find(|(_, prompt)| prompt.blocked && prompt.hidden())
    {
        out.push_str(&format!(
            "\nPrompt {} as it was sent; no line of it says what it asks for:\n\n",
            at + 1
        ));
        for line in shown.text.lines() {
            out.push_str(format!("    {line}").trim_end());
            out.push('\n');
        }
    }
    let well = told.iter().filter(|told| told.as_expected).count();
    out.push_str(&format!("\n{well} of {} came to what they should.\n", told.len()));
    out.push_str(&pointers(base, stays));
    out
}

fn pointers(base: &str, stays: bool) -> String {
    if stays {
        return format!(
            "\nPoint a client at it (any key will do), ctrl-c ends it:\n  \
             OpenAI(base_url=\"{base}/v1\", api_key=\"none\")\n  \
             Anthropic(base_url=\"{base}\", api_key=\"none\")\n"
        );
    }
    "\nTo put it in front of a real API:\n  unspool serve --upstream https://api.openai.com\n  \
     OpenAI(base_url=\"http://127.0.0.1:8080/v1\")\n\n  unspool serve --upstream https://api.anthropic.com\n  \
     Anthropic(base_url=\"http://127.0.0.1:8080\")\n\n`unspool demo --stay` keeps this one up to try by hand.\n"
        .to_owned()
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
