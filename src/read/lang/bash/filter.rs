//! Commands that print what they made of their input.

use crate::read::ir::Codec;
use crate::read::ir::Node;
use crate::read::ir::NodeId;
use crate::read::ir::Op;
use crate::read::lang::body;
use crate::read::lang::lowering::Lowering;
use crate::read::lang::lowering::Ts;

use super::INPUT;
use super::expansion;
use super::script;
use super::script::Edit;
use super::word;

/// A command's arguments: as values, and as texts where nothing expands in them.
pub(super) struct Given<'t> {
    pub(super) nodes: Vec<Ts<'t>>,
    pub(super) texts: Vec<Option<String>>,
}

impl<'t> Given<'t> {
    /// Takes the arguments of a command.
    pub(super) fn new(cx: &Lowering<'t, '_>, nodes: Vec<Ts<'t>>) -> Self {
        let texts = nodes.iter().map(|node| word::fixed(cx, *node)).collect();
        Given { nodes, texts }
    }

    fn text(&self, at: usize) -> &str {
        self.texts.get(at).and_then(Option::as_deref).unwrap_or_default()
    }

    /// Whether a letter is among the short options.
    pub(super) fn has(&self, letter: char) -> bool {
        self.texts.iter().flatten().any(|text| {
            text.starts_with('-') && !text.starts_with("--") && text.len() > 1 && text.contains(letter)
        })
    }

    /// The value of an option: `-d x` or `-dx`.
    fn option(&self, letter: char) -> Option<String> {
        for (at, text) in self.texts.iter().enumerate() {
            let Some(text) = text.as_deref().filter(|text| text.starts_with('-')) else { continue };
            if let Some((flags, value)) = text[1..].split_once(letter)
                && flags.chars().all(|flag| flag.is_ascii_lowercase())
            {
                return Some(if value.is_empty() { self.text(at + 1).to_owned() } else { value.to_owned() });
            }
        }
        None
    }

    /// Arguments that are no options.
    pub(super) fn plain(&self) -> Vec<Ts<'t>> {
        let pairs = self.nodes.iter().zip(&self.texts);
        pairs
            .filter(|(_, text)| text.as_deref().is_none_or(|text| text == "-" || !text.starts_with('-')))
            .map(|(node, _)| *node)
            .collect()
    }
}

