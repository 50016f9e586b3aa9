//! The detector API of the FMS guardrails orchestrator (TrustyAI): `POST /api/v1/text/contents`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Judged, conversation};
use crate::request::Request;
use crate::request::dialect::ReadLimits;
use crate::request::span::{Role, Slot};

/// Contents of one call.
const MOST: usize = 1024;

pub(super) fn ask(asked: &Value, limits: &ReadLimits) -> Result<Vec<Request>, String> {
    let Value::Array(contents) = &asked["contents"] else {
        return Err("`contents` must be a list of strings".into());
    };
    if contents.len() > MOST || !contents.iter().all(Value::is_string) {
        return Err(format!("`contents` must be a list of strings, {MOST} at most"));
    }
    let one = |text: &Value| conversation(&json!({"messages": [{"role": "user", "content": text}]}), limits);
    contents.iter().map(one).collect()
}

/// One list a content. What was put together lies nowhere in one piece, so a detection spans the whole content and the
/// text that was read is its evidence.
pub(super) fn answer(_: &Value, judged: &[Judged]) -> (StatusCode, Value) {
    (StatusCode::OK, judged.iter().map(|one| Value::from(detections(one))).collect())
}

fn detections(one: &Judged) -> Vec<Value> {
    if one.refusal.is_none() {
        return Vec::new();
    }
    let content = one.request.spans.iter().find(|span| span.role == Role::User && span.slot == Slot::Content);
    let content = content.map_or("", |span| span.text.as_str());
    let unscreened = one.decision.category.is_none() && !one.decision.incomplete.is_empty();
    let evidence = one.text.as_ref().filter(|_| !unscreened).map(|text| {
        json!([{"name": one.decision.origin.map_or("text", |origin| origin.name()), "value": text,
            "score": one.score()}])
    });
    vec![json!({
        "start": 0,
        "end": content.chars().count(),
        "text": content,
        "detection": one.decision.category.map_or(if unscreened { "unscreened" } else { "harm" }, |c| c.title()),
        "detection_type": "unspool",
        "score": if unscreened { 1.0 } else { one.score() },
        "evidence": evidence,
        "metadata": {"rule": one.decision.rule.as_deref(), "category": one.decision.category.map(|c| c.code())},
    })]
}

pub(super) fn error(status: StatusCode, why: &str) -> Value {
    json!({"code": status.as_u16(), "message": why})
}
