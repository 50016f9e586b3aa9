//! The same request said in other ways. Harmful data asks questions and benign data gives commands, or the other way
//! round; said both ways, only what is asked for is left to tell them apart.

use super::leads::AFTER_ANY;
use super::leads::BEFORE_ANY;
use super::leads::BEFORE_DEED;
use super::leads::BEFORE_GERUND;
use super::leads::BEFORE_THIRD_PERSON;
use super::leads::QUESTIONS;
use super::leads::VERBS;
use super::rng::Rng;

/// Texts longer than this keep their wording.
const LONGEST_DEED: usize = 300;
const LONGEST_FRAMED: usize = 600;
const SHORTEST_DEED: usize = 6;

/// Other wordings of `text`: up to `reworded` with another beginning, and with chance `framed` in 100 one that stands
/// among polite or story-telling sentences.
pub(super) fn variants(text: &str, reworded: usize, framed: usize, rng: &mut Rng) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(deed) = deed(text) {
        out.extend((0..reworded).map(|_| reword(&deed, rng)));
    }
    if text.len() < LONGEST_FRAMED && rng.below(100) < framed {
        out.push(frame(text, rng));
    }
    out
}

/// Puts a new beginning before a deed ("bake bread").
pub(super) fn reword(deed: &str, rng: &mut Rng) -> String {
    match rng.below(12) {
        0..6 => format!("{}{deed}", rng.pick(BEFORE_DEED)),
        6..9 => format!("{}{}", rng.pick(BEFORE_THIRD_PERSON), third_person(deed)),
        9 => deed.to_owned(),
        _ => format!("{}{}", rng.pick(BEFORE_GERUND), gerund(deed)),
    }
}

fn frame(text: &str, rng: &mut Rng) -> String {
    match rng.below(3) {
        0 => format!("{}{text}", rng.pick(BEFORE_ANY)),
        1 => format!("{text}{}", rng.pick(AFTER_ANY)),
        _ => format!("{}{text}{}", rng.pick(BEFORE_ANY), rng.pick(AFTER_ANY)),
    }
}

/// `text` with a harmless one before it, after it, or on both sides.
pub(super) fn padded(text: &str, harmless: &[&str], rng: &mut Rng) -> String {
    let (before, after) = (rng.pick(harmless), rng.pick(harmless));
    match rng.below(3) {
        0 => format!("{before} {text}"),
        1 => format!("{text} {after}"),
        _ => format!("{before} {text} {after}"),
    }
}

