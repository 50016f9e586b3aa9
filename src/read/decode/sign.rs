//! Signs for letters: numbers (A1Z26), tap code, Bacon's cipher, the NATO alphabet, code points, Braille, flags.

use std::sync::LazyLock;

use crate::budget::Budget;
use crate::read::decode::english::split_words;
use crate::read::lexer::word::Lexicon;
use crate::read::lexer::word::between_blanks;

/// Letters by number, `1` for `a`: words set off by spaces, letters by dashes, or by slashes and spaces.
pub(super) fn a1z26_text(text: &str, _: &mut Budget) -> Vec<String> {
    if !text.bytes().all(|b| b.is_ascii_digit() || b" -/,.|\r\n\t".contains(&b)) {
        return Vec::new();
    }
    let letter = |number: &str| -> Option<char> {
        let at: u8 = number.parse().ok()?;
        // A blank is often written as nothing, or as the letter behind the last.
        if matches!(at, 0 | 27) {
            Some(' ')
        } else {
            (1..=26).contains(&at).then(|| char::from(b'a' + at - 1))
        }
    };
    spelled(text, letter)
}

/// A text whose letters are written by signs: words are set off by a slash, a bar, a new line, wide space or, where letters are
/// dashed together, by a space.
fn spelled(text: &str, letter: impl Fn(&str) -> Option<char>) -> Vec<String> {
    let text = text.trim();
    let slashed = text.contains(['/', '|', '\n']) || text.contains("  ");
    let joined = text.contains(['-', '.', ',']) && !slashed;
    let ends_word = |c: char| if slashed { matches!(c, '/' | '|' | '\n') } else { joined && c == ' ' };
    let wide = text.replace("   ", " / ").replace("  ", " / ");
    let mut words: Vec<String> = Vec::new();
    let mut count = 0_usize;
    for word in wide.split(ends_word).map(str::trim).filter(|word| !word.is_empty()) {
        let mut out = String::new();
        for sign in word.split([' ', '-', ',', '.']).filter(|sign| !sign.is_empty()) {
            match letter(sign) {
                Some(c) => out.push(c),
                None => return Vec::new(),
            }
            count += 1;
        }
        words.push(out);
    }
    match words.as_slice() {
        _ if count < 6 => Vec::new(),
        [run] => vec![cut(run)],
        _ if words.iter().all(|word| word.len() == 1) => vec![cut(&words.concat())],
        _ => vec![words.join(" ")],
    }
}

/// Letters run together as words, unless blanks stand among them.
fn cut(run: &str) -> String {
    if run.contains(' ') { run.split_whitespace().collect::<Vec<_>>().join(" ") } else { split_words(run) }
}

const TAPPED: &[u8; 25] = b"abcdefghijlmnopqrstuvwxyz";

/// The square of Polybius, where `j` is written `i`.
const SQUARE: &[u8; 25] = b"abcdefghiklmnopqrstuvwxyz";

/// Row and column of a square of 25, as digits or as taps: tap code, where `k` is written `c`, and the square of Polybius.
pub(super) fn tap_text(text: &str, _: &mut Budget) -> Vec<String> {
    let mut found = squared(text, TAPPED);
    found.extend(squared(text, SQUARE).into_iter().filter(|text| text.contains('k')));
    found
}

fn squared(text: &str, square: &[u8; 25]) -> Vec<String> {
    let at = |row: usize, column: usize| -> Option<char> {
        let inside = (1..=5).contains(&row) && (1..=5).contains(&column);
        inside.then(|| square.get((row - 1) * 5 + column - 1).map(|b| char::from(*b))).flatten()
    };
    if text.bytes().all(|b| b". /\r\n".contains(&b)) && text.contains('.') {
        return dotted(text, at);
    }
    if !text.bytes().all(|b| (b'1'..=b'5').contains(&b) || b" /|,\r\n".contains(&b)) {
        return Vec::new();
    }
    spelled(&text.replace(',', " "), |sign| match sign.as_bytes() {
        [row, column] => at(usize::from(row - b'0'), usize::from(column - b'0')),
        _ => None,
    })
}

