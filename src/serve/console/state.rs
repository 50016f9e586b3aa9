//! What the console's page is fed with: counts, the last decisions, rules and how the last load went.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::judge::hazard::Category;
use crate::serve::audit::{Audit, Metrics, OUTCOMES, Record, told};
use crate::serve::live::{Current, Live};
use crate::serve::shadow::RESULTS;

/// Counts, versions and the last decisions, newest first.
pub(super) fn state(current: &Current, audit: &Audit) -> Value {
    let (live, loaded, recent) = (current.now(), current.loaded(), audit.recent());
    let outcomes = OUTCOMES.map(|outcome| json!({"name": outcome, "count": audit.metrics.outcomes(outcome)}));
    let refused = loaded.refused.map(|(at, why)| json!({"at": at.to_string(), "why": why}));
    let usual = live.usual();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "in_flight": audit.metrics.in_flight(),
        "outcomes": outcomes,
        "shadow": live.shadow().map(|_| RESULTS.map(|result| (result, audit.metrics.reach.compared(result)))
            .into_iter().collect::<BTreeMap<_, _>>()),
        "latency_ms": latency(&recent),
        "policy": {
            "mode": usual.policy.mode,
            "strictness": usual.policy.strictness,
            "on_failure": usual.policy.on_failure,
            "overrides": live.rulings().overrides.len(),
            "exclusions": live.rulings().exclusions.len(),
        },
        "in_force": &**live.version(),
        "loaded": {"at": loaded.at.to_string(), "refused": refused, "waiting": loaded.waiting},
        "hour": audit.hour.until(Timestamp::now().as_second()),
        "recent": recent.iter().map(row).collect::<Vec<_>>(),
    })
}

/// The middle and the slow end of the last screenings.
fn latency(recent: &[Record]) -> Value {
    let mut times: Vec<Duration> = recent.iter().filter_map(|record| record.screening).collect();
    times.sort_unstable();
    let at = |share: usize| {
        let place = (times.len().saturating_sub(1)) * share / 100;
        times.get(place).map(|time| time.as_secs_f64() * 1e3)
    };
    json!({"p50": at(50), "p99": at(99), "of": times.len()})
}

fn row(record: &Record) -> Value {
    let evidence = record.evidence.as_deref();
    json!({
        "time": record.time.to_string(),
        "request_id": record.request_id,
        "outcome": record.outcome,
        "status": record.status,
        "category": record.category,
        "origin": record.origin,
        "score": record.score,
        "rule": record.rule.as_deref(),
        "reason": record.reason,
        "dialect": record.dialect,
        "model": record.model,
        "route": record.route,
        "policy": record.policy.as_deref(),
        "candidates": record.candidates,
        "shadow": record.shadow.as_ref().filter(|opinion| opinion.result != "same"),
        "incomplete": record.incomplete,
        "via": evidence.map(|evidence| evidence.via.join(" › ")),
        "ms": record.screening.map(|time| time.as_secs_f64() * 1e3),
    })
}

/// All that is known of one decision: what it rests on, what it was made with, how long each stage took.
pub(super) fn decision(record: &Record, live: &Live) -> Value {
    let engine = live.engine(live.usual().history);
    let rule = |id: &str| engine.judges.rules.rules().iter().find(|rule| &*rule.hit.id == id);
    let evidence = record.evidence.as_deref();
    let rules = evidence.map(|evidence| {
        let known = |id: &String| json!({"id": id, "why": rule(id).map(|rule| &rule.why), "effect": rule(id).map(effect)});
        evidence.rules.iter().map(known).collect::<Vec<_>>()
    });
    let ms = |time: &Duration| time.as_secs_f64() * 1e3;
    let mut found = row(record);
    found["hazard"] = json!(hazard(record.category));
    found["steps"] = json!(evidence.map(|evidence| &evidence.via));
    found["rules"] = json!(rules);
    found["places"] = json!(evidence.map(|evidence| &evidence.spans));
    found["text"] = json!(evidence.and_then(|evidence| evidence.text.as_deref()));
    found["key"] = json!(record.key);
    found["second"] = json!(told(record));
    found["without_second"] = json!(record.without_second);
    found["made_with"] = json!(record.version.as_deref());
    found["stages"] =
        record.stages.iter().map(|(stage, time)| json!({"stage": stage, "ms": ms(time)})).collect();
    found
}

fn hazard(code: Option<&str>) -> Option<&'static str> {
    Category::ALL.into_iter().find(|category| Some(category.code()) == code).map(Category::title)
}

/// The rules in force and how often each decided. They are in force because their examples held when they were loaded.
pub(super) fn rules(live: &Live, metrics: &Metrics) -> Value {
    let engine = live.engine(live.usual().history);
    let rules = engine.judges.rules.rules().iter().map(|rule| {
        let (id, hit) = (&*rule.hit.id, &rule.hit);
        json!({
            "id": id,
            "category": hit.category.code(),
            "hazard": hit.category.title(),
            "why": rule.why,
            "place": rule.place,
            "effect": effect(rule),
            "weight": hit.weight,
            "examples": rule.block.len() + rule.allow.len(),
            "blocked": metrics.rule_hits(id, "block"),
            "would_block": metrics.rule_hits(id, "would_block"),
            "passed": metrics.rule_hits(id, "forward"),
        })
    });
    json!({"version": engine.judges.rules.version(), "rules": rules.collect::<Vec<_>>()})
}

fn effect(rule: &crate::judge::rule::Rule) -> &'static str {
    match (rule.hit.monitor, rule.hit.allows, rule.hit.blocks) {
        (true, ..) => "on trial",
        (_, true, _) => "allows",
        (_, _, true) => "blocks",
        _ => "weighs",
    }
}
