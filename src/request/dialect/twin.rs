//! Keys that only look different: `Messages` and `meſſages` are `messages` to a Go upstream.

/// Whether `key` is `field` (which is ASCII) in other letters: Unicode full case folding, by way of upper and lower case.
pub(super) fn is_twin(key: &str, field: &str) -> bool {
    if key.is_ascii() {
        return key != field && key.eq_ignore_ascii_case(field);
    }
    folded(key).eq(folded(field))
}

fn folded(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
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
            ("systeminstruction", "systemInstruction"),
        ] {
            assert!(is_twin(key, field), "{key}");
        }
        assert!(!is_twin("messages", "messages"));
        assert!(!is_twin("Message", "messages"));
        assert!(!is_twin("system_instruction", "systemInstruction"));
    }
}
