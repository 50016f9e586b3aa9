//! Letters for letters: the turned alphabet, atbash, leetspeak, character codes, Morse (ITU-R M.1677).

use crate::budget::Budget;

/// Letters of English text by frequency, in 1/1000, `a` to `z`.
const FREQUENCY: [u32; 26] =
    [82, 15, 28, 43, 127, 22, 20, 61, 70, 2, 8, 40, 24, 67, 75, 19, 1, 60, 63, 91, 28, 10, 24, 2, 20, 1];
/// How many turns of the alphabet are worth trying in full, best first.
const TURNS: usize = 3;

/// The alphabet turned by 1 to 25: the most likely turns by letter frequency.
pub(super) fn rot_text(text: &str, _: &mut Budget) -> Vec<String> {
    let mut counts = [0_u32; 26];
    for byte in text.bytes().filter(u8::is_ascii_alphabetic) {
        let slot = &mut counts[usize::from(byte.to_ascii_lowercase() - b'a')];
        *slot = slot.saturating_add(1);
    }
    let fit = |turn: usize| -> u64 {
        (0..26).map(|at| u64::from(counts[at]) * u64::from(FREQUENCY[(at + turn) % 26])).sum()
    };
    let mut turns: Vec<(u64, usize)> = (1..26).map(|turn| (fit(turn), turn)).collect();
    turns.sort_unstable_by(|a, b| b.cmp(a));
    // Short texts fool letter counts; 13 and 3 are what people use.
    let mut tried: Vec<usize> = turns.into_iter().map(|row| row.1).take(TURNS).chain([13, 23]).collect();
    tried.sort_unstable();
    tried.dedup();
    tried.into_iter().map(|turn| rot(text, turn as u8)).collect()
}

/// The text with each Latin letter moved on by `turn` (0 to 25).
pub(super) fn rot(text: &str, turn: u8) -> String {
    letters(text, |index| (index + turn) % 26)
}

/// The alphabet mirrored.
pub(super) fn atbash_text(text: &str, _: &mut Budget) -> Vec<String> {
    vec![atbash(text)]
}

/// The text with each Latin letter mirrored.
pub(super) fn atbash(text: &str) -> String {
    letters(text, |index| 25 - index)
}

fn letters(text: &str, map: impl Fn(u8) -> u8) -> String {
    let turn = |c: char| match c {
        'a'..='z' => char::from(b'a' + map(c as u8 - b'a')),
        'A'..='Z' => char::from(b'A' + map(c as u8 - b'A')),
        _ => c,
    };
    text.chars().map(turn).collect()
}

/// Digits and signs that stand for letters, with `1` read as `i` and as `l`.
pub(super) fn leet_text(text: &str, _: &mut Budget) -> Vec<String> {
    let stands_in = |b: u8| b"0134578@$!|+".contains(&b);
    let hidden = text.as_bytes().windows(2).filter(|w| {
        stands_in(w[0]) && w[1].is_ascii_alphabetic() || stands_in(w[1]) && w[0].is_ascii_alphabetic()
    });
    if hidden.take(3).count() < 3 {
        return Vec::new();
    }
    ['i', 'l'].into_iter().map(|one| text.chars().map(|c| unleet(c, one)).collect()).collect()
}

fn unleet(c: char, one: char) -> char {
    match c {
        '0' => 'o',
        '1' | '|' => one,
        '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        _ => c,
    }
}

/// A list of character codes: decimal, or octal or `0x` where every number has that form.
pub(super) fn codes_text(text: &str, _: &mut Budget) -> Vec<String> {
    let listed = |b: u8| b.is_ascii_hexdigit() || b"xX,; \r\n\t[](){}".contains(&b);
    if !text.bytes().all(listed) {
        return Vec::new();
    }
    let numbers: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|number| !number.is_empty()).collect();
    if numbers.len() < 5 {
        return Vec::new();
    }
    let read = |radix: u32, mark: &str| -> Option<String> {
        let code = |n: &&str| u32::from_str_radix(n.strip_prefix(mark)?, radix).ok().and_then(char::from_u32);
        numbers.iter().map(code).collect()
    };
    [read(10, ""), read(8, ""), read(16, "0x")].into_iter().flatten().collect()
}

const MORSE: &[(&str, char)] = &[
    (".-", 'a'),
    ("-...", 'b'),
    ("-.-.", 'c'),
    ("-..", 'd'),
    (".", 'e'),
    ("..-.", 'f'),
    ("--.", 'g'),
    ("....", 'h'),
    ("..", 'i'),
    (".---", 'j'),
    ("-.-", 'k'),
    (".-..", 'l'),
    ("--", 'm'),
    ("-.", 'n'),
    ("---", 'o'),
    (".--.", 'p'),
    ("--.-", 'q'),
    (".-.", 'r'),
    ("...", 's'),
    ("-", 't'),
    ("..-", 'u'),
    ("...-", 'v'),
    (".--", 'w'),
    ("-..-", 'x'),
    ("-.--", 'y'),
    ("--..", 'z'),
    ("-----", '0'),
    (".----", '1'),
    ("..---", '2'),
    ("...--", '3'),
    ("....-", '4'),
    (".....", '5'),
    ("-....", '6'),
    ("--...", '7'),
    ("---..", '8'),
    ("----.", '9'),
    (".-.-.-", '.'),
    ("--..--", ','),
    ("..--..", '?'),
    (".----.", '\''),
    ("-.-.--", '!'),
    ("-..-.", '/'),
    ("-....-", '-'),
    ("---...", ':'),
];

/// Morse code: letters set off by a space, words by a slash, a bar, a new line or more spaces.
pub(super) fn morse_text(text: &str, _: &mut Budget) -> Vec<String> {
    if !text
        .chars()
        .all(|c| matches!(c, '.' | '-' | '·' | '•' | '−' | '–' | '/' | '|' | ' ' | '\n' | '\r' | '\t'))
    {
        return Vec::new();
    }
    let plain: String = text.trim().replace(['·', '•'], ".").replace(['−', '–'], "-");
    let spaced = plain.replace("  ", " / ");
    let words = spaced.split(['/', '|', '\n']).map(morse_word).collect::<Option<Vec<String>>>();
    let words: Vec<String> = words.unwrap_or_default().into_iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() { Vec::new() } else { vec![words.join(" ")] }
}

fn morse_word(word: &str) -> Option<String> {
    word.split_whitespace().map(|sign| MORSE.iter().find(|row| row.0 == sign).map(|row| row.1)).collect()
}
