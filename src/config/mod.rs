//! Settings: as written (`raw`), then as meant; builds every room's options.

mod operation;
mod overrides;
mod raw;
mod rule_files;
mod second;
mod upstreams;

pub use rule_files::rule_files;

use std::fmt;
use std::mem::take;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::operation::Shadowing;
use self::raw::{Raw, Respond};
use self::second::Wanted;
use self::upstreams::{Upstreams, Written};
use crate::budget::Limits;
use crate::judge::classify::Judges;
use crate::judge::classify::model::Model;
use crate::judge::decide::Policy;
use crate::judge::rule::{RuleErrors, RuleSet, examples, speed};
use crate::request::dialect::{ReadLimits, RefusalStyle};
use crate::screen::{Engine, Kept, Options};
use crate::serve::audit::{AuditSettings, TraceSettings};
use crate::serve::policy::{Rulings, check_template};
use crate::serve::second::Panel;
use crate::serve::{
    AdminToken, Answering, KeyPair, LogLevel, MoreRoutes, Settings, StateSettings, Timeouts, Upstream,
};

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
    /// How decisions are recorded.
    pub audit: AuditSettings,
    /// Where spans go, if anywhere.
    pub traces: Option<TraceSettings>,
    /// The environment variable that holds the admin listener's token.
    pub admin_token_env: Option<String>,
    /// Where the check services are.
    pub check: Option<SocketAddr>,
    /// A folder of reports for the console.
    pub reports: Option<PathBuf>,
    /// Where Envoys ask.
    pub ext_proc: Option<SocketAddr>,
    /// How much is logged.
    pub log: LogLevel,
    rulings: Rulings,
    shadow: Shadowing,
    /// How stored conversations are remembered.
    pub state: StateSettings,
    /// The certificate shown to callers.
    pub tls: Option<KeyPair>,
    upstreams: Upstreams,
    second: Vec<Wanted>,
    capacity: Capacity,
}

/// How much is done at once, where the file says so.
#[derive(Debug, Clone, Copy, Default)]
struct Capacity {
    connections: Option<usize>,
    screenings: Option<usize>,
    queue: Option<usize>,
    buffered_bytes: Option<usize>,
    cache_bytes: Option<usize>,
}

