//! The grammar-free reader: strings, comments, names and the groups that strings form, in any language, broken or
//! not. It needs no parser, so its cost is linear and nothing a grammar chokes on can keep a string from it.

mod alike;
pub(crate) mod call;
mod compose;
mod escape;
mod graph;
mod group;
pub(crate) mod join;
mod number;
mod quote;
mod record;
pub(crate) mod row;
mod scan;
mod setting;
pub(crate) mod word;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::budget::Budget;
use crate::budget::Limit;

pub use compose::Composed;
pub use row::Guess;

/// How a literal was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `` `…` ``
    Backtick,
    /// `"""…"""` or `'''…'''`
    Triple,
    /// `“…”`, `‘…’`, `«…»`, `„…“`
    Curly,
    /// Escapes are not undone: `r"…"`, `R"(…)"`, `@"…"`, `[[…]]`, `%q(…)`.
    Raw,
    /// `<<EOF`
    Heredoc,
    /// No quotes: words of a shell array, `%w[…]`, `qw(…)`.
    Bare,
}

/// One string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The text, escapes undone.
    pub text: String,
    /// Bytes of the input, prefix and quotes included.
    pub raw: Range<usize>,
    /// How it was written.
    pub quote: Quote,
    /// Whether it stands inside a comment: a lost newline turns the rest of a program into one.
    pub comment: bool,
}

/// One comment or docstring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The text without its marker.
    pub text: String,
    /// Bytes of the input, marker included.
    pub range: Range<usize>,
    /// A docstring.
    pub doc: bool,
}

/// How the pieces of a group came together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Put at the end; also any unknown method called with a string.
    Push,
    /// Put at the front, every piece.
    PushFront,
    /// Put at a place; [`Piece::index`] says where when it is a constant.
    Insert,
    /// Bound to a name or an element each.
    Assign,
    /// `x += "w"`, `x = x + "w"`.
    AddAssign,
    /// Elements, keys or values of one literal, or arguments of one call.
    List,
    /// `"a" + "b"`, adjacent literals.
    Concat,
    /// The same function called again and again.
    Argument,
    /// Printed or streamed.
    Write,
    /// Sent over a channel.
    Send,
}

/// One string within a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text, escapes undone.
    pub text: String,
    /// Bytes of the input.
    pub range: Range<usize>,
    /// The constant place it is put at: an index, a number paired with it, the number its variable's name ends in.
    pub index: Option<i64>,
}

/// Strings that belong together, in source order. Always two or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What receives them: a variable or path, or the function called.
    pub receiver: Option<Box<str>>,
    /// How; of the first piece where it varies.
    pub verb: Verb,
    /// The strings.
    pub pieces: Vec<Piece>,
}

/// Everything the reader found, each list in source order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexed {
    /// String literals.
    pub literals: Vec<Literal>,
    /// Comments and docstrings.
    pub comments: Vec<Comment>,
    /// Strings that belong together.
    pub groups: Vec<Group>,
    /// Distinct names, where first written.
    pub identifiers: Vec<(String, Range<usize>)>,
    /// Lists of three or more integers: character codes, perhaps.
    pub numbers: Vec<Vec<i64>>,
    /// Texts that names and operators put together.
    pub composed: Vec<Composed>,
    /// Words in rows that no quotes mark: guesses.
    pub guesses: Vec<Guess>,
    /// How deep brackets nest, counted without regard to their kind; strings and comments left out.
    pub nesting: usize,
}

/// The lines of a text, without their ends: what [`str::lines`] gives, found faster.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut from = Some(0);
    std::iter::from_fn(move || {
        let start = from.filter(|from| *from < text.len())?;
        let end = memchr::memchr(b'\n', text.as_bytes().get(start..)?).map(|at| start + at);
        from = end.map(|end| end + 1);
        let line = text.get(start..end.unwrap_or(text.len()))?;
        Some(if end.is_some() { line.strip_suffix('\r').unwrap_or(line) } else { line })
    })
}

/// Bytes read for one step of budget.
const BYTES_A_STEP: usize = 64;

/// Reads `text` as code of no particular language. Without budget the answer is empty and the limit is noted.
pub fn lex(text: &str, budget: &mut Budget) -> Lexed {
    read(text, Way::Code, budget)
}

/// Reads prose for what it says of strings: which name is what, what is to be joined.
pub fn lex_prose(text: &str, budget: &mut Budget) -> Lexed {
    read(text, Way::Prose, budget)
}

/// The same without guesses and numbers, which say nothing that the parts of a conversation do not say by themselves.
pub fn lex_joined(text: &str, budget: &mut Budget) -> Lexed {
    read(text, Way::Joined, budget)
}

/// What a text is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Code,
    Prose,
    /// A conversation, whose parts were read before.
    Joined,
}

fn read(text: &str, way: Way, budget: &mut Budget) -> Lexed {
    if text.len() >= u32::MAX as usize {
        budget.note(Limit::TextBytes);
        return Lexed::default();
    }
    if budget.spend_steps((text.len() / BYTES_A_STEP + 1) as u64).is_err() {
        return Lexed::default();
    }
    let mut scanned = scan::scan(text);
    let mut groups = Vec::new();
    let mut numbers = Vec::new();
    for tokens in [&scanned.code, &scanned.notes] {
        let mut found = group::group(text, tokens, &mut scanned.literals);
        if budget.spend_steps(found.groups.len() as u64).is_err() {
            break;
        }
        groups.append(&mut found.groups);
        if way == Way::Joined {
            continue;
        }
        let rows = number::rows(text, tokens, &found.numbers);
        numbers.append(&mut found.numbers);
        numbers.extend(rows);
    }
    let mut composed = compose::compose(text, &scanned.code, &scanned.literals, way != Way::Code);
    if !scanned.notes.is_empty() {
        composed.extend(compose::compose(text, &scanned.notes, &scanned.literals, true));
    }
    if way != Way::Joined {
        composed.extend(setting::settings(text));
        composed.extend(graph::way(text));
    }
    let spent = composed.iter().map(|composed| composed.text.len()).sum();
    if budget.spend_bytes(spent).is_err() {
        composed.clear();
    }
    let guesses = match way {
        Way::Code => row::rows(text, &scanned.code),
        Way::Prose => row::rows(text, &[]),
        Way::Joined => Vec::new(),
    };
    Lexed {
        composed,
        guesses,
        literals: scanned.literals,
        comments: scanned.comments,
        groups,
        identifiers: scanned.identifiers,
        numbers,
        nesting: scanned.nesting,
    }
}
