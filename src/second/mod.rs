//! Second opinions: which texts of a screening are asked about, in whose words, and how the answer is read. All but the
//! asking over a network, which only the edge does.

pub mod ask;
pub mod family;
pub mod local;
pub mod moderations;
mod passage;

pub use self::ask::{Question, Questions, Terms, When};
