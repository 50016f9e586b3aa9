//! Base64 in media fields: text inside is read, anything else is told apart as unread.

use std::borrow::Cow;
use std::sync::LazyLock;

use data_encoding::Encoding;
use data_encoding::Specification;

use crate::request::unread::UnreadKind;

/// What a media string holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// Text, decoded.
    Text(String),
    /// Bytes that are no text.
    Binary(UnreadKind),
    /// No base64: the string itself is what there is to read.
    Plain,
}

/// Bytes decoded to tell text from pictures, before the whole is decoded. A multiple of 4.
const PROBE: usize = 4096;

/// Reads `text` where the API takes base64, bare or in a `data:` URL (RFC 2397). `kind` is what the field is for.
pub(super) fn read(text: &str, kind: UnreadKind) -> Payload {
    match data_url(text) {
        Some((media, encoded)) => decode(encoded, kind_of(media).unwrap_or(kind), is_text_type(media)),
        None => decode(text, kind, false),
    }
}

/// Media type and base64 of a `data:` URL; `None` for any other text, percent-encoded `data:` URLs included.
pub(super) fn data_url(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_at_checked(5)?;
    let (head, encoded) = rest.split_once(',')?;
    let media = head.strip_suffix(";base64")?;
    scheme.eq_ignore_ascii_case("data:").then_some((media, encoded))
}

fn decode(encoded: &str, kind: UnreadKind, declared_text: bool) -> Payload {
    let encoded = encoded.trim_end_matches('=').as_bytes();
    if encoded.is_empty() || !encoded.iter().all(|&byte| is_base64(byte)) {
        return Payload::Plain;
    }
    let letters = without_space(encoded);
    let probe = decode_bytes(letters.get(..PROBE).unwrap_or(&letters));
    if !declared_text && !is_text(&probe) {
        return Payload::Binary(refined(kind, &probe));
    }
    Payload::Text(text_of(&decode_bytes(&letters)))
}

fn without_space(encoded: &[u8]) -> Cow<'_, [u8]> {
    if encoded.iter().any(u8::is_ascii_whitespace) {
        Cow::Owned(encoded.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect())
    } else {
        Cow::Borrowed(encoded)
    }
}

/// Pictures and recordings by their first bytes, for objects that do not say what they hold.
pub(super) fn refined(kind: UnreadKind, bytes: &[u8]) -> UnreadKind {
    let starts = |firsts: &[&[u8]]| firsts.iter().any(|first| bytes.starts_with(first));
    let riff = |name: &[u8]| bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(name);
    match kind {
        UnreadKind::File if starts(&[b"\x89PNG", b"\xFF\xD8\xFF", b"GIF8", b"BM"]) || riff(b"WEBP") => {
            UnreadKind::Image
        }
        UnreadKind::File if starts(&[b"ID3", b"OggS", b"fLaC", b"\xFF\xFB"]) || riff(b"WAVE") => {
            UnreadKind::Audio
        }
        _ => kind,
    }
}

/// Both alphabets of RFC 4648, left-over bits ignored: as lenient as decoders get.
static LENIENT: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    spec.translate.from.push_str("-_");
    spec.translate.to.push_str("+/");
    spec.check_trailing_bits = false;
    spec.encoding().ok()
});

fn decode_bytes(letters: &[u8]) -> Vec<u8> {
    // A single left-over letter carries no byte.
    let whole = if letters.len() % 4 == 1 { letters.len() - 1 } else { letters.len() };
    let letters = letters.get(..whole).unwrap_or_default();
    LENIENT.as_ref().and_then(|encoding| encoding.decode(letters).ok()).unwrap_or_default()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_\r\n".contains(&byte)
}

