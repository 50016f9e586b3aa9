//! Expressions.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Clause;
use crate::read::ir::Codec;
use crate::read::ir::Comprehension;
use crate::read::ir::Library;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::chain;
use crate::read::lang::library::apply;
use crate::read::lang::library::find;
use crate::read::lang::literal;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;
use crate::read::lang::lowering::is_comment;

use super::library;
use super::statement;
use super::text;

/// Lowers an expression; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "identifier" => cx.name(cx.text(node), node),
        "dotted_name" => dotted(cx, node),
        "string" => text::string(cx, node),
        "concatenated_string" => text::concatenated(cx, node),
        "integer" => number(cx, node),
        "float" => match literal::float(cx.text(node)) {
            Some(value) => cx.add(Node::Float(value), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "true" => cx.add(Node::Bool(true), node),
        "false" => cx.add(Node::Bool(false), node),
        "none" | "ellipsis" => cx.add(Node::Null, node),
        "list" | "tuple" | "set" | "expression_list" | "pattern_list" | "tuple_pattern" | "list_pattern" => {
            let kids = cx.kids(node);
            let items = cx.lower_all(&kids);
            cx.add(Node::List(items), node)
        }
        "dictionary" => {
            let kids = cx.kids(node);
            let pairs = cx.lower_all(&kids);
            cx.add(Node::Map(pairs), node)
        }
        "pair" => {
            let (key, value) = (cx.expect_field(node, "key"), cx.expect_field(node, "value"));
            cx.add(Node::Pair(key, value), node)
        }
        "list_splat" | "dictionary_splat" | "list_splat_pattern" | "dictionary_splat_pattern" => {
            let inner = cx.only(node);
            cx.add(Node::Spread(inner), node)
        }
        "parenthesized_expression" | "parenthesized_list_splat" | "await" | "type" => cx.only(node),
        "attribute" => {
            let base = cx.expect_field(node, "object");
            let name = node.child_by_field_name("attribute").map_or("", |name| cx.text(name));
            cx.add(Node::Field(base, name.into()), node)
        }
        "subscript" => subscript(cx, node),
        "binary_operator" => chain::binary(cx, node, chain::common_operator),
        "boolean_operator" => chain::binary(cx, node, chain::common_operator),
        "comparison_operator" => comparison(cx, node),
        "not_operator" => {
            let value = cx.expect_field(node, "argument");
            cx.add(Node::Unary(UnaryOp::Not, value), node)
        }
        "unary_operator" => unary(cx, node),
        "conditional_expression" => match cx.kids(node)[..] {
            [then, test, other] => {
                let (test, then, other) = (cx.lower(test), cx.lower(then), cx.lower(other));
                cx.add(Node::Choose { test, then, other }, node)
            }
            _ => cx.opaque(node),
        },
        "named_expression" => {
            let (target, value) = (cx.expect_field(node, "name"), cx.expect_field(node, "value"));
            cx.assign(target, value, false, node)
        }
        "list_comprehension" | "set_comprehension" | "generator_expression" => {
            comprehension(cx, node, Comprehension::List)
        }
        "dictionary_comprehension" => comprehension(cx, node, Comprehension::Map),
        "lambda" => statement::lambda(cx, node),
        "yield" => {
            let value = cx.kids(node).first().map(|kid| cx.lower(*kid));
            let each = cx.text(node).trim_start_matches("yield").trim_start().starts_with("from ");
            cx.add(Node::Yield(value, each), node)
        }
        "call" => call(cx, node),
        "keyword_argument" => {
            let value = cx.expect_field(node, "value");
            let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
            let target = cx.name(name, node);
            cx.assign(target, value, true, node)
        }
        _ => return None,
    })
}

fn number<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match literal::integer(cx.text(node)) {
        Some(value) => cx.add(Node::Int(value), node),
        None => cx.add(Node::Opaque(Vec::new()), node),
    }
}

fn dotted<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut parts = cx.kids(node).into_iter();
    let Some(first) = parts.next() else { return cx.opaque(node) };
    let mut base = cx.name(cx.text(first), first);
    for part in parts {
        base = cx.add(Node::Field(base, cx.text(part).into()), node);
    }
    base
}

fn unary<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let value = cx.expect_field(node, "argument");
    let op = match node.child_by_field_name("operator").map_or("", |operator| cx.text(operator)) {
        "-" => UnaryOp::Neg,
        "~" => UnaryOp::BitNot,
        _ => UnaryOp::Plus,
    };
    cx.add(Node::Unary(op, value), node)
}

/// `a < b < c` is `a < b and b < c`.
fn comparison<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let operands = cx.lower_all(&kids);
    let mut cursor = node.walk();
    let operators: Vec<Option<BinaryOp>> = node
        .children_by_field_name("operators", &mut cursor)
        .map(|operator| {
            chain::common_operator(
                cx.text(operator).split_whitespace().collect::<Vec<_>>().join(" ").as_str(),
            )
        })
        .collect();
    if operators.len() + 1 != operands.len() || operators.contains(&None) {
        return cx.add(Node::Opaque(operands), node);
    }
    let tests = operators.into_iter().flatten().zip(operands.windows(2));
    let tests: Vec<NodeId> =
        tests.map(|(op, pair)| cx.add(Node::Binary(op, pair[0], pair[1]), node)).collect();
    chain::balance(cx, tests, BinaryOp::And, node)
}

fn subscript<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let base = cx.expect_field(node, "value");
    let indices = cx.fields(node, "subscript");
    if let [only] = indices[..] {
        if only.kind() == "slice" {
            return slice(cx, base, only, node);
        }
        let index = cx.lower(only);
        return cx.add(Node::Index(base, index), node);
    }
    let items = cx.lower_all(&indices);
    let index = cx.add(Node::List(items), node);
    cx.add(Node::Index(base, index), node)
}

