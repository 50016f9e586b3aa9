//! Where a score becomes a flag or a block.

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
}

/// Texts of one origin that a request may hold before more is asked of each.
pub const CROWD: usize = 16;

impl Thresholds {
    /// The score from which a text of this origin is blocked. `strictness` is clamped to 1..=4.
    pub fn block(&self, strictness: u8, origin: Origin) -> f32 {
        self.block[row(strictness)][origin.index()]
    }

    /// The score from which a text of this origin is flagged.
    pub fn flag(&self, strictness: u8, origin: Origin) -> f32 {
        self.flag[row(strictness)][origin.index()]
    }

    /// What is taken from the log-odds of each of this many texts of one origin.
    pub fn crowding(&self, texts: usize) -> f32 {
        self.per_doubling * (texts as f32 / CROWD as f32).max(1.0).log2()
    }

    /// The thresholds of a request that holds so many texts of each origin.
    pub fn among(&self, texts: [usize; 5]) -> Self {
        let raised = |row: [f32; 5]| {
            let mut row = row;
            row.iter_mut().zip(texts).for_each(|(p, texts)| *p = raise(*p, self.crowding(texts)));
            row
        };
        Thresholds { block: self.block.map(raised), flag: self.flag.map(raised), ..*self }
    }

    /// Flags where the next strictness blocks; the last flags at half the odds of its block.
    pub fn from_blocks(block: [[f32; 5]; 4], per_doubling: f32) -> Self {
        let half = block[3].map(|p| p / (2.0 - p).max(f32::MIN_POSITIVE));
        Thresholds { block, flag: [block[1], block[2], block[3], half], per_doubling }
    }
}

fn row(strictness: u8) -> usize {
    usize::from(strictness.clamp(1, 4)) - 1
}

/// Adds `by` to the log-odds of `p`.
fn raise(p: f32, by: f32) -> f32 {
    if by > 0.0 { p / (p + (1.0 - p) * (-by).exp()) } else { p }
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
        assert!((crowded.block(2, Origin::Recovered) - odds / (1.0 + odds)).abs() < 1e-6);
        assert_eq!(crowded.block(2, Origin::Plain), 0.5);
    }
}
