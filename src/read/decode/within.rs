//! Encoded runs inside a longer text: a base64 word in a sentence, Morse on a line of its own, a flipped quotation.

use std::collections::HashSet;
use std::sync::LazyLock;

use memchr::memchr_iter;
use memchr::memchr3_iter;
use memchr::memmem;
use memchr::memrchr_iter;

use crate::budget::Budget;
use crate::budget::Limit;
use crate::read::decode::english;
use crate::read::decode::order::Order;
use crate::read::decode::shape::Shape;
use crate::read::decode::table::CODECS;
use crate::read::decode::tried::Tried;
use crate::read::decode::unwind::Decoded;
use crate::read::lexer;

/// Lines and quotations tried in one text, and runs of each kind.
const MOST: usize = 128;
/// Of lines that read as English, those whose words stand in the strangest order.
const MOST_ENGLISH: usize = 12;
/// The shortest part of any kind.
const SHORTEST: usize = 12;
/// The longest line or quotation tried against all codecs.
const LONG_LINE: usize = 4 << 10;

/// A run worth cutting out: which bytes belong to it and how many there must be.
struct Run {
    belongs: fn(u8) -> bool,
    least: usize,
}

const RUNS: &[Run] = &[
    Run { belongs: |b| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b), least: 16 },
    Run { belongs: |b| b.is_ascii_hexdigit() || b" :,xX\\".contains(&b), least: 23 },
    Run { belongs: |b| b"01 \r\n".contains(&b), least: 24 },
    Run { belongs: |b| b.is_ascii_digit() || b" ,;\r\n".contains(&b), least: 16 },
    Run { belongs: |b| b".-/| ".contains(&b), least: 12 },
    Run { belongs: |b| !b.is_ascii_whitespace() && !b"\"'`()<>".contains(&b), least: 20 },
];

/// Which runs each byte belongs to, a bit for each.
static BELONGS: LazyLock<[u8; 256]> = LazyLock::new(|| {
    let mut bits = [0; 256];
    for (byte, slot) in (0..=u8::MAX).zip(&mut bits) {
        for (at, run) in RUNS.iter().enumerate() {
            *slot |= u8::from((run.belongs)(byte)) << at;
        }
    }
    bits
});

/// Believable readings of parts of `text`: whole runs in an encoding's alphabet, lines, quotations and what follows a
/// colon. At most 128 parts of each kind are tried; stops where the budget does. Never `text` as a whole: see [`unwind`](super::unwind::unwind).
pub fn unwind_within(text: &str, budget: &mut Budget) -> Vec<Decoded> {
    unwind_parts(text, &mut Tried::default(), budget)
}

/// The same without the parts that were tried before.
pub(super) fn unwind_parts(text: &str, tried: &mut Tried, budget: &mut Budget) -> Vec<Decoded> {
    if text.len() < SHORTEST {
        return Vec::new();
    }
    let mut parts: Vec<&str> = Vec::new();
    cut_runs(text, &mut parts);
    cut_lines(text, &mut parts);
    tried.begin(text.trim());
    let mut seen = HashSet::new();
    let mut out: Vec<Decoded> = Vec::new();
    if budget.spend_steps(text.len() as u64 / 64 + 1).is_err() {
        return out;
    }
    for part in parts {
        if !tried.begin(part) {
            continue;
        }
        if budget.step().is_err() || budget.hits().any(|limit| limit == Limit::ValueBytes) {
            break;
        }
        out.extend(
            tried.unwind(part, budget).into_iter().filter(|decoded| seen.insert(decoded.text.clone())),
        );
    }
    let whole = continued(&out);
    out.extend(whole);
    out
}

/// The most parts of one text in an encoding.
const MOST_PARTS: usize = 16;

