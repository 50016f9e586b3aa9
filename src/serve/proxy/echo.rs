//! The stand-in model: answers as OpenAI and Anthropic do, saying back the start of what it was told. In process, after the
//! same judgement as any upstream.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use memchr::memmem;
use serde_json::{Value, json};
use tokio::time::{Interval, interval};

use super::answer::whole;
use super::judging::Asked;
use super::{BoxError, Outgoing};

/// The pause between two streamed words: long enough to be seen, short enough not to be waited for.
const PAUSE: Duration = Duration::from_millis(5);
/// The name the stand-in gives itself when no model was asked for.
const NAME: &str = "echo";

/// Answers a cleared request.
pub(super) fn answer(path: &str, asked: &Asked, body: &[u8]) -> Response<Outgoing> {
    let reply = Reply {
        text: format!("You said: {}", asked.said),
        model: asked.model.as_deref().unwrap_or(NAME).to_owned(),
        id: uuid::Uuid::now_v7().simple().to_string(),
        read: tokens(asked.text_bytes),
    };
    match path {
        "/v1/chat/completions" if asked.stream => streamed(reply.openai_events(body)),
        "/v1/chat/completions" => plain(&reply.openai()),
        "/v1/messages" if asked.stream => streamed(reply.anthropic_events()),
        "/v1/messages" => plain(&reply.anthropic()),
        "/v1/messages/count_tokens" => plain(&json!({"input_tokens": reply.read})),
        "/v1/models" => plain(
            &json!({"object": "list", "data": [model(NAME)], "has_more": false, "first_id": NAME, "last_id": NAME}),
        ),
        _ if path.starts_with("/v1/models/") => plain(&model(path.rsplit('/').next().unwrap_or(NAME))),
        _ => {
            let mut response =
                plain(&json!({"error": {"message": "the stand-in model does not serve this path",
                "type": "invalid_request_error", "param": null, "code": "not_found"}}));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}

/// A model as both APIs list it.
fn model(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 0, "owned_by": "unspool", "type": "model", "display_name": name,
        "created_at": "1970-01-01T00:00:00Z"})
}

/// About as many tokens as a real model would count.
fn tokens(bytes: usize) -> usize {
    bytes / 4 + 1
}

struct Reply {
    text: String,
    model: String,
    id: String,
    read: usize,
}

impl Reply {
    fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split_inclusive(' ')
    }

    fn openai_usage(&self) -> Value {
        let written = tokens(self.text.len());
        json!({"prompt_tokens": self.read, "completion_tokens": written, "total_tokens": self.read + written})
    }

    /// A chat completion, <https://platform.openai.com/docs/api-reference/chat/object>.
    fn openai(&self) -> Value {
        json!({"id": format!("chatcmpl-{}", self.id), "object": "chat.completion", "created": 0, "model": self.model,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": self.text, "refusal": null},
                "logprobs": null, "finish_reason": "stop"}],
            "usage": self.openai_usage()})
    }

    /// Its chunks, <https://platform.openai.com/docs/api-reference/chat/streaming>.
    fn openai_events(&self, body: &[u8]) -> VecDeque<Bytes> {
        let chunk = |choices: Value, usage: Option<Value>| {
            let mut chunk = json!({"id": format!("chatcmpl-{}", self.id), "object": "chat.completion.chunk", "created": 0,
                "model": self.model, "choices": choices});
            if let (Some(usage), Some(object)) = (usage, chunk.as_object_mut()) {
                object.insert("usage".into(), usage);
            }
            Bytes::from(format!("data: {chunk}\n\n"))
        };
        let choice = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
        let mut events = VecDeque::new();
        events.push_back(chunk(choice(json!({"role": "assistant", "content": ""}), Value::Null), None));
        events.extend(self.words().map(|word| chunk(choice(json!({"content": word}), Value::Null), None)));
        events.push_back(chunk(choice(json!({}), json!("stop")), None));
        if memmem::find(body, b"\"include_usage\"").is_some() {
            events.push_back(chunk(json!([]), Some(self.openai_usage())));
        }
        events.push_back(Bytes::from_static(b"data: [DONE]\n\n"));
        events
    }

    /// A message, <https://docs.claude.com/en/api/messages>.
    fn anthropic(&self) -> Value {
        json!({"id": format!("msg_{}", self.id), "type": "message", "role": "assistant", "model": self.model,
            "content": [{"type": "text", "text": self.text}], "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": self.read, "output_tokens": tokens(self.text.len())}})
    }

    /// Its events, <https://docs.claude.com/en/docs/build-with-claude/streaming>.
    fn anthropic_events(&self) -> VecDeque<Bytes> {
        let event = |data: Value| {
            let name = data["type"].as_str().unwrap_or_default().to_owned();
            Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
        };
        let mut start = self.anthropic();
        start["content"] = json!([]);
        start["stop_reason"] = Value::Null;
        start["usage"]["output_tokens"] = json!(1);
        let mut events = VecDeque::new();
        events.push_back(event(json!({"type": "message_start", "message": start})));
        events.push_back(event(
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ));
        events.extend(self.words().map(|word| {
            event(json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}))
        }));
        events.push_back(event(json!({"type": "content_block_stop", "index": 0})));
        events.push_back(event(
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
            "usage": {"output_tokens": tokens(self.text.len())}}),
        ));
        events.push_back(event(json!({"type": "message_stop"})));
        events
    }
}

fn plain(body: &Value) -> Response<Outgoing> {
    let mut response = Response::new(whole(body.to_string().into()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn streamed(events: VecDeque<Bytes>) -> Response<Outgoing> {
    let mut response = Response::new(Paced { events, beat: interval(PAUSE) }.boxed_unsync());
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Events, one a beat.
struct Paced {
    events: VecDeque<Bytes>,
    beat: Interval,
}

impl Body for Paced {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.events.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.beat.poll_tick(cx));
        Poll::Ready(self.events.pop_front().map(|event| Ok(Frame::data(event))))
    }
}
