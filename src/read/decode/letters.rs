//! Letters that stand for others, by two rows of them.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// What stands for what. The rows are ours: nothing a caller sends is put in, so that a fixed seed is safe.
pub(super) struct Letters(HashMap<char, char, FixedState>);

impl Letters {
    /// Each letter of the first row stands for the one at its place in the second; of one that comes twice, the first counts.
    pub(super) fn of((from, to): (&str, &str)) -> Self {
        let mut letters = HashMap::default();
        for (letter, other) in from.chars().zip(to.chars()) {
            letters.entry(letter).or_insert(other);
        }
        Letters(letters)
    }

    /// What a letter stands for.
    pub(super) fn get(&self, letter: char) -> Option<char> {
        self.0.get(&letter).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_stands_for_the_one_at_its_place() {
        let letters = Letters::of(("ɐqɐ", "abz"));
        assert_eq!([letters.get('ɐ'), letters.get('q'), letters.get('z')], [Some('a'), Some('b'), None]);
    }
}
