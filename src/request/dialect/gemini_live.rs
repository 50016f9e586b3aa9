//! Gemini Live (<https://ai.google.dev/api/live>, messages as in google-genai 3): the API over a WebSocket.
//!
//! It has no error among its messages: what is refused ends the connection, as the API itself ends it.

use super::Dialect;
use super::gemini;
use super::place::Field;
use super::place::Place;
use super::place::field;
use super::reply;
use super::route::socket;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// Google AI's path and Vertex AI's.
pub(super) static LIVE: Dialect = Dialect {
    name: "gemini_live",
    routes: &[
        socket("/ws/google.ai.generativelanguage.{version}.GenerativeService.BidiGenerateContent"),
        socket("/ws/google.cloud.aiplatform.{version}.LlmBidiService/BidiGenerateContent"),
    ],
    prefixes: &["/ws"],
    fields: &[MESSAGES, gemini::FIELDS],
    allows: &[],
    untyped: false,
    error: gemini::error,
    say: reply::nothing,
    event: None,
};

const SOUND: Place = Place::Blob(UnreadKind::Audio);
const CHUNK: Place = Place::Named("chunk");

const MESSAGES: &[Field] = &[
    field(Place::Root, "setup", Place::Root),
    field(Place::Root, "clientContent", Place::Root),
    field(Place::Root, "client_content", Place::Root),
    field(Place::Root, "turns", Place::Turns),
    field(Place::Root, "realtimeInput", Place::Root),
    field(Place::Root, "realtime_input", Place::Root),
    field(Place::Root, "text", Place::Content).by(Role::User),
    field(Place::Root, "audio", SOUND),
    field(Place::Root, "video", Place::Blob(UnreadKind::Image)),
    field(Place::Root, "mediaChunks", CHUNK),
    field(Place::Root, "media_chunks", CHUNK),
    field(CHUNK, "data", Place::Payload(UnreadKind::Audio, true)),
    field(CHUNK, "mimeType", Place::Deep(Slot::Protocol)),
    field(CHUNK, "mime_type", Place::Deep(Slot::Protocol)),
    field(Place::Root, "toolResponse", Place::Root),
    field(Place::Root, "tool_response", Place::Root),
    field(Place::Root, "functionResponses", Place::Named("response")).by(Role::Tool),
    field(Place::Root, "function_responses", Place::Named("response")).by(Role::Tool),
];
