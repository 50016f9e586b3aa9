//! Words in rows that no quotes mark: lines that differ in one word ([`alike`]), names in a list, calls nested in calls, the leaves of
//! YAML and XML, the parts of a link. Guesses all: whoever takes them asks first whether they read as language.

use memchr::memchr2;
use memchr::memmem;

use super::alike;
pub(crate) use super::call::count_words;
use super::call::names;
use super::lines;
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
    /// They stand in the text as prose does, with blanks between them: anybody reads them there.
    pub shown: bool,
}

impl Guess {
    /// Words in their order, marked as belonging together.
    pub(super) fn of(pieces: Vec<String>, how: &'static str) -> Self {
        Guess { pieces, places: None, how, loose: false, shown: false }
    }
}

/// Lines or names that make a row.
pub(super) const FEWEST: usize = 3;
/// The most pieces in one guess, and guesses in one text.
pub(super) const MOST_PIECES: usize = 256;
pub(super) const MOST_GUESSES: usize = 256;

/// All guesses of a text; `tokens` are those of its program.
pub(super) fn rows(text: &str, tokens: &[Token]) -> Vec<Guess> {
    let mut out = Vec::new();
    alike::lines(text, &mut out);
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
        let (number, word) = match (first.kind, second.kind) {
            (Kind::Number, Kind::Text(_) | Kind::Name) => (first, second),
            (Kind::Text(_) | Kind::Name, Kind::Number) => (second, first),
            _ => continue,
        };
        if !matches!(
            (shown(open), shown(comma), shown(close)),
            ("(" | "[" | "{", "," | ":" | "=>", ")" | "]" | "}")
        ) {
            continue;
        }
        let Ok(place) = shown(number).parse() else { continue };
        if found.len() < MOST_PIECES {
            found.push((place, shown(word).trim_matches(['"', '\'', '`']).to_owned()));
        }
    }
    if found.len() < FEWEST {
        found = linked(text, tokens);
    }
    if found.len() >= FEWEST {
        let (places, pieces) = found.into_iter().unzip();
        out.push(Guess { places: Some(places), ..Guess::of(pieces, "strings with numbers") });
    }
}

/// `3 => "bread"`, `3: "bread"`: the same without brackets around each.
fn linked(text: &str, tokens: &[Token]) -> Vec<(i64, String)> {
    let shown = |token: &Token| text.get(token.start as usize..token.end as usize).unwrap_or_default();
    let pair = |window: &[Token]| {
        let [number, link, word] = window else { return None };
        let kinds = number.kind == Kind::Number && matches!(word.kind, Kind::Text(_));
        let place = (kinds && matches!(shown(link), ":" | "=>" | "->" | "="))
            .then(|| shown(number).parse().ok())
            .flatten()?;
        Some((place, shown(word).trim_matches(['"', '\'', '`']).to_owned()))
    };
    tokens.windows(3).filter_map(pair).take(MOST_PIECES).collect()
}

/// The longest text between brackets that is looked at.
const LONGEST_INSIDE: usize = 2 << 10;

/// Words between brackets of any kind, and those with the name before them; and what a shell loop runs over.
fn brackets(text: &str, out: &mut Vec<Guess>) {
    let bytes = text.as_bytes();
    if out.len() >= MOST_GUESSES {
        return;
    }
    let mut open: Option<usize> = None;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' | b'<' => open = Some(at),
            b')' | b']' | b'}' | b'>' => {
                let Some(from) = open.take().filter(|from| at - from <= LONGEST_INSIDE) else { continue };
                bracketed(text, from, at, out);
            }
            _ => continue,
        }
        if out.len() >= MOST_GUESSES {
            return;
        }
    }
    let mut loops = memmem::find_iter(bytes, "for ").take(64 + 1).peekable();
    for _ in 0..64 {
        let Some(at) = loops.next() else { return };
        let end = loops.peek().copied().unwrap_or(text.len());
        let Some((name, words)) = text.get(at + 4..end).and_then(loop_name) else { continue };
        let end = memchr2(b';', b'\n', words.as_bytes()).unwrap_or(0);
        if !name.contains(char::is_whitespace) {
            let pieces = bracket_words(words.get(..end.min(LONGEST_INSIDE)).unwrap_or_default());
            out.push(Guess::of(pieces, "words of a loop"));
        }
    }
}

/// The words between the brackets at `from` and `at`.
fn bracketed(text: &str, from: usize, at: usize, out: &mut Vec<Guess>) {
    let inside = text.get(from + 1..at).unwrap_or_default();
    if !holds_words(inside, FEWEST + 1) {
        return;
    }
    let before = text.get(..from).unwrap_or_default();
    // An aside in prose stands behind a blank.
    if text.as_bytes()[from] == b'(' && before.ends_with(char::is_whitespace) {
        return;
    }
    let quoted = inside.trim().trim_matches(['"', '\'', '`']);
    let inside = bracket_words(inside);
    if inside.len() > FEWEST {
        let shown = is_shown(quoted.split_whitespace().count(), inside.len());
        let start = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
        let name = before.get(start..).unwrap_or_default();
        let named: Vec<String> = words(name).into_iter().chain(inside.iter().cloned()).collect();
        out.push(Guess { shown, ..Guess::of(inside, "words in brackets") });
        // `_("…")`, `s("…")`: what a program calls most says nothing.
        if !shown || name.len() > SHORT_NAME {
            out.push(Guess::of(named, "a call in words"));
        }
    }
}

