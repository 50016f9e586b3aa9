//! The walk that every frontend shares: depth cap, budget, error nodes, and a sweep for what a frontend left out.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::budget::Budget;
use crate::budget::Limit;
use crate::read::ir::Arg;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;
use crate::read::ir::Program;
use crate::read::ir::Source;
use crate::request::span::SpanId;

use super::Language;
use super::macros::Expanded;
use super::parse::Failure;
use super::sort::Sorts;
pub(super) use super::sort::is_comment;

/// A tree-sitter node.
pub(super) type Ts<'t> = tree_sitter::Node<'t>;

/// Syntax nested deeper than this is flattened to its literals.
const DEPTH: usize = 160;

/// How much deeper code within a text counts as.
const INNER_DEPTH: usize = 40;

/// The most bytes of stray text that one error node keeps.
const STRAY_TEXT: usize = 2048;

/// One region on its way into the program.
pub(super) struct Lowering<'t, 'p> {
    language: &'static Language,
    sorts: Sorts,
    text: &'t str,
    span: SpanId,
    offset: usize,
    program: &'p mut Program,
    budget: &'p mut Budget,
    depth: usize,
    literals: usize,
    error_bytes: usize,
    complete: bool,
    in_error: bool,
    /// Literals, comments and error nodes lowered so far, by tree-sitter's node id.
    done: HashSet<usize>,
    /// Imported names: as used here → as the library calls it.
    aliases: HashMap<String, String>,
    /// What kind of thing a name was last declared as, where its frontend wants to know again.
    kinds: HashMap<&'t str, &'t str>,
    /// Names of functions and classes that the region defines, collected when first asked for.
    defined: Option<HashSet<&'t str>>,
    /// What a language's own counter (Go's `iota`) stands for.
    counter: i64,
    /// Comments right above the statement that is being lowered; the first function in it takes them.
    above: Vec<&'t str>,
    /// Statements that run before all others.
    first: Vec<NodeId>,
    /// Functions around what is being lowered.
    functions: usize,
    /// Where the text comes from, if it is not the region's own.
    expanded: Option<&'t Expanded>,
}

impl<'t, 'p> Lowering<'t, 'p> {
    /// Ready to lower `text`.
    pub(super) fn new(
        language: &'static Language,
        text: &'t str,
        span: SpanId,
        offset: usize,
        program: &'p mut Program,
        budget: &'p mut Budget,
    ) -> Self {
        Lowering {
            language,
            sorts: Sorts::of(language),
            text,
            span,
            offset,
            program,
            budget,
            depth: 0,
            literals: 0,
            error_bytes: 0,
            complete: true,
            in_error: false,
            done: HashSet::new(),
            aliases: HashMap::new(),
            kinds: HashMap::new(),
            defined: None,
            counter: 0,
            above: Vec::new(),
            first: Vec::new(),
            functions: 0,
            expanded: None,
        }
    }

    /// Lowers the whole tree and then sweeps up what the frontend did not look at.
    pub(super) fn root(&mut self, root: Ts<'t>) -> NodeId {
        let main = self.lower(root);
        let strays = self.sweep(root);
        let mut statements = std::mem::take(&mut self.first);
        if strays.is_empty() && statements.is_empty() {
            return main;
        }
        let strays = self.add(Node::Opaque(strays), root);
        match self.ir(main) {
            Node::Block(own) => statements.extend(own),
            _ => statements.push(main),
        }
        statements.push(strays);
        self.add(Node::Block(statements), root)
    }

    /// Lowers code that the grammar keeps as a text: what stands between two places, parsed by itself.
    pub(super) fn inner_code(&mut self, from: usize, to: usize) -> Option<NodeId> {
        if self.depth + INNER_DEPTH > DEPTH {
            return None;
        }
        let code = self.text.get(from..to)?;
        let tree = match super::parse::parse(self.language, &(self.language.prepare)(code), self.budget) {
            Ok(tree) => tree,
            Err(failure) => {
                if failure == Failure::Slow {
                    self.budget.note(Limit::ParseTime);
                }
                return None;
            }
        };
        let (span, offset) = (self.span, self.offset + from);
        let mut inner = Lowering::new(self.language, code, span, offset, self.program, self.budget);
        inner.depth = self.depth + INNER_DEPTH;
        let root = inner.root(tree.root_node());
        self.literals += inner.literals;
        Some(root)
    }

    /// The text is what became of the region's own when its macros were expanded.
    pub(super) fn moved_by(&mut self, expanded: Option<&'t Expanded>) {
        self.expanded = expanded;
    }

