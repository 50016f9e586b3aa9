//! The state of a run: heap, scopes, frames, and what was found so far.

use std::rc::Rc;

use regex::Regex;

use crate::budget::Budget;
use crate::budget::Limit;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Program;
use crate::read::ir::Traits;

use super::Codecs;
use super::Findings;
use super::call::Passed;
use super::class::Class;
use super::find::Found;
use super::heap::Heap;
use super::patience::Busy;
use super::table::Names;
use super::table::Set;
use super::table::Table;
use super::value::Text;
use super::value::Value;

/// The deepest nesting of nodes that is followed; what lies deeper is unknown, its literals are still found.
pub(super) const MOST_DEPTH: usize = 320;
/// The most calls in progress.
pub(super) const MOST_FRAMES: usize = 100;
/// How many numbers in a row, or letters of a packed text, may be a text.
const FEWEST_CODES: usize = 24;
/// The most calls that are put off.
const MOST_LATER: usize = 1000;
/// Fewer letters in a program's texts, and fewer numbers that could be letters, make no request however they are put together.
const LETTERS: usize = 12;
const CODES: usize = 8;

/// Why an evaluation ended early.
#[derive(Debug)]
pub(super) enum Exit {
    Break,
    Continue,
    Leave(Box<str>),
    Return(Value),
    Throw(Value),
    /// The budget is spent.
    Halt,
}

/// What an evaluation gives.
pub(super) type Eval<T = Value> = Result<T, Exit>;

impl From<Limit> for Exit {
    fn from(_: Limit) -> Self {
        Exit::Halt
    }
}

/// Variables.
#[derive(Debug, Default)]
pub(super) struct Scope<'p> {
    pub(super) vars: Names<'p, Value>,
    pub(super) parent: Option<usize>,
}

/// One call in progress. The first frame is the conversation itself.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) scope: usize,
    /// The object whose method runs.
    pub(super) this: Option<super::heap::Ref>,
    pub(super) class: Option<usize>,
    /// The class whose method was called without an object.
    pub(super) on: Option<usize>,
    /// Values returned under unknown conditions.
    pub(super) returns: Vec<Value>,
    pub(super) yields: Vec<Value>,
    /// Calls put off until the end, each with the scope it is made in.
    pub(super) defers: Vec<(NodeId, usize)>,
}

/// A variable, or how it was left: its scope, its name, its value.
pub(super) type Left<'p> = (usize, &'p str, Option<Value>);

/// The variables assigned while one of several unknown branches runs, each once, with their values before it.
#[derive(Debug)]
pub(super) struct Journal<'p> {
    /// Scopes from here on were opened by the branch itself, and end with it.
    from: usize,
    known: Set<(usize, &'p str)>,
    pub(super) before: Vec<Left<'p>>,
}

impl<'p> Journal<'p> {
    /// Takes note of a variable's value before it is assigned.
    pub(super) fn note(&mut self, scope: usize, name: &'p str, value: Option<&Value>) {
        if scope < self.from && self.known.insert((scope, name)) {
            self.before.push((scope, name, value.cloned()));
        }
    }
}

