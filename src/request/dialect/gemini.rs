//! Gemini and Vertex AI (<https://ai.google.dev/api>, fields as in google-genai 2). JSON of protocol buffers: every field
//! may come in camel case or in snake case, so the table has both.

use serde_json::Value;
use serde_json::json;

use super::Dialect;
use super::place::Field;
use super::place::Place;
use super::place::field;
use super::refusal::Answer;
use super::refusal::Refusal;
use super::refusal::RefusalKind;
use super::reply::Reply;
use super::reply::Said;
use super::reply::event;
use super::route::Route;
use super::route::RouteKind;
use super::route::Streaming;
use super::route::act;
use super::route::delete;
use super::route::get;
use super::route::post;
use super::route::route;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// All versions of the API.
pub(super) static GEMINI: Dialect = Dialect {
    name: "gemini",
    routes: ROUTES,
    prefixes: &["/v1beta", "/v1alpha", "/v1/projects", "/upload/v1beta"],
    fields: &[FIELDS],
    allows: &[],
    untyped: false,
    error,
    say,
    event: None,
};

const fn streamed(path: &'static str) -> Route {
    post(path).streams(Streaming::Always)
}

const ROUTES: &[Route] = &[
    post("/v1beta/models/{model}:generateContent"),
    streamed("/v1beta/models/{model}:streamGenerateContent"),
    post("/v1beta/models/{model}:countTokens"),
    post("/v1beta/models/{model}:embedContent"),
    post("/v1beta/models/{model}:batchEmbedContents"),
    post("/v1beta/models/{model}:batchGenerateContent"),
    post("/v1beta/models/{model}:asyncBatchEmbedContent"),
    post("/v1beta/models/{model}:predict"),
    post("/v1beta/models/{model}:predictLongRunning"),
    get("/v1beta/models/{model}/operations/{id}"),
    post("/v1beta/tunedModels/{model}:generateContent"),
    streamed("/v1beta/tunedModels/{model}:streamGenerateContent"),
    get("/v1beta/models"),
    get("/v1beta/models/{model}"),
    get("/v1beta/tunedModels"),
    get("/v1beta/tunedModels/{model}"),
    get("/v1beta/operations/{id}"),
    get("/v1beta/batches"),
    get("/v1beta/batches/{id}"),
    act("/v1beta/batches/{id}:cancel"),
    delete("/v1beta/batches/{id}"),
    post("/v1beta/cachedContents"),
    get("/v1beta/cachedContents"),
    get("/v1beta/cachedContents/{id}"),
    delete("/v1beta/cachedContents/{id}"),
    get("/v1beta/files"),
    get("/v1beta/files/{id}"),
    delete("/v1beta/files/{id}"),
    route("POST", "/upload/v1beta/files", RouteKind::Denied),
    route("POST", "/v1beta/files", RouteKind::Denied),
    post("/v1/models/{model}:generateContent"),
    streamed("/v1/models/{model}:streamGenerateContent"),
    post("/v1/models/{model}:countTokens"),
    post("/v1/models/{model}:embedContent"),
    post("/v1/models/{model}:batchEmbedContents"),
    post("/v1alpha/models/{model}:generateContent"),
    streamed("/v1alpha/models/{model}:streamGenerateContent"),
    post("/v1alpha/models/{model}:countTokens"),
    post("/v1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:generateContent"),
    streamed(
        "/v1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:streamGenerateContent",
    ),
    post("/v1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:countTokens"),
    post("/v1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:computeTokens"),
    post("/v1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:embedContent"),
    post("/v1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:predict"),
    post("/v1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:rawPredict"),
    post("/v1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:streamRawPredict"),
    post("/v1beta1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:generateContent"),
    streamed(
        "/v1beta1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:streamGenerateContent",
    ),
    post("/v1beta1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:countTokens"),
    post("/v1beta1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:computeTokens"),
    post("/v1beta1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:embedContent"),
    post("/v1beta1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:predict"),
    post("/v1beta1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:rawPredict"),
    post("/v1beta1/projects/{project}/locations/{place}/publishers/{who}/models/{model}:streamRawPredict"),
    post("/v1/publishers/{who}/models/{model}:generateContent"),
    streamed("/v1/publishers/{who}/models/{model}:streamGenerateContent"),
    post("/v1/publishers/{who}/models/{model}:countTokens"),
    post("/v1/publishers/{who}/models/{model}:computeTokens"),
    post("/v1/publishers/{who}/models/{model}:embedContent"),
    post("/v1/publishers/{who}/models/{model}:predict"),
    post("/v1/publishers/{who}/models/{model}:rawPredict"),
    post("/v1/publishers/{who}/models/{model}:streamRawPredict"),
    post("/v1beta1/publishers/{who}/models/{model}:generateContent"),
    streamed("/v1beta1/publishers/{who}/models/{model}:streamGenerateContent"),
    post("/v1beta1/publishers/{who}/models/{model}:countTokens"),
    post("/v1beta1/publishers/{who}/models/{model}:computeTokens"),
    post("/v1beta1/publishers/{who}/models/{model}:embedContent"),
    post("/v1beta1/publishers/{who}/models/{model}:predict"),
    post("/v1beta1/publishers/{who}/models/{model}:rawPredict"),
    post("/v1beta1/publishers/{who}/models/{model}:streamRawPredict"),
];

