//! Patterns: what is matched, and replaced.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::body;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::expression::FOUND;
use super::expression::NAMED;
use super::expression::scalar;
use super::expression::target;
use super::text;

/// The groups of a match, or all matches.
pub(super) fn matched_list<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return cx.opaque(node);
    };
    let subject = scalar(cx, left);
    bound(cx, subject, right, true, node)
}

/// All matches of `$x =~ /…/g` as a condition.
pub(super) fn all_matches<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let right = node.child_by_field_name("right").filter(|right| right.kind() == "match_regexp")?;
    let flags = right.child_by_field_name("modifiers")?;
    cx.text(flags).contains('g').then(|| matched_list(cx, node))
}

/// A match, substitution or transliteration of `subject`.
pub(super) fn bound<'t>(
    cx: &mut Lowering<'t, '_>,
    subject: NodeId,
    right: Ts<'t>,
    in_list: bool,
    at: Ts<'t>,
) -> NodeId {
    let flags = right.child_by_field_name("modifiers").map_or("", |flags| cx.text(flags));
    match right.kind() {
        "substitution_regexp" => {
            let pattern = text::regex(cx, right, flags);
            let new = replacement(cx, right, flags);
            let mut operands = vec![subject, pattern, new];
            if !flags.contains('g') {
                operands.push(body::int(cx, 1, at));
            }
            let value = cx.op(Op::ReplacePattern, operands, at);
            if flags.contains('r') { value } else { cx.assign(subject, value, false, at) }
        }
        "transliteration_expression" => {
            let content = right.child_by_field_name("content").map_or("", |content| cx.text(content));
            let to = cx.kids(right).into_iter().find(|kid| kid.kind() == "replacement");
            let to = to.map_or("", |to| cx.text(to));
            let to = if to.is_empty() && !flags.contains('d') { content } else { to };
            let (from, to) = (cx.constant(content, right), cx.constant(to, right));
            let value = cx.op(Op::TranslateSets, vec![subject, from, to], at);
            if flags.contains('r') { value } else { cx.assign(subject, value, false, at) }
        }
        "match_regexp" if flags.contains('g') && in_list => {
            let pattern = text::regex(cx, right, flags);
            let found = cx.op(Op::FindAll, vec![subject, pattern], at);
            cx.op(Op::FlattenAll, vec![found], at)
        }
        _ => {
            let pattern = match right.kind() {
                "match_regexp" | "quoted_regexp" => text::regex(cx, right, flags),
                _ => scalar(cx, right),
            };
            let found = cx.op(Op::Match, vec![subject, pattern], at);
            if in_list {
                let one = body::int(cx, 1, at);
                return cx.op(Op::Drop, vec![found, one], at);
            }
            let target = cx.name(FOUND, at);
            let set = cx.assign(target, found, false, at);
            let names = group_names(cx.text(right));
            if names.is_empty() {
                return cx.op(Op::Present, vec![set], at);
            }
            let mut pairs = Vec::new();
            for (name, index) in names {
                let (key, index) = (cx.constant(name, at), body::int(cx, index, at));
                let group = cx.add(Node::Index(target, index), at);
                pairs.push(cx.add(Node::Pair(key, group), at));
            }
            let (named, map) = (cx.name(NAMED, at), cx.add(Node::Map(pairs), at));
            let named = cx.assign(named, map, false, at);
            let matched = cx.op(Op::Present, vec![target], at);
            cx.add(Node::Block(vec![set, named, matched]), at)
        }
    }
}

/// The names of a pattern's groups, each with its number.
pub(super) fn group_names(pattern: &str) -> Vec<(&str, i64)> {
    let (mut names, mut count) = (Vec::new(), 0);
    for (at, _) in pattern.match_indices('(') {
        if pattern[..at].ends_with('\\') {
            continue;
        }
        let inner = &pattern[at + 1..];
        let named = ["?<", "?P<", "?'"].iter().find_map(|open| inner.strip_prefix(open));
        let named = named.filter(|rest| !rest.starts_with(['=', '!']));
        count += i64::from(named.is_some() || !inner.starts_with('?'));
        if let Some((name, _)) = named.and_then(|rest| rest.split_once(['>', '\''])) {
            names.push((name, count));
        }
    }
    names
}

/// What a substitution puts in: text with variables, or code.
pub(super) fn replacement<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>, flags: &str) -> NodeId {
    let Some(new) = cx.kids(node).into_iter().find(|kid| kid.kind() == "replacement") else {
        let blanks = text::last_delimiters(node).and_then(|(from, to)| cx.source_text().get(from..to));
        return cx.constant(blanks.unwrap_or_default(), node);
    };
    let kids = cx.kids(new);
    let coded = flags.contains('e') || kids.iter().any(|kid| !kid.kind().starts_with("escape"));
    if !coded {
        return cx.constant(&cx.text(new).replace("\\/", "/"), new);
    }
    let mut parts = Vec::new();
    if flags.contains('e') {
        parts.extend(cx.inner_code(new.start_byte(), new.end_byte()));
    } else {
        let mut at = new.start_byte();
        for kid in kids {
            let gap = cx.source_text().get(at..kid.start_byte()).unwrap_or_default();
            parts.push(cx.constant(gap, new));
            parts.push(cx.lower(kid));
            at = kid.end_byte();
        }
        let gap = cx.source_text().get(at..new.end_byte()).unwrap_or_default();
        parts.push(cx.constant(gap, new));
    }
    let body = match parts[..] {
        [only] => only,
        _ if flags.contains('e') => cx.add(Node::Block(parts), new),
        _ => cx.add(Node::Concat(parts), new),
    };
    let params = vec![crate::read::ir::Param { name: FOUND.into(), default: None, rest: true }];
    cx.add(Node::Function { name: None, params, body, comment: None, generator: false }, new)
}

/// `(my $x = $y) =~ …` changes `$x`.
pub(super) fn place_of<'t>(cx: &mut Lowering<'t, '_>, left: Ts<'t>, subject: NodeId) -> NodeId {
    let inner = match (left.kind(), &cx.kids(left)[..]) {
        ("parenthesized_expression", [only]) => *only,
        _ => left,
    };
    match (inner.kind(), inner.child_by_field_name("left")) {
        ("assignment_expression", Some(place)) => target(cx, place),
        _ => subject,
    }
}
