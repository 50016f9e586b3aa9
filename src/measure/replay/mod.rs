//! Labelled sets to rates.
