//! The audit log's line: one JSON object a decision. The same type writes it and reads it back.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Record;
use super::evidence::{Evidence, Place};
use crate::serve::second::Told;

/// One line of the audit log. No text of a request is in it unless the operator asked for the text that decided.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// When it was decided, RFC 3339, UTC.
    pub time: String,
    /// The id the caller was told.
    pub request_id: String,
    /// The normalised path, or `unknown`.
    pub route: String,
    /// The API.
    pub dialect: String,
    /// The model asked for, shortened and cleaned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The start of the SHA-256 of the caller's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The overrides it was treated by, or `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `forward`, `block`, `would_block`, `refuse_unscreened`, `refuse_unheard`, `forward_unscreened`, `reject`, `client_gone`.
    pub outcome: String,
    /// The stable code of a refusal or failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The hazard of what decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// How the text that decided came to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The score that decided.
    pub score: f32,
    /// The rule that weighed most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why, and where in the request.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// Texts judged.
    pub candidates: usize,
    /// Limits that were hit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
    /// What the decision was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_version: Option<String>,
    /// The same, of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_version: Option<String>,
    /// The same, of policy and limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<String>,
    /// What second opinions said of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub second: Vec<Told>,
    /// The action without them, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_second: Option<String>,
    /// Microseconds of reading and judging.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screening_us: Option<u64>,
    /// The status of an answer the proxy made itself, where it is known when the line is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

impl Line {
    /// The line of a record as it stands now.
    pub(super) fn of(record: &Record, status: Option<u16>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let version = record.version.as_ref();
        Line {
            time: format!("{:.6}", Timestamp::now()),
            request_id: record.request_id.clone(),
            route: record.route.clone(),
            dialect: record.dialect.to_owned(),
            model: record.model.clone(),
            key: record.key.clone(),
            policy: owned(record.policy.as_deref()),
            outcome: record.outcome.to_owned(),
            reason: owned(record.reason),
            category: owned(record.category),
            origin: owned(record.origin),
            score: record.score,
            rule: owned(record.rule.as_deref()),
            evidence: record.evidence.as_deref().cloned().unwrap_or_default(),
            candidates: record.candidates,
            incomplete: record.incomplete.iter().map(|limit| (*limit).to_owned()).collect(),
            rules_version: version.map(|version| version.rules.to_string()),
            model_version: version.map(|version| version.model.to_string()),
            policy_version: version.map(|version| version.policy.to_string()),
            second: record.second.clone(),
            without_second: owned(record.without_second),
            screening_us: record.screening.map(super::micros_of),
            status,
        }
    }

    /// The line as it is written, its end included.
    pub(super) fn bytes(&self) -> Arc<[u8]> {
        // Numbers, strings and lists only: it cannot fail.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line.into()
    }

    /// Where the text that decided lies in the request.
    pub fn places(&self) -> &[Place] {
        &self.evidence.spans
    }
}