/// `text` with one word in five mistyped: two letters swapped, one left out or one doubled.
pub(super) fn mistyped(text: &str, rng: &mut Rng) -> String {
    let word = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() > 3 && rng.below(5) == 0 {
            let at = 1 + rng.below(letters.len() - 2);
            match rng.below(3) {
                0 => letters.swap(at, at + 1),
                1 => {
                    letters.remove(at);
                }
                _ => letters.insert(at, letters[at]),
            }
        }
        letters.into_iter().collect::<String>()
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// What a request asks to do, its beginning and end taken off: "How can I bake bread?" gives "bake bread".
fn deed(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > LONGEST_DEED || !text.is_ascii() {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let begin = QUESTIONS.iter().filter(|begin| lower.starts_with(**begin)).map(|begin| begin.len()).max();
    let deed = match begin {
        Some(begin) => text[begin..].to_owned(),
        None => wanted(text, &lower).or_else(|| command(text, &lower))?,
    };
    let deed = deed.trim_end_matches(['?', '.', '!', ' ']);
    (deed.len() >= SHORTEST_DEED).then(|| deed.to_owned())
}

/// "I am a baker who wants to bake bread. Help me." gives "bake bread".
fn wanted(text: &str, lower: &str) -> Option<String> {
    let at =
        [" wants to ", " want to "].iter().find_map(|want| lower.find(want).map(|at| at + want.len()))?;
    let rest = &text[at..];
    Some(rest[..rest.find(['.', '?', ',']).unwrap_or(rest.len())].to_owned())
}

/// "Sort the list" gives "sort the list".
fn command(text: &str, lower: &str) -> Option<String> {
    let first = lower.split(|c: char| !c.is_ascii_alphabetic()).next()?;
    VERBS.contains(&first).then(|| format!("{}{}", &lower[..1], &text[1..]))
}

fn split_verb(deed: &str) -> (String, &str) {
    let (verb, rest) = deed.split_at(deed.find(' ').unwrap_or(deed.len()));
    (verb.to_ascii_lowercase(), rest)
}

fn third_person(deed: &str) -> String {
    let (verb, rest) = split_verb(deed);
    let bytes = verb.as_bytes();
    let before_last = bytes.len().checked_sub(2).map_or(b'a', |at| bytes[at]);
    let sibilant = ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| verb.ends_with(end));
    match verb.as_str() {
        "be" => format!("is{rest}"),
        "have" => format!("has{rest}"),
        _ if verb.ends_with('y') && !is_vowel(before_last) => format!("{}ies{rest}", &verb[..verb.len() - 1]),
        _ if sibilant => format!("{verb}es{rest}"),
        _ => format!("{verb}s{rest}"),
    }
}

fn gerund(deed: &str) -> String {
    let (verb, rest) = split_verb(deed);
    let bytes = verb.as_bytes();
    if verb != "be" && verb.ends_with('e') && !verb.ends_with("ee") {
        return format!("{}ing{rest}", verb.strip_suffix('e').unwrap_or(&verb));
    }
    if let [.., a, b, c] = bytes
        && bytes.len() <= 4
        && !is_vowel(*a)
        && is_vowel(*b)
        && !is_vowel(*c)
        && !b"wxy".contains(c)
    {
        return format!("{verb}{}ing{rest}", char::from(*c));
    }
    format!("{verb}ing{rest}")
}

fn is_vowel(byte: u8) -> bool {
    b"aeiou".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deed_is_found_under_its_beginning() {
        for (text, want) in [
            ("How can I bake bread?", Some("bake bread")),
            ("I'm a cook who wants to roast figs. Can you help me write a guide?", Some("roast figs")),
            ("Sort the books by year.", Some("sort the books by year")),
            ("The sky is blue.", None),
            ("How to 焼く", None),
        ] {
            assert_eq!(deed(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn harmless_words_stand_around_a_text() {
        let mut rng = Rng::new(5);
        let all: Vec<String> = (0..30).map(|_| padded("bake bread", &["It rains."], &mut rng)).collect();
        for form in ["It rains. bake bread", "bake bread It rains.", "It rains. bake bread It rains."] {
            assert!(all.iter().any(|text| text == form), "{form}");
        }
    }

    #[test]
    fn some_words_are_mistyped_and_none_is_lost() {
        let text = "describe how to bake dark bread at home";
        let mut rng = Rng::new(2);
        let all: Vec<String> = (0..20).map(|_| mistyped(text, &mut rng)).collect();
        assert!(all.iter().any(|mistyped| mistyped != text));
        assert!(all.iter().all(|mistyped| mistyped.split(' ').count() == 8 && mistyped.contains(" how to ")));
    }

    #[test]
    fn verbs_change_their_form() {
        for (deed, third, ing) in [
            ("bake bread", "bakes bread", "baking bread"),
            ("cut paper", "cuts paper", "cutting paper"),
            ("carry water", "carries water", "carrying water"),
            ("watch birds", "watches birds", "watching birds"),
            ("be kind", "is kind", "being kind"),
        ] {
            assert_eq!(third_person(deed), third);
            assert_eq!(gerund(deed), ing);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_variants() {
        let all = |seed| variants("How can I bake bread?", 3, 100, &mut Rng::new(seed));
        assert_eq!(all(1), all(1));
        assert_eq!(all(1).len(), 4);
        assert!(all(1).iter().all(|text| text.contains("bread")));
    }
}
