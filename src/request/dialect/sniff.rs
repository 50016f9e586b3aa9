//! Tells a request body from other text, for input that comes without a path.

use super::Dialect;
use super::anthropic;
use super::gemini;
use super::json::Json;
use super::json::Kind;
use super::openai;

/// Top-level fields that only the Anthropic API has.
const ANTHROPIC_ONLY: &[&str] =
    &["system", "stop_sequences", "anthropic_version", "mcp_servers", "thinking", "top_k"];

/// The dialect a text speaks if it is a request body: a JSON object with messages or contents, or with a prompt or input
/// and a model.
/// `None` for any other text. A body that breaks off or is malformed further on is told by what came before.
pub fn sniff(body: &[u8]) -> Option<&'static Dialect> {
    if !body.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(body.get(..error.valid_up_to())?).ok()?,
    };
    let keys = top_level(text);
    let has = |name: &str| keys.iter().any(|key| key == name);
    match () {
        () if has("messages") && ANTHROPIC_ONLY.iter().any(|name| has(name)) => Some(&anthropic::MESSAGES),
        () if has("messages") => Some(&openai::CHAT),
        () if has("contents") => Some(&gemini::GEMINI),
        () if has("input") && has("model") => Some(&openai::RESPONSES),
        () if has("prompt") && has("model") => Some(&openai::COMPLETIONS),
        () => None,
    }
}

/// The keys of the outermost object, as far as it can be read; `messages` and `contents` only if they hold a list.
fn top_level(text: &str) -> Vec<String> {
    let mut json = Json::new(text, 128, usize::MAX);
    let mut keys = Vec::new();
    let mut depth = 0_usize;
    let mut last = String::new();
    while let Ok(Some(token)) = json.next() {
        match token.kind {
            Kind::Key(key) if depth == 1 && key.len() <= 64 => last = key.into_owned(),
            Kind::Key(_) => {}
            kind => {
                let is_list = kind == Kind::Open(super::json::Bracket::Array);
                let lists = matches!(last.as_str(), "messages" | "contents");
                if depth == 1 && (is_list || !lists) && keys.len() < 64 {
                    keys.push(std::mem::take(&mut last));
                }
                match kind {
                    Kind::Open(_) => depth = depth.saturating_add(1),
                    Kind::Close => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_told_from_other_text() {
        let cases = [
            (r#"{"messages":[]}"#, Some("openai")),
            (r#" {"model":"m","messages":[{"role":"user","content":"hi"}], "messages": []}"#, Some("openai")),
            (r#"{"messages":[],"system":"be kind"}"#, Some("anthropic")),
            (r#"{"system":[{"type":"text","text":"a"}],"messages":[{"role"#, Some("anthropic")),
            (r#"{"model":"m","prompt":"bake"}"#, Some("openai_completions")),
            (r#"{"contents":[{"parts":[{"text":"bake"}]}]}"#, Some("gemini")),
            (r#"{"contents":"a table"}"#, None),
            (r#"{"model":"m","input":"bake"}"#, Some("openai_responses")),
            (r#"{"prompt":"bake"}"#, None),
            (r#"{"messages":"none"}"#, None),
            (r#"{"a":{"messages":[]}}"#, None),
            (r#"[{"messages":[]}]"#, None),
            ("{ int x = 1; }", None),
            ("bake bread", None),
            ("", None),
        ];
        for (text, name) in cases {
            assert_eq!(sniff(text.as_bytes()).map(|dialect| dialect.name), name, "{text}");
        }
    }
}
