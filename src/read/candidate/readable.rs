//! What a reader of the request sees anyway: a list of sentences hides nothing by being a list, in prose or in code.

use std::collections::HashMap;

use foldhash::quality::RandomState;
use memchr::memmem;

use super::Candidate;
use super::Origin;
use crate::budget::Budget;
use crate::budget::Limit;
use crate::read::lexer::word::between_blanks;
use crate::request::span::TextSpan;

/// Words that stand together in the request, on average, when a text is readable as it stands. A sentence taken apart
/// word by word, or phrase by phrase, has fewer.
const RUN: usize = 6;
/// The same of strings in code that are put together, and how many of them there are at least: a sentence in two halves is hidden.
const PHRASE: usize = 5;
const PHRASES: usize = 3;
/// Longer spans are not looked at for phrases.
const PHRASES_BYTES: usize = 1 << 16;
/// Stands between the strings of code, as no word does.
const APART: &str = "\0";
/// Places of one word that are looked at.
const PLACES: usize = 16;
/// Longer texts are not looked at for repeats.
const REPEATING: usize = 256;
const OFTEN: usize = 3;

/// The words of a text and where each stands.
pub(super) struct Words<'t> {
    words: Vec<&'t str>,
    /// Where each word stands first.
    places: HashMap<&'t str, Places, RandomState>,
    /// Where the word at each place stands next.
    next: Vec<Option<usize>>,
}

/// Where a word stands: first, last as far as was looked, and how often.
struct Places {
    first: usize,
    last: usize,
    count: usize,
}

impl<'t> Words<'t> {
    /// The words of `text`, between white space.
    pub(super) fn of(text: &'t str) -> Self {
        let words: Vec<&str> = between_blanks(text).collect();
        let mut places: HashMap<&str, Places, RandomState> = HashMap::default();
        let mut next = vec![None; words.len()];
        for (at, word) in words.iter().enumerate() {
            let places = places.entry(word).or_insert(Places { first: at, last: at, count: 0 });
            if places.count < PLACES {
                next[places.last] = (places.count > 0).then_some(at);
                (places.last, places.count) = (at, places.count + 1);
            }
        }
        Words { words, places, next }
    }

    /// Whether `text` is made of long stretches of this one.
    pub(super) fn show(&self, text: &str) -> bool {
        let (words, runs) = self.runs(text);
        runs > 0 && words >= runs * RUN
    }

    /// Whether `text` is several strings of this code in a row, most of them whole phrases.
    fn show_phrases(&self, text: &str) -> bool {
        let (words, runs) = self.runs(text);
        runs >= PHRASES && words >= runs * PHRASE
    }

    /// How many words `text` has, and of how few stretches of this one it is made.
    fn runs(&self, text: &str) -> (usize, usize) {
        let words: Vec<&str> = between_blanks(text).collect();
        let (mut at, mut runs) = (0, 0);
        while at < words.len() {
            at += self.run(&words[at..]).max(1);
            runs += 1;
        }
        (words.len(), runs)
    }

    /// How many of `words` stand here in a row, from the first on.
    fn run(&self, words: &[&str]) -> usize {
        let first = words.first().and_then(|first| self.places.get(first)).map(|places| places.first);
        let length =
            |at: usize| self.words[at..].iter().zip(words).take_while(|(here, there)| here == there).count();
        std::iter::successors(first, |at| self.next[*at]).map(length).max().unwrap_or(0)
    }
}

