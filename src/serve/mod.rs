//! The edge: the proxy, its records and its admin listener. The only wing that knows tokio and hyper.

pub mod audit;
mod check;
pub mod client;
mod console;
mod live;
pub mod policy;
mod proxy;
mod reload;
mod running;
mod settings;

pub use self::reload::{Load, Reload};
pub use self::running::{Background, Running, ServeError, run, spawn, start};
pub use self::settings::{AdminToken, Answering, BaseUrl, Screen, Settings, Timeouts, Upstream};
