//! Numbers and tables as HTML.

use crate::measure::replay::figures::Rates;
use crate::measure::replay::interval::wilson;

/// A table: its title, its columns, its rows of cells that are HTML already.
pub(super) fn section(title: &str, columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let head: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    let body: String =
        rows.into_iter().map(|cells| format!("<tr><td>{}</td></tr>\n", cells.join("</td><td>"))).collect();
    if body.is_empty() {
        return String::new();
    }
    format!(
        "<section>\n<h2>{title}</h2>\n<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n\
         </section>\n"
    )
}

/// Text from outside, as HTML.
pub(super) fn text(text: &str) -> String {
    html_escape::encode_text(text).into_owned()
}

/// The rates of some rows with their intervals, as four cells.
pub(super) fn rates(rates: &Rates) -> [String; 4] {
    let interval = |rate: Option<f64>, of: u64| wilson(hits(rate, of), of);
    [
        rates.harmful.to_string(),
        with_interval(rates.block_rate, interval(rates.block_rate, rates.harmful)),
        rates.benign.to_string(),
        with_interval(rates.fpr, interval(rates.fpr, rates.benign)),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count is a count")]
fn hits(rate: Option<f64>, of: u64) -> u64 {
    (rate.unwrap_or(0.0) * of as f64).round() as u64
}

/// A rate and how sure it is.
pub(super) fn with_interval(rate: Option<f64>, interval: Option<[f64; 2]>) -> String {
    match (rate, interval) {
        (Some(_), Some([low, high])) => {
            format!("{} <small>{:.1}–{:.1}</small>", percent(rate), low * 100.0, high * 100.0)
        }
        _ => percent(rate),
    }
}

/// A share in percent.
pub(super) fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.2} %", rate * 100.0))
}

/// A time.
#[expect(clippy::cast_precision_loss, reason = "a time to be read, not counted with")]
pub(super) fn micros(time: Option<u64>) -> String {
    match time {
        None => "–".to_owned(),
        Some(time) if time < 1000 => format!("{time} µs"),
        Some(time) => format!("{:.1} ms", time as f64 / 1000.0),
    }
}