/// Taps: runs of dots, two for each letter.
fn dotted(text: &str, at: impl Fn(usize, usize) -> Option<char>) -> Vec<String> {
    let word = |word: &str| -> Option<String> {
        let taps: Vec<usize> = word.split_whitespace().map(str::len).collect();
        let (pairs, rest) = taps.as_chunks::<2>();
        rest.is_empty().then(|| pairs.iter().map(|pair| at(pair[0], pair[1])).collect()).flatten()
    };
    let marked = text.trim().replace("   ", "/");
    let words: Option<Vec<String>> = marked.split(['/', '\n']).map(word).collect();
    let words: Vec<String> = words.unwrap_or_default().into_iter().filter(|word| !word.is_empty()).collect();
    if words.iter().map(String::len).sum::<usize>() < 6 { Vec::new() } else { vec![words.join(" ")] }
}

/// Bacon's cipher: five of two signs a letter, in the alphabet of 26 and of 24.
pub(super) fn bacon_text(text: &str, _: &mut Budget) -> Vec<String> {
    let bit = |b: u8| match b {
        b'a' | b'A' | b'0' => Some(0_u8),
        b'b' | b'B' | b'1' => Some(1),
        _ => None,
    };
    if !text.bytes().all(|b| bit(b).is_some() || b.is_ascii_whitespace() || b"/|".contains(&b)) {
        return Vec::new();
    }
    let fives = |words: &str| -> Option<Vec<u8>> {
        let bits: Vec<u8> = words.bytes().filter_map(bit).collect();
        let (groups, rest) = bits.as_chunks::<5>();
        rest.is_empty().then(|| groups.iter().map(|g| g.iter().fold(0, |acc, b| acc << 1 | b)).collect())
    };
    let read = |alphabet: &[u8]| -> Option<String> {
        let words: Option<Vec<String>> = text
            .trim()
            .split(['/', '|', '\n'])
            .map(|word| {
                fives(word)?.iter().map(|at| alphabet.get(usize::from(*at)).map(|b| char::from(*b))).collect()
            })
            .collect();
        let words = words?;
        (words.concat().len() >= 5)
            .then(|| if words.len() == 1 { split_words(&words[0]) } else { words.join(" ") })
    };
    [read(b"abcdefghijklmnopqrstuvwxyz"), read(b"abcdefghiklmnopqrstuwxyz")].into_iter().flatten().collect()
}

const NATO: [(&str, char); 27] = [
    ("alfa", 'a'),
    ("alpha", 'a'),
    ("bravo", 'b'),
    ("charlie", 'c'),
    ("delta", 'd'),
    ("echo", 'e'),
    ("foxtrot", 'f'),
    ("golf", 'g'),
    ("hotel", 'h'),
    ("india", 'i'),
    ("juliet", 'j'),
    ("kilo", 'k'),
    ("lima", 'l'),
    ("mike", 'm'),
    ("november", 'n'),
    ("oscar", 'o'),
    ("papa", 'p'),
    ("quebec", 'q'),
    ("romeo", 'r'),
    ("sierra", 's'),
    ("tango", 't'),
    ("uniform", 'u'),
    ("victor", 'v'),
    ("whiskey", 'w'),
    ("xray", 'x'),
    ("yankee", 'y'),
    ("zulu", 'z'),
];

/// Words that name a letter, in either way to write those that have two.
static NAMES: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    let spelled = NATO.iter().map(|(name, _)| *name).filter(|name| (4..=8).contains(&name.len()));
    Lexicon::of(spelled.chain(["x-ray", "juliett"]).map(|name| (name, ())))
});

