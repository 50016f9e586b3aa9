//! The trained model: hashed n-grams, static vectors of word pieces and a small network of pieces beside each other, int8, one
//! calibrated probability a text.

pub mod context;
pub mod dense;
pub mod feature;
mod file;
pub mod linear;
pub mod memo;
pub mod piece;
pub mod thresholds;
pub mod window;
pub mod writing;

use std::sync::Arc;

use self::context::Context;
use self::dense::Dense;
use self::feature::BUCKETS;
use self::linear::Linear;
use self::memo::{Memo, Usual};
use self::window::{Peak, peak};
use crate::judge::hazard::Category;

pub use self::file::ModelError;
pub use self::thresholds::Beyond;
pub use self::thresholds::Thresholds;
pub use self::writing::Writing;

/// What the model says of one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Calibrated probability of harm, 0 to 1.
    pub probability: f32,
    /// The likeliest hazard, when the probability is worth naming one.
    pub category: Option<Category>,
    /// What was taken from the log-odds because the text has few words.
    pub brief: f32,
}

/// Raw score to probability: Platt's sigmoid (Platt 1999) with one more input, since the highest of many windows is
/// higher than the highest of few.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What one unit of raw score adds to the log-odds.
    pub slope: f32,
    /// Log-odds at raw score 0, one block.
    pub offset: f32,
    /// What every doubling of the number of blocks takes from the log-odds.
    pub per_doubling: f32,
    /// What every halving of the number of words below [`ENOUGH`] takes from the log-odds: few words prove little, and
    /// code is full of texts of few words.
    pub per_halving: f32,
    /// What the network of words in context counts beside the other parts; it is asked from [`ASKED_FROM`] on.
    pub context: f32,
}

/// Log-odds by the other parts below which the network of words in context is not asked: the text is harmless anyway.
pub const ASKED_FROM: f32 = -4.0;

/// Words from which on a text's length says nothing more.
pub const ENOUGH: usize = 8;

impl Calibration {
    /// The probability that belongs to a raw score.
    pub fn probability(&self, peak: &Peak) -> f32 {
        let alone = self.alone(peak);
        let odds = if alone < ASKED_FROM { alone } else { alone + self.context * peak.context };
        1.0 / (1.0 + (-odds).exp())
    }

    /// The log-odds without the network of words in context.
    pub(crate) fn alone(&self, peak: &Peak) -> f32 {
        self.slope * peak.raw + self.offset - self.per_doubling * doublings(peak) - self.brief(peak)
    }

    /// What is taken from the log-odds because there are few words.
    pub(crate) fn brief(&self, peak: &Peak) -> f32 {
        self.per_halving * halvings(peak)
    }
}

/// How often the number of blocks has doubled since one.
pub(crate) fn doublings(peak: &Peak) -> f32 {
    (peak.blocks.max(1) as f32).log2()
}

/// How often the number of words is halved from [`ENOUGH`] down.
pub(crate) fn halvings(peak: &Peak) -> f32 {
    (ENOUGH as f32 / peak.words.len().clamp(1, ENOUGH) as f32).log2()
}

/// The trained model.
#[derive(Debug, Clone)]
pub struct Model {
    linear: Linear,
    dense: Dense,
    context: Arc<Context>,
    hazards: Hazards,
    calibration: Calibration,
    thresholds: Thresholds,
    /// Made of the others.
    usual: Arc<Usual>,
    version: String,
}

/// One-against-all weights by word, for naming the hazard of a text that scored high.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazards {
    /// `weights[bucket % HAZARD_ROWS * 14 + category]`.
    pub weights: Vec<i8>,
}

/// Rows of the [`Hazards`] table.
pub const HAZARD_ROWS: usize = 1 << 12;

/// Below this probability no hazard is named.
const NAMED_FROM: f32 = 0.1;

