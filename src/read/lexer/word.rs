//! Short words as numbers: a look-up hashes sixteen bytes instead of a string.

use std::collections::HashMap;
use std::collections::HashSet;

use foldhash::fast::FixedState;

/// No word of our lists is longer.
const LONGEST: usize = 16;

/// Words of our own lists; nothing a caller sends is put in, so that a fixed seed is safe.
pub(crate) type WordSet = HashSet<u128, FixedState>;
/// The same with something known of each.
pub(crate) type WordMap<T> = HashMap<u128, T, FixedState>;

/// The bytes of a word as one number; None when it is too long for our lists.
pub(crate) fn key(word: &[u8]) -> Option<u128> {
    let mut bytes = [0_u8; LONGEST];
    bytes.get_mut(..word.len())?.copy_from_slice(word);
    Some(u128::from_le_bytes(bytes))
}

/// The same for the word in small letters.
pub(crate) fn lower_key(word: &[u8]) -> Option<u128> {
    if word.len() > LONGEST {
        return None;
    }
    let half = |bytes: &[u8]| {
        bytes.iter().rev().fold(0_u64, |key, byte| key << 8 | u64::from(byte.to_ascii_lowercase()))
    };
    let (low, high) = word.split_at(word.len().min(LONGEST / 2));
    Some(u128::from(half(low)) | u128::from(half(high)) << 64)
}

/// The key of a word in small letters whose inner ones are sorted: shuffled words meet there.
pub(crate) fn shuffled_key(word: &[u8]) -> Option<u128> {
    let mut bytes = [0_u8; LONGEST];
    let part = bytes.get_mut(..word.len())?;
    part.copy_from_slice(word);
    part.make_ascii_lowercase();
    if let [_, inner @ .., _] = part {
        inner.sort_unstable();
    }
    Some(u128::from_le_bytes(bytes))
}

/// What a byte may begin: white space if it is one byte, perhaps if it is several.
static BLANK: [Blank; 256] = {
    let mut blank = [Blank::None; 256];
    let mut byte = 0;
    while byte < 256 {
        blank[byte] = match byte as u8 {
            b' ' | 9..=13 => Blank::One,
            // U+0085 and U+00A0, U+1680, U+2000 to U+205F, U+3000.
            0xc2 | 0xe1..=0xe3 => Blank::Perhaps,
            _ => Blank::None,
        };
        byte += 1;
    }
    blank
};

#[derive(Clone, Copy)]
enum Blank {
    None,
    One,
    Perhaps,
}

/// What stands between white space, just as `split_whitespace` gives it, with a look at bytes instead of characters.
pub(crate) fn between_blanks(text: &str) -> impl Iterator<Item = &str> {
    let blank = move |at: usize| match text.as_bytes().get(at).map(|byte| BLANK[usize::from(*byte)]) {
        None | Some(Blank::None) => 0,
        Some(Blank::One) => 1,
        Some(Blank::Perhaps) => {
            let first = text.get(at..).and_then(|rest| rest.chars().next());
            first.filter(|c| c.is_whitespace()).map_or(0, char::len_utf8)
        }
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            match blank(at) {
                0 => break,
                length => at += length,
            }
        }
        let from = at;
        while at < text.len() && blank(at) == 0 {
            at += 1;
        }
        text.get(from..at).filter(|word| !word.is_empty())
    })
}

/// Words of one of our lists, and what is known of each. A look at the first and the last letter of a word and its length tells
/// of most others that they are none.
pub(crate) struct Lexicon<T> {
    edges: Vec<u32>,
    words: WordMap<T>,
}

impl<T> Lexicon<T> {
    /// The words, in small ASCII letters at both ends; of one that comes twice, the last counts.
    pub(crate) fn of<'w>(words: impl Iterator<Item = (&'w str, T)>) -> Self {
        let mut lexicon = Lexicon { edges: vec![0; EDGES], words: WordMap::default() };
        for (word, known) in words {
            let word = word.as_bytes();
            if let (Some(at), Some(key)) = (edge(word), key(word)) {
                lexicon.edges[at] |= 1 << word.len();
                lexicon.words.insert(key, known);
            }
        }
        lexicon
    }

    /// What is known of a word, in whatever letters.
    pub(crate) fn get(&self, word: &[u8]) -> Option<&T> {
        let lengths = self.edges.get(edge(word)?)?;
        if word.len() > LONGEST || lengths >> word.len() & 1 == 0 {
            return None;
        }
        self.words.get(&lower_key(word)?)
    }

    /// Whether a word, in whatever letters, is one of them.
    pub(crate) fn holds(&self, word: &[u8]) -> bool {
        self.get(word).is_some()
    }
}

/// Pairs of a first and a last letter.
const EDGES: usize = 26 * 26;

/// The first and the last letter of a word as one number.
fn edge(word: &[u8]) -> Option<usize> {
    let letter = |byte: u8| {
        let at = (byte | 0x20).wrapping_sub(b'a');
        (at < 26).then_some(usize::from(at))
    };
    Some(letter(*word.first()?)? * 26 + letter(*word.last()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn words_stand_between_any_white_space(
            text in "([a-zé中≈]{1,3}|[ \t\n\x0b\x0c\r\x1c]|\u{85}|\u{a0}|\u{1680}|[\u{2000}-\u{200b}]|[\u{2028}-\u{202f}]|\u{205f}|\u{3000}|\u{feff}){0,12}"
        ) {
            let slow: Vec<&str> = text.split_whitespace().collect();
            proptest::prop_assert_eq!(between_blanks(&text).collect::<Vec<_>>(), slow);
        }
    }

    #[test]
    fn words_are_known_in_whatever_letters() {
        let lexicon = Lexicon::of([("bake", 1), ("rye", 2), ("don't", 3)].into_iter());
        assert_eq!(lexicon.get(b"BaKe"), Some(&1));
        assert_eq!(lexicon.get(b"don't"), Some(&3));
        for other in ["bike", "bakes", "e", "", "ry\u{e9}", "a word of twenty letters"] {
            assert_eq!(lexicon.get(other.as_bytes()), None, "{other}");
        }
    }
}
