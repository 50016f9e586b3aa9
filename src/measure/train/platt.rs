//! Raw scores of texts the fit has not seen to probabilities.

use crate::judge::classify::model::Calibration;
use crate::judge::classify::model::doublings;
use crate::judge::classify::model::window::Peak;

/// Steps of Newton's method; a handful is enough.
const ROUNDS: usize = 30;
/// Keeps the steps finite where an input never varies.
const RIDGE: f64 = 1e-6;
const INPUTS: usize = 3;

/// A text that the fit has not seen, and what it counts among its kind.
#[derive(Debug, Clone)]
pub(super) struct Graded {
    pub(super) peak: Peak,
    pub(super) harmful: bool,
    pub(super) weight: f32,
}

/// Fits the sigmoid by Newton's method on log-loss; both classes weigh the same.
pub(super) fn fit(texts: &[Graded]) -> Calibration {
    let seen = texts.iter().filter(|text| text.peak.raw.is_finite());
    let mass = |harmful: bool| {
        let of = seen.clone().filter(|text| text.harmful == harmful);
        of.map(|text| f64::from(text.weight)).sum::<f64>().max(1.0)
    };
    let (harmful, benign) = (mass(true), mass(false));
    let rows: Vec<([f64; INPUTS], f64, f64)> = seen
        .clone()
        .map(|Graded { peak, harmful: yes, weight }| {
            let inputs = [peak.raw, 1.0, -doublings(peak)].map(f64::from);
            let (wanted, mass) = if *yes { (1.0, harmful) } else { (0.0, benign) };
            (inputs, wanted, 0.5 * f64::from(*weight) / mass)
        })
        .collect();
    let mut w = [0.5f64, 0.0, 0.0];
    for _ in 0..ROUNDS {
        let mut pull = [0.0f64; INPUTS];
        let mut bend = [[0.0f64; INPUTS]; INPUTS];
        for (inputs, wanted, weight) in &rows {
            let odds: f64 = inputs.iter().zip(&w).map(|(x, w)| x * w).sum();
            let p = 1.0 / (1.0 + (-odds).exp());
            for (at, x) in inputs.iter().enumerate() {
                pull[at] += (wanted - p) * weight * x;
                for (bend, y) in bend[at].iter_mut().zip(inputs) {
                    *bend += (p * (1.0 - p)).max(1e-4) * weight * x * y;
                }
            }
        }
        (0..INPUTS).for_each(|at| bend[at][at] += RIDGE);
        w.iter_mut().zip(solved(bend, pull)).for_each(|(w, step)| *w += step);
    }
    Calibration {
        slope: w[0].max(0.01) as f32,
        offset: w[1] as f32,
        per_doubling: w[2].max(0.0) as f32,
        per_halving: 0.0,
        context: 0.0,
    }
}

/// Solves `of · x = to` for a symmetric matrix without zero directions.
fn solved(mut of: [[f64; INPUTS]; INPUTS], mut to: [f64; INPUTS]) -> [f64; INPUTS] {
    for pivot in 0..INPUTS {
        let row = of[pivot];
        for below in pivot + 1..INPUTS {
            let factor = of[below][pivot] / row[pivot];
            of[below].iter_mut().zip(row).for_each(|(number, above)| *number -= factor * above);
            to[below] -= factor * to[pivot];
        }
    }
    for pivot in (0..INPUTS).rev() {
        let rest: f64 = (pivot + 1..INPUTS).map(|at| of[pivot][at] * to[at]).sum();
        to[pivot] = (to[pivot] - rest) / of[pivot][pivot];
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::classify::model::window::Places;

    #[test]
    fn higher_scores_are_likelier_and_more_blocks_ask_for_more() {
        let text = |raw: f32, blocks: usize, harmful: bool| {
            let peak = Peak { raw, context: 0.0, blocks, words: 0..blocks * 16, places: Places::default() };
            Graded { peak, harmful, weight: 1.0 }
        };
        let mut texts = Vec::new();
        for at in 0..400u16 {
            let noise = f32::from(at % 40) / 10.0 - 2.0;
            texts.push(text(1.0 + noise, 1, true));
            texts.push(text(-1.0 + noise, 1, false));
            texts.push(text(0.5 + noise, 8, false));
        }
        let fitted = fit(&texts);
        assert!(fitted.slope > 0.1 && fitted.per_doubling > 0.1, "{fitted:?}");
        let chance = |raw, blocks| fitted.probability(&text(raw, blocks, false).peak);
        assert!(chance(1.0, 1) > 0.5 && chance(-1.0, 1) < 0.5);
    }

    #[test]
    fn equations_are_solved() {
        let x = solved([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]], [6.0, 10.0, 8.0]);
        x.iter().zip([1.0, 2.0, 3.0]).for_each(|(x, want)| assert!((x - want).abs() < 1e-9, "{x}"));
    }
}
