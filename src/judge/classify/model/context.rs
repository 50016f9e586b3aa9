//! The third part of the model: a small convolutional network over word pieces, which sees words beside each other where
//! the other two add them up ("kill time" and "kill a man", "make money" and "make fake money").
//!
//! Two layers of width three, then the mean and the highest of every unit, then one hidden layer (as in Kim 2014). It is fitted by
//! `model/context.py` to say what a transformer says of a text. The first layer is linear in the pieces, so the file holds it as three
//! rows a piece (for the piece before, here and after); the second is whole numbers: the same text scores the same on every machine.

use std::ops::Range;

use super::feature::words;
use super::piece::Pieces;

/// Units of both layers.
pub const UNITS: usize = 48;
/// Pieces that one unit of a layer sees.
const WIDTH: usize = 3;
/// Units between the pools and the score.
pub const TOP: usize = 48;
/// Pieces looked at; a window of the other parts has seldom more.
const MOST_PIECES: usize = 128;
/// Words around the highest window of the other parts that are looked at: the network was fitted on whole requests.
const WORDS: usize = 40;
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
    /// The second layer: `WIDTH * UNITS` numbers a unit, oldest piece first.
    second: Vec<i16>,
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
        let second = second.iter().map(|&number| i16::from(number as i8)).collect();
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
        out.extend(self.second.iter().map(|&number| number as i8 as u8));
        for unit in 0..A_PIECE {
            out.extend(self.table.iter().skip(unit).step_by(A_PIECE).map(|&number| number as u8));
        }
        out
    }

    /// What it says of `text` around some of its words, in log-odds; 0 when it says nothing.
    pub fn odds(&self, pieces: &Pieces, text: &str, words_of: &Range<usize>) -> f32 {
        if self.table.is_empty() {
            return 0.0;
        }
        let more = WORDS.saturating_sub(words_of.len()) / 2;
        let which = words_of.start.saturating_sub(more)..words_of.end + more;
        let (mut cut, mut at) = (Vec::with_capacity(MOST_PIECES), 0usize);
        words(text, |word| {
            if which.contains(&at) && cut.len() < MOST_PIECES {
                pieces.cut(word.letters(), |piece| cut.push(piece));
            }
            at += 1;
        });
        cut.truncate(MOST_PIECES);
        self.of_pieces(&cut)
    }

    /// What it says of pieces, by number.
    pub fn of_pieces(&self, pieces: &[usize]) -> f32 {
        if pieces.is_empty() {
            return 0.0;
        }
        let hidden = self.beside(pieces);
        let (mut mean, mut highest) = ([0.0f32; UNITS], [0.0f32; UNITS]);
        for seen in hidden.windows(WIDTH) {
            let seen = seen.as_flattened();
            for (unit, row) in self.second.chunks_exact(A_PIECE).enumerate() {
                let sum: i32 = row.iter().zip(seen).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum();
                let value = (sum as f32 * self.scale[unit] + self.bias[unit]).max(0.0);
                mean[unit] += value;
                highest[unit] = highest[unit].max(value);
            }
        }
        let share = 1.0 / pieces.len().max(FEWEST) as f32;
        mean.iter_mut().for_each(|sum| *sum *= share);
        let layers = self.top.chunks_exact(2 * UNITS).zip(self.top_bias.iter().zip(&self.out));
        let raw = layers.fold(self.rest, |raw, (row, (&bias, &out))| {
            let pools = mean.iter().chain(&highest);
            raw + row.iter().zip(pools).fold(bias, |sum, (w, x)| sum + w * x).max(0.0) * out
        });
        raw.clamp(-FURTHEST, FURTHEST)
    }

    /// The first layer, with an empty place before and after.
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
    use super::*;

    /// A network of one unit that is high where piece 0 stands right before piece 1.
    fn pair() -> Context {
        let mut context = Context {
            table: vec![0; 2 * A_PIECE],
            first: vec![0; UNITS],
            second: vec![0; SECOND],
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
        context.second[UNITS] = 10;
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
        assert!(context.odds(&pieces, &text, &(64..72)) > 0.0);
        assert_eq!(context.odds(&pieces, &text, &(8..16)), -1.0);
        assert!(context.odds(&pieces, &"rye oat ".repeat(900), &(0..1800)).is_finite());
    }
}
