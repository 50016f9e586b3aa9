//! What was screened under the name of a stored conversation, so that a text split over its turns is read as one. Kept in
//! memory, or in Valkey or Redis where several proxies share it.

mod memory;
mod remembering;
mod shared;
mod turns;
mod verdicts;
#[cfg(feature = "valkey")]
mod valkey;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use self::memory::Memory;
pub(super) use self::remembering::Remembering;
#[cfg(feature = "envoy")]
pub(super) use self::remembering::Sought;
pub(super) use self::shared::{Asked, Shared};
#[cfg(feature = "envoy")]
pub(super) use self::turns::makes_names;
pub(super) use self::turns::{Stored, join, said};
pub(super) use self::verdicts::Verdicts;
use super::audit::Metrics;
use crate::judge::second::Said;
use crate::screen::learned::Mark;

/// The hash of a conversation's name.
type Name = [u8; 32];

/// Where turns are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Keep {
    /// Nowhere: a stored conversation counts as state that was not read.
    Nowhere,
    /// In this process.
    Memory,
    /// In Valkey or Redis, by its address.
    Valkey(String),
}

/// How addresses of shared stores begin.
const STORES: [&str; 4] = ["redis://", "rediss://", "valkey://", "valkeys://"];

impl FromStr for Keep {
    type Err = String;

    /// Reads `memory`, `off` or the address of a Valkey or Redis. Errors do not repeat it: it may hold a password.
    fn from_str(written: &str) -> Result<Self, String> {
        match written {
            "memory" => Ok(Keep::Memory),
            "off" => Ok(Keep::Nowhere),
            url if STORES.iter().any(|scheme| url.starts_with(scheme)) => {
                #[cfg(feature = "valkey")]
                valkey::check(url)?;
                Ok(Keep::Valkey(url.to_owned()))
            }
            _ => Err("write \"memory\", \"off\" or e.g. \"redis://127.0.0.1:6379\"".into()),
        }
    }
}

impl fmt::Debug for Keep {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address may hold a password.
        out.write_str(match self {
            Keep::Nowhere => "off",
            Keep::Memory => "memory",
            Keep::Valkey(_) => "valkey",
        })
    }
}

/// How turns are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateSettings {
    /// Where.
    pub keep: Keep,
    /// For how long after the last use.
    pub ttl: Duration,
    /// Bytes of one conversation's texts; the oldest turns are given up first.
    pub conversation_bytes: usize,
    /// Bytes of all of them, where they are kept in this process.
    pub memory_bytes: usize,
    /// How long the store may take to answer.
    pub timeout: Duration,
    /// Whether what the embedded judges say of long texts is shared through the store, and believed.
    pub share_verdicts: bool,
}

impl Default for StateSettings {
    fn default() -> Self {
        StateSettings {
            keep: Keep::Memory,
            ttl: Duration::from_secs(24 * 60 * 60),
            conversation_bytes: 256 << 10,
            memory_bytes: 64 << 20,
            timeout: Duration::from_millis(250),
            share_verdicts: false,
        }
    }
}

/// The store did not answer, or not in time.
#[cfg_attr(not(feature = "valkey"), allow(dead_code, reason = "only a shared store can be down"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Down;

/// The turns of stored conversations.
pub(super) struct State {
    store: Store,
    settings: StateSettings,
}

enum Store {
    Nowhere,
    Memory(Memory),
    #[cfg(feature = "valkey")]
    Valkey(valkey::Valkey),
}

impl fmt::Debug for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "State({:?})", self.settings.keep)
    }
}

impl State {
    /// Opens the store, which need not be there yet.
    ///
    /// # Errors
    /// When its address makes no sense, or this build does not know such stores.
    pub(super) fn open(settings: &StateSettings) -> Result<Self, String> {
        let store = match &settings.keep {
            Keep::Nowhere => Store::Nowhere,
            Keep::Memory => Store::Memory(Memory::new(settings.ttl, settings.memory_bytes)),
            #[cfg(feature = "valkey")]
            Keep::Valkey(url) => Store::Valkey(valkey::Valkey::open(url, settings)?),
            #[cfg(not(feature = "valkey"))]
            Keep::Valkey(_) => return Err("this unspool was built without the feature `valkey`".into()),
        };
        Ok(State { store, settings: settings.clone() })
    }

    /// Whether anything is kept.
    pub(super) fn keeps(&self) -> bool {
        !matches!(self.store, Store::Nowhere)
    }

    /// Whether other proxies have it too.
    fn is_shared(&self) -> bool {
        !matches!(self.store, Store::Nowhere | Store::Memory(_))
    }

