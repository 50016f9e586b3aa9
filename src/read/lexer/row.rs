//! Words in rows that no quotes mark: lines that differ in one word, names in a list, calls nested in calls, the leaves of
//! YAML and XML, the parts of a link. Guesses all: whoever takes them asks first whether they read as language.

use super::call::names;
use super::record;
use super::scan::Kind;
use super::scan::Token;

/// Words that may belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The words or phrases, in source order.
    pub pieces: Vec<String>,
    /// The place each is given, where all have one.
    pub places: Option<Vec<i64>>,
    /// What they are, for people.
    pub how: &'static str,
    /// Nothing marks them but that they follow each other: they must read as a request.
    pub loose: bool,
}

/// Lines or names that make a row.
pub(super) const FEWEST: usize = 3;
/// The most pieces in one guess, guesses in one text and tokens in one line.
pub(super) const MOST_PIECES: usize = 256;
pub(super) const MOST_GUESSES: usize = 256;
const LINE_TOKENS: usize = 48;

const ORDINALS: [&str; 20] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];

/// All guesses of a text; `tokens` are those of its program.
pub(super) fn rows(text: &str, tokens: &[Token]) -> Vec<Guess> {
    let mut out = Vec::new();
    lines(text, &mut out);
    names(text, tokens, &mut out);
    pairs(text, tokens, &mut out);
    brackets(text, &mut out);
    leaves(text, &mut out);
    links(text, &mut out);
    record::records(text, &mut out);
    out.retain(|guess| guess.pieces.len() >= FEWEST);
    out.truncate(MOST_GUESSES);
    out
}

// --- lines that differ in one word ---

/// One line in words, strings and signs.
fn cut(line: &str) -> Option<Vec<&str>> {
    if line.is_ascii() {
        return cut_ascii(line);
    }
    let mut out = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' | '`' => rest[1..].find(first).map_or(1, |at| at + 2),
            c if c.is_alphanumeric() || c == '_' => rest
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '\'' | '’' | '-')))
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, tail) = rest.split_at(end);
        out.push(token);
        if out.len() > LINE_TOKENS {
            return None;
        }
        rest = tail.trim_start();
    }
    Some(out)
}

/// The same for a line in ASCII, byte by byte.
fn cut_ascii(line: &str) -> Option<Vec<&str>> {
    let bytes = line.as_bytes();
    let mut out = Vec::with_capacity(16);
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        if matches!(first, b' ' | 9..=13) {
            at += 1;
            continue;
        }
        let rest = &bytes[at..];
        let length = match first {
            b'"' | b'\'' | b'`' => memchr::memchr(first, &rest[1..]).map_or(1, |end| end + 2),
            b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => rest
                .iter()
                .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'' | b'-')))
                .unwrap_or(rest.len()),
            _ => 1,
        };
        out.push(&line[at..at + length]);
        if out.len() > LINE_TOKENS {
            return None;
        }
        at += length;
    }
    Some(out)
}

/// The place a token names: a number, an ordinal, the number a name ends in, a single letter.
fn place(token: &str) -> Option<i64> {
    let lower = token.to_ascii_lowercase();
    if let Some(at) = ORDINALS.iter().position(|ordinal| *ordinal == lower) {
        return i64::try_from(at).ok();
    }
    if let [letter @ b'a'..=b'z'] = lower.as_bytes() {
        return Some(i64::from(*letter));
    }
    let digits = lower
        .trim_end_matches(['t', 'h', 's', 'n', 'd', 'r'])
        .trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok()
}

/// Runs of lines alike in all but the place and one word.
fn lines(text: &str, out: &mut Vec<Guess>) {
    let mut run: Vec<Vec<&str>> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let Some(tokens) = cut(line).filter(|tokens| tokens.len() > 1) else {
            close(&mut run, out);
            continue;
        };
        let alike = run.last().is_none_or(|last| {
            let differ = last.iter().zip(&tokens).filter(|(a, b)| a != b).count();
            last.len() == tokens.len()
                && differ <= 3
                && (differ < tokens.len() || differ <= 2)
                && same_signs(last, &tokens)
        });
        if !alike || run.len() >= MOST_PIECES {
            close(&mut run, out);
        }
        run.push(tokens);
    }
    close(&mut run, out);
}

fn same_signs(a: &[&str], b: &[&str]) -> bool {
    let sign = |token: &str| {
        token.chars().next().is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '"' | '\'' | '`'))
    };
    a.iter().zip(b).all(|(a, b)| !sign(a) && !sign(b) || a == b)
}