/// A run in progress.
pub(super) struct Machine<'p, 'b> {
    pub(super) program: &'p Program,
    pub(super) codecs: Codecs,
    pub(super) budget: &'b mut Budget,
    pub(super) heap: Heap,
    pub(super) scopes: Vec<Scope<'p>>,
    pub(super) classes: Vec<Class<'p>>,
    /// The first class that has a member of this name.
    pub(super) members: Table<&'p str, usize>,
    /// Literals that were evaluated.
    pub(super) literals: Table<NodeId, Value>,
    /// The pattern that was looked for last: loops look for one again and again.
    pub(super) pattern: Option<Rc<(String, Regex)>>,
    pub(super) frames: Vec<Frame>,
    pub(super) journals: Vec<Journal<'p>>,
    /// Which root is running.
    pub(super) root: usize,
    pub(super) depth: usize,
    /// Operands that were evaluated ahead of the node they belong to.
    pub(super) ready: Vec<(NodeId, Value)>,
    pub(super) called: Set<NodeId>,
    /// Steps spent when the last new text came up, or the last outermost loop was done.
    pub(super) fertile: u64,
    /// Loops and repeated calls in progress.
    pub(super) nested: u32,
    pub(super) busy: Busy,
    /// Outermost loops that were left barren.
    pub(super) barren: u64,
    /// Variables that may be the object of a method, once that was asked.
    pub(super) receivers: Option<Set<&'p str>>,
    /// The program turns codes into characters and holds data that may be such codes.
    pub(super) coded: bool,
    pub(super) seen: Set<u64>,
    pub(super) step_ceiling: u64,
    pub(super) byte_ceiling: u64,
    /// Bytes of values that were booked before the run.
    pub(super) bytes_before: u64,
    /// Bytes of values made so far, whether they are held or not, and how many of them may be.
    pub(super) made: u64,
    pub(super) made_ceiling: u64,
    /// How many had been made when the held ones were last counted.
    pub(super) reckoned: u64,
    /// A function is being tried with nothing known: what ends that is counted, and no limit of the whole.
    pub(super) trial: bool,
    /// It is one that gets little patience.
    pub(super) brief: bool,
    /// Calls made of functions that nothing calls with what stands beside them.
    pub(super) beside: usize,
    /// Statements in progress that catch exceptions.
    pub(super) trying: u32,
    /// A branch that may or may not have run left its loop or function.
    pub(super) maybe_left: bool,
    pub(super) halted: bool,
    /// Whether the program could say something, once that was asked.
    says: Option<bool>,
    /// What is to be called when the program is through: delay, function, arguments.
    pub(super) later: Vec<(i64, Value, Vec<Value>)>,
    /// Variables whose names the program makes and nobody writes.
    pub(super) made_names: Table<String, Value>,
    /// The delay of the call that is running.
    pub(super) now: i64,
    /// Objects whose own text is being made.
    pub(super) speaking: Vec<super::heap::Ref>,
    pub(super) found: Found,
    pub(super) out: Text,
}

impl<'p, 'b> Machine<'p, 'b> {
    /// A machine about to run `program`. It leaves a share of the budget to those who come after it.
    pub(super) fn new(program: &'p Program, codecs: Codecs, budget: &'b mut Budget) -> Self {
        let limits = budget.limits();
        let fertile = budget.steps();
        let step_ceiling = share(fertile, limits.steps);
        let bytes_before = budget.value_bytes();
        let byte_ceiling = share(bytes_before, limits.value_bytes);
        Machine {
            program,
            codecs,
            budget,
            heap: Heap::default(),
            scopes: vec![Scope::default()],
            classes: Vec::new(),
            members: Table::default(),
            literals: Table::default(),
            pattern: None,
            frames: vec![Frame::default()],
            journals: Vec::new(),
            root: 0,
            depth: 0,
            ready: Vec::new(),
            called: Set::default(),
            fertile,
            nested: 0,
            busy: Busy::default(),
            barren: 0,
            receivers: None,
            coded: is_coded(program),
            seen: Set::default(),
            step_ceiling,
            byte_ceiling,
            bytes_before,
            made: 0,
            made_ceiling: u64::MAX,
            reckoned: 0,
            trial: false,
            brief: false,
            beside: 0,
            trying: 0,
            maybe_left: false,
            halted: false,
            says: None,
            later: Vec::new(),
            made_names: Table::default(),
            now: 0,
            speaking: Vec::new(),
            found: Found::default(),
            out: Text::default(),
        }
    }

    /// The traits of the code that is running.
    pub(super) fn traits(&self) -> Traits {
        self.program
            .roots()
            .get(self.root)
            .map_or(Traits { negative_index: true, ..Traits::PLAIN }, |root| root.traits)
    }

    /// Spends steps.
    pub(super) fn spend(&mut self, steps: usize) -> Eval<()> {
        self.budget.spend_steps(steps as u64)?;
        if self.budget.steps() > self.step_ceiling {
            return Err(self.halt(Limit::Steps));
        }
        Ok(())
    }

    /// Ends the run. Where the program has something to say, what it might still have said is missing: that is noted.
    pub(super) fn halt(&mut self, limit: Limit) -> Exit {
        if !self.trial {
            let says = self.says.unwrap_or_else(|| self.could_say_something());
            self.says = Some(says);
            if says {
                self.budget.note(limit);
            } else {
                self.found.cut = self.found.cut.saturating_add(1);
            }
        }
        Exit::Halt
    }

