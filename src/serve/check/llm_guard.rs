//! LLM Guard's API: `POST /analyze/prompt` and `POST /scan/prompt`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Judged, conversation};
use crate::request::Request;
use crate::request::dialect::ReadLimits;

/// The name of the one scanner.
const SCANNER: &str = "Unspool";

pub(super) fn ask(asked: &Value, limits: &ReadLimits) -> Result<Vec<Request>, String> {
    let Value::String(prompt) = &asked["prompt"] else { return Err("`prompt` must be a string".into()) };
    Ok(vec![conversation(&json!({"messages": [{"role": "user", "content": prompt}]}), limits)?])
}

pub(super) fn analyze(asked: &Value, judged: &[Judged]) -> (StatusCode, Value) {
    let (status, mut body) = scan(asked, judged);
    body["sanitized_prompt"] = asked["prompt"].clone();
    (status, body)
}

/// A scanner that could not finish says 1: unknown is not clean.
pub(super) fn scan(_: &Value, judged: &[Judged]) -> (StatusCode, Value) {
    let valid = judged.iter().all(|one| one.refusal.is_none());
    let unscreened = |one: &Judged| !valid && !one.decision.incomplete.is_empty();
    let score = |one: &Judged| if unscreened(one) { 1.0 } else { one.score() };
    let score = judged.iter().map(score).fold(0.0, f32::max);
    (StatusCode::OK, json!({"is_valid": valid, "scanners": {SCANNER: score}}))
}

pub(super) fn error(_: StatusCode, why: &str) -> Value {
    json!({"detail": why})
}
