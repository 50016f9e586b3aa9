//! Text cleaned of disguises: look-alikes, invisible characters, piled-up marks, wide and mathematical letters.

use std::borrow::Cow;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::UnicodeEmoji;

use crate::budget::Budget;
use crate::read::decode::english;
use crate::read::decode::invisible::tag_letter;
use crate::read::decode::letters::Letters;
use crate::read::decode::order::is_sentence;

/// Cyrillic, Greek and Armenian letters and the Latin ones they look like (a cut of Unicode TR 39 confusables.txt).
const LOOK_ALIKES: (&str, &str) = (
    "аеорсухіјѕԁһԛԝѵгкмтвнАВЕКМНОРСТУХІЈЅԌԚԜαεοσριυκντχγηωΑΒΕΖΗΙΚΜΝΟΡΤΥΧոսցօհɡɑıɩ",
    "aeopcyxijsdhqwvrkmtbhABEKMHOPCTYXIJSGQWaeoopiukvtxynwABEZHIKMNOPTYXnugohgaii",
);

static LOOKING_ALIKE: LazyLock<Letters> = LazyLock::new(|| Letters::of(LOOK_ALIKES));

/// Letters of other alphabets and of phonetics that stand for small capitals.
const SMALL_CAPITALS: (&str, &str) = ("ᴀʙᴄᴅᴇꜰғɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdeffghijklmnopqrstuvwyz");

static CAPITALS: LazyLock<Letters> = LazyLock::new(|| Letters::of(SMALL_CAPITALS));
/// Disguised letters below which a text is just typography: an ellipsis, a ligature, a trade mark.
const FEWEST: usize = 3;

/// The text without its disguises, for a second look. None when there are none to speak of: accents where a language has
/// them, typographic signs and letters of other scripts are none. Linear in the text.
pub fn fold(text: &str) -> Option<String> {
    if text.is_ascii() || !is_disguised(text) {
        return None;
    }
    let shown: String = text.chars().filter_map(visible).map(plain_letter).collect();
    let seen = composed(&shown);
    let unmarked =
        if seen.is_ascii() { Cow::Borrowed(seen.as_str()) } else { Cow::Owned(strip_piles(&seen)) };
    let whole = without_emoji_in_words(&unmarked);
    let mut out = String::with_capacity(whole.len());
    let mixed = whole.split(|c: char| !c.is_alphanumeric()).any(is_mixed);
    for piece in whole.split_inclusive(|c: char| !c.is_alphanumeric()) {
        push_word(piece, mixed, &mut out);
    }
    (out != text).then_some(out)
}

