//! Bytes and letters written in characters nobody sees: tags, variation selectors, zero-width bits.

use crate::budget::Budget;
use crate::read::decode::base::text_of;

/// Where private letters begin that may mirror ASCII, as symbol fonts have them.
const PRIVATE: [u32; 4] = [0xe000, 0xf000, 0xf0000, 0x10_0000];
/// Fewer private letters are icons.
const FEWEST_PRIVATE: usize = 8;

/// Letters of the Unicode tag block (U+E0020 to U+E007E), and private ones at the same distance from where their blocks begin, as
/// the ASCII they mirror.
pub(super) fn tags_text(text: &str, _: &mut Budget) -> Vec<String> {
    if text.is_ascii() {
        return Vec::new();
    }
    let tags: String = text.chars().filter_map(tag_letter).collect();
    let private: String = text.chars().filter_map(private_letter).collect();
    let private = (private.len() >= FEWEST_PRIVATE).then_some(private);
    Some(tags).filter(|tags| !tags.is_empty()).into_iter().chain(private).collect()
}

/// The ASCII character a tag character mirrors.
pub(super) fn tag_letter(c: char) -> Option<char> {
    mirrored(c, 0xe0000)
}

fn private_letter(c: char) -> Option<char> {
    if c < '\u{e000}' { None } else { PRIVATE.into_iter().find_map(|block| mirrored(c, block)) }
}

fn mirrored(c: char, block: u32) -> Option<char> {
    let code = u32::from(c).checked_sub(block)?;
    if (0x20..=0x7e).contains(&code) { char::from_u32(code) } else { None }
}

/// Bytes in variation selectors: VS1 to VS16 are 0 to 15, VS17 to VS256 the rest.
pub(super) fn selectors_text(text: &str, budget: &mut Budget) -> Vec<String> {
    let byte = |c: char| match u32::from(c) {
        code @ 0xfe00..=0xfe0f => u8::try_from(code - 0xfe00).ok(),
        code @ 0xe0100..=0xe01ef => u8::try_from(code - 0xe0100 + 16).ok(),
        _ => None,
    };
    let bytes: Vec<u8> = if text.is_ascii() { Vec::new() } else { text.chars().filter_map(byte).collect() };
    if bytes.len() < 4 { Vec::new() } else { text_of(bytes, budget).into_iter().collect() }
}

/// Bits in pairs of zero-width characters, both ways round: which of the two is a one is anybody's choice.
pub(super) fn zero_width_text(text: &str, budget: &mut Budget) -> Vec<String> {
    const BITS: [char; 4] = ['\u{200b}', '\u{200c}', '\u{2062}', '\u{2064}'];
    let marks: Vec<char> =
        if text.is_ascii() { Vec::new() } else { text.chars().filter(|c| BITS.contains(c)).collect() };
    let (Some(first), true) = (marks.first().copied(), marks.len() >= 32) else {
        return Vec::new();
    };
    let (groups, _) = marks.as_chunks::<8>();
    let read = |one_first: bool| -> Vec<u8> {
        let byte = |group: &[char; 8]| {
            group.iter().fold(0, |acc, c| acc << 1 | u8::from((*c == first) == one_first))
        };
        groups.iter().map(byte).collect()
    };
    [read(true), read(false)].into_iter().filter_map(|bytes| text_of(bytes, budget)).collect()
}
