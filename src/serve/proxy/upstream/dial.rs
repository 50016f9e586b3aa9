//! A WebSocket to an upstream.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use hyper::upgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{Api, Failed, Forwarder, Outbound, RESPONSE, Way, broken_off, down, passed_on};
use crate::judge::decide::Cleared;
use crate::serve::audit::Entry;
use crate::serve::policy::KEY_PROTOCOL;
use crate::serve::proxy::answer::Refused;
use crate::serve::proxy::lanes::Lane;
use crate::serve::proxy::{Outgoing, echo, headers};
use crate::serve::settings::Credentials;

/// Bytes under way between the proxy and the stand-in model.
const PIPE: usize = 64 << 10;

/// A connection whose protocol is a WebSocket's from here on.
pub(in crate::serve::proxy) trait Wire:
    AsyncRead + AsyncWrite + Send + Unpin
{
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Wire for S {}

/// What came of asking for a WebSocket.
pub(in crate::serve::proxy) enum Dialled {
    /// It is there; these are the fields of the answer to the caller.
    Open(Box<dyn Wire>, HeaderMap),
    /// The upstream said no, in its own words.
    Declined(Box<Response<Outgoing>>),
}

impl Forwarder {
    /// Asks the upstream of this request for a WebSocket.
    ///
    /// # Errors
    /// 502 and 504 when the upstream cannot be reached, redirects, or does not answer in time.
    pub(in crate::serve::proxy) async fn dial(
        &self,
        outbound: Outbound<'_>,
        cleared: Cleared,
        entry: &Entry,
    ) -> Result<Dialled, Refused> {
        match self.way(&outbound) {
            Way::Echo => {
                let (near, far) = tokio::io::duplex(PIPE);
                let (path, model) = (outbound.target.path.clone(), outbound.asked.model.clone());
                tokio::spawn(echo::converse(far, outbound.dialect, path, model));
                let offered = protocols(outbound.fields).find(|name| !name.starts_with(KEY_PROTOCOL));
                let agreed = offered.and_then(|name| HeaderValue::from_str(name).ok());
                let fields = agreed.map(|name| (header::SEC_WEBSOCKET_PROTOCOL, name));
                Ok(Dialled::Open(Box::new(near), fields.into_iter().collect()))
            }
            Way::Http(api) => api.dial(outbound, cleared, entry).await.map_err(|(kind, refused)| {
                entry.metrics().upstream_error(kind);
                refused
            }),
        }
    }
}

impl Api {
    async fn dial(&self, outbound: Outbound<'_>, cleared: Cleared, entry: &Entry) -> Result<Dialled, Failed> {
        let mut request = self.request(&outbound, cleared)?;
        let key = generate_key();
        let fields = request.headers_mut();
        // An extension would change how frames are read; none is offered.
        fields.remove(header::SEC_WEBSOCKET_EXTENSIONS);
        self.offer(outbound.fields, fields);
        for (name, value) in [
            (header::CONNECTION, HeaderValue::from_static("Upgrade")),
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        ] {
            fields.insert(name, value);
        }
        let own = HeaderValue::from_str(&key).map_err(|_| down("address", "no key could be made"))?;
        fields.insert(header::SEC_WEBSOCKET_KEY, own);
        let answer = self.ask(&self.sockets, request).await?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return passed_on(answer, entry, Lane::own()).map(|answer| Dialled::Declined(Box::new(answer)));
        }
        check(answer.headers(), &key, outbound.fields)?;
        let mut fields = headers::for_caller(answer.headers());
        fields.remove(header::SEC_WEBSOCKET_ACCEPT);
        fields.insert(RESPONSE.clone(), HeaderValue::from_static("unscreened"));
        let upgraded = upgrade::on(answer).await.map_err(|error| broken_off(&error))?;
        entry.metrics().unscreened("response");
        Ok(Dialled::Open(Box::new(TokioIo::new(upgraded)), fields))
    }

    /// Offers what the caller offered; a key among it goes only where the caller's keys go.
    fn offer(&self, from: &HeaderMap, fields: &mut HeaderMap) {
        let theirs = self.link.credentials == Credentials::Caller;
        let offered = protocols(from).filter(|name| theirs || !name.starts_with(KEY_PROTOCOL));
        let offered = offered.collect::<Vec<_>>().join(", ");
        fields.remove(header::SEC_WEBSOCKET_PROTOCOL);
        if let (false, Ok(value)) = (offered.is_empty(), HeaderValue::from_str(&offered)) {
            fields.insert(header::SEC_WEBSOCKET_PROTOCOL, value);
        }
    }
}

/// Refuses an agreement that is none: another key, an extension nobody offered, a protocol nobody named.
fn check(fields: &HeaderMap, key: &str, offered: &HeaderMap) -> Result<(), Failed> {
    let is = |name: &HeaderName, value: &str| {
        fields.get(name).is_some_and(|given| given.as_bytes().eq_ignore_ascii_case(value.as_bytes()))
    };
    let accepted = fields
        .get(header::SEC_WEBSOCKET_ACCEPT)
        .is_some_and(|given| *given == derive_accept_key(key.as_bytes()));
    let agreed = fields.get(header::SEC_WEBSOCKET_PROTOCOL).map(HeaderValue::to_str);
    let known =
        agreed.is_none_or(|name| name.is_ok_and(|name| protocols(offered).any(|known| known == name)));
    let plain = !fields.contains_key(header::SEC_WEBSOCKET_EXTENSIONS);
    if is(&header::UPGRADE, "websocket") && accepted && known && plain {
        Ok(())
    } else {
        Err(down("websocket", "the upstream's agreement to a WebSocket is not sound"))
    }
}

/// The protocols a caller offers.
pub(in crate::serve::proxy) fn protocols(fields: &HeaderMap) -> impl Iterator<Item = &str> {
    let all = fields.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty())
}
