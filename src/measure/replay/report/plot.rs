//! The plots of the report, as inline SVG.

use std::fmt::Write;

use crate::measure::replay::tally::BINS;

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 260.0;
/// Room for the axis labels.
const LEFT: f64 = 44.0;
const FOOT: f64 = 34.0;
/// Bars drawn; the bins are finer than a screen shows well.
const BARS: usize = 40;
/// Points of the calibration plot.
const POINTS: usize = 10;

/// Scores by label: harmful, then benign.
type Scores = [[u64; BINS]; 2];

/// How shares lie along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    Even,
    /// Small shares get room.
    Root,
}

impl Scale {
    fn place(self, share: f64) -> f64 {
        match self {
            Scale::Even => share,
            Scale::Root => share.sqrt(),
        }
    }
}

/// One pair of axes, both from 0 to 1.
struct Axes {
    caption: &'static str,
    below: &'static str,
    across: Scale,
    up: Scale,
}

/// Scores per label, as the share of that label's rows on a square-root scale, so that a few rows among thousands show.
pub(super) fn histogram(scores: &Scores) -> String {
    let axes = Axes {
        caption: "Deciding score by label, share of rows (square-root scale): <span class=\"key\">harmful left, benign right</span>",
        below: "score",
        across: Scale::Even,
        up: Scale::Root,
    };
    let mut marks = String::new();
    let slot = (WIDTH - LEFT) / number(BARS);
    for (at, (bins, class)) in scores.iter().zip(["harmful", "benign"]).enumerate() {
        let whole = number(bins.iter().sum::<u64>()).max(1.0);
        for (bar, part) in bins.chunks(BINS / BARS).enumerate() {
            let count: u64 = part.iter().sum();
            let top = axes.y(number(count) / whole);
            let left = LEFT + slot * (number(bar) + 0.5 * number(at));
            let _ = write!(
                marks,
                "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"><title>{class}, score {:.3} and \
                 up: {count} rows</title></rect>",
                slot / 2.0,
                HEIGHT - FOOT - top,
                number(bar) / number(BARS),
            );
        }
    }
    axes.figure(&marks)
}

/// Block rate against false-positive rate as one threshold moves over all scores, and the point of the policy in force.
pub(super) fn roc(scores: &Scores, point: Option<(f64, f64)>) -> String {
    let axes = Axes {
        caption: "Block rate over false-positive rate (square-root scale)",
        below: "false-positive rate, square-root scale",
        across: Scale::Root,
        up: Scale::Even,
    };
    let whole = scores.map(|bins| number(bins.iter().sum::<u64>()).max(1.0));
    let points =
        above(scores).map(|[harmful, benign]| (number(benign) / whole[1], number(harmful) / whole[0]));
    let mut marks = axes.line(std::iter::once((0.0, 0.0)).chain(points));
    if let Some((fpr, block_rate)) = point {
        let what = format!(
            "policy in force: block rate {:.2} %, false-positive rate {:.2} %",
            block_rate * 100.0,
            fpr * 100.0
        );
        marks.push_str(&axes.dot(fpr, block_rate, &what));
    }
    axes.figure(&marks)
}

/// Precision against recall (block rate) as one threshold moves, at the share of harmful rows in these sets.
pub(super) fn precision_recall(scores: &Scores) -> String {
    let axes = Axes {
        caption: "Precision over recall, at the share of harmful rows in these sets",
        below: "recall (block rate)",
        across: Scale::Even,
        up: Scale::Even,
    };
    let harmful = number(scores[0].iter().sum::<u64>()).max(1.0);
    let points = above(scores)
        .filter(|[hits, alarms]| hits + alarms > 0)
        .map(|[hits, alarms]| (number(hits) / harmful, number(hits) / number(hits + alarms)));
    axes.figure(&axes.line(points))
}

