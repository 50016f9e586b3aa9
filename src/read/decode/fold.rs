//! Text cleaned of disguises: look-alikes, invisible characters, piled-up marks, wide and mathematical letters.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::UnicodeEmoji;

use crate::read::decode::invisible::tag_letter;

/// Cyrillic, Greek and Armenian letters and the Latin ones they look like (a cut of Unicode TR 39 confusables.txt).
const LOOK_ALIKES: (&str, &str) = (
    "аеорсухіјѕԁһԛԝѵгкмтвнАВЕКМНОРСТУХІЈЅԌԚԜαοριυκντχγηωΑΒΕΖΗΙΚΜΝΟΡΤΥΧոսցօհɡɑıɩ",
    "aeopcyxijsdhqwvrkmtbhABEKMHOPCTYXIJSGQWaopiukvtxynwABEZHIKMNOPTYXnugohgaii",
);

/// The text without its disguises, for a second look. None when nothing changed. Linear in the text.
pub fn fold(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let seen: String = text.chars().filter_map(visible).nfkc().collect();
    let unmarked =
        if seen.is_ascii() { Cow::Borrowed(seen.as_str()) } else { Cow::Owned(strip_piles(&seen)) };
    let mut out = String::with_capacity(unmarked.len());
    for piece in unmarked.split_inclusive(|c: char| !c.is_alphanumeric()) {
        push_word(piece, &mut out);
    }
    (out != text).then_some(out)
}

/// The character as a reader sees it: nothing for the invisible, the letter for a tag. Emoji vanish only inside words,
/// and that needs the neighbours, so `push_word` sees to it.
fn visible(c: char) -> Option<char> {
    match c {
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
        | '\u{feff}' => None,
        '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' => None,
        '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' => None,
        '\u{e0000}'..='\u{e0fff}' => tag_letter(c),
        _ => Some(c),
    }
}

/// Drops combining marks on Latin letters. Decomposes first, so that one mark or ten make no difference.
fn strip_piles(text: &str) -> String {
    let mut latin = false;
    let keep = |c: &char| {
        if is_combining_mark(*c) {
            return !latin;
        }
        latin = c.is_ascii_alphabetic();
        true
    };
    text.nfd().filter(keep).nfc().collect()
}

/// Adds one word; look-alikes turn Latin when the word mixes scripts or is made of look-alikes alone among Latin words.
fn push_word(piece: &str, out: &mut String) {
    let latin = piece.bytes().any(|b| b.is_ascii_alphabetic());
    let joined = out.ends_with(|c: char| c.is_ascii_alphabetic());
    for c in piece.chars() {
        if !c.is_ascii() && c.is_emoji_char() && joined {
            continue;
        }
        out.push(if latin { look_alike(c) } else { c });
    }
}

fn look_alike(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let (from, to) = LOOK_ALIKES;
    from.chars().position(|known| known == c).and_then(|at| to.chars().nth(at)).unwrap_or(c)
}
