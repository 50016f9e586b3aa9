//! The same letters or words in another order: FlipAttack's modes (arXiv 2410.02832), odd and even words, acrostics.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::budget::Budget;
use crate::read::decode::english::split_words;

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
    if words.len() < 4 || words.len() > 512 {
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
    if letters.len() < 8 || !all_letters { Vec::new() } else { vec![split_words(&letters.to_lowercase())] }
}

/// How well the words of a text follow each other, by known neighbours (`how to`, `of the`): above 0 they do, below 0 they
/// stand the wrong way round, 0 says nothing.
pub fn word_order(text: &str) -> i64 {
    Order::of(text).marks()
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
/// Words no article stands before.
const NO_NOUNS: &[&str] =
    &["the", "a", "an", "to", "of", "and", "how", "with", "from", "that", "by", "or", "into", "is"];
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
    ("such", "as"),
    ("as", "a"),
    ("and", "the"),
    ("from", "the"),
    ("by", "the"),
    ("from", "a"),
    ("at", "the"),
    ("into", "a"),
    ("into", "the"),
    ("what", "are"),
    ("for", "a"),
    ("in", "a"),
    ("of", "a"),
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
    ("of", "how"),
    ("on", "how"),
    ("develop", "a"),
    ("make", "a"),
    ("steps", "to"),
    ("to", "make"),
];

static KNOWN: LazyLock<HashSet<(&str, &str)>> = LazyLock::new(|| NEIGHBOURS.iter().copied().collect());

/// How well the words of a text stand in English order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Order {
    /// Known neighbours in turn, less those the wrong way round or impossible and a last word that cannot be last.
    pub(super) neighbours: i64,
    /// Whether the text begins as requests do.
    pub(super) opens: bool,
}

impl Order {
    /// Looks at the first 256 words of `text`.
    pub(super) fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let words: Vec<&str> =
            lower.split_whitespace().map(bare).filter(|word| !word.is_empty()).take(256).collect();
        let stranded =
            words.last().is_some_and(|word| matches!(*word, "the" | "a" | "an" | "to" | "of" | "and"));
        let pairs: i64 = words.windows(2).map(|pair| turn(pair[0], pair[1])).sum();
        let neighbours = pairs - i64::from(stranded);
        Order { neighbours, opens: words.first().is_some_and(|word| OPENERS.contains(word)) }
    }

    /// Openers and neighbours in one figure.
    pub(super) fn marks(self) -> i64 {
        2 * self.neighbours + if self.opens { 2 } else { 0 }
    }

    /// Whether a text in this order is clearly better ordered than one that stood in order `before`: by `least`
    /// neighbours or more.
    pub(super) fn beats(self, before: Order, least: i64) -> bool {
        before.neighbours <= 0
            && self.neighbours > 0
            && self.marks() >= 4
            && self.marks() >= before.marks() + 2 * least
    }
}

fn turn<'a>(first: &'a str, second: &'a str) -> i64 {
    let listed = |a, b| KNOWN.contains(&(a, b));
    let stranded = matches!(first, "the" | "a" | "an") && NO_NOUNS.contains(&second);
    i64::from(listed(first, second)) - i64::from(listed(second, first) || stranded)
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}
