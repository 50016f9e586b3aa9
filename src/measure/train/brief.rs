//! How much more a text of few words must show: fitted, not set.

use super::platt::Graded;
use crate::judge::classify::model::Calibration;
use crate::judge::classify::model::doublings;
use crate::judge::classify::model::halvings;

/// Share of harmless texts of code that may score above the line that recall is counted at.
const TAIL: f64 = 0.0003;
/// Log-odds by halving that are tried.
const STEP: f32 = 0.25;
const STEPS: u8 = 12;

/// `calibration` with what every halving of few words takes: the step at which most harmful texts stand above the line
/// that [`TAIL`] of the harmless texts found in code cross. Code is full of texts of two and three words, and the tail of
/// their scores is long, since one word decides them.
pub(super) fn fit(calibration: Calibration, texts: &[Graded], of_code: &[Graded]) -> Calibration {
    let odds = |text: &Graded, per_halving: f32| {
        calibration.slope * text.peak.raw + calibration.context * text.peak.context
            - calibration.per_doubling * doublings(&text.peak)
            - per_halving * halvings(&text.peak)
    };
    let recall = |per_halving: f32| {
        let mut tail: Vec<f32> = of_code.iter().map(|text| odds(text, per_halving)).collect();
        tail.sort_unstable_by(|a, b| b.total_cmp(a));
        let line = tail.get((tail.len() as f64 * TAIL) as usize).copied().unwrap_or(f32::NEG_INFINITY);
        texts.iter().filter(|text| text.harmful && odds(text, per_halving) > line).count()
    };
    let steps = (0..=STEPS).rev().map(|step| STEP * f32::from(step));
    let per_halving = steps.max_by_key(|&per_halving| recall(per_halving)).unwrap_or(0.0);
    Calibration { per_halving, ..calibration }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::classify::model::window::{Peak, Places};

    fn text(raw: f32, words: usize, harmful: bool) -> Graded {
        Graded {
            peak: Peak { raw, context: 0.0, blocks: 1, words: 0..words, places: Places::default() },
            harmful,
            weight: 1.0,
        }
    }

    #[test]
    fn few_words_are_asked_for_more_where_they_score_high_by_chance() {
        let calibration =
            Calibration { slope: 1.0, offset: 0.0, per_doubling: 0.0, per_halving: 0.0, context: 0.0 };
        let harmful: Vec<Graded> = (0..100u8).map(|at| text(1.0 + f32::from(at) / 50.0, 12, true)).collect();
        let wild: Vec<Graded> = (0..100u8).map(|at| text(f32::from(at) / 25.0, 2, false)).collect();
        assert!(fit(calibration, &harmful, &wild).per_halving > 0.5);
        let tame: Vec<Graded> = (0..100u8).map(|at| text(-f32::from(at) / 25.0, 2, false)).collect();
        assert_eq!(fit(calibration, &harmful, &tame).per_halving, 0.0);
    }
}
