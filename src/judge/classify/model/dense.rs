//! The dense half of the model: static vectors of word pieces, averaged, through one layer of hidden units.
//!
//! The first layer is linear in the average, so `train` multiplies every vector by it once and for all: at run time a
//! piece adds one row of `HIDDEN` small integers, and no matrix is left to multiply by.

use super::piece::Pieces;

/// Hidden units.
pub const HIDDEN: usize = 64;
/// What weights of pieces are counted in.
pub const WHOLE: f32 = 255.0;
/// An average over less than this much weight is not divided by less: a word or two proves little.
pub const LEAST: f32 = 1.0;

/// Vectors behind the first layer, and the layer that reads them.
#[derive(Debug, Clone, Default)]
pub struct Dense {
    /// Which pieces there are.
    pub pieces: Pieces,
    /// `HIDDEN` numbers a piece, its weight multiplied in.
    pub table: Vec<i8>,
    /// What each piece counts in an average, in 255ths: frequent ones count little.
    pub weights: Vec<u8>,
    /// The layer.
    pub layer: Layer,
}

/// What turns an average into a score.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// What one step of the table is worth, by unit.
    pub scale: Vec<f32>,
    /// What each unit starts from.
    pub bias: Vec<f32>,
    /// What each unit adds to the score.
    pub out: Vec<f32>,
    /// The score of no unit.
    pub rest: f32,
}

/// Sums over the pieces of some words.
#[derive(Debug, Clone, Copy)]
pub struct Sum {
    units: [i32; HIDDEN],
    weight: u32,
}

impl Default for Sum {
    fn default() -> Self {
        Sum { units: [0; HIDDEN], weight: 0 }
    }
}

impl Sum {
    /// Adds what other words came to.
    #[inline(always)]
    pub fn add(&mut self, other: &Sum) {
        self.weight += other.weight;
        // None comes near its limit; a check of each would keep them from being added side by side.
        self.units.iter_mut().zip(&other.units).for_each(|(unit, number)| *unit = unit.wrapping_add(*number));
    }
}

impl Dense {
    /// Adds the pieces of a word.
    pub fn add(&self, sum: &mut Sum, letters: &[u32]) {
        self.pieces.cut(letters, |piece| self.add_piece(sum, piece));
    }

    /// Adds one piece.
    pub fn add_piece(&self, sum: &mut Sum, piece: usize) {
        let row = self.table.get(piece * HIDDEN..(piece + 1) * HIDDEN);
        let (Some(row), Some(&weight)) = (row, self.weights.get(piece)) else { return };
        sum.weight += u32::from(weight);
        sum.units
            .iter_mut()
            .zip(row)
            .for_each(|(unit, &number)| *unit = unit.wrapping_add(i32::from(number)));
    }

    /// The score of a sum; the least there is without vectors.
    #[inline(always)]
    pub fn raw(&self, all: &Sum) -> f32 {
        let share = 1.0 / (all.weight as f32 / WHOLE).max(LEAST);
        let Layer { scale, bias, out, rest } = &self.layer;
        let rows = [scale, bias, out].map(|row| row.as_slice().first_chunk::<HIDDEN>());
        let [Some(scale), Some(bias), Some(out)] = rows else { return *rest };
        // All units side by side, then their sum in order: the order is part of the result.
        let mut units = [0.0; HIDDEN];
        for at in 0..HIDDEN {
            let unit = all.units[at] as f32 * share * scale[at] + bias[at];
            units[at] = if unit > 0.0 { unit } else { 0.0 } * out[at];
        }
        units.iter().fold(*rest, |raw, unit| raw + unit)
    }
}
