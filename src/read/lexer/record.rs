//! Words with the numbers of their places, in any format that writes records; and words between signs behind a colon.

use std::collections::HashMap;

use foldhash::quality::RandomState;
use memchr::memchr2;
use memchr::memrchr_iter;

use super::lines;
use super::row::Guess;

/// Longer texts are tables of data.
const LONGEST: usize = 16 << 10;
/// Pairs that make a row.
const FEWEST: usize = 3;
/// Values looked at.
const MOST_VALUES: usize = 1024;
/// The longest line read as a list of words, and the fewest words of one.
const LONGEST_LINE: usize = 2 << 10;
const FEWEST_LISTED: usize = 4;

/// One scalar of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scalar<'t> {
    Number(i64),
    Word(&'t str),
}

/// Guesses of both kinds.
pub(super) fn records(text: &str, out: &mut Vec<Guess>) {
    if text.len() > LONGEST {
        return;
    }
    lines(text).filter(|line| line.len() <= LONGEST_LINE).for_each(|line| listed(line, out));
    placed(lines(text).filter_map(numbered_name).take(MOST_VALUES).collect(), out);
    headings(text, out);
    if text.bytes().filter(u8::is_ascii_digit).take(FEWEST).count() < FEWEST {
        return;
    }
    let (values, keyed) = scalars(text);
    placed(keyed, out);
    let numbers = values.iter().filter(|value| matches!(value, Scalar::Number(_))).count();
    if numbers < FEWEST {
        return;
    }
    // The same word in every record is a label.
    let mut times: HashMap<&str, usize, RandomState> = HashMap::default();
    for value in &values {
        if let Scalar::Word(word) = value {
            *times.entry(*word).or_default() += 1;
        }
    }
    let is_label = |value: &&Scalar<'_>| match value {
        Scalar::Word(word) => times.get(word).is_some_and(|times| times * 5 >= numbers * 4),
        Scalar::Number(_) => false,
    };
    let told: Vec<&Scalar<'_>> = values.iter().filter(|value| !is_label(value)).collect();
    for run in alternating(&told) {
        for from in [0, 1] {
            let pairs = run.get(from..).unwrap_or_default().chunks_exact(2).filter_map(|pair| match pair {
                [Scalar::Number(place), Scalar::Word(word)] | [Scalar::Word(word), Scalar::Number(place)] => {
                    Some((*place, *word))
                }
                _ => None,
            });
            placed(pairs.collect(), out);
        }
    }
}

/// Words that each have a place of their own, as a guess.
fn placed(pairs: Vec<(i64, &str)>, out: &mut Vec<Guess>) {
    if pairs.len() < FEWEST {
        return;
    }
    let mut places: Vec<i64> = pairs.iter().map(|(place, _)| *place).collect();
    places.sort_unstable();
    places.dedup();
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
    let close = usize::try_from(last.saturating_sub(*first)).is_ok_and(|range| range < 2 * pairs.len());
    if places.len() == pairs.len() && close {
        let (places, pieces) = pairs.into_iter().map(|(place, word)| (place, word.to_owned())).unzip();
        out.push(Guess { places: Some(places), ..Guess::of(pieces, "records with numbers") });
    }
}

