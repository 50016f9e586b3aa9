//! Envoy's header lists and the `http` crate's heads, each as the other.

use http::header::{self, HeaderMap, HeaderName};
use http::request::Parts;
use http::{Method, Request, Uri, Version};

use super::wire::{Append, HeaderMutation, HeaderValue, HeaderValueOption, Headers};

/// A request's head as the proxy's own checks read it.
///
/// # Errors
/// What is no head.
pub(super) fn head(sent: Headers) -> Result<Parts, &'static str> {
    let (mut parts, ()) = Request::new(()).into_parts();
    let (mut scheme, mut authority, mut path) = (None, None, None);
    for field in sent.headers {
        let value = if field.raw_value.is_empty() { field.value.into() } else { field.raw_value };
        let text = || std::str::from_utf8(&value).map(str::to_owned).ok();
        match field.key.as_str() {
            ":method" => {
                parts.method = Method::from_bytes(&value).map_err(|_| "the method is no method")?;
            }
            ":scheme" => scheme = text(),
            ":authority" => authority = text(),
            ":path" => path = text(),
            pseudo if pseudo.starts_with(':') => {}
            name => {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "a header name is no name")?;
                let value = http::HeaderValue::from_maybe_shared(value);
                parts.headers.append(name, value.map_err(|_| "a header value is no value")?);
            }
        }
    }
    let (Some(authority), Some(path)) = (authority, path) else { return Err("the head has no path or host") };
    let scheme = scheme.unwrap_or_else(|| "http".into());
    let uri = Uri::builder().scheme(scheme.as_str()).authority(authority).path_and_query(path).build();
    parts.uri = uri.map_err(|_| "the target cannot be read")?;
    parts.version = Version::HTTP_2;
    Ok(parts)
}

/// The status of an answer.
pub(super) fn status(sent: &Headers) -> Option<u16> {
    let field = sent.headers.iter().find(|field| field.key == ":status")?;
    let text = if field.raw_value.is_empty() { field.value.as_bytes() } else { &field.raw_value };
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Sets these fields, in place of whatever they were.
pub(super) fn set(fields: &HeaderMap) -> HeaderMutation {
    let set_headers = fields.iter().map(|(name, value)| {
        let raw_value = bytes::Bytes::copy_from_slice(value.as_bytes());
        option(name.as_str(), raw_value)
    });
    HeaderMutation { set_headers: set_headers.collect(), remove_headers: Vec::new() }
}

/// Sets the path.
pub(super) fn set_path(path: &str) -> HeaderValueOption {
    option(":path", bytes::Bytes::copy_from_slice(path.as_bytes()))
}

fn option(name: &str, raw_value: bytes::Bytes) -> HeaderValueOption {
    let header = HeaderValue { key: name.to_owned(), value: String::new(), raw_value };
    HeaderValueOption { header: Some(header), append_action: Append::OverwriteOrAdd.into() }
}

/// Fields by which a peer would speak for this guard.
pub(super) fn ours(fields: &HeaderMap) -> Vec<String> {
    let names = fields.keys().map(HeaderName::as_str);
    names.filter(|name| name.starts_with("x-unspool-")).map(str::to_owned).collect()
}

/// The fields of an answer without its framing, which Envoy makes.
pub(super) fn without_framing(mut fields: HeaderMap) -> HeaderMap {
    fields.remove(header::CONTENT_LENGTH);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(fields: &[(&str, &str)]) -> Headers {
        let field = |(key, value): &(&str, &str)| HeaderValue {
            key: (*key).to_owned(),
            value: String::new(),
            raw_value: bytes::Bytes::copy_from_slice(value.as_bytes()),
        };
        Headers { headers: fields.iter().map(field).collect() }
    }

    #[test]
    fn a_head_is_read_whole_or_not_at_all() {
        let good =
            [(":method", "POST"), (":authority", "h:1"), (":path", "/v1/x?a=b"), ("x-a", "1"), ("x-a", "2")];
        let parts = head(list(&good)).unwrap();
        assert_eq!((parts.method.as_str(), parts.uri.to_string().as_str()), ("POST", "http://h:1/v1/x?a=b"));
        assert_eq!(parts.headers.get_all("x-a").iter().count(), 2);
        for bad in [
            &good[..2],
            &[(":authority", "h"), (":path", "/"), ("a b", "1")],
            &[(":authority", "h"), (":path", "/"), ("a", "1\n2")],
            &[(":authority", "h"), (":path", "x y")],
            &[(":authority", "h"), (":path", "/"), (":method", "")],
        ] {
            assert!(head(list(bad)).is_err(), "{bad:?}");
        }
        assert_eq!(status(&list(&[(":status", "201")])), Some(201));
    }

    #[test]
    fn older_envoys_write_text() {
        let field =
            HeaderValue { key: ":status".into(), value: "204".into(), raw_value: bytes::Bytes::new() };
        assert_eq!(status(&Headers { headers: vec![field] }), Some(204));
    }
}
