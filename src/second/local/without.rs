//! What stands in for local models in a build without them.

use std::convert::Infallible;
use std::path::Path;

use super::LocalError;

/// No model can be made.
#[derive(Debug)]
pub(super) struct Bert(Infallible);

impl Bert {
    /// Refuses.
    pub(super) fn open(
        folder: &Path,
        _weights: Vec<u8>,
        _outputs: Option<usize>,
    ) -> Result<Self, LocalError> {
        Err(LocalError::new(
            folder,
            "this build has no local models: build unspool with --features local-model",
        ))
    }

    /// There is nothing to run.
    pub(super) fn run(&self, _texts: &[&str]) -> Result<Vec<Vec<Vec<f32>>>, String> {
        match self.0 {}
    }
}