impl Model {
    /// A model made of its parts; the version is the hash of its bytes.
    pub fn new(
        linear: Linear,
        dense: Dense,
        context: Arc<Context>,
        hazards: Hazards,
        calibration: Calibration,
        thresholds: Thresholds,
    ) -> Self {
        let (usual, version) = (Arc::new(Usual::of(&linear, &dense)), String::new());
        Model { linear, dense, context, hazards, calibration, thresholds, usual, version }.versioned()
    }

    fn versioned(mut self) -> Self {
        self.version = file::version_of(&self);
        self
    }

    /// A model that knows nothing: every text scores 0.
    pub fn blank() -> Self {
        Model::new(
            Linear { weights: vec![0; 2 * BUCKETS], scale: [0.0; 2], bias: 0.0 },
            Dense::default(),
            Arc::default(),
            Hazards { weights: vec![0; HAZARD_ROWS * Category::ALL.len()] },
            Calibration {
                slope: 0.0,
                offset: f32::NEG_INFINITY,
                per_doubling: 0.0,
                per_halving: 0.0,
                context: 0.0,
            },
            Thresholds::from_blocks([[0.9; 5]; 4], 0.0),
        )
    }

    /// The model that ships inside the binary.
    ///
    /// # Errors
    /// [`ModelError`] when the embedded file is damaged, which the tests rule out for a release.
    pub fn embedded() -> Result<Arc<Self>, ModelError> {
        Model::from_bytes(include_bytes!("../../../../model/unspool.model")).map(Arc::new)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`] when the bytes are no model file, of another format version, cut short or changed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        file::read(bytes)
    }

    /// The bytes of the model file; equal models give equal bytes.
    ///
    /// # Errors
    /// [`ModelError`] when compression fails.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        file::write(self)
    }

    /// Scores one text, in windows; the highest window counts.
    pub fn score(&self, text: &str) -> Scored {
        self.score_with(text, &mut self.memo())
    }

    /// What is known of words before the first text.
    pub fn memo(&self) -> Memo {
        Memo::knowing(&self.usual)
    }

    /// The same for one of many texts, whose words `memo` knows. It must have served no other model.
    pub fn score_with(&self, text: &str, memo: &mut Memo) -> Scored {
        let mut peak = peak(&self.linear, &self.dense, text, memo);
        if self.calibration.alone(&peak) >= ASKED_FROM {
            peak.context = self.context.odds(&self.dense.pieces, text, &peak.places, &peak.words);
        }
        let probability = if peak.blocks == 0 { 0.0 } else { self.calibration.probability(&peak) };
        let category = if probability >= NAMED_FROM { self.hazard(text, &peak) } else { None };
        Scored { probability, category, brief: self.calibration.brief(&peak) }
    }

    /// What is taken from the log-odds of the best of so many places of one text.
    pub fn crowding(&self, places: usize) -> f32 {
        self.calibration.per_doubling * (places.max(1) as f32).log2()
    }

    /// The thresholds measured on this model.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// The table that names hazards.
    pub fn hazards(&self) -> &Hazards {
        &self.hazards
    }

    /// The same model with other thresholds.
    pub fn with_thresholds(&self, thresholds: Thresholds) -> Self {
        Model { thresholds, version: String::new(), ..self.clone() }.versioned()
    }

    /// The first 12 hex digits of the SHA-256 of the model's content.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The hazard whose words weigh most in the window that scored highest.
    fn hazard(&self, text: &str, peak: &Peak) -> Option<Category> {
        let mut sums = [0i64; 14];
        peak.places.words_of(text, &peak.words, |word| {
            let row = word.ngrams().first().map_or(0, |&bucket| bucket as usize % HAZARD_ROWS) * sums.len();
            for (sum, &weight) in sums.iter_mut().zip(&self.hazards.weights[row..]) {
                *sum += i64::from(weight);
            }
        });
        let best = (0..sums.len()).max_by_key(|&at| sums[at])?;
        (sums[best] > 0).then(|| Category::ALL[best])
    }
}

#[cfg(test)]
mod tests;
