//! Letters moved about: pairs swapped, rail fences, columns, pig Latin, words turned upside down, shuffled middles.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::budget::Budget;
use crate::read::decode::english;
use crate::read::decode::english::split_words;
use crate::read::decode::letters::Letters;
use crate::read::lexer::word;
use crate::read::lexer::word::WordMap;
use crate::read::lexer::word::between_blanks;

/// Longer texts are not moved about on suspicion.
pub(super) const LONGEST: usize = 2 << 10;
const SHORTEST: usize = 12;
/// Rails and columns tried.
const MOST_RAILS: usize = 6;
const MOST_COLUMNS: usize = 10;

/// Letters and blanks, as many vowels as language has, and no word that anybody knows: then they may have been moved about.
fn fits(text: &str) -> bool {
    if !(SHORTEST..=LONGEST).contains(&text.len()) {
        return false;
    }
    let (mut letters, mut vowels, mut others) = (0_usize, 0_usize, 0_usize);
    for byte in text.bytes() {
        match byte.to_ascii_lowercase() {
            b'a' | b'e' | b'i' | b'o' | b'u' => vowels += 1,
            b'b'..=b'z' => letters += 1,
            b' ' => {}
            _ => others += 1,
        }
        if others * 8 > SHORTEST && others * 12 > letters + vowels {
            return false;
        }
    }
    let all = letters + vowels;
    vowels * 4 >= all && vowels * 2 <= all && !english::holds_long_word(text)
}

/// Each pair of characters swapped.
pub(super) fn swapped_letters(text: &str, _: &mut Budget) -> Vec<String> {
    if !fits(text) {
        return Vec::new();
    }
    let chars: Vec<char> = text.chars().collect();
    vec![chars.chunks(2).flat_map(|pair| pair.iter().rev()).collect()]
}

/// A rail fence of two to six rails.
pub(super) fn rails_text(text: &str, _: &mut Budget) -> Vec<String> {
    if !fits(text) {
        return Vec::new();
    }
    let chars: Vec<char> = text.chars().collect();
    (2..=MOST_RAILS)
        .map(|rails| spaced(unrail(&chars, rails)))
        .filter(|text| english::is_all_words(text))
        .collect()
}

/// The rail each character was written on, row by row, read back in the order of the zigzag.
fn unrail(chars: &[char], rails: usize) -> String {
    place(chars, zigzag(rails, chars.len()))
}

/// Positions in a zigzag over so many rails, rail by rail.
fn zigzag(rails: usize, length: usize) -> impl Iterator<Item = usize> {
    let period = 2 * (rails - 1);
    let on = move |rail: usize| {
        // Down and, between the two ends, up again.
        let up = Some(period - rail).filter(|_| rail > 0 && rail < rails - 1);
        let turns = (0..length).step_by(period);
        turns.flat_map(move |turn| std::iter::once(turn + rail).chain(up.map(|up| turn + up)))
    };
    (0..rails).flat_map(on).filter(move |at| *at < length)
}

/// Text written in rows and read by columns, two to ten of them.
pub(super) fn columns_text(text: &str, _: &mut Budget) -> Vec<String> {
    if !fits(text) {
        return Vec::new();
    }
    let chars: Vec<char> = text.chars().collect();
    let read = |columns: usize| {
        let order = (0..columns).flat_map(|column| (column..chars.len()).step_by(columns));
        spaced(place(&chars, order))
    };
    (2..=MOST_COLUMNS).map(read).filter(|text| english::is_all_words(text)).collect()
}

/// The first of `chars` belongs where `order` says first, and so on.
fn place(chars: &[char], order: impl Iterator<Item = usize>) -> String {
    let mut out = vec![' '; chars.len()];
    for (c, at) in chars.iter().zip(order) {
        if let Some(slot) = out.get_mut(at) {
            *slot = *c;
        }
    }
    out.into_iter().collect()
}

fn spaced(text: String) -> String {
    if text.contains(' ') { text } else { split_words(&text.to_lowercase()) }
}

/// Every letter written twice, three or four times.
pub(super) fn doubled_text(text: &str, _: &mut Budget) -> Vec<String> {
    (2..=4).filter_map(|times| once(text, times)).collect()
}

/// The text in which every letter and digit stands so many `times`, with one of each; None where one does not.
fn once(text: &str, times: usize) -> Option<String> {
    let mut out = String::with_capacity(text.len() / times);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() && !(1..times).all(|_| letters.next() == Some(letter)) {
            return None;
        }
        out.push(letter);
    }
    Some(out)
}