    /// Adds a statement that runs before all others: what lasts longer than the function it is written in.
    pub(super) fn first(&mut self, statement: NodeId) {
        self.first.push(statement);
    }

    /// Lowers a function's body.
    pub(super) fn within_function(&mut self, build: impl FnOnce(&mut Self) -> NodeId) -> NodeId {
        self.functions += 1;
        let id = build(self);
        self.functions -= 1;
        id
    }

    /// Whether what is being lowered is in a function's body.
    pub(super) fn in_function(&self) -> bool {
        self.functions > 0
    }

    /// String literals seen.
    pub(super) fn literals(&self) -> usize {
        self.literals
    }

    /// Bytes under error nodes.
    pub(super) fn error_bytes(&self) -> usize {
        self.error_bytes
    }

    /// Whether nothing was cut off by the budget or the depth cap.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    // --- looking ---

    /// The text of a node.
    pub(super) fn text(&self, node: Ts<'t>) -> &'t str {
        // What is parsed may be longer by line ends.
        let range = node.byte_range();
        self.text.get(range.start..range.end.min(self.text.len())).unwrap_or_default()
    }

    /// The whole region.
    pub(super) fn source_text(&self) -> &'t str {
        self.text
    }

    /// All named children, comments included.
    pub(super) fn kids_and_comments(&self, node: Ts<'t>) -> Vec<Ts<'t>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).collect()
    }

    /// Named children without comments.
    pub(super) fn kids(&self, node: Ts<'t>) -> Vec<Ts<'t>> {
        let mut kids = self.kids_and_comments(node);
        kids.retain(|kid| !self.sorts.is_comment(*kid));
        kids
    }

    /// Named children of the field `name`, without comments.
    pub(super) fn fields(&self, node: Ts<'t>, name: &str) -> Vec<Ts<'t>> {
        let mut cursor = node.walk();
        node.children_by_field_name(name, &mut cursor)
            .filter(|kid| kid.is_named() && !self.sorts.is_comment(*kid))
            .collect()
    }

    // --- adding ---

    /// Adds a node written at `at`.
    pub(super) fn add(&mut self, node: Node, at: Ts<'t>) -> NodeId {
        let written = |byte: usize| self.expanded.map_or(byte, |expanded| expanded.written_at(byte));
        let position =
            |byte: usize| u32::try_from(self.offset.saturating_add(written(byte))).unwrap_or(u32::MAX);
        let source =
            Source { span: self.span, start: position(at.start_byte()), end: position(at.end_byte()) };
        self.program.add(node, source)
    }

    /// The ir of a node added earlier.
    pub(super) fn ir(&self, id: NodeId) -> &Node {
        self.program.node(id)
    }

    /// Adds a name.
    pub(super) fn name(&mut self, name: &str, at: Ts<'t>) -> NodeId {
        self.add(Node::Name(name.into()), at)
    }

    /// Adds a neutral operation.
    pub(super) fn op(&mut self, op: Op, operands: Vec<NodeId>, at: Ts<'t>) -> NodeId {
        self.add(Node::Do(op, operands), at)
    }

    /// Adds a call.
    pub(super) fn call(
        &mut self,
        callee: NodeId,
        args: Vec<Arg>,
        library: Option<Library>,
        at: Ts<'t>,
    ) -> NodeId {
        self.add(Node::Call { callee, args, library }, at)
    }

    /// Adds an assignment without operator.
    pub(super) fn assign(&mut self, target: NodeId, value: NodeId, declares: bool, at: Ts<'t>) -> NodeId {
        self.add(Node::Assign { target, value, op: None, declares }, at)
    }

    /// Remembers an import.
    pub(super) fn alias(&mut self, here: &str, there: &str) {
        self.aliases.insert(here.to_owned(), there.to_owned());
    }

    /// What the library calls an imported name.
    pub(super) fn unaliased<'a>(&'a self, name: &'a str) -> &'a str {
        self.aliases.get(name).map_or(name, String::as_str)
    }

    /// Adds a function without name whose body is an expression.
    pub(super) fn lambda(&mut self, params: &[&str], body: NodeId, at: Ts<'t>) -> NodeId {
        let params = params.iter().map(|name| param(name)).collect();
        self.add(Node::Function { name: None, params, body, comment: None, generator: false }, at)
    }

    /// Adds a text that the source does not spell as a literal.
    pub(super) fn constant(&mut self, text: &str, at: Ts<'t>) -> NodeId {
        self.add(Node::Text(text.into()), at)
    }

    /// Remembers what kind of thing a name is.
    pub(super) fn remember(&mut self, name: &'t str, kind: &'t str) {
        self.kinds.insert(name, kind);
    }

    /// What kind of thing a name was last declared as.
    pub(super) fn kind_of(&self, name: &str) -> &'t str {
        self.kinds.get(name).copied().unwrap_or_default()
    }

    /// What a language's own counter stands for.
    pub(super) fn counter(&self) -> i64 {
        self.counter
    }

    /// Sets what a language's own counter stands for.
    pub(super) fn set_counter(&mut self, counter: i64) {
        self.counter = counter;
    }

    /// Leaves comments for the function that comes next.
    pub(super) fn set_above(&mut self, comments: Vec<&'t str>) {
        self.above = comments;
    }

    /// Takes the comments left for a function.
    pub(super) fn take_above(&mut self) -> Vec<&'t str> {
        std::mem::take(&mut self.above)
    }

    /// Whether the region itself defines a function or class of this name, before or after.
    pub(super) fn defines(&mut self, name: &str) -> bool {
        let text = self.text;
        self.defined.get_or_insert_with(|| defined(text)).contains(name)
    }

    // --- lowering ---

    /// Lowers one node of any kind.
    pub(super) fn lower(&mut self, node: Ts<'t>) -> NodeId {
        if self.budget.step().is_err() {
            self.complete = false;
            return self.add(Node::Opaque(Vec::new()), node);
        }
        if self.depth >= DEPTH {
            self.complete = false;
            return self.flatten(node);
        }
        self.depth += 1;
        let id = if node.is_error() {
            self.error(node)
        } else if self.sorts.is_comment(node) {
            self.comment(node)
        } else if node.is_missing() {
            self.add(Node::Opaque(Vec::new()), node)
        } else {
            (self.language.lower)(self, node)
        };
        self.depth -= 1;
        id
    }

    /// Runs `build`, which lowers parts of `node` by itself, one level deeper.
    pub(super) fn nested(&mut self, node: Ts<'t>, build: impl FnOnce(&mut Self) -> NodeId) -> NodeId {
        if self.depth >= DEPTH {
            self.complete = false;
            return self.flatten(node);
        }
        self.depth += 1;
        let id = build(self);
        self.depth -= 1;
        id
    }

    /// Lowers each.
    pub(super) fn lower_all(&mut self, nodes: &[Ts<'t>]) -> Vec<NodeId> {
        nodes.iter().map(|node| self.lower(*node)).collect()
    }

    /// Lowers a field, if it is there.
    pub(super) fn lower_field(&mut self, node: Ts<'t>, name: &str) -> Option<NodeId> {
        node.child_by_field_name(name).map(|kid| self.lower(kid))
    }

    /// Lowers a field, or stands in for one that the source left out.
    pub(super) fn expect_field(&mut self, node: Ts<'t>, name: &str) -> NodeId {
        match node.child_by_field_name(name) {
            Some(kid) => self.lower(kid),
            None => self.add(Node::Opaque(Vec::new()), node),
        }
    }

    /// Syntax without a meaning of its own: the parts are kept.
    pub(super) fn opaque(&mut self, node: Ts<'t>) -> NodeId {
        let kids = self.kids_and_comments(node);
        let parts = self.lower_all(&kids);
        self.add(Node::Opaque(parts), node)
    }

    /// A value, and parts of its source that are no part of it but may hold words.
    pub(super) fn beside(&mut self, value: NodeId, unused: &[NodeId], at: Ts<'t>) -> NodeId {
        let mut unused = unused.to_vec();
        unused.retain(|id| !matches!(self.ir(*id), Node::Int(_) | Node::Name(_) | Node::Null));
        if unused.is_empty() {
            return value;
        }
        let unused = self.add(Node::Opaque(unused), at);
        self.add(Node::Block(vec![unused, value]), at)
    }

    /// The only part of a node that matters (parentheses, wrappers), or [`Node::Opaque`] of several.
    pub(super) fn only(&mut self, node: Ts<'t>) -> NodeId {
        match self.kids(node)[..] {
            [kid] => self.lower(kid),
            _ => self.opaque(node),
        }
    }

    /// A literal, marked as seen.
    pub(super) fn literal(&mut self, node: Ts<'t>) -> NodeId {
        self.see_literal(node);
        let value = (self.language.literal)(self, node);
        self.add(value, node)
    }

    /// Marks a literal as lowered; for frontends that build its node themselves.
    pub(super) fn see_literal(&mut self, node: Ts<'t>) {
        if self.done.insert(node.id()) {
            self.literals += 1;
        }
    }

    /// Whether a literal was lowered already.
    pub(super) fn is_seen(&self, node: Ts<'t>) -> bool {
        self.done.contains(&node.id())
    }

    /// A comment on its own.
    pub(super) fn comment(&mut self, node: Ts<'t>) -> NodeId {
        let text = self.comment_text(node);
        self.add(Node::Comment(text.into()), node)
    }

    /// What a comment says, marked as seen.
    pub(super) fn comment_text(&mut self, node: Ts<'t>) -> &'t str {
        self.done.insert(node.id());
        strip_marks(self.text(node))
    }

    /// An error: its parts, and its text where that is words rather than code.
    fn error(&mut self, node: Ts<'t>) -> NodeId {
        self.done.insert(node.id());
        let outer = std::mem::replace(&mut self.in_error, true);
        let mut parts = Vec::new();
        if !outer {
            self.error_bytes += node.byte_range().len();
            parts.extend(self.stray_text(node));
        }
        let kids = self.kids_and_comments(node);
        parts.extend(self.lower_all(&kids));
        self.in_error = outer;
        self.add(Node::Opaque(parts), node)
    }

    /// The first line of an error node that reads as words, kept as a comment.
    fn stray_text(&mut self, node: Ts<'t>) -> Option<NodeId> {
        let text = self.text(node);
        let text = &text[..text.floor_char_boundary(STRAY_TEXT)];
        let line = text.lines().find(|line| is_wordy(line))?;
        Some(self.add(Node::Comment(line.trim().into()), node))
    }

    /// All literals and comments below `node`, without recursion.
    fn flatten(&mut self, node: Ts<'t>) -> NodeId {
        let mut parts = Vec::new();
        self.walk(node, |lowering, at| {
            if lowering.sorts.is_literal(at) {
                parts.push(lowering.literal(at));
            }
            true
        });
        self.add(Node::Opaque(parts), node)
    }

    /// Lowers literals, comments and errors that no frontend code reached.
    fn sweep(&mut self, root: Ts<'t>) -> Vec<NodeId> {
        let mut strays = Vec::new();
        self.walk(root, |lowering, at| {
            let sorts = &lowering.sorts;
            if sorts.is_silent(at) {
                return false;
            }
            let wanted = at.is_error() || sorts.is_comment(at) || sorts.is_literal(at);
            if wanted && !lowering.done.contains(&at.id()) {
                strays.push(lowering.lower(at));
            }
            true
        });
        strays
    }

    /// Visits `top` and what is below it in source order, on an explicit cursor; `visit` says whether to go deeper.
    pub(super) fn walk(&mut self, top: Ts<'t>, mut visit: impl FnMut(&mut Self, Ts<'t>) -> bool) {
        let mut cursor = top.walk();
        loop {
            if self.budget.step().is_err() {
                self.complete = false;
                return;
            }
            if visit(self, cursor.node()) && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }
}

/// A parameter without default.
pub(super) fn param(name: &str) -> Param {
    Param { name: name.into(), default: None, rest: false }
}

/// A positional argument.
pub(super) fn positional(value: NodeId) -> Arg {
    Arg { name: None, value, spread: false }
}

/// The words behind `def`, `func`, `class` and the like.
fn defined(text: &str) -> HashSet<&str> {
    let mut words =
        text.split(|char: char| !char.is_alphanumeric() && char != '_').filter(|word| !word.is_empty());
    let mut names = HashSet::new();
    while let Some(word) = words.next() {
        if matches!(word, "def" | "func" | "function" | "sub" | "class" | "struct" | "fn" | "trait" | "enum")
        {
            names.extend(words.next());
        }
    }
    names
}

/// A comment without its marks.
fn strip_marks(text: &str) -> &str {
    let text = text.strip_prefix("/*").map_or(text, |inner| inner.strip_suffix("*/").unwrap_or(inner));
    text.trim_start_matches(['/', '#', '*', '!']).trim()
}

/// Three words in a row, or two of which one is long: a sentence rather than code.
fn is_wordy(line: &str) -> bool {
    let mut run = 0;
    for word in line.split_whitespace() {
        let letters = word.trim_matches(|char: char| char.is_ascii_punctuation());
        run = if !letters.is_empty() && letters.chars().all(char::is_alphabetic) { run + 1 } else { 0 };
        if run >= 3 {
            return true;
        }
    }
    false
}
