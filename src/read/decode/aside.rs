//! Two texts in one: words in brackets among other words, emoji between words, a run that is written backwards.

use unicode_properties::UnicodeEmoji;

use crate::budget::Budget;
use crate::read::decode::order::is_sentence;

/// Fewer brackets than this are ordinary asides.
const FEWEST: usize = 4;
/// Words in one pair of brackets, at most.
const WIDEST: usize = 3;

/// Longer texts have asides.
const LONGEST: usize = 2 << 10;

/// The words in brackets of one kind, and the words around them (JAIL-CON, arXiv 2510.21189).
pub(super) fn bracketed_words(text: &str, _: &mut Budget) -> Vec<String> {
    let kinds = [('{', '}'), ('[', ']'), ('<', '>'), ('(', ')'), ('*', '*'), ('|', '|')];
    if text.len() > LONGEST {
        return Vec::new();
    }
    kinds
        .iter()
        .filter_map(|(open, close)| apart(text, *open, *close))
        .flatten()
        .filter(|text| is_sentence(text))
        .collect()
}

fn apart(text: &str, open: char, close: char) -> Option<[String; 2]> {
    if text.matches(open).take(FEWEST).count() < FEWEST {
        return None;
    }
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let mut groups = 0_usize;
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once(open) {
        let (words, after) = tail.split_once(close)?;
        outside.extend(before.split_whitespace());
        let count = words.split_whitespace().count();
        let plain =
            words.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '-' | ',' | '.' | '?'));
        if count == 0 || count > WIDEST || !plain {
            return None;
        }
        inside.extend(words.split_whitespace());
        groups += 1;
        rest = after;
    }
    outside.extend(rest.split_whitespace());
    (groups >= FEWEST && outside.len() >= FEWEST / 2).then(|| [inside.join(" "), outside.join(" ")])
}

/// Words kept apart by emoji.
pub(super) fn emoji_text(text: &str, _: &mut Budget) -> Vec<String> {
    let emoji = |c: char| !c.is_ascii() && c.is_emoji_char();
    if text.is_ascii() || text.chars().filter(|c| emoji(*c)).take(3).count() < 3 {
        return Vec::new();
    }
    let plain: String =
        text.chars().map(|c| if emoji(c) || c == '\u{fe0f}' || c == '\u{200d}' { ' ' } else { c }).collect();
    vec![plain.split_whitespace().collect::<Vec<_>>().join(" ")]
}

/// Runs shown from right to left by an override (U+202E).
pub(super) fn bidi_text(text: &str, _: &mut Budget) -> Vec<String> {
    if text.is_ascii() || !text.contains('\u{202e}') {
        return Vec::new();
    }
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split('\u{202e}');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find(['\u{202c}', '\n']).unwrap_or(piece.len());
        let (turned, rest) = piece.split_at(end);
        out.extend(turned.chars().rev());
        out.push_str(rest.strip_prefix('\u{202c}').unwrap_or(rest));
    }
    vec![out]
}
