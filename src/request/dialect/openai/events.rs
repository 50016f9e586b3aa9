//! Events over a WebSocket: Realtime (<https://platform.openai.com/docs/guides/realtime-websocket>) and Responses
//! (<https://platform.openai.com/docs/guides/websocket-mode>).

use serde_json::Value;
use serde_json::json;

use super::super::place::Field;
use super::super::place::Place;
use super::super::place::field;
use super::super::refusal::Refusal;
use super::STATE;
use super::TAG;
use super::responses;
use crate::request::span::Role;
use crate::request::unread::UnreadKind;

/// Where the fields of events lead; what they hold is as in the bodies of the API.
pub(in super::super) const FIELDS: &[Field] = &[
    field(Place::Root, "type", TAG),
    field(Place::Root, "event_id", TAG),
    field(Place::Root, "item_id", TAG),
    field(Place::Root, "previous_item_id", TAG),
    field(Place::Root, "response_id", STATE),
    field(Place::Root, "session", Place::Root),
    field(Place::Root, "response", Place::Root),
    field(Place::Root, "item", Place::Items).by(Role::User),
    field(Place::Root, "audio", Place::Payload(UnreadKind::Audio, true)),
];

/// A refused event, as messages to the caller.
pub(in super::super) fn refuse(refusal: &Refusal<'_>, event: Option<&str>) -> Vec<String> {
    if refusal.path.ends_with("/responses") { response(refusal) } else { realtime(refusal, event) }
}

/// The session stays open after such an error; `event` tells the caller which of its events is meant.
fn realtime(refusal: &Refusal<'_>, event: Option<&str>) -> Vec<String> {
    let body = json!({
        "type": "error",
        "event_id": format!("event_{}", refusal.request_id),
        "error": {
            "type": kind(refusal), "code": refusal.kind.code(), "message": refusal.message,
            "param": null, "event_id": event,
        },
    });
    vec![body.to_string()]
}

/// An error as the WebSocket mode words it, with the fields of the streamed error beside it; or, if so wished, a whole
/// response that declines.
fn response(refusal: &Refusal<'_>) -> Vec<String> {
    let said = refusal.as_model().then(|| responses::say(&refusal.streamed())).flatten();
    let as_message = |piece: &[u8]| {
        let text = String::from_utf8_lossy(piece);
        text.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned)
    };
    if let Some(said) = said {
        return said.pieces.iter().filter_map(|piece| as_message(piece)).collect();
    }
    let code = refusal.kind.code();
    let error =
        json!({ "type": kind(refusal), "code": code, "message": refusal.message, "param": Value::Null });
    let body = json!({
        "type": "error", "status": refusal.kind.status(), "error": error,
        "code": code, "message": refusal.message, "param": null, "sequence_number": 0,
    });
    vec![body.to_string()]
}

fn kind(refusal: &Refusal<'_>) -> &'static str {
    if refusal.kind.status() < 500 { "invalid_request_error" } else { "server_error" }
}
