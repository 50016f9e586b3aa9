//! What was found: texts, each once, with the way each came about.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher};

use crate::read::ir::Source;

use super::Finding;
use super::FindingKind;
use super::Findings;
use super::heap::Cell;
use super::heap::Ref;
use super::machine::Eval;
use super::machine::Machine;
use super::make::scalar;
use super::pointer::text_in;
use super::shape;
use super::table::Set;
use super::value::Text;
use super::value::Trace;
use super::value::Value;

pub(super) use super::FindingKind as Kind;

/// The most texts reported.
const MOST_FINDINGS: usize = 2000;
/// The most bytes of texts reported; literals have their own share.
const MOST_BYTES: usize = 2 << 20;
/// The longest text put together from a container's items.
const MOST_JOINED: usize = 64 << 10;
/// The most states of containers remembered before something is taken out.
const MOST_STATES: usize = 64;

/// The texts found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    list: Vec<Finding>,
    seen: Set<u64>,
    /// Containers of plain values that were reported.
    shown: Set<u64>,
    bytes: usize,
    literals: usize,
    states: usize,
    pub(super) cut: u32,
}

impl Found {
    /// Reports a text unless it is blank, known, or too much.
    pub(super) fn add(&mut self, text: &str, kind: Kind, how: Vec<String>, sources: &[Source]) {
        self.add_told(text, kind, || (how, sources));
    }

    /// The same, asking for how it came about and where it was written only when it is reported.
    fn add_told<S: AsRef<[Source]>>(
        &mut self,
        text: &str,
        kind: Kind,
        told: impl FnOnce() -> (Vec<String>, S),
    ) {
        let spent = if kind == Kind::Literal { &mut self.literals } else { &mut self.bytes };
        if text.trim().is_empty() || self.list.len() >= MOST_FINDINGS || *spent + text.len() > MOST_BYTES {
            return;
        }
        if self.seen.insert(self.seen.hasher().hash_one((text, kind == Kind::Code))) {
            *spent += text.len();
            let (how, sources) = told();
            let sources = sources.as_ref().iter().take(64).copied().collect();
            self.list.push(Finding { text: text.to_owned(), how, sources, kind });
        }
    }

    /// Reports a text by its own trace.
    pub(super) fn text(&mut self, text: &Text, kind: Kind, label: &str) {
        if text.holes && text.s.split_whitespace().count() < 2 {
            return;
        }
        self.add_told(&text.s, kind, || {
            let mut how = text.trace.told();
            if !label.is_empty() {
                how.push(label.to_owned());
            }
            (how, text.trace.sources())
        });
    }

    /// What the texts found take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.literals + self.list.len() * 160
    }

    /// Everything found.
    pub(super) fn finish(self) -> Findings {
        Findings { list: thinned(self.list), cut: self.cut }
    }
}

