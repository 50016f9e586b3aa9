//! Thresholds from measured scores of benign requests, by origin and strictness.

use super::corpus::Row;
use super::rng::Rng;
use crate::budget::Budget;
use crate::judge::classify::Verdict;
use crate::judge::classify::classify;
use crate::judge::classify::logit;
use crate::judge::classify::model::Beyond;
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
const CHAT: [f64; 4] = [0.0003, 0.001, 0.004, 0.015];
/// Share of benign code requests that may be blocked for any one origin, by strictness.
const CODE: [f64; 4] = [0.001, 0.003, 0.007, 0.02];
/// Share of ordinary instructions that may be blocked when they are all that a piece of code spells out.
const SPELLED: [f64; 4] = [0.0025, 0.008, 0.019, 0.05];
/// The same share among instructions to an assistant.
const INSTRUCTED: [f64; 4] = [0.0033, 0.011, 0.03, 0.07];
/// The share of plain texts in a writing other than English, where the judge knows less and few are asked about.
const FOREIGN: [f64; 4] = [0.001, 0.003, 0.01, 0.03];
/// The share of those that are spelled out.
const FOREIGN_SPELLED: [f64; 4] = [0.003, 0.01, 0.022, 0.055];
/// The least log-odds beyond those of English, as they stand and spelled out: what is harmless in a language is known from few
/// kinds of text, and what people ask in it is another.
const LEAST: [f32; 2] = [-2.0, -0.75];
/// Log-odds more that may be asked with every doubling of the texts that compete: the least that keeps the default
/// strictness's share of code is taken, whatever the size of the request.
const PER_DOUBLING: std::ops::RangeInclusive<u8> = 4..=12;
const PER_DOUBLING_STEP: f32 = 0.05;
/// The strictness whose share it is, from 0.
const DEFAULT: usize = 1;
/// Pieces of code of which big requests are made, and how many such requests.
const PIECES: [usize; 4] = [1, 4, 16, 48];
const MADE: usize = 2000;
/// Scores above this are not told apart.
const HIGHEST: f32 = 0.999_999;

/// Sets whose texts are code or pieces of code.
const CODE_SOURCES: &[&str] =
    &["algo_", "code_", "mbpp", "humaneval", "classeval", "codealpaca", "selfbehave"];

/// Sets that were made, or picked, to be mistaken for harm, or are all about attacks, crises and illness: fitted on, but not what
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
    "own_knowledge",
    "own_roles",
    "code_own",
    "code_hard",
];

/// Sets of instructions to an assistant: the ordinary requests that are hardest to tell from harmful ones, and few beside
/// commands to devices and questions of fact. The budget holds on them by themselves, too.
const INSTRUCTIONS: &[&str] = &[
    "self_instruct",
    "ifeval",
    "arena_hard",
    "promptsource",
    "gpteacher_code",
    "gpteacher_toolformer",
    "own_advice",
    "own_tasks",
    "own_technical",
];

/// Harmless texts in a writing that a threshold is read off; with fewer, texts in it are flagged instead of blocked.
const SUPPORT: usize = 500;

/// Whether the false alarms on a data set count against the budgets.
pub(super) fn is_ordinary(source: &str) -> bool {
    !DELICATE_SOURCES.iter().any(|start| source.starts_with(start))
}

/// Whether a data set was written for training: nearer to harm than what people ask on the whole.
pub(super) fn is_own(source: &str) -> bool {
    source.starts_with("own_")
}

/// Whether the texts of a data set are code.
pub(super) fn is_code(source: &str) -> bool {
    CODE_SOURCES.iter().any(|start| source.starts_with(start))
}

/// What a piece of code scored: the highest of each origin, and how many texts there were.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    highest: [f32; 5],
    texts: [usize; 5],
}

impl Piece {
    fn of(verdicts: &[Verdict]) -> Self {
        let mut piece = Piece::default();
        for verdict in verdicts {
            let at = verdict.origin.index();
            piece.highest[at] = piece.highest[at].max(verdict.score);
            piece.texts[at] += 1;
        }
        piece
    }

    /// One request that holds both.
    fn with(mut self, other: &Piece) -> Self {
        for at in 0..self.highest.len() {
            self.highest[at] = self.highest[at].max(other.highest[at]);
            self.texts[at] += other.texts[at];
        }
        self
    }

    fn blocked(&self, thresholds: &Thresholds) -> bool {
        let thresholds = thresholds.among(self.texts);
        let over = |origin: Origin| {
            self.highest[origin.index()] >= thresholds.block(DEFAULT as u8 + 1, origin, Writing::English)
        };
        Origin::ALL.into_iter().any(over)
    }
}