/// What several parts in one encoding say one behind the other.
fn continued(all: &[Decoded]) -> Option<Decoded> {
    let codec = all.iter().find_map(|one| (one.steps.len() == 1).then(|| one.steps.first()).flatten())?;
    let parts: Vec<&str> = all
        .iter()
        .filter(|one| one.steps.first() == Some(codec) && one.steps.len() == 1)
        .map(|one| &*one.text)
        .collect();
    let text = parts.concat();
    let fits = (2..=MOST_PARTS).contains(&parts.len()) && english::is_english(&text);
    fits.then(|| Decoded { text, steps: vec![codec, "joined"] })
}

/// Readings that only a text as a whole gives away: a cipher with its key beside it, characters nobody sees.
pub fn unwind_hidden(text: &str, budget: &mut Budget) -> Vec<Decoded> {
    let whole = [
        "substitution",
        "vigenere",
        "affine",
        "keyed_bytes",
        "uuencode",
        "tags",
        "variation_selectors",
        "zero_width",
        "bidi",
    ];
    let mut out: Vec<Decoded> = Vec::new();
    let shape = Shape::of(text);
    for codec in CODECS.iter().filter(|codec| whole.contains(&codec.name) && (codec.fits)(&shape)) {
        for text in (codec.decode)(text, budget) {
            if english::is_english(&text) && out.iter().all(|known| known.text != text) {
                out.push(Decoded { text, steps: vec![codec.name] });
            }
        }
    }
    out
}

/// Whole-token runs of every kind: bounded on both sides by something that is no letter or digit.
fn cut_runs<'a>(text: &'a str, parts: &mut Vec<&'a str>) {
    let (belongs, bytes) = (&*BELONGS, text.as_bytes());
    let mut found: [Vec<&str>; RUNS.len()] = Default::default();
    let mut from = [0_usize; RUNS.len()];
    let mut open = 0_u8;
    for (end, bits) in bytes.iter().map(|byte| belongs[usize::from(*byte)]).chain([0]).enumerate() {
        let mut changed = open ^ bits;
        open = bits;
        while changed != 0 {
            let at = changed.trailing_zeros() as usize;
            changed &= changed - 1;
            let (Some(run), Some(from), Some(found)) = (RUNS.get(at), from.get_mut(at), found.get_mut(at))
            else {
                break;
            };
            if bits >> at & 1 == 1 {
                *from = end;
            } else if end - *from >= run.least && found.len() < MOST && is_apart(bytes, *from, end) {
                let part = text.get(*from..end).map(str::trim).unwrap_or_default();
                if part.len() >= run.least && looks_packed(part) {
                    found.push(part);
                }
            }
        }
    }
    parts.extend(found.into_iter().flatten());
}

fn is_apart(bytes: &[u8], from: usize, end: usize) -> bool {
    let letter = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    !letter(from.checked_sub(1)) && !letter(Some(end))
}

/// Words, paths and identifiers are nearly all one case of letter; an encoded run mixes case, digits or signs.
fn looks_packed(part: &str) -> bool {
    let count = |is: fn(&u8) -> bool| part.bytes().filter(is).count();
    let lower = count(u8::is_ascii_lowercase);
    lower * 20 < part.len() * 19
}

/// Lines, quotations and what follows a colon, where they are prose or hold escapes; code lines are for the runs.
fn cut_lines<'a>(text: &'a str, parts: &mut Vec<&'a str>) {
    let fits = |part: &&str| (SHORTEST..=LONG_LINE).contains(&part.len());
    let whole = text.trim();
    let mut found: Vec<&str> = Vec::new();
    for line in lexer::lines(text).map(str::trim).filter(|line| line.len() >= SHORTEST) {
        let (tail, bound) = (behind_colon(line), behind_equals(line));
        let quoted = quoted(line);
        // The text as a whole was taken apart already.
        let line = (line.len() < whole.len()).then_some(line);
        let cuts = line.into_iter().chain(tail).chain(bound).chain(quoted).map(str::trim);
        found.extend(cuts.filter(fits).filter(|part| is_worth(part)));
    }
    let blocks: Vec<&str> = paragraphs(text).filter(fits).collect();
    if found.len() + blocks.len() <= MOST_ENGLISH {
        parts.extend(found.into_iter().chain(blocks));
        return;
    }
    let mut found: Vec<(Option<i64>, &str)> =
        found.into_iter().map(|part| (strangeness(part), part)).collect();
    found.extend(blocks.into_iter().map(|part| (None, part)));
    // What does not read as English comes first, then what is badly ordered: the number of parts is limited.
    found.sort_by_key(|(order, _)| *order);
    let english = found.iter().position(|(order, _)| order.is_some()).unwrap_or(found.len());
    parts.extend(found.into_iter().map(|(_, part)| part).take(MOST.min(english + MOST_ENGLISH)));
}

