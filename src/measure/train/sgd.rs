//! Logistic regression over hashed features: averaged stochastic gradient descent (Bottou 2012) with L2 shrinkage.

use super::rng::Rng;
use crate::judge::classify::model::feature::BUCKETS;
use crate::judge::classify::model::feature::features;
use crate::judge::classify::model::linear::Linear;
use crate::judge::classify::model::linear::share;
use crate::judge::classify::model::piece::Pieces;

/// Words of a text that are learned from.
pub(super) const WORDS: usize = 96;
/// L2 shrinkage.
const ALPHA: f64 = 1e-6;
/// The first step is `1 / (ALPHA * START)`, that is 4.
const START: f64 = 0.25 / ALPHA;
const BIAS_RATE: f32 = 0.1;

/// One text as features.
#[derive(Debug, Clone)]
pub(super) struct Example {
    tables: [Vec<u32>; 2],
    /// Its word pieces.
    pub(super) pieces: Vec<u16>,
    pub(super) harmful: bool,
    pub(super) weight: f32,
}

impl Example {
    /// `None` when the text has no words.
    pub(super) fn new(text: &str, harmful: bool, weight: f32, known: &Pieces) -> Option<Self> {
        let mut tables = [Vec::new(), Vec::new()];
        let mut pieces = Vec::new();
        let mut words = 0;
        features(text, |word| {
            if words < WORDS {
                tables[0].extend_from_slice(&word.words);
                tables[1].extend_from_slice(&word.chars);
                known.cut(&word.letters, |piece| pieces.extend(u16::try_from(piece)));
            }
            words += 1;
        });
        (words > 0).then_some(Example { tables, pieces, harmful, weight })
    }

    /// What `linear` makes of it.
    pub(super) fn raw(&self, linear: &Linear) -> f32 {
        self.tables.iter().zip(linear.scale).enumerate().fold(
            linear.bias,
            |raw, (table, (buckets, scale))| {
                let sum: i32 = buckets.iter().map(|&at| i32::from(linear.weights[at as usize])).sum();
                raw + scale * sum as f32 * self.share(table)
            },
        )
    }

    fn share(&self, table: usize) -> f32 {
        share(table, self.tables[table].len() as u32)
    }
}

/// Full-precision weights of both tables, and the bias.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) weights: Vec<f32>,
    pub(super) bias: f32,
}

/// Fits `examples`; calls `passed` after every epoch. The average is taken over the second half of the epochs.
pub(super) fn fit(examples: &[&Example], epochs: usize, seed: u64, mut passed: impl FnMut()) -> Fit {
    let rarity = rarity(examples);
    let mut state = Descent { weights: vec![0.0; 2 * BUCKETS], bias: 0.0, scale: 1.0, time: START };
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut rng = Rng::new(seed);
    let (mut sum, mut bias, mut taken) = (vec![0.0f64; 2 * BUCKETS], 0.0f64, 0.0f64);
    for epoch in 0..epochs {
        rng.shuffle(&mut order);
        for half in order.chunks(order.len().div_ceil(2).max(1)) {
            half.iter().for_each(|&at| state.step(examples[at], &rarity));
            if epoch >= epochs / 2 {
                for (sum, &weight) in sum.iter_mut().zip(&state.weights) {
                    *sum += f64::from(weight) * state.scale;
                }
                bias += f64::from(state.bias);
                taken += 1.0;
            }
        }
        passed();
    }
    let taken = taken.max(1.0);
    let weights = sum.iter().zip(&rarity).map(|(sum, rare)| (sum / taken) as f32 * rare).collect();
    Fit { weights, bias: (bias / taken) as f32 }
}

/// Inverse document frequency, scaled so that a feature of one text in 150 counts 1: frequent features learn slowly.
fn rarity(examples: &[&Example]) -> Vec<f32> {
    let mut texts = vec![0u32; 2 * BUCKETS];
    let mut last = vec![usize::MAX; 2 * BUCKETS];
    for (at, example) in examples.iter().enumerate() {
        for &bucket in example.tables.iter().flatten() {
            let bucket = bucket as usize;
            if last[bucket] != at {
                last[bucket] = at;
                texts[bucket] += 1;
            }
        }
    }
    let all = examples.len() as f32 + 1.0;
    texts.iter().map(|&texts| ((all / (texts as f32 + 1.0)).ln() / 5.0).max(0.05)).collect()
}

struct Descent {
    /// To be multiplied by `scale`: shrinking all weights is then one multiplication.
    weights: Vec<f32>,
    bias: f32,
    scale: f64,
    time: f64,
}

impl Descent {
    fn step(&mut self, example: &Example, rarity: &[f32]) {
        let rate = 1.0 / (ALPHA * self.time);
        self.time += 1.0;
        self.scale *= 1.0 - rate * ALPHA;
        let mut raw = 0.0;
        for (table, buckets) in example.tables.iter().enumerate() {
            let sum: f32 = buckets.iter().map(|&at| self.weights[at as usize] * rarity[at as usize]).sum();
            raw += sum * example.share(table);
        }
        let odds = self.bias + raw * self.scale as f32;
        let wanted = if example.harmful { 1.0 } else { 0.0 };
        let pull = rate as f32 * example.weight * (wanted - 1.0 / (1.0 + (-odds).exp()));
        self.bias += pull * BIAS_RATE;
        for (table, buckets) in example.tables.iter().enumerate() {
            let pull = pull / self.scale as f32 * example.share(table);
            for &at in buckets {
                self.weights[at as usize] += pull * rarity[at as usize];
            }
        }
    }
}
