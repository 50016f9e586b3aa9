use super::*;

fn row(label: Label) -> Row {
    Row { template: Some("t".into()), ..Row::of(label, "") }
}

fn judged(action: Action, micros: u64) -> Judged {
    Judged {
        score: Some(0.5),
        origin: Some("plain"),
        recovered: Some(action == Action::Block),
        micros,
        ..Judged::of(action)
    }
}

#[test]
fn rates_are_over_the_rows_they_speak_of() {
    let mut tally = Tally::new("set", false);
    tally.add(&row(Label::Harmful), &judged(Action::Block, 10));
    tally.add(&row(Label::Harmful), &judged(Action::Flag, 20));
    tally.add(&row(Label::Benign), &judged(Action::Allow, 30));
    tally.add_error();
    let figures = tally.figures();
    assert_eq!((figures.rows, figures.errors, figures.harmful, figures.benign), (4, 1, 2, 1));
    assert_eq!((figures.block_rate, figures.fpr), (Some(0.5), Some(0.0)));
    assert_eq!((figures.blocked, figures.flagged, figures.allowed), (1, 1, 1));
    assert_eq!((figures.p50_us, figures.p99_us), (Some(20), Some(30)));
    assert_eq!(figures.ci95_of, Some("block_rate"));
    assert_eq!(figures.recovered_exact, Some(1.0 / 3.0));
}

#[test]
fn a_refusal_for_incompleteness_is_a_false_alarm_but_no_catch() {
    let mut tally = Tally::new("set", false);
    let refused = Judged { refused: true, incomplete: true, ..judged(Action::Allow, 1) };
    tally.add(&row(Label::Harmful), &refused);
    tally.add(&row(Label::Benign), &refused);
    assert_eq!((tally.figures().block_rate, tally.figures().fpr), (Some(0.0), Some(1.0)));
}

#[test]
fn a_set_without_a_label_has_no_rate_of_it() {
    let mut tally = Tally::new("set", false);
    assert_eq!(tally.figures().ci95, None);
    assert_eq!(tally.figures().p50_us, None);
    tally.add(&row(Label::Benign), &judged(Action::Allow, 1));
    assert_eq!((tally.figures().block_rate, tally.figures().ci95_of), (None, Some("fpr")));
}

#[test]
fn totals_are_the_sum_of_the_sets() {
    let mut one = Tally::new("one", false);
    one.add(&row(Label::Harmful), &judged(Action::Block, 5));
    let mut totals = Tally::new("totals", false);
    totals.merge(&one);
    totals.merge(&one);
    let figures = totals.figures();
    assert_eq!((figures.rows, figures.blocked, figures.block_rate), (2, 2, Some(1.0)));
    assert_eq!(totals.group(By::Template)["t"].harmful, 2);
}

#[test]
fn scores_out_of_range_have_a_bin() {
    assert_eq!([bin_of(f32::NAN), bin_of(-1.0), bin_of(1.0), bin_of(9.0)], [0, 0, BINS - 1, BINS - 1]);
}

#[test]
fn every_strictness_has_its_own_rates() {
    let mut tally = Tally::new("set", false);
    let by_strictness = Some([Action::Allow, Action::Flag, Action::Block, Action::Block]);
    tally.add(&row(Label::Harmful), &Judged { by_strictness, ..judged(Action::Flag, 1) });
    let rates: Vec<_> = tally.figures().by_strictness.iter().map(|rates| rates.block_rate).collect();
    assert_eq!(rates, [Some(0.0), Some(0.0), Some(1.0), Some(1.0)]);
}

#[test]
fn groups_are_bounded() {
    let mut tally = Tally::new("set", false);
    for at in 0..GROUPS + 50 {
        tally.add(&Row { category: Some(at.to_string()), ..row(Label::Benign) }, &judged(Action::Allow, 1));
    }
    let groups = tally.group(By::Category);
    assert_eq!((groups.len(), groups["(others)"].benign), (GROUPS + 1, 50));
}