/// What a filter prints for its input; `None` for a command that is none.
#[expect(clippy::too_many_lines, reason = "a table: one arm a kind")]
pub(super) fn lower<'t>(
    cx: &mut Lowering<'t, '_>,
    name: &str,
    given: &Given<'t>,
    at: Ts<'t>,
) -> Option<NodeId> {
    Some(match name {
        "rev" => {
            let input = input(cx, &given.plain(), at);
            linewise(cx, input, at, |cx, line| cx.op(Op::Reverse, vec![line], at))
        }
        "tac" => {
            let lines = lines(cx, &given.plain(), at);
            let turned = cx.op(Op::Reverse, vec![lines], at);
            join(cx, turned, "\n", at)
        }
        "tr" => translate(cx, given, at),
        "cut" => cut(cx, given, at),
        "sed" => edit(cx, given, at),
        "sort" => sort(cx, given, at),
        "uniq" => {
            let lines = lines(cx, &given.plain(), at);
            let once = cx.op(Op::Unique, vec![lines], at);
            join(cx, once, "\n", at)
        }
        "head" | "tail" => ends(cx, name == "tail", given, at),
        "paste" => {
            let files: Vec<Ts<'t>> = given.plain().into_iter().filter(|kid| is_file(cx, *kid)).collect();
            let lines = lines(cx, &files, at);
            let separator = given.option('d').unwrap_or_else(|| "\t".to_owned());
            join(cx, lines, &separator.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", ""), at)
        }
        "xargs" => {
            let input = input(cx, &[], at);
            let words = cx.op(Op::Split, vec![input], at);
            let each = given.has('n') || given.has('I');
            join(cx, words, if each { "\n" } else { " " }, at)
        }
        "fold" => {
            let width = given.option('w').and_then(|width| width.parse().ok()).unwrap_or(80);
            let files: Vec<Ts<'t>> = given.plain().into_iter().filter(|kid| is_file(cx, *kid)).collect();
            let input = input(cx, &files, at);
            let width = body::int(cx, width, at);
            let pieces = cx.op(Op::Pieces, vec![input, width], at);
            join(cx, pieces, "\n", at)
        }
        "base64" | "base32" => {
            let codec = if name == "base64" { Codec::Base64 } else { Codec::Base32 };
            let undo = given.has('d') || given.has('D') || given.text(0) == "--decode";
            let input = input(cx, &given.plain(), at);
            cx.op(if undo { Op::Decode(codec) } else { Op::Encode(codec) }, vec![input], at)
        }
        "openssl" => {
            let input = input(cx, &[], at);
            let undo = given.has('d');
            cx.op(if undo { Op::Decode(Codec::Base64) } else { Op::Encode(Codec::Base64) }, vec![input], at)
        }
        "xxd" => {
            let input = input(cx, &given.plain(), at);
            let undo = given.has('r');
            cx.op(if undo { Op::Decode(Codec::Hex) } else { Op::Encode(Codec::Hex) }, vec![input], at)
        }
        "rot13" => {
            let input = input(cx, &[], at);
            cx.op(Op::Decode(Codec::Rot13), vec![input], at)
        }
        "gunzip" | "zcat" => {
            let input = input(cx, &given.plain(), at);
            cx.op(Op::Decode(Codec::Deflate), vec![input], at)
        }
        "grep" | "egrep" => search(cx, given, at),
        "awk" | "gawk" | "mawk" => table(cx, given, at),
        "cat" | "tee" | "shuf" | "nl" | "column" | "iconv" | "fmt" | "less" | "more" | "pv" | "expand" => {
            let files: Vec<Ts<'t>> = given.plain().into_iter().filter(|kid| is_file(cx, *kid)).collect();
            input(cx, if name == "tee" { &[] } else { &files }, at)
        }
        "seq" => {
            let mut bounds = Vec::new();
            let separator = given.option('s');
            for kid in &given.nodes {
                let own = word::fixed(cx, *kid);
                let skip = own.as_deref().is_some_and(|own| own.parse::<i64>().is_err());
                if !skip {
                    bounds.push(expansion::arithmetic(cx, *kid));
                }
            }
            if let [from, step, to] = bounds[..] {
                bounds = vec![from, to, step];
            } else if let [to] = bounds[..] {
                bounds = vec![body::int(cx, 1, at), to];
            }
            let numbers = cx.op(Op::RangeClosed, bounds, at);
            join(cx, numbers, separator.as_deref().unwrap_or("\n"), at)
        }
        _ => return None,
    })
}

/// Whether an argument can name a file: options' values cannot.
fn is_file<'t>(cx: &Lowering<'t, '_>, node: Ts<'t>) -> bool {
    match word::fixed(cx, node) {
        Some(text) => text.len() > 1 && text.parse::<i64>().is_err() && !text.trim().is_empty(),
        None => true,
    }
}

/// The input: files that the script wrote, or what the command before printed.
pub(super) fn input<'t>(cx: &mut Lowering<'t, '_>, files: &[Ts<'t>], at: Ts<'t>) -> NodeId {
    let mut texts = Vec::new();
    for file in files {
        if cx.text(*file) == "-" {
            texts.push(cx.name(INPUT, at));
        } else if file.kind() == "process_substitution" {
            texts.push(cx.lower(*file));
        } else if let Some(name) = word::fixed(cx, *file) {
            texts.push(cx.name(&format!("file {name}"), *file));
        } else {
            let value = cx.lower(*file);
            texts.push(value);
        }
    }
    match texts[..] {
        [] => cx.name(INPUT, at),
        [only] => only,
        _ => {
            let all = cx.op(Op::ListOf, texts, at);
            join(cx, all, "\n", at)
        }
    }
}

