//! What may change while the proxy runs: rules, model, limits and policy, as one value that is swapped whole.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::policy::{Asker, Manner, Rulings};
use super::second::Panel;
use super::settings::Settings;
use crate::screen::{Engine, History};

/// What a decision was made with: every record names it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Version {
    /// Of the rules.
    pub rules: Arc<str>,
    /// Of the model.
    pub model: Arc<str>,
    /// Of the policy and limits.
    pub policy: Arc<str>,
}

/// One state of the judge.
#[derive(Debug)]
pub(crate) struct Live {
    all: Arc<Engine>,
    latest: Arc<Engine>,
    usual: Manner,
    rulings: Rulings,
    second: Panel,
    version: Arc<Version>,
}

impl Live {
    /// The live part of these settings.
    pub(crate) fn new(settings: &Settings, engine: Arc<Engine>) -> Self {
        let usual = Manner {
            name: "default".into(),
            policy: settings.policy,
            history: engine.options.history,
            answer: settings.answer.clone(),
        };
        let of = |history| {
            let mut other = (*engine).clone();
            other.options.history = history;
            Arc::new(other)
        };
        let mut written =
            format!("{usual:?} {:?} {:?} {:?}", settings.rulings, engine.limits, engine.options);
        if !settings.second.is_empty() {
            written.push_str(&format!(" {:?}", settings.second));
        }
        let version = Version {
            rules: engine.judges.rules.version().into(),
            model: engine.judges.model.version().into(),
            policy: data_encoding::HEXLOWER.encode(&Sha256::digest(written)[..6]).into(),
        };
        Live {
            all: of(History::All),
            latest: of(History::LatestTurn),
            usual,
            rulings: settings.rulings.clone(),
            second: settings.second.clone(),
            version: Arc::new(version),
        }
    }

    /// The engine that screens this part of a conversation.
    pub(crate) fn engine(&self, history: History) -> &Arc<Engine> {
        match history {
            History::All => &self.all,
            History::LatestTurn => &self.latest,
        }
    }

    /// How others than those named in overrides are treated.
    pub(crate) fn usual(&self) -> &Manner {
        &self.usual
    }

    /// How this request is treated.
    pub(crate) fn manner(&self, asker: &Asker<'_>) -> Manner {
        self.rulings.manner(&self.usual, asker)
    }

    /// What makes requests be treated differently.
    pub(crate) fn rulings(&self) -> &Rulings {
        &self.rulings
    }

    /// Who is asked for second opinions.
    pub(crate) fn second(&self) -> &Panel {
        &self.second
    }

    /// What decisions are made with.
    pub(crate) fn version(&self) -> &Arc<Version> {
        &self.version
    }
}

/// How the last load went.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// When the state in force was loaded.
    pub(crate) at: Timestamp,
    /// Why a newer one was refused, and when.
    pub(crate) refused: Option<(Timestamp, String)>,
    /// Settings that changed and wait for a restart.
    pub(crate) waiting: Vec<&'static str>,
}

/// The state in force.
#[derive(Debug)]
pub(crate) struct Current {
    live: ArcSwap<Live>,
    loaded: Mutex<Loaded>,
}

impl Current {
    /// Puts the first state in force.
    pub(crate) fn new(live: Live) -> Self {
        let loaded = Loaded { at: Timestamp::now(), refused: None, waiting: Vec::new() };
        Current { live: ArcSwap::from_pointee(live), loaded: Mutex::new(loaded) }
    }

    /// The state in force now. Whoever took it keeps it to the end.
    pub(crate) fn now(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Puts a new state in force, if it differs. Requests under way keep the old one.
    pub(crate) fn swap(&self, live: Live, waiting: Vec<&'static str>) -> bool {
        let changed = live.version() != self.now().version();
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if changed {
            self.live.store(Arc::new(live));
            loaded.at = Timestamp::now();
        }
        (loaded.refused, loaded.waiting) = (None, waiting);
        changed
    }

    /// Notes that a new state was refused; the old one stays.
    pub(crate) fn refuse(&self, why: String) {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).refused = Some((Timestamp::now(), why));
    }

    /// How the last load went.
    pub(crate) fn loaded(&self) -> Loaded {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
