//! One request of Envoy's: its head, its whole body, and perhaps the head of the answer.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use tokio::sync::mpsc::Sender;
use tonic::{Code, Status, Streaming};

use super::fields::{head, ours, set, set_path, status, without_framing};
use super::wire::{
    Asked, BodyMutation, BodySendMode, CommonResponse, HeaderMutation, HttpHeaders, HttpStatus,
    ImmediateResponse, Nothing, ProcessingRequest, ProcessingResponse, ProtocolConfiguration, Reaction, Told,
};
use crate::judge::decide::Cleared;
use crate::request::dialect::{Found, RefusalKind};
use crate::serve::audit::Entry;
use crate::serve::live::Live;
use crate::serve::proxy::Proxy;
use crate::serve::proxy::answer::{Caller, Refused, label};
use crate::serve::proxy::body::Received;
use crate::serve::proxy::exchange::{Expected, enter, expect, no_body, reads_body, screened, settle};
use crate::serve::proxy::target::normalise;
use crate::serve::state::{Memo, Sought, makes_names};

type Answers = Sender<Result<ProcessingResponse, Status>>;

/// A request that goes through Envoy.
struct Passage<'p> {
    proxy: &'p Proxy,
    live: Arc<Live>,
    parts: Parts,
    caller: Caller,
    entry: Entry,
    memo: Option<Memo>,
    /// Whether Envoy shows the answer's body too, where a name may come.
    shows_answers: bool,
}

/// Answers one stream. The record is written when it ends.
pub(super) async fn converse(proxy: &Proxy, mut asked: Streaming<ProcessingRequest>, tell: Answers) {
    // A stream that breaks off was Envoy's to end; the record says that the caller left.
    let Ok(Some(first)) = asked.message().await else { return };
    let (config, watched) = (first.protocol_config, first.observability_mode);
    let Some(Asked::RequestHeaders(sent)) = first.request else {
        let why = "set processing_mode.request_header_mode to SEND: a body cannot be judged without its head";
        // Nobody listens any more when this fails.
        let _ = tell.send(Err(Status::failed_precondition(why))).await;
        return;
    };
    let ended = sent.end_of_stream;
    let entry = proxy.audit.open();
    let live = proxy.current.now();
    let parts = match head(sent.headers.unwrap_or_default()) {
        Ok(parts) => parts,
        Err(why) => {
            let (parts, ()) = http::Request::new(()).into_parts();
            let mut passage = Passage::new(proxy, live, parts, entry);
            let refused = Refused::malformed(400, "head", why);
            let _ = tell.send(Ok(passage.refuse(&refused))).await;
            return;
        }
    };
    let mut passage = Passage::new(proxy, live, parts, entry);
    let shown = config.as_ref().map(ProtocolConfiguration::response_body_mode);
    passage.shows_answers = matches!(shown, Some(BodySendMode::Streamed | BodySendMode::Buffered));
    if let Err(refused) = passage.go(&mut asked, &tell, ended, config, watched).await {
        let told = passage.refuse(&refused);
        let _ = tell.send(Ok(told)).await;
        return;
    }
    passage.see_off(&mut asked, &tell).await;
}

/// Nothing may pass because Envoy was told to send no body, part of one, or to heed no answer.
fn check_mode(config: Option<ProtocolConfiguration>, watched: bool) -> Result<(), Refused> {
    let buffered = config.is_some_and(|config| {
        // There a body of an answer would have to be sent back piece by piece.
        let full_duplex = config.response_body_mode() == BodySendMode::FullDuplexStreamed;
        config.request_body_mode() == BodySendMode::Buffered && !full_duplex
    });
    if buffered && !watched {
        return Ok(());
    }
    tracing::error!(
        "Envoy's ext_proc filter must have processing_mode.request_body_mode: BUFFERED, a response_body_mode of NONE or STREAMED and no observability_mode, and say so (Envoy 1.33 or newer); requests are refused"
    );
    Err(Refused::malformed(500, "ext_proc_mode", "the guard in front of this API is misconfigured"))
}

