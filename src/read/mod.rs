//! From text to the texts a model could end up reading: code found, parsed, run and decoded.

pub mod candidate;
pub mod decode;
pub mod eval;
pub mod ir;
pub mod lang;
pub mod lexer;
pub mod region;
