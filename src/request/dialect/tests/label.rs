//! Who speaks, what a string is, and what is counted as unread, in every API.

use super::*;

/// A label that a string must get: a body, a pointer into it, who speaks, what it is.
type Label = (&'static Dialect, &'static str, &'static str, Role, Slot);

static LABELS: &[Label] = &[
    (&openai::RESPONSES, r#"{"input":"bake"}"#, "/input", Role::User, Slot::Content),
    (&openai::RESPONSES, r#"{"instructions":"bake"}"#, "/instructions", Role::System, Slot::Content),
    (
        &openai::RESPONSES,
        r#"{"input":[{"role":"developer","content":"bake"}]}"#,
        "/input/0/content",
        Role::System,
        Slot::Content,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"bake"}]}]}"#,
        "/input/0/content/0/text",
        Role::User,
        Slot::Content,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"type":"function_call","call_id":"c","name":"oven","arguments":"bake"}]}"#,
        "/input/0/arguments",
        Role::Assistant,
        Slot::Arguments,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"type":"function_call_output","output":"bake"}]}"#,
        "/input/0/output",
        Role::Tool,
        Slot::Content,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"output":[{"type":"input_text","text":"bake"}]}]}"#,
        "/input/0/output/0/text",
        Role::Tool,
        Slot::Content,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"type":"reasoning","summary":[{"text":"bake"}]}]}"#,
        "/input/0/summary/0/text",
        Role::Assistant,
        Slot::Content,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"type":"code_interpreter_call","code":"bake"}]}"#,
        "/input/0/code",
        Role::Assistant,
        Slot::Content,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"type":"code_interpreter_call","outputs":[{"logs":"bake"}]}]}"#,
        "/input/0/outputs/0/logs",
        Role::Tool,
        Slot::Content,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"type":"local_shell_call","action":{"command":["bake"]}}]}"#,
        "/input/0/action/command/0",
        Role::Assistant,
        Slot::Arguments,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"type":"mcp_list_tools","tools":[{"description":"bake"}]}]}"#,
        "/input/0/tools/0/description",
        Role::System,
        Slot::Definition,
    ),
    (
        &openai::RESPONSES,
        r#"{"prompt":{"id":"p","variables":{"a":"bake"}}}"#,
        "/prompt/variables/a",
        Role::User,
        Slot::Content,
    ),
    (&openai::EMBEDDINGS, r#"{"input":["bake","bread"]}"#, "/input/0", Role::User, Slot::Content),
    (&openai::MEDIA, r#"{"prompt":"bake"}"#, "/prompt", Role::User, Slot::Content),
    (&openai::STORED, r#"{"role":"user","content":"bake"}"#, "/content", Role::User, Slot::Content),
    (
        &openai::STORED,
        r#"{"thread":{"messages":[{"role":"user","content":"bake"}]}}"#,
        "/thread/messages/0/content",
        Role::User,
        Slot::Content,
    ),
    (
        &openai::STORED,
        r#"{"additional_instructions":"bake"}"#,
        "/additional_instructions",
        Role::System,
        Slot::Content,
    ),
    (
        &openai::STORED,
        r#"{"tool_outputs":[{"output":"bake"}]}"#,
        "/tool_outputs/0/output",
        Role::Tool,
        Slot::Content,
    ),
    (
        &azure::AZURE,
        r#"{"messages":[{"role":"user","content":"bake"}]}"#,
        "/messages/0/content",
        Role::User,
        Slot::Content,
    ),
    (
        &anthropic::BATCHES,
        r#"{"requests":[{"custom_id":"1","params":{"system":"bake"}}]}"#,
        "/requests/0/params/system",
        Role::System,
        Slot::Content,
    ),
    (
        &anthropic::BATCHES,
        r#"{"requests":[{"params":{"messages":[{"role":"user","content":"bake"}]}}]}"#,
        "/requests/0/params/messages/0/content",
        Role::User,
        Slot::Content,
    ),
    (&anthropic::COMPLETE, r#"{"prompt":"bake"}"#, "/prompt", Role::User, Slot::Content),
    (
        &gemini::GEMINI,
        r#"{"contents":[{"role":"user","parts":[{"text":"bake"}]}]}"#,
        "/contents/0/parts/0/text",
        Role::User,
        Slot::Content,
    ),
    (
        &gemini::GEMINI,
        r#"{"contents":[{"role":"model","parts":[{"functionCall":{"name":"oven","args":{"a":"bake"}}}]}]}"#,
        "/contents/0/parts/0/functionCall/args/a",
        Role::Assistant,
        Slot::Arguments,
    ),
    (
        &gemini::GEMINI,
        r#"{"contents":[{"role":"user","parts":[{"function_response":{"response":{"a":"bake"}}}]}]}"#,
        "/contents/0/parts/0/function_response/response/a",
        Role::Tool,
        Slot::Content,
    ),
    (
        &gemini::GEMINI,
        r#"{"systemInstruction":{"parts":[{"text":"bake"}]}}"#,
        "/systemInstruction/parts/0/text",
        Role::System,
        Slot::Content,
    ),
    (
        &gemini::GEMINI,
        r#"{"system_instruction":{"parts":{"text":"bake"}}}"#,
        "/system_instruction/parts/text",
        Role::System,
        Slot::Content,
    ),
    (
        &gemini::GEMINI,
        r#"{"requests":[{"content":{"role":"user","parts":[{"text":"bake"}]}}]}"#,
        "/requests/0/content/parts/0/text",
        Role::User,
        Slot::Content,
    ),
    (
        &gemini::GEMINI,
        r#"{"generateContentRequest":{"contents":[{"role":"user","parts":[{"text":"bake"}]}]}}"#,
        "/generateContentRequest/contents/0/parts/0/text",
        Role::User,
        Slot::Content,
    ),
    (
        &gemini::GEMINI,
        r#"{"batch":{"inputConfig":{"requests":{"requests":[{"request":{"contents":[{"role":"user","parts":[{"text":"bake"}]}]}}]}}}}"#,
        "/batch/inputConfig/requests/requests/0/request/contents/0/parts/0/text",
        Role::User,
        Slot::Content,
    ),
    (&ollama::OLLAMA, r#"{"prompt":"bake"}"#, "/prompt", Role::User, Slot::Content),
    (&ollama::OLLAMA, r#"{"system":"bake"}"#, "/system", Role::System, Slot::Content),
    (&ollama::OLLAMA, r#"{"template":"bake"}"#, "/template", Role::System, Slot::Content),
    (
        &ollama::OLLAMA,
        r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"oven","arguments":{"a":"bake"}}}]}]}"#,
        "/messages/0/tool_calls/0/function/arguments/a",
        Role::Assistant,
        Slot::Arguments,
    ),
    (&native::NATIVE, r#"{"inputs":"bake"}"#, "/inputs", Role::User, Slot::Content),
    (
        &native::NATIVE,
        r#"{"input_extra":[{"filename":"a","text":"bake"}]}"#,
        "/input_extra/0/text",
        Role::User,
        Slot::Content,
    ),
    (
        &native::NATIVE,
        r#"{"prompt":[{"prompt_string":"bake"}]}"#,
        "/prompt/0/prompt_string",
        Role::User,
        Slot::Content,
    ),
    (&native::NATIVE, r#"{"guided_choice":["bake"]}"#, "/guided_choice/0", Role::System, Slot::Definition),
    (&native::NATIVE, r#"{"chat_template":"bake"}"#, "/chat_template", Role::System, Slot::Content),
    (
        &bedrock::BEDROCK,
        r#"{"messages":[{"role":"user","content":[{"text":"bake"}]}]}"#,
        "/messages/0/content/0/text",
        Role::User,
        Slot::Content,
    ),
    (&bedrock::BEDROCK, r#"{"system":[{"text":"bake"}]}"#, "/system/0/text", Role::System, Slot::Content),
    (
        &bedrock::BEDROCK,
        r#"{"messages":[{"role":"user","content":[{"toolResult":{"content":[{"text":"bake"}]}}]}]}"#,
        "/messages/0/content/0/toolResult/content/0/text",
        Role::Tool,
        Slot::Content,
    ),
    (
        &bedrock::BEDROCK,
        r#"{"messages":[{"role":"assistant","content":[{"toolUse":{"input":{"a":"bake"}}}]}]}"#,
        "/messages/0/content/0/toolUse/input/a",
        Role::Assistant,
        Slot::Arguments,
    ),
    (&bedrock::BEDROCK, r#"{"inputText":"bake"}"#, "/inputText", Role::User, Slot::Content),
    (
        &bedrock::BEDROCK,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"bake"}]}]}"#,
        "/messages/0/content/0/text",
        Role::User,
        Slot::Content,
    ),
    (&cohere::COHERE, r#"{"message":"bake"}"#, "/message", Role::User, Slot::Content),
    (
        &cohere::COHERE,
        r#"{"chat_history":[{"role":"CHATBOT","message":"bake"}]}"#,
        "/chat_history/0/message",
        Role::Assistant,
        Slot::Content,
    ),
    (&cohere::COHERE, r#"{"preamble":"bake"}"#, "/preamble", Role::System, Slot::Content),
    (
        &cohere::COHERE,
        r#"{"documents":[{"data":{"a":"bake"}}]}"#,
        "/documents/0/data/a",
        Role::Tool,
        Slot::Content,
    ),
    (&cohere::COHERE, r#"{"texts":["bake"]}"#, "/texts/0", Role::User, Slot::Content),
    (&mistral::MISTRAL, r#"{"prompt":"a","suffix":"bake"}"#, "/suffix", Role::User, Slot::Content),
    (
        &mistral::MISTRAL,
        r#"{"input":[[{"role":"user","content":"bake"}]]}"#,
        "/input/0/0/content",
        Role::User,
        Slot::Content,
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"id":"bake","type":"reasoning"}]}"#,
        "/input/0/id",
        Role::Assistant,
        Slot::Protocol,
    ),
];

#[test]
fn every_api_labels_who_speaks() {
    for (dialect, body, pointer, role, slot) in LABELS {
        let request = request(dialect, body);
        let found = span(&request, pointer);
        assert_eq!(
            (found.role, found.slot, found.text.as_str()),
            (*role, *slot, "bake"),
            "{} {body}",
            dialect.name
        );
    }
}

/// An API, a body and what must be counted in it. `PNG` and `SEALED` stand for such strings.
type Counted = (&'static Dialect, &'static str, &'static [UnreadKind]);

static COUNTED: &[Counted] = &[
    (&openai::RESPONSES, r#"{"previous_response_id":"resp_1"}"#, &[UnreadKind::State]),
    (&openai::RESPONSES, r#"{"conversation":{"id":"conv_1"}}"#, &[UnreadKind::State]),
    (&openai::RESPONSES, r#"{"conversation":"conv_1"}"#, &[UnreadKind::State]),
    (&openai::RESPONSES, r#"{"prompt":{"id":"pmpt_1"}}"#, &[UnreadKind::State]),
    (&openai::RESPONSES, r#"{"input":[{"type":"item_reference","id":"msg_1"}]}"#, &[UnreadKind::State]),
    (&openai::RESPONSES, r#"{"input":[{"id":"msg_1"}]}"#, &[UnreadKind::State]),
    (&openai::RESPONSES, r#"{"input":[{"id":"msg_1","role":"user","content":"a"}]}"#, &[]),
    (
        &openai::RESPONSES,
        r#"{"input":[{"content":[{"type":"input_image","image_url":"https://e/x"}]}]}"#,
        &[UnreadKind::Image],
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"content":[{"type":"input_file","file_id":"file_1"}]}]}"#,
        &[UnreadKind::File],
    ),
    (
        &openai::RESPONSES,
        r#"{"input":[{"type":"reasoning","encrypted_content":"SEALED"}]}"#,
        &[UnreadKind::Sealed],
    ),
    (&openai::EMBEDDINGS, r#"{"input":[[1,2],[3]]}"#, &[UnreadKind::Tokens, UnreadKind::Tokens]),
    (&openai::STORED, r#"{"assistant_id":"asst_1"}"#, &[UnreadKind::State]),
    (&openai::STORED, r#"{"input_file_id":"file_1"}"#, &[UnreadKind::File]),
    (
        &gemini::GEMINI,
        r#"{"contents":[{"parts":[{"inlineData":{"data":"PNG","mimeType":"image/png"}}]}]}"#,
        &[UnreadKind::Image],
    ),
    (
        &gemini::GEMINI,
        r#"{"contents":[{"parts":[{"file_data":{"file_uri":"gs://a"}}]}]}"#,
        &[UnreadKind::File],
    ),
    (&gemini::GEMINI, r#"{"cachedContent":"c"}"#, &[UnreadKind::State]),
    (&ollama::OLLAMA, r#"{"messages":[{"images":["PNG","PNG"]}]}"#, &[UnreadKind::Image, UnreadKind::Image]),
    (&ollama::OLLAMA, r#"{"context":[1,2,3]}"#, &[UnreadKind::Tokens]),
    (&native::NATIVE, r#"{"prompt":[12,34,"bake"]}"#, &[UnreadKind::Tokens]),
    (&native::NATIVE, r#"{"prompt_embeds":"AAECAwQF/w=="}"#, &[UnreadKind::Tokens]),
    (&native::NATIVE, r#"{"tokens":[1,2]}"#, &[]),
    (
        &bedrock::BEDROCK,
        r#"{"messages":[{"content":[{"image":{"format":"png","source":{"bytes":"PNG"}}}]}]}"#,
        &[UnreadKind::Image],
    ),
    (
        &bedrock::BEDROCK,
        r#"{"messages":[{"content":[{"document":{"source":{"s3Location":{"uri":"s3://a"}}}}]}]}"#,
        &[],
    ),
    (&cohere::COHERE, r#"{"conversation_id":"c"}"#, &[UnreadKind::State]),
    (
        &mistral::MISTRAL,
        r#"{"document":{"type":"document_url","document_url":"https://e/x"}}"#,
        &[UnreadKind::File],
    ),
];

#[test]
fn what_is_no_text_is_counted_by_kind() {
    let sealed = "A".repeat(80);
    for (dialect, body, kinds) in COUNTED {
        let body = body.replace("PNG", "iVBORw0KGgoAAAANSUhEUg==").replace("SEALED", &sealed);
        let found: Vec<UnreadKind> =
            request(dialect, &body).unread.iter().map(|unread| unread.kind).collect();
        assert_eq!(found, *kinds, "{} {body}", dialect.name);
    }
}

#[test]
fn text_in_a_field_for_pictures_and_files_is_read() {
    let text = "YmFrZSBicmVhZA==";
    for (dialect, body) in [
        (
            &gemini::GEMINI,
            format!(
                r#"{{"contents":[{{"parts":[{{"inlineData":{{"data":"{text}","mimeType":"image/png"}}}}]}}]}}"#
            ),
        ),
        (&ollama::OLLAMA, format!(r#"{{"images":["{text}"]}}"#)),
        (
            &bedrock::BEDROCK,
            format!(r#"{{"messages":[{{"content":[{{"document":{{"source":{{"bytes":"{text}"}}}}}}]}}]}}"#),
        ),
        (
            &openai::RESPONSES,
            format!(r#"{{"input":[{{"content":[{{"file_data":"data:text/plain;base64,{text}"}}]}}]}}"#),
        ),
        (
            &openai::RESPONSES,
            format!(r#"{{"input":[{{"content":[{{"image_url":"data:image/png;base64,{text}"}}]}}]}}"#),
        ),
    ] {
        let request = request(dialect, &body);
        assert!(request.spans.iter().any(|span| span.text == "bake bread"), "{} {body}", dialect.name);
        assert!(request.unread.is_empty(), "{body}");
    }
}

#[test]
fn both_spellings_of_a_field_are_known_and_a_third_is_refused() {
    let body = r#"{"systemInstruction":{"parts":[]},"system_instruction":{"parts":[{"text":"bake"}]}}"#;
    assert_eq!(request(&gemini::GEMINI, body).spans.last().unwrap().role, Role::System);
    for (dialect, body) in [
        (&gemini::GEMINI, r#"{"systeminstruction":{}}"#),
        (&gemini::GEMINI, r#"{"Contents":[]}"#),
        (&bedrock::BEDROCK, r#"{"INPUTTEXT":"bake"}"#),
        (&openai::RESPONSES, r#"{"Input":"bake"}"#),
    ] {
        let read = read(dialect, Bytes::from(body), &ReadLimits::default());
        assert_eq!(read.unwrap_err().code(), "ambiguous_key", "{body}");
    }
}

#[test]
fn json_in_strings_is_unfolded_and_prompts_are_split() {
    let inner = serde_json::json!({ "a": serde_json::json!({ "b": "ba\u{1}ke" }).to_string() }).to_string();
    let body = serde_json::json!({ "messages": [
        { "role": "assistant", "tool_calls": [{ "function": { "arguments": inner } }] },
        { "role": "tool", "content": r#"["br\u0065ad"]"# },
        { "role": "tool", "content": r#"{"broken\":"# },
        { "role": "user", "content": "[INST] <<SYS>>be kind<</SYS>> rye [/INST]" },
    ] })
    .to_string();
    let request = request(&openai::CHAT, &body);
    let found = |pointer: &str| {
        let mut all = request.spans.iter().filter(|span| span.pointer == pointer && span.slot != Slot::Key);
        all.next_back().map(|span| (span.role, span.text.as_str()))
    };
    assert_eq!(
        found("/messages/0/tool_calls/0/function/arguments/a/b"),
        Some((Role::Assistant, "ba\u{1}ke"))
    );
    assert_eq!(found("/messages/1/content/0"), Some((Role::Tool, "bread")));
    assert_eq!(found("/messages/2/content"), Some((Role::Tool, r#"{"broken\":"#)));
    assert_eq!(found("/messages/3/content"), Some((Role::User, "rye")));
    assert!(request.spans.iter().any(|span| span.role == Role::System && span.text == "be kind"));
    assert!(request.spans.iter().enumerate().all(|(at, span)| span.id.0 as usize == at));
}