const OTHER: Place = Place::Deep(Slot::Other);
const TAG: Place = Place::Deep(Slot::Protocol);
const DEFINITION: Place = Place::Deep(Slot::Definition);
const ARGUMENTS: Place = Place::Deep(Slot::Arguments);
const STATE: Place = Place::Reference(UnreadKind::State);
const BLOB: Place = Place::Blob(UnreadKind::File);

pub(super) const FIELDS: &[Field] = &[
    field(Place::Root, "model", Place::Model),
    field(Place::Root, "contents", Place::Turns),
    field(Place::Root, "content", Place::Turn),
    field(Place::Root, "requests", Place::Root),
    field(Place::Root, "request", Place::Root),
    field(Place::Root, "batch", Place::Root),
    field(Place::Root, "inputConfig", Place::Root),
    field(Place::Root, "input_config", Place::Root),
    field(Place::Root, "fileName", Place::Reference(UnreadKind::File)),
    field(Place::Root, "file_name", Place::Reference(UnreadKind::File)),
    field(Place::Root, "generateContentRequest", Place::Root),
    field(Place::Root, "generate_content_request", Place::Root),
    field(Place::Root, "systemInstruction", Place::Named("system")).by(Role::System),
    field(Place::Root, "system_instruction", Place::Named("system")).by(Role::System),
    field(Place::Named("system"), "parts", Place::Content),
    field(Place::Named("system"), "role", TAG),
    field(Place::Root, "tools", DEFINITION).by(Role::System),
    field(Place::Root, "toolConfig", DEFINITION).by(Role::System),
    field(Place::Root, "tool_config", DEFINITION).by(Role::System),
    field(Place::Root, "generationConfig", DEFINITION).by(Role::System),
    field(Place::Root, "generation_config", DEFINITION).by(Role::System),
    field(Place::Root, "safetySettings", TAG),
    field(Place::Root, "safety_settings", TAG),
    field(Place::Root, "cachedContent", STATE),
    field(Place::Root, "cached_content", STATE),
    field(Place::Root, "taskType", TAG),
    field(Place::Root, "task_type", TAG),
    field(Place::Root, "title", Place::Content).by(Role::User),
    field(Place::Root, "labels", OTHER),
    field(Place::Root, "instances", Place::Named("instances")).by(Role::User),
    field(Place::Named("instances"), "prompt", Place::Content),
    field(Place::Named("instances"), "content", Place::Content),
    field(Place::Named("instances"), "image", BLOB),
    field(Place::Turn, "role", Place::Speaker),
    field(Place::Turn, "parts", Place::Content),
    field(Place::Part, "text", Place::Content),
    field(Place::Part, "inlineData", BLOB),
    field(Place::Part, "inline_data", BLOB),
    field(Place::Part, "fileData", BLOB),
    field(Place::Part, "file_data", BLOB),
    field(Place::Part, "functionCall", ARGUMENTS).by(Role::Assistant),
    field(Place::Part, "function_call", ARGUMENTS).by(Role::Assistant),
    field(Place::Part, "functionResponse", Place::Named("response")).by(Role::Tool),
    field(Place::Part, "function_response", Place::Named("response")).by(Role::Tool),
    field(Place::Named("response"), "response", Place::Deep(Slot::Content)),
    field(Place::Named("response"), "parts", Place::Content),
    field(Place::Part, "executableCode", Place::Deep(Slot::Content)).by(Role::Assistant),
    field(Place::Part, "executable_code", Place::Deep(Slot::Content)).by(Role::Assistant),
    field(Place::Part, "codeExecutionResult", Place::Deep(Slot::Content)).by(Role::Tool),
    field(Place::Part, "code_execution_result", Place::Deep(Slot::Content)).by(Role::Tool),
    field(Place::Part, "thoughtSignature", Place::Sealed),
    field(Place::Part, "thought_signature", Place::Sealed),
    field(Place::Part, "videoMetadata", OTHER),
    field(Place::Part, "video_metadata", OTHER),
    // Claude on Vertex AI: a body of the Messages API.
    field(Place::Root, "messages", Place::Turns),
    field(Place::Root, "system", Place::Content).by(Role::System),
    field(Place::Root, "stream", Place::Stream),
    field(Place::Turn, "content", Place::Content),
    field(Place::Part, "type", Place::Kind),
    field(Place::Part, "content", Place::Content),
    field(Place::Part, "source", Place::Media(UnreadKind::File)),
    field(Place::Part, "input", ARGUMENTS),
];