/// The text in the form NFKC, part by part: a character in ASCII stays what it is and joins none before it, but one behind it may
/// join it.
fn composed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(wide) = rest.find(|c: char| !c.is_ascii()) {
        let (plain, tail) = rest.split_at(wide.saturating_sub(1));
        let end = tail.char_indices().skip(1).find(|(_, c)| c.is_ascii()).map_or(tail.len(), |(at, _)| at);
        let (part, behind) = tail.split_at(end);
        out.push_str(plain);
        out.extend(part.nfkc());
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// [`fold`] as a codec.
pub(super) fn fold_text(text: &str, _: &mut Budget) -> Vec<String> {
    fold(text).into_iter().collect()
}

/// Letters in capitals and small ones at random (Best-of-N, arXiv 2412.03556), made small.
pub(super) fn mixed_case(text: &str, _: &mut Budget) -> Vec<String> {
    let inner = |pair: &&[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
    if text.as_bytes().windows(2).filter(inner).take(FEWEST).count() < FEWEST {
        return Vec::new();
    }
    let words = || text.split_whitespace().take(512);
    let odd = words().filter(|word| is_random(word)).count();
    if odd < FEWEST || odd * 3 < words().count() || !english::is_wordy(text) {
        return Vec::new();
    }
    let lower = text.to_lowercase();
    if is_sentence(&lower) { vec![lower] } else { Vec::new() }
}

/// Whether a word has a capital behind its first letter, and small letters there as well.
fn is_random(word: &str) -> bool {
    if word.is_ascii() {
        let bytes = word.as_bytes();
        let capital = bytes.get(1..).unwrap_or_default().iter().any(u8::is_ascii_uppercase);
        return capital
            && bytes.iter().filter(|b| b.is_ascii_alphabetic()).skip(1).any(u8::is_ascii_lowercase);
    }
    let mut letters = word.chars().filter(|c| c.is_alphabetic()).skip(1);
    word.chars().skip(1).any(char::is_uppercase) && letters.any(char::is_lowercase)
}

/// Whether anything hides in the text: letters in a form no keyboard has, look-alikes among Latin letters, invisible
/// characters inside words, piled-up marks, marks on the letters of English words.
fn is_disguised(text: &str) -> bool {
    let (mut odd, mut marks, mut before, mut parted) = (0_usize, 0_usize, ' ', false);
    for c in text.chars() {
        if c.is_ascii() && !parted {
            before = c;
            continue;
        }
        let hidden = before.is_alphanumeric()
            && visible(c).is_none()
            && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
        odd += if hidden || is_odd_letter(c) { FEWEST } else { usize::from(is_compatible(c)) };
        marks += usize::from(is_combining_mark(c) && before.is_ascii());
        odd += if parted && c.is_alphabetic() { FEWEST } else { 0 };
        parted = !c.is_ascii() && c.is_emoji_char() && (parted || before.is_alphabetic());
        before = c;
    }
    odd >= FEWEST
        || marks > 0
        || text.split(|c: char| !c.is_alphanumeric()).any(is_mixed)
        || is_accented_english(text)
}

/// Small capitals, letters in circles and boxes, tags.
fn is_odd_letter(c: char) -> bool {
    matches!(c, '\u{249c}'..='\u{24e9}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1f110}'..='\u{1f189}' | '\u{e0020}'..='\u{e007e}')
        || !c.is_ascii() && CAPITALS.get(c).is_some()
}

/// Full-width letters, superscripts and the like.
fn is_compatible(c: char) -> bool {
    matches!(c, '\u{ff21}'..='\u{ff5a}' | '\u{2070}'..='\u{209c}' | '\u{1d2c}'..='\u{1d6a}' | '\u{1d9b}'..='\u{1dbf}' | '\u{2b0}'..='\u{2b8}' | '\u{2e0}'..='\u{2e4}' | '\u{2100}'..='\u{214f}')
}

/// Accents on most words of a text that is plain English without them.
fn is_accented_english(text: &str) -> bool {
    let words = || text.split_whitespace().take(512);
    let accented = words()
        .filter(|word| word.chars().any(|c| matches!(c, '\u{c0}'..='\u{17f}' | '\u{1e00}'..='\u{1eff}')))
        .count();
    if accented < FEWEST || accented * 3 < words().count() {
        return false;
    }
    let bare: String = text.nfd().filter(|c| !is_combining_mark(*c)).take(2048).collect();
    english::is_english(&bare) && english::known_words(&bare) >= FEWEST
}

/// Whether a word mixes Latin letters with look-alikes of other scripts.
fn is_mixed(word: &str) -> bool {
    !word.is_ascii()
        && word.bytes().any(|b| b.is_ascii_alphabetic())
        && word.chars().any(|c| look_alike(c) != c)
}

/// Small capitals and letters in parentheses, dark boxes and circles, which no normalisation makes letters of.
fn plain_letter(c: char) -> char {
    let boxed = |first: u32| char::from_u32(u32::from('a') + u32::from(c) - first).unwrap_or(c);
    match c {
        '\u{249c}'..='\u{24b5}' => boxed(0x249c),
        '\u{1f110}'..='\u{1f129}' => boxed(0x1f110),
        '\u{1f150}'..='\u{1f169}' => boxed(0x1f150),
        '\u{1f170}'..='\u{1f189}' => boxed(0x1f170),
        _ if c.is_ascii() => c,
        _ => CAPITALS.get(c).unwrap_or(c),
    }
}

/// The character as a reader sees it: nothing for the invisible, the letter for a tag.
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
        latin = c.is_ascii();
        true
    };
    text.nfd().filter(keep).nfc().collect()
}

/// Drops emoji that stand between two letters (Emoji Attack, arXiv 2411.01077); others say something.
fn without_emoji_in_words(text: &str) -> String {
    let (mut out, mut held) = (String::with_capacity(text.len()), String::new());
    for c in text.chars() {
        if !c.is_ascii() && c.is_emoji_char() {
            held.push(c);
            continue;
        }
        if !(c.is_alphabetic() && out.ends_with(char::is_alphabetic)) {
            out.push_str(&held);
        }
        held.clear();
        out.push(c);
    }
    out.push_str(&held);
    out
}

/// Adds one word; look-alikes turn Latin when the word holds a Latin letter too, or when other words mix them and this one is
/// made of nothing else.
fn push_word(piece: &str, mixed: bool, out: &mut String) {
    let all = || piece.chars().all(|c| c.is_ascii() || look_alike(c) != c);
    let latin = piece.bytes().any(|b| b.is_ascii_alphabetic()) || mixed && all();
    out.extend(piece.chars().map(|c| if latin { look_alike(c) } else { c }));
}

fn look_alike(c: char) -> char {
    if c.is_ascii() { c } else { LOOKING_ALIKE.get(c).unwrap_or(c) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn part_by_part_is_as_a_whole(text in "([a-z =.]{0,4}|\\PC{0,3}|[\u{300}-\u{360}\u{1100}-\u{11ff}ａ-ｚ①ﬁé]{0,4}){0,12}") {
            prop_assert_eq!(composed(&text), text.nfkc().collect::<String>());
        }
    }
}
