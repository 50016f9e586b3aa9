//! Counters. Every label value comes from a closed set, so their number is bounded whatever callers send.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::Record;
use crate::screen::Counts as Kept;

type Labels = [(&'static str, &'static str); 1];
pub(super) type Counts = Family<Labels, Counter>;
/// Labels whose values come from the config and the API table, not from callers.
type Named = Family<Vec<(&'static str, String)>, Counter>;

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
    second: Named,
    second_changed: Named,
    second_time: Family<Vec<(&'static str, String)>, Histogram, fn() -> Histogram>,
    screening: Histogram,
    whole: Histogram,
    candidates: Histogram,
    in_flight: Gauge,
    cache: Counts,
    cache_bytes: Gauge,
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
        let cache = counts("cache_lookups", "Texts and verdicts looked for among those of earlier requests");
        let cache_bytes = Gauge::default();
        registry.register("cache_bytes", "About what is kept of earlier requests", cache_bytes.clone());
        let reload_failing = Gauge::default();
        registry.register(
            "reload_failing",
            "1 while the files on disk are refused and an older state stays in force",
            reload_failing.clone(),
        );
        let (by_dialect, rules) = (Named::default(), Named::default());
        registry.register("dialect_requests", "Requests by API and outcome", by_dialect.clone());
        registry.register(
            "rules_fired",
            "Rules that matched the text that decided, by outcome",
            rules.clone(),
        );
        let (second, second_changed) = (Named::default(), Named::default());
        registry.register(
            "second_opinions",
            "Texts others were asked about, by whom and result",
            second.clone(),
        );
        registry.register(
            "second_changed",
            "Requests that second opinions made decided otherwise, from and to which action",
            second_changed.clone(),
        );
        let second_time = Family::new_with_constructor(second_buckets as fn() -> Histogram);
        registry.register(
            "second_seconds",
            "Time until a second opinion was heard, by whom",
            second_time.clone(),
        );
        let whole = Histogram::new(exponential_buckets(0.000_1, 3.0, 14));
        registry.register("request_seconds", "Time from a request to the head of its answer", whole.clone());
        let candidates = Histogram::new(exponential_buckets(1.0, 4.0, 8));
        registry.register("candidates", "Texts judged in one request", candidates.clone());
        let screening = Histogram::new(exponential_buckets(0.000_05, 2.5, 14));
        registry.register("screening_seconds", "Time to read and judge a request", screening.clone());
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
            second,
            second_changed,
            second_time,
            screening,
            whole,
            candidates,
            in_flight,
            cache,
            cache_bytes,
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
        self.count_second(record);
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
        if let Some(time) = record.screening {
            self.screening.observe(time.as_secs_f64());
            self.candidates.observe(record.candidates as f64);
        }
    }

    fn count_second(&self, record: &Record) {
        for told in &record.second {
            let count = |result: &str, texts: usize| {
                if texts > 0 {
                    let labels = vec![("by", told.name.clone()), ("result", result.to_owned())];
                    self.second.get_or_create(&labels).inc_by(texts as u64);
                }
            };
            count("said", told.asked.saturating_sub(told.failed + told.cached));
            count("cached", told.cached);
            count("over", told.over);
            count(told.failure.map_or("failed", |failure| failure.name()), told.failed);
            let time = std::time::Duration::from_micros(told.micros);
            self.second_time.get_or_create(&vec![("by", told.name.clone())]).observe(time.as_secs_f64());
        }
        if let Some(without) = record.without_second {
            let labels = vec![("from", without.to_owned()), ("outcome", record.outcome.to_owned())];
            self.second_changed.get_or_create(&labels).inc();
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

    /// Counts a reload: `ok`, `unchanged` or `failed`.
    pub(crate) fn reload(&self, result: &'static str) {
        bump(&self.reloads, "result", result);
        self.reload_failing.set(i64::from(result == "failed"));
    }

    /// Takes over what the engine counts of its cache.
    pub(crate) fn kept(&self, counts: &Kept) {
        for (what, count) in [
            ("text_hit", counts.text_hits),
            ("text_miss", counts.text_misses),
            ("verdict_hit", counts.verdict_hits),
            ("verdict_miss", counts.verdict_misses),
        ] {
            self.cache.get_or_create(&[("result", what)]).inner().store(count, Ordering::Relaxed);
        }
        self.cache_bytes.set(i64::try_from(counts.bytes).unwrap_or(i64::MAX));
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

fn second_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.000_5, 3.0, 10))
}

pub(super) fn bump(counts: &Counts, key: &'static str, value: &'static str) {
    counts.get_or_create(&[(key, value)]).inc();
}

/// Keeps a request counted as in flight.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    _guard: Arc<Guard>,
}

#[derive(Debug)]
struct Guard(Gauge);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dec();
    }
}
