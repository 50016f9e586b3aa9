//! Who may look: the token where there is one, no foreign site's page, no name that somebody else resolves to here.

use std::net::IpAddr;

use http::header::{self, HeaderName};
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::serve::settings::AdminToken;

/// Why a request is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turned {
    /// It was sent to a name.
    Host,
    /// It comes from another site's page.
    Origin,
    /// It has no token, or a wrong one.
    Token,
}

/// Lets a request pass or says why not.
pub(super) fn guard(parts: &Parts, token: Option<&AdminToken>) -> Result<(), Turned> {
    let host = host(parts).ok_or(Turned::Host)?;
    match token {
        // A foreign name that resolves here is another site's page reading this one (DNS rebinding). With a token that
        // page has nothing to show, and the console may go by a name.
        None if !is_address(host) => return Err(Turned::Host),
        Some(token) if !given(&parts.headers).is_some_and(|given| token.is(&given)) => {
            return Err(Turned::Token);
        }
        _ => {}
    }
    if foreign(parts, host) { Err(Turned::Origin) } else { Ok(()) }
}

fn host(parts: &Parts) -> Option<&str> {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.or_else(|| parts.uri.authority().map(|authority| authority.as_str()))
}

/// Whether a page of another site asks. Browsers name the site on whatever is not a plain look.
fn foreign(parts: &Parts, host: &str) -> bool {
    let field = |name: HeaderName| parts.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin = field(header::ORIGIN);
    let own = origin.is_some_and(|origin| {
        origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
            .is_some_and(|site| site == host)
    });
    let site = field(HeaderName::from_static("sec-fetch-site"));
    let navigates = parts.method == Method::GET
        && field(HeaderName::from_static("sec-fetch-mode")).is_none_or(|mode| mode == "navigate");
    (origin.is_some() && !own) || (site.is_some_and(|site| site == "cross-site") && !navigates)
}

/// The token as it was given: as a bearer, or as the password of any user.
fn given(fields: &HeaderMap) -> Option<String> {
    let written = fields.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = written.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = data_encoding::BASE64.decode(rest.trim().as_bytes()).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

fn is_address(host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    let bare = without_port.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: Method, fields: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri("/console");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn names_are_not_addresses() {
        for host in ["127.0.0.1", "127.0.0.1:9", "[::1]:9", "localhost", "LOCALHOST:80", "10.0.0.1:80"] {
            assert!(is_address(host), "{host}");
        }
        for host in
            ["", "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "a:b"]
        {
            assert!(!is_address(host), "{host}");
        }
    }

    #[test]
    fn a_foreign_page_is_turned_away() {
        let here = ("host", "127.0.0.1:9");
        for (method, field, want) in [
            (Method::POST, ("origin", "http://127.0.0.1:9"), Ok(())),
            (Method::POST, ("origin", "http://evil.example"), Err(Turned::Origin)),
            (Method::POST, ("origin", "null"), Err(Turned::Origin)),
            (Method::POST, ("sec-fetch-site", "cross-site"), Err(Turned::Origin)),
            (Method::GET, ("origin", "http://127.0.0.1:8"), Err(Turned::Origin)),
            (Method::GET, ("sec-fetch-site", "cross-site"), Ok(())),
            (Method::GET, ("accept", "*/*"), Ok(())),
        ] {
            assert_eq!(guard(&parts(method, &[here, field]), None), want, "{field:?}");
        }
        assert_eq!(guard(&parts(Method::GET, &[("host", "evil.example")]), None), Err(Turned::Host));
    }

    #[test]
    fn the_token_is_a_bearer_or_a_password() {
        let token = AdminToken::new("0123456789abcdef").unwrap();
        let basic = |pair: &str| format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()));
        for (written, want) in [
            ("Bearer 0123456789abcdef".to_owned(), Ok(())),
            (basic("anyone:0123456789abcdef"), Ok(())),
            (basic("0123456789abcdef"), Err(Turned::Token)),
            ("Bearer 0123456789abcdeg".to_owned(), Err(Turned::Token)),
            ("0123456789abcdef".to_owned(), Err(Turned::Token)),
        ] {
            let parts = parts(Method::GET, &[("host", "unspool.internal"), ("authorization", &written)]);
            assert_eq!(guard(&parts, Some(&token)), want, "{written}");
        }
        assert_eq!(guard(&parts(Method::GET, &[("host", "127.0.0.1")]), Some(&token)), Err(Turned::Token));
        assert!(AdminToken::new("short").is_err());
    }
}
