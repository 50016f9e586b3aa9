//! Which regions are worth a parse, in what pieces, and what came of it.

use crate::budget::Budget;
use crate::read::candidate::Step;
use crate::read::candidate::gather::Place;
use crate::read::decode::Ask;
use crate::read::ir::Program;
use crate::read::lang;
use crate::read::lang::Language;
use crate::read::lexer::Lexed;
use crate::read::region::Region;
use crate::request::span::SpanId;

/// A region and what the grammar-free reader found in it.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) region: Region,
    /// Its literals and lists of numbers.
    pub(super) lexed: Lexed,
    /// How many groups and comments it has.
    pub(super) groups: usize,
    pub(super) comments: usize,
    pub(super) asks: Vec<Ask>,
}

impl Code {
    /// About what it holds in memory.
    pub(super) fn weight(&self) -> usize {
        let literals = self.lexed.literals.iter().map(|literal| literal.text.len() + 96).sum::<usize>();
        let numbers = self.lexed.numbers.iter().map(|numbers| numbers.len() * 8 + 24).sum::<usize>();
        self.region.text.len() + literals + numbers + 512
    }
}

/// One region as part of a program.
#[derive(Debug)]
pub(super) struct Lowered {
    pub(super) program: Program,
    pub(super) parsed: Parsed,
}

impl Lowered {
    /// Lowers a region into a program of its own, in pieces when it is long; as data where no language is known. Where the region
    /// stands makes no difference: what is written in it is counted from its start.
    pub(super) fn of(region: &Region, budget: &mut Budget) -> Self {
        let mut program = Program::new();
        let parsed = match region.language.and_then(lang::by_name) {
            Some(language) => {
                let mut best = parsed(language, region, &mut program, budget);
                if best.is_doubtful(region) {
                    for other in others(language, region) {
                        let mut second = Program::new();
                        let found = parsed(other, region, &mut second, budget);
                        if found.errors() * 2 < best.errors() {
                            (best, program) = (found, second);
                        }
                    }
                }
                best
            }
            None => data(region, &mut program, budget),
        };
        Lowered { program, parsed }
    }
}

/// Code up to this many bytes is read in another language where the first does not fit.
const READ_AGAIN: usize = 4 << 10;
/// Languages tried besides the first.
const OTHERS: usize = 2;

/// Other languages that the code's own words speak for, best first.
fn others(first: &Language, region: &Region) -> impl Iterator<Item = &'static Language> {
    let name = first.name;
    let guessed = crate::read::region::guess(&region.text);
    guessed
        .into_iter()
        .filter_map(|(name, _)| lang::by_name(name))
        .filter(move |other| other.name != name)
        .take(OTHERS)
}

/// Code that takes too long to parse is parsed in pieces of so many bytes.
const SMALL_PIECE: usize = 2 << 10;

fn parsed(
    language: &'static Language,
    region: &Region,
    program: &mut Program,
    budget: &mut Budget,
) -> Parsed {
    let mut offset = 0;
    let (mut complete, mut literals, mut errors) = (true, 0, 0);
    let limits = budget.limits();
    let most = if language.slow { limits.region_bytes_slow } else { limits.region_bytes };
    for part in pieces(&region.text, most) {
        let lowered = lowered(language, part, (region.span, offset), program, budget);
        complete &= lowered.complete;
        literals += lowered.literals;
        errors += lowered.error_bytes;
        offset += part.len();
    }
    Parsed::Tree { complete, literals, errors }
}

/// Lowers one piece. Prose makes grammars slow, and more so the longer it is: what takes too long is tried in small pieces.
fn lowered(
    language: &'static Language,
    text: &str,
    (span, mut offset): (SpanId, usize),
    program: &mut Program,
    budget: &mut Budget,
) -> lang::Lowered {
    if let Some(lowered) = lang::lower_unless_slow(language, text, span, offset, program, budget) {
        return lowered;
    }
    let mut all = lang::Lowered { root: None, literals: 0, error_bytes: 0, complete: true };
    for part in pieces(text, SMALL_PIECE.min(text.len() / 2).max(1)) {
        let lowered = lang::lower(language, part, span, offset, program, budget);
        all.complete &= lowered.complete;
        all.literals += lowered.literals;
        all.error_bytes += lowered.error_bytes;
        offset += part.len();
    }
    all
}

fn data(region: &Region, program: &mut Program, budget: &mut Budget) -> Parsed {
    let Some(name) = region.language else { return Parsed::NoFrontend };
    match lang::lower_data(name, &region.text, region.span, 0, program, budget) {
        Some(lowered) => Parsed::Tree { complete: lowered.complete, literals: lowered.literals, errors: 0 },
        None => Parsed::NoFrontend,
    }
}

/// Code, and where its text stands.
pub(super) struct Placed<'c> {
    pub(super) code: &'c Code,
    pub(super) span: SpanId,
    pub(super) via: &'c [Step],
}

impl Placed<'_> {
    /// The steps to it.
    pub(super) fn place(&self) -> Place {
        let language = self.code.region.language.unwrap_or("code").to_owned();
        Place { via: self.via.iter().cloned().chain([language]).collect(), span: self.span }
    }
}

