//! Settings: as written (`raw`), then as meant; builds every room's options.

mod raw;
mod rule_files;
mod upstreams;

pub use rule_files::rule_files;

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::raw::{Raw, Respond};
use self::upstreams::{Upstreams, Written};
use crate::budget::Limits;
use crate::judge::classify::Judges;
use crate::judge::classify::model::Model;
use crate::judge::decide::Policy;
use crate::judge::rule::{RuleErrors, RuleSet};
use crate::request::dialect::{ReadLimits, RefusalStyle};
use crate::screen::{Engine, Options};
use crate::serve::{Answering, KeyPair, MoreRoutes, Settings, Timeouts, Upstream};

/// Settings as meant. `Default` is what holds without a config file.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The policy of requests no route says otherwise of.
    pub policy: Policy,
    /// What one screening may spend.
    pub limits: Limits,
    /// Which stages run.
    pub screening: Options,
    /// How much of a body is read.
    pub read: ReadLimits,
    /// How a refusal is worded.
    pub answer: Answering,
    /// How long peers may take.
    pub timeouts: Timeouts,
    /// Where requests come in.
    pub listen: Option<SocketAddr>,
    /// Where health, metrics and console are.
    pub admin: Option<SocketAddr>,
    /// Where cleared requests go.
    pub upstream: Option<Upstream>,
    /// Routes beside the built-in ones.
    pub routes: MoreRoutes,
    /// Folders and files of rules; empty means the built-in rules.
    pub rule_paths: Vec<PathBuf>,
    /// The model's file; none means the built-in model.
    pub model_path: Option<PathBuf>,
    /// The certificate shown to callers.
    pub tls: Option<KeyPair>,
    upstreams: Upstreams,
    capacity: Capacity,
}

/// How much is done at once, where the file says so.
#[derive(Debug, Clone, Copy, Default)]
struct Capacity {
    connections: Option<usize>,
    screenings: Option<usize>,
    queue: Option<usize>,
    buffered_bytes: Option<usize>,
}

