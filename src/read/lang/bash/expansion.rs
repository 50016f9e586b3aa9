//! Expansions, arithmetic and words as values.

use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::UnaryOp;
use crate::read::lang::body;
use crate::read::lang::chain;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::ARGUMENTS;
use super::script::glob;
use super::word;

/// Lowers a word or expansion; `None` for any other kind.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    Some(match node.kind() {
        "string" | "heredoc_body" => word::string(cx, node),
        "translated_string" => cx.only(node),
        "raw_string" | "ansi_c_string" => cx.literal(node),
        "word" | "extglob_pattern" | "regex" | "special_variable_name" => {
            cx.constant(&word::bare(cx.text(node)), node)
        }
        "variable_name" => cx.name(cx.text(node), node),
        "number" => match cx.text(node).parse() {
            Ok(value) => cx.add(Node::Int(value), node),
            Err(_) => cx.constant(cx.text(node), node),
        },
        "concatenation" => {
            let kids = cx.kids(node);
            let parts = cx.lower_all(&kids);
            cx.add(Node::Concat(parts), node)
        }
        "simple_expansion" => simple(cx, node),
        "expansion" => expansion(cx, node),
        "subscript" => subscript(cx, node),
        "array" => array(cx, node),
        "command_substitution" | "process_substitution" => captured(cx, node),
        "arithmetic_expansion" => {
            let kids = cx.kids(node);
            let mut last = None;
            for kid in kids {
                last = Some(arithmetic(cx, kid));
            }
            last.unwrap_or_else(|| cx.add(Node::Opaque(Vec::new()), node))
        }
        "brace_expression" => match cx.kids(node)[..] {
            [from, to] => {
                let operands = vec![cx.lower(from), cx.lower(to)];
                cx.op(Op::Sequence, operands, node)
            }
            _ => cx.opaque(node),
        },
        _ => return None,
    })
}

/// What the commands in it print, without line ends behind.
pub(super) fn captured<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let statements = cx.lower_all(&kids);
    let body = cx.add(Node::Block(statements), node);
    capture(cx, body, node)
}

/// What a statement prints, without line ends behind.
pub(super) fn capture<'t>(cx: &mut Lowering<'t, '_>, body: NodeId, at: Ts<'t>) -> NodeId {
    let text = cx.op(Op::Capture, vec![body], at);
    let ends = cx.constant("\n", at);
    cx.op(Op::TrimEnd, vec![text, ends], at)
}

/// Words of a text, at the field separator where the script sets one.
pub(super) fn split<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, at: Ts<'t>) -> NodeId {
    let mut operands = vec![value];
    if cx.source_text().contains("IFS=") {
        operands.push(cx.name("IFS", at));
    }
    cx.op(Op::Split, operands, at)
}

/// Items joined by the field separator's first character.
pub(super) fn by_field_separator<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, at: Ts<'t>) -> NodeId {
    let blank = cx.constant(" ", at);
    let separator = if cx.source_text().contains("IFS=") && cx.text(at).contains('*') {
        let own = cx.name("IFS", at);
        let (zero, one) = (body::int(cx, 0, at), body::int(cx, 1, at));
        cx.op(Op::Substr, vec![own, zero, one], at)
    } else {
        blank
    };
    cx.op(Op::Join, vec![value, separator], at)
}

/// `$x`, `$1`, `$@`, `$#`
fn simple<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    variable(cx, cx.text(node).trim_start().trim_start_matches('$'), node)
}

fn variable<'t>(cx: &mut Lowering<'t, '_>, name: &str, node: Ts<'t>) -> NodeId {
    match (name, name.parse::<i64>()) {
        (_, Ok(number)) if number > 0 => {
            let (list, index) = (cx.name(ARGUMENTS, node), body::int(cx, number - 1, node));
            cx.add(Node::Index(list, index), node)
        }
        ("@" | "*", _) => cx.name(ARGUMENTS, node),
        ("#", _) => {
            let list = cx.name(ARGUMENTS, node);
            cx.op(Op::Length, vec![list], node)
        }
        ("0" | "?" | "$" | "!" | "-" | "_", _) => cx.add(Node::Opaque(Vec::new()), node),
        _ => cx.name(name, node),
    }
}

/// `x[i]`: a word as index is a variable, except in associative arrays.
fn subscript<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let name = node.child_by_field_name("name").map_or("", |name| cx.text(name));
    let base = cx.name(name, node);
    let Some(index) = node.child_by_field_name("index") else { return base };
    if matches!(cx.text(index), "@" | "*") {
        return base;
    }
    let keyed = cx.kind_of(name) == "map";
    let index = match index.kind() {
        "word" if keyed => cx.constant(cx.text(index), index),
        "word" | "binary_expression" | "unary_expression" | "postfix_expression" if !keyed => {
            arithmetic(cx, index)
        }
        _ => cx.lower(index),
    };
    let index = cx.op(Op::ToIndex, vec![index], node);
    cx.add(Node::Index(base, index), node)
}

