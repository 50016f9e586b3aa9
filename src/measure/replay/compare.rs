//! What changed since an earlier replay, and whether it is more than chance.

use std::collections::HashMap;

use crate::measure::replay::Summary;
use crate::measure::replay::figures::Figures;
use crate::measure::replay::interval::difference;

/// The part of an earlier `--json` file that is compared.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Old {
    datasets: Vec<OldFigures>,
    totals: OldFigures,
}

#[derive(Debug, Clone, serde::Deserialize)]
struct OldFigures {
    name: String,
    #[serde(default)]
    harmful: u64,
    #[serde(default)]
    benign: u64,
    #[serde(default)]
    with_plain: u64,
    block_rate: Option<f64>,
    fpr: Option<f64>,
    recovered_exact: Option<f64>,
}

/// One rate of one set, then and now.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Change {
    /// The set.
    pub set: String,
    /// `block_rate`, `fpr` or `recovered_exact`.
    pub rate: &'static str,
    /// The share then.
    pub old: f64,
    /// The share now.
    pub now: f64,
    /// The 95 % interval of the difference, the two runs taken as independent (so wider than for the same rows twice).
    pub ci95: [f64; 2],
    /// Whether that interval leaves zero out.
    pub significant: bool,
}

/// The rates that both runs have, in the order of `now`; those of all sets together only when the sets are the same.
pub fn changes(now: &Summary, old: &Old) -> Vec<Change> {
    let by_name: HashMap<&str, &OldFigures> =
        old.datasets.iter().chain([&old.totals]).map(|set| (set.name.as_str(), set)).collect();
    let same = now.datasets.iter().map(|set| &set.name).eq(old.datasets.iter().map(|set| &set.name));
    now.datasets
        .iter()
        .chain(same.then_some(&now.totals))
        .filter_map(|set| Some((set, by_name.get(set.name.as_str())?)))
        .flat_map(|(now, old)| of_set(now, old))
        .collect()
}

fn of_set(now: &Figures, old: &OldFigures) -> impl Iterator<Item = Change> {
    let rates = [
        ("block_rate", now.block_rate, now.harmful, old.block_rate, old.harmful),
        ("fpr", now.fpr, now.benign, old.fpr, old.benign),
        ("recovered_exact", now.recovered_exact, now.with_plain, old.recovered_exact, old.with_plain),
    ];
    let set = now.name.clone();
    rates.into_iter().filter_map(move |(rate, now, now_of, old, old_of)| {
        let (now, old) = (now?, old?);
        let ci95 = difference((hits(now, now_of), now_of), (hits(old, old_of), old_of))?;
        let significant = ci95[0] > 0.0 || ci95[1] < 0.0;
        Some(Change { set: set.clone(), rate, old, now, ci95, significant })
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count is a count")]
fn hits(share: f64, of: u64) -> u64 {
    (share.clamp(0.0, 1.0) * of as f64).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::decide::Action;
    use crate::measure::replay::row::{Label, Row};
    use crate::measure::replay::tally::Tally;
    use crate::measure::replay::target::Judged;

    #[test]
    fn a_change_is_told_from_chance() {
        let mut tally = Tally::new("breads", false);
        for at in 0..200 {
            let action = if at < 180 { Action::Block } else { Action::Allow };
            tally.add(&Row::of(Label::Harmful, ""), &Judged::of(action));
            tally.add(
                &Row::of(Label::Benign, ""),
                &Judged::of(if at < 3 { Action::Block } else { Action::Allow }),
            );
        }
        let now = Summary::of(&[tally]);
        let old: Old = serde_json::from_str(
            r#"{"datasets":[{"name":"breads","harmful":200,"benign":200,"block_rate":0.5,"fpr":0.01,"recovered_exact":null},
                {"name":"gone","harmful":1,"block_rate":1.0,"fpr":null,"recovered_exact":null}],
                "totals":{"name":"another","block_rate":null,"fpr":null,"recovered_exact":null}}"#,
        )
        .unwrap();
        let found: Vec<_> =
            changes(&now, &old).iter().map(|c| (c.set.clone(), c.rate, c.significant)).collect();
        assert_eq!(found, [("breads".to_owned(), "block_rate", true), ("breads".to_owned(), "fpr", false)]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let now = Summary::of(&[Tally::new("breads", false)]);
        let old: Old = serde_json::from_str(&serde_json::to_string(&now).unwrap()).unwrap();
        assert_eq!(changes(&now, &old), []);
    }
}
