//! Counters. Every label value comes from a closed set, so their number is bounded whatever callers send.

use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::Record;
use crate::serve::live::Version;
use crate::serve::shadow::RESULTS;

type Labels = [(&'static str, &'static str); 1];
pub(super) type Counts = Family<Labels, Counter>;
/// Labels whose values come from the config and the API table, not from callers.
type Named = Family<Vec<(&'static str, String)>, Counter>;
/// Two labels of closed sets.
type Pairs = Family<[(&'static str, &'static str); 2], Counter>;
/// The same, of something that is or is not.
type States = Family<Vec<(&'static str, String)>, Gauge>;
/// Times by a closed set of names.
type Times = Family<Labels, Histogram, fn() -> Histogram>;

/// From 20 µs to half a minute.
fn times() -> Histogram {
    Histogram::new(exponential_buckets(0.000_02, 3.0, 14))
}

/// What `/metrics` shows.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Counts,
    blocked: Counts,
    refusals: Counts,
    unscreened: Counts,
    limits: Counts,
    upstream_errors: Counts,
    reloads: Counts,
    reload_failing: Gauge,
    audit_lines: Counts,
    by_dialect: Named,
    rules: Named,
    screening: Histogram,
    whole: Histogram,
    candidates: Histogram,
    in_flight: Gauge,
    waiting: Gauge,
    stages: Times,
    answers: Named,
    up: States,
    in_force: States,
    loaded: Gauge,
    shadow: Counts,
    state: Pairs,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("unspool");
        let mut counts = |name: &str, help: &str| {
            let family = Counts::default();
            registry.register(name, help, family.clone());
            family
        };
        let requests = counts("requests", "Requests by outcome");
        let blocked = counts("blocked", "Blocked and would-be-blocked requests by hazard category");
        let refusals = counts("refusals", "Answers the proxy made itself, by reason");
        let unscreened = counts("unscreened", "Parts that were passed on unscreened, by kind");
        let limits = counts("limits_hit", "Screening limits hit, by limit");
        let upstream_errors = counts("upstream_errors", "Upstream failures, by kind");
        let reloads = counts("reloads", "Times that rules, model and policy were read anew, by result");
        let audit_lines = counts("audit_lines", "Lines of the audit log, by what became of them");
        let shadow = counts("shadow", "Decisions compared with those of the candidate beside, by result");
        let state = Pairs::default();
        let reload_failing = Gauge::default();
        registry.register(
            "reload_failing",
            "1 while the files on disk are refused and an older state stays in force",
            reload_failing.clone(),
        );
        registry.register("state", "Uses of the store of conversations, by result", state.clone());
        let (by_dialect, rules) = (Named::default(), Named::default());
        registry.register("dialect_requests", "Requests by API and outcome", by_dialect.clone());
        registry.register(
            "rules_fired",
            "Rules that matched the text that decided, by outcome",
            rules.clone(),
        );
        let whole = Histogram::new(exponential_buckets(0.000_1, 3.0, 14));
        registry.register("request_seconds", "Time from a request to the head of its answer", whole.clone());
        let candidates = Histogram::new(exponential_buckets(1.0, 4.0, 8));
        registry.register("candidates", "Texts judged in one request", candidates.clone());
        let screening = Histogram::new(exponential_buckets(0.000_05, 2.5, 14));
        registry.register("screening_seconds", "Time to read and judge a request", screening.clone());
        let stages = Times::new_with_constructor(times);
        registry.register("stage_seconds", "Time of each stage of a request", stages.clone());
        let answers = Named::default();
        registry.register("upstream_answers", "Answers of upstreams, by class of status", answers.clone());
        let (up, in_force) = (States::default(), States::default());
        registry.register("upstream_up", "1 if the last exchange with the upstream went well", up.clone());
        registry.register("in_force", "What decisions are made with, as labels", in_force.clone());
        let (loaded, waiting) = (Gauge::default(), Gauge::default());
        registry.register("loaded_timestamp_seconds", "When that was loaded", loaded.clone());
        registry.register("waiting", "Requests that wait for their screening", waiting.clone());
        let in_flight = Gauge::default();
        registry.register(
            "in_flight",
            "Requests being handled, streamed answers included",
            in_flight.clone(),
        );
        Metrics {
            registry,
            requests,
            blocked,
            refusals,
            unscreened,
            limits,
            upstream_errors,
            reloads,
            reload_failing,
            audit_lines,
            by_dialect,
            rules,
            screening,
            whole,
            candidates,
            in_flight,
            waiting,
            stages,
            answers,
            up,
            in_force,
            loaded,
            shadow,
            state,
        }
    }
}

