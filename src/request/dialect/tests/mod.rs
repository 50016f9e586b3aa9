mod label;
mod total;

use super::*;
use crate::request::span::TextSpan;

fn request(dialect: &'static Dialect, body: &str) -> Request {
    read(dialect, Bytes::copy_from_slice(body.as_bytes()), &ReadLimits::default()).unwrap()
}

fn span<'a>(request: &'a Request, pointer: &str) -> &'a TextSpan {
    let mut found = request.spans.iter().filter(|span| span.pointer == pointer && span.slot != Slot::Key);
    found.next().unwrap_or_else(|| panic!("{pointer}"))
}

fn code(body: &[u8]) -> &'static str {
    read(&openai::CHAT, Bytes::copy_from_slice(body), &ReadLimits::default()).unwrap_err().code()
}

#[test]
fn chat_completions_are_labelled_whatever_the_order_of_members() {
    let body = r#"{"model":"m-1","stream":true,"messages":[
        {"content":"be kind","role":"system"},
        {"role":"user","content":[{"text":"bake bread","type":"text"}]},
        {"tool_calls":[{"id":"c1","function":{"name":"oven","arguments":"{\"heat\":1}"}}],"role":"assistant"},
        {"role":"tool","content":"warm","tool_call_id":"c1"}],
        "tools":[{"type":"function","function":{"description":"an oven"}}],"odd":{"a/b":"flour"}}"#;
    let request = request(&openai::CHAT, body);
    assert_eq!((request.model.as_deref(), request.stream), (Some("m-1"), true));
    let rows = [
        ("/messages/0/content", Role::System, Slot::Content, 0),
        ("/messages/1/content/0/text", Role::User, Slot::Content, 1),
        ("/messages/2/tool_calls/0/function/arguments", Role::Assistant, Slot::Arguments, 2),
        ("/messages/3/content", Role::Tool, Slot::Content, 3),
        ("/messages/3/tool_call_id", Role::Tool, Slot::Protocol, 3),
        ("/tools/0/type", Role::System, Slot::Protocol, 0),
        ("/tools/0/function/description", Role::System, Slot::Definition, 0),
        ("/odd/a~1b", Role::Unlabelled, Slot::Other, 0),
    ];
    for (pointer, role, slot, turn) in rows {
        let span = span(&request, pointer);
        assert_eq!((span.role, span.slot, span.turn), (role, slot, turn), "{pointer}");
        assert_eq!(serde_json::from_str::<String>(&body[span.bytes.clone()]).unwrap(), span.text);
    }
    assert!(request.spans.iter().enumerate().all(|(at, span)| span.id.0 as usize == at));
}

#[test]
fn anthropic_messages_are_labelled() {
    let body = r#"{"system":[{"type":"text","text":"be kind"}],"messages":[{"role":"user","content":[
        {"type":"document","source":{"data":"bake","media_type":"text/plain","type":"text"}},
        {"content":[{"type":"text","text":"warm"}],"tool_use_id":"t","type":"tool_result"},
        {"type":"image","source":{"data":"iVBORw0KGgoAAAANSUhEUg==","media_type":"image/png","type":"base64"}},
        {"type":"document","source":{"type":"base64","data":"YmFrZSBicmVhZA=="}}]}]}"#;
    let request = request(&anthropic::MESSAGES, body);
    assert_eq!(span(&request, "/system/0/text").role, Role::System);
    let data = span(&request, "/messages/0/content/0/source/data");
    assert_eq!((data.role, data.text.as_str()), (Role::User, "bake"));
    assert_eq!(span(&request, "/messages/0/content/1/content/0/text").role, Role::Tool);
    assert_eq!(span(&request, "/messages/0/content/2/source/data").text, "");
    assert_eq!(request.unread.iter().map(|unread| unread.kind).collect::<Vec<_>>(), [UnreadKind::Image]);
    assert!(request.spans.iter().any(|span| span.text == "bake bread" && span.role == Role::User));
}

