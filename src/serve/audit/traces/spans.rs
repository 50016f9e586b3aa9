//! What spans say, in the words of OpenTelemetry's HTTP and GenAI conventions. Those for guardrails are a draft
//! (`gen_ai.security.*`, semantic-conventions-genai 427); what we alone know is under `unspool.`. No text of a request is in
//! them.

use opentelemetry::KeyValue;

use crate::serve::audit::Record;

/// The operation, in the conventions' words.
pub(super) fn operation(route: &str) -> &'static str {
    match route.rsplit('/').next().unwrap_or_default() {
        "embeddings" | "embed" => "embeddings",
        "completions" if !route.contains("chat") => "text_completion",
        "completions" | "messages" | "responses" | "chat" | "converse" | "converse-stream" => "chat",
        _ => "generate_content",
    }
}

/// The provider, in the conventions' words where they have one.
fn provider(dialect: &'static str) -> &'static str {
    match dialect {
        openai if openai.starts_with("openai") => "openai",
        anthropic if anthropic.starts_with("anthropic") => "anthropic",
        "azure" => "azure.ai.openai",
        "gemini" => "gcp.gemini",
        "bedrock" => "aws.bedrock",
        "mistral" => "mistral_ai",
        other => other,
    }
}

/// Of the request as the caller made it.
pub(super) fn of_request(record: &Record) -> Vec<KeyValue> {
    let mut all = vec![
        KeyValue::new("http.route", record.route.clone()),
        KeyValue::new("http.response.status_code", i64::from(record.status)),
        KeyValue::new("unspool.request_id", record.request_id.clone()),
        KeyValue::new("unspool.outcome", record.outcome),
    ];
    all.extend(record.reason.map(|reason| KeyValue::new("error.type", reason)));
    all
}

/// Of the exchange with the upstream.
pub(super) fn of_exchange(record: &Record, operation: &'static str) -> Vec<KeyValue> {
    let mut all = vec![
        KeyValue::new("gen_ai.operation.name", operation),
        KeyValue::new("gen_ai.provider.name", provider(record.dialect)),
        KeyValue::new("http.response.status_code", i64::from(record.status)),
    ];
    all.extend(record.model.clone().map(|model| KeyValue::new("gen_ai.request.model", model)));
    all.extend(record.reason.map(|reason| KeyValue::new("error.type", reason)));
    all
}

/// Of the screening.
pub(super) fn of_screening(record: &Record) -> Vec<KeyValue> {
    let (verdict, action) = match record.outcome {
        "block" => ("deny", "deny"),
        "would_block" => ("deny", "allow"),
        "refuse_unscreened" | "refuse_unheard" => ("error", "deny"),
        "forward_unscreened" => ("error", "allow"),
        _ => ("allow", "allow"),
    };
    let text = |name, value: Option<&str>| value.map(|value| KeyValue::new(name, value.to_owned()));
    let mut all = vec![
        KeyValue::new("gen_ai.operation.name", "run_guardrail"),
        KeyValue::new("gen_ai.security.guardrail.name", "unspool"),
        KeyValue::new("gen_ai.security.guardrail.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("gen_ai.security.target.type", "llm_input"),
        KeyValue::new("gen_ai.security.verdict.type", verdict),
        KeyValue::new("gen_ai.security.action.type", action),
        KeyValue::new("gen_ai.security.risk.score", f64::from(record.score)),
        KeyValue::new("unspool.candidates", i64::try_from(record.candidates).unwrap_or(i64::MAX)),
    ];
    all.extend(text("gen_ai.security.risk.finding", record.category));
    all.extend(text("gen_ai.security.policy.rule.id", record.rule.as_deref()));
    all.extend(text("gen_ai.security.policy.name", record.policy.as_deref()));
    all.extend(text("unspool.origin", record.origin));
    if !record.incomplete.is_empty() {
        all.push(KeyValue::new("unspool.incomplete", record.incomplete.join(",")));
    }
    if let Some(version) = &record.version {
        all.push(KeyValue::new("gen_ai.security.policy.version", version.policy.to_string()));
        all.push(KeyValue::new("unspool.rules_version", version.rules.to_string()));
        all.push(KeyValue::new("unspool.model_version", version.model.to_string()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_and_dialects_have_the_conventions_words() {
        for (route, want) in [
            ("/v1/chat/completions", "chat"),
            ("/v1/messages", "chat"),
            ("/v1/completions", "text_completion"),
            ("/v1/embeddings", "embeddings"),
            ("/v1beta/models/x:generateContent", "generate_content"),
        ] {
            assert_eq!(operation(route), want);
        }
        for (dialect, want) in
            [("openai_responses", "openai"), ("gemini", "gcp.gemini"), ("cohere", "cohere")]
        {
            assert_eq!(provider(dialect), want);
        }
    }
}