/// Why a config, rule or model file was refused: what, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl Config {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// When the file cannot be read, or says something that has no meaning: with file and line.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError(format!("{}: {error}; check the path given to --config", path.display()))
        })?;
        Config::from_toml(&text, &path.display())
    }

    /// Reads TOML that came from `file`, which is named in errors only.
    ///
    /// # Errors
    /// As [`Config::from_file`].
    pub fn from_toml(text: &str, file: &dyn fmt::Display) -> Result<Self, ConfigError> {
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            ConfigError(format!("{file}:{line}: {}{}", first_line(error.message()), nearest(error.message())))
        })?;
        Config::meant(raw).map_err(|(key, why)| {
            let name = key.rsplit('.').next().unwrap_or(key);
            let line =
                text.lines().position(|line| line.trim_start().starts_with(name)).map_or(1, |at| at + 1);
            ConfigError(format!("{file}:{line}: {key}: {why}"))
        })
    }

    fn meant(raw: Raw) -> Result<Self, (&'static str, String)> {
        let mut config = Config::default();
        config.take_policy(&raw.policy)?;
        config.take_unread(&raw.unread);
        config.take_limits(&raw.limits);
        config.take_timeouts(&raw);
        config.take_routes(raw.routes)?;
        config.listen = parsed("server.listen", raw.server.listen.as_deref(), address)?;
        config.admin = parsed("server.admin", raw.server.admin.as_deref(), address)?;
        config.tls = match (raw.server.tls_cert, raw.server.tls_key) {
            (Some(cert), Some(key)) => Some(KeyPair { cert, key }),
            (None, None) => None,
            _ => return Err(("server.tls_cert", "goes with tls_key, and the other way round".into())),
        };
        config.upstreams = Upstreams::meant(&raw.upstream, &raw.route, &variable)?;
        config.upstream = config.upstreams.usual.take();
        config.rule_paths = raw.rules.paths;
        config.model_path = raw.model.path;
        config.capacity = Capacity {
            connections: raw.server.connections,
            screenings: raw.limits.screenings,
            queue: raw.limits.queue,
            buffered_bytes: raw.limits.buffered_bytes,
        };
        Ok(config)
    }

    fn take_policy(&mut self, raw: &raw::Policy) -> Result<(), (&'static str, String)> {
        let policy = &mut self.policy;
        policy.mode = raw.mode.unwrap_or(policy.mode);
        policy.on_failure = raw.on_failure.unwrap_or(policy.on_failure);
        policy.strictness = raw.strictness.unwrap_or(policy.strictness);
        if !(1..=4).contains(&policy.strictness) {
            return Err(("policy.strictness", "write 1 (fewest false alarms) to 4 (fewest misses)".into()));
        }
        self.screening.history = raw.history.unwrap_or(self.screening.history);
        self.answer.expose = raw.expose.unwrap_or(false);
        self.answer.style = match raw.respond {
            None | Some(Respond::Error) => RefusalStyle::Error,
            Some(Respond::Refusal) => RefusalStyle::Refusal,
        };
        Ok(())
    }

    fn take_unread(&mut self, raw: &raw::Unread) {
        let unread = &mut self.policy.unread;
        unread.image = raw.image.unwrap_or(unread.image);
        unread.audio = raw.audio.unwrap_or(unread.audio);
        unread.file = raw.file.unwrap_or(unread.file);
        unread.tokens = raw.tokens.unwrap_or(unread.tokens);
        unread.state = raw.state.unwrap_or(unread.state);
        unread.sealed = raw.sealed.unwrap_or(unread.sealed);
    }

    fn take_routes(&mut self, raw: raw::Routes) -> Result<(), (&'static str, String)> {
        let odd =
            |path: &String| !path.starts_with('/') || path.contains("//") || path.contains(['?', '%', '*']);
        for (key, paths) in [("routes.any", &raw.any), ("routes.allow", &raw.allow)] {
            if let Some(path) = paths.iter().find(|path| odd(path)) {
                return Err((key, format!("{path:?} is no path: write it whole, e.g. \"/custom/generate\"")));
            }
        }
        self.routes = MoreRoutes { any: raw.any, allow: raw.allow };
        Ok(())
    }

    fn take_limits(&mut self, raw: &raw::Limits) {
        let (read, limits) = (&mut self.read, &mut self.limits);
        read.body_bytes = raw.body_bytes.unwrap_or(read.body_bytes);
        read.text_bytes = raw.text_bytes.unwrap_or(read.text_bytes);
        read.depth = raw.json_depth.unwrap_or(read.depth);
        read.nodes = raw.json_nodes.unwrap_or(read.nodes);
        limits.text_bytes = raw.text_bytes.unwrap_or(limits.text_bytes);
        limits.steps = raw.steps.unwrap_or(limits.steps);
        limits.value_bytes = raw.value_bytes.unwrap_or(limits.value_bytes);
        limits.deadline = raw.deadline_ms.map_or(limits.deadline, Duration::from_millis);
        limits.candidates = raw.candidates.unwrap_or(limits.candidates);
    }

    fn take_timeouts(&mut self, raw: &Raw) {
        let times = &mut self.timeouts;
        let take =
            |time: &mut Duration, seconds: Option<u64>| *time = seconds.map_or(*time, Duration::from_secs);
        if let Written::One(upstream) = &raw.upstream {
            take(&mut times.connect, upstream.connect_seconds);
            take(&mut times.first_byte, upstream.first_byte_seconds);
        }
        take(&mut times.drain, raw.server.drain_seconds);
        take(&mut times.handshake, raw.server.handshake_seconds);
        take(&mut times.header, raw.server.header_seconds);
        take(&mut times.body_idle, raw.server.body_idle_seconds);
        take(&mut times.keep_alive, raw.server.keep_alive_seconds);
    }

    /// Loads rules and model and builds the engine.
    ///
    /// # Errors
    /// When a rule file or the model is refused.
    pub fn engine(&self) -> Result<Engine, ConfigError> {
        Ok(Engine {
            judges: Judges { rules: Arc::new(self.rules()?), model: self.model()? },
            limits: self.limits.clone(),
            options: self.screening,
        })
    }

    /// The rules under `rule_paths`, or the built-in ones.
    fn rules(&self) -> Result<RuleSet, ConfigError> {
        let refused = |errors: RuleErrors| ConfigError(errors.to_string());
        if self.rule_paths.is_empty() {
            return RuleSet::embedded().map_err(refused);
        }
        let paths: Vec<&Path> = self.rule_paths.iter().map(PathBuf::as_path).collect();
        RuleSet::from_files(rule_files(&paths)?).map_err(refused)
    }

    /// The model in `model_path`, or the built-in one.
    fn model(&self) -> Result<Arc<Model>, ConfigError> {
        let Some(path) = &self.model_path else {
            return Model::embedded().map_err(|error| ConfigError(format!("the built-in model: {error}")));
        };
        let wrong = |error: &dyn fmt::Display| ConfigError(format!("{}: {error}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| wrong(&error))?;
        Model::from_bytes(&bytes).map(Arc::new).map_err(|error| wrong(&error))
    }

    /// What `serve` is told.
    ///
    /// # Errors
    /// When no upstream is named.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let upstream = self.upstream.clone().ok_or_else(|| {
            ConfigError(
                "no upstream: give --upstream URL or [upstream] url, e.g. https://api.openai.com, or echo: to try things out"
                    .into(),
            )
        })?;
        let usual = Settings::new(upstream);
        Ok(Settings {
            listen: self.listen.unwrap_or(usual.listen),
            admin: self.admin,
            tls: self.tls.clone(),
            link: self.upstreams.link.clone(),
            others: self.upstreams.others.clone(),
            routes: self.upstreams.routes.clone(),
            policy: self.policy,
            answer: self.answer,
            read: self.read.clone(),
            more_routes: self.routes.clone(),
            timeouts: self.timeouts,
            screenings: self.capacity.screenings.unwrap_or(usual.screenings),
            queue: self.capacity.queue.unwrap_or(usual.queue),
            connections: self.capacity.connections.unwrap_or(usual.connections),
            buffered_bytes: self.capacity.buffered_bytes.unwrap_or(usual.buffered_bytes),
            ..usual
        })
    }
}

