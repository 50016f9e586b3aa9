//! Names in a row that could read as a request: most rows of names in a program do not, and are not even copied.

use std::sync::LazyLock;

use super::row::FEWEST;
use super::row::Guess;
use super::row::MOST_GUESSES;
use super::row::MOST_PIECES;
use super::row::is_shown;
use super::row::words;
use super::scan::Kind;
use super::scan::Token;
use super::word::Lexicon;

/// Words that open a request.
pub(crate) const OPENING: &str = "describe explain write give tell create make list show develop provide teach outline generate draft design compose \
please build suggest plan help use publish produce demonstrate instruct find compare summarize translate arrange choose \
keep let draw count polish collect measure paint mix fold learn water sharpen take put prepare devise craft convince encourage \
persuade invent identify recommend discuss analyze detail offer share send get start remove cook bake brew";
/// Words that open a question.
pub(crate) const ASKING: &str = "how what why when where which who whose if whether";

/// Opens a condition wherever programs are written, and no request that names alone could make.
pub(crate) const CONDITION: &str = "if";

static OPENS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    let words = OPENING.split_whitespace().chain(ASKING.split_whitespace());
    Lexicon::of(words.filter(|word| *word != CONDITION).map(|word| (word, ())))
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
    /// Names that stand behind another with nothing but blanks between.
    apart: usize,
}

impl<'t> Row<'t> {
    fn push(&mut self, part: Part<'t>) {
        self.words += part.count();
        self.parts.push(part);
    }

    fn clear(&mut self) {
        self.parts.clear();
        (self.words, self.apart) = (0, 0);
    }

    /// Whether the row could read as a request: one of its first words opens one, or its pieces may want to be joined
    /// without blanks.
    fn may_ask(&self) -> bool {
        let bits = |part: &Part<'_>| match part {
            Part::Name(name) => count_words(name) * 2 > name.len(),
            Part::Whole(word) => word.chars().nth(1).is_none(),
        };
        let edged = |part: &Part<'_>| matches!(part, Part::Whole(word) if word.trim().len() != word.len());
        self.parts.iter().filter(|part| bits(part)).count() * 4 >= self.parts.len()
            || self.parts.iter().any(edged)
            || self.opens()
    }

    /// Whether one of its first words opens a request.
    fn opens(&self) -> bool {
        let mut left = OPENERS;
        for part in &self.parts {
            let opens = match *part {
                Part::Name(name) => name_opens(name, &mut left),
                Part::Whole(word) => {
                    left -= 1;
                    let first = word.split_whitespace().next().unwrap_or_default();
                    word_opens(first.trim_matches(|c: char| !c.is_alphanumeric()))
                }
            };
            if opens || left == 0 {
                return opens;
            }
        }
        false
    }

    /// Reports the row where there is one and begins another.
    fn end(&mut self, out: &mut Vec<Guess>) {
        if self.words >= FEWEST && out.len() < MOST_GUESSES && self.may_ask() {
            let pieces = self.parts.iter().flat_map(|part| part.words()).collect();
            let shown = is_shown(self.apart + 1, self.words);
            out.push(Guess { loose: true, shown, ..Guess::of(pieces, "names in a row") });
        }
        self.clear();
    }
}

/// Whether one of the first `left` words of a name opens a request; takes them from `left`.
fn name_opens(name: &str, left: &mut usize) -> bool {
    let taken = *left;
    if !name.is_ascii() {
        let words = words(name);
        *left = taken.saturating_sub(words.len());
        return words.iter().take(taken).any(|word| word_opens(word));
    }
    let bytes = name.as_bytes();
    let mut at = 0;
    while *left > 0 {
        let Some(from) = bytes[at..].iter().position(u8::is_ascii_alphanumeric).map(|skip| at + skip) else {
            return false;
        };
        let ends = |pair: &[u8]| {
            !pair[1].is_ascii_alphanumeric() || pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()
        };
        at = bytes[from..].windows(2).position(ends).map_or(bytes.len(), |more| from + more + 1);
        *left -= 1;
        if OPENS.holds(&bytes[from..at]) {
            return true;
        }
    }
    false
}

fn word_opens(bare: &str) -> bool {
    if bare.is_ascii() { OPENS.holds(bare.as_bytes()) } else { OPENS.holds(bare.to_lowercase().as_bytes()) }
}

/// Names with nothing but commas, colons, dots and open brackets between them: lists of bare words, symbols, enumerations, calls
/// within calls, keyword arguments with their strings. Only those that could read as a request.
pub(super) fn names(text: &str, tokens: &[Token], out: &mut Vec<Guess>) {
    let shown = |token: &Token| text.get(token.start as usize..token.end as usize).unwrap_or_default();
    let mut row = Row::default();
    let mut before = "";
    let mut end = 0;
    for token in tokens {
        let word = shown(token);
        let apart = text.get(end..token.start as usize).is_some_and(|gap| gap.trim().is_empty());
        end = token.end as usize;
        match token.kind {
            Kind::Name => {
                row.apart += usize::from(apart && is_name(before));
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
