//! A text is scored window by window; the highest counts.

use std::ops::Range;

use super::dense::Dense;
use super::dense::Sum as DenseSum;
use super::feature::features;
use super::linear::Linear;
use super::linear::Sum as LinearSum;

/// Words of one block. Windows are made of whole blocks, so one pass with eight blocks in hand gives them all.
pub const BLOCK: usize = 8;
/// Window sizes in blocks. The short ones keep a brief request from drowning in harmless words around it: one of a dozen words
/// stands whole in a window of two or three blocks, wherever it begins.
const WINDOWS: [usize; 4] = [2, 3, 4, 8];
const LARGEST: usize = 8;

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

#[derive(Debug, Clone, Copy, Default)]
struct Block {
    linear: LinearSum,
    dense: DenseSum,
}

/// The highest window of `text`.
pub fn peak(linear: &Linear, dense: &Dense, text: &str) -> Peak {
    let mut recent = [Block::default(); LARGEST];
    let mut peak = Peak { raw: f32::NEG_INFINITY, blocks: 0, words: 0..0 };
    let mut words = 0usize;
    features(text, |word| {
        if words.is_multiple_of(BLOCK) {
            settle(linear, dense, &recent, words, &mut peak);
            recent.rotate_left(1);
            recent[LARGEST - 1] = Block::default();
            peak.blocks += 1;
        }
        let block = &mut recent[LARGEST - 1];
        linear.add(&mut block.linear, word);
        dense.add(&mut block.dense, word);
        words += 1;
    });
    settle(linear, dense, &recent, words, &mut peak);
    peak
}

/// Scores the windows that end with the last of `recent`.
fn settle(linear: &Linear, dense: &Dense, recent: &[Block; LARGEST], words: usize, peak: &mut Peak) {
    if words == 0 {
        return;
    }
    let last = words.div_ceil(BLOCK);
    for (at, size) in WINDOWS.into_iter().enumerate() {
        if at > 0 && last <= WINDOWS[at - 1] {
            return;
        }
        let blocks = &recent[LARGEST - size..];
        let raw = linear.raw(blocks.iter().map(|block| &block.linear))
            + dense.raw(blocks.iter().map(|block| &block.dense));
        if raw > peak.raw {
            peak.raw = raw;
            peak.words = last.saturating_sub(size) * BLOCK..words;
        }
    }
}