/// What follows the last colon with a blank behind it.
fn behind_colon(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let at = memrchr_iter(b':', bytes).find(|at| bytes.get(at + 1) == Some(&b' '))?;
    line.get(at + 2..)
}

/// What follows the first equals sign between blanks.
fn behind_equals(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    let apart = |at: &usize| bytes.get(at + 1) == Some(&b' ') && bytes[..*at].ends_with(b" ");
    line.get(memchr_iter(b'=', bytes).find(apart)? + 2..)
}

/// What stands behind the first quote, the third, the fifth, each up to the next of any kind.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    let mut quotes = memchr3_iter(b'"', b'\'', b'`', line.as_bytes());
    std::iter::from_fn(move || {
        let from = quotes.next()? + 1;
        line.get(from..quotes.next().unwrap_or(line.len()))
    })
}

/// Whether a part is prose, holds escapes or looks like an encoding.
fn is_worth(part: &str) -> bool {
    let counts = Counts::of(part);
    counts.of_escapes() >= 3
        || is_packed_token(part)
        || !part.is_ascii()
        || counts.may_be_wordy(part) && english::is_wordy(part)
        || is_scattered(part)
        || is_coded(part, counts)
}

/// Bytes of a part by what they are, counted side by side: signs of escapes, letters with digits and blanks, small letters,
/// what is seen.
#[derive(Clone, Copy)]
struct Counts(u64);

/// Bits of one count: no part is longer than [`LONG_LINE`] where it matters.
const COUNT_BITS: u32 = 16;

/// What each byte counts for.
static COUNTED: LazyLock<[u64; 256]> = LazyLock::new(|| {
    let mut counted = [0; 256];
    for (byte, slot) in (0..=u8::MAX).zip(&mut counted) {
        let is = [
            b"\\%&=".contains(&byte),
            byte.is_ascii_alphanumeric() || byte == b' ',
            byte.is_ascii_lowercase(),
            byte.is_ascii_graphic(),
        ];
        *slot = is.iter().rev().fold(0, |all, is| all << COUNT_BITS | u64::from(*is));
    }
    counted
});

impl Counts {
    /// Counts the first 64 KiB at most.
    fn of(part: &str) -> Self {
        let counted = &*COUNTED;
        Counts(part.bytes().take((1 << COUNT_BITS) - 1).map(|byte| counted[usize::from(byte)]).sum())
    }

    fn at(self, place: u32) -> usize {
        (self.0 >> (place * COUNT_BITS) & ((1 << COUNT_BITS) - 1)) as usize
    }

    fn of_escapes(self) -> usize {
        self.at(0)
    }

    fn of_small(self) -> usize {
        self.at(2)
    }

    fn of_seen(self) -> usize {
        self.at(3)
    }

    /// Hardly anything but letters, digits and blanks; a longer part is asked itself.
    fn may_be_wordy(self, part: &str) -> bool {
        part.len() > english::SAMPLE || self.at(1) * 20 >= part.len() * 17
    }
}

/// None for what is no English; else how well its words are ordered, a word.
fn strangeness(part: &str) -> Option<i64> {
    english::is_english(part).then(|| Order::of(part).a_word())
}

