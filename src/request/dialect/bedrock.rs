//! Amazon Bedrock: InvokeModel, whose body is the model maker's own, and Converse
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference>).

use bytes::Bytes;
use serde_json::Value;
use serde_json::json;

use super::Dialect;
use super::anthropic;
use super::eventstream;
use super::openai;
use super::place::Field;
use super::place::Place;
use super::place::field;
use super::refusal::Answer;
use super::refusal::Refusal;
use super::refusal::RefusalKind;
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

/// Runtime routes; the model is in the path.
pub(super) static BEDROCK: Dialect = Dialect {
    name: "bedrock",
    routes: &[
        post("/model/{model}/invoke").streams(Streaming::Never),
        streamed("/model/{model}/invoke-with-response-stream"),
        post("/model/{model}/converse").streams(Streaming::Never),
        streamed("/model/{model}/converse-stream"),
        post("/model/{model}/count-tokens"),
        route("POST", "/model/{model}/invoke-with-bidirectional-stream", RouteKind::Denied),
        get("/async-invoke"),
        route("POST", "/async-invoke", RouteKind::Denied),
    ],
    prefixes: &["/model/"],
    fields: &[OWN, anthropic::FIELDS, openai::FIELDS],
    allows: &[],
    untyped: true,
    error,
    say,
    event: None,
};

const fn streamed(path: &'static str) -> Route {
    post(path).streams(Streaming::Always)
}

const DEFINITION: Place = Place::Deep(Slot::Definition);
const ARGUMENTS: Place = Place::Deep(Slot::Arguments);
const TAG: Place = Place::Deep(Slot::Protocol);

/// Converse, and what the makers' bodies have beside Anthropic's and OpenAI's fields.
const OWN: &[Field] = &[
    field(Place::Root, "inferenceConfig", DEFINITION).by(Role::System),
    field(Place::Root, "toolConfig", DEFINITION).by(Role::System),
    field(Place::Root, "additionalModelRequestFields", DEFINITION).by(Role::System),
    field(Place::Root, "guardrailConfig", TAG),
    field(Place::Root, "promptVariables", Place::Deep(Slot::Content)).by(Role::User),
    field(Place::Root, "requestMetadata", Place::Deep(Slot::Other)),
    field(Place::Root, "anthropic_version", TAG),
    field(Place::Root, "inputText", Place::Content).by(Role::User),
    field(Place::Root, "inputImage", Place::Payload(UnreadKind::Image, true)),
    field(Place::Root, "texts", Place::Content).by(Role::User),
    field(Place::Root, "message", Place::Content).by(Role::User),
    field(Place::Root, "preamble", Place::Content).by(Role::System),
    field(Place::Root, "chat_history", Place::Turns),
    field(Place::Root, "textGenerationConfig", DEFINITION).by(Role::System),
    field(Place::Root, "input", Place::Root),
    field(Place::Root, "converse", Place::Root),
    field(Place::Root, "invokeModel", Place::Root),
    field(Place::Root, "body", Place::Payload(UnreadKind::File, true)),
    field(Place::Turn, "message", Place::Content),
    field(Place::Part, "image", Place::Blob(UnreadKind::Image)),
    field(Place::Part, "document", Place::Blob(UnreadKind::File)),
    field(Place::Part, "video", Place::Blob(UnreadKind::File)),
    field(Place::Part, "audio", Place::Blob(UnreadKind::Audio)),
    field(Place::Part, "toolUse", Place::Named("toolUse")).by(Role::Assistant),
    field(Place::Part, "toolResult", Place::Named("toolResult")).by(Role::Tool),
    field(Place::Named("toolUse"), "input", ARGUMENTS),
    field(Place::Named("toolUse"), "toolUseId", TAG),
    field(Place::Named("toolResult"), "content", Place::Content),
    field(Place::Named("toolResult"), "toolUseId", TAG),
    field(Place::Named("toolResult"), "status", TAG),
    field(Place::Part, "json", Place::Deep(Slot::Content)),
    field(Place::Part, "guardContent", Place::Part),
    field(Place::Part, "cachePoint", TAG),
    field(Place::Part, "reasoningContent", Place::Part).by(Role::Assistant),
    field(Place::Part, "reasoningText", Place::Part),
    field(Place::Part, "redactedContent", Place::Sealed),
];

