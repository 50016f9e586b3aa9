//! Short words as numbers: a look-up hashes sixteen bytes instead of a string.

use std::collections::HashMap;
use std::collections::HashSet;

use foldhash::fast::FixedState;

/// No word of our lists is longer.
const LONGEST: usize = 16;

/// Words of our own lists; nothing a caller sends is put in, so that a fixed seed is safe.
pub(super) type WordSet = HashSet<u128, FixedState>;
/// The same with something known of each.
pub(super) type WordMap<T> = HashMap<u128, T, FixedState>;

/// The bytes of a word as one number; None when it is too long for our lists.
pub(super) fn key(word: &[u8]) -> Option<u128> {
    let mut bytes = [0_u8; LONGEST];
    bytes.get_mut(..word.len())?.copy_from_slice(word);
    Some(u128::from_le_bytes(bytes))
}

/// The same for the word in small letters.
pub(super) fn lower_key(word: &[u8]) -> Option<u128> {
    let mut bytes = [0_u8; LONGEST];
    let part = bytes.get_mut(..word.len())?;
    part.copy_from_slice(word);
    part.make_ascii_lowercase();
    Some(u128::from_le_bytes(bytes))
}

/// The key of a word in small letters whose inner ones are sorted: shuffled words meet there.
pub(super) fn shuffled_key(word: &[u8]) -> Option<u128> {
    let mut bytes = [0_u8; LONGEST];
    let part = bytes.get_mut(..word.len())?;
    part.copy_from_slice(word);
    part.make_ascii_lowercase();
    if let [_, inner @ .., _] = part {
        inner.sort_unstable();
    }
    Some(u128::from_le_bytes(bytes))
}
