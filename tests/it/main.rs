//! The one integration binary: a module per test layer.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set its world up has failed"
)]

mod architecture;
mod audit;
mod blocked;
mod check;
mod commands;
mod demo;
mod dialects;
mod differential;
mod disguises;
mod documents;
#[cfg(feature = "envoy")]
mod ext_proc;
mod failures;
mod families;
mod fields;
mod frames;
mod hostile;
mod kept;
mod lifecycle;
mod mutation;
mod operate;
mod ordinary;
mod peer;
mod proxy;
mod raw_http;
mod recovery;
mod renaming;
mod second;
mod seeds;
mod sockets;
mod spread;
mod steady;
mod stored;
mod streams;
mod supply;
mod tls;
mod upstreams;
mod weather;