/// The share of harmful rows among those of about one score: on the diagonal, a score is a probability.
pub(super) fn calibration(scores: &Scores) -> String {
    let axes = Axes {
        caption: "Calibration: share of harmful rows by score (the diagonal is a perfect probability for these sets)",
        below: "score",
        across: Scale::Even,
        up: Scale::Even,
    };
    let mut marks = format!(
        "<path class=\"axis\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>",
        axes.x(0.0),
        axes.y(0.0),
        axes.x(1.0),
        axes.y(1.0)
    );
    for point in 0..POINTS {
        let range = point * BINS / POINTS..(point + 1) * BINS / POINTS;
        let [harmful, benign] = [0, 1].map(|label: usize| scores[label][range.clone()].iter().sum::<u64>());
        if harmful + benign == 0 {
            continue;
        }
        let (score, share) =
            ((number(point) + 0.5) / number(POINTS), number(harmful) / number(harmful + benign));
        let what = format!("score about {score:.2}: {harmful} harmful of {} rows", harmful + benign);
        marks.push_str(&axes.dot(score, share, &what));
    }
    axes.figure(&marks)
}

/// Rows at or above each bin, from the highest bin down: harmful, benign.
fn above(scores: &Scores) -> impl Iterator<Item = [u64; 2]> + '_ {
    (0..BINS).rev().scan([0_u64; 2], |above, bin| {
        *above = [above[0] + scores[0][bin], above[1] + scores[1][bin]];
        Some(*above)
    })
}

impl Axes {
    fn x(&self, share: f64) -> f64 {
        LEFT + self.across.place(share) * (WIDTH - LEFT)
    }

    fn y(&self, share: f64) -> f64 {
        (1.0 - self.up.place(share)) * (HEIGHT - FOOT)
    }

    fn line(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        for (x, y) in points {
            let pen = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{pen}{:.1} {:.1}", self.x(x), self.y(y));
        }
        format!("<path class=\"line\" d=\"{path}\"/>")
    }

    fn dot(&self, x: f64, y: f64, what: &str) -> String {
        format!(
            "<circle class=\"benign\" r=\"5\" cx=\"{:.1}\" cy=\"{:.1}\"><title>{what}</title></circle>",
            self.x(x),
            self.y(y)
        )
    }

    fn figure(&self, marks: &str) -> String {
        let Axes { caption, below, .. } = self;
        let mut out = format!(
            "<figure><figcaption>{caption}</figcaption><svg viewBox=\"-4 -8 {:.0} {:.0}\" role=\"img\"><path class=\"axis\" \
             d=\"M{LEFT} 0V{:.1}H{WIDTH}\"/>",
            WIDTH + 16.0,
            HEIGHT + 12.0,
            HEIGHT - FOOT,
        );
        for (tick, share) in ["0", "25", "50", "75", "100 %"].into_iter().zip([0.0, 0.25, 0.5, 0.75, 1.0]) {
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
                self.x(share),
                HEIGHT - FOOT + 15.0
            );
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>",
                LEFT - 5.0,
                self.y(share) + 4.0
            );
        }
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{below}</text>{marks}</svg></figure>",
            (LEFT + WIDTH) / 2.0,
            HEIGHT - 3.0
        );
        out
    }
}

/// A count as a coordinate.
trait Count {
    fn float(self) -> f64;
}

impl Count for u64 {
    #[expect(clippy::cast_precision_loss, reason = "a coordinate on a screen")]
    fn float(self) -> f64 {
        self as f64
    }
}

impl Count for usize {
    #[expect(clippy::cast_precision_loss, reason = "a coordinate on a screen")]
    fn float(self) -> f64 {
        self as f64
    }
}

fn number(count: impl Count) -> f64 {
    count.float()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_judge_reaches_the_corner() {
        let mut scores = [[0; BINS]; 2];
        scores[0][BINS - 1] = 10;
        scores[1][0] = 10;
        let axes = Axes { caption: "", below: "", across: Scale::Root, up: Scale::Even };
        let corner = format!("L{:.1} {:.1}", axes.x(0.0), axes.y(1.0));
        assert!(roc(&scores, None).contains(&corner));
        assert!(calibration(&scores).contains("10 harmful of 10 rows"));
        assert!(precision_recall(&scores).contains("class=\"line\""));
    }
}
