//! Labelled data: rates and curves (`replay`), and the embedded model (`train`).

pub mod lines;
pub mod pool;
pub mod replay;
pub mod train;
