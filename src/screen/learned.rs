//! Verdicts of other processes: what they came to of the candidates of a text, by hashes that all processes share. To judge a long
//! candidate takes longer than to be told; what is short is judged here.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::judge::classify::model::Writing;
use crate::judge::classify::{Judges, Verdict};
use crate::judge::hazard::Category;
use crate::judge::rule::RuleHit;
use crate::read::candidate::{Candidate, Origin};
use crate::request::Request;
use crate::screen::{Engine, Screening};

/// Bytes from which on a candidate may be known from others.
const LONG: usize = 256;
/// Bytes from which on a text of a request is worth asking about.
const SPAN: usize = 2 << 10;
/// Texts of one request asked about.
const MOST_SPANS: usize = 256;
/// Candidates of one text told of.
const MOST_KNOWN: usize = 512;

/// A text, what it is, and what judges it, as a hash.
pub type Mark = [u8; 16];

/// What a process came to of one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    mark: Mark,
    origin: Origin,
    writing: Writing,
    score: f32,
    model: f32,
    category: Option<Category>,
    /// Rules that matched, by id, and what they weighed.
    rules: Vec<(String, f32)>,
    steps: u64,
}

impl Known {
    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// As a verdict under these rules; none where it cannot have been made under them.
    pub(super) fn verdict(self, judges: &Judges) -> Option<Verdict> {
        let is_share = |share: f32| (0.0..=1.0).contains(&share);
        let hit = |(id, weight): &(String, f32)| {
            let rule = judges.rules.rules().iter().find(|rule| *rule.hit.id == **id)?;
            Some(RuleHit { weight: *weight, ..rule.hit.clone() })
        };
        let rules = self.rules.iter().map(hit).collect::<Option<Vec<_>>>()?;
        let Known { origin, writing, score, model, category, .. } = self;
        (is_share(score) && is_share(model)).then_some(Verdict {
            candidate: 0,
            origin,
            writing,
            score,
            category,
            model,
            rules,
            texts: 1,
        })
    }
}

/// The mark of a text of this kind under these judges, the same in every process of this version.
pub(super) fn mark_of(judges: &Judges, kind: &str, text: &str) -> Mark {
    let mut hash = Sha256::new();
    for part in [env!("CARGO_PKG_VERSION"), judges.rules.version(), judges.model.version(), kind] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(text);
    let mut mark = Mark::default();
    mark.copy_from_slice(&hash.finalize()[..16]);
    mark
}

pub(super) fn may_be_known(candidate: &Candidate) -> bool {
    candidate.text.len() >= LONG
}

/// The texts of a request that others may have judged and that were not read here: their places among the spans, and their marks.
pub fn unread(engine: &Engine, request: &Request) -> Vec<(usize, Mark)> {
    let spans = request.spans.iter().enumerate();
    let worth =
        spans.filter(|(_, span)| span.text.len() >= SPAN && !engine.kept.has_read(span, &engine.limits));
    let kind = format!("span {}", engine.limits.decode_depth);
    worth.take(MOST_SPANS).map(|(at, span)| (at, mark_of(&engine.judges, &kind, &span.text))).collect()
}

/// What was said of the candidates of the one text at this place, for others.
pub fn told(engine: &Engine, found: &Screening, at: usize) -> Vec<Known> {
    let own = found.candidates.iter().filter(|candidate| {
        may_be_known(candidate) && matches!(candidate.spans.as_slice(), [span] if span.0 as usize == at)
    });
    let known = own.filter_map(|candidate| {
        let (verdict, steps) = engine.kept.said(&engine.judges, candidate)?;
        let rules = verdict.rules.iter().map(|hit| (hit.id.to_string(), hit.weight)).collect();
        let mark = mark_of(&engine.judges, candidate.origin.name(), &candidate.text);
        let Verdict { origin, writing, score, model, category, .. } = verdict;
        Some(Known { mark, origin, writing, score, model, category, rules, steps })
    });
    known.take(MOST_KNOWN).collect()
}
