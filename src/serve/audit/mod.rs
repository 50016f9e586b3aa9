//! One record a request: counted, logged, and written to the audit log. No text of a request gets here, unless the
//! operator asks the audit log for the text that decided.

mod evidence;
mod hour;
mod line;
pub(crate) mod log;
mod metrics;
mod reach;
mod sink;
mod traces;

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use self::evidence::{Evidence, Place, redacted};
use self::hour::Hour;
pub use self::line::Line;
pub(crate) use self::metrics::{Metrics, Open};
use self::sink::Sink;
pub use self::sink::{AuditSettings, To};
pub use self::traces::{Headers, TraceSettings};
use self::traces::{Started, Traces};

use http::HeaderMap;
use jiff::Timestamp;

use crate::judge::decide::Decision;
use crate::serve::live::Version;
use crate::serve::second::Told;
use crate::serve::shadow::Opinion;

/// Outcomes in the order they are shown.
pub const OUTCOMES: [&str; 8] = [
    "forward",
    "block",
    "would_block",
    "refuse_unscreened",
    "refuse_unheard",
    "forward_unscreened",
    "reject",
    "client_gone",
];
/// Records kept for the console.
const KEPT: usize = 200;

/// What is written down about one request.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The id the caller was told.
    pub request_id: String,
    /// The normalised path of a known route, or `unknown`.
    pub route: String,
    /// The API.
    pub dialect: &'static str,
    /// The model asked for, shortened and cleaned.
    pub model: Option<String>,
    /// An outcome's name, `reject` for a refusal of form, or `client_gone`.
    pub outcome: &'static str,
    /// The stable code of a refusal or failure.
    pub reason: Option<&'static str>,
    /// The hazard of what decided.
    pub category: Option<&'static str>,
    /// The origin of what decided.
    pub origin: Option<&'static str>,
    /// The rule that weighed most.
    pub rule: Option<Arc<str>>,
    /// The score that decided.
    pub score: f32,
    /// Texts judged.
    pub candidates: usize,
    /// Limits that were hit.
    pub incomplete: Vec<&'static str>,
    /// The HTTP status answered, or 499 when the caller left.
    pub status: u16,
    /// Time spent reading and judging.
    pub screening: Option<Duration>,
    /// The policy the request was treated by.
    pub policy: Option<Arc<str>>,
    /// What the decision was made with.
    pub version: Option<Arc<Version>>,
    /// The start of the hash of the caller's key.
    pub key: Option<String>,
    /// What the decision rests on.
    pub evidence: Option<Arc<Evidence>>,
    /// What the candidate judged beside would have done.
    pub shadow: Option<Opinion>,
    /// What second opinions said.
    pub second: Vec<Told>,
    /// What would have been decided without them, if that is something else.
    pub without_second: Option<&'static str>,
    /// When the request came.
    pub time: Timestamp,
    /// When it was decided on.
    pub decided: Option<Timestamp>,
    /// How long each stage took, those that were gone through.
    pub stages: Vec<(&'static str, Duration)>,
}

impl Record {
    /// Notes a decision.
    pub(crate) fn decided(&mut self, decision: &Decision, candidates: usize) {
        self.decided = Some(Timestamp::now());
        self.outcome = decision.outcome.name();
        self.category = decision.category.map(|category| category.code());
        self.origin = decision.origin.map(|origin| origin.name());
        self.rule.clone_from(&decision.rule);
        self.score = decision.score;
        self.candidates = candidates;
        self.incomplete = decision.incomplete.iter().map(|limit| limit.name()).collect();
    }
}

/// Where records go: metrics, log and console.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    pub(crate) metrics: Metrics,
    sink: Option<Sink>,
    traces: Option<Traces>,
    recent: Mutex<VecDeque<Record>>,
    pub(crate) hour: Hour,
}

impl Audit {
    /// Records that go where these settings say.
    ///
    /// # Errors
    /// When the audit log cannot be opened.
    pub(crate) fn new(settings: &AuditSettings) -> io::Result<Self> {
        let metrics = Metrics::default();
        let sink = Sink::open(settings, metrics.audit_lines())?;
        Ok(Audit { metrics, sink, ..Audit::default() })
    }

    /// The same, with spans sent to a collector.
    ///
    /// # Errors
    /// When the way to the collector cannot be set up.
    pub(crate) fn with_traces(mut self, settings: Option<&TraceSettings>) -> Result<Self, String> {
        self.traces = settings.map(Traces::open).transpose()?;
        Ok(self)
    }

    /// Sends the last spans.
    pub(crate) async fn end(&self) {
        if let Some(traces) = &self.traces {
            traces.end().await;
        }
    }

    /// Starts the record of one request.
    pub(crate) fn open(self: &Arc<Self>) -> Entry {
        let record = Record {
            request_id: uuid::Uuid::now_v7().to_string(),
            route: "unknown".into(),
            outcome: "client_gone",
            status: 499,
            time: Timestamp::now(),
            ..Record::default()
        };
        Entry {
            record,
            open: self.metrics.open(),
            audit: Arc::clone(self),
            start: Instant::now(),
            written: false,
            void: false,
            spans: None,
        }
    }

