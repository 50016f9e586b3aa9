//! What surrounds code in messages, taken off: quote marks, prompts, line numbers, diff signs, curly quotes, entities.

use super::line;
use super::quote::restored;
use crate::read::lexer;

/// Gives the code as its author had it. A prefix goes only when most lines carry it.
pub(super) fn clean(written: &str) -> String {
    let mut text = unescaped(characters(written));
    if let Some(inner) = one_liner(&text) {
        text = inner;
    }
    let marked = lexer::lines(&text).any(|line| line.starts_with("@@ ") || line.starts_with("+++ "));
    let added = || lexer::lines(&text).filter(|line| line.starts_with('+')).count();
    let hunks = marked || added() * 3 > lexer::lines(&text).count();
    let diff = if hunks { diff_in_context } else { diff };
    let bullets: fn(&str) -> Option<&str> = if text.contains("/*") { ticked } else { bullet };
    for strip in [table, quote, bullets, ticked, prompt] {
        text = every_line(&text, strip).unwrap_or(text);
    }
    if every_line(&text, diff).is_some() {
        let left = without_removed(&text);
        text = every_line(&left, diff).unwrap_or(left);
    }
    if rises(&text) {
        text = every_line(&text, number).unwrap_or(text);
    }
    text = every_line(&text, ticked).unwrap_or(text);
    // A comment of several lines stays one, unless it holds a program.
    restored(every_line(&text, commented).filter(|bare| is_program(bare)).unwrap_or(text))
}

/// Lines whose numbers may start again: several files one after another.
const LONG_LISTING: usize = 24;

/// Whether the numbers that lines start with go up, as line numbers do; those of a table may not.
fn rises(text: &str) -> bool {
    let digits = |line: &str| {
        let shown = line.trim_start();
        let end = shown.bytes().take_while(u8::is_ascii_digit).count().min(6);
        shown[..end].parse::<u32>().ok()
    };
    let (mut pairs, mut up) = (0_usize, 0_usize);
    let mut last = None;
    for number in lexer::lines(text).filter_map(digits) {
        if let Some(last) = last.replace(number) {
            pairs += 1;
            up += usize::from(number > last);
        }
    }
    up == pairs || pairs >= LONG_LISTING && up * 5 >= pairs * 4
}

/// Invisible characters go, odd spaces become spaces, curly quotes straight, entities the character they name.
fn characters(written: &str) -> String {
    let tidy: String =
        if written.is_ascii() { written.to_owned() } else { written.chars().filter_map(character).collect() };
    let entities = ["&lt;", "&gt;", "&quot;", "&amp;", "&apos;", "&#", "&nbsp;"];
    if tidy.contains('&') && entities.iter().any(|entity| tidy.contains(entity)) {
        return html_escape::decode_html_entities(&tidy).replace('\u{a0}', " ");
    }
    tidy
}

/// A character as code has it; None for one that nobody sees.
pub(super) fn character(c: char) -> Option<char> {
    match c {
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => Some(' '),
        '“' | '”' | '„' | '‟' => Some('"'),
        '‘' | '’' | '‚' => Some('\''),
        other => Some(other),
    }
}

/// `python3 -c '…'`: the program a shell hands to another command, with its apostrophes undone.
fn one_liner(text: &str) -> Option<String> {
    let (command, program) = text.trim().split_once(" '")?;
    let handed = command.ends_with(" -c") || command.ends_with(" -e");
    let program = program.strip_suffix('\'')?;
    (handed && !command.contains('\n') && program.contains("'\\''")).then(|| program.replace("'\\''", "'"))
}

/// A program out of somebody's string: each of its quotes carries a backslash.
fn unescaped(text: String) -> String {
    if memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return text;
    }
    for (escaped, quote) in [("\\\"", '"'), ("\\'", '\'')] {
        let count = text.matches(escaped).count();
        if count > 1 && count == text.matches(quote).count() {
            return text.replace(escaped, &quote.to_string());
        }
    }
    if text.trim().contains('\n') { text } else { with_lines(text) }
}