/// Pig Latin: a word's first consonants stand behind it, followed by `ay`.
pub(super) fn pig_latin_text(text: &str, _: &mut Budget) -> Vec<String> {
    // So many words end so.
    let words = || between_blanks(text);
    let stands = memchr::memmem::find_iter(text.as_bytes(), "ay").count();
    if stands < 3 || stands * 10 < words().count() * 8 {
        return Vec::new();
    }
    let ends =
        words().filter(|word| word.trim_end_matches(|c: char| !c.is_alphabetic()).ends_with("ay")).count();
    if ends < 3 || ends * 10 < words().count() * 8 {
        return Vec::new();
    }
    let mut readings: Vec<String> = Vec::new();
    for mark in ["way", "yay", "hay", "ay"] {
        for whole in [Whole::Taken, Whole::Never, Whole::Likelier] {
            let reading = words().map(|word| unpig(word, mark, whole)).collect::<Vec<_>>().join(" ");
            if !readings.contains(&reading) {
                readings.push(reading);
            }
        }
    }
    readings.sort_by(|a, b| english::score(b).total_cmp(&english::score(a)));
    readings.truncate(PIGS);
    readings
}

/// Readings of a text in pig Latin.
const PIGS: usize = 6;

/// What likelier letters must be better by than the simpler reading.
const EDGE: f32 = 0.3;

/// Whether a word that could have stood there as it is did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Taken,
    Never,
    /// Where it reads better so.
    Likelier,
}

/// Consonants that begin English words together.
const ONSETS: [&str; 48] = [
    "bl", "br", "ch", "chr", "cl", "cr", "dr", "dw", "fl", "fr", "gh", "gl", "gn", "gr", "kn", "ph", "phr",
    "pl", "pr", "ps", "qu", "rh", "sc", "sch", "scr", "sh", "shr", "sk", "sl", "sm", "sn", "sp", "spl",
    "spr", "sq", "st", "str", "sw", "th", "thr", "tr", "tw", "wh", "wr", "squ", "thw", "kr", "pn",
];

/// A word read back. `mark` stands behind a word that began with a vowel; `whole` says what such a word is more likely to be.
fn unpig(word: &str, mark: &str, whole: Whole) -> String {
    let bare = word.trim_end_matches(|c: char| !c.is_alphabetic());
    let tail = word.get(bare.len()..).unwrap_or_default();
    let Some(stem) = bare.strip_suffix("ay") else { return word.to_owned() };
    let run = stem.chars().rev().take_while(|c| !"aeiouAEIOU".contains(*c)).count().min(4);
    let most = stem.chars().count().saturating_sub(1).min(run).max(1);
    let voiceless = |rest: &&str| !rest.contains(['a', 'e', 'i', 'o', 'u']) && rest.ends_with('y');
    let as_it_is = bare.strip_suffix("ay").filter(voiceless).or(bare.strip_suffix(mark)).filter(|rest| {
        let vowel = rest.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
        !rest.is_empty() && (vowel || voiceless(rest) || mark != "ay" && english::is_common(rest))
    });
    // Of several consonants at the end it is not known how many came from the front: take what makes a word, else what makes
    // the likeliest letters; the fewest on a tie.
    let turns = (1..=most).rev().filter(|count| {
        let from = stem.char_indices().rev().nth(count - 1).map_or(0, |(at, _)| at);
        let head = stem[from..].to_lowercase();
        *count == 1 || ONSETS.contains(&&*head)
    });
    let worth = |turn: &(usize, String)| likely(&turn.1) - EDGE * turn.0 as f32;
    let best = turns.map(|count| (count, turned(stem, count))).max_by(|a, b| worth(a).total_cmp(&worth(b)));
    let best = best.map(|turn| turn.1).unwrap_or_default();
    let plain = match as_it_is {
        Some(rest) if english::is_common(rest) || rest.eq_ignore_ascii_case("a") => rest.to_owned(),
        Some(rest) if whole == Whole::Taken && !english::is_common(&best) => rest.to_owned(),
        Some(rest) if whole == Whole::Likelier && likely(rest) + EDGE >= likely(&best) => rest.to_owned(),
        _ => best,
    };
    plain + tail
}

fn likely(word: &str) -> f32 {
    if english::is_common(word) { 8.0 } else { english::score(&format!(" {word} ")) }
}

/// The last `count` characters put in front.
fn turned(stem: &str, count: usize) -> String {
    let chars: Vec<char> = stem.chars().collect();
    let (head, tail) = chars.split_at(chars.len().saturating_sub(count));
    tail.iter().chain(head).collect()
}

