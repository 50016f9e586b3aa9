//! Unspool: a guardrail reverse proxy that reads prompts the way a model will.
//!
//! The modules are listed in the order a request passes through them; each may use only those above it.
//! `ARCHITECTURE.md` is the map. The library exists for the binary, its tests, benches and fuzz targets: it makes no
//! semver promise.

pub mod budget;
pub mod request;
pub mod read;
pub mod judge;
pub mod screen;
pub mod second;
pub mod serve;
pub mod measure;
pub mod config;
pub mod cli;
