//! One self-contained HTML page about a replay: what was measured, on how many rows, how sure it is.

mod plot;

use std::collections::BTreeMap;

use crate::measure::replay::tally::{Figures, Part, Tally, wilson};
use crate::measure::replay::{Summary, totals};

const STYLE: &str = include_str!("report/style.css");

/// The page. `facts` are the name and value of whatever the figures depend on: versions, strictness, sets, seed.
pub fn html(tallies: &[Tally], facts: &[(String, String)]) -> String {
    let summary = Summary::of(tallies);
    let all = totals(tallies);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>Unspool replay</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<main>\n<h1>Unspool replay</h1>\n"
    );
    page.push_str(&tiles(&summary.totals));
    page.push_str(&datasets(&summary));
    page.push_str(&scores(&all));
    page.push_str(&parts("By template", "Template", &all.templates));
    page.push_str(&parts("By origin of the deciding text", "Origin", &all.origins));
    page.push_str(&method(facts));
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn tiles(totals: &Figures) -> String {
    let tile = |what: &str, value: String, below: String| {
        format!(
            "<div class=\"tile\"><span>{what}</span><strong>{value}</strong><small>{below}</small></div>\n"
        )
    };
    let interval = |interval: Option<[f64; 2]>, n: u64| match interval {
        Some([low, high]) => format!("95 % CI {:.1} to {:.1} %, n = {n}", low * 100.0, high * 100.0),
        None => "no such rows".to_owned(),
    };
    [
        "<section class=\"tiles\">\n".to_owned(),
        tile("Block rate", percent(totals.block_rate), interval(totals.block_rate_ci95, totals.harmful)),
        tile("False-positive rate", percent(totals.fpr), interval(totals.fpr_ci95, totals.benign)),
        tile(
            "Recovered exactly",
            percent(totals.recovered_exact),
            format!("of {} rows that say what they read as", totals.with_plain),
        ),
        tile("Time, median", micros(totals.p50_us), format!("99th percentile {}", micros(totals.p99_us))),
        "</section>\n".to_owned(),
    ]
    .concat()
}

const COLUMNS: [&str; 12] = [
    "Set",
    "Rows",
    "Harmful",
    "Benign",
    "Blocked",
    "Flagged",
    "Errors",
    "Incomplete",
    "Block rate",
    "FPR",
    "Recovered",
    "p50 / p99",
];

fn datasets(summary: &Summary) -> String {
    let mut out = format!("<section>\n<h2>By set</h2>\n{}", table_head(&COLUMNS));
    for set in summary.datasets.iter().chain([&summary.totals]) {
        let cells = [
            html_escape::encode_text(&set.name).into_owned(),
            set.rows.to_string(),
            set.harmful.to_string(),
            set.benign.to_string(),
            set.blocked.to_string(),
            set.flagged.to_string(),
            set.errors.to_string(),
            set.incomplete.to_string(),
            with_interval(set.block_rate, set.block_rate_ci95),
            with_interval(set.fpr, set.fpr_ci95),
            percent(set.recovered_exact),
            format!("{} / {}", micros(set.p50_us), micros(set.p99_us)),
        ];
        out.push_str(&table_row(&cells));
    }
    out.push_str("</tbody></table></div>\n</section>\n");
    out
}

fn scores(all: &Tally) -> String {
    if all.scores.iter().flatten().all(|count| *count == 0) {
        return "<section>\n<h2>Scores</h2>\n<p>A running proxy does not tell its scores.</p>\n</section>\n"
            .to_owned();
    }
    format!(
        "<section>\n<h2>Scores</h2>\n<div class=\"plots\">\n{}{}</div>\n</section>\n",
        plot::histogram(&all.scores),
        plot::curve(&all.scores, all.all.fpr().zip(all.all.block_rate())),
    )
}

