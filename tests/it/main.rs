//! The one integration binary: a module per test layer.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its world up has failed")]

mod proxy;
