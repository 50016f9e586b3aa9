//! Rule files as written: TOML, unknown keys refused with file, line and the nearest known key.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::schema;

use crate::judge::hazard::Category;
use crate::read::candidate::Origin;

/// A rule file of Unspool.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSyntax {
    /// Named word lists, used as `"@name"`. Those of a file called `words.toml` are seen by all files. A word list may
    /// name a text file beside it as `"file:names.txt"`: a word a line, `#` starts a comment.
    #[serde(default)]
    pub(super) words: BTreeMap<String, Vec<String>>,
    /// The rules.
    #[serde(default)]
    pub(super) rule: Vec<RuleSyntax>,
}

/// One rule; `rules/README.md` explains every key with an example.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSyntax {
    /// Unique and stable, e.g. `kitchen.bread`: it is in logs, metrics, answers and exclusions.
    #[schemars(with = "String")]
    pub(super) id: Spanned<String>,
    /// The MLCommons hazard category.
    #[schemars(schema_with = "schema::category")]
    pub(super) category: Category,
    /// What a text that matches is about, in a few words.
    pub(super) why: String,
    /// Log-odds added to the model's score, -5 to 5.
    #[schemars(range(min = -5.0, max = 5.0))]
    pub(super) weight: Option<f32>,
    /// The rule blocks by itself, whatever the model says.
    #[serde(default)]
    pub(super) blocks: bool,
    /// A text this rule matches passes, whatever the model and other rules say. Takes `whole` patterns only.
    #[serde(default)]
    pub(super) allows: bool,
    /// `monitor` puts the rule on trial: it counts `would_block` and blocks nothing.
    #[serde(default)]
    pub(super) mode: RuleMode,
    /// Where the text must come from; everywhere when left out.
    #[schemars(schema_with = "schema::origins")]
    pub(super) origins: Option<Vec<Origin>>,
    /// What it matches: any of these.
    #[serde(rename = "match")]
    pub(super) matches: Vec<PatternSyntax>,
    /// Undoes a match it stands near.
    #[serde(default)]
    pub(super) unless: Vec<PatternSyntax>,
    /// How near, in words.
    pub(super) unless_within: Option<u32>,
    /// Texts that must be caught (by a rule that `allows`: texts it must not let pass). At least one.
    pub(super) block: Vec<String>,
    /// Texts that must pass. At least one.
    pub(super) allow: Vec<String>,
}

/// Whether a rule's word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RuleMode {
    /// It counts.
    #[default]
    Block,
    /// On trial: counted as `would_block`, blocks nothing.
    Monitor,
}

/// One alternative of `match` or `unless`: one of `any`, `near` with `within`, `regex` with `needs`, `whole`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PatternSyntax {
    /// Any of these words. A star takes any ending, `"@name"` a word list.
    pub(super) any: Option<Vec<String>>,
    /// One word of each group.
    pub(super) near: Option<Vec<Vec<String>>>,
    /// The farthest the first and the last word of `near` may stand apart, in words.
    pub(super) within: Option<u32>,
    /// The groups of `near` must stand in this order.
    #[serde(default)]
    pub(super) ordered: bool,
    /// A regular expression over the folded text.
    pub(super) regex: Option<String>,
    /// Words of which one must stand in the text before the expression is tried.
    pub(super) needs: Option<Vec<String>>,
    /// The text is one of these and nothing more, case and punctuation aside.
    pub(super) whole: Option<Vec<String>>,
}

/// Everything wrong with a set of rule files, a line each: `file:line: what, and what to do`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleErrors(Vec<String>);

impl RuleErrors {
    /// The problems, one a line.
    pub fn lines(&self) -> &[String] {
        &self.0
    }

    pub(super) fn push(&mut self, file: &str, line: usize, what: impl fmt::Display) {
        self.0.push(format!("{file}:{line}: {what}"));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for RuleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for RuleErrors {}

/// Reads one file; problems go to `errors`.
pub(super) fn read(file: &str, text: &str, errors: &mut RuleErrors) -> Option<FileSyntax> {
    match toml::from_str(text) {
        Ok(syntax) => Some(syntax),
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            errors.push(file, line, explain(error.message()));
            None
        }
    }
}

/// The ids of the rules that are written in a text, whatever else is wrong with them.
///
/// # Errors
/// When it is no TOML.
pub fn ids_in(text: &str) -> Result<Vec<String>, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let rules = table.get("rule").and_then(toml::Value::as_array);
    let id = |rule: &toml::Value| rule.get("id").and_then(toml::Value::as_str).map(str::to_owned);
    Ok(rules.into_iter().flatten().filter_map(id).collect())
}

/// The line (from 1) of a byte of `text`.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|&&b| b == b'\n').count() + 1
}

/// serde's message, with the nearest known name where it lists the names it knows.
fn explain(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (true, Some(unknown)) = (message.starts_with("unknown "), quoted.next()) else {
        return message.to_owned();
    };
    let nearest = quoted.max_by(|a, b| strsim::jaro(unknown, a).total_cmp(&strsim::jaro(unknown, b)));
    nearest.map_or_else(|| message.to_owned(), |known| format!("{message}; did you mean `{known}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_file_line_and_the_nearest_known_key() {
        let mut errors = RuleErrors::default();
        let text = "[[rule]]\nid = \"a.b\"\ncategory = \"S2\"\nwhy = \"x\"\nweigth = 1.0\n";
        assert!(read("rules/a.toml", text, &mut errors).is_none());
        let line = &errors.lines()[0];
        assert!(line.starts_with("rules/a.toml:5: unknown field `weigth`"), "{line}");
        assert!(line.ends_with("did you mean `weight`?"), "{line}");
    }

    #[test]
    fn an_unknown_category_is_refused_with_its_line() {
        let mut errors = RuleErrors::default();
        assert!(read("r.toml", "[[rule]]\nid = \"a.b\"\ncategory = \"S15\"\n", &mut errors).is_none());
        assert!(errors.lines()[0].starts_with("r.toml:3: unknown variant `S15`"), "{errors}");
    }
}
