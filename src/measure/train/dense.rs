//! The dense half: one layer of hidden units over the weighted mean of word-piece vectors, fitted by Adam
//! (Kingma and Ba 2015) on log-loss with dropout, then multiplied into the vectors.

use ndarray::{Array1, Array2, Axis};

use super::rng::Rng;
use super::sgd::Example;
use super::vectors::Vectors;
use crate::judge::classify::model::dense::{Dense, HIDDEN, LEAST, Layer, Sum, WHOLE};
use crate::judge::classify::model::linear::Linear;

const BATCH: usize = 512;
const EPOCHS: usize = 6;
const RATE: f32 = 1e-3;
const DECAY: f32 = 1e-4;
/// Hidden units in 100 that a batch leaves out.
const DROPPED: usize = 20;

/// How far the dense half reaches beside the linear one; best on sources held out, and flat from 0.6 to 1.5.
const SHARE: f32 = 1.0;

/// Passes over the data that one fit makes.
pub(super) const PASSES: usize = EPOCHS;

/// Fits `examples`; calls `passed` after every epoch.
pub(super) fn fit(vectors: &Vectors, examples: &[&Example], seed: u64, mut passed: impl FnMut()) -> Dense {
    let unit = unit(vectors);
    let inputs = Inputs { vectors, weights: &vectors.weights, unit };
    let mut rng = Rng::new(seed);
    let mut net = Net::new(vectors.size, &mut rng);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let steps = (EPOCHS * examples.len().div_ceil(BATCH)) as f32;
    for _ in 0..EPOCHS {
        rng.shuffle(&mut order);
        for batch in order.chunks(BATCH) {
            let batch: Vec<&Example> = batch.iter().map(|&at| examples[at]).collect();
            let rate = RATE * (1.0 - net.taken as f32 / steps) + 1e-5;
            net.step(&inputs.of(&batch), &batch, rate, &mut rng);
        }
        passed();
    }
    inputs.multiplied(&net)
}

/// What `dense` makes of an example.
pub(super) fn raw(dense: &Dense, example: &Example) -> f32 {
    let mut sum = Sum::default();
    example.pieces.iter().for_each(|&piece| dense.add_piece(&mut sum, usize::from(piece)));
    dense.raw(&sum)
}

/// `dense` with its score stretched so that it spreads over `examples` a set part as far as that of `linear` does. The
/// linear half knows what it was fitted on better than what it was not; the dense half hardly does.
pub(super) fn matched(mut dense: Dense, linear: &Linear, examples: &[&Example]) -> Dense {
    let ours = spread(examples.iter().map(|example| raw(&dense, example)));
    let theirs = spread(examples.iter().map(|example| example.raw(linear)));
    let gain = if ours > 0.0 { SHARE * theirs / ours } else { 0.0 };
    dense.layer.out.iter_mut().chain([&mut dense.layer.rest]).for_each(|number| *number *= gain);
    dense
}

/// Standard deviation.
fn spread(numbers: impl Iterator<Item = f32>) -> f32 {
    let (mut all, mut sum, mut squares) = (0.0f64, 0.0f64, 0.0f64);
    for number in numbers.map(f64::from) {
        all += 1.0;
        sum += number;
        squares += number * number;
    }
    let mean = sum / all.max(1.0);
    (squares / all.max(1.0) - mean * mean).max(0.0).sqrt() as f32
}

/// What brings the numbers of a mean to about 1: their spread over all vectors.
fn unit(vectors: &Vectors) -> f32 {
    let sum: f64 = vectors.table.iter().map(|&number| f64::from(number).powi(2)).sum();
    let spread = (sum / vectors.table.len().max(1) as f64).sqrt();
    // A mean of words varies about half as much as a single word does.
    if spread > 0.0 { (2.0 / spread) as f32 } else { 0.0 }
}

struct Inputs<'a> {
    vectors: &'a Vectors,
    weights: &'a [u8],
    unit: f32,
}

impl Inputs<'_> {
    /// The weighted means of some examples, a row each.
    fn of(&self, batch: &[&Example]) -> Array2<f32> {
        let size = self.vectors.size;
        let mut rows = Array2::zeros((batch.len(), size));
        for (example, mut row) in batch.iter().zip(rows.rows_mut()) {
            let mut all = 0.0;
            for &piece in &example.pieces {
                let piece = usize::from(piece);
                let weight = f32::from(self.weights[piece]) / WHOLE;
                all += weight;
                let vector = &self.vectors.table[piece * size..(piece + 1) * size];
                row.iter_mut().zip(vector).for_each(|(sum, &number)| *sum += weight * f32::from(number));
            }
            let share = self.unit / all.max(LEAST);
            row.mapv_inplace(|sum| sum * share);
        }
        rows
    }

    /// The vectors behind the first layer.
    fn multiplied(&self, net: &Net) -> Dense {
        let size = self.vectors.size.max(1);
        let mut rows = Array2::zeros((self.vectors.pieces.len(), self.vectors.size));
        let numbers = self.vectors.table.chunks(size).zip(self.weights);
        for ((vector, &weight), mut row) in numbers.zip(rows.rows_mut()) {
            let weight = self.unit * f32::from(weight) / WHOLE;
            row.iter_mut().zip(vector).for_each(|(out, &number)| *out = weight * f32::from(number));
        }
        let rows = rows.dot(&net.first);
        let scale: Vec<f32> = rows
            .columns()
            .into_iter()
            .map(|column| {
                column.iter().fold(f32::MIN_POSITIVE, |most, number| most.max(number.abs())) / 127.0
            })
            .collect();
        let mut table = Vec::with_capacity(rows.len());
        for row in rows.rows() {
            table.extend(row.iter().zip(&scale).map(|(number, scale)| (number / scale).round() as i8));
        }
        Dense {
            pieces: self.vectors.pieces.clone(),
            table,
            weights: self.weights.to_vec(),
            layer: Layer { scale, bias: net.bias.to_vec(), out: net.out.to_vec(), rest: net.rest[0] },
        }
    }
}