/// Calls texts plain that are phrases of the code in one of `spans`, put in a row: whoever reads the request reads them, in
/// whatever order.
///
/// # Errors
/// The limit that is exhausted.
pub fn call_plain(found: &mut [Candidate], spans: &[&TextSpan], budget: &mut Budget) -> Result<(), Limit> {
    let long = |text: &str| between_blanks(text).nth(PHRASES * PHRASE - 1).is_some();
    let mut wanted: Vec<&mut Candidate> = found
        .iter_mut()
        .filter(|found| found.origin == Origin::Recovered && found.spans.len() == 1 && long(&found.text))
        .collect();
    wanted.sort_by_key(|found| found.spans[0]);
    for of_span in wanted.chunk_by_mut(|one, other| one.spans == other.spans) {
        let span = spans.iter().find(|span| Some(&span.id) == of_span[0].spans.first());
        let Some(span) = span.filter(|span| span.text.len() <= PHRASES_BYTES) else { continue };
        budget.spend_steps(span.text.len() as u64 / 64 + 1)?;
        let code = apart(&span.text);
        let words = Words::of(&code);
        for candidate in of_span {
            budget.spend_steps(candidate.text.len() as u64 / 64 + 1)?;
            if words.show_phrases(&candidate.text) {
                candidate.origin = Origin::Plain;
            }
        }
    }
    Ok(())
}

/// `code` with [`APART`] for every quotation mark that is no apostrophe.
fn apart(code: &str) -> String {
    let mut out = String::with_capacity(code.len() + code.len() / 8);
    let mut before = ' ';
    let mut rest = code.chars().peekable();
    while let Some(c) = rest.next() {
        let mut within =
            || before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '"' | '`' => out.extend([" ", APART, " "]),
            '\'' if !within() => out.extend([" ", APART, " "]),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// The words that a text of up to [`REPEATING`] words repeats [`OFTEN`] times or more, when it does nothing else.
pub(super) fn repeated(text: &str) -> Option<String> {
    // What repeats says its first word again.
    let shown = text.trim_start();
    let (first, rest) = shown.split_at(shown.find(char::is_whitespace)?);
    memmem::find(rest.as_bytes(), first.as_bytes())?;
    let words: Vec<&str> = between_blanks(text).take(REPEATING + 1).collect();
    if words.len() > REPEATING {
        return None;
    }
    let holds = |period: usize| words.iter().zip(&words[period..]).all(|(word, later)| word == later);
    // One word twice is a word, not a sentence.
    let fewest = |period: usize| if period == 1 { 2 } else { OFTEN };
    let period =
        (1..=words.len() / 2).find(|&period| holds(period) && words.len() >= period * fewest(period))?;
    Some(words[..period].join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_sentences_shows_and_one_of_words_does_not() {
        let prose = "- knead the dough for ten whole minutes\n- let it rest until it has doubled\n";
        let words = Words::of(prose);
        assert!(words.show("knead the dough for ten whole minutes let it rest until it has doubled"));
        let words = Words::of("- knead\n- the\n- dough\n- for\n- ten\n- whole\n- minutes\n");
        assert!(!words.show("knead the dough for ten whole minutes"));
        assert!(!words.show(""));
    }

    #[test]
    fn phrases_of_code_in_a_row_are_plain_and_words_and_halves_are_not() {
        let of = |code: &str, text: &str| Words::of(&apart(code)).show_phrases(text);
        let code =
            "tips = ['knead it for ten minutes', \"don't open the oven too soon\", 'let it cool on a rack']";
        assert!(of(code, "let it cool on a rack don't open the oven too soon knead it for ten minutes"));
        let words = "w = ['knead', 'the', 'dough', 'for', 'ten', 'minutes', 'and', 'let', 'it', 'rest', 'for', 'an', 'hour', 'or', 'two']";
        assert!(!of(words, "knead the dough for ten minutes and let it rest for an hour or two"));
        let halves = "a = 'knead the dough for ten whole minutes' + ' and let it rest until it has doubled'";
        assert!(!of(halves, "knead the dough for ten whole minutes and let it rest until it has doubled"));
    }

    #[test]
    fn what_is_repeated_is_said_once() {
        assert_eq!(repeated("rye bread rye bread rye bread rye").as_deref(), Some("rye bread"));
        assert_eq!(repeated("rye rye").as_deref(), Some("rye"));
        assert_eq!(repeated("rye bread rye bread"), None);
        assert_eq!(repeated("rye bread with rye"), None);
        assert_eq!(repeated(""), None);
    }
}
