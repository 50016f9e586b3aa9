//! Second opinions on texts: what somebody else said of one, and how that counts beside our own verdict. To ask is the
//! edge's work; here they are weighed.

use std::sync::Arc;

use crate::judge::classify::Verdict;
use crate::judge::classify::logit;
use crate::judge::classify::model::Thresholds;
use crate::judge::hazard::Category;

/// What becomes of a decision when a second opinion that was wanted did not come.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// It stands as it would without.
    #[default]
    Unchanged,
    /// It is flagged, at least.
    Flag,
    /// The request is refused, unless it is blocked anyway.
    Block,
}

/// Why a second opinion did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Nothing was said in time.
    Timeout,
    /// As many as are asked at once were asked already.
    Busy,
    /// Nobody is there.
    Unreachable,
    /// It answered with an error.
    Status,
    /// What it answered has no meaning.
    Malformed,
    /// A local model broke down.
    Broken,
}

impl Failure {
    /// The stable `snake_case` name.
    pub fn name(self) -> &'static str {
        match self {
            Failure::Timeout => "timeout",
            Failure::Busy => "busy",
            Failure::Unreachable => "unreachable",
            Failure::Status => "status",
            Failure::Malformed => "malformed",
            Failure::Broken => "broken",
        }
    }
}

/// What was said of one text.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Said {
    /// Probability of harm, on the scale of who said it, 0 to 1.
    pub score: f32,
    /// Which harm.
    pub category: Option<Category>,
}

/// How an opinion counts.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one for each who is asked, and it is only read")]
pub enum Counts {
    /// Its own scores decide, and mostly upwards.
    Raise {
        /// Blocked from this score on.
        block: f32,
        /// Flagged from this score on.
        flag: f32,
        /// Below this score, what only our model would block is flagged instead.
        clear: Option<f32>,
    },
    /// The mean of both log-odds decides, by thresholds that were measured on such means.
    Weigh {
        /// The opinion's share of the mean, 0 to 1.
        weight: f32,
        /// The thresholds.
        thresholds: Thresholds,
    },
}

/// Somebody who is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Counsel {
    /// The name, as configured.
    pub name: Arc<str>,
    /// How what it says counts.
    pub counts: Counts,
    /// What happens when it says nothing.
    pub on_error: OnError,
}

/// One opinion on one text, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// Whose.
    pub by: Arc<Counsel>,
    /// The index of the text.
    pub candidate: usize,
    /// What was said.
    pub said: Result<Said, Failure>,
}

/// Where a text stands between harmless and blocked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standing {
    /// The score.
    pub(crate) score: f32,
    /// The score from which it is blocked.
    pub(crate) block: f32,
    /// The score from which it is flagged.
    pub(crate) flag: f32,
}

impl Standing {
    /// How far beyond its threshold it is, in log-odds.
    pub(crate) fn rank(self) -> f32 {
        logit(self.score) - logit(self.block)
    }
}

/// Where a text stands once an opinion is heard: `ours` is where it stood before, `texts` how many of each origin compete.
pub(crate) fn weighed(
    ours: Standing,
    opinion: &Opinion,
    verdict: &Verdict,
    strictness: u8,
    texts: [usize; 5],
) -> Standing {
    let Ok(said) = opinion.said else { return ours };
    match opinion.by.counts {
        Counts::Weigh { weight, thresholds } => {
            let thresholds = thresholds.among(texts);
            let odds = weight * logit(said.score) + (1.0 - weight) * logit(ours.score);
            Standing {
                score: 1.0 / (1.0 + (-odds).exp()),
                block: thresholds.block(strictness, verdict.origin, verdict.writing),
                flag: thresholds.flag(strictness, verdict.origin, verdict.writing),
            }
        }
        Counts::Raise { block, flag, clear } => {
            let theirs = Standing { score: said.score, block, flag };
            let cleared = ours.score >= ours.block && clear.is_some_and(|clear| said.score < clear);
            if theirs.rank() > ours.rank() || cleared { theirs.noted(cleared) } else { ours }
        }
    }
}

impl Standing {
    /// The same, flagged at least if `noted`.
    fn noted(self, noted: bool) -> Self {
        Standing { flag: if noted { self.flag.min(self.score) } else { self.flag }, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::classify::model::Beyond;
    use crate::judge::classify::model::Writing;
    use crate::read::candidate::Origin;

    fn stands(counts: Counts, ours: f32, said: Result<f32, Failure>) -> Standing {
        let by = Arc::new(Counsel { name: "guard".into(), counts, on_error: OnError::Unchanged });
        let said = said.map(|score| Said { score, category: None });
        let verdict = Verdict {
            candidate: 0,
            origin: Origin::Plain,
            writing: Writing::English,
            score: ours,
            category: None,
            model: ours,
            rules: Vec::new(),
            texts: 1,
        };
        let ours = Standing { score: ours, block: 0.9, flag: 0.7 };
        weighed(ours, &Opinion { by, candidate: 0, said }, &verdict, 2, [1; 5])
    }

    #[test]
    fn an_opinion_of_its_own_scale_raises_and_may_clear() {
        let raise = Counts::Raise { block: 0.5, flag: 0.3, clear: None };
        let high = stands(raise, 0.2, Ok(0.8));
        assert!(high.score >= high.block);
        let low = stands(raise, 0.95, Ok(0.01));
        assert_eq!((low.score, low.block), (0.95, 0.9));
        let clears = Counts::Raise { block: 0.5, flag: 0.3, clear: Some(0.1) };
        let cleared = stands(clears, 0.95, Ok(0.01));
        assert!(cleared.score < cleared.block && cleared.score >= cleared.flag);
        let harmless = stands(clears, 0.2, Ok(0.01));
        assert!(harmless.score < harmless.flag);
    }

    #[test]
    fn a_weighed_opinion_moves_the_score_both_ways() {
        let block = [[0.8; 5]; 4];
        let thresholds = Thresholds {
            block,
            flag: [[0.4; 5]; 4],
            per_doubling: 0.0,
            writings: [Some(Beyond::NOTHING); 12],
        };
        let weigh = Counts::Weigh { weight: 0.5, thresholds };
        let up = stands(weigh, 0.5, Ok(0.99));
        assert!(up.score >= up.block && up.score < 0.95);
        let down = stands(weigh, 0.95, Ok(0.05));
        assert!((down.score - 0.5).abs() < 0.01 && down.score < down.block);
    }

    #[test]
    fn what_was_not_said_changes_nothing() {
        for counts in [
            Counts::Raise { block: 0.0, flag: 0.0, clear: Some(1.0) },
            Counts::Weigh { weight: 1.0, thresholds: Thresholds::from_blocks([[0.0; 5]; 4], 0.0) },
        ] {
            let ours = stands(counts, 0.6, Err(Failure::Timeout));
            assert_eq!((ours.score, ours.block, ours.flag), (0.6, 0.9, 0.7));
        }
    }
}
