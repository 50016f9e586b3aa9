//! The language-neutral program that every frontend lowers to and the interpreter runs.
//!
//! One [`Program`] holds the whole conversation: each code region adds a root, and later roots see the bindings of
//! earlier ones. Nodes live in an arena and name each other by [`NodeId`], so nothing recurses to build, drop or
//! print one. Unknown syntax becomes [`Node::Opaque`] and keeps its children: a string is never lost.

mod op;
mod print;
mod splice;

pub use op::{Codec, Manner, Op};
pub use print::print;

use crate::request::span::SpanId;

/// The index of a node in its [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The position in the arena.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a node was written: a byte range of a span's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The span.
    pub span: SpanId,
    /// First byte within the span's text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// What a language does differently from the others; everything else is in the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Label for provenance, e.g. `python`. The interpreter never branches on it.
    pub language: &'static str,
    /// 0, or 1 where sequences count from one.
    pub first_index: i64,
    /// Assignment copies containers (C++) instead of sharing them (Python).
    pub copies: bool,
    /// Division of two integers gives an integer.
    pub integer_division: bool,
    /// Adding text and a number joins them (JavaScript, Java) instead of failing.
    pub joins_numbers: bool,
    /// Negative indices count from the end (Python, Ruby).
    pub negative_index: bool,
    /// A text or list plus a number is a position in it, characters are numbers, and text ends at a zero (C).
    pub pointers: bool,
    /// A list of characters is a text (Haskell).
    pub spells: bool,
    /// A `break` in an arm of a match leaves the loop around it, not the match (Rust).
    pub breaks_through: bool,
    /// A text of digits is a number where it is reckoned with (PHP).
    pub digits_count: bool,
    /// A name that a function binds without declaring it is one of the whole program (shells, Lua, JavaScript).
    pub globals: bool,
    /// Of several classes that one extends, what the last says goes before what the first says (Scala, Ruby).
    pub last_base_first: bool,
}

impl Traits {
    /// What most languages do; a language's own traits say only what it does differently.
    pub const PLAIN: Traits = Traits {
        language: "",
        first_index: 0,
        copies: false,
        integer_division: false,
        joins_numbers: false,
        negative_index: false,
        pointers: false,
        spells: false,
        digits_count: false,
        globals: false,
        breaks_through: false,
        last_base_first: false,
    };
}

impl Traits {
    /// Whether characters are a type of their own that counts as a number (Java, C#): so it is where joining and
    /// dividing go by the types of values.
    pub fn characters_count(&self) -> bool {
        self.joins_numbers && self.integer_division
    }
}

/// The name of a method that says how an object reads as text.
pub const AS_TEXT: &str = "(as text)";
/// The name of a method that gives what a loop over an object sees.
pub const AS_ITEMS: &str = "(as items)";
/// The first parameter of a method that a program adds to a type of values.
pub const VALUE: &str = "(value)";
/// The name of a method that compares an object with another.
pub const COMPARE: &str = "(compare)";
/// The name of a method that `object[index]` calls.
pub const AT_INDEX: &str = "(at index)";
/// The name of a method that `object + value` calls.
pub const PLUS: &str = "(plus)";

/// One code region, lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// Usually a [`Node::Block`].
    pub node: NodeId,
    /// The language's traits.
    pub traits: Traits,
}

/// The program of a whole conversation.
#[derive(Debug, Clone, Default)]
pub struct Program {
    nodes: Vec<Node>,
    sources: Vec<Source>,
    roots: Vec<Root>,
}

/// An operator of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`, and every spelling of joining two texts or lists (`.`, `..`, `<>`, `||` in SQL).
    Add,
    /// `-`
    Sub,
    /// `*`: also repetition of text and lists.
    Mul,
    /// `/`
    Div,
    /// `//`: rounds down.
    FloorDiv,
    /// `%`: also printf-style formatting when the left side is text.
    Mod,
    /// `**`
    Pow,
    /// `<<` on integers. Stream insertion is [`Op::Write`], appending is [`Op::Push`]: a frontend that cannot tell
    /// lowers to this, and the interpreter decides by the left value.
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `a in b`
    In,
    /// `a not in b`
    NotIn,
    /// Short-circuit and; gives the last value looked at.
    And,
    /// Short-circuit or; gives the last value looked at. Also `??` and `?:`.
    Or,
}

/// An operator of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-x`
    Neg,
    /// `+x`
    Plus,
    /// `!x`, `not x`
    Not,
    /// `~x`
    BitNot,
}