impl<'p> Passage<'p> {
    fn new(proxy: &'p Proxy, live: Arc<Live>, parts: Parts, mut entry: Entry) -> Self {
        let caller = Caller::new(&parts, &live);
        entry.trace(&parts.headers);
        Passage { proxy, live, parts, caller, entry, memo: None, shows_answers: false }
    }

    /// Judges the request and tells Envoy to go on.
    async fn go(
        &mut self,
        asked: &mut Streaming<ProcessingRequest>,
        tell: &Answers,
        ended: bool,
        config: Option<ProtocolConfiguration>,
        watched: bool,
    ) -> Result<(), Refused> {
        let target = normalise(&self.parts.uri).map_err(|why| Refused::malformed(400, "path", why))?;
        let found = enter(self.proxy, &self.parts, target, &mut self.caller, &mut self.entry)?;
        let more = &self.proxy.settings.more_routes;
        if !reads_body(&found, ended, &self.caller.target, more)? {
            let cleared = no_body(&mut self.entry).await?;
            let told = Told::RequestHeaders(go_on(self.heads(None), cleared, &Bytes::new()));
            return send(tell, told).await;
        }
        check_mode(config, watched)?;
        let expected = expect(&self.live, &self.parts, &found, &self.caller)?;
        let media = expected.media.content_type();
        let changes = self.heads(Some(&media));
        if ended {
            let cleared = self.judge(found, expected, Bytes::new()).await?;
            return send(tell, Told::RequestHeaders(go_on(changes, cleared, &Bytes::new()))).await;
        }
        send(tell, Told::RequestHeaders(Reaction { response: Some(changes) })).await?;
        let sent = match asked.message().await {
            Ok(Some(ProcessingRequest { request: Some(Asked::RequestBody(sent)), .. })) => sent,
            Err(status) => return Err(self.cut_off(&status)),
            Ok(_) => return Err(Refused::malformed(400, "broken_body", "the body broke off")),
        };
        let cleared = self.judge(found, expected, sent.body.clone()).await?;
        send(tell, Told::RequestBody(go_on(CommonResponse::default(), cleared, &sent.body))).await
    }

    async fn judge(&mut self, found: Found, expected: Expected, bytes: Bytes) -> Result<Cleared, Refused> {
        let cap = self.proxy.settings.read.body_bytes;
        if bytes.len() > cap {
            return Err(Refused::too_large(cap));
        }
        let received = Received { bytes, memory: None };
        let (caller, entry) = (&mut self.caller, &mut self.entry);
        let passed = screened(self.proxy, &self.live, found, expected, received, caller, entry).await?;
        self.memo = passed.memo;
        Ok(passed.cleared)
    }

    /// Why a body did not come whole.
    fn cut_off(&self, status: &Status) -> Refused {
        match status.code() {
            Code::OutOfRange => Refused::too_large(self.proxy.settings.read.body_bytes),
            Code::ResourceExhausted => {
                Refused::new(RefusalKind::Overloaded, "too many request bodies are held already; try later")
            }
            _ => Refused::malformed(400, "broken_body", "the body broke off"),
        }
    }

