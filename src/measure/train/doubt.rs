//! Rows called harmful that read like harmless ones: sets of attacks hold questions about algebra and the plots of films, and
//! a model that believes them asks less of every text of that kind.

use std::collections::BTreeSet;

use super::calibrate::is_code;
use super::calibrate::is_ordinary;
use super::calibrate::is_own;
use super::corpus::Row;
use super::dense;
use super::fold::FOLDS;
use super::fold::Folds;
use super::sgd::Example;
use super::vectors::Vectors;

/// A harmful row is left out when it scores below this share of the ordinary harmless rows, by a model that has seen
/// neither.
const BELOW: f64 = 0.75;

/// Harmful sources a model must have seen before it may doubt another one's rows.
const TEACHERS: usize = 3;

/// Passes over the rows.
pub(super) const PASSES: usize = dense::PASSES * FOLDS;

/// For each row, whether it is called harmful and scores like most harmless ones by a model fitted without its source.
pub(super) fn doubtful(
    rows: &[Row],
    held: &Folds<'_>,
    vectors: &Vectors,
    seed: u64,
    mut passed: impl FnMut(),
) -> Vec<bool> {
    let example = |row: &Row| Example::new(&row.text, row.harmful, 1.0, &vectors.pieces);
    let examples: Vec<Option<Example>> = rows.iter().map(example).collect();
    let mut doubtful = vec![false; rows.len()];
    for fold in 0..FOLDS {
        let apart = |row: &Row| held.get(row) == Some(fold);
        let teachers: BTreeSet<&str> =
            rows.iter().filter(|row| row.harmful && !apart(row)).map(|row| row.source.as_str()).collect();
        if teachers.len() < TEACHERS {
            (0..dense::PASSES).for_each(|_| passed());
            continue;
        }
        let seen: Vec<&Example> = rows
            .iter()
            .zip(&examples)
            .filter(|(row, _)| !apart(row))
            .filter_map(|(_, e)| e.as_ref())
            .collect();
        let model = dense::fit(vectors, &seen, seed, &mut passed);
        let score = |example: &Option<Example>| example.as_ref().map(|example| dense::raw(&model, example));
        let ordinary = |row: &Row| {
            let usual = is_ordinary(&row.source) && !is_own(&row.source) && !is_code(&row.source);
            !row.harmful && !row.foreign && usual
        };
        let both = || rows.iter().zip(&examples).filter(|(row, _)| apart(row));
        let mut harmless: Vec<f32> =
            both().filter(|(row, _)| ordinary(row)).filter_map(|(_, example)| score(example)).collect();
        harmless.sort_unstable_by(f32::total_cmp);
        let Some(&line) = harmless.get((harmless.len() as f64 * BELOW) as usize) else { continue };
        for ((row, example), doubtful) in rows.iter().zip(&examples).zip(&mut doubtful) {
            let asked = row.harmful && !row.foreign && apart(row);
            *doubtful |= asked && score(example).is_some_and(|score| score < line);
        }
    }
    doubtful
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::classify::model::piece::Pieces;

    #[test]
    fn what_reads_like_the_harmless_is_doubted() {
        let row = |text: &str, harmful: bool, source: String| Row {
            text: text.into(),
            harmful,
            source,
            category: String::new(),
            foreign: false,
        };
        let mut rows = Vec::new();
        for at in 0..400 {
            rows.push(row("lay stone", false, format!("masons{}", at % 4)));
            rows.push(row(["lay bread", "bake bread"][at % 2], false, format!("masons{}", at % 4)));
            let odd = at % 40 == 0;
            rows.push(row(if odd { "lay stone" } else { "burn oven" }, true, format!("thieves{}", at % 4)));
        }
        let pieces = Pieces::new("lay\nstone\nbake\nbread\nburn\noven".into()).unwrap();
        let table = vec![90, 0, 80, 10, 85, -5, 75, 5, -90, 0, -80, 10];
        let vectors = Vectors { pieces, size: 2, table, weights: vec![255; 6], context: Default::default() };
        let found = doubtful(&rows, &Folds::of(&rows), &vectors, 1, || ());
        let doubted = |text: &str| {
            rows.iter().zip(&found).filter(|(row, doubt)| row.harmful && row.text == text && **doubt).count()
        };
        assert!(!rows.iter().zip(&found).any(|(row, doubt)| !row.harmful && *doubt));
        assert_eq!((doubted("burn oven"), doubted("lay stone")), (0, 10));
        rows.iter_mut().filter(|row| row.harmful).for_each(|row| row.source = "thieves".into());
        let alone = doubtful(&rows, &Folds::of(&rows), &vectors, 1, || ());
        assert!(!alone.contains(&true), "who has seen no other thief doubts none");
    }
}
