//! A conversation over a WebSocket: every message of the caller's is a JSON object, and all of them are one request.

use bytes::Bytes;

use super::Dialect;
use super::ReadLimits;
use super::json::Stop;
use super::utf8;
use super::walk::Walk;
use crate::request::Request;

/// Reads the events that begin at `starts`; the pointers into them begin with their number.
pub(super) fn read(
    dialect: &'static Dialect,
    body: &Bytes,
    starts: &[usize],
    limits: &ReadLimits,
) -> Result<Request, Stop> {
    let mut walk = Walk::new(dialect, limits);
    let ends = starts.iter().copied().skip(1).chain([body.len()]);
    for (number, (start, end)) in starts.iter().copied().zip(ends).enumerate() {
        let event = body.get(start..end).unwrap_or_default();
        let text = utf8(event).map_err(|(fault, at)| (fault, at.saturating_add(start)))?;
        walk.document(text, start, &format!("/{number}"))?;
    }
    Ok(walk.finish(body))
}
