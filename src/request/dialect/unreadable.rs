//! Why a body is refused before it is judged: what was found, where, and what the caller can do about it.

/// A body that has no reading, or more than one. Never quotes the body: it goes to logs and back to the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} at byte {at} (line {line}); {}", fault.what(), fault.remedy())]
pub struct Unreadable {
    fault: Fault,
    at: usize,
    line: usize,
}

impl Unreadable {
    pub(super) fn new(fault: Fault, body: &[u8], at: usize) -> Self {
        let before = body.get(..at).unwrap_or(body);
        let line = memchr::memchr_iter(b'\n', before).count().saturating_add(1);
        Unreadable { fault, at, line }
    }

    /// The stable reason code, `snake_case`: a metric label and part of the answer.
    pub fn code(&self) -> &'static str {
        self.fault.row().code
    }

    /// The HTTP status to answer with: 400, or 413 for what is too large.
    pub fn status(&self) -> u16 {
        self.fault.row().status
    }

    /// Byte offset into the body (after decompression) at which the reader stopped.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Line of that byte, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

/// Everything the strict reader refuses. Each is either no JSON (RFC 8259) or JSON that common upstreams read
/// differently from each other, which would let the judged text and the answered text differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Empty,
    TooLargeBody,
    Bom,
    Utf16,
    InvalidUtf8,
    NotJson,
    NotObject,
    Truncated,
    TrailingBytes,
    TrailingComma,
    Comment,
    Nan,
    BadNumber,
    NumberRange,
    ControlCharacter,
    BadEscape,
    LoneSurrogate,
    DuplicateKey,
    AmbiguousKey,
    TooDeep,
    TooManyNodes,
    TooLargeText,
    Form,
    FormField,
}

/// One fault in words.
pub(super) struct Row {
    pub(super) code: &'static str,
    pub(super) status: u16,
    what: &'static str,
    remedy: &'static str,
}

const fn row(code: &'static str, status: u16, what: &'static str, remedy: &'static str) -> Row {
    Row { code, status, what, remedy }
}

impl Fault {
    #[cfg(test)]
    pub(super) const ALL: &'static [Fault] = &[
        Fault::Empty,
        Fault::TooLargeBody,
        Fault::Bom,
        Fault::Utf16,
        Fault::InvalidUtf8,
        Fault::NotJson,
        Fault::NotObject,
        Fault::Truncated,
        Fault::TrailingBytes,
        Fault::TrailingComma,
        Fault::Comment,
        Fault::Nan,
        Fault::BadNumber,
        Fault::NumberRange,
        Fault::ControlCharacter,
        Fault::BadEscape,
        Fault::LoneSurrogate,
        Fault::DuplicateKey,
        Fault::AmbiguousKey,
        Fault::TooDeep,
        Fault::TooManyNodes,
        Fault::TooLargeText,
        Fault::Form,
        Fault::FormField,
    ];

    fn what(self) -> &'static str {
        self.row().what
    }

    fn remedy(self) -> &'static str {
        self.row().remedy
    }

    pub(super) const fn row(self) -> Row {
        match self {
            Fault::Empty => row("empty", 400, "the body is empty", "send one JSON object"),
            Fault::TooLargeBody => {
                row("too_large_body", 413, "the body is larger than the limit", "send a smaller request")
            }
            Fault::Bom => row("bom", 400, "the body starts with a byte order mark", "send UTF-8 without one"),
            Fault::Utf16 => row("utf16", 400, "the body looks like UTF-16 or UTF-32", "send it as UTF-8"),
            Fault::InvalidUtf8 => row("invalid_utf8", 400, "invalid UTF-8", "encode the body as UTF-8"),
            Fault::NotJson => row("not_json", 400, "not JSON", "send strict JSON (RFC 8259)"),
            Fault::NotObject => row("not_object", 400, "the body is no JSON object", "send one JSON object"),
            Fault::Truncated => row("truncated", 400, "the JSON ends too early", "send the whole document"),
            Fault::TrailingBytes => row(
                "trailing_bytes",
                400,
                "bytes after the JSON document",
                "send one document and nothing after it",
            ),
            Fault::TrailingComma => {
                row("trailing_comma", 400, "a comma before a closing bracket", "remove it")
            }
            Fault::Comment => row("comment", 400, "a comment", "JSON has no comments; remove it"),
            Fault::Nan => row("nan", 400, "NaN or Infinity", "send a finite number or null"),
            Fault::BadNumber => {
                row("bad_number", 400, "a malformed number", "write it as RFC 8259 section 6 has it")
            }
            Fault::NumberRange => row(
                "number_range",
                400,
                "a number too large for a double",
                "send a smaller number or a string",
            ),
            Fault::ControlCharacter => {
                row("control_character", 400, "a raw control character in a string", "escape it (\\u00XX)")
            }
            Fault::BadEscape => {
                row("bad_escape", 400, "an unknown escape in a string", "escape as RFC 8259 has it")
            }
            Fault::LoneSurrogate => {
                row("lone_surrogate", 400, "an unpaired surrogate escape", "send both halves, or U+FFFD")
            }
            Fault::DuplicateKey => {
                row("duplicate_key", 400, "a key that its object already has", "send each key once")
            }
            Fault::AmbiguousKey => row(
                "ambiguous_key",
                400,
                "a key that is a known field in other letters",
                "spell the field as the API does, in lower case",
            ),
            Fault::TooDeep => row("too_deep", 400, "nested deeper than the limit", "nest less deeply"),
            Fault::TooManyNodes => {
                row("too_many_nodes", 413, "more values and keys than the limit", "send a smaller request")
            }
            Fault::TooLargeText => {
                row("too_large_text", 413, "more text than the limit", "send less text, or split the request")
            }
            Fault::Form => row(
                "bad_form",
                400,
                "a form that servers split differently",
                "write multipart/form-data as RFC 7578 says: CRLF line ends, every part closed, no text around them",
            ),
            Fault::FormField => row(
                "bad_form_field",
                400,
                "a form part whose head servers read differently",
                "give each part one Content-Disposition with a plain name (and file name), at most a Content-Type, and each name once",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_own_code_and_says_what_to_do() {
        let mut codes = std::collections::BTreeSet::new();
        for &fault in Fault::ALL {
            let row = fault.row();
            assert!(codes.insert(row.code), "{} twice", row.code);
            assert!(row.status == 400 || row.status == 413);
            assert!(!row.what.is_empty() && !row.remedy.is_empty());
        }
        assert_eq!(codes.len(), 24);
    }

    #[test]
    fn it_names_the_byte_and_the_line() {
        let error = Unreadable::new(Fault::Comment, b"{\n\n // x\n}", 4);
        assert_eq!((error.offset(), error.line(), error.status()), (4, 3, 400));
        assert!(error.to_string().starts_with("a comment at byte 4 (line 3);"), "{error}");
    }
}
