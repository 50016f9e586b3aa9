//! Labelled sets to rates: read, optionally wrapped, judged in parallel, counted.

pub mod compare;
pub mod dataset;
pub mod floor;
pub mod report;
pub mod row;
pub mod tally;
pub mod target;
pub mod wrap;

use std::io;
use std::path::Path;

use self::row::{Fields, Row};
use self::tally::{Figures, Tally};
use self::target::{Judged, Target};
use self::wrap::{Rng, Template};
use crate::measure::pool;

/// How a replay is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which fields hold what.
    pub fields: Fields,
    /// Put every text into a wrapper of this kind first; its own text becomes `plain`.
    pub wrap: Option<Template>,
    /// What the wrappers' names and wordings are drawn from.
    pub seed: u64,
    /// Rows a set, at most.
    pub limit: Option<u64>,
    /// Judge rows marked `core: false` too.
    pub all: bool,
}

/// What `replay --json` writes.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Summary {
    /// One entry a set, in the order given.
    pub datasets: Vec<Figures>,
    /// The same over all of them.
    pub totals: Figures,
}

impl Summary {
    /// The figures of these sets and of all together.
    pub fn of(tallies: &[Tally]) -> Self {
        Summary { datasets: tallies.iter().map(Tally::figures).collect(), totals: totals(tallies).figures() }
    }
}

/// All sets counted as one.
pub fn totals(tallies: &[Tally]) -> Tally {
    let mut all = Tally::new("totals");
    for tally in tallies {
        all.merge(tally);
    }
    all
}

/// Replays the set at `path` against `target`. `note` hears of every row: `None`, or what was wrong with it.
///
/// # Errors
/// When the file cannot be read; what was counted until then is lost.
pub fn replay(
    path: &Path,
    target: &dyn Target,
    options: &Options,
    note: &mut dyn FnMut(Option<&str>),
) -> io::Result<Tally> {
    let mut tally = Tally::new(dataset::name_of(path));
    let work = |row: Fed| judge(row, target, options);
    pool::in_order(
        pool::cores(),
        |give| feed(path, options, give),
        work,
        |done| {
            match &done {
                Done::Excluded => tally.excluded += 1,
                Done::Bad(_) => tally.add_error(),
                Done::Judged(row, judged) => tally.add(row, judged),
            }
            note(if let Done::Bad(why) = &done { Some(why) } else { None });
            true
        },
    )?;
    Ok(tally)
}

type Fed = (u64, Result<Row, String>);

enum Done {
    Excluded,
    Bad(String),
    Judged(Row, Judged),
}

fn feed(path: &Path, options: &Options, give: &mut dyn FnMut(Fed) -> bool) -> io::Result<()> {
    let mut number = 0_u64;
    if options.limit == Some(0) {
        return Ok(());
    }
    dataset::read(path, &options.fields, &mut |row| {
        let sent = give((number, row));
        number += 1;
        sent && options.limit.is_none_or(|limit| number < limit)
    })
}

fn judge((number, row): Fed, target: &dyn Target, options: &Options) -> Done {
    let mut row = match row {
        Err(why) => return Done::Bad(why),
        Ok(row) if !row.core && !options.all => return Done::Excluded,
        Ok(row) => row,
    };
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
    Row { text, plain: Some(plain), template: Some(template.name().to_owned()), ..row }
}
