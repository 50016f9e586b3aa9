//! Settings: as written (`raw`), then as meant; builds every room's options.

mod rule_files;

pub use rule_files::rule_files;

use std::sync::Arc;

use crate::budget::Limits;
use crate::judge::classify::Judges;
use crate::judge::classify::model::Model;
use crate::judge::decide::Policy;
use crate::judge::rule::RuleSet;
use crate::screen::{Engine, Options};

/// Settings as meant.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The policy of requests no route says otherwise of.
    pub policy: Policy,
    /// What one screening may spend.
    pub limits: Limits,
    /// Which stages run.
    pub screening: Options,
}

/// Why a config, rule or model file was refused: what, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl Config {
    /// Loads rules and model and builds the engine.
    ///
    /// # Errors
    /// When a rule file or the model is refused.
    pub fn engine(&self) -> Result<Engine, ConfigError> {
        Ok(Engine {
            judges: Judges {
                rules: Arc::new(RuleSet::embedded().map_err(|errors| ConfigError(errors.to_string()))?),
                model: Arc::new(Model::blank()),
            },
            limits: self.limits.clone(),
            options: self.screening,
        })
    }
}
