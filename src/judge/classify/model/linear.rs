//! The linear half of the model: one int8 weight a hashed n-gram.

use super::feature::BUCKETS;

/// int8 weights of both tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Word n-grams, then character n-grams.
    pub weights: Vec<i8>,
    /// What one step of a weight is worth, by table.
    pub scale: [f32; 2],
    /// The score of no evidence.
    pub bias: f32,
}

/// Sums over some words: weights and features, by table.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    weight: [i32; 2],
    features: [u32; 2],
}

/// Features below which a text's score is not divided by less: a word or two proves little.
pub const FEWEST: [u32; 2] = [8, 24];

/// What a sum over this many features of a table is multiplied by.
pub fn share(table: usize, features: u32) -> f32 {
    1.0 / (features.max(FEWEST[table]) as f32).sqrt()
}

impl Sum {
    /// Adds what other words came to.
    pub fn add(&mut self, other: &Sum) {
        for table in 0..2 {
            self.weight[table] = self.weight[table].wrapping_add(other.weight[table]);
            self.features[table] = self.features[table].wrapping_add(other.features[table]);
        }
    }
}

impl Linear {
    /// Adds features of a table: word n-grams, or character n-grams.
    pub fn add(&self, sum: &mut Sum, table: usize, features: &[u32]) {
        let add = |all: i32, &at: &u32| all.wrapping_add(i32::from(self.weights[at as usize]));
        sum.weight[table] = features.iter().fold(sum.weight[table], add);
        sum.features[table] = sum.features[table].wrapping_add(features.len() as u32);
    }

    /// The score of a sum.
    pub fn raw(&self, all: &Sum) -> f32 {
        (0..2).fold(self.bias, |raw, table| {
            raw + self.scale[table] * all.weight[table] as f32 * share(table, all.features[table])
        })
    }
}

/// Full-precision weights to int8: every table by its own scale, weights nearer to 0 than half a step vanish.
pub fn quantise(weights: &[f32], bias: f32, keep: usize) -> Linear {
    let mut sizes: Vec<f32> = weights.iter().map(|weight| weight.abs()).filter(|&size| size > 0.0).collect();
    sizes.sort_unstable_by(|a, b| b.total_cmp(a));
    let least = sizes.get(keep).copied().unwrap_or(0.0);
    let mut scale = [0.0; 2];
    let mut out = Vec::with_capacity(weights.len());
    for (table, half) in weights.chunks(BUCKETS).take(2).enumerate() {
        let most = half.iter().fold(0.0f32, |most, weight| most.max(weight.abs()));
        scale[table] = most / 127.0;
        let step = scale[table].max(f32::MIN_POSITIVE);
        out.extend(half.iter().map(|&w| if w.abs() > least { (w / step).round() as i8 } else { 0 }));
    }
    Linear { weights: out, scale, bias }
}
