//! Names in a row that could read as a request: most rows of names in a program do not, and are not even copied.

use std::sync::LazyLock;

use super::row::FEWEST;
use super::row::Guess;
use super::row::MOST_GUESSES;
use super::row::MOST_PIECES;
use super::row::words;
use super::scan::Kind;
use super::scan::Token;
use super::word;
use super::word::WordSet;

/// Words that open a request.
pub(crate) const OPENING: &str = "describe explain write give tell create make list show develop provide teach outline generate draft design compose \
please build suggest plan help use publish produce demonstrate instruct find compare summarize translate arrange choose \
keep let draw count polish collect measure paint mix fold learn water sharpen take put prepare devise craft convince encourage \
persuade invent identify recommend discuss analyze detail offer share send get start remove cook bake brew";
/// Words that open a question.
pub(crate) const ASKING: &str = "how what why when where which who whose if whether";

static OPENS: LazyLock<WordSet> = LazyLock::new(|| {
    let words = OPENING.split_whitespace().chain(ASKING.split_whitespace());
    words.filter_map(|word| word::key(word.as_bytes())).collect()
});

/// So many words of a row are looked at for one that opens a request.
const OPENERS: usize = 5;

/// What stands in a row of names: a name of some words, or anything else.
#[derive(Debug, Clone, Copy)]
enum Part<'t> {
    Name(&'t str),
    Whole(&'t str),
}

impl<'t> Part<'t> {
    fn words(self) -> Vec<String> {
        match self {
            Part::Name(name) => words(name),
            Part::Whole(word) => vec![word.to_owned()],
        }
    }

    /// How many there are.
    fn count(self) -> usize {
        match self {
            Part::Name(name) => count_words(name),
            Part::Whole(_) => 1,
        }
    }
}

/// A row of names as it grows.
#[derive(Debug, Default)]
struct Row<'t> {
    parts: Vec<Part<'t>>,
    words: usize,
}

impl<'t> Row<'t> {
    fn push(&mut self, part: Part<'t>) {
        self.words += part.count();
        self.parts.push(part);
    }

    fn clear(&mut self) {
        self.parts.clear();
        self.words = 0;
    }

    /// Whether the row could read as a request: one of its first words opens one, or its pieces may want to be joined
    /// without blanks.
    fn may_ask(&self) -> bool {
        let opens = |word: &String| {
            let first = word.split_whitespace().next().unwrap_or_default();
            let bare = first.trim_matches(|c: char| !c.is_alphanumeric());
            if bare.is_ascii() {
                return word::lower_key(bare.as_bytes()).is_some_and(|key| OPENS.contains(&key));
            }
            word::key(bare.to_lowercase().as_bytes()).is_some_and(|key| OPENS.contains(&key))
        };
        let bits = |part: &Part<'_>| match part {
            Part::Name(name) => count_words(name) * 2 > name.len(),
            Part::Whole(word) => word.chars().nth(1).is_none(),
        };
        let edged = |part: &Part<'_>| matches!(part, Part::Whole(word) if word.trim().len() != word.len());
        self.parts.iter().filter(|part| bits(part)).count() * 4 >= self.parts.len()
            || self.parts.iter().any(edged)
            || self.parts.iter().flat_map(|part| part.words()).take(OPENERS).any(|word| opens(&word))
    }

    /// Reports the row where there is one and begins another.
    fn end(&mut self, out: &mut Vec<Guess>) {
        if self.words >= FEWEST && out.len() < MOST_GUESSES && self.may_ask() {
            let pieces = self.parts.iter().flat_map(|part| part.words()).collect();
            out.push(Guess { pieces, places: None, how: "names in a row", loose: true });
        }
        self.clear();
    }
}

/// Names with nothing but commas, colons, dots and open brackets between them: lists of bare words, symbols, enumerations, calls
/// within calls, keyword arguments with their strings. Only those that could read as a request.
pub(super) fn names(text: &str, tokens: &[Token], out: &mut Vec<Guess>) {
    let shown = |token: &Token| text.get(token.start as usize..token.end as usize).unwrap_or_default();
    let mut row = Row::default();
    let mut before = "";
    for token in tokens {
        let word = shown(token);
        match token.kind {
            Kind::Name => {
                if token.first && !matches!(before, "," | "(" | "." | "[" | "{" | "") && row.words >= FEWEST {
                    row.end(out);
                }
                row.push(Part::Name(word));
            }
            Kind::Text(_) if word.len() <= 24 => {
                row.push(Part::Whole(word.trim_matches(['"', '\'', '`'])));
            }
            Kind::Text(_) => row.end(out),
            Kind::Number => row.push(Part::Whole(word)),
            Kind::Op
                if matches!(
                    word,
                    "," | ":" | "." | "(" | ")" | "[" | "'" | "->" | "::" | "?" | "!" | "@" | "-" | "()"
                ) => {}
            Kind::Op if word == "=" && matches!(before, n if is_name(n)) && row.words > 1 => {}
            Kind::Op => row.end(out),
        }
        if row.words > MOST_PIECES {
            row.clear();
        }
        before = word;
    }
    row.end(out);
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// How many [`words`] a name has.
pub(crate) fn count_words(name: &str) -> usize {
    if name.is_ascii() {
        let (mut apart, mut small, mut count) = (true, false, 0);
        for byte in name.bytes() {
            let belongs = byte.is_ascii_alphanumeric();
            count += usize::from(belongs && (apart || small && byte.is_ascii_uppercase()));
            (apart, small) = (!belongs, byte.is_ascii_lowercase());
        }
        return count;
    }
    let mut before = '_';
    let mut count = 0;
    for c in name.chars() {
        let starts = !before.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        count += usize::from(c.is_alphanumeric() && starts);
        before = c;
    }
    count
}
