//! What a reader of the request sees anyway: a list of sentences in prose hides nothing by being a list.

use std::collections::HashMap;

use foldhash::quality::RandomState;
use memchr::memmem;

/// Words that stand together in the request, on average, when a text is readable as it stands. A sentence taken apart
/// word by word, or phrase by phrase, has fewer.
const RUN: usize = 6;
/// Places of one word that are looked at.
const PLACES: usize = 16;
/// Longer texts are not looked at for repeats.
const REPEATING: usize = 256;
const OFTEN: usize = 3;

/// The words of a text and where each stands.
pub(super) struct Words<'t> {
    words: Vec<&'t str>,
    places: HashMap<&'t str, Vec<usize>, RandomState>,
}

impl<'t> Words<'t> {
    /// The words of `text`, between white space.
    pub(super) fn of(text: &'t str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut places: HashMap<&str, Vec<usize>, RandomState> = HashMap::default();
        for (at, word) in words.iter().enumerate() {
            let places = places.entry(word).or_default();
            if places.len() < PLACES {
                places.push(at);
            }
        }
        Words { words, places }
    }

    /// Whether `text` is made of long stretches of this one.
    pub(super) fn show(&self, text: &str) -> bool {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (mut at, mut runs) = (0, 0);
        while at < words.len() {
            at += self.run(&words[at..]).max(1);
            runs += 1;
        }
        runs > 0 && words.len() >= runs * RUN
    }

    /// How many of `words` stand here in a row, from the first on.
    fn run(&self, words: &[&str]) -> usize {
        let places = words.first().and_then(|first| self.places.get(first));
        let length = |&at: &usize| {
            self.words[at..].iter().zip(words).take_while(|(here, there)| here == there).count()
        };
        places.into_iter().flatten().map(length).max().unwrap_or(0)
    }
}

/// The words that a text of up to [`REPEATING`] words repeats [`OFTEN`] times or more, when it does nothing else.
pub(super) fn repeated(text: &str) -> Option<String> {
    // What repeats says its first word again.
    let shown = text.trim_start();
    let (first, rest) = shown.split_at(shown.find(char::is_whitespace)?);
    memmem::find(rest.as_bytes(), first.as_bytes())?;
    let words: Vec<&str> = text.split_whitespace().take(REPEATING + 1).collect();
    if words.len() > REPEATING {
        return None;
    }
    let holds = |period: usize| words.iter().zip(&words[period..]).all(|(word, later)| word == later);
    // One word twice is a word, not a sentence.
    let fewest = |period: usize| if period == 1 { 2 } else { OFTEN };
    let period =
        (1..=words.len() / 2).find(|&period| holds(period) && words.len() >= period * fewest(period))?;
    Some(words[..period].join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_sentences_shows_and_one_of_words_does_not() {
        let prose = "- knead the dough for ten whole minutes\n- let it rest until it has doubled\n";
        let words = Words::of(prose);
        assert!(words.show("knead the dough for ten whole minutes let it rest until it has doubled"));
        let words = Words::of("- knead\n- the\n- dough\n- for\n- ten\n- whole\n- minutes\n");
        assert!(!words.show("knead the dough for ten whole minutes"));
        assert!(!words.show(""));
    }

    #[test]
    fn what_is_repeated_is_said_once() {
        assert_eq!(repeated("rye bread rye bread rye bread rye").as_deref(), Some("rye bread"));
        assert_eq!(repeated("rye rye").as_deref(), Some("rye"));
        assert_eq!(repeated("rye bread rye bread"), None);
        assert_eq!(repeated("rye bread with rye"), None);
        assert_eq!(repeated(""), None);
    }
}
