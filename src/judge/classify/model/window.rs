//! A text is scored window by window; the highest counts.

use std::ops::Range;

use super::dense::Dense;
use super::dense::Sum as DenseSum;
use super::feature::Word;
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
    /// Where to find words by number again.
    pub places: Places,
}

/// Where the blocks of a text begin, but for its first ones: for each the place of the run between white space that its first word
/// stands in, and the number of the first word there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(Vec<(usize, usize)>);

impl Places {
    /// Calls `each` with the words of a text that bear such numbers; the text is not read from its beginning for that.
    pub fn words_of(&self, text: &str, wanted: &Range<usize>, mut each: impl FnMut(&Word<'_>)) {
        let block = |word: usize| (word / BLOCK).saturating_sub(LARGEST);
        let later = wanted.start >= LARGEST * BLOCK;
        let first = self.0.get(block(wanted.start)).copied().filter(|_| later);
        let (from, mut at) = first.unwrap_or_default();
        let behind = self.0.iter().skip(block(wanted.end)).find(|(_, word)| *word >= wanted.end);
        let end = behind.map_or(text.len(), |(place, _)| *place);
        words(text.get(from..end).unwrap_or_default(), |word| {
            if wanted.contains(&at) {
                each(word);
            }
            at += 1;
        });
    }
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
    let mut peak =
        Peak { raw: f32::NEG_INFINITY, context: 0.0, blocks: 0, words: 0..0, places: Places::default() };
    let mut count = 0usize;
    let (mut run, mut first) = (0, 0);
    words(text, |word| {
        if word.run() != run {
            (run, first) = (word.run(), count);
        }
        if count.is_multiple_of(BLOCK) {
            settle(linear, dense, &recent, count, &mut peak);
            recent[count / BLOCK % LARGEST] = Block::default();
            if peak.blocks >= LARGEST {
                peak.places.0.push((run, first));
            }
            peak.blocks += 1;
        }
        let block = &mut recent[count / BLOCK % LARGEST];
        linear.add(&mut block.linear, 0, word.ngrams());
        memo.add(linear, dense, word, (&mut block.linear, &mut block.dense));
        count += 1;
    });
    settle(linear, dense, &recent, count, &mut peak);
    peak
}

/// Scores the windows that end with the last block of so many words, each with what it has beyond the one before; `recent` holds the
/// last blocks, each at its number.
fn settle(linear: &Linear, dense: &Dense, recent: &[Block; LARGEST], words: usize, peak: &mut Peak) {
    if words == 0 {
        return;
    }
    let last = words.div_ceil(BLOCK);
    // A window larger than the text is the one before it again.
    let count = 1 + WINDOWS.iter().filter(|size| last > **size).count().min(WINDOWS.len() - 1);
    let raws = pulp::Arch::new().dispatch(
        #[inline(always)]
        || raws(linear, dense, recent, last, count),
    );
    for (size, raw) in WINDOWS.into_iter().zip(raws).take(count) {
        if raw > peak.raw {
            peak.raw = raw;
            peak.words = last.saturating_sub(size) * BLOCK..words;
        }
    }
}

/// The scores of the first `count` sizes of windows that end with the block before number `end`.
#[inline(always)]
fn raws(
    linear: &Linear,
    dense: &Dense,
    recent: &[Block; LARGEST],
    end: usize,
    count: usize,
) -> [f32; WINDOWS.len()] {
    let mut raws = [f32::NEG_INFINITY; WINDOWS.len()];
    let mut all = Block::default();
    let mut summed = 0;
    for (size, raw) in WINDOWS.into_iter().zip(&mut raws).take(count) {
        // Those before the first block are empty still.
        for back in summed + 1..=size {
            let block = &recent[(end + LARGEST - back) % LARGEST];
            all.linear.add(&block.linear);
            all.dense.add(&block.dense);
        }
        summed = size;
        *raw = linear.raw(&all.linear) + dense.raw(&all.dense);
    }
    raws
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::judge::classify::model::feature::BUCKETS;

    proptest! {
        /// Words are found again by their numbers as they would be from the beginning.
        #[test]
        fn words_are_found_again(
            text in "([a-z]{1,9}|[a-z]{30,70}|x-y/z'w|[a-z]\u{301}e|\u{fb01}ne|\u{4e2d}\u{6587}| |\n|\t|\x0b|, |\u{a0}){0,400}",
            from in 0..200_usize,
            length in 0..60_usize,
        ) {
            let wanted = from..from + length;
            let peak = peak(&Linear { weights: vec![0; 2 * BUCKETS], scale: [0.0; 2], bias: 0.0 }, &Dense::default(), &text, &mut Memo::default());
            let (mut found, mut all, mut at) = (Vec::new(), Vec::new(), 0);
            peak.places.words_of(&text, &wanted, |word| found.push(word.letters().to_vec()));
            words(&text, |word| {
                if wanted.contains(&at) {
                    all.push(word.letters().to_vec());
                }
                at += 1;
            });
            prop_assert_eq!(found, all);
        }
    }
}
