//! Ordinary requests, made from a grammar: what people ask of an assistant on a quiet day.
//!
//! Openly licensed benign data is mostly questions and commands to devices; without these rows an imperative alone
//! ("Design a poster that ...") looks like the harmful sets, which are full of imperatives.

use super::rng::Rng;
use super::vary::reword;
use super::vocabulary::ABOUT_WORRIES;
use super::vocabulary::ADJECTIVES;
use super::vocabulary::ARTIFACTS;
use super::vocabulary::ASKS;
use super::vocabulary::DEED_FRAMES;
use super::vocabulary::DEEDS;
use super::vocabulary::LINK;
use super::vocabulary::MAKE;
use super::vocabulary::TOPICS;
use super::vocabulary::WORRIES;

const BEFORE_DEED: &[&str] = &[
    "helps people",
    "encourages people to",
    "shows how to",
    "teaches people to",
    "can help someone",
    "convinces a friend to",
    "reminds users to",
    "tells someone to",
];

/// What sample data is made of.
const LISTS: &[&[&str]] = &[
    &[
        "red", "green", "blue", "black", "white", "orange", "yellow", "pink", "purple", "brown", "grey",
        "Red", "Green",
    ],
    &["apple", "banana", "cherry", "orange", "grape", "mango", "pear", "kiwi", "lemon", "peach", "plum"],
    &["Alice", "Bob", "Carol", "Dave", "Eve", "Frank", "Grace", "John", "Mary", "Peter", "Anna", "Tom"],
    &["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "zero"],
    &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "May", "June"],
    &["a1", "b2", "c3", "c1", "c2", "x", "y", "z", "n1", "n2", "a", "b", "c", "foo", "bar", "baz"],
    &["cat", "dog", "bird", "horse", "cow", "fish", "lion", "tiger", "mouse", "rabbit", "python", "snake"],
    &[
        "name", "age", "id", "type", "value", "count", "total", "index", "key", "title", "class", "score",
        "grade",
    ],
    &["int", "str", "float", "list", "dict", "true", "false", "None", "null", "string", "number", "object"],
    &[
        "math",
        "physics",
        "history",
        "english",
        "science",
        "chemistry",
        "biology",
        "python",
        "exercises",
        "practice",
    ],
    &[
        "Invalid",
        "input",
        "error",
        "not",
        "found",
        "value",
        "character",
        "exiting",
        "enter",
        "number",
        "result",
    ],
];

/// One ordinary request.
pub(super) fn request(rng: &mut Rng) -> String {
    match rng.below(11) {
        10 => list(rng),
        0..4 => artifact(rng),
        4 | 5 => rng.pick(ASKS).replace("{}", rng.pick(TOPICS)),
        6 => reword(rng.pick(DEEDS), rng),
        7 | 8 => rng.pick(DEED_FRAMES).replace("{}", rng.pick(DEEDS)),
        _ => rng.pick(ABOUT_WORRIES).replace("{}", rng.pick(WORRIES)),
    }
}

/// "green red blue": code is full of lists of things that ask for nothing.
fn list(rng: &mut Rng) -> String {
    let words = rng.pick(LISTS);
    let length = 2 + rng.below(8);
    (0..length).map(|_| rng.pick(words)).collect::<Vec<_>>().join(" ")
}

/// "Write a short poem about the ocean."
fn artifact(rng: &mut Rng) -> String {
    let mut thing = rng.pick(ARTIFACTS).to_owned();
    if rng.below(2) == 0 {
        thing = format!("{} {thing}", rng.pick(ADJECTIVES));
    }
    let article = if thing.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    let purpose = if rng.below(3) == 0 {
        format!("that {} {}", rng.pick(BEFORE_DEED), rng.pick(DEEDS))
    } else {
        format!("{} {}", rng.pick(LINK), rng.pick(TOPICS))
    };
    let stop = if rng.below(2) == 0 { "." } else { "" };
    format!("{} {article} {thing} {purpose}{stop}", rng.pick(MAKE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_whole_and_various() {
        let mut rng = Rng::new(1);
        let all: std::collections::BTreeSet<String> = (0..1000).map(|_| request(&mut rng)).collect();
        assert!(all.len() > 900, "{}", all.len());
        assert!(all.iter().all(|text| !text.contains("{}") && text.len() > 8));
    }
}
