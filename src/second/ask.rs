//! Which texts of a screening are asked about.

use std::time::Duration;

use super::passage::worst_passage;
use crate::judge::classify::Verdict;
use crate::judge::classify::model::Model;
use crate::read::candidate::Origin;
use crate::screen::Screening;

/// When somebody is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// When our own score lies between these two.
    Band(f32, f32),
    /// Of every text.
    Always,
}

impl When {
    fn takes(self, score: f32) -> bool {
        match self {
            When::Band(low, high) => (low..=high).contains(&score),
            When::Always => true,
        }
    }
}

/// On which terms somebody is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// When.
    pub when: When,
    /// Texts of which origins.
    pub origins: [bool; 5],
    /// Texts of one request, at most; those that score highest are asked about.
    pub texts: usize,
    /// Characters of a text, at most; of a longer one the passage that scores highest is sent.
    pub chars: usize,
    /// How long all answers about one request may take.
    pub timeout: Duration,
    /// Questions asked at once, of all requests.
    pub concurrency: usize,
    /// Answers kept.
    pub cache_entries: usize,
    /// For how long.
    pub cache_time: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Terms {
            when: When::Band(0.1, 0.999),
            origins: [true; 5],
            texts: 16,
            chars: 2000,
            timeout: Duration::from_secs(2),
            concurrency: 8,
            cache_entries: 10_000,
            cache_time: Duration::from_secs(3600),
        }
    }
}

/// One text to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The index of the candidate.
    pub candidate: usize,
    /// The text, or a passage of it.
    pub text: String,
}

/// What one is asked about one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Questions {
    /// The texts, the highest score first.
    pub asked: Vec<Question>,
    /// Texts that would be asked about if there were not so many.
    pub over: usize,
}

impl Terms {
    /// The texts of `found` that are to be asked about. What a rule has settled either way is not.
    pub fn questions(&self, model: &Model, found: &Screening) -> Questions {
        let settled = |verdict: &Verdict| {
            verdict.is_allowed() || verdict.rules.iter().any(|hit| hit.blocks && !hit.monitor)
        };
        let mut wanted: Vec<&Verdict> = found
            .verdicts
            .iter()
            .filter(|verdict| {
                self.origins[verdict.origin.index()] && self.when.takes(verdict.score) && !settled(verdict)
            })
            .collect();
        wanted.sort_by(|a, b| b.score.total_cmp(&a.score));
        let over = wanted.len().saturating_sub(self.texts);
        let text = |verdict: &Verdict| found.candidates.get(verdict.candidate).map(|one| one.text.as_str());
        let asked = wanted.into_iter().take(self.texts).filter_map(|verdict| {
            let text = worst_passage(model, text(verdict)?, self.chars).to_owned();
            Some(Question { candidate: verdict.candidate, text })
        });
        Questions { asked: asked.collect(), over }
    }
}

/// Origins by name.
///
/// # Errors
/// The name that is none.
pub fn origins(names: &[String]) -> Result<[bool; 5], String> {
    let mut origins = [false; 5];
    for name in names {
        let known = Origin::ALL.into_iter().find(|origin| origin.name() == name);
        origins[known.ok_or_else(|| name.clone())?.index()] = true;
    }
    Ok(origins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::classify::model::Writing;
    use crate::judge::hazard::Category;
    use crate::judge::rule::RuleHit;
    use crate::read::candidate::Candidate;

    fn found(texts: &[(&str, Origin, f32)]) -> Screening {
        let candidate = |&(text, origin, _): &(&str, Origin, f32)| Candidate {
            text: text.into(),
            origin,
            via: Vec::new(),
            spans: Vec::new(),
        };
        let verdict = |(candidate, &(_, origin, score)): (usize, &(&str, Origin, f32))| Verdict {
            candidate,
            origin,
            writing: Writing::English,
            score,
            category: None,
            model: score,
            rules: Vec::new(),
            texts: 1,
        };
        Screening {
            candidates: texts.iter().map(candidate).collect(),
            verdicts: texts.iter().enumerate().map(verdict).collect(),
            incomplete: Vec::new(),
            steps: 0,
            elapsed: Duration::ZERO,
            judged: Duration::ZERO,
        }
    }

    #[test]
    fn the_band_the_origins_and_the_number_hold() {
        let found = found(&[
            ("bake rye", Origin::Plain, 0.01),
            ("bake oats", Origin::Recovered, 0.5),
            ("bake corn", Origin::Comment, 0.6),
            ("bake wheat", Origin::Plain, 0.7),
            ("bake spelt", Origin::Plain, 0.9999),
        ]);
        let asked = |terms: Terms| {
            let questions = terms.questions(&Model::blank(), &found);
            (questions.asked.iter().map(|one| one.candidate).collect::<Vec<_>>(), questions.over)
        };
        assert_eq!(asked(Terms::default()), (vec![3, 2, 1], 0));
        assert_eq!(asked(Terms { texts: 2, ..Terms::default() }), (vec![3, 2], 1));
        assert_eq!(asked(Terms { when: When::Always, ..Terms::default() }), (vec![4, 3, 2, 1, 0], 0));
        let origins = origins(&["recovered".into()]).unwrap();
        assert_eq!(asked(Terms { origins, ..Terms::default() }), (vec![1], 0));
    }

    #[test]
    fn what_a_rule_settled_is_not_asked_about() {
        let hit = |blocks, allows| RuleHit {
            id: "kitchen.rye".into(),
            category: Category::S2,
            weight: 0.0,
            blocks,
            monitor: false,
            allows,
        };
        for rule in [hit(true, false), hit(false, true)] {
            let mut found = found(&[("bake rye", Origin::Plain, 0.5)]);
            found.verdicts[0].rules.push(rule);
            assert_eq!(Terms::default().questions(&Model::blank(), &found), Questions::default());
        }
    }

    #[test]
    fn an_unknown_origin_is_named() {
        assert_eq!(super::origins(&["plain".into(), "bread".into()]), Err("bread".into()));
    }
}
