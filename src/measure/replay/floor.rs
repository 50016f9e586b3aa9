//! What a replay must reach, and by how much each set missed it.

use crate::measure::replay::Summary;
use crate::measure::replay::figures::Figures;

/// Bounds on the figures of every set that has the rate in question. Shares from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Floors {
    /// The least block rate.
    pub min_block: Option<f64>,
    /// The highest false-positive rate.
    pub max_fpr: Option<f64>,
    /// The least share of exactly recovered texts.
    pub min_recovered: Option<f64>,
    /// The most that any set's block rate may fall when it is said otherwise.
    pub max_loss: Option<f64>,
}

/// One line for each set and bound that was missed. A bound that no set could be held to is missed as well: a gate
/// that measured nothing must not pass.
pub fn missed(floors: &Floors, summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    type Rate = fn(&Figures) -> Option<f64>;
    let bounds: [(&str, Option<f64>, f64, Rate); 3] = [
        ("block rate", floors.min_block, 1.0, |figures| figures.block_rate),
        ("false-positive rate", floors.max_fpr, -1.0, |figures| figures.fpr),
        ("recovered exactly", floors.min_recovered, 1.0, |figures| figures.recovered_exact),
    ];
    for (what, bound, sign, rate) in bounds {
        let Some(bound) = bound else { continue };
        let mut held = false;
        for set in &summary.datasets {
            let Some(reached) = rate(set) else { continue };
            held = true;
            // Written so that a bound that is not a number is missed.
            let by = (bound - reached) * sign;
            if by.is_nan() || by > 0.0 {
                lines.push(line(&set.name, what, reached, sign, bound, by));
            }
        }
        if !held {
            lines.push(format!("no set has a {what} to hold against the bound {:.2} %", bound * 100.0));
        }
    }
    lines.extend(floors.max_loss.into_iter().flat_map(|most| lost(most, summary)));
    lines
}

/// One line for each way of saying a set otherwise that loses more than `most` of it.
fn lost(most: f64, summary: &Summary) -> Vec<String> {
    let mut held = false;
    let mut lines = Vec::new();
    for perturbed in &summary.perturbed {
        for (set, otherwise) in summary.datasets.iter().zip(&perturbed.datasets) {
            let (Some(before), Some(after)) = (set.block_rate, otherwise.block_rate) else { continue };
            held = true;
            if before - after > most {
                let (loss, most) = ((before - after) * 100.0, most * 100.0);
                lines.push(format!(
                    "{}: said otherwise ({}) it loses {loss:.2} points, more than {most:.2}",
                    set.name, perturbed.how
                ));
            }
        }
    }
    if !held {
        lines.push("no harmful set was said otherwise (--perturb) to hold against --max-loss".to_owned());
    }
    lines
}

fn line(set: &str, what: &str, reached: f64, sign: f64, bound: f64, by: f64) -> String {
    let side = if sign > 0.0 { "below the floor" } else { "above the ceiling" };
    let (reached, bound, by) = (reached * 100.0, bound * 100.0, by * 100.0);
    format!("{set}: {what} {reached:.2} % is {side} {bound:.2} % by {by:.2} points")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::decide::Action;
    use crate::measure::replay::row::{Label, Row};
    use crate::measure::replay::tally::Tally;
    use crate::measure::replay::target::Judged;

    fn summary() -> Summary {
        let mut tally = Tally::new("breads", false);
        let row = |label| Row::of(label, "");
        let judged = Judged::of;
        tally.add(&row(Label::Harmful), &judged(Action::Block));
        tally.add(&row(Label::Harmful), &judged(Action::Allow));
        tally.add(&row(Label::Benign), &judged(Action::Block));
        Summary::of(&[tally])
    }

    #[test]
    fn a_miss_names_set_rate_and_distance() {
        let floors = Floors { min_block: Some(0.75), max_fpr: Some(0.1), ..Floors::default() };
        let lines = missed(&floors, &summary());
        assert_eq!(lines[0], "breads: block rate 50.00 % is below the floor 75.00 % by 25.00 points");
        assert!(lines[1].starts_with("breads: false-positive rate 100.00 % is above the ceiling 10.00 %"));
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_bound_that_is_just_reached_holds() {
        let floors = Floors { min_block: Some(0.5), max_fpr: Some(1.0), ..Floors::default() };
        assert_eq!(missed(&floors, &summary()), Vec::<String>::new());
    }

    #[test]
    fn a_bound_without_anything_to_measure_is_missed() {
        let floors = Floors { min_recovered: Some(0.9), ..Floors::default() };
        assert_eq!(missed(&floors, &summary()).len(), 1);
    }
}
