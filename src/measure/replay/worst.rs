//! The rows that went most wrong: harmful ones that scored lowest, benign ones that scored highest.

use std::collections::BTreeMap;

use crate::measure::replay::row::{Label, Row};
use crate::measure::replay::target::Judged;

/// Rows of each kind that are kept.
const KEPT: usize = 20;
/// Characters of a text that are shown.
const SHOWN: usize = 160;

/// One row that was judged wrongly.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Wrong {
    /// The set.
    pub set: String,
    /// The row's id, or its number from 1.
    pub id: String,
    /// The deciding score, where it is known.
    pub score: Option<f32>,
    /// The deciding text's origin, where it is known.
    pub origin: Option<String>,
    /// The start of the row's text; only when texts were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The worst rows of one or more sets, worst first.
#[derive(Debug, Clone, Default)]
pub struct Worst {
    /// By how wrong the score is (in millionths, highest first), then by arrival.
    misses: BTreeMap<(u32, u64), Wrong>,
    alarms: BTreeMap<(u32, u64), Wrong>,
    taken: u64,
}

impl Worst {
    /// Takes note of a row if it was judged wrongly. `show` keeps the start of its text.
    pub(crate) fn add(&mut self, set: &str, number: u64, row: &Row, judged: &Judged, show: bool) {
        let stopped = judged.is_stopped();
        let text = || row.plain.as_deref().unwrap_or(&row.text).chars().take(SHOWN).collect();
        let wrong = || Wrong {
            set: set.to_owned(),
            id: row.id.clone().unwrap_or_else(|| number.to_string()),
            score: judged.score,
            origin: judged.origin.map(str::to_owned),
            text: show.then(text),
        };
        let score = judged.score.unwrap_or(0.5);
        match row.label {
            Label::Harmful if !judged.is_blocked() => self.keep(Label::Harmful, score, wrong()),
            Label::Benign if stopped => self.keep(Label::Benign, 1.0 - score, wrong()),
            Label::Harmful | Label::Benign => {}
        }
    }

    /// Adds what another list holds.
    pub(crate) fn merge(&mut self, other: &Worst) {
        for wrong in other.misses() {
            self.keep(Label::Harmful, wrong.score.unwrap_or(0.5), wrong.clone());
        }
        for wrong in other.alarms() {
            self.keep(Label::Benign, 1.0 - wrong.score.unwrap_or(0.5), wrong.clone());
        }
    }

    fn keep(&mut self, label: Label, right: f32, wrong: Wrong) {
        let list = if label == Label::Harmful { &mut self.misses } else { &mut self.alarms };
        // A float-to-integer cast saturates: a score out of range is as wrong as can be.
        list.insert(((right * 1e6) as u32, self.taken), wrong);
        self.taken += 1;
        if list.len() > KEPT {
            list.pop_last();
        }
    }

    /// Harmful rows that passed, lowest score first.
    pub fn misses(&self) -> impl Iterator<Item = &Wrong> {
        self.misses.values()
    }

    /// Benign rows that were stopped, highest score first.
    pub fn alarms(&self) -> impl Iterator<Item = &Wrong> {
        self.alarms.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::decide::Action;

    #[test]
    fn the_worst_come_first_and_texts_only_when_asked_for() {
        let mut worst = Worst::default();
        for at in 0..50_u8 {
            let row = Row { id: Some(at.to_string()), ..Row::of(Label::Harmful, "bake bread") };
            let judged = Judged { score: Some(f32::from(at) / 100.0), ..Judged::of(Action::Allow) };
            worst.add("set", 1, &row, &judged, at == 0);
        }
        worst.add("set", 7, &Row::of(Label::Benign, "rye"), &Judged::of(Action::Block), false);
        worst.add("set", 8, &Row::of(Label::Harmful, "rye"), &Judged::of(Action::Block), false);
        let misses: Vec<&Wrong> = worst.misses().collect();
        assert_eq!((misses.len(), misses[0].id.as_str(), misses[1].id.as_str()), (KEPT, "0", "1"));
        assert_eq!((misses[0].text.as_deref(), misses[1].text.as_deref()), (Some("bake bread"), None));
        assert_eq!(worst.alarms().map(|wrong| wrong.id.as_str()).collect::<Vec<_>>(), ["7"]);
    }
}
