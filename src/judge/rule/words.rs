//! Text as rules see it: lower-case words with a single space between them, and where each word stands.

use std::sync::LazyLock;

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

/// What a character is to words.
#[derive(Clone, Copy)]
enum Sign {
    Letter,
    /// "don't" is one word.
    Dropped,
    Stop,
    Blank,
    Other,
}

/// What every ASCII character is.
static ASCII: LazyLock<[Sign; 128]> = LazyLock::new(|| {
    let mut signs = [Sign::Other; 128];
    for (byte, sign) in (0..128_u8).zip(&mut signs) {
        *sign = Sign::of(char::from(byte));
    }
    signs
});

impl Sign {
    fn of(c: char) -> Self {
        match c {
            _ if c.is_alphanumeric() => Sign::Letter,
            '\'' | '’' => Sign::Dropped,
            '.' | '!' | '?' => Sign::Stop,
            _ if c.is_whitespace() => Sign::Blank,
            _ => Sign::Other,
        }
    }
}

/// Where a folding stands.
#[derive(Default)]
struct Reading {
    position: u32,
    inside: bool,
    after_stop: bool,
}

impl Reading {
    /// Before a letter: where a word begins, notes it at `at` and sets it off.
    fn letter(&mut self, at: usize, starts: &mut Vec<(usize, u32)>, set_off: impl FnOnce()) {
        if !self.inside {
            starts.push((at, self.position));
            set_off();
            self.position += 1;
            self.inside = true;
        }
        self.after_stop = false;
    }

    /// What is no letter.
    fn gap(&mut self, sign: Sign) {
        if matches!(sign, Sign::Dropped) {
            return;
        }
        self.inside = false;
        if self.after_stop && matches!(sign, Sign::Blank) {
            self.position += SENTENCE_GAP;
        }
        self.after_stop = matches!(sign, Sign::Stop);
    }
}

impl Words {
    /// Folds a text: compatibility forms composed, lower case, apostrophes dropped, all else that is no letter or digit
    /// a boundary.
    pub(super) fn of(text: &str) -> Self {
        let mut words = Words { folded: String::with_capacity(text.len() + 2), starts: Vec::new() };
        let mut reading = Reading::default();
        if text.is_ascii() {
            let (signs, mut folded) = (&*ASCII, Vec::with_capacity(text.len() + 2));
            for byte in text.bytes() {
                let sign = signs[usize::from(byte & 127)];
                if matches!(sign, Sign::Letter) {
                    reading.letter(folded.len(), &mut words.starts, || folded.push(b' '));
                    folded.push(byte.to_ascii_lowercase());
                } else {
                    reading.gap(sign);
                }
            }
            words.folded = String::from_utf8(folded).unwrap_or_default();
        } else {
            for c in text.nfkc().flat_map(char::to_lowercase) {
                let sign = Sign::of(c);
                if matches!(sign, Sign::Letter) {
                    let Words { folded, starts } = &mut words;
                    reading.letter(folded.len(), starts, || folded.push(' '));
                    words.folded.push(c);
                } else {
                    reading.gap(sign);
                }
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