    /// What the upstream's head must differ in: the path as it was matched, the form as it was read, no word in our name.
    fn heads(&self, media: Option<&HeaderValue>) -> CommonResponse {
        let mut changes = HeaderMutation { remove_headers: ours(&self.parts.headers), ..Default::default() };
        let path = self.caller.target.path_and_query();
        if self.parts.uri.path_and_query().is_none_or(|written| written.as_str() != path) {
            changes.set_headers.push(set_path(&path));
        }
        let sent = self.parts.headers.get(header::CONTENT_TYPE);
        let mut fields = HeaderMap::new();
        if let Some(media) = media.filter(|media| sent != Some(media)) {
            fields.insert(header::CONTENT_TYPE, media.clone());
        }
        if self.shows_answers && makes_names(&self.caller.target.path) {
            // The name in the answer must be read off it.
            fields.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        changes.set_headers.extend(set(&fields).set_headers);
        CommonResponse { header_mutation: Some(changes), body_mutation: None }
    }

    /// The refusal, in the caller's dialect.
    fn refuse(&mut self, refused: &Refused) -> ProcessingResponse {
        let mut response = settle(refused, &self.caller, &mut self.entry);
        label(response.headers_mut(), &self.entry.record, self.caller.answer.expose);
        let (parts, body) = response.into_parts();
        let immediate = ImmediateResponse {
            status: Some(HttpStatus { code: parts.status.as_u16().into() }),
            headers: Some(set(&without_framing(parts.headers))),
            body,
            details: format!("unspool_{}", refused.kind.code()),
        };
        ProcessingResponse { response: Some(Told::Immediate(immediate)) }
    }

    /// Puts the proxy's fields on the answer, where Envoy shows it, and lets the rest pass.
    async fn see_off(&mut self, asked: &mut Streaming<ProcessingRequest>, tell: &Answers) {
        // Told by Envoy, or not known.
        self.entry.record.status = 0;
        let mut sought = Sought::default();
        while let Ok(Some(message)) = asked.message().await {
            let told = match message.request {
                Some(Asked::ResponseHeaders(sent)) => {
                    let told = Told::ResponseHeaders(self.label(sent));
                    if let (Some(memo), 200..300) = (self.memo.take(), self.entry.record.status) {
                        memo.append(self.entry.metrics()).await;
                        sought = Sought::new(memo.makes.then_some(memo));
                    }
                    told
                }
                Some(Asked::ResponseBody(sent)) => {
                    if let Some((memo, name)) = sought.look(&sent.body) {
                        memo.keep(&name, self.entry.metrics()).await;
                    }
                    Told::ResponseBody(Reaction::default())
                }
                Some(Asked::RequestTrailers(_)) => Told::RequestTrailers(Nothing {}),
                Some(Asked::ResponseTrailers(_)) => Told::ResponseTrailers(Nothing {}),
                Some(Asked::RequestHeaders(_) | Asked::RequestBody(_)) | None => return,
            };
            if send(tell, told).await.is_err() {
                return;
            }
        }
    }

    fn label(&mut self, sent: HttpHeaders) -> Reaction {
        static RESPONSE: HeaderName = HeaderName::from_static("x-unspool-response");
        let sent = sent.headers.unwrap_or_default();
        self.entry.record.status = status(&sent).unwrap_or(0);
        self.entry.metrics().unscreened("response");
        let mut fields = HeaderMap::new();
        label(&mut fields, &self.entry.record, self.caller.answer.expose);
        fields.insert(RESPONSE.clone(), HeaderValue::from_static("unscreened"));
        let changes = CommonResponse { header_mutation: Some(set(&fields)), body_mutation: None };
        Reaction { response: Some(changes) }
    }
}

/// Lets a cleared body go on: as it came, or as it was screened where a coding was undone.
fn go_on(mut changes: CommonResponse, cleared: Cleared, sent: &Bytes) -> Reaction {
    let body = cleared.into_body();
    if body != *sent {
        let mut fields = changes.header_mutation.take().unwrap_or_default();
        fields.remove_headers.push(header::CONTENT_ENCODING.as_str().to_owned());
        let length = HeaderMap::from_iter([(header::CONTENT_LENGTH, HeaderValue::from(body.len()))]);
        fields.set_headers.extend(set(&length).set_headers);
        changes.header_mutation = Some(fields);
        changes.body_mutation = Some(BodyMutation { body });
    }
    Reaction { response: Some(changes) }
}

/// Tells Envoy; it is gone when that fails, and so is the caller.
async fn send(tell: &Answers, told: Told) -> Result<(), Refused> {
    let gone = |_| Refused::new(RefusalKind::Unscreened, "the caller left");
    tell.send(Ok(ProcessingResponse { response: Some(told) })).await.map_err(gone)
}
