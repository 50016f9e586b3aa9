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
