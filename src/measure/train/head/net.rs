//! A small network over vectors, fitted by Adam (Kingma and Ba 2015) on log-loss; both classes weigh the same.

use ndarray::{Array1, Array2, Axis};

use super::super::rng::Rng;
use crate::second::local::head::Layer;

const HIDDEN: usize = 96;
const BATCH: usize = 256;
const RATE: f32 = 1e-3;
/// Hidden units in 100 that are left out of a step.
const DROPPED: usize = 25;
/// Shrinkage of the weights at each step, in units of the rate.
const DECAY: f32 = 2e-2;
/// Vectors of unit length have small numbers; they are learned from at this size.
const SCALE: f32 = 8.0;

/// The network and what Adam remembers.
pub(super) struct Net {
    first: Array2<f32>,
    bias: Array1<f32>,
    out: Array1<f32>,
    rest: Array1<f32>,
    moments: [Vec<[f32; 2]>; 4],
    steps: i32,
}

impl Net {
    /// Fits `vectors` to `labels` and gives the layers.
    pub(super) fn fit(vectors: &[Vec<f32>], labels: &[bool], epochs: usize, seed: u64) -> Vec<Layer> {
        let size = vectors.first().map_or(0, Vec::len);
        let harmful = labels.iter().filter(|label| **label).count();
        let share = |count: usize| labels.len() as f32 / (2 * count.max(1)) as f32;
        let weights = [share(labels.len() - harmful), share(harmful)];
        let mut rng = Rng::new(seed);
        let mut net = Net::new(size, &mut rng);
        let mut order: Vec<usize> = (0..vectors.len()).collect();
        let all = (epochs * order.len().div_ceil(BATCH)).max(1) as f32;
        for _ in 0..epochs {
            rng.shuffle(&mut order);
            for batch in order.chunks(BATCH) {
                let inputs = Array2::from_shape_fn((batch.len(), size), |(row, at)| {
                    SCALE * vectors[batch[row]].get(at).copied().unwrap_or(0.0)
                });
                let wanted =
                    Array1::from_shape_fn(batch.len(), |row| f32::from(u8::from(labels[batch[row]])));
                let weight =
                    Array1::from_shape_fn(batch.len(), |row| weights[usize::from(labels[batch[row]])]);
                // The rate falls to nothing at the end.
                let rate = RATE * (1.0 - net.steps as f32 / all).max(0.0);
                net.step(&inputs, &wanted, &weight, rate, &mut rng);
            }
        }
        net.layers()
    }

    fn new(size: usize, rng: &mut Rng) -> Self {
        let mut draw = |most: f32| (rng.below(1 << 20) as f32 / (1u32 << 19) as f32 - 1.0) * most;
        let most = 1.0 / (size.max(1) as f32).sqrt();
        Net {
            first: Array2::from_shape_simple_fn((size, HIDDEN), || draw(most)),
            bias: Array1::zeros(HIDDEN),
            out: Array1::from_shape_simple_fn(HIDDEN, || draw(0.1)),
            rest: Array1::zeros(1),
            moments: [size * HIDDEN, HIDDEN, HIDDEN, 1].map(|numbers| vec![[0.0; 2]; numbers]),
            steps: 0,
        }
    }

    fn step(
        &mut self,
        inputs: &Array2<f32>,
        wanted: &Array1<f32>,
        weight: &Array1<f32>,
        rate: f32,
        rng: &mut Rng,
    ) {
        let mut units = inputs.dot(&self.first) + &self.bias;
        let kept = 100.0 / (100 - DROPPED) as f32;
        let mask = units.mapv(|z| if z > 0.0 && rng.below(100) >= DROPPED { kept } else { 0.0 });
        units *= &mask;
        let odds = units.dot(&self.out) + self.rest[0];
        let probability = odds.mapv(|odds| 1.0 / (1.0 + (-odds).exp()));
        let pull = (probability - wanted) * weight / inputs.nrows() as f32;
        let back = mask * pull.view().insert_axis(Axis(1)) * &self.out;
        let pulls = [
            inputs.t().dot(&back).iter().copied().collect(),
            back.sum_axis(Axis(0)).to_vec(),
            units.t().dot(&pull).to_vec(),
            vec![pull.sum()],
        ];
        self.steps += 1;
        let numbers: [&mut dyn Iterator<Item = &mut f32>; 4] = [
            &mut self.first.iter_mut(),
            &mut self.bias.iter_mut(),
            &mut self.out.iter_mut(),
            &mut self.rest.iter_mut(),
        ];
        for ((numbers, pulls), moments) in numbers.into_iter().zip(&pulls).zip(&mut self.moments) {
            adam(numbers, pulls, moments, rate, self.steps);
        }
    }

    fn layers(&self) -> Vec<Layer> {
        let rows =
            self.first.t().rows().into_iter().map(|row| row.iter().map(|w| w * SCALE).collect()).collect();
        vec![
            Layer { weights: rows, bias: self.bias.to_vec() },
            Layer { weights: vec![self.out.to_vec()], bias: self.rest.to_vec() },
        ]
    }
}

fn adam(
    numbers: &mut dyn Iterator<Item = &mut f32>,
    pulls: &[f32],
    moments: &mut [[f32; 2]],
    rate: f32,
    steps: i32,
) {
    let (first, second) = (1.0 - 0.9f32.powi(steps), 1.0 - 0.999f32.powi(steps));
    for ((number, pull), [mean, square]) in numbers.zip(pulls).zip(moments) {
        *mean = 0.9 * *mean + 0.1 * pull;
        *square = 0.999 * *square + 0.001 * pull * pull;
        *number -= rate * ((*mean / first) / ((*square / second).sqrt() + 1e-8) + DECAY * *number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::classify::model::Thresholds;
    use crate::second::local::head::{FORMAT, Head};

    fn head(layers: Vec<Layer>) -> Head {
        Head {
            unspool_head: FORMAT,
            model: String::new(),
            measured_beside: String::new(),
            layers,
            weight: 0.5,
            thresholds: Thresholds::from_blocks([[0.9; 5]; 4], 0.0),
            seed: 0,
            rows: 0,
        }
    }

    #[test]
    fn what_no_line_can_part_is_learned_and_the_seed_decides() {
        // Harmful where both numbers have the same sign.
        let vectors: Vec<Vec<f32>> = (0..400)
            .map(|at| vec![if at % 2 == 0 { 0.7 } else { -0.7 }, if at % 4 < 2 { 0.7 } else { -0.7 }])
            .collect();
        let labels: Vec<bool> = vectors.iter().map(|vector| vector[0] * vector[1] > 0.0).collect();
        let layers = Net::fit(&vectors, &labels, 40, 3);
        assert_eq!(layers, Net::fit(&vectors, &labels, 40, 3));
        assert_ne!(layers, Net::fit(&vectors, &labels, 40, 4));
        let head = head(layers);
        for (vector, label) in vectors.iter().zip(&labels).take(4) {
            assert_eq!(head.probability(vector) > 0.5, *label, "{vector:?}");
        }
    }
}
