//! The two plots of the report, as inline SVG.

use std::fmt::Write;

use crate::measure::replay::tally::BINS;

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 260.0;
/// Room for the axis labels.
const LEFT: f64 = 44.0;
const FOOT: f64 = 34.0;
/// Bars drawn; the bins are finer than a screen shows well.
const BARS: usize = 40;

/// Scores per label, as the share of that label's rows on a square-root scale, so that a few rows among thousands show.
pub(super) fn histogram(scores: &[[u64; BINS]; 2]) -> String {
    let mut marks = String::new();
    let slot = (WIDTH - LEFT) / number(BARS);
    for (at, (bins, class)) in scores.iter().zip(["harmful", "benign"]).enumerate() {
        let whole = number(bins.iter().sum::<u64>()).max(1.0);
        for (bar, part) in bins.chunks(BINS / BARS).enumerate() {
            let count: u64 = part.iter().sum();
            let tall = (number(count) / whole).sqrt() * (HEIGHT - FOOT);
            let left = LEFT + slot * (number(bar) + 0.5 * number(at));
            let _ = write!(
                marks,
                "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{tall:.1}\"><title>{class}, score {:.3} and \
                 up: {count} rows</title></rect>",
                HEIGHT - FOOT - tall,
                slot / 2.0,
                number(bar) / number(BARS),
            );
        }
    }
    let key = "Deciding score by label, share of rows (square-root scale): <span class=\"key\">harmful left, benign right</span>";
    figure(key, "score", &["0", "25", "50", "75", "100 %"].map(|tick| tick.to_owned()), &marks)
}

/// Block rate against false-positive rate as one threshold moves over all scores, and the point of the policy in force.
pub(super) fn curve(scores: &[[u64; BINS]; 2], point: Option<(f64, f64)>) -> String {
    let whole = scores.map(|bins| number(bins.iter().sum::<u64>()));
    if whole[0] == 0.0 || whole[1] == 0.0 {
        return figure("Block rate over false-positive rate needs harmful and benign rows.", "", &[], "");
    }
    let mut path = format!("M{:.1} {:.1}", across(0.0), up(0.0));
    let mut above = [0_u64; 2];
    for bin in (0..BINS).rev() {
        above = [above[0] + scores[0][bin], above[1] + scores[1][bin]];
        let (x, y) = (number(above[1]) / whole[1], number(above[0]) / whole[0]);
        let _ = write!(path, "L{:.1} {:.1}", across(x), up(y));
    }
    let mut marks = format!("<path class=\"line\" d=\"{path}\"/>");
    if let Some((fpr, block_rate)) = point {
        let _ = write!(
            marks,
            "<circle class=\"benign\" r=\"5\" cx=\"{:.1}\" cy=\"{:.1}\"><title>policy in force: block rate {:.2} %, false-positive \
             rate {:.2} %</title></circle>",
            across(fpr),
            up(block_rate),
            block_rate * 100.0,
            fpr * 100.0,
        );
    }
    let ticks = ["0", "25", "50", "75", "100 %"].map(|tick| tick.to_owned());
    figure(
        "Block rate over false-positive rate (square-root scale)",
        "false-positive rate, square-root scale",
        &ticks,
        &marks,
    )
}

/// False-positive rates worth having are small: the square root gives them room.
fn across(share: f64) -> f64 {
    LEFT + share.sqrt() * (WIDTH - LEFT)
}

fn up(share: f64) -> f64 {
    (1.0 - share) * (HEIGHT - FOOT)
}

fn figure(caption: &str, below: &str, ticks: &[String], marks: &str) -> String {
    let mut out = format!(
        "<figure><figcaption>{caption}</figcaption><svg viewBox=\"-4 -8 {:.0} {:.0}\" role=\"img\"><path class=\"axis\" \
         d=\"M{LEFT} 0V{:.1}H{WIDTH}\"/>",
        WIDTH + 16.0,
        HEIGHT + 12.0,
        HEIGHT - FOOT,
    );
    let square = below.contains("square");
    for (at, tick) in ticks.iter().enumerate() {
        let share = number(at) / 4.0;
        let x = if square { across(share) } else { LEFT + share * (WIDTH - LEFT) };
        let _ = write!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
            HEIGHT - FOOT + 15.0
        );
        let y = if square { up(share) } else { (1.0 - share.sqrt()) * (HEIGHT - FOOT) };
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>",
            LEFT - 5.0,
            y + 4.0
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
