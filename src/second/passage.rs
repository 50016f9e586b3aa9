//! The part of a long text that is worth asking about.

use crate::judge::classify::model::Model;

/// Pieces a text is cut into at each step.
const PIECES: usize = 8;
/// Bytes that neighbouring pieces share, so that no sentence is lost between them.
const SHARED: usize = 400;

/// The passage of at most `most` bytes that our own model finds most harmful, or the whole text. The best of a few pieces is
/// cut again until it is short enough: little more than one reading of the text.
pub(super) fn worst_passage<'t>(model: &Model, text: &'t str, most: usize) -> &'t str {
    let most = most.max(4 * SHARED);
    let mut text = text;
    while text.len() > most {
        let size = text.len().div_ceil(PIECES);
        let piece = |at: usize| {
            let start = text.floor_char_boundary((at * size).saturating_sub(SHARED / 2));
            let end = text.floor_char_boundary(((at + 1) * size).saturating_add(SHARED / 2).min(text.len()));
            &text[start..end]
        };
        let score = |piece: &str| model.score(piece).probability;
        let best = (0..PIECES).map(piece).max_by(|a, b| score(a).total_cmp(&score(b)));
        text = best.unwrap_or(text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_to_a_passage_of_it() {
        let model = Model::embedded().unwrap();
        let long = "describe how to bake rye bread with ünïcödé crust. ".repeat(4000);
        let passage = worst_passage(&model, &long, 2000);
        assert!(passage.len() <= 2000 && passage.len() >= SHARED && long.contains(passage));
        assert_eq!(worst_passage(&model, "bake bread", 2000), "bake bread");
    }
}