impl Metrics {
    /// The OpenMetrics text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail; an encoder's own error leaves a cut page, which a scraper reports.
        let _ = encode(&mut out, &self.registry);
        out
    }

    /// Counts one finished request.
    pub(super) fn count(&self, record: &Record, micros: u64) {
        bump(&self.requests, "outcome", record.outcome);
        let dialect = if record.dialect.is_empty() { "none" } else { record.dialect };
        let labels = vec![("dialect", dialect.to_owned()), ("outcome", record.outcome.to_owned())];
        self.by_dialect.get_or_create(&labels).inc();
        self.whole.observe(std::time::Duration::from_micros(micros).as_secs_f64());
        for rule in record.evidence.iter().flat_map(|evidence| &evidence.rules) {
            let labels = vec![("rule", rule.clone()), ("outcome", record.outcome.to_owned())];
            self.rules.get_or_create(&labels).inc();
        }
        if let Some(reason) = record.reason {
            bump(&self.refusals, "reason", reason);
        }
        if let (Some(category), "block" | "would_block") = (record.category, record.outcome) {
            bump(&self.blocked, "category", category);
        }
        if record.outcome == "forward_unscreened" {
            self.unscreened("incomplete");
        }
        for limit in &record.incomplete {
            bump(&self.limits, "limit", limit);
        }
        for (stage, took) in &record.stages {
            self.stages.get_or_create(&[("stage", *stage)]).observe(took.as_secs_f64());
        }
        let compared = record
            .shadow
            .iter()
            .filter_map(|opinion| RESULTS.iter().find(|result| **result == opinion.result));
        compared.for_each(|result| bump(&self.shadow, "result", result));
        if let Some(time) = record.screening {
            self.screening.observe(time.as_secs_f64());
            self.candidates.observe(record.candidates as f64);
        }
    }

    /// Counts something passed on unscreened.
    pub(crate) fn unscreened(&self, kind: &'static str) {
        bump(&self.unscreened, "kind", kind);
    }

    /// Counts an upstream failure.
    pub(crate) fn upstream_error(&self, kind: &'static str) {
        bump(&self.upstream_errors, "kind", kind);
    }

    /// Counts an upstream's answer: a status, or none. Its own errors and silence mean that it is not well.
    pub(crate) fn upstream_answer(&self, upstream: &str, status: Option<u16>) {
        let class = match status {
            Some(200..300) => "2xx",
            Some(400..500) => "4xx",
            Some(500..) => "5xx",
            Some(_) => "other",
            None => "none",
        };
        let labels = vec![("upstream", upstream.to_owned()), ("class", class.to_owned())];
        self.answers.get_or_create(&labels).inc();
        let well = !matches!(class, "5xx" | "none");
        self.up.get_or_create(&vec![("upstream", upstream.to_owned())]).set(i64::from(well));
    }

    /// Counts a use of the store of conversations: `get` or `put`, and how it ended.
    pub(crate) fn state(&self, op: &'static str, result: &'static str) {
        self.state.get_or_create(&[("op", op), ("result", result)]).inc();
    }

    /// Names what decisions are made with from now on.
    pub(crate) fn in_force(&self, version: &Version) {
        let named = [
            ("version", env!("CARGO_PKG_VERSION")),
            ("rules", &version.rules),
            ("model", &version.model),
            ("policy", &version.policy),
        ];
        self.in_force.clear();
        let labels: Vec<(&'static str, String)> =
            named.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        self.in_force.get_or_create(&labels).set(1);
        self.loaded.set(jiff::Timestamp::now().as_second());
    }

    /// Counts one request as waiting until the guard is gone.
    pub(crate) fn wait(&self) -> Guard {
        self.waiting.inc();
        Guard(self.waiting.clone())
    }

    /// Counts a reload: `ok`, `unchanged` or `failed`.
    pub(crate) fn reload(&self, result: &'static str) {
        bump(&self.reloads, "result", result);
        self.reload_failing.set(i64::from(result == "failed"));
    }

    /// What becomes of lines of the audit log.
    pub(super) fn audit_lines(&self) -> Counts {
        self.audit_lines.clone()
    }

    /// How often a rule matched the text that decided, and a request was refused or would have been.
    pub(crate) fn rule_hits(&self, rule: &str, outcome: &str) -> u64 {
        let labels = vec![("rule", rule.to_owned()), ("outcome", outcome.to_owned())];
        self.rules.get(&labels).map_or(0, |counter| counter.get())
    }

    /// How many decisions were compared with this result.
    pub(crate) fn compared(&self, result: &'static str) -> u64 {
        self.shadow.get(&[("result", result)]).map_or(0, |counter| counter.get())
    }

    /// How many requests ended in `outcome`.
    pub(crate) fn outcomes(&self, outcome: &'static str) -> u64 {
        self.requests.get(&[("outcome", outcome)]).map_or(0, |counter| counter.get())
    }

    /// Requests being handled now.
    pub(crate) fn in_flight(&self) -> i64 {
        self.in_flight.get()
    }

    /// Counts one request as in flight until every clone of the guard is gone.
    pub(super) fn open(&self) -> Open {
        self.in_flight.inc();
        Open { _guard: Arc::new(Guard(self.in_flight.clone())) }
    }
}

pub(super) fn bump(counts: &Counts, key: &'static str, value: &'static str) {
    counts.get_or_create(&[(key, value)]).inc();
}

/// Keeps a request counted as in flight.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    _guard: Arc<Guard>,
}

/// Keeps something counted until it is gone.
#[derive(Debug)]
pub(crate) struct Guard(Gauge);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dec();
    }
}
