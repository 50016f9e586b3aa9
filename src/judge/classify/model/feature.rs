//! Text to hashed features: word 1-2-grams (pairs also across function words) and character 3-5-grams of the folded
//! words, one pass, no allocation per feature.
//!
//! Folding makes spelling variants one: NFKC (Unicode Standard Annex 15), lower case, every digit `0`, apostrophes
//! dropped, all other punctuation and white space a word break. Scripts written without spaces give one word a character, so
//! that inserted spaces change nothing.

use unicode_normalization::UnicodeNormalization;

/// Buckets of each of the two tables, as a power of two.
pub const BITS: u32 = 20;
/// Buckets of each of the two tables: word n-grams first, character n-grams after them.
pub const BUCKETS: usize = 1 << BITS;

/// Characters of one word; a longer run of letters is cut into several.
const WORD_CHARS: usize = 32;
/// Words up to this length ("the", "of", "to") are skipped by the long-distance pairs.
const FUNCTION_WORD: usize = 3;
const SHORTEST_GRAM: usize = 3;
const LONGEST_GRAM: usize = 5;

/// The features of one word: bucket numbers, word n-grams below [`BUCKETS`], character n-grams from there on.
#[derive(Debug, Default)]
pub struct WordFeatures {
    /// The word, the pair it makes with the word before, and the pair with the last longer word if that is another.
    pub words: Vec<u32>,
    /// The character n-grams of the word with its edges.
    pub chars: Vec<u32>,
    /// The word itself, folded.
    pub letters: Vec<u32>,
}

/// Calls `each` with the features of every word of `text`, in order.
pub fn features(text: &str, mut each: impl FnMut(&WordFeatures)) {
    let mut found = WordFeatures::default();
    words(text, |word| {
        found.words.clear();
        found.words.extend_from_slice(word.ngrams);
        found.chars.clear();
        word.chars(&mut found.chars);
        found.letters.clear();
        found.letters.extend_from_slice(word.letters());
        each(&found);
    });
}

/// One word of a text, folded, and what it makes with the words before. Its characters are looked at only when asked.
#[derive(Debug, Clone, Copy)]
pub struct Word<'r> {
    edged: &'r [u32],
    ngrams: &'r [u32],
    run: usize,
}

impl Word<'_> {
    /// The word, the pair it makes with the word before, and the pair with the last longer word if that is another.
    pub fn ngrams(&self) -> &[u32] {
        self.ngrams
    }

    /// Where the run between white space begins that the word stands in: from there on a text reads as it does from its beginning,
    /// but for the pairs with words before.
    pub fn run(&self) -> usize {
        self.run
    }

    /// The word itself.
    pub fn letters(&self) -> &[u32] {
        self.edged.get(1..self.edged.len() - 1).unwrap_or_default()
    }

    /// Adds the character n-grams of the word with its edges.
    pub fn chars(&self, out: &mut Vec<u32>) {
        char_grams(self.edged, out);
    }
}

