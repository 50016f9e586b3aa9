//! The figures of a replay on a terminal.

use std::fmt::Write;

use crate::measure::replay::compare::Change;
use crate::measure::replay::figures::{Figures, Rates};
use crate::measure::replay::worst::Wrong;
use crate::measure::replay::{Ablation, Summary};

/// Everything a reader of a terminal wants: sets, ablations, strictness, changes.
pub(super) fn all(summary: &Summary, worst: bool) -> String {
    let widest = summary.datasets.iter().map(|set| set.name.chars().count()).max().unwrap_or(0).clamp(6, 40);
    let mut out = sets(summary.datasets.iter().chain([&summary.totals]), widest);
    out.push_str(&ablations(&summary.ablations, widest));
    out.push_str(&second(summary.datasets.iter().chain([&summary.totals]), widest));
    out.push_str(&strictness(&summary.totals.by_strictness));
    out.push_str(&changes(&summary.changes, widest));
    if worst {
        out.push_str(&wrong("harmful rows that passed, lowest score first", &summary.worst_misses));
        out.push_str(&wrong(
            "benign rows that were stopped, highest score first",
            &summary.worst_false_alarms,
        ));
    }
    out
}

fn sets<'s>(sets: impl Iterator<Item = &'s Figures>, widest: usize) -> String {
    let mut out = format!(
        "{:<widest$} {:>7} {:>7} {:>7} {:>9} {:>9} {:>15} {:>9} {:>6} {:>8} {:>8}\n",
        "set",
        "rows",
        "harmful",
        "benign",
        "blocked",
        "fpr",
        "95 % CI",
        "recovered",
        "errors",
        "p50 µs",
        "p99 µs"
    );
    for set in sets {
        let interval =
            set.ci95.map_or("-".to_owned(), |[low, high]| format!("{:.2}-{:.2}", low * 100.0, high * 100.0));
        let time = |time: Option<u64>| time.map_or("-".to_owned(), |time| time.to_string());
        let _ = writeln!(
            out,
            "{:<widest$} {:>7} {:>7} {:>7} {:>9} {:>9} {:>15} {:>9} {:>6} {:>8} {:>8}",
            set.name,
            set.rows,
            set.harmful,
            set.benign,
            percent(set.block_rate),
            percent(set.fpr),
            interval,
            percent(set.recovered_exact),
            set.errors,
            time(set.p50_us),
            time(set.p99_us),
        );
    }
    out
}

/// A line a set: the rate it is about, and what was recovered, for each way of reading code.
fn ablations(ablations: &[Ablation], widest: usize) -> String {
    let Some(first) = ablations.first() else { return String::new() };
    let mut out = format!("\n{:<widest$}", "code is read");
    for ablation in ablations {
        let _ = write!(out, " {:>9} {:>10}", ablation.reading, "recovered");
    }
    for (at, set) in first.datasets.iter().enumerate() {
        let _ = write!(out, "\n{:<widest$}", set.name);
        for set in ablations.iter().filter_map(|ablation| ablation.datasets.get(at)) {
            let _ = write!(
                out,
                " {:>9} {:>10}",
                percent(set.block_rate.or(set.fpr)),
                percent(set.recovered_exact)
            );
        }
    }
    out + "\n"
}

/// A line a set: the rates without second opinions and with them, and how much was asked.
fn second<'s>(sets: impl Iterator<Item = &'s Figures>, widest: usize) -> String {
    let mut out = String::new();
    for set in sets {
        let (Some(without), Some(asked)) = (&set.without_second, &set.second) else { continue };
        let both = |was: Option<f64>, is: Option<f64>| format!("{:>9} -> {:>9}", percent(was), percent(is));
        let _ = writeln!(
            out,
            "{:<widest$} {} {} {:>9} {:>9} {:>7}",
            set.name,
            both(without.block_rate, set.block_rate),
            both(without.fpr, set.fpr),
            asked.rows,
            asked.texts,
            asked.failed
        );
    }
    if out.is_empty() {
        return out;
    }
    format!(
        "\n{:<widest$} {:>22} {:>22} {:>9} {:>9} {:>7}\n{out}",
        "second opinion", "blocked, without/with", "fpr, without/with", "rows", "texts", "failed"
    )
}

fn strictness(levels: &[Rates]) -> String {
    let mut out = String::new();
    for (rates, level) in levels.iter().zip(1..) {
        let (blocked, fpr) = (percent(rates.block_rate), percent(rates.fpr));
        let _ = write!(
            out,
            "{}{level}: {blocked} / {fpr}",
            if level == 1 { "strictness, blocked / fpr:  " } else { "   " }
        );
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn changes(changes: &[Change], widest: usize) -> String {
    let mut out = String::new();
    for Change { set, rate, old, now, ci95: [low, high], significant } in changes {
        let verdict = if *significant { "beyond chance" } else { "within chance" };
        let _ = writeln!(
            out,
            "{set:<widest$} {rate:<15} {:>9} -> {:>9}  {:+.2} points ({:+.2} to {:+.2}), {verdict}",
            percent(Some(*old)),
            percent(Some(*now)),
            (now - old) * 100.0,
            low * 100.0,
            high * 100.0,
        );
    }
    if out.is_empty() { out } else { format!("\nsince the earlier replay\n{out}") }
}

fn wrong(title: &str, rows: &[Wrong]) -> String {
    let mut out = format!("\n{title}\n");
    for Wrong { set, id, score, origin, text } in rows {
        let score = score.map_or("-".to_owned(), |score| format!("{score:.3}"));
        let _ = writeln!(out, "{score:>6} {:<10} {set} {id}", origin.as_deref().unwrap_or("-"));
        if let Some(text) = text {
            let _ = writeln!(out, "       {}", text.escape_debug());
        }
    }
    out
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or("-".to_owned(), |rate| format!("{:.2} %", rate * 100.0))
}
