//! Base64 in media fields: text inside is read, anything else is told apart as unread.

use std::borrow::Cow;
use std::sync::LazyLock;

use data_encoding::Encoding;
use data_encoding::Specification;

use crate::request::unread::UnreadKind;

/// What a media string holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Payload {
    /// Whether the string itself may be what is read: it is no sound base64.
    pub(super) plain: bool,
    /// The text it decodes to.
    pub(super) text: Option<String>,
    /// What it holds that is no text.
    pub(super) unread: Option<UnreadKind>,
}

/// Bytes decoded to tell text from pictures, before the whole is decoded. A multiple of 4.
const PROBE: usize = 4096;

/// Reads `text` where the API takes base64, bare or in a `data:` URL (RFC 2397). `kind` is what the field is for.
pub(super) fn read(text: &str, kind: UnreadKind) -> Payload {
    let Some((media, encoded)) = data_url(text) else {
        let escaped = text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
        return if escaped { PLAIN } else { decode(text, kind, false) };
    };
    let kind = kind_of(media).unwrap_or(kind);
    let encoded = percent_encoding::percent_decode_str(encoded).decode_utf8_lossy();
    let mut found = decode(&encoded, kind, is_text_type(media));
    if charset(media).is_some_and(|charset| !is_readable(charset)) {
        found.unread = Some(kind);
    }
    found
}

/// What is read as it stands.
pub(super) const PLAIN: Payload = Payload { plain: true, text: None, unread: None };

/// Media type and base64 of a `data:` URL, wherever among its parameters and in whatever letters it says that it is base64;
/// `None` for any other text, percent-encoded `data:` URLs included.
pub(super) fn data_url(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.trim_start().split_at_checked(5)?;
    if !scheme.eq_ignore_ascii_case("data:") {
        return None;
    }
    let (media, encoded) = rest.split_once(',')?;
    let says = media.split(';').skip(1).any(|parameter| parameter.trim().eq_ignore_ascii_case("base64"));
    says.then_some((media, encoded))
}

fn decode(encoded: &str, kind: UnreadKind, declared_text: bool) -> Payload {
    let sound = encoded.trim_end_matches('=').as_bytes();
    if sound.iter().all(|&byte| is_base64(byte) || byte.is_ascii_whitespace()) {
        let letters = letters_of(sound);
        return match text_in(&letters, declared_text) {
            _ if letters.is_empty() => PLAIN,
            Ok(text) => Payload { text: Some(text), ..Payload::default() },
            Err(probe) => Payload { unread: Some(refined(kind, &probe)), ..Payload::default() },
        };
    }
    // Python and Node pass over what is no base64, and differ on where it ends.
    let end = encoded.find('=').unwrap_or(encoded.len());
    let short = letters_of(encoded.get(..end).unwrap_or_default().as_bytes());
    let long = letters_of(before_padding(encoded.as_bytes()));
    match text_in(&long, declared_text) {
        _ if long.is_empty() => PLAIN,
        Ok(text) => Payload { text: Some(text), ..PLAIN },
        Err(probe) => match text_in(&short, declared_text) {
            Ok(text) => Payload { text: Some(text), ..PLAIN },
            Err(_) => Payload { unread: Some(refined(kind, &probe)), ..PLAIN },
        },
    }
}

/// The text that letters of base64 stand for; the first bytes if it is none.
fn text_in(letters: &[u8], declared_text: bool) -> Result<String, Vec<u8>> {
    let probe = decode_bytes(letters.get(..PROBE).unwrap_or(letters));
    if declared_text || is_text(&probe) { Ok(text_of(&decode_bytes(letters))) } else { Err(probe) }
}

/// What stands before the padding that ends a group of four letters: other equals signs are passed over.
fn before_padding(encoded: &[u8]) -> &[u8] {
    let (mut letters, mut pads) = (0_usize, 0_usize);
    let end = encoded.iter().position(|&byte| {
        if is_base64(byte) {
            (letters, pads) = (letters.saturating_add(1), 0);
        }
        let group = letters % 4;
        if byte == b'=' && group >= 2 {
            pads = pads.saturating_add(1);
        }
        byte == b'=' && group >= 2 && group.saturating_add(pads) >= 4
    });
    encoded.get(..end.unwrap_or(encoded.len())).unwrap_or_default()
}

