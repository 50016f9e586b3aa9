//! Request and response heads: what is read, what is refused, what is passed on.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Version};

use super::answer::Refused;

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

/// Fields of the caller that are made anew, or that would let it speak for this proxy or its own source.
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
    "expect",
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
    "anthropic-version",
];

/// Refuses heads with two readings.
pub(super) fn check(parts: &Parts) -> Result<(), Refused> {
    let bad = |code, why| Err(Refused::malformed(400, code, why));
    let fields = &parts.headers;
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
    if fields.contains_key(header::UPGRADE) {
        return Err(Refused::malformed(501, "upgrade", "upgrades are not served"));
    }
    let expect = fields.get(header::EXPECT);
    if expect.is_some_and(|expect| !expect.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Err(Refused::malformed(417, "expectation", "the only expectation met is 100-continue"));
    }
    Ok(())
}

/// One host, said once; an HTTP/1 target must not bring its own.
fn check_host(parts: &Parts) -> Result<(), Refused> {
    let host = parts.headers.get(header::HOST).map(HeaderValue::as_bytes);
    let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    let bad = |why: &'static str| Err(Refused::malformed(400, "host", why));
    match (parts.version < Version::HTTP_2, host, authority) {
        (true, _, Some(_)) => bad("the request target must be a path"),
        (true, None, None) if parts.version == Version::HTTP_11 => bad("the Host header is missing"),
        (false, None, None) => bad("the request names no authority"),
        (false, Some(host), Some(authority)) if !host.eq_ignore_ascii_case(authority) => {
            bad("the Host header and the authority differ")
        }
        _ => Ok(()),
    }
}

/// The caller's fields as the upstream gets them, with our own content type where there is a body.
pub(super) fn for_upstream(from: &HeaderMap, content_type: Option<&HeaderValue>) -> HeaderMap {
    let mut out = passed(from, |name| {
        let name = name.as_str();
        // A name with an underscore is the same field as its hyphened twin to CGI-like servers.
        !NOT_PASSED.contains(&name)
            && !name.starts_with("x-forwarded-")
            && !name.starts_with("x-unspool-")
            && !name.contains('_')
            && name != "cookie"
    });
    // HTTP/2 may split cookies into crumbs (RFC 9113 section 8.2.3).
    let crumbs: Vec<&[u8]> = from.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let (false, Ok(cookie)) = (crumbs.is_empty(), HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))) {
        out.insert(header::COOKIE, cookie);
    }
    if let Some(content_type) = content_type {
        out.insert(header::CONTENT_TYPE, content_type.clone());
    }
    out
}

/// The upstream's fields as the caller gets them.
pub(super) fn for_caller(from: &HeaderMap) -> HeaderMap {
    passed(from, |name| !name.as_str().starts_with("x-unspool-"))
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
        let json = HeaderValue::from_static("application/json");
        assert_eq!(for_upstream(&from, Some(&json)), want);
    }
}
