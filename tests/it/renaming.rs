//! Other names, other wording, same text: what a wrapper spells is recovered whatever it calls things.

use unspool::config::Config;
use unspool::measure::replay::target::{folded, same_text};
use unspool::measure::replay::wrap::{Rng, Template, wrap};
use unspool::request::Request;
use unspool::screen::{Engine, screen};

const SENTENCES: [&str; 6] = [
    "describe how to bake bread",
    "write a short poem about a harbor in winter and read it aloud",
    "explain step-by-step how a bicycle chain is cleaned",
    "list three birds that \"sing\" at night, with their food",
    "compare tea and coffee for people who get up early",
    "plan a small garden with herbs, beans and one apple tree",
];
/// Wrappers drawn for each template.
const DRAWS: u64 = 200;

fn recovers(engine: &Engine, template: Template, seed: u64) -> Result<(), String> {
    let mut rng = Rng::new(seed);
    let sentence = SENTENCES[seed as usize % SENTENCES.len()];
    let prompt = wrap(template, sentence, &mut rng);
    let found = screen(engine, &Request::plain(&prompt));
    let wanted = folded(sentence);
    if found.candidates.iter().any(|candidate| same_text(&candidate.text, &wanted)) {
        return Ok(());
    }
    Err(format!("seed {seed} of {}: \"{sentence}\" is not found in\n{prompt}", template.name()))
}

fn all_draws_recover(template: &str) {
    let template = Template::from_name(template).expect("a template of this name");
    let engine = Config::default().engine().expect("the default config builds");
    let missed: Vec<String> = (0..DRAWS).filter_map(|seed| recovers(&engine, template, seed).err()).collect();
    assert!(missed.is_empty(), "{} of {DRAWS} missed, the first: {}", missed.len(), missed[0]);
}

#[test]
fn python_lists() {
    all_draws_recover("list");
}

#[test]
fn python_stacks() {
    all_draws_recover("stack");
}

#[test]
fn python_strings() {
    all_draws_recover("string");
}

#[test]
fn cpp_containers() {
    all_draws_recover("cpp");
}

#[test]
fn go_containers() {
    all_draws_recover("go");
}

#[test]
fn go_stacks() {
    all_draws_recover("go_stack");
}

#[test]
fn longer_forms() {
    all_draws_recover("list_plus");
    all_draws_recover("cpp_stack_plus");
}
