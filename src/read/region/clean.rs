//! What surrounds code in messages, taken off: quote marks, prompts, line numbers, diff signs, curly quotes, entities.

/// Gives the code as its author had it. A prefix goes only when most lines carry it.
pub(super) fn clean(written: &str) -> String {
    let mut text = characters(written);
    for strip in [quote, prompt, diff, number, commented] {
        if let Some(stripped) = every_line(&text, strip) {
            text = stripped;
        }
    }
    text
}

/// Invisible characters go, odd spaces become spaces, curly quotes straight, entities the character they name.
fn characters(written: &str) -> String {
    let tidy: String =
        if written.is_ascii() { written.to_owned() } else { written.chars().filter_map(character).collect() };
    let entities = ["&lt;", "&gt;", "&quot;", "&amp;", "&apos;", "&#", "&nbsp;"];
    if entities.iter().any(|entity| tidy.contains(entity)) {
        return html_escape::decode_html_entities(&tidy).replace('\u{a0}', " ");
    }
    tidy
}

fn character(c: char) -> Option<char> {
    match c {
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => Some(' '),
        '“' | '”' | '„' | '‟' => Some('"'),
        '‘' | '’' | '‚' => Some('\''),
        other => Some(other),
    }
}

/// Strips every line that `strip` knows, when nearly all do. Blank lines have no say.
fn every_line(text: &str, strip: fn(&str) -> Option<&str>) -> Option<String> {
    let mut said = 0usize;
    let mut agreed = 0usize;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let stripped = strip(line);
        if !line.trim().is_empty() {
            said += 1;
            agreed += usize::from(stripped.is_some());
        }
        out.push_str(stripped.unwrap_or(line));
    }
    (agreed > 0 && agreed * 5 >= said * 4).then_some(out)
}

/// `> ` of a quoted mail or block.
fn quote(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(' ').strip_prefix('>')?;
    (!rest.starts_with('>')).then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

/// `>>> ` and `... ` of an interactive session.
fn prompt(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(">>>").or_else(|| line.strip_prefix("..."))?;
    rest.strip_prefix(' ').or_else(|| rest.trim().is_empty().then_some(rest))
}

/// `+`, `-` of a diff; its context lines keep their space.
fn diff(line: &str) -> Option<&str> {
    line.strip_prefix('+').or_else(|| line.strip_prefix('-')).filter(|rest| !rest.starts_with('-'))
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
    rest.trim().is_empty().then_some(rest)
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