#[test]
fn numbers_that_may_be_letters_are_text_and_token_ids_are_counted() {
    let request = request(&openai::COMPLETIONS, r#"{"prompt":[98,97,107,101,32,98,114,101],"few":[1,2]}"#);
    assert_eq!(span(&request, "/prompt").text, "[98,97,107,101,32,98,114,101]");
    assert_eq!(request.unread.iter().map(|unread| unread.kind).collect::<Vec<_>>(), [UnreadKind::Tokens]);
}

#[test]
fn bodies_with_two_readings_are_refused() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xEF\xBB\xBF{}", "bom"),
        (b"{\0}\0", "utf16"),
        (b"\0{\0}", "utf16"),
        (b"\xFF\xFE{\0", "utf16"),
        (b"{\"a\":\"\xED\xA0\x80\"}", "invalid_utf8"),
        (b"null", "not_object"),
        (b"[]", "not_object"),
        (b"\"bake\"", "not_object"),
        (b"{} {}", "trailing_bytes"),
        (b"{\"a\":1,\"\\u0061\":2}", "duplicate_key"),
        (b"{\"Messages\":[]}", "ambiguous_key"),
        ("{\"meſſages\":[]}".as_bytes(), "ambiguous_key"),
        (b"{\"messages\":[{\"Content\":\"a\"}]}", "ambiguous_key"),
    ];
    for (body, expected) in cases {
        assert_eq!(code(body), *expected, "{}", body.escape_ascii());
    }
}

#[test]
fn limits_hold_and_pictures_are_free() {
    let limits = ReadLimits { text_bytes: 64, body_bytes: 8192, ..ReadLimits::default() };
    let picture = format!("iVBORw0KGgo{}", "A".repeat(4000));
    let body = format!(
        r#"{{"file":{{}},"messages":[{{"content":[{{"image_url":{{"url":"data:image/png;base64,{picture}"}}}}]}}]}}"#
    );
    assert!(read(&openai::CHAT, Bytes::from(body), &limits).is_ok());
    let status = |body: String| read(&openai::CHAT, Bytes::from(body), &limits).unwrap_err();
    assert_eq!(status(format!(r#"{{"a":"{}"}}"#, "b".repeat(64))).code(), "too_large_text");
    assert_eq!(status(" ".repeat(9000)).code(), "too_large_body");
    // Pointers to many values under one long key.
    let limits = ReadLimits { body_bytes: 1 << 20, ..ReadLimits::default() };
    let body = format!(r#"{{"{}":[{}0]}}"#, "k".repeat(10_000), r#""a","#.repeat(1000));
    assert_eq!(read(&openai::CHAT, Bytes::from(body), &limits).unwrap_err().status(), 413);
}

#[test]
fn every_dialect_answers_every_refusal_in_json_or_events() {
    let (mut errors, mut spoken) = (0, 0);
    let refuse = |dialect: &Dialect, path: &str, kind, style, stream| {
        let message = "not \"today\"\n";
        let query = "alt=sse";
        dialect.refuse(&Refusal { kind, message, request_id: "r1", style, stream, model: None, path, query })
    };
    for &dialect in DIALECTS {
        for (route, &kind) in dialect.routes.iter().flat_map(|r| RefusalKind::ALL.iter().map(move |k| (r, k)))
        {
            for (style, stream) in [
                (RefusalStyle::Error, false),
                (RefusalStyle::Error, true),
                (RefusalStyle::Refusal, false),
                (RefusalStyle::Refusal, true),
            ] {
                let answer = refuse(dialect, route.path, kind, style, stream);
                let text = String::from_utf8_lossy(&answer.body);
                if answer.content_type == "application/json" {
                    let body: serde_json::Value = serde_json::from_str(&text).unwrap();
                    assert!(text.contains("not") || body.get("promptFeedback").is_some(), "{text}");
                } else {
                    let streams = stream || route.stream == Streaming::Always;
                    assert!(streams && kind == RefusalKind::Blocked, "{}", route.path);
                }
                if answer.status == kind.status() {
                    errors += 1;
                } else {
                    assert!(answer.status == 200 && kind == RefusalKind::Blocked, "{}", route.path);
                    assert!(style == RefusalStyle::Refusal || dialect.name == "gemini", "{}", route.path);
                    spoken += 1;
                }
            }
        }
    }
    assert!(errors > 5000 && spoken > 50, "{errors} {spoken}");
}
