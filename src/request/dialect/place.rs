//! Where in a request a value stands: the few positions all chat APIs share, and the table rows that lead to them.

use super::json::Bracket;
use crate::request::span::Role;
use crate::request::span::Slot;
use crate::request::unread::UnreadKind;

/// A position in the body. What a dialect's table does not name is `Deep(Slot::Other)`: screened all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The body itself.
    Root,
    /// The list of messages, and one of them.
    Turns,
    Turn,
    /// Message content: a string, or a list of strings and parts.
    Content,
    /// One part of a content list (a content block).
    Part,
    /// The list of tool calls, one call, and the function it names.
    Calls,
    Call,
    Function,
    /// A picture, recording or document: an object that says where its bytes are, or a string.
    Media(UnreadKind),
    /// The same in APIs where such bytes always come in base64.
    Blob(UnreadKind),
    /// The base64 within; `false`: only if its object declares itself base64, which may come later.
    Payload(UnreadKind, bool),
    /// A string that names something kept elsewhere: a URL or an id. `data:` URLs hold it themselves.
    Reference(UnreadKind),
    /// A signed or encrypted blob of the API's own.
    Sealed,
    /// Text that may also come as token ids.
    Tokens,
    /// The same, or a list of items that are messages, calls and results of tools.
    Items,
    /// The id of an item: where an item has nothing else, it stands for one the API keeps.
    ItemId,
    /// A position one dialect has for itself; its items stand at the same.
    Named(&'static str),
    /// The fields that steer the reading itself.
    Speaker,
    Kind,
    Model,
    Stream,
    /// Everything below has this slot.
    Deep(Slot),
}

/// One row of a dialect's table: the field `key` at `at` leads to `to`, and who speaks there if that is fixed.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) at: Place,
    pub(super) key: &'static str,
    pub(super) to: Place,
    pub(super) role: Option<Role>,
}

/// A row whose speaker is the message's.
pub(super) const fn field(at: Place, key: &'static str, to: Place) -> Field {
    Field { at, key, to, role: None }
}

impl Field {
    /// The same row, always spoken by `role`.
    pub(super) const fn by(self, role: Role) -> Field {
        Field { role: Some(role), ..self }
    }
}

impl Place {
    /// The place a container at this place really is: a list where an object was due is unknown ground.
    pub(super) fn opened(self, bracket: Bracket) -> Place {
        match (self, bracket) {
            (Place::Content | Place::Tokens, Bracket::Object) => Place::Part,
            (Place::Items | Place::Turns, Bracket::Object) => Place::Turn,
            (Place::Tokens | Place::Content | Place::Items, Bracket::Array) => self,
            (Place::Turns | Place::Calls | Place::Root | Place::Payload(_, true), Bracket::Array) => self,
            (Place::Turn | Place::Part | Place::Call | Place::Function | Place::Root, Bracket::Object) => {
                self
            }
            (Place::Media(_) | Place::Blob(_), Bracket::Object) => self,
            (Place::Reference(kind), Bracket::Object) => Place::Media(kind),
            (Place::Named(_), _) => self,
            (Place::Deep(slot), _) => Place::Deep(slot),
            _ => Place::Deep(Slot::Other),
        }
    }

    /// The place of the items of a list at this place.
    pub(super) fn item(self) -> Place {
        match self {
            Place::Turns => Place::Turn,
            Place::Calls => Place::Call,
            Place::Content | Place::Tokens | Place::Items | Place::Named(_) | Place::Deep(_) => self,
            Place::Root | Place::Payload(_, true) => self,
            _ => Place::Deep(Slot::Other),
        }
    }

    /// The slot of a string at this place. Tags are protocol only while they look like tags: see [`is_tag`].
    pub(super) fn slot(self, text: &str) -> Slot {
        let slot = match self {
            Place::Content | Place::Tokens | Place::Items | Place::Part | Place::Turn => Slot::Content,
            Place::Speaker | Place::Kind | Place::Model | Place::ItemId => Slot::Protocol,
            Place::Payload(..) | Place::Media(_) => Slot::Content,
            Place::Deep(slot) => slot,
            Place::Sealed if is_sealed(text) => return Slot::Protocol,
            _ => Slot::Other,
        };
        match slot {
            Slot::Protocol if !is_tag(text) => Slot::Other,
            _ => slot,
        }
    }
}

/// Longest text that counts as a tag.
const TAG_BYTES: usize = 96;

/// Whether `text` looks like a type tag, an id or a model name: short, no white space. Anything else in such a field
/// is text somebody put there to be read.
fn is_tag(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    text.len() <= TAG_BYTES && text.bytes().all(plain)
}

/// Whether `text` looks like a signature or ciphertext: long, one word of base64.
pub(super) fn is_sealed(text: &str) -> bool {
    text.len() >= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte))
}

/// Where the member `key` of a media object leads; the same in all dialects.
pub(super) fn media_member(kind: UnreadKind, key: &str) -> Place {
    match key {
        "type" => Place::Kind,
        // Audio is base64 by contract; elsewhere the object has to say so, or it is text.
        "data" => Place::Payload(kind, kind == UnreadKind::Audio),
        "file_data" => Place::Payload(kind, true),
        "url" | "id" | "file_id" => Place::Reference(kind),
        "content" => Place::Content,
        "media_type" | "format" | "detail" => Place::Deep(Slot::Protocol),
        _ => Place::Deep(Slot::Other),
    }
}

/// The same where bytes are base64 by contract.
pub(super) fn blob_member(kind: UnreadKind, key: &str) -> Place {
    match key {
        "data" | "bytes" => Place::Payload(kind, true),
        "source" => Place::Blob(kind),
        "fileUri" | "file_uri" | "uri" | "s3Location" => Place::Reference(kind),
        "mimeType" | "mime_type" => Place::Deep(Slot::Protocol),
        "text" => Place::Content,
        _ => media_member(kind, key),
    }
}

/// The types JSON Schema and the APIs use for `type` in definitions; any other value there is text.
pub(super) fn is_schema_type(text: &str) -> bool {
    const TYPES: &[&str] = &[
        "string",
        "number",
        "integer",
        "boolean",
        "object",
        "array",
        "null",
        "function",
        "custom",
        "json_schema",
        "json_object",
        "text",
    ];
    TYPES.contains(&text)
}

/// Who a message's `role` says is speaking; `None` for a role no API documents.
pub(super) fn speaker(role: &str) -> Option<Role> {
    match role.to_ascii_lowercase().as_str() {
        "system" | "developer" => Some(Role::System),
        "user" => Some(Role::User),
        "assistant" | "model" | "chatbot" | "ipython" => Some(Role::Assistant),
        "tool" | "function" => Some(Role::Tool),
        _ => None,
    }
}

/// Who speaks in a content block or item of this type, whoever sent the message.
pub(super) fn speaker_of_type(kind: &str) -> Option<Role> {
    match kind {
        "web_search_result" | "web_fetch_result" => Some(Role::Tool),
        _ if kind.ends_with("tool_result") || kind.ends_with("_call_output") => Some(Role::Tool),
        "reasoning" => Some(Role::Assistant),
        _ if kind.ends_with("_call") => Some(Role::Assistant),
        _ => None,
    }
}
