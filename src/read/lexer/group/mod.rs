//! Which strings belong together: one walk over the tokens with a stack of open brackets, keyed on shapes
//! (`name.name("…")`, `name += "…"`, `["…", "…"]`), never on a list of names.

mod bracket;
mod chain;
mod keys;

use std::collections::HashMap;
use std::collections::HashSet;

use foldhash::quality::RandomState;

use crate::read::lexer::Group;
use crate::read::lexer::Literal;
use crate::read::lexer::Piece;
use crate::read::lexer::Verb;
use crate::read::lexer::scan::Kind;
use crate::read::lexer::scan::Token;

/// What the walk yields.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) groups: Vec<Group>,
    pub(super) numbers: Vec<Vec<i64>>,
}

/// Brackets deeper than this are not told apart; their strings count for the innermost one kept.
const DEPTH: usize = 256;
/// Tokens looked at behind a bracket for the name it is bound to.
const LOOK_BACK: usize = 12;
/// Pieces a bracket hands on to the one around it: pairs and wrapped words, not whole lists.
const HANDED_ON: usize = 4;

/// Methods and functions that print; all others push or take arguments.
const WRITES: [&str; 17] = [
    "print",
    "println",
    "printf",
    "fprintf",
    "echo",
    "puts",
    "write",
    "writeln",
    "Write",
    "WriteLine",
    "Print",
    "Println",
    "Printf",
    "log",
    "cat",
    "say",
    "cout",
];
/// Methods that put their argument first.
const FRONTS: [&str; 10] = [
    "appendleft",
    "push_front",
    "unshift",
    "addFirst",
    "offerFirst",
    "pushFront",
    "prepend",
    "AddFirst",
    "PushFront",
    "emplace_front",
];

/// Groups the strings of one token stream. Bare words of shell arrays become literals.
pub(super) fn group(text: &str, tokens: &[Token], literals: &mut Vec<Literal>) -> Found {
    let mut walk = Walk {
        text,
        tokens,
        literals,
        frames: vec![Frame::default()],
        deeper: 0,
        chain: Chain::default(),
        closed: None,
        receivers: HashMap::default(),
        order: Vec::new(),
        numbers: Vec::new(),
        sorts: keys::sorts(text, tokens),
    };
    for at in 0..tokens.len() {
        walk.token(at);
    }
    while walk.frames.len() > 1 {
        walk.close(tokens.len());
    }
    walk.end_chain();
    walk.finish()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Item {
    literal: u32,
    index: Option<i64>,
}

/// Strings gathered for one receiver or one bracket.
#[derive(Debug)]
struct Draft<'t> {
    receiver: Option<&'t str>,
    verb: Verb,
    items: Vec<Item>,
}

/// An open bracket.
#[derive(Debug, Default)]
struct Frame<'t> {
    open: u8,
    start: usize,
    /// What is called: the path before the last dot, and the name.
    base: Option<&'t str>,
    name: Option<&'t str>,
    /// The variable the bracket's value is bound to.
    target: Option<(&'t str, bool)>,
    keys: Vec<Item>,
    /// Names that stand for a key.
    names: Vec<&'t str>,
    items: Vec<Item>,
    numbers: Vec<i64>,
    /// The first argument, when a name.
    first: Option<&'t str>,
    words: usize,
    others: usize,
    statements: bool,
}

/// Strings joined by operators or by nothing.
#[derive(Debug, Default)]
struct Chain<'t> {
    items: Vec<Item>,
    /// The last token that belongs to it.
    last: usize,
    receiver: Option<&'t str>,
    /// Added to the receiver, not bound.
    adds: Option<Verb>,
    /// The element bound: `x[3] = …`.
    element: Option<Closed<'t>>,
}

/// The bracket closed last.
#[derive(Debug, Clone, Copy)]
struct Closed<'t> {
    at: usize,
    base: Option<&'t str>,
    index: Option<i64>,
    keyed: bool,
}

