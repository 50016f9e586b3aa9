//! Formats of lines: YAML, settings, tables; and addresses.

use super::tree::Tree;
use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;

/// Reads YAML: indentation opens and closes, dashes are items, colons make keys.
pub(super) fn yaml(text: &str, tree: &mut Tree) {
    let mut lines = numbered(text).peekable();
    while let Some((start, line)) = lines.next() {
        let shown = line.trim_start();
        if shown.is_empty() || shown.starts_with('#') || shown.starts_with("---") || shown.starts_with("...")
        {
            continue;
        }
        let mut indent = line.len() - shown.len();
        let mut rest = shown;
        while tree.depth() > 1 && tree.mark() > indent {
            tree.close();
        }
        let mut dashes = 0;
        while let Some(inner) = rest.strip_prefix("- ").or_else(|| (rest == "-").then_some("")) {
            // An item of its own, which ends the one before at the same indentation.
            while tree.depth() > 1 && tree.mark() > indent {
                tree.close();
            }
            let trimmed = inner.trim_start();
            indent += rest.len() - trimmed.len();
            rest = trimmed;
            dashes += 1;
            tree.open(indent);
            if dashes > 64 {
                rest = rest.trim_start_matches(['-', ' ']);
                break;
            }
        }
        if dashes == 0 && tree.mark() < indent {
            tree.open(indent);
        }
        let at = start + indent;
        let value = match key_of(rest) {
            Some((key, value)) => {
                tree.key(&unquoted(key), at);
                value.trim()
            }
            None => rest.trim_end(),
        };
        let value = without_comment(value);
        if value.is_empty() {
            continue;
        }
        if value.starts_with(['|', '>']) {
            let folded = value.starts_with('>');
            let mut block: Vec<&str> = Vec::new();
            while let Some((_, next)) = lines.next_if(|(_, next)| {
                next.trim().is_empty() || next.len() - next.trim_start().len() > line.len() - shown.len()
            }) {
                block.push(next.trim());
            }
            tree.value(block.join(if folded { " " } else { "\n" }).trim(), at, false);
        } else if value.starts_with(['[', '{']) {
            tree.open(indent);
            for part in value.trim_matches(['[', ']', '{', '}']).split(',') {
                match key_of(part.trim()) {
                    Some((key, value)) => {
                        tree.key(&unquoted(key), at);
                        tree.value(&unquoted(value), at, true);
                    }
                    None => tree.value(&unquoted(part), at, true),
                }
            }
            tree.close();
        } else {
            tree.value(&unquoted(value), at, !value.starts_with(['"', '\'']));
        }
        if dashes > 0 && key_of(rest).is_none() {
            tree.close();
        }
    }
}

/// Reads `name = value` and `name: value`, one a line.
pub(super) fn pairs(text: &str, tree: &mut Tree) {
    for (at, line) in numbered(text) {
        let shown = line.trim();
        if shown.is_empty() || shown.starts_with(['#', ';']) {
            continue;
        }
        if shown.starts_with('[') && !shown.contains('=') {
            if tree.depth() > 1 {
                tree.close();
            }
            tree.key(shown.trim_matches(['[', ']', ' ']), at);
            tree.open(0);
            continue;
        }
        let Some((key, value)) = shown.split_once('=').or_else(|| shown.split_once(':')) else {
            tree.value(&unquoted(shown), at, false);
            continue;
        };
        tree.key(key.trim(), at);
        let value = value.trim();
        if value.starts_with('[') {
            tree.open(0);
            for part in value.trim_matches(['[', ']']).split(',').filter(|part| !part.trim().is_empty()) {
                tree.value(&unquoted(part), at, true);
            }
            tree.close();
        } else {
            tree.value(&unquoted(value), at, !value.starts_with(['"', '\'']));
        }
    }
}

/// Reads a table with commas, semicolons or tabs.
pub(super) fn rows(text: &str, tree: &mut Tree) {
    let first = text.lines().next().unwrap_or_default();
    let separator =
        [b'\t', b';', b','].into_iter().find(|byte| first.as_bytes().contains(byte)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    for record in reader.records().map_while(Result::ok) {
        let at = record.position().map_or(0, |place| usize::try_from(place.byte()).unwrap_or(0));
        tree.open(0);
        for field in &record {
            tree.value(field.trim(), at, true);
        }
        tree.close();
    }
}

/// Reads an address: the parts of its path, then the values of its query.
pub(super) fn url(text: &str, tree: &mut Tree) {
    for (start, line) in numbered(text) {
        for word in line.split_whitespace() {
            let at = start + line.find(word).unwrap_or(0);
            let word = word.trim_matches(['"', '\'', '<', '>']);
            let path = word
                .split_once("://")
                .map_or(word, |(_, path)| path.split_once('/').map_or("", |(_, path)| path));
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            for part in path.split('/').filter(|part| !part.is_empty()) {
                tree.value(&decoded(part), at, false);
            }
            for pair in query.split(['&', ';']).filter(|pair| !pair.is_empty()) {
                let (key, value) = pair.split_once('=').unwrap_or(("", pair));
                if !key.is_empty() {
                    tree.key(key, at);
                }
                tree.value(&decoded(value), at, true);
            }
        }
    }
}

fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// The lines and where each starts.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

/// `key: value`, outside of quotes.
fn key_of(text: &str) -> Option<(&str, &str)> {
    let quoted = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let from = match quoted {
        Some(quote) => text[1..].find(quote).map(|end| end + 2)?,
        None => 0,
    };
    let colon =
        text[from..].find(": ").or_else(|| text[from..].ends_with(':').then(|| text.len() - from - 1))?;
    Some((&text[..from + colon], &text[from + colon + 1..]))
}

fn without_comment(value: &str) -> &str {
    match value.find(" #") {
        Some(at) if !value.starts_with(['"', '\'']) => value[..at].trim_end(),
        _ => value,
    }
}

/// A scalar without its quotes.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    match value.chars().next() {
        Some('"') => unescape(value.trim_matches('"'), HexMeans::Code),
        Some('\'') => value.trim_matches('\'').replace("''", "'"),
        _ => value.to_owned(),
    }
}
