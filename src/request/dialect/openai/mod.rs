//! The OpenAI API (<https://platform.openai.com/docs/api-reference>, fields as in openai-python 3.57) and the many servers
//! that speak it.
//!
//! All its routes share one table of fields: what stands in a body is read whatever the route says should be there.

mod chat;
mod events;
mod responses;
mod tuning;

use serde_json::Value;
use serde_json::json;

pub(super) use self::events::FIELDS as EVENTS;
pub(super) use self::events::refuse as refuse_event;
pub(super) use self::tuning::TUNING;
use super::Dialect;
use super::place::Field;
use super::place::Place;
use super::place::field;
use super::refusal::Answer;
use super::refusal::Refusal;
use super::reply;
use super::reply::Reply;
use super::reply::Said;
use super::route::RouteKind;
use super::route::act;
use super::route::delete;
use super::route::form;
use super::route::get;
use super::route::post;
use super::route::route;
use super::route::socket;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// What all rows of this file have in common.
const BASE: Dialect = Dialect {
    name: "openai",
    routes: &[],
    prefixes: &[],
    fields: &[FIELDS],
    allows: &[],
    untyped: false,
    error,
    say: reply::nothing,
    event: None,
};

/// Chat Completions, and the read-only routes all OpenAI-compatible servers share.
pub(super) static CHAT: Dialect = Dialect {
    routes: &[
        post("/v1/chat/completions"),
        get("/v1/chat/completions"),
        get("/v1/chat/completions/{id}"),
        get("/v1/chat/completions/{id}/messages"),
        post("/v1/chat/completions/{id}"),
        delete("/v1/chat/completions/{id}"),
        get("/v1/models"),
        get("/v1/models/{model}"),
    ],
    say: chat::say,
    ..BASE
};

/// The older Completions API: same fields and errors, another form of completion.
pub(super) static COMPLETIONS: Dialect = Dialect {
    name: "openai_completions",
    routes: &[post("/v1/completions")],
    say: chat::say_completion,
    ..BASE
};

/// Responses and the conversations they are kept in.
pub(super) static RESPONSES: Dialect = Dialect {
    name: "openai_responses",
    routes: &[
        post("/v1/responses"),
        post("/v1/responses/input_tokens"),
        post("/v1/responses/compact"),
        get("/v1/responses/{id}"),
        get("/v1/responses/{id}/input_items"),
        act("/v1/responses/{id}/cancel"),
        delete("/v1/responses/{id}"),
        post("/v1/conversations"),
        get("/v1/conversations/{id}"),
        post("/v1/conversations/{id}"),
        delete("/v1/conversations/{id}"),
        post("/v1/conversations/{id}/items"),
        get("/v1/conversations/{id}/items"),
        get("/v1/conversations/{id}/items/{item}"),
        delete("/v1/conversations/{id}/items/{item}"),
    ],
    say: responses::say,
    ..BASE
};

/// Embeddings and moderations: texts go in, numbers come out.
pub(super) static EMBEDDINGS: Dialect = Dialect {
    name: "openai_embeddings",
    routes: &[post("/v1/embeddings"), post("/v1/moderations")],
    allows: &[UnreadKind::Tokens],
    ..BASE
};

/// Pictures and sound.
pub(super) static MEDIA: Dialect = Dialect {
    name: "openai_media",
    routes: &[
        post("/v1/images/generations"),
        form("/v1/images/edits"),
        form("/v1/images/variations"),
        post("/v1/audio/speech"),
        form("/v1/audio/transcriptions"),
        form("/v1/audio/translations"),
        route("POST", "/v1/realtime/sessions", RouteKind::Denied),
        route("POST", "/v1/realtime/client_secrets", RouteKind::Denied),
        route("POST", "/v1/realtime/transcription_sessions", RouteKind::Denied),
        route("POST", "/v1/realtime/calls", RouteKind::Denied),
    ],
    ..BASE
};

