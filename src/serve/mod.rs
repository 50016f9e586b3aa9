//! The edge: the proxy, its records and its admin listener. The only wing that knows tokio and hyper.

pub mod client;
