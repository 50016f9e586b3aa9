//! The stand-in model over a WebSocket: Realtime and Responses.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::NAME;
use super::asked::wish;
use super::tokens;
use crate::request::dialect::{Dialect, Reply};
use crate::serve::proxy::judging::Asked;

/// Answers events until the caller leaves.
pub(in crate::serve::proxy) async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    dialect: &'static Dialect,
    path: String,
    model: Option<String>,
) {
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    let mut talk =
        Talk { dialect, path, model: model.unwrap_or_else(|| NAME.to_owned()), said: String::new() };
    let mut answers = talk.greeting();
    loop {
        for answer in answers.drain(..) {
            if socket.send(Message::text(answer)).await.is_err() {
                return;
            }
        }
        match socket.next().await {
            Some(Ok(Message::Text(event))) => answers = talk.answer(event.as_str()),
            Some(Ok(_)) => {}
            // The caller left, in order or not: either way there is nobody to talk to.
            None | Some(Err(_)) => return,
        }
    }
}

/// A conversation so far.
struct Talk {
    dialect: &'static Dialect,
    path: String,
    model: String,
    /// What the user said last.
    said: String,
}

impl Talk {
    fn is_realtime(&self) -> bool {
        self.path.ends_with("/realtime")
    }

    fn greeting(&self) -> Vec<String> {
        let session = json!({ "id": "sess_echo", "object": "realtime.session", "type": "realtime", "model": self.model });
        let greeting = json!({ "type": "session.created", "event_id": id("event"), "session": session });
        self.is_realtime().then(|| greeting.to_string()).into_iter().collect()
    }

    fn answer(&mut self, event: &str) -> Vec<String> {
        let event: Value = serde_json::from_str(event).unwrap_or_default();
        if self.path.starts_with("/ws/") {
            return live(&event);
        }
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind == "response.create" {
            return if self.is_realtime() { self.speak(&event) } else { self.respond(&event) };
        }
        if let Some(text) = event.pointer("/item/content/0/text").and_then(Value::as_str) {
            self.said = text.chars().take(200).collect();
        }
        let told = |kind: &str, key: &str| {
            json!({ "type": kind, "event_id": id("event"), key: event.get(key).cloned().unwrap_or_default() })
                .to_string()
        };
        match kind {
            "session.update" => vec![told("session.updated", "session")],
            "conversation.item.create" => {
                vec![told("conversation.item.added", "item"), told("conversation.item.done", "item")]
            }
            "input_audio_buffer.commit" => vec![told("input_audio_buffer.committed", "item_id")],
            "input_audio_buffer.clear" => vec![told("input_audio_buffer.cleared", "item_id")],
            _ => Vec::new(),
        }
    }

    /// A response of Realtime.
    fn speak(&self, event: &Value) -> Vec<String> {
        let told = event.pointer("/response/instructions").and_then(Value::as_str);
        let text = format!("You said: {}", told.unwrap_or(&self.said));
        let (response, item) = (id("resp"), id("item"));
        let whole = |status: &str, output: Value| json!({ "id": response, "object": "realtime.response", "status": status, "output": output });
        let message = json!({
            "id": item, "object": "realtime.item", "type": "message", "role": "assistant", "status": "completed",
            "content": [{ "type": "output_text", "text": text }],
        });
        let at = json!({ "response_id": response, "item_id": item, "output_index": 0, "content_index": 0 });
        let mut events = vec![
            json!({ "type": "response.created", "response": whole("in_progress", json!([])) }),
            json!({ "type": "response.output_item.added", "response_id": response, "output_index": 0, "item": message }),
        ];
        events.extend(
            text.split_inclusive(' ').map(|word| with(&at, "response.output_text.delta", "delta", word)),
        );
        events.push(with(&at, "response.output_text.done", "text", &text));
        events.push(json!({ "type": "response.output_item.done", "response_id": response, "output_index": 0, "item": message }));
        events.push(json!({ "type": "response.done", "response": whole("completed", json!([message])) }));
        for event in &mut events {
            event["event_id"] = json!(id("event"));
        }
        events.iter().map(Value::to_string).collect()
    }

    /// The events of a streamed response, each as a message.
    fn respond(&self, event: &Value) -> Vec<String> {
        let input = event.get("input");
        let last = input.and_then(Value::as_array).and_then(|items| items.last());
        let said = input.and_then(Value::as_str).or_else(|| last?.get("content")?.as_str());
        let said = said.or_else(|| last?.pointer("/content/0/text")?.as_str()).unwrap_or_default();
        let asked = Asked { said: said.chars().take(200).collect(), ..Asked::default() };
        let wish = wish(event.to_string().as_bytes(), &asked);
        let model = event.get("model").and_then(Value::as_str).unwrap_or(&self.model);
        let reply = Reply {
            text: &wish.text,
            refused: false,
            call: wish.call.as_ref(),
            model,
            id: &id("echo"),
            read: tokens(said.len()),
            written: tokens(wish.text.len()),
            stream: true,
            usage: false,
            path: &self.path,
            query: "",
        };
        let pieces = self.dialect.say(&reply).map(|said| said.pieces).unwrap_or_default();
        let data = |piece: &[u8]| {
            let text = String::from_utf8_lossy(piece);
            text.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned)
        };
        pieces.iter().filter_map(|piece| data(piece)).collect()
    }
}

/// Gemini Live: it says back the last text of a turn that is complete.
fn live(event: &Value) -> Vec<String> {
    if event.get("setup").is_some() {
        return vec![json!({ "setupComplete": {} }).to_string()];
    }
    let content = event.get("clientContent").or_else(|| event.get("client_content"));
    let part = content
        .and_then(|content| content.get("turns")?.as_array()?.last()?.get("parts")?.as_array()?.last());
    let text = part.and_then(|part| part.get("text")).or_else(|| event.pointer("/realtimeInput/text"));
    let text = text.or_else(|| event.pointer("/realtime_input/text")).and_then(Value::as_str);
    let Some(text) = text else { return Vec::new() };
    let text = format!("You said: {}", text.chars().take(200).collect::<String>());
    let turn = json!({ "role": "model", "parts": [{ "text": text }] });
    let contents = [
        json!({ "modelTurn": turn }),
        json!({ "generationComplete": true }),
        json!({ "turnComplete": true }),
    ];
    contents.iter().map(|content| json!({ "serverContent": content }).to_string()).collect()
}

fn id(prefix: &str) -> String {
    format!("{prefix}_{}", uuid::Uuid::now_v7().simple())
}

fn with(at: &Value, kind: &str, key: &str, text: &str) -> Value {
    let mut event = at.clone();
    event["type"] = json!(kind);
    event[key] = json!(text);
    event
}
