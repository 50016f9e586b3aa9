//! Labelled sets to rates: read, optionally wrapped, judged in parallel, counted.

pub mod compare;
pub mod dataset;
pub mod figures;
pub mod floor;
pub mod interval;
pub mod journal;
pub mod perturb;
pub mod report;
pub mod row;
pub mod swap;
pub mod tally;
pub mod target;
pub mod wire;
pub mod worst;
pub mod wrap;

use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use self::compare::Change;
use self::figures::Figures;
use self::journal::Done;
use self::perturb::Perturbation;
use self::row::{Fields, Row};
use self::tally::Tally;
use self::target::Target;
use self::worst::Wrong;
use self::wrap::{Rng, Template};
use crate::measure::pool;

/// How a replay is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which fields hold what.
    pub fields: Fields,
    /// Say every text otherwise first.
    pub perturb: Option<Perturbation>,
    /// Put every text into a wrapper of this kind first; its own text becomes `plain`.
    pub wrap: Option<Template>,
    /// What the wrappers' names and wordings are drawn from.
    pub seed: u64,
    /// Rows a set, at most.
    pub limit: Option<u64>,
    /// Judge rows marked `core: false` too.
    pub all: bool,
    /// Rows judged at once; otherwise one a core.
    pub concurrency: Option<usize>,
    /// Rows started a second, at most.
    pub rate: Option<f64>,
}

/// What `replay --json` writes.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Summary {
    /// One entry a set, in the order given.
    pub datasets: Vec<Figures>,
    /// The same over all of them.
    pub totals: Figures,
    /// Harmful rows that passed, the lowest score first.
    pub worst_misses: Vec<Wrong>,
    /// Benign rows that were stopped, the highest score first.
    pub worst_false_alarms: Vec<Wrong>,
    /// The same sets with less of the code read, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ablations: Vec<Ablation>,
    /// The same sets said otherwise, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub perturbed: Vec<Perturbed>,
    /// What changed since an earlier replay, where one was given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// The sets judged with one way of reading code.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Ablation {
    /// `raw`, `literals` or `full`.
    pub reading: &'static str,
    /// One entry a set.
    pub datasets: Vec<Figures>,
}

/// The sets said otherwise.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Perturbed {
    /// How: `padded_before`, `polite`, `typos` …
    pub how: &'static str,
    /// One entry a set.
    pub datasets: Vec<Figures>,
}

impl Summary {
    /// The figures of these sets and of all together.
    pub fn of(tallies: &[Tally]) -> Self {
        let all = totals(tallies);
        Summary {
            datasets: tallies.iter().map(Tally::figures).collect(),
            totals: all.figures(),
            worst_misses: all.worst.misses().cloned().collect(),
            worst_false_alarms: all.worst.alarms().cloned().collect(),
            ablations: Vec::new(),
            perturbed: Vec::new(),
            changes: Vec::new(),
        }
    }
}

/// All sets counted as one.
pub fn totals(tallies: &[Tally]) -> Tally {
    let mut all = Tally::new("totals", false);
    for tally in tallies {
        all.merge(tally);
    }
    all
}

/// Judges the rows of the set at `path` with `target`, but for the first `begun`, and hands each to `take`, in order.
///
/// # Errors
/// When the file cannot be read.
pub fn replay(
    path: &Path,
    begun: u64,
    target: &dyn Target,
    options: &Options,
    take: &mut dyn FnMut(Done) -> bool,
) -> io::Result<()> {
    let workers = options.concurrency.unwrap_or_else(pool::cores);
    let work = |row: Fed| judge(row, target, options);
    pool::in_order(workers, |give| feed(path, begun, options, give), work, take)
}

impl Tally {
    /// Counts what became of one row.
    pub fn take(&mut self, done: &Done) {
        match done {
            Done::Excluded => self.excluded += 1,
            Done::Bad(_) => self.add_error(),
            Done::Judged(row, judged) => self.add(row, judged),
        }
    }
}

type Fed = (u64, Result<Row, String>);

fn feed(path: &Path, begun: u64, options: &Options, give: &mut dyn FnMut(Fed) -> bool) -> io::Result<()> {
    let mut number = 0_u64;
    let start = Instant::now();
    if options.limit == Some(0) {
        return Ok(());
    }
    dataset::read(path, &options.fields, &mut |row| {
        let mut sent = true;
        if number >= begun {
            pace(start, number - begun, options.rate);
            sent = give((number, row));
        }
        number += 1;
        sent && options.limit.is_none_or(|limit| number < limit)
    })
}

/// Waits until it is time for the row with this number.
#[expect(clippy::cast_precision_loss, reason = "row numbers stay far below 2^52")]
fn pace(start: Instant, number: u64, rate: Option<f64>) {
    let Some(rate) = rate else { return };
    let due = Duration::try_from_secs_f64(number as f64 / rate).unwrap_or(Duration::MAX);
    thread::sleep(due.saturating_sub(start.elapsed()));
}

fn judge((number, row): Fed, target: &dyn Target, options: &Options) -> Done {
    let mut row = match row {
        Err(why) => return Done::Bad(why),
        Ok(row) if !row.core && !options.all => return Done::Excluded,
        Ok(row) => row,
    };
    if let Some(perturbation) = options.perturb {
        row = perturbed(row, perturbation, options.seed ^ number, options.wrap.is_some());
    }
    if let Some(template) = options.wrap {
        row = wrapped(row, template, options.seed ^ number);
    }
    match target.judge(&row) {
        Ok(judged) => Done::Judged(row, judged),
        Err(why) => Done::Bad(format!("row {}: {why}", row.id.unwrap_or_else(|| (number + 1).to_string()))),
    }
}

fn wrapped(row: Row, template: Template, seed: u64) -> Row {
    let plain = row.plain.unwrap_or(row.text);
    let text = wrap::wrap(template, &plain, &mut Rng::new(seed));
    Row { text, plain: Some(plain), template: Some(template.name()), ..row }
}

/// A row said otherwise: its plain text, when that is to be wrapped, or what arrives on the wire.
fn perturbed(row: Row, perturbation: Perturbation, seed: u64, to_wrap: bool) -> Row {
    let mut rng = Rng::new(!seed);
    match row.plain {
        Some(plain) if to_wrap => Row { plain: Some(perturbation.apply(&plain, &mut rng)), ..row },
        plain => Row { text: perturbation.apply(&row.text, &mut rng), plain, ..row },
    }
}