/// Runs in which numbers and words take turns.
fn alternating<'v, 't>(values: &'v [&'v Scalar<'t>]) -> Vec<&'v [&'v Scalar<'t>]> {
    let kind = |value: &Scalar<'_>| matches!(value, Scalar::Number(_));
    values.chunk_by(|a, b| kind(a) != kind(b)).filter(|run| run.len() >= 2 * FEWEST).collect()
}

/// The values of a text in order, keys and tags left out; and those whose key ends in a number, with that number.
fn scalars(text: &str) -> (Vec<Scalar<'_>>, Vec<(i64, &str)>) {
    let (mut values, mut keyed) = (Vec::new(), Vec::new());
    let mut key = None;
    let mut rest = text;
    let mut before = '\n';
    let tells = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'"' | b'\'' | 0x80..);
    while values.len() < MOST_VALUES {
        // Signs are neither keys nor tags.
        let signs = rest.bytes().position(tells).unwrap_or(rest.len());
        if let Some(last) = signs.checked_sub(1).and_then(|last| rest.as_bytes().get(last)) {
            before = char::from(*last);
            rest = &rest[signs..];
        }
        let Some(first) = rest.chars().next() else { break };
        let (token, tail) = match first {
            '"' => quoted(rest, b'"'),
            '\'' => quoted(rest, b'\''),
            c if c.is_alphanumeric() || c == '_' => phrase(rest),
            c => {
                before = c;
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        let consumed = &rest[..rest.len() - tail.len()];
        rest = tail;
        let next = tail.trim_start_matches([' ', '\t']);
        let is_key = next.starts_with([':', '=']) && !next.starts_with("://");
        let is_tag = matches!(before, '<') || before == '/' && next.starts_with('>');
        before = consumed.chars().next_back().unwrap_or(before);
        if token.is_empty() || is_tag {
            continue;
        }
        if is_key {
            let digits = token.trim_start_matches(|c: char| !c.is_ascii_digit());
            key = digits.parse().ok().filter(|_| digits.len() < 4);
            continue;
        }
        match token.parse() {
            Ok(number) => values.push(Scalar::Number(number)),
            Err(_) => {
                keyed.extend(key.map(|place| (place, token)));
                values.push(Scalar::Word(token));
            }
        }
        key = None;
    }
    (values, keyed)
}

/// The inside of a quoted scalar and what follows it.
fn quoted(text: &str, quote: u8) -> (&str, &str) {
    let inside = &text[1..];
    match memchr2(quote, b'\n', inside.as_bytes()) {
        Some(end) if inside.as_bytes()[end] == quote => (&inside[..end], &inside[end + 1..]),
        _ => ("", inside),
    }
}

/// Words with single blanks between them, or one number.
fn phrase(text: &str) -> (&str, &str) {
    let mut end = word_end(text, 0);
    let number = text.as_bytes()[..end].iter().all(u8::is_ascii_digit);
    while !number && text[end..].strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_alphabetic)) {
        let more = word_end(text, end + 1);
        // `WITH a: 1`: the last word is a key.
        if text[more..].starts_with([':', '=']) {
            break;
        }
        end = more;
    }
    text.split_at(end)
}

/// Where the word ends that begins at `from`.
fn word_end(text: &str, from: usize) -> usize {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '’');
    let bytes = &text.as_bytes()[from..];
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'\'');
    let ascii = from + bytes.iter().position(|byte| !plain(byte)).unwrap_or(bytes.len());
    match text.as_bytes().get(ascii) {
        Some(0x80..) => text[ascii..].find(|c| !word(c)).map_or(text.len(), |at| ascii + at),
        _ => ascii,
    }
}

/// What may stand between the words of a list.
const BETWEEN: [char; 15] = [',', ';', '/', '|', '+', '→', '>', '·', '•', '~', '&', '\\', '#', '*', '^'];

/// `join these: how, to, bake, bread`, `how / to / bake / bread`: single words between the same sign.
fn listed(line: &str, out: &mut Vec<Guess>) {
    let behind = |colon: usize| line.as_bytes().get(colon + 1) == Some(&b' ');
    let colon = memrchr_iter(b':', line.as_bytes()).find(|colon| behind(*colon));
    let tail = colon.and_then(|colon| line.get(colon + 2..)).unwrap_or(line);
    for sign in frequent(tail).into_iter().flatten() {
        let mut parts: Vec<&str> = tail.split(sign).map(str::trim).collect();
        // A sentence may follow: `… bread. Join them.`
        if let Some(last) = parts.last_mut() {
            *last = last.split(". ").next().unwrap_or_default();
        }
        let bare = |part: &str| part.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        let single = |part: &&str| !part.is_empty() && !part.contains(char::is_whitespace);
        if parts.iter().filter(|part| !part.is_empty()).all(single) {
            let pieces: Vec<String> = parts.into_iter().map(bare).filter(|part| !part.is_empty()).collect();
            if pieces.len() >= FEWEST_LISTED {
                out.push(Guess::of(pieces, "words between signs"));
            }
        }
    }
}

/// The first bytes of [`BETWEEN`].
const MAY_BE_BETWEEN: [bool; 256] = {
    let (mut may, mut at) = ([false; 256], 0);
    while at < BETWEEN.len() {
        may[BETWEEN[at].encode_utf8(&mut [0; 4]).as_bytes()[0] as usize] = true;
        at += 1;
    }
    may
};

