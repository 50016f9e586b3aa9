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

/// What two numbers count in every unit of the second layer.
type Pair = [i16; 2 * UNITS];

/// The network; without pieces it says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// `WIDTH * UNITS` numbers a piece.
    table: Vec<i8>,
    /// What each unit of the first layer starts from, in steps of the table.
    first: Vec<i32>,
    /// The second layer, turned round: for each two of the `WIDTH * UNITS` numbers that a unit sees, oldest piece first, what both count
    /// in every unit, one beside the other.
    second: Vec<Pair>,
    /// What one step of the second layer is worth, and what its units start from.
    scale: Vec<f32>,
    bias: Vec<f32>,
    /// The layers above, turned round as well: for each of `2 * UNITS` numbers (means, then highest) what it counts in every unit; what
    /// the units start from and add to the score.
    top: Vec<[f32; TOP]>,
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
        let (scale, bias, rows) = (take(UNITS), take(UNITS), take(TOP * 2 * UNITS));
        let (top_bias, out, rest) = (take(TOP), take(TOP), take(1));
        let mut table = vec![0i8; columns.len()];
        for (unit, column) in columns.chunks(pieces).enumerate() {
            for (piece, &number) in column.iter().enumerate() {
                table[piece * A_PIECE + unit] = number as i8;
            }
        }
        let counts = |seen, unit| i16::from(second[unit * A_PIECE + seen] as i8);
        let pair = |pair| std::array::from_fn(|at| counts(2 * pair + at % 2, at / 2));
        let second = (0..A_PIECE / 2).map(pair).collect();
        let top = (0..2 * UNITS).map(|seen| std::array::from_fn(|unit| rows[unit * 2 * UNITS + seen]));
        let top = top.collect();
        let rest = rest.first().copied().unwrap_or_default();
        Some(Context { table, first, second, scale, bias, top, top_bias, out, rest })
    }

    /// Writes what [`Context::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.table.is_empty() {
            return Vec::new();
        }
        let first = self.first.iter().map(|&number| number as f32);
        let top: Vec<f32> = (0..TOP).flat_map(|unit| self.top.iter().map(move |row| row[unit])).collect();
        let rows = [&self.scale, &self.bias, &top, &self.top_bias, &self.out];
        let floats = first.chain(rows.into_iter().flatten().copied()).chain([self.rest]);
        let mut out: Vec<u8> = floats.flat_map(f32::to_le_bytes).collect();
        for unit in 0..UNITS {
            let pairs = self.second.iter().flat_map(|pair| &pair[2 * unit..2 * unit + 2]);
            out.extend(pairs.map(|number| *number as i8 as u8));
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
        // Whole numbers, so that it does not matter how many are added at once; others are added in their order.
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            return simd.vectorize(
                #[inline(always)]
                || self.raw(pieces, |seen, second| side_by_side(simd, seen, second)),
            );
        }
        self.raw(pieces, one_by_one)
    }

    /// What it says of pieces, by a way to make the sums of the second layer.
    #[inline(always)]
    fn raw(&self, pieces: &[usize], sums: impl Fn(&[i16], &[Pair]) -> [i32; UNITS]) -> f32 {
        let (mut mean, highest) = self.pools(&self.beside(pieces), sums);
        let share = 1.0 / pieces.len().max(FEWEST) as f32;
        mean.iter_mut().for_each(|sum| *sum *= share);
        let (Some(mut units), Some(out)) =
            (self.top_bias.first_chunk::<TOP>().copied(), self.out.first_chunk::<TOP>())
        else {
            return 0.0;
        };
        for (row, &pool) in self.top.iter().zip(mean.iter().chain(&highest)) {
            for unit in 0..TOP {
                units[unit] += row[unit] * pool;
            }
        }
        let raw = units.iter().zip(out).fold(self.rest, |raw, (&unit, &out)| raw + positive(unit) * out);
        raw.clamp(-FURTHEST, FURTHEST)
    }

    /// The second layer over the first: the sum and the highest of every unit.
    #[inline(always)]
    fn pools(
        &self,
        hidden: &[[i16; UNITS]],
        sums: impl Fn(&[i16], &[Pair]) -> [i32; UNITS],
    ) -> ([f32; UNITS], [f32; UNITS]) {
        let (mut all, mut highest) = ([0.0f32; UNITS], [0.0f32; UNITS]);
        let (Some(scale), Some(bias)) = (self.scale.first_chunk::<UNITS>(), self.bias.first_chunk::<UNITS>())
        else {
            return (all, highest);
        };
        for seen in hidden.windows(WIDTH) {
            let sums = sums(seen.as_flattened(), &self.second);
            for unit in 0..UNITS {
                let value = positive(sums[unit] as f32 * scale[unit] + bias[unit]);
                all[unit] += value;
                highest[unit] = if value > highest[unit] { value } else { highest[unit] };
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
                let sums = sums[place].iter_mut().zip(row);
                sums.for_each(|(sum, &number)| *sum = sum.wrapping_add(i32::from(number)));
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

/// What is above nothing.
#[inline(always)]
fn positive(value: f32) -> f32 {
    if value > 0.0 { value } else { 0.0 }
}

/// What each unit of the second layer comes to.
fn one_by_one(seen: &[i16], second: &[Pair]) -> [i32; UNITS] {
    let mut sums = [0i32; UNITS];
    for (two, counts) in seen.as_chunks::<2>().0.iter().zip(second).filter(|(two, _)| **two != [0, 0]) {
        let two = two.map(i32::from);
        for (sum, counts) in sums.iter_mut().zip(counts.as_chunks::<2>().0) {
            let both = two[0] * i32::from(counts[0]) + two[1] * i32::from(counts[1]);
            *sum = sum.wrapping_add(both);
        }
    }
    sums
}

/// The same, eight units at once. About half of the first layer is nothing: two of them are passed over.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn side_by_side(simd: pulp::x86::V3, seen: &[i16], second: &[Pair]) -> [i32; UNITS] {
    let mut sums = [simd.avx._mm256_set1_epi32(0); UNITS / 8];
    for (two, counts) in seen.as_chunks::<2>().0.iter().zip(second) {
        let two: i32 = pulp::cast(*two);
        if two == 0 {
            continue;
        }
        let two = simd.avx._mm256_set1_epi32(two);
        for (sum, counts) in sums.iter_mut().zip(counts.as_chunks::<16>().0) {
            let both = simd.avx2._mm256_madd_epi16(two, pulp::cast(*counts));
            *sum = simd.avx2._mm256_add_epi32(*sum, both);
        }
    }
    pulp::cast(sums)
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
            second: vec![[0; 2 * UNITS]; A_PIECE / 2],
            scale: vec![0.01; UNITS],
            bias: vec![0.0; UNITS],
            top: vec![[0.0; TOP]; 2 * UNITS],
            top_bias: vec![0.0; TOP],
            out: vec![0.0; TOP],
            rest: -1.0,
        };
        // Unit 0 of the first layer: "0 before me" and "I am 1", and both are needed.
        context.table[0] = 60;
        context.table[A_PIECE + UNITS] = 60;
        context.first[0] = -100;
        context.second[UNITS / 2][0] = 10;
        context.top[UNITS][0] = 1.0;
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
            weights in prop::collection::vec(-127..128_i16, SECOND),
            seen in prop::collection::vec(prop_oneof![Just(0_i16), 0..700_i16], 5 * UNITS),
        ) {
            let second: Vec<Pair> =
                weights.chunks(2 * UNITS).map(|pair| std::array::from_fn(|at| pair[at])).collect();
            let context = Context { second: second.clone(), bias: vec![0.3; UNITS], ..pair() };
            let hidden: Vec<[i16; UNITS]> =
                seen.chunks(UNITS).map(|row| std::array::from_fn(|unit| row[unit])).collect();
            let (all, highest) = context.pools(&hidden, one_by_one);
            #[cfg(target_arch = "x86_64")]
            if let Some(simd) = pulp::x86::V3::try_new() {
                let side = context.pools(&hidden, |seen, second| side_by_side(simd, seen, second));
                prop_assert_eq!(side, (all, highest));
            }
            for unit in 0..UNITS {
                let value = |seen: &[[i16; UNITS]]| {
                    let counts = |at: usize| i32::from(second[at / 2][2 * unit + at % 2]);
                    let seen = seen.as_flattened().iter().enumerate();
                    let sum: i32 = seen.map(|(at, &seen)| i32::from(seen) * counts(at)).sum();
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
