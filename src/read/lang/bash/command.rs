//! Commands: the shell's own, the script's functions, filters, and all others.

use crate::read::ir::Arg;
use crate::read::ir::BinaryOp;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::body;
use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::ARGUMENTS;
use super::INPUT;
use super::expansion;
use super::filter;
use super::filter::Given;
use super::word;

/// Interpreters whose `-c` or `-e` is code.
const INTERPRETERS: &[&str] = &[
    "sh", "bash", "zsh", "dash", "ksh", "python", "python3", "perl", "ruby", "node", "php", "lua", "Rscript",
];

/// Lowers a command.
pub(super) fn lower<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let mut before = Vec::new();
    for kid in cx.kids(node).into_iter().filter(|kid| kid.kind() == "variable_assignment") {
        before.push(cx.lower(kid));
    }
    for redirect in cx.fields(node, "redirect") {
        before.extend(redirected(cx, redirect));
    }
    let Some(name) = node.child_by_field_name("name") else {
        return cx.add(Node::Block(before), node);
    };
    let args = cx.fields(node, "argument");
    let run = match word::fixed(cx, cx.kids(name).first().copied().unwrap_or(name)) {
        Some(command) => named(cx, &command, args, node),
        None => {
            let mut parts = vec![cx.only(name)];
            parts.extend(cx.lower_all(&args));
            let blank = cx.constant(" ", node);
            let words = cx.op(Op::ListOf, parts, node);
            let code = cx.op(Op::Join, vec![words, blank], node);
            cx.op(Op::Eval, vec![code], node)
        }
    };
    if before.is_empty() {
        return run;
    }
    before.push(run);
    cx.add(Node::Block(before), node)
}

/// What a redirection gives as input.
pub(super) fn redirected<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> Option<NodeId> {
    let value = match node.kind() {
        "herestring_redirect" => cx.only(node),
        "heredoc_redirect" => {
            let body = cx.kids(node).into_iter().find(|kid| kid.kind() == "heredoc_body")?;
            let start = cx.kids(node).into_iter().find(|kid| kid.kind() == "heredoc_start");
            let raw = start.is_some_and(|start| cx.text(start).contains(['\'', '"', '\\']));
            let text = if raw {
                cx.see_literal(body);
                cx.constant(cx.text(body), body)
            } else {
                cx.lower(body)
            };
            let ends = cx.constant("\n", node);
            let text = cx.op(Op::TrimEnd, vec![text, ends], node);
            if cx.text(node).starts_with("<<-") {
                let (tabs, none) = (cx.constant("(?m)^\t+", node), cx.constant("", node));
                cx.op(Op::ReplacePattern, vec![text, tabs, none], node)
            } else {
                text
            }
        }
        "file_redirect" => {
            let to = node.child_by_field_name("destination")?;
            if !cx.text(node).trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('<') {
                return None;
            }
            filter::input(cx, &[to], node)
        }
        _ => return None,
    };
    let target = cx.name(INPUT, node);
    Some(cx.assign(target, value, false, node))
}

/// A command by its name.
fn named<'t>(cx: &mut Lowering<'t, '_>, name: &str, args: Vec<Ts<'t>>, node: Ts<'t>) -> NodeId {
    if cx.kind_of(name) == "function" {
        let args = words(cx, &args, node);
        let callee = cx.name(name, node);
        return cx.call(callee, args, None, node);
    }
    let given = Given::new(cx, args);
    if let Some(id) = builtin(cx, name, &given, node) {
        return id;
    }
    if let Some(value) = filter::lower(cx, name, &given, node) {
        return cx.op(Op::Print, vec![value], node);
    }
    let args = words(cx, &given.nodes, node);
    let callee = cx.name(name, node);
    cx.call(callee, args, None, node)
}

/// Arguments, each one word or several.
fn words<'t>(cx: &mut Lowering<'t, '_>, nodes: &[Ts<'t>], _at: Ts<'t>) -> Vec<Arg> {
    let mut args = Vec::new();
    for node in nodes {
        let value = word::item(cx, *node);
        match *cx.ir(value) {
            Node::Spread(inner) => args.push(Arg { name: None, value: inner, spread: true }),
            _ => args.push(Arg { name: None, value, spread: false }),
        }
    }
    args
}

fn items<'t>(cx: &mut Lowering<'t, '_>, nodes: &[Ts<'t>]) -> Vec<NodeId> {
    nodes.iter().map(|node| word::item(cx, *node)).collect()
}

