//! What the edge is told: addresses, upstreams, policy and limits.

mod link;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::uri::{Authority, Scheme};
use sha2::{Digest, Sha256};

use super::audit::{AuditSettings, TraceSettings};
use super::policy::Rulings;
use super::reload::Reload;
use super::second::Panel;
use super::shadow::ShadowSettings;
use super::state::StateSettings;
use crate::budget::Budget;
use crate::judge::decide::Policy;
use crate::request::Request;
use crate::request::dialect::{ReadLimits, RefusalStyle};
use crate::screen::{Engine, Screening, screen_within};

pub use self::link::{ClientTls, Credentials, KeyPair, Link, Other, Protocol, Route};

/// How a request is screened: [`screen_within`], unless a test stands in for it.
pub type Screen = fn(&Engine, &Request, Budget) -> Screening;

/// Everything [`super::start`] needs besides the engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where requests come in; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where health, metrics and console are served, if at all.
    pub admin: Option<SocketAddr>,
    /// The certificate shown to callers; without one they speak plain HTTP.
    pub tls: Option<KeyPair>,
    /// Where cleared requests go that no route says otherwise of.
    pub upstream: Upstream,
    /// How it is reached.
    pub link: Link,
    /// More upstreams, for routes.
    pub others: Vec<Other>,
    /// Which requests go where: the first that fits.
    pub routes: Vec<Route>,
    /// The usual policy.
    pub policy: Policy,
    /// How a refusal is worded, usually.
    pub answer: Answering,
    /// Whom else than usual is treated how.
    pub rulings: Rulings,
    /// Rules or a model judged beside those in force, if any.
    pub shadow: Option<ShadowSettings>,
    /// How stored conversations are remembered.
    pub state: StateSettings,
    /// How rules, model and policy are read anew while the proxy runs; none means never.
    pub reload: Option<Reload>,
    /// How decisions are recorded.
    pub audit: AuditSettings,
    /// Where spans go, if anywhere.
    pub traces: Option<TraceSettings>,
    /// A folder of `replay --json` reports for the console to show.
    pub reports: Option<PathBuf>,
    /// What the admin listener asks for; it must have one to listen anywhere but on loopback.
    pub admin_token: Option<AdminToken>,
    /// Where the check services are, if at all.
    pub check: Option<SocketAddr>,
    /// Where Envoys ask over `ext_proc`, if at all.
    pub ext_proc: Option<SocketAddr>,
    /// How much of a body is read.
    pub read: ReadLimits,
    /// Routes beside the built-in ones.
    pub more_routes: MoreRoutes,
    /// How long peers may take.
    pub timeouts: Timeouts,
    /// Screenings at once.
    pub screenings: usize,
    /// Requests that may wait for a screening.
    pub queue: usize,
    /// Connections at once.
    pub connections: usize,
    /// Bytes of request bodies held at once.
    pub buffered_bytes: usize,
    /// The screening itself.
    pub screen: Screen,
    /// Who is asked for second opinions.
    pub second: Panel,
    /// How much is logged.
    pub log: LogLevel,
}

impl Settings {
    /// Default-safe settings in front of `upstream`: loopback, port 8080, no admin listener, block.
    pub fn new(upstream: Upstream) -> Self {
        Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin: None,
            tls: None,
            upstream,
            link: Link::default(),
            others: Vec::new(),
            routes: Vec::new(),
            policy: Policy::default(),
            answer: Answering::default(),
            rulings: Rulings::default(),
            shadow: None,
            state: StateSettings::default(),
            reload: None,
            audit: AuditSettings::default(),
            traces: None,
            reports: None,
            admin_token: None,
            check: None,
            ext_proc: None,
            read: ReadLimits::default(),
            more_routes: MoreRoutes::default(),
            timeouts: Timeouts::default(),
            screenings: std::thread::available_parallelism().map_or(2, usize::from),
            queue: 256,
            connections: 4096,
            buffered_bytes: 256 << 20,
            screen: screen_within,
            second: Panel::default(),
            log: LogLevel::default(),
        }
    }
}

