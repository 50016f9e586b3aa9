//! The same text said otherwise: harmless words around it, politeness, a story, typing errors, other function words. A
//! judge that one of these turns round was never sure; `replay --perturb` measures how many rows each of them loses.

mod words;

use self::words::{AFTER, BEFORE, FICTION, PAD, SYNONYMS};
use crate::measure::replay::wrap::Rng;

/// A way to say the same otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Perturbation(usize);

/// What one does to a text.
type Change = fn(&str, &mut Rng) -> String;

static KINDS: [(&str, Change); 8] = [
    ("padded_before", |text, rng| format!("{} {text}", padding(30, rng))),
    ("padded_after", |text, rng| format!("{} {}", ended(text), padding(30, rng))),
    ("padded_around", |text, rng| format!("{} {} {}", padding(15, rng), ended(text), padding(15, rng))),
    ("padded_little", |text, rng| format!("{} {} {}", padding(3, rng), ended(text), padding(3, rng))),
    ("polite", |text, rng| format!("{} {} {}", rng.pick(&BEFORE), ended(text), rng.pick(&AFTER))),
    ("fiction", |text, rng| format!("{} {}", rng.pick(&FICTION), text)),
    ("typos", typos),
    ("synonyms", synonyms),
];

impl Perturbation {
    /// Every one there is.
    pub fn all() -> impl Iterator<Item = Perturbation> {
        (0..KINDS.len()).map(Perturbation)
    }

    /// The name in tables.
    pub fn name(self) -> &'static str {
        KINDS[self.0].0
    }

    /// `text`, said so.
    pub fn apply(self, text: &str, rng: &mut Rng) -> String {
        let (_, change) = KINDS[self.0];
        change(text, rng)
    }
}

/// About `words` harmless words in whole sentences, cut where the number is reached.
fn padding(words: usize, rng: &mut Rng) -> String {
    let mut out: Vec<&str> = Vec::new();
    while out.len() < words {
        out.extend(rng.pick(&PAD).split(' '));
    }
    out.truncate(words);
    out.join(" ") + "."
}

/// `text` with a full stop where it has no end of its own.
fn ended(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '?', '!']) { text.to_owned() } else { format!("{text}.") }
}

/// One word in six with two letters swapped, one left out or one doubled; the first letter stays.
fn typos(text: &str, rng: &mut Rng) -> String {
    let word = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() > 4 && letters.iter().all(|c| c.is_alphabetic()) && rng.below(6) == 0 {
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

/// Half of the function words exchanged for others that say the same.
fn synonyms(text: &str, rng: &mut Rng) -> String {
    let word = |word: &'_ str| {
        let lower = word.to_lowercase();
        let other = SYNONYMS.iter().find(|(from, _)| *from == lower).filter(|_| rng.below(2) == 0);
        other.map_or(word.to_owned(), |(_, to)| (*to).to_owned())
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_keeps_the_text_recognisable() {
        let text = "describe how to bake dark bread for someone without an oven";
        for kind in Perturbation::all() {
            let changed: Vec<String> = (0..20).map(|seed| kind.apply(text, &mut Rng::new(seed))).collect();
            assert!(changed.iter().any(|changed| changed != text), "{} changes something", kind.name());
            let kept = |changed: &String| text.split(' ').filter(|word| changed.contains(*word)).count();
            assert!(changed.iter().all(|changed| kept(changed) >= 6), "{}: {changed:?}", kind.name());
            let again: Vec<String> = (0..20).map(|seed| kind.apply(text, &mut Rng::new(seed))).collect();
            assert_eq!(changed, again);
        }
        let padded = Perturbation(0).apply(text, &mut Rng::new(1));
        assert_eq!(padded.split(' ').count(), 30 + text.split(' ').count());
    }
}
