//! Request and response heads: what is read, what is refused, what is passed on.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Version};

use super::answer::Refused;
use super::guard::is_value;
use super::target::Target;
use crate::serve::settings::{Credentials, Link};

/// Hop-by-hop fields (RFC 9110 section 7.6.1 and older habits): they end here in both directions.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields of the caller that are made anew, or that would let it speak for this proxy or its own source, or that some servers read in the
/// place of the path or the method.
const NOT_PASSED: &[&str] = &[
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "expect",
    "forwarded",
    "x-real-ip",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-original-uri",
    "x-original-method",
    "x-rewrite-url",
    "x-envoy-original-path",
    "http2-settings",
];

/// Fields that must not come twice: servers disagree on which one counts.
const SINGLE: &[&str] = &[
    "host",
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
    "expect",
    "upgrade",
    "sec-websocket-key",
    "sec-websocket-version",
];

/// Fields that a `Connection` header may not strip.
const RELIED_ON: &[&str] = &[
    "host",
    "content-type",
    "content-length",
    "content-encoding",
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
    "anthropic-version",
    "cookie",
];

/// Fields that carry a caller's credentials.
const CREDENTIALS: &[&str] =
    &["authorization", "x-api-key", "api-key", "x-goog-api-key", "ocp-apim-subscription-key", "cookie"];

/// Parameters that carry them in a query.
const KEY_PARAMETERS: &[&str] = &["key", "api_key", "api-key", "apikey", "access_token", "subscription-key"];

/// Fields of an answer that would lead a caller round this proxy.
const LEADING_AWAY: &[&str] = &["location", "refresh", "alt-svc"];

/// Fields of a head.
const FIELDS: usize = 100;

/// Refuses heads with two readings.
pub(super) fn check(parts: &Parts) -> Result<(), Refused> {
    let bad = |code, why| Err(Refused::malformed(400, code, why));
    let fields = &parts.headers;
    if fields.len() > FIELDS {
        return Err(Refused::malformed(431, "too_many_headers", "the request has too many header fields"));
    }
    if fields.values().any(|value| !is_value(value.as_bytes())) {
        return bad("header_value", "a header value has characters other than plain ASCII".into());
    }
    if let Some(twin) = fields.keys().find(|name| is_twin(name.as_str())) {
        return bad("header_twin", format!("the header {twin} is another spelling of one that is relied on"));
    }
    if let Some(name) = SINGLE.iter().find(|name| fields.get_all(**name).iter().count() > 1) {
        return bad("repeated_header", format!("the header {name} comes more than once"));
    }
    if let Some(name) = tokens(fields, "connection").find(|name| RELIED_ON.contains(&name.as_str())) {
        return bad("connection_header", format!("the Connection header names {name}"));
    }
    if parts.method == Method::CONNECT {
        return bad("target_form", "CONNECT is not served".into());
    }
    check_host(parts)?;
    let coding = fields.get(header::TRANSFER_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        return Err(Refused::malformed(
            501,
            "transfer_encoding",
            "the only transfer coding served is chunked",
        ));
    }
    let expect = fields.get(header::EXPECT);
    if expect.is_some_and(|expect| !expect.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Err(Refused::malformed(417, "expectation", "the only expectation met is 100-continue"));
    }
    Ok(())
}

/// Whether a name with underscores is one that is relied on to servers that read both alike (CGI and its heirs).
fn is_twin(name: &str) -> bool {
    let plain = || name.replace('_', "-");
    name.contains('_')
        && [SINGLE, RELIED_ON, HOP_BY_HOP].iter().any(|names| names.contains(&plain().as_str()))
}

