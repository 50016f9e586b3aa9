//! One request from head to answer.

use std::sync::Arc;

use http::request::Parts;
use http::{Request, Response};
use hyper::body::{Body, Incoming};

use super::answer::{Caller, Refused, label, refuse};
use super::guard::Fault;
use super::judging::{Asked, Case, Judged};
use super::media::Media;
use super::target::{Target, normalise};
use super::upstream::Outbound;
use super::{Outgoing, Proxy, body, headers};
use crate::judge::decide::{Cleared, Outcome, ScreeningOff};
use crate::judge::hazard::Category;
use crate::request::dialect::{Dialect, Found, RefusalKind, RouteKind, RouteMatch};
use crate::request::dialect::{configured_route, dialect_for_path, find_route};
use crate::serve::audit::{Entry, Record, clean_name};
use crate::serve::live::Live;
use crate::serve::policy::{key_of, worded};
use crate::serve::settings::{Answering, MoreRoutes};

/// Answers one request. Its record is written when this ends or is dropped.
pub(super) async fn handle(proxy: &Proxy, request: Request<Incoming>) -> Response<Outgoing> {
    let mut entry = proxy.audit.open();
    let (parts, mut body) = request.into_parts();
    // The state of this moment judges the request to its end, whatever is loaded meanwhile.
    let live = proxy.current.now();
    let mut caller = Caller {
        dialect: dialect_for_path(parts.uri.path()),
        stream: false,
        model: None,
        target: Target::default(),
        answer: live.usual().answer.clone(),
    };
    let passed = pass(proxy, &live, &parts, &mut body, &mut caller, &mut entry).await;
    let mut response = match passed {
        Ok(response) => response,
        Err(refused) => {
            if entry.record.outcome == "client_gone" {
                entry.record.outcome = "reject";
            }
            entry.record.reason = Some(refused.kind.code());
            // To read on would be to say 100 Continue to a body that is not wanted.
            if !parts.headers.contains_key(http::header::EXPECT) && !body.is_end_stream() {
                body::drain(&mut body).await;
            }
            refuse(&refused, &caller, &entry.record.request_id)
        }
    };
    entry.record.status = response.status().as_u16();
    label(response.headers_mut(), &entry.record, caller.answer.expose);
    response
}

async fn pass(
    proxy: &Proxy,
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
    caller.dialect = dialect_for_path(&target.path);
    caller.target = target.clone();
    headers::check(parts)?;
    let (dialect, found) = find(parts.method.as_str(), &target.path, &proxy.settings.more_routes)?;
    caller.dialect = dialect;
    caller.model.clone_from(&found.model);
    entry.record.route = target.path.chars().take(128).collect();
    entry.record.dialect = dialect.name;
    match found.route.kind {
        RouteKind::ReadOnly => read_only(proxy, parts, body, &target, dialect, entry).await,
        RouteKind::Act if body.is_end_stream() => {
            read_only(proxy, parts, body, &target, dialect, entry).await
        }
        RouteKind::Socket => Err(Refused::malformed(
            426,
            "websocket",
            "this path is a WebSocket, which is not screened and so not served; send requests instead",
        )),
        RouteKind::Denied if !proxy.settings.more_routes.allow.contains(&target.path) => Err(Refused::new(
            RefusalKind::Denied,
            "this path is switched off here; the operator can allow it under [routes]",
        )),
        RouteKind::Denied if body.is_end_stream() => {
            read_only(proxy, parts, body, &target, dialect, entry).await
        }
        RouteKind::Message | RouteKind::Form | RouteKind::Act | RouteKind::Denied => {
            message(proxy, live, parts, body, found, caller, entry).await
        }
    }
}

/// The route of a request: a built-in one, or one that the operator added.
fn find(method: &str, path: &str, more: &MoreRoutes) -> Result<(&'static Dialect, Found), Refused> {
    let added = || (method == "POST" && more.any.iter().any(|any| any == path)).then(configured_route);
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

async fn read_only(
    proxy: &Proxy,
    parts: &Parts,
    body: &Incoming,
    target: &Target,
    dialect: &'static Dialect,
    entry: &mut Entry,
) -> Result<Response<Outgoing>, Refused> {
    if !body.is_end_stream() {
        return Err(Refused::malformed(400, "unexpected_body", "this path takes no body"));
    }
    entry.record.outcome = Outcome::Forward.name();
    entry.metrics().unscreened("no_body");
    on_record(entry).await?;
    let cleared = Cleared::by_route_policy(bytes::Bytes::new(), ScreeningOff::NoBody);
    let outbound = Outbound {
        method: &parts.method,
        target,
        fields: &parts.headers,
        media: None,
        dialect,
        asked: &Asked::default(),
    };
    proxy.forwarder.forward(outbound, cleared, entry).await
}

async fn message(
    proxy: &Proxy,
    live: &Arc<Live>,
    parts: &Parts,
    body: &mut Incoming,
    found: Found,
    caller: &mut Caller,
    entry: &mut Entry,
) -> Result<Response<Outgoing>, Refused> {
    let media = Media::of(caller.dialect, found.route.kind, &parts.headers)?;
    let key = match key_of(&parts.headers, caller.target.query.as_deref()) {
        Ok(key) => key,
        Err(_) if live.rulings().look_at_keys() => {
            return Err(Refused::malformed(400, "two_keys", "the request carries two different keys"));
        }
        Err(_) => None,
    };
    let coding = body::coding(&parts.headers)?;
    let settings = &proxy.settings;
    let received =
        body::read_capped(body, settings.read.body_bytes, settings.timeouts.body_idle, &proxy.memory).await?;
    let content_type = media.content_type();
    let case = Case {
        live: Arc::clone(live),
        dialect: caller.dialect,
        found,
        media,
        route: caller.target.path.clone(),
        key,
        received,
        coding,
    };
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
        took,
        memory: _memory,
    } = judged;
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
    on_record(entry).await?;
    let Some(cleared) = cleared else {
        return Err(refused(decision.outcome, &caller.answer, &entry.record));
    };
    unread.iter().for_each(|kind| entry.metrics().unscreened(kind.name()));
    let outbound = Outbound {
        method: &parts.method,
        target: &caller.target,
        fields: &parts.headers,
        media: Some(content_type),
        dialect: caller.dialect,
        asked: &asked,
    };
    proxy.forwarder.forward(outbound, cleared, entry).await
}

/// Puts the decision on record. What has to be there and cannot, is not done.
async fn on_record(entry: &mut Entry) -> Result<(), Refused> {
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
