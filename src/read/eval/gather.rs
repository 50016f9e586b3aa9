//! What is still held when the program ends: output, variables, containers, literals.

use crate::read::ir::Node;

use super::find::Kind;
use super::find::kind_of;
use super::heap::Cell;
use super::heap::Ref;
use super::machine::Machine;
use super::shape;
use super::table::Set;
use super::value::Text;
use super::value::Value;

/// The most containers reported at the end.
const MOST_CONTAINERS: usize = 5000;
/// The most items of all of them together.
const MOST_ITEMS: usize = 400_000;

impl Machine<'_, '_> {
    /// Reports everything that is still held. Does not depend on what is left of the budget.
    pub(super) fn gather(&mut self) {
        self.gather_output();
        let reported = self.gather_variables();
        self.gather_heap(&reported);
        for (text, how) in shape::structures(&self.heap) {
            self.found.add(&text, Kind::Shape, vec![how.to_owned()], &[]);
        }
        let program = self.program;
        for id in program.ids() {
            if let Node::Text(text) = program.node(id) {
                self.found.add(text, Kind::Literal, Vec::new(), &[program.source(id)]);
            }
        }
    }

    fn gather_output(&mut self) {
        let out = std::mem::take(&mut self.out);
        self.found.text(&out, Kind::Printed, "printed");
        for line in out.s.lines().take(1000) {
            self.found.add(line.trim(), Kind::Printed, vec!["printed".to_owned()], out.trace.sources());
        }
    }

    fn gather_variables(&mut self) -> Set<Ref> {
        let mut reported = Set::default();
        let mut held: Vec<(&str, Value)> = Vec::new();
        for scope in &self.scopes {
            let mut vars: Vec<(&str, Value)> = scope.vars.iter().cloned().collect();
            vars.sort_by_key(|(name, _)| *name);
            held.extend(vars);
        }
        for (name, value) in held {
            for one in value.alternatives() {
                match one {
                    Value::Text(text) => self.found.text(text, kind_of(text), &format!("value of {name}")),
                    Value::Bytes(blob) => {
                        let text = Text::new(super::make::as_text(&blob.bytes), blob.trace.clone());
                        self.found.text(&text, kind_of(&text), &format!("value of {name}"));
                    }
                    Value::Ref(at) if reported.len() < MOST_CONTAINERS && reported.insert(*at) => {
                        self.report(*at, name);
                    }
                    _ => {}
                }
            }
        }
        reported
    }

    fn gather_heap(&mut self, reported: &Set<Ref>) {
        let mut items = 0;
        for at in (0..self.heap.len().min(MOST_CONTAINERS * 8)).map(Ref) {
            items += self.size(at).min(4096) + 1;
            if items > MOST_ITEMS {
                break;
            }
            if reported.contains(&at) {
                continue;
            }
            if self.size(at) >= 2 {
                self.report(at, "");
            }
            let inner: Vec<Value> = match self.heap.get(at) {
                Cell::List(list) => list.items.iter().take(4096).cloned().collect(),
                Cell::Map(map) => map.entries.iter().take(4096).map(|entry| entry.1.clone()).collect(),
                Cell::Builder(_) => Vec::new(),
            };
            for value in &inner {
                if let Some(text) = value.as_text().filter(|text| text.trace.built) {
                    let text = std::rc::Rc::clone(text);
                    self.found.text(&text, Kind::Built, "");
                }
            }
        }
    }
}
