//! What words come to by themselves: that of the usual words is known from the beginning, that of others is kept while the texts of one
//! request are judged, as they are the same words over and over.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use foldhash::quality::RandomState;

use super::dense::Dense;
use super::dense::Sum as DenseSum;
use super::feature::{Word, words};
use super::linear::Linear;
use super::linear::Sum as LinearSum;

/// Words kept at most, each in some 300 bytes.
const MOST: usize = 1024;
/// Words known from the beginning, at most.
const MOST_USUAL: usize = 2048;
/// Longer words, and those beyond ASCII, are looked at anew.
const LONGEST: usize = 16;

/// Words and what they come to.
#[derive(Debug)]
struct Sums<S> {
    places: HashMap<u128, usize, S>,
    sums: Vec<(LinearSum, DenseSum)>,
}

impl<S: BuildHasher + Default> Default for Sums<S> {
    fn default() -> Self {
        Sums { places: HashMap::default(), sums: Vec::new() }
    }
}

impl<S: BuildHasher> Sums<S> {
    fn get(&self, key: u128) -> Option<&(LinearSum, DenseSum)> {
        self.sums.get(*self.places.get(&key)?)
    }

    fn keep(&mut self, key: u128, sums: (LinearSum, DenseSum)) {
        self.places.insert(key, self.sums.len());
        self.sums.push(sums);
    }
}

/// The usual words of a model: of its pieces that are words, those that count least, since they are the most frequent.
#[derive(Debug, Default)]
pub struct Usual(Sums<FixedState>);

impl Usual {
    /// Looks at the pieces of a model.
    pub(super) fn of(linear: &Linear, dense: &Dense) -> Self {
        let plain = |name: &str| name.len() <= LONGEST && name.bytes().all(|byte| byte.is_ascii_lowercase());
        let pieces = dense.pieces.names().lines().zip(&dense.weights);
        let mut names: Vec<(u8, &str)> =
            pieces.filter(|(name, _)| plain(name)).map(|(name, weight)| (*weight, name)).collect();
        names.sort_by_key(|(weight, _)| *weight);
        let (mut usual, mut chars) = (Sums::default(), Vec::new());
        for (_, name) in names.into_iter().take(MOST_USUAL) {
            words(name, |word| {
                if let Some(key) = key(word.letters()) {
                    usual.keep(key, sums_of(linear, dense, word, &mut chars));
                }
            });
        }
        usual.sums.shrink_to_fit();
        Usual(usual)
    }
}

/// What words come to, as far as it is known. It belongs to one model, and changes no score.
#[derive(Debug, Default)]
pub struct Memo {
    usual: Arc<Usual>,
    seen: Sums<RandomState>,
    /// The character n-grams of the word at hand.
    chars: Vec<u32>,
}

impl Memo {
    /// One that knows the usual words.
    pub(super) fn knowing(usual: &Arc<Usual>) -> Self {
        Memo { usual: Arc::clone(usual), ..Memo::default() }
    }

    /// Adds what the characters and pieces of a word come to.
    pub(super) fn add(
        &mut self,
        linear: &Linear,
        dense: &Dense,
        word: &Word<'_>,
        (linear_sum, dense_sum): (&mut LinearSum, &mut DenseSum),
    ) {
        let key = key(word.letters());
        let known = key.and_then(|key| self.usual.0.get(key).or_else(|| self.seen.get(key)));
        if let Some((of_chars, of_pieces)) = known {
            linear_sum.add(of_chars);
            dense_sum.add(of_pieces);
            return;
        }
        let sums = sums_of(linear, dense, word, &mut self.chars);
        linear_sum.add(&sums.0);
        dense_sum.add(&sums.1);
        if let Some(key) = key.filter(|_| self.seen.sums.len() < MOST) {
            self.seen.keep(key, sums);
        }
    }
}

/// What the characters and pieces of a word come to.
fn sums_of(linear: &Linear, dense: &Dense, word: &Word<'_>, chars: &mut Vec<u32>) -> (LinearSum, DenseSum) {
    let (mut of_chars, mut of_pieces) = (LinearSum::default(), DenseSum::default());
    chars.clear();
    word.chars(chars);
    linear.add(&mut of_chars, 1, chars);
    dense.add(&mut of_pieces, word.letters());
    (of_chars, of_pieces)
}

/// A short word in ASCII as one number.
fn key(letters: &[u32]) -> Option<u128> {
    let mut bytes = [0_u8; LONGEST];
    for (byte, letter) in bytes.get_mut(..letters.len())?.iter_mut().zip(letters) {
        *byte = u8::try_from(*letter).ok().filter(u8::is_ascii)?;
    }
    Some(u128::from_le_bytes(bytes))
}
