//! The binary framing of AWS event streams (`application/vnd.amazon.eventstream`), as far as an answer needs it.

use bytes::Bytes;
use flate2::Crc;
use serde_json::Value;

/// The media type.
pub(super) const MEDIA: &str = "application/vnd.amazon.eventstream";

/// One event: prelude (lengths and their checksum), headers, payload, checksum of all.
pub(super) fn event(name: &str, data: &Value) -> Bytes {
    let mut headers = Vec::new();
    for (key, value) in
        [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")]
    {
        headers.push(u8::try_from(key.len()).unwrap_or(0));
        headers.extend_from_slice(key.as_bytes());
        // 7: a string.
        headers.push(7);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or(0).to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let payload = data.to_string();
    let total = 12 + headers.len() + payload.len() + 4;
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(&length(total));
    out.extend_from_slice(&length(headers.len()));
    out.extend_from_slice(&checksum(&out));
    out.extend_from_slice(&headers);
    out.extend_from_slice(payload.as_bytes());
    out.extend_from_slice(&checksum(&out));
    out.into()
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}

/// CRC-32 as in gzip.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_lengths_and_checksums_of_the_specification() {
        let frame = event("chunk", &serde_json::json!({}));
        let number = |at: usize| u32::from_be_bytes(frame[at..at + 4].try_into().unwrap());
        assert_eq!(number(0) as usize, frame.len());
        assert_eq!(number(8).to_be_bytes(), checksum(&frame[..8]));
        assert_eq!(number(frame.len() - 4).to_be_bytes(), checksum(&frame[..frame.len() - 4]));
        assert_eq!(&frame[12 + number(4) as usize..frame.len() - 4], b"{}");
        // "123456789" is the check value of every CRC-32.
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926_u32.to_be_bytes());
    }
}
