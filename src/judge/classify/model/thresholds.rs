//! Where a score becomes a flag or a block.

use crate::read::candidate::Origin;

/// Scores from which a text is blocked, by strictness (1 to 4) and origin; stored with the model they were measured on.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Thresholds {
    /// `block[strictness - 1][Origin::index]`.
    pub block: [[f32; 5]; 4],
    /// Scores from which a text is flagged, the same way.
    pub flag: [[f32; 5]; 4],
}

impl Thresholds {
    /// The score from which a text of this origin is blocked. `strictness` is clamped to 1..=4.
    pub fn block(&self, strictness: u8, origin: Origin) -> f32 {
        self.block[row(strictness)][origin.index()]
    }

    /// The score from which a text of this origin is flagged.
    pub fn flag(&self, strictness: u8, origin: Origin) -> f32 {
        self.flag[row(strictness)][origin.index()]
    }

    /// Flags where the next strictness blocks; the last flags at half the odds of its block.
    pub fn from_blocks(block: [[f32; 5]; 4]) -> Self {
        let half = block[3].map(|p| p / (2.0 - p).max(f32::MIN_POSITIVE));
        Thresholds { block, flag: [block[1], block[2], block[3], half] }
    }
}

fn row(strictness: u8) -> usize {
    usize::from(strictness.clamp(1, 4)) - 1
}
