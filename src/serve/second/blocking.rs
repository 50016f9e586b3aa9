//! The same panel for those who know no async: `scan`, `explain`, `replay`.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::{Hearing, Panel};
use crate::judge::classify::model::Model;
use crate::screen::Screening;

/// A panel with a runtime of its own. Many threads may ask it at once.
#[derive(Debug, Clone)]
pub struct Blocking {
    panel: Panel,
    runtime: Arc<Runtime>,
}

impl Blocking {
    /// A runtime for `panel`.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new(panel: Panel) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Blocking { panel, runtime: Arc::new(runtime) })
    }

    /// Those who are asked.
    pub fn panel(&self) -> &Panel {
        &self.panel
    }

    /// Asks everybody about `found` and waits.
    pub fn hear(&self, model: &Model, found: &Screening) -> Hearing {
        let questions = self.panel.questions(model, found);
        let hear = |questions| self.runtime.block_on(self.panel.hear(questions, None));
        questions.map_or_else(Hearing::default, hear)
    }
}