/// Benign scores: the highest of each origin in each request.
#[derive(Debug, Default)]
pub struct Scores {
    chat: Vec<f32>,
    code: Vec<Piece>,
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

    /// Adds what the texts of a piece of harmless code scored.
    pub(super) fn add_code(&mut self, verdicts: &[Verdict]) {
        self.code.push(Piece::of(verdicts));
    }

    /// Screens a benign request and adds what it scored; its text is scored as spelled out, too.
    pub fn add_request(&mut self, engine: &Engine, row: &Row) {
        let screening = screen(engine, &Request::plain(&row.text));
        if is_code(&row.source) {
            self.add_code(&screening.verdicts);
        } else {
            self.chat.push(Piece::of(&screening.verdicts).highest[Origin::Plain.index()]);
            self.spelled.push(spelled_out(engine, &row.text));
        }
    }

    /// The thresholds at which the shares hold on these scores.
    pub fn thresholds(&self) -> Thresholds {
        let made = PIECES.map(|pieces| self.made(pieces));
        let shares = |thresholds: &Thresholds| {
            made.each_ref().map(|made| {
                let blocked = made.iter().filter(|request| request.blocked(thresholds)).count();
                blocked as f64 / made.len().max(1) as f64
            })
        };
        let mut thresholds = Thresholds::from_blocks([[HIGHEST; 5]; 4], 0.0);
        for step in PER_DOUBLING {
            thresholds = self.at(f32::from(step) * PER_DOUBLING_STEP);
            if shares(&thresholds).into_iter().all(|share| share <= CODE[DEFAULT]) {
                break;
            }
        }
        for writing in Writing::ALL.into_iter().filter(|writing| *writing != Writing::English) {
            thresholds.writings[writing.index()] = self.beyond(&thresholds.block, writing);
        }
        thresholds
    }

    /// Requests made of so many pieces of code.
    fn made(&self, pieces: usize) -> Vec<Piece> {
        let mut rng = Rng::new(pieces as u64);
        let one = |rng: &mut Rng| {
            (0..pieces)
                .filter_map(|_| self.code.get(rng.below(self.code.len())))
                .fold(Piece::default(), Piece::with)
        };
        (0..MADE).map(|_| one(&mut rng)).collect()
    }

    /// The thresholds for English when so much is asked with every doubling of the texts.
    fn at(&self, per_doubling: f32) -> Thresholds {
        let mut block = [[HIGHEST; 5]; 4];
        let crowd = Thresholds::from_blocks(block, per_doubling);
        for (level, row) in block.iter_mut().enumerate() {
            let spelled = self.spelled(level);
            for origin in Origin::ALL {
                let at = origin.index();
                let scores =
                    self.code.iter().map(|code| shift(code.highest[at], -crowd.crowding(code.texts[at])));
                let code = above(&scores.collect::<Vec<_>>(), CODE[level]);
                // What stands readable in the request was not hidden: it needs as much as chat does.
                let readable = above(&self.chat, CHAT[level]).max(code);
                row[at] = match origin {
                    Origin::Plain => readable,
                    Origin::Comment | Origin::Identifier => readable.max(spelled),
                    Origin::Recovered | Origin::Decoded => code.max(spelled),
                };
            }
        }
        Thresholds::from_blocks(block, per_doubling)
    }

    /// What a text that code spells out must score.
    fn spelled(&self, level: usize) -> f32 {
        above(&self.spelled, SPELLED[level]).max(above(&self.instructions, INSTRUCTED[level]))
    }

    /// What texts in a writing are asked for beyond English ones, by strictness.
    fn beyond(&self, block: &[[f32; 5]; 4], writing: Writing) -> Option<Beyond> {
        let [plain, spelled] = &self.foreign[writing.index()];
        let beyond = |scores: &[f32], shares: [f64; 4], origin: Origin, least: f32| {
            let of = |level: usize| logit(above(scores, shares[level])) - logit(block[level][origin.index()]);
            [0, 1, 2, 3].map(|level| of(level).max(least))
        };
        (plain.len() >= SUPPORT).then(|| Beyond {
            readable: beyond(plain, FOREIGN, Origin::Plain, LEAST[0]),
            hidden: beyond(spelled, FOREIGN_SPELLED, Origin::Recovered, LEAST[1]),
        })
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
            scores.code.push(Piece { highest: [score; 5], texts: [1; 5] });
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
