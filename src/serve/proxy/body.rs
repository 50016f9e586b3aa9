//! Request bodies: read under a cap and against the clock, content codings undone under the same cap.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::answer::Refused;
use crate::request::dialect::RefusalKind;

/// The slowest a body may come, in bytes a second, once [`GRACE`] is over.
const FLOOR: u64 = 1024;
/// How long a body may be slower than [`FLOOR`].
const GRACE: Duration = Duration::from_secs(10);
/// Bytes of an unwanted body that are read away so that the refusal arrives.
const DRAINED: usize = 64 << 10;
/// The longest zstd window accepted, as a power of two: what `zstd --long` writes at most by default.
const ZSTD_WINDOW: u32 = 27;

/// A body as received, with the memory it was granted.
#[derive(Debug)]
pub(in crate::serve) struct Received {
    /// The bytes, still coded.
    pub(in crate::serve) bytes: Bytes,
    /// Given back when the request is done with.
    pub(in crate::serve) memory: Option<OwnedSemaphorePermit>,
}

impl Received {
    /// A body that is here already.
    ///
    /// # Errors
    /// 503 when too many bodies are held already.
    pub(super) fn held(bytes: Bytes, memory: &Arc<Semaphore>) -> Result<Self, Refused> {
        let mut held = None;
        reserve(&mut held, memory, bytes.len())?;
        Ok(Received { bytes, memory: held })
    }

    /// Undoes a content coding; what comes out is granted memory of its own.
    ///
    /// # Errors
    /// As [`Coding::decode`], and 503 when too many bodies are held already.
    pub(super) fn decode(self, coding: Coding, cap: usize, memory: &Arc<Semaphore>) -> Result<Self, Refused> {
        if coding == Coding::Identity {
            return Ok(self);
        }
        let (bytes, mut held) = (coding.decode(self.bytes, cap)?, None);
        reserve(&mut held, memory, bytes.len())?;
        Ok(Received { bytes, memory: held })
    }
}

/// Reads a body of at most `cap` bytes. Trailers are dropped.
///
/// # Errors
/// 413 over the cap (before reading when the length is announced), 408 for a slow caller, 503 when too many bodies are
/// held already, 400 when the body breaks off.
pub(in crate::serve) async fn read_capped(
    body: &mut Incoming,
    cap: usize,
    idle: Duration,
    memory: &Arc<Semaphore>,
) -> Result<Received, Refused> {
    if body.size_hint().lower() > cap as u64 {
        return Err(Refused::too_large(cap));
    }
    let (start, mut held, mut whole) = (Instant::now(), None, BytesMut::new());
    loop {
        let slow = || Refused::new(RefusalKind::TooSlow, "the body came too slowly");
        let Some(frame) = timeout(idle, body.frame()).await.map_err(|_| slow())? else { break };
        let frame = frame.map_err(|_| Refused::malformed(400, "broken_body", "the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > cap.saturating_sub(whole.len()) {
            return Err(Refused::too_large(cap));
        }
        reserve(&mut held, memory, data.len())?;
        whole.extend_from_slice(&data);
        if start.elapsed() > GRACE && (whole.len() as u64) < start.elapsed().as_secs().saturating_mul(FLOOR) {
            return Err(slow());
        }
    }
    Ok(Received { bytes: whole.freeze(), memory: held })
}

/// Grants `bytes` more, rounded up to KiB.
pub(super) fn reserve(
    held: &mut Option<OwnedSemaphorePermit>,
    memory: &Arc<Semaphore>,
    bytes: usize,
) -> Result<(), Refused> {
    let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
    let Ok(more) = Arc::clone(memory).try_acquire_many_owned(kib) else {
        return Err(Refused::new(
            RefusalKind::Overloaded,
            "too many request bodies are held already; try later",
        ));
    };
    match held {
        Some(held) => held.merge(more),
        None => *held = Some(more),
    }
    Ok(())
}

/// Reads a little of an unwanted body away: an answer to a caller who is still sending is lost to a reset.
pub(super) async fn drain(body: &mut Incoming) {
    let mut left = DRAINED;
    let reading = async {
        while left > 0 {
            let Some(Ok(frame)) = body.frame().await else { return };
            left = left.saturating_sub(frame.data_ref().map_or(1, Bytes::len));
        }
    };
    // Done or not, the answer goes out now; hyper closes a connection whose body was not read to the end.
    let _ = timeout(Duration::from_secs(1), reading).await;
}

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

const CODINGS: &[(&str, Coding)] = &[
    ("identity", Coding::Identity),
    ("gzip", Coding::Gzip),
    ("x-gzip", Coding::Gzip),
    ("deflate", Coding::Deflate),
    ("br", Coding::Brotli),
    ("zstd", Coding::Zstd),
];

/// The one content coding of a body.
///
/// # Errors
/// 415 for unknown and stacked codings.
pub(super) fn coding(fields: &HeaderMap) -> Result<Coding, Refused> {
    let Some(value) = fields.get(header::CONTENT_ENCODING) else { return Ok(Coding::Identity) };
    let name = value.to_str().unwrap_or_default().trim();
    let known = CODINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, coding)| *coding).ok_or_else(|| {
        Refused::media("the content encoding must be one of gzip, deflate, br and zstd, and only one")
    })
}

