//! One request from head to answer.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::OwnedSemaphorePermit;

use super::answer::{Caller, Refused, label, refuse, whole};
use super::body::{Coding, Received};
use super::guard::Fault;
use super::judging::{Asked, Case, Judged};
use super::media::Media;
use super::target::{Target, normalise};
use super::upstream::Outbound;
use super::{Outgoing, Proxy, body, headers, socket};
use crate::judge::decide::{Cleared, Outcome, ScreeningOff};
use crate::judge::hazard::Category;
use crate::request::dialect::{Dialect, Found, RefusalKind, RouteKind, RouteMatch};
use crate::request::dialect::{configured_route, dialect_for_path, find_route, path_fits, spoken};
use crate::serve::audit::{Entry, Record, clean_name};
use crate::serve::live::Live;
use crate::serve::policy::{Key, key_of, worded};
use crate::serve::settings::{Answering, MoreRoutes};
use crate::serve::state::{Memo, Remembering};

/// Answers one request. Its record is written when this ends or is dropped.
pub(super) async fn handle(proxy: &Arc<Proxy>, request: Request<Incoming>) -> Response<Outgoing> {
    let mut entry = proxy.audit.open();
    let (parts, mut body) = request.into_parts();
    entry.trace(&parts.headers);
    // The state of this moment judges the request to its end, whatever is loaded meanwhile.
    let live = proxy.current.now();
    let mut caller = Caller::new(&parts, &live);
    let passed = pass(proxy, &live, &parts, &mut body, &mut caller, &mut entry).await;
    let mut response = match passed {
        Ok(response) => response,
        Err(refused) => {
            // To read on would be to say 100 Continue to a body that is not wanted.
            if !parts.headers.contains_key(http::header::EXPECT) && !body.is_end_stream() {
                body::drain(&mut body).await;
            }
            settle(&refused, &caller, &mut entry).map(whole)
        }
    };
    entry.record.status = response.status().as_u16();
    label(response.headers_mut(), &entry.record, caller.answer.expose);
    response
}

/// Words a refusal and puts it on record.
pub(super) fn settle(refused: &Refused, caller: &Caller, entry: &mut Entry) -> Response<Bytes> {
    if entry.record.outcome == "client_gone" {
        entry.record.outcome = "reject";
    }
    entry.record.reason = Some(refused.kind.code());
    let response = refuse(refused, caller, &entry.record.request_id);
    entry.record.status = response.status().as_u16();
    response
}