fn close(run: &mut Vec<Vec<&str>>, out: &mut Vec<Guess>) {
    let lines = std::mem::take(run);
    if lines.len() < FEWEST || out.len() >= MOST_GUESSES {
        return;
    }
    // The first line may be a heading.
    let found = varying(&lines).or_else(|| varying(lines.get(1..).unwrap_or_default()));
    out.extend(found);
}

fn varying(lines: &[Vec<&str>]) -> Option<Guess> {
    if lines.len() < FEWEST {
        return None;
    }
    let width = lines.first().map_or(0, Vec::len);
    let column = |at: usize| lines.iter().filter_map(move |line| line.get(at).copied());
    let varies =
        |at: &usize| column(*at).any(|token| lines.first().and_then(|line| line.get(*at)) != Some(&token));
    let varying: Vec<usize> = (0..width).filter(varies).collect();
    let placed = |at: &usize| column(*at).all(|token| place(token).is_some());
    let distinct = |at: &usize| {
        let mut tokens: Vec<&str> = column(*at).collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens.len()
    };
    let places = varying.iter().copied().find(|at| placed(at) && distinct(at) == lines.len());
    let mut words = varying.iter().copied().filter(|at| Some(*at) != places);
    let (at, how) = match (words.next(), words.next(), places) {
        (Some(at), None, _) => (at, "lines alike but for one word"),
        (None, None, Some(at)) => (at, "lines alike but for one letter"),
        _ => return None,
    };
    let pieces = column(at).map(|token| token.trim_matches(['"', '\'', '`']).to_owned()).collect();
    let places = places.filter(|place| *place != at).and_then(|at| column(at).map(place).collect());
    Some(Guess { pieces, places, how, loose: false })
}

// --- names ---

/// The words of a name in snake, camel or kebab case, in small letters.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    if name.is_ascii() {
        let mut before = b'_';
        for byte in name.bytes() {
            let starts =
                !before.is_ascii_alphanumeric() || byte.is_ascii_uppercase() && before.is_ascii_lowercase();
            match words.last_mut() {
                _ if !byte.is_ascii_alphanumeric() => {}
                Some(word) if !starts => word.push(char::from(byte.to_ascii_lowercase())),
                _ => words.push(char::from(byte.to_ascii_lowercase()).to_string()),
            }
            before = byte;
        }
        return words;
    }
    let mut before = '_';
    for c in name.chars() {
        if c.is_alphanumeric() {
            let starts = !before.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
            match words.last_mut() {
                Some(word) if !starts => word.extend(c.to_lowercase()),
                _ => words.push(c.to_lowercase().collect()),
            }
        }
        before = c;
    }
    words
}

/// `(3, "bread")`, `("bread", 3)`: strings with the places they go to.
fn pairs(text: &str, tokens: &[Token], out: &mut Vec<Guess>) {
    let shown = |token: &Token| text.get(token.start as usize..token.end as usize).unwrap_or_default();
    let mut found: Vec<(i64, String)> = Vec::new();
    for window in tokens.windows(5) {
        let [open, first, comma, second, close] = window else { continue };
        if !matches!(
            (shown(open), shown(comma), shown(close)),
            ("(" | "[" | "{", "," | ":" | "=>", ")" | "]" | "}")
        ) {
            continue;
        }
        let (number, word) = match (first.kind, second.kind) {
            (Kind::Number, Kind::Text(_) | Kind::Name) => (first, second),
            (Kind::Text(_) | Kind::Name, Kind::Number) => (second, first),
            _ => continue,
        };
        let Ok(place) = shown(number).parse() else { continue };
        if found.len() < MOST_PIECES {
            found.push((place, shown(word).trim_matches(['"', '\'', '`']).to_owned()));
        }
    }
    if found.len() >= FEWEST {
        let (places, pieces) = found.into_iter().unzip();
        out.push(Guess { pieces, places: Some(places), how: "strings with numbers", loose: false });
    }
}

/// The longest text between brackets that is looked at.
const LONGEST_INSIDE: usize = 2 << 10;

