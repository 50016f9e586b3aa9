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

/// What becomes of a request that carries something unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnread {
    /// Passed on, counted as unscreened.
    Forward,
    /// Refused.
    Block,
}

/// A policy per kind. `Default` passes on what ordinary clients send and refuses prompts in a form nobody can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadPolicy {
    /// Pictures.
    pub image: OnUnread,
    /// Recordings.
    pub audio: OnUnread,
    /// Documents and other files.
    pub file: OnUnread,
    /// Prompts given as token ids or tensors.
    pub tokens: OnUnread,
    /// State kept at the API.
    pub state: OnUnread,
    /// Blobs the API sealed itself.
    pub sealed: OnUnread,
}

impl Default for UnreadPolicy {
    fn default() -> Self {
        UnreadPolicy {
            image: OnUnread::Forward,
            audio: OnUnread::Forward,
            file: OnUnread::Forward,
            tokens: OnUnread::Block,
            state: OnUnread::Forward,
            sealed: OnUnread::Forward,
        }
    }
}

impl UnreadPolicy {
    /// What becomes of a request with this kind.
    pub fn of(&self, kind: UnreadKind) -> OnUnread {
        match kind {
            UnreadKind::Image => self.image,
            UnreadKind::Audio => self.audio,
            UnreadKind::File => self.file,
            UnreadKind::Tokens => self.tokens,
            UnreadKind::State => self.state,
            UnreadKind::Sealed => self.sealed,
        }
    }
}
