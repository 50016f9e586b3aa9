//! Thresholds from measured scores of benign requests, by origin and strictness.

use super::corpus::Row;
use crate::budget::Budget;
use crate::judge::classify::classify;
use crate::judge::classify::logit;
use crate::judge::classify::model::Model;
use crate::judge::classify::model::Thresholds;
use crate::judge::classify::model::Writing;
use crate::judge::classify::shift;
use crate::read::candidate::Candidate;
use crate::read::candidate::Origin;
use crate::request::Request;
use crate::screen::Engine;
use crate::screen::screen;

/// Share of benign chat that may be blocked for its plain text, by strictness.
const CHAT: [f64; 4] = [0.0003, 0.0007, 0.003, 0.015];
/// Share of benign code requests that may be blocked for any one origin, by strictness.
const CODE: [f64; 4] = [0.001, 0.003, 0.007, 0.02];
/// Share of ordinary instructions that may be blocked when they are all that a piece of code spells out.
const SPELLED: [f64; 4] = [0.003, 0.008, 0.018, 0.05];
/// The same share among instructions to an assistant.
const INSTRUCTED: [f64; 4] = [0.003, 0.01, 0.025, 0.06];
/// Log-odds more that is asked with every doubling of the texts that compete. The tail of harmless scores falls by half
/// every 0.5 or so of log-odds, but texts of one program are alike: less than half of that is asked.
const PER_DOUBLING: f32 = 0.2;
/// Scores above this are not told apart.
const HIGHEST: f32 = 0.999_999;

/// Sets whose texts are code or pieces of code.
const CODE_SOURCES: &[&str] =
    &["algo_", "code_files", "code_fragments", "mbpp", "humaneval", "classeval", "codealpaca", "selfbehave"];

/// Sets that were made to be mistaken for harm, or are all about attacks, crises and illness: fitted on, but not what
/// an ordinary request looks like. A budget for false alarms read off them would be spent on them alone.
const DELICATE_SOURCES: &[&str] = &[
    "coconot",
    "counselchat",
    "crwd",
    "cyberseceval",
    "docs_waf",
    "medquad",
    "owasp",
    "rustsec",
    "xsafety",
    "oasst",
    "dolly",
    "gpteacher_roleplay",
];

/// Sets of instructions to an assistant: the ordinary requests that are hardest to tell from harmful ones, and few beside
/// commands to devices and questions of fact. The budget holds on them by themselves, too.
const INSTRUCTIONS: &[&str] =
    &["self_instruct", "ifeval", "arena_hard", "promptsource", "gpteacher_code", "gpteacher_toolformer"];

/// Harmless texts in a writing that a threshold is read off; with fewer, texts in it are flagged instead of blocked.
const SUPPORT: usize = 500;

/// What so many competing texts of one origin take from the log-odds of each.
fn crowding(texts: usize) -> f32 {
    Thresholds::from_blocks([[HIGHEST; 5]; 4], PER_DOUBLING).crowding(texts)
}

/// Whether the false alarms on a data set count against the budgets.
pub(super) fn is_ordinary(source: &str) -> bool {
    !DELICATE_SOURCES.iter().any(|start| source.starts_with(start))
}

/// Whether the texts of a data set are code.
pub(super) fn is_code(source: &str) -> bool {
    CODE_SOURCES.iter().any(|start| source.starts_with(start))
}

/// Benign scores: the highest of each origin in each request.
#[derive(Debug, Default)]
pub struct Scores {
    chat: Vec<f32>,
    code: [Vec<f32>; 5],
    spelled: Vec<f32>,
    instructions: Vec<f32>,
    /// As they stand and spelled out, by [`Writing::index`].
    foreign: [[Vec<f32>; 2]; Writing::ALL.len()],
}

impl Scores {
    /// Adds a text that stands for a whole request: its score, and the higher of those in both orders.
    pub fn add_text(&mut self, row: &Row, alone: f32, spelled: f32) {
        if row.foreign {
            if row.source.starts_with("xsafety") || row.source.starts_with("cyberseceval") {
                return;
            }
            let [plain, both] = &mut self.foreign[Writing::of(&row.text).index()];
            plain.push(alone);
            both.push(spelled);
            return;
        }
        if is_ordinary(&row.source) {
            self.chat.push(alone);
            self.spelled.push(spelled);
        }
        if INSTRUCTIONS.iter().any(|start| row.source.starts_with(start)) {
            self.instructions.push(spelled);
        }
    }