    /// What a second opinion said, here or elsewhere.
    ///
    /// # Errors
    /// When the store is down.
    async fn answer(&self, asked: &Asked) -> Result<Option<Said>, Down> {
        match &self.store {
            Store::Nowhere | Store::Memory(_) => {
                let _ = asked;
                Ok(None)
            }
            #[cfg(feature = "valkey")]
            Store::Valkey(valkey) => {
                let found = valkey.get(asked).await?;
                // What cannot be read was not written here.
                let said = found.and_then(|bytes| serde_json::from_slice::<Said>(&bytes).ok());
                Ok(said.filter(|said| (0.0..=1.0).contains(&said.score)))
            }
        }
    }

    /// Keeps what a second opinion said for `time`.
    ///
    /// # Errors
    /// When the store is down.
    async fn keep_answer(&self, asked: &Asked, said: Said, time: Duration) -> Result<(), Down> {
        match &self.store {
            Store::Nowhere | Store::Memory(_) => {
                let _ = (asked, said, time);
                Ok(())
            }
            #[cfg(feature = "valkey")]
            Store::Valkey(valkey) => {
                valkey.put(asked, serde_json::to_vec(&said).unwrap_or_default(), time).await
            }
        }
    }

    /// What others said of the texts with these marks.
    ///
    /// # Errors
    /// When the store is down.
    async fn verdicts(&self, marks: &[Mark]) -> Result<Vec<Option<Vec<u8>>>, Down> {
        match &self.store {
            Store::Nowhere | Store::Memory(_) => Ok(vec![None; marks.len()]),
            #[cfg(feature = "valkey")]
            Store::Valkey(valkey) => valkey.verdicts(marks).await,
        }
    }

    /// Keeps what was said of texts, for others.
    ///
    /// # Errors
    /// When the store is down.
    async fn keep_verdicts(&self, bundles: Vec<(Mark, Vec<u8>)>) -> Result<(), Down> {
        match &self.store {
            Store::Nowhere | Store::Memory(_) => {
                drop(bundles);
                Ok(())
            }
            #[cfg(feature = "valkey")]
            Store::Valkey(valkey) => valkey.keep_verdicts(&bundles).await,
        }
    }

    /// The turns under these names, oldest first; none when no name is known. The newest that fit the limit.
    ///
    /// # Errors
    /// When the store is down.
    pub(super) async fn turns(&self, names: &[String], metrics: &Metrics) -> Result<Vec<Bytes>, Down> {
        let mut all = Vec::new();
        for name in names {
            let name = hashed(name);
            let found = match &self.store {
                Store::Nowhere => Ok(Vec::new()),
                Store::Memory(memory) => Ok(memory.turns(&name)),
                #[cfg(feature = "valkey")]
                Store::Valkey(valkey) => valkey.turns(&name).await,
            };
            metrics.reach.state(
                "get",
                match &found {
                    Ok(turns) if turns.is_empty() => "unknown",
                    Ok(_) => "found",
                    Err(Down) => "failed",
                },
            );
            all.extend(found?);
        }
        let mut left = self.settings.conversation_bytes;
        let fits = all.iter().rev().take_while(|turn| {
            let room = turn.len() <= left;
            left = left.saturating_sub(turn.len());
            room
        });
        let kept = fits.count();
        Ok(all.split_off(all.len() - kept))
    }

    /// Adds turns to what is kept under a name. A store that is down costs the later turns their history, which is counted.
    pub(super) async fn add(&self, name: &str, turns: &[Bytes], metrics: &Metrics) {
        if turns.is_empty() || !self.keeps() {
            return;
        }
        let name = hashed(name);
        let added: Result<(), Down> = match &self.store {
            Store::Nowhere => Ok(()),
            Store::Memory(memory) => {
                memory.add(name, turns, self.settings.conversation_bytes);
                Ok(())
            }
            #[cfg(feature = "valkey")]
            Store::Valkey(valkey) => valkey.add(&name, turns).await,
        };
        metrics.reach.state("put", if added.is_ok() { "kept" } else { "failed" });
    }
}

fn hashed(name: &str) -> Name {
    Sha256::digest(name.as_bytes()).into()
}

/// What becomes of a request's turns once its answer comes.
#[derive(Debug)]
pub(super) struct Memo {
    pub(super) state: Arc<State>,
    /// The conversation it adds to.
    pub(super) appends: Option<String>,
    /// Whether its answer makes a name of its own.
    pub(super) makes: bool,
    /// The turns before it.
    pub(super) before: Vec<Bytes>,
    /// Its own texts.
    pub(super) own: Bytes,
}

impl Memo {
    /// Adds the request to the conversation it names.
    pub(super) async fn append(&self, metrics: &Metrics) {
        if let (Some(name), false) = (&self.appends, self.own.is_empty()) {
            self.state.add(name, std::slice::from_ref(&self.own), metrics).await;
        }
    }

    /// Keeps all turns under the name that the answer has given them.
    pub(super) async fn keep(&self, name: &str, metrics: &Metrics) {
        self.state.add(name, &self.all(), metrics).await;
    }

    /// All turns.
    fn all(&self) -> Vec<Bytes> {
        self.before.iter().chain([&self.own]).filter(|turn| !turn.is_empty()).cloned().collect()
    }
}
