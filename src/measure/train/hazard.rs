//! What data sets call their kinds of harm, and the table that names the hazard of a text.

use super::corpus::Row;
use crate::judge::classify::model::HAZARD_ROWS;
use crate::judge::classify::model::Hazards;
use crate::judge::classify::model::feature::features;
use crate::judge::hazard::Category;

/// The first row whose word occurs in a set's own category decides.
const NAMES: &[(&str, Category)] = &[
    ("child", Category::S4),
    ("minors", Category::S4),
    ("cyber", Category::S14),
    ("malware", Category::S14),
    ("hacking", Category::S14),
    ("weapons", Category::S9),
    ("suicide", Category::S11),
    ("self_harm", Category::S11),
    ("self-harm", Category::S11),
    ("trafficking", Category::S3),
    ("rape", Category::S3),
    ("sexual exploitation", Category::S3),
    ("non_consensual", Category::S3),
    ("adult content", Category::S12),
    ("explicit", Category::S12),
    ("prostitution", Category::S12),
    ("pornography", Category::S12),
    ("privacy", Category::S7),
    ("personal", Category::S7),
    ("surveillance", Category::S7),
    ("doxxing", Category::S7),
    ("hate", Category::S10),
    ("discrimination", Category::S10),
    ("race", Category::S10),
    ("religion", Category::S10),
    ("politics", Category::S13),
    ("election", Category::S13),
    ("terror", Category::S1),
    ("violen", Category::S1),
    ("assassin", Category::S1),
    ("kidnap", Category::S1),
    ("murder", Category::S1),
    ("physical harm", Category::S1),
    ("fraud", Category::S2),
    ("theft", Category::S2),
    ("drug", Category::S2),
    ("crime", Category::S2),
    ("illegal", Category::S2),
    ("economic harm", Category::S2),
    ("vandalism", Category::S2),
    ("ponzi", Category::S2),
    ("deception", Category::S2),
];

fn category(name: &str) -> Option<Category> {
    let name = name.to_lowercase();
    NAMES.iter().find(|(word, _)| name.contains(word)).map(|&(_, category)| category)
}

/// Log-ratios of word frequencies, each hazard against the others (smoothed naive Bayes), in 16ths.
pub(super) fn fit(rows: &[Row]) -> Hazards {
    let kinds = Category::ALL.len();
    let mut counts = vec![0u32; HAZARD_ROWS * kinds];
    let mut totals = vec![0u32; kinds];
    for row in rows.iter().filter(|row| row.harmful) {
        let Some(kind) = category(&row.category).map(|category| category as usize) else { continue };
        features(&row.text, |word| {
            let at = word.words.first().map_or(0, |&bucket| bucket as usize % HAZARD_ROWS);
            counts[at * kinds + kind] += 1;
            totals[kind] += 1;
        });
    }
    let all: u32 = totals.iter().sum();
    let mut weights = vec![0i8; HAZARD_ROWS * kinds];
    for (row, out) in counts.chunks(kinds).zip(weights.chunks_mut(kinds)) {
        let seen: u32 = row.iter().sum();
        for (kind, out) in out.iter_mut().enumerate() {
            let here = (row[kind] as f32 + 0.3) / (totals[kind] as f32 + 300.0);
            let there = ((seen - row[kind]) as f32 + 2.0) / ((all - totals[kind]) as f32 + 2000.0);
            if seen > 1 && totals[kind] > 0 {
                *out = (16.0 * (here / there).ln()).round().clamp(-127.0, 127.0) as i8;
            }
        }
    }
    Hazards { weights }
}