/// Names of functions that are no words.
const SHORT_NAME: usize = 2;
/// The fewest words that stand as prose does.
const SHOWN: usize = 5;

/// Whether so many words of `all` that stand behind a blank are prose.
pub(super) fn is_shown(apart: usize, all: usize) -> bool {
    all >= SHOWN && apart * 6 >= all * 5
}

/// The longest name of a loop's variable.
const LOOP_NAME: usize = 32;

/// `name in words…`: what runs over the words.
fn loop_name(text: &str) -> Option<(&str, &str)> {
    let near = text.as_bytes().get(..text.len().min(LOOP_NAME + 4))?;
    let at = memmem::find(near, b" in ")?;
    Some((text.get(..at)?, text.get(at + 4..)?))
}

/// Whether there may be so many of [`bracket_words`].
fn holds_words(inside: &str, fewest: usize) -> bool {
    if inside.len() < SHORTEST_INSIDE {
        return false;
    }
    !inside.is_ascii() || count_words(inside) >= fewest
}

/// Shorter texts between brackets are no row.
const SHORTEST_INSIDE: usize = 10;

fn bracket_words(inside: &str) -> Vec<String> {
    if inside.len() < SHORTEST_INSIDE || inside.contains(['(', ')', ';']) {
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

/// Words from which a leaf is a sentence.
const LONG_LEAF: usize = 8;
/// Kinds of leaves that are read by themselves.
const MOST_KINDS: usize = 16;

/// The values of YAML in order, and the texts and attributes of XML.
fn leaves(text: &str, out: &mut Vec<Guess>) {
    let mut run: Vec<&str> = Vec::new();
    for value in lines(text).map(yaml_value).chain([None]) {
        match value {
            Some(value) if run.len() < MOST_PIECES => run.push(value),
            _ => {
                let leaves: Vec<&str> = run.drain(..).filter(|value| !value.is_empty()).collect();
                if leaves.len() >= 2 && out.len() < MOST_GUESSES {
                    let pieces =
                        leaves.iter().flat_map(|leaf| leaf.split_whitespace()).map(str::to_owned).collect();
                    out.push(Guess::of(pieces, "values in order"));
                }
            }
        }
    }
    if memmem::find(text.as_bytes(), b"</").is_some() || memmem::find(text.as_bytes(), b"/>").is_some() {
        markup_leaves(text, out);
    }
}

/// `key: value`, `key:`, `- value`: the value, empty where there is none.
fn yaml_value(line: &str) -> Option<&str> {
    let shown = line.trim();
    let item = shown.strip_prefix("- ");
    let shown = item.unwrap_or(shown);
    let key = shown.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(shown.len());
    match shown.get(key + 1..) {
        Some(value) if key > 0 && shown.as_bytes()[key] == b':' => {
            (value.is_empty() || value.starts_with(' ')).then(|| value.trim().trim_matches(['"', '\'']))
        }
        _ => item.map(|value| value.trim().trim_matches(['"', '\''])),
    }
}

/// All leaves in order, and those of one kind: the texts between tags, the values of one attribute.
fn markup_leaves(text: &str, out: &mut Vec<Guess>) {
    let mut push = |pieces, how| out.push(Guess::of(pieces, how));
    let leaves = xml(text);
    push(leaves.iter().flat_map(|(_, leaf)| leaf_words(leaf)).collect(), "leaves in order");
    let mut kinds: Vec<&str> = Vec::new();
    for (kind, _) in &leaves {
        if kinds.len() < MOST_KINDS && !kinds.contains(kind) {
            kinds.push(kind);
        }
    }
    if kinds.len() > 1 {
        for kind in kinds {
            let of_kind = leaves.iter().filter(|(known, _)| *known == kind);
            push(of_kind.flat_map(|(_, leaf)| leaf_words(leaf)).collect(), "leaves of one kind in order");
        }
    }
}

/// The texts of a document, which have no kind, and the values of attributes, whose names are theirs.
fn xml(text: &str) -> Vec<(&str, &str)> {
    let mut leaves = Vec::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('<') {
        leaves.push(("", before));
        let Some((tag, after)) = tail.split_once('>') else { return leaves };
        let mut name = "";
        for (at, part) in tag.split(['"', '\'']).enumerate() {
            if at % 2 == 1 {
                leaves.push((name, part));
            }
            name = part.trim_end_matches(['=', ' ']).rsplit(' ').next().unwrap_or_default();
        }
        rest = after;
        if leaves.len() >= MOST_PIECES {
            return leaves;
        }
    }
    leaves.push(("", rest));
    leaves
}

/// Long leaves are sentences by themselves and need no joining.
fn leaf_words(leaf: &str) -> impl Iterator<Item = String> {
    let words = leaf.split_whitespace().nth(LONG_LEAF).is_none().then(|| leaf.split_whitespace());
    words.into_iter().flatten().map(str::to_owned)
}

/// The words of links: path, query, host.
fn links(text: &str, out: &mut Vec<Guess>) {
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let link = &rest[at + 3..];
        let length = link
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | ')'))
            .unwrap_or(link.len());
        out.push(Guess::of(link_words(&link[..length]), "words of a link"));
        let query = link[..length].split_once('?').map_or("", |(_, query)| query);
        let path = link[..length].split_once('/').map_or("", |(_, path)| path);
        let values: Vec<&str> =
            query.split(['&', ';']).filter_map(|pair| pair.split_once('=')).map(|pair| pair.1).collect();
        for part in [query, path, &values.join(" ")] {
            out.push(Guess::of(link_words(part), "words of a link"));
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