/// One host, said once; an HTTP/1 target must not bring its own.
fn check_host(parts: &Parts) -> Result<(), Refused> {
    let host = parts.headers.get(header::HOST).map(HeaderValue::as_bytes);
    let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    let bad = |why: &'static str| Err(Refused::malformed(400, "host", why));
    if parts.uri.scheme_str().is_some_and(|scheme| !matches!(scheme, "http" | "https")) {
        return bad("the scheme is neither http nor https");
    }
    match (parts.version < Version::HTTP_2, host, authority) {
        (true, _, Some(_)) => bad("the request target must be a path"),
        (true, None, None) if parts.version == Version::HTTP_11 => bad("the Host header is missing"),
        (false, _, None) => bad("the request names no authority"),
        (false, _, Some(authority)) if authority.contains(&b'@') => bad("the authority has credentials"),
        (false, Some(host), Some(authority)) if !host.eq_ignore_ascii_case(authority) => {
            bad("the Host header and the authority differ")
        }
        _ => Ok(()),
    }
}

/// The caller's fields as the upstream gets them, with our own content type where there is a body.
pub(super) fn for_upstream(from: &HeaderMap, content_type: Option<&HeaderValue>, link: &Link) -> HeaderMap {
    let theirs = link.credentials == Credentials::Caller;
    let mut out = passed(from, |name| {
        let text = name.as_str();
        // A name with an underscore is the same field as its hyphened twin to CGI-like servers.
        !NOT_PASSED.contains(&text)
            && !text.starts_with("x-forwarded-")
            && !text.starts_with("x-unspool-")
            && !text.contains('_')
            && text != "cookie"
            && (theirs || !CREDENTIALS.contains(&text))
            && !link.remove.contains(name)
    });
    // HTTP/2 may split cookies into crumbs (RFC 9113 section 8.2.3).
    let crumbs: Vec<&[u8]> = from.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    let wanted = theirs && !crumbs.is_empty() && !link.remove.contains(&header::COOKIE);
    if let (true, Ok(cookie)) = (wanted, HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))) {
        out.insert(header::COOKIE, cookie);
    }
    for (name, value) in &link.add {
        out.insert(name, value.clone());
    }
    if let Credentials::Own { header, value } = &link.credentials {
        out.insert(header, value.clone());
    }
    if let Some(content_type) = content_type {
        out.insert(header::CONTENT_TYPE, content_type.clone());
    }
    out
}

/// Path and query as the upstream gets them: a key in the query is a credential too.
pub(super) fn target_for(link: &Link, target: &Target) -> String {
    let whole = target.path_and_query();
    let (Some(query), false) = (&target.query, link.credentials == Credentials::Caller) else { return whole };
    let kept: Vec<&str> = query.split('&').filter(|parameter| !is_key(parameter)).collect();
    let query = Some(kept.join("&")).filter(|query| !query.is_empty());
    Target { query, ..target.clone() }.path_and_query()
}

fn is_key(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or_default();
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
    KEY_PARAMETERS.contains(&name.as_str())
}

/// The upstream's fields as the caller gets them.
pub(super) fn for_caller(from: &HeaderMap) -> HeaderMap {
    passed(from, |name| {
        let name = name.as_str();
        !name.starts_with("x-unspool-") && !LEADING_AWAY.contains(&name)
    })
}

fn passed(from: &HeaderMap, keep: impl Fn(&HeaderName) -> bool) -> HeaderMap {
    let named: Vec<String> = tokens(from, "connection").collect();
    let mut out = HeaderMap::with_capacity(from.len());
    for (name, value) in from {
        let hop = HOP_BY_HOP.contains(&name.as_str()) || named.iter().any(|named| named == name.as_str());
        if !hop && keep(name) {
            out.append(name, value.clone());
        }
    }
    out
}

/// The comma-separated tokens of a field, lower-cased.
fn tokens<'a>(fields: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = String> + 'a {
    fields
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|token| String::from_utf8_lossy(token).trim().to_ascii_lowercase())
}

