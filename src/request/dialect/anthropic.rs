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
use super::reply;
use super::reply::Reply;
use super::reply::Said;
use super::reply::typed_event;
use super::route::act;
use super::route::delete;
use super::route::get;
use super::route::post;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// What all rows of this file have in common.
const BASE: Dialect = Dialect {
    name: "anthropic",
    routes: &[],
    prefixes: &[],
    fields: &[FIELDS],
    allows: &[],
    untyped: false,
    error,
    say: reply::nothing,
    event: None,
};

/// The Messages API.
pub(super) static MESSAGES: Dialect =
    Dialect { routes: &[post("/v1/messages")], prefixes: &["/v1/messages"], say, ..BASE };

/// Token counting: the same body, but no message in the answer, so a refusal is always an error.
pub(super) static COUNT_TOKENS: Dialect =
    Dialect { name: "anthropic_count_tokens", routes: &[post("/v1/messages/count_tokens")], ..BASE };

/// Message batches: many bodies in one.
pub(super) static BATCHES: Dialect = Dialect {
    name: "anthropic_batches",
    routes: &[
        post("/v1/messages/batches"),
        get("/v1/messages/batches"),
        get("/v1/messages/batches/{id}"),
        get("/v1/messages/batches/{id}/results"),
        act("/v1/messages/batches/{id}/cancel"),
        delete("/v1/messages/batches/{id}"),
    ],
    ..BASE
};

/// The Text Completions API of Claude 2 and older.
pub(super) static COMPLETE: Dialect = Dialect {
    name: "anthropic_complete",
    routes: &[post("/v1/complete")],
    prefixes: &["/v1/complete/"],
    say: say_completion,
    ..BASE
};

/// Files and models, whose paths are OpenAI's too; see [`super::spoken`].
pub(super) static FILES: Dialect = Dialect { name: "anthropic_files", ..BASE };

const OTHER: Place = Place::Deep(Slot::Other);
const TAG: Place = Place::Deep(Slot::Protocol);
const DEFINITION: Place = Place::Deep(Slot::Definition);

/// Where every field leads.
pub(super) const FIELDS: &[Field] = &[
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
    field(Place::Root, "requests", Place::Named("requests")),
    field(Place::Named("requests"), "custom_id", TAG),
    field(Place::Named("requests"), "params", Place::Root),
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

/// The error envelope of <https://docs.claude.com/en/api/errors>.
pub(super) fn error(refusal: &Refusal<'_>) -> Answer {
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

/// The answer of the Messages API.
pub(super) fn say(reply: &Reply<'_>) -> Option<Said> {
    if reply.stream {
        return Some(Said::events(events(reply).iter().map(typed_event).collect()));
    }
    let content = block(reply, true);
    Some(Said::whole(&message(reply, &json!([content]), true)))
}

fn stop_reason(reply: &Reply<'_>) -> &'static str {
    reply.finish("refusal", "tool_use", "end_turn")
}

/// The one content block, or what it looks like before its first delta.
fn block(reply: &Reply<'_>, full: bool) -> Value {
    match reply.call {
        Some(call) => {
            let input = if full { call.arguments.clone() } else { json!({}) };
            json!({ "type": "tool_use", "id": format!("toolu_{}", reply.id), "name": call.name, "input": input })
        }
        None => json!({ "type": "text", "text": if full { reply.text } else { "" } }),
    }
}

fn message(reply: &Reply<'_>, content: &Value, full: bool) -> Value {
    json!({
        "id": format!("msg_{}", reply.id),
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": content,
        "stop_reason": full.then(|| stop_reason(reply)),
        "stop_sequence": null,
        "usage": { "input_tokens": reply.read, "output_tokens": if full { reply.written } else { 0 } },
    })
}

/// The events of <https://docs.claude.com/en/docs/build-with-claude/streaming>.
pub(super) fn events(reply: &Reply<'_>) -> Vec<Value> {
    let delta = |delta: Value| json!({ "type": "content_block_delta", "index": 0, "delta": delta });
    let mut events = vec![
        json!({ "type": "message_start", "message": message(reply, &json!([]), false) }),
        json!({ "type": "content_block_start", "index": 0, "content_block": block(reply, false) }),
    ];
    match reply.call {
        Some(call) => {
            let text = call.arguments.to_string();
            events.push(delta(json!({ "type": "input_json_delta", "partial_json": text })));
        }
        None => events.extend(reply.words().map(|word| delta(json!({ "type": "text_delta", "text": word })))),
    }
    events.push(json!({ "type": "content_block_stop", "index": 0 }));
    let stop = json!({ "stop_reason": stop_reason(reply), "stop_sequence": null });
    events
        .push(json!({ "type": "message_delta", "delta": stop, "usage": { "output_tokens": reply.written } }));
    events.push(json!({ "type": "message_stop" }));
    events
}

/// The answer of Text Completions, <https://docs.claude.com/en/api/complete>.
fn say_completion(reply: &Reply<'_>) -> Option<Said> {
    let completion = |text: &str, stop: Value| {
        json!({
            "type": "completion", "id": format!("compl_{}", reply.id), "completion": text,
            "stop_reason": stop, "model": reply.model, "stop": null, "log_id": reply.id,
        })
    };
    // This API has no reason for a refusal; it ends as it would before the caller speaks again.
    let last = json!("stop_sequence");
    if !reply.stream {
        return Some(Said::whole(&completion(&format!(" {}", reply.text), last)));
    }
    let mut events: Vec<Value> = reply.words().map(|word| completion(word, Value::Null)).collect();
    events.push(completion("", last));
    Some(Said::events(events.iter().map(typed_event).collect()))
}
