//! The linear score of a text, window by window.

use std::ops::Range;

use super::feature::BUCKETS;
use super::feature::WordFeatures;
use super::feature::features;

/// Words of one block. Windows are made of whole blocks, so one pass with four blocks in hand gives them all.
pub const BLOCK: usize = 16;
/// Window sizes in blocks. The short one keeps a brief request from drowning in a long text.
const WINDOWS: [usize; 2] = [2, 4];

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

/// The window that scored highest.
#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    /// Its raw score.
    pub raw: f32,
    /// Blocks in the whole text.
    pub blocks: usize,
    /// Its words.
    pub words: Range<usize>,
}

/// Sums over some words: weights and features, by table.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    weight: [i32; 2],
    features: [u32; 2],
}

/// Features below which a text's score is not divided by less: a word or two proves little.
pub const FEWEST: [u32; 2] = [8, 24];

/// What a sum over this many features of a table is multiplied by.
pub fn share(table: usize, features: u32) -> f32 {
    1.0 / (features.max(FEWEST[table]) as f32).sqrt()
}

impl Linear {
    /// The highest window of `text`.
    pub fn peak(&self, text: &str) -> Peak {
        let mut recent = [Block::default(); 4];
        let mut peak = Peak { raw: f32::NEG_INFINITY, blocks: 0, words: 0..0 };
        let mut words = 0usize;
        features(text, |word| {
            if words.is_multiple_of(BLOCK) {
                self.settle(&recent, words, &mut peak);
                recent.rotate_left(1);
                recent[3] = Block::default();
                peak.blocks += 1;
            }
            self.add(&mut recent[3], word);
            words += 1;
        });
        self.settle(&recent, words, &mut peak);
        peak
    }

    fn add(&self, block: &mut Block, word: &WordFeatures) {
        for &at in &word.words {
            block.weight[0] += i32::from(self.weights[at as usize]);
        }
        for &at in &word.chars {
            block.weight[1] += i32::from(self.weights[at as usize]);
        }
        block.features[0] += word.words.len() as u32;
        block.features[1] += word.chars.len() as u32;
    }

    /// Scores the windows that end with the last of `recent`.
    fn settle(&self, recent: &[Block; 4], words: usize, peak: &mut Peak) {
        if words == 0 {
            return;
        }
        for size in WINDOWS {
            let raw = self.raw(&recent[4 - size..]);
            if raw > peak.raw {
                let last = words.div_ceil(BLOCK);
                peak.raw = raw;
                peak.words = last.saturating_sub(size) * BLOCK..words;
            }
        }
    }

    fn raw(&self, blocks: &[Block]) -> f32 {
        (0..2).fold(self.bias, |raw, table| {
            let weight: i32 = blocks.iter().map(|block| block.weight[table]).sum();
            let features: u32 = blocks.iter().map(|block| block.features[table]).sum();
            raw + self.scale[table] * weight as f32 * share(table, features)
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