impl Machine<'_, '_> {
    /// Takes note of a value that is given away: returned, passed to something unknown, left standing.
    pub(super) fn see(&mut self, value: &Value) -> Eval<()> {
        for one in value.alternatives() {
            match one {
                Value::Text(text) if text.trace.built => self.found.text(text, Kind::Built, ""),
                Value::Ref(at) => self.remember(*at)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The same, for a value whose use says what it is.
    pub(super) fn see_as(&mut self, value: &Value, kind: Kind) -> Eval<()> {
        for one in value.alternatives() {
            if matches!(one, Value::Ref(_)) {
                self.see(one)?;
            }
            let text = self.render(one)?;
            self.found.text(&text, kind, if kind == Kind::Printed { "printed" } else { "" });
        }
        Ok(())
    }

    /// A variable is overwritten: its old text is reported, unless the new one grew out of it.
    pub(super) fn lost(&mut self, name: &str, old: &Value, new: &Value) -> Eval<()> {
        for one in old.alternatives() {
            let Value::Text(old) = one else { continue };
            let news = new.alternatives();
            let mut cost = 0;
            let grew = news.iter().any(|new| match new {
                Value::Text(new) => {
                    cost += new.s.len().min(old.s.len());
                    new.s.starts_with(&old.s) || new.s.ends_with(&old.s)
                }
                _ => false,
            });
            self.spend(cost / 64)?;
            if !grew && old.trace.built && old.s.len() > 1 {
                self.found.text(old, Kind::Built, &format!("value of {name}"));
            }
        }
        Ok(())
    }

    /// Books the text in a value as seen.
    pub(super) fn touch_value(&mut self, value: &Value) {
        if let Some(text) = value.as_text() {
            let text = std::rc::Rc::clone(text);
            self.touch(&text.s);
        }
    }

    /// Reports a container as it is now, once for each time that something was added.
    pub(super) fn remember(&mut self, at: Ref) -> Eval<()> {
        match self.heap.get_mut(at) {
            Cell::List(list) if !list.fresh || list.items.len() < 2 => return Ok(()),
            Cell::List(list) => list.fresh = false,
            Cell::Builder(_) | Cell::Map(_) => {}
        }
        if self.found.states >= MOST_STATES {
            return Ok(());
        }
        self.found.states += 1;
        let size = self.size(at);
        self.spend(size)?;
        self.report(at, "");
        Ok(())
    }

    /// Reports what a container says, in every order that it offers. Has its own limits, so that it works on a spent
    /// budget too.
    pub(super) fn report(&mut self, at: Ref, name: &str) {
        let mut how = Vec::new();
        match self.heap.get(at) {
            Cell::Builder(text) => {
                let text = text.clone();
                self.found.text(&text, Kind::Built, name);
                return;
            }
            Cell::List(list) if list.text.is_some() => {
                let text = text_in(list, 0);
                self.found.text(&text, Kind::Built, name);
                return;
            }
            Cell::List(list) => {
                how.extend((list.pushes > 0).then(|| format!("append × {}", list.pushes)));
                how.extend(list.steps().iter().map(|step| (*step).to_owned()));
            }
            // A match says what the text says that it was found in.
            Cell::Map(map) if map.field("captures").is_some() && map.field("groups").is_some() => return,
            Cell::Map(_) => {}
        }
        let mut hash = self.found.shown.hasher().build_hasher();
        if shape::is_flat(&self.heap, at, &mut hash) && !self.found.shown.insert(hash.finish()) {
            // The same items offered the same texts before.
            return;
        }
        if !name.is_empty() {
            how.push(format!("items of {name}"));
        }
        let leaves = shape::leaves(&self.heap, at);
        let most = leaves.iter().map(|leaf| leaf.alternatives().len()).max().unwrap_or(1).min(4);
        for choice in 0..most {
            let pieces: Vec<Value> = leaves
                .iter()
                .map(|leaf| leaf.alternatives().get(choice).unwrap_or(leaf.first()).clone())
                .collect();
            self.found.pieces(&pieces, &how);
        }
        let trace = OnceCell::new();
        for (text, step) in shape::readings(&self.heap, at) {
            let steps = || how.iter().cloned().chain([step.to_owned()]).collect();
            self.found.add_told(&text, Kind::Shape, || {
                (steps(), trace.get_or_init(|| trace_of(&leaves)).sources())
            });
        }
    }
}

impl Found {
    /// Reports pieces joined in order and last first, with blanks, and without where that may be meant.
    pub(super) fn pieces(&mut self, pieces: &[Value], how: &[String]) {
        if let Some(text) = codes(pieces) {
            let step = |s: &str| how.iter().cloned().chain([s.to_owned()]).collect();
            self.add(&text, Kind::Ordered, step("character codes"), &[]);
            self.add(
                &text.chars().rev().collect::<String>(),
                Kind::Reversed,
                how.iter().cloned().chain(["character codes".to_owned(), "reversed".to_owned()]).collect(),
                &[],
            );
            return;
        }
        let texts: Vec<Text> = pieces
            .iter()
            .filter(|piece| matches!(piece, Value::Text(_) | Value::Bytes(_)))
            .map(scalar)
            .filter(|text| !text.s.is_empty())
            .collect();
        if texts.len() < 2 || texts.iter().map(|text| text.s.len() + 1).sum::<usize>() > MOST_JOINED {
            return;
        }
        let trace = OnceCell::new();
        let sources = || trace.get_or_init(|| trace_of(pieces)).sources();
        let mut words: Vec<&str> = texts.iter().map(|text| text.s.as_str()).collect();
        for separator in separators(&texts) {
            let named = joined_with(separator);
            let steps = |steps: &[&str]| -> Vec<String> {
                how.iter().cloned().chain(steps.iter().map(|&step| step.to_owned())).collect()
            };
            self.add_told(&words.join(separator), Kind::Ordered, || (steps(&[named]), sources()));
            words.reverse();
            self.add_told(&words.join(separator), Kind::Reversed, || {
                (steps(&["reversed", named]), sources())
            });
            words.reverse();
        }
    }
}

/// More texts that came about alike and are all one text cut shorter and shorter are a recursion's arguments.
const CHAIN: usize = 6;
/// So many of them are kept at each end.
const KEPT: usize = 2;

/// Findings without the middle of such chains.
fn thinned(list: Vec<Finding>) -> Vec<Finding> {
    let mut alike: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for (at, finding) in list.iter().enumerate() {
        if matches!(finding.kind, Kind::Built | Kind::Ordered | Kind::Reversed) {
            alike.entry(&finding.how).or_default().push(at);
        }
    }
    let text = |at: usize| list.get(at).map_or("", |finding| finding.text.as_str());
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    for mut chain in alike.into_values().filter(|group| group.len() > CHAIN) {
        chain.sort_by_key(|at| std::cmp::Reverse(text(*at).len()));
        let cut = |pair: &[usize]| match pair {
            [longer, shorter] => {
                text(*longer).ends_with(text(*shorter)) || text(*longer).starts_with(text(*shorter))
            }
            _ => false,
        };
        if chain.windows(2).all(cut) {
            gone.extend(chain.get(KEPT..chain.len() - KEPT).unwrap_or_default());
        }
    }
    list.into_iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, finding)| finding).collect()
}

/// What joining with a separator is called.
pub(super) fn joined_with(separator: &str) -> &'static str {
    match separator {
        "" => "joined with nothing",
        " " => "joined with \" \"",
        "\n" => "joined with line breaks",
        "," => "joined with \",\"",
        ", " => "joined with \", \"",
        "-" => "joined with \"-\"",
        "_" => "joined with \"_\"",
        _ => "joined with a separator",
    }
}

