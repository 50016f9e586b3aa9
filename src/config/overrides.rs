//! `[[override]]` and `[[exclude]]`: whom else than usual is treated how.

use super::raw::{Exclude, Override as Written, Respond};
use crate::request::dialect::RefusalStyle;
use crate::serve::policy::{Exclusion, Key, Override, Rulings, When, check_template};

/// What is wrong, and at which byte of the file.
type Wrong = (usize, String);

/// Reads overrides and exclusions as meant.
pub(super) fn meant(overrides: Vec<Written>, exclusions: Vec<Exclude>) -> Result<Rulings, Wrong> {
    Ok(Rulings {
        overrides: overrides.into_iter().map(changed).collect::<Result<_, _>>()?,
        exclusions: exclusions.into_iter().map(excluded).collect::<Result<_, _>>()?,
    })
}

fn changed(written: Written) -> Result<Override, Wrong> {
    let at = written.name.span().start;
    let name = written.name.into_inner();
    let wrong = |why: String| (at, format!("override `{name}`: {why}"));
    if name.is_empty()
        || name.len() > 64
        || !name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    {
        return Err(wrong("name it with letters, digits, `.`, `_` and `-`, at most 64".into()));
    }
    if written.strictness.is_some_and(|strictness| !(1..=4).contains(&strictness)) {
        return Err(wrong("strictness is 1 (fewest false alarms) to 4 (fewest misses)".into()));
    }
    if let Some(message) = &written.message {
        check_template(message).map_err(wrong)?;
    }
    let when = when(written.routes, &written.keys, written.models).map_err(wrong)?;
    if when == When::default() {
        return Err(wrong("say which requests: routes, keys or models; [policy] is for all".into()));
    }
    Ok(Override {
        when,
        mode: written.mode,
        on_failure: written.on_failure,
        strictness: written.strictness,
        history: written.history,
        style: written.respond.map(|respond| match respond {
            Respond::Error => RefusalStyle::Error,
            Respond::Refusal => RefusalStyle::Refusal,
        }),
        expose: written.expose,
        message: written.message.map(Into::into),
        name: name.into(),
    })
}

fn excluded(written: Exclude) -> Result<Exclusion, Wrong> {
    let at = written.rules.span().start;
    let wrong = |why: String| (at, format!("exclude: {why}"));
    let rules = written.rules.into_inner();
    if rules.is_empty() || rules.iter().any(|rule| rule.trim_end_matches('*').is_empty()) {
        return Err(wrong("name the rules, e.g. \"cyber.malware\" or \"cyber.*\"".into()));
    }
    stars(&rules).map_err(wrong)?;
    if written.reason.trim().is_empty() {
        return Err(wrong("give a reason: whoever finds this later will want to know".into()));
    }
    let until = written
        .until
        .parse()
        .map_err(|_| wrong(format!("until = {:?} is no date; write e.g. \"2027-01-31\"", written.until)))?;
    let when = when(written.routes, &written.keys, written.models).map_err(wrong)?;
    Ok(Exclusion { rules, when, reason: written.reason, until })
}

fn when(routes: Vec<String>, keys: &[String], models: Vec<String>) -> Result<When, String> {
    stars(&routes)?;
    stars(&models)?;
    if let Some(route) = routes.iter().find(|route| !route.starts_with('/')) {
        return Err(format!(
            "route {route:?} does not start with a slash; write e.g. \"/v1/chat/completions\""
        ));
    }
    let keys = keys.iter().map(|key| hash(key)).collect::<Result<_, _>>()?;
    Ok(When { routes, keys, models })
}

fn stars(patterns: &[String]) -> Result<(), String> {
    let odd = |pattern: &&String| {
        pattern.is_empty() || pattern.trim_end_matches('*').contains('*') || pattern.ends_with("**")
    };
    match patterns.iter().find(odd) {
        Some(odd) => Err(format!("{odd:?}: write a whole name, or a beginning with one star at its end")),
        None => Ok(()),
    }
}

/// A key as `sha256:` and 64 hex digits. A key itself has no place in a config file; the error does not repeat it.
fn hash(written: &str) -> Result<Key, String> {
    let digits = written.strip_prefix("sha256:").map(|digits| digits.to_ascii_lowercase());
    let bytes = digits.and_then(|digits| data_encoding::HEXLOWER.decode(digits.as_bytes()).ok());
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        "a key is written as its hash, \"sha256:\" and 64 hex digits; `unspool config hash-key` makes it"
            .into()
    })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn what_has_no_meaning_is_refused_with_its_line() {
        let over = "[[override]]\nname = \"a\"\n";
        let out = "[[exclude]]\nreason = \"r\"\nuntil = \"2027-01-31\"\n";
        for (text, line, word) in [
            (over.to_owned(), 2, "routes, keys or models"),
            (format!("\n{over}keys = [\"sk-secret\"]"), 3, "hash-key"),
            (format!("{over}routes = [\"v1\"]"), 2, "slash"),
            (format!("{over}models = [\"a*b\"]"), 2, "star at its end"),
            (format!("{over}models = [\"a\"]\nstrictness = 9"), 2, "1 (fewest"),
            (format!("{over}models = [\"a\"]\nmessage = \"{{who}}\""), 2, "{request_id}"),
            (format!("{over}modls = [\"a\"]"), 3, "did you mean `models`"),
            (format!("{out}rules = [\"*\"]"), 4, "name the rules"),
            (out.replace("2027-01-31", "soon") + "rules = [\"a.*\"]", 4, "is no date"),
            (out.replace("\"r\"", "\" \"") + "rules = [\"a.*\"]", 4, "give a reason"),
        ] {
            let error = Config::from_toml(&text, &"x.toml").unwrap_err().0;
            assert!(
                error.starts_with(&format!("x.toml:{line}:")) && error.contains(word),
                "{text:?} → {error}"
            );
            assert!(!error.contains("sk-secret"), "{error}");
        }
    }
}