/// The network and what Adam remembers of it.
struct Net {
    first: Array2<f32>,
    bias: Array1<f32>,
    out: Array1<f32>,
    rest: Array1<f32>,
    moments: [Moments; 4],
    taken: i32,
}

impl Net {
    fn new(size: usize, rng: &mut Rng) -> Self {
        let mut draw = |most: f32| (rng.below(1 << 20) as f32 / (1u32 << 19) as f32 - 1.0) * most;
        let most = 1.0 / (size.max(1) as f32).sqrt();
        Net {
            first: Array2::from_shape_simple_fn((size, HIDDEN), || draw(most)),
            bias: Array1::zeros(HIDDEN),
            out: Array1::from_shape_simple_fn(HIDDEN, || draw(0.125)),
            rest: Array1::zeros(1),
            moments: [size * HIDDEN, HIDDEN, HIDDEN, 1].map(Moments::new),
            taken: 0,
        }
    }

    fn step(&mut self, inputs: &Array2<f32>, batch: &[&Example], rate: f32, rng: &mut Rng) {
        let mut units = inputs.dot(&self.first) + &self.bias;
        let kept = 100.0 / (100 - DROPPED) as f32;
        let mask = units.mapv(|z| if z > 0.0 && rng.below(100) >= DROPPED { kept } else { 0.0 });
        units *= &mask;
        let mut pull = units.dot(&self.out) + self.rest[0];
        let all = batch.len() as f32;
        for (odds, example) in pull.iter_mut().zip(batch) {
            let wanted = if example.harmful { 1.0 } else { 0.0 };
            *odds = (1.0 / (1.0 + (-*odds).exp()) - wanted) * example.weight / all;
        }
        let out = units.t().dot(&pull);
        let back = mask * pull.view().insert_axis(Axis(1)) * &self.out;
        let first = inputs.t().dot(&back);
        self.taken += 1;
        let step = Step { rate, taken: self.taken };
        let rest = Array1::from_elem(1, pull.sum());
        step.take(&mut self.moments[0], self.first.iter_mut(), first.iter());
        step.take(&mut self.moments[1], self.bias.iter_mut(), back.sum_axis(Axis(0)).iter());
        step.take(&mut self.moments[2], self.out.iter_mut(), out.iter());
        step.take(&mut self.moments[3], self.rest.iter_mut(), rest.iter());
    }
}

/// Running means of pulls and of their squares.
struct Moments(Vec<[f32; 2]>);

impl Moments {
    fn new(size: usize) -> Self {
        Moments(vec![[0.0; 2]; size])
    }
}

struct Step {
    rate: f32,
    taken: i32,
}

impl Step {
    fn take<'a>(
        &self,
        moments: &mut Moments,
        numbers: impl Iterator<Item = &'a mut f32>,
        pulls: impl Iterator<Item = &'a f32>,
    ) {
        let (first, second) = (1.0 - 0.9f32.powi(self.taken), 1.0 - 0.999f32.powi(self.taken));
        for ((number, pull), [mean, square]) in numbers.zip(pulls).zip(&mut moments.0) {
            *mean = 0.9 * *mean + 0.1 * pull;
            *square = 0.999 * *square + 0.001 * pull * pull;
            let toward = (*mean / first) / ((*square / second).sqrt() + 1e-8);
            *number -= self.rate * (toward + DECAY * *number);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::judge::classify::model::piece::Pieces;

    #[test]
    fn what_was_multiplied_scores_as_the_network_did() {
        let pieces = Pieces::new("bake\nlay\nstone\nbread".into()).unwrap();
        let table = vec![90, 10, -80, 20, -90, -10, 70, 30];
        let vectors = Vectors { pieces, size: 2, table, weights: vec![255; 4], context: Arc::default() };
        let examples: Vec<Example> = ["bake bread", "lay stone"]
            .iter()
            .cycle()
            .take(2000)
            .enumerate()
            .filter_map(|(at, text)| Example::new(text, at % 2 == 0, 1.0, &vectors.pieces))
            .collect();
        let all: Vec<&Example> = examples.iter().collect();
        let dense = fit(&vectors, &all, 1, || ());
        assert!(raw(&dense, &examples[0]) > raw(&dense, &examples[1]));
        assert_eq!(dense.table.len(), 4 * HIDDEN);
    }
}
