//! Ollama (<https://docs.ollama.com/api>). Its answers are streamed as JSON lines unless the caller says otherwise.

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
use super::route::Route;
use super::route::RouteKind;
use super::route::Streaming;
use super::route::get;
use super::route::post;
use super::route::route;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// The native API; what changes the server's models is denied.
pub(super) static OLLAMA: Dialect = Dialect {
    name: "ollama",
    routes: &[
        post("/api/chat").streams(Streaming::Usual),
        post("/api/generate").streams(Streaming::Usual),
        post("/api/embed"),
        post("/api/embeddings"),
        post("/api/show"),
        get("/api/tags"),
        get("/api/version"),
        get("/api/ps"),
        // Whether anybody is there: what its command line asks first.
        get("/"),
        route("HEAD", "/", RouteKind::ReadOnly),
        denied("POST", "/api/create"),
        denied("POST", "/api/push"),
        denied("POST", "/api/pull"),
        denied("POST", "/api/copy"),
        denied("DELETE", "/api/delete"),
        denied("POST", "/api/blobs/{digest}"),
        denied("HEAD", "/api/blobs/{digest}"),
        denied("POST", "/api/web_search"),
        denied("POST", "/api/web_fetch"),
    ],
    prefixes: &["/api/"],
    fields: &[OWN, openai::FIELDS],
    allows: &[],
    untyped: true,
    error,
    say,
    event: None,
};

const fn denied(method: &'static str, path: &'static str) -> Route {
    route(method, path, RouteKind::Denied)
}

const PICTURES: Place = Place::Payload(UnreadKind::Image, true);
const DEFINITION: Place = Place::Deep(Slot::Definition);

/// What it has beside OpenAI's fields.
const OWN: &[Field] = &[
    field(Place::Root, "images", PICTURES),
    field(Place::Turn, "images", PICTURES),
    field(Place::Turn, "thinking", Place::Content),
    field(Place::Turn, "tool_name", Place::Deep(Slot::Other)),
    field(Place::Root, "template", Place::Content).by(Role::System),
    field(Place::Root, "context", Place::Tokens),
    field(Place::Root, "format", DEFINITION).by(Role::System),
    field(Place::Root, "options", DEFINITION).by(Role::System),
    field(Place::Root, "keep_alive", Place::Deep(Slot::Protocol)),
];

/// The error envelope.
fn error(refusal: &Refusal<'_>) -> Answer {
    Answer::json(refusal.kind.status(), &json!({ "error": refusal.message }))
}

/// The answer of chat and generate.
fn say(reply: &Reply<'_>) -> Option<Said> {
    let is_chat = match reply.path {
        "/api/chat" => true,
        "/api/generate" => false,
        _ => return None,
    };
    let line = |text: &str, done: bool| line(reply, is_chat, text, done);
    if !reply.stream {
        return Some(Said::whole(&line(if reply.call.is_some() { "" } else { reply.text }, true)));
    }
    let mut lines: Vec<Value> = reply.words().map(|word| line(word, false)).collect();
    lines.push(line("", true));
    Some(Said::lines(&lines, "application/x-ndjson"))
}

fn line(reply: &Reply<'_>, is_chat: bool, text: &str, done: bool) -> Value {
    let mut line = json!({ "model": reply.model, "created_at": "1970-01-01T00:00:00Z", "done": done });
    if is_chat {
        line["message"] = json!({ "role": "assistant", "content": text });
    } else {
        line["response"] = json!(text);
    }
    if done {
        // The API has no reason of its own for a refusal.
        line["done_reason"] = json!("stop");
        for (key, value) in [
            ("total_duration", 1),
            ("load_duration", 1),
            ("prompt_eval_count", reply.read),
            ("prompt_eval_duration", 1),
            ("eval_count", reply.written),
            ("eval_duration", 1),
        ] {
            line[key] = json!(value);
        }
        if let (Some(call), true) = (reply.call, is_chat) {
            line["message"]["tool_calls"] =
                json!([{ "function": { "name": call.name, "arguments": call.arguments } }]);
        }
    }
    line
}
