//! Where a score becomes a flag or a block.

use super::writing::Writing;
use crate::read::candidate::Origin;

/// Scores from which a text is blocked, by strictness (1 to 4) and origin; stored with the model they were measured on.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Thresholds {
    /// `block[strictness - 1][Origin::index]`.
    pub block: [[f32; 5]; 4],
    /// Scores from which a text is flagged, the same way.
    pub flag: [[f32; 5]; 4],
    /// Log-odds more that each text must show with every doubling of their number beyond [`CROWD`]: the highest of many
    /// harmless scores is higher than the highest of few.
    pub per_doubling: f32,
    /// What a text in a [`Writing`] is asked for beyond English, by [`Writing::index`]; none where too little harmless text
    /// was seen to say, and such texts are flagged where others are blocked.
    pub writings: [Option<Beyond>; 12],
}

/// Log-odds more, or less, that a text in another writing than English must show, by strictness.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Beyond {
    /// When anybody can read it in the request.
    pub readable: [f32; 4],
    /// When it was hidden: recovered from code, or decoded.
    pub hidden: [f32; 4],
}

impl Beyond {
    /// As much as English.
    pub const NOTHING: Beyond = Beyond { readable: [0.0; 4], hidden: [0.0; 4] };

    fn of(&self, origin: Origin) -> &[f32; 4] {
        match origin {
            Origin::Plain | Origin::Comment | Origin::Identifier => &self.readable,
            Origin::Recovered | Origin::Decoded => &self.hidden,
        }
    }
}

/// More than any score.
const NEVER: f32 = 2.0;

/// Texts of one origin that a request may hold before more is asked of each.
pub const CROWD: usize = 16;

impl Thresholds {
    /// The score from which a text of this origin and writing is blocked. `strictness` is clamped to 1..=4.
    pub fn block(&self, strictness: u8, origin: Origin, writing: Writing) -> f32 {
        let at = row(strictness);
        let block = self.block[at][origin.index()];
        self.writings[writing.index()].map_or(NEVER, |beyond| moved(block, beyond.of(origin)[at]))
    }

    /// The score from which a text of this origin and writing is flagged.
    pub fn flag(&self, strictness: u8, origin: Origin, writing: Writing) -> f32 {
        let at = row(strictness);
        match self.writings[writing.index()] {
            // Where the next strictness blocks, in this writing too.
            Some(beyond) => moved(self.flag[at][origin.index()], beyond.of(origin)[(at + 1).min(3)]),
            None => self.block[at][origin.index()],
        }
    }

    /// What is taken from the log-odds of each of this many texts of one origin.
    pub fn crowding(&self, texts: usize) -> f32 {
        self.per_doubling * (texts as f32 / CROWD as f32).max(1.0).log2()
    }

    /// The thresholds of a request that holds so many texts of each origin.
    pub fn among(&self, texts: [usize; 5]) -> Self {
        let raised = |row: [f32; 5]| {
            let mut row = row;
            row.iter_mut().zip(texts).for_each(|(p, texts)| *p = moved(*p, self.crowding(texts)));
            row
        };
        Thresholds { block: self.block.map(raised), flag: self.flag.map(raised), ..*self }
    }

    /// Flags where the next strictness blocks; the last flags at half the odds of its block.
    pub fn from_blocks(block: [[f32; 5]; 4], per_doubling: f32) -> Self {
        let half = block[3].map(|p| p / (2.0 - p).max(f32::MIN_POSITIVE));
        Thresholds {
            block,
            flag: [block[1], block[2], block[3], half],
            per_doubling,
            writings: [Some(Beyond::NOTHING); 12],
        }
    }
}

fn row(strictness: u8) -> usize {
    usize::from(strictness.clamp(1, 4)) - 1
}

/// Adds `by` to the log-odds of `p`.
fn moved(p: f32, by: f32) -> f32 {
    if by == 0.0 { p } else { p / (p + (1.0 - p) * (-by).exp()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_texts_are_asked_for_more_and_few_are_not() {
        let alone = Thresholds::from_blocks([[0.5; 5], [0.5; 5], [0.4; 5], [0.3; 5]], 0.2);
        assert_eq!(alone.among([CROWD; 5]), alone);
        let crowded = alone.among([0, 0, 0, 4 * CROWD, 0]);
        let odds = 0.4f32.exp();
        assert!((crowded.block(2, Origin::Recovered, Writing::English) - odds / (1.0 + odds)).abs() < 1e-6);
        assert_eq!(crowded.block(2, Origin::Plain, Writing::English), 0.5);
    }

    #[test]
    fn a_writing_may_be_asked_for_more_or_less_or_never_be_blocked() {
        let mut thresholds = Thresholds::from_blocks([[0.9; 5], [0.8; 5], [0.7; 5], [0.6; 5]], 0.0);
        thresholds.writings[Writing::Han.index()] =
            Some(Beyond { readable: [0.0, -1.0, 0.0, 0.0], hidden: [2.0, 1.0, 0.5, 0.0] });
        thresholds.writings[Writing::Other.index()] = None;
        let of = |writing| {
            [thresholds.block(2, Origin::Recovered, writing), thresholds.flag(2, Origin::Recovered, writing)]
        };
        assert_eq!(of(Writing::English), [0.8, 0.7]);
        assert!(of(Writing::Han)[0] > 0.9 && of(Writing::Han)[0] < 1.0);
        assert!(thresholds.block(2, Origin::Plain, Writing::Han) < 0.8, "or for less");
        let next = thresholds.block(3, Origin::Recovered, Writing::Han);
        assert_eq!(of(Writing::Han)[1], next, "flagged where the next strictness blocks");
        assert!(of(Writing::Other)[0] > 1.0, "never blocked by its score");
        assert_eq!(of(Writing::Other)[1], 0.8);
    }
}
