//! Which policy holds for which request. All of it comes from the config: nothing that a caller sends can name a policy
//! or change one; a request is only recognised, by its route, the hash of its key and the model it asks for.

use std::sync::Arc;

use http::HeaderMap;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::settings::Answering;
use crate::judge::classify::Verdict;
use crate::judge::decide::{Mode, OnFailure, Policy};
use crate::request::dialect::RefusalStyle;
use crate::screen::History;

/// The SHA-256 of a caller's API key, as sent and without `Bearer`.
pub type Key = [u8; 32];

/// Fields in which APIs take a key.
const KEY_FIELDS: &[&str] = &["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// How a request is treated.
#[derive(Debug, Clone, PartialEq)]
pub struct Manner {
    /// The overrides that made it, joined with `+`; `default` when there are none.
    pub name: Arc<str>,
    /// What a verdict leads to.
    pub policy: Policy,
    /// Which part of the conversation is screened.
    pub history: History,
    /// How a refusal is worded.
    pub answer: Answering,
}

/// Whom a request is from and what it is for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asker<'a> {
    /// The normalised path.
    pub route: &'a str,
    /// The key's hash.
    pub key: Option<&'a Key>,
    /// The model asked for.
    pub model: Option<&'a str>,
}

/// Which requests are meant: each list that is not empty must hold the request's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// Paths; a star at the end takes any ending.
    pub routes: Vec<String>,
    /// Hashes of keys.
    pub keys: Vec<Key>,
    /// Models; a star at the end takes any ending.
    pub models: Vec<String>,
}

impl When {
    fn holds(&self, asker: &Asker<'_>) -> bool {
        let named = |list: &[String], name: Option<&str>| {
            list.is_empty() || name.is_some_and(|name| list.iter().any(|pattern| fits(pattern, name)))
        };
        named(&self.routes, Some(asker.route))
            && named(&self.models, asker.model)
            && (self.keys.is_empty() || asker.key.is_some_and(|key| self.keys.contains(key)))
    }
}

/// Whether a pattern, which may end in a star, takes `name`.
fn fits(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |stem| name.starts_with(stem))
}

/// What some requests are treated by instead of the usual. What it does not name stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// What it is called in records.
    pub name: Arc<str>,
    /// Which requests.
    pub when: When,
    /// Whether a block is carried out.
    pub mode: Option<Mode>,
    /// What happens when screening is incomplete.
    pub on_failure: Option<OnFailure>,
    /// 1 to 4.
    pub strictness: Option<u8>,
    /// Which part of the conversation is screened.
    pub history: Option<History>,
    /// An error or an answer that declines.
    pub style: Option<RefusalStyle>,
    /// Whether category and rule are named to the caller.
    pub expose: Option<bool>,
    /// What the caller of a blocked request is told.
    pub message: Option<Arc<str>>,
}

/// Rules that do not count for some requests, for a time and a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// Ids; a star at the end takes any ending.
    pub rules: Vec<String>,
    /// Which requests.
    pub when: When,
    /// Why.
    pub reason: String,
    /// The last day it holds, in UTC.
    pub until: Date,
}

/// Everything that makes one request be treated unlike another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rulings {
    /// Applied from first to last; the later wins.
    pub overrides: Vec<Override>,
    /// Rules left out.
    pub exclusions: Vec<Exclusion>,
}

impl Rulings {
    /// How this request is treated, where `usual` is how others are.
    pub fn manner(&self, usual: &Manner, asker: &Asker<'_>) -> Manner {
        let mut manner = usual.clone();
        let mut names = Vec::new();
        for change in self.overrides.iter().filter(|change| change.when.holds(asker)) {
            names.push(&*change.name);
            let (policy, answer) = (&mut manner.policy, &mut manner.answer);
            policy.mode = change.mode.unwrap_or(policy.mode);
            policy.on_failure = change.on_failure.unwrap_or(policy.on_failure);
            policy.strictness = change.strictness.unwrap_or(policy.strictness);
            manner.history = change.history.unwrap_or(manner.history);
            answer.style = change.style.unwrap_or(answer.style);
            answer.expose = change.expose.unwrap_or(answer.expose);
            if change.message.is_some() {
                answer.message.clone_from(&change.message);
            }
        }
        if !names.is_empty() {
            manner.name = names.join("+").into();
        }
        manner
    }

    /// Takes excluded rules out of the verdicts.
    pub fn exclude(&self, verdicts: &mut [Verdict], asker: &Asker<'_>, today: Date) {
        let holds = |exclusion: &&Exclusion| today <= exclusion.until && exclusion.when.holds(asker);
        let out: Vec<&String> = self.exclusions.iter().filter(holds).flat_map(|e| &e.rules).collect();
        if out.is_empty() {
            return;
        }
        for verdict in verdicts {
            verdict.exclude(|hit| out.iter().any(|pattern| fits(pattern, &hit.id)));
        }
    }

    /// Exclusions that hold no longer.
    pub fn expired(&self, today: Date) -> impl Iterator<Item = &Exclusion> {
        self.exclusions.iter().filter(move |exclusion| exclusion.until < today)
    }

    /// Whether anything depends on the caller's key.
    pub fn look_at_keys(&self) -> bool {
        let changes = self.overrides.iter().map(|change| &change.when);
        changes.chain(self.exclusions.iter().map(|out| &out.when)).any(|when| !when.keys.is_empty())
    }
}

