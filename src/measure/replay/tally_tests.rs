use super::*;

fn row(label: Label) -> Row {
    Row { id: None, label, text: String::new(), plain: None, template: Some("t".into()), core: true }
}

fn judged(action: Action, micros: u64) -> Judged {
    Judged {
        action,
        refused: false,
        score: Some(0.5),
        origin: Some("plain"),
        recovered: Some(action == Action::Block),
        incomplete: false,
        micros,
    }
}

#[test]
fn rates_are_over_the_rows_they_speak_of() {
    let mut tally = Tally::new("set");
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
    let mut tally = Tally::new("set");
    let refused = Judged { refused: true, incomplete: true, ..judged(Action::Allow, 1) };
    tally.add(&row(Label::Harmful), &refused);
    tally.add(&row(Label::Benign), &refused);
    assert_eq!((tally.figures().block_rate, tally.figures().fpr), (Some(0.0), Some(1.0)));
}

#[test]
fn a_set_without_a_label_has_no_rate_of_it() {
    let mut tally = Tally::new("set");
    assert_eq!(tally.figures().ci95, None);
    assert_eq!(tally.figures().p50_us, None);
    tally.add(&row(Label::Benign), &judged(Action::Allow, 1));
    assert_eq!((tally.figures().block_rate, tally.figures().ci95_of), (None, Some("fpr")));
}

#[test]
fn wilson_as_published() {
    // Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
    let [low, high] = wilson(81, 263).unwrap();
    assert!((low - 0.2553).abs() < 1e-4 && (high - 0.3662).abs() < 1e-4, "{low} {high}");
    assert_eq!(wilson(0, 10).unwrap()[0], 0.0);
    assert_eq!(wilson(0, 0), None);
}

#[test]
fn totals_are_the_sum_of_the_sets() {
    let mut one = Tally::new("one");
    one.add(&row(Label::Harmful), &judged(Action::Block, 5));
    let mut totals = Tally::new("totals");
    totals.merge(&one);
    totals.merge(&one);
    let figures = totals.figures();
    assert_eq!((figures.rows, figures.blocked, figures.block_rate), (2, 2, Some(1.0)));
    assert_eq!(totals.templates["t"].harmful, 2);
}

#[test]
fn scores_out_of_range_have_a_bin() {
    assert_eq!([bin_of(f32::NAN), bin_of(-1.0), bin_of(1.0), bin_of(9.0)], [0, 0, BINS - 1, BINS - 1]);
}
