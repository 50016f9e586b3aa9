//! JSON and what looks like it: braces, brackets, quoted strings, bare words, in any order.

use crate::read::lang::literal::HexMeans;
use crate::read::lang::literal::unescape;

use super::tree::Tree;

/// Reads a document of braces and brackets. Bare words are keys where a colon follows, and nothing otherwise.
pub(super) fn read(text: &str, tree: &mut Tree) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => tree.open(0),
            b'}' | b']' => tree.close(),
            quote @ (b'"' | b'\'') => {
                let end = string_end(bytes, at, quote);
                let inner = text.get(at + 1..end).unwrap_or_default();
                let plain = unescape(inner, HexMeans::Code);
                put(text, end + 1, &plain, at, false, tree);
                at = end;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                continue;
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$') => {
                let end = at + word(&bytes[at..]);
                let bare = text.get(at..end).unwrap_or_default();
                if bare.parse::<i64>().is_ok() || colon(text, end) {
                    put(text, end, bare, at, true, tree);
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

/// A key where a colon follows, else a value.
fn put(text: &str, end: usize, word: &str, at: usize, number: bool, tree: &mut Tree) {
    if colon(text, end) && !tree.has_key() {
        tree.key(word, at);
    } else {
        tree.value(word, at, number);
    }
}

fn colon(text: &str, end: usize) -> bool {
    let behind = text.get(end..).unwrap_or_default().trim_start();
    behind.starts_with(':') && !behind.starts_with("::")
}

fn word(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-$.".contains(byte)).count().max(1)
}

/// Where a string's closing quote is, or the end.
fn string_end(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != quote {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    end.min(bytes.len())
}
