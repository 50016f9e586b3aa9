//! The own routes of model servers: llama.cpp, vLLM and TGI (<https://github.com/ggml-org/llama.cpp/tree/master/tools/server>,
//! <https://docs.vllm.ai>, <https://huggingface.co/docs/text-generation-inference>), and those of llama-cpp-python (`/extras`). Their
//! OpenAI-compatible routes are OpenAI's.

use serde_json::Value;
use serde_json::json;

use super::Dialect;
use super::openai;
use super::place::Field;
use super::place::Place;
use super::place::field;
use super::reply::Reply;
use super::reply::Said;
use super::reply::event;
use super::route::Route;
use super::route::RouteKind;
use super::route::Streaming;
use super::route::get;
use super::route::post;
use super::route::route;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// One row for all three: their routes do not clash, and some are the same.
pub(super) static NATIVE: Dialect = Dialect {
    name: "native",
    routes: &[
        post("/completion"),
        post("/completions"),
        post("/chat/completions"),
        post("/responses"),
        post("/infill"),
        post("/embedding"),
        post("/embeddings"),
        post("/tokenize"),
        post("/detokenize"),
        post("/extras/tokenize"),
        post("/extras/tokenize/count"),
        post("/extras/detokenize"),
        post("/apply-template"),
        post("/rerank"),
        post("/reranking"),
        post("/v1/reranking"),
        post("/score"),
        post("/v1/score"),
        post("/classify"),
        post("/pooling"),
        post("/invocations"),
        post("/generate"),
        post("/generate_stream").streams(Streaming::Always),
        post("/chat_tokenize"),
        get("/health"),
        get("/healthz"),
        get("/v1/health"),
        get("/ping"),
        get("/version"),
        get("/info"),
        get("/models"),
        get("/props"),
        get("/slots"),
        get("/load"),
        get("/lora-adapters"),
        denied("/props"),
        denied("/slots/{id}"),
        denied("/lora-adapters"),
        denied("/v1/load_lora_adapter"),
        denied("/v1/unload_lora_adapter"),
        denied("/sleep"),
        denied("/wake_up"),
        denied("/reset_prefix_cache"),
        denied("/collective_rpc"),
        denied("/models/load"),
        denied("/models/unload"),
    ],
    prefixes: &[],
    fields: &[FIELDS, openai::FIELDS],
    allows: &[],
    untyped: false,
    error: openai::error,
    say,
    event: None,
};

const fn denied(path: &'static str) -> Route {
    route("POST", path, RouteKind::Denied)
}

const DEFINITION: Place = Place::Deep(Slot::Definition);
const PICTURES: Place = Place::Payload(UnreadKind::Image, true);

/// What they have beside OpenAI's fields.
pub(super) const FIELDS: &[Field] = &[
    field(Place::Root, "content", Place::Content).by(Role::User),
    field(Place::Root, "system_prompt", Place::Content).by(Role::System),
    field(Place::Root, "input_prefix", Place::Content).by(Role::User),
    field(Place::Root, "input_suffix", Place::Content).by(Role::User),
    field(Place::Root, "input_extra", Place::Content).by(Role::User),
    field(Place::Part, "prompt_string", Place::Content),
    field(Place::Part, "prompt", Place::Content),
    field(Place::Part, "multimodal_data", PICTURES),
    field(Place::Part, "prompt_token_ids", Place::Tokens),
    field(Place::Root, "prompt_token_ids", Place::Tokens),
    // Only looked up and said back.
    field(Place::Root, "tokens", Place::Deep(Slot::Other)),
    field(Place::Root, "text_1", Place::Content).by(Role::User),
    field(Place::Root, "text_2", Place::Content).by(Role::User),
    field(Place::Root, "texts", Place::Content).by(Role::User),
    field(Place::Root, "grammar", DEFINITION).by(Role::System),
    field(Place::Root, "json_schema", DEFINITION).by(Role::System),
    field(Place::Root, "parameters", DEFINITION).by(Role::System),
    field(Place::Root, "guided_json", DEFINITION).by(Role::System),
    field(Place::Root, "guided_regex", DEFINITION).by(Role::System),
    field(Place::Root, "guided_choice", DEFINITION).by(Role::System),
    field(Place::Root, "guided_grammar", DEFINITION).by(Role::System),
    field(Place::Root, "structured_outputs", DEFINITION).by(Role::System),
    field(Place::Root, "chat_template_kwargs", DEFINITION).by(Role::System),
];

/// The answer of the routes that generate.
fn say(reply: &Reply<'_>) -> Option<Said> {
    match reply.path {
        "/completion" => Some(completion(reply)),
        "/infill" => Some(completion(reply)),
        "/generate" | "/generate_stream" => Some(generated(reply)),
        "/invocations" | "/chat/completions" => {
            openai::say(&Reply { path: "/v1/chat/completions", ..*reply })
        }
        "/completions" | "/responses" => openai::say(reply),
        _ => None,
    }
}

/// llama.cpp's own form.
fn completion(reply: &Reply<'_>) -> Said {
    let piece = |text: &str, stop: bool| {
        json!({
            "content": text, "stop": stop, "stop_type": if stop { "eos" } else { "none" }, "model": reply.model,
            "tokens_evaluated": reply.read, "tokens_predicted": reply.written, "id_slot": 0, "index": 0,
        })
    };
    if !reply.stream {
        return Said::whole(&piece(reply.text, true));
    }
    let mut events: Vec<String> = reply.words().map(|word| event(None, &piece(word, false))).collect();
    events.push(event(None, &piece("", true)));
    Said::events(events)
}

/// TGI's own form.
fn generated(reply: &Reply<'_>) -> Said {
    if !reply.stream {
        return Said::whole(&json!({ "generated_text": reply.text }));
    }
    let mut events: Vec<Value> = Vec::new();
    for (index, word) in (1_usize..).zip(reply.words()) {
        let token = json!({ "id": index, "text": word, "logprob": 0.0, "special": false });
        events.push(json!({ "index": index, "token": token, "generated_text": null, "details": null }));
    }
    if let Some(last) = events.last_mut() {
        last["generated_text"] = json!(reply.text);
    }
    Said::events(events.iter().map(|chunk| event(None, chunk)).collect())
}
