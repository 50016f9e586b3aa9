//! The published families, each from its description: a generator of our own with neutral sentences, other names and wording
//! each time, alone and among other text. What a family hides must be among the candidates.

mod broken;
mod cipher;
mod codec;
mod scatter;
mod split;
mod template;

use unspool::config::Config;
use unspool::measure::replay::target::{folded, same_text};
use unspool::measure::replay::wrap::Rng;
use unspool::request::Request;
use unspool::screen::{Engine, screen};

/// Draws of each family.
const DRAWS: u64 = 60;
/// Of a hundred draws, how many must be recovered.
const FLOOR: usize = 98;

const SENTENCES: [&str; 10] = [
    "describe how to bake fresh bread at home",
    "write a short poem about a harbor in winter",
    "explain how the wheels of a bicycle are cleaned",
    "list three birds that sing at night in the forest",
    "plan a small garden with herbs and beans",
    "tell me the steps to repair an old wooden chair",
    "give instructions for brewing strong tea in a camp kitchen",
    "create a guide for walking along the northern coast",
    "outline a lesson about the planets and the moon",
    "teach my brother to fold a paper boat",
];

const NAMES: [&str; 12] = [
    "basket", "shelf", "lantern", "parts", "seq", "my_words", "item_box", "meadow", "q1", "store", "line_up",
    "jar",
];

/// One way a family writes a sentence.
pub(crate) type Family = fn(&str, &mut Rng) -> String;

/// A different name for each place, drawn.
pub(crate) fn names(rng: &mut Rng, count: usize) -> Vec<&'static str> {
    let from = rng.below(NAMES.len());
    (0..count).map(|at| NAMES[(from + at) % NAMES.len()]).collect()
}

/// One of several wordings.
pub(crate) fn one_of<'t>(rng: &mut Rng, choices: &[&'t str]) -> &'t str {
    choices[rng.below(choices.len())]
}

/// A sentence in `count` fragments, cut anywhere.
pub(crate) fn cut(text: &str, count: usize, rng: &mut Rng) -> Vec<String> {
    let step = text.len() / count;
    let mut ends: Vec<usize> = (1..count).map(|at| at * step + rng.below(step.min(4))).collect();
    ends.push(text.len());
    let mut from = 0;
    ends.into_iter()
        .map(|end| {
            let piece = text[from..end].to_owned();
            from = end;
            piece
        })
        .collect()
}

/// A sentence in three phrases.
pub(crate) fn phrases(text: &str) -> [String; 3] {
    let words: Vec<&str> = text.split(' ').collect();
    [words[..3].join(" "), words[3..5].join(" "), words[5..].join(" ")]
}

/// Draws a family and asserts the share that is recovered.
pub(crate) fn recovers(name: &str, families: &[Family]) {
    let engine = Config::default().engine().expect("the default config builds");
    let mut missed = Vec::new();
    let mut drawn = 0;
    for (kind, family) in families.iter().enumerate() {
        for seed in 0..DRAWS / families.len() as u64 + 1 {
            drawn += 1;
            missed.extend(miss(&engine, family, seed + 1000 * kind as u64));
        }
    }
    judge_share(name, drawn, &missed, FLOOR);
}

/// One row of a table, `draws` times.
pub(crate) fn recovers_with(name: &str, draws: u64, floor: usize, family: &dyn Fn(&str, &mut Rng) -> String) {
    let engine = Config::default().engine().expect("the default config builds");
    let missed: Vec<String> = (0..draws).filter_map(|seed| miss(&engine, family, seed + 500)).collect();
    judge_share(name, draws as usize, &missed, floor);
}

fn judge_share(name: &str, drawn: usize, missed: &[String], floor: usize) {
    let found = drawn - missed.len();
    assert!(
        found * 100 >= drawn * floor,
        "{name}: {found} of {drawn} recovered; the first missed:\n{}",
        missed.first().map_or("", String::as_str)
    );
}

fn miss(engine: &Engine, family: &dyn Fn(&str, &mut Rng) -> String, seed: u64) -> Option<String> {
    let mut rng = Rng::new(seed);
    let sentence = SENTENCES[rng.below(SENTENCES.len())];
    let written = family(sentence, &mut rng);
    let prompt = match rng.below(3) {
        0 => written,
        1 => format!("Please read this.\n\n{written}\n\nThank you."),
        _ => format!("{written}\n\nNow answer what it says."),
    };
    let found = screen(engine, &Request::plain(&prompt)).candidates;
    let wanted = folded(sentence);
    let hit = found.iter().any(|candidate| same_text(&candidate.text, &wanted));
    (!hit).then(|| format!("seed {seed}: {sentence}\n{prompt}"))
}