/// One argument of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// The keyword or label, if any.
    pub name: Option<Box<str>>,
    /// The value.
    pub value: NodeId,
    /// `*xs`, `...xs`, `xs...`: the elements of the value are the arguments.
    pub spread: bool,
}

/// One parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The name bound in the body. A destructuring parameter uses an empty name and a pattern in the body.
    pub name: Box<str>,
    /// The default value.
    pub default: Option<NodeId>,
    /// Takes all remaining positional arguments as a list.
    pub rest: bool,
}

/// What a comprehension builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comprehension {
    /// A list, set or generator: `element` is the item.
    List,
    /// A map: `element` is a [`Node::Pair`].
    Map,
}

/// One `for x in xs if test` clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The pattern bound for each item.
    pub target: NodeId,
    /// What is iterated.
    pub iter: NodeId,
    /// Conditions that must hold.
    pub tests: Vec<NodeId>,
}

/// One arm of a [`Node::Match`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// Values compared with the subject; empty means "otherwise".
    pub values: Vec<NodeId>,
    /// An extra condition.
    pub guard: Option<NodeId>,
    /// What runs, or the value of the arm.
    pub body: NodeId,
    /// Runs on into the next arm (C `switch` without `break`).
    pub falls_through: bool,
}

/// One handler of a [`Node::Try`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The name bound to the exception.
    pub binds: Option<Box<str>>,
    /// What runs.
    pub body: NodeId,
}

/// What a call means when nothing in the program defines its callee: a neutral operation and its operands in the
/// operation's own order (see [`Op`]). Operands are nodes of the call: receiver and arguments, or constants added by
/// the frontend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// The operation.
    pub op: Op,
    /// Its operands.
    pub operands: Vec<NodeId>,
}

