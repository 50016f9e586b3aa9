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

type Labels = [(&'static str, &'static str); 1];
type Counts = Family<Labels, Counter>;

/// What `/metrics` shows.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Counts,
    blocked: Counts,
    refusals: Counts,
    unscreened: Counts,
    limits: Counts,
    upstream_errors: Counts,
    screening: Histogram,
    in_flight: Gauge,
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
            screening,
            in_flight,
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
    pub(super) fn count(&self, record: &Record) {
        bump(&self.requests, "outcome", record.outcome);
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

fn bump(counts: &Counts, key: &'static str, value: &'static str) {
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
