//! Numbers as RFC 8259 section 6 writes them, within the range of a double.

use super::Stop;
use crate::request::dialect::unreadable::Fault;

/// The end of the number that starts at `start` (a digit or a minus).
pub(super) fn read(body: &str, start: usize) -> Result<usize, Stop> {
    let bytes = body.as_bytes();
    let mut at = start;
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    if bytes.get(at).is_some_and(|&byte| byte == b'I' || byte == b'N') {
        return Err((Fault::Nan, start));
    }
    at = integer(bytes, at).ok_or((Fault::BadNumber, start))?;
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1).ok_or((Fault::BadNumber, start))?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let signed = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        at = digits(bytes, at + 1 + usize::from(signed)).ok_or((Fault::BadNumber, start))?;
    }
    if bytes.get(at).is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'.') {
        return Err((Fault::BadNumber, start));
    }
    let raw = body.get(start..at).unwrap_or_default();
    // A double's range is what RFC 8259 calls interoperable; readers differ on anything beyond.
    match raw.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(at),
        _ => Err((Fault::NumberRange, start)),
    }
}

fn integer(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at) {
        Some(b'0') => Some(at + 1),
        _ => digits(bytes, at),
    }
}

/// The end of a run of digits, `None` when there is none.
fn digits(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    (length > 0).then_some(at + length)
}