/// Reads `host:port`, e.g. `127.0.0.1:8080` or `localhost:0`.
///
/// # Errors
/// What to write instead.
pub fn address(written: &str) -> Result<SocketAddr, String> {
    let hint = || format!("{written:?} is no address: write e.g. 127.0.0.1:8080 (port 0 picks a free one)");
    if let Ok(addr) = written.parse() {
        return Ok(addr);
    }
    written.to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or_else(hint)
}

fn parsed<T>(
    key: &'static str,
    written: Option<&str>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, (&'static str, String)> {
    written.map(parse).transpose().map_err(|why| (key, why))
}

/// The one place where the environment is read.
#[expect(clippy::disallowed_methods, reason = "keys come from the environment so that they are in no file")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or(message)
}

/// The known key nearest to an unknown one, read from serde's own list (``unknown field `x`, expected `y` or `z` ``).
fn nearest(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let (true, Some(wrong)) = (message.starts_with("unknown"), names.next()) else { return String::new() };
    let best =
        names.map(|known| (strsim::jaro_winkler(wrong, known), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((score, known)) if score > 0.7 => format!("; did you mean `{known}`?"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default() {
        let config = Config::from_toml("", &"x.toml").unwrap();
        assert_eq!(config.policy, Policy::default());
        assert!(config.settings().is_err_and(|error| error.0.contains("--upstream")));
    }

    /// The documented file.
    const DOCUMENTED: &str = include_str!("../../docs/unspool.toml");

    #[test]
    fn the_documented_file_says_the_defaults() {
        let mut config = Config::from_toml(DOCUMENTED, &"unspool.toml").unwrap();
        assert_eq!(config.listen, Some(Settings::new(Upstream::Echo).listen));
        (config.upstream, config.listen) = (Some(Upstream::Echo), None);
        (config.upstreams.link.connect, config.upstreams.link.first_byte) = (None, None);
        let usual = Config { upstream: Some(Upstream::Echo), ..Config::default() };
        assert_eq!(format!("{:?}", config.settings().unwrap()), format!("{:?}", usual.settings().unwrap()));
        (config.capacity, config.upstream) = (Capacity::default(), None);
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn the_documented_file_has_every_key() {
        let is_key = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let bare = |line: &'static str| line.strip_prefix("# ").filter(|rest| is_key(rest)).unwrap_or(line);
        let one = DOCUMENTED.lines().filter(|line| !line.contains("api_key_env"));
        let all = one.map(bare).collect::<Vec<_>>().join("\n");
        assert!(Config::from_toml(&all, &"unspool.toml").unwrap().model_path.is_some());
        let table: toml::Table = toml::from_str(&all).unwrap();
        for (section, keys) in &table {
            let error = Config::from_toml(&format!("[{section}]\nzz = 1\n"), &"x").unwrap_err().0;
            let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
            assert!(!known.is_empty(), "{error}");
            for key in known {
                let written = keys.as_table().unwrap().contains_key(key) || key.starts_with("api_key_");
                assert!(written || key == "name", "[{section}] {key} is not documented");
            }
        }
        assert_eq!(table.len(), 8);
    }

    #[test]
    fn several_upstreams_and_their_routes() {
        let text = include_str!("../../docs/several-upstreams.toml");
        let raw: Raw = toml::from_str(text).unwrap();
        let env = |name: &str| Some(format!("secret of {name}"));
        let all = Upstreams::meant(&raw.upstream, &raw.route, &env).unwrap();
        assert_eq!(all.usual.as_ref().unwrap().to_string(), "https://api.openai.com");
        let names: Vec<String> = all.others.iter().map(|other| other.upstream.to_string()).collect();
        assert_eq!(names, ["https://api.anthropic.com", "https://llm.internal:8443/gateway"]);
        assert_eq!(all.routes.iter().map(|route| route.to).collect::<Vec<_>>(), [1, 1, 2]);
        assert!(!format!("{all:?}").contains("secret of"), "a key shows in Debug");
        let missing = Upstreams::meant(&raw.upstream, &raw.route, &|_| None).unwrap_err().1;
        assert!(missing.contains("ANTHROPIC_API_KEY"), "{missing}");
    }

    #[test]
    fn upstreams_that_make_no_sense_are_refused() {
        let two =
            "[[upstream]]\nname = \"a\"\nurl = \"echo:\"\n[[upstream]]\nname = \"b\"\nurl = \"echo:\"\n";
        for (text, word) in [
            ("[[upstream]]\nurl = \"echo:\"\n[[upstream]]\nurl = \"echo:\"\n", "needs a name"),
            ("[[upstream]]\nurl = \"echo:\"\nurll = 1\n", "did you mean `url`"),
            ("upstream = 3\n", "[[upstream]]"),
            (&format!("{two}[[route]]\npath = \"/x\"\nupstream = \"c\"\n"), "no [[upstream]] has the name"),
            (&format!("{two}[[route]]\nupstream = \"b\"\n"), "which requests"),
            (&format!("{two}[[route]]\npath = \"x\"\nupstream = \"b\"\n"), "slash"),
            (&format!("{two}[[route]]\nmodels = [\"m\"]\nupstream = \"b\"\n"), "callers' keys"),
            (&format!("{two}[[upstream]]\nname = \"a\"\nurl = \"echo:\"\n"), "two upstreams"),
            ("[upstream]\napi_key_env = \"UNSPOOL_NO_SUCH_VARIABLE\"\n", "UNSPOOL_NO_SUCH_VARIABLE"),
            ("[upstream]\nclient_cert = \"x\"\n", "client_key"),
            ("[upstream]\nadd_headers = { \"a b\" = \"c\" }\n", "no header name"),
            ("[server]\ntls_cert = \"x\"\n", "tls_key"),
        ] {
            let error = Config::from_toml(text, &"x.toml").unwrap_err().0;
            assert!(error.contains(word), "{text:?} → {error}");
        }
    }

    #[test]
    fn every_section_is_taken() {
        let text = "[server]\nlisten = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n[upstream]\nurl = \"echo:\"\n\
            [policy]\nmode = \"monitor\"\nstrictness = 3\nrespond = \"refusal\"\nexpose = true\nhistory = \"latest_turn\"\n\
            [limits]\nbody_bytes = 1000\nsteps = 7\n[rules]\npaths = [\"r\"]\n[model]\npath = \"m\"\n";
        let config = Config::from_toml(text, &"x.toml").unwrap();
        let settings = config.settings().unwrap();
        assert_eq!((settings.read.body_bytes, config.limits.steps, config.policy.strictness), (1000, 7, 3));
        assert_eq!(settings.upstream, Upstream::Echo);
        assert!(settings.answer.expose && settings.admin.is_some() && config.model_path.is_some());
    }

    #[test]
    fn a_wrong_key_names_file_line_and_the_nearest_key() {
        for (text, line, word) in [
            ("[server]\nlisen = \"x\"\n", 2, "did you mean `listen`"),
            ("[policy]\n\nstrictnes = 2\n", 3, "did you mean `strictness`"),
            ("[polcy]\n", 1, "did you mean `policy`"),
            ("[policy]\nmode = \"blok\"\n", 2, "did you mean `block`"),
            ("[policy]\nmode = 3\n", 2, "x.toml"),
            ("[server]\nlisten = \"nowhere\"\n", 2, "127.0.0.1:8080"),
            ("[policy]\nstrictness = 5\n", 2, "1 (fewest"),
            ("[upstream]\nurl = \"ftp://x\"\n", 2, "https://api.openai.com"),
            ("[routes]\nany = [\"generate\"]\n", 2, "/custom/generate"),
            ("[unread]\nimage = \"ignore\"\n", 2, "forward"),
            ("[server\n", 1, "x.toml"),
        ] {
            let error = Config::from_toml(text, &"x.toml").unwrap_err().0;
            assert!(
                error.starts_with(&format!("x.toml:{line}:")) && error.contains(word),
                "{text:?} → {error}"
            );
        }
    }
}
