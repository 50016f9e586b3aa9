//! Judged rows, counted in memory that does not grow with their number.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::judge::decide::Action;
use crate::measure::replay::figures::Figures;
use crate::measure::replay::interval::share;
use crate::measure::replay::row::{Label, Row};
use crate::measure::replay::target::Judged;
use crate::measure::replay::worst::Worst;

/// Bins a score falls into, 0 to 1.
pub(crate) const BINS: usize = 200;
/// Distinct names kept apart in one grouping; further ones share a row, so that a set cannot grow the tally without end.
const GROUPS: usize = 200;
/// The longest time told apart, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;

/// Counts of one part of the rows: an action, a label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) harmful: u64,
    pub(crate) harmful_blocked: u64,
    pub(crate) benign: u64,
    pub(crate) benign_stopped: u64,
}

impl Part {
    fn add(&mut self, label: Label, blocked: bool, stopped: bool) {
        match label {
            Label::Harmful => {
                self.harmful += 1;
                self.harmful_blocked += u64::from(blocked);
            }
            Label::Benign => {
                self.benign += 1;
                self.benign_stopped += u64::from(stopped);
            }
        }
    }

    fn merge(&mut self, other: &Part) {
        self.harmful += other.harmful;
        self.harmful_blocked += other.harmful_blocked;
        self.benign += other.benign;
        self.benign_stopped += other.benign_stopped;
    }

    pub(crate) fn block_rate(&self) -> Option<f64> {
        share(self.harmful_blocked, self.harmful)
    }

    pub(crate) fn fpr(&self) -> Option<f64> {
        share(self.benign_stopped, self.benign)
    }
}

/// How much was asked of others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Rows with a text that others were asked about.
    pub(crate) rows: u64,
    /// Those texts.
    pub(crate) texts: u64,
    /// Of those, the ones without an answer.
    pub(crate) failed: u64,
}

impl Asked {
    fn add(&mut self, (texts, failed): (u64, u64)) {
        self.merge(&Asked { rows: u64::from(texts > 0), texts, failed });
    }

    fn merge(&mut self, other: &Asked) {
        self.rows += other.rows;
        self.texts += other.texts;
        self.failed += other.failed;
    }
}

/// What rows are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The kind of wrapper, as the set names it.
    Template,
    /// The kind of harm, as the set names it.
    Category,
    /// The natural language, as the set names it.
    Language,
    /// The origin of the deciding text.
    Origin,
}

impl By {
    pub(crate) const ALL: [By; 4] = [By::Template, By::Category, By::Language, By::Origin];

    fn name_in<'r>(self, row: &'r Row, judged: &Judged) -> Option<&'r str> {
        match self {
            By::Template => row.template.as_deref(),
            By::Category => row.category.as_deref(),
            By::Language => row.language.as_deref(),
            By::Origin => judged.origin,
        }
    }
}

/// Everything counted over one set, or over all of them.
#[derive(Debug, Clone)]
pub struct Tally {
    /// The set.
    pub name: String,
    /// Rows read, bad ones included, rows counted apart not.
    pub rows: u64,
    /// Rows that could not be read or judged.
    pub errors: u64,
    /// Rows marked `core: false`, which take no part in any rate.
    pub excluded: u64,
    /// The rows that went most wrong.
    pub worst: Worst,
    pub(crate) all: Part,
    pub(crate) actions: [u64; 3],
    pub(crate) incomplete: u64,
    pub(crate) unscreened: u64,
    pub(crate) with_plain: u64,
    pub(crate) recovered: u64,
    pub(crate) micros: Histogram<u64>,
    pub(crate) scores: [[u64; BINS]; 2],
    /// What each strictness would have done; unknown where a proxy decided.
    pub(crate) strictness: Option<[Part; 4]>,
    groups: [BTreeMap<String, Part>; 4],
    /// What would have been without second opinions; none where nobody could be asked.
    pub(crate) without_second: Option<Part>,
    pub(crate) second: Asked,
    show_text: bool,
}

