//! `[upstream]` or several `[[upstream]]`, and `[[route]]`: as written, then as meant.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::serve::{ClientTls, Credentials, KeyPair, Link, Other, Protocol, Route, Upstream};

/// What is wrong, and with which key.
type Wrong = (&'static str, String);

/// One `[upstream]` table, or an array of them.
#[derive(Debug)]
pub(super) enum Written {
    One(Box<Table>),
    Several(Vec<Table>),
}

impl Default for Written {
    fn default() -> Self {
        Written::One(Box::default())
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Written;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a table [upstream], or several [[upstream]]")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(map)).map(|one| Written::One(Box::new(one)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Written, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Written::Several)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// `[upstream]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Table {
    name: Option<String>,
    pub(super) url: Option<String>,
    pub(super) connect_seconds: Option<u64>,
    pub(super) first_byte_seconds: Option<u64>,
    protocol: Protocol,
    credentials: Option<Whose>,
    api_key_env: Option<String>,
    api_key_header: Option<String>,
    add_headers: BTreeMap<String, String>,
    remove_headers: Vec<String>,
    ca_file: Option<PathBuf>,
    client_cert: Option<PathBuf>,
    client_key: Option<PathBuf>,
}

/// Whose credentials the upstream sees when no key of our own is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Whose {
    Caller,
    None,
}

/// `[[route]]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RouteTable {
    path: Option<String>,
    strip: bool,
    models: Vec<String>,
    upstream: String,
}

/// What both amount to.
#[derive(Debug, Clone, Default)]
pub(super) struct Upstreams {
    pub(super) usual: Option<Upstream>,
    pub(super) link: Link,
    pub(super) others: Vec<Other>,
    pub(super) routes: Vec<Route>,
}

impl Upstreams {
    /// Puts tables and routes together; the first table is the usual upstream. `env` looks a variable up.
    pub(super) fn meant(
        written: &Written,
        routes: &[RouteTable],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Wrong> {
        let tables = match written {
            Written::One(one) => std::slice::from_ref(one.as_ref()),
            Written::Several(several) => several,
        };
        let Some((first, rest)) = tables.split_first() else {
            return Err(("upstream", "there must be at least one".into()));
        };
        let mut out = Upstreams {
            usual: first.url.as_deref().map(|url| address(url)).transpose()?,
            link: first.link(env)?,
            ..Upstreams::default()
        };
        for table in rest {
            let url = table.url.as_deref().ok_or(("upstream", "each needs a url".to_owned()))?;
            out.others.push(Other { upstream: address(url)?, link: table.link(env)? });
        }
        for (at, table) in tables.iter().enumerate() {
            let same = |other: &&Table| other.name == table.name;
            if tables.len() > 1 && table.name.is_none() {
                return Err(("upstream", format!("number {} of several needs a name", at + 1)));
            }
            if tables.iter().filter(same).count() > 1 {
                return Err(("upstream.name", format!("two upstreams are called {:?}", table.name)));
            }
        }
        out.routes = routes.iter().map(|route| route.meant(tables)).collect::<Result<_, _>>()?;
        Ok(out)
    }
}

fn address(url: &str) -> Result<Upstream, Wrong> {
    Upstream::from_str(url).map_err(|why| ("upstream.url", why))
}

impl Table {
    fn link(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Link, Wrong> {
        let client = match (&self.client_cert, &self.client_key) {
            (Some(cert), Some(key)) => Some(KeyPair { cert: cert.clone(), key: key.clone() }),
            (None, None) => None,
            _ => {
                return Err(("upstream.client_cert", "goes with client_key, and the other way round".into()));
            }
        };
        let add = self.add_headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value);
            let value =
                value.map_err(|_| ("upstream.add_headers", format!("the value of {name} is none")))?;
            Ok((field("upstream.add_headers", name)?, value))
        });
        let remove = self.remove_headers.iter().map(|name| field("upstream.remove_headers", name));
        Ok(Link {
            name: self.name.as_deref().map(Into::into),
            tls: ClientTls { ca_file: self.ca_file.clone(), client },
            protocol: self.protocol,
            credentials: self.credentials(env)?,
            add: add.collect::<Result<_, Wrong>>()?,
            remove: remove.collect::<Result<_, Wrong>>()?,
            connect: self.connect_seconds.map(Duration::from_secs),
            first_byte: self.first_byte_seconds.map(Duration::from_secs),
        })
    }

    fn credentials(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Credentials, Wrong> {
        let Some(variable) = &self.api_key_env else {
            return Ok(match self.credentials {
                None | Some(Whose::Caller) => Credentials::Caller,
                Some(Whose::None) => Credentials::Nobody,
            });
        };
        if self.credentials.is_some() {
            return Err(("upstream.credentials", "says otherwise than api_key_env: keep one of them".into()));
        }
        let key = env(variable).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| {
            ("upstream.api_key_env", format!("the environment has no {variable}: set it before starting"))
        })?;
        let header =
            field("upstream.api_key_header", self.api_key_header.as_deref().unwrap_or("authorization"))?;
        let bearer = header == http::header::AUTHORIZATION;
        let value = if bearer { format!("Bearer {key}") } else { key };
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            ("upstream.api_key_env", format!("{variable} has characters that no header can carry"))
        })?;
        value.set_sensitive(true);
        Ok(Credentials::Own { header, value })
    }
}

fn field(key: &'static str, name: &str) -> Result<HeaderName, Wrong> {
    HeaderName::from_str(name).map_err(|_| (key, format!("{name:?} is no header name")))
}

impl RouteTable {
    fn meant(&self, tables: &[Table]) -> Result<Route, Wrong> {
        let at = tables.iter().position(|table| table.name.as_deref() == Some(self.upstream.as_str()));
        let Some((to, table)) = at.and_then(|at| Some((at, tables.get(at)?))) else {
            return Err(("route.upstream", format!("no [[upstream]] has the name {:?}", self.upstream)));
        };
        if self.path.is_none() && self.models.is_empty() {
            return Err(("route", "say which requests: path, models or both".into()));
        }
        if self.path.as_deref().is_some_and(|path| !path.starts_with('/')) {
            return Err(("route.path", "must start with a slash".into()));
        }
        if self.strip && self.path.is_none() {
            return Err(("route.strip", "needs a path to leave out".into()));
        }
        // Which upstream a request goes to would hang on a word in its body, and with it who gets the caller's key.
        let theirs = table.credentials.is_none() && table.api_key_env.is_none();
        if to > 0 && !self.models.is_empty() && theirs {
            return Err((
                "route.models",
                format!(
                    "would hand callers' keys to {:?}: give that upstream api_key_env, or say credentials = \"caller\" or \"none\"",
                    self.upstream
                ),
            ));
        }
        Ok(Route { path: self.path.clone(), strip: self.strip, models: self.models.clone(), to })
    }
}