/// One node. Statements and expressions are one kind, since many languages make no difference.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    // --- values ---
    /// A string literal, escapes undone. Characters are their own literals of length one.
    Text(Box<str>),
    /// A byte-string literal (`b"..."`).
    Bytes(Box<[u8]>),
    /// An integer.
    Int(i64),
    /// An integer of more than 64 bits, by its bytes, the high end first.
    Wide(Box<[u8]>),
    /// A float.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// None, nil, null, undefined.
    Null,
    /// A list, tuple, array, vector or set literal, in source order.
    List(Vec<NodeId>),
    /// A map, dict, object or struct literal: [`Node::Pair`]s and [`Node::Spread`]s in source order.
    Map(Vec<NodeId>),
    /// One `key: value`.
    Pair(NodeId, NodeId),
    /// `*xs` or `...xs` inside a literal.
    Spread(NodeId),
    /// Pieces turned to text and joined without separator: interpolation and adjacent literals.
    Concat(Vec<NodeId>),
    /// A variable, function or type name.
    Name(Box<str>),
    /// `base.name`, `base->name`, `base::name`, `base$name`.
    Field(NodeId, Box<str>),
    /// `base[index]`
    Index(NodeId, NodeId),
    /// `base[from:to:step]`, half open.
    Slice {
        /// What is cut.
        base: NodeId,
        /// First index.
        from: Option<NodeId>,
        /// One past the last index.
        to: Option<NodeId>,
        /// Step, may be negative.
        step: Option<NodeId>,
    },
    /// One operand.
    Unary(UnaryOp, NodeId),
    /// Two operands.
    Binary(BinaryOp, NodeId, NodeId),
    /// `test ? then : other`
    Choose {
        /// The condition.
        test: NodeId,
        /// Value when true.
        then: NodeId,
        /// Value when false.
        other: NodeId,
    },
    /// Any call: function, method, constructor, macro, conversion.
    Call {
        /// [`Node::Name`] or [`Node::Field`] where the source has one, or any expression.
        callee: NodeId,
        /// Arguments in source order.
        args: Vec<Arg>,
        /// Its meaning when the program itself does not define the callee.
        library: Option<Library>,
    },
    /// A neutral operation that is not a call in the source (an operator, a statement, a declared type's initial
    /// value). Calls use [`Node::Call`] with a [`Library`].
    Do(Op, Vec<NodeId>),
    /// A function, method, lambda or closure. Evaluates to the function; binds `name` when there is one.
    Function {
        /// The name, if any.
        name: Option<Box<str>>,
        /// Parameters, receiver included where the language writes it.
        params: Vec<Param>,
        /// A [`Node::Block`], or an expression whose value is returned.
        body: NodeId,
        /// Comments and docstrings on it and in it, joined by newlines: all the meaning a bodiless function has.
        comment: Option<Box<str>>,
        /// The body yields: calling it gives a list of the yields.
        generator: bool,
    },
    /// A class, struct, trait, enum or module with members.
    Class {
        /// The name.
        name: Box<str>,
        /// Names of bases.
        bases: Vec<NodeId>,
        /// Methods are [`Node::Function`]s, fields are [`Node::Assign`]s, in source order.
        members: Vec<NodeId>,
        /// The method that runs on construction: `__init__`, `constructor`, the class's own name, `new`.
        constructor: Option<Box<str>>,
        /// Field names in order, for positional construction (dataclass, Go or C++ struct literals).
        fields: Vec<Box<str>>,
    },
    // --- statements ---
    /// Statements in order; its value is the last one's (for languages that return it).
    Block(Vec<NodeId>),
    /// `target = value`. Targets: [`Node::Name`], [`Node::Field`], [`Node::Index`], [`Node::Slice`], or
    /// [`Node::List`] for destructuring.
    Assign {
        /// What is bound.
        target: NodeId,
        /// To what.
        value: NodeId,
        /// `+=` and the like: combines with the old value.
        op: Option<BinaryOp>,
        /// A declaration in the innermost block (`let`, `:=`, `std::string s`), not an assignment to an outer name.
        declares: bool,
    },
    /// `if`; `other` may be another `If`.
    If {
        /// The condition; [`Node::Opaque`] with no children when the source left it empty.
        test: NodeId,
        /// Runs when true.
        then: NodeId,
        /// Runs when false.
        other: Option<NodeId>,
    },
    /// `while`, `until` (negated), `loop`, and C-style `for` (`before` and `after`).
    While {
        /// Runs once, first.
        before: Option<NodeId>,
        /// Condition; `None` loops until a break.
        test: Option<NodeId>,
        /// Runs after each pass, also after `continue`.
        after: Option<NodeId>,
        /// The body.
        body: NodeId,
        /// `do … while`: the body runs before the first test.
        runs_first: bool,
    },
    /// `for target in iter`. A target of two names over a map binds key and value; over a sequence with
    /// `indexed` it binds index and item (Go `range`).
    For {
        /// The pattern.
        target: NodeId,
        /// What is iterated: list, text, map keys, range, channel, generator.
        iter: NodeId,
        /// The body.
        body: NodeId,
        /// Go's `range`: one name is the index (or map key), two are index and item (or key and value).
        indexed: bool,
    },
    /// `[element for … if …]`
    Comprehend {
        /// What it builds.
        kind: Comprehension,
        /// The item, or a [`Node::Pair`].
        element: NodeId,
        /// Clauses, outermost first.
        clauses: Vec<Clause>,
    },
    /// `switch`, `match`, `case`; its value is the value of the arm that ran.
    Match {
        /// What is compared; `None` when arms carry only guards.
        subject: Option<NodeId>,
        /// The arms in order.
        arms: Vec<Arm>,
    },
    /// Exceptions: the body is taken to succeed unless it throws.
    Try {
        /// What is tried.
        body: NodeId,
        /// Handlers in order.
        handlers: Vec<Handler>,
        /// Runs in any case.
        finally: Option<NodeId>,
    },
    /// `return value`
    Return(Option<NodeId>),
    /// `yield value`; `each` for `yield from`.
    Yield(Option<NodeId>, bool),
    /// `throw value`
    Throw(Option<NodeId>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// Statements that a [`Node::Leave`] of the same name leaves.
    Labelled(Box<str>, NodeId),
    /// `break label`; `continue label` leaves a label around the loop's body.
    Leave(Box<str>),
    /// Runs when the enclosing function ends (Go `defer`), last first.
    Defer(NodeId),
    /// A comment or docstring on its own: text, and advice for bodiless functions.
    Comment(Box<str>),
    /// Syntax nobody lowered, or an error: its parts are still run in order, its value is unknown.
    Opaque(Vec<NodeId>),
}

impl Program {
    /// An empty program.
    pub fn new() -> Self {
        Program::default()
    }

    /// Adds a node written at `source`.
    pub fn add(&mut self, node: Node, source: Source) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        self.sources.push(source);
        id
    }

    /// Adds a lowered region. Regions run in the order they were added.
    pub fn add_root(&mut self, root: Root) {
        self.roots.push(root);
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Where a node was written.
    pub fn source(&self, id: NodeId) -> Source {
        self.sources[id.index()]
    }

    /// The regions in order.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// Every node, in the order they were added.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}
