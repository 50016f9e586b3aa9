//! What a model says, in an API's own form: a refusal worded as the model's, or the stand-in model's answer.

use bytes::Bytes;
use serde_json::Value;

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The tool.
    pub name: String,
    /// Its arguments, an object.
    pub arguments: Value,
}

/// Everything a model's answer is made from.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// The words.
    pub text: &'a str,
    /// Whether they decline.
    pub refused: bool,
    /// The tool that is called instead of speaking.
    pub call: Option<&'a Call>,
    /// The model that speaks.
    pub model: &'a str,
    /// The id of the answer.
    pub id: &'a str,
    /// Tokens read.
    pub read: usize,
    /// Tokens written.
    pub written: usize,
    /// Whether the caller asked for a stream.
    pub stream: bool,
    /// Whether a stream is to end with the token counts, where the API leaves the choice.
    pub usage: bool,
    /// The path asked, without its query.
    pub path: &'a str,
    /// The query.
    pub query: &'a str,
}

impl Reply<'_> {
    /// The words one by one, as a stream gives them; nothing where a tool is called.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let text = if self.call.is_some() { "" } else { self.text };
        text.split_inclusive(' ')
    }

    /// The words, or nothing where a tool is called.
    pub(super) fn spoken(&self) -> Value {
        if self.call.is_some() { Value::Null } else { Value::from(self.text) }
    }

    /// One of three: for a refusal, for a tool call, for plain words.
    pub(super) fn finish(
        &self,
        refused: &'static str,
        call: &'static str,
        stop: &'static str,
    ) -> &'static str {
        match (self.refused, self.call) {
            (true, _) => refused,
            (false, Some(_)) => call,
            (false, None) => stop,
        }
    }
}

/// An answer of status 200, in the pieces a stream brings it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The value of `content-type`.
    pub content_type: &'static str,
    /// One piece for a whole answer.
    pub pieces: Vec<Bytes>,
}

impl Said {
    /// One JSON document.
    pub(super) fn whole(body: &Value) -> Said {
        Said { content_type: "application/json", pieces: vec![Bytes::from(body.to_string())] }
    }

    /// Server-sent events (WHATWG HTML, section 9.2), each as made by [`event`].
    pub(super) fn events(events: Vec<String>) -> Said {
        let pieces = events.into_iter().map(Bytes::from).collect();
        Said { content_type: "text/event-stream; charset=utf-8", pieces }
    }

    /// JSON documents, one a line.
    pub(super) fn lines(documents: &[Value], content_type: &'static str) -> Said {
        let line = |document: &Value| Bytes::from(format!("{document}\n"));
        Said { content_type, pieces: documents.iter().map(line).collect() }
    }
}

/// One event: `data` on one line (JSON has no raw line breaks), under `name` if the API names its events.
pub(super) fn event(name: Option<&str>, data: &Value) -> String {
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}

/// An event whose name is the `type` in its data.
pub(super) fn typed_event(data: &Value) -> String {
    event(data.get("type").and_then(Value::as_str), data)
}

/// What is said on paths where no model speaks.
pub(super) fn nothing(_: &Reply<'_>) -> Option<Said> {
    None
}
