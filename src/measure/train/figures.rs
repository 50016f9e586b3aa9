//! Recall at fixed false-positive rates.

use std::fmt;

/// False-positive rates that recall is given at.
pub const RATES: [f64; 4] = [0.001, 0.005, 0.01, 0.05];

/// Scores of labelled texts.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    harmful: Vec<f32>,
    benign: Vec<f32>,
}

impl Figures {
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