/// `from:to:step`: the colons tell which is which.
fn slice<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, node: Ts<'t>, at: Ts<'t>) -> NodeId {
    let mut bounds = [None; 3];
    let mut colons = 0;
    let mut cursor = node.walk();
    let kids: Vec<Ts<'t>> = node.children(&mut cursor).collect();
    for kid in kids {
        if kid.kind() == ":" {
            colons += 1;
        } else if let Some(bound) = bounds.get_mut(colons) {
            *bound = Some(cx.lower(kid));
        }
    }
    let [from, to, step] = bounds;
    cx.add(Node::Slice { base, from, to, step }, at)
}

fn comprehension<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, kind: Comprehension) -> NodeId {
    let element = cx.expect_field(node, "body");
    let mut clauses: Vec<Clause> = Vec::new();
    for kid in cx.kids(node) {
        match kid.kind() {
            "for_in_clause" => {
                let target = cx.expect_field(kid, "left");
                let iter = cx.expect_field(kid, "right");
                clauses.push(Clause { target, iter, tests: Vec::new() });
            }
            "if_clause" => {
                let test = cx.only(kid);
                if let Some(clause) = clauses.last_mut() {
                    clause.tests.push(test);
                }
            }
            _ => {}
        }
    }
    cx.add(Node::Comprehend { kind, element, clauses }, node)
}

fn call<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let callee = cx.expect_field(node, "function");
    let args = arguments(cx, node);
    let library = meaning(cx, callee, &args, node).map(|library| by_codec(cx, library, callee, &args));
    cx.call(callee, args, library, node)
}

fn arguments<'t>(cx: &mut Lowering<'t, '_>, call: Ts<'t>) -> Vec<Arg> {
    let Some(list) = call.child_by_field_name("arguments") else { return Vec::new() };
    if list.kind() != "argument_list" {
        return vec![Arg { name: None, value: cx.lower(list), spread: false }];
    }
    let mut args = Vec::new();
    for kid in cx.kids(list) {
        if is_comment(kid) {
            continue;
        }
        let (name, value, spread) = match kid.kind() {
            "keyword_argument" => {
                let name = kid.child_by_field_name("name").map_or("", |name| cx.text(name));
                (Some(library::keyword(name).into()), cx.expect_field(kid, "value"), false)
            }
            "list_splat" => (None, cx.only(kid), true),
            _ => (None, cx.lower(kid), false),
        };
        args.push(Arg { name, value, spread });
    }
    args
}

/// What the call means by its name: a function, a function of a module, a type's method given the receiver as its first
/// argument, or a method.
fn meaning<'t>(cx: &mut Lowering<'t, '_>, callee: NodeId, args: &[Arg], at: Ts<'t>) -> Option<Library> {
    match cx.ir(callee).clone() {
        Node::Name(name) => {
            let full = cx.unaliased(&name).to_owned();
            let row = find(library::FUNCTIONS, &full).or_else(|| find(library::FUNCTIONS, last(&full)))?;
            apply(cx, row, None, args, at)
        }
        Node::Field(base, method) => {
            let module = module_name(cx, base);
            if let Some(module) = module {
                if let Some(row) = find(library::FUNCTIONS, &format!("{module}.{method}")) {
                    return apply(cx, row, None, args, at);
                }
                let known = library::MODULES.contains(&module.as_str());
                if let Some(row) = find(library::FUNCTIONS, &method).filter(|_| known) {
                    return apply(cx, row, None, args, at);
                }
                if library::TYPES.contains(&module.as_str()) {
                    let (this, rest) = args.split_first()?;
                    return apply(cx, find(library::METHODS, &method)?, Some(this.value), rest, at);
                }
            }
            apply(cx, find(library::METHODS, &method)?, Some(base), args, at)
        }
        _ => None,
    }
}

/// `x.decode('hex')` and `codecs.decode(x, 'hex')`: the codec is an argument.
fn by_codec(cx: &Lowering<'_, '_>, library: Library, callee: NodeId, args: &[Arg]) -> Library {
    let Node::Field(base, _) = *cx.ir(callee) else { return library };
    let named = args.iter().find_map(|arg| match cx.ir(arg.value) {
        Node::Text(name) => library::CODECS.iter().find(|(codec, _)| name.eq_ignore_ascii_case(codec)),
        _ => None,
    });
    let from_module = module_name(cx, base).is_some_and(|module| module == "codecs");
    let (codec, decodes) = match library.op {
        Op::Decode(Codec::Utf8) => (named.map_or(Codec::Utf8, |(_, codec)| *codec), true),
        Op::Encode(Codec::Utf8) => (named.map_or(Codec::Utf8, |(_, codec)| *codec), false),
        _ => return library,
    };
    let value = if from_module { args.first().map_or(base, |arg| arg.value) } else { base };
    Library { op: if decodes { Op::Decode(codec) } else { Op::Encode(codec) }, operands: vec![value] }
}

/// The dotted name of an expression that is nothing else, as the library calls it.
fn module_name(cx: &Lowering<'_, '_>, base: NodeId) -> Option<String> {
    match cx.ir(base) {
        Node::Name(name) => Some(cx.unaliased(name).to_owned()),
        Node::Field(outer, name) => match cx.ir(*outer) {
            Node::Name(first) => Some(format!("{}.{name}", cx.unaliased(first))),
            _ => None,
        },
        _ => None,
    }
}

/// The part behind the last dot.
pub(super) fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}