/// Refuses any content type but JSON in UTF-8: a body the proxy reads as JSON and the upstream as something else has two
/// readings.
pub(super) fn check_media(fields: &HeaderMap) -> Result<(), Refused> {
    let refuse = || Err(Refused::media("the content type must be application/json in UTF-8"));
    let Some(Ok(value)) = fields.get(header::CONTENT_TYPE).map(HeaderValue::to_str) else { return refuse() };
    let mut parts = value.split(';').map(str::trim);
    if !parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json")) {
        return refuse();
    }
    let utf8 = |parameter: &str| {
        let lower = parameter.to_ascii_lowercase();
        let charset = lower.strip_prefix("charset=").map(|charset| charset.trim_matches('"'));
        matches!(charset, Some("utf-8" | "utf8" | "us-ascii"))
    };
    match (parts.next(), parts.next()) {
        (None, _) => Ok(()),
        (Some(parameter), None) if utf8(parameter) => Ok(()),
        _ => refuse(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(list: &[(&'static str, &'static str)]) -> HeaderMap {
        list.iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_json_in_utf8_is_read() {
        for good in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json; charset=us-ascii",
        ] {
            assert!(check_media(&fields(&[("content-type", good)])).is_ok(), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "application/json, text/plain",
            "application/vnd.api+json",
            "application/json; charset=utf-16",
            "application/json; charset=utf-8; charset=utf-7",
            "application/json;x=y",
            "application/jsonp",
            "multipart/form-data",
        ] {
            assert!(check_media(&fields(&[("content-type", bad)])).is_err(), "{bad}");
        }
        assert!(check_media(&HeaderMap::new()).is_err());
    }

    #[test]
    fn credentials_pass_and_hops_end_here() {
        let from = fields(&[
            ("authorization", "Bearer k"),
            ("x-api-key", "k"),
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
            ("te", "trailers"),
            ("host", "proxy"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x_api_key", "other"),
            ("accept-encoding", "gzip"),
            ("content-encoding", "gzip"),
            ("x-unspool-action", "forward"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
        ]);
        let want = fields(&[
            ("authorization", "Bearer k"),
            ("x-api-key", "k"),
            ("accept-encoding", "gzip"),
            ("cookie", "a=1; b=2"),
            ("content-type", "application/json"),
        ]);
        assert_eq!(
            for_upstream(&from, Some(&HeaderValue::from_static("application/json")), &Link::default()),
            want
        );
    }

    #[test]
    fn own_credentials_replace_the_callers() {
        let from = fields(&[
            ("authorization", "Bearer theirs"),
            ("x-api-key", "theirs"),
            ("cookie", "theirs=1"),
            ("x-gone", "1"),
            ("x-set", "theirs"),
        ]);
        let target = |link: &Link| {
            let query = Some("key=theirs&alt=sse&%6bey=theirs&Api_Key=theirs".to_owned());
            target_for(link, &Target { path: "/v1".into(), written: "/v1".into(), query, escaped: false })
        };
        let value = HeaderValue::from_static("ours");
        let own = Credentials::Own { header: HeaderName::from_static("x-api-key"), value };
        let add = vec![(HeaderName::from_static("x-set"), HeaderValue::from_static("ours"))];
        let remove = vec![HeaderName::from_static("x-gone")];
        let link = Link { credentials: own, add, remove, ..Link::default() };
        let want = fields(&[("x-set", "ours"), ("x-api-key", "ours")]);
        assert_eq!(for_upstream(&from, None, &link), want);
        assert_eq!(target(&link), "/v1?alt=sse");
        let link = Link { credentials: Credentials::Nobody, ..link };
        assert_eq!(for_upstream(&from, None, &link), fields(&[("x-set", "ours")]));
        assert!(target(&Link::default()).contains("key=theirs"));
    }

    #[test]
    fn what_leads_away_does_not_come_back() {
        let from = fields(&[("location", "/x"), ("alt-svc", "h3"), ("x-unspool-action", "y"), ("x-ok", "1")]);
        assert_eq!(for_caller(&from), fields(&[("x-ok", "1")]));
    }

    #[test]
    fn other_spellings_are_twins() {
        for (name, want) in [
            ("content_type", true),
            ("x_api_key", true),
            ("transfer_encoding", true),
            ("x_other", false),
            ("content-type", false),
        ] {
            assert_eq!(is_twin(name), want, "{name}");
        }
    }
}
