//! Text as rules see it: lower-case words with a single space between them, and where each word stands.

use unicode_normalization::UnicodeNormalization;

/// How far apart the words on both sides of a sentence end count, beyond being neighbours.
const SENTENCE_GAP: u32 = 6;

/// A text folded for matching.
#[derive(Debug)]
pub(super) struct Words {
    /// `" word word word "`: a word boundary is a space.
    pub(super) folded: String,
    /// For each word: the byte of the space before it, and its position (sentence ends leave a gap).
    starts: Vec<(usize, u32)>,
}

impl Words {
    /// Folds a text: compatibility forms composed, lower case, apostrophes dropped, all else that is no letter or digit
    /// a boundary.
    pub(super) fn of(text: &str) -> Self {
        let mut words = Words { folded: String::with_capacity(text.len() + 2), starts: Vec::new() };
        let mut position = 0;
        let mut inside = false;
        let mut after_stop = false;
        let composed = (!text.is_ascii()).then(|| text.nfkc().flat_map(char::to_lowercase));
        let plain = text.is_ascii().then(|| text.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        for c in composed.into_iter().flatten().chain(plain.into_iter().flatten()) {
            if c.is_alphanumeric() {
                if !inside {
                    words.starts.push((words.folded.len(), position));
                    words.folded.push(' ');
                    position += 1;
                    inside = true;
                }
                words.folded.push(c);
                after_stop = false;
            } else if matches!(c, '\'' | '’') {
                // "don't" is one word
            } else {
                inside = false;
                if after_stop && c.is_whitespace() {
                    position += SENTENCE_GAP;
                }
                after_stop = matches!(c, '.' | '!' | '?');
            }
        }
        words.folded.push(' ');
        words
    }

    /// The position of the word whose preceding space is at byte `at` of `folded`.
    pub(super) fn position(&self, at: usize) -> u32 {
        match self.starts.binary_search_by_key(&at, |&(byte, _)| byte) {
            Ok(found) => self.starts[found].1,
            Err(next) => next.checked_sub(1).map_or(0, |before| self.starts[before].1),
        }
    }
}

/// A word or phrase of a rule as a pattern over [`Words::folded`]: `make` is `" make "`, `explo*` is `" explo"`.
/// `None` when nothing is left of it.
pub(super) fn pattern(written: &str) -> Option<String> {
    let (stem, open) = match written.strip_suffix('*') {
        Some(stem) => (stem, true),
        None => (written, false),
    };
    let folded = Words::of(stem).folded;
    let folded = folded.trim_end();
    (!folded.is_empty()).then(|| if open { folded.to_owned() } else { format!("{folded} ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_folds_to_words_and_positions() {
        let words = Words::of("Don't BAKE bread-rolls. Now.");
        assert_eq!(words.folded, " dont bake bread rolls now ");
        let at = |word: &str| words.position(words.folded.find(word).unwrap());
        assert_eq!((at(" dont"), at(" bake"), at(" bread"), at(" rolls")), (0, 1, 2, 3));
        assert_eq!(at(" now"), 4 + SENTENCE_GAP);
    }

    #[test]
    fn patterns_end_at_a_word_unless_starred() {
        assert_eq!(pattern("Bread-Roll").as_deref(), Some(" bread roll "));
        assert_eq!(pattern("bak*").as_deref(), Some(" bak"));
        assert_eq!(pattern("!"), None);
    }
}
