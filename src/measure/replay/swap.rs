//! Two judges over the same labelled set, of other rules or another model: what one blocks and the other lets pass.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::budget::{Budget, Limits};
use crate::judge::classify::{Judges, classify};
use crate::judge::decide::{Action, Policy, decide};
use crate::measure::pool;
use crate::measure::replay::dataset;
use crate::measure::replay::row::{Fields, Label, Row};
use crate::request::Request;
use crate::screen::{Engine, screen};

/// Bad rows described, at most.
const COMPLAINTS: usize = 20;

/// What is compared, on what.
#[derive(Debug)]
pub struct Compare {
    /// Screens with the rules and the model that are tried.
    pub engine: Engine,
    /// Those they are compared with.
    pub before: Judges,
    /// What decides.
    pub policy: Policy,
    /// Which fields hold what.
    pub fields: Fields,
    /// Rows, at most.
    pub limit: Option<u64>,
}

/// A row that is decided otherwise now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Changed {
    /// Its id, or its number in the set.
    pub row: String,
    /// `harmful` or `benign`.
    pub label: &'static str,
    /// Whether it is blocked now; otherwise it was.
    pub blocked: bool,
    /// The rule that weighed most where it is blocked.
    pub rule: Option<String>,
}

/// How often rows of one label are blocked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Share {
    /// Rows.
    pub rows: u64,
    /// Blocked by what is compared with.
    pub before: u64,
    /// Blocked by what is tried.
    pub after: u64,
}

/// What came of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Comparison {
    /// The set.
    pub name: String,
    /// Rows that should be blocked.
    pub harmful: Share,
    /// Rows that should pass: their blocks are false alarms.
    pub benign: Share,
    /// Rows that could not be read or judged.
    pub errors: u64,
    /// What is wrong with the first of them.
    #[serde(skip)]
    pub complaints: Vec<String>,
    /// Every row that is decided otherwise.
    pub changed: Vec<Changed>,
}

/// Whether a row is blocked before and after, and by which rule.
struct Both {
    before: (bool, Option<String>),
    after: (bool, Option<String>),
}

/// Judges every row of the set at `path` by both.
///
/// # Errors
/// When the file cannot be read.
pub fn compare(path: &Path, compare: &Compare) -> io::Result<Comparison> {
    let mut found = Comparison { name: dataset::name_of(path), ..Comparison::default() };
    let feed = |give: &mut dyn FnMut((u64, Result<Row, String>)) -> bool| {
        let mut number = 0_u64;
        dataset::read(path, &compare.fields, &mut |row| {
            number += 1;
            compare.limit.is_none_or(|limit| number <= limit) && give((number, row))
        })
    };
    let work = |(number, row): (u64, Result<Row, String>)| {
        let row = row?;
        let both = catch_unwind(AssertUnwindSafe(|| compare.judge(&row)));
        let both = both.map_err(|_| format!("row {number}: the judge panicked"))?;
        Ok((row.id.unwrap_or_else(|| format!("row {number}")), row.label, both))
    };
    pool::in_order(pool::cores(), feed, work, |judged: Result<_, String>| {
        match judged {
            Err(why) => {
                found.errors += 1;
                if found.complaints.len() < COMPLAINTS {
                    found.complaints.push(why);
                }
            }
            Ok((row, label, both)) => found.add(row, label, both),
        }
        true
    })?;
    Ok(found)
}

impl Compare {
    fn judge(&self, row: &Row) -> Both {
        let engine = &self.engine;
        let found = screen(engine, &Request::plain(&row.text));
        let verdicts = classify(&self.before, &found.candidates, &mut Budget::new(Limits::default()));
        let decided = |judges: &Judges, verdicts: &[_]| {
            let thresholds = judges.model.thresholds();
            let decision = decide(&self.policy, thresholds, verdicts, &found.incomplete);
            (decision.action == Action::Block, decision.rule.map(|rule| rule.to_string()))
        };
        Both { before: decided(&self.before, &verdicts), after: decided(&engine.judges, &found.verdicts) }
    }
}

impl Comparison {
    fn add(&mut self, row: String, label: Label, both: Both) {
        let share = if label == Label::Harmful { &mut self.harmful } else { &mut self.benign };
        share.rows += 1;
        share.before += u64::from(both.before.0);
        share.after += u64::from(both.after.0);
        if both.before.0 != both.after.0 {
            let blocked = both.after.0;
            let rule = if blocked { both.after.1 } else { both.before.1 };
            self.changed.push(Changed { row, label: label.name(), blocked, rule });
        }
    }
}