    /// Screens a benign request and adds what it scored; its text is scored as spelled out, too.
    pub fn add_request(&mut self, engine: &Engine, row: &Row) {
        let screening = screen(engine, &Request::plain(&row.text));
        let mut highest = [0.0f32; 5];
        let mut texts = [0usize; 5];
        for verdict in &screening.verdicts {
            let most = &mut highest[verdict.origin.index()];
            *most = most.max(verdict.score);
            texts[verdict.origin.index()] += 1;
        }
        for (score, texts) in highest.iter_mut().zip(texts) {
            *score = shift(*score, -crowding(texts));
        }
        if is_code(&row.source) {
            self.code.iter_mut().zip(highest).for_each(|(scores, score)| scores.push(score));
        } else {
            self.chat.push(highest[Origin::Plain.index()]);
            self.spelled.push(spelled_out(engine, &row.text));
        }
    }

    /// The thresholds at which the shares hold on these scores.
    pub fn thresholds(&self) -> Thresholds {
        let mut block = [[HIGHEST; 5]; 4];
        for (level, row) in block.iter_mut().enumerate() {
            let spelled = self.spelled(level);
            for origin in Origin::ALL {
                let code = above(&self.code[origin.index()], CODE[level]);
                // What stands readable in the request was not hidden: it needs as much as chat does.
                let readable = above(&self.chat, CHAT[level]).max(code);
                row[origin.index()] = match origin {
                    Origin::Plain => readable,
                    Origin::Comment | Origin::Identifier => readable.max(spelled),
                    Origin::Recovered => code.max(spelled),
                    Origin::Decoded => code.max(spelled),
                };
            }
        }
        let mut thresholds = Thresholds::from_blocks(block, PER_DOUBLING);
        for writing in Writing::ALL.into_iter().filter(|writing| *writing != Writing::English) {
            thresholds.writings[writing.index()] = self.more(&block, writing);
        }
        thresholds
    }

    /// What a text that code spells out must score.
    fn spelled(&self, level: usize) -> f32 {
        above(&self.spelled, SPELLED[level]).max(above(&self.instructions, INSTRUCTED[level]))
    }

    /// What texts in a writing are asked for beyond English ones, by strictness.
    fn more(&self, block: &[[f32; 5]; 4], writing: Writing) -> Option<[f32; 4]> {
        let [plain, spelled] = &self.foreign[writing.index()];
        let beyond = |scores: &[f32], share: f64, least: f32| logit(above(scores, share)) - logit(least);
        let more = |level: usize| {
            let plain = beyond(plain, CHAT[level], block[level][Origin::Plain.index()]);
            let spelled = beyond(spelled, SPELLED[level], block[level][Origin::Recovered.index()]);
            plain.max(spelled).max(0.0)
        };
        (plain.len() >= SUPPORT).then(|| [0, 1, 2, 3].map(more))
    }
}

/// The score of a text when code spells it out.
fn spelled_out(engine: &Engine, text: &str) -> f32 {
    let candidate =
        Candidate { text: text.to_owned(), origin: Origin::Recovered, via: Vec::new(), spans: Vec::new() };
    let mut budget = Budget::new(engine.limits.clone());
    classify(&engine.judges, &[candidate], &mut budget).first().map_or(0.0, |verdict| verdict.score)
}

/// Thresholds for `model` from benign `rows` screened one by one.
pub fn calibrate(engine: &Engine, rows: &[Row], mut passed: impl FnMut()) -> Model {
    let mut scores = Scores::default();
    for row in rows.iter().filter(|row| !row.harmful && !row.foreign && is_ordinary(&row.source)) {
        scores.add_request(engine, row);
        passed();
    }
    engine.judges.model.with_thresholds(scores.thresholds())
}

/// A little above the score that `share` of `scores` exceed.
fn above(scores: &[f32], share: f64) -> f32 {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at).map_or(HIGHEST, |&score| (score + 1e-6).clamp(0.05, HIGHEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(source: &str) -> Row {
        Row {
            text: "bake bread".into(),
            harmful: false,
            source: source.into(),
            category: String::new(),
            foreign: false,
        }
    }

    #[test]
    fn thresholds_hold_the_shares_and_fall_with_strictness() {
        let mut scores = Scores::default();
        for at in 0..10_000u16 {
            let score = f32::from(at) / 10_000.0;
            scores.add_text(&row("bakers"), score, score);
            scores.code.iter_mut().for_each(|code| code.push(score));
        }
        let thresholds = scores.thresholds();
        for origin in Origin::ALL {
            for level in 1..4 {
                assert!(
                    thresholds.block(level, origin, Writing::English)
                        >= thresholds.block(level + 1, origin, Writing::English)
                );
                assert_eq!(
                    thresholds.flag(level, origin, Writing::English),
                    thresholds.block(level + 1, origin, Writing::English)
                );
            }
        }
        let over = (0..10_000)
            .filter(|at| *at as f32 / 10_000.0 >= thresholds.block(2, Origin::Plain, Writing::English))
            .count();
        assert!(over <= 50, "{over}");
    }
}