/// Today, in UTC.
pub fn today() -> Date {
    jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date()
}

/// The hash of a key.
pub fn hashed(key: &str) -> Key {
    let key = key.trim();
    let bare =
        key.get(..7).filter(|start| start.eq_ignore_ascii_case("bearer ")).map_or(key, |_| key[7..].trim());
    Sha256::digest(bare.as_bytes()).into()
}

/// How a browser shows its key to a WebSocket, for which it cannot set fields.
pub(crate) const KEY_PROTOCOL: &str = "openai-insecure-api-key.";

/// The key a request carries.
///
/// # Errors
/// When it carries two: servers disagree on which one counts, so it cannot be told whose policy holds.
pub(crate) fn key_of(fields: &HeaderMap, query: Option<&str>) -> Result<Option<Key>, TwoKeys> {
    let mut found: Option<Key> = None;
    let in_fields =
        KEY_FIELDS.iter().flat_map(|name| fields.get_all(*name)).filter_map(|value| value.to_str().ok());
    let in_query =
        query.into_iter().flat_map(|query| query.split('&')).filter_map(|pair| pair.strip_prefix("key="));
    let in_protocols = fields
        .get_all(http::header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().strip_prefix(KEY_PROTOCOL));
    for key in in_fields.chain(in_query).chain(in_protocols).map(hashed) {
        if found.is_some_and(|before| before != key) {
            return Err(TwoKeys);
        }
        found = Some(key);
    }
    Ok(found)
}

/// A request carries two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TwoKeys;

/// Fills a refusal's text in: `{request_id}`, `{category}`, `{hazard}`, `{rule}` and `{origin}`.
pub fn worded(template: &str, values: &[(&str, &str)]) -> String {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = values
            .iter()
            .find_map(|(name, value)| Some((value, after.strip_prefix(name)?.strip_prefix('}')?)));
        match known {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Names a refusal's text may use.
pub const PLACEHOLDERS: [&str; 5] = ["request_id", "category", "hazard", "rule", "origin"];

/// Whether every placeholder of a template is known.
///
/// # Errors
/// The first unknown one.
pub fn check_template(template: &str) -> Result<(), String> {
    for piece in template.split('{').skip(1) {
        let Some((name, _)) = piece.split_once('}') else { return Err("a `{` is not closed".into()) };
        if !PLACEHOLDERS.contains(&name) {
            return Err(format!("`{{{name}}}` is unknown; write one of {{{}}}", PLACEHOLDERS.join("}, {")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Manner {
        Manner {
            name: "default".into(),
            policy: Policy::default(),
            history: History::All,
            answer: Answering::default(),
        }
    }

    fn change(name: &str, when: When) -> Override {
        Override {
            name: name.into(),
            when,
            mode: None,
            on_failure: None,
            strictness: None,
            history: None,
            style: None,
            expose: None,
            message: None,
        }
    }

    #[test]
    fn overrides_apply_in_order_to_whom_they_name() {
        let key = hashed("Bearer sk-batch");
        let by_key = When { keys: vec![key], ..When::default() };
        let by_model =
            When { models: vec!["gpt-4o*".into()], routes: vec!["/v1/chat/*".into()], ..When::default() };
        let rulings = Rulings {
            overrides: vec![
                Override { mode: Some(Mode::Monitor), strictness: Some(1), ..change("batch", by_key) },
                Override { strictness: Some(4), ..change("four", by_model) },
            ],
            exclusions: Vec::new(),
        };
        let manner = |key: Option<&Key>, model, route| rulings.manner(&usual(), &Asker { route, key, model });
        let both = manner(Some(&key), Some("gpt-4o-mini"), "/v1/chat/completions");
        assert_eq!((&*both.name, both.policy.mode, both.policy.strictness), ("batch+four", Mode::Monitor, 4));
        let one = manner(Some(&key), None, "/v1/messages");
        assert_eq!((&*one.name, one.policy.strictness), ("batch", 1));
        assert_eq!(manner(None, Some("gpt-4"), "/v1/chat/completions"), usual());
        assert_eq!(manner(Some(&hashed("sk-other")), Some("gpt-4o"), "/v1/messages"), usual());
    }

    #[test]
    fn a_key_is_one_key_wherever_it_stands() {
        let fields = |list: &[(&'static str, &str)]| {
            list.iter()
                .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
                .collect::<HeaderMap>()
        };
        let one = fields(&[("authorization", "bearer  k1"), ("x-api-key", "k1")]);
        assert_eq!(key_of(&one, Some("a=b&key=k1")), Ok(Some(hashed("k1"))));
        assert_eq!(key_of(&fields(&[]), None), Ok(None));
        let two = fields(&[("authorization", "Bearer k1"), ("x-api-key", "k2")]);
        assert_eq!(key_of(&two, None), Err(TwoKeys));
        assert_eq!(key_of(&one, Some("key=k2")), Err(TwoKeys));
    }

    #[test]
    fn a_template_is_filled_once() {
        let values = [("rule", "{category}"), ("category", "S2")];
        assert_eq!(worded("no: {category} by {rule} {x}", &values), "no: S2 by {category} {x}");
        assert!(check_template("see {request_id}").is_ok());
        assert!(check_template("see {id}").unwrap_err().contains("{request_id}"));
        assert!(check_template("see {rule").is_err());
    }
}