/// `(a b "${c[@]}")` and `([k]=v …)`
fn array<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids(node);
    let keyed = kids.iter().any(|kid| cx.text(*kid).starts_with('[') && cx.text(*kid).contains("]="));
    let mut items = Vec::new();
    for kid in kids {
        items.push(if keyed { entry(cx, kid) } else { word::item(cx, kid) });
    }
    cx.add(if keyed { Node::Map(items) } else { Node::List(items) }, node)
}

/// `[key]=value`
fn entry<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let text = cx.text(node);
    let key = text.split_once("]=").map_or("", |(key, _)| key);
    let key = key.trim_start_matches('[').trim_matches(['"', '\'']);
    let start = node.start_byte() + text.find("]=").map_or(0, |at| at + 2);
    let mut parts = Vec::new();
    for kid in cx.kids(node) {
        if kid.start_byte() >= start {
            parts.push(cx.lower(kid));
        } else if let Some(rest) = cx.source_text().get(start..kid.end_byte()).filter(|rest| !rest.is_empty())
        {
            parts.push(cx.constant(rest, kid));
        }
    }
    let value = cx.add(Node::Concat(parts), node);
    let key = match key.parse() {
        Ok(number) => cx.add(Node::Int(number), node),
        Err(_) => cx.constant(key, node),
    };
    cx.add(Node::Pair(key, value), node)
}

/// `${…}`: the operator stands between the variable and its operands.
fn expansion<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut cursor = node.walk();
    let all: Vec<Ts<'t>> =
        node.children(&mut cursor).filter(|kid| !matches!(cx.text(*kid).trim(), "${" | "}")).collect();
    let is_variable =
        |kid: &Ts<'t>| matches!(kid.kind(), "variable_name" | "subscript" | "special_variable_name");
    let Some(at) = all.iter().position(is_variable) else { return cx.opaque(node) };
    let base = match all[at].kind() {
        "subscript" => cx.lower(all[at]),
        _ => variable(cx, cx.text(all[at]), node),
    };
    let before = all.get(at.wrapping_sub(1)).map_or("", |kid| cx.text(*kid));
    match before {
        "#" => return cx.op(Op::Length, vec![base], node),
        "!" if !cx.text(node).contains("[@]") && !cx.text(node).contains("[*]") => {
            return cx.op(Op::Variable, vec![base], node);
        }
        "!" => return cx.op(Op::KeysOf, vec![base], node),
        _ => {}
    }
    let rest = all.get(at + 1..).unwrap_or_default();
    let Some(operator) = rest.first().map(|kid| cx.text(*kid)) else { return base };
    let operands: Vec<Ts<'t>> = rest.iter().skip(1).copied().filter(|kid| kid.is_named()).collect();
    operated(cx, base, operator, &operands, node)
}

fn operated<'t>(
    cx: &mut Lowering<'t, '_>,
    base: NodeId,
    operator: &str,
    operands: &[Ts<'t>],
    node: Ts<'t>,
) -> NodeId {
    let op = match operator {
        "^^" => Some(Op::Upper),
        ",," => Some(Op::Lower),
        "^" => Some(Op::UpperFirst),
        "," => Some(Op::LowerFirst),
        _ => None,
    };
    if let Some(op) = op {
        return cx.op(op, vec![base], node);
    }
    let pattern = operands.first().and_then(|kid| word::fixed(cx, *kid));
    match operator {
        ":" => {
            let mut values = vec![base];
            for kid in operands {
                values.push(arithmetic(cx, *kid));
            }
            cx.op(Op::Substr, values, node)
        }
        "/" | "//" | "/#" | "/%" => {
            let old = match (pattern, operands.first()) {
                (Some(pattern), _) => {
                    let pattern = glob(&pattern, true);
                    let pattern = match operator {
                        "/#" => format!("^{pattern}"),
                        "/%" => format!("{pattern}$"),
                        _ => pattern,
                    };
                    cx.constant(&pattern, node)
                }
                (None, Some(kid)) => cx.lower(*kid),
                _ => return base,
            };
            let new = match operands.get(1) {
                Some(kid) => cx.lower(*kid),
                None => cx.constant("", node),
            };
            let mut values = vec![base, old, new];
            if operator == "/" {
                values.push(body::int(cx, 1, node));
            }
            cx.op(Op::ReplacePattern, values, node)
        }
        "#" | "##" | "%" | "%%" => {
            // A blank at the end of the pattern is no part of its node.
            let text = cx.text(node);
            let raw =
                text.split_once(operator).map_or("", |(_, rest)| rest.strip_suffix('}').unwrap_or(rest));
            let pattern = if raw.contains(['$', '"', '\'']) { pattern } else { Some(word::bare(raw)) };
            let Some(pattern) = pattern else { return base };
            let greedy = operator.len() == 2;
            let (old, new) = match (operator.starts_with('#'), greedy) {
                (true, greedy) => (format!("(?s)^{}", glob(&pattern, greedy)), ""),
                (false, true) => (format!("(?s)^(.*?){}$", glob(&pattern, true)), "$1"),
                (false, false) => (format!("(?s)^(.*){}$", glob(&pattern, true)), "$1"),
            };
            let (old, new) = (cx.constant(&old, node), cx.constant(new, node));
            cx.op(Op::ReplacePattern, vec![base, old, new], node)
        }
        ":-" | "-" | ":=" | "=" => {
            let other = match operands.first() {
                Some(kid) => cx.lower(*kid),
                None => cx.constant("", node),
            };
            cx.add(Node::Binary(BinaryOp::Or, base, other), node)
        }
        ":+" | "+" => {
            let other = match operands.first() {
                Some(kid) => cx.lower(*kid),
                None => cx.constant("", node),
            };
            let empty = cx.constant("", node);
            cx.add(Node::Choose { test: base, then: other, other: empty }, node)
        }
        _ => base,
    }
}

