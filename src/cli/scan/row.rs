//! One row of `scan`: what is asked, and what is answered.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::cli::judging::Judge;
use crate::judge::decide::{Action, Decision};
use crate::judge::hazard::Category;
use crate::read::candidate::{Candidate, Origin};
use crate::screen::Screening;

/// A row as asked.
pub(super) struct Asked {
    pub(super) id: Value,
    pub(super) text: String,
}

/// Reads one row; what is wrong with it comes with its id, where it has one.
pub(super) fn asked(line: &[u8], field: Option<&str>) -> Result<Asked, (Value, String)> {
    let mut row: Map<String, Value> =
        serde_json::from_slice(line).map_err(|error| (Value::Null, error.to_string()))?;
    let id = row.remove("id").unwrap_or(Value::Null);
    let names = field.map_or(vec!["prompt", "text"], |name| vec![name]);
    for name in &names {
        if let Some(Value::String(text)) = row.remove(*name) {
            return Ok(Asked { id, text });
        }
    }
    Err((id, format!("no text in `{}`", names.join("` or `"))))
}

/// A row as answered: the form that `scan --jsonl` promises.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub(super) enum Scanned {
    Judged(Answer),
    Bad { id: Value, error: String },
}

/// The answer to a row that could be read.
#[derive(Debug, serde::Serialize)]
pub(super) struct Answer {
    id: Value,
    action: Action,
    score: f32,
    category: Option<Category>,
    origin: Option<Origin>,
    candidates: Vec<Listed>,
    incomplete: bool,
    micros: u64,
    /// The rule that weighed most is for readers, not part of the row.
    #[serde(skip)]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    limits: Vec<&'static str>,
}

#[derive(Debug, serde::Serialize)]
struct Listed {
    text: String,
    origin: Origin,
    score: f32,
    via: Vec<String>,
}

impl Scanned {
    /// The answer for what was found; `all` lists every candidate, otherwise those that mattered.
    pub(super) fn of(id: Value, judge: &Judge, found: &Screening, decision: &Decision, all: bool) -> Self {
        let thresholds = judge.engine.judges.model.thresholds();
        let matters = |at: usize, candidate: &Candidate, score: f32| {
            let writing = found.verdicts.get(at).map(|verdict| verdict.writing).unwrap_or_default();
            let flagged = score >= thresholds.flag(judge.policy.strictness, candidate.origin, writing);
            all || flagged || (decision.action != Action::Allow && decision.candidate == Some(at))
        };
        let scores = found.verdicts.iter().map(|verdict| verdict.score).chain(std::iter::repeat(0.0));
        let candidates = found.candidates.iter().zip(scores).enumerate();
        Scanned::Judged(Answer {
            id,
            action: decision.action,
            score: decision.score,
            category: decision.category,
            origin: decision.origin,
            candidates: candidates
                .filter(|(at, (candidate, score))| matters(*at, candidate, *score))
                .map(|(_, (candidate, score))| listed(candidate, score))
                .collect(),
            incomplete: !found.incomplete.is_empty(),
            micros: u64::try_from(found.elapsed.as_micros()).unwrap_or(u64::MAX),
            rule: decision.rule.as_deref().map(str::to_owned),
            limits: found.incomplete.iter().map(|limit| limit.name()).collect(),
        })
    }

    /// The row for input that could not be judged.
    pub(super) fn error(id: Value, error: String) -> Self {
        Scanned::Bad { id, error }
    }

    /// What was decided; `None` for a bad row.
    pub(super) fn action(&self) -> Option<Action> {
        match self {
            Scanned::Judged(answer) => Some(answer.action),
            Scanned::Bad { .. } => None,
        }
    }

    /// The row as one line of JSON.
    pub(super) fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_else(|_| "{\"error\":\"not JSON\"}".to_owned());
        line.push('\n');
        line
    }

    /// One line on the file and one for each reason.
    pub(super) fn readable(&self, name: &str) -> String {
        let answer = match self {
            Scanned::Judged(answer) => answer,
            Scanned::Bad { error, .. } => return format!("error  {name}: {error}\n"),
        };
        let mut out = format!("{:<6} {name}  score {:.3}", answer.action.name(), answer.score);
        if let Some(category) = answer.category {
            let _ = write!(out, "  {} {}", category.code(), category.title());
        }
        let _ = writeln!(out, "  {} µs", answer.micros);
        if let Some(rule) = &answer.rule {
            let _ = writeln!(out, "       rule {rule}");
        }
        for listed in &answer.candidates {
            let text = shortened(&listed.text, 200);
            let _ = writeln!(out, "       {:.3} {} \"{text}\"", listed.score, listed.origin.name());
            if !listed.via.is_empty() {
                let _ = writeln!(out, "             via {}", listed.via.join(" > "));
            }
        }
        if answer.incomplete {
            let _ = writeln!(out, "       incomplete: {}", answer.limits.join(", "));
        }
        out
    }
}

fn listed(candidate: &Candidate, score: f32) -> Listed {
    Listed { text: candidate.text.clone(), origin: candidate.origin, score, via: candidate.via.clone() }
}

/// At most `most` characters of a text on one line, control characters escaped so that they cannot drive a terminal.
pub(in crate::cli) fn shortened(text: &str, most: usize) -> String {
    let mut letters = text.chars();
    let mut out = String::new();
    for letter in letters.by_ref().take(most) {
        if letter.is_control() {
            out.extend(letter.escape_default());
        } else {
            out.push(letter);
        }
    }
    if letters.next().is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_by_its_usual_or_its_named_field() {
        let text = |line: &str, field| asked(line.as_bytes(), field).map(|row| (row.id, row.text));
        assert_eq!(text(r#"{"text":"a","id":3}"#, None), Ok((Value::from(3), "a".to_owned())));
        assert_eq!(text(r#"{"prompt":"p","text":"a"}"#, None), Ok((Value::Null, "p".to_owned())));
        assert_eq!(text(r#"{"goal":"g","text":"a"}"#, Some("goal")), Ok((Value::Null, "g".to_owned())));
        assert_eq!(text(r#"{"id":"x","prompt":5}"#, None).unwrap_err().0, Value::from("x"));
        assert!(text("[]", None).is_err() && text("{", None).is_err());
    }

    #[test]
    fn what_is_shown_cannot_drive_a_terminal() {
        assert_eq!(shortened("a\u{1b}[2J\nb", 40), "a\\u{1b}[2J\\nb");
        assert_eq!(shortened("brötchen", 3), "brö…");
    }
}
