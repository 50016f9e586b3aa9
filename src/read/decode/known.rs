//! The codecs a program names outright: bytes in, bytes out, no guessing.

use data_encoding::BASE32;
use data_encoding::BASE64;
use data_encoding::HEXLOWER;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::percent_encode;

use crate::budget::Budget;
use crate::read::decode::base;
use crate::read::decode::cipher;
use crate::read::decode::escape;
use crate::read::decode::inflate::inflate;
use crate::read::ir::Codec;

/// Decodes `input` with a codec the program named. None when it is not valid in that codec or the budget is spent.
pub fn apply(codec: Codec, input: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    pay(input.len(), budget)?;
    match codec {
        Codec::Base64 => base::base64(input),
        Codec::Base32 => base::base32(input),
        Codec::Base85 => base::ascii85(input),
        Codec::Hex => base::hex(input),
        Codec::Rot13 => rot13(input),
        Codec::Url => escape::url(input),
        Codec::Html => Some(escape::html(text(input)?).into_bytes()),
        Codec::Escape => Some(escape::backslash(text(input)?).into_bytes()),
        Codec::Utf8 => Some(input.to_vec()),
        Codec::Json => json_string(input),
        Codec::Deflate => inflate(input, budget),
    }
}

/// Encodes `input` with a codec the program named. None where encoding has no use to a reader (Deflate) or fails.
pub fn encode(codec: Codec, input: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    // The widest of these (HTML, JSON, escapes) writes six bytes for one.
    pay(input.len().saturating_mul(6), budget)?;
    match codec {
        Codec::Base64 => Some(BASE64.encode(input).into_bytes()),
        Codec::Base32 => Some(BASE32.encode(input).into_bytes()),
        Codec::Base85 => Some(ascii85(input)),
        Codec::Hex => Some(HEXLOWER.encode(input).into_bytes()),
        Codec::Rot13 => rot13(input),
        Codec::Url => Some(percent_encode(input, NON_ALPHANUMERIC).to_string().into_bytes()),
        Codec::Html => Some(html_escape::encode_safe(text(input)?).into_owned().into_bytes()),
        Codec::Escape => Some(text(input)?.escape_default().to_string().into_bytes()),
        Codec::Utf8 => Some(input.to_vec()),
        Codec::Json => serde_json::to_vec(text(input)?).ok(),
        Codec::Deflate => None,
    }
}

fn pay(bytes: usize, budget: &mut Budget) -> Option<()> {
    budget.spend_steps(bytes as u64 / 64 + 1).ok()?;
    budget.spend_bytes(bytes).ok()
}

fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

fn rot13(input: &[u8]) -> Option<Vec<u8>> {
    Some(cipher::rot(text(input)?, 13).into_bytes())
}

/// The text of a JSON string; any other JSON stays as written.
fn json_string(input: &[u8]) -> Option<Vec<u8>> {
    let written = text(input)?.trim();
    if !written.starts_with('"') {
        return Some(input.to_vec());
    }
    serde_json::from_str::<String>(written).ok().map(String::into_bytes)
}

fn ascii85(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len() / 4 * 5 + 5);
    for chunk in input.chunks(4) {
        let mut group = [0_u8; 4];
        group.iter_mut().zip(chunk).for_each(|(slot, byte)| *slot = *byte);
        let mut value = u32::from_be_bytes(group);
        if value == 0 && chunk.len() == 4 {
            out.push(b'z');
            continue;
        }
        let mut digits = [0_u8; 5];
        for digit in digits.iter_mut().rev() {
            *digit = b'!' + (value % 85) as u8;
            value /= 85;
        }
        out.extend(digits.iter().take(chunk.len() + 1));
    }
    out
}