/// What is kept at the API for later: files, batches, assistants, threads, vector stores.
pub(super) static STORED: Dialect = Dialect {
    name: "openai_stored",
    routes: &[
        form("/v1/files"),
        get("/v1/files"),
        get("/v1/files/{id}"),
        get("/v1/files/{id}/content"),
        delete("/v1/files/{id}"),
        route("POST", "/v1/uploads", RouteKind::Denied),
        route("POST", "/v1/uploads/{id}/parts", RouteKind::Denied),
        route("POST", "/v1/uploads/{id}/complete", RouteKind::Denied),
        act("/v1/uploads/{id}/cancel"),
        post("/v1/batches"),
        get("/v1/batches"),
        get("/v1/batches/{id}"),
        act("/v1/batches/{id}/cancel"),
        post("/v1/assistants"),
        get("/v1/assistants"),
        get("/v1/assistants/{id}"),
        post("/v1/assistants/{id}"),
        delete("/v1/assistants/{id}"),
        act("/v1/threads"),
        post("/v1/threads/runs"),
        get("/v1/threads/{id}"),
        post("/v1/threads/{id}"),
        delete("/v1/threads/{id}"),
        post("/v1/threads/{id}/messages"),
        get("/v1/threads/{id}/messages"),
        get("/v1/threads/{id}/messages/{message}"),
        post("/v1/threads/{id}/messages/{message}"),
        delete("/v1/threads/{id}/messages/{message}"),
        post("/v1/threads/{id}/runs"),
        get("/v1/threads/{id}/runs"),
        get("/v1/threads/{id}/runs/{run}"),
        post("/v1/threads/{id}/runs/{run}"),
        act("/v1/threads/{id}/runs/{run}/cancel"),
        post("/v1/threads/{id}/runs/{run}/submit_tool_outputs"),
        get("/v1/threads/{id}/runs/{run}/steps"),
        get("/v1/threads/{id}/runs/{run}/steps/{step}"),
        act("/v1/vector_stores"),
        get("/v1/vector_stores"),
        get("/v1/vector_stores/{id}"),
        post("/v1/vector_stores/{id}"),
        delete("/v1/vector_stores/{id}"),
        post("/v1/vector_stores/{id}/search"),
        post("/v1/vector_stores/{id}/files"),
        get("/v1/vector_stores/{id}/files"),
        get("/v1/vector_stores/{id}/files/{file}"),
        post("/v1/vector_stores/{id}/files/{file}"),
        get("/v1/vector_stores/{id}/files/{file}/content"),
        delete("/v1/vector_stores/{id}/files/{file}"),
        post("/v1/vector_stores/{id}/file_batches"),
        get("/v1/vector_stores/{id}/file_batches/{batch}"),
        act("/v1/vector_stores/{id}/file_batches/{batch}/cancel"),
        get("/v1/vector_stores/{id}/file_batches/{batch}/files"),
    ],
    ..BASE
};

/// Realtime, and Responses over a WebSocket: events both ways, screened one by one.
pub(super) static SOCKETS: Dialect = Dialect {
    name: "openai_socket",
    routes: &[socket("/v1/realtime"), socket("/v1/realtime/translations"), socket("/v1/responses")],
    fields: &[events::FIELDS, FIELDS],
    say: responses::say,
    event: Some(events::refuse),
    ..BASE
};

const OTHER: Place = Place::Deep(Slot::Other);
const TAG: Place = Place::Deep(Slot::Protocol);
const DEFINITION: Place = Place::Deep(Slot::Definition);
const ARGUMENTS: Place = Place::Deep(Slot::Arguments);
const STATE: Place = Place::Reference(UnreadKind::State);
const FILE: Place = Place::Reference(UnreadKind::File);

