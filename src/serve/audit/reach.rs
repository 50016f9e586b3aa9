//! Metrics of what stands around a decision: stages, upstreams, what is in force, the candidate beside, stored conversations.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::metrics::{Counts, Guard, Labels, Named, bump};
use crate::serve::live::Version;
use crate::serve::shadow::RESULTS;

/// Two labels of closed sets.
type Pairs = Family<[(&'static str, &'static str); 2], Counter>;
/// Something named that is or is not.
type States = Family<Vec<(&'static str, String)>, Gauge>;
/// Times by a closed set of names.
type Times = Family<Labels, Histogram, fn() -> Histogram>;

/// From 20 µs to half a minute.
fn times() -> Histogram {
    Histogram::new(exponential_buckets(0.000_02, 3.0, 14))
}

/// These metrics.
pub(crate) struct Reach {
    stages: Times,
    answers: Named,
    up: States,
    in_force: States,
    loaded: Gauge,
    waiting: Gauge,
    shadow: Counts,
    state: Pairs,
}

impl Reach {
    /// Registers them.
    pub(super) fn new(registry: &mut Registry) -> Self {
        let reach = Reach {
            stages: Times::new_with_constructor(times),
            answers: Named::default(),
            up: States::default(),
            in_force: States::default(),
            loaded: Gauge::default(),
            waiting: Gauge::default(),
            shadow: Counts::default(),
            state: Pairs::default(),
        };
        registry.register("stage_seconds", "Time of each stage of a request", reach.stages.clone());
        registry.register(
            "upstream_answers",
            "Answers of upstreams, by class of status",
            reach.answers.clone(),
        );
        registry.register(
            "upstream_up",
            "1 if the last exchange with the upstream went well",
            reach.up.clone(),
        );
        registry.register("in_force", "What decisions are made with, as labels", reach.in_force.clone());
        registry.register("loaded_timestamp_seconds", "When that was loaded", reach.loaded.clone());
        registry.register("waiting", "Requests that wait for their screening", reach.waiting.clone());
        registry.register(
            "shadow",
            "Decisions compared with those of the candidate beside",
            reach.shadow.clone(),
        );
        registry.register("state", "Uses of the store of conversations, by result", reach.state.clone());
        reach
    }

    /// Counts the time of a stage.
    pub(super) fn stage(&self, stage: &'static str, took: Duration) {
        self.stages.get_or_create(&[("stage", stage)]).observe(took.as_secs_f64());
    }

    /// Counts what came of a comparison with the candidate beside.
    pub(super) fn compare(&self, result: &str) {
        if let Some(known) = RESULTS.iter().find(|known| **known == result) {
            bump(&self.shadow, "result", known);
        }
    }

    /// How many decisions were compared with this result.
    pub(crate) fn compared(&self, result: &'static str) -> u64 {
        self.shadow.get(&[("result", result)]).map_or(0, |counter| counter.get())
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
}
