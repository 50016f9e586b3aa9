//! Text encodings and Unicode clean-up: what a string says once it is read the way it was meant to be.
//!
//! A codec is a row of [`CODECS`]: it proposes readings, cheaply refusing what cannot be its own. Whether a reading is
//! kept is decided in one place ([`unwind()`]) by the row's [`Proof`], so that ordinary prose and code decode to nothing.

mod ask;
mod aside;
mod base;
mod cipher;
mod columns;
mod english;
mod escape;
mod fold;
mod framed;
mod inflate;
mod invisible;
mod keyed;
mod known;
mod letters;
mod markup;
mod masked;
mod moved;
mod order;
mod radix;
mod repertoire;
mod scatter;
mod shape;
mod shuffle;
mod sign;
mod table;
mod told;
mod tried;
mod unwind;
mod within;
#[cfg(test)]
mod tests;

pub use ask::Ask;
pub use ask::asked_by_name;
pub use ask::asks;
pub use ask::by_number;
pub use english::is_another_language;
pub use english::is_packed;
pub use english::is_run_together;
pub use english::reads_as_language;
pub use english::score as english_score;
pub use fold::fold;
pub use known::apply;
pub use known::encode;
pub use masked::unmasked;
pub use order::from_opener;
pub use order::holds_tie;
pub use order::is_foreign;
pub use order::is_sentence;
pub use order::is_well_ordered;
pub use order::may_be_turned;
pub use order::opens_request;
pub use order::word_order;
pub use table::CODECS;
pub use table::Codec;
pub use table::Proof;
pub use told::Told;
pub use told::told;
pub use tried::Barren;
pub use tried::Tried;
pub use tried::Unwound;
pub use tried::unwind_once;
pub use unwind::Decoded;
pub use unwind::unwind;
pub use within::unwind_hidden;
pub use within::unwind_within;