/// Blocks of several short lines, for encodings that run over lines, with and without the words that announce them.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let several = |part: &&str| {
        let first = lexer::lines(part).nth(1);
        let acrostic = || {
            lexer::lines(part).nth(7).is_some()
                && lexer::lines(part).all(|line| line.len() <= 60 && line.starts_with(char::is_alphabetic))
        };
        first.is_some_and(|line| {
            line.len() <= 120
                && (is_coded(line, Counts::of(line)) || is_packed_token(line) || line.len() < 16)
        }) || acrostic()
    };
    text.split("\n\n").map(str::trim).filter(several).flat_map(with_and_without_label).flatten()
}

fn with_and_without_label(part: &str) -> [Option<&str>; 2] {
    let first = part.lines().next().unwrap_or_default();
    let label = first.find(": ").map(|at| at + 2).or_else(|| first.ends_with(':').then_some(first.len()));
    [Some(part), label.and_then(|at| part.get(at..)).map(str::trim)]
}

/// One long token, such as ascii85, whose alphabet holds quotes and brackets and so escapes the runs.
fn is_packed_token(part: &str) -> bool {
    part.len() >= 20 && !part.contains(' ') && looks_packed(part)
}

/// Eight letters or more standing alone: spaced, dashed or bracketed one by one.
fn is_scattered(part: &str) -> bool {
    let alone = |w: &&[u8]| {
        w[1].is_ascii_alphabetic() && !w[0].is_ascii_alphanumeric() && !w[2].is_ascii_alphanumeric()
    };
    part.as_bytes().windows(3).filter(alone).take(8).count() == 8
}

/// Hardly a small letter in it: numbers, dots, tokens of an encoding; a MIME word; or a row of tokens that mix cases and digits.
fn is_coded(part: &str, counts: Counts) -> bool {
    let (lower, graphic) = (counts.of_small(), counts.of_seen());
    if graphic >= 12 && lower * 8 < graphic || memmem::find(part.as_bytes(), b"=?").is_some() {
        return true;
    }
    if !part.bytes().any(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        return false;
    }
    let packed = |token: &&str| {
        let inner = token.bytes().skip(1).any(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        inner && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(&b))
    };
    let tokens = || part.split(' ').filter(|token| !token.is_empty()).take(64);
    tokens().nth(2).is_some() && tokens().filter(packed).count() * 2 > tokens().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What [`is_worth`] counts side by side, each by itself.
    fn is_worth_slowly(part: &str) -> bool {
        let count = |is: fn(&u8) -> bool| part.bytes().filter(is).count();
        let (lower, graphic) = (count(u8::is_ascii_lowercase), count(u8::is_ascii_graphic));
        let packed = |token: &&str| {
            let inner = token.bytes().skip(1).any(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            inner && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(&b))
        };
        let tokens = || part.split(' ').filter(|token| !token.is_empty()).take(64);
        part.bytes().filter(|byte| b"\\%&=".contains(byte)).count() >= 3
            || is_packed_token(part)
            || english::is_wordy(part)
            || is_scattered(part)
            || !part.is_ascii()
            || graphic >= 12 && lower * 8 < graphic
            || part.contains("=?")
            || tokens().nth(2).is_some() && tokens().filter(packed).count() * 2 > tokens().count()
    }

    proptest! {
        #[test]
        fn parts_are_cut_and_weighed_as_they_would_be_one_by_one(
            line in "([a-z]{1,8}|[A-Z0-9+/=]{1,9}|[a-zA-Z]|[ =:'\"`%&?\\\\.,(){}-]{1,3}|é|: | = |=\\?){0,40}"
        ) {
            prop_assert_eq!(is_worth(&line), is_worth_slowly(&line));
            let cut: Vec<&str> = line.split(['"', '\'', '`']).skip(1).step_by(2).collect();
            prop_assert_eq!(quoted(&line).collect::<Vec<_>>(), cut);
            prop_assert_eq!(behind_colon(&line), line.rsplit_once(": ").map(|(_, tail)| tail));
            prop_assert_eq!(behind_equals(&line), line.split_once(" = ").map(|(_, tail)| tail));
        }
    }
}
