//! Keys that only look different: `Messages` and `meſſages` are `messages` to a Go upstream.

/// Whether `key` is `field` in other letters (Unicode full case folding, by way of upper and lower case).
pub(super) fn is_twin(key: &str, field: &str) -> bool {
    key != field && key.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).eq(field.chars())
}

/// Whether `key` could be a twin of any field at all: fields are short ASCII in lower case.
pub(super) fn is_suspect(key: &str) -> bool {
    key.len() <= 128 && key.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_are_seen_and_strangers_left_alone() {
        for (key, field) in [
            ("Messages", "messages"),
            ("meſſages", "messages"),
            ("to\u{212A}ens", "tokens"),
            ("preﬁx", "prefix"),
        ] {
            assert!(is_suspect(key) && is_twin(key, field), "{key}");
        }
        assert!(!is_twin("messages", "messages"));
        assert!(!is_twin("Message", "messages"));
        assert!(!is_suspect("max_tokens"));
    }
}
