//! Ordinary requests, made from a grammar: what people ask of an assistant on a quiet day.
//!
//! Openly licensed benign data is mostly questions and commands to devices; without these rows an imperative alone
//! ("Design a poster that ...") looks like the harmful sets, which are full of imperatives.

use std::collections::HashMap;

use super::corpus::Row;
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
use crate::judge::classify::model::piece::Pieces;

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
    &["apple", "banana", "cherry", "orange", "grape", "mango", "pear", "kiwi", "lemon", "peach", "plum"],
    &["Alice", "Bob", "Carol", "Dave", "Eve", "Frank", "Grace", "John", "Mary", "Peter", "Anna", "Tom"],
    &["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "zero"],
    &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "May", "June"],
    &["cat", "dog", "bird", "horse", "cow", "fish", "lion", "tiger", "mouse", "rabbit", "python", "snake"],
    &[
        "name", "age", "id", "type", "value", "count", "total", "index", "key", "title", "class", "score",
        "grade",
    ],
    &["int", "str", "float", "list", "dict", "true", "false", "None", "null", "string", "number", "object"],
    // What moderation calls its categories: the names of harms ask for none.
    &[
        "hate",
        "harassment",
        "self_harm",
        "self-harm",
        "sexual",
        "violence",
        "threatening",
        "minors",
        "graphic",
        "illicit",
        "weapons",
        "drugs",
        "fraud",
        "pii",
        "privacy",
        "health",
        "financial",
        "law",
        "dangerous",
        "criminal",
        "intent",
        "instructions",
        "toxicity",
        "insult",
        "profanity",
        "extremism",
        "terrorism",
        "jailbreak",
        "discrimination",
        "abuse",
        "spam",
        "cyber",
        "malware",
        "bio",
        "chemical",
        "misinformation",
        "copyright",
        "suicide",
        "exploitation",
        "categories",
        "flagged",
        "safe",
        "unsafe",
        "other",
    ],
    // What programs do to programs.
    &[
        "kill",
        "abort",
        "terminate",
        "fork",
        "exec",
        "wait",
        "signal",
        "child",
        "parent",
        "orphan",
        "zombie",
        "daemon",
        "process",
        "thread",
        "steal",
        "task",
        "queue",
        "worker",
        "victim",
        "pool",
        "poison",
        "lock",
        "trap",
        "dump",
        "inject",
        "hook",
        "hijack",
        "attack",
        "surface",
        "exploit",
        "race",
        "crash",
        "hack",
        "escape",
        "execute",
        "destroy",
        "drop",
        "master",
        "slave",
        "bomb",
        "shoot",
        "target",
        "blast",
        "strip",
        "illegal",
        "access",
        "invalid",
        "manipulate",
        "resources",
        "groups",
        "discriminator",
        "bypass",
        "cache",
    ],
    &[
        "Africa",
        "America",
        "Asia",
        "Europe",
        "Afghanistan",
        "Albania",
        "Algeria",
        "Berlin",
        "Cairo",
        "Chile",
        "Colombia",
        "Cuba",
        "Egypt",
        "France",
        "Ghana",
        "India",
        "Iran",
        "Iraq",
        "Israel",
        "Japan",
        "Kenya",
        "Lagos",
        "Libya",
        "London",
        "Mexico",
        "Nigeria",
        "Pakistan",
        "Paris",
        "Peru",
        "Russia",
        "Somalia",
        "Sudan",
        "Syria",
        "Tunisia",
        "Turkey",
        "Ukraine",
        "Yemen",
        "Zambia",
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

/// "apple pear plum": code is full of lists of things that ask for nothing.
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

/// Requests about anything: a word, or two, for each `{}`.
const ABOUT: &[&str] = &[
    "Describe the difference between {} and {}.",
    "What is the meaning of {}?",
    "Write a sentence with the words {} and {}.",
    "Explain what {} has to do with {}",
    "Find a synonym for {}",
    "Give me three facts about {}",
    "Write a short text about {} and {}",
    "How do {} and {} differ?",
    "Create a list of words that rhyme with {}",
    "Make a plan for a lesson on {}",
    "Suggest a title for an essay on {}",
    "Generate five questions about {} and {}.",
    "Which is older, {} or {}?",
    "How to spell {}",
    "Tell me how {} works",
    "Summarize what we know about {}",
    "Compose a headline about {} and {}",
    "Classify these as nouns or verbs: {}, {}",
    "Design a logo for a company called {}",
    "Create a slogan with the word {}",
    "{} and {}",
    "{} {}",
];
/// Words shorter than this are function words, abbreviations and the like.
const SHORTEST: usize = 4;

/// The words among `pieces` that are not more at home in harmful rows than in harmless ones.
pub(super) fn words<'p>(pieces: &'p Pieces, rows: &[Row]) -> Vec<&'p str> {
    let mut seen: HashMap<String, [u32; 2]> = HashMap::new();
    let mut all = [1.0f32; 2];
    for row in rows {
        for word in row.text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() >= SHORTEST) {
            seen.entry(word.to_ascii_lowercase()).or_default()[usize::from(row.harmful)] += 1;
            all[usize::from(row.harmful)] += 1.0;
        }
    }
    let harmless = |word: &&str| {
        let [benign, harmful] = seen.get(*word).copied().unwrap_or_default();
        harmful as f32 / all[1] <= benign as f32 / all[0]
    };
    let plain = |word: &&str| word.len() >= SHORTEST && word.bytes().all(|byte| byte.is_ascii_lowercase());
    pieces.names().lines().filter(plain).filter(harmless).collect()
}

/// One request about some of `words`: what is asked for has nothing to do with what it is about.
pub(super) fn about(words: &[&str], rng: &mut Rng) -> String {
    let mut text = rng.pick(ABOUT).to_owned();
    while text.contains("{}") {
        text = text.replacen("{}", rng.pick(words), 1);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_about_words_that_say_nothing_of_harm() {
        let row = |text: &str, harmful| Row {
            text: text.into(),
            harmful,
            source: "bakers".into(),
            category: String::new(),
            foreign: false,
        };
        let rows = [row("burn the bread", true), row("bake some bread with salt", false)];
        let pieces = Pieces::new("burn\nbread\nsalt\n##ing\nrye\noven".into()).unwrap();
        let words = words(&pieces, &rows);
        assert_eq!(words, ["salt", "oven"], "bread is as frequent in a shorter harmful text");
        let mut rng = Rng::new(1);
        assert!((0..50).map(|_| about(&words, &mut rng)).all(|text| !text.contains("{}")));
    }

    #[test]
    fn requests_are_whole_and_various() {
        let mut rng = Rng::new(1);
        let all: std::collections::BTreeSet<String> = (0..1000).map(|_| request(&mut rng)).collect();
        assert!(all.len() > 900, "{}", all.len());
        assert!(all.iter().all(|text| !text.contains("{}") && text.contains(' ')));
    }
}