/// The spelling alphabet of radio.
pub(super) fn nato_text(text: &str, _: &mut Budget) -> Vec<String> {
    if between_blanks(text).filter(|word| NAMES.holds(word.as_bytes())).nth(5).is_none() {
        return Vec::new();
    }
    let lower = text.to_lowercase().replace("x-ray", "xray").replace("juliett", "juliet");
    let known = |word: &str| NATO.iter().find(|row| row.0 == word).map(|row| row.1);
    let first = lower.split_whitespace().find_map(known);
    if first.is_none() || lower.split_whitespace().filter(|w| known(w).is_some()).count() < 6 {
        return Vec::new();
    }
    let gap = |word: &str| matches!(word, "space" | "(space)" | "|");
    let marked: Vec<&str> = lower
        .lines()
        .flat_map(|line| line.split_whitespace().map(|w| if gap(w) { "/" } else { w }).chain(["/"]))
        .collect();
    spelled(&marked.join(" ").replace(['-', ',', '.'], " "), known)
}

/// `U+0064`, `\u{64}` left to the escapes: code points set off by spaces or commas.
pub(super) fn code_points_text(text: &str, _: &mut Budget) -> Vec<String> {
    if !text.contains('+') {
        return Vec::new();
    }
    if text.matches("U+").chain(text.matches("u+")).take(5).count() < 5 {
        return Vec::new();
    }
    let point = |sign: &str| {
        let hex = sign.strip_prefix("U+").or_else(|| sign.strip_prefix("u+"))?;
        u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
    };
    let signs = text.split(|c: char| c.is_whitespace() || c == ',').filter(|sign| !sign.is_empty());
    signs.map(point).collect::<Option<String>>().into_iter().collect()
}

/// Binary code points of sixteen digits, octal bytes of three: groups of one width.
pub(super) fn wide_digits_text(text: &str, _: &mut Budget) -> Vec<String> {
    if !text.bytes().all(|b| b.is_ascii_digit() || b" ,\r\n\t".contains(&b)) {
        return Vec::new();
    }
    let groups: Vec<&str> =
        text.split([' ', ',', '\n', '\r', '\t']).filter(|group| !group.is_empty()).collect();
    if groups.len() < 5 {
        return Vec::new();
    }
    let all = |width: std::ops::RangeInclusive<usize>, digits: &str| {
        groups.iter().all(|group| width.contains(&group.len()) && group.chars().all(|c| digits.contains(c)))
    };
    let radix = match () {
        () if all(9..=32, "01") => 2,
        () if all(2..=3, "01234567") => 8,
        () => return Vec::new(),
    };
    let read = |group: &&str| u32::from_str_radix(group, radix).ok().and_then(char::from_u32);
    groups.iter().map(read).collect::<Option<String>>().into_iter().collect()
}

/// Braille, letters of grade one.
pub(super) fn braille_text(text: &str, _: &mut Budget) -> Vec<String> {
    const CELLS: [u8; 26] =
        [1, 3, 9, 25, 17, 11, 27, 19, 10, 26, 5, 7, 13, 29, 21, 15, 31, 23, 14, 30, 37, 39, 58, 45, 61, 53];
    let cell = |c: char| u32::from(c).checked_sub(0x2800).filter(|cell| *cell < 256);
    if text.is_ascii() || text.chars().filter(|c| cell(*c).is_some()).take(6).count() < 6 {
        return Vec::new();
    }
    let read = |c: char| match cell(c) {
        Some(0) => Some(' '),
        // The sign for a capital.
        Some(32) => None,
        Some(cell) => {
            CELLS.iter().position(|known| u32::from(*known) == cell).map(|at| char::from(b'a' + at as u8))
        }
        None => Some(c),
    };
    vec![text.chars().filter_map(read).collect()]
}

/// Flags: regional indicators as the letters they are made of.
pub(super) fn flags_text(text: &str, _: &mut Budget) -> Vec<String> {
    let letter = |c: char| u32::from(c).checked_sub(0x1f1e6).filter(|at| *at < 26);
    if text.is_ascii() || text.chars().filter(|c| letter(*c).is_some()).take(6).count() < 6 {
        return Vec::new();
    }
    let read = |c: char| match letter(c) {
        Some(at) => char::from_u32(u32::from('a') + at),
        None => (!matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}')).then_some(c),
    };
    let out: String = text.chars().filter_map(read).collect();
    if out.contains(' ') { vec![out] } else { vec![split_words(&out)] }
}