async fn pass(
    proxy: &Arc<Proxy>,
    live: &Arc<Live>,
    parts: &Parts,
    body: &mut Incoming,
    caller: &mut Caller,
    entry: &mut Entry,
) -> Result<Response<Outgoing>, Refused> {
    if let Some(fault) = parts.extensions.get::<Fault>() {
        return Err(Refused::new(fault.kind, fault.message));
    }
    let target = normalise(&parts.uri).map_err(|why| Refused::malformed(400, "path", why))?;
    let target = proxy.forwarder.enter(target);
    let found = enter(proxy, parts, target, caller, entry)?;
    if found.route.kind == RouteKind::Socket {
        return socket::open(proxy, parts, body, found, caller, entry).await;
    }
    if reads_body(&found, body.is_end_stream(), &caller.target, &proxy.settings.more_routes)? {
        let expected = expect(live, parts, &found, caller)?;
        proxy.judge.has_room()?;
        let (cap, idle) = (proxy.settings.read.body_bytes, proxy.settings.timeouts.body_idle);
        let start = Instant::now();
        let received = body::read_capped(body, cap, idle, &proxy.memory).await?;
        entry.stage("receive", start.elapsed());
        let media = expected.media.content_type();
        let Passed { cleared, asked, memo, memory: _memory } =
            screened(proxy, live, found, expected, received, caller, entry).await?;
        let mut fields = parts.headers.clone();
        if memo.as_ref().is_some_and(|memo| memo.makes) {
            // The name in the answer must be read off it.
            fields.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let outbound = Outbound {
            method: &parts.method,
            target: &caller.target,
            fields: &fields,
            media: Some(media),
            dialect: caller.dialect,
            asked: &asked,
        };
        let answer = proxy.forwarder.forward(outbound, cleared, entry).await?;
        return Ok(match memo {
            Some(memo) => remember(answer, memo, entry).await,
            None => answer,
        });
    }
    let cleared = no_body(entry).await?;
    let outbound = Outbound {
        method: &parts.method,
        target: &caller.target,
        fields: &parts.headers,
        media: None,
        dialect: caller.dialect,
        asked: &Asked::default(),
    };
    proxy.forwarder.forward(outbound, cleared, entry).await
}

/// Keeps what was screened for the turns to come, once the upstream has taken it.
async fn remember(answer: Response<Outgoing>, memo: Memo, entry: &Entry) -> Response<Outgoing> {
    if !answer.status().is_success() {
        return answer;
    }
    memo.append(entry.metrics()).await;
    if !memo.makes {
        return answer;
    }
    let audit = entry.audit();
    answer.map(|body| Remembering::new(body, memo, audit).boxed_unsync())
}

/// Finds the route of a head that has one reading.
pub(super) fn enter(
    proxy: &Proxy,
    parts: &Parts,
    target: Target,
    caller: &mut Caller,
    entry: &mut Entry,
) -> Result<Found, Refused> {
    caller.dialect = dialect_for_path(&target.path);
    caller.target = target;
    headers::check(parts)?;
    let found = find(parts.method.as_str(), &caller.target.path, &proxy.settings.more_routes);
    let socket = matches!(&found, Ok((_, found)) if found.route.kind == RouteKind::Socket);
    if !socket && parts.headers.contains_key(http::header::UPGRADE) {
        return Err(Refused::malformed(
            501,
            "upgrade",
            "upgrades are served on the paths of WebSockets only",
        ));
    }
    let (dialect, found) = found?;
    let dialect = spoken(dialect, &caller.target.path, parts.headers.contains_key("anthropic-version"));
    caller.dialect = dialect;
    caller.model.clone_from(&found.model);
    entry.record.route = caller.target.path.chars().take(128).collect();
    entry.record.dialect = dialect.name;
    Ok(found)
}

/// Whether a request on this route has a body to be read, where `ended` says that none comes.
pub(super) fn reads_body(
    found: &Found,
    ended: bool,
    target: &Target,
    more: &MoreRoutes,
) -> Result<bool, Refused> {
    match found.route.kind {
        RouteKind::Socket => {
            Err(Refused::malformed(426, "websocket", "WebSockets are served by the proxy itself only"))
        }
        RouteKind::Denied if !more.allow.iter().any(|allow| path_fits(allow, &target.path).is_some()) => {
            Err(Refused::new(
                RefusalKind::Denied,
                "this path is switched off here; the operator can allow it under [routes]",
            ))
        }
        RouteKind::ReadOnly if !ended => {
            Err(Refused::malformed(400, "unexpected_body", "this path takes no body"))
        }
        RouteKind::ReadOnly => Ok(false),
        RouteKind::Act | RouteKind::Denied => Ok(!ended),
        RouteKind::Message | RouteKind::Form => Ok(true),
    }
}

/// The route of a request: a built-in one, or one that the operator added.
fn find(method: &str, path: &str, more: &MoreRoutes) -> Result<(&'static Dialect, Found), Refused> {
    let added = || {
        let fitting = || more.any.iter().find_map(|any| path_fits(any, path));
        (method == "POST").then(fitting).flatten().map(configured_route)
    };
    match find_route(method, path) {
        RouteMatch::Found(dialect, found) => Ok((dialect, found)),
        RouteMatch::WrongMethod(allowed) => added().ok_or_else(|| Refused {
            allow: Some(allowed),
            ..Refused::new(RefusalKind::WrongMethod, format!("the method of this path is {allowed}"))
        }),
        RouteMatch::Unknown => added().ok_or_else(|| {
            Refused::new(RefusalKind::UnknownRoute, "no such path is screened here, so none is served")
        }),
    }
}

/// Puts a request without a body on record and clears it.
pub(super) async fn no_body(entry: &mut Entry) -> Result<Cleared, Refused> {
    entry.record.outcome = Outcome::Forward.name();
    entry.metrics().unscreened("no_body");
    on_record(entry).await?;
    Ok(Cleared::by_route_policy(Bytes::new(), ScreeningOff::NoBody))
}

/// What a head says of the body to come.
#[derive(Debug)]
pub(super) struct Expected {
    /// Its form.
    pub(super) media: Media,
    key: Option<Key>,
    coding: Coding,
}

/// Reads off a head what its body will be; refuses what nobody could read.
pub(super) fn expect(
    live: &Live,
    parts: &Parts,
    found: &Found,
    caller: &Caller,
) -> Result<Expected, Refused> {
    let media = Media::of(caller.dialect, found.route.kind, &parts.headers)?;
    let key = match key_of(&parts.headers, caller.target.query.as_deref()) {
        Ok(key) => key,
        Err(_) if live.rulings().look_at_keys() => {
            return Err(Refused::malformed(400, "two_keys", "the request carries two different keys"));
        }
        Err(_) => None,
    };
    Ok(Expected { media, key, coding: body::coding(&parts.headers)? })
}

/// A request that goes on.
#[derive(Debug)]
pub(super) struct Passed {
    /// The body.
    pub(super) cleared: Cleared,
    /// What was asked for.
    pub(super) asked: Asked,
    /// What is to be remembered once the answer comes.
    pub(super) memo: Option<Memo>,
    /// What the body was granted.
    pub(super) memory: Option<OwnedSemaphorePermit>,
}

/// Judges a body and puts the decision on record.
pub(super) async fn screened(
    proxy: &Proxy,
    live: &Arc<Live>,
    found: Found,
    expected: Expected,
    received: Received,
    caller: &mut Caller,
    entry: &mut Entry,
) -> Result<Passed, Refused> {
    let Expected { media, key, coding } = expected;
    let (live, route) = (Arc::clone(live), caller.target.path.clone());
    let here = Vec::new();
    let case = Case { live, dialect: caller.dialect, found, media, route, key, received, coding, here };
    decided(proxy, case, caller, entry).await
}

/// Has a body judged and puts the decision on record. What is cleared comes with the memory it holds.
pub(super) async fn decided(
    proxy: &Proxy,
    case: Case,
    caller: &mut Caller,
    entry: &mut Entry,
) -> Result<Passed, Refused> {
    let (key, live) = (case.key, Arc::clone(&case.live));
    let event = matches!(case.media, Media::Event(..));
    let judged = proxy.judge.judge(case, &proxy.memory).await?;
    let Judged {
        decision,
        manner,
        cleared,
        asked,
        unread,
        candidates,
        evidence,
        heard,
        opinion,
        memo,
        took,
        stages,
        memory,
    } = judged;
    entry.record.shadow = opinion;
    entry.record.stages.extend(stages);
    entry.record.decided(&decision, candidates);
    entry.record.policy = Some(manner.name);
    entry.record.version = Some(Arc::clone(live.version()));
    entry.record.evidence = Some(Arc::new(evidence));
    (entry.record.second, entry.record.without_second) = heard;
    entry.record.key = key.map(|key| data_encoding::HEXLOWER.encode(&key[..6]));
    entry.record.screening = Some(took);
    entry.record.model = asked.model.as_deref().map(clean_name);
    caller.stream = asked.stream;
    caller.model.clone_from(&asked.model);
    caller.answer = manner.answer;
    // Sound over a WebSocket says nothing, and comes fifty times a second.
    if !event || asked.speaks || cleared.is_none() {
        on_record(entry).await?;
    }
    let Some(cleared) = cleared else {
        return Err(refused(decision.outcome, &caller.answer, &entry.record));
    };
    unread.iter().for_each(|kind| entry.metrics().unscreened(kind.name()));
    Ok(Passed { cleared, asked, memo, memory })
}

/// Puts the decision on record. What has to be there and cannot, is not done.
pub(super) async fn on_record(entry: &mut Entry) -> Result<(), Refused> {
    if entry.write_down().await {
        return Ok(());
    }
    entry.record.outcome = "reject";
    Err(Refused::malformed(503, "audit_failed", "the decision could not be recorded; try later"))
}

/// The refusal of a request that was decided on, in words that give away no more than the operator allows.
fn refused(outcome: Outcome, answer: &Answering, record: &Record) -> Refused {
    if outcome == Outcome::RefuseUnheard {
        return Refused::malformed(
            503,
            "second_opinion",
            "a second opinion on the request was not to be had, so it was not sent on",
        );
    }
    if outcome != Outcome::Block {
        return Refused::new(
            RefusalKind::Unscreened,
            "the request could not be screened to the end, so it was not sent on",
        );
    }
    let plain = "the request was blocked by the content policy";
    let category = record.category.unwrap_or("none");
    let (rule, origin) = (record.rule.as_deref().unwrap_or("none"), record.origin.unwrap_or("none"));
    if let Some(template) = &answer.message {
        let hazard = Category::ALL.iter().find(|known| known.code() == category);
        let values = [
            ("request_id", record.request_id.as_str()),
            ("category", category),
            ("hazard", hazard.map_or("none", |hazard| hazard.title())),
            ("rule", rule),
            ("origin", origin),
        ];
        return Refused::new(RefusalKind::Blocked, worded(template, &values));
    }
    if !answer.expose {
        return Refused::new(RefusalKind::Blocked, plain);
    }
    Refused::new(RefusalKind::Blocked, format!("{plain} (category {category}, rule {rule}, origin {origin})"))
}
