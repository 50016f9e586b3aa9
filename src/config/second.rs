//! `[[second]]`: who is asked for second opinions, as written, then as meant.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderName, HeaderValue};
use serde::Deserialize;
use toml::Spanned;

use super::ConfigError;
use crate::judge::second::{Counsel, Counts, OnError};
use crate::read::candidate::Origin;
use crate::second::family::{FAMILIES, Prompt, named};
use crate::second::local::{HEAD, Local};
use crate::second::{Terms, When, ask};
use crate::serve::second::{Endpoint, Remote, Seat, Speaks};
use crate::serve::{BaseUrl, ClientTls, Upstream};

/// `[[second]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Second {
    name: Spanned<String>,
    kind: String,
    path: Option<PathBuf>,
    head: Option<PathBuf>,
    #[serde(default)]
    labels: Vec<String>,
    url: Option<String>,
    model: Option<String>,
    api_key_env: Option<String>,
    api_key_header: Option<String>,
    ca_file: Option<PathBuf>,
    prompt: Option<Prompt>,
    #[serde(default)]
    logprobs: bool,
    #[serde(default)]
    ask: Ask,
    band: Option<[f32; 2]>,
    origins: Option<Vec<String>>,
    texts: Option<usize>,
    chars: Option<usize>,
    block_at: Option<f32>,
    flag_at: Option<f32>,
    clear_below: Option<f32>,
    weight: Option<f32>,
    #[serde(default)]
    on_error: OnError,
    timeout_ms: Option<u64>,
    concurrency: Option<usize>,
    cache_entries: Option<usize>,
    cache_seconds: Option<u64>,
}

/// When it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ask {
    #[default]
    Band,
    Always,
}

/// One who is to be asked. Keys are read from the environment by now, and shown by no `Debug`.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    name: Arc<str>,
    terms: Terms,
    scores: Scores,
    on_error: OnError,
    who: Who,
}

/// What its scores mean.
#[derive(Debug, Clone, Copy)]
struct Scores {
    block: f32,
    flag: f32,
    clear: Option<f32>,
    weight: Option<f32>,
}

impl Default for Scores {
    fn default() -> Self {
        Scores { block: 0.5, flag: 0.3, clear: None, weight: None }
    }
}

#[derive(Debug, Clone)]
enum Who {
    Local { path: PathBuf, head: Option<PathBuf>, labels: Vec<String> },
    Remote(Box<Endpoint>),
}

/// What is wrong, and at which byte of the file.
type Wrong = (usize, String);

/// Reads the tables as meant. `env` looks a variable up.
pub(super) fn meant(tables: Vec<Second>, env: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Wanted>, Wrong> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for table in tables {
        let at = table.name.span().start;
        let one = table.meant(env).map_err(|(name, why)| (at, format!("second `{name}`: {why}")))?;
        if wanted.iter().any(|other| other.name == one.name) {
            return Err((at, format!("two second opinions are called `{}`", one.name)));
        }
        wanted.push(one);
    }
    Ok(wanted)
}