fn builtin<'t>(cx: &mut Lowering<'t, '_>, name: &str, given: &Given<'t>, node: Ts<'t>) -> Option<NodeId> {
    let first = given.nodes.first().copied();
    Some(match name {
        "echo" => echo(cx, given, node),
        "print" => echo(cx, given, node),
        "printf" => printf(cx, given, node),
        ":" | "true" | "sleep" | "trap" | "set" | "shopt" | "exit" | "wait" | "alias" | "source" | "." => {
            if name == "set" && given.texts.first().is_some_and(|text| text.as_deref() == Some("--")) {
                let values = items(cx, given.nodes.get(1..).unwrap_or_default());
                let list = cx.add(Node::List(values), node);
                let target = cx.name(ARGUMENTS, node);
                return Some(cx.assign(target, list, false, node));
            }
            let parts = items(cx, &given.nodes);
            cx.op(Op::Nothing, parts, node)
        }
        "shift" => {
            let list = cx.name(ARGUMENTS, node);
            cx.op(Op::PopFront, vec![list], node)
        }
        "return" => cx.add(Node::Return(None), node),
        "break" => cx.add(Node::Break, node),
        "continue" => cx.add(Node::Continue, node),
        "read" => read(cx, given, node),
        "mapfile" | "readarray" => {
            let target = given.plain().last().copied()?;
            let input = cx.name(INPUT, node);
            let lines = cx.op(Op::Lines, vec![input], node);
            let target = cx.name(cx.text(target), node);
            cx.assign(target, lines, false, node)
        }
        "let" => {
            let mut all = Vec::new();
            for kid in &given.nodes {
                all.push(assignment_word(cx, *kid));
            }
            cx.add(Node::Block(all), node)
        }
        "eval" => {
            let parts = items(cx, &given.nodes);
            run(cx, parts, node)
        }
        "exec" | "command" | "builtin" | "time" | "sudo" | "nohup" => {
            let inner = word::fixed(cx, first?)?;
            named(cx, &inner, given.nodes.get(1..).unwrap_or_default().to_vec(), node)
        }
        _ if INTERPRETERS.contains(&name) => {
            let code: Vec<Ts<'t>> = given.plain();
            if code.is_empty() {
                let input = cx.name(INPUT, node);
                return Some(run(cx, vec![input], node));
            }
            let parts = items(cx, code.get(..1).unwrap_or_default());
            run(cx, parts, node)
        }
        _ => return None,
    })
}

/// Code that is read again.
fn run<'t>(cx: &mut Lowering<'t, '_>, parts: Vec<NodeId>, node: Ts<'t>) -> NodeId {
    let words = cx.op(Op::ListOf, parts, node);
    let blank = cx.constant(" ", node);
    let code = cx.op(Op::Join, vec![words, blank], node);
    cx.op(Op::Eval, vec![code], node)
}

/// `let x=1`
fn assignment_word<'t>(cx: &mut Lowering<'t, '_>, node: Ts<'t>) -> NodeId {
    let text = word::fixed(cx, node).unwrap_or_default();
    let Some((name, value)) = text.split_once('=') else { return cx.lower(node) };
    let plus = name.ends_with('+');
    let target = cx.name(name.trim_end_matches('+').trim(), node);
    let value = match value.trim().parse() {
        Ok(number) => cx.add(Node::Int(number), node),
        Err(_) => cx.name(value.trim(), node),
    };
    let op = plus.then_some(BinaryOp::Add);
    cx.add(Node::Assign { target, value, op, declares: false }, node)
}

/// `echo -n`, `echo -e`
fn echo<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, node: Ts<'t>) -> NodeId {
    let is_flag = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| {
            text.len() > 1 && text.strip_prefix('-').is_some_and(|f| f.chars().all(|c| "neE".contains(c)))
        })
    };
    let flags = given.texts.iter().take_while(|text| is_flag(text)).count();
    let flag = |letter: char| given.texts.iter().take(flags).flatten().any(|text| text.contains(letter));
    let mut values = Vec::new();
    for kid in given.nodes.iter().skip(flags) {
        let mut value = word::item(cx, *kid);
        if flag('e') {
            value = match cx.ir(value).clone() {
                Node::Text(text) => cx.constant(&unescape(&octal(&text), HexMeans::Byte), *kid),
                Node::Concat(_) => cx.op(Op::Decode(crate::read::ir::Codec::Escape), vec![value], *kid),
                _ => value,
            };
        }
        values.push(value);
    }
    if !flag('n') {
        return cx.op(Op::Print, values, node);
    }
    let list = cx.op(Op::ListOf, values, node);
    let blank = cx.constant(" ", node);
    let text = cx.op(Op::Join, vec![list, blank], node);
    cx.op(Op::Write, vec![text], node)
}