    /// The last records, newest first.
    pub(crate) fn recent(&self) -> Vec<Record> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }

    /// The record of a request, if it is among the last.
    pub(crate) fn find(&self, request_id: &str) -> Option<Record> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().find(|record| record.request_id == request_id).cloned()
    }

    fn close(&self, record: &Record, micros: u64, written: bool) {
        if let (Some(sink), false) = (&self.sink, written) {
            sink.put(Line::of(record, Some(record.status)).bytes());
        }
        self.metrics.count(record, micros);
        self.hour.count(record.outcome, Timestamp::now().as_second());
        write_line(record, micros);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == KEPT {
            recent.pop_front();
        }
        recent.push_back(record.clone());
    }
}

fn write_line(record: &Record, micros: u64) {
    tracing::info!(
        target: "unspool::audit",
        request_id = %record.request_id,
        route = %record.route,
        dialect = record.dialect,
        model = record.model.as_deref(),
        outcome = record.outcome,
        reason = record.reason,
        category = record.category,
        origin = record.origin,
        rule = record.rule.as_deref(),
        score = f64::from(record.score),
        candidates = record.candidates,
        incomplete = %record.incomplete.join(","),
        policy = record.policy.as_deref(),
        second = told(record),
        without_second = record.without_second,
        rules_version = record.version.as_ref().map(|version| &*version.rules),
        model_version = record.version.as_ref().map(|version| &*version.model),
        shadow = record.shadow.as_ref().map(|opinion| opinion.result.as_str()),
        status = record.status,
        screening_us = record.screening.map(micros_of),
        micros,
        "request"
    );
}

/// Who was asked, and what came of it: `guard 0.93`, `guard timeout`.
pub(crate) fn told(record: &Record) -> Option<String> {
    let one = |told: &Told| match (told.failure, told.score) {
        (Some(failure), _) => format!("{} {}", told.name, failure.name()),
        (None, score) => format!("{} {:.3}", told.name, score.unwrap_or(0.0)),
    };
    let all: Vec<String> = record.second.iter().map(one).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn micros_of(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A record in the making. It is written when dropped, so a caller who leaves is recorded too.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) record: Record,
    open: Open,
    audit: Arc<Audit>,
    start: Instant,
    /// Whether the audit log has it.
    written: bool,
    /// Whether there is nothing to record.
    void: bool,
    /// Its spans, where spans are sent.
    spans: Option<Started>,
}

impl Entry {
    /// Drops the record: what it was opened for is no decision of its own.
    pub(crate) fn forget(mut self) {
        self.void = true;
    }

    /// Makes the request part of the trace its head names, if spans are sent.
    pub(crate) fn trace(&mut self, fields: &HeaderMap) {
        self.spans = self.audit.traces.as_ref().map(|traces| traces.begin(fields));
    }

    /// Names the exchange with the upstream to it as its parent, if spans are sent.
    pub(crate) fn go_out(&mut self, fields: &mut HeaderMap) {
        if let Some(spans) = &mut self.spans {
            spans.go_out(fields);
        }
    }

    /// Notes how long a stage took.
    pub(crate) fn stage(&mut self, stage: &'static str, took: Duration) {
        self.record.stages.push((stage, took));
    }

    /// Puts the decision into the audit log before it is carried out. False when it must be there and cannot.
    pub(crate) async fn write_down(&mut self) -> bool {
        let Some(sink) = &self.audit.sink else { return true };
        self.written = true;
        let start = Instant::now();
        let written = sink.put_surely(Line::of(&self.record, None).bytes()).await;
        self.record.stages.push(("record", start.elapsed()));
        written
    }

    /// Where this record will go, for counts made on the way.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.audit.metrics
    }

    /// Where this record will go, for what happens after it is written.
    pub(crate) fn audit(&self) -> Arc<Audit> {
        Arc::clone(&self.audit)
    }

    /// A guard that keeps the request counted as in flight while its answer is still streamed.
    pub(crate) fn stay_open(&self) -> Open {
        self.open.clone()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.void {
            return;
        }
        let took = self.start.elapsed();
        if let Some(spans) = self.spans.take() {
            spans.finish(&self.record, took);
        }
        self.audit.close(&self.record, micros_of(took), self.written);
    }
}

/// A caller's model name as it may be logged: short, and nothing but the characters names are made of.
pub(crate) fn clean_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@".contains(c);
    name.chars().take(64).map(|c| if plain(c) { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_entry_is_a_caller_who_left() {
        let audit = Arc::new(Audit::default());
        drop(audit.open());
        let recent = audit.recent();
        assert_eq!((recent.len(), recent[0].outcome, recent[0].status), (1, "client_gone", 499));
        assert!(audit.metrics.text().contains("unspool_requests_total{outcome=\"client_gone\"} 1"));
        assert!(audit.metrics.text().contains("unspool_in_flight 0"));
    }

    #[test]
    fn the_console_keeps_a_bounded_number() {
        let audit = Arc::new(Audit::default());
        (0..KEPT + 7).for_each(|_| drop(audit.open()));
        assert_eq!(audit.recent().len(), KEPT);
    }

    #[test]
    fn a_logged_model_name_is_short_and_plain() {
        assert_eq!(clean_name("gpt-4o\u{1b}[31m\n"), "gpt-4o??31m?");
        assert_eq!(clean_name(&"x".repeat(1000)).len(), 64);
    }
}