impl Second {
    fn meant(self, env: &dyn Fn(&str) -> Option<String>) -> Result<Wanted, (String, String)> {
        let name = self.name.get_ref().clone();
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
            let why = "name it with letters, digits, `.`, `_` and `-`, at most 64".to_owned();
            return Err((name, why));
        }
        self.parts(env, &name).map_err(|why| (name, why))
    }

    fn parts(&self, env: &dyn Fn(&str) -> Option<String>, name: &str) -> Result<Wanted, String> {
        let who =
            if self.kind == "local" { self.local()? } else { Who::Remote(Box::new(self.endpoint(env)?)) };
        let local = matches!(who, Who::Local { .. });
        let usual = Terms::default();
        let when = match (self.ask, self.band) {
            (Ask::Always, None) => When::Always,
            (Ask::Always, Some(_)) => return Err("ask = \"always\" leaves no band: keep one of them".into()),
            (Ask::Band, None) => usual.when,
            (Ask::Band, Some([low, high])) if 0.0 <= low && low <= high && high <= 1.0 => {
                When::Band(low, high)
            }
            (Ask::Band, Some(_)) => return Err("band is two scores between 0 and 1, the lower first".into()),
        };
        let origins = self.origins.as_deref().map_or(Ok(usual.origins), ask::origins).map_err(|odd| {
            let known = Origin::ALL.map(Origin::name).join(", ");
            format!("origins has {odd:?}, which is none of {known}")
        })?;
        let terms = Terms {
            when,
            origins,
            texts: self.texts.unwrap_or(usual.texts),
            chars: self.chars.unwrap_or(usual.chars),
            timeout: self.timeout_ms.map_or(usual.timeout, Duration::from_millis),
            concurrency: self.concurrency.unwrap_or(if local { cores() } else { usual.concurrency }),
            cache_entries: self.cache_entries.unwrap_or(usual.cache_entries),
            cache_time: self.cache_seconds.map_or(usual.cache_time, Duration::from_secs),
        };
        if terms.concurrency == 0 || terms.texts == 0 || terms.timeout.is_zero() {
            return Err("texts, concurrency and timeout_ms must be at least 1".into());
        }
        Ok(Wanted { name: name.into(), terms, scores: self.scores()?, on_error: self.on_error, who })
    }

    fn scores(&self) -> Result<Scores, String> {
        let usual = Scores::default();
        let block = self.block_at.unwrap_or(usual.block);
        let flag = self.flag_at.unwrap_or(usual.flag.min(block));
        let all = [Some(block), Some(flag), self.clear_below, self.weight];
        if all.into_iter().flatten().any(|score| !(0.0..=1.0).contains(&score)) || flag > block {
            return Err(
                "block_at, flag_at, clear_below and weight lie between 0 and 1, flag_at not above block_at"
                    .into(),
            );
        }
        Ok(Scores { block, flag, clear: self.clear_below, weight: self.weight })
    }

    fn local(&self) -> Result<Who, String> {
        if self.url.is_some() || self.api_key_env.is_some() || self.prompt.is_some() {
            return Err("a local model has no url, api_key_env or prompt".into());
        }
        let path = self.path.clone().ok_or("say in `path` which folder the model lies in")?;
        Ok(Who::Local { path, head: self.head.clone(), labels: self.labels.clone() })
    }

    fn endpoint(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Endpoint, String> {
        let speaks = match (self.kind.as_str(), named(&self.kind)) {
            ("moderations", _) => Speaks::Moderations,
            (_, Some(family)) => {
                let prompt = self.prompt.unwrap_or(family.usual);
                Speaks::Guard { family, prompt, logprobs: self.logprobs }
            }
            (kind, None) => {
                let families: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
                return Err(format!("kind {kind:?} is none of local, moderations, {}", families.join(", ")));
            }
        };
        if self.path.is_some() || self.head.is_some() || !self.labels.is_empty() || self.weight.is_some() {
            return Err("path, head, labels and weight belong to kind = \"local\"".into());
        }
        let url = self.url.as_deref().ok_or("say in `url` where it is, e.g. \"http://127.0.0.1:8000/v1\"")?;
        Ok(Endpoint {
            base: base(url)?,
            speaks,
            model: self.model.clone(),
            tls: ClientTls { ca_file: self.ca_file.clone(), client: None },
            key: self.key(env)?,
        })
    }

    fn key(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Option<(HeaderName, HeaderValue)>, String> {
        let Some(variable) = &self.api_key_env else { return Ok(None) };
        let key = env(variable).filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| format!("the environment has no {variable}: set it before starting"))?;
        let name = self.api_key_header.as_deref().unwrap_or("authorization");
        let name = HeaderName::from_str(name).map_err(|_| format!("{name:?} is no header name"))?;
        let value = if name == header::AUTHORIZATION { format!("Bearer {key}") } else { key };
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| format!("{variable} has characters that no header can carry"))?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }
}

