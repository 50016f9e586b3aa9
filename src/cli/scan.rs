//! `unspool scan`: judges text, a request body, or JSON Lines.

mod row;

pub(super) use self::row::shortened;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use serde_json::Value;

use self::row::{Asked, Scanned, asked};
use crate::cli::input::{open, or_stdin, whole};
use crate::cli::judging::{Judge, Judging, request_of};
use crate::judge::decide::Action;
use crate::measure::lines::{LINE_CAP, Line, read_line};
use crate::measure::pool;
use crate::request::Request;

/// Options of `scan`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Text or request bodies; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The input is JSON Lines with `prompt` or `text`, and `id` if wanted
    #[arg(long)]
    jsonl: bool,
    /// The field of a row that holds the text
    #[arg(long, value_name = "NAME", requires = "jsonl")]
    field: Option<String>,
    /// List every candidate, not only those that mattered
    #[arg(long)]
    candidates: bool,
    /// One JSON row a file, as with --jsonl
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    judging: Judging,
}

/// What the scan came to.
#[derive(Debug, Default)]
struct Seen {
    blocked: bool,
    error: bool,
    closed: bool,
}

impl Seen {
    fn code(&self) -> ExitCode {
        ExitCode::from(if self.error { 2 } else { u8::from(self.blocked) })
    }
}

/// Runs `scan`: 0 nothing blocked, 1 something blocked, 2 an error.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let judge = args.judging.judge()?;
    let mut seen = Seen::default();
    for path in or_stdin(&args.files) {
        if seen.closed {
            break;
        }
        if args.jsonl {
            scan_lines(&path, &args, &judge, &mut seen)?;
        } else {
            scan_file(&path, &args, &judge, &mut seen);
        }
    }
    Ok(seen.code())
}

fn scan_file(path: &Path, args: &Args, judge: &Judge, seen: &mut Seen) {
    let name = path.display().to_string();
    let scanned = match whole(path).and_then(request_of) {
        Ok(request) => judged(judge, Value::from(name.as_str()), &request, args.candidates),
        Err(error) => Scanned::error(Value::from(name.as_str()), format!("{error:#}")),
    };
    note(&scanned, seen);
    let text = if args.json { scanned.line() } else { scanned.readable(&name) };
    print(&text, seen);
}

/// Scans rows on all cores; what comes out is in the order of what went in.
fn scan_lines(path: &Path, args: &Args, judge: &Judge, seen: &mut Seen) -> anyhow::Result<()> {
    let mut from = open(path)?;
    let fed = pool::in_order(
        pool::cores(),
        move |give| feed(&mut *from, give),
        |line| {
            let scanned = scan_row(line, args, judge);
            let text = scanned.line();
            (scanned, text)
        },
        |(scanned, text)| {
            note(&scanned, seen);
            print(&text, seen);
            !seen.closed
        },
    );
    Ok(fed?)
}

fn feed(from: &mut dyn io::BufRead, give: &mut dyn FnMut(Option<Vec<u8>>) -> bool) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        let row = match read_line(from, LINE_CAP, &mut line)? {
            Line::End => return Ok(()),
            Line::TooLong => None,
            Line::Full if line.iter().all(u8::is_ascii_whitespace) => continue,
            Line::Full => Some(line),
        };
        if !give(row) {
            return Ok(());
        }
    }
}

fn scan_row(line: Option<Vec<u8>>, args: &Args, judge: &Judge) -> Scanned {
    let Some(line) = line else {
        return Scanned::error(Value::Null, format!("longer than {LINE_CAP} bytes"));
    };
    match asked(&Bytes::from(line), args.field.as_deref()) {
        Ok(Asked { id, text }) => judged(judge, id, &Request::plain(&text), args.candidates),
        Err((id, error)) => Scanned::error(id, error),
    }
}

/// A row that makes screening panic is an error of that row, not the end of the run.
fn judged(judge: &Judge, id: Value, request: &Request, all: bool) -> Scanned {
    match catch_unwind(AssertUnwindSafe(|| judge.of(request))) {
        Ok((screening, decision)) => Scanned::of(id, judge, &screening, &decision, all),
        Err(_) => Scanned::error(id, "screening panicked".to_owned()),
    }
}

fn note(scanned: &Scanned, seen: &mut Seen) {
    seen.blocked |= scanned.action() == Some(Action::Block);
    seen.error |= scanned.action().is_none();
}

/// Writes and flushes, so that a reader at the other end of a pipe sees each row as it is judged. A reader that left
/// ends the run.
fn print(text: &str, seen: &mut Seen) {
    let mut out = io::stdout().lock();
    let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    seen.closed |= done.is_err();
}
