//! The request a row is sent to a proxy in: the smallest that each API takes.

use serde_json::{Value, json};

/// One API a proxy can be asked in.
#[derive(Debug, Clone, Copy)]
pub struct Wire {
    /// The name `--dialect` takes.
    pub name: &'static str,
    /// Its path.
    pub path: &'static str,
    body: fn(&str) -> Value,
}

impl PartialEq for Wire {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The APIs, the usual one first.
pub static WIRES: &[Wire] = &[
    Wire {
        name: "openai",
        path: "/v1/chat/completions",
        body: |text| json!({"model": "replay", "max_tokens": 1, "messages": [{"role": "user", "content": text}]}),
    },
    Wire {
        name: "completions",
        path: "/v1/completions",
        body: |text| json!({"model": "replay", "max_tokens": 1, "prompt": text}),
    },
    Wire {
        name: "responses",
        path: "/v1/responses",
        body: |text| json!({"model": "replay", "max_output_tokens": 16, "input": text}),
    },
    Wire {
        name: "anthropic",
        path: "/v1/messages",
        body: |text| json!({"model": "replay", "max_tokens": 1, "messages": [{"role": "user", "content": text}]}),
    },
    Wire {
        name: "gemini",
        path: "/v1beta/models/replay:generateContent",
        body: |text| json!({"contents": [{"role": "user", "parts": [{"text": text}]}]}),
    },
    Wire {
        name: "ollama",
        path: "/api/chat",
        body: |text| json!({"model": "replay", "stream": false, "messages": [{"role": "user", "content": text}]}),
    },
];

impl Wire {
    /// The API of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        WIRES.iter().find(|wire| wire.name == name).copied()
    }

    /// The body that carries `text`.
    pub fn body(&self, text: &str) -> String {
        (self.body)(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_carries_the_text_and_is_found_by_name() {
        for wire in WIRES {
            assert!(wire.body("bake \"bread\"").contains(r#""bake \"bread\"""#), "{}", wire.name);
            assert_eq!(Wire::from_name(wire.name), Some(*wire));
        }
        assert_eq!(Wire::from_name("telegraph"), None);
    }
}