struct Walk<'t, 'l> {
    text: &'t str,
    tokens: &'t [Token],
    literals: &'l mut Vec<Literal>,
    frames: Vec<Frame<'t>>,
    deeper: usize,
    chain: Chain<'t>,
    closed: Option<Closed<'t>>,
    receivers: HashMap<(Option<&'t str>, bool), usize, RandomState>,
    order: Vec<Draft<'t>>,
    numbers: Vec<Vec<i64>>,
    /// The code is short and speaks of sorting.
    sorts: bool,
}

impl<'t> Walk<'t, '_> {
    fn shown(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |t| &self.text[t.start as usize..t.end as usize])
    }

    fn back(&self, at: usize, steps: usize) -> &'t str {
        at.checked_sub(steps).map_or("", |at| self.shown(at))
    }

    fn is_name(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|t| t.kind == Kind::Name)
    }

    fn frame(&mut self) -> &mut Frame<'t> {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn token(&mut self, at: usize) {
        let token = self.tokens[at];
        self.unclosed(at);
        match token.kind {
            Kind::Text(literal) => self.string(at, literal),
            Kind::Number => self.number(at),
            Kind::Name => self.name(at),
            Kind::Op => match self.shown(at) {
                "(" | "[" | "{" => self.open(at),
                ")" | "]" | "}" => self.close(at),
                ";" => self.frame().statements = true,
                "," => {}
                ":" | "=>" | "=" => self.key(at),
                _ => self.frame().others += 1,
            },
        }
    }

    /// `xs.push("w";` and `xs.push("w"` at the end of a line: the bracket is missing.
    fn unclosed(&mut self, at: usize) {
        let Some(before) = at.checked_sub(1) else { return };
        let after_text = matches!(self.tokens[before].kind, Kind::Text(_));
        let after_value = after_text || self.is_name(before) || matches!(self.shown(before), "]" | "}");
        let starts = self.tokens[at].first && self.is_name(at);
        let binds = starts && matches!(self.shown(at + 1), "=" | ":=" | "<-" | "+=");
        let ends = self.shown(at) == ";";
        let frame = self.frame();
        let called = frame.name.is_some() && after_text && (ends || starts);
        let bound = frame.target.is_some() && after_value && binds && !frame.items.is_empty();
        if frame.open == b'(' && (called || bound) {
            self.close(at);
        }
    }

    /// `"key":`, `"key" =>`, and in braces `"key" =`: the string before it was a key.
    fn key(&mut self, at: usize) {
        let text = |token: &Token| matches!(token.kind, Kind::Text(_));
        if !at.checked_sub(1).and_then(|before| self.tokens.get(before)).is_some_and(text) {
            return;
        }
        let bound = self.shown(at) == "=";
        let frame = self.frame();
        if bound && frame.open != b'{' {
            return;
        }
        if let Some(item) = frame.items.pop() {
            frame.keys.push(item);
        }
    }

    fn number(&mut self, at: usize) {
        let Some(value) = integer(self.shown(at)) else { return };
        let sign = if self.back(at, 1) == "-" && self.back(at, 2) == "," { -1 } else { 1 };
        let frame = self.frame();
        frame.numbers.push(value.saturating_mul(sign));
    }

    fn name(&mut self, at: usize) {
        let shown = self.shown(at);
        let start = self.frame().start;
        let opens = at.saturating_sub(start) <= 2 && at > start;
        let frame = self.frame();
        frame.words += 1;
        if opens && frame.first.is_none() && shown != "mut" && frame.items.is_empty() {
            frame.first = Some(shown);
        }
        self.chain_name(at, shown);
    }

    fn give(&mut self, receiver: Option<&'t str>, verb: Verb, item: Item) {
        let order = &mut self.order;
        let place = *self.receivers.entry((receiver, verb == Verb::Write)).or_insert_with(|| {
            order.push(Draft { receiver, verb, items: Vec::new() });
            order.len() - 1
        });
        let draft = &mut self.order[place];
        if draft.items.last().is_none_or(|last| last.literal != item.literal) {
            draft.items.push(item);
        }
    }

    /// Drafts of two pieces or more, each set of pieces once.
    fn finish(self) -> Found {
        let mut seen: HashSet<_, RandomState> = HashSet::default();
        let mut groups = Vec::new();
        for draft in self.order {
            let (Some(first), Some(last)) = (draft.items.first(), draft.items.last()) else { continue };
            let indexed = draft.items.iter().any(|item| item.index.is_some());
            if draft.items.len() < 2
                || !seen.insert((first.literal, last.literal, draft.items.len(), indexed))
            {
                continue;
            }
            let pieces = draft.items.iter().filter_map(|item| {
                let literal = self.literals.get(item.literal as usize)?;
                Some(Piece { text: literal.text.clone(), range: literal.raw.clone(), index: item.index })
            });
            let receiver = draft.receiver.map(Box::from);
            groups.push(Group { receiver, verb: draft.verb, pieces: pieces.collect() });
        }
        Found { groups, numbers: self.numbers }
    }
}

fn is_join(op: &str) -> bool {
    matches!(op, "+" | "." | ".." | "||" | "&" | "<>" | "++" | "~" | "*" | "<<" | "\\" | "...")
}

fn is_dot(op: &str) -> bool {
    matches!(op, "." | "->" | "::" | "?.")
}

pub(super) fn integer(shown: &str) -> Option<i64> {
    match shown.strip_prefix("0x").or_else(|| shown.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => shown.parse().ok(),
    }
}

/// The number a name ends in: `part12`.
fn trailing_number(name: &str) -> Option<i64> {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    name[name.len() - digits..].parse().ok()
}
