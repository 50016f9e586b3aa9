//! Brackets: what they hold, and whom it is given to.

use crate::read::lexer::Literal;
use crate::read::lexer::Quote;
use crate::read::lexer::Verb;

use super::Closed;
use super::DEPTH;
use super::Draft;
use super::FRONTS;
use super::Frame;
use super::HANDED_ON;
use super::Item;
use super::LOOK_BACK;
use super::WRITES;
use super::Walk;
use super::is_dot;
use super::keys::drop_formats;
use super::keys::pair_up;
use super::keys::rank_by_key;

impl<'t> Walk<'t, '_> {
    pub(super) fn open(&mut self, at: usize) {
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
    pub(super) fn bound_bracket(&self, at: usize) -> Option<(&'t str, bool)> {
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

    pub(super) fn close(&mut self, at: usize) {
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
    pub(super) fn shell_words(&mut self, frame: &mut Frame<'t>, at: usize) {
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
    pub(super) fn call(&mut self, frame: &Frame<'t>) {
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
    pub(super) fn list(&mut self, frame: &Frame<'t>) {
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
    pub(super) fn hand_on(&mut self, frame: Frame<'t>) {
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
}