    /// Whether the program holds letters, or numbers that could be letters, enough for a request.
    fn could_say_something(&self) -> bool {
        let (mut letters, mut codes) = (0_usize, 0_usize);
        for id in self.program.ids() {
            match self.program.node(id) {
                Node::Text(text) => {
                    letters += text.chars().filter(|c| c.is_alphabetic()).take(LETTERS).count()
                }
                Node::Bytes(bytes) | Node::Wide(bytes) => letters += bytes.len(),
                Node::Int(32..) => codes += 1,
                _ => {}
            }
        }
        letters >= LETTERS || codes >= CODES
    }

    /// The frame of the running function.
    pub(super) fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// Begins to take note of what a branch assigns.
    pub(super) fn begin(&mut self) {
        let journal = Journal { from: self.scopes.len(), known: Set::default(), before: Vec::new() };
        self.journals.push(journal);
    }

    /// Opens a scope.
    pub(super) fn open(&mut self, parent: Option<usize>) -> Eval<usize> {
        self.spend_bytes(super::reckon::SCOPE)?;
        self.scopes.push(Scope { vars: Names::default(), parent });
        Ok(self.scopes.len() - 1)
    }

    /// Runs every region in order, functions first so that they can be called before they are defined.
    pub(super) fn run_roots(&mut self) {
        let program = self.program;
        for (at, root) in program.roots().iter().enumerate() {
            self.root = at;
            self.hoist(root.node);
        }
        for (at, root) in program.roots().iter().enumerate() {
            self.root = at;
            self.guarded(|machine| machine.eval(root.node));
            self.run_later();
        }
        self.root = 0;
    }

    /// Calls what was put off, shorter delays first; what those calls put off in turn comes after them.
    fn run_later(&mut self) {
        for _ in 0..MOST_LATER {
            let next = (0..self.later.len()).min_by_key(|at| self.later.get(*at).map(|entry| entry.0));
            let Some(next) = next else { break };
            let (delay, function, values) = self.later.remove(next);
            self.now = delay;
            self.guarded(|machine| machine.call_value(&function, Passed::of(values)));
        }
        self.later.clear();
        self.now = 0;
    }

    /// Runs something on its own: whatever ends it, the next thing starts afresh.
    pub(super) fn guarded(&mut self, run: impl FnOnce(&mut Self) -> Eval) -> Option<Value> {
        if self.halted {
            return None;
        }
        let result = run(self);
        self.frames.truncate(1);
        self.journals.clear();
        self.ready.clear();
        self.speaking.clear();
        self.depth = 0;
        match result {
            Ok(value) | Err(Exit::Return(value)) => Some(value),
            Err(Exit::Halt) => {
                self.halted = true;
                None
            }
            Err(_) => None,
        }
    }

    /// What was found, with all that is still held.
    pub(super) fn into_findings(mut self) -> Findings {
        self.gather();
        // What was found is all that is left.
        let booked = self.budget.value_bytes().saturating_sub(self.bytes_before);
        self.budget.release_bytes(booked.saturating_sub(self.found.bytes() as u64));
        self.found.finish()
    }
}

/// Whether a program makes characters of numbers, and holds a row of numbers or a packed text that it may make them of.
fn is_coded(program: &Program) -> bool {
    let (mut makes, mut holds) = (false, false);
    for id in program.ids() {
        match program.node(id) {
            Node::Call { library: Some(library), .. } => makes |= makes_characters(library.op),
            Node::Do(op, _) => makes |= makes_characters(*op),
            Node::List(items) => {
                holds |= items.len() >= FEWEST_CODES
                    && items.iter().all(|item| matches!(program.node(*item), Node::Int(_)));
            }
            Node::Bytes(bytes) | Node::Wide(bytes) => holds |= bytes.len() >= FEWEST_CODES,
            Node::Text(text) => holds |= text.len() >= FEWEST_CODES && !text.contains([' ', '\n', '/', '.']),
            _ => {}
        }
    }
    makes && holds
}

fn makes_characters(op: Op) -> bool {
    matches!(op, Op::Chr | Op::AddCode | Op::SubCode)
}

/// Three quarters of what is left.
fn share(spent: u64, limit: u64) -> u64 {
    spent.saturating_add(limit.saturating_sub(spent) / 4 * 3)
}
