//! OpenAI Chat Completions and the older Completions
//! (<https://platform.openai.com/docs/api-reference/chat>, fields as in openai-python 3.57).

use serde_json::Value;
use serde_json::json;

use super::Dialect;
use super::place::Field;
use super::place::Place;
use super::place::field;
use super::refusal::Answer;
use super::refusal::Refusal;
use super::route::Route;
use super::route::RouteKind;
use super::sse;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// Chat Completions, and the read-only routes all OpenAI-compatible servers share.
pub(super) static CHAT: Dialect = Dialect {
    name: "openai",
    routes: &[
        Route { method: "POST", path: "/v1/chat/completions", kind: RouteKind::Message },
        Route { method: "GET", path: "/v1/models", kind: RouteKind::ReadOnly },
        Route { method: "GET", path: "/v1/models/{id}", kind: RouteKind::ReadOnly },
    ],
    fields: FIELDS,
    refuse: refuse_chat,
};

/// The older Completions API: same fields and errors, another form of completion.
pub(super) static COMPLETIONS: Dialect = Dialect {
    name: "openai_completions",
    routes: &[Route { method: "POST", path: "/v1/completions", kind: RouteKind::Message }],
    fields: FIELDS,
    refuse: refuse_completion,
};

const OTHER: Place = Place::Deep(Slot::Other);
const TAG: Place = Place::Deep(Slot::Protocol);
const DEFINITION: Place = Place::Deep(Slot::Definition);
const ARGUMENTS: Place = Place::Deep(Slot::Arguments);
const STATE: Place = Place::Reference(UnreadKind::State);

const FIELDS: &[Field] = &[
    field(Place::Root, "model", Place::Model),
    field(Place::Root, "stream", Place::Stream),
    field(Place::Root, "messages", Place::Turns),
    field(Place::Root, "prompt", Place::Tokens).by(Role::User),
    field(Place::Root, "input", Place::Tokens).by(Role::User),
    field(Place::Root, "suffix", Place::Content).by(Role::User),
    field(Place::Root, "system", Place::Content).by(Role::System),
    field(Place::Root, "instructions", Place::Content).by(Role::System),
    field(Place::Root, "prediction", Place::Part).by(Role::Assistant),
    field(Place::Root, "tools", DEFINITION).by(Role::System),
    field(Place::Root, "functions", DEFINITION).by(Role::System),
    field(Place::Root, "response_format", DEFINITION).by(Role::System),
    field(Place::Root, "tool_choice", DEFINITION).by(Role::System),
    field(Place::Root, "function_call", DEFINITION).by(Role::System),
    field(Place::Root, "web_search_options", DEFINITION).by(Role::System),
    field(Place::Root, "metadata", OTHER),
    field(Place::Root, "user", OTHER),
    field(Place::Root, "stop", OTHER),
    field(Place::Root, "modalities", TAG),
    field(Place::Root, "audio", TAG),
    field(Place::Root, "reasoning_effort", TAG),
    field(Place::Root, "service_tier", TAG),
    field(Place::Root, "verbosity", TAG),
    field(Place::Root, "previous_response_id", STATE),
    field(Place::Root, "conversation", STATE),
    field(Place::Turn, "role", Place::Speaker),
    field(Place::Turn, "content", Place::Content),
    field(Place::Turn, "name", OTHER),
    field(Place::Turn, "refusal", Place::Content),
    field(Place::Turn, "reasoning", Place::Content),
    field(Place::Turn, "reasoning_content", Place::Content),
    field(Place::Turn, "tool_calls", Place::Calls),
    field(Place::Turn, "function_call", Place::Function),
    field(Place::Turn, "tool_call_id", TAG),
    field(Place::Turn, "audio", Place::Media(UnreadKind::Audio)),
    field(Place::Call, "id", TAG),
    field(Place::Call, "type", TAG),
    field(Place::Call, "function", Place::Function),
    field(Place::Call, "custom", Place::Function),
    field(Place::Function, "name", OTHER),
    field(Place::Function, "arguments", ARGUMENTS),
    field(Place::Function, "input", ARGUMENTS),
    field(Place::Part, "type", Place::Kind),
    field(Place::Part, "text", Place::Content),
    field(Place::Part, "content", Place::Content),
    field(Place::Part, "refusal", Place::Content),
    field(Place::Part, "thinking", Place::Content),
    field(Place::Part, "image_url", Place::Media(UnreadKind::Image)),
    field(Place::Part, "input_audio", Place::Media(UnreadKind::Audio)),
    field(Place::Part, "audio_url", Place::Media(UnreadKind::Audio)),
    field(Place::Part, "video_url", Place::Media(UnreadKind::File)),
    field(Place::Part, "file", Place::Media(UnreadKind::File)),
    field(Place::Part, "source", Place::Media(UnreadKind::File)),
    field(Place::Part, "cache_control", TAG),
    field(Place::Part, "arguments", ARGUMENTS),
    field(Place::Part, "input", ARGUMENTS),
];

/// The answer of a chat completion.
pub(super) fn refuse_chat(refusal: &Refusal<'_>) -> Answer {
    match (refusal.as_model(), refusal.stream) {
        (false, _) => error(refusal),
        (true, false) => Answer::json(200, &chat_completion(refusal)),
        (true, true) => Answer::events(chat_stream(refusal)),
    }
}

/// The answer of a completion.
fn refuse_completion(refusal: &Refusal<'_>) -> Answer {
    let choice =
        json!({ "index": 0, "text": refusal.message, "logprobs": null, "finish_reason": "content_filter" });
    let body = envelope(refusal, "cmpl", "text_completion", choice);
    match (refusal.as_model(), refusal.stream) {
        (false, _) => error(refusal),
        (true, false) => Answer::json(200, &with_usage(body)),
        (true, true) => Answer::events(sse::event(None, &body) + DONE),
    }
}

fn error(refusal: &Refusal<'_>) -> Answer {
    let status = refusal.kind.status();
    let kind = if status < 500 { "invalid_request_error" } else { "server_error" };
    let body = json!({
        "error": { "message": refusal.message, "type": kind, "param": null, "code": refusal.kind.code() },
    });
    Answer::json(status, &body)
}

const DONE: &str = "data: [DONE]\n\n";

fn chat_completion(refusal: &Refusal<'_>) -> Value {
    let message = json!({ "role": "assistant", "content": null, "refusal": refusal.message });
    let choice =
        json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": "content_filter" });
    with_usage(envelope(refusal, "chatcmpl", "chat.completion", choice))
}

fn chat_stream(refusal: &Refusal<'_>) -> String {
    let chunk = |delta: Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
        sse::event(None, &envelope(refusal, "chatcmpl", "chat.completion.chunk", choice))
    };
    [
        chunk(json!({ "role": "assistant", "content": null, "refusal": null }), None),
        chunk(json!({ "refusal": refusal.message }), None),
        chunk(json!({}), Some("content_filter")),
        DONE.to_owned(),
    ]
    .concat()
}

/// `created` is 0: nothing here reads a clock, and no client needs the date of a refusal.
fn envelope(refusal: &Refusal<'_>, prefix: &str, object: &str, choice: Value) -> Value {
    json!({
        "id": format!("{prefix}-{}", refusal.request_id),
        "object": object,
        "created": 0,
        "model": refusal.model.unwrap_or_default(),
        "choices": [choice],
    })
}

fn with_usage(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        let usage = json!({ "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 });
        members.insert("usage".to_owned(), usage);
    }
    body
}