/// What is kept from one request to the next, where the file says nothing: the conversations of a few dozen callers.
const CACHE_BYTES: usize = 16 << 20;

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
        let mut raw: Raw = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            ConfigError(format!("{file}:{line}: {}{}", first_line(error.message()), nearest(error.message())))
        })?;
        let rulings = overrides::meant(take(&mut raw.overrides), take(&mut raw.exclusions))
            .map_err(|(at, why)| ConfigError(format!("{file}:{}: {why}", line_of(text, at))))?;
        let second = second::meant(take(&mut raw.second), &variable)
            .map_err(|(at, why)| ConfigError(format!("{file}:{}: {why}", line_of(text, at))))?;
        let config = Config::meant(raw).map_err(|(key, why)| {
            let name = key.rsplit('.').next().unwrap_or(key);
            let line =
                text.lines().position(|line| line.trim_start().starts_with(name)).map_or(1, |at| at + 1);
            ConfigError(format!("{file}:{line}: {key}: {why}"))
        })?;
        Ok(Config { rulings, second, ..config })
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
        config.check = parsed("server.check", raw.server.check.as_deref(), address)?;
        config.ext_proc = parsed("server.ext_proc", raw.server.ext_proc.as_deref(), address)?;
        config.reports = raw.server.reports;
        config.log = raw.server.log.unwrap_or_default();
        config.admin_token_env = raw.server.admin_token_env;
        config.take_audit(raw.audit)?;
        config.take_telemetry(raw.telemetry)?;
        config.take_state(raw.state)?;
        config.shadow.take(raw.shadow);
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
            cache_bytes: raw.limits.cache_bytes,
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
        if let Some(message) = &raw.message {
            check_template(message).map_err(|why| ("policy.message", why))?;
            self.answer.message = Some(message.as_str().into());
        }
        Ok(())
    }

    /// The admin listener's token, from the environment.
    fn admin_token(&self) -> Result<Option<AdminToken>, ConfigError> {
        let Some(name) = &self.admin_token_env else { return Ok(None) };
        let missing =
            || ConfigError(format!("the environment has no {name}, which should hold the admin token"));
        let token = variable(name).ok_or_else(missing)?;
        AdminToken::new(&token).map(Some).map_err(|why| ConfigError(format!("{name}: {why}")))
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
        let odd = |path: &String| {
            !path.starts_with('/')
                || path.contains("//")
                || path.contains(['?', '%', '*'])
                || !path.split('/').all(names_at_most_one)
        };
        for (key, paths) in [("routes.any", &raw.any), ("routes.allow", &raw.allow)] {
            if let Some(path) = paths.iter().find(|path| odd(path)) {
                return Err((
                    key,
                    format!(
                        "{path:?} is no path: write it whole, e.g. \"/custom/generate\" or \"/agents/{{id}}/ask\""
                    ),
                ));
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
        take(&mut times.queue, raw.limits.queue_seconds);
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
            kept: Kept::of(self.capacity.cache_bytes.unwrap_or(CACHE_BYTES)),
        })
    }

    /// Who is asked for second opinions. Local models are loaded here.
    ///
    /// # Errors
    /// When a folder holds no model that can be used, or TLS cannot be set up.
    pub fn second(&self) -> Result<Panel, ConfigError> {
        let seats = self.second.iter().map(Wanted::seat).collect::<Result<_, _>>()?;
        Ok(Panel::new(seats))
    }

    /// Keeps of the second opinions only the one of this name; a folder that has no name here is a local model.
    ///
    /// # Errors
    /// When there is neither.
    pub fn only_second(&mut self, name: &str) -> Result<(), ConfigError> {
        if self.second.iter().any(|wanted| wanted.is_named(name)) {
            self.second.retain(|wanted| wanted.is_named(name));
            return Ok(());
        }
        if !Path::new(name).is_dir() {
            let known: Vec<&str> = self.second.iter().map(Wanted::name).collect();
            return Err(ConfigError(format!(
                "there is no [[second]] of the name {name:?} (there are {known:?}) and no such folder"
            )));
        }
        self.second = vec![Wanted::folder(Path::new(name))];
        Ok(())
    }

    /// The rules under `rule_paths`, or the built-in ones.
    fn rules(&self) -> Result<RuleSet, ConfigError> {
        if self.rule_paths.is_empty() {
            return RuleSet::embedded().map_err(|errors| ConfigError(errors.to_string()));
        }
        proved(&self.rule_paths)
    }

    /// Files and folders that [`Config::engine`] and [`Config::settings`] read.
    pub fn reads(&self) -> Vec<PathBuf> {
        let second = self.second.iter().flat_map(Wanted::reads);
        let rules = self.rule_paths.iter().chain(&self.shadow.rules);
        let on_disk = rules.filter(|path| **path != Path::new(rule_files::BUILT_IN));
        on_disk.chain(&self.model_path).chain(&self.shadow.model).cloned().chain(second).collect()
    }

    /// The model in `model_path`, or the built-in one.
    fn model(&self) -> Result<Arc<Model>, ConfigError> {
        match &self.model_path {
            Some(path) => model_in(path),
            None => Model::embedded().map_err(|error| ConfigError(format!("the built-in model: {error}"))),
        }
    }

    /// What `serve` is told.
    ///
    /// # Errors
    /// When no upstream is named, or what is judged beside is refused.
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
            answer: self.answer.clone(),
            rulings: self.rulings.clone(),
            shadow: self.shadow()?,
            state: self.state.clone(),
            second: self.second()?,
            audit: self.audit.clone(),
            traces: self.traces.clone(),
            admin_token: self.admin_token()?,
            check: self.check,
            ext_proc: self.ext_proc,
            reports: self.reports.clone(),
            log: self.log,
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

/// The rules in these files and folders, proved by their examples and measured.
fn proved(paths: &[PathBuf]) -> Result<RuleSet, ConfigError> {
    let refused = |errors: RuleErrors| ConfigError(errors.to_string());
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let set = RuleSet::from_files(rule_files(&paths)?).map_err(refused)?;
    let report = examples::check(&set);
    let wrong: Vec<String> = report.failures.into_iter().chain(speed::slow(&set)).collect();
    if wrong.is_empty() { Ok(set) } else { Err(ConfigError(wrong.join("\n"))) }
}

/// The model in this file.
fn model_in(path: &Path) -> Result<Arc<Model>, ConfigError> {
    let wrong = |error: &dyn fmt::Display| ConfigError(format!("{}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| wrong(&error))?;
    Model::from_bytes(&bytes).map(Arc::new).map_err(|error| wrong(&error))
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

/// Whether a segment of a path holds no braces, or those of one `{name}`.
fn names_at_most_one(segment: &str) -> bool {
    let braces: String = segment.chars().filter(|letter| matches!(letter, '{' | '}')).collect();
    braces.is_empty() || braces == "{}" && !segment.contains("{}")
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
mod tests;
