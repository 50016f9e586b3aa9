//! The one integration binary: a module per test layer.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set its world up has failed"
)]

mod architecture;
mod blocked;
mod demo;
mod dialects;
mod failures;
mod hostile;
mod lifecycle;
mod peer;
mod proxy;
mod raw_http;
mod recovery;
mod renaming;
mod seeds;
mod spread;
mod streams;
mod tls;
mod upstreams;
