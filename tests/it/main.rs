//! The one integration binary: a module per test layer.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set its world up has failed"
)]

mod architecture;
mod blocked;
mod demo;
mod families;
mod hostile;
mod proxy;
mod recovery;
mod renaming;
