//! The model file: magic, format version, checksum, then one zstd frame with a JSON header and the tables.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Calibration;
use super::Dense;
use super::HAZARD_ROWS;
use super::Hazards;
use super::Linear;
use super::Model;
use super::Thresholds;
use super::context;
use super::context::Context;
use super::dense::HIDDEN;
use super::dense::Layer;
use super::feature::BUCKETS;
use super::piece::MOST as MOST_PIECES;
use super::piece::Pieces;
use crate::judge::hazard::Category;

const MAGIC: [u8; 8] = *b"UNSPOOLM";
const FORMAT: u16 = 5;
const HASH: usize = 32;
/// Magic, format version, checksum.
const FRONT: usize = MAGIC.len() + 2 + HASH;
/// The header is a few thousand bytes of JSON.
const HEADER_MOST: usize = 16 << 10;
/// A piece with its line end, its weight and its rows.
const PIECE_MOST: usize = 64 + 1 + HIDDEN + context::A_PIECE;
const HAZARDS: usize = HAZARD_ROWS * Category::ALL.len();
const LEVEL: i32 = 19;

/// Why bytes are no usable model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The first bytes are not those of a model file.
    #[error("not an Unspool model file")]
    NotAModel,
    /// Made for another release.
    #[error("model file format {found}, this build reads format {FORMAT}")]
    Format {
        /// The format version found.
        found: u16,
    },
    /// Cut short or changed.
    #[error("model file damaged: its checksum does not match")]
    Checksum,
    /// The checksum matches, the content makes no sense.
    #[error("model file unreadable: {0}")]
    Content(String),
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    scale: [f32; 2],
    bias: f32,
    calibration: Calibration,
    thresholds: Thresholds,
    layer: Layer,
    /// Bytes of the list of word pieces.
    names: usize,
}

pub(super) fn write(model: &Model) -> Result<Vec<u8>, ModelError> {
    let packed = zstd::bulk::compress(&content(model), LEVEL).map_err(unreadable)?;
    let mut out = Vec::with_capacity(FRONT + packed.len());
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out.extend_from_slice(&Sha256::digest(&packed));
    out.extend_from_slice(&packed);
    Ok(out)
}

pub(super) fn read(bytes: &[u8]) -> Result<Model, ModelError> {
    let rest = bytes.strip_prefix(&MAGIC[..]).ok_or(ModelError::NotAModel)?;
    let (found, rest) = rest.split_first_chunk::<2>().ok_or(ModelError::Checksum)?;
    let found = u16::from_le_bytes(*found);
    if found != FORMAT {
        return Err(ModelError::Format { found });
    }
    let (hash, packed) = rest.split_first_chunk::<HASH>().ok_or(ModelError::Checksum)?;
    if Sha256::digest(packed).as_slice() != hash {
        return Err(ModelError::Checksum);
    }
    let most = 4 + HEADER_MOST + 2 * BUCKETS + HAZARDS + context::FIXED + MOST_PIECES * PIECE_MOST;
    parse(&zstd::bulk::decompress(packed, most).map_err(unreadable)?)
}

pub(super) fn version_of(model: &Model) -> String {
    Sha256::digest(content(model)).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Header length, header, tables.
fn content(model: &Model) -> Vec<u8> {
    let header = Header {
        scale: model.linear.scale,
        bias: model.linear.bias,
        calibration: model.calibration,
        thresholds: model.thresholds,
        layer: model.dense.layer.clone(),
        names: model.dense.pieces.names().len(),
    };
    let header = serde_json::to_vec(&header).unwrap_or_default();
    let mut out = (header.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&header);
    out.extend(model.linear.weights.iter().chain(&model.hazards.weights).map(|&weight| weight as u8));
    out.extend_from_slice(model.dense.pieces.names().as_bytes());
    out.extend_from_slice(&model.dense.weights);
    // Unit by unit: numbers of one unit resemble each other, which packs better.
    for unit in 0..HIDDEN {
        out.extend(model.dense.table.iter().skip(unit).step_by(HIDDEN).map(|&number| number as u8));
    }
    out.extend(model.context.to_bytes());
    out
}

fn parse(content: &[u8]) -> Result<Model, ModelError> {
    let other = || ModelError::Content("tables of another size".to_owned());
    let (length, rest) = content.split_first_chunk::<4>().ok_or_else(other)?;
    let (header, tables) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(other)?;
    let header: Header = serde_json::from_slice(header).map_err(unreadable)?;
    let (weights, rest) = tables.split_at_checked(2 * BUCKETS).ok_or_else(other)?;
    let (hazards, rest) = rest.split_at_checked(HAZARDS).ok_or_else(other)?;
    let (names, rest) = rest.split_at_checked(header.names).ok_or_else(other)?;
    let signed = |bytes: &[u8]| bytes.iter().map(|&byte| byte as i8).collect::<Vec<i8>>();
    let linear = Linear { weights: signed(weights), scale: header.scale, bias: header.bias };
    let (dense, rest) = dense(names, rest, header.layer).ok_or_else(other)?;
    let context = Arc::new(Context::from_bytes(rest, dense.pieces.len()).ok_or_else(other)?);
    Ok(Model::new(
        linear,
        dense,
        context,
        Hazards { weights: signed(hazards) },
        header.calibration,
        header.thresholds,
    ))
}

/// The dense half and the bytes after it, or `None` when its parts do not fit together.
fn dense<'b>(names: &[u8], rest: &'b [u8], layer: Layer) -> Option<(Dense, &'b [u8])> {
    let pieces = Pieces::new(String::from_utf8(names.to_vec()).ok()?)?;
    let count = pieces.len();
    let (weights, rest) = rest.split_at_checked(count)?;
    let (columns, rest) = rest.split_at_checked(count * HIDDEN)?;
    let fits = [&layer.scale, &layer.bias, &layer.out].iter().all(|row| row.len() == HIDDEN || count == 0);
    let mut table = vec![0i8; columns.len()];
    if count > 0 && fits {
        for (unit, column) in columns.chunks(count).enumerate() {
            for (piece, &number) in column.iter().enumerate() {
                table[piece * HIDDEN + unit] = number as i8;
            }
        }
    }
    fits.then(|| (Dense { pieces, table, weights: weights.to_vec(), layer }, rest))
}

fn unreadable(error: impl std::fmt::Display) -> ModelError {
    ModelError::Content(error.to_string())
}
