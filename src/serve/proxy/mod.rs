//! Accept, read, judge, forward what is cleared, stream the answer back.

mod admission;
mod answer;
mod body;
mod connection;
mod echo;
#[cfg(feature = "envoy")]
mod envoy;
mod exchange;
mod guard;
mod headers;
mod judging;
mod lanes;
mod media;
mod socket;
mod streamed;
mod target;
mod upstream;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

pub(super) use self::answer::whole;
pub(super) use self::body::read_capped;
pub(super) use self::connection::{Handler, Limits, accept_all};
use self::judging::Judge;
use self::upstream::Forwarder;
use crate::serve::audit::Audit;
use crate::serve::live::Current;
use crate::serve::settings::Settings;
use crate::serve::state::State;
use crate::serve::tls::TlsError;

/// A body of ours on its way to the caller.
pub(super) type Outgoing = UnsyncBoxBody<Bytes, BoxError>;
/// Why a body broke off.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What every request needs.
#[derive(Debug)]
pub(super) struct Proxy {
    settings: Settings,
    current: Arc<Current>,
    judge: Judge,
    forwarder: Forwarder,
    /// KiB of request bodies that may still be held.
    memory: Arc<Semaphore>,
    audit: Arc<Audit>,
}

/// Whether every upstream can be spoken to as it is meant to be: authorities and client certificates.
pub(super) fn prove(settings: &Settings) -> Result<(), TlsError> {
    Forwarder::new(settings).map(drop)
}

impl Proxy {
    /// Builds the proxy.
    ///
    /// # Errors
    /// When an upstream needs TLS and it cannot be set up.
    pub(super) fn new(
        settings: Settings,
        current: Arc<Current>,
        state: Arc<State>,
        audit: Arc<Audit>,
    ) -> Result<Self, TlsError> {
        Ok(Proxy {
            forwarder: Forwarder::new(&settings)?,
            judge: Judge::new(&settings, state, Arc::clone(&audit)),
            current,
            memory: Arc::new(Semaphore::new((settings.buffered_bytes / 1024).min(Semaphore::MAX_PERMITS))),
            settings,
            audit,
        })
    }

    /// Serves connections until `stop` turns true, then lets the open ones end.
    pub(super) async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        limits: Limits,
        stop: watch::Receiver<bool>,
    ) {
        let handler: Handler = Arc::new(move |request| {
            let proxy = Arc::clone(&self);
            Box::pin(async move { exchange::handle(&proxy, request).await })
        });
        accept_all(listener, tls, handler, limits, stop).await;
    }
}
