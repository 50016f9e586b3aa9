//! Recall at fixed false-positive rates.

use std::fmt;
use std::fmt::Write as _;

use super::corpus::Row;

/// False-positive rates that recall is given at.
pub const RATES: [f64; 4] = [0.001, 0.005, 0.01, 0.05];

/// Scores of labelled texts.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    harmful: Vec<f32>,
    benign: Vec<f32>,
    /// Harmful rows left out since they read like harmless ones; no rate counts them.
    doubtful: usize,
    listed: Vec<Listed>,
}

/// One text that was held out, without the text.
#[derive(Debug, Clone)]
struct Listed {
    source: String,
    label: &'static str,
    alone: f32,
    spelled: f32,
}

impl Figures {
    /// None yet, so many harmful rows being left out.
    pub(super) fn without(doubtful: usize) -> Self {
        Figures { doubtful, ..Figures::default() }
    }

    /// Keeps the scores of one row, as it stands and spelled out by code, for [`Figures::table`].
    pub(super) fn list(&mut self, row: &Row, alone: f32, spelled: f32) {
        let label = if row.harmful { "harmful" } else { "benign" };
        let source = format!("{}{}", row.source, if row.foreign { " (translated)" } else { "" });
        self.listed.push(Listed { source, label, alone, spelled });
    }

    /// The rows that were held out as tab-separated lines, in the order of the parts they were held out in: source, label,
    /// score as it stands, score spelled out.
    pub fn table(&self) -> String {
        let mut out = "source\tlabel\talone\tspelled\n".to_owned();
        for Listed { source, label, alone, spelled } in &self.listed {
            let _ = writeln!(out, "{source}\t{label}\t{alone}\t{spelled}");
        }
        out
    }

    /// Adds one scored text.
    pub fn add(&mut self, harmful: bool, score: f32) {
        if harmful { self.harmful.push(score) } else { self.benign.push(score) }
    }

    /// Share of harmful texts above the score that `rate` of the benign ones exceed.
    pub fn recall(&self, rate: f64) -> f64 {
        let mut benign = self.benign.clone();
        benign.sort_unstable_by(|a, b| b.total_cmp(a));
        let least = benign.get((benign.len() as f64 * rate) as usize).copied().unwrap_or(0.0);
        let found = self.harmful.iter().filter(|&&score| score > least).count();
        found as f64 / self.harmful.len().max(1) as f64
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} harmful, {} benign texts held out;", self.harmful.len(), self.benign.len())?;
        write!(f, " {} harmful ones left out as doubtful;", self.doubtful)?;
        for rate in RATES {
            write!(f, " recall {:.1} % at {:.1} %;", 100.0 * self.recall(rate), 100.0 * rate)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_counts_what_is_above_the_benign() {
        let mut figures = Figures::default();
        (0u8..100).for_each(|at| figures.add(false, f32::from(at) / 200.0));
        (0u8..10).for_each(|at| figures.add(true, 0.05 + f32::from(at) / 10.0));
        assert!((figures.recall(0.01) - 0.5).abs() < 0.11);
    }
}
