//! The files that training starts from: word-piece vectors, made by `model/vectors.py`, and the network of pieces beside each
//! other, made by `model/context.py`.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::judge::classify::model::context::Context;
use crate::judge::classify::model::piece::MOST;
use crate::judge::classify::model::piece::Pieces;

const MAGIC: &[u8] = b"UNSPOOLW";
const CONTEXT_MAGIC: &[u8] = b"UNSPOOLC";
const HASH: usize = 32;
const LARGEST: usize = 16 << 20;

/// Why a file of vectors, or of a network, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VectorsError {
    /// It cannot be read.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// The system's reason.
        error: std::io::Error,
    },
    /// It is no such file, or damaged.
    #[error("{path}: {reason}; make it again with model/vectors.py or model/context.py")]
    Content {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// A vector a word piece.
#[derive(Debug, Clone, Default)]
pub struct Vectors {
    /// The pieces.
    pub pieces: Pieces,
    /// Numbers of one vector.
    pub size: usize,
    /// The vectors, one after the other.
    pub table: Vec<i8>,
    /// What each piece counts in a mean, in 255ths: frequent ones count little.
    pub weights: Vec<u8>,
    /// What sees these pieces beside each other.
    pub context: Arc<Context>,
}

impl Vectors {
    /// Reads a file of vectors.
    ///
    /// # Errors
    /// [`VectorsError`] with the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, VectorsError> {
        opened(path, Vectors::from_bytes)
    }

    /// The same with the network from a file.
    ///
    /// # Errors
    /// [`VectorsError`] with the file and what is wrong with it; it must have been made for these pieces.
    pub fn with_context(self, path: &Path) -> Result<Self, VectorsError> {
        let context = opened(path, |bytes| {
            let content = unpacked(bytes, CONTEXT_MAGIC)?;
            Context::from_bytes(&content, self.pieces.len()).ok_or("made for other pieces")
        })?;
        Ok(Vectors { context: Arc::new(context), ..self })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        parse(&unpacked(bytes, MAGIC)?).ok_or("its parts do not fit together")
    }
}

fn opened<T>(path: &Path, read: impl FnOnce(&[u8]) -> Result<T, &'static str>) -> Result<T, VectorsError> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| VectorsError::Io { path: name.clone(), error })?;
    read(&bytes).map_err(|reason| VectorsError::Content { path: name, reason })
}

/// The content of a file: magic, checksum, one zstd frame.
fn unpacked(bytes: &[u8], magic: &[u8]) -> Result<Vec<u8>, &'static str> {
    let rest = bytes.strip_prefix(magic).ok_or("not a file of this kind")?;
    let (hash, packed) = rest.split_first_chunk::<HASH>().ok_or("cut short")?;
    if Sha256::digest(packed).as_slice() != hash {
        return Err("its checksum does not match");
    }
    zstd::bulk::decompress(packed, LARGEST).map_err(|_| "unreadable")
}

/// Numbers of pieces, of a vector and of name bytes; the names; the weights; the vectors, all first numbers first.
fn parse(content: &[u8]) -> Option<Vectors> {
    let (head, rest) = content.split_first_chunk::<12>()?;
    let word =
        |at: usize| head[at..at + 4].iter().rev().fold(0usize, |all, &byte| all << 8 | usize::from(byte));
    let (count, size) = (word(0), word(4));
    let (names, rest) = rest.split_at_checked(word(8))?;
    let (weights, columns) = rest.split_at_checked(count)?;
    let pieces = Pieces::new(String::from_utf8(names.to_vec()).ok()?)?;
    if count > MOST || pieces.len() != count || size.checked_mul(count)? != columns.len() {
        return None;
    }
    let mut table = vec![0i8; columns.len()];
    for (at, &number) in columns.iter().enumerate() {
        table[at % count * size + at / count] = number as i8;
    }
    Some(Vectors { pieces, size, table, weights: weights.to_vec(), context: Arc::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> Vec<u8> {
        let packed = zstd::bulk::compress(content, 1).unwrap();
        [MAGIC, Sha256::digest(&packed).as_slice(), &packed].concat()
    }

    #[test]
    fn vectors_are_read_and_damage_is_named() {
        let content =
            [&[2, 0, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0][..], b"rye\noat", &[9, 8, 1, 2, 3, 4, 5, 6]].concat();
        let vectors = Vectors::from_bytes(&file(&content)).unwrap();
        assert_eq!((vectors.pieces.len(), vectors.table), (2, vec![1, 3, 5, 2, 4, 6]));
        assert_eq!(vectors.weights, [9, 8]);
        assert_eq!(Vectors::from_bytes(&file(&content[..18])).unwrap_err(), "its parts do not fit together");
        assert_eq!(Vectors::from_bytes(b"bread").unwrap_err(), "not a file of this kind");
        let mut flipped = file(&content);
        flipped[12] ^= 1;
        assert_eq!(Vectors::from_bytes(&flipped).unwrap_err(), "its checksum does not match");
    }

    #[test]
    fn the_files_beside_the_model_are_sound() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/model"));
        let vectors = Vectors::read(&folder.join("vectors.bin")).unwrap();
        let vectors = vectors.with_context(&folder.join("context.bin")).unwrap();
        assert_ne!(vectors.context.of_pieces(&[1, 2, 3]), 0.0);
        assert_eq!(vectors.table.len(), vectors.pieces.len() * vectors.size);
    }
}