/// Which separators the pieces may be meant to have.
fn separators(texts: &[Text]) -> &'static [&'static str] {
    let single = texts.iter().filter(|text| text.single().is_some()).count();
    if single * 4 >= texts.len() * 3 {
        return &["", " "];
    }
    if texts.len() > 512 || texts.iter().any(|text| text.s.trim().contains(' ')) && !edges(texts) {
        return &[" "];
    }
    &[" ", ""]
}

/// Whether some piece carries its own blank.
fn edges(texts: &[Text]) -> bool {
    texts.iter().any(|text| text.s.trim().len() != text.s.len())
}

/// The places of all pieces.
fn trace_of(pieces: &[Value]) -> Trace {
    let mut trace = Trace::default();
    for piece in pieces {
        if let Some(text) = piece.as_text() {
            trace.absorb(&text.trace);
        }
    }
    trace
}

/// A list of printable character codes as text.
pub(super) fn codes(items: &[Value]) -> Option<String> {
    if items.len() < 3 || items.len() > MOST_JOINED {
        return None;
    }
    items
        .iter()
        .map(|item| match item {
            Value::Int(n) if *n >= 32 || *n == 10 || *n == 9 => {
                u32::try_from(*n).ok().and_then(char::from_u32)
            }
            _ => None,
        })
        .collect()
}

/// Whether a text is a finding by itself or a literal.
pub(super) fn kind_of(text: &Text) -> FindingKind {
    if text.trace.built { Kind::Built } else { Kind::Literal }
}