/// Letters and what stands for them upside down.
const UPSIDE_DOWN: (&str, &str) = (
    "ɐqɔpǝɟƃɓɥᴉıɾʞlʃɯuodbɹsʇnʌʍxʎz∀ᗺƆᗡƎℲפ⅁HIſʞ˥WNOԀΌᴚS⊥∩ΛMX⅄Z˙¿¡",
    "abcdefgghiijkllmnopqrstuvwxyzABCDEFGGHIJKLMNOPQRSTUVWXYZ.?!",
);

static TURNED_BACK: LazyLock<Letters> = LazyLock::new(|| Letters::of(UPSIDE_DOWN));

/// Upside-down letters, read from the end and, as some write them, from the start.
pub(super) fn upside_down_text(text: &str, _: &mut Budget) -> Vec<String> {
    let known = &*TURNED_BACK;
    if text.is_ascii()
        || text.chars().filter(|c| !c.is_ascii() && known.get(*c).is_some()).take(4).count() < 4
    {
        return Vec::new();
    }
    let turned: String = text.chars().map(|c| known.get(c).unwrap_or(c)).collect();
    vec![turned.chars().rev().collect(), turned]
}

static BY_MIDDLE: LazyLock<WordMap<&'static str>> = LazyLock::new(|| {
    let mut known = WordMap::default();
    for word in english::words() {
        if let Some(key) = word::shuffled_key(word.as_bytes()) {
            known.entry(key).or_insert(word);
        }
    }
    known
});

/// First letter, last letter and length of the common words, a bit for each length.
static EDGES: LazyLock<[u16; 26 * 26]> = LazyLock::new(|| {
    let mut edges = [0; 26 * 26];
    for word in english::words() {
        if let Some(at) = edge(word.as_bytes()) {
            edges[at] |= 1 << word.len().min(15);
        }
    }
    edges
});

/// Where [`EDGES`] has a word.
fn edge(word: &[u8]) -> Option<usize> {
    let letter =
        |byte: &u8| byte.is_ascii_alphabetic().then(|| usize::from(byte.to_ascii_lowercase() - b'a'));
    Some(letter(word.first()?)? * 26 + letter(word.last()?)?)
}

/// Words whose middle letters were shuffled (Best-of-N, arXiv 2412.03556), as far as they are common words.
pub(super) fn shuffled_text(text: &str, _: &mut Budget) -> Vec<String> {
    if !(SHORTEST..=LONGEST).contains(&text.len()) || !english::is_wordy(text) {
        return Vec::new();
    }
    let (edges, mut words, mut mended) = (&*EDGES, 0_usize, 0_usize);
    let likely = |bare: &str| {
        bare.len() > 3 && edge(bare.as_bytes()).is_some_and(|at| edges[at] >> bare.len().min(15) & 1 == 1)
    };
    for word in between_blanks(text) {
        words += 1;
        let whole = word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let bare = if whole { word } else { word.trim_matches(|c: char| !c.is_alphabetic()) };
        mended += usize::from(likely(bare) && meant(bare).is_some());
    }
    if mended < 2 || mended * 6 < words {
        return Vec::new();
    }
    let whole = |word| mend(word).map_or_else(|| Cow::Borrowed(word), Cow::Owned);
    vec![between_blanks(text).map(whole).collect::<Vec<_>>().join(" ")]
}

/// A word that is no common one, but holds the letters of one.
fn mend(word: &str) -> Option<String> {
    let bare = word.trim_matches(|c: char| !c.is_alphabetic());
    let known = meant(bare)?;
    Some(word.to_lowercase().replace(&bare.to_ascii_lowercase(), known))
}

/// The common word whose letters a word holds, when it is none itself.
fn meant(bare: &str) -> Option<&'static str> {
    if bare.len() < 4 || !bare.is_ascii() || english::is_known(bare.as_bytes()) {
        return None;
    }
    BY_MIDDLE.get(&word::shuffled_key(bare.as_bytes())?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zigzag_takes_its_rails_one_by_one() {
        for (rails, length) in (2..=MOST_RAILS).flat_map(|rails| (0..40).map(move |length| (rails, length))) {
            let period = 2 * (rails - 1);
            let rail = |at: usize| (at % period).min(period - at % period);
            let mut order: Vec<usize> = (0..length).collect();
            order.sort_by_key(|at| rail(*at));
            assert_eq!(zigzag(rails, length).collect::<Vec<_>>(), order);
        }
    }
}
