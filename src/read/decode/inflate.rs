//! Decompression under a cap: what comes out is counted while it streams, never trusted from a header.

use std::io::Read;

use flate2::read::DeflateDecoder;
use flate2::read::MultiGzDecoder;
use flate2::read::ZlibDecoder;

use crate::budget::Budget;

/// The most bytes one compressed value may grow to.
const MOST: usize = 1 << 20;
/// The most times larger than its input: text compresses tenfold at best, bombs a thousandfold.
const RATIO: usize = 200;
const CHUNK: usize = 8 << 10;

/// Gzip, zlib or raw deflate (RFC 1952, 1950, 1951) to bytes. None when broken, too large or out of budget.
pub(super) fn inflate(input: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    if input.starts_with(&[0x1f, 0x8b]) {
        return drain(MultiGzDecoder::new(input), input.len(), budget);
    }
    let zlib = matches!(input, [cmf, flg, ..] if cmf & 15 == 8 && (u32::from(*cmf) * 256 + u32::from(*flg)).is_multiple_of(31));
    if zlib {
        drain(ZlibDecoder::new(input), input.len(), budget)
    } else {
        drain(DeflateDecoder::new(input), input.len(), budget)
    }
}

fn drain(mut from: impl Read, input_len: usize, budget: &mut Budget) -> Option<Vec<u8>> {
    let cap = input_len.saturating_mul(RATIO).min(MOST);
    let (mut out, mut chunk) = (Vec::new(), [0_u8; CHUNK]);
    loop {
        let got = from.read(&mut chunk).ok()?;
        if got == 0 {
            return Some(out);
        }
        if out.len().saturating_add(got) > cap {
            return None;
        }
        budget.spend_bytes(got).ok()?;
        budget.spend_steps(got as u64 / 64 + 1).ok()?;
        out.extend(chunk.get(..got)?);
    }
}
