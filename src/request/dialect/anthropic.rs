//! Anthropic Messages (<https://docs.claude.com/en/api/messages>, fields as in anthropic-sdk-python 2.13).

use serde_json::Value;
use serde_json::json;

use super::Dialect;
use super::place::Field;
use super::place::Place;
use super::place::field;
use super::refusal::Answer;
use super::refusal::Refusal;
use super::refusal::RefusalKind;
use super::route::Route;
use super::route::RouteKind;
use super::sse;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// The Messages API.
pub(super) static MESSAGES: Dialect = Dialect {
    name: "anthropic",
    routes: &[Route { method: "POST", path: "/v1/messages", kind: RouteKind::Message }],
    fields: FIELDS,
    refuse,
};

/// Token counting: the same body, but no message in the answer, so a refusal is always an error.
pub(super) static COUNT_TOKENS: Dialect = Dialect {
    name: "anthropic_count_tokens",
    routes: &[Route { method: "POST", path: "/v1/messages/count_tokens", kind: RouteKind::Message }],
    fields: FIELDS,
    refuse: error,
};

const OTHER: Place = Place::Deep(Slot::Other);
const TAG: Place = Place::Deep(Slot::Protocol);
const DEFINITION: Place = Place::Deep(Slot::Definition);

const FIELDS: &[Field] = &[
    field(Place::Root, "model", Place::Model),
    field(Place::Root, "stream", Place::Stream),
    field(Place::Root, "messages", Place::Turns),
    field(Place::Root, "system", Place::Content).by(Role::System),
    field(Place::Root, "prompt", Place::Tokens).by(Role::User),
    field(Place::Root, "tools", DEFINITION).by(Role::System),
    field(Place::Root, "tool_choice", DEFINITION).by(Role::System),
    field(Place::Root, "output_config", DEFINITION).by(Role::System),
    field(Place::Root, "output_format", DEFINITION).by(Role::System),
    field(Place::Root, "mcp_servers", DEFINITION).by(Role::System),
    field(Place::Root, "metadata", OTHER),
    field(Place::Root, "stop_sequences", OTHER),
    field(Place::Root, "thinking", TAG),
    field(Place::Root, "cache_control", TAG),
    field(Place::Root, "service_tier", TAG),
    field(Place::Root, "inference_geo", TAG),
    field(Place::Root, "container", Place::Reference(UnreadKind::State)),
    field(Place::Turn, "role", Place::Speaker),
    field(Place::Turn, "content", Place::Content),
    field(Place::Part, "type", Place::Kind),
    field(Place::Part, "text", Place::Content),
    field(Place::Part, "content", Place::Content),
    field(Place::Part, "title", Place::Content),
    field(Place::Part, "context", Place::Content),
    field(Place::Part, "thinking", Place::Content),
    field(Place::Part, "stdout", Place::Content),
    field(Place::Part, "stderr", Place::Content),
    field(Place::Part, "source", Place::Media(UnreadKind::File)),
    field(Place::Part, "input", Place::Deep(Slot::Arguments)),
    field(Place::Part, "name", OTHER),
    field(Place::Part, "id", TAG),
    field(Place::Part, "tool_use_id", TAG),
    field(Place::Part, "cache_control", TAG),
    field(Place::Part, "caller", TAG),
    field(Place::Part, "file_id", Place::Reference(UnreadKind::File)),
    field(Place::Part, "signature", Place::Sealed),
    field(Place::Part, "data", Place::Sealed),
    field(Place::Part, "encrypted_content", Place::Sealed),
    field(Place::Part, "encrypted_stdout", Place::Sealed),
];

fn refuse(refusal: &Refusal<'_>) -> Answer {
    match (refusal.as_model(), refusal.stream) {
        (false, _) => error(refusal),
        (true, false) => {
            let content = json!([{ "type": "text", "text": refusal.message }]);
            Answer::json(200, &message(refusal, &content, Some("refusal")))
        }
        (true, true) => Answer::events(stream(refusal)),
    }
}

/// The error envelope of <https://docs.claude.com/en/api/errors>.
fn error(refusal: &Refusal<'_>) -> Answer {
    let status = refusal.kind.status();
    let kind = match (refusal.kind, status) {
        (RefusalKind::Overloaded, _) => "overloaded_error",
        (_, 404) => "not_found_error",
        (_, 413) => "request_too_large",
        (_, 504) => "timeout_error",
        (_, 500..) => "api_error",
        _ => "invalid_request_error",
    };
    let body = json!({
        "type": "error",
        "error": { "type": kind, "message": refusal.message },
        "request_id": refusal.request_id,
    });
    Answer::json(status, &body)
}

fn message(refusal: &Refusal<'_>, content: &Value, stop_reason: Option<&str>) -> Value {
    json!({
        "id": format!("msg_{}", refusal.request_id),
        "type": "message",
        "role": "assistant",
        "model": refusal.model.unwrap_or_default(),
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": { "input_tokens": 0, "output_tokens": 0 },
    })
}

/// The events of <https://docs.claude.com/en/docs/build-with-claude/streaming>.
fn stream(refusal: &Refusal<'_>) -> String {
    let event = |name: &str, mut data: Value| {
        if let Some(members) = data.as_object_mut() {
            members.insert("type".to_owned(), Value::from(name));
        }
        sse::event(Some(name), &data)
    };
    let delta = json!({ "type": "text_delta", "text": refusal.message });
    let stop = json!({ "stop_reason": "refusal", "stop_sequence": null });
    [
        event("message_start", json!({ "message": message(refusal, &json!([]), None) })),
        event("content_block_start", json!({ "index": 0, "content_block": { "type": "text", "text": "" } })),
        event("content_block_delta", json!({ "index": 0, "delta": delta })),
        event("content_block_stop", json!({ "index": 0 })),
        event("message_delta", json!({ "delta": stop, "usage": { "output_tokens": 0 } })),
        event("message_stop", json!({})),
    ]
    .concat()
}