impl Tally {
    /// Nothing counted yet, under `name`. `show_text` keeps the texts of the worst rows.
    pub fn new(name: impl Into<String>, show_text: bool) -> Self {
        Tally {
            name: name.into(),
            rows: 0,
            errors: 0,
            excluded: 0,
            worst: Worst::default(),
            all: Part::default(),
            actions: [0; 3],
            incomplete: 0,
            unscreened: 0,
            with_plain: 0,
            recovered: 0,
            micros: Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are constants it takes"),
            scores: [[0; BINS]; 2],
            strictness: None,
            groups: Default::default(),
            without_second: None,
            second: Asked::default(),
            show_text,
        }
    }

    /// Counts one row that could not be read or judged.
    pub fn add_error(&mut self) {
        self.rows += 1;
        self.errors += 1;
    }

    /// Counts one judged row.
    pub fn add(&mut self, row: &Row, judged: &Judged) {
        self.rows += 1;
        let (blocked, stopped) = (judged.is_blocked(), judged.is_stopped());
        self.all.add(row.label, blocked, stopped);
        self.actions[judged.action as usize] += 1;
        self.incomplete += u64::from(judged.incomplete);
        self.unscreened += u64::from(judged.unscreened);
        self.micros.saturating_record(judged.micros);
        if let Some(recovered) = judged.recovered {
            self.with_plain += 1;
            self.recovered += u64::from(recovered);
        }
        if let Some(score) = judged.score {
            self.scores[row.label as usize][bin_of(score)] += 1;
        }
        if let Some(actions) = judged.by_strictness {
            for (part, action) in self.strictness.get_or_insert_default().iter_mut().zip(actions) {
                let blocked = action == Action::Block;
                part.add(row.label, blocked, blocked || judged.refused);
            }
        }
        if let Some(action) = judged.without_second {
            let blocked = action == Action::Block;
            self.without_second.get_or_insert_default().add(row.label, blocked, blocked || judged.refused);
        }
        self.second.add(judged.second);
        for by in By::ALL {
            let Some(name) = by.name_in(row, judged) else { continue };
            entry(&mut self.groups[by as usize], name).add(row.label, blocked, stopped);
        }
        self.worst.add(&self.name, self.rows, row, judged, self.show_text);
    }

    /// Adds what another tally counted.
    pub fn merge(&mut self, other: &Tally) {
        self.rows += other.rows;
        self.errors += other.errors;
        self.excluded += other.excluded;
        self.all.merge(&other.all);
        self.incomplete += other.incomplete;
        self.unscreened += other.unscreened;
        self.with_plain += other.with_plain;
        self.recovered += other.recovered;
        self.micros += &other.micros;
        for (mine, theirs) in self.actions.iter_mut().zip(&other.actions) {
            *mine += theirs;
        }
        for (mine, theirs) in self.scores.iter_mut().flatten().zip(other.scores.iter().flatten()) {
            *mine += theirs;
        }
        if let Some(theirs) = &other.strictness {
            let mine = self.strictness.get_or_insert_default();
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| mine.merge(theirs));
        }
        if let Some(theirs) = &other.without_second {
            self.without_second.get_or_insert_default().merge(theirs);
        }
        self.second.merge(&other.second);
        for (mine, theirs) in self.groups.iter_mut().zip(&other.groups) {
            for (name, part) in theirs {
                entry(mine, name).merge(part);
            }
        }
        self.worst.merge(&other.worst);
    }

    /// The parts of the rows under one grouping.
    pub(crate) fn group(&self, by: By) -> &BTreeMap<String, Part> {
        &self.groups[by as usize]
    }

    /// The figures of what was counted.
    pub fn figures(&self) -> Figures {
        Figures::of(self)
    }
}

fn entry<'g>(group: &'g mut BTreeMap<String, Part>, name: &str) -> &'g mut Part {
    let known = group.len() < GROUPS || group.contains_key(name);
    group.entry(if known { name } else { "(others)" }.to_owned()).or_default()
}

fn bin_of(score: f32) -> usize {
    // A float-to-integer cast saturates, so a NaN or a score out of range lands in the first or last bin.
    ((score * BINS as f32) as usize).min(BINS - 1)
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
