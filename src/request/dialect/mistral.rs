//! Mistral (<https://docs.mistral.ai/api>): OpenAI's chat under the same path, and routes of its own.

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
use super::route::RouteKind;
use super::route::act;
use super::route::delete;
use super::route::get;
use super::route::post;
use super::route::route;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// Fill-in-the-middle, agents and their conversations, batches, classifiers and OCR.
pub(super) static MISTRAL: Dialect = Dialect {
    name: "mistral",
    routes: &[
        post("/v1/fim/completions"),
        post("/v1/agents/completions"),
        post("/v1/chat/moderations"),
        post("/v1/chat/classifications"),
        post("/v1/classifications"),
        post("/v1/ocr"),
        post("/v1/agents"),
        get("/v1/agents"),
        get("/v1/agents/{id}"),
        post("/v1/agents/{id}"),
        route("PATCH", "/v1/agents/{id}", RouteKind::Message),
        delete("/v1/agents/{id}"),
        get("/v1/files/{id}/url"),
        get("/v1/conversations"),
        get("/v1/conversations/{id}/history"),
        get("/v1/conversations/{id}/messages"),
        post("/v1/conversations/{id}/restart"),
        post("/v1/batch/jobs"),
        get("/v1/batch/jobs"),
        get("/v1/batch/jobs/{id}"),
        delete("/v1/batch/jobs/{id}"),
        act("/v1/batch/jobs/{id}/cancel"),
    ],
    prefixes: &["/v1/fim/", "/v1/agents/"],
    fields: &[OWN, openai::FIELDS],
    allows: &[],
    untyped: false,
    error,
    say,
    event: None,
};

/// What it has beside OpenAI's fields.
const OWN: &[Field] = &[
    field(Place::Root, "agent_id", Place::Reference(UnreadKind::State)),
    field(Place::Root, "document", Place::Named("document")).by(Role::User),
    field(Place::Named("document"), "type", Place::Deep(Slot::Protocol)),
    field(Place::Named("document"), "document_url", Place::Reference(UnreadKind::File)),
    field(Place::Named("document"), "image_url", Place::Media(UnreadKind::Image)),
    field(Place::Named("document"), "file_id", Place::Reference(UnreadKind::File)),
    field(Place::Part, "document_url", Place::Reference(UnreadKind::File)),
    field(Place::Turn, "prefix", Place::Deep(Slot::Protocol)),
];

/// The error envelope.
fn error(refusal: &Refusal<'_>) -> Answer {
    let code: Value = refusal.kind.code().into();
    let body = json!({
        "object": "error", "message": refusal.message, "type": "invalid_request_error", "param": null, "code": code,
    });
    Answer::json(refusal.kind.status(), &body)
}

/// The answer of completions of both kinds: a chat's.
fn say(reply: &Reply<'_>) -> Option<Said> {
    let generates = reply.path.ends_with("/completions");
    generates.then(|| openai::say(&Reply { path: "/v1/chat/completions", ..*reply })).flatten()
}
