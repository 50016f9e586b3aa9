//! LiteLLM's generic guardrail API: `POST /beta/litellm_basic_guardrail_api`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Judged, conversation};
use crate::request::Request;
use crate::request::dialect::ReadLimits;

/// The messages as LiteLLM structured them, and whatever it flattened besides; judged as one conversation.
pub(super) fn ask(asked: &Value, limits: &ReadLimits) -> Result<Vec<Request>, String> {
    let texts = match &asked["texts"] {
        Value::Null => Vec::new(),
        Value::Array(texts) if texts.iter().all(Value::is_string) => texts.clone(),
        _ => return Err("`texts` must be a list of strings".into()),
    };
    let messages = match &asked["structured_messages"] {
        Value::Array(messages) if !messages.is_empty() => Value::from(messages.clone()),
        _ => texts.iter().map(|text| json!({"role": "user", "content": text})).collect(),
    };
    let body = json!({
        "model": asked["model"],
        "messages": messages,
        "tools": asked["tools"],
        "tool_calls": asked["tool_calls"],
        "texts": texts,
        "images": asked["images"],
    });
    Ok(vec![conversation(&body, limits)?])
}

pub(super) fn answer(_: &Value, judged: &[Judged]) -> (StatusCode, Value) {
    let body = match judged.iter().find_map(|one| one.refusal.as_deref()) {
        Some(why) => json!({"action": "BLOCKED", "blocked_reason": why}),
        None => json!({"action": "NONE"}),
    };
    (StatusCode::OK, body)
}
