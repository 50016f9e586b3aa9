//! Letters that words say to take, or to leave out.

use super::reads;
use crate::read::decode::english;

/// Which letter of each word or line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Counted from the first, which is 0.
    From(usize),
    /// The last.
    Last,
    /// The number beside each word says which.
    Numbered,
}

/// Words for letters, and for what is made of them.
pub(super) const LETTERS: [&str; 4] = ["letter", "character", "initial", "acrostic"];
/// Words for letters in capitals.
pub(super) const CAPITALS: [&str; 4] = ["capital", "uppercase", "upper case", "upper-case"];
/// Words for letters that are printed otherwise.
pub(super) const MARKED: [&str; 7] =
    ["bold", "italic", "underlin", "emphasi", "highlight", "marked", "asterisks"];

const ORDINALS: [(&str, &str); 6] = [
    ("first", "1st"),
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
    ("sixth", "6th"),
];

/// Words between a number in order and the letter it is of.
const NEAR: usize = 4;
/// The fewest letters that are taken, and lines or words that they are taken from.
const FEWEST: usize = 6;
const MOST_UNITS: usize = 400;

/// Which letters are told to be taken.
pub(super) fn which(said: &str) -> Option<Which> {
    let words: Vec<&str> =
        said.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|word| !word.is_empty()).collect();
    let letter = |word: &&str| LETTERS.iter().any(|letter| word.starts_with(letter));
    if said.contains("acrostic") {
        return Some(Which::From(0));
    }
    for (at, word) in words.iter().enumerate().filter(|(_, word)| letter(word)) {
        let before = words.get(at.saturating_sub(NEAR)..at).unwrap_or_default();
        let after = words.get(at..words.len().min(at + NEAR + 3)).unwrap_or_default();
        for near in [before, after].into_iter().flatten() {
            match *near {
                "last" | "final" | "ending" | "end" => return Some(Which::Last),
                "n-th" | "nth" | "numbered" => return Some(Which::Numbered),
                "initial" | "leading" | "starting" | "start" | "beginning" => return Some(Which::From(0)),
                near => {
                    if let Some(at) =
                        ORDINALS.iter().position(|(word, short)| near == *word || near == *short)
                    {
                        return Some(Which::From(at));
                    }
                }
            }
        }
        if word.starts_with("initials") {
            return Some(Which::From(0));
        }
    }
    None
}

/// The letters of the lines, sentences or words of a text, where they read as English.
pub(super) fn picked(which: Which, body: &str) -> Vec<String> {
    if which == Which::Numbered {
        return numbered(body).into_iter().collect();
    }
    let lines: Vec<&str> =
        body.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST_UNITS).collect();
    let sentences: Vec<&str> =
        body.split(['.', '!', '?']).map(str::trim).filter(|one| !one.is_empty()).take(MOST_UNITS).collect();
    let words: Vec<&str> = body.split_whitespace().take(MOST_UNITS).collect();
    let letter = |unit: &&str| -> Option<char> {
        let mut letters = unit.chars().filter(|c| c.is_alphanumeric() || *c == '_');
        match which {
            Which::From(at) => letters.nth(at),
            Which::Last => letters.next_back(),
            Which::Numbered => None,
        }
    };
    [lines, sentences, words].iter().filter_map(|units| run(units.iter().filter_map(letter))).collect()
}

/// `2 spoon` or `spoon 2`: the second letter of the word.
fn numbered(body: &str) -> Option<String> {
    let tokens: Vec<&str> = body
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|token| !token.is_empty())
        .take(MOST_UNITS)
        .collect();
    let number = |token: &str| token.parse::<usize>().ok();
    let letter = |pair: &[&str]| {
        let (at, word) = match pair {
            [first, second] => {
                number(first).map(|at| (at, *second)).or_else(|| number(second).map(|at| (at, *first)))?
            }
            _ => return None,
        };
        if at == 0 || word.starts_with('_') { Some('_') } else { word.chars().nth(at - 1) }
    };
    let found: Option<Vec<char>> = tokens.chunks(2).map(letter).collect();
    found.and_then(|letters| run(letters.into_iter()))
}

/// Letters one behind the other, cut into words, where they read as English.
fn run(letters: impl Iterator<Item = char>) -> Option<String> {
    let text: String = letters.flat_map(char::to_lowercase).map(|c| if c == '_' { ' ' } else { c }).collect();
    let text = text.trim();
    let cut: Vec<String> = text.split_whitespace().map(english::split_words).collect();
    let (whole, cut) = (text.len(), cut.join(" "));
    let known: usize =
        cut.split_whitespace().filter(|word| word.len() > 2 && english::is_common(word)).map(str::len).sum();
    let spaced = text.contains(' ').then(|| text.to_owned());
    (whole >= FEWEST && known * 5 >= whole && english::is_english(&cut)).then(|| spaced.unwrap_or(cut))
}

/// Whether letters in capitals are what counts.
pub(super) fn of_capitals(said: &str) -> bool {
    CAPITALS.iter().any(|word| said.contains(word))
        && ["only", "read", "take", "look", "use", "collect", "extract", "pick", "spell"]
            .iter()
            .any(|word| said.contains(word))
}

