//! A text is scored window by window; the highest counts.

use std::ops::Range;

use super::dense::Dense;
use super::dense::Sum as DenseSum;
use super::feature::words;
use super::linear::Linear;
use super::linear::Sum as LinearSum;
use super::memo::Memo;

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
    /// What the network of its words in context says, in log-odds; 0 when it was not asked.
    pub context: f32,
    /// Blocks in the whole text.
    pub blocks: usize,
    /// Its words.
    pub words: Range<usize>,
}

/// What some words come to.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    linear: LinearSum,
    dense: DenseSum,
}

/// The highest window of `text`. What words come to by themselves is kept in `memo`.
pub fn peak(linear: &Linear, dense: &Dense, text: &str, memo: &mut Memo) -> Peak {
    let mut recent = [Block::default(); LARGEST];
    let mut peak = Peak { raw: f32::NEG_INFINITY, context: 0.0, blocks: 0, words: 0..0 };
    let mut count = 0usize;
    words(text, |word| {
        if count.is_multiple_of(BLOCK) {
            settle(linear, dense, &recent, count, &mut peak);
            recent.rotate_left(1);
            recent[LARGEST - 1] = Block::default();
            peak.blocks += 1;
        }
        let block = &mut recent[LARGEST - 1];
        linear.add(&mut block.linear, 0, word.ngrams());
        memo.add(linear, dense, word, (&mut block.linear, &mut block.dense));
        count += 1;
    });
    settle(linear, dense, &recent, count, &mut peak);
    peak
}

/// Scores the windows that end with the last of `recent`, each with what it has beyond the one before.
fn settle(linear: &Linear, dense: &Dense, recent: &[Block; LARGEST], words: usize, peak: &mut Peak) {
    if words == 0 {
        return;
    }
    let last = words.div_ceil(BLOCK);
    let mut all = Block::default();
    let mut summed = 0;
    for (at, size) in WINDOWS.into_iter().enumerate() {
        if at > 0 && last <= WINDOWS[at - 1] {
            return;
        }
        for block in &recent[LARGEST - size..LARGEST - summed] {
            all.linear.add(&block.linear);
            all.dense.add(&block.dense);
        }
        summed = size;
        let raw = linear.raw(&all.linear) + dense.raw(&all.dense);
        if raw > peak.raw {
            peak.raw = raw;
            peak.words = last.saturating_sub(size) * BLOCK..words;
        }
    }
}
