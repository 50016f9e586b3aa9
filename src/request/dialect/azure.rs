//! Azure OpenAI (<https://learn.microsoft.com/azure/ai-services/openai/reference>): OpenAI's bodies under other paths, the
//! deployment in the path, and errors that name the content filter.

use serde_json::json;

use super::Dialect;
use super::openai;
use super::refusal::Answer;
use super::refusal::Refusal;
use super::refusal::RefusalKind;
use super::route::Route;
use super::route::act;
use super::route::delete;
use super::route::form;
use super::route::get;
use super::route::post;
use super::route::socket;

/// Both the paths with a deployment and those of the v1 API.
pub(super) static AZURE: Dialect = Dialect {
    name: "azure",
    routes: ROUTES,
    prefixes: &["/openai"],
    fields: &[openai::FIELDS],
    allows: &[],
    untyped: false,
    error,
    say: openai::say,
    event: None,
};

/// The WebSockets, old path and new.
pub(super) static SOCKETS: Dialect = Dialect {
    name: "azure_socket",
    routes: &[socket("/openai/v1/realtime"), socket("/openai/realtime"), socket("/openai/v1/responses")],
    prefixes: &[],
    fields: &[openai::EVENTS, openai::FIELDS],
    allows: &[],
    untyped: false,
    error,
    say: openai::say,
    event: Some(openai::refuse_event),
};

const ROUTES: &[Route] = &[
    post("/openai/deployments/{model}/chat/completions"),
    post("/openai/deployments/{model}/completions"),
    post("/openai/deployments/{model}/embeddings"),
    post("/openai/deployments/{model}/images/generations"),
    form("/openai/deployments/{model}/images/edits"),
    post("/openai/deployments/{model}/audio/speech"),
    form("/openai/deployments/{model}/audio/transcriptions"),
    form("/openai/deployments/{model}/audio/translations"),
    get("/openai/deployments/{model}"),
    get("/openai/deployments"),
    get("/openai/models"),
    get("/openai/models/{model}"),
    post("/openai/responses"),
    get("/openai/responses/{id}"),
    get("/openai/responses/{id}/input_items"),
    act("/openai/responses/{id}/cancel"),
    delete("/openai/responses/{id}"),
    form("/openai/files"),
    get("/openai/files"),
    get("/openai/files/{id}"),
    get("/openai/files/{id}/content"),
    delete("/openai/files/{id}"),
    post("/openai/batches"),
    get("/openai/batches"),
    get("/openai/batches/{id}"),
    act("/openai/batches/{id}/cancel"),
    post("/openai/assistants"),
    get("/openai/assistants"),
    get("/openai/assistants/{id}"),
    post("/openai/assistants/{id}"),
    delete("/openai/assistants/{id}"),
    act("/openai/threads"),
    post("/openai/threads/runs"),
    get("/openai/threads/{id}"),
    delete("/openai/threads/{id}"),
    post("/openai/threads/{id}/messages"),
    get("/openai/threads/{id}/messages"),
    post("/openai/threads/{id}/runs"),
    get("/openai/threads/{id}/runs"),
    get("/openai/threads/{id}/runs/{run}"),
    act("/openai/threads/{id}/runs/{run}/cancel"),
    post("/openai/threads/{id}/runs/{run}/submit_tool_outputs"),
    post("/openai/v1/chat/completions"),
    post("/openai/v1/completions"),
    post("/openai/v1/embeddings"),
    post("/openai/v1/responses"),
    get("/openai/v1/responses/{id}"),
    get("/openai/v1/responses/{id}/input_items"),
    act("/openai/v1/responses/{id}/cancel"),
    delete("/openai/v1/responses/{id}"),
    post("/openai/v1/images/generations"),
    form("/openai/v1/images/edits"),
    post("/openai/v1/audio/speech"),
    form("/openai/v1/audio/transcriptions"),
    form("/openai/v1/audio/translations"),
    form("/openai/v1/files"),
    get("/openai/v1/files"),
    get("/openai/v1/files/{id}"),
    get("/openai/v1/files/{id}/content"),
    delete("/openai/v1/files/{id}"),
    post("/openai/v1/batches"),
    get("/openai/v1/batches"),
    get("/openai/v1/batches/{id}"),
    act("/openai/v1/batches/{id}/cancel"),
    get("/openai/v1/models"),
    get("/openai/v1/models/{model}"),
];

/// A blocked request as the service's own filter reports it; every other error as OpenAI's.
fn error(refusal: &Refusal<'_>) -> Answer {
    if refusal.kind != RefusalKind::Blocked {
        return openai::error(refusal);
    }
    let passed = json!({ "filtered": false, "severity": "safe" });
    let inner = json!({
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": {
            "hate": passed, "self_harm": passed, "sexual": passed, "violence": passed,
            "jailbreak": { "filtered": true, "detected": true },
        },
    });
    let body = json!({
        "error": {
            "message": refusal.message, "type": null, "param": "prompt", "code": "content_filter",
            "status": 400, "innererror": inner,
        },
    });
    Answer::json(refusal.kind.status(), &body)
}
