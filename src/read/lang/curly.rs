//! What the languages with braces and classes build alike: functions, classes, loops with labels, escapes.

use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::ir::Param;

use super::lowering::Lowering;
use super::lowering::Ts;
use super::lowering::is_comment;
use super::lowering::param;
use super::lowering::positional;

/// The name that every constructor gets.
pub(super) const CONSTRUCTOR: &str = "constructor";

/// Statements in order; each may take the comments right above it.
pub(super) fn sequence<'t>(cx: &mut Lowering<'t, '_>, kids: &[Ts<'t>]) -> Vec<NodeId> {
    let mut statements = Vec::with_capacity(kids.len());
    let mut above: Vec<&'t str> = Vec::new();
    for kid in kids {
        if is_comment(*kid) {
            above.push(cx.comment_text(*kid));
            statements.push(cx.comment(*kid));
            continue;
        }
        cx.set_above(std::mem::take(&mut above));
        statements.push(cx.lower(*kid));
    }
    cx.set_above(Vec::new());
    statements
}

/// A block of all children.
pub(super) fn block<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let kids = cx.kids_and_comments(node);
    let statements = sequence(cx, &kids);
    cx.add(Node::Block(statements), node)
}

/// A function about to be built.
#[derive(Default)]
pub(super) struct Made<'t> {
    pub(super) name: Option<Box<str>>,
    pub(super) params: Vec<Param>,
    /// Statements that run before the body: patterns of parameters.
    pub(super) before: Vec<NodeId>,
    pub(super) body: Option<Ts<'t>>,
    pub(super) generator: bool,
}

/// Builds a function. One whose body holds nothing but comments has no body; the comments say what it does.
pub(super) fn function<'t>(cx: &mut Lowering<'t, '_>, made: Made<'t>, at: Ts<'t>) -> NodeId {
    let mut comment = cx.take_above();
    let inner = made.body.map_or_else(Vec::new, |body| cx.kids_and_comments(body));
    let is_block = made.body.is_some_and(|body| cx.text(body).starts_with('{'));
    let bodiless = made.body.is_none() || (is_block && inner.iter().all(|kid| is_comment(*kid)));
    if is_block {
        for kid in inner.into_iter().filter(|kid| is_comment(*kid)) {
            comment.push(cx.comment_text(kid));
        }
    }
    let mut body = match made.body {
        Some(body) if !bodiless => cx.lower(body),
        _ => cx.add(Node::Block(Vec::new()), at),
    };
    if !made.before.is_empty() && !bodiless {
        let mut statements = made.before;
        let last =
            if matches!(cx.ir(body), Node::Block(_)) { body } else { cx.add(Node::Return(Some(body)), at) };
        statements.push(last);
        body = cx.add(Node::Block(statements), at);
    }
    let comment = (!comment.is_empty()).then(|| comment.join("\n").into());
    let (name, params, generator) = (made.name, made.params, made.generator);
    cx.add(Node::Function { name, params, body, comment, generator }, at)
}

/// A class about to be built.
#[derive(Default)]
pub(super) struct Class {
    pub(super) name: Box<str>,
    pub(super) bases: Vec<NodeId>,
    /// Methods and what belongs to the class itself.
    pub(super) members: Vec<NodeId>,
    /// What every new object starts with: assignments to its fields.
    pub(super) starts: Vec<NodeId>,
    /// Parameters and bodies of constructors.
    pub(super) constructors: Vec<(Vec<Param>, NodeId)>,
    /// Names for positional construction.
    pub(super) fields: Vec<Box<str>>,
}

