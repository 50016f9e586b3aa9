//! How an upstream is reached: whom to believe, what to add and to keep back, and whose key to show.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};

use super::Upstream;

/// A certificate chain and its private key, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The chain, its own certificate first.
    pub cert: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// TLS towards an upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientTls {
    /// The only authorities believed; without it those of the system.
    pub ca_file: Option<PathBuf>,
    /// Who we say we are.
    pub client: Option<KeyPair>,
}

/// Whose credentials an upstream is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Credentials {
    /// The caller's.
    #[default]
    Caller,
    /// None at all.
    Nobody,
    /// Our own, and never the caller's. The value is marked sensitive, so `Debug` does not show it.
    Own {
        /// The field that carries them.
        header: HeaderName,
        /// Its value.
        value: HeaderValue,
    },
}

/// Which protocol is spoken to an upstream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// HTTPS: what the upstream chooses. HTTP: HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 only, over plain TCP with prior knowledge.
    Http2,
}

/// How an upstream is reached, besides its address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// What the upstream is called in metrics; `default` when it has no name.
    pub name: Option<Arc<str>>,
    /// TLS.
    pub tls: ClientTls,
    /// HTTP/1.1 or HTTP/2.
    pub protocol: Protocol,
    /// Whose key.
    pub credentials: Credentials,
    /// Fields set on every request.
    pub add: Vec<(HeaderName, HeaderValue)>,
    /// Fields of the caller that are kept back.
    pub remove: Vec<HeaderName>,
    /// Time to connect, if not the usual.
    pub connect: Option<Duration>,
    /// Time to start answering, if not the usual.
    pub first_byte: Option<Duration>,
}

impl Link {
    /// What the upstream is called in metrics.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("default")
    }
}

/// One more upstream.
#[derive(Debug, Clone)]
pub struct Other {
    /// Where it is.
    pub upstream: Upstream,
    /// How it is reached.
    pub link: Link,
}

/// Which requests go to which upstream. Only the operator's words choose; nothing a request names is an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Paths at or under this one; none means every path.
    pub path: Option<String>,
    /// Whether that much of the path is left out before it is matched and sent on.
    pub strip: bool,
    /// Models: a name, or the start of one and a `*`. Empty means any.
    pub models: Vec<String>,
    /// The upstream: 0 is the usual one, then the others in order.
    pub to: usize,
}

impl Route {
    /// The rest of `path` below this route's path, if it is at or below it.
    pub(crate) fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        let Some(prefix) = &self.path else { return Some(path) };
        let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// Whether a request belongs here.
    pub(crate) fn takes(&self, path: &str, model: Option<&str>) -> bool {
        let named = |model: &str| {
            self.models.iter().any(|wanted| match wanted.strip_suffix('*') {
                Some(start) => model.starts_with(start),
                None => model == wanted,
            })
        };
        self.below(path).is_some() && (self.models.is_empty() || model.is_some_and(named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_go_by_whole_segments_and_by_model() {
        let route = |path: Option<&str>, models: &[&str]| Route {
            path: path.map(str::to_owned),
            strip: false,
            models: models.iter().map(|name| (*name).to_owned()).collect(),
            to: 0,
        };
        for (path, models, asked, model, want) in [
            (Some("/a"), &[][..], "/a/v1", None, true),
            (Some("/a/"), &[], "/a/v1", None, true),
            (Some("/a"), &[], "/a", None, true),
            (Some("/a"), &[], "/ab/v1", None, false),
            (None, &["m-*", "n"], "/v1", Some("m-1"), true),
            (None, &["m-*", "n"], "/v1", Some("n"), true),
            (None, &["m-*", "n"], "/v1", Some("n2"), false),
            (None, &["m-*"], "/v1", None, false),
            (Some("/a"), &["m"], "/b", Some("m"), false),
        ] {
            assert_eq!(
                route(path, models).takes(asked, model),
                want,
                "{path:?} {models:?} {asked} {model:?}"
            );
        }
    }
}
