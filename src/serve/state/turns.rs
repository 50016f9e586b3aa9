//! Which stored conversations a request goes on, and its texts as they are kept and read again.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::request::Request;
use crate::request::span::{Role, Slot, SpanId, TextSpan};
use crate::request::unread::{Unread, UnreadKind};

/// What a request says of stored conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::serve) struct Stored {
    /// Those it goes on.
    pub(in crate::serve) continues: Vec<String>,
    /// The one it adds to, if its own name is known before its answer.
    pub(in crate::serve) appends: Option<String>,
    /// Whether its answer is stored under a name that the API gives it.
    pub(in crate::serve) makes: bool,
}

/// Fields that name one, and whether the request is added to it.
const FIELDS: &[(&str, bool)] = &[
    ("/previous_response_id", false),
    ("/conversation", true),
    ("/conversation/id", true),
    ("/conversation_id", true),
];

/// Ends of paths whose answers name what they stored.
const MAKERS: &[&str] = &["/responses", "/conversations", "/threads", "/threads/runs"];

/// Parts of a path before the name of what is added to.
const HOLDERS: &[&str] = &["conversations", "threads"];

/// Whether answers of this path name what they stored.
pub(in crate::serve) fn makes_names(path: &str) -> bool {
    MAKERS.iter().any(|end| path.ends_with(end))
}

impl Stored {
    /// What this request, sent to this path, says.
    pub(in crate::serve) fn of(path: &str, request: &Request) -> Self {
        let mut out = Stored { makes: makes_names(path), ..Stored::default() };
        let segments: Vec<&str> = path.split('/').collect();
        let holder = segments.windows(2).find(|pair| HOLDERS.contains(&pair[0]) && pair[1] != "runs");
        if let Some([_, name]) = holder {
            out.name((*name).to_owned(), true);
        }
        for part in request.unread.iter().filter(|part| part.kind == UnreadKind::State) {
            if let (Some(appends), Some(name)) = (appends(part), named(request, part)) {
                out.name(name, appends);
            }
        }
        out
    }

    fn name(&mut self, name: String, appends: bool) {
        if appends {
            self.appends = Some(name.clone());
        }
        if !self.continues.contains(&name) {
            self.continues.push(name);
        }
    }

    /// Whether there is anything to look up or to keep.
    pub(in crate::serve) fn is_any(&self) -> bool {
        self.makes || !self.continues.is_empty()
    }
}

/// Whether the request is added to the conversation that this part names; none if it names none.
fn appends(part: &Unread) -> Option<bool> {
    // Of a body of its own, or of an event among others.
    let event = part.pointer.trim_start_matches('/').trim_start_matches(|c: char| c.is_ascii_digit());
    let inner = event.strip_prefix("/response").filter(|rest| rest.starts_with('/')).unwrap_or(event);
    let is = |pointer: &str| part.pointer == pointer || inner == pointer;
    FIELDS.iter().find(|(pointer, _)| is(pointer)).map(|(_, appends)| *appends)
}

/// The name in a field.
fn named(request: &Request, part: &Unread) -> Option<String> {
    serde_json::from_slice(request.body.get(part.bytes.clone())?).ok()
}

/// One text of a turn.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    role: String,
    text: String,
}

/// A request's own texts as they are kept: what people, tools and the model said, not how the request is built.
pub(in crate::serve) fn said(request: &Request) -> Bytes {
    let spoken = |span: &&TextSpan| {
        matches!(span.slot, Slot::Content | Slot::Arguments | Slot::Other) && !span.text.trim().is_empty()
    };
    let kept: Vec<Said> = request
        .spans
        .iter()
        .filter(spoken)
        .map(|span| Said { role: word(span.role).to_owned(), text: span.text.clone() })
        .collect();
    if kept.is_empty() {
        return Bytes::new();
    }
    serde_json::to_vec(&kept).unwrap_or_default().into()
}