/// Builds a class: its objects' fields are set by its constructors, anew for each.
pub(super) fn class<'t>(cx: &mut Lowering<'t, '_>, class: Class, at: Ts<'t>) -> NodeId {
    let Class { name, bases, mut members, starts, mut constructors, fields } = class;
    if constructors.is_empty() && !starts.is_empty() && fields.is_empty() {
        constructors.push(inherited(cx, !bases.is_empty(), at));
    }
    let has_own = !constructors.is_empty();
    for (params, body) in constructors {
        let mut statements = starts.clone();
        statements.push(body);
        let body = cx.add(Node::Block(statements), at);
        let name = Some(CONSTRUCTOR.into());
        members.push(cx.add(Node::Function { name, params, body, comment: None, generator: false }, at));
    }
    if !has_own {
        members.extend(starts);
    }
    let constructor = has_own.then(|| CONSTRUCTOR.into());
    cx.add(Node::Class { name, bases, members, constructor, fields }, at)
}

/// The constructor of a class that writes none: it passes on what it is given.
fn inherited<'t>(cx: &mut Lowering<'t, '_>, has_base: bool, at: Ts<'t>) -> (Vec<Param>, NodeId) {
    if !has_base {
        return (Vec::new(), cx.add(Node::Block(Vec::new()), at));
    }
    let base = cx.op(Op::Base, Vec::new(), at);
    let given = cx.name("given", at);
    let arg = crate::read::ir::Arg { spread: true, ..positional(given) };
    let call = cx.call(base, vec![arg], None, at);
    (vec![Param { rest: true, ..param("given") }], call)
}

/// `this.name = value`, under the name that the language has for the object.
pub(super) fn set_own<'t>(
    cx: &mut Lowering<'t, '_>,
    this: &str,
    name: &str,
    value: NodeId,
    at: Ts<'t>,
) -> NodeId {
    let this = cx.name(this, at);
    let target = cx.add(Node::Field(this, name.into()), at);
    cx.assign(target, value, false, at)
}

/// An enumeration: its constants are their names, or objects where they say more than that.
pub(super) fn enumeration<'t>(
    cx: &mut Lowering<'t, '_>,
    made: Class,
    constants: &[(&str, Option<Vec<NodeId>>)],
    at: Ts<'t>,
) -> NodeId {
    let name = made.name.clone();
    let plain = constants.iter().all(|constant| constant.1.is_none())
        && made.members.is_empty()
        && made.starts.is_empty()
        && made.constructors.is_empty();
    if plain {
        let mut entries = Vec::new();
        for (word, _) in constants {
            let (key, value) = (cx.constant(word, at), cx.constant(word, at));
            entries.push(cx.add(Node::Pair(key, value), at));
        }
        let map = cx.add(Node::Map(entries), at);
        let target = cx.name(&name, at);
        return cx.assign(target, map, true, at);
    }
    let mut statements = vec![class(cx, made, at)];
    let mut all = Vec::new();
    for (place, (word, args)) in constants.iter().enumerate() {
        let args = args.iter().flatten().map(|value| positional(*value)).collect();
        let callee = cx.name(&name, at);
        let object = cx.call(callee, args, None, at);
        let target = cx.add(Node::Field(callee, (*word).into()), at);
        statements.push(cx.assign(target, object, false, at));
        let place = cx.add(Node::Int(i64::try_from(place).unwrap_or(0)), at);
        let word = cx.constant(word, at);
        for (field, value) in [("(name)", word), ("(ordinal)", place)] {
            let field = cx.add(Node::Field(target, field.into()), at);
            statements.push(cx.assign(field, value, false, at));
        }
        all.push(target);
    }
    let list = cx.add(Node::List(all), at);
    let owner = cx.name(&name, at);
    let target = cx.add(Node::Field(owner, "(all)".into()), at);
    statements.push(cx.assign(target, list, false, at));
    cx.add(Node::Block(statements), at)
}

/// All constants of an enumeration.
pub(super) fn constants<'t>(cx: &mut Lowering<'t, '_>, base: NodeId, at: Ts<'t>) -> NodeId {
    let all = cx.add(Node::Field(base, "(all)".into()), at);
    let values = cx.op(Op::Values, vec![base], at);
    cx.add(Node::Binary(crate::read::ir::BinaryOp::Or, all, values), at)
}