impl Settings {
    /// The names of settings that cannot change while the proxy runs and that differ here.
    pub(crate) fn fixed_that_differ(&self, other: &Settings) -> Vec<&'static str> {
        let differs = [
            ("server.listen", self.listen != other.listen),
            ("server.admin", self.admin != other.admin),
            ("server.check", self.check != other.check),
            ("server.ext_proc", self.ext_proc != other.ext_proc),
            ("server.reports", self.reports != other.reports),
            ("server.admin_token_env", self.admin_token != other.admin_token),
            ("server.log", self.log != other.log),
            ("audit", self.audit != other.audit),
            ("state", self.state != other.state),
            ("telemetry", self.traces != other.traces),
            ("server.connections", self.connections != other.connections),
            ("server.tls_cert", format!("{:?}", self.tls) != format!("{:?}", other.tls)),
            ("upstream.url", self.upstream != other.upstream),
            ("upstream", format!("{:?}", self.link) != format!("{:?}", other.link)),
            ("upstreams", format!("{:?}", self.others) != format!("{:?}", other.others)),
            ("routes", self.more_routes != other.more_routes),
            ("route", format!("{:?}", self.routes) != format!("{:?}", other.routes)),
            ("limits of reading", format!("{:?}", self.read) != format!("{:?}", other.read)),
            ("timeouts", format!("{:?}", self.timeouts) != format!("{:?}", other.timeouts)),
            ("limits.screenings", self.screenings != other.screenings),
            ("limits.queue", self.queue != other.queue),
            ("limits.buffered_bytes", self.buffered_bytes != other.buffered_bytes),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

/// How much is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// What must be mended.
    Error,
    /// What should be looked at too.
    Warn,
    /// A line a request too.
    #[default]
    Info,
    /// What came of connections and of waiting too.
    Debug,
    /// Everything there is.
    Trace,
}

impl LogLevel {
    /// The levels, in words.
    pub const ALL: [(LogLevel, &'static str); 5] = [
        (LogLevel::Error, "error"),
        (LogLevel::Warn, "warn"),
        (LogLevel::Info, "info"),
        (LogLevel::Debug, "debug"),
        (LogLevel::Trace, "trace"),
    ];
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let known = LogLevel::ALL.iter().find(|(_, word)| *word == written);
        known.map(|(level, _)| *level).ok_or_else(|| "write error, warn, info, debug or trace".to_owned())
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = LogLevel::ALL.iter().find(|(level, _)| level == self);
        out.write_str(word.map_or("info", |(_, word)| word))
    }
}

/// How a refusal is worded and what it gives away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answering {
    /// An error, or an answer as the model would refuse.
    pub style: RefusalStyle,
    /// Whether category and rule are named to the caller.
    pub expose: bool,
    /// What the caller of a blocked request is told, with placeholders.
    pub message: Option<Arc<str>>,
}

/// The password of the admin listener, kept as its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// A token; at least 16 characters.
    ///
    /// # Errors
    /// When it is shorter.
    pub fn new(token: &str) -> Result<Self, String> {
        let token = token.trim();
        if token.len() < 16 {
            return Err(
                "the admin token must have at least 16 characters; e.g. `openssl rand -hex 32` makes one"
                    .into(),
            );
        }
        Ok(AdminToken(Sha256::digest(token.as_bytes()).into()))
    }

    /// Whether this is the token. Hashes are compared: the time it takes says nothing of the token.
    pub(crate) fn is(&self, given: &str) -> bool {
        <[u8; 32]>::from(Sha256::digest(given.trim().as_bytes())) == self.0
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("AdminToken")
    }
}