/// The capital letters of each word, and all of them cut into words.
pub(super) fn capitals(body: &str) -> Vec<String> {
    let of = |word: &str| word.chars().filter(|c| c.is_uppercase()).collect::<String>();
    let words: Vec<String> = body.split_whitespace().map(of).filter(|word| !word.is_empty()).collect();
    let spaced = words.join(" ").to_lowercase();
    let long = words.iter().all(|word| word.chars().nth(1).is_some() || word == "A" || word == "I");
    let cut = run(words.concat().chars());
    let spaced = (long && spaced.len() >= FEWEST && english::is_english(&spaced)).then_some(spaced);
    spaced.or(cut).into_iter().collect()
}

/// Whether letters that are printed otherwise are what counts.
pub(super) fn of_marked(said: &str) -> bool {
    MARKED.iter().any(|word| said.contains(word))
}

/// Signs that print what stands between them otherwise.
const MARKS: [(&str, &str); 9] = [
    ("**", "**"),
    ("__", "__"),
    ("<b>", "</b>"),
    ("<strong>", "</strong>"),
    ("<i>", "</i>"),
    ("<em>", "</em>"),
    ("<u>", "</u>"),
    ("*", "*"),
    ("_", "_"),
];

/// What stands between marks of one kind.
pub(super) fn marked(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (open, close) in MARKS {
        let mut pieces: Vec<&str> = Vec::new();
        let mut rest = text;
        while let Some((_, tail)) = rest.split_once(open).filter(|_| pieces.len() < MOST_UNITS) {
            let Some((piece, after)) = tail.split_once(close) else { break };
            pieces.push(piece);
            rest = after;
        }
        let single = pieces.iter().all(|piece| piece.chars().nth(1).is_none());
        if single {
            out.extend(run(pieces.concat().chars()));
        } else if pieces.len() > 2 {
            out.extend(Some(pieces.join(" ")).filter(|text| reads(text)));
        }
    }
    out
}

/// Words that tell to leave something out.
pub(super) const LEAVING: [&str; 11] = [
    "remov",
    "delet",
    "ignor",
    "drop",
    "strip",
    "without",
    "leave out",
    "take out",
    "discard",
    "omit",
    "skip",
];
/// Names of signs.
const SIGNS: [(&str, &str); 14] = [
    ("digit", "0123456789"),
    ("number", "0123456789"),
    ("asterisk", "*"),
    ("star", "*"),
    ("hash", "#"),
    ("dot", "."),
    ("period", "."),
    ("dash", "-"),
    ("hyphen", "-"),
    ("underscore", "_"),
    ("plus", "+"),
    ("pipe", "|"),
    ("tilde", "~"),
    ("slash", "/"),
];
/// The longest thing that is left out.
const LONGEST_LEFT: usize = 12;
/// How much more English the words must be without it.
const CLEARER: f32 = 0.3;

/// What is told to be left out: the words from the first that says so.
pub(super) fn leaving(said: &str) -> Option<&str> {
    said.get(LEAVING.iter().filter_map(|word| said.find(word)).min()?..)
}

/// The words without what they are `told` to be without, where that changes half of them or more.
pub(super) fn without(line: &str, told: &str, body: &str) -> Option<String> {
    let mut gone: Vec<String> = line
        .split(['"', '\'', '`', '“', '”'])
        .skip(1)
        .step_by(2)
        .filter(|part| {
            !part.is_empty() && part.len() <= LONGEST_LEFT && !part.trim().contains(' ') && body != *part
        })
        .map(str::to_lowercase)
        .collect();
    let words: Vec<&str> = told.split(|c: char| c.is_whitespace() || ",;:()\"".contains(c)).collect();
    for (at, word) in words.iter().enumerate() {
        let bare = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word);
        let named = at > 0
            && words.get(at - 1).is_some_and(|before| {
                matches!(*before, "letter" | "letters" | "every" | "character" | "all" | "each")
            });
        let mut chars = bare.chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && (bare.len() < word.len() || named || !c.is_alphanumeric() || !matches!(c, 'a' | 'i'))
        {
            gone.push(c.to_string());
        }
        for (_, signs) in
            SIGNS.iter().filter(|(name, _)| bare.starts_with(name) && bare.len() <= name.len() + 2)
        {
            gone.extend(signs.chars().map(String::from));
        }
    }
    if gone.is_empty() {
        return None;
    }
    let clean = |word: &str| gone.iter().fold(word.to_owned(), |word, part| taken_out(&word, part));
    let all: Vec<&str> = body.split_whitespace().take(MOST_UNITS).collect();
    let left: Vec<String> = all.iter().map(|word| clean(word)).collect();
    let changed = all.iter().zip(&left).filter(|(word, left)| *word != left).count();
    let text = left.join(" ");
    let fits = english::is_wordy(&text)
        && english::is_english(&text)
        && english::score(&text) > english::score(body) + CLEARER;
    (changed * 2 >= all.len() && fits).then_some(text)
}

/// A word without a part, in whatever letters that is written.
fn taken_out(word: &str, part: &str) -> String {
    let capital = part.to_uppercase();
    word.replace(part, "").replace(&capital, "")
}
