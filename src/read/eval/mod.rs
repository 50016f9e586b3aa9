//! The bounded abstract interpreter: runs an ir program and reports every text that the program builds.
//!
//! It is total: unknown values are holes, unknown conditions take both ways, and everything spends from the budget.
//! It knows no language; what differs between them is in [`crate::read::ir::Traits`].

mod beside;
mod call;
mod callee;
mod class;
mod compare;
mod expr;
mod find;
mod gather;
mod heap;
mod machine;
mod make;
mod object;
mod ops;
mod order;
mod patience;
mod place;
mod pointer;
mod reckon;
mod run;
mod shape;
mod table;
mod uncalled;
mod value;

#[cfg(test)]
mod tests;

use crate::budget::Budget;
use crate::read::ir::Codec;
use crate::read::ir::Program;
use crate::read::ir::Source;

/// What a text is, which ranks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// The argument of an [`crate::read::ir::Op::Eval`]: code, to be read again.
    Code,
    /// Printed or written out.
    Printed,
    /// Put together from pieces, or changed.
    Built,
    /// The items of a container, joined in order.
    Ordered,
    /// The items of a container, last first.
    Reversed,
    /// Read off a shape: a walk of a tree, an index map, an interleaving.
    Shape,
    /// A literal as it stands.
    Literal,
}

/// One text the program builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The text. Unknown pieces stand as blanks.
    pub text: String,
    /// The steps that led to it, for people: `append × 8`, `items of words`, `joined with " "`.
    pub how: Vec<String>,
    /// Where the pieces were written, at most 64.
    pub sources: Vec<Source>,
    /// What it is.
    pub kind: FindingKind,
}

/// Everything the program builds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// The texts, each once, in the order they came up.
    pub list: Vec<Finding>,
    /// Loops and functions that were left early since they had run long without touching a new text.
    pub cut: u32,
}

/// How the interpreter undoes and applies encodings, so that it depends on no decoder.
#[derive(Clone, Copy)]
pub struct Codecs {
    /// Undoes an encoding; `None` when the bytes are not in it.
    pub decode: fn(Codec, &[u8], &mut Budget) -> Option<Vec<u8>>,
    /// Applies one.
    pub encode: fn(Codec, &[u8], &mut Budget) -> Option<Vec<u8>>,
}

impl Codecs {
    /// No encodings: encoded texts stay as they are.
    pub fn none() -> Self {
        Codecs { decode: |_, _, _| None, encode: |_, _, _| None }
    }
}

/// Runs `program` and reports its texts. Never fails: a spent budget is noted in `budget`, and what was found so far
/// is returned.
pub fn run(program: &Program, codecs: Codecs, budget: &mut Budget) -> Findings {
    let mut machine = machine::Machine::new(program, codecs, budget);
    machine.run_roots();
    machine.run_uncalled();
    machine.into_findings()
}

/// The same without the functions that nothing calls: what they say is known from an earlier run, and they run last, so that
/// nothing else depends on them.
pub fn run_called(program: &Program, codecs: Codecs, budget: &mut Budget) -> Findings {
    let mut machine = machine::Machine::new(program, codecs, budget);
    machine.run_roots();
    machine.into_findings()
}