/// What the operator adds to the built-in routes. Paths are compared whole, `{name}` in them standing for any part of one segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoreRoutes {
    /// POST routes with a JSON body of which every string is screened.
    pub any: Vec<String>,
    /// Routes served although they are denied by default.
    pub allow: Vec<String>,
}

/// How long peers may take. `Default` is section 7 of the design.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// A client to finish a TLS handshake.
    pub handshake: Duration,
    /// A client to send a request head, from its first byte.
    pub header: Duration,
    /// A client between two requests.
    pub keep_alive: Duration,
    /// A client between two pieces of a body.
    pub body_idle: Duration,
    /// The upstream to accept a connection, TLS included.
    pub connect: Duration,
    /// The upstream to start answering.
    pub first_byte: Duration,
    /// Requests in flight to end once the proxy is told to stop.
    pub drain: Duration,
    /// A request to wait for its screening; who would wait longer is told to come again.
    pub queue: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            handshake: Duration::from_secs(10),
            header: Duration::from_secs(15),
            keep_alive: Duration::from_secs(60),
            body_idle: Duration::from_secs(30),
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(600),
            drain: Duration::from_secs(30),
            queue: Duration::from_secs(5),
        }
    }
}

/// Where cleared requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upstream {
    /// The built-in stand-in model.
    Echo,
    /// An API.
    Base(BaseUrl),
}

impl fmt::Display for Upstream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Upstream::Echo => out.write_str("echo:"),
            Upstream::Base(base) => base.fmt(out),
        }
    }
}

/// Scheme, authority and base path of an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    path: String,
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl BaseUrl {
    /// `http` or `https`.
    pub(crate) fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The address of `path_and_query` (which starts with a slash) under this base. A base that ends in `/v1` is the one SDKs
    /// are given: the `/v1` of the path is not doubled.
    pub(crate) fn join(&self, path_and_query: &str) -> Result<Uri, http::Error> {
        let doubled = self.path.ends_with("/v1") && path_and_query.starts_with("/v1/");
        let tail = if doubled { &path_and_query["/v1".len()..] } else { path_and_query };
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(format!("{}{tail}", self.path))
            .build()
    }
}

impl FromStr for Upstream {
    type Err = String;

    /// Reads `echo:` or an `http(s)://` base URL.
    fn from_str(written: &str) -> Result<Self, String> {
        if written == "echo:" {
            return Ok(Upstream::Echo);
        }
        let refuse =
            |why: &str| Err(format!("{why}: write e.g. https://api.openai.com, or echo: to try things out"));
        let Ok(uri) = written.parse::<Uri>() else { return refuse("the upstream is no URL") };
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return refuse("the upstream needs a scheme and a host");
        };
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return refuse("the upstream's scheme is neither http nor https");
        }
        if authority.as_str().contains('@') || uri.query().is_some() {
            return refuse("the upstream may carry no credentials and no query");
        }
        Ok(Upstream::Base(BaseUrl {
            scheme: scheme.clone(),
            authority: authority.clone(),
            path: uri.path().trim_end_matches('/').to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_is_kept_and_v1_is_not_doubled() {
        for (base, want) in [
            ("http://h:1", "http://h:1/v1/models?a=b"),
            ("http://h:1/", "http://h:1/v1/models?a=b"),
            ("https://h/v1", "https://h/v1/models?a=b"),
            ("https://h/openai/", "https://h/openai/v1/models?a=b"),
        ] {
            let Ok(Upstream::Base(base)) = base.parse() else { panic!("{base}") };
            assert_eq!(base.join("/v1/models?a=b").unwrap().to_string(), want);
        }
    }

    #[test]
    fn what_is_no_upstream_is_refused() {
        for written in ["", "h", "ftp://h", "https://me:secret@h", "https://h?key=1", "/v1"] {
            assert!(written.parse::<Upstream>().is_err(), "{written}");
        }
        assert_eq!("echo:".parse(), Ok(Upstream::Echo));
    }
}
