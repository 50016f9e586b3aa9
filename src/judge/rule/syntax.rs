//! Rule files as written: TOML, unknown keys refused with file, line and the nearest known key.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toml::Spanned;

use crate::judge::hazard::Category;
use crate::read::candidate::Origin;

/// One rule file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSyntax {
    /// Named word lists, used as `"@name"`. Those of a file called `words.toml` are seen by all files.
    #[serde(default)]
    pub(super) words: BTreeMap<String, Vec<String>>,
    /// The rules.
    #[serde(default)]
    pub(super) rule: Vec<RuleSyntax>,
}

/// One rule as written; `rules/README.md` explains every key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSyntax {
    pub(super) id: Spanned<String>,
    pub(super) category: Category,
    pub(super) why: String,
    pub(super) weight: Option<f32>,
    #[serde(default)]
    pub(super) blocks: bool,
    pub(super) origins: Option<Vec<Origin>>,
    #[serde(rename = "match")]
    pub(super) matches: Vec<PatternSyntax>,
    #[serde(default)]
    pub(super) unless: Vec<PatternSyntax>,
    pub(super) unless_within: Option<u32>,
    pub(super) block: Vec<String>,
    pub(super) allow: Vec<String>,
}

/// One alternative of `match` or `unless`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PatternSyntax {
    /// Any of these words.
    pub(super) any: Option<Vec<String>>,
    /// One word of each group.
    pub(super) near: Option<Vec<Vec<String>>>,
    pub(super) within: Option<u32>,
    #[serde(default)]
    pub(super) ordered: bool,
    /// A regular expression over the folded text.
    pub(super) regex: Option<String>,
    /// Words of which one must stand in the text before the expression is tried.
    pub(super) needs: Option<Vec<String>>,
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
