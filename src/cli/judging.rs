//! The flags every judging subcommand shares, and what they build.

use std::path::PathBuf;

use bytes::Bytes;

use crate::config::Config;
use crate::judge::decide::{Decision, Policy, decide};
use crate::request::Request;
use crate::request::dialect::{self, ReadLimits};
use crate::screen::{Engine, Reading, Screening, Trace, screen, trace};

/// How to judge.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Judging {
    /// 1 (fewest false alarms) to 4 (fewest misses); otherwise what the config says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=4))]
    pub(super) strictness: Option<u8>,
    /// The config file
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Judge only the request's own strings, to see what reading code adds
    #[arg(long)]
    pub(super) no_recovery: bool,
}

/// An engine and the policy its findings are decided by.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) engine: Engine,
    pub(super) policy: Policy,
}

impl Judging {
    /// Builds the engine and the policy.
    pub(super) fn judge(&self) -> anyhow::Result<Judge> {
        let mut config = self.config()?;
        if let Some(strictness) = self.strictness {
            config.policy.strictness = strictness;
        }
        if self.no_recovery {
            config.screening.reading = Reading::Raw;
        }
        Ok(Judge { engine: config.engine()?, policy: config.policy })
    }

    fn config(&self) -> anyhow::Result<Config> {
        match &self.config {
            None => Ok(Config::default()),
            Some(path) => Ok(Config::from_file(path)?),
        }
    }
}

impl Judge {
    /// Screens and decides.
    pub(super) fn of(&self, request: &Request) -> (Screening, Decision) {
        let screening = screen(&self.engine, request);
        let decision = self.decide(&screening);
        (screening, decision)
    }

    /// The same, with what each reading stage saw.
    pub(super) fn traced(&self, request: &Request) -> (Screening, Trace, Decision) {
        let (screening, trace) = trace(&self.engine, request);
        let decision = self.decide(&screening);
        (screening, trace, decision)
    }

    fn decide(&self, screening: &Screening) -> Decision {
        let thresholds = self.engine.judges.model.thresholds();
        decide(&self.policy, thresholds, &screening.verdicts, &screening.incomplete)
    }
}

/// Reads bytes as a request: a request body in its own dialect, any other text as one user message.
pub(super) fn request_of(bytes: Bytes) -> anyhow::Result<Request> {
    match dialect::sniff(&bytes) {
        Some(spoken) => Ok(dialect::read(spoken, bytes, &ReadLimits::default())?),
        None => Ok(Request::plain(std::str::from_utf8(&bytes)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_in_its_dialect_and_other_text_as_it_is() {
        for (text, want) in [
            (r#"{"model":"m","messages":[{"role":"user","content":"bake bread"}]}"#, Ok("openai")),
            (r#"{"system":"s","messages":[{"role":"user","content":"bake bread"}]}"#, Ok("anthropic")),
            ("bake bread", Ok(Request::plain("").dialect.name)),
            (r#"{"messages":[],"model":"a","model":"b"}"#, Err(())),
        ] {
            let got = request_of(Bytes::from(text)).map(|request| request.dialect.name).map_err(drop);
            assert_eq!(got, want, "{text}");
        }
    }
}