/// Puts kept turns before a request's own, and takes the names that led to them off what was not read.
pub(in crate::serve) fn join(request: &mut Request, turns: &[Bytes]) {
    let mut spans = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        // A turn that cannot be read was not written here.
        let said: Vec<Said> = serde_json::from_slice(turn).unwrap_or_default();
        for (index, one) in said.into_iter().enumerate() {
            spans.push(TextSpan {
                id: SpanId(0),
                pointer: format!("/stored/{at}/{index}"),
                bytes: 0..0,
                role: role(&one.role),
                slot: Slot::Content,
                turn: u32::try_from(at).unwrap_or(u32::MAX),
                text: one.text,
            });
        }
    }
    let shift = u32::try_from(turns.len()).unwrap_or(u32::MAX);
    for mut span in request.spans.drain(..) {
        span.turn = span.turn.saturating_add(shift);
        spans.push(span);
    }
    for (at, span) in (0..).zip(&mut spans) {
        span.id = SpanId(at);
    }
    request.spans = spans;
    request.unread.retain(|part| part.kind != UnreadKind::State || appends(part).is_none());
}

const ROLES: [(Role, &str); 5] = [
    (Role::System, "system"),
    (Role::User, "user"),
    (Role::Assistant, "assistant"),
    (Role::Tool, "tool"),
    (Role::Unlabelled, "unlabelled"),
];

fn word(role: Role) -> &'static str {
    ROLES.iter().find(|(known, _)| *known == role).map_or("unlabelled", |(_, word)| word)
}

fn role(written: &str) -> Role {
    ROLES.iter().find(|(_, word)| *word == written).map_or(Role::Unlabelled, |(role, _)| *role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::dialect::{ReadLimits, dialect_for_path, read};

    fn request(path: &str, body: &str) -> Request {
        read(dialect_for_path(path), Bytes::copy_from_slice(body.as_bytes()), &ReadLimits::default()).unwrap()
    }

    #[test]
    fn names_are_found_in_bodies_and_paths() {
        let of = |path: &str, body: &str| {
            let found = Stored::of(path, &request(path, body));
            (found.continues, found.appends, found.makes)
        };
        let one = |name: &str| vec![name.to_owned()];
        let responses = "/v1/responses";
        assert_eq!(
            of(responses, r#"{"input":"x","previous_response_id":"resp_1"}"#),
            (one("resp_1"), None, true)
        );
        for body in
            [r#"{"input":"x","conversation":"conv_1"}"#, r#"{"input":"x","conversation":{"id":"conv_1"}}"#]
        {
            assert_eq!(of(responses, body), (one("conv_1"), Some("conv_1".into()), true), "{body}");
        }
        let items = of(
            "/v1/conversations/conv_2/items",
            r#"{"items":[{"type":"message","role":"user","content":"x"}]}"#,
        );
        assert_eq!(items, (one("conv_2"), Some("conv_2".into()), false));
        let thread = of("/v1/threads/thread_1/messages", r#"{"role":"user","content":"x"}"#);
        assert_eq!(thread, (one("thread_1"), Some("thread_1".into()), false));
        assert_eq!(of("/v1/threads/runs", r#"{"assistant_id":"a"}"#), (Vec::new(), None, true));
        assert_eq!(of("/v1/chat/completions", r#"{"messages":[]}"#), (Vec::new(), None, false));
    }

    #[test]
    fn kept_turns_stand_before_the_requests_own() {
        let first = request("/v1/responses", r#"{"model":"m","input":"bake"}"#);
        let mut second =
            request("/v1/responses", r#"{"model":"m","input":"bread","previous_response_id":"r"}"#);
        let (body, own) = (second.body.clone(), second.spans.len());
        assert_eq!(second.unread.len(), 1);
        join(&mut second, &[said(&first)]);
        assert_eq!((second.spans[0].text.as_str(), second.spans[0].role), ("bake", Role::User));
        assert_eq!((second.spans.len(), second.unread.len(), second.body), (own + 1, 0, body));
        assert!(second.spans.iter().enumerate().all(|(at, span)| span.id.0 as usize == at));
        assert!(second.spans.iter().any(|span| span.text == "bread" && span.turn == 1));
    }
}
