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
pub mod second;
mod settings;
mod shadow;
mod state;
mod tls;

pub use self::reload::{Load, Reload};
pub use self::running::{Background, Running, ServeError, prove, run, spawn, start};
pub use self::settings::{
    AdminToken, Answering, BaseUrl, ClientTls, Credentials, KeyPair, Link, LogLevel, MoreRoutes, Other,
    Protocol, Route, Screen, Settings, Timeouts, Upstream,
};
pub use self::shadow::{RESULTS as SHADOW_RESULTS, ShadowSettings};
pub use self::state::{Keep, StateSettings};
pub use self::tls::{Certificates, TlsError};
