//! What a request carries that is no text: it is named and counted, so that policy can decide about it.

use std::ops::Range;

/// What kind of content was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnreadKind {
    /// A picture.
    Image,
    /// A recording.
    Audio,
    /// A document or other file that is not text.
    File,
    /// A prompt given as token ids.
    Tokens,
    /// State the API keeps: an earlier answer, a container, a conversation.
    State,
    /// A signed or encrypted blob the API made itself.
    Sealed,
}

impl UnreadKind {
    /// All kinds, for tables and metrics.
    pub const ALL: &'static [UnreadKind] = &[
        UnreadKind::Image,
        UnreadKind::Audio,
        UnreadKind::File,
        UnreadKind::Tokens,
        UnreadKind::State,
        UnreadKind::Sealed,
    ];

    /// The stable `snake_case` name, as used in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            UnreadKind::Image => "image",
            UnreadKind::Audio => "audio",
            UnreadKind::File => "file",
            UnreadKind::Tokens => "tokens",
            UnreadKind::State => "state",
            UnreadKind::Sealed => "sealed",
        }
    }
}

/// One piece of a request that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// RFC 6901 pointer of the value.
    pub pointer: String,
    /// What it is.
    pub kind: UnreadKind,
    /// Byte range in the body.
    pub bytes: Range<usize>,
}
