//! One self-contained HTML page about a replay: what was measured, on how many rows, how sure it is.

mod cell;
mod plot;

use std::collections::BTreeMap;

use self::cell::{micros, percent, section, text, with_interval};
use crate::measure::replay::Summary;
use crate::measure::replay::compare::Change;
use crate::measure::replay::figures::{Figures, Rates};
use crate::measure::replay::tally::Tally;
use crate::measure::replay::worst::Wrong;

const STYLE: &str = include_str!("report/style.css");

/// The page. `all` is what was counted over all sets; `facts` are the name and value of whatever the figures depend on:
/// versions, strictness, sets, seed.
pub fn html(summary: &Summary, all: &Tally, facts: &[(String, String)]) -> String {
    let totals = &summary.totals;
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>Unspool replay</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<main>\n<h1>Unspool replay</h1>\n"
    );
    page.push_str(&tiles(totals));
    page.push_str(&datasets(summary));
    page.push_str(&changes(&summary.changes));
    page.push_str(&ablations(summary));
    page.push_str(&second(summary));
    page.push_str(&strictness(totals));
    page.push_str(&scores(all));
    page.push_str(&groups("By template", "Template", &totals.by_template));
    page.push_str(&groups("By category", "Category", &totals.by_category));
    page.push_str(&groups("By language", "Language", &totals.by_language));
    page.push_str(&groups("By origin of the deciding text", "Origin", &totals.by_origin));
    page.push_str(&worst("Harmful rows that passed, lowest score first", &summary.worst_misses));
    page.push_str(&worst("Benign rows that were stopped, highest score first", &summary.worst_false_alarms));
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

const COLUMNS: [&str; 13] = [
    "Set",
    "Rows",
    "Harmful",
    "Benign",
    "Blocked",
    "Flagged",
    "Errors",
    "Incomplete",
    "Unscreened",
    "Block rate",
    "FPR",
    "Recovered",
    "p50 / p99",
];

fn datasets(summary: &Summary) -> String {
    let rows = summary.datasets.iter().chain([&summary.totals]).map(|set| {
        vec![
            text(&set.name),
            set.rows.to_string(),
            set.harmful.to_string(),
            set.benign.to_string(),
            set.blocked.to_string(),
            set.flagged.to_string(),
            set.errors.to_string(),
            set.incomplete.to_string(),
            set.unscreened.to_string(),
            with_interval(set.block_rate, set.block_rate_ci95),
            with_interval(set.fpr, set.fpr_ci95),
            percent(set.recovered_exact),
            format!("{} / {}", micros(set.p50_us), micros(set.p99_us)),
        ]
    });
    section("By set", &COLUMNS, rows)
}

fn changes(changes: &[Change]) -> String {
    let rows = changes.iter().map(|change| {
        let [low, high] = change.ci95.map(|bound| bound * 100.0);
        vec![
            text(&change.set),
            change.rate.to_owned(),
            percent(Some(change.old)),
            percent(Some(change.now)),
            format!(
                "{:+.2} points <small>{low:+.1} to {high:+.1}</small>",
                (change.now - change.old) * 100.0
            ),
            if change.significant { "beyond chance" } else { "within chance" }.to_owned(),
        ]
    });
    section("Since the earlier replay", &["Set", "Rate", "Then", "Now", "Difference", ""], rows)
}

/// What each step of reading buys: one row a set, for each way of reading the rates.
fn ablations(summary: &Summary) -> String {
    let rows = summary.ablations.iter().flat_map(|ablation| {
        ablation.datasets.iter().map(|set| {
            vec![
                text(&set.name),
                ablation.reading.to_owned(),
                with_interval(set.block_rate, set.block_rate_ci95),
                with_interval(set.fpr, set.fpr_ci95),
                percent(set.recovered_exact),
            ]
        })
    });
    let columns = ["Set", "Code is read", "Block rate", "FPR", "Recovered"];
    section(
        "What reading code buys (raw: not at all; literals: each by itself; full: what they add up to)",
        &columns,
        rows,
    )
}

/// What second opinions changed: a row a set.
fn second(summary: &Summary) -> String {
    let rows = summary.datasets.iter().chain([&summary.totals]).filter_map(|set| {
        let (without, asked) = (set.without_second?, set.second?);
        Some(vec![
            text(&set.name),
            percent(without.block_rate),
            with_interval(set.block_rate, set.block_rate_ci95),
            percent(without.fpr),
            with_interval(set.fpr, set.fpr_ci95),
            asked.rows.to_string(),
            asked.texts.to_string(),
            asked.failed.to_string(),
        ])
    });
    let columns = [
        "Set",
        "Block rate without",
        "with",
        "FPR without",
        "with",
        "Rows asked about",
        "Texts",
        "Unanswered",
    ];
    section("Second opinions", &columns, rows)
}

