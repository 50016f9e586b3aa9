//! Raw scores of texts the fit has not seen to probabilities.

use crate::judge::classify::model::Calibration;
use crate::judge::classify::model::window::Peak;

const ROUNDS: usize = 4000;
const RATE: f64 = 0.5;

/// Fits the sigmoid by gradient descent on log-loss; both classes weigh the same.
pub(super) fn fit(scored: &[(Peak, bool)]) -> Calibration {
    let harmful = scored.iter().filter(|(_, harmful)| *harmful).count().max(1) as f64;
    let benign = (scored.len() as f64 - harmful).max(1.0);
    let rows: Vec<([f64; 3], f64, f64)> = scored
        .iter()
        .filter(|(peak, _)| peak.raw.is_finite())
        .map(|(peak, harmful_row)| {
            let inputs = [f64::from(peak.raw), 1.0, -(peak.blocks.max(1) as f64).log2()];
            if *harmful_row { (inputs, 1.0, 0.5 / harmful) } else { (inputs, 0.0, 0.5 / benign) }
        })
        .collect();
    let mut w = [1.0f64, 0.0, 0.0];
    for _ in 0..ROUNDS.min(40_000_000 / rows.len().max(1)) {
        let mut pull = [0.0f64; 3];
        for (inputs, wanted, weight) in &rows {
            let odds: f64 = inputs.iter().zip(&w).map(|(x, w)| x * w).sum();
            let error = (wanted - 1.0 / (1.0 + (-odds).exp())) * weight;
            pull.iter_mut().zip(inputs).for_each(|(pull, x)| *pull += error * x);
        }
        w.iter_mut().zip(pull).for_each(|(w, pull)| *w += RATE * pull);
    }
    Calibration { slope: w[0].max(0.01) as f32, offset: w[1] as f32, per_doubling: w[2].max(0.0) as f32 }
}