fn lines<'t>(cx: &mut Lowering<'t, '_>, files: &[Ts<'t>], at: Ts<'t>) -> NodeId {
    let input = input(cx, files, at);
    cx.op(Op::Lines, vec![input], at)
}

fn join<'t>(cx: &mut Lowering<'t, '_>, items: NodeId, separator: &str, at: Ts<'t>) -> NodeId {
    let separator = cx.constant(separator, at);
    cx.op(Op::Join, vec![items, separator], at)
}

/// The lines of the input, each changed.
fn linewise<'t, 'p>(
    cx: &mut Lowering<'t, 'p>,
    input: NodeId,
    at: Ts<'t>,
    change: impl FnOnce(&mut Lowering<'t, 'p>, NodeId) -> NodeId,
) -> NodeId {
    let line = cx.name("line", at);
    let changed = change(cx, line);
    let function = cx.lambda(&["line"], changed, at);
    let lines = cx.op(Op::Lines, vec![input], at);
    let lines = cx.op(Op::Map, vec![function, lines], at);
    join(cx, lines, "\n", at)
}

fn translate<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, at: Ts<'t>) -> NodeId {
    let sets = given.plain();
    let input = input(cx, &[], at);
    let from = match sets.first() {
        Some(set) => cx.lower(*set),
        None => return input,
    };
    let empty = cx.constant("", at);
    if given.has('d') {
        return cx.op(Op::TranslateSets, vec![input, from, empty], at);
    }
    let Some(to) = sets.get(1).copied() else {
        return if given.has('s') { cx.op(Op::Squeezed, vec![input, from], at) } else { input };
    };
    let to = cx.lower(to);
    let value = cx.op(Op::TranslateSets, vec![input, from, to], at);
    if given.has('s') { cx.op(Op::Squeezed, vec![value, to], at) } else { value }
}

fn cut<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, at: Ts<'t>) -> NodeId {
    let by_character = given.option('c').or_else(|| given.option('b'));
    let fields = given.option('f');
    let separator = given.option('d').unwrap_or_else(|| "\t".to_owned());
    let parts = script::parts(by_character.as_deref().or(fields.as_deref()).unwrap_or_default());
    let between = if by_character.is_some() { String::new() } else { separator.clone() };
    let input = input(cx, &[], at);
    linewise(cx, input, at, |cx, line| {
        let whole = if by_character.is_some() {
            cx.op(Op::Chars, vec![line], at)
        } else {
            let mark = cx.constant(&separator, at);
            cx.op(Op::Split, vec![line, mark], at)
        };
        let mut pieces = Vec::new();
        for (from, to) in parts {
            let mut operands = vec![whole, body::int(cx, from - 1, at)];
            operands.extend(to.map(|to| body::int(cx, to, at)));
            pieces.push(cx.op(Op::Slice, operands, at));
        }
        let all = cx.op(Op::Chain, pieces, at);
        join(cx, all, &between, at)
    })
}

