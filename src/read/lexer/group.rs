//! Which strings belong together: one walk over the tokens with a stack of open brackets, keyed on shapes
//! (`name.name("…")`, `name += "…"`, `["…", "…"]`), never on a list of names.

use std::collections::HashMap;
use std::collections::HashSet;

use foldhash::quality::RandomState;

use super::Group;
use super::Literal;
use super::Piece;
use super::Quote;
use super::Verb;
use super::scan::Kind;
use super::scan::Token;

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
        sorts: sorts(text, tokens),
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

    /// A name inside a chain keeps it going; `x = "w" + x` puts in front.
    fn chain_name(&mut self, at: usize, shown: &'t str) {
        if self.chain.items.is_empty() || self.chain.last + 2 != at || !is_join(self.back(at, 1)) {
            return;
        }
        self.chain.last = at;
        if self.chain.items.len() == 1 && self.chain.receiver == Some(shown) && self.chain.adds.is_none() {
            self.chain.adds = Some(Verb::PushFront);
        }
    }

    fn string(&mut self, at: usize, literal: u32) {
        let item = Item { literal, index: None };
        let follows = !self.chain.items.is_empty() && self.follows(at);
        if !follows {
            self.end_chain();
            self.chain = Chain { last: at, ..Chain::default() };
            self.head(at);
        }
        self.chain.items.push(item);
        self.chain.last = at;
        let named = matches!(self.back(at, 1), "=" | ":" | "=>") && at > 1 && self.is_name(at - 2);
        let name = self.back(at, 2);
        let frame = self.frame();
        frame.items.push(item);
        frame.names.extend(named.then_some(name));
        self.sent(at, item);
    }

    /// Whether the string at `at` goes on with the chain: `+ "b"`, or nothing in between.
    fn follows(&self, at: usize) -> bool {
        let last = self.chain.last;
        let joined = last + 2 == at && is_join(self.back(at, 1));
        let bare = |item: &Item| self.literals[item.literal as usize].quote == Quote::Bare;
        let adjacent = last + 1 == at && !self.chain.items.last().is_some_and(bare);
        joined || adjacent || last + 2 == at && self.back(at, 1) == "\\"
    }

    /// What a chain that starts at `at` is bound or added to.
    fn head(&mut self, at: usize) {
        match self.back(at, 1) {
            "=" | ":=" | "<-" | "?=" | "?" => self.bound(at, 2),
            "+=" | ".=" | "..=" | "<>=" | "~=" | "&=" | "*=" => {
                self.chain.receiver = self.target_before(at, 2);
                self.chain.adds = Some(Verb::AddAssign);
            }
            op if is_join(op) && matches!(self.back(at, 3), "=" | ":=") => {
                let same = self.back(at, 2) == self.back(at, 4);
                self.chain.receiver = self.target_before(at, 4);
                self.chain.adds = same.then_some(Verb::AddAssign);
            }
            _ => {}
        }
    }

    fn bound(&mut self, at: usize, steps: usize) {
        self.chain.receiver = self.target_before(at, steps);
        self.chain.element = self.closed.filter(|closed| at.checked_sub(steps) == Some(closed.at));
    }

    /// The name that ends `steps` before `at`, or before a type annotation (`x: str =`), or the base of `x[3] =`.
    fn target_before(&self, at: usize, steps: usize) -> Option<&'t str> {
        let place = at.checked_sub(steps)?;
        if self.is_name(place) {
            // `Dim x As String =`
            let typed =
                place.checked_sub(2).filter(|named| self.back(place, 1) == "As" && self.is_name(*named));
            if let Some(named) = typed {
                return Some(self.shown(named));
            }
            let colon = (1..4).find(|back| self.back(place, *back) == ":");
            let named =
                colon.and_then(|back| place.checked_sub(back + 1)).filter(|_| !self.tokens[place].first);
            if let Some(named) = named.filter(|named| self.is_name(*named)) {
                return Some(self.shown(named));
            }
            return self.path(place);
        }
        self.closed.filter(|closed| closed.at == place).and_then(|closed| closed.base)
    }

    /// `a.b.c` that ends at token `last`.
    fn path(&self, last: usize) -> Option<&'t str> {
        if !self.is_name(last) {
            return None;
        }
        let mut first = last;
        for _ in 0..8 {
            match first.checked_sub(2) {
                // A sentence may end right above: `… like this.` and `xs.add(…)` on the next line.
                Some(before)
                    if is_dot(self.shown(first - 1)) && self.is_name(before) && !self.tokens[first].first =>
                {
                    first = before;
                }
                _ => break,
            }
        }
        self.text.get(self.tokens[first].start as usize..self.tokens[last].end as usize)
    }

    /// `ch <- "w"`, `out << "w"`, `puts "w"`, `xs.push "w"`.
    fn sent(&mut self, at: usize, item: Item) {
        let Some(before) = at.checked_sub(1) else { return };
        match self.shown(before) {
            "<-" => {
                let target = before.checked_sub(1).and_then(|at| self.path(at));
                self.give(target, Verb::Send, item);
            }
            "," => self.pushed(before, item),
            "<<" | "<<<" => {
                let target = self.stream(before);
                self.give(target, Verb::Write, item);
            }
            name if self.is_name(before) && !self.tokens[at].first && self.is_said(at) => {
                let dotted = before.checked_sub(2).filter(|_| is_dot(self.back(before, 1)));
                let target = dotted.and_then(|at| self.path(at)).or(Some(name));
                let verb = if WRITES.contains(&name) { Verb::Write } else { Verb::Push };
                if !matches!(name, "return" | "in" | "case" | "from" | "import" | "and" | "or" | "not" | "if")
                {
                    self.give(target, verb, item);
                }
            }
            _ => {}
        }
    }

    /// `push @xs, "w"`, with the comma at `comma`.
    fn pushed(&mut self, comma: usize, item: Item) {
        let (Some(list), Some(verb)) = (comma.checked_sub(1), comma.checked_sub(2)) else { return };
        let opens = self.tokens[verb].first || matches!(self.back(verb, 1), ";" | "{" | "}");
        if !(opens && self.is_name(list) && self.is_name(verb) && !self.tokens[list].first) {
            return;
        }
        let front = FRONTS.contains(&self.shown(verb));
        let verb = if front { Verb::PushFront } else { Verb::Push };
        let index = if front { Some(0) } else { item.index };
        self.give(Some(self.shown(list)), verb, Item { index, ..item });
    }

    /// Whether the text at `at` may be an argument without brackets: behind a blank, or where the bracket is lost.
    fn is_said(&self, at: usize) -> bool {
        self.tokens[at].spaced || !self.shown(at).starts_with('`')
    }

    /// The name a `<<` chain starts with.
    fn stream(&self, shift: usize) -> Option<&'t str> {
        let mut at = shift;
        for _ in 0..64 {
            let operand = at.checked_sub(1)?;
            match operand.checked_sub(1) {
                Some(before) if self.shown(before) == "<<" => at = before,
                _ => return self.path(operand),
            }
        }
        None
    }

    fn open(&mut self, at: usize) {
        if self.frames.len() >= DEPTH {
            self.deeper += 1;
            return;
        }
        let mut frame = Frame {
            open: self.text.as_bytes()[self.tokens[at].start as usize],
            start: at,
            ..Frame::default()
        };
        let macro_mark = usize::from(self.back(at, 1) == "!");
        if let Some(name) =
            at.checked_sub(1 + macro_mark).filter(|n| self.is_name(*n) && !self.tokens[at].first)
        {
            frame.name = Some(self.shown(name));
            if let Some(dot) = name.checked_sub(1).filter(|dot| is_dot(self.shown(*dot))) {
                let before = dot.checked_sub(1);
                let chained = self.closed.filter(|closed| before == Some(closed.at));
                frame.base = before.and_then(|at| self.path(at)).or(chained.and_then(|closed| closed.base));
            }
        }
        frame.target = self.bound_bracket(at);
        self.frames.push(frame);
    }

    /// The variable a literal bracket's value goes to: `x = [`, `String[] x = {`, `x := []string{`, `x=(`.
    fn bound_bracket(&self, at: usize) -> Option<(&'t str, bool)> {
        for steps in 1..LOOK_BACK {
            match self.back(at, steps) {
                "=" | ":=" | "<-" => {
                    let target = self.target_before(at, steps + 1)?;
                    // `x = x ++ [`, `x <- c(`
                    return Some((target, steps > 1 && self.back(at, steps - 1) == target));
                }
                "+=" => return Some((self.target_before(at, steps + 1)?, true)),
                "" | ";" | "," | "(" | "{" => return None,
                _ if self.tokens[at - steps].first => return None,
                _ => {}
            }
        }
        None
    }

    fn close(&mut self, at: usize) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        if self.frames.len() < 2 {
            return;
        }
        let Some(mut frame) = self.frames.pop() else { return };
        let shift = usize::from(self.back(at, 1) == ",");
        if self.chain.last + 1 + shift == at && !self.chain.items.is_empty() && frame.name.is_none() {
            self.end_chain();
        }
        self.shell_words(&mut frame, at);
        drop_formats(&mut frame, self.literals);
        let base = if frame.open == b'[' { frame.name } else { frame.base.or(frame.first).or(frame.name) };
        let index = (frame.numbers.len() == 1).then(|| frame.numbers[0]);
        self.closed = Some(Closed { at, base, index, keyed: !frame.items.is_empty() && frame.open == b'[' });
        pair_up(&mut frame, self.literals);
        if self.sorts {
            rank_by_key(&mut frame, self.literals);
        }
        if frame.open == b'(' && frame.name.is_some() {
            self.call(&frame);
        }
        self.list(&frame);
        self.hand_on(frame);
    }

    /// `arr=(bake the bread)`: names and nothing else become literals.
    fn shell_words(&mut self, frame: &mut Frame<'t>, at: usize) {
        let inside = frame.start + 1..at.min(self.tokens.len());
        let bound = self.back(frame.start, 1) == "=" || self.back(frame.start, 1) == "+=";
        let tight = self.tokens.get(frame.start).is_some_and(|t| !t.spaced);
        let words = inside.len() > 1 && frame.words == inside.len() && frame.open == b'(';
        if !(bound && tight && words) {
            return;
        }
        for token in &self.tokens[inside] {
            let raw = token.start as usize..token.end as usize;
            let item = Item { literal: self.literals.len() as u32, index: None };
            let text = self.text[raw.clone()].to_owned();
            self.literals.push(Literal { text, raw, quote: Quote::Bare, comment: false });
            frame.items.push(item);
        }
    }

    /// `xs.push("w")`, `append(xs, "w")`, `say("w")`.
    fn call(&mut self, frame: &Frame<'t>) {
        let Some(name) = frame.name else { return };
        let front = FRONTS.contains(&name);
        let index = frame.numbers.first().copied().filter(|_| frame.numbers.len() == 1);
        let verb = match () {
            () if WRITES.contains(&name) => Verb::Write,
            () if front => Verb::PushFront,
            () if frame.base.is_none() && frame.first.is_none() => Verb::Argument,
            () if index.is_some() => Verb::Insert,
            () => Verb::Push,
        };
        let receivers = match (frame.base, frame.first) {
            (Some(base), Some(first)) => [Some(base), Some(first)],
            (Some(one), None) | (None, Some(one)) => [Some(one), None],
            (None, None) => [Some(name), None],
        };
        for receiver in receivers.into_iter().flatten() {
            for item in &frame.items {
                let index = if front { Some(0) } else { item.index.or(index) };
                self.give(Some(receiver), verb, Item { index, ..*item });
            }
        }
    }

    /// Elements of a bracket, and its keys, when there are two or more.
    fn list(&mut self, frame: &Frame<'t>) {
        if frame.numbers.len() > 2 && frame.items.is_empty() && frame.keys.is_empty() && frame.words == 0 {
            self.numbers.push(frame.numbers.clone());
        }
        if let Some((target, adds)) = frame.target.filter(|_| frame.open != b'{' || !frame.statements) {
            // `x <- c(x, "w")` adds as well.
            let verb = if adds || frame.first == Some(target) { Verb::AddAssign } else { Verb::List };
            for item in &frame.items {
                self.give(Some(target), verb, *item);
            }
        }
        if frame.statements {
            return;
        }
        let receiver = frame.target.map(|t| t.0).or(frame.base).or(frame.name);
        for items in [&frame.items, &frame.keys] {
            if items.len() > 1 {
                self.order.push(Draft { receiver, verb: Verb::List, items: items.clone() });
            }
        }
    }

    /// `[("a", 1), ("b", 2)]`, `xs.push(String::from("w"))`: the bracket around it gets the pieces too.
    fn hand_on(&mut self, frame: Frame<'t>) {
        let count = frame.items.len() + frame.keys.len();
        if count == 0 || count > HANDED_ON || frame.statements || self.frames.len() < 2 {
            return;
        }
        if frame.open == b'[' && frame.name.is_some() {
            return;
        }
        let outer = self.frame();
        outer.items.extend(frame.items);
        outer.keys.extend(frame.keys);
    }

    fn end_chain(&mut self) {
        let chain = std::mem::take(&mut self.chain);
        let Some(first) = chain.items.first().copied() else { return };
        if chain.items.len() > 1 {
            self.order.push(Draft {
                receiver: chain.receiver,
                verb: Verb::Concat,
                items: chain.items.clone(),
            });
        }
        let Some(receiver) = chain.receiver else { return };
        let verb = chain.adds.unwrap_or(Verb::Assign);
        let element = chain.element;
        for item in &chain.items {
            let mut item = *item;
            if verb == Verb::PushFront {
                item.index = Some(0);
            } else if chain.adds.is_none() {
                item.index = element.and_then(|c| c.index);
            }
            self.give(Some(receiver), verb, item);
        }
        let keyed = element.is_some_and(|c| c.index.is_some() || c.keyed);
        if chain.adds.is_none() && !keyed {
            let index = trailing_number(receiver);
            self.give(None, Verb::Assign, Item { index, ..first });
        }
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

/// Numbers paired with strings say where these go: `{0: "a"}`, `("a", 1)`, `{"a": 1}`.
fn pair_up(frame: &mut Frame<'_>, literals: &[Literal]) {
    if frame.numbers.is_empty() {
        // `{"2": "bread"}`: the numbers are written as keys.
        let number = |item: &Item| {
            literals.get(item.literal as usize).and_then(|literal| literal.text.trim().parse().ok())
        };
        let numbers: Option<Vec<i64>> = frame.keys.iter().map(number).collect();
        for (item, number) in frame.items.iter_mut().zip(numbers.into_iter().flatten()) {
            item.index = item.index.or(Some(number));
        }
        return;
    }
    for items in [&mut frame.items, &mut frame.keys] {
        if items.len() == frame.numbers.len() {
            for (item, number) in items.iter_mut().zip(&frame.numbers) {
                item.index = item.index.or(Some(*number));
            }
        }
    }
}

/// Longer code sorts something else.
const SORTS: usize = 8 << 10;

fn sorts(text: &str, tokens: &[Token]) -> bool {
    let says = |token: &Token| {
        let shown = text.get(token.start as usize..token.end as usize).unwrap_or_default();
        token.kind == Kind::Name && shown.len() < 16 && shown.to_ascii_lowercase().contains("sort")
    };
    text.len() <= SORTS && tokens.iter().any(says)
}

/// What stands under keys, in code that sorts: the rank of its key says where each goes.
fn rank_by_key(frame: &mut Frame<'_>, literals: &[Literal]) {
    let written =
        |item: &Item| literals.get(item.literal as usize).map_or("", |literal| literal.text.as_str());
    let keys: Vec<&str> = match frame.keys.is_empty() {
        true => frame.names.clone(),
        false => frame.keys.iter().map(written).collect(),
    };
    if keys.len() < 3
        || keys.len() != frame.items.len()
        || frame.items.iter().any(|item| item.index.is_some())
    {
        return;
    }
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|at| keys[*at]);
    for (rank, at) in (0..).zip(order) {
        frame.items[at].index = Some(rank);
    }
}

/// `sprintf(s, "%s", "word")`: the format is no piece.
fn drop_formats(frame: &mut Frame<'_>, literals: &[Literal]) {
    if frame.open != b'(' || frame.items.len() < 2 {
        return;
    }
    let format = |item: &Item| {
        let text = literals.get(item.literal as usize).map_or("", |l| l.text.as_str());
        text.contains(['%', '{'])
            && text.chars().filter(|c| c.is_alphabetic()).count() * 2 <= text.chars().count()
    };
    if frame.items.first().is_some_and(format) {
        frame.items.remove(0);
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
