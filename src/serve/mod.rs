//! The edge: the proxy, its records and its admin listener. The only wing that knows tokio and hyper.

pub mod audit;
pub mod client;
mod console;
mod proxy;
mod running;
mod settings;

pub use self::running::{Background, Running, ServeError, run, spawn, start};
pub use self::settings::{Answering, BaseUrl, MoreRoutes, Screen, Settings, Timeouts, Upstream};
