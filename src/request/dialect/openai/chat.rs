//! Chat Completions (<https://platform.openai.com/docs/api-reference/chat>) and the older Completions.

use serde_json::Value;
use serde_json::json;

use super::super::reply::Reply;
use super::super::reply::Said;
use super::super::reply::event;
use super::envelope;

const DONE: &str = "data: [DONE]\n\n";

/// The answer of a chat completion; none on routes that only keep or list them.
pub(in super::super) fn say(reply: &Reply<'_>) -> Option<Said> {
    if !reply.path.ends_with("/completions") {
        return None;
    }
    Some(if reply.stream { stream(reply) } else { Said::whole(&completion(reply)) })
}

/// The answer of a completion.
pub(in super::super) fn say_completion(reply: &Reply<'_>) -> Option<Said> {
    let choice = |text: &str, finish: Value| {
        let choice = json!({ "index": 0, "text": text, "logprobs": null, "finish_reason": finish });
        envelope(reply, "cmpl", "text_completion", choice)
    };
    let finish = Value::from(finish(reply));
    if !reply.stream {
        return Some(Said::whole(&with_usage(choice(reply.text, finish), reply)));
    }
    let mut events: Vec<String> = reply.words().map(|word| event(None, &choice(word, Value::Null))).collect();
    events.push(event(None, &choice("", finish)));
    events.push(DONE.to_owned());
    Some(Said::events(events))
}

fn finish(reply: &Reply<'_>) -> &'static str {
    reply.finish("content_filter", "tool_calls", "stop")
}

fn completion(reply: &Reply<'_>) -> Value {
    let (content, refusal) =
        if reply.refused { (Value::Null, reply.spoken()) } else { (reply.spoken(), Value::Null) };
    let mut message = json!({ "role": "assistant", "content": content, "refusal": refusal });
    if let (Some(call), Some(members)) = (call(reply), message.as_object_mut()) {
        members.insert("tool_calls".to_owned(), json!([call]));
    }
    let choice = json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": finish(reply) });
    with_usage(envelope(reply, "chatcmpl", "chat.completion", choice), reply)
}

fn call(reply: &Reply<'_>) -> Option<Value> {
    let call = reply.call?;
    let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
    Some(json!({ "id": format!("call_{}", reply.id), "type": "function", "function": function }))
}

fn stream(reply: &Reply<'_>) -> Said {
    let chunk = |delta: Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
        event(None, &envelope(reply, "chatcmpl", "chat.completion.chunk", choice))
    };
    let empty = if reply.refused { Value::Null } else { Value::from("") };
    let mut events = vec![chunk(json!({ "role": "assistant", "content": empty, "refusal": null }), None)];
    let key = if reply.refused { "refusal" } else { "content" };
    events.extend(reply.words().map(|word| chunk(json!({ key: word }), None)));
    if let Some(mut call) = call(reply) {
        call["index"] = json!(0);
        events.push(chunk(json!({ "tool_calls": [call] }), None));
    }
    events.push(chunk(json!({}), Some(finish(reply))));
    if reply.usage {
        let mut last = envelope(reply, "chatcmpl", "chat.completion.chunk", Value::Null);
        last["choices"] = json!([]);
        events.push(event(None, &with_usage(last, reply)));
    }
    events.push(DONE.to_owned());
    Said::events(events)
}

fn with_usage(mut body: Value, reply: &Reply<'_>) -> Value {
    body["usage"] = json!({
        "prompt_tokens": reply.read,
        "completion_tokens": reply.written,
        "total_tokens": reply.read.saturating_add(reply.written),
    });
    body
}