/// The text that bytes hold. Lossy, as a lenient upstream would: a stray byte must not hide the text around it.
pub(super) fn text_of(bytes: &[u8]) -> String {
    let units = |of: fn([u8; 2]) -> u16| {
        let pairs = bytes.get(2..).unwrap_or_default().chunks_exact(2);
        let units: Vec<u16> = pairs.map(|pair| of([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFF, 0xFE, ..] => units(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => units(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Whether bytes are text: UTF-8 up to a character that a probe may have cut, with a few control characters at most;
/// UTF-16 that says so; or nearly all of it plain letters, whatever the rest is. Compressed data is none of these.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let control = |byte: &&u8| **byte < 0x20 && !b"\t\n\r\x0c\x1b".contains(byte);
    let rare = |count: usize| count.saturating_mul(8) <= bytes.len();
    match std::str::from_utf8(bytes) {
        _ if bytes.is_empty() => false,
        Ok(_) => rare(bytes.iter().filter(control).count()),
        Err(error) if error.error_len().is_none() => {
            let sound = bytes.get(..error.valid_up_to()).unwrap_or_default();
            !sound.is_empty() && rare(sound.iter().filter(control).count())
        }
        Err(_) if bytes.starts_with(b"%PDF") => false,
        Err(_) if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") => {
            let text = text_of(bytes);
            let odd = |letter: &char| letter.is_control() || *letter == char::REPLACEMENT_CHARACTER;
            !text.is_empty() && rare(text.chars().filter(odd).count())
        }
        Err(_) => {
            let plain = |byte: &&u8| matches!(**byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
            rare(bytes.len().saturating_sub(bytes.iter().filter(plain).count()))
        }
    }
}

/// Whether a media type promises text, whatever the bytes look like.
fn is_text_type(media: &str) -> bool {
    let media = media.to_ascii_lowercase();
    media.starts_with("text/") || media.contains("json") || media.contains("xml") || media.contains("yaml")
}

fn kind_of(media: &str) -> Option<UnreadKind> {
    let family = media.split('/').next().unwrap_or_default().to_ascii_lowercase();
    match family.as_str() {
        "image" => Some(UnreadKind::Image),
        "audio" => Some(UnreadKind::Audio),
        "application" | "text" | "video" => Some(UnreadKind::File),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_and_pictures_are_told_apart() {
        let text = |text: &str| Payload::Text(text.to_owned());
        let cases = [
            ("data:text/plain;base64,YmFrZSBicmVhZA==", text("bake bread")),
            ("DATA:image/png;base64,YmFrZSBicmVhZA", text("bake bread")),
            ("YmFrZSBi\ncmVhZA==", text("bake bread")),
            ("data:text/plain;base64,YmFrZSBi_w", text("bake b\u{fffd}")),
            ("data:image/svg+xml;base64,PHN2Zz4", text("<svg>")),
            ("data:text/plain;charset=utf-8;base64,4pyT", text("✓")),
            ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==", Payload::Binary(UnreadKind::Image)),
            ("//tQZAAAAAAAAAAAAAAAAAAA", Payload::Binary(UnreadKind::Audio)),
            // A control character, another charset, UTF-16: text to whoever reads it leniently.
            ("AWJha2UgYnJlYWQ=", text("\u{1}bake bread")),
            ("YmFrZSByeWUgYnJlYWQg6Q==", text("bake rye bread \u{fffd}")),
            ("//5iAGEAawBlAA==", text("bake")),
            ("data:text/plain,bake%20bread", Payload::Plain),
            ("https://example.org/cat.png", Payload::Plain),
            ("", Payload::Plain),
            ("a", Payload::Binary(UnreadKind::Audio)),
        ];
        for (given, expected) in cases {
            assert_eq!(read(given, UnreadKind::Audio), expected, "{given}");
        }
    }

    #[test]
    fn long_text_is_read_to_its_end() {
        let long = "bake bread ✓ ".repeat(2000);
        let encoded = data_encoding::BASE64.encode(long.as_bytes());
        assert_eq!(read(&encoded, UnreadKind::File), Payload::Text(long));
    }
}