fn edit<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, at: Ts<'t>) -> NodeId {
    let plain = given.plain();
    let scripts: Vec<Ts<'t>> =
        if given.has('e') { plain.clone() } else { plain.first().copied().into_iter().collect() };
    let extended = given.has('E') || given.has('r');
    let mut edits = Vec::new();
    for kid in &scripts {
        if let Some(text) = word::fixed(cx, *kid) {
            edits.extend(script::edits(&text, extended));
        }
        let value = cx.lower(*kid);
        if !matches!(cx.ir(value), Node::Text(_)) {
            edits.push(Edit::Translate { from: String::new(), to: String::new() });
        }
    }
    let files: Vec<Ts<'t>> = if given.has('e') { Vec::new() } else { plain.into_iter().skip(1).collect() };
    let input = input(cx, &files, at);
    linewise(cx, input, at, |cx, mut line| {
        for edit in edits {
            line = match edit {
                Edit::Replace { pattern, new, everywhere } => {
                    let mut operands = vec![line, cx.constant(&pattern, at), cx.constant(&new, at)];
                    if !everywhere {
                        operands.push(body::int(cx, 1, at));
                    }
                    cx.op(Op::ReplacePattern, operands, at)
                }
                Edit::Translate { from, to } => {
                    let (from, to) = (cx.constant(&from, at), cx.constant(&to, at));
                    let table = cx.op(Op::MakeTable, vec![from, to], at);
                    cx.op(Op::Translate, vec![line, table], at)
                }
            };
        }
        line
    })
}

fn sort<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, at: Ts<'t>) -> NodeId {
    let lines = lines(cx, &[], at);
    let key = given.option('k');
    let number = given.has('n') || key.as_deref().is_some_and(|key| key.contains('n'));
    let column: i64 = key.as_deref().and_then(|key| key.split([',', 'n']).next()?.parse().ok()).unwrap_or(1);
    let line = cx.name("line", at);
    let mut value = line;
    if key.is_some() || number {
        let mut operands = vec![line];
        operands.extend(given.option('t').map(|mark| cx.constant(&mark, at)));
        let fields = cx.op(Op::Split, operands, at);
        let index = body::int(cx, column - 1, at);
        value = cx.add(Node::Index(fields, index), at);
    }
    if number {
        let pattern = cx.constant("^\\D*(-?\\d+).*$", at);
        let digits = cx.constant("$1", at);
        value = cx.op(Op::ReplacePattern, vec![value, pattern, digits], at);
        value = cx.op(Op::ToInt, vec![value], at);
    }
    let function = cx.lambda(&["line"], value, at);
    let down = cx.add(Node::Bool(given.has('r')), at);
    let mut sorted = cx.op(Op::Sorted, vec![lines, function, down], at);
    if given.has('u') {
        sorted = cx.op(Op::Unique, vec![sorted], at);
    }
    join(cx, sorted, "\n", at)
}

fn ends<'t>(cx: &mut Lowering<'t, '_>, last: bool, given: &Given<'t>, at: Ts<'t>) -> NodeId {
    let by_character = given.option('c');
    let count = by_character.clone().or_else(|| given.option('n'));
    let count = count
        .or_else(|| given.texts.iter().flatten().find_map(|text| text.strip_prefix('-')).map(str::to_owned));
    let count = count.unwrap_or_else(|| "10".to_owned());
    let from_start = count.starts_with('+');
    let n: i64 = count.trim_start_matches(['+', '-']).parse().unwrap_or(10);
    let files: Vec<Ts<'t>> = given.plain().into_iter().filter(|kid| is_file(cx, *kid)).collect();
    let input = input(cx, &files, at);
    let whole = if by_character.is_some() { input } else { cx.op(Op::Lines, vec![input], at) };
    let bound = match (last, from_start) {
        (true, true) => body::int(cx, n - 1, at),
        (true, false) => body::int(cx, -n, at),
        _ => body::int(cx, n, at),
    };
    let cut = cx.op(if last { Op::Drop } else { Op::Take }, vec![whole, bound], at);
    if by_character.is_some() { cut } else { join(cx, cut, "\n", at) }
}

