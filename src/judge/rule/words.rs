//! Text as rules see it: lower-case words with a single space between them, and where each word stands.

use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// How far apart the words on both sides of a sentence end count, beyond being neighbours.
const SENTENCE_GAP: u32 = 6;

/// A text folded for matching.
#[derive(Debug)]
pub(super) struct Words {
    /// `" word word word "`: a word boundary is a space.
    pub(super) folded: String,
    /// Where each word begins, in order.
    starts: Vec<Start>,
}

/// Where a word begins.
#[derive(Debug)]
struct Start {
    /// The byte of the space before it.
    folded: usize,
    /// Its number among the words; sentence ends leave a gap.
    position: u32,
    /// Its first letter as written is somewhere in this.
    written: Range<usize>,
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
    fn letter(&mut self, at: usize, written: Range<usize>, starts: &mut Vec<Start>, set_off: impl FnOnce()) {
        if !self.inside {
            starts.push(Start { folded: at, position: self.position, written });
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
        for (at, part, plain) in parts(text) {
            if plain {
                words.take_ascii(part, at, &mut reading);
            } else {
                words.take(part, at..at + part.len(), &mut reading);
            }
        }
        words.folded.push(' ');
        words
    }

    /// Folds a part in ASCII that stands at `from`.
    fn take_ascii(&mut self, part: &str, from: usize, reading: &mut Reading) {
        let Words { folded, starts } = self;
        let signs = &*ASCII;
        let sign = |byte: &u8| signs[usize::from(byte & 127)];
        let mut rest = part;
        while let Some(first) = rest.as_bytes().first() {
            let at = from + part.len() - rest.len();
            let run = rest.bytes().position(|byte| !matches!(sign(&byte), Sign::Letter));
            let (letters, tail) = rest.split_at(run.unwrap_or(rest.len()));
            if letters.is_empty() {
                reading.gap(sign(first));
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            reading.letter(folded.len(), at..at + 1, starts, || folded.push(' '));
            let begin = folded.len();
            folded.push_str(letters);
            folded[begin..].make_ascii_lowercase();
            rest = tail;
        }
    }

    /// Folds any part; its letters stand somewhere in `written`.
    fn take(&mut self, part: &str, written: Range<usize>, reading: &mut Reading) {
        let Words { folded, starts } = self;
        for c in part.nfkc().flat_map(char::to_lowercase) {
            let sign = Sign::of(c);
            if matches!(sign, Sign::Letter) {
                reading.letter(folded.len(), written.clone(), starts, || folded.push(' '));
                folded.push(c);
            } else {
                reading.gap(sign);
            }
        }
    }

    /// Where the word whose preceding space is at byte `at` of `folded` begins in the text as written: somewhere in this.
    pub(super) fn written(&self, at: usize) -> Range<usize> {
        let found = self.starts.partition_point(|start| start.folded <= at);
        found.checked_sub(1).map_or(0..usize::MAX, |before| self.starts[before].written.clone())
    }

    /// The position of the word whose preceding space is at byte `at` of `folded`.
    pub(super) fn position(&self, at: usize) -> u32 {
        let found = self.starts.partition_point(|start| start.folded <= at);
        found.checked_sub(1).map_or(0, |before| self.starts[before].position)
    }
}

/// A text in parts that are folded one by one: those in ASCII, and the others, each with the character before it, which a mark
/// may join. No character in ASCII joins the one before.
fn parts(text: &str) -> impl Iterator<Item = (usize, &str, bool)> {
    let (mut at, bytes) = (0, text.as_bytes());
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let wide = rest.iter().position(|byte| !byte.is_ascii());
        let plain = wide.map_or(rest.len(), |wide| wide.saturating_sub(1));
        let taken = if plain > 0 {
            plain
        } else {
            let begin = wide.unwrap_or(0);
            begin + rest.iter().skip(begin).position(u8::is_ascii).unwrap_or(rest.len() - begin)
        };
        let part = (at, text.get(at..at + taken).unwrap_or_default(), plain > 0);
        at += taken;
        Some(part)
    })
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

    proptest::proptest! {
        /// Folding part by part is folding the whole, and words are where they are said to be.
        #[test]
        fn parts_fold_as_the_whole_does(text in "([a-zA-Z'’. é…ﬁ①—]|a\u{301}|K\u{30a}|가|\u{1100}\u{1161}|İ){0,30}") {
            let (whole, mut reading) = (Words::of(&text), Reading::default());
            let mut slow = Words { folded: String::new(), starts: Vec::new() };
            slow.take(&text, 0..text.len(), &mut reading);
            slow.folded.push(' ');
            proptest::prop_assert_eq!(&whole.folded, &slow.folded);
            for (a, b) in whole.starts.iter().zip(&slow.starts) {
                proptest::prop_assert_eq!((a.folded, a.position), (b.folded, b.position));
                proptest::prop_assert!(text.get(a.written.clone()).is_some_and(|part| !part.is_empty()));
            }
        }
    }

    #[test]
    fn patterns_end_at_a_word_unless_starred() {
        assert_eq!(pattern("Bread-Roll").as_deref(), Some(" bread roll "));
        assert_eq!(pattern("bak*").as_deref(), Some(" bak"));
        assert_eq!(pattern("!"), None);
    }
}