fn strictness(totals: &Figures) -> String {
    let rows = totals
        .by_strictness
        .iter()
        .zip(1..)
        .map(|(rates, level)| [vec![level.to_string()], cell::rates(rates).to_vec()].concat());
    section("What each strictness would do", &["Strictness", "Harmful", "Block rate", "Benign", "FPR"], rows)
}

fn scores(all: &Tally) -> String {
    if all.scores.iter().flatten().all(|count| *count == 0) {
        return "<section>\n<h2>Scores</h2>\n<p>A running proxy does not tell its scores.</p>\n</section>\n"
            .to_owned();
    }
    let both = all.scores.iter().all(|bins| bins.iter().any(|count| *count > 0));
    let curves = if both {
        [
            plot::roc(&all.scores, all.all.fpr().zip(all.all.block_rate())),
            plot::precision_recall(&all.scores),
            plot::calibration(&all.scores),
        ]
        .concat()
    } else {
        "<p>Curves need harmful and benign rows.</p>\n".to_owned()
    };
    format!(
        "<section>\n<h2>Scores</h2>\n<div class=\"plots\">\n{}{curves}</div>\n</section>\n",
        plot::histogram(&all.scores)
    )
}

fn groups(title: &str, what: &str, groups: &BTreeMap<String, Rates>) -> String {
    let rows = groups.iter().map(|(name, rates)| [vec![text(name)], cell::rates(rates).to_vec()].concat());
    section(title, &[what, "Harmful", "Block rate", "Benign", "FPR"], rows)
}

fn worst(title: &str, rows: &[Wrong]) -> String {
    let shown = rows.iter().any(|wrong| wrong.text.is_some());
    let columns: &[&str] =
        if shown { &["Set", "Row", "Score", "Origin", "Text"] } else { &["Set", "Row", "Score", "Origin"] };
    let cells = rows.iter().map(|wrong| {
        let mut cells = vec![
            text(&wrong.set),
            text(&wrong.id),
            wrong.score.map_or_else(|| "–".to_owned(), |score| format!("{score:.3}")),
            text(wrong.origin.as_deref().unwrap_or("–")),
        ];
        cells.extend(shown.then(|| text(wrong.text.as_deref().unwrap_or_default())));
        cells
    });
    section(title, columns, cells)
}

fn method(facts: &[(String, String)]) -> String {
    let mut out = "<section>\n<h2>How this was measured</h2>\n<dl>\n".to_owned();
    for (name, value) in facts {
        out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", text(name), text(value)));
    }
    out.push_str(
        "</dl>\n<p>Block rate: harmful rows judged harmful, over harmful rows; a refusal because screening was incomplete is no \
         catch. False-positive rate: benign rows blocked or refused, over benign rows. Intervals are Wilson's at 95 %, those of \
         differences Newcombe's. Recovered exactly: the row's plain text is among the texts found, up to white space, hyphens and \
         case. Rows with errors are in no rate. The curves move one threshold over the deciding scores of all origins; the dot is \
         the policy in force, whose thresholds differ by origin.</p>\n</section>\n",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::decide::Action;
    use crate::measure::replay::row::{Label, Row};
    use crate::measure::replay::target::Judged;

    #[test]
    fn the_page_stands_alone_and_escapes_what_sets_say() {
        let mut tally = Tally::new("<b>set</b>", true);
        for (label, action, score) in [
            (Label::Harmful, Action::Block, 0.99),
            (Label::Harmful, Action::Allow, 0.2),
            (Label::Benign, Action::Allow, f32::NAN),
        ] {
            let row = Row { template: Some("<script>".into()), ..Row::of(label, "<i>bake</i>") };
            let judged = Judged {
                score: Some(score),
                origin: Some("plain"),
                recovered: Some(true),
                by_strictness: Some([action; 4]),
                micros: 1500,
                ..Judged::of(action)
            };
            tally.add(&row, &judged);
        }
        let page =
            html(&Summary::of(std::slice::from_ref(&tally)), &tally, &[("strictness".into(), "2".into())]);
        assert!(
            page.contains("&lt;b&gt;set") && page.contains("&lt;script&gt;") && page.contains("&lt;i&gt;")
        );
        assert!(!page.contains("<b>set") && !page.contains("<script") && !page.contains("://"));
        assert!(page.contains("<svg") && page.contains("50.00 %") && page.contains("1.5 ms"));
        assert!(page.contains("What each strictness would do") && !page.contains("Since the earlier"));
        assert!(!page.contains("NaN"), "{page}");
    }

    #[test]
    fn a_replay_of_nothing_still_makes_a_page() {
        let tally = Tally::new("empty", false);
        assert!(html(&Summary::of(std::slice::from_ref(&tally)), &tally, &[]).ends_with("</html>\n"));
    }
}