fn search<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, at: Ts<'t>) -> NodeId {
    let Some(pattern) = given.plain().first().copied() else { return cx.name(INPUT, at) };
    // Without -E and -P it is `\+` that repeats and `+` that does not.
    let basic = !given.has('E') && !given.has('P');
    let pattern = match word::fixed(cx, pattern) {
        Some(text) if basic => {
            let text = ["+", "?", "|", "(", ")", "{", "}"]
                .iter()
                .fold(text, |text, mark| text.replace(&format!("\\{mark}"), mark));
            cx.constant(&text, pattern)
        }
        _ => cx.lower(pattern),
    };
    let input = input(cx, &[], at);
    if given.has('o') {
        let found = cx.op(Op::FindAll, vec![input, pattern], at);
        return join(cx, found, "\n", at);
    }
    let line = cx.name("line", at);
    let found = cx.op(Op::Match, vec![line, pattern], at);
    let found = cx.op(Op::Present, vec![found], at);
    let function = cx.lambda(&["line"], found, at);
    let lines = cx.op(Op::Lines, vec![input], at);
    let op = if given.has('v') { Op::Reject } else { Op::Filter };
    let kept = cx.op(op, vec![function, lines], at);
    join(cx, kept, "\n", at)
}

/// `awk '{print $2, $NF}'`, and the loop that prints fields last first.
fn table<'t>(cx: &mut Lowering<'t, '_>, given: &Given<'t>, at: Ts<'t>) -> NodeId {
    let separator = given.option('F');
    let script =
        given.plain().into_iter().find_map(|kid| word::fixed(cx, kid).filter(|text| text.contains('{')));
    let input = input(cx, &[], at);
    for kid in given.plain() {
        cx.lower(kid);
    }
    let Some(script) = script else { return input };
    linewise(cx, input, at, |cx, line| {
        let mut operands = vec![line];
        operands.extend(separator.map(|mark| cx.constant(&mark, at)));
        let fields = cx.op(Op::Split, operands, at);
        if script.contains("NF") && (script.contains("--") || script.contains("-=")) {
            let turned = cx.op(Op::Reverse, vec![fields], at);
            return join(cx, turned, " ", at);
        }
        let printed = script.split_once("print").map_or("", |(_, rest)| rest);
        let formats = printed.starts_with('f');
        let printed = printed.split(['}', ';']).next().unwrap_or_default();
        let printed = printed.trim_start_matches('f').trim();
        let mut words = Vec::new();
        for part in printed.split(',') {
            let mut pieces = Vec::new();
            for piece in awk_pieces(part) {
                pieces.push(awk_value(cx, piece, line, fields, at));
            }
            words.push(cx.add(Node::Concat(pieces), at));
        }
        if printed.is_empty() {
            return line;
        }
        if formats {
            return cx.op(Op::FormatPercent, words, at);
        }
        let words = cx.op(Op::ListOf, words, at);
        join(cx, words, " ", at)
    })
}

/// The parts of an expression that are joined by standing next to each other.
fn awk_pieces(part: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = part.trim();
    while !rest.is_empty() {
        let end = match rest.strip_prefix('"') {
            Some(inner) => inner.find('"').map_or(rest.len(), |at| at + 2),
            None => rest.find([' ', '"']).unwrap_or(rest.len()),
        };
        out.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    out
}

fn awk_value<'t>(cx: &mut Lowering<'t, '_>, piece: &str, line: NodeId, fields: NodeId, at: Ts<'t>) -> NodeId {
    if let Some((function, inner)) = piece.split_once('(').filter(|_| piece.ends_with(')')) {
        let inner = inner.trim_end_matches(')');
        if inner.contains('(') {
            return line;
        }
        let inner = awk_value(cx, inner, line, fields, at);
        return match function {
            "toupper" => cx.op(Op::Upper, vec![inner], at),
            "tolower" => cx.op(Op::Lower, vec![inner], at),
            _ => inner,
        };
    }
    match piece.strip_prefix('$') {
        Some("0") => line,
        Some("NF" | "(NF)") => cx.op(Op::Last, vec![fields], at),
        Some(number) => {
            let index = body::int(cx, number.parse().unwrap_or(1) - 1, at);
            cx.add(Node::Index(fields, index), at)
        }
        None => cx.constant(piece.trim_matches('"'), at),
    }
}
