//! Turns in Valkey or Redis: a list a conversation, with a time to live.

use std::time::Duration;

use bytes::Bytes;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, cmd, pipe};
use tokio::time::timeout;

use super::{Asked, Down, Name, StateSettings};
use crate::screen::learned::Mark;

/// Turns of one conversation that are kept.
const TURNS: isize = 256;

/// A shared store.
pub(super) struct Valkey {
    link: ConnectionManager,
    ttl: i64,
    patience: Duration,
}

/// Whether this can be the address of a store.
///
/// # Errors
/// What is wrong, without the address: it may hold a password.
pub(super) fn check(url: &str) -> Result<(), String> {
    // For TLS, which looks for a provider when it reads an address.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::open(url).map(|_| ()).map_err(wrong)
}

fn wrong(error: RedisError) -> String {
    format!(
        "the address of the store cannot be used ({:?}); write e.g. redis://:PASSWORD@127.0.0.1:6379",
        error.kind()
    )
}

impl Valkey {
    /// A store at this address, which is connected to when it is first needed, and again whenever it was lost.
    ///
    /// # Errors
    /// When the address makes no sense. The error does not repeat it: it may hold a password.
    pub(super) fn open(url: &str, settings: &StateSettings) -> Result<Self, String> {
        // Another part of the process may have installed a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::open(url).map_err(wrong)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(20))
            .set_max_delay(Duration::from_millis(200))
            .set_connection_timeout(Some(settings.timeout))
            .set_response_timeout(Some(settings.timeout));
        let link = ConnectionManager::new_lazy_with_config(client, config).map_err(wrong)?;
        let ttl = i64::try_from(settings.ttl.as_secs()).unwrap_or(i64::MAX);
        Ok(Valkey { link, ttl, patience: settings.timeout })
    }

    /// The turns under a name.
    pub(super) async fn turns(&self, name: &Name) -> Result<Vec<Bytes>, Down> {
        let (key, mut link) = (key(name), self.link.clone());
        let mut commands = pipe();
        commands.lrange(&key, -TURNS, -1).expire(&key, self.ttl).ignore();
        let asked = timeout(self.patience, commands.query_async::<(Vec<Vec<u8>>,)>(&mut link));
        let (found,) = told(asked.await)?;
        Ok(found.into_iter().map(Bytes::from).collect())
    }

    /// Adds turns under a name, all or none.
    pub(super) async fn add(&self, name: &Name, turns: &[Bytes]) -> Result<(), Down> {
        let (key, mut link) = (key(name), self.link.clone());
        let values: Vec<&[u8]> = turns.iter().map(|turn| &turn[..]).collect();
        let mut commands = pipe();
        commands.atomic().rpush(&key, values).ignore();
        commands.ltrim(&key, -TURNS, -1).ignore().expire(&key, self.ttl).ignore();
        told(timeout(self.patience, commands.query_async::<()>(&mut link)).await)
    }
}

impl Valkey {
    /// What a second opinion said.
    pub(super) async fn get(&self, asked: &Asked) -> Result<Option<Vec<u8>>, Down> {
        let mut link = self.link.clone();
        told(timeout(self.patience, cmd("GET").arg(answer(asked)).query_async(&mut link)).await)
    }

    /// Keeps what a second opinion said for `time`, a millisecond at least.
    pub(super) async fn put(&self, asked: &Asked, said: Vec<u8>, time: Duration) -> Result<(), Down> {
        let mut link = self.link.clone();
        let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).clamp(1, i64::MAX as u64);
        let mut command = cmd("SET");
        command.arg(answer(asked)).arg(said).arg("PX").arg(time);
        told(timeout(self.patience, command.query_async(&mut link)).await)
    }
}

impl Valkey {
    /// What others said of the texts with these marks, in order.
    pub(super) async fn verdicts(&self, marks: &[Mark]) -> Result<Vec<Option<Vec<u8>>>, Down> {
        let (mut link, mut command) = (self.link.clone(), cmd("MGET"));
        command.arg(marks.iter().map(judged).collect::<Vec<_>>());
        told(timeout(self.patience, command.query_async(&mut link)).await)
    }

    /// Keeps what was said of texts as long as conversations are kept.
    pub(super) async fn keep_verdicts(&self, bundles: &[(Mark, Vec<u8>)]) -> Result<(), Down> {
        let (mut link, mut commands) = (self.link.clone(), pipe());
        let life = u64::try_from(self.ttl).unwrap_or(1).max(1);
        for (mark, bundle) in bundles {
            commands.set_ex(judged(mark), bundle, life).ignore();
        }
        told(timeout(self.patience, commands.query_async::<()>(&mut link)).await)
    }
}

fn judged(mark: &Mark) -> String {
    format!("unspool:judged:{}", data_encoding::HEXLOWER.encode(mark))
}

fn answer(asked: &Asked) -> String {
    format!("unspool:said:{}", data_encoding::HEXLOWER.encode(asked))
}

fn key(name: &Name) -> String {
    format!("unspool:turns:{}", data_encoding::HEXLOWER.encode(name))
}

fn told<T>(done: Result<Result<T, RedisError>, tokio::time::error::Elapsed>) -> Result<T, Down> {
    match done {
        Ok(Ok(value)) => Ok(value),
        // Kinds only: a message may quote what was sent.
        Ok(Err(error)) => {
            tracing::warn!(kind = ?error.kind(), "the store of conversations failed");
            Err(Down)
        }
        Err(_) => {
            tracing::warn!("the store of conversations did not answer in time");
            Err(Down)
        }
    }
}
