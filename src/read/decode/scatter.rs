//! Letters kept apart: spaced, dashed or bracketed one by one.

use crate::budget::Budget;
use crate::read::decode::english::split_words;

/// Letters set apart by one sign each; a wider gap, a slash or a new line ends a word.
pub(super) fn spaced_text(text: &str, _: &mut Budget) -> Vec<String> {
    let pieces = || text.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty()).take(4096);
    // Each piece takes a byte and a gap: with so many longer ones, nine in ten cannot stand alone.
    let most = (text.len() + 1) / 20;
    let (mut alone, mut longer) = (0_usize, 0_usize);
    for piece in pieces() {
        let single = piece.chars().nth(1).is_none();
        alone += usize::from(single);
        longer += usize::from(!single);
        if longer > most {
            return Vec::new();
        }
    }
    if alone < 8 || longer * 9 > alone {
        return Vec::new();
    }
    let joined = join_letters(text.trim());
    if joined.contains(' ') { vec![joined] } else { vec![split_words(&joined.to_lowercase())] }
}

/// Words end where two separators meet, or at a separator of another kind than the one between letters.
fn join_letters(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let separator = chars.iter().copied().find(|c| !c.is_alphanumeric()).unwrap_or(' ');
    let mut out = String::with_capacity(text.len());
    let mut gap = 0_usize;
    for c in chars {
        if c.is_alphanumeric() {
            if gap > 1 && !out.is_empty() {
                out.push(' ');
            }
            out.push(c);
            gap = 0;
        } else {
            gap = gap.saturating_add(if c == separator { 1 } else { 2 });
        }
    }
    out
}

/// Single letters in bold amid anything else, in order.
pub(super) fn bold_text(text: &str, _: &mut Budget) -> Vec<String> {
    if memchr::memmem::find(text.as_bytes(), b"**").is_none() {
        return Vec::new();
    }
    let inside = text.split("**").skip(1).step_by(2).take(4096);
    let letters: Vec<&str> = inside.filter(|part| !part.is_empty()).collect();
    let single =
        letters.iter().all(|part| part.chars().nth(1).is_none() && part.chars().all(char::is_alphabetic));
    let run: String = letters.concat().to_lowercase();
    if letters.len() < 6 || !single { Vec::new() } else { vec![split_words(&run)] }
}

/// Single letters in brackets amid anything else, in order (DRA, arXiv 2402.18104).
pub(super) fn bracketed_text(text: &str, _: &mut Budget) -> Vec<String> {
    let opens = |byte: &u8| matches!(byte, b'(' | b'[' | b'{');
    if text.is_ascii() {
        let alone = |three: &[u8]| opens(&three[0]) && three[1].is_ascii_alphabetic() && !opens(&three[2]);
        if text.as_bytes().windows(3).filter(|three| alone(three)).nth(5).is_none() {
            return Vec::new();
        }
    } else if !text.bytes().any(|byte| opens(&byte)) {
        return Vec::new();
    }
    let mut letters = String::new();
    let (mut one, mut two) = (' ', ' ');
    for c in text.chars() {
        if matches!((one, c), ('(', ')') | ('[', ']') | ('{', '}')) && two.is_alphabetic() {
            letters.extend(two.to_lowercase());
        }
        (one, two) = (two, c);
    }
    if letters.chars().count() < 6 { Vec::new() } else { vec![split_words(&letters)] }
}
