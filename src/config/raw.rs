//! Settings as written. Every key is optional, no key is ignored.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::second::Second;
use super::upstreams::{RouteTable, Written};
use crate::judge::decide::{Mode, OnFailure};
use crate::request::unread::OnUnread;
use crate::screen::History;
use crate::serve::LogLevel;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    pub(super) server: Server,
    pub(super) upstream: Written,
    pub(super) route: Vec<RouteTable>,
    pub(super) policy: Policy,
    pub(super) unread: Unread,
    pub(super) routes: Routes,
    pub(super) limits: Limits,
    pub(super) rules: Rules,
    pub(super) model: Model,
    pub(super) audit: Audit,
    pub(super) telemetry: Telemetry,
    pub(super) shadow: Shadow,
    pub(super) state: State,
    pub(super) second: Vec<Second>,
    #[serde(rename = "override")]
    pub(super) overrides: Vec<Override>,
    #[serde(rename = "exclude")]
    pub(super) exclusions: Vec<Exclude>,
}

/// `[server]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Server {
    pub(super) listen: Option<String>,
    pub(super) admin: Option<String>,
    pub(super) connections: Option<usize>,
    pub(super) drain_seconds: Option<u64>,
    pub(super) admin_token_env: Option<String>,
    pub(super) check: Option<String>,
    pub(super) ext_proc: Option<String>,
    pub(super) reports: Option<PathBuf>,
    pub(super) log: Option<LogLevel>,
    pub(super) tls_cert: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
    pub(super) handshake_seconds: Option<u64>,
    pub(super) header_seconds: Option<u64>,
    pub(super) body_idle_seconds: Option<u64>,
    pub(super) keep_alive_seconds: Option<u64>,
}

/// `[policy]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Policy {
    pub(super) mode: Option<Mode>,
    pub(super) on_failure: Option<OnFailure>,
    pub(super) strictness: Option<u8>,
    pub(super) history: Option<History>,
    pub(super) respond: Option<Respond>,
    pub(super) expose: Option<bool>,
    pub(super) message: Option<String>,
}

/// `[[override]]`: other settings of `[policy]` for some requests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Override {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) routes: Vec<String>,
    #[serde(default)]
    pub(super) keys: Vec<String>,
    #[serde(default)]
    pub(super) models: Vec<String>,
    pub(super) mode: Option<Mode>,
    pub(super) on_failure: Option<OnFailure>,
    pub(super) strictness: Option<u8>,
    pub(super) history: Option<History>,
    pub(super) respond: Option<Respond>,
    pub(super) expose: Option<bool>,
    pub(super) message: Option<String>,
}

/// `[[exclude]]`: rules that do not count for some requests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exclude {
    pub(super) rules: Spanned<Vec<String>>,
    #[serde(default)]
    pub(super) routes: Vec<String>,
    #[serde(default)]
    pub(super) keys: Vec<String>,
    #[serde(default)]
    pub(super) models: Vec<String>,
    pub(super) reason: String,
    pub(super) until: String,
}

/// `[unread]`: parts of a request that are no text.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Unread {
    pub(super) image: Option<OnUnread>,
    pub(super) audio: Option<OnUnread>,
    pub(super) file: Option<OnUnread>,
    pub(super) tokens: Option<OnUnread>,
    pub(super) state: Option<OnUnread>,
    pub(super) sealed: Option<OnUnread>,
}

/// `[routes]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Routes {
    pub(super) any: Vec<String>,
    pub(super) allow: Vec<String>,
}

/// How a block is worded.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Respond {
    Error,
    Refusal,
}

/// `[limits]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Limits {
    pub(super) body_bytes: Option<usize>,
    pub(super) text_bytes: Option<usize>,
    pub(super) json_depth: Option<usize>,
    pub(super) json_nodes: Option<usize>,
    pub(super) steps: Option<u64>,
    pub(super) value_bytes: Option<u64>,
    pub(super) deadline_ms: Option<u64>,
    pub(super) candidates: Option<usize>,
    pub(super) screenings: Option<usize>,
    pub(super) queue: Option<usize>,
    pub(super) queue_seconds: Option<u64>,
    pub(super) buffered_bytes: Option<usize>,
    pub(super) cache_bytes: Option<usize>,
}

/// `[audit]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Audit {
    pub(super) file: Option<PathBuf>,
    pub(super) max_bytes: Option<u64>,
    pub(super) keep: Option<usize>,
    pub(super) text_chars: Option<usize>,
    pub(super) required: Option<bool>,
}

/// `[telemetry]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Telemetry {
    pub(super) otlp: Option<String>,
    pub(super) service: Option<String>,
    pub(super) share: Option<f64>,
    pub(super) headers_env: Option<String>,
}

/// `[shadow]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Shadow {
    pub(super) rules: Vec<PathBuf>,
    pub(super) model: Option<PathBuf>,
    pub(super) deadline_ms: Option<u64>,
}

/// `[state]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct State {
    pub(super) store: Option<String>,
    pub(super) store_env: Option<String>,
    pub(super) ttl_seconds: Option<u64>,
    pub(super) conversation_bytes: Option<usize>,
    pub(super) memory_bytes: Option<usize>,
    pub(super) timeout_ms: Option<u64>,
    pub(super) share_verdicts: Option<bool>,
}

/// `[rules]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rules {
    pub(super) paths: Vec<PathBuf>,
}

/// `[model]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Model {
    pub(super) path: Option<PathBuf>,
}
