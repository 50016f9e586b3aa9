//! Streams: `<<`, `>>` and `getline`.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::chain;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::declaration::bare;

/// A chain of `<<` that starts at a stream, or is long, or has text in it, writes; one of `>>` from a text stream reads
/// words. `None` for any other chain.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let operator = node.child_by_field_name("operator").map_or("", |operator| cx.text(operator));
    match operator {
        "<<" => insertion(cx, node),
        ">>" => extraction(cx, node),
        _ => None,
    }
}

/// A loop's condition that reads on: `stream >> word` or `getline(stream, word, separator)`. Gives the word and the list
/// of all of them.
pub(super) fn words<'t>(cx: &mut Lowering<'t, '_>, condition: Ts<'t>) -> Option<(Ts<'t>, NodeId)> {
    let inner = match (condition.kind(), &cx.kids(condition)[..]) {
        ("condition_clause" | "parenthesized_expression", [inner]) => *inner,
        _ => condition,
    };
    if inner.kind() == "binary_expression" {
        let read = chain::chain(cx, inner);
        let stream = read.first.filter(|first| first.kind() == "identifier")?;
        let [(">>", Some(word))] = read.rest[..] else { return None };
        if word.kind() != "identifier" || bare(cx.text(stream)) == "cin" {
            return None;
        }
        let text = whole(cx, stream, inner);
        return Some((word, cx.op(Op::Split, vec![text], inner)));
    }
    let function = inner.child_by_field_name("function")?;
    let args = cx.kids(inner.child_by_field_name("arguments")?);
    if bare(cx.text(function)) != "getline" {
        return None;
    }
    match args[..] {
        [stream, word] if bare(cx.text(stream)) != "cin" => {
            let text = whole(cx, stream, inner);
            Some((word, cx.op(Op::Lines, vec![text], inner)))
        }
        [stream, word, separator] => {
            let (text, separator) = (whole(cx, stream, inner), cx.lower(separator));
            Some((word, cx.op(Op::Split, vec![text, separator], inner)))
        }
        _ => None,
    }
}

fn insertion<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let read = chain::chain(cx, node);
    let start = read.first.map_or("", |first| bare(cx.text(first)));
    let to_screen = matches!(start, "cout" | "cerr" | "clog" | "wcout");
    let shifts = read.rest.iter().all(|(operator, _)| *operator == "<<");
    let textual = read.rest.iter().any(|(_, right)| {
        right.is_some_and(|right| {
            matches!(right.kind(), "string_literal" | "raw_string_literal" | "char_literal")
        })
    });
    // An object whose class says what `<<` is.
    let of_class = cx.kind_of(cx.kind_of(start)) == "class" && cx.source_text().contains("operator<<");
    if of_class && !to_screen {
        return None;
    }
    if !shifts || !(to_screen || textual || read.rest.len() > 1) {
        return None;
    }
    let mut pieces: Vec<NodeId> = Vec::new();
    if !to_screen {
        pieces.extend(read.first.map(|first| cx.lower(first)));
    }
    for right in read.rest.into_iter().filter_map(|(_, right)| right) {
        pieces.push(cx.lower(right));
    }
    Some(cx.op(if to_screen { Op::Write } else { Op::Push }, pieces, node))
}

/// `stream >> a >> b` takes the first words off the stream's text.
fn extraction<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let read = chain::chain(cx, node);
    let stream = read.first.filter(|first| cx.kind_of(cx.text(*first)).ends_with("stringstream"))?;
    let shifts = read.rest.iter().all(|(operator, _)| *operator == ">>");
    let targets: Vec<Ts<'t>> = read.rest.into_iter().filter_map(|(_, right)| right).collect();
    if !shifts {
        return None;
    }
    let count = i64::try_from(targets.len()).ok()?;
    let targets = cx.lower_all(&targets);
    let text = whole(cx, stream, node);
    let first = cx.op(Op::Split, vec![text], node);
    let target = cx.add(Node::List(targets), node);
    let bind = cx.assign(target, first, false, node);
    let text = whole(cx, stream, node);
    let all = cx.op(Op::Split, vec![text], node);
    let count = cx.add(Node::Int(count), node);
    let left = cx.op(Op::Drop, vec![all, count], node);
    let blank = cx.constant(" ", node);
    let left = cx.op(Op::Join, vec![left, blank], node);
    let stream = cx.lower(stream);
    let keep = cx.assign(stream, left, false, node);
    Some(cx.add(Node::Block(vec![bind, keep]), node))
}

fn whole<'t>(cx: &mut Lowering<'t, '_>, stream: Ts<'t>, at: Ts<'t>) -> NodeId {
    let stream = cx.lower(stream);
    cx.op(Op::ToText, vec![stream], at)
}