/// The error envelope (<https://cloud.google.com/apis/design/errors>); a block of generated content is none, but an answer
/// without candidates.
pub(super) fn error(refusal: &Refusal<'_>) -> Answer {
    if refusal.kind == RefusalKind::Blocked
        && let Some(said) = say(&refusal.reply())
    {
        return said.into();
    }
    let code = refusal.kind.status();
    let status = match code {
        404 => "NOT_FOUND",
        403 => "PERMISSION_DENIED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        501 => "UNIMPLEMENTED",
        500.. => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    };
    let details = json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": refusal.kind.code(), "domain": "unspool",
    }]);
    let error = json!({ "code": code, "message": refusal.message, "status": status, "details": details });
    Answer::json(code, &json!({ "error": error }))
}

/// The answer of the generating verbs.
fn say(reply: &Reply<'_>) -> Option<Said> {
    let other = ["batchGenerateContent", "BidiGenerateContent"].iter().any(|verb| reply.path.ends_with(verb));
    if !reply.path.ends_with("enerateContent") || other {
        return None;
    }
    if !reply.stream {
        return Some(Said::whole(&response(reply, part(reply, reply.text), true)));
    }
    let mut chunks: Vec<Value> = match (reply.refused, reply.call) {
        (false, None) => reply.words().map(|word| response(reply, part(reply, word), false)).collect(),
        _ => Vec::new(),
    };
    let last =
        if reply.call.is_some() || reply.refused { part(reply, reply.text) } else { json!({ "text": "" }) };
    chunks.push(response(reply, last, true));
    if reply.query.split('&').any(|parameter| parameter == "alt=sse") {
        return Some(Said::events(chunks.iter().map(|chunk| event(None, chunk)).collect()));
    }
    // Without it, a stream is one long list.
    Some(Said::whole(&Value::from(chunks)))
}

fn part(reply: &Reply<'_>, text: &str) -> Value {
    match reply.call {
        Some(call) => json!({ "functionCall": { "name": call.name, "args": call.arguments } }),
        None => json!({ "text": text }),
    }
}

fn response(reply: &Reply<'_>, part: Value, last: bool) -> Value {
    let usage = json!({
        "promptTokenCount": reply.read,
        "candidatesTokenCount": reply.written,
        "totalTokenCount": reply.read.saturating_add(reply.written),
    });
    if reply.refused {
        return json!({
            "promptFeedback": { "blockReason": "PROHIBITED_CONTENT", "safetyRatings": [] },
            "usageMetadata": usage, "modelVersion": reply.model, "responseId": reply.id,
        });
    }
    let mut candidate = json!({ "content": { "role": "model", "parts": [part] }, "index": 0 });
    if last {
        candidate["finishReason"] = json!("STOP");
    }
    json!({ "candidates": [candidate], "usageMetadata": usage, "modelVersion": reply.model, "responseId": reply.id })
}
