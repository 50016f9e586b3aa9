//! The flags every judging subcommand shares, and what they build.

use std::path::PathBuf;

use bytes::Bytes;

use crate::config::Config;
use crate::judge::decide::{Decision, Policy, decide_with};
use crate::request::Request;
use crate::request::dialect::{self, ReadLimits};
use crate::screen::{Engine, Reading, Screening, Trace, screen, trace};
use crate::serve::second::{Blocking, Hearing, Panel};

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
    /// Ask only this second opinion: the name of a `[[second]]` in the config, or the folder of a local model; `none` asks nobody
    #[arg(long, value_name = "NAME")]
    pub(super) second: Option<String>,
}

/// An engine and the policy its findings are decided by.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) engine: Engine,
    pub(super) policy: Policy,
    /// Who else is asked, if anybody.
    pub(super) second: Option<Blocking>,
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
        let panel = match self.second.as_deref() {
            Some("none") => Panel::default(),
            Some(name) => {
                config.only_second(name)?;
                config.second()?
            }
            None => config.second()?,
        };
        let second = if panel.is_empty() { None } else { Some(Blocking::new(panel)?) };
        Ok(Judge { engine: config.engine()?, policy: config.policy, second })
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
        let decision = self.decide(&screening, &self.hear(&screening));
        (screening, decision)
    }

    /// The same, with what each reading stage saw.
    pub(super) fn traced(&self, request: &Request) -> (Screening, Trace, Hearing, Decision) {
        let (screening, trace) = trace(&self.engine, request);
        let hearing = self.hear(&screening);
        let decision = self.decide(&screening, &hearing);
        (screening, trace, hearing, decision)
    }

    /// What others say of what was found.
    pub(super) fn hear(&self, screening: &Screening) -> Hearing {
        let hear = |second: &Blocking| second.hear(&self.engine.judges.model, screening);
        self.second.as_ref().map(hear).unwrap_or_default()
    }

    /// Decides on what was found and heard.
    pub(super) fn decide(&self, screening: &Screening, hearing: &Hearing) -> Decision {
        let thresholds = self.engine.judges.model.thresholds();
        let Screening { verdicts, incomplete, .. } = screening;
        decide_with(&self.policy, thresholds, verdicts, incomplete, &hearing.opinions)
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
