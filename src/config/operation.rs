//! What operators ask for beside a policy: records, traces, the store of conversations, a candidate judged beside.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;

use super::{Config, ConfigError, model_in, parsed, proved, raw, variable};
use crate::serve::audit::{Headers, To, TraceSettings};
use crate::serve::{Keep, ShadowSettings};

/// A candidate set of rules or model, as the file names it.
#[derive(Debug, Clone)]
pub(super) struct Shadowing {
    pub(super) rules: Vec<PathBuf>,
    pub(super) model: Option<PathBuf>,
    deadline: Duration,
}

impl Default for Shadowing {
    fn default() -> Self {
        Shadowing { rules: Vec::new(), model: None, deadline: Duration::from_millis(50) }
    }
}

impl Shadowing {
    /// Takes what is written.
    pub(super) fn take(&mut self, raw: raw::Shadow) {
        let deadline = raw.deadline_ms.map_or(self.deadline, Duration::from_millis);
        *self = Shadowing { rules: raw.rules, model: raw.model, deadline };
    }
}

impl Config {
    pub(super) fn take_audit(&mut self, raw: raw::Audit) -> Result<(), (&'static str, String)> {
        let audit = &mut self.audit;
        audit.to = raw.file.map(|file| if file == Path::new("-") { To::Stdout } else { To::File(file) });
        audit.max_bytes = raw.max_bytes.unwrap_or(audit.max_bytes);
        audit.keep = raw.keep.unwrap_or(audit.keep);
        audit.text_chars = raw.text_chars.unwrap_or(audit.text_chars);
        audit.required = raw.required.unwrap_or(audit.required);
        if audit.required && audit.to.is_none() {
            return Err(("audit.required", "needs `file` to say where decisions are recorded".into()));
        }
        Ok(())
    }

    pub(super) fn take_state(&mut self, raw: raw::State) -> Result<(), (&'static str, String)> {
        let state = &mut self.state;
        let keep = raw.store.as_deref().map_or(Ok(Keep::Memory), Keep::from_str);
        state.keep = keep.map_err(|why| ("state.store", why))?;
        if let Some(name) = &raw.store_env {
            if raw.store.is_some() {
                return Err(("state.store_env", "stands instead of `store`; write one of them".into()));
            }
            let missing = || format!("the environment has no {name}: set it before starting");
            let written = variable(name).filter(|written| !written.is_empty()).ok_or_else(missing);
            let keep = written.and_then(|written| Keep::from_str(&written));
            state.keep = keep.map_err(|why| ("state.store_env", why))?;
        }
        state.ttl = raw.ttl_seconds.map_or(state.ttl, Duration::from_secs);
        state.conversation_bytes = raw.conversation_bytes.unwrap_or(state.conversation_bytes);
        state.memory_bytes = raw.memory_bytes.unwrap_or(state.memory_bytes);
        state.timeout = raw.timeout_ms.map_or(state.timeout, Duration::from_millis);
        state.share_verdicts = raw.share_verdicts.unwrap_or(state.share_verdicts);
        Ok(())
    }

    pub(super) fn take_telemetry(&mut self, raw: raw::Telemetry) -> Result<(), (&'static str, String)> {
        let share = raw.share.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&share) {
            return Err(("telemetry.share", "write a share between 0.0 and 1.0".into()));
        }
        let service = raw.service.unwrap_or_else(|| "unspool".into());
        let endpoint = parsed("telemetry.otlp", raw.otlp.as_deref(), collector)?;
        let headers = raw.headers_env.as_deref().map(headers).transpose();
        let headers = headers.map_err(|why| ("telemetry.headers_env", why))?.unwrap_or_default();
        self.traces = endpoint.map(|endpoint| TraceSettings { endpoint, service, share, headers });
        Ok(())
    }

    /// What is judged beside the rules and the model in force.
    pub(super) fn shadow(&self) -> Result<Option<ShadowSettings>, ConfigError> {
        let Shadowing { rules, model, deadline } = &self.shadow;
        if rules.is_empty() && model.is_none() {
            return Ok(None);
        }
        let named = |error: ConfigError| ConfigError(format!("[shadow]: {}", error.0));
        let rules = (!rules.is_empty()).then(|| proved(rules)).transpose().map_err(named)?.map(Arc::new);
        let model = model.as_deref().map(model_in).transpose().map_err(named)?;
        Ok(Some(ShadowSettings { rules, model, deadline: *deadline }))
    }
}

/// Reads a collector's base address.
fn collector(written: &str) -> Result<Uri, String> {
    let uri = written.parse::<Uri>().ok();
    let known = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none();
    uri.filter(known).ok_or_else(|| format!("{written:?} is no collector: write e.g. http://127.0.0.1:4318"))
}

/// Reads the fields sent to a collector from a variable, written as OpenTelemetry does: `name=value,name=value`.
fn headers(name: &str) -> Result<Headers, String> {
    let missing = || format!("the environment has no {name}: set it before starting");
    let written = variable(name).ok_or_else(missing)?;
    let field = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
    };
    let fields = written.split(',').filter(|pair| !pair.trim().is_empty()).map(field);
    let fields: Option<Vec<_>> = fields.collect();
    fields.map(Headers).ok_or_else(|| format!("{name} does not hold name=value,name=value"))
}