/// `\\0150` as the other escapes write it.
fn octal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\\0") {
        out.push_str(before);
        let digits = behind.bytes().take(3).take_while(|byte| (b'0'..b'8').contains(byte)).count();
        out.push_str(if digits == 0 { "\\0" } else { "\\" });
        rest = behind;
    }
    out + rest
}

/// `printf`: the format is used again while there are arguments.
fn printf<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, node: Ts<'t>) -> NodeId {
    let mut nodes = given.nodes.as_slice();
    let mut into = None;
    if given.texts.first().is_some_and(|text| text.as_deref() == Some("-v")) {
        into = nodes.get(1).copied();
        nodes = nodes.get(2..).unwrap_or_default();
    }
    if nodes.first().is_some_and(|first| cx.text(*first) == "--") {
        nodes = nodes.get(1..).unwrap_or_default();
    }
    let Some((format, rest)) = nodes.split_first() else { return cx.op(Op::Nothing, Vec::new(), node) };
    let template = cx.lower(*format);
    let template = match cx.ir(template).clone() {
        Node::Text(text) => cx.constant(&unescape(&text, HexMeans::Byte), *format),
        _ => cx.op(Op::Decode(crate::read::ir::Codec::Escape), vec![template], *format),
    };
    let mut operands = vec![template];
    operands.extend(items(cx, rest));
    let text = cx.op(Op::FormatCycled, operands, node);
    match into {
        Some(name) => {
            let target = cx.name(cx.text(name), name);
            cx.assign(target, text, false, node)
        }
        None => cx.op(Op::Write, vec![text], node),
    }
}

/// `read -ra array`, `read x y`: the first line of the input.
fn read<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, node: Ts<'t>) -> NodeId {
    let input = cx.name(INPUT, node);
    let lines = cx.op(Op::Lines, vec![input], node);
    let line = cx.op(Op::First, vec![lines], node);
    into(cx, given, line, node)
}

/// Binds a line to the names that `read` is given.
fn into<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, line: NodeId, node: Ts<'t>) -> NodeId {
    let names: Vec<Ts<'t>> = given.plain().into_iter().filter(|kid| kid.kind() == "word").collect();
    let own = cx.text(node);
    let words = match own.split_once("IFS=").map(|(_, rest)| rest.trim_start_matches(['\'', '"', '$'])) {
        Some(rest) if !rest.starts_with([' ', '\n']) || own.contains("IFS=' '") => {
            let mark: String = rest.chars().take(1).collect();
            let mark = cx.constant(&mark, node);
            cx.op(Op::Split, vec![line, mark], node)
        }
        _ => expansion::split(cx, line, node),
    };
    if given.has('a') {
        let Some(name) = names.last() else { return words };
        let target = cx.name(cx.text(*name), node);
        return cx.assign(target, words, false, node);
    }
    match names[..] {
        [] => cx.op(Op::Nothing, vec![line], node),
        [only] => {
            let target = cx.name(cx.text(only), node);
            cx.assign(target, line, false, node)
        }
        [.., last] => {
            let mut targets = Vec::new();
            for name in &names {
                let target = cx.name(cx.text(*name), node);
                let rest = name.id() == last.id();
                targets.push(if rest { cx.add(Node::Spread(target), node) } else { target });
            }
            let pattern = cx.add(Node::List(targets), node);
            let all = cx.assign(pattern, words, false, node);
            let (target, blank) = (cx.name(cx.text(last), node), cx.constant(" ", node));
            let rest = cx.op(Op::Join, vec![target, blank], node);
            let rest = cx.assign(target, rest, false, node);
            cx.add(Node::Block(vec![all, rest]), node)
        }
    }
}

/// `while read …; do … done`: a loop over the lines of the input.
pub(super) fn reading<'t>(cx: &mut Lowering<'t, '_>, read: Ts<'t>, inner: Ts<'t>, node: Ts<'t>) -> NodeId {
    let args = cx.fields(read, "argument");
    let given = Given::new(cx, args);
    let line = cx.name("line read", node);
    let bind = into(cx, &given, line, read);
    let statements = cx.lower(inner);
    let body = cx.add(Node::Block(vec![bind, statements]), node);
    let input = cx.name(INPUT, node);
    let lines = cx.op(Op::Lines, vec![input], node);
    body::each(cx, line, lines, body, node)
}