/// Words between brackets of any kind, and those with the name before them; and what a shell loop runs over.
fn brackets(text: &str, out: &mut Vec<Guess>) {
    let bytes = text.as_bytes();
    let mut open: Option<usize> = None;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' | b'<' => open = Some(at),
            b')' | b']' | b'}' | b'>' => {
                let Some(from) = open.take().filter(|from| at - from <= LONGEST_INSIDE) else { continue };
                let before = text.get(..from).unwrap_or_default();
                // An aside in prose stands behind a blank.
                if bytes[from] == b'(' && before.ends_with(char::is_whitespace) {
                    continue;
                }
                let start = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
                let inside = bracket_words(text.get(from + 1..at).unwrap_or_default());
                if inside.len() > FEWEST {
                    let named: Vec<String> = words(before.get(start..).unwrap_or_default())
                        .into_iter()
                        .chain(inside.iter().cloned())
                        .collect();
                    out.push(Guess { pieces: inside, places: None, how: "words in brackets", loose: false });
                    out.push(Guess { pieces: named, places: None, how: "a call in words", loose: false });
                }
            }
            _ => {}
        }
        if out.len() >= MOST_GUESSES {
            return;
        }
    }
    for loops in text.split("for ").skip(1).take(64) {
        let Some((name, words)) = loops.split_once(" in ") else { continue };
        let end = words.find([';', '\n']).unwrap_or(0);
        if name.len() <= 32 && !name.contains(char::is_whitespace) {
            let pieces = bracket_words(words.get(..end.min(LONGEST_INSIDE)).unwrap_or_default());
            out.push(Guess { pieces, places: None, how: "words of a loop", loose: false });
        }
    }
}

fn bracket_words(inside: &str) -> Vec<String> {
    if inside.len() < 10 || inside.contains(['(', ')', ';']) {
        return Vec::new();
    }
    let pieces = inside.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’' || c == '_'));
    pieces
        .filter(|piece| !piece.is_empty())
        .take(MOST_PIECES)
        .flat_map(|p| words(p.trim_matches('\'')))
        .collect()
}

// --- leaves of markup ---

/// The values of YAML in order, and the texts and attributes of XML.
fn leaves(text: &str, out: &mut Vec<Guess>) {
    let mut run: Vec<&str> = Vec::new();
    for value in text.lines().map(yaml_value).chain([None]) {
        match value {
            Some(value) if run.len() < MOST_PIECES => run.push(value),
            _ => {
                let leaves: Vec<&str> = run.drain(..).filter(|value| !value.is_empty()).collect();
                if leaves.len() >= 2 && out.len() < MOST_GUESSES {
                    let pieces =
                        leaves.iter().flat_map(|leaf| leaf.split_whitespace()).map(str::to_owned).collect();
                    out.push(Guess { pieces, places: None, how: "values in order", loose: false });
                }
            }
        }
    }
    if text.contains("</") || text.contains("/>") {
        let pieces = xml(text);
        out.push(Guess { pieces, places: None, how: "leaves in order", loose: false });
    }
}

/// `key: value`, `key:`, `- value`: the value, empty where there is none.
fn yaml_value(line: &str) -> Option<&str> {
    let shown = line.trim();
    let item = shown.strip_prefix("- ");
    let shown = item.unwrap_or(shown);
    match shown.split_once(':') {
        Some((key, value))
            if key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) && !key.is_empty() =>
        {
            (value.is_empty() || value.starts_with(' ')).then(|| value.trim().trim_matches(['"', '\'']))
        }
        _ => item.map(|value| value.trim().trim_matches(['"', '\''])),
    }
}

fn xml(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('<') {
        push_leaf(before, &mut pieces);
        let Some((tag, after)) = tail.split_once('>') else { break };
        for value in tag.split(['"', '\'']).skip(1).step_by(2) {
            push_leaf(value, &mut pieces);
        }
        rest = after;
        if pieces.len() >= MOST_PIECES {
            return pieces;
        }
    }
    push_leaf(rest, &mut pieces);
    pieces
}

/// Long leaves are sentences by themselves and need no joining.
fn push_leaf(leaf: &str, pieces: &mut Vec<String>) {
    if leaf.split_whitespace().nth(8).is_some() {
        return;
    }
    pieces.extend(leaf.split_whitespace().map(str::to_owned));
}

/// The words of links: path, query, host.
fn links(text: &str, out: &mut Vec<Guess>) {
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let link = &rest[at + 3..];
        let length = link
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | ')'))
            .unwrap_or(link.len());
        out.push(Guess {
            pieces: link_words(&link[..length]),
            places: None,
            how: "words of a link",
            loose: false,
        });
        let query = link[..length].split_once('?').map_or("", |(_, query)| query);
        let path = link[..length].split_once('/').map_or("", |(_, path)| path);
        let values: Vec<&str> =
            query.split(['&', ';']).filter_map(|pair| pair.split_once('=')).map(|pair| pair.1).collect();
        for part in [query, path, &values.join(" ")] {
            out.push(Guess { pieces: link_words(part), places: None, how: "words of a link", loose: false });
        }
        rest = &link[length..];
        if out.len() >= MOST_GUESSES {
            return;
        }
    }
}

fn link_words(link: &str) -> Vec<String> {
    let plain = link.replace("%20", " ").replace("www.", "").replace(".com", "").replace(".org", "");
    let parts = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1 || *word == "a");
    parts.take(MOST_PIECES).map(str::to_owned).collect()
}