/// Where every field leads.
pub(super) const FIELDS: &[Field] = &[
    field(Place::Root, "model", Place::Model),
    field(Place::Root, "stream", Place::Stream),
    field(Place::Root, "messages", Place::Turns),
    field(Place::Root, "prompt", Place::Tokens).by(Role::User),
    field(Place::Root, "input", Place::Items).by(Role::User),
    field(Place::Root, "inputs", Place::Items).by(Role::User),
    field(Place::Root, "items", Place::Items).by(Role::User),
    field(Place::Root, "query", Place::Content).by(Role::User),
    // A message of a thread is a body of its own, and so is a line of a batch.
    field(Place::Root, "role", Place::Speaker),
    field(Place::Root, "content", Place::Content),
    field(Place::Root, "body", Place::Root),
    field(Place::Root, "thread", Place::Root),
    field(Place::Root, "custom_id", TAG),
    field(Place::Root, "method", TAG),
    field(Place::Root, "url", TAG),
    field(Place::Root, "additional_instructions", Place::Content).by(Role::System),
    field(Place::Root, "additional_messages", Place::Turns),
    field(Place::Root, "tool_outputs", Place::Named("outputs")).by(Role::Tool),
    field(Place::Named("outputs"), "output", Place::Content),
    field(Place::Named("outputs"), "tool_call_id", TAG),
    field(Place::Root, "assistant_id", STATE),
    field(Place::Root, "item_reference", STATE),
    field(Place::Root, "file", Place::Media(UnreadKind::File)),
    field(Place::Root, "file_id", FILE),
    field(Place::Root, "file_ids", Place::Named("files")),
    field(Place::Root, "input_file_id", FILE),
    field(Place::Root, "completion_window", TAG),
    field(Place::Root, "endpoint", TAG),
    field(Place::Root, "text", Place::Deep(Slot::Definition)).by(Role::System),
    field(Place::Root, "reasoning", TAG),
    field(Place::Root, "include", TAG),
    field(Place::Root, "truncation", TAG),
    field(Place::Root, "encoding_format", TAG),
    field(Place::Root, "voice", TAG),
    field(Place::Root, "size", TAG),
    field(Place::Root, "quality", TAG),
    field(Place::Root, "prompt_cache_key", OTHER),
    field(Place::Root, "prompt_embeds", Place::Payload(UnreadKind::Tokens, true)),
    field(Place::Root, "chat_template", Place::Content).by(Role::System),
    field(Place::Root, "documents", DEFINITION).by(Role::Tool),
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
    field(Place::Turn, "type", Place::Kind),
    field(Place::Turn, "id", Place::ItemId),
    field(Place::Turn, "call_id", TAG),
    field(Place::Turn, "status", TAG),
    field(Place::Turn, "text", Place::Content),
    field(Place::Turn, "image_url", Place::Media(UnreadKind::Image)),
    field(Place::Turn, "arguments", ARGUMENTS).by(Role::Assistant),
    field(Place::Turn, "input", ARGUMENTS).by(Role::Assistant),
    field(Place::Turn, "action", ARGUMENTS).by(Role::Assistant),
    field(Place::Turn, "operation", ARGUMENTS).by(Role::Assistant),
    field(Place::Turn, "queries", ARGUMENTS).by(Role::Assistant),
    field(Place::Turn, "code", Place::Content).by(Role::Assistant),
    field(Place::Turn, "summary", Place::Content).by(Role::Assistant),
    field(Place::Turn, "output", Place::Content).by(Role::Tool),
    field(Place::Turn, "outputs", Place::Content).by(Role::Tool),
    field(Place::Turn, "results", Place::Content).by(Role::Tool),
    field(Place::Turn, "error", Place::Content).by(Role::Tool),
    field(Place::Turn, "result", Place::Payload(UnreadKind::Image, true)),
    field(Place::Turn, "tools", DEFINITION).by(Role::System),
    field(Place::Turn, "attachments", Place::Named("files")),
    field(Place::Turn, "encrypted_content", Place::Sealed),
    field(Place::Named("files"), "file_id", FILE),
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
    // An object in the place of a prompt is one kept at the API.
    field(Place::Part, "id", STATE),
    field(Place::Part, "variables", Place::Deep(Slot::Content)),
    field(Place::Part, "version", TAG),
    field(Place::Part, "logs", Place::Content),
    field(Place::Part, "stdout", Place::Content),
    field(Place::Part, "stderr", Place::Content),
    field(Place::Part, "filename", OTHER),
    field(Place::Part, "file_id", FILE),
    field(Place::Part, "file_url", FILE),
    field(Place::Part, "image_file", Place::Media(UnreadKind::Image)),
    field(Place::Part, "file_data", Place::Payload(UnreadKind::File, true)),
    field(Place::Part, "encrypted_content", Place::Sealed),
    field(Place::Part, "text", Place::Content),
    field(Place::Part, "content", Place::Content),
    field(Place::Part, "refusal", Place::Content),
    field(Place::Part, "thinking", Place::Content),
    field(Place::Part, "image_url", Place::Media(UnreadKind::Image)),
    field(Place::Part, "input_audio", Place::Media(UnreadKind::Audio)),
    field(Place::Part, "audio", Place::Payload(UnreadKind::Audio, true)),
    field(Place::Part, "transcript", Place::Content),
    field(Place::Part, "audio_url", Place::Media(UnreadKind::Audio)),
    field(Place::Part, "video_url", Place::Media(UnreadKind::File)),
    field(Place::Part, "file", Place::Media(UnreadKind::File)),
    field(Place::Part, "source", Place::Media(UnreadKind::File)),
    field(Place::Part, "cache_control", TAG),
    field(Place::Part, "arguments", ARGUMENTS),
    field(Place::Part, "input", ARGUMENTS),
];

/// The error envelope.
pub(super) fn error(refusal: &Refusal<'_>) -> Answer {
    let status = refusal.kind.status();
    let kind = if status < 500 { "invalid_request_error" } else { "server_error" };
    let body = json!({
        "error": { "message": refusal.message, "type": kind, "param": null, "code": refusal.kind.code() },
    });
    Answer::json(status, &body)
}

/// The answer of whatever path of this API is asked, by its end.
pub(super) fn say(reply: &Reply<'_>) -> Option<Said> {
    match reply.path {
        path if path.ends_with("/chat/completions") => chat::say(reply),
        path if path.ends_with("/completions") => chat::say_completion(reply),
        path if path.ends_with("/responses") => responses::say(reply),
        _ => None,
    }
}

/// `created` is 0: nothing here reads a clock, and no client needs the date of such an answer.
fn envelope(reply: &Reply<'_>, prefix: &str, object: &str, choice: Value) -> Value {
    json!({
        "id": format!("{prefix}-{}", reply.id),
        "object": object,
        "created": 0,
        "model": reply.model,
        "choices": [choice],
    })
}