/// A variable that the source does not name.
pub(super) fn hidden<'t>(cx: &mut Lowering<'t, '_>, value: NodeId, at: Ts<'t>) -> (NodeId, NodeId) {
    let name = format!("@{}", at.start_byte());
    let target = cx.name(&name, at);
    let assign = cx.assign(target, value, true, at);
    (cx.name(&name, at), assign)
}

/// A getter of a class or object.
pub(super) fn getter<'t>(cx: &mut Lowering<'t, '_>, function: NodeId, at: Ts<'t>) -> NodeId {
    cx.op(Op::Called(crate::read::ir::Manner::Getter), vec![function], at)
}

/// A labelled statement. A loop in it asks [`again`] for what `continue label` leaves.
pub(super) fn labelled<'t>(cx: &mut Lowering<'t, '_>, label: &'t str, body: Ts<'t>, at: Ts<'t>) -> NodeId {
    cx.remember("[label]", label);
    let body = cx.lower(body);
    cx.remember("[label]", "");
    cx.add(Node::Labelled(label.into(), body), at)
}

/// The body of a loop, so that `continue label` ends a pass of the loop with this label.
pub(super) fn loop_body<'t>(cx: &mut Lowering<'t, '_>, body: Option<Ts<'t>>, at: Ts<'t>) -> NodeId {
    let label = cx.kind_of("[label]");
    cx.remember("[label]", "");
    let lowered = match body {
        Some(body) => cx.lower(body),
        None => cx.add(Node::Block(Vec::new()), at),
    };
    if label.is_empty() {
        return lowered;
    }
    cx.add(Node::Labelled(again(label), lowered), at)
}

/// A loop that carries its label itself.
pub(super) fn under_label<'t>(
    cx: &mut Lowering<'t, '_>,
    label: Option<&'t str>,
    at: Ts<'t>,
    lower: impl FnOnce(&mut Lowering<'t, '_>) -> NodeId,
) -> NodeId {
    let Some(label) = label else { return lower(cx) };
    cx.remember("[label]", label);
    let whole = lower(cx);
    cx.remember("[label]", "");
    cx.add(Node::Labelled(label.into(), whole), at)
}

/// `break` and `continue`, with a label or without.
pub(super) fn leave<'t>(cx: &mut Lowering<'t, '_>, label: Option<&str>, breaks: bool, at: Ts<'t>) -> NodeId {
    let node = match (label, breaks) {
        (Some(label), true) => Node::Leave(label.into()),
        (Some(label), false) => Node::Leave(again(label)),
        (None, true) => Node::Break,
        (None, false) => Node::Continue,
    };
    cx.add(node, at)
}

fn again(label: &str) -> Box<str> {
    format!("{label} again").into()
}

/// `x++` and the like as a value: the old one where the sign comes last.
pub(super) fn step<'t>(
    cx: &mut Lowering<'t, '_>,
    target: NodeId,
    up: bool,
    postfix: bool,
    at: Ts<'t>,
) -> NodeId {
    use crate::read::ir::BinaryOp::{Add, Sub};
    let one = cx.add(Node::Int(1), at);
    let (op, back) = if up { (Add, Sub) } else { (Sub, Add) };
    let assign = cx.add(Node::Assign { target, value: one, op: Some(op), declares: false }, at);
    if !postfix {
        return assign;
    }
    let one = cx.add(Node::Int(1), at);
    cx.add(Node::Binary(back, assign, one), at)
}

/// Arms of a `switch` in the order they are asked: the default last, where nothing runs into it or out of it.
pub(super) fn default_last(arms: &mut Vec<crate::read::ir::Arm>) {
    let is_default = |arm: &crate::read::ir::Arm| arm.values.is_empty() && arm.guard.is_none();
    let Some(at) = arms.iter().position(is_default) else { return };
    let entered = at > 0 && arms.get(at - 1).is_some_and(|arm| arm.falls_through);
    let left = arms.get(at).is_some_and(|arm| arm.falls_through);
    if at + 1 < arms.len() && !entered && !left {
        let arm = arms.remove(at);
        arms.push(arm);
    }
}