/// What came of parsing a region.
#[derive(Debug, Clone, Copy)]
pub(super) enum Parsed {
    NoFrontend,
    NothingThere,
    Tree { complete: bool, literals: usize, errors: usize },
}

impl Parsed {
    pub(super) fn describe(self) -> &'static str {
        match self {
            Parsed::NoFrontend => "no frontend, read by the lexer alone",
            Parsed::NothingThere => "nothing to assemble, not parsed",
            Parsed::Tree { complete: true, .. } => "parsed",
            Parsed::Tree { complete: false, .. } => "parsed in part",
        }
    }

    /// Whether the tree saw about as many literals as the lexer and made sense of most of a short region: else a stray quote
    /// or a lost newline fooled it.
    pub(super) fn is_trusted(self, region: &Region, lexed: usize) -> bool {
        match self {
            Parsed::NoFrontend => false,
            Parsed::NothingThere => true,
            Parsed::Tree { complete, literals, .. } => {
                complete && literals * 10 >= lexed * 8 && !self.is_doubtful(region)
            }
        }
    }

    /// Bytes that the grammar could not make sense of.
    fn errors(self) -> usize {
        match self {
            Parsed::Tree { errors, .. } => errors,
            Parsed::NoFrontend | Parsed::NothingThere => 0,
        }
    }

    /// Whether much of a short region made no sense in its language.
    pub(super) fn is_doubtful(self, region: &Region) -> bool {
        region.text.len() <= READ_AGAIN && self.errors() * 8 > region.text.len()
    }
}

/// Code up to this many bytes that shows no language of its own is read in its neighbour's.
const BORROWS: usize = 2 << 10;

/// For each region whose own text shows no language, that of the next region which has one, or of the last before it: a list bound
/// in one message and joined in another.
pub(super) fn borrowed(code: &[Placed<'_>]) -> Vec<Option<&'static str>> {
    let own = |placed: &Placed<'_>| placed.code.region.language.filter(|name| lang::by_name(name).is_some());
    let mut found = vec![None; code.len()];
    let mut near = None;
    for (at, placed) in code.iter().enumerate() {
        near = own(placed).or(near);
        found[at] = near;
    }
    near = None;
    for (at, placed) in code.iter().enumerate().rev() {
        near = own(placed).or(near);
        found[at] = near.or(found[at]);
        let region = &placed.code.region;
        let borrows = region.language.is_none()
            && region.text.len() <= BORROWS
            && !placed.code.lexed.literals.is_empty();
        if !borrows {
            found[at] = None;
        }
    }
    found
}

/// Code of a conversation up to this many bytes is parsed whole; of more, only regions with something to put together.
const PARSED_WHOLE: usize = 64 << 10;

/// Code of a conversation up to this many bytes is always parsed: in shells bare words are texts.
const PARSED_ANYWAY: usize = 4 << 10;

/// Whether the code of a round could put a text together at all.
pub(super) struct Worth {
    assembles: bool,
    long: bool,
}

impl Worth {
    /// A literal anywhere, or a list of numbers.
    pub(super) fn of(code: &[Placed<'_>]) -> Self {
        let literals = code.iter().any(|placed| !placed.code.lexed.literals.is_empty());
        let bytes: usize = code.iter().map(|placed| placed.code.region.text.len()).sum();
        let numbers = code.iter().any(|placed| !placed.code.lexed.numbers.is_empty());
        Worth { assembles: literals || numbers || bytes <= PARSED_ANYWAY, long: bytes > PARSED_WHOLE }
    }

    pub(super) fn parsing(&self, code: &Code) -> bool {
        if code.region.language.and_then(lang::by_name).is_none() {
            return true;
        }
        let own = !code.lexed.literals.is_empty() || !code.lexed.numbers.is_empty();
        self.assembles && (own || !self.long)
    }
}

/// A text in pieces of at most `most` bytes, cut at line ends, best before a line that is not indented.
pub(super) fn pieces(text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > most {
        let end = (0..=most).rev().find(|&at| rest.is_char_boundary(at)).unwrap_or(0);
        let window = &rest[..end];
        let mut outer = window
            .match_indices('\n')
            .map(|(at, _)| at + 1)
            .filter(|&at| !rest[at..].starts_with([' ', '\t', '}', ')', '\n']) && at > most / 2);
        let cut = outer
            .next_back()
            .or_else(|| window.rfind('\n').map(|at| at + 1))
            .filter(|&at| at > 0)
            .unwrap_or(end);
        if cut == 0 {
            break;
        }
        let (piece, tail) = rest.split_at(cut);
        pieces.push(piece);
        rest = tail;
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_code_is_cut_before_a_line_that_is_not_indented() {
        let text = "def a():\n    x\n    y\ndef b():\n    z\n";
        assert_eq!(pieces(text, 30).concat(), text);
        assert_eq!(pieces(text, 30)[0], "def a():\n    x\n    y\n");
        assert_eq!(pieces("ééééééé", 3).concat(), "ééééééé");
    }
}