/// Code on one line whose line ends are written out: those outside of texts are line ends.
fn with_lines(text: String) -> String {
    if text.matches("\\n").take(2).count() < 2 {
        return text;
    }
    let (mut out, mut quoted) = (String::with_capacity(text.len()), false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('\\', Some('n')) if !quoted => {
                rest.next();
                // As many bytes as before.
                out.push_str(" \n");
                continue;
            }
            ('\\', Some(_)) => {
                out.push(c);
                out.extend(rest.next());
                continue;
            }
            ('"', _) => quoted = !quoted,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Strips every line that `strip` knows, when nearly all do. Blank lines have no say.
fn every_line(text: &str, strip: fn(&str) -> Option<&str>) -> Option<String> {
    let (mut said, mut agreed) = (0usize, 0usize);
    // Each line has an end: so many say something at most.
    let most = memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1;
    for line in text.split_inclusive('\n').filter(|line| !line.trim().is_empty()) {
        said += 1;
        agreed += usize::from(strip(line).is_some());
        if (said - agreed) * 5 > most {
            return None;
        }
    }
    if agreed == 0 || agreed * 5 < said * 4 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        out.push_str(strip(line).unwrap_or(line));
        if line.ends_with('\n') && !out.ends_with('\n') {
            out.push('\n');
        }
    }
    Some(out)
}

/// Whether a third of the lines are code.
fn is_program(text: &str) -> bool {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    lines().filter(|line| line::is_code(line)).count() * 3 >= lines().count()
}

/// `> ` of a quoted mail or block.
fn quote(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(' ').strip_prefix('>')?;
    (!rest.starts_with('>')).then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

/// What begins the lines of interactive sessions, and whose these are.
const SESSIONS: [(&str, &str); 10] = [
    ("In [", "python"),
    (">>> ", "python"),
    ("irb(", "ruby"),
    ("julia> ", "julia"),
    ("ghci> ", "haskell"),
    ("scala> ", "scala"),
    ("mysql> ", "sql"),
    ("sqlite> ", "sql"),
    ("php > ", "php"),
    ("PS C:", "powershell"),
];

/// Whose interactive session a line belongs to.
pub(super) fn session(line: &str) -> Option<&'static str> {
    let shown = line.trim_start();
    let known = SESSIONS.iter().find(|(mark, _)| shown.starts_with(mark)).map(|(_, name)| *name);
    known.or_else(|| database(shown).map(|_| "sql"))
}

/// What stands behind `shop=# `, `shop-# ` of a database.
fn database(shown: &str) -> Option<&str> {
    let (mark, rest) = shown.split_once(' ')?;
    let name = ["=#", "-#"].into_iter().find_map(|end| mark.strip_suffix(end))?;
    let named = name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    named.then(|| shown.get(shown.len() - rest.len() - 1..)).flatten()
}

/// `>>> `, `... `, `In [3]: `, `$ `, `irb> `, `julia> ` of an interactive session.
fn prompt(line: &str) -> Option<&str> {
    let shown = line.trim_start_matches(' ');
    let numbered = ["In [", "Out["]
        .into_iter()
        .find_map(|mark| shown.strip_prefix(mark)?.split_once("]:"))
        .map(|cell| cell.1);
    let names = ["irb", "julia", "scala", "ghci", "mysql", "sqlite", "iex", "PS", "node"];
    let named = shown
        .split_once('>')
        .filter(|(mark, _)| mark.len() < 24 && names.iter().any(|name| mark.starts_with(name)))
        .map(|(_, rest)| rest);
    let named = named.or_else(|| database(shown));
    let marked = [">>>", "...", "$", "%", "> ", "->"].into_iter().find_map(|mark| shown.strip_prefix(mark));
    let rest = numbered.or(named).or(marked)?;
    rest.strip_prefix(' ').or_else(|| rest.trim().is_empty().then_some(rest))
}

/// A row of a Markdown table: its last cell, where the code stands.
fn table(line: &str) -> Option<&str> {
    let shown = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cell = shown.rsplit_once('|').map_or(shown, |(_, cell)| cell).trim();
    if cell.chars().all(|c| matches!(c, '-' | ':' | ' ')) {
        return Some("\n");
    }
    Some(cell.trim_matches('`'))
}

/// `* `, `• ` of a list; `- ` is known to diffs.
fn bullet(line: &str) -> Option<&str> {
    line.trim_start_matches(' ').strip_prefix(['*', '•', '–', '·'])?.strip_prefix(' ')
}

/// A line of code in backticks, in a list or not.
fn ticked(line: &str) -> Option<&str> {
    let shown = line.trim();
    let shown = shown.strip_prefix("- ").unwrap_or(shown);
    let inside = shown.strip_prefix('`')?.strip_suffix('`')?;
    (!inside.contains('`')).then_some(inside)
}

/// `+`, `-` of a diff; its context lines keep their space.
fn diff(line: &str) -> Option<&str> {
    line.strip_prefix('+').or_else(|| line.strip_prefix('-')).filter(|rest| !rest.starts_with('-'))
}

/// A diff without the lines that it takes away, where it puts as many or more in their place.
fn without_removed(text: &str) -> String {
    let lines = || text.split_inclusive('\n');
    let taken = |line: &&str| line.starts_with('-') && !line.starts_with("--");
    let put = lines().filter(|line| line.starts_with('+') && !line.starts_with("++")).count();
    if put < lines().filter(taken).count() {
        return text.to_owned();
    }
    lines().filter(|line| !taken(line)).collect()
}

/// The same where hunks are marked: context lines carry a blank.
fn diff_in_context(line: &str) -> Option<&str> {
    line.strip_prefix(['+', '-', ' '])
}

/// `12 | `, `12: `, `12. `, `12  `.
fn number(line: &str) -> Option<&str> {
    let shown = line.trim_start_matches(' ');
    let digits = shown.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 6 {
        return None;
    }
    let rest = &shown[digits..];
    for mark in [" | ", "| ", "|", ": ", ":", ". ", ") ", "\t", "  "] {
        if let Some(code) = rest.strip_prefix(mark) {
            return Some(code);
        }
    }
    // A number and one blank: code, unless more numbers follow.
    let bare = rest
        .strip_prefix(' ')
        .filter(|code| !code.starts_with(|c: char| c.is_ascii_digit() || "+-*/%=<>&|,".contains(c)));
    bare.or_else(|| rest.trim().is_empty().then_some(rest))
}

/// A program that is commented out, every line of it.
fn commented(line: &str) -> Option<&str> {
    let shown = line.trim_start_matches([' ', '\t']);
    let directive =
        ["#include", "#define", "#if", "#end", "#!", "#["].iter().any(|word| shown.starts_with(word));
    let mark = ["//", "#", "--"].into_iter().find(|mark| shown.starts_with(mark) && !directive)?;
    let rest = &shown[mark.len()..];
    Some(rest.strip_prefix(' ').unwrap_or(rest))
}
