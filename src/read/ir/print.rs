//! Prints a program as an indented outline: what `explain` shows.

use std::fmt::Write as _;

use super::{Node, NodeId, Program};

/// The most lines printed; a longer program ends in a line that says so.
const MOST_LINES: usize = 4000;

/// An outline of every root, one node a line, children indented. Never recurses.
pub fn print(program: &Program) -> String {
    let mut out = String::new();
    let mut lines = 0;
    for root in program.roots() {
        let _ = writeln!(out, "root {}", root.traits.language);
        let mut stack = vec![(root.node, 1)];
        while let Some((id, depth)) = stack.pop() {
            lines += 1;
            if lines > MOST_LINES {
                out.push_str("… more nodes not printed\n");
                return out;
            }
            let _ = writeln!(out, "{}{}", "  ".repeat(depth.min(40)), label(program, id));
            let mut children = children(program.node(id));
            children.reverse();
            stack.extend(children.into_iter().map(|child| (child, depth + 1)));
        }
    }
    out
}

/// One line for a node, without its children.
fn label(program: &Program, id: NodeId) -> String {
    match program.node(id) {
        Node::Text(text) => format!("text {text:?}"),
        Node::Bytes(bytes) => format!("bytes {}", bytes.len()),
        Node::Wide(bytes) => format!("wide {}", bytes.len()),
        Node::Int(n) => format!("int {n}"),
        Node::Float(n) => format!("float {n}"),
        Node::Bool(b) => format!("bool {b}"),
        Node::Null => "null".into(),
        Node::List(_) => "list".into(),
        Node::Map(_) => "map".into(),
        Node::Pair(..) => "pair".into(),
        Node::Spread(_) => "spread".into(),
        Node::Concat(_) => "concat".into(),
        Node::Name(name) => format!("name {name}"),
        Node::Field(_, name) => format!("field .{name}"),
        Node::Index(..) => "index".into(),
        Node::Slice { .. } => "slice".into(),
        Node::Unary(op, _) => format!("unary {op:?}"),
        Node::Binary(op, ..) => format!("binary {op:?}"),
        Node::Choose { .. } => "choose".into(),
        Node::Call { library, .. } => match library {
            Some(library) => format!("call, library {:?}", library.op),
            None => "call".into(),
        },
        Node::Do(op, _) => format!("do {op:?}"),
        Node::Function { name, params, .. } => {
            let params: Vec<&str> = params.iter().map(|p| &*p.name).collect();
            format!("function {}({})", name.as_deref().unwrap_or(""), params.join(", "))
        }
        Node::Class { name, .. } => format!("class {name}"),
        Node::Block(_) => "block".into(),
        Node::Assign { op, declares, .. } => {
            let word = if *declares { "declare" } else { "assign" };
            op.map_or_else(|| word.to_owned(), |op| format!("{word} {op:?}"))
        }
        Node::If { .. } => "if".into(),
        Node::While { .. } => "while".into(),
        Node::For { .. } => "for".into(),
        Node::Comprehend { .. } => "comprehend".into(),
        Node::Match { .. } => "match".into(),
        Node::Try { .. } => "try".into(),
        Node::Return(_) => "return".into(),
        Node::Yield(..) => "yield".into(),
        Node::Throw(_) => "throw".into(),
        Node::Break => "break".into(),
        Node::Continue => "continue".into(),
        Node::Labelled(label, _) => format!("label {label}"),
        Node::Leave(label) => format!("leave {label}"),
        Node::Defer(_) => "defer".into(),
        Node::Comment(text) => format!("comment {text:?}"),
        Node::Opaque(_) => "opaque".into(),
    }
}

/// The children of a node, in source order. Library operands are shown only where they are no part of the call.
fn children(node: &Node) -> Vec<NodeId> {
    match node {
        Node::Text(_)
        | Node::Bytes(_)
        | Node::Wide(_)
        | Node::Int(_)
        | Node::Float(_)
        | Node::Bool(_)
        | Node::Null
        | Node::Name(_)
        | Node::Break
        | Node::Continue
        | Node::Leave(_)
        | Node::Comment(_) => Vec::new(),
        Node::List(items)
        | Node::Map(items)
        | Node::Concat(items)
        | Node::Block(items)
        | Node::Opaque(items)
        | Node::Do(_, items) => items.clone(),
        Node::Pair(a, b) | Node::Index(a, b) | Node::Binary(_, a, b) => vec![*a, *b],
        Node::Spread(a) | Node::Field(a, _) | Node::Unary(_, a) | Node::Defer(a) | Node::Labelled(_, a) => {
            vec![*a]
        }
        Node::Return(a) | Node::Yield(a, _) | Node::Throw(a) => a.iter().copied().collect(),
        Node::Slice { base, from, to, step } => {
            [Some(*base), *from, *to, *step].into_iter().flatten().collect()
        }
        Node::Choose { test, then, other } => vec![*test, *then, *other],
        Node::Call { callee, args, .. } => {
            let mut all = vec![*callee];
            all.extend(args.iter().map(|arg| arg.value));
            all
        }
        Node::Function { params, body, .. } => {
            params.iter().filter_map(|p| p.default).chain([*body]).collect()
        }
        Node::Class { bases, members, .. } => bases.iter().chain(members).copied().collect(),
        Node::Assign { target, value, .. } => vec![*target, *value],
        Node::If { test, then, other } => [Some(*test), Some(*then), *other].into_iter().flatten().collect(),
        Node::While { before, test, after, body, .. } => {
            [*before, *test, *after, Some(*body)].into_iter().flatten().collect()
        }
        Node::For { target, iter, body, .. } => vec![*target, *iter, *body],
        Node::Comprehend { element, clauses, .. } => {
            let mut all = vec![*element];
            for clause in clauses {
                all.extend([clause.target, clause.iter]);
                all.extend(&clause.tests);
            }
            all
        }
        Node::Match { subject, arms } => {
            let mut all: Vec<NodeId> = subject.iter().copied().collect();
            for arm in arms {
                all.extend(&arm.values);
                all.extend(arm.guard);
                all.push(arm.body);
            }
            all
        }
        Node::Try { body, handlers, finally } => {
            let mut all = vec![*body];
            all.extend(handlers.iter().map(|handler| handler.body));
            all.extend(*finally);
            all
        }
    }
}
