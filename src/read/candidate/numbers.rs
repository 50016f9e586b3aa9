//! What lists of numbers say: codes of characters, as they stand, changed by one key, or several in each.

use super::gather::{Place, from_decoders};
use super::{Candidates, Origin};
use crate::budget::{Budget, Limit};
use crate::read::decode;

/// Adds what a list of numbers says as codes of characters, as they stand or changed by one key.
///
/// # Errors
/// The limit that is exhausted.
pub fn from_numbers(
    numbers: &[i64],
    place: &Place,
    out: &mut Candidates,
    budget: &mut Budget,
) -> Result<(), Limit> {
    if let Some(text) = printable(numbers).filter(|text| !text.contains(char::is_alphabetic)) {
        // Signs and digits may be another encoding.
        from_decoders(&text, &place.step("character codes"), &[place.span], out, budget)?;
    } else if let Some(text) = characters(numbers) {
        let via = place.step("character codes");
        let encoded = text.clone();
        out.add(place.candidate(text, Origin::Decoded, "character codes"), budget)?;
        from_decoders(&encoded, &via, &[place.span], out, budget)?;
        if decode::reads_as_language(&encoded) {
            return Ok(());
        }
    } else if numbers.iter().any(|number| *number > i64::from(u16::MAX)) {
        for text in packed(numbers) {
            out.add(place.candidate(text, Origin::Decoded, "numbers of several characters each"), budget)?;
        }
        return Ok(());
    }
    if let Some((text, how)) = decode::unmasked(numbers, budget) {
        out.add(place.candidate(text, Origin::Decoded, format!("character codes → {how}")), budget)?;
    }
    Ok(())
}

/// A list of integers as text, when every one is a printable code point; a zero may end it.
fn printable(numbers: &[i64]) -> Option<String> {
    let numbers = numbers.strip_suffix(&[0]).unwrap_or(numbers);
    let text: Option<String> =
        numbers.iter().map(|&n| u32::try_from(n).ok().and_then(char::from_u32)).collect();
    text.filter(|text| text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'))
}

/// The same where there are letters.
fn characters(numbers: &[i64]) -> Option<String> {
    printable(numbers).filter(|text| text.chars().any(char::is_alphabetic))
}

/// Numbers that hold several characters each, the first in their high bytes or in their low ones.
fn packed(numbers: &[i64]) -> Vec<String> {
    let text = |bytes: &dyn Fn(u64) -> Vec<u8>| {
        let all: Vec<u8> = numbers.iter().flat_map(|number| bytes(number.cast_unsigned())).collect();
        let printable = |byte: &u8| (b' '..=b'~').contains(byte) || matches!(byte, b'\n' | b'\t');
        all.iter().all(printable).then(|| String::from_utf8(all).ok()).flatten()
    };
    let high = |number: u64| number.to_be_bytes().into_iter().filter(|byte| *byte != 0).collect();
    let low = |number: u64| number.to_le_bytes().into_iter().filter(|byte| *byte != 0).collect();
    [text(&high), text(&low)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_hold_several_characters() {
        assert_eq!(packed(&[0x6261_6b65, 0x2072_7965, 0x2062])[0], "bake rye b");
        assert_eq!(packed(&[0x656b_6162, 0x6579_7220])[1], "bake rye");
        assert!(packed(&[100_000, 70_001, 99_123]).is_empty());
    }

    #[test]
    fn character_codes_are_text_only_when_printable() {
        assert_eq!(characters(&[98, 97, 107, 101]).as_deref(), Some("bake"));
        assert_eq!(characters(&[98, 97, 107, 101, 0]).as_deref(), Some("bake"));
        assert_eq!(characters(&[1, 2, 3]), None);
        assert_eq!(characters(&[-5, 97]), None);
    }
}
