//! What words come to by themselves, kept while the texts of one request are judged: they are the same words over and over.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::dense::Dense;
use super::dense::Sum as DenseSum;
use super::feature::Word;
use super::linear::Linear;
use super::linear::Sum as LinearSum;

/// Words kept at most, each in some 300 bytes.
const MOST: usize = 1024;
/// Longer words, and those beyond ASCII, are looked at anew.
const LONGEST: usize = 16;

/// Words and what they come to. It belongs to one model, and changes no score.
#[derive(Debug, Default)]
pub struct Memo {
    places: HashMap<u128, usize, RandomState>,
    kept: Vec<(LinearSum, DenseSum)>,
    /// The character n-grams of the word at hand.
    chars: Vec<u32>,
}

impl Memo {
    /// Adds what the characters and pieces of a word come to.
    pub(super) fn add(
        &mut self,
        linear: &Linear,
        dense: &Dense,
        word: &Word<'_>,
        (linear_sum, dense_sum): (&mut LinearSum, &mut DenseSum),
    ) {
        let key = key(word.letters());
        let place = key.and_then(|key| self.places.get(&key));
        if let Some((of_chars, of_pieces)) = place.and_then(|place| self.kept.get(*place)) {
            linear_sum.add(of_chars);
            dense_sum.add(of_pieces);
            return;
        }
        let (mut of_chars, mut of_pieces) = (LinearSum::default(), DenseSum::default());
        self.chars.clear();
        word.chars(&mut self.chars);
        linear.add(&mut of_chars, 1, &self.chars);
        dense.add(&mut of_pieces, word.letters());
        linear_sum.add(&of_chars);
        dense_sum.add(&of_pieces);
        if let Some(key) = key.filter(|_| self.kept.len() < MOST) {
            self.places.insert(key, self.kept.len());
            self.kept.push((of_chars, of_pieces));
        }
    }
}

/// A short word in ASCII as one number.
fn key(letters: &[u32]) -> Option<u128> {
    let mut bytes = [0_u8; LONGEST];
    for (byte, letter) in bytes.get_mut(..letters.len())?.iter_mut().zip(letters) {
        *byte = u8::try_from(*letter).ok().filter(u8::is_ascii)?;
    }
    Some(u128::from_le_bytes(bytes))
}
