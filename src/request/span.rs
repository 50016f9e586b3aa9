//! Where text comes from: byte ranges of the body, JSON pointers and roles. Every provenance chain starts here.

use std::ops::Range;

/// The index of a [`TextSpan`] in its request's `spans`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct SpanId(pub u32);

/// Who speaks, in the API's own terms. `Unlabelled` is text a dialect does not know; it is screened all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions of the deployer (`system`, `developer`).
    System,
    /// The end user.
    User,
    /// The model's earlier answers, tool calls included.
    Assistant,
    /// Results of tools.
    Tool,
    /// Anything else in the body.
    Unlabelled,
}

/// What a string is within its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// Message content: what the model reads as prose or code.
    Content,
    /// Arguments of a tool call, often JSON inside a string.
    Arguments,
    /// A tool definition, schema or response format.
    Definition,
    /// An object key.
    Key,
    /// A protocol field (model name, type tag, id): read by the API, not by the model.
    Protocol,
    /// A string in a field the dialect does not know.
    Other,
}

/// One string of the request body, unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSpan {
    /// Its index in the request.
    pub id: SpanId,
    /// RFC 6901 pointer of the value, or of the member whose key this is.
    pub pointer: String,
    /// Byte range in the body, quotes included; for plain text the whole body.
    pub bytes: Range<usize>,
    /// Who speaks.
    pub role: Role,
    /// What the string is.
    pub slot: Slot,
    /// Which message it belongs to, counted from 0 in body order; 0 outside messages.
    pub turn: u32,
    /// The text, escapes undone. Empty for a picture or file in base64, which is listed in the request's `unread`; when
    /// such base64 is text, a second span with the same pointer and bytes holds it decoded. Empty too for long JSON in a
    /// string, whose own strings follow as spans with these bytes.
    pub text: String,
}
