//! Why a decision fell: rules, steps, places and hashes. What a caller wrote is left out unless the operator asked.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::judge::decide::Decision;
use crate::request::Request;
use crate::screen::Screening;

/// Steps and places kept.
const MOST: usize = 32;
/// Words of steps that are ours; every other word of a step may be a caller's.
const STEP_WORDS: &[&str] = &[
    "append",
    "push",
    "prepend",
    "insert",
    "assign",
    "add",
    "items",
    "value",
    "name",
    "of",
    "on",
    "joined",
    "with",
    "blanks",
    "reversed",
    "pieces",
    "character",
    "codes",
    "split",
    "to",
    "characters",
    "literal",
    "prose",
    "comment",
    "docstring",
    "string",
    "text",
    "code",
    "list",
    "concat",
    "argument",
    "write",
    "send",
    "python",
    "javascript",
    "typescript",
    "java",
    "cpp",
    "c",
    "csharp",
    "go",
    "rust",
    "ruby",
    "php",
    "bash",
    "sql",
    "kotlin",
    "swift",
    "scala",
    "haskell",
    "julia",
    "lua",
    "perl",
    "powershell",
    "r",
    "base64",
    "base32",
    "base85",
    "hex",
    "rot13",
    "rot",
    "url",
    "html",
    "unicode",
    "escapes",
    "escape",
    "gzip",
    "zlib",
    "morse",
    "binary",
    "leet",
    "reversal",
    "source",
    "order",
    "last",
    "first",
    "in",
    "by",
    "the",
    "replace",
    "slice",
    "format",
    "concatenated",
    "words",
    "tree",
    "walk",
    "sorted",
    "index",
    "placed",
    "identifier",
    "trimmed",
    "sliced",
    "encoded",
    "rotated",
    "each",
    "changed",
    "filtered",
    "flattened",
    "zipped",
    "keys",
    "values",
    "without",
    "doubles",
    "cut",
    "into",
    "chunks",
    "nothing",
    "line",
    "lines",
    "breaks",
    "a",
    "separator",
    "printed",
    "put",
    "together",
    "table",
    "number",
    "numbers",
    "several",
    "all",
    "literals",
    "upper",
    "lower",
    "case",
    "replaced",
    "translated",
    "padded",
    "formatted",
    "interleaved",
    "halves",
    "position",
    "written",
    "matched",
    "front",
    "piece",
    "asks",
    "from",
    "word",
    "that",
    "brackets",
    "call",
    "row",
    "names",
    "placeholders",
    "filled",
    "xor",
    "its",
    "give",
    "away",
    "shifted",
    "key",
];
/// Segments of a pointer that are the APIs' own; others are a caller's keys.
const POINTER_WORDS: &[&str] = &[
    "stored",
    "messages",
    "content",
    "text",
    "input",
    "instructions",
    "system",
    "prompt",
    "contents",
    "parts",
    "tools",
    "function",
    "arguments",
    "parameters",
    "description",
    "tool_calls",
    "systemInstruction",
    "system_instruction",
    "properties",
    "name",
    "metadata",
    "model",
    "role",
    "type",
    "output",
    "thinking",
    "source",
    "data",
    "image_url",
    "url",
    "suffix",
    "input_schema",
    "response_format",
    "json_schema",
    "schema",
    "documents",
    "query",
    "choices",
    "message",
    "refusal",
    "id",
    "user",
];

/// What a decision rests on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Every rule that matched the text that decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The steps that led to the text, first step first. A caller's own names stand as `…`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
    /// Where it lies in the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Place>,
    /// SHA-256 of the body as screened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_sha256: Option<String>,
    /// SHA-256 of the text that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_sha256: Option<String>,
    /// The text itself, redacted and shortened, if the operator asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A string of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its JSON pointer; keys of a caller's own stand as `…`.
    pub pointer: String,
    /// Its bytes in the body.
    pub bytes: Range<usize>,
}

impl Evidence {
    /// The evidence for a decision. `kept` is how many characters of the text an audit log keeps; without a log there are
    /// no hashes, which cost more than all the rest.
    pub(crate) fn of(request: &Request, found: &Screening, decision: &Decision, kept: Option<usize>) -> Self {
        let hash = |bytes: &[u8]| kept.map(|_| hash(bytes));
        let mut evidence = Evidence { body_sha256: hash(&request.body), ..Evidence::default() };
        let Some(at) = decision.candidate else { return evidence };
        if let Some(verdict) = found.verdicts.iter().find(|verdict| verdict.candidate == at) {
            evidence.rules = verdict.rules.iter().take(MOST).map(|hit| hit.id.to_string()).collect();
        }
        let Some(candidate) = found.candidates.get(at) else { return evidence };
        evidence.via = candidate.via.iter().take(MOST).map(|step| plain_step(step)).collect();
        let spans = candidate.spans.iter().filter_map(|id| request.spans.get(id.0 as usize));
        let place = |span: &crate::request::span::TextSpan| Place {
            pointer: plain_step(&span.pointer),
            bytes: span.bytes.clone(),
        };
        evidence.spans = spans.take(MOST).map(place).collect();
        evidence.text_sha256 = hash(candidate.text.as_bytes());
        evidence.text = kept.filter(|most| *most > 0).map(|most| redacted(&candidate.text, most));
        evidence
    }
}

fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// A step without what a caller named.
fn plain_step(step: &str) -> String {
    let keep = |word: &str, known: &[&str]| {
        let number = word.chars().all(|c| !c.is_alphabetic()) && word.len() <= 12;
        if number || known.contains(&word) { word.to_owned() } else { "…".to_owned() }
    };
    if let Some(pointer) = step.strip_prefix('/') {
        let segments: Vec<String> =
            pointer.split('/').take(MOST).map(|part| keep(part, POINTER_WORDS)).collect();
        return format!("/{}", segments.join("/"));
    }
    let words: Vec<String> = step
        .split(' ')
        .take(MOST)
        .map(|word| {
            let bare = word.trim_end_matches([',', ';']);
            keep(bare, STEP_WORDS) + &word[bare.len()..]
        })
        .collect();
    words.join(" ")
}

/// At most `most` characters of a text, what looks like an address, a number of somebody or a secret masked.
pub fn redacted(text: &str, most: usize) -> String {
    let secret = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+/=:".contains(c));
        digits >= 6 || (word.contains('@') && word.contains('.')) || (word.len() >= 24 && plain && digits > 0)
    };
    let mask = |word: &str| if secret(word) { "[redacted]".to_owned() } else { word.to_owned() };
    let masked: Vec<String> = text.split_whitespace().map(mask).collect();
    masked.join(" ").chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_no_name_of_a_callers() {
        for (step, want) in [
            ("/messages/0/content/1/text", "/messages/0/content/1/text"),
            (
                "/tools/0/function/parameters/properties/my_secret",
                "/tools/0/function/parameters/properties/…",
            ),
            ("append × 7", "append × 7"),
            ("items of my_secret", "items of …"),
            ("joined with \" \"", "joined with \" \""),
            ("push × 3 on bread", "push × 3 on …"),
            ("my_secret", "…"),
            ("", ""),
        ] {
            assert_eq!(plain_step(step), want);
        }
    }

    #[test]
    fn a_kept_text_is_short_and_without_secrets() {
        let text =
            "write to me@bakery.example or 0123 456789 with key sk-a1b2c3d4e5f6g7h8i9j0k1l2 about bread";
        assert_eq!(
            redacted(text, 200),
            "write to [redacted] or 0123 [redacted] with key [redacted] about bread"
        );
        assert_eq!(redacted(&"bread ".repeat(100), 11), "bread bread");
    }
}
