//! Responses (<https://platform.openai.com/docs/api-reference/responses>) and their events.

use serde_json::Value;
use serde_json::json;

use super::super::reply::Reply;
use super::super::reply::Said;
use super::super::reply::typed_event;

/// The answer of a response; none on routes that only keep or count.
pub(in super::super) fn say(reply: &Reply<'_>) -> Option<Said> {
    if !reply.path.ends_with("/responses") {
        return None;
    }
    let item = if reply.call.is_some() {
        call(reply, "completed")
    } else {
        message(reply, &[part(reply, reply.text)])
    };
    let whole = response(reply, "completed", &json!([item]));
    Some(if reply.stream { stream(reply, &item, &whole) } else { Said::whole(&whole) })
}

fn item_id(reply: &Reply<'_>) -> String {
    let prefix = if reply.call.is_some() { "fc" } else { "msg" };
    format!("{prefix}_{}", reply.id)
}

fn part(reply: &Reply<'_>, text: &str) -> Value {
    if reply.refused {
        json!({ "type": "refusal", "refusal": text })
    } else {
        json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })
    }
}

fn message(reply: &Reply<'_>, content: &[Value]) -> Value {
    let status = if content.is_empty() { "in_progress" } else { "completed" };
    json!({ "id": item_id(reply), "type": "message", "role": "assistant", "status": status, "content": content })
}

fn call(reply: &Reply<'_>, status: &str) -> Value {
    let (name, arguments) =
        reply.call.map_or(("", String::new()), |call| (&call.name, call.arguments.to_string()));
    let arguments = if status == "completed" { arguments } else { String::new() };
    json!({
        "id": item_id(reply), "type": "function_call", "status": status,
        "call_id": format!("call_{}", reply.id), "name": name, "arguments": arguments,
    })
}

fn response(reply: &Reply<'_>, status: &str, output: &Value) -> Value {
    let usage = json!({
        "input_tokens": reply.read,
        "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens": reply.written,
        "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": reply.read.saturating_add(reply.written),
    });
    json!({
        "id": format!("resp_{}", reply.id),
        "object": "response",
        "created_at": 0,
        "status": status,
        "error": null,
        "incomplete_details": null,
        "instructions": null,
        "metadata": {},
        "model": reply.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "temperature": 1.0,
        "text": { "format": { "type": "text" } },
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": if status == "completed" { usage } else { Value::Null },
    })
}

fn stream(reply: &Reply<'_>, item: &Value, whole: &Value) -> Said {
    let begun = response(reply, "in_progress", &json!([]));
    let mut events = vec![
        json!({ "type": "response.created", "response": begun }),
        json!({ "type": "response.in_progress", "response": begun }),
    ];
    let opened = if reply.call.is_some() { call(reply, "in_progress") } else { message(reply, &[]) };
    events.push(json!({ "type": "response.output_item.added", "output_index": 0, "item": opened }));
    events.extend(if reply.call.is_some() { call_events(reply, item) } else { text_events(reply) });
    events.push(json!({ "type": "response.output_item.done", "output_index": 0, "item": item }));
    events.push(json!({ "type": "response.completed", "response": whole }));
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    Said::events(events.iter().map(typed_event).collect())
}

fn text_events(reply: &Reply<'_>) -> Vec<Value> {
    let id = item_id(reply);
    let (kind, key) = if reply.refused { ("refusal", "refusal") } else { ("output_text", "text") };
    let event = |kind: String, key: &str, value: Value| {
        let mut event = json!({ "type": kind, "item_id": id, "output_index": 0, "content_index": 0 });
        event[key] = value;
        if key != "part" && !reply.refused {
            event["logprobs"] = json!([]);
        }
        event
    };
    let mut events = vec![event("response.content_part.added".to_owned(), "part", part(reply, ""))];
    events.extend(reply.words().map(|word| event(format!("response.{kind}.delta"), "delta", word.into())));
    events.push(event(format!("response.{kind}.done"), key, reply.text.into()));
    events.push(event("response.content_part.done".to_owned(), "part", part(reply, reply.text)));
    events
}

fn call_events(reply: &Reply<'_>, item: &Value) -> Vec<Value> {
    let event = |kind: &str, key: &str, value: &Value| {
        let mut event = json!({ "type": kind, "item_id": item_id(reply), "output_index": 0 });
        event[key] = value.clone();
        event
    };
    let arguments = &item["arguments"];
    let mut done = event("response.function_call_arguments.done", "arguments", arguments);
    done["name"] = item["name"].clone();
    vec![event("response.function_call_arguments.delta", "delta", arguments), done]
}
