//! The third part of the model: a small convolutional network over word pieces, which sees words beside each other where
//! the other two add them up ("kill time" and "kill a man", "make money" and "make fake money").
//!
//! Two layers of width three, then the mean and the highest of every unit, then one hidden layer (as in Kim 2014). It is fitted by
//! `model/context.py` to say what a transformer says of a text. The first layer is linear in the pieces, so the file holds it as three
//! rows a piece (for the piece before, here and after); the second is whole numbers: the same text scores the same on every machine.

use std::ops::Range;

use super::piece::Pieces;
use super::window::Places;

/// Units of both layers.
pub const UNITS: usize = 48;
/// Pieces that one unit of a layer sees.
const WIDTH: usize = 3;
/// Units between the pools and the score.
pub const TOP: usize = 48;
/// Pieces looked at; a window of the other parts has seldom more.
const MOST_PIECES: usize = 128;
/// Words around the highest window of the other parts that are looked at: most requests whole, and little of what stands beside one.
const WORDS: usize = 28;
/// A mean over fewer pieces is not divided by less.
const FEWEST: usize = 4;
/// The furthest it goes either way, in log-odds.
const FURTHEST: f32 = 8.0;

/// Numbers of 32 bits before the tables: biases, scales and the layers above.
const FLOATS: usize = UNITS * 3 + TOP * 2 * UNITS + 2 * TOP + 1;
const SECOND: usize = UNITS * WIDTH * UNITS;
/// Bytes of the parts whose size does not depend on the number of pieces.
pub(super) const FIXED: usize = 4 * FLOATS + SECOND;
/// Bytes of one piece.
pub(super) const A_PIECE: usize = WIDTH * UNITS;

/// The network; without pieces it says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// `WIDTH * UNITS` numbers a piece.
    table: Vec<i8>,
    /// What each unit of the first layer starts from, in steps of the table.
    first: Vec<i32>,
    /// The second layer, turned round: for each of the `WIDTH * UNITS` numbers that a unit sees, oldest piece first, what it counts in
    /// every unit.
    second: Vec<[i32; UNITS]>,
    /// What one step of the second layer is worth, and what its units start from.
    scale: Vec<f32>,
    bias: Vec<f32>,
    /// The layers above: `2 * UNITS` numbers a unit (means, then highest), what the units start from and add to the score.
    top: Vec<f32>,
    top_bias: Vec<f32>,
    out: Vec<f32>,
    rest: f32,
}