/// An arithmetic expression: names are numbers.
pub(super) fn arithmetic<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    match node.kind() {
        "word" | "variable_name" => match cx.text(node).parse() {
            Ok(number) => cx.add(Node::Int(number), node),
            Err(_) => {
                let value = variable(cx, cx.text(node), node);
                cx.op(Op::ToInt, vec![value], node)
            }
        },
        "simple_expansion" | "expansion" | "subscript" | "command_substitution" | "string" => {
            let value = cx.lower(node);
            cx.op(Op::ToInt, vec![value], node)
        }
        "number" => match crate::read::lang::literal::integer(cx.text(node)) {
            Some(value) => cx.add(Node::Int(value), node),
            None => cx.add(Node::Opaque(Vec::new()), node),
        },
        "parenthesized_expression" => match cx.kids(node)[..] {
            [only] => cx.nested(node, |cx| arithmetic(cx, only)),
            _ => cx.opaque(node),
        },
        "binary_expression" => cx.nested(node, |cx| operation(cx, node)),
        "unary_expression" => match cx.kids(node).last().copied() {
            Some(inner) => {
                let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
                if matches!(operator, "++" | "--") {
                    return step(cx, inner, operator, false, node);
                }
                let value = cx.nested(node, |cx| arithmetic(cx, inner));
                let op = match operator {
                    "-" => UnaryOp::Neg,
                    "!" => UnaryOp::Not,
                    "~" => UnaryOp::BitNot,
                    _ => UnaryOp::Plus,
                };
                cx.add(Node::Unary(op, value), node)
            }
            None => cx.opaque(node),
        },
        "postfix_expression" => match cx.kids(node).first().copied() {
            Some(inner) => {
                let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
                step(cx, inner, operator, true, node)
            }
            None => cx.opaque(node),
        },
        "ternary_expression" => {
            let part = |name: &str| node.child_by_field_name(name);
            match (part("condition"), part("consequence"), part("alternative")) {
                (Some(test), Some(then), Some(other)) => cx.nested(node, |cx| {
                    let (test, then, other) =
                        (arithmetic(cx, test), arithmetic(cx, then), arithmetic(cx, other));
                    cx.add(Node::Choose { test, then, other }, node)
                }),
                _ => cx.opaque(node),
            }
        }
        _ => cx.lower(node),
    }
}

/// `i++`
fn step<'t>(cx: &mut Lowering<'t, '_>, inner: Ts<'t>, operator: &str, after: bool, at: Ts<'t>) -> NodeId {
    let target = cx.name(cx.text(inner), inner);
    let old = arithmetic(cx, inner);
    let one = body::int(cx, 1, at);
    let (op, back) = match operator {
        "--" => (BinaryOp::Sub, BinaryOp::Add),
        _ => (BinaryOp::Add, BinaryOp::Sub),
    };
    let value = cx.add(Node::Binary(op, old, one), at);
    let set = cx.assign(target, value, false, at);
    if after { cx.add(Node::Binary(back, set, one), at) } else { set }
}

fn operation<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return cx.opaque(node);
    };
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    let value = arithmetic(cx, right);
    let assigns = operator.ends_with('=') && !matches!(operator, "==" | "!=" | "<=" | ">=");
    if assigns {
        let target = match left.kind() {
            "subscript" => cx.lower(left),
            _ => cx.name(cx.text(left), left),
        };
        let value = match chain::common_operator(operator.trim_end_matches('=')) {
            Some(op) => {
                let old = arithmetic(cx, left);
                cx.add(Node::Binary(op, old, value), node)
            }
            None => value,
        };
        return cx.assign(target, value, false, node);
    }
    let left = arithmetic(cx, left);
    match chain::common_operator(operator) {
        Some(op) => cx.add(Node::Binary(op, left, value), node),
        None => cx.add(Node::Opaque(vec![left, value]), node),
    }
}