fn parts<K: AsRef<str>>(title: &str, what: &str, parts: &BTreeMap<K, Part>) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<section>\n<h2>{title}</h2>\n{}",
        table_head(&[what, "Harmful", "Block rate", "Benign", "FPR"])
    );
    for (name, part) in parts {
        out.push_str(&table_row(&[
            html_escape::encode_text(name.as_ref()).into_owned(),
            part.harmful.to_string(),
            with_interval(part.block_rate(), wilson(part.harmful_blocked, part.harmful)),
            part.benign.to_string(),
            with_interval(part.fpr(), wilson(part.benign_stopped, part.benign)),
        ]));
    }
    out.push_str("</tbody></table></div>\n</section>\n");
    out
}

fn method(facts: &[(String, String)]) -> String {
    let mut out = "<section>\n<h2>How this was measured</h2>\n<dl>\n".to_owned();
    for (name, value) in facts {
        let (name, value) = (html_escape::encode_text(name), html_escape::encode_text(value));
        out.push_str(&format!("<dt>{name}</dt><dd>{value}</dd>\n"));
    }
    out.push_str(
        "</dl>\n<p>Block rate: harmful rows judged harmful, over harmful rows; a refusal because screening was incomplete is no \
         catch. False-positive rate: benign rows blocked or refused, over benign rows. Intervals are Wilson's at 95 %. Recovered \
         exactly: the row's plain text is among the texts found, up to white space, hyphens and case. Rows with errors are in no \
         rate. The curve moves one threshold over the deciding scores of all origins; the dot is the policy in force, whose \
         thresholds differ by origin.</p>\n</section>\n",
    );
    out
}

fn table_head(columns: &[&str]) -> String {
    let cells: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    format!("<div class=\"wide\"><table><thead><tr>{cells}</tr></thead><tbody>\n")
}

fn table_row(cells: &[String]) -> String {
    format!("<tr><td>{}</td></tr>\n", cells.join("</td><td>"))
}

fn with_interval(rate: Option<f64>, interval: Option<[f64; 2]>) -> String {
    match interval {
        Some([low, high]) => {
            format!("{} <small>{:.1}–{:.1}</small>", percent(rate), low * 100.0, high * 100.0)
        }
        None => percent(rate),
    }
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.2} %", rate * 100.0))
}

#[expect(clippy::cast_precision_loss, reason = "a time to be read, not counted with")]
fn micros(time: Option<u64>) -> String {
    match time {
        None => "–".to_owned(),
        Some(time) if time < 1000 => format!("{time} µs"),
        Some(time) => format!("{:.1} ms", time as f64 / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::decide::Action;
    use crate::measure::replay::row::{Label, Row};
    use crate::measure::replay::target::Judged;

    #[test]
    fn the_page_stands_alone_and_escapes_what_sets_say() {
        let mut tally = Tally::new("<b>set</b>");
        for (label, action, score) in
            [(Label::Harmful, Action::Block, 0.99), (Label::Benign, Action::Allow, f32::NAN)]
        {
            let row = Row {
                id: None,
                label,
                text: String::new(),
                plain: None,
                template: Some("<script>".into()),
                core: true,
            };
            let judged = Judged {
                action,
                refused: false,
                score: Some(score),
                origin: Some("plain"),
                recovered: Some(true),
                incomplete: false,
                micros: 1500,
            };
            tally.add(&row, &judged);
        }
        let page = html(&[tally], &[("strictness".into(), "2".into())]);
        assert!(page.contains("&lt;b&gt;set") && page.contains("&lt;script&gt;"));
        assert!(!page.contains("<b>set") && !page.contains("<script") && !page.contains("://"));
        assert!(page.contains("<svg") && page.contains("100.00 %") && page.contains("1.5 ms"));
        assert!(!page.contains("NaN"), "{page}");
    }

    #[test]
    fn a_replay_of_nothing_still_makes_a_page() {
        assert!(html(&[Tally::new("empty")], &[]).ends_with("</html>\n"));
        assert!(html(&[], &[]).contains("By set"));
    }
}
