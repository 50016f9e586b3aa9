//! The same letters or words in another order: FlipAttack's modes (arXiv 2410.02832), odd and even words, acrostics.

use crate::budget::Budget;

/// Characters of the whole text reversed.
pub(super) fn reversed_text(text: &str, _: &mut Budget) -> Vec<String> {
    vec![text.chars().rev().collect()]
}

/// Characters of each word reversed, words in place.
pub(super) fn reversed_in_words(text: &str, _: &mut Budget) -> Vec<String> {
    let word = |piece: &str| piece.chars().rev().collect::<String>();
    vec![text.split(' ').map(word).collect::<Vec<_>>().join(" ")]
}

/// Words in reverse order.
pub(super) fn reversed_words(text: &str, _: &mut Budget) -> Vec<String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.reverse();
    if words.len() < 3 { Vec::new() } else { vec![words.join(" ")] }
}

/// Words at odd places followed by those at even places (CodeChameleon, arXiv 2402.16717), put back in turn.
pub(super) fn odd_even_words(text: &str, _: &mut Budget) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() < 4 {
        return Vec::new();
    }
    let (odd, even) = words.split_at(words.len().div_ceil(2));
    let merged =
        (0..words.len()).filter_map(|at| if at % 2 == 0 { odd.get(at / 2) } else { even.get(at / 2) });
    vec![merged.copied().collect::<Vec<_>>().join(" ")]
}

/// The first letters of eight lines or more.
pub(super) fn acrostic_text(text: &str, _: &mut Budget) -> Vec<String> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let letters: String = lines().take(400).filter_map(|line| line.chars().next()).collect();
    let all_letters = letters.chars().all(char::is_alphabetic);
    if letters.len() < 8 || !all_letters { Vec::new() } else { vec![letters.to_lowercase()] }
}

/// Words that open a request.
const OPENERS: &[&str] = &[
    "how",
    "what",
    "why",
    "where",
    "who",
    "which",
    "when",
    "describe",
    "explain",
    "write",
    "give",
    "tell",
    "create",
    "make",
    "list",
    "show",
    "develop",
    "provide",
    "teach",
    "outline",
    "generate",
    "draft",
    "design",
    "compose",
    "please",
    "can",
    "could",
    "build",
    "suggest",
    "plan",
    "help",
    "i",
    "use",
    "publish",
    "produce",
    "demonstrate",
    "instruct",
    "find",
];
/// Words no sentence ends with.
const NEVER_LAST: &[&str] = &[
    "the", "a", "an", "to", "of", "and", "how", "with", "from", "that", "by", "or", "my", "your", "into",
    "describe",
];
/// Neighbours in their usual order.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("how", "to"),
    ("of", "the"),
    ("in", "the"),
    ("to", "the"),
    ("for", "the"),
    ("on", "the"),
    ("with", "a"),
    ("to", "a"),
    ("is", "a"),
    ("is", "the"),
    ("do", "i"),
    ("can", "i"),
    ("it", "is"),
    ("that", "is"),
    ("such", "as"),
    ("as", "a"),
    ("and", "the"),
    ("from", "the"),
    ("by", "the"),
    ("from", "a"),
    ("at", "the"),
    ("into", "a"),
    ("into", "the"),
    ("how", "do"),
    ("how", "can"),
    ("what", "is"),
    ("what", "are"),
    ("for", "a"),
    ("in", "a"),
    ("of", "a"),
    ("that", "can"),
    ("instructions", "for"),
    ("instructions", "on"),
    ("guide", "on"),
    ("guide", "for"),
    ("list", "of"),
    ("a", "guide"),
    ("step", "by"),
    ("by", "step"),
    ("write", "a"),
    ("create", "a"),
    ("give", "me"),
    ("tell", "me"),
    ("a", "list"),
    ("that", "will"),
    ("of", "how"),
    ("on", "how"),
    ("develop", "a"),
    ("make", "a"),
    ("steps", "to"),
    ("to", "make"),
];

/// How well the words of `text` stand in English order: openers first, articles before, known neighbours in turn.
pub(super) fn order_score(text: &str) -> i64 {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split_whitespace().take(256).map(bare).filter(|word| !word.is_empty()).collect();
    let has = |list: &[&str], word: Option<&&str>| i64::from(word.is_some_and(|word| list.contains(word)));
    let mut score = 2 * has(OPENERS, words.first()) - 2 * has(NEVER_LAST, words.last());
    score +=
        has(NEVER_LAST, words.get(..1).and_then(|w| w.first()).filter(|w| ["the", "a", "an"].contains(w)));
    for pair in words.windows(2) {
        let is = |a: &str, b: &str| NEIGHBOURS.iter().any(|row| row.0 == a && row.1 == b);
        score += i64::from(is(pair[0], pair[1])) - i64::from(is(pair[1], pair[0]));
    }
    score
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}