/// Undoes the escapes of these languages. A letter that means nothing stands for itself.
pub(super) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            flush(&mut units, &mut out);
            out.push(c);
            continue;
        }
        let Some(letter) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        rest = &rest[letter.len_utf8()..];
        if letter == 'u' && !rest.starts_with('{') {
            let digits = rest.trim_start_matches('u');
            if let Some(unit) = digits.get(..4).and_then(|hex| u16::from_str_radix(hex, 16).ok()) {
                units.push(unit);
                rest = &digits[4..];
                continue;
            }
        }
        flush(&mut units, &mut out);
        rest = one_escape(letter, rest, &mut out);
    }
    flush(&mut units, &mut out);
    out
}

/// UTF-16 units that were escaped one by one.
fn flush(units: &mut Vec<u16>, out: &mut String) {
    out.extend(char::decode_utf16(units.drain(..)).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// Appends what `letter` behind a backslash means; gives what is left.
fn one_escape<'r>(letter: char, rest: &'r str, out: &mut String) -> &'r str {
    let hex = |rest: &'r str, most: usize| {
        let count = rest.bytes().take(most).take_while(u8::is_ascii_hexdigit).count();
        let code = u32::from_str_radix(rest.get(..count)?, 16).ok()?;
        Some((char::from_u32(code)?, rest.get(count..)?))
    };
    let braced = |rest: &'r str| {
        let (digits, tail) = rest.strip_prefix('{')?.split_once('}')?;
        Some((char::from_u32(u32::from_str_radix(digits.trim(), 16).ok()?)?, tail))
    };
    let coded = match letter {
        'u' => braced(rest),
        'x' => hex(rest, 2),
        'U' => hex(rest, 8),
        '0'..='7' => octal(letter, rest),
        _ => None,
    };
    if let Some((c, tail)) = coded {
        out.push(c);
        return tail;
    }
    match letter {
        'n' => out.push('\n'),
        't' => out.push('\t'),
        'r' => out.push('\r'),
        'b' => out.push('\u{8}'),
        'f' => out.push('\u{c}'),
        'v' => out.push('\u{b}'),
        'a' => out.push('\u{7}'),
        's' => out.push(' '),
        '\n' => {}
        '\r' => return rest.strip_prefix('\n').unwrap_or(rest),
        other => out.push(other),
    }
    rest
}

fn octal(first: char, rest: &str) -> Option<(char, &str)> {
    let most = if first <= '3' { 2 } else { 1 };
    let count = rest.bytes().take(most).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let digits: String = std::iter::once(first).chain(rest.get(..count)?.chars()).collect();
    Some((char::from_u32(u32::from_str_radix(&digits, 8).ok()?)?, rest.get(count..)?))
}

/// A block of text between triple quotes: without its first line end, the indentation that all its lines share, and the
/// line of the closing quotes.
pub(super) fn dedent(raw: &str) -> String {
    let text = raw.strip_prefix("\r\n").or_else(|| raw.strip_prefix('\n')).unwrap_or(raw);
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let lines: Vec<&str> = text.split('\n').collect();
    let last = lines.len().saturating_sub(1);
    let counts = lines.iter().enumerate().filter(|(at, line)| *at == last || !line.trim().is_empty());
    let shared = counts.map(|(_, line)| indent(line)).min().unwrap_or(0);
    let cut: Vec<&str> =
        lines.iter().map(|line| line.get(shared..).unwrap_or("").trim_end_matches('\r')).collect();
    cut.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_every_kind() {
        assert_eq!(unescape(r"a\n\x41\u00e9\u{1F35E}\ud83c\udf5e\101\q\\"), "a\nAé🍞🍞Aq\\");
        assert_eq!(unescape("end\\"), "end\\");
    }

    #[test]
    fn text_blocks_lose_shared_indentation() {
        assert_eq!(dedent("\n    bake\n      bread\n    "), "bake\n  bread\n");
        assert_eq!(dedent("\n  bake\n  bread"), "bake\nbread");
    }
}