impl Context {
    /// Reads its part of a file, for so many pieces: numbers of 32 bits, the second layer, the table column by column.
    /// `None` when the sizes do not fit or a number is none. No bytes at all are a network that says nothing.
    pub fn from_bytes(bytes: &[u8], pieces: usize) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Context::default());
        }
        if bytes.len() != FIXED + pieces * A_PIECE || pieces == 0 {
            return None;
        }
        let (floats, rest) = bytes.split_at_checked(4 * FLOATS)?;
        let (second, columns) = rest.split_at_checked(SECOND)?;
        let number = |four: &[u8]| f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        let mut floats = floats.chunks_exact(4).map(number);
        if !floats.clone().all(f32::is_finite) {
            return None;
        }
        let mut take = |count: usize| floats.by_ref().take(count).collect::<Vec<f32>>();
        let first = take(UNITS).into_iter().map(|number| number as i32).collect();
        let (scale, bias, top) = (take(UNITS), take(UNITS), take(TOP * 2 * UNITS));
        let (top_bias, out, rest) = (take(TOP), take(TOP), take(1));
        let mut table = vec![0i8; columns.len()];
        for (unit, column) in columns.chunks(pieces).enumerate() {
            for (piece, &number) in column.iter().enumerate() {
                table[piece * A_PIECE + unit] = number as i8;
            }
        }
        let column = |seen| std::array::from_fn(|unit| i32::from(second[unit * A_PIECE + seen] as i8));
        let second = (0..A_PIECE).map(column).collect();
        let rest = rest.first().copied().unwrap_or_default();
        Some(Context { table, first, second, scale, bias, top, top_bias, out, rest })
    }

    /// Writes what [`Context::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.table.is_empty() {
            return Vec::new();
        }
        let first = self.first.iter().map(|&number| number as f32);
        let rows = [&self.scale, &self.bias, &self.top, &self.top_bias, &self.out];
        let floats = first.chain(rows.into_iter().flatten().copied()).chain([self.rest]);
        let mut out: Vec<u8> = floats.flat_map(f32::to_le_bytes).collect();
        for unit in 0..UNITS {
            out.extend(self.second.iter().map(|column| column[unit] as i8 as u8));
        }
        for unit in 0..A_PIECE {
            out.extend(self.table.iter().skip(unit).step_by(A_PIECE).map(|&number| number as u8));
        }
        out
    }

    /// What it says of `text` around some of its words, which `places` finds, in log-odds; 0 when it says nothing.
    pub fn odds(&self, pieces: &Pieces, text: &str, places: &Places, words_of: &Range<usize>) -> f32 {
        if self.table.is_empty() {
            return 0.0;
        }
        let more = WORDS.saturating_sub(words_of.len()) / 2;
        let which = words_of.start.saturating_sub(more)..words_of.end + more;
        let mut cut = Vec::with_capacity(MOST_PIECES);
        places.words_of(text, &which, |word| {
            if cut.len() < MOST_PIECES {
                pieces.cut(word.letters(), |piece| cut.push(piece));
            }
        });
        cut.truncate(MOST_PIECES);
        self.of_pieces(&cut)
    }

    /// What it says of pieces, by number.
    pub fn of_pieces(&self, pieces: &[usize]) -> f32 {
        if pieces.is_empty() || self.table.is_empty() {
            return 0.0;
        }
        // Whole numbers, so that it does not matter how many are added at once.
        let (mut mean, highest) = pulp::Arch::new().dispatch(|| self.pools(&self.beside(pieces)));
        let share = 1.0 / pieces.len().max(FEWEST) as f32;
        mean.iter_mut().for_each(|sum| *sum *= share);
        let layers = self.top.chunks_exact(2 * UNITS).zip(self.top_bias.iter().zip(&self.out));
        let raw = layers.fold(self.rest, |raw, (row, (&bias, &out))| {
            let pools = mean.iter().chain(&highest);
            raw + row.iter().zip(pools).fold(bias, |sum, (w, x)| sum + w * x).max(0.0) * out
        });
        raw.clamp(-FURTHEST, FURTHEST)
    }

    /// The second layer over the first: the sum and the highest of every unit. About half of the first layer is nothing, which is
    /// passed over.
    #[inline(always)]
    fn pools(&self, hidden: &[[i16; UNITS]]) -> ([f32; UNITS], [f32; UNITS]) {
        let (mut all, mut highest) = ([0.0f32; UNITS], [0.0f32; UNITS]);
        for seen in hidden.windows(WIDTH) {
            let mut sums = [0i32; UNITS];
            for (&seen, column) in
                seen.as_flattened().iter().zip(&self.second).filter(|(seen, _)| **seen != 0)
            {
                for unit in 0..UNITS {
                    sums[unit] = sums[unit].wrapping_add(i32::from(seen).wrapping_mul(column[unit]));
                }
            }
            for unit in 0..UNITS {
                let value = (sums[unit] as f32 * self.scale[unit] + self.bias[unit]).max(0.0);
                all[unit] += value;
                highest[unit] = highest[unit].max(value);
            }
        }
        (all, highest)
    }

    /// The first layer, with an empty place before and after.
    #[inline(always)]
    fn beside(&self, pieces: &[usize]) -> Vec<[i16; UNITS]> {
        let mut sums = vec![[0i32; UNITS]; pieces.len() + WIDTH - 1];
        for (at, &piece) in pieces.iter().enumerate() {
            let rows = self.table.get(piece * A_PIECE..(piece + 1) * A_PIECE).unwrap_or_default();
            // The row for "the piece before" counts one place on, the row for "the piece after" one place back.
            for (row, place) in rows.chunks_exact(UNITS).zip([at + 2, at + 1, at]) {
                sums[place].iter_mut().zip(row).for_each(|(sum, &number)| *sum += i32::from(number));
            }
        }
        let mut hidden = vec![[0i16; UNITS]; sums.len()];
        for at in 1..=pieces.len() {
            for ((unit, &sum), &bias) in hidden[at].iter_mut().zip(&sums[at]).zip(&self.first) {
                *unit = sum.saturating_add(bias).clamp(0, i32::from(i16::MAX)) as i16;
            }
        }
        hidden
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A network of one unit that is high where piece 0 stands right before piece 1.
    fn pair() -> Context {
        let mut context = Context {
            table: vec![0; 2 * A_PIECE],
            first: vec![0; UNITS],
            second: vec![[0; UNITS]; A_PIECE],
            scale: vec![0.01; UNITS],
            bias: vec![0.0; UNITS],
            top: vec![0.0; TOP * 2 * UNITS],
            top_bias: vec![0.0; TOP],
            out: vec![0.0; TOP],
            rest: -1.0,
        };
        // Unit 0 of the first layer: "0 before me" and "I am 1", and both are needed.
        context.table[0] = 60;
        context.table[A_PIECE + UNITS] = 60;
        context.first[0] = -100;
        context.second[UNITS][0] = 10;
        context.top[UNITS] = 1.0;
        context.out[0] = 2.0;
        context
    }

    #[test]
    fn words_beside_each_other_are_seen_and_their_order_counts() {
        let context = pair();
        let expected = -1.0 + 2.0 * (20.0 * 10.0 * 0.01);
        assert!((context.of_pieces(&[0, 1]) - expected).abs() < 1e-5, "{}", context.of_pieces(&[0, 1]));
        assert_eq!(context.of_pieces(&[1, 0]), -1.0);
        assert_eq!(context.of_pieces(&[1]), -1.0);
        assert_eq!(context.of_pieces(&[]), 0.0);
        assert_eq!(Context::default().of_pieces(&[0]), 0.0);
    }

    proptest! {
        /// Passing over what is nothing, and adding side by side, changes no bit.
        #[test]
        fn pools_are_what_each_unit_by_itself_comes_to(
            weights in prop::collection::vec(-127..128_i32, SECOND),
            seen in prop::collection::vec(prop_oneof![Just(0_i16), 0..700_i16], 5 * UNITS),
        ) {
            let columns = weights.chunks(UNITS).map(|column| std::array::from_fn(|unit| column[unit]));
            let context = Context { second: columns.collect(), bias: vec![0.3; UNITS], ..pair() };
            let hidden: Vec<[i16; UNITS]> =
                seen.chunks(UNITS).map(|row| std::array::from_fn(|unit| row[unit])).collect();
            let (all, highest) = pulp::Arch::new().dispatch(|| context.pools(&hidden));
            for unit in 0..UNITS {
                let value = |seen: &[[i16; UNITS]]| {
                    let seen = seen.as_flattened().iter().zip(&context.second);
                    let sum: i32 = seen.map(|(&seen, column)| i32::from(seen) * column[unit]).sum();
                    (sum as f32 * 0.01 + 0.3).max(0.0)
                };
                let values = hidden.windows(WIDTH).map(value);
                prop_assert_eq!(all[unit], values.clone().fold(0.0, |all, value| all + value));
                prop_assert_eq!(highest[unit], values.fold(0.0, f32::max));
            }
        }
    }

    #[test]
    fn bytes_give_the_network_back_and_other_sizes_do_not() {
        let context = pair();
        let bytes = context.to_bytes();
        assert_eq!(Context::from_bytes(&bytes, 2), Some(context));
        assert_eq!(Context::from_bytes(&bytes, 3), None);
        let no_number = [&f32::NAN.to_le_bytes()[..], &bytes[4..]].concat();
        assert_eq!(Context::from_bytes(&no_number, 2), None);
        assert_eq!(Context::from_bytes(&[], 2), Some(Context::default()));
    }

    #[test]
    fn words_around_those_asked_for_are_looked_at() {
        let pieces = Pieces::new("rye\noat".into()).unwrap();
        let context = pair();
        let text = format!("{}rye oat", "oat ".repeat(80));
        let places = Places::default();
        assert!(context.odds(&pieces, &text, &places, &(64..72)) > 0.0);
        assert_eq!(context.odds(&pieces, &text, &places, &(8..16)), -1.0);
        assert!(context.odds(&pieces, &"rye oat ".repeat(900), &places, &(0..1800)).is_finite());
    }
}
