//! The trained model.

use crate::judge::hazard::Category;
use crate::read::candidate::Origin;

/// What the model says of one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Calibrated probability of harm, 0 to 1.
    pub probability: f32,
    /// The likeliest hazard.
    pub category: Option<Category>,
}

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
}

fn row(strictness: u8) -> usize {
    usize::from(strictness.clamp(1, 4)) - 1
}

/// The trained model.
#[derive(Debug)]
pub struct Model {
    thresholds: Thresholds,
}

impl Model {
    /// A model that knows nothing: every text scores 0.
    pub fn blank() -> Self {
        Model { thresholds: Thresholds { block: [[0.9; 5]; 4], flag: [[0.5; 5]; 4] } }
    }

    /// Scores one text, in windows; the highest window counts.
    pub fn score(&self, _text: &str) -> Scored {
        Scored { probability: 0.0, category: None }
    }

    /// The thresholds measured on this model.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }
}