/// Those of [`BETWEEN`] that stand often enough in a line to be between the words of a list, in their order.
fn frequent(line: &str) -> [Option<char>; BETWEEN.len()] {
    let often = FEWEST_LISTED as u32 - 1;
    if line.bytes().filter(|byte| MAY_BE_BETWEEN[usize::from(*byte)]).nth(FEWEST_LISTED - 2).is_none() {
        return [None; BETWEEN.len()];
    }
    let mut counts = [0_u32; 128];
    line.bytes().for_each(|byte| counts[usize::from(byte & 127)] += u32::from(byte < 128));
    let wide = |sign: char| !line.is_ascii() && line.matches(sign).nth(FEWEST_LISTED - 2).is_some();
    BETWEEN.map(|sign| {
        let enough = match u8::try_from(sign) {
            Ok(byte @ 0..128) => counts[usize::from(byte)] >= often,
            _ => wide(sign),
        };
        enough.then_some(sign)
    })
}

/// `03_bread.md`, `3-bread.py`: the number and the word.
fn numbered_name(line: &str) -> Option<(i64, &str)> {
    // Nearly every line begins with something else than a number.
    let first = line.bytes().find(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())?;
    if first.is_ascii_alphabetic() {
        return None;
    }
    let shown = line.trim_matches(|c: char| !c.is_alphanumeric());
    let rest = shown.trim_start_matches(|c: char| c.is_ascii_digit());
    let place = shown.get(..shown.len() - rest.len())?.parse().ok()?;
    let (word, ending) = rest.strip_prefix(['_', '-', '.'])?.split_once('.')?;
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '\'');
    (plain(word) && plain(ending) && ending.len() <= 5).then_some((place, word))
}

/// Headings of one word each.
fn headings(text: &str, out: &mut Vec<Guess>) {
    let titles = lines(text).filter_map(|line| line.trim_start().strip_prefix('#'));
    let titles = titles.map(|title| title.trim_matches(['#', ' ', '\t']).to_owned());
    let pieces: Vec<String> = titles.filter(|title| !title.is_empty()).take(MOST_VALUES).collect();
    if pieces.len() >= FEWEST_LISTED && pieces.iter().all(|title| !title.contains(char::is_whitespace)) {
        out.push(Guess::of(pieces, "headings"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_place(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        records(text, &mut out);
        let sorted = out.into_iter().map(|guess| {
            let places = guess.places.clone().unwrap_or_else(|| (0..).take(guess.pieces.len()).collect());
            let mut pairs: Vec<_> = places.into_iter().zip(guess.pieces).collect();
            pairs.sort_by_key(|(place, _)| *place);
            pairs.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" ")
        });
        sorted.collect()
    }

    #[test]
    fn records_are_read_by_their_numbers_in_any_format() {
        let cases = [
            "words:\n  - place: 3\n    text: bake\n  - place: 1\n    text: how\n  - place: 4\n    text: bread\n  - place: 2\n    text: to\n",
            "CREATE (a:Word {t: 'how', n: 1}), (b:Word {t: 'bake', n: 3}), (c:Word {t: 'to', n: 2}), (d:Word {t: 'bread', n: 4})",
            "https://example.com/go?w3=bake&w1=how&w4=bread&w2=to",
            "[[word]]\nat = 3\ntext = \"bake\"\n[[word]]\nat = 1\ntext = \"how\"\n[[word]]\nat = 4\ntext = \"bread\"\n[[word]]\nat = 2\ntext = \"to\"",
            "<w n=\"3\">bake</w><w n=\"1\">how</w><w n=\"4\">bread</w><w n=\"2\">to</w>",
            "n,w\n3,bake\n1,how\n4,bread\n2,to\n",
            "Join these with spaces: how, to, bake, bread. Then answer.",
            "how / to / bake / bread",
            "03_bake.md\n01_how.md\n04_bread.md\n02_to.md",
            "## how\n\nTo do.\n\n## to\n\n## bake\n\n## bread",
        ];
        for case in cases {
            assert!(by_place(case).contains(&"how to bake bread".to_owned()), "{case}: {:?}", by_place(case));
        }
    }
}
