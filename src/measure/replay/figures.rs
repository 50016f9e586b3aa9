//! What was counted, as numbers to read: what `replay --json` writes.

use std::collections::BTreeMap;

use crate::measure::replay::interval::{share, wilson};
use crate::measure::replay::tally::{Asked, By, Part, Tally};

/// The figures of one set.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Figures {
    /// The set.
    pub name: String,
    /// Rows read, bad ones included.
    pub rows: u64,
    /// Rows judged that should be blocked.
    pub harmful: u64,
    /// Rows judged that should pass.
    pub benign: u64,
    /// Rows judged harmful.
    pub blocked: u64,
    /// Rows noted, not blocked.
    pub flagged: u64,
    /// Rows with nothing of note.
    pub allowed: u64,
    /// Rows that could not be read or judged.
    pub errors: u64,
    /// Rows marked `core: false`, in no other count.
    pub excluded: u64,
    /// Rows whose screening hit a limit.
    pub incomplete: u64,
    /// Rows passed on although their screening was not complete, or a part of them could not be read.
    pub unscreened: u64,
    /// Blocked harmful rows over harmful rows. A refusal for incompleteness is no catch.
    pub block_rate: Option<f64>,
    /// Benign rows blocked, or refused for incompleteness, over benign rows.
    pub fpr: Option<f64>,
    /// The Wilson 95 % interval of the rate that `ci95_of` names.
    pub ci95: Option<[f64; 2]>,
    /// `block_rate` where there are harmful rows, otherwise `fpr`.
    pub ci95_of: Option<&'static str>,
    /// The interval of `block_rate`.
    pub block_rate_ci95: Option<[f64; 2]>,
    /// The interval of `fpr`.
    pub fpr_ci95: Option<[f64; 2]>,
    /// Judged rows that say what they should read as.
    pub with_plain: u64,
    /// The share of those whose text is among the candidates.
    pub recovered_exact: Option<f64>,
    /// Half of the rows took no longer, in microseconds (to three digits).
    pub p50_us: Option<u64>,
    /// 99 % of the rows took no longer.
    pub p99_us: Option<u64>,
    /// What strictness 1, 2, 3 and 4 would do, in this order; empty where only a proxy knows.
    pub by_strictness: Vec<Rates>,
    /// The rates as they would be without second opinions, where some could be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_second: Option<Rates>,
    /// What was asked of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<Second>,
    /// By the set's own `template`.
    pub by_template: BTreeMap<String, Rates>,
    /// By the set's own `category`.
    pub by_category: BTreeMap<String, Rates>,
    /// By the set's own `lang` or `language`.
    pub by_language: BTreeMap<String, Rates>,
    /// By the origin of the deciding text.
    pub by_origin: BTreeMap<String, Rates>,
}

/// How much was asked of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Second {
    /// Rows with a text that others were asked about.
    pub rows: u64,
    /// Those texts.
    pub texts: u64,
    /// Of those, the ones without an answer.
    pub failed: u64,
}

/// The rates of some of the rows.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Rates {
    /// Rows that should be blocked.
    pub harmful: u64,
    /// The share of them that is.
    pub block_rate: Option<f64>,
    /// Rows that should pass.
    pub benign: u64,
    /// The share of them that does not.
    pub fpr: Option<f64>,
}

impl From<&Part> for Rates {
    fn from(part: &Part) -> Self {
        Rates { harmful: part.harmful, block_rate: part.block_rate(), benign: part.benign, fpr: part.fpr() }
    }
}

impl Figures {
    /// The figures of what `tally` counted.
    pub(super) fn of(tally: &Tally) -> Self {
        let [allowed, flagged, blocked] = tally.actions;
        let block_ci95 = wilson(tally.all.harmful_blocked, tally.all.harmful);
        let fpr_ci95 = wilson(tally.all.benign_stopped, tally.all.benign);
        let grouped =
            |by: By| tally.group(by).iter().map(|(name, part)| (name.clone(), part.into())).collect();
        let time = |q: f64| (!tally.micros.is_empty()).then(|| tally.micros.value_at_quantile(q));
        Figures {
            name: tally.name.clone(),
            rows: tally.rows,
            harmful: tally.all.harmful,
            benign: tally.all.benign,
            blocked,
            flagged,
            allowed,
            errors: tally.errors,
            excluded: tally.excluded,
            incomplete: tally.incomplete,
            unscreened: tally.unscreened,
            block_rate: tally.all.block_rate(),
            fpr: tally.all.fpr(),
            ci95: block_ci95.or(fpr_ci95),
            ci95_of: block_ci95.map(|_| "block_rate").or(fpr_ci95.map(|_| "fpr")),
            block_rate_ci95: block_ci95,
            fpr_ci95,
            with_plain: tally.with_plain,
            recovered_exact: share(tally.recovered, tally.with_plain),
            p50_us: time(0.5),
            p99_us: time(0.99),
            by_strictness: tally.strictness.iter().flatten().map(Rates::from).collect(),
            without_second: tally.without_second.as_ref().map(Rates::from),
            second: tally.without_second.map(|_| {
                let Asked { rows, texts, failed } = tally.second;
                Second { rows, texts, failed }
            }),
            by_template: grouped(By::Template),
            by_category: grouped(By::Category),
            by_language: grouped(By::Language),
            by_origin: grouped(By::Origin),
        }
    }
}
