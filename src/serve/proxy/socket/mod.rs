//! WebSockets: an ordinary request opens one, and from then on every message of the caller's is judged like a body, with
//! all it said before, and only then sent on. The model's messages pass as they are.

mod conversation;
mod memory;
mod naming;
mod tunnel;

use std::sync::Arc;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode, Version};
use hyper::body::{Body, Incoming};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use self::conversation::Conversation;
use super::answer::{Caller, Refused, whole};
use super::connection::Passage;
use super::exchange::on_record;
use super::judging::Asked;
use super::upstream::{Dialled, Outbound};
use super::{Outgoing, Proxy};
use crate::judge::decide::{Cleared, Outcome, ScreeningOff};
use crate::request::dialect::Found;
use crate::serve::audit::{Entry, clean_name};
use crate::serve::policy::key_of;

/// Opens a WebSocket to the upstream and agrees to the caller's.
///
/// # Errors
/// A refusal of a handshake that is none, and what an upstream that cannot be reached leads to.
pub(super) async fn open(
    proxy: &Arc<Proxy>,
    parts: &Parts,
    body: &Incoming,
    mut found: Found,
    caller: &mut Caller,
    entry: &mut Entry,
) -> Result<Response<Outgoing>, Refused> {
    let accept = accept(parts, body)?;
    let query = caller.target.query.as_deref().unwrap_or_default();
    found.model = found.model.or_else(|| model_of(query));
    caller.model.clone_from(&found.model);
    let key = key_of(&parts.headers, caller.target.query.as_deref());
    if key.is_err() && proxy.current.now().rulings().look_at_keys() {
        return Err(Refused::malformed(400, "two_keys", "the request carries two different keys"));
    }
    entry.record.outcome = Outcome::Forward.name();
    entry.record.model = found.model.as_deref().map(clean_name);
    entry.metrics().unscreened("no_body");
    on_record(entry).await?;
    let asked = Asked { model: found.model.clone(), stream: true, ..Asked::default() };
    let outbound = Outbound {
        method: &parts.method,
        target: &caller.target,
        fields: &parts.headers,
        media: None,
        dialect: caller.dialect,
        asked: &asked,
    };
    let cleared = Cleared::by_route_policy(bytes::Bytes::new(), ScreeningOff::NoBody);
    let (peer, fields) = match proxy.forwarder.dial(outbound, cleared, entry).await? {
        Dialled::Declined(answer) => return Ok(*answer),
        Dialled::Open(peer, fields) => (peer, fields),
    };
    let Some(upgrade) = parts.extensions.get::<OnUpgrade>().cloned() else {
        return Err(no_socket("the connection cannot become a WebSocket"));
    };
    let talk = Conversation::new(Arc::clone(proxy), caller, found, key.unwrap_or_default());
    let open = entry.stay_open();
    let passage = Passage::new(Box::new(move |stop| {
        Box::pin(async move {
            let _open = open;
            // A caller who left before the answer was out has no connection to talk over.
            if let Ok(upgraded) = upgrade.await {
                tunnel::run(talk, TokioIo::new(upgraded), peer, stop).await;
            }
        })
    }));
    Ok(agreement(accept, fields, passage))
}

/// The answer that turns the connection into a WebSocket.
fn agreement(accept: HeaderValue, mut fields: HeaderMap, passage: Passage) -> Response<Outgoing> {
    let mut response = Response::new(whole(bytes::Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    fields.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    fields.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    fields.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    *response.headers_mut() = fields;
    response.extensions_mut().insert(passage);
    response
}

fn no_socket(message: &'static str) -> Refused {
    Refused::malformed(426, "websocket", message)
}

/// Checks the caller's side of the handshake (RFC 6455 section 4.2.1) and gives what agrees to it.
fn accept(parts: &Parts, body: &Incoming) -> Result<HeaderValue, Refused> {
    let fields = &parts.headers;
    if parts.version != Version::HTTP_11 || !fields.contains_key(header::UPGRADE) {
        return Err(no_socket("this path is a WebSocket: ask for one, over HTTP/1.1"));
    }
    let bad = |message| Err(Refused::malformed(400, "websocket", message));
    let has = |name: HeaderName, value: &str| {
        let all = fields.get_all(name).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        all.map(<[u8]>::trim_ascii).any(|token| token.eq_ignore_ascii_case(value.as_bytes()))
    };
    if !has(header::UPGRADE, "websocket") || !has(header::CONNECTION, "upgrade") {
        return bad("the handshake names no upgrade to a WebSocket");
    }
    if !body.is_end_stream() {
        return bad("the handshake of a WebSocket has no body");
    }
    if !has(header::SEC_WEBSOCKET_VERSION, "13") {
        return bad("the version of the WebSocket must be 13");
    }
    let key = fields.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
    let sound = data_encoding::BASE64.decode(key).is_ok_and(|nonce| nonce.len() == 16);
    if !sound {
        return bad("the key of the WebSocket is not 16 bytes in base64");
    }
    HeaderValue::from_str(&derive_accept_key(key)).or_else(|_| bad("the key of the WebSocket is broken"))
}

/// The model a query names: OpenAI's `model`, Azure's `deployment`.
fn model_of(query: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| matches!(*name, "model" | "deployment"))?;
    percent_encoding::percent_decode_str(value).decode_utf8().ok().map(|name| name.into_owned())
}
