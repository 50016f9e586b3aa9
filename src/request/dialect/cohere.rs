//! Cohere, versions 1 and 2 (<https://docs.cohere.com/reference>).

use serde_json::Value;
use serde_json::json;

use super::Dialect;
use super::openai;
use super::place::Field;
use super::place::Place;
use super::place::field;
use super::refusal::Answer;
use super::refusal::Refusal;
use super::reply::Reply;
use super::reply::Said;
use super::reply::typed_event;
use super::route::post;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// Chat, generation and the routes that only measure texts.
pub(super) static COHERE: Dialect = Dialect {
    name: "cohere",
    routes: &[
        post("/v1/chat"),
        post("/v2/chat"),
        post("/v1/generate"),
        post("/v1/embed"),
        post("/v2/embed"),
        post("/v1/rerank"),
        post("/v2/rerank"),
        post("/v1/classify"),
        post("/v1/summarize"),
        post("/v1/tokenize"),
        post("/v1/detokenize"),
    ],
    prefixes: &["/v2/", "/v1/chat/", "/v1/embed/"],
    fields: &[OWN, openai::FIELDS],
    allows: &[],
    untyped: false,
    error,
    say,
    event: None,
};

const DEFINITION: Place = Place::Deep(Slot::Definition);

/// What it has beside OpenAI's fields.
const OWN: &[Field] = &[
    field(Place::Root, "message", Place::Content).by(Role::User),
    field(Place::Root, "chat_history", Place::Turns),
    field(Place::Root, "preamble", Place::Content).by(Role::System),
    field(Place::Root, "preamble_override", Place::Content).by(Role::System),
    field(Place::Root, "conversation_id", Place::Reference(UnreadKind::State)),
    field(Place::Root, "documents", Place::Deep(Slot::Content)).by(Role::Tool),
    field(Place::Root, "tool_results", Place::Deep(Slot::Content)).by(Role::Tool),
    field(Place::Root, "connectors", DEFINITION).by(Role::System),
    field(Place::Root, "text", Place::Content).by(Role::User),
    field(Place::Root, "texts", Place::Content).by(Role::User),
    field(Place::Root, "examples", Place::Deep(Slot::Content)).by(Role::User),
    field(Place::Root, "images", Place::Payload(UnreadKind::Image, true)),
    field(Place::Root, "tokens", Place::Deep(Slot::Other)),
    field(Place::Turn, "message", Place::Content),
    field(Place::Turn, "tool_plan", Place::Content).by(Role::Assistant),
    field(Place::Turn, "tool_results", Place::Deep(Slot::Content)).by(Role::Tool),
    field(Place::Part, "document", Place::Deep(Slot::Content)),
];

/// The error envelope.
fn error(refusal: &Refusal<'_>) -> Answer {
    Answer::json(refusal.kind.status(), &json!({ "id": refusal.request_id, "message": refusal.message }))
}

fn say(reply: &Reply<'_>) -> Option<Said> {
    match reply.path {
        "/v2/chat" => Some(chat2(reply)),
        "/v1/chat" => Some(chat1(reply)),
        "/v1/generate" => Some(generate(reply)),
        _ => None,
    }
}

fn usage(reply: &Reply<'_>) -> Value {
    let tokens = json!({ "input_tokens": reply.read, "output_tokens": reply.written });
    json!({ "billed_units": tokens, "tokens": tokens })
}

fn finish(reply: &Reply<'_>, stop: &'static str) -> &'static str {
    reply.finish("ERROR_TOXIC", "TOOL_CALL", stop)
}

/// The tool call as version 2 has it.
fn call(reply: &Reply<'_>) -> Option<Value> {
    let call = reply.call?;
    let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
    Some(json!({ "id": format!("call_{}", reply.id), "type": "function", "function": function }))
}

fn chat2(reply: &Reply<'_>) -> Said {
    let finish = finish(reply, "COMPLETE");
    if !reply.stream {
        let mut message = json!({ "role": "assistant", "content": [{ "type": "text", "text": reply.text }] });
        if let Some(call) = call(reply) {
            message = json!({ "role": "assistant", "tool_plan": "", "tool_calls": [call] });
        }
        return Said::whole(&json!({
            "id": reply.id, "finish_reason": finish, "message": message, "usage": usage(reply),
        }));
    }
    let message =
        |kind: &str, message: Value| json!({ "type": kind, "index": 0, "delta": { "message": message } });
    let start =
        json!({ "role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": [] });
    let mut events = vec![json!({ "type": "message-start", "id": reply.id, "delta": { "message": start } })];
    match call(reply) {
        Some(call) => {
            events.push(message("tool-call-start", json!({ "tool_calls": call })));
            events.push(json!({ "type": "tool-call-end", "index": 0 }));
        }
        None => {
            events.push(message("content-start", json!({ "content": { "type": "text", "text": "" } })));
            let delta = |word| message("content-delta", json!({ "content": { "text": word } }));
            events.extend(reply.words().map(delta));
            events.push(json!({ "type": "content-end", "index": 0 }));
        }
    }
    let end = json!({ "finish_reason": finish, "usage": usage(reply) });
    events.push(json!({ "type": "message-end", "id": reply.id, "delta": end }));
    Said::events(events.iter().map(typed_event).collect())
}

fn chat1(reply: &Reply<'_>) -> Said {
    let mut whole = json!({
        "response_id": reply.id, "generation_id": reply.id, "text": if reply.call.is_some() { "" } else { reply.text },
        "finish_reason": finish(reply, "COMPLETE"), "chat_history": [],
        "meta": { "api_version": { "version": "1" }, "billed_units": usage(reply)["billed_units"] },
    });
    if let Some(call) = reply.call {
        whole["finish_reason"] = json!("COMPLETE");
        whole["tool_calls"] = json!([{ "name": call.name, "parameters": call.arguments }]);
    }
    if !reply.stream {
        return Said::whole(&whole);
    }
    let mut lines =
        vec![json!({ "is_finished": false, "event_type": "stream-start", "generation_id": reply.id })];
    lines.extend(
        reply
            .words()
            .map(|word| json!({ "is_finished": false, "event_type": "text-generation", "text": word })),
    );
    let finish = whole["finish_reason"].clone();
    lines.push(json!({
        "is_finished": true, "event_type": "stream-end", "finish_reason": finish, "response": whole,
    }));
    Said::lines(&lines, "application/stream+json")
}

fn generate(reply: &Reply<'_>) -> Said {
    let finish = finish(reply, "COMPLETE");
    let generation = json!({ "id": reply.id, "text": reply.text, "finish_reason": finish, "index": 0 });
    let whole = json!({ "id": reply.id, "prompt": "", "generations": [generation] });
    if !reply.stream {
        return Said::whole(&whole);
    }
    let mut lines: Vec<Value> = reply
        .words()
        .map(
            |word| json!({ "event_type": "text-generation", "text": word, "index": 0, "is_finished": false }),
        )
        .collect();
    lines.push(json!({
        "event_type": "stream-end", "is_finished": true, "finish_reason": finish, "response": whole,
    }));
    Said::lines(&lines, "application/stream+json")
}
