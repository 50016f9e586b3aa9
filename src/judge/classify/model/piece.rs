//! Words cut into the pieces that have vectors: greedy, longest first, as WordPiece does (Wu et al. 2016).

use super::feature::hash;

/// A piece inside a word is marked so in the list.
const INSIDE: &str = "##";
/// Slots of the look-up, as a power of two: about half of them stay free.
const SLOT_BITS: u32 = 16;
/// No more pieces than leave the look-up room.
pub const MOST: usize = 40_000;
/// What hashes begin with. No character reaches the bit that tells them apart: with 1 and 2, "a" would be taken for "##b".
const START: u64 = 1;
const REST: u64 = 1 << 32;

/// A list of word pieces and the look-up over it.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    names: String,
    hashes: Vec<u64>,
    /// Piece number plus one; 0 is free.
    slots: Vec<u32>,
    longest: usize,
}

impl Pieces {
    /// Pieces from their names, one a line; `##` begins those that stand inside a word. `None` when there are too many.
    pub fn new(names: String) -> Option<Self> {
        let mut pieces =
            Pieces { names: String::new(), hashes: Vec::new(), slots: vec![0; 1 << SLOT_BITS], longest: 0 };
        for name in names.lines() {
            if pieces.hashes.len() >= MOST {
                return None;
            }
            let (seed, letters) = name.strip_prefix(INSIDE).map_or((START, name), |rest| (REST, rest));
            let whole = letters.chars().fold(seed, |so_far, c| hash(so_far, u32::from(c)));
            pieces.longest = pieces.longest.max(letters.chars().count());
            pieces.hashes.push(whole);
            let mut slot = slot_of(whole);
            while pieces.slots[slot] != 0 {
                slot = next(slot);
            }
            pieces.slots[slot] = pieces.hashes.len() as u32;
        }
        pieces.names = names;
        Some(pieces)
    }

    /// The names, one a line.
    pub fn names(&self) -> &str {
        &self.names
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Calls `each` with the number of every piece of a word; a word that cannot be cut to its end gives what was cut.
    pub fn cut(&self, word: &[u32], mut each: impl FnMut(usize)) {
        let mut rest = word;
        let mut seed = START;
        while !rest.is_empty() && !self.is_empty() {
            let mut so_far = seed;
            let mut found = None;
            for (at, &c) in rest.iter().take(self.longest).enumerate() {
                so_far = hash(so_far, c);
                if let Some(piece) = self.find(so_far) {
                    found = Some((piece, at + 1));
                }
            }
            let Some((piece, length)) = found else { return };
            each(piece);
            rest = &rest[length..];
            seed = REST;
        }
    }

    fn find(&self, whole: u64) -> Option<usize> {
        let mut slot = slot_of(whole);
        loop {
            let piece = self.slots[slot].checked_sub(1)? as usize;
            if self.hashes[piece] == whole {
                return Some(piece);
            }
            slot = next(slot);
        }
    }
}

fn slot_of(hash: u64) -> usize {
    ((hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SLOT_BITS)) as usize
}

fn next(slot: usize) -> usize {
    (slot + 1) & ((1 << SLOT_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_longest_piece_first() {
        let pieces = Pieces::new("bake\n##r\n##ry\nba\n##ke".into()).unwrap();
        let cut = |word: &str| {
            let letters: Vec<u32> = word.chars().map(u32::from).collect();
            let mut out = Vec::new();
            pieces.cut(&letters, |piece| out.push(piece));
            out
        };
        assert_eq!(cut("bake"), [0]);
        assert_eq!(cut("baker"), [0, 1]);
        assert_eq!(cut("bakery"), [0, 2]);
        assert_eq!(cut("bazaar"), [3]);
        assert!(cut("zoo").is_empty());
        let alike = Pieces::new("e\n##fus\n##us".into()).unwrap();
        let mut out = Vec::new();
        alike.cut(&"eus".chars().map(u32::from).collect::<Vec<_>>(), |piece| out.push(piece));
        assert_eq!(out, [0, 2], "a piece that begins a word is none that stands inside one");
        assert!(Pieces::default().is_empty());
    }
}