impl Coding {
    /// Undoes the coding.
    ///
    /// # Errors
    /// 413 when more than `cap` bytes come out, 400 when the data is broken.
    pub(super) fn decode(self, body: Bytes, cap: usize) -> Result<Bytes, Refused> {
        let input = &body[..];
        match self {
            Coding::Identity => Ok(body),
            Coding::Gzip => all(flate2::bufread::MultiGzDecoder::new(input), cap),
            Coding::Deflate if is_zlib(input) => all(flate2::bufread::ZlibDecoder::new(input), cap),
            Coding::Deflate => all(flate2::bufread::DeflateDecoder::new(input), cap),
            Coding::Brotli => all(brotli::Decompressor::new(input, 4096), cap),
            Coding::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input).map_err(|_| broken())?;
                decoder.window_log_max(ZSTD_WINDOW).map_err(|_| broken())?;
                all(decoder, cap)
            }
        }
    }
}

/// RFC 9110 means zlib by `deflate`; some clients send raw DEFLATE. RFC 1950 tells them apart by the first two bytes.
fn is_zlib(input: &[u8]) -> bool {
    matches!(input, [first, second, ..] if first & 15 == 8 && (u32::from(*first) * 256 + u32::from(*second)) % 31 == 0)
}

fn all(decoder: impl Read, cap: usize) -> Result<Bytes, Refused> {
    let mut out = Vec::new();
    let read = decoder.take(cap as u64 + 1).read_to_end(&mut out);
    if out.len() > cap {
        return Err(Refused::too_large(cap));
    }
    read.map_err(|_| broken())?;
    Ok(out.into())
}

fn broken() -> Refused {
    Refused::malformed(400, "broken_coding", "the body is not what its content encoding says")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = br#"{"messages":[{"role":"user","content":"describe how to bake bread"}]}"#;

    fn coded(name: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_ENCODING, http::HeaderValue::from_static(name))])
    }

    fn encoded(name: &str, text: &[u8]) -> Vec<u8> {
        let level = flate2::Compression::default();
        match name {
            "identity" => text.to_vec(),
            "gzip" | "x-gzip" => {
                let mut out = flate2::write::GzEncoder::new(Vec::new(), level);
                out.write_all(text).unwrap();
                out.finish().unwrap()
            }
            "deflate" => {
                let mut out = flate2::write::ZlibEncoder::new(Vec::new(), level);
                out.write_all(text).unwrap();
                out.finish().unwrap()
            }
            "br" => {
                let mut out = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
                out.write_all(text).unwrap();
                out.into_inner()
            }
            "zstd" => zstd::encode_all(text, 3).unwrap(),
            _ => panic!("no encoder for {name}"),
        }
    }

    #[test]
    fn every_coding_is_undone_under_the_cap() {
        for (name, _) in CODINGS {
            let coding = coding(&coded(name)).unwrap();
            let body = Bytes::from(encoded(name, TEXT));
            assert_eq!(coding.decode(body.clone(), TEXT.len()).unwrap(), TEXT, "{name}");
            if coding == Coding::Identity {
                continue;
            }
            let refused = coding.decode(body.clone(), TEXT.len() - 1).unwrap_err();
            assert_eq!(refused.kind, RefusalKind::TooLarge, "{name}");
            let cut = coding.decode(body.slice(..body.len() / 2), 1 << 20);
            assert!(cut.is_err(), "{name} cut in half");
            let bomb = Bytes::from(encoded(name, &vec![b' '; 4 << 20]));
            assert_eq!(coding.decode(bomb, 1 << 20).unwrap_err().kind, RefusalKind::TooLarge, "{name} bomb");
        }
    }

    #[test]
    fn several_members_are_all_read() {
        let two = |name: &str| Bytes::from([encoded(name, b"bake "), encoded(name, b"bread")].concat());
        assert_eq!(Coding::Gzip.decode(two("gzip"), 100).unwrap(), "bake bread");
        assert_eq!(Coding::Zstd.decode(two("zstd"), 100).unwrap(), "bake bread");
    }

    #[test]
    fn unknown_and_stacked_codings_are_refused() {
        for name in ["compress", "gzip, gzip", "gzip,br", "", "gzip;q=1"] {
            assert!(coding(&coded(name)).is_err(), "{name}");
        }
    }
}