fn base(url: &str) -> Result<BaseUrl, String> {
    match url.parse()? {
        Upstream::Base(base) => Ok(base),
        Upstream::Echo => Err("echo: has no opinions; write an address".into()),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Wanted {
    /// The local model in `folder`, on the usual terms.
    pub(super) fn folder(folder: &Path) -> Self {
        let name =
            folder.file_name().map_or_else(|| "local".into(), |name| name.to_string_lossy().into_owned());
        Wanted {
            name: name.into(),
            terms: Terms { concurrency: cores(), ..Terms::default() },
            scores: Scores::default(),
            on_error: OnError::default(),
            who: Who::Local { path: folder.to_path_buf(), head: None, labels: Vec::new() },
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        &*self.name == name
    }

    /// Files that are read when it is loaded.
    pub(super) fn reads(&self) -> Vec<PathBuf> {
        match &self.who {
            Who::Local { path, head, .. } => {
                let head = head.clone().unwrap_or_else(|| path.join(HEAD));
                vec![path.join("model.safetensors"), head]
            }
            Who::Remote(_) => Vec::new(),
        }
    }

    /// Somebody who can be asked.
    pub(super) fn seat(&self) -> Result<Seat, ConfigError> {
        let failed = |why: &dyn std::fmt::Display| ConfigError(format!("second `{}`: {why}", self.name));
        let Scores { block, flag, clear, .. } = self.scores;
        let counsel = |counts| Counsel { name: Arc::clone(&self.name), counts, on_error: self.on_error };
        let raise = Counts::Raise { block, flag, clear };
        match &self.who {
            Who::Local { path, head, labels } => {
                let model = Local::open(path, head.as_deref(), labels).map_err(|why| failed(&why))?;
                let counts = match (model.counts(), self.scores.weight) {
                    (Some(Counts::Weigh { thresholds, .. }), Some(weight)) => {
                        Counts::Weigh { weight, thresholds }
                    }
                    (measured, _) => measured.unwrap_or(raise),
                };
                Ok(Seat::local(counsel(counts), self.terms.clone(), model))
            }
            Who::Remote(endpoint) => {
                let remote = Remote::new((**endpoint).clone()).map_err(|why| failed(&why))?;
                Ok(Seat::remote(counsel(raise), self.terms.clone(), remote))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[derive(Deserialize)]
    struct Tables {
        second: Vec<Second>,
    }

    fn read(text: &str) -> Result<Vec<Wanted>, Wrong> {
        let tables: Tables = toml::from_str(text).unwrap();
        meant(tables.second, &|name| (name == "GUARD_KEY").then(|| "sk-secret".to_owned()))
    }

    #[test]
    fn a_key_comes_from_the_environment_and_shows_nowhere() {
        let text = "[[second]]\nname = \"g\"\nkind = \"llama_guard\"\nurl = \"http://h:1/v1\"\napi_key_env = \"GUARD_KEY\"\n";
        let wanted = read(text).unwrap();
        let Who::Remote(endpoint) = &wanted[0].who else { panic!("{wanted:?}") };
        assert_eq!(endpoint.key.as_ref().unwrap().1, "Bearer sk-secret");
        let seat = wanted[0].seat().unwrap();
        assert!(!format!("{wanted:?} {seat:?} {}", seat.place()).contains("sk-secret"));
        assert_eq!(seat.place(), "llama_guard at http://h:1/v1");
        let missing = read(&text.replace("GUARD_KEY", "OTHER")).unwrap_err().1;
        assert!(missing.contains("no OTHER"), "{missing}");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        let remote = "[[second]]\nname = \"g\"\nkind = \"moderations\"\nurl = \"http://h:1\"\n";
        for (text, word) in [
            ("[[second]]\nname = \"a b\"\nkind = \"local\"\n".to_owned(), "letters, digits"),
            ("[[second]]\nname = \"g\"\nkind = \"local\"\n".to_owned(), "which folder"),
            (remote.replace("moderations", "gard"), "none of local, moderations, llama_guard"),
            (remote.replace("url = \"http://h:1\"", ""), "where it is"),
            (remote.replace("http://h:1", "ftp://h"), "neither http nor https"),
            (format!("{remote}band = [0.9, 0.1]\n"), "lower first"),
            (format!("{remote}ask = \"always\"\nband = [0.1, 0.9]\n"), "keep one"),
            (format!("{remote}origins = [\"hidden\"]\n"), "recovered"),
            (format!("{remote}flag_at = 0.9\n"), "flag_at not above"),
            (format!("{remote}timeout_ms = 0\n"), "at least 1"),
            (format!("{remote}path = \"x\"\n"), "belong to kind"),
            (format!("{remote}{remote}"), "two second opinions"),
        ] {
            let error = Config::from_toml(&text, &"x.toml").unwrap_err().0;
            assert!(error.starts_with("x.toml:") && error.contains(word), "{text} → {error}");
        }
        let error = Config::from_toml(&format!("{remote}on_eror = \"flag\"\n"), &"x").unwrap_err().0;
        assert!(error.contains("did you mean `on_error`"), "{error}");
    }

    #[test]
    fn one_is_chosen_by_name_or_by_folder() {
        let text = "[[second]]\nname = \"a\"\nkind = \"moderations\"\nurl = \"http://h:1\"\n\
            [[second]]\nname = \"b\"\nkind = \"moderations\"\nurl = \"http://h:2\"\n";
        let mut config = Config::from_toml(text, &"x").unwrap();
        assert_eq!(config.second().unwrap().seats().count(), 2);
        config.only_second("b").unwrap();
        let panel = config.second().unwrap();
        assert_eq!(panel.seats().map(|seat| &*seat.counsel().name).collect::<Vec<_>>(), ["b"]);
        assert!(config.only_second("c").unwrap_err().0.contains("\"b\""));
        let folder = tempfile::tempdir().unwrap();
        config.only_second(folder.path().to_str().unwrap()).unwrap();
        assert!(config.second().unwrap_err().0.contains("config.json"));
    }
}
