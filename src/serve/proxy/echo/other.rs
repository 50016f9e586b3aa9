//! Answers of the stand-in model that are no words: lists, vectors, counts. Just enough for each client to read them.

use bytes::Bytes;
use serde_json::{Value, json};

use super::NAME;
use crate::request::dialect::Reply;

/// A vector as every embedding route gives it.
const VECTOR: [f32; 4] = [0.5, -0.5, 0.25, 1.0];
/// A picture of one pixel.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// The head of a wave file without samples.
const SILENCE: &[u8] =
    b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0";

/// Media type and body for a path where no model speaks; `None` for one that is not served.
pub(super) fn answer(reply: &Reply<'_>, body: &Value) -> Option<(&'static str, Bytes)> {
    if reply.path.ends_with("/audio/speech") {
        return Some(("audio/wav", Bytes::from_static(SILENCE)));
    }
    let found = models(reply)
        .or_else(|| measured(reply, body))
        .or_else(|| google(reply, body))
        .or_else(|| local(reply, body))
        .or_else(|| stored(reply))?;
    Some(("application/json", found.to_string().into()))
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// How many texts a field holds.
fn count(texts: Option<&Value>) -> usize {
    texts.and_then(Value::as_array).map_or(1, Vec::len)
}

fn models(reply: &Reply<'_>) -> Option<Value> {
    // As OpenAI and Anthropic list it, at once.
    let model = |name: &str| {
        json!({ "id": name, "object": "model", "created": 0, "owned_by": "unspool", "type": "model",
            "display_name": name, "created_at": "1970-01-01T00:00:00Z" })
    };
    let (parent, name) = reply.path.rsplit_once('/')?;
    let gemini = |name: &str| {
        json!({ "name": format!("models/{name}"), "displayName": name, "version": "1",
            "supportedGenerationMethods": ["generateContent"] })
    };
    match (parent, name) {
        (_, name) if name.contains(':') => None,
        ("/v1beta", "models") => Some(json!({ "models": [gemini(NAME)] })),
        ("/v1beta/models", name) => Some(gemini(name)),
        ("/v1" | "/openai" | "/openai/v1" | "", "models") => {
            Some(json!({ "object": "list", "data": [model(NAME)],
            "has_more": false, "first_id": NAME, "last_id": NAME, "models": [gemini(NAME)] }))
        }
        ("/v1/models" | "/openai/models" | "/openai/v1/models", _) if !name.contains(':') => {
            Some(model(name))
        }
        _ => None,
    }
}

fn measured(reply: &Reply<'_>, body: &Value) -> Option<Value> {
    let usage = json!({ "prompt_tokens": reply.read, "total_tokens": reply.read });
    let vectors = |of: &dyn Fn(usize) -> Value, many: usize| {
        Value::from((0..many.min(4096)).map(of).collect::<Vec<_>>())
    };
    Some(match (reply.path, last(reply.path)) {
        ("/v1/embed" | "/v2/embed", _) => {
            let many = count(body.get("texts"));
            let floats = vectors(&|_| json!(VECTOR), many);
            json!({ "id": reply.id, "texts": [], "embeddings": { "float": floats }, "response_type": "embeddings_by_type" })
        }
        (_, "embeddings") if !reply.path.starts_with("/api/") => {
            let base64 = body.get("encoding_format").and_then(Value::as_str) == Some("base64");
            let bytes: Vec<u8> = VECTOR.iter().flat_map(|number| number.to_le_bytes()).collect();
            let vector = if base64 { json!(data_encoding::BASE64.encode(&bytes)) } else { json!(VECTOR) };
            let one = |index: usize| json!({ "object": "embedding", "index": index, "embedding": vector });
            let data = vectors(&one, count(body.get("input")));
            json!({ "object": "list", "data": data, "model": reply.model, "usage": usage })
        }
        (_, "moderations") => {
            let result = json!({ "flagged": false, "categories": { "violence": false },
                "category_scores": { "violence": 0.0 }, "category_applied_input_types": { "violence": ["text"] } });
            json!({ "id": format!("modr-{}", reply.id), "model": reply.model, "results": [result] })
        }
        (_, "rerank" | "reranking") => {
            let one = |index: usize| json!({ "index": index, "relevance_score": 0.5 });
            let results = vectors(&one, count(body.get("documents")));
            json!({ "id": reply.id, "model": reply.model, "results": results, "usage": usage })
        }
        (_, "score") => {
            json!({ "object": "list", "data": [{ "index": 0, "object": "score", "score": 0.5 }] })
        }
        (_, "tokenize") => {
            json!({ "tokens": [1], "token_strings": ["a"], "count": 1, "max_model_len": 4096 })
        }
        (_, "detokenize") => json!({ "content": "", "prompt": "", "text": "" }),
        (_, "count_tokens") => json!({ "input_tokens": reply.read }),
        (_, "input_tokens") => json!({ "object": "response.input_tokens", "input_tokens": reply.read }),
        (_, "count-tokens") => json!({ "inputTokens": reply.read }),
        (_, "generations" | "edits" | "variations") => {
            json!({ "created": 0, "data": [{ "b64_json": PIXEL }] })
        }
        (_, "transcriptions" | "translations") => json!({ "text": reply.text }),
        _ => return None,
    })
}

fn google(reply: &Reply<'_>, body: &Value) -> Option<Value> {
    let vector = json!({ "values": VECTOR });
    Some(match reply.path.rsplit_once(':')?.1 {
        "countTokens" => json!({ "totalTokens": reply.read }),
        "embedContent" => json!({ "embedding": vector }),
        "batchEmbedContents" => {
            json!({ "embeddings": vec![vector; count(body.get("requests")).min(4096)] })
        }
        _ => return None,
    })
}

/// Model servers: Ollama, llama.cpp, vLLM, TGI.
fn local(reply: &Reply<'_>, body: &Value) -> Option<Value> {
    let details = json!({ "format": "gguf", "family": "echo", "families": ["echo"], "parameter_size": "0", "quantization_level": "" });
    let model = json!({ "name": NAME, "model": NAME, "modified_at": "1970-01-01T00:00:00Z", "size": 0, "digest": "0", "details": details });
    Some(match reply.path {
        "/api/tags" | "/api/ps" => json!({ "models": [model] }),
        "/api/version" | "/version" => json!({ "version": env!("CARGO_PKG_VERSION") }),
        "/api/show" => {
            json!({ "modelfile": "", "parameters": "", "template": "", "details": details, "model_info": {} })
        }
        "/api/embed" => {
            let vectors = vec![json!(VECTOR); count(body.get("input")).min(4096)];
            json!({ "model": reply.model, "embeddings": vectors, "prompt_eval_count": reply.read })
        }
        "/api/embeddings" => json!({ "embedding": VECTOR }),
        "/health" | "/healthz" | "/v1/health" | "/ping" => json!({ "status": "ok" }),
        "/info" | "/props" => {
            json!({ "model_id": NAME, "default_generation_settings": {}, "total_slots": 1 })
        }
        "/apply-template" => json!({ "prompt": reply.text }),
        "/embedding" => json!([{ "index": 0, "embedding": [VECTOR] }]),
        _ => return None,
    })
}

/// What an API would keep; nothing is kept here.
fn stored(reply: &Reply<'_>) -> Option<Value> {
    let id = |prefix: &str| format!("{prefix}_{}", reply.id);
    Some(match (reply.path, last(reply.path)) {
        (_, "files") => {
            json!({ "id": id("file"), "object": "file", "bytes": 0, "created_at": 0, "filename": "file",
            "purpose": "batch", "status": "processed", "data": [] })
        }
        ("/v1/messages/batches", _) => json!({ "id": id("msgbatch"), "type": "message_batch",
            "processing_status": "in_progress", "request_counts": { "processing": 1, "succeeded": 0, "errored": 0,
            "canceled": 0, "expired": 0 }, "ended_at": null, "created_at": "1970-01-01T00:00:00Z",
            "expires_at": "1970-01-02T00:00:00Z", "cancel_initiated_at": null, "results_url": null }),
        (_, "batches") => json!({ "id": id("batch"), "object": "batch", "endpoint": "", "input_file_id": "",
            "completion_window": "24h", "status": "validating", "created_at": 0, "data": [] }),
        ("/v1/threads", _) => {
            json!({ "id": id("thread"), "object": "thread", "created_at": 0, "metadata": {} })
        }
        _ => return None,
    })
}
