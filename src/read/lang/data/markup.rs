//! XML and HTML: each element is a row of its attributes and its text, in the order of the document.

use super::tree::Tree;

/// Elements whose text is no text.
const SILENT: &[&str] = &["script", "style"];

/// Reads tags, attributes and text.
pub(super) fn read(text: &str, tree: &mut Tree) {
    let mut at = 0;
    let mut silent = "";
    while at < text.len() {
        let Some(open) = text[at..].find('<').map(|open| at + open) else { break };
        if silent.is_empty() {
            plain(text, at, open, tree);
        }
        let behind = &text[open..];
        let (skip, end) = match () {
            () if behind.starts_with("<!--") => (4, behind.find("-->").map_or(behind.len(), |end| end + 3)),
            () if behind.starts_with("<![CDATA[") => {
                let end = behind.find("]]>").unwrap_or(behind.len());
                tree.value(behind.get(9..end).unwrap_or_default().trim(), open + 9, false);
                (0, (end + 3).min(behind.len()))
            }
            () => (1, tag_end(behind)),
        };
        let inner = behind.get(skip..end).unwrap_or_default();
        match skip {
            4 => tree.value(inner.trim_end_matches("-->").trim(), open + 4, false),
            1 => {
                let inner = inner.trim_end_matches('>');
                let name =
                    inner.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '/').next();
                let name = SILENT.iter().find(|word| name == Some(**word)).copied().unwrap_or_default();
                silent = if inner.starts_with('/') { "" } else { name };
                close_rows(tree);
                if !inner.starts_with(['/', '?', '!']) {
                    tree.open(usize::MAX);
                    attributes(inner, open + 1, tree);
                }
            }
            _ => {}
        }
        at = open + end.max(1);
    }
    if silent.is_empty() {
        plain(text, at, text.len(), tree);
    }
    close_rows(tree);
}

/// The element before is a row by itself.
fn close_rows(tree: &mut Tree) {
    while tree.depth() > 1 {
        tree.close();
    }
}

/// Text between tags.
fn plain(text: &str, from: usize, to: usize, tree: &mut Tree) {
    let shown = text.get(from..to).unwrap_or_default();
    if shown.trim().is_empty() {
        return;
    }
    let decoded = html_escape::decode_html_entities(shown.trim());
    if tree.depth() > 1 {
        tree.key("text", from);
    }
    tree.value(&decoded, from, false);
}

/// Where a tag ends, quotes respected.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'>') => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

/// `name="value"`, `name='value'`, `name=value`
fn attributes(tag: &str, offset: usize, tree: &mut Tree) {
    let mut at = 0;
    while let Some(equals) = tag[at..].find('=').map(|equals| at + equals) {
        let name = tag[at..equals].split_whitespace().last().unwrap_or_default();
        let rest = &tag[equals + 1..];
        let start = equals + 1 + (rest.len() - rest.trim_start().len());
        let (inner, end) = match tag[start..].chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let end = tag[start + 1..].find(quote).map_or(tag.len(), |end| start + 1 + end);
                (start + 1, end)
            }
            _ => {
                let end = tag[start..]
                    .find(|c: char| c.is_whitespace() || c == '/')
                    .map_or(tag.len(), |end| start + end);
                (start, end)
            }
        };
        if !name.is_empty() && !name.starts_with("xmlns") {
            let value = html_escape::decode_html_entities(tag.get(inner..end).unwrap_or_default());
            tree.key(name, offset + at);
            tree.value(&value, offset + inner, true);
        }
        at = (end + 1).min(tag.len());
    }
}
