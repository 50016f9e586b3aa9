//! Strings in a row, and what they are bound, added or sent to.

use crate::read::lexer::Quote;
use crate::read::lexer::Verb;

use super::Chain;
use super::Draft;
use super::FRONTS;
use super::Item;
use super::WRITES;
use super::Walk;
use super::is_dot;
use super::is_join;
use super::trailing_number;

impl<'t> Walk<'t, '_> {
    /// A name inside a chain keeps it going; `x = "w" + x` puts in front.
    pub(super) fn chain_name(&mut self, at: usize, shown: &'t str) {
        if self.chain.items.is_empty() || self.chain.last + 2 != at || !is_join(self.back(at, 1)) {
            return;
        }
        self.chain.last = at;
        if self.chain.items.len() == 1 && self.chain.receiver == Some(shown) && self.chain.adds.is_none() {
            self.chain.adds = Some(Verb::PushFront);
        }
    }

    pub(super) fn string(&mut self, at: usize, literal: u32) {
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
    pub(super) fn follows(&self, at: usize) -> bool {
        let last = self.chain.last;
        let joined = last + 2 == at && is_join(self.back(at, 1));
        let bare = |item: &Item| self.literals[item.literal as usize].quote == Quote::Bare;
        let adjacent = last + 1 == at && !self.chain.items.last().is_some_and(bare);
        joined || adjacent || last + 2 == at && self.back(at, 1) == "\\"
    }

    /// What a chain that starts at `at` is bound or added to.
    pub(super) fn head(&mut self, at: usize) {
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

    pub(super) fn bound(&mut self, at: usize, steps: usize) {
        self.chain.receiver = self.target_before(at, steps);
        self.chain.element = self.closed.filter(|closed| at.checked_sub(steps) == Some(closed.at));
    }

    /// The name that ends `steps` before `at`, or before a type annotation (`x: str =`), or the base of `x[3] =`.
    pub(super) fn target_before(&self, at: usize, steps: usize) -> Option<&'t str> {
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
    pub(super) fn path(&self, last: usize) -> Option<&'t str> {
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
    pub(super) fn sent(&mut self, at: usize, item: Item) {
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
    pub(super) fn pushed(&mut self, comma: usize, item: Item) {
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
    pub(super) fn is_said(&self, at: usize) -> bool {
        self.tokens[at].spaced || !self.shown(at).starts_with('`')
    }

    /// The name a `<<` chain starts with.
    pub(super) fn stream(&self, shift: usize) -> Option<&'t str> {
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

    pub(super) fn end_chain(&mut self) {
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
}
