//! Labelled text to the embedded model file.