/// Calls `each` with every word of `text`, in order.
pub fn words(text: &str, mut each: impl FnMut(&Word<'_>)) {
    let mut reader = Reader::default();
    if text.is_ascii() {
        reader.take_all(text, 0, &mut each);
        return reader.end_word(&mut each);
    }
    let mut from = 0;
    for run in text.split_inclusive(|c: char| c.is_ascii_whitespace()) {
        reader.run = from;
        if run.is_ascii() {
            reader.take_all(run, from, &mut each);
        } else {
            run.nfkc().flat_map(char::to_lowercase).for_each(|c| reader.take(c, &mut each));
        }
        from += run.len();
    }
    reader.end_word(&mut each);
}

/// The word being read and the word before.
struct Reader {
    /// An edge mark, the word's characters, room for the closing edge mark.
    word: [u32; WORD_CHARS + 2],
    length: usize,
    previous: u64,
    /// The word before that is longer than a function word.
    content: u64,
    /// Where the run between white space begins that is being read.
    run: usize,
}

const EDGE: u32 = 0x20;

/// What every byte of a text in ASCII is folded to: a letter, or one of two marks.
static FOLDED: [u8; 256] = {
    let mut folded = [BREAK; 256];
    let mut byte = 0;
    while byte < 128 {
        folded[byte] = match byte as u8 {
            letter @ (b'a'..=b'z' | b'A'..=b'Z') => letter | 0x20,
            b'0'..=b'9' => b'0',
            b'\'' => DROPPED,
            _ => BREAK,
        };
        byte += 1;
    }
    folded
};
const BREAK: u8 = 0;
const DROPPED: u8 = 1;

impl Default for Reader {
    fn default() -> Self {
        Reader { word: [EDGE; WORD_CHARS + 2], length: 0, previous: SEED, content: SEED, run: 0 }
    }
}

impl Reader {
    /// Reads ASCII that stands `from` bytes behind the beginning.
    fn take_all(&mut self, text: &str, from: usize, each: &mut impl FnMut(&Word<'_>)) {
        for (at, byte) in text.bytes().enumerate() {
            match FOLDED[usize::from(byte)] {
                BREAK => {
                    self.end_word(each);
                    if byte.is_ascii_whitespace() {
                        self.run = from + at + 1;
                    }
                }
                DROPPED => {}
                letter => self.push(u32::from(letter), each),
            }
        }
    }

    fn take(&mut self, c: char, each: &mut impl FnMut(&Word<'_>)) {
        match kind(c) {
            Kind::Letter => self.push(u32::from(c), each),
            Kind::Digit => self.push(u32::from('0'), each),
            Kind::Alone => {
                self.end_word(each);
                self.push(u32::from(c), each);
                self.end_word(each);
            }
            Kind::Dropped => {}
            Kind::Break => self.end_word(each),
        }
    }

    fn push(&mut self, c: u32, each: &mut impl FnMut(&Word<'_>)) {
        if self.length == WORD_CHARS {
            self.end_word(each);
        }
        self.length += 1;
        self.word[self.length] = c;
    }

    fn end_word(&mut self, each: &mut impl FnMut(&Word<'_>)) {
        if self.length == 0 {
            return;
        }
        self.word[self.length + 1] = EDGE;
        let edged = &self.word[..self.length + 2];
        let whole = edged.iter().fold(SEED, |hash, &c| step(hash, c));
        let mut ngrams = [bucket(whole), bucket(pair(self.previous, whole)), 0];
        let mut count = 2;
        if self.length > FUNCTION_WORD {
            if self.content != self.previous {
                ngrams[count] = bucket(pair(self.content, whole).wrapping_mul(PRIME));
                count += 1;
            }
            self.content = whole;
        }
        self.previous = whole;
        self.length = 0;
        each(&Word { edged, ngrams: &ngrams[..count], run: self.run });
    }
}

fn char_grams(word: &[u32], out: &mut Vec<u32>) {
    out.reserve(word.len() * (LONGEST_GRAM - SHORTEST_GRAM + 1));
    for start in 0..word.len() {
        let mut hash = SEED;
        for (at, &c) in word[start..].iter().take(LONGEST_GRAM).enumerate() {
            hash = step(hash, c);
            if at + 1 >= SHORTEST_GRAM {
                out.push(bucket(hash) | (1 << BITS));
            }
        }
    }
}

/// FNV-1a's 64-bit offset basis and prime (RFC 9923), fed one character at a time.
const SEED: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
/// 2^64 divided by the golden ratio: spreads the hash into its top bits (Knuth, TAOCP vol. 3, section 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// One step of the hash.
pub(super) fn hash(so_far: u64, c: u32) -> u64 {
    step(so_far, c)
}

fn step(hash: u64, c: u32) -> u64 {
    (hash ^ u64::from(c)).wrapping_mul(PRIME)
}

fn pair(first: u64, second: u64) -> u64 {
    (first.rotate_left(23) ^ second).wrapping_mul(PRIME)
}

fn bucket(hash: u64) -> u32 {
    let spread = (hash ^ (hash >> 29)).wrapping_mul(SPREAD);
    (spread >> (64 - BITS)) as u32
}

enum Kind {
    Letter,
    Digit,
    /// A character of a script written without spaces.
    Alone,
    Dropped,
    Break,
}

fn kind(c: char) -> Kind {
    match c {
        'a'..='z' => Kind::Letter,
        '0'..='9' => Kind::Digit,
        '\'' | '\u{2019}' => Kind::Dropped,
        '\0'..='\x7f' => Kind::Break,
        _ if spaceless(c) => Kind::Alone,
        _ if c.is_alphabetic() || is_mark(c) => Kind::Letter,
        _ if c.is_numeric() => Kind::Digit,
        _ => Kind::Break,
    }
}

/// Thai to Burmese, Khmer, kana, Han.
fn spaceless(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Combining marks belong to the letter before: vowel signs of Indic scripts are not letters by themselves.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}
