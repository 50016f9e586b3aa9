//! Text encodings and Unicode clean-up: what a string says once it is read the way it was meant to be.
//!
//! A codec is a row of [`CODECS`]: it proposes readings, cheaply refusing what cannot be its own. Whether a reading is
//! kept is decided in one place ([`unwind()`]) by the row's [`Proof`], so that ordinary prose and code decode to nothing.

mod base;
mod cipher;
mod english;
mod escape;
mod fold;
mod inflate;
mod invisible;
mod known;
mod order;
mod scatter;
mod table;
mod unwind;
mod within;
#[cfg(test)]
mod tests;

pub use fold::fold;
pub use known::apply;
pub use known::encode;
pub use order::word_order;
pub use table::CODECS;
pub use table::Codec;
pub use table::Proof;
pub use unwind::Decoded;
pub use unwind::unwind;
pub use within::unwind_within;