/// The error envelope of AWS's REST JSON protocol, with the type in the body, where every SDK looks.
fn error(refusal: &Refusal<'_>) -> Answer {
    let status = refusal.kind.status();
    let kind = match (refusal.kind, status) {
        (RefusalKind::Overloaded | RefusalKind::Unscreened, _) => "ServiceUnavailableException",
        (_, 403) => "AccessDeniedException",
        (_, 404) => "ResourceNotFoundException",
        (_, 504) => "ModelTimeoutException",
        (_, 500..) => "InternalServerException",
        _ => "ValidationException",
    };
    Answer::json(status, &json!({ "message": refusal.message, "__type": kind, "code": kind }))
}

/// The answer of Converse, and of InvokeModel as Claude gives it.
fn say(reply: &Reply<'_>) -> Option<Said> {
    let verb = reply.path.rsplit('/').next()?;
    Some(match verb {
        "converse" => Said::whole(&converse(reply)),
        "invoke" => anthropic::say(&Reply { stream: false, ..*reply })?,
        "converse-stream" => streams(converse_events(reply)),
        "invoke-with-response-stream" => {
            let chunk = |event: &Value| {
                let bytes = data_encoding::BASE64.encode(event.to_string().as_bytes());
                ("chunk", json!({ "bytes": bytes }))
            };
            streams(anthropic::events(reply).iter().map(chunk).collect())
        }
        _ => return None,
    })
}

fn streams(events: Vec<(&'static str, Value)>) -> Said {
    let pieces: Vec<Bytes> = events.iter().map(|(name, data)| eventstream::event(name, data)).collect();
    Said { content_type: eventstream::MEDIA, pieces }
}

fn stop_reason(reply: &Reply<'_>) -> &'static str {
    reply.finish("content_filtered", "tool_use", "end_turn")
}

fn usage(reply: &Reply<'_>) -> Value {
    json!({
        "inputTokens": reply.read, "outputTokens": reply.written,
        "totalTokens": reply.read.saturating_add(reply.written),
    })
}

fn converse(reply: &Reply<'_>) -> Value {
    let block = match reply.call {
        Some(call) => {
            json!({ "toolUse": { "toolUseId": reply.id, "name": call.name, "input": call.arguments } })
        }
        None => json!({ "text": reply.text }),
    };
    json!({
        "output": { "message": { "role": "assistant", "content": [block] } },
        "stopReason": stop_reason(reply), "usage": usage(reply), "metrics": { "latencyMs": 1 },
    })
}

fn converse_events(reply: &Reply<'_>) -> Vec<(&'static str, Value)> {
    let delta = |delta: Value| ("contentBlockDelta", json!({ "contentBlockIndex": 0, "delta": delta }));
    let mut events = vec![("messageStart", json!({ "role": "assistant" }))];
    match reply.call {
        Some(call) => {
            let start = json!({ "toolUse": { "toolUseId": reply.id, "name": call.name } });
            events.push(("contentBlockStart", json!({ "contentBlockIndex": 0, "start": start })));
            events.push(delta(json!({ "toolUse": { "input": call.arguments.to_string() } })));
        }
        None => events.extend(reply.words().map(|word| delta(json!({ "text": word })))),
    }
    events.push(("contentBlockStop", json!({ "contentBlockIndex": 0 })));
    events.push(("messageStop", json!({ "stopReason": stop_reason(reply) })));
    events.push(("metadata", json!({ "usage": usage(reply), "metrics": { "latencyMs": 1 } })));
    events
}