fn letters_of(encoded: &[u8]) -> Cow<'_, [u8]> {
    if encoded.iter().all(|&byte| is_base64(byte)) {
        Cow::Borrowed(encoded)
    } else {
        Cow::Owned(encoded.iter().copied().filter(|&byte| is_base64(byte)).collect())
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
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// The text that bytes hold. Lossy, as a lenient upstream would: a stray byte must not hide the text around it.
pub(super) fn text_of(bytes: &[u8]) -> String {
    wide(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

/// The text in UTF-16 or UTF-32 that bytes hold, told by a byte order mark or, in Latin letters, by its zeros.
fn wide(bytes: &[u8]) -> Option<String> {
    let units = |of: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| of(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    let points = |of: fn([u8; 4]) -> u32| {
        let letter = |four: &[u8; 4]| char::from_u32(of(*four)).unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.as_chunks().0.iter().map(letter).collect()
    };
    match bytes {
        _ if has_zeros::<4>(bytes, 0) => Some(points(u32::from_le_bytes)),
        _ if has_zeros::<4>(bytes, 3) => Some(points(u32::from_be_bytes)),
        [0xFF, 0xFE, rest @ ..] => Some(units(u16::from_le_bytes, rest)),
        [0xFE, 0xFF, rest @ ..] => Some(units(u16::from_be_bytes, rest)),
        _ if has_zeros::<2>(bytes, 0) => Some(units(u16::from_le_bytes, bytes)),
        _ if has_zeros::<2>(bytes, 1) => Some(units(u16::from_be_bytes, bytes)),
        _ => None,
    }
}

/// Whether bytes are letters of `N` bytes of which only that at `place` is not zero, but for a few.
fn has_zeros<const N: usize>(bytes: &[u8], place: usize) -> bool {
    let (letters, _) = bytes.get(..PROBE).unwrap_or(bytes).as_chunks::<N>();
    let narrow =
        |letter: &&[u8; N]| letter.iter().enumerate().all(|(at, byte)| (*byte == 0) != (at == place));
    letters.len() > 1
        && letters.iter().filter(narrow).count().saturating_mul(8) >= letters.len().saturating_mul(7)
}

/// Whether bytes are text: UTF-8 up to a character that a probe may have cut, with a few control characters at most;
/// UTF-16 or UTF-32; or nearly all of it plain letters, whatever the rest is. Compressed data is none of these.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let control = |byte: &&u8| **byte < 0x20 && !b"\t\n\r\x0c\x1b".contains(byte);
    let rare = |count: usize| count.saturating_mul(8) <= bytes.len();
    if let Some(text) = wide(bytes) {
        let odd = |letter: &char| letter.is_control() || *letter == char::REPLACEMENT_CHARACTER;
        return !text.is_empty() && rare(text.chars().filter(odd).count());
    }
    match std::str::from_utf8(bytes) {
        _ if bytes.is_empty() => false,
        Ok(_) => rare(bytes.iter().filter(control).count()),
        Err(error) if error.error_len().is_none() => {
            let sound = bytes.get(..error.valid_up_to()).unwrap_or_default();
            !sound.is_empty() && rare(sound.iter().filter(control).count())
        }
        Err(_) if bytes.starts_with(b"%PDF") => false,
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

/// The charset that a media type names.
fn charset(media: &str) -> Option<&str> {
    media.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

/// Whether text in this charset is read here: in any other the letters may be others than they seem.
fn is_readable(charset: &str) -> bool {
    const READ: &[&str] = &["utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252"];
    let lower = charset.to_ascii_lowercase();
    READ.contains(&lower.as_str()) || lower.starts_with("utf-16") || lower.starts_with("utf-32")
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

    fn text(text: &str) -> Payload {
        Payload { text: Some(text.to_owned()), ..Payload::default() }
    }

    fn unread(kind: UnreadKind) -> Payload {
        Payload { unread: Some(kind), ..Payload::default() }
    }

    #[test]
    fn text_is_decoded_and_pictures_are_told_apart() {
        let cases = [
            ("data:text/plain;base64,YmFrZSBicmVhZA==", text("bake bread")),
            ("DATA:image/png;base64,YmFrZSBicmVhZA", text("bake bread")),
            ("data:text/plain; Base64;charset=utf-8,YmFrZSBicmVhZA==", text("bake bread")),
            ("data:text/plain;base64,YmFrZSBicmVhZA%3D%3d", text("bake bread")),
            ("YmFrZSBi\ncmVhZA==", text("bake bread")),
            ("YmFr ZSBi\tcmVhZA==", text("bake bread")),
            ("data:text/plain;base64,YmFrZSBi_w", text("bake b\u{fffd}")),
            ("data:image/svg+xml;base64,PHN2Zz4", text("<svg>")),
            ("data:text/plain;charset=utf-8;base64,4pyT", text("✓")),
            ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==", unread(UnreadKind::Image)),
            ("data:image/png;BASE64;x=y,iVBORw0KGgo AAAANSUhEUg==", unread(UnreadKind::Image)),
            ("//tQZAAAAAAAAAAAAAAAAAAA", unread(UnreadKind::Audio)),
            // A control character, another charset: text to whoever reads it leniently.
            ("AWJha2UgYnJlYWQ=", text("\u{1}bake bread")),
            ("YmFrZSByeWUgYnJlYWQg6Q==", text("bake rye bread \u{fffd}")),
            ("data:text/plain,bake%20bread", PLAIN),
            ("", PLAIN),
            ("https://example.org/cat.png", Payload { plain: true, ..unread(UnreadKind::Audio) }),
            ("a", unread(UnreadKind::Audio)),
        ];
        for (given, expected) in cases {
            assert_eq!(read(given, UnreadKind::Audio), expected, "{given}");
        }
    }

    /// Python's decoder passes over what is no base64, Node's too, and each ends elsewhere.
    #[test]
    fn base64_with_other_letters_in_it_is_read_as_lenient_decoders_do() {
        let long = format!("YmFrZSBicmVhZA=={}", "q83vEjRWeJ".repeat(1000));
        let early = format!("YmFrZSBicmVhZHM=ZZ={}", "q83vEjRWeJ".repeat(1000));
        for given in ["YmFr!ZSBi*cmVhZA==", "YmFrZSBi=cmVhZA==", "YmFrZSBicmVhZA==junk!!", &long, &early] {
            let found = read(given, UnreadKind::File);
            let said = found.text.unwrap_or_default();
            assert!(said.starts_with("bake bread") && found.plain, "{given}: {said}");
        }
        let picture = read("iVBORw0K!GgoAAAANSUhEUg==", UnreadKind::File);
        assert_eq!(picture, Payload { plain: true, ..unread(UnreadKind::Image) });
    }

    #[test]
    fn wide_letters_are_read_marked_or_not() {
        let encoded = |bytes: Vec<u8>| data_encoding::BASE64.encode(&bytes);
        let units = |of: fn(u16) -> [u8; 2]| "bake bread".encode_utf16().flat_map(of).collect::<Vec<u8>>();
        let points =
            |of: fn(u32) -> [u8; 4]| "bake bread".chars().map(u32::from).flat_map(of).collect::<Vec<u8>>();
        for bytes in [
            units(u16::to_le_bytes),
            units(u16::to_be_bytes),
            [b"\xff\xfe".to_vec(), units(u16::to_le_bytes)].concat(),
            [b"\xfe\xff".to_vec(), units(u16::to_be_bytes)].concat(),
            points(u32::to_le_bytes),
            points(u32::to_be_bytes),
        ] {
            assert_eq!(read(&encoded(bytes.clone()), UnreadKind::File), text("bake bread"), "{bytes:?}");
        }
    }

    #[test]
    fn a_charset_that_is_not_read_is_counted() {
        for (charset, counted) in
            [("utf-8", false), ("\"UTF-16LE\"", false), ("latin1", false), ("utf-7", true), ("ibm037", true)]
        {
            let found =
                read(&format!("data:text/plain;charset={charset};base64,YmFrZQ=="), UnreadKind::Image);
            assert_eq!((found.text.as_deref(), found.unread.is_some()), (Some("bake"), counted), "{charset}");
        }
    }

    #[test]
    fn long_text_is_read_to_its_end() {
        let long = "bake bread ✓ ".repeat(2000);
        let encoded = data_encoding::BASE64.encode(long.as_bytes());
        assert_eq!(read(&encoded, UnreadKind::File), text(&long));
    }
}
