//! agentgateway's webhook: `POST /request` and `POST /response`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Judged, conversation};
use crate::request::Request;
use crate::request::dialect::ReadLimits;

pub(super) fn ask_request(asked: &Value, limits: &ReadLimits) -> Result<Vec<Request>, String> {
    match &asked["body"]["messages"] {
        Value::Array(_) => Ok(vec![conversation(&asked["body"], limits)?]),
        _ => Err("`body.messages` must be a list".into()),
    }
}

pub(super) fn ask_response(asked: &Value, limits: &ReadLimits) -> Result<Vec<Request>, String> {
    let Value::Array(choices) = &asked["body"]["choices"] else {
        return Err("`body.choices` must be a list".into());
    };
    let messages: Vec<&Value> = choices.iter().map(|choice| &choice["message"]).collect();
    Ok(vec![conversation(&json!({"messages": messages}), limits)?])
}

pub(super) fn answer(_: &Value, judged: &[Judged]) -> (StatusCode, Value) {
    let action = match judged.iter().find_map(|one| one.refusal.as_deref()) {
        Some(why) => {
            let body = json!({"error": {"message": why, "type": "invalid_request_error", "param": null,
                "code": "content_policy_violation"}});
            json!({"body": body.to_string(), "status_code": 400, "reason": why})
        }
        None => json!({"reason": "nothing found"}),
    };
    (StatusCode::OK, json!({"action": action}))
}
