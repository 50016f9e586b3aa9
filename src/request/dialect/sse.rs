//! Server-sent events (WHATWG HTML, section 9.2), as far as a refusal needs them.

use serde_json::Value;

/// One event: `data` on one line (JSON has no raw line breaks), under `name` if the API names its events.
pub(super) fn event(name: Option<&str>, data: &Value) -> String {
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}
